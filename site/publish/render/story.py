"""The story page: what to know first, the film, the transcript that follows it, the terms."""

from __future__ import annotations

from publish.edition import LibraryWords, ReleasedStory
from publish.render import icons, text
from publish.render.document import Document
from publish.render.parts import contact, has_file, kind_and_length, support_lines
from publish.render.player import player
from publish.render.transcript import transcript


def story_page(story: ReleasedStory, library: LibraryWords, themes: dict[str, str]) -> Document:
    """`themes` maps each theme to its fragment name on the library page."""
    page = story.page
    body = f"""<article class="story" data-story>
<div class="story-top">
{_head(story, themes)}
{_content_note(story)}
</div>
<div class="listening">
{player(story)}
{transcript(story)}
</div>
{_terms(story, library)}
<section class="after" id="support" aria-labelledby="support-title">
<h2 id="support-title">If this story touched something in you</h2>
<p>It is all right to stop, to step outside, and to talk to somebody.</p>
{support_lines(library)}
<p><a href="../support.html">More about getting support</a></p>
</section>
</article>"""
    return Document(
        title=text.plain(page.title),
        description=text.plain(page.summary),
        body=body,
        scripts=("player.js", "transcript.js"),
    )


def _head(story: ReleasedStory, themes: dict[str, str]) -> str:
    page = story.page
    icon = icons.FILM if page.kind == "video" else icons.SOUND
    told = f"<span>Told by {text.bdi(page.contributor)}</span>" if page.contributor else ""
    summary = (
        f'<p class="lede" dir="auto">{text.html_text(page.summary)}</p>' if page.summary else ""
    )
    return f"""<header class="story-head">
<p class="back"><a href="../index.html">All stories</a></p>
<h1 dir="auto">{text.html_text(page.title)}</h1>
<p class="byline">{told}<span>{icon}{kind_and_length(story)}</span>
<span>{icons.KEY}{text.bdi(story.level_of_use)}</span></p>
{summary}
{_themes(story, themes)}
</header>"""


def _themes(story: ReleasedStory, ids: dict[str, str]) -> str:
    links = "".join(
        f'<li><a href="../index.html#{ids[theme]}">{text.bdi(text.theme_words(theme))}</a></li>'
        for theme in story.page.themes
        if theme in ids
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


_VOICE = {"disguised": "The voice has been disguised at the contributor’s wish."}
_PICTURE = {"voice-only": "The contributor chose to be heard and not seen."}


def _terms(story: ReleasedStory, library: LibraryWords) -> str:
    choices = [_VOICE.get(story.voice, ""), _PICTURE.get(story.picture, "")]
    chosen = "".join(f"<p>{choice}</p>" for choice in choices if choice)
    return f"""<section class="terms" aria-labelledby="terms-title">
<h2 id="terms-title">How this story may be used</h2>
<dl>
<div><dt>Who it is for</dt><dd dir="auto">{text.html_text(story.level_of_use)}</dd></div>
<div><dt>Released</dt><dd>{text.day(story.released)}</dd></div>
<div><dt>Agreement is looked at again by</dt><dd>{text.day(story.review)}</dd></div>
</dl>
{chosen}
<p>The person who told this story has watched or heard it as you see it here, and agreed. Please do
not copy it, record it or pass it on beyond the people it is for.</p>
<p>They can change their mind at any time and need give no reason; the story is then taken away. To
ask a question about this story, or to have it withdrawn:</p>
<div class="contact">{contact(library)}</div>
{_take_away(story)}
</section>"""


def _take_away(story: ReleasedStory) -> str:
    captions = (
        f'<li><a href="{story.page.id}/captions.vtt" download>Captions as a file (WebVTT)</a></li>'
        if has_file(story, "captions.vtt")
        else ""
    )
    printing = (
        '<li data-print hidden><button type="button">Print transcript and questions</button></li>'
    )
    sound = (
        f'<li><a href="{story.page.id}/audio.m4a">Listen without the picture</a></li>'
        if story.page.kind == "video" and has_file(story, "audio.m4a")
        else ""
    )
    return f'<ul class="take-away">{printing}{sound}{captions}</ul>'
