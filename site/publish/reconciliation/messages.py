"""Messages to whoever has a copy of a story that may not be shown: one for each copy, to be sent.

    receipts/message-cs-4k7m2q-cp-8fk2hd.txt

Each says what the copy is, what is asked, and whom to ask; nobody who told the story, took it back
or objected. It names the story by its id and by the title that stands on that copy, which whoever
has it knows already: not of an erased story, and none that holds what must be hidden by now.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from library.consent.copies import is_on_site
from library.consent.safeguarding import all_holds
from library.core.days import day_in_words
from library.core.errors import CarerStoriesError
from library.core.files import make_folder, translate_disk_errors, write_atomic
from library.core.settings import Settings, load_settings
from library.core.workspace import Workspace
from library.records.copies import Copy
from library.records.hidden_terms import HiddenTerm
from library.records.withdrawal_notes import read_erasure
from publish.leaks.needles import Needles
from publish.render.text import plain
from transcribe.redaction.hidden_words import hidden_terms


class CauseKind(enum.StrEnum):
    """The kinds of causes for which a copy is asked for."""

    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    NEW_FILM = "new film"
    SOONER = "sooner"
    """It may be shown, though not as long as the copy goes on by itself."""
    OTHER = "other"
    """An objection, a narrower sign-off, a file that was changed: nothing that a message says."""


@dataclass(frozen=True)
class Cause:
    """The cause for which a story on a copy may not be shown any more, and since when."""

    kind: CauseKind
    since: date
    """For a sooner day of review that day itself."""

    @property
    def mark(self) -> str:
        """The words by which it is known that the editor was told of it."""
        return f"{self.kind} {self.since}" if self.kind is CauseKind.SOONER else self.kind.value


_EVERY_COPY = "Delete every copy that was made of it: downloads, backups of the course, paper."
_SHOWS_THE_OTHERS = (
    "You need do nothing in your learning system: the package shows nothing of this story any more "
    "by itself, and goes on with the others. Where somebody made a copy of what it showed, please "
    "delete that, and tell us."
)
_SHOWS_NOTHING = (
    "For now the package shows nothing at all, of the others in it neither: whoever opens it reads "
    "that it was taken away, and cannot complete it. Please hide the course in your learning "
    "system until we write to you again, so that nobody is held to have missed it. Where somebody "
    "made a copy of what it showed, please delete that, and tell us."
)
_ENDS = (
    "The package stops by itself on that day, and goes on if that is agreed to again. Please see "
    "that whoever is to complete it does so before, and tell us where that cannot be. There is "
    "nothing to delete."
)
_WAITS = (
    "The package shows nothing until that is agreed to, and then shows the new one by itself. "
    "Until then whoever opens it reads that it was taken away, and cannot complete it: please hide "
    "the course in your learning system, or give learners longer, so that nobody is held to have "
    "missed it. There is nothing to delete."
)
_GIVE_BACK = "Do not show it any more, and give it back to us before you delete anything of it."
_UNTIL_REPLACED = (
    "Do not show it any more. Ask us for what is to take its place, and delete this one once you "
    "have that."
)
_GIVE_BACK_BY_THEN = "Give it back to us by that day, before you delete anything of it."
_HIDE_BY_THEN = (
    "Hide the course in your learning system on that day at the latest: the package does not stop "
    "by itself."
)
_REPLACE_BY_THEN = (
    "Ask us for what is to take its place. Once you have that, delete this one and every copy that "
    "was made of it, on that day at the latest."
)
_NO_REASON = "We give no reason, and ask you not to look for one."
_HIDE = "Hide the course in your learning system, so that nobody opens it any more."
_TO_DO: dict[str, str] = {
    "scorm": (
        f"{_HIDE} Then delete the package there, and the file itself. What staff completed stays "
        "with you: nothing of the story is in it."
    ),
    "scorm-thin": (
        "The package shows nothing of the story any more by itself. Please delete the course in "
        "your learning system all the same, and the file itself."
    ),
    "slides": "Delete the file, and do not show it any more.",
    "word": "Delete the files, and destroy what was printed of them.",
    "stick": "Give the stick back to us, or erase it.",
    "download": "Delete the file.",
    "server": "Take it off the server, and out of whatever stands before it and keeps pages.",
    "paper": "Give the paper back to us, or destroy it.",
    "preview": "Delete the preview, or give it back to us.",
    "archive": "Take it out of the archive, as was agreed when it was given to you.",
    "other": "Delete it, destroy it, or give it back to us.",
}
"""Request that comes first, by the form of a copy, or by its medium."""


class MessageWriter:
    """Writes messages about copies of one library, for its owner alone."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def write(self, story_id: str, cause: Cause, copy: Copy, *, has_others: bool) -> Path:
        """Write the message about one story on a copy; a later one replaces it.

        `has_others` says that other stories on it may still be shown; what a thin package shows is
        asked of the site as it is. Raises NoRoom, DiskFailed.
        """
        path = self._workspace.receipts / f"message-{story_id}-{copy.id}.txt"
        with translate_disk_errors(self._workspace.receipts):
            make_folder(self._workspace.receipts)
        title = self._title_to_say(story_id, copy)
        message = _Message(
            self._settings,
            story_id,
            title,
            cause,
            copy,
            is_kept=story_id in self._must_be_kept,
            has_others=has_others,
            is_on_site=is_on_site(self._workspace, copy),
        )
        text = "\n".join(message.lines()) + "\n"
        write_atomic(path, text.encode())
        return path

    def _title_to_say(self, story_id: str, copy: Copy) -> str:
        """Return the title that stands on the copy; empty where it is not to be said."""
        title = plain(copy.titles.get(story_id, ""))
        # What cannot be asked is not said.
        with suppress(CarerStoriesError):
            if title and read_erasure(self._workspace, story_id) is None:
                terms = [each for each in self._terms if each.everywhere or each.story == story_id]
                return "" if Needles.from_terms((), (), terms).in_text(title) else title
        return ""

    @cached_property
    def _terms(self) -> tuple[HiddenTerm, ...]:
        return hidden_terms(self._workspace)

    @cached_property
    def _must_be_kept(self) -> frozenset[str]:
        """Stories under a legal hold: a copy of one may be evidence."""
        with suppress(CarerStoriesError):
            return frozenset(hold.story for hold in all_holds(self._workspace))
        return frozenset()

    @cached_property
    def _settings(self) -> Settings:
        # A message without the trust's own words is better than none.
        with suppress(CarerStoriesError):
            return load_settings(self._workspace)
        return Settings()


