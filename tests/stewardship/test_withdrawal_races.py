"""Whatever races a withdrawal loses, and a withdrawal that is killed is finished by the next."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from capture.intake import pipeline
from films import make_cut, video
from library.consent.decisions import record_release, require_signable_cut
from library.consent.story_status import story_statuses
from library.consent.withdrawals import record_withdrawal, write_note
from library.core import files
from library.core.audience import Audience
from library.core.clock import today
from library.core.errors import NotAllowed
from library.core.files import write_atomic
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from publish import build_job
from publish.build import SiteReport
from publish.build_job import build_library
from publish.edition import (
    Edition,
    build_edition,
    read_edition,
    require_none_withdrawn,
    swap_folder,
)
from stewardship.withdrawal.workflow import withdraw
from tests.faults import FaultySystem, UnflushedSystem, disk, killed_at
from tests.support import sample_media
from tests.support.command_line import ROOT, CommandResult
from tests.support.concurrent_writers import ended, forked
from tests.support.quick_stories import approve, filmed, released, sign_off
from tests.support.workspaces import make_workspace
from transcribe import import_transcript

Cli = Callable[..., CommandResult]
TITLE = "The night nobody rang"
APPROVE = """
import sys
sys.path[:0] = [".", "site"]
from pathlib import Path
from library.core.errors import NotAllowed
from library.core.workspace import Workspace
from tests.support.quick_stories import approve
workspace, story_id = Workspace(Path(sys.argv[1])), sys.argv[2]
print("begun", flush=True)
for _ in range(2000):
    try:
        approve(workspace, story_id)
    except NotAllowed:
        print("refused", flush=True)
        break
