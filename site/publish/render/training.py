"""Training sessions: the list of them, and for each plan the facilitator's page, the present view
and the evaluation form."""

from __future__ import annotations

from collections.abc import Sequence

from publish.edition import Edition
from publish.render import icons, text
from publish.render.document import Document
from publish.render.training_form import form_page
from publish.render.training_parts import facts_line
from publish.render.training_plan import plan_page
from publish.render.training_present import present_page
from publish.training.published import PublishedPlan

INDEX = "training/index.html"


def training_pages(edition: Edition) -> dict[str, Document]:
    """Every page about training, by its path in the site. The list is always there."""
    pages = {INDEX: _index(edition.plans)}
    for plan in edition.plans:
        pages[f"training/{plan.id}.html"] = plan_page(plan, edition)
        pages[f"training/{plan.id}-present.html"] = present_page(plan, edition)
        pages[f"training/{plan.id}-evaluation.html"] = form_page(plan)
    return pages


def _index(plans: Sequence[PublishedPlan]) -> Document:
    lede = (
        "Whole sessions to run with a team: what to say, which clips to show, what to ask, and how "
        "to look after everybody in the room."
    )
    body = f"""<div class="training">
<header class="training-head">
<h1>Training sessions</h1>
<p class="lede">{lede}</p>
</header>
{_cards(plans) if plans else _EMPTY}
</div>"""
    return Document(title="Training sessions", description=lede, body=body)


_EMPTY = """<section class="training-empty">
<h2>No session is ready yet</h2>
<p>A session appears here once its plan is written and the stories it uses may be shown. Until then,
each story ends with questions for a team, and a page says how to run the conversation:
<a href="../using-a-story.html">using a story with a team</a>.</p>
</section>"""


def _cards(plans: Sequence[PublishedPlan]) -> str:
    cards = "".join(
        f'<li class="plan-card"><h2><a href="{plan.id}.html" dir="auto">'
        f"{text.html_text(plan.title)}</a></h2>"
        f'<p dir="auto">{text.html_text(plan.aim)}</p>'
        f'<p class="plan-facts">{facts_line(plan)}</p>'
        f'<p class="quiet">For {text.bdi(plan.audience)}</p></li>'
        for plan in plans
    )
    return f"""<ul class="plan-cards">{cards}</ul>
<section class="training-more" aria-labelledby="more-title">
<h2 id="more-title">Before you lead one</h2>
<ul>
<li>{icons.EAR}<p>Watch every clip yourself, to the end, and read the whole plan.</p></li>
<li>{icons.KEY}<p>Read
<a href="../confidentiality.html">Confidentiality and sharing information</a>, and have
your trust’s policy at hand.</p></li>
<li>{icons.HAND}<p>Decide with a colleague who looks after whoever is upset.
<a href="../support.html">Where to find support</a></p></li>
</ul>
</section>"""
