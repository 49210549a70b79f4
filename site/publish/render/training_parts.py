"""What the pages of a training session share: lists, lengths, a clip's story, its film."""

from __future__ import annotations

from collections.abc import Iterable

from library.core.timecode import decimal_seconds
from publish.edition import Edition, ReleasedStory
from publish.render import text
from publish.render.parts import caption_tracks, has_file
from publish.training.published import PublishedPlan, ShownClip

NOT_AVAILABLE = "A story planned here is not available at the moment."


def items(texts: Iterable[str], *, ordered: bool = False) -> str:
    """A list of texts as typed; nothing for none."""
    inside = "".join(f'<li dir="auto">{text.html_text(one)}</li>' for one in texts)
    kind = "ol" if ordered else "ul"
    return f"<{kind}>{inside}</{kind}>" if inside else ""


def minutes(count: int) -> str:
    return text.counted(count, "minute", "minutes")


def group(plan: PublishedPlan) -> str:
    """6 to 16 people"""
    few, many = plan.group.smallest, plan.group.largest
    if few == many:
        return text.counted(few, "person", "people")
    return f"{few} to {many} people"


def clips_line(plan: PublishedPlan) -> str:
    """5 clips from 3 stories"""
    clips = text.counted(len(plan.clips), "clip", "clips")
    return f"{clips} from {text.counted(len(plan.stories), 'story', 'stories')}"


def facts_line(plan: PublishedPlan) -> str:
    facts = (minutes(plan.shown_minutes), group(plan), clips_line(plan))
    return "".join(f"<span>{fact}</span>" for fact in facts) + _level(plan)


def _level(plan: PublishedPlan) -> str:
    return f"<span>{text.bdi(plan.level)}</span>"


def story_of(clip: ShownClip, edition: Edition) -> ReleasedStory:
    """The clip’s story. The bundle makes sure that it is there."""
    return next(story for story in edition.stories if story.page.id == clip.story)


def clip_length(start: int, end: int) -> str:
    """34 seconds; 1 minute 5 seconds"""
    whole = max(1, round((end - start) / 1000))
    mins, seconds = divmod(whole, 60)
    said = [text.counted(mins, "minute", "minutes") if mins else ""]
    said.append(text.counted(seconds, "second", "seconds") if seconds else "")
    return " ".join(part for part in said if part)


def film(story: ReleasedStory, start: int, end: int, label: str) -> str:
    """The clip as the browser itself plays it, with captions."""
    page = story.page
    place = f"../stories/{page.id}"
    poster = f' poster="{place}/poster.jpg"' if has_file(story, "poster.jpg") else ""
    size = f' width="{page.width}" height="{page.height}"' if page.width and page.height else ""
    source = f"{place}/film.mp4#t={decimal_seconds(start)},{decimal_seconds(end)}"
    return (
        f'<video controls playsinline preload="none" data-film data-start="{start}" '
        f'data-end="{end}"{poster}{size} aria-label="{text.attribute(label)}">'
        f'<source src="{source}" type="video/mp4">{caption_tracks(story, place)}</video>'
    )
