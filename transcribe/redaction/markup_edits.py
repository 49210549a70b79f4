"""Add, change and remove marks about names in the editor's copy.

The rest of the text stays byte for byte as the editor left it, if possible: the new text is parsed
again, and if it does not have exactly the intended content, the whole copy is written afresh.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from capture.questions.question_set import QuestionSet
from library.core.errors import BadInput
from transcribe.editing.inline_markup import (
    NAME_REMOVED,
    CopyWord,
    RedactionMark,
    write_redaction,
    write_words,
)
from transcribe.editing.moved_edges import MovedEdges
from transcribe.editing.speaker_turns import Speakers
from transcribe.editing.transcript_markdown import (
    QUESTION_ROUND_LINE,
    QUESTION_ROUND_PATTERN,
    CopyParagraph,
    EditorsCopy,
    parse_copy,
    write_copy,
)
from transcribe.redaction.normalise import split_token
from transcribe.words import normalised, tokens_of

_LINE = re.compile(r"\r\n|\r|\n")
# A hint that a word was heard unsurely: (?) or (?CPA).
_HINT = re.compile(r"(?<!\\)\(\?[^()\\~\[\]|]{0,80}\)")
_MOVED_EDGES = re.compile(r"\{[^{}\w]*\d[^{}]*\}")
# The time at the start of a paragraph, with the beginning of a cut before or after it.
_CUT_AND_STAMP = re.compile(r"\s*(?:~~\s*)?(?:\[\d{1,3}(?::\d{1,2}){1,2}\]\s*)?(?:~~\s*)?")


@dataclass(frozen=True)
class MarkChange:
    """A redaction to put on words `first` up to, not including, `last`, all of one paragraph."""

    first: int
    last: int
    replacement: str = ""
    is_question: bool = False
    """True to ask the editor about a name, `[[?…]]`, instead of redacting it."""
    removes_mark: bool = False
    """True to remove the mark that is there, and put none."""


def apply_changes(
    text: str,
    copy: EditorsCopy,
    changes: Sequence[MarkChange],
    *,
    question_round: int,
    story: str,
    questions: QuestionSet,
    speakers: Speakers,
    labels: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return `text`, which parses as `copy`, with the changes made.

    `question_round` is the number of the round of questions about names that the text then has.
    `labels` are names of those who speak, each with what takes its place.
    """
    changes = _of_whole_questions(copy, changes)
    paragraphs = _changed_paragraphs(copy, changes, labels)
    intended = [paragraph_content(paragraph) for paragraph in paragraphs]
    in_place = _changed_in_place(text, copy, changes, labels)
    if in_place is not None:
        in_place = _with_question_round(in_place, story, question_round)
        if reads_as(in_place, intended, question_round, questions, speakers):
            return in_place
    written = write_copy(
        story, paragraphs, questions, question_round=question_round, unheard=copy.unheard
    )
    if not labels or reads_as(written, intended, question_round, questions, speakers):
        return written
    # A new name is told from words by the time before it.
    return write_copy(
        story,
        _stamped(paragraphs),
        questions,
        question_round=question_round,
        unheard=copy.unheard,
    )


def _of_whole_questions(copy: EditorsCopy, changes: Sequence[MarkChange]) -> list[MarkChange]:
    """Return the changes, each on the whole of every question it touches, none on the same words.

    Of “[[?943 .|[number]]]” the question is about the number alone. Half a bracket cannot stay: it
    would be written whole again, and its words twice.
    """
    tokens = [token for paragraph in copy.paragraphs for token in paragraph.words]
    by_first: dict[int, MarkChange] = {}
    for change in changes:
        first, last = change.first, change.last
        while first and (mark := tokens[first].question) and tokens[first - 1].question == mark:
            first -= 1
        while last < len(tokens) and (mark := tokens[last].question):
            if tokens[last - 1].question != mark:
                break
            last += 1
        before = by_first.get(first)
        # Of two answers for one bracket the one that hides stands.
        if before is None or before.removes_mark:
            by_first[first] = replace(change, first=first, last=last)
    return list(by_first.values())


