"""A training session, or a story, as Word documents: for trusts that live in Word.

Of a session: the facilitator’s notes, the handout, the transcript and the evaluation form, each a
document of its own, since they go to different people. Of a story: its transcript. All of them have
real headings, tables whose first row is their heading, the language set, and no picture that says
what no words say.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from docx import Document
from docx.document import Document as Paper
from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table
from docx.text.paragraph import Paragraph

from delivery.material import Material
from delivery.office import (
    FONT,
    INK,
    LANGUAGE,
    PINE,
    SOFT,
    CopyWords,
    is_from_the_right,
    moment_address,
    page_address,
    paragraphs_of,
    points_of_scales,
    set_properties,
    stretch_words,
)
from library.core.timecode import clock
from publish.edition import ReleasedStory
from publish.render.text import minutes, plain, seconds_in_words
from publish.render.training import PlanPoint, plan_points
from publish.render.training_after import form_path
from publish.training.follow_up import EVALUATION, form_questions
from publish.training.plan import (
    PRINCIPLES,
    Break,
    Dilemma,
    EvaluationTime,
    Exercise,
    PlanDetails,
    PlanItem,
    ReflectionQuestion,
    RolePlay,
    TalkItem,
)
from publish.training.published import NOT_AVAILABLE, PublishedPlan, ShownClip

_WRITING_LINES = 3
"""Lines to write on below a question."""
_TEXT_WIDTH_CM = 16.6
_TO_TICK = "☐"
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_HEADING_POINTS = {1: 18, 2: 14, 3: 12}


def documents_of(material: Material, plan: PublishedPlan, words: CopyWords) -> bytes:
    """Return the papers of a session: a zip of Word documents."""
    papers = {
        "facilitators-notes.docx": _facilitators_notes(material, plan, words),
        "handout.docx": _handout(material, plan, words),
        "transcript.docx": _transcript(material, material.stories, words, plan.title),
        "evaluation-form.docx": _evaluation_form(plan, words),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, paper in papers.items():
            # A document is compressed already.
            archive.writestr(zipfile.ZipInfo(name, _EARLIEST), _bytes_of(paper))
    return packed.getvalue()


def transcript_of(material: Material, words: CopyWords) -> bytes:
    """Return a story’s transcript as a .docx."""
    (story,) = material.stories
    return _bytes_of(_transcript(material, (story,), words, story.page.title))


# The transcript


def _transcript(
    material: Material, stories: Sequence[ReleasedStory], words: CopyWords, title: str
) -> Paper:
    paper = _new_paper(f"Transcript: {plain(title)}", words)
    for story in stories:
        page = story.page
        _heading(paper, page.title, 1)
        if page.contributor:
            _text(paper, f"Told by {plain(page.contributor)}")
        _texts(paper, page.summary)
        if page.content_note:
            _labelled(paper, "Before you read", page.content_note)
        _text(paper, f"{plain(story.level_of_use)}", quiet=True)
        for chapter in page.chapters:
            _heading(paper, chapter.title, 2)
            if chapter.content_note:
                _labelled(paper, "Before you read", chapter.content_note)
            for turn in chapter.paragraphs:
                _turn(paper, material, story, turn.start, turn.speaker, turn.text)
            _questions(paper, chapter.reflection, label="To think about")
        if page.reflection:
            _heading(paper, "To think about", 2)
            _list(paper, page.reflection)
    return paper


def _turn(
    paper: Paper, material: Material, story: ReleasedStory, start: int, speaker: str, text: str
) -> None:
    paragraph = paper.add_paragraph()
    address = moment_address(material, story.page.id, start)
    if address:
        _add_link(paragraph, clock(start), address)
    else:
        paragraph.add_run(clock(start))
    paragraph.add_run(" ")
    if speaker:
        paragraph.add_run(f"{plain(speaker)}: ").bold = True
    paragraph.add_run(plain(text))
    _turn_round(paragraph, text)


# The facilitator’s notes


def _facilitators_notes(material: Material, plan: PublishedPlan, words: CopyWords) -> Paper:
    paper = _new_paper(f"Facilitator’s notes: {plain(plan.title)}", words)
    points = list(plan_points(plan, material.edition))
    _texts(paper, plan.aim)
    if plan.absent:
        _labelled(paper, "Please note", NOT_AVAILABLE)
    for label, value in (
        ("Time", minutes(plan.shown_minutes)),
        ("Group", f"{plan.group.smallest} to {plan.group.largest} people"),
        ("For", plan.audience),
        ("Level", plan.level),
        ("Written by", plan.designed_by),
    ):
        _labelled(paper, label, value)
    _section(paper, "Afterwards people can", _with_points(plan, "outcomes"))
    _section(paper, "Before the day", _with_points(plan, "prepare"))
    _section(paper, "To bring", _with_points(plan, "materials"))
    _heading(paper, "Words to begin with", 1)
    _texts(paper, "\n\n".join(text for text, _ in plan.opening))
    _heading(paper, "Looking after everybody", 1)
    for title, texts in (
        ("Before", plan.support_lines("before")),
        ("In the room", plan.support_lines("in_the_room")),
        ("If somebody is upset", plan.support_lines("if_distressed")),
        ("Afterwards", plan.support_lines("afterwards")),
    ):
        if texts:
            _heading(paper, title, 2)
            _list(paper, [text for text, _ in texts])
    if support := [
        f"{plain(line.name)}: {plain(line.contact)}" + (f" ({line.when})" if line.when else "")
        for line in material.edition.library.support
    ]:
        _heading(paper, "People to turn to", 2)
        _list(paper, support)
    _heading(paper, "Running order", 1)
    shown = [point for point in points if point.start is not None]
    _table(
        paper,
        ("From", "What", "For"),
        [(point.start or "", _title_of(point), minutes(point.item.minutes)) for point in shown],
        widths=(2, 11, 3.5),
    )
    for point in shown:
        _point(paper, material, point)
    _after_the_session(paper, material, plan)
    _role_cards(paper, points)
    _answer_keys(paper, points)
    return paper


def _title_of(point: PlanPoint) -> str:
    title = plain(point.item.title) if isinstance(point.item, PlanItem) else ""
    return f"{title} (optional)" if point.is_optional else title


def _point(paper: Paper, material: Material, point: PlanPoint) -> None:
    item = point.item
    _heading(paper, f"{point.start} {_title_of(point)}", 2)
    _text(paper, f"{point.label}, {minutes(item.minutes)}", quiet=True)
    match item:
        case TalkItem():
            _labelled(paper, "Say", item.say)
            _shown(paper, item.show)
        case ShownClip():
            _clip(paper, material, point, item)
        case ReflectionQuestion():
            _questions(paper, item.ask, item.timer)
        case Exercise():
            _list(paper, item.steps, "List Number")
        case Dilemma():
            _texts(paper, item.situation)
            _questions(paper, item.ask, item.timer)
            names = [PRINCIPLES[name] for name in point.principles]
            _labelled(paper, "Principles it touches", "; ".join(names))
        case RolePlay():
            _texts(paper, item.brief)
            _questions(paper, item.debrief, label="To talk about afterwards")
        case Break():
            _texts(paper, item.say)
        case EvaluationTime():
            _texts(paper, item.say)
            _shown(paper, item.show)
    notes = item.notes if isinstance(item, PlanItem) else ()
    if notes:
        _heading(paper, "For you", 3)
        _list(paper, notes)
    if isinstance(item, RolePlay) and item.debrief_notes:
        _heading(paper, "For you, afterwards", 3)
        _list(paper, item.debrief_notes)


def _clip(paper: Paper, material: Material, point: PlanPoint, clip: ShownClip) -> None:
    if point.story is None:
        return
    page = point.story.page
    paragraph = paper.add_paragraph()
    where = f"“{plain(page.title)}”, {stretch_words(clip.start, clip.end)}"
    address = moment_address(material, page.id, clip.start, clip.end)
    if address:
        _add_link(paragraph, f"Play {where}", address)
    else:
        paragraph.add_run(f"In the library: {where}")
    _text(paper, plain(point.story.level_of_use), quiet=True)
    if clip.chapter:
        _labelled(paper, "The question was", clip.chapter)
    if page.content_note:
        _labelled(paper, "Before people listen", page.content_note)
    if clip.before:
        _labelled(paper, "Say before it", clip.before)
    for pause in clip.pauses:
        _labelled(paper, f"At {clock(pause.at)} the film stops", pause.ask)
        _list(paper, pause.notes)
    _questions(paper, clip.ask, clip.timer)
    if point.turns:
        _heading(paper, "What is said there", 3)
        for turn in point.turns:
            _turn(paper, material, point.story, turn.start, turn.speaker, turn.text)


def _after_the_session(paper: Paper, material: Material, plan: PublishedPlan) -> None:
    _heading(paper, "After the session", 1)
    steps = [*plan.follow_up, *(step for _, item in plan.numbered for step in item.follow_up)]
    for step in steps:
        _labelled(paper, plain(step.when), step.do)
    if address := page_address(material, form_path(plan.id, EVALUATION)):
        _add_link(paper.add_paragraph(), "Evaluation form in the library", address)


def _role_cards(paper: Paper, points: Sequence[PlanPoint]) -> None:
    plays = [point.item for point in points if isinstance(point.item, RolePlay)]
    if not plays:
        return
    _heading(paper, "Role-play cards", 1, new_page=True)
    _text(paper, "Print them, cut them, and give each player only their own.", quiet=True)
    for play in plays:
        for card in play.cards:
            _heading(paper, f"{plain(play.title)}: {plain(card.role)}", 2)
            _texts(paper, card.situation)
            _labelled(paper, "You want", card.wants)
            _labelled(paper, "You could begin", f"“{plain(card.says)}”" if card.says else "")


def _answer_keys(paper: Paper, points: Sequence[PlanPoint]) -> None:
    sorting = [
        point.item for point in points if isinstance(point.item, Exercise) and point.item.statements
    ]
    if not sorting:
        return
    _heading(paper, "Statements to sort, with their key", 1, new_page=True)
    _text(paper, "For you alone, until the groups have talked.", quiet=True)
    for exercise in sorting:
        _heading(paper, exercise.title, 2)
        _table(
            paper,
            ("Statement", "Where it belongs", "Why"),
            [(card.statement, card.answer, card.why) for card in exercise.statements],
            widths=(7, 3.5, 6),
        )


# The handout and the form


def _handout(material: Material, plan: PublishedPlan, words: CopyWords) -> Paper:
    paper = _new_paper(plain(plan.title), words)
    _texts(paper, plan.aim)
    _section(paper, "Afterwards you can", _with_points(plan, "outcomes"))
    points = list(plan_points(plan, material.edition))
    for point in points:
        match point.item:
            case ShownClip(ask=ask) if ask:
                _heading(paper, point.item.title, 1)
                if point.story is not None:
                    title = plain(point.story.page.title)
                    line = _text(paper, f"From “{title}”", quiet=True)
                    line.paragraph_format.keep_with_next = True
                _to_write(paper, ask)
            case ReflectionQuestion(ask=ask):
                _heading(paper, point.item.title, 1)
                _to_write(paper, ask)
            case Dilemma(ask=ask):
                _heading(paper, point.item.title, 1)
                _texts(paper, point.item.situation)
                _to_write(paper, ask)
    if not any(isinstance(point.item, ReflectionQuestion) for point in points):
        _heading(paper, "One thing I will do this week", 1)
        _to_write(paper, [""])
    _text(paper, "This sheet is yours. Please write nobody’s name on it.", quiet=True)
    return paper


def _evaluation_form(plan: PublishedPlan, words: CopyWords) -> Paper:
    paper = _new_paper(f"Evaluation form: {plain(plan.title)}", words)
    questions = form_questions(plan, EVALUATION)
    _text(
        paper,
        "Please write no names, neither yours nor anybody else’s. You may leave out any question.",
    )
    if any("before" in scale.whens for scale in questions.scales):
        _text(
            paper,
            "Answer “before” as you felt when you came in, and “now” as you feel at the end.",
        )
    labels = {"before": "Before the session", "after": "Now"}
    for scale in questions.scales:
        _heading(paper, scale.ask, 1)
        points = tuple(points_of_scales())
        ends = f"{points[0]}: {plain(scale.low)}. {points[-1]}: {plain(scale.high)}."
        _text(paper, ends, quiet=True)
        rows = [(labels[when], *(_TO_TICK for _ in points)) for when in scale.whens]
        _table(paper, ("When", *points), rows, widths=(5, *(2 for _ in points)))
    for comment in questions.comments:
        _heading(paper, comment.ask, 1)
        _to_write(paper, [""])
    if questions.comments:
        _heading(paper, "May your own words above be passed on, without a name?", 1)
        _text(paper, "In a report, and to the carers who told their stories.", quiet=True)
        _text(paper, f"{_TO_TICK} Yes")
        _text(paper, f"{_TO_TICK} No, only the team may read them")
    return paper


def _with_points(plan: PlanDetails, name: str) -> list[str]:
    """Return the plan’s own texts of a kind, and those that need one of its points."""
    return [
        *getattr(plan, name),
        *(text for _, item in plan.numbered for text in getattr(item, name)),
    ]


# Parts of a paper


def _heading(paper: Paper, text: str, level: int, *, new_page: bool = False) -> None:
    paragraph = paper.add_heading(plain(text) or "–", level)
    paragraph.paragraph_format.page_break_before = new_page or None
    _turn_round(paragraph, text)


def _section(paper: Paper, title: str, texts: Sequence[str]) -> None:
    if texts:
        _heading(paper, title, 1)
        _list(paper, texts)


def _text(paper: Paper, text: str, *, quiet: bool = False) -> Paragraph:
    paragraph = paper.add_paragraph(plain(text))
    if quiet:
        for run in paragraph.runs:
            run.font.color.rgb = RGBColor.from_string(SOFT)
    _turn_round(paragraph, text)
    return paragraph


def _texts(paper: Paper, text: str) -> None:
    for paragraph in paragraphs_of(text):
        _text(paper, paragraph)


def _labelled(paper: Paper, label: str, text: str) -> None:
    """Add what `label` is, if anything is: further paragraphs stand below it."""
    for number, words in enumerate(paragraphs_of(text)):
        paragraph = paper.add_paragraph()
        if number == 0:
            paragraph.add_run(f"{label}: ").bold = True
        paragraph.add_run(words)
        _turn_round(paragraph, words)


def _list(paper: Paper, texts: Sequence[str], style: str = "List Bullet") -> None:
    for number, text in enumerate(texts):
        for part, words in enumerate(paragraphs_of(text)):
            kind = style if part == 0 else "List Continue"
            paragraph = paper.add_paragraph(words, kind)
            if style == "List Number" and number == 0 and part == 0:
                _begin_anew(paper, paragraph)
            elif style == "List Number" and part == 0:
                _number_like(paper, paragraph)
            _turn_round(paragraph, words)


def _shown(paper: Paper, texts: Sequence[str]) -> None:
    if texts:
        _heading(paper, "Everybody sees", 3)
        _list(paper, texts)


def _questions(
    paper: Paper, questions: Sequence[str], timer: int | None = None, *, label: str = "Ask"
) -> None:
    if questions:
        _heading(paper, label, 3)
        _list(paper, questions)
    if questions and timer:
        _text(paper, f"Time for it: {seconds_in_words(timer)}", quiet=True)


def _to_write(paper: Paper, questions: Sequence[str]) -> None:
    for question in questions:
        for text in paragraphs_of(question):
            paragraph = paper.add_paragraph(text)
            paragraph.paragraph_format.keep_with_next = True
            _turn_round(paragraph, text)
        for number in range(_WRITING_LINES):
            # A line to the edge is a tab that is drawn.
            line = paper.add_paragraph("\t")
            line.paragraph_format.tab_stops.add_tab_stop(
                Cm(_TEXT_WIDTH_CM), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.LINES
            )
            line.paragraph_format.keep_with_next = number < _WRITING_LINES - 1


def _table(
    paper: Paper,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    widths: Sequence[float],
) -> None:
    """Add a table whose first row is its heading, also on the pages after. Widths are in cm."""
    table = paper.add_table(rows=1 + len(rows), cols=len(heads), style="Table Grid")
    table.autofit = False
    # Of the columns as well: Word goes by the cells, and others by these.
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for row, cells in zip(table.rows, (heads, *rows), strict=True):
        for cell, text, width in zip(row.cells, cells, widths, strict=True):
            cell.width = Cm(width)
            paragraph = cell.paragraphs[0]
            paragraph.add_run(plain(text)).bold = cells is heads
            paragraph.paragraph_format.space_after = Pt(2)
            _turn_round(paragraph, text)
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if cells is heads:
            properties.append(OxmlElement("w:tblHeader"))
    _mark_first_row(table)
    paper.add_paragraph().paragraph_format.space_after = Pt(0)


def _mark_first_row(table: Table) -> None:
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    if look is not None:
        for name in ("firstRow", "firstColumn"):
            look.set(qn(f"w:{name}"), "1" if name == "firstRow" else "0")


def _add_link(paragraph: Paragraph, words: str, address: str) -> None:
    relation = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), relation)
    run = paragraph.add_run(words)
    run.font.underline = True
    run.font.color.rgb = RGBColor.from_string("0F5658")
    link.append(run._r)
    paragraph._p.append(link)


def _turn_round(paragraph: Paragraph, text: str) -> None:
    """Set a paragraph from the right where its words are written so."""
    if is_from_the_right(text):
        # In the order that the standard gives a paragraph’s properties.
        properties = paragraph._p.get_or_add_pPr()
        properties.insert_element_before(OxmlElement("w:bidi"), "w:spacing", "w:ind", "w:jc")
        for run in paragraph.runs:
            run.font.rtl = True


def _begin_anew(paper: Paper, paragraph: Paragraph) -> None:
    """Number from 1: Word counts on from the list before, however far away."""
    numbering = paper.part.numbering_part.element
    style = paper.styles["List Number"].element
    (number,) = style.xpath("./w:pPr/w:numPr/w:numId/@w:val")
    (abstract,) = numbering.xpath(f"./w:num[@w:numId='{number}']/w:abstractNumId/@w:val")
    added = numbering.add_num(int(abstract))
    added.add_lvlOverride(0).add_startOverride(1)
    paragraph._p.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().val = added.numId


def _number_like(paper: Paper, paragraph: Paragraph) -> None:
    """Go on with the list that was begun last."""
    numbering = paper.part.numbering_part.element
    (*_, last) = numbering.xpath("./w:num/@w:numId")
    paragraph._p.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().val = int(last)


# A new paper


def _new_paper(title: str, words: CopyWords) -> Paper:
    """Return a paper with its title, its language, our typeface, and what copy it is."""
    paper = Document()
    section = paper.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    section.top_margin = section.bottom_margin = Cm(2)
    _style(paper)
    set_properties(paper.core_properties, title, words)
    heading = paper.add_paragraph(title, "Title")
    _turn_round(heading, title)
    _text(paper, words.about, quiet=True)
    foot = section.footer.paragraphs[0]
    run = foot.add_run(f"{words.foot} Page ")
    _add_page_number(foot)
    for run in foot.runs:
        run.font.size, run.font.color.rgb = Pt(9), RGBColor.from_string(SOFT)
    return paper


def _add_page_number(paragraph: Paragraph) -> None:
    for kind, code in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = paragraph.add_run()
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = code
        run._r.append(mark)


def _style(paper: Paper) -> None:
    styles = paper.styles
    for name in ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3"):
        font = styles[name].font
        font.name = FONT
        font.color.rgb = RGBColor.from_string(INK if name == "Normal" else PINE)
        fonts = styles[name].element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:cs"), FONT)
    styles["Normal"].font.size = Pt(11)
    styles["Title"].font.size = Pt(24)
    for level, points in _HEADING_POINTS.items():
        styles[f"Heading {level}"].font.size = Pt(points)
    for language in styles.element.xpath("./w:docDefaults//w:lang"):
        language.set(qn("w:val"), LANGUAGE)
    # The template lacks it, and the standard asks for it.
    for zoom in paper.settings.element.xpath("./w:zoom"):
        zoom.set(qn("w:percent"), "100")


def _bytes_of(paper: Paper) -> bytes:
    written = io.BytesIO()
    paper.save(written)
    return written.getvalue()
