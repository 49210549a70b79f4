"""The search of the browser against a plain look through everything that was said."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import pytest

from films.page_text import PageChapter, PageParagraph, StoryPage
from publish.search.documents import SearchDocument, page_document, story_document
from publish.search.shards import search_files
from publish.search.tokens import ASKING_WORDS, STOP_WORDS, fold_word, stem, words_in
from tests.support.editions import story_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ASSETS = Path(__file__).resolve().parents[2] / "site/assets/js"
SCRIPTS = ("search-words.js", "search-lists.js", "search-query.js", "search-index.js")
SPOKEN = (
    "the and I to my was in they told me ward hospital nurse nurses night nights crisis team care "
    "caring carer carer’s listened listening nobody somebody waited waiting phone son daughter "
    "frightened 2019 café naïve assessment assessments discharge discharged follow-up kind kindness"
)
THEMES = ("hope", "crisis")
STORIES = 14


def made(number: int, dice: random.Random) -> StoryPage:
    clock, chapters = 0, []
    for chapter in range(3):
        chapter_start, paragraphs = clock, []
        for _ in range(dice.randint(1, 5)):
            text = " ".join(dice.choices(SPOKEN.split(), k=dice.randint(3, 40))) + "."
            end = clock + 400 * len(text.split())
            paragraphs.append(PageParagraph(start=clock, end=end, speaker="Ruth", text=text))
            clock = end
        title = " ".join(dice.choices(SPOKEN.split(), k=4)) + "?"
        chapters.append(
            PageChapter(
                id=f"q{chapter}",
                title=title,
                start=chapter_start,
                end=clock,
                paragraphs=tuple(paragraphs),
            )
        )
    return msgspec.structs.replace(
        story_page(f"cs-{number:06d}"),
        title=" ".join(dice.choices(SPOKEN.split(), k=3)),
        summary=" ".join(dice.choices(SPOKEN.split(), k=6)),
        themes=(dice.choice(THEMES),),
        chapters=tuple(chapters),
    )


@pytest.fixture(scope="module")
def library() -> list[SearchDocument]:
    dice = random.Random(8)
    pages = [made(number, dice) for number in range(STORIES)]
    documents = [story_document(page, themes={page.themes[0]: page.themes[0]}) for page in pages]
    text = " ".join(dice.choices(SPOKEN.split(), k=400))
    return [
        *documents,
        page_document("about.html", "Nurses and carers", f"<p>{text}</p><p>ward</p>"),
    ]


@pytest.fixture(scope="module")
def page(
    browser: Browser, library: list[SearchDocument], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Page]:
    """The index on disk, and the product's scripts that read it, opened as a file."""
    folder = tmp_path_factory.mktemp("index")
    for path, text in search_files(library).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    scripts = "".join(f'<script src="{(ASSETS / name).as_uri()}"></script>' for name in SCRIPTS)
    (folder / "open.html").write_text(f'<meta charset="utf-8">{scripts}', encoding="utf-8")
    context = browser.new_context()
    opened = context.new_page()
    opened.goto((folder / "open.html").as_uri())
    yield opened
    context.close()


ASK = """async ([query, theme]) => {
  const search = window.carerStoriesSearch;
  const answer = await search.find(query, theme);
  const passages = [];
  for (const work of answer.works) {
    for (const one of work.passages) {
      const text = await search.textOf(work.work, one.passage);
      if (search.holds(text, answer)) {
        passages.push([text.path, one.passage - work.first, one.score, one.isWhole]);
      }
    }
  }
  return { passages, relaxed: answer.isRelaxed, unknown: answer.unknown, about: answer.about,
           works: answer.works.length, spelt: answer.spelt.flatMap(term => term.spelt) };
}"""


def answer_to(page: Page, query: str, theme: str = "") -> dict[str, Any]:
    return dict(page.evaluate(ASK, [query, theme]))


def _texts(passage: Any) -> list[list[str]]:
    said = (utterance.text for utterance in passage.utterances)
    texts = [*said, passage.heading, *passage.also]
    return [[stem(fold_word(word)) for word in words_in(text)] for text in texts]


def _says(passage: Any, term: list[str]) -> bool:
    return any(
        text[at : at + len(term)] == term
        for text in _texts(passage)
        for at in range(len(text) - len(term) + 1)
    )


def naive(
    library: list[SearchDocument], terms: list[list[str]], theme: str = ""
) -> set[tuple[str, int]]:
    """Passages that say every term, where the story's own first words may say some of them.

    Words with which questions are asked need not be said, where there are others.
    """
    terms = [
        term for term in terms if term[0].lower() not in ASKING_WORDS or len(term) > 1
    ] or terms
    stems = [[stem(fold_word(word)) for part in term for word in words_in(part)] for term in terms]
    matches = set()
    for document in library:
        if theme and theme not in document.themes:
            continue
        of_all = [_says(document.passages[0], term) for term in stems]
        for number, passage in enumerate(document.passages):
            own = [_says(passage, term) for term in stems]
            if any(own) and all(a or b for a, b in zip(own, of_all, strict=True)):
                matches.add((document.path, number))
    return matches


