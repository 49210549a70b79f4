"""Jinja, as every page of ours is made with it: what a template shows is encoded, whoever typed it.

Templates lie in a folder `templates` beside the code that fills them in. Jinja is imported with the
first page that is made: no other command waits for it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from markupsafe import Markup

from library.core.counting import counted
from library.core.days import day_in_words
from library.core.isolation import AS_TYPED, AS_TYPED_END, END, FIRST_STRONG, LEFT_TO_RIGHT
from library.core.sanitise import printable

if TYPE_CHECKING:
    from jinja2 import Environment

_TAGS = {
    FIRST_STRONG: "<bdi>",
    LEFT_TO_RIGHT: '<bdi dir="ltr">',
    END: "</bdi>",
    AS_TYPED: '<bdo dir="ltr">',
    AS_TYPED_END: "</bdo>",
}


def encoded(text: str) -> Markup:
    """Return HTML that shows the text as it is, without control and direction characters."""
    return Markup(html.escape(printable(text), quote=True))  # noqa: S704 - encoded


def isolated_html(text: str) -> Markup:
    """Return HTML that shows a text, with `bdi` where `isolated` has set its marks."""
    parts = re.split(f"([{''.join(_TAGS)}])", text)
    return Markup("").join(
        Markup(_TAGS[part]) if part in _TAGS else encoded(part)  # noqa: S704 - our own tags
        for part in parts
    )


def template_environment(*folders: Path, encode: Callable[[str], Markup] = encoded) -> Environment:
    """Return the templates of some folders; a name is looked for in the first of them first.

    Each is compiled when it is first used, and kept.
    """
    # Here, and not above: most commands make no page, and need not wait for Jinja.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        auto_reload=False,  # or every page would ask the disk whether its template has changed
        # Jinja's own encoding comes after this one and leaves Markup alone. It would keep control
        # characters, and with them a page that no strict reader takes.
        finalize=lambda value: value if isinstance(value, Markup) else encode(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
        # A name mistyped in a template is an error instead of a gap in the page.
        undefined=StrictUndefined,
    )
    environment.filters |= {"counted": counted, "day": day_in_words}
    return environment
