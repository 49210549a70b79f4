"""Align an editor's text with the words recognised, and refuse a text that does not fit them.

Refused are a text of another story, a paragraph that was moved, and words that nobody had time to
say. Every refusal names its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from library.core.errors import BadInput
from library.core.timecode import padded_clock
from transcribe.editing.transcript_markdown import CopyParagraph, EditorsCopy
from transcribe.words import Transcript, Word, normalised


class AlignedBlock(NamedTuple):
    """Literal words `a`…`b` stand against the text's tokens `c`…`d`."""

    is_same: bool
    old_start: int
    old_end: int
    new_start: int
    new_end: int


def align(literal: Sequence[str], edited: Sequence[str]) -> list[AlignedBlock]:
    """Alternating runs of same and changed words that cover both sides."""
    from rapidfuzz.distance import Levenshtein

    blocks: list[AlignedBlock] = []
    for step in Levenshtein.opcodes(literal, edited):
        same = step.tag == "equal"
        block = AlignedBlock(same, step.src_start, step.src_end, step.dest_start, step.dest_end)
        if blocks and not same and not blocks[-1].is_same:
            before = blocks.pop()
            block = AlignedBlock(
                False, before.old_start, block.old_end, before.new_start, block.new_end
            )
        blocks.append(block)
    return blocks


MIN_WORD_MS = 60
"""A word: no one speaks faster."""
_LONG_RUN = 12  # words added at once that must find room
_MOVED_LEAST = 4  # words: shorter paragraphs are common phrases
_SLACK = 3  # words
_FOREIGN = 0.4  # of the text's words found in the recording
_SAME_PLACE = 85.0


def require_same_story(copy: EditorsCopy, transcript: Transcript) -> None:
    """Raises BadInput where the copy's heading names another story."""
    if copy.story and copy.story != transcript.story:
        raise BadInput(
            f"Line 1: this is the editor’s copy of {copy.story}, not of {transcript.story}.",
            f"Apply it with: carer-stories edit {copy.story} --apply FILE",
        )


def require_same_words(
    transcript: Transcript, paragraphs: Sequence[CopyParagraph], blocks: Sequence[AlignedBlock]
) -> None:
    """Raises BadInput where hardly a word of the text was heard, or none is left."""
    tokens = [word for paragraph in paragraphs for word in paragraph.words]
    if transcript.words and all(word.is_cut for word in tokens):
        raise BadInput(
            "There are no words left in the text.",
            "Nothing was changed. To take a whole story back, use: carer-stories withdraw",
        )
    found = sum(block.new_end - block.new_start for block in blocks if block.is_same)
    if transcript.words and len(tokens) >= 8 and found < _FOREIGN * len(tokens):
        raise BadInput(
            f"This text does not fit {transcript.story}: only {found} of its {len(tokens)} words "
            "were heard in the recording.",
            "Check that it is this story’s copy. If recognition was that poor, "
            "transcribe again with a larger model.",
        )


def require_in_place(
    literal: Sequence[Word], paragraphs: Sequence[CopyParagraph], blocks: Sequence[AlignedBlock]
) -> None:
    """Refuse paragraphs whose words were said elsewhere, or that nobody had time to say."""
    matched = [False] * sum(len(paragraph.tokens) for paragraph in paragraphs)
    for block in blocks:
        if block.is_same:
            matched[block.new_start : block.new_end] = [True] * (block.new_end - block.new_start)
    lost = [
        [normalised(word.text) for word in literal[block.old_start : block.old_end]]
        for block in blocks
        if not block.is_same and block.old_end > block.old_start
    ]
    at = 0
    for paragraph in paragraphs:
        count = len(paragraph.tokens)
        if count >= _MOVED_LEAST and sum(matched[at : at + count]) * 2 < count:
            here = _replaced_here(literal, blocks, at, at + count)
            _refuse_moved(paragraph, here, lost)
        at += count
    _require_room(literal, paragraphs, blocks)


def _replaced_here(
    literal: Sequence[Word], blocks: Sequence[AlignedBlock], first: int, last: int
) -> list[str]:
    """What was recognised where tokens `first`…`last` now stand, give or take a few words."""
    heard: list[str] = []
    for a, b, c, d in (
        block[1:] for block in blocks if block.new_start < last and block.new_end > first
    ):
        rate = (b - a) / max(d - c, 1)
        start = a + int((max(first, c) - c) * rate) - _SLACK
        end = a + int((min(last, d) - c) * rate) + _SLACK
        heard += [normalised(word.text) for word in literal[max(a, start) : min(b, end)]]
    return heard


def _refuse_moved(paragraph: CopyParagraph, here: list[str], lost: list[list[str]]) -> None:
    from rapidfuzz import fuzz

    said = " ".join(map(normalised, paragraph.tokens))
    if fuzz.partial_ratio(said, " ".join(here)) >= _SAME_PLACE:
        return  # a correction of what was heard at this place
    for run in lost:
        away = " ".join(run)
        if len(run) >= _MOVED_LEAST and fuzz.partial_ratio(said, away) >= _SAME_PLACE:
            raise BadInput(
                f"Line {paragraph.line}: the paragraph “{_beginning(paragraph)}” was said at "
                "another place in the recording.",
                "Nothing was changed. Put it back where it was: the film cannot follow the text "
                "in another order.",
            )


def _require_room(
    literal: Sequence[Word], paragraphs: Sequence[CopyParagraph], blocks: Sequence[AlignedBlock]
) -> None:
    for block in blocks:
        added = block.new_end - block.new_start
        if block.is_same or added < _LONG_RUN or not literal:
            continue
        start = literal[block.old_start - 1].start if block.old_start else 0
        end = literal[block.old_end].end if block.old_end < len(literal) else None
        if end is not None and end - start < MIN_WORD_MS * added:
            paragraph = _paragraph_of(paragraphs, block.new_start)
            raise BadInput(
                f"Line {paragraph.line}: {added} words stand here at [{padded_clock(start)}] that "
                f"nobody had time to say: there is room for {(end - start) / 1000:.1f} s.",
                "Nothing was changed. If they were said elsewhere, put them there.",
            )


def _paragraph_of(paragraphs: Sequence[CopyParagraph], token: int) -> CopyParagraph:
    count = 0
    for paragraph in paragraphs:
        count += len(paragraph.tokens)
        if token < count:
            return paragraph
    return paragraphs[-1]


def _beginning(paragraph: CopyParagraph) -> str:
    """The first words, for a message: never any that are cut or redacted."""
    shown = " ".join(word.text if word.is_kept else "…" for word in paragraph.words[:6])
    return f"{shown} …" if len(paragraph.words) > 6 else shown
