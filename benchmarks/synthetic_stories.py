"""Make any number of stories for benchmarks, with words as frequent as in real talk.

Words come in the order of their frequency: first what everybody says all the time, then what carers
say, then the English words of Whisper's own vocabulary, which is in that order too. Frequencies
follow Zipf and Mandelbrot, so that the search index's lists are as long as for real stories.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from itertools import accumulate

from films.page_text import PageChapter, PageParagraph, StoryPage

CHAPTERS, TURNS, WORDS = 12, 10, 50
"""A story of 6,000 words, told in forty minutes."""
_TURN_MS = 20_000
_MANDELBROT = 2.7  # added to a word's rank: the value usual for English
_TALK = (
    "i and the to it you a that was he of in my they she we so but on me had for is not have him "
    "her be with this what at all there just know do as like said because when if or out up no one "
    "are about would get really then them his go can could how your time an from who been were "
    "think very even never people want thing day home now help said got back after which see by "
    "over did day right came first work well told way something nobody ward mum son carer staff"
)
_CARERS = (
    "hospital nurse night care crisis team doctor family daughter husband wife mother phone rang "
    "listen worried frightened admitted assessment confidentiality medication discharge "
    "appointment police support tired alone angry guilty relief kindness hope benefits respite "
    "plan review"
)
QUESTIONS = (
    "What happened when you first asked for help?",
    "What was it like to wait?",
    "Who listened to you, and how could you tell?",
    "What did you need to know that nobody told you?",
    "What was said about confidentiality?",
    "How did you look after yourself?",
    "What happened when they came home?",
    "What did a member of staff do that you remember?",
    "What would have made it easier?",
    "What has changed since?",
    "What would you like staff to know?",
    "Is there anything we have not asked?",
)
THEMES = ("first-contact", "confidentiality", "hope", "crisis", "medication", "being-heard")


@lru_cache(maxsize=1)
def vocabulary() -> tuple[list[str], list[float]]:
    """Return words, and for each how often it or one before it is said."""
    words = list(dict.fromkeys((*_TALK.split(), *_CARERS.split(), *_of_whisper())))
    return words, list(accumulate(1 / (rank + _MANDELBROT) for rank in range(len(words))))


def _of_whisper() -> Iterator[str]:
    text = (resources.files("whisper") / "assets" / "gpt2.tiktoken").read_text()
    for line in text.splitlines():
        token = base64.b64decode(line.split()[0]).decode("utf-8", "replace")
        word = token[1:]
        if token.startswith(" ") and len(word) > 3 and word.isalpha() and word.islower():
            yield word


def stories(number: int) -> Iterator[StoryPage]:
    """Yield stories, the same ones every time."""
    rng = random.Random(6)
    for count in range(number):
        yield _story(f"cs-{count:06d}", rng)


def _story(story_id: str, rng: random.Random) -> StoryPage:
    return StoryPage(
        id=story_id,
        title=_sentence(rng, 5).rstrip("."),
        contributor="Ruth",
        summary=_paragraph(rng, 25),
        content_note="",
        themes=tuple(rng.sample(THEMES, 2)),
        question_set="Being heard",
        kind="video",
        duration=CHAPTERS * TURNS * _TURN_MS,
        chapters=tuple(_chapter(number, rng) for number in range(CHAPTERS)),
    )


def _chapter(number: int, rng: random.Random) -> PageChapter:
    begin = number * TURNS * _TURN_MS
    return PageChapter(
        id=f"q{number}",
        title=QUESTIONS[number],
        start=begin,
        end=begin + TURNS * _TURN_MS,
        paragraphs=tuple(
            PageParagraph(
                start=begin + turn * _TURN_MS,
                end=begin + (turn + 1) * _TURN_MS - 500,
                speaker="Ruth",
                text=_paragraph(rng, WORDS),
            )
            for turn in range(TURNS)
        ),
    )


def _paragraph(rng: random.Random, words: int) -> str:
    sentences = []
    while words > 0:
        length = min(words, rng.randint(4, 18))
        sentences.append(_sentence(rng, length))
        words -= length
    return " ".join(sentences)


def _sentence(rng: random.Random, words: int) -> str:
    known, frequencies = vocabulary()
    text = " ".join(rng.choices(known, cum_weights=frequencies, k=words))
    return f"{text[0].upper()}{text[1:]}."
