"""Sessions for the time there is: the points that are left out so that the rest of a plan fits."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from publish.training.plan import Break, PlanItem, PlannedClip
from publish.training.published import AbsentClip, ShownClip

LENGTHS = (30, 45, 60, 90)
"""Minutes that teams have: a handover, a team meeting, an hour, a teaching session."""
_BREAK_FROM = 60
"""Minutes from which an optional break may fill time that is left over."""

Points = Sequence[PlanItem | AbsentClip] | Sequence[PlanItem]
"""A running order, of a file or of an edition."""
_Fillings = dict[int, tuple[int, ...]]
"""Minutes → numbers of the optional points that take so long together."""


@dataclass(frozen=True)
class Fit:
    """A plan in the minutes there are: what is left out, and how long the rest takes."""

    available: int
    takes: int
    left_out: tuple[int, ...]
    """Numbers of points, counted from 1 in the running order."""

    @property
    def is_enough(self) -> bool:
        """False where even the essential points take longer."""
        return self.takes <= self.available


def optional_points(items: Points, available: int = 0) -> dict[int, str]:
    """Return the numbers of the points that may be left out, each with the id of the clip it goes
    with, or nothing.

    A point about an optional clip goes with it, whatever its own importance. With `available`, it
    is asked for a session of so many minutes, in which some are essential.
    """
    clips = {clip.id for _, clip in _clips(items) if _is_optional(clip, available)}
    return {
        number: item.about if item.about in clips else ""
        for number, item in enumerate(items, start=1)
        if not isinstance(item, AbsentClip)
        and (_is_optional(item, available) or item.about in clips)
    }


def _is_optional(item: PlanItem, available: int) -> bool:
    is_long_enough = item.essential_from is not None and item.essential_from <= available
    return item.is_optional and not is_long_enough


def left_out_by_hand(items: Points, numbers: Collection[int]) -> tuple[int, ...]:
    """Return the points that are left out where somebody named these: a clip takes with it all that
    is about it, and what belongs to it always comes back with it. `training.js` does alike."""
    optional = optional_points(items)
    clips = {item.id for at, item in _clips(items) if at in numbers}

    def is_left_out(number: int, clip: str) -> bool:
        item = items[number - 1]
        is_always = not isinstance(item, AbsentClip) and not item.is_optional
        return clip in clips or (number in numbers and not (clip and is_always))

    return tuple(number for number, clip in optional.items() if is_left_out(number, clip))


def shown_stories(items: Points, left_out: Collection[int]) -> tuple[str, ...]:
    """Return the ids of the stories that a session without these points shows, each once."""
    clips = (clip for number, clip in _clips(items) if number not in left_out)
    return tuple(dict.fromkeys(clip.story for clip in clips if isinstance(clip, ShownClip)))


def _clips(items: Points) -> Iterator[tuple[int, PlannedClip | ShownClip]]:
    for number, item in enumerate(items, start=1):
        if isinstance(item, (PlannedClip, ShownClip)):  # of a file, or of an edition
            yield number, item


def fits(items: Points) -> tuple[Fit, ...]:
    """Return how the points of a running order fit into each of the usual lengths."""
    return tuple(fit(items, available) for available in LENGTHS)


def fit(items: Points, available: int) -> Fit:
    """Return the points to leave out so that the rest fills `available` minutes best.

    Of those that fill it alike, the ones with the earlier points are taken. Breaks come last.
    """
    optional = optional_points(items, available)
    minutes = {
        number: item.minutes
        for number, item in enumerate(items, start=1)
        if not isinstance(item, AbsentClip)
    }
    whole = sum(minutes.values())
    if whole <= available:
        return Fit(available, whole, ())
    takes = whole - sum(minutes[number] for number in optional)
    fillings: _Fillings = {0: ()}
    for choices in _choices(items, optional, available):
        fillings = _combined(fillings, choices, available - takes)
    most = max(fillings)
    chosen = set(fillings[most])
    takes += most
    for number in optional:
        is_break = isinstance(items[number - 1], Break) and not optional[number]
        if is_break and available >= _BREAK_FROM and takes + minutes[number] <= available:
            chosen.add(number)
            takes += minutes[number]
    return Fit(available, takes, tuple(number for number in optional if number not in chosen))


def _choices(items: Points, optional: dict[int, str], available: int) -> Iterator[_Fillings]:
    """Yield what may be taken in of each optional point, or of each clip with all about it."""
    for number, clip in optional.items():
        item = items[number - 1]
        if clip or isinstance(item, (Break, AbsentClip)):
            continue
        choices: _Fillings = {item.minutes: (number,)}
        clip_id = item.id if isinstance(item, (PlannedClip, ShownClip)) else None
        for other, other_clip in optional.items():
            about = items[other - 1]
            if other_clip != clip_id or isinstance(about, AbsentClip):
                continue
            added = {
                taken + about.minutes: tuple(sorted((*numbers, other)))
                for taken, numbers in choices.items()
            }
            # What is essential goes with its clip; what is optional may be left out all the same.
            is_always = not _is_optional(about, available)
            choices = added if is_always else _merged(choices, added)
        yield choices


def _combined(fillings: _Fillings, choices: _Fillings, room: int) -> _Fillings:
    # A list: one of the choices is added at most, to what there was before.
    added = [
        {
            taken + more: tuple(sorted((*numbers, *others)))
            for taken, numbers in fillings.items()
            if taken + more <= room
        }
        for more, others in choices.items()
    ]
    for filling in added:
        fillings = _merged(fillings, filling)
    return fillings


def _merged(fillings: _Fillings, others: _Fillings) -> _Fillings:
    merged = dict(fillings)
    for taken, numbers in others.items():
        if taken not in merged or numbers < merged[taken]:
            merged[taken] = numbers
    return merged
