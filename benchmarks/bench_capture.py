"""Measure what the station's page records, and the time to keep it.

A made-up camera and microphone flash and beep at once before the real page in Chromium, alone and
while twice as many programs as there are cores do nothing but count; the machine’s load of the
last minute is told. The pictures that the kept file lacks are those of 25 a second, whoever lost
them: the made-up camera, the browser or the station.

Keeping is everything between “Keep it” and a finished story: a file that states its length,
lossless sound beside the browser's, the import, the working copy, the speech and the poster. It is
done with either coding of pictures that browsers use, and compared with one bare ffmpeg that
encodes the same take as a working copy is encoded.

One minute of 720p by default; `python -m benchmarks.bench_capture 10` for ten, 60 for an hour.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.measure import BenchRow, Timing, Watch, print_table
from capture.media.run_ffmpeg import ffmpeg_path
from capture.sessions.finalise import keep_session
from capture.sessions.live_session import LiveSession
from library.workspace_template import template
from tests.support import flash_and_beep
from tests.support.browser import installed_chromium
from tests.support.flash_and_beep import PICTURES_A_SECOND, FlashesAndBeeps
from tests.support.live_station import MIME, agreed_session, cut_at_clusters, station_process
from tests.support.sample_media import VP8, agreed_story
from tests.support.station_page import RATE, keep_recording, open_window, start_recording
from tests.support.workspaces import make_workspace

MINUTES = 1
PAGE_SECONDS = 20
MAX_OFFSET_MS = 120
LOOP_SECONDS = 10
BITS_A_SECOND = 2_500_000
COUNT = "while True: pass"


class Coding(NamedTuple):
    """A coding of pictures in which browsers record."""

    name: str
    mime: str
    container: str
    options: tuple[str, ...]


CODINGS = (
    Coding("VP8, as Firefox records", MIME, "webm", VP8),
    Coding(
        "H.264, as Chrome and Edge do where they can",
        "video/webm;codecs=h264,opus",
        "matroska",
        ("-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "baseline"),
    ),
)


def run(minutes: int = MINUTES) -> Iterator[BenchRow]:
    if installed_chromium() is None:
        print("Chromium is not installed, so the station’s page was not measured.", file=sys.stderr)
    else:
        yield _page_row("alone", _recorded_by_page())
        with _busy_processors() as programs:
            yield _page_row(f"beside {programs} busy programs", _recorded_by_page())
    for coding in CODINGS:
        yield from _keeping(minutes, coding)


def _page_row(when: str, recorded: FlashesAndBeeps) -> BenchRow:
    offsets = recorded.offsets() or [math.inf]  # no beep at all misses the goal
    middle = median(offsets)
    spread = sorted(abs(offset) for offset in offsets)
    return BenchRow(
        f"Beep after its flash, {when} (load {os.getloadavg()[0]:.0f}): "
        f"{min(offsets):+.0f} to {max(offsets):+.0f}, {len(offsets)} times; "
        f"{recorded.missing} of {recorded.due} pictures lost "
        f"({recorded.missing / recorded.due:.1%}), longest gap {recorded.longest_gap:.0f} ms",
        Timing(abs(middle), spread[len(spread) // 10], 0),
        MAX_OFFSET_MS,
    )


def _recorded_by_page() -> FlashesAndBeeps:
    """Record flashes and beeps through the page, keep them, and measure the original."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        workspace = make_workspace(Path(folder) / "library")
        agreed_story(workspace)
        with station_process(workspace) as station, open_window(station.page) as window:
            window.page.evaluate(f"({flash_and_beep.FLASH_AND_BEEP})()")
            start_recording(window)
            window.wait_until_recorded(PAGE_SECONDS * 1000)
            window.press_below("Stop")
            window.wait_for_heading("The recording has stopped")
            keep_recording(window)
        (kept,) = workspace.stories.glob("*/original/*.mkv")
        return flash_and_beep.measured(kept)


@contextmanager
def _busy_processors() -> Iterator[int]:
    """Keep every core busy twice over; gives the number of programs."""
    number = 2 * (os.cpu_count() or 1)
    with ExitStack() as running:
        for _ in range(number):
            program = running.enter_context(subprocess.Popen([sys.executable, "-c", COUNT]))
            running.callback(program.kill)
        yield number


