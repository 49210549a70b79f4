"""The register of people in a story: entered, decided, and said to be complete."""

from __future__ import annotations

from library.consent import gate
from library.consent.gate_input import history_of
from library.core.clock import now, today
from library.core.errors import BadInput, NotFound
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from library.records.people import DECISIONS, Person, Register, latest_decisions
from library.records.story import new_id

LONGEST_RELATION = 60
LONGEST_ABOUT = 500


def add_person(
    workspace: Workspace,
    story_id: str,
    *,
    relation: str,
    about: str,
    decided: str = "undecided",
    role: str,
) -> Person:
    """Enter somebody who is spoken of. Raises BadInput for words that do not fit."""
    relation, about = relation.strip(), about.strip()
    if not relation or len(relation) > LONGEST_RELATION or "\n" in relation:
        raise BadInput(
            f"Say in up to {LONGEST_RELATION} characters what they are to the contributor.",
            "Write what they are, such as: son, sister, the ward’s doctor. Never a name.",
        )
    if len(about) > LONGEST_ABOUT:
        raise BadInput(f"What is told is longer than {LONGEST_ABOUT} characters.", "Shorten it.")
    return _record(workspace, story_id, new_id("pe"), relation, about, decided, role)


def decide_person(
    workspace: Workspace, story_id: str, person: str, *, decided: str, role: str
) -> Person:
    """A new decision about somebody in the register. Raises NotFound for one who is not in it."""
    known = {entry.person: entry for entry in _people(workspace, story_id)}
    if person not in known:
        raise NotFound(
            f"There is nobody “{person}” in the register of {story_id}.",
            f"See who is in it: carer-stories people list {story_id}",
        )
    before = known[person]
    return _record(workspace, story_id, person, before.relation, before.told, decided, role)


def _people(workspace: Workspace, story_id: str) -> tuple[Person, ...]:
    workspace.story(story_id)
    return latest_decisions(history_of(Ledger(workspace).read(), story_id).people)


def _record(
    workspace: Workspace,
    story_id: str,
    person: str,
    relation: str,
    about: str,
    decided: str,
    role: str,
) -> Person:
    if decided not in DECISIONS:
        raise BadInput(f"“{decided}” is no decision.", f"Use one of: {', '.join(DECISIONS)}.")
    workspace.story(story_id)
    with Ledger(workspace).update("person", story_id, role, became=decided) as changes:
        gate.require_not_withdrawn(history_of(changes, story_id))
        record = Person(
            id=new_id("pd"),
            story=story_id,
            recorded=now(),
            person=person,
            relation=relation,
            told=about,
            decided=decided,  # type: ignore[arg-type]
            on=today(),
            role=role,
        )
        changes.add(record)
    return record


def complete_register(workspace: Workspace, story_id: str, *, role: str) -> Register:
    """Say that the people now in the register are all there are, even if that is nobody."""
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
        )
        changes.add(record)
    return record
