"""`retention` lists each thing on its day and not before; with --apply it removes what can go."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.consent.contributors import record_contributor
from library.consent.copies import record_copy, settle_copy
from library.consent.erasure import finish_erasure, request_erasure
from library.consent.register import add_person
from library.consent.safeguarding import place_hold
from library.consent.withdrawals import record_withdrawal
from library.core import clock
from library.core.settings import SupportLine
from library.core.settings_file import write_settings
from library.core.workspace import Workspace
from library.records import audit_log
from stewardship.retention import OverdueItem, OverdueKind, overdue_items
from tests.support.command_line import CommandResult
from tests.support.quick_stories import filmed, released
from tests.support.sample_media import agreed_story, wav

Cli = Callable[..., CommandResult]


def _of(workspace: Workspace, days: int) -> list[OverdueItem]:
    """Return what is past its date so many days from now."""
    return overdue_items(workspace, clock.today() + timedelta(days=days))


def _kinds(workspace: Workspace, days: int) -> list[OverdueKind]:
    return [item.kind for item in _of(workspace, days)]


def _days_to(months: int) -> int:
    return (clock.months_after(clock.today(), months) - clock.today()).days


def _setting(workspace: Workspace, **terms: int) -> None:
    lines = "".join(f"  {name}: {value}\n" for name, value in terms.items())
    with workspace.settings.open("a", encoding="utf-8") as settings_file:
        settings_file.write(f"\nretention:\n{lines}")


def test_a_new_library_has_nothing_past_its_date(workspace: Workspace, run_cli: Cli) -> None:
    released(workspace)
    result = run_cli("retention")
    assert (result.code, result.out) == (0, "Nothing is past its date.\n")
    assert json.loads(run_cli("retention", "--json").out) == []


def test_a_withdrawn_story_that_is_still_kept(workspace: Workspace) -> None:
    story_id = released(workspace)
    record_withdrawal(workspace, story_id, "contributor")
    assert _kinds(workspace, 29) == []
    (item,) = _of(workspace, 30)
    assert item.kind is OverdueKind.WITHDRAWN
    assert item.command == f"carer-stories withdraw {story_id} --erase"
    erasure = request_erasure(workspace, story_id, "contributor")
    (item,) = _of(workspace, 0)
    assert "begun and not finished" in item.sentence
    finish_erasure(workspace, erasure)
    assert _kinds(workspace, 4000) == []


def test_a_sign_off_whose_review_nobody_asked_about(workspace: Workspace) -> None:
    story_id = released(workspace)
    review = _days_to(24)
    assert _kinds(workspace, review + 29) == []
    (item,) = _of(workspace, review + 30)
    assert (item.kind, item.story) == (OverdueKind.EXPIRED, story_id)
    assert item.command == f"carer-stories signoff {story_id}"


def test_an_agreement_nothing_was_recorded_under(workspace: Workspace) -> None:
    story_id = agreed_story(workspace)
    assert _kinds(workspace, _days_to(6) - 1) == []
    (item,) = _of(workspace, _days_to(6))
    assert (item.kind, item.story) == (OverdueKind.UNRECORDED, story_id)


def test_a_recording_nobody_signed_off(workspace: Workspace, run_cli: Cli) -> None:
    story_id = agreed_story(workspace)
    assert run_cli("capture", "import", story_id, wav()).code == 0
    assert _kinds(workspace, _days_to(12) - 1) == []
    (item,) = _of(workspace, _days_to(12))
    assert (item.kind, item.story) == (OverdueKind.UNSIGNED, story_id)


def test_working_copies_of_a_finished_story_and_how_to_make_them_again(
    workspace: Workspace, run_cli: Cli
) -> None:
    story_id = released(workspace)
    recording = wav()
    assert run_cli("capture", "import", story_id, recording).code == 0
    folder = workspace.story(story_id)
    (folder.chunks).mkdir()
    assert _kinds(workspace, 179) == []
    (item,) = _of(workspace, 180)
    assert item.kind is OverdueKind.WORKING
    assert "speech.wav" in item.sentence
    assert str(folder.chunks) in item.command
    assert str(folder.original) not in item.command.split(" ", 2)[2]
    folder.speech.unlink()
    assert run_cli(*item.sentence.split("To make them again: carer-stories ")[1].split()).code == 0
    assert folder.speech.is_file()


def test_a_name_without_a_story_that_stands(workspace: Workspace) -> None:
    first, second = released(workspace), filmed(workspace, "Another")
    record_contributor(workspace, first, name="Ruth Example", role="editor")
    record_contributor(workspace, second, same_as=first, role="editor")
    record_withdrawal(workspace, first, "contributor")
    assert OverdueKind.CONTRIBUTOR not in _kinds(workspace, 30)
    record_withdrawal(workspace, second, "contributor")
    assert OverdueKind.CONTRIBUTOR not in _kinds(workspace, 29)
    items = [item for item in _of(workspace, 30) if item.kind is OverdueKind.CONTRIBUTOR]
    assert [item.command for item in items] == [f"carer-stories contributor forget {first}"]
    assert "Ruth" not in items[0].sentence


def test_a_copy_that_is_out_there_after_its_story_ended(workspace: Workspace) -> None:
    story_id, other_id = released(workspace), released(workspace, "Another")
    copy = record_copy(
        workspace,
        [other_id, story_id],
        medium="stick",
        audience="trust",
        to="the school of nursing",
        on=clock.today(),
        role="editor",
    )
    assert OverdueKind.COPY not in _kinds(workspace, 100)
    record_withdrawal(workspace, story_id, "contributor", "trust")
    (item,) = _of(workspace, 0)
    assert (item.kind, item.story) == (OverdueKind.COPY, story_id)
    assert item.command == f"carer-stories copies settle {copy.id} --as returned"
    settle_copy(workspace, copy.id, outcome="returned", on=clock.today(), role="editor")
    assert _kinds(workspace, 0) == []


def test_a_copy_of_what_the_gate_refuses_is_asked_for_and_under_a_hold_is_kept(
    workspace: Workspace,
) -> None:
    story_id = released(workspace)
    made = {"medium": "stick", "audience": "trust", "to": "Ward 3", "on": clock.today()}
    record_copy(workspace, [story_id], **made, role="editor")
    assert OverdueKind.COPY not in _kinds(workspace, 100)
    add_person(workspace, story_id, relation="son", about="x", decided="objected", role="editor")
    (item,) = _of(workspace, 0)
    assert (item.kind, item.story, item.since) == (OverdueKind.COPY, story_id, clock.today())
    assert "then enter what became of it" in item.sentence
    place_hold(workspace, story_id, reason="An inquest is open.", role="editor")
    (item,) = _of(workspace, 0)
    assert "and keep it, for a legal hold stands" in item.sentence
    assert "inquest" not in item.sentence


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("exports", OverdueKind.EXPORT),
        ("previews", OverdueKind.PREVIEW),
        ("deliveries", OverdueKind.DELIVERY),
    ],
)
def test_what_was_made_to_be_handed_over(
    workspace: Workspace, run_cli: Cli, folder: str, kind: OverdueKind
) -> None:
    made_folder = workspace.interviews / folder / "cs-222222 and more"
    made_folder.mkdir(parents=True)
    assert _kinds(workspace, 29) == []
    (item,) = _of(workspace, 30)
    assert item.kind is kind
    assert item.command == f"rm -r '{made_folder}'"
    day = 86_400 * 40
    os.utime(made_folder, (made_folder.stat().st_atime - day, made_folder.stat().st_mtime - day))
    result = run_cli("retention")
    assert result.code == 1
    assert f"interviews/{folder}/cs-222222 and more" in result.out
    assert made_folder.is_dir(), "nothing is removed by looking"


def test_an_export_that_no_archive_may_have_any_more_is_named_at_once(
    workspace: Workspace, run_cli: Cli
) -> None:
    """It was made before, and lies there to be handed over."""
    story_id = released(workspace, archive="as-shown")
    kept = [f"{story_id}-2026-11-29", "carer-stories-2026-11-29", "stories-2026-11-29.csv"]
    for name in (*kept, f"{story_id}-bag-2026-11-29", f"{story_id}-bag-2026-11-29-2"):
        (workspace.exports / name).mkdir(parents=True)
    (workspace.exports / f"{story_id}-ohms.xml").touch()
    assert _kinds(workspace, 0) == []
    record_withdrawal(workspace, story_id, "contributor", "archive")
    items = _of(workspace, 0)
    assert [item.kind for item in items] == [OverdueKind.EXPORT] * 3
    assert all("No archive may be given" in item.sentence for item in items)
    assert len(_of(workspace, 40)) == 3 + len(kept), "each once"
    assert run_cli("retention", "--apply", "--yes").code in {0, 1}
    assert sorted(path.name for path in workspace.exports.iterdir()) == sorted(kept)


def test_a_support_line_nobody_has_tried(workspace: Workspace, run_cli: Cli) -> None:
    tried_on = clock.today() - timedelta(days=400)
    line = SupportLine(name="Carers’ line", contact="1", checked=tried_on)
    write_settings(workspace, {"support": (line,)})
    (item,) = json.loads(run_cli("retention", "--json").out)
    assert (item["what"], item["days"] > 0) == ("support", True)
    assert set(item) == {"what", "story", "said", "since", "days", "command"}


def test_the_trust_says_how_long_is_long(workspace: Workspace, run_cli: Cli) -> None:
    record_withdrawal(workspace, released(workspace), "contributor")
    assert run_cli("retention").code == 0
    _setting(workspace, withdrawn_days=0)
    assert run_cli("retention").code == 1
    _setting_text = workspace.settings.read_text().replace(
        "withdrawn_days: 0", "withdrawn_days: -1"
    )
    workspace.settings.write_text(_setting_text)
    result = run_cli("retention")
    assert result.code == 2
    assert "retention → withdrawn_days" in result.err


def test_the_worst_comes_first_and_what_cannot_be_read_hides_nothing(
    workspace: Workspace, run_cli: Cli
) -> None:
    torn_id = agreed_story(workspace)
    folder = workspace.story(torn_id)
    folder.original.mkdir(parents=True)
    folder.manifest.write_text("{")
    record_contributor(workspace, torn_id, name="Ruth", role="editor")
    workspace.contributors.write_bytes(b"torn")
    agreed_story(workspace)
    record_withdrawal(workspace, released(workspace), "contributor")
    items = _of(workspace, 400)
    assert [item.kind for item in items] == [
        OverdueKind.WITHDRAWN,
        OverdueKind.UNRECORDED,
        OverdueKind.UNREADABLE,
        OverdueKind.UNREADABLE,
    ]
    assert "Ruth" not in str(items)


def _story_made(workspace: Workspace, choice: str) -> None:
    makers: dict[str, Callable[[Workspace], Any]] = {
        "released": released,
        "filmed": filmed,
        "agreed": agreed_story,
        "withdrawn": lambda record: record_withdrawal(record, released(record), "contributor"),
    }
    makers[choice](workspace)


def test_every_default_is_in_the_settings_a_new_library_starts_with(
    workspace: Workspace,
) -> None:
    """The commented lines are what holds where nothing is said."""
    import msgspec
    import yaml

    from library.core.settings import Retention

    text = workspace.settings.read_text(encoding="utf-8")
    block = text[text.index("# retention:") :].replace("# retention:", "retention:")
    settings = yaml.safe_load(block.replace("\n#   ", "\n  "))["retention"]
    assert msgspec.convert(settings, Retention) == Retention()
    assert set(settings) == {field.name for field in msgspec.structs.fields(Retention)}


def test_as_time_goes_by_nothing_leaves_the_list_by_itself(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    from tests.support.workspaces import make_workspace

    @given(st.lists(st.sampled_from(["released", "filmed", "agreed", "withdrawn"]), max_size=3))
    def check(choices: list[str]) -> None:
        workspace = make_workspace(tmp_path_factory.mktemp("by") / "library")
        for choice in choices:
            _story_made(workspace, choice)
        before: set[tuple[OverdueKind, str]] = set()
        for days in (0, 29, 30, 200, 400, 800, 3000):
            current_items = {(item.kind, item.story) for item in _of(workspace, days)}
            assert before <= current_items
            before = current_items
            assert all(
                item.since <= clock.today() + timedelta(days=days) for item in _of(workspace, days)
            )

    settings(max_examples=12, deadline=None)(check)()


def test_a_day_is_counted_from_the_day_it_should_have_been_settled() -> None:
    item = OverdueItem(OverdueKind.EXPIRED, "said", date(2026, 3, 1), "command")
    assert item.days(date(2026, 3, 31)) == 30
    assert item.as_json(date(2026, 3, 1))["days"] == 0


def test_looking_changes_nothing(workspace: Workspace, run_cli: Cli) -> None:
    record_withdrawal(workspace, released(workspace), "contributor")
    _setting(workspace, withdrawn_days=0)

    def state() -> dict[Path, bytes]:
        files = (path for path in workspace.root.rglob("*") if path.is_file())
        return {path: path.read_bytes() for path in files if path.suffix != ".lock"}

    before = state()
    assert run_cli("retention").code == 1
    assert state() == before


def _later(monkeypatch: pytest.MonkeyPatch, days: int = 400) -> None:
    day = clock.today() + timedelta(days=days)
    monkeypatch.setattr(clock, "today", lambda: day)


def _full(workspace: Workspace, run_cli: Cli) -> tuple[str, list[Path], list[Path]]:
    """Return a story, what may go of it, and what must stay."""
    story_id = released(workspace)
    assert run_cli("capture", "import", story_id, wav()).code == 0
    folder = workspace.story(story_id)
    gone = [workspace.exports / f"{story_id}-2026-03-01", workspace.previews / f"{story_id}.zip"]
    gone[0].mkdir(parents=True)
    (gone[0] / "Ruth Example.txt").write_text("mine")
    gone[1].parent.mkdir(parents=True)
    gone[1].write_bytes(b"zip")
    stays = [*folder.original.iterdir(), folder.film, workspace.previews / ".making.lock"]
    stays[-1].touch()
    return story_id, [*gone, folder.speech], stays


def test_what_can_go_by_its_date_goes_with_a_receipt_and_nothing_else(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id, gone, stays = _full(workspace, run_cli)
    assert run_cli("retention", "--apply", "--yes").out.strip() == "Nothing is past its date."
    _later(monkeypatch)
    dry = run_cli("retention", "--apply", "--dry-run")
    assert dry.code == 1
    assert all(path.exists() for path in gone)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"n\n")))
    assert run_cli("retention", "--apply").code != 0
    assert all(path.exists() for path in gone), "it asked, and was told no"
    done = run_cli("retention", "--apply", "--yes")
    assert done.code == 0, done.err
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in stays)
    (receipt,) = workspace.receipts.glob("retention-*.json")
    assert "Ruth" not in receipt.read_text()
    removed = json.loads(receipt.read_bytes())["removed"]
    assert [entry["what"] for entry in removed] == ["export", "preview", "working"]
    assert all(entry["stories"] == [story_id] for entry in removed)
    lines = [line for line in audit_log.entries(workspace.audit_log) if line.action == "retention"]
    assert [line.became for line in lines] == ["export", "preview", "working"]
    assert run_cli("verify").code == 0
    assert run_cli("retention").code == 0


def test_under_a_legal_hold_everything_stays_also_what_is_nobodys(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id, gone, _ = _full(workspace, run_cli)
    unnamed = workspace.exports / "for the solicitor"
    unnamed.mkdir()
    other = released(workspace, "Another")
    record_withdrawal(workspace, other, "contributor")
    record_withdrawal(workspace, story_id, "contributor")
    place_hold(workspace, story_id, reason="an inquest is open", role="editor")
    _later(monkeypatch)
    done = json.loads(run_cli("retention", "--apply", "--yes", "--json").out)
    assert all(path.exists() for path in (*gone, unnamed))
    assert done["removed"] == []
    assert story_id in {entry["story"] for entry in done["held"]}
    assert "withdrawn" in {entry["what"] for entry in done["left"]}, "asked about, not erased"
    assert workspace.story(other).root.exists()
    (workspace.contributors).write_bytes(b"{")
    assert run_cli("retention", "--apply", "--yes").code == 5
    assert all(path.exists() for path in gone)


def test_each_withdrawn_recording_is_asked_about_by_itself(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = sorted((released(workspace), released(workspace, "Another")))
    for story_id in (first, second):
        record_withdrawal(workspace, story_id, "contributor")
    _later(monkeypatch)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"n\ny\n")))
    result = run_cli("retention", "--apply")
    assert result.code == 1, result.err
    assert f"Erase all of {first}?" in result.out
    assert f"{second} is erased" in result.out
    assert workspace.story(first).root.is_dir()
    assert not workspace.story(second).root.exists()


def test_working_copies_stay_while_their_original_is_not_whole(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id, gone, _ = _full(workspace, run_cli)
    folder = workspace.story(story_id)
    (original,) = [path for path in folder.original.iterdir() if path.suffix == ".wav"]
    original.chmod(0o600)
    original.write_bytes(original.read_bytes()[:-2])
    _later(monkeypatch)
    result = run_cli("retention", "--apply", "--yes")
    assert result.code == 5
    assert folder.speech.exists()
    assert not gone[0].exists(), "one that fails hides no other"


def test_through_a_link_nothing_is_removed(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "cs-222222").mkdir(parents=True)
    workspace.exports.symlink_to(elsewhere)
    _later(monkeypatch)
    assert run_cli("retention", "--apply", "--yes").code == 1
    assert (elsewhere / "cs-222222").is_dir()


@pytest.mark.parametrize("line", [("--yes",), ("--dry-run", "--yes"), ("--apply", "--json")])
def test_options_that_make_no_sense_alone_are_refused(run_cli: Cli, line: tuple[str, ...]) -> None:
    assert run_cli("retention", *line).code == 2


def test_a_dry_run_alone_is_the_plain_list(run_cli: Cli) -> None:
    plain, dry = run_cli("retention"), run_cli("retention", "--dry-run")
    assert (dry.code, dry.out) == (plain.code, plain.out)
