"""The demonstration’s stories as `interviews/demo/*.yml` tells them. All of them are invented."""

from __future__ import annotations

import msgspec

from library.core.errors import Damaged, NotFound
from library.core.field_errors import read_yaml
from library.core.workspace import Workspace
from library.records.consent import PictureShown, VoiceHeard


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """One turn of the true script."""

    speaker: str
    text: str
    question: str = ""


class Media(msgspec.Struct, frozen=True, kw_only=True):
    file: str
    kind: str


class DemoPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in the story, for the register."""

    relation: str
    told: str
    decided: str


class HiddenName(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A name that its owner asked not to have heard."""

    name: str
    shown: str


class Edit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place of the editor’s text, and what the editor makes of it: a cut, or a redaction."""

    said: str
    marked: str


class Chosen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A moment that the editors chose for a theme’s page and the handout."""

    theme: str
    words: str


class Shown(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the contributor chose to be seen and heard."""

    picture: PictureShown = "shown"
    voice: VoiceHeard = "own"


class DemoStory(msgspec.Struct, frozen=True, kw_only=True):
    """One invented story of `interviews/demo/*.yml`; fields it does not need are ignored."""

    slug: str
    title: str
    summary: str
    question_set: str
    contributor: str
    themes: tuple[str, ...]
    media: Media
    released: bool
    audience: str = "trust"
    content_note: str | None = None
    people: tuple[DemoPerson, ...] = ()
    hidden: tuple[HiddenName, ...] = ()
    edits: tuple[Edit, ...] = ()
    film: Shown = Shown()
    chosen: tuple[Chosen, ...] = ()
    reference: tuple[Turn, ...]


def demo_stories(source: Workspace) -> list[DemoStory]:
    """The demonstration's stories in the order they are told. Raises NotFound where none lie."""
    found = [
        read_yaml(path, DemoStory, shown_as=f"interviews/demo/{path.name}")
        for path in sorted(source.demo.glob("*.yml"))
    ]
    if not found:
        raise NotFound("This installation has no demonstration.", "Install carer-stories again.")
    return sorted(found, key=lambda story: (not story.released, story.slug))


def editors_text(story: DemoStory) -> str:
    """The transcript as an editor would leave it: the true script, with its cuts and redactions.

    Raises Damaged where a place to mark is not said, or said twice.
    """
    parts: list[str] = []
    for turn in story.reference:
        if turn.question:
            parts.append(f"## {turn.text}")
        speaker = "Interviewer" if turn.speaker == "interviewer" else story.contributor
        parts.append(f"{speaker}: {turn.text}")
    text = "\n\n".join(parts) + "\n"
    for one in story.edits:
        if text.count(one.said) != 1:
            raise Damaged(
                f"The demonstration’s story {story.slug} does not say “{one.said}” once.",
                "Install carer-stories again.",
            )
        text = text.replace(one.said, one.marked)
    return text
