"""Checks of the built pages: every link leads somewhere, and nothing is fetched from elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

_FETCHES = {
    ("audio", "src"),
    ("body", "background"),
    ("embed", "src"),
    ("form", "action"),
    ("iframe", "src"),
    ("image", "href"),
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
    ("video", "poster"),
    ("video", "src"),
}
"""Attributes whose address a browser asks for by itself."""
_SAFE_SCHEMES = {"http", "https", "mailto", "tel"}
"""What a link that somebody chooses to follow may be."""
_CSS_ADDRESS = re.compile(r"""(?:url\(\s*|@import\s+)["']?\s*([^"')\s;]+)""", re.IGNORECASE)
_MOMENT = re.compile(r"t=\d+")


@dataclass
class _Page:
    ids: set[str] = field(default_factory=set)
    links: list[tuple[str, bool]] = field(default_factory=list)
    """Each address, and whether the browser fetches it by itself."""
    inline: list[str] = field(default_factory=list)


def broken_links(folder: Path) -> list[str]:
    """Sentences about links that lead nowhere, foreign requests and code inside pages."""
    pages = {path: _read(path) for path in sorted(folder.rglob("*.html"))}
    troubles = []
    for path, page in pages.items():
        name = path.relative_to(folder).as_posix()
        troubles += [f"{name}: {what}" for what in page.inline]
        # 404.html is served for any address, so its links start at the site's root.
        base = folder if name == "404.html" else path.parent
        for address, fetched in page.links:
            trouble = _trouble(address, fetched, path, base, folder, pages)
            if trouble:
                troubles.append(f"{name}: {trouble}")
    for sheet in sorted(folder.rglob("*.css")):
        name = sheet.relative_to(folder).as_posix()
        for address in _CSS_ADDRESS.findall(sheet.read_text(encoding="utf-8")):
            if _is_foreign(address):
                troubles.append(f"{name}: asks another host ({address[:60]})")
    return troubles


def _trouble(
    address: str, fetched: bool, path: Path, base: Path, folder: Path, pages: dict[Path, _Page]
) -> str:
    if fetched and _is_foreign(address):
        return f"asks another host ({address[:60]})"
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        known = parts.scheme in _SAFE_SCHEMES or (parts.scheme == "data" and fetched)
        return "" if known else f"a link of the kind “{parts.scheme}:”"
    target = path
    if parts.path:
        rooted = parts.path.startswith("/")
        target = (folder if rooted else base) / unquote(parts.path.lstrip("/"))
        target = target.resolve()
    if not target.is_relative_to(folder.resolve()):
        return f"a link that leaves the site ({address[:60]})"
    if target.is_dir():
        # From a file share or a stick it would show a list of files.
        return f"a link to a folder ({address[:60]})"
    if not target.is_file():
        return f"a link to what is not there ({address[:60]})"
    return _fragment_trouble(parts.fragment, pages.get(target), address)


def _fragment_trouble(fragment: str, page: _Page | None, address: str) -> str:
    if not fragment or page is None or _MOMENT.fullmatch(fragment):
        return ""
    return "" if unquote(fragment) in page.ids else f"a link to no part of a page ({address[:60]})"


def _is_foreign(address: str) -> bool:
    parts = urlsplit(address.strip())
    return bool(parts.netloc) or parts.scheme not in {"", "data"}


def _read(path: Path) -> _Page:
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    reader.close()
    return reader.page


class _Reader(HTMLParser):
    """Collects ids and addresses, and any script or style that stands in the page itself."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = _Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.page.ids.add(given["id"])
        if tag == "script" and "src" not in given:
            self.page.inline.append("a script in the page itself")
        if tag == "style" or "style" in given:
            self.page.inline.append("a style in the page itself")
        if any(name.startswith("on") for name in given):
            self.page.inline.append("an event handler in an attribute")
        for name, value in given.items():
            if (tag, name) in _FETCHES:
                addresses = value.split(",") if name == "srcset" else [value]
                self.page.links += [(one.split()[0], True) for one in addresses if one.strip()]
            elif tag in {"a", "area"} and name == "href":
                self.page.links.append((value.strip(), False))


def unexpected_files(folder: Path, expected: set[str]) -> list[str]:
    """Files under `stories/` that the edition does not account for."""
    return sorted(
        name
        for path in folder.rglob("*")
        if path.is_file()
        and PurePosixPath(name := path.relative_to(folder).as_posix()).parts[0] == "stories"
        and name not in expected
    )
