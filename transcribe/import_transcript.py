"""Import transcripts that other tools made, settled by the same rules as an engine's words.

Words without times share the time of their passage. What cannot be read is listed; nothing that can
be read is left out without saying so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import msgspec

from capture.media.speech import open_speech
from library.core.errors import BadInput
from library.core.files import sha256_of
from library.core.timecode import clock
from library.formats.word_document import is_word_document, read_paragraphs
from transcribe.editing.speaker_turns import (
    CONTRIBUTOR_VOICE,
    INTERVIEWER_VOICE,
    Speakers,
    voice_labels,
)
from transcribe.engines.protocol import RawSegment, RawWord, RecognisedSpeech, settle_words
from transcribe.formats import caption_words, json_words, ohms_words, scenarist
from transcribe.formats.blocks import is_header
from transcribe.formats.caption_dialects import TimesReader, note_of_readings
from transcribe.formats.other_captions import (
    find_other_captions,
    find_table_of_spans,
    words_from_sami,
    words_from_ttml,
    words_from_youtube,
)
from transcribe.formats.source_file import (
    UNNAMED_VOICES,
    Fault,
    SourcePassage,
    SourceTranscript,
    SourceWord,
    excerpt,
    read_text,
)
from transcribe.formats.speaker_labels import LabelAnswers, UnsureLabel
from transcribe.formats.timed_turns import captions_of_lines
from transcribe.formats.word_texts import with_spaces
from transcribe.pipeline import (
    TranscriptionResult,
    TranscriptionTask,
    speakers_of,
    write_transcript,
)
from transcribe.question_matching import match_questions
from transcribe.redaction.normalise import folded
from transcribe.words import IMPORTED, Segment, Transcript, Turn, divide_span

_MAX_MS_PER_LETTER = 150
"""A letter: a caption that stands longer than its words take is not all speech."""
_MS_PER_LETTER = 65
"""A letter, where a passage has no length of its own."""
_TAIL_MS = 5_000
"""After the last word, that a transcript without a recording is taken to last."""

_JSON = re.compile(r"\s*(?:\{(?!\d+\}\{)|\[\s*(?:[\[{\"\]]|\d+(?:\.\d+)?\s*(?:,|\](?!\[))|\Z))")
_XML_ROOT = re.compile(r"<(?![?!])(?:[\w.-]{1,40}:)?([\w.-]{1,40})")
WORD_DOCUMENT = "Word document"
_TimedWord = tuple[str, int, int, float]
"""Text, start and end in milliseconds, probability."""


@dataclass(frozen=True)
class ImportedTranscript:
    """A file's words, settled. `recognised.segments` name speakers as the file does."""

    path: Path
    format: str
    recognised: RecognisedSpeech
    guessed_times: int = 0
    """Words whose times are only shared out: up to a caption's length off."""
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    unsure_labels: tuple[UnsureLabel, ...] = ()
    """Words before a colon of which it is not clear whether they say who speaks."""

    @property
    def speakers(self) -> tuple[str, ...]:
        """Return the file's names of speakers, in the order in which they first speak."""
        names = (segment.speaker for segment in self.recognised.segments)
        return tuple(dict.fromkeys(name for name in names if name))

    @property
    def passages_of(self) -> dict[str, int]:
        """Return each of the file's names of speakers with how often they begin to speak."""
        spoken = (
            name for name, _ in groupby(segment.speaker for segment in self.recognised.segments)
        )
        counts = Counter(spoken)
        return {name: counts[name] for name in self.speakers}

    @property
    def duration(self) -> int:
        """Return the milliseconds to the end of the last word."""
        words = self.recognised.words
        return words[-1].end if words else 0


def read_transcript_file(
    path: Path, duration: int | None = None, answers: LabelAnswers | None = None
) -> ImportedTranscript:
    """Return the words of a transcript or caption file of any kind we know, on a clock from 0.

    With `duration`, in milliseconds, what begins after it is left out and listed. `answers` say
    which words before a colon are speakers. Raises NotFound, DiskFailed, and BadInput for a file
    of no such kind.
    """
    is_document, answers = is_word_document(path), answers or LabelAnswers()
    text, doubts = ("", []) if is_document else read_text(path)
    try:
        if is_document:
            source, left_out = _words_from_document(path, answers)
        else:
            source, left_out = _words_from_text(text, path.suffix.lower(), answers)
    except BadInput as error:
        raise BadInput(f"{path.name}: {error.what}", error.next_step) from error
    faults = [*doubts, *left_out, *source.faults]
    # Put in order first: what lies after the end is then all at the end.
    passages = _in_order(source.passages, faults)
    if duration is not None:
        passages = _inside(passages, duration, faults, path)
    ends = [max(passage.end, _last_known_end(passage)) for passage in passages]
    longest = max(ends, default=0) + _TAIL_MS
    settled = settle_words(_raw_segments(passages), longest if duration is None else duration)
    guessed = sum(word.start is None for passage in passages for word in passage.words)
    return ImportedTranscript(
        path,
        source.format,
        settled,
        guessed,
        tuple(faults),
        tuple(source.notes),
        source.unsure_labels,
    )


