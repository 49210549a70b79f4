"""Find which way each letter of a line runs: the Unicode Bidirectional Algorithm (UAX 9).

Marks that embed or override a direction are no part of what we draw and are taken out before
(`typeset.tidy`), so the rules for them (X1 to X8) are not here. Pure.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import groupby

_STRONG = ("L", "R", "AL")
_NEUTRAL = ("B", "S", "WS", "ON")
_BRACKETS = {"(": ")", "[": "]", "{": "}", "〈": "〉", "⟨": "⟩", "⟦": "⟧", "⦅": "⦆"}
_MAX_OPEN_BRACKETS = 63  # open brackets that are remembered: UAX 9, BD16


def base_level(text: str) -> int:
    """Return 0 if a paragraph begins on the left, else 1: its first strong letter decides (P2)."""
    strong = (unicodedata.bidirectional(letter) for letter in text)
    return int(next((kind for kind in strong if kind in _STRONG), "L") != "L")


def levels(text: str, base: int | None = None) -> list[int]:
    """Return the embedding level of every letter: even runs to the right, odd to the left."""
    base = base_level(text) if base is None else base
    base_direction = "R" if base else "L"
    classes = [unicodedata.bidirectional(letter) or "L" for letter in text]
    # In the order of UAX 9: each rule reads what the one before has changed.
    _resolve_weak(classes, base_direction)
    _resolve_brackets(text, classes, base_direction)
    _resolve_neutral(classes, base_direction)
    return _reset_trailing_spaces(text, [_embedding_level(kind, base) for kind in classes], base)


def runs(levels: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return stretches of one level, left to right as they are seen: start, end, level (L2)."""
    stretches = []
    start = 0
    for level, run in groupby(levels):
        length = len(list(run))
        stretches.append((start, start + length, level))
        start += length
    lowest_odd = min((level for level in levels if level % 2), default=0)
    # From the highest level down, as L2 says: the other way round gives another order.
    for level in range(max(levels, default=0), lowest_odd - 1, -1) if lowest_odd else ():
        reordered: list[tuple[int, int, int]] = []
        for high, group in groupby(stretches, key=lambda stretch: stretch[2] >= level):
            members = list(group)
            reordered += members[::-1] if high else members
        stretches = reordered
    return stretches


def _resolve_weak(classes: list[str], base_direction: str) -> None:
    """Resolve marks, numbers and what stands between numbers (W1 to W7)."""
    before = base_direction
    for at, kind in enumerate(classes):  # W1
        if kind == "NSM":
            classes[at] = before
        before = classes[at]
    strong = base_direction
    for at, kind in enumerate(classes):  # W2, W3
        if kind in _STRONG:
            strong = kind
        if kind == "EN" and strong == "AL":
            classes[at] = "AN"
    classes[:] = ["R" if kind == "AL" else kind for kind in classes]
    for at in range(1, len(classes) - 1):  # W4
        before_kind, after_kind = classes[at - 1], classes[at + 1]
        if before_kind == after_kind and (
            (classes[at] == "ES" and before_kind == "EN")
            or (classes[at] == "CS" and before_kind in ("EN", "AN"))
        ):
            classes[at] = before_kind
    for start, end in _runs_of_classes(classes, ("ET",)):  # W5
        if "EN" in (*classes[max(0, start - 1) : start], *classes[end : end + 1]):
            classes[start:end] = ["EN"] * (end - start)
    classes[:] = ["ON" if kind in ("ES", "ET", "CS") else kind for kind in classes]  # W6
    strong = base_direction
    for at, kind in enumerate(classes):  # W7
        if kind in ("L", "R"):
            strong = kind
        if kind == "EN" and strong == "L":
            classes[at] = "L"


def _resolve_brackets(text: str, classes: list[str], base_direction: str) -> None:
    """Give brackets the direction of what is in them (N0)."""
    for opening, closing in _bracket_pairs(text, classes):
        inside = {_direction(kind) for kind in classes[opening + 1 : closing]} - {""}
        if base_direction in inside:
            classes[opening] = classes[closing] = base_direction
        elif inside:
            before = (_direction(kind) for kind in reversed(classes[:opening]))
            context = next((direction for direction in before if direction), base_direction)
            classes[opening] = classes[closing] = context if context in inside else base_direction


def _bracket_pairs(text: str, classes: Sequence[str]) -> list[tuple[int, int]]:
    open_brackets: list[tuple[str, int]] = []
    pairs = []
    for at, letter in enumerate(text):
        if classes[at] != "ON":
            continue
        if letter in _BRACKETS:
            if len(open_brackets) == _MAX_OPEN_BRACKETS:
                # With more than that (BD16) none is paired.
                return []
            open_brackets.append((_BRACKETS[letter], at))
        elif letter in _BRACKETS.values():
            for depth in range(len(open_brackets) - 1, -1, -1):
                if open_brackets[depth][0] == letter:
                    pairs.append((open_brackets[depth][1], at))
                    del open_brackets[depth:]
                    break
    return sorted(pairs)


def _resolve_neutral(classes: list[str], base_direction: str) -> None:
    """Give spaces and signs the direction of both sides, else the paragraph's (N1, N2)."""
    for start, end in _runs_of_classes(classes, (*_NEUTRAL, "BN")):
        before = _direction(classes[start - 1]) if start else base_direction
        after = _direction(classes[end]) if end < len(classes) else base_direction
        classes[start:end] = [before if before == after else base_direction] * (end - start)


def _direction(bidi_class: str) -> str:
    # Numbers count as running to the left (N0, N1).
    return "R" if bidi_class in ("R", "EN", "AN") else bidi_class if bidi_class == "L" else ""


def _runs_of_classes(
    classes: Sequence[str], wanted_classes: Sequence[str]
) -> Iterator[tuple[int, int]]:
    start = 0
    for is_wanted, run in groupby(list(classes), key=lambda kind: kind in wanted_classes):
        length = len(list(run))
        if is_wanted:
            yield start, start + length
        start += length


def _embedding_level(bidi_class: str, base: int) -> int:
    """Return the level of a resolved letter (I1 and I2)."""
    if base:
        return 1 if bidi_class == "R" else 2
    return {"L": 0, "R": 1}.get(bidi_class, 2)


def _reset_trailing_spaces(text: str, levels: list[int], base: int) -> list[int]:
    """Give spaces at the end of a line the paragraph's level (L1)."""
    bare = len(text.rstrip())
    return [*levels[:bare], *([base] * (len(levels) - bare))]
