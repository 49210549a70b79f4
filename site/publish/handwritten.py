"""Words of stories that may not be shown in what people wrote: found, and refused or left out.

Written by people are the pages of `site/content`, the frame (`site/overrides`, `site/assets`,
`mkdocs.yml`), the settings, the texts about themes, the training sessions and the question sets. A
build that an editor asks for is refused and names them. One that takes a story down must not wait
for an editor: it leaves out what holds the words, with a notice in its place, and names it. Files
are never changed.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree

import msgspec
from markdown import Markdown

from library.core.errors import CarerStoriesError, NotAllowed
from library.core.files import sha256_of, translate_disk_errors
from library.core.own_folders import paths_below
from library.core.workspace import Workspace
from library.workspace_template import template
from publish.edition import Edition, LibraryWords
from publish.forbidden import forbidden_media
from publish.leaks.extract import ArchiveMember, StringsInBytes, TextContent, file_contents
from publish.left_out import LeftOutFile, read_left_out
from publish.unreleased_words import UnreleasedWords

CONTENT_FOLDER, ASSETS_FOLDER, OVERRIDES_FOLDER = "site/content/", "site/assets/", "site/overrides/"
CONFIG_FILE = "mkdocs.yml"
_SETTINGS = "interviews/settings.yml"
_THEMES = "interviews/themes.yml"
_PLANS = "interviews/training"
_NAME = " (its name)"
LEFT_OUT_NOTICE = """# This page is left out for now

Something on it may not be shown any more. Whoever looks after this library has been told what to
do. The other pages are as they were.
"""
_PICTURES = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".gif": "GIF", ".webp": "WEBP"}
_ARCHIVES = {".zip", ".docx", ".xlsx", ".pptx", ".odt", ".odp", ".ods", ".epub"}


class WrittenReview:
    """The look through what people wrote, made once for an edition before it is written."""

    def __init__(self, *, may_leave_out: bool) -> None:
        self._may_leave_out = may_leave_out
        self.left_out: tuple[LeftOutFile, ...] = ()
        """Files that the site is to be made without."""
        self.words: UnreleasedWords | None = None
        """The words that were looked for, so that nobody has to read them again."""

    def __call__(self, workspace: Workspace, edition: Edition) -> Edition:
        """Return the edition, if need be without words of people that are a story's.

        Where it does not hold back it raises NotAllowed naming where they stand, as it always does
        for a file that a site cannot be made without.
        """
        words = UnreleasedWords(workspace, {story.page.id for story in edition.stories})
        self.words = words
        found = _found(workspace, edition, words)
        for name, story_id in _media_found(workspace, edition):
            found[name] = tuple(sorted({*found.get(name, ()), story_id}))
        if not found:
            return edition
        if not self._may_leave_out:
            raise NotAllowed(
                f"Something of a story that may not be shown stands in {_listed(found)}. "
                "What stood before was not changed.",
                "Take it out there, then run the same command again.",
            )
        stuck = [name for name in found if name.startswith("site/") and not _can_be_left_out(name)]
        if stuck or (_is_own_template(workspace) and any(_is_frame(name) for name in found)):
            raise NotAllowed(
                f"Something of a story that may not be shown stands in {_listed(found)}, and no "
                "site can be made without that.",
                "Take it out there, then run: carer-stories site build",
            )
        self.left_out = _left_out_files(workspace, found)
        return _without(edition, found)


def left_out_sentences(left_out: Collection[LeftOutFile]) -> list[str]:
    """Return what a build left out, for the editor, with what to do about it."""
    if not left_out:
        return []
    lines = ["Left out of the site, for something of a story that may not be shown stands in it:"]
    lines += [f"  {file.path}  ({', '.join(file.stories)})" for file in left_out]
    return [*lines, "The files are untouched. Take it out of each, then: carer-stories site build"]


def left_out_pages(left_out: Collection[LeftOutFile]) -> frozenset[str]:
    """Return the pages of the site in whose place a notice stands, by their path in it."""
    pages = (
        file.path
        for file in left_out
        if file.path.startswith(CONTENT_FOLDER) and not file.is_named_so
    )
    return frozenset(
        f"{path.removeprefix(CONTENT_FOLDER).removesuffix('.md')}.html"
        for path in pages
        if path.endswith(".md")
    )


def placeholder(name: str) -> bytes:
    """Return what stands in the place of a file that is left out: empty, and of the same kind."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in _PICTURES:
        # Only where a picture is left out, which hardly ever is.
        from PIL import Image

        grey = io.BytesIO()
        Image.new("RGB", (16, 9), "#808080").save(grey, _PICTURES[suffix])
        return grey.getvalue()
    if suffix in _ARCHIVES:
        packed = io.BytesIO()
        zipfile.ZipFile(packed, "w").close()
        return packed.getvalue()
    if suffix == ".svg":
        empty = ElementTree.Element("svg", {"xmlns": "http://www.w3.org/2000/svg"})
        return ElementTree.tostring(empty)
    return b"\n"


def _listed(found: Mapping[str, Collection[str]]) -> str:
    return "; ".join(f"{name} ({', '.join(sorted(of))})" for name, of in sorted(found.items()))


def _is_frame(name: str) -> bool:
    return name.startswith(OVERRIDES_FOLDER) or name == CONFIG_FILE


def _can_be_left_out(name: str) -> bool:
    return name.startswith((CONTENT_FOLDER, ASSETS_FOLDER, OVERRIDES_FOLDER))


