"""The shell of every page to print or hand over: one HTML file that needs nothing else.

Forms, question sheets, receipts and what is gathered for a contributor share it. Such pages are
read years later, from a stick, by people with screen readers and printers: no script, no link to
elsewhere, and a policy that forbids both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from library.core.isolation import isolated
from library.core.languages import direction
from library.core.sanitise import printable
from library.core.templating import isolated_html, template_environment

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_TEMPLATES = Path(__file__).with_name("templates")


def print_page(
    template: str,
    *folders: Path,
    title: str,
    foot: str,
    language: str = "en",
    large: bool = False,
    values: Mapping[str, object],
) -> str:
    """Return the whole page that a template of `folders` makes of `values`.

    `foot` stands at its end and tells a loose sheet whose it is. `large` prints in 18 points.
    """
    page = _environment(folders).get_template(template)
    is_rtl = direction(language.lower()) == "rtl"
    shell = {"title": title, "foot": foot, "language": language, "large": large, "is_rtl": is_rtl}
    return f"{page.render(**shell, **values)}\n"


def print_macro(template: str, name: str, *arguments: object) -> Markup:
    """Return what one macro of the forms' own templates makes."""
    made: Markup = getattr(_environment(()).get_template(template).module, name)(*arguments)
    return made


@cache
def _environment(folders: tuple[Path, ...]) -> Environment:
    environment = template_environment(*folders, _TEMPLATES)
    environment.filters["css_text"] = _css_text
    environment.filters |= {"isolated": isolated, "isolated_html": isolated_html}
    return environment


def _css_text(text: str) -> str:
    """Text for a CSS string inside a style element: all but letters and digits as code points."""
    return re.sub(r"[^A-Za-z0-9 ]", lambda match: f"\\{ord(match[0]):x} ", printable(text))
