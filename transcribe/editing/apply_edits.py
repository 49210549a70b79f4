"""Apply an editor's copy: a pure function from the literal words and a text to edited words.

The text is aligned with the literal transcript, whatever its capitals and punctuation. A word that
is still there keeps its time, replaced words share the time of those they replace, added words take
the gap. What is cut or redacted is aligned first and removed then (`transcribe.editing.removals`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, groupby, islice

import msgspec

from capture.questions.question_set import QuestionSet
from transcribe.british_spelling import comparable
from transcribe.editing.alignment import (
    MIN_WORD_MS,
    AlignedBlock,
    align,
    alignment_refusals,
    other_story_refusals,
)
from transcribe.editing.placed_edges import PlacedSpan, with_joined_edges
from transcribe.editing.recording_sound import RecordingSound
from transcribe.editing.remark_hints import is_remark_alone, open_numbers_of_hints, remarks_of_hint
from transcribe.editing.removals import CoveredWords, RemovalResult, apply_removals
from transcribe.editing.speaker_turns import Speakers, attach_opening, chapters_of
from transcribe.editing.transcript_markdown import (
    CopyParagraph,
    EditorsCopy,
    parse_copy,
    tokens_in,
    write_copy,
)
from transcribe.editing.typed_words import (
    CrowdedWords,
    crowded_words,
    find_typed_words,
    unaccounted_sound,
)
from transcribe.words import EditedTranscript, Span, Transcript, Turn, Word, divide_span, normalised

_MS_PER_LETTER = 70  # a letter, for added words in a gap longer than they need
_MIN_REPORTED_WORDS = 4  # words deleted together that the editor is told of


@dataclass(frozen=True)
class DeletedRun:
    """Words that are no longer in the text, but still heard; `at` in milliseconds."""

    at: int
    count: int


@dataclass(frozen=True)
class EditSummary:
    """Counts of words that applying changes, and the times of what is cut or redacted."""

    corrected: int = 0
    added: int = 0
    removed: int = 0
    restyled: int = 0
    """Changed only in capitals or punctuation."""
    respelled: int = 0
    """Written in the other of a word's two spellings, British and American."""
    deleted_runs: tuple[DeletedRun, ...] = ()
    """Longer passages among the removed."""
    speakers: tuple[str, ...] = ()
    chapter_count: int = 0
    cuts: tuple[Span, ...] = ()
    redaction_times: tuple[int, ...] = ()
    """Milliseconds at which each redaction begins."""
    unredacted_name_times: tuple[int, ...] = ()
    """Milliseconds at which a name is said that is redacted elsewhere and not there."""
    covered: tuple[CoveredWords, ...] = ()
    """Words that stay in the text and are silenced with a redaction beside them."""
    crowded: tuple[CrowdedWords, ...] = ()
    """Typed passages for which there is too little speech where they stand."""
    hints_left: int = 0
    """Unsure words that are still marked with the hint `(?…)`."""
    contributor_remarks: int = 0
    """Remarks of the contributor that ask for something and whose marks are left."""
    open_question_times: tuple[int, ...] = ()
    """Milliseconds at which each name is said that is asked about and not answered yet."""
    unheard: tuple[Span, ...] = ()
    """Spans in which somebody speaks without words, and of which the editor has not said more."""
    remarks: tuple[str, ...] = ()
    """Sentences about lines that were not read as they stand."""

    @property
    def cut_ms(self) -> int:
        return sum(cut.end - cut.start for cut in self.cuts)

    @property
    def has_changes(self) -> bool:
        corrections = self.corrected or self.added or self.removed or self.restyled
        corrections = corrections or self.respelled
        return bool(corrections or self.cuts or self.redaction_times)


@dataclass(frozen=True)
class AppliedEdit:
    """An edited transcript and the editor's copy that it was made of."""

    edited: EditedTranscript
    summary: EditSummary
    questions: QuestionSet
    paragraphs: tuple[CopyParagraph, ...] = ()
    """Paragraphs of `text`."""
    recognised_words: frozenset[int] = frozenset()
    """Numbers of the copy's words that were recognised in these letters."""
    question_round: int = 0
    unheard: tuple[Span, ...] = ()
    """As in `summary`."""
    placed: tuple[PlacedSpan, ...] = ()
    """Cuts and redactions, where they lie, and how far each of their edges may be moved."""

    @cached_property
    def text(self) -> str:
        """Return the copy in canonical form, with every mark: applied again it gives the same."""
        return write_copy(
            self.edited.story,
            self.paragraphs,
            self.questions,
            question_round=self.question_round,
            unheard=self.unheard,
        )


