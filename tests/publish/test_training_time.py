"""The time there is for a session: what fits into it, and a facilitator who chooses it."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from publish.training.feasibility import PlannedSession, suggestions
from publish.training.plan import Break, Importance, PlanItem, ReflectionQuestion, TalkItem
from publish.training.published import AbsentClip, ShownClip
from publish.training.read_plan import load_plan, read_plan
from publish.training.time_available import (
    LENGTHS,
    Points,
    fit,
    fits,
    left_out_by_hand,
    optional_points,
    shown_stories,
)
from tests.support.command_line import ROOT
from tests.support.editions import BuiltSite
from tests.support.page_checks import Open

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PLAN = "training/listening.html"


def _clip(name: str, minutes: int, importance: Importance = "optional") -> ShownClip:
    return ShownClip(
        id=name, title=name, minutes=minutes, importance=importance, story="s", start=0, end=1
    )


def _point(minutes: int, importance: Importance = "optional", about: str = "") -> TalkItem:
    return TalkItem(title="t", minutes=minutes, importance=importance, about=about, say="x")


def test_what_fits_best_is_taken_in_and_the_earlier_points_first() -> None:
    points = [_point(20, "essential"), _point(5), _point(6), _point(5), _point(4)]
    assert fit(points, 30).left_out == (3, 4 + 1), "two of five minutes fill it"
    assert fit(points, 29).takes == 29
    assert fit(points, 40).left_out == (), "everything fits"
    short = fit(points, 15)
    assert (short.takes, short.left_out, short.is_enough) == (20, (2, 3, 4, 5), False)


def test_a_clip_takes_all_that_is_about_it_along() -> None:
    points: Points = [
        _point(10, "essential"),
        _clip("ward", 6),
        _point(8, "essential", about="ward"),
        _point(3, "optional", about="ward"),
        AbsentClip(minutes=9),
        _point(5),
    ]
    assert optional_points(points) == {2: "", 3: "ward", 4: "ward", 6: ""}
    assert fit(points, 30).left_out == (4,), "the clip and what is essential about it, and the last"
    assert fit(points, 23).left_out == (2, 3, 4)
    assert fit(points, 27).left_out == (6,)


def test_a_shorter_session_shows_the_stories_that_are_not_left_out() -> None:
    other = structs.replace(_clip("other", 4), story="t")
    points: Points = [_clip("one", 4), other, _clip("again", 4)]
    assert shown_stories(points, ()) == ("s", "t")
    assert shown_stories(points, (1, 2)) == ("s",)


def test_a_break_only_fills_time_in_a_session_that_is_long_enough_for_one() -> None:
    rest = Break(title="b", minutes=5, importance="optional")
    points = [_point(40, "essential"), rest, _point(30)]
    assert fit(points, 45).left_out == (2, 3)
    assert fit(points, 60).left_out == (3,)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(1, 20), st.booleans(), st.sampled_from(["", "one", "two"])),
        max_size=6,
    ),
    st.integers(5, 60),
)
def test_no_other_choice_fills_the_time_better(
    typed: list[tuple[int, bool, str]], available: int
) -> None:
    """Compared with trying every choice there is."""
    points: list[PlanItem] = [_clip("one", 4), _clip("two", 7, "essential")]
    for minutes, is_optional, about in typed:
        points.append(_point(minutes, "optional" if is_optional else "essential", about))
    optional = optional_points(points)
    clips = {"one": 1, "two": 2}

    def is_allowed(left: tuple[int, ...]) -> bool:
        for number, clip in optional.items():
            item = points[number - 1]
            is_out = number in left
            if clip and clips[clip] in left and not is_out:
                return False
            if clip and item.importance == "essential" and is_out != (clips[clip] in left):
                return False
        return True

    def takes(left: tuple[int, ...]) -> int:
        return sum(item.minutes for number, item in enumerate(points, 1) if number not in left)

    choices = [
        left
        for count in range(len(optional) + 1)
        for left in combinations(optional, count)
        if is_allowed(left)
    ]
    best = max((takes(left) for left in choices if takes(left) <= available), default=None)
    result = fit(points, available)
    assert is_allowed(result.left_out)
    assert result.takes == takes(result.left_out)
    assert result.is_enough == (best is not None)
    assert result.takes == (min(map(takes, choices)) if best is None else best)


def test_what_is_essential_from_a_length_on_is_optional_in_a_shorter_session() -> None:
    play = structs.replace(_point(15, "essential"), essential_from=45)
    about = [_clip("ward", 9, "essential"), structs.replace(play, about="ward")]
    points: Points = [_point(20, "essential"), *about, _point(16)]
    assert optional_points(points) == {3: "", 4: ""}
    assert fit(points, 30).left_out == (3, 4)
    assert fit(points, 44).left_out == (4,), "taken in where it fills the time"
    assert fit(points, 45).left_out == (4,), "though 45 minutes would be full with the other"
    assert left_out_by_hand(points, {3}) == (3,)


def test_a_plan_without_any_mark_is_essential_as_a_whole() -> None:
    (thirty, *_, ninety) = fits([ReflectionQuestion(title="q", minutes=75, ask=("?",))])
    assert (thirty.is_enough, thirty.left_out, ninety.takes) == (False, (), 75)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "interviews/demo/training").glob("*.yml")), ids=lambda path: path.stem
)
def test_every_shipped_plan_has_a_session_for_half_an_hour_and_more(path: Path) -> None:
    plan = load_plan(path)
    by_length = {fit.available: fit for fit in fits(plan.running_order)}
    assert list(by_length) == [*LENGTHS]
    for length in (30, 45):
        assert by_length[length].is_enough
        remaining = [
            item
            for number, item in enumerate(plan.running_order, 1)
            if number not in by_length[length].left_out
        ]
        kinds = {type(item).__name__ for item in remaining}
        assert {"PlannedClip", "EvaluationTime", "ReflectionQuestion"} <= kinds
    assert kinds & {"RolePlay", "Dilemma"}, "there is something to practise"
    session = PlannedSession(read_plan(path), plan, {}, {})
    assert list(suggestions(session)) == [], "its words suit each of them"


# In the browser


def _starts(page: Page) -> list[str]:
    return page.locator(".order tbody tr:visible [data-from]").all_text_contents()


def _points(page: Page) -> list[str]:
    return page.locator(".point:visible h3").all_text_contents()


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["http", "file"])
def test_a_facilitator_chooses_the_time_on_the_page(
    look: Open, whole_site: BuiltSite, scheme: str
) -> None:
    page = look(PLAN, base=str(getattr(whole_site, scheme)))
    everything = _points(page)
    assert "In pairs" in everything
    # By hand: a point out, and the present view, times and address follow.
    page.get_by_role("checkbox", name="In pairs").uncheck()
    assert "In pairs" not in _points(page)
    assert page.url.endswith("?without=4")
    assert _starts(page) == ["0:00", "0:02", "0:08", "0:16", "0:21", "0:23", "0:25"]
    assert "27 minutes (30 planned)" in page.locator(".plan-numbers").inner_text()
    said = page.get_by_role("status").filter(has_text="The session now takes 27 minutes")
    assert "Left out: “In pairs”." in str(said.text_content())
    present = page.get_by_role("link", name="Open the present view")
    assert str(present.get_attribute("href")) == "listening-present.html?without=4"
    assert page.locator("[data-print-what=statements]").is_hidden()
    # The address alone brings it back: a bookmark, or a link that was sent on.
    page.goto(page.url.replace("without=4", "without=4,6,1,99"))
    assert "In pairs" not in _points(page)
    assert "A break" not in _points(page)
    assert "Welcome" in _points(page), "what is essential cannot be left out"
    # By length.
    page.get_by_role("button", name="45 minutes").click()
    assert _points(page) == everything
    assert "for=45" in page.url
    assert page.get_by_role("button", name="45 minutes").get_attribute("aria-pressed") == "true"
    assert "with 15 minutes to spare" in str(page.locator("[data-time-said]").text_content())
    page.get_by_role("button", name="The whole session").click()
    assert "?" not in page.url
    # What only a point that is left out needs is asked for nowhere.
    assert page.get_by_text("Two pens").is_visible()
    assert page.get_by_text("Leave the pair alone").is_visible()
    opening = page.locator("#introduction blockquote")
    assert opening.inner_text().split("\n\n") == [
        "Today we listen.",
        "We also talk two by two.",
        "You may leave at any time.",
    ]
    page.get_by_role("checkbox", name="In pairs").uncheck()
    assert page.get_by_text("Two pens").is_hidden()
    assert "two by two" not in opening.inner_text()
    assert page.get_by_text("Leave the pair alone").is_hidden()
    assert page.get_by_text("Go out with them").is_visible()
    assert page.get_by_text("Sort the statements once more").is_hidden()
    page.get_by_role("link", name="After the session: sheets").click()
    page.get_by_role("textbox", name="The day of the session").fill("2026-09-01")
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save the reminders").click()
    words = saving.value.path().read_text(encoding="utf-8")
    assert "Sort the" not in words
    assert "Ask two carers how it is for them now" in words.replace("\r\n ", "")
    page.get_by_role("link", name="Three months later").click()
    page.wait_for_url("**/three-months.html?without=4")
    assert page.get_by_role("group", name="I feel confident").is_hidden()
    page.get_by_role("link", name="The facilitator’s page").click()
    page.wait_for_url("**/listening.html?without=4")
    page.get_by_role("link", name="Evaluation form").first.click()
    page.wait_for_url("**/listening-evaluation.html?without=4")
    assert page.get_by_role("group", name="I feel confident").is_hidden()
    assert page.get_by_role("group", name="I felt looked after").is_visible()
    # The day that stands beside Save is the day of the forms that are saved.
    page.locator("input[name=looked-after_after][value='4']").check()
    page.get_by_role("button", name="Keep my answers").click()
    page.get_by_label("The day of the session").fill("2026-09-01")
    page.get_by_label("The day of the session").blur()
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save as a file").click()
    assert "2026-09-01" in saving.value.path().read_text(encoding="utf-8")


@pytest.mark.browser
@pytest.mark.slow
def test_a_length_into_which_not_even_the_essential_points_fit_is_told(
    browser: Browser, whole_site: BuiltSite
) -> None:
    """The page is changed on its way, as if one essential point took half an hour longer."""
    context = browser.new_context()
    page = context.new_page()
    words = (whole_site.workspace.public / PLAN).read_text(encoding="utf-8")
    longer = words.replace('data-minutes="6"', 'data-minutes="36"')
    assert longer != words
    page.route("**/listening.html*", lambda route: route.fulfill(body=longer))
    page.goto(f"{whole_site.http}{PLAN}?without=3,4,6,7&for=30")
    said = str(page.locator("[data-time-said]").text_content())
    context.close()
    assert (
        "the session takes 45 minutes. Even the essential points are 15 minutes too long." in said
    )


@pytest.mark.browser
@pytest.mark.slow
def test_what_was_chosen_is_printed(look: Open, whole_site: BuiltSite) -> None:
    page = look(f"{PLAN}?without=4,6&for=30", base=whole_site.http)
    page.emulate_media(media="print")
    assert page.locator("[data-time-said]").is_visible()
    assert page.locator(".time-choice").is_hidden()
    assert page.locator(".order").get_by_text("In pairs").is_hidden()


@pytest.mark.browser
@pytest.mark.slow
def test_without_a_script_the_page_says_what_to_leave_out(
    browser: Browser, whole_site: BuiltSite
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(whole_site.http + PLAN)
    words = re.sub(r"\s+", " ", page.locator("#time").inner_text())
    context.close()
    assert "45 minutes: everything fits." in words
    assert "30 minutes: everything fits." in words
