"""Lists of many stories: on pages that need no script, whole, in order, and gone with a story."""

from __future__ import annotations

import json
import posixpath
import re
from collections import Counter
from datetime import date

import pytest
from msgspec.structs import replace
from selectolax.lexbor import LexborHTMLParser

from library.core.audience import Audience
from library.core.workspace import Workspace
from publish.build_job import build_library
from publish.edition import Edition
from publish.reconciliation.reconcile import reconcile
from publish.render import story_lists
from publish.render.facets import facets_of
from publish.render.pages import render
from publish.render.story_lists import (
    MAX_CARDS,
    ROWS_PER_PAGE,
    STORIES_SCRIPT,
    list_pages,
    new_stories,
    story_list_files,
)
from publish.render.templating import Document
from publish.search.documents import site_documents
from tests.support.editions import (
    CAPTIONS,
    VIDEO,
    chapters,
    edition_of,
    released,
    story_page,
)
from tests.support.long_library import long_edition, story_id
from tests.support.quick_stories import sign_off
from tests.support.training_plans import plan_text, resolved_plan
from tests.support.withdrawn_story import TITLE, paths_naming

COUNT = 300
FURNITURE = ('class="pages"', 'class="orders"', "new-mark", "data-list", "list-place", "<template")


@pytest.fixture(scope="module")
def edition() -> Edition:
    return long_edition(COUNT)


@pytest.fixture(scope="module")
def pages(edition: Edition) -> dict[str, Document]:
    return render(edition)


def _tree(page: Document) -> LexborHTMLParser:
    return LexborHTMLParser(page.body)


def _rows(page: Document) -> list[str]:
    """Ids of the stories in the rows of a page, in their order."""
    links = [row.css_first("a") for row in _tree(page).css(".row")]
    return [str(link.attributes["href"]).rpartition("/")[2][:9] for link in links if link]


def _followed(pages: dict[str, Document], first: str) -> list[str]:
    """Paths of the pages that “Next” leads to, one after the other."""
    paths = [first]
    while link := _tree(pages[paths[-1]]).css_first("a[rel=next]"):
        address = str(link.attributes["href"])
        paths.append(posixpath.normpath(posixpath.join(posixpath.dirname(paths[-1]), address)))
    return paths


@pytest.mark.parametrize(
    "first", ["index.html", "browse/title-1.html", "themes/hope.html", "browse/question-1.html"]
)
def test_each_story_stands_once_on_the_pages_of_a_list(
    edition: Edition, pages: dict[str, Document], first: str
) -> None:
    listed = [row for path in _followed(pages, first) for row in _rows(pages[path])]
    assert Counter(listed).most_common(1)[0][1] == 1
    if first.startswith(("index", "browse/title")):
        assert set(listed) == {story.page.id for story in edition.stories}
    else:
        words = _tree(pages[first]).css_first("h1").text()  # type: ignore[union-attr]
        choices = [choice for facet in facets_of(edition) for choice in facet.choices]
        choice = next(choice for choice in choices if choice.words == words)
        assert listed == [story.page.id for story in choice.stories]
    if first == "index.html":
        assert listed == [story.page.id for story in edition.stories]


def test_no_page_of_a_list_is_long(pages: dict[str, Document]) -> None:
    for path, page in pages.items():
        if not path.startswith("stories/"):
            assert len(_rows(page)) <= ROWS_PER_PAGE, path
            assert len(_tree(page).css(".card")) <= MAX_CARDS, path
            assert len(page.body) < 40_000, path


def test_every_link_between_the_lists_leads_to_a_page(pages: dict[str, Document]) -> None:
    written = {"using-a-story", "support", "help", "about", "confidentiality"}
    for path, page in pages.items():
        for link in _tree(page).css("a[href]"):
            address = re.sub(r"[?#].*", "", str(link.attributes["href"]))
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), address))
            known = target in pages or target.removesuffix(".html") in written
            assert known or not address.endswith(".html"), (path, address)


def test_care_comes_before_the_list_and_the_list_before_long(pages: dict[str, Document]) -> None:
    body = pages["index.html"].body
    before, _, after = body.partition("Look after yourself")
    assert before.count("<a ") <= 2
    assert "<select" not in before
    assert 'id="stories-title"' in after
    assert body.count("<a ") < 90
    for path in _followed(pages, "index.html")[1:]:
        assert "support.html" in pages[path].body


def test_each_row_says_who_tells_it_and_what_it_is_about(pages: dict[str, Document]) -> None:
    row = next(
        row for row in _tree(pages["index.html"]).css(".row") if story_id(3) in str(row.html)
    )
    assert "Told by Parveen. Themes: Being heard, Inpatient ward" in row.text()
    assert "Content note: Describes a crisis." in row.text()
    nobody = next(
        row for row in _tree(pages["index.html"]).css(".row") if story_id(2) in str(row.html)
    )
    assert "Told by" not in nobody.text()


