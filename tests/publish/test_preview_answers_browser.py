"""Answers in a preview as its contributor gives them: marked, kept, taken away, and brought in."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from films.answers_text import parse_answers
from films.page_text import PageChapter, PageParagraph, read_page
from films.preview_answers import bring_in_answers
from library.core.files import sha256_of
from library.core.timecode import webvtt_time
from library.core.workspace import StoryFolder, Workspace
from library.records.cut import read_cut
from publish.preview import PreviewPack, make_preview
from tests.support import sample_media
from tests.support.answered_preview import (
    NUMBER_WORDS,
    TIMELINE,
    answered_story,
    film_ms,
    spoken,
)
from tests.support.page_checks import by_tab_alone, faults, faults_in_all_forms, watched_page
from tests.support.workspaces import make_workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHOWN = [number for number in range(NUMBER_WORDS) if not 10 <= number <= 14]
SENTENCE = "It is <b>his</b> name & nobody’s business"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A library with a film of forty words that can be played, and its captions of two each."""
    workspace = make_workspace(tmp_path_factory.mktemp("making") / "library")
    folder = answered_story(workspace)
    seconds = str(TIMELINE.duration / 1000)
    sample_media.ffmpeg(
        *("-f", "lavfi", "-i", f"color=c=0x24504f:size=320x180:rate=5:d={seconds}"),
        *("-f", "lavfi", "-i", f"anullsrc=r=8000:cl=mono:d={seconds}", "-shortest"),
        *("-pix_fmt", "yuv420p", "-g", "5", "-movflags", "+faststart", folder.film),
    )
    pairs = [SHOWN[at : at + 2] for at in range(0, len(SHOWN), 2)]
    cues = [
        f"{webvtt_time(film_ms(pair[0]))} --> {webvtt_time(film_ms(pair[-1]) + 900)}\n"
        f"<v Ruth>{said_at(pair)}\n"
        for pair in pairs
    ]
    folder.captions.write_text("\n".join(["WEBVTT\n", *cues]), encoding="utf-8")
    paragraphs = tuple(
        PageParagraph(
            start=film_ms(part[0]), end=film_ms(part[-1]), speaker="Ruth", text=said_at(part)
        )
        for part in (SHOWN[:10], SHOWN[10:])
    )
    chapter = PageChapter(
        id="beginning",
        title="The beginning",
        start=0,
        end=TIMELINE.duration,
        paragraphs=paragraphs,
    )
    page = msgspec.structs.replace(
        read_page(folder.page), duration=TIMELINE.duration, chapters=(chapter,)
    )
    folder.page.write_bytes(msgspec.json.encode(page))
    cut = read_cut(folder.cut)
    assert cut is not None
    artefacts = {name: sha256_of(folder.root / name) for name in cut.artefacts}
    folder.cut.write_bytes(msgspec.json.encode(msgspec.structs.replace(cut, artefacts=artefacts)))
    return workspace


def said_at(numbers: list[int]) -> str:
    return " ".join("somebody" if number == 20 else spoken(number) for number in numbers)


@pytest.fixture(scope="module")
def story(library: Workspace) -> StoryFolder:
    (root,) = library.stories.glob("cs-*")
    return StoryFolder(root)


@pytest.fixture(scope="module")
def pack(
    library: Workspace, story: StoryFolder, tmp_path_factory: pytest.TempPathFactory
) -> PreviewPack:
    made = make_preview(library, story.root.name)
    elsewhere = tmp_path_factory.mktemp("a carer’s desk") / "preview"
    shutil.copytree(made.folder, elsewhere)
    return PreviewPack(made.story, made.cut, made.code, elsewhere, None)


def page_of(pack: PreviewPack) -> str:
    return (pack.folder / "pages" / "stories" / f"{pack.story}.html").as_uri()


@pytest.fixture
def page(browser: Browser, pack: PreviewPack) -> Iterator[Page]:
    own = pack.folder.as_uri()
    with watched_page(browser, own, offline=True, accept_downloads=True) as opened:
        opened.goto(page_of(pack))
        opened.wait_for_selector("[data-remark-bar]:not([hidden])")
        yield opened


def hear(page: Page, at: int) -> None:
    """Stop the film at a moment, as if it had been heard until then."""
    page.evaluate(
        """at => new Promise(done => {
          const media = document.querySelector('[data-media]');
          media.addEventListener('seeked', () => done(null), {once: true});
          const go = () => { media.currentTime = at / 1000; };
          if (media.readyState >= 1) { go(); return; }
          media.addEventListener('loadedmetadata', go);
          media.preload = 'metadata'; // of which a page by itself loads nothing
        })""",
        at,
    )


def mark(page: Page, at: int, what: str) -> None:
    hear(page, at)
    page.locator("[data-remark-bar]").get_by_role("button", name=what).click()
    page.locator("[data-remark-form]").wait_for(state="visible")


def marked(page: Page) -> list[str]:
    return [
        text.replace("\n", " ") for text in page.locator("[data-marked] > li").all_inner_texts()
    ]


