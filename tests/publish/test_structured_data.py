"""Data for programs in the pages: structured data, the feed, and the look of a shared link."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import feedparser
import msgspec
import pytest

from library.core.errors import BadInput
from library.core.settings import load_settings
from library.core.workspace import Workspace
from publish.build import build_site
from publish.edition import Edition, Preview
from publish.render.metadata import FEED_FILE, feed_files, linked_data, story_head
from publish.render.pages import render
from tests.support.editions import (
    HEARD,
    VIDEO,
    chapters,
    edition_of,
    lay_edition,
    library_words,
    story_page,
)
from tests.support.editions import released as released_story

FILES = {"film.mp4": "0" * 64, "poster.jpg": "1" * 64, "captions.vtt": "2" * 64}
PLACE = "https://intranet.example/carer-stories/"
HOSTILE = "</script><script>alert(1)</script>&<!-- ]]> \u2028 “quoted”"


def _edition(audience: str = "trust", address: str = PLACE, **page: object) -> Edition:
    story = released_story(story_page(VIDEO, **page), FILES)
    edition = edition_of(story, library=library_words(address=address))
    return msgspec.structs.replace(edition, audience=audience)


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_captions_in_other_languages_are_named_as_the_files_are() -> None:
    story = released_story(story_page(VIDEO), {**FILES, "captions.pl.vtt": "3" * 64})
    edition = edition_of(story, library=library_words(address=PLACE))
    named = {
        caption["inLanguage"]: caption["contentUrl"]
        for caption in linked_data(story, edition)["caption"]
    }
    caption_files = {"en-GB": "captions.vtt", "pl": "captions.pl.vtt"}
    assert named == {tag: f"{PLACE}stories/{VIDEO}/{name}" for tag, name in caption_files.items()}


def test_only_captions_that_are_there_are_named() -> None:
    story = released_story(story_page(VIDEO), {"film.mp4": "0" * 64})
    data = linked_data(story, edition_of(story))
    assert data["accessibilityFeature"] == ["transcript"]
    assert "caption" not in data
    with_captions = _edition()
    data = linked_data(with_captions.stories[0], with_captions)
    assert data["accessibilityFeature"] == ["captions", "transcript"]


def test_a_link_to_a_story_without_a_summary_is_described_by_its_title() -> None:
    edition = _edition("public", summary="")
    head = _Tags(story_head(edition.stories[0], edition))
    described = [tag["content"] for _, tag in head.tags if tag.get("property") == "og:description"]
    assert described == [edition.stories[0].page.title]


def test_a_story_is_a_video_with_its_transcript_and_questions_as_clips() -> None:
    edition = _edition("public")
    data = linked_data(edition.stories[0], edition)
    assert data["@type"] == "VideoObject"
    assert data["duration"] == "PT0M12S"
    assert "Ruth: You can always listen." in data["transcript"]
    assert [clip["startOffset"] for clip in data["hasPart"]] == [0, 8]
    assert data["hasPart"][1]["url"] == f"{PLACE}stories/{VIDEO}.html#t=8"
    assert data["thumbnailUrl"] == f"{PLACE}stories/{VIDEO}/poster.jpg"
    inside = _edition()
    story_data = linked_data(inside.stories[0], inside)
    assert "transcript" not in story_data  # it is on the page, which it would double
    assert story_data["caption"][0]["contentUrl"].endswith(f"{VIDEO}/captions.vtt")
    translated = _edition()
    (story,) = translated.stories
    story = msgspec.structs.replace(story, files={**story.files, "captions.pl.vtt": "3" * 64})
    polish = linked_data(story, translated)["caption"][1]
    assert (polish["inLanguage"], polish["contentUrl"].rpartition("/")[2]) == (
        "pl",
        "captions.pl.vtt",
    )


def test_what_search_engines_ask_of_a_video_is_there(workspace: Workspace, media: Path) -> None:
    """As Google lists it (video and clip structured data), read from a built page."""
    brief = msgspec.structs.replace(chapters()[1], end=8_400)
    lay_edition(workspace, media, story_page(VIDEO, chapters=(chapters()[0], brief)), address=PLACE)
    build_site(workspace)
    html = (workspace.public / f"stories/{VIDEO}.html").read_text("utf-8")
    inside = re.search(r'<script type="application/ld\+json">(.*?)</script>', html)
    assert inside
    data = json.loads(inside[1])
    assert data["@context"] == "https://schema.org"
    assert data["name"]
    assert data["description"]
    for name in ("uploadDate", "expires"):
        assert datetime.fromisoformat(data[name]).tzinfo is not None, name
    length = re.fullmatch(r"PT(\d+)M(\d+)S", data["duration"])
    assert length
    for url in (data["url"], data["contentUrl"], data["thumbnailUrl"]):
        assert (workspace.public / url.removeprefix(PLACE)).is_file(), url
    clips = data["hasPart"]
    clip_starts = [clip["startOffset"] for clip in clips]
    assert clip_starts == sorted(set(clip_starts))
    for clip in clips:
        assert clip["@type"] == "Clip"
        assert clip["name"]
        assert clip["startOffset"] < clip["endOffset"] <= int(length[1]) * 60 + int(length[2])
        assert clip["url"] == f"{data['url']}#t={clip['startOffset']}"


def test_no_word_ends_the_element_it_stands_in() -> None:
    edition = _edition("public", title=HOSTILE, summary=HOSTILE, themes=(HOSTILE,))
    head = story_head(edition.stories[0], edition)
    assert [tag for tag, _ in _Tags(head).tags if tag != "meta"] == ["script"]
    inside = re.search(r'<script type="application/ld\+json">(.*?)</script>', head)
    assert inside
    data = json.loads(inside[1])
    assert "alert(1)" in data["name"]
    assert "<" not in inside[1]


@pytest.mark.parametrize(
    ("audience", "address", "shared"),
    [("public", PLACE, True), ("public", "", False), ("partners", PLACE, False)],
)
def test_a_shared_link_has_a_picture_only_for_the_public(
    audience: str, address: str, shared: bool
) -> None:
    edition = _edition(audience, address)
    head = story_head(edition.stories[0], edition)
    images = [a["content"] for _, a in _Tags(head).tags if a.get("property") == "og:image"]
    assert images == ([f"{PLACE}stories/{VIDEO}/poster.jpg"] if shared else [])
    assert ("og:" in head) is shared


def test_a_preview_tells_programs_nothing() -> None:
    preview = msgspec.structs.replace(_edition(), preview=Preview(cut="0" * 64))
    told = [tag for page in render(preview).values() for tag in _Tags(page.head).tags]
    assert all(name == "link" and to["rel"] == "stylesheet" for name, to in told), told
    assert feed_files(preview) == {}


def test_the_feed_is_atom_and_holds_the_newest_stories() -> None:
    edition = _edition(title=HOSTILE)
    later = released_story(story_page(HEARD), FILES, released=date(2026, 4, 1))
    edition = msgspec.structs.replace(edition, stories=(*edition.stories, later))
    words = feed_files(edition)[FEED_FILE]
    read = feedparser.parse(words)
    assert not read.bozo, read.get("bozo_exception")
    assert read.version == "atom10"
    assert read.feed.id == PLACE
    assert read.feed.updated == "2026-04-01T00:00:00Z"
    first, second = read.entries
    assert first.link == f"{PLACE}stories/{HEARD}.html"
    assert "alert(1)" in second.title
    assert "Content note: Describes a frightening night." in first.summary
    atom = "{http://www.w3.org/2005/Atom}"
    root = ElementTree.fromstring(words)  # noqa: S314 - our own
    for part in (root, *root.iter(f"{atom}entry")):
        for name in ("id", "title", "updated"):
            elements = part.findall(f"{atom}{name}")
            assert len(elements) == 1, name
            assert elements[0].text, name
    assert root.find(f"{atom}author/{atom}name") is not None
    assert feed_files(_edition(address="")) == {}


def test_without_an_address_the_site_has_no_feed(workspace: Workspace, media: Path) -> None:
    lay_edition(workspace, media, story_page(VIDEO))
    build_site(workspace)
    assert not (workspace.public / FEED_FILE).exists()
    assert "new-stories" not in (workspace.public / "index.html").read_text("utf-8")
    lay_edition(workspace, media, story_page(VIDEO), address=PLACE)
    build_site(workspace)
    assert VIDEO in (workspace.public / FEED_FILE).read_text("utf-8")
    assert "New stories as a feed" in (workspace.public / "about.html").read_text("utf-8")
    assert "application/ld+json" in (workspace.public / f"stories/{VIDEO}.html").read_text("utf-8")


@pytest.mark.parametrize(
    "address", ["intranet/stories/", "https://x.example/a", "javascript:alert(1)/", "https:///x/"]
)
def test_an_address_that_is_none_is_refused(workspace: Workspace, address: str) -> None:
    workspace.settings.write_text(f"address: {address!r}\n", encoding="utf-8")
    with pytest.raises(BadInput, match="address"):
        load_settings(workspace)
    workspace.settings.write_text(f"address: {PLACE}\n", encoding="utf-8")
    assert load_settings(workspace).address == PLACE
