"""Plan a film: which frames of the recording are shown, in what order, with which cards.

The transcript is the edit: what its editor cut is left out, from quiet instant to quiet instant.
A border never moves towards what was cut, only away from it, so that nothing taken out is heard.
Times are milliseconds on the recording's clock.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise

from capture.media.timeline import Card, Part, Shot, Timeline
from transcribe.words import Chapter, EditedTranscript, Span, Turn, Word

LoudnessAt = Callable[[int], float]
"""Measure of the loudness around a moment of the recording; smaller is quieter."""

# All in milliseconds.
LEAD_IN_MS = 600  # before the first word: time to arrive
LEAD_OUT_MS = 1_200  # after the last word: time to let it sink in
_BORDER_SEARCH_MS = 400  # how far from a cut a quieter instant is looked for
_PAUSE_BEFORE_ANSWER_MS = 200  # after a question card
_MIN_SILENT_SHOT_MS = 400  # a shorter shot in which nobody speaks is a flash, and is left out
_FADE_MS = 480  # of a card into a shot and back, where there is time
TITLE_CARD, END_CARD = "title", "end"


@dataclass(frozen=True)
class EditOptions:
    """Options of a plan. Times are milliseconds."""

    start: int | None = None
    """Moment at which the film begins; if None, a little before the first word."""
    end: int | None = None
    title_card: int = 0
    """Milliseconds it stands; 0 for none."""
    end_card: int = 0
    question_cards: Mapping[str, int] = field(default_factory=dict)
    """Question → milliseconds its card stands in the place of the interviewer's voice."""
    fades: bool = True
    """False: plain cuts everywhere, for those whom movement troubles."""


@dataclass(frozen=True)
class _Stretch:
    """A part of the recording between two cards or cuts, and the card before it, if any."""

    span: Span
    card: str = ""


def plan_film(
    edited: EditedTranscript, fps: int, options: EditOptions, contributor: str, loudness: LoudnessAt
) -> Timeline:
    """Return the timeline of a film. `contributor` is the label of their turns.

    Raises ValueError if nothing of the recording would be left.
    """
    stretches = _stretches(edited, options, contributor)
    spoken = _SpokenWords.of(edited)
    # What a person chose is not moved to a quieter place.
    chosen = {at for at in (options.start, options.end) if at is not None}
    chosen.update(edited.placed_borders or ())
    shots = [
        (stretch, shot)
        for stretch in stretches
        if (shot := _whole_frames(spoken, stretch.span, chosen, fps, loudness)) is not None
    ]
    if not shots:
        raise ValueError("Nothing of the recording is left.")
    parts = list(_with_cards(_without_shared_frames(shots), options, fps))
    overlaps = _fade_lengths(parts, edited, fps) if options.fades else ()
    return Timeline(fps, tuple(parts), tuple(overlaps))


def _stretches(edited: EditedTranscript, options: EditOptions, contributor: str) -> list[_Stretch]:
    """Return the recording between the film's bounds, without cuts and replaced questions."""
    cards = dict(_replaced_questions(edited, options.question_cards, contributor))
    film_start, film_end = film_bounds(edited, options, tuple(cards.values()))
    removed = sorted([*edited.cuts, *cards.values()], key=lambda span: (span.start, span.end))
    stretches: list[_Stretch] = []
    at, card = film_start, ""
    for span in removed:
        if span.start > at:
            stretches.append(_Stretch(Span(start=at, end=min(span.start, film_end)), card))
            card = ""
        card = next((name for name, question_span in cards.items() if question_span == span), card)
        # Cuts may overlap: the later end holds.
        at = max(at, span.end)
    if at < film_end:
        stretches.append(_Stretch(Span(start=at, end=film_end), card))
    return [
        stretch
        for stretch in stretches
        if film_start <= stretch.span.start < stretch.span.end <= film_end
    ]


def film_bounds(
    edited: EditedTranscript, options: EditOptions, replaced: Sequence[Span] = ()
) -> tuple[int, int]:
    """Return where the film begins and ends: as chosen, or a little around first and last word.

    Words in `replaced` are not counted: a card stands in their place.
    """
    words = [
        word
        for turn in edited.turns
        for word in turn.words
        if not any(span.start <= word.start < span.end for span in replaced)
    ]
    first = words[0].start if words else 0
    last = words[-1].end if words else edited.duration
    start = max(0, first - LEAD_IN_MS) if options.start is None else options.start
    end = min(edited.duration, last + LEAD_OUT_MS) if options.end is None else options.end
    return max(0, start), min(edited.duration, end)


