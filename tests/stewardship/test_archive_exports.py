"""Exports for archives: valid, whole, entered as copies, and never of what was taken back."""

from __future__ import annotations

import csv
import errno
import io
import json
import re
import shutil
import stat
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import bagit
import msgspec
import pytest
from defusedxml import ElementTree

from capture.recording.originals import Microphone, read_manifest, write_manifest
from library.consent.contributors import record_contributor
from library.consent.copies import copies_of
from library.consent.decisions import require_signable_cut
from library.consent.register import add_person, complete_register
from library.consent.stories import change_story, read_history, start_story
from library.consent.withdrawals import record_withdrawal
from library.core import clock, files
from library.core.errors import NotAllowed
from library.core.workspace import Workspace
from library.formats import ohms
from library.records.consent import ArchiveWord
from publish.reconciliation.compare import compare_with_gate
from stewardship.export import archive_exports
from stewardship.export.ohms_record import (
    OhmsPassage,
    SpokenStory,
    SyncWord,
    TimedTurn,
    ohms_record,
)
from tests.faults import FaultySystem, count_changes, disk, refuse_with
from tests.support.archive_exports import ARCHIVE, exported
from tests.support.command_line import CommandResult
from tests.support.quick_stories import agree_to, approve, filmed, released, remake_cut, sign_off
from tests.support.sample_media import agreed_story, video, wav

Cli = Callable[..., CommandResult]
WILD = '=1+1"><script>alert(1)</script>'
NS = f"{{{ohms.NAMESPACE}}}"


@pytest.fixture
def archive_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir()
    return folder


def _deposited(workspace: Workspace, run_cli: Cli, recording: Path, archive: ArchiveWord) -> str:
    """A story with a recording, whose contributor says what of it an archive may keep."""
    story = agreed_story(workspace)
    assert run_cli("capture", "import", story, recording).code == 0
    complete_register(workspace, story, role="editor")
    remake_cut(workspace, story, "Deposited")
    folder = workspace.story(story)
    folder.voice_secret.write_bytes(b"a secret")
    folder.name_list.write_text("names: []\n")
    for path in (folder.transcript, folder.editors_copy, folder.edited):
        path.write_text("Margaret, as she was heard")
    sign_off(workspace, story, archive=archive)
    approve(workspace, story)
    return story


def _bytes_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_bag_is_valid_and_holds_what_its_contributor_released(
    workspace: Workspace, run_cli: Cli, archive_folder: Path
) -> None:
    story = _deposited(workspace, run_cli, wav(), "as-shown")
    record_contributor(
        workspace, story, name="Ruth Example", contact="0161 496 0000", role="editor"
    )
    # Changed since: it is not what they signed off.
    change_story(workspace, story, {"title": "Of Margaret", "summary": "Of Margaret"})
    result = run_cli("export", story, "--bagit", archive_folder, "--for", ARCHIVE, "--yes")
    assert result.code == 0, result.err
    (bag_folder,) = archive_folder.iterdir()
    bag_check = bagit.Bag(str(bag_folder))
    bag_check.validate()
    assert bag_check.algorithms == ["sha256"]
    assert bag_check.info["External-Identifier"] == story
    names = {name.removeprefix("data/") for name in bag_check.payload_entries()}
    assert names == {
        "README.txt",
        "captions/captions.vtt",
        "captions/chapters.vtt",
        "film/audio.m4a",
        "film/cut.json",
        "film/film.mp4",
        "film/page.json",
        "film/poster.jpg",
        "metadata/dublin-core.xml",
        "metadata/ohms.xml",
        "metadata/records.json",
        "transcript/as-shown.txt",
    }
    folder = workspace.story(story)
    assert (bag_folder / "data/film/film.mp4").read_bytes() == folder.film.read_bytes()
    assert "Ruth: Nobody asked Deposited." in (
        (bag_folder / "data/transcript/as-shown.txt").read_text()
    )
    contents = _bytes_below(bag_folder)
    for private in (b"Ruth Example", b"0161 496", b"a secret", b"Margaret"):
        assert private not in contents
    take = next((folder.original).glob("take-*"))
    assert take.read_bytes() not in contents
    assert stat.S_IMODE(bag_folder.stat().st_mode) == 0o700
    (copy,) = copies_of(workspace, story)
    assert (copy.to, copy.stories, copy.medium, copy.uncut) == (ARCHIVE, (story,), "archive", ())
    assert '"action":"export-bag"' in workspace.audit_log.read_text()
    assert run_cli("verify").code == 0


