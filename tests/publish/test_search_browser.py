"""The search page as staff meet it: from a question to the moment, over http and from a stick."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from films.page_text import PageChapter, PageParagraph
from library.records.hidden_terms import HiddenTerm
from publish.leaks.scan import LeakRules, find_leaks
from tests.support.editions import (
    CAPTIONS,
    HEARD,
    VIDEO,
    BuiltSite,
    chapters,
    lay_edition,
    story_page,
)
from tests.support.page_checks import faults_in_all_forms, watched_page
from tests.support.training_plans import DEFAULT as PLAN
from tests.support.training_plans import lay_plan
from tests.support.workspaces import make_workspace
from transcribe.editing.inline_markup import NAME_REMOVED

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NIGHT = "cs-7hq4vn"
LONG = (
    f"They sent {NAME_REMOVED} home at three in the morning, and nobody rang me. I said <b>no</b> "
    "& “please wait”. The crisis team had gone. I was on my own with him, and I did not know what "
    "to do, so I sat on the stairs and I listened to every sound in the house until it was light."
)
Look = Callable[..., AbstractContextManager[Any]]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, media: Path) -> Iterator[BuiltSite]:
    """Three stories, one with a redaction, a long answer and letters that HTML would read."""
    from publish.build import build_site
    from publish.serve import serve_pages

    workspace = make_workspace(tmp_path_factory.mktemp("searched") / "library")
    answer = (
        PageParagraph(start=1_000, end=5_000, speaker="Interviewer", text="How was that night?"),
        PageParagraph(start=5_500, end=11_000, speaker="Ruth", text=LONG),
    )
    night = PageChapter(
        id="n", title="What happened at night?", start=0, end=12_000, paragraphs=answer
    )
    edition = lay_edition(
        workspace,
        media,
        story_page(VIDEO),
        story_page(HEARD, title="A different experience", themes=("hope",)),
        story_page(NIGHT, title="Alone at night", themes=("crisis",), chapters=(night,)),
    )
    lay_plan(workspace, edition, PLAN, CAPTIONS)
    build_site(workspace)
    with serve_pages(workspace, 0) as address:
        yield BuiltSite(workspace, address)


@pytest.fixture(params=["http", "file"])
def base(request: pytest.FixtureRequest, library: BuiltSite) -> str:
    return str(getattr(library, request.param))


def _ask(page: Page, words: str) -> str:
    """Search for words, and return the count that the page tells."""
    page.evaluate("document.querySelector('[data-took]')?.removeAttribute('data-took')")
    page.get_by_label("Words to look for").fill(words)
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-took]", state="attached")
    return page.get_by_role("status").inner_text()


def _said(page: Page) -> Locator:
    return page.get_by_role("region", name="What carers said")


def test_from_a_question_to_the_moment_in_the_story(browser: Browser, base: str) -> None:
    with watched_page(browser, base) as page:
        page.goto(f"{base}search.html")
        assert _ask(page, "crisis team").startswith("1 moment in 1 story")
        assert _said(page).locator("mark").all_inner_texts() == ["crisis team"]
        link = page.get_by_role("link", name="Hear it from 0:01 in Alone at night")
        assert link.get_attribute("href") == f"stories/{NIGHT}.html#t=1"
        link.click()
        page.wait_for_url(f"{base}stories/{NIGHT}.html#t=1")
        page.get_by_role(
            "button", name="Play", exact=True
        ).first.click()  # nothing is loaded before
        page.wait_for_function("() => document.querySelector('[data-media]').currentTime >= 1")


def test_words_of_people_are_shown_as_words_and_redactions_whole(
    browser: Browser, base: str
) -> None:
    with watched_page(browser, base) as page:
        page.goto(f"{base}search.html")
        _ask(page, "morning")
        words = page.locator(".found-words").first.inner_text()
        assert words.startswith(f"Ruth: They sent {NAME_REMOVED} home at three in the morning")
        assert "<b>no</b> & “please wait”" in words
        assert page.locator(".found-words b").count() == 0
        _ask(page, "stairs")
        words = page.locator(".found-words").first.inner_text()
        assert "… " in words
        assert words.count("[") == words.count("]")
        assert "Nothing was found" in _ask(page, "removed")


def test_phrases_typing_slips_and_words_nobody_says(browser: Browser, base: str) -> None:
    with watched_page(browser, base) as page:
        page.goto(f"{base}search.html")
        assert _ask(page, '"on my own"').startswith("1 moment in 1 story")
        assert _said(page).locator("mark").all_inner_texts() == ["on my own"]
        assert "Nothing was found" in _ask(page, "“own my on”")
        assert _ask(page, "stiars") == (
            "1 moment in 1 story. Nobody says “stiars”; shown is “stairs”."
        )
        assert "Nothing was found for “xylophone zither”" in _ask(page, "xylophone zither")
        assert "nearly every story" in _ask(page, "the")
        results_text = _ask(page, "rang stairs listen ward")
        assert "No moment has all of these words" in results_text
        assert page.locator(".found-story").count() > 0


def test_every_word_that_was_found_is_shown(browser: Browser, base: str) -> None:
    with watched_page(browser, base) as page:
        page.goto(f"{base}search.html")
        # At both ends of a long answer, and in the question and the answer.
        for words in ("home light", "home light crisis", "night light"):
            assert _ask(page, words).startswith("1 moment in 1 story"), words
            marked = {mark.lower() for mark in _said(page).locator("mark").all_inner_texts()}
            assert marked >= set(words.split()), words
        assert _said(page).locator(".found-words").all_inner_texts()[-1].count(" … ") == 1
        _ask(page, "crisis")
        story = page.locator(".found-story", has=page.get_by_role("link", name="Alone at night"))
        assert story.first.locator("mark").count() > 0
        _ask(page, "hope")
        story = page.locator(".found-story").first
        assert story.locator(".found-themes").inner_text() == "Theme: Hope"
        # A point of a session is found by its title, which is shown above its words.
        _ask(page, "one thing")
        group = page.get_by_role("region", name="Pages")
        for item in group.locator("li.found-story").all():
            assert item.locator("mark").count() > 0, item.inner_text()


def test_a_story_is_found_by_its_title_and_a_page_by_its_words(browser: Browser, base: str) -> None:
    with watched_page(browser, base) as page:
        page.goto(f"{base}search.html")
        _ask(page, "alone")
        heading = page.locator(".found-story h3").first
        assert heading.inner_text() == "Alone at night"
        assert heading.locator("mark").inner_text() == "Alone"
        story = page.locator(".found-story").first
        assert "Content note: Describes a frightening night." in story.inner_text()
        results_text = _ask(page, "accessibility statement")
        assert "page" in results_text
        group = page.get_by_role("region", name="Pages")
        group.get_by_role("link", name=re.compile("Accessibility", re.I)).first.click()
        page.wait_for_url(f"{base}accessibility.html")


def test_a_training_session_is_found_at_its_point_and_its_notes_are_not(
    browser: Browser, base: str
) -> None:
    with watched_page(browser, base) as page:
        page.goto(f"{base}search.html")
        _ask(page, "“call in the evening”")
        link = page.get_by_role("link", name="Listening: a short session")
        link.click()
        page.wait_for_url(f"{base}training/listening.html#point-3")
        page.goto(f"{base}search.html")
        assert "Nothing was found" in _ask(page, "“point out the door”")


def test_a_theme_leaves_only_its_stories_and_the_address_keeps_the_question(
    browser: Browser, base: str
) -> None:
    with watched_page(browser, base) as page:
        # In quotation marks: the word itself, and no other that says the same.
        page.goto(f"{base}search.html?q=“ward”")
        page.wait_for_selector("[data-took]", state="attached")
        assert _said(page).locator("h3 a").all_inner_texts() == [
            "Nobody would talk to me",
            "A different experience",
        ]
        page.get_by_label("Theme", exact=True).select_option(label="Hope")
        page.wait_for_selector("text=1 moment in 1 story.")
        assert page.url == f"{base}search.html?q=%E2%80%9Cward%E2%80%9D&theme=theme-hope"
        assert page.title().startswith("“ward” – Search")
        page.reload()
        page.wait_for_selector("text=1 moment in 1 story.")
        page.go_back()
        page.wait_for_selector("text=2 moments in 2 stories")
        assert page.get_by_label("Theme", exact=True).input_value() == ""
        page.get_by_label("Theme", exact=True).select_option(label="Crisis")
        page.wait_for_selector("text=in this theme")


def test_by_keyboard_alone_from_the_library_to_the_moment(browser: Browser, base: str) -> None:
    with watched_page(browser, base) as page:
        page.goto(f"{base}index.html")
        page.get_by_label("Look for what carers said").focus()
        page.keyboard.type("stairs")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{base}search.html?q=stairs")
        page.wait_for_selector("[data-took]", state="attached")
        names = []
        for _ in range(30):
            page.keyboard.press("Tab")
            at = page.evaluate(
                """() => { const e = document.activeElement;
                  return { name: (e.textContent || e.id).trim(),
                           ring: getComputedStyle(e).outlineStyle !== 'none' }; }"""
            )
            assert at["ring"], at
            names.append(at["name"])
            if at["name"].startswith("Hear it from"):
                break
        assert "search-words" in names
        assert "Alone at night" in names
        page.keyboard.press("Enter")
        page.wait_for_url(f"{base}stories/{NIGHT}.html#t=1")


def test_every_page_leads_to_the_search(browser: Browser, base: str) -> None:
    with watched_page(browser, base) as page:
        for address in ("index.html", f"stories/{VIDEO}.html", "about.html"):
            page.goto(base + address)
            page.get_by_role("link", name="Search", exact=True).click()
            page.wait_for_url(f"{base}search.html")
            link = page.get_by_role("link", name="Search", exact=True)
            assert link.get_attribute("aria-current") == "page"


def test_the_page_is_accessible_in_every_state(browser: Browser, library: BuiltSite) -> None:
    with watched_page(browser, library.http) as page:
        page.goto(f"{library.http}search.html")
        page.wait_for_selector("form:not([hidden])")
        page_faults = faults_in_all_forms(page)
        for words in ("ward", "xylophone", "the", "night listen", "support"):
            _ask(page, words)
            page_faults += [f"{words}: {fault}" for fault in faults_in_all_forms(page, words)]
        assert not page_faults, "\n".join(page_faults)


def test_without_script_the_page_says_how_to_find_a_story(
    browser: Browser, library: BuiltSite
) -> None:
    with watched_page(browser, library.http, java_script_enabled=False) as page:
        page.goto(f"{library.http}search.html")
        assert page.get_by_text("Searching needs JavaScript").is_visible()
        assert not page.locator("form.search").is_visible()
        page.get_by_role("link", name="Crisis").click()
        assert page.get_by_role("link", name="Alone at night").first.is_visible()
        page.goto(f"{library.http}index.html")
        assert not page.locator("form.search").is_visible()


def test_more_is_shown_when_asked_for_and_the_focus_goes_there(
    browser: Browser, media: Path, tmp_path: Path
) -> None:
    from publish.build import build_site

    workspace = make_workspace(tmp_path / "library")
    long = tuple(
        PageChapter(
            id=f"q{number}",
            title=f"Question {number}?",
            start=number * 1_000,
            end=(number + 1) * 1_000,
            paragraphs=(
                PageParagraph(
                    start=number * 1_000,
                    end=(number + 1) * 1_000,
                    speaker="Ruth",
                    text="We waited.",
                ),
            ),
        )
        for number in range(11)
    )
    ids = [f"cs-{number:06d}" for number in range(7)]
    pages = [story_page(story_id, title=f"Story {story_id[-1]}", chapters=long) for story_id in ids]
    lay_edition(workspace, media, *pages)
    build_site(workspace)
    base = workspace.public.as_uri() + "/"
    with watched_page(browser, base) as page:
        page.goto(f"{base}search.html")
        assert _ask(page, "waited").startswith("77 moments in 7 stories")
        assert _said(page).locator(".found-story").count() == 5
        page.get_by_role("button", name="Show more: 2 stories").click()
        page.wait_for_function(
            "() => document.querySelectorAll('.found-group')[0].querySelectorAll('h3').length === 7"
        )
        assert page.evaluate("document.activeElement.textContent") == "Story 5"
        first = page.locator(".found-story").first
        first.get_by_role("button", name="9 more moments in this story").click()
        page.wait_for_function(
            "() => document.querySelector('.found-story').querySelectorAll('li').length === 10"
        )
        first.get_by_role("button", name="1 more moment in this story").click()
        page.wait_for_function(
            "() => document.querySelector('.found-story').querySelectorAll('li').length === 11"
        )
        assert first.get_by_role("button").count() == 0


def test_a_story_taken_away_a_moment_ago_is_not_shown(browser: Browser, tmp_path: Path) -> None:
    """Its own files go at once, the index with the next build: the page must bear that."""
    import shutil

    from publish.build import build_site

    workspace = make_workspace(tmp_path / "library")
    folder = tmp_path / "media"
    folder.mkdir()
    for name in ("film.mp4", "poster.jpg"):
        (folder / name).write_bytes(b"\0\0\0\x10ftypisom\0\0\2\0")
    (folder / "captions.vtt").write_text("WEBVTT\n", encoding="utf-8")
    lay_edition(workspace, folder, story_page(VIDEO), story_page(NIGHT, title="Other"))
    build_site(workspace)
    shutil.rmtree(workspace.public / "stories" / NIGHT)
    base = workspace.public.as_uri() + "/"
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{base}search.html")
    _ask(page, "ward")
    assert _said(page).locator("h3").all_inner_texts() == ["Nobody would talk to me"]
    context.close()


def test_a_file_of_an_earlier_build_is_not_mixed_with_this_one(
    browser: Browser, library: BuiltSite
) -> None:
    """As a browser may have kept it. Old lists with a new index would show the wrong words."""
    context = browser.new_context()
    page = context.new_page()
    page.route(
        "**/search/terms-*.js",
        lambda route: route.fulfill(
            body='carerStoriesIndex("!!","search/terms-0","");', content_type="text/javascript"
        ),
    )
    page.goto(f"{library.http}search.html")
    page.get_by_label("Words to look for").fill("ward")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The library has been renewed since this page was opened.")
    assert page.locator(".found-story").count() == 0
    context.close()


def test_nothing_of_another_story_is_in_the_index_and_a_planted_word_is_found(
    library: BuiltSite, tmp_path: Path
) -> None:
    import shutil

    folder = tmp_path / "public"
    for part in ("search", f"stories/{NIGHT}", f"stories/{VIDEO}"):
        skip = shutil.ignore_patterns("*.mp4", "*.jpg")
        shutil.copytree(library.workspace.public / part, folder / part, ignore=skip)
    ids = frozenset({VIDEO, HEARD, NIGHT})
    name = HiddenTerm("Quillan Thorne", NIGHT, 1, True, False)
    rules = LeakRules(ids, ids, (name,))
    assert find_leaks(folder, rules) == []
    scripts = sorted(folder.rglob("search/*.js")) + sorted(folder.rglob("moments-*.js"))
    assert len(scripts) > 20
    for script in scripts:
        before = script.read_text(encoding="utf-8")
        at = before.rindex('"') if script.name != "index.js" else before.index('"stories":"') + 11
        script.write_text(f"{before[:at]} Quillan Thorne {before[at:]}", encoding="utf-8")
        assert [leak.path for leak in find_leaks(folder, rules)] == [
            script.relative_to(folder).as_posix()
        ]
        script.write_text(before, encoding="utf-8")


@pytest.mark.parametrize("name", ["Howe", "Al", "Atlas", "Izer", "Cann", "Skies"])
def test_what_the_search_itself_says_is_nobodys_name(library: BuiltSite, name: str) -> None:
    """The stemmer knows names and endings that are names: they must not stop a build."""
    ids = frozenset({VIDEO, HEARD, NIGHT})
    rules = LeakRules(ids, ids, (HiddenTerm(name, NIGHT, 1, True, False),))
    leak_paths = {leak.path for leak in find_leaks(library.workspace.public, rules)}
    assert not [path for path in leak_paths if "search" in path]


def test_a_word_hidden_in_its_own_story_alone_is_looked_for_in_its_own_moments(
    library: BuiltSite,
) -> None:
    ids = frozenset({VIDEO, HEARD, NIGHT})
    term = HiddenTerm("stairs", NIGHT, 1, False, False)
    leak_paths = {
        leak.path for leak in find_leaks(library.workspace.public, LeakRules(ids, ids, (term,)))
    }
    assert f"stories/{NIGHT}/moments-0.js" in leak_paths
    assert all(NIGHT in path for path in leak_paths)


def test_a_preview_has_no_search(library: BuiltSite) -> None:
    import msgspec

    from publish.edition import Preview, read_edition
    from publish.render.pages import render

    edition = read_edition(library.workspace)
    preview = msgspec.structs.replace(
        edition, stories=edition.stories[:1], preview=Preview(cut="0" * 64)
    )
    assert "search.html" in render(edition)
    assert "search.html" not in render(preview)


def test_without_chapters() -> None:
    from publish.search.documents import story_document
    from publish.search.shards import search_files

    page = story_page(VIDEO, chapters=(), summary="")
    assert len(story_document(page).passages) == 1
    assert search_files([story_document(page)])
    assert search_files([])
    assert chapters()
