"""Places in files that people write where a `#` was read as text, for the command line to say."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from library.core.sanitise import printable


class UnreadRemarks:
    """Lines with a `#` that may have been meant for a remark, of the files that were read."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, int], None] = {}

    def note(self, path: Path, lines: Iterable[int]) -> None:
        for line in lines:
            self._places[path.name, line] = None

    def take(self) -> list[str]:
        """Return a sentence for each place, and forget them."""
        sentences = [
            f"{printable(name)}, line {line}: the # is read as part of the text. A remark for "
            "yourself needs a line of its own."
            for name, line in self._places
        ]
        self._places.clear()
        return sentences


unread_remarks = UnreadRemarks()
"""Of this run: the command line says them at its end."""
