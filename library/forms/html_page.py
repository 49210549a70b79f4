"""Render a form as one HTML file: to print and sign, or to fill in on a screen and print.

It carries its own style and letters and is forbidden to ask for anything else, so that it may be
sent on, kept, or opened years later.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from library.core.settings import Settings
from library.core.workspace import Workspace
from library.forms.form_markup import form_html
from library.forms.placeholders import FormStory, TokenValues, placeholders, with_tokens
from library.forms.print_page import print_macro, print_page
from library.forms.wording import Wording
from library.workspace_template import template as new_workspace

FONT_FILE = "fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2"


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

    html: Markup
    """Everything below the heading, in one `main`."""
    trust: Markup
    code: str
    not_filled_in: tuple[str, ...]


def render_form(wording: Wording, settings: Settings, story: FormStory) -> RenderedForm:
    """Return the words of a form. Raises BadInput naming the line that cannot be read."""
    values = placeholders(settings, story)
    held = TokenValues(wording.head.language)
    trust = held.token_for(values["trust"])
    body = form_html(with_tokens(wording, values, held), wording.shown_as)

    def words(*, isolate: bool) -> Markup:
        return print_macro("form_parts.html", "words", held.insert_values(body, isolate=isolate))

    plain_trust = held.insert_values(trust, isolate=False)
    heading = print_macro("form_parts.html", "heading_start", plain_trust, wording.head)
    # Of the words alone, without style and direction: the same wording in large print, or as an
    # earlier version of the program printed it, has the same code.
    code = hashlib.sha256((heading + words(isolate=False)).encode()).hexdigest()[:8]
    return RenderedForm(
        words(isolate=True), held.insert_values(trust), code, tuple(held.not_filled_in)
    )


def form_page(
    workspace: Workspace, wording: Wording, settings: Settings, story: FormStory, *, large: bool
) -> FormPage:
    """Return the page of a form. Raises BadInput naming the line that cannot be read."""
    form = render_form(wording, settings, story)
    head = wording.head
    html = print_sheet(
        workspace,
        "form.html",
        title=head.title,
        foot=f"{head.title} · version {head.version} · code {form.code}",
        large=large,
        language=head.language,
        form=form,
        head=head,
    )
    return FormPage(html, form.code, form.not_filled_in)


def print_sheet(
    workspace: Workspace,
    template: str,
    *folders: Path,
    title: str,
    foot: str,
    large: bool,
    language: str = "en-GB",
    **values: object,
) -> str:
    """Return a page to print, in the style and with the letters of the forms.

    Its template, one of `folders`, extends `sheet.html`; `foot` stands at the foot of every sheet.
    """
    return print_page(
        template,
        *folders,
        title=title,
        foot=foot,
        language=language,
        large=large,
        values={"font": _letters(workspace), **values},
    )


def _letters(workspace: Workspace) -> str:
    """The site's own letters in base64, which tell I, l and 1 apart; else the machine's will do.

    In the page itself: it is sent on, and may ask for no other file.
    """
    for assets in (workspace.assets, new_workspace().assets):
        font = assets / FONT_FILE
        if font.is_file():
            return base64.b64encode(font.read_bytes()).decode()
    return ""
