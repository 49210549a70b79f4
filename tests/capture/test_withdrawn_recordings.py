"""A withdrawn recording that comes again under another id is known, refused or held, and said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec
import pytest

from capture.intake.pipeline import import_recording
from capture.recording.originals import read_manifest
from capture.sessions.session_folders import create_session
from library.consent.gate import decide
from library.consent.stories import read_history
from library.core.audience import Audience
from library.core.errors import NotAllowed
from library.core.workspace import Workspace
from library.records import kept_fingerprints
from library.records.ledger import Ledger
from library.records.restore_holds import (
    RestoreHold,
    read_restore_holds,
    remove_restore_hold,
    write_restore_hold,
)
from tests.support.command_line import ROOT, CommandResult
from tests.support.live_station import cut_at_clusters
from tests.support.quick_stories import AGREED
from tests.support.sample_media import agreed_story, ffmpeg
from tests.support.small_library import small_library

Cli = Callable[..., CommandResult]
TOLD = ROOT / "interviews/demo/a-different-experience.m4a"
OTHER = ROOT / "interviews/demo/learning-the-words.webm"


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Short pieces of two stories of the demonstration, and what may come of the first."""
    folder = tmp_path_factory.mktemp("recordings")
    ffmpeg("-t", "18", "-i", TOLD, "-c", "copy", folder / "told.m4a")
    ffmpeg(
        "-ss",
        "4.2",
        "-t",
        "12",
        "-i",
        TOLD,
        "-c:a",
        "libopus",
        "-b:a",
        "24k",
        folder / "again.opus",
    )
    ffmpeg("-t", "12", "-i", OTHER, "-vn", "-c:a", "libmp3lame", folder / "other.mp3")
    return folder


@dataclass(frozen=True)
class RecordingShelf:
    """A library in which one story has the recording, and the ids of its stories."""

    root: Path
    recorded: str
    new: str
    """Has an agreement, and no recording yet."""


