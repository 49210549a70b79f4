"""Words and pictures of stories that may not be shown in what people wrote: refused or left out.

Written by people are the pages of `site/content`, the frame (`site/overrides`, `site/assets`,
`mkdocs.yml`), the settings, the texts about themes, the training sessions and the question sets. A
build that an editor asks for is refused and names them. One that takes a story down must not wait
for an editor: it leaves out what holds the words, with a notice in its place, and names it. A
picture that cannot be looked at is left out by either. Files are never changed.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree

import msgspec

from library.core.errors import CarerStoriesError, NotAllowed
from library.core.files import sha256_of, translate_disk_errors
from library.core.own_folders import paths_below
from library.core.sanitise import shell_quoted
from library.core.workspace import Workspace
from library.workspace_template import template
from publish.edition import Edition, LibraryWords
from publish.forbidden import forbidden_media
from publish.leaks.unpack import everything_in, everything_in_text
from publish.left_out import LeftOutFile, read_left_out
from publish.pictures.other_pictures import known_others
from publish.search.word_list import WORD_LIST_FILE, WordList, read_word_list
from publish.unreleased_words import UnreleasedWords

if TYPE_CHECKING:
    from publish.pictures.search import FoundPictures, PictureSearch

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
        self.pictures: PictureSearch | None = None
        """The search for pictures, so that nothing has to be decoded again."""

    def __call__(self, workspace: Workspace, edition: Edition) -> Edition:
        """Return the edition, if need be without words of people that are a story's.

        Where it does not hold back it raises NotAllowed naming where they stand, as it always does
        for a file that a site cannot be made without.
        """
        words = UnreleasedWords(workspace, {story.page.id for story in edition.stories})
        self.words = words
        findings = _word_findings(workspace, edition, words)
        self.pictures = picture_search(workspace, edition)
        pictures = _look_at_pictures(workspace, self.pictures)
        for name, stories in (*_media_findings(workspace, edition), *pictures.stories.items()):
            findings[name] = tuple(sorted({*findings.get(name, ()), *stories}))
        unreadable = {
            name: why for name, why in pictures.unreadable.items() if _can_be_left_out(name)
        }
        own_reasons = set(findings)
        showing = _pages_showing(workspace, findings)
        for page, shown in showing.items():
            findings[page] = tuple(sorted({*findings.get(page, ()), *shown}))
        if not findings:
            self.left_out = _left_out_files(workspace, findings, unreadable)
            return edition
        if not self._may_leave_out:
            raise NotAllowed(
                f"Something of a story that may not be shown stands in {_listed(findings)}. "
                "What stood before was not changed.",
                _next_step(findings, pictures),
            )
        stuck = [
            name for name in findings if name.startswith("site/") and not _can_be_left_out(name)
        ]
        if stuck or (_is_own_template(workspace) and any(_is_frame(name) for name in findings)):
            raise NotAllowed(
                f"Something of a story that may not be shown stands in {_listed(findings)}, and no "
                "site can be made without that.",
                "Take it out there, then run: carer-stories site build",
            )
        self.left_out = tuple(
            msgspec.structs.replace(file, is_for_picture=file.path in showing.keys() - own_reasons)
            for file in _left_out_files(workspace, findings, unreadable)
        )
        return _without(edition, findings)

    def without_plans(
        self, workspace: Workspace, edition: Edition, plans: Mapping[str, tuple[str, ...]]
    ) -> Edition:
        """Return the edition without these sessions, whose pages told of the stories of each."""
        findings = {f"{_PLANS}/{plan}.yml": stories for plan, stories in plans.items()}
        self.left_out = (*self.left_out, *_left_out_files(workspace, findings, {}))
        return _without(edition, findings)


def left_out_sentences(left_out: Collection[LeftOutFile]) -> list[str]:
    """Return what a build left out, for the editor, with what to do about it."""
    of_stories = [file for file in left_out if not file.unreadable]
    unreadable = [file for file in left_out if file.unreadable]
    lines = []
    if of_stories:
        lines += [
            "Left out of the site, for something of a story that may not be shown stands in it:",
            *(f"  {file.path}  ({', '.join(file.stories)})" for file in of_stories),
            "The files are untouched. Take it out of each, then: carer-stories site build",
        ]
    if unreadable:
        lines += [
            "Left out of the site, for nobody can tell whether a picture in it may be shown:",
            *(f"  {file.path}: {file.unreadable}" for file in unreadable),
            "The files are untouched. Save each picture again as JPEG or PNG, a film as MP4, then: "
            "carer-stories site build",
        ]
    return lines


def unknown_films_sentence(story_ids: Collection[str]) -> str:
    """Return the sentence about films that cannot be looked at; empty where there is none."""
    if not story_ids:
        return ""
    return (
        f"The film of {', '.join(sorted(story_ids))} cannot be looked at, so that a picture of it "
        "is recognised only where it is the very same file."
    )


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


def _next_step(findings: Collection[str], pictures: FoundPictures) -> str:
    step = "Take it out there, then run the same command again."
    alone = [name for name in findings if name in pictures.stories]
    if not alone:
        return step
    example = f"carer-stories site other-picture {shell_quoted(alone[0])}"
    story_id = pictures.stories[alone[0]][0]
    return (
        f"{step} If {alone[0]} shows somebody else, say so: "
        f'{example} --not-of {story_id} --name "YOUR NAME"'
    )


def _listed(findings: Mapping[str, Collection[str]]) -> str:
    return "; ".join(f"{name} ({', '.join(sorted(of))})" for name, of in sorted(findings.items()))


def _is_frame(name: str) -> bool:
    return name.startswith(OVERRIDES_FOLDER) or name == CONFIG_FILE


def _can_be_left_out(name: str) -> bool:
    return name.startswith((CONTENT_FOLDER, ASSETS_FOLDER, OVERRIDES_FOLDER))


def _is_own_template(workspace: Workspace) -> bool:
    """Return True in a clone of the project, whose frame is the shipped one."""
    return template().root == workspace.root


# Searching


def _word_findings(
    workspace: Workspace, edition: Edition, words: UnreleasedWords
) -> dict[str, tuple[str, ...]]:
    """Return each place with words of stories that are not released, and those stories."""
    places: dict[str, Collection[str]] = {
        name: list(_file_texts(workspace, name)) for name in _written_files(workspace)
    }
    names = {f"{name}{_NAME}": [PurePosixPath(name).name.replace("_", " ")] for name in places}
    places[WORD_LIST_FILE] = _search_word_texts(workspace)
    findings = words.found_in(places | names | _edition_texts(edition))
    for file in _still_left_out(workspace, edition):
        findings.setdefault(f"{file.path}{_NAME if file.is_named_so else ''}", file.stories)
    return findings


def edition_findings(workspace: Workspace, edition: Edition) -> dict[str, tuple[str, ...]]:
    """Return where words of stories that are not in an edition stand in its own record.

    Of one that is made without the pages by people: of a single story, say.
    """
    words = UnreleasedWords(workspace, {story.page.id for story in edition.stories})
    return words.found_in(_edition_texts(edition))


def _media_findings(
    workspace: Workspace, edition: Edition
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each file that is a recording, film or picture that is not released, and its story."""
    shown = {sha for story in edition.stories for sha in story.files.values()}
    released = {story.page.id for story in edition.stories}
    media = forbidden_media(workspace, released)
    for name in _written_files(workspace):
        with contextlib.suppress(CarerStoriesError):
            sha = sha256_of(workspace.root / name)
            if sha in media and sha not in shown:
                yield name, (media[sha],)


