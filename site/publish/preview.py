"""A story for its contributor to view before they decide, in a folder that works by itself.

    interviews/previews/cs-4k7m2q/     open-me.html, and the pages in `pages/`
    interviews/previews/cs-4k7m2q.zip  the same in one file

It is made by the same pages, hook and checks as the staff’s library, from an edition of this one
story that is marked as a preview and never lies where the library’s edition does. It asks for no
sign-off and no approval, for it is what sign-off is about; so it goes nowhere but to that person.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from library.consent import gate
from library.consent.copies import copies_of, record_copy, settle_copy
from library.consent.decisions import require_signable_cut
from library.consent.stories import read_history
from library.core import struct_file
from library.core.audience import Audience
from library.core.clock import months_after, today
from library.core.errors import BadInput, CarerStoriesError, NotAllowed, ToolFailed
from library.core.files import real_path, replacing, translate_disk_errors, write_atomic
from library.core.own_folders import require_own_folders
from library.core.removal import holds_nothing
from library.core.settings import load_settings
from library.core.workspace import Workspace
from library.records.copies import Copy
from library.records.cut import CutState, read_cut
from library.records.log_doubt import require_log_holds
from library.records.restore_holds import read_restore_holds
from library.records.withdrawal_notes import read_erasure
from publish.build import leak_rules, make_pages, remove_not_found_page
from publish.bundle import Bundle, preview_bundle
from publish.edition import (
    MANIFEST,
    Edition,
    Preview,
    ReleasedStory,
    copy_story,
    fresh_folder,
    library_words,
    sizes_of,
    swap_folder,
)
from publish.forbidden import Forbidden, forbidden_content
from publish.handwritten import WrittenReview
from publish.kept_previews import ENTRY_PAGE, preview_lock
from publish.leaks.scan import check_leaks
from publish.render.standalone import BANNER, preview_entry_page

PAGES_FOLDER = "pages"
_DATE = (1980, 1, 1, 0, 0, 0)
"""Of every file in a zip, so that the same preview is the same zip."""


@dataclass(frozen=True)
class PreviewPack:
    """A preview that was made: where it is, and the cut that it shows."""

    story: str
    cut: str
    """The whole hash of the cut."""
    code: str
    """Code that sign-off asks for, as it is typed: the hash’s first eight digits."""
    folder: Path
    zip: Path | None
    copy: str = ""
    """Its number in the register of copies, if it can be carried away."""
    replaced: tuple[str, ...] = ()
    """Copies that lay at the same place outside the library, and are settled as replaced."""
    sent_before: tuple[str, ...] = ()
    """Open copies that were made at this place before: whoever has them may have them still."""

    @property
    def entry(self) -> Path:
        return self.folder / ENTRY_PAGE


def make_preview(
    workspace: Workspace,
    story_id: str,
    *,
    zipped: bool = False,
    to: Path | None = None,
    role: str = "editor",
) -> PreviewPack:
    """Make the story’s preview in place of an older one; under `to`, or in `interviews/previews/`.

    One that can be carried away (under `to`, or a zip) is entered in the register of copies.

    Raises NotAllowed without an agreement, without a film, where its files have changed, or where
    something was found in it that may not be shown; BadInput for a folder that must not be used;
    Busy while another preview is made. What stood before then still stands.
    """
    require_own_folders(workspace)
    require_log_holds(workspace)
    # Before the lock: a refusal need not wait for another preview.
    state = _require_viewable(workspace, story_id)
    destination = _destination(workspace, story_id, to)
    with preview_lock(workspace):
        fresh = fresh_folder(destination)
        try:
            bundle = _lay_edition(workspace, story_id, state.hash, fresh / "edition")
            pack_folder = fresh / "pack"
            _make_pack(workspace, bundle, pack_folder)
            with _registered(
                workspace, story_id, destination, leaves=zipped or to is not None, role=role
            ) as entry:
                archive = _swap(
                    pack_folder,
                    destination,
                    zipped=zipped,
                    # As the last thing: a withdrawal or a new film may have come meanwhile.
                    ask_last=lambda: _require_same(workspace, story_id, state.hash),
                )
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return PreviewPack(
        story_id,
        state.hash,
        state.hash[:8],
        destination,
        archive,
        entry.copy,
        tuple(entry.replaced),
        tuple(entry.sent_before),
    )


@dataclass
class _RegisterEntry:
    """The register’s entry of a preview, and of those at the same place before it."""

    copy: str = ""
    replaced: list[str] = field(default_factory=list)
    sent_before: list[str] = field(default_factory=list)


@contextmanager
def _registered(
    workspace: Workspace, story_id: str, destination: Path, *, leaves: bool, role: str
) -> Iterator[_RegisterEntry]:
    """Enter a preview that leaves the library before anybody can carry it away.

    One that was written to the same place outside the library before is settled as replaced, and
    one that could not be written as destroyed. One that was made in the library was sent to
    somebody: it stays open. Yields no number for a preview that stays here.
    """
    older = [copy for copy in copies_of(workspace, story_id) if copy.place == str(destination)]
    copy = _enter_copy(workspace, story_id, destination, role) if leaves else None
    entry = _RegisterEntry(copy.id if copy else "")
    in_library = destination.resolve().is_relative_to(workspace.root.resolve())
    # Another stick may be in the place of the one before.
    if in_library or not (destination / ENTRY_PAGE).is_file():
        entry.sent_before = [earlier.id for earlier in older]
        older = []
    try:
        yield entry
    # Ctrl-C too: no copy may stay entered that does not exist.
    except BaseException:
        if copy:
            with suppress(CarerStoriesError):
                settle_copy(workspace, copy.id, outcome="destroyed", on=today(), role=role)
        raise
    for earlier in older:
        # Only now: until then it still lay there. Settled meanwhile, it needs no more.
        with suppress(CarerStoriesError):
            settle_copy(workspace, earlier.id, outcome="replaced", on=today(), role=role)
            entry.replaced.append(earlier.id)


def _enter_copy(workspace: Workspace, story_id: str, destination: Path, role: str) -> Copy:
    return record_copy(
        workspace,
        [story_id],
        medium="preview",
        # The narrowest: it is for its contributor alone.
        audience=Audience.TRAINING.word,
        to=f"contributor of {story_id}",
        on=today(),
        role=role,
        location=str(destination),
    )


def _require_not_held(workspace: Workspace, story_id: str) -> None:
    """Raise NotAllowed while the story is held since a restore, or is noted as one to erase."""
    hold = next((hold for hold in read_restore_holds(workspace) if hold.story == story_id), None)
    if hold and hold.is_since_restore:
        raise NotAllowed(
            f"{story_id} is held since {hold.began}: whether it was taken back is not known yet.",
            "Say so first: carer-stories held release",
        )
    if hold and hold.wish and not hold.recording:
        raise NotAllowed(
            f"{story_id} is held: its contributor changed their mind on {hold.wish}.",
            "Talk with them, then: carer-stories held release",
        )
    if hold:
        raise NotAllowed(
            f"{story_id} is held: its recording is {hold.recording}.",
            "See what to do: carer-stories held list",
        )
    if read_erasure(workspace, story_id):
        raise NotAllowed(
            f"{story_id} was to be erased, and is here again.",
            f"Erase it again: carer-stories withdraw {story_id} --erase",
        )


def _require_viewable(workspace: Workspace, story_id: str) -> CutState:
    """Return the cut to be viewed. Raises NotAllowed for one that its contributor is not shown."""
    cut = require_signable_cut(workspace, story_id)
    _require_not_held(workspace, story_id)
    gate.require_agreed_picture(read_history(workspace, story_id), cut)
    return cut


def _require_same(workspace: Workspace, story_id: str, cut_hash: str) -> None:
    """Raise NotAllowed where the film was made again: making a preview takes a while."""
    if _require_viewable(workspace, story_id).hash != cut_hash:
        raise NotAllowed(
            f"The film of {story_id} was made again while its preview was made.",
            f"Make the preview again: carer-stories site preview {story_id}",
        )


def _destination(workspace: Workspace, story_id: str, to: Path | None) -> Path:
    """Return the preview’s folder: never one that staff see, or that holds anything else.

    Raises BadInput for any other.
    """
    if to is None:
        return workspace.previews / story_id
    target = real_path(to)
    root = workspace.root.resolve()
    # Nobody approved it, so that it must not lie where staff or a build could find it.
    if target.is_relative_to(root) and not target.is_relative_to(root / "interviews" / "previews"):
        raise BadInput(
            f"A preview must not lie in {target}: it is part of the library.",
            "Name a folder outside the workspace, or leave --to out.",
        )
    destination = target / f"preview-{story_id}"
    if destination.is_symlink() or (destination.exists() and not _is_preview(destination)):
        raise BadInput(
            f"{destination} already holds something else; nothing was changed.",
            "Name another folder.",
        )
    return destination


def _is_preview(folder: Path) -> bool:
    return folder.is_dir() and (holds_nothing(folder) or (folder / ENTRY_PAGE).is_file())


def _lay_edition(workspace: Workspace, story_id: str, cut_hash: str, folder: Path) -> Bundle:
    """Make an edition of this story alone, marked as a preview, in a folder of its own."""
    settings = load_settings(workspace)
    source = workspace.story(story_id)
    cut = read_cut(source.cut)
    if cut is None or cut.hash != cut_hash:
        raise NotAllowed(
            f"The film of {story_id} changed while its preview was made.",
            f"Make the preview again: carer-stories site preview {story_id}",
        )
    page, files = copy_story(source, cut, folder)
    on = today()
    story = ReleasedStory(
        page=page,
        cut=cut.hash,
        level_of_use="You decide who it is for",
        released=on,
        review=months_after(on, settings.review_months),
        voice=cut.recipe.get("voice", "own"),
        picture=cut.recipe.get("picture", "shown"),
        files=files,
        sizes=sizes_of(folder / "stories" / story_id, files),
    )
    edition = Edition(
        audience="contributor",
        on=on,
        library=library_words(settings),
        stories=(story,),
        preview=Preview(cut=cut.hash),
    )
    # Pages that quote stories for staff alone are no business of this contributor.
    review = WrittenReview(may_leave_out=True)
    struct_file.save(folder / MANIFEST, review(workspace, edition))
    return replace(preview_bundle(folder), left_out=review.left_out)


def _make_pack(workspace: Workspace, bundle: Bundle, pack: Path) -> None:
    (story,) = bundle.edition.stories
    hidden = _hidden_here(workspace, story.page.id)
    with translate_disk_errors(pack):
        pack.mkdir(mode=0o700)
        (pack / PAGES_FOLDER).mkdir()
    make_pages(workspace, bundle, pack / PAGES_FOLDER, hidden)
    remove_not_found_page(pack / PAGES_FOLDER)
    write_atomic(pack / ENTRY_PAGE, preview_entry_page(bundle.edition).encode(), mode=0o644)
    try:
        check_leaks(pack, leak_rules(workspace, bundle, hidden))
    except NotAllowed as found:
        # Every command loads this module to look after the previews: the words are read only here.
        from films.approval_checklist import step_for_names

        raise NotAllowed(
            found.what, step_for_names(workspace, story.page.id) or found.next_step
        ) from found
    # Last, so that the entry page is looked at as well.
    _require_banner(pack, bundle.edition)


def _hidden_here(workspace: Workspace, story_id: str) -> Forbidden:
    """Return what must not be shown; the story's own terms are looked for in all its pages."""
    hidden = forbidden_content(workspace, {story_id})
    terms = tuple(
        # There is one story here, so that all pages are its own.
        replace(term, everywhere=True) if term.story == story_id else term
        for term in hidden.terms
    )
    return replace(hidden, terms=terms)


