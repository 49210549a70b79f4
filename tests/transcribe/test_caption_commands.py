"""`captions layout`, `lint`, `export` and `transcribe --from` as an editor meets them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pysubs2
import pytest
import webvtt

from library.consent.copies import copies_of
from library.consent.withdrawals import record_withdrawal
from library.core.files import sha256_of
from library.core.timecode import webvtt_time
from library.core.workspace import StoryFolder, Workspace
from tests.support.known_interview import INTERVIEW, interview_turns
from tests.support.quick_stories import released
from tests.support.speech_samples import write_speech
from transcribe.captions import cli, handed_out
from transcribe.formats import vtt
from transcribe.formats.caption_files import WRITERS
from transcribe.words import Transcript, read_transcript

Made = Callable[..., tuple[Workspace, StoryFolder, Transcript]]

SAID = "I saw Dr Smith at half past two."
WHISPERX = {
    "segments": [
        {
            "start": 1.0,
            "end": 4.0,
            "text": SAID,
            "words": [
                {"word": word, "start": 1 + n * 0.4, "end": 1.3 + n * 0.4, "score": 0.9}
                for n, word in enumerate(SAID.split())
            ],
        },
        {"text": "Lost."},
    ]
}


@pytest.fixture
def whisperx(tmp_path: Path) -> Path:
    path = tmp_path / "talk.json"
    path.write_text(json.dumps(WHISPERX), encoding="utf-8")
    return path


def teams(path: Path, *, names: tuple[str, str] = ("Jane Q. Public", "Ruth O’Hara")) -> Path:
    """The interview as Teams would write it, under the speakers' full names."""
    real = dict(zip(("Interviewer", "Ruth"), names, strict=True))
    blocks = [
        f"{webvtt_time(turn.words[0].start)} --> {webvtt_time(turn.words[-1].end)}\n"
        f"<v {real[turn.speaker]}>{turn.text}</v>\n"
        for turn in interview_turns()
    ]
    path.write_text("WEBVTT\n\n" + "\n".join(blocks), encoding="utf-8")
    return path


def recorded(make_recording: Made, seconds: int = 120) -> tuple[str, StoryFolder]:
    _, folder, transcript = make_recording()
    folder.transcript.unlink()
    write_speech(folder.speech, b"\x10\x00" * 16_000 * seconds)
    return transcript.story, folder


# layout


def test_layout_writes_captions_and_says_what_was_not_read(
    run_cli: Any, whisperx: Path, tmp_path: Path
) -> None:
    out = tmp_path / "talk.vtt"
    result = run_cli("captions", "layout", whisperx, "-o", out)
    assert result.code == 0, result.err
    assert "8 words, from WhisperX" in result.out
    assert "with 0 errors" in result.out
    assert "segment 2 has no times and was left out: “Lost.”" in result.err
    (caption,) = webvtt.read(str(out)).captions
    assert caption.text == "I saw Dr Smith at half past two."
    record = json.loads(run_cli("captions", "layout", whisperx, "-o", out, "--json").out)
    assert (record["cues"], record["errors"], record["format"]) == (1, 0, "WhisperX")
    assert len(record["unread"]) == 1


def test_layout_divides_captions_of_others_anew(run_cli: Any, tmp_path: Path) -> None:
    captions = teams(tmp_path / "teams.vtt")
    out = tmp_path / "ours.vtt"
    assert run_cli("captions", "lint", captions).code == 1
    assert run_cli("captions", "layout", captions, "-o", out).code == 0
    assert run_cli("captions", "lint", out).code == 0
    assert "<v Ruth O’Hara>" in out.read_text(encoding="utf-8")


def test_layout_refuses_to_write_over_its_source_or_in_no_format(
    run_cli: Any, whisperx: Path, tmp_path: Path
) -> None:
    captions = teams(tmp_path / "teams.vtt")
    before = captions.read_bytes()
    assert run_cli("captions", "layout", captions, "-o", captions).code == 2
    assert captions.read_bytes() == before
    assert run_cli("captions", "layout", whisperx, "-o", tmp_path / "a.docx").code == 2
    assert run_cli("captions", "layout", tmp_path / "none.json", "-o", tmp_path / "a.vtt").code == 3


# lint


def test_lint_of_several_files_fails_when_one_does(run_cli: Any, tmp_path: Path) -> None:
    good_captions = tmp_path / "good.vtt"
    good_captions.write_text("WEBVTT\n\n00:00.000 --> 00:02.000\nWe were told.\n", encoding="utf-8")
    torn_captions = tmp_path / "torn.vtt"
    torn_captions.write_text("WEBVTT\n\n00:00.000 --> 00:0\nLost.\n", encoding="utf-8")
    assert run_cli("captions", "lint", good_captions).code == 0
    result = run_cli("captions", "lint", good_captions, torn_captions)
    assert result.code == 1
    assert "Line 3: the times “00:00.000 --> 00:0” cannot be read" in result.err
    records = json.loads(run_cli("captions", "lint", good_captions, torn_captions, "--json").out)
    assert [(record["file"], record["errors"]) for record in records] == [
        ("good.vtt", 0),
        ("torn.vtt", 1),
    ]
    result = run_cli("--verbose", "captions", "lint", good_captions)
    assert "ends less than 0.5 seconds before the next begins" in " ".join(result.out.split())


