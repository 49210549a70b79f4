"""The evaluation form: printed, or filled in on the page and saved as a file; nothing is sent."""

from __future__ import annotations

from publish.render import text
from publish.render.document import Document
from publish.training.plan import POINTS, CommentQuestion, Scale
from publish.training.published import PublishedPlan


def form_page(plan: PublishedPlan) -> Document:
    """The form of one plan."""
    both = any(scale.when == "before and after" for scale in plan.evaluation.scales)
    scales = "".join(_scale(scale) for scale in plan.evaluation.scales)
    comments = "".join(_comment(one) for one in plan.evaluation.comments)
    twice = (
        "<p>Answer “before” as you felt when you came in, and “now” as you feel at the end.</p>"
        if both
        else ""
    )
    title = f"Evaluation: {text.plain(plan.title)}"
    body = f"""<div class="training evaluation">
<header class="training-head">
<p class="back"><a href="{plan.id}.html">The session</a></p>
<p class="eyebrow">Evaluation form</p>
<h1 dir="auto">{text.html_text(plan.title)}</h1>
<p class="lede">Please write no names, neither yours nor anybody else’s. You may leave out any
question.</p>
{twice}
</header>
<form data-evaluation data-plan="{plan.id}" data-version="{plan.version}" autocomplete="off">
{scales}
{comments}
<p class="form-ways" data-form-ways hidden><button type="submit" class="main-control">Keep my
answers</button> <button type="reset">Clear this form</button></p>
</form>
<p role="status" class="form-said" data-form-said></p>
<section class="collected" data-collected hidden aria-labelledby="collected-title">
<h2 id="collected-title">For the facilitator</h2>
<p data-kept></p>
<p>The forms lie in this browser alone, on this computer. Save them as a file and give the file to
your team, then erase them here.</p>
<p class="form-ways"><button type="button" data-save>Save as a file (CSV)</button>
<button type="button" data-erase>Erase the forms kept here</button>
<button type="button" data-print-form>Print an empty form</button></p>
</section>
</div>"""
    return Document(
        title=title,
        description=f"What a session changed: {text.plain(plan.title)}",
        body=body,
        scripts=("evaluation.js",),
    )


def _scale(scale: Scale) -> str:
    after = _row(scale, "after", "Now")
    rows = after
    if scale.when == "before and after":
        rows = _row(scale, "before", "Before the session") + after
    return (
        f'<fieldset class="scale"><legend dir="auto">{text.html_text(scale.ask)}</legend>'
        f'<p class="scale-ends"><span>1: {text.bdi(scale.low)}</span>'
        f"<span>{POINTS}: {text.bdi(scale.high)}</span></p>{rows}</fieldset>"
    )


def _row(scale: Scale, when: str, words: str) -> str:
    name = f"{scale.id}_{when}"
    points = "".join(
        f'<label><input type="radio" name="{name}" value="{point}"><span>{point}</span></label>'
        for point in range(1, POINTS + 1)
    )
    return (
        f'<div class="scale-row" role="radiogroup" aria-labelledby="{name}-words">'
        f'<span class="scale-when" id="{name}-words">{words}</span>{points}</div>'
    )


def _comment(comment: CommentQuestion) -> str:
    return (
        f'<p class="comment"><label for="{comment.id}-words" dir="auto">'
        f"{text.html_text(comment.ask)}</label>"
        f'<textarea id="{comment.id}-words" name="{comment.id}" rows="3" maxlength="2000">'
        "</textarea></p>"
    )
