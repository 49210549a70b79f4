"""Questions are found where they were asked, whatever recognition did to them."""

from __future__ import annotations

import time

import msgspec
import pytest

from capture.recording.session_markers import Marker
from tests.support.known_interview import (
    INTERVIEW,
    QUESTIONS,
    SPEAKERS,
    interview_turns,
    misheard,
    spoken,
    transcript_of,
)
from transcribe.editing.speaker_turns import contributor_label, draft_turns
from transcribe.question_matching import QuestionMatches, match_questions
from transcribe.words import Word


def _question_starts() -> dict[str, int]:
    """Question → when its first word was said."""
    expected = {}
    for (_, question, _), turn in zip(INTERVIEW, interview_turns(), strict=True):
        if question:
            expected[question] = turn.words[0].start
    return expected


def _words() -> list[Word]:
    return [word for turn in interview_turns() for word in turn.words]


def test_every_question_asked_is_found_at_its_first_word_and_no_other() -> None:
    words = _words()
    matches = match_questions(words, QUESTIONS)
    assert {p.question: words[p.first].start for p in matches.questions} == _question_starts()
    assert matches.missing == ("confidentiality",)
    assert not matches.doubtful


@pytest.mark.parametrize("seed", range(12))
def test_one_word_in_twenty_wrong_moves_no_chapter(seed: int) -> None:
    words = misheard(_words(), 0.05, seed)
    question_starts = {
        p.question: words[p.first].start for p in match_questions(words, QUESTIONS).questions
    }
    expected = _question_starts()
    assert question_starts.keys() == expected.keys()
    for question, start in question_starts.items():
        assert abs(start - expected[question]) <= 700, question  # at most two words off


def test_the_interviewers_words_are_told_from_the_carers_follow_up_and_closing_too() -> None:
    transcript = transcript_of(_words())
    edited = draft_turns(
        transcript, "0" * 64, QUESTIONS, match_questions(transcript.words, QUESTIONS), SPEAKERS
    )
    truth = [(t.speaker, w.text) for t in interview_turns() for w in t.words]
    assert [(t.speaker, w.text) for t in edited.turns for w in t.words] == truth


def test_chapters_cover_the_recording_from_the_welcome_on() -> None:
    transcript = transcript_of(_words())
    edited = draft_turns(
        transcript, "0" * 64, QUESTIONS, match_questions(transcript.words, QUESTIONS), SPEAKERS
    )
    assert [chapter.question for chapter in edited.chapters] == [*_question_starts()]
    assert edited.chapters[0].start == 0
    assert edited.chapters[-1].end == transcript.duration
    for before, after in zip(edited.chapters, edited.chapters[1:], strict=False):
        assert before.end == after.start == _question_starts()[after.question]
    assert {turn.question for turn in edited.turns} == {*_question_starts()}


def test_a_long_opening_is_no_part_of_the_first_question() -> None:
    talk = spoken("So we have known each other for a while. " * 12)
    question = spoken("Can you tell me who you care for? My son.", talk[-1].end + 1000)
    transcript = transcript_of([*talk, *question])
    edited = draft_turns(
        transcript, "0" * 64, QUESTIONS, match_questions(transcript.words, QUESTIONS), SPEAKERS
    )
    assert edited.turns[0].question == ""
    assert edited.chapters[0].start == question[0].start


def test_a_question_repeated_by_the_carer_stays_with_the_carer() -> None:
    """The chain must keep the set's order, so that the repeated words are not a second chapter."""
    text = (
        "Can you tell me who you care for? My son. What happened when you first asked for help? "
        "Well, can you tell me who you care for, they said. That was all. "
        "What would you like staff to know? To listen."
    )
    matches = match_questions(spoken(text), QUESTIONS)
    assert [p.question for p in matches.questions] == ["beginning", "first-contact", "staff"]
    assert matches.questions[0].first == 0


def test_a_conversation_without_any_of_the_questions_has_no_chapters() -> None:
    words = spoken("The weather was fine and the train was late, as it always is in the autumn.")
    transcript = transcript_of(words)
    matching = match_questions(words, QUESTIONS)
    edited = draft_turns(transcript, "0" * 64, QUESTIONS, matching, SPEAKERS)
    assert matching.questions == ()
    assert edited.chapters == ()
    assert {turn.speaker for turn in edited.turns} == {"Ruth"}


def test_no_words_no_chapters() -> None:
    assert match_questions([], QUESTIONS).prompts == ()


def test_a_reworded_question_is_taken_and_shown_as_doubtful() -> None:
    words = spoken(
        "So tell me who you are caring for? My son. What do you like staff to know about?"
    )
    matches = match_questions(words, QUESTIONS)
    assert "beginning" in {p.question for p in matches.doubtful}


