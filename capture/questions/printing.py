"""Question sets on paper: large sheets for the table, and a preview for the contributor.

Each is one HTML file in the style and fonts of the forms, which loads nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from capture.questions.contributor_words import words_in
from capture.questions.question_set import QuestionSet
from library.core.errors import BadInput
from library.core.files import make_folder, translate_disk_errors, write_atomic
from library.core.settings import Settings, load_settings, missing_for_agreements
from library.core.workspace import Workspace
from library.forms.html_page import print_sheet

_TEMPLATES = Path(__file__).with_name("templates")


_SETTINGS_ON_PREVIEW = ("contact", "support")
"""Settings without which the preview cannot say whom to ask."""


@dataclass(frozen=True)
class PrintedQuestionSet:
    """The files that were written."""

    sheets: Path
    preview: Path
    not_filled_in: tuple[str, ...]
    """Settings that the preview shows and nobody has written yet."""


def print_question_set(
    workspace: Workspace, question_set: QuestionSet, to: Path | None = None
) -> PrintedQuestionSet:
    """Write the sheets and the preview into `to`, or `interviews/print`.

    Raises BadInput for settings that cannot be read, or where `to` is no folder; NoRoom or
    DiskFailed.
    """
    settings = load_settings(workspace)
    folder = to or workspace.printed
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is not a folder.", "Name a folder: --to DIR")
    sheets = folder / f"questions-{question_set.id}.html"
    preview = folder / f"questions-{question_set.id}-preview.html"
    pages = {
        sheets: sheets_page(workspace, question_set, settings),
        preview: preview_page(workspace, question_set, settings),
    }
    with translate_disk_errors(folder, "make"):
        make_folder(folder)
    for path, html in pages.items():
        write_atomic(path, html.encode())
    missing = [name for name in missing_for_agreements(settings) if name in _SETTINGS_ON_PREVIEW]
    return PrintedQuestionSet(sheets, preview, tuple(missing))


def sheets_page(workspace: Workspace, question_set: QuestionSet, settings: Settings) -> str:
    """Return one sheet for each question, in letters that can be read across a table."""
    return print_sheet(
        workspace,
        "question_sheets.html",
        _TEMPLATES,
        title=question_set.title,
        foot=_foot(question_set),
        large=True,
        language=_language(question_set),
        set=question_set,
        words=words_in(question_set.language),
        trust=_trust_beside(question_set, settings),
    )


def preview_page(workspace: Workspace, question_set: QuestionSet, settings: Settings) -> str:
    """Return a page for the contributor to read at home: every question, and whom to ask."""
    words = words_in(question_set.language)
    return print_sheet(
        workspace,
        "question_preview.html",
        _TEMPLATES,
        title=words.line("preview_title").text,
        foot=_foot(question_set),
        large=False,
        language=_language(question_set),
        set=question_set,
        words=words,
        trust=_trust_beside(question_set, settings),
        contact=settings.contact.strip(),
        support=settings.support,
    )


def _trust_beside(question_set: QuestionSet, settings: Settings) -> str:
    """Return the trust to name beside who designed the set; "" where it is named, or not known.

    The sets that come with the software name none; whoever writes one may name their own.
    """
    nobody = settings.trust.strip() in ("", Settings().trust)
    if nobody or settings.trust in question_set.designed_by:
        return ""
    return settings.trust


def _language(question_set: QuestionSet) -> str:
    return question_set.language or "en-GB"


def _foot(question_set: QuestionSet) -> str:
    version = words_in(question_set.language).line("version").text
    return f"{question_set.title} · {version} {question_set.version}"
