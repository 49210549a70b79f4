"""The two pages only a copy on a stick has: the one to open, and the one that looks it over."""

from __future__ import annotations

import json
from collections.abc import Iterable

from library.core.audience import Audience
from publish.edition import Edition
from publish.render import text
from publish.render.parts import contact, until_when
from publish.render.theme import told

CHECK_PAGE = "is-it-whole.html"
CHECK_LIST = "is-it-whole.js"
_STYLES = ("type", "frame", "library")
_LOOKED_AT = (".mp4", ".m4a", ".jpg")
"""What a page can try without a server."""


def open_me(edition: Edition, copy: str) -> str:
    """What is on the stick, how to begin, until when, and where it belongs."""
    title = text.html_text(text.plain(edition.library.title))
    until = (
        f"<p><strong>Please do not show it {until_when(edition)}.</strong> By then an agreement "
        "has to be looked at again.</p>"
        if edition.until
        else ""
    )
    invented = (
        '<p class="invented"><strong>These stories are invented</strong> to show how the library '
        "works. Nobody in them is real.</p>"
        if edition.library.fictional
        else ""
    )
    holds = told(edition.stories) if edition.stories else "no story yet"
    body = f"""{invented}
<main class="page open-me">
<h1 dir="auto">{title}</h1>
<p class="lede">This copy holds {holds}. It needs no network, and nothing is sent anywhere.</p>
<p><a class="way-in" href="pages/index.html">Open the library</a></p>
<p>Before a session, let the computer look it over:
<a href="pages/{CHECK_PAGE}">Is this copy whole?</a></p>
<p>Does nothing happen, or is “not found” all you see? Then this page was opened inside a zip file.
Close it, choose “Extract all” for the zip file, and open this page again in the folder that
appears.</p>
<h2>Looking after it</h2>
<p><strong>{text.bdi(_for_whom(edition))}.</strong> That is what the people in it agreed to. Please
do not copy it or pass it on.</p>
{until}
<p>It was made on {text.day(edition.on)} and is entered in the library’s register as
<strong class="nowrap">{text.html_text(copy)}</strong>. If a story is taken back, you will be asked
for it. If you found it, please give it back:</p>
<div class="contact">{contact(edition.library)}</div>
</main>"""
    return _page(title, body, styles="pages/assets/css", scripts=())


def check_page(edition: Edition) -> str:
    """Tries every film, recording and picture in the browser it is opened in."""
    title = f"Is this copy whole? – {text.html_text(text.plain(edition.library.title))}"
    body = """<main class="page open-me" data-check>
<p class="back"><a href="index.html">All stories</a></p>
<h1>Is this copy whole?</h1>
<p class="lede" role="status" data-check-said>This page needs JavaScript, which is switched off in
this browser. Play the beginning and the end of a film instead.</p>
<progress data-check-bar value="0" max="1" aria-label="How much was looked at" hidden></progress>
<ul class="rows" data-check-faults></ul>
<p>Every film and recording is opened, a moment of its end is played without sound, and every
picture is loaded.</p>
<p>To compare every byte, on a computer with Carer Stories:
<code>carer-stories site check FOLDER</code>. The list of every file with its SHA-256 is in
SHA256SUMS.txt, which other programs can read as well.</p>
</main>"""
    return _page(title, body, styles="assets/css", scripts=(CHECK_LIST, "assets/js/check.js"))


def check_list(names: Iterable[str]) -> str:
    """The files to be tried, as a classic script: from a stick a page cannot load anything else."""
    listed = sorted(name for name in names if name.endswith(_LOOKED_AT))
    return f"window.carerStoriesFiles = {json.dumps(listed)};\n"


def read_me(edition: Edition) -> str:
    """For somebody who looks at the folder before they open anything. Windows line ends."""
    lines = (
        text.plain(edition.library.title),
        "",
        "Open the file “OPEN ME.html” with a web browser (Edge, Chrome, Firefox or Safari).",
        "Nothing is installed, nothing starts by itself, and no network is needed.",
        "",
        f"Made on {text.day(edition.on)}. {text.plain(_for_whom(edition))}.",
        "Please do not copy it or pass it on. If you found it, please give it back:",
        text.plain(edition.library.contact) or "the team that looks after the library",
        "",
        "SHA256SUMS.txt lists every file with its SHA-256.",
        "",
    )
    return "\r\n".join(lines)


def _for_whom(edition: Edition) -> str:
    return Audience.from_word(edition.audience).level_of_use


def _page(title: str, body: str, *, styles: str, scripts: tuple[str, ...]) -> str:
    sheets = "".join(f'<link rel="stylesheet" href="{styles}/{name}.css">\n' for name in _STYLES)
    code = "".join(f'<script src="{name}" defer></script>\n' for name in scripts)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self'; \
style-src 'self'; img-src 'self'; media-src 'self'; font-src 'self'; form-action 'none'; \
base-uri 'none'">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex, nofollow">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
{sheets}{code}</head>
<body>
{body}
</body>
</html>
"""
