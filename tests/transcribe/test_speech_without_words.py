"""Speech of which no words were recognised: marked in the copy, counted, answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from films.approval_checklist import speech_without_words
from library.core.workspace import StoryFolder, Workspace
from library.records.transcript_state import read_review_counts
from tests.support.known_interview import QUESTIONS, SPEAKERS, spoken, transcript_of
from transcribe import report
from transcribe.edit_service import open_edit_session
from transcribe.editing.apply_edits import apply_copy
from transcribe.editing.transcript_markdown import parse_copy
from transcribe.pipeline import first_draft, write_transcript
from transcribe.words import Segment, Span, Transcript

Made = Callable[..., tuple[Workspace, StoryFolder, Transcript]]
MARK = "[00:05–00:20: somebody speaks here, no words were recognised]"
GAP = Span(start=5_640, end=20_480)


def with_gap(gap: Span = GAP) -> Transcript:
    """Return a transcript in the midst of which somebody speaks without words."""
    words = [*spoken("She went home with his coat, and then"), *spoken("they rang me up.", 21_000)]
    return msgspec.structs.replace(transcript_of(words), unheard=(gap,))


@pytest.fixture
def story(transcribed: Made) -> tuple[Workspace, StoryFolder, Transcript]:
    """A story whose transcript has such a gap, with its editor's copy."""
    workspace, folder, transcript = transcribed(with_gap())
    task = open_edit_session(workspace, transcript.story).task
    lines = "\n".join(report.transcription_lines(write_transcript(task, transcript)))
    assert "Somebody speaks and no words were recognised: 0:05–0:20." in lines
    return workspace, folder, transcript


def test_a_mark_divides_the_paragraph_and_no_word_of_it_is_speech(
    story: tuple[Workspace, StoryFolder, Transcript],
) -> None:
    workspace, folder, transcript = story
    text = folder.editors_copy.read_text(encoding="utf-8")
    assert f"and then\n\n{MARK}\n\n[00:21] Ruth: they rang" in text
    copy = parse_copy(text, QUESTIONS, SPEAKERS)
    assert copy.unheard == (Span(start=5_000, end=20_000),)
    applied = apply_copy(transcript, "0" * 64, text, QUESTIONS, SPEAKERS)
    assert not applied.summary.has_changes
    assert applied.summary.unheard == (GAP,)
    again = apply_copy(transcript, "0" * 64, applied.text, QUESTIONS, SPEAKERS)
    assert again.text == applied.text == text
    assert first_draft(open_edit_session(workspace, transcript.story).task, transcript).text == text


def test_a_span_of_less_than_a_second_has_a_length(transcribed: Made) -> None:
    workspace, folder, transcript = transcribed(with_gap(Span(start=5_100, end=5_900)))
    task = open_edit_session(workspace, transcript.story).task
    lines = "\n".join(report.transcription_lines(write_transcript(task, transcript)))
    assert "no words were recognised: 0:05–0:06." in lines
    assert "[00:05–00:06: somebody speaks" in folder.editors_copy.read_text(encoding="utf-8")


def test_it_is_counted_and_holds_up_an_approval_until_words_stand_there(
    story: tuple[Workspace, StoryFolder, Transcript], run_cli: Any
) -> None:
    _, folder, transcript = story
    sentence = "In 1 passage somebody speaks and no words were recognised: these hold up approval."
    assert sentence in run_cli("status", transcript.story).out
    assert json.loads(run_cli("status", transcript.story, "--json").out)[0]["unheard"] == 1
    result = run_cli("edit", transcript.story, "--as-is")
    assert "carer-stories edit" in result.out
    counts = read_review_counts(folder.review_counts)
    assert counts is not None
    assert counts.unheard == 1
    shown = run_cli("status", transcript.story).out
    assert "1 passage of speech without words" in shown
    assert "Listen where somebody speaks and no words were recognised" in shown
    [point] = speech_without_words(folder, transcript.story)
    assert point.sentence == "In 1 passage somebody speaks and no words were recognised."

    folder.review_counts.unlink()
    assert list(speech_without_words(folder, transcript.story)) == [point], "though not counted"
    text = folder.editors_copy.read_text(encoding="utf-8")
    typed = text.replace(MARK, "[00:05] Ruth: nobody had told us what they were going to do")
    folder.editors_copy.write_text(typed, encoding="utf-8")
    record = json.loads(run_cli("edit", transcript.story, "--as-is", "--json").out)
    assert record["unheard"] == []
    counts = read_review_counts(folder.review_counts)
    assert counts is not None
    assert counts.unheard == 0
    assert "without words" not in run_cli("status", transcript.story).out
    assert not list(speech_without_words(folder, transcript.story))