def test_the_recording_is_in_a_bag_only_where_its_contributor_said_so(
    workspace: Workspace, run_cli: Cli, archive_folder: Path
) -> None:
    story = _deposited(workspace, run_cli, wav(), "uncut")
    result = run_cli("export", story, "--bagit", archive_folder, "--for", ARCHIVE, "--yes")
    assert result.code == 0, result.err
    assert "names that are bleeped or cut" in result.out
    (bag_folder,) = archive_folder.iterdir()
    bagit.Bag(str(bag_folder)).validate()
    take = next((workspace.story(story).original).glob("take-*"))
    assert (bag_folder / "data/original" / take.name).read_bytes() == take.read_bytes()
    assert (bag_folder / "data/session.json").is_file()
    assert "Margaret" in (bag_folder / "data/transcript/transcript.md").read_text()
    assert b"a secret" not in _bytes_below(bag_folder)
    assert not list(bag_folder.rglob("names.yml"))
    (copy,) = copies_of(workspace, story)
    assert copy.uncut == (story,)


def test_a_recording_that_may_hold_a_picture_is_left_out_of_a_bag_which_says_so(
    workspace: Workspace, run_cli: Cli, archive_folder: Path
) -> None:
    story = _deposited(workspace, run_cli, wav(), "uncut")
    agree_to(workspace, story, "voice")
    signed = ("signoff", story, "--witness", "editor", "--audience", "trust", "--archive", "uncut")
    cut = require_signable_cut(workspace, story).code
    result = run_cli(*signed, "--cut", cut, "--form-version", "1", "--viewed", "today", "--yes")
    assert result.code == 0, result.err
    sentence = (
        "kept in an archive, as it is shown, and without the recording that was not cut: it may "
        "hold their picture, and only their voice is agreed to"
    )
    assert sentence in " ".join(result.out.split())
    approve(workspace, story)
    result = run_cli("export", story, "--bagit", archive_folder, "--for", ARCHIVE, "--yes")
    assert result.code == 0, result.err
    (bag_folder,) = archive_folder.iterdir()
    assert not list(bag_folder.rglob("take-*"))
    readme = " ".join((bag_folder / "data/README.txt").read_text().split())
    assert sentence in readme
    assert "it is left out" in readme
    assert "that is what its contributor said" not in readme


def test_a_bag_holds_every_original_that_its_manifest_names(
    workspace: Workspace, run_cli: Cli, archive_folder: Path, tmp_path: Path
) -> None:
    """A microphone, a voice of its own and a meeting program’s words are originals too."""
    meeting = tmp_path / "meeting"
    (meeting / "Audio Record").mkdir(parents=True)
    shutil.copy(video(), meeting / "video1234567.mp4")
    shutil.copy(wav(), meeting / "Audio Record" / "audioRuth11234567.wav")
    (meeting / "video1234567.transcript.vtt").write_text(
        "WEBVTT\n\n1\n00:00:00.100 --> 00:00:01.500\nRuth: I rang the ward every day.\n"
    )
    story = _deposited(workspace, run_cli, meeting, "uncut")
    folder = workspace.story(story)
    manifest = read_manifest(folder)
    assert manifest is not None
    microphone = folder.original / "microphone-1.wav"
    shutil.copy(wav(), microphone)
    alignment = {"offset_us": 0, "drift": 0, "level_db": 0.0, "snr_gain_db": 0.0, "better": True}
    recorded = Microphone(
        file=microphone.name,
        sha256=files.sha256_of(microphone),
        bytes=microphone.stat().st_size,
        imported=manifest.takes[0].imported,
        **alignment,
    )
    take = msgspec.structs.replace(manifest.takes[0], microphone=recorded)
    write_manifest(folder, [take], 0, manifest.beside)

    folder_of_bag = exported(run_cli, story, "--bagit", archive_folder)
    bag = bagit.Bag(str(folder_of_bag))
    bag.validate()
    written = json.loads((folder_of_bag / "data/original/manifest.json").read_bytes())
    named = {
        original["file"]
        for original in (*written["takes"], *written["beside"], written["takes"][0]["microphone"])
    }
    assert named == {"take-1.mp4", "speaker-1.wav", "words-1.vtt", "microphone-1.wav"}
    in_bag = {
        name.removeprefix("data/original/")
        for name in bag.payload_entries()
        if "/original/" in name
    }
    assert in_bag == named | {"manifest.json"}
    for name in named:
        assert (folder_of_bag / "data/original" / name).read_bytes() == (
            folder.original / name
        ).read_bytes()


