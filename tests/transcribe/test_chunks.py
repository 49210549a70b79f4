"""Long recordings: divided where it is quiet, killed and gone on with, and never all in memory."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.media.run_ffmpeg import without_progress
from capture.media.speech import open_speech
from library.core.errors import ToolFailed
from library.core.eta import RemainingTime, remaining_words
from library.core.files import sha256_of
from library.core.workspace import StoryFolder, Workspace
from tests.support.speech_samples import demo_speech, hiss, music, organ, rumble, silence, write_wav
from transcribe import jobs
from transcribe.engines import chunks
from transcribe.engines.models import ENGINES, Model, load_engine
from transcribe.engines.protocol import Engine, RecognisedSpeech, TranscriptionOptions
from transcribe.engines.vad import may_be_speech
from transcribe.engines.voice_activity import raised
from transcribe.pipeline import prepare_task
from transcribe.words import Transcript, read_transcript

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import ForkServerProcess

Made = Callable[..., tuple[Workspace, StoryFolder, Transcript]]
QUICK = TranscriptionOptions(beam_size=1, temperature=(0.0,))


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Twenty-four seconds of an interview."""
    return demo_speech(tmp_path_factory.mktemp("sound"))[: 24 * 16_000]


# Dividing


@given(
    loudness=st.lists(st.floats(-80, 0, allow_nan=False), max_size=400),
    shortest=st.integers(1, 30),
    more=st.integers(0, 30),
)
def test_pieces_cover_everything_in_order_within_bounds(
    loudness: list[float], shortest: int, more: int
) -> None:
    least, most = shortest * 100, (2 * shortest + more) * 100
    cuts = chunks.choose_cuts(loudness, least, most)
    total = len(loudness) * 100
    assert all(cut % 100 == 0 for cut in cuts)
    lengths = [end - start for start, end in pairwise([0, *cuts, total])]
    assert all(length <= most for length in lengths)
    if total > most:
        assert all(length >= least for length in lengths)
    else:
        assert cuts == []


def test_it_is_cut_in_the_silences() -> None:
    """Ninety minutes of talk with a pause of two seconds every forty: each cut lies in one."""
    talk = [-20.0] * 380 + [-70.0] * 20
    cuts = chunks.choose_cuts(talk * 135, chunks.MIN_CHUNK_MS, chunks.MAX_CHUNK_MS)
    assert 8 <= len(cuts) <= 11
    assert all(38_500 <= cut % 40_000 <= 39_500 for cut in cuts)


def test_a_whole_recording_is_read_in_stretches(tmp_path: Path) -> None:
    sound = hiss(130, 0.05)
    speech = open_speech(write_wav(tmp_path / "speech.wav", sound))
    assert speech.duration == 130_000
    blocks = list(speech.blocks())
    assert max(map(len, blocks)) <= 60 * 16_000
    assert np.array_equal(np.concatenate(blocks), speech.read(0, speech.samples))


# Killed in the middle

Hearing = Callable[[Path, str, str, Path], tuple["ForkServerProcess", "Connection"]]


@pytest.fixture
def hear(monkeypatch: pytest.MonkeyPatch) -> Hearing:
    """Begin to transcribe a story in a process of its own; what comes back are the pieces it heard.

    It is forked from a process that has taken in both engines, computed nothing and runs no thread.
    """
    # Compiling the alignment takes longer than aligning so few words.
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["faster_whisper", "whisper", "transcribe.pipeline"])

    def begin(
        root: Path, story: str, engine: str, checkpoint: Path
    ) -> tuple[ForkServerProcess, Connection]:
        here, there = server.Pipe(duplex=False)
        given = (there, root, story, engine, checkpoint)
        process = server.Process(target=_hear_in_small_pieces, args=given)
        process.start()
        there.close()
        return process, here

    return begin


