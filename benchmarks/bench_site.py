"""Time building the site of 100 and of 1,000 stories, compared with bare MkDocs.

Bare MkDocs gets every page as a Markdown file with the same words, the Material theme with its
defaults, and no search. Ours makes as many pages and more (themes, questions, handouts, search),
copies the media, and checks every byte before the site is replaced.
"""

from __future__ import annotations

import gzip
import logging
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from benchmarks.bench_leaks import make_edition
from benchmarks.measure import BenchRow, Timing, time_once
from library.core.workspace import Workspace
from publish.build import build_site, make_pages
from publish.bundle import released_bundle
from publish.edition import MANIFEST, Edition
from publish.forbidden import Forbidden
from tests.support.workspaces import make_workspace

COUNTS = (100, 1000)
FILM_BYTES = 20_000  # small: copying films is not what is measured
MAX_PAGE_BYTES = 70_000
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


def run() -> Iterator[BenchRow]:
    for count in COUNTS:
        with tempfile.TemporaryDirectory() as folder:
            yield from _rows(Path(folder), count)


def _rows(folder: Path, count: int) -> Iterator[BenchRow]:
    workspace = make_workspace(folder / "library")
    make_edition(workspace, count, FILM_BYTES)
    edition = _add_themes(workspace)
    _write_bare(folder / "bare", edition)
    bare = _once(lambda: _build_bare(folder / "bare"))
    whole = _once(lambda: build_site(workspace))
    pages = _once(lambda: _pages_alone(workspace, folder / "pages"))
    raw, packed = _page_sizes(workspace)
    label = f"{count} stories of 6,000 words: every page, checked; goal twice bare MkDocs"
    yield BenchRow(label, whole, 2 * bare.median, bare)
    yield BenchRow(f"  bare MkDocs with the same {count} pages", bare)
    yield BenchRow("  all pages again, as after one more approval", pages)
    size = sum(path.stat().st_size for path in workspace.public.rglob("*") if path.is_file())
    yield BenchRow(
        f"  a story’s page: {raw / 1000:.0f} kB, {packed / 1000:.0f} kB on the wire "
        f"(≤ {MAX_PAGE_BYTES / 1000:.0f}); site {size / 1e6:.0f} MB",
        Timing(0, 0, 0),
    )
    index = workspace.public / "index.html"
    yield BenchRow(f"  the library page: {index.stat().st_size / 1000:.0f} kB", Timing(0, 0, 0))
    assert raw <= MAX_PAGE_BYTES, raw


def _add_themes(workspace: Workspace) -> Edition:
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


def _once(work: Callable[[], object]) -> Timing:
    return Timing.of([time_once(work)])  # a build takes long enough to be measured once


def _pages_alone(workspace: Workspace, folder: Path) -> None:
    """Make all pages of the edition, as every build does: none is kept from the build before."""
    folder.mkdir()
    make_pages(workspace, released_bundle(workspace), folder, Forbidden())


def _write_bare(folder: Path, edition: Edition) -> None:
    docs = folder / "docs"
    (docs / "stories").mkdir(parents=True)
    links = []
    for story in edition.stories:
        parts = [f"# {story.page.title}", story.page.summary]
        for chapter in story.page.chapters:
            parts.append(f"## {chapter.title}")
            parts += [
                f"**{paragraph.speaker}** {paragraph.text}" for paragraph in chapter.paragraphs
            ]
        (docs / "stories" / f"{story.page.id}.md").write_text("\n\n".join(parts), "utf-8")
        links.append(f"- [{story.page.title}](stories/{story.page.id}.md)")
    (docs / "index.md").write_text("# Library\n\n" + "\n".join(links), "utf-8")
    (folder / "mkdocs.yml").write_text(BARE.format(docs=docs, site=folder / "site"), "utf-8")


def _build_bare(folder: Path) -> None:
    # Heavy, and none of what our own builds should have loaded before they are timed.
    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    logging.getLogger("mkdocs").setLevel(logging.ERROR)
    config = load_config(config_file=str(folder / "mkdocs.yml"))
    config.plugins.on_startup(command="build", dirty=False)
    build(config)


def _page_sizes(workspace: Workspace) -> tuple[int, int]:
    """Return the bytes of the largest story’s page, as a file and as a server compresses it."""
    pages = [path.read_bytes() for path in (workspace.public / "stories").glob("*.html")]
    return max(map(len, pages)), max(len(gzip.compress(page, 6)) for page in pages[:20])
