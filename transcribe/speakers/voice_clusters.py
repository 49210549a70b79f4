"""Find the voices of a recording among its embeddings, and how well each fits each word.

The embeddings of one voice point the same way. What is said between two places at which people may
take turns is gathered into more groups than there are voices; the two most alike become one, and
words are divided anew between the groups (`transcribe.speakers.word_voices`), until all that are
left are unlike. Begun from above instead, a voice that says little is missed while one that says
much is divided.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from transcribe.speakers.protocol import MAX_VOICES, VoiceScores
from transcribe.speakers.who_asks import asked_words, asking_voice, people_of
from transcribe.speakers.word_voices import INSIDE_SENTENCE, best_voices, switch_costs, turns_of
from transcribe.words import Word

STEP_MS = 250
"""From one embedding to the next."""
ODDS_PER_SECOND = 24.0
"""Log odds that a second of speech gives, for each unit by which one voice is more like it."""

_UNLIKE = 0.66
"""Two groups are two voices if they are less alike than this (cosine)."""
_UNLIKE_IF_SHORT = 0.45
"""Limit for more than two groups where one has three seconds: it may be a sigh, or a laugh.

Voices less alike than this are not one person who speaks otherwise for a moment either."""
_LONG_SECONDS = 12.0
_IN_DOUBT = 0.06  # from that limit: so near the number of voices is in doubt
_UNLIKE_WHERE_ASKED = 0.85  # of the last two, if one asks the questions and the other does not
_UNLIKE_OF_ASKING = 0.8
"""Limit for whoever asks and another group that asks next to nothing, among more than two.

