"""Templates of the theme, as MkDocs renders pages with them, without what makes every build slow.

Material brings ten thousand icons among its templates. MkDocs lists them all to find the theme's
static files, and then drops them, for their folder is hidden; and Jinja compiles the same page
frame anew in every build. The two took nearly half of a small build.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jinja2 import BytecodeCache, Environment, FileSystemLoader, TemplateError, meta, nodes

if TYPE_CHECKING:
    from jinja2.bccache import Bucket
    from mkdocs.theme import Theme


_FRAME_VARIABLES = {"config", "library", "nav", "page"}
"""Variables that the frame of this version is given and shows."""
_FRAME_READS_MORE = re.compile(
    r"\bconfig\.(?!extra_css\b)|\bconfig\[|\b(?:update|build)_date|"
    r"\b(?:next|previous)_page|\brandom\b"
)
"""Words by which a frame may show more than its own page: other pages, the day, settings."""


def shows_page_alone(overrides: Path) -> bool:
    """Return True for a frame that shows its page, the library's words and the menu, no more.

    Such a one makes the same page of the same page, whatever else is in the site.
    """
    environment, loader = _plain_environment(), FileSystemLoader(overrides)
    waiting, seen = ["main.html"], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            source, _, _ = loader.get_source(environment, name)
            template = _read(source)
        # One of the theme's own, or what Jinja cannot read: MkDocs will say so.
        except TemplateError:
            return False
        has_more = bool(template.shown - _FRAME_VARIABLES)
        # What is imported does not see what is said of its page alone.
        if has_more or _FRAME_READS_MORE.search(source) or template.imports:
            return False
        for other in template.others:
            if other is None:
                return False
            waiting.append(other)
    return True


class _FrameTemplate(NamedTuple):
    """A template as it is written: what it shows that it is given, and what it takes in."""

    shown: frozenset[str]
    imports: bool
    others: tuple[str | None, ...]


@lru_cache(maxsize=64)  # a process that builds often has the same frame in every build
def _read(source: str) -> _FrameTemplate:
    """Read a template’s text. Raises TemplateError where Jinja cannot."""
    tree = _plain_environment().parse(source)
    return _FrameTemplate(
        frozenset(meta.find_undeclared_variables(tree)),
        any(tree.find_all((nodes.Import, nodes.FromImport))),
        tuple(meta.find_referenced_templates(tree)),
    )


@lru_cache(maxsize=1)
def _plain_environment() -> Environment:
    environment = Environment(autoescape=True)
    environment.filters["url"] = str  # MkDocs' own; with any other of its filters it is unknown
    return environment


class VisibleTemplates(FileSystemLoader):
    """A loader that lists no hidden folder; a template in one is still loaded by its name."""

    def list_templates(self) -> list[str]:
        names: set[str] = set()
        for root in self.searchpath:
            for folder, subfolders, files in os.walk(root, followlinks=self.followlinks):
                # In place: `os.walk` goes only into those that are left.
                subfolders[:] = [name for name in subfolders if not name.startswith(".")]
                names.update(Path(folder, name).relative_to(root).as_posix() for name in files)
        return sorted(names)


class CompiledTemplates(BytecodeCache):
    """Compiled templates of this process, for the next build in it.

    Jinja finds them by name and by a checksum of the template's text: an altered one is compiled.
    """

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def get_cache_key(self, name: str, filename: str | None = None) -> str:  # noqa: ARG002
        # Not by its file: the same page frame lies in each workspace, and in each copy of one.
        return name

    def load_bytecode(self, bucket: Bucket) -> None:
        if compiled := self._compiled.get(bucket.key):
            bucket.bytecode_from_string(compiled)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


_COMPILED = CompiledTemplates()


def theme_environment(theme: Theme) -> Environment:
    """Return the environment that MkDocs makes for a theme, with the loader and cache above."""
    environment = type(theme).get_env(theme)
    environment.loader = VisibleTemplates(theme.dirs)
    environment.bytecode_cache = _COMPILED
    return environment