def _is_own_template(workspace: Workspace) -> bool:
    """Return True in a clone of the project, whose frame is the shipped one."""
    return template().root == workspace.root


# Searching


def _found(
    workspace: Workspace, edition: Edition, words: UnreleasedWords
) -> dict[str, tuple[str, ...]]:
    """Return each place with words of stories that are not released, and those stories."""
    places = {name: list(_file_texts(workspace, name)) for name in _written_files(workspace)}
    names = {f"{name}{_NAME}": [PurePosixPath(name).name.replace("_", " ")] for name in places}
    found = words.found_in(places | names | _edition_texts(edition))
    for file in _still_left_out(workspace, edition):
        found.setdefault(f"{file.path}{_NAME if file.is_named_so else ''}", file.stories)
    return found


def _media_found(workspace: Workspace, edition: Edition) -> Iterator[tuple[str, str]]:
    """Yield each file that is a recording, film or picture that is not released, and its story."""
    shown = {sha for story in edition.stories for sha in story.files.values()}
    released = {story.page.id for story in edition.stories}
    media = forbidden_media(workspace, released)
    for name in _written_files(workspace):
        with contextlib.suppress(CarerStoriesError):
            sha = sha256_of(workspace.root / name)
            if sha in media and sha not in shown:
                yield name, media[sha]


def _still_left_out(workspace: Workspace, edition: Edition) -> Iterator[LeftOutFile]:
    """Yield files left out of the edition before that were not changed since.

    The words of a story that was erased meanwhile cannot be looked for any more.
    """
    released = {story.page.id for story in edition.stories}
    for file in read_left_out(workspace):
        with contextlib.suppress(CarerStoriesError):
            is_unchanged = sha256_of(workspace.root / file.path) == file.sha256
            if is_unchanged and not released.issuperset(file.stories):
                yield file


def _written_files(workspace: Workspace) -> Iterator[str]:
    """Yield the files that people may have written, but for those that are as they were shipped."""
    shipped = None if _is_own_template(workspace) else template().root
    paths = [workspace.config, *paths_below(workspace.site), *paths_below(workspace.questions)]
    for path in paths:
        name = path.relative_to(workspace.root).as_posix()
        if not path.is_file() or "__pycache__" in path.parts:
            continue
        with translate_disk_errors(path, "read"):
            own = shipped is None or not (shipped / name).is_file()
            if own or path.read_bytes() != (shipped or path).joinpath(name).read_bytes():
                yield name


def _file_texts(workspace: Workspace, name: str) -> Iterator[str]:
    path = workspace.root / name
    with translate_disk_errors(path, "read"):
        data = path.read_bytes()
    for part in file_contents(name, name, data):
        if isinstance(part, TextContent):
            yield part.text
        elif isinstance(part, StringsInBytes):
            yield bytes(part.data).decode("utf-8", "replace")
            yield bytes(part.data).decode("utf-16-le", "replace")
        elif isinstance(part, ArchiveMember):
            yield part.name.replace("_", " ")
    if name.endswith(".md"):
        # As readers see it: without the addresses of links between the words.
        text = data.decode("utf-8", "replace")
        extensions = ["attr_list", "md_in_html", "tables", "footnotes", "abbr", "def_list"]
        yield Markdown(extensions=extensions).convert(text)


def _edition_texts(edition: Edition) -> dict[str, list[str]]:
    """Return the words of people in the edition’s own record, by where they were written."""
    texts = {
        f"{_SETTINGS}: {name}": list(_strings(getattr(edition.library, name)))
        for name in LibraryWords.__struct_fields__
    }
    for theme in edition.themes:
        texts[f"{_THEMES}: {theme.theme}"] = [theme.title, theme.about]
    for plan in edition.plans:
        texts[f"{_PLANS}/{plan.id}.yml"] = list(_strings(plan))
    return texts


def _strings(value: Any) -> Iterator[str]:
    """Yield every text within a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, msgspec.Struct):
        yield from _strings(msgspec.to_builtins(value))
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)


# Leaving out


def _without(edition: Edition, found: Mapping[str, tuple[str, ...]]) -> Edition:
    """Return the edition without the words that were found in it."""
    defaults = LibraryWords(title="Carer Stories", trust="Our trust")
    words_left_out = {
        name: getattr(defaults, name)
        for name in LibraryWords.__struct_fields__
        if f"{_SETTINGS}: {name}" in found
    }
    themes = tuple(
        msgspec.structs.replace(theme, title="", about="")
        if f"{_THEMES}: {theme.theme}" in found
        else theme
        for theme in edition.themes
    )
    return msgspec.structs.replace(
        edition,
        library=msgspec.structs.replace(edition.library, **words_left_out),
        themes=themes,
        plans=tuple(plan for plan in edition.plans if f"{_PLANS}/{plan.id}.yml" not in found),
    )


def _left_out_files(
    workspace: Workspace, found: Mapping[str, tuple[str, ...]]
) -> tuple[LeftOutFile, ...]:
    return tuple(
        LeftOutFile(
            path=path,
            sha256=_sha256_of(workspace.root / path),
            stories=tuple(sorted({*found.get(path, ()), *found.get(f"{path}{_NAME}", ())})),
            is_named_so=f"{path}{_NAME}" in found,
        )
        for path in sorted({name.removesuffix(_NAME) for name in found})
    )


def _sha256_of(path: Path) -> str:
    # A line of the settings is no file of its own.
    return sha256_of(path) if path.is_file() else ""
