"""Render the pages that other systems show in a frame: a story, or its answer to one question.

    embed/<id>/index.html             the story
               first-contact/index.html   what is told to one question, by the question's id
               course.html            the story step by step, for one person in a learning system
               shown.json             that it is shown, and which film: asked while a page is open
    embed/sessions/<id>/index.html    a training session likewise, where its plan allows that
                        shown.json
    embed/not-shown.html              said in the place of a page that is not there any more

Each is a whole page of its own: film, captions and transcript, and what must be said beside them.
They are made where settings name a site that may show them, and in no copy that leaves the house.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from films.page_text import PageChapter
from library.core.settings import Delivery
from library.core.workspace import STORY_ID
from library.records.copies import course_path, session_path
from publish.edition import Edition, ReleasedStory
from publish.render import text
from publish.render.course import Course, CourseFrame, course_of_plan, render_course
from publish.render.facts import review_of
from publish.render.story_inputs import bare_edition
from publish.render.templating import render_template
from publish.training.published import PublishedPlan

EMBED_FOLDER = "embed"
EMBED_ASSETS = (
    "assets/js/framed.js",
    "assets/js/embed.js",
    "assets/js/course.js",
    "assets/js/course-framed.js",
    "assets/js/course-pieces.js",
    "assets/css/embed.css",
    "assets/css/course.css",
)
"""Scripts and sheets of these pages: those of this version, which the pages are made for."""
EMBED_NEEDS = ("assets/js/media-start.js", "assets/js/until.js", "assets/css/type.css")
"""Files that they load beside these, as other pages do."""
NOT_SHOWN_PAGE = f"{EMBED_FOLDER}/not-shown.html"
_COURSE_RECORD = "assets/js/course-framed.js"
_SHOWN_FILE = "shown.json"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)


@dataclass(frozen=True)
class EmbeddedMoment:
    """A part of a story with an address of its own: the chapter of one question."""

    name: str
    chapter: PageChapter


def has_embedded_pages(edition: Edition) -> bool:
    """Return True where an edition has pages for the frames of other systems."""
    return bool(edition.library.frames) and edition.preview is None and edition.until is None


def embedded_paths(edition: Edition) -> set[str]:
    """Return the paths of all files for frames of other systems; nothing else lies beside them."""
    if not has_embedded_pages(edition):
        return set()
    paths = {path for story in edition.stories for path in _paths_of(story)}
    paths |= {
        f"{session_path(plan.id)}{name}"
        for plan in _plans(edition)
        for name in ("index.html", _SHOWN_FILE)
    }
    return {*paths, NOT_SHOWN_PAGE}


def embedded_files(edition: Edition, *, but: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield every file for frames of other systems: its path in the site, and what is in it."""
    if not has_embedded_pages(edition):
        return
    yield NOT_SHOWN_PAGE, _not_shown_page(edition)
    bare = bare_edition(edition)
    for story in edition.stories:
        if story.page.id in but:
            continue
        folder = _folder(story)
        yield f"{folder}/index.html", _page(story, bare, None)
        course = Course((story,))
        yield course_path(story.page.id), _course_page(course, bare, _mark(story), "../../")
        for moment in embedded_moments(story):
            yield f"{folder}/{moment.name}/index.html", _page(story, bare, moment)
        yield f"{folder}/{_SHOWN_FILE}", json.dumps({"story": story.page.id, "film": _mark(story)})
    for plan in _plans(edition):
        course, folder = course_of_plan(plan, edition), session_path(plan.id)
        mark = _mark_of_session(course, plan)
        yield f"{folder}index.html", _course_page(course, edition, mark, "../../../")
        yield f"{folder}{_SHOWN_FILE}", json.dumps({"session": plan.id, "film": mark})


def is_of_story(path: str) -> bool:
    """Return True for the path in the site of a page that shows one story alone."""
    parts = path.split("/")
    return parts[0] == "stories" or (parts[0] == EMBED_FOLDER and bool(STORY_ID.match(parts[1])))


