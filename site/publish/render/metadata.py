"""Metadata for programs: JSON-LD and link previews in a story's page, and a feed of new stories.

The intranet’s own search and a learning platform read the data (schema.org, as JSON-LD); no browser
runs it. It says nothing that the page does not say to people, and it stands in the page as data:
`<`, `>` and `&` are written as escapes, so that no word can end the element it is in.

The feed (Atom, RFC 4287) is for the intranet’s start page and for mail programs. It needs whole
addresses: where `address` in the settings is empty, none is made. Nor is one in a copy on a stick.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from library.core.audience import Audience
from library.core.timecode import iso_duration
from publish.bundle import translation_tags
from publish.edition import Edition, ReleasedStory
from publish.render import text
from publish.render.facts import answered_chapters
from publish.render.templating import render_template

FEED_FILE = "new-stories.xml"
_MAX_ENTRIES = 30


def story_head(story: ReleasedStory, edition: Edition) -> str:
    """Return HTML for the head of a story's page: encoded, and nothing in a preview."""
    if edition.preview:
        return ""
    return render_template(
        "story_head.html", data=linked_data(story, edition), shared=_link_preview(story, edition)
    )


def linked_data(story: ReleasedStory, edition: Edition) -> dict[str, Any]:
    """Return the story as a schema.org VideoObject, with its questions as clips."""
    page = story.page
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "name": text.plain(page.title),
        "description": text.plain(page.summary) or text.plain(page.title),
        "inLanguage": "en-GB",
        "duration": iso_duration(page.duration),
        "url": _address(edition, f"{page.id}.html"),
        "uploadDate": _midnight(story.released),
        "expires": _midnight(story.review),
        "conditionsOfAccess": text.plain(story.level_of_use),
        "encodingFormat": "video/mp4",
        "contentUrl": _address(edition, f"{page.id}/film.mp4"),
        "keywords": [text.theme_words(theme) for theme in page.themes],
        "isPartOf": {"@type": "Collection", "name": text.plain(edition.library.title)},
        "publisher": {"@type": "Organization", "name": text.plain(edition.library.trust)},
        "accessibilityFeature": ["transcript"],
        "hasPart": [
            {
                "@type": "Clip",
                "name": text.plain(chapter.title),
                "startOffset": chapter.start // 1000,
                # Whole seconds, rounded down: a chapter of less than one must not end at its start.
                "endOffset": max(chapter.end // 1000, chapter.start // 1000 + 1),
                "url": _address(edition, f"{page.id}.html#t={chapter.start // 1000}"),
            }
            for _, chapter in answered_chapters(story)
        ],
    }
    if "poster.jpg" in story.files:
        data["thumbnailUrl"] = _address(edition, f"{page.id}/poster.jpg")
    if edition.audience == Audience.PUBLIC.word:
        # Only for the public: it doubles the page, and elsewhere the page and the captions’ file
        # are enough.
        data["transcript"] = _transcript(story)
    captions = _captions(story, edition)
    if captions:
        data["accessibilityFeature"] = ["captions", "transcript"]
        data["caption"] = captions
    return data


def _link_preview(story: ReleasedStory, edition: Edition) -> list[tuple[str, str]]:
    """Return what a link to the page looks like where it is shared, by Open Graph’s names.

    Only in the public’s library: a poster shows somebody’s face, and links of other audiences must
    not carry it anywhere. It needs a whole address, so nothing is made where settings name none.
    """
    if edition.audience != Audience.PUBLIC.word or not edition.library.address:
        return []
    page = story.page
    shared = [
        ("og:type", "video.other"),
        ("og:title", page.title),
        ("og:description", page.summary or page.title),
        ("og:site_name", edition.library.title),
        ("og:url", _address(edition, f"{page.id}.html")),
        ("og:locale", "en_GB"),
    ]
    if "poster.jpg" in story.files:
        shared.append(("og:image", _address(edition, f"{page.id}/poster.jpg")))
        shared.append(("og:image:alt", f"From the story “{page.title}”"))
    return shared


def _address(edition: Edition, path: str) -> str:
    """Return a whole address where settings name the library’s; else one from the story’s page."""
    return f"{edition.library.address}stories/{path}" if edition.library.address else path


def _transcript(story: ReleasedStory) -> str:
    return " ".join(
        f"{text.plain(paragraph.speaker)}: {text.plain(paragraph.text)}"
        for chapter in story.page.chapters
        for paragraph in chapter.paragraphs
    )


def _captions(story: ReleasedStory, edition: Edition) -> list[dict[str, str]]:
    tags = [("en-GB", "captions.vtt")] if "captions.vtt" in story.files else []
    tags += [(tag, f"captions.{tag}.vtt") for tag in translation_tags(story)]
    return [
        {
            "@type": "MediaObject",
            "encodingFormat": "text/vtt",
            "inLanguage": tag,
            "contentUrl": _address(edition, f"{story.page.id}/{name}"),
        }
        for tag, name in tags
        if name in story.files
    ]


def _midnight(day: date) -> str:
    """Return a day as search engines want it: with a time, and the time’s zone."""
    return f"{day.isoformat()}T00:00:00+00:00"


def has_feed(edition: Edition) -> bool:
    """Return True where the site has a feed of new stories."""
    return bool(edition.library.address) and not edition.preview and not edition.until


def feed_files(edition: Edition) -> dict[str, str]:
    """Return the feed by its path in the site, or nothing.

    The newest stories, newest first: titles, summaries and content notes, never a picture.
    """
    if not has_feed(edition):
        return {}
    stories = sorted(edition.stories, key=lambda story: story.released, reverse=True)
    updated = max((story.released for story in stories), default=edition.on)
    feed = render_template(
        "feed.xml",
        library=edition.library,
        stories=stories[:_MAX_ENTRIES],
        updated=updated,
        feed_path=FEED_FILE,
    )
    return {FEED_FILE: feed + "\n"}
