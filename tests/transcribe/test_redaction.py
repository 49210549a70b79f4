"""Names that must not be heard, as an editor meets them: list, suggest, answer, apply."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from library.core.errors import BadInput
from library.core.workspace import StoryFolder, Workspace
from tests.support.command_line import CommandResult
from tests.support.known_interview import QUESTIONS, spoken, transcript_of
from transcribe.editing.rebase_edits import rebase_copy
from transcribe.editing.speaker_turns import Speakers
from transcribe.editing.transcript_markdown import parse_copy, write_copy
from transcribe.redaction.checks import name_problems
from transcribe.redaction.hidden_words import hidden_terms, listed_names_in
from transcribe.words import Transcript, read_transcript

Cli = Callable[..., CommandResult]
SAID = (
    "I care for my sister Siobhan. She is twenty three. Then Chevonne came home, and Siobhán’s "
    "coat was wet. We rang oh seven seven double oh nine hundred one two three at night. Dr Patel "
    "said nothing. Will you wait, I said. I waited with Will all night long."
)


@pytest.fixture
def story(
    transcribed: Callable[..., tuple[object, StoryFolder, Transcript]], run_cli: Cli
) -> StoryFolder:
    """A story with words and a list of two names."""
    _, folder, _ = transcribed(transcript_of(spoken(SAID)))
    story_id = folder.root.name
    result = run_cli("redact", "add", story_id, "Siobhan Murphy", "--shown", "my sister")
    assert result.code == 0, result.err
    assert run_cli("redact", "add", story_id, "Will", "--shown", "a friend").code == 0
    return folder


def copy_of(folder: StoryFolder) -> str:
    return folder.editors_copy.read_text(encoding="utf-8").partition("-->\n")[2]


def ok(result: CommandResult) -> str:
    assert result.code == 0, result.err
    return result.out


def test_from_the_list_to_words_that_may_be_shown(story: StoryFolder, run_cli: Cli) -> None:
    story_id = story.root.name
    out = ok(run_cli("redact", "suggest", story_id))
    assert "redacted: 4" in out
    assert "asked about: 1" in out
    assert "Siobhan" not in out
    text = copy_of(story)
    assert "my sister [[Siobhan|my sister]]." in text
    assert "Then [[?Chevonne|my sister]] came" in text
    assert "and [[Siobhán|my sister]]’s coat" in text
    assert "rang [[oh seven seven double oh nine hundred one two three|[phone number]]] at" in text
    assert "Will you wait, I said. I waited with [[Will|a friend]] all night long." in text
    # A second run finds nothing and changes nothing.
    before = story.editors_copy.read_bytes(), story.name_questions.read_bytes()
    assert "nothing new" in ok(run_cli("redact", "suggest", story_id))
    assert (story.editors_copy.read_bytes(), story.name_questions.read_bytes()) == before
    # Applying is allowed and says what is open; approval is told of it.
    out = ok(run_cli("edit", story_id, "--as-is"))
    assert "Still asked, whether a name must not be heard: 1" in out
    assert json.loads(story.review_counts.read_text())["questions"] == 1
    (sentence,) = name_problems(story)
    assert re.search(r"Nobody has said yet whether a name is said at 0:0\d", sentence)
    # Yes: it is one.
    (question,) = json.loads(ok(run_cli("redact", "list", story_id, "--json")))["questions"]
    assert (question["words"], question["entry"]) == ("Chevonne", 1)
    ok(run_cli("redact", "answer", story_id, str(question["number"]), "yes"))
    assert "Then [[Chevonne|my sister]] came" in copy_of(story)
    assert "is not applied yet" in name_problems(story)[0]
    ok(run_cli("edit", story_id, "--as-is"))
    assert name_problems(story) == []
    assert "Siobh" not in story.edited.read_text() + story.captions.read_text()
    assert json.loads(story.review_counts.read_text())["questions"] == 0


def test_private_files_are_the_editors_alone(story: StoryFolder, run_cli: Cli) -> None:
    ok(run_cli("redact", "suggest", story.root.name))
    for path in (story.name_list, story.name_questions):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("how", ["command", "brackets", "review"])
def test_no_is_remembered(
    story: StoryFolder, run_cli: Cli, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = story.root.name
    ok(run_cli("redact", "suggest", story_id))
    if how == "brackets":
        text = story.editors_copy.read_text().replace("[[?Chevonne|my sister]]", "Chevonne")
        story.editors_copy.write_text(text)
    elif how == "command":
        (question,) = json.loads(ok(run_cli("redact", "list", story_id, "--json")))["questions"]
        ok(run_cli("redact", "answer", story_id, str(question["number"]), "no"))
    else:
        import click

        monkeypatch.setattr(click, "prompt", lambda *_, **__: "n")
        assert "Perhaps this is “Siobhan Murphy”" in ok(run_cli("redact", "review", story_id))
    assert "Then Chevonne came" in copy_of(story)
    assert "nothing new" in ok(run_cli("redact", "suggest", story_id))
    ok(run_cli("edit", story_id, "--as-is"))
    assert name_problems(story) == []
    assert "nothing new" in ok(run_cli("redact", "suggest", story_id))
    # Another entry that may be meant, and the same word elsewhere, are other questions.
    ok(run_cli("redact", "add", story_id, "Chevonne"))
    ok(run_cli("redact", "suggest", story_id))
    assert "Then [[Chevonne]] came" in copy_of(story)


def test_only_an_answer_that_changes_what_is_heard_is_to_be_applied(
    story: StoryFolder, run_cli: Cli
) -> None:
    story_id = story.root.name
    ok(run_cli("redact", "suggest", story_id))
    ok(run_cli("edit", story_id, "--as-is"))
    (question,) = json.loads(ok(run_cli("redact", "list", story_id, "--json")))["questions"]
    ok(run_cli("redact", "answer", story_id, str(question["number"]), "no"))
    assert "Apply what was changed" not in ok(run_cli("status", story_id))
    story.name_list.unlink()
    ok(run_cli("redact", "add", story_id, "Patel", "--shown", "the doctor"))
    ok(run_cli("redact", "suggest", story_id))
    assert "Apply what was changed" in ok(run_cli("status", story_id))
    ok(run_cli("edit", story_id, "--as-is"))
    assert "Apply what was changed" not in ok(run_cli("status", story_id))


def test_a_text_that_was_open_elsewhere_answers_nothing(story: StoryFolder, run_cli: Cli) -> None:
    story_id = story.root.name
    ok(run_cli("edit", story_id, "--as-is"))
    before = story.editors_copy.read_bytes()
    ok(run_cli("redact", "suggest", story_id))
    marked = copy_of(story)
    story.editors_copy.write_bytes(before)  # saved from a window that knew of no question
    assert name_problems(story)
    ok(run_cli("redact", "suggest", story_id))
    assert copy_of(story) == marked


def test_a_redaction_taken_away_is_asked_about(story: StoryFolder, run_cli: Cli) -> None:
    story_id = story.root.name
    ok(run_cli("redact", "suggest", story_id))
    story.editors_copy.write_text(
        story.editors_copy.read_text().replace("[[Will|a friend]]", "Will")
    )
    ok(run_cli("redact", "suggest", story_id))
    assert "with [[?Will|a friend]] all" in copy_of(story)
    story.editors_copy.write_text(
        story.editors_copy.read_text().replace("[[?Will|a friend]]", "Will")
    )
    assert "nothing new" in ok(run_cli("redact", "suggest", story_id))


def test_a_variant_that_is_listed_makes_its_questions_redactions(
    story: StoryFolder, run_cli: Cli
) -> None:
    story_id = story.root.name
    ok(run_cli("redact", "suggest", story_id))
    ok(run_cli("redact", "add", story_id, "siobhan murphy", "--sounds-like", "Chevonne"))
    ok(run_cli("redact", "suggest", story_id))
    assert "Then [[Chevonne|my sister]] came" in copy_of(story)
    assert json.loads(ok(run_cli("redact", "list", story_id, "--json")))["questions"] == []


def test_the_editors_text_stays_as_it_is(story: StoryFolder, run_cli: Cli) -> None:
    story_id = story.root.name
    ok(run_cli("edit", story_id, "--as-is"))
    text = story.editors_copy.read_text()
    edited_text = text.replace("Then Chevonne", "<!-- ask Ruth -->\n\nThen\n  Chevonne").replace(
        "was wet", "~~was\nwet~~"
    )
    story.editors_copy.write_bytes(edited_text.replace("\n", "\r\n").encode())
    ok(run_cli("redact", "suggest", story_id))
    after = story.editors_copy.read_bytes().decode()
    assert "Then\r\n  [[?Chevonne|my sister]] came" in after
    assert "<!-- ask Ruth -->\r\n" in after
    head, _, body = after.partition("-->")
    assert re.sub(r"- Names were asked about[^\n]*\n", "", head) + "-->" == (
        edited_text.replace("\n", "\r\n").partition("-->")[0] + "-->"
    )
    unmarked = re.sub(r"\[\[\??(.*?)(?:\|.*?)?\]\](?!\])", r"\1", body)
    last_part = edited_text.replace("\n", "\r\n").partition("-->")[2]
    # A mark of doubt has no place inside a redaction.
    assert unmarked == last_part.replace("seven seven(?)", "seven seven")


def test_a_name_that_is_typed_over_is_still_heard(story: StoryFolder, run_cli: Cli) -> None:
    story_id = story.root.name
    ok(run_cli("edit", story_id, "--as-is"))
    text = story.editors_copy.read_text().replace("my sister Siobhan.", "my dear sister.")
    story.editors_copy.write_text(text)
    ok(run_cli("edit", story_id, "--as-is"))
    assert any(
        "the text says something else" in name_problem for name_problem in name_problems(story)
    )
    assert "is it still heard?" in ok(run_cli("redact", "suggest", story_id))
    (open_question,) = [
        question
        for question in json.loads(ok(run_cli("redact", "list", story_id, "--json")))["questions"]
        if question["unwritten"]
    ]
    result = run_cli("redact", "answer", story_id, str(open_question["number"]), "yes")
    assert result.code == 2
    assert "carer-stories edit" in result.err
    ok(run_cli("redact", "answer", story_id, str(open_question["number"]), "no"))
    ok(run_cli("redact", "suggest", story_id))
    ok(run_cli("edit", story_id, "--as-is"))
    assert not any("something else" in name_problem for name_problem in name_problems(story))


def test_what_was_cut_is_never_marked(story: StoryFolder, run_cli: Cli) -> None:
    story_id = story.root.name
    ok(run_cli("edit", story_id, "--as-is"))
    text = story.editors_copy.read_text().replace(
        "Then Chevonne came home,", "~~Then Chevonne came home,~~"
    )
    story.editors_copy.write_text(text)
    ok(run_cli("redact", "suggest", story_id))
    assert "~~Then Chevonne came home,~~" in copy_of(story)


def test_a_name_redacted_by_hand_is_looked_for_elsewhere(
    transcribed: Callable[..., tuple[object, StoryFolder, Transcript]], run_cli: Cli
) -> None:
    _, folder, _ = transcribed(transcript_of(spoken("I saw Danuta there. Danuta was kind to me.")))
    story_id = folder.root.name
    ok(run_cli("edit", story_id, "--as-is"))
    text = folder.editors_copy.read_text().replace("I saw Danuta", "I saw [[Danuta|a nurse]]")
    folder.editors_copy.write_text(text)
    ok(run_cli("edit", story_id, "--as-is"))
    assert "was not asked about" in name_problems(folder)[0]
    ok(run_cli("redact", "suggest", story_id))
    assert "[[?Danuta|a nurse]] was kind" in copy_of(folder)


def test_the_leak_check_is_told_what_to_look_for(
    story: StoryFolder, run_cli: Cli, workspace: Workspace
) -> None:
    ok(run_cli("redact", "suggest", story.root.name))
    ok(run_cli("redact", "add", story.root.name, "Larch House", "--where", "story"))
    terms = {hidden_term.text: hidden_term for hidden_term in hidden_terms(workspace)}
    assert (terms["Siobhan Murphy"].number, terms["Siobhan Murphy"].everywhere) == (1, True)
    assert not terms["Siobhan"].everywhere
    assert terms["Will"].ordinary
    assert not terms["Larch House"].everywhere
    assert "Siobh" not in repr(terms["Siobhan Murphy"])
    assert {term.story for term in terms.values()} == {story.root.name}
    assert listed_names_in(story, "How Siobhan and Will got help, and what will be") == (
        "Siobhan Murphy",
        "Will",
    )
    assert listed_names_in(story, "What will be") == ()


def test_a_wrong_list_is_refused_with_its_place(story: StoryFolder, run_cli: Cli) -> None:
    story.name_list.write_text("names:\n  - name: Siobhan\n  - name: siobhán\n")
    result = run_cli("redact", "suggest", story.root.name)
    assert result.code == 2
    assert "names.yml: names 2 → name" in result.err
    story.name_list.write_text("names:\n  - name: Siobhan\n    shows: x\n")
    result = run_cli("redact", "list", story.root.name)
    assert "names 1" in result.err
    assert "names.yml" in name_problems(story)[0] if story.edited.exists() else True


def test_a_broken_list_stops_a_build_but_not_a_withdrawal(
    story: StoryFolder, workspace: Workspace
) -> None:
    story.name_list.write_text("names: [")
    with pytest.raises(BadInput):
        hidden_terms(workspace)
    assert hidden_terms(workspace, skip_unreadable=True) == ()


def test_a_story_without_a_list_is_looked_over_for_numbers(
    transcribed: Callable[..., tuple[object, StoryFolder, Transcript]], run_cli: Cli
) -> None:
    _, folder, _ = transcribed(transcript_of(spoken("Write to me at jo@example.com if you can.")))
    ok(run_cli("edit", folder.root.name, "--as-is"))
    assert "A number or an address is still heard at 0:01" in name_problems(folder)[0]


def test_transcribed_again_everything_open_is_asked_again(
    story: StoryFolder, run_cli: Cli, tmp_path: Path
) -> None:
    story_id = story.root.name
    ok(run_cli("redact", "suggest", story_id))
    before = json.loads(ok(run_cli("redact", "list", story_id, "--json")))["questions"]
    transcript = read_transcript(story.transcript)
    copy = parse_copy(story.editors_copy.read_text(), QUESTIONS, Speakers(contributor="Ruth"))
    rebased = rebase_copy(transcript, copy, transcript, {})
    story.editors_copy.write_text(write_copy(story_id, rebased.paragraphs, QUESTIONS))
    assert "[[?Chevonne" not in copy_of(story)
    assert "[[Siobhan|my sister]]" in copy_of(story)
    ok(run_cli("redact", "suggest", story_id))
    assert json.loads(ok(run_cli("redact", "list", story_id, "--json")))["questions"] == before


def test_nothing_is_looked_for_before_there_are_words(run_cli: Cli) -> None:
    made_result = run_cli("story", "new", "--title", "A", "--questions", "being-heard", "--json")
    story_id = json.loads(made_result.out)["id"]
    assert run_cli("redact", "suggest", story_id).code == 4
    options = ("--taken-by", "editor", "--independent", "--capacity-considered", "--yes")
    ok(run_cli("consent", "record", story_id, *options))
    result = run_cli("redact", "suggest", story_id)
    assert result.code == 3
    assert run_cli("redact", "add", story_id, "Siobhan").code == 0
    assert "not transcribed yet" in ok(run_cli("redact", "list", story_id))


def test_with_an_empty_list_of_names_it_says_so(run_cli: Cli, story: StoryFolder) -> None:
    story_id = story.root.name
    for name in ("Siobhan Murphy", "Will"):
        ok(run_cli("redact", "remove", story_id, name))
    out = ok(run_cli("redact", "suggest", story_id))
    assert "its list of names is empty" in out
    assert "nothing new" not in out
    # Siobhan, Will and Patel are asked about all the same.
    assert f"Next: carer-stories redact review {story_id}" in out
