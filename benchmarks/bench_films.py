"""Time making a film, compared with one bare ffmpeg that encodes the same files, step by step.

Two minutes as a phone films them; `python -m benchmarks.bench_films 20` for twenty.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import ffmpeg

from benchmarks.measure import BenchRow, Timing, Watch, print_table
from capture.media.conform import NO_METADATA
from capture.media.input_files import media_input
from capture.media.picture.encode import encoder_options, renditions
from capture.media.picture.graph import film_size
from capture.media.probe import probe
from capture.media.run_ffmpeg import run_ffmpeg as run_ffmpeg
from capture.media.timeline import Shot, Timeline
from capture.recording.originals import Take, write_manifest
from capture.recording.takes import footage_of
from films import audio, render_film, video
from films.film_spec import FilmChoices, FilmSpec, RenderSettings
from films.render_film import make_film, make_film_preview
from library.core.clock import now
from library.core.files import sha256_of
from library.core.workspace import StoryFolder
from library.workspace_template import template
from transcribe.words import EditedTranscript, Redaction, Turn, Word

MINUTES = 2
MAX_RATIO = 1.1
"""Times the bare encode, at most."""
LOOP_SECONDS = 10
TIME_LIMIT_SECONDS = 7200
STEPS = (
    ("decode and clean the sound", audio, "decode_sound"),
    ("bring the speakers together", audio, "match_speakers"),
    ("edit the sound", audio, "assemble_sound"),
    ("even loudness, with its encoding", audio, "encode_audio"),
    ("measure the loudness", render_film, "measure_loudness"),
    ("the pictures, in every size", video, "encode_pictures"),
    ("pictures and sound together", render_film, "mux"),
    ("the poster", video, "draw_poster"),
)


def run(minutes: int = MINUTES) -> list[BenchRow]:
    with tempfile.TemporaryDirectory(prefix="bench-") as holder:
        folder = _story(Path(holder) / "cs-bench01", recording(minutes))
        order = _order(folder, minutes * 60_000)
        bare, steps = Watch(), _Steps()
        with bare:
            _encode_bare(folder, Path(holder))
        with Watch() as whole, steps:
            make_film(order)
        with Watch() as preview:
            make_film_preview(order)
    what = f"{minutes} min, 1080p"
    return list(_rows(what, whole.timing, bare.timing, preview.timing, steps))


def _rows(
    what: str, whole: Timing, bare: Timing, preview: Timing, steps: _Steps
) -> Iterator[BenchRow]:
    times = whole.median / bare.median
    processor = whole.processor / bare.processor
    yield BenchRow(
        f"Film of {what}: {times:.2f} × the bare encode, {processor:.2f} × its processor time",
        whole,
        MAX_RATIO * bare.median,
        bare,
    )
    yield BenchRow(f"One bare ffmpeg: {what}, every size, with its sound", bare)
    yield BenchRow(f"Its preview: {preview.median / whole.median:.1%} of the film’s time", preview)
    for name, timing in steps.timings.items():
        yield BenchRow(f"  {timing.median / whole.median:4.0%}  {name}", timing)


# The story that is filmed


def recording(minutes: int) -> Path:
    """Return 1080p at 30 a second with a sensor's noise and the demonstration's voices; cached."""
    cache = Path(tempfile.gettempdir()) / "carer-stories-bench"
    cache.mkdir(mode=0o700, exist_ok=True)
    loop, made = cache / "phone-loop.mp4", cache / f"phone-{minutes}.mp4"
    if not loop.exists():
        _write(loop, _loop)
    if not made.exists():
        _write(made, lambda to: _looped(loop, minutes * 60, to))
    return made


def _loop(to: str) -> Any:
    """Encode soft colours that hardly move, with moving grain, as of a person in a room."""
    picture = ffmpeg.input(
        f"gradients=s=1920x1080:r=30:d={LOOP_SECONDS}:speed=0.004:seed=3", f="lavfi"
    )
    picture = picture.filter("noise", alls=7, allf="t", all_seed=7).filter("format", "yuv420p")
    options = {"c:v": "libx264", "preset": "ultrafast", "b:v": "17M", "g": 30}
    return ffmpeg.output(picture, to, f="mp4", **options)


def _looped(loop: Path, seconds: int, to: str) -> Any:
    picture = ffmpeg.input(str(loop), stream_loop=-1)["v:0"]
    voices = ffmpeg.input(str(template().demo / "a-different-experience.m4a"), stream_loop=-1)
    return ffmpeg.output(picture, voices["a:0"], to, c="copy", t=seconds, f="mp4")


def _write(to: Path, graph: Callable[[str], Any]) -> None:
    """Run the graph; `to` is written whole or not at all."""
    part = to.with_suffix(".part")
    run_ffmpeg(graph(str(part)), activity="Making the recording", timeout=TIME_LIMIT_SECONDS)
    part.replace(to)


def _story(root: Path, source: Path) -> StoryFolder:
    """Make a story of that recording, without the working copy that an import would make."""
    folder = StoryFolder(root)
    folder.original.mkdir(parents=True)
    (folder.original / "take-1.mp4").symlink_to(source)
    recorded = probe(source)
    take = Take(
        file="take-1.mp4",
        sha256=sha256_of(source),
        bytes=source.stat().st_size,
        kind="video",
        duration=recorded.duration,
        imported=now(),
        recorded=recorded,
    )
    write_manifest(folder, [take], recorded.duration)
    return folder


def _order(folder: StoryFolder, duration: int) -> FilmSpec:
    """Order the whole film, so that both encode the same frames; a name a minute is bleeped."""
    takes, fps = footage_of(folder)
    turns = tuple(
        Turn(
            speaker=("Ruth", "Interviewer")[at // 10_000 % 2],
            words=(Word(text="…", start=at, end=at + 9_500),),
        )
        for at in range(0, duration - 10_000, 10_000)
    )
    hidden = tuple(
        Redaction(start=at, end=at + 400, shown="my sister")
        for at in range(30_000, duration, 60_000)
    )
    edited = EditedTranscript(
        story=folder.root.name,
        transcript_sha256="0" * 64,
        duration=duration,
        turns=turns,
        chapters=(),
        redactions=hidden,
    )
    frames = sum(take.frames for take in takes)
    return FilmSpec(
        folder,
        edited,
        Timeline(fps, (Shot(0, frames),)),
        FilmChoices(),
        RenderSettings(),
        contributor_label="Ruth",
    )


def _encode_bare(folder: StoryFolder, to: Path) -> None:
    """Encode every size and the sound from the original in one run of ffmpeg."""
    takes, fps = footage_of(folder)
    source = media_input(takes[0].path)
    shapes = renditions(*film_size(takes))
    split = source["V:0"].filter("fps", fps=fps).filter_multi_output("split", len(shapes))
    sound = {"c:a": "aac", "b:a": "128k", "movflags": "+faststart", **NO_METADATA}
    alone = ffmpeg.output(source["a:0"], str(to / "audio.m4a"), f="ipod", **sound)
    films = [
        ffmpeg.output(
            split[number].filter("scale", rendition.width, rendition.height, flags="bicubic"),
            source["a:0"],
            str(to / rendition.name),
            f="mp4",
            **encoder_options(rendition, "software", fps),
            **sound,
        )
        for number, rendition in enumerate(shapes)
    ]
    run_ffmpeg(
        ffmpeg.merge_outputs(*films, alone), activity="Encoding barely", timeout=TIME_LIMIT_SECONDS
    )


# Timing


class _Steps:
    """Times each step of making a film in a block; steps side by side share processor time."""

    def __init__(self) -> None:
        self.timings: dict[str, Timing] = {}
        self._patches = ExitStack()

    def __enter__(self) -> None:
        for name, module, function in STEPS:
            self._patches.enter_context(self._timed(name, module, function))

    def __exit__(self, *error: object) -> None:
        self._patches.close()

    @contextmanager
    def _timed(self, name: str, module: ModuleType, function: str) -> Iterator[None]:
        real: Callable[..., Any] = getattr(module, function)

        def timed(*arguments: Any, **options: Any) -> Any:
            with Watch() as watch:
                result = real(*arguments, **options)
            self._add(name, watch.timing)
            return result

        with mock.patch.object(module, function, timed):
            yield

    def _add(self, name: str, new: Timing) -> None:
        old = self.timings.get(name, Timing(0, 0, 0))
        self.timings[name] = Timing(
            old.median + new.median, old.quiet + new.quiet, old.processor + new.processor
        )


if __name__ == "__main__":
    print_table([run(int(sys.argv[1]) if len(sys.argv) > 1 else MINUTES)])
