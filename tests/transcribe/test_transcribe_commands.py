"""`transcribe`, `edit` and `captions lint` as an editor meets them, and what is on disk after."""

from __future__ import annotations

import errno
import io
import json
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from library.consent.stories import start_story
from library.consent.withdrawals import record_withdrawal
from library.core import files
from library.core.errors import DiskFailed, NoRoom
from library.core.files import sha256_of
from library.core.workspace import StoryFolder, Workspace
from tests.faults import FaultySystem, count_changes, disk, killed_at, refuse_with
from tests.support.known_interview import (
    QUESTIONS,
    interview_turns,
    misheard,
    spoken,
    transcript_of,
)
from tests.support.speech_samples import write_speech
from transcribe.edit_service import open_edit_session, prepare_edit, write_edit
from transcribe.formats.caption_files import read_captions
from transcribe.words import Transcript, read_edited, read_transcript

Made = Callable[..., tuple[Workspace, StoryFolder, Transcript]]


def derived(folder: StoryFolder) -> dict[str, bytes | None]:
    """The bytes of every file that editing writes."""
    paths = (folder.edited, folder.captions, folder.chapters, folder.editors_copy)
    return {path.name: path.read_bytes() if path.exists() else None for path in paths}


def recorded(make_recording: Made, *, silent: bool) -> tuple[str, StoryFolder]:
    import numpy as np

    _, folder, transcript = make_recording()
    folder.transcript.unlink()
    noise = np.random.default_rng(5).normal(0, 3_000, 8_000).astype("<i2")
    write_speech(folder.speech, (noise * 0 if silent else noise).tobytes())
    return transcript.story, folder


def changed_in(folder: StoryFolder, old: str, new: str) -> None:
    text = folder.editors_copy.read_text(encoding="utf-8")
    assert old in text
    folder.editors_copy.write_text(text.replace(old, new), encoding="utf-8")


# transcribe


@pytest.mark.slow
def test_transcribe_writes_words_and_a_copy_and_says_what_is_next(
    run_cli: Any,
    transcribed: Made,
    checkpoint: Path,
) -> None:
    story, folder = recorded(transcribed, silent=False)
    # Of the two engines it hears words in half a second of noise.
    result = run_cli("transcribe", story, "--model", checkpoint, "--engine", "whisper")
    assert result.code == 0, result.err
    transcript = read_transcript(folder.transcript)
    assert transcript.words
    assert (transcript.model, transcript.model_sha256) == ("babble", sha256_of(checkpoint))
    assert transcript.audio_sha256 == sha256_of(folder.speech)
    assert transcript.duration == 500
    assert transcript.options["condition_on_previous_text"] is True
    assert str(checkpoint.parent) not in folder.transcript.read_text(encoding="utf-8")
    assert story in folder.editors_copy.read_text(encoding="utf-8")
    assert stat.S_IMODE(folder.transcript.stat().st_mode) == 0o600
    assert f"carer-stories edit {story}" in result.out
    assert not folder.edited.exists()

    second = run_cli("transcribe", story, "--model", checkpoint)
    assert second.code == 2
    assert "already" in second.err


def test_silence_gives_an_empty_transcript_and_says_so(
    run_cli: Any,
    transcribed: Made,
    checkpoint: Path,
) -> None:
    story, folder = recorded(transcribed, silent=True)
    result = run_cli("transcribe", story, "--model", checkpoint)
    assert result.code == 0
    assert "no speech was heard" in result.out
    assert read_transcript(folder.transcript).words == ()
    assert run_cli("edit", story, "--as-is").code == 0
    assert read_captions(folder.captions) == []


