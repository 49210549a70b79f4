"""Question sets on paper: large sheets for the table, and a preview for the contributor.

Each is one HTML file in the style and fonts of the forms, which loads nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from capture.questions.question_set import QuestionSet
from library.core.days import day_in_words
from library.core.errors import BadInput
from library.core.files import make_folder, translate_disk_errors, write_atomic
from library.core.sanitise import printable
from library.core.settings import Settings, load_settings
from library.core.workspace import Workspace
from library.forms.html_page import printable_page
from library.forms.placeholders import NOT_FILLED_IN

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
        sheets: sheets_page(workspace, question_set),
        preview: preview_page(workspace, question_set, settings),
    }
    with translate_disk_errors(folder, "make"):
        make_folder(folder)
    for path, html in pages.items():
        write_atomic(path, html.encode())
    missing = [name for name in ("contact", "support") if not getattr(settings, name)]
    return PrintedQuestionSet(sheets, preview, tuple(missing))


_SHEETS = """\
{% macro bullets(texts) %}<ul>
{% for text in texts %}<li>{{ text }}</li>
{% endfor %}</ul>
{% endmacro -%}
<header class="top"><h1>{{ title }}</h1><p class="version">{{ designed_by }}</p></header>
<main>
<section class="card">
<h2>To begin with</h2>
<p class="say">{{ set.opening }}</p></section>
{% for question in set.questions -%}
<section class="card">
<h2>Question {{ loop.index }} of {{ loop.length }}
{%- if question.lighter %} <span class="lighter">towards the close</span>{% endif %}</h2>
<p class="ask">{{ question.ask }}</p>
{% if question.follow_ups %}<p>If it helps:</p>
{{ bullets(question.follow_ups) }}{% endif %}
{%- if question.care %}<p class="note">{{ question.care }}</p>
{% endif %}</section>
{% endfor -%}
<section class="card">
<h2>To end with</h2>
<p class="say">{{ set.closing }}</p></section>
</main>"""
_PREVIEW = """\
{% macro bullets(texts) %}<ul>
{% for text in texts %}<li>{{ text }}</li>
{% endfor %}</ul>
{% endmacro -%}
<header class="top"><h1>{{ title }}</h1><p class="trust">{{ set.title }}</p>
<p class="version">{{ designed_by }}</p></header>
<main>
{% if set.about %}<p>{{ set.about }}</p>
{% endif %}<section>
<h2>What you can expect</h2>
{{ bullets(expect) }}</section>
<section>
<h2>The questions</h2>
<p>We begin like this: “{{ set.opening }}”</p>
<ol class="asked">
{% for question in set.questions %}<li><p class="question">{{ question.ask }}</p>
{% if question.follow_ups %}{{ bullets(question.follow_ups) }}{% endif %}
{%- if question.care %}<p class="note">{{ question.care }}</p>
{% endif %}</li>
{% endfor %}</ol>
<p>And we end like this: “{{ set.closing }}”</p>
</section>
<section>
<h2>Whom to ask</h2>
<p>About the recording, or to change your mind:
{% if contact %}{{ contact }}
{%- else %}<mark class="not-filled-in">{{ not_filled_in }}</mark>
{%- endif %}</p>
{% if support %}<p>If this brings something up and you would like to talk to somebody:</p>
{{ bullets(support) }}<p>These were last checked on {{ checked }}.</p>
{% endif %}</section>
</main>"""
# `finalize` sees every value: no control or direction characters reach the page.
_ENVIRONMENT = Environment(
    autoescape=True,
    undefined=StrictUndefined,
    finalize=lambda value: value if isinstance(value, Markup) else printable(str(value)),
)


def sheets_page(workspace: Workspace, question_set: QuestionSet) -> str:
    """Return one sheet for each question, in letters that can be read across a table."""
    title = question_set.title
    words = _render(_SHEETS, question_set, title=title)
    return _page(workspace, question_set, title, words, large=True)


def preview_page(workspace: Workspace, question_set: QuestionSet, settings: Settings) -> str:
    """Return a page for the contributor to read at home: every question, and whom to ask."""
    title = "Questions for our conversation"
    support = settings.support
    words = _render(
        _PREVIEW,
        question_set,
        title=title,
        expect=_EXPECT,
        contact=settings.contact.strip(),
        not_filled_in=NOT_FILLED_IN,
        support=[
            f"{line.name}: {line.contact}{f', {line.when}' if line.when else ''}"
            for line in support
        ],
        checked=day_in_words(min(line.checked for line in support)) if support else "",
    )
    return _page(workspace, question_set, title, words, large=False)


def _render(template: str, question_set: QuestionSet, **values: object) -> str:
    designed_by = f"Designed by: {question_set.designed_by} · version {question_set.version}"
    page = _ENVIRONMENT.from_string(template)
    return page.render(set=question_set, designed_by=designed_by, **values)


def _page(
    workspace: Workspace, question_set: QuestionSet, title: str, words: str, *, large: bool
) -> str:
    foot = f"{printable(question_set.title)} · version {question_set.version}"
    style = STYLE.read_text(encoding="utf-8")
    return printable_page(workspace, printable(title), words, foot=foot, large=large, style=style)