def picture_search(workspace: Workspace, edition: Edition) -> PictureSearch:
    """Return the search for pictures of stories that are not in the edition."""
    # Every command loads this module, and only a build needs what decodes pictures.
    from publish.pictures.search import PictureSearch

    return PictureSearch(workspace, edition.stories)


def _look_at_pictures(workspace: Workspace, search: PictureSearch) -> FoundPictures:
    """Compare every picture that people put into pages with those of unreleased stories."""
    for name in _written_files(workspace):
        path = workspace.root / name
        with translate_disk_errors(path, "read"):
            data = path.read_bytes()
        search.look_at(name, data)
    search.keep()
    return search.found


def _pages_showing(
    workspace: Workspace, findings: Mapping[str, Collection[str]]
) -> dict[str, set[str]]:
    """Return the pages by people that name a file with a picture: they tell of who is in it."""
    if not findings:
        return {}
    from publish.pictures.written_pictures import kind_of

    files = {
        PurePosixPath(name).name: stories
        for name, stories in findings.items()
        # By its name alone: a document with a picture in it is linked to, and not shown.
        if name.startswith((CONTENT_FOLDER, ASSETS_FOLDER)) and kind_of(name, b"") != "other"
    }
    showing: dict[str, set[str]] = defaultdict(set)
    for path in sorted(workspace.content.rglob("*.md")) if files else ():
        with contextlib.suppress(OSError):
            data = path.read_bytes()
            for file_name, stories in files.items():
                if file_name.encode() in data or quote(file_name).encode() in data:
                    showing[path.relative_to(workspace.root).as_posix()].update(stories)
    return showing