def _stamped(paragraphs: Sequence[CopyParagraph]) -> list[CopyParagraph]:
    """Return paragraphs that all have a time: that of the one before, where they had none."""
    stamped, before = [], 0
    for paragraph in paragraphs:
        before = before if paragraph.stamp is None else paragraph.stamp
        stamped.append(replace(paragraph, stamp=before))
    return stamped


def reads_as(
    text: str,
    intended: list[ParagraphContent],
    question_round: int,
    questions: QuestionSet,
    speakers: Speakers,
) -> bool:
    """Return True for a text that is read as paragraphs with this content."""
    try:
        read = parse_copy(text, questions, speakers)
    # The text in place was not read as meant: the canonical form is written instead.
    except BadInput:
        return False
    return (
        read.question_round == question_round
        and [paragraph_content(paragraph) for paragraph in read.paragraphs] == intended
    )


ParagraphContent = tuple[int | None, str, str, str]
"""Time, speaker, question, and the words with their marks."""


def paragraph_content(paragraph: CopyParagraph) -> ParagraphContent:
    """Return everything that a paragraph says, its marks included."""
    return paragraph.stamp, paragraph.speaker, paragraph.question, write_words(paragraph.words)


def _changed_paragraphs(
    copy: EditorsCopy, changes: Sequence[MarkChange], labels: Mapping[str, str]
) -> list[CopyParagraph]:
    by_first = {change.first: change for change in changes}
    paragraphs, first_number = [], 0
    for paragraph in copy.paragraphs:
        words: list[CopyWord] = []
        number = 0
        while number < len(paragraph.words):
            change = by_first.get(first_number + number)
            length = change.last - change.first if change else 1
            tokens = paragraph.words[number : number + length]
            words += _marked_words(tokens, change, first_number + number) if change else tokens
            number += length
        speaker = labels.get(paragraph.speaker, paragraph.speaker)
        paragraphs.append(replace(paragraph, speaker=speaker, words=tuple(words)))
        first_number += len(paragraph.words)
    return paragraphs


def _marked_words(tokens: Sequence[CopyWord], change: MarkChange, number: int) -> list[CopyWord]:
    """Return the words with the mark of `change`. A hint stays after the last of them."""
    hint = next((token.hint for token in reversed(tokens) if token.hint is not None), None)
    texts = [token.text for token in tokens]
    if change.removes_mark:
        return [replace(token, question=None, redaction=None) for token in tokens]
    before, first, behind_first = _split_word(texts[0])
    hidden_words: tuple[str, ...] = (first,)
    after = behind_first
    if len(texts) > 1:
        before_last, last, after = _split_word(texts[-1])
        hidden_words = (first + behind_first, *texts[1:-1], before_last + last)
    # Negative numbers differ from those of redactions already in the copy.
    mark = RedactionMark(
        -1 - number,
        hidden_words,
        _replacement_text(change.replacement, hidden_words),
        before,
        after,
        change.is_question,
        _edges_of_questions(tokens),
    )
    if not change.is_question:
        return [CopyWord(text, redaction=mark) for text in texts]
    words = [CopyWord(text, question=mark) for text in texts]
    words[-1] = replace(words[-1], hint=hint)
    return words


def _split_word(token: str) -> tuple[str, str, str]:
    """Return a token's parts as `split_token`; of one that is all signs, each is of the word."""
    before, word, after = split_token(token)
    return (before, word, after) if word else ("", token, "")


def _edges_of_questions(tokens: Sequence[CopyWord]) -> MovedEdges:
    """Return the edges that the questions had which the words begin and end with."""
    first, last = tokens[0].question, tokens[-1].question
    return MovedEdges(first.edges.start if first else 0, last.edges.end if last else 0)


def _replacement_text(replacement: str, words: Sequence[str]) -> str:
    """Return the text shown instead; empty if it is the words themselves, or the default."""
    is_same = [normalised(word) for word in tokens_of(replacement)] == [
        normalised(word) for word in words
    ]
    plain = " ".join(tokens_of(replacement))
    return "" if is_same or plain == NAME_REMOVED else plain