def test_a_bag_that_lost_a_bit_is_told_by_the_archives_own_tool(
    workspace: Workspace, run_cli: Cli, archive_folder: Path
) -> None:
    bag_folder = exported(
        run_cli, released(workspace, archive="as-shown"), "--bagit", archive_folder
    )
    film = bag_folder / "data/film/audio.m4a"
    film.write_bytes(film.read_bytes()[:-1] + b"?")
    with pytest.raises(bagit.BagError):
        bagit.Bag(str(bag_folder)).validate()


def test_the_whole_library_is_a_bag_for_each_story_that_may_be_kept_and_a_table(
    workspace: Workspace, run_cli: Cli, archive_folder: Path
) -> None:
    first = released(workspace, "One", archive="as-shown")
    second = released(workspace, WILD, archive="uncut")
    withdrawn_id = released(workspace, "Taken back", archive="uncut")
    record_withdrawal(workspace, withdrawn_id, "contributor")
    objected_id = released(workspace, "Objected to", archive="as-shown")
    add_person(
        workspace, objected_id, relation="son", about="him", decided="objected", role="editor"
    )
    left_out = {
        withdrawn_id: "It was withdrawn on",
        objected_id: "One of the people in it (son) objected",
        released(workspace, "For staff alone"): "not said that an archive may keep it",
        filmed(workspace, "Unsigned"): "has not signed off",
        start_story(workspace, title="New", questions="being-heard").id: "No participation",
    }
    result = run_cli("export", "--all", archive_folder, "--for", ARCHIVE, "--yes")
    assert result.code == 0, result.err
    for story, why in left_out.items():
        (line,) = [line for line in result.out.splitlines() if story in line]
        assert line.startswith("Not in it: ")
        assert why in line
    (bag_folder,) = archive_folder.iterdir()
    assert {path.name for path in bag_folder.iterdir()} == {
        first, second, "stories.csv", "manifest.sha256",
    }  # fmt: skip
    for story in (first, second):
        bagit.Bag(str(bag_folder / story)).validate()
    contents = _bytes_below(bag_folder)
    for absent in (*left_out, "Taken back", "Objected to", "For staff alone", "Unsigned", "New"):
        assert absent.encode() not in contents
    rows = csv.DictReader(io.StringIO((bag_folder / "stories.csv").read_text("utf-8-sig")))
    table = {row["id"]: row for row in rows}
    assert table.keys() == {first, second}
    assert table[first]["shown_to"] == "training; trust"
    assert not table[second]["title"].startswith("="), "a spreadsheet would compute it"
    (copy,) = copies_of(workspace)
    assert set(copy.stories) == {first, second}
    assert copy.uncut == (second,)


def test_a_table_names_the_stories_that_an_archive_may_keep_and_no_other(
    workspace: Workspace, run_cli: Cli, archive_folder: Path
) -> None:
    kept_id = released(workspace, "Alone", archive="as-shown")
    start_story(workspace, title="Only begun", questions="being-heard")
    withdrawn_id = released(workspace, "Taken back", archive="as-shown")
    record_withdrawal(workspace, withdrawn_id, "contributor")
    change_story(workspace, kept_id, {"title": "Of Margaret"})
    text = exported(run_cli, "--csv", archive_folder).read_text("utf-8-sig")
    assert f"{kept_id},Alone," in text
    for absent in ("Only begun", "Taken back", withdrawn_id, "Margaret"):
        assert absent not in text
    assert kept_id in exported(run_cli, kept_id, "--csv", archive_folder).read_text("utf-8-sig")


