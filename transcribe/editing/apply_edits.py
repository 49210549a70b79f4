"""Apply the editor's copy: a pure function from the literal words and a text to new words.

The text is aligned with the literal transcript by what sounds the same. A word that is still there
keeps its time, replaced words share out the time of what they replace, added words take the gap.
What is cut or redacted is aligned like all else, and then leaves (`transcribe.editing.removals`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from capture.questions.question_set import QuestionSet
from transcribe.editing.alignment import (
    MIN_WORD_MS,
    AlignedBlock,
    align,
    require_in_place,
    require_same_story,
    require_same_words,
)
from transcribe.editing.removals import RemovalResult, apply_removals
from transcribe.editing.speaker_turns import Speakers, attach_opening, chapters_of
from transcribe.editing.transcript_markdown import (
    CopyParagraph,
    EditorsCopy,
    parse_copy,
    tokens_in,
    write_copy,
)
from transcribe.words import EditedTranscript, Span, Transcript, Turn, Word, normalised, share

_NATURAL_MS = 70  # a letter, for added words in a long gap
_NOTICED = 4  # words removed together that the editor is told of


@dataclass(frozen=True)
class DeletedRun:
    """Words that are no longer in the text, but still heard."""

    at: int
    count: int


@dataclass(frozen=True)
class EditSummary:
    """What applying changes. Counts are of words; what is cut or redacted is told by its time."""

    corrected: int = 0
    added: int = 0
    removed: int = 0
    restyled: int = 0
    """Changed only in capitals or punctuation."""
    deleted_runs: tuple[DeletedRun, ...] = ()
    """Longer passages among the removed."""
    speakers: tuple[str, ...] = ()
    chapters: int = 0
    cuts: tuple[Span, ...] = ()
    redacted: tuple[int, ...] = ()
    """When each redaction begins, in milliseconds."""
    unredacted_names: tuple[int, ...] = ()
    """When a name that is redacted somewhere is said again and is not."""
    hints_left: int = 0
    """Marks of doubt that are left."""
    open_questions: tuple[int, ...] = ()
    """When each name is said that the editor was asked about and did not answer for."""

    @property
    def cut_ms(self) -> int:
        return sum(cut.end - cut.start for cut in self.cuts)

    @property
    def has_changes(self) -> bool:
        corrections = self.corrected or self.added or self.removed or self.restyled
        return bool(corrections or self.cuts or self.redacted)


@dataclass(frozen=True)
class AppliedEdit:
    """A text applied."""

    edited: EditedTranscript
    summary: EditSummary
    text: str
    """The text in its plain form, with every mark: applied again it gives the same."""


@dataclass(frozen=True)
class AlignedCopy:
    """A text whose every word has its place in the recording."""

    copy: EditorsCopy
    blocks: tuple[AlignedBlock, ...]
    words: tuple[Word, ...]
    """The copy’s words in order, each with its time."""


def align_copy(
    transcript: Transcript, text: str, questions: QuestionSet, speakers: Speakers
) -> AlignedCopy:
    """Read `text` and find its words in the recording. Raises BadInput as `apply` does."""
    copy = parse_copy(text, questions, speakers)
    require_same_story(copy, transcript)
    tokens = tokens_in(copy.paragraphs)
    blocks = align([normalised(word.text) for word in transcript.words], [*map(normalised, tokens)])
    require_same_words(transcript, copy.paragraphs, blocks)
    require_in_place(transcript.words, copy.paragraphs, blocks)
    words = time_tokens(transcript, tokens, blocks, copy.paragraphs)
    return AlignedCopy(copy, tuple(blocks), tuple(words))


def apply_copy(
    transcript: Transcript,
    transcript_sha256: str,
    text: str,
    questions: QuestionSet,
    speakers: Speakers,
) -> AppliedEdit:
    """The edited transcript that `text` asks for, and what changed against the literal words.

    Pure and idempotent: the plain form applied again gives the same. Raises BadInput, with the
    line, for what cannot be placed: a paragraph that was moved, a passage nobody had time to say, a
    text of another story, and whatever `editors_copy.parse` refuses.
    """
    placed = align_copy(transcript, text, questions, speakers)
    copy, blocks = placed.copy, placed.blocks
    tokens = tokens_in(copy.paragraphs)
    said = _turns(copy.paragraphs, placed.words)
    removal = apply_removals(transcript, copy.paragraphs, said, blocks)
    turns = attach_opening(removal.turns)
    edited = EditedTranscript(
        story=transcript.story,
        transcript_sha256=transcript_sha256,
        duration=transcript.duration,
        turns=turns,
        chapters=chapters_of(turns, questions, transcript.duration),
        cuts=removal.cuts,
        redactions=removal.redactions,
    )
    plain = _plain(copy.paragraphs, said, blocks)
    summary = _summary(transcript.words, tokens, blocks, removal)
    summary = replace(
        summary,
        speakers=tuple(dict.fromkeys(turn.speaker for turn in edited.turns)),
        chapters=len(edited.chapters),
        hints_left=sum(word.hint is not None for paragraph in plain for word in paragraph.words),
        open_questions=tuple(_asked(copy.paragraphs, placed.words)),
    )
    written = write_copy(transcript.story, plain, questions, names_round=copy.names_round)
    return AppliedEdit(edited, summary, written)


def _plain(
    paragraphs: Sequence[CopyParagraph], said: Sequence[Turn], blocks: Sequence[AlignedBlock]
) -> list[CopyParagraph]:
    """The paragraphs with their true times. A corrected word is in no doubt."""
    heard: list[bool] = []
    for block in blocks:
        heard += [block.is_same] * (block.new_end - block.new_start)
    plain, at = [], 0
    for paragraph, turn in zip(paragraphs, said, strict=True):
        words = tuple(
            word if heard[at + number] or word.hint is None else replace(word, hint=None)
            for number, word in enumerate(paragraph.words)
        )
        at += len(words)
        plain.append(replace(paragraph, stamp=turn.words[0].start, words=words))
    return plain


def _asked(paragraphs: Sequence[CopyParagraph], words: Sequence[Word]) -> Iterator[int]:
    """When each question about a name stands."""
    tokens = (token for paragraph in paragraphs for token in paragraph.words)
    pairs = zip(tokens, words, strict=True)
    for question, run in groupby(pairs, key=lambda pair: pair[0].question):
        if question is not None:
            yield next(run)[1].start


def time_tokens(
    transcript: Transcript,
    tokens: Sequence[str],
    blocks: Sequence[AlignedBlock],
    paragraphs: Sequence[CopyParagraph],
) -> list[Word]:
    """Every token with its time: in order, inside the recording."""
    starts = _first_tokens(paragraphs)
    words: list[Word] = []
    for block in blocks:
        texts = tokens[block.new_start : block.new_end]
        if block.is_same:
            pairs = zip(transcript.words[block.old_start : block.old_end], texts, strict=True)
            words += [_with_text(word, text) for word, text in pairs]
        elif block.old_end > block.old_start and texts:
            start, end = (
                transcript.words[block.old_start].start,
                transcript.words[block.old_end - 1].end,
            )
            words += _shared(texts, start, end)
        elif texts:
            words += _inserted(
                transcript, texts, block.old_start, words, opens=block.new_start in starts
            )
    return _in_order(words)


def _with_text(word: Word, text: str) -> Word:
    return Word(text=text, start=word.start, end=word.end, probability=word.probability)


def _shared(texts: Sequence[str], start: int, end: int) -> list[Word]:
    bounds = share(start, end, [len(text) for text in texts])
    return [
        Word(text=text, start=begin, end=finish)
        for text, (begin, finish) in zip(texts, bounds, strict=True)
    ]


def _inserted(
    transcript: Transcript, texts: Sequence[str], at: int, before: list[Word], *, opens: bool
) -> list[Word]:
    """Words between two literal ones: in the gap, and if that is too short in the end of the word
    before (its start is what is seeked to), which is shortened in `before`.

    In a long gap they take the time they need: beside the word before, or, where they open a
    paragraph, beside the word after.
    """
    last = before[-1] if before else None
    after = transcript.words[at] if at < len(transcript.words) else None
    start = last.end if last else 0
    end = after.start if after else transcript.duration
    letters = sum(len(text) for text in texts)
    needed = letters * _NATURAL_MS
    if end - start > needed:
        if opens and after:
            start = end - needed
        else:
            end = start + needed
    elif after and not last and end - start < MIN_WORD_MS * len(texts):
        # Nothing before to take time from: the first word gives way (`_in_order`).
        end = start + (after.end - start) * letters // (letters + len(after.text))
    elif last and end - start < MIN_WORD_MS * len(texts):
        begin = last.start + (end - last.start) * len(last.text) // (len(last.text) + letters)
        start = min(start, begin)
        before[-1] = Word(text=last.text, start=last.start, end=start, probability=last.probability)
    return _shared(texts, start, max(start, end))


def _in_order(words: list[Word]) -> list[Word]:
    """No word starts before the one before it ended."""
    clock_ms = 0
    ordered: list[Word] = []
    for word in words:
        if word.start < clock_ms:
            end = max(word.end, clock_ms)
            word = Word(text=word.text, start=clock_ms, end=end, probability=word.probability)
        ordered.append(word)
        clock_ms = word.end
    return ordered


def _first_tokens(paragraphs: Sequence[CopyParagraph]) -> set[int]:
    firsts: set[int] = set()
    count = 0
    for paragraph in paragraphs:
        firsts.add(count)
        count += len(paragraph.tokens)
    return firsts


def _turns(paragraphs: Sequence[CopyParagraph], words: Sequence[Word]) -> list[Turn]:
    turns: list[Turn] = []
    at = 0
    for paragraph in paragraphs:
        count = len(paragraph.tokens)
        turns.append(
            Turn(
                speaker=paragraph.speaker,
                question=paragraph.question,
                words=tuple(words[at : at + count]),
            )
        )
        at += count
    return turns


def _summary(
    literal: Sequence[Word],
    tokens: Sequence[str],
    blocks: Sequence[AlignedBlock],
    removal: RemovalResult,
) -> EditSummary:
    changed = [block for block in blocks if not block.is_same]
    corrected = sum(
        min(block.old_end - block.old_start, block.new_end - block.new_start) for block in changed
    )
    return EditSummary(
        corrected=corrected,
        added=sum(
            max(0, (block.new_end - block.new_start) - (block.old_end - block.old_start))
            for block in changed
        ),
        removed=sum(
            max(0, (block.old_end - block.old_start) - (block.new_end - block.new_start))
            for block in changed
        ),
        restyled=sum(
            word.text != text
            for block in blocks
            if block.is_same
            for word, text in zip(
                literal[block.old_start : block.old_end],
                tokens[block.new_start : block.new_end],
                strict=True,
            )
        ),
        deleted_runs=tuple(_long_runs(literal, changed)),
        cuts=removal.cuts,
        redacted=tuple(one.start for one in removal.redactions),
        unredacted_names=removal.unredacted_names,
    )


def _long_runs(literal: Sequence[Word], changed: Sequence[AlignedBlock]) -> Iterator[DeletedRun]:
    for block in changed:
        gone = (block.old_end - block.old_start) - (block.new_end - block.new_start)
        if gone >= _NOTICED:
            yield DeletedRun(literal[block.old_start].start, gone)
