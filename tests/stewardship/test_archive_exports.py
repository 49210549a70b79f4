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
from pathlib import Path

import bagit
import msgspec
import pytest
from defusedxml import ElementTree

from capture.recording.originals import Microphone, read_manifest, write_manifest
from library.consent.contributors import record_contributor
from library.consent.copies import copies_of
from library.consent.stories import read_history, start_story
from library.consent.withdrawals import record_withdrawal
from library.core import files
from library.core.workspace import Workspace
from library.formats import ohms
from stewardship.export.ohms_record import (
    OhmsPassage,
    SpokenStory,
    SyncWord,
    TimedTurn,
    ohms_record,
)
from tests.faults import FaultySystem, count_changes, disk, refuse_with
from tests.support.command_line import Ran
from tests.support.quick_stories import filmed, released
from tests.support.sample_media import agreed_story, video, wav

Cli = Callable[..., Ran]
ARCHIVE = "County archive, digital preservation"
WILD = '=1+1"><script>alert(1)</script>'
NS = f"{{{ohms.NAMESPACE}}}"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir()
    return folder


def _exported(run_cli: Cli, *arguments: str | Path) -> Path:
    result = run_cli("export", *arguments, "--for", ARCHIVE, "--yes", "--json")
    assert result.code == 0, result.err
    return Path(json.loads(result.out)["place"])


def test_a_bag_is_valid_and_holds_what_an_archive_keeps(
    workspace: Workspace, run_cli: Cli, shelf: Path
) -> None:
    story = agreed_story(workspace)
    assert run_cli("capture", "import", story, wav()).code == 0
    record_contributor(
        workspace, story, name="Ruth Example", contact="0161 496 0000", role="editor"
    )
    folder = workspace.story(story)
    folder.voice_secret.write_bytes(b"a secret")
    folder.name_list.write_text("names: []\n")
    result = run_cli("export", story, "--bagit", shelf, "--for", ARCHIVE, "--yes")
    assert result.code == 0, result.err
    assert "names that are bleeped or cut" in result.out
    (bag_folder,) = shelf.iterdir()
    bag_check = bagit.Bag(str(bag_folder))
    bag_check.validate()
    assert bag_check.algorithms == ["sha256"]
    assert bag_check.info["External-Identifier"] == story
    names = set(bag_check.payload_entries())
    take = next((folder.original).glob("take-*"))
    assert f"data/original/{take.name}" in names
    assert (bag_folder / "data/original" / take.name).read_bytes() == take.read_bytes()
    assert {"data/README.txt", "data/session.json", "data/metadata/records.json"} <= names
    assert "data/metadata/dublin-core.xml" in names
    contents = b"".join(path.read_bytes() for path in bag_folder.rglob("*") if path.is_file())
    for private in (b"Ruth Example", b"0161 496", b"a secret"):
        assert private not in contents
    assert not [name for name in names if "names.yml" in name or "secret" in name]
    assert stat.S_IMODE(bag_folder.stat().st_mode) == 0o700
    (copy,) = copies_of(workspace, story)
    assert (copy.to, copy.stories) == (ARCHIVE, (story,))
    assert '"action":"export-bag"' in workspace.audit_log.read_text()
    assert run_cli("verify").code == 0


def test_a_bag_holds_every_original_that_its_manifest_names(
    workspace: Workspace, run_cli: Cli, shelf: Path, tmp_path: Path
) -> None:
    """A microphone, a voice of its own and a meeting program’s words are originals too."""
    story = agreed_story(workspace)
    meeting = tmp_path / "meeting"
    (meeting / "Audio Record").mkdir(parents=True)
    shutil.copy(video(), meeting / "video1234567.mp4")
    shutil.copy(wav(), meeting / "Audio Record" / "audioRuth11234567.wav")
    (meeting / "video1234567.transcript.vtt").write_text(
        "WEBVTT\n\n1\n00:00:00.100 --> 00:00:01.500\nRuth: I rang the ward every day.\n"
    )
    assert run_cli("capture", "import", story, meeting).code == 0
    folder = workspace.story(story)
    manifest = read_manifest(folder)
    assert manifest is not None
    microphone = folder.original / "microphone-1.wav"
    shutil.copy(wav(), microphone)
    alignment = {"begins": 0, "drift": 0, "louder": 0.0, "clearer": 0.0, "better": True}
    recorded = Microphone(
        file=microphone.name,
        sha256=files.sha256_of(microphone),
        bytes=microphone.stat().st_size,
        imported=manifest.takes[0].imported,
        **alignment,
    )
    take = msgspec.structs.replace(manifest.takes[0], microphone=recorded)
    write_manifest(folder, [take], 0, manifest.beside)

    place = _exported(run_cli, story, "--bagit", shelf)
    bag = bagit.Bag(str(place))
    bag.validate()
    told = json.loads((place / "data/original/manifest.json").read_bytes())
    named = {
        one["file"] for one in (*told["takes"], *told["beside"], told["takes"][0]["microphone"])
    }
    assert named == {"take-1.mp4", "speaker-1.wav", "words-1.vtt", "microphone-1.wav"}
    in_bag = {
        name.removeprefix("data/original/")
        for name in bag.payload_entries()
        if "/original/" in name
    }
    assert in_bag == named | {"manifest.json"}
    for name in named:
        assert (place / "data/original" / name).read_bytes() == (
            folder.original / name
        ).read_bytes()
    # What the documents list and what was made agree: words that nobody checked make no OHMS.
    assert "data/metadata/ohms.xml" not in bag.payload_entries()


