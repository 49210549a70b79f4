"""An error that nobody foresaw is said in words for people, wherever it is met."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from capture.station import open_sessions
from library.consent.withdrawals import new_withdrawal
from library.core.workspace import Workspace
from publish.serving import gatekeeper
from stewardship.withdrawal.outcome import FailedStep, WithdrawalOutcome
from tests.support.command_line import CommandResult

FAULT = TypeError("'NoneType' object is not Daniel")
WORDS = "Something went wrong that we did not foresee."


def fail(*_arguments: object, **_named: object) -> None:
    raise FAULT


def test_a_command_says_it_in_a_sentence_and_the_details_where_asked(
    run_cli: Callable[..., CommandResult], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert workspace.root.is_dir()
    monkeypatch.setattr("library.consent.story_status.story_statuses", fail)
    result = run_cli("status")
    assert result.code == 70
    assert result.err.splitlines() == [
        f"{WORDS} Nothing was released by it.",
        "Next: Run the same command again with --debug at its end.",
    ]
    details = run_cli("status", "--verbose").err
    assert "Cause: TypeError: 'NoneType' object is not Daniel (" in details


def test_a_withdrawal_goes_on_and_keeps_the_details_for_whoever_asks() -> None:
    outcome = WithdrawalOutcome(new_withdrawal("cs-222222", "contributor", "all"))
    outcome.record_failure(FailedStep.REBUILD, FAULT)
    (failure,) = outcome.failures
    assert (failure.what, failure.next_step) == (WORDS, "")
    assert failure.details == "TypeError: 'NoneType' object is not Daniel"


def test_the_library_is_shut_with_a_sentence(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gatekeeper, "is_settled", lambda *_: False)
    monkeypatch.setattr(gatekeeper, "reconcile", fail)
    details: list[str] = []
    keeper = gatekeeper.Gatekeeper(workspace, on_details=details.append)
    refusal = keeper.refusal()
    assert refusal == (
        f"Nothing is shown, for it is not known what may be. {WORDS} Next: carer-stories verify"
    )
    assert details == ["TypeError: 'NoneType' object is not Daniel"]


def test_the_station_says_what_to_do_with_a_recording_that_cannot_be_kept(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_sessions, "keep_session", fail)
    sessions = open_sessions.OpenSessions(workspace)
    session = SimpleNamespace(
        state=SimpleNamespace(id="se-222222", phase=None),
        require_agreement=lambda: None,
        request_keep=lambda: None,
    )
    monkeypatch.setattr(sessions, "get", lambda _id: session)
    sessions.keep("se-222222")
    until = time.monotonic() + 10
    while sessions.is_keeping("se-222222") and time.monotonic() < until:
        time.sleep(0.001)
    progress = sessions.keep_progress(session.state)
    assert progress is not None
    assert progress.error is not None
    assert progress.error.what == f"The recording could not be kept. {WORDS}"
    assert "carer-stories capture recover se-222222 --keep" in progress.error.next_step
