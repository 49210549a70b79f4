"""A story with a film of known cuts, and files of answers as its preview writes them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date

import msgspec

from capture.media.timeline import Card, Shot, Timeline
from capture.questions.question_set import find_question_set
from capture.recording.session_markers import Session, write_session
from films.answers_text import END, HEADING, check_of
from films.timeline import timeline_as_json
from library.core import struct_file
from library.core.workspace import StoryFolder, Workspace
from library.records.cut import read_cut
from library.records.preview_answers import (
    DECISION_SENTENCES,
    KIND_SENTENCES,
    PreviewAnswers,
    PreviewDecision,
    PreviewRemark,
    RemarkKind,
)
from tests.support.quick_stories import filmed, remake_cut
from transcribe.edit_service import ensure_copy, open_edit_session, prepare_edit, write_edit
from transcribe.words import Transcript, Word

FPS = 25
WORD_MS = 400
STEP_MS = 1_000
NUMBER_WORDS = 40
TITLE_MS = 4_000
QUESTION_MS = 2_000


def spoken(number: int) -> str:
    """The word that is heard `number` seconds into the recording, unlike every other."""
    tens, ones = divmod(number, 10)
    return f"{('Lamp', 'Chair', 'Window', 'Garden')[tens]}{'abcdefghij'[ones]}"


def answered_story(workspace: Workspace, text: str = "") -> StoryFolder:
    """A story of forty words, a second each, whose film has a title card and a question card.

    Its film leaves out the words 10 to 14: a title card of 4 s, then 0 to 10 s of the recording,
    then a question card of 2 s, then 15 to 40 s. Word 20 is redacted. `text` is the editor's copy,
    otherwise as it was heard.
    """
    story_id = filmed(workspace)
    folder = workspace.story(story_id)
    transcript = Transcript(
        story=story_id,
        engine="whisper",
        model="tiny",
        model_sha256="0" * 64,
        options={},
        audio_sha256="0" * 64,
        duration=NUMBER_WORDS * STEP_MS,
        words=tuple(
            Word(text=spoken(number), start=number * STEP_MS, end=number * STEP_MS + WORD_MS)
            for number in range(NUMBER_WORDS)
        ),
    )
    folder.transcript.write_bytes(struct_file.encode(transcript))
    questions = find_question_set(workspace, "being-heard")
    write_session(folder.session, Session(story=story_id, question_set=questions))
    session = open_edit_session(workspace, story_id)
    ensure_copy(session)
    write_edit(session, prepare_edit(session, text or _as_edited()))
    remake_cut(workspace, story_id, "A story")
    cut = read_cut(folder.cut)
    assert cut is not None
    recipe = {"reel": timeline_as_json(TIMELINE)}
    folder.cut.write_bytes(msgspec.json.encode(msgspec.structs.replace(cut, recipe=recipe)))
    return folder


TIMELINE = Timeline(
    FPS,
    (
        Card("title", TITLE_MS * FPS // 1000),
        Shot(0, 10 * FPS),
        Card("asked", QUESTION_MS * FPS // 1000),
        Shot(15 * FPS, NUMBER_WORDS * FPS),
    ),
)


def film_ms(number: int) -> int:
    """Return when a word begins in the film."""
    before = TITLE_MS if number < 10 else TITLE_MS + QUESTION_MS - 5 * STEP_MS
    return before + number * STEP_MS


def _as_edited() -> str:
    words = [spoken(number) for number in range(NUMBER_WORDS)]
    words[10], words[14] = f"~~{words[10]}", f"{words[14]}~~"
    words[20] = f"[[{words[20]}|somebody]]"
    first, second = " ".join(words[:25]), " ".join(words[25:])
    return f"[00:00] Ruth: {first}\n\n[00:25] Ruth: {second}\n"


def answers_about(
    folder: StoryFolder,
    remarks: Sequence[PreviewRemark] = (),
    decision: PreviewDecision = "changes",
    more: str = "",
) -> PreviewAnswers:
    cut = read_cut(folder.cut)
    assert cut is not None
    return PreviewAnswers(
        story=folder.root.name,
        cut=cut.hash,
        written=date(2026, 5, 1),
        decision=decision,
        more=more,
        remarks=tuple(remarks),
    )


def remark(at: int, kind: RemarkKind = "cut", text: str = "", words: str = "") -> PreviewRemark:
    return PreviewRemark(at=at, kind=kind, text=text, words=words)


PARSED = PreviewAnswers(
    story="cs-4k7m2q", cut="0f" * 32, written=date(2026, 5, 1), decision="changes"
)
WITH_REMARKS = msgspec.structs.replace(
    PARSED,
    remarks=(
        PreviewRemark(
            at=83_456, kind="name", words="with Daniel", text="It is my son’s: “real” one"
        ),
        PreviewRemark(at=3_600_000, kind="good"),
    ),
    more="Thank you.",
)


def answers_text(answers: PreviewAnswers, title: str = "A story") -> str:
    """Return the file that the page of a preview writes."""
    lines = [
        ("Story", answers.story),
        ("Title", title),
        ("Version", answers.cut),
        ("Written on", answers.written.isoformat()),
        ("My answer", DECISION_SENTENCES[answers.decision]),
        ("Anything else", answers.more),
        ("Remarks", str(len(answers.remarks))),
    ]
    blocks = [lines]
    for each in answers.remarks:
        at = f"{each.at // 60000}:{each.at // 1000 % 60:02}.{each.at % 1000:03}"
        blocks.append(
            [
                ("At", at),
                ("I say", KIND_SENTENCES[each.kind]),
                ("The words there", each.words),
                ("My own words", each.text),
            ]
        )
    check = check_of([value for block in blocks for _, value in block])
    parts = [HEADING]
    for number, block in enumerate(blocks):
        heading = [f"Remark {number}"] if number else []
        parts.append("\n".join([*heading, *(f"{name}: {value}" for name, value in block if value)]))
    return "\n\n".join([*parts, f"{END} {check}"]) + "\n"


def sha256_of_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
