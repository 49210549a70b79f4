"""Building `public/` from the edition: made beside it, checked, and only then put in its place.

It fails closed. Whatever goes wrong, the site that stood before still stands, untouched, and a
site that was not checked never does.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from library.core import files
from library.core.errors import (
    BadInput,
    CarerStoriesError,
    Damaged,
    NotAllowed,
    NotFound,
    ToolFailed,
)
from library.core.files import entries_below, sha256_of, translate_disk_errors
from library.core.workspace import Workspace
from publish.bundle import (
    Bundle,
    KeptStories,
    answer_sheet_path,
    captions_script_path,
    released_bundle,
    released_files,
)
from publish.edition import Edition, fresh_folder, require_none_withdrawn, swap_folder
from publish.forbidden import Forbidden, story_folders
from publish.handwritten import left_out_pages, picture_search
from publish.leaks.scan import LeakRules, check_leaks
from publish.page_checks import (
    LinkedParts,
    broken_links,
    invalid_pages,
    undated_pages,
    unexpected_files,
)
from publish.render.embed import embedded_paths, is_of_plan, is_of_story
from publish.search.kept_indexes import KeptIndexes
from publish.search.shards import moment_paths
from publish.search.word_list import (
    WORD_LIST_FILE,
    WordList,
    shipped_word_list,
    without,
    word_list,
)
from publish.shipped_files import UNUSED_FOLDERS, shipped_files
from publish.standing_site import (
    SiteInputs,
    StandingSite,
    inputs_of,
    kept_stories,
    lay_kept,
    parts_of_kept,
)
from publish.unreleased_words import UnreleasedWords
from publish.written_faults import MOST_FAULTS, page_faults, with_lines

if TYPE_CHECKING:
    from publish.pictures.search import PictureSearch

_KNOWS_NO_PERMISSIONS = {errno.EPERM, errno.EACCES, errno.ENOTSUP, errno.ENOSYS}
"""Error of chmod on a stick in FAT format: whoever has it may read it."""


@dataclass(frozen=True)
class SiteReport:
    """Figures of a build: for people's eyes and for the benchmark."""

    stories: int
    pages: int
    files: int
    size: int
    """Bytes of the whole site."""
    seconds: float
    inputs: SiteInputs | None = None
    """Hashes of all it was made from, for the next build; None where that may not go by it."""
    kept: KeptStories = field(default_factory=KeptStories)
    """Stories whose files are those of the site before."""


class PlanRefused(NotAllowed):
    """Pages of training sessions hold words of a story that may not be shown."""

    def __init__(self, what: str, next_step: str, plans: Mapping[str, tuple[str, ...]]) -> None:
        super().__init__(what, next_step)
        self.plans = plans
        """Session → the stories, of each whose pages hold such words."""


def build_site(
    workspace: Workspace,
    hidden: Forbidden | None = None,
    *,
    standing: StandingSite | None = None,
    check_last: Callable[[Workspace, Edition], None] = require_none_withdrawn,
) -> SiteReport:
    """Build `public/` from `interviews/edition/`. The caller holds the press's lock.

    `check_last` is called when all is made and checked, before the site is put in its place: the
    whole gate in `build_library`, withdrawal notes alone where the records cannot be read.

    `hidden` is what must not be found in it (`publish.forbidden`). The files of stories of which
    nothing changed are those of the site that is `standing`. Raises NotFound without an
    edition, Damaged where the edition is not as it was written, NotAllowed for something that may
    not be shown, ToolFailed where MkDocs or a check of the pages fails; `public/` is then as it
    was.
    """
    began = time.monotonic()
    hidden = hidden or Forbidden()
    bundle = released_bundle(workspace)
    rules = leak_rules(workspace, bundle, hidden)
    inputs = inputs_of(workspace, bundle.edition, rules, bundle.left_out)
    kept = kept_stories(workspace, standing, inputs)
    before = standing.inputs.indexes if standing else {}
    parts = LinkedParts(parts_of_kept(standing, kept))
    indexes = KeptIndexes(
        workspace, {story_id: sha for story_id, sha in before.items() if story_id in kept.files}
    )
    bundle = replace(bundle, kept=replace(kept, indexes=indexes, parts=parts))
    # Made beside `public/`, on the same disk: swapping is then a change of names.
    fresh = fresh_folder(workspace.public)
    try:
        make_pages(workspace, bundle, fresh, hidden)
        report = replace(
            _report(bundle.edition, fresh, time.monotonic() - began),
            kept=bundle.kept,
        )
        # Last of all: whatever failed above has left the old site where it was.
        swap_folder(
            fresh,
            workspace.public,
            check_last=lambda: check_last(workspace, bundle.edition),
        )
    finally:
        # What remains of a failed build is removed here, or by the next build.
        shutil.rmtree(fresh, ignore_errors=True)
    if inputs is None:
        indexes.remove()
        return report
    saved = indexes.save({story.page.id for story in bundle.edition.stories})
    linked_to = parts.of_pages({f"stories/{story_id}.html" for story_id in inputs.stories})
    return replace(report, inputs=msgspec.structs.replace(inputs, indexes=saved, parts=linked_to))


