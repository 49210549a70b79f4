"""A library told twice, in which stories are taken back and things go wrong."""

from __future__ import annotations

import contextlib
import copy
import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

from library.consent.withdrawals import record_all_noted, record_withdrawal, restore_generation
from library.core.errors import CarerStoriesError
from library.records.consent import Withdrawal
from library.records.store import Store
from stewardship.held_stories import look_at_held, release_held
from tests.faults import FaultySystem, disk, refuse_with
from tests.support.random_histories import Calendar
from tests.support.reference_library import NaiveStory, Written
from tests.support.twin_library import TwinLibrary, generation_of, line_of


class TwinMishaps(TwinLibrary):
    """Steps of a history, and what befalls records, log, notes and disk meanwhile."""

    def __init__(self, folder: Path, calendar: Calendar) -> None:
        super().__init__(folder, calendar)
        self._mending: list[Callable[[], object]] = []

    # Taken back -------------------------------------------------------------------------------

    def withdraw(self, n: int, scope: Any) -> None:
        """It holds whatever is broken, as long as there is any trace of the story."""
        naive = self.naive[n]
        if scope != "all" and self._is_spoilt(n, scope):
            return
        is_known = naive.written is not None and self.broken != "database"
        is_expected = is_known or bool(naive.taken_back) or self.folder(n).root.exists()

        def write_down() -> None:
            naive.taken_back.add(scope)

        self.attempt(
            f"{naive.name} takes back: {scope}",
            self._can_be_recorded(n, scope),
            lambda: record_withdrawal(self.workspace, self.ids[n], "contributor", scope),
            write_down,
        )
        if is_expected or self._note(n, scope).exists():
            write_down()

    def withdraw_on_a_failing_disk(self, n: int, scope: Any, at: int, stay: bool) -> None:
        """If the command says so it holds; if it is refused, it holds where anything was written.

        Change number `at` of the disk fails, with `stay` every one from then on.
        """
        naive = self.naive[n]
        if scope != "all" and self._is_spoilt(n, scope):
            return
        with disk(FaultySystem(at, refuse_with(errno.ENOSPC), stay=stay)):
            step = f"{naive.name} takes back: {scope}; change {at} of the disk fails"
            holds = self.tried(
                f"{step}, and all that follow" if stay else step,
                lambda: record_withdrawal(self.workspace, self.ids[n], "contributor", scope),
            )
        if holds or self._is_recorded(n, scope) or self._note(n, scope).exists():
            naive.taken_back.add(scope)
        if not self.broken:
            self.keep()

    def spoil_note(self, n: int, scope: str) -> None:
        """A note that cannot be read takes back everything."""
        if self._note(n, scope).exists():
            self.steps.append(f"the note that {self.naive[n].name} took back {scope} is spoilt")
            self._note(n, scope).write_bytes(b"{")
            self.naive[n].taken_back.add("all")

    def enter_noted(self) -> None:
        self.tried("what is only noted is recorded", lambda: record_all_noted(self.workspace))
        if not self.broken:
            self.keep()

    def _can_be_recorded(self, n: int, scope: str) -> bool:
        """True if it can be recorded; what is on record already needs neither lock nor log."""
        if self._is_recorded(n, scope):
            return True
        return not self.broken and self.naive[n].written is not None

    def _is_recorded(self, n: int, scope: str) -> bool:
        with contextlib.suppress(CarerStoriesError):
            records = Store(self.workspace.database).read().of_story(Withdrawal, self.ids[n])
            return any(record.scope == scope for record in records)
        return False

    def _note(self, n: int, scope: str) -> Path:
        return self.workspace.withdrawn / f"{self.ids[n]}.{scope}.json"

    def _is_spoilt(self, n: int, scope: str) -> bool:
        note = self._note(n, scope)
        return note.exists() and note.read_bytes() == b"{"

    # Gone wrong -------------------------------------------------------------------------------

    def break_database(self, how: str) -> None:
        if self.broken:
            return
        path, data = self.workspace.database, self.workspace.database.read_bytes()
        # A change that failed after keeping the generation that stands leaves it under both names.
        current = generation_of(data)
        older = {
            number: records for number, records in self._generations().items() if number < current
        }
        if how == "replaced by an older one" and older and not self._owes_a_line():
            _replace(path, older[max(older)].read_bytes())
        elif how == "removed" and older:
            path.unlink()
        else:
            how = "torn"
            _replace(path, data[: len(data) // 2])
        self.steps.append(f"the database is {how}")
        self._break("database", lambda: _replace(path, data))

    def break_log(self) -> None:
        path = self.workspace.audit_log
        if self.broken or not path.exists():
            return
        data = path.read_bytes()
        self.steps.append("a letter of the log’s last line is changed")
        position = data.rfind(b"\n") - 19  # a line that is torn counts for nothing
        _replace(path, data[:position] + b"#" + data[position + 1 :])
        self._break("log", lambda: _replace(path, data))

    def lock(self) -> None:
        if not self.broken:
            self.steps.append("another command takes the library’s lock and keeps it")
            lock_stack = contextlib.ExitStack()
            lock_stack.enter_context(Store(self.workspace.database).locked())
            self._break("busy", lock_stack.close)

    def _break(self, part: str, mend: Callable[[], object]) -> None:
        self.broken = part
        self._mending = [mend]

    def mend(self) -> None:
        if self.broken:
            self.steps.append(f"what was broken ({self.broken}) is put right")
            self._mending.pop()()
            self.broken = ""

    def lose_the_line(self) -> None:
        """As if the last command had been killed between its change and its line of the log."""
        if self.broken or not self.workspace.audit_log.exists():
            return
        if not self._owes_a_line():
            data = self.workspace.audit_log.read_bytes()
            self.steps.append("the last command turns out to be killed before it wrote in the log")
            _replace(self.workspace.audit_log, data[: data.rfind(b"\n", 0, -1) + 1])

    def _owes_a_line(self) -> bool:
        """Only the log tells that the database was a newer one, and only if its line is there."""
        line = line_of(self.workspace.database.read_bytes())
        return not self.workspace.audit_log.read_bytes().endswith(line)

    def kill_a_build(self, n: int) -> None:
        """Kill a build: what it had laid out, or was to throw away, must be in nobody's edition."""
        self.steps.append("a build of the edition is killed half-way")
        for name in ("edition.new", "edition.old"):
            folder = self.workspace.interviews / name / "stories" / self.ids[n]
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "film.mp4").write_bytes(b"half a film")

    def restore(self, which: int) -> None:
        """Restore a generation: later decisions are undone, but what was taken back stays so."""
        numbers = sorted(self._generations())
        if not numbers:
            return
        number = numbers[which % len(numbers)]
        self.attempt(
            f"generation {number} of the records is restored",
            self.broken in ("", "database"),
            lambda: restore_generation(self.workspace, number, "editor"),
            lambda: self._write_again(number),
        )

    def let_go(self, n: int) -> None:
        """Somebody has looked into what was decided since, and lets the story go."""
        held = look_at_held(self.workspace)
        if not self.broken and self.ids[n] in held.ids:
            self.steps.append(f"{self.naive[n].name}’s story is let go")
            release_held(self.workspace, held, [self.ids[n]], [], role="editor")
            self.naive[n].is_held = False
            self.keep()

    def _write_again(self, number: int) -> None:
        # What such records held last, nobody can say.
        knows_nothing = self.broken == "database"
        self.broken = ""
        before = copy.deepcopy(self.generations[number])
        for n, naive in enumerate(self.naive):
            earlier = before[n] if n < len(before) else None
            if earlier is not None and (knows_nothing or not _knows_as_much(earlier, naive)):
                naive.is_held = True
            naive.written = earlier

    def _generations(self) -> dict[int, Path]:
        paths = self.workspace.interviews.glob("library.json.g*")
        return {int(path.name.rpartition("g")[2]): path for path in paths}


def _knows_as_much(earlier: Written, naive: NaiveStory) -> bool:
    until_now = naive.written.decisions if naive.written else set()
    return until_now <= earlier.decisions


def _replace(path: Path, data: bytes) -> None:
    """Never in place: an earlier generation may be a second name of the same file."""
    path.unlink(missing_ok=True)
    path.write_bytes(data)
