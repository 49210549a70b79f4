"""The register of third parties: everybody in a story besides its contributor.

A carer's story holds the relative's health data, and that of others who did not ask to be in it.
For each the register says what they are to the contributor (never a name), what is told, and what
was decided. A new decision is a new record for the same person; the last one counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Literal, get_args

import msgspec

from library.records.consent import StoryRecord

Decided = Literal["undecided", "agreed", "not-identifiable", "pseudonym", "redacted", "objected"]
DECISIONS: tuple[str, ...] = get_args(Decided)
DECISION_MEANINGS = {
    "undecided": "nothing is decided yet",
    "agreed": "they agreed to be in it",
    "not-identifiable": "nobody could tell who they are",
    "pseudonym": "they are called by another name",
    "redacted": "what would tell who they are is taken out",
    "objected": "they said no: the story is not shown",
}


Capacity = Literal["not-known", "has-capacity", "lacks-capacity"]
CAPACITIES: tuple[str, ...] = get_args(Capacity)
CAPACITY_MEANINGS = {
    "not-known": "not known",
    "has-capacity": "can decide this for themselves",
    "lacks-capacity": "cannot decide this for themselves",
}
"""Capacity to decide about this story (Mental Capacity Act 2005)."""


class Person(StoryRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A decision about one person in a story."""

    person: str
    """Opaque and lasting: the same in every decision about them."""
    relation: str
    """To the contributor: “son”, “the ward’s doctor”. Never a name."""
    told: str
    """Subjects on which the story speaks of them."""
    decided: Decided
    on: date
    role: str
    """Role that decided, never a name."""
    cared_for: bool = False
    """The one whom the contributor looks after: the patient, whose health the story is about."""
    evidence: str = ""
    """Evidence of the decision: a signed form, who asked them and when."""
    capacity: Capacity = "not-known"
    capacity_note: str = ""
    """Note on how capacity was considered, or why it is in their best interests."""
    informed_on: date | None = None
    """The day they were told what UK GDPR Article 14 asks to be told."""
    not_informed: str = ""
    """Reason for which they were not told."""
    route: str = ""
    """The way for them, or somebody for them, to object."""
    removed: bool = False
    """True for an entry that was a mistake: from then on nobody stands here."""


class PersonNotes(msgspec.Struct, frozen=True, kw_only=True):
    """Notes about somebody beside the decision; None leaves one as it was."""

    cared_for: bool | None = None
    evidence: str | None = None
    capacity: Capacity | None = None
    capacity_note: str | None = None
    informed_on: date | None = None
    not_informed: str | None = None
    route: str | None = None

    @property
    def given(self) -> dict[str, object]:
        return {
            name: value
            for name in self.__struct_fields__
            if (value := getattr(self, name)) is not None
        }


def without_notes(person: Person) -> Person:
    """Return the record without what is noted about that person beside the decision."""
    return msgspec.structs.replace(
        person,
        evidence="",
        capacity="not-known",
        capacity_note="",
        informed_on=None,
        not_informed="",
        route="",
    )


def missing_notes(person: Person) -> tuple[str, ...]:
    """Return what is still to be noted about the person cared for, for anybody else nothing."""
    if not person.cared_for or person.decided in ("undecided", "objected"):
        return ()
    wanted = {
        "what the decision rests on (--evidence)": person.evidence,
        "whether they can decide this themselves (--capacity)": person.capacity != "not-known",
        "why it is in their best interests (--capacity-note)": person.capacity != "lacks-capacity"
        or person.capacity_note,
        "when they were told of it, or why not (--informed, --not-informed)": person.informed_on
        or person.not_informed,
        "how they can object (--route)": person.route,
    }
    return tuple(what for what, noted in wanted.items() if not noted)


class Register(StoryRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An editor's word that the register is complete: these people, and nobody else."""

    people: tuple[str, ...]
    on: date
    role: str
    nobody_in: str = ""
    """SHA-256 of the words of which they typed that nobody else is in them: it holds for no others.
    Empty where nothing was typed."""


def latest_decisions(people: Iterable[Person]) -> tuple[Person, ...]:
    """Return the last decision about each person, in the order they were first entered.

    Entries that were removed again are left out.
    """
    last: dict[str, Person] = {}
    for person in people:
        last[person.person] = person
    return tuple(person for person in last.values() if not person.removed)


def last_changes(people: Iterable[Person]) -> tuple[Person, ...]:
    """Return the record of each person with which what stands came about.

    That is a decision, whom and what it is about, or that the entry was removed. Later ones that
    say the same only changed what is noted beside it.
    """
    changes: dict[str, Person] = {}
    for person in people:
        before = changes.get(person.person)
        if before is None or _subject_of(before) != _subject_of(person):
            changes[person.person] = person
    return tuple(changes.values())


def _subject_of(person: Person) -> tuple[object, ...]:
    return person.decided, person.relation, person.told, person.removed


def decisions_by_person(people: Iterable[Person]) -> dict[str, str]:
    """Return each person and what was last decided about them."""
    return {person.person: person.decided for person in latest_decisions(people)}


def is_complete(people: Iterable[Person], registers: tuple[Register, ...]) -> bool:
    """Return True where an editor has said that exactly these people are in the story."""
    known = {person.person for person in latest_decisions(people)}
    return bool(registers) and set(registers[-1].people) == known


def register_problems(
    people: tuple[Person, ...], registers: tuple[Register, ...]
) -> tuple[str, ...]:
    """Return sentences on what keeps the register from being settled."""
    troubles = list(decision_problems(people))
    if not is_complete(people, registers):
        troubles.append("Nobody has said yet that the register of people in it is complete.")
    return tuple(troubles)


def decision_problems(people: Iterable[Person]) -> tuple[str, ...]:
    """Return sentences on decisions that forbid showing: part of the gate."""
    return tuple(
        _PROBLEMS[person.decided].format(relation=person.relation)
        for person in latest_decisions(people)
        if person.decided in _PROBLEMS
    )


_PROBLEMS = {
    "undecided": "About one of the people in it ({relation}) nothing is decided yet.",
    "objected": "One of the people in it ({relation}) objected to its being shown.",
}
