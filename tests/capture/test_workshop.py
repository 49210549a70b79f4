"""The workshop of question sets: written, pasted, put in order, tried out; nothing overwritten."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from capture.questions.plain_list import read_pasted_list
from capture.questions.question_set import find_question_set, question_set_files
from capture.questions.question_set import parse_question_set as parse
from capture.workshop.set_document import cleaned, document, remarks_of, values_of
from library.core.errors import BadInput
from library.core.workspace import Workspace
from library.local_page.guard import HOST
from tests.support.browser import launch_chromium
from tests.support.live_station import StationProcess, station_process
from tests.support.page_checks import faults, watched_page

if TYPE_CHECKING:
    from playwright.sync_api import Route

WORDS = """
# Our third attempt.
id: ward
version: 4  # one more each time
title: 'On the ward: what we saw'
designed_by: Carer volunteers
opening: >-
  Thank you for coming. Room #4 is free:
  sit where you like.
closing: "yes"
language: cy
questions:
  # Ruth asks this one.
  - id: first
    ask: What was it like, the first time? Ward #4 or another?
    follow_ups:
      - "- a dash"
      - 'now: what?'
    themes: [admission]
  - ask: 1:05
    id: second   # keep it
    lighter: true
# The end.
"""


def test_a_set_is_written_back_word_for_word_with_its_remarks(workspace: Workspace) -> None:
    path = workspace.questions / "ward.yml"
    reading = parse(WORDS.encode(), path)
    values = values_of(reading)
    assert cleaned(values) == values
    remarks = remarks_of(WORDS.encode(), reading)
    moved = values | {"questions": values["questions"][::-1]}
    text = document(moved, remarks)
    assert values_of(parse(text.encode(), path)) == moved
    for remark in ("# Our third attempt.", "# one more each time", "# Ruth asks this one."):
        assert text.count(remark) == 1
    assert text.index("# Ruth asks") > text.index("id: second"), "it stays with its question"
    assert text.rstrip().endswith("# The end.")
    again = parse(text.encode(), path)
    assert document(values_of(again), remarks_of(text.encode(), again)) == text


@pytest.mark.parametrize("name", ["being-heard", "first-contact", "admission-and-discharge"])
def test_the_sets_that_come_with_it_are_kept_whole(workspace: Workspace, name: str) -> None:
    path = workspace.questions / f"{name}.yml"
    reading = parse(path.read_bytes(), path)
    text = document(cleaned(values_of(reading)), remarks_of(path.read_bytes(), reading))
    assert parse(text.encode(), path).record == reading.record


@pytest.mark.parametrize(
    "values",
    [
        {"title": 3},
        {"questions": "Why?"},
        {"questions": [{"ask": ["a", 1]}]},
        {"a b": "c"},
        {"questions": [["ask"]]},
    ],
)
def test_what_is_no_set_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        cleaned(values)


@pytest.mark.parametrize(
    ("pasted", "asked"),
    [
        (
            "What happened?\r\n•\tWho was there?\r\n•\tAnd then?\r\n\r\nHow are you now?\r\n",
            [("What happened?", ("Who was there?", "And then?")), ("How are you now?", ())],
        ),
        ("What happened?\n\nHow are you now?", [("What happened?", ()), ("How are you now?", ())]),
        (
            "Our questions\n1.\tTell me about the day\no\tWho was there?\n2.\tWhat helps?",
            [("Tell me about the day", ("Who was there?",)), ("What helps?", ())],
        ),
        (
            "Going home\nTell us about the day\n- Who came?\nWhat helps now?\n- Who?",
            [("Tell us about the day", ("Who came?",)), ("What helps now?", ("Who?",))],
        ),
        (
            "1. What happened?\no\tWho came?\vAnd then?\nTell me about the night.\n2. What helps?",
            [
                ("What happened?", ("Who came? And then?",)),
                ("Tell me about the night.", ()),
                ("What helps?", ()),
            ],
        ),
        ("• What happened?\n• What helps?", [("What happened?", ()), ("What helps?", ())]),
        (
            "ماذا حدث في ذلك اليوم؟\n•\tمن كان معك؟\nكيف حالك الآن؟",
            [("ماذا حدث في ذلك اليوم؟", ("من كان معك؟",)), ("كيف حالك الآن؟", ())],
        ),
        (
            "Dear all,\n\nplease find below our questions\n\nWhat helps?\n\n•\tAnd then?\n\n"
            "كيف نمت؟\n\n•\tأ) مع من؟\n\nWho came\n\nBest wishes\n\nSue",
            [("What helps?", ("And then?",)), ("كيف نمت؟", ("مع من؟",)), ("Who came", ())],
        ),
        (
            "1. What was the night like?\n\nكيف نمت؟\n•\tمع من؟\nDear all,\nplease find below our "
            "questions\n2. What helps?\n\nWhat happened next\n3. Who was there?",
            [
                ("What was the night like?", ()),
                ("كيف نمت؟", ("مع من؟",)),
                ("What helps?", ()),
                ("What happened next", ()),
                ("Who was there?", ()),
            ],
        ),
    ],
)
def test_pasted_paragraphs_are_questions_and_bullets_follow_ups(
    pasted: str, asked: list[tuple[str, tuple[str, ...]]]
) -> None:
    questions = read_pasted_list(pasted).questions
    assert [(question.ask, question.follow_ups) for question in questions] == asked


@pytest.fixture
def workshop(workspace: Workspace) -> Iterator[StationProcess]:
    with station_process(workspace, command=("questions", "workshop")) as process:
        yield process


@pytest.mark.browser
@pytest.mark.slow
def test_a_volunteer_writes_a_set(workspace: Workspace, workshop: StationProcess) -> None:
    """From nothing to a set that the station takes, with keys, and nobody's words lost."""
    client = workshop.page
    base = f"http://{HOST}:{client.port}/"
    browser = launch_chromium()
    try:
        # The browser writes that a save was refused.
        refused = "Failed to load resource: the server responded with a status of 409"
        with watched_page(browser, base, but=refused) as page:
            page.goto(f"{base}#{client.token}")
            page.get_by_label("What is the conversation called?").fill("Coming home")
            assert faults(page) == []
            page.get_by_role("button", name="Begin it").click()
            page.get_by_text("Paste questions from Word or a mail").click()
            ticks = page.get_by_label("Lighter: from here on")
            ticked = ticks.evaluate_all("boxes => boxes.map((box) => box.checked)")
            assert ticked == [False, False, False], "only somebody who wrote it can say so"
            assert page.locator("#live").text_content() == "", "nothing was typed before"
            page.get_by_label("Paste them here").fill(
                "What was the first night like?\n•\tWhom could you ring?\nWhat has become easier?"
            )
            page.get_by_role("button", name="Make questions of it").click()
            page.get_by_text("2 questions were made of it.").wait_for()
            second = page.get_by_role("listitem", name="Question 2", exact=True)
            second.get_by_label("The question, in the words that are said").focus()
            page.keyboard.press("Alt+ArrowUp")
            page.locator("#live", has_text="Now question 1 of 2.").wait_for(state="attached")
            page.keyboard.press("Alt+ArrowDown")
            page.get_by_label("Who designs it").fill("")
            page.locator(".faults", has_text="There must be words.").wait_for()
            assert page.get_by_label("Who designs it").get_attribute("aria-invalid") == "true"
            page.get_by_label("Who designs it").fill("Carer volunteers")
            page.get_by_text("It can be used.").wait_for()
            assert faults(page) == []
            page.get_by_role("button", name="Save").click()
            page.get_by_text("Saved. It can be used.").wait_for()
            written = find_question_set(workspace, "coming-home")
            assert [question.ask for question in written.questions] == [
                "What was the first night like?",
                "What has become easier?",
            ]
            page.get_by_role("button", name="Try it out").click()
            page.get_by_role("button", name=re.compile("^Next")).click()
            page.get_by_role("heading", name="What was the first night like?").wait_for()
            assert page.get_by_role("button", name="Whom could you ring?").is_visible()
            page.get_by_role("button", name="End the try").click()

            # Somebody writes into the file meanwhile.
            path = workspace.questions / "coming-home.yml"
            theirs = path.read_text().replace("first night", "second night")
            path.write_text(theirs)
            page.get_by_label("What it is about").fill("The first days after the ward.")
            page.get_by_role("button", name="Save", exact=True).click()
            page.get_by_text("changed meanwhile").wait_for()
            assert path.read_text() == theirs
            page.get_by_role("button", name="Save mine as a set of its own").click()
            page.get_by_text("Saved. It can be used.").wait_for()
            assert path.read_text() == theirs
            ours = find_question_set(workspace, "coming-home-ours")
            assert (ours.about, ours.version) == ("The first days after the ward.", 1)
            assert len(question_set_files(workspace)) == 5

            # A try that is left by the browser’s own Back leaves no key behind.
            page.get_by_role("button", name="Try it out").click()
            page.get_by_text("Trying out: nothing is recorded").wait_for()
            page.evaluate("location.hash = ''")
            page.get_by_role("heading", name="Sets of questions").wait_for()
            page.keyboard.press("x")
            assert page.get_by_role("heading", name="Sets of questions").is_visible()
            assert page.locator("body[data-trying]").count() == 0
    finally:
        browser.close()


