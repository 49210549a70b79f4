"""The facilitator's page: everything of a session on one page, whole without JavaScript."""

from __future__ import annotations

from publish.edition import Edition
from publish.render import text
from publish.render.document import Document
from publish.render.parts import support_lines
from publish.render.training_parts import NOT_AVAILABLE, clips_line, group, items, minutes
from publish.render.training_points import handout, point, role_cards
from publish.training.published import AbsentClip, PublishedPlan


def plan_page(plan: PublishedPlan, edition: Edition) -> Document:
    """One plan of the edition."""
    body = f"""<article class="training plan" data-plan>
<header class="training-head">
<p class="back"><a href="index.html">All sessions</a></p>
<h1 dir="auto">{text.html_text(plan.title)}</h1>
<p class="lede" dir="auto">{text.html_text(plan.aim)}</p>
{_facts(plan)}
{_ways_on(plan)}
{_absent(plan)}
</header>
<div class="for-facilitator">
{_contents()}
{_about(plan)}
{_before(plan)}
{_introduction(plan)}
{_support(plan, edition)}
{_order(plan, edition)}
{role_cards(plan)}
{_after(plan)}
</div>
{handout(plan, edition)}
</article>"""
    return Document(
        title=text.plain(plan.title),
        description=text.plain(plan.aim),
        body=body,
        scripts=("training.js",),
    )


def _facts(plan: PublishedPlan) -> str:
    shown = plan.shown_minutes
    time = minutes(shown)
    if shown != plan.minutes:
        time += f" as it is here ({plan.minutes} planned)"
    rows = (
        ("Time", time),
        ("Group", group(plan)),
        ("For", text.bdi(plan.audience)),
        ("Level", text.bdi(plan.level)),
        ("Shows", clips_line(plan)),
        ("Written by", text.bdi(plan.designed_by)),
    )
    said = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in rows)
    return f'<dl class="plan-numbers">{said}</dl>'


def _ways_on(plan: PublishedPlan) -> str:
    return f"""<ul class="ways-on">
<li><a class="way-in" href="{plan.id}-present.html">Open the present view</a></li>
<li><a href="{plan.id}-evaluation.html">Evaluation form</a></li>
<li data-print-what="plan" hidden><button type="button">Print the plan</button></li>
<li data-print-what="cards" hidden><button type="button">Print the role-play cards</button></li>
<li data-print-what="handout" hidden><button type="button">Print the handout</button></li>
</ul>"""


def _absent(plan: PublishedPlan) -> str:
    if not plan.absent:
        return ""
    return (
        f'<p class="not-available">{NOT_AVAILABLE} What belongs to it is left out, and the session '
        "is shorter. Look through the running order before the day.</p>"
    )


def _contents() -> str:
    links = (
        ("about", "What it is for"),
        ("before", "Before the day"),
        ("introduction", "Words to begin with"),
        ("support", "Looking after everybody"),
        ("order", "Running order"),
        ("after", "Afterwards"),
    )
    listed = "".join(f'<li><a href="#{name}">{words}</a></li>' for name, words in links)
    return f'<nav class="plan-contents" aria-label="On this page"><ul>{listed}</ul></nav>'


def _about(plan: PublishedPlan) -> str:
    known = items(plan.outcomes)
    aim = f'<p dir="auto">{text.html_text(plan.aim)}</p>'
    said = f"<p>Afterwards people can:</p>{known}" if known else aim
    return f"""<section id="about" aria-labelledby="about-title" tabindex="-1">
<h2 id="about-title">What it is for</h2>
{said}
</section>"""


def _before(plan: PublishedPlan) -> str:
    needed = items(plan.materials)
    listed = f"<h3>To bring</h3>{needed}" if needed else ""
    return f"""<section id="before" aria-labelledby="before-title" tabindex="-1">
<h2 id="before-title">Before the day</h2>
{items(plan.prepare)}
<p>Open the present view in the room itself, on the computer you will use: it checks sound,
captions, clips and the size of the screen.</p>
{listed}
</section>"""


def _introduction(plan: PublishedPlan) -> str:
    return f"""<section id="introduction" aria-labelledby="introduction-title" tabindex="-1">
<h2 id="introduction-title">Words to begin with</h2>
<p class="quiet">Read them out, or say them in your own words. Leave none of it out.</p>
<blockquote class="to-say">{text.lines(plan.introduction)}</blockquote>
</section>"""


def _support(plan: PublishedPlan, edition: Edition) -> str:
    parts = (
        ("Before", plan.support.before),
        ("In the room", plan.support.in_the_room),
        ("If somebody is upset", plan.support.if_distressed),
        ("Afterwards", plan.support.afterwards),
    )
    listed = "".join(f"<div><h3>{name}</h3>{items(texts)}</div>" for name, texts in parts)
    return f"""<section id="support" aria-labelledby="support-title" tabindex="-1">
<h2 id="support-title">Looking after everybody</h2>
<div class="support-plan">{listed}</div>
<h3>People to turn to</h3>
{support_lines(edition.library)}
</section>"""


def _order(plan: PublishedPlan, edition: Edition) -> str:
    rows, points, at = [], [], 0
    for number, item in enumerate(plan.items, start=1):
        if isinstance(item, AbsentClip):
            points.append(f'<p class="not-available" id="point-{number}">{NOT_AVAILABLE}</p>')
            continue
        rows.append(
            f'<tr><td>{_clock(at)}</td><th scope="row"><a href="#point-{number}" dir="auto">'
            f"{text.html_text(item.title)}</a></th><td>{minutes(item.minutes)}</td></tr>"
        )
        points.append(point(number, item, _clock(at), edition))
        at += item.minutes
    return f"""<section id="order" aria-labelledby="order-title" tabindex="-1">
<h2 id="order-title">Running order</h2>
<table class="order">
<caption class="unseen">The session at a glance</caption>
<thead><tr><th scope="col">From</th><th scope="col">What</th><th scope="col">For</th></tr></thead>
<tbody>{"".join(rows)}</tbody>
</table>
{"".join(points)}
</section>"""


def _clock(at: int) -> str:
    """Minutes since the beginning as hours and minutes: 1:05."""
    return f"{at // 60}:{at % 60:02}"


def _after(plan: PublishedPlan) -> str:
    deeds = "".join(
        f'<li><strong dir="auto">{text.html_text(one.when)}:</strong> {text.bdi(one.do)}</li>'
        for one in plan.follow_up
    )
    return f"""<section id="after" aria-labelledby="after-title" tabindex="-1">
<h2 id="after-title">Afterwards</h2>
<h3>In supervision and in the team</h3>
<ul>{deeds}</ul>
<h3>What it changed</h3>
<p>Give everybody the <a href="{plan.id}-evaluation.html">evaluation form</a>, on paper or on a
screen. It asks for no name. Nothing is sent anywhere: answers are saved as a file, on the computer
they were given on.</p>
</section>"""
