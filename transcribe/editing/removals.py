"""Remove from the transcript what the editor cut or redacted; keep its times, never its words.

A border lies between words: in the pause before the first removed word and after the last. Where
the text differs from what was recognised, the time of a removed word is a guess, and the border
then takes in every recognised word, or the whole gap, in which it may have been said.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice, takewhile

import msgspec

from transcribe.editing.alignment import AlignedBlock
from transcribe.editing.inline_markup import CopyWord, RedactionMark
from transcribe.editing.placed_edges import (
    PlacedSpan,
    common_ms,
    edges_of_cut_run,
    place_cut,
    place_redaction,
)
from transcribe.editing.recording_sound import RecordingSound, span_to_hide
from transcribe.editing.replacements import agreeing_verb, opens_sentence, with_capital
from transcribe.editing.transcript_markdown import CopyParagraph
from transcribe.words import Redaction, Span, Transcript, Turn, Word, divide_span, normalised

CUT_REACH_MS = 500
"""Of a pause, at most half of it, that goes with a cut: what is left sounds natural."""
REDACTION_REACH_MS = 150
"""Word times are up to a tenth of a second off, and no sound of a name may be left."""
MIN_REDACTION_MS = 200
"""Whisper gives some words no length at all."""
_MIN_PAUSE_MS = 60
"""Of a cut's border, to the word that is kept beside it: less is no pause."""
_WHOLE_SHARE, _PART_SHARE = 0.75, 0.2
"""Shares of a kept word's time from which a silence covers it whole, or a part of it."""
_MIN_NAME_LETTERS = 3  # shorter words with a capital are mostly no names


@dataclass(frozen=True)
class RemovalResult:
    """Turns without the removed words, and when something was removed."""

    turns: tuple[Turn, ...]
    cuts: tuple[Span, ...]
    redactions: tuple[Redaction, ...]
    unredacted_name_times: tuple[int, ...]
    """Times (ms) at which a name that is redacted elsewhere is said and is not redacted."""
    covered: tuple[CoveredWords, ...] = ()
    placed: tuple[PlacedSpan, ...] = ()
    """Every cut and redaction with the edges that the editor moved, in the order of the text."""
    remarks: tuple[str, ...] = ()
    """Sentences about words that a moved edge touches."""

    @property
    def placed_borders(self) -> tuple[int, ...]:
        """Moments at which a cut begins or ends because an editor says so."""
        moved = {each.span.start for each in self.placed if each.kind == "cut" and each.edges.start}
        moved |= {each.span.end for each in self.placed if each.kind == "cut" and each.edges.end}
        borders = (border for cut in self.cuts for border in (cut.start, cut.end))
        return tuple(border for border in borders if border in moved)


@dataclass(frozen=True)
class CoveredWords:
    """Words beside a redaction that stay in the text, and are silenced with it, whole or in part.

    `at` is when the silence begins (ms).
    """

    at: int
    whole: tuple[str, ...]
    partly: tuple[str, ...]


@dataclass(frozen=True)
class _TimedCopyWord:
    """A word of the copy with its time and the number of its turn."""

    mark: CopyWord
    word: Word
    turn: int


