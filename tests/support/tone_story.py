"""A story whose recording has a short tone of its own pitch for every word: what is heard shows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from capture.media.speech import read_speech
from capture.media.working_copy import extract_speech
from library.core.workspace import StoryFolder, Workspace
from tests.support import sample_media
from tests.support.command_line import CommandResult
from tests.support.imported_words import copy_story, story_with_words
from tests.support.workspaces import make_workspace
from transcribe.words import Word

Cli = Callable[..., CommandResult]
RATE = 16_000
WORDS = ("Nobody", "asked", "Daniel", "what", "he", "knew.", "Nobody", "ever", "did.", "Never.")
PITCH = tuple(500 + 250 * number for number in range(len(WORDS)))
START = tuple(1_500 + 1_000 * number for number in range(len(WORDS)))
LONG = 300


def _recording() -> Path:
    return sample_media.made_once("marks.mp4", _record)


def _record(to: Path) -> None:
    tones = "+".join(
        f"0.4*sin(2*PI*{pitch}*t)*between(t,{start / 1000},{(start + LONG) / 1000})"
        for pitch, start in zip(PITCH, START, strict=True)
    )
    sample_media.ffmpeg(
        "-f", "lavfi", "-i", "testsrc=s=160x120:r=25:d=13",
        "-f", "lavfi", "-i", f"aevalsrc='{tones}+0.001*sin(2*PI*100*t)':s=48000:d=13",
        "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "192k", "-shortest", to,
    )  # fmt: skip


def toned_story(workspace: Workspace) -> StoryFolder:
    """Thirteen seconds of picture, with a tone of 300 ms for each word."""
    return _copied("imported", _import, workspace)


def toned_film(workspace: Workspace) -> StoryFolder:
    """Return the story with its film, in which every word is kept."""
    return _copied("filmed", _film, workspace)


def _copied(name: str, make: Callable[[Path], None], workspace: Workspace) -> StoryFolder:
    made = Workspace(sample_media.made_once(name, make))
    (root,) = made.stories.iterdir()
    return copy_story(made.story(root.name), workspace)


def _film(to: Path) -> None:
    workspace = make_workspace(to)
    story = toned_story(workspace)
    copy = to.with_name("every-word.md")
    copy.write_text(_as_said(" ".join(WORDS)))
    for line in (("edit", story.root.name, "--apply", copy, "--yes"), ("film", story.root.name)):
        command = [sys.executable, "-m", "carer_stories", *map(str, line)]
        subprocess.run(command, cwd=workspace.root, check=True, capture_output=True, timeout=300)


def _import(to: Path) -> None:
    words = (
        Word(text=text, start=start, end=start + LONG)
        for text, start in zip(WORDS, START, strict=True)
    )
    story_with_words(make_workspace(to), _recording(), words)


def heard(path: Path, tmp_path: Path) -> npt.NDArray[np.float32]:
    to = tmp_path / f"{path.stem}.wav"
    to.unlink(missing_ok=True)
    extract_speech(path, to, 20_000)
    return read_speech(to)


def marks(sound: npt.NDArray[np.float32], pitch: int) -> list[int]:
    """Return the starts (ms) of tones of this pitch, found by correlation in steps of 2 ms."""
    step, width = RATE // 500, RATE // 50
    times = np.arange(len(sound)) / RATE
    shifted = sound * np.exp(-2j * np.pi * pitch * times)
    total = np.concatenate([[0], np.cumsum(shifted)])
    at = np.arange(0, len(sound) - width, step)
    level = np.abs(total[at + width] - total[at]) / width
    is_present = level > 0.05
    begins = np.flatnonzero(is_present & ~np.concatenate([[False], is_present[:-1]]))
    # The window is half in when the level is half way: its middle is where the tone begins.
    return [int((at[start] + width // 2) * 1000 / RATE) for start in begins]


def tone_level(sound: npt.NDArray[np.float32], pitch: int, at: int) -> float:
    """Return how loud a tone of this pitch is in the 40 ms from `at`."""
    part = sound[at * RATE // 1000 : (at + 40) * RATE // 1000]
    return float(np.abs(np.mean(part * np.exp(-2j * np.pi * pitch * np.arange(len(part)) / RATE))))


def edit(run_cli: Cli, story: StoryFolder, text: str, tmp_path: Path) -> None:
    copy = tmp_path / "edited.md"
    copy.write_text(_as_said(text))
    result = run_cli("edit", story.root.name, "--apply", copy, "--yes")
    assert result.code == 0, result.err


def _as_said(text: str) -> str:
    return f"[00:01] Ruth: {text}\n"
