"""Groups of at least five people, of which alone a report says anything.

Two reports, or a session beside all sessions, must not tell by subtraction what one person
answered. So each figure is made of groups that never change: a group is formed of five people or
more who answered the same question and are in no group yet, and it is remembered. Every figure of
every report is then a sum of whole groups, and so is every difference between two of them. Who is
left over waits until there are five.

The record of the groups has a fingerprint beside it, so that one that was lost or replaced is
noticed, and keeps a hash of what each person answered, so that one changed later is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from library.core import struct_file
from library.core.errors import BadInput, Busy, Damaged
from library.core.files import translate_disk_errors, write_atomic
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
    answers: tuple[str, ...] = ()
    """A hash of what each of them answered; empty as 0.1.0 and early reports wrote it."""


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

    def parts(self, session: str | None = None) -> tuple[tuple[str, ...], ...]:
        """Return the keys group by group, of one session’s groups or of all."""
        return tuple(
            group.forms for group in self.groups if session is None or group.session == session
        )

    def keys(self, session: str | None = None) -> tuple[str, ...]:
        """Return the keys of the forms of one session’s groups, or of all."""
        return tuple(key for part in self.parts(session) for key in part)


class Grouping:
    """The groups of all questions while a report is made; new ones are formed as it asks."""

    def __init__(self, record: GroupsRecord) -> None:
        self._questions = dict(record.questions)
        self._changed: set[str] = set()

    @property
    def record(self) -> GroupsRecord:
        return GroupsRecord(questions=dict(self._questions))

    def groups_for(
        self, question: str, sessions: Mapping[str, str], answers: Mapping[str, str] | None = None
    ) -> ShownGroups:
        """Return the groups of a question. `sessions` are the days of its forms, by their keys.

        `answers` are what each form answers to it: one that differs from what was counted is
        remembered for `require_unchanged`.
        """
        groups = self._questions.get(question, ())
        groups += tuple(_new_groups(groups, sessions))
        if answers is not None:
            hashes = {key: _hash_of(key, text) for key, text in answers.items()}
            groups = tuple(_with_answers(group, hashes) for group in groups)
            counted = {
                key: digest
                for group in groups
                for key, digest in zip(group.forms, group.answers, strict=False)
            }
            self._changed |= {
                key for key, digest in hashes.items() if counted.get(key, digest) != digest
            }
        self._questions[question] = groups
        shown = tuple(_whole(groups, sessions))
        total = sum(len(group.forms) for group in shown)
        return ShownGroups(shown, total < len(sessions))

    def require_unchanged(self, lines: Mapping[str, str]) -> None:
        """Raise BadInput for forms that were changed since a report counted them.

        `lines` are their files and lines, by their keys.
        """
        if self._changed:
            changed = "; ".join(sorted(lines.get(key, key) for key in self._changed))
            raise BadInput(
                f"Answers were changed after a report counted them: {changed}.",
                "Put them back as they were: a changed figure would tell what one person answered. "
                "Without that line, the report leaves out everybody it was counted with.",
            )


def open_grouping(workspace: Workspace) -> Grouping:
    """Return the groups as earlier reports formed them.

    Raises DiskFailed, or Damaged for a record that is gone, replaced or of another version.
    """
    path = groups_path(workspace)
    record = struct_file.load_if_present(path, GroupsRecord, next_step=_MEND)
    if record is not None and record.schema != GroupsRecord().schema:
        raise Damaged(f"{path} is of a version that is not known: {record.schema}.", _MEND)
    if record is not None and not record.questions:
        raise Damaged(f"{path} holds no groups, and no report wrote it so.", _MEND)
    reports = sorted(path.name for path in workspace.feedback.glob("report-*.html"))
    if record is None and reports:
        raise Damaged(f"{path} is gone, and a report was made with it: {reports[-1]}.", _MEND)
    known = _fingerprints(workspace)
    if known and _fingerprint(path) not in known:
        state = "is not the one that the last report wrote" if path.exists() else "is gone"
        raise Damaged(f"{path} {state}.", _MEND)
    return Grouping(record or GroupsRecord())


def save_grouping(workspace: Workspace, grouping: Grouping, before: GroupsRecord) -> None:
    """Save the groups where they differ from `before`, and their fingerprint."""
    path, beside = groups_path(workspace), _fingerprint_path(workspace)
    if grouping.record != before:
        data = struct_file.encode(grouping.record)
        # Both are right until the record is written, however the machine stops.
        both = f"{_fingerprint(path)}\n{hashlib.sha256(data).hexdigest()}\n"
        write_atomic(beside, both.encode())
        struct_file.save(path, grouping.record)
    if path.exists() and _fingerprints(workspace) != [_fingerprint(path)]:
        write_atomic(beside, f"{_fingerprint(path)}\n".encode())


def _fingerprint_path(workspace: Workspace) -> Path:
    return workspace.feedback / "groups.sha256"


def _fingerprints(workspace: Workspace) -> list[str]:
    path = _fingerprint_path(workspace)
    if not path.exists():
        return []
    with translate_disk_errors(path, "read"):
        return path.read_bytes().decode("utf-8", "replace").split()


def _fingerprint(path: Path) -> str:
    if not path.exists():
        return "none"
    with translate_disk_errors(path, "read"):
        return hashlib.sha256(path.read_bytes()).hexdigest()


def _hash_of(key: str, text: str) -> str:
    return hashlib.sha256(f"{key}\n{text}".encode()).hexdigest()[:20]


def _with_answers(group: Group, hashes: Mapping[str, str]) -> Group:
    if group.answers or not all(key in hashes for key in group.forms):
        return group
    return msgspec.structs.replace(group, answers=tuple(hashes[key] for key in group.forms))


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
