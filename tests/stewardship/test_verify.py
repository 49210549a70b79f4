"""`verify` finds every broken thing, the first hides no other, and it changes nothing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from library.consent.contributors import record_contributor
from library.consent.decisions import record_agreement
from library.consent.stories import start_story
from library.consent.withdrawals import write_note
from library.core import clock
from library.core.audience import Audience
from library.core.workspace import Workspace
from publish.build_job import build_library
from tests.support.command_line import CommandResult
from tests.support.quick_stories import approve, filmed, released, remake_cut, sign_off
from tests.support.sample_media import agreed_story, wav
from tests.support.site_fixtures import lay_over
from tests.support.workspaces import make_workspace

Cli = Callable[..., CommandResult]


@pytest.fixture(scope="module")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, str]:
    """A library with a released story and the site it was built into; only ever copied."""
    workspace = make_workspace(tmp_path_factory.mktemp("built") / "library")
    story_id = released(workspace)
    build_library(workspace, Audience.TRUST)
    return workspace, story_id


@pytest.fixture
def published(workspace: Workspace, built_once: tuple[Workspace, str]) -> str:
    """A released story, in a site that was built."""
    built, story_id = built_once
    lay_over(built, workspace)
    return story_id


def _bytes(workspace: Workspace) -> dict[str, bytes]:
    return {
        path.relative_to(workspace.root).as_posix(): path.read_bytes()
        for path in workspace.root.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


def _problems(run_cli: Cli, *arguments: str) -> list[str]:
    """Return the problems `verify` finds, and check that the exit code says so."""
    result = run_cli("verify", "--json", *arguments)
    report = json.loads(result.out)
    problems = [finding["what"] for finding in report["findings"] if finding["level"] == "bad"]
    assert result.code == (5 if problems else 0)
    assert report["well"] == (not problems)
    return problems


def test_a_whole_library_is_well_and_looking_changes_nothing(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    before = _bytes(workspace)
    result = run_cli("verify")
    assert result.code == 0, result.out
    assert "The database is whole: 1 story." in result.out
    assert "The log is whole" in result.out
    head = json.loads(run_cli("verify", "--json").out)["head"]["sha256"]
    assert head[:8] not in result.out
    assert head in run_cli("verify", "--verbose").out
    assert "The log has the line of the one receipt of builds" in result.out
    assert "6 of 6 files are as recorded" in result.out
    assert "The site is as it was built on" in result.out
    assert result.out.rstrip().endswith("Everything is as it was written.")
    assert _bytes(workspace) == before


def test_a_new_library_is_well(run_cli: Cli) -> None:
    assert _problems(run_cli) == []


def test_an_original_that_changed_or_is_gone(workspace: Workspace, run_cli: Cli) -> None:
    story_id = agreed_story(workspace)
    assert run_cli("capture", "import", story_id, wav()).code == 0
    assert _problems(run_cli) == []
    original = next(workspace.story(story_id).original.glob("take-*"))
    original.chmod(0o600)
    original.write_bytes(original.read_bytes() + b"!")
    (problem,) = _problems(run_cli)
    assert f"{story_id}: original/{original.name} is not the file that was brought in." in problem
    shutil.rmtree(workspace.story(story_id).original)
    (problem,) = _problems(run_cli)
    assert problem == f"{story_id}: the recording that came in is gone."


def test_an_original_changed_together_with_its_manifest(workspace: Workspace, run_cli: Cli) -> None:
    from library.core.files import sha256_of

    story_id = agreed_story(workspace)
    assert run_cli("capture", "import", story_id, wav()).code == 0
    folder = workspace.story(story_id)
    original = next(folder.original.glob("take-*"))
    before = sha256_of(original)
    original.chmod(0o600)
    original.write_bytes(b"another recording")
    folder.manifest.write_text(folder.manifest.read_text().replace(before, sha256_of(original)))
    problems = _problems(run_cli)
    assert any("does not say what the log says" in problem for problem in problems), problems


def test_a_changed_cut_is_wrong_once_signed_off_and_a_note_before(
    workspace: Workspace, run_cli: Cli
) -> None:
    story_id = filmed(workspace)
    captions = workspace.story(story_id).captions
    original = captions.read_bytes()
    captions.write_bytes(original + b"\nNOTE more\n")
    result = run_cli("verify")
    assert result.code == 0
    assert f"Warning  {story_id}: captions.vtt changed after the film was made" in result.out
    captions.write_bytes(original)
    sign_off(workspace, story_id)
    captions.unlink()
    assert _problems(run_cli) == [
        f"{story_id}: captions.vtt changed after the film was signed off or approved."
    ]
    remake_cut(workspace, story_id, "Another film")
    assert _problems(run_cli) == [], "a film made anew is nobody’s yet"


def test_signed_forms_that_changed_or_are_gone(
    workspace: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    story = start_story(workspace, title="A story", questions="being-heard")
    scan = tmp_path / "form.pdf"
    scan.write_bytes(b"a signature")
    record_agreement(
        workspace,
        story.id,
        on=clock.today(),
        taken_by="editor",
        form_version="1",
        independent=True,
        capacity_considered=True,
        form=scan,
    )
    assert _problems(run_cli) == []
    (signed_form,) = workspace.story(story.id).signed_forms.iterdir()
    signed_form.chmod(0o600)
    signed_form.write_bytes(b"another signature")
    (problem,) = _problems(run_cli)
    assert f"the signed form {signed_form.name} is not the one that was kept" in problem
    signed_form.unlink()
    (problem,) = _problems(run_cli)
    assert problem == f"{story.id}: a signed form is gone."


def test_a_site_changed_by_hand_is_named_file_by_file(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    (workspace.public / "about.html").write_text("<p>changed</p>")
    (workspace.public / "stories" / published / "captions.vtt").unlink()
    (workspace.public / "extra.txt").write_text("put there")
    assert sorted(_problems(run_cli)) == [
        "public/about.html is not as it was built.",
        "public/extra.txt was put there after the site was built.",
        f"public/stories/{published}/captions.vtt is gone.",
    ]
    (workspace.receipts / "site.json").unlink()
    (problem,) = _problems(run_cli)
    assert problem.startswith("The site in public is not as it was built on")
    assert run_cli("site", "build", "--audience", "trust").code == 0
    assert _problems(run_cli) == []
    shutil.rmtree(workspace.public)
    shutil.rmtree(workspace.edition)
    assert _problems(run_cli) == [], "both can be made again"


def test_a_site_whose_receipt_could_not_be_written_is_known_from_the_log(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    released(workspace, "Another")
    set_aside = workspace.receipts.rename(workspace.interviews / "aside")
    workspace.receipts.write_text("no folder")
    assert run_cli("site", "build", "--audience", "trust").code == 0
    workspace.receipts.unlink()
    set_aside.rename(workspace.receipts)
    result = run_cli("verify")
    assert result.code == 0, result.out
    assert "has no receipt here" in result.out
    assert "The site is as it was built on" in result.out


def test_an_edition_changed_by_hand(workspace: Workspace, run_cli: Cli, published: str) -> None:
    (workspace.edition / "stories" / published / "audio.m4a").write_bytes(b"another")
    (problem,) = _problems(run_cli)
    assert problem == f"interviews/edition/stories/{published}/audio.m4a is not as it was built."


def test_a_withdrawal_that_is_only_noted_asks_to_be_entered(
    workspace: Workspace, run_cli: Cli
) -> None:
    story_id = released(workspace)
    data = workspace.database.read_bytes()
    workspace.database.write_bytes(b"")
    write_note(workspace, story_id, "contributor")
    workspace.database.write_bytes(data)
    result = run_cli("verify")
    assert result.code == 5
    assert "only noted beside the database" in result.out
    assert f"carer-stories withdraw {story_id}" in result.out
    assert run_cli("withdraw", story_id, "--yes").code == 0
    assert _problems(run_cli) == []


def _without_its_withdrawal(workspace: Workspace) -> None:
    """Restore an older database with the newest line of the log in it, as a forger could."""
    from library.records.store import Store

    store = Store(workspace.database)
    line = bytes(store.read().entry)
    store.restore(max(store.generations()), entry=lambda _number: line)
    shutil.rmtree(workspace.withdrawn)


def test_a_withdrawal_taken_out_of_the_database_is_missed(
    workspace: Workspace, run_cli: Cli
) -> None:
    story_id = released(workspace)
    assert run_cli("withdraw", story_id, "--asked-by", "relative", "--yes").code == 0
    assert _problems(run_cli) == []
    _without_its_withdrawal(workspace)
    assert f"carer-stories withdraw {story_id} --asked-by relative\n" in run_cli("verify").out
    (problem,) = _problems(run_cli)
    assert (
        problem == f"The log says that {story_id} was withdrawn (all), and the database does not."
    )


def test_an_approval_put_into_the_database_by_hand(workspace: Workspace, run_cli: Cli) -> None:
    from library.records.consent import Approval
    from library.records.cut import inspect_cut
    from library.records.store import Store

    story_id = filmed(workspace)
    sign_off(workspace, story_id)
    cut = inspect_cut(workspace.story(story_id))
    assert cut
    with Store(workspace.database).update() as changes:
        changes.add(
            Approval(
                id="ap-222222",
                story=story_id,
                recorded=clock.now(),
                cut=cut.hash,
                audience="trust",
                on=clock.today(),
                role="editor",
            )
        )
        changes.accompany(bytes(changes.entry))
    problems = _problems(run_cli)
    assert f"The log knows nothing of the approval ap-222222 of {story_id}." in problems


def test_who_told_a_story_is_kept_whole_and_apart(workspace: Workspace, run_cli: Cli) -> None:
    story_id = filmed(workspace)
    record_contributor(workspace, story_id, name="Ruth Example", role="editor")
    assert _problems(run_cli) == []
    workspace.contributors.chmod(0o644)
    (problem,) = _problems(run_cli)
    assert problem.startswith("Others than its owner may read")
    workspace.contributors.chmod(0o600)
    data = workspace.contributors.read_bytes()
    workspace.contributors.write_bytes(data.replace(b"Ruth", b"Rita"))
    (problem,) = _problems(run_cli)
    assert "contributors.json cannot be used" in problem
    assert "Ruth" not in problem
    assert "Rita" not in problem


def test_one_broken_thing_never_hides_the_next(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    """Database torn, log gone, a film changed, a page changed: all are told at once."""
    workspace.database.write_bytes(workspace.database.read_bytes()[:100])
    workspace.audit_log.unlink()
    (workspace.public / "about.html").write_text("<p>changed</p>")
    workspace.story(published).captions.write_text("WEBVTT\n")
    result = run_cli("verify")
    assert result.code == 5
    assert "library.json cannot be used" in result.out
    assert "There is no log" in result.out
    assert "The log does not have the line that the receipt build-" in result.out
    assert f"{published}: captions.vtt changed" in result.out
    assert "public/about.html is not as it was built." in result.out


def test_with_a_damaged_database_the_log_tells_what_was_signed_off(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    workspace.database.write_bytes(b"torn")
    workspace.story(published).captions.write_text("WEBVTT\n")
    problems = _problems(run_cli)
    assert (
        f"{published}: captions.vtt changed after the film was signed off or approved." in problems
    )
    assert len(problems) == 2, problems


def test_a_library_being_changed_is_not_judged(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    from functools import partial

    import stewardship.verify.records
    from library.records.ledger import Ledger
    from library.records.store import Store

    filmed(workspace)
    monkeypatch.setattr(stewardship.verify.records, "Ledger", partial(Ledger, lock_timeout=0.1))
    with Store(workspace.database).locked():
        assert run_cli("verify").code == 6


def test_a_site_being_built_is_not_judged(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    from publish.build_job import build_lock

    approve(workspace, published)
    with build_lock(workspace):
        result = run_cli("verify")
    assert result.code == 0, result.out
    assert "The site is being built just now" in result.out


def test_a_copy_that_may_only_be_read_can_be_verified(
    workspace: Workspace, run_cli: Cli, published: str
) -> None:
    """A backup on a shut disk has no place for a lock: here a folder stands where it would be."""
    for name in ("library.json.lock", ".press.lock"):
        (workspace.interviews / name).unlink(missing_ok=True)
        (workspace.interviews / name).mkdir()
    result = run_cli("verify")
    assert result.code == 0, result.out
    assert "The log is whole:" in result.out
    assert "The site is as it was built on" in result.out
    (workspace.public / "about.html").write_text("<p>changed</p>")
    lines = workspace.audit_log.read_bytes().splitlines(keepends=True)
    workspace.audit_log.write_bytes(b"".join(lines[:2]))
    problems = _problems(run_cli)
    assert any("audit.jsonl, after line 2" in problem for problem in problems), problems
    assert "public/about.html is not as it was built." in problems
