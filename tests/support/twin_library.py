"""A real library on a disk and a naive model of it, which are told the same.

Each deed is tried at the real desk. The naive library says beforehand whether the desk ought to
take it, and only what was taken is written down there too. A deed that is refused must leave
records and log as they were.
"""

from __future__ import annotations

import contextlib
import copy
import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import msgspec

from films.page_text import StoryPage
from library.consent.decisions import (
    record_agreement,
    record_approval,
    record_release,
    require_signable_cut,
)
from library.consent.register import add_person, complete_register, decide_person
from library.consent.stories import change_story, start_story
from library.core.errors import CarerStoriesError
from library.core.files import sha256_of
from library.core.workspace import StoryFolder, Workspace
from library.records.cut import Cut
from library.records.library_day import confirm_clock
from library.records.restore_holds import read_restore_holds
from tests.support.random_histories import FIRST_DAY, Calendar
from tests.support.reference_library import (
    SETTLED,
    Film,
    NaiveStory,
    Viewing,
    Written,
    deep_copy,
)
from tests.support.valid_records import library

NAMES = ("captions.vtt", "film.mp4", "page.json")


class TwinLibrary:
    """A real workspace and the naive model of it. `steps` is the history in sentences."""

    def __init__(self, folder: Path, calendar: Calendar) -> None:
        self.workspace = library(folder)
        self.workspace.questions.mkdir()
        (self.workspace.questions / "being-heard.yml").touch()
        self.calendar = calendar
        self.naive: list[NaiveStory] = []
        self.ids: list[str] = []
        self.people: list[list[str]] = []
        self.steps: list[str] = []
        self.broken = ""
        """The fault of the library: `database`, `log`, `busy`, or "" for none."""
        self.generations: dict[int, list[Written | None]] = {}
        """The records of each generation."""

    def copied_to(self, folder: Path) -> Self:
        """Both libraries as they are, on the first day; what is in `folder` goes."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.workspace.root, folder)
        copied = copy.copy(self)
        copied.workspace = Workspace(folder)
        copied.calendar.today = FIRST_DAY
        for name in ("naive", "ids", "people", "steps", "generations"):
            setattr(copied, name, deep_copy(getattr(self, name)))
        return copied

    @property
    def _latest_line(self) -> date:
        """The latest day of the log since somebody last said that the calendar is right."""
        log = self.workspace.audit_log
        return _latest_day(log.read_text(errors="replace") if log.exists() else "")

    @property
    def is_day_unclear(self) -> bool:
        """The log is more than a day ahead of the calendar, and nobody has said which is right."""
        return self._latest_line > self.calendar.today + timedelta(days=1)

    @property
    def may_show_anew(self) -> bool:
        """Records, log and calendar are beyond doubt."""
        return self.broken not in ("database", "log") and not self.is_day_unclear

    @property
    def day(self) -> date:
        """The day by which the library goes."""
        today = self.calendar.today
        return today if self.is_day_unclear else max(today, self._latest_line)

    def confirm_clock(self) -> None:
        """An editor says that the calendar is right, where the log says otherwise."""
        was_unclear = self.is_day_unclear
        taken = self.tried(
            "an editor says that the calendar is right",
            lambda: confirm_clock(self.workspace, "editor"),
        )
        assert taken or self.broken, self.history("It ought to be taken.")
        assert not (taken and self.is_day_unclear), self.history("It is unclear all the same.")
        if taken and was_unclear:
            self.keep()

    def begin(self, name: str) -> None:
        new_ids: list[str] = []

        def write_down() -> None:
            self.ids += new_ids
            self.naive.append(NaiveStory(name))
            self.people.append([])

        self.attempt(
            f"{name} begins a story",
            not self.broken,
            lambda: new_ids.append(
                start_story(self.workspace, title=name, questions="being-heard").id
            ),
            write_down,
        )

    def agree(self, n: int, days_ago: int) -> None:
        on = self.day - timedelta(days=days_ago)
        self.attempt(
            f"{self.naive[n].name} agrees to be recorded, on {on}",
            self.can_be_worked_on(n) and days_ago >= 0,
            lambda: record_agreement(
                self.workspace,
                self.ids[n],
                on=on,
                taken_by="editor",
                form_version="1",
                independent=True,
                capacity_considered=True,
            ),
            lambda: self.written(n).agreed.append(on),
            decides=n,
        )

    def change_title(self, n: int, title: str) -> None:
        self.attempt(
            f"the title of {self.naive[n].name}’s story is changed",
            self.can_be_worked_on(n),
            lambda: change_story(self.workspace, self.ids[n], {"title": title}),
        )

    def make_film(self, n: int, letter: str) -> None:
        """Make a film by hand: neither gate nor edition depends on its pictures."""
        self.steps.append(f"film {letter} of {self.naive[n].name}’s story is made")
        self.folder(n).root.mkdir(parents=True, exist_ok=True)
        self.naive[n].files = _film(self.ids[n], self.naive[n].name, letter)
        for name, data in self.naive[n].files.items():
            (self.folder(n).root / name).write_bytes(data)
        self._list_files(n)

    def list_anew(self, n: int) -> None:
        """The manifest is made to list the files as they are by now: that is another cut."""
        naive = self.naive[n]
        has_page = naive.made is not None and naive.files.get("page.json", b"")[:1] == b"{"
        if has_page and set(NAMES) <= set(naive.files):
            self.steps.append(f"the files of {naive.name}’s film are listed as they are now")
            self._list_files(n)

    def touch(self, n: int, name: str, how: str) -> None:
        naive, path = self.naive[n], self.folder(n).root / name
        if naive.made is None:
            return
        self.steps.append(f"{name} of {naive.name}’s film is {how}")
        if how == "removed":
            path.unlink(missing_ok=True)
            naive.files.pop(name, None)
            return
        naive.files[name] = naive.made[name] if how == "put back" else b"changed by hand"
        path.write_bytes(naive.files[name])

    def sign_off(
        self, n: int, audience: str, review_in: int | None = None, archive: Any = "no"
    ) -> None:
        """Without `review_in`, in days, the settings say when it is reviewed: in two years."""
        naive, today = self.naive[n], self.day
        review_date = None if review_in is None else today + timedelta(days=review_in)
        review = review_date or _two_years_after(today)
        narrows = (
            naive.written is not None
            and bool(naive.written.agreed)
            and naive.is_whole
            and review > today
            and naive.written.is_narrower(audience, review, archive)
        )
        was_taken = self.attempt(
            f"{naive.name} views the film and releases it for {audience}, until {review}, "
            f"archive: {archive}",
            self.can_be_worked_on(n)
            and bool(self.written(n).agreed)
            and naive.is_whole
            and not naive.is_taken_back_from(audience)
            and not (archive != "no" and naive.taken_back)
            and review > today,
            lambda: record_release(
                self.workspace,
                self.ids[n],
                expected=require_signable_cut(self.workspace, self.ids[n]),
                audience=audience,
                viewed=today,
                witness="carer-volunteer",
                form_version="1",
                review=review_date,
                archive=archive,
            ),
            lambda: self.written(n).viewed.append(
                Viewing(self._film(n), audience, today, review, archive)
            ),
            decides=n,
        )
        if not was_taken:
            self._note_hold(n, must_hold=narrows)

    def approve(self, n: int) -> None:
        naive = self.naive[n]
        self.attempt(
            f"an editor approves {naive.name}’s film",
            self.can_be_worked_on(n) and self._may_be_approved(n),
            lambda: record_approval(
                self.workspace,
                self.ids[n],
                expected=require_signable_cut(self.workspace, self.ids[n]),
                role="editor",
                checked=("watched",),
            ),
            lambda: self.written(n).check(
                self._film(n), self.written(n).viewed[-1].audience, self.day
            ),
            decides=n,
        )

    def _may_be_approved(self, n: int) -> bool:
        records = self.written(n)
        return (
            bool(records.agreed and records.viewed)
            and self.naive[n].is_whole
            and records.viewed[-1].film == self.naive[n].made
            and all(decision in SETTLED for decision in records.people.values())
            and records.said_complete == set(records.people)
        )

    def enter_person(self, n: int, decided: str) -> None:
        entered_ids: list[str] = []

        def write_down() -> None:
            self.people[n] += entered_ids
            self.written(n).say(entered_ids[0], decided)

        was_taken = self.attempt(
            f"a nurse is entered in the register of {self.naive[n].name}’s story: {decided}",
            self.can_be_worked_on(n),
            lambda: entered_ids.append(
                add_person(
                    self.workspace,
                    self.ids[n],
                    relation="nurse",
                    about="What she said.",
                    decided=decided,
                    role="editor",
                ).person
            ),
            write_down,
            decides=n,
        )
        if not was_taken:
            self._note_hold(n, must_hold=decided == "objected")

    def decide_person(self, n: int, which: int, decided: str) -> None:
        if not self.people[n]:
            return
        who = self.people[n][which % len(self.people[n])]
        is_known = self.naive[n].written is not None and who in self.written(n).people
        was_taken = self.attempt(
            f"of nurse {which % len(self.people[n]) + 1} in {self.naive[n].name}’s story it is "
            f"decided: {decided}",
            self.can_be_worked_on(n) and who in self.written(n).people,
            lambda: decide_person(self.workspace, self.ids[n], who, decided=decided, role="editor"),
            lambda: self.written(n).say(who, decided),
            decides=n,
        )
        if not was_taken:
            self._note_hold(n, must_hold=is_known and decided == "objected")

    def _note_hold(self, n: int, *, must_hold: bool) -> None:
        """Note that a story is held, as it is by what narrows it while the log takes nothing.

        It may where the database is: which release it knows last, nobody can say. A story that was
        taken back as a whole is shown to nobody whatever is decided about it.
        """
        if not self.broken:
            return
        is_held = any(hold.story == self.ids[n] for hold in read_restore_holds(self.workspace))
        must_hold &= self.broken == "log" and not self.naive[n].is_gone
        assert is_held or not must_hold, self.history("The story ought to be held.")
        self.naive[n].is_held |= is_held

    def complete_register(self, n: int) -> None:
        def write_down() -> None:
            self.written(n).said_complete = set(self.written(n).people)

        self.attempt(
            f"the register of {self.naive[n].name}’s story is said to be complete",
            self.can_be_worked_on(n),
            lambda: complete_register(self.workspace, self.ids[n], role="editor"),
            write_down,
            decides=n,
        )

    def go_to(self, day: date) -> None:
        self.steps.append(f"the calendar goes from {self.calendar.today} to {day}")
        self.calendar.today = day

    def attempt(
        self,
        message: str,
        ought: bool,
        action: Callable[[], object],
        write_down: Callable[[], object] = lambda: None,
        *,
        decides: int | None = None,
    ) -> bool:
        """Do it at the desk: it must be taken if it `ought` to be, or refused and change nothing.

        Only what was taken is written down in the naive library; `decides` tells about which story
        something was then decided. Returns whether it was taken.
        """
        papers = self._papers()
        was_taken = self.tried(message, action)
        assert was_taken == ought, self.history(
            f"The desk ought to {'take' if ought else 'refuse'} it."
        )
        if was_taken:
            write_down()
            if decides is not None:
                self.written(decides).decisions.add(len(self.steps))
            self.keep()
        else:
            records_after = self._papers()
            is_same = records_after == papers or _completed(*records_after) == _completed(*papers)
            assert is_same, self.history("It was refused, and something changed.")
        return was_taken

    def tried(self, message: str, action: Callable[[], object]) -> bool:
        """Do it at the desk; whether it was not refused."""
        try:
            action()
        except CarerStoriesError as refusal:
            self.steps.append(f"{message}: refused, “{refusal.what}”")
            return False
        self.steps.append(message)
        return True

    def history(self, wrong: str = "Something is wrong.") -> str:
        """The whole history in sentences, for whoever reads that it failed."""
        steps = "\n".join(
            f"{number:3}. {sentence}" for number, sentence in enumerate(self.steps, 1)
        )
        return (
            f"{wrong} It is {self.calendar.today}, by the log {self.day}. What happened:\n{steps}"
        )

    def keep(self) -> None:
        """Write down what is written now, for every generation of the records since the last."""
        current = generation_of(self.workspace.database.read_bytes())
        for number in range(max(self.generations, default=0) + 1, current + 1):
            self.generations[number] = deep_copy([each.written for each in self.naive])

    def folder(self, n: int) -> StoryFolder:
        return self.workspace.story(self.ids[n])

    def written(self, n: int) -> Written:
        records = self.naive[n].written
        assert records is not None, self.history("The story was not begun.")
        return records

    def can_be_worked_on(self, n: int) -> bool:
        naive = self.naive[n]
        return not self.broken and naive.written is not None and not naive.is_gone

    def _film(self, n: int) -> Film:
        return dict(self.naive[n].made or {})

    def _list_files(self, n: int) -> None:
        root, naive = self.folder(n).root, self.naive[n]
        cut = Cut(story=self.ids[n], artefacts={name: sha256_of(root / name) for name in NAMES})
        naive.files["cut.json"] = msgspec.json.encode(cut)
        (root / "cut.json").write_bytes(naive.files["cut.json"])
        naive.made = dict(naive.files)

    def _papers(self) -> tuple[bytes, bytes]:
        """Records and log."""
        database, log = self.workspace.database, self.workspace.audit_log
        return (
            database.read_bytes() if database.exists() else b"",
            log.read_bytes() if log.exists() else b"",
        )


@lru_cache(maxsize=64)
def _latest_day(log: str) -> date:
    """Return the latest day of a log since a line that confirms the clock."""
    latest = date.min
    for line in log.split("\n"):
        written = re.search(r'"at":"(\d{4}-\d\d-\d\d)T', line)
        if written:
            on = date.fromisoformat(written[1])
            latest = on if '"confirm-clock"' in line else max(latest, on)
    return latest


def line_of(records: bytes) -> bytes:
    """The line of the log that records hold beside them."""
    match = re.search(rb'"entry":(\{.*\}),"sha256"', records.partition(b"\n")[0])
    return match[1] + b"\n" if match else b""


def _completed(records: bytes, log: bytes) -> tuple[bytes, bytes]:
    """A line that is torn never counted; one that the records still owe is written by the next."""
    lines = log[: log.rfind(b"\n") + 1]
    owed_line = line_of(records)
    return records, lines if lines.endswith(owed_line) else lines + owed_line


def generation_of(records: bytes) -> int:
    match = re.search(rb'"generation":(\d+)', records)
    assert match
    return int(match[1])


def _two_years_after(day: date) -> date:
    with contextlib.suppress(ValueError):
        return day.replace(year=day.year + 2)
    return date(day.year + 2, 2, 28)


def _film(story_id: str, name: str, letter: str) -> Film:
    page = StoryPage(
        id=story_id,
        title=f"{name} tells {letter}",
        contributor="",
        summary="",
        content_note="",
        themes=(),
        question_set="Being heard",
        kind="video",
        duration=1000,
        chapters=(),
    )
    return {
        "captions.vtt": f"WEBVTT\n\n{name} says {letter}\n".encode(),
        "film.mp4": f"film {letter} of {name}".encode(),
        "page.json": msgspec.json.encode(page),
    }