def check_site(workspace: Workspace, hidden: Forbidden | None = None) -> None:
    """Check the built site again. Raises as `build_site` does; only reads."""
    if not (workspace.public / "index.html").is_file():
        raise NotFound("There is no built site here yet.", "Build it: carer-stories site build")
    _check(workspace, released_bundle(workspace), workspace.public, hidden or Forbidden())


def make_pages(workspace: Workspace, bundle: Bundle, folder: Path, hidden: Forbidden) -> None:
    """Make every page and file of a bundle in an empty folder, and check all of them."""
    _run_mkdocs(workspace, bundle, folder, _word_list(workspace, bundle, hidden))
    _tidy(folder)
    # Behind MkDocs, which writes over what it finds: these are the standing site's very files.
    lay_kept(workspace, bundle.kept, folder)
    _check(workspace, bundle, folder, hidden)
    _require_days(workspace, bundle, folder)
    # After the checks: pages that may not be shown are opened to nobody.
    _open_to_all(folder)


def _open_to_all(folder: Path) -> None:
    """Let everybody read the pages: a server’s account, or whoever is handed a copy."""
    with translate_disk_errors(folder, "open to readers"):
        is_open = stat.S_IMODE(folder.stat().st_mode) == 0o755
        modes = [] if is_open else [(folder, 0o755)]
        for name, entry in entries_below(folder):
            mode = 0o755 if entry.is_dir() else 0o644
            # As they are already: thousands of a site before.
            if stat.S_IMODE(entry.stat().st_mode) != mode:
                modes.append((folder / name, mode))
        for path, mode in modes:
            try:
                files.system.chmod(path, mode)
            except OSError as error:
                if error.errno not in _KNOWS_NO_PERMISSIONS:
                    raise


def _word_list(workspace: Workspace, bundle: Bundle, hidden: Forbidden) -> WordList:
    """Return the list for the search, without a word that is hidden in a story.

    A list that is left out or has faults stops no build here: one that takes a story down must
    not wait for an editor, and `build_library` has refused it to one who is there.
    """
    words = shipped_word_list()
    if WORD_LIST_FILE not in {file.path for file in bundle.left_out}:
        with contextlib.suppress(BadInput):
            words = word_list(workspace)
    return without(words, [term.text for term in hidden.terms])


def _run_mkdocs(workspace: Workspace, bundle: Bundle, folder: Path, words: WordList) -> None:
    # Material prints a warning about MkDocs 2 as it is loaded, unless this is set before.
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
    # Here and not at the top: MkDocs takes a while to load, and `site check` does not need it.
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from mkdocs.exceptions import MkDocsException

    from publish.hook import BUNDLE_KEY, WORD_LIST_KEY

    with _quiet_mkdocs() as warnings, _nothing_compiled():
        try:
            config = load_config(config_file=str(workspace.config), site_dir=str(folder))
            # As an object: the hook must not read another edition than the one given here.
            config.extra[BUNDLE_KEY] = bundle
            config.extra[WORD_LIST_KEY] = words
            # MkDocs' own command does so before `build`; plugins may rely on it.
            config.plugins.on_startup(command="build", dirty=False)
            build(config)
        except MkDocsException as error:
            refusal = _refusal_of_ours(error)
            if refusal:
                raise refusal from error
            # MkDocs may give one for every page.
            named = with_lines(workspace, dict.fromkeys(warnings.lines[:MOST_FAULTS]))
            detail = "".join(f"\n  {line}" for line in named) or str(error)
            raise ToolFailed(
                f"MkDocs could not make the pages; the site is as it was. {detail}",
                "Mend what it names, in mkdocs.yml or site/, and try again.",
            ) from error
        except OSError as error:
            with translate_disk_errors(folder):
                # Raised within, so that the words for people are made in one place.
                raise error from None


