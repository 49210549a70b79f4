"""Records of agreements, releases, approvals and withdrawals, which are only ever added.

Two agreements (Oral History Society; Patient Voices): a participation agreement before recording,
and a release after the contributor has viewed the cut in the form in which it will be shown.
A change of mind is a new record; nothing here is altered or removed.
"""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

import msgspec

from library.core.audience import Audience, AudienceWord

ROLES = ("carer-volunteer", "editor", "facilitator", "manager", "contributor", "relative")
"""Roles of people in records and log: never a name."""
WITNESSES = tuple(role for role in ROLES if role != "contributor")
"""Roles that may witness a signature: anybody but themselves."""

NameShown = Literal["full", "first", "chosen", "none"]
PictureShown = Literal["shown", "blurred", "voice-only"]
VoiceHeard = Literal["own", "disguised"]
ContactWay = Literal["kept", "on-paper", "none-wanted"]
"""Place of a contributor's contact: kept apart, on the signed form, or nowhere, as they wish."""
Described = Literal["not-needed", "in-words"]
"""Audio description, judged: nothing that matters is only seen, or the page's words tell it."""
ArchiveWord = Literal["no", "as-shown", "uncut"]
ARCHIVE_WORDS: tuple[ArchiveWord, ...] = get_args(ArchiveWord)
ARCHIVE_MEANINGS: dict[ArchiveWord, str] = {
    "no": "not kept in an archive",
    "as-shown": "kept in an archive, as it is shown",
    "uncut": "kept in an archive, with the recording that was not cut",
}
"""Permission for an archive to keep a story, apart from the audiences."""
Scope = Literal["all", "trust", "partners", "public", "archive"]
"""Scope of a withdrawal: everything, showing it to this audience and every wider one, or keeping it
in an archive."""


def scope_in_words(scope: str) -> str:
    """Return what a withdrawal takes back."""
    if scope == "all":
        return "everything"
    if scope == "archive":
        return "keeping it in an archive"
    return f"showing it to “{scope}” and wider"


class StoryRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of every record about one story."""

    id: str
    story: str
    recorded: str
    """Time this record was written: UTC, ISO 8601 with seconds."""


class Agreement(StoryRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The participation agreement, taken before anything is recorded."""

    on: date
    taken_by: str
    """A role, never a name."""
    form_version: str
    independent: bool
    """Taken by someone outside the relative's care."""
    capacity_considered: bool
    form_sha256: str = ""
    recognise_after_erasure: bool = False
    """Permission to keep a fingerprint of the recording once it is erased, so that it is known if
    it is brought in again. Agreements of earlier versions did not ask, which means no."""
    form_code: str = ""
    """Code of the words that were read on the page (`library.forms.html_page.FormPage.code`), which
    are kept under it (`library.forms.agreed_forms`); empty for a form that was signed on paper."""
    language: str = ""
    """BCP 47 tag of those words; empty where it was not noted."""
    contact: ContactWay | Literal[""] = ""
    """Agreements of earlier versions did not ask."""
    record: Literal["picture-and-voice", "voice", ""] = ""
    """Media that may be recorded; empty where nobody asked, as earlier versions did not."""


class Release(StoryRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contributor's sign-off of the cut they viewed."""

    cut: str
    """Hash of the cut that was viewed (`library.records.cut.Cut.hash`)."""
    viewed: date
    audience: AudienceWord
    review: date
    """From this day on the gate says no by itself."""
    witness: str
    """A role, never a name."""
    form_version: str
    name: NameShown = "chosen"
    picture: PictureShown = "shown"
    voice: VoiceHeard = "own"
    archive: ArchiveWord = "no"
    """Permission for an archive. Releases of earlier versions did not ask, which means no."""
    form_sha256: str = ""


class Approval(StoryRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The editor's approval of the same cut."""

    cut: str
    audience: AudienceWord
    """The widest it was approved for: who may recognise somebody depends on who sees it."""
    on: date
    role: str
    checked: tuple[str, ...] = ()
    """The checklist's items, each confirmed."""
    description: Described = "not-needed"
    people: dict[str, str] = {}
    """Decision about each person of the register at that time: another decision is another look."""
    rests_on: tuple[str, ...] | None = None
    """Ids of the decisions that it was made on (`library.consent.decided_since`). None in approvals
    of earlier versions: there the times of the records tell."""


class Withdrawal(StoryRecord, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Effective at once and for good, whatever else is recorded."""

    on: date
    asked_by: str
    """A role: contributor, editor, relative."""
    scope: Scope = "all"

    @property
    def is_whole(self) -> bool:
        """True where the whole story is withdrawn and may not be worked on or shown."""
        return self.scope == "all"

    def covers(self, audience: Audience) -> bool:
        """Return True where showing to `audience` is withdrawn."""
        if self.scope == "archive":
            return False
        return self.is_whole or audience >= Audience.from_word(self.scope)

    @property
    def in_words(self) -> str:
        """Return what is taken back: “showing it to “public” and wider”."""
        return scope_in_words(self.scope)
