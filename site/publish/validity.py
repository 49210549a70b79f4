"""Whether the built pages are HTML as the standard has it, read by a strict reader (justhtml).

A browser mends what is wrong, each in its own way, and a screen reader is told what was mended. The
strict reader takes some milliseconds a page. Pages of stories differ in their words alone, which
are encoded in one place, so of many of a kind some are read: the first, the last, and others at
even steps. Every page that people write is read.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from justhtml import JustHTML

PAGES_OF_A_KIND = 12
"""Of pages that are made alike, so many are read."""


def invalid_pages(folder: Path) -> list[str]:
    """Sentences about pages that are not valid HTML: name, line, and what the reader met."""
    faults = []
    for path in _some_of_each(folder):
        page = JustHTML(path.read_text(encoding="utf-8"), collect_errors=True, sanitize=False)
        name = path.relative_to(folder).as_posix()
        faults += [
            f"{name}: line {error.line} is not valid HTML ({error.message})"
            for error in page.errors
        ]
    return faults


def _some_of_each(folder: Path) -> list[Path]:
    """All pages beside the first one; of the pages made alike (`stories/*`, `stories/*/handout`),
    some."""
    alike: dict[tuple[str, str], list[Path]] = defaultdict(list)
    written = []
    for path in sorted(folder.rglob("*.html")):
        first, *rest = path.relative_to(folder).parts
        if rest:
            alike[first, rest[-1] if len(rest) > 1 else ""].append(path)
        else:
            written.append(path)
    return [*written, *(path for pages in alike.values() for path in _spread(pages))]


def _spread(pages: list[Path]) -> list[Path]:
    if len(pages) <= PAGES_OF_A_KIND:
        return pages
    step = (len(pages) - 1) / (PAGES_OF_A_KIND - 1)
    return [pages[round(number * step)] for number in range(PAGES_OF_A_KIND)]
