"""Whatever the words, the marks and the list: suggesting is safe, and settles at once."""

from __future__ import annotations

from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from library.core.errors import BadInput
from library.core.workspace import Workspace
from library.records.story import Story
from tests.support.known_interview import QUESTIONS, SPEAKERS, hostile_words, transcript_of
from transcribe.chapters import match_questions
from transcribe.edit_service import EditSession
from transcribe.editing.apply_edits import apply_copy
from transcribe.editing.inline_markup import write_words
from transcribe.editing.speaker_turns import draft_turns
from transcribe.editing.transcript_markdown import parse_copy, render_draft
from transcribe.pipeline import TranscriptionTask
from transcribe.redaction.answers import answer_questions, question_views
from transcribe.redaction.name_list import ListedName, NameList
from transcribe.redaction.questions import QuestionRecord, with_answers_in_text
from transcribe.redaction.suggest import ReviewedCopy, read_copy, suggest_marks
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
    around = draw(hostile_words(max_size=6))
    texts = draw(st.lists(st.one_of(NAMED, st.sampled_from([w.text for w in around] or ["so"]))))
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
        instead = {"cut": f"~~{name}~~", "hidden": f"[[{name}|x y]]", "split": f"\n\n{name}"}
        if kind:
            text = text.replace(f" {name} ", f" {instead[kind]} ", 1)
    try:
        apply_copy(transcript, SHA, text, QUESTIONS, SPEAKERS)
    except BadInput:
        assume(False)
    return transcript, text


def copy_of(transcript: Transcript, text: str, asked: QuestionRecord) -> ReviewedCopy:
    story = Story(
        id=transcript.story,
        title="A",
        questions=QUESTIONS.id,
        created="2026-01-01T00:00:00Z",
        contributor="Ruth",
    )
    nowhere = Workspace(Path("nowhere"))
    waiting = TranscriptionTask(nowhere, story, nowhere.story(story.id), QUESTIONS)
    return read_copy(EditSession(waiting, transcript, SHA), text, LISTED, asked)


def plain(text: str) -> list[list[str]]:
    return [list(p.tokens) for p in parse_copy(text, QUESTIONS, SPEAKERS).paragraphs]


@settings(max_examples=80)
@given(made=stories(), answers=st.lists(st.booleans(), min_size=1, max_size=4))
def test_suggesting_settles_and_answers_are_remembered(
    made: tuple[Transcript, str], answers: list[bool]
) -> None:
    transcript, text = made
    copy = copy_of(transcript, text, QuestionRecord())
    told = suggest_marks(copy)
    # Nothing but marks changed, and what was cut or redacted is as it was.
    assert plain(told.text) == plain(text)
    again = copy_of(transcript, told.text, told.record)
    for before, after in zip(copy.words, again.words, strict=True):
        assert after.token.is_cut == before.token.is_cut
        if before.token.redaction is not None:
            assert after.token.redaction is not None
            assert after.token.redaction.shown_words == before.token.redaction.shown_words
    # A second run finds nothing.
    twice = suggest_marks(again)
    assert (twice.text, twice.record, twice.has_changes) == (told.text, told.record, False)
    # The copy is one that can be applied, and comes back the same from there.
    edit = apply_copy(transcript, SHA, told.text, QUESTIONS, SPEAKERS)
    assert len(edit.summary.open_questions) == len(question_views(again)) - len(
        told.spoken_only_times
    )
    back = copy_of(transcript, edit.text, told.record)
    assert suggest_marks(back).text == edit.text
    # Each answer is kept, in the text and in what is remembered.
    number = 0
    while left := [one for one in question_views(back) if not one.is_spoken_only]:
        name = answers[number % len(answers)]
        new, asked = answer_questions(back, [left[0].number], is_name=name)
        back = copy_of(transcript, new, asked)
        number += 1
        assert len(question_views(back)) < len(left) + len(told.spoken_only_times)
    assert plain(back.text) == plain(text)
    assert not any(find for find in suggest_marks(back).question_times)
    assert (
        with_answers_in_text(back.record, back.words, back.aligned.copy.names_round) == back.record
    )


@settings(max_examples=40)
@given(made=stories())
def test_what_is_asked_reads_back_as_it_was_meant(made: tuple[Transcript, str]) -> None:
    transcript, text = made
    told = suggest_marks(copy_of(transcript, text, QuestionRecord()))
    copy = parse_copy(told.text, QUESTIONS, SPEAKERS)
    for paragraph in copy.paragraphs:
        shown = write_words(paragraph.words)
        (again,) = parse_copy(f"Ruth: {shown}", QUESTIONS, SPEAKERS).paragraphs
        assert write_words(again.words) == shown