def test_again_keeps_corrections_beside_and_takes_stale_captions_away(
    run_cli: Any,
    transcribed: Made,
    checkpoint: Path,
) -> None:
    story, folder = recorded(transcribed, silent=True)
    assert run_cli("transcribe", story, "--model", checkpoint).code == 0
    assert run_cli("edit", story, "--as-is").code == 0
    folder.chunks.mkdir()  # as a process leaves it that is killed when all else was done
    (folder.chunks / "heard.json").write_text("{}")
    assert run_cli("transcribe", story, "--model", checkpoint).code == 2
    assert not folder.chunks.exists()
    unchanged = run_cli("transcribe", story, "--model", checkpoint, "--again", "--json")
    assert json.loads(unchanged.out)[0]["kept"] is None

    folder.editors_copy.write_text("Ruth: It was very quiet.", encoding="utf-8")
    assert run_cli("edit", story, "--as-is").code == 0
    data = folder.editors_copy.read_bytes()
    result = run_cli("transcribe", story, "--model", checkpoint, "--again")
    assert result.code == 0
    (earlier_copy,) = folder.root.glob("transcript.md.before-*")
    assert earlier_copy.read_bytes() == data
    assert earlier_copy.name in result.out
    assert derived(folder)["edited.json"] is None
    assert derived(folder)["captions.vtt"] is None


def test_what_cannot_be_transcribed_is_refused_before_the_long_work(
    run_cli: Any,
    transcribed: Made,
    workspace: Workspace,
    checkpoint: Path,
) -> None:
    story, folder = recorded(transcribed, silent=True)
    new_story = start_story(workspace, title="New", questions="being-heard")
    no_agreement = run_cli("transcribe", new_story.id)
    assert (no_agreement.code, "agreement" in no_agreement.err) == (4, True)
    assert run_cli("transcribe", story, "cs-zzzzzz").code == 3
    assert not folder.transcript.exists()
    foreign = folder.root / "notes.pt"
    foreign.write_text("not a model")
    assert "not a Whisper model" in run_cli("transcribe", story, "--model", foreign).err
    assert run_cli("transcribe", story, "--model", "gone.pt").code == 3
    folder.speech.unlink()
    missing = run_cli("transcribe", story, "--model", checkpoint)
    assert (missing.code, "capture import" in missing.err) == (3, True)
    assert not folder.transcript.exists()


def test_the_demo_model_is_never_used_silently(
    run_cli: Any,
    transcribed: Made,
    workspace: Workspace,
    checkpoint: Path,
) -> None:
    story, _ = recorded(transcribed, silent=True)
    model_folder = workspace.demo / "model"
    model_folder.mkdir(parents=True)
    (model_folder / "demo.pt").write_bytes(checkpoint.read_bytes())
    by_name = run_cli("transcribe", story, "--model", "demo")
    assert "knows only the demonstration’s voices" in by_name.out
    by_path = run_cli("transcribe", story, "--model", model_folder / "demo.pt", "--again", "--json")
    assert "knows only the demonstration’s voices" in by_path.err
    assert json.loads(by_path.out)[0]["model"] == "demo"


# edit


