"""Groups of at least five people, of which alone a report says anything.

Two reports, or a session beside all sessions, must not tell by subtraction what one person
answered. So each figure is made of groups that never change: a group is formed of five people or
more who answered the same question and are in no group yet, and it is remembered. Every figure of
every report is then a sum of whole groups, and so is every difference between two of them. Who is
left over waits until there are five.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from library.core import struct_file
from library.core.errors import Busy
from library.core.lock import LOCK_TIMEOUT_S, Lock
from library.core.workspace import Workspace
from publish.training.feedback import FeedbackForm

FIVE = 5
"""Fewer people than this are told of together with others, or not at all."""
_MEND = (
    "Put it back from a backup, and do not remove it: it keeps two reports from telling together "
    "what one person answered."
)


class Group(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """People who are told of together, each by the key of their form."""

    session: str = ""
    """The day of the session they were all at; empty where they were at several."""
    forms: tuple[str, ...]


class GroupsRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contents of `groups.json`: the groups of each question, in the order they were formed."""

    schema: int = 1
    questions: dict[str, tuple[Group, ...]] = {}


@dataclass(frozen=True)
class ShownGroups:
    """The groups of one question that a report may be made of."""

    groups: tuple[Group, ...]
    are_some_waiting: bool
    """True where somebody’s answer is not in any of them."""

    def keys(self, session: str | None = None) -> tuple[str, ...]:
        """Return the keys of the forms of one session’s groups, or of all."""
        return tuple(
            key
            for group in self.groups
            if session is None or group.session == session
            for key in group.forms
        )


class Grouping:
    """The groups of all questions while a report is made; new ones are formed as it asks."""

    def __init__(self, record: GroupsRecord) -> None:
        self._questions = dict(record.questions)

    @property
    def record(self) -> GroupsRecord:
        return GroupsRecord(questions=dict(self._questions))

    def groups_for(self, question: str, sessions: Mapping[str, str]) -> ShownGroups:
        """Return the groups of a question. `sessions` are the days of its forms, by their keys."""
        groups = self._questions.get(question, ())
        groups += tuple(_new_groups(groups, sessions))
        self._questions[question] = groups
        shown = tuple(_whole(groups, sessions))
        total = sum(len(group.forms) for group in shown)
        return ShownGroups(shown, total < len(sessions))


def open_grouping(workspace: Workspace) -> Grouping:
    """Return the groups as earlier reports formed them. Raises Damaged, DiskFailed."""
    path = groups_path(workspace)
    record = struct_file.load_if_present(path, GroupsRecord, next_step=_MEND)
    return Grouping(record or GroupsRecord())


def groups_path(workspace: Workspace) -> Path:
    return workspace.feedback / "groups.json"


def grouping_lock(workspace: Workspace) -> Lock:
    """Return the lock under which groups are read, formed and saved."""
    return Lock(workspace.feedback / ".groups.lock", each_thread=True)


def busy() -> Busy:
    return Busy("Another report is being made.", "Try again when it is done.")


LOCK_PATIENCE_S = LOCK_TIMEOUT_S


def form_keys(forms: Sequence[FeedbackForm]) -> list[str]:
    """Return a key for each form: its id, and without one a hash of what stands in it.

    Alike forms without an id are counted, so that each has a key of its own.
    """
    keys: list[str] = []
    counts: dict[str, int] = {}
    for form in forms:
        words = "\n".join(f"{name}={text}" for name, text in sorted(form.comments.items()))
        scores = sorted(form.scores.items())
        text = f"{form.plan} {form.kind} {form.version} {form.date} {form.session} {scores} {words}"
        digest = form.id or hashlib.sha256(text.encode()).hexdigest()[:20]
        counts[digest] = counts.get(digest, 0) + 1
        keys.append(digest if counts[digest] == 1 else f"{digest}-{counts[digest]}")
    return keys


def _new_groups(groups: Iterable[Group], sessions: Mapping[str, str]) -> Iterator[Group]:
    """Yield groups of those who are in none, each with five people who never were in one.

    Who was in a group of which somebody’s form is gone joins them: alone, the rest of that group
    would tell by subtraction what was in the missing form.
    """
    existing = tuple(groups)
    ever = {key for group in existing for key in group.forms}
    shown = {key for group in _whole(existing, sessions) for key in group.forms}
    waiting: dict[str, list[str]] = {}
    for key in sorted(sessions):
        if key not in shown:
            waiting.setdefault(sessions[key], []).append(key)
    left: list[str] = []
    for session, keys in sorted(waiting.items()):
        if session and _fresh(keys, ever) >= FIVE:
            yield Group(session=session, forms=tuple(keys))
        else:
            left += keys
    if _fresh(left, ever) >= FIVE:
        yield Group(forms=tuple(left))


def _fresh(keys: Iterable[str], ever: set[str]) -> int:
    return sum(key not in ever for key in keys)


def _whole(groups: Sequence[Group], sessions: Mapping[str, str]) -> Iterator[Group]:
    """Yield the groups of which every form is here, and in no later group."""
    latest = {key: number for number, group in enumerate(groups) for key in group.forms}
    for number, group in enumerate(groups):
        if all(key in sessions and latest[key] == number for key in group.forms):
            yield group
