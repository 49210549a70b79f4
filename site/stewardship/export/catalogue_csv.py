"""The library’s stories as a table (CSV), for a catalogue: what is public of them, and dates."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date

from capture.recording.originals import read_manifest
from library.consent.gate import History, Progress, audiences_released, state_of
from library.core.workspace import StoryFolder

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


def row_of(history: History, progress: Progress, folder: StoryFolder, on: date) -> list[str]:
    """One story, as `COLUMNS` names it. Raises Damaged for a manifest that is not as written."""
    story = history.story
    manifest = read_manifest(folder)
    takes = manifest.takes if manifest else ()
    release = history.releases[-1] if history.releases else None
    shown = audiences_released(history, progress.cut, on)
    cells = (
        story.id,
        story.title,
        story.contributor,
        story.summary,
        story.content_note,
        "; ".join(story.themes),
        story.questions,
        story.created,
        str(state_of(history, progress, on)),
        "; ".join(one.word for one in shown),
        takes[0].kind if takes else "",
        str(len(takes)),
        str(round(sum(take.duration for take in takes) / 1000)),
        "; ".join(take.sha256 for take in takes),
        history.agreements[-1].on.isoformat() if history.agreements else "",
        release.audience if release else "",
        release.viewed.isoformat() if release else "",
        release.review.isoformat() if release else "",
        progress.cut.hash if progress.cut else "",
        history.approvals[-1].on.isoformat() if history.approvals else "",
    )
    return [_inert(cell) for cell in cells]


def as_csv(rows: Iterable[list[str]]) -> bytes:
    """UTF-8 with its mark, by which spreadsheets know it, and line ends as RFC 4180 has them."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _inert(cell: str) -> str:
    """A spreadsheet takes what begins like a formula for one: a title is never to be computed."""
    return f"’{cell}" if cell.startswith(_FORMULA) else cell
