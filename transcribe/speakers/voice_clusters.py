"""Find the voices of a recording among its embeddings, and how well each fits each word.

The embeddings of one voice point the same way. Groups of them are found by k-means on the sphere,
then bettered by what is known of turns: words are divided between the voices
(`transcribe.speakers.word_voices`), and each voice is what its words have in common, until nothing
changes. The questions that were recognised are the interviewer's: between two voices they are where
it begins. Else the best of several beginnings is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from transcribe.speakers.protocol import MAX_VOICES, VoiceScores
from transcribe.speakers.word_voices import best_voices

STEP_MS = 250
"""From one embedding to the next."""
ODDS_PER_SECOND = 40.0
"""Log odds that a second of speech gives, for each unit by which one voice is more like it."""

# One more voice than before is there if dividing speech so gains this much, in log odds by second
# of speech: at once, or if the two are not too alike (cosine), or if each also goes on when heard.
_GAIN_ALONE = 0.7
_GAIN_IF_UNLIKE, _UNLIKE = 0.5, 0.86
_GAIN_IF_LASTING, _LASTING_UNLIKE, _LASTING = 0.25, 0.885, 0.7
_CERTAINLY_UNLIKE = 0.78
_UNLIKE_WHERE_ASKED = 0.93  # if one asks the questions and the other does not
_PERSISTENCE_STEPS = 5  # as far apart as embeddings must be to share no sound
_MIN_STEPS = 12  # three seconds: less is not called a voice of its own
_ASKED_SHARE, _ANSWERED_SHARE = 0.8, 0.5
_MIN_ASKED_WORDS = 20  # a single question may be one that was only worded so
_BEGINNINGS = 6
_ROUNDS = 12


@dataclass(frozen=True)
class VoiceEmbeddings:
    """An embedding of length one for each STEP_MS of a recording; zeros where nobody speaks."""

    vectors: Any

    @property
    def is_voiced(self) -> Any:
        return self.vectors.any(axis=1)


@dataclass(frozen=True)
class _Division:
    """Words divided between voices, with the direction of each voice."""

    centres: Any
    path: Any
    value: float


@dataclass(frozen=True)
class _Material:
    """Embeddings, words and costs from which divisions are made."""

    embeddings: Any
    """Of the steps in which somebody speaks."""
    steps: Any
    """Their numbers."""
    words: Any
    """Of each word, the sum of its embeddings, by seconds."""
    costs: Any
    is_question: Any
    """True for a word of a question that was recognised."""


def score_voices(
    embeddings: VoiceEmbeddings,
    spans: Any,
    costs: Any,
    is_question: Any,
    count: int | None,
) -> VoiceScores:
    """Return the fit of each voice to each word.

    `spans` are words' starts and ends in milliseconds; `costs` as `switch_costs` gives them;
    `is_question` says of each word whether it belongs to a question that was recognised.
    """
    voiced = embeddings.is_voiced
    material = _Material(
        embeddings.vectors[voiced],
        np.flatnonzero(voiced),
        _over_words(embeddings.vectors, spans),
        costs,
        np.asarray(is_question, dtype=bool),
    )
    seconds = _over_words(voiced[:, None].astype(np.float64), spans)[:, 0]
    if len(material.embeddings) == 0:
        return VoiceScores(np.zeros((len(spans), 1)), seconds)
    if count is None:
        division = _divide_as_found(material)
    else:
        free = _divide_as_found(material)
        asking = _asking_voice(material, free) if count == 2 else None
        if asking is not None:
            return VoiceScores(_one_against_the_rest(material, free, asking), seconds)
        division = _divide(material, count)
    return VoiceScores(_scores(material, division.centres), seconds)


def _asking_voice(material: _Material, division: _Division) -> int | None:
    """Return the voice of several that asks the questions that were recognised, and little else."""
    asked = division.path[material.is_question]
    others = division.path[~material.is_question]
    if len(division.centres) < 3 or len(asked) < _MIN_ASKED_WORDS or not len(others):
        return None
    voice = int(np.bincount(asked).argmax())
    asks = (asked == voice).mean() >= _ASKED_SHARE and (others == voice).mean() <= _ANSWERED_SHARE
    return voice if asks else None


def _one_against_the_rest(material: _Material, division: _Division, voice: int) -> Any:
    """Return scores of two: of who asks, and of whoever else, whose voice may change."""
    scores = _scores(material, division.centres)
    rest = np.delete(scores, voice, axis=1).max(axis=1)
    return np.stack([scores[:, voice], rest], axis=1)


def _over_words(vectors: Any, spans: Any) -> Any:
    """Return for each span the integral over time of what `vectors` says for each step."""
    padded = np.vstack([np.zeros((1, vectors.shape[1])), vectors]) * (STEP_MS / 1000)
    integral = np.cumsum(padded, axis=0, dtype=np.float64)

    def until(moments: Any) -> Any:
        position = np.clip(moments / STEP_MS, 0, len(vectors))
        low = np.minimum(position.astype(np.int64), len(vectors) - 1)
        part = (position - low)[:, None]
        return integral[low] * (1 - part) + integral[low + 1] * part

    spans = np.asarray(spans, dtype=np.float64).reshape(-1, 2)
    return until(spans[:, 1]) - until(spans[:, 0])


def _scores(material: _Material, centres: Any) -> Any:
    return ODDS_PER_SECOND * (material.words @ centres.T)


def _divide_as_found(material: _Material) -> _Division:
    best = _divide(material, 1)
    for count in range(2, MAX_VOICES + 1):
        division = _divide(material, count)
        if not _is_one_more(material, division, best):
            break
        best = division
    return best


def _divide(material: _Material, count: int) -> _Division:
    """Return the best division between `count` voices; fewer where there is too little speech."""
    if count == 2 and (seeded := _between_asking_and_answering(material)) is not None:
        return seeded
    divisions = [_better(material, centres) for centres in _beginnings(material, count)]
    return max(divisions, key=lambda division: division.value)


def _between_asking_and_answering(material: _Material) -> _Division | None:
    """Return the division that begins with the questions that were recognised, if it holds."""
    asked = material.words[material.is_question].sum(axis=0)
    answered = material.words[~material.is_question].sum(axis=0)
    if not asked.any() or not answered.any():
        return None
    division = _better(material, _directions(np.array([asked, answered])))
    return division if _one_asks(material, division) else None


def _better(material: _Material, centres: Any) -> _Division:
    path = None
    value = 0.0
    for _ in range(_ROUNDS):
        new_path, value = best_voices(_scores(material, centres), material.costs)
        if path is not None and (new_path == path).all():
            break
        path = new_path
        sums = [material.words[path == voice].sum(axis=0) for voice in range(len(centres))]
        lengths = [float(np.linalg.norm(total)) for total in sums]
        centres = np.array(
            [
                total / length if length > 1e-6 else centre
                for total, length, centre in zip(sums, lengths, centres, strict=True)
            ]
        )
    return _Division(centres, path, value)


def _beginnings(material: _Material, count: int) -> Iterator[Any]:
    """Yield directions to begin with, by k-means from several embeddings."""
    embeddings = material.embeddings
    count = min(count, len(embeddings))
    # The same every time: transcribing twice must not give two transcripts.
    chance = np.random.default_rng(1)
    for _ in range(_BEGINNINGS if count > 1 else 1):
        yield _k_means(embeddings, _far_apart(embeddings, count, chance))


def _far_apart(embeddings: Any, count: int, chance: Any) -> Any:
    """Choose embeddings that are unlike each other, by chance in proportion (k-means++)."""
    centres = [embeddings[chance.integers(len(embeddings))]]
    while len(centres) < count:
        distances = np.maximum(1 - (embeddings @ np.array(centres).T).max(axis=1), 1e-9) ** 2
        centres.append(embeddings[chance.choice(len(embeddings), p=distances / distances.sum())])
    return np.array(centres)


def _k_means(embeddings: Any, centres: Any) -> Any:
    for _ in range(_ROUNDS):
        nearest = (embeddings @ centres.T).argmax(axis=1)
        sums = [embeddings[nearest == voice].sum(axis=0) for voice in range(len(centres))]
        centres = _directions(
            np.array([total if total.any() else centres[at] for at, total in enumerate(sums)])
        )
    return centres


def _directions(vectors: Any) -> Any:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _is_one_more(material: _Material, division: _Division, before: _Division) -> bool:
    """Return whether a division has one more voice than the one before, each a voice of its own."""
    if len(division.centres) <= len(before.centres):
        return False
    seconds = len(material.steps) * STEP_MS / 1000
    gain = (division.value - before.value) / seconds
    nearest = (material.embeddings @ division.centres.T).argmax(axis=1)
    return all(
        _are_two(material, division, nearest, pair, gain)
        for pair in combinations(range(len(division.centres)), 2)
    )


def _are_two(
    material: _Material, division: _Division, nearest: Any, pair: tuple[int, int], gain: float
) -> bool:
    first, second = pair
    if min((nearest == first).sum(), (nearest == second).sum()) < _MIN_STEPS:
        return False
    likeness = float(division.centres[first] @ division.centres[second])
    if gain >= _GAIN_ALONE or (gain >= _GAIN_IF_UNLIKE and likeness < _UNLIKE):
        return True
    if gain >= _GAIN_IF_LASTING and likeness < _LASTING_UNLIKE:
        if likeness < _CERTAINLY_UNLIKE:
            return True
        return _persistence(material.steps, nearest, first, second) >= _LASTING
    return likeness < _UNLIKE_WHERE_ASKED and _one_asks(material, division)


def _persistence(steps: Any, nearest: Any, first: int, second: int) -> float:
    """Return how much surer than chance it is that the same of two voices still speaks.

    Steps are compared that share no sound. The halves of one voice follow its sounds, and change
    with them; two voices last.
    """
    both = np.isin(nearest, (first, second))
    voice_at = dict(zip(steps[both].tolist(), (nearest[both] == first).tolist(), strict=True))
    pairs = [
        (voice, voice_at[step + _PERSISTENCE_STEPS])
        for step, voice in voice_at.items()
        if step + _PERSISTENCE_STEPS in voice_at
    ]
    if len(pairs) < _MIN_STEPS:
        return 0.0
    table = np.array(pairs, dtype=bool)
    same = float((table[:, 0] == table[:, 1]).mean())
    before, after = table.mean(axis=0)
    expected = float(before * after + (1 - before) * (1 - after))
    return (same - expected) / (1 - expected + 1e-9)


def _one_asks(material: _Material, division: _Division) -> bool:
    """Return whether one of two voices asks the questions that were recognised, and little else."""
    asked = division.path[material.is_question]
    others = division.path[~material.is_question]
    if len(division.centres) != 2 or not len(asked) or not len(others):
        return False
    voice = np.bincount(asked, minlength=2).argmax()
    return bool(
        (asked == voice).mean() >= _ASKED_SHARE and (others == voice).mean() <= _ANSWERED_SHARE
    )
