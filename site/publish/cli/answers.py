"""Sentences about the answers that a contributor sent back from a preview."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from films.preview_answers import spaced_code
from library.cli.console import CheckResult, say, say_next, say_result
from library.core.counting import counted
from library.core.days import day_in_words
from library.core.timecode import clock
from library.records.preview_answers import DECISION_SENTENCES, KIND_SENTENCES

if TYPE_CHECKING:
    from films.answers_text import UnreadableAnswers
    from films.preview_answers import BroughtAnswers
    from library.core.workspace import Workspace
    from library.records.preview_answers import (
        AnswersRecord,
        Landing,
        NumberedRemark,
        PreviewAnswers,
    )

_MAX_FAULTS = 20
"""Faults of a file that are told one by one; the rest are counted."""
_LANDINGS: dict[Landing, str] = {
    "words": "",
    "card": "there is a card at that moment, so its mark stands at the nearest words",
    "redaction": "words are silenced at that moment, so its mark stands at the nearest words",
    "cut": "what is heard there is cut in the text since, so its mark stands at the nearest words",
    "nowhere": "this film has no words, so it has no mark",
}


def say_faults(error: UnreadableAnswers) -> None:
    """Say every fault of a file, where there are several."""
    if len(error.faults) < 2:
        return
    for fault in error.faults[:_MAX_FAULTS]:
        say(f"  - {fault}", err=True)
    left = len(error.faults) - _MAX_FAULTS
    if left > 0:
        say(f"  - and {left} more", err=True)


def say_brought(workspace: Workspace, brought: BroughtAnswers) -> None:
    """Say what was brought in, where each mark stands, and what to do next."""
    answers = brought.answers
    if brought.is_known:
        say("This file was brought in before. Nothing was changed.", bold=True)
        say_next(f"See what it says: carer-stories site remarks {answers.story}")
        return
    say(f"The answers about {answers.story} are brought in.", bold=True)
    for line in _answer_lines(answers):
        say(line)
    for remark in brought.remarks:
        for line in _remark_lines(remark):
            say(line)
    if brought.known_remarks:
        say(f"An earlier file had {counted(brought.known_remarks, 'remark')} of these already.")
    marked = sum(remark.landing != "nowhere" for remark in brought.remarks)
    if marked:
        stands = "1 mark stands" if marked == 1 else f"{marked} marks stand"
        say(f"{stands} in the editor’s copy as (?contributor 1: …), each after its words.")
    for doubt in _doubts(answers):
        say_result(CheckResult.WARNING, doubt)
    say("It is kept with the story. It signs nothing: only a sign-off does.")
    say_next(_next_step(workspace, brought))


def say_record(record: AnswersRecord, open_numbers: frozenset[int]) -> None:
    """Say what every file of a story says, and which marks are left."""
    if not record.files:
        say(f"No answers about {record.story} were brought in.")
        say_next("Bring in the file that the contributor sent: carer-stories site answers FILE")
        return
    for received in record.files:
        answers = received.answers
        say(
            f"Brought in on {day_in_words(received.on)}, about version {spaced_code(answers.cut)}:",
            bold=True,
        )
        for line in _answer_lines(answers):
            say(line)
        for remark in received.remarks:
            state = (
                "its mark is in the text" if remark.number in open_numbers else "no mark is left"
            )
            for line in _remark_lines(remark, state if remark.remark.asks else ""):
                say(line)
    if open_numbers:
        say_next(
            "Do what is asked, or talk it over with them, and delete each mark: carer-stories edit "
            f"{record.story}"
        )


def _answer_lines(answers: PreviewAnswers) -> Iterator[str]:
    yield (
        f"  They wrote on {day_in_words(answers.written)}: "
        f"“{DECISION_SENTENCES[answers.decision]}”."
    )
    if answers.more:
        yield f"  And: “{answers.more}”"


def _remark_lines(numbered: NumberedRemark, state: str = "") -> Iterator[str]:
    remark = numbered.remark
    words = f", at “{remark.words}”" if remark.words else ""
    end = f" ({state})" if state else ""
    yield (f"  {numbered.number}. {clock(remark.at)}  {KIND_SENTENCES[remark.kind]}{words}{end}")
    if remark.text:
        yield f"     “{remark.text}”"
    if _LANDINGS[numbered.landing]:
        yield f"     Look: {_LANDINGS[numbered.landing]}."


def _doubts(answers: PreviewAnswers) -> Iterator[str]:
    changes = answers.asked_changes
    if answers.decision == "yes" and changes:
        yield f"They say yes, and ask for {counted(changes, 'change')}. Ask them which they mean."
    if answers.decision == "changes" and not changes and not answers.more:
        yield "They say yes with changes, and name none. Ask them which they mean."


def _next_step(workspace: Workspace, brought: BroughtAnswers) -> str:
    from library.consent.story_status import next_step_of

    story_id, decision = brought.answers.story, brought.answers.decision
    if decision == "no":
        return (
            "Talk with them. If they take back a sign-off that they gave: carer-stories withdraw "
            f"{story_id}"
        )
    return next_step_of(workspace, story_id)
