"""The sound of a recording where an edit needs it: where a word truly begins and ends.

Spans that are silenced reach further than the times of their words, which may be off by a tenth of
a second and more. Where the recording shows that a word has ended, by a pause, the span ends there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from capture.media.speech import SPEECH_RATE, Samples, Speech, open_speech
from library.core.workspace import StoryFolder
from transcribe.engines.levels import levels_of
from transcribe.engines.protocol import MIN_TIMED_WORD_MS
from transcribe.forced_alignment.aligner import (
    AlignedWord,
    ExpectedWord,
    align_to_sound,
    widest_place,
)
from transcribe.forced_alignment.pronunciation import is_readable, phones_of
from transcribe.forced_alignment.word_times import (
    MIN_FIT,
    MIN_SILENCE_MS,
    SEARCH_MS,
    mean_fit,
)
from transcribe.words import LEVEL_FRAME_MS, Span, Word, normalised

REACH_MS, FURTHEST_MS = 150, 250
"""A redaction reaches so far beyond its words: the quietest instant between the two."""
MOST_FOR_DOUBT_MS = 1_000
"""By so much, at most, a redaction is longer at either end for where its words may be heard too."""
_DOUBT = 0.05
"""Probability over which a word that may be heard somewhere is hidden there."""
_WORDS_BESIDE, _SOUND_BESIDE_MS = 4, 1_000
"""Words to either side, and sound beyond them, by which a word's borders are judged."""
_AROUND_MS = 5_000  # in which the level of the room is measured
_PAUSE_FRAMES = 100 // LEVEL_FRAME_MS
"""Quiet frames in a row in which a word has ended: fewer are the stop in a p or a k."""
_SHORT_PAUSE_FRAMES = 60 // LEVEL_FRAME_MS
"""Of a gap between recognised words: sound before such a pause may be the end of the word."""
_MIN_SOUND_FRAMES = 50 // LEVEL_FRAME_MS
"""Of a sound in such a gap after that pause that may be a word: less is a click."""
_LONGEST_TAIL_FRAMES = 2_000 // LEVEL_FRAME_MS
_SHORT_GAP_MS = 300
"""A gap between recognised words up to so long is covered to its last frame: over a telephone an s
is as quiet as the room."""
_UNSURE = 0.35
"""A word of a lower probability may be another, and so be said beside where it was found."""
_BESIDE_UNSURE_MS = 600
_MOST_UNSURE = 3
"""Words to either side, at most: where recognition is unsure of all, it still knows the order."""
_MS_PER_PHONE = 70
"""A word found shorter than this for each of its sounds may go on at either end, as far as that,
if no pause comes first."""
_SQUEEZED_MS_PER_PHONE = 45
"""Shorter than this, whatever seems a pause: 30 ms are the least that alignment gives a sound."""
_LONGEST_LOST_MS = 10_000
"""A word that the sound did not show lies somewhere between its neighbours, if no further off."""
_MIN_ABOVE_ROOM_DB = 6.0
_SHARE_OF_CONTRAST = 0.15
_LEAST_SHARE_OF_CONTRAST = 0.25
"""A frame is quiet up to so far above the room, and up to this share of the way to the voice."""
_BESIDE_MS = 500
_LONGEST_SHORT_WORD_MS, _LONGEST_LETTER_MS = 500, 150
"""A longer word was found where another was said that nobody wrote down."""
_SAMPLES_PER_MS = SPEECH_RATE // 1000
_CUT_SEARCH_MS = 80
"""A cut between two words that no pause parts is made at the quietest instant so near."""


