"""Who speaks, in which paragraph, under which question: a first draft for the editor to correct."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from capture.questions.question_set import QuestionSet
from transcribe.chapters import Matching
from transcribe.tokens import ends_sentence, tokens_of
from transcribe.words import Chapter, EditedTranscript, Transcript, Turn, Word

INTERVIEWER = "Interviewer"
CARER = "Carer"
LONGEST_LABEL = 40
SHORT_OPENING = 15_000
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


def label(name: str) -> str:
    """A name as it can stand before a turn: one line, no colon, at most 40 characters."""
    return " ".join(tokens_of(name.replace(":", " ")))[:LONGEST_LABEL].strip() or CARER


def draft(
    transcript: Transcript,
    transcript_sha256: str,
    questions: QuestionSet,
    matching: Matching,
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
    placed = under_first_question(turns)
    return EditedTranscript(
        story=transcript.story,
        transcript_sha256=transcript_sha256,
        duration=transcript.duration,
        turns=placed,
        chapters=chapters_of(placed, questions, transcript.duration),
    )


def names_of_voices(
    transcript: Transcript, matching: Matching, speakers: Speakers
) -> dict[str, str]:
    """Number of each voice → what `draft` calls it, where the transcript tells voices apart."""
    asks = _asks(matching, len(transcript.words))
    return dict(sorted(_called(voices_of(transcript), asks, speakers).items()))


def _asks(matching: Matching, words: int) -> list[bool]:
    """Whether each word is of what the question set has the interviewer say."""
    asks = [False] * words
    for passage in matching.passages:
        asks[passage.first : passage.last] = [True] * (passage.last - passage.first)
    return asks


def under_first_question(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """A short opening (a welcome) belongs to the first question; a long one stays on its own."""
    asked = next((turn for turn in turns if turn.question), None)
    if asked is None or asked.words[0].start - turns[0].words[0].start > SHORT_OPENING:
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
    voices = voices_of(transcript)
    names = _called(voices, asks, speakers)
    heard = (speakers.interviewer if asked else speakers.contributor for asked in asks)
    return [names.get(voice, guess) for voice, guess in zip(voices, heard, strict=True)]


def voices_of(transcript: Transcript) -> list[str]:
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
    if not ends_sentence(before.text):
        return False
    return gap >= _PAUSE or (length >= _LONG and gap >= _BREATH) or length >= _TOO_LONG
