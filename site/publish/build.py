"""From the edition to `public/`: built beside it, checked, and only then put in its place.

It fails closed. Whatever goes wrong, the site that stood before still stands, untouched, and a
site that was not checked never does.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from library.errors import CarerStoriesError, Damaged, NotFound, ToolFailed
from library.files import refused_plainly, sha256_of
from library.workspace import Workspace
from publish.bundle import released_files, trusted_edition
from publish.edition import Edition, require_none_taken_back, swap_folder
from publish.leaks import check_leaks
from publish.links import broken_links, unexpected_files

# Material's scripts and its map files: no page of ours loads them (docs/site.md).
_NOT_NEEDED = ("assets/javascripts", "assets/images")


@dataclass(frozen=True)
class SiteReport:
    """What was built: for people's eyes and for the benchmark."""

    stories: int
    pages: int
    files: int
    size: int
    """Bytes of the whole site."""
    seconds: float


def build_site(workspace: Workspace, terms: tuple[str, ...] = ()) -> SiteReport:
    """Build `public/` from `interviews/edition/`. The caller holds the press's lock.

    `terms` are words that must not be found anywhere in it. Raises NotFound without an edition,
    Damaged where the edition is not as it was written, NotAllowed for something unreleased,
    ToolFailed where MkDocs or a check of the pages fails. `public/` is then as it was.
    """
    began = time.monotonic()
    edition = trusted_edition(workspace)
    beside = workspace.public.with_name(f"{workspace.public.name}.new")
    with refused_plainly(beside):
        _remove(beside)
        beside.mkdir(parents=True)
    try:
        _run_mkdocs(workspace, beside)
        _tidy(beside)
        _check(workspace, edition, beside, terms)
        report = _report(edition, beside, time.monotonic() - began)
        require_none_taken_back(workspace, edition)
        swap_folder(beside, workspace.public)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return report


def check_site(workspace: Workspace, terms: tuple[str, ...] = ()) -> None:
    """Look at the built site again. Raises as `build_site` does; only reads."""
    if not (workspace.public / "index.html").is_file():
        raise NotFound("There is no built site here yet.", "Build it: carer-stories site build")
    _check(workspace, trusted_edition(workspace), workspace.public, terms)


def _run_mkdocs(workspace: Workspace, folder: Path) -> None:
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from mkdocs.exceptions import MkDocsException

    with _quiet_mkdocs() as said:
        try:
            config = load_config(config_file=str(workspace.config), site_dir=str(folder))
            config.plugins.on_startup(command="build", dirty=False)
            build(config)
        except MkDocsException as error:
            ours = _refusal_of_ours(error)
            if ours:
                raise ours from error
            detail = "; ".join(said.lines[:3]) or str(error)
            raise ToolFailed(
                f"MkDocs could not make the pages: {detail}",
                "The site is as it was. Mend what it names, in mkdocs.yml or site/, and try again.",
            ) from error
        except OSError as error:
            with refused_plainly(folder):
                raise error from None


def _refusal_of_ours(error: BaseException | None) -> CarerStoriesError | None:
    """The hook raises ours as MkDocs' kind; MkDocs wraps that in one more."""
    while error is not None and not isinstance(error, CarerStoriesError):
        error = error.__cause__ or error.__context__
    return error


class _Said(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextlib.contextmanager
def _quiet_mkdocs() -> Iterator[_Said]:
    """Keep MkDocs' warnings for our own message instead of the terminal."""
    logger = logging.getLogger("mkdocs")
    said, propagated = _Said(), logger.propagate
    logger.addHandler(said)
    logger.propagate = False
    try:
        yield said
    finally:
        logger.removeHandler(said)
        logger.propagate = propagated


def _tidy(folder: Path) -> None:
    with refused_plainly(folder):
        for name in _NOT_NEEDED:
            shutil.rmtree(folder / name, ignore_errors=True)
        for extra in [*folder.rglob("*.map"), *folder.glob("sitemap.xml*")]:
            extra.unlink()


def _check(workspace: Workspace, edition: Edition, folder: Path, terms: tuple[str, ...]) -> None:
    expected = _check_files(workspace, edition, folder)
    troubles = broken_links(folder)
    troubles += [f"{name}: nobody released it" for name in unexpected_files(folder, expected)]
    if troubles:
        raise ToolFailed(
            f"The pages have {len(troubles)} faults, the first: {troubles[0]}.",
            "Mend it in site/ or mkdocs.yml and build again.",
        )
    released = {story.page.id for story in edition.stories}
    check_leaks(folder, released, _known_ids(workspace), terms)


def _check_files(workspace: Workspace, edition: Edition, folder: Path) -> set[str]:
    """Every released file is there byte for byte; returns what may be under `stories/`."""
    expected = set()
    for released in released_files(workspace, edition):
        built = folder / released.path
        if not built.is_file() or sha256_of(built) != released.sha256:
            raise Damaged(
                f"{released.path} in the site is not the file that was released.",
                "Build again: carer-stories site build",
            )
        expected.add(released.path)
        if released.path.endswith("/captions.vtt"):
            expected.add(released.path.removesuffix(".vtt") + ".js")
    expected |= {f"stories/{story.page.id}.html" for story in edition.stories}
    missing = [name for name in expected if not (folder / name).is_file()]
    if missing:
        raise ToolFailed(f"{missing[0]} was not made.", "Build again: carer-stories site build")
    return expected


def _known_ids(workspace: Workspace) -> list[str]:
    """Every story there is a folder of, by name alone: nothing of it is opened."""
    if not workspace.stories.is_dir():
        return []
    return [folder.name for folder in workspace.stories.iterdir() if folder.is_dir()]


def _report(edition: Edition, folder: Path, seconds: float) -> SiteReport:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return SiteReport(
        stories=len(edition.stories),
        pages=sum(path.suffix == ".html" for path in files),
        files=len(files),
        size=sum(path.stat().st_size for path in files),
        seconds=seconds,
    )


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
