"""The report over time, the letter and the evidence: nothing of fewer than five people."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.consent.withdrawals import record_withdrawal
from library.core.errors import BadInput, Damaged
from library.core.workspace import Workspace
from publish.training.feedback import ABOUT_THE_FORM
from publish.training.groups_of_five import FIVE, Grouping, GroupsRecord
from publish.training.report import (
    TrainingReport,
    average_in_words,
    make_report,
    report_page,
)
from tests.support.command_line import CommandResult
from tests.support.training_plans import DEFAULT

Cli = Callable[..., CommandResult]
HEADS = ("plan", "version", "date", "confident_before", "confident_after", "looked-after_after",
         "one-thing", "did_it_later", "confident_later", "what_i_did", "example",
         "heard_by_staff_after", "noticed", *ABOUT_THE_FORM)  # fmt: skip
OLD_HEADS = ("plan", "version", "date", "confident_before", "confident_after", "looked-after_after",
             "one-thing")  # fmt: skip


def _write(path: Path, rows: Sequence[dict[str, object]], heads: Sequence[str] = HEADS) -> Path:
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, heads, restval="")
        writer.writeheader()
        writer.writerows({"plan": "listening", "version": 1, **row} for row in rows)
    return path


def _evaluations(
    day: str, count: int, *, first: int = 0, **more: object
) -> list[dict[str, object]]:
    return [
        {
            "date": day,
            "session_on": day,
            "form_id": f"{day.replace('-', '')}e{number}",
            "confident_before": 2,
            "confident_after": 4,
            "one-thing": f"words {day} {number}",
            "words_shared": "yes",
            **more,
        }
        for number in range(first, first + count)
    ]


def _later(day: str, count: int, kind: str = "two-weeks") -> list[dict[str, object]]:
    return [
        {
            "form_kind": kind,
            "session_on": day,
            "form_id": f"{day.replace('-', '')}{kind[:2]}{number}",
            "did_it_later": 3,
            "confident_later": 4,
            "what_i_did": f"I rang back {number}",
            "words_shared": "yes",
        }
        for number in range(count)
    ]


@pytest.fixture
def planned(workspace: Workspace) -> Workspace:
    text = DEFAULT.replace("id: listening", "id: listening\nstandards: [toc-2, toc-3]")
    (workspace.training / "listening.yml").write_text(text, encoding="utf-8")
    return workspace


def _figure(report: TrainingReport, statement: str, session: str, stage: str) -> str:
    (plan,) = report.plans
    for result in plan.statements:
        for row in result.rows:
            if (result.id, row.session) == (statement, session) and stage in row.figures:
                figure = row.figures[stage]
                return f"{figure.average} ({figure.answers})"
    return ""


# Nothing of fewer than five people


@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(st.integers(0, 3), st.integers(1, 7)), max_size=4),
            st.sets(st.integers(0, 40), max_size=3),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_no_figures_of_any_reports_tell_together_of_fewer_than_five(
    reports: list[tuple[list[tuple[int, int]], set[int]]],
) -> None:
    """Whoever has every report knows the sum of each shown set, and so of each part of them."""
    record, here, number = GroupsRecord(), {}, 0
    shown: list[frozenset[str]] = []
    for arrivals, removed in reports:
        for session, count in arrivals:
            for _ in range(count):
                number += 1
                here[f"form-{number}"] = f"2026-11-0{session}" if session else ""
        for gone in removed:
            here.pop(f"form-{gone}", None)
        grouping = Grouping(record)
        groups = grouping.groups_for("a question", dict(here))
        record = grouping.record
        shown.append(frozenset(groups.keys()))
        shown += [frozenset(groups.keys(f"2026-11-0{session}")) for session in range(1, 4)]
        assert set().union(*shown[-4:]) <= set(here), "nothing that is gone is shown again"
    parts = Counter(tuple(form in each for each in shown) for form in frozenset().union(*shown))
    assert not _told_of_fewer_than_five(parts)


def _told_of_fewer_than_five(parts: Counter[tuple[bool, ...]]) -> list[tuple[int, ...]]:
    """Parts with fewer than five people in all about whom some combination of the sums tells.

    `parts` are the people who are in the same shown sets. Sums of these sets, added and subtracted
    in any way, tell of some parts alone where the rest of them can be made to vanish.
    """
    if not parts:
        return []
    sizes = list(parts.values())
    sums = np.array([*parts], dtype=float).reshape(len(sizes), -1).T
    small = [part for part, size in enumerate(sizes) if size < FIVE]
    told = []
    for count in range(1, FIVE):
        for chosen in combinations(small, count):
            if sum(sizes[part] for part in chosen) < FIVE:
                rest = np.delete(sums, chosen, axis=1)
                if np.linalg.matrix_rank(rest) < np.linalg.matrix_rank(sums):
                    told.append(chosen)
    return told


def test_each_stage_is_shown_for_a_session_and_for_all(planned: Workspace, tmp_path: Path) -> None:
    rows = [
        *_evaluations("2026-11-02", 6),
        *_later("2026-11-02", 5),
        *_later("2026-11-02", 7, "three-months"),
    ]
    report = make_report(planned, [_write(tmp_path / "answers.csv", rows)])
    for session in ("", "2026-11-02"):
        assert _figure(report, "confident", session, "before") == "2.0 (6)"
        assert _figure(report, "confident", session, "after") == "4.0 (6)"
        assert _figure(report, "confident", session, "two-weeks") == "4.0 (5)"
        assert _figure(report, "did_it", session, "three-months") == "3.0 (7)"
    page = report_page(report)
    assert "4.0 (5)" in page
    assert "I rang back 3" in page
    assert "<script" not in page


def test_a_small_session_is_told_of_only_with_others_and_never_by_subtraction(
    planned: Workspace, tmp_path: Path
) -> None:
    large = _write(tmp_path / "large.csv", _evaluations("2026-11-02", 6))
    small = _write(
        tmp_path / "small.csv", _evaluations("2026-11-03", 4, confident_before=1, confident_after=1)
    )
    report = make_report(planned, [large, small])
    assert _figure(report, "confident", "", "after") == "4.0 (6)", "the four are not in it"
    assert not _figure(report, "confident", "2026-11-03", "after")
    assert "words 2026-11-03" not in report_page(report)
    assert report.plans[0].are_some_waiting
    one_more = _write(tmp_path / "late.csv", _evaluations("2026-11-02", 1, first=6))
    report = make_report(planned, [large, small, one_more])
    assert not _figure(report, "confident", "2026-11-03", "after")
    assert _figure(report, "confident", "2026-11-02", "after") == "4.0 (6)", "one form is not told"
    # Four of one session and one of the other are five: in all, and in neither session.
    assert _figure(report, "confident", "", "after").endswith("(11)")


def test_a_form_that_is_taken_away_is_not_told_by_the_difference(
    planned: Workspace, tmp_path: Path
) -> None:
    rows = _evaluations("2026-11-02", 9)
    whole = make_report(planned, [_write(tmp_path / "a.csv", rows)])
    assert _figure(whole, "confident", "", "after") == "4.0 (9)"
    rest = make_report(planned, [_write(tmp_path / "b.csv", rows[1:])])
    assert not _figure(rest, "confident", "", "after")
    assert not rest.plans[0].words


def test_words_are_shown_where_five_agreed_and_in_no_order_of_their_lines(
    planned: Workspace, tmp_path: Path
) -> None:
    rows = _evaluations("2026-11-02", 12)
    for row in rows[8:]:
        row["words_shared"] = "no"
    report = make_report(planned, [_write(tmp_path / "a.csv", rows)])
    (words,) = report.plans[0].words
    assert sorted(words.texts) == [f"words 2026-11-02 {number}" for number in range(8)]
    assert list(words.texts) != sorted(words.texts)
    for row in rows[4:]:
        row["words_shared"] = "no"
    fresh = Workspace(tmp_path / "other")
    fresh.training.mkdir(parents=True)
    (fresh.training / "listening.yml").write_text(DEFAULT)
    assert not make_report(fresh, [_write(tmp_path / "b.csv", rows)]).plans[0].words


def test_an_average_that_would_tell_what_everybody_chose_is_a_bound(
    planned: Workspace, tmp_path: Path
) -> None:
    rows = _evaluations("2026-11-02", 5, confident_before=1, confident_after=5)
    report = make_report(planned, [_write(tmp_path / "a.csv", rows)])
    assert _figure(report, "confident", "", "before") == "under 1.5 (5)"
    assert _figure(report, "confident", "", "after") == "over 4.5 (5)"


_GROUPS = st.lists(
    st.lists(st.integers(1, 5), min_size=5, max_size=9)
    | st.lists(st.sampled_from((4, 5, 5, 5)), min_size=5, max_size=9)
    | st.lists(st.sampled_from((1, 1, 1, 2)), min_size=5, max_size=9),
    min_size=1,
    max_size=5,
)


@settings(deadline=None, max_examples=300)
@given(_GROUPS, st.data())
def test_no_figure_changes_with_answers_that_a_bound_hides(
    groups: list[list[int]], data: st.DataObject
) -> None:
    """All figures are the same for any answers with the same row: they tell no more than rows."""
    others = []
    for scores in groups:
        row = average_in_words([scores])
        point = {"over 4.5": 5, "under 1.5": 1}.get(row)
        other = sorted(scores)
        if point:
            inward = 1 if point == 1 else -1
            most = (len(scores) - 1) // 2
            moved = data.draw(st.integers(0, most))
            other = [point + inward] * moved + [point] * (len(scores) - moved)
        assert average_in_words([other]) == row
        others.append(other)
    for size in range(1, len(groups) + 1):
        for chosen in combinations(range(len(groups)), size):
            figure = average_in_words([groups[each] for each in chosen])
            assert figure == average_in_words([others[each] for each in chosen])


@pytest.mark.parametrize("point", [5, 1])
def test_no_bound_is_undone_by_taking_a_session_from_all(
    planned: Workspace, tmp_path: Path, point: int
) -> None:
    ends = {"confident_before": point, "confident_after": point}
    first = _evaluations("2026-11-02", 5, confident_before=4)
    later = [row | {"confident_later": point} for row in _later("2026-11-03", 5)]
    rows = [*first, *_evaluations("2026-11-03", 5, **ends), *_later("2026-11-02", 5), *later]
    report = make_report(planned, [_write(tmp_path / "a.csv", rows)])
    bound, about = {5: ("over 4.5", "about 4.2"), 1: ("under 1.5", "about 2.8")}[point]
    for stage in ("before", "after", "two-weeks"):
        assert _figure(report, "confident", "2026-11-02", stage) == "4.0 (5)"
        assert _figure(report, "confident", "2026-11-03", stage) == f"{bound} (5)"
        assert _figure(report, "confident", "", stage) == f"{about} (10)"


@pytest.mark.parametrize("instead", [None, "{}", '{"schema": 1}', '{"schema": 99}', "earlier"])
@pytest.mark.parametrize("has_fingerprint", [True, False])
def test_a_record_of_groups_that_is_gone_or_another_stops_the_report(
    planned: Workspace, tmp_path: Path, instead: str | None, has_fingerprint: bool
) -> None:
    make_report(planned, [_write(tmp_path / "a.csv", _evaluations("2026-11-02", 5))])
    path = planned.feedback / "groups.json"
    earlier = path.read_text()
    more = _write(tmp_path / "b.csv", _evaluations("2026-11-02", 10))
    make_report(planned, [more])
    whole = path.read_text()
    if instead is None:
        path.unlink()
    else:
        path.write_text(earlier if instead == "earlier" else instead)
    if not has_fingerprint:
        (planned.feedback / "groups.sha256").unlink()
    if has_fingerprint or instead not in {None, "earlier"}:
        with pytest.raises(Damaged, match="groups"):
            make_report(planned, [more])
        path.write_text(whole)
    make_report(planned, [more])
    assert (planned.feedback / "groups.sha256").exists()


def test_groups_that_are_gone_with_their_fingerprint_are_missed_by_the_report_they_made(
    planned: Workspace, tmp_path: Path, run_cli: Cli
) -> None:
    path = _write(tmp_path / "a.csv", _evaluations("2026-11-02", 5))
    first = run_cli("training", "report", path, "--to", tmp_path / "first.html")
    assert "interviews/feedback/groups.json back from a backup" in first.out, "answers are older"
    again = run_cli("training", "report", path)
    assert "back from a backup" not in again.out
    for name in ("groups.json", "groups.sha256"):
        (planned.feedback / name).unlink()
    with pytest.raises(
        Damaged, match=r"groups\.json is gone, and a report was made with it: report-"
    ):
        make_report(planned, [path])


def test_a_form_that_was_changed_after_it_was_counted_is_named(
    planned: Workspace, tmp_path: Path
) -> None:
    rows = _evaluations("2026-11-02", 5)
    path = _write(tmp_path / "a.csv", rows)
    make_report(planned, [path])
    record = planned.feedback / "groups.json"
    # As reports wrote it before they kept hashes: the next one adds them.
    groups = json.loads(record.read_text())
    for question in groups["questions"].values():
        for group in question:
            del group["answers"]
    record.write_text(json.dumps(groups))
    (planned.feedback / "groups.sha256").unlink()
    make_report(planned, [path])
    whole = record.read_bytes()
    for change in ({"confident_after": 5}, {"one-thing": "other words"}):
        _write(path, [*rows[:2], rows[2] | change, *rows[3:]])
        with pytest.raises(BadInput, match=r"a\.csv, line 4\."):
            make_report(planned, [path])
        assert record.read_bytes() == whole
    _write(path, [*rows[:2], *rows[3:]])
    assert not _figure(make_report(planned, [path]), "confident", "", "after")


def test_no_name_of_a_file_goes_on_into_report_or_evidence(
    planned: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    rows = _evaluations("2026-11-02", 6)
    one = _write(tmp_path / "Anna Smith.csv", rows[:1])
    rest = _write(tmp_path / "Ben Jones.csv", rows[1:3])
    assert run_cli("training", "held", "listening", "--on", "2026-11-02", "--people", "6").code == 0
    assert run_cli("training", "collect", one, rest).code == 0
    # Kept under its own name, as earlier versions did.
    _write(planned.feedback / "answers" / "Cleo-Brown-0a1b2c3d.csv", rows[3:])
    destination = tmp_path / "evidence.csv"
    assert run_cli("training", "evidence", "--to", destination).code == 0
    text = destination.read_text(encoding="utf-8-sig")
    report = run_cli("training", "report", "--json").out
    named = run_cli("training", "report", one, rest, planned.feedback / "answers", "--json").out
    for name in ("Anna", "Ben", "Cleo"):
        assert name not in text + report + named
    assert "answers-0a1b2c3d.csv, lines 2–4" in text
    assert "csv, line 2;" in text
    assert len([*(planned.feedback / "answers").glob("2026-11-02-????????.csv")]) == 2


def test_files_of_0_1_0_count_once_however_often_they_were_saved(
    planned: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    rows = [
        {"date": "2026-11-02", "confident_before": number % 3 + 1, "confident_after": 4}
        for number in range(8)
    ]
    folder = tmp_path / "from a volunteer"
    folder.mkdir()
    _write(folder / "forms.csv", rows[:5], OLD_HEADS)
    _write(folder / "forms (1).csv", rows[:5], OLD_HEADS)
    _write(folder / "forms (2).csv", rows, OLD_HEADS)
    report = json.loads(run_cli("training", "report", folder, "--json").out)
    (result,) = report["plans"]
    (row, _) = result["statements"][0]["rows"]
    assert row["figures"]["after"]["answers"] == 8
    result_of_collect = run_cli("training", "collect", *sorted(folder.iterdir()))
    assert result_of_collect.code == 0, result_of_collect.err
    assert "all here already" in result_of_collect.out
    assert len(list((planned.feedback / "answers").iterdir())) < 3


def test_a_record_of_groups_that_is_damaged_stops_the_report(
    planned: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    path = _write(tmp_path / "a.csv", _evaluations("2026-11-02", 6))
    assert run_cli("training", "report", path).code == 0
    (planned.feedback / "groups.json").write_text("{")
    result = run_cli("training", "report", path, "--to", tmp_path / "other.html")
    assert result.code != 0
    assert "Put it back from a backup" in result.err
    assert not (tmp_path / "other.html").exists()


# Sessions, the letter and the evidence


@pytest.fixture
def shown(published: str, workspace: Workspace) -> str:
    """A released story that a session of the plan showed."""
    text = DEFAULT.replace("STORY", published)
    (workspace.training / "listening.yml").write_text(text, encoding="utf-8")
    return published


def _hold(run_cli: Cli, workspace: Workspace, story: str, day: str, people: int) -> None:
    result = run_cli("training", "held", "listening", "--on", day, "--people", str(people))
    assert result.code == 0, result.err
    # The plan of these tests names chapters that quick stories have not: noted by hand.
    path = workspace.feedback / "sessions.csv"
    lines = path.read_text().splitlines()
    lines[-1] = lines[-1].rstrip(",") + f",{story}" if story not in lines[-1] else lines[-1]
    path.write_text("\n".join(lines) + "\n")


def test_the_letter_holds_what_was_recorded_and_only_quotes_an_editor_chose(
    shown: str, workspace: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    assert run_cli("training", "letter", shown).code == 2, "nothing is recorded"
    _hold(run_cli, workspace, shown, "2026-11-02", 12)
    _hold(run_cli, workspace, shown, "2026-11-03", 3)
    answers = _write(tmp_path / "a.csv", _later("2026-11-02", 4))
    assert run_cli("training", "collect", answers).code == 0
    draft = json.loads(run_cli("training", "letter", shown, "--json").out)
    assert draft["quotes"] == [], "four people are too few"
    answers = _write(tmp_path / "b.csv", _later("2026-11-02", 6))
    assert run_cli("training", "collect", answers).code == 0
    draft = json.loads(run_cli("training", "letter", shown, "--json").out)
    assert len(draft["quotes"]) == 6
    text = Path(draft["page"]).read_text(encoding="utf-8")
    assert "not to be sent" in text
    assert "fewer than 5" in text
    chosen = draft["quotes"][0]
    refused = run_cli("training", "letter", shown, "--quote", "000000")
    assert refused.code == 2
    refused = run_cli("training", "letter", shown, "--no-quotes", "--role", "facilitator")
    assert "Only an editor" in refused.err
    before = workspace.audit_log.read_bytes()
    approved = run_cli("training", "letter", shown, "--quote", chosen["code"], "--json")
    letter = json.loads(approved.out)
    text = Path(letter["page"]).read_text(encoding="utf-8")
    assert letter["approved"]
    assert chosen["text"] in text
    assert not any(quote["text"] in text for quote in draft["quotes"][1:])
    assert chosen["code"] not in text
    assert "not to be sent" not in text
    assert b"contributor-letter" in workspace.audit_log.read_bytes()[len(before) :]


def test_no_letter_is_written_to_whoever_took_their_story_back_unless_they_asked(
    shown: str, workspace: Workspace, run_cli: Cli
) -> None:
    _hold(run_cli, workspace, shown, "2026-11-02", 12)
    record_withdrawal(workspace, shown, "contributor")
    refused = run_cli("training", "letter", shown)
    assert refused.code == 4, refused
    assert "was taken back" in refused.err
    assert run_cli("training", "letter", shown, "--they-asked").code == 0


def test_evidence_names_the_file_and_lines_of_every_figure(
    planned: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    for day, people in (("2026-11-02", "12"), ("2026-11-09", "3")):
        held = ("training", "held", "listening", "--on", day, "--people", people, "--carers", "1")
        assert run_cli(*held).code == 0
    assert run_cli(*held).code == 2, "recorded already"
    again = run_cli(*held, "--another", "--minutes", "25")
    assert again.code == 0
    assert "--minutes 25" in again.out, "the reminders are of the same session"
    carers: list[dict[str, object]] = [
        {"form_kind": "carers", "form_id": f"carers{number}", "heard_by_staff_after": 4}
        for number in range(5)
    ]
    rows = [*_evaluations("2026-11-02", 6), *carers]
    assert run_cli("training", "collect", _write(tmp_path / "a.csv", rows)).code == 0
    destination = tmp_path / "evidence.csv"
    assert run_cli("training", "evidence", "--to", destination).code == 0
    table = list(csv.DictReader(destination.read_text(encoding="utf-8-sig").splitlines()))
    sources = {(row["key"], row["fact"].split("”")[0][1:]): row for row in table}
    (kept,) = (planned.feedback / "answers").iterdir()
    figure = sources["toc-3", "I feel confident"]
    assert figure["sources"] == f"{kept.name}, lines 2–7"
    people = next(row for row in table if row["fact"].startswith("Staff who came"))
    assert people["value"] == "12, and 2 sessions more of fewer than 5"
    assert people["sources"] == "sessions.csv, line 2"
    assert {row["key"] for row in table} == {
        "toc-2",
        "toc-3",
        "pcref-co-learning",
        "pcref-feedback",
    }
    report = json.loads(run_cli("training", "evidence", "--json").out)
    assert len(report["standards"]) == 14
    assert all(standard["limit"] and standard["source"] for standard in report["standards"])
    page = next(planned.feedback.glob("evidence-*.html")).read_text(encoding="utf-8")
    assert "Nothing is recorded here for it." in page
    early = ("training", "held", "listening", "--on", "2999-01-01", "--people", "6")
    assert "2999-01-01 is still to come." in run_cli(*early).out


def test_reminders_are_written_by_the_command_too(
    planned: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    import icalendar

    path = tmp_path / "x.ics"
    line = ("training", "reminders", "listening", "--on", "2026-10-05", "--at", "9:30")
    assert run_cli(*line, "--to", path).code == 0
    calendar = icalendar.Calendar.from_ical(path.read_bytes())
    assert isinstance(calendar, icalendar.Calendar)
    assert [event.start.strftime("%m-%d %H:%M") for event in calendar.events] == [
        "10-19 08:30",
        "11-02 09:30",
        "01-05 09:30",
    ]
    path.write_text("somebody’s own")
    assert run_cli(*line, "--to", path).code == 2
    assert path.read_text() == "somebody’s own"
