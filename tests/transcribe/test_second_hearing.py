"""Voice without words, loops, and words in no time: heard again, and what stays open is recorded.

The engines here are fakes: they say what is written down for them, with figures as Whisper gives
them. The detector is real in `test_voice_is_found_where_somebody_speaks`, and given elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.support import engine_contract
from tests.support.speech_samples import demo_speech, hiss, music, silence
from transcribe.engines import second_hearing
from transcribe.engines.protocol import (
    RawSegment,
    RawWord,
    RecognisedSpeech,
    TranscriptionOptions,
    settle_words,
)
from transcribe.engines.second_hearing import hear_again, unheard_spans
from transcribe.engines.voice_activity import spans_of_talk, voiced_spans
from transcribe.words import Span, Word

SECONDS = 40


def raw_segment(text: str, start: float, end: float, logprob: float = -0.2) -> RawSegment:
    """Return a segment whose words share its time."""
    parts = text.split()
    pace = (end - start) / len(parts)
    words = tuple(
        RawWord(f" {part}", start + number * pace, start + (number + 1) * pace, 0.9)
        for number, part in enumerate(parts)
    )
    return RawSegment(words, start, end, 1.2, 0.01, logprob)


def heard_as(*segments: RawSegment, seconds: float = SECONDS) -> RecognisedSpeech:
    return settle_words(segments, round(seconds * 1000))


@dataclass
class FakeEngine:
    """An engine that hears nothing: it says its lines, one for each sound it is given."""

    lines: list[str] = field(default_factory=list)
    logprob: float = -0.2
    asked: list[tuple[float, TranscriptionOptions]] = field(default_factory=list)
    name: str = "fake"
    is_multilingual: bool = True
    language: Callable[[Any], str] = lambda _: "en"

    def language_shares(self, samples: Any) -> dict[str, float]:
        return {self.language(samples): 0.9, "la": 0.1}

    def used_options(self, options: TranscriptionOptions) -> Any:
        return options.as_record()

    def transcribe(
        self, samples: Any, options: TranscriptionOptions, on_progress: Callable[[int], None]
    ) -> RecognisedSpeech:
        seconds = len(samples) / 16_000
        self.asked.append((seconds, options))
        line = self.lines.pop(0) if self.lines else ""
        if not line:
            return RecognisedSpeech((), ())
        segment = raw_segment(line, 0.4, seconds - 0.4, self.logprob)
        return heard_as(segment, seconds=seconds)


@pytest.fixture
def voice(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set where somebody speaks, in seconds."""

    def at(*spans: tuple[float, float]) -> None:
        found = tuple(Span(start=int(a * 1000), end=int(b * 1000)) for a, b in spans)
        monkeypatch.setattr(second_hearing, "voiced_spans", lambda _: found)

    return at


def again(first: RecognisedSpeech, engine: FakeEngine) -> RecognisedSpeech:
    result = hear_again(
        np.zeros(SECONDS * 16_000, np.float32), first, engine, TranscriptionOptions()
    )
    engine_contract.holds(result, SECONDS * 1000)
    return result


