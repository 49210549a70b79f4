"""The cut: the list of files that was viewed, signed off and approved, by their hashes.

`cut.json` lists every artefact staff would meet with its SHA-256. Sign-off and approval name the
hash of that list, so that changing any caption, word or frame means asking again.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from library.core import struct_file
from library.core.audience import AUDIENCE_WORDS, Audience
from library.core.errors import Damaged, DiskFailed, NotFound
from library.core.files import sha256_of
from library.core.languages import LANGUAGE_TAG
from library.core.workspace import StoryFolder
from library.records.consent import PictureShown, Release, VoiceHeard

ARTEFACT = re.compile(
    rf"^(?:[a-z]+(?:-[0-9]{{3,4}})?\.(?:mp4|m4a|jpg|vtt|json)|captions\.{LANGUAGE_TAG.pattern}\.vtt)$"
)
"""Name of an artefact: a plain name in the story's own folder."""


CODE_LENGTH = 8
"""Characters of a hash that tell one cut from another where a person types them."""


class Cut(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The manifest of one cut. `artefacts` maps a file name in the story's folder to SHA-256."""

    schema: int = 1
    story: str
    artefacts: dict[str, str]
    recipe: dict[str, str] = {}
    """Versions and options it was made with: kept beside the film, not part of the hash."""

    @property
    def hash(self) -> str:
        """SHA-256 over `name NUL hash NEWLINE` of every artefact, sorted by name."""
        lines = "".join(f"{name}\0{sha}\n" for name, sha in sorted(self.artefacts.items()))
        return hashlib.sha256(lines.encode()).hexdigest()


@dataclass(frozen=True)
class CutState:
    """The state of a cut on disk: its hash, and artefacts that no longer match the manifest."""

    hash: str
    """Empty where the manifest cannot be read."""
    changed_files: tuple[str, ...] = ()
    recipe: Mapping[str, str] = field(default_factory=dict)
    is_sound_only: bool = False
    """Made by an earlier version, which made no film where there was no picture: no page of today
    shows it."""

    @property
    def code(self) -> str:
        """The start of the hash: what people read from the review page and type."""
        return self.hash[:CODE_LENGTH]

    @property
    def picture(self) -> PictureShown:
        """The way in which the contributor's picture is shown in it."""
        # Films of versions that did not note it showed the picture.
        return self.recipe.get("picture", "shown")  # type: ignore[return-value]

    @property
    def voice(self) -> VoiceHeard:
        return self.recipe.get("voice", "own")  # type: ignore[return-value]

    @property
    def level(self) -> Audience | None:
        """The audience on its title card; None where it has no such card."""
        word = self.recipe.get("level", "")
        return Audience.from_word(word) if word in AUDIENCE_WORDS else None

    def differences_from(self, release: Release) -> list[str]:
        """Return sentences on how it differs from what was released."""
        differences = []
        if self.picture != release.picture:
            differences.append(f"its picture is “{self.picture}”, not “{release.picture}”.")
        if self.voice != release.voice:
            differences.append(f"its voice is “{self.voice}”, not “{release.voice}”.")
        if self.level is not None and self.level.word != release.audience:
            differences.append(
                f"its title card says “{self.level.word}”, and it was released for "
                f"“{release.audience}”."
            )
        return differences


def read_cut(manifest: Path) -> Cut | None:
    """Return the manifest, or None where no film was made. Raises Damaged, DiskFailed."""
    again = f"Make the film again: carer-stories film {manifest.parent.name}"
    cut = struct_file.load_if_present(manifest, Cut, next_step=again)
    # No name may lead out of the story’s folder.
    if cut and not all(map(ARTEFACT.match, cut.artefacts)):
        raise Damaged(f"{manifest} lists a file that a cut never has.", again)
    return cut


def inspect_cut(folder: StoryFolder, *, hashing: bool = True) -> CutState | None:
    """Hash every artefact on disk and say which are no longer as the manifest lists them.

    Without `hashing` the files are taken to be as listed: for who knows that they are.
    A manifest or a file that cannot be read is not as it was: it keeps its own story from being
    shown, and never the others.
    """
    try:
        cut = read_cut(folder.cut)
    except (Damaged, DiskFailed):
        return CutState("", (folder.cut.name,))
    if cut is None:
        return None
    changed = tuple(
        name
        for name, sha in sorted(cut.artefacts.items())
        if hashing and _hash_or_none(folder, name) != sha
    )
    return CutState(cut.hash, changed, cut.recipe, _is_sound_only(folder))


def are_captions_of_film(folder: StoryFolder) -> bool:
    """Return True where captions and chapters are as the film has them, at its times."""
    try:
        cut = read_cut(folder.cut)
    except (Damaged, DiskFailed):
        return False
    return cut is not None and all(
        cut.artefacts.get(path.name) == (_hash_or_none(folder, path.name) or "")
        for path in (folder.captions, folder.chapters)
    )


class _PageKind(msgspec.Struct):
    """The kind of page in `page.json`. Earlier versions wrote `audio`."""

    kind: str = "video"


def _is_sound_only(folder: StoryFolder) -> bool:
    page = struct_file.load_if_readable(
        folder.page, _PageKind
    )  # who needs its words reports damage
    return page is not None and page.kind == "audio"


def _hash_or_none(folder: StoryFolder, name: str) -> str | None:
    path = folder.root / name
    with contextlib.suppress(NotFound, DiskFailed):
        return sha256_of(path) if path.is_file() else None
    return None
