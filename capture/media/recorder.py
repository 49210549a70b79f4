"""Records from a camera and a microphone with ffmpeg, handing over what it makes at once.

ffmpeg writes Matroska into a pipe: whatever came through can be played, whatever happens to either
program. Sound is kept as it is (PCM) and metered on its way.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import subprocess
import threading
from typing import IO, cast

from capture.media.devices import CaptureSource
from capture.media.run_ffmpeg import ERROR_WORDS, ffmpeg_environment, ffmpeg_path
from library.core.errors import ToolFailed
from library.core.sanitise import printable

SILENCE_DB = -90.0
"""Decibels below full scale that count as nothing."""
_SAMPLES_PER_METER = 4800  # ten times a second at 48 kHz
_METER_MS = 100  # the time printed is that of the first sample metered
_READ_BYTES = 1 << 20
_POSITION = re.compile(rb"pts_time:([0-9.]+)")
_PEAK = re.compile(rb"Overall\.Peak_level=(-?[0-9.]+|-?inf|nan)")
_OWN_GROUP = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # of Windows alone
_SECONDS_TO_END = 15.0  # after `stop`; then it is killed
# zerolatency: no frame is held back, so a recording that is torn off has the latest. A key frame a
# second (-g), so that it can be entered anywhere.
_VIDEO_OPTIONS = (
    *("-c:v", "libx264", "-preset", "veryfast", "-tune", "zerolatency", "-crf", "20"),
    *("-g", "25", "-pix_fmt", "yuv420p"),
)
# ametadata prints each level to the log, from where `_read_log` takes it.
_AUDIO_FILTERS = (
    "aresample=48000:async=1:first_pts=0",
    f"asetnsamples=n={_SAMPLES_PER_METER}:p=0",
    "astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=Peak_level",
    "ametadata=mode=print",
)


class Recorder:
    """One recording in progress. `position_ms` and `peak_db` are the latest of its sound."""

    def __init__(self, source: CaptureSource) -> None:
        self.position_ms = 0
        self.peak_db = SILENCE_DB
        self._chunks: queue.Queue[bytes | None] = queue.Queue()
        self._log: list[str] = []
        self._process = _start(source)
        self._threads = [
            threading.Thread(
                target=self._read, args=(cast(IO[bytes], self._process.stdout),), daemon=True
            ),
            threading.Thread(
                target=self._read_log, args=(cast(IO[bytes], self._process.stderr),), daemon=True
            ),
        ]
        for thread in self._threads:
            thread.start()

    def read_media(self, seconds: float) -> bytes | None:
        """Wait up to `seconds` for more of the recording; b"" if none came, None at the end."""
        try:
            part = self._chunks.get(timeout=seconds)
        except queue.Empty:
            return b""
        parts = []
        while part is not None:
            parts.append(part)
            try:  # what was written in one go comes in several reads
                part = self._chunks.get(timeout=0.1)
            except queue.Empty:
                return b"".join(parts)
        if parts:
            self._chunks.put(None)
            return b"".join(parts)
        return None

    def stop(self) -> None:
        """Ask ffmpeg to end in order; keep reading until `read_media` returns None."""
        with contextlib.suppress(OSError, ValueError):
            keyboard = cast(IO[bytes], self._process.stdin)
            keyboard.write(b"q")
            keyboard.flush()
        timer = threading.Timer(_SECONDS_TO_END, self._process.kill)
        timer.daemon = True
        timer.start()

    def close(self) -> None:
        """Kill ffmpeg if it still runs, and release its pipes."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()

    def failure(self) -> ToolFailed:
        """Return the reason why it ended, for `raise`."""
        reasons = [line for line in self._log if ERROR_WORDS.search(line)]
        reason = (reasons or self._log or ["ffmpeg gave no reason"])[-1]
        return ToolFailed(
            f"The camera or microphone cannot be recorded: {reason[:200]}",
            "Plug it in, and end other programs that may use it. See what there is: "
            "carer-stories capture devices",
        )

    def _read(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while part := pipe.read1(_READ_BYTES):  # type: ignore[attr-defined]
                self._chunks.put(part)
        self._chunks.put(None)

    def _read_log(self, pipe: IO[bytes]) -> None:
        """Keep the latest level and position; other lines are kept for an error message."""
        with contextlib.suppress(OSError, ValueError):
            for line in pipe:
                if match := _POSITION.search(line):
                    self.position_ms = round(float(match[1]) * 1000) + _METER_MS
                elif match := _PEAK.search(line):
                    self.peak_db = _decibels(match[1])
                else:
                    self._log.append(printable(line.decode("utf-8", "replace")).strip())
                    del self._log[:-30]


def _decibels(level: bytes) -> float:
    try:
        return max(SILENCE_DB, float(level))
    except ValueError:
        return SILENCE_DB


def _start(source: CaptureSource) -> subprocess.Popen[bytes]:
    command = [
        *(ffmpeg_path(), "-hide_banner", "-nostats", "-loglevel", "info"),
        *source.arguments,
        *(("-map", source.picture_stream, *_VIDEO_OPTIONS) if source.picture_stream else ()),
        *("-map", source.sound_stream, "-af", ",".join(_AUDIO_FILTERS), "-c:a", "pcm_s16le"),
        # Matroska in clusters of a second, each written at once: no more than that can be lost.
        *("-flush_packets", "1", "-cluster_time_limit", "1000", "-f", "matroska", "pipe:1"),
    ]
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ffmpeg_environment(),
            # Ctrl-C is ours to answer: here it goes to a session, on Windows to a process group.
            start_new_session=os.name != "nt",
            creationflags=_OWN_GROUP,
        )
    except OSError as error:
        raise ToolFailed(f"The recording could not start: {error.strerror}.") from error
