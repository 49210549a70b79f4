"""Draft speakers, paragraphs and chapters of a transcript, for the editor to correct."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import msgspec

from capture.questions.question_set import QuestionSet
from transcribe.question_matching import QuestionMatches
from transcribe.words import (
    BY_SOUND,
    LEVEL_FRAME_MS,
    VOICES,
    Chapter,
    EditedTranscript,
    Segment,
    Transcript,
    Turn,
    Word,
    is_sentence_end,
    tokens_of,
)

INTERVIEWER = "Interviewer"
CARER = "Carer"
INTERVIEWER_VOICE, CONTRIBUTOR_VOICE = "interviewer_voice", "contributor_voice"
"""Options of an imported transcript: numbers of the voices whose labels in the file say it."""
UNSURE_VOICE = "who speaks?"
"""Hint at the first word of a turn whose voice is in doubt."""
UNSURE_QUESTION = "who asks this?"
"""Hint at a question of the set that is not in the interviewer’s voice."""
MAX_LABEL_CHARS = 40
LONG_STATEMENT_MS = 5_000
"""Said without asking anything, it may be somebody whose voice is like the interviewer’s."""
SHORT_OPENING_MS = 15_000
"""A welcome shorter than this belongs to the first question's chapter."""

_PAUSE_MS = 1_500  # begins a new paragraph at a sentence's end
_BREATH_MS = 400  # begins one at a sentence's end in a long turn
_SILENCE_MS = 4_000  # begins one anywhere
_LONG_WORDS = 60  # a long turn
_MAX_WORDS = 120  # after these the next sentence's end is the paragraph's


@dataclass(frozen=True)
class Speakers:
    """Labels of the two speakers in the editor's copy, in captions and on the page."""

    interviewer: str = INTERVIEWER
    contributor: str = CARER


def contributor_label(name: str) -> str:
    """Return a name as it can stand before a turn: one line, no colon, at most 40 characters."""
    # A colon ends a label in the editor's copy.
    return " ".join(tokens_of(name.replace(":", " ")))[:MAX_LABEL_CHARS].strip() or CARER


def draft_turns(
    transcript: Transcript,
    transcript_sha256: str,
    questions: QuestionSet,
    matches: QuestionMatches,
    speakers: Speakers,
) -> EditedTranscript:
    """Divide the literal words into turns, under questions, with their speakers.

    The set's own wording is the interviewer's, all else the contributor's. Where voices are told
    apart, the one that asks the questions is the interviewer's, the one that says most besides is
    the contributor's, others are numbered.
    """
    words = transcript.words
    is_prompt = prompt_words(matches, len(words))
    question_of = [""] * len(words)
    for match in matches.questions:
        question_of[match.first :] = [match.question] * (len(words) - match.first)
    speaker_of = _speaker_of_each_word(transcript, is_prompt, speakers)
    turns = attach_opening(
        [
            Turn(speaker=speaker_of[first], question=question_of[first], words=words[first:last])
            for first, last in _paragraphs(words, speaker_of, question_of)
        ]
    )
    return EditedTranscript(
        story=transcript.story,
        transcript_sha256=transcript_sha256,
        duration=transcript.duration,
        turns=turns,
        chapters=chapters_of(turns, questions, transcript.duration),
    )


def voice_labels(
    transcript: Transcript, matches: QuestionMatches, speakers: Speakers
) -> dict[str, str]:
    """Return the number of each voice → its label, where the transcript tells voices apart."""
    is_prompt = prompt_words(matches, len(transcript.words))
    voices = voice_of_each_word(transcript)
    return dict(sorted(_labels(voices, is_prompt, speakers, transcript.options).items()))


def voice_doubts(
    transcript: Transcript, matches: QuestionMatches, speakers: Speakers
) -> dict[int, str]:
    """Return hints by the number of their word: turns in doubt, and questions in another voice."""
    labels = voice_labels(transcript, matches, speakers)
    if not labels:
        return {}
    voices = voice_of_each_word(transcript)
    doubts = dict.fromkeys(transcript.unsure_voices, UNSURE_VOICE)
    if transcript.options.get(VOICES) == BY_SOUND:
        asking_voices = [voice for voice, label in labels.items() if label == speakers.interviewer]
        statements = _long_statements(transcript.words, voices, matches, asking_voices)
        doubts |= dict.fromkeys(statements, UNSURE_VOICE)
    for match in matches.questions:
        asking = Counter(voice for voice in voices[match.first : match.last] if voice)
        if asking and labels.get(asking.most_common(1)[0][0]) != speakers.interviewer:
            doubts[match.first] = UNSURE_QUESTION
    return doubts


