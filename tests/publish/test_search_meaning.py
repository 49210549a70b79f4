"""Sentence meaning: what the search’s files hold of it, and what they do not give away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from publish.search.documents import STORY, Passage, SearchDocument
from publish.search.inverted_index import SIGNS
from publish.search.segments import Utterance
from publish.search.sentence_meaning import (
    meaning_files,
    nearest_codes,
    sentence_vectors,
    word_vectors,
)
from publish.search.shards import search_files

ASKED = "What was it like?"
SIGNS_OF_ONE = 5 + 1 + 64
"""Of a sentence in its file: its passage, the part of it, and its codes."""


def _story(*told: str, question: str = ASKED) -> SearchDocument:
    passages = [Passage((Utterance("", "A summary."),), heading="A story")]
    passages += [
        Passage((Utterance("Interviewer", question), Utterance("Carer", text)), question=question)
        for text in told
    ]
    return SearchDocument("stories/cs-000001.html", "A story", STORY, tuple(passages))


def _nearest(question: str, *told: str) -> str:
    (asked,), of_told = (sentence_vectors([_story(*texts)]) for texts in ((question,), told))
    return told[int((of_told @ asked).argmax())]


def test_a_sentence_is_near_to_one_that_says_it_in_other_words() -> None:
    told = (
        "He burns the toast, and we laugh about it.",
        "They took him away and I was left in the car park.",
        "I put the phone down and cried.",
        "Nobody wrote down what I told them.",
    )
    assert _nearest("weeping after hanging up", *told) == told[2]
    assert _nearest("staff did not document it", *told) == told[3]
    assert _nearest("a joke over breakfast", *told) == told[0]


def test_only_signs_stand_in_the_files_and_no_word() -> None:
    files, count = meaning_files([_story("Sleeping was hard for him.", "The nurse was kind.")])
    assert count == sum(name.startswith("search/vectors-") for name in files)
    for name, part in files.items():
        if name != "search/meaning":
            assert isinstance(part, str)
            assert set(part) <= set(SIGNS), name


def test_words_that_the_table_lacks_change_nothing() -> None:
    plain = meaning_files([_story("She could not talk to me, she said, and rang off.")])
    named = meaning_files(
        [_story("Qzxwv could not talk to me, [name removed] said, and rang off.")]
    )
    without = meaning_files([_story("Xwqvz could not talk to me, she said, and rang off.")])
    assert named == without
    assert plain == without  # “she” has no vector of its own: every story has it


def test_what_only_the_interviewer_says_has_no_meaning_of_a_moment() -> None:
    story = _story("")
    assert meaning_files([story]) == ({}, 0)
    assert '"vectors":0' in search_files([story])["search/index.js"]


def test_words_vectors_are_the_same_in_each_library() -> None:
    first, _ = meaning_files([_story("The ward was quiet.")])
    second, _ = meaning_files([_story("He plays the guitar.", "We walk the dog.")])
    of_words = {name: part for name, part in first.items() if name.startswith("search/vectors-")}
    assert of_words.items() <= second.items()


def test_sentences_that_are_alike_share_a_file_and_each_is_in_one() -> None:
    told = [
        f"{start} {word}, he said to us that day, again and again."
        for word in list(word_vectors().stems)[:800]
        for start in ("The", "A")
    ]
    story = _story(*told)
    files, _ = meaning_files([story, replace(story, kind="Page")])
    groups = [part for name, part in files.items() if name.startswith("search/sentences-")]
    assert len(groups) > 8
    lengths = [len(group) for group in groups if isinstance(group, str)]
    assert sum(lengths) == 1600 * SIGNS_OF_ONE
    assert max(lengths) <= 150 * SIGNS_OF_ONE


def test_codes_are_the_nearest_points() -> None:
    book = word_vectors().sentence_book
    numbers = np.random.default_rng(3).normal(size=(50, 12)).astype(np.float32)
    codes = nearest_codes(numbers, book)
    runs = numbers.reshape(50, 2, 6)
    wanted = ((runs[:, :, None] - book) ** 2).sum(3).argmin(2)
    assert (codes == wanted).all()