@dataclass(frozen=True)
class _Message:
    """The message about one story on one copy, ready to be pasted into a mail."""

    settings: Settings
    story: str
    title: str
    """Title that stands on the copy; empty where it is not to be said."""
    cause: Cause
    copy: Copy
    is_kept: bool
    """A legal hold stands: the copy must be given back."""
    has_others: bool
    """Other stories on the copy may still be shown."""
    is_on_site: bool
    """The site has the page that a thin package shows."""

    def lines(self) -> Iterator[str]:
        settings, copy, goes_on = self.settings, self.copy, self._goes_on
        yield f"To: {copy.to}"
        yield f"About: {copy.id}, {self._subject}"
        yield ""
        yield "Dear colleague,"
        yield ""
        named = f" ({Path(copy.place).name})" if copy.place and copy.form else ""
        yield (
            f"On {day_in_words(copy.on)} you were given {copy.id}{named}, {_kind(copy)} of our "
            f"library “{settings.title}”."
        )
        which = "A story" if len({*copy.stories, self.story}) > 1 else "The story"
        title = f"“{self.title}” ({self.story})" if self.title else self.story
        yield from _cause_lines(f"{which} in it, {title},", self.cause, copy)
        yield ""
        if self._waits:
            yield _WAITS
        elif self._ends:
            yield _ENDS
        elif goes_on:
            yield _SHOWS_THE_OTHERS if self.is_on_site else _SHOWS_NOTHING
        else:
            yield from self._requests()
        yield ""
        yield "Thank you."
        yield ""
        yield settings.trust
        if settings.contact:
            yield settings.contact.strip()

    @property
    def _subject(self) -> str:
        if self._ends:
            return "shown for less long than was said"
        if self._waits or (self._goes_on and not self.is_on_site):
            return "showing nothing for now"
        if self._goes_on:
            return "without a story by now"
        return f"to be {'replaced' if self._is_replaced else 'taken away'}"

    @property
    def _ends(self) -> bool:
        """Return True for a thin package that stops sooner than was said."""
        return self.copy.form == "scorm-thin" and self.cause.kind is CauseKind.SOONER

    @property
    def _waits(self) -> bool:
        """Return True for a thin package of films that are all new."""
        return self.copy.form == "scorm-thin" and self.cause.kind is CauseKind.NEW_FILM

    @property
    def _goes_on(self) -> bool:
        return self.has_others and self.copy.form == "scorm-thin"

    @property
    def _is_replaced(self) -> bool:
        return self.cause.kind in (CauseKind.NEW_FILM, CauseKind.SOONER)

    def _requests(self) -> Iterator[str]:
        is_of_later = self.cause.kind is CauseKind.SOONER
        yield "Please, before that day:" if is_of_later else "Please, today if you can:"
        yield ""
        steps = [*self._steps(), "Tell us what became of it, and on which day."]
        yield from (f"{number}. {step}" for number, step in enumerate(steps, start=1))
        if self.has_others and not self._is_replaced:
            yield ""
            yield (
                "The other stories in it may still be shown: ask us for a new one without this "
                "story."
            )

    def _steps(self) -> Iterator[str]:
        copy = self.copy
        if self.cause.kind is CauseKind.SOONER:
            if copy.form == "scorm":
                yield _HIDE_BY_THEN
            yield _GIVE_BACK_BY_THEN if self.is_kept else _REPLACE_BY_THEN
        elif self.is_kept and copy.form != "scorm-thin":
            yield _GIVE_BACK
        elif self.cause.kind is CauseKind.NEW_FILM:
            if copy.form == "scorm":
                yield _HIDE
            yield _UNTIL_REPLACED
        else:
            yield _TO_DO[copy.form or copy.medium]
            yield _EVERY_COPY


