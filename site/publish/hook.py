"""MkDocs' side of the site: puts the edition's pages, files and our assets among its own.

`site/hook.py` in a workspace only imports these names, so the code is the installed one wherever
the workspace lies. Pages are empty Markdown files to MkDocs; their HTML is put in after Markdown
has run, so no word of a story ever meets Markdown or Jinja.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.toc import get_toc

from library.core.errors import CarerStoriesError
from library.core.markdown_cost import MarkdownCost
from library.core.workspace import Workspace
from library.workspace_template import template
from publish.bundle import (
    Bundle,
    KeptStories,
    ReleasedFile,
    captions_script,
    captions_script_path,
    released_bundle,
    released_files,
)
from publish.edition import Edition
from publish.handwritten import (
    CONFIG_FILE,
    CONTENT_FOLDER,
    LEFT_OUT_NOTICE,
    OVERRIDES_FOLDER,
    placeholder,
)
from publish.left_out import LeftOutFile
from publish.page_checks import UNTIL_SCRIPT, outdated_scripts
from publish.render import text
from publish.render.embed import EMBED_ASSETS, EMBED_NEEDS, embedded_files, has_embedded_pages
from publish.render.facets import facets_of
from publish.render.metadata import FEED_FILE, feed_files, has_feed
from publish.render.pages import fragments, render
from publish.render.standalone import preview_banner
from publish.render.story_inputs import bare_edition
from publish.render.story_lists import story_list_files
from publish.render.templating import Document, render_template
from publish.search.document_index import Vocabulary
from publish.search.documents import SearchDocument, page_document, site_documents
from publish.search.kept_indexes import StoryIndex
from publish.search.shards import search_files
from publish.search.word_list import WordList, shipped_word_list
from publish.shipped_files import THEME_SHEETS, UNUSED_FOLDERS
from publish.theme_templates import theme_environment
from publish.written_markdown import WrittenTables, with_written_extensions

if TYPE_CHECKING:
    from jinja2 import Environment
    from markdown import Markdown
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.nav import Navigation
    from mkdocs.structure.pages import Page
    from mkdocs.utils.templates import TemplateContext

BUNDLE_KEY = "carer_stories_bundle"
"""Key under which `publish.build` puts the bundle into MkDocs’ `extra`. What stands there in
mkdocs.yml is never one: only code can make a Bundle."""
WORD_LIST_KEY = "carer_stories_search_words"
"""Key of the list for the search, as BUNDLE_KEY."""
_CONTEXT_KEY = "carer_stories"
_PREVIEW_ASSETS = ("assets/css/answers.css", "assets/js/answers.js")
"""Script and sheet with which a contributor answers: those of this version, which reads what they
write, and in no page for staff."""
_FROM_ROOT = re.compile(r"""(<[a-z][^<>]*?\s(?:href|src|poster)=["'])/(?!/)""", re.IGNORECASE)
"""An address in a tag that begins at the root of a server."""
_BASE_SHEET = "assets/css/base.css"
"""The sheet that the frame of this version needs, and frames of earlier versions did not have."""
_WRITTEN_SHEET = "assets/css/written.css"
"""The sheet for what people write, which no mkdocs.yml has to name."""
_MAX_DEPTH = 16
"""Steps from a wrong address up to the library that 404.html can go."""
_FORM_ASSETS = (
    "assets/js/shorter-session.js",
    "assets/js/evaluation.js",
    "assets/js/form-code.js",
    "assets/js/answer-codes.js",
    "assets/js/qr.min.js",
)
"""Scripts of the forms: what they write is read by this version, and fits this version’s pages."""
_FRAGMENT_COMMENT = re.compile(r"<!--\s*library:([a-z]+)\s*-->")


@dataclass(frozen=True)
class _BuildContext:
    """The edition of this build and its pages, kept in MkDocs' `extra` between its events."""

    workspace: Workspace
    edition: Edition
    pages: dict[str, Document]
    files: list[ReleasedFile]
    kept: KeptStories
    """Stories whose files are laid into the site afterwards, as they are in the one that stands."""
    left_out: Mapping[str, LeftOutFile]
    """Files of people that are left out, by their path below the workspace."""
    words: WordList
    """Words that the search takes for each other."""
    hand_written_pages: list[SearchDocument] = field(default_factory=list)
    """Pages written by people, as the search finds them."""
    library_of_story: dict[str, Any] = field(default_factory=dict)
    """The library's words for the frame of a story's pages; empty in a preview."""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Read the edition. A refusal of ours stops MkDocs with the same sentence."""
    workspace = Workspace(Path(config.config_file_path).absolute().parent)
    bundle_given = config.extra.get(BUNDLE_KEY)
    try:
        # By its kind: no text in mkdocs.yml can pass for a bundle.
        bundle = bundle_given if isinstance(bundle_given, Bundle) else released_bundle(workspace)
        files = released_files(bundle)
    except CarerStoriesError as error:
        # MkDocs shows a traceback for any error that is not of its own kind.
        raise PluginError(str(error)) from error
    edition = bundle.edition
    left_out = {file.path: file for file in bundle.left_out}
    words = config.extra.get(WORD_LIST_KEY)
    config.extra[_CONTEXT_KEY] = _BuildContext(
        workspace,
        edition,
        render(edition, but=bundle.kept.files),
        files,
        bundle.kept,
        left_out,
        words if isinstance(words, WordList) else shipped_word_list(),
    )
    # Plain: MkDocs' own templates do not encode it.
    config.site_name = text.plain(edition.library.title)
    _use_shipped_frame(config, workspace, left_out)
    # Nothing outside needs a map of these pages, and it would list every story.
    config.theme.static_templates.discard("sitemap.xml")
    # On this theme alone: MkDocs has no event before it lists the theme's files.
    config.plugins.events["page_context"].append(_on_page_context)
    config.plugins.events["pre_page"].append(_on_pre_page)
    config.theme.get_env = partial(theme_environment, config.theme)  # type: ignore[method-assign]
    # Objects and not names: no mkdocs.yml can leave them out.
    ours = [MarkdownCost(_page_name), WrittenTables()]
    extensions = with_written_extensions(config.markdown_extensions)
    config.markdown_extensions = [*extensions, *ours]  # type: ignore[list-item]
    return config


def _page_name(markdown: Markdown) -> str:
    """Return the name of the page that MkDocs is reading, by the step with which it mends links."""
    links: Any = markdown.treeprocessors["relpath"]
    return f"{CONTENT_FOLDER}{links.file.src_uri}"


def _use_shipped_frame(
    config: MkDocsConfig, workspace: Workspace, left_out: Mapping[str, LeftOutFile]
) -> None:
    """Use the frame of this version where the library’s own holds what may not be shown."""
    if any(path.startswith(OVERRIDES_FOLDER) for path in left_out):
        own = str(workspace.overrides)
        shipped = str(template().overrides)
        config.theme.dirs = [shipped if folder == own else folder for folder in config.theme.dirs]
        if _BASE_SHEET not in config.extra_css:
            config.extra_css.insert(0, _BASE_SHEET)
    if CONFIG_FILE in left_out:
        # Its titles and texts; what else stands in it shows nothing.
        config.nav = None
        config.copyright = config.site_description = config.site_author = None


def on_files(files: Files, config: MkDocsConfig) -> Files:
    context = _context(config)
    _remove_unused(files, config)
    _leave_out(files, config, context.left_out)
    for path in context.pages:
        name = path.removesuffix(".html") + ".md"
        files.append(_generated(config, name, content="", inclusion=InclusionLevel.NOT_IN_NAV))
    for released in context.files:
        files.append(_generated(config, released.path, source=released.source))
        if script := captions_script_path(released.path):
            # Beside the captions themselves: from `file://` a browser refuses to load those.
            files.append(_generated(config, script, content=captions_script(released.source)))
    for path, xml in feed_files(context.edition).items():
        files.append(_generated(config, path, content=xml))
    for steps in range(_MAX_DEPTH):
        sheet = render_template("not_here.css", steps=steps)
        files.append(_generated(config, f"assets/css/not-here/{steps}.css", content=sheet))
    for path, content in embedded_files(context.edition, but=context.kept.files):
        files.append(_generated(config, path, content=content))
    for path, script in story_list_files(context.edition, facets_of(context.edition)):
        files.append(_generated(config, path, content=script))
    site = context.workspace.assets.parent
    loaded = {_BASE_SHEET, _WRITTEN_SHEET} | {
        f"assets/js/{script}" for page in context.pages.values() for script in page.scripts
    }
    is_embedded = has_embedded_pages(context.edition)
    loaded |= {*EMBED_NEEDS} if is_embedded else set()
    # What an earlier version had not yet, and what had not yet what it must have.
    lacking = sorted(name for name in loaded if not (site / name).is_file())
    forms = _FORM_ASSETS if context.edition.plans else ()
    embedding = EMBED_ASSETS if is_embedded else ()
    outdated = sorted({*lacking, *outdated_scripts(site), *forms, *embedding})
    replaced = {*outdated, *_PREVIEW_ASSETS}
    for name in (*outdated, *(_PREVIEW_ASSETS if context.edition.preview else ())):
        # A library keeps the design it was made with, but what is promised holds in each.
        files.append(_generated(config, name, source=template().root / "site" / name))
    for asset in sorted(context.workspace.assets.rglob("*")):
        name = f"assets/{asset.relative_to(context.workspace.assets).as_posix()}"
        # .DS_Store and its like, which computers leave by themselves.
        if asset.is_file() and not asset.name.startswith(".") and name not in replaced:
            what = context.left_out.get(f"site/{name}")
            if what and what.is_named_so:
                continue
            if what:
                files.append(_generated(config, name, content=placeholder(name)))
            else:
                files.append(_generated(config, name, source=asset))
    return files


def _remove_unused(files: Files, config: MkDocsConfig) -> None:
    """Leave out what the theme brings along and no page of ours loads (docs/project/site.md)."""
    # A frame of an earlier version is laid over the theme's, and needs its style sheets.
    has_own_frame = _BASE_SHEET in config.extra_css
    folders = (*UNUSED_FOLDERS, *((THEME_SHEETS,) if has_own_frame else ()))
    for file in [*files]:
        name = file.dest_uri
        if name.endswith(".map") or any(name.startswith(f"{folder}/") for folder in folders):
            files.remove(file)


def _leave_out(files: Files, config: MkDocsConfig, left_out: Mapping[str, LeftOutFile]) -> None:
    """Put a notice in the place of each page that is left out, and nothing in that of a file."""
    for path, what in left_out.items():
        file = files.get_file_from_path(path.removeprefix(CONTENT_FOLDER))
        if path.startswith(CONTENT_FOLDER) and file is not None:
            files.remove(file)
            if what.is_named_so:
                continue
            content = LEFT_OUT_NOTICE if path.endswith(".md") else placeholder(path)
            inclusion = file.inclusion
            files.append(_generated(config, file.src_uri, content=content, inclusion=inclusion))


def _on_pre_page(page: Page, *, config: MkDocsConfig, files: Files) -> Page:  # noqa: ARG001
    """Let MkDocs convert no Markdown of an edition's page, which has none: that takes it longer
    than all else it does for the page.
    """
    if page.file.dest_uri in _context(config).pages:
        page.render = partial(_render_nothing, page)  # type: ignore[method-assign] # MkDocs asks it
    return page


def _render_nothing(page: Page, config: MkDocsConfig, files: Files) -> None:  # noqa: ARG001
    page.content = ""
    page.toc = get_toc([])
    page.present_anchor_ids = set()


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001
    """Put in the HTML of an edition's page; fill the library's parts into a page by people."""
    context = _context(config)
    document = context.pages.get(page.file.dest_uri)
    until = _until_script(page.file.dest_uri)
    # A page written by people: MkDocs has made its HTML from Markdown already.
    if document is None:
        parts = fragments(context.edition)
        whole = _FRAGMENT_COMMENT.sub(lambda wanted: parts.get(wanted[1], ""), html)
        # To the root of the library, wherever that is: below a path of a server, or on a stick.
        whole = _FROM_ROOT.sub(rf"\g<1>{_upwards(page.file.dest_uri)}", whole)
        context.hand_written_pages.append(page_document(page.file.dest_uri, str(page.title), whole))
        page.meta["head"] = until + _written_sheet(page.file.dest_uri)
        return whole
    page.title = document.title
    page.meta["description"] = document.description
    page.meta["scripts"] = list(document.scripts)
    page.meta["head"] = until + document.head
    page.meta["made"] = True  # as the workspace's own templates (site/overrides) call it
    return document.body


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> Environment:
    """Make the search index, and give MkDocs' templates the library's words.

    These templates do not encode, so all that they are given is encoded already. All words of the
    pages are known by now, and files are not copied yet.
    """
    env.trim_blocks = env.lstrip_blocks = True  # a thousand pages need no empty lines
    context = _context(config)
    edition = context.edition
    kept = context.kept.hashes
    if edition.preview is None:
        for path, script in _search_files(context).items():
            if path not in kept:
                files.append(_generated(config, path, content=script))
    library: dict[str, Any] = {
        "title": text.html_text(text.plain(edition.library.title)),
        "trust": text.html_text(edition.library.trust),
        "fictional": edition.library.fictional,
        "on": edition.on.isoformat(),
        "until": edition.until.isoformat() if edition.until else "",
        "feed": FEED_FILE if has_feed(edition) else "",
        "preview": preview_banner(edition),
        "parts": fragments(edition),
        "upwards": ["../" * steps for steps in range(_MAX_DEPTH)],
    }
    env.globals["library"] = library
    if edition.preview is None:
        parts = {**fragments(bare_edition(edition)), "edition": ""}
        context.library_of_story.update({**library, "on": "", "parts": parts})
    return env


def _search_files(context: _BuildContext) -> dict[str, str]:
    """Return the files of the search, by what is kept of stories of which nothing changed."""
    indexes, vocabulary = context.kept.indexes, Vocabulary()
    known = indexes.read(vocabulary) if indexes else {}
    documents: dict[str, SearchDocument | StoryIndex] = {
        document.path: document
        for document in site_documents(context.edition, context.pages, but=known.keys())
    }
    documents |= {story.path: story for story in known.values()}
    # In the edition's order, whichever way it comes.
    paths = [f"stories/{story.page.id}.html" for story in context.edition.stories]
    stories = [documents.pop(path) for path in paths]

    def keep(story: StoryIndex) -> None:
        if indexes:
            story_id = story.path.removeprefix("stories/").removesuffix(".html")
            indexes.add(story_id, story, vocabulary)

    return search_files(
        [*stories, *documents.values(), *context.hand_written_pages],
        context.words,
        vocabulary=vocabulary,
        keep=keep,
    )


def _on_page_context(
    context: TemplateContext,
    *,
    page: Page,
    config: MkDocsConfig,
    nav: Navigation,  # noqa: ARG001 - MkDocs names it
) -> TemplateContext:
    """Keep the day of the edition, and how many stories it holds, out of the pages of a story.

    They would change every day, and with every story that is approved.
    """
    of_story = _context(config).library_of_story
    if of_story and page.file.dest_uri.startswith("stories/"):
        context["library"] = of_story  # type: ignore[typeddict-unknown-key]
    return context


def _until_script(path: str) -> str:
    """Return the element that loads the script of review days, for the head of a page at `path`.

    In the head that every frame shows, so that a library with a frame of an earlier version has it.
    """
    values = {"root": _upwards(path), "script": UNTIL_SCRIPT}
    return render_template("until_script.html", **values).strip()


def _written_sheet(path: str) -> str:
    """Return the element that loads the sheet for what people write, for the head of a page."""
    address = f"{_upwards(path)}{_WRITTEN_SHEET}"
    return render_template("written_sheet.html", address=address).strip()


def _upwards(path: str) -> str:
    """Return the way from a page at `path` up to the root of the site."""
    return "../" * path.count("/")


def _context(config: MkDocsConfig) -> _BuildContext:
    context = config.extra[_CONTEXT_KEY]
    assert isinstance(context, _BuildContext)  # noqa: S101 - set by on_config, first of all events
    return context


def _generated(
    config: MkDocsConfig,
    name: str,
    *,
    content: str | bytes | None = None,
    source: Path | None = None,
    # Or MkDocs would list every page that `nav` does not name.
    inclusion: InclusionLevel = InclusionLevel.NOT_IN_NAV,
) -> File:
    if source is not None:
        return File.generated(config, name, abs_src_path=str(source), inclusion=inclusion)
    return File.generated(config, name, content=content or "", inclusion=inclusion)
