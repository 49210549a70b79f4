"""Who says each word of a meeting, by the file in which its voice is loud.

Levels are counted from each voice’s own loudest passages: one of the two sits nearer to their
microphone. A word belongs to the voice that stands clear of the others throughout it; a word of
which that cannot be said goes with the word before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

from transcribe.engines.levels import FRAME_MS

if TYPE_CHECKING:
    from transcribe.words import Segment, Word

_LOUDEST = 99.5  # per cent of the frames are no louder: how loud this voice can be
_SPOKE_DB = 20.0  # by which somebody who spoke at all was louder than their quiet
_CLEAR_DB = 6.0  # by which a voice is louder than the others in a word of its own


def told_apart(
    words: Sequence[Word], segments: Sequence[Segment], levels: Mapping[str, Any]
) -> tuple[Segment, ...]:
    """The segments, divided where another voice begins, with the number of the voice in each.

    `levels` as `capture.intake.speaker_tracks.voices_heard` gives them; with fewer than two voices
    that spoke, or where the segments name voices already, nothing is changed. Pure.
    """
    spoke = {voice: own for voice, level in levels.items() if (own := _own(level)) is not None}
    if len(spoke) < 2 or not words or any(segment.speaker for segment in segments):
        return tuple(segments)
    says = _carried_on([_voice_of(word, spoke) for word in words])
    return tuple(part for segment in segments for part in _divided(segment, words, says))


def _own(level: Any) -> Any:
    """Decibels below the voice’s own loudest; None for somebody who said nothing."""
    import numpy as np

    if not len(level):
        return None
    loudest = float(np.percentile(level, _LOUDEST))
    quiet = float(np.percentile(level, 10))
    return level - loudest if loudest - quiet >= _SPOKE_DB else None


def _voice_of(word: Word, levels: Mapping[str, Any]) -> str:
    """The voice that says it, or nothing where two are as loud."""
    first, last = word.start // FRAME_MS, max(word.end // FRAME_MS, word.start // FRAME_MS + 1)
    heard = sorted(((_power(level[first:last]), voice) for voice, level in levels.items()))
    (second, _), (loudest, voice) = heard[-2:]
    return voice if loudest - second >= _CLEAR_DB else ""


def _power(level: Any) -> float:
    import numpy as np

    return float(10 * np.log10((10 ** (level / 10)).mean())) if len(level) else -120.0


def _carried_on(says: Sequence[str]) -> list[str]:
    """Words of no clear voice go with the one before; those at the beginning with the first."""
    voice = next((one for one in says if one), "")
    carried = []
    for one in says:
        voice = one or voice
        carried.append(voice)
    return carried


def _divided(segment: Segment, words: Sequence[Word], says: Sequence[str]) -> Iterator[Segment]:
    for voice, run in groupby(range(segment.first, segment.last), key=lambda at: says[at]):
        inside = list(run)
        yield msgspec.structs.replace(
            segment,
            first=inside[0],
            last=inside[-1] + 1,
            start=words[inside[0]].start,
            end=words[inside[-1]].end,
            speaker=voice,
        )
