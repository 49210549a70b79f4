"""`retention` lists each thing on its day and not before, and removes nothing."""

from __future__ import annotations

import json
import os
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
from library.consent.withdrawals import record_withdrawal
from library.core import clock
from library.core.workspace import Workspace
from stewardship.retention import OverdueItem, OverdueKind, overdue_items
from tests.support.command_line import Ran
from tests.support.quick_stories import filmed, released
from tests.support.sample_media import agreed_story, wav

Cli = Callable[..., Ran]


def _of(workspace: Workspace, days: int) -> list[OverdueItem]:
    """Return what is past its date so many days from now."""
    return overdue_items(workspace, clock.today() + timedelta(days=days))


def _kinds(workspace: Workspace, days: int) -> list[OverdueKind]:
    return [one.kind for one in _of(workspace, days)]


def _days_to(months: int) -> int:
    return (clock.months_after(clock.today(), months) - clock.today()).days


def _setting(workspace: Workspace, **terms: int) -> None:
    lines = "".join(f"  {name}: {value}\n" for name, value in terms.items())
    with workspace.settings.open("a", encoding="utf-8") as written:
        written.write(f"\nretention:\n{lines}")


def test_a_new_library_has_nothing_past_its_date(workspace: Workspace, run_cli: Cli) -> None:
    released(workspace)
    ran = run_cli("retention")
    assert (ran.code, ran.out) == (0, "Nothing is past its date.\n")
    assert json.loads(run_cli("retention", "--json").out) == []


def test_a_withdrawn_story_that_is_still_kept(workspace: Workspace) -> None:
    story_id = released(workspace)
    record_withdrawal(workspace, story_id, "contributor")
    assert _kinds(workspace, 29) == []
    (one,) = _of(workspace, 30)
    assert one.kind is OverdueKind.WITHDRAWN
    assert one.command == f"carer-stories withdraw {story_id} --erase"
    erasure = request_erasure(workspace, story_id, "contributor")
    (one,) = _of(workspace, 0)
    assert "begun and not finished" in one.sentence
    finish_erasure(workspace, erasure)
    assert _kinds(workspace, 4000) == []


def test_a_sign_off_whose_review_nobody_asked_about(workspace: Workspace) -> None:
    story_id = released(workspace)
    review = _days_to(24)
    assert _kinds(workspace, review + 29) == []
    (one,) = _of(workspace, review + 30)
    assert (one.kind, one.story) == (OverdueKind.EXPIRED, story_id)
    assert one.command == f"carer-stories signoff {story_id}"


def test_an_agreement_nothing_was_recorded_under(workspace: Workspace) -> None:
    story_id = agreed_story(workspace)
    assert _kinds(workspace, _days_to(6) - 1) == []
    (one,) = _of(workspace, _days_to(6))
    assert (one.kind, one.story) == (OverdueKind.UNRECORDED, story_id)


def test_a_recording_nobody_signed_off(workspace: Workspace, run_cli: Cli) -> None:
    story_id = agreed_story(workspace)
    assert run_cli("capture", "import", story_id, wav()).code == 0
    assert _kinds(workspace, _days_to(12) - 1) == []
    (one,) = _of(workspace, _days_to(12))
    assert (one.kind, one.story) == (OverdueKind.UNSIGNED, story_id)


def test_working_copies_of_a_finished_story_and_how_to_make_them_again(
    workspace: Workspace, run_cli: Cli
) -> None:
    story_id = released(workspace)
    recording = wav()
    assert run_cli("capture", "import", story_id, recording).code == 0
    folder = workspace.story(story_id)
    (folder.chunks).mkdir()
    assert _kinds(workspace, 179) == []
    (one,) = _of(workspace, 180)
    assert one.kind is OverdueKind.WORKING
    assert "speech.wav" in one.sentence
    assert str(folder.chunks) in one.command
    assert str(folder.original) not in one.command.split(" ", 2)[2]
    folder.speech.unlink()
    assert run_cli(*one.sentence.split("To make them again: carer-stories ")[1].split()).code == 0
    assert folder.speech.is_file()


def test_a_name_without_a_story_that_stands(workspace: Workspace) -> None:
    first, second = released(workspace), filmed(workspace, "Another")
    record_contributor(workspace, first, name="Ruth Example", role="editor")
    record_contributor(workspace, second, same_as=first, role="editor")
    record_withdrawal(workspace, first, "contributor")
    assert OverdueKind.CONTRIBUTOR not in _kinds(workspace, 30)
    record_withdrawal(workspace, second, "contributor")
    assert OverdueKind.CONTRIBUTOR not in _kinds(workspace, 29)
    found = [one for one in _of(workspace, 30) if one.kind is OverdueKind.CONTRIBUTOR]
    assert [one.command for one in found] == [f"carer-stories contributor forget {first}"]
    assert "Ruth" not in found[0].sentence


def test_a_copy_that_is_out_there_after_its_story_ended(workspace: Workspace) -> None:
    story_id, fine = released(workspace), released(workspace, "Another")
    copy = record_copy(
        workspace,
        [fine, story_id],
        medium="stick",
        audience="trust",
        to="the school of nursing",
        on=clock.today(),
        role="editor",
    )
    assert OverdueKind.COPY not in _kinds(workspace, 100)
    record_withdrawal(workspace, story_id, "contributor", "trust")
    (one,) = _of(workspace, 0)
    assert (one.kind, one.story) == (OverdueKind.COPY, story_id)
    assert one.command == f"carer-stories copies settle {copy.id} --as returned"
    settle_copy(workspace, copy.id, outcome="returned", on=clock.today(), role="editor")
    assert _kinds(workspace, 0) == []


