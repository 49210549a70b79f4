"""Settle the words of a passage by its text: spaces between them, and words that the list lacks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby, pairwise

from rapidfuzz.distance import Levenshtein

from transcribe.formats.source_file import SourceWord
from transcribe.redaction.normalise import folded_word, is_common
from transcribe.words import UNSEEN_SPACE, normalised, tokens_of, without_loose_spaces

# Scripts that write no spaces: each word that a file gives stands by itself.
_WITHOUT_SPACES = re.compile(
    r"[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u31f0-\u31ff\u3400-\u9fff"
    r"\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)


_LONG, _PIECE = 24, 16
"""Letters from which a text without spaces is divided, and letters of a piece at most."""
_AFTER_MARK = re.compile(r"(?<=[。！？，、；：．｡､])")


def words_in(text: str) -> list[str]:
    """Return the words of a text; long ones of scripts without spaces in pieces that can be cut."""
    parted = without_loose_spaces(text).replace(UNSEEN_SPACE, " ")
    return [piece for word in parted.split() for piece in _pieces(word)]


def _pieces(word: str) -> list[str]:
    if len(word) <= _LONG or len(_WITHOUT_SPACES.findall(word)) <= len(word) // 2:
        return [word]
    pieces: list[str] = []
    for clause in filter(None, _AFTER_MARK.split(word)):
        begin = 0
        while begin < len(clause):
            end = min(begin + _PIECE, len(clause))
            # A vowel or a tone that is written over a letter stays with it.
            while end < len(clause) and unicodedata.category(clause[end]) in _CLOSING:
                end += 1
            pieces.append(clause[begin:end])
            begin = end
    return pieces


def with_spaces(words: Sequence[SourceWord]) -> list[SourceWord]:
    """Return words of which each begins with a space, but the parts of a word after its first.

    Whisper's own files tell parts of a word by that; where some words lack it, it says little.
    """
    if not any(word.text[:1].isspace() for word in words):
        return [word._replace(text=f" {word.text}") for word in words]
    spaced = list(words[:1])
    for before, word in pairwise(words):
        begins = word.text[:1].isspace() or _begins_word(before.text, word.text)
        spaced.append(word._replace(text=f" {word.text.lstrip()}") if begins else word)
    return spaced


def _begins_word(before: str, text: str) -> bool:
    """Return True for a word that lacks the space before it."""
    if before[-1:].isspace() or not text.strip():
        return True
    if _WITHOUT_SPACES.match(text) or _WITHOUT_SPACES.match(before[-1:]):
        return not _is_closing(text)
    # “mother” and “-in-law” are one word, “I” and “was” are two, “car” and “er” are one.
    if not (text[:1].isalnum() and before[-1:].isalnum()):
        return False
    if text[:1].isupper() and before[-1:].islower():
        return True
    word = folded_word(text)
    return word in _SHORT_WORDS if len(word) <= _SHORT else is_common(word)


_SHORT = 2
_SHORT_WORDS = frozenset(
    "is it to he we of in on at my me no so do go us up an as be by if or am".split()  # noqa: SIM905
)
"""Words of two letters that are no ends of words."""


def _is_closing(text: str) -> bool:
    """Return True for punctuation that belongs to the word before it."""
    return all(unicodedata.category(letter) in _CLOSING for letter in text.strip())


_CLOSING = ("Po", "Pe", "Pf", "Mn", "Mc", "Lm")


def settled_by(text: str, words: Sequence[SourceWord]) -> tuple[list[SourceWord], list[str]]:
    """Return words as `text` has them, and what of it could not be put among them.

    Words that the list lacks are put in without times; the letters, the punctuation and the spaces
    are the text's where both have the same words.
    """
    if not text.strip():
        return with_spaces(words), []
    if placed := _placed(text, words):
        return placed, []
    joined = _joined(with_spaces(words))
    written = tokens_of(text)
    same = _same_at_beginning(joined, written)
    if (len(joined) - same) * (len(written) - same) > _MAX_COMPARED:
        return with_spaces(words), [text]
    settled: list[SourceWord] = []
    left: list[str] = []
    for tag, old, new in _compared(joined, written):
        if tag == "equal":
            settled += [
                word._replace(text=f" {token}") for word, token in zip(old, new, strict=True)
            ]
        elif tag == "insert":
            speaker = settled[-1].speaker if settled else words[0].speaker if words else ""
            settled += [SourceWord(f" {token}", speaker=speaker) for token in new]
        else:
            settled += _in_letters_of(old, new)
            left += [" ".join(new)] if new and not _is_same(old, new) else []
    return settled, left


def _compared(
    words: Sequence[SourceWord], tokens: Sequence[str]
) -> Iterator[tuple[str, Sequence[SourceWord], Sequence[str]]]:
    """Yield stretches that are equal, inserted, deleted or replaced."""
    codes = Levenshtein.opcodes(list(map(_plain, words)), [normalised(token) for token in tokens])
    # Two words may be one in the text: one of them is replaced then, and the other deleted.
    for is_equal, group in groupby(codes, key=lambda code: code.tag == "equal"):
        stretch = list(group)
        old = words[stretch[0].src_start : stretch[-1].src_end]
        new = tokens[stretch[0].dest_start : stretch[-1].dest_end]
        if not is_equal and len(stretch) > 1 and _letters(old) == "".join(map(normalised, new)):
            yield "replace", old, new
            continue
        for code in stretch:
            old = words[code.src_start : code.src_end]
            yield code.tag, old, tokens[code.dest_start : code.dest_end]


def _in_letters_of(words: Sequence[SourceWord], tokens: Sequence[str]) -> list[SourceWord]:
    """Return words with the capitals and signs of the text where the text parts them otherwise."""
    written = "".join(tokens)
    bare = [unicodedata.normalize("NFC", word.text.strip()) for word in words]
    if "".join(bare).casefold() != written.casefold() or len("".join(bare)) != len(written):
        return list(words)
    ends = list(accumulate(map(len, bare)))
    return [
        word._replace(text=f" {written[end - len(text) : end]}")
        for word, text, end in zip(words, bare, ends, strict=True)
    ]


def _same_at_beginning(words: Sequence[SourceWord], tokens: Sequence[str]) -> int:
    pairs = zip(words, tokens, strict=False)
    differ = (_plain(word) != normalised(token) for word, token in pairs)
    return next((at for at, differs in enumerate(differ) if differs), min(len(words), len(tokens)))


_MAX_COMPARED = 400_000_000
"""Pairs of words: two hours of talk, twice."""


def _placed(text: str, words: Sequence[SourceWord]) -> list[SourceWord] | None:
    """Return the words with the text's spaces before them; None where it has other words."""
    placed: list[SourceWord] = []
    at = 0
    for word in words:
        bare = word.text.strip()
        begin = at
        while at < len(text) and text[at].isspace():
            at += 1
        if not bare or not text.startswith(bare, at):
            return None
        before = text[at - 1 : at] if at else " "
        is_first = begin < at or not placed
        begins = is_first or (bool(_WITHOUT_SPACES.match(bare)) and not _is_closing(bare))
        begins = begins or bool(_WITHOUT_SPACES.match(before) and bare[:1].isalnum())
        placed.append(word._replace(text=f" {bare}" if begins else bare))
        at += len(bare)
    # Parts are joined, so that nobody has to tell again where a word begins.
    return _joined(placed) if not text[at:].strip() else None


def _joined(words: Sequence[SourceWord]) -> list[SourceWord]:
    """Join the parts of each word."""
    joined: list[SourceWord] = []
    for word in words:
        if not word.text.strip():
            continue
        if joined and not word.text[:1].isspace():
            before = joined[-1]
            joined[-1] = before._replace(
                text=before.text + word.text,
                end=before.end if word.end is None else word.end,
                probability=min(before.probability, word.probability),
            )
        else:
            joined.append(word)
    return joined


def _is_same(words: Sequence[SourceWord], tokens: Sequence[str]) -> bool:
    """Return True where both say one thing: parts of a word, or a number in digits and in words."""
    old, new = _letters(words), "".join(map(normalised, tokens))
    return old == new or any(map(str.isdigit, old + new))


def _letters(words: Sequence[SourceWord]) -> str:
    return "".join(map(_plain, words))


def _plain(word: SourceWord) -> str:
    # As `tokens_of` leaves the text's.
    return normalised(unicodedata.normalize("NFC", word.text.strip()))
