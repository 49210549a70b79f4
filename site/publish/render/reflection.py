"""Questions to reflect on, where they belong, and what is needed to write private notes on them.

A question is marked with what it belongs to; the script (`reflect.js`) gives each one room for a
note. Without the script the questions stand, and there is paper (`handout.py`).
"""

from __future__ import annotations

from films.page_text import Chapter
from publish.edition import ReleasedStory
from publish.render import icons, text

WHOLE = "story"
"""What a question belongs to that is asked after the whole story."""
AFTERWARDS = (
    "What did you hear? Only that, before any opinion.",
    "What might it have been like for everyone involved, the staff too?",
    "What is one thing, small enough to do this week, that you will do?",
)
"""Asked after a story whose question set asks nothing of its own."""


def after_chapter(number: int, chapter: Chapter) -> str:
    """The chapter’s questions, or nothing. Their sign is drawn by the style sheet."""
    if not chapter.reflection:
        return ""
    return (
        f'<aside class="reflection" aria-labelledby="reflect-{number}" data-reflection>'
        f'<div><h4 id="reflect-{number}">Pause and reflect</h4>'
        f"{_questions(chapter.id, chapter.reflection)}</div></aside>"
    )


def questions_of(story: ReleasedStory) -> tuple[str, ...]:
    """What is asked after the whole story."""
    return story.page.reflection or AFTERWARDS


def after_story(story: ReleasedStory) -> str:
    """The questions about the whole story, and the place of one’s own notes."""
    return f"""<section class="afterwards" id="reflect" aria-labelledby="reflect-title">
<div class="reflection" data-reflection>{icons.REFLECT}<div>
<h2 id="reflect-title">After the story</h2>
{_questions(WHOLE, questions_of(story))}
<p class="on-paper"><a href="{story.page.id}/handout.html">A handout with every question and room to
write</a></p>
</div></div>
{_NOTES}
</section>"""


def _questions(belongs_to: str, questions: tuple[str, ...]) -> str:
    where = text.attribute(belongs_to)
    items = "".join(
        f'<li><span dir="auto" data-question="{where}">{text.html_text(question)}</span></li>'
        for question in questions
    )
    return f"<ul>{items}</ul>"


_NOTES = """<section class="notes" id="notes" aria-labelledby="notes-title" data-notes hidden>
<h2 id="notes-title">Your notes</h2>
<p>Below each question you can write a note for yourself. Notes are kept in this browser on this
computer, and are sent nowhere; nobody counts or collects them. Whoever uses this browser after you
can read them: on a shared computer save them, then erase them before you leave. Please name no
patient, carer or colleague.</p>
<p data-notes-in-folder hidden>This page was opened from a folder or a stick. Your notes stay on
this computer, not on the stick, and other pages that are opened from a folder here may be able to
read them.</p>
<p data-notes-refused hidden><strong>This browser keeps nothing here</strong>, so your notes are
gone when you leave this page. Save them as a page first.</p>
<div data-notes-elsewhere hidden><h3>Notes on questions that are no longer asked here</h3>
<ul></ul></div>
<p class="notes-said" role="status" data-notes-said></p>
<p class="notes-ways">
<button type="button" data-notes-save>Save as a page</button>
<button type="button" data-notes-print>Print my notes</button>
<button type="button" data-notes-erase>Erase my notes</button>
<button type="button" data-notes-erase-all hidden>Erase my notes on all stories</button></p>
<p class="quiet">The saved page is for your professional-development log. It has the story, the
date, each question and your note, and room to say what you learned and what you will do.</p>
<dialog class="erase" aria-labelledby="erase-title" data-erase>
<h2 id="erase-title" data-erase-title>Erase your notes on this story?</h2>
<p>They are gone from this browser for good. A page you saved stays.</p>
<p class="notes-ways"><button type="button" data-erase-keep>Keep them</button>
<button type="button" data-erase-yes>Erase them</button></p>
</dialog>
</section>"""
