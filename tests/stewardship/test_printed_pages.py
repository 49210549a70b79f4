"""Pages to print or hand over show whatever was typed as it was typed, and nothing of it runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest

from capture.questions.printing import preview_page, sheets_page
from capture.questions.question_set import Question, QuestionSet
from library.core.sanitise import printable
from library.core.settings import Retention, Settings, SupportLine
from library.forms.html_page import form_page
from library.forms.placeholders import FormStory
from library.forms.wording import FormHeader, Wording, read_wording
from library.records.copies import Copy
from library.records.people import Person
from library.records.safeguarding import SafeguardingRecord
from library.records.story import Contributor, Story
from library.workspace_template import template
from publish.training.evidence import (
    EvidenceFact,
    StandardEvidence,
    TrainingEvidence,
    evidence_page,
)
from publish.training.feedback import FeedbackForm
from publish.training.feedback_page import feedback_page
from publish.training.letter import Quote, UsedIn, letter_page
from publish.training.plan import (
    CommentQuestion,
    Evaluation,
    GroupSize,
    PlanDetails,
    Scale,
    SupportPlan,
)
from publish.training.report import (
    Figure,
    FigureRow,
    PlanReport,
    ShownSession,
    StatementResult,
    TrainingReport,
    WordsResult,
    report_page,
)
from stewardship.export.collect import ResponsibleBody, StoryRecords, SubjectData
from stewardship.export.pages import ExportedFile, StoryExport, subject_page
from stewardship.withdrawal.outcome import FailedStep
from stewardship.withdrawal.receipt import (
    CopyToChase,
    ErasedReceipt,
    ResidueListed,
    WithdrawalReceipt,
    _page_html,
)
from tests.support.command_line import ROOT
from tests.support.page_validator import validator_faults

DAY, MOMENT, STORY = date(2026, 3, 1), "2026-03-01T10:00:00Z", "cs-222222"
TYPED = (
    "<script>alert(1)</script>",
    '"><img src=x onerror="alert(1)">',
    "' onmouseover='alert(1)",
    "</title></style></textarea><script src=x>",
    "--></main>&amp;&lt;b&gt;",
    "{{ 7*7 }}{% if %}{#",
    '\\"; } body { display: none } /* \u202e',
)


def a_form(words: str, kind: str = "release") -> str:
    """Everything a form shows of a story or the settings, and its own title."""
    line = SupportLine(name=words, contact=words, when=words, checked=DAY)
    settings = Settings(
        title=words,
        trust=words,
        contact=words,
        lawful_basis=words,
        special_category_condition=words,
        support=(line,),
    )
    wording = read_wording(template(), "participation" if kind == "participation" else "release")
    head = FormHeader(title=words, version="1", language="en-GB")
    typed = Wording(wording.kind, wording.shown_as, head, wording.body, wording.sha256)
    story = FormStory(STORY, words, words, "deadbeef")
    return form_page(template(), typed, settings, story, large=False).html


def a_participation_form(words: str) -> str:
    return a_form(words, "participation")


def a_question_set(words: str) -> QuestionSet:
    with_follow_ups = Question(
        id="a", ask=words, follow_ups=(words,), take_care=words, lighter=True
    )
    with_note = Question(id="b", ask=words, content_note=words)
    return QuestionSet(
        id="odd",
        version=1,
        title=words,
        designed_by=words,
        about=words,
        opening=words,
        closing=words,
        questions=(with_follow_ups, with_note),
    )


def question_sheets(words: str) -> str:
    questions = msgspec.structs.replace(a_question_set(words), designed_by="carers")
    return sheets_page(template(), questions, Settings(trust=words))


def a_question_preview(words: str) -> str:
    line = SupportLine(name=words, contact=words, when=words, checked=DAY)
    settings = Settings(trust=words, contact=words, support=(line,))
    return preview_page(template(), a_question_set(words), settings)


def a_withdrawal_receipt(words: str) -> str:
    left = ResidueListed(place=words, of=words)
    return _page_html(
        WithdrawalReceipt(
            story=STORY,
            withdrawn=DAY,
            scope="all",
            asked_by=words,
            made=MOMENT,
            holds=True,
            recorded=True,
            site_audience="trust",
            site_covered=True,
            taken_down=(words,),
            site_made_again=True,
            preview_removed=True,
            still_found=(left,),
            erased=ErasedReceipt(
                asked=MOMENT, asked_by=words, whole=False, left=(left,), also_in=(words,)
            ),
            copies=(
                CopyToChase(id="cp-222222", medium="stick", audience="trust", to=words, on=DAY),
            ),
            still_open=(FailedStep.SEARCH,),
            log_lines=0,
            log_head="",
        )
    )


def what_is_held(words: str) -> str:
    """The page of a subject access export; words that people wrote stand in every text of it."""
    copy = Copy(
        id="cp-222222",
        recorded=MOMENT,
        stories=(STORY,),
        medium="stick",
        audience="trust",
        to=words,
        on=DAY,
    )
    person = Person(
        id="p",
        story=STORY,
        recorded=MOMENT,
        person="pe-222222",
        relation=words,
        told=words,
        decided="agreed",
        on=DAY,
        role="editor",
    )
    disclosure = SafeguardingRecord(
        id="sg-222222",
        story=STORY,
        recorded=MOMENT,
        on=DAY,
        role="editor",
        disclosed=words,
        at_risk=words,
        referred_to=words,
        referred_on=DAY,
    )
    records = StoryRecords(
        story=Story(
            id=STORY,
            title=words,
            questions="being-heard",
            created=MOMENT,
            contributor=words,
            summary=words,
            content_note=words,
            themes=(words,),
        ),
        shown_to=(),
        agreements=(),
        releases=(),
        approvals=(),
        withdrawals=(),
        erasure=None,
        people=(person,),
        registers=(),
        copies=(copy,),
        settled=(),
        kept_apart=(disclosure,),
        builds=(),
        log=(),
    )
    file = ExportedFile(f"{STORY}/{words.replace('/', '')}", 1, words)
    part = StoryExport(
        records, template().story(STORY), (file,), literal=words, edited=words, notes=words
    )
    subject = SubjectData(
        gathered=MOMENT,
        without_others=False,
        responsible=ResponsibleBody(
            library=words,
            trust=words,
            contact=words,
            lawful_basis=words,
            special_category_condition=words,
        ),
        contributor=Contributor(
            id="co-222222", recorded=MOMENT, name=words, contact=words, stories=(STORY,)
        ),
        stories=(records,),
        other_stories=(),
    )
    return subject_page(subject, [part], Retention())


def feedback(words: str) -> str:
    plan = PlanDetails(
        id="listening",
        version=1,
        title=words,
        aim=words,
        designed_by=words,
        audience=words,
        level=words,
        minutes=30,
        group=GroupSize(smallest=1, largest=3),
        introduction=words,
        support=SupportPlan(before=(), in_the_room=(), if_distressed=(), afterwards=()),
        follow_up=(),
        evaluation=Evaluation(
            scales=(Scale(id="s", ask=words, low=words, high=words),),
            comments=(CommentQuestion(id="c", ask=words),),
        ),
    )
    scores = {("s", "before"): 1, ("s", "after"): 5}
    form = FeedbackForm(plan="listening", date=words, scores=scores, comments={"c": words})
    return feedback_page([plan], [form] * 5)


def over_time(words: str) -> str:
    figure = Figure(stage="before", answers=5, average="2.0", rows=(words,))
    row = FigureRow(session="", figures={"before": figure})
    statement = StatementResult(
        id="s", ask=words, low=words, high=words, stages=("before",), rows=(row,)
    )
    written = WordsResult(
        kind="two-weeks", question="q", ask=words, texts=(words,) * 5, rows=(words,)
    )
    plan = PlanReport(
        plan="listening",
        title=words,
        sessions=(ShownSession(on=words, people=words, source=words),),
        statements=(statement,),
        words=(written,),
        are_some_waiting=True,
    )
    return report_page(TrainingReport(made="2026-11-23", plans=(plan,), contributors=5))


def a_letter(words: str, *, is_draft: bool = False) -> str:
    settings = Settings(trust=words, withdrawal=words, contact=words)
    used = UsedIn(date(2026, 11, 23), words, words)
    quotes = [Quote("3f9a2c", words)]
    return letter_page("cs-4k7m2q", words, settings, [used], quotes, is_draft=is_draft)


def a_draft_of_a_letter(words: str) -> str:
    return a_letter(words, is_draft=True)


def evidence(words: str) -> str:
    fact = EvidenceFact(fact=words, value=words, sources=(words,))
    standard = StandardEvidence(
        key="toc-1", name=words, words=words, source=words, facts=(fact,), limit=words
    )
    return evidence_page(TrainingEvidence(made="2026-11-23", standards=(standard,)))


class Shape(HTMLParser):
    """The elements of a page with the names of their attributes, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, ...]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, *(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


PAGES = (
    a_form,
    a_participation_form,
    question_sheets,
    a_question_preview,
    a_withdrawal_receipt,
    what_is_held,
    feedback,
    over_time,
    a_letter,
    a_draft_of_a_letter,
    evidence,
)
"""Each kind of page that is printed or handed over."""


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize("page", PAGES)
def test_words_that_were_typed_are_shown_and_change_nothing_else(
    page: Callable[[str], str], typed: str
) -> None:
    calm, wild = Shape(page("calm words")), Shape(page(typed))
    assert wild.elements == calm.elements
    assert wild.words.count(printable(typed)) >= calm.words.count("calm words") - 1  # CSS is apart
    assert "\u202e" not in page(typed)


def test_they_are_valid_by_the_standards_own_validator(tmp_path: Path) -> None:
    """So are the pages of this machine’s browser, on which scripts fill in the rest."""
    local_pages = [
        ROOT / folder / "page" / "index.html"
        for folder in ("capture/station", "site/stewardship/desk")
    ]
    for number, page in enumerate(PAGES):
        (tmp_path / f"{page.__name__}.html").write_text(page(TYPED[number % len(TYPED)]), "utf-8")
    assert validator_faults([*tmp_path.iterdir(), *local_pages]) == []
