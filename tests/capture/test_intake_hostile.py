"""Files handed over by mistake or malice: refused with the disk unchanged, or taken rightly.

Every case goes through the command, as an editor meets it.
"""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from capture.recording.originals import read_manifest
from library.core.sanitise import printable
from library.core.workspace import StoryFolder, Workspace
from tests.support import sample_media
from tests.support.command_line import CommandResult
from tests.support.kept_files import broken_originals

Cli = Callable[..., CommandResult]


@pytest.fixture
def story_id(workspace: Workspace) -> str:
    return sample_media.agreed_story(workspace)


@pytest.fixture
def folder(workspace: Workspace, story_id: str) -> StoryFolder:
    return workspace.story(story_id)


def everything(workspace: Workspace) -> dict[str, bytes]:
    return {
        str(path.relative_to(workspace.root)): path.read_bytes()
        for path in sorted(workspace.interviews.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def half(path: Path) -> None:
    """A fast-start file of which the second half never came: it still states its full length."""
    data = sample_media.video().read_bytes()
    path.write_bytes(data[: len(data) // 2])


def playlist(path: Path) -> None:
    path.write_text("#EXTM3U\n#EXTINF:2,\nsecret.mp4\n#EXT-X-ENDLIST\n")


def reference_movie(path: Path) -> None:
    """A QuickTime file that only names another file."""
    url = b"file:///etc/hostname\0"
    alias = struct.pack(">I4sI4sI", 16 + 4 + len(url), b"rdrf", 0, b"url ", len(url)) + url
    child = struct.pack(">I4s", 8 + len(alias), b"rmda") + alias
    alternatives = struct.pack(">I4s", 8 + len(child), b"rmra") + child
    path.write_bytes(
        b"\0\0\0\x14ftypqt  \0\0\0\0qt  "
        + struct.pack(">I4s", 8 + len(alternatives), b"moov")
        + alternatives
    )


def concat_script(path: Path) -> None:
    path.write_text("ffconcat version 1.0\nfile '/etc/hostname'\n")


def svg(path: Path) -> None:
    path.write_text('<svg xmlns="http://www.w3.org/2000/svg"><image href="/etc/hostname"/></svg>')


def lying(path: Path) -> None:
    """A gigantic picture that says it is a small one."""
    data, size = sample_media.gigantic().read_bytes(), struct.pack(">HH", 7682, 4322)
    assert size in data
    path.write_bytes(data.replace(size, struct.pack(">HH", 320, 240)))


def zeros(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(3_000_000)


def deep_boxes(path: Path) -> None:
    """Boxes within boxes, without end."""
    data = b""
    for _ in range(3000):
        data = struct.pack(">I4s", 8 + len(data), b"moov") + data
    path.write_bytes(b"\0\0\0\x14ftypisom\0\0\0\0isom" + data)


CASES: list[tuple[str, Callable[[Path], object], str]] = [
    ("empty", lambda to: to.write_bytes(b""), "it is empty"),
    ("text", lambda to: to.write_text("Dear Ann, here is the film.\n" * 40), "it holds text"),
    ("half-a-fast-start", half, "breaks off or is damaged at"),
    ("playlist", playlist, "points to recordings kept elsewhere"),
    ("concat-script", concat_script, "points to recordings kept elsewhere"),
    ("reference-movie", reference_movie, "not a recording we can read"),
    ("svg", svg, "it holds text"),
    ("zeros", zeros, "nothing but zeros"),
    ("deep-boxes", deep_boxes, "not a recording we can read"),
    ("gigantic", lambda to: shutil.copy(sample_media.gigantic(), to), "larger than any camera"),
    ("gigantic-and-lying", lying, "not a recording we can read"),
    ("mute", lambda to: shutil.copy(sample_media.mute(), to), "there is no sound in it"),
    ("a-link", lambda to: to.symlink_to(sample_media.video()), "a link to another file"),
    ("a-broken-link", lambda to: to.symlink_to("/nowhere/at/all"), "a link to another file"),
    ("a-pipe", lambda to: os.mkfifo(to), "a pipe or a device"),
    ("a-link-to-a-device", lambda to: to.symlink_to("/dev/zero"), "a link to another file"),
    ("a-folder", lambda to: to.mkdir(), "it is a folder"),
]


@pytest.mark.parametrize(("make", "words"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_it_is_refused_in_words_and_the_library_is_as_it_was(
    workspace: Workspace,
    story_id: str,
    tmp_path: Path,
    run_cli: Cli,
    make: Callable[[Path], object],
    words: str,
) -> None:
    source = tmp_path / "interview.mp4"
    make(source)
    before = everything(workspace)
    for options in ((), ("--json",), ("--add",)):
        result = run_cli("capture", "import", story_id, source, *options)
        assert result.code == 2, result.out
        assert words in result.err
        assert "Traceback" not in result.err
        assert len(result.err.strip().splitlines()) >= 2, "no next step"
    result = run_cli("capture", "import", story_id, sample_media.wav(), "--microphone", source)
    assert result.code == 2, result.out
    assert words in result.err
    assert everything(workspace) == before


def test_one_bad_file_among_good_ones_brings_in_none(
    workspace: Workspace, story_id: str, tmp_path: Path, run_cli: Cli
) -> None:
    bad = tmp_path / "second.mp4"
    half(bad)
    before = everything(workspace)
    result = run_cli("capture", "import", story_id, sample_media.wav(), bad, sample_media.m4a())
    assert (result.code, "second.mp4" in result.err) == (2, True)
    assert everything(workspace) == before


@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero", "/dev/tty"])
def test_a_device_is_refused_without_being_read(
    workspace: Workspace, story_id: str, run_cli: Cli, device: str
) -> None:
    before = everything(workspace)
    result = run_cli("capture", "import", story_id, device)
    assert (result.code, "a pipe or a device" in result.err) == (2, True)
    assert everything(workspace) == before


NAMES = [
    "-i.mp4",
    "--yes.mp4",
    "http:x.mp4",
    "concat:a|b.mp4",
    'it\'s “quoted” "twice".mp4',
    "two\nlines.mp4",
    "$(touch x) `y` %d ;&.mp4",
    "[0:v]drawtext=x.mp4",
    "📹 né ال.mp4",
    "\x1b[31mred.mp4",
    "\u202efdp.4pm.mp4",
    os.fsdecode(b"latin-\xe9.mp4"),
    "n" * 251 + ".mp4",
    ".hidden.mp4",
    "no ending",
]


@pytest.mark.parametrize("name", NAMES, ids=[f"name-{number}" for number in range(len(NAMES))])
def test_any_name_is_brought_in_and_none_is_kept_or_shown_raw(
    workspace: Workspace,
    story_id: str,
    folder: StoryFolder,
    tmp_path: Path,
    run_cli: Cli,
    name: str,
) -> None:
    source = tmp_path / "card" / name
    source.parent.mkdir()
    shutil.copy(sample_media.wav(), source)
    result = run_cli("capture", "import", story_id, "--", source)
    assert result.code == 0, result.err
    assert broken_originals(folder) == []
    for output in (result.out, result.err):
        assert printable(output) == output
    assert {path.name for path in folder.original.iterdir()} == {"manifest.json", "take-1.wav"}
    for path, data in everything(workspace).items():
        assert name not in path
        assert os.fsencode(name) not in data, path
    assert list(source.parent.iterdir()) == [source]


def test_a_name_that_begins_with_a_dash_is_a_name_after_two_dashes(
    workspace: Workspace,
    story_id: str,
    run_cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    shutil.copy(sample_media.wav(), tmp_path / "-i.wav")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CARER_STORIES_WORKSPACE", str(workspace.root))
    assert run_cli("capture", "import", story_id, "--", "-i.wav").code == 0


def test_place_device_chapters_and_words_in_the_file_stay_in_the_original_alone(
    workspace: Workspace, story_id: str, folder: StoryFolder, run_cli: Cli
) -> None:
    assert run_cli("capture", "import", story_id, sample_media.video_with_metadata()).code == 0
    original = (folder.original / "take-1.mp4").read_bytes()
    private_words = (b"earth", b"Her sister Joan", b"Example Road", b"Ann Example")
    assert [word for word in private_words if word not in original] == []
    for name, data in everything(workspace).items():
        if not name.endswith("original/take-1.mp4"):
            for word in private_words:
                assert word not in data, name


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        (sample_media.rotated, "240 × 320, turned upright"),
        (sample_media.hdr, "high dynamic range (hevc with aac)"),
        (sample_media.webm, "of a length it does not state"),
        (sample_media.mp3, "sound alone, 0:02 (mp3float)"),
    ],
    ids=["rotated", "hdr", "webm", "mp3"],
)
def test_what_a_phone_browser_or_recorder_made_is_taken_for_what_it_is(
    story_id: str,
    folder: StoryFolder,
    run_cli: Cli,
    sample: Callable[[], Path],
    message: str,
) -> None:
    result = run_cli("capture", "import", story_id, sample(), "--yes")
    assert result.code == 0, result.err
    assert message in " ".join(result.out.split())
    manifest = read_manifest(folder)
    assert manifest is not None
    assert abs(manifest.takes[0].duration - 2000) < 120
