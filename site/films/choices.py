"""What was chosen about one story's film, kept beside it: making it again needs no options.

How the contributor is seen and heard is theirs to choose; the rest is the editor's. All of it is
part of how the cut is made, so that another choice is another cut, to be viewed and signed anew.
"""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from library.core import struct_file
from library.core.audience import AudienceWord
from library.core.errors import BadInput
from library.core.workspace import StoryFolder
from library.records.consent import PictureShown, VoiceHeard

Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]


class Region(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the picture, in hundredths of its width and height from the left and the top."""

    left: Percent
    top: Percent
    width: Percent
    height: Percent

    @classmethod
    def from_text(cls, text: str) -> Region:
        """`30,10,40,50`: left, top, width, height. Raises BadInput."""
        numbers = [part.strip() for part in text.split(",")]
        if len(numbers) == 4 and all(re.fullmatch("[0-9]{1,3}", part) for part in numbers):
            left, top, width, height = map(int, numbers)
            if width and height and left + width <= 100 and top + height <= 100:
                return cls(left=left, top=top, width=width, height=height)
        raise BadInput(
            f"“{text}” is not a part of the picture.",
            "Give left, top, width and height in hundredths of it, such as 30,10,40,50.",
        )

    def __str__(self) -> str:
        return f"{self.left},{self.top},{self.width},{self.height}"


class FilmChoices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One story's choices. Times are milliseconds on the recording's clock."""

    schema: int = 1
    picture: PictureShown = "shown"
    region: Region | None = None
    """What is blurred; all of the picture where nothing is given."""
    voice: VoiceHeard = "own"
    audience: AudienceWord | None = None
    """The level of use that the title card states; the workspace's own where nothing is given."""
    title_card: bool = True
    end_card: bool = True
    question_cards: bool | None = None
    """Each question on a card in the place of the interviewer's voice; as the workspace's settings
    say where nothing is given."""
    start: int | None = None
    end: int | None = None
    poster_at: int | None = None
    """Of this moment the poster is taken; one with open eyes is looked for where none is given."""
    burn_captions: bool = False
    """Captions drawn into the pictures, for players that cannot show any."""


def read_choices(folder: StoryFolder) -> FilmChoices:
    """What was chosen, or the defaults. Raises Damaged for another file, DiskFailed."""
    choices = struct_file.load_if_present(
        folder.film_choices,
        FilmChoices,
        next_step=f"Delete it and choose again: carer-stories film {folder.root.name} --help",
    )
    return choices or FilmChoices()


def write_choices(folder: StoryFolder, choices: FilmChoices) -> None:
    """Raises NoRoom or DiskFailed."""
    struct_file.save(folder.film_choices, choices)
