"""Words that recognition may have made up are shown, few of them, and terms are offered."""

from __future__ import annotations

import wave
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.media.speech import open_speech
from library.core.errors import BadInput
from library.core.workspace import Workspace
from tests.support.known_interview import hostile_words, interview_turns, spoken, transcript_of
from transcribe.engines import low_confidence
from transcribe.engines.levels import frame_levels, silent_words
from transcribe.engines.low_confidence import LowConfidencePassage, LowConfidenceReason
from transcribe.glossary import Glossary, Term, load_glossary
from transcribe.words import Segment, Transcript, Word

NONE = Glossary()


def passages_of(transcript: Transcript) -> list[tuple[int, int, LowConfidenceReason]]:
    return [
        (passage.first, passage.last, passage.reason)
        for passage in low_confidence.low_confidence_passages(transcript)
    ]


def segment(first: int, last: int, *, ratio: float = 1.5, silent: float = 0.0) -> Segment:
    return Segment(
        first=first,
        last=last,
        start=0,
        end=1,
        compression_ratio=ratio,
        no_speech_probability=silent,
        average_logprob=-0.3,
    )


def test_people_speaking_are_not_suspect() -> None:
    text = "It was very, very late. No, no. He had had enough. Hello? Hello? I was, I was tired."
    assert passages_of(transcript_of(spoken(text))) == []
    assert passages_of(transcript_of([w for turn in interview_turns() for w in turn.words])) == []


@pytest.mark.parametrize(
    ("spoken_text", "first", "last"),
    [
        ("We went to the the ward.", 3, 5),
        ("Thanks for for for for watching.", 1, 5),
        ("So I said I said I said it again.", 1, 7),
        ("And nobody would talk to me nobody would talk to me at all.", 1, 11),
        ("Thank you. Thank you. Thank you. Thank you. Bye.", 0, 8),
        ("No no no no no.", 0, 5),
    ],
)
def test_loops_and_doubled_words(spoken_text: str, first: int, last: int) -> None:
    assert passages_of(transcript_of(spoken(spoken_text))) == [
        (first, last, LowConfidenceReason.LOOP)
    ]


def test_what_the_engine_itself_doubts() -> None:
    words = spoken("We waited in the corridor for hours and nobody came.")
    words[4] = msgspec.structs.replace(words[4], probability=0.31)
    transcript = msgspec.structs.replace(
        transcript_of(words),
        segments=(segment(0, 3, ratio=2.5), segment(3, 7), segment(7, 10, silent=0.7)),
        quiet=(9,),
    )
    assert passages_of(transcript) == [
        (0, 3, LowConfidenceReason.LOOP),
        (4, 5, LowConfidenceReason.UNSURE),
        (7, 9, LowConfidenceReason.NO_SPEECH),
        (9, 10, LowConfidenceReason.SILENCE),
    ]
    assert low_confidence.draft_marks(transcript, NONE) == {2: "", 4: "", 8: "", 9: ""}


@given(words=hostile_words(), chance=st.lists(st.floats(0, 1), min_size=60, max_size=60))
def test_every_word_is_in_one_passage_at_most(words: list[Word], chance: list[float]) -> None:
    doubtful_words = [
        msgspec.structs.replace(word, probability=p) for word, p in zip(words, chance, strict=False)
    ]
    end = 0
    for passage in low_confidence.low_confidence_passages(transcript_of(doubtful_words)):
        assert end <= passage.first < passage.last <= len(words)
        end = passage.last
    assert isinstance(
        low_confidence.count_by_reason([LowConfidencePassage(0, 1, LowConfidenceReason.LOOP)]), dict
    )


def test_words_where_the_recording_is_silent(tmp_path: Path) -> None:
    import numpy as np

    dice = np.random.default_rng(3)
    loud_words, hiss = dice.normal(0, 4_000, 16_000 * 3), dice.normal(0, 4, 16_000 * 3)
    whisper = dice.normal(0, 400, 16_000 * 3)  # 20 dB below the voice
    path = tmp_path / "speech.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(np.concatenate([loud_words, hiss, whisper]).astype("<i2").tobytes())
    words = [
        Word(text="loud", start=1_000, end=1_300),
        Word(text="edge", start=2_900, end=3_200),
        Word(text="invented", start=4_000, end=4_400),
        Word(text="whispered", start=7_000, end=7_500),
    ]
    levels = frame_levels(open_speech(path))
    assert silent_words(levels, words) == (2,)
    assert silent_words(levels, []) == ()


# The glossary


def test_a_mishearing_is_offered_its_term_and_nothing_is_replaced() -> None:
    glossary = Glossary(
        terms=(
            Term(term="CPA", says_as=("C P A",), mishearings=("see pa", "CPA’s")),
            Term(term="crisis team", mishearings=("Christ's team",)),
        )
    )
    words = spoken("His see pa. was late, and the C P A. CPA is it, said Christ’s team.")
    words[1] = msgspec.structs.replace(words[1], probability=0.2)
    transcript = transcript_of(words)
    marks = low_confidence.draft_marks(transcript, glossary)
    assert marks == {2: "CPA", 9: "CPA", 15: "crisis team"}


def test_every_new_workspace_has_a_glossary(workspace: Workspace) -> None:
    terms = {term.term for term in load_glossary(workspace).terms}
    assert terms >= {"CPA", "CMHT", "Section 3", "crisis team", "care co-ordinator"}
    workspace.glossary.unlink()
    assert load_glossary(workspace) == Glossary()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("terms:\n  - term: CPA\n    sound: x\n", "terms 1"),
        ("terms:\n  - term: ' '\n", "terms 1 → term: there must be a word"),
        ("terms:\n  - term: CPA\n  - term: cpa\n", "terms 2 → term: “cpa” is term 1 already"),
        ("terms:\n  - term: CPA\n    mishearings: ['']\n", "terms 1 → mishearings"),
        ("terms:\n  - term: a(b)\n", "without brackets"),
        (f"terms:\n  - term: {'x' * 61}\n", "longer than 60"),
        ("terms: {}\n", "terms: write a list here"),
    ],
)
def test_a_glossary_that_cannot_be_used_names_the_place(
    workspace: Workspace, text: str, message: str
) -> None:
    workspace.glossary.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as error:
        load_glossary(workspace)
    assert error.value.what.startswith("interviews/glossary.yml")
    assert message in error.value.what