def _long_statements(
    words: Sequence[Word],
    voices: Sequence[str],
    matches: QuestionMatches,
    asking_voices: Sequence[str],
) -> Iterator[int]:
    """Yield the first words of what the voice that asks says at length without asking anything."""
    is_prompt = prompt_words(matches, len(words))
    for voice, run in groupby(range(len(words)), key=lambda number: voices[number]):
        numbers = list(run)
        length = words[numbers[-1]].end - words[numbers[0]].start
        if voice not in asking_voices or length < LONG_STATEMENT_MS:
            continue
        if not any(is_prompt[number] or "?" in words[number].text for number in numbers):
            yield numbers[0]


def prompt_words(matches: QuestionMatches, count: int) -> list[bool]:
    """Return for each of `count` words whether it belongs to a prompt of the question set."""
    is_prompt = [False] * count
    for match in matches.prompts:
        is_prompt[match.first : match.last] = [True] * (match.last - match.first)
    return is_prompt


def attach_opening(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Put a short opening (a welcome) under the first question; a long one stays on its own."""
    first_asked = next((turn for turn in turns if turn.question), None)
    if first_asked is None:
        return tuple(turns)
    if first_asked.words[0].start - turns[0].words[0].start > SHORT_OPENING_MS:
        return tuple(turns)
    return tuple(
        turn if turn.question else msgspec.structs.replace(turn, question=first_asked.question)
        for turn in turns
    )


def chapters_of(
    turns: Sequence[Turn], questions: QuestionSet, duration: int
) -> tuple[Chapter, ...]:
    """Return a chapter for each question, from its first word to the next one's.

    The last ends with the recording (`duration` in milliseconds); the first begins at 0 when
    nothing is said before it. Turns without a question come before all chapters.
    """
    titles = {question.id: " ".join(question.ask.split()) for question in questions.questions}
    first_words: dict[str, int] = {}
    for turn in turns:
        first_words.setdefault(turn.question, turn.words[0].start)
    has_opening = first_words.pop("", None) is not None
    starts = list(first_words.values())
    if starts and not has_opening:
        starts[0] = 0
    return tuple(
        Chapter(question=question, title=titles[question], start=start, end=end)
        for question, start, end in zip(first_words, starts, [*starts[1:], duration], strict=False)
    )


def _speaker_of_each_word(
    transcript: Transcript, is_prompt: Sequence[bool], speakers: Speakers
) -> list[str]:
    voices = voice_of_each_word(transcript)
    labels = _labels(voices, is_prompt, speakers, transcript.options)
    # Where one voice says all, `labels` is empty: then the questions' wording decides.
    by_wording = (speakers.interviewer if asks else speakers.contributor for asks in is_prompt)
    return [labels.get(voice, guess) for voice, guess in zip(voices, by_wording, strict=True)]


def voice_of_each_word(transcript: Transcript) -> list[str]:
    """Return the number of the voice that says each word; empty where none is told apart."""
    voices = [""] * len(transcript.words)
    for segment in transcript.segments:
        voices[segment.first : segment.last] = [segment.speaker] * (segment.last - segment.first)
    return voices


def _labels(
    voices: Sequence[str],
    is_prompt: Sequence[bool],
    speakers: Speakers,
    options: Mapping[str, object],
) -> dict[str, str]:
    """Return the label of each of several voices; nothing for a single one.

    `options` are the transcript's: they say whose voices are whose where an imported file does.
    """
    asking = Counter(voice for voice, asks in zip(voices, is_prompt, strict=True) if voice and asks)
    saying = Counter(voice for voice in voices if voice)
    labels = {voice: f"Speaker {voice}" for voice in saying} if len(saying) > 1 else {}
    if not labels:
        return {}
    interviewer, contributor = (
        str(options.get(role, "")) for role in (INTERVIEWER_VOICE, CONTRIBUTOR_VOICE)
    )
    if interviewer not in saying:
        askers = (voice for voice, _ in asking.most_common() if voice != contributor)
        interviewer = next(askers, "")
    # So that nobody is the interviewer and the contributor.
    others = (voice for voice, _ in saying.most_common() if voice != interviewer)
    contributor = contributor if contributor in saying else next(others, "")
    named = {interviewer: speakers.interviewer, contributor: speakers.contributor}
    return labels | {voice: label for voice, label in named.items() if voice}


def _paragraphs(
    words: Sequence[Word], speaker_of: Sequence[str], question_of: Sequence[str]
) -> list[tuple[int, int]]:
    bounds: list[tuple[int, int]] = []
    first = 0
    for at in range(1, len(words)):
        changes = speaker_of[at] != speaker_of[at - 1] or question_of[at] != question_of[at - 1]
        if changes or _begins_paragraph(words[at - 1], words[at], at - first):
            bounds.append((first, at))
            first = at
    return [*bounds, (first, len(words))] if words else []


def _begins_paragraph(before: Word, word: Word, length: int) -> bool:
    gap = word.start - before.end
    if gap >= _SILENCE_MS:
        return True
    if not is_sentence_end(before.text):
        return False
    return gap >= _PAUSE_MS or (length >= _LONG_WORDS and gap >= _BREATH_MS) or length >= _MAX_WORDS


# Voices that are told apart


def with_voices(
    words: Sequence[Word], segments: Sequence[Segment], voices: Sequence[str]
) -> tuple[Segment, ...]:
    """Return the segments divided where another voice begins, each with the number of its voice."""
    return tuple(part for segment in segments for part in _by_voice(segment, words, voices))


# Voices of a meeting, by the sound file in which each is loud


_LOUDEST_PERCENTILE = 99.5  # of a voice's levels: how loud this voice can be
_QUIET_PERCENTILE = 10
_SPOKE_DB = 20.0  # by which somebody who spoke at all was louder than their quiet
_CLEAR_DB = 6.0  # by which a voice must be louder than the others for a word to be its own


def assign_voices(
    words: Sequence[Word], segments: Sequence[Segment], levels: Mapping[str, Any]
) -> tuple[Segment, ...]:
    """Return the segments divided where another voice begins, each with the number of its voice.

    Levels are counted from each voice’s own loudest passages, as one of the two may sit nearer to
    their microphone. A word belongs to the voice that stands clear of the others throughout it; a
    word of which that cannot be said goes with the word before.

    `levels` as `capture.recording.takes.speaker_levels` gives them; with fewer than two voices that
    spoke, or where the segments name voices already, nothing is changed. Pure.
    """
    relative = {voice: _relative_level(level) for voice, level in levels.items()}
    spoke = {voice: level for voice, level in relative.items() if level is not None}
    if len(spoke) < 2 or not words or any(segment.speaker for segment in segments):
        return tuple(segments)
    voices = _fill_unclear([_voice_of(word, spoke) for word in words])
    return with_voices(words, segments, voices)


def _relative_level(level: Any) -> Any:
    """Return decibels below the voice’s own loudest; None for somebody who said nothing."""
    import numpy as np  # heavy, and needed for recordings of meetings alone

    if not len(level):
        return None
    loudest = float(np.percentile(level, _LOUDEST_PERCENTILE))
    quiet = float(np.percentile(level, _QUIET_PERCENTILE))
    return level - loudest if loudest - quiet >= _SPOKE_DB else None


def _voice_of(word: Word, levels: Mapping[str, Any]) -> str:
    """Return the voice that says a word; empty where two are as loud."""
    first = word.start // LEVEL_FRAME_MS
    last = max(word.end // LEVEL_FRAME_MS, first + 1)
    powers = sorted((_mean_power(level[first:last]), voice) for voice, level in levels.items())
    (second, _), (loudest, voice) = powers[-2:]
    return voice if loudest - second >= _CLEAR_DB else ""


def _mean_power(level: Any) -> float:
    # Powers are averaged, not decibels: a short loud part counts as the ear hears it.
    return 10 * math.log10(float((10 ** (level / 10)).mean())) if len(level) else -120.0


def _fill_unclear(voices: Sequence[str]) -> list[str]:
    """Give words of no clear voice that of the word before, and the first ones the first voice."""
    current = next((voice for voice in voices if voice), "")
    filled = []
    for voice in voices:
        current = voice or current
        filled.append(current)
    return filled


def _by_voice(segment: Segment, words: Sequence[Word], voices: Sequence[str]) -> Iterator[Segment]:
    for voice, run in groupby(range(segment.first, segment.last), key=lambda at: voices[at]):
        indices = list(run)
        yield msgspec.structs.replace(
            segment,
            first=indices[0],
            last=indices[-1] + 1,
            start=words[indices[0]].start,
            end=words[indices[-1]].end,
            speaker=voice,
        )
