"""Compare the search with Pagefind’s newest, on the same stories, over http, in the same browser.

Both are put behind one plain server: our index with its scripts, and a page to each story with
Pagefind’s index of them. Timed is what a page that was just opened takes from a question to the
excerpts of its first two stories; ours are of moments, Pagefind’s of stories. Bytes are those that
came over the network by then, as the browser counts them. Pagefind is taken from npm into a
temporary folder and is no part of the project; where there is no npm nothing is compared.
"""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT, BenchRow, Timing, print_table
from benchmarks.synthetic_stories import stories
from films.page_text import StoryPage
from publish.search.documents import story_document
from publish.search.shards import search_files
from publish.search.word_list import shipped_word_list
from tests.support.browser import installed_chromium

SIZES = (1_000,)
QUESTIONS = (
    ("a rare word", "kidney"),
    ("a common word", "hospital"),
    ("two words", "nobody listened"),
    ("a phrase", '"crisis team"'),
    ("words of a question", "first asked for help"),
)
TIMES = 5
_COUNTER = "/bytes-sent"
_SCRIPTS = ("search-words.js", "search-lists.js", "search-query.js", "search-index.js")
_OURS = """async query => {
  const began = performance.now();
  const search = window.carerStoriesSearch;
  const answer = await search.find(query, "");
  const first = answer.works.slice(0, 2).flatMap(work => work.passages.slice(0, 2)
    .map(one => search.textOf(work.work, one.passage)));
  const texts = await Promise.all(first);
  return [performance.now() - began, texts.length];
}"""
_THEIRS = """async query => {
  const began = performance.now();
  const answer = await window.pagefind.search(query);
  const first = await Promise.all(answer.results.slice(0, 2).map(one => one.data()));
  return [performance.now() - began, first.length];
}"""
_OPEN_THEIRS = """async () => {
  window.pagefind = await import("/pagefind/pagefind.js");
  await window.pagefind.init();
}"""


@dataclass(frozen=True)
class SearchUnderTest:
    """A search in a folder of files, and how a page opens it and asks it."""

    name: str
    folder: Path
    opens: str
    asks: str


def run(sizes: Sequence[int] = SIZES) -> Iterator[BenchRow]:
    chromium = installed_chromium()
    if chromium is None or shutil.which("npm") is None:
        return
    with tempfile.TemporaryDirectory() as name:
        pagefind = _pagefind(Path(name))
        for number in sizes if pagefind else ():
            with tempfile.TemporaryDirectory() as folder:
                yield from _compared(number, Path(folder), pagefind, chromium)


def _pagefind(folder: Path) -> str:
    """Install Pagefind, and return its version; empty where it cannot be had."""
    install = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "pagefind@latest"]
    if subprocess.run(install, cwd=folder, capture_output=True, check=False).returncode:
        return ""
    return str(folder)


def _compared(number: int, folder: Path, pagefind: str, chromium: str) -> Iterator[BenchRow]:
    ours, theirs = folder / "ours", folder / "pagefind"
    (theirs / "stories").mkdir(parents=True)
    for page in stories(number):
        (theirs / "stories" / f"{page.id}.html").write_text(_page(page), encoding="utf-8")
    (theirs / "index.html").write_text("<!doctype html><title>Pagefind</title>", encoding="utf-8")
    own_index = _timed(lambda: _make_ours(number, ours))
    program = Path(pagefind) / "node_modules/pagefind/lib/runner/bin.cjs"
    command = ["node", str(program), "--site", str(theirs), "--silent"]
    their_index = _timed(lambda: subprocess.run(command, check=True))
    sizes = {path: _size(path) for path in (ours, theirs / "pagefind")}
    files = {path: sum(1 for one in path.rglob("*") if one.is_file()) for path in sizes}
    for label, path, timing, other in (
        ("ours", ours, own_index, their_index),
        ("Pagefind", theirs / "pagefind", their_index, None),
    ):
        what = f"{number} stories, {label}: index of {sizes[path] / 1e6:.0f} MB"
        yield BenchRow(f"{what} in {files[path]} files", timing, compared_with=other)
    searches = (
        SearchUnderTest("ours", ours, "() => window.carerStoriesSearch.open()", _OURS),
        SearchUnderTest("Pagefind", theirs, _OPEN_THEIRS, _THEIRS),
    )
    yield from _answers(number, searches, chromium)