def _hear_in_small_pieces(
    answer: Connection, root: Path, story: str, engine: str, checkpoint: Path
) -> None:
    chunks.MIN_CHUNK_MS, chunks.MAX_CHUNK_MS = 2_000, 4_000  # type: ignore[misc]
    workspace = Workspace(root)
    model = Model("babble", checkpoint, sha256_of(checkpoint))
    setup = jobs.EngineSetup(engine, model, workspace, QUICK, "cpu")
    heard: list[str] = []
    recognise = chunks._recognise

    def noted(*given: Any) -> Any:
        heard.append(given[1].key)
        return recognise(*given)

    chunks._recognise = noted
    task = prepare_task(workspace, story, again=False)
    [(_, _outcome)] = jobs.transcribe_all([task], setup, without_progress)
    answer.send(heard)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_after_a_kill_only_the_unfinished_piece_is_done_again(
    engine: str, hear: Hearing, transcribed: Made, checkpoint: Path, spoken: Any, tmp_path: Path
) -> None:
    workspace, folder, transcript = transcribed()
    folder.transcript.unlink()
    write_wav(folder.speech, spoken[: 9 * 16_000])
    undisturbed = Workspace(tmp_path / "undisturbed")
    shutil.copytree(workspace.root, undisturbed.root)

    whole, told_whole = hear(undisturbed.root, transcript.story, engine, checkpoint)
    first, _ = hear(workspace.root, transcript.story, engine, checkpoint)
    while len(list(folder.chunks.glob("[!.]*.json"))) < 1 and first.is_alive():
        time.sleep(0.001)
    first.kill()
    first.join()
    assert first.exitcode == -signal.SIGKILL
    assert not folder.transcript.exists()
    finished = {path.stem for path in folder.chunks.glob("[!.]*.json")}
    assert finished

    again, told_again = hear(workspace.root, transcript.story, engine, checkpoint)
    every, redone = told_whole.recv(), told_again.recv()
    for process in (whole, again):
        process.join()
        assert process.exitcode == 0
    assert len(every) >= 3  # of two to four seconds
    assert finished | set(redone) == set(every)
    assert not finished & set(redone)
    assert len(redone) == len(every) - len(finished)
    undisturbed_story = undisturbed.story(transcript.story)
    for path in (folder.transcript, folder.editors_copy):
        assert path.read_bytes() == (undisturbed_story.root / path.name).read_bytes()
    assert read_transcript(folder.transcript).words
    assert not folder.chunks.exists()
    assert not undisturbed_story.chunks.exists()


