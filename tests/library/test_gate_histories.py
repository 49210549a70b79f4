"""The gate, asked after every step of thousands of random histories, against a naive model.

Nothing here touches a disk: records are made by hand, and also such as the desk would refuse, for
the gate must be right whatever it is handed. With a desk, a disk and an edition the same is done by
`tests/stewardship/test_edition_histories.py`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_histories

from library.consent.gate import (
    History,
    Progress,
    State,
    audiences_released,
    decide,
    decide_archive,
    state_of,
)
from library.core.audience import Audience
from library.records.consent import Agreement, Approval, Release, Withdrawal
from library.records.cut import CutState
from library.records.people import Person
from library.records.story import Story
from tests.support.random_histories import FIRST_DAY, histories
from tests.support.reference_library import (
    AUDIENCES,
    SCOPES,
    SETTLED,
    UNSETTLED,
    Film,
    NaiveStory,
    Viewing,
    Written,
)

AT = "2026-03-01T10:00:00Z"
NAMES = ("captions.vtt", "film.mp4")
audiences = st.sampled_from(AUDIENCES)
archives = st.sampled_from(["no", "as-shown", "uncut"])
decisions = st.sampled_from(SETTLED + UNSETTLED)
days_off = st.sampled_from([0, 0, 0, -1, 1, -40])
until_review = st.sampled_from([730, 730, 30, 1, 0])
letters = st.sampled_from("ABC")
scopes = st.sampled_from((*SCOPES[1:], *SCOPES[1:], "all"))  # nothing comes after all of it


def film(letter: str) -> Film:
    return {name: f"{name} {letter}".encode() for name in NAMES}


def hash_of(cut: Film) -> str:
    """Any word will do that is another for another film."""
    return cut["film.mp4"].decode()[-1] * 64


class GateHistories(RuleBasedStateMachine):
    """One story, told to the gate's records and to the naive model."""

    def __init__(self) -> None:
        super().__init__()
        self.today = FIRST_DAY
        self.naive = NaiveStory("Ruth")
        self.written = Written()
        self.naive.written = self.written
        self.records = 0
        self.is_earlier_version = False
        self.history = History(Story(id="cs-ruth", title="Ruth", questions="q", created=AT))

    def _of_ruth(self, kind: str) -> dict[str, Any]:
        """Fields that every record has; each is written a second after the one before."""
        self.records += 1
        minutes, seconds = divmod(self.records, 60)
        at = f"2026-03-01T10:{minutes:02}:{seconds:02}Z"
        return {"id": f"{kind}-{self.records}", "story": "cs-ruth", "recorded": at}

    def _rests_on(self, cut: Film) -> tuple[str, ...] | None:
        """Decisions that an editor had before them; an earlier version did not write them down."""
        releases, people = self.history.releases, self.history.people
        if self.is_earlier_version and releases and releases[-1].cut == hash_of(cut):
            return None
        # Every record, not only those that count: it is the gate that has to know them.
        return (*[release.id for release in releases[-1:]], *[entry.id for entry in people])

    def _agree(self, on: date) -> None:
        record = Agreement(
            on=on,
            taken_by="editor",
            form_version="1",
            independent=True,
            capacity_considered=True,
            **self._of_ruth("ag"),
        )
        self.history = replace(self.history, agreements=(*self.history.agreements, record))
        self.written.agreed.append(on)

    def _sign_off(
        self, cut: Film, audience: Any, on: date, review: date, archive: Any = "no"
    ) -> None:
        record = Release(
            cut=hash_of(cut),
            viewed=on,
            audience=audience,
            review=review,
            archive=archive,
            witness="editor",
            form_version="1",
            **self._of_ruth("re"),
        )
        self.history = replace(self.history, releases=(*self.history.releases, record))
        self.written.viewed.append(Viewing(cut, audience, on, review, archive))

    def _approve(self, cut: Film, audience: Any, on: date) -> None:
        people = {f"pe-{who}": decision for who, decision in self.written.people.items()}
        facts = {"cut": hash_of(cut), "audience": audience, "on": on, "people": people}
        record = Approval(
            role="editor", rests_on=self._rests_on(cut), **facts, **self._of_ruth("ap")
        )
        self.history = replace(self.history, approvals=(*self.history.approvals, record))
        self.written.check(cut, audience, on)

    def _cut(self) -> CutState | None:
        cut, files = self.naive.made, self.naive.files
        if cut is None:
            return None
        return CutState(hash_of(cut), tuple(name for name in NAMES if files[name] != cut[name]))

    @initialize(letter=letters, audience=audiences, archive=archives, earlier=st.booleans())
    def goes_the_whole_way_first(
        self, letter: str, audience: str, archive: str, earlier: bool
    ) -> None:
        """Some libraries were begun with a version that wrote down less."""
        self.is_earlier_version = earlier
        self.goes_the_whole_way(letter, audience, archive)

    @rule(letter=letters, audience=audiences, archive=archives)
    def goes_the_whole_way(self, letter: str, audience: str, archive: str) -> None:
        self._agree(self.today)
        self.film_is_made(letter)
        review = self.today + timedelta(days=730)
        self._sign_off(film(letter), audience, self.today, review, archive)
        self._approve(film(letter), audience, self.today)

    @rule(off=days_off)
    def agrees(self, off: int) -> None:
        self._agree(self.today + timedelta(days=off))

    @rule(letter=letters)
    def film_is_made(self, letter: str) -> None:
        self.naive.made = film(letter)
        self.naive.files = film(letter)

    @rule(name=st.sampled_from(NAMES), put_back=st.booleans())
    def file_is_touched(self, name: str, put_back: bool) -> None:
        cut = self.naive.made
        if cut is not None:
            self.naive.files[name] = cut[name] if put_back else b"touched"

    @rule(letter=letters, audience=audiences, off=days_off, review=until_review, archive=archives)
    def signs_off(self, letter: str, audience: str, off: int, review: int, archive: str) -> None:
        on, review_date = self.today + timedelta(days=off), self.today + timedelta(days=review)
        self._sign_off(film(letter), audience, on, review_date, archive)

    @rule(letter=letters, audience=audiences, off=days_off)
    def is_approved(self, letter: str, audience: str, off: int) -> None:
        self._approve(film(letter), audience, self.today + timedelta(days=off))

    @rule(who=st.sampled_from(["son", "nurse"]), decided=decisions)
    def about_somebody_it_is_decided(self, who: str, decided: Any) -> None:
        record = Person(
            person=f"pe-{who}",
            relation=who,
            told="",
            decided=decided,
            on=self.today,
            role="editor",
            **self._of_ruth("pd"),
        )
        self.history = replace(self.history, people=(*self.history.people, record))
        self.written.say(who, decided)

    @rule(scope=scopes)
    def takes_back(self, scope: Any) -> None:
        record = Withdrawal(
            on=self.today, asked_by="contributor", scope=scope, **self._of_ruth("wi")
        )
        self.history = replace(self.history, withdrawals=(*self.history.withdrawals, record))
        self.naive.taken_back.add(scope)

    @rule(days=st.sampled_from([1, 29, 700, 730, -1, -1, -45]))
    def clock_goes(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule(days=st.sampled_from([-1, 0, 1]))
    def clock_goes_to_the_review(self, days: int) -> None:
        if self.written.viewed:
            self.today = self.written.viewed[-1].review + timedelta(days=days)

    @invariant()
    def the_gate_says_what_the_model_says(self) -> None:
        cut = self._cut()
        for audience in Audience:
            decision = decide(self.history, cut, audience, self.today)
            expected = self.naive.why_not(audience.word, self.today)
            assert decision.is_released == (not expected), (expected, decision.reasons)
            assert len(decision.reasons) == len(expected), (expected, decision.reasons)
        archived = decide_archive(self.history, cut, self.today)
        expected = self.naive.why_not_archived(self.today)
        assert archived.is_released == (not expected), (expected, archived.reasons)
        assert len(archived.reasons) == len(expected), (expected, archived.reasons)
        last = self.written.viewed[-1].archive if self.written.viewed else "no"
        assert archived.includes_uncut == (not expected and last == "uncut")
        shown_to = self.naive.shown_to(self.today)
        released = audiences_released(self.history, cut, self.today)
        assert [audience.word for audience in released] == shown_to
        state = state_of(self.history, Progress(True, True, True, cut), self.today)
        assert (state is State.RELEASED) == bool(shown_to)
        assert (state is State.WITHDRAWN) == self.naive.is_gone


def test_the_gate_agrees_with_a_naive_model_through_every_history() -> None:
    run_histories(GateHistories, settings=histories(2000, steps=30))
