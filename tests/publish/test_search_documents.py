"""Moments of a story, words and stems, and what can be found: without a browser."""

from __future__ import annotations

from itertools import pairwise

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from films.page_text import PageChapter, PageParagraph, StoryPage
from publish.search.documents import page_document, story_document
from publish.search.segments import MAX_MOMENT_MS, moments
from publish.search.shards import moment_paths, search_files
from publish.search.signs import NUMBER_LIMIT, SIGNS, numbers_as_text
from publish.search.tokens import STOP_WORDS, fold_word, stem, words_in
from tests.support.editions import VIDEO, story_page
from transcribe.editing.inline_markup import NAME_REMOVED

SPOKEN = "I rang, the ward. Nobody came! Why? “Wait.” Well… he said; 2019 mum’s"
WORDS = st.sampled_from(SPOKEN.split())
TEXTS = st.lists(WORDS, min_size=1, max_size=160).map(" ".join)


@st.composite
def pages(draw: st.DrawFn) -> StoryPage:
    """Paragraphs of two speakers that follow each other, from a blink to some minutes."""
    clock, chapters = 0, []
    for number in range(draw(st.integers(1, 3))):
        chapter_start, paragraphs = clock, []
        for _ in range(draw(st.integers(0, 6))):
            start = clock + draw(st.integers(0, 5_000))
            clock = start + draw(st.integers(0, 200_000))
            speaker = draw(st.sampled_from(["Interviewer", "Ruth"]))
            paragraphs.append(
                PageParagraph(start=start, end=clock, speaker=speaker, text=draw(TEXTS))
            )
        chapters.append(
            PageChapter(
                id=f"q{number}",
                title=f"Question {number}?",
                start=chapter_start,
                end=clock,
                paragraphs=tuple(paragraphs),
            )
        )
    return msgspec.structs.replace(story_page(VIDEO), chapters=tuple(chapters), duration=clock)


@given(page=pages())
@settings(max_examples=150, deadline=None)
def test_every_word_of_a_story_is_in_exactly_one_moment(page: StoryPage) -> None:
    cut = moments(page)
    for number, chapter in enumerate(page.chapters):
        expected_texts = [
            (utterance.speaker, utterance.text)
            for moment in cut
            if moment.chapter == number
            for utterance in moment.utterances
        ]
        words = [(speaker, word) for speaker, text in expected_texts for word in text.split()]
        spoken_words = [
            (paragraph.speaker, word)
            for paragraph in chapter.paragraphs
            for word in paragraph.text.split()
        ]
        assert words == spoken_words


@given(page=pages())
@settings(max_examples=150, deadline=None)
def test_the_times_of_moments_rise_and_none_begins_after_its_first_paragraph_ended(
    page: StoryPage,
) -> None:
    cut = moments(page)
    assert all(earlier.start <= two.start for earlier, two in pairwise(cut))
    for moment in cut:
        chapter = page.chapters[moment.chapter]
        assert chapter.start <= moment.start <= moment.end <= chapter.end
        assert any(
            paragraph.start <= moment.start <= paragraph.end for paragraph in chapter.paragraphs
        )


def talk(duration: int, *texts: str, speaker: str = "Ruth") -> StoryPage:
    """One chapter; every paragraph takes as long."""
    paragraphs = tuple(
        PageParagraph(start=at * duration, end=(at + 1) * duration, speaker=speaker, text=text)
        for at, text in enumerate(texts)
    )
    end = duration * len(texts)
    chapter = PageChapter(id="q", title="What happened?", start=0, end=end, paragraphs=paragraphs)
    return msgspec.structs.replace(story_page(VIDEO), chapters=(chapter,), duration=end)


def test_moments_last_about_half_a_minute() -> None:
    sentence = "They told me to wait until the morning. "
    for duration, texts in (
        (8_000, [sentence] * 40),
        (240_000, [sentence * 60]),
        (25_000, [sentence] * 9),
    ):
        cut = moments(talk(duration, *texts))
        assert len(cut) > 5
        assert all(15_000 <= moment.end - moment.start <= MAX_MOMENT_MS for moment in cut[:-1])


def test_a_long_paragraph_is_cut_between_sentences_and_begins_a_breath_early() -> None:
    page = talk(120_000, " ".join(f"This is what I said as number {n}." for n in range(40)))
    cut = moments(page)
    for moment in cut:
        assert moment.utterances[0].text.startswith("This is")
        assert moment.utterances[-1].text.endswith(".")
    length = len(page.chapters[0].paragraphs[0].text)
    before = len(cut[0].utterances[0].text)
    assert 0 < 120_000 * before // length - cut[1].start <= 1_000


