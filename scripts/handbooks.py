"""Hook of MkDocs for the handbooks (`handbooks.yml`): pages that are made of others.

Contributing, security and their like lie at the root of the project, where a stranger looks. In
the handbooks they are pages of “The project”, and links to them lead there. Each handbook is also
one page, to be printed as a whole.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor
from mkdocs.structure.files import File

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
DOCS = "docs"
FROM_ROOT = {
    name: f"project/{name.removesuffix('.md').lower().replace('_', '-')}.md"
    for name in (
        "CHANGELOG.md",
        "CODE_OF_CONDUCT.md",
        "CONTRIBUTING.md",
        "GOVERNANCE.md",
        "README.md",
        "SECURITY.md",
        "THIRD_PARTY.md",
    )
}
WHOLE = {
    "recording": ("first-hour", "how-to", "what-can-go-wrong", "sheet"),
    "editing": ("first-hour", "desk-first-minutes", "how-to", "what-can-go-wrong"),
    "using": ("first-hour", "how-to", "what-can-go-wrong"),
}
"""Pages of each handbook behind its first one, in their order."""
FIRST_PAGES = ("index.md", "words.md")
FOR_DEVELOPERS = ("architecture.md", "glossary.md", "reliability.md", "scale.md")
FOR_EVERYBODY = ("project/security.md", "project/roadmap.md")
HANDBOOK_BOOST = 2000.0
_AT_ROOT = {page: name for name, page in FROM_ROOT.items()}
_LINK = re.compile(r"\[([^\]\[]*)\]\((?!\w+:|#)([^)\s#]+)(#[^)\s]*)?\)")


class ColumnLabels(Treeprocessor):
    """Names each cell of a table by its column, for narrow screens, on which a row is a block."""

    def run(self, root: Element) -> None:
        """Give the cells their `data-label`."""
        for table in root.iter("table"):
            headings = ["".join(cell.itertext()).strip() for cell in table.iter("th")]
            for row in table.iter("tr"):
                for heading, cell in zip(headings, row.findall("td"), strict=False):
                    if heading:
                        cell.set("data-label", heading)


class _LabelledTables(Extension):
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - the name is Markdown’s
        # Behind the one that reads what stands in a cell, which has 20.
        md.treeprocessors.register(ColumnLabels(md), "column_labels", 15)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Let every table name its columns in each row."""
    config.markdown_extensions.append(_LabelledTables())  # type: ignore[arg-type]  # also an object
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Lay the pages of the project’s root among the others, and each handbook as one page."""
    for name, page in FROM_ROOT.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / name)))
    for folder in WHOLE:
        files.append(File.generated(config, f"{folder}/whole.md", content=whole_handbook(folder)))
    return files


def whole_handbook(folder: str) -> str:
    """Return a handbook as one page of Markdown, which the search leaves out."""
    pages = [
        (ROOT / DOCS / folder / f"{name}.md").read_text(encoding="utf-8")
        for name in ("index", *WHOLE[folder])
    ]
    first, *others = pages
    # One step down: a page has one title.
    below = [re.sub(r"^(#+ )", r"#\1", page, flags=re.MULTILINE) for page in others]
    return "---\nsearch:\n  exclude: true\n---\n" + "\n".join([first, *below])


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Return the page’s text with links that hold within the handbooks, ranked for the search."""
    page.meta.setdefault("search", search_rank(page.file.src_uri))
    return with_links_within(markdown, page.file.src_uri)


def search_rank(page: str) -> dict[str, float | bool]:
    """Return what the search is told of a page: handbooks come first, developers’ pages not at all.

    A word of a heading counts a thousand times as much as one of the text, so that less than that
    would not lift a handbook’s answer above a heading of the reference.
    """
    folder = posixpath.dirname(page)
    if page in FOR_DEVELOPERS or (folder == "project" and page not in FOR_EVERYBODY):
        return {"exclude": True}
    if page in FIRST_PAGES:
        return {"boost": HANDBOOK_BOOST / 2}
    if posixpath.basename(page) == "what-can-go-wrong.md":
        return {"boost": HANDBOOK_BOOST * 2}  # who looks for “no sound” has a problem
    return {"boost": HANDBOOK_BOOST if folder in (*WHOLE, "it") else 1.0}


def on_post_page(output: str, page: Page, **_: object) -> str:
    """Return the page with a name for its search, which the theme’s own frame lacks.

    It says of which handbook it is, for the style of what is printed.
    """
    search = 'data-md-component="search" role="dialog"'
    output = output.replace(search, f'{search} aria-label="Search"')
    name = page.file.src_uri.removesuffix(".md").replace("/", "-")
    return output.replace('<article class="', f'<article id="page-{name}" class="', 1)


def with_links_within(markdown: str, page: str) -> str:
    """Return `markdown` with each link counted from `page`; what is no page is not linked."""
    at_root = _AT_ROOT.get(page)
    folder = "" if at_root else posixpath.join(DOCS, posixpath.dirname(page))

    def link(match: re.Match[str]) -> str:
        words, path, part = match.group(1), match.group(2), match.group(3) or ""
        target = posixpath.normpath(posixpath.join(folder, path))
        within = FROM_ROOT.get(target) or target.removeprefix(f"{DOCS}/")
        if target not in FROM_ROOT and not target.startswith(f"{DOCS}/"):
            return words
        return f"[{words}]({posixpath.relpath(within, posixpath.dirname(page))}{part})"

    return _LINK.sub(link, markdown)
