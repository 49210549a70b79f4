"""The staff's library of 100 and of 1,000 stories, beside bare MkDocs with the same pages.

Bare MkDocs is given every page as a Markdown file with the same words, Material as it comes, and no
search. Ours makes as many pages and more (themes, questions, handouts, search), copies the media,
and looks at every byte of it all before it is put in its place.
"""

from __future__ import annotations

import contextlib
import gzip
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from benchmarks import bench_leaks
from benchmarks.measure import ROOT, Row, Timing
from library.core.workspace import Workspace
from library.workspace_template import make_workspace

sys.path.insert(0, str(ROOT / "site"))

from publish.build import build_site, make_pages
from publish.bundle import released_bundle
from publish.edition import MANIFEST, Edition
from publish.forbidden import Forbidden

COUNTS = (100, 1000)
FILM = 20_000  # bytes: what films cost is measured apart
HEAVIEST_PAGE = 70_000
THEMES = ("first-contact", "admission", "confidentiality", "hope", "discharge", "crisis")
BARE = """\
site_name: Bare
docs_dir: {docs}
site_dir: {site}
use_directory_urls: false
theme: {{name: material, language: en, font: false}}
plugins: []
nav: [{{Library: index.md}}]
not_in_nav: "stories/*"
"""


def run() -> Iterator[Row]:
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as folder, _of(count):
            yield from _rows(Path(folder), count)


@contextlib.contextmanager
def _of(count: int) -> Iterator[None]:
    """So many of the stories that the leak check is measured with, six themes among them."""
    before = bench_leaks.STORIES, bench_leaks.FILM
    bench_leaks.STORIES, bench_leaks.FILM = count, FILM
    try:
        yield
    finally:
        bench_leaks.STORIES, bench_leaks.FILM = before


def _rows(folder: Path, count: int) -> Iterator[Row]:
    workspace = make_workspace(folder / "library")
    bench_leaks.make_site(workspace)
    edition = _themed(workspace)
    bare = _once(lambda: _build_bare(folder / "bare"), lambda: _lay_bare(folder / "bare", edition))
    whole = _once(lambda: build_site(workspace))
    pages = _once(lambda: _pages_alone(workspace, folder / "pages"))
    raw, packed = _weights(workspace)
    shop = f"{count} stories of 6,000 words"
    yield Row(f"{shop}: every page, checked; goal twice bare MkDocs", whole, 2 * bare.median, bare)
    yield Row(f"  bare MkDocs with the same {count} pages", bare)
    yield Row("  after one more approval, all of it anew", pages)
    size = sum(path.stat().st_size for path in workspace.public.rglob("*") if path.is_file())
    yield Row(
        f"  a story’s page: {raw / 1000:.0f} kB, {packed / 1000:.0f} kB on the wire "
        f"(≤ {HEAVIEST_PAGE / 1000:.0f}); site {size / 1e6:.0f} MB",
        Timing(0, 0, 0),
    )
    index = workspace.public / "index.html"
    yield Row(f"  the library page: {index.stat().st_size / 1000:.0f} kB", Timing(0, 0, 0))
    assert raw <= HEAVIEST_PAGE, raw


def _themed(workspace: Workspace) -> Edition:
    path = workspace.edition / MANIFEST
    edition = msgspec.json.decode(path.read_bytes(), type=Edition)
    stories = tuple(
        msgspec.structs.replace(
            story,
            page=msgspec.structs.replace(
                story.page, themes=(THEMES[number % 6], THEMES[(number * 5 + 1) % 6])
            ),
        )
        for number, story in enumerate(edition.stories)
    )
    themed = msgspec.structs.replace(edition, stories=stories)
    path.write_bytes(msgspec.json.encode(themed))
    return themed


def _once(work: Callable[[], object], before: Callable[[], object] | None = None) -> Timing:
    """A build takes long enough to be measured once."""
    if before:
        before()
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return Timing.of([(time.perf_counter() - wall, time.process_time() - processor)])


def _pages_alone(workspace: Workspace, folder: Path) -> None:
    """What a build does once the edition stands: there is no short way for a single story."""
    folder.mkdir()
    make_pages(workspace, released_bundle(workspace), folder, Forbidden())


def _lay_bare(folder: Path, edition: Edition) -> None:
    docs = folder / "docs"
    (docs / "stories").mkdir(parents=True)
    links = []
    for story in edition.stories:
        parts = [f"# {story.page.title}", story.page.summary]
        for chapter in story.page.chapters:
            parts.append(f"## {chapter.title}")
            parts += [f"**{one.speaker}** {one.text}" for one in chapter.paragraphs]
        (docs / "stories" / f"{story.page.id}.md").write_text("\n\n".join(parts), "utf-8")
        links.append(f"- [{story.page.title}](stories/{story.page.id}.md)")
    (docs / "index.md").write_text("# Library\n\n" + "\n".join(links), "utf-8")
    (folder / "mkdocs.yml").write_text(BARE.format(docs=docs, site=folder / "site"), "utf-8")


def _build_bare(folder: Path) -> None:
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    logging.getLogger("mkdocs").setLevel(logging.ERROR)
    config = load_config(config_file=str(folder / "mkdocs.yml"))
    config.plugins.on_startup(command="build", dirty=False)
    build(config)


def _weights(workspace: Workspace) -> tuple[int, int]:
    """Bytes of the heaviest story’s page, as it lies on a stick and as a server packs it."""
    pages = [path.read_bytes() for path in (workspace.public / "stories").glob("*.html")]
    return max(map(len, pages)), max(len(gzip.compress(page, 6)) for page in pages[:20])