def _answers(
    number: int, searches: tuple[SearchUnderTest, ...], chromium: str
) -> Iterator[BenchRow]:
    from playwright.sync_api import sync_playwright  # only where there is a browser

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for kind, query in QUESTIONS:
            measured = []
            for search in searches:
                with _served(search.folder) as address:
                    measured.append(_asked(browser, address, search, query))
            for search, (timing, opened, read) in zip(searches, measured, strict=True):
                size = f"{opened / 1000:.0f} KB to open and {read / 1000:.0f} to answer"
                row = f"{number} stories, {search.name}: {kind}, {size}"
                other = measured[1][0] if search is searches[0] else None
                yield BenchRow(row, timing, compared_with=other)
        browser.close()


def _asked(
    browser: Any, address: str, search: SearchUnderTest, query: str
) -> tuple[Timing, int, int]:
    """Return how long answers took, and bytes: until the page was ready, and for the answer."""
    times, opened, read = [], 0, 0
    for _ in range(TIMES):
        context = browser.new_context()
        page = context.new_page()
        before = _sent(address)
        page.goto(f"{address}index.html", wait_until="networkidle")
        page.evaluate(search.opens)
        opened = _sent(address) - before
        took, count = page.evaluate(search.asks, query)
        assert count, (search.name, query)
        read = _sent(address) - before - opened
        times.append((took / 1000, 0.0))
        context.close()
    return Timing.of(times), opened, read


def _make_ours(number: int, folder: Path) -> None:
    documents = [story_document(page, "Film, 40 minutes") for page in stories(number)]
    for path, text in search_files(documents, shipped_word_list()).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    for name in _SCRIPTS:
        shutil.copy(ROOT / "site/assets/js" / name, folder / name)
    scripts = "".join(f'<script src="{name}"></script>' for name in _SCRIPTS)
    page = f'<!doctype html><meta charset="utf-8"><title>Ours</title>{scripts}'
    (folder / "index.html").write_text(page, encoding="utf-8")


def _page(page: StoryPage) -> str:
    parts = [f"<h1>{escape(page.title)}</h1><p>{escape(page.summary)}</p>"]
    for chapter in page.chapters:
        parts.append(f'<h2 id="{chapter.id}">{escape(chapter.title)}</h2>')
        parts += [f"<p>{escape(paragraph.text)}</p>" for paragraph in chapter.paragraphs]
    body = "\n".join(parts)
    head = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(page.title)}</title>'
    )
    return f"{head}<main data-pagefind-body>{body}</main></html>"


def _timed(work: Any) -> Timing:
    began = time.perf_counter()
    work()
    return Timing.of([(time.perf_counter() - began, 0.0)])


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _sent(address: str) -> int:
    with urllib.request.urlopen(address.rstrip("/") + _COUNTER) as answer:  # noqa: S310 - our own
        return int(answer.read())


class _CountingHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files, and says how many bytes of them it has sent.

    A browser’s own count leaves out what a worker asks for, in which Pagefind runs.
    """

    protocol_version = "HTTP/1.1"
    sent = 0

    def do_GET(self) -> None:
        if self.path != _COUNTER:
            super().do_GET()
            return
        told = str(self.sent).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """Send a file, and count its bytes."""
        data = source.read()
        type(self).sent += len(data)
        outputfile.write(data)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Print nothing: the table is what is read."""


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """Serve a folder from a process of its own, as in `bench_search`."""
    command = [sys.executable, "-m", "benchmarks.bench_pagefind", "serve", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


def _serve(folder: str) -> None:
    handler = functools.partial(_CountingHandler, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    print(f"http://127.0.0.1:{server.server_address[1]}/", flush=True)
    threading.Thread(target=server.serve_forever).start()


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        _serve(sys.argv[2])
    else:
        print_table([run()])