def _words_from_text(
    text: str, suffix: str, answers: LabelAnswers
) -> tuple[SourceTranscript, list[Fault]]:
    if not text.strip():
        raise BadInput("the file is empty.", "Download or export it again.")
    for beginning, kind in _OTHER_FILES:
        if text.lstrip().startswith(beginning):
            raise BadInput(f"this is {kind}.", "Save the transcript as .docx, text or WebVTT.")
    if fenced := _FENCED.fullmatch(text):
        text = fenced[1]
    if text.lstrip().startswith(scenarist.HEADER):
        return scenarist.words_from_scenarist(text, answers), []
    if table := find_table_of_spans(text):
        return table.words(answers), []
    if parse := _parser_for(text, suffix):
        return parse(text, answers), []
    if captions := find_other_captions(text):
        return captions.words(answers), []
    return _words_from_lines(text.split("\n"), "text", answers)


_FENCED = re.compile(r"\s*```[ \t]?\w{0,12}[ \t]*\n(.*)\n```\s*", re.DOTALL)
"""A file that was saved with the signs that a chat puts around it."""
_OTHER_FILES = (
    ("%PDF", "a PDF"),
    ("{\\rtf", "rich text (RTF)"),
)


def _words_from_document(path: Path, answers: LabelAnswers) -> tuple[SourceTranscript, list[Fault]]:
    paragraphs = read_paragraphs(path)
    lines = [line for paragraph in paragraphs for line in paragraph.lines]
    source, faults = _words_from_lines(lines, WORD_DOCUMENT, answers)
    readings = sum(paragraph.readings for paragraph in paragraphs)
    notes = [note_of_readings(readings)] if readings else []
    return replace(source, notes=[*source.notes, *notes]), faults


def _words_from_lines(
    lines: Sequence[str], kind: str, answers: LabelAnswers
) -> tuple[SourceTranscript, list[Fault]]:
    captions, faults = captions_of_lines(lines)
    source = _words_from_vtt(captions, answers)
    if not source.passages:
        raise BadInput(
            "it has times and no words that could be read.",
            "Download the transcript as .vtt, or as a table with times and words.",
        )
    return replace(source, format=kind), faults


def turns_of(imported: ImportedTranscript) -> list[Turn]:
    """Return turns for captions, under the speakers' names in the file."""
    recognised = imported.recognised
    turns = []
    for speaker, run in groupby(recognised.segments, lambda segment: segment.speaker):
        segments = list(run)
        words = recognised.words[segments[0].first : segments[-1].last]
        name = "" if speaker in UNNAMED_VOICES else speaker
        turns.append(Turn(speaker=name, words=words))
    return turns


def import_words(
    task: TranscriptionTask, path: Path, answers: LabelAnswers | None = None
) -> tuple[TranscriptionResult, ImportedTranscript]:
    """Write a file's words as the literal transcript of a story, marked as imported.

    Names of speakers become numbers: a contributor chose what they are called, and the file may
    have their own name. Raises as `read_transcript_file` does, and BadInput for a file of another
    recording.
    """
    duration = open_speech(task.folder.speech).duration
    imported = read_transcript_file(path, duration, answers)
    transcript = Transcript(
        story=task.story.id,
        engine=IMPORTED,
        model=imported.format,
        model_sha256="",
        options={
            "format": imported.format,
            "file_sha256": sha256_of(path),
            "guessed_times": imported.guessed_times,
        },
        audio_sha256=sha256_of(task.folder.speech),
        duration=duration,
        words=imported.recognised.words,
        segments=_with_numbered_speakers(imported),
    )
    task = _with_index_markers(task, imported)
    return write_transcript(task, _with_roles(task, transcript, imported)), imported


def _with_index_markers(task: TranscriptionTask, imported: ImportedTranscript) -> TranscriptionTask:
    """Add markers of questions from an OHMS index, where the recording has none of its own."""
    has_markers = any(marker.kind == "question" for marker in task.markers)
    if imported.format != ohms_words.FORMAT or has_markers:
        return task
    markers = ohms_words.markers_from_index(read_text(imported.path)[0], task.questions)
    return replace(task, markers=(*task.markers, *markers))


_Parser = Callable[[str, LabelAnswers], SourceTranscript]


