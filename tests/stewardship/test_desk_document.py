"""The text at the desk: no answered change is lost, and no text of others is written over."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from library.core import files
from library.core.errors import BadInput, CarerStoriesError, Damaged, DiskFailed, NoRoom
from library.core.workspace import StoryFolder
from stewardship.desk.document import DeskDocument, FileContent
from stewardship.desk.refusals import ChangedOutside, StaleBase
from stewardship.desk.text_changes import MAX_UNITS, TextChange, Utf16Text, change_between
from tests.faults import FaultySystem, count_changes, disk, killed_at, refuse_with
from tests.faults.disk_changes import Changes, watch
from tests.faults.powercut import PowerCut, Recorder
from tests.faults.seam import UnflushedSystem, failing_points

START = "Ruth: I care for my son 👩‍👧 Daniel.\n\nHe plays the guitar.\n"
WORDS = ("One. ", "Two. ", "Three. ")
TEXTS = st.text(alphabet="ab é👩\n ~[]", max_size=12)
FEW = settings(max_examples=25, stateful_step_count=20, deadline=None)


def folder_with(root: Path, text: str | bytes = START) -> StoryFolder:
    root.mkdir(parents=True, exist_ok=True)
    folder = StoryFolder(root)
    folder.editors_copy.write_bytes(text.encode() if isinstance(text, str) else text)
    return folder


def at_end(document: DeskDocument, typed: str) -> TextChange:
    end = len(Utf16Text(document.text))
    return TextChange(((end, end, typed),))


def type_at_end(document: DeskDocument, typed: str, key: str | None = None) -> int:
    key = key or f"key-{document.version}-{typed}"
    return document.add_changes(document.version, [at_end(document, typed)], key)


def replayed(document: DeskDocument) -> str:
    text = Utf16Text(document.as_json()["start_text"])
    for change in document.as_json()["changes"]:
        text.change(change)
    return str(text)


# Changes of a text


@given(TEXTS, TEXTS, TEXTS)
@settings(max_examples=150, deadline=None)
def test_a_change_between_two_texts_makes_the_one_of_the_other(
    first: str, old: str, new: str
) -> None:
    text = Utf16Text(f"{first}{old}{first}")
    text.change(change_between(str(text), f"{first}{new}{first}"))
    assert str(text) == f"{first}{new}{first}"
    assert change_between(old, old).edits == ()


def test_a_change_between_two_texts_leaves_alone_what_is_the_same() -> None:
    old = "".join(f"[00:{n:02}] Ruth: I realized it 👩 then, at {n}.\n\n" for n in range(60))
    new = old.replace("realized", "realised").replace("at 30.\n\n", "at 30. ")
    edits = change_between(old, new).edits
    assert len(edits) == 61
    assert all(end - start <= 10 and len(inserted) <= 10 for start, end, inserted in edits)


@pytest.mark.parametrize(
    "edits",
    [
        ((0, 99, ""),),
        ((3, 2, ""),),
        ((4, 4, "x"), (1, 2, "")),
        ((0, 3, ""), (2, 4, "")),
        ((1, 1, "x"),),  # within the character of two units
        ((0, 1, ""),),
        ((0, 0, "a\r\nb"),),
        ((0, 0, "x" * 8_000_001),),
    ],
)
def test_what_is_no_change_of_the_text_is_refused(edits: Any) -> None:
    text = Utf16Text("👩abc")
    with pytest.raises(BadInput):
        text.change(TextChange(edits))
    assert str(text) == "👩abc"


# Any course of two windows, another editor, kills and failing disks


class DeskCourses(RuleBasedStateMachine):
    """Windows that type, an editor beside them, and a desk that is killed and started again."""

    @initialize()
    def begin(self) -> None:
        self.base = tempfile.TemporaryDirectory()
        self.real_system, files.system = files.system, UnflushedSystem()
        self.folder = folder_with(Path(self.base.name) / "cs-1")
        self.document = DeskDocument(self.folder)
        self.answered = START
        """The text after the last change that was answered, as the windows know it."""
        self.refused = ""
        """The text that it would be with the change that was refused last."""
        self.keys = 0

    def teardown(self) -> None:
        files.system = self.real_system
        self.base.cleanup()

    def send(self, base: int, changes: list[TextChange], key: str) -> int:
        try:
            version = self.document.add_changes(base, changes, key)
        except ChangedOutside as refusal:
            version = int(refusal.facts["version"])
        self.answered, self.refused = self.document.text, ""
        return version

    @rule(typed=TEXTS, at=st.integers(0, 1000), cut=st.integers(0, 3))
    def types(self, typed: str, at: int, cut: int) -> None:
        text = self.document.text
        start = at % (len(text) + 1)
        changed = text[:start] + typed + text[start + cut :]
        self.keys += 1
        before = self.document.version
        change = change_between(text, changed)
        assert self.send(before, [change], f"k{self.keys}") == before + 1
        assert self.document.text == changed
        # The answer did not arrive: the same request comes again.
        assert self.send(before, [change], f"k{self.keys}") == before + 1
        assert self.document.text == changed

    @precondition(lambda self: self.document.version)
    @rule(typed=TEXTS)
    def another_window_is_behind(self, typed: str) -> None:
        change = TextChange(((0, 0, typed),))
        with pytest.raises(StaleBase) as refusal:
            self.document.add_changes(self.document.version - 1, [change], "behind")
        assert refusal.value.facts["document"]["text"] == self.document.text

    @rule(text=st.sampled_from([START, "Another text.\n", "And another.\n\nWith more.\n"]))
    def somebody_saves_in_a_text_editor(self, text: str) -> None:
        self.folder.editors_copy.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
        self.document.refresh()
        assert self.document.is_outside or text == self.document.text or self.is_in_file()

    @precondition(lambda self: self.document.is_outside)
    @rule(which=st.sampled_from(["theirs", "mine"]))
    def somebody_chooses(self, which: Any) -> None:
        outside = self.document.outside_json()
        assert outside is not None
        mine, before = self.document.text, self.document.version
        self.document.choose(which, outside["sha256"])
        assert self.document.text == outside[which]
        assert not self.document.is_outside
        # The other one can be undone to.
        earlier = Utf16Text(self.document.as_json()["start_text"])
        texts = []
        for change in self.document.changes:
            earlier.change(change)
            texts.append(str(earlier))
        assert outside["theirs"] in texts[before:]
        assert mine == (texts[before - 1] if before else self.document.as_json()["start_text"])
        self.answered = self.document.text

    @rule()
    def it_is_killed_and_started_again(self) -> None:
        self.start_again()
        assert self.document.text in (self.answered, self.refused or self.answered)
        self.answered = self.document.text

    @rule(typed=TEXTS, number=st.integers(1, 24))
    def the_disk_fails(self, typed: str, number: int) -> None:
        text, before = self.document.text, self.document.version
        self.keys += 1
        try:
            with disk(FaultySystem(number, refuse_with(errno.ENOSPC))):
                self.send(before, [at_end(self.document, typed)], f"k{self.keys}")
        except CarerStoriesError:
            assert (self.document.text, self.document.version) == (text, before)
            # It may stand in the journal all the same: then the same request finds it there.
            self.refused = text + typed
        else:
            assert self.document.text == text + typed
            # What could not be written is tried again.
            self.document.refresh()
            assert self.document.problem is None

    @precondition(lambda self: self.document.version or not self.document.is_outside)
    @rule(typed=TEXTS, number=st.integers(1, 24))
    def it_is_killed_while_somebody_types(self, typed: str, number: int) -> None:
        text, change = self.document.text, at_end(self.document, typed)
        version = self.document.version
        self.keys += 1
        key = f"k{self.keys}"
        outside = self.folder.editors_copy.read_bytes() if self.document.is_outside else None

        def command() -> None:
            with contextlib.suppress(ChangedOutside):
                self.document.add_changes(version, [change], key)

        killed_at(number, command)
        if outside is not None:
            assert self.folder.editors_copy.read_bytes() == outside
        self.start_again()
        # What was not answered may be lost, and nothing else.
        assert self.document.text in (text, text + typed)
        self.send(version, [change], key)
        assert self.document.text == text + typed

    @rule()
    def it_ends(self) -> None:
        is_kept = self.document.is_outside and self.document.version > 0
        self.document.close()
        assert self.folder.desk_journal.exists() == is_kept
        self.start_again()
        assert self.document.text == self.answered

    def start_again(self) -> None:
        if not self.document.version:  # the text of a file in which nobody typed here
            self.answered = FileContent.of(self.folder.editors_copy.read_bytes()).text or ""
        self.document = DeskDocument(self.folder)

    def is_in_file(self) -> bool:
        return self.folder.editors_copy.read_text(encoding="utf-8-sig") == self.document.text

    @invariant()
    def the_file_holds_our_text_or_another_one_that_is_told(self) -> None:
        if not hasattr(self, "document"):
            return
        assert self.document.is_outside or self.is_in_file()
        assert replayed(self.document) == self.document.text


TestDeskCourses = DeskCourses.TestCase
TestDeskCourses.settings = FEW


# One by one


def test_looking_leaves_no_journal_and_does_not_touch_the_file(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "s", START.replace("\n", "\r\n").encode("utf-16"))
    before = folder.editors_copy.read_bytes()
    document = DeskDocument(folder)
    assert document.text == START
    document.refresh()
    document.close()
    assert folder.editors_copy.read_bytes() == before
    assert [path.name for path in folder.root.iterdir()] == ["transcript.md"]


def test_a_file_that_says_the_same_in_other_bytes_is_no_change_of_anybody(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "s")
    document = DeskDocument(folder)
    type_at_end(document, "More.")
    folder.editors_copy.write_bytes(document.text.replace("\n", "\r\n").encode("utf-8-sig"))
    document.refresh()
    assert not document.is_outside
    type_at_end(document, " And more.")
    assert folder.editors_copy.read_bytes() == f"{START}More. And more.".encode()


def test_a_file_that_is_gone_is_written_again(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "s")
    document = DeskDocument(folder)
    type_at_end(document, "More.")
    folder.editors_copy.unlink()
    document.refresh()
    assert folder.editors_copy.read_text(encoding="utf-8") == f"{START}More."
    folder.editors_copy.unlink()
    assert DeskDocument(folder).text == f"{START}More."
    assert folder.editors_copy.read_text(encoding="utf-8") == f"{START}More."


def test_a_file_that_is_no_text_any_more_is_left_alone(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "s")
    document = DeskDocument(folder)
    type_at_end(document, "More.")
    folder.editors_copy.write_bytes(b"\xff\x00\xfe")
    with pytest.raises(ChangedOutside) as refusal:
        type_at_end(document, " And more.")
    assert "not plain text in UTF-8" in refusal.value.facts["problem"]
    with pytest.raises(ChangedOutside):
        document.choose("mine", refusal.value.facts["sha256"])
    assert folder.editors_copy.read_bytes() == b"\xff\x00\xfe"
    assert DeskDocument(folder).text == f"{START}More. And more."
    folder.editors_copy.unlink()
    document.refresh()
    assert folder.editors_copy.read_text(encoding="utf-8") == f"{START}More. And more."


def no_file_at(path: Path, kind: str, elsewhere: Path) -> None:
    """Put something that is no ordinary file in the place of one."""
    elsewhere.write_text("Somebody else’s.", encoding="utf-8")
    if kind == "link":
        path.symlink_to(elsewhere)
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.write_bytes(b"word " * (MAX_UNITS // 4))


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "too long"])
def test_what_is_no_file_of_ours_is_told_and_left_alone(tmp_path: Path, kind: str) -> None:
    """A pipe would be waited for, and a link hides that the words lie elsewhere as well."""
    folder = folder_with(tmp_path / "s")
    document = DeskDocument(folder)
    type_at_end(document, "More.")
    folder.editors_copy.unlink()
    no_file_at(folder.editors_copy, kind, tmp_path / "elsewhere")
    with pytest.raises(ChangedOutside) as refusal:
        type_at_end(document, " And more.")
    assert refusal.value.facts["problem"]
    with pytest.raises(ChangedOutside):
        document.choose("theirs", refusal.value.facts["sha256"])
    assert DeskDocument(folder).text == f"{START}More. And more."
    assert (tmp_path / "elsewhere").read_text(encoding="utf-8") == "Somebody else’s."
    if kind == "folder":
        folder.editors_copy.rmdir()
    else:
        folder.editors_copy.unlink()
    folder.desk_journal.unlink()
    no_file_at(folder.editors_copy, kind, tmp_path / "elsewhere")
    with pytest.raises(BadInput):
        DeskDocument(folder)


def test_no_text_becomes_longer_than_the_desk_opens(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "s", "😀" * (MAX_UNITS // 2 - 1))
    document = DeskDocument(folder)
    type_at_end(document, "😀")
    with pytest.raises(BadInput):
        type_at_end(document, "x")
    document.refresh()
    assert not document.is_outside


def test_an_earlier_text_put_back_by_somebody_is_not_taken_for_ours(tmp_path: Path) -> None:
    """Out of a backup of the morning, while the desk is not running."""
    folder = folder_with(tmp_path / "s")
    document = DeskDocument(folder)
    type_at_end(document, "One. ")
    type_at_end(document, "Two. ")
    folder.editors_copy.write_text(START, encoding="utf-8")
    again = DeskDocument(folder)
    assert again.is_outside
    assert again.text == f"{START}One. Two. "
    assert folder.editors_copy.read_text(encoding="utf-8") == START


def test_a_change_of_a_file_that_was_left_alone_for_long_is_noticed(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "s", "Mine.")
    os.utime(folder.editors_copy, (1_000_000_000, 1_000_000_000))
    document = DeskDocument(folder)
    document.refresh()
    assert not document.is_outside
    folder.editors_copy.write_text("Ours.", encoding="utf-8")
    document.refresh()
    assert document.is_outside


def test_a_choice_about_a_text_that_changed_again_is_refused(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "s")
    document = DeskDocument(folder)
    type_at_end(document, "Mine.")
    folder.editors_copy.write_text("Theirs.", encoding="utf-8")
    document.refresh()
    shown = document.outside_json()
    assert shown is not None
    folder.editors_copy.write_text("Theirs, and more.", encoding="utf-8")
    with pytest.raises(ChangedOutside) as refusal:
        document.choose("mine", shown["sha256"])
    assert refusal.value.facts["theirs"] == "Theirs, and more."
    assert folder.editors_copy.read_text(encoding="utf-8") == "Theirs, and more."


def test_a_file_saved_while_ours_is_written_is_not_written_over(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "s")
    document = DeskDocument(folder)

    class SavedMeanwhile(files.System):
        def fsync(self, handle: int) -> None:
            super().fsync(handle)
            folder.editors_copy.write_text("Saved meanwhile.", encoding="utf-8")

    real, files.system = files.system, SavedMeanwhile()
    try:
        with pytest.raises(ChangedOutside):
            type_at_end(document, "More.")
    finally:
        files.system = real
    assert folder.editors_copy.read_text(encoding="utf-8") == "Saved meanwhile."
    assert [path.name for path in sorted(folder.root.iterdir())] == [
        "desk.journal",
        "transcript.md",
    ]


def test_killed_at_every_change_of_the_disk_only_what_was_not_answered_is_lost(
    tmp_path: Path,
) -> None:
    def typing(folder: StoryFolder) -> None:
        document = DeskDocument(folder)
        type_at_end(document, "One. ", "a")
        type_at_end(document, "Two. ", "b")
        document.close()

    total = count_changes(lambda: typing(folder_with(tmp_path / "counted")))
    whole = [START, f"{START}One. ", f"{START}One. Two. "]
    for number in range(1, total + 1):
        folder = folder_with(tmp_path / str(number))
        assert killed_at(number, lambda folder=folder: typing(folder))  # type: ignore[misc]
        assert folder.editors_copy.read_text(encoding="utf-8") in whole
        before = whole.index(folder.editors_copy.read_text(encoding="utf-8"))
        document = DeskDocument(folder)
        assert not document.is_outside
        assert whole.index(document.text) >= before
        assert folder.editors_copy.read_text(encoding="utf-8") == document.text


def typed_until_cut(folder: StoryFolder, record: Path, at: int) -> int:
    """Type three words in a process that is killed at change `at`; return how many were answered.

    `record` is told what of the disk was flushed until then.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        changes = Changes(at, "kill")
        recorder = Recorder(folder.root, record)
        changes.listener, changes.last = recorder.listen, recorder.dump
        watch(folder.root, changes)
        document = DeskDocument(folder)
        for word in WORDS:
            type_at_end(document, word)
            os.write(writing, b".")
        document.close()
        changes.last()
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    answered = len(os.read(reading, len(WORDS)))
    os.close(reading)
    return answered


