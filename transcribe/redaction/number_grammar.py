"""Read what is said as digits, letters and codes, whichever way people say them.

Every word is taken apart into pieces (`LS1` into `LS` and `1`, `oh-seven-seven` into three), and
the grammar is over these, so that it does not matter how a recogniser writes a number:

    digit     “7”, “seven”, “double oh”, “three nines”
    small     digit | “fourteen”, “sixty-two”
    cardinal  small [“hundred” [[“and”] small]] [“thousand” …]
    number    cardinal (interlude cardinal)…
    letter    “A”, “ay”, “Alpha”, “A for apple”, “double A”
    code      (letter | small) (interlude …)…
    interlude pauses (“um”, “you know”) and corrections (“no, sorry”), or nothing

Dates have the same pieces and interludes: `match_dates`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from transcribe.redaction.normalise import folded, is_common, split_token, word_set
from transcribe.redaction.number_words import (
    CORRECTIONS,
    DATE_LINKS,
    DIGITS,
    LETTER_NAMES,
    LETTERS_LIKE_WORDS,
    LINKS,
    MISHEARD_DIGITS,
    MONTH_NUMBERS,
    NATO,
    OHS,
    PAUSES,
    PLURAL_DIGITS,
    REPEATS,
    TEENS,
    TENS,
)
from transcribe.redaction.text_model import SpokenText

_PIECE = re.compile(r"\d{1,2}(?:st|nd|rd|th)(?![^\W\d_])|\d+|[^\W\d_]+(?:['’ʼ][^\W\d_]+)*", re.I)
_ABBREVIATIONS = word_set("dob nhs ni pin mrn id")  # also with dots: “D.O.B.”
_CONTRACTIONS = word_set("its thats lets whats ill im ive theres heres hes shes theyre")
"""Words of pauses and links that keep their ’s or ’ll."""
_MAX_INTERLUDE = 12
"""Words between two digits, however often somebody says “um”."""
_MAX_LETTERS_TOGETHER = 5  # of a group: “LS”, “CDE”, and “MARSH” of a driving licence


@dataclass(frozen=True, slots=True)
class Piece:
    """Letters or digits as they stand together in a word."""

    text: str
    """Folded; digits of every script as 0 to 9."""
    written: str
    word: int
    """Number of the word that it is part of."""
    before: str
    """Signs before it in its word, since the piece before."""
    after: str
    """Signs after it in its word, up to the next piece."""
    is_first: bool
    """True for the first piece of its word."""
    is_parted: bool = False
    """True if something that was redacted lies between it and the piece before."""

    @property
    def is_digits(self) -> bool:
        return self.text.isdecimal()

    @property
    def is_glued(self) -> bool:
        """True where it follows the piece before without anything between: the `1` of `LS1`."""
        return not self.is_first and not self.before


@lru_cache(maxsize=50_000)
def _pieces_of_word(token: str) -> tuple[tuple[str, str, str, str], ...]:
    """Return each piece of a word: folded, as written, what stands before it and after it."""
    before, bare, after = split_token(unicodedata.normalize("NFKC", token))
    bare = "".join(sign for sign in bare if unicodedata.category(sign) != "Cf")
    if after and (whole := folded(bare + after)) in _CONTRACTIONS and whole != folded(bare):
        return ((whole, bare, before, after),)
    if "." in bare and folded(bare) in _ABBREVIATIONS:
        return ((folded(bare), bare, before, after),)
    matches = list(_PIECE.finditer(bare))
    pieces = []
    for number, match in enumerate(matches):
        start = matches[number - 1].end() if number else 0
        end = matches[number + 1].start() if number + 1 < len(matches) else len(bare)
        leading = (before if not number else "") + bare[start : match.start()]
        trailing = bare[match.end() : end] + (after if number + 1 == len(matches) else "")
        pieces.append((_folded_piece(match[0]), match[0], leading, trailing))
    return tuple(pieces)


def _folded_piece(written: str) -> str:
    if written.isdecimal():
        return "".join(str(unicodedata.decimal(sign)) for sign in written)
    return folded(written)


@dataclass(frozen=True, slots=True)
class Spoken:
    """Digits that pieces `first` up to, not including, `end` say."""

    first: int
    end: int
    digits: str
    """One after the other: “nine hundred and five” is 9005."""
    value: str
    """As an amount: “nine hundred and five” is 905."""


@dataclass(frozen=True, slots=True)
class Interlude:
    """Words between two parts of a number."""

    end: int
    is_pause: bool = False
    is_correction: bool = False


@dataclass(frozen=True, slots=True)
class Letters:
    """Characters of a code that pieces up to, not including, `end` say."""

    characters: str
    end: int
    is_doubtful: bool = False
    """True if they may just as well be a word: “a”, “see”."""


class _Phrases:
    """Phrases, by their first words."""

    def __init__(self, *tables: Iterable[tuple[str, ...]]) -> None:
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        for phrase in sorted({phrase for table in tables for phrase in table}, key=len):
            self._by_first.setdefault(phrase[0], []).insert(0, phrase)

    def length_at(self, texts: Sequence[str], at: int) -> int:
        """Return how many words the longest phrase has that begins at `at`; 0 if none does."""
        for phrase in self._by_first.get(texts[at], ()):
            if tuple(texts[at : at + len(phrase)]) == phrase:
                return len(phrase)
        return 0


_PAUSES = _Phrases(PAUSES)
_CORRECTIONS = _Phrases(CORRECTIONS)
_LINKS = _Phrases(LINKS)
_DATE_LINKS = _Phrases(DATE_LINKS)
_FIRST_OF_PHRASES = frozenset(
    phrase[0] for table in (PAUSES, CORRECTIONS, LINKS, DATE_LINKS) for phrase in table
)


@lru_cache(maxsize=20_000)
def _may_say_digits(text: str) -> bool:
    return (
        text.isdecimal()
        or text in DIGITS
        or text in TEENS
        or text in REPEATS
        or text in ("hundred", "thousand")
        or text.startswith(tuple(TENS))
    )


class SpokenPieces:
    """The words of a story as pieces of numbers and codes."""

    def __init__(self, text: SpokenText) -> None:
        self.pieces: list[Piece] = []
        self.first_of_word: list[int] = []
        """Of each word the number of its first piece, or of the next one if it has none."""
        is_parted, sign = False, ""
        for number, word in enumerate(text.words):
            is_parted = is_parted or word.after_gap
            self.first_of_word.append(len(self.pieces))
            pieces = _pieces_of_word(word.text)
            # A sign may be a word of its own: “+ 44”, “jo @ example.com”.
            sign = sign if pieces else sign + word.text
            for at, (plain, written, before, after) in enumerate(pieces):
                self.pieces.append(
                    Piece(plain, written, number, sign + before, after, at == 0, is_parted)
                )
                is_parted, sign = False, ""
        self.texts = [piece.text for piece in self.pieces]
        # Without capitals, or with nothing else, they do not tell letters from words.
        upper = sum(piece.written.isupper() for piece in self.pieces)
        self._capitals_tell = upper * 2 < len(self.pieces) or len(self.pieces) < 3

    def __len__(self) -> int:
        return len(self.pieces)

    def words(self, first: int, end: int) -> tuple[int, int]:
        """Return the words, first and one past the last, that hold pieces `first` to `end`."""
        return self.pieces[first].word, self.pieces[end - 1].word + 1

    def is_unparted(self, first: int, end: int) -> bool:
        """Return True if no redaction lies between pieces `first` to `end`."""
        return not any(piece.is_parted for piece in self.pieces[first + 1 : end])

    def is_time(self, at: int) -> bool:
        """Return True for digits of a time: `10:30`."""
        following = self.pieces[at + 1] if at + 1 < len(self.pieces) else None
        is_before = following is not None and not following.is_first and following.before == ":"
        return is_before or (not self.pieces[at].is_first and self.pieces[at].before == ":")

    def text_at(self, at: int) -> str:
        """Return the piece at `at`, folded; nothing past the end or past a redaction."""
        if at >= len(self.texts) or self.pieces[at].is_parted:
            return ""
        return self.texts[at]

    # Interludes

    def interlude(self, at: int, *, with_links: bool = False, dates: bool = False) -> Interlude:
        """Return the pauses and corrections at `at`, which may be none."""
        start, is_correction = at, False
        while at < len(self.pieces) and at - start < _MAX_INTERLUDE:
            if self.texts[at] not in _FIRST_OF_PHRASES or self.pieces[at].is_parted:
                break
            corrected = _CORRECTIONS.length_at(self.texts, at)
            length = max(
                _PAUSES.length_at(self.texts, at),
                corrected,
                _LINKS.length_at(self.texts, at) if with_links else 0,
                _DATE_LINKS.length_at(self.texts, at) if dates else 0,
            )
            if not length or not self.is_unparted(at, at + length):
                break
            is_correction = is_correction or corrected > 0
            at += length
        return Interlude(at, at > start, is_correction)

    # Digits

    def digits_at(self, at: int) -> Spoken | None:
        """Return the digit, small number or cardinal that begins with piece `at`."""
        if not _may_say_digits(self.texts[at]):
            return None
        small = self._small_at(at)
        if small is None:
            return self._bare_multiple(at)
        return self._cardinal_from(small)

    def _small_at(self, at: int) -> Spoken | None:
        """Return a number under a hundred, digits as they are written, or repeated ones."""
        text = self.texts[at] if at < len(self.pieces) else ""
        if text.isdecimal():
            return None if self._is_part_of_word(at) else Spoken(at, at + 1, text, text)
        if text in REPEATS:
            return self._repeated_at(at)
        plural = PLURAL_DIGITS.get(self.text_at(at + 1))
        if plural and text in DIGITS and DIGITS[text] not in "01":
            digits = plural * int(DIGITS[text])
            return Spoken(at, at + 2, digits, digits)
        if text in DIGITS:
            return Spoken(at, at + 1, DIGITS[text], DIGITS[text])
        if text in TEENS:
            return Spoken(at, at + 1, str(TEENS[text]), str(TEENS[text]))
        return self._tens_at(at)

    def _is_part_of_word(self, at: int) -> bool:
        """Return True for digits that letters follow or precede: `10mg`, `LS1`, `B12`."""
        piece = self.pieces[at]
        if len(piece.text) >= 6:
            return False  # no measure has so many digits, but `tel07700900123` has
        following = self.pieces[at + 1] if at + 1 < len(self.pieces) else None
        return piece.is_glued or (following is not None and following.is_glued)

    def _repeated_at(self, at: int) -> Spoken | None:
        digit_at = self.interlude(at + 1).end
        digit_word = self.text_at(digit_at)
        digit = digit_word if digit_word.isdecimal() else DIGITS.get(digit_word, "")
        if not digit:
            return None
        digits = digit * REPEATS[self.texts[at]] if len(digit) == 1 else digit
        return Spoken(at, digit_at + 1, digits, digits)

    def _tens_at(self, at: int) -> Spoken | None:
        text = self.texts[at] if at < len(self.pieces) else ""
        for tens, value in TENS.items():
            if text == tens:
                unit = self.text_at(at + 1)
                if DIGITS.get(unit, "0") != "0":
                    digits = str(value + int(DIGITS[unit]))
                    return Spoken(at, at + 2, digits, digits)
                return Spoken(at, at + 1, str(value), str(value))
            if text.startswith(tens) and DIGITS.get(text[len(tens) :], "0") != "0":
                digits = str(value + int(DIGITS[text[len(tens) :]]))
                return Spoken(at, at + 1, digits, digits)
        return None

    def _bare_multiple(self, at: int) -> Spoken | None:
        multiple = {"hundred": "00", "thousand": "000"}.get(self.texts[at])
        return Spoken(at, at + 1, multiple, f"1{multiple}") if multiple else None

    def _cardinal_from(self, small: Spoken) -> Spoken:
        """Return `small` with the hundreds and thousands that follow it."""
        hundreds = self._with_hundreds(small)
        if self.text_at(hundreds.end) != "thousand" or len(hundreds.value) > 3:
            return hundreds
        digits, end = f"{hundreds.digits}000", hundreds.end + 1
        rest = self._rest_at(end)
        if rest is None:
            return Spoken(small.first, end, digits, f"{hundreds.value}000")
        value = str(int(hundreds.value) * 1000 + int(rest.value))
        return Spoken(small.first, rest.end, digits + rest.digits, value)

    def _with_hundreds(self, small: Spoken) -> Spoken:
        if self.text_at(small.end) != "hundred" or len(small.value) > 2:
            return small
        digits, end = f"{small.digits}00", small.end + 1
        rest_at = end + 1 if self.text_at(end) == "and" else end
        rest = self._small_at(rest_at) if self.text_at(rest_at) else None
        # A nought is a digit by itself: “nine hundred oh five”.
        if rest is None or len(rest.value) > 2 or rest.digits.startswith("0"):
            return Spoken(small.first, end, digits, f"{small.value}00")
        value = str(int(small.value) * 100 + int(rest.value))
        return Spoken(small.first, rest.end, digits + rest.digits, value)

    def _rest_at(self, at: int) -> Spoken | None:
        """Return what follows “thousand”, with or without “and”, if it is less than that."""
        at = at + 1 if self.text_at(at) == "and" else at
        small = self._small_at(at) if self.text_at(at) else None
        if small is None or len(small.value) > 2 or small.digits.startswith("0"):
            return None
        return self._with_hundreds(small)

    def misheard_digit_at(self, at: int) -> Spoken | None:
        """Return the digit that a recogniser may have taken for the word at `at`: “to”, “for”."""
        digit = MISHEARD_DIGITS.get(self.text_at(at))
        return Spoken(at, at + 1, digit, digit) if digit else None

    # Letters

    def letters_at(self, at: int) -> Iterator[Letters]:
        """Yield every reading of piece `at`, and those after it, as characters of a code."""
        text = self.text_at(at) if at < len(self.pieces) else ""
        if not text:
            return
        if text in REPEATS:
            yield from self._repeated_letters(at)
        elif text in NATO:
            yield Letters(NATO[text], at + 1)
        elif text in LETTER_NAMES:
            yield Letters(LETTER_NAMES[text], at + 1)
        elif text in LETTERS_LIKE_WORDS:
            yield Letters(LETTERS_LIKE_WORDS[text], at + 1, is_doubtful=True)
        elif len(text) == 1 and text.isascii() and text.isalpha():
            yield from self._letter_with_example(at)
        elif self._is_letter_group(at):
            yield Letters(text, at + 1)

    def _repeated_letters(self, at: int) -> Iterator[Letters]:
        if self.text_at(at) == "double" and self.text_at(at + 1) in ("u", "you", "yew"):
            yield Letters("w", at + 2)
        for letters in self.letters_at(at + 1) if self.text_at(at + 1) else ():
            if len(letters.characters) == 1:
                yield Letters(letters.characters * REPEATS[self.texts[at]], letters.end)

    def _letter_with_example(self, at: int) -> Iterator[Letters]:
        """Yield “A”, and “A for apple”, “A as in apple” before it."""
        letter = self.texts[at]
        if letter == "x" and self.text_at(at + 1) == "ray":
            yield Letters(letter, at + 2)
        for link in (("for",), ("as", "in"), ("as", "for"), ("like",), ("is", "for")):
            word_at = at + 1 + len(link)
            if tuple(self.texts[at + 1 : word_at]) == link:
                word = self.text_at(word_at)
                if (word, self.text_at(word_at + 1)) == ("x", "ray"):
                    yield Letters(letter, word_at + 2)
                elif len(word) > 1 and word.startswith(letter):
                    yield Letters(letter, word_at + 1)
        piece = self.pieces[at]
        is_word = letter == "i" or (letter == "a" and piece.written == "a")
        is_glued = piece.is_glued or bool(self._is_glued_to_next(at))
        yield Letters(letter, at + 1, is_doubtful=is_word and not is_glued)

    def example_at(self, at: int) -> Letters | None:
        """Return the letter at `at` with the word that is said for it: “A for apple”."""
        text = self.text_at(at)
        if len(text) != 1 or not text.isalpha():
            return None
        letters = next(self._letter_with_example(at), None)
        return letters if letters is not None and letters.end > at + 1 else None

    def _is_letter_group(self, at: int) -> bool:
        """Return True for `LS`: capitals alone, or joined to a digit, or no word of talk."""
        piece = self.pieces[at]
        if not (
            2 <= len(piece.text) <= _MAX_LETTERS_TOGETHER
            and piece.text.isascii()
            and piece.text.isalpha()
        ):
            return False
        if piece.is_glued or self._is_glued_to_next(at):
            return True
        if piece.written.isupper() and self._capitals_tell:
            return True
        return len(piece.text) <= 3 and not is_common(piece.text)

    def _is_glued_to_next(self, at: int) -> bool:
        return at + 1 < len(self.pieces) and self.pieces[at + 1].is_glued

    def _is_day(self, at: int) -> bool:
        """Return True for `8th` of a date, which is no half of `B33 8TH`."""
        following = self.text_at(at + 1)
        return self.pieces[at].written[-1:].islower() and (
            following == "of" or following in MONTH_NUMBERS
        )

    def characters_at(self, at: int) -> Iterator[Letters]:
        """Yield every reading of piece `at`, and those after it, as letters or digits of a code."""
        text = self.text_at(at) if at < len(self.pieces) else ""
        if not text:
            return
        if text.isdecimal() or (text[:1].isdecimal() and not self._is_day(at)):
            yield Letters(text, at + 1)
        elif (number := self._small_at(at)) is not None:
            yield Letters(number.digits, number.end)
        if text in OHS:
            yield Letters("o", at + 1, is_doubtful=text == "oh")
        else:
            yield from self.letters_at(at)


@dataclass(frozen=True)
class Code:
    """A code in one of the forms that were looked for."""

    first: int
    end: int
    characters: str
    doubtful: int
    """Count of its letters that may just as well be words."""
    sure_letters: int
    is_written: bool
    """True if a word of it has letters and digits together."""


def codes_at(spoken: SpokenPieces, at: int, forms: Collection[str]) -> Iterator[Code]:
    """Yield the codes that begin with piece `at`: `forms` have A for a letter, 9 for a digit."""
    branch = _Branch(at, "", 0, 0)
    yield from _extended(spoken, at, branch, forms)


@dataclass(frozen=True, slots=True)
class _Branch:
    end: int
    characters: str
    doubtful: int
    sure_letters: int


_MAX_CODE = 9
"""Characters of the longest code that is corrected while it is said."""


def _extended(
    spoken: SpokenPieces, first: int, branch: _Branch, forms: Collection[str]
) -> Iterator[Code]:
    between = Interlude(first) if branch.end == first else spoken.interlude(branch.end)
    if between.is_correction and len(branch.characters) <= _MAX_CODE:
        # “treble X, no sorry, four Q N”: what follows takes the place of the last ones.
        for drop in range(1, len(branch.characters) + 1):
            corrected = replace(branch, end=between.end, characters=branch.characters[:-drop])
            yield from _extended(spoken, first, corrected, forms)
    for start in dict.fromkeys((branch.end, between.end)):
        if start >= len(spoken) or (start > first and spoken.pieces[start].is_parted):
            continue
        for character in spoken.characters_at(start):
            characters = branch.characters + character.characters
            shape = form_of(characters)
            if not any(form.startswith(shape) for form in forms):
                continue
            letters = sum(map(str.isalpha, character.characters))
            longer = _Branch(
                character.end,
                characters,
                branch.doubtful + character.is_doubtful,
                branch.sure_letters + (0 if character.is_doubtful else letters),
            )
            if shape in forms:
                yield _code(spoken, first, longer)
            yield from _extended(spoken, first, longer, forms)


def _code(spoken: SpokenPieces, first: int, branch: _Branch) -> Code:
    is_written = any(piece.is_glued for piece in spoken.pieces[first + 1 : branch.end])
    return Code(
        first, branch.end, branch.characters, branch.doubtful, branch.sure_letters, is_written
    )


def form_of(characters: str) -> str:
    """Return `characters` with A for each letter and 9 for each digit."""
    return "".join("9" if sign.isdecimal() else "A" for sign in characters)


# Numbers


@dataclass(frozen=True)
class SpokenNumber:
    """Digits that are said one after the other, however long it takes."""

    parts: tuple[Spoken, ...]
    corrected: tuple[int, ...]
    """Numbers of the parts that take the place of what was said before them."""
    opened: tuple[int, ...]
    """Numbers of the parts before which somebody paused."""
    has_plus: bool = False
    leading_ohs: int = 0
    """Count of pieces “oh” before it that were left out: more often a sigh."""

    @property
    def first(self) -> int:
        return self.parts[0].first

    @property
    def end(self) -> int:
        return self.parts[-1].end

    @property
    def digits(self) -> str:
        return "".join(part.digits for part in self.parts)

    def readings(self) -> tuple[str, ...]:
        """Return what it may come to, as it was said first."""
        orders = [list(range(len(self.parts)))]
        if self.corrected:
            orders += [self._without(drop) for drop in ("part", "group", "all")]
        orders += [self._without_echoes(order) for order in orders if self.opened]
        return tuple(
            dict.fromkeys(
                "".join(getattr(self.parts[at], how) for at in order)
                for order in orders
                for how in ("digits", "value")
            )
        )

    def _without(self, drop: str) -> list[int]:
        """Return the parts that count if a correction replaces a part, a group or everything."""
        counting: list[int] = []
        for at in range(len(self.parts)):
            if at in self.corrected and counting:
                if drop == "all":
                    counting = []
                elif drop == "part":
                    counting.pop()
                else:
                    start = max((opened for opened in self.opened if opened < at), default=0)
                    counting = [number for number in counting if number < start]
            counting.append(at)
        return counting

    def _without_echoes(self, order: Sequence[int]) -> list[int]:
        """Return the parts without groups that somebody repeated: “943. Yes, 943.”"""
        groups: list[list[int]] = []
        for at in order:
            if not groups or at in self.opened:
                groups.append([])
            groups[-1].append(at)
        digits_of_groups = [tuple(self.parts[at].digits for at in group) for group in groups]
        return [
            at
            for number, group in enumerate(groups)
            if not number or digits_of_groups[number] != digits_of_groups[number - 1]
            for at in group
        ]


_MIN_DIGITS_WITH_OH = 6
"""The oh counted: from so many on, the digits may be a telephone number."""
_MIN_PLAIN_DIGITS = 5
"""From so many on, digits that begin with a nought are a number to dial."""


def numbers_in(spoken: SpokenPieces, expected: Collection[int] = ()) -> Iterator[SpokenNumber]:
    """Yield every longest number: `07700 900 123`, “oh seven, um, seven double oh”.

    `expected` are pieces at which a number is announced (“my number is …”): there words like “and”
    may stand between its digits.
    """
    at = 0
    while at < len(spoken):
        number = _number_at(spoken, at, at in expected)
        if number is None:
            at += 1
            continue
        yield number
        at = number.end


def _number_at(spoken: SpokenPieces, first: int, is_expected: bool) -> SpokenNumber | None:
    part = spoken.digits_at(first)
    # “One moment” is no digit.
    if part is None or spoken.interlude(first).is_pause:
        return None
    parts, corrected, opened = [part], [], []
    is_dialled = part.digits.startswith("0") or _has_plus(spoken, first)
    while following := _next_part(
        spoken, parts, is_plain=is_expected or (is_dialled and _count(parts) >= _MIN_PLAIN_DIGITS)
    ):
        part, between = following
        if between.is_correction:
            corrected.append(len(parts))
        if _opens_group(spoken, part, between):
            opened.append(len(parts))
        parts.append(part)
    parts_left = parts
    ohs = 0
    total = _count(parts)
    while parts_left and spoken.texts[parts_left[0].first] in OHS and total < _MIN_DIGITS_WITH_OH:
        parts_left, ohs, total = parts_left[1:], ohs + 1, total - 1
    if not parts_left:
        return None
    return SpokenNumber(
        tuple(parts_left),
        tuple(at - ohs for at in corrected if at > ohs),
        tuple(at - ohs for at in opened if at > ohs),
        _has_plus(spoken, parts_left[0].first),
        ohs,
    )


def _count(parts: Sequence[Spoken]) -> int:
    return sum(len(part.digits) for part in parts)


def _opens_group(spoken: SpokenPieces, part: Spoken, between: Interlude) -> bool:
    """Return True where a part is set off from the one before it: by a pause, a sign, a space."""
    before, piece = spoken.pieces[part.first - 1], spoken.pieces[part.first]
    return between.is_pause or bool(before.after.strip()) or (piece.is_digits and piece.is_first)


def _next_part(
    spoken: SpokenPieces, parts: Sequence[Spoken], *, is_plain: bool
) -> tuple[Spoken, Interlude] | None:
    """Return the digits that go on with a number, and what is said before them."""
    at = parts[-1].end
    between = spoken.interlude(at, with_links=is_plain)
    for interlude in dict.fromkeys((between, Interlude(at))):
        start = interlude.end
        if start >= len(spoken) or spoken.pieces[start].is_parted:
            continue
        part = spoken.digits_at(start)
        if part is not None and spoken.is_unparted(start, part.end):
            return part, interlude
    if is_plain and not spoken.pieces[parts[-1].end - 1].is_digits:
        misheard = spoken.misheard_digit_at(at)
        following = spoken.digits_at(at + 1) if misheard and spoken.text_at(at + 1) else None
        if misheard and following and not spoken.pieces[following.first].is_digits:
            return misheard, Interlude(at)
    return None


def _has_plus(spoken: SpokenPieces, at: int) -> bool:
    """Return True where a plus stands before the number, or is said."""
    piece = spoken.pieces[at]
    return "+" in piece.before or (at > 0 and spoken.texts[at - 1] == "plus")
