"""Several files as one recording, as an editor meets it: together, later, twice, with a split."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from filelock import FileLock

from capture.intake import pipeline
from capture.intake.pipeline import MAX_FILES_AT_ONCE, import_recording
from capture.recording.originals import Take, read_manifest
from capture.recording.session_markers import read_session
from capture.recording.takes import is_transcript_current
from library.consent.withdrawals import record_withdrawal
from library.core import files
from library.core.errors import BadInput, Busy, Damaged, NoRoom, NotAllowed
from library.core.workspace import StoryFolder, Workspace
from library.records import audit_log
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


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A card with one recording in three parts."""
    folder = tmp_path / "card"
    folder.mkdir()
    for number in (1, 2, 3):
        hum(folder / f"GH0{number}0123.MP4", 200 * number)
    return folder


def hum(to: Path, pitch: int) -> Path:
    """Half a second of a tone: `pitch` tells files apart."""
    sample_media.ffmpeg("-f", "lavfi", "-i", f"sine={pitch}:d=0.5", "-f", to.suffix[1:].lower(), to)
    return to


def contents(folder: StoryFolder) -> dict[str, bytes]:
    """Every file of a story with its bytes, but for locks."""
    return {
        str(path.relative_to(folder.root)): path.read_bytes()
        for path in sorted(folder.root.rglob("*"))
        if path.is_file() and path.suffix != ".lock"
    }


def takes_of(folder: StoryFolder) -> tuple[Take, ...]:
    manifest = read_manifest(folder)
    assert manifest is not None
    return manifest.takes


def originals_of(folder: StoryFolder) -> list[bytes]:
    """The originals in the manifest's order."""
    return [(folder.original / take.file).read_bytes() for take in takes_of(folder)]


def bytes_of(*paths: Path) -> list[bytes]:
    return [path.read_bytes() for path in paths]


def test_several_files_are_one_recording_with_one_line_in_the_log(
    workspace: Workspace, story_id: str, folder: StoryFolder, tmp_path: Path
) -> None:
    sources = [hum(tmp_path / f"{name}.wav", pitch) for name, pitch in (("b", 300), ("a", 500))]
    session = import_recording(workspace, story_id, *sources)
    assert [take.file for take in session.takes] == ["take-1.wav", "take-2.wav"]
    assert (session.is_unchanged, session.take_count, session.length) == (False, 2, 2 * 520)
    assert session.derived == ("working.m4a", "speech.wav")
    assert originals_of(folder) == bytes_of(*sources), "in the order given"
    modes = {path.stat().st_mode & 0o777 for path in folder.original.glob("take-*")}
    assert modes == {0o400}
    assert broken_originals(folder) == []
    *_, line = audit_log.entries(workspace.audit_log)
    assert line.action == "import"
    assert line.hashes == {
        "original": files.sha256_of(sources[0]),
        "original_2": files.sha256_of(sources[1]),
    }


def test_a_take_joined_later_comes_last_and_everything_follows(
    workspace: Workspace, story_id: str, folder: StoryFolder, tmp_path: Path
) -> None:
    first, second = hum(tmp_path / "a.wav", 300), hum(tmp_path / "b.wav", 500)
    import_recording(workspace, story_id, first)
    session_before = read_session(folder.session)
    before = contents(folder)
    session = import_recording(workspace, story_id, second, add=True)
    after = contents(folder)
    assert [take.file for take in session.takes] == ["take-2.wav"]
    assert (session.take_count, session.derived) == (2, ("working.m4a", "speech.wav"))
    assert originals_of(folder) == bytes_of(first, second)
    assert after["original/take-1.wav"] == before["original/take-1.wav"]
    assert len(after["speech.wav"]) > 1.9 * len(before["speech.wav"])
    assert read_session(folder.session) == session_before
    joined_id = sample_media.agreed_story(workspace)
    import_recording(workspace, joined_id, first, second)
    assert contents(workspace.story(joined_id))["working.m4a"] == after["working.m4a"]
    assert contents(workspace.story(joined_id))["speech.wav"] == after["speech.wav"]


