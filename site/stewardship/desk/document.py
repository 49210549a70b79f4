"""The text of one story at the desk: its versions, its file, and what others do to the file.

A change is first in the journal, then in `transcript.md`, whole: a process killed in between leaves
a change that the next start puts into the file. The file is the only place where an edit lives.
What another program wrote there is told and never written over: a person chooses.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import time
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from library.core import files
from library.core.errors import BadInput, CarerStoriesError
from library.core.workspace import StoryFolder
from stewardship.desk.journal import ChangesMade, DeskJournal, DeskSessionBegun, JournalLines
from stewardship.desk.refusals import ChangedOutside, StaleBase
from stewardship.desk.text_changes import MAX_UNITS, TextChange, Utf16Text, change_between

_RESUMABLE_FOR_S = 24 * 3600
"""Seconds after its last change in which a session that was not ended goes on."""
_SAVE_AS_TEXT = "Save it as plain text, UTF-8, in the program that wrote it."
_MOST_BYTES = 3 * MAX_UNITS
"""Bytes of a file of as many units: three at most for each."""
_SETTLED_NS = 2_000_000_000
"""Age of a file from which its time tells every change: some disks count in two seconds."""


@dataclass(frozen=True)
class FileContent:
    """The bytes of the file, and the text that they are."""

    data: bytes | None = None
    """None where there is no file."""
    text: str | None = None
    """With line feeds alone at the ends of lines, as browsers have them; None where it is none."""
    problem: str = ""
    """The reason for which it cannot be read as text."""
    next_step: str = ""
    """The way to put that right."""

    @classmethod
    def of(cls, data: bytes | None) -> FileContent:
        if data is None:
            return cls()
        if len(data) > _MOST_BYTES:
            return cls.too_long()
        encoding = "utf-16" if data[:2] in (BOM_UTF16_LE, BOM_UTF16_BE) else "utf-8-sig"
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            problem = f"transcript.md is not plain text in UTF-8 (byte {error.start})."
            return cls(data, problem=problem, next_step=_SAVE_AS_TEXT)
        if len(text) > MAX_UNITS:
            return cls.too_long()
        return cls(data, text.replace("\r\n", "\n").replace("\r", "\n"))

    @classmethod
    def too_long(cls) -> FileContent:
        return cls(
            b"",
            problem="transcript.md is longer than the desk takes.",
            next_step="Shorten it in a text editor.",
        )

    @classmethod
    def no_file(cls) -> FileContent:
        """Return the content of a link, a folder, or what else stands in the place of the file."""
        return cls(
            b"",
            problem="transcript.md is a link or a folder, and no file.",
            next_step="Put the file itself in its place.",
        )

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data or b"").hexdigest()


class DeskDocument:
    """The text of a story in a session at the desk. Whoever uses it holds the story's lock."""

    def __init__(self, folder: StoryFolder) -> None:
        """Open the text of a story, and do what a killed desk has left to do.

        Raises BadInput for a file that is no text, Damaged for a journal, DiskFailed.
        """
        self._path = folder.editors_copy
        self._journal = DeskJournal(folder.desk_journal)
        self.is_outside = False
        """True while the file holds a text of another program, and nobody has chosen."""
        self.problem: CarerStoriesError | None = None
        """The refusal of the disk to take the newest text; the journal has it."""
        self._file = FileContent()
        self._settled: tuple[int, ...] = ()
        self._read_file()
        self.session = self._start_text = self._text_in_file = ""
        self._version_in_file = 0
        self._text = Utf16Text("")
        self.changes: list[TextChange] = []
        self._versions_by_key: dict[str, int] = {}
        lines = self._journal.read()
        if lines is None or not lines.made:
            self._begin()
        else:
            self._go_on(lines)

    # What it is

    @property
    def text(self) -> str:
        return str(self._text)

    @property
    def version(self) -> int:
        """The number of changes since the session began."""
        return len(self.changes)

    def as_json(self) -> dict[str, Any]:
        return {
            "session": self.session,
            "text": self.text,
            "version": self.version,
            "start_text": self._start_text,
            # A copy: another request may add to them while it is encoded.
            "changes": tuple(self.changes),
        }

    def outside_json(self) -> dict[str, str] | None:
        """Return both texts, where the file holds one of another program."""
        if not self.is_outside:
            return None
        return {
            "theirs": self._file.text or "",
            "mine": self.text,
            "sha256": self._file.sha256,
            "problem": f"{self._file.problem} {self._file.next_step}".strip(),
        }

    # Changes

    def add_changes(
        self, base: int, changes: Sequence[TextChange], key: str, reason: str = ""
    ) -> int:
        """Make changes, journal them, put the text into the file; return the version after them.

        The same `key` again changes nothing and has the same answer. Raises StaleBase, BadInput,
        NoRoom or DiskFailed, and then nothing is changed; and ChangedOutside where the changes are
        made and journalled, and the file holds the text of another program.
        """
        self._look()
        if key not in self._versions_by_key:
            self.require_version(base)
            self._make(changes, key, reason)
        version = self._versions_by_key[key]
        self._put_if_needed()
        if self.is_outside:
            raise self._changed_outside(version)
        return version

    def change_by_desk(self, new_text: str, reason: str, base: int | None = None) -> None:
        """Make `new_text` of the text, in one change of the session. Raises as `add_changes`."""
        change = change_between(self.text, new_text)
        changes = [change] if change.edits else []
        base = self.version if base is None else base
        self.add_changes(base, changes, _new_name(), reason)

    def require_session(self, session: str) -> None:
        """Raise StaleBase for the versions of another session."""
        if session != self.session:
            raise self._stale()

    def require_version(self, base: int) -> None:
        """Raise StaleBase for another version than the newest."""
        if base != self.version:
            raise self._stale()

    def _stale(self) -> StaleBase:
        return StaleBase(
            "The text was changed meanwhile.", "Take the newest text.", document=self.as_json()
        )

    def _changed_outside(self, version: int) -> ChangedOutside:
        return ChangedOutside(
            "transcript.md was changed by another program. Nothing was written over.",
            "Choose which text to go on with.",
            version=version,
            **(self.outside_json() or {}),
        )

    def _make(self, changes: Sequence[TextChange], key: str, reason: str) -> None:
        # On a copy: of several changes the last may be no change of the text.
        text = self._text.copy()
        for change in changes:
            text.change(change)
        if changes:
            self._note(changes, key, self._version_in_file, reason)
        self._text = text
        self._versions_by_key[key] = self.version

    def _note(
        self, changes: Sequence[TextChange], key: str, version_in_file: int, reason: str
    ) -> None:
        """Add changes to the journal, and to those of the session."""
        if not self._journal.is_whole():
            earlier = ChangesMade(key="", changes=tuple(self.changes), in_file=0)
            begun = DeskSessionBegun(session=self.session, text=self._start_text)
            self._journal.begin(begun, [earlier] if self.changes else ())
        self._journal.add(
            ChangesMade(key=key, changes=tuple(changes), in_file=version_in_file, reason=reason)
        )
        self.changes += changes

    # The file

    def require_own_file(self) -> None:
        """Raise ChangedOutside while the file holds a text of another program."""
        self.refresh()
        if self.is_outside:
            raise self._changed_outside(self.version)

    def refresh(self) -> None:
        """Look whether another program changed the file, and put the newest text into it if not.

        Raises DiskFailed where it cannot be read.
        """
        self._look()
        self._put_if_needed()

    def choose(self, which: Literal["theirs", "mine"], sha256: str) -> None:
        """Go on with the text of the other program, or with ours; the other one can be undone.

        Raises ChangedOutside where the file was changed again, or cannot be read as text; NoRoom
        or DiskFailed, and then nothing is chosen.
        """
        self._look()
        if not self.is_outside:
            return
        theirs, mine = self._file.text, self.text
        if theirs is None or self._file.sha256 != sha256:
            raise self._changed_outside(self.version)
        changes = [change_between(mine, theirs)]
        if which == "mine":
            changes.append(change_between(theirs, mine))
        # The text in the file is the one after the first of the changes.
        version_in_file = self.version + 1
        self._note(changes, _new_name(), version_in_file, "outside")
        if which == "theirs":
            self._text = Utf16Text(theirs)
        self._version_in_file, self._text_in_file = version_in_file, theirs
        self.is_outside = False
        self._put_if_needed()

    def close(self) -> None:
        """End the session. Raises DiskFailed.

        While its text is not in the file the journal stays, and the next start goes on with it.
        """
        self.refresh()
        is_in_file = not self.is_outside and self.problem is None
        if is_in_file or not self.changes:
            self._journal.remove()

    def discard(self) -> None:
        """Remove the journal of a story that was withdrawn. Raises DiskFailed."""
        self._journal.remove()

    def _read_file(self) -> bool:
        """Read the file if it may have changed; return True if it has."""
        with files.translate_disk_errors(self._path, "read"):
            try:
                status = self._path.lstat()
                look: tuple[int, ...] = (status.st_mtime_ns, status.st_size, status.st_ino)
                if look == self._settled:
                    return False
                content = self._content(status)
            except FileNotFoundError:
                look, content = (), FileContent()
        # A file written just now may be written again without another time.
        is_settled = bool(look) and time.time_ns() - look[0] > _SETTLED_NS
        self._settled = look if is_settled else ()
        if content == self._file:
            return False
        self._file = content
        return True

    def _content(self, status: os.stat_result) -> FileContent:
        # Replaced by a file of ours, a link would hide that the words lie elsewhere as well. And a
        # pipe, once opened, is waited for without end.
        if not stat.S_ISREG(status.st_mode):
            return FileContent.no_file()
        if status.st_size > _MOST_BYTES:
            return FileContent.too_long()
        return FileContent.of(self._path.read_bytes())

    def _look(self) -> None:
        if self._read_file():
            self._compare_file()

    def _compare_file(self) -> None:
        """Note whether the file holds a text of ours."""
        if self._file.text == self.text:
            self._version_in_file, self._text_in_file = self.version, self.text
        ours = (self.text, self._text_in_file)
        self.is_outside = self._file.data is not None and self._file.text not in ours

    def _put_if_needed(self) -> None:
        """Put the newest text into the file, unless that holds another's. Notes what fails."""
        self.problem = None
        if self.is_outside or self._file.text == self.text:
            return
        try:
            self._put()
        # It was changed while ours was written beside it: that is noted already.
        except ChangedOutside:
            pass
        except CarerStoriesError as error:
            self.problem = error

    def _put(self) -> None:
        text = self.text
        data = text.encode()
        with files.replacing(self._path) as temporary:
            with files.translate_disk_errors(self._path):
                files.write_new_file(temporary, data)
            # As late as can be.
            self._look()
            if self.is_outside:
                raise self._changed_outside(self.version)
        self._file, self._settled = FileContent(data, text), ()
        self._version_in_file, self._text_in_file = self.version, text

    # The session

    def _begin(self) -> None:
        if self._file.text is None:
            missing = f"{self._path} is not there."
            raise BadInput(self._file.problem or missing, self._file.next_step)
        self._journal.remove()
        self.session = _new_name()
        self._start_text = self._file.text
        self._text = Utf16Text(self._start_text)
        self.changes, self._versions_by_key = [], {}
        self._version_in_file, self._text_in_file = 0, self._start_text

    def _go_on(self, lines: JournalLines) -> None:
        """Go on with the session of a desk that did not come to its end."""
        is_old = self._journal.age_s() > _RESUMABLE_FOR_S
        self.session, self._start_text = lines.begun.session, lines.begun.text
        self.changes, self._versions_by_key = [], {}
        self._version_in_file = lines.made[-1].in_file
        self._text, self._text_in_file = Utf16Text(self._start_text), self._start_text
        self._replay(lines)
        self._compare_file()
        if is_old and not self.is_outside and self._file.text == self.text:
            self._begin()
            return
        self._put_if_needed()

    def _replay(self, lines: JournalLines) -> None:
        """Make the changes again, and find which of the texts stands in the file.

        It is one that was not put there before the last line was written: an earlier one was put
        there by somebody else.
        """
        least = self._version_in_file
        file_units = self._file.text.encode("utf-16-le") if self._file.text is not None else None
        for number, made in enumerate(lines.made, 2):
            for change in self._journal.make_again(self._text, made, number):
                self.changes.append(change)
                is_in_file = file_units is not None and self._text.has_units(file_units)
                if self.version == least or (self.version > least and is_in_file):
                    self._version_in_file, self._text_in_file = self.version, self.text
            self._versions_by_key[made.key] = self.version
        if self.version < least:
            raise self._journal.damaged(len(lines.made) + 1)


def _new_name() -> str:
    return secrets.token_urlsafe(12)
