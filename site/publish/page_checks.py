"""Checks of the built pages: every link leads somewhere, and nothing is fetched from elsewhere.

Pages are read by lexbor, which reads HTML as browsers do, in a thousandth of a second each.
"""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from justhtml import JustHTML
from selectolax.lexbor import LexborHTMLParser

from library.core.files import entries_below, steps_of

_FETCHES = {
    ("audio", "src"),
    ("body", "background"),
    ("embed", "src"),
    ("form", "action"),
    ("iframe", "src"),
    ("image", "href"),
    ("image", "xlink:href"),
    ("img", "src"),
    ("img", "srcset"),
    ("input", "src"),
    ("link", "href"),
    ("object", "data"),
    ("script", "src"),
    ("source", "src"),
    ("source", "srcset"),
    ("track", "data-captions"),
    ("track", "src"),
    ("use", "href"),
    ("use", "xlink:href"),
    ("video", "poster"),
    ("video", "src"),
}
"""Attributes whose address a browser asks for by itself."""
_SAFE_SCHEMES = {"http", "https", "mailto", "tel"}
"""Schemes of links that somebody chooses to follow."""
_INERT = "application/ld+json"
"""The one kind of script that may stand in a page: browsers run no such thing."""
_CSS_ADDRESS = re.compile(r"""(?:url\(\s*|@import\s+)["']?\s*([^"')\s;]+)""", re.IGNORECASE)
_MOMENT = re.compile(r"t=\d+(,\d+)?")
_STEPS_UP = re.compile(r"^(?:/|(?:\.\./)+)")
_TEMPLATE = re.compile(rb"<(/?)template\b", re.IGNORECASE)
_EVENT_HANDLER = re.compile(rb"on(?<=[\s\"'/]on)[^\s\"'/>=]*+\s*+=")
"""Pattern of event handlers in a page's lower-case text; hardly anything else does."""
_ATTRIBUTES = {"style", "id", "srcdoc", "http-equiv", "href", *(name for _, name in _FETCHES)}
_SELECTOR = ",".join(
    ["script", "style", *(f"[{name}]".replace(":", r"\:") for name in sorted(_ATTRIBUTES))]
)
"""Every element that may hold an address, a name or code, event handlers apart."""


@dataclass
class _Page:
    ids: Counter[str] = field(default_factory=Counter)
    links: dict[tuple[str, bool], None] = field(default_factory=dict)
    """Each address once, and whether the browser fetches it by itself."""
    faults: list[str] = field(default_factory=list)


_SHOWS_STORIES = (
    "index.html",
    "stories/*.html",
    "stories/*/handout.html",
    "themes/*.html",
    "browse/*.html",
    "embed/*/index.html",
    "embed/*/*/index.html",
    "embed/*/course.html",
)
"""Pages on which something of a story is shown, in every site with stories."""
UNTIL_SCRIPT = "assets/js/until.js"
"""The script that takes a story off a page from its review day on."""
_KNOWS_DAYS = {
    UNTIL_SCRIPT: b"data-review",
    "assets/js/search.js": b"data-review",
    "assets/js/search-index.js": b"texts.review",
}
"""Each script that must act on review days, and what stands in it where it does."""
_SEARCH_SCRIPTS = {
    f"assets/js/search{part}.js" for part in ("", "-index", "-lists", "-query", "-words")
}
_READS_INDEX = {
    "assets/js/search-index.js": b"library.marks",
    "assets/js/search-lists.js": b"index.marks",
}
"""Scripts of the search, and what stands in each where it reads the index that is made now."""
_SHOWS_CLIPS = "training/*-present.html"
"""Of each such session the facilitator’s page shows stories too."""


def undated_pages(folder: Path, *, but: Collection[str] = ()) -> list[str]:
    """Return sentences about pages with stories that would not take them away on their day.

    A frame or a script that people changed in `site/` may have lost it. Pages in `but` were looked
    at before.
    """
    presents = sorted(folder.glob(_SHOWS_CLIPS))
    pages = [path for pattern in _SHOWS_STORIES for path in sorted(folder.glob(pattern))]
    pages += [
        *presents,
        *(path.with_name(path.name.replace("-present.html", ".html")) for path in presents),
    ]
    names = (path.relative_to(folder).as_posix() for path in pages)
    troubles = [
        f"{name}: {_UNDATED}"
        for name in names
        if name not in but and not _knows_its_day((folder / name).read_bytes())
    ]
    return troubles + [f"{name}: {_UNDATED}" for name in scripts_without_day(folder)]


def _knows_its_day(page: bytes) -> bool:
    return b"data-review=" in page and b"/js/until.js" in page


def scripts_without_day(folder: Path) -> list[str]:
    """Return the scripts below `folder` that must act on review days, and know of none.

    Those of the search are of one make: with one of them all are returned.
    """
    lacking = {
        name
        for name, needle in _KNOWS_DAYS.items()
        if not (folder / name).is_file() or needle not in (folder / name).read_bytes()
    }
    if lacking & _SEARCH_SCRIPTS:
        lacking |= _SEARCH_SCRIPTS
    return sorted(lacking)


