"""Speakers, paragraphs and questions of a first draft, for the editor to correct."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

from capture.questions.question_set import QuestionSet
from transcribe.chapters import QuestionMatches
from transcribe.engines.levels import FRAME_MS
from transcribe.words import (
    Chapter,
    EditedTranscript,
    Transcript,
    Turn,
    Word,
    is_sentence_end,
    tokens_of,
)

if TYPE_CHECKING:
    from transcribe.words import Segment, Word


INTERVIEWER = "Interviewer"
CARER = "Carer"
MAX_LABEL_CHARS = 40
SHORT_OPENING_MS = 15_000
"""Milliseconds: less than this before the first question belongs to its chapter."""

_PAUSE = 1_500  # a new paragraph, at a sentence's end
_BREATH = 400  # a new paragraph, at a sentence's end, in a long turn
_SILENCE = 4_000  # a new paragraph anywhere
_LONG = 60  # words
_TOO_LONG = 120


@dataclass(frozen=True)
class Speakers:
    """What the two are called in the editor's copy, in captions and on the page."""

    interviewer: str = INTERVIEWER
    contributor: str = CARER


def contributor_label(name: str) -> str:
    """A name as it can stand before a turn: one line, no colon, at most 40 characters."""
    return " ".join(tokens_of(name.replace(":", " ")))[:MAX_LABEL_CHARS].strip() or CARER


def draft_turns(
    transcript: Transcript,
    transcript_sha256: str,
    questions: QuestionSet,
    matching: QuestionMatches,
    speakers: Speakers,
) -> EditedTranscript:
    """The literal words in turns: the set's own wording is the interviewer's, the rest is not.

    Where an imported transcript tells voices apart, the one that asks the questions is the
    interviewer's, the one that says most besides is the contributor's, others are numbered.
    """
    words = transcript.words
    asks = _asks(matching, len(words))
    under = [""] * len(words)
    for passage in matching.questions:
        under[passage.first :] = [passage.question] * (len(words) - passage.first)
    says = _speakers(transcript, asks, speakers)
    turns = [
        Turn(speaker=says[first], question=under[first], words=words[first:last])
        for first, last in _paragraphs(words, says, under)
    ]
    placed = attach_opening(turns)
    return EditedTranscript(
        story=transcript.story,
        transcript_sha256=transcript_sha256,
        duration=transcript.duration,
        turns=placed,
        chapters=chapters_of(placed, questions, transcript.duration),
    )


def voice_labels(
    transcript: Transcript, matching: QuestionMatches, speakers: Speakers
) -> dict[str, str]:
    """Number of each voice → what `draft` calls it, where the transcript tells voices apart."""
    asks = _asks(matching, len(transcript.words))
    return dict(sorted(_called(voice_of_each_word(transcript), asks, speakers).items()))


def _asks(matching: QuestionMatches, words: int) -> list[bool]:
    """Whether each word is of what the question set has the interviewer say."""
    asks = [False] * words
    for passage in matching.prompts:
        asks[passage.first : passage.last] = [True] * (passage.last - passage.first)
    return asks


