"""Printing forms: for nobody yet, or for one story with what is known about it filled in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from library.consent.gate import require_not_withdrawn
from library.consent.stories import read_history
from library.core.errors import BadInput
from library.core.files import make_folder, translate_disk_errors, write_atomic
from library.core.settings import load_settings
from library.core.workspace import Workspace
from library.forms.html_page import form_page
from library.forms.placeholders import FormStory
from library.forms.wording import FormKind, read_wording
from library.records.cut import inspect_cut


@dataclass(frozen=True)
class PrintedForm:
    """A form that was written and is ready to sign."""

    kind: FormKind
    title: str
    version: str
    sha256: str
    """Of the wording it was made from."""
    code: str
    """At the foot of every sheet (`library.forms.html_page.FormPage.code`)."""
    path: Path
    not_filled_in: tuple[str, ...]
    """Fields of the settings that it shows and nobody has written yet."""
    without_cut: bool
    """A release whose film does not exist yet, or changed since: its code is left to be written."""

    def as_json(self) -> dict[str, Any]:
        """Return the object of `consent form --json`: its keys are kept for scripts."""
        return {
            "form": self.kind,
            "title": self.title,
            "version": self.version,
            "sha256": self.sha256,
            "code": self.code,
            "path": str(self.path),
            "not_filled_in": list(self.not_filled_in),
        }


def print_forms(
    workspace: Workspace,
    kinds: Iterable[FormKind],
    story_id: str | None = None,
    *,
    large: bool = False,
    to: Path | None = None,
    language: str = "",
) -> list[PrintedForm]:
    """Write the forms as HTML and say what was written.

    Forms for a story go into its own folder, with which they are erased; others into
    `interviews/print`. With a language they are in the trust's own translation, where it has one.
    All are laid out before the first is written. Raises NotFound for a story that is not there,
    NotAllowed for one that was withdrawn, BadInput for a wording that cannot be read, NoRoom or
    DiskFailed.
    """
    settings = load_settings(workspace)
    story = _form_story(workspace, story_id) if story_id else FormStory()
    folder = to or (workspace.story(story_id).printed if story_id else workspace.printed)
    made = []
    for kind in kinds:
        wording = read_wording(workspace, kind, language)
        form_story = _with_cut(workspace, story) if kind == "release" else story
        page = form_page(workspace, wording, settings, form_story, large=large)
        path = folder / _name(kind, story, large, language)
        printed = PrintedForm(
            kind,
            wording.head.title,
            wording.head.version,
            wording.sha256,
            page.code,
            path,
            page.not_filled_in,
            without_cut=kind == "release" and bool(story) and not form_story.cut,
        )
        made.append((printed, page.html))
    _require_folder(folder)
    for printed, html in made:
        write_atomic(printed.path, html.encode())
    return [printed for printed, _ in made]


def _form_story(workspace: Workspace, story_id: str) -> FormStory:
    history = read_history(workspace, story_id)
    require_not_withdrawn(history)
    story = history.story
    return FormStory(story.id, story.title, story.contributor)


def _with_cut(workspace: Workspace, story: FormStory) -> FormStory:
    """The code of a film that is as it was made. Hashes it: as slow as reading the film."""
    if not story:
        return story
    cut = inspect_cut(workspace.story(story.id))
    code = "" if cut is None or cut.changed_files or cut.is_sound_only else cut.code
    return FormStory(story.id, story.title, story.shown_as, code)


def _name(kind: FormKind, story: FormStory, large: bool, language: str) -> str:
    parts = [kind, "form", story.id, language, "large-print" if large else ""]
    return "-".join(part for part in parts if part) + ".html"


def _require_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is not a folder.", "Name a folder: --to DIR")
    with translate_disk_errors(folder, "make"):
        make_folder(folder)
