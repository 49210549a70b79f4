"""Messages to whoever has a copy: by a title that they know already, with plain reasons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec
import pytest

from library.consent.copies import record_copy
from library.consent.safeguarding import place_hold
from library.core import clock
from library.core.workspace import Workspace
from library.records.copies import Copy, course_path
from library.records.hidden_terms import HiddenTerm
from publish.reconciliation import messages
from publish.reconciliation.messages import Cause, CauseKind, MessageWriter
from tests.support.command_line import CommandResult
from tests.support.quick_stories import filmed

Cli = Callable[..., CommandResult]

DAY = date(2026, 11, 23)


@pytest.fixture
def copy(workspace: Workspace) -> Copy:
    story, other = filmed(workspace), filmed(workspace)
    return record_copy(
        workspace,
        [story, other],
        medium="download",
        audience="trust",
        to="Ward 3",
        on=clock.today(),
        role="editor",
        location="/srv/out/slides-night-for-ward-3.pptx",
        form="slides",
        titles={story: "The night\u202e Anna\nrang"},
    )


def _message(
    workspace: Workspace,
    copy: Copy,
    kind: CauseKind = CauseKind.OTHER,
    *,
    has_others: bool = True,
) -> str:
    cause = Cause(kind, DAY)
    path = MessageWriter(workspace).write(copy.stories[0], cause, copy, has_others=has_others)
    return path.read_text(encoding="utf-8")


def test_it_says_the_title_on_the_copy_unless_that_must_be_hidden_by_now(
    workspace: Workspace, copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    story, other = copy.stories
    assert f"A story in it, “The night Anna rang” ({story}), may not" in _message(workspace, copy)
    hidden = [HiddenTerm("Anna", other, 1, False, False)]
    monkeypatch.setattr(messages, "hidden_terms", lambda _workspace: tuple(hidden))
    assert "Anna" in _message(workspace, copy), "it is hidden in another story alone"
    hidden.append(HiddenTerm("Anna", other, 2, True, False))
    text = _message(workspace, copy)
    assert "Anna" not in text
    assert f"A story in it, {story}, may not be shown" in text
    assert "(slides-night-for-ward-3.pptx)" in text


def test_it_is_written_though_nothing_but_the_copy_is_out(
    workspace: Workspace, run_cli: Cli, copy: Copy
) -> None:
    """No site was ever built here, and the file went to a folder elsewhere."""
    assert "message-" in run_cli("status").err
    names = {f"message-{story}-{copy.id}.txt" for story in copy.stories}
    assert {path.name for path in workspace.receipts.glob("message-*")} == names
    assert "message-" not in run_cli("status").err


def test_each_cause_is_said_as_it_is_and_asks_for_what_fits(
    workspace: Workspace, copy: Copy
) -> None:
    texts = {kind: _message(workspace, copy, kind) for kind in CauseKind}
    assert "was taken back on 23 November 2026" in texts[CauseKind.WITHDRAWN]
    assert "We give no reason" in texts[CauseKind.WITHDRAWN]
    assert not any("person" in text for text in texts.values()), "it need not be they who said no"
    assert "was agreed to until 23 November 2026" in texts[CauseKind.LAPSED]
    assert "has a new film" in texts[CauseKind.NEW_FILM]
    assert f"{copy.id}, to be replaced" in texts[CauseKind.NEW_FILM]
    assert "We give no reason" in texts[CauseKind.OTHER]
    assert "From 23 November 2026 on the copy must not be used." in texts[CauseKind.SOONER]
    for kind, text in texts.items():
        is_replaced = kind in (CauseKind.NEW_FILM, CauseKind.SOONER)
        assert ("Delete the file" in text) == (not is_replaced)
        assert ("without this story" in text) == (not is_replaced)
    thin = msgspec.structs.replace(copy, form="scorm-thin", titles={})
    assert "For now the package shows nothing at all" in _message(workspace, thin, has_others=True)
    page = workspace.public / course_path(copy.stories[0])
    page.parent.mkdir(parents=True)
    page.touch()
    going_on, dark = (_message(workspace, thin, has_others=each) for each in (True, False))
    assert "You need do nothing in your learning system" in going_on
    assert "Tell us what became of it" not in going_on, "nothing is asked"
    assert "Please delete the course in your learning system all the same" in dark
    assert "without this story" not in _message(workspace, copy, has_others=False)
    place_hold(workspace, copy.stories[0], reason="An inquest is open.", role="editor")
    kept = _message(workspace, copy)
    assert "give it back to us before you delete anything of it" in kept
    assert "Delete the file" not in kept
    assert "inquest" not in kept
