"""New stories as a feed (Atom, RFC 4287), for the intranet’s start page and for mail programs.

A feed needs whole addresses: where `address` in the settings is empty, none is made. A copy on a
stick has none either.
"""

from __future__ import annotations

from publish.edition import Edition, ReleasedStory
from publish.render import text

PATH = "new-stories.xml"
MOST_ENTRIES = 30


def feed_files(edition: Edition) -> dict[str, str]:
    """The feed by its path in the site, or nothing."""
    return {PATH: atom(edition)} if has_feed(edition) else {}


def has_feed(edition: Edition) -> bool:
    return bool(edition.library.address) and not edition.preview and not edition.until


def atom(edition: Edition) -> str:
    """The newest stories, newest first: titles, summaries and content notes, never a picture."""
    library = edition.library
    stories = sorted(edition.stories, key=lambda one: one.released, reverse=True)[:MOST_ENTRIES]
    updated = max((story.released for story in stories), default=edition.on)
    entries = "".join(_entry(story, library.address) for story in stories)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB">
<id>{text.html_text(library.address)}</id>
<title>{text.html_text(text.plain(library.title))}</title>
<subtitle>{text.html_text(text.plain(library.introduction))}</subtitle>
<updated>{updated.isoformat()}T00:00:00Z</updated>
<author><name>{text.html_text(text.plain(library.trust))}</name></author>
<link rel="self" type="application/atom+xml" href="{text.attribute(library.address)}{PATH}"/>
<link rel="alternate" type="text/html" href="{text.attribute(library.address)}index.html"/>
{entries}</feed>
"""


def _entry(story: ReleasedStory, address: str) -> str:
    page = story.page
    note = f"Content note: {text.plain(page.content_note)}" if page.content_note else ""
    summary = " ".join(part for part in (text.plain(page.summary), note) if part)
    place = f"{text.attribute(address)}stories/{page.id}.html"
    themes = "".join(f'<category term="{text.attribute(theme)}"/>' for theme in page.themes)
    return f"""<entry>
<id>{place}</id>
<title>{text.html_text(text.plain(page.title))}</title>
<updated>{story.released.isoformat()}T00:00:00Z</updated>
<link rel="alternate" type="text/html" href="{place}"/>
<summary>{text.html_text(summary)}</summary>
{themes}</entry>
"""
