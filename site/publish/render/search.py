"""The search page, and the field on other pages that leads to it.

The page is the form, what is told, and what helps before anything was asked; the rest is laid out
by `search.js`, for only a browser knows what is asked.
"""

from __future__ import annotations

from publish.edition import Edition
from publish.render import text
from publish.render.document import Document
from publish.render.facets import themes_of

PATH = "search.html"
SCRIPTS = ("search-words.js", "search-lists.js", "search-index.js", "search.js")


def search_page(edition: Edition) -> Document:
    """A page to look for what carers said."""
    body = f"""<div class="search-page" data-search>
<header class="page-head">
<p class="back"><a href="index.html">All stories</a></p>
<h1>Find a moment</h1>
<p class="lede">Look for what carers said. Each result opens the story at that moment.</p>
</header>
<form class="search" role="search" hidden>
<div class="search-what">
<label for="search-words">Words to look for</label>
<input id="search-words" type="search" name="q" autocomplete="off"
aria-describedby="search-help">
</div>
<div class="search-theme">
<label for="search-theme">Theme</label>
<select id="search-theme" name="theme"><option value="">All themes</option>{_themes(edition)}
</select>
</div>
<button type="submit">Search</button>
<p class="quiet" id="search-help">Put words in quotation marks to find them together:
“on my own”.</p>
</form>
<p class="search-said" role="status" data-search-said></p>
<div data-search-results></div>
<div class="search-hints" data-search-hints>
<section data-search-without>
<h2>How to find a story</h2>
<p>Searching needs JavaScript, which is switched off in this browser. Everything can be found
without it: choose a theme below, or go to <a href="index.html">all the stories</a>. On a story’s
page, your browser’s own “Find in page” looks through its transcript.</p>
</section>
{_by_theme(edition)}
</div>
</div>"""
    return Document(
        title="Find a moment",
        description="Look for what carers said, and hear it from there.",
        body=body,
        scripts=SCRIPTS,
    )


def search_field(up: str = "") -> str:
    """A field for other pages; they load `search-field.js`. `up` leads to the site’s root."""
    return f"""<form class="search" role="search" data-search-field="{up}{PATH}" hidden>
<div class="search-what"><label for="search-field">Look for what carers said</label>
<input id="search-field" type="search" autocomplete="off"></div>
<button type="submit">Search</button>
</form>"""


def _themes(edition: Edition) -> str:
    return "".join(
        f'<option value="{choice.key}">{text.attribute(choice.words)}</option>'
        for choice in themes_of(edition)
    )


def _by_theme(edition: Edition) -> str:
    links = "".join(
        f'<li><a href="{choice.page}">{text.bdi(choice.words)}</a></li>'
        for choice in themes_of(edition)
    )
    if not links:
        return ""
    return f"""<section aria-labelledby="search-themes">
<h2 id="search-themes">Or look by theme</h2>
<ul class="plain-links">{links}</ul>
</section>"""