def _still_left_out(workspace: Workspace, edition: Edition) -> Iterator[LeftOutFile]:
    """Yield files left out of the edition before that were not changed since.

    The words of a story that was erased meanwhile cannot be looked for any more.
    """
    released = {story.page.id for story in edition.stories}
    others = known_others(workspace)
    for file in read_left_out(workspace):
        with contextlib.suppress(CarerStoriesError):
            is_unchanged = sha256_of(workspace.root / file.path) == file.sha256
            of_stories = {story for story in file.stories if (file.sha256, story) not in others}
            if is_unchanged and not file.is_for_picture and not released.issuperset(of_stories):
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
    for content in everything_in(name, data):
        yield from content.texts


def _search_word_texts(workspace: Workspace) -> tuple[str, ...]:
    """Return the entries of the library’s own list for the search; none where there is no such."""
    if not workspace.search_words.is_file() or _is_own_template(workspace):
        return ()
    file = read_word_list(workspace)
    words = file.record or file.draft
    return _entry_texts(words) if words else ()


@lru_cache(maxsize=2)
def _entry_texts(words: WordList) -> tuple[str, ...]:
    return tuple(text for entry in words.texts for text in everything_in_text(entry))


def _edition_texts(edition: Edition) -> dict[str, list[str]]:
    """Return the words of people in the edition’s own record, by where they were written."""
    texts = {
        f"{_SETTINGS}: {name}": list(_strings(getattr(edition.library, name)))
        for name in LibraryWords.__struct_fields__
    }
    for theme in edition.themes:
        texts[f"{_THEMES}: {theme.theme}"] = list(_strings([theme.title, theme.about]))
    for plan in edition.plans:
        texts[f"{_PLANS}/{plan.id}.yml"] = list(_strings(plan))
    return texts


def _strings(value: Any) -> Iterator[str]:
    """Yield every text within a value, however deep, and what is packed in it."""
    if isinstance(value, str):
        yield from everything_in_text(value)
    elif isinstance(value, msgspec.Struct):
        yield from _strings(msgspec.to_builtins(value))
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)


# Leaving out


def _without(edition: Edition, findings: Mapping[str, tuple[str, ...]]) -> Edition:
    """Return the edition without the words that were found in it."""
    defaults = LibraryWords(title="Carer Stories", trust="Our trust")
    words_left_out = {
        name: getattr(defaults, name)
        for name in LibraryWords.__struct_fields__
        if f"{_SETTINGS}: {name}" in findings
    }
    themes = tuple(
        msgspec.structs.replace(theme, title="", about="")
        if f"{_THEMES}: {theme.theme}" in findings
        else theme
        for theme in edition.themes
    )
    return msgspec.structs.replace(
        edition,
        library=msgspec.structs.replace(edition.library, **words_left_out),
        themes=themes,
        plans=tuple(plan for plan in edition.plans if f"{_PLANS}/{plan.id}.yml" not in findings),
    )


def _left_out_files(
    workspace: Workspace, findings: Mapping[str, tuple[str, ...]], unreadable: Mapping[str, str]
) -> tuple[LeftOutFile, ...]:
    of_stories = {name.removesuffix(_NAME) for name in findings}
    return tuple(
        LeftOutFile(
            path=path,
            sha256=_sha256_of(workspace.root / path),
            stories=tuple(sorted({*findings.get(path, ()), *findings.get(f"{path}{_NAME}", ())})),
            is_named_so=f"{path}{_NAME}" in findings,
            unreadable="" if path in of_stories else unreadable[path],
        )
        for path in sorted(of_stories | set(unreadable))
    )


def _sha256_of(path: Path) -> str:
    # A line of the settings is no file of its own.
    return sha256_of(path) if path.is_file() else ""
