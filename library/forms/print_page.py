"""The shell of every page to print or hand over: one HTML file that needs nothing else.

Forms, question sheets, receipts and what is gathered for a contributor share it. Such pages are
read years later, from a stick, by people with screen readers and printers: no script, no link to
elsewhere, and a policy that forbids both.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_FOLDER = Path(__file__).parent


def print_page(
    title: str,
    body: Markup,
    *,
    foot: str,
    style: str,
    allow: str = "",
    language: str = "en",
    large: bool = False,
) -> str:
    """Return a whole page.

    `foot` stands at its end and tells a loose sheet whose it is. `style` is CSS added to that of
    all pages; `allow` is added to the content security policy, such as `font-src data:`. `large`
    prints in 18 points.
    """
    base = (_FOLDER / "print_page.css").read_text(encoding="utf-8")
    return (
        _environment()
        .get_template("print_page.html.j2")
        .render(
            title=title,
            body=body,
            foot=foot,
            style=Markup(base + style.strip()),  # noqa: S704 - CSS of ours, never of a record
            policy=f"{POLICY}; {allow}" if allow else POLICY,
            language=language,
            large=large,
        )
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
