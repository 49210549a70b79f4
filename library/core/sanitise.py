"""Make text safe to show: in a terminal, in JSON, and as an argument to paste into a shell."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

_INVISIBLE = (
    r"\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters: a terminal obeys them
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # they turn the order of letters round
    r"\u200b\u2028\u2029\u2060-\u2064\ufeff\U000e0000-\U000e007f"  # unseen, or another line
)
_CONTROL = re.compile(f"[{_INVISIBLE}]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_PLAIN_FOR_WINDOWS = re.compile(r"[\w.:/\\-]+")
"""A path that cmd and PowerShell take as it stands: `&`, `;` and `(` end one there."""
_IN_JSON = re.compile(f"(?![\n\t])[{_INVISIBLE}]|{_SURROGATE.pattern}")


def printable(text: str) -> str:
    """Return text without anything a terminal obeys, reorders by, or cannot encode.

    Control characters, marks of direction and characters that nobody sees are taken out; a byte of
    a file’s name that is no text becomes “�”.
    """
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", text))


def printable_json(text: str) -> str:
    """Return the same JSON with those characters escaped."""
    return _IN_JSON.sub(lambda match: json.dumps(match[0])[1:-1], text)


def shell_quoted(path: Path | str) -> str:
    """Return a path quoted for this system's command line: sticks are called “USB STICK”."""
    text = str(path)
    if os.name != "nt":
        return shlex.quote(text)
    if _PLAIN_FOR_WINDOWS.fullmatch(text):
        return text
    # No name there has a quote in it. A backslash before the last one would be taken for its mark.
    end = "\\" if text.endswith("\\") else ""
    return f'"{text}{end}"'