def _keeping(minutes: int, coding: Coding) -> Iterator[BenchRow]:
    with tempfile.TemporaryDirectory(prefix="bench-") as holder:
        workspace = make_workspace(Path(holder) / "library")
        with closing(agreed_session(workspace)) as session:
            take = _record(session, Path(holder), minutes, coding)
            with Watch() as bare:
                _encode_bare(take, Path(holder) / "bare.mp4")
            with Watch() as kept:
                keep_session(session)
    recorded_ms = minutes * 60_000
    times = kept.timing.median / bare.timing.median
    processor = kept.timing.processor / bare.timing.processor
    yield BenchRow(
        f"Keeping {minutes} min of 720p in {coding.name}: "
        f"{kept.timing.median / recorded_ms:.2f} × its length, {times:.2f} × the bare encode, "
        f"{processor:.2f} × its processor time",
        kept.timing,
    )
    yield BenchRow(
        "  One bare ffmpeg that encodes it as the working copy: "
        f"{bare.timing.median / recorded_ms:.2f} × its length",
        bare.timing,
        compared_with=kept.timing,
    )


def _record(session: LiveSession, folder: Path, minutes: int, coding: Coding) -> Path:
    """Record a take as a page hands it over, a second at a time, with its lossless sound."""
    media, samples = _recording(folder, minutes, coding)
    take = session.start_take(coding.mime, "take-1")
    sound = samples.read_bytes()
    a_second = 2 * RATE
    parts = cut_at_clusters(media.read_bytes())
    for number, part in enumerate(parts):
        session.add_chunk(take.number, number, part, (number + 1) * 1000)
        if second := sound[number * a_second : (number + 1) * a_second]:
            session.add_sound(take.number, number, second, number * RATE, 1)
    session.end_take(take.number, minutes * 60_000, len(parts), "next")
    session.stop()
    return session.folder.take(take.number, take.suffix)


def _recording(folder: Path, minutes: int, coding: Coding) -> tuple[Path, Path]:
    """Return 720p of the moving test picture with voices, as a browser writes it, and its PCM.

    Without grain: VP8 takes 20 Mb/s for it at any rate asked for, and a browser keeps to its rate.
    """
    loop, media, samples = folder / "loop.mkv", folder / "recorded.webm", folder / "sound.pcm"
    picture = f"testsrc2=s=1280x720:r={PICTURES_A_SECOND}:d={LOOP_SECONDS}"
    _ffmpeg(
        *("-f", "lavfi", "-i", f"{picture},format=yuv420p"),
        *("-stream_loop", "-1", "-i", template().demo / "a-different-experience.m4a"),
        *("-map", "0:v:0", "-map", "1:a:0", "-t", str(LOOP_SECONDS)),
        *(
            *coding.options,
            "-b:v",
            str(BITS_A_SECOND),
            "-g",
            str(PICTURES_A_SECOND),
            "-c:a",
            "libopus",
            loop,
        ),
    )
    _ffmpeg(
        *("-stream_loop", "-1", "-i", loop, "-c", "copy", "-t", str(minutes * 60)),
        *("-f", coding.container, "-live", "1", "-cluster_time_limit", "5000"),
        *("-cluster_size_limit", "5000000", media),
    )
    _ffmpeg("-i", media, "-map", "a:0", "-ac", "1", "-ar", str(RATE), "-f", "s16le", samples)
    loop.unlink()
    return media, samples


def _encode_bare(take: Path, to: Path) -> None:
    _ffmpeg(
        *("-i", take, "-map", "v:0", "-map", "a:0", "-fps_mode", "cfr"),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", str(2 * PICTURES_A_SECOND)),
        *("-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "192k", "-ac", "2", "-f", "mp4", to),
    )


def _ffmpeg(*arguments: str | Path) -> None:
    """Run ffmpeg for as long as it takes: an hour of film is no fault."""
    command = [ffmpeg_path(), "-v", "error", "-nostdin", "-y", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    print_table([run(int(sys.argv[1]) if len(sys.argv) > 1 else MINUTES)])
