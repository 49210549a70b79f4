"""Copies that left the house."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from library.consent.copies import copies_of, delivery_entered, record_copy
from library.core import clock
from library.core.workspace import Workspace
from library.records.consent import Release
from library.records.copies import CopyForm
from library.records.cut import read_cut
from library.records.ledger import Ledger
from tests.support.command_line import CommandResult
from tests.support.quick_stories import approve, filmed, released, remake_cut, sign_off

Cli = Callable[..., CommandResult]
STICK = ("--medium", "stick", "--to", "Ward 3, ward manager", "--audience", "training")


def test_a_copy_is_entered_listed_and_settled(run_cli: Cli, workspace: Workspace) -> None:
    story_id, other = released(workspace, "One"), released(workspace, "Other")
    copy = json.loads(run_cli("copies", "add", story_id, other, *STICK, "--json").out)
    assert copy["stories"] == [story_id, other]
    assert [c["id"] for c in json.loads(run_cli("copies", "list", story_id, "--json").out)] == [
        copy["id"]
    ]
    assert "Ward 3" in run_cli("copies", "list").out
    assert run_cli("copies", "settle", copy["id"], "--as", "returned", "--yes").code == 0
    assert "No copy is entered as being out there" in run_cli("copies", "list").out
    assert run_cli("copies", "settle", copy["id"], "--as", "returned", "--yes").code == 4


def test_a_lost_copy_stays_on_the_list(run_cli: Cli, workspace: Workspace) -> None:
    copy = json.loads(run_cli("copies", "add", filmed(workspace), *STICK, "--json").out)
    assert (
        "stays on the list" in run_cli("copies", "settle", copy["id"], "--as", "lost", "--yes").out
    )
    assert copy["id"] in run_cli("copies", "list").out


def test_all_shown_are_the_stories_of_that_audience(run_cli: Cli, workspace: Workspace) -> None:
    story_id = released(workspace)
    filmed(workspace, "Not signed off")
    copy = json.loads(run_cli("copies", "add", "--all-shown", *STICK, "--json").out)
    assert copy["stories"] == [story_id]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("add", *STICK), 2, "Name the stories"),
        (("add", "--all-shown", *STICK), 2, "No story is shown"),
        (("add", "cs-zzzzzz", *STICK), 3, "no story"),
        (("add", "{story}", *STICK, "--on", "2999-01-01"), 2, "still to come"),
        (("settle", "cp-zzzzzz", "--as", "lost", "--yes"), 3, "no copy"),
    ],
)
def test_what_cannot_be_is_refused(
    run_cli: Cli, workspace: Workspace, arguments: tuple[str, ...], code: int, message: str
) -> None:
    story_id = filmed(workspace)
    result = run_cli("copies", *(argument.format(story=story_id) for argument in arguments))
    assert result.code == code
    assert message in result.err


def test_a_delivery_is_entered_with_form_cut_and_last_day(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = released(workspace)
    delivery: dict[str, Any] = {
        "form": "scorm",
        "to": "Learning team",
        "stories": {story_id: "a" * 64},
        "audience": "training",
        "until": date(2999, 1, 31),
        "location": "package.zip",
        "role": "editor",
    }
    with delivery_entered(workspace, **delivery, lies_there=lambda _copy: True) as copy:
        assert copies_of(workspace) == (copy,)
    with (
        pytest.raises(KeyboardInterrupt),
        delivery_entered(workspace, **delivery, lies_there=lambda _copy: False),
    ):
        raise KeyboardInterrupt
    assert copies_of(workspace) == (copy,)
    assert copy.cuts == {story_id: "a" * 64}
    listed = run_cli("copies", "list").out
    assert "2999-01-31" in listed
    assert "\n  package.zip\n" in listed, "on a line of its own, to be taken from there whole"
    assert json.loads(run_cli("copies", "list", "--json").out)[0]["form"] == "scorm"


def _cut_of(workspace: Workspace, story_id: str) -> str:
    cut = read_cut(workspace.story(story_id).cut)
    assert cut
    return cut.hash


def test_a_new_film_names_the_deliveries_that_hold_the_old_one(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id, other = released(workspace, "One"), released(workspace, "Other")
    cuts = {each: _cut_of(workspace, each) for each in (story_id, other)}
    given: dict[str, Any] = {
        "audience": "training",
        "to": "Learning team",
        "role": "editor",
        "on": clock.today(),
    }

    def deliver(form: CopyForm, cuts: dict[str, str], **more: str) -> str:
        return record_copy(
            workspace, [story_id, other], medium="download", form=form, cuts=cuts, **given, **more
        ).id

    whole, thin, slides = deliver("scorm", cuts), deliver("scorm-thin", {}), deliver("slides", cuts)
    assert "earlier film" not in run_cli("copies", "list").out
    assert "earlier film" not in run_cli("status").out
    remake_cut(workspace, story_id, "One anew")
    listed = run_cli("copies", "list", story_id).out
    assert f"{whole}, whole SCORM package, to Learning team, holds an earlier film of" in listed
    assert f"{slides}, slides, to Learning team, holds an earlier film of {story_id}" in listed
    assert f"{thin}, thin" not in listed
    assert "earlier film" not in run_cli("copies", "list", other).out
    assert "2 with an earlier film" in run_cli("status", story_id).out
    assert f"carer-stories deliver {slides}\n" in run_cli("status").out
    sign_off(workspace, story_id)
    approve(workspace, story_id)
    built = run_cli("site", "build", "--audience", "trust").out
    assert f"{whole}, whole SCORM package" in built
    newer = deliver("scorm", {**cuts, story_id: "b" * 64}, replaces=whole)
    assert f"{newer} is there to take its place." in " ".join(run_cli("copies", "list").out.split())


def test_a_sooner_day_of_review_names_the_deliveries_that_go_on_after_it(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id, other = released(workspace, "One"), released(workspace, "Other")
    cuts = {each: _cut_of(workspace, each) for each in (story_id, other)}
    forms: list[CopyForm] = ["scorm", "slides", "scorm-thin", ""]
    whole, slides, thin, stick = (
        record_copy(
            workspace,
            [story_id, other],
            medium="download",
            audience="trust",
            to="Learning team",
            on=clock.today(),
            role="editor",
            form=form,
            cuts={} if form == "scorm-thin" else cuts,
            until=Ledger(workspace).read().all(Release)[0].review,
        ).id
        for form in forms
    )
    sooner = clock.today() + timedelta(days=40)
    assert whole not in run_cli("status").out
    sign_off(workspace, story_id, review=sooner)
    listed = " ".join(run_cli("copies", "list", story_id).out.split())
    for copy_id in (whole, slides):
        assert f"carer-stories deliver {copy_id}" in listed
    assert f"what was agreed since is {story_id} until {sooner} alone" in listed
    assert listed.count(f"may be used until {sooner}: it says ") == 3
    assert f"deliver {thin}" not in listed
    assert f"deliver {stick}" not in listed
    assert "3 with a later day than is agreed" in run_cli("status", story_id).out
    assert "later day" not in run_cli("status", other).out
    assert f"or all: carer-stories deliver {story_id} --again" in run_cli("status").out
    # As long again: the copies say what is agreed, or less.
    sign_off(workspace, story_id)
    assert whole not in run_cli("status").out