def _parser_for(text: str, suffix: str) -> _Parser | None:
    """Choose a parser by how the file begins; by its name only where that does not tell."""
    # By its content: people rename files, and some tools name all of them .txt.
    if text.lstrip().startswith("<"):
        return _parser_of_xml(text)
    has_header = is_header(text.split("\n", 1)[0])
    has_times = _has_times(text, suffix)
    if not has_header and _JSON.match(text) and not has_times:
        return json_words.words_from_json
    if has_header or (suffix == ".vtt" and has_times):
        return _words_from_vtt
    if has_times:
        return _words_from_srt
    return None


def _parser_of_xml(text: str) -> _Parser:
    """Choose a parser by the first element. Raises BadInput for a page of the web."""
    root = _XML_ROOT.search(text)
    name = root[1].lower() if root else ""
    if name == "html" or "<!doctype html" in text[:_BEGINNING].lower():
        raise BadInput(
            "this is a web page, not a transcript.",
            "Download the transcript itself: a page to sign in may have been saved in its place.",
        )
    return _PARSERS_OF_XML.get(name, ohms_words.words_from_ohms)


_PARSERS_OF_XML: dict[str, _Parser] = {
    "tt": words_from_ttml,
    "sami": words_from_sami,
    "transcript": words_from_youtube,
    "timedtext": words_from_youtube,
}


_BEGINNING = 2_000


def _has_times(text: str, suffix: str) -> bool:
    """Return True for captions, also where their times are torn.

    Two times with a mere dash between them stand in letters as well, and two numbers in JSON.
    """
    is_json = text.lstrip()[:1] in ("{", "[")
    if "-->" in text and not is_json:
        return True
    times = TimesReader(text)
    is_named = suffix in (".srt", ".vtt", ".sbv")
    least = 1 if times.has_arrows or is_named else _MIN_LINES_OF_TIMES
    return (times.has_arrows or not is_json) and times.counts(text) >= least


_MIN_LINES_OF_TIMES = 3


def _words_from_vtt(text: str, answers: LabelAnswers) -> SourceTranscript:
    return caption_words.words_from_captions(text, as_vtt=True, answers=answers)


def _words_from_srt(text: str, answers: LabelAnswers) -> SourceTranscript:
    return caption_words.words_from_captions(text, as_vtt=False, answers=answers)


def _in_order(passages: Sequence[SourcePassage], faults: list[Fault]) -> list[SourcePassage]:
    ordered = sorted(passages, key=lambda passage: passage.start)
    pairs = zip(passages, ordered, strict=True)
    moved = next((passage for passage, sorted_one in pairs if passage is not sorted_one), None)
    if moved is not None:
        faults.append(Fault(moved.line, "from here, passages were put into the order of time."))
    return ordered


