"""Whatever the words, the marks and the list: suggesting is safe, and settles at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from library.core.errors import BadInput
from library.core.workspace import Workspace
from library.records.story import Story
from tests.support.known_interview import QUESTIONS, SPEAKERS, hostile_words, transcript_of
from transcribe.edit_service import EditSession
from transcribe.editing.apply_edits import apply_copy
from transcribe.editing.inline_markup import write_words
from transcribe.editing.speaker_turns import draft_turns
from transcribe.editing.transcript_markdown import parse_copy, render_draft
from transcribe.pipeline import TranscriptionTask
from transcribe.question_matching import match_questions
from transcribe.redaction.answers import answer_questions, question_views
from transcribe.redaction.name_list import ListedName, NameList
from transcribe.redaction.questions import QuestionRecord, with_answers_in_text
from transcribe.redaction.suggest import CopyUnderReview, read_copy, suggest_marks
from transcribe.words import Transcript, Word

SHA = "2" * 64
LISTED = NameList(
    names=(
        ListedName(name="Siobhan Murphy", shown="my sister", sounds_like=("Chevonne",)),
        ListedName(name="Mary Ann"),
        ListedName(name="Will", shown="[a friend]"),
        ListedName(name="Larch House"),
    )
)
WORDS = (
    "Siobhan Siobhán’s, “Shivon” Chevonne. Murphy shiv on Mary Ann. Marianne Will will Will’s "
    "Larch House ~~Siobhan~~ [[Siobhan|her]] [[Danuta|her]] Danuta 07700 900123 oh seven (?) she "
    "said? and I. LS1 4AP Neve Mary- Siobhan-Ann \\[[x"
)
NAMED = st.sampled_from(WORDS.split())


@st.composite
def stories(draw: st.DrawFn) -> tuple[Transcript, str]:
    """Literal words of any text, names among them, and an editor's copy with marks on some."""
    words: list[Word] = []
    clock = 0
    context_words = draw(hostile_words(max_size=6))
    texts = draw(
        st.lists(st.one_of(NAMED, st.sampled_from([w.text for w in context_words] or ["so"])))
    )
    for text in texts or ["so"]:
        clock += draw(st.sampled_from([0, 40, 2_000]))
        plain = text.replace("~~", "").replace("[[", "").replace("]]", "").split("|")[0]
        words.append(Word(text=plain or "so", start=clock, end=clock + 200))
        clock += 200
    transcript = transcript_of(words)
    edited = draft_turns(
        transcript, SHA, QUESTIONS, match_questions(transcript.words, QUESTIONS), SPEAKERS
    )
    text = render_draft(edited, QUESTIONS)
    for name in ("Siobhan", "Danuta", "Larch"):
        kind = draw(st.sampled_from(["", "cut", "hidden", "split"]))
        replacements = {"cut": f"~~{name}~~", "hidden": f"[[{name}|x y]]", "split": f"\n\n{name}"}
        if kind:
            text = text.replace(f" {name} ", f" {replacements[kind]} ", 1)
    try:
        apply_copy(transcript, SHA, text, QUESTIONS, SPEAKERS)
    except BadInput:
        assume(False)
    return transcript, text


def copy_of(transcript: Transcript, text: str, record: QuestionRecord) -> CopyUnderReview:
    story = Story(
        id=transcript.story,
        title="A",
        questions=QUESTIONS.id,
        created="2026-01-01T00:00:00Z",
        contributor="Ruth",
    )
    workspace = Workspace(Path("nowhere"))
    task = TranscriptionTask(workspace, story, workspace.story(story.id), QUESTIONS)
    return read_copy(EditSession(task, transcript, SHA), text, LISTED, record)


def plain(text: str) -> list[list[str]]:
    return [list(p.tokens) for p in parse_copy(text, QUESTIONS, SPEAKERS).paragraphs]


