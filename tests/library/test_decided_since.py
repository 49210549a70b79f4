"""An approval holds for the decisions that it was made on, also one of an earlier version."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from library.consent.gate import (
    History,
    Progress,
    decide,
    decide_archive,
    needs_approval_again,
    next_step,
    state_of,
)
from library.consent.stories import read_history
from library.core.audience import Audience
from library.core.workspace import Workspace
from library.records.consent import Approval
from library.records.people import Person, Register
from tests.library.test_gate import CUT, DAY, RECORDED, WHOLE, approved, signed
from tests.support.command_line import CommandResult
from tests.support.quick_stories import approve, released, sign_off

Cli = Callable[..., CommandResult]


def at(second: int) -> str:
    return f"2026-03-01T10:00:{second:02}Z"


def son(second: int, decided: Any, **fields: Any) -> Person:
    return Person(
        id=f"pd-{second}{decided[0]}",
        story=WHOLE.story.id,
        recorded=at(second),
        person="pe-son",
        relation="son",
        told="his illness",
        decided=decided,
        on=DAY,
        role="editor",
        **fields,
    )


def history(approval: Approval, *people: Person) -> History:
    return replace(
        WHOLE, releases=(signed(recorded=at(1)),), approvals=(approval,), people=tuple(people)
    )


def approved_before(second: int, decided: str) -> Approval:
    """As a version before wrote it: it says what was decided, and not by which record."""
    return approved(recorded=at(second), people={"pe-son": decided})


def is_shown(history: History, audience: Audience = Audience.TRUST) -> bool:
    return decide(history, CUT, audience, DAY).is_released


@pytest.mark.parametrize(
    ("people", "shown"),
    [
        ([son(2, "agreed")], True),
        ([son(2, "undecided"), son(3, "objected"), son(4, "agreed")], True),
        ([son(2, "agreed"), son(5, "agreed", evidence="a form")], True),
        ([son(5, "agreed")], True),  # in the same second: nothing else agrees with what it says
        ([son(2, "agreed"), son(6, "objected"), son(7, "agreed")], False),
        ([son(2, "agreed"), son(6, "redacted")], False),
        # In its very second: nobody can tell which came first, so somebody looks again.
        ([son(2, "agreed"), son(5, "objected"), son(6, "agreed")], False),
        # The clock was put back: it was written before, and says so itself.
        ([son(9, "agreed")], True),
    ],
)
def test_an_approval_of_an_earlier_version_holds_until_something_is_decided(
    people: list[Person], shown: bool
) -> None:
    assert is_shown(history(approved_before(5, "agreed"), *people)) is shown


def test_an_approval_of_an_earlier_version_knows_its_sign_off_by_its_time() -> None:
    approval = approved(recorded=at(5), audience="public")
    wide, narrow = signed(recorded=at(1), audience="public"), signed(recorded=at(6))
    again = signed(recorded=at(7), audience="public")
    narrowed = replace(WHOLE, releases=(wide, narrow), approvals=(approval,))
    assert is_shown(narrowed)
    assert not is_shown(narrowed, Audience.PUBLIC)
    widened = replace(narrowed, releases=(wide, narrow, again))
    assert is_shown(widened)
    (reason,) = decide(widened, CUT, Audience.PUBLIC, DAY).reasons
    assert reason == (
        "The contributor released it for fewer after it was approved, and then for “public” again."
    )
    assert needs_approval_again(widened)
    noted = replace(
        widened,
        story=msgspec.structs.replace(WHOLE.story, content_note="A night at the ward."),
        registers=(Register(id="rg-1", people=(), on=DAY, role="editor", **RECORDED),),
    )
    progress = Progress(True, True, True, CUT)
    step = next_step(noted, state_of(noted, progress, DAY), progress, is_published=True)
    assert step == f"Check and approve it: carer-stories approve {WHOLE.story.id}"
    looked_again = approved(recorded=at(8), audience="public")
    assert is_shown(replace(widened, approvals=(approval, looked_again)), Audience.PUBLIC)


def test_another_film_signed_off_in_between_needs_a_new_approval() -> None:
    approval = approved(recorded=at(5))
    releases = (
        signed(recorded=at(1)),
        signed(recorded=at(6), cut="d" * 64),
        signed(recorded=at(7)),
    )
    (reason,) = decide(
        replace(WHOLE, releases=releases, approvals=(approval,)), CUT, Audience.TRUST, DAY
    ).reasons
    assert reason == "The contributor signed off another film after it was approved."


def test_what_an_archive_may_keep_is_widened_by_an_approval_alone() -> None:
    approval = approved(recorded=at(5))
    releases = (signed(recorded=at(1)), signed(recorded=at(6), archive="uncut"))
    widened = replace(WHOLE, releases=releases, approvals=(approval,))
    assert is_shown(widened)
    (reason,) = decide_archive(widened, CUT, DAY).reasons
    assert reason == "What an archive may keep of it was widened after it was approved."
    narrowed = replace(widened, releases=(releases[1], releases[0]))
    assert decide_archive(narrowed, CUT, DAY).reasons == (
        "The contributor has not said that an archive may keep it.",
    )


def test_a_record_of_an_earlier_version_is_read_and_says_nothing_of_it() -> None:
    written = msgspec.to_builtins(approved())
    del written["rests_on"]
    assert msgspec.convert(written, Approval).rests_on is None


def test_a_later_review_date_needs_no_new_approval(run_cli: Cli, workspace: Workspace) -> None:
    """It is the contributor's alone: no approval says until when."""
    story_id = released(workspace)
    sign_off(workspace, story_id, "trust")
    assert shown_to(run_cli, story_id) == ["training", "trust"]


def test_a_sign_off_that_is_narrowed_and_widened_again_needs_a_new_approval(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = released(workspace)
    sign_off(workspace, story_id, "training")
    sign_off(workspace, story_id, "trust")
    output = run_cli("status", story_id).out
    assert "before the contributor narrowed and widened the sign-off" in " ".join(output.split())
    assert shown_to(run_cli, story_id) == ["training"]
    assert "1 story waits for a new approval" in " ".join(run_cli("doctor").out.split())
    approve(workspace, story_id)
    assert shown_to(run_cli, story_id) == ["training", "trust"]
    assert read_history(workspace, story_id).approvals[-1].rests_on


def shown_to(run_cli: Cli, story_id: str) -> list[str]:
    audiences: list[str] = json.loads(run_cli("status", story_id, "--json").out)[0]["audiences"]
    return audiences