def test_a_withdrawal_finds_the_copies(
    workspace: Workspace, run_cli: Cli, archive_folder: Path
) -> None:
    story = released(workspace, archive="as-shown")
    for kind in ("--bagit", "--ohms", "--otio", "--csv"):
        exported(run_cli, story, kind, archive_folder)
    exported(run_cli, "--all", archive_folder)
    result = run_cli("withdraw", story, "--yes")
    assert result.code == 0
    assert result.out.count(f"to {ARCHIVE}") == 5


def test_a_contributor_takes_back_that_an_archive_may_keep_it_and_nothing_else(
    workspace: Workspace, run_cli: Cli, archive_folder: Path
) -> None:
    story = released(workspace, archive="uncut")
    other = released(workspace, archive="as-shown")
    assert run_cli("site", "build", "--audience", "trust").code == 0
    page = workspace.page_of(story).read_bytes()
    exported(run_cli, story, "--bagit", archive_folder)
    exported(run_cli, other, "--bagit", archive_folder)
    result = run_cli("withdraw", story, "--scope", "archive", "--yes")
    assert result.code == 0, result.err
    assert f"No archive may keep {story} any more" in result.out
    assert "Who may see it stays as it was." in result.out
    assert result.out.count(f"to {ARCHIVE}") == 1
    assert workspace.page_of(story).read_bytes() == page
    result = run_cli("export", story, "--bagit", archive_folder, "--for", ARCHIVE, "--yes")
    assert (result.code, "Keeping it in an archive was withdrawn" in result.err) == (4, True)
    with pytest.raises(NotAllowed, match="No archive may keep"):
        sign_off(workspace, story, archive="as-shown")
    sign_off(workspace, story)
    (copy,) = copies_of(workspace, story)
    assert copy.id in run_cli("verify").out, "it is still out there"
    assert run_cli("copies", "settle", copy.id, "--as", "returned", "--yes").code == 0
    assert run_cli("verify").code == 0


