"""From opening the station to a transcribed story, spoken into a real browser's microphone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capture.recording.originals import read_manifest
from capture.recording.session_markers import read_session
from library.core.workspace import Workspace
from library.workspace_template import template
from tests.support import sample_media
from tests.support.command_line import CommandResult
from tests.support.live_station import station_process, until
from tests.support.station_page import (
    RATE,
    Window,
    agree_in_full,
    demo_speech,
    keep_recording,
    open_window,
)
from transcribe.words import EditedTranscript, read_edited

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SLUG = "nobody-would-talk-to-me"
SECONDS = 44.0
SILENCE = 5.0
"""Seconds before the first word: until the recording has begun."""
QUESTIONS = ("beginning", "first-contact", "confidentiality")
ASKED = (
    "Can you tell me who you care for?",
    "What happened when you first asked for help?",
    "What were you told about confidentiality?",
)
NEAR = 300
"""Milliseconds by which a mark or a chapter may miss its question."""


def spoken_questions() -> list[int]:
    """The beginning of each question, in milliseconds of the demonstration's recording."""
    words = json.loads((template().demo / f"{SLUG}.words.json").read_text(encoding="utf-8"))
    question_starts = [
        start
        for number, (text, start, _, speaker) in enumerate(words)
        if speaker == "interviewer"
        and text in ("Can", "What")
        and (number == 0 or words[number - 1][0][-1] in ".?")
    ]
    return question_starts[: len(QUESTIONS)]


