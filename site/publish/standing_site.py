"""The site that stands, as far as the next build may use its files again.

A build renders, checks and searches the pages of every story. Where one more story was approved,
nearly all of that is as it was: the files of a story that are made from the same values, by the
same program, in the same frame, are laid into the new site as they lie in the one that stands.

They are used on these conditions alone; where one does not hold, all is made and checked anew:

- the site's list of files is the one in the log's line of the last build, and so is the record of
  what it was made from and searched for (`interviews/.site-inputs.json`);
- program, libraries, frame, scripts, sheets and pages by people are the same to the byte;
- whatever was looked for in it then includes all that is looked for now;
- every file of the story is as listed: films and sound by sizes and times, which the
  reconciliation noted after it had hashed them, all others by their SHA-256.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import stat
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import msgspec

import films
import library
import publish
from library.core import struct_file
from library.core.errors import CarerStoriesError, Damaged
from library.core.files import linked, sha256_of, translate_disk_errors
from library.core.version import program_version
from library.core.workspace import Workspace
from library.workspace_template import template
from publish.build_receipt import files_listed, is_list_of_last_build, proof_of_last_build
from publish.bundle import KeptStories
from publish.edition import Edition
from publish.edition_proof import pieces_of
from publish.leaks.scan import LeakRules
from publish.left_out import LeftOutFile
from publish.reconciliation.known_files import published_token
from publish.reconciliation.stamp import is_story_medium, read_stamp
from publish.render.embed import EMBED_FOLDER
from publish.render.story_inputs import story_inputs
from publish.theme_templates import shows_page_alone

_OF_STORY = re.compile(rf"(?:stories|{EMBED_FOLDER})/(cs-[a-z0-9-]{{1,37}})(?:/|\.html\Z)")
_ID_IN_TEXT = re.compile(rb"cs-[a-z0-9-]{1,37}")
_DIGEST_DIGITS = 32
_MACHINERY = re.compile(
    r"^(INHERIT|docs_dir|extra_templates|hooks|plugins|theme|use_directory_urls):"
    r"[^\n]*(?:\n(?:[ \t#-][^\n]*)?(?=\n|\Z))*",
    re.MULTILINE,
)
"""The parts of mkdocs.yml that say what makes the pages, each with the lines that belong to it."""


class SiteInputs(msgspec.Struct, frozen=True, kw_only=True):
    """Hashes of all that the standing site was made from: `interviews/.site-inputs.json`."""

    program: str
    """Hash over the program, its libraries, and all that people wrote in `site/`."""
    sought: tuple[str, ...]
    """Hash of each thing that the last look searched for."""
    stories: dict[str, str]
    """Story id → hash over all that its pages are made from (`render.story_inputs`)."""
    indexes: dict[str, str] = {}
    """Story id → SHA-256 of what the search needs of it (`search.kept_indexes`)."""
    parts: dict[str, tuple[str, ...]] = {}
    """Page of a story → the names of those of its parts that links led to."""


@dataclass(frozen=True)
class StandingSite:
    """The files of the last build, and what they were made from."""

    listed: Mapping[str, str]
    """Every file of it, with its SHA-256."""
    inputs: SiteInputs
    unchanged: frozenset[str]
    """Ids of the stories whose files in edition and site have the sizes and times that were noted
    when each had been hashed."""

    def files_of(self, story_id: str) -> Mapping[str, str]:
        """Return the SHA-256 of each released file of an unchanged story, by its name."""
        return self._released.get(story_id, {})

    @cached_property
    def _released(self) -> dict[str, dict[str, str]]:
        released: dict[str, dict[str, str]] = {story_id: {} for story_id in self.unchanged}
        for path, sha in self.listed.items():
            folder, _, rest = path.partition("/")
            story_id, _, name = rest.partition("/")
            if folder == "stories" and story_id in released:
                released[story_id][name] = sha
        return released


def standing_site(workspace: Workspace) -> StandingSite | None:
    """Return the site that stands, if the log proves every file of it and what it was made from.

    Asked before a new edition is written. None where anything is in doubt.
    """
    with contextlib.suppress(CarerStoriesError, OSError):
        if workspace.public.is_symlink() or not workspace.site_inputs.is_file():
            return None
        listed = files_listed(workspace)
        if listed is None or not is_list_of_last_build(workspace, listed):
            return None
        if sha256_of(workspace.site_inputs) != proof_of_last_build(workspace).inputs:
            return None
        inputs = struct_file.load_if_readable(workspace.site_inputs, SiteInputs)
        if inputs is None:
            return None
        # By sizes and times, as the reconciliation goes by them: films are not read again.
        noted = read_stamp(workspace).published
        unchanged = frozenset(
            story_id
            for story_id in inputs.stories
            if noted.get(story_id) == published_token(workspace, story_id)
        )
        return StandingSite(listed, inputs, unchanged)
    return None


def inputs_of(
    workspace: Workspace,
    edition: Edition,
    rules: LeakRules,
    left_out: Collection[LeftOutFile],
) -> SiteInputs | None:
    """Return what a site of this edition is made from.

    None where the frame may show more than its page, or other code than ours makes the pages.
    """
    if edition.preview or edition.until or not shows_page_alone(workspace.overrides):
        return None
    config = workspace.config.read_text("utf-8", "replace")
    if "!ENV" in config or _machinery(config) != _machinery(template().config.read_text("utf-8")):
        return None
    pieces = pieces_of(edition)
    return SiteInputs(
        program=_program(workspace, rules, left_out),
        sought=tuple(sorted(_sought(rules))),
        stories={inputs.story.page.id: inputs.digest(pieces) for inputs in story_inputs(edition)},
    )


def _machinery(config: str) -> dict[str, list[str]]:
    """Return the lines of each part of mkdocs.yml that says what makes the pages, less remarks."""
    return {
        part[1]: [
            line
            for line in map(str.rstrip, part[0].splitlines())
            if line and not line.lstrip().startswith("#")
        ]
        for part in _MACHINERY.finditer(config)
    }


def kept_stories(
    workspace: Workspace, standing: StandingSite | None, inputs: SiteInputs | None
) -> KeptStories:
    """Return the stories of a new site whose files are taken from the one that stands."""
    if standing is None or inputs is None or standing.inputs.program != inputs.program:
        return KeptStories()
    before, now = standing.inputs, inputs
    named = _ids_in_pages_by_people(workspace)
    listed: dict[str, dict[str, str]] = {}
    for path, sha in standing.listed.items():
        if match := _OF_STORY.match(path):
            listed.setdefault(match[1], {})[path] = sha
    kept = {
        story_id: listed[story_id]
        for story_id, digest in now.stories.items()
        if before.stories.get(story_id) == digest
        and story_id in listed
        and story_id not in named
        and story_id in standing.unchanged
        and _are_as_listed(workspace.public, listed[story_id])
    }
    return KeptStories(
        files=kept,
        # A story that is shown no more is looked for, by its id, whatever is known of it.
        is_searched=set(now.sought) <= set(before.sought)
        and set(before.stories) <= set(now.stories),
        standing=frozenset(standing.listed),
    )


def parts_of_kept(standing: StandingSite | None, kept: KeptStories) -> dict[str, tuple[str, ...]]:
    """Return the parts that links led to of pages that are laid into the new site as they are."""
    parts = standing.inputs.parts if standing else {}
    return {page: names for page, names in parts.items() if page in kept.hashes}


def lay_kept(workspace: Workspace, kept: KeptStories, folder: Path) -> None:
    """Lay the kept files into a new site: linked, or copied where the disk knows no links.

    Raises Damaged for one that is not as listed by then, NoRoom or DiskFailed.
    """
    made = set[str]()
    for paths in kept.files.values():
        for path, sha in paths.items():
            source, to = workspace.public / path, folder / path
            parent = path.rpartition("/")[0]
            with translate_disk_errors(to):
                if parent not in made:
                    to.parent.mkdir(parents=True, exist_ok=True)
                    made.add(parent)
                is_linked = linked(source, to)
                if not is_linked:
                    shutil.copyfile(source, to)
            # Once more: pages were made meanwhile, and whoever edits the one edits the other.
            if not (is_linked and is_story_medium(path)) and sha256_of(to) != sha:
                raise _changed_meanwhile(path)


def _changed_meanwhile(path: str) -> Damaged:
    return Damaged(
        f"{path} in the site changed while the site was being made again.",
        "Build again: carer-stories site build",
    )


def _are_as_listed(public: Path, listed: Mapping[str, str]) -> bool:
    for path, sha in listed.items():
        built = public / path
        # A link could show something else a moment later.
        if not _is_ordinary(built):
            return False
        if not is_story_medium(path) and sha256_of(built) != sha:
            return False
    return True


def _is_ordinary(path: Path) -> bool:
    """Return True for a file that is there and is no link: the disk is asked once."""
    with contextlib.suppress(OSError):
        return stat.S_ISREG(path.lstat().st_mode)
    return False


def _sought(rules: LeakRules) -> Iterator[str]:
    """Yield a hash of each thing that the last look searches for."""
    things: list[object] = [("id", story_id) for story_id in rules.known - rules.released]
    things += [("term", term) for term in rules.terms]
    things += [("medium", sha, of) for sha, of in rules.media.items()]
    for thing in things:
        yield hashlib.sha256(msgspec.json.encode(thing)).hexdigest()[:_DIGEST_DIGITS]


def _program(workspace: Workspace, rules: LeakRules, left_out: Collection[LeftOutFile]) -> str:
    """Return the hash over all that every page is made from, and by what it is checked."""
    digest = hashlib.sha256(f"{program_version()}\0{sys.version}\0{_of_code()}\0".encode())
    digest.update(msgspec.json.encode(sorted(rules.shipped)))
    digest.update(msgspec.json.encode(sorted(left_out, key=lambda file: file.path)))
    _add_folder(digest, workspace.site, but=())
    digest.update(_of_template(template().root / "site").encode())
    digest.update(sha256_of(workspace.config).encode())
    return digest.hexdigest()


@cache
def _of_code() -> str:
    """Return the hash over our own code and templates, and the versions of the libraries."""
    digest = hashlib.sha256()
    for package in (library, films, publish):
        _add_folder(digest, Path(str(package.__file__)).parent, but={".pyc"})
    names = (name for folder in sys.path if folder for name in _names_in(folder))
    digest.update("\0".join(sorted(name for name in names if name.endswith("-info"))).encode())
    return digest.hexdigest()


@cache
def _of_template(root: Path) -> str:
    digest = hashlib.sha256()
    _add_folder(digest, root, but=())
    return digest.hexdigest()


def _names_in(folder: str) -> list[str]:
    with contextlib.suppress(OSError):
        return os.listdir(folder)  # noqa: PTH208 - names alone are needed
    return []


def _add_folder(digest: hashlib._Hash, root: Path, *, but: Collection[str]) -> None:
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix not in but:
            digest.update(f"{path.relative_to(root).as_posix()}\0{sha256_of(path)}\0".encode())


def _ids_in_pages_by_people(workspace: Workspace) -> frozenset[str]:
    """Return the ids in pages by people: MkDocs has to know the files that these link to."""
    return frozenset(
        match.decode()
        for path in workspace.content.rglob("*")
        if path.is_file()
        for match in _ID_IN_TEXT.findall(path.read_bytes())
    )
