"""Read the words of OHMS XML: lines of text, with a mark at each full minute.

Between two marks words share the time, so they may be up to a minute off. A label at the beginning
of a line begins another voice. A file of version 6.0 may hold WebVTT instead, which is read as any
captions are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from capture.questions.question_set import QuestionSet
from capture.recording.session_markers import Marker
from library.core.errors import BadInput
from library.formats import ohms
from transcribe.formats import caption_words
from transcribe.formats.caption_dialects import cue_texts
from transcribe.formats.source_file import Fault, SourcePassage, SourceTranscript, SourceWord
from transcribe.formats.speaker_labels import LabelAnswers, Labels, Opening, find_labels

FORMAT = "OHMS"
_NOTE = re.compile(r"\[\[footnote\]\].*?\[\[/footnote\]\]", re.DOTALL | re.IGNORECASE)
_NOTES = re.compile(r"\[\[footnotes\]\].*?(?:\[\[/footnotes\]\]|\Z)", re.DOTALL | re.IGNORECASE)
# Of other kinds; what stands between them is spoken.
_OTHER_MARK = re.compile(r"\[\[/?[a-z][a-z0-9_ -]{0,30}\]\]", re.IGNORECASE)
_STAMP = re.compile(r"[\[(]\d{1,2}:\d{2}(?::\d{2})?(?:\.\d{1,3})?[\])]", re.ASCII)
_BEFORE_CHARS = 60
_MS_PER_LETTER = 65  # a letter, where nothing says how long it lasts


@dataclass(frozen=True)
class _PlacedWord:
    """A word with its place in the file and its speaker."""

    text: str
    line: int
    number: int
    """Place in its line, from 1."""
    speaker: str


def words_from_ohms(text: str, answers: LabelAnswers | None = None) -> SourceTranscript:
    """Return the words of an OHMS file’s transcript. Raises BadInput where it has none."""
    interview = ohms.read(text, "the file")
    if (captions := _captions(interview, answers)) is not None:
        return captions
    lines = _spoken_lines(interview.lines)
    labels = find_labels(_openings(lines), _named_speakers(interview), answers)
    words = list(_words(lines, labels))
    if not words:
        raise BadInput(
            "This OHMS file has no transcript; its index alone gives no words.",
            "Export it from OHMS with its transcript.",
        )
    faults = [] if interview.marks else [Fault(0, "no minute is marked: all times are guessed.")]
    starts = _starts(words, interview)
    passages = [
        SourcePassage(
            start=starts[first],
            end=starts[last],
            words=tuple(SourceWord(word.text) for word in words[first:last]),
            speaker=words[first].speaker,
            line=words[first].line + 1,
        )
        for first, last in _stretches(words, interview)
    ]
    notes = ["Minutes are marked in it, and words between them share the time."]
    notes = [*(notes if interview.marks else []), *labels.notes]
    return SourceTranscript(FORMAT, passages, faults, notes, labels.unsure)


def _captions(
    interview: ohms.OhmsInterview, answers: LabelAnswers | None
) -> SourceTranscript | None:
    """Return the words of a record's WebVTT: it has better times than marks at the minutes."""
    if not interview.captions:
        return None
    try:
        captions = caption_words.words_from_captions(
            interview.captions, as_vtt=True, answers=answers
        )
    except BadInput:
        return None
    return replace(captions, format=FORMAT) if captions.passages else None


def markers_from_index(text: str, questions: QuestionSet) -> tuple[Marker, ...]:
    """Return the index’s points as markers of the questions with the same titles, in order."""
    ids: dict[str, list[str]] = {}
    for question in questions.questions:
        ids.setdefault(" ".join(question.ask.split()), []).append(question.id)
    return tuple(
        Marker(at=point.at * 1000, kind="question", question=ids[point.title].pop(0))
        for point in ohms.read(text, "the file").points
        if ids.get(point.title)
    )


def _spoken_lines(lines: Sequence[str]) -> list[str]:
    """Return the lines without footnotes and marks, which are no speech; none is moved."""
    whole = "\n".join(lines)
    for notes in (_NOTES, _NOTE):
        whole = notes.sub(lambda note: "\n" * note[0].count("\n"), whole)
    return [_plain(_OTHER_MARK.sub("", line)) for line in whole.split("\n")]


def _plain(line: str) -> str:
    if not any(sign in line for sign in "<&{\\"):
        return line
    return " ".join(piece.text for piece in cue_texts([line]))


def _openings(lines: Sequence[str]) -> list[Opening]:
    spoken = [line for line in lines if line.strip()]
    return [
        Opening(line, before=before[-_BEFORE_CHARS:])
        for before, line in zip(["", *spoken], spoken, strict=False)
    ]


def _named_speakers(interview: ohms.OhmsInterview) -> set[str]:
    """Return the names that the record gives to those who speak, as a label may write them."""
    names: set[str] = set()
    for full in (*interview.interviewees, *interview.interviewers):
        last, _, first = (part.strip() for part in full.partition(","))
        names |= {full, f"{first} {last}".strip(), last if first else full.split()[-1]}
    return names


def _words(lines: Sequence[str], labels: Labels) -> Iterator[_PlacedWord]:
    """Yield the words without the labels; lines keep their numbers."""
    speaker = ""
    for number, line in enumerate(lines):
        label = labels.split(line)
        skipped = 0
        if label:
            speaker = label[0]
            skipped = len(line[: label[1]].split())
        for position, word in enumerate(line.split(), start=1):
            if position > skipped and not _STAMP.fullmatch(word):
                yield _PlacedWord(word, number, position, speaker)
        if labels.ends_after(line):
            speaker = ""


def _starts(words: Sequence[_PlacedWord], interview: ohms.OhmsInterview) -> list[int]:
    """Return the start of each word in milliseconds, and the end of the last."""
    letters = [0]
    for word in words:
        # And one for the pause between words.
        letters.append(letters[-1] + len(word.text) + 1)
    anchors = [(0, 0)]
    for mark in interview.marks:
        number = _marked_word(words, mark)
        # Marks out of order are left out: time cannot run backwards.
        if anchors[-1][0] < number < len(words):
            anchors.append((number, mark.at * 1000))
    last, at = anchors[-1]
    usual = at + (letters[-1] - letters[last]) * _MS_PER_LETTER
    longest = interview.duration * 1000
    anchors.append((len(words), longest if at < longest < usual else usual))
    starts: list[int] = []
    for (first, begin), (until, end) in pairwise(anchors):
        span = max(1, letters[until] - letters[first])
        starts += [
            begin + (end - begin) * (letters[at] - letters[first]) // span
            for at in range(first, until)
        ]
    return [*starts, anchors[-1][1]]


def _marked_word(words: Sequence[_PlacedWord], mark: ohms.OhmsSyncMark) -> int:
    """Return the number of the word that is marked, or of the first after it."""
    marked = (mark.line, mark.word)
    places = ((word.line, word.number) for word in words)
    at_or_after = (number for number, position in enumerate(places) if position >= marked)
    return next(at_or_after, len(words))


def _stretches(
    words: Sequence[_PlacedWord], interview: ohms.OhmsInterview
) -> Iterator[tuple[int, int]]:
    """Yield first and last + 1 of words that one voice says between two marks."""
    cuts = {_marked_word(words, mark) for mark in interview.marks}
    first = 0
    for at in range(1, len(words) + 1):
        if at == len(words) or at in cuts or words[at].speaker != words[first].speaker:
            yield first, at
            first = at
