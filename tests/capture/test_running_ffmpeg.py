"""The runner: time limit, interruption, a full disk, and what is said when ffmpeg fails."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import Any

import ffmpeg
import pytest

from capture.media.run_ffmpeg import (
    FFMPEG_VARIABLE,
    TookTooLong,
    ffmpeg_path,
    ffmpeg_version,
    has_filter,
    run_ffmpeg,
)
from library.core.errors import NoRoom, ToolFailed, ToolMissing


def endless() -> Any:
    """A picture at the speed of life, for longer than any test."""
    return ffmpeg.output(
        ffmpeg.input("testsrc2=s=64x64:r=25:d=600", f="lavfi", re=None), "-", f="null"
    )


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Every process that is started while the test runs."""
    processes: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def start(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        processes.append(real(*arguments, **options))
        return processes[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return processes


def test_a_program_that_runs_too_long_is_stopped(
    started: list[subprocess.Popen[bytes]],
) -> None:
    before = time.monotonic()
    with pytest.raises(TookTooLong, match="Waiting took longer than 1 seconds"):
        run_ffmpeg(endless(), activity="Waiting", timeout=1)
    assert time.monotonic() - before < 10
    assert started[-1].returncode not in (None, 0)


def test_an_interruption_ends_the_program_too(started: list[subprocess.Popen[bytes]]) -> None:
    def interrupt(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_ffmpeg(endless(), activity="Waiting", timeout=60, progress=interrupt)
    assert started[-1].returncode not in (None, 0)


def test_a_full_disk_is_said_as_such() -> None:
    sound = ffmpeg.input("anoisesrc=d=2", f="lavfi")
    with pytest.raises(NoRoom, match="the disk is full"):
        run_ffmpeg(ffmpeg.output(sound, "/dev/full", f="wav"), activity="Writing", timeout=60)


def test_a_failure_says_why_without_control_characters(tmp_path: Path) -> None:
    missing = ffmpeg.input(str(tmp_path / "\x1b[31mgone\u202e.mp4"))
    with pytest.raises(ToolFailed) as error:
        run_ffmpeg(ffmpeg.output(missing, "-", f="null"), activity="Reading", timeout=60)
    assert "No such file" in error.value.what
    assert "\x1b" not in error.value.what
    assert "\u202e" not in error.value.what


def test_progress_is_told_in_milliseconds_of_the_recording() -> None:
    reported: list[int] = []
    sound = ffmpeg.input("anoisesrc=d=3", f="lavfi")
    run_ffmpeg(
        ffmpeg.output(sound, "-", f="null"), activity="x", timeout=60, progress=reported.append
    )
    assert reported[-1] == 3000


def test_the_ffmpeg_used_is_ours_or_the_one_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FFMPEG_VARIABLE, raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    assert "imageio_ffmpeg" in ffmpeg_path()
    assert ffmpeg_version() != "unknown"
    assert has_filter("loudnorm")
    assert not has_filter("nosuchfilter")
    monkeypatch.setenv(FFMPEG_VARIABLE, "/nowhere/ffmpeg")
    with pytest.raises(ToolMissing, match=FFMPEG_VARIABLE):
        ffmpeg_path()
    monkeypatch.setenv(FFMPEG_VARIABLE, "/bin/false")
    with pytest.raises(ToolMissing):
        ffmpeg_version()