@dataclass(frozen=True)
class RecordingSound:
    """The recording of a story; where its `speech` is missing, spans reach as far as they may."""

    speech: Speech | None
    duration: int
    """In milliseconds."""
    weighs_borders: bool = True
    """False for silences as they were before the borders of words had probabilities."""

    @classmethod
    def of(cls, speech: Speech) -> RecordingSound:
        return cls(speech, speech.duration)

    @classmethod
    def of_story(cls, folder: StoryFolder, duration: int) -> RecordingSound:
        """Open the story’s recording, of `duration` milliseconds, if it is there."""
        if not folder.speech.is_file():
            return cls(None, duration)
        return cls.of(open_speech(folder.speech))

    def redaction_start(self, first_word: int, word_before: int, lacking: int = 0) -> int:
        """Return the beginning of the silence over words that begin at `first_word`.

        `word_before` is the end of the word before them, `lacking` by how much the first is found
        shorter than it is said. Times are in milliseconds.
        """
        outward = self._levels_outward(first_word, forward=False)
        return max(0, first_word - _reach(outward, first_word - word_before, lacking))

    def redaction_end(self, last_word: int, word_after: int, lacking: int = 0) -> int:
        """Return the end of the silence over words that end at `last_word`."""
        outward = self._levels_outward(last_word, forward=True)
        return min(self.duration, last_word + _reach(outward, word_after - last_word, lacking))

    def redaction_span(
        self,
        start: int,
        end: int,
        before: Sequence[Word],
        after: Sequence[Word],
        words: Sequence[Word] = (),
    ) -> Span:
        """Return the silence over `words` from `start` to `end`, with those before and after.

        A word beside them that is longer than anybody says it holds more than itself: it goes too.
        """
        lacking_before, lacking_after = _lacking(start, end, words)
        if before and start - before[-1].end <= _BESIDE_MS and _is_drawn_out(before[-1]):
            start, before = min(start, before[-1].start), before[:-1]
        if after and after[0].start - end <= _BESIDE_MS and _is_drawn_out(after[0]):
            end, after = max(end, after[0].end), after[1:]
        return Span(
            start=self.redaction_start(start, before[-1].end if before else start, lacking_before),
            end=self.redaction_end(end, after[0].start if after else end, lacking_after),
        )

    def silence_over(
        self,
        hull: Span,
        heard: Span,
        before: Sequence[Word],
        after: Sequence[Word],
        words: Sequence[Word] = (),
    ) -> Span:
        """Return the silence over `words` in `hull`, and over where they may be `heard` too.

        `before` and `after` are the words beside them. It holds all that it would without `heard`,
        and at most MOST_FOR_DOUBT_MS more at either end.
        """
        silence = self._silence_beyond(hull, before, after, words)
        both = Span(start=min(hull.start, heard.start), end=max(hull.end, heard.end))
        if both == hull:
            return silence
        wider = self._silence_beyond(both, before, after, words)
        return Span(
            start=min(silence.start, max(wider.start, silence.start - MOST_FOR_DOUBT_MS)),
            end=max(silence.end, min(wider.end, silence.end + MOST_FOR_DOUBT_MS)),
        )

    def _silence_beyond(
        self, hull: Span, before: Sequence[Word], after: Sequence[Word], words: Sequence[Word]
    ) -> Span:
        before = [word for word in before if word.start < hull.start]
        after = [word for word in after if word.end > hull.end]
        return self.redaction_span(hull.start, hull.end, before, after, words)

    def may_be_heard(self, words: Sequence[Word], at: int) -> Span | None:
        """Return where the sound may hold a recognised word; None where it does not tell.

        The best path gives every word one place; this is all that is not improbable.
        """
        if self.speech is None or not self.weighs_borders:
            return None
        first, last = _words_around(words, at)
        near = words[first:last]
        if not any(is_readable(word.text) for word in near):
            return None
        state = self.speech.path.stat()
        expected = tuple(ExpectedWord(word.text, word.start, word.end) for word in near)
        return _widest_span(self.speech, (state.st_mtime_ns, state.st_size), expected, at - first)

    def quietest_near(self, border: int, earliest: int, latest: int) -> int:
        """Return the quietest instant about a border between two words, within the two bounds."""
        first, last = max(earliest, border - _CUT_SEARCH_MS), min(latest, border + _CUT_SEARCH_MS)
        levels = levels_of(self._samples(first, last))
        if not len(levels):
            return border
        moments = first + LEVEL_FRAME_MS // 2 + LEVEL_FRAME_MS * np.arange(len(levels))
        # Of several that are equally quiet the nearest.
        return int(moments[np.lexsort((abs(moments - border), levels))[0]])

    def find_words(
        self, words: tuple[ExpectedWord, ...], search: int
    ) -> tuple[AlignedWord, ...] | None:
        """Return when words are heard that follow each other; None if they are not."""
        if self.speech is None or not words:
            return None
        state = self.speech.path.stat()
        return _found_words(self.speech, (state.st_mtime_ns, state.st_size), words, search)

    def audible_ms(self, start: int, end: int) -> int:
        """Return for how many milliseconds of a span a voice may be heard."""
        if self.speech is None:
            return max(0, end - start)
        outward = self._levels_outward(start, forward=True, most=end - start)
        return LEVEL_FRAME_MS * int((~outward.is_quiet).sum())

    def _levels_outward(self, at: int, *, forward: bool, most: int = _AROUND_MS) -> _OutwardLevels:
        before = levels_of(self._samples(at - _AROUND_MS, at, ends_whole=True))[::-1]
        after = levels_of(self._samples(at, at + max(most, _AROUND_MS)))
        around = np.concatenate([before, after])
        outward = (after if forward else before)[: max(0, most) // LEVEL_FRAME_MS]
        if not len(around):
            return _OutwardLevels(outward, np.zeros(0, np.bool_))
        room, voice = np.percentile(around, [10, 95])
        contrast = voice - room
        least = min(_MIN_ABOVE_ROOM_DB, _LEAST_SHARE_OF_CONTRAST * contrast)
        limit = room + max(least, _SHARE_OF_CONTRAST * contrast)
        return _OutwardLevels(outward, outward < limit)

    def _samples(self, start: int, end: int, *, ends_whole: bool = False) -> Samples:
        """Return the samples of a span; with `ends_whole` its last frame is a whole one."""
        if self.speech is None:
            return np.zeros(0, np.float32)
        start, end = max(0, start), min(end, self.speech.duration)
        start += max(0, end - start) % LEVEL_FRAME_MS if ends_whole else 0
        return self.speech.read(start * _SAMPLES_PER_MS, max(start, end) * _SAMPLES_PER_MS)


def span_to_hide(words: Sequence[Word], at: int) -> Span:
    """Return the span that holds a recognised word wherever it was said.

    By the sound and by the engine; at either end as long as it is said, where it was found much
    shorter. Where recognition was unsure of it, with the words beside it; where it has no length,
    because the sound did not show it, with the gaps to either side.
    """
    word = words[at]
    start, end = word.said_within.start, word.said_within.end
    if word.end - word.start < _SQUEEZED_MS_PER_PHONE * len(phones_of(word.text)):
        before, after = _lacking(start, end, [word])
        start, end = max(0, start - before), end + after
    if word.probability < _UNSURE:
        first, last = _unsure_run(words, at)
        start, end = min(start, words[first].start), max(end, words[last].end)
    if word.end - word.start <= MIN_TIMED_WORD_MS:
        if at > 0:
            start = min(start, max(words[at - 1].end, word.start - _LONGEST_LOST_MS))
        if at + 1 < len(words):
            end = max(end, min(words[at + 1].start, word.end + _LONGEST_LOST_MS))
    return Span(start=start, end=end)


def _unsure_run(words: Sequence[Word], at: int) -> tuple[int, int]:
    """Return the first and last of the unsure words in a row around one, and one more each way."""
    first = last = at
    while at - first < _MOST_UNSURE and first > 0 and _is_beside(words, first):
        first -= 1
        if words[first].probability >= _UNSURE:
            break
    while last - at < _MOST_UNSURE and last + 1 < len(words) and _is_beside(words, last + 1):
        last += 1
        if words[last].probability >= _UNSURE:
            break
    return first, last


def _is_beside(words: Sequence[Word], at: int) -> bool:
    """Return whether no pause parts a word from the one before it."""
    return _gap_before(words, at) <= _BESIDE_UNSURE_MS


def _is_drawn_out(word: Word) -> bool:
    longest = max(_LONGEST_SHORT_WORD_MS, _LONGEST_LETTER_MS * len(normalised(word.text)))
    return word.end - word.start > longest


@lru_cache(maxsize=4_000)  # of all corrections of a story: its copy is read several times
def _found_words(
    speech: Speech, _state: tuple[int, int], words: tuple[ExpectedWord, ...], search: int
) -> tuple[AlignedWord, ...] | None:
    start = max(0, words[0].start - search)
    end = min(speech.duration, words[-1].end + search)
    samples = speech.read(start * _SAMPLES_PER_MS, max(start, end) * _SAMPLES_PER_MS)
    expected = [ExpectedWord(text, first - start, last - start) for text, first, last in words]
    aligned = align_to_sound(samples, expected, search)
    if not aligned or mean_fit(aligned) < MIN_FIT:
        return None
    return tuple(replace(word, start=start + word.start, end=start + word.end) for word in aligned)


def _words_around(words: Sequence[Word], at: int) -> tuple[int, int]:
    """Return first and last + 1 of the words beside one, up to a silence."""
    first, last = at, at + 1
    while at - first < _WORDS_BESIDE and first > 0 and _gap_before(words, first) < MIN_SILENCE_MS:
        first -= 1
    while last - at <= _WORDS_BESIDE and last < len(words):
        if _gap_before(words, last) >= MIN_SILENCE_MS:
            break
        last += 1
    return first, last


def _gap_before(words: Sequence[Word], at: int) -> int:
    return words[at].start - words[at - 1].end


@lru_cache(maxsize=4_000)  # of all redactions of a story: the desk reads its copy as it is written
def _widest_span(
    speech: Speech, _state: tuple[int, int], words: tuple[ExpectedWord, ...], number: int
) -> Span | None:
    start = max(0, words[0].start - _SOUND_BESIDE_MS)
    end = min(speech.duration, words[-1].end + _SOUND_BESIDE_MS)
    samples = speech.read(start * _SAMPLES_PER_MS, max(start, end) * _SAMPLES_PER_MS)
    expected = [ExpectedWord(text, first - start, last - start) for text, first, last in words]
    place = widest_place(samples, expected, number, SEARCH_MS, _DOUBT)
    if place is None or place.fit < MIN_FIT:
        return None
    return Span(start=start + place.start, end=start + place.end)


@dataclass(frozen=True)
class _OutwardLevels:
    """Levels of the frames after a word, or of those before one, the nearest first."""

    levels: Any
    is_quiet: Any


def _lacking(start: int, end: int, words: Sequence[Word]) -> tuple[int, int]:
    """Return by how much the first and last of `words` are shorter than they are said."""
    if not words:
        return 0, 0
    first, last = words[0], words[-1]
    before = start - (first.end - _MS_PER_PHONE * len(phones_of(first.text)))
    after = last.start + _MS_PER_PHONE * len(phones_of(last.text)) - end
    return max(0, before), max(0, after)


def _reach(outward: _OutwardLevels, gap: int, lacking: int) -> int:
    """Return by how many milliseconds a span reaches beyond its words.

    `gap` is the time to the next recognised word: sound in it belongs to neither.
    """
    reach = _reach_to_quiet(outward, gap, lacking)
    return max(reach, gap - LEVEL_FRAME_MS // 2) if gap <= _SHORT_GAP_MS else reach


def _reach_to_quiet(outward: _OutwardLevels, gap: int, lacking: int) -> int:
    if not len(outward.levels):
        return FURTHEST_MS
    tail = _tail_frames(outward.is_quiet, gap // LEVEL_FRAME_MS)
    most = max(tail, lacking // LEVEL_FRAME_MS)
    nearest, furthest = most + REACH_MS // LEVEL_FRAME_MS, most + FURTHEST_MS // LEVEL_FRAME_MS
    pause = _first_pause(outward.is_quiet, tail, nearest)
    if pause is not None:
        # Within the pause, so that a soft last sound is covered and the next word is not.
        loud = np.flatnonzero(~outward.is_quiet[pause:])
        length = int(loud[0]) if len(loud) else len(outward.is_quiet) - pause
        return pause * LEVEL_FRAME_MS + min(REACH_MS, length * LEVEL_FRAME_MS // 2)
    levels = outward.levels[nearest : furthest + 1]
    quietest = int(np.argmin(levels)) if len(levels) else furthest - nearest
    return (nearest + quietest) * LEVEL_FRAME_MS


def _tail_frames(is_quiet: Any, gap: int) -> int:
    """Return up to which frame of the gap after a word there is sound that no word accounts for."""
    in_gap = is_quiet[: min(max(0, gap), _LONGEST_TAIL_FRAMES)]
    pause = _first_run(in_gap, _SHORT_PAUSE_FRAMES)
    if pause is None:
        return len(in_gap)
    # An “um”, if recognition is right; the word itself, if it took the “um” for the word.
    loud = np.flatnonzero(np.diff(np.concatenate([[False], ~in_gap[pause:], [False]]).astype(int)))
    stretches = loud.reshape(-1, 2) + pause
    long = stretches[stretches[:, 1] - stretches[:, 0] >= _MIN_SOUND_FRAMES]
    return int(long[-1, 1]) if len(long) else pause


def _first_pause(is_quiet: Any, first: int, before: int) -> int | None:
    """Return the first frame of a pause that begins between two frames, if there is one."""
    pause = _first_run(is_quiet[first : before + _PAUSE_FRAMES - 1], _PAUSE_FRAMES)
    return None if pause is None else first + pause


def _first_run(is_quiet: Any, length: int) -> int | None:
    """Return where the first `length` quiet frames in a row begin."""
    if len(is_quiet) < length:
        return None
    runs = np.lib.stride_tricks.sliding_window_view(is_quiet, length).all(axis=1)
    return int(np.argmax(runs)) if runs.any() else None
