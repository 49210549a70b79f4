"""Write recognised words in British spelling: `honor` as `honour`, never another word.

Recognisers were taught on American text, whoever speaks. The table (`british_spelling.txt`) was
made from VarCon by `scripts/british_spelling.py`: words whose American spelling is no British one
in any sense, and that sound the same. Names keep their spelling. Two spellings are one word to
everything that compares texts, so times and the literal transcript stand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files

from transcribe.redaction.normalise import split_token
from transcribe.words import is_sentence_end, normalised, tokens_of


@dataclass(frozen=True)
class SpelledWord:
    """A word of a text, and whether it may be spelled otherwise: recognised, and not hidden."""

    text: str
    may_change: bool = True
    opens_paragraph: bool = False


@dataclass(frozen=True)
class SpellingChanges:
    """Words of a text that have an American spelling."""

    texts: Mapping[int, str] = field(default_factory=dict)
    """Number of the word in the text → the word in British spelling, with its punctuation."""
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """American and British spelling, in small letters → how often; the most frequent first."""

    def __bool__(self) -> bool:
        return bool(self.texts)


@cache
def _table() -> Mapping[str, str]:
    text = (files("transcribe") / "british_spelling.txt").read_text(encoding="utf-8")
    lines = (line.split() for line in text.splitlines() if not line.startswith("#"))
    return {line[0]: line[1] for line in lines if line}


@lru_cache(maxsize=20_000)  # more than the different words of any interview
def comparable(text: str) -> str:
    """Return the form in which tokens are compared, the same for both spellings of a word."""
    plain = normalised(text)
    return plain if plain.isdigit() else _respelled(plain)


def _respelled(token: str) -> str:
    """Return a token with its word in British spelling: each part of one with hyphens."""
    before, word, after = split_token(token)
    parts = [_with_case_of(part, _table().get(part.lower(), "")) for part in word.split("-")]
    return f"{before}{'-'.join(parts)}{after}"


def _with_case_of(word: str, british: str) -> str:
    if not british:
        return word
    if word.isupper() and len(word) > 1:
        return british.upper()
    return british.capitalize() if word[:1].isupper() else british


_ALSO_NAMES = frozenset({"favor", "gray", "harbor", "honor", "savior", "valor"})
"""Words in American spelling that are people’s names as well."""


def american_spellings(words: Sequence[SpelledWord], names: Iterable[str]) -> SpellingChanges:
    """Return the words with an American spelling that are no names, and their British spelling.

    A name is a word with a capital inside a sentence or before another such word, one that has a
    capital inside a sentence elsewhere, and every word of `names`. Where a sentence begins, nothing
    tells “Honor came” from “Honor is due”: a word that people are called by stays. So does the
    “Center” of “Center for Carers”, and a few words in quotation marks that are a title.
    """
    begins = _sentence_beginnings(words)
    titled = _words_of_titles(words, begins)
    name_words = {comparable(token) for name in names for token in tokens_of(name)}
    capitals = {
        normalised(word.text).removesuffix("'s")
        for word, begins_sentence in zip(words, begins, strict=True)
        if not begins_sentence and _has_capital(word.text)
    }
    texts: dict[int, str] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for number, word in enumerate(words):
        british = _respelled(word.text) if word.may_change else word.text
        is_named = comparable(word.text) in name_words or number in titled
        if british == word.text or is_named:
            continue
        if _has_capital(word.text):
            is_in_name = _begins_name(words, begins, number)
            plain = normalised(word.text).removesuffix("'s")
            may_be_called_so = plain in _ALSO_NAMES and not word.text.isupper()
            if not begins[number] or is_in_name or plain in capitals or may_be_called_so:
                continue
        texts[number] = british
        counts[normalised(word.text), normalised(british)] += 1
    return SpellingChanges(texts, dict(counts.most_common()))


_LINKS = frozenset({"and", "at", "for", "in", "of", "on", "the"})
_INSTITUTION_LINKS = frozenset({"at", "for", "of"})
_VERB_ENDINGS = ("ed", "ing", "ize", "izes", "yze", "yzes")


def _begins_name(words: Sequence[SpelledWord], begins: Sequence[bool], number: int) -> bool:
    """Return True if a word with a capital begins a name of several words: “Center for Carers”."""
    at = number + 1
    while at < len(words) and not begins[at] and words[at].text in _LINKS:
        at += 1
    if at == len(words) or begins[at]:
        return False
    if _has_capital(words[at].text) and words[at].text != "I":
        return True
    # In small letters too: without “the” before it, “Center for” is what a place is called.
    is_verb = normalised(words[number].text).endswith(_VERB_ENDINGS)
    return words[number + 1].text in _INSTITUTION_LINKS and not is_verb


_MAX_TITLE_WORDS = 8
_CLOSING_MARKS = {"“": "”", '"': '"', "‘": "’", "'": "'"}
_PUNCTUATION = ".,;:!?…"


def _words_of_titles(words: Sequence[SpelledWord], begins: Sequence[bool]) -> frozenset[int]:
    """Return the numbers of the words that stand in quotation marks, a few, as a title does.

    What somebody is quoted to have said begins with a capital, after a comma, or ends a sentence.
    """
    titled: set[int] = set()
    for first, word in enumerate(words):
        last = _end_of_quotation(words, first)
        if last is None:
            continue
        is_introduced = not begins[first] and words[first - 1].text.endswith((",", ":"))
        bare = words[last].text.rstrip(_PUNCTUATION)
        is_sentence = is_introduced or bare[-2:-1] in _PUNCTUATION
        if not (_has_capital(word.text) and is_sentence):
            titled.update(range(first, last + 1))
    return frozenset(titled)


def _end_of_quotation(words: Sequence[SpelledWord], first: int) -> int | None:
    """Return the last word of the few in quotation marks that begin with `first`, if they do."""
    closing = _CLOSING_MARKS.get(words[first].text[:1])
    if closing is None:
        return None
    for last in range(first, min(first + _MAX_TITLE_WORDS, len(words))):
        if last > first and words[last].opens_paragraph:
            return None
        text = words[last].text if last > first else words[last].text[1:]
        if text.rstrip(_PUNCTUATION).endswith(closing):
            return last
    return None


def _sentence_beginnings(words: Sequence[SpelledWord]) -> list[bool]:
    return [
        number == 0 or word.opens_paragraph or is_sentence_end(words[number - 1].text)
        for number, word in enumerate(words)
    ]


def _has_capital(token: str) -> bool:
    return split_token(token)[1][:1].isupper()