def _inside(
    passages: Sequence[SourcePassage], duration: int, faults: list[Fault], path: Path
) -> list[SourcePassage]:
    """Leave out what begins after the recording. Raises BadInput where that is more than half."""
    inside = [passage for passage in passages if passage.start < duration]
    if not inside and passages and (hours := passages[0].start // _HOUR_MS):
        moved = [_earlier(passage, hours * _HOUR_MS) for passage in passages]
        if sum(passage.start < duration for passage in moved) >= len(moved) / 2:
            faults.append(
                Fault(0, f"the times begin at hour {hours}; that was taken for the beginning.")
            )
            return _inside(moved, duration, faults, path)
    # A caption or two may outlast the recording; more than half is of another one.
    if len(inside) < len(passages) / 2:
        last = passages[-1].end if not inside else max(passage.end for passage in passages)
        raise BadInput(
            f"{path.name} seems to be of another recording: it goes on until {clock(last)}, "
            f"and this one ends at {clock(duration)}.",
            "Check which file belongs to this story.",
        )
    faults += [
        Fault(
            passage.line,
            f"at {clock(passage.start)}, after the recording’s end, "
            f"{excerpt(' '.join(word.text for word in passage.words), 60)} was left out.",
        )
        for passage in passages
        if passage.start >= duration
    ]
    return inside


_HOUR_MS = 3_600_000


def _earlier(passage: SourcePassage, by: int) -> SourcePassage:
    """Return a passage moved on its clock, as tapes begin at a whole hour."""
    return replace(
        passage,
        start=passage.start - by,
        end=max(0, passage.end - by),
        words=tuple(
            word._replace(
                start=None if word.start is None else max(0, word.start - by),
                end=None if word.end is None else max(0, word.end - by),
            )
            for word in passage.words
        ),
    )


def _raw_segments(passages: Sequence[SourcePassage]) -> list[RawSegment]:
    """Return passages as an engine gives them: every word with its times, in seconds."""
    segments = []
    for passage, following in zip(passages, [*passages[1:], None], strict=False):
        words = _timed_words(passage, following.start if following else None)
        segments.append(
            RawSegment(
                words=tuple(
                    RawWord(text, start / 1000, end / 1000, probability)
                    for text, start, end, probability in words
                ),
                start=passage.start / 1000,
                end=passage.end / 1000,
                compression_ratio=passage.compression_ratio,
                no_speech_probability=passage.no_speech_probability,
                average_logprob=passage.average_logprob,
                speaker=passage.speaker,
            )
        )
    return segments


def _timed_words(passage: SourcePassage, following: int | None) -> list[_TimedWord]:
    """Return the words of a passage, each with times; `following` is the next passage's start.

    Words are taken in runs that begin where a time is known; the words of a run without times of
    their own share what there is.
    """
    words = with_spaces(passage.words)
    timed: list[_TimedWord] = []
    starts = [at for at, word in enumerate(words) if word.start is not None or at == 0]
    for first, last in zip(starts, [*starts[1:], len(words)], strict=True):
        run = words[first:last]
        head = run[0]
        begin = passage.start if head.start is None else head.start
        if last < len(words):
            limit = words[last].start
        else:
            limit = _end_of_run(passage, begin, run, following)
        if head.start is not None and head.end is not None:
            timed.append((head.text, begin, head.end, head.probability))
            run, begin = run[1:], head.end
        timed += _share_time(run, begin, limit if limit is not None else begin)
    return timed


def _end_of_run(
    passage: SourcePassage, begin: int, run: Sequence[SourceWord], following: int | None
) -> int:
    """Return where words without times end: with the passage, but not after the next one began."""
    if passage.end <= begin:
        return begin + _MS_PER_LETTER * _letters(run)
    if following is not None and following > begin:
        return min(passage.end, following)
    return passage.end


def _share_time(words: Sequence[SourceWord], begin: int, end: int) -> list[_TimedWord]:
    if not words:
        return []
    # What lies after that is a pause, and no word's.
    end = min(max(end, begin), begin + _MAX_MS_PER_LETTER * _letters(words))
    bounds = divide_span(begin, end, [len(word.text) + 1 for word in words])
    return [
        (word.text, *bound, word.probability) for word, bound in zip(words, bounds, strict=True)
    ]


def _letters(words: Sequence[SourceWord]) -> int:
    return sum(len(word.text) + 1 for word in words)


def _last_known_end(passage: SourcePassage) -> int:
    return max((word.end for word in passage.words if word.end is not None), default=0)


def voice_numbers(imported: ImportedTranscript) -> dict[str, str]:
    """Return the file's names of speakers with the numbers of their voices in the transcript.

    Whoever speaks without a name beside them is a voice as well, under an empty name.
    """
    names = list(imported.speakers)
    if names and any(not segment.speaker for segment in imported.recognised.segments):
        names.append("")
    return {name: str(number) for number, name in enumerate(names, start=1)}


def _with_roles(
    task: TranscriptionTask, transcript: Transcript, imported: ImportedTranscript
) -> Transcript:
    """Return the transcript with the roles that the file gives, where nothing else tells them."""
    speakers = speakers_of(task.story)
    roles = _voices_by_role(voice_numbers(imported), speakers)
    with_roles = msgspec.structs.replace(transcript, options={**transcript.options, **roles})
    matches = match_questions(transcript.words, task.questions, task.markers)
    labels = [voice_labels(each, matches, speakers) for each in (transcript, with_roles)]
    return transcript if labels[0] == labels[1] else with_roles


_ASKING = frozenset(("interviewer", "q", "question", "moderator", "facilitator"))
_TELLING = frozenset(("interviewee", "contributor", "storyteller", "narrator", "a", "answer"))


def _voices_by_role(numbers: Mapping[str, str], speakers: Speakers) -> dict[str, str]:
    """Return the voices that the file itself calls the interviewer or the contributor."""
    own = folded(speakers.contributor)
    asking = [number for name, number in numbers.items() if folded(name) in _ASKING]
    telling = [number for name, number in numbers.items() if folded(name) == own]
    if not telling:
        # “Ruth Marsh” in the file, where she tells it as Ruth.
        telling = [
            number
            for name, number in numbers.items()
            if folded(name) in _TELLING or folded(next(iter(name.split()), "")) == own
        ]
    roles = ((INTERVIEWER_VOICE, asking), (CONTRIBUTOR_VOICE, telling))
    return {role: voices[0] for role, voices in roles if len(voices) == 1}


def _with_numbered_speakers(imported: ImportedTranscript) -> tuple[Segment, ...]:
    # Numbers: the file may have people's own names, and a transcript is kept.
    numbers = voice_numbers(imported)
    return tuple(
        msgspec.structs.replace(segment, speaker=numbers.get(segment.speaker, ""))
        for segment in imported.recognised.segments
    )
