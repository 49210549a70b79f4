"""Reading the edition's folder: strictly, and only the files whose hash it lists.

The site trusts nothing else. A file that is not as listed, a name that is not one of ours, an id
that could leave its folder: the build stops.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from library.core.errors import Damaged
from library.core.files import sha256_of
from library.core.languages import LANGUAGE_TAG
from library.core.workspace import STORY_ID, Workspace
from publish.edition import Edition, ReleasedStory, read_edition_in
from publish.left_out import LeftOutFile, read_left_out
from publish.training.published import problem_in_plans

if TYPE_CHECKING:
    from publish.page_checks import LinkedParts
    from publish.search.kept_indexes import KeptIndexes

# A list of the allowed and not of the forbidden: what is new stays out until it is named here.
FILE_NAMES = (
    "film.mp4",
    "film-720.mp4",
    "film-360.mp4",
    "audio.m4a",
    "poster.jpg",
    "captions.vtt",
    "chapters.vtt",
)
_TRANSLATION = re.compile(rf"captions\.({LANGUAGE_TAG.pattern})\.vtt")
_CAPTIONS = re.compile(rf"(stories/[^/]+/captions(?:\.{LANGUAGE_TAG.pattern})?)\.vtt")
_NEXT_STEP = "Make it again with: carer-stories site build"


@dataclass(frozen=True)
class ReleasedFile:
    """A file of the edition: where it lies, where the site puts it, and its listed SHA-256."""

    source: Path
    path: str
    sha256: str


@dataclass(frozen=True)
class KeptStories:
    """The stories whose files of the standing site are used again (`publish.standing_site`)."""

    files: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Story id → each of its files, by its path in the site, with its SHA-256."""
    is_searched: bool = False
    """True if all that is looked for now was looked for in them when they were made."""
    indexes: KeptIndexes | None = None
    """Indexes of stories for the search; none in an edition that is no library's."""
    parts: LinkedParts | None = None
    """The parts of stories' pages that links lead to, as the last build found them."""
    standing: frozenset[str] = frozenset()
    """Every path of the site that stands: where none is gone, links lead where they did."""

    @cached_property
    def hashes(self) -> dict[str, str]:
        """The SHA-256 of each kept file, by its path in the site."""
        return {path: sha for files in self.files.values() for path, sha in files.items()}


@dataclass(frozen=True)
class Bundle:
    """An edition that may be trusted, and the folder its files lie in."""

    folder: Path
    edition: Edition
    left_out: tuple[LeftOutFile, ...] = ()
    """Files of people that its pages are made without."""
    kept: KeptStories = field(default_factory=KeptStories)
    """Stories whose files are taken from the site that stands."""


def translation_tags(story: ReleasedStory) -> tuple[str, ...]:
    """Return the tags of the languages a story’s captions were translated into, in order."""
    matches = (_TRANSLATION.fullmatch(name) for name in sorted(story.files))
    return tuple(match[1] for match in matches if match)


def captions_script_path(path: str) -> str | None:
    """Return the path at which captions also are a script, for pages opened from a folder."""
    match = _CAPTIONS.fullmatch(path)
    return f"{match[1]}.js" if match else None


def captions_script(captions: Path) -> str:
    """Return captions as a classic script: from `file://` a browser refuses to load a track."""
    # JSON is a script's text as it stands; `</script>` ends nothing in a file of its own.
    as_json = json.dumps(captions.read_text(encoding="utf-8"))
    return f"window.carerStoriesCaptions = {as_json};\n"


def answer_sheet_path(story_id: str) -> str:
    """Return the path of the sheet on which a contributor answers on paper, in a preview."""
    return f"stories/{story_id}/answer-sheet.html"


def released_bundle(workspace: Workspace) -> Bundle:
    """Return the edition for staff. Raises NotFound without one, Damaged for a wrong one."""
    return replace(released_bundle_in(workspace.edition), left_out=read_left_out(workspace))


def released_bundle_in(folder: Path) -> Bundle:
    """Return the edition for staff in another folder. Raises as `released_bundle` does."""
    bundle = _bundle_in(folder)
    # Nobody signed off or approved a preview; it must never become the library.
    if bundle.edition.preview is not None:
        raise Damaged(f"interviews/{folder.name} holds a preview, nobody released it.", _NEXT_STEP)
    return bundle


def preview_bundle(folder: Path) -> Bundle:
    """Return a story's preview for its contributor. Raises Damaged for anything else."""
    bundle = _bundle_in(folder)
    if bundle.edition.preview is None or len(bundle.edition.stories) != 1:
        raise Damaged(
            f"{folder} is not a preview.", "Make it again: carer-stories site preview STORY"
        )
    return bundle


def trusted_edition(workspace: Workspace) -> Edition:
    """Return the edition’s record alone, with every name in it one of ours."""
    return released_bundle(workspace).edition


def released_files(bundle: Bundle) -> list[ReleasedFile]:
    """Return every file the site shows beside its pages, checked against its hash.

    Those of stories whose files are kept are left out. Raises Damaged for a file that is missing,
    is a link, or is not as listed.
    """
    return [
        _checked(bundle, story, name, sha)
        for story in bundle.edition.stories
        if story.page.id not in bundle.kept.files
        for name, sha in sorted(story.files.items())
    ]


def _bundle_in(folder: Path) -> Bundle:
    edition = read_edition_in(folder)
    ids: set[str] = set()
    for story in edition.stories:
        # Ids become paths below: `..` or a slash in one would leave the folder.
        if not STORY_ID.match(story.page.id) or story.page.id in ids:
            raise Damaged("edition.json has a story id that is not ours, or one twice.", _NEXT_STEP)
        ids.add(story.page.id)
        _check_files(story)
    durations = {story.page.id: story.page.duration for story in edition.stories}
    if any(moment.story not in durations for theme in edition.themes for moment in theme.moments):
        raise Damaged("edition.json names a moment of a story that is not in it.", _NEXT_STEP)
    if fault := problem_in_plans(edition.plans, durations):
        raise Damaged(f"edition.json has {fault}.", _NEXT_STEP)
    return Bundle(folder, edition)


def _check_files(story: ReleasedStory) -> None:
    if not all(name in FILE_NAMES or _TRANSLATION.fullmatch(name) for name in story.files):
        raise Damaged(f"edition.json lists a file we do not know for {story.page.id}.", _NEXT_STEP)
    if "film.mp4" not in story.files:
        raise Damaged(f"edition.json has no film.mp4 for {story.page.id}.", _NEXT_STEP)


def _checked(bundle: Bundle, story: ReleasedStory, name: str, sha: str) -> ReleasedFile:
    path = f"stories/{story.page.id}/{name}"
    source = bundle.folder / path
    # A link could show something else after it was hashed.
    if source.is_symlink() or not source.is_file():
        raise Damaged(f"The edition lists {path}, and it is not there.", _NEXT_STEP)
    if sha256_of(source) != sha:
        raise Damaged(f"{path} in the edition is not as it was released.", _NEXT_STEP)
    return ReleasedFile(source, path, sha)
