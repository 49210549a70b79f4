"""Words of editors about themes: found by what is said, shown as signed off, or left out."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import pytest

from films.page_text import PageParagraph
from library.core.errors import BadInput, Damaged
from library.core.workspace import Workspace
from library.records.consent import Withdrawal
from library.workspace_template import template
from publish.bundle import released_bundle
from publish.demo import Demonstration, choose_moments, demo_stories
from publish.render.facts import quote
from publish.render.pages import render
from publish.take_down import take_down
from publish.themes import (
    PublishedTheme,
    ThemeMoment,
    missing_moments,
    paragraph_start,
    published_themes,
    read_themes,
)
from tests.support.command_line import ROOT
from tests.support.editions import HEARD, VIDEO, chapters, edition_of, lay_edition, story_page
from tests.support.editions import released as released_story

FILES = {"film.mp4": "0" * 64}
WRITTEN = """\
themes:
  - theme: Confidentiality
    title: What may be said
    about: Two sentences. Both of them kind.
    moments:
      - {{story: {story}, words: "you can ALWAYS listen"}}
      - {{story: {story}, words: nobody says this here}}
      - {{story: cs-zzzzzz, words: of a story that is not here}}
"""


def _write(workspace: Workspace, words: str) -> None:
    workspace.themes.write_text(words, encoding="utf-8")


def test_a_moment_is_found_by_its_words_and_shown_as_the_page_has_it(workspace: Workspace) -> None:
    _write(workspace, WRITTEN.format(story=VIDEO))
    pages = [story_page(VIDEO)]
    (theme,) = published_themes(workspace, pages)
    assert [(moment.story, moment.start) for moment in theme.moments] == [(VIDEO, 9_500)]
    assert missing_moments(workspace, pages) == [
        f"interviews/themes.yml: Confidentiality: {VIDEO} does not say “nobody says this here”."
    ]
    edition = edition_of(released_story(pages[0], FILES))
    rendered = render(msgspec.structs.replace(edition, themes=(theme,)))[
        "themes/confidentiality.html"
    ]
    assert rendered.title == "What may be said"
    assert "Two sentences. Both of them kind." in rendered.body
    assert "<p>You can always listen.</p>" in rendered.body
    assert "ALWAYS" not in rendered.body


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("themes:\n  - theme: hope\n  - theme: Hope\n", "there twice"),
        ("themes:\n  - theme: ' - '\n", "has no name"),
        ("themes:\n  - {theme: hope, kind: place}\n", "kind"),
        ("themes:\n  - {theme: hope, about: [7]}\n", "themes 1"),
        ("themes:\n  - {theme: hope, color: red}\n", "color"),
        (f"themes:\n  - {{theme: hope, about: {'x' * 401}}}\n", "400"),
    ],
)
def test_a_file_that_is_not_in_order_is_refused_by_its_field(
    workspace: Workspace, words: str, named: str
) -> None:
    _write(workspace, words)
    with pytest.raises(BadInput, match=named):
        read_themes(workspace)


def test_the_file_that_ships_is_in_order_and_short(workspace: Workspace) -> None:
    themes = read_themes(workspace)
    assert {"first-contact", "confidentiality", "being-heard"} <= {
        one_theme.theme for one_theme in themes
    }
    for theme in themes:
        assert theme.kind == "service" or 1 <= theme.about.count(". ") + 1 <= 2, theme.theme
    assert workspace.themes.read_bytes() == (ROOT / "interviews" / "themes.yml").read_bytes()
    workspace.themes.unlink()
    assert read_themes(workspace) == ()


def test_the_demonstrations_editors_chose_moments_that_are_said(workspace: Workspace) -> None:
    """Its themes’ pages and handouts show chosen words, and themes.yml stays in order with them."""
    stories = [story_entry for story_entry in demo_stories(template()) if story_entry.released]
    demonstration = Demonstration(
        workspace, len, {story.slug: f"cs-{at:06d}" for at, story in enumerate(stories)}
    )
    choose_moments(demonstration, stories)
    chosen = {theme.theme: theme.moments for theme in read_themes(workspace) if theme.moments}
    assert set(chosen) == {passage.theme for story in stories for passage in story.chosen}
    for story in stories:
        spoken_text = " ".join(turn.text for turn in story.reference if turn.speaker == "carer")
        paragraph = PageParagraph(start=0, end=1, speaker="", text=spoken_text)
        chapter = msgspec.structs.replace(chapters()[0], paragraphs=(paragraph,))
        page = story_page(VIDEO, chapters=(chapter,))
        for passage in story.chosen:
            assert passage.theme in story.themes, story.slug
            assert paragraph_start(page, passage.words) == 0, passage.words


def test_a_withdrawn_story_takes_its_moments_with_it(workspace: Workspace, media: Path) -> None:
    """The record is trimmed without a new edition; one that names it still is refused."""
    theme = PublishedTheme(
        theme="hope", moments=(ThemeMoment(story=VIDEO, start=0), ThemeMoment(story=HEARD, start=0))
    )
    edition = lay_edition(workspace, media, story_page(VIDEO), story_page(HEARD))
    themed = msgspec.structs.replace(edition, themes=(theme,))
    (workspace.edition / "edition.json").write_bytes(msgspec.json.encode(themed))
    assert released_bundle(workspace).edition.themes == (theme,)
    withdrawal = Withdrawal(
        id="wi-1",
        story=HEARD,
        recorded="2026-03-05T10:00:00Z",
        on=date(2026, 3, 5),
        asked_by="contributor",
    )
    take_down(workspace, withdrawal)
    assert HEARD not in (workspace.edition / "edition.json").read_text("utf-8")
    (left,) = released_bundle(workspace).edition.themes
    assert left.moments == (ThemeMoment(story=VIDEO, start=0),)
    without_story = msgspec.structs.replace(themed, stories=themed.stories[:1])
    (workspace.edition / "edition.json").write_bytes(msgspec.json.encode(without_story))
    with pytest.raises(Damaged, match="a moment of a story that is not in it"):
        released_bundle(workspace)


def test_where_none_are_chosen_answers_that_stand_alone_are() -> None:
    """Never the interviewer, a sentence begun in the middle, or one with a gap in it."""
    first, second = chapters()
    paragraphs = (
        PageParagraph(
            start=4_000, end=5_000, speaker="Ruth", text="and then they came, all of them."
        ),
        PageParagraph(
            start=5_000, end=6_000, speaker="Ruth", text="My sister … rang them every day."
        ),
        PageParagraph(start=6_000, end=7_000, speaker="Ruth", text="They asked me nothing at all."),
    )
    page = story_page(
        VIDEO,
        themes=("hope",),
        chapters=(
            msgspec.structs.replace(first, paragraphs=(first.paragraphs[0], *paragraphs)),
            second,
        ),
    )
    other = story_page(HEARD, themes=("hope",))
    edition = edition_of(released_story(page, FILES), released_story(other, FILES))
    body = render(edition)["themes/hope.html"].body
    assert body.count('class="moment"') == 4
    assert "They asked me nothing at all." in body
    assert "and then they came" not in body
    assert "My sister" not in body


def test_a_quotation_ends_where_a_sentence_does() -> None:
    paragraph_text = "I rang the ward. " * 20
    assert quote(paragraph_text) == "I rang the ward. " * 13 + "I rang the ward."
    assert quote("Word " * 80).endswith("Word…")
    assert quote("Short enough to be whole.") == "Short enough to be whole."
    assert paragraph_start(story_page(VIDEO), "  ") is None