def texts(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


BEFORE = raw_segment("she went home and that was all", 1.0, 4.0)
AFTER = raw_segment("and then they rang me up again", 20.0, 23.0)


AFTER_WORDS = heard_as(AFTER).words


def test_what_was_passed_over_is_heard_again_on_its_own(voice: Any) -> None:
    voice((1.0, 4.0), (6.0, 15.0), (20.0, 23.0))
    engine = FakeEngine(["nobody had told us what they were going to do about it"])
    result = again(heard_as(BEFORE, AFTER), engine)
    assert texts(result.words) == (
        "she went home and that was all nobody had told us what they were going to do about it "
        "and then they rang me up again"
    )
    assert result.unheard == ()
    [(seconds, options)] = engine.asked
    assert 9 <= seconds <= 10
    assert options.is_single_span
    assert [segment.first for segment in result.segments] == [0, 7, 19]


@pytest.mark.parametrize("invented", ["Thank you.", "You", "Bye bye."])
def test_thanks_alone_are_no_answer_to_what_was_passed_over(voice: Any, invented: str) -> None:
    voice((1.0, 4.0), (6.0, 8.0), (20.0, 23.0))
    result = again(heard_as(BEFORE, AFTER), FakeEngine([invented, invented]))
    assert result.words == heard_as(BEFORE, AFTER).words
    assert result.unheard == (Span(start=6000, end=8000),)
    # With something else beside them they may have been said.
    said = again(heard_as(BEFORE, AFTER), FakeEngine(["Thank you for telling me."]))
    assert said.unheard == ()


def test_what_stays_open_is_recorded_with_its_length(voice: Any) -> None:
    voice((1.0, 4.0), (6.0, 15.0), (20.0, 23.0))
    engine = FakeEngine()
    result = again(heard_as(BEFORE, AFTER), engine)
    assert result.words == heard_as(BEFORE, AFTER).words
    assert result.unheard == (Span(start=6000, end=15000),)
    assert [options.beam_size for _, options in engine.asked] == [5, 1]


def test_hearing_again_says_how_far_it_is(voice: Any) -> None:
    voice((1.0, 4.0), (6.0, 15.0), (20.0, 23.0), (30.0, 35.0))
    shares: list[float] = []
    samples = np.zeros(SECONDS * 16_000, np.float32)
    first = heard_as(BEFORE, AFTER)
    hear_again(samples, first, FakeEngine(), TranscriptionOptions(), shares.append)
    assert shares[:4] == pytest.approx([1 / 6, 2 / 6, 3 / 6, 4 / 6])
    assert shares == sorted(shares)
    assert shares[-1] <= 1


@pytest.mark.parametrize("logprob", [-1.5, -3.0])
def test_words_that_the_engine_is_not_sure_of_are_not_taken(voice: Any, logprob: float) -> None:
    voice((1.0, 4.0), (6.0, 15.0))
    engine = FakeEngine(["Thanks for watching!", "Subscribe."], logprob)
    result = again(heard_as(BEFORE), engine)
    assert texts(result.words) == "she went home and that was all"
    assert result.unheard == (Span(start=6000, end=15000),)


@pytest.mark.parametrize(
    ("once", "times"), [("uh", 40), ("so we waited", 12), ("I do not know", 6)]
)
def test_a_loop_is_heard_again_and_else_is_one_open_span(voice: Any, once: str, times: int) -> None:
    loop = " ".join([once] * times)
    voice((1.0, 4.0), (6.0, 19.0), (20.0, 23.0))
    first = heard_as(BEFORE, raw_segment(loop, 6.0, 19.0), AFTER)
    line = "nobody had told us what they were going to do about it that night"
    assert line in texts(again(first, FakeEngine([line])).words)
    result = again(first, FakeEngine([loop, loop]))
    assert texts(result.words) == f"{texts(heard_as(BEFORE).words)} {once} {texts(AFTER_WORDS)}"
    assert result.unheard == (Span(start=6000, end=19000),)


def test_a_loop_and_what_is_heard_in_its_place_never_mix(voice: Any) -> None:
    """People who say a phrase eight times are heard piece by piece: the loop goes as a whole."""
    spans = [(6.0 + 2.2 * number, 7.9 + 2.2 * number) for number in range(6)]
    voice((1.0, 4.0), *spans, (20.0, 23.0))
    loop = raw_segment(" ".join(["and so am I fellow American"] * 6), 5.8, 18.9)
    said = "and so my fellow"
    result = again(heard_as(BEFORE, loop, AFTER), FakeEngine([said] * 6))
    expected = [texts(heard_as(BEFORE).words), *[said] * 6, texts(AFTER_WORDS)]
    assert texts(result.words) == " ".join(expected)
    assert result.unheard == ()


def test_a_loop_over_short_sounds_is_one_open_span(voice: Any) -> None:
    """Each sound is under a second, but all of them together were one word, over and over."""
    sounds = [(6.0 + 1.5 * number, 6.7 + 1.5 * number) for number in range(6)]
    voice((1.0, 4.0), *sounds)
    result = again(heard_as(BEFORE, raw_segment("words " * 6, 6.0, 15.0)), FakeEngine([""] * 12))
    assert texts(result.words) == f"{texts(heard_as(BEFORE).words)} words"
    assert result.unheard == (Span(start=6000, end=14200),)


def test_a_loop_that_was_heard_otherwise_leaves_no_mark(voice: Any) -> None:
    """Between the words that are heard now there are short breaths."""
    voice((1.0, 4.0), (6.0, 19.0))
    line = "nobody had told us what they were going to do about it that night"
    loop = heard_as(BEFORE, raw_segment("uh " * 40, 6.0, 19.0))
    result = hear_again(
        np.zeros(SECONDS * 16_000, np.float32), loop, Breathing([line]), TranscriptionOptions()
    )
    assert line in texts(result.words)
    assert result.unheard == ()


class Breathing(FakeEngine):
    """An engine whose words are short and apart."""

    def transcribe(self, *call: Any) -> RecognisedSpeech:
        heard = super().transcribe(*call)
        words = (msgspec.structs.replace(word, end=word.start + 500) for word in heard.words)
        return RecognisedSpeech(tuple(words), heard.segments)


def test_a_loop_where_nobody_speaks_asks_nobody(voice: Any) -> None:
    voice((1.0, 4.0))
    result = again(heard_as(BEFORE, raw_segment("no " * 40, 4.5, 5.0)), FakeEngine())
    assert result.unheard == ()


@pytest.mark.parametrize("line", ["nobody had told us what they would do about it", ""])
def test_words_spread_over_what_was_passed_over_do_not_hide_it(
    voice: Any, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """The engine’s times leave no gap; those at which the words are heard do."""
    voice((1.0, 15.0))
    spread = raw_segment("she went home and that was all", 1.0, 8.0)
    after = raw_segment("and then they rang me up again at night", 8.0, 15.0)
    is_after = lambda word: word.start >= 8_000  # noqa: E731

    def found(_: Any, words: Sequence[Word]) -> tuple[Word, ...]:
        early = [word for word in words if not is_after(word)]
        late = [word for word in words if is_after(word)]
        at = [1000 + 400 * number for number in range(len(early))]
        at += [15_000 - 400 * (len(late) - number) for number in range(len(late))]
        return tuple(
            msgspec.structs.replace(word, start=start, end=start + 400)
            for word, start in zip(words, at, strict=True)
        )

    monkeypatch.setattr(second_hearing, "align_words", found)
    result = again(heard_as(spread, after), FakeEngine([line]))
    assert texts(result.words) == " ".join(
        filter(None, [texts(heard_as(spread).words), line, texts(heard_as(after).words)])
    )
    assert len(result.unheard) == (0 if line else 1)


@pytest.mark.parametrize(
    ("heard_alone", "logprob", "is_kept"),
    [
        ("", -0.2, False),
        ("Thanks for watching!", -1.5, False),
        # The detector may be deaf to what an engine hears twice.
        ("and nobody came", -0.2, True),
    ],
)
def test_a_sentence_far_from_any_voice_is_kept_if_it_is_heard_by_itself(
    voice: Any, heard_alone: str, logprob: float, is_kept: bool
) -> None:
    voice((1.0, 4.0), (20.0, 23.0))
    far, near = raw_segment("Thank you.", 10.0, 11.0), raw_segment("Yes.", 18.5, 19.2)
    engine = FakeEngine([heard_alone], logprob)
    result = again(heard_as(BEFORE, far, near, AFTER), engine)
    assert ("Thank you." in texts(result.words)) is is_kept
    assert "all Thank you. Yes. and then" in texts(result.words) or not is_kept
    assert "Yes. and then they rang" in texts(result.words)
    [(seconds, options)] = engine.asked
    assert seconds == pytest.approx(1.8)
    assert options.is_single_span


@pytest.mark.parametrize("line", ["what you can do for your country", ""])
def test_words_put_after_a_long_pause_do_not_stand_there_twice(voice: Any, line: str) -> None:
    """At the end of a window Whisper put “what you” seven seconds after they were said."""
    voice((1.0, 4.0), (20.5, 24.5), (38.0, 39.5))
    words = [(" ask", 20.0, 29.5), (" what", 29.5, 29.9), (" you", 29.9, 30.0)]
    end = RawSegment(tuple(RawWord(*word, 0.9) for word in words), 20.0, 30.0, 1.2, 0.01, -0.2)
    result = again(heard_as(BEFORE, end, raw_segment("Yes.", 38.0, 39.5)), FakeEngine([line]))
    expected = f"she went home and that was all ask {line or 'what you'} Yes."
    assert texts(result.words) == expected
    assert len(result.unheard) == (0 if line else 1)


def test_no_sentence_is_left_out_where_the_detector_is_deaf(voice: Any) -> None:
    voice()
    engine = FakeEngine()
    assert texts(again(heard_as(BEFORE), engine).words) == texts(heard_as(BEFORE).words)
    assert not engine.asked


def test_words_come_where_they_are_heard(tmp_path: Path) -> None:
    """The engine takes the pause before a sentence for its first word."""
    sound = np.concatenate([silence(1.5), demo_speech(tmp_path)[: 6 * 16_000]]).astype(np.float32)
    voiced = voiced_spans(sound)
    onset = voiced[0].start
    first = heard_as(raw_segment("Can you", onset / 1000 - 1, onset / 1000 + 0.5))
    result = hear_again(sound, first, FakeEngine(), TranscriptionOptions(), voiced=voiced)
    assert abs(result.words[0].start - onset) <= 200
    # Either may be wrong: a redaction covers the engine's time too.
    assert result.words[0].said_within.start < onset - 500


@pytest.mark.parametrize(
    ("voiced", "talk"),
    [
        ([], []),
        ([(2, 100)], [(0, 120)]),
        ([(29, 40), (69, 91)], [(0, 120)]),  # pauses under 30 s, at the ends as well
        ([(35, 100)], [(34, 120)]),
        ([(3, 10)], [(0, 11)]),
        ([(3, 10), (40, 100)], [(0, 11), (39, 120)]),
    ],
)
def test_only_long_pauses_are_not_recognised(
    voiced: list[tuple[int, int]], talk: list[tuple[int, int]]
) -> None:
    def spans(seconds: list[tuple[int, int]]) -> tuple[Span, ...]:
        return tuple(Span(start=1000 * start, end=1000 * end) for start, end in seconds)

    assert spans_of_talk(spans(voiced), 120_000) == spans(talk)


def test_what_people_do_repeat_is_no_loop(voice: Any) -> None:
    voice((1.0, 4.0))
    first = heard_as(raw_segment("no no no no we are very very tired", 1.0, 4.0))
    engine = FakeEngine()
    assert again(first, engine) == first
    assert not engine.asked


def test_words_that_there_was_no_time_to_say_are_heard_again(voice: Any) -> None:
    """Whisper squeezes what it says into what is left of its window."""
    voice((1.0, 4.0), (6.0, 10.0), (20.0, 23.0))
    squeezed = raw_segment("what they were going to do about it", 9.4, 9.9)
    engine = FakeEngine(["nobody had told us what they were going to do about it"])
    result = again(heard_as(BEFORE, squeezed, AFTER), engine)
    assert texts(result.words).count("what they were going to do about it") == 1
    assert "nobody had told us" in texts(result.words)
    kept = again(heard_as(BEFORE, squeezed, AFTER), FakeEngine())
    assert "what they were going to do about it" in texts(kept.words)
    assert kept.unheard == (Span(start=6000, end=10000),)


def test_a_word_that_reaches_over_a_gap_does_not_hide_it() -> None:
    word = Word(text="and", start=4_000, end=16_000)
    voiced = (Span(start=4_000, end=4_500), Span(start=6_000, end=14_000))
    assert unheard_spans(voiced, [word]) == (Span(start=6_000, end=14_000),)


def test_a_breath_or_a_time_that_is_off_asks_nobody() -> None:
    words = heard_as(BEFORE).words
    assert unheard_spans((Span(start=700, end=4_400),), words) == ()


def test_voice_is_found_where_somebody_speaks(tmp_path: Path) -> None:
    speech = demo_speech(tmp_path)[: 20 * 16_000]
    sound = np.concatenate([music(6), speech, silence(5), hiss(5)]).astype(np.float32)
    spans = voiced_spans(sound)
    assert spans
    assert spans[0].start >= 5_500
    assert spans[-1].end <= 26_500
    assert sum(span.end - span.start for span in spans) >= 10_000
    assert voiced_spans(sound[:0]) == ()