@pytest.fixture(scope="module")
def shelf(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> RecordingShelf:
    workspace = small_library(tmp_path_factory.mktemp("shelf") / "library")
    recorded, new = agreed_story(workspace), agreed_story(workspace)
    import_recording(workspace, recorded, recordings / "told.m4a")
    return RecordingShelf(workspace.root, recorded, new)


@pytest.fixture
def workspace(shelf: RecordingShelf, tmp_path: Path) -> Workspace:
    return Workspace(shutil.copytree(shelf.root, tmp_path / "library"))


@pytest.fixture
def cli(run_cli: Cli, workspace: Workspace) -> Cli:
    return lambda *words: run_cli("--workspace", workspace.root, *words)


def _withdraw(cli: Cli, story: str, *options: str) -> CommandResult:
    ran = cli("withdraw", story, "--yes", *options)
    assert ran.code == 0, ran.out + ran.err
    return ran


def _agree(cli: Cli, story: str, *options: str) -> None:
    ran = cli("consent", "record", story, *AGREED, *options)
    assert ran.code == 0, ran.out + ran.err


def _account(cli: Cli) -> str:
    ran = cli("staff", "add", "--name", "Ruth Example", "--role", "editor")
    assert ran.code == 0, ran.err
    return ran.out.split(":")[0]


def _files(workspace: Workspace, story: str) -> list[str]:
    folder = workspace.story(story).root
    return sorted(path.name for path in folder.rglob("*")) if folder.exists() else []


@pytest.mark.parametrize(
    ("name", "how"), [("told.m4a", "by its bytes"), ("again.opus", "by its sound (")]
)
def test_a_withdrawn_recording_is_refused_before_anything_is_copied(
    cli: Cli, workspace: Workspace, recordings: Path, shelf: RecordingShelf, name: str, how: str
) -> None:
    before, story = shelf.recorded, shelf.new
    _withdraw(cli, before)
    files = _files(workspace, story)
    ran = cli("capture", "import", story, recordings / name, "--yes")
    assert ran.code == NotAllowed.exit_code
    assert how in ran.err
    assert f"a recording of {before}, which was withdrawn on" in ran.err
    assert "Ask the contributor" in ran.err
    assert "--confirm-withdrawn" in ran.err
    assert _files(workspace, story) == files
    # And nobody is any the wiser from the log.
    assert [entry.action for entry in Ledger(workspace).entries_of("import")] == ["import"]


def test_another_story_by_the_same_interviewer_is_brought_in(
    cli: Cli, workspace: Workspace, recordings: Path, shelf: RecordingShelf
) -> None:
    _withdraw(cli, shelf.recorded)
    ran = cli("capture", "import", shelf.new, recordings / "other.mp3", "--yes")
    assert ran.code == 0, ran.err


def test_it_is_used_after_a_new_agreement_with_a_name_and_a_reason(
    cli: Cli, workspace: Workspace, recordings: Path, shelf: RecordingShelf
) -> None:
    story = shelf.new
    _withdraw(cli, shelf.recorded)
    me = _account(cli)
    bring = ("capture", "import", story, recordings / "again.opus", "--yes")
    why = ("--confirm-withdrawn", "They rang and want it shown after all.")
    # The agreement of this story is older than the withdrawal.
    _set_recorded(workspace, story, "2026-01-01T00:00:00Z")
    ran = cli("--by", me, *bring, *why)
    assert ran.code == NotAllowed.exit_code
    assert "no agreement that was signed after" in ran.err
    _agree(cli, story)
    assert "signed by somebody with a name" in cli(*bring, *why).err
    assert "reason is missing" in cli("--by", me, *bring, "--confirm-withdrawn", "  ").err
    assert cli("--by", me, *bring, *why).code == 0
    (confirmed,) = json.loads(workspace.story(story).confirmed_recordings.read_text())["confirmed"]
    assert confirmed["by"] == me
    assert confirmed["why"] == why[1]
    (entry,) = Ledger(workspace).entries_of("recording-confirm")
    assert (entry.subject, entry.by) == (story, me)
    # To derive it again nobody is asked again.
    workspace.story(story).working_audio.unlink()
    ran = cli(*bring)
    assert ran.code == 0
    assert "Made again" in ran.out


def _set_recorded(workspace: Workspace, story: str, when: str) -> None:
    from library.records.consent import Agreement

    with Ledger(workspace).update("agreement", story, "editor") as changes:
        *_, agreement = changes.of_story(Agreement, story)
        changes.erase(msgspec.structs.replace(agreement, recorded=when))


def test_to_derive_anew_what_was_withdrawn_elsewhere_is_refused(
    cli: Cli, workspace: Workspace, recordings: Path, shelf: RecordingShelf
) -> None:
    story = shelf.new
    assert cli("capture", "import", story, recordings / "again.opus", "--yes").code == 0
    _withdraw(cli, shelf.recorded)
    workspace.story(story).working_audio.unlink()
    ran = cli("capture", "import", story, recordings / "again.opus", "--yes")
    assert ran.code == NotAllowed.exit_code
    assert not workspace.story(story).working_audio.exists()
    # What is here stays: it is another story, with its own permission.
    assert read_manifest(workspace.story(story))


def test_a_part_that_was_taken_back_is_said_and_the_story_itself_goes_on(
    cli: Cli, workspace: Workspace, recordings: Path, shelf: RecordingShelf
) -> None:
    before = shelf.recorded
    _withdraw(cli, before, "--scope", "public")
    ran = cli("capture", "import", shelf.new, recordings / "told.m4a", "--yes")
    assert f"of {before}, of which showing it to “public” and wider was taken back on" in ran.err
    assert cli("capture", "import", before, recordings / "told.m4a", "--yes").code == 0


def test_a_second_microphone_and_one_file_of_several_are_known(
    cli: Cli, workspace: Workspace, recordings: Path, shelf: RecordingShelf
) -> None:
    story = shelf.new
    _withdraw(cli, shelf.recorded)
    both = (recordings / "other.mp3", recordings / "again.opus")
    ran = cli("capture", "import", story, *both, "--yes")
    assert ran.code == NotAllowed.exit_code
    assert "“again.opus” is, by its sound" in ran.err
    ran = cli("capture", "import", story, both[0], "--microphone", both[1], "--yes")
    assert ran.code == NotAllowed.exit_code


# Erased


def test_an_erased_recording_is_known_where_its_contributor_allowed_it(
    cli: Cli, workspace: Workspace, recordings: Path, shelf: RecordingShelf
) -> None:
    _agree(cli, shelf.recorded, "--recognise-after-erasure")
    ran = _withdraw(cli, shelf.recorded, "--erase")
    assert "A fingerprint of the recording is kept, as its contributor agreed" in ran.out
    (fingerprint,) = workspace.fingerprints.glob("*.json")
    # Neither the name nor the content says whose it was.
    assert shelf.recorded not in fingerprint.name
    assert shelf.recorded not in fingerprint.read_text()
    for name in ("told.m4a", "again.opus"):
        ran = cli("capture", "import", shelf.new, recordings / name, "--yes")
        assert ran.code == NotAllowed.exit_code
        assert "a recording that was erased on" in ran.err
        assert "at its contributor’s wish" in ran.err
        assert shelf.recorded not in ran.err
    # Once more, as after an erasure that was broken off, keeps what was kept.
    _withdraw(cli, shelf.recorded, "--erase")
    assert list(workspace.fingerprints.glob("*.json")) == [fingerprint]
    assert cli("withdraw", shelf.recorded, "--forget-fingerprint", "--yes").code == 2
    _withdraw(cli, shelf.recorded, "--erase", "--forget-fingerprint")
    assert not list(workspace.fingerprints.glob("*.json"))
    ran = cli("capture", "import", shelf.new, recordings / "told.m4a", "--yes")
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("answer", ["", "--not-recognise-after-erasure"])
def test_nothing_is_kept_of_an_erased_recording_unless_it_was_allowed(
    cli: Cli, workspace: Workspace, recordings: Path, shelf: RecordingShelf, answer: str
) -> None:
    if answer:
        # A change of mind: the last agreement counts.
        _agree(cli, shelf.recorded, "--recognise-after-erasure")
        _agree(cli, shelf.recorded, answer)
    _withdraw(cli, shelf.recorded)
    ran = cli("capture", "import", shelf.new, recordings / "again.opus", "--yes")
    assert ran.code == NotAllowed.exit_code
    assert list(workspace.fingerprints.glob("*.json"))
    assert "fingerprint" not in _withdraw(cli, shelf.recorded, "--erase").out
    assert not list(workspace.fingerprints.glob("*.json"))
    ran = cli("capture", "import", shelf.new, recordings / "again.opus", "--yes")
    assert ran.code == 0, ran.err


def test_a_story_is_erased_although_no_fingerprint_can_be_kept(
    cli: Cli, workspace: Workspace, shelf: RecordingShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    _agree(cli, shelf.recorded, "--recognise-after-erasure")
    monkeypatch.setenv("CARER_STORIES_FFMPEG", "/nowhere/ffmpeg")
    ran = _withdraw(cli, shelf.recorded, "--erase")
    assert "No fingerprint of the recording could be kept" in ran.out
    assert not workspace.story(shelf.recorded).root.exists()


def test_without_its_key_nothing_is_told_from_a_fingerprint(
    cli: Cli, workspace: Workspace, shelf: RecordingShelf
) -> None:
    _agree(cli, shelf.recorded, "--recognise-after-erasure")
    manifest = read_manifest(workspace.story(shelf.recorded))
    assert manifest
    _withdraw(cli, shelf.recorded, "--erase")
    (fingerprint,) = workspace.fingerprints.glob("*.json")
    assert manifest.takes[0].sha256 not in fingerprint.read_text()
    assert fingerprint.stat().st_mode & 0o077 == 0
    key = workspace.fingerprints / "key"
    assert key.stat().st_mode & 0o077 == 0
    key.unlink()
    assert kept_fingerprints.read_erased_fingerprints(workspace) == ()
    assert "1 erased recording will not be known" in cli("verify").out


# Where it cannot be refused


def test_what_is_recorded_here_is_kept_and_its_story_held(
    cli: Cli, workspace: Workspace, recordings: Path, shelf: RecordingShelf
) -> None:
    before, story = shelf.recorded, shelf.new
    _withdraw(cli, before)
    import_recording(workspace, story, recordings / "again.opus", hold_withdrawn=True)
    assert read_manifest(workspace.story(story))
    (hold,) = read_restore_holds(workspace)
    assert (hold.story, hold.is_since_restore) == (story, False)
    listed = cli("held", "list").out
    assert f"The recording of {story} is by its sound" in listed
    assert before in listed
    status = cli("status", story)
    assert "held" in status.out
    assert "--confirm-withdrawn" in status.out
    # Nobody is asked what was taken back: nothing was put back.
    ran = cli("held", "release", "--yes")
    assert ran.code == NotAllowed.exit_code
    assert f"{story} stays held" in ran.out
    me = _account(cli)
    # Signed on the day of the withdrawal or later, which the shelf's agreement need not be.
    _agree(cli, story)
    _set_recorded(workspace, story, "2999-01-01T00:00:00Z")
    ran = cli("--by", me, "held", "release", story, "--confirm-withdrawn", "They signed.", "--yes")
    assert ran.code == 0, ran.out + ran.err
    assert read_restore_holds(workspace) == ()


def test_a_session_is_kept_and_says_that_its_story_is_held(
    cli: Cli, workspace: Workspace, recordings: Path, shelf: RecordingShelf, tmp_path: Path
) -> None:
    """Somebody plays the withdrawn recording to the microphone of the capture station."""
    _withdraw(cli, shelf.recorded)
    played = tmp_path / "played.webm"
    ffmpeg("-i", recordings / "again.opus", "-c", "copy", "-cluster_time_limit", "5000", played)
    with closing(create_session(workspace, shelf.new, "session-1")) as session:
        session.confirm_agreement("voice")
        take = session.start_take("audio/webm;codecs=opus", "take-1").number
        parts = cut_at_clusters(played.read_bytes())
        for number, part in enumerate(parts):
            session.add_chunk(take, number, part, (number + 1) * 5000)
        session.end_take(take, 26_000, len(parts), "next")
        session.stop()
        session_id = session.state.id
    ran = cli("capture", "recover", session_id, "--keep")
    assert ran.code == 0, ran.out + ran.err
    assert f"It is the recording of {shelf.new} now." in ran.out
    assert "is held, and shown to nobody: the recording is, by its sound" in ran.out
    assert f"of {shelf.recorded}, which was withdrawn on" in ran.out
    assert "--confirm-withdrawn" in ran.out
    assert read_manifest(workspace.story(shelf.new))


def test_a_restore_lets_no_withdrawn_recording_go_under_another_id(
    run_cli: Cli, cli: Cli, recordings: Path, shelf: RecordingShelf, tmp_path: Path
) -> None:
    known, other = shelf.recorded, shelf.new
    _agree(cli, known, "--recognise-after-erasure")
    assert cli("capture", "import", other, recordings / "again.opus", "--yes").code == 0
    (tmp_path / "disk").mkdir()
    backup = tmp_path / "disk/backup"
    first = json.loads(cli("backup", backup, "--json").out)["run"]
    _withdraw(cli, known, "--erase")
    assert cli("backup", backup, "--forget", known, "--yes").code == 0
    ran = cli("backup", backup)
    assert ran.code == 0, ran.err
    # The run of before the erasure: what the newest one knows of it holds all the same.
    into = tmp_path / "back"
    ran = run_cli("restore", "--from", backup, "--run", first, "--into", into)
    assert ran.code == 0, ran.out + ran.err
    ran = run_cli("--workspace", into, "held", "release", "--nothing-taken-back", "--yes")
    assert ran.code == NotAllowed.exit_code
    assert f"{other} stays held: its recording is, by its sound" in ran.out
    assert "that was erased on" in ran.out
    assert [hold.story for hold in read_restore_holds(Workspace(into))] == [other]
    # What was forgotten since does not come back with that run.
    _withdraw(cli, known, "--erase", "--forget-fingerprint")
    later = tmp_path / "later"
    ran = cli("restore", "--from", backup, "--run", first, "--into", later)
    assert ran.code == 0, ran.out + ran.err
    assert not list(Workspace(later).fingerprints.glob("erased-*"))


def test_a_story_that_is_held_twice_says_both(workspace: Workspace, shelf: RecordingShelf) -> None:
    recording = "by its bytes, a recording of cs-4k7m2q, which was withdrawn on 1 May 2026"
    of_recording = RestoreHold(
        story=shelf.new, held="2026-11-29T10:00:00Z", cause="recording", recording=recording
    )
    of_restore = RestoreHold(
        story=shelf.new, held="2026-11-29T11:00:00Z", since="2026-11-01T00:00:00Z"
    )
    for both in ((of_recording, of_restore), (of_restore, of_recording)):
        for hold in both:
            write_restore_hold(workspace, hold)
        history = read_history(workspace, shelf.new)
        reasons = decide(history, None, Audience.TRUST, date(2026, 11, 29)).reasons
        assert "what was taken back after 2026-11-01 is not known" in reasons[0]
        assert recording in reasons[1]
        remove_restore_hold(workspace, shelf.new)