def apply_removals(
    transcript: Transcript,
    paragraphs: Sequence[CopyParagraph],
    turns: Sequence[Turn],
    blocks: Sequence[AlignedBlock],
    sound: RecordingSound | None = None,
) -> RemovalResult:
    """Take the marked words out of `turns`, which are the paragraphs with their words timed.

    Without `sound` spans reach as far as version 0.1.0 had them reach.
    """
    spoken = [
        _TimedCopyWord(mark, word, number)
        for number, (paragraph, turn) in enumerate(zip(paragraphs, turns, strict=True))
        for mark, word in zip(paragraph.words, turn.words, strict=True)
    ]
    if all(timed.mark.is_kept for timed in spoken):
        return RemovalResult(tuple(turns), (), (), ())
    # From here on wider rather than narrower: what is cut must not be heard.
    words = [timed.word for timed in spoken]
    certain = _certain_spans(transcript, words, blocks)
    placed_cuts, remarks = _placed_cuts(spoken, certain, transcript.duration, sound)
    cuts = _joined_cuts(placed_cuts)
    shown = _fit_replacements(turns, spoken)
    hidden = certain if sound is None else _certain_spans(transcript, words, blocks, widest=True)
    heard = _heard_spans(transcript, spoken, blocks, sound)
    silences = list(_placed_redactions(spoken, hidden, heard, transcript.duration, sound))
    redactions = tuple(_redactions(spoken, silences, shown))
    placed = sorted([*placed_cuts, *silences], key=lambda each: each.first)
    return RemovalResult(
        tuple(_turns_left(turns, _with_agreeing_verbs(turns, spoken, shown), cuts, shown)),
        cuts,
        redactions,
        tuple(_unredacted_names(spoken)),
        tuple(_covered_words(spoken, silences)) if sound is not None else (),
        tuple(placed),
        remarks,
    )


def _certain_spans(
    transcript: Transcript,
    words: Sequence[Word],
    blocks: Sequence[AlignedBlock],
    *,
    widest: bool = False,
) -> list[Span]:
    """Return for each word of the copy a span in which it is certainly said.

    The `widest` holds it wherever it was said, as far as sound and engine are in doubt.
    """
    literal, spans = transcript.words, []
    for block in blocks:
        replaced = literal[block.old_start : block.old_end]
        before = literal[block.old_start - 1].end if block.old_start else 0
        after = (
            literal[block.old_end].start if block.old_end < len(literal) else transcript.duration
        )
        for at in range(block.new_start, block.new_end):
            start, end = words[at].start, words[at].end
            if not block.is_same and not replaced:
                # An added word may have been said anywhere in the gap.
                start, end = min(start, before), max(end, after)
            for number in _recognised_at(literal, words[at], block, at):
                within = span_to_hide(literal, number) if widest else literal[number]
                start, end = min(start, within.start), max(end, within.end)
            spans.append(Span(start=start, end=end))
    return spans


def _recognised_at(
    literal: Sequence[Word], word: Word, block: AlignedBlock, at: int
) -> Sequence[int]:
    """Return the numbers of the recognised words in whose place a word of the copy stands."""
    if block.is_same:
        return [block.old_start + at - block.new_start]
    return [
        number
        for number in range(block.old_start, block.old_end)
        if literal[number].start < max(word.end, word.start + 1)
        and literal[number].end > word.start
    ]


def _heard_spans(
    transcript: Transcript,
    spoken: Sequence[_TimedCopyWord],
    blocks: Sequence[AlignedBlock],
    sound: RecordingSound | None,
) -> dict[int, Span]:
    """Return where the sound may hold the first and the last word of each redaction, by number.

    Those between them lie between them there too.
    """
    if sound is None or not transcript.is_aligned:
        return {}
    edges = {at for first, last in _runs(spoken, _redaction_number) for at in (first, last - 1)}
    heard: dict[int, Span] = {}
    for block in blocks:
        for at in edges.intersection(range(block.new_start, block.new_end)):
            numbers = _recognised_at(transcript.words, spoken[at].word, block, at)
            places = [sound.may_be_heard(transcript.words, number) for number in numbers]
            heard_at = [place for place in places if place is not None]
            if heard_at:
                heard[at] = _hull(heard_at)
    return heard


def _runs(
    spoken: Sequence[_TimedCopyWord], mark_number: Callable[[CopyWord], int | None]
) -> Iterator[tuple[int, int]]:
    """Yield first and last + 1 of neighbouring words with the same number; not those with none."""
    numbered = enumerate(spoken)
    for number, run in groupby(numbered, key=lambda pair: mark_number(pair[1].mark)):
        if number is not None:
            indices = [index for index, _ in run]
            yield indices[0], indices[-1] + 1


def _cut_number(mark: CopyWord) -> int | None:
    return 0 if mark.is_cut else None


