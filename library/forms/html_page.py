"""Render a form as one HTML file: to print and sign, or to fill in on a screen and print.

It carries its own style and letters and is forbidden to ask for anything else, so that it may be
sent on, kept, or opened years later.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from markupsafe import Markup

from library.core.settings import Settings
from library.core.workspace import Workspace
from library.forms.form_markup import form_html
from library.forms.placeholders import FormStory, HeldValues, placeholders, with_tokens
from library.forms.print_page import print_page
from library.forms.wording import Wording
from library.workspace_template import template

STYLE = Path(__file__).with_name("form.css")
LETTERS = "fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2"


@dataclass(frozen=True)
class FormPage:
    """A form with its placeholders filled in."""

    html: str
    code: str
    """The first 8 digits of the SHA-256 of the words and boxes on the page, settings included: two
    sheets with the same code say the same, in whatever size they were printed."""
    not_filled_in: tuple[str, ...]
    """Settings that the form shows and nobody has written yet."""


@dataclass(frozen=True)
class RenderedForm:
    """The words of a form with its placeholders filled in: HTML with every value escaped."""

    html: str
    """Everything below the heading, in one `main`."""
    heading: str
    code: str
    not_filled_in: tuple[str, ...]


def render_form(wording: Wording, settings: Settings, story: FormStory) -> RenderedForm:
    """Return the words of a form. Raises BadInput naming the line that cannot be read."""
    values = placeholders(settings, story)
    held = HeldValues()
    trust = held.token_for(values["trust"])
    body = form_html(with_tokens(wording, values, held))
    head = wording.head
    heading = (
        f'<header class="top"><p class="trust">{trust}</p><h1>{escape(head.title)}</h1>'
        f'<p class="version">Version {head.version}'
    )
    words = held.insert_values(f"<main>\n{body}\n</main>")
    heading = held.insert_values(heading)
    # Of the words alone, without style: the same wording in large print has the same code.
    code = hashlib.sha256((heading + words).encode()).hexdigest()[:8]
    return RenderedForm(words, heading, code, tuple(held.not_filled_in))


def form_page(
    workspace: Workspace, wording: Wording, settings: Settings, story: FormStory, *, large: bool
) -> FormPage:
    """Return the page of a form. Raises BadInput naming the line that cannot be read."""
    rendered = render_form(wording, settings, story)
    head = wording.head
    words = f"{rendered.heading}, code {rendered.code}</p></header>\n{rendered.html}"
    foot = f"{head.title} · version {head.version} · code {rendered.code}"
    html = printable_page(
        workspace, head.title, words, foot=foot, large=large, language=head.language
    )
    return FormPage(html, rendered.code, rendered.not_filled_in)


def printable_page(
    workspace: Workspace,
    title: str,
    words: str,
    *,
    foot: str,
    large: bool,
    language: str = "en-GB",
    style: str = "",
) -> str:
    """A page to print, in the style and with the letters of the forms.

    `words` are HTML of ours, every value in them escaped; `foot` stands at the foot of every sheet;
    `style` is more CSS.
    """
    own = STYLE.read_text(encoding="utf-8") + style
    return print_page(
        title,
        Markup(words),  # noqa: S704 - every value in it was escaped by who made it
        foot=foot,
        style=_letters(workspace) + own + _foot_of_pages(foot, large),
        allow="font-src data:",
        language=language,
        large=large,
    )


def _letters(workspace: Workspace) -> str:
    """The site's own letters, which tell I, l and 1 apart; without them the machine's will do."""
    for assets in (workspace.assets, template().assets):
        font = assets / LETTERS
        if font.is_file():
            # In the page itself: it is sent on, and may ask for no other file.
            data = base64.b64encode(font.read_bytes()).decode()
            return (
                '@font-face { font-family: "Atkinson Hyperlegible Next"; font-weight: 200 800; '
                f'src: url("data:font/woff2;base64,{data}") format("woff2"); }}\n'
            )
    return ""


def _foot_of_pages(foot: str, large: bool) -> str:
    """Title, version, code and page number at the foot of every sheet, so that none is swapped."""
    letters = '"Atkinson Hyperlegible Next", Verdana, Arial, sans-serif'
    font = f"{'14pt' if large else '10pt'} {letters}"
    return (
        "@page { size: A4; margin: 17mm 18mm 22mm;\n"
        f'  @bottom-left {{ content: "{_css_text(foot)}"; font: {font}; }}\n'
        '  @bottom-right { content: counter(page) " / " counter(pages); '
        f"font: {font}; }}\n}}\n"
    )


def _css_text(text: str) -> str:
    """Text for a CSS string inside a style element: all but letters and digits as code points."""
    return re.sub(r"[^A-Za-z0-9 ]", lambda found: f"\\{ord(found[0]):x} ", text)