def _changed_in_place(
    text: str, copy: EditorsCopy, changes: Sequence[MarkChange], labels: Mapping[str, str]
) -> str | None:
    """Return `text` with only what changes rewritten, or None if it is not found there."""
    spans = word_spans(text, copy)
    tokens = [token for paragraph in copy.paragraphs for token in paragraph.words]
    written_labels = list(_label_spans(text, copy))
    edits: list[tuple[int, int, str]] = []
    for change in changes:
        first, last = spans.get(change.first), spans.get(change.last - 1)
        if first is None or last is None:
            return None
        start, end = first[0], last[1]
        inner = text[start:end]
        if tokens[change.first].question is not None:
            # Its brackets go with it, whatever is written anew.
            start, close = text.rfind("[[", 0, start), text.find("]]", end)
            if start < 0 or close < 0:
                return None
            end = close + 2
            moved = _MOVED_EDGES.match(text, end)
            if change.removes_mark and moved:
                end = moved.end()
        if not change.removes_mark:
            mark = _marked_words(tokens[change.first : change.last], change, 0)[0]
            hidden = mark.question or mark.redaction
            # As `write_redaction` escapes it: what follows the bar in [[x|replacement]].
            replacement = (
                write_redaction(RedactionMark(0, ("x",), hidden.replacement))
                if hidden and hidden.replacement
                else ""
            )
            tail = f"|{replacement[4:-2]}" if replacement else ""
            inner = _HINT.sub("", inner)
            inner = f"[[{'?' if change.is_question else ''}{inner}{tail}]]"
        edits.append((start, end, inner))
    edits += [(start, end, labels[name]) for start, end, name in written_labels if name in labels]
    # From the end, so that the positions of earlier words stay right.
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _label_spans(text: str, copy: EditorsCopy) -> Iterator[tuple[int, int, str]]:
    """Yield start and end of each name that stands before a paragraph, and the name."""
    starts = [0, *(line.end() for line in _LINE.finditer(text))]
    for paragraph in copy.paragraphs:
        cursor = starts[paragraph.line - 1]
        prefix = _CUT_AND_STAMP.match(text, cursor)
        cursor = prefix.end() if prefix else cursor
        if text.startswith(f"{paragraph.speaker}:", cursor):
            yield cursor, cursor + len(paragraph.speaker), paragraph.speaker


def word_spans(text: str, copy: EditorsCopy) -> Mapping[int, tuple[int, int]]:
    """Return start and end of each word in the text, without its punctuation, by its number.

    `copy` was read from `text`.
    """
    spans: dict[int, tuple[int, int]] = {}
    words = (word for paragraph in copy.paragraphs for word in paragraph.words)
    for number, word in enumerate(words):
        if word.place is None:
            continue
        core_text = split_token(word.text)[1] or word.text
        # Not where it is written with a backslash, or with marks inside.
        position = text.find(core_text, *word.place)
        if position >= 0:
            spans[number] = (position, position + len(core_text))
    return spans


def _with_question_round(text: str, story: str, question_round: int) -> str:
    """Return a copy's text with the number of its round of questions in the comment at the top.

    Only that line is changed. Where somebody removed the comment, a short one is put first.
    """
    if not question_round:
        return text
    line = QUESTION_ROUND_LINE.format(round=question_round)
    note_end = text.find("-->")
    # Editors on Windows may put a byte order mark first.
    if text.removeprefix("\ufeff").lstrip().startswith("<!--") and note_end >= 0:
        head, tail = text[:note_end], text[note_end:]
        if QUESTION_ROUND_PATTERN.search(head):
            return (
                QUESTION_ROUND_PATTERN.sub(
                    f"Names were asked about, round {question_round}", head, count=1
                )
                + tail
            )
        return head + (line if head.endswith("\n") else f"\n{line}") + tail
    byte_order_mark = "\ufeff" if text.startswith("\ufeff") else ""
    return f"{byte_order_mark}<!-- {story}\n{line}-->\n\n{text.removeprefix(byte_order_mark)}"
