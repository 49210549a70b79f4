"""Copies handed out: what left the house, who answers for it, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Literal, get_args

import msgspec

from library.core.audience import AudienceWord

Medium = Literal["stick", "download", "server", "paper", "preview", "archive", "other"]
MEDIA: tuple[str, ...] = get_args(Medium)
CopyForm = Literal["", "scorm", "scorm-thin", "slides", "word"]
"""Form in which another system takes it; none for anything that is opened as it is."""
FORMS_IN_WORDS: dict[CopyForm, str] = {
    "scorm": "whole SCORM package",
    "scorm-thin": "thin SCORM package",
    "slides": "slides",
    "word": "Word documents",
}
CopyOutcome = Literal["returned", "destroyed", "replaced", "lost"]
COPY_OUTCOMES: tuple[str, ...] = get_args(CopyOutcome)


class Copy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A copy of one or many stories, outside the library's own site."""

    id: str
    recorded: str
    """Time this record was written: UTC, ISO 8601 with seconds."""
    stories: tuple[str, ...]
    medium: Medium
    audience: AudienceWord
    to: str
    """Recipient who answers for it: an organisation, team or role, and how to reach them."""
    on: date
    cuts: dict[str, str] = {}
    """Story → hash of the cut that is on it; of a copy for an archive or another system."""
    uncut: tuple[str, ...] = ()
    """Of a copy for an archive: stories of which it holds the recording as well."""
    place: str = ""
    """Folder or file, of a copy that the program wrote: it tells which one to ask for."""
    form: CopyForm = ""
    until: date | None = None
    """First day on which an agreement in it is looked at again: it shows nothing from then on."""
    plan: str = ""
    """Training session that it is of, where it is of one."""
    replaces: str = ""
    """Copy whose place it is made to take, at whoever has that."""
    titles: dict[str, str] = {}
    """Story → title that stands on it. None where that is not known, or the story was erased."""

    def of_story(self, story_id: str) -> Copy:
        """Return it as if it held this story alone: the others are nobody’s to know of."""
        return msgspec.structs.replace(
            self,
            stories=(story_id,),
            cuts={key: cut for key, cut in self.cuts.items() if key == story_id},
            uncut=tuple(key for key in self.uncut if key == story_id),
            titles={key: title for key, title in self.titles.items() if key == story_id},
            # The day and the session are those of all its stories.
            until=self.until if len(self.stories) == 1 else None,
            plan="",
        )

    def without_title(self, story_id: str) -> Copy:
        """Return it without the title of this story, which is a word of it."""
        titles = {key: title for key, title in self.titles.items() if key != story_id}
        return msgspec.structs.replace(self, titles=titles)

    def outlives(self, review: date | None) -> bool:
        """Return True where it goes on by itself after a day on which a story is looked at again.

        One that fetches its film from the trust’s server learns of the new day there.
        """
        if self.form == "scorm-thin" or self.until is None or review is None:
            return False
        return review < self.until

    @property
    def is_session_file(self) -> bool:
        """Return True for a session that was delivered as a file with all that it shows."""
        return bool(self.plan and self.form) and self.form != "scorm-thin"

    @property
    def kind(self) -> str:
        """Name of its form, or of the way on which it left the house."""
        return FORMS_IN_WORDS.get(self.form, self.medium)

    @property
    def whereabouts(self) -> str:
        """The person who answers for it and, if it is known, the place where it was written."""
        return f"{self.to}, {self.place}" if self.place else self.to


class CopySettled(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The outcome of a copy. A lost one stays on the list of what cannot be recalled."""

    id: str
    recorded: str
    copy: str
    outcome: CopyOutcome
    on: date
    role: str


def course_path(story_id: str) -> str:
    """Return the path in the site of the page that a thin package of a story shows."""
    return f"embed/{story_id}/course.html"


def session_path(plan_id: str) -> str:
    """Return the path in the site of the page that a thin package of a session shows: a folder."""
    return f"embed/sessions/{plan_id}/"


def is_copy_number(text: str) -> bool:
    """Return True for what looks like the number of a copy in the register."""
    return re.fullmatch(r"cp-[a-z0-9]{6}", text, re.ASCII) is not None


def open_copies(
    copies: Iterable[Copy], settled: Iterable[CopySettled], story: str | None = None
) -> tuple[Copy, ...]:
    """Copies that are still out there, of one story or of all."""
    done = {outcome.copy for outcome in settled if outcome.outcome != "lost"}
    return tuple(
        copy for copy in copies if copy.id not in done and (story is None or story in copy.stories)
    )
