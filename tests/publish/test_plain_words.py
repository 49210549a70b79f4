"""Our own pages are in plain words: a reading age of about thirteen, and no endless sentence."""

from __future__ import annotations

import html
import re
from pathlib import Path

import msgspec
import pytest

from publish.edition import Preview
from publish.render.pages import render
from publish.render.templating import Document
from scripts.reading_age import grade, sentences, syllables, words_of
from tests.support.command_line import ROOT
from tests.support.editions import VIDEO, edition_of, released, story_page

HARDEST_GRADE = 7.0
"""Flesch and Kincaid’s grade: years of school. Seven is a reading age of twelve to thirteen."""
LONGEST_SENTENCE = 42
PAGES = sorted((ROOT / "site" / "content").rglob("*.md"))


def words_of_html(body: str) -> str:
    """Return the words of a page that was made: a block of its own ends a sentence."""
    body = re.sub(r"<(svg|option|kbd)\b.*?</\1>", " ", body, flags=re.DOTALL)
    body = re.sub(r"</?(p|li|h\d|d[td]|t[hd]|button|label|div|section)\b[^>]*>", "\n\n", body)
    return html.unescape(re.sub(r"<[^>]+>", "", body))


@pytest.mark.parametrize("page", PAGES, ids=[path.stem for path in PAGES])
def test_our_pages_are_in_plain_words(page: Path) -> None:
    words = words_of(page.read_text(encoding="utf-8"))
    assert grade(words) <= HARDEST_GRADE
    long = [" ".join(sentence) for sentence in sentences(words) if len(sentence) > LONGEST_SENTENCE]
    assert long == []


def made_pages() -> dict[str, Document]:
    """Our own words around a story that says nothing: of the library, empty too, and a preview."""
    page = story_page(VIDEO, title="A story", summary="", content_note="", chapters=(), themes=())
    files = {"film.mp4": "a", "poster.jpg": "b", "captions.vtt": "c"}
    edition = edition_of(released(page, files))
    preview = msgspec.structs.replace(edition, preview=Preview(cut="0" * 64))
    sites = {"library": edition, "empty": edition_of(), "preview": preview}
    return {
        f"{name}: {path}": content
        for name, page in sites.items()
        for path, content in render(page).items()
    }


MADE_PAGES = made_pages()


@pytest.mark.parametrize("page", MADE_PAGES.values(), ids=MADE_PAGES)
def test_the_words_around_a_story_are_plain_too(page: Document) -> None:
    words = words_of_html(page.body)
    assert grade(words) <= HARDEST_GRADE
    long = [" ".join(sentence) for sentence in sentences(words) if len(sentence) > LONGEST_SENTENCE]
    assert long == []


SAID_BY_PAGES = sorted(
    path
    for folder in ("site/publish/render", "site/assets/js", "site/overrides")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in {".html", ".js", ".py"}
)


@pytest.mark.parametrize(
    ("page", "names"),
    [("help.md", r"“([^”]+)”|\*\*([^*]+)\*\*"), ("using-a-story.md", r"“([^”.]+)”")],
)
def test_help_names_things_as_the_pages_do(page: str, names: str) -> None:
    help_text = " ".join((ROOT / "site" / "content" / page).read_text(encoding="utf-8").split())
    said = " ".join(path.read_text(encoding="utf-8") for path in SAID_BY_PAGES)
    said = " ".join((said + (ROOT / "site/publish/offline.py").read_text(encoding="utf-8")).split())
    named = {"".join(match) for match in re.findall(names, help_text)}
    assert sorted(name for name in named if name not in said) == []


def test_the_measure_tells_plain_words_from_others() -> None:
    plain = "We will hear from a carer. Please listen. Then we talk."
    official = (
        "Notwithstanding the aforementioned considerations, organisational confidentiality "
        "obligations necessitate appropriate multidisciplinary communication arrangements."
    )
    assert grade(plain) < 3 < 15 < grade(official)
    assert [syllables(word) for word in ("carer", "information", "heard", "people")] == [2, 4, 1, 2]