Over a telephone two people are as alike as this. Higher, and an interviewer who tells something at
length would be two people."""
_MOST_ASKED, _LEAST_ANSWERED_SECONDS = 0.2, 5.0  # of what such a group says, and how much it says
_MIN_STEPS = 12  # three seconds: less is not called a voice of its own
_GROUPS = 8  # to begin with
_PIECE_SECONDS = 4.0  # of which groups are made, at most
_MAX_PIECES = 800  # more take long, and are no surer
_SILENT = 1e-6
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
    words: Any
    """Of each word, the sum of its embeddings, by seconds."""
    costs: Any
    is_question: Any
    """True for a word of a question that was recognised."""
    spoken: Sequence[Word]


def score_voices(
    embeddings: VoiceEmbeddings, words: Sequence[Word], is_question: Any, count: int | None
) -> VoiceScores:
    """Return the fit of each voice to each word: of `count` voices, or of as many as are found.

    `is_question` says of each word whether it belongs to a question that was recognised.
    """
    spans = np.array([(word.start, word.end) for word in words])
    voiced = embeddings.is_voiced
    material = _Material(
        embeddings.vectors[voiced],
        _over_words(embeddings.vectors, spans),
        switch_costs(words),
        np.asarray(is_question, dtype=bool),
        words,
    )
    if len(material.embeddings) == 0:
        return VoiceScores(np.zeros((len(spans), 1)))
    return _scores_of_people(material, count)


def _scores_of_people(material: _Material, count: int | None) -> VoiceScores:
    """Return the fit of each person to each word; a person may have several voices."""
    division, may_be_another = _divide_as_found(material)
    asking = asking_voice(division.path, material.is_question, material.spoken)
    voices = range(len(division.centres))
    people = {voice: voice for voice in voices}
    if asking is not None and count is None:
        is_unlike = division.centres @ division.centres.T < _UNLIKE_IF_SHORT
        people = people_of(division.path, asking, material.spoken, material.is_question, is_unlike)
    elif asking is not None and count == 2 and len(voices) > 2:
        # Whoever does not ask, however the voice changes.
        answering = min(voice for voice in voices if voice != asking)
        people = {voice: asking if voice == asking else answering for voice in voices}
    number = len(set(people.values()))
    if number != (count or min(number, MAX_VOICES)):
        return VoiceScores(_scores(material, _divide(material, count or MAX_VOICES).centres))
    scores = _as_people(_scores(material, division.centres), people)
    may_be_another |= _first_turns(division.path, people)
    return VoiceScores(scores, None if count else may_be_another)


def _first_turns(path: Any, people: Mapping[int, int]) -> Any:
    """Return of each word whether it is of the first turn of a voice that the editor is shown.

    Such is one that counts as another’s, and any but the two people who say most.
    """
    words_of = Counter(people[voice] for voice in path.tolist())
    seen = {person for person, _ in words_of.most_common(2)}
    first = np.zeros(len(path), dtype=bool)
    for start, end in turns_of(path.tolist()):
        if int(path[start]) not in seen:
            first[start:end] = True
            seen.add(int(path[start]))
    return first


def _as_people(scores: Any, people: Mapping[int, int]) -> Any:
    """Return scores of people, of whom some have several voices."""
    return np.stack(
        [
            scores[:, [voice for voice in people if people[voice] == person]].max(axis=1)
            for person in dict.fromkeys(people.values())
        ],
        axis=1,
    )


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


def _divide_as_found(material: _Material) -> tuple[_Division, Any]:
    """Return the division between as many voices as are unlike.

    With it comes for each word whether it is of a group that was nearly a voice more, or less.
    """
    division = _over_divided(material)
    nearly = np.zeros(len(material.words), dtype=bool)
    while alike := _most_alike(material, division):
        if _are_nearly_two(material, division, alike):
            nearly |= _smaller_of(material, division, alike)
        division = _joined(material, division, alike)
    for pair in _pairs(division):
        likeness = division.centres[pair[0]] @ division.centres[pair[1]]
        if likeness >= _limit(material, division, pair) - _IN_DOUBT:
            nearly |= _smaller_of(material, division, pair)
    return division, nearly


def _limit(material: _Material, division: _Division, pair: tuple[int, int]) -> float:
    """Return the likeness below which two groups are two voices.

    Two people are likelier than one, and a third less likely.
    """
    if len(division.centres) == 2:
        return _UNLIKE
    seconds = np.linalg.norm(material.words, axis=1)
    shorter = min(float(seconds[division.path == group].sum()) for group in pair)
    shortest = _MIN_STEPS * STEP_MS / 1000
    share = np.clip((shorter - shortest) / (_LONG_SECONDS - shortest), 0, 1)
    return float(_UNLIKE_IF_SHORT + share * (_UNLIKE - _UNLIKE_IF_SHORT))


def _are_nearly_two(material: _Material, division: _Division, pair: tuple[int, int]) -> bool:
    if _are_few(material, division, pair):
        return False
    likeness = float(division.centres[pair[0]] @ division.centres[pair[1]])
    return likeness < _limit(material, division, pair) + _IN_DOUBT


def _smaller_of(material: _Material, division: _Division, pair: tuple[int, int]) -> Any:
    """Return for each word whether it is of the one of two groups that says less."""
    seconds = np.linalg.norm(material.words, axis=1)
    smaller = min(pair, key=lambda group: seconds[division.path == group].sum())
    return division.path == smaller


def _divide(material: _Material, count: int) -> _Division:
    """Return the best division between `count` voices; fewer where there is too little speech."""
    division = _over_divided(material)
    while len(division.centres) > count:
        alike = _most_alike_of_few(material, division) or _pairs(division)[0]
        division = _joined(material, division, alike)
    return division


def _most_alike(material: _Material, division: _Division) -> tuple[int, int] | None:
    """Return the two most alike of the groups that are not voices of their own.

    Those that say too little come first: a scrap that is like nobody would else be left over, while
    two people become one.
    """
    pairs = _pairs(division)
    unsure = (pair for pair in pairs if not _are_two(material, division, pair))
    return _most_alike_of_few(material, division) or next(unsure, None)


def _most_alike_of_few(material: _Material, division: _Division) -> tuple[int, int] | None:
    """Return the two most alike of which one says too little to be a voice of its own."""
    return next((p for p in _pairs(division) if _are_few(material, division, p)), None)


def _pairs(division: _Division) -> list[tuple[int, int]]:
    """Return all pairs of groups, the most alike first."""
    likeness = division.centres @ division.centres.T
    pairs = combinations(range(len(division.centres)), 2)
    return sorted(pairs, key=lambda pair: -likeness[pair])


def _joined(material: _Material, division: _Division, pair: tuple[int, int]) -> _Division:
    groups = np.where(division.path == pair[1], pair[0], division.path)
    return _from_groups(material, material.words, groups)


def _over_divided(material: _Material) -> _Division:
    pieces = _pieces(material)
    pieces = pieces[np.linalg.norm(pieces, axis=1) > _SILENT]
    pieces = pieces[:: -(-len(pieces) // _MAX_PIECES) or 1]
    return _from_groups(material, pieces, _grouped(pieces, _GROUPS))


def _from_groups(material: _Material, vectors: Any, groups: Any) -> _Division:
    """Divide words between the directions of groups; groups that get no word are left out."""
    sums = np.array([vectors[groups == group].sum(axis=0) for group in np.unique(groups)])
    division = _better(material, _directions(sums))
    used, path = np.unique(division.path, return_inverse=True)
    return _Division(division.centres[used], path, division.value)


def _pieces(material: _Material) -> Any:
    """Return the sums of embeddings of what is said between two places to take turns."""
    seconds = np.cumsum(np.linalg.norm(material.words, axis=1))
    starts = [0]
    for at in range(1, len(seconds)):
        is_long = seconds[at] - seconds[starts[-1]] > _PIECE_SECONDS
        if is_long or material.costs[at] < INSIDE_SENTENCE:
            starts.append(at)
    return np.add.reduceat(material.words, starts, axis=0)


def _grouped(pieces: Any, count: int) -> Any:
    """Return the group of each piece: of two groups those become one that lose least by it.

    What a group has is the length of its sum, long where all of it points one way.
    """
    groups = np.arange(len(pieces))
    sums = pieces.astype(np.float64)
    lengths = np.linalg.norm(sums, axis=1)
    products = sums @ sums.T
    losses = np.array([_losses(lengths, products, at) for at in range(len(sums))])
    for _ in range(len(sums) - count):
        first, second = np.unravel_index(int(losses.argmin()), losses.shape)
        groups[groups == second] = first
        sums[first] += sums[second]
        lengths[first] = np.linalg.norm(sums[first])
        products[first] = products[:, first] = sums @ sums[first]
        lengths[second] = 0.0
        losses[first] = losses[:, first] = _losses(lengths, products, int(first))
        losses[second] = losses[:, second] = np.inf
    return groups


def _losses(lengths: Any, products: Any, group: int) -> Any:
    """Return what is lost if a group becomes one with each other."""
    losses = np.full(len(lengths), np.inf)
    left = np.flatnonzero(lengths)
    own, others = lengths[group], lengths[left]
    together = np.sqrt(np.maximum(own**2 + others**2 + 2 * products[group, left], 0))
    losses[left] = own + others - together
    losses[group] = np.inf
    return losses


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


def _directions(vectors: Any) -> Any:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _are_two(material: _Material, division: _Division, pair: tuple[int, int]) -> bool:
    """Return whether two groups, each of which says enough, are two voices."""
    likeness = float(division.centres[pair[0]] @ division.centres[pair[1]])
    if likeness < _limit(material, division, pair):
        return True
    if likeness >= (_UNLIKE_WHERE_ASKED if len(division.centres) == 2 else _UNLIKE_OF_ASKING):
        return False
    asking = asking_voice(division.path, material.is_question, material.spoken)
    if asking is None or len(division.centres) == 2:
        return asking is not None
    return asking in pair and _only_answers(material, division, sum(pair) - asking)


def _only_answers(material: _Material, division: _Division, group: int) -> bool:
    """Return whether a group says enough, and of it next to nothing in questions."""
    seconds = np.linalg.norm(material.words, axis=1) * (division.path == group)
    asked = asked_words(material.is_question, material.spoken)
    is_enough = float(seconds.sum()) >= _LEAST_ANSWERED_SECONDS
    return is_enough and float(seconds[asked].sum()) < _MOST_ASKED * float(seconds.sum())


def _are_few(material: _Material, division: _Division, pair: tuple[int, int]) -> bool:
    """Return whether one of two groups says too little to be a voice of its own."""
    nearest = (material.embeddings @ division.centres.T).argmax(axis=1)
    seconds = np.linalg.norm(material.words, axis=1)
    return any(
        (nearest == group).sum() < _MIN_STEPS
        or seconds[division.path == group].sum() < _MIN_STEPS * STEP_MS / 1000 / 2
        for group in pair
    )
