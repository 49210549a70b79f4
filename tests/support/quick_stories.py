"""Stories made quickly for tests of permissions, editions and pages: records real, media tiny.

What the gate, the edition and the pages do with a cut never depends on what is in its media, so a
few bytes stand for a film here; the tests of films and of the whole road use real ones.
"""

from __future__ import annotations

from datetime import date

import msgspec

from films.page_text import PageChapter, PageParagraph, StoryPage
from library.consent.decisions import (
    record_agreement,
    record_approval,
    record_release,
    require_signable_cut,
)
from library.consent.register import complete_register
from library.consent.stories import start_story
from library.core import clock
from library.core.files import sha256_of
from library.core.workspace import Workspace
from library.records.consent import ArchiveWord
from library.records.cut import Cut

AGREED = ("--taken-by", "carer-volunteer", "--independent", "--capacity-considered", "--yes")
"""Options of `consent record` with which it asks nothing."""

CAPTIONS = "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.000\n<v Ruth>Nobody asked {title}.\n"
CHAPTERS = "WEBVTT\n\n1\n00:00:00.000 --> 00:00:01.000\nA question\n"
ARTEFACTS = (
    "audio.m4a",
    "captions.vtt",
    "chapters.vtt",
    "film.mp4",
    "page.json",
    "poster.jpg",
)


def agree_to(workspace: Workspace, story: str, record: str) -> None:
    """Record another agreement of a story, to these media; "" is one of an earlier version."""
    record_agreement(
        workspace,
        story,
        on=clock.today(),
        taken_by="carer-volunteer",
        form_version="3",
        independent=True,
        capacity_considered=True,
        record=record,  # type: ignore[arg-type]  # one of three words
    )


def filmed(workspace: Workspace, title: str = "A story") -> str:
    """A story with an agreement and a cut. The edition copies bytes, so any bytes will do."""
    story = start_story(workspace, title=title, questions="being-heard")
    record_agreement(
        workspace,
        story.id,
        on=clock.today(),
        taken_by="editor",
        form_version="1",
        independent=True,
        capacity_considered=True,
    )
    complete_register(workspace, story.id, role="editor")
    remake_cut(workspace, story.id, title)
    return story.id


def remake_cut(workspace: Workspace, story_id: str, title: str) -> None:
    folder = workspace.story(story_id)
    folder.root.mkdir(parents=True, exist_ok=True)
    page = StoryPage(
        id=story_id,
        title=title,
        contributor="",
        summary="",
        content_note="",
        themes=(),
        question_set="Being heard",
        duration=1000,
        chapters=(
            PageChapter(
                id="beginning",
                title="A question",
                start=0,
                end=1000,
                paragraphs=(
                    PageParagraph(start=0, end=1000, speaker="Ruth", text=f"Nobody asked {title}."),
                ),
            ),
        ),
    )
    for name in ARTEFACTS:
        (folder.root / name).write_bytes(f"{name} of {title}".encode())
    folder.captions.write_text(CAPTIONS.format(title=title))
    folder.chapters.write_text(CHAPTERS)
    folder.page.write_bytes(msgspec.json.encode(page))
    cut = Cut(story=story_id, artefacts={n: sha256_of(folder.root / n) for n in ARTEFACTS})
    folder.cut.write_bytes(msgspec.json.encode(cut))


def sign_off(
    workspace: Workspace,
    story_id: str,
    audience: str = "trust",
    archive: ArchiveWord = "no",
    review: date | None = None,
) -> None:
    record_release(
        workspace,
        story_id,
        expected=require_signable_cut(workspace, story_id),
        audience=audience,
        archive=archive,
        review=review,
        viewed=clock.today(),
        witness="carer-volunteer",
        form_version="1",
    )


def approve(workspace: Workspace, story_id: str) -> None:
    cut = require_signable_cut(workspace, story_id)
    record_approval(workspace, story_id, expected=cut, role="editor", checked=("watched",))


def released(workspace: Workspace, title: str = "A story", *, archive: ArchiveWord = "no") -> str:
    story_id = filmed(workspace, title)
    sign_off(workspace, story_id, archive=archive)
    approve(workspace, story_id)
    return story_id
