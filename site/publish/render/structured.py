"""What a story’s page says to programs: schema.org as JSON-LD, and a picture for links to it.

The intranet’s own search and a learning platform read it; a browser runs none of it. It says
nothing that the page does not say to people, and it stands in the page as data: `<`, `>` and `&`
are written as escapes, so that no word can end the element it is in.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from library.core.audience import Audience
from library.core.timecode import iso_duration
from publish.bundle import translation_tags
from publish.edition import Edition, ReleasedStory
from publish.render import text
from publish.render.facets import chapters_asked
from publish.render.parts import has_file

_ESCAPES = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}


def head_of(story: ReleasedStory, edition: Edition) -> str:
    """HTML for the page’s head: encoded, and nothing in a preview."""
    if edition.preview:
        return ""
    data = json.dumps(linked_data(story, edition), ensure_ascii=False, separators=(",", ":"))
    script = f'<script type="application/ld+json">{data.translate(_ESCAPES)}</script>'
    return script + social(story, edition)


def linked_data(story: ReleasedStory, edition: Edition) -> dict[str, Any]:
    """The story as a schema.org VideoObject, with its questions as clips."""
    page = story.page
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "VideoObject",
        "name": text.plain(page.title),
        "description": text.plain(page.summary) or text.plain(page.title),
        "inLanguage": "en-GB",
        "duration": iso_duration(page.duration),
        "url": _address(edition, f"{page.id}.html"),
        "uploadDate": _beginning(story.released),
        "expires": _beginning(story.review),
        "conditionsOfAccess": text.plain(story.level_of_use),
        "encodingFormat": "video/mp4",
        "contentUrl": _address(edition, f"{page.id}/film.mp4"),
        "keywords": [text.theme_words(theme) for theme in page.themes],
        "isPartOf": {"@type": "Collection", "name": text.plain(edition.library.title)},
        "publisher": {"@type": "Organization", "name": text.plain(edition.library.trust)},
        "accessibilityFeature": ["captions", "transcript"],
        "hasPart": [
            {
                "@type": "Clip",
                "name": text.plain(chapter.title),
                "startOffset": chapter.start // 1000,
                "endOffset": max(chapter.end // 1000, chapter.start // 1000 + 1),
                "url": _address(edition, f"{page.id}.html#t={chapter.start // 1000}"),
            }
            for _, chapter in chapters_asked(story)
        ],
    }
    if has_file(story, "poster.jpg"):
        data["thumbnailUrl"] = _address(edition, f"{page.id}/poster.jpg")
    if edition.audience == Audience.PUBLIC.word:
        # It doubles the page. In the house the words are on the page and in the captions’ file.
        data["transcript"] = _transcript(story)
    captions = _captions(story, edition)
    if captions:
        data["caption"] = captions
    return data


def social(story: ReleasedStory, edition: Edition) -> str:
    """What a link to the page looks like where people share it: only in the public’s library.

    A poster shows somebody’s face; other audiences’ links shall not carry it anywhere. It needs a
    whole address, so nothing is made where settings name none.
    """
    if edition.audience != Audience.PUBLIC.word or not edition.library.address:
        return ""
    page = story.page
    facts = [
        ("og:type", "video.other"),
        ("og:title", page.title),
        ("og:description", page.summary),
        ("og:site_name", edition.library.title),
        ("og:url", _address(edition, f"{page.id}.html")),
        ("og:locale", "en_GB"),
    ]
    if has_file(story, "poster.jpg"):
        facts.append(("og:image", _address(edition, f"{page.id}/poster.jpg")))
        facts.append(("og:image:alt", f"From the story “{page.title}”"))
    return "".join(
        f'<meta property="{name}" content="{text.attribute(words)}">'
        for name, words in facts
        if words
    )


def _address(edition: Edition, path: str) -> str:
    """Whole where settings say where the library stands; else from the story’s page."""
    return f"{edition.library.address}stories/{path}" if edition.library.address else path


def _transcript(story: ReleasedStory) -> str:
    return " ".join(
        f"{text.plain(paragraph.speaker)}: {text.plain(paragraph.text)}"
        for chapter in story.page.chapters
        for paragraph in chapter.paragraphs
    )


def _captions(story: ReleasedStory, edition: Edition) -> list[dict[str, str]]:
    tags = [("en-GB", "captions.vtt")] if has_file(story, "captions.vtt") else []
    tags += [(tag, f"captions.{tag}.vtt") for tag in translation_tags(story)]
    return [
        {
            "@type": "MediaObject",
            "encodingFormat": "text/vtt",
            "inLanguage": tag,
            "contentUrl": _address(edition, f"{story.page.id}/{name}"),
        }
        for tag, name in tags
        if has_file(story, name)
    ]


def _beginning(day: date) -> str:
    """A day as who reads it wants it: with a time, and the time’s zone."""
    return f"{day.isoformat()}T00:00:00+00:00"
