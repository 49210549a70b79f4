"""Handing over a file: entered in the register, made whole or not at all, the gate asked last.

The copy is entered before the file has its name, so that nobody can carry away one that the
register does not know, and it is settled as destroyed where the file never came to be.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

import msgspec

from delivery.material import Material
from library.consent.copies import checked_recipient, delivery_entered
from library.core import files
from library.core.errors import BadInput, NotAllowed, NotFound
from library.core.files import (
    fsync_file,
    make_folder,
    real_path,
    replacing,
    translate_disk_errors,
    write_atomic,
)
from library.core.own_folders import require_own_folders
from library.core.removal import remove
from library.core.workspace import Workspace
from library.records.copies import Copy, CopyForm
from library.records.hidden_terms import HiddenTerm
from library.records.ledger import Ledger
from publish.build import leak_rules
from publish.edition import require_still_released
from publish.forbidden import forbidden_content
from publish.leaks.line_readings import (
    is_run_together,
    line_readings,
    require_line_without_titles,
)
from publish.leaks.needles import Needles
from publish.leaks.scan import find_leaks
from publish.render.text import slug

_MAX_NAME_CHARACTERS = 60
"""Characters of a recipient that go into the name of a file."""
_MARK_CHARACTERS = 6
"""Characters that tell apart those whose other letters are not in it."""


@dataclass(frozen=True)
class Order:
    """The wishes for one delivery: its form, who answers for it, and where to put it."""

    form: CopyForm
    recipient: str
    """Recipient who answers for the copy: an organisation, team or role, and how to reach them."""
    folder: Path | None
    """The folder to put it into; None for the library's own."""
    role: str
    replaces: str = ""
    """Copy whose place it is to take at the recipient, if it is made again."""


@dataclass(frozen=True)
class Delivered:
    """A file that was handed over, and its entry in the register."""

    path: Path
    copy: Copy
    size: int
    """Bytes."""
    needs_build: bool = False
    """The page of a thin package is not on the site yet."""


def hand_over(
    workspace: Workspace,
    material: Material,
    order: Order,
    suffix: str,
    write: Callable[[str, Path], None],
) -> Delivered:
    """Enter the copy, let `write` make the file, ask the gate again, and give the file its name.

    `write` is given the copy's number and a temporary path. No file is ever replaced. Raises
    BadInput for nobody who answers or a folder that must not be used, NotAllowed where something of
    it may not be shown any more, and what `write` raises; then no file is there and no copy out.
    """
    order = replace(order, recipient=checked_recipient(order.recipient))
    _require_nothing_hidden(workspace, material, order)
    path = _free_path(workspace, material, order, suffix)
    with delivery_entered(
        workspace,
        form=order.form,
        to=order.recipient,
        # A thin package holds nothing of a cut.
        stories=dict.fromkeys(material.cuts, "") if order.form == "scorm-thin" else material.cuts,
        audience=material.edition.audience,
        until=material.until,
        location=str(path),
        role=order.role,
        # What is there may be handed out: it stays entered, and can be asked for.
        lies_there=lambda _copy: os.path.lexists(path),
        plan=material.plan.id if material.plan else "",
        replaces=order.replaces,
        titles={} if order.form == "scorm-thin" else material.titles,
    ) as copy:
        with replacing(path, mode=0o644) as temporary:
            write(copy.id, temporary)
            # Before the gate is asked: it takes a while, and much may come meanwhile.
            with translate_disk_errors(path):
                fsync_file(temporary)
            require_still_released(workspace, material.edition)
        try:
            # What came between the answer and the name.
            require_still_released(workspace, material.edition)
        except NotAllowed:
            remove(path)
            raise
    with translate_disk_errors(path, "read"):
        return Delivered(path, copy, path.stat().st_size)