# export


def test_export_writes_the_checked_captions_in_every_format(
    run_cli: Any, transcribed: Made, tmp_path: Path
) -> None:
    _, folder, transcript = transcribed()
    assert run_cli("captions", "export", transcript.story, "--format", "srt").code == 3
    assert run_cli("edit", transcript.story, "--as-is").code == 0
    checked = vtt.read(folder.captions.read_text(encoding="utf-8")).cues
    for kind in WRITERS:
        out = tmp_path / f"out.{kind}"
        result = run_cli("captions", "export", transcript.story, "--format", kind, "-o", out)
        assert result.code == 0, result.err
        assert out.read_text(encoding="utf-8") == WRITERS[kind](checked)
    assert (tmp_path / "out.vtt").read_bytes() == folder.captions.read_bytes()
    events = pysubs2.load(str(tmp_path / "out.srt")).events
    assert [(cue.start, cue.end) for cue in events] == [(cue.start, cue.end) for cue in checked]
    printed = run_cli("captions", "export", transcript.story, "--format", "txt").out
    assert printed == (tmp_path / "out.txt").read_text(encoding="utf-8")


def test_nothing_is_exported_after_withdrawal(run_cli: Any, transcribed: Made) -> None:
    _, _, transcript = transcribed()
    assert run_cli("edit", transcript.story, "--as-is").code == 0
    assert run_cli("withdraw", transcript.story, "--yes").code == 0
    result = run_cli("captions", "export", transcript.story, "--format", "txt")
    assert result.code == 4
    assert result.out == ""


def test_captions_of_a_story_that_is_shown_to_nobody_are_for_work_alone(
    run_cli: Any, transcribed: Made, tmp_path: Path
) -> None:
    workspace, _, transcript = transcribed()
    assert run_cli("edit", transcript.story, "--as-is").code == 0
    out = tmp_path / "out.xml"
    result = run_cli("captions", "export", transcript.story, "--format", "ebu-tt-d")
    assert (result.code, "may be shown to nobody" in result.err) == (0, True)
    assert "may be shown to nobody" not in result.out
    handed = ("captions", "export", transcript.story, "--format", "srt", "-o", out, "--for")
    refused = run_cli(*handed, "Larch TV")
    assert (refused.code, "may not be shown to" in refused.err) == (4, True), refused.err
    assert not out.exists()
    assert not copies_of(workspace)


