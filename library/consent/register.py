"""The register of people in a story: entered, decided, and said to be complete."""

from __future__ import annotations

import msgspec

from library.consent import gate
from library.consent.gate import History
from library.consent.gate_input import history_of
from library.consent.unrecorded import held_unless_recorded
from library.core.clock import now, today
from library.core.days import day_in_words
from library.core.errors import BadInput, NotAllowed, NotFound
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from library.records.people import (
    DECISIONS,
    Decided,
    Person,
    PersonNotes,
    Register,
    latest_decisions,
)
from library.records.story import new_id

MAX_RELATION_CHARACTERS = 60
MAX_ABOUT_CHARACTERS = 500


def add_person(
    workspace: Workspace,
    story_id: str,
    *,
    relation: str,
    about: str,
    decided: str = "undecided",
    notes: PersonNotes = PersonNotes(),  # noqa: B008 - cannot be changed
    role: str,
) -> Person:
    """Enter somebody who is spoken of. Raises BadInput for words that do not fit."""
    relation, about = tidy_relation(relation), tidy_about(about)
    entered = Person(
        id=new_id("pd"),
        story=story_id,
        recorded=now(),
        person=new_id("pe"),
        relation=relation,
        told=about,
        decided=_decision(decided),
        on=today(),
        role=role,
    )
    with held_unless_recorded(workspace, story_id, "objected", narrows=decided == "objected"):
        return _record(workspace, _with_notes(entered, notes))


def tidy_relation(text: str) -> str:
    """Return what somebody is to the contributor, tidied. Raises BadInput."""
    relation = text.strip()
    if not relation or len(relation) > MAX_RELATION_CHARACTERS or "\n" in relation:
        raise BadInput(
            f"Say in up to {MAX_RELATION_CHARACTERS} characters what they are to the contributor.",
            "Write what they are, such as: son, sister, the ward’s doctor. Never a name.",
        )
    return relation


def tidy_about(text: str) -> str:
    """Return what the story tells about somebody, tidied. Raises BadInput."""
    about = text.strip()
    if len(about) > MAX_ABOUT_CHARACTERS:
        raise BadInput(
            f"What is told is longer than {MAX_ABOUT_CHARACTERS} characters.", "Shorten it."
        )
    return about


def correct_person(
    workspace: Workspace,
    story_id: str,
    person: str,
    *,
    relation: str | None = None,
    about: str | None = None,
    role: str,
) -> Person:
    """Record who somebody is, or what is told of them, in other words; the decision stays.

    Raises NotFound for one who is not in the register, BadInput for words that do not fit.
    """
    before = person_in_register(workspace, story_id, person)
    corrected = msgspec.structs.replace(
        before,
        id=new_id("pd"),
        recorded=now(),
        relation=before.relation if relation is None else tidy_relation(relation),
        told=before.told if about is None else tidy_about(about),
        on=today(),
        role=role,
    )
    return _record(workspace, corrected)


def require_removable(workspace: Workspace, story_id: str, person: str) -> Person:
    """Return an entry of the register on which nothing rests.

    Raises NotFound for one who is not in it, NotAllowed where they objected or a film was approved
    with them in it.
    """
    entry = person_in_register(workspace, story_id, person)
    _require_nothing_rests_on(entry, history_of(Ledger(workspace).read(), story_id))
    return entry


def remove_person(workspace: Workspace, story_id: str, person: str, *, role: str) -> Person:
    """Take an entry that was a mistake out of the register. Raises as `require_removable`.

    What was entered stays in the records, as every decision does, until the story is erased.
    """
    before = require_removable(workspace, story_id, person)
    removed = msgspec.structs.replace(
        before, id=new_id("pd"), recorded=now(), removed=True, on=today(), role=role
    )
    return _record(workspace, removed)