def attach_opening(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """A short opening (a welcome) belongs to the first question; a long one stays on its own."""
    asked = next((turn for turn in turns if turn.question), None)
    if asked is None or asked.words[0].start - turns[0].words[0].start > SHORT_OPENING_MS:
        return tuple(turns)
    return tuple(
        turn if turn.question else msgspec.structs.replace(turn, question=asked.question)
        for turn in turns
    )


def chapters_of(
    turns: Sequence[Turn], questions: QuestionSet, duration: int
) -> tuple[Chapter, ...]:
    """One chapter a question, from its first word to the next one's; the last ends the recording.

    The first begins at 0 when nothing is said before it. Turns without a question come before all
    chapters.
    """
    titles = {question.id: " ".join(question.ask.split()) for question in questions.questions}
    starts: dict[str, int] = {}
    for turn in turns:
        starts.setdefault(turn.question, turn.words[0].start)
    opens = "" in starts
    starts.pop("", None)
    begins = list(starts.values())
    if begins and not opens:
        begins[0] = 0
    return tuple(
        Chapter(question=question, title=titles[question], start=start, end=end)
        for question, start, end in zip(starts, begins, [*begins[1:], duration], strict=False)
    )


def _speakers(transcript: Transcript, asks: Sequence[bool], speakers: Speakers) -> list[str]:
    """Who says each word. One voice for all tells nothing: then the questions' wording does."""
    voices = voice_of_each_word(transcript)
    names = _called(voices, asks, speakers)
    heard = (speakers.interviewer if asked else speakers.contributor for asked in asks)
    return [names.get(voice, guess) for voice, guess in zip(voices, heard, strict=True)]


def voice_of_each_word(transcript: Transcript) -> list[str]:
    """The number of the voice that says each word; empty where none is told apart."""
    voices = [""] * len(transcript.words)
    for segment in transcript.segments:
        voices[segment.first : segment.last] = [segment.speaker] * (segment.last - segment.first)
    return voices


def _called(voices: Sequence[str], asks: Sequence[bool], speakers: Speakers) -> dict[str, str]:
    """What each of several voices is called."""
    asking = Counter(voice for voice, asked in zip(voices, asks, strict=True) if voice and asked)
    saying = Counter(voice for voice in voices if voice)
    names = {voice: f"Speaker {voice}" for voice in saying} if len(saying) > 1 else {}
    for voice, _ in asking.most_common(1 if names else 0):
        names[voice] = speakers.interviewer
        del saying[voice]
    for voice, _ in saying.most_common(1 if names else 0):
        names[voice] = speakers.contributor
    return names


def _paragraphs(
    words: Sequence[Word], says: Sequence[str], under: Sequence[str]
) -> list[tuple[int, int]]:
    bounds: list[tuple[int, int]] = []
    first = 0
    for at in range(1, len(words)):
        changes = says[at] != says[at - 1] or under[at] != under[at - 1]
        if changes or _breaks(words[at - 1], words[at], at - first):
            bounds.append((first, at))
            first = at
    return [*bounds, (first, len(words))] if words else []


def _breaks(before: Word, after: Word, length: int) -> bool:
    gap = after.start - before.end
    if gap >= _SILENCE:
        return True
    if not is_sentence_end(before.text):
        return False
    return gap >= _PAUSE or (length >= _LONG and gap >= _BREATH) or length >= _TOO_LONG


_LOUDEST = 99.5  # per cent of the frames are no louder: how loud this voice can be
_SPOKE_DB = 20.0  # by which somebody who spoke at all was louder than their quiet
_CLEAR_DB = 6.0  # by which a voice is louder than the others in a word of its own


def assign_voices(
    words: Sequence[Word], segments: Sequence[Segment], levels: Mapping[str, Any]
) -> tuple[Segment, ...]:
    """The segments, divided where another voice begins, with the number of the voice in each.

    `levels` as `capture.recording.takes.speaker_levels` gives them; with fewer than two voices
    that spoke, or where the segments name voices already, nothing is changed. Pure.
    """
    spoke = {voice: own for voice, level in levels.items() if (own := _own(level)) is not None}
    if len(spoke) < 2 or not words or any(segment.speaker for segment in segments):
        return tuple(segments)
    says = _carried_on([_voice_of(word, spoke) for word in words])
    return tuple(part for segment in segments for part in _divided(segment, words, says))


def _own(level: Any) -> Any:
    """Decibels below the voice’s own loudest; None for somebody who said nothing."""
    import numpy as np

    if not len(level):
        return None
    loudest = float(np.percentile(level, _LOUDEST))
    quiet = float(np.percentile(level, 10))
    return level - loudest if loudest - quiet >= _SPOKE_DB else None


def _voice_of(word: Word, levels: Mapping[str, Any]) -> str:
    """The voice that says it, or nothing where two are as loud."""
    first, last = word.start // FRAME_MS, max(word.end // FRAME_MS, word.start // FRAME_MS + 1)
    heard = sorted(((_power(level[first:last]), voice) for voice, level in levels.items()))
    (second, _), (loudest, voice) = heard[-2:]
    return voice if loudest - second >= _CLEAR_DB else ""


def _power(level: Any) -> float:
    import numpy as np

    return float(10 * np.log10((10 ** (level / 10)).mean())) if len(level) else -120.0


def _carried_on(says: Sequence[str]) -> list[str]:
    """Words of no clear voice go with the one before; those at the beginning with the first."""
    voice = next((one for one in says if one), "")
    carried = []
    for one in says:
        voice = one or voice
        carried.append(voice)
    return carried


def _divided(segment: Segment, words: Sequence[Word], says: Sequence[str]) -> Iterator[Segment]:
    for voice, run in groupby(range(segment.first, segment.last), key=lambda at: says[at]):
        inside = list(run)
        yield msgspec.structs.replace(
            segment,
            first=inside[0],
            last=inside[-1] + 1,
            start=words[inside[0]].start,
            end=words[inside[-1]].end,
            speaker=voice,
        )