def test_titles_stand_by_the_alphabet_with_a_way_to_each_letter(
    edition: Edition, pages: dict[str, Document]
) -> None:
    titles = {story.page.id: story.page.title for story in edition.stories}
    paths = _followed(pages, "browse/title-1.html")
    ordered = [titles[row][:3] for path in paths for row in _rows(pages[path])]
    assert list(dict.fromkeys(ordered)) == ["“A ", "Émi", "Nob", "The", "Wai"]
    letters = _tree(pages[paths[1]]).css(".letters a")
    assert [letter.text() for letter in letters] == ["A", "E", "N", "T", "W"]
    for letter in letters:
        path, _, name = str(letter.attributes["href"]).removeprefix("../").partition("#")
        assert f'id="{name}"' in pages[path].body


def test_those_of_a_length_stand_by_their_length(pages: dict[str, Document]) -> None:
    lengths = [
        int(minutes)
        for path in _followed(pages, "browse/length-short.html")
        for minutes in re.findall(r", (\d+) minutes</span>", pages[path].body)
    ]
    assert lengths == sorted(lengths)


def test_new_is_what_came_in_the_last_quarter_and_says_since_when(edition: Edition) -> None:
    new = new_stories(edition)
    assert new is not None
    assert len(new.stories) == 23
    assert new.since == new.stories[-1].released == date(2026, 9, 1)
    body = render(edition)["index.html"].body
    assert "23 stories since 1 September 2026" in body


def test_in_a_young_library_new_is_what_came_last() -> None:
    """Forty stories in forty days: a quarter has all of them, a month most."""
    new = new_stories(long_edition(40, days_between=1))
    assert new is not None
    assert [story.page.id for story in new.stories] == [story_id(number) for number in range(6)]
    assert new_stories(long_edition(2, days_between=1)) is None


@pytest.mark.parametrize("days_between", [0, 200])
def test_nothing_is_new_where_nothing_is_newer(days_between: int) -> None:
    """All came on one day; or all but one came long ago, and that one is dated before."""
    edition = long_edition(30, days_between=days_between)
    if days_between:
        edition = replace(edition, on=date(2027, 11, 29))
    assert new_stories(edition) is None
    pages = render(edition)
    assert "since" not in _tree(pages["index.html"]).text()
    assert not [path for path, page in pages.items() if "new-mark" in page.body]


def test_a_few_stories_are_cards_with_nothing_around_them() -> None:
    pages = render(long_edition(4, days_between=0))
    assert not [mark for mark in FURNITURE for page in pages.values() if mark in page.body]
    assert "all-themes.html" not in pages
    assert "browse/title-1.html" not in pages
    body = pages["index.html"].body
    assert len(_tree(pages["index.html"]).css(".card")) == 4
    assert body.index('class="theme-groups"') < body.index("Look after yourself")
    assert list(story_list_files(long_edition(4), ())) == []


def test_one_more_story_than_cards_are_rows_on_one_page() -> None:
    assert len(_tree(render(long_edition(MAX_CARDS))["index.html"]).css(".card")) == MAX_CARDS
    page = render(long_edition(MAX_CARDS + 1))["index.html"]
    assert len(_rows(page)) == MAX_CARDS + 1
    assert 'class="pages"' not in page.body


@pytest.mark.parametrize("count", [1, 30, 31, 59, 61, 1000])
def test_pages_are_filled_evenly(count: int) -> None:
    pages = list_pages(long_edition(count).stories, "browse/newest", first_path="index.html")
    sizes = [len(page.stories) for page in pages]
    assert sum(sizes) == count
    assert max(sizes) <= ROWS_PER_PAGE
    assert min(sizes) >= ROWS_PER_PAGE / 2 or len(sizes) == 1
    assert [page.first for page in pages] == [sum(sizes[:at]) + 1 for at in range(len(sizes))]
    assert max(sizes) - min(sizes) <= 1
    assert all(page.number in page.numbers for page in pages)
    assert all(len(page.numbers) <= 9 for page in pages)


def test_lists_of_themes_with_numbers_in_their_names_stay_apart() -> None:
    """A theme may be called as the second page of another would be."""
    edition = long_edition(200)
    names = ("hope", "hope 2", "hope 2 2", "newest", "title", "question 1")
    renamed = tuple(
        replace(story, page=replace(story.page, themes=names)) for story in edition.stories
    )
    pages = render(replace(edition, stories=renamed))
    followed = [_followed(pages, f"themes/{name.replace(' ', '-')}.html") for name in names]
    assert len({path for paths in followed for path in paths}) == 7 * len(names)
    for name, paths in zip(names, followed, strict=True):
        headings = {_tree(pages[path]).css_first("h1").text() for path in paths}  # type: ignore[union-attr]
        assert headings == {name.capitalize()}