def test_the_same_file_is_one_take_however_often_it_comes(
    workspace: Workspace, story_id: str, folder: StoryFolder, tmp_path: Path
) -> None:
    first, second = hum(tmp_path / "a.wav", 300), hum(tmp_path / "b.wav", 500)
    copy = tmp_path / "copy of a.wav"
    shutil.copy(first, copy)
    import_recording(workspace, story_id, first, copy, second, first)
    assert originals_of(folder) == bytes_of(first, second)
    before = contents(folder)
    log = workspace.audit_log.read_bytes()
    for sources, add in (((copy,), True), ((second, first), False), ((second,), False)):
        session = import_recording(workspace, story_id, *sources, add=add)
        assert (session.is_unchanged, session.derived) == (True, ())
        assert len(session.takes) == len(sources)
    assert contents(folder) == before
    assert workspace.audit_log.read_bytes() == log
    third = hum(tmp_path / "c.wav", 700)
    session = import_recording(workspace, story_id, second, third, add=True)
    assert [take.file for take in session.new_takes] == ["take-3.wav"]
    assert originals_of(folder) == bytes_of(first, second, third)


def test_without_add_another_file_is_refused_with_the_way_to_join_it(
    workspace: Workspace, story_id: str, folder: StoryFolder, tmp_path: Path
) -> None:
    first, second = hum(tmp_path / "a.wav", 300), hum(tmp_path / "b.wav", 500)
    import_recording(workspace, story_id, first)
    before = contents(folder)
    with pytest.raises(BadInput, match=r"already has a recording, and “b\.wav”") as error:
        import_recording(workspace, story_id, first, second)
    assert f"capture import {story_id} --add FILE" in error.value.next_step
    assert contents(folder) == before


