"""A story’s page and its handout as HTML: what is offered, what leads on, what is on paper."""

from __future__ import annotations

import re

import msgspec
import pytest

from films.page_text import PageChapter, PageParagraph
from publish.edition import Edition
from publish.render import text as t
from publish.render.pages import render
from publish.render.story import MAX_ANSWERS
from publish.themes import PublishedTheme, ThemeMoment
from tests.support.editions import HEARD, VIDEO, edition_of, released, story_page

FILES = {"film.mp4": "a", "poster.jpg": "b", "captions.vtt": "c"}


def body(edition: Edition, path: str = f"stories/{VIDEO}.html") -> str:
    return render(edition)[path].body


def test_tracks_name_their_language_as_its_speakers_do_and_only_one_is_on_by_itself() -> None:
    files = {**FILES, "captions.pl.vtt": "d", "captions.ur.vtt": "e"}
    page = body(edition_of(released(story_page(VIDEO), files)))
    tracks = re.findall(r"<track [^>]+>", page)
    assert [re.findall(r'label="([^"]+)"', track)[0] for track in tracks] == [
        "English",
        "Polski",
        "اردو",
    ]
    assert [" default" in track for track in tracks] == [True, False, False]
    assert f"{VIDEO}/captions.ur.vtt" in page.partition("take-away")[2]


def test_one_language_and_one_size_ask_for_no_choice() -> None:
    page = body(edition_of(released(story_page(VIDEO), FILES)))
    assert "Language of captions" not in page
    assert "Size of picture" not in page
    single_body = body(edition_of(released(story_page(VIDEO), {"film.mp4": "a"})))
    assert "Size of captions" not in single_body
    assert 'data-act="captions"' not in single_body


def test_the_questions_of_the_set_come_after_the_story_or_else_the_standing_ones() -> None:
    own = story_page(VIDEO, reflection=("Whom will you ring?",))
    pages = render(edition_of(released(own, FILES)))
    for path in (f"stories/{VIDEO}.html", f"stories/{VIDEO}/handout.html"):
        assert "Whom will you ring?" in pages[path].body
        assert "What did you hear?" not in pages[path].body
    assert "What did you hear?" in body(edition_of(released(story_page(VIDEO), FILES)))


def test_the_handout_quotes_only_moments_that_editors_chose() -> None:
    edition = edition_of(released(story_page(VIDEO), FILES))
    path = f"stories/{VIDEO}/handout.html"
    assert "blockquote" not in body(edition, path)
    assert "You can always listen." not in body(edition, path)
    chosen = PublishedTheme(
        theme="confidentiality",
        moments=(ThemeMoment(story=VIDEO, start=9_500), ThemeMoment(story=HEARD, start=4_000)),
    )
    page = body(msgspec.structs.replace(edition, themes=(chosen,)), path)
    assert page.count("<blockquote>") == 1
    assert "You can always listen." in page


def test_what_others_said_is_another_story_each_and_never_this_one() -> None:
    ids = [f"cs-{letter * 6}" for letter in "bcdfghjk"]
    chapters = tuple(
        PageChapter(
            id=f"question-{number}",
            title=f"Question {number}?",
            start=number * 10_000,
            end=number * 10_000 + 9_000,
            paragraphs=(PageParagraph(start=0, end=1, speaker="Ruth", text="An answer."),),
        )
        for number in range(6)
    )
    stories = [
        released(story_page(one_story_id, title=f"Story {one_story_id}", chapters=chapters), FILES)
        for one_story_id in ids
    ]
    pages = render(edition_of(*stories))
    below: dict[str, list[str]] = {}
    for story_id in ids:
        related = pages[f"stories/{story_id}.html"].body.partition('class="related"')[2]
        below[story_id] = re.findall(
            r'href="(cs-[a-z]+)\.html#t=\d+"', related.partition("</section>")[0]
        )
        assert len(below[story_id]) == len(set(below[story_id])) == MAX_ANSWERS
        assert story_id not in below[story_id]
    other_stories = [other for others in below.values() for other in others]
    assert {other_stories.count(one_story_id) for one_story_id in ids} == {
        MAX_ANSWERS
    }  # nobody’s answer stands below all others
    page_alone = render(edition_of(stories[0]))[f"stories/{ids[0]}.html"].body
    assert "What others said" not in page_alone


@pytest.mark.parametrize(
    ("size", "size_text"),
    [(1, "0.1 MB"), (5_260_000, "5.3 MB"), (9_960_000, "10.0 MB"), (38_400_000, "38 MB")],
)
def test_what_a_film_weighs(size: int, size_text: str) -> None:
    assert t.megabytes(size) == size_text
