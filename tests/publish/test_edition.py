"""The edition holds what the gate released, byte for byte, and nothing else."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from films.page_text import read_page
from library.consent.decisions import record_approval, require_signable_cut
from library.consent.gate import SOUND_ONLY_REASON
from library.consent.stories import read_history
from library.consent.withdrawals import record_withdrawal
from library.core import clock
from library.core.audience import Audience
from library.core.errors import Damaged, NotAllowed
from library.core.files import sha256_of
from library.core.workspace import Workspace
from library.records.cut import inspect_cut, read_cut
from library.records.ledger import Ledger
from publish.edition import build_edition, read_edition
from tests.support.command_line import CommandResult
from tests.support.quick_stories import ARTEFACTS, approve, filmed, released, remake_cut, sign_off


def ids_in_edition(workspace: Workspace, audience: Audience = Audience.TRUST) -> set[str]:
    built = build_edition(workspace, audience)
    assert read_edition(workspace) == built
    on_disk = {path.name for path in (workspace.edition / "stories").glob("*")}
    assert on_disk == {story.page.id for story in built.stories}
    return on_disk


def test_only_released_stories_and_only_their_files(workspace: Workspace) -> None:
    shown_id = released(workspace, "Shown")
    filmed(workspace, "Not signed off")
    assert ids_in_edition(workspace) == {shown_id}
    folder = workspace.edition / "stories" / shown_id
    assert sorted(path.name for path in folder.iterdir()) == sorted(set(ARTEFACTS) - {"page.json"})
    (story,) = read_edition(workspace).stories
    assert {name: sha256_of(folder / name) for name in story.files} == story.files
    assert "Not signed off" not in (workspace.edition / "edition.json").read_text()


def test_an_audience_sees_what_was_released_for_it(workspace: Workspace) -> None:
    trust = released(workspace)
    public = filmed(workspace, "Wide")
    sign_off(workspace, public, "public")
    approve(workspace, public)
    assert ids_in_edition(workspace, Audience.TRAINING) == {trust, public}
    assert ids_in_edition(workspace, Audience.PUBLIC) == {public}


def test_a_new_cut_needs_both_again(workspace: Workspace) -> None:
    story_id = released(workspace)
    remake_cut(workspace, story_id, "Another")
    assert ids_in_edition(workspace) == set()
    with pytest.raises(NotAllowed, match="has not signed off this cut"):
        approve(workspace, story_id)
    sign_off(workspace, story_id)
    assert ids_in_edition(workspace) == set()
    approve(workspace, story_id)
    assert ids_in_edition(workspace) == {story_id}


def test_the_same_cut_made_again_keeps_its_sign_off(workspace: Workspace) -> None:
    story_id = released(workspace)
    remake_cut(workspace, story_id, "A story")
    assert ids_in_edition(workspace) == {story_id}


def test_what_an_earlier_version_made_of_sound_alone_is_refused_plainly(
    workspace: Workspace,
) -> None:
    """It had no film. A page and an edition of such a story say what to do."""
    story_id = released(workspace)
    build_edition(workspace, Audience.TRUST)
    page, record = workspace.story(story_id).page, workspace.edition / "edition.json"
    for path in (page, record):
        path.write_text(re.sub(r'("kind": ?)"video"', r'\1"audio"', path.read_text()))
    with pytest.raises(Damaged, match="audio") as error:
        read_page(page)
    assert error.value.next_step == f"Make the film again: carer-stories film {story_id}"
    with pytest.raises(Damaged, match="audio") as error:
        read_edition(workspace)
    assert error.value.next_step == "Make it again: carer-stories site build"


def test_what_an_earlier_version_made_of_sound_alone_is_left_out_and_the_others_are_built(
    workspace: Workspace, run_cli: Callable[..., CommandResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was signed off and approved as it was, and its film is to be made again."""
    old, new = filmed(workspace, "Of sound alone"), released(workspace, "Of today")
    folder = workspace.story(old)
    folder.page.write_text(re.sub(r'("kind": ?)"video"', r'\1"audio"', folder.page.read_text()))
    cut = read_cut(folder.cut)
    assert cut is not None
    artefacts = {**cut.artefacts, folder.page.name: sha256_of(folder.page)}
    folder.cut.write_bytes(msgspec.json.encode(replace(cut, artefacts=artefacts)))
    with pytest.raises(NotAllowed, match="earlier version"):
        sign_off(workspace, old)
    with monkeypatch.context() as context:
        context.setattr("library.records.cut._is_sound_only", lambda _folder: False)
        sign_off(workspace, old)
        approve(workspace, old)
    assert ids_in_edition(workspace) == {new}
    (status,) = json.loads(run_cli("status", old, "--json").out)
    assert status["reasons"] == [SOUND_ONLY_REASON]
    assert status["state"] != "approved"
    built = run_cli("site", "build")
    assert built.code == 0, built.err
    assert f"shown: {new}" in built.out
    assert f"not shown: {old}" in built.out
    assert "made by an earlier version, as sound without a film" in " ".join(built.out.split())