def _require_banner(pack: Path, edition: Edition) -> None:
    """Raise ToolFailed for a page without the banner: a workspace’s frame may be older than it."""
    code = edition.preview.code if edition.preview else ""
    for page in sorted(pack.rglob("*.html")):
        words = page.read_text(encoding="utf-8")
        if f'class="{BANNER}"' not in words or code not in words:
            raise ToolFailed(
                f"{page.relative_to(pack)} does not say that it is a preview.",
                "Bring site/overrides/partials/header.html up to date; "
                "docs/reference/site.md says how.",
            )


def _swap(
    pack: Path, destination: Path, *, zipped: bool, ask_last: Callable[[], object]
) -> Path | None:
    """Put folder and zip of this run in place of those before; never keep a zip of another cut."""
    archive = destination.with_name(f"{destination.name}.zip")
    # Before anything goes: after a refusal the folder and the zip that stood before still stand.
    ask_last()
    with translate_disk_errors(archive, "remove"):
        # Before the swap: if it fails, no zip of another cut lies beside the folder.
        archive.unlink(missing_ok=True)
    swap_folder(pack, destination, check_last=ask_last)
    if not zipped:
        return None
    with replacing(archive) as temporary, translate_disk_errors(archive):
        _write_zip(destination, temporary)
    return archive


def _write_zip(folder: Path, archive: Path) -> None:
    """Write the zip sorted, without dates and owners; media are packed already and stored as is."""
    top = folder.name if folder.name.startswith("preview-") else f"preview-{folder.name}"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            info = zipfile.ZipInfo(f"{top}/{path.relative_to(folder).as_posix()}", _DATE)
            # Unix, a plain file that all may read: whatever system makes it, the zip is the same.
            info.create_system, info.external_attr = 3, 0o100644 << 16
            media = path.suffix in {".mp4", ".m4a", ".jpg", ".woff2"}
            info.compress_type = zipfile.ZIP_STORED if media else zipfile.ZIP_DEFLATED
            info.file_size = path.stat().st_size
            with path.open("rb") as source, packed.open(info, "w") as target:
                shutil.copyfileobj(source, target)
