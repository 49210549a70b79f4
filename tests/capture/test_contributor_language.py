"""The contributor's language: sheets, agreement, questions and closing words in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING

import pytest

from capture.questions import contributor_words
from capture.questions.contributor_words import ContributorWords, languages, words_in
from capture.questions.printing import preview_page, sheets_page
from capture.questions.question_set import find_question_set
from capture.sessions.wording import session_wording
from library.consent.stories import read_history, start_story
from library.core.settings import Settings, SupportLine, load_settings
from library.core.workspace import Workspace
from library.forms.html_page import form_page
from library.forms.placeholders import FormStory
from library.forms.wording import read_wording
from tests.support.command_line import CommandResult
from tests.support.live_station import StationProcess, station_process
from tests.support.page_checks import drawn
from tests.support.station_page import WITH_VOICES, Window, agree_in_full, open_window

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NUMBER = "0303 123 1113"
ASK = "كيف كان يومك؟"
SET = """id: tahiya
version: 1
title: حديث قصير
language: {language}
designed_by: مجموعة المتطوعين
opening: أهلاً بكم.
closing: شكراً لكم.
questions:
  - id: day
    ask: {ask}
    follow_ups: [ماذا حدث بعد ذلك؟]
  - id: rest
    ask: أين تجد الراحة؟
"""


def write_set(workspace: Workspace, language: str = "ar") -> None:
    path = workspace.questions / "tahiya.yml"
    path.write_text(SET.format(language=language, ask=ASK), encoding="utf-8")


def translate_form(workspace: Workspace) -> None:
    """Write a trust's own translation of the form, as short as it can be."""
    form = """---
title: المشاركة في تسجيل
version: "3"
language: ar
---
هذه الاستمارة عن تسجيل قصتكم.

## اختياركم

- [ ] أوافق على التسجيل. اتصلوا بنا على {{ contact }} أو {{ withdrawal }}.
"""
    (workspace.forms / "participation.ar.md").write_text(form, encoding="utf-8")


@pytest.mark.parametrize("language", languages())
def test_each_language_has_every_line(language: str) -> None:
    assert list(contributor_words.faults(language)) == []
    assert words_in(language).missing == ()


def test_a_line_that_is_missing_is_said_in_english_and_says_so(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {key: lines for key, lines in words_in("ar").own.items() if key != "expect"}
    own["before"] = own["before"][:3]
    short = ContributorWords("ar", own)
    assert short.missing == ("before 4", "expect")
    monkeypatch.setattr("capture.sessions.wording.words_in", lambda _language: short)
    monkeypatch.setattr("capture.questions.printing.words_in", lambda _language: short)
    *first, last = session_wording(load_settings(workspace), "ar")["before"]
    assert all(isinstance(line, str) for line in first)
    assert (last["lang"], last["dir"]) == ("en", "ltr")
    write_set(workspace)
    questions = find_question_set(workspace, "tahiya")
    page = preview_page(workspace, questions, load_settings(workspace))
    assert '<h2><span lang="en" dir="ltr">What you can expect</span></h2>' in page


def test_what_is_printed_runs_as_its_language_does(workspace: Workspace) -> None:
    write_set(workspace)
    questions, settings = find_question_set(workspace, "tahiya"), load_settings(workspace)
    for page in (
        sheets_page(workspace, questions, settings),
        preview_page(workspace, questions, settings),
    ):
        assert page.startswith('<!doctype html>\n<html lang="ar" dir="rtl"')
        words = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.S)
        english = ("You can", "Question", "Designed", "version", "To begin", "These are")
        assert [word for word in english if word in words] == []
    write_set(workspace, "no language")
    with pytest.raises(Exception, match="is no language"):
        find_question_set(workspace, "tahiya")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("contact", "number"),
    [
        (NUMBER, NUMBER),
        ("+44 1632 960-123", "+44 1632 960-123"),
        (f"أحمد، {NUMBER} (24h)، غرفة 12", f"{NUMBER} (24h)"),
        ("24/7@trust.example", "24/7@trust.example"),
        ("٠٣٠٣ ١٢٣ ١١١٣", "٠٣٠٣ ١٢٣ ١١١٣"),
        ("أحمد، +۹۸ (۲۱) ۱۲۳-۴۵۶۷، غرفة ١٢", "+۹۸ (۲۱) ۱۲۳-۴۵۶۷"),
    ],
)
def test_a_number_is_drawn_on_paper_as_it_was_typed(
    workspace: Workspace, browser: Browser, contact: str, number: str
) -> None:
    write_set(workspace)
    translate_form(workspace)
    line = SupportLine(name="خط ٢", contact=contact, when="9 - 5", checked=date(2026, 11, 2))
    settings = Settings(trust="مستشفى", contact=contact, withdrawal=contact, support=(line,))
    wording = read_wording(workspace, "participation", "ar")
    form = form_page(workspace, wording, settings, FormStory(), large=False)
    preview = preview_page(workspace, find_question_set(workspace, "tahiya"), settings)
    page = browser.new_page()
    for html, selectors in (
        (form.html, ["main"]),
        (preview, ["section:last-of-type > p", "section:last-of-type > ul"]),
    ):
        page.set_content(html)
        assert [drawn(page, each, number) for each in selectors] == [number for _ in selectors]
    assert drawn(page, "main", "9 - 5") == "9 - 5"
    assert drawn(page, "main", "2 November 2026") == "2 November 2026"
    page.close()