@pytest.mark.parametrize("name", ARTEFACTS)
def test_one_changed_byte_of_any_file_shuts_it(workspace: Workspace, name: str) -> None:
    story_id = released(workspace)
    path = workspace.story(story_id).root / name
    path.write_bytes(path.read_bytes() + b" ")
    assert ids_in_edition(workspace) == set()
    with pytest.raises(NotAllowed, match=name):
        require_signable_cut(workspace, story_id)


def test_a_file_that_changes_while_it_is_copied_stops_the_edition(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    import publish.edition

    story_id = released(workspace)
    ids_in_edition(workspace)
    real = publish.edition.copy_hashed

    def changing(source: Path, dest: Path, **how: bool) -> str:
        if source.name == "audio.m4a":
            source.write_bytes(b"swapped at the last moment")
        return real(source, dest, **how)

    monkeypatch.setattr(publish.edition, "copy_hashed", changing)
    with pytest.raises(Damaged, match="changed while it was being copied"):
        build_edition(workspace, Audience.TRUST)
    published_audio = workspace.edition / "stories" / story_id / "audio.m4a"
    assert published_audio.read_bytes() == b"audio.m4a of A story"
    assert not workspace.edition.with_name("edition.new").exists()


def test_it_runs_out_by_itself(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    story_id = released(workspace)
    review = read_history(workspace, story_id).releases[0].review
    assert ids_in_edition(workspace) == {story_id}
    monkeypatch.setattr(clock, "today", lambda: review)
    assert ids_in_edition(workspace) == set()


def test_a_clock_that_went_back_releases_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    released(workspace)
    monkeypatch.setattr(clock, "today", lambda: date.today() - timedelta(days=2))
    with pytest.raises(NotAllowed, match="One of them is wrong"):
        build_edition(workspace, Audience.TRUST)
    assert not workspace.edition.exists()


def test_withdrawal_wins_over_an_approval_that_races_it(workspace: Workspace) -> None:
    story_id = filmed(workspace)
    sign_off(workspace, story_id)
    cut = inspect_cut(workspace.story(story_id))
    assert cut is not None
    record_withdrawal(workspace, story_id, "contributor")
    with pytest.raises(NotAllowed, match="was withdrawn"):
        record_approval(workspace, story_id, expected=cut, role="editor", checked=())
    assert ids_in_edition(workspace) == set()


def test_many_approvals_and_one_withdrawal_end_withdrawn(workspace: Workspace) -> None:
    story_id = filmed(workspace)
    sign_off(workspace, story_id)

    def many_approvals() -> None:
        for _ in range(10):
            try:
                approve(workspace, story_id)
            except NotAllowed:
                return

    threads = [threading.Thread(target=many_approvals) for _ in range(2)]
    threads.append(
        threading.Thread(target=record_withdrawal, args=(workspace, story_id, "contributor"))
    )
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ids_in_edition(workspace) == set()
    assert Ledger(workspace).verify().sequence >= 4
