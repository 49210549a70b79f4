"""The language spoken: looked for over several windows, refused where it is another, or two.

The engine is a fake: it tells languages by pitch, and says where it was asked to listen.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capture.media.speech import Speech, open_speech
from library.core.errors import BadInput
from library.core.languages import english_names, parse_spoken
from tests.support.engine_contract import holds
from tests.support.speech_samples import write_wav
from transcribe.engines import second_hearing, spoken_language
from transcribe.engines.models import Model
from transcribe.engines.protocol import (
    RawSegment,
    RawWord,
    RecognisedSpeech,
    TranscriptionOptions,
    settle_words,
)
from transcribe.engines.spoken_language import (
    require_knows,
    require_sounds_like,
    transcribe_in_languages,
)
from transcribe.pipeline import prepare_task, transcribe_story
from transcribe.words import Span

RATE = 16_000


def tone(seconds: float, pitch: float) -> Any:
    return (0.2 * np.sin(2 * np.pi * pitch * np.arange(int(seconds * RATE)) / RATE)).astype("f4")


def english(seconds: float) -> Any:
    return tone(seconds, 200)


def french(seconds: float) -> Any:
    return tone(seconds, 800)


class FakeEngine:
    """An engine for which a low tone is English and a high one French."""

    name = "fake"

    def __init__(self, *, is_multilingual: bool = True) -> None:
        self.is_multilingual = is_multilingual

    def language_shares(self, samples: Any) -> dict[str, float]:
        crossings = np.abs(np.diff(np.sign(samples))).sum() / 2 / max(len(samples), 1) * RATE / 2
        share = float(np.clip((crossings - 200) / 600, 0.0, 1.0))
        return {"en": 0.97 * (1 - share), "fr": 0.97 * share, "cy": 0.03}

    def used_options(self, options: TranscriptionOptions) -> Any:
        return options.as_record()

    def transcribe(
        self, samples: Any, options: TranscriptionOptions, _on_progress: Any
    ) -> RecognisedSpeech:
        seconds = len(samples) / RATE
        word = RawWord(f" {options.language}", 0.1, seconds - 0.1, 0.9)
        return settle_words(
            [RawSegment((word,), 0.1, seconds - 0.1, 1.0, 0.0, -0.1)], len(samples) // 16
        )


@pytest.fixture(autouse=True)
def voice(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tone is no voice for the detector: here whatever sounds is one."""

    def spans(samples: Any) -> tuple[Span, ...]:
        sounding = np.abs(samples[: len(samples) // 160 * 160]).reshape(-1, 160).max(axis=1) > 0.01
        edges = np.flatnonzero(np.diff(np.concatenate([[0], sounding, [0]])))
        pairs = edges.reshape(-1, 2) * 10
        return tuple(Span(start=int(start), end=int(end)) for start, end in pairs)

    monkeypatch.setattr(spoken_language, "voiced_spans", spans)
    monkeypatch.setattr(second_hearing, "voiced_spans", spans)


def speech_of(folder: Path, *sounds: Any) -> Speech:
    return open_speech(write_wav(folder / "speech.wav", np.concatenate(sounds)))


def test_what_is_expected_is_taken_without_a_word(tmp_path: Path) -> None:
    require_sounds_like(speech_of(tmp_path, english(130)), FakeEngine(), "en", "cs-4k7m2q")


def test_another_language_is_refused_with_its_share_before_anything_is_heard(
    tmp_path: Path,
) -> None:
    speech = speech_of(tmp_path, french(100))
    with pytest.raises(BadInput, match="does not sound like English: 97 % French") as error:
        require_sounds_like(speech, FakeEngine(), "en", "cs-4k7m2q")
    assert "carer-stories transcribe cs-4k7m2q --language fr" in str(error.value.next_step)
    assert "--language en,fr" in str(error.value.next_step)
    require_sounds_like(speech, FakeEngine(), "fr", "cs-4k7m2q")


@pytest.mark.parametrize("sounds", [(english(100), french(60)), (french(31), english(120))])
def test_a_part_in_another_language_is_enough(tmp_path: Path, sounds: tuple[Any, ...]) -> None:
    with pytest.raises(BadInput, match="French"):
        require_sounds_like(speech_of(tmp_path, *sounds), FakeEngine(), "en", "cs-4k7m2q")


def test_windows_in_which_hardly_anybody_speaks_tell_nothing(tmp_path: Path) -> None:
    quiet = np.zeros(90 * RATE, np.float32)
    require_sounds_like(
        speech_of(tmp_path, quiet, french(2), quiet), FakeEngine(), "en", "cs-4k7m2q"
    )


def test_a_model_of_english_alone_is_not_asked(tmp_path: Path) -> None:
    engine = FakeEngine(is_multilingual=False)
    require_sounds_like(speech_of(tmp_path, french(60)), engine, "en", "cs-4k7m2q")
    require_knows(engine, "tiny.en", "en")
    with pytest.raises(BadInput, match="knows English only"):
        require_knows(engine, "tiny.en", "fr")


def test_two_languages_are_heard_piece_by_piece() -> None:
    pause = np.zeros(RATE, np.float32)
    sounds = (english(8), pause, french(6), pause, french(0.8), pause, english(5))
    samples = np.concatenate(sounds)
    progress: list[int] = []
    result = transcribe_in_languages(
        samples,
        FakeEngine(),
        TranscriptionOptions(language="en,fr"),
        progress.append,
        lambda first, _part, _options: first,
    )
    holds(result, len(samples) // 16)
    assert [word.text for word in result.words] == ["en", "fr", "en"]
    assert 8_000 <= result.words[1].start <= 9_200
    assert progress == sorted(progress)
    assert progress[-1] == len(samples) // 16


def test_languages_are_named_by_their_short_names() -> None:
    assert parse_spoken("FR") == "fr"
    assert parse_spoken("en, fr,en") == "en,fr"
    for wrong in ("French", "xx", "", "en,,fr", "en;fr"):
        with pytest.raises(BadInput):
            parse_spoken(wrong)


def test_transcribed_again_a_story_keeps_its_language(
    transcribed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fake engine says as its word which language it was told."""
    monkeypatch.setattr("transcribe.engines.chunks.may_be_speech", lambda _samples: True)
    workspace, folder, transcript = transcribed()
    folder.transcript.unlink()
    write_wav(folder.speech, french(6))
    model = Model("m", tmp_path / "m.pt", "0" * 64)

    def heard(options: TranscriptionOptions) -> str:
        task = prepare_task(workspace, transcript.story, again=True)
        result = transcribe_story(task, FakeEngine(), model, options, lambda _: None)
        return result.transcript.words[0].text

    told = TranscriptionOptions(language="fr", is_language_given=True)
    assert [heard(told), heard(TranscriptionOptions())] == ["fr", "fr"]
    told = TranscriptionOptions(language="en", is_language_given=True)
    assert heard(told) == "en"


def test_the_languages_are_whispers_own() -> None:
    from whisper.tokenizer import LANGUAGES

    for language, name in LANGUAGES.items():
        assert parse_spoken(language) == language
        assert english_names(language) == name.title()
    assert english_names("en,fr") == "English and French"
    assert english_names("en,fr,pl", joint="or") == "English, French or Polish"


def test_a_storys_own_languages_are_those_expected(tmp_path: Path) -> None:
    speech = speech_of(tmp_path, french(100))
    require_sounds_like(speech, FakeEngine(), "cy,fr", "cs-4k7m2q")
    with pytest.raises(BadInput, match="does not sound like English or Welsh: 97 %") as error:
        require_sounds_like(speech, FakeEngine(), "en,cy", "cs-4k7m2q")
    assert "--language en,cy,fr" in str(error.value.next_step)
    assert "story edit cs-4k7m2q --language fr" in str(error.value.next_step)


def test_where_it_is_plain_only_some_seconds_of_a_window_are_listened_to(tmp_path: Path) -> None:
    listened: list[int] = []

    class Counting(FakeEngine):
        def language_shares(self, samples: Any) -> dict[str, float]:
            listened.append(len(samples) // RATE)
            return super().language_shares(samples)

    require_sounds_like(speech_of(tmp_path, english(130)), Counting(), "en", "cs-4k7m2q")
    assert listened == [8] * 5
    listened.clear()
    # Neither one nor the other: the whole window is asked.
    require_sounds_like(speech_of(tmp_path, tone(25, 400)), Counting(), "en", "cs-4k7m2q")
    assert listened == [8, 25]


def test_an_editor_says_once_which_language_a_story_is_in(
    transcribed: Any, tmp_path: Path, run_cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transcribe.engines.chunks.may_be_speech", lambda _samples: True)
    workspace, folder, transcript = transcribed()
    story = transcript.story
    write_wav(folder.speech, french(6))

    def cli(*arguments: str) -> str:
        result = run_cli(*arguments)
        return f"{result.out}{result.err}"

    assert "Whisper knows no language “xx”" in cli("story", "edit", story, "--language", "xx")
    assert "Spoken in: English" in cli("story", "show", story)
    said = cli("story", "edit", story, "--language", "FR")
    assert f"carer-stories transcribe {story} --again" in said
    assert "Spoken in: French" in cli("story", "show", story)
    task = prepare_task(workspace, story, again=True)
    model = Model("m", tmp_path / "m.pt", "0" * 64)

    def heard(options: TranscriptionOptions) -> str:
        result = transcribe_story(task, FakeEngine(), model, options, lambda _: None)
        return result.transcript.words[0].text

    assert heard(TranscriptionOptions()) == "fr"
    assert heard(TranscriptionOptions(language="en", is_language_given=True)) == "en"
    # What was said of the story holds before what was said of an earlier run.
    assert heard(TranscriptionOptions()) == "fr"