def test_speech_without_a_full_stop_is_cut_between_words() -> None:
    cut = moments(talk(180_000, "and then " * 200))
    assert len(cut) >= 4
    assert all(moment.utterances[0].text.split()[0] in {"and", "then"} for moment in cut)


def decode_numbers(text: str) -> list[int]:
    """Read the numbers as `search-lists.js` does: the first sign says how many belong to one."""
    forms = ((1, 0, 0), (2, 13, 13), (3, 205, 21), (6, 1_357, 23))
    numbers, at = [], 0
    while at < len(text):
        sign = SIGNS.index(text[at])
        length, first, from_sign = next(form for form in reversed(forms) if form[2] <= sign)
        number = sign - from_sign
        for digit in range(1, length):
            number = number * len(SIGNS) + SIGNS.index(text[at + digit])
        numbers.append(number + first)
        at += length
    return numbers


@given(numbers=st.lists(st.integers(0, NUMBER_LIMIT - 1)))
@settings(deadline=None)
def test_numbers_in_signs_are_read_again(numbers: list[int]) -> None:
    assert decode_numbers(numbers_as_text(numbers)) == numbers


def test_signs_spell_nothing() -> None:
    assert len(set(SIGNS)) == len(SIGNS)
    assert not any(sign.isalnum() or sign.isspace() or sign in "\"\\'%&<>-" for sign in SIGNS)


@given(text=st.text())
@settings(max_examples=300, deadline=None)
def test_a_folded_word_stays_as_it_is(text: str) -> None:
    for word in words_in(text):
        once = fold_word(word)
        assert [fold_word(folded) for folded in words_in(once)] == ([once] if once else [])


def test_words_are_compared_without_accents_case_and_curly_apostrophes() -> None:
    folded_words = words_in("Zoë’s CAFÉ, co-ordinator; don’t — 24/7 ‘wait’ o'clock")
    assert [fold_word(word) for word in folded_words] == [
        "zoe's", "cafe", "co", "ordinator", "don't", "24", "7", "wait", "o'clock"
    ]  # fmt: skip
    assert stem("carers") == stem("carer's") == stem("carer") == "carer"


def test_what_was_redacted_is_no_word_and_no_phrase_reaches_across_it() -> None:
    folded_words = [fold_word(word) for word in words_in(f"my son {NAME_REMOVED}, came")]
    assert folded_words == ["my", "son", "", "came"]


def test_common_words_are_their_own_stems() -> None:
    assert {stem(word) for word in STOP_WORDS} == STOP_WORDS


def test_a_page_is_found_by_its_paragraphs_and_not_by_its_menus() -> None:
    body = (
        "<h1>Getting <em>support</em></h1><nav><a>Menu</a></nav><p>Call <b>111</b> &amp; ask.</p>"
        "<ul><li>One</li><li>Two<br>Three</li></ul><form><label>Hidden</label></form>"
        "<script>nothing()</script><p>Last"
    )
    document = page_document("support.html", "Getting support", body)
    assert document.passages[0].heading == "Getting support"
    texts = [utterance.text for passage in document.passages for utterance in passage.utterances]
    assert texts == ["Call 111 & ask.", "One", "Two", "Three", "Last"]


def test_a_story_is_found_by_its_title_question_and_words() -> None:
    document = story_document(story_page(VIDEO), "Film, 1 minute", {"theme-hope": "Hope"})
    assert document.passages[0].heading == "Nobody would talk to me. Hope"
    assert [passage.heading for passage in document.passages[1:]] == [
        "What happened when you first asked for help?",
        "What would you like staff to know?",
    ]
    assert document.path == f"stories/{VIDEO}.html"


def test_every_story_has_the_files_a_build_expects_and_names_hold_nothing_of_a_person() -> None:
    long = talk(20_000, *["They told me to wait. " * 8] * 60)
    files = search_files([story_document(long), page_document("a.html", "Ruth", "<p>Ruth</p>")])
    assert {name for name in files if name.startswith("stories/")} == set(moment_paths(long))
    assert len(moment_paths(long)) > 2
    for name, text in files.items():
        name_alone = name.replace(VIDEO, "")
        assert not any(word in name_alone.lower() for word in ("ruth", "nobody", "hope")), name
        assert text.startswith('carerStoriesIndex("')
        assert text.count("\n") == 1


def test_one_letter_that_changes_makes_another_build_of_every_file() -> None:
    def stamps(text: str) -> set[str]:
        files = search_files([page_document("a.html", "A", f"<p>{text}</p>")])
        return {script.split('"')[1] for script in files.values()}

    assert len(stamps("one")) == 1
    assert stamps("one") != stamps("ones")
