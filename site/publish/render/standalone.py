"""Pages that only a preview or a copy on a stick has, some of them outside MkDocs' frame."""

from __future__ import annotations

import json
from collections.abc import Iterable

from library.core.audience import Audience
from library.core.days import day_in_words
from publish.edition import Edition
from publish.render import text
from publish.render.templating import Document, render_macro, render_template

BANNER = "preview-banner"
"""Class of the element that must be on every page of a preview."""
CHECK_PAGE = "is-it-whole.html"
CHECK_LIST = "is-it-whole.js"
_PLAYABLE = (".mp4", ".m4a", ".jpg")
"""Endings of the files that a page can try without a server."""


def preview_banner(edition: Edition) -> str:
    """Return the HTML of a preview’s banner; empty for the staff’s library."""
    return render_macro("parts.html", "preview_banner", edition)


def preview_start_page(edition: Edition) -> Document:
    """Return a preview's first page: how to view it, what may be asked, and the way in."""
    (story,) = edition.stories
    title = text.plain(story.page.title)
    body = render_template("preview_start.html", edition=edition, story=story, page=story.page)
    return Document(title=title, description=f"{title}: to view before you decide", body=body)


def preview_entry_page(edition: Edition) -> str:
    """Return the one file beside a preview's folder `pages`: a whole page."""
    (story,) = edition.stories
    return _whole_page(
        "preview_entry.html",
        title=text.plain(story.page.title),
        banner=preview_banner(edition),
        BANNER=BANNER,
        styles="pages/assets/css",
        scripts=(),
    )


def offline_entry_page(edition: Edition, copy_number: str) -> str:
    """Return the page to open on a stick; `copy_number` is the copy's in the register."""
    return _whole_page(
        "offline_entry.html",
        title=text.plain(edition.library.title),
        edition=edition,
        copy_number=copy_number,
        level_of_use=_level_of_use(edition),
        CHECK_PAGE=CHECK_PAGE,
        styles="pages/assets/css",
        scripts=(),
    )


def offline_check_page(edition: Edition) -> str:
    """Return the page that tries every film, recording and picture in the browser."""
    return _whole_page(
        "offline_check.html",
        title=text.plain(edition.library.title),
        styles="assets/css",
        scripts=(CHECK_LIST, "assets/js/check.js"),
    )


def offline_check_list(names: Iterable[str]) -> str:
    """Return the files to be tried as a classic script: a page on a stick can load nothing else."""
    listed = sorted(name for name in names if name.endswith(_PLAYABLE))
    return f"window.carerStoriesFiles = {json.dumps(listed)};\n"


def offline_read_me(edition: Edition) -> str:
    """Return a text for somebody who looks at the folder before they open anything."""
    lines = (
        text.plain(edition.library.title),
        "",
        "Open the file “OPEN ME.html” with a web browser (Edge, Chrome, Firefox or Safari).",
        "Nothing is installed, nothing starts by itself, and no network is needed.",
        "",
        f"Made on {day_in_words(edition.on)}. {text.plain(_level_of_use(edition))}.",
        "Please do not copy it or pass it on. If you found it, please give it back:",
        text.plain(edition.library.contact) or "the team that looks after the library",
        "",
        "SHA256SUMS.txt lists every file with its SHA-256.",
        "",
    )
    return "\r\n".join(lines)  # Notepad before Windows 10 shows other line ends as none


def _level_of_use(edition: Edition) -> str:
    return Audience.from_word(edition.audience).level_of_use


def _whole_page(template: str, **values: object) -> str:
    return render_template(template, **values) + "\n"
