"""Files with the next number: parts of one recording by their clocks, asked about where unsure."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from capture.intake import numbered_parts as parts
from capture.media.probe import stated_start
from library.core.workspace import Workspace
from tests.support import sample_media
from tests.support.command_line import CommandResult

Cli = Callable[..., CommandResult]
_Clocks = dict[str, tuple[float, float | None, float]]
"""Duration, stated start, time of writing."""


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> _Clocks:
    known: _Clocks = {}
    monkeypatch.setattr(parts, "_clip", lambda file: parts._Clip(*known[file.name]))
    return known


@pytest.mark.parametrize(
    ("first", "second", "is_next"),
    [
        ("C0001.MP4", "C0002.MP4", True),
        ("MVI_0009.MOV", "mvi_0010.mov", True),
        ("00001.MTS", "00002.MTS", True),
        ("IMG_0999.MOV", "IMG_1000.MOV", True),
        ("DJI_20260512101112_0001_D.MP4", "DJI_20260512102855_0002_D.MP4", True),
        ("ZOOM0001_LR.WAV", "ZOOM0002_LR.WAV", True),
        ("STE-000.wav", "STE-001.wav", True),
        ("P1000012.MP4", "P1000013.MP4", True),
        ("C0001.MP4", "C0003.MP4", False),
        ("C0001.MP4", "C0002.XML", False),
        ("ZOOM0001_Tr1.WAV", "ZOOM0001_Tr2.WAV", False),
        ("C0001.MP4", "D0002.MP4", False),
        ("film.mp4", "film2.mp4", False),
    ],
)
def test_which_names_follow_each_other(
    tmp_path: Path, clocks: _Clocks, first: str, second: str, is_next: bool
) -> None:
    for number, name in enumerate((first, second)):
        (tmp_path / name).touch()
        clocks[name] = (600.0, 1e9 + 600 * number, 0.0)
    found = parts.numbered_parts([tmp_path / first])
    assert [path.name for path in found.sure] == ([second] if is_next else [])
    assert parts.numbered_parts([tmp_path / second]).sure == (
        (tmp_path / first,) if is_next else ()
    )
    assert found.unsure == ()


HOUR = 1e9
CLOCKS = [
    # The files state when they began, or when they were finished.
    ((600, HOUR, 0), (400, HOUR + 600, 0), True),
    ((600, HOUR, 0), (400, HOUR + 602, 0), True),
    ((600, HOUR, 0), (400, HOUR + 599, 0), True),
    ((600, HOUR, 0), (400, HOUR + 400, 0), True),
    ((600, HOUR, 0), (400, HOUR + 660, 0), False),
    ((600, HOUR, 0), (400, HOUR + 86_400, 0), False),
    ((600, HOUR, 0), (400, HOUR - 86_400, 0), False),
    # One moment in both says nothing; then when they were written counts.
    ((600, HOUR, 9000), (400, HOUR, 9400), True),
    ((600, HOUR, 9000), (400, HOUR, 9000), None),
    ((600, None, 9000), (400, None, 9400), True),
    ((600, None, 9000), (400, None, 9402), True),
    ((600, None, 9000), (400, None, 9398), True),
    ((600, None, 9000), (400, None, 9600), False),
    ((600, None, 9000), (400, None, 13_000), False),
    ((600, HOUR, 9000), (400, None, 9400), True),
    # Copies have the time of their copying.
    ((600, None, 9000), (400, None, 9000), None),
    ((600, None, 9000), (400, None, 9003), None),
    ((600, None, 9003), (400, None, 9000), None),
    ((600, None, 9000), (400, None, 9440), None),
    ((0, None, 9000), (400, None, 9400), None),
]


@pytest.mark.parametrize(("first", "second", "expected"), CLOCKS)
def test_clocks_tell_or_leave_it_open(
    tmp_path: Path,
    clocks: _Clocks,
    first: tuple[float, float | None, float],
    second: tuple[float, float | None, float],
    expected: bool | None,
) -> None:
    one, two, other = (tmp_path / name for name in ("C0001.MP4", "C0002.MP4", "film.mp4"))
    for path in (one, two):
        path.touch()
    clocks |= {one.name: first, two.name: second}
    found = parts.numbered_parts([one])
    assert found.sure == ((two,) if expected else ())
    assert found.unsure == ((two,) if expected is None else ())
    in_order = parts.in_clock_order([two, other, one])
    assert in_order == ([one, other, two] if expected else [two, other, one])


def test_a_series_is_followed_as_far_as_its_clock_goes_on(tmp_path: Path, clocks: _Clocks) -> None:
    starts = (-5000.0, 0.0, 600.0, 1200.0, 5000.0)
    for number, start in enumerate(starts, 1):
        (tmp_path / f"C000{number}.MP4").touch()
        clocks[f"C000{number}.MP4"] = (600.0, HOUR + start, 0.0)
    found = parts.numbered_parts([tmp_path / "C0003.MP4"])
    assert [path.name for path in found.sure] == ["C0002.MP4", "C0004.MP4"]
    assert found.unsure == ()


def _film(path: Path, created: str) -> Path:
    told = ("-metadata", f"creation_time={created}") if created else ()
    sample_media.ffmpeg("-i", sample_media.m4a(), "-c", "copy", *told, path)
    return path


def test_the_moment_is_read_from_films_and_from_recorders(tmp_path: Path) -> None:
    film = _film(tmp_path / "C0001.MP4", "2026-05-12T10:11:12Z")
    later = _film(tmp_path / "C0002.MP4", "2026-05-12T10:11:14Z")
    first, second = stated_start(film), stated_start(later)
    assert first is not None
    assert second is not None
    assert second - first == 2
    recorder = tmp_path / "ZOOM0001.WAV"
    bext = ("-write_bext", "1", "-metadata", "origination_date=2026-05-12")
    time = ("-metadata", "time_reference=88200", "-metadata", "origination_time=00:00:02")
    sample_media.ffmpeg("-i", sample_media.wav(), *bext, *time, recorder)
    midnight = stated_start(recorder)
    assert midnight is not None
    assert midnight % 60 == 2
    assert stated_start(sample_media.wav()) is None
    assert stated_start(_film(tmp_path / "unset.mp4", "1970-01-01T00:00:00Z")) is None


def test_the_next_number_is_offered_or_asked_about(
    workspace: Workspace, tmp_path: Path, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _film(tmp_path / "C0001.MP4", "2026-05-12T10:11:12Z")
    second = _film(tmp_path / "C0002.MP4", "2026-05-12T10:11:14Z")
    story_id = sample_media.agreed_story(workspace)
    result = run_cli("capture", "import", story_id, second, first)
    assert "In the camera’s order: C0001.MP4, C0002.MP4." in result.out
    for number in (7, 8):
        _film(tmp_path / f"MVI_000{number}.MP4", "")
        os.utime(tmp_path / f"MVI_000{number}.MP4", (1e9, 1e9))
    typed = io.StringIO("n\ny\nn\n")
    monkeypatch.setattr(typed, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", typed)
    other = sample_media.agreed_story(workspace)
    result = run_cli("capture", "import", other, tmp_path / "MVI_0007.MP4", first)
    assert "The camera split this recording; beside it lie C0002.MP4." in result.out
    assert "Beside it lies MVI_0008.MP4, by name perhaps a part" in result.out
    assert "Is it the same recording? Bring it in?" in result.out