@dataclass(frozen=True)
class AlignedCopy:
    """An editor's copy whose every word has its time in the recording."""

    copy: EditorsCopy
    blocks: tuple[AlignedBlock, ...]
    words: tuple[Word, ...]
    """The copy’s words in order, each with its time."""


def align_copy(
    transcript: Transcript,
    text: str,
    questions: QuestionSet,
    speakers: Speakers,
    sound: RecordingSound | None = None,
) -> AlignedCopy:
    """Parse `text` and find its words in the recording. Raises BadInput as `apply_copy` does.

    Words that an editor typed are looked for in `sound`, where the recognised ones were too.
    """
    copy = parse_copy(text, questions, speakers, [word.text for word in transcript.words])
    # In this order: the plainest reason is given first.
    for other_story in other_story_refusals(copy, transcript):
        raise other_story
    blocks = align_words(transcript, copy)
    for refusal in alignment_refusals(transcript, copy.paragraphs, blocks):
        raise refusal
    return aligned_copy(transcript, copy, blocks, sound)


def align_words(transcript: Transcript, copy: EditorsCopy) -> list[AlignedBlock]:
    """Return where the words of a copy are among those that were recognised."""
    recognised = [comparable(word.text) for word in transcript.words]
    return align(recognised, [*map(comparable, tokens_in(copy.paragraphs))])


def aligned_copy(
    transcript: Transcript,
    copy: EditorsCopy,
    blocks: Sequence[AlignedBlock],
    sound: RecordingSound | None,
) -> AlignedCopy:
    """Return a copy with the times of its words; `sound` as in `align_copy`."""
    words = time_tokens(transcript, tokens_in(copy.paragraphs), blocks, copy.paragraphs)
    if sound is not None and transcript.is_aligned:
        words = find_typed_words(words, blocks, sound)
    return AlignedCopy(copy, tuple(blocks), tuple(words))


def apply_copy(
    transcript: Transcript,
    transcript_sha256: str,
    text: str,
    questions: QuestionSet,
    speakers: Speakers,
    sound: RecordingSound | None = None,
) -> AppliedEdit:
    """Return the edited transcript that `text` asks for, and its changes to the literal words.

    Spans reach as far as `sound` shows that they must; without it, as in version 0.1.0. Pure and
    idempotent: the canonical form applied again gives the same. Raises BadInput, with the line, for
    a paragraph that was moved, a passage nobody had time to say, a text of another story, and
    whatever `parse_copy` refuses.
    """
    aligned = align_copy(transcript, text, questions, speakers, sound)
    return apply_aligned(transcript, transcript_sha256, aligned, questions, sound)


def apply_aligned(
    transcript: Transcript,
    transcript_sha256: str,
    aligned: AlignedCopy,
    questions: QuestionSet,
    sound: RecordingSound | None = None,
) -> AppliedEdit:
    """Return what `apply_copy` does for a text that is aligned already."""
    paragraphs = aligned.copy.paragraphs
    spoken = _build_turns(paragraphs, aligned.words)
    removals = apply_removals(transcript, paragraphs, spoken, aligned.blocks, sound)
    turns = attach_opening(removals.turns)
    edited = EditedTranscript(
        story=transcript.story,
        transcript_sha256=transcript_sha256,
        duration=transcript.duration,
        turns=turns,
        chapters=chapters_of(turns, questions, transcript.duration),
        cuts=removals.cuts,
        redactions=removals.redactions,
        reach="sound" if sound is not None and removals.redactions else msgspec.UNSET,
        placed_borders=removals.placed_borders or msgspec.UNSET,
    )
    paragraphs, edge_remarks = _with_joined_edges(paragraphs)
    canonical = _canonical_paragraphs(paragraphs, spoken, aligned.blocks)
    summary = _count_changes(transcript.words, tokens_in(paragraphs), aligned.blocks, removals)
    if sound is not None and transcript.is_aligned:
        heard = still_heard(summary.deleted_runs, transcript.words, aligned, sound)
        crowded = tuple(crowded_words(aligned.words, aligned.blocks, sound))
        summary = replace(summary, deleted_runs=heard, crowded=crowded)
    summary = replace(
        summary,
        speakers=tuple(dict.fromkeys(turn.speaker for turn in edited.turns)),
        chapter_count=len(edited.chapters),
        hints_left=sum(
            word.hint is not None and not is_remark_alone(word.hint)
            for paragraph in canonical
            for word in paragraph.words
        ),
        open_question_times=tuple(_question_times(paragraphs, aligned.words)),
        contributor_remarks=len(
            open_numbers_of_hints(
                word.hint or "" for paragraph in canonical for word in paragraph.words
            )
        ),
        unheard=(unheard := _unheard_left(transcript, aligned.copy)),
        remarks=(*aligned.copy.remarks, *edge_remarks, *removals.remarks),
    )
    return AppliedEdit(
        edited,
        summary,
        questions,
        tuple(canonical),
        frozenset(_as_recognised(transcript.words, tokens_in(paragraphs), aligned.blocks)),
        aligned.copy.question_round,
        unheard,
        removals.placed,
    )