def _passages_in(answer: dict[str, Any]) -> set[tuple[str, int]]:
    """Return those that have all that was asked; any others must come behind them."""
    whole = [is_whole for _, _, _, is_whole in answer["passages"]]
    of_works: dict[str, list[bool]] = {}
    for path, _, _, is_whole in answer["passages"]:
        of_works.setdefault(path, []).append(is_whole)
    assert all(flags == sorted(flags, reverse=True) for flags in of_works.values())
    assert whole[:1] == [True] or not any(whole)
    return {(path, passage) for path, passage, _, is_whole in answer["passages"] if is_whole}


CONTENT = [word for word in SPOKEN.replace("-", " ").split() if word.lower() not in STOP_WORDS]


def test_words_are_found_wherever_they_are_said(page: Page, library: list[SearchDocument]) -> None:
    dice = random.Random(2)
    queries = [[word] for word in CONTENT]
    queries += [dice.sample(CONTENT, k=dice.randint(2, 4)) for _ in range(60)]
    for words in queries:
        expected = naive(library, [[word] for word in words])
        answer = answer_to(page, " ".join(words))
        if expected:
            assert _passages_in(answer) == expected, words
            assert not answer["relaxed"]
        else:
            assert answer["relaxed"] or not answer["passages"], words


def test_phrases_are_found_whole_and_nowhere_else(
    page: Page, library: list[SearchDocument]
) -> None:
    dice = random.Random(5)
    texts = [
        utterance.text
        for document in library
        for passage in document.passages
        for utterance in passage.utterances
    ]
    phrases = [dice.sample(SPOKEN.replace("-", " ").split(), k=2) for _ in range(30)]
    for _ in range(90):
        words = [fold_word(word) for word in words_in(dice.choice(texts))]
        at, length = dice.randrange(max(1, len(words) - 2)), dice.randint(2, 4)
        phrases.append(words[at : at + length])
    for phrase in (phrase for phrase in phrases if len(phrase) > 1):
        expected = naive(library, [phrase])
        answer = answer_to(page, f"“{' '.join(phrase)}”")
        assert _passages_in(answer) == expected, phrase
        assert answer["about"] == (
            len(phrase) > 2 and bool({stem(word) for word in phrase} & STOP_WORDS)
        )


def test_a_phrase_and_words_together(page: Page, library: list[SearchDocument]) -> None:
    texts = [
        utterance.text
        for document in library
        for passage in document.passages
        for utterance in passage.utterances
    ]
    dice = random.Random(9)
    for _ in range(40):
        words = [fold_word(word) for word in words_in(dice.choice(texts))]
        pairs = [list(two) for two in pairwise(words) if {stem(word) for word in two} - STOP_WORDS]
        if not pairs:
            continue
        phrase, word = dice.choice(pairs), dice.choice(CONTENT)
        expected = naive(library, [phrase, [word]])
        answer = answer_to(page, f'"{" ".join(phrase)}" {word}')
        if expected:
            assert _passages_in(answer) == expected, (phrase, word)


def test_a_theme_leaves_only_its_stories(page: Page, library: list[SearchDocument]) -> None:
    for theme in THEMES:
        for word in CONTENT[::4]:
            assert _passages_in(answer_to(page, word, theme)) == naive(library, [[word]], theme)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hosptal", "hospital"),
        ("ohspital", "hospital"),
        ("xhospital", "hospital"),
        ("hospitall", "hospital"),
        ("hopsital", "hospital"),
        ("hospitel", "hospital"),
        ("asessment", "assessment"),
        ("asessments", "assessment"),
        ("nigth", "night"),
        ("naive", "naïve"),
        ("CAFE", "café"),
        ("carers", "carer’s"),
        ("NURSE'S", "nurses"),
        ("listens", "listened"),
    ],
)
def test_one_wrong_letter_accents_and_endings_do_no_harm(
    page: Page, library: list[SearchDocument], typed: str, meant: str
) -> None:
    answer = answer_to(page, typed)
    assert _passages_in(answer) == naive(library, [[meant]])
    assert len(answer["passages"]) > 0


def test_two_wrong_letters_or_a_short_word_are_not_guessed(page: Page) -> None:
    for word in ("hxsptal", "wrd", "sun", "zzz"):
        answer = answer_to(page, word)
        assert answer["passages"] == []
        assert answer["unknown"] == [word]


def test_a_word_that_nobody_says_is_told_and_the_rest_is_found(
    page: Page, library: list[SearchDocument]
) -> None:
    answer = answer_to(page, "ward xylophone")
    assert answer["unknown"] == ["xylophone"]
    assert _passages_in(answer) == naive(library, [["ward"]])