def test_an_interview_becomes_a_transcribed_story_with_its_chapters(
    workspace: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    settings = workspace.interviews / "settings.yml"
    settings.write_text(re.sub(r"(?m)^model: .*$", "model: demo", settings.read_text()))
    microphone = demo_speech(SLUG, SECONDS, silence=SILENCE)
    with station_process(workspace) as process:
        with open_window(process.page, microphone=microphone) as window:
            prepare(window)
            presses = record(window)
            window.wait_for_heading("The recording has stopped")
            keep_recording(window)
            finish(window)
            assert window.complaints == []
        until(lambda: not workspace.station.exists())
    (story,) = [path.name for path in workspace.stories.iterdir()]
    result = run_cli("transcribe", story)
    assert result.code == 0, result.err
    assert run_cli("edit", story, "--as-is", "--yes").code == 0

    begins = heard_from(workspace, story, microphone)
    truth = [begins + start for start in spoken_questions()]
    marks = [
        mark
        for mark in read_session(workspace.story(story).session).markers
        if mark.kind == "question"
    ]
    assert [mark.question for mark in marks] == list(QUESTIONS)
    differences = [mark.at - (begins + at) for mark, at in zip(marks, presses, strict=True)]
    assert max(map(abs, differences)) <= NEAR, "a mark stands where it was heard to be made"
    chapters = chapters_of(workspace.story(story).root / "chapters.vtt")
    first, *others = (chapters[title] for title in ASKED)
    assert first == 0, "a short welcome belongs to the first question"
    first = said_first(read_edited(workspace.story(story).edited), QUESTIONS[0], ASKED[0])
    errors = [at - true for at, true in zip([first, *others], truth, strict=True)]
    assert max(map(abs, errors)) <= NEAR, errors
    assert "Daniel" in (workspace.story(story).root / "transcript.md").read_text(encoding="utf-8")


def prepare(window: Window) -> None:
    """The whole way with a new story, as a volunteer goes it."""
    page = window.page
    window.press("Begin a new recording")
    window.wait_for_heading("The story")
    page.get_by_label("A title for the story").fill("Nobody would talk to me")
    page.get_by_label("What they want to be called").fill("Ruth")
    page.get_by_label("The questions").select_option("being-heard")
    window.press("Next")
    window.wait_for_heading("Taking part in a recording")
    # That a fingerprint may be kept is left open: it is nobody’s duty.
    assert page.locator(".form-words input[value=fingerprint]").count() == 1
    agree_in_full(window)
    page.get_by_role("button", name="Next", disabled=False).wait_for()
    # In the silence before the first word a test would hear nothing.
    spoken_until(window, SILENCE * 1000 + spoken_questions()[0])
    window.press("Record a test of 5 seconds")
    page.locator(".played video").wait_for()
    assert page.locator(".judged").get_attribute("data-hint") not in ("dead", "nothing")
    assert not [line for line in window.requests if "/chunks/" in line], (
        "the test stays in the page"
    )
    page.get_by_role("button", name="Next", disabled=False).click()
    window.wait_for_heading("Before we start")
    page.get_by_label("Well enough").check()


def record(window: Window) -> list[float]:
    """Press “Next” when a question is spoken; when it was, on the clock of the demonstration.

    The microphone is opened anew, so that its clock is known.
    """
    window.page.evaluate("seen.streams.forEach((one) => one.getTracks().forEach((t) => t.stop()))")
    window.press("Start recording")
    window.wait_for_state("Recording")
    window.page.evaluate(
        "addEventListener('keydown', () => seen.presses.push(performance.now()), {capture: true})"
    )
    for start in spoken_questions():
        spoken_until(window, SILENCE * 1000 + start)
        window.page.keyboard.press("ArrowRight")
    spoken_until(window, (SILENCE + SECONDS) * 1000)
    pressed = window.page.evaluate("seen.presses.map((at) => at - seen.opened.at(-1))")
    window.press_below("Stop")
    return [at - SILENCE * 1000 for at in pressed]


def spoken_until(window: Window, ms: float) -> None:
    """Waits until the microphone has heard so much."""
    window.wait_until_heard(ms)


def finish(window: Window) -> None:
    window.wait_for_heading("How are you now?")
    window.page.get_by_label("Well enough").check()
    window.press("Next")
    window.wait_for_heading("Thank you")
    window.press("Next: a card for the volunteer")
    window.wait_for_heading("For you, the volunteer")
    window.press("Done")
    window.press("Close the station")
    window.wait_for_heading("The station is closed")


def said_first(edited: EditedTranscript, question: str, question_words: str) -> int:
    """The start (ms) of the words of a question among those that were heard under it."""
    words = [word for turn in edited.turns if turn.question == question for word in turn.words]
    spoken_words = [word.text for word in words]
    wording = question_words.split()
    (at,) = [at for at in range(len(words)) if spoken_words[at : at + len(wording)] == wording]
    return words[at].start


def chapters_of(path: Path) -> dict[str, int]:
    """Milliseconds at which each chapter begins, by its title."""
    cues = re.findall(r"(?m)^([\d:.]+) --> .*\n(.+)$", path.read_text(encoding="utf-8"))
    return {title: milliseconds(at) for at, title in cues}


def milliseconds(at: str) -> int:
    parts = at.replace(".", ":").split(":")
    *hours, minutes, seconds, thousandths = map(int, parts)
    return ((sum(hours) * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def heard_from(workspace: Workspace, story: str, microphone: Path) -> int:
    """The start (ms) of the demonstration in what was recorded, found by its sound alone."""
    folder = workspace.story(story)
    manifest = read_manifest(folder)
    assert manifest is not None
    recorded = envelope(folder.original / manifest.takes[0].file)
    played = envelope(microphone)
    sizes = len(recorded) + len(played)
    both = np.fft.rfft(recorded, sizes) * np.conj(np.fft.rfft(played, sizes))
    product = np.fft.irfft(both, sizes)
    lag = int(np.argmax(product))
    lag -= sizes if lag > sizes // 2 else 0
    return lag * 10 + round(SILENCE * 1000)


def envelope(path: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The loudness of each hundredth of a second, about its mean."""
    to = sample_media._samples_folder() / f"{path.stem}.f32"
    sample_media.ffmpeg("-i", path, "-vn", "-ac", "1", "-ar", str(RATE), "-f", "f32le", to)
    sound = np.frombuffer(to.read_bytes(), np.float32)
    step = RATE // 100
    loudness = np.abs(sound[: len(sound) // step * step]).reshape(-1, step).mean(axis=1)
    about: np.ndarray[Any, np.dtype[np.float64]] = (loudness - loudness.mean()).astype(np.float64)
    return about