@pytest.fixture
def station(workspace: Workspace) -> Iterator[StationProcess]:
    write_set(workspace)
    translate_form(workspace)
    settings = workspace.settings.read_text(encoding="utf-8")
    own = re.sub(r"(?m)^contact:.*$", f'contact: "{NUMBER}"', settings)
    assert NUMBER in own
    workspace.settings.write_text(own, encoding="utf-8")
    with station_process(workspace) as process:
        yield process


def tongue(window: Window, selector: str) -> tuple[str, str]:
    """Return the language and direction in which the first such element is shown."""
    language, direction = window.page.locator(selector).first.evaluate(
        "(one) => [one.closest('[lang]').lang, getComputedStyle(one).direction]"
    )
    return language, direction


@pytest.mark.browser
@pytest.mark.slow
def test_a_conversation_in_arabic_is_arabic_from_the_agreement_to_the_card(
    station: StationProcess, workspace: Workspace
) -> None:
    with open_window(station.page) as window:
        page = window.page
        window.press("Begin a new recording")
        window.wait_for_heading("The story")
        page.get_by_label("A title for the story").fill("يوم")
        page.get_by_label("The questions").select_option("tahiya")
        window.press("Next")
        window.wait_for_heading("المشاركة في تسجيل")
        assert tongue(window, "main h1") == ("ar", "rtl")
        assert tongue(window, ".form-words p:not(.lede)") == ("ar", "rtl")
        assert drawn(page, ".form-words", NUMBER) == NUMBER
        assert tongue(window, ".form-words .lede") == ("en", "ltr"), "the volunteer’s own"
        agree_in_full(window, record="الصورة والصوت")
        page.get_by_role("button", name="Next", disabled=False).click()
        window.wait_for_heading("Before we start")
        assert tongue(window, "#how-are-you") == ("ar", "rtl")
        assert tongue(window, ".said p") == ("ar", "rtl")
        window.press("Start recording")
        complaint = page.get_by_text("Please choose one.")
        complaint.wait_for()
        page.get_by_label("Well enough").check()
        complaint.wait_for(state="detached")
        window.press("Start recording")
        window.wait_for_state("Recording")
        window.press_below("Next")
        page.get_by_role("heading", name=ASK).wait_for()
        assert tongue(window, "h1.question") == ("ar", "rtl")
        fonts = page.locator("h1.question").evaluate("(one) => getComputedStyle(one).fontFamily")
        assert fonts.endswith(" sans-serif"), "the usual serifs lack letters of Urdu and others"
        assert tongue(window, ".follow-up") == ("ar", "rtl")
        assert tongue(window, ".follow-ups ul")[1] == "rtl", "the first stands at the right"
        assert tongue(window, ".ways button")[1] == "ltr", "controls stay as they are"
        window.wait_until_recorded(1200)
        window.press_below("Stop")
        window.wait_for_heading("The recording has stopped")
        lighter = page.get_by_role("button", name="Ask this as well")
        assert lighter.count() == 0, "nobody has called a question of this set lighter"
        window.press("Decide later")
        window.press("Yes, decide later")
        window.wait_for_heading("كيف حالكم الآن؟")
        assert tongue(window, ".support h2") == ("ar", "rtl")
        checked = window.page.locator(".support p.quiet").inner_text()
        assert checked.startswith("آخر تحقق من هذه المعلومات")
        assert not re.search("[a-z]", checked, re.IGNORECASE), "nor is its day in English"
        page.get_by_label("Well enough").check()
        window.press("Next")
        window.wait_for_heading("شكراً لكم")
        assert tongue(window, ".closing li") == ("ar", "rtl")
        assert tongue(window, ".closing .number")[1] == "ltr"
        (story,) = [one.name for one in workspace.stories.iterdir() if one.name.startswith("cs-")]
        (agreement,) = read_history(workspace, story).agreements
        agreed_form = workspace.story(story).agreed_forms / f"{agreement.form_code}.html"
        assert agreed_form.is_file()
        window.press("Next: a card for the volunteer")
        window.press("Done")
        window.press("To the beginning")
        page.get_by_role("button", name="They have changed their mind: ").click()
        assert tongue(window, "dialog .said p") == ("ar", "rtl"), "the story’s own, also here"
        assert drawn(page, "dialog .said", NUMBER) == NUMBER
        window.press("Go back: nothing changes")
        window.press("Delete it")
        window.press("Yes, delete it now")
        window.wait_for_heading("حُذف التسجيل")
        assert tongue(window, "main h1") == tongue(window, ".said p") == ("ar", "rtl")
        assert tongue(window, ".receipt") == ("en-GB", "ltr")
        window.press("To the beginning")
        an_agreement_on_record_is_in_their_language(window)
        window.press("They have changed their mind")
        window.press("Delete everything of it now")
        window.press("Yes, delete it all now")
        page.get_by_role("heading", name="سُحبت القصة وحُذفت").wait_for()
        assert tongue(window, "dialog h2") == ("ar", "rtl")
        assert window.complaints == []
    assert agreement.language == "ar"