def test_a_power_cut_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """Whatever of the unflushed is on the disk; 65 changes, of which a usual run tries some."""
    before, record = tmp_path / "before", tmp_path / "record"
    folder_with(before)
    for at in failing_points(70, 4):
        folder = folder_with(tmp_path / str(at))
        answered = typed_until_cut(folder, record, at)
        cut = PowerCut(record, folder.root, before)
        for survivor in cut.survivors(random.Random(at), 2):
            survivor.lay(folder.root)
            document = DeskDocument(folder)
            where = f"{at}, {survivor.how}"
            assert document.text.startswith(START + "".join(WORDS[:answered])), where
            assert (START + "".join(WORDS)).startswith(document.text), where
            assert not document.is_outside, where
            assert folder.editors_copy.read_text(encoding="utf-8") == document.text, where
    assert answered == len(WORDS)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_where_the_file_cannot_be_written_the_journal_has_it(tmp_path: Path, number: int) -> None:
    folder = folder_with(tmp_path / "s")
    document = DeskDocument(folder)
    type_at_end(document, "One. ")

    class NoFiles(files.System):
        """A disk on which the journal can be added to, and no file made."""

        def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
            if flags & os.O_CREAT:
                raise OSError(number, os.strerror(number))
            return super().open(path, flags, mode)

    real, files.system = files.system, NoFiles()
    try:
        assert type_at_end(document, "Two. ") == 2
    finally:
        files.system = real
    assert isinstance(document.problem, NoRoom if number == errno.ENOSPC else DiskFailed)
    assert folder.editors_copy.read_text(encoding="utf-8") == f"{START}One. "
    again = DeskDocument(folder)
    assert (again.text, again.problem) == (f"{START}One. Two. ", None)
    assert folder.editors_copy.read_text(encoding="utf-8") == f"{START}One. Two. "