def _ways_to_be_refused(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    """Stories that no archive may have, each with words of every reason."""
    withdrawn_id = released(workspace, "Taken back", archive="uncut")
    record_withdrawal(workspace, withdrawn_id, "contributor")
    narrowed_id = released(workspace, "Taken back in part", archive="uncut")
    record_withdrawal(workspace, narrowed_id, "contributor", scope="public")
    objected_id = released(workspace, "Objected to", archive="as-shown")
    add_person(
        workspace, objected_id, relation="son", about="him", decided="objected", role="editor"
    )
    changed_id = released(workspace, "Changed", archive="as-shown")
    workspace.story(changed_id).film.write_bytes(b"another film")
    remade_id = released(workspace, "Made again", archive="as-shown")
    remake_cut(workspace, remade_id, "Made again, and not seen")
    said_no_id = released(workspace, "Said no since", archive="uncut")
    sign_off(workspace, said_no_id, archive="no")
    unapproved_id = filmed(workspace, "Not approved")
    sign_off(workspace, unapproved_id, archive="uncut")
    for_everyone_id = filmed(workspace, "For everyone")
    sign_off(workspace, for_everyone_id, audience="public")
    approve(workspace, for_everyone_id)
    return {
        withdrawn_id: ("was withdrawn",),
        narrowed_id: ("was withdrawn",),
        objected_id: ("(son) objected", "Something else was decided"),
        changed_id: ("film.mp4 is not as it was",),
        remade_id: ("signed off another cut", "approval is for another cut"),
        said_no_id: ("not said that an archive may keep it",),
        unapproved_id: ("No editor has approved",),
        for_everyone_id: ("not said that an archive may keep it",),
        filmed(workspace, "Unsigned"): ("has not signed off", "No editor has approved"),
        start_story(workspace, title="New", questions="being-heard").id: (
            "No participation agreement",
            "No film has been made",
        ),
    }


def test_nothing_leaves_that_may_not(
    workspace: Workspace, run_cli: Cli, archive_folder: Path
) -> None:
    refused = _ways_to_be_refused(workspace)
    result = run_cli("export", "--all", archive_folder, "--for", ARCHIVE, "--yes")
    assert (result.code, "no story that may be exported" in result.err) == (2, True)
    for story, reasons in refused.items():
        for kind in ("--bagit", "--ohms", "--csv"):
            result = run_cli("export", story, kind, archive_folder, "--for", ARCHIVE, "--yes")
            assert result.code == 4, (story, kind, result.err)
            assert all(reason in result.err for reason in reasons), (reasons, result.err)
    kept_id = released(workspace, archive="as-shown")
    for arguments, code, words in (
        ((kept_id, "--bagit", workspace.public), 2, "what staff are shown"),
        ((kept_id, "--bagit", workspace.site), 2, "what staff are shown"),
        ((kept_id, "--bagit", workspace.interviews), 2, "part of the library"),
        ((kept_id, "--bagit", workspace.root.parent / "gone"), 3, "no folder"),
        (("cs-zzzzzz", "--bagit", archive_folder), 3, "cs-zzzzzz"),
    ):
        result = run_cli("export", *arguments, "--for", ARCHIVE, "--yes")
        assert (result.code, words in result.err) == (code, True), (arguments, result.err)
    assert run_cli("export", kept_id, "--bagit", archive_folder, "--yes").code == 2
    assert list(archive_folder.iterdir()) == []
    assert copies_of(workspace) == ()


def test_a_lapsed_sign_off_ends_it(
    workspace: Workspace, run_cli: Cli, archive_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = released(workspace, archive="uncut")
    copy_id = json.loads(
        run_cli("export", story, "--csv", archive_folder, "--for", ARCHIVE, "--yes", "--json").out
    )["copy"]
    review = read_history(workspace, story).releases[-1].review
    monkeypatch.setattr(archive_exports, "today", lambda: review)
    result = run_cli("export", story, "--bagit", archive_folder, "--for", ARCHIVE, "--yes")
    assert result.code == 4
    assert "due for review" in result.err
    assert not _chased(workspace, review - timedelta(days=1))
    assert _chased(workspace, review) == {copy_id}


def _chased(workspace: Workspace, on: date | None = None) -> set[str]:
    return {refused.copy.id for refused in compare_with_gate(workspace, on or clock.today()).copies}


@pytest.mark.parametrize("what", ["objected", "said no", "as shown alone", "filmed again"])
def test_a_copy_made_before_is_asked_back(
    workspace: Workspace, run_cli: Cli, archive_folder: Path, what: str
) -> None:
    story = released(workspace, archive="uncut")
    exported(run_cli, story, "--bagit", archive_folder)
    (copy,) = copies_of(workspace, story)
    assert not _chased(workspace)
    if what == "objected":
        add_person(workspace, story, relation="son", about="", decided="objected", role="editor")
    elif what == "said no":
        sign_off(workspace, story, audience="public", archive="no")
    elif what == "as shown alone":
        sign_off(workspace, story, archive="as-shown")
    else:
        remake_cut(workspace, story, "With a name taken out")
        sign_off(workspace, story, archive="uncut")
        approve(workspace, story)
    assert _chased(workspace) == {copy.id}
    # At the next command, by itself.
    assert copy.id in run_cli("upkeep").out


@pytest.mark.parametrize("kind", ["--bagit", "--ohms", "--csv", "--all"])
@pytest.mark.parametrize("moment", ["before the entry", "after the entry"])
def test_a_withdrawal_in_the_middle_of_an_export_wins(
    workspace: Workspace,
    run_cli: Cli,
    archive_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    moment: str,
) -> None:
    story = released(workspace, archive="uncut")
    enter = archive_exports._CopyEntry.__call__

    def entering(entry: archive_exports._CopyEntry) -> None:
        if moment == "before the entry":
            record_withdrawal(workspace, story, "contributor")
        enter(entry)
        if moment == "after the entry":
            record_withdrawal(workspace, story, "contributor")

    monkeypatch.setattr(archive_exports._CopyEntry, "__call__", entering)
    named = () if kind == "--all" else (story,)
    result = run_cli("export", *named, kind, archive_folder, "--for", ARCHIVE, "--yes")
    assert result.code == 4, result.err
    assert "was withdrawn" in result.err
    assert list(archive_folder.iterdir()) == []
    assert copies_of(workspace) == ()


@pytest.mark.parametrize("name", ["film.mp4", "page.json", "cut.json"])
def test_a_film_that_is_changed_while_it_is_copied_does_not_leave(
    workspace: Workspace,
    run_cli: Cli,
    archive_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    story = released(workspace, archive="as-shown")
    write = archive_exports.write_folder

    def changing(*arguments: Any) -> None:
        (workspace.story(story).root / name).write_bytes(b"another")
        write(*arguments)

    monkeypatch.setattr(archive_exports, "write_folder", changing)
    result = run_cli("export", story, "--bagit", archive_folder, "--for", ARCHIVE, "--yes")
    assert result.code == 4, result.err
    assert f"{name} is not as it was" in result.err
    assert list(archive_folder.iterdir()) == []
    assert copies_of(workspace) == ()


def test_links_and_names_that_are_taken(
    workspace: Workspace, run_cli: Cli, archive_folder: Path, tmp_path: Path
) -> None:
    story = released(workspace, archive="as-shown")
    link = tmp_path / "link"
    workspace.public.mkdir()
    link.symlink_to(workspace.public)
    workspace.exports.symlink_to(workspace.public)
    for folder in (link, workspace.exports, workspace.public):
        result = run_cli("export", story, "--bagit", folder, "--for", ARCHIVE, "--yes")
        assert (result.code, "what staff are shown" in result.err) == (2, True), result.err
    result = run_cli("export", story, "--subject-access")
    assert (result.code, "is a link" in result.err) == (2, True)
    assert list(workspace.public.iterdir()) == []
    link.unlink()
    link.symlink_to(archive_folder)
    first = exported(run_cli, story, "--bagit", link)
    assert first.parent == archive_folder.resolve()
    (archive_folder / f"{first.name}-2").symlink_to(tmp_path / "nowhere")
    before = _bytes_below(first)
    second = exported(run_cli, story, "--bagit", archive_folder)
    assert second.name == f"{first.name}-3"
    assert _bytes_below(first) == before
    assert len(copies_of(workspace, story)) == 2


def test_what_a_killed_export_left_is_removed_by_the_next_whatever_its_day(
    workspace: Workspace, run_cli: Cli, archive_folder: Path
) -> None:
    taken_back = released(workspace, "Taken back", archive="uncut")
    record_withdrawal(workspace, taken_back, "contributor")
    ours = [
        archive_folder / f".{taken_back}-bag-2020-01-01{files.TEMPORARY_MARK}aaaaaaaa",
        archive_folder / f".carer-stories-2020-01-01{files.TEMPORARY_MARK}aaaaaaaa" / taken_back,
    ]
    others = [
        archive_folder / f".cs-zzzzzz-bag-2020-01-01{files.TEMPORARY_MARK}aaaaaaaa",
        archive_folder / f".carer-stories-2020-01-01{files.TEMPORARY_MARK}bbbbbbbb" / "cs-zzzzzz",
        archive_folder / f".letters{files.TEMPORARY_MARK}aaaaaaaa",
    ]
    for folder in (*ours, *others):
        folder.mkdir(parents=True)
    exported(run_cli, released(workspace, archive="as-shown"), "--bagit", archive_folder)
    assert not any(folder.exists() for folder in ours)
    assert all(folder.exists() for folder in others)


def test_a_disk_that_fails_leaves_no_part_of_a_bag_and_no_copy_entered(
    workspace: Workspace, run_cli: Cli, archive_folder: Path, tmp_path: Path
) -> None:
    story = released(workspace, archive="uncut")
    spare_folder = tmp_path / "spare"
    spare_folder.mkdir()
    changes = count_changes(lambda: exported(run_cli, story, "--bagit", spare_folder))
    before = len(copies_of(workspace))
    for at in [*range(1, changes, 9), *range(changes - 8, changes)]:
        with disk(FaultySystem(at, refuse_with(errno.ENOSPC))):
            result = run_cli("export", story, "--bagit", archive_folder, "--for", ARCHIVE, "--yes")
        bags = [path for path in archive_folder.iterdir() if not path.name.startswith(".")]
        copies = len(copies_of(workspace)) - before
        assert result.code in (0, 7, 10), result.err
        assert copies >= len(bags), "a copy is there that nobody knows of"
        for path in bags:
            bagit.Bag(str(path)).validate()


def test_ohms_holds_the_film_as_it_may_be_read(
    workspace: Workspace, run_cli: Cli, archive_folder: Path
) -> None:
    story = released(workspace, WILD, archive="as-shown")
    ohms_file = exported(run_cli, story, "--ohms", archive_folder)
    root = ElementTree.fromstring(ohms_file.read_bytes())
    record = root.find(f"{NS}record")
    assert record is not None
    assert record.findtext(f"{NS}title") == WILD
    assert record.findtext(f"{NS}version") == "5.4"
    assert record.findtext(f"{NS}userestrict") == "1"
    read = ohms.read_file(ohms_file)
    assert [point.title for point in read.points] == ["A question"]
    assert read.lines[0].startswith("RUTH: Nobody asked")
    assert read.file_name == "film.mp4"
    required = set(re.findall(r"\d+", record.attrib["id"]))
    assert len(required) == 1


def _long_spoken_story() -> SpokenStory:
    words = [SyncWord(f"w{n}", n * 700) for n in range(400)]
    return SpokenStory(
        turns=(
            TimedTurn("Interviewer", tuple(words[:20])),
            TimedTurn("Ruth", tuple(words[20:])),
        ),
        passages=(OhmsPassage("The beginning", 0), OhmsPassage("What came then", 130_500)),
        duration=281_000,
        medium="film.mp4",
    )


def test_minutes_are_marked_at_the_word_that_is_spoken_then(workspace: Workspace) -> None:
    from library.core.settings import Settings

    history = read_history(workspace, released(workspace))
    record = ohms_record(history, _long_spoken_story(), Settings(), day="2026-03-01")
    imported = ohms.read(ohms.write(record), "ours")
    assert imported.marks == record.marks
    assert [mark.at for mark in imported.marks] == [60, 120, 180, 240]
    for mark in imported.marks:
        word = imported.lines[mark.line].split()[mark.word - 1]
        spoken_at = int(word[1:]) * 700
        assert 0 <= spoken_at - mark.at * 1000 < 700
    assert [(point.at, point.title) for point in imported.points] == [
        (0, "The beginning"),
        (130, "What came then"),
    ]


def test_our_own_ohms_file_becomes_a_story_with_its_passages_and_words(
    workspace: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    from library.core.settings import Settings
    from transcribe.formats.ohms_words import markers_from_index
    from transcribe.import_transcript import read_transcript_file

    history = read_history(workspace, released(workspace, "The long night"))
    path = tmp_path / "ours.xml"
    record = ohms_record(history, _long_spoken_story(), Settings(), day="2026-03-01")
    path.write_bytes(ohms.write(record))
    result = run_cli("capture", "import-ohms", path, "--json")
    assert result.code == 0, result.err
    story = json.loads(result.out)
    assert story["title"] == "The long night"
    assert story["passages"] == 2
    assert run_cli("questions", "check", story["questions"]).code == 0
    from capture.questions.question_set import find_question_set

    questions = find_question_set(workspace, story["questions"])
    assert [question.ask for question in questions.questions] == ["The beginning", "What came then"]
    markers = markers_from_index(path.read_text(), questions)
    assert [marker.at for marker in markers] == [0, 130_000]
    imported = read_transcript_file(path, 281_000)
    assert [word.text for word in imported.recognised.words] == [f"w{n}" for n in range(400)]
    assert imported.speakers == ("INTERVIEWER", "RUTH")
    largest_error = max(
        abs(word.start - n * 700) for n, word in enumerate(imported.recognised.words)
    )
    assert largest_error < 30_000
    assert read_history(workspace, story["story"]).agreements == ()
