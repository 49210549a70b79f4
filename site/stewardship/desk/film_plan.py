"""Cuts and redactions of a text as its film will have them: to the frame and the millisecond.

The film is planned by the code that makes it. What it leaves out besides the cuts, at its beginning
and its end and where a card asks a question, is told as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from capture.media.sound.assembly import (
    CUT_FADE_SAMPLES,
    REDACTION_FADE_SAMPLES,
    RedactionSound,
)
from capture.media.sound.raw_sound import SAMPLES_PER_MS
from capture.media.timeline import Timeline
from capture.recording.takes import frame_rate, takes_of
from films.cards import CardStyle
from films.checked_redactions import redaction_ids
from films.edit_plan import LoudnessAt, plan_film
from films.film_spec import plan_cards, read_choices
from library.core.errors import CarerStoriesError
from library.core.settings import load_settings
from stewardship.desk.analysis import ReadText
from transcribe.edit_service import EditSession
from transcribe.editing.placed_edges import EdgeBounds, PlacedSpan
from transcribe.editing.text_places import Place
from transcribe.pipeline import speakers_of
from transcribe.words import EditedTranscript, Span


class PlannedSpan(msgspec.Struct, frozen=True, kw_only=True):
    """A span of the recording that the film leaves out or makes silent."""

    start: int
    end: int
    kind: Literal["cut", "redaction", "outside"]
    """Outside is what no mark takes out: before and after the film, and under a card."""
    id: str = ""
    """Of a redaction, by its words and its span."""
    from_: int | None = msgspec.field(default=None, name="from")
    to: int | None = None
    """Characters of its mark; None where it has none, or more than one."""
    edges: tuple[int, int] = (0, 0)
    bounds: tuple[int, int, int, int] | None = None
    """Earliest and latest moment to which the beginning may be moved, and the end."""
    by_itself: tuple[int, int] | None = None
    """The span without moved edges: they are counted from it."""
    shown: str = ""
    checked: bool = False


class FilmSound(msgspec.Struct, frozen=True, kw_only=True):
    """The sound of a film where something is left out or hidden."""

    cut_fade_ms: float = CUT_FADE_SAMPLES / SAMPLES_PER_MS
    redaction_fade_ms: float = REDACTION_FADE_SAMPLES / SAMPLES_PER_MS
    redactions: RedactionSound = "bleep"
    voice: str = "own"


class FilmPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The spans in order of time."""

    spans: tuple[PlannedSpan, ...] = ()
    sound: FilmSound = FilmSound()
    is_exact: bool = False
    """False where the sound was not measured yet: cuts are then those of the words."""


def plan_of(
    session: EditSession,
    read: ReadText,
    loudness: LoudnessAt | None,
    is_checked: Callable[[str], bool],
) -> FilmPlan:
    """Return the plan of a text's film. `loudness` is None while the sound is not measured."""
    if read.applied is None:
        return FilmPlan()
    timeline = film_timeline(session, read.applied.edited, loudness) if loudness else None
    spans = [*_redactions(session, read, is_checked), *_cuts(read, timeline)]
    return FilmPlan(
        spans=tuple(sorted(spans, key=lambda span: (span.start, span.end))),
        sound=_sound(session),
        is_exact=timeline is not None,
    )


def _sound(session: EditSession) -> FilmSound:
    try:
        settings = load_settings(session.task.workspace).film
        choices = read_choices(session.folder)
    # It is heard otherwise than in the film then, and `film` says what is wrong.
    except CarerStoriesError:
        return FilmSound()
    return FilmSound(redactions=settings.redactions, voice=choices.voice)


def film_timeline(
    session: EditSession, edited: EditedTranscript, loudness: LoudnessAt
) -> Timeline | None:
    """Return what the film would show; None where none can be made of this text."""
    story, folder = session.task.story, session.folder
    label = speakers_of(story).contributor
    try:
        settings = load_settings(session.task.workspace)
        style = CardStyle(logo=None, fonts=())
        _, options = plan_cards(
            story, edited, read_choices(folder), settings, contributor_label=label, style=style
        )
        return plan_film(edited, frame_rate(takes_of(folder)), options, label, loudness)
    except (CarerStoriesError, ValueError):
        return None


def _redactions(
    session: EditSession, read: ReadText, is_checked: Callable[[str], bool]
) -> Iterator[PlannedSpan]:
    if read.applied is None:
        return
    placed = [each for each in read.applied.placed if each.kind == "redaction"]
    redactions = read.applied.edited.redactions
    ids = redaction_ids(session.transcript, redactions)
    for each, redaction, own_id in zip(placed, redactions, ids, strict=True):
        mark = read.words[each.first].redaction
        yield _planned(
            read,
            each,
            mark.place if mark else None,
            Span(start=redaction.start, end=redaction.end),
            id=own_id,
            shown=redaction.shown,
            checked=is_checked(own_id),
        )


def _cuts(read: ReadText, timeline: Timeline | None) -> Iterator[PlannedSpan]:
    applied = read.applied
    placed = [each for each in applied.placed if each.kind == "cut"] if applied else []
    if timeline is None or applied is None:
        for each in placed:
            yield _planned(read, each, _mark_of_cut(read, each), each.span)
        return
    for gap in _gaps(timeline, applied.edited.duration):
        inside = [
            each for each in placed if each.span.start < gap.end and each.span.end > gap.start
        ]
        if not inside:
            yield PlannedSpan(start=gap.start, end=gap.end, kind="outside")
        for number, each in enumerate(inside):
            # Cuts between which nothing is left are one gap of the film.
            start = gap.start if number == 0 else each.span.start
            end = gap.end if number == len(inside) - 1 else inside[number + 1].span.start
            yield _planned(read, each, _mark_of_cut(read, each), Span(start=start, end=end))


def _gaps(timeline: Timeline, duration: int) -> Iterator[Span]:
    """Yield what is in no shot, in whole milliseconds of the recording."""
    at = 0
    for _, shot in timeline.shots():
        start, end = timeline.milliseconds(shot.first), timeline.milliseconds(shot.last)
        if start > at:
            yield Span(start=at, end=start)
        at = max(at, end)
    if at < duration:
        yield Span(start=at, end=duration)


def _mark_of_cut(read: ReadText, placed: PlacedSpan) -> Place | None:
    """Return where the one mark of a cut stands; None where several are one cut."""
    marks = [word.cut_place for word in read.words[placed.first : placed.last] if word.cut_place]
    return marks[0] if len(marks) == 1 else None


def _planned(
    read: ReadText,
    placed: PlacedSpan,
    mark: Place | None,
    span: Span,
    *,
    id: str = "",
    shown: str = "",
    checked: bool = False,
) -> PlannedSpan:
    from_, to = read.offsets.place(mark) if mark else (None, None)
    bounds: EdgeBounds = placed.bounds
    return PlannedSpan(
        start=span.start,
        end=span.end,
        kind=placed.kind,
        id=id,
        from_=from_,
        to=to,
        edges=(placed.edges.start, placed.edges.end),
        bounds=(
            bounds.earliest_start,
            bounds.latest_start,
            bounds.earliest_end,
            bounds.latest_end,
        ),
        by_itself=(placed.by_itself.start, placed.by_itself.end),
        shown=shown,
        checked=checked,
    )
