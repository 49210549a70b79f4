"""What somebody marked while recording, put where the editor will read it: behind the words.

“Do not use this” is said after the words it is about, so the mark stands behind the last word that
had begun by then. A note of the volunteer stands there too; the rest of a mark's meaning is the
editor's to judge, who hears the passage.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence

from capture.recording.session_markers import Marker
from transcribe.glossary import hint_text
from transcribe.words import Word

NOTE_TEXTS = {"do-not-use": "asked not to use this", "sensitive": "marked as sensitive"}
_BETWEEN = "; "


def add_marker_notes(
    marks: Mapping[int, str], words: Sequence[Word], markers: Sequence[Marker]
) -> dict[int, str]:
    """`marks` of doubt by the number of their word, and what was marked while recording."""
    found = dict(marks)
    starts = [word.start for word in words]
    for marker in markers:
        said = marker_note(marker)
        if said and words:
            number = max(0, bisect_right(starts, marker.at) - 1)
            together = [one for one in (found.get(number, ""), said) if one]
            found[number] = hint_text(_BETWEEN.join(dict.fromkeys(together)))
    return found


def marker_note(marker: Marker) -> str:
    """What the editor is told of a mark; nothing for those that tell of questions and takes."""
    if marker.kind == "note":
        return hint_text(f"note: {marker.text}") if marker.text.strip() else ""
    return NOTE_TEXTS.get(marker.kind, "")


def count_marker_notes(markers: Sequence[Marker]) -> dict[str, int]:
    """How many there are of each sort, in the editor's words."""
    return dict(Counter(NOTE_TEXTS.get(one.kind, "note") for one in markers if marker_note(one)))
