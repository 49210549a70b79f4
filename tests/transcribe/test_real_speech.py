"""Real recognisers on real speech: only where somebody has them, by `make test-real`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.hearing import hear_all
from benchmarks.references import Reference, references_in
from library.core.workspace import Workspace
from tests.support.command_line import CommandResult
from tests.support.sample_media import agreed_story

MODEL = os.environ.get("CARER_STORIES_REAL_MODEL", "")
SPEECH = os.environ.get("CARER_STORIES_REAL_SPEECH", "")

pytestmark = pytest.mark.skipif(
    not (MODEL and SPEECH),
    reason="CARER_STORIES_REAL_MODEL and CARER_STORIES_REAL_SPEECH name no model and no recordings",
)


MORE_WRONG = 0.02
"""Share of the words by which ours may be further from the references than the bare engine."""
WORDS_BY_CHANCE = 3
"""Words more, besides, that may be wrong by chance: in half a minute one is a whole point.

Ours hears some words otherwise, where it cuts out that nobody speaks.
"""


@pytest.fixture(scope="module")
def references() -> list[Reference]:
    found = [reference for reference in references_in(Path(SPEECH)) if reference.text]
    assert found, f"There are no recordings with a text in {SPEECH}."
    return found


def test_hardly_more_is_wrong_than_through_the_engine_itself_and_nothing_long_is_lost(
    references: list[Reference],
) -> None:
    ours_wrong, allowed_wrong = 0, float(WORDS_BY_CHANCE)
    for reference, bare, ours in hear_all(references, MODEL):
        name = reference.recording.name
        allowed = bare.errors + MORE_WRONG * bare.total + WORDS_BY_CHANCE
        assert ours.errors <= allowed, f"{name}: {ours.rate} wrong, {bare.rate} by the engine"
        assert not ours.lost, f"{name}: {ours.lost} s are lost"
        ours_wrong += ours.errors
        allowed_wrong += bare.errors + MORE_WRONG * bare.total
    assert ours_wrong <= allowed_wrong, "over all recordings"


def test_the_whole_road_from_a_recording_to_a_film_without_a_word_that_was_redacted(
    references: list[Reference], workspace: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    story_id = agreed_story(workspace)
    recording = min(references, key=lambda each: each.recording.stat().st_size).recording
    _done(run_cli("capture", "import", story_id, recording))
    _done(run_cli("transcribe", story_id, "--model", MODEL))
    word = _rare_word(workspace, story_id)
    copy = workspace.story(story_id).editors_copy
    text = copy.read_text(encoding="utf-8")
    copy.write_text(text.replace(word, f"[[{word}|something]]", 1), encoding="utf-8")
    _done(run_cli("edit", story_id, "--as-is", "--yes"))
    _done(run_cli("film", story_id, "--for", "trust"))
    proved = run_cli("film", story_id, "--prove", "--model", MODEL)
    assert proved.code == 0, proved.out + proved.err
    page = workspace.story(story_id).root / "captions.vtt"
    assert word not in page.read_text(encoding="utf-8")


def _rare_word(workspace: Workspace, story_id: str) -> str:
    """Return the longest word that is said once, and stands alone in the editor's copy."""
    text = workspace.story(story_id).editors_copy.read_text(encoding="utf-8")
    words = [word for word in re.findall(r"\w+", text.partition("\n\n")[2]) if word.isalpha()]
    once = [word for word in words if len(re.findall(rf"(?i)\b{word}", text)) == 1]
    return max(once, key=len)


def _done(ran: CommandResult) -> None:
    assert ran.code == 0, ran.out + ran.err
