"""Numbers with their nouns, as people say them: the only place that knows a plural."""

from __future__ import annotations

_PLURALS = {"person": "people", "story": "stories", "copy": "copies"}
"""Plurals of nouns, or of their last word, that are not made with an s."""


def counted(number: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun: 1 story, 4 stories; 1 file, 4 files."""
    return f"{number} {singular if number == 1 else plural or plural_of(singular)}"


def plural_of(singular: str) -> str:
    """Return the plural of a noun, whose last word may be preceded by others."""
    *others, last = singular.split(" ")
    return " ".join((*others, _PLURALS.get(last, f"{last}s")))


def counted_is(number: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun and its verb: 1 place is, 2 places are."""
    return f"{counted(number, singular, plural)} {'is' if number == 1 else 'are'}"
