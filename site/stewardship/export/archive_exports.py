"""Exports for keeping, by archives: each a copy that left the house, entered before it is there."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from library.consent.copies import settle_copy
from library.consent.gate import History, require_agreement
from library.consent.gate_input import history_of, progress_of
from library.core import files as disk
from library.core.audience import Audience
from library.core.clock import now, today
from library.core.errors import BadInput, CarerStoriesError, NotAllowed
from library.core.files import translate_disk_errors
from library.core.settings import load_settings
from library.core.workspace import Workspace
from library.formats import ohms
from library.records import audit_log
from library.records.copies import Copy
from library.records.ledger import Ledger
from library.records.story import Story, new_id
from stewardship.export.bagit_bag import info_of, payload, recorded_on, tags
from stewardship.export.catalogue_csv import as_csv, row_of
from stewardship.export.ohms_record import ohms_of
from stewardship.export.subject_access import Watch, folder_for
from stewardship.export.transcript import telling_of
from stewardship.export.write import MANIFEST, Item, manifest, write_folder

LONGEST_FOR = 200


@dataclass(frozen=True)
class Preserved:
    """What was gathered, where it lies, and the copy it was entered as."""

    place: Path
    stories: tuple[str, ...]
    left_out: dict[str, str]
    """Story → why it is not in an export of all."""
    copy: str
    files: int
    size: int
    """Bytes."""


@dataclass(frozen=True)
class Order:
    """What every export is told: where to, who answers for it, and who does it."""

    to: Path
    who: str
    role: str = "editor"


def export_bag(workspace: Workspace, story_id: str, order: Order, watch: Watch) -> Preserved:
    """One story as a BagIt bag. Raises NotFound, NotAllowed, BadInput, NoRoom, DiskFailed."""
    history = _history(workspace, story_id)
    place = _free(folder_for(workspace, order.to), f"{story_id}-bag-{today().isoformat()}")
    items, info = _bag(workspace, history)

    def finish(listed: dict[str, str]) -> Sequence[Item]:
        return tags(listed, sum(one.size for one in items), info)

    return _written(workspace, "export-bag", [history], place, items, finish, order, watch)


def export_ohms(workspace: Workspace, story_id: str, order: Order) -> Preserved:
    """One story as OHMS XML: its corrected, redacted words, index and record. Raises as above."""
    history = _history(workspace, story_id)
    folder = workspace.story(story_id)
    settings = load_settings(workspace)
    told = ohms_of(history, telling_of(folder), settings, day=recorded_on(folder))
    place = _free(folder_for(workspace, order.to), f"{story_id}-ohms", ".xml")
    return _one_file(workspace, "export-ohms", [history], place, ohms.write(told), order)


def export_csv(workspace: Workspace, story_id: str | None, order: Order) -> Preserved:
    """Records of every story that is not withdrawn, or of one, as a table. Raises as above."""
    left_out: dict[str, str] = {}
    if story_id is not None:
        histories = [_history(workspace, story_id, agreed=False)]
    else:
        histories, left_out = _all(workspace, agreed=False)
    _require_any(histories)
    stem = f"{story_id or 'stories'}-{today().isoformat()}"
    place = _free(folder_for(workspace, order.to), stem, ".csv")
    data = _table(workspace, histories)
    return _one_file(workspace, "export-csv", histories, place, data, order, left_out)


def export_all(workspace: Workspace, order: Order, watch: Watch) -> Preserved:
    """The whole library: a bag for each story that is not withdrawn, and a table of all."""
    histories, left_out = _all(workspace, agreed=True)
    _require_any(histories)
    place = _free(folder_for(workspace, order.to), f"carer-stories-{today().isoformat()}")
    items = [Item("stories.csv", _table(workspace, histories))]
    bags: dict[str, tuple[int, list[tuple[str, str]]]] = {}
    for history in histories:
        story_id = history.story.id
        own, info = _bag(workspace, history)
        items += [Item(f"{story_id}/{one.name}", one.source) for one in own]
        bags[story_id] = (sum(one.size for one in own), info)

    def finish(listed: dict[str, str]) -> Sequence[Item]:
        added = [
            Item(f"{story_id}/{one.name}", one.source)
            for story_id, (size, info) in bags.items()
            for one in tags(_below(listed, f"{story_id}/"), size, info)
        ]
        return [*added, Item(MANIFEST, manifest(listed))]

    return _written(
        workspace, "export-library", histories, place, items, finish, order, watch, left_out
    )


# Which stories


def _history(workspace: Workspace, story_id: str, *, agreed: bool = True) -> History:
    workspace.story(story_id)
    history = history_of(Ledger(workspace).read_current(), story_id)
    _require_may_leave(history, agreed=agreed)
    return history


def _require_may_leave(history: History, *, agreed: bool) -> None:
    """Raises NotAllowed for a story that was withdrawn, or, for a recording, never agreed to."""
    if history.whole_withdrawal:
        raise NotAllowed(
            f"{history.story.id} was withdrawn on {history.whole_withdrawal.on.isoformat()}.",
            "It cannot be handed to anybody. For the contributor’s own copy: "
            f"carer-stories export {history.story.id} --subject-access",
        )
    if agreed:
        require_agreement(history)


def _all(workspace: Workspace, *, agreed: bool) -> tuple[list[History], dict[str, str]]:
    """Every story that may leave, oldest first, and why the others may not."""
    snapshot = Ledger(workspace).read_current()
    stories = sorted(snapshot.all(Story), key=lambda one: (one.created, one.id))
    histories, left_out = [], {}
    for story in stories:
        history = history_of(snapshot, story.id)
        try:
            _require_may_leave(history, agreed=agreed)
        except NotAllowed as error:
            left_out[story.id] = error.what
        else:
            histories.append(history)
    return histories, left_out


def _require_any(histories: Sequence[History]) -> None:
    if not histories:
        raise BadInput("There is no story that may be exported.", "See each: carer-stories status")


# What is written


def _bag(workspace: Workspace, history: History) -> tuple[list[Item], list[tuple[str, str]]]:
    settings, made = load_settings(workspace), now()
    lines = audit_log.entries(workspace.audit_log)
    folder = workspace.story(history.story.id)
    items = payload(folder, history, lines, settings, made=made)
    return items, info_of(history, settings, made=made, version=_version())


def _table(workspace: Workspace, histories: Sequence[History]) -> bytes:
    folders = {one.story.id: workspace.story(one.story.id) for one in histories}
    return as_csv(
        row_of(one, progress_of(folders[one.story.id]), folders[one.story.id], today())
        for one in histories
    )


def _written(
    workspace: Workspace,
    action: str,
    histories: Sequence[History],
    place: Path,
    items: Sequence[Item],
    finish: Callable[[dict[str, str]], Sequence[Item]],
    order: Order,
    watch: Watch,
    left_out: dict[str, str] | None = None,
) -> Preserved:
    size = sum(one.size for one in items)
    with _entered(workspace, action, histories, place, order) as entry:
        with watch("Gathering", size) as told:
            write_folder(place, items, told, entry, finish)
        return _preserved(entry, histories, place, left_out, len(items), size)


def _one_file(
    workspace: Workspace,
    action: str,
    histories: Sequence[History],
    place: Path,
    data: bytes,
    order: Order,
    left_out: dict[str, str] | None = None,
) -> Preserved:
    with _entered(workspace, action, histories, place, order) as entry:
        entry()
        disk.write_atomic(place, data)
        return _preserved(entry, histories, place, left_out, 1, len(data))


def _preserved(
    entry: _Entry,
    histories: Sequence[History],
    place: Path,
    left_out: dict[str, str] | None,
    files: int,
    size: int,
) -> Preserved:
    ids = tuple(one.story.id for one in histories)
    return Preserved(place, ids, left_out or {}, entry.copy, files, size)


class _Entry:
    """Enters the copy when it is called: in the records and the log, together."""

    def __init__(
        self, workspace: Workspace, action: str, histories: Sequence[History], order: Order
    ) -> None:
        self.copy = ""
        self._workspace, self._action = workspace, action
        self._histories, self._order = histories, order

    def __call__(self) -> None:
        ids = tuple(one.story.id for one in self._histories)
        about = ids[0] if len(ids) == 1 else ""
        agreed = self._action != "export-csv"
        with Ledger(self._workspace).update(self._action, about, self._order.role) as changes:
            for story_id in ids:
                _require_may_leave(history_of(changes, story_id), agreed=agreed)
            copy = Copy(
                id=new_id("cp"),
                recorded=now(),
                stories=ids,
                medium="other",
                audience=_widest(self._histories).word,  # type: ignore[arg-type]
                to=self._order.who,
                on=today(),
            )
            changes.add(copy)
        self.copy = copy.id


@contextmanager
def _entered(
    workspace: Workspace, action: str, histories: Sequence[History], place: Path, order: Order
) -> Iterator[_Entry]:
    """A copy that was entered and then never came to be is settled."""
    who = order.who.strip()
    if not who or len(who) > LONGEST_FOR or "\n" in who:
        raise BadInput(
            "Who answers for this copy?", 'Say so: --for "County archive, digital preservation"'
        )
    entry = _Entry(workspace, action, histories, Order(order.to, who, order.role))
    try:
        yield entry
    except BaseException:
        if entry.copy and not place.exists():
            with contextlib.suppress(CarerStoriesError):
                settle_copy(workspace, entry.copy, outcome="destroyed", on=today(), role=order.role)
        raise


def _widest(histories: Sequence[History]) -> Audience:
    """The widest anybody released it for: taking that back must find this copy."""
    words = [one.releases[-1].audience for one in histories if one.releases]
    return max((Audience.from_word(word) for word in words), default=Audience.TRAINING)


def _free(folder: Path, stem: str, suffix: str = "") -> Path:
    names = (stem if number == 1 else f"{stem}-{number}" for number in itertools.count(1))
    with translate_disk_errors(folder, "read"):
        return next(path for name in names if not (path := folder / f"{name}{suffix}").exists())


def _below(listed: dict[str, str], prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): sha for name, sha in listed.items() if name.startswith(prefix)
    }


def _version() -> str:
    with contextlib.suppress(PackageNotFoundError):
        return version("carer-stories")
    return "unknown"