def _story(number: int, title: str, question: str, *told: str) -> SearchDocument:
    """Return a story of one answer, each of its paragraphs a moment."""
    paragraphs = tuple(
        PageParagraph(start=at * 30_000, end=at * 30_000 + 30_000, speaker="Ruth", text=text)
        for at, text in enumerate(told)
    )
    end = paragraphs[-1].end
    chapter = PageChapter(id="q", title=question, start=0, end=end, paragraphs=paragraphs)
    page = msgspec.structs.replace(
        story_page(f"cs-00000{number}"), title=title, summary="", chapters=(chapter,)
    )
    return story_document(page)


@contextmanager
def _opened(browser: Browser, stories: list[SearchDocument]) -> Iterator[Page]:
    files = search_files(stories)
    context = browser.new_context()
    page = context.new_page()
    page.route("**/open.html", lambda route: route.fulfill(body="<p>", content_type="text/html"))
    page.route(
        "**/*.js",
        lambda route: route.fulfill(
            body=files[urlsplit(route.request.url).path[1:]], content_type="text/javascript"
        ),
    )
    page.goto("http://library.example/open.html")
    for name in SCRIPTS:
        page.evaluate((ASSETS / name).read_text(encoding="utf-8") + "; null")
    yield page
    context.close()


def test_titles_come_before_questions_and_questions_before_talk(browser: Browser) -> None:
    """One word: in a title, in a question, and only in what somebody said."""
    talk = "They rang us and we waited for a long time. " * 4
    stories = [
        _story(1, "Waiting", "What happened?", f"{talk} Discharge was one word of many."),
        _story(2, "Waiting", "What about discharge?", talk),
        _story(3, "The discharge", "What happened?", talk),
    ]
    with _opened(browser, stories) as page:
        answer = answer_to(page, "discharge")
        order = list(dict.fromkeys(path for path, *_ in answer["passages"]))
        assert order == [f"stories/cs-00000{number}.html" for number in (3, 2, 1)]


def test_the_moments_of_one_answer_are_counted_together(browser: Browser) -> None:
    """Its words are said over two moments: it leads to the one that has more of them."""
    talk = "We sat there for a long time and looked at the wall. " * 5
    stories = [
        _story(1, "One", "What happened?", f"The doctor came. {talk}", talk),
        _story(2, "Two", "What happened?", talk, f"A doctor. {talk}", f"Keys, a kettle. {talk}"),
        _story(3, "Three", "What happened?", f"There was a kettle. {talk}"),
    ]
    with _opened(browser, stories) as page:
        answer = answer_to(page, "doctor kettle keys")
        assert answer["passages"][0][:2] == ["stories/cs-000002.html", 3]
        assert [path for path, *_ in answer["passages"]].count("stories/cs-000002.html") == 1


def test_of_what_is_only_close_the_best_are_shown_and_no_more(browser: Browser) -> None:
    talk = "They rang us and we waited for a long time. " * 4
    stories = [
        _story(number, f"No {number}", "What happened?", f"{talk} The ward.", talk)
        for number in range(10, 50)
    ]
    stories.append(_story(50, "Of it all", "What happened?", f"{talk} The ward, the doctor.", talk))
    with _opened(browser, stories) as page:
        answer = answer_to(page, "ward doctor xylophone mandolin harpsichord")
        assert answer["works"] <= 20
        assert answer["passages"][0][0] == "stories/cs-0000050.html"
        assert answer_to(page, "ward")["works"] == len(stories)


# Words that these stories lack and that lead to some of theirs, and some that lead nowhere.
UNSAID = "telephone clinic evening terrified compassion medic teen expect attentive xylophone the"
FULL_ANSWERS = """async (query) => {
  const lists = window.carerStoriesLists;
  const { relatedOf } = lists;
  const found = async () => {
    const answer = await window.carerStoriesSearch.find(query, "");
    const full = work => work.passages.map(one => one.passage);
    const all = answer.works.flatMap(work => work.passages).length;
    const works = answer.works.filter(work => work.tier < 2).map(full);
    return { works, all, related: answer.related.length };
  };
  const withThem = await found();
  lists.relatedOf = async () => [];
  const without = await found();
  lists.relatedOf = relatedOf;
  return [withThem, without];
}"""


def test_the_thesaurus_neither_takes_a_full_answer_away_nor_moves_one(page: Page) -> None:
    dice = random.Random(21)
    has_related = is_more = 0
    for _ in range(80):
        words = dice.sample(UNSAID.split(), k=dice.randint(1, 2))
        words += dice.sample(CONTENT, k=dice.randint(0, 3))
        query = " ".join(dice.sample(words, k=len(words)))
        ours, without = page.evaluate(FULL_ANSWERS, query)
        assert ours["works"] == without["works"], query
        has_related += ours["related"] > 0
        is_more += ours["all"] > without["all"]
    assert has_related > 40
    assert is_more
