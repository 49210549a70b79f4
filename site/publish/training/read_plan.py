"""A file of `interviews/training/` as a plan, with everything a person has to mend in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from msgspec.structs import fields

from library.core import yaml_document
from library.core.errors import BadInput
from library.core.sanitise import printable
from library.core.workspace import SLUG, Workspace
from library.core.yaml_document import (
    FieldPath,
    Problem,
    YamlFile,
    ended,
    field_name,
    parse_yaml,
)
from publish.training.follow_up import MOMENTS
from publish.training.plan import (
    PRINCIPLES,
    AnyPlanItem,
    Dilemma,
    FollowUp,
    LaterForm,
    PlannedClip,
    RolePlay,
    TrainingPlan,
    plan_field_names,
)
from publish.training.standards import STANDARDS

MAX_FILE_BYTES = 300_000
"""Bytes: the longest session there is can be told in far fewer."""
MAX_TEXT_CHARACTERS = 4_000
MAX_ITEMS = 200
STILL_TO_WRITE = "TO WRITE"
_MAY_BE_EMPTY = {"about", "before", "chapter", "from", "to", "wants", "says", "notes", "timer"}
_MAY_BE_EMPTY |= {"outcomes", "materials", "prepare", "pauses", "show", "comments", "principles"}
_MAY_BE_EMPTY |= {"statements", "why", "rounds", "scales", "at", "debrief_notes", "asks"}
# Pages of another plan end so: `a-present` would be the present view of `a`.
_RESERVED = ("-present", "-evaluation")


_KINDS = {str(cls.__struct_config__.tag): fields(cls) for cls in get_args(AnyPlanItem)}
KINDS = tuple(_KINDS)
"""Words for the kinds of points, as they stand in a file."""


PlanFile = YamlFile[TrainingPlan]
"""A file of `interviews/training/`, with everything that is wrong in it."""


def plan_files(workspace: Workspace) -> list[Path]:
    """Return the files that are meant to be plans, by name."""
    return sorted(workspace.training.glob("*.yml"))


def load_plan(path: Path) -> TrainingPlan:
    """Return a plan that has no fault. Raises NotFound, DiskFailed, or BadInput naming file,
    line, field and what was expected."""
    reading = read_plan(path)
    if reading.record is None or reading.problems:
        raise BadInput(
            f"{printable(path.name)}, {ended(str(reading.problems[0]))}",
            f"Mend that and check it with: carer-stories training check {printable(path.stem)}",
        )
    return reading.record


def read_plan(path: Path) -> PlanFile:
    """Return the file and everything wrong in it. Raises NotFound and DiskFailed."""
    data = yaml_document.read_bytes(path, shown_as=f"training plan {printable(path.name)}")
    return parse_plan(data, path)


def parse_plan(data: bytes, path: Path) -> PlanFile:
    """Return `data` as a plan, or with what is wrong. Never raises for what is in it."""
    reading = parse_yaml(
        data,
        path,
        TrainingPlan,
        fields=plan_field_names(),
        begins_with="a plan begins with lines such as “title: …”",
        largest=MAX_FILE_BYTES,
        stand_in=_stand_in,
    )
    if reading.record is None:
        with_terms = reading.with_problems(map(_in_terms_of_plans, reading.problems))
        faults = _plan_problems(reading, reading.draft) if reading.draft else ()
        return with_terms.with_problems_of_draft(faults)
    return reading.with_problems(_plan_problems(reading, reading.record))


def _in_terms_of_plans(problem: Problem) -> Problem:
    """Return the problem with what a plan expects in that field, where that is known."""
    kind = re.search(r"“(.*)” is none of the words that may stand here$", problem.what)
    if kind and problem.field.endswith("kind"):
        return replace(problem, what=f"“{kind[1]}” is no kind; there are: {', '.join(KINDS)}")
    for field, words in _FEW_WORDS.items():
        if kind and problem.field.endswith(field):
            return replace(problem, what=f"“{kind[1]}” is neither {words}")
    if problem.field.endswith("timer"):
        return replace(problem, what=problem.what.replace("number", "number of seconds"))
    return problem


_FEW_WORDS = {
    "importance": "essential nor optional",
    "when": "“before and after” nor “after”",
    "show_to": "training nor trust, partners or public",
}
"""Fields that are one of a few words, and what a sentence says of another word."""


def _stand_in(path: FieldPath, beside: Any) -> str | None:
    """Return the kind that a point was plainly meant to be: the one whose fields it has."""
    if path[-1] != "kind" or not isinstance(beside, dict):
        return None
    typed = set(beside) - {"kind"}

    def strangeness(kind: str) -> tuple[int, int]:
        known = {field.encode_name for field in _KINDS[kind]}
        needed = {field.encode_name for field in _KINDS[kind] if field.required}
        return len(typed - known), len(needed - typed)

    return min(KINDS, key=strangeness)


def _plan_problems(reading: PlanFile, plan: TrainingPlan) -> Iterator[Problem]:
    """Yield what types cannot express."""
    yield from _id_problems(reading, plan)
    yield from _text_problems(reading, reading.values, ())
    yield from _order_problems(reading, plan)
    yield from _evaluation_problems(reading, plan)
    yield from _minutes_problems(reading, plan)


def _id_problems(reading: PlanFile, plan: TrainingPlan) -> Iterator[Problem]:
    if not SLUG.match(plan.id):
        yield reading.problem(("id",), "use small letters, digits and hyphens")
    elif plan.id != reading.path.stem:
        yield reading.problem(("id",), f"it must be the file’s own name, {reading.path.stem}")
    elif plan.id == "index" or plan.id.endswith(_RESERVED):
        yield reading.problem(("id",), f"“{plan.id}” is the name of another page; choose another")
    if plan.group.smallest > plan.group.largest:
        yield reading.problem(("group",), "the smallest group is larger than the largest")


def _text_problems(reading: PlanFile, value: Any, path: FieldPath) -> Iterator[Problem]:
    """Yield problems of texts: one that is needed and empty, endless, or still to be written."""
    name = next((step for step in reversed(path) if isinstance(step, str)), "")
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _text_problems(reading, inner, (*path, key))
    elif isinstance(value, list):
        if not value and name not in _MAY_BE_EMPTY:
            yield reading.problem(path, "there must be at least one")
        for number, inner in enumerate(value):
            yield from _text_problems(reading, inner, (*path, number))
    elif STILL_TO_WRITE in value:
        yield reading.problem(path, "this is still to be written")
    elif len(value) > MAX_TEXT_CHARACTERS:
        yield reading.problem(path, f"this is longer than {MAX_TEXT_CHARACTERS} characters")
    elif not value.strip() and (name not in _MAY_BE_EMPTY or isinstance(path[-1], int)):
        yield reading.problem(path, "there must be words")


def _order_problems(reading: PlanFile, plan: TrainingPlan) -> Iterator[Problem]:
    order = ("running_order",)
    if len(plan.running_order) > MAX_ITEMS:
        yield reading.problem(order, f"there are more than {MAX_ITEMS} points")
    if not plan.clips:
        yield reading.problem(order, "there must be at least one clip of a story")
    numbers: dict[str, int] = {}
    for number, item in enumerate(plan.running_order):
        at = (*order, number)
        if isinstance(item, PlannedClip):
            if not SLUG.match(item.id):
                yield reading.problem((*at, "id"), "use small letters, digits and hyphens")
            elif item.id in numbers:
                other = f"point {numbers[item.id] + 1} has this id already"
                yield reading.problem((*at, "id"), other)
            numbers.setdefault(item.id, number)
        if isinstance(item, Dilemma):
            yield from _principle_problems(reading, item, at)
        if isinstance(item, RolePlay) and len(item.cards) < 2:
            yield reading.problem((*at, "cards"), "a conversation needs at least two cards")
    clips = {clip.id for clip in plan.clips}
    for number, item in enumerate(plan.running_order):
        if item.about and (item.about not in clips or isinstance(item, PlannedClip)):
            known = ", ".join(sorted(clips)) or "none"
            message = f"“{item.about}” is not the id of another clip; there are: {known}"
            yield reading.problem((*order, number, "about"), message)


def _principle_problems(reading: PlanFile, item: Dilemma, at: FieldPath) -> Iterator[Problem]:
    for number, name in enumerate(item.principles):
        if name not in PRINCIPLES:
            message = (
                f"“{name}” is no part of the page “Confidentiality and sharing information”; "
                f"there are: {', '.join(PRINCIPLES)}"
            )
            yield reading.problem((*at, "principles", number), message)


def _evaluation_problems(reading: PlanFile, plan: TrainingPlan) -> Iterator[Problem]:
    ids: set[str] = set()
    questions = [
        ("scales", number, question.id) for number, question in enumerate(plan.evaluation.scales)
    ]
    questions += [
        ("comments", number, question.id)
        for number, question in enumerate(plan.evaluation.comments)
    ]
    for kind, number, name in questions:
        at = ("evaluation", kind, number, "id")
        if not SLUG.match(name):
            yield reading.problem(at, "use small letters, digits and hyphens")
        elif name in ids:
            yield reading.problem(at, f"“{name}” is used for another question already")
        ids.add(name)
    yield from _later_problems(reading, plan)


def _later_problems(reading: PlanFile, plan: TrainingPlan) -> Iterator[Problem]:
    steps: list[tuple[FieldPath, FollowUp]] = [
        (("follow_up", number, "at"), step) for number, step in enumerate(plan.follow_up)
    ]
    questions = [scale.id for scale in plan.evaluation.scales]
    questions += [comment.id for comment in plan.evaluation.comments]
    worded: dict[tuple[str, str], int] = {}
    for point, item in enumerate(plan.running_order):
        at = ("running_order", point)
        steps += [
            ((*at, "follow_up", number, "at"), step) for number, step in enumerate(item.follow_up)
        ]
        for number, name in enumerate(item.asks):
            if name not in questions and not is_faulty(reading, ("evaluation",)):
                message = f"the evaluation asks no “{name}”; it asks: {', '.join(questions)}"
                yield reading.problem((*at, "asks", number), message)
        for moment in MOMENTS:
            for name, text in _texts_of(item.later.at(moment)):
                other = worded.setdefault((moment, name), point) if text else point
                if other != point:
                    message = f"point {other + 1} words this question already"
                    yield reading.problem((*at, "later", moment, name), message)
    for path, step in steps:
        if step.at and step.at not in MOMENTS:
            message = f"“{step.at}” is no moment; there are: {', '.join(MOMENTS)}"
            yield reading.problem(path, message)
    known = [scale.id for scale in plan.evaluation.scales]
    for number, name in enumerate(plan.later.scales or ()):
        if name not in known and not is_faulty(reading, ("evaluation", "scales")):
            message = f"the evaluation has no scale “{name}”; it has: {', '.join(known) or 'none'}"
            yield reading.problem(("later", "scales", number), message)
        elif name in (plan.later.scales or ())[:number]:
            yield reading.problem(("later", "scales", number), f"“{name}” is named twice")
    for number, name in enumerate(plan.standards):
        if name not in STANDARDS:
            message = f"“{name}” is no standard; there are: {', '.join(STANDARDS)}"
            yield reading.problem(("standards", number), message)


def _texts_of(form: LaterForm) -> Iterator[tuple[str, str]]:
    for field in fields(form):
        yield field.encode_name, getattr(form, field.name)


def is_faulty(file: PlanFile, path: FieldPath) -> bool:
    """Return True where a field, or something that holds it, has a fault and may be a stand-in."""
    names = {field_name(path[: length + 1]) for length in range(len(path))}
    return any(problem.field in names for problem in file.problems)


def _minutes_problems(reading: PlanFile, plan: TrainingPlan) -> Iterator[Problem]:
    for number in range(len(plan.running_order)):
        if is_faulty(reading, ("running_order", number, "minutes")):
            return  # the sum is not known
    total = sum(item.minutes for item in plan.running_order)
    if total != plan.minutes:
        message = f"it says {plan.minutes}, but the running order adds up to {total}"
        yield reading.problem(("minutes",), message)
