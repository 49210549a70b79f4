"""“Nobody is in this story” is a sentence that is typed, where its words speak of people."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from library.consent.decisions import record_release, require_signable_cut
from library.consent.register import add_person
from library.consent.stories import read_history
from library.core import clock, struct_file
from library.core.workspace import Workspace
from tests.films.test_approval import finish
from tests.support.command_line import CommandResult
from tests.support.quick_stories import filmed
from transcribe.redaction.name_list import ListedName, NameList, save_names
from transcribe.redaction.people_mentioned import people_mentioned
from transcribe.words import Transcript, Word

Cli = Callable[..., CommandResult]
NOBODY = "nobody else is in it"
OF_PEOPLE = "My eldest son came home. Then Siobhan rang Dr Ahmed, and the nurse said no."
APPROVE = ("--yes", "--description", "not-needed")


@pytest.fixture
def story_id(workspace: Workspace) -> str:
    story_id = filmed(workspace)
    finish(workspace, story_id)
    heard(workspace, story_id, OF_PEOPLE)
    return story_id


def heard(workspace: Workspace, story_id: str, text: str) -> None:
    words = tuple(
        Word(text=word, start=at * 10, end=at * 10 + 9) for at, word in enumerate(text.split())
    )
    transcript = Transcript(
        story=story_id,
        engine="whisper",
        model="small",
        model_sha256="0" * 64,
        options={},
        audio_sha256="0" * 64,
        duration=60_000,
        words=words,
    )
    workspace.story(story_id).transcript.write_bytes(struct_file.encode(transcript))


def sign_off(workspace: Workspace, story_id: str) -> None:
    record_release(
        workspace,
        story_id,
        expected=require_signable_cut(workspace, story_id),
        audience="trust",
        viewed=clock.today(),
        witness="carer-volunteer",
        form_version="1",
    )


def registers(workspace: Workspace, story_id: str) -> int:
    return len(read_history(workspace, story_id).registers)


def test_yes_is_not_enough_where_the_words_speak_of_people(
    run_cli: Cli, workspace: Workspace, story_id: str
) -> None:
    before = registers(workspace, story_id)
    refused = run_cli("people", "complete", story_id, "--yes")
    assert refused.code == 4
    for seen in ("1 time by a relation", "by a title", "by their work", "looks like a name"):
        assert seen in refused.err
    assert f'people complete {story_id} --nobody "{NOBODY}"' in refused.err
    for name in ("Siobhan", "Ahmed", "son", "nurse"):
        assert name not in refused.out + refused.err.replace("person", "")
    assert registers(workspace, story_id) == before
    assert run_cli("people", "complete", story_id, "--nobody", NOBODY).code == 0
    assert registers(workspace, story_id) == before + 1


@pytest.mark.parametrize(
    "typed", ["", "yes", "nobody", "Nobody else is in it", "nobody is in it", "nobody else is in"]
)
def test_no_other_words_will_do(
    run_cli: Cli, workspace: Workspace, story_id: str, typed: str
) -> None:
    before = registers(workspace, story_id)
    for more in ((), ("--yes",)):
        refused = run_cli("people", "complete", story_id, "--nobody", typed, *more)
        assert (refused.code, NOBODY in refused.err) == (2, True)
    assert registers(workspace, story_id) == before


def test_at_the_keyboard_it_is_typed(
    run_cli: Cli, workspace: Workspace, story_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = registers(workspace, story_id)
    for answer, code, more in (("y", 4, 0), (NOBODY, 0, 1)):
        monkeypatch.setattr("click.termui.visible_prompt_func", lambda _, typed=answer: typed)
        assert run_cli("people", "complete", story_id).code == code
        assert registers(workspace, story_id) == before + more


def test_who_is_in_the_register_is_not_nobody(
    run_cli: Cli, workspace: Workspace, story_id: str
) -> None:
    add_person(workspace, story_id, relation="son", about="x", decided="agreed", role="editor")
    refused = run_cli("people", "complete", story_id, "--nobody", NOBODY)
    assert (refused.code, "“nobody” cannot be said" in refused.err) == (2, True)
    assert run_cli("people", "complete", story_id, "--yes").code == 0


def test_words_without_people_need_no_sentence(
    run_cli: Cli, workspace: Workspace, story_id: str
) -> None:
    heard(workspace, story_id, "I waited for hours. Nobody told me. I think that was on Monday.")
    assert run_cli("people", "complete", story_id, "--yes").code == 0


def test_an_approval_asks_again_once_the_words_have_changed(
    run_cli: Cli, workspace: Workspace, story_id: str
) -> None:
    # As 0.1.0 recorded it: complete, and no sentence typed.
    sign_off(workspace, story_id)
    refused = run_cli("approve", story_id, *APPROVE)
    assert refused.code == 4
    assert "Its register says that nobody is in it" in refused.err
    assert f"people complete {story_id}" in refused.err
    assert "Siobhan" not in refused.err
    assert run_cli("people", "complete", story_id, "--nobody", NOBODY).code == 0
    heard(workspace, story_id, OF_PEOPLE + " His sister wept.")
    assert run_cli("approve", story_id, *APPROVE).code == 4
    assert run_cli("people", "complete", story_id, "--nobody", NOBODY).code == 0
    names = NameList(names=(ListedName(name="Siobhan Murphy"),))
    save_names(workspace.story(story_id), names)
    assert run_cli("approve", story_id, *APPROVE).code == 4
    save_names(workspace.story(story_id), NameList())
    approved = run_cli("approve", story_id, *APPROVE, "--json")
    assert approved.code == 0, approved.err
    assert json.loads(approved.out)["approval"]["story"] == story_id


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("My son came home.", "relations"),
        ("I went with our oldest little boy.", "relations"),
        ("Then mum was ill.", "relations"),
        ("I rang my mother-in-law.", "relations"),
        ("I rang Dr. Ahmed.", "titles"),
        ("then i rang mrs brown", "titles"),
        ("The ward’s doctor said no.", "by_work"),
        ("Then Siobhan came.", "names"),
        ("Siobhan came.", "names"),
    ],
)
def test_people_are_seen_by(workspace: Workspace, story_id: str, words: str, kind: str) -> None:
    heard(workspace, story_id, words)
    assert getattr(people_mentioned(workspace.story(story_id)), kind) == 1