def _require_nothing_rests_on(person: Person, history: History) -> None:
    """Raise NotAllowed where an objection, or an approval, rests on somebody in the register."""
    correct = f"carer-stories people correct {person.story} {person.person}"
    decided = [entry for entry in history.people if entry.person == person.person]
    if any(entry.decided == "objected" for entry in decided):
        raise NotAllowed(
            f"{person.person} ({person.relation}) objected once, and an objection stays in the "
            "register.",
            "If it was taken back: "
            f"carer-stories people decide {person.story} {person.person}\n"
            f"If the entry says the wrong thing: {correct}",
        )
    approvals = [entry for entry in history.approvals if person.person in entry.people]
    if approvals:
        raise NotAllowed(
            f"The approval of {day_in_words(approvals[-1].on)} rests on what was decided about "
            f"{person.person} ({person.relation}), so they stay in the register.",
            f"If the entry says the wrong thing: {correct}",
        )


def person_in_register(workspace: Workspace, story_id: str, person: str) -> Person:
    """Return the latest decision about somebody. Raises NotFound for one who is not in it."""
    known = {entry.person: entry for entry in _people(workspace, story_id)}
    if person not in known:
        raise NotFound(
            f"There is nobody “{person}” in the register of {story_id}.",
            f"See who is in it: carer-stories people list {story_id}",
        )
    return known[person]


def decide_person(
    workspace: Workspace,
    story_id: str,
    person: str,
    *,
    decided: str | None = None,
    notes: PersonNotes = PersonNotes(),  # noqa: B008 - cannot be changed
    role: str,
) -> Person:
    """Record a decision about somebody in the register, or notes beside the one that stands.

    Raises NotFound for one who is not in it, BadInput for words that do not fit.
    """
    before = person_in_register(workspace, story_id, person)
    entered = msgspec.structs.replace(
        before,
        id=new_id("pd"),
        recorded=now(),
        decided=_decision(decided or before.decided),
        on=today(),
        role=role,
    )
    with held_unless_recorded(workspace, story_id, "objected", narrows=decided == "objected"):
        return _record(workspace, _with_notes(entered, notes))


def _people(workspace: Workspace, story_id: str) -> tuple[Person, ...]:
    workspace.story(story_id)
    return latest_decisions(history_of(Ledger(workspace).read(), story_id).people)


def _decision(word: str) -> Decided:
    if word not in DECISIONS:
        raise BadInput(f"“{word}” is no decision.", f"Use one of: {', '.join(DECISIONS)}.")
    return word  # type: ignore[return-value]


def _with_notes(person: Person, notes: PersonNotes) -> Person:
    given = notes.given
    for name, text in given.items():
        if isinstance(text, str) and len(text.strip()) > MAX_ABOUT_CHARACTERS:
            option = name.replace("_", "-")
            raise BadInput(
                f"--{option} is longer than {MAX_ABOUT_CHARACTERS} characters.", "Shorten it."
            )
    if notes.informed_on and notes.informed_on > today():
        raise BadInput("The day they were told is still to come.", "Give the day on which it was.")
    if notes.informed_on and notes.not_informed:
        raise BadInput("They were either told or not.", "Use one of --informed and --not-informed.")
    # The later word counts: one who is told after all was not left untold.
    if notes.informed_on:
        given["not_informed"] = ""
    elif notes.not_informed:
        given["informed_on"] = None
    tidy = {name: text.strip() if isinstance(text, str) else text for name, text in given.items()}
    return msgspec.structs.replace(person, **tidy)


def _record(workspace: Workspace, record: Person) -> Person:
    workspace.story(record.story)
    became = "removed" if record.removed else record.decided
    with Ledger(workspace).update("person", record.story, record.role, became=became) as changes:
        history = history_of(changes, record.story)
        gate.require_not_withdrawn(history)
        if record.removed:  # once more: an approval may have come in between
            _require_nothing_rests_on(record, history)
        changes.add(record)
    return record


def complete_register(
    workspace: Workspace, story_id: str, *, role: str, nobody_in: str = ""
) -> Register:
    """Say that the people now in the register are all there are, even if that is nobody.

    `nobody_in` is the hash of the words of which somebody typed that nobody else is in them.
    """
    workspace.story(story_id)
    with Ledger(workspace).update("register", story_id, role) as changes:
        history = history_of(changes, story_id)
        gate.require_not_withdrawn(history)
        record = Register(
            id=new_id("rg"),
            story=story_id,
            recorded=now(),
            people=tuple(person.person for person in latest_decisions(history.people)),
            on=today(),
            role=role,
            nobody_in=nobody_in,
        )
        changes.add(record)
    return record
