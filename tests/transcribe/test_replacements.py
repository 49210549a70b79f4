"""Replacements read as part of their sentence: its capital, its full stop, its ’s and its verb."""

from __future__ import annotations

import pytest

from tests.support.known_interview import QUESTIONS, SPEAKERS, spoken, transcript_of
from transcribe.editing.apply_edits import apply_copy
from transcribe.words import EditedTranscript

SHA = "2" * 64


def applied(speech: str, text: str) -> EditedTranscript:
    return apply_copy(transcript_of(spoken(speech)), SHA, text, QUESTIONS, SPEAKERS).edited


def shown(speech: str, said: str, mark: str) -> str:
    edited = applied(speech, f"Ruth: {speech.replace(said, mark)}")
    return " / ".join(turn.text for turn in edited.turns)


@pytest.mark.parametrize(
    ("speech", "mark", "reads"),
    [
        ("Siobhan came home.", "[[Siobhan|my sister]]", "My sister came home."),
        ("He left. Siobhan cried.", "[[Siobhan|my sister]]", "He left. My sister cried."),
        ("He left, Siobhan cried.", "[[Siobhan|My sister]]", "He left, my sister cried."),
        ("Dr. Siobhan cried.", "[[Siobhan|our doctor]]", "Dr. our doctor cried."),
        ("We saw Siobhan cry.", "[[Siobhan|Larch House]]", "We saw Larch House cry."),
        ("We saw Siobhan cry.", "[[Siobhan|The Priory]]", "We saw The Priory cry."),
        ("She said “Siobhan came.”", "[[Siobhan|my sister]]", "She said “My sister came.”"),
        ('And, "Siobhan came."', "[[Siobhan|my sister]]", 'And, "My sister came."'),
        ("It is “Siobhan,” I say.", "[[Siobhan|my song]]", "It is “my song,” I say."),
        ("The song “Siobhan” is sad.", "[[Siobhan|my song]]", "The song “my song” is sad."),
        ("“I go,” said Siobhan.", "[[Siobhan|my sister]]", "“I go,” said my sister."),
        ("Siobhan came home.", "[[Siobhan]]", "[name removed] came home."),
        ("Siobhan came home.", "[[Siobhan|iPad]]", "iPad came home."),
    ],
)
def test_a_replacement_has_the_capital_of_its_place(speech: str, mark: str, reads: str) -> None:
    assert shown(speech, "Siobhan", mark) == reads


def test_a_replacement_goes_on_with_its_speakers_sentence_over_a_paragraph_and_a_cut() -> None:
    speech = "I saw Siobhan there. We met Siobhan."
    text = "Ruth: I saw\n\nRuth: [[Siobhan|my sister]] ~~there.~~ We met\n\nCarol: [[Siobhan|her]]."
    turns = applied(speech, text).turns
    assert [turn.text for turn in turns] == ["I saw", "my sister We met", "Her."]


@pytest.mark.parametrize(
    ("speech", "said", "mark", "reads"),
    [
        ("I saw Siobhan. So.", "Siobhan.", "[[Siobhan.|my sister]]", "I saw my sister. So."),
        ("I saw Siobhan. So.", "Siobhan.", "[[Siobhan|my sister.]].", "I saw my sister. So."),
        ("Is it Siobhan? So.", "Siobhan?", "[[Siobhan?|my sister.]]", "Is it my sister. So."),
        ("Take Siobhan’s coat.", "Siobhan’s", "[[Siobhan’s|my mum]]", "Take my mum’s coat."),
        ("Take Siobhan's coat.", "Siobhan's", "[[Siobhan's|my mum's]]", "Take my mum's coat."),
        ("Take Siobhan’s coat.", "Siobhan’s", "[[Siobhan’s|my parents]]", "Take my parents’ coat."),
        ("Take Siobhan’s coat.", "Siobhan’s", "[[Siobhan|my parents]]’s", "Take my parents’ coat."),
        ("Take Siobhan’s coat.", "Siobhan’s", "[[Siobhan|my boss]]’s", "Take my boss’s coat."),
        ("It is Siobhan’s.", "Siobhan’s.", "[[Siobhan’s.|my mum]]", "It is my mum’s."),
        ("It is Siobhan’s.", "Siobhan’s.", "[[Siobhan|my mum]]’s.", "It is my mum’s."),
    ],
)
def test_a_replacement_keeps_the_full_stop_and_the_possessive(
    speech: str, said: str, mark: str, reads: str
) -> None:
    assert shown(speech, said, mark) == reads


@pytest.mark.parametrize(
    ("speech", "said", "mark", "reads"),
    [
        ("Siobhan is here.", "Siobhan", "[[Siobhan|my parents]]", "My parents are here."),
        ("But Siobhan wasn’t.", "Siobhan", "[[Siobhan|the nurses]]", "But the nurses weren’t."),
        ("Ann and Bob are here.", "Ann and Bob", "[[Ann and Bob|my mum]]", "My mum is here."),
        ("Now, Siobhan has gone.", "Siobhan", "[[Siobhan|they]]", "Now, they have gone."),
        # Either number follows these, or what is hidden did not go with the verb.
        ("Siobhan is here.", "Siobhan", "[[Siobhan|my family]]", "My family is here."),
        ("Siobhan were here.", "Siobhan", "[[Siobhan|my sister]]", "My sister were here."),
        ("Siobhan is here.", "Siobhan", "[[Siobhan]]", "[name removed] is here."),
        ("Siobhan is here.", "Siobhan", "[[Siobhan|one of them]]", "One of them is here."),
        # The subject is another word.
        ("Ann and Bob are here.", "Bob", "[[Bob|my son]]", "Ann and my son are here."),
        ("One of Ann is here.", "Ann", "[[Ann|my sons]]", "One of my sons is here."),
        ("To Ann, is it so?", "Ann,", "[[Ann|my sons]],", "To my sons, is it so?"),
        ("We saw Ann. Is it so?", "Ann.", "[[Ann|my sons]].", "We saw my sons. Is it so?"),
    ],
)
def test_a_verb_agrees_with_what_is_shown(speech: str, said: str, mark: str, reads: str) -> None:
    assert shown(speech, said, mark) == reads


def test_what_is_shown_is_recorded_as_it_reads_and_the_copy_stays_as_written() -> None:
    speech = "Siobhan is here. He is not."
    text = "Ruth: [[Siobhan|my parents]] is here. He is not."
    edit = apply_copy(transcript_of(spoken(speech)), SHA, text, QUESTIONS, SPEAKERS)
    assert [redaction.shown for redaction in edit.edited.redactions] == ["My parents"]
    assert "[[Siobhan|my parents]] is here." in edit.text
    again = apply_copy(transcript_of(spoken(speech)), SHA, edit.text, QUESTIONS, SPEAKERS)
    assert (again.edited, again.text) == (edit.edited, edit.text)
