"""`approve`: the editor sees the cut and everything that must be put right, all at once."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from films.checked_redactions import add_checked, redaction_ids, unchecked_redactions
from films.page_text import StoryPage
from library.consent.decisions import (
    is_code_of,
    record_approval,
    record_release,
    require_signable_cut,
)
from library.consent.register import add_person, complete_register
from library.consent.stories import read_history
from library.core.errors import NotAllowed
from library.core.files import sha256_of
from library.core.workspace import Workspace
from library.records.cut import Cut
from tests.support.command_line import CommandResult
from tests.support.kept_files import broken_forms
from tests.support.known_interview import spoken, transcript_of
from tests.support.quick_stories import ARTEFACTS, filmed, remake_cut, sign_off
from tests.support.transcribed_story import transcribed_story
from transcribe.words import read_edited, read_transcript

Cli = Callable[..., CommandResult]
YES = ("--yes", "--description", "not-needed")
LINTED = "WEBVTT\n\n1\n00:00:00.000 --> 00:00:03.000\n<v Ruth>Nobody asked me what I knew.\n"


@pytest.fixture
def story_id(workspace: Workspace) -> str:
    """Filmed with captions and a content note as they should be, and signed off."""
    story_id = filmed(workspace)
    finish(workspace, story_id)
    sign_off(workspace, story_id)
    return story_id


def page_of(workspace: Workspace, story_id: str) -> StoryPage:
    return msgspec.json.decode(workspace.story(story_id).page.read_bytes(), type=StoryPage)


def write_page(workspace: Workspace, story_id: str, **changes: object) -> None:
    page = msgspec.structs.replace(page_of(workspace, story_id), **changes)
    workspace.story(story_id).page.write_bytes(msgspec.json.encode(page))


def change_page(workspace: Workspace, story_id: str, **changes: object) -> None:
    """Change what the page shows, as if the cut had been made so."""
    write_page(workspace, story_id, **changes)
    finish_hashes(workspace, story_id)


def finish(workspace: Workspace, story_id: str, note: str = "Nothing hard to hear.") -> None:
    folder = workspace.story(story_id)
    write_page(workspace, story_id, content_note=note, duration=3_000)
    folder.captions.write_text(LINTED)
    cut = Cut(story=story_id, artefacts={n: sha256_of(folder.root / n) for n in ARTEFACTS})
    folder.cut.write_bytes(msgspec.json.encode(cut))


def test_it_shows_the_cut_and_approves_for_whom_it_was_released(
    run_cli: Cli, workspace: Workspace, story_id: str
) -> None:
    result = run_cli("approve", story_id, *YES)
    assert result.code == 0, result.err
    code = json.loads(run_cli("status", story_id, "--json").out)[0]["cut"][:8]
    for phrase in (code, "Nothing hard to hear.", "Released for “trust”", "Approved for “trust”"):
        assert phrase in result.out
    approval = read_history(workspace, story_id).approvals[-1]
    assert (approval.audience, approval.description) == ("trust", "not-needed")
    assert approval.checked == ("watched", "third-parties", "content-note")


def test_the_editor_may_go_back_or_stop_at_each_question(
    run_cli: Cli, workspace: Workspace, story_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def typed(*lines: str) -> CommandResult:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
        return run_cli("approve", story_id)

    points = ("I watched this cut", "Everyone in it", "The content note says", "Audio description")
    for number, _ in enumerate(points):
        assert typed(*["y"] * number, "stop").code == 130
    assert not read_history(workspace, story_id).approvals
    result = typed("back", "y", "y", "back", "y", "y", "back", "y", "not-needed")
    assert result.code == 0, result.err
    # The question before each “back” is put twice, and so is that from which it leads back.
    assert [result.out.count(f"  {point}") for point in points] == [2, 2, 3, 2]


def test_nothing_is_asked_about_a_cut_that_nobody_signed_off(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = filmed(workspace)
    finish(workspace, story_id)
    result = run_cli("approve", story_id)
    assert result.code == 4
    assert "I watched this cut" not in result.out
    assert f"Next: Show it to them, then: carer-stories signoff {story_id}" in result.err


def test_everything_that_must_be_put_right_is_said_at_once(
    run_cli: Cli, workspace: Workspace, story_id: str
) -> None:
    finish(workspace, story_id, note="")
    workspace.story(story_id).captions.write_text(
        LINTED.replace("me what", "me whatever it was that I may have known or")
    )
    finish_hashes(workspace, story_id)
    add_person(workspace, story_id, relation="son", about="x", decided="objected", role="editor")
    result = run_cli("approve", story_id, *YES)
    assert result.code == 4
    for phrase in ("captions of", "(son) objected", "register of people", "no content note"):
        assert phrase in result.err
    for step in ("captions lint", "people list", "story edit"):
        assert step in result.err
    assert not read_history(workspace, story_id).approvals


MARK = "[00:0{}–00:09: somebody speaks here, no words were recognised]\n\n"


@pytest.mark.parametrize("is_count_kept", [True, False])
def test_speech_without_words_is_answered_mark_by_mark_before_an_approval(
    run_cli: Cli, workspace: Workspace, story_id: str, is_count_kept: bool
) -> None:
    folder = workspace.story(story_id)
    for left, passages in ((2, "2 passages"), (1, "1 passage"), (0, "")):
        copy = f"<!--\n{MARK.format(0)}-->\n" + "".join(MARK.format(at) for at in range(left))
        folder.editors_copy.write_text(f"{copy}[00:00] Ruth: Nobody asked me.\n", encoding="utf-8")
        counts = {"words": 5, "unsure": 3, "unheard": left}
        folder.review_counts.write_text(json.dumps(counts) if is_count_kept else "{")
        result = run_cli("approve", story_id, *YES)
        assert (result.code == 0) is (left == 0)
        said = " ".join(result.err.split())
        if left:
            assert f"In {passages} somebody speaks and no words were recognised." in said
            assert "Listen there, and type what is said or take the mark out" in said
            assert f"carer-stories edit {story_id}" in said


def finish_hashes(workspace: Workspace, story_id: str) -> None:
    folder = workspace.story(story_id)
    cut = Cut(story=story_id, artefacts={n: sha256_of(folder.root / n) for n in ARTEFACTS})
    folder.cut.write_bytes(msgspec.json.encode(cut))


def test_what_is_only_seen_must_be_told_somewhere_first(run_cli: Cli, story_id: str) -> None:
    result = run_cli("approve", story_id, "--yes", "--description", "needed")
    assert result.code == 4
    assert "only seen" in result.err
    result = run_cli("approve", story_id, "--yes")
    assert result.code == 2
    assert "--description" in result.err


def test_the_witness_approving_is_told_and_a_missing_scan_too(
    run_cli: Cli, workspace: Workspace, story_id: str
) -> None:
    notes = json.loads(run_cli("approve", story_id, *YES, "--json").out)["notes"]
    assert notes == ["No scan of the signed release is kept yet."]
    notes = json.loads(
        run_cli("approve", story_id, *YES, "--role", "carer-volunteer", "--json").out
    )["notes"]
    assert "witnessed by the carer-volunteer too" in notes[0]


def test_a_widened_release_needs_the_editor_again(
    run_cli: Cli, workspace: Workspace, story_id: str
) -> None:
    run_cli("approve", story_id, *YES)
    sign_off(workspace, story_id, "public")
    output = run_cli("status", story_id, "--audience", "public").out
    assert "approved for “trust”, which does not include “public”" in output
    assert "narrower than the sign-off" in output
    run_cli("approve", story_id, *YES)
    assert "may be shown to “public”" in run_cli("status", story_id, "--audience", "public").out


def test_status_lists_the_whole_way(run_cli: Cli, workspace: Workspace, story_id: str) -> None:
    output = run_cli("status", story_id).out
    for line in (
        "done  agreement: taken on",
        "done  people in it: nobody else",
        "–   approval: no",
    ):
        assert line in output
    steps = json.loads(run_cli("status", story_id, "--json").out)[0]["checklist"]
    assert [step["step"] for step in steps] == [
        "agreement", "recording", "words", "edit", "people in it", "film", "sign-off", "approval",
    ]  # fmt: skip


def test_a_signed_form_is_kept_by_its_hash_and_read_only(
    run_cli: Cli, workspace: Workspace, story_id: str, tmp_path: Path
) -> None:
    scan = tmp_path / "Ruth’s form.PDF"
    scan.write_bytes(b"%PDF-1.4 signed")
    release = record_release(
        workspace,
        story_id,
        expected=require_signable_cut(workspace, story_id),
        audience="trust",
        viewed=read_history(workspace, story_id).releases[-1].viewed,
        witness="editor",
        form_version="1",
        form=scan,
    )
    (signed_form,) = workspace.story(story_id).signed_forms.iterdir()
    assert signed_form.name == f"{sha256_of(scan)}.pdf"
    assert release.form_sha256 == signed_form.stem
    assert not signed_form.stat().st_mode & 0o222
    assert broken_forms(workspace.story(story_id)) == []
    signed_form.chmod(0o600)
    signed_form.write_bytes(b"another")
    assert broken_forms(workspace.story(story_id)) == [signed_form.name]


def test_the_code_may_be_typed_as_the_review_page_shows_it(
    workspace: Workspace, story_id: str
) -> None:
    cut = require_signable_cut(workspace, story_id)
    typed_code = f"{cut.code[:4]} {cut.code[4:].upper()}"
    assert is_code_of(cut, typed_code)
    assert not is_code_of(cut, typed_code[:-1])


def test_a_listed_name_in_the_title_is_found_before_anybody_views_it(
    run_cli: Cli, workspace: Workspace, story_id: str
) -> None:
    run_cli("redact", "add", story_id, "Siobhan", "--shown", "my sister")
    assert "says a name" not in run_cli("approve", story_id, *YES).err
    change_page(workspace, story_id, summary="How Siobhan was admitted.")
    result = run_cli("approve", story_id, *YES)
    assert result.code == 4
    assert "The summary says a name that must not be heard." in result.err
    assert "Siobhan" not in result.err


def test_a_listed_name_in_a_question_is_found_before_anybody_views_it(
    run_cli: Cli, workspace: Workspace, story_id: str
) -> None:
    run_cli("redact", "add", story_id, "Larch House", "--shown", "the ward")
    first, *others = page_of(workspace, story_id).chapters
    first = msgspec.structs.replace(first, reflection=("Who knew at Larch House?",))
    change_page(workspace, story_id, chapters=(first, *others))
    result = run_cli("approve", story_id, *YES)
    assert result.code == 4
    assert "The question at 0:00, or what is shown with it, says a name" in result.err
    assert "Larch" not in result.err


def made_with(workspace: Workspace, story_id: str, **recipe: str) -> None:
    """The cut that stands, as if it had been made with other choices."""
    path = workspace.story(story_id).cut
    cut = msgspec.json.decode(path.read_bytes(), type=Cut)
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(cut, recipe=recipe)))


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"picture": "blurred"}, "picture is “blurred”, not “shown”"),
        ({"voice": "disguised"}, "voice is “disguised”, not “own”"),
        ({"level": "public"}, "title card says “public”"),
    ],
)
def test_a_film_made_with_other_choices_than_the_release_is_not_approved(
    run_cli: Cli, workspace: Workspace, story_id: str, recipe: dict[str, str], message: str
) -> None:
    made_with(workspace, story_id, **recipe)
    result = run_cli("approve", story_id, *YES)
    assert result.code == 4
    assert message in result.err
    assert "--picture shown --voice own --for trust" in result.err
    with pytest.raises(NotAllowed, match="not as its contributor released it"):
        record_approval(
            workspace,
            story_id,
            expected=require_signable_cut(workspace, story_id),
            role="editor",
            checked=(),
        )
    assert not read_history(workspace, story_id).approvals


def test_the_form_and_the_film_must_say_the_same(
    run_cli: Cli, workspace: Workspace, story_id: str
) -> None:
    before = len(read_history(workspace, story_id).releases)
    seen = ("--cut", require_signable_cut(workspace, story_id).code)
    options = (*seen, "--audience", "trust", "--witness", "carer-volunteer", "--yes")
    result = run_cli("signoff", story_id, *options, "--picture", "voice-only")
    assert result.code == 2
    assert f"film {story_id} --picture voice-only --voice own" in result.err
    made_with(workspace, story_id, picture="voice-only", level="training")
    result = run_cli("signoff", story_id, *options, "--picture", "voice-only")
    assert result.code == 2
    assert f"film {story_id} --for trust" in result.err
    assert len(read_history(workspace, story_id).releases) == before


def test_narrowing_is_taken_at_once_and_the_film_is_made_again(
    run_cli: Cli, workspace: Workspace, story_id: str
) -> None:
    made_with(workspace, story_id, level="trust")
    seen_options = ("--cut", require_signable_cut(workspace, story_id).code)
    narrower = ("--audience", "training", "--witness", "carer-volunteer", "--yes")
    result = run_cli("signoff", story_id, *seen_options, *narrower)
    assert result.code == 0, result.err
    assert f"film {story_id} --for training" in result.out
    assert read_history(workspace, story_id).releases[-1].audience == "training"
    assert run_cli("approve", story_id, *YES).code == 4


def test_a_film_without_a_sign_off_is_refused_for_that_first(
    run_cli: Cli, workspace: Workspace
) -> None:
    story_id = filmed(workspace)
    finish(workspace, story_id)
    result = run_cli("approve", story_id, "--yes")
    assert result.code == 4
    assert "--description" not in result.err


@pytest.mark.parametrize("confirmed", [0, 1, 2])
def test_what_is_not_confirmed_is_followed_by_what_to_do(
    run_cli: Cli, story_id: str, monkeypatch: pytest.MonkeyPatch, confirmed: int
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n" * confirmed + "\n"))
    result = run_cli("approve", story_id)
    assert result.code == 130
    assert "is not approved" in result.out
    step = result.out.splitlines()[-1]
    assert step.startswith("Next: ")
    assert step.endswith(f"then: carer-stories approve {story_id}")


def test_yes_without_the_description_says_which_answers_there_are(
    run_cli: Cli, story_id: str
) -> None:
    error = run_cli("approve", story_id, "--yes").err
    assert "does the picture show anything" in error
    for word in ("--description", "not-needed", "in-words", "needed"):
        assert word in error


def test_it_asks_for_redactions_that_nobody_listened_to_at_the_desk(
    run_cli: Cli, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answering(answers: str) -> CommandResult:
        monkeypatch.setattr("sys.stdin", io.StringIO(answers))
        return run_cli("approve", story_id, "--description", "not-needed")

    transcript = transcript_of(spoken("I went to Leeds. We asked, and we waited."))
    folder, _ = transcribed_story(workspace, transcript)
    story_id = folder.root.name
    folder.editors_copy.write_text(
        "[00:00] Ruth: I went to [[Leeds|there]]. We asked, and we waited.\n"
    )
    assert run_cli("edit", story_id, "--as-is").code == 0
    complete_register(workspace, story_id, role="editor")
    remake_cut(workspace, story_id, "A story")
    finish(workspace, story_id)
    sign_off(workspace, story_id)
    # By the command line alone.
    asked = answering("y\ny\ny\nn\n")
    assert "redacted at 0:00 of the recording, with a second before and after it" in asked.out
    assert "was not confirmed" in asked.out
    assert f"carer-stories desk {story_id}" in " ".join(asked.out.split())
    assert answering("y\n" * 4).code == 0
    approval = read_history(workspace, story_id).approvals[-1]
    assert approval.checked == ("watched", "third-parties", "content-note", "redactions")
    # Each heard at the desk.
    redactions = read_edited(folder.edited).redactions
    add_checked(folder, redaction_ids(read_transcript(folder.transcript), redactions))
    done = answering("y\n" * 3)
    assert done.code == 0, done.err
    assert "What is redacted was listened to at the desk." in done.out
    assert "second before" not in done.out
    # Of another span it is another one, and in a script --yes answers for it.
    folder.editors_copy.write_text(
        folder.editors_copy.read_text().replace("|there]]", "|there]]{-90,}")
    )
    assert run_cli("edit", story_id, "--as-is").code == 0
    assert len(unchecked_redactions(folder)[0]) == 1
    assert "listened" not in run_cli("approve", story_id, *YES).out