def _refusal_of_ours(error: BaseException | None) -> CarerStoriesError | None:
    """Return our own error, which the hook raises as MkDocs’ kind and MkDocs wraps once more."""
    while error is not None and not isinstance(error, CarerStoriesError):
        error = error.__cause__ or error.__context__
    return error


class _LogLines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextlib.contextmanager
def _quiet_mkdocs() -> Iterator[_LogLines]:
    """Collect MkDocs' warnings for our own message instead of printing them."""
    logger = logging.getLogger("mkdocs")
    warnings, propagated = _LogLines(), logger.propagate
    logger.addHandler(warnings)
    # Or Python's root logger would print them as well.
    logger.propagate = False
    try:
        yield warnings
    finally:
        logger.removeHandler(warnings)
        logger.propagate = propagated


@contextlib.contextmanager
def _nothing_compiled() -> Iterator[None]:
    """Stop Python from writing bytecode beside the hook, in the workspace, without a flush."""
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = before


def _tidy(folder: Path) -> None:
    with translate_disk_errors(folder, "tidy"):
        for name in UNUSED_FOLDERS:
            if (folder / name).exists():
                shutil.rmtree(folder / name)
        maps = [folder / name for name, _ in entries_below(folder) if name.endswith(".map")]
        for extra in [*maps, *folder.glob("sitemap.xml*")]:
            # Maps of scripts are not needed, and a map of the site would list every story.
            files.system.unlink(extra)


def remove_not_found_page(folder: Path) -> None:
    """Remove the page that only a server ever shows. Raises DiskFailed."""
    page = folder / "404.html"
    with translate_disk_errors(page, "remove"):
        page.unlink(missing_ok=True)


def _check(workspace: Workspace, bundle: Bundle, folder: Path, hidden: Forbidden) -> None:
    edition = bundle.edition
    # The disk is asked once: a site has tens of thousands of files.
    made = _made_files(folder)
    released = _check_files(bundle, folder, made)
    kept = bundle.kept
    are_links_whole = kept.standing <= made
    # Released files are compared first: a wrong film is worse than a wrong link.
    troubles = broken_links(
        folder,
        left_out=left_out_pages(bundle.left_out),
        but=kept.hashes if are_links_whole else (),
        parts=kept.parts,
    )
    troubles += invalid_pages(folder, but=kept.hashes)
    expected = _expected(bundle, released)
    troubles += [f"{name}: nobody released it" for name in unexpected_files(folder, expected)]
    if troubles:
        raise page_faults(workspace, folder, troubles)
    if hidden.words:
        _require_no_words(folder, hidden.words, [plan.id for plan in edition.plans])
        _require_no_pictures(workspace, edition, folder, hidden.pictures)
    # Hashes of released files are handed on: films of gigabytes are read once.
    check_leaks(
        folder,
        leak_rules(workspace, bundle, hidden),
        released,
        but=kept.hashes if kept.is_searched else (),
    )


def _require_days(workspace: Workspace, bundle: Bundle, folder: Path) -> None:
    """Raise ToolFailed for pages that would go on showing a story after its review day.

    Of what is made, not of a site that an earlier version made: that is checked as it was.
    """
    edition = bundle.edition
    has_days = edition.stories and edition.preview is None
    undated = undated_pages(folder, but=bundle.kept.hashes) if has_days else []
    if undated:
        raise page_faults(workspace, folder, undated)


def _require_no_words(folder: Path, words: UnreleasedWords, plans: Iterable[str]) -> None:
    """Raise NotAllowed for pages with words of a story that is not released.

    PlanRefused where one of them is a session's, which a site can be made without. What people
    wrote was looked through before; here it is as readers see it, with all that the frame and its
    extensions put in. The pages of stories hold the edition's words alone.
    """
    pages = {
        name: folder / name
        for name in sorted(name for name, _ in entries_below(folder) if name.endswith(".html"))
        if not is_of_story(name)
    }
    with translate_disk_errors(folder, "read"):
        texts = {name: [path.read_text("utf-8", "replace")] for name, path in pages.items()}
    findings = words.found_in(texts, is_built=True)
    if not findings:
        return
    told_by_plan: dict[str, set[str]] = {}
    for plan in plans:
        if of_plan := [stories for name, stories in findings.items() if is_of_plan(name, plan)]:
            told_by_plan[plan] = {story for stories in of_plan for story in stories}
    named = "; ".join(f"{name} ({', '.join(stories)})" for name, stories in findings.items())
    what = (
        f"Something of a story that may not be shown stands in {named}. "
        "What stood before was not changed."
    )
    if told_by_plan:
        places = ", ".join(f"interviews/training/{plan}.yml" for plan in told_by_plan)
        raise PlanRefused(
            what,
            f"Take it out of {places}, and build again.",
            {plan: tuple(sorted(stories)) for plan, stories in told_by_plan.items()},
        )
    raise NotAllowed(
        what, "Take it out of site/, mkdocs.yml or interviews/settings.yml, and build again."
    )


