"""Where listed names are said: exactly, nearly as they are written, and as they sound.

No one way is enough: Soundex misses Siobhan and Chevonne, Metaphone misses Niamh and Neve. What any
of them finds is found. An exact hit is sure; all others are questions for the editor. Words of
ordinary talk need to sound far more like a name than words that nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from transcribe.names import context, sounds
from transcribe.names.folding import bare, folded, folded_word, words
from transcribe.names.listing import Entry, Kind
from transcribe.names.ordinary import is_ordinary
from transcribe.tokens import ends_sentence

WIDEST = 3
"""Words of a window that is compared by its sound."""

LIKE_UNKNOWN = 0.33
"""How far apart two sounds may be where a word is unknown and has a capital: most likely a name."""
LIKE_JOINED = 0.25
"""… where several words, one of them such, would have to be one name."""
LIKE_ODD = 0.18
"""… where the word is unknown without a capital, or ordinary with one inside a sentence."""
LIKE_ORDINARY = 0.08
"""… where all words are those of ordinary talk."""
_LEAST_ORDINARY = 2.6  # how much a name must have to sound before ordinary words may be it
_SELDOM = 3  # times: ordinary words that are said oftener are said, and no name misheard
_LEAST_SPELLING = 0.7  # of 1: letters that are the same and in place, in names of five and more
_LEAST_LETTERS = 5
_LEAST_CODED = 4


@dataclass(frozen=True)
class Heard:
    """One word that is said and left: neither cut nor redacted."""

    text: str
    start: int
    end: int
    opens: bool = False
    """Whether it begins a paragraph."""
    after_gap: bool = False
    """Whether something that was redacted lies between it and the word before."""


@dataclass(frozen=True)
class Hit:
    """Words `first` up to, not including, `last`, that are or may be something listed."""

    first: int
    last: int
    sure: bool
    about: str = field(repr=False)
    """What it may be, folded: answers are remembered by it."""
    shown: str
    number: int = 0
    """Of the entry, from 1; 0 where it is in no list."""
    unlike: float = 0.0


@dataclass(frozen=True)
class Target:
    """Something that is looked for."""

    about: str
    shown: str
    number: int
    exact: tuple[tuple[str, ...], ...]
    """Spellings, each as its folded words, whose exact hits are sure."""
    asked: tuple[tuple[str, ...], ...] = ()
    """Spellings whose exact hits are questions."""
    sounding: tuple[tuple[str, ...], ...] = ()
    """Names, each as its folded words, that are looked for by their sound."""
    is_number: bool = False


def targets_of(entries: Sequence[Entry]) -> Iterator[Target]:
    """What a list asks to look for."""
    for number, entry in enumerate(entries, start=1):
        own: list[tuple[str, ...]] = [(folded(part),) for part in entry.own_parts]
        whole = [_words(spelling) for spelling in entry.spellings]
        person = entry.sort is Kind.PERSON
        distinct = [part for part in own if person or not is_ordinary(part[0])]
        names = [] if entry.sort is Kind.NUMBER else [_words(entry.name), *distinct]
        yield Target(
            about=folded(entry.name),
            shown=entry.stands,
            number=number,
            exact=tuple(whole + (own if person else [])),
            asked=() if person else tuple(distinct),
            sounding=tuple(dict.fromkeys(names)),
            is_number=entry.sort is Kind.NUMBER,
        )


def _words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, map(folded, text.replace("-", " ").split()))) or (folded(text),)


_COMMAS = frozenset(',;:—–()"”“')
_NEVER_LAST = words("i im ive id ill the a and")


class Talk:
    """The words that are looked over, with what is known about each."""

    def __init__(self, words: Sequence[Heard]) -> None:
        self.words = words
        bares = [bare(word.text) for word in words]
        self.plain = [one[1] for one in bares]
        self.folds = [folded(one) for one in self.plain]
        self.owning = [bool(one[2]) and one[2][:1] in "'’‘ʼ" for one in bares]
        self.commas = [bool(set(one[2]) & _COMMAS) for one in bares]
        self.capital = [one[:1].isupper() for one in self.plain]
        self.ends = [ends_sentence(word.text) for word in words]
        self.opening = [
            number == 0 or word.opens or self.ends[number - 1] for number, word in enumerate(words)
        ]
        self.ordinary = [is_ordinary(fold) for fold in self.folds]
        self.heard = [sounds.heard(fold) for fold in self.folds]

    @cached_property
    def caseless(self) -> bool:
        """Whether nobody wrote capitals, as some tools do not: then they tell nothing."""
        written = sum(map(bool, self.folds))
        return written > 20 and sum(self.capital) * 100 < written

    def flat(self, first: int, last: int) -> bool:
        """Whether a window stays within a sentence and is not broken by a redaction."""
        inside = range(first + 1, last)
        return not any(self.words[at].after_gap or self.ends[at - 1] for at in inside)

    def unbroken(self, first: int, last: int) -> bool:
        """Whether nothing that was redacted lies within a window."""
        return not any(self.words[at].after_gap for at in range(first + 1, last))

    def joined(self, first: int, last: int) -> bool:
        """… and no comma divides it either: recognisers put none inside a name."""
        return self.flat(first, last) and not any(self.commas[first : last - 1])


def hits(talk: Talk, targets: Sequence[Target]) -> Iterator[Hit]:
    """Every hit, of which one may lie over another: see `apart`."""
    yield from written_hits(talk, targets)
    yield from _sounding(talk, targets)


def apart(found: Sequence[Hit]) -> list[Hit]:
    """Hits that do not overlap: sure before asked, then the likest, then the longest."""
    taken: set[int] = set()
    chosen: list[Hit] = []
    ranked = sorted(
        found, key=lambda one: (not one.sure, one.unlike, one.first - one.last, one.first)
    )
    for hit in ranked:
        span = range(hit.first, hit.last)
        if taken.isdisjoint(span):
            taken.update(span)
            chosen.append(hit)
    return sorted(chosen, key=lambda one: one.first)


# As it is written


def written_hits(talk: Talk, targets: Sequence[Target]) -> Iterator[Hit]:
    """Where a spelling stands, or two words of it run together, or one apart."""
    written: dict[str, list[tuple[Target, tuple[str, ...], bool]]] = {}
    for target in targets:
        for sure, spellings in ((True, target.exact), (False, target.asked)):
            for spelling in spellings:
                written.setdefault("".join(spelling), []).append((target, spelling, sure))
    if not written:
        return
    longest = max(map(len, written))
    for first in range(len(talk.folds)):
        for last, joined in _grown(talk, first, longest):
            for target, spelling, sure in written.get(joined, ()):
                yield from _written(talk, first, last, target, spelling, sure)
        yield from _within(talk, first, written)


def _grown(talk: Talk, first: int, longest: int) -> Iterator[tuple[int, str]]:
    """Ends of windows that begin at `first`, and their words run together."""
    if not talk.folds[first]:
        return
    joined = ""
    for last in range(first + 1, len(talk.folds) + 1):
        if last - 1 > first and talk.words[last - 1].after_gap:
            return
        joined += talk.folds[last - 1]
        if len(joined) > longest:
            return
        if talk.folds[last - 1]:
            yield last, joined


def _written(
    talk: Talk, first: int, last: int, target: Target, spelling: tuple[str, ...], sure: bool
) -> Iterator[Hit]:
    if last - first == 1 and len(spelling) == 1 and is_ordinary(spelling[0]):
        use = context.use(talk, first)
        if use is context.Use.WORD:
            return
        sure = sure and use is context.Use.NAME
    elif all(talk.ordinary[first:last]) and not any(talk.capital[first:last]):
        # “mark will” is no Mark Will; “shiv on” is, because somebody listed it as heard.
        listed = last - first == len(spelling) and not all(map(is_ordinary, spelling))
        sure = sure and (listed or talk.caseless)
    yield Hit(
        first, last, sure and talk.flat(first, last), target.about, target.shown, target.number
    )


def _within(
    talk: Talk, at: int, written: dict[str, list[tuple[Target, tuple[str, ...], bool]]]
) -> Iterator[Hit]:
    """A name inside a longer word: “Mary-Siobhan”, and “Siobhans” without its apostrophe."""
    pieces = [folded_word(piece) for piece in _pieces(talk.plain[at])]
    fold = talk.folds[at]
    own = [fold[:-1]] if fold.endswith("s") and len(fold) > _LEAST_LETTERS else []
    for piece in (*pieces, *own):
        for target, _, sure in written.get(piece, ()):
            if not is_ordinary(piece) and not (piece in own and is_ordinary(fold)):
                yield Hit(at, at + 1, sure, target.about, target.shown, target.number)


@lru_cache(maxsize=20_000)
def _pieces(word: str) -> tuple[str, ...]:
    for mark in "–—/_":
        word = word.replace(mark, "-")
    found = tuple(piece for piece in word.split("-") if piece)
    return found if len(found) > 1 else ()


# As it sounds


@dataclass(frozen=True)
class _Name:
    """A name that is looked for by its sound."""

    target: Target
    fold: str
    readings: tuple[str, ...]
    ordinary: bool

    @cached_property
    def weight(self) -> float:
        return max(map(sounds.weight, self.readings))


def _sounding(talk: Talk, targets: Sequence[Target]) -> Iterator[Hit]:
    names = [
        _Name(target, "".join(words), _readings(words), all(map(is_ordinary, words)))
        for target in targets
        for words in target.sounding
    ]
    if not names:
        return
    windows = _windows(talk)
    near = _near(tuple(windows), names)
    for name, sound in near:
        often = len(windows[sound]) > _SELDOM
        for first, last in windows[sound]:
            unlike = _unlike(talk, first, last, name, sound, often=often)
            if unlike is not None:
                target = name.target
                yield Hit(first, last, False, target.about, target.shown, target.number, unlike)
    yield from _spelt(talk, names)


def _spelt(talk: Talk, names: Sequence[_Name]) -> Iterator[Hit]:
    """Unknown words with a capital whose letters, or whose code in the two indexes that librarians
    and registrars use, are those of a name."""
    for at, fold in enumerate(talk.folds):
        if talk.ordinary[at] or not (talk.capital[at] or talk.caseless):
            continue
        for name in names:
            if fold != name.fold and _alike(fold, name.fold):
                target = name.target
                about, shown, number = target.about, target.shown, target.number
                yield Hit(at, at + 1, False, about, shown, number, LIKE_UNKNOWN)


def _readings(words: tuple[str, ...]) -> tuple[str, ...]:
    """Of all the words of a name: the first reading of each with the first of the others, and so
    on, and what the words give when they are run together."""
    each = [sounds.readings(word) for word in words]
    rows = range(max(map(len, each)))
    said = [sounds.run_together([one[min(row, len(one) - 1)] for one in each]) for row in rows]
    return tuple(dict.fromkeys([*said, *(sounds.readings("".join(words)))]))


def _windows(talk: Talk) -> dict[str, list[tuple[int, int]]]:
    """Every window of one to three words, by how it sounds."""
    windows: dict[str, list[tuple[int, int]]] = {}
    for first in range(len(talk.folds)):
        if not talk.folds[first]:
            continue
        said: list[str] = []
        for last in range(first + 1, min(first + WIDEST, len(talk.folds)) + 1):
            if not talk.folds[last - 1] or not talk.joined(first, last):
                break
            said.append(talk.heard[last - 1])
            if last - first > 1 and talk.folds[last - 1] in _NEVER_LAST:
                continue
            windows.setdefault(sounds.run_together(said), []).append((first, last))
    return windows


def _near(windows: tuple[str, ...], names: Sequence[_Name]) -> Iterator[tuple[_Name, str]]:
    """Pairs that are worth a closer look: their consonants are nearly the same."""
    from rapidfuzz import process
    from rapidfuzz.distance import Levenshtein

    skeletons = [sounds.skeleton(sound) for sound in windows]
    for name in names:
        close: set[int] = set()
        for skeleton in {sounds.skeleton(reading) for reading in name.readings}:
            most = 0 if len(skeleton) < 2 else 1 if len(skeleton) < 5 else 2
            found = process.extract(
                skeleton, skeletons, scorer=Levenshtein.distance, score_cutoff=most, limit=None
            )
            close.update(index for _, _, index in found)
        for index in sorted(close):
            yield name, windows[index]


def _unlike(
    talk: Talk, first: int, last: int, name: _Name, sound: str, *, often: bool
) -> float | None:
    """How unlike the window is to the name, or None where it is too unlike for such words."""
    fold = "".join(talk.folds[first:last])
    if fold == name.fold:
        return None  # exact hits are another’s to judge
    most = _most(talk, first, last, name)
    if most <= 0 or (often and most == LIKE_ORDINARY):
        return None
    apart_by = min(sounds.distance(reading, sound) for reading in name.readings)
    if apart_by <= most:
        return apart_by + 0.01 * (last - first)
    return None


@lru_cache(maxsize=200_000)
def _alike(one: str, name: str) -> bool:
    from rapidfuzz.distance import OSA

    if len(name) >= _LEAST_LETTERS and OSA.normalized_similarity(one, name) >= _LEAST_SPELLING:
        return True
    return len(name) >= _LEAST_CODED and bool(_codes(one) & _codes(name))


@lru_cache(maxsize=50_000)
def _codes(word: str) -> set[tuple[str, str]]:
    """Metaphone and NYSIIS; Match Rating would ask about every seventh name there is."""
    import jellyfish

    codes = (("metaphone", jellyfish.metaphone(word)), ("nysiis", jellyfish.nysiis(word)))
    return {(index, code) for index, code in codes if len(code) > 1}


def _most(talk: Talk, first: int, last: int, name: _Name) -> float:
    """How unlike words of this sort may be and still be asked about."""
    window = range(first, last)
    unknown = [at for at in window if not talk.ordinary[at]]
    inside = [at for at in window if talk.capital[at] and not talk.opening[at]]
    if any(talk.capital[at] or talk.caseless for at in unknown):
        return LIKE_UNKNOWN if last - first == 1 else LIKE_JOINED
    if unknown or inside:
        return LIKE_ORDINARY if name.ordinary else LIKE_ODD
    return 0.0 if name.ordinary or name.weight < _LEAST_ORDINARY else LIKE_ORDINARY