def test_an_editor_corrects_and_everything_follows(
    run_cli: Any, transcribed: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    truth = [word for turn in interview_turns() for word in turn.words]
    corrected_words = [
        msgspec.structs.replace(word, text="Danielle.") if word.text == "Daniel." else word
        for word in truth
    ]
    _, folder, transcript = transcribed(transcript_of(corrected_words))
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i "s/Danielle/Daniel/" "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    literal = folder.transcript.read_bytes()

    result = run_cli("edit", transcript.story, "--yes")

    assert result.code == 0, result.err
    assert "1 word corrected" in result.out
    assert folder.transcript.read_bytes() == literal
    edited = read_edited(folder.edited)
    assert edited.transcript_sha256 == sha256_of(folder.transcript)
    assert [word.text for turn in edited.turns for word in turn.words] == [w.text for w in truth]
    cues = read_captions(folder.captions)
    assert {cue.speaker for cue in cues} == {"Interviewer", "Ruth"}
    assert "Danielle" not in " ".join(cue.text for cue in cues)
    chapters = read_captions(folder.chapters)
    assert [(cue.start, cue.text) for cue in chapters] == [
        (chapter.start, chapter.title) for chapter in edited.chapters
    ]
    assert run_cli("captions", "lint", transcript.story).code == 0

    first = derived(folder)
    assert run_cli("edit", transcript.story, "--as-is").code == 0
    assert derived(folder) == first


@pytest.mark.parametrize("seed", range(3))
def test_a_corrected_text_applies_to_what_was_misheard(
    run_cli: Any, transcribed: Made, tmp_path: Path, seed: int
) -> None:
    """Apply the true words, headings and labels, without times, as the demonstration does."""
    truth = [word for turn in interview_turns() for word in turn.words]
    _, folder, transcript = transcribed(transcript_of(misheard(truth, 0.08, seed)))
    titles = {question.id: question.ask for question in QUESTIONS.questions}
    parts, under = [], ""
    for turn in interview_turns():
        if turn.question != under:
            under = turn.question
            parts.append(f"## {titles[under]}")
        parts.append(f"{turn.speaker}: {turn.text}")
    corrected = tmp_path / "corrected.md"
    corrected.write_bytes("\r\n\r\n".join(parts).encode("utf-8-sig"))

    result = run_cli("edit", transcript.story, "--apply", corrected, "--yes", "--json")

    assert result.code == 0, result.err
    record = json.loads(result.out)
    assert record["corrected"] + record["added"] + record["removed"] > 0
    assert record["caption_errors"] == 0
    assert record["chapters"] == ["beginning", "first-contact", "staff", "good-day"]
    edited = read_edited(folder.edited)
    assert [word.text for t in edited.turns for word in t.words] == [w.text for w in truth]


def test_with_json_what_will_change_and_the_question_go_to_standard_error(
    run_cli: Any, transcribed: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, folder, transcript = transcribed()
    corrected = tmp_path / "corrected.md"
    corrected.write_text("We waited a very long time.", encoding="utf-8")
    for answer in ("n", "y"):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{answer}\n"))
        result = run_cli("edit", transcript.story, "--apply", corrected, "--json")
        assert result.code == 0, result.err
        assert "Apply this?" in result.err
        assert folder.edited.exists() == (answer == "y")
    assert json.loads(result.out)["caption_errors"] == 0


def test_a_refused_text_changes_nothing_and_the_editors_work_is_kept(
    run_cli: Any, transcribed: Made
) -> None:
    _, folder, transcript = transcribed()
    assert run_cli("edit", transcript.story, "--as-is").code == 0
    changed_in(folder, "laugh", "~~laugh")
    before = derived(folder)
    result = run_cli("edit", transcript.story, "--as-is")
    assert result.code == 2
    assert "has no end" in result.err
    assert "Line " in result.err
    assert derived(folder) == before


def test_what_is_cut_or_redacted_is_in_no_derived_file_and_in_no_line(
    run_cli: Any, transcribed: Made
) -> None:
    words = spoken("My son Daniel was frightened. Marmalade was on the floor. Daniel’s coat too.")
    _, folder, transcript = transcribed(transcript_of(words))
    folder.editors_copy.write_text(
        "Ruth: My son [[Daniel|my boy]] was frightened. ~~Marmalade was on the floor.~~ Daniel’s "
        "coat too.",
        encoding="utf-8",
    )
    result = run_cli("edit", transcript.story, "--as-is")
    assert result.code == 0, result.err
    assert "Cut: " in result.out
    assert "Redacted: 1, at 0:00." in result.out
    assert "said again" in result.out
    assert not {"Daniel", "Marmalade"} & {*result.out.replace("’", " ").split()}
    changed_in(folder, "Daniel’s", "[[Daniel|his]]’s")

    record = json.loads(run_cli("edit", transcript.story, "--as-is", "--json").out)

    assert (len(record["cuts"]), len(record["redacted"]), record["still_said"]) == (1, 2, [])
    for name, data in derived(folder).items():
        assert data is not None
        if name != "transcript.md":
            assert b"Daniel" not in data, name
            assert b"armalade" not in data, name
    edited = read_edited(folder.edited)
    assert edited.turns[0].text == "My son my boy was frightened. His’s coat too."
    first = derived(folder)
    assert run_cli("edit", transcript.story, "--as-is").code == 0
    assert derived(folder) == first


def test_the_page_of_an_earlier_film_goes_with_the_words_it_was_made_of(
    run_cli: Any, transcribed: Made
) -> None:
    _, folder, transcript = transcribed()
    assert run_cli("edit", transcript.story, "--as-is").code == 0
    folder.page.write_text("as a film once wrote it")
    assert run_cli("edit", transcript.story, "--as-is").code == 0
    assert folder.page.exists(), "the same edit again takes no sign-off away"
    corrected = folder.editors_copy.read_text().replace("Ruth: ", "Ruth: Well, ", 1)
    folder.editors_copy.write_text(corrected)
    assert run_cli("edit", transcript.story, "--as-is").code == 0
    assert not folder.page.exists()


def test_status_says_that_a_changed_text_is_not_applied(run_cli: Any, transcribed: Made) -> None:
    _, folder, transcript = transcribed()
    story = transcript.story
    to_apply = f"Next: Apply what was changed in the editor’s copy: carer-stories edit {story}"
    assert to_apply not in run_cli("edit", story, "--as-is").out
    changed_in(folder, "Ruth: ", "Ruth: Well, ")
    assert to_apply not in run_cli("edit", story, "--as-is").out
    text = folder.editors_copy.read_bytes()
    folder.editors_copy.write_bytes(b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))
    assert "was changed" not in run_cli("status", story).out, "an editor saved it, no more"

    changed_in(folder, "Well, ", "Oh well, ")
    status = run_cli("status", story)
    assert to_apply in status.out
    assert "edit: the editor’s copy was changed since it was applied" in status.out
    (as_json,) = json.loads(run_cli("status", story, "--json").out)
    assert f"carer-stories edit {story}" in as_json["next"]

    assert to_apply not in run_cli("edit", story, "--as-is").out
    assert "was changed" not in run_cli("status", story).out


def test_a_text_that_an_earlier_version_applied_is_not_said_to_be_changed(
    run_cli: Any, transcribed: Made
) -> None:
    _, folder, transcript = transcribed()
    assert run_cli("edit", transcript.story, "--as-is").code == 0
    counts = json.loads(folder.review_counts.read_text())
    del counts["copy_fingerprint"]
    folder.review_counts.write_text(json.dumps(counts))
    changed_in(folder, "Ruth: ", "Ruth: Well, ")
    assert "was changed" not in run_cli("status", transcript.story).out


def test_saying_no_writes_nothing(
    run_cli: Any, transcribed: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, folder, transcript = transcribed()
    monkeypatch.setenv("VISUAL", "true")
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "n")
    result = run_cli("edit", transcript.story)
    assert result.code == 0
    assert "Nothing was applied" in result.out
    assert not folder.edited.exists()
    assert not folder.captions.exists()


def test_a_refused_text_can_be_opened_again_at_once(
    run_cli: Any, transcribed: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, folder, transcript = transcribed(transcript_of(spoken("He was frightened. So was I.")))
    editor = tmp_path / "editor"
    editor.write_text(
        "#!/bin/sh\n"
        'grep -q "~~He" "$1" && exec sed -i "s/ened\\./ened.~~/" "$1"\n'
        'sed -i "s/: He/: ~~He/" "$1"\n'
    )
    editor.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(editor))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: "y")
    run_cli("people", "complete", transcript.story, "--yes")
    run_cli("story", "edit", transcript.story, "--content-note", "Fear.")
    result = run_cli("edit", transcript.story)
    assert result.code == 0, result.err
    assert "has no end" in result.err
    assert read_edited(folder.edited).turns[0].text == "So was I."
    assert f"carer-stories film {transcript.story}" in result.out


