"""The film, our buttons for it, and the questions as chapters.

The element is the browser's own. Our controls are `hidden` until the script is there to serve
them; without it the browser's controls, its captions menu and the chapter links all work.
Nothing of a film is loaded by the page itself (`preload="none"`): the script asks for the first
bytes once it knows which size is wanted, and for none where the device asks to save data.
"""

from __future__ import annotations

from collections.abc import Sequence

from library.core.timecode import clock
from publish.bundle import translation_tags
from publish.edition import ReleasedStory
from publish.render import icons, keys, text
from publish.render.parts import caption_tracks, has_file, language_options

SPEEDS = ("0.75", "1", "1.25", "1.5", "2")
CAPTION_SIZES = (("", "Normal"), ("large", "Large"), ("largest", "Largest"))
OPENING = "opening"
"""The chapter that precedes the first question: see `films.page_text`."""
_PICTURES = (
    ("film.mp4", "Large"),
    ("film-720.mp4", "Medium"),
    ("film-360.mp4", "Small"),
    ("audio.m4a", "Sound only"),
)


def player(story: ReleasedStory) -> str:
    return f"""<section class="player" aria-labelledby="player-title" data-player>
<h2 id="player-title" class="unseen">The film</h2>
{_stage(story)}
{_controls(story)}
{_PAUSED if story.page.chapters else ""}
{_chapters(story)}
{keys.dialog(has_file(story, "captions.vtt"))}
</section>"""


def _stage(story: ReleasedStory) -> str:
    page = story.page
    poster = f' poster="{page.id}/poster.jpg"' if has_file(story, "poster.jpg") else ""
    size = f' width="{page.width}" height="{page.height}"' if page.width and page.height else ""
    shape = "upright" if page.height > page.width else "wide"
    return f"""<div class="stage stage-{shape}">
<video controls playsinline preload="none" data-media{poster}{size}
aria-label="{_label(story)}">
<source src="{page.id}/film.mp4" type="video/mp4">
{caption_tracks(story, page.id)}
<p>This browser cannot play the film.
<a href="{page.id}/film.mp4">Open it as a file.</a></p>
</video>
<div class="said" data-said hidden></div>
</div>"""


def _label(story: ReleasedStory) -> str:
    return text.attribute(story.page.title)


def _controls(story: ReleasedStory) -> str:
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
<button type="button" data-act="choices" aria-expanded="false"
aria-controls="listening-choices">{icons.CHOICES}Choices</button>
{_choices(story)}
<p class="player-said" role="status" data-player-said></p>
</div>"""


def _choices(story: ReleasedStory) -> str:
    """What is chosen once and kept in this browser, out of the way of what is used all the time."""
    speeds = [(speed, f"{speed}×") for speed in SPEEDS]
    rows = [_select("speed", "Speed", speeds, chosen="1")]
    if has_file(story, "captions.vtt"):
        rows += [_languages(story), _select("caption-size", "Size of captions", CAPTION_SIZES)]
    rows.append(_pictures(story))
    if story.page.chapters:
        rows.append(_PAUSE_SWITCH)
    return f"""<div class="choices" id="listening-choices" role="group"
aria-label="Choices for listening" data-choices hidden>
{"".join(rows)}
<p class="choices-more"><button type="button" data-act="link">Copy link to this moment</button>
<button type="button" data-act="keys">Keys</button></p>
<p class="quiet">Your choices are kept in this browser.</p>
</div>"""


_PAUSE_SWITCH = """<label class="choice choice-switch"><input type="checkbox"
data-act="pause-after"><span>Pause after each question, to reflect</span></label>"""


def _select(act: str, label: str, options: Sequence[tuple[str, str]], *, chosen: str = "") -> str:
    items = "".join(
        f'<option value="{value}"{" selected" if value == chosen else ""}>{said}</option>'
        for value, said in options
    )
    selecting = f'<select data-act="{act}">{items}</select>'
    return f'<label class="choice"><span>{label}</span>{selecting}</label>'


def _languages(story: ReleasedStory) -> str:
    tags = translation_tags(story)
    if not tags:
        return ""
    return (
        '<label class="choice"><span>Language of captions</span>'
        f'<select data-act="language">{language_options(tags)}</select></label>'
    )


def _pictures(story: ReleasedStory) -> str:
    """The sizes a film comes in, each with what it weighs."""
    there = [(name, said) for name, said in _PICTURES if has_file(story, name)]
    if len(there) < 2:
        return ""
    items = "".join(
        f'<option value="{name}" data-src="{story.page.id}/{name}">'
        f"{said}{_weight(story.sizes.get(name, 0))}</option>"
        for name, said in there
    )
    return (
        '<label class="choice"><span>Size of picture</span>'
        f'<select data-act="picture">{items}</select></label>'
    )


def _weight(size: int) -> str:
    return f", {text.megabytes(size)}" if size else ""


_PAUSED = """<section class="paused" aria-labelledby="paused-title" data-paused hidden>
<h3 id="paused-title">Pause and reflect</h3>
<div data-paused-questions></div>
<p class="paused-ways"><button type="button" class="main-control" data-go-on>Go on</button>
<button type="button" data-go-write>Write a note</button></p>
</section>"""


def _chapters(story: ReleasedStory) -> str:
    """Links to the transcript's parts; the script turns each into a button that plays it."""
    items = "".join(
        f'<li><a href="#chapter-{number}" data-start="{chapter.start}" data-end="{chapter.end}"'
        f"{'' if chapter.id == OPENING else ' data-asked'}>"
        f'<span class="chapter-time">{clock(chapter.start)}</span>'
        f'<span dir="auto">{text.html_text(chapter.title)}</span></a></li>'
        for number, chapter in enumerate(story.page.chapters, start=1)
    )
    if not items:
        return ""
    return (
        '<nav class="chapters" aria-labelledby="chapters-title">'
        f'<h3 id="chapters-title">The questions asked</h3><ol data-chapters>{items}</ol></nav>'
    )
