"""An edition made on the spot, the site built from it, and a browser to look at it with."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from library.core import clock
from library.core.files import sha256_of
from library.core.workspace import Workspace
from library.records.store import Store
from library.records.story import Story
from publish.edition import Edition
from publish.leaks import needles
from publish.leaks.readings import FoldedText
from tests.support.browser import launch_chromium
from tests.support.editions import (
    CAPTIONS,
    FILM_MS,
    HEARD,
    VIDEO,
    BuiltSite,
    lay_edition,
    story_page,
)
from tests.support.firefox import Firefox, running_firefox
from tests.support.full_library import lay_library
from tests.support.page_checks import Open, watched_page
from tests.support.quick_stories import released
from tests.support.sample_media import made_once
from tests.support.training_plans import lay_plan, plan_text, with_pause
from tests.support.withdrawn_story import TITLE, paths_naming
from tests.support.workspaces import make_workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


_fold = needles.quick_folds


@lru_cache(maxsize=1024)
def _folds_remembered(text: str) -> list[FoldedText]:
    return _fold(text)


def _quick_folds(text: str) -> list[FoldedText]:
    return _folds_remembered(text)


# A run builds hundreds of small libraries, and nearly all texts of their sites are the same.
needles.quick_folds = _quick_folds

LONG = "them nothing. " + "She asks again, and she is not unkind about it. " * 9 + "You wait"
NOTE = "notes: [Most people speak of the ward first]"
POLISH = """\
WEBVTT

00:00:03.900 --> 00:00:10.000
Codziennie dzwoniłam na oddział.
"""


@pytest.fixture(scope="session")
def media() -> Path:
    """A short film, recording and poster, really encoded; only ever copied."""
    return made_once("site-media", _encode)


def _encode(folder: Path) -> None:
    import imageio_ffmpeg

    folder.mkdir()
    seconds = str(FILM_MS / 1000)
    sound = ["-f", "lavfi", "-t", seconds, "-i", "sine=frequency=220:sample_rate=44100"]
    picture = ["-f", "lavfi", "-t", seconds, "-i", "color=c=0x24504f:size=320x180:rate=6"]
    video = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "6"]
    encoded = ["-c:a", "aac", "-b:a", "48k", "-movflags", "+faststart"]
    commands = (
        [*picture, *sound, *video, *encoded, "film.mp4"],
        [*sound, *encoded, "audio.m4a"],
        [*picture, "-frames:v", "1", "poster.jpg"],
    )
    for command in commands:
        subprocess.run(
            [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *command],
            cwd=folder,
            check=True,
            timeout=120,
        )
    (folder / "captions.vtt").write_text(CAPTIONS, encoding="utf-8")


Lay = Callable[[Workspace, Path], object]
"""Lays an edition, of these media, into a workspace."""


@contextmanager
def _served(name: str, lay: Lay, media: Path, folder: Path) -> Iterator[BuiltSite]:
    """Serve a copy of a site that one of all workers has built, by the product's own server."""
    from publish.build import build_site
    from publish.serve import serve_pages

    def make(to: Path) -> None:
        workspace = make_workspace(to)
        lay(workspace, media)
        build_site(workspace)

    root = shutil.copytree(made_once(name, make), folder / "library", symlinks=True)
    workspace = Workspace(root)
    with serve_pages(workspace, 0) as address:
        yield BuiltSite(workspace, address)


@pytest.fixture(scope="session")
def built_site(tmp_path_factory: pytest.TempPathFactory, media: Path) -> Iterator[BuiltSite]:
    """A film and a recording."""
    with _served("built-site", _lay_two, media, tmp_path_factory.mktemp("site")) as site:
        yield site


def _lay_two(workspace: Workspace, media: Path) -> None:
    lay_edition(
        workspace,
        media,
        story_page(VIDEO),
        story_page(HEARD, title="A different experience", themes=("hope",)),
        fictional=True,
    )