def _redaction_number(mark: CopyWord) -> int | None:
    """Return the number of a word's redaction; None in a cut, which removes it anyway."""
    return mark.redaction.number if mark.redaction is not None and not mark.is_cut else None


def _placed_cuts(
    spoken: Sequence[_TimedCopyWord],
    certain: Sequence[Span],
    duration: int,
    sound: RecordingSound | None,
) -> tuple[list[PlacedSpan], tuple[str, ...]]:
    """Return the cuts in order, and what the editor has to be told of them."""
    words = [timed.word for timed in spoken]
    cuts: list[PlacedSpan] = []
    remarks: list[str] = []
    for first, last in _runs(spoken, _cut_number):
        span = _with_pauses(spoken, certain, first, last, duration, CUT_REACH_MS)
        if sound is not None:
            span = _between_sounds(spoken, span, first, last, sound)
        # Nothing is kept before the first word or after the last.
        start = 0 if first == 0 else span.start
        end = duration if last == len(spoken) else span.end
        cut, told_words = place_cut(
            first,
            last,
            Span(start=start, end=end),
            edges_of_cut_run([timed.mark for timed in spoken[first:last]]),
            words,
            _hull(certain[first:last]),
            duration,
            is_strict=sound is not None,
        )
        cuts.append(cut)
        remarks += told_words
    return cuts, tuple(remarks)


def _joined_cuts(placed: Sequence[PlacedSpan]) -> tuple[Span, ...]:
    cuts: list[Span] = []
    for each in placed:
        start, end = each.span.start, each.span.end
        # Two cuts that touch are one, or a flash would be left between.
        if cuts and start <= cuts[-1].end:
            before = cuts.pop()
            start, end = before.start, max(before.end, end)
        if end > start:
            cuts.append(Span(start=start, end=end))
    return tuple(cuts)


def _hull(spans: Sequence[Span]) -> Span:
    return Span(start=min(span.start for span in spans), end=max(span.end for span in spans))


