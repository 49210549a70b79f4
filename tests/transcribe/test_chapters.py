"""Questions are found where they were asked, whatever recognition did to them."""

from __future__ import annotations

import msgspec
import pytest
from spoken_interview import (
    INTERVIEW,
    QUESTIONS,
    SPEAKERS,
    interview_turns,
    misheard,
    spoken,
    transcript_of,
)

from transcribe.chapters import match
from transcribe.turns import draft, label
from transcribe.words import Word


def _asked() -> dict[str, int]:
    """Question → when its first word was said."""
    asked = {}
    for (_, question, _), turn in zip(INTERVIEW, interview_turns(), strict=True):
        if question:
            asked[question] = turn.words[0].start
    return asked


def _words() -> list[Word]:
    return [word for turn in interview_turns() for word in turn.words]


def test_every_question_asked_is_found_at_its_first_word_and_no_other() -> None:
    words = _words()
    found = match(words, QUESTIONS)
    assert {p.question: words[p.first].start for p in found.questions} == _asked()
    assert found.missing == ("confidentiality",)
    assert not found.doubtful


@pytest.mark.parametrize("seed", range(12))
def test_one_word_in_twenty_wrong_moves_no_chapter(seed: int) -> None:
    words = misheard(_words(), 0.05, seed)
    found = {p.question: words[p.first].start for p in match(words, QUESTIONS).questions}
    asked = _asked()
    assert found.keys() == asked.keys()
    for question, start in found.items():
        assert abs(start - asked[question]) <= 700, question  # at most two words off


def test_the_interviewers_words_are_told_from_the_carers_follow_up_and_closing_too() -> None:
    transcript = transcript_of(_words())
    edited = draft(transcript, "0" * 64, QUESTIONS, match(transcript.words, QUESTIONS), SPEAKERS)
    truth = [(t.speaker, w.text) for t in interview_turns() for w in t.words]
    assert [(t.speaker, w.text) for t in edited.turns for w in t.words] == truth


def test_chapters_cover_the_recording_from_the_welcome_on() -> None:
    transcript = transcript_of(_words())
    edited = draft(transcript, "0" * 64, QUESTIONS, match(transcript.words, QUESTIONS), SPEAKERS)
    assert [chapter.question for chapter in edited.chapters] == [*_asked()]
    assert edited.chapters[0].start == 0
    assert edited.chapters[-1].end == transcript.duration
    for before, after in zip(edited.chapters, edited.chapters[1:], strict=False):
        assert before.end == after.start == _asked()[after.question]
    assert {turn.question for turn in edited.turns} == {*_asked()}


def test_a_long_opening_is_no_part_of_the_first_question() -> None:
    talk = spoken("So we have known each other for a while. " * 12)
    asked = spoken("Can you tell me who you care for? My son.", talk[-1].end + 1000)
    transcript = transcript_of([*talk, *asked])
    edited = draft(transcript, "0" * 64, QUESTIONS, match(transcript.words, QUESTIONS), SPEAKERS)
    assert edited.turns[0].question == ""
    assert edited.chapters[0].start == asked[0].start


def test_a_question_repeated_by_the_carer_stays_with_the_carer() -> None:
    """The chain must keep the set's order, so that the repeated words are not a second chapter."""
    text = (
        "Can you tell me who you care for? My son. What happened when you first asked for help? "
        "Well, can you tell me who you care for, they said. That was all. "
        "What would you like staff to know? To listen."
    )
    found = match(spoken(text), QUESTIONS)
    assert [p.question for p in found.questions] == ["beginning", "first-contact", "staff"]
    assert found.questions[0].first == 0


def test_a_conversation_without_any_of_the_questions_has_no_chapters() -> None:
    words = spoken("The weather was fine and the train was late, as it always is in the autumn.")
    transcript = transcript_of(words)
    matching = match(words, QUESTIONS)
    edited = draft(transcript, "0" * 64, QUESTIONS, matching, SPEAKERS)
    assert matching.questions == ()
    assert edited.chapters == ()
    assert {turn.speaker for turn in edited.turns} == {"Ruth"}


def test_no_words_no_chapters() -> None:
    assert match([], QUESTIONS).passages == ()


def test_a_reworded_question_is_taken_and_shown_as_doubtful() -> None:
    words = spoken(
        "So tell me who you are caring for? My son. What do you like staff to know about?"
    )
    found = match(words, QUESTIONS)
    assert "beginning" in {p.question for p in found.doubtful}


def test_long_answers_break_into_paragraphs_only_where_sentences_end() -> None:
    words = spoken("We waited in the corridor for an hour. Nobody came to us at all. " * 20)
    transcript = transcript_of(words)
    edited = draft(transcript, "0" * 64, QUESTIONS, match(words, QUESTIONS), SPEAKERS)
    assert len(edited.turns) > 2
    assert all(turn.text.endswith(".") for turn in edited.turns)
    assert max(len(turn.words) for turn in edited.turns) <= 120


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Ruth", "Ruth"), ("Ruth: a mother\n", "Ruth a mother"), (":", "Carer"), ("R\u202e", "R")],
)
def test_a_chosen_name_can_stand_before_a_turn(name: str, shown: str) -> None:
    assert label(name) == shown


def test_an_hour_is_matched_in_a_few_seconds() -> None:
    import time

    answer = spoken("and then I said to them that it was not what we had agreed before. " * 90)
    words: list[Word] = []
    for question in QUESTIONS.questions:
        words += spoken(question.ask) + answer
    words = [
        msgspec.structs.replace(word, start=n * 350, end=n * 350 + 300)
        for n, word in enumerate(words)
    ]
    begun = time.process_time()
    found = match(words, QUESTIONS)
    assert len(found.questions) == len(QUESTIONS.questions)
    assert time.process_time() - begun < 5