def _require_nothing_hidden(workspace: Workspace, material: Material, order: Order) -> None:
    """Raise NotAllowed where recipient or source hold what a story hides: both stand in files."""
    rules = leak_rules(workspace, material.bundle, forbidden_content(workspace, set(material.cuts)))
    terms = [term for term in rules.terms if term.is_hidden_in(material.cuts)]
    require_line_without_titles(workspace, order.recipient, material.cuts)
    if order.folder is not None:
        require_line_without_titles(
            workspace, str(order.folder.absolute()), material.cuts, "The folder"
        )
    asked = material.bundle.folder / "asked"
    for words, what, next_step in (
        (
            order.recipient,
            "The recipient",
            "Name an organisation, a team or a role instead.",
        ),
        (
            material.source,
            "The file name of the session",
            "Give it another, then: carer-stories site build",
        ),
    ):
        lines = "\n\n".join(line_readings(words))
        # Below the folder of each story: it stands beside all of them in the file, and names that
        # are hidden in one story alone are looked for there.
        for story_id in material.cuts:
            place = asked / "stories" / story_id
            with translate_disk_errors(place):
                make_folder(place)
            write_atomic(place / "words.txt", lines.encode())
        if find_leaks(asked, rules) or is_run_together(words, terms):
            raise NotAllowed(
                f"{what} holds a name or word that a story hides, and it would stand in the file.",
                next_step,
            )
    _require_plan_hides(material, terms)


def _require_plan_hides(material: Material, terms: Sequence[HiddenTerm]) -> None:
    """Raise NotAllowed where the session's own words say what a story that it shows hides.

    They stand beside that story. What another of its stories says as well is not the first one's.
    """
    if material.plan is None:
        return
    words = _words_in(material.plan)
    for story in material.stories:
        hidden = [term for term in terms if not term.everywhere and term.story == story.page.id]
        own = Needles.from_terms(material.cuts, (), hidden)
        others = (_words_in(each.page) for each in material.stories if each is not story)
        if reasons := own.in_text(words).difference(*(own.in_text(each) for each in others)):
            raise NotAllowed(
                f"The words of {material.plan.id} say what is hidden in {story.page.id}, which it "
                f"shows ({'; '.join(sorted(map(str, reasons)))}).",
                f"Take it out of {material.plan.id}.yml, then run the same command again.",
            )


def _words_in(record: msgspec.Struct) -> str:
    """Return every text of a record, a paragraph each."""
    return "\n\n".join(_texts_in(msgspec.to_builtins(record)))


def _texts_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for each in value.values() for text in _texts_in(each))
    elif isinstance(value, (list, tuple)):
        yield from (text for each in value for text in _texts_in(each))


def file_stem(source: str, order: Order, others: Iterable[str]) -> str:
    """Return the name of a delivery without its ending: ASCII letters, digits and hyphens.

    Whoever has no letters there, or the same as one of the `others` who have copies, is told apart
    by a mark at its end.
    """
    name, recipient = _name_of(order.recipient), order.recipient
    letters = sum(map(str.isalnum, recipient))
    is_lost = 2 * sum(map(str.isalnum, slug(recipient))) < letters
    if is_lost or any(other != recipient and _name_of(other) == name for other in others):
        mark = hashlib.sha256(recipient.encode()).hexdigest()[:_MARK_CHARACTERS]
        name = f"{name}-{mark}".strip("-")
    return f"{order.form}-{source}-for-{name}"


def _name_of(recipient: str) -> str:
    return slug(recipient)[:_MAX_NAME_CHARACTERS].strip("-")


def _free_path(workspace: Workspace, material: Material, order: Order, suffix: str) -> Path:
    folder = _folder(workspace, order.folder)
    copies = Ledger(workspace).read().all(Copy)
    stem = file_stem(material.source, order, {copy.to for copy in copies})
    # Whoever is asked to delete one of two must be able to tell them apart by their names.
    given = {PurePath(copy.place).name for copy in copies if copy.place}
    with translate_disk_errors(folder, "read"):
        return next(
            path
            for name in files.numbered(stem)
            # A link that leads nowhere is a name that is taken, too.
            if f"{name}{suffix}" not in given
            and not os.path.lexists(path := folder / f"{name}{suffix}")
        )


def _folder(workspace: Workspace, wanted: Path | None) -> Path:
    """Return the folder to write to. Raises BadInput or NotFound for one that must not be used."""
    if wanted is None:
        require_own_folders(workspace, only=("interviews/deliveries",))
        with translate_disk_errors(workspace.deliveries, "make"):
            make_folder(workspace.deliveries)
        return workspace.deliveries
    folder = real_path(wanted)
    if not folder.is_dir():
        raise NotFound(f"There is no folder {folder}.", "Make it first, or name another.")
    root = workspace.root.resolve()
    if folder.is_relative_to(root) and not folder.is_relative_to(root / "interviews/deliveries"):
        raise BadInput(
            f"A delivery must not lie in {folder}: it is part of the library.",
            "Name a folder outside the workspace, or leave --to out.",
        )
    return folder
