"""Put markers of the recording into the editor's copy, as hints after the words they are about.

“Do not use this” is said after the words it is about, so its hint stands after the last word that
had begun by then. A volunteer’s note stands there too. What follows from it is for the editor to
judge, who hears the passage.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence

from capture.recording.session_markers import Marker
from transcribe.glossary import hint_sentence, hint_text
from transcribe.words import Word

NOTE_TEXTS = {"do-not-use": "asked not to use this", "sensitive": "marked as sensitive"}
NOTE_PREFIX = "note: "
_SEPARATOR = "; "


def add_marker_notes(
    hints: Mapping[int, str], words: Sequence[Word], markers: Sequence[Marker]
) -> dict[int, str]:
    """Return `hints`, by the number of their word, with the notes of markers added."""
    noted = dict(hints)
    starts = [word.start for word in words]
    for marker in markers:
        note = marker_note(marker)
        if note and words:
            # Before the first word there is none to stand after: then the first itself.
            number = max(0, bisect_right(starts, marker.at) - 1)
            noted[number] = add_to_hint(noted.get(number, ""), note)
    return noted


def add_to_hint(hint: str, text: str) -> str:
    """Return a hint with another text after its own."""
    return hint_text(_SEPARATOR.join(dict.fromkeys(filter(None, (hint, text)))))


def marker_note(marker: Marker) -> str:
    """Return what the editor reads of a marker; empty for those of questions and takes."""
    if marker.kind == "note":
        note = hint_sentence(marker.text)
        return hint_text(f"{NOTE_PREFIX}{note}") if marker.text.strip() else ""
    return NOTE_TEXTS.get(marker.kind, "")


def count_marker_notes(markers: Sequence[Marker]) -> dict[str, int]:
    """Count the markers that have a note, by its text."""
    return dict(
        Counter(NOTE_TEXTS.get(marker.kind, "note") for marker in markers if marker_note(marker))
    )
