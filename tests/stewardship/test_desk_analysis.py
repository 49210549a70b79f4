"""Analysis of a text at the desk: its words with their times, and all that `edit` tells of it."""

from __future__ import annotations

import pytest

from library.core import struct_file
from library.core.workspace import Workspace
from stewardship.desk.analysis import ReadText, TextAnalysis, analyse, read_text
from tests.support.known_interview import spoken, transcript_of
from tests.support.transcribed_story import transcribed_story
from transcribe.edit_service import EditSession, open_edit_session, prepare_edit
from transcribe.editing.apply_edits import apply_copy
from transcribe.pipeline import speakers_of

SAID = (
    "I care for my son Daniel. He is twenty three. We asked for an organization that would help. "
    "Then Daniel came home. Nobody had told us anything about it at all and so we waited there."
)


@pytest.fixture
def session(workspace: Workspace) -> EditSession:
    folder, _ = transcribed_story(workspace, transcript_of(spoken(SAID)))
    return open_edit_session(workspace, folder.root.name)


def analysed(session: EditSession, text: str) -> tuple[ReadText, TextAnalysis]:
    read = read_text(session, text)
    return read, analyse(read)


def at(text: str, start: int, end: int) -> str:
    """Return what stands between two places that are counted in UTF-16 code units."""
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


def test_words_are_where_they_stand_with_the_times_that_edit_gives(session: EditSession) -> None:
    text = SAID.replace("my son Daniel", "😀 my ~~son~~ [[Daniel|him]]").replace(
        "Then", "[[?Then]]"
    )
    _, analysis = analysed(session, f"Ruth: {text}")
    words = analysis.words
    said = [at(f"Ruth: {text}", *place) for place in zip(words.from_, words.to, strict=True)]
    assert said[:8] == ["I", "care", "for", "😀", "my", "son", "Daniel", "He"]
    assert words.state[:8] == "...t.cr."
    assert [said[number] for number, state in enumerate(words.state) if state == "q"] == ["Then"]
    edited = prepare_edit(session, f"Ruth: {text}").edited
    times = [(word.start, word.end) for turn in edited.turns for word in turn.words]
    mine = list(zip(words.start, words.end, strict=True))
    assert times == [time for time, state in zip(mine, words.state, strict=True) if state != "c"]


def test_what_edit_tells_stands_at_its_words(session: EditSession) -> None:
    text = "Ruth: " + SAID.replace("son Daniel.", "son [[Daniel|Ben]].").replace(
        "Nobody had told us anything about it", ""
    )
    _, analysis = analysed(session, text)
    told = {(finding.level, at(text, finding.from_, finding.to)) for finding in analysis.findings}
    assert ("note", "organization") in told
    assert ("warning", "Daniel") in told
    by_place = {at(text, finding.from_, finding.to): finding for finding in analysis.findings}
    assert by_place["organization"].next_step == "In Britain it is written “organisation”."
    assert "said again at" in by_place["Daniel"].what
    assert any("taken out of the text" in finding.what for finding in analysis.findings)


def test_problems_come_with_the_words_and_captions_of_the_rest(session: EditSession) -> None:
    text = f"Ruth: {SAID.replace('twenty', '~~twenty')}\n\nRuth: [[  |x]]"
    _, analysis = analysed(session, text)
    problems = [finding for finding in analysis.findings if finding.level == "problem"]
    assert [(finding.line, at(text, finding.from_, finding.to)) for finding in problems] == [
        (1, "~~"),
        (3, "[[  |x]]"),
    ]
    assert problems[0].what == "The cut that begins here with ~~ has no end."
    assert problems[1].next_step.startswith("Put what is said before the stroke")
    assert len(analysis.words.start) == len(SAID.split())
    assert analysis.captions
    assert analysis.summary.problems == 2


def test_captions_are_those_of_edit_at_their_words(session: EditSession) -> None:
    text = f"Ruth: {SAID}\n"
    _, analysis = analysed(session, text)
    cues = prepare_edit(session, text).cues
    assert [(c.start, c.end, c.lines) for c in analysis.captions] == [
        (cue.start, cue.end, cue.lines) for cue in cues
    ]
    shown = [at(text, caption.from_, caption.to) for caption in analysis.captions]
    assert shown == [" ".join(cue.lines) for cue in cues]
    (paragraph,) = analysis.paragraphs
    assert (paragraph.speaker, at(text, paragraph.from_, paragraph.to)) == ("Ruth", text.strip())


def test_a_text_without_any_word_is_told(session: EditSession) -> None:
    _, analysis = analysed(session, "")
    assert "problem" in {finding.level for finding in analysis.findings}
    assert analysis.words.start == []


def test_what_version_0_1_0_applied_stays_as_it_is(session: EditSession) -> None:
    text = f"Ruth: {SAID.replace('Daniel.', '[[Daniel|him]].').replace('twenty', '~~twenty~~')}"
    folder = session.folder
    folder.editors_copy.write_text(text)

    def plan() -> list[tuple[int, int]]:
        read = read_text(session, text)
        assert read.applied is not None
        edited = prepare_edit(session, text).edited
        assert read.applied.edited == edited
        return [(span.start, span.end) for span in (*edited.cuts, *edited.redactions)]

    now = plan()
    before = apply_copy(
        session.transcript,
        session.transcript_sha256,
        text,
        session.task.questions,
        speakers_of(session.task.story),
    )
    folder.edited.write_bytes(struct_file.encode(before.edited))
    assert plan() != now