def _with_pauses(
    spoken: Sequence[_TimedCopyWord],
    certain: Sequence[Span],
    first: int,
    last: int,
    duration: int,
    reach: int,
) -> Span:
    """Return words `first`…`last` with half of the pause on either side, at most `reach` ms."""
    hull = _hull(certain[first:last])
    start, end = hull.start, hull.end
    before = spoken[first - 1].word.end if first else 0
    after = spoken[last].word.start if last < len(spoken) else duration
    start -= min(reach, max(0, start - before) // 2)
    end += min(reach, max(0, after - end) // 2)
    return Span(start=start, end=end)


def _between_sounds(
    spoken: Sequence[_TimedCopyWord], span: Span, first: int, last: int, sound: RecordingSound
) -> Span:
    """Move the borders of a cut outwards to the quietest instant near, where no pause is.

    Word times are some hundredths of a second off: else the end of a word would be left alone.
    """
    start, end = span.start, span.end
    if first and start - spoken[first - 1].word.end < _MIN_PAUSE_MS:
        start = sound.quietest_near(start, spoken[first - 1].word.start, start)
    if last < len(spoken) and spoken[last].word.start - end < _MIN_PAUSE_MS:
        end = sound.quietest_near(end, end, spoken[last].word.end)
    return Span(start=start, end=end)


def _fit_replacements(
    turns: Sequence[Turn], spoken: Sequence[_TimedCopyWord]
) -> dict[int, tuple[str, ...]]:
    """Return the words shown for each redaction, by its number, with the capital of their place."""
    shown: dict[int, tuple[str, ...]] = {}
    for before, timed in _with_word_before(turns, spoken, shown):
        redaction = timed.mark.redaction
        if redaction is not None and redaction.number not in shown:
            is_at_start = opens_sentence(before, redaction.before, redaction.after)
            words = with_capital(redaction.shown_words, is_at_start=is_at_start)
            shown[redaction.number] = tuple(words)
    return shown


def _with_word_before(
    turns: Sequence[Turn], spoken: Sequence[_TimedCopyWord], shown: Mapping[int, tuple[str, ...]]
) -> Iterator[tuple[str | None, _TimedCopyWord]]:
    """Yield each word that is not cut with the one read before it, None where a speaker begins."""
    before: str | None = None
    speaker = ""
    for timed in spoken:
        if timed.mark.is_cut:
            continue
        if turns[timed.turn].speaker != speaker:
            before, speaker = None, turns[timed.turn].speaker
        yield before, timed
        redaction = timed.mark.redaction
        before = timed.mark.text if redaction is None else shown[redaction.number][-1]


def _with_agreeing_verbs(
    turns: Sequence[Turn], spoken: Sequence[_TimedCopyWord], shown: Mapping[int, tuple[str, ...]]
) -> list[_TimedCopyWord]:
    """Return the words, the verb after a redaction in the number of what is shown for it."""
    agreeing: list[_TimedCopyWord] = []
    subject: RedactionMark | None = None
    before_subject: str | None = None
    turn = -1
    for before, timed in _with_word_before(turns, spoken, shown):
        redaction = timed.mark.redaction
        if redaction is None and subject is not None and timed.turn == turn and not subject.after:
            is_at_start = opens_sentence(before_subject, subject.before, subject.after)
            start = None if is_at_start else before_subject
            verb = agreeing_verb(timed.word.text, start, subject.words, shown[subject.number])
            timed = replace(timed, word=msgspec.structs.replace(timed.word, text=verb))
        if redaction is not subject:
            before_subject = before
        subject, turn = redaction, timed.turn
        agreeing.append(timed)
    return agreeing


def _placed_redactions(
    spoken: Sequence[_TimedCopyWord],
    certain: Sequence[Span],
    heard: Mapping[int, Span],
    duration: int,
    sound: RecordingSound | None,
) -> Iterator[PlacedSpan]:
    for first, last in _runs(spoken, _redaction_number):
        if sound is None:
            span = _with_pauses(spoken, certain, first, last, duration, REDACTION_REACH_MS)
        else:
            span = _with_neighbours(spoken, certain, heard, first, last, sound)
        # Shared between both sides: which of them is off is not known.
        short = max(0, MIN_REDACTION_MS - (span.end - span.start))
        start = max(0, span.start - short // 2)
        end = min(duration, span.end + short - short // 2)
        edges = _redaction_of(spoken[first]).edges
        yield place_redaction(first, last, Span(start=start, end=end), edges, duration)


def _redactions(
    spoken: Sequence[_TimedCopyWord],
    silences: Sequence[PlacedSpan],
    shown: Mapping[int, tuple[str, ...]],
) -> list[Redaction]:
    redactions = [
        Redaction(
            start=silence.span.start,
            end=silence.span.end,
            shown=" ".join(shown[_redaction_of(spoken[silence.first]).number]),
        )
        for silence in silences
    ]
    # One that was moved may begin before the one that its words follow.
    if any(silence.edges for silence in silences):
        redactions.sort(key=lambda redaction: (redaction.start, redaction.end))
    return redactions


def _with_neighbours(
    spoken: Sequence[_TimedCopyWord],
    certain: Sequence[Span],
    heard: Mapping[int, Span],
    first: int,
    last: int,
    sound: RecordingSound,
) -> Span:
    """Return words `first`…`last` with what the sound beside them may hold of them."""
    hull = _hull(certain[first:last])
    places = [heard[at] for at in (first, last - 1) if at in heard]
    before, words, after = (
        [timed.word for timed in spoken[start:end]]
        for start, end in ((max(0, first - 2), first), (first, last), (last, last + 2))
    )
    return sound.silence_over(hull, _hull([hull, *places]), before, after, words)


def _covered_words(
    spoken: Sequence[_TimedCopyWord], silences: Sequence[PlacedSpan]
) -> Iterator[CoveredWords]:
    """Yield the kept words that each silence covers, whole or in part.

    Of one that the editor made longer every part is told: its own reach is known and small.
    """
    kept_words = [timed.word for timed in spoken if timed.mark.is_kept]
    ends = [word.end for word in kept_words]
    for silence in silences:
        nearby = _words_beside(kept_words, ends, silence.span)
        shares = [(word, _share_within(word, silence.span)) for word in nearby]
        whole = tuple(word.text for word, share in shares if share >= _WHOLE_SHARE)
        partly = tuple(
            word.text
            for word, share in shares
            if share < _WHOLE_SHARE and (share >= _PART_SHARE or _is_taken_by_hand(word, silence))
        )
        if whole or partly:
            yield CoveredWords(silence.span.start, whole, partly)


def _words_beside(words: Sequence[Word], ends: Sequence[int], span: Span) -> Iterator[Word]:
    """Yield the words that a span covers in part; they are in order, and `ends` are their ends."""
    following = islice(words, bisect_right(ends, span.start), None)
    return takewhile(lambda word: word.start < span.end, following)


def _share_within(word: Word, span: Span) -> float:
    return common_ms(word, span) / max(1, word.end - word.start)


def _is_taken_by_hand(word: Word, silence: PlacedSpan) -> bool:
    return common_ms(word, silence.span) > common_ms(word, silence.by_itself)


def _redaction_of(timed: _TimedCopyWord) -> RedactionMark:
    if timed.mark.redaction is None:
        raise ValueError("This word is not redacted.")
    return timed.mark.redaction


def _turns_left(
    turns: Sequence[Turn],
    spoken: Sequence[_TimedCopyWord],
    cuts: Sequence[Span],
    shown: Mapping[int, tuple[str, ...]],
) -> Iterator[Turn]:
    ends = [cut.end for cut in cuts]
    for number, run in groupby(spoken, key=lambda timed: timed.turn):
        words = tuple(
            _outside(word, islice(cuts, bisect_right(ends, word.start), None))
            for word in _shown_words([*run], shown)
        )
        if words:
            turn = turns[number]
            yield Turn(speaker=turn.speaker, question=turn.question, words=words)


def _shown_words(
    spoken: Sequence[_TimedCopyWord], shown: Mapping[int, tuple[str, ...]]
) -> Iterator[Word]:
    """Yield the words that are not cut, with each redaction's own words in its time."""
    left = [timed for timed in spoken if not timed.mark.is_cut]
    for redaction, run in groupby(left, key=lambda timed: timed.mark.redaction):
        words = [timed.word for timed in run]
        if redaction is None:
            yield from words
            continue
        texts = shown[redaction.number]
        bounds = divide_span(words[0].start, words[-1].end, [len(text) for text in texts])
        for text, (start, end) in zip(texts, bounds, strict=True):
            yield Word(text=text, start=start, end=end)


def _outside(word: Word, cuts: Iterable[Span]) -> Word:
    """Shorten a word that is kept where a cut had to reach into it.

    `cuts` are those that end after the word begins.
    """
    start, end = word.start, word.end
    for cut in cuts:
        if cut.start > end:
            break
        if start < cut.start < end:
            end = cut.start
        elif cut.start <= start < cut.end:
            start, end = cut.end, max(end, cut.end)
    if (start, end) == (word.start, word.end):
        return word
    return Word(text=word.text, start=start, end=end, probability=word.probability)


def _unredacted_names(spoken: Sequence[_TimedCopyWord]) -> Iterator[int]:
    """Yield when a name that is redacted elsewhere is said. Small words are not names."""
    names = {
        _bare(part)
        for timed in spoken
        if timed.mark.redaction is not None
        for part in timed.mark.redaction.words
        if part[:1].isupper() and len(_bare(part)) >= _MIN_NAME_LETTERS
    }
    for timed in spoken:
        if timed.mark.is_kept and _bare(timed.mark.text) in names:
            yield timed.word.start


def _bare(text: str) -> str:
    return normalised(text).removesuffix("'s")
