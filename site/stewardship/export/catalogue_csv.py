"""Stories as a table (CSV) for a catalogue: their public words, and dates."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date

from capture.recording.originals import read_manifest
from library.consent.gate import Progress, audiences_released, state_of
from library.records.cut import CutState
from stewardship.export.archived_story import ArchivedStory

COLUMNS = (
    "id",
    "title",
    "contributor",
    "summary",
    "content_note",
    "themes",
    "question_set",
    "created",
    "state",
    "shown_to",
    "kind",
    "takes",
    "seconds",
    "original_sha256",
    "agreed",
    "released_for",
    "viewed",
    "review",
    "cut",
    "approved",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""OWASP, CSV injection: also the wide forms, which some spreadsheets take for the same."""


def catalogue_row(archived: ArchivedStory, on: date) -> list[str]:
    """Return the row of one story, in the order of `COLUMNS`. Raises Damaged.

    Of the recording it tells only where that may be kept; the seconds are else the film's.
    """
    history, story = archived.history, archived.history.story
    manifest = read_manifest(archived.folder) if archived.includes_uncut else None
    takes = manifest.takes if manifest else ()
    cut = CutState(archived.cut.hash)
    release = history.releases[-1]
    milliseconds = sum(take.duration for take in takes) if takes else archived.page.duration
    cells = (
        story.id,
        story.title,
        story.contributor,
        story.summary,
        story.content_note,
        "; ".join(story.themes),
        story.questions,
        story.created,
        str(state_of(history, Progress(cut=cut), on)),
        "; ".join(audience.word for audience in audiences_released(history, cut, on)),
        takes[0].kind if takes else archived.page.kind,
        str(len(takes)) if takes else "",
        str(round(milliseconds / 1000)),
        "; ".join(take.sha256 for take in takes),
        history.agreements[-1].on.isoformat(),
        release.audience,
        release.viewed.isoformat(),
        release.review.isoformat(),
        cut.hash,
        history.approvals[-1].on.isoformat(),
    )
    return [_without_formula(cell) for cell in cells]


def csv_bytes(rows: Iterable[list[str]]) -> bytes:
    """Return `rows` below their headings, in UTF-8 with a byte order mark, as RFC 4180 has it."""
    # Spreadsheets take a file without the mark for one in an older encoding.
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return table.getvalue().encode("utf-8-sig")


def _without_formula(cell: str) -> str:
    """Return the cell so that no spreadsheet computes it: not even a title that begins with “=”."""
    return f"’{cell}" if cell.startswith(_FORMULA) else cell
