"""The commands of `training`, as a facilitator and an editor type them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.consent.withdrawals import record_withdrawal
from library.core.workspace import Workspace
from publish.training.feedback import form_columns, read_forms
from publish.training.feedback_page import feedback_page
from tests.support import quick_stories
from tests.support.command_line import CommandResult
from tests.support.training_plans import PLAN

Cli = Callable[..., CommandResult]
HEADS = "plan,version,date,confident_before,confident_after,looked-after_after,one-thing"


@pytest.fixture
def story_id(workspace: Workspace) -> str:
    return quick_stories.released(workspace, "Nobody asked")


def _plan(story: str) -> str:
    """For a story as `tests.support.quick_stories` makes it: one chapter, one sentence."""
    text = PLAN.replace("STORY", story)
    text = text.replace(
        "    chapter: first-contact\n    from: I rang the ward\n    to: waited\n", ""
    )
    return text.replace("    chapter: staff\n", "    chapter: beginning\n")


def _lay(workspace: Workspace, text: str, name: str = "listening") -> Path:
    path = workspace.training / f"{name}.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_plan_in_order_can_be_used(workspace: Workspace, run_cli: Cli, story_id: str) -> None:
    _lay(workspace, _plan(story_id))
    result = run_cli("training", "check")
    assert (result.code, result.err) == (0, "")
    assert "listening.yml: “Listening: a short session” can be used." in result.out
    (row,) = json.loads(run_cli("training", "list", "--json").out)
    assert (row["id"], row["clips"]) == ("listening", 2)


def test_everything_that_is_wrong_is_told_at_once(
    workspace: Workspace, run_cli: Cli, story_id: str
) -> None:
    text = _plan(story_id).replace("chapter: beginning", "chapter: staff")
    text = text.replace("minutes: 30", "minutes: 29").replace("say: Good morning.", "say: TO WRITE")
    _lay(workspace, text)
    result = run_cli("training", "check", "listening")
    assert result.code == 2
    for phrase in ("it says 29", "still to be written", "this story has no chapter “staff”"):
        assert phrase in result.out
    assert "there are: beginning" in result.out
    (plan_report,) = json.loads(run_cli("training", "check", "--json").out)
    assert [problem["line"] for problem in plan_report["problems"]] == sorted(
        problem["line"] for problem in plan_report["problems"]
    )


def test_a_mistake_hides_no_other(workspace: Workspace, run_cli: Cli, story_id: str) -> None:
    """Of the file, of fields, of clips and of what cannot be, in several files at once."""
    text = _plan(story_id)
    for right, wrong in (
        ("kind: talk", "kind: speech"),
        ("title: A call in the evening", "titel: A call in the evening"),
        ("importance: optional", "importance: perhaps"),
        ("kind: role-play", "kind: roleplay"),
        ("brief: One calls, one answers.", "brief: In threes. Change round."),
        ("chapter: beginning", "chapter: staff"),
        ("timer: 10", "timer: soon"),
        ("when: after", "when: later"),
        ("    minutes: 6\n", "    minutes: 6\n    to: What nobody said at all\n"),
    ):
        assert right in text, right
        text = text.replace(right, wrong, 1)
    _lay(workspace, text)
    _lay(workspace, _plan(story_id).replace("minutes: 30", "minutes: 29"), "second")
    result = run_cli("training", "check", "nowhere", "listening", "elsewhere", "second")
    assert result.code == 3
    assert "nowhere.yml" in result.err
    assert "elsewhere.yml" in result.err
    for phrase in (
        "“speech” is no kind", "titel: there is no field of that name",
        "“perhaps” cannot stand here",
        "“roleplay” is no kind", "it is played in threes, and there are 2 cards",
        "has no chapter “staff”", "timer: write a whole number", "“later” cannot stand here",
        "these words are not said in this story", "3 rounds of 2:00",
        "it must be the file’s own name, second",
        "it says 29, but the running order adds up to 30",
    ):  # fmt: skip
        assert phrase in result.out, phrase
    (report,) = json.loads(run_cli("training", "check", "listening", "--json").out)
    lines = [problem["line"] for problem in report["problems"]]
    assert len(lines) >= 10
    assert lines == sorted(lines)


def test_a_plan_that_cannot_be_held_is_shown_and_told(
    workspace: Workspace, run_cli: Cli, story_id: str
) -> None:
    """Plans of people who wrote them before this was looked at stay where they are."""
    _lay(workspace, _plan(story_id).replace("    timer: 120\n", "    timer: 1200\n"))
    result = run_cli("training", "check")
    assert result.code == 2
    assert "is shown, and this is to be mended:" in result.out
    assert "1 round of 20:00" in result.out
    assert run_cli("site", "build", "--audience", "trust").code == 0
    assert (workspace.public / "training" / "listening.html").is_file()


def test_what_fits_into_the_time_there_is_is_told(
    workspace: Workspace, run_cli: Cli, story_id: str
) -> None:
    text = _plan(story_id).replace("minutes: 8\n", "minutes: 18\n")
    _lay(workspace, text.replace("minutes: 30", "minutes: 40"))
    out = run_cli("training", "check").out
    assert "In 30 minutes: without points 3, 6; it takes 20." in out
    assert "In 45 minutes: everything; it takes 40." in out


def test_a_story_nobody_knows_is_told_with_those_there_are(
    workspace: Workspace, run_cli: Cli, story_id: str
) -> None:
    _lay(workspace, _plan("cs-222222"))
    result = run_cli("training", "check")
    assert result.code == 2
    assert f"there is no story “cs-222222”; there are: {story_id}" in result.out


def test_a_story_that_may_not_be_shown_is_no_fault_and_is_said(
    workspace: Workspace, run_cli: Cli, story_id: str
) -> None:
    _lay(workspace, _plan(story_id))
    record_withdrawal(workspace, story_id, "contributor")
    result = run_cli("training", "check")
    assert result.code == 0
    assert "Left out for now: line" in result.out
    assert "no clip may be shown yet" in run_cli("training", "list", "--json").out


def test_a_clip_longer_than_its_minutes_is_told(
    workspace: Workspace, run_cli: Cli, story_id: str
) -> None:
    text = (
        _plan(story_id)
        .replace("minutes: 6\n", "minutes: 0\n")
        .replace("minutes: 30", "minutes: 24")
    )
    _lay(workspace, text)
    result = run_cli("training", "check")
    assert result.code == 2
    assert "the clip alone takes 0:01; give it more minutes" in result.out


def test_a_plan_can_lie_anywhere_while_it_is_written(
    workspace: Workspace, run_cli: Cli, story_id: str, tmp_path: Path
) -> None:
    path = tmp_path / "listening.yml"
    path.write_text(_plan(story_id))
    assert run_cli("training", "check", path).code == 0
    result = run_cli("training", "check", "nowhere")
    assert result.code == 3
    assert "nowhere.yml" in result.err


def test_a_new_plan_is_begun_and_says_what_is_still_to_be_written(
    workspace: Workspace, run_cli: Cli, story_id: str
) -> None:
    options = ("--title", "First: contact", "--aim", "To listen", "--clip", f"{story_id}:beginning")
    result = run_cli("training", "new", "first", *options, "--yes")
    assert result.code == 0, result.err
    assert "introduction: this is still to be written" in result.out
    assert "chapter" not in result.out
    path = workspace.training / "first.yml"
    assert 'title: "First: contact"' in path.read_text()
    assert run_cli("site", "build", "--audience", "trust").code == 0
    assert not (workspace.public / "training" / "first.html").exists(), "it is not written yet"
    before = path.read_bytes()
    result = run_cli("training", "new", "first", *options, "--yes")
    assert result.code == 2
    assert path.read_bytes() == before


@pytest.mark.parametrize(("minutes", "clips"), [(15, 1), (15, 4), (20, 9), (60, 49), (480, 30)])
def test_the_minutes_of_a_new_plan_add_up_to_those_of_the_session(
    workspace: Workspace, run_cli: Cli, story_id: str, minutes: int, clips: int
) -> None:
    clip_options = [word for _ in range(clips) for word in ("--clip", story_id)]
    given = ("--title", "T", "--aim", "A", "--minutes", str(minutes), *clip_options, "--yes")
    result = run_cli("training", "new", "first", *given)
    assert result.code == 0, result.err
    assert "adds up to" not in result.out
    total, *each = re.findall(
        r"^ *minutes: (\d+)$", (workspace.training / "first.yml").read_text(), re.MULTILINE
    )
    assert sum(map(int, each)) == int(total) == minutes
    assert "0" not in each


def test_more_clips_than_there_are_minutes_for_are_refused(
    workspace: Workspace, run_cli: Cli, story_id: str
) -> None:
    clip_options = [word for _ in range(12) for word in ("--clip", story_id)]
    given = ("--title", "T", "--aim", "A", "--minutes", "20", *clip_options, "--yes")
    result = run_cli("training", "new", "first", *given)
    assert result.code == 2
    assert "12 clips cannot be shown in 20 minutes" in result.err
    assert "--minutes 23" in result.err
    assert not (workspace.training / "first.yml").exists()


@pytest.mark.parametrize("name", ["../out", "With Spaces", "", "a" * 60])
def test_a_plan_cannot_be_begun_outside_its_folder(
    workspace: Workspace, run_cli: Cli, name: str
) -> None:
    before = sorted(workspace.root.rglob("*.yml"))
    options = ("--title", "T", "--aim", "A", "--clip", "cs-222222", "--yes")
    assert run_cli("training", "new", name, *options).code == 2
    assert sorted(workspace.root.rglob("*.yml")) == before


def test_a_new_plan_asks_what_was_not_given(
    workspace: Workspace, story_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from click.testing import CliRunner

    import carer_stories

    monkeypatch.chdir(workspace.root)
    answers = ["first", "First contact", "To listen", "", "", "", "many", "45", "", "", story_id]
    result = CliRunner().invoke(
        carer_stories.root, ["training", "new"], input="\n".join([*answers, "yes"]) + "\n"
    )
    assert result.exit_code == 0, result.output
    assert "Please type a number from 15 to 480." in result.output
    assert f"{story_id} “Nobody asked”: beginning" in result.output
    assert "minutes: 45" in (workspace.training / "first.yml").read_text()


# Feedback


@pytest.fixture
def forms(workspace: Workspace, story_id: str, tmp_path: Path) -> Callable[..., Path]:
    _lay(workspace, _plan(story_id))

    def write(*lines: str, heads: str = HEADS, name: str = "forms.csv") -> Path:
        path = tmp_path / name
        path.write_text("\ufeff" + "\r\n".join([heads, *lines]) + "\r\n", encoding="utf-8")
        return path

    return write


def test_forms_become_one_page_with_numbers_and_comments(
    workspace: Workspace, run_cli: Cli, forms: Callable[..., Path]
) -> None:
    first = forms(
        "listening,1,2026-11-23,2,4,5,Ring back",
        'listening,1,2026-11-23,3,3,4,"<b>two lines</b>\r\nof it"',
    )
    more = ("listening,1,2026-11-24,4,1,,'=1+1", *["listening,1,2026-11-24,3,3,,"] * 2)
    second = forms(*more, name="more.csv")
    result = run_cli("training", "feedback", first, second, "--json")
    assert result.code == 0, result.err
    report = json.loads(result.out)
    assert report["forms"] == 5
    page = Path(report["page"])
    assert page.parent == workspace.feedback
    assert page.stat().st_mode & 0o777 == 0o600
    words = page.read_text(encoding="utf-8")
    assert "Of 5 who answered both, 1 went up, 3 stayed and 1 went down." in words
    assert "&lt;b&gt;two lines&lt;/b&gt;" in words
    assert "<li>=1+1</li>" in words
    assert "2026-11-23, 2026-11-24" in words
    assert '<th scope="row">Before</th><td>0</td><td>1</td><td>3</td><td>1</td><td>0</td>' in words
    assert "<script" not in words
    assert words.count("Fewer than 5 people answered this.") == 1, "two said how useful it was"
    few = run_cli("training", "feedback", first, "--to", page.with_name("few.html"))
    assert "Fewer than five people answered about listening: nothing of it is shown." in few.out
    words = page.with_name("few.html").read_text(encoding="utf-8")
    assert "Fewer than 5 people filled in this form" in words
    assert "Ring back" not in words
    assert "<table" not in words


def test_the_page_is_never_part_of_the_site(
    workspace: Workspace, run_cli: Cli, forms: Callable[..., Path], tmp_path: Path
) -> None:
    path = forms("listening,1,2026-11-23,2,4,5,Xylophone")
    assert run_cli("training", "feedback", path).code == 0
    assert run_cli("site", "build", "--audience", "trust").code == 0
    for file in workspace.public.rglob("*"):
        assert not (file.is_file() and b"Xylophone" in file.read_bytes())
    for dest in (workspace.public, workspace.content / "feedback.html", workspace.edition):
        result = run_cli("training", "feedback", path, "--to", dest)
        assert result.code == 2, dest
        assert "what staff are shown" in result.err
    page_path = tmp_path / "here.html"
    assert run_cli("training", "feedback", path, "--to", page_path).code == 0
    assert run_cli("training", "feedback", path, "--to", page_path).code == 2, (
        "nothing is overwritten"
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("listening,1,2026-11-23,6,4,5,", "line 2, confident_before: “6” is not a number"),
        ("listening,1,2026-11-23,good,4,5,", "“good” is not a number from 1 to 5"),
        ("elsewhere,1,2026-11-23,2,4,5,", "there is no plan “elsewhere”; there are: listening"),
        ("listening,1,2026-11-23,2,4,5,x,y", "more cells than columns"),
    ],
)
def test_a_cell_that_makes_no_sense_is_named(
    run_cli: Cli, forms: Callable[..., Path], line: str, message: str
) -> None:
    result = run_cli("training", "feedback", forms(line))
    assert result.code == 2
    assert message in result.err
    assert "forms.csv" in result.err


def test_columns_the_plan_does_not_know_are_named(run_cli: Cli, forms: Callable[..., Path]) -> None:
    result = run_cli("training", "feedback", forms("listening,4", heads="plan,mood_before"))
    assert result.code == 2
    assert "no question “mood_before”; it has: confident_before" in result.err
    result = run_cli("training", "feedback", forms("a,b", heads="name,mood"))
    assert "no column “plan”" in result.err


def test_the_same_file_twice_is_refused(run_cli: Cli, forms: Callable[..., Path]) -> None:
    line = "listening,1,2026-11-23,2,4,5,"
    result = run_cli("training", "feedback", forms(line), forms(line, name="copy.csv"))
    assert result.code == 2
    assert "would count twice" in result.err


def test_what_a_spreadsheet_saves_is_read(run_cli: Cli, forms: Callable[..., Path]) -> None:
    path = forms("listening;1;;2;4;;", heads=HEADS.replace(",", ";"))
    assert run_cli("training", "feedback", path).code == 0
    path.write_bytes(HEADS.encode() + b"\nlistening,1,,2,4,,caf\xe9\n")
    result = run_cli("training", "feedback", path)
    assert result.code == 2
    assert "CSV UTF-8" in result.err


def _frame() -> Any:
    from tests.support.training_plans import DEFAULT, plan_file

    return plan_file(DEFAULT).record


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "1", "5"]), st.sampled_from(["", "2", "4"]), st.text(max_size=30)
        ),
        min_size=1,
        max_size=8,
    )
)
def test_any_comment_is_read_back_and_stays_words(rows: list[tuple[str, str, str]]) -> None:
    import csv
    import io
    import tempfile

    plan = _frame()
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(form_columns(plan.evaluation))
    for before, after, words in rows:
        writer.writerow(
            ["listening", 1, "", before, after, "", words.encode("utf-8", "ignore").decode()]
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "forms.csv"
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
        forms = read_forms([path], {plan.id: plan})
    assert len(forms) == len(rows)
    for form, (before, _, _) in zip(forms, rows, strict=True):
        assert form.scores.get(("confident", "before")) == (int(before) if before else None)
    page = feedback_page([plan], forms)
    assert page.count("<li>") <= len(rows)
    assert "<script" not in page


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_as_forms_are_refused_or_read(data: bytes) -> None:
    import tempfile

    from library.core.errors import BadInput

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "forms.csv"
        path.write_bytes(data)
        with pytest.raises(BadInput):
            read_forms([path], {})
