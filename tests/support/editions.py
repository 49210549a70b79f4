"""Editions for the tests: records in one line each, and a real one on disk with real media."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from films.page_text import PageChapter, PageParagraph, StoryPage
from library.core.files import sha256_of
from library.core.workspace import Workspace
from publish.edition import Edition, LibraryWords, ReleasedStory, SupportLine

VIDEO, HEARD = "cs-4k7m2q", "cs-9tz3wd"
"""A film, and one that is heard and not seen."""
FILM_MS = 12_000
CAPTIONS = """WEBVTT

1
00:00:00.500 --> 00:00:03.500
Interviewer: What happened
when you first asked for help?

2
00:00:04.000 --> 00:00:07.500
I rang the ward every day.
I asked &lt;twice&gt; &amp; waited.

3
00:00:08.000 --> 00:00:11.500
What would you like staff to know?
You can always listen.
"""


def chapters() -> tuple[PageChapter, ...]:
    return (
        PageChapter(
            id="first-contact",
            title="What happened when you first asked for help?",
            start=0,
            end=8_000,
            paragraphs=(
                PageParagraph(start=500, end=3_500, speaker="Interviewer", text="What happened?"),
                PageParagraph(
                    start=4_000, end=7_500, speaker="Ruth", text="I rang the ward. " * 20
                ),
            ),
            reflection=("What could the first person have said in two minutes?",),
            content_note="Describes a crisis.",
        ),
        PageChapter(
            id="staff",
            title="What would you like staff to know?",
            start=8_000,
            end=12_000,
            paragraphs=(
                PageParagraph(
                    start=8_000, end=9_400, speaker="Interviewer", text="What would you?"
                ),
                PageParagraph(
                    start=9_500, end=11_500, speaker="Ruth", text="You can always listen."
                ),
            ),
            reflection=("Which part will you try?", "What makes it hard to do?"),
        ),
    )


def story_page(story_id: str, **changes: object) -> StoryPage:
    page = StoryPage(
        id=story_id,
        title="Nobody would talk to me",
        contributor="Ruth",
        summary="Ruth’s son was admitted for the first time. She wanted to say what she knew.",
        content_note="Describes a frightening night.",
        themes=("first-contact", "confidentiality"),
        question_set="Confidentiality and being heard",
        duration=FILM_MS,
        chapters=chapters(),
        width=320,
        height=180,
    )
    return msgspec.structs.replace(page, **changes)


def library_words(**changes: object) -> LibraryWords:
    words = LibraryWords(
        title="Carer Stories",
        trust="Larchfield NHS Foundation Trust",
        contact="Ask the carers’ lead on extension 4021.",
        support=(
            SupportLine(
                name="Staff support", contact="ext. 4400", when="Weekdays", checked=date(2026, 3, 1)
            ),
        ),
    )
    return msgspec.structs.replace(words, **changes)


def released(page: StoryPage, files: dict[str, str], **changes: object) -> ReleasedStory:
    story = ReleasedStory(
        page=page,
        cut="0" * 64,
        level_of_use="For all staff of this trust",
        released=date(2026, 3, 3),
        review=date(2028, 3, 3),
        files=files,
    )
    return msgspec.structs.replace(story, **changes)


def edition_of(*stories: ReleasedStory, library: LibraryWords | None = None) -> Edition:
    return Edition(
        audience="trust",
        on=date(2026, 3, 4),
        library=library or library_words(),
        stories=stories,
    )


def lay_edition(workspace: Workspace, media: Path, *pages: StoryPage, **library: object) -> Edition:
    """Write `interviews/edition/` with the media under each page's id."""
    stories = []
    for page in pages:
        folder = workspace.edition / "stories" / page.id
        folder.mkdir(parents=True, exist_ok=True)
        names = ["film.mp4", "poster.jpg", "captions.vtt"]
        is_heard_only = page.id == HEARD
        for name in [*names, "audio.m4a"] if is_heard_only else names:
            shutil.copyfile(media / name, folder / name)
        files = {path.name: sha256_of(path) for path in sorted(folder.iterdir())}
        appearance = {"picture": "voice-only", "voice": "disguised"} if is_heard_only else {}
        stories.append(released(page, files, **appearance))
    edition = edition_of(*stories, library=library_words(**library))
    workspace.edition.mkdir(exist_ok=True)
    (workspace.edition / "edition.json").write_bytes(msgspec.json.encode(edition))
    return edition


@dataclass(frozen=True)
class BuiltSite:
    workspace: Workspace
    http: str
    """Address of the site over http, ending in a slash."""

    @property
    def file(self) -> str:
        return self.workspace.public.as_uri() + "/"
