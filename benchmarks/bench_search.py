"""Time the search: making the index, and the first answer of a page that has just been opened.

Answers are timed in Chromium by the page itself, from the question to the first stories laid out,
in a fresh browser context each time, over http and from files. The server of `site serve` runs in a
process of its own, as for users: in this one it would wait for the code that drives the browser.
Bytes are of all files requested until the whole first page of results is there: index, lists and
texts; the scripts that every search page loads are counted separately.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from benchmarks.measure import BenchRow, Timing, print_table, time_of
from benchmarks.synthetic_stories import stories
from library.core.files import sha256_of
from library.core.workspace import Workspace
from publish.build import build_site
from publish.edition import MANIFEST
from publish.search import tokens
from publish.search.documents import SearchDocument, story_document
from publish.search.shards import search_files
from publish.search.word_list import shipped_word_list
from tests.support.browser import installed_chromium
from tests.support.editions import edition_of, released
from tests.support.workspaces import make_workspace

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
    ("a whole sentence", "what happens when the crisis team does not come at night"),
)
GOAL_MS, GOAL_BYTES = 100.0, 250_000
TIMES = 7


def run(sizes: Sequence[int] = SIZES) -> Iterator[BenchRow]:
    for number in sizes:
        documents = [story_document(page, "Film, 40 minutes") for page in stories(number)]
        yield from _index_rows(number, documents)
        with tempfile.TemporaryDirectory() as folder:
            workspace = _site(Path(folder) / "library", documents)
            yield from _answer_rows(number, workspace)


def _index_rows(number: int, documents: list[SearchDocument]) -> Iterator[BenchRow]:
    files = search_files(documents, shipped_word_list())
    texts = sum(len(text.encode()) for path, text in files.items() if path.startswith("stories/"))
    lists = sum(len(text.encode()) for text in files.values()) - texts
    bare = time_of(lambda: _only_split(documents), times=3)
    made = time_of(lambda: _make_index(documents), times=3)
    what = f"{number} stories: {len(files)} files, {lists / 1e6:.1f} MB lists"
    yield BenchRow(f"index of {what}, {texts / 1e6:.1f} MB texts", made, compared_with=bare)
    yield BenchRow(f"only splitting the words of {number} stories", bare)


def _make_index(documents: list[SearchDocument]) -> None:
    tokens._stem.cache_clear()  # or only the first run would pay for stemming
    search_files(documents, shipped_word_list())


def _only_split(documents: list[SearchDocument]) -> None:
    for document in documents:
        for passage in document.passages:
            for utterance in passage.utterances:
                utterance.text.split()


def _site(root: Path, documents: list[SearchDocument]) -> Workspace:
    """Build a real site of one story, and put the index and texts of many into it."""
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
    for path, text in search_files(documents, shipped_word_list()).items():
        file = workspace.public / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return workspace


def _answer_rows(number: int, workspace: Workspace) -> Iterator[BenchRow]:
    chromium = installed_chromium()
    if chromium is None:
        return
    from playwright.sync_api import sync_playwright  # only where there is a browser

    with sync_playwright() as playwright, _served(workspace) as http:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for base in (http, workspace.public.as_uri() + "/"):
            scheme = base.partition(":")[0]
            for kind, query in QUESTIONS:
                times, read, scripts = _search(browser, base, query, workspace.public)
                size = f"{read / 1000:.0f} KB and {scripts / 1000:.0f} of scripts"
                missed = " TOO MUCH READ" if read > GOAL_BYTES else ""
                name = f"{number} stories, {scheme}: {kind}, {size}{missed}"
                yield BenchRow(name, Timing.of([(ms / 1000, 0.0) for ms in times]), goal_ms=GOAL_MS)
        browser.close()


_SERVER = """
import threading
from pathlib import Path
from library.core.workspace import Workspace
from publish.serve import serve_pages
with serve_pages(Workspace(Path.cwd()), 0) as address:
    print(address, flush=True)
    threading.Event().wait()
"""


@contextmanager
def _served(workspace: Workspace) -> Iterator[str]:
    """Serve the workspace’s pages as `carer-stories site serve` does, without its login link."""
    command = [sys.executable, "-c", _SERVER]
    with subprocess.Popen(command, cwd=workspace.root, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        try:
            yield next(word for word in line.split() if word.startswith("http://"))
        finally:
            server.kill()


def _search(browser, base: str, query: str, public: Path) -> tuple[list[float], int, int]:  # type: ignore[no-untyped-def]
    """Return milliseconds of each answer, and bytes read: index and texts, and scripts."""
    times: list[float] = []
    requested: set[str] = set()
    for _ in range(TIMES):
        context = browser.new_context()
        page = context.new_page()
        requested.clear()
        page.on("request", lambda request: requested.add(request.url))
        page.goto(base + "search.html", wait_until="networkidle")
        page.fill("#search-words", query)
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-took]", state="attached")
        times.append(float(page.get_attribute("[data-took]", "data-took")))
        context.close()
    sizes = {name: (public / name).stat().st_size for name in _files(requested, base)}
    scripts = sum(size for name, size in sizes.items() if name.startswith("assets/js/"))
    read = sum(size for name, size in sizes.items() if name.startswith(("search/", "stories/")))
    return times, read, scripts


def _files(requested: set[str], base: str) -> Iterator[str]:
    for url in requested:
        path = urlsplit(url)._replace(query="", fragment="").geturl()
        if path.startswith(base) and path.endswith((".js", ".css")):
            yield path.removeprefix(base)


if __name__ == "__main__":
    print_table([run()])
