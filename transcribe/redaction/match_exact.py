"""Find listed names as they are written: in one word, in several, or inside a longer word.

A word that is also a name (Will, Mark, Grace, May) is judged by its capital and its neighbours:
recognisers write names with a capital, so inside a sentence the capital decides; where a sentence
begins, the word after does. What neither decides is a question for the editor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum, auto
from functools import lru_cache

from transcribe.redaction.normalise import MONTHS, folded_word, is_common, word_set
from transcribe.redaction.number_grammar import SpokenPieces
from transcribe.redaction.text_model import Hit, SearchTarget, SpokenText

_MIN_PLURAL_LETTERS = 5  # “Siobhans” may be a name without its apostrophe, “as” is none

_Spellings = dict[str, list[tuple[SearchTarget, tuple[str, ...], bool]]]
"""Folded spelling → what is looked for by it, its words, and whether a hit would be sure."""


def exact_hits(text: SpokenText, targets: Sequence[SearchTarget]) -> Iterator[Hit]:
    """Find the spellings of `targets`, however their letters are divided into words."""
    spellings_by_word: _Spellings = {}
    for target in targets:
        for sure, spellings in ((True, target.sure_spellings), (False, target.unsure_spellings)):
            for spelling in spellings:
                spellings_by_word.setdefault("".join(spelling), []).append((target, spelling, sure))
    yield from _initial_hits(text, [target for target in targets if target.initials])
    if not spellings_by_word:
        return
    longest = max(map(len, spellings_by_word))
    for first in range(len(text.folded_words)):
        for last, joined in _windows(text, first, longest):
            for target, spelling, sure in spellings_by_word.get(joined, ()):
                yield from _spelling_hits(text, first, last, target, spelling, sure)
        yield from _hits_inside_word(text, first, spellings_by_word)


def _windows(text: SpokenText, first: int, longest: int) -> Iterator[tuple[int, str]]:
    """Yield the end of each window that begins at `first`, and its words run together."""
    if not text.folded_words[first]:
        return
    joined = ""
    for last in range(first + 1, len(text.folded_words) + 1):
        if last - 1 > first and text.words[last - 1].after_gap:
            return
        # Run together: “Mary Ann”, “Maryann” and “Mary-Ann” are one name.
        joined += text.folded_words[last - 1]
        # No listed name is longer, so that no window need be.
        if len(joined) > longest:
            return
        if text.folded_words[last - 1]:
            yield last, joined


def _spelling_hits(
    text: SpokenText,
    first: int,
    last: int,
    target: SearchTarget,
    spelling: tuple[str, ...],
    sure: bool,
) -> Iterator[Hit]:
    if last - first == 1 and len(spelling) == 1 and is_common(spelling[0]):
        use = _word_use(text, first)
        # Whoever lists “country” means the word, not somebody who is called so.
        if use is _WordUse.WORD and spelling[0] != target.small_word:
            return
        sure = sure and use is _WordUse.NAME
    elif all(text.is_common[first:last]) and not any(text.is_capitalised[first:last]):
        # “mark will” is no Mark Will; “shiv on” is, because somebody listed it as heard.
        is_listed = last - first == len(spelling) and not all(map(is_common, spelling))
        sure = sure and (is_listed or text.is_caseless)
    is_joined = text.is_in_one_sentence(first, last) or _is_abbreviated(text, first, last)
    first = _before_initial(text, first, target)
    yield target.hit(first, last, is_sure=sure and is_joined)


def _before_initial(text: SpokenText, first: int, target: SearchTarget) -> int:
    """Return where “D dot Marsh” begins, whose stop is said; `first` where none is."""
    while first >= _INITIAL_AND_STOP:
        letter, stop = text.folded_words[first - 2 : first]
        is_initial = len(letter) == 1 and letter in target.initials and stop in _SAID_STOPS
        if not is_initial or any(word.after_gap for word in text.words[first - 1 : first + 1]):
            break
        first -= _INITIAL_AND_STOP
    return first


_INITIAL_AND_STOP = 2
_SAID_STOPS = ("dot", "point", "stop", "period")


def _is_abbreviated(text: SpokenText, first: int, last: int) -> bool:
    """Return True if each full stop within these words follows a letter: “R. Marsh”."""
    return all(
        not text.words[at].after_gap
        and (not text.ends_sentence_at[at - 1] or len(text.folded_words[at - 1]) == 1)
        for at in range(first + 1, last)
    )


def _initial_hits(text: SpokenText, targets: Sequence[SearchTarget]) -> Iterator[Hit]:
    """Find “RM”, “R.M.” and “R M” of Ruth Marsh, and “R.” where a name stands: all asked about."""
    if not targets:
        return
    letters = [
        text.folded_words[at]
        if (bare.isupper() or (text.is_caseless and len(bare) == 1))
        and len(text.folded_words[at]) <= _MAX_INITIALS
        else ""
        for at, bare in enumerate(text.bare_words)
    ]
    for first, initials in enumerate(letters):
        if not initials:
            continue
        for target in targets:
            last, joined = first + 1, initials
            while last < len(letters) and len(letters[last]) == 1 and joined != target.initials:
                if text.words[last].after_gap or not target.initials.startswith(joined):
                    break
                joined, last = joined + letters[last], last + 1
            # “I AM”, “10 PM” and “OK” are words, unless there are stops between the letters.
            is_word = last == first + 1 and is_common(joined) and "." not in text.bare_words[first]
            is_whole = joined == target.initials and not is_word and len(joined) > 1
            is_first = initials == target.initials[0] and _stands_for_name(text, first)
            if is_whole or is_first:
                yield target.hit(first, last if is_whole else first + 1, is_sure=False)


_MAX_INITIALS = 4


def spelt_hits(
    text: SpokenText, spoken: SpokenPieces, targets: Sequence[SearchTarget]
) -> Iterator[Hit]:
    """Find letters with words for them (“D for delta, A for apple”): a listed name or another.

    A listed name may be cut short. All are asked about.
    """
    at = 0
    while at < len(spoken):
        end, letters = at, ""
        while end < len(spoken) and (letter := spoken.example_at(end)) is not None:
            letters, end = letters + letter.characters, spoken.interlude(letter.end).end
            last = letter.end
        if len(letters) < _MIN_SPELT:
            at += 1
            continue
        first, stop = spoken.words(at, last)
        if text.is_unbroken(first, stop):
            target = next((each for each in targets if _is_spelt(each, letters)), None)
            if target is not None:
                yield target.hit(first, stop, is_sure=False)
            else:
                yield Hit(first, stop, False, _SPELT_LABEL.strip("[]"), _SPELT_LABEL)
        at = end


def _is_spelt(target: SearchTarget, letters: str) -> bool:
    names = (*target.sure_spellings, *target.unsure_spellings)
    return any("".join(words).startswith(letters) for words in names)


_MIN_SPELT = 3
_SPELT_LABEL = "[spelt out]"


def _stands_for_name(text: SpokenText, at: int) -> bool:
    """Return True for a letter in the place of a name: “my son D.”, “R. came”, “with J”."""
    before = text.folded_words[at - 1] if at else ""
    after = text.folded_words[at + 1] if at + 1 < len(text.folded_words) else ""
    has_stop = text.words[at].text.rstrip(",;:!?").endswith(".")
    if text.is_caseless or (text.folded_words[at] in ("i", "a") and not has_stop):
        return False
    follows = before in _BEFORE_A_NAME or after in _VERBS_OF_PEOPLE
    goes_on = has_stop and after != "" and not text.is_capitalised[at + 1]
    return text.is_possessive[at] or follows or goes_on


def _hits_inside_word(text: SpokenText, at: int, spellings_by_word: _Spellings) -> Iterator[Hit]:
    """Find names inside a longer word: “Mary-Siobhan”, “Siobhans” without its apostrophe."""
    pieces = [folded_word(piece) for piece in _hyphenated_parts(text.bare_words[at])]
    word = text.folded_words[at]
    is_plural = word.endswith("s") and len(word) > _MIN_PLURAL_LETTERS
    # “the Murphys”, “the Marshes”
    singular = [word[:-1], *([word[:-2]] if word.endswith("es") else [])] if is_plural else []
    for piece in (*pieces, *singular):
        for target, _, sure in spellings_by_word.get(piece, ()):
            if not is_common(piece) and not (piece in singular and is_common(word)):
                yield target.hit(at, at + 1, is_sure=sure)


@lru_cache(maxsize=20_000)
def _hyphenated_parts(word: str) -> tuple[str, ...]:
    for mark in "–—/_":
        word = word.replace(mark, "-")
    parts = tuple(piece for piece in word.split("-") if piece)
    return parts if len(parts) > 1 else ()


class _WordUse(Enum):
    """Part that a word plays where it stands."""

    NAME = auto()
    UNCLEAR = auto()
    WORD = auto()


# “Will you …”, “May I …”: before a subject these are questions and no names.
_AUXILIARIES = word_set(
    "will may might can would could should shall do does did is are was were has have had"
)
_PRONOUNS = word_set(
    "i you he she it we they me him her us them this that these those there the a an my your his "
    "our their not so as anyone somebody someone nobody people if all each who what"
)
_SUBJECTS = word_set("i you he she it we they this that there the your my his her our their")
_VERBS_OF_PEOPLE = word_set(
    "said says told tells asked asks came comes went goes rang rings called calls phoned phones "
    "wrote laughed cried shouted knew knows thought thinks wanted wants loved loves liked likes "
    "lived lives worked works helped helps looked looks sat stood walked drove stayed moved died "
    "visited visits smiled got gets took takes gave gives left kept keeps felt feels heard "
    "saw sees tried tries used needed needs played plays and'd who"
)
_BEFORE_A_NAME = word_set(
    "with to for from and or by about called named saw met told asked rang phoned love loved miss "
    "missed son daughter husband wife brother sister friend partner nephew niece cousin uncle aunt "
    "auntie mum dad nurse doctor dr mr mrs ms boy girl like than without dear hi hello hey "
    "thanks"
)
# “in May”, “last April”: months, whoever is called so.
_BEFORE_A_MONTH = word_set(
    "in of since until till by last next this early late mid during before after every"
)


def _word_use(text: SpokenText, at: int) -> _WordUse:
    """Judge the word at `at`, a common one that somebody listed as a name."""
    before = text.folded_words[at - 1] if at and not text.starts_sentence[at] else ""
    after = (
        text.folded_words[at + 1]
        if at + 1 < len(text.folded_words) and not text.ends_sentence_at[at]
        else ""
    )
    if text.is_caseless:
        return _caseless_use(before, after)
    if not text.is_capitalised[at]:
        return _WordUse.WORD
    word = text.folded_words[at]
    if word in MONTHS and (before in _BEFORE_A_MONTH or _is_number(before) or _is_number(after)):
        return _WordUse.WORD
    if text.is_possessive[at]:
        return _WordUse.NAME
    if not text.starts_sentence[at]:
        question = word in _AUXILIARIES and after in _SUBJECTS and before not in _BEFORE_A_NAME
        return _WordUse.UNCLEAR if question else _WordUse.NAME
    if after in _VERBS_OF_PEOPLE:
        return _WordUse.NAME
    if after in _PRONOUNS:
        return _WordUse.WORD
    return _WordUse.UNCLEAR


def _caseless_use(before: str, after: str) -> _WordUse:
    # Without capitals nothing is sure, and only a clear neighbour makes it a question.
    if after in _VERBS_OF_PEOPLE or before in _BEFORE_A_NAME:
        return _WordUse.UNCLEAR if after not in _SUBJECTS else _WordUse.WORD
    return _WordUse.WORD


def _is_number(word: str) -> bool:
    ordinal = word.removesuffix("st").removesuffix("nd").removesuffix("rd").removesuffix("th")
    return ordinal.isdigit() or word in _NUMBERS


_NUMBERS = word_set(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth two "
    "twenty nineteen"
)