"""


def is_shown(workspace: Workspace, story_id: str) -> bool:
    """Return whether any file of edition or site names the story, holds it, or is named for it."""
    return any(
        needle in path.as_posix() or (path.is_file() and needle.encode() in path.read_bytes())
        for folder in (workspace.edition, workspace.public)
        for path in folder.rglob("*")
        for needle in (story_id, TITLE)
    )


def test_an_approval_in_another_process_loses(workspace: Workspace) -> None:
    story_id = filmed(workspace, TITLE)
    sign_off(workspace, story_id)
    with subprocess.Popen(
        [sys.executable, "-c", APPROVE, workspace.root, story_id],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as approving:
        assert approving.stdout
        assert approving.stdout.readline() == "begun\n"
        assert withdraw(workspace, story_id).exit_code == 0
        assert approving.stdout.read() == "refused\n"
    assert Ledger(workspace).verify().sequence >= 4
    for audience in Audience:
        assert not build_edition(workspace, audience).stories


def test_a_build_in_another_process_loses(workspace: Workspace) -> None:
    story_id = released(workspace, TITLE)
    build_library(workspace, Audience.TRUST)
    command = [sys.executable, "-m", "carer_stories", "site", "build", "--audience", "trust"]
    with subprocess.Popen(command, cwd=workspace.root, stdout=subprocess.PIPE) as building:
        new_public = workspace.root / "public.new"
        while building.poll() is None and not new_public.exists():
            time.sleep(0.005)
        outcome = withdraw(workspace, story_id)
        building.communicate(timeout=60)
    assert outcome.still_public == ()
    assert not is_shown(workspace, story_id)


def test_a_build_that_asked_the_gate_before_puts_nothing_in_place(workspace: Workspace) -> None:
    story_id = released(workspace, TITLE)
    edition = build_edition(workspace, Audience.TRUST)
    require_none_withdrawn(workspace, edition)
    write_note(workspace, story_id, "contributor", "public")
    require_none_withdrawn(workspace, edition)
    write_note(workspace, story_id, "contributor", "trust")
    with pytest.raises(NotAllowed, match="was withdrawn while"):
        require_none_withdrawn(workspace, edition)


def test_a_sign_off_that_races_it_leaves_no_form_behind(
    workspace: Workspace, tmp_path: Path
) -> None:
    story_id = filmed(workspace, TITLE)
    cut = require_signable_cut(workspace, story_id)
    form = tmp_path / "signed.pdf"
    form.write_bytes(b"%PDF signed by somebody")
    assert withdraw(workspace, story_id, erase=True).exit_code == 0
    with pytest.raises(NotAllowed):
        record_release(
            workspace,
            story_id,
            expected=cut,
            audience="trust",
            viewed=today(),
            witness="editor",
            form_version="1",
            form=form,
        )
    assert not workspace.story(story_id).root.exists()


def test_an_import_that_races_it_keeps_no_copy(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = sample_media.agreed_story(workspace)
    real = pipeline.receive_take

    def withdrawn_meanwhile(*arguments: Any, **options: Any) -> Any:
        take = real(*arguments, **options)
        record_withdrawal(workspace, story_id, "contributor")
        return take

    monkeypatch.setattr(pipeline, "receive_take", withdrawn_meanwhile)
    with pytest.raises(NotAllowed):
        pipeline.import_recording(workspace, story_id, sample_media.wav())
    assert not list(workspace.story(story_id).original.iterdir())


@pytest.fixture
def recorded(workspace: Workspace, tmp_path: Path) -> tuple[str, Path]:
    """A recorded story, and words for it in a file."""
    story_id = sample_media.agreed_story(workspace)
    pipeline.import_recording(workspace, story_id, sample_media.wav())
    words = tmp_path / "words.vtt"
    words.write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nNobody rang.\n")
    return story_id, words


def test_a_transcription_that_races_it_writes_nothing(
    workspace: Workspace,
    run_cli: Cli,
    recorded: tuple[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story_id, words = recorded
    real = import_transcript.write_transcript

    def withdrawn_meanwhile(*arguments: Any) -> Any:
        record_withdrawal(workspace, story_id, "contributor")
        return real(*arguments)

    monkeypatch.setattr(import_transcript, "write_transcript", withdrawn_meanwhile)
    result = run_cli("transcribe", story_id, "--from", words)
    assert result.code == 4, result
    assert "was withdrawn" in result.err + result.out
    assert not workspace.story(story_id).transcript.exists()


def test_a_film_that_races_it_is_no_cut(
    workspace: Workspace,
    run_cli: Cli,
    recorded: tuple[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story_id, words = recorded
    assert run_cli("transcribe", story_id, "--from", words).code == 0
    assert run_cli("edit", story_id, "--as-is", "--yes").code == 0
    real = make_cut.make_film

    def withdrawn_meanwhile(*arguments: Any, **options: Any) -> Any:
        film = real(*arguments, **options)
        record_withdrawal(workspace, story_id, "contributor")
        return film

    monkeypatch.setattr(make_cut, "make_film", withdrawn_meanwhile)
    monkeypatch.setattr(video, "AUDIOGRAM_SIZE", (640, 360))  # quicker, and as much of a film
    result = run_cli("film", story_id)
    assert result.code == 4, result
    assert not workspace.story(story_id).cut.exists()
    assert not Ledger(workspace).entries_of("film")


def test_a_site_that_another_withdrawal_took_down_meanwhile_is_no_failure(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two at once, and neither can make the site again: the first takes all of it down."""
    monkeypatch.setattr(build_job, "build_site", quick_site)
    story_id, other = released(workspace, TITLE), released(workspace, "Another night")
    build_library(workspace, Audience.TRUST)

    def taken_down_by_the_other(*_: object, **__: object) -> None:
        for folder in (workspace.edition, workspace.public):
            shutil.rmtree(folder, ignore_errors=True)
        raise KeyError("templates/" + TITLE)  # whatever MkDocs says of files that are gone

    monkeypatch.setattr(build_job, "build_site", taken_down_by_the_other)
    result = run_cli("withdraw", story_id, "--yes")
    assert result.code == 0, result.out + result.err
    assert "Another command took the whole site down meanwhile." in result.out
    assert "did not foresee" not in result.out + result.err
    assert "There is no edition" not in result.out + result.err
    monkeypatch.setattr(build_job, "build_site", quick_site)
    build_library(workspace, Audience.TRUST)
    monkeypatch.setattr(build_job, "build_site", taken_down_by_the_other)
    result = run_cli("site", "build", "--audience", "trust")
    assert (result.code, result.err.splitlines()[0]) == (
        4,
        "Another command took the whole site down while this was being made.",
    )
    assert story_id != other


