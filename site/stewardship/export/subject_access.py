"""The deed: gather, lay out, write, and log that it was done."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from library.core import struct_file
from library.core.clock import today
from library.core.errors import BadInput, NotFound
from library.core.files import make_folder, translate_disk_errors
from library.core.settings import load_settings
from library.core.workspace import StoryFolder, Workspace
from library.records.ledger import Ledger
from stewardship.export import plain_english
from stewardship.export.collect import StoryHeld, Subject, files_of, gather, receipts_of, words_of
from stewardship.export.pages import KeptFile, StoryPart, index
from stewardship.export.write import Item, write_folder, write_zip

Watch = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""A bar for a label and a number of bytes; yields what is told the bytes done."""
ACTION = "subject-access"
_LONGEST_NAME = 180
"""Characters of a folder’s name made of ids; a person with more stories is a rare thing."""


@dataclass(frozen=True)
class Exported:
    """What was gathered, and where it lies."""

    place: Path
    stories: tuple[str, ...]
    other_stories: tuple[str, ...]
    """Ids of stories they told as well, which were not asked for."""
    files: int
    size: int
    """Bytes."""
    not_filled_in: tuple[str, ...]
    """Settings that the page shows and nobody has written yet."""


def export_for_subject(
    workspace: Workspace,
    story_id: str,
    *,
    to: Path | None = None,
    zipped: bool = False,
    every_story: bool = False,
    without_others: bool = False,
    role: str = "editor",
    watch: Watch,
) -> Exported:
    """Gather everything held about who told a story, and log that it was gathered.

    `to` is the folder it is put into, `interviews/exports` by default. `every_story` takes in the
    other stories the same person told. Raises NotFound, BadInput for a folder that would be
    published, NoRoom before anything is written, Damaged, DiskFailed, Busy: nothing is left then.
    """
    workspace.story(story_id)
    subject = gather(workspace, story_id, every_story=every_story, without_others=without_others)
    place = _place(workspace, subject, to, zipped)
    items = _laid_out(workspace, subject)
    size = sum(one.size for one in items)
    write = write_zip if zipped else write_folder
    with watch("Gathering", size) as told:
        write(place, items, told, lambda: _log(workspace, subject, role))
    return Exported(
        place=place,
        stories=tuple(one.story.id for one in subject.stories),
        other_stories=subject.other_stories,
        files=len(items) + 1,
        size=size,
        not_filled_in=_not_filled_in(subject),
    )


def _place(workspace: Workspace, subject: Subject, to: Path | None, zipped: bool) -> Path:
    """A free name with every story’s id in it: by that name an erasure finds it."""
    folder = _own_folder(workspace) if to is None else folder_for(workspace, to)
    ids = "_".join(one.story.id for one in subject.stories)
    if len(ids) > _LONGEST_NAME:
        raise BadInput(
            "These are more stories than one folder can be named for.",
            "Export them one at a time, without --all-of-contributor.",
        )
    stem = f"{ids}-{today().isoformat()}"
    names = (stem if number == 1 else f"{stem}-{number}" for number in itertools.count(1))
    paths = (folder / name for name in names)
    free = next(
        path
        for path in paths
        if not path.exists() and not path.with_name(f"{path.name}.zip").exists()
    )
    return free.with_name(f"{free.name}.zip") if zipped else free


def _own_folder(workspace: Workspace) -> Path:
    with translate_disk_errors(workspace.exports, "make"):
        make_folder(workspace.exports)
        workspace.exports.chmod(0o700)
    return workspace.exports


def folder_for(workspace: Workspace, to: Path) -> Path:
    """A folder that is there and is never published. Raises NotFound, BadInput."""
    folder = to.expanduser().resolve()
    if not folder.is_dir():
        raise NotFound(f"There is no folder {folder}.", "Make it, or name another.")
    inside = folder.is_relative_to(workspace.root.resolve())
    if inside and not folder.is_relative_to(workspace.exports.resolve()):
        raise BadInput(
            f"{folder} is part of the library, where this could be shown to others.",
            "Name a folder elsewhere.",
        )
    return folder


def _laid_out(workspace: Workspace, subject: Subject) -> list[Item]:
    parts: list[StoryPart] = []
    items: list[Item] = []
    for held in subject.stories:
        part, own = _part(workspace, held, subject)
        parts.append(part)
        items += own
    page = index(subject, parts, load_settings(workspace).retention)
    records = struct_file.encode(subject)
    return [Item("index.html", page.encode()), Item("everything.json", records), *items]


def _part(workspace: Workspace, held: StoryHeld, subject: Subject) -> tuple[StoryPart, list[Item]]:
    folder = workspace.story(held.story.id)
    literal, edited = words_of(folder)
    texts = {
        "transcript-as-heard.txt": plain_english.literal_text(literal) if literal else "",
        "transcript-as-corrected.txt": plain_english.edited_text(edited) if edited else "",
    }
    items = [
        Item(f"{folder.root.name}/{path.relative_to(folder.root).as_posix()}", path)
        for path in files_of(folder, without_others=subject.without_others)
    ]
    items += [
        Item(f"{folder.root.name}/{name}", text.encode()) for name, text in texts.items() if text
    ]
    items += [
        Item(f"{folder.root.name}/receipts/{path.name}", path)
        for path in receipts_of(workspace, held.story.id)
    ]
    part = StoryPart(
        held=held,
        folder=folder,
        files=tuple(_kept(items, folder)),
        literal=texts["transcript-as-heard.txt"],
        edited=texts["transcript-as-corrected.txt"],
        notes=_text_of(folder.editors_copy),
    )
    return part, items


def _kept(items: Sequence[Item], folder: StoryFolder) -> Iterator[KeptFile]:
    made = {
        "transcript-as-heard.txt": "the words as recognised, to read",
        "transcript-as-corrected.txt": "the words as corrected, to read",
    }
    for item in sorted(items, key=lambda one: one.name):
        own = item.name.split("/", 1)[1]
        yield KeptFile(item.name, item.size, made.get(own) or plain_english.what_it_is(own, folder))


def _text_of(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace")
    return ""


def _log(workspace: Workspace, subject: Subject, role: str) -> None:
    for one in subject.stories:
        with Ledger(workspace).update(ACTION, one.story.id, role):
            pass  # no record changes: the line alone says that it was done


def _not_filled_in(subject: Subject) -> tuple[str, ...]:
    who = subject.responsible
    shown = {
        "contact": who.contact,
        "lawful_basis": who.lawful_basis,
        "special_category_condition": who.special_category_condition,
    }
    return tuple(name for name, value in shown.items() if not value.strip())
