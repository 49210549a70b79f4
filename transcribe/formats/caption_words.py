"""Read the words of captions, with the speakers of Zoom and Teams and YouTube's rolling lines.

A line that YouTube shows a second time, above the next one, is taken once. Times inside a cue are
its words' own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from library.core.errors import BadInput
from transcribe.formats.blocks import CaptionBlock, is_header, parse_blocks
from transcribe.formats.caption_dialects import (
    CueText,
    count_readings,
    cue_texts,
    escaped_once,
    note_of_readings,
)
from transcribe.formats.source_file import (
    UNNAMED_VOICES,
    Fault,
    SourcePassage,
    SourceTranscript,
    SourceWord,
)
from transcribe.formats.speaker_labels import LabelAnswers, Labels, Opening, find_labels
from transcribe.formats.word_texts import words_in

VTT, SRT = "WebVTT", "SubRip"
_MIN_ROLLING = 0.3
"""Share of cues that begin with a line of the one before, from which lines roll."""
_MAX_CLEARING_MS = 60
"""Milliseconds that YouTube shows a line by itself between two captions."""

# The dash before what each of two speakers in one caption says.
_DASH = re.compile(r"^\s*[-‐–—]\s*(?=\S)")
_CHANGE = re.compile(r"(?:^|(?<=\s))>>+(?=[\s\w“‘\"']|$)")
"""Another speaker begins, in captions of broadcasters and of YouTube."""
_SPEAKER_LIST = re.compile(
    r"^(?:NOTE\s+)?(?:speakers?|participants?|attendees?|present|panel)\s*:\s*(.+)$",
    re.IGNORECASE | re.MULTILINE,
)
"""Names in a header or a note, with commas or semicolons between them."""


@dataclass(frozen=True)
class _SplitCaption:
    """A block with its lines in pieces."""

    block: CaptionBlock
    lines: tuple[tuple[CueText, ...], ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """Return each line with who says it: two people who say the same are two."""
        return tuple(
            " ".join([line[0].voice, *"".join(span.text for span in line).split()])
            for line in self.lines
        )


@dataclass(frozen=True)
class _CueStretch:
    """Text between two places where a speaker may change: a line, a turn, a voice."""

    caption: _SplitCaption
    spans: tuple[CueText, ...]
    begins_turn: bool = False
    has_more: bool = False
    """Set where another line of the same caption follows."""

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)

    @property
    def voice(self) -> str:
        return self.spans[0].voice


def words_from_captions(
    text: str, *, as_vtt: bool, answers: LabelAnswers | None = None
) -> SourceTranscript:
    """Return the words of a WebVTT or SubRip file. Raises BadInput where it has no caption."""
    text = escaped_once(text)
    blocks, faults = parse_blocks(text, vtt=as_vtt)
    has_header = as_vtt and is_header(text.split("\n", 1)[0])
    if not blocks and not has_header:
        raise BadInput("No captions with times were found.", "Check which file it is.")
    if as_vtt and not has_header:
        faults.insert(0, Fault(1, "a WebVTT file begins with WEBVTT, and this one does not."))
    notes: list[str] = []
    captions = _without_repeats([_caption(block) for block in blocks], notes)
    stretches = [stretch for caption in captions for stretch in _stretches(caption)]
    labels = find_labels(_openings(stretches), _listed_speakers(text, stretches), answers)
    passages = list(_passages(_with_speakers(stretches, labels)))
    notes += labels.notes
    if readings := count_readings("\n".join(line for block in blocks for line in block.lines)):
        notes.append(note_of_readings(readings))
    unread = faults[as_vtt and not has_header :]
    if not passages and unread:
        raise BadInput(
            f"Nothing of these captions could be read. {unread[0]}", "Export them anew as WebVTT."
        )
    faults += [
        Fault(block.line, "a caption ends before it begins; its words were put at its beginning.")
        for block in blocks
        if block.end < block.start
    ]
    return SourceTranscript(
        VTT if as_vtt else SRT,
        _number_voices(passages, notes),
        faults,
        notes,
        labels.unsure,
    )


def _caption(block: CaptionBlock) -> _SplitCaption:
    spans = cue_texts(block.lines)
    return _SplitCaption(
        block, tuple(tuple(line) for _, line in groupby(spans, lambda span: span.line))
    )


def _listed_speakers(text: str, stretches: Iterable[_CueStretch]) -> set[str]:
    """Return the names that the file gives to speakers: in its voice tags, and in a header."""
    names = {stretch.voice for stretch in stretches if stretch.voice}
    for listed in _SPEAKER_LIST.findall(text[:_HEADER_CHARS]):
        names |= {name.strip() for name in re.split(r"[;,]| and ", listed) if name.strip()}
    return names


_HEADER_CHARS = 2_000


def _openings(stretches: Sequence[_CueStretch]) -> list[Opening]:
    return [
        Opening(
            stretch.text,
            begins_caption=before is None or before.caption is not stretch.caption,
            before=before.text[-_BEFORE_CHARS:] if before else "",
            has_more=stretch.has_more,
        )
        for before, stretch in zip([None, *stretches], stretches, strict=False)
    ]


_BEFORE_CHARS = 60
_Spoken = tuple[str, bool, _CueStretch]
"""Speaker, whether somebody new begins, and the words."""


def _with_speakers(stretches: Iterable[_CueStretch], labels: Labels) -> Iterator[_Spoken]:
    """Yield what is said with who says it: a label holds until the next one."""
    speaker = ""
    for stretch in stretches:
        if stretch.begins_turn:
            speaker = ""
        label = labels.split(stretch.text, has_more=stretch.has_more)
        if label:
            speaker = label[0]
            stretch = replace(stretch, spans=_from(stretch.spans, label[1]))
        begin = 0
        begins_turn = stretch.begins_turn
        for name, at, end in labels.inside(stretch.text):
            passage = replace(stretch, spans=_until(_from(stretch.spans, begin), at - begin))
            yield _speaker_of(passage, speaker, is_labelled=bool(label)), begins_turn, passage
            speaker, begin, begins_turn, label = name, end, False, (name, end)
        passage = replace(stretch, spans=_from(stretch.spans, begin))
        yield _speaker_of(passage, speaker, is_labelled=bool(label)), begins_turn, passage
        if labels.ends_after(stretch.text):
            speaker = ""


def _speaker_of(stretch: _CueStretch, speaker: str, *, is_labelled: bool) -> str:
    voice = stretch.voice if stretch.spans else ""
    return speaker if is_labelled or not voice else voice


def _from(spans: Sequence[CueText], length: int) -> tuple[CueText, ...]:
    """Return the pieces after the first `length` characters."""
    left = []
    for span in spans:
        if length < len(span.text):
            left.append(replace(span, text=span.text[length:]))
        length = max(0, length - len(span.text))
    return tuple(left)


def _until(spans: Sequence[CueText], length: int) -> tuple[CueText, ...]:
    before_end = []
    for span in spans:
        if length > 0:
            before_end.append(replace(span, text=span.text[:length]))
        length -= len(span.text)
    return tuple(before_end)


def _without_repeats(captions: list[_SplitCaption], notes: list[str]) -> list[_SplitCaption]:
    """Take away the lines that are shown again, in a file whose lines roll."""
    repeats = [_repeated(before, here) for before, here in pairwise(captions)]
    # People do say the same twice: only a file full of it rolls.
    rolling = sum(count > 0 for count in repeats)
    if rolling < max(2, _MIN_ROLLING * len(captions)):
        return captions
    notes.append(
        f"Lines roll, as YouTube’s do: {sum(repeats)} that are shown again were taken once."
    )
    return captions[:1] + [
        replace(caption, lines=caption.lines[count:])
        for caption, count in zip(captions[1:], repeats, strict=True)
    ]


def _repeated(before: _SplitCaption, here: _SplitCaption) -> int:
    """Count the first lines that are the last of the cue before. Timed words are always new.

    A caption that is nothing but those lines was said again, unless it stands for an instant.
    """
    old, new = before.texts, here.texts
    first_timed = next(
        (
            number
            for number, line in enumerate(here.lines)
            if any(span.at is not None for span in line)
        ),
        len(new),
    )
    is_instant = here.block.end - here.block.start <= _MAX_CLEARING_MS
    most = min(len(old), first_timed, len(new) if is_instant else len(new) - 1)
    # The most lines first, or a part would be taken for all that is repeated.
    for count in range(most, 0, -1):
        if old[-count:] == new[:count]:
            return count
    return 0


def _stretches(caption: _SplitCaption) -> Iterator[_CueStretch]:
    turns = list(_turns_in(caption))
    parts = [
        (number, list(part))
        for (number, _, _), part in groupby(
            turns, lambda turn: (turn[0], turn[1].line, turn[1].voice)
        )
    ]
    earlier = 0
    for at, (number, part) in enumerate(parts):
        spans = tuple(span for _, span in part)
        yield _CueStretch(caption, spans, number > earlier, at + 1 < len(parts))
        earlier = number


def _passages(spoken: Iterable[_Spoken]) -> Iterator[SourcePassage]:
    """Yield a passage for each voice of a caption; they share its time by their length."""
    for _, of_caption in groupby(spoken, lambda said: id(said[2].caption)):
        parts = [part for part in of_caption if part[2].spans]
        voices: list[tuple[str, bool, list[CueText]]] = []
        for speaker, begins_turn, stretch in parts:
            if voices and voices[-1][0] == speaker and not begins_turn:
                voices[-1][2].extend(stretch.spans)
            else:
                voices.append((speaker, begins_turn, [*stretch.spans]))
        if parts:
            yield from _share_time(parts[0][2].caption.block, voices)


def _share_time(
    block: CaptionBlock, voices: Sequence[tuple[str, bool, list[CueText]]]
) -> Iterator[SourcePassage]:
    lengths = [sum(len(span.text) for span in part) for _, _, part in voices]
    start, length = block.start, max(block.end - block.start, 0)
    done = 0
    for (voice, begins_turn, part), chars in zip(voices, lengths, strict=True):
        begin = start + length * done // max(sum(lengths), 1)
        done += chars
        end = start + length * done // max(sum(lengths), 1)
        words = _words(part)
        if words:
            yield SourcePassage(begin, end, words, voice, block.line, begins_turn)


def _turns_in(caption: _SplitCaption) -> Iterator[tuple[int, CueText]]:
    """Yield the pieces of a caption with the number of the turn that each is of.

    Turn 0 goes on from the caption before; a later one begins at `>>`, or at the second of several
    lines that begin with a dash.
    """
    is_dialogue = sum(bool(_DASH.match(line[0].text)) for line in caption.lines) > 1
    number, dashes = 0, 0
    for line in caption.lines:
        for at, span in enumerate(line):
            text = span.text
            if is_dialogue and not at and _DASH.match(text):
                text, dashes = _DASH.sub("", text), dashes + 1
                number += dashes > 1
            first, *others = _CHANGE.split(text)
            if first.strip():
                yield number, replace(span, text=first)
            for other in others:
                number += 1
                yield number, replace(span, text=other)


def _number_voices(passages: list[SourcePassage], notes: list[str]) -> list[SourcePassage]:
    """Tell two voices apart by turns, where a file says that speakers change and never who speaks.

    Who they are is not known, but two of them are never taken for one.
    """
    if any(passage.speaker for passage in passages):
        return passages
    if not any(passage.begins_turn for passage in passages):
        return passages
    notes.append(
        "The file says where speakers change, not who they are: two voices were taken to alternate."
    )
    voice = 0
    numbered = []
    for passage in passages:
        voice ^= passage.begins_turn
        numbered.append(replace(passage, speaker=UNNAMED_VOICES[voice]))
    return numbered


def _words(spans: Sequence[CueText]) -> tuple[SourceWord, ...]:
    """Return the words of one voice."""
    words: list[SourceWord] = []
    for span in spans:
        texts = words_in(span.text)
        words += [
            SourceWord(text, span.at if number == 0 else None) for number, text in enumerate(texts)
        ]
    return tuple(words)
