"""Find the voice that asks, and the voices that are one person who is asked.

The sound of one person changes: between takes, with the distance to the microphone, with what is
told. Seen from the interviewer, such voices never meet: each only ever answers. A relative who
joins takes turns with the contributor inside one answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from transcribe.speakers.word_voices import turns_of
from transcribe.words import Word, is_sentence_end

# A voice asks if it says most words of the questions that were recognised, and little else; where
# there are too few of them, if most sentences with a question mark are its own. Stories ask, too.
_MIN_RECOGNISED_WORDS = 20
_ASKED_SHARE, _ANSWERED_SHARE = 0.8, 0.5
_MIN_QUESTIONS, _QUESTION_SHARE = 3, 0.5
_QUESTION_TIMES = 2.5  # as many of its sentences as of others' must be questions
_SHORT_REMARK_SECONDS = 1.5  # “Mm-hm”: the answer goes on
_HEARD_SECONDS, _HEARD_SHARE = 2.0, 0.1  # of an answer: less may be the edge of a turn
_JOINS_SHARE = 0.5  # of what a voice says, in answers that another shares
_OFTEN_ANSWERS, _OFTEN_SHARE = 3, 0.2  # shared by two unlike voices: enough, if asked alone besides


def asking_voice(path: Any, is_question: Any, words: Sequence[Word]) -> int | None:
    """Return the voice that asks the questions, and little else; None if none clearly does.

    `path` is the voice of each word, `is_question` says of which a question was recognised.
    """
    recognised = recognised_asking(path, is_question)
    return _voice_of_questions(path, is_question, words) if recognised is None else recognised


def recognised_asking(path: Any, is_question: Any) -> int | None:
    """Return the voice that asks the questions that were recognised, and little else."""
    if is_question.sum() < _MIN_RECOGNISED_WORDS or is_question.all():
        return None
    voice = int(np.bincount(path[is_question]).argmax())
    asks = (path[is_question] == voice).mean() >= _ASKED_SHARE
    return voice if asks and (path[~is_question] == voice).mean() <= _ANSWERED_SHARE else None


def _voice_of_questions(path: Any, is_question: Any, words: Sequence[Word]) -> int | None:
    """Return the voice of most sentences that are questions, by their marks or by the set."""
    sentences, questions = np.zeros(int(path.max()) + 1), np.zeros(int(path.max()) + 1)
    for first, last in _sentences(words):
        # Before the last words may stand somebody else's, without a full stop between.
        sentences[path[last - 1]] += 1
        questions[path[last - 1]] += _is_asked_sentence(first, last, is_question, words)
    voice = int(questions.argmax())
    other_said, other_asked = sentences.sum() - sentences[voice], questions.sum() - questions[voice]
    if questions[voice] < _MIN_QUESTIONS or not other_said:
        return None
    is_clear = questions[voice] / sentences[voice] >= _QUESTION_TIMES * other_asked / other_said
    asks = is_clear and questions[voice] >= _QUESTION_SHARE * questions.sum()
    return voice if asks and (path == voice).mean() <= _ANSWERED_SHARE else None


def asked_words(is_question: Any, words: Sequence[Word]) -> Any:
    """Return of each word whether its sentence is a question, by its mark or by the set."""
    asked = np.zeros(len(words), dtype=bool)
    for first, last in _sentences(words):
        asked[first:last] = _is_asked_sentence(first, last, is_question, words)
    return asked


def _sentences(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield the first word of each sentence, and the one after its last."""
    first = 0
    for at, word in enumerate(words):
        if is_sentence_end(word.text) or at == len(words) - 1:
            yield first, at + 1
            first = at + 1


def _is_asked_sentence(first: int, last: int, is_question: Any, words: Sequence[Word]) -> bool:
    return _is_asked(words[last - 1]) or bool(is_question[first:last].mean() > 0.5)


def _is_asked(word: Word) -> bool:
    return word.text.rstrip("\"'’”)]»").endswith("?")


def people_of(
    path: Any, asking: int, words: Sequence[Word], is_question: Any, is_unlike: Any = None
) -> dict[int, int]:
    """Return each voice → the voice that it is one person with, itself or the contributor's.

    The contributor is who says most, besides the voice that asks. Two voices of which either is
    mostly heard beside the other are two people; so are two that are surely unlike (`is_unlike`,
    voices × voices) and meet in several answers.
    """
    seconds = np.array([(word.end - word.start) / 1000 for word in words])
    seconds_of = np.bincount(path, weights=seconds)
    voices = [int(voice) for voice in np.flatnonzero(seconds_of)]
    answering = [voice for voice in voices if voice != asking]
    people = {voice: voice for voice in voices}
    if len(answering) < 2:
        return people
    contributor = max(answering, key=lambda voice: seconds_of[voice])
    shared = np.zeros((len(seconds_of), len(seconds_of)))
    meetings = np.zeros(shared.shape, dtype=int)
    for answer in _answers(path, asking, words, is_question, seconds):
        total = sum(answer.values())
        heard = [v for v in answer if answer[v] >= max(_HEARD_SECONDS, _HEARD_SHARE * total)]
        for voice, other in permutations(answer, 2):
            if other in heard:
                shared[voice, other] += answer[voice]
                meetings[voice, other] += voice in heard
    share = shared / np.maximum(seconds_of, 1e-9)[:, None]
    for voice in answering:
        others = [other for other in answering if other != voice]
        joins = share[voice, others].max() >= _JOINS_SHARE
        if is_unlike is not None:
            meets = is_unlike & (meetings >= _OFTEN_ANSWERS) & (share >= _OFTEN_SHARE)
            joins = joins or meets[voice, others].any()
        if not joins and shared[contributor, voice] < _JOINS_SHARE * seconds_of[contributor]:
            people[voice] = contributor
    return people


def _answers(
    path: Any, asking: int, words: Sequence[Word], is_question: Any, seconds: Any
) -> list[dict[int, float]]:
    """Return the seconds of each voice in each answer: what is said between two questions."""
    answers: list[dict[int, float]] = [{}]
    for first, last in turns_of(path.tolist()):
        length = float(seconds[first:last].sum())
        voice = int(path[first])
        if voice != asking:
            answers[-1][voice] = answers[-1].get(voice, 0.0) + length
        # The last word of a question may be taken for the first of its answer.
        elif (
            length > _SHORT_REMARK_SECONDS
            or is_question[first:last].any()
            or any(map(_is_asked, words[first : last + 1]))
        ):
            answers.append({})
    return answers