@pytest.mark.parametrize("add", [False, True])
def test_one_bad_file_among_several_and_none_is_taken(
    workspace: Workspace, story_id: str, folder: StoryFolder, tmp_path: Path, add: bool
) -> None:
    whole_file, half = hum(tmp_path / "a.wav", 300), tmp_path / "half.mp4"
    data = sample_media.video().read_bytes()
    half.write_bytes(data[: len(data) // 2])
    if add:
        import_recording(workspace, story_id, hum(tmp_path / "before.wav", 900))
    before = contents(folder)
    log = workspace.audit_log.read_bytes()
    with pytest.raises(BadInput, match=r"“half\.mp4” .* breaks off"):
        import_recording(workspace, story_id, whole_file, half, add=add)
    text = tmp_path / "notes.mp4"
    text.write_text("Dear Ann")
    with pytest.raises(BadInput, match="holds text"):
        import_recording(workspace, story_id, whole_file, text, add=add)
    assert contents(folder) == before
    assert workspace.audit_log.read_bytes() == log


def test_room_for_all_of_them_is_asked_for_first(
    workspace: Workspace,
    story_id: str,
    folder: StoryFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = hum(tmp_path / "a.wav", 300), hum(tmp_path / "b.wav", 500)
    needs: list[int] = []
    monkeypatch.setattr(
        files, "require_room", lambda _path, needed_bytes: needs.append(needed_bytes)
    )
    import_recording(workspace, story_id, first)
    import_recording(workspace, sample_media.agreed_story(workspace), first, second)
    import_recording(workspace, story_id, second, add=True)
    need_alone, need_together, need_added = needs
    size = first.stat().st_size
    assert need_together - need_alone >= size
    assert need_added == need_together - size, (
        "the first is copied already, and its sound made again"
    )
    monkeypatch.undo()
    monkeypatch.setattr(files, "free_bytes", lambda _path: need_together - 1)
    other_id = sample_media.agreed_story(workspace)
    with pytest.raises(NoRoom):
        import_recording(workspace, other_id, first, second)
    assert contents(workspace.story(other_id)) == {}


def test_withdrawn_while_they_were_copied_none_is_kept(
    workspace: Workspace,
    story_id: str,
    folder: StoryFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import_recording(workspace, story_id, hum(tmp_path / "a.wav", 300))
    before = contents(folder)
    real = pipeline.receive_take
    takes: list[Take] = []

    def slow(*arguments: object, **options: object) -> Take:
        takes.append(real(*arguments, **options))  # type: ignore[arg-type]
        if len(takes) == 2:
            record_withdrawal(workspace, story_id, "contributor")
        return takes[-1]

    monkeypatch.setattr(pipeline, "receive_take", slow)
    more = (hum(tmp_path / "b.wav", 500), hum(tmp_path / "c.wav", 700))
    with pytest.raises(NotAllowed, match="withdrawn"):
        import_recording(workspace, story_id, *more, add=True)
    assert len(takes) == 2
    assert contents(folder) == before


def test_while_a_film_is_made_nothing_is_joined(
    workspace: Workspace, story_id: str, folder: StoryFolder, tmp_path: Path
) -> None:
    import_recording(workspace, story_id, hum(tmp_path / "a.wav", 300))
    with FileLock(folder.film_lock), pytest.raises(Busy, match="A film of"):
        import_recording(workspace, story_id, hum(tmp_path / "b.wav", 500), add=True)
    assert len(takes_of(folder)) == 1


def test_nothing_is_joined_to_an_original_that_changed(
    workspace: Workspace, story_id: str, folder: StoryFolder, tmp_path: Path
) -> None:
    import_recording(workspace, story_id, hum(tmp_path / "a.wav", 300))
    original = folder.original / "take-1.wav"
    original.chmod(0o600)
    original.write_bytes(original.read_bytes()[:-1] + b"!")
    with pytest.raises(Damaged, match="not the file that was brought in"):
        import_recording(workspace, story_id, hum(tmp_path / "b.wav", 500), add=True)
    assert len(takes_of(folder)) == 1


def test_more_files_than_one_line_of_the_log_can_hold(
    workspace: Workspace, story_id: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=f"1 to {MAX_FILES_AT_ONCE}"):
        import_recording(workspace, story_id, *[tmp_path / "a.wav"] * (MAX_FILES_AT_ONCE + 1))


def test_words_from_before_a_take_was_joined_are_told_of(
    workspace: Workspace, story_id: str, folder: StoryFolder, tmp_path: Path, run_cli: Cli
) -> None:
    def hear(duration: int) -> None:
        transcript = {"duration": duration, "words": [], "story": story_id}
        folder.transcript.write_bytes(msgspec.json.encode(transcript))

    from capture.media.speech import open_speech

    assert is_transcript_current(folder), "nothing was heard yet"
    import_recording(workspace, story_id, hum(tmp_path / "a.wav", 300))
    hear(open_speech(folder.speech).duration)
    assert is_transcript_current(folder)
    assert f"carer-stories transcribe {story_id}" not in run_cli("status", story_id).out
    result = run_cli("capture", "import", story_id, "--add", hum(tmp_path / "b.wav", 500))
    assert result.out.endswith(f": carer-stories transcribe {story_id} --again\n")
    assert not is_transcript_current(folder)
    output = run_cli("status", story_id).out
    assert f"carer-stories transcribe {story_id} --again" in output
    assert "words: recognised before another take was joined" in output
    hear(open_speech(folder.speech).duration)
    assert is_transcript_current(folder)
    assert "--again" not in run_cli("status", story_id).out


def test_verify_looks_at_every_take(
    story_id: str, folder: StoryFolder, tmp_path: Path, run_cli: Cli
) -> None:
    first, second = hum(tmp_path / "a.wav", 300), hum(tmp_path / "b.wav", 500)
    third = hum(tmp_path / "c.wav", 700)
    assert run_cli("capture", "import", story_id, first, second).code == 0
    assert run_cli("capture", "import", story_id, "--add", third).code == 0
    output = run_cli("verify").out
    assert "3 of 3 files are as recorded" in output
    original = folder.original / "take-2.wav"
    original.chmod(0o600)
    original.write_bytes(b"RIFF")
    assert f"{story_id}: original/take-2.wav is not the file" in run_cli("verify").out
    data = msgspec.json.decode(folder.manifest.read_bytes())
    del data["takes"][1]
    folder.manifest.write_bytes(msgspec.json.encode(data))
    output = run_cli("verify").out
    assert f"{story_id}: a take of the recording that came in is gone." in output


def test_all_takes_are_in_what_a_contributor_is_given(
    story_id: str, tmp_path: Path, run_cli: Cli
) -> None:
    first, second = hum(tmp_path / "a.wav", 300), hum(tmp_path / "b.mp3", 500)
    run_cli("capture", "import", story_id, first, second)
    export_folder = tmp_path / "given"
    export_folder.mkdir()
    result = run_cli("export", story_id, "--subject-access", "--to", export_folder)
    assert result.code == 0, result.err
    (own,) = export_folder.rglob("original")
    assert (own / "take-1.wav").read_bytes() == first.read_bytes()
    assert (own / "take-2.mp3").read_bytes() == second.read_bytes()


# The command


def test_the_command_tells_what_was_joined(story_id: str, tmp_path: Path, run_cli: Cli) -> None:
    sound = hum(tmp_path / "b.wav", 500)
    result = run_cli("capture", "import", story_id, sample_media.rotated(), sound)
    assert result.code == 0, result.err
    assert f"{story_id}: 2 takes joined, 0:02 altogether" in result.out
    assert "video, 0:02, 240 × 320, turned upright (h264 with aac)" in result.out
    assert "sound alone, 0:00 (pcm_s16le)" in result.out
    assert "original/take-2.wav" in result.out
    assert f"Next: Turn the speech into words: carer-stories transcribe {story_id}\n" in result.out
    assert "a still picture" in result.out
    report = json.loads(run_cli("capture", "import", story_id, sound, "--json").out)
    assert report["already"] is True
    assert report["count"] == 2
    assert report["length"] == 2500
    assert [take["file"] for take in report["takes"]] == ["take-2.wav"]


def test_parts_of_a_split_recording_are_put_in_the_camera_s_order(
    story_id: str, folder: StoryFolder, card: Path, run_cli: Cli
) -> None:
    part_one, two, three = sorted(card.iterdir())
    result = run_cli("capture", "import", story_id, three, part_one, two)
    assert "In the camera’s order: GH010123.MP4, GH020123.MP4, GH030123.MP4." in result.out
    assert originals_of(folder) == bytes_of(part_one, two, three)


def test_parts_that_lie_beside_are_told_and_left_unless_asked_for(
    story_id: str, folder: StoryFolder, card: Path, run_cli: Cli
) -> None:
    part_one, two, three = sorted(card.iterdir())
    result = run_cli("capture", "import", story_id, part_one)
    assert "beside it lie GH020123.MP4, GH030123.MP4." in result.out
    assert "--add --with-rest" in result.out
    assert originals_of(folder) == bytes_of(part_one)
    report = json.loads(run_cli("capture", "import", story_id, part_one, "--json").out)
    assert report["beside"] == ["GH020123.MP4", "GH030123.MP4"]
    result = run_cli("capture", "import", story_id, part_one, "--add", "--with-rest")
    assert result.code == 0, result.err
    assert originals_of(folder) == bytes_of(part_one, two, three)
    result = run_cli("capture", "import", story_id, part_one)
    assert "beside" not in result.out, "all of it is here"


@pytest.mark.parametrize(("answer", "count"), [("\n\n", 3), ("n\n\n", 1), ("\nn\n", 0)])
def test_at_a_terminal_it_is_asked(
    story_id: str,
    folder: StoryFolder,
    card: Path,
    run_cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    count: int,
) -> None:
    import io

    typed = io.StringIO(answer)
    monkeypatch.setattr(typed, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", typed)
    result = run_cli("capture", "import", story_id, card / "GH010123.MP4")
    assert "Bring them in as well?" in result.out
    assert "Bring this in?" in result.out
    assert (len(takes_of(folder)) if folder.manifest.exists() else 0) == count


def test_a_part_that_was_left_on_the_card_is_missed(
    story_id: str, card: Path, run_cli: Cli
) -> None:
    (card / "GH020123.MP4").unlink()
    result = run_cli("capture", "import", story_id, card / "GH010123.MP4", card / "GH030123.MP4")
    assert "the camera must have written GH020123.MP4 as well" in result.out
