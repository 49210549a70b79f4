"""Create a story, change its public words, read its history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from library.consent import gate
from library.consent.gate import History
from library.consent.gate_input import history_of
from library.core.clock import now
from library.core.errors import BadInput, NotFound
from library.core.languages import parse_spoken
from library.core.workspace import Workspace, is_possible_id
from library.records.ledger import Ledger
from library.records.story import Story, new_id

MAX_TITLE_CHARACTERS = 120
MAX_TEXT_CHARACTERS = 2_000


def start_story(workspace: Workspace, *, title: str, questions: str, **words: Any) -> Story:
    """Create a story under an opaque id. Raises BadInput for words that would not fit a page."""
    _require_question_set(workspace, questions)
    ledger = Ledger(workspace)
    # Of 28⁶ ids; if another process takes the same one meanwhile, `add` refuses it.
    used_ids = {story.id for story in ledger.read().all(Story)}
    story_id = next(
        candidate for candidate in iter(lambda: new_id("cs"), "") if candidate not in used_ids
    )
    story = _tidied(Story(id=story_id, title=title, questions=questions, created=now(), **words))
    with ledger.update("story-new", story.id, "editor") as changes:
        changes.add(story)
    return story


def change_story(workspace: Workspace, story_id: str, words: Mapping[str, Any]) -> Story:
    """Change the public words of a story. A film already made keeps the words it was made with."""
    with Ledger(workspace).update("story-edit", story_id, "editor") as changes:
        history = history_of(changes, story_id)
        gate.require_not_withdrawn(history)
        story = _tidied(msgspec.structs.replace(history.story, **words))
        changes.replace(story)
    return story


def _tidied(story: Story) -> Story:
    tidy = {name: getattr(story, name).strip() for name in ("title", "contributor", "summary")}
    story = msgspec.structs.replace(story, content_note=story.content_note.strip(), **tidy)
    if story.language:
        story = msgspec.structs.replace(story, language=parse_spoken(story.language))
    if not story.title:
        raise BadInput("A story needs a title.", 'Give one: --title "What it is about"')
    if len(story.title) > MAX_TITLE_CHARACTERS or len(story.contributor) > MAX_TITLE_CHARACTERS:
        raise BadInput(
            f"A title or name is longer than {MAX_TITLE_CHARACTERS} characters.", "Shorten it."
        )
    if len(story.summary) > MAX_TEXT_CHARACTERS or len(story.content_note) > MAX_TEXT_CHARACTERS:
        raise BadInput(f"A text is longer than {MAX_TEXT_CHARACTERS} characters.", "Shorten it.")
    if any("\n" in text for text in (story.title, story.contributor)):
        raise BadInput("A title or name goes over one line.", "Write it on one line.")
    wrong = [theme for theme in story.themes if not is_possible_id(theme)]
    if wrong:
        raise BadInput(
            f"“{wrong[0]}” cannot be a theme.",
            "Write it in small letters and hyphens: first-contact. Names that Windows keeps for "
            "devices, such as con and aux, are none.",
        )
    return story


def question_set_ids(workspace: Workspace) -> list[str]:
    """Return the ids of the question sets of a workspace, whether they can be used or not."""
    return sorted(path.stem for path in workspace.questions.glob("*.yml"))


def _require_question_set(workspace: Workspace, set_id: str) -> None:
    known = question_set_ids(workspace)
    if not known:
        raise NotFound(
            "There is no question set in interviews/questions yet.",
            "Begin one: carer-stories questions new",
        )
    if set_id not in known:
        raise NotFound(
            f"There is no question set “{set_id}” in interviews/questions.",
            f"Use one of: {', '.join(known)}.",
        )


def read_history(workspace: Workspace, story_id: str) -> History:
    """Return all records of a story. Raises NotFound."""
    # For its refusal of what is no id.
    workspace.story(story_id)
    return history_of(Ledger(workspace).read(), story_id)
