"""The keys of films are those of version 0.1.0: no film is encoded again because a name in the
code was changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import msgspec
import pytest

from capture.media.sound.decoding import Cleaning
from capture.media.timeline import Card, Shot, Timeline
from films import film_spec
from films.cards import CardStyle, EndCard, FilmCards, QuestionCard, TitleCard
from films.film_spec import BlurRegion, FilmChoices, FilmSpec, RenderSettings, former_repr
from films.timeline import timeline_as_json, transcript_sha256
from library.core.settings import SupportLine
from library.core.workspace import StoryFolder
from transcribe.words import Chapter, EditedTranscript, Redaction, Span, Turn, Word

EDITED = EditedTranscript(
    story="cs-4k7m2q",
    transcript_sha256="1" * 64,
    duration=20_000,
    turns=(
        Turn(speaker="Interviewer", question="one", words=(Word(text="And?", start=9, end=90),)),
        Turn(speaker="Ruth", question="one", words=(Word(text="Nobody", start=100, end=400),)),
    ),
    chapters=(Chapter(question="one", title="What happened?", start=0, end=20_000),),
    cuts=(Span(start=500, end=900),),
    redactions=(Redaction(start=1_000, end=1_200, shown="my sister"),),
)
TIMELINE = Timeline(
    25, (Card("title", 100), Shot(0, 12), Shot(25, 400), Card("end", 110)), (12, 0, 5)
)
CARDS = FilmCards(
    title="Nobody asked “me”",
    contributor="Ruth",
    by_name={
        "title": TitleCard("Nobody asked “me”", "Ruth", "For staff training", "Grief."),
        "one": QuestionCard("What happened?"),
        "end": EndCard(
            support=(SupportLine(name="Samaritans", contact="116 123", checked=date(2026, 3, 4)),),
            contact="carers@example.org",
            dated="These lines were tried on 4 March 2026.",
        ),
    },
    style=CardStyle(logo=Path("logo.png"), fonts=(Path("none.ttf"),)),
)


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FilmSpec:
    monkeypatch.chdir(tmp_path)
    Path("logo.png").write_bytes(b"logo")
    monkeypatch.setattr(film_spec, "ffmpeg_version", lambda: "7.1")
    monkeypatch.setattr(film_spec, "takes_of", lambda _folder: ())
    monkeypatch.setattr(film_spec, "numbered_hashes", lambda _takes: {"original": "ab" * 32})
    choices = FilmChoices(
        picture="blurred",
        region=BlurRegion(left=30, top=10, width=40, height=50),
        voice="disguised",
        audience="trust",
        start=40,
    )
    settings = RenderSettings(hide="silence", cover=True, cleaning=Cleaning(noise=0))
    return FilmSpec(StoryFolder(tmp_path), EDITED, TIMELINE, choices, settings, CARDS, "Ruth")


def test_a_film_of_0_1_0_is_known_again(spec: FilmSpec) -> None:
    assert spec.key == "ec46f8c55dbddb78"
    assert former_repr(spec.render_settings) == (
        "Manner(hide='silence', cover=True, cleaning=Cleaning(rumble=75, noise=0), "
        "encoder='software')"
    )


def test_another_disguise_is_another_film(spec: FilmSpec) -> None:
    stronger = replace(spec, choices=msgspec.structs.replace(spec.choices, disguise="stronger"))
    assert stronger.key != spec.key
    assert spec.choices.disguise_method == "first"
    assert stronger.choices.disguise_method == "stronger"


def test_a_recipe_reads_as_0_1_0_wrote_it() -> None:
    assert timeline_as_json(TIMELINE) == (
        '{"fps":25,"parts":[{"name":"title","frames":100},{"first":0,"last":12},'
        '{"first":25,"last":400},{"name":"end","frames":110}],"overlaps":[12,0,5]}'
    )
    assert transcript_sha256(EDITED) == (
        "d1fddc47954446ae42e9dd113f4ce48bf4896cbcf99a707349eed9ed7a0c3071"
    )
    assert msgspec.json.encode(FilmChoices()) == (
        b'{"schema":1,"picture":"shown","region":null,"voice":"own","audience":null,'
        b'"title_card":true,"end_card":true,"question_cards":null,"start":null,"end":null,'
        b'"poster_at":null,"burn_captions":false}'
    )
