"""The next step of a story: the first thing in the way, in the order of doing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import msgspec
import pytest

from library.consent.gate import History, Progress, next_step, state_of
from library.consent.stories import change_story
from library.core.workspace import Workspace
from library.records.consent import Agreement, Approval, Release
from library.records.cut import CutState
from library.records.people import Person, Register
from library.records.story import Story
from tests.support.command_line import CommandResult
from tests.support.quick_stories import filmed
from tests.support.workspaces import leave_blank

DAY = date(2026, 3, 1)
CUT = CutState("c" * 64)
OF_STORY = {"story": "cs-222222", "recorded": "2026-03-01T00:00:00Z"}
STORY = Story(
    id="cs-222222",
    title="A story",
    questions="being-heard",
    created="2026-01-01T00:00:00Z",
    content_note="Nothing hard to hear.",
)
AGREED = Agreement(
    id="ag-1",
    on=DAY,
    taken_by="editor",
    form_version="1",
    independent=True,
    capacity_considered=True,
    **OF_STORY,
)
SETTLED = History(
    STORY,
    agreements=(AGREED,),
    registers=(Register(id="rg-1", people=(), on=DAY, role="editor", **OF_STORY),),
)
EDITED = Progress(recorded=True, transcribed=True, edited=True)
FILMED = replace(EDITED, cut=CUT)
SIGNED_OFF = replace(
    SETTLED,
    releases=(
        Release(
            id="re-1",
            cut=CUT.hash,
            viewed=DAY,
            audience="training",
            review=date(2028, 3, 1),
            witness="editor",
            form_version="1",
            **OF_STORY,
        ),
    ),
)
SON = Person(
    id="pd-1",
    person="pe-1",
    relation="son {",
    told="his illness",
    decided="undecided",
    on=DAY,
    role="editor",
    **OF_STORY,
)
NO_NOTE = Story(id="cs-222222", title="A", questions="being-heard", created="2026-01-01T00:00:00Z")


def step_of(history: History, progress: Progress) -> str:
    return next_step(history, state_of(history, progress, DAY), progress)


@pytest.mark.parametrize(
    ("history", "progress", "command"),
    [
        (History(STORY), Progress(), "consent form cs-222222"),
        (SETTLED, Progress(), "capture import cs-222222"),
        (SETTLED, Progress(recorded=True), "transcribe cs-222222"),
        (SETTLED, Progress(recorded=True, transcribed=True), "edit cs-222222"),
        (SETTLED, EDITED, "film cs-222222"),
        (SETTLED, FILMED, "site preview cs-222222"),
        (SIGNED_OFF, FILMED, "approve cs-222222"),
    ],
)
def test_where_nothing_is_in_the_way_it_is_the_next_of_the_road(
    history: History, progress: Progress, command: str
) -> None:
    assert f"carer-stories {command}" in step_of(history, progress)


@pytest.mark.parametrize("state", [(SETTLED, EDITED), (SETTLED, FILMED), (SIGNED_OFF, FILMED)])
def test_what_an_approval_would_be_refused_for_comes_first(state: tuple[History, Progress]) -> None:
    history, progress = state
    open_name = replace(progress, unanswered_names=1)
    assert "redact review cs-222222" in step_of(history, open_name)
    without_words = step_of(history, replace(progress, unheard=2))
    assert without_words.startswith("Listen where somebody speaks")
    assert without_words.endswith("carer-stories edit cs-222222")
    assert "people complete" in step_of(replace(history, registers=()), progress)
    undecided = replace(history, people=(SON,), registers=())
    assert "people list cs-222222" in step_of(undecided, progress)
    assert "redact review" in step_of(undecided, open_name), "the first of them"
    has_page = progress.cut is not None
    without = step_of(replace(history, story=NO_NOTE), replace(progress, page_lacks_note=has_page))
    assert "story edit cs-222222 --content-note" in without
    assert ("carer-stories film" in without) is has_page


@pytest.mark.parametrize("state", [(SETTLED, EDITED), (SETTLED, FILMED), (SIGNED_OFF, FILMED)])
def test_a_changed_text_is_applied_before_anything_is_made_of_it(
    state: tuple[History, Progress],
) -> None:
    history, progress = state
    changed = replace(progress, is_copy_changed=True)
    step = step_of(history, changed)
    assert step.startswith("Apply what was changed in the editor’s copy")
    assert step.endswith("carer-stories edit cs-222222")
    assert ("signed off again" in step) is (progress.cut is not None)
    names = replace(changed, unanswered_names=1)
    assert "redact review cs-222222" in step_of(history, names), "it changes the text itself"


def test_what_was_approved_and_may_not_be_shown_never_points_to_itself() -> None:
    approval = Approval(
        id="ap-1", cut=CUT.hash, audience="training", on=DAY, role="editor", **OF_STORY
    )
    approved = replace(SIGNED_OFF, approvals=(approval,))
    objected = replace(approved, people=(msgspec.structs.replace(SON, decided="objected"),))
    assert "people list cs-222222" in step_of(objected, FILMED)
    son = msgspec.structs.replace(SON, decided="redacted")
    complete = msgspec.structs.replace(SETTLED.registers[0], people=("pe-1",))
    decided_since = replace(approved, people=(son,), registers=(complete,))
    assert "approve cs-222222" in step_of(decided_since, FILMED)
    assert "people complete" in step_of(replace(decided_since, registers=()), FILMED)
    early = replace(approved, agreements=(msgspec.structs.replace(AGREED, on=date(2030, 1, 1)),))
    assert "clock" in step_of(early, FILMED)


def test_with_blank_settings_they_are_filled_in_before_anything_is_signed(
    workspace: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    leave_blank(workspace)
    made = run_cli("story", "new", "--title", "A", "--questions", "being-heard").out
    assert "doctor --fill-in" in made
    assert "consent record" not in made
    step = run_cli("status", made.partition(":")[0]).out.splitlines()[-1]
    assert step.startswith("Next: Write down what agreements need"), step


def test_a_note_that_came_after_the_film_asks_for_the_film_again() -> None:
    assert "film cs-222222" in step_of(SETTLED, replace(FILMED, page_lacks_note=True))


def test_status_reads_the_note_of_the_film_itself(
    workspace: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    story_id = filmed(workspace)  # its page has no content note
    assert "--content-note" in run_cli("status", story_id).out
    change_story(workspace, story_id, {"content_note": "A night at the ward."})
    step = run_cli("status", story_id).out.splitlines()[-1]
    assert (
        step == f"Next: Make the film again, with its content note: carer-stories film {story_id}"
    )


def test_an_import_that_changes_nothing_says_where_the_story_stands(
    workspace: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    from capture.intake.pipeline import import_recording
    from tests.support import sample_media
    from tests.support.quick_stories import AGREED as OPTIONS

    made = run_cli("story", "new", "--title", "A", "--questions", "being-heard")
    story_id = made.out.split(":")[0]
    assert run_cli("consent", "record", story_id, *OPTIONS).code == 0
    recording = sample_media.rotated()
    import_recording(workspace, story_id, recording)
    assert (
        f"carer-stories transcribe {story_id}"
        in run_cli("capture", "import", story_id, recording).out
    )
    workspace.story(story_id).transcript.write_text("{}")
    again = run_cli("capture", "import", story_id, recording).out
    assert "transcribe" not in again
    assert again.endswith(f"Next: Correct the words: carer-stories edit {story_id}\n")
