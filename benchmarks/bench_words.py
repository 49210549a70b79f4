"""Time captions of 10,000 words, compared with openai-whisper's writer, and an edit of 7,000."""

from __future__ import annotations

import io
from typing import Any

import pysubs2
import webvtt
from rapidfuzz.distance import Levenshtein
from whisper.utils import WriteVTT

from benchmarks.measure import BenchRow, time_of
from capture.questions.question_set import Question, QuestionSet
from transcribe.captions import layout, lint
from transcribe.cue import Cue
from transcribe.editing import apply_edits
from transcribe.editing.speaker_turns import Speakers
from transcribe.formats import srt, vtt
from transcribe.words import Transcript, Turn, Word, normalised

SPEECH = (
    "I rang the ward every day, and every day somebody told me that they could not talk to me. "
    "I knew what helped him sleep and what frightened him. Nobody asked. When he came home on a "
    "Friday I found out because he rang the bell, and I had no number that anybody would answer. "
)
QUESTIONS = QuestionSet(
    id="bench",
    version=1,
    title="Bench",
    designed_by="Nobody",
    opening="Thank you.",
    closing="Thank you.",
    questions=(Question(id="one", ask="What happened when you first asked for help?"),),
)
TURN_WORDS = 2 * len(SPEECH.split())
_REPEATS = 9  # fewer than elsewhere: one may take half a second


def _spoken(count: int) -> list[Word]:
    """Return `count` words at the pace of an interview, with a pause after each sentence."""
    words: list[Word] = []
    clock = 0
    texts = SPEECH.split()
    for number in range(count):
        text = texts[number % len(texts)]
        length = 90 + 45 * len(text)
        words.append(Word(text=text, start=clock, end=clock + length))
        clock += length + (500 if text.endswith(".") else 30)
    return words


def run() -> list[BenchRow]:
    return [*_captions(), _edit(marked=False), _edit(marked=True)]


def _captions() -> list[BenchRow]:
    words = _spoken(10_000)
    turns = [
        Turn(speaker="Ruth", words=tuple(words[at : at + TURN_WORDS]))
        for at in range(0, len(words), TURN_WORDS)
    ]
    by_whisper = time_of(lambda: _captions_by_whisper(words), times=_REPEATS)
    timing = time_of(lambda: vtt.write(layout.lay_out(turns)), times=_REPEATS)
    cues = layout.lay_out(turns)
    whisper_remarks = len(lint.lint_cues(vtt.read(_captions_by_whisper(words)).cues))
    return [
        BenchRow(
            f"Captions of 10,000 words ({len(lint.lint_cues(cues))} remarks), beside Whisper’s "
            f"own writer at 42 × 2 ({whisper_remarks} remarks)",
            timing,
            goal_ms=500,
            compared_with=by_whisper,
        ),
        *_formats(cues),
    ]


def _formats(cues: list[Cue]) -> list[BenchRow]:
    """Time reading and writing the same captions, compared with libraries for captions."""
    as_vtt, as_srt = vtt.write(cues), srt.write(cues)
    return [
        BenchRow(
            f"Reading {len(cues)} captions of WebVTT, beside webvtt-py",
            time_of(lambda: vtt.read(as_vtt), times=_REPEATS),
            compared_with=time_of(lambda: webvtt.from_string(as_vtt), times=_REPEATS),
        ),
        BenchRow(
            f"Reading {len(cues)} captions of SubRip, beside pysubs2",
            time_of(lambda: srt.read(as_srt), times=_REPEATS),
            compared_with=time_of(
                lambda: pysubs2.SSAFile.from_string(as_srt, format_="srt"), times=_REPEATS
            ),
        ),
        BenchRow(
            f"Writing {len(cues)} captions of WebVTT, beside pysubs2",
            time_of(lambda: vtt.write(cues), times=_REPEATS),
            compared_with=time_of(lambda: _by_pysubs2(cues).to_string("vtt"), times=_REPEATS),
        ),
    ]


def _by_pysubs2(cues: list[Cue]) -> pysubs2.SSAFile:
    subtitles = pysubs2.SSAFile()
    subtitles.events = [pysubs2.SSAEvent(cue.start, cue.end, "\\N".join(cue.lines)) for cue in cues]
    return subtitles


def _captions_by_whisper(words: list[Word]) -> str:
    """Write as `whisper --max_line_width 42 --max_line_count 2 --word_timestamps True` does."""
    result: dict[str, Any] = {
        "segments": [
            {
                "start": words[at].start / 1000,
                "words": [
                    {"word": f" {word.text}", "start": word.start / 1000, "end": word.end / 1000}
                    for word in words[at : at + TURN_WORDS]
                ],
            }
            for at in range(0, len(words), TURN_WORDS)
        ]
    }
    text = io.StringIO()
    WriteVTT(".").write_result(result, text, max_line_width=42, max_line_count=2)
    return text.getvalue()


def _edit(*, marked: bool) -> BenchRow:
    words = _spoken(7_000)
    transcript = Transcript(
        story="cs-bbbbbb",
        engine="bench",
        model="bench",
        model_sha256="",
        options={},
        audio_sha256="",
        duration=words[-1].end,
        words=tuple(words),
    )
    texts = [f"{word.text}x" if at % 20 == 0 else word.text for at, word in enumerate(words)]
    typed = [normalised(text) for text in texts]
    if marked:
        texts = [_marked(text, at) for at, text in enumerate(texts)]
    blocks = (" ".join(texts[at : at + TURN_WORDS]) for at in range(0, len(texts), TURN_WORDS))
    text = "\n\n".join(f"Ruth: {block}" for block in blocks)
    recognised = [normalised(word.text) for word in words]
    alone = time_of(lambda: Levenshtein.opcodes(recognised, typed), times=_REPEATS)
    timing = time_of(
        lambda: apply_edits.apply_copy(
            transcript, "", text, QUESTIONS, Speakers(contributor="Ruth")
        ),
        times=_REPEATS,
    )
    removed = ", 70 cuts of 20 words, 70 redactions" if marked else ""
    return BenchRow(
        f"An edit of 7,000 words, 350 of them corrected{removed}, beside rapidfuzz’s alignment "
        "alone",
        timing,
        goal_ms=500,
        compared_with=alone,
    )


def _marked(text: str, at: int) -> str:
    """Mark a cut of twenty words and a redaction of one in every hundred words."""
    if at % 100 == 50:
        return f"[[{text}|somebody]]"
    return {10: f"~~{text}", 29: f"{text}~~"}.get(at % 100, text)
