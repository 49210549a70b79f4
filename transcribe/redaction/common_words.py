"""Words of ordinary talk: what keeps questions about names from drowning an editor.

The list (`common_words.txt`) was written by hand for this project. Nothing is fetched, and it holds
no word that is a name and nothing else.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files

from transcribe.redaction.folding import folded, words

_ENDINGS = (
    ("ies", "y"),
    ("ied", "y"),
    ("es", "e"),
    ("es", ""),
    ("s", ""),
    ("ed", "e"),
    ("ed", ""),
    ("ing", "e"),
    ("ing", ""),
    ("ily", "y"),
    ("ly", ""),
)
_LEAST_BASE = 3

MONTHS = words(
    "january february march april may june july august september october november december"
)


@cache
def _listed() -> frozenset[str]:
    text = (files("transcribe.redaction") / "common_words.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(folded(word) for line in lines for word in line.split())


@lru_cache(maxsize=50_000)
def is_ordinary(fold: str) -> bool:
    """Whether a folded word (`folding.folded`) is one of ordinary talk, or a number in digits."""
    words = _listed()
    if len(fold) < 2 or fold in words or fold.isdigit():
        return True
    return any(
        base in words
        for ending, put in _ENDINGS
        if fold.endswith(ending) and len(base := fold[: -len(ending)] + put) >= _LEAST_BASE
    )