@pytest.mark.browser
@pytest.mark.slow
def test_questions_in_a_language_without_a_form_say_so_beforehand(
    workspace: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    write_set(workspace, "ur")
    gap = (
        "These questions are in Urdu, and there is no form of agreement in it: "
        "the agreement will be in English."
    )
    checked = " ".join(run_cli("questions", "check", "tahiya").out.split())
    assert f"{gap} A translation of it would be interviews/forms/participation.ur.md." in checked
    start_story(workspace, title="Day", questions="tahiya")
    with station_process(workspace) as process, open_window(process.page) as window:
        window.press("They have changed their mind: Day")
        assert tongue(window, "dialog .said > p") == ("en", "ltr")
        assert tongue(window, "dialog .said") == ("ur", "ltr"), "its edge is where its lines begin"
        window.press("Go back: nothing changes")
        window.press("Begin a new recording")
        window.wait_for_heading("The story")
        window.page.get_by_label("A new story").check()
        line, sets = window.page.get_by_text(gap), window.page.get_by_label("The questions")
        sets.select_option("tahiya")
        line.wait_for()
        sets.select_option("being-heard")
        line.wait_for(state="detached")
        translate_form(workspace)
        write_set(workspace)
        sets.select_option("tahiya")
        window.page.locator(".preview ol[lang=ar]").wait_for(state="attached")
        assert window.page.get_by_text("there is no form of agreement").count() == 0
        assert window.complaints == []
    assert "no form of agreement" not in run_cli("questions", "check").out


def an_agreement_on_record_is_in_their_language(window: Window) -> None:
    """The choice is the contributor’s; the volunteer, who ticks it, has it in English as well."""
    window.press("Begin a new recording")
    window.wait_for_heading("The story")
    window.page.get_by_label("A story that is prepared already").check()
    window.press("Next")
    window.wait_for_heading("The agreement is on record")
    assert tongue(window, "fieldset legend") == ("ar", "rtl")
    assert window.page.get_by_role("group", name="ماذا يجوز لنا أن نسجل؟").is_visible()
    english = window.page.locator("fieldset [lang=en-GB]").all_inner_texts()
    assert english == ["Picture and voice.", "Only the voice, no picture at all."]
    window.press("Read the agreement again")
    dialog = window.page.get_by_role("dialog")
    dialog.get_by_text("Taken by").wait_for()
    window.page.evaluate(f"({WITH_VOICES})(['ar'])")
    dialog.get_by_role("button", name="Read it aloud").click()
    dialog.get_by_text("What stands here in English is not read").wait_for()
    dialog.get_by_role("button", name="Read it aloud").wait_for()
    spoken = window.page.evaluate("read")
    assert any("أوافق على التسجيل" in text for _, text in spoken)
    assert not [text for _, text in spoken if "Taken" in text], "no voice reads what it cannot"
    dialog.get_by_role("button", name="Close").click()