# All at once


def test_approvals_builds_and_a_withdrawal_at_once_end_withdrawn(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_job, "build_site", quick_site)
    monkeypatch.setattr(files, "system", UnflushedSystem())  # no power is cut

    def approve_until_refused(story_id: str) -> None:
        with suppress(NotAllowed):
            while True:
                approve(workspace, story_id)

    def build_often() -> None:
        for _ in range(8):
            with suppress(NotAllowed):  # one was withdrawn while it was built
                build_library(workspace, Audience.TRUST)

    kept_id = released(workspace, "Still shown here")
    for number in range(4):
        story_id = filmed(workspace, TITLE)
        sign_off(workspace, story_id)
        others = [
            forked(lambda target=story_id: approve_until_refused(target)),  # type: ignore[misc]
            forked(lambda target=story_id: approve_until_refused(target)),  # type: ignore[misc]
            forked(build_often),
        ]
        time.sleep(number * 0.05)  # sooner and later
        assert withdraw(workspace, story_id).exit_code == 0
        assert [ended(child) for child in others] == [0, 0, 0]
        assert not is_shown(workspace, story_id)
        assert is_shown(workspace, kept_id)
        (status,) = story_statuses(workspace, story_id)
        assert status.audiences == ()
    Ledger(workspace).verify()


# Killed


def quick_site(
    workspace: Workspace,
    _hidden: object = None,
    *,
    check_last: Callable[[Workspace, Edition], None] = require_none_withdrawn,
    **_options: object,
) -> SiteReport:
    """Stands for MkDocs: an index and the files, whole or not at all, and asked last as there."""
    edition = read_edition(workspace)
    new_public = workspace.root / "public.new"
    shutil.rmtree(new_public, ignore_errors=True)
    new_public.mkdir()
    if (workspace.edition / "stories").exists():
        shutil.copytree(workspace.edition / "stories", new_public / "stories")
    lines = [f"{story.page.id} {story.page.title}" for story in edition.stories]
    write_atomic(new_public / "index.html", "\n".join(lines).encode())
    check_last(workspace, edition)
    swap_folder(new_public, workspace.public)
    return SiteReport(stories=len(edition.stories), pages=1, files=1, size=1, seconds=0.0)


@pytest.mark.slow
def test_killed_at_any_change_it_is_never_shown_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_job, "build_site", quick_site)
    # A killed process loses nothing that was written: only a power cut asks for a flush.
    monkeypatch.setattr(files.System, "fsync", lambda *_: None)
    start = make_workspace(tmp_path / "start")
    for unused in (start.site, start.forms, start.training, start.models):
        shutil.rmtree(unused)
    story_id = released(start, TITLE)
    kept_id = released(start, "Still shown here")
    build_library(start, Audience.TRUST)

    def fresh_library() -> Workspace:
        shutil.rmtree(tmp_path / "library", ignore_errors=True)
        shutil.copytree(start.root, tmp_path / "library")
        return Workspace(tmp_path / "library")

    workspace = fresh_library()
    with disk(FaultySystem()) as counting:
        withdraw(workspace, story_id)
    # Killed before a flush or a close, the disk is as it was after the write before.
    changes = [n for n, name in enumerate(counting.calls, 1) if name not in ("fsync", "close")]
    for number in changes:
        workspace = fresh_library()
        assert killed_at(number, lambda w=workspace: withdraw(w, story_id))  # type: ignore[misc]
        (status,) = story_statuses(workspace, story_id)
        if status.history.withdrawals:
            assert status.audiences == (), number
        else:
            assert is_shown(workspace, story_id), "killed before it was noted: nothing has changed"
        outcome = withdraw(workspace, story_id)
        assert outcome.exit_code == 0, (number, outcome)
        assert not is_shown(workspace, story_id), number
        assert len(Ledger(workspace).entries_of("withdraw")) == 1
        assert is_shown(workspace, kept_id), number
    build_library(workspace, Audience.TRUST)
    assert not is_shown(workspace, story_id)
    assert len(changes) > 20, changes
