"""The present view: one step at a time, large enough for the back of a room.

Without JavaScript it is a long page of the same steps, each clip with the browser's own player.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from library.core.timecode import clock
from publish.bundle import translation_tags
from publish.edition import Edition
from publish.render import icons, text
from publish.render.document import Document
from publish.render.parts import kind_word, language_options
from publish.render.training_parts import NOT_AVAILABLE, clip_length, film, items, minutes, story_of
from publish.training.plan import Break, Dilemma, Exercise, ReflectionQuestion, RolePlay, TalkItem
from publish.training.published import AbsentClip, PublishedPlan, ShownClip, ShownItem

SCRIPTS = ("present.js", "present-clip.js", "present-timer.js", "present-check.js")


@dataclass(frozen=True)
class _Slide:
    """What everybody sees at one time. `inside` is HTML."""

    kind: str
    title: str
    inside: str
    notes: tuple[str, ...] = ()
    then: bool = False
    """Whether the next slide follows by itself when the clip has ended."""


def present_page(plan: PublishedPlan, edition: Edition) -> Document:
    """The present view of one plan."""
    slides = list(_slides(plan, edition))
    shown = "".join(_slide(number, one) for number, one in enumerate(slides, start=1))
    invented = (
        '<p class="present-invented">These stories are invented.</p>'
        if edition.library.fictional
        else ""
    )
    body = f"""<div class="present" data-present data-plan="{plan.id}"
data-version="{plan.version}" data-clips="{len(plan.clips)}">
<h1 class="present-title" dir="auto">{text.html_text(plan.title)}</h1>
{_check(plan, edition)}
<div class="slides" data-slides>{shown}</div>
{_BAR.format(invented=invented)}
<button type="button" class="blank" data-blank hidden><span class="unseen">The screen is blank.
Press any key to go on.</span></button>
</div>"""
    title = f"Present: {text.plain(plan.title)}"
    return Document(title=title, description=text.plain(plan.aim), body=body, scripts=SCRIPTS)


_BAR = """<div class="present-bar" data-bar hidden>
<p class="progress" data-progress></p>
<div class="present-track" aria-hidden="true"><span data-done></span></div>
<div class="present-buttons" role="group" aria-label="Present">
<button type="button" data-do="back">Previous</button>
<button type="button" data-do="next" class="main-control">Next</button>
<button type="button" data-do="play" hidden>Pause</button>
<button type="button" data-do="captions" aria-pressed="true" hidden>Captions</button>
<button type="button" data-do="notes" aria-pressed="false">Notes</button>
<button type="button" data-do="blank">Blank screen</button>
<button type="button" data-do="full" aria-pressed="false">Full screen</button>
<button type="button" data-do="check">Check the room</button>
</div>
<p class="unseen" role="status" data-said-now></p>
{invented}
</div>"""


def _check(plan: PublishedPlan, edition: Edition) -> str:
    """The list is filled in by the script; without it the page says what to try by hand."""
    missing = f"<p>{NOT_AVAILABLE}</p>" if plan.absent else ""
    rows = "".join(
        f'<li data-check="{name}"><b>{words}</b> <span data-check-said>…</span></li>'
        for name, words in _CHECKS
    )
    return f"""<section class="slide room-check" data-room tabindex="-1"
aria-labelledby="room-title">
<p class="back"><a href="{plan.id}.html">The facilitator’s page</a></p>
<h2 id="room-title">Before people come in</h2>
{missing}
<ul class="checks" data-checks hidden>{rows}</ul>
<p data-checks hidden><button type="button" data-tone>Play a test sound</button>
<span role="status" data-tone-said></span></p>
{_languages(plan, edition)}
<p data-checks hidden><label><input type="checkbox" data-letters checked> The keys B and full stop
blank the screen, as presenter remotes do</label></p>
<p data-checks hidden>Next: Page Down, right arrow, or the space bar. Previous: Page Up, left arrow.
A clip starts with Next or the space bar, and stops by itself. Text too small? Enlarge it with Ctrl
and plus.</p>
<p class="without-script">JavaScript is switched off: the steps are below, one after the other.
Each clip has the browser’s own player and stops at its end. Try the sound and the captions before
people come in.</p>
</section>"""


def _languages(plan: PublishedPlan, edition: Edition) -> str:
    """A choice for the whole session, where captions of any of its clips were translated."""
    tags = sorted({tag for clip in plan.clips for tag in translation_tags(story_of(clip, edition))})
    if not tags:
        return ""
    return (
        "<p data-checks hidden><label>Captions in <select data-language>"
        f"{language_options(tags)}</select></label></p>"
    )


_CHECKS = (
    ("clips", "Clips"),
    ("captions", "Captions"),
    ("network", "Network"),
    ("screen", "Screen"),
    ("keeps", "Your place"),
)


def _slide(number: int, slide: _Slide) -> str:
    notes = (
        f'<aside class="slide-notes" data-notes hidden aria-label="Notes for the facilitator">'
        f"{items(slide.notes)}</aside>"
        if slide.notes
        else ""
    )
    then = " data-then" if slide.then else ""
    return f"""<section class="slide slide-{slide.kind}" id="step-{number}" data-slide{then}
