"""Read the words of captions, with the speakers of Zoom and Teams and YouTube's rolling lines.

A line that YouTube shows a second time, above the next one, is taken once. Times inside a cue are
its words' own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from library.core.errors import BadInput
from transcribe.formats import srt, vtt
from transcribe.formats.blocks import CaptionBlock, is_header, parse_blocks
from transcribe.formats.source_file import (
    UNNAMED_VOICES,
    Fault,
    SourcePassage,
    SourceTranscript,
    SourceWord,
)
from transcribe.formats.vtt import CueText

VTT, SRT = "WebVTT", "SubRip"
_MIN_ROLLING = 0.3
"""Share of cues that begin with a line of the one before, from which lines roll."""
_MAX_LABEL_WORDS = 8  # of a cue, that are searched for a speaker's label
# “[Ruth Smith]:” or “Ruth Smith:” before the words; never a whole sentence.
_LABEL = re.compile(r"^\s*(?:\[([^\]:]{1,40})\]|([^:\[\]<>.!?]{1,40})):(?:\s+|$)")
# Up to five words that begin with a capital, a digit or a bracket: “Dr Patel (ward)”.
_NAME = re.compile(
    r"^(?:[A-Z0-9À-ÞА-Я(][^\s]*)(?: (?:[A-Z0-9À-ÞА-Я(&][^\s]*|de|van|von|der|of)){0,4}$"
)

# The dash before what each of two speakers in one caption says.
_DASH = re.compile(r"^\s*[-‐–—]\s*(?=\S)")
_CHANGE = re.compile(r"(?:^|(?<=\s))>>+(?=[\s\w“‘\"']|$)")
"""Another speaker begins, in captions of broadcasters and of YouTube."""

# Labels of pyannote, which WhisperX uses: SPEAKER_00.
_NUMBERED = re.compile(r"^SPEAKER[ _]?[0-9]+$", re.IGNORECASE)


@dataclass(frozen=True)
class _SplitCaption:
    """A block with its lines in pieces."""

    block: CaptionBlock
    lines: tuple[tuple[CueText, ...], ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(" ".join("".join(span.text for span in line).split()) for line in self.lines)


def words_from_captions(text: str, *, as_vtt: bool) -> SourceTranscript:
    """Return the words of a WebVTT or SubRip file. Raises BadInput where it has no caption."""
    blocks, faults = parse_blocks(text, vtt=as_vtt)
    has_header = as_vtt and is_header(text.split("\n", 1)[0])
    if not blocks and not has_header:
        raise BadInput("No captions with times were found.", "Check which file it is.")
    if as_vtt and not has_header:
        faults.insert(0, Fault(1, "a WebVTT file begins with WEBVTT, and this one does not."))
    notes: list[str] = []
    captions = _without_repeats([_caption(block, as_vtt=as_vtt) for block in blocks], notes)
    passages = [passage for caption in captions for passage in _by_voice(caption)]
    faults += [
        Fault(block.line, "a caption ends before it begins; its words were put at its beginning.")
        for block in blocks
        if block.end < block.start
    ]
    named = _number_voices(_take_labels(passages), notes)
    return SourceTranscript(VTT if as_vtt else SRT, named, faults, notes)


def _caption(block: CaptionBlock, *, as_vtt: bool) -> _SplitCaption:
    if as_vtt:
        spans = vtt.cue_texts(block.lines)
    else:
        bare = (srt.strip_tags(line) for line in block.lines)
        spans = [
            CueText(number, line, "", None) for number, line in enumerate(bare) if line.strip()
        ]
    return _SplitCaption(
        block, tuple(tuple(line) for _, line in groupby(spans, lambda span: span.line))
    )


def _without_repeats(captions: list[_SplitCaption], notes: list[str]) -> list[_SplitCaption]:
    """Take away the lines that are shown again, in a file whose lines roll."""
    repeats = [_repeated(before, here) for before, here in pairwise(captions)]
    # People do say the same twice: only a file full of it rolls.
    if sum(count > 0 for count in repeats) < max(2, _MIN_ROLLING * len(captions)):
        return captions
    notes.append(
        f"Lines roll, as YouTube’s do: {sum(repeats)} that are shown again were taken once."
    )
    return captions[:1] + [
        replace(caption, lines=caption.lines[count:])
        for caption, count in zip(captions[1:], repeats, strict=True)
    ]


def _repeated(before: _SplitCaption, here: _SplitCaption) -> int:
    """Count the first lines that are the last of the cue before. Timed words are always new."""
    old, new = before.texts, here.texts
    first_timed = next(
        (
            number
            for number, line in enumerate(here.lines)
            if any(span.at is not None for span in line)
        ),
        len(new),
    )
    # The most lines first, or a part would be taken for all that is repeated.
    for count in range(min(len(old), first_timed), 0, -1):
        if old[-count:] == new[:count]:
            return count
    return 0


def _by_voice(caption: _SplitCaption) -> list[SourcePassage]:
    """Return a passage for each voice; they share the cue's time by their length."""
    block = caption.block
    turns = list(_turns_in(caption))
    voices = [
        (voice, [span for _, span in part], number)
        for (voice, number), part in groupby(turns, lambda turn: (turn[1].voice, turn[0]))
    ]
    lengths = [sum(len(span.text) for span in part) for _, part, _ in voices]
    start, length = block.start, max(block.end - block.start, 0)
    passages = []
    done = 0
    for (voice, part, number), chars in zip(voices, lengths, strict=True):
        begin = start + length * done // max(sum(lengths), 1)
        done += chars
        end = start + length * done // max(sum(lengths), 1)
        words = _words(part)
        if words:
            passages.append(SourcePassage(begin, end, words, voice, block.line, number > 0))
    return passages


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
        texts = span.text.split()
        words += [
            SourceWord(text, span.at if number == 0 else None) for number, text in enumerate(texts)
        ]
    return tuple(words)


def _take_labels(passages: list[SourcePassage]) -> list[SourcePassage]:
    """Take speakers from labels such as `Ruth Smith: …`, where the file uses them.

    A label counts if it looks like a name and comes twice, or in half of the cues, so that “He
    said: no” stays what was said. It holds until the next one.
    """
    labels = [None if passage.speaker else _label(passage) for passage in passages]
    counts = Counter(label[0] for label in labels if label)
    is_usual = 2 * sum(counts.values()) >= len(passages)
    speaker = ""
    result = []
    for passage, label in zip(passages, labels, strict=True):
        if label and (counts[label[0]] > 1 or is_usual or _NUMBERED.match(label[0])):
            speaker, length = label
            passage = replace(passage, words=passage.words[length:])
        result.append(replace(passage, speaker=passage.speaker or speaker))
    return [passage for passage in result if passage.words]


def _label(passage: SourcePassage) -> tuple[str, int] | None:
    """Return a passage's label and the number of words that it takes, or None."""
    label = _LABEL.match(" ".join(word.text for word in passage.words[:_MAX_LABEL_WORDS]) + " ")
    if label is None:
        return None
    name = " ".join((label[1] or label[2]).split())
    if not label[1] and not _NAME.match(name):
        return None
    return name, len(label[0].split())
