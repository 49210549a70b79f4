"""The agreement at the station: as strong as in the terminal, in steps that fit any window."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from library.consent.agreement_rules import CONTACT_WAYS, NO_CONTACT, NOT_INDEPENDENT
from library.consent.contributors import contributor_of
from library.consent.gate import History
from library.consent.stories import read_history
from library.core.workspace import Workspace
from library.records.wishes import read_wishes
from tests.support import sample_media
from tests.support.live_station import StationClient, StationProcess, station_process
from tests.support.station_page import (
    CONTACT,
    INDEPENDENT,
    WALK_FORM,
    WITH_VOICES,
    Window,
    answer,
    open_window,
    read_form,
    settled_session,
    start_recording,
    to_last_page,
)
from tests.support.station_page import (
    NO_CONTACT as NO_CONTACT_WANTED,
)

if TYPE_CHECKING:
    from playwright.sync_api import Route

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ANSWERED = (
    "May be recorded: picture and voice",
    "A fingerprint may be kept once it is deleted: no",
    f"Reached by: {CONTACT_WAYS['kept']}",
    "not outside the relative’s care",
)
SIZES = {"a small laptop": (1024, 768), "a phone": (390, 844), "twice as large": (640, 400)}
"""Windows in CSS pixels; the last is 1280 × 800 at 200 %."""

# Heights of the page at which what is shown still changes after three frames.
RESTLESS = """async () => {
  const frame = () => new Promise((done) => { requestAnimationFrame(done); });
  const shown = () => [".counter", ".stage .main", ".panel"]
    .map((part) => document.querySelector(part).innerText).join();
  const restless = [];
  for (let height = 380; height < 900; height += 8) {
    document.body.style.height = `${height}px`;
    for (let n = 0; n < 3; n += 1) await frame();
    const seen = new Set();
    for (let n = 0; n < 3; n += 1) { seen.add(shown()); await frame(); }
    if (seen.size > 1) restless.push(height);
  }
  document.body.style.height = "";
  return restless;
}"""

# The recorder ends, and they speak up while the state is this one.
SPOKEN_UP = """([words, key]) => new Promise((done) => {
  const state = document.getElementById("state");
  const speak = () => {
    if (!state.textContent.startsWith(words)) return;
    looking.disconnect();
    if (key) document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    else document.querySelector(".mind-button").click();
    done();
  };
  const looking = new MutationObserver(speak);
  looking.observe(state, { childList: true, characterData: true, subtree: true });
  const recorder = seen.recorders.at(-1);
  recorder.addEventListener("stop", () => setTimeout(speak, 20));
  recorder.stop();
})"""


@pytest.fixture
def station(workspace: Workspace) -> Iterator[StationProcess]:
    with station_process(workspace) as process:
        yield process


@pytest.fixture
def page(station: StationProcess) -> StationClient:
    return station.page


def begin(window: Window, title: str) -> None:
    """Go from the first page to the agreement of a new story."""
    window.press("Begin a new recording")
    window.wait_for_heading("The story")
    window.page.get_by_label("A title for the story").fill(title)
    window.press("Next")
    window.wait_for_heading("Taking part in a recording")


def only_story(workspace: Workspace) -> History:
    (story,) = [path.name for path in workspace.stories.iterdir() if path.name.startswith("cs-")]
    return read_history(workspace, story)


def refusal(window: Window) -> str:
    """Press Next, and return what the page says against it."""
    to_last_page(window)
    window.press("Next")
    window.page.locator(".amiss").wait_for()
    return window.page.locator(".amiss").inner_text()


def test_every_page_of_it_fits_and_back_loses_nothing(
    station: StationProcess, workspace: Workspace
) -> None:
    with open_window(station.page) as window:
        begin(window, "A night call")
        for name, (width, height) in SIZES.items():
            window.page.set_viewport_size({"width": width, "height": height})
            window.page.wait_for_timeout(100)
            walk_through_form(window, name)
        window.page.set_viewport_size({"width": 1024, "height": 768})
        window.press("Back")
        window.wait_for_heading("The story")
        window.press("Next")
        window.wait_for_heading("Taking part in a recording")
        unticked = ".form-words input[type=checkbox]:not(:checked)"
        assert window.page.locator(unticked).count() == 1, "only what may stay empty"
        read_form(window)
        window.wait_for_heading("How to reach them")
        assert "How they can be reached is not said." in refusal(window)
        answer(window, CONTACT, NO_CONTACT_WANTED)
        window.page.get_by_text(NO_CONTACT).wait_for()  # once the refusal has made room for it
        answer(window, CONTACT, "Name and contact are written down here, apart from the story")
        window.page.get_by_label("Name", exact=True).fill("Ruth Made-Up")
        assert "the telephone number or address is missing" in refusal(window)
        assert window.page.get_by_label("Phone or email").is_visible(), "it is turned to"
        counted = [window.page.locator(part).text_content() for part in ("#live", ".counter")]
        assert counted[0] in ("", counted[1]), "a screen reader hears of no other page"
        window.page.get_by_label("Phone or email").fill("0161 496 0000 after six")
        to_last_page(window)
        press_next_twice_while_it_is_checked(window)
        window.wait_for_heading("For you, who took this agreement")
        assert "outside the care of the relative is not said" in refusal(window)
        nothing_moves_under_a_finger(window)
        answer(window, INDEPENDENT, "No")
        window.page.get_by_text(NOT_INDEPENDENT).wait_for()
        assert "whether the person could decide was not considered" in refusal(window)
        while not window.page.get_by_role("heading", name="How to reach them").is_visible():
            window.press("Back")
        assert window.page.get_by_label("Phone or email").input_value().endswith("after six")
        to_last_page(window)
        window.press("Next")
        capacity = window.page.get_by_label("I thought about whether they can decide")
        while not capacity.is_visible():
            window.press("Next page")
        with window.page.expect_response("**/api/drafts"):
            capacity.check()
        nothing_that_was_filled_in_is_lost_by_a_reload(window)
        to_last_page(window)
        window.press("Next")
        window.wait_for_heading("Is this right?")
        assert window.page.get_by_text(NOT_INDEPENDENT).is_visible()
        assert not only_story(workspace).agreements, "nothing is recorded before the last step"
        a_page_comes_to_rest_at_any_height(window)
        window.press("They agree: record it")
        window.wait_for_heading("Camera and sound")
        window.press("Back")
        window.wait_for_heading("The agreement is on record")
        assert window.page.get_by_label("Picture and voice").is_checked()
        read_again(window)
        assert window.complaints == []
    history = only_story(workspace)
    (agreement,) = history.agreements
    assert (agreement.independent, agreement.contact, agreement.language) == (
        False,
        "kept",
        "en-GB",
    )
    kept = workspace.story(history.story.id).agreed_forms / f"{agreement.form_code}.html"
    assert "I agree to be recorded" in kept.read_text(encoding="utf-8")
    person = contributor_of(workspace, history.story.id)
    assert person
    assert person.contact == "0161 496 0000 after six"


def test_what_no_agreement_can_do_without_is_told_before_anybody_comes(
    station: StationProcess, workspace: Workspace
) -> None:
    settings = workspace.settings.read_text()
    workspace.settings.write_text(re.sub("(?m)^contact:.*", "contact: TODO", settings))
    with open_window(station.page) as window:
        told = window.page.get_by_text("No new agreement can be taken here yet")
        told.wait_for()
        assert "whom people ask" in window.page.locator("details").first.text_content()
        workspace.settings.write_text(settings)
        told.wait_for(state="detached")
        assert window.complaints == []


def nothing_that_was_filled_in_is_lost_by_a_reload(window: Window) -> None:
    """Go on after a reload: the station has what is typed and not saved, and no disk has it."""
    window.page.reload()
    window.press("Go on with it")
    window.wait_for_heading("Taking part in a recording")
    unticked = ".form-words input[type=checkbox]:not(:checked)"
    assert window.page.locator(unticked).count() == 1, "only what may stay empty"
    to_last_page(window)
    window.press("Next")
    window.wait_for_heading("How to reach them")
    assert window.page.get_by_label("Name", exact=True).input_value() == "Ruth Made-Up"
    to_last_page(window)
    window.press("Next")
    window.wait_for_heading("For you, who took this agreement")


def nothing_moves_under_a_finger(window: Window) -> None:
    """A complaint that was answered is hidden, and its room stays until a page is turned."""
    panel, complaint = window.page.locator(".panel"), window.page.locator(".amiss")
    before = panel.bounding_box()
    shown = panel.inner_text()
    window.page.evaluate(
        "document.querySelector('.panel').dispatchEvent(new Event('change', {bubbles: true}))"
    )
    complaint.wait_for(state="hidden")
    assert (panel.bounding_box(), panel.inner_text()) == (before, shown)


def a_page_comes_to_rest_at_any_height(window: Window) -> None:
    """The label of the button, and where one is, may not change how much room the words have."""
    window.page.set_viewport_size({"width": 390, "height": 900})
    assert window.page.evaluate(RESTLESS) == []
    window.page.set_viewport_size({"width": 1024, "height": 768})


def walk_through_form(window: Window, name: str) -> None:
    """Read every page of the form there and back; tick what is to be ticked on the way."""
    facts = window.page.evaluate(WALK_FORM)
    assert facts["amiss"] == [], name
    assert facts["pages"] > 1, name
    assert "Read it together, or read it out." in facts["first"], name


def read_again(window: Window) -> None:
    """Read what was agreed again; no voice of this computer can read it out here."""
    window.press("Read the agreement again")
    dialog = window.page.get_by_role("dialog")
    dialog.get_by_text("I agree to be recorded.").wait_for()
    answers = dialog.get_by_role("region", name="What was answered").inner_text()
    for line in ANSWERED:
        assert line in answers, answers
    window.page.evaluate("speechSynthesis.getVoices = () => []")
    dialog.get_by_role("button", name="Read it aloud").click()
    dialog.get_by_text("has no voice of its own for English").wait_for()
    window.page.evaluate(f"({WITH_VOICES})(['en_US'])")
    dialog.get_by_role("button", name="Read it aloud").click()
    dialog.get_by_role("button", name="Read it aloud").wait_for()
    spoken = window.page.evaluate("read")
    assert {voice for voice, _ in spoken} == {"here en_US"}, "no voice sends the words elsewhere"
    assert sum("I agree to be recorded" in text for _, text in spoken) == 1
    read_out = " ".join(text for _, text in spoken)
    for line in ANSWERED:
        assert line in read_out, "what was answered is read as well"
    dialog.get_by_role("button", name="Close").click()


def press_next_twice_while_it_is_checked(window: Window) -> None:
    """Press Next, and again before the station answers: the part after this is not left out."""
    held: list[Route] = []
    window.page.route("**/agreement/check", lambda route: held.append(route))
    with window.page.expect_request("**/agreement/check"):
        window.press("Next")
    window.press("Next")
    window.page.evaluate("() => null")  # a second request would have been made by now
    (only,) = held
    only.continue_()
    window.page.unroute("**/agreement/check")


def nothing_is_deleted_that_was_left(window: Window) -> None:
    """A wish that waits for the station is gone once somebody leaves it."""
    dialog = window.page.get_by_role("dialog")
    window.press("Change of mind")
    window.page.route("**/api/**", lambda route: route.abort())
    dialog.get_by_role("button", name="Delete everything of it now").click()
    dialog.get_by_role("button", name="Yes, delete it all now").click()
    dialog.get_by_text("Nothing is deleted yet. It is deleted as soon as").wait_for()
    dialog.get_by_role("button", name="Not yet").click()
    dialog.get_by_role("button", name="Note it for an editor").click()
    dialog.get_by_role("button", name="Note it", exact=True).click()
    dialog.get_by_text("Nothing is noted yet. It is noted as soon as").wait_for()
    window.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    window.page.unroute("**/api/**")
    window.wait_for_heading("The recording has stopped")


def test_a_change_of_mind_ends_a_recording_and_leaves_nothing(
    station: StationProcess, workspace: Workspace
) -> None:
    story = sample_media.agreed_story(workspace)
    with open_window(station.page) as window:
        start_recording(window)
        window.wait_until_recorded(1200)
        window.press("Change of mind")
        dialog = window.page.get_by_role("dialog")
        dialog.get_by_text("The recording is paused.").wait_for()
        dialog.get_by_role("button", name="Go back: nothing changes").click()
        window.wait_for_state("Paused")
        # A browser ends a recorder by itself: whenever they speak up, the next take begins paused.
        for moment in ("Getting ready", "Recording"):
            window.press_below("Go on")
            window.wait_for_state("Recording")
            window.page.evaluate(SPOKEN_UP, [moment, ""])
            dialog.get_by_text("Nothing is being recorded now.").wait_for()
            window.wait_for_state("Paused")
            dialog.get_by_role("button", name="Go back: nothing changes").click()
        window.press_below("Go on")
        window.wait_for_state("Recording")
        window.page.evaluate(SPOKEN_UP, ["Recording", "p"])
        window.wait_for_state("Paused")
        assert len(settled_session(station.page, "paused")["takes"]) == 4
        nothing_is_deleted_that_was_left(window)
        assert read_history(workspace, story).whole_withdrawal is None
        window.press("They have changed their mind")
        dialog.get_by_role("button", name="Delete everything of it now").click()
        dialog.get_by_role("button", name="Yes, delete it all now").click()
        dialog.get_by_role("heading", name="It is taken back, and deleted").wait_for()
        assert window.page.locator("main").inner_text() == "", "it was about what is deleted"
        assert [line for line in window.complaints if line.startswith("error")] == []
        assert story in dialog.locator(".receipt").inner_text()
        assert dialog.locator(".support").is_visible(), "somebody to talk to, as after any deletion"
        assert window.page.locator("#live").text_content() == "", "nothing old is read out"
        dialog.get_by_role("button", name="To the beginning").click()
        window.page.get_by_role("button", name="Begin a new recording").wait_for()
        assert window.page.get_by_text(story).count() == 0, "nothing is offered of it"
    assert read_history(workspace, story).whole_withdrawal
    assert not workspace.story(story).root.exists()


def test_a_story_is_taken_back_under_another_window_only_when_told_so(
    station: StationProcess, workspace: Workspace
) -> None:
    story = sample_media.agreed_story(workspace)
    with open_window(station.page) as window:
        start_recording(window)
        window.wait_until_recorded(1200)
        window.press_below("Pause")
        window.wait_for_state("Paused")
        other = window.page.context.new_page()
        other.goto(f"http://127.0.0.1:{station.page.port}/#{station.page.token}")
        other.get_by_role("button", name="They have changed their mind: ").click()
        other.get_by_role("button", name="Delete everything of it now").click()
        other.get_by_role("button", name="Yes, delete it all now").click()
        other.get_by_text("Nothing is deleted yet: a recording of this story is open").wait_for()
        assert read_history(workspace, story).whole_withdrawal is None
        assert list(workspace.story(story).sessions.glob("*/take-1.webm"))
        other.get_by_role("button", name="Yes, delete it there as well").click()
        other.get_by_role("heading", name="It is taken back, and deleted").wait_for()
        window.page.get_by_role("alert").get_by_text("was deleted from another window").wait_for()
        window.wait_for_state("Not recording")
        assert "Paused" not in window.page.inner_text("body")
        assert "All saved" not in window.page.inner_text("body")
        assert "could not be saved" not in window.page.inner_text("body")
        window.page.get_by_role("button", name="To the beginning").click()
        window.page.get_by_role("button", name="Begin a new recording").wait_for()
    assert not workspace.story(story).root.exists()


def test_the_welcome_page_takes_a_wish_about_a_story_of_today(
    station: StationProcess, workspace: Workspace
) -> None:
    story = sample_media.agreed_story(workspace)
    with open_window(station.page, width=390) as window:
        window.page.get_by_role("button", name="They have changed their mind: ").click()
        dialog = window.page.get_by_role("dialog")
        assert story in dialog.inner_text()
        dialog.get_by_role("button", name="Note it for an editor").click()
        dialog.get_by_label("What do they wish?").fill("Leave out my sister")
        dialog.get_by_role("button", name="Note it", exact=True).click()
        dialog.get_by_role("heading", name="It is noted").wait_for()
        dialog.get_by_role("button", name="Close", exact=True).click()
        station.page.post("/api/stories", title="قصة قصيرة.", questions="being-heard")
        window.page.reload()
        title = window.page.get_by_text("قصة قصيرة.", exact=True)
        assert title.evaluate("(one) => getComputedStyle(one).direction") == "rtl"
        assert window.complaints == []
    assert [wish.words for wish in read_wishes(workspace.story(story))] == ["Leave out my sister"]
    held = read_history(workspace, story).held
    assert held
    assert not held.is_since_restore
    assert "changed their mind" in held.reason


def test_what_was_agreed_stays_as_it_read_then(page: StationClient, workspace: Workspace) -> None:
    story = page.post("/api/stories", title="A", questions="being-heard").data["id"]
    form = page.get(f"/api/stories/{story}/form").data
    body = {
        "read": True,
        "agreed": True,
        "capacity_considered": True,
        "taken_by": "relative",
        "independent": True,
        "contact_way": "none-wanted",
        "code": form["code"],
        "record": "voice",
        "lines": 3,
    }
    faults = page.ask("POST", f"/api/stories/{story}/agreement/check", body).data["faults"]
    assert [fault["field"] for fault in faults] == ["lines"]
    assert page.ask("POST", f"/api/stories/{story}/agreement", body).status == 400
    assert not read_history(workspace, story).agreements
    body["lines"] = 9
    wording = workspace.interviews / "forms" / "participation.md"
    written = wording.read_text(encoding="utf-8")
    wording.write_text(written.replace("I agree to be recorded", "I agree to all"))
    answer = page.ask("POST", f"/api/stories/{story}/agreement", body)
    assert "was changed while you read it" in answer.data["error"]["what"]
    wording.write_text(written)
    assert page.ask("POST", f"/api/stories/{story}/agreement", body).status == 201
    wording.write_text(written.replace("I agree to be recorded", "I agree to all"))
    agreed = page.get(f"/api/stories/{story}/agreed").data
    assert "I agree to be recorded" in agreed["html"]
    assert agreed["code"] == form["code"]
    assert (agreed["recognise_after_erasure"], agreed["independent"]) == (False, True)
    assert agreed["contact_way"] == CONTACT_WAYS["none-wanted"]
    assert agreed["record"] == "voice"
    assert page.get(f"/api/stories/{story}/form").data["code"] != form["code"]


def test_a_trust_that_asks_for_a_scan_is_given_one(
    page: StationClient, workspace: Workspace
) -> None:
    settings = workspace.interviews / "settings.yml"
    settings.write_text(settings.read_text().replace("evidence: witness", "evidence: scan"))
    story = page.post("/api/stories", title="A", questions="being-heard").data["id"]
    body = {
        "read": True,
        "agreed": True,
        "capacity_considered": True,
        "taken_by": "editor",
        "independent": True,
        "contact_way": "on-paper",
    }

    def fields() -> list[str]:
        checked = page.ask("POST", f"/api/stories/{story}/agreement/check", body).data
        return [fault["field"] for fault in checked["faults"]]

    assert fields() == ["paper", "form"]
    body |= {"paper": True, "on": "2020-02-30"}
    assert fields() == ["on", "form"]
    body["on"] = "2026-03-01"
    assert fields() == ["form_version", "form"]
    body["form_version"] = "2"
    path = f"/api/stories/{story}/signed-form/chunks/0?kind="
    assert page.ask("POST", f"{path}exe", raw=b"MZ").status == 400
    assert page.ask("POST", f"{path}jpg", raw=b"a photograph").status == 201
    assert fields() == []
    assert page.ask("POST", f"/api/stories/{story}/agreement", body).status == 201
    (agreement,) = read_history(workspace, story).agreements
    assert agreement.form_version == "2"
    assert str(agreement.on) == "2026-03-01"
    folder: Path = workspace.story(story).signed_forms
    assert [path.read_bytes() for path in folder.iterdir()] == [b"a photograph"]
