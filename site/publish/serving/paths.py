"""Paths that a browser asks for: judged as text, before the disk is looked at."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

_LEFT_ENCODED = re.compile(r"%(?:2f|5c|00|2e)", re.IGNORECASE)
"""Percent-encoded separators, dots and NUL: no link of the site has them."""
_NEVER = re.compile(r"[\x00-\x1f\x7f\\:*?\"<>|]")
"""Characters that on some system separate paths or name drives or streams; no name here has one."""


def path_in_site(target: str) -> str | None:
    """Return the decoded path below the site for the target of a request; None for any other.

    `target` is as it was sent: `/stories/cs-4k7m2q.html?x#y`. Only names below the site pass: no
    step upwards, no hidden or empty name, no other separator, nothing that was encoded twice.
    """
    raw = target.partition("?")[0].partition("#")[0]
    if not raw.startswith("/") or _LEFT_ENCODED.search(raw):
        return None
    try:
        path = unquote(raw, errors="strict")[1:]
    except UnicodeDecodeError:
        return None
    names = path.removesuffix("/").split("/") if path else []
    # Windows takes a name with dots or blanks at its end for the name without.
    if any(not name or name[0] == "." or name[-1] in ". " for name in names):
        return None
    return None if _NEVER.search(path) or "%" in path else path


def file_in_site(public: Path, path: str) -> Path | None:
    """Return the file of a path that `path_in_site` let pass; None where a link leads elsewhere."""
    try:
        file = (public / path).resolve(strict=True)
        return file if file.is_relative_to(public.resolve(strict=True)) else None
    except (OSError, RuntimeError, ValueError):
        return None
