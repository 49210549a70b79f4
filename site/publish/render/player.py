"""The film or the recording, our buttons for it, and the questions as chapters.

The element is the browser's own. Our controls are `hidden` until the script is there to serve
them; without it the browser's controls, its captions menu and the chapter links all work.
"""

from __future__ import annotations

from publish.edition import ReleasedStory
from publish.render import icons, text
from publish.render.parts import has_file, media_name

SPEEDS = ("0.75", "1", "1.25", "1.5", "2")


def player(story: ReleasedStory) -> str:
    heading = "The film" if story.page.kind == "video" else "The recording"
    return f"""<section class="player" aria-labelledby="player-title" data-player>
<h2 id="player-title" class="unseen">{heading}</h2>
{_stage(story)}
{_controls(story)}
{_chapters(story)}
</section>"""


def _stage(story: ReleasedStory) -> str:
    return _video(story) if story.page.kind == "video" else _audio(story)


def _video(story: ReleasedStory) -> str:
    page = story.page
    poster = f' poster="{page.id}/poster.jpg"' if has_file(story, "poster.jpg") else ""
    size = f' width="{page.width}" height="{page.height}"' if page.width and page.height else ""
    shape = "upright" if page.height > page.width else "wide"
    return f"""<div class="stage stage-{shape}">
<video controls playsinline preload="metadata" data-media{poster}{size}
aria-label="{_label(story)}">
<source src="{page.id}/{media_name(story)}" type="video/mp4">
{_track(story)}
<p>This browser cannot play the film.
<a href="{page.id}/{media_name(story)}">Open it as a file.</a></p>
</video>
</div>"""


def _audio(story: ReleasedStory) -> str:
    page = story.page
    picture = (
        f'<img src="{page.id}/poster.jpg" alt="" decoding="async">'
        if has_file(story, "poster.jpg")
        else '<div class="no-picture"></div>'
    )
    return f"""<div class="stage stage-sound">
{picture}
<div class="said" data-said hidden></div>
<audio controls preload="metadata" data-media aria-label="{_label(story)}">
<source src="{page.id}/{media_name(story)}" type="audio/mp4">
{_track(story)}
<p>This browser cannot play it. <a href="{page.id}/{media_name(story)}">Open it as a file.</a></p>
</audio>
</div>"""


def _track(story: ReleasedStory) -> str:
    if not has_file(story, "captions.vtt"):
        return ""
    return (
        f'<track kind="captions" src="{story.page.id}/captions.vtt" srclang="en" label="English" '
        f'data-captions="{story.page.id}/captions.js">'
    )


def _label(story: ReleasedStory) -> str:
    return text.attribute(story.page.title)


def _controls(story: ReleasedStory) -> str:
    speeds = "".join(
        f'<option value="{speed}"{" selected" if speed == "1" else ""}>{speed}×</option>'
        for speed in SPEEDS
    )
    captions = (
        '<button type="button" data-act="captions" aria-pressed="false">Captions</button>'
        if has_file(story, "captions.vtt")
        else ""
    )
    return f"""<div class="controls" role="group" aria-label="Listening controls"
data-controls hidden>
<button type="button" class="main-control" data-act="play">{icons.PLAY}<span
data-play-word>Play</span></button>
<button type="button" data-act="back">Back 10 s</button>
<button type="button" data-act="forward">Forward 10 s</button>
{captions}
<label class="speed"><span>Speed</span><select data-act="speed">{speeds}</select></label>
<button type="button" data-act="link">Copy link to this moment</button>
<p class="player-said" role="status" data-player-said></p>
</div>"""


def _chapters(story: ReleasedStory) -> str:
    """Links to the transcript's parts; the script turns each into a button that plays it."""
    items = "".join(
        f'<li><a href="#chapter-{number}" data-start="{chapter.start}">'
        f'<span class="chapter-time">{text.clock(chapter.start)}</span>'
        f'<span dir="auto">{text.html_text(chapter.title)}</span></a></li>'
        for number, chapter in enumerate(story.page.chapters, start=1)
    )
    if not items:
        return ""
    return (
        '<nav class="chapters" aria-labelledby="chapters-title">'
        f'<h3 id="chapters-title">The questions asked</h3><ol data-chapters>{items}</ol></nav>'
    )