def test_the_script_holds_the_same_stories_and_names_its_build(edition: Edition) -> None:
    ((path, script),) = story_list_files(edition, facets_of(edition))
    assert path == STORIES_SCRIPT
    mark, _, written = script.removeprefix('carerStoriesList("').partition('",')
    data = json.loads(written.removesuffix(");\n"))
    assert [row[0] for row in data["stories"]] == [story.page.id for story in edition.stories]
    assert sorted(data["byTitle"].split()) == sorted(row[0] for row in data["stories"])
    assert f'data-mark="{mark}"' in render(edition)["index.html"].body
    assert not re.search(r"[\w<>&'\"]", mark)
    fewer = replace(edition, stories=edition.stories[1:])
    ((_, other),) = story_list_files(fewer, facets_of(fewer))
    assert mark not in other


def test_of_many_questions_few_are_named_on_each_page() -> None:
    asked = tuple(replace(chapters()[1], title=f"Question {number}?") for number in range(30))
    stories = [released(story_page(story_id(at), chapters=asked), {}) for at in range(2)]
    page = render(edition_of(*stories))["browse/question-1.html"]
    assert len(_tree(page).css("nav a")) == 29
    assert len(_tree(page).css("nav details a")) == 17
    assert "17 more" in page.body


def test_the_search_finds_each_theme_and_question_once(
    edition: Edition, pages: dict[str, Document]
) -> None:
    documents = [document.path for document in site_documents(edition, pages)]
    assert Counter(documents).most_common(1)[0][1] == 1
    assert not [path for path in documents if re.fullmatch(r"(browse|themes)/.*-\d+-\d+.*", path)]
    assert "browse/question-1.html" in documents


def test_many_sessions_stand_under_the_time_they_take() -> None:
    """Each once, with the shortest time it can be cut to, after what to know before leading one."""
    story = released(story_page(VIDEO), {"film.mp4": "a"})
    plan = resolved_plan(plan_text(VIDEO), (story,), CAPTIONS).published
    assert plan is not None
    talk = plan.items[0]
    plans = tuple(
        replace(plan, id=f"plan-{number}", items=(*plan.items, replace(talk, minutes=2 * number)))
        for number in range(1, 41)
    )
    few, many = (
        _tree(render(replace(edition_of(story), plans=plans[:most]))["training/index.html"])
        for most in (12, 40)
    )
    assert len(few.css(".plan-card")) == 12
    assert not few.css("details")
    groups = {group.css_first("h3").text(): group for group in many.css("details")}  # type: ignore[union-attr]
    assert list(groups) == [
        *(f"Up to {minutes} minutes" for minutes in (45, 60, 90)),
        "More than 90 minutes",
    ]
    listed = [str(link.attributes["href"]) for link in many.css("details a")]
    assert sorted(listed) == sorted(f"plan-{number}.html" for number in range(1, 41))
    for words, group in groups.items():
        assert f"{len(group.css('li'))} session" in group.css_first("summary").text()  # type: ignore[union-attr]
        least = [int(minutes) for minutes in re.findall(r">(\d+) minutes", str(group.html))]
        assert "More" in words or all(minutes <= int(words.split()[2]) for minutes in least)
    assert "or in 30," in groups["Up to 45 minutes"].text()
    theme = render(replace(edition_of(story), plans=plans))["themes/confidentiality.html"].body
    assert theme.count('.html" dir="auto">Listening') == 40
    assert theme.partition("34 more sessions")[0].count("Listening") == 6
    body = str(many.html)
    assert body.index("Before you lead one") < body.index("How much time do you have?")


@pytest.mark.parametrize("is_made_again", [True, False])
def test_a_story_that_is_taken_down_leaves_every_page_and_the_page_too_many(
    workspace: Workspace, published: str, monkeypatch: pytest.MonkeyPatch, *, is_made_again: bool
) -> None:
    """No page of a list stays either where the site cannot be made again."""
    monkeypatch.setattr(story_lists, "MAX_CARDS", 0)
    monkeypatch.setattr(story_lists, "ROWS_PER_PAGE", 1)
    # A library keeps the scripts it was made with, and an earlier version had none for this.
    (workspace.assets / "js" / "story-list.js").unlink()
    build_library(workspace, Audience.TRUST)
    listed = set(paths_naming(workspace, published, TITLE))
    lists = {f"public/browse/title-{number}.html" for number in (1, 2)}
    assert {"public/browse/newest-2.html", f"public/{STORIES_SCRIPT}"} <= _lists(workspace)
    assert f"public/{STORIES_SCRIPT}" in listed
    assert listed & lists
    sign_off(workspace, published, "training")
    if not is_made_again:
        workspace.config.write_text("site_name: [", encoding="utf-8")

    reconcile(workspace)

    assert not paths_naming(workspace, published, TITLE)
    left = {"public/browse/title-1.html", f"public/{STORIES_SCRIPT}"} if is_made_again else set()
    assert _lists(workspace) == left
    assert (workspace.public / "assets/js/story-list.js").is_file() == is_made_again


def _lists(workspace: Workspace) -> set[str]:
    paths = [*workspace.public.glob("browse/newest*"), *workspace.public.glob("browse/title*")]
    paths += workspace.public.glob("browse/*.js")
    return {path.relative_to(workspace.root).as_posix() for path in paths}
