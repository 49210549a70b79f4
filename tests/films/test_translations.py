"""Captions in another language: where they are said in every film, and telling no secret."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.media.timeline import Card, Shot, Timeline
from capture.recording.session_markers import read_session
from films.page_text import read_page
from films.translations import (
    CaptionsOutgrown,
    CaptionSpan,
    TranslatedCaption,
    Translation,
    outdated_languages,
    recording_spans,
    redactions_under,
    retime_captions,
)
from library.core.errors import BadInput
from library.core.languages import direction, native_name, parse_tag
from library.core.sanitise import shell_quoted
from library.core.workspace import StoryFolder, Workspace
from library.records.cut import read_cut
from tests.support.command_line import CommandResult
from tests.support.tone_story import PITCH, edit, heard, marks, toned_film, toned_story
from transcribe.cue import Cue
from transcribe.formats import vtt
from transcribe.formats.caption_files import read_captions
from transcribe.words import Redaction

Cli = Callable[..., CommandResult]
POLISH = ("Nikt", "nie", "zapytał", "co", "on", "wiedział.", "Nikt", "nigdy", "nie.", "Nigdy.")


@pytest.fixture
def story(workspace: Workspace) -> StoryFolder:
    """With its film, every word of which is heard."""
    return toned_film(workspace)


def translated(story: StoryFolder, tmp_path: Path, words: dict[int, str] | None = None) -> Path:
    """One Polish caption for each tone of the film that stands, from its beginning."""
    sound = heard(story.audio, tmp_path)
    heard_at = [(number, marks(sound, pitch)) for number, pitch in enumerate(PITCH)]
    sentences = {**dict(enumerate(POLISH)), **(words or {})}
    cues = [
        Cue(times[0], times[0] + 600, (sentences[number],)) for number, times in heard_at if times
    ]
    path = tmp_path / "polish.vtt"
    path.write_text(vtt.write(sorted(cues, key=lambda cue: cue.start)), encoding="utf-8")
    return path


def bring(run_cli: Cli, story: StoryFolder, path: Path, *options: str) -> CommandResult:
    return run_cli("captions", "import", story.root.name, path, "--language", "pl", *options)


def filmed(run_cli: Cli, story: StoryFolder, text: str, tmp_path: Path) -> None:
    edit(run_cli, story, text, tmp_path)
    result = run_cli("film", story.root.name)
    assert result.code == 0, result.err


def polish(story: StoryFolder) -> list[tuple[int, str]]:
    return [(cue.start, cue.text) for cue in read_captions(story.root / "captions.pl.vtt")]


def test_a_translation_is_part_of_the_cut_and_follows_when_the_film_is_cut_otherwise(
    run_cli: Cli, story: StoryFolder, tmp_path: Path
) -> None:
    before = read_cut(story.cut)
    assert before is not None
    question = read_session(story.session).question_set.reflection
    assert read_page(story.page).reflection == question != ()
    path = translated(story, tmp_path)
    result = bring(run_cli, story, path)
    assert result.code == 0, result.err
    assert "10 captions in Polski" in result.out
    assert run_cli("film", story.root.name).code == 0
    after = read_cut(story.cut)
    assert after is not None
    assert "captions.pl.vtt" in after.artefacts
    assert after.artefacts["film.mp4"] == before.artefacts["film.mp4"]  # nothing is encoded anew
    assert after.hash != before.hash  # so it is signed off anew
    assert polish(story) == [(cue.start, cue.text) for cue in read_captions(path)]

    # Words cut in the middle: theirs is gone, every other one is where its tone is heard now.
    text = "Nobody asked Daniel ~~what he knew.~~ Nobody ever did. Never."
    filmed(run_cli, story, text, tmp_path)
    sound = heard(story.audio, tmp_path)
    translation = polish(story)
    assert [word for _, word in translation] == [POLISH[n] for n in (0, 1, 2, 6, 7, 8, 9)]
    for number, (start, _) in zip((0, 1, 2, 6, 7, 8, 9), translation, strict=True):
        assert abs(start - marks(sound, PITCH[number])[0]) <= 40, POLISH[number]
    assert outdated_languages(story) == ["pl"]

    result = run_cli("captions", "remove", story.root.name, "--language", "pl", "--yes")
    assert result.code == 0, result.err
    assert run_cli("film", story.root.name).code == 0
    assert not (story.root / "captions.pl.vtt").exists()
    cut_without = read_cut(story.cut)
    assert cut_without is not None
    assert "captions.pl.vtt" not in cut_without.artefacts


def test_a_caption_over_what_is_redacted_is_read_by_somebody_or_left_out(
    run_cli: Cli, story: StoryFolder, tmp_path: Path
) -> None:
    text = "Nobody asked [[Daniel|my son]] what he knew. Nobody ever did. Never."
    filmed(run_cli, story, text, tmp_path)
    sound = heard(story.audio, tmp_path)
    at = marks(sound, PITCH[1])[0] + 1_000  # where the name was said
    path = translated(story, tmp_path)
    cues = [*read_captions(path), Cue(at, at + 300, ("mojego syna Daniela",))]
    path.write_text(vtt.write(sorted(cues, key=lambda cue: cue.start)), encoding="utf-8")

    result = bring(run_cli, story, path)
    assert result.code != 0
    assert "3: mojego syna Daniela" in result.err  # shown, with what to do
    again = f"carer-stories captions import {story.root.name} {shell_quoted(path)} --language pl"
    assert f"{again} --read 3\n" in result.err
    assert f"{again} --leave-out" in result.err
    assert not story.translations.exists()

    result = bring(run_cli, story, path, "--leave-out", "--json")
    assert result.code == 0, result.err
    assert json.loads(result.out)["left_out"] == [3]
    assert run_cli("film", story.root.name).code == 0
    assert not any("syna" in words for _, words in polish(story))

    path.write_text(path.read_text(encoding="utf-8").replace(" Daniela", ""), encoding="utf-8")
    assert "stands over nothing" in bring(run_cli, story, path, "--read", "4").err
    assert bring(run_cli, story, path, "--read", "3").code == 0
    assert run_cli("film", story.root.name).code == 0
    assert "mojego syna" in [words for _, words in polish(story)]


def test_no_film_is_made_with_a_translation_that_tells_what_was_redacted_since(
    run_cli: Cli, story: StoryFolder, tmp_path: Path
) -> None:
    path = translated(story, tmp_path)
    assert bring(run_cli, story, path).code == 0
    text = "Nobody asked [[Daniel|my son]] what he knew. Nobody ever did. Never."
    edit(run_cli, story, text, tmp_path)
    film = story.film.read_bytes()
    result = run_cli("film", story.root.name)
    assert result.code != 0
    assert "Polski" in result.err
    assert "caption 3" in result.err
    assert "captions remove" in result.err
    assert story.film.read_bytes() == film


def test_a_listed_name_is_refused_in_any_language(
    run_cli: Cli, story: StoryFolder, tmp_path: Path
) -> None:
    run_cli("redact", "add", story.root.name, "Brenda Hollowell", "--shown", "a nurse")
    path = translated(story, tmp_path, {5: "wiedziała Brenda Hollowell"})
    result = bring(run_cli, story, path)
    assert result.code != 0
    assert "caption 6" in result.err
    assert "Brenda" not in result.err
    assert not story.translations.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("WEBVTT\n", "holds no captions"),
        ("WEBVTT\n\n00:00:09.000 --> 00:09:00.000\nDługo\n", "another film"),
        ("WEBVTT\n\n00:00:02.000 --> 00:00:01.000\nDługo\n", ""),
        ("a letter", "not WebVTT"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(
    run_cli: Cli, story: StoryFolder, tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "polish.vtt"
    path.write_text(content, encoding="utf-8")
    result = bring(run_cli, story, path)
    assert result.code != 0
    assert message in result.err
    path.write_bytes("WEBVTT\n\n00:00:02.000 --> 00:00:03.000\nzażółć\n".encode("iso-8859-2"))
    assert "UTF-8" in bring(run_cli, story, path).err
    assert not story.translations.exists()


def test_without_a_film_of_todays_words_there_is_no_clock(
    run_cli: Cli, workspace: Workspace, tmp_path: Path
) -> None:
    story = toned_story(workspace)
    path = tmp_path / "polish.vtt"
    path.write_text("WEBVTT\n\n00:00:02.000 --> 00:00:03.000\nTak\n", encoding="utf-8")
    result = bring(run_cli, story, path)
    assert result.code != 0
    assert f"carer-stories film {story.root.name}" in result.err


# ---- pure --------------------------------------------------------------------------------------


def _of(*captions: TranslatedCaption) -> Translation:
    return Translation(
        story="cs-1", language="pl", file_sha256="0" * 64, edited="0" * 64, captions=captions
    )


@st.composite
def reels(draw: st.DrawFn) -> Timeline:
    """Shots of one recording in order, with a card before some, at 25 frames a second."""
    parts: list[Shot | Card] = []
    at = 0
    for number in range(draw(st.integers(1, 5))):
        if draw(st.booleans()):
            parts.append(Card(f"card-{number}", draw(st.integers(20, 100))))
        at += draw(st.integers(0, 50))
        frames = draw(st.integers(10, 200))
        parts.append(Shot(at, at + frames))
        at += frames
    return Timeline(25, tuple(parts))


@given(reels(), st.data())
def test_over_the_same_film_every_caption_is_where_it_was(
    timeline: Timeline, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, timeline.duration - 200))
    end = data.draw(st.integers(start + 200, min(timeline.duration, start + 7_000)))
    caption = TranslatedCaption(lines=("Tak",), pieces=recording_spans(timeline, start, end))
    ((number, cue),) = retime_captions(_of(caption), timeline, (), ())
    assert (number, cue.start, cue.end) == (1, start, end)


@given(reels(), st.data())
def test_no_caption_stands_over_a_redaction_nobody_read_it_beside(
    timeline: Timeline, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, timeline.duration - 200))
    caption = TranslatedCaption(
        lines=("Tak",), pieces=recording_spans(timeline, start, start + 200)
    )
    redacted_at = data.draw(st.integers(0, 60_000))
    redaction = Redaction(start=redacted_at, end=redacted_at + 400, shown="…")
    overlapping = redactions_under(caption, (redaction,))
    if not overlapping:
        assert len(retime_captions(_of(caption), timeline, (redaction,), ())) == 1
        return
    with pytest.raises(CaptionsOutgrown):
        retime_captions(_of(caption), timeline, (redaction,), ())
    read = msgspec.structs.replace(caption, read_beside=overlapping)
    assert len(retime_captions(_of(read), timeline, (redaction,), ())) == 1
    larger = Redaction(start=redacted_at, end=redacted_at + 500, shown="…")
    with pytest.raises(CaptionsOutgrown):
        retime_captions(_of(read), timeline, (larger,), ())


def test_a_caption_goes_with_its_words_and_is_refused_where_some_of_them_are_left() -> None:
    caption = TranslatedCaption(lines=("Tak",), pieces=(CaptionSpan(start=1_000, end=3_000),))
    word_times = (900, 1_200, 2_900, 3_100)
    assert retime_captions(_of(caption), Timeline(25, (Shot(74, 200),)), (), word_times) == []
    with pytest.raises(CaptionsOutgrown) as error:
        retime_captions(_of(caption), Timeline(25, (Shot(50, 200),)), (), word_times)
    assert error.value.numbers == (1,)
    # Only silence was cut: it says what is heard, for as long as that is.
    ((_, cue),) = retime_captions(_of(caption), Timeline(25, (Shot(28, 74),)), (), word_times)
    assert (cue.start, cue.end) == (0, 1_840)


def test_languages_are_called_as_their_speakers_call_them() -> None:
    assert [native_name(tag) for tag in ("pl", "cy", "pt-br", "pl-gb", "xx")] == [
        "Polski",
        "Cymraeg",
        "Português (Brasil)",
        "Polski (GB)",
        "xx",
    ]
    assert [direction(tag) for tag in ("pl", "ur", "pa", "pa-arab", "ar-latn")] == [
        "ltr",
        "rtl",
        "ltr",
        "rtl",
        "ltr",
    ]
    assert parse_tag("ZH_Hant") == "zh-hant"
    for wrong_code in ("", "polish!", "p", "../pl", "pl.vtt", "english"):
        with pytest.raises(BadInput):
            parse_tag(wrong_code)
