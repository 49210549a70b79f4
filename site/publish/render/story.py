"""The story page: what to know first, the film, the transcript that follows it, the terms."""

from __future__ import annotations

from publish.edition import Edition, ReleasedStory
from publish.render import icons, text
from publish.render.document import Document
from publish.render.parts import (
    contact,
    kind_and_length,
    kind_icon,
    shown_as,
    support_lines,
    take_away,
)
from publish.render.player import player
from publish.render.preview import undecided_terms
from publish.render.reflection import after_story
from publish.render.related import Answers, related
from publish.render.transcript import transcript

SCRIPTS = ("player.js", "captions.js", "transcript.js", "reflect.js")


def story_page(
    story: ReleasedStory, edition: Edition, themes: dict[str, str], answers: Answers
) -> Document:
    """`themes` maps each theme to the path of its page; `answers` are those of
    the whole edition."""
    page = story.page
    terms = undecided_terms(story, edition) if edition.preview else _terms(story, edition)
    title = text.attribute(page.title)
    body = f"""<article class="story" data-story="{page.id}" data-title="{title}">
<div class="story-top">
{_head(story, themes, back="Your preview" if edition.preview else "All stories")}
{_content_note(story)}
</div>
<div class="listening">
{player(story)}
{transcript(story)}
</div>
{after_story(story)}
{related(story, answers)}
{terms}
<section class="after" id="support" aria-labelledby="support-title">
<h2 id="support-title">If this story touched something in you</h2>
<p>It is all right to stop, to step outside, and to talk to somebody.</p>
{support_lines(edition.library)}
<p><a href="../support.html">More about getting support</a></p>
</section>
</article>"""
    return Document(
        title=text.plain(page.title),
        description=text.plain(page.summary),
        body=body,
        scripts=SCRIPTS,
    )


def _head(story: ReleasedStory, themes: dict[str, str], *, back: str) -> str:
    page = story.page
    told = f"<span>Told by {text.bdi(page.contributor)}</span>" if page.contributor else ""
    summary = (
        f'<p class="lede" dir="auto">{text.html_text(page.summary)}</p>' if page.summary else ""
    )
    return f"""<header class="story-head">
<p class="back"><a href="../index.html">{back}</a></p>
<h1 dir="auto">{text.html_text(page.title)}</h1>
<p class="byline">{told}<span>{kind_icon(story)}{kind_and_length(story)}</span>
<span>{icons.KEY}{text.bdi(story.level_of_use)}</span></p>
{summary}
{_themes(story, themes)}
</header>"""


def _themes(story: ReleasedStory, pages: dict[str, str]) -> str:
    links = "".join(
        f'<li><a href="../{pages[theme]}">{text.bdi(text.theme_words(theme))}</a></li>'
        if theme in pages
        else f"<li>{text.bdi(text.theme_words(theme))}</li>"
        for theme in story.page.themes
    )
    return f'<ul class="tags" aria-label="Themes">{links}</ul>' if links else ""


def _content_note(story: ReleasedStory) -> str:
    if not story.page.content_note:
        return ""
    return f"""<section class="content-note" aria-labelledby="note-title">
{icons.NOTE}<div><h2 id="note-title">Before you listen</h2>
<p dir="auto">{text.html_text(story.page.content_note)}</p>
<p>You can stop at any time. <a href="#support">Support is at the end of this page.</a></p>
</div></section>"""


def _terms(story: ReleasedStory, edition: Edition) -> str:
    return f"""<section class="terms" aria-labelledby="terms-title">
<h2 id="terms-title">How this story may be used</h2>
<dl>
<div><dt>Who it is for</dt><dd dir="auto">{text.html_text(story.level_of_use)}</dd></div>
<div><dt>Released</dt><dd>{text.day(story.released)}</dd></div>
<div><dt>Agreement is looked at again by</dt><dd>{text.day(story.review)}</dd></div>
</dl>
{shown_as(story)}
<p>The person who told this story has watched or heard it as you see it here, and agreed. Please do
not copy it, record it or pass it on beyond the people it is for.</p>
<p>They can change their mind at any time and need give no reason; the story is then taken away. To
ask a question about this story, or to have it withdrawn:</p>
<div class="contact">{contact(edition.library)}</div>
{take_away(story)}
</section>"""