tabindex="-1" aria-labelledby="step-{number}-title">
<h2 id="step-{number}-title" dir="auto">{text.html_text(slide.title)}</h2>
{slide.inside}
{notes}
</section>"""


def _slides(plan: PublishedPlan, edition: Edition) -> Iterator[_Slide]:
    aim = f'<p class="big" dir="auto">{text.html_text(plan.aim)}</p>'
    yield _Slide("title", plan.title, aim, (plan.introduction,))
    for item in plan.items:
        yield from _of(item, edition)
    thanks = (
        '<p class="big">You may recognise something of your own life in what you heard. '
        "It is all right to talk to somebody.</p>"
        '<p><a href="../support.html">Where to find support</a></p>'
    )
    yield _Slide("end", "Thank you", thanks, plan.support.afterwards)


def _of(item: ShownItem, edition: Edition) -> Iterator[_Slide]:
    match item:
        case TalkItem():
            yield _Slide("talk", item.title, _big(item.show), (item.say, *item.notes))
        case ShownClip():
            yield from _clip(item, edition)
        case ReflectionQuestion():
            yield _question(item.title, item.ask, item.timer, item.notes)
        case Exercise():
            inside = f'<div class="big">{items(item.steps, ordered=True)}</div>'
            yield _Slide("exercise", item.title, inside + _timer(item.timer), item.notes)
        case Dilemma():
            situation = f'<div class="big">{text.lines(item.situation)}</div>'
            yield _Slide("dilemma", item.title, situation)
            yield _question(item.title, item.ask, item.timer, item.notes)
        case RolePlay():
            roles = f"<p>{', '.join(text.bdi(card.role) for card in item.cards)}</p>"
            inside = f'<div class="big">{text.lines(item.brief)}{roles}</div>{_timer(item.timer)}'
            yield _Slide("role-play", item.title, inside, item.notes)
            yield _question(item.title, item.debrief, None, ())
        case Break():
            said = f"{text.lines(item.say)}<p>Back in {minutes(item.minutes)}.</p>"
            yield _Slide(
                "break",
                item.title,
                f'<div class="big">{said}</div>{_timer(item.minutes * 60 or None)}',
            )
        case AbsentClip():
            return


def _clip(clip: ShownClip, edition: Edition) -> Iterator[_Slide]:
    """The clip in the parts its pauses make of it, each with the question put there."""
    begins = (clip.start, *(pause.at for pause in clip.pauses))
    ends = (*(pause.at for pause in clip.pauses), clip.end)
    asked = [*(((pause.ask,), pause.timer) for pause in clip.pauses), (clip.ask, clip.timer)]
    for part, (start, end) in enumerate(zip(begins, ends, strict=True)):
        title = clip.title if part == 0 else f"{clip.title}, going on"
        inside = _film(clip, start, end, edition, first=part == 0)
        ask, timer = asked[part]
        follows = bool(ask)
        yield _Slide("clip", title, inside, clip.notes if part == 0 else (), then=follows)
        if follows:
            yield _question(clip.title, ask, timer, ())


def _film(clip: ShownClip, start: int, end: int, edition: Edition, *, first: bool) -> str:
    story = story_of(clip, edition)
    page = story.page
    note = (
        f'<p class="slide-care">{icons.NOTE}<span>Before you listen: '
        f"{text.bdi(page.content_note)} You may step outside at any time.</span></p>"
        if first and page.content_note
        else ""
    )
    before = (
        f'<p class="big" dir="auto">{text.html_text(clip.before)}</p>'
        if first and clip.before
        else ""
    )
    told = f"{text.bdi(page.contributor)}, " if page.contributor else ""
    length = clip_length(start, end)
    return f"""<div class="before-clip" data-before-clip>{note}{before}
<p class="slide-by">{told}“{text.bdi(page.title)}”, {kind_word(story).lower()}, {length}</p></div>
<div class="slide-film">{film(story, start, end, clip.title)}</div>
<p class="film-trouble" role="alert" data-trouble></p>"""


def _question(
    title: str, asked: tuple[str, ...], timer: int | None, notes: tuple[str, ...]
) -> _Slide:
    return _Slide("question", title, _big(asked) + _timer(timer), notes)


def _big(texts: tuple[str, ...]) -> str:
    if len(texts) == 1:
        return f'<p class="big" dir="auto">{text.html_text(texts[0])}</p>'
    return f'<div class="big">{items(texts)}</div>' if texts else ""


def _timer(seconds: int | None) -> str:
    """Only offered: it starts when somebody starts it, and ends without a sound."""
    if seconds is None:
        return ""
    return (
        f'<div class="timer" data-timer="{seconds}" hidden><span class="timer-clock" role="timer" '
        f'data-timer-clock>{clock(seconds * 1000)}</span><button type="button" '
        'data-timer-do="start">Start the timer</button><button type="button" data-timer-do="more" '
        'hidden>One more minute</button><button type="button" data-timer-do="stop" hidden>Stop'
        '</button><span role="status" data-timer-said></span></div>'
    )
