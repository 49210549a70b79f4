"""A training session as PowerPoint slides: a slide for each step, the facilitator’s notes below it.

A clip is its poster, a link and a QR code to the moment in the library: no byte of a film is in it,
so that a story that is taken back is dark on every slide at once. Every slide has a title, what is
on it is read in order, pictures have words, and the language is set.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml import etree
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.lang import MSO_LANGUAGE_ID
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml.ns import qn
from pptx.presentation import Presentation as Deck
from pptx.shapes.autoshape import Shape
from pptx.shapes.picture import Picture
from pptx.slide import Slide
from pptx.text.text import TextFrame, _Paragraph
from pptx.util import Emu, Inches, Length, Pt

from delivery.material import Material
from delivery.office import (
    FONT,
    INK,
    LANGUAGE,
    PINE,
    SOFT,
    CopyWords,
    all_paragraphs,
    code_picture,
    is_from_the_right,
    moment_address,
    page_address,
    poster_of,
    poster_words,
    set_properties,
    stretch_words,
    told_by,
)
from films.page_text import StoryPage
from publish.edition import ReleasedStory
from publish.render.text import minutes, plain, seconds_in_words, time_between
from publish.render.training import PlanSlide, plan_slides
from publish.render.training_after import form_path
from publish.training.follow_up import EVALUATION
from publish.training.plan import Break, Dilemma, EvaluationTime, Exercise, RolePlay, TalkItem
from publish.training.published import NOT_AVAILABLE, PublishedPlan, ShownClip

_WIDTH, _HEIGHT = Inches(13.333), Inches(7.5)
_TITLE, _CONTENT, _TWO = "Title Slide", "Title and Content", "Two Content"
_SIZES = ((260, 32), (480, 26), (760, 22), (1_050, 18))
"""Most characters on a slide → points of its letters; 18 can be read at the back of a room."""
_MOST_CHARACTERS = _SIZES[-1][0]
_SMALLEST = 14
"""Points of letters beside a clip’s picture, where there are many."""
_PARAGRAPH_COSTS = 40
"""Characters that the end of a paragraph takes the room of."""
_MOST_BESIDE_CLIP = 760
"""Most characters beside a clip’s picture; what is more comes on slides before it."""
_MARGIN, _GAP = Inches(0.667), Inches(0.25)
_TOP, _BOTTOM = Inches(1.7), Inches(6.8)
"""Upper and lower edge of what is below the title."""
_HEIGHT_BELOW = Emu(_BOTTOM - _TOP)
_Area = tuple[Length, Length, Length, Length]
"""An area of a slide: left, top, width, height."""
_CODE_SIDE = Inches(2.5)
"""A third of the height: a telephone reads it from a chair."""
_CAPTION_HEIGHT = Inches(0.75)
_FOOTS = ((95, 16), (135, 14))
"""Most characters of the foot → points of its letters; longer ones have 12."""


@dataclass(frozen=True)
class _Words:
    """The words of a slide: paragraphs, as a list where they are several things."""

    paragraphs: tuple[str, ...]
    numbered: bool = False
    plain: bool = False
    """Running text, not a list."""


def slides_of(material: Material, plan: PublishedPlan, words: CopyWords) -> bytes:
    """Return the session as a .pptx."""
    deck = _empty_deck(plan, words)
    titles: Counter[str] = Counter()
    for step in plan_slides(plan, material.edition):
        for slide in _step_slides(deck, material, plan, step):
            _name_apart(slide, titles)
            _add_foot(slide, words)
    written = io.BytesIO()
    deck.save(written)
    return written.getvalue()


def _name_apart(slide: Slide, titles: Counter[str]) -> None:
    """Give the slide a title that no other has: people who listen to slides find them by it."""
    (run,) = slide.shapes.title.text_frame.paragraphs[0].runs
    titles[run.text] += 1
    if titles[run.text] > 1:
        run.text = f"{run.text} ({titles[run.text]})"
        titles[run.text] += 1


def _step_slides(
    deck: Deck, material: Material, plan: PublishedPlan, step: PlanSlide
) -> Iterator[Slide]:
    """Yield the slides of a step: several where its words have no room on one."""
    if step.kind == "title":
        yield _title_slide(deck, plan, step)
        return
    if step.kind == "clip" and isinstance(step.item, ShownClip) and step.story is not None:
        lines = tuple(_before_the_clip(step, step.item, step.story.page))
        if _length_of(lines) > _MOST_BESIDE_CLIP:
            before = _with_what(step.title, "before you listen")
            yield from _word_slides(deck, before, _Words(lines, plain=True))
            lines = ()
        yield _clip_slide(deck, material, step, lines, step.story)
        return
    name = _with_what(step.title, "to talk about") if step.kind == "question" else step.title
    if step.kind == "end" and (address := page_address(material, form_path(plan.id, EVALUATION))):
        yield from _end_slides(deck, name, _words_of(step, material), step, address)
        return
    yield from _word_slides(deck, name, _words_of(step, material), step.notes)


def _with_what(title: str, what: str) -> str:
    """Return the title of a slide that belongs to another, whatever that ends with."""
    if title.rstrip().endswith(("?", "!", ".", "…", ":", "؟", "。")):
        return f"{title} {what[0].upper()}{what[1:]}"
    return f"{title}: {what}"


def _word_slides(
    deck: Deck, name: str, words: _Words, notes: Sequence[str] = ()
) -> Iterator[Slide]:
    for number, piece in enumerate(_pieces(words)):
        slide = _content_slide(deck, name if number == 0 else f"{name}, going on", piece)
        _add_notes(slide, notes if number == 0 else ())
        yield slide


def _end_slides(
    deck: Deck, name: str, words: _Words, step: PlanSlide, address: str
) -> Iterator[Slide]:
    """Yield the last slides: the form’s code stands right of the words, over the form’s name."""
    width = Emu(_WIDTH - 2 * _MARGIN - _CODE_SIDE - 2 * _GAP)
    # Fewer words have room beside it.
    share = width / (_WIDTH - 2 * _MARGIN)
    for number, piece in enumerate(_pieces(words, int(_MOST_CHARACTERS * share))):
        slide = _content_slide(deck, name if number == 0 else f"{name}, going on", piece)
        if number == 0:
            body = _placeholder(slide, 1)
            body.left, body.top, body.width, body.height = _MARGIN, _TOP, width, _HEIGHT_BELOW
            size = _size_for(piece.paragraphs, share)
            for run in (run for each in body.text_frame.paragraphs for run in each.runs):
                run.font.size = Pt(size)
            left = Emu(_WIDTH - _MARGIN - _CODE_SIDE)
            _add_code(slide, address, left, _TOP, _CODE_SIDE, "the evaluation form")
            area = (left, Emu(_TOP + _CODE_SIDE), _CODE_SIDE, _CAPTION_HEIGHT)
            _add_caption(slide, "Evaluation form", address, area)
            _add_notes(slide, step.notes)
        yield slide


def _words_of(step: PlanSlide, material: Material) -> _Words:
    """Return the words that everybody sees at a step that is no clip."""
    timer = f"Time: {seconds_in_words(step.timer)}" if step.timer else ""
    match step.item:
        case _ if step.kind == "question":
            return _Words((*all_paragraphs(step.questions), *filter(None, [timer])))
        case TalkItem() | EvaluationTime() as item:
            return _Words(tuple(all_paragraphs(item.show)))
        case Exercise() as item:
            return _Words(tuple(plain(each) for each in item.steps), numbered=True)
        case Dilemma() as item:
            return _Words(tuple(all_paragraphs([item.situation])), plain=True)
        case RolePlay() as item:
            roles = "Roles: " + ", ".join(plain(card.role) for card in item.cards)
            return _Words((*all_paragraphs([item.brief]), roles), plain=True)
        case Break() as item:
            back = f"Back in {minutes(item.minutes)}."
            return _Words((*all_paragraphs([item.say]), back), plain=True)
        case _:
            return _Words(tuple(_last_words(material)), plain=True)


def _last_words(material: Material) -> Iterator[str]:
    yield (
        "You may recognise something of your own life in what you heard. It is all right to talk "
        "to somebody."
    )
    for line in material.edition.library.support:
        when = f" ({plain(line.when)})" if line.when else ""
        yield f"{plain(line.name)}: {plain(line.contact)}{when}"


def _pieces(words: _Words, most: int = _MOST_CHARACTERS) -> Iterator[_Words]:
    """Yield the words in pieces that have room on a slide each; at least one."""
    piece: list[str] = []
    room = most
    for paragraph in (part for each in words.paragraphs for part in _parted(each, most)):
        cost = len(paragraph) + _PARAGRAPH_COSTS
        if piece and cost > room:
            yield _Words(tuple(piece), words.numbered, words.plain)
            piece, room = [], most
        piece.append(paragraph)
        room -= cost
    yield _Words(tuple(piece), words.numbered, words.plain)


def _parted(paragraph: str, most: int) -> Iterator[str]:
    """Yield a paragraph, in parts at its spaces where one slide cannot hold it."""
    most -= _PARAGRAPH_COSTS
    while len(paragraph) > most:
        # After a sentence where there is one, else between words, else anywhere.
        end = paragraph.rfind(". ", 0, most) + 1 or paragraph.rfind(" ", 0, most) or most
        end = end if end > 0 else most
        yield paragraph[:end].strip()
        paragraph = paragraph[end:].strip()
    yield paragraph


# Slides


def _title_slide(deck: Deck, plan: PublishedPlan, step: PlanSlide) -> Slide:
    slide = _new_slide(deck, _TITLE, step.title)
    lines = [f"{minutes(plan.shown_minutes)}, for {plain(plan.audience)}"]
    if plan.absent:
        lines.append(NOT_AVAILABLE)
    body = _placeholder(slide, 1)
    slide.shapes.title.top, slide.shapes.title.height = Inches(1.2), Inches(1.5)
    slide.shapes.title.left = body.left = _MARGIN
    slide.shapes.title.width = body.width = Emu(_WIDTH - 2 * _MARGIN)
    body.top, body.height = Inches(3), Emu(_BOTTOM - Inches(3))
    frame = body.text_frame
    _fill(frame, [plain(plan.aim), *lines], size=24 if len(plan.aim) < 420 else 18)
    for paragraph in frame.paragraphs:
        if paragraph.alignment is None:
            paragraph.alignment = PP_ALIGN.LEFT
    _add_notes(slide, step.notes)
    return slide


def _content_slide(deck: Deck, title: str, words: _Words) -> Slide:
    slide = _new_slide(deck, _CONTENT, title)
    body = _placeholder(slide, 1)
    if not words.paragraphs:
        # A talk with nothing to show: the title stands alone, and no empty box is read out.
        body._element.getparent().remove(body._element)
        return slide
    is_list = len(words.paragraphs) > 1 and not words.plain
    _fill(body.text_frame, words.paragraphs, size=_size_for(words.paragraphs))
    for paragraph in body.text_frame.paragraphs:
        _set_bullet(paragraph, "number" if words.numbered else "dot" if is_list else "none")
    return slide


def _clip_slide(
    deck: Deck, material: Material, step: PlanSlide, lines: Sequence[str], story: ReleasedStory
) -> Slide:
    slide = _new_slide(deck, _TWO, step.title)
    body, right = _placeholder(slide, 1), _placeholder(slide, 2)
    right._element.getparent().remove(right._element)
    body.left, body.top, body.height = _MARGIN, _TOP, _HEIGHT_BELOW
    where = f"{told_by(story)}, {stretch_words(step.start, step.end)}"
    how_long = time_between(step.start, step.end)
    words = [*lines, f"{where} ({how_long})."]
    # Half of the width, and most of the height.
    _fill(body.text_frame, words, size=_size_for(words, 0.75))
    for paragraph in body.text_frame.paragraphs:
        _set_bullet(paragraph, "none")
    address = moment_address(material, story.page.id, step.start, step.end)
    left = _add_pictures(
        slide, poster_of(material, story), poster_words(story), address, plain(step.title)
    )
    body.width = Emu(left - _GAP - _MARGIN)
    _add_notes(slide, [*_clip_notes(step, story), *step.notes])
    return slide


def _add_pictures(
    slide: Slide, poster: bytes | None, words: str, address: str, title: str
) -> Length:
    """Add a clip’s poster and the code that leads to it; return where they begin from the left.

    A code stands right of an upright poster and below a wide one, with its link beside it.
    """
    left, end = Inches(6.9), Emu(_WIDTH - _MARGIN)
    picture = _add_poster(slide, poster, words, address) if poster is not None else None
    caption, what = "Play in the library", f"the clip “{title}”"
    if picture is None or picture.height > picture.width:
        code_left = Emu(end - _CODE_SIDE)
        if picture is not None:
            _fit(picture, (left, _TOP, Emu(code_left - _GAP - left), _HEIGHT_BELOW))
            # No gap between an upright poster and the code: it gives its room to the words.
            picture.left = Emu((code_left - _GAP if address else end) - picture.width)
            left = picture.left
        else:
            left = code_left if address else end
        if address:
            _add_code(slide, address, code_left, _TOP, _CODE_SIDE, what)
            below = (code_left, Emu(_TOP + _CODE_SIDE), _CODE_SIDE, _CAPTION_HEIGHT)
            _add_caption(slide, caption, address, below)
        return left
    height = Emu(_HEIGHT_BELOW - (_CODE_SIDE + _GAP if address else 0))
    _fit(picture, (left, _TOP, Emu(end - left), height))
    if address:
        top = Emu(picture.top + picture.height + _GAP)
        _add_code(slide, address, left, top, _CODE_SIDE, what)
        beside = Emu(left + _CODE_SIDE + _GAP)
        _add_caption(slide, caption, address, (beside, top, Emu(end - beside), _CODE_SIDE))
    return left


def _before_the_clip(step: PlanSlide, clip: ShownClip, page: StoryPage) -> Iterator[str]:
    if not step.is_first_part:
        return
    if page.content_note:
        note = plain(page.content_note)
        yield f"Before you listen: {note} You may step outside at any time."
    yield from all_paragraphs([clip.before])


def _clip_notes(step: PlanSlide, story: ReleasedStory) -> Iterator[str]:
    where = stretch_words(step.start, step.end)
    yield f"Play the clip in the library: {told_by(story)}, {where}. No film is in these slides."
    yield plain(story.level_of_use)


# Parts of a slide


def _new_slide(deck: Deck, layout: str, title: str) -> Slide:
    slide = deck.slides.add_slide(deck.slide_layouts.get_by_name(layout))
    frame = slide.shapes.title.text_frame
    _fill(frame, [plain(title) or "–"], size=40 if len(title) <= 60 else 30, color=PINE, bold=True)
    return slide


def _placeholder(slide: Slide, index: int) -> Shape:
    return next(shape for shape in slide.placeholders if shape.placeholder_format.idx == index)


def _fill(
    frame: TextFrame,
    paragraphs: Sequence[str],
    *,
    size: float,
    color: str = INK,
    bold: bool = False,
) -> None:
    """Write paragraphs into a frame, which holds one that is empty."""
    frame.word_wrap = True
    for number, text in enumerate(paragraphs):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        _add_run(paragraph, text, size=size, color=color, bold=bold)


def _add_run(
    paragraph: _Paragraph,
    text: str,
    *,
    size: float,
    color: str = INK,
    bold: bool = False,
    link: str = "",
) -> None:
    run = paragraph.add_run()
    run.text = text
    run.font.size = Pt(size)
    run.font.bold = bold
    run.font.language_id = MSO_LANGUAGE_ID.ENGLISH_UK
    if link:
        # The colour of a link is the theme’s.
        run.hyperlink.address = link
    else:
        run.font.color.rgb = RGBColor.from_string(color)
    if is_from_the_right(text):
        paragraph._p.get_or_add_pPr().set("rtl", "1")
        paragraph.alignment = PP_ALIGN.RIGHT


def _set_bullet(paragraph: _Paragraph, kind: str) -> None:
    """Set the sign before a paragraph: `dot` as the layout has it, `number`, or `none`."""
    properties = paragraph._p.get_or_add_pPr()
    if kind == "number":
        etree.SubElement(properties, qn("a:buFont"), typeface="+mj-lt")
        etree.SubElement(properties, qn("a:buAutoNum"), type="arabicPeriod")
    elif kind == "none":
        properties.set("marL", "0")
        properties.set("indent", "0")
        etree.SubElement(properties, qn("a:buNone"))


def _length_of(paragraphs: Sequence[str]) -> int:
    return sum(len(paragraph) + _PARAGRAPH_COSTS for paragraph in paragraphs)


def _size_for(paragraphs: Sequence[str], share: float = 1) -> int:
    """Return the points of letters with which paragraphs have room in this share of the width."""
    length = _length_of(paragraphs) / share
    return next((size for most, size in _SIZES if length <= most), _SMALLEST)


def _add_poster(slide: Slide, poster: bytes, words: str, address: str) -> Picture:
    picture = slide.shapes.add_picture(io.BytesIO(poster), 0, 0)
    _describe(picture._element.nvPicPr.cNvPr, "Poster", words)
    if address:
        picture.click_action.hyperlink.address = address
    return picture


def _fit(picture: Picture, area: _Area) -> None:
    """Lay a picture into the upper left of an area, as large as it has room there."""
    left, top, width, height = area
    scale = min(width / picture.width, height / picture.height)
    picture.left, picture.top = left, top
    picture.width, picture.height = Emu(picture.width * scale), Emu(picture.height * scale)


def _add_caption(slide: Slide, words: str, address: str, area: _Area) -> None:
    """Add the words of a code, as a link to where it leads."""
    box = slide.shapes.add_textbox(*area)
    box.name = "Link"
    frame = box.text_frame
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = Inches(0.05)
    _add_run(frame.paragraphs[0], words, size=18, link=address)


def _add_code(
    slide: Slide, address: str, left: Length, top: Length, side: Length, what: str
) -> None:
    code = slide.shapes.add_picture(io.BytesIO(code_picture(address)), left, top, side)
    _describe(code._element.nvPicPr.cNvPr, "QR code", f"QR code for {what}: {address}")


def _describe(properties: etree._Element, name: str, words: str) -> None:
    properties.set("name", name)
    properties.set("descr", words)


def _add_notes(slide: Slide, notes: Sequence[str]) -> None:
    paragraphs = all_paragraphs(notes)
    if paragraphs:
        frame = slide.notes_slide.notes_text_frame
        if frame is not None:
            _fill(frame, paragraphs, size=12)


def _add_foot(slide: Slide, words: CopyWords) -> None:
    """Add the foot, last in the reading order: what copy it is, and the slide’s number."""
    for placeholder in slide.slide_layout.placeholders:
        kind = placeholder.placeholder_format.type
        if kind is not None and kind.name in ("FOOTER", "SLIDE_NUMBER"):
            slide.shapes.clone_placeholder(placeholder)
            shape = slide.shapes[-1]
            paragraph = shape.text_frame.paragraphs[0]
            if kind.name == "FOOTER":
                paragraph.alignment = PP_ALIGN.LEFT
                shape.text_frame.word_wrap = True
                length = len(words.foot)
                size = next((size for most, size in _FOOTS if length <= most), 12)
                _add_run(paragraph, words.foot, size=size, color=SOFT)
            else:
                _add_number(paragraph)


def _add_number(paragraph: _Paragraph) -> None:
    field = etree.SubElement(
        paragraph._p, qn("a:fld"), id="{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}", type="slidenum"
    )
    etree.SubElement(field, qn("a:rPr"), lang=LANGUAGE, sz="1600")
    etree.SubElement(field, qn("a:t")).text = "‹#›"


# The deck


def _empty_deck(plan: PublishedPlan, words: CopyWords) -> Deck:
    """Return a deck without slides: wide, in our typeface and colours, with its properties set."""
    deck = Presentation()
    widen = _WIDTH / deck.slide_width
    deck.slide_width, deck.slide_height = _WIDTH, _HEIGHT
    master = deck.slide_masters[0]
    for holder in (master, *master.slide_layouts):
        for shape in holder.shapes:
            if shape._element.xpath(".//p:spPr/a:xfrm"):
                shape.left, shape.width = Emu(shape.left * widen), Emu(shape.width * widen)
    _style_master(deck)
    _drop_of_template(deck)
    set_properties(deck.core_properties, plain(plan.title), words)
    return deck


def _style_master(deck: Deck) -> None:
    """Set our typeface and a title at the left; the foot gets the room it needs."""
    master = deck.slide_masters[0]
    styles = master._element.find(qn("p:txStyles"))
    for latin in styles.iter(qn("a:latin")):
        latin.set("typeface", FONT)
    for level in styles.find(qn("p:titleStyle")):
        level.set("algn", "l")
    for shape in deck.slide_layouts.get_by_name(_TITLE).placeholders:
        if shape.placeholder_format.idx <= 1:
            shape.left, shape.width = Inches(0.667), Inches(12)
    for holder in (master, *master.slide_layouts):
        for shape in holder.placeholders:
            kind = shape.placeholder_format.type
            if kind is not None and kind.name == "FOOTER":
                shape.left, shape.width = Inches(0.667), Inches(10.5)
                shape.top, shape.height = Inches(6.85), Inches(0.5)
            elif kind is not None and kind.name == "SLIDE_NUMBER":
                shape.left, shape.width = Inches(11.667), Inches(1)
                shape.top, shape.height = Inches(6.85), Inches(0.5)
            elif kind is not None and kind.name in ("TITLE", "CENTER_TITLE"):
                shape.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE


def _drop_of_template(deck: Deck) -> None:
    """Drop what the template has of somebody else: a picture of a slide, a printer’s settings."""
    package = deck.part.package
    for holder, kind in (
        (package, RELATIONSHIP_TYPE.THUMBNAIL),
        (deck.part, RELATIONSHIP_TYPE.PRINTER_SETTINGS),
    ):
        for name in [name for name, each in holder._rels.items() if each.reltype == kind]:
            holder._rels.pop(name)