def _replaced_questions(
    edited: EditedTranscript, card_lengths: Mapping[str, int], contributor: str
) -> Iterator[tuple[str, Span]]:
    """Yield each question with a card, and the span in which the interviewer asks it."""
    for chapter in edited.chapters:
        turns = [turn for turn in edited.turns if turn.question == chapter.question]
        question_turns = _turns_before_contributor(turns, contributor)
        if (
            chapter.question not in card_lengths
            or not question_turns
            or len(question_turns) == len(turns)
        ):
            continue
        start, until = question_turns[0].words[0].start, turns[len(question_turns)].words[0].start
        pause = max(0, until - question_turns[-1].words[-1].end)
        yield (
            chapter.question,
            Span(start=start, end=until - min(_PAUSE_BEFORE_ANSWER_MS, pause // 2)),
        )


def _turns_before_contributor(turns: Sequence[Turn], contributor: str) -> list[Turn]:
    """Return the turns at the beginning of a chapter that are not the contributor's."""
    before = []
    for turn in turns:
        if turn.speaker == contributor:
            break
        before.append(turn)
    return before


@dataclass(frozen=True)
class _SpokenWords:
    """The words of a film in order, with the middle of each in milliseconds."""

    words: tuple[Word, ...]
    middles: tuple[int, ...]
    is_in_order: bool

    @classmethod
    def of(cls, edited: EditedTranscript) -> _SpokenWords:
        words = tuple(word for turn in edited.turns for word in turn.words)
        middles = tuple(word.middle for word in words)
        return cls(words, middles, all(before <= after for before, after in pairwise(middles)))

    def within(self, span: Span) -> Sequence[Word]:
        """Return the words in a span, by their middle: one that reaches over is of one side."""
        if not self.is_in_order:
            return [word for word in self.words if span.start <= word.middle < span.end]
        first, last = bisect_left(self.middles, span.start), bisect_left(self.middles, span.end)
        return self.words[first:last]


def _whole_frames(
    spoken: _SpokenWords, span: Span, chosen: Set[int], fps: int, loudness: LoudnessAt
) -> Shot | None:
    """Return a stretch in whole frames, each border at the quietest instant that is near.

    A border that somebody chose stays where it is.
    """
    words = spoken.within(span)
    if not words and span.end - span.start < _MIN_SILENT_SHOT_MS:
        return None
    first_word = words[0].start if words else span.start
    last_word = words[-1].end if words else span.end
    # Inwards only: beyond the stretch lies what was taken out.
    first, last = -(-span.start * fps // 1000), span.end * fps // 1000
    if span.start not in chosen:
        # Never past the first word, which is kept.
        limit = min(first_word, span.start + _BORDER_SEARCH_MS)
        first = _quietest_frame(first, limit, fps, loudness, late=True)
    if span.end not in chosen:
        # Never before the end of the last word.
        limit = max(last_word, span.end - _BORDER_SEARCH_MS)
        last = _quietest_frame(last, limit, fps, loudness, late=False)
    return Shot(first, last) if last > first else None


def _quietest_frame(edge: int, limit: int, fps: int, loudness: LoudnessAt, *, late: bool) -> int:
    """Return the quietest frame border from `edge` inwards to `limit` (ms), else `edge`."""
    reach = limit * fps // 1000 if late else -(-limit * fps // 1000)
    frames = range(edge, reach + 1) if late else range(edge, reach - 1, -1)
    candidates = list(frames) or [edge]
    # Where several are equally quiet the nearest: no more is lost than must be.
    return min(candidates, key=lambda frame: (loudness(frame * 1000 // fps), abs(frame - edge)))


def _without_shared_frames(
    shots: Iterable[tuple[_Stretch, Shot]],
) -> Iterator[tuple[_Stretch, Shot]]:
    """Yield shots that share no frame: a cut shorter than one leaves the frame in one of them."""
    reached = 0
    for stretch, shot in shots:
        first = max(shot.first, reached)
        if shot.last > first:
            reached = shot.last
            yield stretch, Shot(first, shot.last)


def _with_cards(
    shots: Iterable[tuple[_Stretch, Shot]], options: EditOptions, fps: int
) -> Iterator[Part]:
    if options.title_card:
        yield Card(TITLE_CARD, _frame_count(options.title_card, fps))
    for stretch, shot in shots:
        if stretch.card:
            yield Card(stretch.card, _frame_count(options.question_cards[stretch.card], fps))
        yield shot
    if options.end_card:
        yield Card(END_CARD, _frame_count(options.end_card, fps))


def _frame_count(milliseconds: int, fps: int) -> int:
    return max(1, round(milliseconds * fps / 1000))


def _fade_lengths(parts: Sequence[Part], edited: EditedTranscript, fps: int) -> list[int]:
    """Return the fade at each join: between card and shot while nobody speaks, else none."""
    words = [word for turn in edited.turns for word in turn.words]
    starts = [word.start * fps // 1000 for word in words]
    # Rounded up, starts down: a fade never lies over part of a word.
    ends = [-(-word.end * fps // 1000) for word in words]
    longest = _frame_count(_FADE_MS, fps)
    overlaps = []
    for at in range(len(parts) - 1):
        # Between two shots a plain cut: fades are for cards (docs/reference/films.md).
        if isinstance(parts[at], Shot) and isinstance(parts[at + 1], Shot):
            overlaps.append(0)
        else:
            _, room = _room_for_fades(parts[at], starts, ends)
            following_room, _ = _room_for_fades(parts[at + 1], starts, ends)
            overlaps.append(max(0, min(longest, room, following_room)))
    return overlaps


def _room_for_fades(part: Part, starts: Sequence[int], ends: Sequence[int]) -> tuple[int, int]:
    """Return how many frames a part has for a fade at its beginning and at its end."""
    # Half: a fade at either end must not meet the other.
    half = part.frames // 2
    if isinstance(part, Card):
        return half, half
    inside = [
        (start, end)
        for start, end in zip(starts, ends, strict=True)
        if start < part.last and end > part.first
    ]
    if not inside:
        return half, half
    before = max(0, min(start for start, _ in inside) - part.first)
    after = max(0, part.last - max(end for _, end in inside))
    return min(half, before), min(half, after)


def question_card_lengths(
    edited: EditedTranscript, contributor: str, length: Callable[[Chapter], int]
) -> dict[str, int]:
    """Return a length for each question that somebody other than the contributor asks aloud."""
    return {
        chapter.question: length(chapter)
        for chapter in edited.chapters
        if _turns_before_contributor(
            [t for t in edited.turns if t.question == chapter.question], contributor
        )
    }
