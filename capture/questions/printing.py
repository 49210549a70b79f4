"""Question sets on paper: large sheets for the table, and what is sent to the contributor before.

Each is one file of HTML in the style and letters of the forms; it asks for nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from capture.questions.question_set import Question, QuestionSet
from library.core.errors import BadInput
from library.core.files import make_folder, translate_disk_errors, write_atomic
from library.core.sanitise import printable
from library.core.settings import Settings, load_settings
from library.core.workspace import Workspace
from library.forms.html_page import printable_page
from library.forms.placeholders import NOT_FILLED_IN, written_date

STYLE = Path(__file__).with_name("sheets.css")
_EXPECT = (
    "These are the questions you may be asked. You need not prepare anything.",
    "You can leave out any question, and you need not say why. You can pause or stop whenever "
    "you like. There is no right answer and no right length.",
    "If there is something you do not want to be asked, or something that should be asked, please "
    "say so before, or at any moment.",
    "Nothing is shown to anybody before you have seen it and agreed. You decide who may see it, "
    "and you can take it back.",
    "Please leave out, or tell us to take out, whatever could tell who somebody else is.",
)


@dataclass(frozen=True)
class PrintedQuestionSet:
    """What was written."""

    sheets: Path
    preview: Path
    not_filled_in: tuple[str, ...]
    """Settings that the preview shows and nobody has written yet."""


def print_question_set(
    workspace: Workspace, questions: QuestionSet, to: Path | None = None
) -> PrintedQuestionSet:
    """Write the sheets and the preview into `to`, or `interviews/print`.

    Raises BadInput for settings that cannot be read or a place that is no folder; NoRoom or
    DiskFailed.
    """
    settings = load_settings(workspace)
    folder = to or workspace.printed
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is not a folder.", "Name a folder: --to DIR")
    sheets = folder / f"questions-{questions.id}.html"
    preview = folder / f"questions-{questions.id}-preview.html"
    pages = {
        sheets: sheets_page(workspace, questions),
        preview: preview_page(workspace, questions, settings),
    }
    with translate_disk_errors(folder, "make"):
        make_folder(folder)
    for path, html in pages.items():
        write_atomic(path, html.encode())
    missing = [name for name in ("contact", "support") if not getattr(settings, name)]
    return PrintedQuestionSet(sheets, preview, tuple(missing))


def sheets_page(workspace: Workspace, questions: QuestionSet) -> str:
    """One sheet for each question, in letters that can be read across a table."""
    count = len(questions.questions)
    cards = [
        _card("To begin with", f'<p class="say">{_text(questions.opening)}</p>'),
        *(_sheet(one, number, count) for number, one in enumerate(questions.questions, 1)),
        _card("To end with", f'<p class="say">{_text(questions.closing)}</p>'),
    ]
    words = f"{_heading(questions.title, questions)}<main>\n{''.join(cards)}</main>"
    return _page(workspace, questions, questions.title, words, large=True)


def preview_page(workspace: Workspace, questions: QuestionSet, settings: Settings) -> str:
    """What the contributor may read at home: every question, what may come up, whom to ask."""
    title = "Questions for our conversation"
    about = f"<p>{_text(questions.about)}</p>\n" if questions.about else ""
    asked = "".join(_asked(one) for one in questions.questions)
    words = (
        f"{_heading(title, questions, questions.title)}<main>\n{about}"
        f"<section>\n<h2>What you can expect</h2>\n{_bullets(_EXPECT)}</section>\n"
        f"<section>\n<h2>The questions</h2>\n<p>We begin like this: “{_text(questions.opening)}”"
        f'</p>\n<ol class="asked">\n{asked}</ol>\n'
        f"<p>And we end like this: “{_text(questions.closing)}”</p>\n</section>\n"
        f"<section>\n<h2>Whom to ask</h2>\n{_whom_to_ask(settings)}</section>\n</main>"
    )
    return _page(workspace, questions, title, words, large=False)


def _page(
    workspace: Workspace, questions: QuestionSet, title: str, words: str, *, large: bool
) -> str:
    foot = f"{printable(questions.title)} · version {questions.version}"
    style = STYLE.read_text(encoding="utf-8")
    return printable_page(workspace, printable(title), words, foot=foot, large=large, style=style)


def _heading(title: str, questions: QuestionSet, under: str = "") -> str:
    told = f'<p class="trust">{_text(under)}</p>' if under else ""
    by = f"Designed by: {_text(questions.designed_by)} · version {questions.version}"
    return (
        f'<header class="top"><h1>{_text(title)}</h1>{told}<p class="version">{by}</p></header>\n'
    )


def _sheet(question: Question, number: int, count: int) -> str:
    lighter = ' <span class="lighter">towards the close</span>' if question.lighter else ""
    inside = f'<p class="ask">{_text(question.ask)}</p>\n'
    if question.follow_ups:
        inside += f"<p>If it helps:</p>\n{_bullets(question.follow_ups)}"
    if question.care:
        inside += f'<p class="note">{_text(question.care)}</p>\n'
    return _card(f"Question {number} of {count}{lighter}", inside)


def _card(heading: str, inside: str) -> str:
    """`heading` and `inside` are HTML already."""
    return f'<section class="card">\n<h2>{heading}</h2>\n{inside}</section>\n'


def _asked(question: Question) -> str:
    inside = f'<p class="question">{_text(question.ask)}</p>\n'
    if question.follow_ups:
        inside += _bullets(question.follow_ups)
    if question.care:
        inside += f'<p class="note">{_text(question.care)}</p>\n'
    return f"<li>{inside}</li>\n"


def _whom_to_ask(settings: Settings) -> str:
    if settings.contact.strip():
        contact = _text(settings.contact)
    else:
        contact = f'<mark class="not-filled-in">{NOT_FILLED_IN}</mark>'
    lines = [f"<p>About the recording, or to change your mind: {contact}</p>"]
    if settings.support:
        lines.append("<p>If this brings something up and you would like to talk to somebody:</p>")
        lines.append(_bullets(_line(one.name, one.contact, one.when) for one in settings.support))
        checked = min(one.checked for one in settings.support)
        lines.append(f"<p>These were last checked on {written_date(checked)}.</p>")
    return "\n".join(lines) + "\n"


def _line(name: str, contact: str, when: str) -> str:
    return f"{name}: {contact}, {when}" if when else f"{name}: {contact}"


def _bullets(texts: Iterable[str]) -> str:
    return "<ul>\n" + "".join(f"<li>{_text(text)}</li>\n" for text in texts) + "</ul>\n"


def _text(text: str) -> str:
    return escape(printable(text))
