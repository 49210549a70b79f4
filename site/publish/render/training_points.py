"""The points of a running order on the facilitator's page, the role-play cards and the handout."""

from __future__ import annotations

from collections.abc import Iterator

from films.page_text import Paragraph, StoryPage
from library.core.timecode import clock
from publish.edition import Edition
from publish.render import icons, text
from publish.render.parts import kind_word
from publish.render.training_parts import clip_length, items, minutes, story_of
from publish.training.plan import (
    PRINCIPLES,
    Break,
    Dilemma,
    Exercise,
    ReflectionQuestion,
    RolePlay,
    TalkItem,
)
from publish.training.published import AbsentClip, PublishedPlan, ShownClip, ShownItem

_KINDS = {
    TalkItem: "To say",
    ShownClip: "Clip",
    ReflectionQuestion: "Reflection",
    Exercise: "Exercise",
    Dilemma: "Practice dilemma",
    RolePlay: "Role play",
    Break: "Break",
}
_LINES = 3
"""Lines to write on below a question of the handout."""


def point(number: int, item: ShownItem, at: str, edition: Edition) -> str:
    """One point, with everything the facilitator needs for it."""
    assert not isinstance(item, AbsentClip)  # noqa: S101 - the caller tells of it in one line
    notes = (
        f'<div class="point-notes"><h4>For you</h4>{items(item.notes)}</div>' if item.notes else ""
    )
    return f"""<section class="point" id="point-{number}" tabindex="-1"
aria-labelledby="point-{number}-title">
<p class="point-kind">{at} <span>{_KINDS[type(item)]}, {minutes(item.minutes)}</span></p>
<h3 id="point-{number}-title" dir="auto">{text.html_text(item.title)}</h3>
{_inside(item, edition)}
{notes}
</section>"""


def _inside(item: ShownItem, edition: Edition) -> str:
    match item:
        case TalkItem():
            shown = f"<h4>Everybody sees</h4>{items(item.show)}" if item.show else ""
            return f'<blockquote class="to-say">{text.lines(item.say)}</blockquote>{shown}'
        case ShownClip():
            return _clip(item, edition)
        case ReflectionQuestion():
            return _asked(item.ask, item.timer)
        case Exercise():
            return items(item.steps, ordered=True) + _timer(item.timer)
        case Dilemma():
            return _dilemma(item)
        case RolePlay():
            return _role_play(item)
        case Break():
            return text.lines(item.say)
    return ""


def _asked(asked: tuple[str, ...], timer: int | None) -> str:
    return f'<div class="asked">{icons.REFLECT}{items(asked)}</div>{_timer(timer)}' if asked else ""


def _timer(timer: int | None) -> str:
    if timer is None:
        return ""
    length = clip_length(0, timer * 1000)
    return f'<p class="quiet">A timer of {length} is there if you want it.</p>'


def _clip(clip: ShownClip, edition: Edition) -> str:
    story = story_of(clip, edition)
    page = story.page
    answers = f" The question was: “{text.bdi(clip.chapter)}”" if clip.chapter else ""
    note = (
        f'<p class="chapter-note">{icons.NOTE}<span>Content note: {text.bdi(page.content_note)}'
        "</span></p>"
        if page.content_note
        else ""
    )
    before = f'<p dir="auto">{text.html_text(clip.before)}</p>' if clip.before else ""
    pauses = "".join(
        f"<li>At {clock(pause.at)} the film stops: {text.bdi(pause.ask)}</li>"
        for pause in clip.pauses
    )
    stops = f'<ul class="pauses">{pauses}</ul>' if pauses else ""
    length = clip_length(clip.start, clip.end)
    return f"""<p class="clip-place"><a href="../stories/{page.id}.html#t={clip.start // 1000}"
dir="auto">{text.html_text(page.title)}</a>, {kind_word(story).lower()}, from
{clock(clip.start)} to {clock(clip.end)} ({length}).{answers}</p>
<p class="quiet">{icons.KEY}{text.bdi(story.level_of_use)}</p>
{note}{before}{stops}
{_said(clip, page)}
{_asked(clip.ask, clip.timer)}"""


