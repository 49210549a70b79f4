"""One contract, both engines, on the real code of each and checkpoints of our own."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from library.core.errors import BadInput, NotFound, ToolMissing
from library.core.files import sha256_of
from library.core.workspace import Workspace
from library.workspace_template import template
from tests.support.engine_contract import holds
from tests.support.speech_samples import demo_speech, hiss, write_wav
from transcribe.engines.models import (
    ENGINES,
    WHISPER,
    Model,
    converted_model,
    engine_for,
    load_engine,
    resolve_model,
)
from transcribe.engines.protocol import (
    Engine,
    RecognisedSpeech,
    TranscriptionOptions,
    pick_device,
)
from transcribe.words import DEMO_MODEL, Span

QUICK = TranscriptionOptions(beam_size=1, temperature=(0.0,))
DEMO_CHECKPOINT = template().demo / "model" / "demo.pt"
needs_demo = pytest.mark.skipif(
    not DEMO_CHECKPOINT.is_file(), reason="the demonstration's model is not here"
)


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An interview of the demonstration."""
    return demo_speech(tmp_path_factory.mktemp("sound"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    from tests.support.workspaces import make_workspace

    return make_workspace(tmp_path_factory.mktemp("home") / "library")


@pytest.fixture(scope="module")
def babbling(checkpoint: Path) -> Model:
    return Model("babble", checkpoint, sha256_of(checkpoint))


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest, babbling: Model, home: Workspace) -> Engine:
    return load_engine(request.param, babbling, home, device="cpu", threads=1)


class TestContract:
    def test_words_in_order_and_progress_up_to_the_end(self, engine: Engine, spoken: Any) -> None:
        progress: list[int] = []
        recognised = engine.transcribe(spoken[: 32 * 16_000], QUICK, progress.append)
        assert recognised.words
        holds(recognised, 32_000)
        assert progress == sorted(progress)
        assert progress[-1] == 32_000

    def test_only_where_people_talk_words_are_heard(self, engine: Engine, spoken: Any) -> None:
        talk = (Span(start=1_000, end=2_500), Span(start=4_000, end=5_500))
        options = replace(QUICK, talk=talk)
        recognised = engine.transcribe(spoken[: 8 * 16_000], options, lambda _: None)
        assert recognised.words
        for word in recognised.words:
            assert any(span.start <= word.middle <= span.end for span in talk)
        assert engine.used_options(options) == engine.used_options(QUICK)

    @pytest.mark.parametrize("more", range(1, 160, 17))
    def test_talk_up_to_the_end_comes_to_an_end(
        self, engine: Engine, spoken: Any, more: int
    ) -> None:
        """Of a sound that is no whole number of frames, wherever the last one is rounded to."""
        sound = spoken[: 16_000 + more]
        options = replace(QUICK, talk=(Span(start=0, end=-(-len(sound) // 16)),))
        assert engine.transcribe(sound, options, lambda _: None) == engine.transcribe(
            sound, QUICK, lambda _: None
        )

    def test_the_same_sound_gives_the_same_words(self, engine: Engine, spoken: Any) -> None:
        """Dice that an engine throws are the same each time."""
        options = TranscriptionOptions(beam_size=1, temperature=(0.8,))
        sound = spoken[: 3 * 16_000]
        first = engine.transcribe(sound, options, lambda _: None)
        engine.transcribe(spoken[16_000 : 2 * 16_000], options, lambda _: None)
        assert engine.transcribe(sound, options, lambda _: None) == first

    @pytest.mark.parametrize("samples", [0, 1, 1_000, 8_000])
    def test_next_to_nothing_is_no_crash(self, engine: Engine, samples: int) -> None:
        progress: list[int] = []
        recognised = engine.transcribe(hiss(1)[:samples], QUICK, progress.append)
        holds(recognised, samples // 16)
        assert progress[-1] == samples // 16

    def test_what_is_recorded_says_engine_version_device_and_options(self, engine: Engine) -> None:
        assert "whisper 2" in engine.name or "whisper 1" in engine.name
        assert engine.name.endswith("on cpu")
        assert {"language", "beam_size", "temperature"} <= engine.used_options(QUICK).keys()


# The demonstration's own model


HeardBy = Callable[[str], RecognisedSpeech]


@pytest.fixture(scope="module")
def heard_by(home: Workspace, spoken: Any) -> HeardBy:
    """The words of the interview by an engine and the demonstration’s model, heard once."""

    @functools.cache
    def hear(engine: str) -> RecognisedSpeech:
        model = resolve_model("demo", home)
        assert model.is_demo
        listening = load_engine(engine, model, home)
        return listening.transcribe(spoken, TranscriptionOptions(), lambda _: None)

    return hear


@pytest.fixture(scope="module")
def truth() -> list[tuple[str, int, int]]:
    """The words of the interview as they were said, with their times."""
    import msgspec

    script = template().demo / "a-different-experience.words.json"
    words: list[tuple[str, int, int]] = msgspec.json.decode(script.read_bytes())
    return words


@needs_demo
@pytest.mark.slow
@pytest.mark.parametrize("name", ENGINES)
def test_the_demo_model_hears_the_words(
    name: str, heard_by: HeardBy, spoken: Any, truth: list[tuple[str, int, int]]
) -> None:
    import jiwer

    from transcribe.words import normalised

    recognised = heard_by(name)
    holds(recognised, len(spoken) // 16)
    spoken_words = " ".join(normalised(text) for text, *_ in truth)
    assert (
        jiwer.wer(spoken_words, " ".join(normalised(word.text) for word in recognised.words)) <= 0.1
    )


@needs_demo
@pytest.mark.slow
def test_the_demo_model_hears_a_demo_interview(
    heard_by: HeardBy, spoken: Any, truth: list[tuple[str, int, int]]
) -> None:
    """Its sound, the product's own settings, and words and times compared with the script's."""
    import jiwer
    from rapidfuzz.distance import Levenshtein

    from transcribe.words import normalised

    recognised = heard_by(WHISPER)
    holds(recognised, len(spoken) // 16)
    truth_words = [normalised(text) for text, *_ in truth]
    heard_words = [normalised(word.text) for word in recognised.words]
    assert jiwer.wer(" ".join(truth_words), " ".join(heard_words)) <= 0.05
    start_errors = sorted(
        abs(recognised.words[step.dest_start + n].start - truth[step.src_start + n][1])
        for step in Levenshtein.opcodes(truth_words, heard_words)
        if step.tag == "equal"
        for n in range(step.src_end - step.src_start)
    )
    assert start_errors[len(start_errors) // 2] <= 150


# The device


def test_the_device_is_picked_or_named() -> None:
    assert pick_device("auto", cuda=True) == "cuda"
    assert pick_device("auto", cuda=False) == "cpu"
    assert pick_device("cpu", cuda=True) == "cpu"
    with pytest.raises(ToolMissing, match="no CUDA"):
        pick_device("cuda", cuda=False)
    with pytest.raises(BadInput, match="tpu"):
        pick_device("tpu", cuda=True)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("stage", "error", "code", "sentence"),
    [
        ("load", "CUDA failed with error out of memory", 7, "the memory of the graphics card"),
        ("recognise", "Library libcublas.so.12 is not found", 9, "--device cpu"),
    ],
)
def test_a_graphics_card_that_fails_is_no_broken_model(
    run_cli: Any,
    transcribed: Any,
    babbling: Model,
    spoken: Any,
    monkeypatch: pytest.MonkeyPatch,
    engine: str,
    stage: str,
    error: str,
    code: int,
    sentence: str,
) -> None:
    """Deleting the model, as for one that is not whole, would help nothing."""
    import ctranslate2
    import faster_whisper
    import torch
    import whisper

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(error)

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(ctranslate2, "get_cuda_device_count", lambda: 1)
    monkeypatch.setattr(ctranslate2, "get_supported_compute_types", lambda _: {"float32"})
    model = SimpleNamespace(
        transcribe=fail,
        dims=SimpleNamespace(),
        is_multilingual=False,
        model=SimpleNamespace(is_multilingual=False),
        generate_with_fallback=fail,
    )
    # The conversion for the other engine reads the checkpoint with Whisper's own reader.
    converted_model(babbling, transcribed()[0])
    monkeypatch.setattr(whisper, "transcribe", fail)
    load = fail if stage == "load" else lambda *_, **__: model
    monkeypatch.setattr(faster_whisper, "WhisperModel", load)
    monkeypatch.setattr(whisper, "load_model", load)
    _, folder, transcript = transcribed()
    folder.transcript.unlink()
    write_wav(folder.speech, spoken[: 2 * 16_000])

    result = run_cli("transcribe", transcript.story, "--engine", engine, "--model", babbling.path)

    assert result.code == code, result.err
    assert sentence in result.err
    assert "Delete it" not in result.err


# Conversion


def test_the_converted_tokenizer_is_whispers_own(babbling: Model, home: Workspace) -> None:
    from tokenizers import Tokenizer
    from whisper.tokenizer import get_tokenizer

    folder = converted_model(babbling, home)
    converted: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
    whispers = get_tokenizer(multilingual=False)
    for text in (
        " Nobody would talk to me, and I couldn't sleep.",
        "It's 20 to 9 — the crisis team's “duty” line rang out…  twice.\n\n",
        "Zoë & François paid £3.50 for naïve café au lait 👩‍👩‍👧 日本語 e\u0301",
        " \t  ''they'll''  we've 1,905",
        "",
    ):
        ids = converted.encode(text, add_special_tokens=False).ids
        assert ids == whispers.encode(text)
        assert converted.decode(ids) == whispers.decode(ids)
    for name, rank in whispers.special_tokens.items():
        assert converted.token_to_id(name) == rank


def test_the_converted_model_hears_as_the_checkpoint_does(
    babbling: Model, home: Workspace, spoken: Any
) -> None:
    """The encoder's output is the same numbers but for rounding."""
    import ctranslate2
    import torch
    import whisper

    mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(spoken[: 20 * 16_000]))[None]
    with torch.no_grad():
        original = whisper.load_model(str(babbling.path)).encoder(mel).numpy()
    model = ctranslate2.models.Whisper(
        str(converted_model(babbling, home)), device="cpu", compute_type="float32"
    )
    converted = np.array(model.encode(ctranslate2.StorageView.from_array(mel.numpy()), to_cpu=True))
    assert np.abs(converted - original).max() < 0.05 * np.abs(original).max()
    assert np.corrcoef(converted.ravel(), original.ravel())[0, 1] > 0.999


def test_a_model_is_converted_once_and_never_taken_for_another(
    babbling: Model, home: Workspace
) -> None:
    folder = converted_model(babbling, home)
    before = (folder / "model.bin").stat().st_mtime_ns
    assert converted_model(babbling, home) == folder
    assert (folder / "model.bin").stat().st_mtime_ns == before
    other = Model(babbling.name, babbling.path, "0" * 64)
    assert converted_model(other, home) != folder
    (folder / "tokenizer.json").unlink()  # a whole model, or it is made again
    assert (converted_model(babbling, home) / "tokenizer.json").is_file()


def test_the_script_converts_a_checkpoint(tmp_path: Path, babbling: Model) -> None:
    command = [sys.executable, "-m", "scripts.convert_checkpoint", str(babbling.path)]
    root = Path(__file__).resolve().parents[2]
    for code in (0, 2):  # a second time the folder holds something
        result = subprocess.run(
            [*command, str(tmp_path / "out")], cwd=root, capture_output=True, check=False
        )
        assert result.returncode == code, result.stderr
    from transcribe.engines.conversion import is_converted

    assert is_converted(tmp_path / "out")


def test_what_is_no_converted_model_is_refused(
    tmp_path: Path, babbling: Model, home: Workspace
) -> None:
    import shutil

    from transcribe.engines.faster_engine import FasterEngine

    model_folder = converted_model(babbling, home)
    with pytest.raises(BadInput, match="not a converted"):
        FasterEngine(tmp_path / "nothing")
    for name in ("model.bin", "tokenizer.json", "config.json", "vocabulary.json"):
        broken = tmp_path / name
        shutil.copytree(model_folder, broken)
        (broken / name).write_bytes((broken / name).read_bytes()[:100])
        with pytest.raises(BadInput, match="not a converted"):
            FasterEngine(broken)
    shutil.copytree(model_folder, tmp_path / "of another")
    (tmp_path / "of another" / "vocabulary.json").write_text('["hello"]')
    with pytest.raises(BadInput, match="not a converted"):
        FasterEngine(tmp_path / "of another")


def test_a_folder_in_the_other_format_is_named_like_a_file(
    babbling: Model, home: Workspace, spoken: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "our-own-ct2"
    shutil.copytree(converted_model(babbling, home), folder)
    (folder / "vocabulary.json").rename(folder / "vocabulary.txt")  # as older converters wrote it
    model = resolve_model(f"{folder}/", home)
    assert model == Model("our-own-ct2", folder, sha256_of(folder / "model.bin"))
    assert converted_model(model, home) == folder
    assert resolve_model(str(folder / "model.bin"), home) == model
    with pytest.raises(BadInput, match="only faster-whisper reads"):
        load_engine("whisper", model, home)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(NotFound, match="not whole: tokenizer"):
        resolve_model(str(folder), home)
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFound, match="no model in the folder"):
        resolve_model(str(tmp_path / "empty"), home)


def test_a_checkpoint_is_read_as_pytorch_reads_it(checkpoint: Path) -> None:
    import whisper

    from transcribe.engines.whisper_tables import open_checkpoint

    for path in (checkpoint, DEMO_CHECKPOINT):
        theirs = whisper.load_model(str(path), device="cpu")
        ours = open_checkpoint(path)
        weights = {name: part.float().numpy() for name, part in theirs.state_dict().items()}
        assert ours.weights.keys() == weights.keys()
        assert all(np.array_equal(ours.weights[name], weights[name]) for name in weights)
        assert [list(head) for head in ours.alignment_heads] == (
            theirs.alignment_heads.indices().T.tolist()
        )


def test_the_tables_are_whispers_own() -> None:
    """Made again from the package that is installed: `python -m scripts.whisper_tables`."""
    from scripts.whisper_tables import tables
    from transcribe.engines.whisper_tables import _tables

    assert _tables() == tables()


# The engine where none is named, what it needs, and the network


def test_the_quick_engine_is_taken_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = Model("base", tmp_path / "base.pt", "0" * 64)
    demo = Model(DEMO_MODEL, tmp_path / "demo.pt", "0" * 64)
    folder = Model("base-ct2", tmp_path, "0" * 64)
    assert list(map(engine_for, (checkpoint, folder, demo))) == ["faster", "faster", "whisper"]
    monkeypatch.setitem(sys.modules, "ctranslate2", None)
    assert engine_for(checkpoint) == "whisper"
    # No other engine reads it: the sentence says what is missing.
    assert engine_for(folder) == "faster"
    monkeypatch.setattr("transcribe.engines.models.has_whisper", lambda: False)
    assert list(map(engine_for, (checkpoint, folder, demo))) == ["faster"] * 3


def test_without_pytorch_the_pip_command_of_the_other_engine_is_said(
    run_cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transcribe.engines.whisper_engine.has_whisper", lambda: False)
    result = run_cli("transcribe", "cs-zzzzzz", "--engine", "whisper")
    assert result.code == 8
    assert "-m pip install openai-whisper" in result.err
    assert "Use --engine faster." in result.err


def test_without_the_extra_the_pip_command_is_said(
    run_cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("faster_whisper", "ctranslate2"):
        monkeypatch.setitem(sys.modules, name, None)
    result = run_cli("transcribe", "cs-zzzzzz", "--engine", "faster")
    assert result.code == 8
    assert 'pip install "carer-stories[fast]"' in result.err


def test_the_faster_engine_opens_no_connection(
    tmp_path: Path, babbling: Model, home: Workspace, spoken: Any
) -> None:
    """In a process of its own whose sockets refuse to be made."""
    np.save(tmp_path / "sound.npy", spoken[:80_000])
    folder = converted_model(babbling, home)
    program = (
        "import socket, sys, numpy\n"
        "from pathlib import Path\n"
        "def refuse(*_, **__): raise SystemExit('a connection was tried')\n"
        "socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse\n"
        "from transcribe.engines.faster_engine import FasterEngine\n"
        "from transcribe.engines.protocol import TranscriptionOptions\n"
        "engine = FasterEngine(Path(sys.argv[1]), device='cpu', threads=1)\n"
        "options = TranscriptionOptions(beam_size=1)\n"
        "engine.transcribe(numpy.load(sys.argv[2]), options, lambda _: None)\n"
        "print('done')\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(folder), str(tmp_path / "sound.npy")],
        cwd=Path(__file__).resolve().parents[2],
        env={k: v for k, v in os.environ.items() if not k.startswith("HF_")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout.strip()) == (0, "done"), result.stderr