def _with_joined_edges(
    paragraphs: Sequence[CopyParagraph],
) -> tuple[tuple[CopyParagraph, ...], tuple[str, ...]]:
    """Return the paragraphs with the moved edges of each cut behind it, and what that left out."""
    words, remarks = with_joined_edges([word for each in paragraphs for word in each.words])
    following = iter(words)
    joined = (replace(each, words=tuple(islice(following, len(each.words)))) for each in paragraphs)
    return tuple(joined), remarks


def _unheard_left(transcript: Transcript, copy: EditorsCopy) -> tuple[Span, ...]:
    """Return the spans without words whose marks are still in the copy, to the millisecond."""
    by_second = {span.start // 1000: span for span in transcript.unheard}
    # One that the editor wrote, or whose time they changed, stays as it is.
    spans = {by_second.get(mark.start // 1000, mark) for mark in copy.unheard}
    return tuple(sorted(spans, key=lambda span: (span.start, span.end)))


def _as_recognised(
    literal: Sequence[Word], tokens: Sequence[str], blocks: Sequence[AlignedBlock]
) -> Iterator[int]:
    for at, word in _same_words(literal, blocks):
        if normalised(word.text) == normalised(tokens[at]):
            yield at


def _same_words(
    literal: Sequence[Word], blocks: Sequence[AlignedBlock]
) -> Iterator[tuple[int, Word]]:
    """Yield the number of each word of the copy that was recognised, and the recognised word."""
    for block in blocks:
        if block.is_same:
            replaced = literal[block.old_start : block.old_end]
            yield from zip(range(block.new_start, block.new_end), replaced, strict=True)


def _canonical_paragraphs(
    paragraphs: Sequence[CopyParagraph], spoken: Sequence[Turn], blocks: Sequence[AlignedBlock]
) -> list[CopyParagraph]:
    """Return the paragraphs with the times of their words; a corrected word loses its hint.

    What the contributor remarked about it stays: it is answered by taking it out.
    """
    is_recognised: list[bool] = []
    for block in blocks:
        is_recognised += [block.is_same] * (block.new_end - block.new_start)
    canonical, at = [], 0
    for paragraph, turn in zip(paragraphs, spoken, strict=True):
        words = tuple(
            word
            if is_recognised[at + number] or word.hint is None
            else replace(word, hint=remarks_of_hint(word.hint) or None)
            for number, word in enumerate(paragraph.words)
        )
        at += len(words)
        canonical.append(replace(paragraph, stamp=turn.words[0].start, words=words))
    return canonical


def _question_times(paragraphs: Sequence[CopyParagraph], words: Sequence[Word]) -> Iterator[int]:
    """Yield the time of each question about a name."""
    copy_words = (word for paragraph in paragraphs for word in paragraph.words)
    pairs = zip(copy_words, words, strict=True)
    for question, run in groupby(pairs, key=lambda pair: pair[0].question):
        if question is not None:
            yield next(run)[1].start


def time_tokens(
    transcript: Transcript,
    tokens: Sequence[str],
    blocks: Sequence[AlignedBlock],
    paragraphs: Sequence[CopyParagraph],
) -> list[Word]:
    """Return every token with its time: in order, inside the recording."""
    lengths = (len(paragraph.tokens) for paragraph in paragraphs)
    paragraph_starts = {0, *accumulate(lengths)}
    words: list[Word] = []
    for block in blocks:
        texts = tokens[block.new_start : block.new_end]
        replaced = transcript.words[block.old_start : block.old_end]
        if block.is_same:
            pairs = zip(replaced, texts, strict=True)
            words += [_with_text(word, text) for word, text in pairs]
        elif replaced and texts:
            # By letters: nobody knows which word replaces which.
            words += _share_time(texts, replaced[0].start, replaced[-1].end)
        elif texts:
            opens_paragraph = block.new_start in paragraph_starts
            words += _time_added_words(
                transcript, texts, block.old_start, words, opens_paragraph=opens_paragraph
            )
    return _without_overlaps(words)


def _with_text(word: Word, text: str) -> Word:
    return Word(text=text, start=word.start, end=word.end, probability=word.probability)


def _share_time(texts: Sequence[str], start: int, end: int) -> list[Word]:
    bounds = divide_span(start, end, [len(text) for text in texts])
    return [
        Word(text=text, start=begin, end=finish)
        for text, (begin, finish) in zip(texts, bounds, strict=True)
    ]


def _time_added_words(
    transcript: Transcript,
    texts: Sequence[str],
    at: int,
    words_before: list[Word],
    *,
    opens_paragraph: bool,
) -> list[Word]:
    """Return words added before literal word `at`, timed in the gap there.

    In a gap longer than they need they stand close to the word before, or, where they open a
    paragraph, to the word after. Where the gap is too short they take the end of the word before,
    which is shortened in `words_before`: its start stays, for that is what players seek to.
    """
    last = words_before[-1] if words_before else None
    following = transcript.words[at] if at < len(transcript.words) else None
    start = last.end if last else 0
    end = following.start if following else transcript.duration
    letters = sum(len(text) for text in texts)
    needed = letters * _MS_PER_LETTER
    is_tight = end - start < MIN_WORD_MS * len(texts)
    if end - start > needed:
        if opens_paragraph and following:
            start = end - needed
        else:
            end = start + needed
    elif following and not last and is_tight:
        # Nothing before to take time from: the first word gives way (`_without_overlaps`).
        end = start + (following.end - start) * letters // (letters + len(following.text))
    elif last and is_tight:
        begin = last.start + (end - last.start) * len(last.text) // (len(last.text) + letters)
        start = min(start, begin)
        words_before[-1] = Word(
            text=last.text, start=last.start, end=start, probability=last.probability
        )
    return _share_time(texts, start, max(start, end))


def _without_overlaps(words: list[Word]) -> list[Word]:
    """Move words so that none starts before the one before it ended."""
    clock_ms = 0
    ordered: list[Word] = []
    for word in words:
        # Words must not overlap: captions are laid out in their order.
        if word.start < clock_ms:
            end = max(word.end, clock_ms)
            word = Word(text=word.text, start=clock_ms, end=end, probability=word.probability)
        ordered.append(word)
        clock_ms = word.end
    return ordered


def _build_turns(paragraphs: Sequence[CopyParagraph], words: Sequence[Word]) -> list[Turn]:
    turns: list[Turn] = []
    first = 0
    for paragraph in paragraphs:
        last = first + len(paragraph.tokens)
        turns.append(
            Turn(
                speaker=paragraph.speaker,
                question=paragraph.question,
                words=tuple(words[first:last]),
            )
        )
        first = last
    return turns


def still_heard(
    runs: Sequence[DeletedRun],
    literal: Sequence[Word],
    aligned: AlignedCopy,
    sound: RecordingSound,
) -> tuple[DeletedRun, ...]:
    """Return the runs of deleted words that may have been said.

    Words that recognition made up lie in silence, or where others stand in the text now.
    """
    block_at = {
        literal[block.old_start].start: block
        for block in aligned.blocks
        if not block.is_same and block.old_end > block.old_start
    }
    heard = []
    for run in runs:
        block = block_at[run.at]
        span = Span(start=run.at, end=literal[block.old_end - 1].end)
        typed = aligned.words[block.new_start : block.new_end]
        if unaccounted_sound(sound, span, typed) >= MIN_WORD_MS * run.count:
            heard.append(run)
    return tuple(heard)


def _count_changes(
    literal: Sequence[Word],
    tokens: Sequence[str],
    blocks: Sequence[AlignedBlock],
    removals: RemovalResult,
) -> EditSummary:
    changed = [block for block in blocks if not block.is_same]
    counts = [
        (block.old_end - block.old_start, block.new_end - block.new_start) for block in changed
    ]
    same = [(word, tokens[at]) for at, word in _same_words(literal, blocks)]
    return EditSummary(
        corrected=sum(min(old, new) for old, new in counts),
        added=sum(max(0, new - old) for old, new in counts),
        removed=sum(max(0, old - new) for old, new in counts),
        restyled=sum(
            word.text != text and normalised(word.text) == normalised(text) for word, text in same
        ),
        respelled=sum(normalised(word.text) != normalised(text) for word, text in same),
        deleted_runs=tuple(
            DeletedRun(literal[block.old_start].start, old - new)
            for block, (old, new) in zip(changed, counts, strict=True)
            if old - new >= _MIN_REPORTED_WORDS
        ),
        cuts=removals.cuts,
        redaction_times=tuple(redaction.start for redaction in removals.redactions),
        unredacted_name_times=removals.unredacted_name_times,
        covered=removals.covered,
    )
