"""A story as one of many: as a card with a picture, or as a row of a long list."""

from __future__ import annotations

from publish.edition import ReleasedStory
from publish.render import icons, text
from publish.render.parts import has_file, kind_and_length, kind_icon


def card(story: ReleasedStory, *, keys: str = "", up: str = "") -> str:
    """With what helps to choose it. `keys` are its choices’, `up` leads to the site’s root."""
    page = story.page
    note = (
        f'<p class="card-note">{icons.NOTE}<span>Content note: '
        f"{text.bdi(page.content_note)}</span></p>"
        if page.content_note
        else ""
    )
    themed = "".join(f"<li>{text.bdi(text.theme_words(theme))}</li>" for theme in page.themes)
    tags = f'<ul class="tags" aria-label="Themes">{themed}</ul>' if themed else ""
    summary = (
        f'<p class="card-summary" dir="auto">{text.html_text(page.summary)}</p>'
        if page.summary
        else ""
    )
    return f"""<li class="card" data-card data-keys="{keys}">
<div class="card-picture">{_picture(story, up)}
<p class="card-kind">{kind_icon(story)}<span>{kind_and_length(story)}</span></p></div>
<div class="card-words">
<h3>{link(story, up)}</h3>
{_told(story, "card-by")}
{summary}
{note}
{tags}
<p class="card-use">{icons.KEY}<span>{text.bdi(story.level_of_use)}</span></p>
</div></li>"""


def row(story: ReleasedStory, *, keys: str = "", up: str = "") -> str:
    """On two lines, without a picture: a library of a thousand stories is read in one list."""
    note = (
        f'<span class="row-note">Content note: {text.bdi(story.page.content_note)}</span>'
        if story.page.content_note
        else ""
    )
    data = f' data-card data-keys="{keys}"' if keys else ""
    return (
        f'<li class="row"{data}>{link(story, up)} '
        f'<span class="quiet">{kind_and_length(story)}</span>{note}</li>'
    )


def link(story: ReleasedStory, up: str = "", part: str = "") -> str:
    """The story’s title, leading to its page or a part of it."""
    return (
        f'<a href="{up}stories/{story.page.id}.html{part}" dir="auto">'
        f"{text.html_text(story.page.title)}</a>"
    )


def _told(story: ReleasedStory, kind: str) -> str:
    if not story.page.contributor:
        return ""
    return f'<p class="{kind}">Told by {text.bdi(story.page.contributor)}</p>'


def _picture(story: ReleasedStory, up: str) -> str:
    if not has_file(story, "poster.jpg"):
        return '<div class="no-picture"></div>'
    source = f"{up}stories/{story.page.id}/poster.jpg"
    return f'<img src="{source}" alt="" loading="lazy" decoding="async">'