def is_of_plan(path: str, plan_id: str) -> bool:
    """Return True for the path in the site of a page that shows this training session alone."""
    page = re.fullmatch(
        rf"training/{re.escape(plan_id)}(?:(?:-present|-evaluation)?\.html|/.+)", path
    )
    return page is not None or path.startswith(session_path(plan_id))


def embedded_moments(story: ReleasedStory) -> list[EmbeddedMoment]:
    """Return the parts of a story that have a page each, in the order told.

    A question that is asked twice has one page, with what was told first.
    """
    names: dict[str, PageChapter] = {}
    for chapter in story.page.chapters:
        if _NAME.fullmatch(chapter.id) and chapter.end > chapter.start:
            names.setdefault(chapter.id, chapter)
    return [EmbeddedMoment(name, chapter) for name, chapter in names.items()]


def frame_line(address: str, title: str) -> str:
    """Return the line of HTML with which another system shows the page at `address`."""
    return render_template("embed_frame.html", address=address, title=title).strip()


def _plans(edition: Edition) -> Iterator[PublishedPlan]:
    return (plan for plan in edition.plans if plan.alone)


def _folder(story: ReleasedStory) -> str:
    return f"{EMBED_FOLDER}/{story.page.id}"


def _paths_of(story: ReleasedStory) -> Iterator[str]:
    folder = _folder(story)
    yield course_path(story.page.id)
    yield from (f"{folder}/{name}" for name in ("index.html", _SHOWN_FILE))
    yield from (f"{folder}/{moment.name}/index.html" for moment in embedded_moments(story))


def _mark(story: ReleasedStory) -> str:
    """Return a mark of the film, which tells an open page that there is another by now.

    Not the cut's own hash: its first digits are the code that a sign-off asks for.
    """
    return hashlib.sha256(f"film {story.cut}".encode()).hexdigest()[:16]


def _mark_of_session(course: Course, plan: PublishedPlan) -> str:
    """Return a mark of all films and which clips of them there are, likewise."""
    parts = [f"{story.page.id} {story.cut}" for story in course.stories]
    parts += [f"{clip.story} {clip.start} {clip.end}" for clip in plan.clips]
    return hashlib.sha256("\n".join(("films", *parts)).encode()).hexdigest()[:16]


def _not_shown_page(edition: Edition) -> str:
    library = edition.library
    return render_template("not_shown.html", library=library, frames=library.frames) + "\n"


def _course_page(course: Course, edition: Edition, mark: str, up: str) -> str:
    return render_course(
        course,
        edition,
        _COURSE_RECORD,
        Delivery(),  # the page around it says which rule holds there
        up=up,
        frame=CourseFrame(edition.library.frames, mark, _SHOWN_FILE),
    )


def _page(story: ReleasedStory, edition: Edition, moment: EmbeddedMoment | None) -> str:
    chapters = (moment.chapter,) if moment else story.page.chapters
    title = text.plain(story.page.title)
    return (
        render_template(
            "embed.html",
            story=story,
            page=story.page,
            edition=edition,
            frames=edition.library.frames,
            chapters=chapters,
            moment=moment.chapter if moment else None,
            reflection=_questions(story, moment),
            title=f"{text.plain(moment.chapter.title)} – {title}" if moment else title,
            review=review_of((story,), edition),
            mark=_mark(story),
            shown=f"../{_SHOWN_FILE}" if moment else _SHOWN_FILE,
            up="../../../" if moment else "../../",
        )
        + "\n"
    )


def _questions(story: ReleasedStory, moment: EmbeddedMoment | None) -> tuple[str, ...]:
    """Return what staff may reflect on afterwards, where the frame's owner asks for that."""
    if moment:
        return moment.chapter.reflection
    return story.page.reflection or tuple(
        question for chapter in story.page.chapters for question in chapter.reflection
    )