def test_a_long_passage_taken_out_is_said_to_be_heard_still(
    run_cli: Any, transcribed: Made
) -> None:
    words = spoken("He was safe. The ward had a garden behind it. He was safe.")
    _, folder, transcript = transcribed(transcript_of(words))
    folder.editors_copy.write_text("Ruth: He was safe. He was safe.", encoding="utf-8")
    result = run_cli("edit", transcript.story, "--as-is")
    assert "7 words are taken out" in result.out
    assert "still heard" in result.out


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"\xff\xfe\x00\xd8", 2), (b"Ruth: caf\xe9", 2), (None, 3), (b"", 2)],
)
def test_a_file_that_cannot_be_applied(
    run_cli: Any, transcribed: Made, tmp_path: Path, data: bytes | None, code: int
) -> None:
    _, folder, transcript = transcribed()
    path = tmp_path / "text.md"
    if data is not None:
        path.write_bytes(data)
    result = run_cli("edit", transcript.story, "--apply", path, "--yes")
    assert result.code == code
    assert result.err.count("\n") >= 2  # a sentence and a next step
    assert not folder.edited.exists()


def test_notepads_unicode_is_read(run_cli: Any, transcribed: Made, tmp_path: Path) -> None:
    _, folder, transcript = transcribed(transcript_of(spoken("He was left in the cafe.")))
    path = tmp_path / "text.md"
    path.write_bytes("Ruth: He was left in the café.".encode("utf-16"))
    assert run_cli("edit", transcript.story, "--apply", path, "--yes").code == 0
    assert read_edited(folder.edited).turns[0].text.endswith("café.")


