"""The description of a page: all in which one page of this machine differs from another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from library.core.workspace import PageFiles, Workspace

if TYPE_CHECKING:
    from flask import Blueprint


@dataclass(frozen=True)
class LocalPage:
    """A page that the program shows in a browser of this machine."""

    name: str
    """The page in sentences: “The station refused that.”"""
    folder: Path
    """The folder of `index.html` and its scripts and styles; the shared ones are found as well."""
    files: Callable[[Workspace], PageFiles]
    more_folders: tuple[Path, ...] = ()
    """Folders of another page, some of whose scripts and styles this one shows as well."""
    full_name: str = ""
    """The page where it is first named: “The capture station is open.” Else as `name`."""
    reassurance: str = "Try again."
    """The next step after an error that nobody foresaw."""
    browser_features: tuple[str, ...] = ()
    """Features of the browser, such as `camera`, that the page may ask for."""
    unproved_routes: tuple[str, ...] = ()
    """Rules of GET requests without a proof, as by `<video>`, which sends no header of ours.

    What is answered there is not sealed: it must be asked for by a secret of this run.
    """
    max_json_bytes: int = 64 * 1024
    bytes_paths: tuple[str, ...] = ()
    """The parts of paths by which requests are known whose body is bytes, not JSON."""
    max_bytes: int = 64 * 1024 * 1024
    """Bytes of the body of such a request."""

    @property
    def title(self) -> str:
        return self.full_name or self.name


def _nothing() -> None:
    pass


def _no() -> bool:
    return False


@dataclass(frozen=True)
class PageService:
    """One run of a page: what it answers, and what it is asked before it ends."""

    blueprints: tuple[Blueprint, ...]
    """The calls: each rule begins with `/api/`, or is among the page’s `unproved_routes`."""
    require_closable: Callable[[], None] = _nothing
    """Raises a CodedRefusal where the page must not be closed now."""
    is_unfinished: Callable[[], bool] = _no
    """True where the open windows must be able to come back after this end, as after a kill."""
