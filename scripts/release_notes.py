"""Print what the changelog says of one version: the notes of its release.

python3 scripts/release_notes.py VERSION
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

CHANGELOG = Path(__file__).resolve().parent.parent / "CHANGELOG.md"


def notes_of(version: str, changelog: str) -> str:
    """Return the section of a version, without its heading; empty where there is none."""
    heading = rf"^## {re.escape(version)}(?: [^\n]*)?$"
    match = re.search(rf"{heading}\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    return match.group(1).strip() if match else ""


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    notes = notes_of(sys.argv[1], CHANGELOG.read_text(encoding="utf-8"))
    if not notes:
        print(
            f"CHANGELOG.md says nothing of version {sys.argv[1]}. "
            "Give it a section of its own before you make the release.",
            file=sys.stderr,
        )
        return 1
    print(notes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