def _require_no_pictures(
    workspace: Workspace, edition: Edition, folder: Path, search: PictureSearch | None
) -> None:
    """Raise NotAllowed for a page with a picture of a story that is not released.

    As `_require_no_words`: a frame or an extension may put in what lies elsewhere.
    """
    search = search or picture_search(workspace, edition)
    for path, stories in search.in_pages(folder):
        raise NotAllowed(
            f"Something of a story that may not be shown ({', '.join(stories)}) stands in "
            f"{path.relative_to(folder).as_posix()}. What stood before was not changed.",
            "Take it out of site/ or mkdocs.yml, and build again.",
        )
    search.keep()


def leak_rules(workspace: Workspace, bundle: Bundle, hidden: Forbidden) -> LeakRules:
    """Return what must not be in the pages of a bundle."""
    released_hashes = {sha for story in bundle.edition.stories for sha in story.files.values()}
    return LeakRules(
        released=frozenset(story.page.id for story in bundle.edition.stories),
        known=frozenset(story_folder.root.name for story_folder in story_folders(workspace)),
        terms=hidden.terms,
        # What another story was released with as well (the same drawn poster) may be shown.
        media={sha: of for sha, of in hidden.media.items() if sha not in released_hashes},
        shipped=shipped_files(workspace),
    )


def _made_files(folder: Path) -> set[str]:
    """Return the paths of all files of a site, relative to it. Raises DiskFailed."""
    with translate_disk_errors(folder, "read"):
        return {name for name, entry in entries_below(folder) if entry.is_file()}


def _check_files(bundle: Bundle, folder: Path, made: Collection[str]) -> dict[str, str]:
    """Compare every released file byte for byte; return their paths with their SHA-256.

    `made` are all files of the site, by their paths in it.
    """
    released = released_files(bundle)
    for released_file in released:
        built = folder / released_file.path
        # Read back from the site: MkDocs copied it, and a disk may have failed.
        if released_file.path not in made or sha256_of(built) != released_file.sha256:
            raise Damaged(
                f"{released_file.path} in the site is not the file that was released.",
                "Build again: carer-stories site build",
            )
    missing = [
        name
        for name in _expected(bundle, [released_file.path for released_file in released])
        if name not in made
    ]
    if missing:
        raise ToolFailed(f"{missing[0]} was not made.", "Build again: carer-stories site build")
    return {released_file.path: released_file.sha256 for released_file in released}


def _expected(bundle: Bundle, released: Iterable[str]) -> set[str]:
    """Return the paths that must be under `stories/` and `embed/`; nothing else may be."""
    edition, kept = bundle.edition, bundle.kept
    expected = {f"stories/{story.page.id}.html" for story in edition.stories}
    expected |= {f"stories/{story.page.id}/handout.html" for story in edition.stories}
    expected |= embedded_paths(edition)
    # A preview has no search, so that it has no moments either.
    if edition.preview:
        expected |= {answer_sheet_path(story.page.id) for story in edition.stories}
    else:
        expected.update(
            path
            for story in edition.stories
            if story.page.id not in kept.files
            for path in moment_paths(story.page)
        )
    expected |= kept.hashes.keys()
    for path in released:
        expected.add(path)
        if script := captions_script_path(path):
            expected.add(script)
    return expected


def _report(edition: Edition, folder: Path, seconds: float) -> SiteReport:
    entries = [entry for _, entry in entries_below(folder) if entry.is_file()]
    return SiteReport(
        stories=len(edition.stories),
        pages=sum(entry.name.endswith(".html") for entry in entries),
        files=len(entries),
        size=sum(entry.stat().st_size for entry in entries),
        seconds=seconds,
    )