def test_long_answers_break_into_paragraphs_only_where_sentences_end() -> None:
    words = spoken("We waited in the corridor for an hour. Nobody came to us at all. " * 20)
    transcript = transcript_of(words)
    edited = draft_turns(
        transcript, "0" * 64, QUESTIONS, match_questions(words, QUESTIONS), SPEAKERS
    )
    assert len(edited.turns) > 2
    assert all(turn.text.endswith(".") for turn in edited.turns)
    assert max(len(turn.words) for turn in edited.turns) <= 120


@pytest.mark.parametrize(
    ("name", "label"),
    [("Ruth", "Ruth"), ("Ruth: a mother\n", "Ruth a mother"), (":", "Carer"), ("R\u202e", "R")],
)
def test_a_chosen_name_can_stand_before_a_turn(name: str, label: str) -> None:
    assert contributor_label(name) == label


def test_an_hour_is_matched_in_a_few_seconds() -> None:
    answer = spoken("and then I said to them that it was not what we had agreed before. " * 90)
    words: list[Word] = []
    for question in QUESTIONS.questions:
        words += spoken(question.ask) + answer
    words = [
        msgspec.structs.replace(word, start=n * 350, end=n * 350 + 300)
        for n, word in enumerate(words)
    ]
    started_at = time.process_time()
    matches = match_questions(words, QUESTIONS)
    assert len(matches.questions) == len(QUESTIONS.questions)
    assert time.process_time() - started_at < 5


# Marks made while recording


def _marks(*markers: tuple[int, str]) -> list[Marker]:
    return [Marker(at=at, kind="question", question=question) for at, question in markers]


def _starts(words: list[Word], matches: QuestionMatches) -> dict[str, int]:
    return {p.question: words[p.first].start for p in matches.questions}


def test_marks_decide_and_the_wording_finds_the_first_word_near_them() -> None:
    words, expected = _words(), _question_starts()
    # Pressed a second early or late, as hands do.
    marks = _marks(*((at + (-900, 1_300)[n % 2], q) for n, (q, at) in enumerate(expected.items())))
    matches = match_questions(words, QUESTIONS, marks)
    assert _starts(words, matches) == expected
    assert all(passage.is_marked and passage.score > 90 for passage in matches.questions)
    kinds = [passage.kind for passage in matches.prompts]
    assert (kinds[0], kinds[-1]) == ("opening", "closing")
    assert "follow-up" in kinds


def test_a_question_in_quite_other_words_is_where_it_was_marked() -> None:
    words = spoken("So. Who is at home with you? My son. And staff, what of them? To listen, all.")
    matches = match_questions(
        words, QUESTIONS, _marks((100, "beginning"), (words[8].start, "staff"))
    )
    assert [(p.question, p.first, p.last - p.first) for p in matches.questions] == [
        ("beginning", 1, 0),
        ("staff", 8, 0),
    ]
    assert not matches.doubtful
    edited = draft_turns(transcript_of(words), "0" * 64, QUESTIONS, matches, SPEAKERS)
    assert [chapter.question for chapter in edited.chapters] == ["beginning", "staff"]
    assert edited.chapters[1].start == words[8].start


def test_questions_asked_in_another_order_stay_where_they_were_asked() -> None:
    text = "What would you like staff to know? To listen. Can you tell me who you care for? My son."
    words = spoken(text)
    matches = match_questions(words, QUESTIONS, _marks((0, "staff"), (words[9].start, "beginning")))
    assert _starts(words, matches) == {"staff": 0, "beginning": words[9].start}


def test_a_slip_of_the_hand_moves_no_chapter() -> None:
    """Next, back, and next again later: the question is where the interviewer stayed."""
    words, expected = _words(), _question_starts()
    marks = _marks(
        (expected["beginning"], "beginning"),
        (expected["beginning"] + 2_000, "first-contact"),
        (expected["beginning"] + 2_500, "beginning"),
        (expected["first-contact"], "first-contact"),
        (expected["staff"], "staff"),
        (expected["good-day"], "good-day"),
    )
    question_starts = _starts(words, match_questions(words, QUESTIONS, marks))
    assert question_starts["first-contact"] == expected["first-contact"]
    assert question_starts["staff"] == expected["staff"]


def test_marks_of_other_kinds_and_other_sets_leave_it_to_the_wording() -> None:
    words = _words()
    marks = [Marker(at=5_000, kind="sensitive"), *_marks((9_000, "unknown"))]
    assert match_questions(words, QUESTIONS, marks) == match_questions(words, QUESTIONS)
    late = match_questions(words, QUESTIONS, _marks((0, "beginning"), (9_000_000, "staff")))
    assert "staff" in late.missing