def test_a_bag_that_lost_a_bit_is_told_by_the_archives_own_tool(
    workspace: Workspace, run_cli: Cli, shelf: Path
) -> None:
    bag_folder = _exported(run_cli, released(workspace), "--bagit", shelf)
    film = bag_folder / "data/film/audio.m4a"
    film.write_bytes(film.read_bytes()[:-1] + b"?")
    with pytest.raises(bagit.BagError):
        bagit.Bag(str(bag_folder)).validate()


def test_the_whole_library_is_a_bag_for_each_story_and_a_table(
    workspace: Workspace, run_cli: Cli, shelf: Path
) -> None:
    first, second = released(workspace, "One"), filmed(workspace, WILD)
    withdrawn_id = released(workspace, "Taken back")
    record_withdrawal(workspace, withdrawn_id, "contributor")
    result = run_cli("export", "--all", shelf, "--for", ARCHIVE, "--yes")
    assert result.code == 0, result.err
    assert f"Not in it: {withdrawn_id}" in result.out
    (bag_folder,) = shelf.iterdir()
    for story in (first, second):
        bagit.Bag(str(bag_folder / story)).validate()
    assert not (bag_folder / withdrawn_id).exists()
    rows = csv.DictReader(io.StringIO((bag_folder / "stories.csv").read_text("utf-8-sig")))
    table = {row["id"]: row for row in rows}
    assert table.keys() == {first, second}
    assert table[first]["shown_to"] == "training; trust"
    assert not table[second]["title"].startswith("="), "a spreadsheet would compute it"
    assert withdrawn_id not in (bag_folder / "stories.csv").read_text()
    (copy,) = copies_of(workspace)
    assert set(copy.stories) == {first, second}


def test_a_table_names_every_story_that_is_not_withdrawn(
    workspace: Workspace, run_cli: Cli, shelf: Path
) -> None:
    new = start_story(workspace, title="New", questions="being-heard").id
    withdrawn_id = released(workspace, "Taken back")
    record_withdrawal(workspace, withdrawn_id, "contributor")
    text = _exported(run_cli, "--csv", shelf).read_text("utf-8-sig")
    assert new in text
    assert withdrawn_id not in text
    story_id = released(workspace, "Alone")
    assert story_id in _exported(run_cli, story_id, "--csv", shelf).read_text("utf-8-sig")


def test_a_withdrawal_finds_the_copies(workspace: Workspace, run_cli: Cli, shelf: Path) -> None:
    story = released(workspace)
    for kind in ("--bagit", "--ohms", "--csv"):
        _exported(run_cli, story, kind, shelf)
    _exported(run_cli, "--all", shelf)
    result = run_cli("withdraw", story, "--yes")
    assert result.code == 0
    assert result.out.count(f"to {ARCHIVE}") == 4


def test_nothing_leaves_that_may_not(workspace: Workspace, run_cli: Cli, shelf: Path) -> None:
    story = released(workspace, "Taken back")
    record_withdrawal(workspace, story, "contributor")
    new = start_story(workspace, title="New", questions="being-heard").id
    result = run_cli("export", "--all", shelf, "--for", ARCHIVE, "--yes")
    assert (result.code, "no story that may be exported" in result.err) == (2, True)
    for arguments, code, words in (
        ((story, "--bagit", shelf), 4, "was withdrawn"),
        ((story, "--ohms", shelf), 4, "was withdrawn"),
        ((story, "--csv", shelf), 4, "was withdrawn"),
        ((new, "--bagit", shelf), 4, "no participation agreement"),
        ((filmed(workspace), "--bagit", workspace.public), 3, "no folder"),
        ((filmed(workspace), "--bagit", workspace.site), 2, "part of the library"),
        (("cs-zzzzzz", "--bagit", shelf), 3, "cs-zzzzzz"),
    ):
        result = run_cli("export", *arguments, "--for", ARCHIVE, "--yes")
        assert (result.code, words in result.err) == (code, True), (arguments, result.err)
    assert run_cli("export", filmed(workspace), "--bagit", shelf, "--yes").code == 2
    assert list(shelf.iterdir()) == []
    assert copies_of(workspace) == ()


def test_a_disk_that_fails_leaves_no_part_of_a_bag_and_no_copy_entered(
    workspace: Workspace, run_cli: Cli, shelf: Path, tmp_path: Path
) -> None:
    story = released(workspace)
    spare_folder = tmp_path / "spare"
    spare_folder.mkdir()
    changes = count_changes(lambda: _exported(run_cli, story, "--bagit", spare_folder))
    before = len(copies_of(workspace))
    for at in [*range(1, changes, 9), *range(changes - 8, changes)]:
        with disk(FaultySystem(at, refuse_with(errno.ENOSPC))):
            result = run_cli("export", story, "--bagit", shelf, "--for", ARCHIVE, "--yes")
        bags = [path for path in shelf.iterdir() if not path.name.startswith(".")]
        copies = len(copies_of(workspace)) - before
        assert result.code in (0, 7, 10), result.err
        assert copies >= len(bags), "a copy is there that nobody knows of"
        for path in bags:
            bagit.Bag(str(path)).validate()


def test_ohms_holds_the_film_as_it_may_be_read(
    workspace: Workspace, run_cli: Cli, shelf: Path
) -> None:
    story = released(workspace, WILD)
    ohms_file = _exported(run_cli, story, "--ohms", shelf)
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


def _long_telling() -> SpokenStory:
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
    record = ohms_record(history, _long_telling(), Settings(), day="2026-03-01")
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
    record = ohms_record(history, _long_telling(), Settings(), day="2026-03-01")
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
