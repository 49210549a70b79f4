"""Stories that an archive may keep, as their contributors released them.

The gate is asked here, and by `require_unchanged` once more before a copy appears. What leaves is
read from the cut that was signed off, never from records or files that were edited since: a title
that was changed after the sign-off is not what the contributor released.
"""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from datetime import date

import msgspec

from capture.recording.originals import read_manifest
from films.page_text import StoryPage
from library.consent import gate
from library.consent.gate import ArchiveDecision, History
from library.consent.gate_input import history_of
from library.core import struct_file
from library.core.errors import CarerStoriesError, Damaged, NotAllowed
from library.core.files import translate_disk_errors
from library.core.workspace import StoryFolder, Workspace
from library.records.cut import Cut, CutState, inspect_cut, read_cut
from library.records.people import latest_decisions
from library.records.store import Snapshot
from library.records.story import Story
from transcribe.cue import Cue
from transcribe.formats import vtt


@dataclass(frozen=True)
class ArchivedStory:
    """A story that an archive may keep: its records, and its cut with the words of its page."""

    history: History
    """Every record; the story's own words are those of the page that was signed off."""
    folder: StoryFolder
    cut: Cut
    page: StoryPage
    includes_uncut: bool
    """The contributor said that the recording may be kept as well."""

    @property
    def id(self) -> str:
        return self.history.story.id

    @property
    def recorded_on(self) -> str:
        """The day on which the first take was brought in (ISO 8601), or "" if there is none."""
        manifest = read_manifest(self.folder)
        return manifest.takes[0].imported[:10] if manifest and manifest.takes else ""

    @property
    def people_hidden(self) -> tuple[str, ...]:
        """People of the register whom the film hides, and the recording does not."""
        return tuple(
            person.person
            for person in latest_decisions(self.history.people)
            if person.decided in ("not-identifiable", "pseudonym", "redacted")
        )

    def artefact(self, name: str) -> bytes:
        """Return the bytes of a small file of the cut. Raises NotAllowed where it was changed."""
        return _artefact(self.folder, self.cut, name)

    def captions(self) -> list[Cue]:
        """Return the captions of the film. Raises NotAllowed where they were changed, BadInput."""
        text = self.artefact(self.folder.captions.name).decode("utf-8", errors="replace")
        return vtt.read(text).cues

    def require_as_signed_off(self, sha256_by_name: dict[str, str]) -> None:
        """Raise NotAllowed unless copied files are the cut's. `sha256_by_name` is of the copies."""
        for name, sha256 in self.cut.artefacts.items():
            if sha256_by_name.get(name, sha256) != sha256:
                raise _changed(self.id, name)


def archived_story(
    workspace: Workspace, snapshot: Snapshot, story_id: str, on: date
) -> ArchivedStory:
    """Return a story that an archive may keep on the day `on`.

    Raises NotAllowed with every reason where none may, NotFound for an unknown id, Damaged.
    """
    folder = workspace.story(story_id)
    history = history_of(snapshot, story_id)
    decision = gate.decide_archive(history, inspect_cut(folder), on)
    if not decision.is_released:
        raise _refused(history, decision)
    cut = read_cut(folder.cut)
    # Made again since the gate was asked.
    if cut is None or cut.hash != history.releases[-1].cut:
        raise _changed(story_id, folder.cut.name)
    page = struct_file.decode(
        _artefact(folder, cut, folder.page.name),
        StoryPage,
        name=folder.page,
        next_step=f"Make the film again: carer-stories film {story_id}",
    )
    released_words = msgspec.structs.replace(
        history.story,
        title=page.title,
        contributor=page.contributor,
        summary=page.summary,
        content_note=page.content_note,
        themes=page.themes,
    )
    return ArchivedStory(
        history=dataclasses.replace(history, story=released_words),
        folder=folder,
        cut=cut,
        page=page,
        includes_uncut=decision.includes_uncut,
    )


def archived_stories(
    workspace: Workspace, snapshot: Snapshot, on: date
) -> tuple[list[ArchivedStory], dict[str, str]]:
    """Return every story that an archive may keep, oldest first, and why it may not the others."""
    allowed, left_out = [], {}
    for story in sorted(snapshot.all(Story), key=lambda story: (story.created, story.id)):
        history = history_of(snapshot, story.id)
        # Its films are hashed only where the records do not settle it.
        by_records = gate.decide_archive(
            history, inspect_cut(workspace.story(story.id), hashing=False), on
        )
        if not by_records.is_released:
            left_out[story.id] = " ".join(by_records.reasons)
            continue
        try:
            allowed.append(archived_story(workspace, snapshot, story.id, on))
        except CarerStoriesError as error:
            left_out[story.id] = error.what
    return allowed, left_out


def require_unchanged(snapshot: Snapshot, story: ArchivedStory, on: date) -> None:
    """Ask the gate again about what is to leave, or has just left. Raises NotAllowed.

    A withdrawal, an objection, a narrower release or a new film that came meanwhile wins.
    """
    history = history_of(snapshot, story.id)
    try:
        now = read_cut(story.folder.cut)
    except Damaged:
        now = None
    if now is None or now.hash != story.cut.hash:
        raise _changed(story.id, story.folder.cut.name)
    decision = gate.decide_archive(history, CutState(story.cut.hash), on)
    if not decision.is_released:
        raise _refused(history, decision)
    if story.includes_uncut and not decision.includes_uncut:
        raise NotAllowed(
            f"The contributor of {story.id} no longer says that its recording may be kept.",
            "Run it again: it then holds what may be kept.",
        )


def _artefact(folder: StoryFolder, cut: Cut, name: str) -> bytes:
    with translate_disk_errors(folder.root / name, "read"):
        data = (folder.root / name).read_bytes()
    if hashlib.sha256(data).hexdigest() != cut.artefacts.get(name):
        raise _changed(folder.root.name, name)
    return data


def _refused(history: History, decision: ArchiveDecision) -> NotAllowed:
    story_id = history.story.id
    return NotAllowed(
        f"{story_id} may not be handed to an archive. {' '.join(decision.reasons)}",
        f"For the contributor’s own copy: carer-stories export {story_id} --subject-access"
        if history.whole_withdrawal
        else f"See what is missing: carer-stories status {story_id}",
    )


def _changed(story_id: str, name: str) -> NotAllowed:
    return NotAllowed(
        f"{story_id} may not be handed to an archive. {name} is not as it was when the film was "
        "made.",
        f"See what is missing: carer-stories status {story_id}",
    )