@pytest.fixture(scope="session")
def whole_site(tmp_path_factory: pytest.TempPathFactory, media: Path) -> Iterator[BuiltSite]:
    """Everything a page can show, for all the tests that open it in a browser."""
    with _served("whole-site", lay_library, media, tmp_path_factory.mktemp("whole")) as site:
        yield site


@pytest.fixture(scope="session")
def training_site(tmp_path_factory: pytest.TempPathFactory, media: Path) -> Iterator[BuiltSite]:
    """A plan with a clip of a film, which stops once on its way, and one of a recording."""
    with _served(
        "training-site", _lay_training, media, tmp_path_factory.mktemp("training")
    ) as site:
        yield site


def _lay_training(workspace: Workspace, media: Path) -> None:
    pages = (story_page(VIDEO), story_page(HEARD, title="A different experience"))
    edition = lay_edition(workspace, media, *pages, fictional=True)
    text = with_pause(plan_text(VIDEO, HEARD)).replace("tell them nothing.", f"tell {LONG}.")
    text = text.replace('ask: ["What did you hear?"]', f'ask: ["What did you hear?"]\n    {NOTE}')
    text = text.replace("    timer: 120\n", "    timer: 120\n    rounds: 2\n")
    lay_plan(workspace, _translated(workspace, edition), text, CAPTIONS)


def _translated(workspace: Workspace, edition: Edition) -> Edition:
    """The film, and not the recording, has Polish captions as well."""
    polish = workspace.edition / "stories" / VIDEO / "captions.pl.vtt"
    polish.write_text(POLISH, encoding="utf-8")
    film, *others = edition.stories
    files = {**film.files, polish.name: sha256_of(polish)}
    return replace(edition, stories=(replace(film, files=files), *others))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    launched = launch_chromium()
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def started_firefox() -> Iterator[Firefox]:
    """Firefox, which takes seconds to start; tests take it as `firefox`."""
    with running_firefox() as running:
        yield running


@pytest.fixture
def firefox(started_firefox: Firefox) -> Firefox:
    """Firefox with an empty page of 1440 × 900 pixels, without zoom."""
    started_firefox.start_afresh()
    return started_firefox


@pytest.fixture(scope="session")
def published_library(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, str, date]:
    """A library with two stories that staff can see; only ever copied.

    With the id of the first, and the day on which its pages were made.
    """
    from library.core.audience import Audience
    from publish.build_job import build_library

    workspace = make_workspace(tmp_path_factory.mktemp("published") / "library")
    story_id = released(workspace, TITLE)
    released(workspace, "Still shown")
    day = clock.today()
    build_library(workspace, Audience.TRUST)
    assert paths_naming(workspace, story_id, TITLE)
    return workspace, story_id, day


@pytest.fixture
def published(workspace: Workspace, published_library: tuple[Workspace, str, date]) -> str:
    """The id of a story that staff can see, beside another one."""
    from library.core.audience import Audience
    from publish.build_job import build_library

    made, story_id, day = published_library
    lay_over(made, workspace)
    # Every page names the day of its edition: a run over midnight would compare two editions.
    if clock.today() != day:
        build_library(workspace, Audience.TRUST)
    return story_id


def lay_over(made: Workspace, fresh: Workspace) -> None:
    """Copy a library over a fresh workspace, in which nothing was done yet."""
    assert fresh.settings.read_bytes() == made.settings.read_bytes()
    assert not Store(fresh.database).read().all(Story)
    shutil.copytree(made.root, fresh.root, symlinks=True, dirs_exist_ok=True)


@pytest.fixture
def look(browser: Browser) -> Iterator[Open]:
    """Open a page; afterwards insist that it asked no other host and complained of nothing."""
    with ExitStack() as stack:

        def open_page(address: str, *, base: str, **context: Any) -> Page:
            page = stack.enter_context(watched_page(browser, base, **context))
            page.goto(base + address)
            return page

        yield open_page
