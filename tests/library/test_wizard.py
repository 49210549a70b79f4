"""The questions of `consent record` and `signoff`, typed at a terminal as people type."""

from __future__ import annotations

import io
import json
import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.cli.wizard import Prompt, ask, day, one_of, yes_or_no
from library.consent.contributors import contributor_of
from library.consent.decisions import require_signable_cut
from library.consent.stories import change_story, read_history
from library.consent.withdrawals import record_withdrawal
from library.core import clock
from library.core.settings import Settings
from library.core.workspace import Workspace
from library.forms.wording import form_version
from tests.support.child_signals import default_sigint
from tests.support.command_line import ROOT, CommandResult
from tests.support.quick_stories import AGREED, filmed

Cli = Callable[..., CommandResult]
Typed = Callable[..., CommandResult]


@pytest.fixture
def typed(run_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Run a command and answer it line by line; where the lines end, so does the input."""

    def run(*arguments: str | Path, lines: tuple[str, ...]) -> CommandResult:
        monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return run_cli(*arguments)

    return run


@pytest.fixture
def story_id(run_cli: Cli) -> str:
    result = run_cli("story", "new", "--title", "A story", "--questions", "being-heard", "--json")
    return str(json.loads(result.out)["id"])


AGREEING = ("yes", "today", "2", "yes", "yes", "1", "", "", "", "Ruth Ashby", "01632 960 111")


def test_an_agreement_typed_answer_by_answer(
    typed: Typed, workspace: Workspace, story_id: str
) -> None:
    result = typed("consent", "record", story_id, lines=(*AGREEING, "yes"))
    assert result.code == 0, result.err
    (agreement,) = read_history(workspace, story_id).agreements
    assert (agreement.on, agreement.taken_by) == (clock.today(), "editor")
    assert (agreement.independent, agreement.capacity_considered) == (True, True)
    assert agreement.record == "picture-and-voice"
    version = form_version(workspace, "participation")
    assert (agreement.form_version, agreement.form_sha256) == (version, "")
    contributor = contributor_of(workspace, story_id)
    assert contributor is not None
    assert (contributor.name, contributor.contact) == ("Ruth Ashby", "01632 960 111")
    assert "consent due" in result.out
    assert f"carer-stories capture import {story_id}" in result.out
    for file in (workspace.database, workspace.audit_log):
        assert b"Ashby" not in file.read_bytes()


def test_another_agreement_says_which_one_it_replaces(
    typed: Typed, workspace: Workspace, run_cli: Cli, story_id: str
) -> None:
    typed("consent", "record", story_id, lines=(*AGREEING, "yes"))
    ran = typed("consent", "record", story_id, lines=("no",))
    assert ran.code == 130
    assert f"signed on {clock.today()}, taken by the editor" in ran.out
    assert len(read_history(workspace, story_id).agreements) == 1
    ran = run_cli("consent", "record", story_id, *AGREED)
    assert "taken by the editor" in ran.out, "a script is told as well"
    assert len(read_history(workspace, story_id).agreements) == 2


def test_a_contributor_cannot_witness_their_own_signature(run_cli: Cli, story_id: str) -> None:
    options = [option if option != "carer-volunteer" else "contributor" for option in AGREED]
    ran = run_cli("consent", "record", story_id, *options)
    assert ran.code == 2
    assert "“contributor” cannot be it. Use one of: carer-volunteer, editor" in ran.err


def test_the_example_of_signoff_is_for_the_audience_that_films_are_made_for(run_cli: Cli) -> None:
    assert f"--audience {Settings().audience}" in run_cli("signoff", "--help").out


def test_every_question_says_why(typed: Typed, story_id: str) -> None:
    out = typed("consent", "record", story_id, lines=(*AGREEING, "yes")).out
    blocks = out.split("\n(")[1:]
    assert len(blocks) == 11
    for block in blocks:
        question, reason, *_ = block.splitlines()
        assert question.endswith("?")
        assert reason.startswith("  ")
        assert reason.rstrip().endswith(".")


def test_a_wrong_answer_is_explained_and_asked_again(
    typed: Typed, workspace: Workspace, story_id: str, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.pdf"
    empty.touch()
    scan = tmp_path / "the signed form.pdf"
    scan.write_bytes(b"%PDF-1.4 signed")
    lines = (
        "maybe", "yes",
        "yesterday", "31/02/2026", "31/12/2999", "1/3/2026",
        "Jane Smith", "9", "carer-volunteer",
        "no",
        "Y",
        "", "both", "2",
        "",
        "2",
        "/no/such.pdf", str(tmp_path), str(empty), f"'{scan}'",
        "x" * 201, "", "none-wanted",
        "perhaps", "yes",
    )  # fmt: skip
    result = typed("consent", "record", story_id, lines=lines)
    assert result.code == 0, result.err
    for phrase in (
        "Please type yes or no.",
        "“yesterday” is not a date.",
        "“31/02/2026” is not a date.",
        "2999-12-31 is still to come.",
        "or its number",
        "There is no file /no/such.pdf.",
        "is empty",
        "at most 200 characters",
        "Please type yes, back or stop.",
        "outside the relative’s care should confirm it",
    ):
        assert phrase in result.out, phrase
    (agreement,) = read_history(workspace, story_id).agreements
    assert agreement.on == date(2026, 3, 1)
    assert (agreement.independent, agreement.form_version) == (False, "2")
    assert agreement.record == "voice", "Enter is no answer to that"
    (scan,) = workspace.story(story_id).signed_forms.iterdir()
    assert scan.stem == agreement.form_sha256
    assert contributor_of(workspace, story_id) is None


def test_going_back_keeps_what_was_typed(typed: Typed, workspace: Workspace, story_id: str) -> None:
    lines = ("back", "yes", "2026-03-01", "1", "no", "back", "back", "manager", "", "yes")
    result = typed(
        "consent", "record", story_id, lines=(*lines, "1", "", "", "", "", "2", "back", "", "yes")
    )
    assert result.code == 0, result.err
    assert "This is the first question." in result.out
    (agreement,) = read_history(workspace, story_id).agreements
    assert (agreement.taken_by, agreement.independent) == ("manager", False)
    assert agreement.on == date(2026, 3, 1)


@pytest.mark.parametrize("leave", [("stop",), (), ("yes", "today", "STOP"), (*AGREEING, "stop")])
def test_leaving_records_nothing(
    typed: Typed, workspace: Workspace, story_id: str, leave: tuple[str, ...]
) -> None:
    before = workspace.database.read_bytes(), workspace.audit_log.read_bytes()
    assert typed("consent", "record", story_id, lines=leave).code == 130
    assert (workspace.database.read_bytes(), workspace.audit_log.read_bytes()) == before
    assert not workspace.contributors.exists()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (("no",), "carer-stories consent form"),
        (("yes", "", "1", "yes", "no"), "Mental Capacity Act 2005"),
    ],
)
def test_a_no_that_matters_ends_it_with_the_next_step(
    typed: Typed, workspace: Workspace, story_id: str, lines: tuple[str, ...], message: str
) -> None:
    result = typed("consent", "record", story_id, lines=lines)
    assert result.code == 4
    assert "Nothing was recorded" in result.err
    assert message in result.err
    assert read_history(workspace, story_id).agreements == ()


def test_what_is_given_is_not_asked(typed: Typed, workspace: Workspace, story_id: str) -> None:
    options = AGREED[:-1]
    result = typed(
        "consent",
        "record",
        story_id,
        *options,
        lines=("yes", "", "1", "", "", "", "", "none-wanted", "yes"),
    )
    assert result.code == 0, result.err
    assert "(1 of 7)" in result.out
    assert "Who went through the form" not in result.out
    assert "Taken by: carer-volunteer" in result.out


def test_a_script_that_leaves_something_out_is_told_the_option(
    run_cli: Cli, workspace: Workspace, story_id: str
) -> None:
    result = run_cli("consent", "record", story_id, "--taken-by", "editor", "--yes")
    assert result.code == 2
    assert "--independent or --not-independent, --capacity-considered are missing" in result.err
    assert "--taken-by" not in result.err
    assert read_history(workspace, story_id).agreements == ()
    filmed_id = filmed(workspace)
    result = run_cli("signoff", filmed_id, "--audience", "trust", "--witness", "editor", "--yes")
    assert result.code == 2
    assert "--cut is missing" in result.err
    assert read_history(workspace, filmed_id).releases == ()


def _code(workspace: Workspace, story_id: str) -> str:
    return require_signable_cut(workspace, story_id).code


def test_a_release_typed_answer_by_answer(typed: Typed, workspace: Workspace) -> None:
    story_id = filmed(workspace)
    code = _code(workspace, story_id)
    wrong_code = "00000000" if code != "00000000" else "11111111"
    lines = (
        "yes",
        wrong_code, code[:7], code.upper(),
        "today",
        "everyone", "2",
        "perhaps", "as-shown",
        "yes",
        "yes",
        "yes",
        "yes",
        "2020-01-01", "",
        "facilitator",
        "", "",
        "yes",
    )  # fmt: skip
    result = typed("signoff", story_id, lines=lines)
    assert result.code == 0, result.err
    assert result.out.count("That is not the code of the film as it is now.") == 2
    assert code not in result.out.partition("This will be recorded")[0], "the code was given away"
    assert "2020-01-01 is not to come" in result.out
    for audience in ("training", "trust", "partners", "public"):
        assert audience in result.out
    (release,) = read_history(workspace, story_id).releases
    assert (release.audience, release.witness, release.name) == ("trust", "facilitator", "none")
    assert release.review == clock.months_after(clock.today(), 24)
    assert release.cut.startswith(code)
    assert release.archive == "as-shown"
    assert "Archive: as-shown" in result.out
    assert "It may be kept in an archive, as it is shown." in result.out


def test_a_film_of_somebody_who_agreed_to_less_since_is_not_signed_off_unawares(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = filmed(workspace)
    options = ("--cut", _code(workspace, story_id), "--audience", "trust", "--witness", "editor")
    sentence = "only their voice is agreed to, and this film shows their picture"
    agreed = run_cli("consent", "record", story_id, *AGREED, "--record", "voice")
    assert agreed.code == 0, agreed.err
    signed = run_cli("signoff", story_id, *options, "--yes")
    assert signed.code == 0, signed.err
    assert sentence in signed.out
    assert f"carer-stories film {story_id} --picture voice-only" in signed.out
    # They watched it, and want it so.
    assert sentence not in run_cli("signoff", story_id, *options, "--yes").out


def test_no_archive_may_keep_what_nobody_was_asked_about(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = filmed(workspace)
    code = _code(workspace, story_id)
    options = ("--cut", code, "--audience", "public", "--witness", "editor", "--yes")
    assert run_cli("signoff", story_id, *options).code == 0
    assert read_history(workspace, story_id).releases[-1].archive == "no"
    assert "It may not be kept in an archive" in run_cli("status", story_id).out
    assert run_cli("signoff", story_id, *options, "--archive", "uncut").code == 0
    assert read_history(workspace, story_id).releases[-1].archive == "uncut"
    assert "the recording that was not cut" in run_cli("story", "show", story_id).out
    assert "It may not be kept in an archive, because:" in run_cli("status", story_id).out
    assert run_cli("signoff", story_id, *options, "--archive", "everything").code == 2


@pytest.mark.parametrize(
    ("before", "message"),
    [
        (0, "carer-stories site preview"),
        (5, "story edit"),
        (6, "carer-stories film"),
        (7, "Talk it through"),
        (8, "If you change your mind"),
    ],
)
def test_nothing_is_released_that_the_contributor_did_not_see_or_know(
    typed: Typed, workspace: Workspace, before: int, message: str
) -> None:
    story_id = filmed(workspace)
    lines = ("yes", _code(workspace, story_id), "today", "trust", "", "yes", "yes", "yes", "yes")
    result = typed("signoff", story_id, lines=(*lines[:before], "no"))
    assert result.code == 4, result.out
    assert "Nothing was recorded" in result.err
    assert message in result.err
    assert read_history(workspace, story_id).releases == ()


def test_the_name_on_the_page_is_repeated(
    typed: Typed, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = filmed(workspace)
    change_story(workspace, story_id, {"contributor": "Ruth"})
    options = ("--cut", _code(workspace, story_id), "--audience", "trust", "--witness", "editor")
    lines = ("yes", "", "no", "none", "first", "yes", "yes", "yes", "", "", "", "yes")
    result = typed("signoff", story_id, *options, lines=lines)
    assert result.code == 0, result.err
    assert "The page shows the name “Ruth”. What is that?" in result.out
    assert "Named “Ruth”, which is: first" in result.out
    assert read_history(workspace, story_id).releases[-1].name == "first"


def test_a_code_of_another_film_is_refused_before_anything_is_asked(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = filmed(workspace)
    result = run_cli("signoff", story_id, "--cut", "00000000")
    assert result.code == 2
    assert "not the 00000000 that was viewed" in result.err
    assert "(1 of" not in result.out


def test_an_audience_that_was_taken_back_is_not_offered_again(
    typed: Typed, workspace: Workspace
) -> None:
    story_id = filmed(workspace)
    record_withdrawal(workspace, story_id, "contributor", scope="partners")
    options = ("--cut", _code(workspace, story_id), "--witness", "editor")
    result = typed("signoff", story_id, *options, lines=("yes", "", "public", "training", "stop"))
    assert "Showing it to “public” was taken back, for good." in result.out
    assert result.code == 130


def test_a_viewing_long_ago_needs_a_review_day_of_its_own(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = filmed(workspace)
    options = ("--cut", _code(workspace, story_id), "--audience", "trust", "--witness", "editor")
    viewed = clock.today() - timedelta(days=1000)
    result = run_cli("signoff", story_id, *options, "--viewed", str(viewed), "--yes")
    assert result.code == 2
    assert "--review" in result.err


class Terminal:
    """A command at a real terminal of its own: what it shows can be waited for and answered."""

    def __init__(self, workspace: Workspace, *arguments: str) -> None:
        import pty

        self.seen = ""
        self.pid, self.handle = pty.fork()
        if self.pid == 0:
            default_sigint()
            os.chdir(workspace.root)
            os.environ["PYTHONPATH"] = os.pathsep.join((str(ROOT), str(ROOT / "site")))
            os.execv(  # noqa: S606
                sys.executable, [sys.executable, "-m", "carer_stories", *arguments]
            )

    def wait_for(self, text: str) -> None:
        while text not in self.seen:
            assert self._read(), f"it ended without “{text}”:\n{self.seen}"
        self.seen = self.seen.partition(text)[2]

    def type(self, text: str) -> None:
        os.write(self.handle, text.encode())

    def until_it_reads(self) -> None:
        """Until it sleeps over its question: between asking and reading Python hears no Ctrl-C."""
        state = Path(f"/proc/{self.pid}/stat")
        if not state.exists():
            time.sleep(1)
            return
        while state.read_text().rpartition(") ")[2][0] not in "SZ":
            time.sleep(0.01)

    def end(self) -> int:
        while self._read():
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _read(self) -> bool:
        ready, _, _ = select.select([self.handle], [], [], 60)
        assert ready, f"it waits for something else:\n{self.seen}"
        with suppress(OSError):
            read = os.read(self.handle, 4096)
            self.seen += read.decode(errors="replace")
            return bool(read)
        return False


@pytest.fixture
def terminal(workspace: Workspace) -> Iterator[Callable[..., Terminal]]:
    pytest.importorskip("pty")
    opened: list[Terminal] = []

    def open_one(*arguments: str) -> Terminal:
        opened.append(Terminal(workspace, *arguments))
        return opened[-1]

    yield open_one
    for descriptor in opened:
        os.close(descriptor.handle)


def test_at_a_real_terminal_answers_mistakes_and_all(
    terminal: Callable[..., Terminal], workspace: Workspace, story_id: str
) -> None:
    screen = terminal("consent", "record", story_id)
    screen.wait_for("Answer: ")
    screen.type("ja\n")
    screen.wait_for("Please type yes or no.")
    screen.wait_for("Answer: ")
    for line in ("yes", "", "1", "yes", "yes", "1", "", "", "", "", "1", "yes"):
        screen.type(f"{line}\n")
        if line != "":
            screen.wait_for(line)
    assert screen.end() == 0, screen.seen
    assert "The agreement is recorded." in screen.seen
    assert len(read_history(workspace, story_id).agreements) == 1


def test_ctrl_c_at_a_real_terminal_leaves_nothing(
    terminal: Callable[..., Terminal], workspace: Workspace, story_id: str
) -> None:
    before = workspace.database.read_bytes(), workspace.audit_log.read_bytes()
    screen = terminal("consent", "record", story_id)
    for line in ("yes", "", "1", "yes"):
        screen.wait_for("Answer")
        screen.type(f"{line}\n")
    screen.wait_for("Did you think about whether")
    screen.wait_for("Answer: ")
    screen.until_it_reads()
    screen.type("\x03")
    assert screen.end() == 130
    assert "Traceback" not in screen.seen
    assert "Nothing was left half done." in screen.seen
    assert (workspace.database.read_bytes(), workspace.audit_log.read_bytes()) == before


def test_enter_is_told_what_to_type_and_only_certain_questions_are_counted(
    typed: Typed, workspace: Workspace, story_id: str
) -> None:
    lines = ("", "yes", "", "", "1", "yes", "yes", "1", "", "", "", "Ruth", "", "1", "", "yes")
    result = typed("consent", "record", story_id, lines=lines)
    assert result.code == 0, result.err
    assert "Please type yes or no." in result.out
    assert "Please type one of:" in result.out
    assert "Please type yes, back or stop." in result.out
    assert "(10 of 10) What is the contributor’s real name?" in result.out
    assert "(follow-up) How do they want to be reached?" in result.out


WORDS = ("red", "green")
QUESTIONS = (
    Prompt("first", "Is it?", "Why.", yes_or_no, label="First", option="--first"),
    Prompt("second", "Which?", "Why.", one_of(WORDS), choices=[("red", ""), ("green", "")]),
    Prompt("third", "When?", "Why.", day, is_relevant=lambda answers: bool(answers.get("first"))),
)


@pytest.mark.parametrize(
    ("command", "lines", "sentence"),
    [
        ("staff add", ("", "Ruth Ashby"), "Please type their real name: it is kept in private."),
        (
            "story new --title A",
            ("", "other", "BEING-HEARD"),
            "Please type one of these: admission-",
        ),
        ("contributor record {story}", (" ", "Ruth", ""), "Please type their real name, which"),
        ("safeguarding hold {story}", ("", "court"), "Please type in a few words why"),
        ("contributor forget {story}", ("perhaps", "y"), "type y for yes or n for no, or stop"),
    ],
)
def test_enter_alone_is_told_what_to_type_by_every_command(
    typed: Typed, story_id: str, command: str, lines: tuple[str, ...], sentence: str
) -> None:
    if "forget" in command:
        typed("contributor", "record", story_id, lines=("Ruth", ""))
    result = typed(*command.format(story=story_id).split(), lines=lines)
    assert result.code == 0, result.err
    assert result.out.count(sentence) == (2 if "other" in lines else 1)
    assert "Error" not in result.out + result.err


@pytest.mark.parametrize(
    ("command", "lines", "code"),
    [
        ("story new", ("back", "First", "back", "Second", "being-heard"), 0),
        ("story new", ("A title", "stop"), 130),
        ("contributor record {story}", ("Ruth", "back", "Ruth Ashby", "01632 960 111"), 0),
        ("safeguarding record {story}", ("It", "son", "back", "back", "It all", "", "a team"), 0),
        ("contributor forget {story}", ("back", "STOP"), 130),
        ("contributor forget {story}", ("Back", "y"), 0),
    ],
)
def test_stop_and_back_are_heard_at_every_question(
    typed: Typed, story_id: str, command: str, lines: tuple[str, ...], code: int
) -> None:
    if "forget" in command:
        typed("contributor", "record", story_id, lines=("Ruth", ""))
    result = typed(*command.format(story=story_id).split(), lines=lines)
    assert result.code == code, result.err
    assert result.out.count("Nothing leads back") == (1 if lines[0].lower() == "back" else 0)
    assert "“First”" not in result.out


@given(
    st.lists(
        st.sampled_from(["yes", "no", "red", "2", "back", "today", "stop", "", "?", "31/1/2026"]),
        max_size=30,
    )
)
def test_whatever_is_typed_it_ends_stopped_or_whole(lines: list[str]) -> None:
    stdin, sys.stdin = sys.stdin, io.StringIO("".join(f"{line}\n" for line in lines))
    try:
        answers = ask(QUESTIONS, {})
    except click.Abort:
        return
    finally:
        sys.stdin = stdin
    assert isinstance(answers["first"], bool)
    assert answers["second"] in WORDS
    assert ("third" in answers) == answers["first"]
    assert isinstance(answers.get("third", date.today()), date)


def test_a_day_or_a_word_for_later_is_nobodys_name(typed: Typed, story_id: str) -> None:
    lines = (*AGREEING[:-2], "TODO", "1 May 2026", "Ruth Ashby", "2026-05-01", "01632 960 111")
    result = typed("consent", "record", story_id, lines=(*lines, "yes"))
    assert result.code == 0, result
    for refused in ("TODO", "1 May 2026", "2026-05-01"):
        assert f"“{refused}” is no answer to that." in result.out
