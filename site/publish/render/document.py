"""What one page is, before the theme puts its frame round it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Document:
    """A page of the site. `title` and `description` are text; `body` is HTML, already encoded."""

    title: str
    description: str
    body: str
    scripts: tuple[str, ...] = ()
    """Names of files under `assets/js/` that the page loads."""
    head: str = ""
    """HTML for the page’s head, already encoded: `publish.render.structured`."""
