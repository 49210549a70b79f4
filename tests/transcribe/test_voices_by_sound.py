"""Voices of one microphone are told apart by their sound, and what is unsure is asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest

from benchmarks.references import TimedText
from benchmarks.speaker_errors import measure_speakers
from capture.media.sound.second_microphone import are_voices_apart
from capture.media.speech import open_speech
from library.core.errors import NotFound
from library.core.workspace import StoryFolder, Workspace
from library.workspace_template import template
from tests.support.known_interview import QUESTIONS, interview_turns, transcript_of
from tests.support.speech_samples import demo_speech, write_wav
from transcribe import pipeline, report
from transcribe.editing.speaker_turns import (
    UNSURE_QUESTION,
    UNSURE_VOICE,
    Speakers,
    draft_turns,
    voice_doubts,
    with_voices,
)
from transcribe.editing.transcript_markdown import render_draft
from transcribe.question_matching import match_questions
from transcribe.speakers import telling_apart
from transcribe.speakers.protocol import VoiceScores
from transcribe.speakers.pyannote_voices import PyannoteVoices, require_pyannote
from transcribe.speakers.telling_apart import load_speaker_model, tell_apart
from transcribe.speakers.voice_clusters import STEP_MS, VoiceEmbeddings, score_voices
from transcribe.speakers.who_asks import people_of
from transcribe.speakers.word_voices import best_voices, switch_costs
from transcribe.words import BY_SIDES, BY_SOUND, VOICES, Segment, Transcript, Word

SPEAKERS = Speakers(contributor="Ruth")


# Voices made of numbers


def embeddings_of(
    turns: list[tuple[int, float]], *, asking: int | None = None, seed: int = 3
) -> tuple[Any, list[Word]]:
    """Return embeddings and words of turns, each a voice and its seconds.

    What the voice `asking` says ends with a question mark.
    """
    chance = np.random.default_rng(seed)
    directions = chance.normal(size=(4, 256))
    vectors: list[Any] = []
    words: list[Word] = []
    for voice, seconds in turns:
        steps = round(seconds * 1000 / STEP_MS)
        for at in range(steps):
            vector = directions[voice] + chance.normal(scale=0.6, size=256)
            start = len(vectors) * STEP_MS
            vectors.append(vector / np.linalg.norm(vector))
            end = "end?" if voice == asking else "end."
            text = end if at == steps - 1 else "word"
            words.append(Word(text=text, start=start, end=start + STEP_MS))
    return VoiceEmbeddings(np.array(vectors)), words


def voices_of(
    turns: list[tuple[int, float]], count: int | None = None, asking: int | None = None
) -> list[int]:
    embeddings, words = embeddings_of(turns, asking=asking)
    scores = score_voices(embeddings, words, [False] * len(words), count)
    path, _ = best_voices(scores.scores, switch_costs(words))
    return list(path.tolist())


def test_as_many_voices_are_found_as_speak() -> None:
    assert len(set(voices_of([(0, 30)]))) == 1
    assert len(set(voices_of([(0, 4), (1, 20), (0, 3), (1, 15)]))) == 2
    relative = [(0, 4), (1, 20), (0, 3), (2, 8), (1, 15), (2, 5)]
    assert len(set(voices_of(relative))) == 3


def test_a_voice_that_says_little_is_found_beside_one_that_says_much() -> None:
    turns: list[tuple[int, float]] = [(0, 5), (1, 240), (0, 5), (2, 90), (1, 60)]
    assert len(set(voices_of(turns))) == 3


ASKED = [(0, 3), (1, 20), (0, 3), (1, 15), (0, 3), (2, 18), (0, 3), (3, 25), (0, 3), (1, 9)]
"""Voices 1 to 3 only ever answer: one person, in whose recording something changed."""
JOINED = [(0, 3), (1, 20), (2, 6), (0, 3), (1, 15), (2, 5), (1, 4), (0, 3), (3, 12), (0, 3), (1, 9)]
"""The voice 2 is a relative, who takes turns with the contributor."""


def _joined_in(answers: int) -> list[tuple[int, float]]:
    """Return turns in which voice 2 joins so many answers, and is asked alone besides."""
    alone: list[tuple[int, float]] = [(0, 3), (1, 20), (0, 3), (2, 14)]
    return [*[(0, 3.0), (1, 12.0), (2, 5.0)] * answers, *alone, *alone]


LED = [(0, 3), (1, 7), (0, 3), (1, 2), (2, 20), (1, 2), (0, 3), (1, 3), (2, 11), (1, 4)]
"""The relative, voice 2, says more than the contributor, and never without them."""


@pytest.mark.parametrize(
    ("turns", "asking", "people"),
    [(ASKED, 0, 2), (ASKED, None, 4), (JOINED, 0, 3), (LED, 0, 3)],
)
def test_voices_that_only_ever_answer_are_one_person_and_a_relative_is_another(
    turns: list[tuple[int, float]], asking: int | None, people: int
) -> None:
    voices = voices_of(turns, asking=asking)
    assert len(set(voices)) == people
    asked = [voice == 0 for voice, seconds in turns for _ in range(round(seconds * 4))]
    assert [voice == voices[0] for voice in voices] == asked


@pytest.mark.parametrize(("answers", "people"), [(2, 2), (3, 3)])
def test_a_relative_who_joins_several_answers_is_another_though_asked_alone_besides(
    answers: int, people: int
) -> None:
    assert len(set(voices_of(_joined_in(answers), asking=0))) == people


def test_a_voice_that_is_not_surely_unlike_must_be_heard_mostly_beside_another() -> None:
    turns = _joined_in(3)
    path = np.array([voice for voice, seconds in turns for _ in range(round(seconds))])
    words = [
        Word(text="word." if voice else "word?", start=at * 1000, end=at * 1000 + 900)
        for at, voice in enumerate(path)
    ]
    nothing = np.zeros(len(path), dtype=bool)
    is_unlike = ~np.eye(3, dtype=bool)
    assert people_of(path, 0, words, nothing, is_unlike) == {0: 0, 1: 1, 2: 2}
    assert people_of(path, 0, words, nothing, np.zeros_like(is_unlike)) == {0: 0, 1: 1, 2: 1}


def test_the_last_word_of_a_question_may_be_taken_for_the_answer() -> None:
    # Two short questions, of which the other voice is given the last word.
    turns = [(0, 4), (1, 9), (0, 1), (2, 8), (0, 4), (1, 9), (0, 1), (2, 8)]
    path = np.array([voice for voice, words in turns for _ in range(words)])
    texts = ["word"] * len(path)
    ends = np.flatnonzero(np.diff(path, prepend=path[0]))
    for at in ends:
        texts[at if path[at - 1] == 0 else at - 1] = "word?" if path[at - 1] == 0 else "word."
    words = [Word(text=text, start=at * 400, end=at * 400 + 300) for at, text in enumerate(texts)]
    nothing = np.zeros(len(path), dtype=bool)
    assert people_of(path, 0, words, nothing) == {0: 0, 1: 1, 2: 1}
    without_marks = [msgspec.structs.replace(w, text=w.text.replace("?", "")) for w in words]
    assert people_of(path, 0, without_marks, nothing) == {0: 0, 1: 1, 2: 2}
    assert people_of(path, 0, without_marks, path == 0) == {0: 0, 1: 1, 2: 1}


def test_two_voices_alike_are_two_if_one_of_them_asks() -> None:
    chance = np.random.default_rng(5)
    shared, first, second = chance.normal(size=(3, 256))
    directions = (1.9 * shared + first, 1.9 * shared + second)  # cosine 0.78
    vectors, texts = [], []
    for voice, steps in [(0, 16), (1, 60), (0, 16), (1, 72), (0, 16), (1, 60), (0, 16), (1, 72)]:
        vectors += [directions[voice] + chance.normal(scale=0.4, size=256) for _ in range(steps)]
        texts += ["word"] * (steps - 1) + ["word?" if voice == 0 else "word."]

    def voices(texts: list[str]) -> int:
        words = [
            Word(text=text, start=at * STEP_MS, end=(at + 1) * STEP_MS)
            for at, text in enumerate(texts)
        ]
        unit = np.array([vector / np.linalg.norm(vector) for vector in vectors])
        scores = score_voices(VoiceEmbeddings(unit), words, [False] * len(words), None)
        return scores.voice_count

    assert voices(texts) == 2
    assert voices([text.replace("?", ".") for text in texts]) == 1


def test_who_asks_is_not_who_answers_though_they_are_alike_and_a_third_is_not() -> None:
    chance = np.random.default_rng(5)
    shared, first, second, third = chance.normal(size=(4, 256))
    directions = (1.65 * shared + first, 1.65 * shared + second, third)  # 0 and 1: cosine 0.73
    turns = [(0, 16), (1, 60), (2, 40), (0, 16), (1, 72), (0, 16), (2, 24), (1, 60), (0, 16)]
    turns += [(1, 72), (2, 30)]

    def voices(*, asks: bool, tells: bool = False) -> int:
        vectors, words = [], []
        for voice, steps in turns:
            for at in range(steps):
                vector = directions[voice] + np.random.default_rng(len(words)).normal(0, 0.4, 256)
                vectors.append(vector / np.linalg.norm(vector))
                is_question = asks and (voice == 0 or (tells and voice == 1 and at < steps // 2))
                ends = at in (steps // 2 - 1, steps - 1)
                text = "word" + (("?" if is_question else ".") if ends else "")
                start = len(words) * STEP_MS
                words.append(Word(text=text, start=start, end=start + STEP_MS))
        embeddings = VoiceEmbeddings(np.array(vectors))
        return score_voices(embeddings, words, [False] * len(words), None).voice_count

    assert voices(asks=True) == 3
    assert voices(asks=False) == 2
    # A group that asks much itself may be the same person.
    assert voices(asks=True, tells=True) == 2


def test_a_scrap_like_nobody_does_not_make_one_of_two_people() -> None:
    chance = np.random.default_rng(5)
    shared, first, second, scrap = chance.normal(size=(4, 256))
    people = (1.1 * shared + first, 1.1 * shared + second)  # cosine 0.55
    turns = [(people[0], 12), (people[1], 8), (scrap, 5), (people[0], 12), (people[1], 8)]
    vectors, words = [], []
    for direction, steps in turns:
        for at in range(steps):
            vector = direction + chance.normal(scale=0.4, size=256)
            start = len(vectors) * STEP_MS
            vectors.append(vector / np.linalg.norm(vector))
            text = "word." if at == steps - 1 else "word"
            words.append(Word(text=text, start=start, end=start + STEP_MS))
    embeddings = VoiceEmbeddings(np.array(vectors))
    assert score_voices(embeddings, words, [False] * len(words), None).voice_count == 2


def test_a_number_of_voices_that_is_given_holds() -> None:
    assert len(set(voices_of([(0, 4), (1, 20), (2, 8), (1, 9)], count=2))) == 2


def test_each_turn_is_one_voice_to_the_word() -> None:
    turns = [(0, 4.0), (1, 20.0), (0, 3.0), (1, 15.0)]
    voices = voices_of(turns)
    expected = [voice for voice, seconds in turns for _ in range(round(seconds * 4))]
    assert [voice == voices[0] for voice in voices] == [voice == 0 for voice in expected]


def test_a_turn_begins_where_a_sentence_does_though_the_sound_is_late() -> None:
    words = [
        Word(text=text, start=at * 300, end=at * 300 + 300)
        for at, text in enumerate(["who", "do", "you", "care", "for?", "my", "son", "is", "ill."])
    ]
    # By sound the other voice begins two words after the question's end.
    scores = np.array([[3.0, 0.0]] * 5 + [[0.4, 0.0]] * 2 + [[0.0, 3.0]] * 2)
    path, _ = best_voices(scores, switch_costs(words))
    assert path.tolist() == [0] * 5 + [1] * 4


class KnownScores:
    name = "known"

    def __init__(self, scores: Any) -> None:
        self.scores = np.array(scores, dtype=float)

    def score_words(self, *_: Any) -> VoiceScores:
        return VoiceScores(self.scores)


def test_a_turn_that_is_as_like_the_other_voice_is_in_doubt(tmp_path: Path) -> None:
    words = [Word(text="Yes.", start=at * 900, end=at * 900 + 250) for at in range(4)]
    write_wav(tmp_path / "speech.wav", np.zeros(16_000, dtype=np.float32))
    speech = open_speech(tmp_path / "speech.wav")

    def told(scores: list[list[float]]) -> Any:
        return tell_apart(KnownScores(scores), speech, words, [False] * 4)

    clear = told([[9, 0], [9, 0], [0, 9], [9, 0]])
    assert (clear.voices, clear.unsure) == (("1", "1", "2", "1"), ())
    as_like = told([[9, 0], [9, 0], [0, 2.2], [9, 0]])
    assert (as_like.voices, as_like.unsure) == (("1", "1", "2", "1"), (2,))
    # A sentence inside a turn: that it goes on is all that speaks for its voice.
    inside = told([[9, 0], [9, 0], [0, 9], [0.4, 0]])
    assert (inside.voices, inside.unsure) == (("1", "1", "2", "2"), (3,))


def test_a_voice_that_counts_as_somebody_elses_is_asked_where_it_begins(tmp_path: Path) -> None:
    embeddings, words = embeddings_of(ASKED, asking=0)
    write_wav(tmp_path / "speech.wav", np.zeros(16_000, dtype=np.float32))
    is_question = [False] * len(words)
    model = KnownScores([])
    model.score_words = lambda *_: score_voices(embeddings, words, is_question, None)  # type: ignore[method-assign]
    told = tell_apart(model, open_speech(tmp_path / "speech.wav"), words, is_question)
    starts = [round(sum(seconds for _, seconds in ASKED[:at]) * 4) for at in range(len(ASKED))]
    # The contributor is voice 1, who says most; what begins with the others is asked.
    assert told.unsure == (starts[5], starts[7])
    assert len(set(told.voices)) == 2


# The demonstration's two voices


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Word], list[str]]:
    """The beginning of an interview as `speech.wav`, its words, and who says each."""
    root = tmp_path_factory.mktemp("voices")
    slug = "a-different-experience"
    rows = json.loads((template().demo / f"{slug}.words.json").read_text(encoding="utf-8"))
    rows = [row for row in rows if row[2] < 45_000]
    write_wav(root / "speech.wav", demo_speech(root, f"{slug}.m4a")[: 45 * 16_000])
    words = [Word(text=text, start=start, end=end) for text, start, end, _ in rows]
    return root / "speech.wav", words, [who for *_, who in rows]


def test_two_voices_of_one_microphone_are_told_apart(
    demo: tuple[Path, list[Word], list[str]],
) -> None:
    path, words, speakers = demo
    model = load_speaker_model()
    assert model is not None, "the voice model comes with `make venv`"
    told = tell_apart(model, open_speech(path), words, [False] * len(words))
    turns = [
        TimedText(word.start / 1000, word.end / 1000, who)
        for word, who in zip(words, speakers, strict=True)
    ]
    errors = measure_speakers(words, told.voices, turns)
    assert errors.voices == errors.speakers == 2
    assert errors.wrong_share <= 0.03


def test_speech_of_the_wrong_person_is_measured_whatever_the_voices_are_called() -> None:
    words = [Word(text="w", start=at * 1_000, end=at * 1_000 + 1_000) for at in range(4)]
    turns = [TimedText(0, 2, "carer"), TimedText(2, 4, "interviewer")]
    assert measure_speakers(words, ["2", "2", "1", "1"], turns).wrong_share == 0
    assert measure_speakers(words, ["2", "2", "2", "1"], turns).wrong_share == pytest.approx(0.25)
    assert measure_speakers(words, ["2", "3", "1", "1"], turns).wrong_share == pytest.approx(0.25)


# What the editor is shown


def with_speakers(*, swapped: str = "", unsure: tuple[int, ...] = ()) -> Transcript:
    """Return the known interview, with a number for each voice as if told by sound.

    The question that begins with `swapped` is in the voice of whoever answers.
    """
    turns = interview_turns()
    words = [word for turn in turns for word in turn.words]
    segments, first = [], 0
    for turn in turns:
        is_swapped = bool(swapped) and turn.words[0].text == swapped
        asks = turn.speaker == "Interviewer" and not is_swapped
        segments.append(
            Segment(
                first=first,
                last=first + len(turn.words),
                start=turn.words[0].start,
                end=turn.words[-1].end,
                compression_ratio=1.0,
                no_speech_probability=0.0,
                average_logprob=0.0,
                speaker="1" if asks else "2",
            )
        )
        first += len(turn.words)
    return msgspec.structs.replace(
        transcript_of(words), segments=tuple(segments), unsure_voices=unsure
    )


def test_unsure_turns_and_questions_in_another_voice_are_marked() -> None:
    plain = with_speakers(unsure=(7,))
    matches = match_questions(plain.words, QUESTIONS)
    assert voice_doubts(plain, matches, SPEAKERS) == {7: UNSURE_VOICE}
    draft = draft_turns(plain, "0" * 64, QUESTIONS, matches, SPEAKERS)
    assert "(?who speaks?) and" in render_draft(draft, QUESTIONS, {7: UNSURE_VOICE})
    assert "(?who speaks?)" not in render_draft(draft, QUESTIONS, {7: "CPA"})
    other_voice = with_speakers(swapped="Can")
    doubts = voice_doubts(other_voice, match_questions(other_voice.words, QUESTIONS), SPEAKERS)
    assert doubts == {11: UNSURE_QUESTION}


@pytest.mark.parametrize(
    ("said", "source", "is_doubted"),
    [
        ("I am his sister and we took turns to go there", BY_SOUND, True),
        ("I am his sister and we took turns to go there", BY_SIDES, False),
        ("And you were his sister, so did you take turns there?", BY_SOUND, False),
        ("I am sorry", BY_SOUND, False),
    ],
)
def test_a_long_statement_in_the_voice_that_asks_is_marked(
    said: str, source: str, is_doubted: bool
) -> None:
    ask = QUESTIONS.questions[0].ask
    parts = [("1", ask), ("2", "I care for my son Daniel. He is ill."), ("1", said)]
    parts += [("2", "It was hard for us all the same.")]
    texts = [(voice, text) for voice, line in parts for text in line.split()]
    words = tuple(
        Word(text=text, start=at * 600, end=at * 600 + 500) for at, (_, text) in enumerate(texts)
    )
    transcript = transcript_of(words)
    whole = Segment(
        first=0,
        last=len(words),
        start=0,
        end=words[-1].end,
        compression_ratio=1.2,
        no_speech_probability=0.0,
        average_logprob=-0.2,
    )
    segments = with_voices(words, [whole], [voice for voice, _ in texts])
    transcript = msgspec.structs.replace(
        transcript, segments=segments, options={**transcript.options, VOICES: source}
    )
    doubts = voice_doubts(transcript, match_questions(words, QUESTIONS), SPEAKERS)
    first = len(f"{ask} {parts[1][1]}".split())
    assert doubts == ({first: UNSURE_VOICE} if is_doubted else {})


def test_a_question_reaches_to_its_question_mark() -> None:
    ask = QUESTIONS.questions[0].ask.rstrip("?. ")
    said = f"{ask} and how long have you done so yourself now? I do not know."
    words = [
        Word(text=text, start=at * 300, end=at * 300 + 290) for at, text in enumerate(said.split())
    ]
    match = match_questions(words, QUESTIONS).questions[0]
    assert words[match.last - 1].text == "now?"


# Without the model, and with another one


def test_without_the_voice_model_the_wording_decides_and_that_is_said(
    transcribed: Callable[..., tuple[Workspace, StoryFolder, Transcript]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telling_apart, "weights_path", lambda: None)
    workspace, folder, transcript = transcribed()
    write_wav(folder.speech, np.zeros(16_000, dtype=np.float32))
    task = pipeline.prepare_task(workspace, transcript.story, again=True)
    result = pipeline.write_transcript(task, transcript)
    assert result.lacks_voice_model
    lines = "\n".join(report.transcription_lines(result))
    assert "the voice model is not installed" in lines
    assert "pip install --no-deps resemblyzer" in lines
    assert "PyTorch" not in lines
    monkeypatch.setattr(report, "has_whisper", lambda: False)
    lines = "\n".join(report.transcription_lines(result))
    assert "It needs PyTorch too, which comes with openai-whisper. To add openai-whisper: " in lines
    assert "-m pip install openai-whisper" in lines
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    lines = "\n".join(report.transcription_lines(result))
    assert "pip install" not in lines
    assert "install carer-stories with Python instead" in lines


def test_a_damaged_voice_model_counts_as_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pretrained.pt").write_bytes(b"not a model")
    monkeypatch.setattr(telling_apart, "weights_path", lambda: tmp_path / "pretrained.pt")
    assert load_speaker_model() is None


def test_a_pyannote_pipeline_is_asked_where_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    class Pipeline:
        @classmethod
        def from_pretrained(cls, path: str) -> Pipeline:
            asked["path"] = path
            return cls()

        def __call__(self, sound: dict[str, Any], **options: int) -> Any:
            asked.update(options)
            turns = [(0.0, 1.0, "A"), (1.0, 2.0, "B")]
            tracks = [(SimpleNamespace(start=s, end=e), None, who) for s, e, who in turns]
            return SimpleNamespace(itertracks=lambda yield_label: iter(tracks))

    module = ModuleType("pyannote.audio")
    module.Pipeline = Pipeline  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyannote", ModuleType("pyannote"))
    monkeypatch.setitem(sys.modules, "pyannote.audio", module)
    (tmp_path / "config.yaml").write_text("pipeline: {}\n")
    write_wav(tmp_path / "speech.wav", np.zeros(32_000, dtype=np.float32))
    words = [
        Word(text="One?", start=100, end=900),
        Word(text="Two.", start=1_200, end=1_900),
    ]
    told = tell_apart(
        PyannoteVoices(tmp_path), open_speech(tmp_path / "speech.wav"), words, [False] * 2, 2
    )
    assert told.voices == ("1", "2")
    assert asked == {"path": str(tmp_path / "config.yaml"), "num_speakers": 2}


def test_a_pipeline_that_is_not_there_is_refused_before_anything_is_heard(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"There is no pyannote\.audio pipeline"):
        require_pyannote(tmp_path)


# One voice a side


def test_stereo_has_voices_apart_only_where_each_side_has_its_own() -> None:
    chance = np.random.default_rng(2)
    speech = -30 + chance.normal(scale=4, size=1_000)
    quiet = np.full(1_000, -75.0)
    turn = (np.arange(1_000) // 200) % 2 == 0
    left, right = np.where(turn, speech, quiet), np.where(turn, quiet, speech)
    assert are_voices_apart(left, right)
    # Everybody on both sides, somebody a little nearer to one.
    assert not are_voices_apart(speech, speech - np.where(turn, 3, -3))
    # One side is a dead microphone.
    assert not are_voices_apart(speech, quiet)
