"""The cut: exactly what was viewed, signed off and approved, held by hash.

`cut.json` lists every artefact staff would meet with its SHA-256. Sign-off and approval name the
hash of that list, so that changing any caption, word or frame means asking again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import msgspec


class Cut(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The manifest of one cut. `artefacts` maps a file name in the story's folder to SHA-256."""

    schema: int = 1
    story: str
    artefacts: dict[str, str]
    recipe: dict[str, str] = {}
    """How it was made (versions, options): kept beside the film, not part of the hash."""

    @property
    def hash(self) -> str:
        """SHA-256 over `name NUL hash NEWLINE` of every artefact, sorted by name."""
        lines = "".join(f"{name}\0{sha}\n" for name, sha in sorted(self.artefacts.items()))
        return hashlib.sha256(lines.encode()).hexdigest()


@dataclass(frozen=True)
class CutState:
    """What a look at the disk found: the cut's hash, and artefacts that are no longer as listed."""

    hash: str
    changed: tuple[str, ...] = ()
