"""The transcript by question, each followed by what staff may reflect on.

Times stand as text; the script turns each into a button that seeks, with another beside it that
copies a link. Who speaks is told by a label, by the typeface and by the indent, never by colour
alone.
"""

from __future__ import annotations

from films.page_text import Chapter, Paragraph
from library.core.timecode import clock
from publish.edition import ReleasedStory
from publish.render import icons, text
from publish.render.reflection import after_chapter

_INTERVIEWER = "interviewer"


def transcript(story: ReleasedStory) -> str:
    chapters = "".join(
        _chapter(number, chapter) for number, chapter in enumerate(story.page.chapters, start=1)
    )
    return f"""<section class="transcript" aria-labelledby="transcript-title" data-transcript>
<h2 id="transcript-title">Transcript</h2>
{_TOOLS if chapters else ""}
{chapters or "<p>There is no transcript for this story yet.</p>"}
</section>"""


_TOOLS = f"""<div class="transcript-tools" data-tools hidden>
<form class="find" role="search" data-find>
<label for="find-words">Find in this story</label>
<input id="find-words" type="search" autocomplete="off" spellcheck="false">
<button type="submit">Next</button>
<button type="button" data-find-back>Previous</button>
<span role="status" data-found></span>
</form>
<button type="button" class="follow" data-follow aria-pressed="true">Follow the voice</button>
<p class="quiet" id="moments-help">Choose a time to hear that moment, or the sign beside it to copy
a link to it. The arrow keys move between them.</p>
<span hidden data-link-sign>{icons.LINK}</span>
</div>"""


def _chapter(number: int, chapter: Chapter) -> str:
    note = (
        f'<p class="chapter-note">{icons.NOTE}<span>Content note: '
        f"{text.bdi(chapter.content_note)}</span></p>"
        if chapter.content_note
        else ""
    )
    turns, before = [], ""
    for paragraph in chapter.paragraphs:
        turns.append(_turn(paragraph, same_voice=paragraph.speaker == before))
        before = paragraph.speaker
    return f"""<section class="chapter" id="chapter-{number}" tabindex="-1"
aria-labelledby="chapter-{number}-title">
<h3 id="chapter-{number}-title" dir="auto">{text.html_text(chapter.title)}</h3>
{note}
<ol class="turns">{"".join(turns)}</ol>
{after_chapter(number, chapter)}
</section>"""


def _turn(paragraph: Paragraph, *, same_voice: bool) -> str:
    asks = paragraph.speaker.strip().casefold() == _INTERVIEWER
    hidden = " unseen" if same_voice else ""
    speaker, words = paragraph.speaker, paragraph.text
    return (
        f'<li class="turn{" turn-asks" if asks else ""}" '
        f'data-start="{paragraph.start}" data-end="{paragraph.end}">'
        f'<span class="time">{clock(paragraph.start)}</span>'
        f'<p class="speaker{hidden}"{text.direction(speaker)}>{text.html_text(speaker)}</p>'
        f'<p class="words"{text.direction(words)}>{text.html_text(words)}</p></li>'
    )
