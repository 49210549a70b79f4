"""Records to print or hand over: receipts, feedback, and what is gathered for a contributor.

Each is a template that extends `record.html`, which is in the shell of every page that is printed
(`library.forms.print_page`).
"""

from __future__ import annotations

from pathlib import Path

from library.forms.print_page import print_page

_TEMPLATES = Path(__file__).with_name("templates")


def print_record(template: str, *folders: Path, title: str, foot: str, **values: object) -> str:
    """Return the whole page that a template makes; it lies in one of `folders`, or in ours.

    `foot` stands at its end, and tells a loose sheet whose it is.
    """
    return print_page(template, *folders, _TEMPLATES, title=title, foot=foot, values=values)