@settings(max_examples=80)
@given(made=stories(), answers=st.lists(st.booleans(), min_size=1, max_size=4))
def test_suggesting_settles_and_answers_are_remembered(
    made: tuple[Transcript, str], answers: list[bool]
) -> None:
    transcript, text = made
    copy = copy_of(transcript, text, QuestionRecord())
    suggested = suggest_marks(copy)
    # Nothing but marks changed, and what was cut or redacted is as it was.
    assert plain(suggested.text) == plain(text)
    suggested_copy = copy_of(transcript, suggested.text, suggested.record)
    for before, after in zip(copy.words, suggested_copy.words, strict=True):
        assert after.token.is_cut == before.token.is_cut
        if before.token.redaction is not None:
            assert after.token.redaction is not None
            assert after.token.redaction.shown_words == before.token.redaction.shown_words
    # A second run finds nothing.
    suggested_twice = suggest_marks(suggested_copy)
    assert (suggested_twice.text, suggested_twice.record, suggested_twice.has_changes) == (
        suggested.text,
        suggested.record,
        False,
    )
    # The copy is one that can be applied, and comes back the same from there.
    edit = apply_copy(transcript, SHA, suggested.text, QUESTIONS, SPEAKERS)
    assert len(edit.summary.open_question_times) == len(question_views(suggested_copy)) - len(
        suggested.spoken_only_times
    )
    answered_copy = copy_of(transcript, edit.text, suggested.record)
    assert suggest_marks(answered_copy).text == edit.text
    # Each answer is kept, in the text and in what is remembered.
    number = 0
    while left := [
        question_view
        for question_view in question_views(answered_copy)
        if not question_view.is_spoken_only
    ]:
        name = answers[number % len(answers)]
        new, record = answer_questions(answered_copy, [left[0].number], is_name=name)
        answered_copy = copy_of(transcript, new, record)
        number += 1
        assert len(question_views(answered_copy)) < len(left) + len(suggested.spoken_only_times)
    assert plain(answered_copy.text) == plain(text)
    assert not any(question_time for question_time in suggest_marks(answered_copy).question_times)
    assert (
        with_answers_in_text(
            answered_copy.record, answered_copy.words, answered_copy.aligned.copy.question_round
        )
        == answered_copy.record
    )


@pytest.mark.parametrize("is_name", [False, True])
def test_a_question_is_answered_for_all_that_stands_in_its_brackets(is_name: bool) -> None:
    """A full stop that stands alone was kept as half a question, and the number came twice."""
    times = [("Ring", 0), ("0000000000000", 400), (".", 800), ("LS1", 4_000)]
    transcript = transcript_of([Word(text=text, start=at, end=at + 200) for text, at in times])
    matches = match_questions(transcript.words, QUESTIONS)
    edited = draft_turns(transcript, SHA, QUESTIONS, matches, SPEAKERS)
    text = render_draft(edited, QUESTIONS)
    suggested = suggest_marks(copy_of(transcript, text, QuestionRecord()))
    assert "[[?0000000000000 .|" in suggested.text
    copy = copy_of(transcript, suggested.text, suggested.record)
    number = next(view.number for view in question_views(copy) if "0000" in view.words)
    answered, record = answer_questions(copy, [number], is_name=is_name)
    assert answered.count("0000000000000") == 1
    assert ("[[0000000000000 .|" in answered) == is_name
    copy = copy_of(transcript, answered, record)
    (postcode,) = question_views(copy)
    assert postcode.words == "LS1"
    answered, record = answer_questions(copy, [postcode.number], is_name=is_name)
    assert not suggest_marks(copy_of(transcript, answered, record)).question_times


@settings(max_examples=40)
@given(made=stories())
def test_what_is_asked_reads_back_as_it_was_meant(made: tuple[Transcript, str]) -> None:
    transcript, text = made
    suggested = suggest_marks(copy_of(transcript, text, QuestionRecord()))
    copy = parse_copy(suggested.text, QUESTIONS, SPEAKERS)
    for paragraph in copy.paragraphs:
        written = write_words(paragraph.words)
        (paragraph_again,) = parse_copy(f"Ruth: {written}", QUESTIONS, SPEAKERS).paragraphs
        assert write_words(paragraph_again.words) == written