def _said(clip: ShownClip, page: StoryPage) -> str:
    turns = "".join(
        f'<p><span class="speaker">{text.bdi(turn.speaker)}:</span> {text.bdi(turn.text)}</p>'
        for turn in turns_of(clip, page)
    )
    if not turns:
        return ""
    return f'<details class="clip-words"><summary>What is said there</summary>{turns}</details>'


def turns_of(clip: ShownClip, page: StoryPage) -> Iterator[Paragraph]:
    """The turns that are heard in the clip, also those heard in part."""
    for chapter in page.chapters:
        for turn in chapter.paragraphs:
            if turn.start < clip.end - 200 and turn.end > clip.start + 200:
                yield turn


def _dilemma(item: Dilemma) -> str:
    links = "".join(
        f'<li><a href="../confidentiality.html#{name}">{PRINCIPLES[name]}</a></li>'
        for name in item.principles
        if name in PRINCIPLES
    )
    look_up = f'<h4>Principles it touches</h4><ul class="principles">{links}</ul>' if links else ""
    return (
        f'<div class="situation">{text.lines(item.situation)}</div>'
        f"{_asked(item.ask, item.timer)}{look_up}"
    )


def _role_play(item: RolePlay) -> str:
    roles = ", ".join(text.bdi(card.role) for card in item.cards)
    return (
        f"{text.lines(item.brief)}<p>Cards: {roles}. They are further down, to print and cut.</p>"
        f"<h4>To talk about afterwards</h4>{items(item.debrief)}{_timer(item.timer)}"
    )


def role_cards(plan: PublishedPlan) -> str:
    """Every card of every role-play, to be printed and cut."""
    plays = [item for item in plan.items if isinstance(item, RolePlay)]
    if not plays:
        return ""
    cards = "".join(_card(play, number) for play in plays for number in range(len(play.cards)))
    return f"""<section class="role-cards" id="cards" aria-labelledby="cards-title" tabindex="-1">
<h2 id="cards-title">Role-play cards</h2>
<p class="quiet">Print them, cut them, and give each player only their own.</p>
<div class="cut-out">{cards}</div>
</section>"""


def _card(play: RolePlay, number: int) -> str:
    card = play.cards[number]
    wants = f"<p><b>You want:</b> {text.bdi(card.wants)}</p>" if card.wants else ""
    says = f"<p><b>You could begin:</b> “{text.bdi(card.says)}”</p>" if card.says else ""
    return (
        f'<div class="role-card"><p class="quiet">{text.bdi(play.title)}</p>'
        f'<h3 dir="auto">{text.html_text(card.role)}</h3>'
        f"{text.lines(card.situation)}{wants}{says}</div>"
    )


def handout(plan: PublishedPlan, edition: Edition) -> str:
    """For those who take part: shown on paper alone, with room to write."""
    clips = "".join(
        f'<section><h3 dir="auto">{text.html_text(clip.title)}</h3>'
        f'<p class="quiet">From {text.bdi(story_of(clip, edition).page.title)}</p>'
        f"{_to_write(clip.ask)}</section>"
        for clip in plan.clips
        if clip.ask
    )
    others = "".join(
        f'<section><h3 dir="auto">{text.html_text(item.title)}</h3>'
        f"{text.lines(item.situation) if isinstance(item, Dilemma) else ''}"
        f"{_to_write(item.ask)}</section>"
        for item in plan.items
        if isinstance(item, ReflectionQuestion | Dilemma)
    )
    return f"""<div class="handout" data-handout>
<h1 dir="auto">{text.html_text(plan.title)}</h1>
<p dir="auto">{text.html_text(plan.aim)}</p>
{items(plan.outcomes)}
{clips}
{others}
<section><h3>One thing I will do this week</h3>{_WRITING}</section>
<p class="quiet">This sheet is yours. Please write nobody’s name on it.</p>
</div>"""


_WRITING = '<div class="writing">' + "<span></span>" * _LINES + "</div>"


def _to_write(asked: tuple[str, ...]) -> str:
    return "".join(f'<p dir="auto">{text.html_text(one)}</p>{_WRITING}' for one in asked)