def outdated_scripts(folder: Path) -> list[str]:
    """Return the scripts below `folder` in whose place those of this version are needed."""
    lacking = {
        name
        for name, needle in _READS_INDEX.items()
        if not (folder / name).is_file() or needle not in (folder / name).read_bytes()
    }
    of_search = _SEARCH_SCRIPTS if lacking else set()
    return sorted({*scripts_without_day(folder), *of_search})


_UNDATED = (
    "it would go on showing a story after its review day; bring site/overrides and site/assets up "
    "to date, as docs/reference/site.md says"
)


class LinkedParts:
    """The parts of pages that links lead to, by the path of the page: read for links alone.

    A thousand stories take longer to read for them than all pages with the links do.
    """

    def __init__(self, known: Mapping[str, Collection[str]] | None = None) -> None:
        """`known` are those that the last build found, of pages that are still the same bytes."""
        self._known = known or {}
        self._seen: dict[str, set[str]] = defaultdict(set)

    def has(self, page: str, name: str, names_of: Callable[[str], Collection[str]]) -> bool:
        """Return True where a page has a part of this name; `names_of` reads those of a page."""
        if name not in self._known.get(page, ()) and name not in names_of(page):
            return False
        self._seen[page].add(name)
        return True

    def of_pages(self, pages: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Return the parts that links led to, of these pages alone."""
        return {page: tuple(sorted(names)) for page, names in self._seen.items() if page in pages}


def broken_links(
    folder: Path,
    *,
    left_out: Collection[str] = (),
    but: Collection[str] = (),
    parts: LinkedParts | None = None,
) -> list[str]:
    """Return sentences about links that lead nowhere, foreign requests and code inside pages.

    A link to a part of a page that is `left_out` leads to the notice in its place. Pages in `but`
    were looked at before, and only links to them are. `parts` are those that links lead to.
    """
    site = _Site.in_folder(folder, frozenset(left_out), parts or LinkedParts())
    looked_at = [name for name in site.names_of_pages if name not in but]
    troubles = [f"{name}: {what}" for name in looked_at for what in site.problems_of(name)]
    for name in sorted(name for name in site.files if name.endswith(".css")):
        for address in _CSS_ADDRESS.findall((folder / name).read_text(encoding="utf-8")):
            if _is_foreign(address):
                troubles.append(f"{name}: asks another host ({address[:60]})")
    return troubles


@dataclass(frozen=True)
class _Site:
    folder: Path
    files: frozenset[str]
    folders: frozenset[str]
    left_out: frozenset[str]
    parts: LinkedParts
    read_pages: dict[str, _Page] = field(default_factory=dict)
    """Pages that were read, each when it is first asked for."""

    @classmethod
    def in_folder(cls, folder: Path, left_out: frozenset[str], parts: LinkedParts) -> _Site:
        """Return everything of the site, by its path in it: the disk is asked once."""
        files, folders = set[str](), {"."}
        for name, entry in entries_below(folder):
            if entry.is_dir():
                folders.add(name)
            elif entry.is_file():
                files.add(name)
        return cls(folder, frozenset(files), frozenset(folders), left_out, parts)

    @property
    def names_of_pages(self) -> list[str]:
        return sorted(name for name in self.files if name.endswith(".html"))

    def page(self, name: str) -> _Page:
        if name not in self.read_pages:
            self.read_pages[name] = _read((self.folder / name).read_bytes())
        return self.read_pages[name]

    def problems_of(self, name: str) -> Iterator[str]:
        page = self.page(name)
        yield from page.faults
        for name_of_part, times in page.ids.items():
            if times > 1:
                yield f"{times} parts of the page have the name “{name_of_part[:60]}”"
        for address, fetched in page.links:
            trouble = self._link_problem(address, fetched, name)
            if trouble:
                yield trouble

    def _link_problem(self, address: str, fetched: bool, name: str) -> str:
        # Whoever answers it would learn who reads a story, and when.
        if fetched and _is_foreign(address):
            return f"asks another host ({address[:60]})"
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            known = parts.scheme in _SAFE_SCHEMES or (parts.scheme == "data" and fetched)
            return "" if known else f"a link of the kind “{parts.scheme}:”"
        target = self._target(parts.path, name) if parts.path else name
        # On a stick it would lead to files that are not ours.
        if target.startswith(".."):
            return f"a link that leaves the site ({address[:60]})"
        if target in self.folders:
            # From a file share or a stick it would show a list of files.
            return f"a link to a folder ({address[:60]})"
        if target not in self.files:
            return f"a link to what is not there ({address[:60]})"
        return self._fragment_problem(parts.fragment, target, address)

    def _target(self, path: str, name: str) -> str:
        # 404.html is served for any address: each link is right at one depth, and starts there.
        if name == "404.html":
            return posixpath.normpath(_STEPS_UP.sub("", unquote(path)))
        base = "" if path.startswith("/") else posixpath.dirname(name)
        return posixpath.normpath(posixpath.join(base, unquote(path).lstrip("/")))

    def _fragment_problem(self, fragment: str, target: str, address: str) -> str:
        if target in self.left_out or not fragment or _MOMENT.fullmatch(fragment):
            return ""
        if not target.endswith(".html"):
            return ""
        named = self.parts.has(target, unquote(fragment), lambda name: self.page(name).ids)
        return "" if named else f"a link to no part of a page ({address[:60]})"


def _is_foreign(address: str) -> bool:
    # `//host/path` has no scheme and is another host all the same.
    parts = urlsplit(address.strip())
    return bool(parts.netloc) or parts.scheme not in {"", "data"}


def _read(data: bytes) -> _Page:
    """Return ids and addresses of a page, and any script or style that is in the page itself."""
    page = _Page()
    # What is in a template is not in the tree, but scripts bring it into the page.
    tree = LexborHTMLParser(_TEMPLATE.sub(rb"<\1was-template", data))
    # Handlers can be on any element, and to read all of them takes far longer.
    for node in tree.css("*" if _EVENT_HANDLER.search(data.lower()) else _SELECTOR):
        attributes = node.attributes
        tag = node.tag or ""
        if tag in {"script", "style"}:
            _check_code(page, tag, attributes)
        if attributes:
            _check_attributes(page, tag, attributes)
    return page


def _check_code(page: _Page, tag: str, attributes: Mapping[str, str | None]) -> None:
    if tag == "style":
        page.faults.append("a style in the page itself")
    elif "src" not in attributes and attributes.get("type") != _INERT:
        # The policy of the page would not run it (docs/project/site.md).
        page.faults.append("a script in the page itself")


def _check_attributes(page: _Page, tag: str, attributes: Mapping[str, str | None]) -> None:
    for name, value in attributes.items():
        text = value or ""
        if name == "id":
            page.ids[text] += 1
        elif name == "style":
            page.faults.append(f'a style in the page itself (<{tag} style="{text[:60]}">)')
        elif name == "srcdoc":
            page.faults.append("a page within the page")
        elif name.startswith("on"):
            page.faults.append("an event handler in an attribute")
        elif (tag, name) in _FETCHES:
            # Each with its width after it, which is no part of the address.
            addresses = text.split(",") if name == "srcset" else [text]
            page.links.update(
                {(address.split()[0], True): None for address in addresses if address.strip()}
            )
        elif tag in {"a", "area"} and name == "href":
            page.links[text.strip(), False] = None
        elif name == "http-equiv" and text.strip().lower() == "refresh":
            page.faults.append("a page that goes elsewhere by itself")


def unexpected_files(folder: Path, expected: set[str]) -> list[str]:
    """Return the files under `stories/` and `embed/` that the edition does not account for."""
    return sorted(
        name
        for name, entry in entries_below(folder)
        if name.startswith(("stories/", "embed/")) and name not in expected and entry.is_file()
    )


# The strict reader is slow, and one template makes all of a kind.
MAX_PAGES_OF_A_KIND = 12
"""Of pages that are made alike, so many are read."""


def invalid_pages(folder: Path, *, but: Collection[str] = ()) -> list[str]:
    """Return sentences about pages that are not valid HTML: name, line, and what is wrong.

    Pages in `but` were looked at before.
    """
    faults = []
    for path in _sample_of_each_kind(folder, but):
        name = path.relative_to(folder).as_posix()
        faults += [
            f"{name}: line {line} is not valid HTML ({message})"
            for line, message in _html_faults(path.read_text(encoding="utf-8"))
        ]
    return faults


# One command may make a page twice, for the site and for an offline copy. Some ten megabytes.
@lru_cache(maxsize=256)
def _html_faults(html: str) -> tuple[tuple[int | None, str], ...]:
    """Return the line and the message of each place that is not valid HTML."""
    # Not sanitised: the page is checked as it stands, not as it could be.
    page = JustHTML(html, collect_errors=True, sanitize=False)
    return tuple((error.line, error.message) for error in page.errors)


def _sample_of_each_kind(folder: Path, but: Collection[str]) -> list[Path]:
    """Return all pages beside the first one, and some of the pages made alike.

    Alike are all of `stories/*`, or all of `stories/*/handout.html`.
    """
    alike: dict[tuple[str, str], list[Path]] = defaultdict(list)
    written = []
    names = (
        name
        for name, entry in entries_below(folder)
        if name.endswith(".html") and name not in but and entry.is_file()
    )
    for name in sorted(names, key=steps_of):
        first, *inner = steps_of(name)
        if inner:
            alike[first, inner[-1] if len(inner) > 1 else ""].append(folder / name)
        else:
            written.append(folder / name)
    return [*written, *(path for pages in alike.values() for path in _evenly_spread(pages))]


def _evenly_spread(pages: list[Path]) -> list[Path]:
    if len(pages) <= MAX_PAGES_OF_A_KIND:
        return pages
    step = (len(pages) - 1) / (MAX_PAGES_OF_A_KIND - 1)
    return [pages[round(number * step)] for number in range(MAX_PAGES_OF_A_KIND)]
