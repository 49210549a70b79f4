"""Answers of a contributor to a preview: read strictly, and at the right words of the edit."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from films.answers_text import MAX_REMARKS, UnreadableAnswers, parse_answers, read_answers
from films.approval_checklist import advice
from library.core.workspace import StoryFolder, Workspace
from library.records.preview_answers import PreviewAnswers, read_answers_record
from library.records.transcript_state import read_review_counts
from tests.support.answered_preview import (
    TIMELINE,
    WITH_REMARKS,
    answered_story,
    answers_about,
    answers_text,
    film_ms,
    remark,
    sha256_of_text,
    spoken,
)
from tests.support.command_line import CommandResult
from tests.support.quick_stories import remake_cut

Cli = Callable[..., CommandResult]


@pytest.fixture
def story(workspace: Workspace) -> StoryFolder:
    return answered_story(workspace)


def write(tmp_path: Path, answers: PreviewAnswers, name: str = "my-answers.txt") -> Path:
    path = tmp_path / name
    path.write_text(answers_text(answers), encoding="utf-8")
    return path


def contents(folder: StoryFolder) -> dict[str, bytes]:
    return {
        path.relative_to(folder.root).as_posix(): path.read_bytes()
        for path in folder.root.rglob("*")
        if path.is_file() and path.name != ".answers.lock"
    }


def marks(folder: StoryFolder) -> dict[str, str]:
    """Return what each mark says, by the word that it stands after."""
    text = folder.editors_copy.read_text()
    text = text[text.index("-->") :]
    marked = re.finditer(r"([^\s(~]+?)[.,\]]*(?:~~)?\(\?(contributor[^)]*)\)", text)
    return {match[1]: match[2] for match in marked}


# Twenty remarks, made while these words were heard; and in the pause after them.
HEARD = [*range(0, 10), *range(15, 20), *range(21, 36, 3)]


def test_twenty_remarks_stand_at_the_words_that_were_heard(
    story: StoryFolder, run_cli: Cli, tmp_path: Path
) -> None:
    assert len(HEARD) == 20
    kinds = ("cut", "name", "wrong")
    remarks = [
        remark(film_ms(word) + (200 if number % 2 else 900), kinds[number % 3])  # type: ignore[arg-type]
        for number, word in enumerate(HEARD)
    ]
    before = story.editors_copy.read_text()
    result = run_cli("site", "answers", write(tmp_path, answers_about(story, remarks)))
    assert result.code == 0, result.err
    assert "20 marks stand" in result.out
    asked = ("please cut this", "not this name", "this is wrong")
    assert marks(story) == {
        spoken(word): f"contributor {number + 1}: {asked[number % 3]}"
        for number, word in enumerate(HEARD)
    }
    # Nothing but the marks is new.
    after = story.editors_copy.read_text()
    assert re.sub(r"\(\?contributor[^)]*\)", "", after) == before


@pytest.mark.parametrize(
    ("at", "word", "landing"),
    [
        (1_000, 0, "card"),  # the title card
        (TIMELINE.duration, 39, "words"),
        (film_ms(9) + 1_100, 9, "card"),  # the question card, nearer to what was before it
        (film_ms(15) - 100, 15, "card"),
        (film_ms(20) + 100, 19, "redaction"),
        (film_ms(20) + 900, 21, "redaction"),
        (film_ms(16), 16, "words"),
        (film_ms(16) - 1, 15, "words"),
    ],
)
def test_a_remark_between_words_stands_at_the_nearest_and_says_so(
    story: StoryFolder, run_cli: Cli, tmp_path: Path, at: int, word: int, landing: str
) -> None:
    path = write(tmp_path, answers_about(story, [remark(at)]))
    report = json.loads(run_cli("site", "answers", path, "--json").out)
    (told,) = report["remarks"]
    assert (told["landed"], told["after"]) == (landing, spoken(word))
    assert list(marks(story)) == [spoken(word)]
    listed = run_cli("site", "remarks", story.root.name).out
    assert ("Look: " in listed) == (landing != "words")


def test_words_cut_or_corrected_since_the_film_was_made_are_found_all_the_same(
    story: StoryFolder, run_cli: Cli, tmp_path: Path
) -> None:
    text = story.editors_copy.read_text()
    text = text.replace(spoken(3), f"~~{spoken(3)}~~").replace(spoken(5), "Corrected")
    story.editors_copy.write_text(text)
    remarks = [remark(film_ms(3) + 100), remark(film_ms(5) + 100, "wrong")]
    assert run_cli("site", "answers", write(tmp_path, answers_about(story, remarks))).code == 0
    assert marks(story) == {
        spoken(2): "contributor 1: please cut this",
        "Corrected": "contributor 2: this is wrong",
    }
    # A corrected word loses doubts about it, and not what its contributor said.
    assert run_cli("edit", story.root.name, "--as-is").code == 0
    assert "Corrected" in marks(story)


def test_the_same_file_twice_changes_nothing(
    story: StoryFolder, run_cli: Cli, workspace: Workspace, tmp_path: Path
) -> None:
    path = write(tmp_path, answers_about(story, [remark(film_ms(3)), remark(film_ms(3), "good")]))
    assert run_cli("site", "answers", path).code == 0
    before, log = contents(story), workspace.audit_log.read_bytes()
    again = run_cli("site", "answers", path)
    assert (again.code, "Nothing was changed" in again.out) == (0, True)
    assert contents(story) == before
    assert workspace.audit_log.read_bytes() == log
    # A longer file of the same person adds what is new in it.
    more = [remark(film_ms(3)), remark(film_ms(3), "good"), remark(film_ms(8), "name")]
    assert run_cli("site", "answers", write(tmp_path, answers_about(story, more))).code == 0
    assert marks(story) == {
        spoken(3): "contributor 1: please cut this; contributor 2: this is good",
        spoken(8): "contributor 3: not this name",
    }


def test_a_run_that_was_killed_before_its_record_is_finished_by_the_next(
    story: StoryFolder, run_cli: Cli, workspace: Workspace, tmp_path: Path
) -> None:
    long = "a sentence that has no room beside another one"
    asked = [remark(film_ms(3) + at, text=f"{at}; {long}") for at in range(2)]
    path = write(tmp_path, answers_about(story, [*asked, remark(film_ms(8), text="please; do")]))
    assert run_cli("site", "answers", path).code == 0
    before = contents(story)
    story.answers_record.unlink()
    assert run_cli("site", "answers", path).code == 0
    assert contents(story) == before
    assert workspace.audit_log.read_text().count('"preview-answers"') == 1


def test_one_for_another_version_or_story_is_refused_and_says_which(
    story: StoryFolder, run_cli: Cli, workspace: Workspace, tmp_path: Path
) -> None:
    answers = answers_about(story, [remark(film_ms(3))])
    path = write(tmp_path, answers)
    elsewhere = msgspec.structs.replace(answers, story="cs-9tz3wd")
    refused = run_cli("site", "answers", write(tmp_path, elsewhere, "b.txt"))
    assert (refused.code, "cs-9tz3wd" in refused.err) == (3, True)
    other = msgspec.structs.replace(answers, cut="ab" * 32)
    refused = run_cli("site", "answers", write(tmp_path, other, "c.txt"))
    assert refused.code == 4
    assert "abab abab" in refused.err
    remake_cut(workspace, story.root.name, "Another title")
    before = contents(story)
    refused = run_cli("site", "answers", path)
    assert refused.code == 4
    assert f"{answers.cut[:4]} {answers.cut[4:8]}" in refused.err
    assert f"carer-stories site preview {story.root.name}" in refused.err
    assert contents(story) == before


def test_a_moment_after_the_end_of_the_film_is_refused(
    story: StoryFolder, run_cli: Cli, tmp_path: Path
) -> None:
    before = contents(story)
    path = write(tmp_path, answers_about(story, [remark(TIMELINE.duration + 60_000)]))
    refused = run_cli("site", "answers", path)
    assert (refused.code, "after the end of this film" in refused.err) == (4, True)
    assert contents(story) == before


def test_what_was_taken_back_takes_no_answers(
    story: StoryFolder, run_cli: Cli, tmp_path: Path
) -> None:
    path = write(tmp_path, answers_about(story, [remark(film_ms(3))]))
    assert run_cli("withdraw", story.root.name, "--yes").code == 0
    before = contents(story)
    assert run_cli("site", "answers", path).code == 4
    assert contents(story) == before


def test_many_remarks_at_one_word_are_all_in_its_mark(
    story: StoryFolder, run_cli: Cli, tmp_path: Path
) -> None:
    text = "a sentence (with) [[marks]] ~~in it~~ | that \\ is; far too long for any mark in a text"
    kinds = ("wrong", "cut", "name")
    remarks = [
        remark(film_ms(4) + number, kinds[number % 3], f"{number} {text}")  # type: ignore[arg-type]
        for number in range(20)
    ]
    assert run_cli("site", "answers", write(tmp_path, answers_about(story, remarks))).code == 0
    assert marks(story) == {spoken(4): "contributor 1–20"}
    counts = read_review_counts(story.review_counts)
    assert counts is not None
    assert counts.contributor_remarks == 20
    # The whole sentence is kept, and listed.
    assert text in run_cli("site", "remarks", story.root.name).out
    assert json.loads(run_cli("site", "remarks", story.root.name, "--json").out)[0]["remarks"][19][
        "open"
    ]


# From the first remark to the approval


def test_open_remarks_stop_an_approval_until_each_mark_is_gone(
    story: StoryFolder, run_cli: Cli, tmp_path: Path
) -> None:
    story_id = story.root.name
    asked = [remark(film_ms(3)), remark(film_ms(5), "name", "his"), remark(film_ms(7), "good")]
    assert run_cli("site", "answers", write(tmp_path, answers_about(story, asked))).code == 0
    status = run_cli("status", story_id)
    assert "2 remarks of the contributor to answer" in status.out
    assert f"delete each mark: carer-stories edit {story_id}" in status.out
    refused = run_cli("approve", story_id, "--description", "not-needed", "--yes")
    assert refused.code == 4
    assert "2 remarks of the contributor not answered yet" in refused.err
    text = story.editors_copy.read_text()
    text = text.replace(spoken(3), f"~~{spoken(3)}", 1).replace(
        "(?contributor 1: please cut this)", "~~(?contributor 1: please cut this)"
    )
    story.editors_copy.write_text(text.replace("(?contributor 2: not this name – his)", ""))
    applied = run_cli("edit", story_id, "--as-is")
    assert applied.code == 0, applied.err
    assert list(marks(story)) == [spoken(7)], "a word that is cut has no mark any more"
    assert "remarks of the contributor" not in run_cli("status", story_id).out
    refused = run_cli("approve", story_id, "--description", "not-needed", "--yes")
    assert "not answered yet" not in refused.err


def test_bringing_them_in_leaves_an_applied_copy_applied(
    story: StoryFolder, run_cli: Cli, tmp_path: Path
) -> None:
    path = write(tmp_path, answers_about(story, [remark(film_ms(7), "good")], "yes"))
    before = run_cli("status", story.root.name).out
    assert run_cli("site", "answers", path).code == 0
    after = run_cli("status", story.root.name).out
    assert "“Yes” on 1 May 2026, with 1 remark" in after
    assert [line for line in after.splitlines() if "answers" not in line] == before.splitlines()


def test_signing_off_names_them_as_evidence_and_a_yes_signs_nothing(
    story: StoryFolder, run_cli: Cli, tmp_path: Path
) -> None:
    story_id = story.root.name
    answers = answers_about(story, decision="yes")
    result = run_cli("site", "answers", write(tmp_path, answers))
    assert result.code == 0
    assert "It signs nothing" in result.out
    assert "not seen and released it yet" in run_cli("status", story_id).out
    signed = run_cli(
        *("signoff", story_id, "--cut", answers.cut[:8], "--audience", "trust"),
        *("--witness", "editor", "--yes"),
    )
    assert signed.code == 0, signed.err
    assert "In its preview they answered “Yes” on 1 May 2026." in signed.out
    assert "It is no sign-off" in " ".join(signed.out.split())


def test_what_contradicts_itself_is_told(
    story: StoryFolder, run_cli: Cli, workspace: Workspace, tmp_path: Path
) -> None:
    result = run_cli(
        "site", "answers", write(tmp_path, answers_about(story, [remark(film_ms(3))], "yes"))
    )
    assert "They say yes, and ask for 1 change." in result.out
    result = run_cli("site", "answers", write(tmp_path, answers_about(story), "b.txt"))
    assert "name none" in result.out
    assert advice(workspace, story.root.name, "editor")[-1].endswith("settled with them?")
    no = answers_about(story, decision="no", more="I am sorry.")
    result = run_cli("site", "answers", write(tmp_path, no, "c.txt"))
    assert f"carer-stories withdraw {story.root.name}" in result.out
    assert "I am sorry." in result.out


def test_the_file_is_kept_checked_handed_over_and_erased_with_the_story(
    story: StoryFolder, run_cli: Cli, workspace: Workspace, tmp_path: Path
) -> None:
    story_id = story.root.name
    answers = answers_about(story, [remark(film_ms(3), text="Between us.")])
    assert run_cli("site", "answers", write(tmp_path, answers)).code == 0
    received = read_answers_record(story).files[0]
    file = story.answers / f"{received.sha256}.txt"
    assert received.sha256 == sha256_of_text(answers_text(answers))
    assert file.read_text() == answers_text(answers)
    assert file.stat().st_mode & 0o777 == 0o400
    exported = run_cli("export", story_id, "--subject-access", "--yes")
    assert exported.code == 0, exported.err
    (page,) = workspace.exports.glob("*/index.html")
    assert "a file of answers that you sent back" in page.read_text()
    assert (page.parent / story_id / "answers" / file.name).read_text() == file.read_text()
    assert "answers of its contributor" not in run_cli("verify").out
    file.chmod(0o600)
    file.write_text("Yes to everything.")
    verified = run_cli("verify")
    assert "answers of its contributor are not as they were" in verified.out + verified.err
    assert run_cli("withdraw", story_id, "--erase", "--yes").code == 0
    assert not story.root.exists()
    assert b"Between us." not in b"".join(
        path.read_bytes() for path in workspace.interviews.rglob("*") if path.is_file()
    )


# The file itself


@pytest.mark.parametrize(
    "changed",
    [
        lambda text: text,
        lambda text: "\ufeff" + text.replace("\n", "\r\n"),
        lambda text: "Dear team,\nhere they are.\n\n" + text + "\n-- \nRuth",
        lambda text: "".join(f"> {line}\n" for line in text.splitlines()),
        lambda text: text.replace("My son’s: ", "My son’s:\n  "),
        lambda text: text.replace("\n\n", "\n"),
        lambda text: text.replace("\n", "\n\n"),
        lambda text: text.replace("Version: ", "Version:\n"),
        lambda text: text.replace(" ", "\u00a0"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_file_is_read_as_programs_for_mail_leave_it(
    changed: Callable[[str], str], encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / "mail.txt"
    path.write_bytes(changed(answers_text(WITH_REMARKS)).encode(encoding, "ignore"))
    assert read_answers(path)[0] == WITH_REMARKS


FAULTY: list[tuple[Callable[[str], str], str]] = [
    (lambda text: "", "no line “MY ANSWERS ABOUT MY STORY”"),
    (lambda text: "\x00" * 9, "no line “MY ANSWERS ABOUT MY STORY”"),
    (lambda text: text + text, "other answers begin"),
    (lambda text: text.partition("END OF")[0], "Its end is missing"),
    (lambda text: text.replace("Thank you", "Thank him"), "lost or changed"),
    (lambda text: text.replace("with Daniel", "with"), "lost or changed"),
    (lambda text: text.replace("23.456", "23.4"), "lost or changed"),
    (lambda text: re.sub(r"END OF MY ANSWERS .*", "END OF MY ANSWERS", text), "lost or changed"),
    (lambda text: text.replace("cs-4k7m2q", "../../etc"), "“Story: ../../etc” is no story"),
    (lambda text: text.replace("0f" * 32, "0F" * 32), "is no version of a film"),
    (lambda text: text.replace("0f" * 32, "0f" * 31), "is no version of a film"),
    (lambda text: text.replace("2026-05-01", "2026-13-01"), "is no date"),
    (lambda text: text.replace("2026-05-01", "20260501"), "is no date"),
    (lambda text: text.replace("2026-05-01", "0001-01-01"), "is no date"),
    (lambda text: text.replace("Yes, with these changes", "Maybe"), "“My answer: Maybe”"),
    (lambda text: text.replace("Remarks: 2", "Remarks: 3"), "which is 2"),
    (lambda text: text.replace("Remark 2", "Remark 1"), "this should be “Remark 2”"),
    (lambda text: text.replace("At: 1:23.456", "At: -1:23"), "is no moment of a film"),
    (lambda text: text.replace("At: 1:23.456", "At: NaN"), "is no moment of a film"),
    (lambda text: text.replace("I say: Not this name", "I say: Burn it"), "“I say: Burn it”"),
    (lambda text: text.replace("I say: Not this name\n", ""), "Remark 1 has no line “I say”"),
    (lambda text: text.replace("I say:", "I said:", 1), "is no line of such a file"),
    (lambda text: text.replace("Story:", "Story: x\nStory:"), "stands there twice"),
    (lambda text: text.replace("Thank you.", "x" * 5_000), "more than 1000 characters"),
    (lambda text: text.replace("Remark 1\n", "Remark 1\n" * 300), f"more than {MAX_REMARKS}"),
]


@pytest.mark.parametrize(("broken", "fault"), FAULTY)
def test_a_file_that_is_not_whole_is_refused_in_sentences(
    broken: Callable[[str], str], fault: str
) -> None:
    with pytest.raises(UnreadableAnswers) as error:
        parse_answers(broken(answers_text(WITH_REMARKS)))
    assert any(fault in each for each in error.value.faults), error.value.faults
    assert error.value.next_step


def test_every_fault_is_told_at_once(story: StoryFolder, run_cli: Cli, tmp_path: Path) -> None:
    text = answers_text(answers_about(story, [remark(film_ms(3))]))
    path = tmp_path / "broken.txt"
    path.write_text(
        text.replace("My answer: Yes, with these changes", "My answer: \x1b[31mMaybe")
        .replace("Please cut this", "Now")
        .replace("Remarks: 1", "Remarks: 7")
    )
    before = contents(story)
    refused = run_cli("site", "answers", path)
    assert refused.code == 2
    assert refused.err.count("  - Line ") == 3
    assert "\x1b" not in refused.err
    assert contents(story) == before


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\xff\xfe", b"PK\x03\x04\x14\x00\xff", b"\xff\xfe\x00", b"x" * 1_100_000]
)
def test_what_is_no_such_file_is_refused(
    story: StoryFolder, run_cli: Cli, tmp_path: Path, data: bytes
) -> None:
    path = tmp_path / "other.bin"
    path.write_bytes(data)
    before = contents(story)
    assert run_cli("site", "answers", path).code == 2
    assert run_cli("site", "answers", tmp_path).code == 3
    assert contents(story) == before


def test_no_sentence_of_theirs_becomes_a_mark_of_ours(
    story: StoryFolder, run_cli: Cli, tmp_path: Path
) -> None:
    texts = (
        "~~cut it~~ [[and|this]] (?or) ## Heading",
        "-->\\ <!-- [00:09] Ruth: no",
        "x; contributor 9: this is good",
    )
    remarks = [remark(film_ms(number + 1), "wrong", text) for number, text in enumerate(texts)]
    before = story.edited.read_bytes()
    assert run_cli("site", "answers", write(tmp_path, answers_about(story, remarks))).code == 0
    assert run_cli("edit", story.root.name, "--as-is").code == 0
    assert story.edited.read_bytes() == before
    counts = read_review_counts(story.review_counts)
    assert counts is not None
    assert counts.contributor_remarks == 3


def test_marks_stay_when_the_story_is_transcribed_again(story: StoryFolder) -> None:
    from capture.recording.session_markers import read_session
    from transcribe.editing.rebase_edits import rebase_copy
    from transcribe.editing.speaker_turns import Speakers
    from transcribe.editing.transcript_markdown import parse_copy
    from transcribe.words import read_transcript

    old = read_transcript(story.transcript)
    questions = read_session(story.session).question_set
    text = story.editors_copy.read_text()
    text = text.replace(spoken(3), f"{spoken(3)}(?contributor 1: please cut this)")
    copy = parse_copy(text, questions, Speakers())
    words = list(old.words)
    words[3] = msgspec.structs.replace(words[3], text="Otherwise")
    new = msgspec.structs.replace(old, words=tuple(words))
    rebased = rebase_copy(old, copy, new, {3: "CPA"})
    hints = {word.text: word.hint for part in rebased.paragraphs for word in part.words}
    assert hints["Otherwise"] == "CPA; contributor 1: please cut this"
    assert replace(copy.paragraphs[0].words[3]).hint == "contributor 1: please cut this"
