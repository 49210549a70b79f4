"""The handout: one story on paper, with its questions, room to write, and where support is.

It holds no transcript, only a few moments that editors chose for the themes’ pages.
"""

from __future__ import annotations

from films.page_text import Chapter
from publish.edition import Edition, ReleasedStory
from publish.render import text
from publish.render.document import Document
from publish.render.parts import contact, kind_and_length, support_lines
from publish.render.reflection import questions_of

LINES = 2
"""To write on, below each question."""
QUOTES = 3
"""At most, of the moments that editors chose."""


def handout_page(story: ReleasedStory, edition: Edition) -> Document:
    """Lies at `stories/<id>/handout.html`, beside the story’s files."""
    page = story.page
    title = text.plain(page.title)
    asked = [chapter for chapter in page.chapters if chapter.reflection]
    chapters = "".join(_chapter(number, chapter) for number, chapter in enumerate(asked, start=1))
    body = f"""<article class="story-handout" data-handout>
<p class="handout-ways"><a href="../{page.id}.html">Back to the story</a>
<button type="button" data-print-page hidden>Print this handout</button></p>
<header>
<p class="eyebrow">Handout for staff</p>
<h1 dir="auto">{text.html_text(page.title)}</h1>
<p class="handout-by">{_byline(story)}</p>
{_paragraph(page.summary, "lede")}
{_note(page.content_note)}
</header>
{_quotes(story, edition)}
<section aria-labelledby="stayed-title">
<h2 id="stayed-title">Words that stayed with me</h2>
{_WRITE}
</section>
{chapters}
<section aria-labelledby="after-title">
<h2 id="after-title">After the story</h2>
{_questions(questions_of(story))}
</section>
<section class="handout-foot" aria-labelledby="care-title">
<h2 id="care-title">Take care of yourself</h2>
<p>It is all right to stop, to step outside, and to talk to somebody.</p>
{support_lines(edition.library)}
</section>
<section class="handout-foot" aria-labelledby="use-title">
<h2 id="use-title">How this story may be used</h2>
{_terms(story, edition)}
</section>
</article>"""
    return Document(
        title=f"{title}: handout",
        description=f"{title}: questions and room to write",
        body=body,
        scripts=("handout.js",),
    )


def _byline(story: ReleasedStory) -> str:
    told = story.page.contributor
    by = f"Told by {text.bdi(told)}. " if told else ""
    return f"{by}{kind_and_length(story)}."


def _quotes(story: ReleasedStory, edition: Edition) -> str:
    """Paragraphs of this story that editors chose for its themes’ pages, in the order told."""
    starts = {
        moment.start
        for theme in edition.themes
        for moment in theme.moments
        if moment.story == story.page.id
    }
    said = (one for chapter in story.page.chapters for one in chapter.paragraphs)
    quotes = "".join(
        f'<blockquote><p dir="auto">{text.html_text(one.text)}</p></blockquote>'
        for one in [one for one in said if one.start in starts][:QUOTES]
    )
    if not quotes:
        return ""
    return f"""<section class="handout-quotes" aria-labelledby="quotes-title">
<h2 id="quotes-title">From the story</h2>
{quotes}
</section>"""


def _paragraph(words: str, name: str) -> str:
    return f'<p class="{name}" dir="auto">{text.html_text(words)}</p>' if words else ""


def _note(words: str) -> str:
    if not words:
        return ""
    return (
        '<p class="handout-note"><strong>Before you listen:</strong> '
        f"{text.bdi(words)} You can stop at any time.</p>"
    )


def _chapter(number: int, chapter: Chapter) -> str:
    return f"""<section aria-labelledby="asked-{number}">
<h2 id="asked-{number}" dir="auto">{text.html_text(chapter.title)}</h2>
{_questions(chapter.reflection)}
</section>"""


def _questions(questions: tuple[str, ...]) -> str:
    items = "".join(
        f'<li><p dir="auto">{text.html_text(question)}</p>{_WRITE}</li>' for question in questions
    )
    return f'<ul class="to-answer">{items}</ul>'


_WRITE = f'<div class="write" aria-hidden="true">{"<i></i>" * LINES}</div>'


def _terms(story: ReleasedStory, edition: Edition) -> str:
    if edition.preview:
        return "<p>You decide whom it is for. Nobody is shown this handout unless you agree.</p>"
    return f"""<p><strong>Who it is for:</strong> {text.bdi(story.level_of_use)}.
<strong>Agreement is looked at again by</strong> {text.day(story.review)}.</p>
<p>Please do not copy this story, record it or pass it on beyond the people it is for. The person
who told it can change their mind at any time. Whom to ask:</p>
{contact(edition.library)}"""
