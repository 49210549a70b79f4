"""The quick engine hands the text before on from window to window, until that goes wrong.

The model is a fake: it tells what it was given, and says what is written down for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from library.core.errors import BadInput
from transcribe.engines import whisper_engine
from transcribe.engines.faster_engine import FasterEngine
from transcribe.engines.protocol import (
    RecognisedSpeech,
    TokenBudget,
    TooManyTokens,
    TranscriptionOptions,
)
from transcribe.words import Span

EARLIER = [7, 8, 9]
LOOP, UNLIKELY, SILENT, GOOD = (5.0, -0.1, 0.0), (1.2, -1.4, 0.0), (1.2, -1.4, 0.9), (1.2, -0.3, 0)
EMPTY, EMPTY_AND_SILENT = (0.0, -0.9, 0.3), (0.0, -0.9, 0.9)
"""Compression ratio, log probability and probability of no speech."""


@dataclass(frozen=True)
class Options:
    without_timestamps: bool = False
    no_repeat_ngram_size: int = 0


@dataclass
class FakeModel:
    """A model of faster-whisper that hears one window, after three tokens of earlier text."""

    figures: list[tuple[float, float, float]]
    asked: list[tuple[list[int], int]] = field(default_factory=list)
    temperature: float = 0.0
    token_count: int = 30
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.model = SimpleNamespace(is_multilingual=True)

    def get_prompt(self, _tokenizer: Any, earlier: list[int], **_: Any) -> list[int]:
        return [1, *earlier]

    def generate_with_fallback(
        self, _encoded: Any, prompt: list[int], _tokenizer: Any, options: Options
    ) -> Any:
        ratio, logprob, no_speech = self.figures[len(self.asked)]
        self.asked.append((prompt, options.no_repeat_ngram_size))
        number = len(self.asked)
        result = SimpleNamespace(
            number=number, no_speech_prob=no_speech, sequences_ids=[[1] * self.token_count]
        )
        return result, logprob, 0.0, ratio

    def transcribe(self, _samples: Any, **settings: Any) -> Any:
        self.settings = settings
        prompt = self.get_prompt(None, EARLIER)
        result, logprob, self.temperature, ratio = self.generate_with_fallback(
            None, prompt, None, Options(no_repeat_ngram_size=settings["no_repeat_ngram_size"])
        )
        word = SimpleNamespace(word=f" {result.number}", start=0.0, end=1.0, probability=0.9)
        segment = SimpleNamespace(
            words=[word],
            start=0.0,
            end=1.0,
            compression_ratio=ratio,
            no_speech_prob=result.no_speech_prob,
            avg_logprob=logprob,
        )
        return iter([segment]), None


def heard(model: FakeModel, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> RecognisedSpeech:
    import faster_whisper

    monkeypatch.setattr(faster_whisper, "WhisperModel", lambda *_, **__: model)
    for check in ("is_converted", "has_own_vocabulary"):
        monkeypatch.setattr(f"transcribe.engines.faster_engine.{check}", lambda _: True)
    engine = FasterEngine(Path("a-model"), device="cpu")
    options = replace(TranscriptionOptions(), **changes)
    assert engine.used_options(options)["condition_on_previous_text"] is True
    return engine.transcribe(np.zeros(16_000, np.float32), options, lambda _: None)


@pytest.mark.parametrize(
    ("figures", "taken"),
    [
        ([GOOD], "1"),
        ([SILENT], "1"),
        ([LOOP, GOOD], "2"),
        ([UNLIKELY, GOOD], "2"),
        ([EMPTY, GOOD], "2"),
        ([EMPTY, UNLIKELY], "1"),
        ([EMPTY_AND_SILENT], "1"),
        # The better of two that are both wrong: a loop is worse than unlikely words.
        ([LOOP, UNLIKELY], "2"),
        ([UNLIKELY, LOOP], "1"),
    ],
)
def test_a_window_that_goes_wrong_is_heard_afresh(
    figures: list[tuple[float, float, float]], taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = FakeModel(figures)
    assert [word.text for word in heard(model, monkeypatch).words] == [taken]
    is_heard_afresh = len(figures) > 1
    assert model.asked == [([1, *EARLIER], 0), ([1], 3)][: len(figures)]
    # The next window is not told what came of a wrong one: faster-whisper forgets above 0.5.
    assert (model.temperature > 0.5) is is_heard_afresh


def test_a_span_that_is_heard_again_is_heard_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    first, again = FakeModel([GOOD]), FakeModel([GOOD])
    heard(first, monkeypatch)
    heard(again, monkeypatch, is_single_span=True)
    assert first.settings["condition_on_previous_text"]
    assert not again.settings["condition_on_previous_text"]


def test_only_where_people_talk_is_recognised(monkeypatch: pytest.MonkeyPatch) -> None:
    everywhere, after_music, to_the_end, nowhere = (FakeModel([GOOD]) for _ in range(4))
    assert heard(everywhere, monkeypatch).words
    assert everywhere.settings["clip_timestamps"] == "0"
    first = Span(start=100, end=300)
    assert heard(after_music, monkeypatch, talk=(first, Span(start=600, end=900))).words
    assert after_music.settings["clip_timestamps"] == [0.1, 0.3, 0.6, 0.9]
    assert heard(to_the_end, monkeypatch, talk=(first, Span(start=600, end=1000))).words
    assert to_the_end.settings["clip_timestamps"] == [0.1, 0.3, 0.6]
    assert not heard(nowhere, monkeypatch, talk=()).words
    assert not nowhere.asked


def test_a_model_that_babbles_is_stopped_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second of sound has room for two windows full of words, in case it begins with a loop."""
    assert heard(FakeModel([GOOD], token_count=448), monkeypatch).words
    babbling = FakeModel([GOOD], token_count=1_000)
    with pytest.raises(BadInput, match="far more words than anybody can say in this recording"):
        heard(babbling, monkeypatch)
    again = FakeModel([GOOD], token_count=1_000)
    assert not heard(again, monkeypatch, is_single_span=True).words


def test_a_model_that_hardly_moves_on_is_stopped_too() -> None:
    budget = TokenBudget(11_000)
    for _ in range(11):
        budget.spend(3)
    with pytest.raises(TooManyTokens):
        budget.spend(3)
    # As many words as anybody says, for an hour.
    spoken = TokenBudget(3_600_000)
    for _ in range(180):
        spoken.spend(160)


def test_whisper_counts_each_window_once_and_tries_it_again_only_so_often() -> None:
    tried: list[float] = []

    def decode(_self: Any, _mel: Any, options: Any) -> Any:
        tried.append(options.temperature)
        return SimpleNamespace(tokens=[1] * 224)

    model = type("Model", (), {"decode": decode})()
    ladder = [SimpleNamespace(temperature=0.2 * step) for step in range(6)]
    with whisper_engine._tokens_counted(model, TokenBudget(50_000), 0.0):
        for options in ladder * 5:
            assert len(model.decode(None, options).tokens) == 224
        with pytest.raises(TooManyTokens):
            model.decode(None, ladder[0])
    assert "decode" not in vars(model)
    assert tried.count(0.0) == 5
    assert len(tried) == 5 + 6 + 15, "a sure model tries none, and one that is not most of them"