def test_the_torn_end_of_a_journal_is_left_out_and_a_damaged_one_refused(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "s")
    document = DeskDocument(folder)
    for typed in ("One. ", "Two. ", "Three. "):
        type_at_end(document, typed)
    whole = folder.desk_journal.read_bytes()
    lines = whole.splitlines(keepends=True)
    torn = [
        whole + lines[-1][:-5],
        whole + b"\0" * 512,
        whole + lines[-1].replace(b"Three", b"Threr"),
    ]
    for data in torn:
        folder.desk_journal.write_bytes(data)
        again = DeskDocument(folder)
        assert again.text == document.text
        type_at_end(again, "Four. ")
        assert DeskDocument(folder).text == f"{document.text}Four. "
        folder.desk_journal.write_bytes(whole)
        folder.editors_copy.write_text(document.text, encoding="utf-8")
    foreign = (
        [lines[0], lines[1].replace(b"One", b"Eno"), *lines[2:]],
        lines[1:],
        [lines[0], lines[0], *lines[1:]],
        [lines[0], *lines[2:]],
        [],
    )
    for left in foreign:
        folder.desk_journal.write_bytes(b"".join(left))
        with pytest.raises(Damaged) as refusal:
            DeskDocument(folder)
        assert "transcript.md" in str(refusal.value)
        assert folder.editors_copy.read_text(encoding="utf-8") == document.text


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "of another story"])
def test_a_journal_that_is_none_of_this_story_is_refused(tmp_path: Path, kind: str) -> None:
    other = folder_with(tmp_path / "other")
    type_at_end(DeskDocument(other), "Said by another.")
    folder = folder_with(tmp_path / "s")
    document = DeskDocument(folder)
    type_at_end(document, "More.")
    folder.desk_journal.unlink()
    if kind == "of another story":
        folder.desk_journal.write_bytes(other.desk_journal.read_bytes())
        # As in a new story: then the text in the file is the one in which the other began.
        folder.editors_copy.write_text(START, encoding="utf-8")
    else:
        no_file_at(folder.desk_journal, kind, tmp_path / "elsewhere")
    before = folder.editors_copy.read_text(encoding="utf-8")
    with pytest.raises(Damaged) as refusal:
        DeskDocument(folder)
    assert "transcript.md" in str(refusal.value)
    assert folder.editors_copy.read_text(encoding="utf-8") == before


def test_a_journal_that_somebody_removed_is_made_again(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "s")
    document = DeskDocument(folder)
    for typed in ("One. ", "Two. "):
        type_at_end(document, typed)
        folder.desk_journal.unlink()
    type_at_end(document, "Three. ")
    again = DeskDocument(folder)
    assert (again.version, replayed(again)) == (3, f"{START}One. Two. Three. ")


def test_a_session_of_yesterday_whose_text_is_in_the_file_is_over(tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "s")
    document = DeskDocument(folder)
    type_at_end(document, "One. ")
    long_ago = folder.desk_journal.stat().st_mtime - 25 * 3600
    os.utime(folder.desk_journal, (long_ago, long_ago))
    again = DeskDocument(folder)
    assert (again.version, again.text) == (0, f"{START}One. ")
    assert again.session != document.session
    assert not folder.desk_journal.exists()