def test_captions_are_handed_out_as_every_copy_is(
    run_cli: Any, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = released(workspace)
    out, later = tmp_path / "out.srt", tmp_path / "later.srt"
    export = ("captions", "export", story, "--format", "srt")
    assert run_cli(*export).err == ""
    assert run_cli(*export, "--for", "Larch TV").code == 2
    assert run_cli(*export, "--audience", "trust").code == 2
    assert run_cli(*export, "-o", out, "--for", "Larch TV", "--audience", "public").code == 4
    handed = (*export, "--for", "Larch TV", "--audience", "trust", "-o")
    with monkeypatch.context() as hiding:
        hiding.setattr(handed_out, "listed_names_in", lambda _, text: ("Larch",))
        refused = run_cli(*handed, out)
        assert (refused.code, "named with a name that" in refused.err) == (4, True), refused.err
    titled = run_cli(*handed, tmp_path / "A_story.srt")
    assert (titled.code, "named with the title of the story" in titled.err) == (4, True)
    assert run_cli(*handed, out).code == 0
    (copy,) = copies_of(workspace)
    assert (copy.to, copy.audience, copy.place) == ("Larch TV", "trust", str(out))
    assert copy.stories == (story,)
    assert out.read_text(encoding="utf-8") == run_cli(*export).out
    assert run_cli(*handed, out).code == 2, "no copy is written over"
    write = handed_out.write_atomic

    def taken_back_meanwhile(path: Path, data: bytes) -> None:
        record_withdrawal(workspace, story, "contributor")
        write(path, data)

    monkeypatch.setattr(handed_out, "write_atomic", taken_back_meanwhile)
    assert run_cli(*handed, later).code == 4
    assert not later.exists()
    assert copies_of(workspace) == (copy,)


# transcribe --from


def test_a_transcript_of_another_tool_becomes_the_storys_marked_as_imported(
    run_cli: Any, transcribed: Made, tmp_path: Path
) -> None:
    story, folder = recorded(transcribed)
    source = teams(tmp_path / "teams.vtt")
    result = run_cli("transcribe", story, "--from", source)
    assert result.code == 0, result.err
    assert "draft that another tool made" in result.out
    assert f"carer-stories edit {story}" in result.out
    transcript = read_transcript(folder.transcript)
    assert transcript.is_imported
    assert (transcript.model, transcript.duration) == ("WebVTT", 120_000)
    assert transcript.options == {
        "format": "WebVTT",
        "file_sha256": sha256_of(source),
        "guessed_times": len(transcript.words),
    }
    assert "a cut may miss its words" in result.out
    assert transcript.audio_sha256 == sha256_of(folder.speech)
    assert {segment.speaker for segment in transcript.segments} == {"1", "2"}
    spoken_words = [word for _, _, text in INTERVIEW for word in text.split()]
    assert [word.text for word in transcript.words] == spoken_words
    assert run_cli("transcribe", story, "--from", source).code == 2
    assert run_cli("transcribe", story, "--from", source, "--again").code == 0


def test_imported_voices_are_named_by_their_part_and_never_by_the_files_names(
    run_cli: Any, transcribed: Made, tmp_path: Path
) -> None:
    story, folder = recorded(transcribed)
    assert run_cli("transcribe", story, "--from", teams(tmp_path / "teams.vtt")).code == 0
    assert run_cli("edit", story, "--as-is").code == 0
    cues = vtt.read(folder.captions.read_text(encoding="utf-8")).cues
    by_speaker = {
        speaker: " ".join(cue.text for cue in cues if cue.speaker == speaker)
        for speaker in {cue.speaker for cue in cues}
    }
    assert by_speaker == {
        who: " ".join(text for speaker, _, text in INTERVIEW if speaker == who)
        for who in ("Interviewer", "Ruth")
    }
    for path in folder.root.glob("*.*"):
        if path.is_file():
            assert "O’Hara".encode() not in path.read_bytes(), path.name
            assert b"Jane Q. Public" not in path.read_bytes(), path.name


def test_what_cannot_be_the_storys_is_refused_and_nothing_is_written(
    run_cli: Any, transcribed: Made, tmp_path: Path
) -> None:
    story, folder = recorded(transcribed, seconds=3)
    result = run_cli("transcribe", story, "--from", teams(tmp_path / "teams.vtt"))
    assert result.code == 2
    assert "another recording" in result.err
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear all,", encoding="utf-8")
    assert run_cli("transcribe", story, "--from", letter).code == 2
    assert run_cli("transcribe", story, "--from", letter, "--model", "small").code == 2
    assert run_cli("transcribe", story, "--from", tmp_path / "none.vtt").code == 3
    assert not folder.transcript.exists()


def test_a_label_in_doubt_is_told_and_an_option_answers_it(run_cli: Any, tmp_path: Path) -> None:
    lines = ["I was at home.", "It was late.", "Nobody came.", "So I rang.", "I waited."]
    lines += ["Mindfulness: It helps.", "He slept.", "Mindfulness: So they say."]
    source = tmp_path / "talk.vtt"
    blocks = [f"00:{n:02}.000 --> 00:{n:02}.900\n{line}\n" for n, line in enumerate(lines)]
    source.write_text("WEBVTT\n\n" + "\n".join(blocks), encoding="utf-8")
    out = tmp_path / "out.vtt"
    result = run_cli("captions", "layout", source, "-o", out)
    assert result.code == 0, result.err
    assert "2 passages begin with “Mindfulness:”" in result.out
    option = "--not-label" if "--not-label" in result.out else "--label"
    answered = run_cli("captions", "layout", source, "-o", out, option, "mindfulness")
    assert "passages begin with" not in answered.out
    assert ("Mindfulness:" in out.read_text()) == (option == "--not-label")
    record = json.loads(run_cli("captions", "layout", source, "-o", out, "--json").out)
    assert record["unsure_labels"][0]["name"] == "Mindfulness"
    assert run_cli("transcribe", "cs-4k7m2q", "--label", "Ruth").code == 2


def test_a_label_in_doubt_is_asked_about_at_a_terminal(
    run_cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "talk.vtt"
    lines = [
        "I was at home.",
        "It was late.",
        "So I rang.",
        "Mindfulness: Yes.",
        "Mindfulness: No.",
    ]
    blocks = [f"00:{n:02}.000 --> 00:{n:02}.900\n{line}\n" for n, line in enumerate(lines)]
    source.write_text("WEBVTT\n\n" + "\n".join(blocks), encoding="utf-8")
    asked: list[str] = []
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr(cli, "confirm", lambda question, default: bool(asked.append(question)))
    out = tmp_path / "out.vtt"
    assert run_cli("captions", "layout", source, "-o", out).code == 0
    assert asked == ["“Mindfulness:” begins 2 passages. Is that somebody who speaks?"]
    assert "Mindfulness: Yes." in out.read_text()
