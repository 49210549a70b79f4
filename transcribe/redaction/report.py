"""What was found and asked about names, in lines for the editor and records for scripts.

The names themselves are shown only where the editor asks for the list or is asked a question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from library.core.timecode import clock
from transcribe.redaction.answering import Asking, askings
from transcribe.redaction.detect import look
from transcribe.redaction.folding import folded
from transcribe.redaction.suggest import Copy, Suggested


def suggested(told: Suggested, story: str, *, written: bool) -> Iterator[str]:
    """After `redact suggest`."""
    done = "" if written else "would be "
    if told.redacted:
        yield f"{story}: {done}redacted: {len(told.redacted)}, at {_times(told.redacted)}."
    if told.questions:
        yield f"{story}: {done}asked about: {len(told.questions)}, at {_times(told.questions)}."
    if not told.changes:
        yield f"{story}: nothing new was found; its text stays as it was."
    if told.unwritten:
        yield (
            f"  At {_times(told.unwritten)} a listed name was recognised where the text says "
            "something else: is it still heard?"
        )
    if told.open:
        yield f"  Open questions: {len(told.open)}. Answer: carer-stories redact review {story}"
    elif told.changes:
        yield f"  Look at it and apply it with: carer-stories edit {story}"


def suggested_record(told: Suggested, story: str) -> dict[str, Any]:
    """For `redact suggest --json`."""
    return {
        "id": story,
        "redacted": list(told.redacted),
        "asked": list(told.questions),
        "open": len(told.open),
        "unwritten": list(told.unwritten),
    }


def entries_record(copy: Copy) -> list[dict[str, Any]]:
    """The list with where each of its names is or may be said and not redacted."""
    finds = look(copy.said, copy.listed, copy.asked)
    return [
        {
            "number": number,
            "name": entry.name,
            "kind": str(entry.sort),
            "sounds_like": list(entry.sounds_like),
            "shown": entry.stands,
            "where": entry.where,
            "note": entry.note,
            "heard": [find.start for find in finds if find.hit.number == number],
            "redacted": _redacted(copy, entry.name),
        }
        for number, entry in enumerate(copy.listed.names, start=1)
    ]


def _redacted(copy: Copy, name: str) -> int:
    """How many marks that were written for this name stand as redactions."""
    return sum(one.about == folded(name) and one.answer == "hidden" for one in copy.asked.questions)


def asking_record(one: Asking) -> dict[str, Any]:
    """One open question, for a script."""
    return {
        "number": one.number,
        "at": one.at,
        "before": one.before,
        "words": one.words,
        "after": one.after,
        "shown": one.shown,
        "entry": one.entry or None,
        "unwritten": one.unwritten,
    }


def questions_record(copy: Copy) -> list[dict[str, Any]]:
    return [asking_record(one) for one in askings(copy)]


def asking(one: Asking, number: int, of: int, same: int) -> Iterator[str]:
    """A question as it is put to the editor."""
    yield ""
    yield f"Question {number} of {of}, at {clock(one.at)}"
    if one.unwritten:
        yield f"  …{one.before} ▸ {one.after}…"
        yield f"  Here “{one.words}” was recognised, and your text says something else."
        yield "  Words that are only typed over are still heard. Listen: is it said?"
        return
    yield f"  …{one.before} ▸ {one.words} ◂ {one.after}…"
    if one.about:
        yield f"  Perhaps this is “{one.about}” (name {one.entry} of the list)."
    yield f"  If it is, “{one.shown}” is shown instead."
    if same > 1:
        yield f"  It is written like this in {same} questions."


def _times(moments: Sequence[int]) -> str:
    return ", ".join(map(clock, moments))
