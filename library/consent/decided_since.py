"""Decisions after an approval: it holds for those alone that it was made on.

An approval keeps the ids of these: the sign-off, and the last change about each person. Turned
round and back again they are new decisions, and nobody has looked at the film with them. A
contributor may always narrow what they allowed; only what is wider again waits for an editor.
Until when it may be shown is the contributor's alone, and no approval speaks of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from library.core.audience import Audience
from library.records.consent import ARCHIVE_WORDS, Approval, Release
from library.records.people import Person, decisions_by_person, last_changes


def basis_of(release: Release, people: Sequence[Person]) -> tuple[str, ...]:
    """Return the ids of the decisions on which an approval made now rests."""
    return (release.id, *_ids_of_changes(people))


def is_decided_otherwise(approval: Approval, people: Sequence[Person]) -> bool:
    """Return True where another decision about the people in it stands than it was made on.

    So it is for one that was changed and changed back: it is the newer one that stands.
    """
    if approval.people != decisions_by_person(people):
        return True
    if approval.rests_on is None:
        known = _ids_of_changes(_people_until(approval, people))
    else:
        known = approval.rests_on
    return not set(_ids_of_changes(people)) <= set(known)


def is_for_another_film_since(approval: Approval, releases: Sequence[Release]) -> bool:
    """Return True where the contributor signed off another film after it."""
    return any(release.cut != approval.cut for release in _since(approval, releases))


def is_widened_again(
    approval: Approval, releases: Sequence[Release], audience: Audience | None = None
) -> bool:
    """Return True where it was released for fewer after it, and then for `audience` again.

    Without an audience it is asked of the widest for which it is released.
    """
    widest = Audience.from_word(releases[-1].audience)
    target_audience = widest if audience is None else audience
    return widest.includes(target_audience) and any(
        not Audience.from_word(release.audience).includes(target_audience)
        for release in _since(approval, releases)
    )


def is_widened_for_archives(approval: Approval, releases: Sequence[Release]) -> bool:
    """Return True where an archive may keep more by now than at the approval, or ever since."""
    allowed = [
        ARCHIVE_WORDS.index(release.archive)
        for release in releases[_basis_index(approval, releases) :]
    ]
    return allowed[-1] > min(allowed)


def _since(approval: Approval, releases: Sequence[Release]) -> Sequence[Release]:
    """Return the sign-offs after the one that it was made on."""
    basis_index = _basis_index(approval, releases)
    is_known = bool(releases) and _rests_on(approval, releases[basis_index])
    return releases[basis_index + is_known :]


def _basis_index(approval: Approval, releases: Sequence[Release]) -> int:
    """Return the index of the sign-off that it was made on, or 0: then all of them came after."""
    indices = [n for n, release in enumerate(releases) if _rests_on(approval, release)]
    return max(indices, default=0)


def _rests_on(approval: Approval, release: Release) -> bool:
    """Return True for a sign-off that was there, for this film, when it was approved."""
    if approval.rests_on is not None:
        return release.id in approval.rests_on
    # An earlier version did not write it down: the times of both tell.
    return release.cut == approval.cut and release.recorded <= approval.recorded


def _ids_of_changes(people: Sequence[Person]) -> tuple[str, ...]:
    return tuple(change.id for change in last_changes(people))


def _people_until(approval: Approval, people: Sequence[Person]) -> Sequence[Person]:
    """Return what was decided about people before an approval of an earlier version.

    Of what was written in the same second, as little as agrees with what it says: where that
    cannot be told, somebody looks again.
    """
    earlier = [n for n, entry in enumerate(people, 1) if entry.recorded < approval.recorded]
    for count in (*range(max(earlier, default=0), len(people) + 1), *range(len(people) + 1)):
        if decisions_by_person(people[:count]) == approval.people:
            return people[:count]
    return ()
