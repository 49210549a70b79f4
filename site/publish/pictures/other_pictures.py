"""Pictures of which an editor said: this is another picture, not one of that story.

Two people may be filmed on the same chair, and then a picture is refused that shows somebody else.
Who says so gives a name, which is kept with the day in `interviews/private/`; the log holds the
hash of the file alone. It holds for that file, byte for byte, and that story.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec

from library.consent.private_records import tidied
from library.consent.withdrawals import require_known_story
from library.core import struct_file
from library.core.clock import today
from library.core.errors import BadInput, NotFound
from library.core.files import make_folder, sha256_of, translate_disk_errors
from library.core.workspace import Workspace
from library.records.ledger import Ledger

ACTION = "picture-allow"
_LONGEST_NAME = 200
_NEXT_STEP = "Take it from a backup, or delete it and say again of each picture what it shows."


class OtherPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A file of which somebody said that it shows nothing of a story."""

    sha256: str
    path: str
    """Below the workspace, where it lay then."""
    story: str
    name: str
    """Name of who said so."""
    on: date


class OtherPictures(msgspec.Struct, frozen=True, kw_only=True):
    """Contents of `private/other-pictures.json`."""

    pictures: tuple[OtherPicture, ...] = ()


def read_other_pictures(workspace: Workspace) -> tuple[OtherPicture, ...]:
    """Return what editors said. Raises Damaged or DiskFailed."""
    read = struct_file.load_if_present(
        workspace.other_pictures, OtherPictures, next_step=_NEXT_STEP
    )
    return read.pictures if read else ()


def known_others(workspace: Workspace) -> frozenset[tuple[str, str]]:
    """Return the SHA-256 of each such file, and the story it is not of.

    None where the list cannot be read: then a picture is refused once more, and a withdrawal is
    not held up.
    """
    read = struct_file.load_if_readable(workspace.other_pictures, OtherPictures)
    pictures = read.pictures if read else ()
    return frozenset((other.sha256, other.story) for other in pictures)


def allow_picture(
    workspace: Workspace, picture: Path, story_id: str, *, name: str, role: str
) -> OtherPicture:
    """Note that a file shows nothing of a story. Raises NotFound, BadInput, Damaged, DiskFailed."""
    require_known_story(workspace, story_id)
    name = tidied(name, "The name of who says so", _LONGEST_NAME)
    noted = OtherPicture(
        sha256=sha256_of(_file_of_people(workspace, picture)),
        path=_below_workspace(workspace, picture),
        story=story_id,
        name=name,
        on=today(),
    )
    before = read_other_pictures(workspace)
    with translate_disk_errors(workspace.other_pictures.parent):
        make_folder(workspace.other_pictures.parent)
    # The log first: broken off in between, the build is refused once more, and nothing is shown.
    # Of no story: what the log holds of one is taken for its own media when it is withdrawn.
    with Ledger(workspace).update(ACTION, "", role, picture=noted.sha256):
        pass
    others = tuple(
        each for each in before if (each.sha256, each.story) != (noted.sha256, noted.story)
    )
    struct_file.save(workspace.other_pictures, OtherPictures(pictures=(*others, noted)))
    return noted


def _file_of_people(workspace: Workspace, picture: Path) -> Path:
    if not picture.is_file():
        raise NotFound(f"There is no file {picture}.", "Name it as the build did.")
    below = _below_workspace(workspace, picture)
    if not below.startswith("site/"):
        raise BadInput(
            f"{below or picture} is no file of the pages that people write.",
            "Name a file in site/, as the build did.",
        )
    return picture


def _below_workspace(workspace: Workspace, picture: Path) -> str:
    try:
        return picture.resolve().relative_to(workspace.root.resolve()).as_posix()
    except ValueError:
        return ""
