"""Put hints after words of the editor's copy, and leave all else as the editor left it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from capture.questions.question_set import QuestionSet
from transcribe.editing.inline_markup import CopyWord
from transcribe.editing.speaker_turns import Speakers
from transcribe.editing.transcript_markdown import CopyParagraph, EditorsCopy, write_copy
from transcribe.redaction.markup_edits import paragraph_content, reads_as, word_spans

# What is written close to a word after its letters, and the hint that it has already.
_BEHIND_WORD = re.compile(
    r"(?:\\.|[^\s\u200b~\[\]|(\\]|\((?!\?))*(?P<hint>\(\?[^()\\~\[\]|]{0,80}\))?"
)


def with_hints(
    text: str,
    copy: EditorsCopy,
    hints: Mapping[int, str],
    *,
    story: str,
    questions: QuestionSet,
    speakers: Speakers,
) -> str:
    """Return `text`, which parses as `copy`, with these hints after its words, by their number.

    A hint takes the place of the one that is there. The rest stays byte for byte, if that is read
    as it is meant; else the whole copy is written afresh.
    """
    paragraphs = _hinted_paragraphs(copy, hints)
    intended = [paragraph_content(paragraph) for paragraph in paragraphs]
    in_place = _hinted_in_place(text, copy, hints)
    if in_place is not None and reads_as(
        in_place, intended, copy.question_round, questions, speakers
    ):
        return in_place
    return write_copy(
        story, paragraphs, questions, question_round=copy.question_round, unheard=copy.unheard
    )


def last_of_question(words: list[CopyWord], number: int) -> int:
    """Return the number of the last word of the brackets that ask about this word, or its own."""
    question = words[number].question
    while question and number + 1 < len(words) and words[number + 1].question == question:
        number += 1
    return number


def _hinted_paragraphs(copy: EditorsCopy, hints: Mapping[int, str]) -> list[CopyParagraph]:
    paragraphs, first = [], 0
    for paragraph in copy.paragraphs:
        words = tuple(
            replace(word, hint=hints.get(first + number, word.hint))
            for number, word in enumerate(paragraph.words)
        )
        paragraphs.append(replace(paragraph, words=words))
        first += len(words)
    return paragraphs


def _hinted_in_place(text: str, copy: EditorsCopy, hints: Mapping[int, str]) -> str | None:
    """Return `text` with the hints written in, or None where a word is not found there."""
    spans = word_spans(text, copy)
    words = [word for paragraph in copy.paragraphs for word in paragraph.words]
    edits: list[tuple[int, int, str]] = []
    for number, hint in hints.items():
        if number not in spans:
            return None
        end = spans[number][1]
        if words[number].question is not None:
            close = text.find("]]", end)
            if close < 0:
                return None
            end = close + 2
        behind = _BEHIND_WORD.match(text, end)
        start, until = (end, end) if behind is None else (behind.end(), behind.end())
        if behind and behind["hint"] is not None:
            start = behind.start("hint")
        edits.append((start, until, f"(?{hint})"))
    # From the end, so that the positions of earlier words stay right.
    for start, until, written in sorted(edits, reverse=True):
        text = text[:start] + written + text[until:]
    return text
