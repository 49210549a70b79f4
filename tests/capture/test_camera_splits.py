"""Parts of one recording that a camera split: told by their names, put in order, never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.intake.camera_splits import in_camera_order, missing_chapters, unnamed_parts


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


@pytest.mark.parametrize(
    ("typed", "ordered"),
    [
        (["GH020123.MP4", "GH010123.MP4"], ["GH010123.MP4", "GH020123.MP4"]),
        (["GX100007.mp4", "GX020007.MP4"], ["GX020007.MP4", "GX100007.mp4"]),
        (["GP020009.MP4", "GOPR0009.MP4", "GP010009.MP4"],
         ["GOPR0009.MP4", "GP010009.MP4", "GP020009.MP4"]),
        (["DJI_0012_002.MP4", "DJI_0012_001.MP4"], ["DJI_0012_001.MP4", "DJI_0012_002.MP4"]),
        (["20240512_101112_002.mp4", "20240512_101112_001.mp4"],
         ["20240512_101112_001.mp4", "20240512_101112_002.mp4"]),
        # Another recording, another camera, another kind of file: as they were typed.
        (["GH010124.MP4", "GH010123.MP4"], ["GH010124.MP4", "GH010123.MP4"]),
        (["GX020123.MP4", "GH010123.MP4"], ["GX020123.MP4", "GH010123.MP4"]),
        (["GH020123.LRV", "GH010123.MP4"], ["GH020123.LRV", "GH010123.MP4"]),
        (["b/GH020123.MP4", "a/GH010123.MP4"], ["GH020123.MP4", "GH010123.MP4"]),
        # Names that might be two recordings.
        (["MVI_0002.MP4", "MVI_0001.MP4"], ["MVI_0002.MP4", "MVI_0001.MP4"]),
        (["interview_002.mp4", "interview_001.mp4"], ["interview_002.mp4", "interview_001.mp4"]),
        (["20240512_002.mp4", "20240512_001.mp4"], ["20240512_002.mp4", "20240512_001.mp4"]),
        # They stand where the first of them stood.
        (["a.mp4", "GH020001.MP4", "b.mp4", "GH010001.MP4"],
         ["a.mp4", "GH010001.MP4", "GH020001.MP4", "b.mp4"]),
    ],
)  # fmt: skip
def test_parts_come_in_the_order_the_camera_gave_them(typed: list[str], ordered: list[str]) -> None:
    assert names(in_camera_order([Path(name) for name in typed])) == ordered


@given(st.lists(st.sampled_from([f"G{kind}{part:02}{number:04}.MP4" for kind in "HX"
                                 for part in (1, 2, 3) for number in (1, 2)] + ["a.mp4", "b.mov"]),
                unique=True))  # fmt: skip
def test_no_file_is_lost_or_made_up_by_ordering(typed: list[str]) -> None:
    files = [Path(name) for name in typed]
    ordered = in_camera_order(files)
    assert sorted(ordered) == sorted(files)
    assert in_camera_order(ordered) == ordered


def test_what_lies_beside_is_found_and_nothing_else(tmp_path: Path) -> None:
    for name in ("GH010123.MP4", "gh020123.mp4", "GH030123.MP4", "GH010124.MP4", "GH020123.LRV"):
        (tmp_path / name).touch()
    (tmp_path / "GH040123.MP4").mkdir()
    assert names(unnamed_parts([tmp_path / "GH010123.MP4"])) == ["gh020123.mp4", "GH030123.MP4"]
    assert names(unnamed_parts([tmp_path / "GH030123.MP4", tmp_path / "GH010123.MP4"])) == [
        "gh020123.mp4"
    ]
    assert unnamed_parts([tmp_path / "GH010124.MP4", tmp_path / "a.mp4"]) == []
    assert unnamed_parts([tmp_path / "no-such-folder" / "GH010123.MP4"]) == []


def test_a_plain_count_is_believed_from_001_on_without_a_gap(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        (tmp_path / f"DJI_0012_{number:03}.MP4").touch()
    (tmp_path / "VID_20240512_101112_355.mp4").touch()
    (tmp_path / "VID_20240512_101112_356.mp4").touch()
    assert names(unnamed_parts([tmp_path / "DJI_0012_001.MP4"])) == [
        "DJI_0012_002.MP4",
        "DJI_0012_003.MP4",
    ]
    assert unnamed_parts([tmp_path / "VID_20240512_101112_355.mp4"]) == []
    (tmp_path / "DJI_0012_002.MP4").unlink()
    assert unnamed_parts([tmp_path / "DJI_0012_001.MP4"]) == []


def test_chapters_that_must_have_been_are_named() -> None:
    assert missing_chapters([Path("GH030123.MP4"), Path("GH010123.MP4")]) == ["GH020123.MP4"]
    assert missing_chapters([Path("GP020009.mp4")]) == ["GOPR0009.mp4", "GP010009.mp4"]
    assert (
        missing_chapters(
            [Path("GH010123.MP4"), Path("DJI_0012_003.MP4"), Path("{:02}_0001_002.MP4")]
        )
        == []
    )
