"""The browser's words and stems against the index's: a large made vocabulary, every character."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from publish.search.tokens import fold_word, stem, words_in
from transcribe.editing.inline_markup import NAME_REMOVED

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
ENDINGS = (
    "s es 's s' ed ing ly edly ingly er ers est ness ful fully fulness less lessly ization izer "
    "ation ational al ally ism ist ogist ogy ogi ative icate ement ment ent ant ance ence anci "
    "enci ous ously ousness ive iveness iviti ize y ies ied eed eedly ion iti "
    "aliti biliti able ible li"
)
ODD = (
    "andes atlas bias cosmos early gently howe idly news only singly skies skis sky ugly past "
    "pasted pasting arsenal community emergency general international later organised universe "
    "proceed exceeding succeed evening canning inning earring herring outing dying lying tying "
    "vying added egged offed yes yoyo yyy say saying toy toying hoping hopping falling fizzed "
    "failing filing"
)


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    opened = context.new_page()
    script = ROOT / "site/assets/js/search-words.js"
    opened.evaluate(script.read_text(encoding="utf-8") + "; null")
    yield opened
    context.close()


def vocabulary() -> list[str]:
    """Words of ordinary talk with every ending, the exceptions, and a great many made ones."""
    dice, endings = random.Random(3), ENDINGS.split()
    text = (ROOT / "transcribe/redaction/common_words.txt").read_text(encoding="utf-8")
    known_words = [
        word for word in text.split() if word.isascii() and word.isalpha() and word.islower()
    ]
    words = {*known_words, *ODD.split(), *endings}
    for word in known_words:
        for ending in dice.sample(endings, 12):
            words.add(word + ending)
            words.add(word.rstrip("ey") + ending)
    for _ in range(40_000):
        letters = dice.choices("aeiouyyslltdngrmbpcfwxkvz'", k=dice.randint(1, 6))
        words.add("".join(letters) + dice.choice(["", *endings]))
    words.update(
        "".join(letters) for size in (1, 2, 3) for letters in product("aeybstlwnd'", repeat=size)
    )
    return sorted(words)


def test_a_word_has_the_same_stem_in_the_browser_as_in_the_index(page: Page) -> None:
    words = vocabulary()
    assert len(words) > 50_000
    browser_stems = page.evaluate("words => words.map(window.carerStoriesWords.stem)", words)
    differences = [
        (w, g, stem(w)) for w, g in zip(words, browser_stems, strict=True) if g != stem(w)
    ]
    assert differences == []


def _words_in_browser(page: Page, texts: list[str]) -> list[list[str]]:
    return list(
        page.evaluate(
            "texts => texts.map(t => window.carerStoriesWords.words(t).map(one => one.word))", texts
        )
    )


def test_every_character_parts_or_joins_words_in_the_same_way(page: Page) -> None:
    # What this Python’s Unicode does not know yet, a newer browser may.
    characters = [
        chr(code)
        for code in range(0x20000)
        if unicodedata.category(chr(code)) not in {"Cn", "Cs", "Co"}
    ]
    texts = [f"Xa{character}b {character}’s" for character in characters]
    differences = [
        (f"U+{ord(character):04X}", browser_words)
        for character, text, browser_words in zip(
            characters, texts, _words_in_browser(page, texts), strict=True
        )
        if browser_words != [fold_word(word) for word in words_in(text)]
    ]
    assert differences == []


def test_words_stand_where_the_browser_says(page: Page) -> None:
    text = f"Zoë’s {NAME_REMOVED} son, who’d “waited”"
    browser_words = page.evaluate("text => window.carerStoriesWords.words(text)", text)
    assert [word["word"] for word in browser_words] == ["zoe's", "", "son", "who'd", "waited"]
    assert [text[word["start"] : word["end"]] for word in browser_words if word["word"]] == [
        "Zoë’s", "son", "who’d", "waited"
    ]  # fmt: skip
