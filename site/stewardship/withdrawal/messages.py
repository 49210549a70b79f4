"""Messages to whoever has a copy of a story that was taken back: one for each copy, to be sent.

    receipts/message-cs-4k7m2q-cp-8fk2hd.txt

Each says what the copy is, what is asked, and whom to ask. As the receipt it names the story by its
id alone, and nobody who told it or took it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

from library.core.days import day_in_words
from library.core.errors import CarerStoriesError
from library.core.files import make_folder, translate_disk_errors, write_atomic
from library.core.settings import Settings, load_settings
from library.core.workspace import Workspace
from library.records.copies import Copy

_EVERY_COPY = "Delete every copy that was made of it: downloads, backups of the course, paper."
_TO_DO: dict[str, str] = {
    "scorm": (
        "Hide the course in your learning system, so that nobody opens it any more. Then delete "
        "the package there, and the file itself. What staff completed stays with you: nothing of "
        "the story is in it."
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


def write_messages(
    workspace: Workspace, story_id: str, withdrawn: date, copies: Iterable[Copy]
) -> tuple[Path, ...]:
    """Write a message for each copy, for the library's owner alone; a later one replaces it.

    Raises NoRoom, DiskFailed.
    """
    settings = _settings(workspace)
    paths = []
    for copy in copies:
        path = workspace.receipts / f"message-{story_id}-{copy.id}.txt"
        with translate_disk_errors(workspace.receipts):
            make_folder(workspace.receipts)
        write_atomic(path, message_text(settings, story_id, withdrawn, copy).encode())
        paths.append(path)
    return tuple(paths)


def message_text(settings: Settings, story_id: str, withdrawn: date, copy: Copy) -> str:
    """Return the message about one copy, ready to be pasted into a mail."""
    return "\n".join(_lines(settings, story_id, withdrawn, copy)) + "\n"


def _lines(settings: Settings, story_id: str, withdrawn: date, copy: Copy) -> Iterator[str]:
    yield f"To: {copy.to}"
    yield f"About: {copy.id}, to be taken away"
    yield ""
    yield "Dear colleague,"
    yield ""
    named = f" ({Path(copy.place).name})" if copy.place and copy.form else ""
    yield (
        f"On {day_in_words(copy.on)} you were given {copy.id}{named}, {_kind(copy)} of our library "
        f"“{settings.title}”."
    )
    yield (
        f"A story in it, {story_id}, was taken back on {day_in_words(withdrawn)}. It must not be "
        "shown any more."
    )
    yield "The person who told it need give no reason, and we ask you not to look for one."
    yield ""
    yield "Please, today if you can:"
    yield ""
    yield f"1. {_TO_DO[copy.form or copy.medium]}"
    yield f"2. {_EVERY_COPY}"
    yield "3. Tell us what became of it, and on which day."
    yield ""
    if len(copy.stories) > 1:
        yield "The other stories in it may still be shown: ask us for a new one without this story."
        yield ""
    yield "Thank you."
    yield ""
    yield settings.trust
    if settings.contact:
        yield settings.contact.strip()


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


def _settings(workspace: Workspace) -> Settings:
    # A message without the trust's own words is better than none.
    with suppress(CarerStoriesError):
        return load_settings(workspace)
    return Settings()
