"""Our Jinja environment: everything that a template shows is encoded, whatever was typed.

Templates are compiled once, when this module is imported or a template is first used, and kept:
nothing is read from the disk for a page. They are apart from MkDocs' own environment, which does
not encode.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from library.core.languages import SPOKEN_LANGUAGE, direction, native_name
from library.core.templating import template_environment
from library.core.timecode import clock, decimal_seconds
from publish.bundle import translation_tags
from publish.render import facts, text
from publish.training.plan import PRINCIPLES, SCALE_POINTS
from publish.training.published import NOT_AVAILABLE, plan_path

if TYPE_CHECKING:
    from datetime import date

    from jinja2 import Environment
    from markupsafe import Markup


@dataclass(frozen=True)
class Document:
    """A page of the site. `title` and `description` are text; `body` is HTML, already encoded."""

    title: str
    description: str
    body: str
    scripts: tuple[str, ...] = ()
    """Names of files under `assets/js/` that the page loads."""
    head: str = ""
    """HTML for the page’s head, already encoded: `publish.render.metadata`."""
    review: date | None = None
    """First day on which something on it may not be shown: the earliest review of its stories."""


def render_template(name: str, **values: object) -> str:
    """Return the HTML that the template `name` makes of `values`."""
    return _environment.get_template(name).render(values)


def render_macro(template: str, name: str, *arguments: object) -> Markup:
    """Return the HTML of one macro of a template."""
    made: Markup = getattr(_environment.get_template(template).module, name)(*arguments)
    return made


def page_environment(*folders: Path) -> Environment:
    """Return the environment of our pages; templates in `folders` are looked for first."""
    environment = template_environment(
        *folders,
        Path(__file__).with_name("templates"),
        encode=text.html_text,  # unlike paper, pages contain marks of direction and keep them
    )
    environment.filters |= {
        "bdi": text.bdi,
        "clock": clock,
        "direction": text.direction,
        "json_data": text.json_data,
        "fragment_seconds": decimal_seconds,
        "minutes": text.minutes,
        "native_name": native_name,
        "list_item": text.list_item,
        "paragraphs": text.paragraphs,
        "plain": text.plain,
        "plan_path": plan_path,
        "seconds_in_words": text.seconds_in_words,
        "theme_words": text.theme_words,
        "time_between": text.time_between,
        "translation_tags": translation_tags,
        "writing_direction": direction,
    }
    environment.filters |= {function.__name__: function for function in facts.FILTERS}
    environment.globals |= {
        "SCALE_POINTS": SCALE_POINTS,
        "PRINCIPLES": PRINCIPLES,
        "SPOKEN": SPOKEN_LANGUAGE,
    }
    environment.globals["NOT_AVAILABLE"] = NOT_AVAILABLE
    return environment


_environment = page_environment()
