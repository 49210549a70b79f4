"""Words that must not be heard or shown, as the leak check is told of them.

Plain data: `transcribe.redaction` collects it from the private lists and
the redactions of the stories, and `publish` looks for it in what it built. It is never written
down, printed or logged: it holds the very words.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field


@dataclass(frozen=True)
class HiddenTerm:
    """A spelling of something that must not be shown."""

    text: str = field(repr=False)
    """As it is written; compared without accents, apostrophes and hyphens, as whole words."""
    story: str
    """Id of the story whose list, or whose redaction, it is of."""
    number: int
    """Its entry in that story’s private list, counted from 1; 0 for a redaction’s own words."""
    everywhere: bool
    """True if it must be nowhere in the site; False if only in nothing of its own story."""
    ordinary: bool
    """True if it is an ordinary word as well (Will, Grace): then it counts only as it is written,
    with its capital."""

    def is_hidden_in(self, stories: Collection[str]) -> bool:
        """Return True where it must not stand beside these stories."""
        return self.everywhere or self.story in stories
