"""Real Whisper code on checkpoints of our own: the contract holds whatever the weights say."""

from __future__ import annotations

import base64
import gzip
import itertools
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.core.errors import BadInput, NotFound, ToolMissing
from library.core.workspace import Workspace
from library.workspace_template import template
from tests.support.engine_contract import holds
from transcribe.engines import models, protocol
from transcribe.engines.models import (
    WHISPER,
    Model,
    find_model,
    load_engine,
    locate_model,
    resolve_model,
)
from transcribe.engines.protocol import (
    MIN_TIMED_WORD_MS,
    RawSegment,
    RawWord,
    TranscriptionOptions,
    settle_words,
)
from transcribe.engines.whisper_engine import WhisperEngine
from transcribe.engines.whisper_tables import official_name_by_shape

QUICK = TranscriptionOptions(beam_size=1, temperature=(0.0,))
DEMO_CHECKPOINT = template().demo / "model" / "demo.pt"


@pytest.fixture(scope="module")
def engine(checkpoint: Path) -> WhisperEngine:
    return WhisperEngine(checkpoint)


def noise(seconds: float) -> Any:
    return np.random.default_rng(3).normal(0, 0.1, int(seconds * 16_000)).astype(np.float32)


# The engine


def test_whispers_own_progress_bar_is_back_afterwards(engine: WhisperEngine) -> None:
    import sys

    import tqdm

    def fail(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.transcribe(noise(2), QUICK, fail)
    assert sys.modules["whisper.transcribe"].tqdm is tqdm


def test_windows_are_told_the_words_before_them(
    engine: WhisperEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for a span that is heard again, and the demonstration's model, which never learnt it."""
    import whisper

    told: list[tuple[bool, float | None]] = []

    def listen(*_: Any, **settings: Any) -> Any:
        skips_silence = settings["hallucination_silence_threshold"]
        told.append((settings["condition_on_previous_text"], skips_silence))
        return {"segments": []}

    monkeypatch.setattr(whisper, "transcribe", listen)
    for tells, is_single_span in itertools.product((True, False), (False, True)):
        monkeypatch.setattr(engine, "_conditions_on_previous_text", tells)
        options = replace(QUICK, is_single_span=is_single_span)
        engine.transcribe(noise(1), options, lambda _: None)
        used = engine.used_options(options)
        assert used["condition_on_previous_text"] is tells
        assert used["hallucination_silence_threshold"] == (None if tells else 2.0)
    assert told == [(True, None), (False, None), (False, 2.0), (False, 2.0)]


@pytest.mark.parametrize("name", ["demo", "base"])
def test_only_the_demonstration_model_never_learnt_it(
    name: str, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def load(*_: Any, conditions_on_previous_text: bool, **__: Any) -> Any:
        asked.append(conditions_on_previous_text)

    monkeypatch.setattr(models, "WhisperEngine", load)
    load_engine(WHISPER, Model(name, Path(f"{name}.pt"), "0" * 64), workspace)
    assert asked == [name != "demo"]


def test_words_without_times_share_their_segments(engine: WhisperEngine) -> None:
    options = TranscriptionOptions(beam_size=1, temperature=(0.0,), word_timestamps=False,
                      hallucination_silence_threshold=None)  # fmt: skip
    holds(engine.transcribe(noise(5), options, lambda _: None), 5_000)


class Explosive:
    """A pickle that would run code when it is opened without care."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return Path.touch, (self.mark,)


def test_code_hidden_in_a_model_file_is_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    hostile_model = tmp_path / "wicked.pt"
    hostile_model.write_bytes(pickle.dumps({"dims": Explosive(mark)}))
    with pytest.raises(BadInput, match="not a Whisper model"):
        WhisperEngine(hostile_model)
    assert not mark.exists()


def test_what_is_no_model_is_refused(tmp_path: Path, checkpoint: Path) -> None:
    import torch

    torch.save({"weights": torch.zeros(3)}, tmp_path / "other.pt")
    (tmp_path / "text.pt").write_text("hello")
    (tmp_path / "empty.pt").write_bytes(b"")
    (tmp_path / "half.pt").write_bytes(checkpoint.read_bytes()[:100_000])
    for name in ("other.pt", "text.pt", "empty.pt", "half.pt"):
        with pytest.raises(BadInput, match=name) as error:
            WhisperEngine(tmp_path / name)
        assert error.value.next_step


# Settling


def segment(*words: RawWord) -> RawSegment:
    return RawSegment(words, 0.0, 1.0, 1.2, 0.01, -0.2)


def test_pieces_of_a_word_are_joined_and_times_put_in_order() -> None:
    recognised = settle_words(
        [
            segment(RawWord(" mother", 0.0, 0.5, 0.9), RawWord("-in-law", 0.5, 0.9, 0.7)),
            segment(RawWord(" came.", 0.8, 0.8, 0.95), RawWord(" ", 0.8, 0.9, 1.0)),
            segment(),
        ],
        2_000,
    )
    first, second = recognised.words
    assert (first.text, first.start, first.end, first.probability) == ("mother-in-law", 0, 900, 0.7)
    assert (second.text, second.start, second.end) == ("came.", 900, 900 + MIN_TIMED_WORD_MS)
    assert [(s.first, s.last) for s in recognised.segments] == [(0, 1), (1, 2)]


numbers = st.floats(-5, 100, allow_nan=False)


@given(
    words=st.lists(st.tuples(st.text(max_size=8), numbers, numbers, numbers), max_size=30),
    duration=st.integers(0, 90_000),
)
def test_whatever_an_engine_gives_is_settled(
    words: list[tuple[str, float, float, float]], duration: int
) -> None:
    raw = [RawWord(" " + text, start, end, probability) for text, start, end, probability in words]
    holds(settle_words([segment(*raw[:15]), segment(*raw[15:])], duration), duration)


# Which model


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an empty cache whose network refuses every connection."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "cache" / "whisper"


def test_a_model_that_is_not_here_says_where_it_was_looked_for(
    workspace: Workspace, nowhere: Path
) -> None:
    for function in (resolve_model, locate_model):
        with pytest.raises(ToolMissing) as error:
            function("small", workspace)
        sentence = str(error.value)
        assert str(workspace.models) in sentence
        assert str(nowhere) in sentence
        assert "small.pt" in sentence
    assert not (nowhere / "small.pt").exists()


def test_half_a_download_is_not_taken_for_the_model(workspace: Workspace, nowhere: Path) -> None:
    nowhere.mkdir(parents=True)
    (nowhere / "tiny.pt").write_bytes(b"half")
    with pytest.raises(ToolMissing, match="could not be downloaded"):
        resolve_model("tiny", workspace)


def test_a_model_brought_over_is_found_by_name(
    workspace: Workspace, nowhere: Path, checkpoint: Path
) -> None:
    copied_model = workspace.models / "large-v3-turbo.pt"
    copied_model.write_bytes(checkpoint.read_bytes())
    model = resolve_model("turbo", workspace)
    assert (model.name, model.path, model.official) == ("turbo", copied_model, None)
    assert locate_model("turbo", workspace) == copied_model


def test_a_path_is_recorded_by_its_name_only(workspace: Workspace, checkpoint: Path) -> None:
    model = resolve_model(str(checkpoint), workspace)
    assert (model.name, model.path) == ("babble", checkpoint)
    assert len(model.sha256) == 64


@pytest.mark.parametrize("name", ["tiny.en", "base", "small.en", "large-v3", "large-v3-turbo"])
def test_a_checkpoint_of_an_official_shape_takes_that_models_heads(name: str) -> None:
    """Trained further, converted there and back, it is no official file any more."""
    import whisper

    # By how many heads Whisper's own table has for it.
    mask = np.frombuffer(
        gzip.decompress(base64.b85decode(whisper._ALIGNMENT_HEADS[name])), dtype=bool
    )
    layers, width, mels = {
        "tiny.en": (4, 384, 80),
        "base": (6, 512, 80),
        "small.en": (12, 768, 80),
        "large-v3": (32, 1280, 128),
        "large-v3-turbo": (4, 1280, 128),
    }[name]
    assert len(mask) == layers * width // 64
    dims = {
        "n_audio_layer": 32 if width == 1280 else layers,
        "n_text_layer": layers,
        "n_text_state": width,
        "n_mels": mels,
        "n_vocab": 51_864 if name.endswith(".en") else 51_865,
    }
    assert official_name_by_shape(dims) == name
    assert official_name_by_shape({**dims, "n_text_layer": layers + 1}) is None


def test_unknown_names_and_paths(workspace: Workspace, nowhere: Path) -> None:
    with pytest.raises(BadInput, match="no Whisper model called “huge”"):
        resolve_model("huge", workspace)
    with pytest.raises(NotFound, match=r"gone\.pt"):
        resolve_model("gone.pt", workspace)
    assert find_model("gone.pt", workspace) is None


def test_an_engine_uses_the_threads_it_is_given_those_of_the_machine_or_those_of_the_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(protocol, "usable_cores", lambda: 3)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    assert protocol.threads_for(None) == 3
    monkeypatch.setattr(protocol, "usable_cores", lambda: 64)
    assert protocol.threads_for(None) == protocol.MAX_THREADS
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert protocol.threads_for(None) == 0, "it reads the variable itself"
    assert protocol.threads_for(2) == 2