@pytest.mark.parametrize(
    "written",
    [
        "[0:05-0:20: somebody speaks here]",
        "[00:05–00:20]",
        "[00:05–00:20 they sing]",
        "[00:05 — 00:20: somebody speaks here, no words\nwere recognised]",
        f"{MARK} Ruth: nobody had told us",
    ],
)
def test_a_mark_is_known_however_a_program_writes_it(
    story: tuple[Workspace, StoryFolder, Transcript], written: str
) -> None:
    _, folder, _ = story
    text = folder.editors_copy.read_text(encoding="utf-8").replace(MARK, written)
    copy = parse_copy(text, QUESTIONS, SPEAKERS)
    assert copy.unheard == (Span(start=5_000, end=20_000),)
    tokens = [token for paragraph in copy.paragraphs for token in paragraph.tokens]
    assert "recognised]" not in tokens
    assert ("nobody" in tokens) is ("nobody" in written)


def test_transcribed_again_it_is_not_asked_twice(
    story: tuple[Workspace, StoryFolder, Transcript],
) -> None:
    """An answer of the editor’s stays; an open mark stays open."""
    workspace, folder, transcript = story
    task = open_edit_session(workspace, transcript.story).task
    text = folder.editors_copy.read_text(encoding="utf-8")
    folder.editors_copy.write_text(text.replace("his coat", "her coat"), encoding="utf-8")
    again = msgspec.structs.replace(
        transcript, unheard=(Span(start=5_900, end=20_100),), model="larger"
    )
    write_transcript(task, again)
    kept = folder.editors_copy.read_text(encoding="utf-8")
    assert "her coat" in kept
    assert "somebody speaks here, no words" in kept

    folder.editors_copy.write_text(kept.replace(MARK, ""), encoding="utf-8")
    write_transcript(task, transcript)
    kept = folder.editors_copy.read_text(encoding="utf-8")
    assert "her coat" in kept
    assert "somebody speaks here" not in kept
    counts = read_review_counts(folder.review_counts)
    assert counts is not None
    assert counts.unheard == 0


@pytest.mark.parametrize(
    ("options", "is_said"),
    [
        ({"initial_prompt": "They speak of: CPA."}, True),
        ({"batch_size": 8, "initial_prompt": None}, True),
        ({"engine": "faster-whisper 1.2.1", "condition_on_previous_text": False}, True),
        ({"engine": "faster-whisper 1.2.1", "condition_on_previous_text": True}, False),
        ({"engine": "openai-whisper 20250625", "condition_on_previous_text": False}, False),
        ({"initial_prompt": None, "beam_size": 5}, False),
        ({}, False),
    ],
)
def test_status_says_what_was_heard_with_settings_that_lose_sentences(
    transcribed: Made, run_cli: Any, options: dict[str, Any], is_said: bool
) -> None:
    engine = options.pop("engine", "openai-whisper")
    old = msgspec.structs.replace(
        transcript_of(spoken("She went home.")), engine=engine, options=options
    )
    _, _, transcript = transcribed(old)
    shown = " ".join(run_cli("status", transcript.story).out.split())
    assert ("settings since found to lose sentences: transcribe --again" in shown) is is_said


@pytest.mark.parametrize(("logprob", "is_said"), [(-2.3, True), (-0.4, False)])
def test_a_model_that_was_sure_of_nothing_is_named(
    transcribed: Made, logprob: float, is_said: bool
) -> None:
    words = spoken("So the of.")
    segment = Segment(
        first=0,
        last=len(words),
        start=0,
        end=words[-1].end,
        compression_ratio=0.3,
        no_speech_probability=0.0,
        average_logprob=logprob,
    )
    unsure = msgspec.structs.replace(transcript_of(words), segments=(segment,))
    workspace, _, transcript = transcribed(unsure)
    task = open_edit_session(workspace, transcript.story).task
    lines = "\n".join(report.transcription_lines(write_transcript(task, transcript)))
    assert ("was sure of hardly a word" in lines) is is_said


def test_where_there_is_nothing_but_such_a_gap_it_is_said(transcribed: Made) -> None:
    silent = msgspec.structs.replace(transcript_of([]), unheard=(GAP,), duration=60_000)
    workspace, folder, transcript = transcribed(silent)
    task = open_edit_session(workspace, transcript.story).task
    lines = "\n".join(report.transcription_lines(write_transcript(task, transcript)))
    assert "no speech was heard" not in lines
    assert MARK in folder.editors_copy.read_text(encoding="utf-8")
