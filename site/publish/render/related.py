"""What other carers answered to the same questions: from each story a way on to the next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from films.page_text import Chapter
from library.core.timecode import clock
from publish.edition import Edition, ReleasedStory
from publish.render import text
from publish.render.parts import heard_only

MOST = 4
"""Moments shown below one story."""


@dataclass(frozen=True)
class Moment:
    """One answer to a question that several carers were asked."""

    story: ReleasedStory
    chapter: Chapter


Answers = dict[tuple[str, str], list[Moment]]


def answers_of(edition: Edition) -> Answers:
    """Every answer of the edition by its question, in the order of its stories."""
    found: Answers = defaultdict(list)
    for story in edition.stories:
        for chapter in story.page.chapters:
            if any(one.text.strip() for one in chapter.paragraphs):
                found[chapter.id, chapter.title].append(Moment(story, chapter))
    return found


def related(story: ReleasedStory, answers: Answers) -> str:
    """Answers of others to this story’s questions, each another story as far as there are any."""
    moments = _chosen(story, answers)
    if not moments:
        return ""
    items = "".join(_moment(one) for one in moments)
    return f"""<section class="related" aria-labelledby="related-title">
<h2 id="related-title">What others said</h2>
<ul>{items}</ul>
</section>"""


def _chosen(story: ReleasedStory, answers: Answers) -> list[Moment]:
    chosen: list[Moment] = []
    seen = {story.page.id}
    for chapter in story.page.chapters:
        asked = answers.get((chapter.id, chapter.title), [])
        after = _after(story, asked)
        fresh = next((one for one in after if one.story.page.id not in seen), None)
        if fresh is not None and chapter.id != "opening":
            seen.add(fresh.story.page.id)
            chosen.append(fresh)
    return chosen[:MOST]


def _after(story: ReleasedStory, asked: Sequence[Moment]) -> Sequence[Moment]:
    """The answers from this story’s own on, round to the one before it."""
    at = next((n for n, one in enumerate(asked) if one.story.page.id == story.page.id), 0)
    return [*asked[at + 1 : at + 1 + 2 * MOST], *asked[: 2 * MOST]]


def _moment(moment: Moment) -> str:
    page = moment.story.page
    told = f" Told by {text.bdi(page.contributor)}." if page.contributor else ""
    verb = "Listen" if heard_only(moment.story) else "Watch"
    start = moment.chapter.start // 1000
    return (
        f'<li><p class="question-asked" dir="auto">{text.html_text(moment.chapter.title)}</p>'
        f'<p><a href="{page.id}.html#t={start}" dir="auto">{text.html_text(page.title)}</a>'
        f'<span class="quiet">{told} {verb} from {clock(moment.chapter.start)}</span></p></li>'
    )
