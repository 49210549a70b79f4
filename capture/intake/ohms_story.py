"""Create a story from an OHMS file: title, description, and its index as the question set.

Nobody agreed to anything by being in an archive, so the story needs agreement and sign-off like any
other. Names in the file are not copied: contributors choose under which name they are shown.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from capture.questions.question_set import MAX_QUESTIONS, Question, QuestionSet
from capture.questions.question_set import MAX_TEXT_CHARACTERS as LONGEST_QUESTION
from library.consent.stories import MAX_TEXT_CHARACTERS, MAX_TITLE_CHARACTERS, start_story
from library.core import files
from library.core.files import translate_disk_errors
from library.core.workspace import Workspace
from library.core.yaml_document import dump_yaml
from library.formats import ohms
from library.records.store import Store
from library.records.story import Story

_OPENING = "This conversation was recorded for an archive; its questions were not asked from here."
_CLOSING = "Here the recording of the archive ends."


@dataclass(frozen=True)
class OhmsStory:
    """The story and question set made from an OHMS file."""

    story: Story
    questions: QuestionSet
    interview: ohms.OhmsInterview
    left_out: int
    """Points of the index beyond the hundred questions a set may have."""
    shortened: bool
    """The title or the description is longer than a page has room for."""


def story_from_ohms(workspace: Workspace, source: Path) -> OhmsStory:
    """Create a story and its question set, or neither.

    A kill may leave the set, which the next run then uses. Raises NotFound, BadInput, NoRoom,
    DiskFailed, Busy.
    """
    interview = ohms.read_file(source)
    Store(workspace.database).read()  # no set without a library to put its story into
    questions = _questions(interview)
    path = workspace.questions / f"{questions.id}.yml"
    is_ours = not path.exists()
    if is_ours:
        with translate_disk_errors(workspace.questions, "make"):
            files.make_folder(workspace.questions, mode=0o755)
        files.write_atomic(path, _as_yaml(questions), mode=0o644)
    title, summary = interview.title, interview.description
    try:
        story = start_story(
            workspace,
            title=_shortened(title, MAX_TITLE_CHARACTERS),
            questions=questions.id,
            summary=_shortened(summary, MAX_TEXT_CHARACTERS),
        )
    # Ctrl-C too: a set without its story would stay.
    except BaseException:
        if is_ours:
            with contextlib.suppress(OSError):
                files.system.unlink(path)
        raise
    return OhmsStory(
        story=story,
        questions=questions,
        interview=interview,
        left_out=max(0, len(interview.points) - MAX_QUESTIONS),
        shortened=len(title) > MAX_TITLE_CHARACTERS or len(summary) > MAX_TEXT_CHARACTERS,
    )


def _questions(interview: ohms.OhmsInterview) -> QuestionSet:
    """Return a question for each point of the index; without an index, one for everything."""
    titles = [_shortened(point.title, LONGEST_QUESTION) for point in interview.points] or [
        "The interview"
    ]
    return QuestionSet(
        id=_question_set_id(interview),
        version=1,
        title="Passages of an archive’s index",
        designed_by=interview.repository or "An archive’s OHMS index",
        opening=_OPENING,
        closing=_CLOSING,
        questions=tuple(
            Question(id=f"passage-{number}", ask=title)
            for number, title in enumerate(titles[:MAX_QUESTIONS], start=1)
        ),
    )


def _question_set_id(interview: ohms.OhmsInterview) -> str:
    """Return an id made from the index, so that the same file always has the same set."""
    content = msgspec.json.encode(
        [interview.repository, [point.title for point in interview.points]]
    )
    return f"ohms-{hashlib.sha256(content).hexdigest()[:10]}"


def _as_yaml(questions: QuestionSet) -> bytes:
    builtins = msgspec.to_builtins(questions)
    fields = {key: value for key, value in builtins.items() if value or key == "version"}
    fields["questions"] = [
        {"id": question["id"], "ask": question["ask"]} for question in builtins["questions"]
    ]
    # As wide as any question: else PyYAML folds it over several lines.
    text = dump_yaml(fields, width=10_000)
    return f"# From the index of an OHMS file.\n{text}".encode()


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
