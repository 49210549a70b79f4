"""From an edition to HTML: pure, encoded whatever was typed, and kind where there is nothing."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from films.page_text import PageChapter, PageParagraph
from library.core.settings import SupportLine
from library.core.timecode import clock
from publish.edition import Edition
from publish.render import text as t
from publish.render.facets import facets_of
from publish.render.facts import count_and_length, kind_and_length
from publish.render.pages import fragments, render
from tests.support.editions import HEARD, VIDEO, edition_of, library_words, released, story_page

FILES = {"film.mp4": "a", "poster.jpg": "b", "captions.vtt": "c"}
HOSTILE = (
    "<script>alert(1)</script>",
    "{{ config }} {% raw %}",
    "[x](javascript:alert(1))",
    "--> <!-- -->",
    "\u202egnirts\u202c",
    "\" onfocus=alert(1) autofocus x='",
    "</title></textarea></style><img src=x onerror=alert(1)>",
    "a\x00b\x1b[2J",
    "&lt;already&gt; &amp;",
)


class _Elements(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(tag, tuple(sorted(attrs))) for tag, attrs in self.tags]


def _all_text(words: str, stories: int = 1) -> Edition:
    """An edition with `words` in each field that people type or speak."""
    chapter = PageChapter(
        id=words,
        title=words,
        start=0,
        end=5_000,
        paragraphs=(PageParagraph(start=0, end=5_000, speaker=words, text=words),),
        reflection=(words,),
        content_note=words,
    )
    page = story_page(
        VIDEO,
        title=words,
        contributor=words,
        summary=words,
        content_note=words,
        themes=(words,),
        question_set=words,
        chapters=(chapter,),
    )
    line = SupportLine(name=words, contact=words, when=words, checked=date(2026, 1, 1))
    library = library_words(
        title=words, trust=words, introduction=words, contact=words, support=(line,)
    )
    # Of more stories every second one is not new, so that the others are.
    return edition_of(
        *(
            released(
                replace(page, id=f"cs-{number:06d}") if number else page,
                FILES,
                level_of_use=words,
                released=date(2026, 3, 3) if number % 2 == 0 else date(2025, 3, 3),
            )
            for number in range(stories)
        ),
        library=library,
    )


@pytest.mark.parametrize("stories", [1, 31])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_typed_word_becomes_markup(hostile: str, stories: int) -> None:
    """With hostile words every page has exactly the elements and attributes of harmless ones."""
    letter = "ب" if t.direction(hostile) else "C"  # harmless, and of the same direction
    plain_document, hostile_document = (
        render(_all_text(letter * len(t.plain(hostile)), stories)),
        render(_all_text(hostile, stories)),
    )
    assert all(re.fullmatch(r"[a-z0-9/-]+\.html", path) for path in hostile_document)
    for (path, harmless_page), page in zip(
        plain_document.items(), hostile_document.values(), strict=True
    ):
        before, after = _Elements(harmless_page.body), _Elements(page.body)
        assert after.shape() == before.shape(), path
        assert not {"script", "style", "iframe"} & {tag for tag, _ in after.tags}
    parts = fragments(_all_text(hostile))
    harmless = fragments(_all_text("calm"))
    for name, part in parts.items():
        assert _Elements(part).shape() == _Elements(harmless[name]).shape()


@given(st.text(max_size=60))
@settings(deadline=None)
def test_any_text_is_held_and_read_back(words: str) -> None:
    """Encoding loses nothing but characters a page cannot hold."""
    words_read = _Elements(f"<p>{t.html_text(words)}</p>").words
    expected = t._FORBIDDEN.sub("", words)
    assert "".join(words_read).replace("\r\n", "\n") == expected.replace("\r\n", "\n")
    inside = _Elements(f'<p title="{t.html_text(t.plain(words))}">').tags[0][1]["title"]
    assert inside == t.plain(words)


def test_direction_overrides_are_contained() -> None:
    """In the flow an isolating element holds them; attributes and titles have none."""
    pages = render(_all_text("\u202eabc"))
    document = pages[f"stories/{VIDEO}.html"]
    assert "\u202e" not in document.title
    assert "\u202e" not in document.description
    for tag, attributes in _Elements(document.body).tags:
        assert not any("\u202e" in (value or "") for value in attributes.values()), tag
    for before_override in document.body.split("\u202eabc")[:-1]:
        opened = before_override[before_override.rindex("<") :]
        assert opened.startswith("<bdi>") or 'dir="auto"' in opened, opened


@pytest.mark.parametrize("words", ["مرحبا", "well: שלום", "\u202eabc", "١٢", "\u2067a"])
def test_words_that_may_turn_others_round_have_a_direction_of_their_own(words: str) -> None:
    assert t.direction(words) == ' dir="auto"'


@given(
    st.text(alphabet=st.characters(max_codepoint=0x2BF) | st.sampled_from("’“”–…₤Ω"), max_size=60)
)
@settings(deadline=None)
def test_words_that_cannot_need_none(words: str) -> None:
    assert t.direction(words) == ""


def test_the_content_note_comes_before_the_film() -> None:
    body = render(edition_of(released(story_page(VIDEO), FILES)))[f"stories/{VIDEO}.html"].body
    assert body.index("Describes a frightening night.") < body.index("<video")
    assert "Before you listen" not in _story(content_note="")


def _story(**changes: object) -> str:
    page = story_page(VIDEO, **changes)
    files = {**FILES, "audio.m4a": "d"}
    return render(edition_of(released(page, files)))[f"stories/{VIDEO}.html"].body


def test_every_size_of_the_film_is_offered_with_what_it_weighs() -> None:
    large = {"film.mp4": 38_400_000, "film-360.mp4": 5_260_000, "audio.m4a": 20_000}
    story = released(story_page(VIDEO), {**FILES, **dict.fromkeys(large, "e")}, sizes=large)
    body = render(edition_of(story))[f"stories/{VIDEO}.html"].body
    picture = body.partition('data-act="picture">')[2].partition("</select>")[0]
    assert re.findall(r">([^<]+)</option>", picture) == [
        "Large, 38 MB",
        "Small, 5.3 MB",
        "Sound only, 0.1 MB",
    ]


def test_the_smallest_film_there_is_is_offered() -> None:
    def offered_names(*names: str) -> list[str | None]:
        files = {**FILES, **dict.fromkeys(names, "e")}
        page = render(edition_of(released(story_page(VIDEO), files)))[f"stories/{VIDEO}.html"]
        links = [attrs.get("href") for tag, attrs in _Elements(page.body).tags if tag == "a"]
        return [link for link in links if link and "/film-" in link]

    assert offered_names() == []
    assert offered_names("film-720.mp4") == [f"{VIDEO}/film-720.mp4"]
    assert offered_names("film-720.mp4", "film-360.mp4") == [f"{VIDEO}/film-360.mp4"]


def test_the_story_page_says_who_what_how_long_and_for_whom() -> None:
    body = _story(duration=112_000)
    for phrase in ("<bdi>Ruth</bdi>", "Film, 2 minutes", "For all staff of this trust"):
        assert phrase in body
    assert "3 March 2028" in body  # the review date
    assert "Ask the carers’ lead on extension 4021." in body
    assert "They can change their mind at any time" in body
    assert "Staff support" in body


def test_each_turn_has_its_time_and_tells_who_speaks() -> None:
    body = _story()
    tags = _Elements(body).tags
    turns = [attrs for tag, attrs in tags if "turn" in (attrs.get("class") or "").split()]
    assert [turn["data-start"] for turn in turns] == ["500", "4000", "8000", "9500"]
    assert [str(turn["class"]) for turn in turns] == ["turn turn-asks", "turn"] * 2
    assert body.count('class="speaker"') == 4


def test_reflection_stands_in_its_chapter() -> None:
    body = _story()
    first, second = body.index('id="chapter-1"'), body.index('id="chapter-2"')
    assert first < body.index("What could the first person have said") < second
    assert second < body.index("Which part will you try?")


def test_media_waits_until_it_is_asked_for() -> None:
    media = [attrs for tag, attrs in _Elements(_story()).tags if tag == "video"]
    assert [element["preload"] for element in media] == ["none"]
    assert "autoplay" not in media[0]
    assert "controls" in media[0]


def test_an_empty_library_says_so_kindly() -> None:
    pages = render(edition_of())
    assert set(pages) == {
        "index.html",
        "training/index.html",
        "support-sheet.html",
        "search.html",
    }
    assert "No story is here at the moment" in pages["index.html"].body


def test_a_story_without_themes_captions_poster_or_words_is_still_a_page() -> None:
    page = story_page(VIDEO, themes=(), chapters=(), contributor="", summary="", content_note="")
    pages = render(edition_of(released(page, {"film.mp4": "a"})))
    body = pages[f"stories/{VIDEO}.html"].body
    assert "<track" not in body
    assert "poster=" not in body
    assert "There is no transcript for this story yet." in body
    assert "Themes" not in pages["index.html"].body


def test_themes_with_the_same_ascii_name_have_their_own_pages() -> None:
    page = story_page(VIDEO, themes=("hope", "Hope!", "قلق"))
    pages = render(edition_of(released(page, FILES)))
    assert len([path for path in pages if path.startswith("themes/")]) == 3
    ids = [
        attrs["id"]
        for _, attrs in _Elements(pages["index.html"].body).tags
        if (attrs.get("id") or "").startswith("theme-")
    ]
    assert len(ids) == len(set(ids)) == 3


def test_render_is_pure() -> None:
    edition = edition_of(released(story_page(VIDEO), FILES))
    copy = msgspec.json.decode(msgspec.json.encode(edition), type=Edition)
    assert render(edition) == render(copy)


@pytest.mark.parametrize(
    ("ms", "shown_as", "spoken_time"),
    [
        (0, "0:00", "less than a minute"),
        (44_999, "0:44", "less than a minute"),
        (60_000, "1:00", "1 minute"),
        (112_000, "1:52", "2 minutes"),
        (3_723_000, "1:02:03", "1 hour 2 minutes"),
    ],
)
def test_times_as_people_read_them(ms: int, shown_as: str, spoken_time: str) -> None:
    assert clock(ms) == shown_as
    assert t.listening_time(ms) == spoken_time


@given(st.integers(0, 10_000_000), st.integers(0, 10_000_000))
def test_the_time_between_two_times_is_that_of_their_clocks(one: int, other: int) -> None:
    start, end = sorted((one, other))
    seconds = _seconds_of(clock(end)) - _seconds_of(clock(start))
    assert t.time_between(start, end) == (t.seconds_in_words(seconds) or "less than a second")


def _seconds_of(shown: str) -> int:
    seconds = 0
    for part in shown.split(":"):
        seconds = seconds * 60 + int(part)
    return seconds


@given(st.lists(st.integers(45_000, 9_000_000), min_size=1, max_size=40))
def test_a_sum_of_lengths_is_that_of_the_lengths_shown(lengths: list[int]) -> None:
    shown = sum(t.listening_minutes(ms) for ms in lengths)
    assert t.listening_time_in_all(lengths) == t.listening_time(shown * 60_000)


def test_short_stories_add_up_to_minutes() -> None:
    assert t.listening_time_in_all([40_000, 40_000, 40_000]) == "2 minutes"


def test_a_story_is_filed_by_the_length_that_is_shown() -> None:
    page = replace(story_page(VIDEO), duration=15 * 60_000 + 20_000)
    other = replace(story_page(HEARD), duration=120_000)
    edition = edition_of(released(page, FILES), released(other, FILES))
    lengths = next(facet for facet in facets_of(edition) if facet.name == "length")
    assert [choice.words for choice in lengths.choices] == ["Up to 5 minutes", "5 to 15 minutes"]
    assert kind_and_length(edition.stories[0]) == "Film, 15 minutes"
    assert count_and_length(edition.stories) == "2 stories, 17 minutes in all"