@pytest.mark.browser
@pytest.mark.slow
def test_no_words_are_lost_beside_a_save_an_undo_or_a_lost_file(
    workspace: Workspace, workshop: StationProcess
) -> None:
    """Typed while a save is under way, before an undo, and into a set whose file goes meanwhile."""
    client = workshop.page
    base = f"http://{HOST}:{client.port}/"
    path = workspace.questions / "first-contact.yml"
    browser = launch_chromium()
    questions: list[str] = []
    try:
        refused = "Failed to load resource: the server responded with a status of 4"
        with watched_page(browser, base, but=refused) as page:
            page.goto(f"{base}#{client.token}")
            page.locator("a[href='#first-contact']").click()
            page.set_default_timeout(10_000)
            about = page.get_by_label("What it is about")
            first = page.get_by_label("The question, in the words that are said").first
            save = page.get_by_role("button", name="Save", exact=True)
            stands = page.locator(".stands")

            about.wait_for()  # or the set itself would be held back, as the save is below
            waiting: list[Route] = []
            page.route("**/api/sets/first-contact", lambda route: waiting.append(route))
            about.fill("Before the save.")
            with page.expect_request("**/api/sets/first-contact"):
                save.click()
            first.fill("What was typed while it was being saved?")
            page.get_by_role("button", name="Move down: question 1").click()
            page.unroute("**/api/sets/first-contact")  # what waits goes on
            page.locator("#live", has_text="typed meanwhile").wait_for(state="attached")
            assert "Not saved yet." in stands.inner_text()
            assert "Before the save." in path.read_text()
            page.once("dialog", lambda dialog: dialog.dismiss())
            page.get_by_role("link", name="All sets").click()
            save.click()
            page.get_by_text("Saved. It can be used.").wait_for()
            moved = find_question_set(workspace, "first-contact").questions
            assert moved[1].ask == "What was typed while it was being saved?"
            assert len({question.id for question in moved}) == len(moved)

            # The button at the end of its way gives the focus to the one beside it.
            page.get_by_role("button", name="Move up: question 2").press("Enter")
            assert page.evaluate("document.activeElement.ariaLabel") == "Move down: question 1"
            save.click()
            page.get_by_text("Saved. It can be used.").wait_for()

            about.fill("Not saved before the undo.")
            page.once("dialog", lambda dialog: (questions.append(dialog.message), dialog.dismiss()))
            page.get_by_role("button", name="Undo the last save").click()
            assert "is not saved" in questions[0]
            assert about.input_value() == "Not saved before the undo."
            page.reload()
            page.get_by_text("Not saved yet. It can be used.").wait_for()
            assert about.input_value() == "Not saved before the undo."

            path.unlink()
            save.click()
            page.get_by_text("deleted or renamed meanwhile").wait_for()
            page.get_by_role("button", name="Save mine again").click()
            page.get_by_text("Saved. It can be used.").wait_for()
            assert find_question_set(workspace, "first-contact").about == (
                "Not saved before the undo."
            )

            # Changed first, and gone when the other state is asked for.
            path.write_text(path.read_text() + "# theirs\n")
            about.fill("Once more.")
            save.click()
            page.get_by_text("changed meanwhile").wait_for()
            assert page.locator("#live").inner_text() == "", "“Saved.” was of the save before"
            path.rename(path.with_name("renamed.yml"))
            page.get_by_role("button", name="Take the other state: mine is dropped").click()
            page.get_by_text("There is no question set").wait_for()
            assert about.input_value() == "Once more."
            save.click()
            page.get_by_role("button", name="Leave it: mine is dropped").click()
            page.get_by_role("heading", name="Sets of questions").wait_for()
    finally:
        browser.close()


@pytest.mark.slow
def test_a_save_names_what_it_began_from_and_can_be_undone(
    workspace: Workspace, workshop: StationProcess
) -> None:
    client = workshop.page
    path = workspace.questions / "being-heard.yml"
    before = path.read_bytes()
    opened = client.get("/api/sets/being-heard").data
    values = opened["values"] | {"title": "Heard at last"}
    saved = client.post("/api/sets/being-heard", values=values, state=opened["state"])
    assert saved.status == 200
    assert find_question_set(workspace, "being-heard").title == "Heard at last"
    late = client.post("/api/sets/being-heard", values=values, state=opened["state"])
    assert (late.status, late.code) == (409, "changed")
    taken = client.post("/api/sets/being-heard", values=values)
    assert taken.status == 400
    assert client.post("/api/sets/..%2Fsettings", values=values).status == 404
    assert client.post("/api/sets/.hidden", values=values).status == 404
    undone = client.post("/api/sets/being-heard/undo", state=saved.data["state"])
    assert undone.status == 200
    assert path.read_bytes() == before
