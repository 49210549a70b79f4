"""Hints of a contributor's remarks in the editor's copy: they say whose they are.

    we went there with Daniel(?contributor 3: not this name – his real one) every week

The words that it is about stand before it, and the number leads to the whole remark, which may be
longer than a hint. To take the hint out is to answer it; so is to cut or to redact its word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from transcribe.glossary import hint_sentence, hint_text

MAX_CHARACTERS = 80
"""Characters of a hint: longer ones are no hint."""
GOOD = "this is good"
_ONE = r"contributor \d{1,5}(?:[–,] ?\d{1,5}){0,80}(?:: [^;()]*)?"
# Behind whatever else a hint says, for they are added last.
_REMARKS = re.compile(rf"(?:^|; )(?P<remarks>{_ONE}(?:; {_ONE})*)$")
_PART = re.compile(r"contributor (?P<numbers>[\d–, ]+)(?:: (?P<text>.*))?")
_SENTENCE = re.compile(r" – .*$")
_IN_TEXT = re.compile(r"(?<!\\)\(\?(?P<hint>[^()\\~\[\]|]{0,80})\)")
_COMMENT = re.compile(r"<!--.*?(?:-->|$)", re.DOTALL)


def remark_hint(number: int, asked: str, text: str = "") -> str:
    """Return the hint of one remark: its number, what it asks, and their own sentence, if short."""
    sentence = hint_sentence(text.replace(";", ","))
    tail = f" – {sentence}" if sentence else ""
    return hint_text(f"contributor {number}: {asked}{tail}")


def hint_with_remarks(hint: str | None, remarks: Sequence[str]) -> str:
    """Return a hint that also has these remarks, none of them twice, shortened until it fits."""
    other, parts = split_remarks(hint or "")
    numbers = {number for remark in remarks for number in _numbers(remark)}
    # Those that are there already, as after a run that was killed, are written anew.
    parts = [*(part for part in parts if not numbers.issuperset(_numbers(part))), *remarks]
    short = [_SENTENCE.sub("", part) for part in parts]
    forms = (parts, short, list(_by_kind(short)), [_numbers_alone(parts)])
    texts = ["; ".join(form) for form in forms]
    text = next((text for text in texts if len(text) <= MAX_CHARACTERS), texts[-1])
    room = MAX_CHARACTERS - len(text) - len("; ")
    other = other[: max(0, room)].strip()
    return f"{other}; {text}" if other else text


def remarks_of_hint(hint: str | None) -> str:
    """Return what a hint says of remarks, or nothing."""
    return "; ".join(split_remarks(hint or "")[1])


def is_remark_alone(hint: str | None) -> bool:
    """Return True for a hint that says nothing but a contributor's remarks."""
    other, parts = split_remarks(hint or "")
    return bool(parts) and not other


def remark_numbers(text: str) -> frozenset[int]:
    """Return the numbers of all remarks whose marks stand in the text of a copy."""
    return frozenset(number for part in _parts_in(text) for number in _numbers(part))


def open_remark_numbers(text: str) -> frozenset[int]:
    """Return those that ask for something: “this is good” does not."""
    return _open_numbers(_parts_in(text))


def open_numbers_of_hints(hints: Iterable[str]) -> frozenset[int]:
    """Return the numbers of remarks in these hints that ask for something."""
    return _open_numbers(part for hint in hints for part in split_remarks(hint)[1])


def _open_numbers(parts: Iterable[str]) -> frozenset[int]:
    return frozenset(number for part in parts if not _is_praise(part) for number in _numbers(part))


def _parts_in(text: str) -> Iterable[str]:
    spoken = " ".join(_COMMENT.sub("", text).split())
    for hint in _IN_TEXT.finditer(spoken):
        yield from split_remarks(hint["hint"])[1]


def split_remarks(hint: str) -> tuple[str, list[str]]:
    """Return the rest of a hint, and each remark in it."""
    remarks = _REMARKS.search(hint)
    if not remarks:
        return hint, []
    return hint[: remarks.start()], remarks["remarks"].split("; ")


def _is_praise(part: str) -> bool:
    match = _PART.fullmatch(part)
    return bool(match and (match["text"] or "").startswith(GOOD))


def _numbers(part: str) -> list[int]:
    match = _PART.fullmatch(part)
    numbers: list[int] = []
    for span in (match["numbers"] if match else "").replace(" ", "").split(","):
        first, _, last = span.partition("–")
        if first.isdigit():
            until = int(last) if last.isdigit() else int(first)
            numbers += range(int(first), min(until, int(first) + 999) + 1)
    return numbers


def _by_kind(parts: Sequence[str]) -> Iterator[str]:
    """Yield remarks that ask for the same as one: `contributor 3, 5: please cut this`."""
    numbers: dict[str, list[int]] = {}
    for part in parts:
        match = _PART.fullmatch(part)
        asked = (match["text"] if match else "") or ""
        numbers.setdefault(asked, []).extend(_numbers(part))
    for asked, of_kind in numbers.items():
        yield f"contributor {_spans(of_kind)}{f': {asked}' if asked else ''}"


def _numbers_alone(parts: Sequence[str]) -> str:
    """Return one remark in the place of several: `contributor 3–9, 12`."""
    praise = f": {GOOD}" if all(map(_is_praise, parts)) else ""
    return f"contributor {_spans([number for part in parts for number in _numbers(part)])}{praise}"


def _spans(numbers: Iterable[int]) -> str:
    spans = []
    # Numbers that follow each other are as far from their place in the list.
    places = enumerate(sorted(set(numbers)))
    for _, run in groupby(places, key=lambda pair: pair[1] - pair[0]):
        follow = [number for _, number in run]
        spans.append(f"{follow[0]}–{follow[-1]}" if len(follow) > 1 else str(follow[0]))
    return ", ".join(spans)
