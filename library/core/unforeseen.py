"""Errors that nobody foresaw, in words for people: a refusal, and the details for --verbose."""

from __future__ import annotations

from pathlib import Path

from library.core import files
from library.core.errors import CarerStoriesError

WITH_DETAILS = "Run the same command again with --debug at its end."


def as_refusal(error: Exception) -> CarerStoriesError:
    """Return `error` itself where it is a refusal; else one without a word that a program wrote.

    MkDocs, Pillow and shutil know nothing of our errors, and what they say may quote a story.
    """
    if isinstance(error, CarerStoriesError):
        return error
    if files.is_disk_error(error):
        return files.refusal(Path(error.filename or "a file"), error, "use")
    return CarerStoriesError("Something went wrong that we did not foresee.", WITH_DETAILS)


def details_of(error: Exception) -> str:
    """Return the kind of an error that is no refusal, and what it says itself; else ""."""
    if isinstance(error, CarerStoriesError):
        return ""
    return f"{type(error).__name__}: {error}"