def test_marked_kept_over_a_reload_taken_away_and_brought_in(
    page: Page, pack: PreviewPack, library: Workspace, story: StoryFolder, tmp_path: Path
) -> None:
    form = page.locator("[data-remark-form]")
    mark(page, film_ms(3) + 200, "Please cut this")
    assert spoken(3) in form.locator("[data-form-words]").inner_text()
    assert page.evaluate("document.querySelector('[data-media]').paused")
    assert faults_in_all_forms(page, "a mark") == []
    form.get_by_label("In your own words").fill(f"  {SENTENCE}\n")
    form.get_by_role("button", name="Close").click()
    mark(page, film_ms(30) + 500, "Not this name")
    words = form.locator("[data-form-words]").inner_text()
    form.get_by_role("button", name="Earlier words").click()
    assert form.locator("[data-form-words]").inner_text() != words
    form.get_by_role("button", name="Close").click()
    mark(page, 1_000, "This is good")
    form.get_by_role("button", name="Take it back").click()
    page.get_by_label("Yes, with these changes").check()
    page.get_by_label("Anything else").fill("Thank you.")
    assert len(marked(page)) == 2
    page.reload()
    page.wait_for_selector("[data-remark-bar]:not([hidden])")
    first, second = marked(page)
    assert first.startswith("Please cut this at 0:07")
    assert SENTENCE in first
    assert f"{spoken(27)} {spoken(28)}" in second
    assert page.get_by_label("Yes, with these changes").is_checked()
    assert faults_in_all_forms(page, "answers") == []
    with page.expect_download() as coming:
        page.get_by_role("button", name="Save as a file").click()
    assert coming.value.suggested_filename.startswith(f"my-answers-{pack.story}-")
    path = tmp_path / "my-answers.txt"
    coming.value.save_as(path)
    shown = page.locator("[data-answers-text]").input_value()
    assert parse_answers(shown) == parse_answers(path.read_text("utf-8-sig"))
    brought = bring_in_answers(library, path, role="editor")
    assert [(each.after, each.landing) for each in brought.remarks] == [
        (spoken(3), "words"),
        (spoken(28), "words"),
    ]
    assert brought.answers.decision == "changes"
    assert brought.answers.remarks[0].text == SENTENCE
    assert f"{spoken(3)}(?contributor 1: please cut this" in story.editors_copy.read_text()
    # Erased here, they are gone.
    page.get_by_role("button", name="Erase my answers here").click()
    page.get_by_role("button", name="Erase them").click()
    assert marked(page) == []
    assert page.evaluate("Object.keys(localStorage).filter(k => /answers/.test(k))") == []


def test_a_remark_is_heard_again_changed_and_copied_by_hand(page: Page, pack: PreviewPack) -> None:
    mark(page, film_ms(16) + 300, "This is wrong")
    page.get_by_role("button", name="Go on with the film").click()
    page.wait_for_function("() => !document.querySelector('[data-media]').paused")
    page.evaluate("document.querySelector('[data-media]').pause()")
    page.locator("[data-marked]").get_by_role("button", name="Change").click()
    page.locator("[data-remark-form]").get_by_label("This is good").check()
    page.locator("[data-remark-form]").get_by_role("button", name="Close").click()
    assert marked(page)[0].startswith("This is good at 0:17")
    page.locator("[data-marked]").get_by_role("button", name="Hear it again").click()
    page.wait_for_function(
        "() => Math.abs(document.querySelector('[data-media]').currentTime - 16.5) < 1.5"
    )
    page.evaluate("document.querySelector('[data-media]').pause()")
    page.reload()
    page.wait_for_selector("[data-remark-bar]:not([hidden])")
    stops, unreached = by_tab_alone(page)
    assert unreached == []
    assert [stop.name for stop in stops if not stop.ring] == []
    # Where the clipboard is refused, the text itself is selected.
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.evaluate("document.execCommand = () => false")
    page.get_by_role("button", name="Copy as text").click()
    assert page.evaluate("document.activeElement.id") == "answers-text"
    assert parse_answers(page.locator("[data-answers-text]").input_value()).cut == pack.cut


def test_a_browser_that_keeps_nothing_says_so(browser: Browser, pack: PreviewPack) -> None:
    with watched_page(browser, pack.folder.as_uri(), offline=True) as page:
        page.add_init_script(
            "Storage.prototype.setItem = () => { throw new DOMException('no', 'QuotaExceeded') }"
        )
        page.goto(page_of(pack))
        page.wait_for_selector("[data-remark-bar]:not([hidden])")
        assert page.get_by_text("This browser keeps nothing here.").last.is_visible()
        mark(page, film_ms(3), "Please cut this")
        page.get_by_role("button", name="Close").last.click()
        answers = parse_answers(page.locator("[data-answers-text]").input_value())
        assert [each.kind for each in answers.remarks] == ["cut"]


def test_without_a_script_there_is_a_sheet_of_paper(browser: Browser, pack: PreviewPack) -> None:
    with watched_page(
        browser, pack.folder.as_uri(), offline=True, java_script_enabled=False, but="Unsafe attempt"
    ) as page:
        page.goto(page_of(pack))
        assert not page.get_by_role("button", name="Save as a file").is_visible()
        page.get_by_role("link", name="a sheet to print and fill in").click()
        assert page.get_by_role("heading", name="A story").is_visible()
        text = page.locator("main, .page").first.inner_text()
        assert f"{pack.code[:4]} {pack.code[4:]}" in text
        for sentence in ("Please cut this", "Not this name", "I have not decided yet"):
            assert sentence in text
    with watched_page(browser, pack.folder.as_uri(), offline=True) as page:
        page.goto(page_of(pack).replace(".html", "/answer-sheet.html"))
        assert faults_in_all_forms(page) == []


def test_the_four_stay_at_hand_on_a_phone(browser: Browser, pack: PreviewPack) -> None:
    with watched_page(browser, pack.folder.as_uri(), offline=True, has_touch=True) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(page_of(pack))
        page.locator(".turn").last.scroll_into_view_if_needed()
        pressed = page.locator("[data-remark-bar]").get_by_role("button", name="This is wrong")
        page.wait_for_selector(".remark-bar.is-at-hand")
        box = pressed.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 844
        assert faults(page) == []
        page.evaluate("document.querySelector('#answers').scrollIntoView()")
        page.wait_for_selector(".remark-bar:not(.is-at-hand)")