@pytest.mark.parametrize(
    ("folder", "kind"), [("exports", OverdueKind.EXPORT), ("previews", OverdueKind.PREVIEW)]
)
def test_what_was_made_to_be_handed_over(
    workspace: Workspace, run_cli: Cli, folder: str, kind: OverdueKind
) -> None:
    made = workspace.interviews / folder / "cs-222222 and more"
    made.mkdir(parents=True)
    assert _kinds(workspace, 29) == []
    (one,) = _of(workspace, 30)
    assert one.kind is kind
    assert one.command == f"rm -r '{made}'"
    day = 86_400 * 40
    os.utime(made, (made.stat().st_atime - day, made.stat().st_mtime - day))
    ran = run_cli("retention")
    assert ran.code == 1
    assert f"interviews/{folder}/cs-222222 and more" in ran.out
    assert made.is_dir(), "nothing is removed by looking"


def test_a_support_line_nobody_has_tried(workspace: Workspace, run_cli: Cli) -> None:
    tried = clock.today() - timedelta(days=400)
    text = workspace.settings.read_text(encoding="utf-8")
    line = f"support:\n  - name: Carers’ line\n    contact: '1'\n    checked: {tried}\n"
    workspace.settings.write_text(text.replace("support: []\n", line), encoding="utf-8")
    (one,) = json.loads(run_cli("retention", "--json").out)
    assert (one["what"], one["days"] > 0) == ("support", True)
    assert set(one) == {"what", "story", "said", "since", "days", "command"}


def test_the_trust_says_how_long_is_long(workspace: Workspace, run_cli: Cli) -> None:
    record_withdrawal(workspace, released(workspace), "contributor")
    assert run_cli("retention").code == 0
    _setting(workspace, withdrawn_days=0)
    assert run_cli("retention").code == 1
    _setting_text = workspace.settings.read_text().replace(
        "withdrawn_days: 0", "withdrawn_days: -1"
    )
    workspace.settings.write_text(_setting_text)
    ran = run_cli("retention")
    assert ran.code == 2
    assert "retention → withdrawn_days" in ran.err


def test_the_worst_comes_first_and_what_cannot_be_read_hides_nothing(
    workspace: Workspace, run_cli: Cli
) -> None:
    torn = agreed_story(workspace)
    folder = workspace.story(torn)
    folder.original.mkdir(parents=True)
    folder.manifest.write_text("{")
    record_contributor(workspace, torn, name="Ruth", role="editor")
    workspace.contributors.write_bytes(b"torn")
    agreed_story(workspace)
    record_withdrawal(workspace, released(workspace), "contributor")
    found = _of(workspace, 400)
    assert [one.kind for one in found] == [
        OverdueKind.WITHDRAWN,
        OverdueKind.UNRECORDED,
        OverdueKind.UNREADABLE,
        OverdueKind.UNREADABLE,
    ]
    assert "Ruth" not in str(found)


def _story_made(workspace: Workspace, choice: str) -> None:
    makers: dict[str, Callable[[Workspace], Any]] = {
        "released": released,
        "filmed": filmed,
        "agreed": agreed_story,
        "withdrawn": lambda one: record_withdrawal(one, released(one), "contributor"),
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
    written = yaml.safe_load(block.replace("\n#   ", "\n  "))["retention"]
    assert msgspec.convert(written, Retention) == Retention()
    assert set(written) == {field.name for field in msgspec.structs.fields(Retention)}


def test_as_time_goes_by_nothing_leaves_the_list_by_itself(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    from library.workspace_template import make_workspace

    @given(st.lists(st.sampled_from(["released", "filmed", "agreed", "withdrawn"]), max_size=3))
    def check(choices: list[str]) -> None:
        workspace = make_workspace(tmp_path_factory.mktemp("by") / "library")
        for choice in choices:
            _story_made(workspace, choice)
        before: set[tuple[OverdueKind, str]] = set()
        for days in (0, 29, 30, 200, 400, 800, 3000):
            now = {(one.kind, one.story) for one in _of(workspace, days)}
            assert before <= now
            before = now
            assert all(
                one.since <= clock.today() + timedelta(days=days) for one in _of(workspace, days)
            )

    settings(max_examples=12, deadline=None)(check)()


def test_a_day_is_counted_from_the_day_it_should_have_been_settled() -> None:
    one = OverdueItem(OverdueKind.EXPIRED, "said", date(2026, 3, 1), "command")
    assert one.days(date(2026, 3, 31)) == 30
    assert one.as_json(date(2026, 3, 1))["days"] == 0


def test_looking_changes_nothing(workspace: Workspace, run_cli: Cli) -> None:
    record_withdrawal(workspace, released(workspace), "contributor")
    _setting(workspace, withdrawn_days=0)

    def state() -> dict[Path, bytes]:
        files = (path for path in workspace.root.rglob("*") if path.is_file())
        return {path: path.read_bytes() for path in files if path.suffix != ".lock"}

    before = state()
    assert run_cli("retention").code == 1
    assert state() == before
