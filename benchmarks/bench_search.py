"""Moments search: making the index, and the first answer of a page that has just been opened.

Answers are timed in Chromium by the page itself, from the question to the first stories laid out,
in a fresh browser context each time, over http and from files. `carer-stories site serve` runs as
users run it, in a process of its own: in this one it would wait for what drives the browser.
Bytes are those of all files that were asked for until the whole first page of results stood there:
index, lists and texts; the scripts that every search page loads are told apart.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.measure import ROOT, Row, Timing, time_of
from library.core.files import sha256_of
from library.core.workspace import Workspace
from library.workspace_template import make_workspace

sys.path.insert(0, str(ROOT / "site"))
sys.path.insert(0, str(ROOT / "tests" / "publish"))

import msgspec
from made_editions import edition_of, released

from benchmarks.spoken_library import stories
from publish.build import build_site
from publish.edition import MANIFEST
from publish.search import tokens
from publish.search.documents import SearchDocument, story_document
from publish.search.shards import search_files
from tests.support.browser import installed_chromium

SIZES = (100, 1_000)
QUESTIONS = (
    ("a rare word", "kidney"),
    ("a common word", "hospital"),
    ("the commonest word with a list", "know"),
    ("two words", "nobody listened"),
    ("two of the commonest words", "know people"),
    ("a phrase", "“crisis team”"),
    ("a phrase with common words", "“in the hospital”"),
    ("a mistyped word", "hosptial"),
    ("words of a question", "first asked for help"),
)
GOAL_MS, GOAL_BYTES = 100.0, 250_000
TIMES = 7


def run() -> Iterator[Row]:
    for number in SIZES:
        found = [story_document(page, "Film, 40 minutes") for page in stories(number)]
        yield from _making(number, found)
        with tempfile.TemporaryDirectory() as folder:
            workspace = _site(Path(folder) / "library", found)
            yield from _answers(number, workspace)


def _making(number: int, found: list[SearchDocument]) -> Iterator[Row]:
    files = search_files(found)
    texts = sum(len(text.encode()) for path, text in files.items() if path.startswith("stories/"))
    lists = sum(len(text.encode()) for text in files.values()) - texts
    bare = time_of(lambda: _only_split(found), times=3)
    made = time_of(lambda: _afresh(found), times=3)
    what = f"{number} stories: {len(files)} files, {lists / 1e6:.1f} MB lists"
    yield Row(f"index of {what}, {texts / 1e6:.1f} MB texts", made, than=bare)
    yield Row(f"only splitting the words of {number} stories", bare)


def _afresh(found: list[SearchDocument]) -> None:
    tokens._stem.cache_clear()
    search_files(found)


def _only_split(found: list[SearchDocument]) -> None:
    for one in found:
        for piece in one.passages:
            for said in piece.utterances:
                said.text.split()


def _site(root: Path, found: list[SearchDocument]) -> Workspace:
    """A real site of one story, with the index and the texts of many."""
    workspace = make_workspace(root)
    page = next(stories(1))
    folder = workspace.edition / "stories" / page.id
    folder.mkdir(parents=True)
    (folder / "captions.vtt").write_text("WEBVTT\n\n1\n00:00:00.500 --> 00:00:03.500\nHello\n")
    (folder / "film.mp4").write_bytes(b"\0\0\0\x10ftypisom\0\0\2\0")
    files = {name: sha256_of(folder / name) for name in ("captions.vtt", "film.mp4")}
    (workspace.edition / MANIFEST).write_bytes(
        msgspec.json.encode(edition_of(released(page, files)))
    )
    build_site(workspace)
    shutil.rmtree(workspace.public / "search")
    for path, text in search_files(found).items():
        place = workspace.public / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    return workspace


def _answers(number: int, workspace: Workspace) -> Iterator[Row]:
    chromium = installed_chromium()
    if chromium is None:
        return
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, _served(workspace) as http:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for base in (http, workspace.public.as_uri() + "/"):
            way = base.partition(":")[0]
            for what, query in QUESTIONS:
                taken, read, scripts = _asked(browser, base, query, workspace.public)
                told = f"{read / 1000:.0f} KB and {scripts / 1000:.0f} of scripts"
                missed = " TOO MUCH READ" if read > GOAL_BYTES else ""
                name = f"{number} stories, {way}: {what}, {told}{missed}"
                yield Row(name, Timing.of([(ms / 1000, 0.0) for ms in taken]), goal=GOAL_MS)
        browser.close()


@contextmanager
def _served(workspace: Workspace) -> Iterator[str]:
    """The address at which `carer-stories site serve` shows the workspace’s pages."""
    command = [sys.executable, "-m", "carer_stories", "site", "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=workspace.root, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        said = server.stdout.readline()
        try:
            yield next(word for word in said.split() if word.startswith("http://"))
        finally:
            server.kill()


def _asked(browser, base: str, query: str, public: Path) -> tuple[list[float], int, int]:  # type: ignore[no-untyped-def]
    taken: list[float] = []
    asked: set[str] = set()
    for _ in range(TIMES):
        context = browser.new_context()
        page = context.new_page()
        asked.clear()
        page.on("request", lambda request: asked.add(request.url))
        page.goto(base + "search.html", wait_until="networkidle")
        page.fill("#search-words", query)
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-took]", state="attached")
        taken.append(float(page.get_attribute("[data-took]", "data-took")))
        context.close()
    sizes = {name: (public / name).stat().st_size for name in _names(asked, base)}
    scripts = sum(size for name, size in sizes.items() if name.startswith("assets/js/"))
    read = sum(size for name, size in sizes.items() if name.startswith(("search/", "stories/")))
    return taken, read, scripts


def _names(asked: set[str], base: str) -> Iterator[str]:
    for url in asked:
        path = urlsplit(url)._replace(query="", fragment="").geturl()
        if path.startswith(base) and path.endswith((".js", ".css")):
            yield path.removeprefix(base)


if __name__ == "__main__":
    from benchmarks.table import show

    show([run()])
