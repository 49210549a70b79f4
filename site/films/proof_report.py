"""A proof in lines for the editor and as a record for scripts: moments, numbers, never a name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from films.verify_audio import Proof, Silenced, StillHeard
from library.core.timecode import clock

_LITTLE = 0.5
"""A recogniser that understood less of the film than this proves little."""

LIMITS = (
    "A recogniser can miss what a person hears: a name said softly, over another voice, or in a "
    "way it does not know. It cannot tell who may be known by a voice, a place or what happened. "
    "Listen to the whole film before it is shown to anybody."
)


def told(proof: Proof) -> Iterator[str]:
    """What was found, the worst first, and what it cannot show."""
    yield f"{proof.story}: the film was heard again with {proof.engine}, model {proof.model}."
    for name in proof.changed:
        yield f"  {name} is not as it was when the film was made: make it again."
    sure = [one for one in proof.heard if one.sure]
    perhaps = [one for one in proof.heard if not one.sure]
    for one in sure:
        yield f"  Still heard: {_what(one)}, {_when(one.film, one.recording)}.{_where(one, proof)}"
    yield from _silence(proof)
    for one in perhaps:
        yield (
            f"  Perhaps heard: {_what(one)}, {_when(one.film, one.recording)}. Listen there."
            f"{_where(one, proof)}"
        )
    if not proof.heard:
        yield "  Nothing of the private list, and nothing that was redacted, was recognised."
    yield f"  It understood {proof.understood} of the {proof.words} words of the film."
    if proof.understood < _LITTLE * proof.words:
        yield "  That is little: this proof says hardly anything. Try a larger --model."
    if proof.disguised:
        yield "  The voice is disguised: people may understand it better than a recogniser does."
    yield f"  {LIMITS}"


def _silence(proof: Proof) -> Iterator[str]:
    loud = [one for one in proof.silenced if not one.quiet]
    for one in loud:
        yield (
            f"  Not silenced: what was redacted {_when(one.film, one.recording)}: "
            f"{one.level:.0f} dB are left beside the bleep.{_where(one, proof)}"
        )
    if not proof.silenced:
        yield "  Nothing of this film is redacted."
    elif not loud:
        most = max(one.level for one in proof.silenced)
        count = len(proof.silenced)
        places = (
            "The one redacted place holds" if count == 1 else f"All {count} redacted places hold"
        )
        yield (
            f"  {places} silence or the bleep and nothing else: at most {most:.0f} dB of full "
            "scale beside it."
        )


def _what(one: StillHeard) -> str:
    if one.number:
        return f"name {one.number} of the private list"
    return "what was redacted by hand, a number or an address"


def _when(film: int, recording: int) -> str:
    return f"at {clock(film)} of the film ({clock(recording)} of the recording)"


def _where(one: StillHeard | Silenced, proof: Proof) -> str:
    """Which files, where not all of them have the same sound."""
    return "" if set(one.files) == set(proof.files) else f" In {', '.join(one.files)}."


def record(proof: Proof) -> dict[str, Any]:
    """For `--json`. Times are milliseconds, levels decibels of full scale."""
    return {
        "story": proof.story,
        "cut": proof.cut,
        "files": list(proof.files),
        "engine": proof.engine,
        "model": proof.model,
        "holds": proof.holds,
        "heard": _records(proof.heard),
        "silenced": [
            {
                "film": one.film,
                "recording": one.recording,
                "length": one.length,
                "level": round(one.level, 1),
                "quiet": one.quiet,
                "files": list(one.files),
            }
            for one in proof.silenced
        ],
        "words": proof.words,
        "understood": proof.understood,
        "changed": list(proof.changed),
    }


def _records(heard: Sequence[StillHeard]) -> list[dict[str, Any]]:
    return [
        {
            "film": one.film,
            "recording": one.recording,
            "sure": one.sure,
            "number": one.number,
            "files": list(one.files),
        }
        for one in heard
    ]
