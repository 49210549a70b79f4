"""Captions as a source of words: Zoom's and Teams' speakers, YouTube's rolling lines.

A line that YouTube shows a second time, above the next one, is taken once. Times inside a cue are
its words' own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from library.core.errors import BadInput
from transcribe.formats import srt, vtt
from transcribe.formats.blocks import CaptionBlock, is_header, parse_blocks
from transcribe.formats.source_file import Fault, SourcePassage, SourceTranscript, SourceWord
from transcribe.formats.vtt import CueText

VTT, SRT = "WebVTT", "SubRip"
_ROLLING = 0.3
"""From this share of cues that begin with a line of the one before, lines roll."""
_LABEL = re.compile(r"^\s*(?:\[([^\]:]{1,40})\]|([^:\[\]<>.!?]{1,40})):(?:\s+|$)")
_NAME = re.compile(
    r"^(?:[A-Z0-9À-ÞА-Я(][^\s]*)(?: (?:[A-Z0-9À-ÞА-Я(&][^\s]*|de|van|von|der|of)){0,4}$"
)

_NUMBERED = re.compile(r"^SPEAKER[ _]?[0-9]+$", re.IGNORECASE)


@dataclass(frozen=True)
class _Caption:
    """A block with its lines in pieces."""

    block: CaptionBlock
    lines: tuple[tuple[CueText, ...], ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(" ".join("".join(span.text for span in line).split()) for line in self.lines)


def words_from_captions(text: str, *, as_vtt: bool) -> SourceTranscript:
    """The words of a WebVTT or SubRip file. Raises BadInput where there is no caption in it."""
    blocks, faults = parse_blocks(text, vtt=as_vtt)
    headed = as_vtt and is_header(text.split("\n", 1)[0])
    if not blocks and not headed:
        raise BadInput("No captions with times were found.", "Check which file it is.")
    if as_vtt and not headed:
        faults.insert(0, Fault(1, "a WebVTT file begins with WEBVTT, and this one does not."))
    notes: list[str] = []
    captions = _unrolled([_caption(block, as_vtt=as_vtt) for block in blocks], notes)
    said = [one for caption in captions for one in _voices(caption)]
    faults += [
        Fault(block.line, "a caption ends before it begins; its words were put at its beginning.")
        for block in blocks
        if block.end < block.start
    ]
    return SourceTranscript(VTT if as_vtt else SRT, _labelled(said), faults, notes)


def _caption(block: CaptionBlock, *, as_vtt: bool) -> _Caption:
    if as_vtt:
        spans = vtt.cue_texts(block.lines)
    else:
        bare = (srt.strip_tags(line) for line in block.lines)
        spans = [CueText(n, line, "", None) for n, line in enumerate(bare) if line.strip()]
    return _Caption(block, tuple(tuple(line) for _, line in groupby(spans, lambda s: s.line)))


def _unrolled(captions: list[_Caption], notes: list[str]) -> list[_Caption]:
    """Without the lines that are shown again, in a file whose lines roll."""
    again = [_repeated(before, here) for before, here in pairwise(captions)]
    if sum(count > 0 for count in again) < max(2, _ROLLING * len(captions)):
        return captions
    notes.append(f"Lines roll, as YouTube’s do: {sum(again)} that are shown again were taken once.")
    return captions[:1] + [
        replace(caption, lines=caption.lines[count:])
        for caption, count in zip(captions[1:], again, strict=True)
    ]


def _repeated(before: _Caption, here: _Caption) -> int:
    """How many of the first lines are the last of the cue before. Timed words are always new."""
    old, new = before.texts, here.texts
    timed = next(
        (n for n, line in enumerate(here.lines) if any(span.at is not None for span in line)),
        len(new),
    )
    for count in range(min(len(old), timed), 0, -1):
        if old[-count:] == new[:count]:
            return count
    return 0


def _voices(caption: _Caption) -> list[SourcePassage]:
    """One passage a voice; the cue's time is shared among them by their length."""
    block = caption.block
    spans = [span for line in caption.lines for span in line]
    voices = [(voice, list(part)) for voice, part in groupby(spans, lambda span: span.voice)]
    lengths = [sum(len(span.text) for span in part) for _, part in voices]
    start, length = block.start, max(block.end - block.start, 0)
    said = []
    done = 0
    for (voice, part), chars in zip(voices, lengths, strict=True):
        begin = start + length * done // max(sum(lengths), 1)
        done += chars
        end = start + length * done // max(sum(lengths), 1)
        words = _words(part)
        if words:
            said.append(SourcePassage(begin, end, words, voice, block.line))
    return said


def _words(spans: Sequence[CueText]) -> tuple[SourceWord, ...]:
    """The words of one voice. YouTube's marks for a change of speaker are no words."""
    words: list[SourceWord] = []
    for span in spans:
        texts = [text for text in span.text.split() if text != ">>"]
        words += [SourceWord(text, span.at if n == 0 else None) for n, text in enumerate(texts)]
    return tuple(words)


def _labelled(said: list[SourcePassage]) -> list[SourcePassage]:
    """Speakers from labels such as `Ruth Smith: …`, where the file uses them.

    A label counts if it looks like a name and comes twice, or in half of the cues, so that “He
    said: no” stays what was said. It holds until the next one.
    """
    labels = [None if one.speaker else _label(one) for one in said]
    counts = Counter(label[0] for label in labels if label)
    many = 2 * sum(counts.values()) >= len(said)
    speaker = ""
    result = []
    for one, label in zip(said, labels, strict=True):
        if label and (counts[label[0]] > 1 or many or _NUMBERED.match(label[0])):
            speaker, length = label
            one = replace(one, words=one.words[length:])
        result.append(replace(one, speaker=one.speaker or speaker))
    return [one for one in result if one.words]


def _label(one: SourcePassage) -> tuple[str, int] | None:
    """(name, how many words it takes), or None."""
    found = _LABEL.match(" ".join(word.text for word in one.words[:8]) + " ")
    if found is None:
        return None
    name = " ".join((found[1] or found[2]).split())
    if not found[1] and not _NAME.match(name):
        return None
    return name, len(found[0].split())
