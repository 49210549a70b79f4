"""Take the labels of speakers out of passages whose words are read already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from transcribe.formats.source_file import SourcePassage
from transcribe.formats.speaker_labels import (
    LabelAnswers,
    Labels,
    Opening,
    find_labels,
)

_BEFORE_CHARS = 60


def take_labels(
    passages: Sequence[SourcePassage],
    known: Iterable[str] = (),
    answers: LabelAnswers | None = None,
) -> tuple[list[SourcePassage], Labels]:
    """Return passages with the speakers that their labels name, and the labels.

    A passage that has a speaker keeps it, unless a label says otherwise; a label holds until the
    next one. `known` are names that the file lists elsewhere.
    """
    texts = [_text_and_places(passage)[0] for passage in passages]
    openings = [
        Opening(text, before=before[-_BEFORE_CHARS:])
        for before, text in zip(["", *texts], texts, strict=False)
    ]
    voices = {passage.speaker for passage in passages if passage.speaker}
    labels = find_labels(openings, {*known, *voices}, answers)
    if not labels.names:
        return list(passages), labels
    return list(_with_speakers(passages, labels)), labels


def _text_and_places(passage: SourcePassage) -> tuple[str, list[int]]:
    """Return the words as one text, and where in it each begins."""
    # Whisper's own files tell parts of a word by a space before the others.
    between = "" if any(word.text[:1].isspace() for word in passage.words) else " "
    text, places = "", []
    for word in passage.words:
        text += between if text else ""
        # Of its first letter: the space before it belongs to the label.
        places.append(len(text) + len(word.text) - len(word.text.lstrip()))
        text += word.text
    return text, places


def _with_speakers(passages: Iterable[SourcePassage], labels: Labels) -> Iterator[SourcePassage]:
    speaker = ""
    for passage in passages:
        text, places = _text_and_places(passage)
        marks = labels.inside(text)
        if label := labels.split(text):
            marks = [(label[0], 0, label[1]), *(mark for mark in marks if mark[1] >= label[1])]
        speaker = passage.speaker or speaker
        begin = 0
        for name, at, end in [*marks, (speaker, len(text), len(text))]:
            first, last = _words_before(places, begin), _words_before(places, at)
            if last > first:
                yield _part(passage, first, last, speaker)
            speaker, begin = name, end
        if labels.ends_after(text):
            speaker = ""


def _words_before(places: Sequence[int], at: int) -> int:
    return sum(start < at for start in places)


def _part(passage: SourcePassage, first: int, last: int, speaker: str) -> SourcePassage:
    """Return some of a passage's words; where they have no times they share it by their length."""
    if (first, last) == (0, len(passage.words)):
        return replace(passage, speaker=speaker)
    lengths = [len(word.text) + 1 for word in passage.words]
    span = max(0, passage.end - passage.start)
    start = passage.start + span * sum(lengths[:first]) // sum(lengths)
    end = passage.start + span * sum(lengths[:last]) // sum(lengths)
    words = passage.words[first:last]
    known = [time for word in words for time in (word.start, word.end) if time is not None]
    return replace(
        passage,
        words=words,
        speaker=speaker,
        start=min([start, *known]),
        end=max([end, *known]),
    )
