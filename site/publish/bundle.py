"""Reading the edition's folder: strictly, and only the files whose hash it lists.

The site trusts nothing else. A file that is not as listed, a name that is not one of ours, an id
that could leave its folder: the build stops.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from library.errors import Damaged
from library.files import sha256_of
from library.workspace import STORY_ID, Workspace
from publish.edition import Edition, ReleasedStory, read_edition

FILE_NAMES = ("film.mp4", "audio.m4a", "poster.jpg", "captions.vtt", "chapters.vtt")
_AGAIN = "Make it again with: carer-stories site build"


@dataclass(frozen=True)
class ReleasedFile:
    """A file of the edition: where it lies, where the site puts it, and its listed SHA-256."""

    source: Path
    path: str
    sha256: str


def trusted_edition(workspace: Workspace) -> Edition:
    """The edition's record, with every name in it one of ours.

    Raises NotFound where there is none, Damaged where it makes no sense.
    """
    edition = read_edition(workspace)
    seen: set[str] = set()
    for story in edition.stories:
        if not STORY_ID.match(story.page.id) or story.page.id in seen:
            raise Damaged("edition.json has a story id that is not ours, or one twice.", _AGAIN)
        seen.add(story.page.id)
        _check_files(story)
    return edition


def released_files(workspace: Workspace, edition: Edition) -> list[ReleasedFile]:
    """Every file the site shows beside its pages, checked against its hash.

    Raises Damaged for a file that is missing, is a link, or is not as listed.
    """
    return [
        _checked(workspace, story, name, sha)
        for story in edition.stories
        for name, sha in sorted(story.files.items())
    ]


def _check_files(story: ReleasedStory) -> None:
    if not set(story.files) <= set(FILE_NAMES):
        raise Damaged(f"edition.json lists a file we do not know for {story.page.id}.", _AGAIN)
    needed = {"video": "film.mp4", "audio": "audio.m4a"}.get(story.page.kind)
    if needed not in story.files:
        raise Damaged(f"edition.json has no {needed or 'media'} for {story.page.id}.", _AGAIN)


def _checked(workspace: Workspace, story: ReleasedStory, name: str, sha: str) -> ReleasedFile:
    path = f"stories/{story.page.id}/{name}"
    source = workspace.edition / path
    if source.is_symlink() or not source.is_file():
        raise Damaged(f"The edition lists {path}, and it is not there.", _AGAIN)
    if sha256_of(source) != sha:
        raise Damaged(f"{path} in the edition is not as it was released.", _AGAIN)
    return ReleasedFile(source, path, sha)