def test_edit_before_transcribe_and_without_an_editor(
    run_cli: Any, transcribed: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, folder, transcript = transcribed()
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    result = run_cli("edit", transcript.story)
    assert (result.code, "--apply" in result.err) == (2, True)
    folder.transcript.unlink()
    result = run_cli("edit", transcript.story)
    assert (result.code, "carer-stories transcribe" in result.err) == (3, True)


def test_a_withdrawn_story_is_not_worked_on(
    run_cli: Any, transcribed: Made, workspace: Workspace
) -> None:
    _, folder, transcript = transcribed()
    record_withdrawal(workspace, transcript.story, "contributor")
    assert run_cli("edit", transcript.story, "--as-is").code == 4
    assert run_cli("transcribe", transcript.story, "--again").code == 4
    assert not folder.edited.exists()


def test_a_damaged_transcript_is_named(run_cli: Any, transcribed: Made) -> None:
    _, folder, transcript = transcribed()
    folder.transcript.write_bytes(folder.transcript.read_bytes()[:200])
    result = run_cli("edit", transcript.story, "--as-is")
    assert (result.code, "transcript.json" in result.err) == (5, True)


def test_a_disk_that_fails_at_any_step_leaves_the_old_files_or_an_unedited_story(
    transcribed: Made,
) -> None:
    """Captions of one text never stand beside an edited transcript of another."""
    workspace, folder, transcript = transcribed()
    session = open_edit_session(workspace, transcript.story)
    text = " ".join(word.text for word in transcript.words)
    first, second = prepare_edit(session, f"Ruth: {text}"), prepare_edit(session, f"Grace: {text}")
    write_edit(session, second)
    new = derived(folder)
    write_edit(session, first)
    old = derived(folder)
    assert old != new

    changes = count_changes(lambda: write_edit(session, second))
    assert changes > 10
    for number in range(1, changes + 1):
        for fault in (errno.ENOSPC, errno.EIO):
            write_edit(session, first)
            with disk(FaultySystem(number, refuse_with(fault))), suppress(NoRoom, DiskFailed):
                write_edit(session, second)
            assert derived(folder) in (old, new)
            assert not files.leftovers(folder.root)
        write_edit(session, first)
        assert killed_at(number, lambda: write_edit(session, second))
        killed = derived(folder)
        assert killed["edited.json"] is None or killed in (old, new)
        for left in files.leftovers(folder.root):
            left.unlink()


# captions lint


def test_lint_prints_the_table_and_fails_on_errors(run_cli: Any, tmp_path: Path) -> None:
    path = tmp_path / "theirs.vtt"
    path.write_text(
        "WEBVTT\n\n00:00.000 --> 00:02.000\n"
        "This line is far too long to be read by anybody at all\n\n"
        "00:02.000 --> 00:04.000\nAnd so to the\n",
        encoding="utf-8",
    )
    result = run_cli("captions", "lint", path)
    assert result.code == 1
    assert "a line over 42 characters" in result.out
    assert "54 characters" in result.err
    record = json.loads(run_cli("captions", "lint", path, "--json").out)
    assert (record["cues"], record["errors"]) == (2, 2)
    assert {issue["rule"] for issue in record["findings"]} >= {"line", "gap", "function"}


def test_lint_of_captions_without_fault_says_so(run_cli: Any, tmp_path: Path) -> None:
    path = tmp_path / "ours.vtt"
    path.write_text("WEBVTT\n\n00:00.000 --> 00:02.000\nShe came home.\n", encoding="utf-8")
    ran = run_cli("captions", "lint", path)
    assert ran.code == 0
    assert "ours.vtt: 1 caption.\nOK       Nothing is wrong" in ran.out
    assert "over 42 characters" in run_cli("captions", "lint", path, "--verbose").out


def test_lint_of_a_story_without_captions(run_cli: Any, transcribed: Made) -> None:
    _, _, transcript = transcribed()
    assert run_cli("captions", "lint", transcript.story).code == 3