def _cause_lines(story: str, cause: Cause, copy: Copy) -> Iterator[str]:
    day = day_in_words(cause.since)
    match cause.kind:
        case CauseKind.WITHDRAWN:
            yield f"{story} was taken back on {day}. It must not be shown any more."
            if copy.medium != "preview":
                yield _NO_REASON
        case CauseKind.LAPSED:
            yield (
                f"{story} was agreed to until {day}. It must not be shown any more, unless we "
                "write to you that it was agreed to again."
            )
        case CauseKind.NEW_FILM:
            if copy.form == "scorm-thin":
                yield f"{story} has a new film, which nobody has agreed to show yet."
            else:
                yield f"{story} has a new film. The one that you have must not be shown any more."
        case CauseKind.SOONER:
            if copy.form == "scorm-thin":
                was = f", and not from {day_in_words(copy.until)} on" if copy.until else ""
                yield (
                    f"{story} may be shown for less long than was agreed when you were given it. "
                    f"The package shows nothing of it from {day} on{was}."
                )
                return
            says = f", though it says {day_in_words(copy.until)} itself" if copy.until else ""
            yield (
                f"{story} may be shown for less long than was agreed when you were given it. From "
                f"{day} on the copy must not be used{says}."
            )
        case CauseKind.OTHER:
            yield (
                f"{story} may not be shown any more, as of {day}, to those for whom this copy was "
                "made."
            )
            yield _NO_REASON


def _kind(copy: Copy) -> str:
    if copy.form in ("slides", "word"):
        return copy.kind
    return f"a {copy.kind}" if copy.form else _MEDIA[copy.medium]


_MEDIA = {
    "stick": "a stick with stories",
    "download": "a file with stories",
    "server": "a copy on a server",
    "paper": "something printed",
    "preview": "a preview",
    "archive": "a copy for your archive",
    "other": "a copy",
}