@pytest.fixture(scope="module")
def babbling(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    model = Model("babble", checkpoint, sha256_of(checkpoint))
    model_home = Workspace(tmp_path_factory.mktemp("home"))
    return load_engine("faster", model, model_home, device="cpu", threads=1)


class Counting:
    """An engine that counts how often it is asked, but for what it is to hear again."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.calls = 0
        self.name = engine.name
        self.is_multilingual = engine.is_multilingual
        self.language_shares = engine.language_shares

    def used_options(self, options: TranscriptionOptions) -> Any:
        return self._engine.used_options(options)

    def transcribe(
        self, samples: Any, options: TranscriptionOptions, on_progress: Any
    ) -> RecognisedSpeech:
        self.calls += not options.is_single_span
        return self._engine.transcribe(samples, options, on_progress)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "MIN_CHUNK_MS", 4_000)
    monkeypatch.setattr(chunks, "MAX_CHUNK_MS", 8_000)


def test_kept_words_are_used_only_for_the_same_sound_options_and_model(
    babbling: Engine, spoken: Any, tmp_path: Path, short: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is heard again is not counted, and takes longer than all the rest.
    monkeypatch.setattr(chunks, "hear_again", lambda _samples, heard, *_more: heard)
    speech = open_speech(write_wav(tmp_path / "speech.wav", spoken))
    folder = tmp_path / "pieces"
    engine = Counting(babbling)

    def count_request(
        options: TranscriptionOptions = QUICK, model: str = "m", sound: Any = speech
    ) -> int:
        before = engine.calls
        chunks.transcribe(sound, folder, engine, options, model, lambda _: None)
        return engine.calls - before

    number = count_request()
    assert number >= 3
    assert count_request() == 0
    assert count_request(model="other") == number
    assert count_request(TranscriptionOptions(beam_size=2)) == number
    changed = spoken.copy()
    changed[10 * 16_000 : 10 * 16_000 + 50] += 0.01
    assert count_request(sound=open_speech(write_wav(tmp_path / "other.wav", changed))) == 1
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:-9])  # torn, or of another version
    assert count_request() == number
    chunks.remove_chunks(folder)
    assert not folder.exists()
    chunks.remove_chunks(folder)


def test_what_is_heard_again_is_part_of_the_progress(
    babbling: Engine, spoken: Any, tmp_path: Path, short: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    speech = open_speech(write_wav(tmp_path / "speech.wav", spoken[: 12 * 16_000]))
    progress: list[int] = []
    before: list[int] = []

    def again(
        _samples: Any, heard: Any, _engine: Any, _options: Any, on_share: Any, _voiced: Any
    ) -> Any:
        before.append(progress[-1])
        on_share(0.5)
        return heard

    monkeypatch.setattr(chunks, "hear_again", again)
    chunks.transcribe(speech, tmp_path / "pieces", babbling, QUICK, "m", progress.append)
    assert before
    assert before[-1] < progress[-2] < speech.duration
    assert progress == sorted(progress)
    assert progress[-1] == speech.duration


def test_progress_begins_with_what_is_done_already_and_never_goes_back(
    babbling: Engine, spoken: Any, tmp_path: Path, short: None
) -> None:
    speech = open_speech(write_wav(tmp_path / "speech.wav", spoken))
    folder = tmp_path / "pieces"
    progress: list[int] = []
    whole_run = chunks.transcribe(speech, folder, babbling, QUICK, "m", progress.append)
    assert progress[0] == 0
    assert progress == sorted(progress)
    assert progress[-1] == speech.duration
    next(folder.iterdir()).unlink()
    progress.clear()
    assert chunks.transcribe(speech, folder, babbling, QUICK, "m", progress.append) == whole_run
    assert progress[0] > 10_000
    assert progress == sorted(progress)
    assert progress[-1] == speech.duration
    clock = 0
    for word in whole_run.words:
        assert clock <= word.start <= word.end <= speech.duration
        clock = word.end


def test_the_time_left_is_of_the_measured_speed() -> None:
    pace = RemainingTime(total=90 * 60_000)
    assert pace.seconds_left(30 * 60_000, now=100.0) is None  # done by an earlier run
    assert pace.seconds_left(30 * 60_000, now=200.0) is None
    assert pace.seconds_left(40 * 60_000, now=200.0) == 500.0
    assert [remaining_words(left) for left in (None, 20, 500, 5_400)] == [
        "measuring the speed",
        "less than a minute left",
        "about 8 min left",
        "about 1 h 30 min left",
    ]


# Nobody speaking

NOBODY = {
    "silence": lambda: silence(6),
    "hiss": lambda: hiss(12, 0.1),
    "faint hiss": lambda: hiss(12, 0.004),
    "rumble": lambda: rumble(12, 0.3),
    "plucked chords": lambda: music(12),
    "quick notes": lambda: music(12, beat=0.2),
    "slow notes": lambda: music(12, beat=1.0),
    "held chord": lambda: organ(12),
    "chords and hiss": lambda: music(12) + hiss(12, 0.005),
}


@pytest.mark.parametrize("name", NOBODY)
def test_where_nobody_speaks_the_engine_is_not_asked(
    name: str, babbling: Engine, tmp_path: Path
) -> None:
    speech = open_speech(write_wav(tmp_path / "speech.wav", NOBODY[name]()))
    engine = Counting(babbling)
    recognised = chunks.transcribe(speech, tmp_path / "kept", engine, QUICK, "m", lambda _: None)
    assert (recognised, engine.calls) == (RecognisedSpeech((), ()), 0)


def test_where_a_voice_is_found_the_engine_is_asked_whatever_else_was_measured(
    babbling: Engine, spoken: Any, tmp_path: Path
) -> None:
    """A recording that was made far too quiet is all below the level of silence."""
    sound = spoken * (0.0009 / float(np.abs(spoken).max()))
    assert not may_be_speech(sound)
    speech = open_speech(write_wav(tmp_path / "speech.wav", sound))
    engine = Counting(babbling)
    chunks.transcribe(speech, tmp_path / "kept", engine, QUICK, "m", lambda _: None)
    assert engine.calls
    assert float(np.abs(raised(sound)).max()) == pytest.approx(0.05)
    assert raised(spoken) is spoken


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["hiss", "plucked chords"])
def test_noise_and_music_give_an_empty_transcript_and_a_sentence(
    name: str, engine: str, run_cli: Any, transcribed: Made, checkpoint: Path
) -> None:
    _, folder, transcript = transcribed()
    folder.transcript.unlink()
    write_wav(folder.speech, NOBODY[name]())
    result = run_cli("transcribe", transcript.story, "--engine", engine, "--model", checkpoint)
    assert result.code == 0, result.err
    assert "no speech was heard" in result.out
    assert read_transcript(folder.transcript).words == ()


def test_a_voice_is_never_held_back(spoken: Any) -> None:
    """Not faint, not in noise as loud as itself, over music, late, short, or in a long silence."""
    seconds = len(spoken) / 16_000
    loudness = float(spoken.std())
    assert may_be_speech(spoken)
    assert may_be_speech(spoken * 0.02)
    assert may_be_speech(spoken + hiss(seconds, loudness)[: len(spoken)])
    assert may_be_speech(spoken + music(seconds, 3 * loudness)[: len(spoken)])
    assert may_be_speech(spoken + rumble(seconds, 4 * loudness)[: len(spoken)])
    assert may_be_speech(np.concatenate([hiss(300, 0.01), spoken[: 3 * 16_000]]))
    assert may_be_speech(np.concatenate([silence(60), spoken[8_000:24_000], silence(61)]))
    assert may_be_speech(spoken[16_000:24_000])


def test_an_engine_that_doubts_everything_it_heard_is_believed(spoken: Any, tmp_path: Path) -> None:
    """Unless a voice is found, as in a whisper: then the words stay, and are marked."""
    from transcribe.pipeline import _without_invented_words
    from transcribe.words import Segment, Word

    def recognise(*doubts: float) -> RecognisedSpeech:
        words = tuple(Word(text="you", start=n * 100, end=n * 100 + 50) for n in range(len(doubts)))
        return RecognisedSpeech(
            words,
            tuple(
                Segment(
                    first=n,
                    last=n + 1,
                    start=n * 100,
                    end=n * 100 + 50,
                    compression_ratio=0.8,
                    no_speech_probability=probability,
                    average_logprob=-1.2,
                )
                for n, probability in enumerate(doubts)
            ),
        )

    quiet = open_speech(write_wav(tmp_path / "quiet.wav", hiss(12, 0.01)))
    assert _without_invented_words(recognise(0.9, 0.7), quiet) == RecognisedSpeech((), ())
    some_doubt = recognise(0.9, 0.2)  # doubt about a part is for the editor to see
    assert _without_invented_words(some_doubt, quiet) == some_doubt
    voice = open_speech(write_wav(tmp_path / "voice.wav", spoken))
    assert _without_invented_words(recognise(0.9, 0.7), voice) == recognise(0.9, 0.7)


# Several stories


def test_all_that_wait_are_transcribed_side_by_side(
    run_cli: Any, transcribed: Made, checkpoint: Path, workspace: Workspace, spoken: Any
) -> None:

    from library.consent.withdrawals import record_withdrawal

    stories = []
    for number in range(4):
        _, folder, transcript = transcribed()
        if number:
            folder.transcript.unlink()
        write_wav(folder.speech, spoken[number * 16_000 : (number + 2) * 16_000])
        stories.append((transcript.story, folder))
    done_story, waiting_story, damaged, withdrawn = stories
    done_story[1].editors_copy.write_text("The words are there, and somebody is at work on them.\n")
    before = done_story[1].transcript.read_bytes()
    record_withdrawal(workspace, withdrawn[0], "contributor")
    damaged[1].speech.write_bytes(damaged[1].speech.read_bytes()[:2_000])

    arguments = ("--all-waiting", "--jobs", "2", "--engine", "faster", "--model", checkpoint)
    result = run_cli("transcribe", *arguments, "--json")

    assert result.code == 5, result.err  # the damaged one, said with its path; the other was done
    assert "1 of 2 stories could not be transcribed" in result.err
    assert str(damaged[1].speech) in result.err
    assert [entry["id"] for entry in json.loads(result.out)] == [waiting_story[0]]
    assert read_transcript(waiting_story[1].transcript).engine.startswith("faster-whisper")
    assert read_transcript(waiting_story[1].transcript).options["compute_type"] == "int8"
    assert done_story[1].transcript.read_bytes() == before
    assert not withdrawn[1].transcript.exists()

    damaged[1].speech.unlink()
    second_run = run_cli("transcribe", "--all-waiting")
    assert (second_run.code, "No story is waiting" in second_run.out) == (0, True)
    assert run_cli("transcribe").code == 2
    assert run_cli("transcribe", waiting_story[0], "--all-waiting").code == 2


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the processes are found in /proc")
def test_a_process_that_is_killed_takes_one_story_with_it_and_the_others_are_told(
    run_cli: Any, transcribed: Made, checkpoint: Path, workspace: Workspace, spoken: Any
) -> None:
    folders = {}
    for number in range(3):
        _, folder, transcript = transcribed()
        folder.transcript.unlink()
        write_wav(folder.speech, spoken[number * 16_000 : (number + 2) * 16_000])
        folders[transcript.story] = folder
    engine = ("--engine", "faster", "--model", str(checkpoint))
    command = ("transcribe", "--all-waiting", "--jobs", "2", *engine, "--json")
    running = subprocess.Popen(
        [sys.executable, "-m", "carer_stories", *command],
        cwd=workspace.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not (workers := _workers_of(running.pid)):
        assert time.monotonic() < deadline
        assert running.poll() is None
        time.sleep(0.01)
    os.kill(workers[0], signal.SIGKILL)
    out, err = running.communicate(timeout=300)

    assert running.returncode == ToolFailed.exit_code, err
    done = {entry["id"] for entry in json.loads(out)}
    (dead,) = folders.keys() - done
    assert f"{dead}: The process that transcribed it ended before it was done" in err
    assert "1 of 3 stories could not be transcribed" in err
    assert "Run the same command again, with fewer --jobs" in err
    assert {story for story, folder in folders.items() if folder.transcript.exists()} == done
    result = run_cli(*command)
    assert (result.code, [entry["id"] for entry in json.loads(result.out)]) == (0, [dead]), (
        result.err
    )


def _workers_of(parent: int) -> list[int]:
    """The processes that a command has begun to transcribe in."""
    process_ids = []
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            is_child = path.joinpath("stat").read_text().rpartition(")")[2].split()[1] == str(
                parent
            )
            if is_child and b"spawn_main" in path.joinpath("cmdline").read_bytes():
                process_ids.append(int(path.name))
    return sorted(process_ids)


def test_the_engine_of_the_settings_is_used(
    run_cli: Any, transcribed: Made, checkpoint: Path, workspace: Workspace, spoken: Any
) -> None:
    _, folder, transcript = transcribed()
    write_wav(folder.speech, spoken[: 2 * 16_000])
    for line, engine in (
        ("model: small\n", "faster-whisper"),
        ("engine: whisper\n", "openai-whisper"),
        ("engine: faster\n", "faster-whisper"),
    ):
        workspace.settings.write_text(line, encoding="utf-8")
        result = run_cli("transcribe", transcript.story, "--model", checkpoint, "--again")
        assert result.code == 0, result.err
        assert read_transcript(folder.transcript).engine.startswith(engine)
    workspace.settings.write_text("engine: fastest\n", encoding="utf-8")
    wrong_result = run_cli("transcribe", transcript.story, "--again")
    assert (wrong_result.code, "settings.yml" in wrong_result.err) == (2, True)
