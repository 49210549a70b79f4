"""Align an editor's text with the words recognised, and refuse a text that does not fit them.

Refused are a text of another story, a paragraph that was moved, and words that nobody had time to
say. Every refusal names its line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from library.core.counting import counted
from library.core.errors import BadInput
from library.core.timecode import padded_clock
from transcribe.editing.text_places import CopyRefused, Place
from transcribe.editing.transcript_markdown import CopyParagraph, EditorsCopy
from transcribe.words import Transcript, Word, normalised

MIN_WORD_MS = 60
"""No one speaks a word faster."""
_LONG_RUN = 12  # words added at once that must find room in the recording
_MIN_MOVED_WORDS = 4  # shorter paragraphs are common phrases, said at many places
_SLACK_WORDS = 3  # about a paragraph's own place, as alignment may be off by a few words
_MIN_SHARED_WORDS = 0.4  # of the text's words, that the recording must have
_MIN_KNOWN_WORDS = 8  # in a text, before that share says anything
_SAME_PLACE_SCORE = 85.0  # likeness (0 to 100) from which a paragraph is what was said there


class AlignedBlock(NamedTuple):
    """Tokens `old_start`…`old_end` of one text, and those of another that stand in their place."""

    is_same: bool
    old_start: int
    old_end: int
    new_start: int
    new_end: int


def align(old: Sequence[str], new: Sequence[str]) -> list[AlignedBlock]:
    """Return alternating blocks of same and changed tokens that cover both texts."""
    blocks: list[AlignedBlock] = []
    # Its own three kinds of change are one here: words replaced, added or gone.
    for step in Levenshtein.opcodes(old, new):
        block = AlignedBlock(
            step.tag == "equal", step.src_start, step.src_end, step.dest_start, step.dest_end
        )
        if blocks and not block.is_same and not blocks[-1].is_same:
            before = blocks.pop()
            block = block._replace(old_start=before.old_start, new_start=before.new_start)
        blocks.append(block)
    return blocks


def other_story_refusals(copy: EditorsCopy, transcript: Transcript) -> Iterator[CopyRefused]:
    """Yield the refusal of a copy whose heading names another story."""
    if copy.story and copy.story != transcript.story:
        yield CopyRefused(
            1,
            f"this is the editor’s copy of {copy.story}, not of {transcript.story}.",
            f"Apply it with: carer-stories edit {copy.story} --apply FILE",
        )


def alignment_refusals(
    transcript: Transcript, paragraphs: Sequence[CopyParagraph], blocks: Sequence[AlignedBlock]
) -> Iterator[BadInput]:
    """Yield the refusals of a text that does not fit what was recognised, the plainest first."""
    yield from _other_words_refusals(transcript, paragraphs, blocks)
    yield from _moved_refusals(transcript, paragraphs, blocks)
    yield from _room_refusals(transcript, paragraphs, blocks)


def _other_words_refusals(
    transcript: Transcript, paragraphs: Sequence[CopyParagraph], blocks: Sequence[AlignedBlock]
) -> Iterator[BadInput]:
    """Yield a refusal where hardly a word of the text was recognised, or none is left uncut."""
    words = [word for paragraph in paragraphs for word in paragraph.words]
    # An emptied file is a slip; taking a story back has a command of its own.
    if transcript.words and all(word.is_cut for word in words):
        yield BadInput(
            "There are no words left in the text. Nothing was changed.",
            "Put back what is to be told. To take the whole story back: "
            f"carer-stories withdraw {transcript.story}",
        )
    shared = sum(block.new_end - block.new_start for block in blocks if block.is_same)
    is_foreign = len(words) >= _MIN_KNOWN_WORDS and shared < _MIN_SHARED_WORDS * len(words)
    if transcript.words and is_foreign:
        yield BadInput(
            f"This text does not fit {transcript.story}: the recording has only "
            f"{shared} of its {counted(len(words), 'word')}.",
            "Check that it is this story’s copy. If recognition was that poor, "
            "transcribe again with a larger model.",
        )


def _moved_refusals(
    transcript: Transcript, paragraphs: Sequence[CopyParagraph], blocks: Sequence[AlignedBlock]
) -> Iterator[CopyRefused]:
    """Yield a refusal of each paragraph that was said elsewhere."""
    literal = transcript.words
    is_matched = [False] * sum(len(paragraph.tokens) for paragraph in paragraphs)
    for block in blocks:
        if block.is_same:
            is_matched[block.new_start : block.new_end] = [True] * (block.new_end - block.new_start)
    missing = [
        [normalised(word.text) for word in literal[block.old_start : block.old_end]]
        for block in blocks
        if not block.is_same and block.old_end > block.old_start
    ]
    first = 0
    for paragraph in paragraphs:
        last = first + len(paragraph.tokens)
        # Half its words in place: then it stands where it was said.
        is_changed = sum(is_matched[first:last]) * 2 < last - first
        if last - first >= _MIN_MOVED_WORDS and is_changed:
            here = _replaced_words(literal, blocks, first, last)
            if _is_moved(paragraph, here, missing):
                yield CopyRefused(
                    paragraph.line,
                    f"the paragraph “{_beginning(paragraph)}” was said at another place in the "
                    "recording. Nothing was changed.",
                    "Put it back where it was: the film cannot follow the text in another order.",
                    place=paragraph.place,
                )
        first = last


def _replaced_words(
    literal: Sequence[Word], blocks: Sequence[AlignedBlock], first: int, last: int
) -> list[str]:
    """Return what was recognised where tokens `first`…`last` now stand, and a few words about."""
    tokens: list[str] = []
    for block in blocks:
        if block.new_start >= last or block.new_end <= first:
            continue
        length = block.new_end - block.new_start
        rate = (block.old_end - block.old_start) / max(length, 1)
        into = max(first, block.new_start) - block.new_start
        until = min(last, block.new_end) - block.new_start
        start = block.old_start + int(into * rate) - _SLACK_WORDS
        end = block.old_start + int(until * rate) + _SLACK_WORDS
        here = literal[max(block.old_start, start) : min(block.old_end, end)]
        tokens += [normalised(word.text) for word in here]
    return tokens


def _is_moved(paragraph: CopyParagraph, here: list[str], missing: list[list[str]]) -> bool:
    """Return True where the paragraph is like words that are missing from another place."""
    text = " ".join(map(normalised, paragraph.tokens))
    if fuzz.partial_ratio(text, " ".join(here)) >= _SAME_PLACE_SCORE:
        return False  # a correction of what was heard at this place
    return any(
        len(run) >= _MIN_MOVED_WORDS
        and fuzz.partial_ratio(text, " ".join(run)) >= _SAME_PLACE_SCORE
        for run in missing
    )


def _room_refusals(
    transcript: Transcript, paragraphs: Sequence[CopyParagraph], blocks: Sequence[AlignedBlock]
) -> Iterator[CopyRefused]:
    """Yield a refusal of each long run of words in a time too short to say them."""
    literal = transcript.words
    for block in blocks:
        count = block.new_end - block.new_start
        if block.is_same or count < _LONG_RUN or not literal:
            continue
        start = literal[block.old_start - 1].start if block.old_start else 0
        is_last = block.old_end == len(literal)
        end = transcript.duration if is_last else literal[block.old_end].end
        if end - start < MIN_WORD_MS * count:
            paragraph = _paragraph_of(paragraphs, block.new_start)
            yield CopyRefused(
                paragraph.line,
                f"{counted(count, 'word')} at [{padded_clock(start)}] that nobody had time to "
                f"say: there is room for {(end - start) / 1000:.1f} s. Nothing was changed.",
                "If they were said elsewhere, put them there.",
                place=_place_of_words(paragraphs, block.new_start, block.new_end),
            )


def _place_of_words(paragraphs: Sequence[CopyParagraph], first: int, last: int) -> Place | None:
    words = [word for paragraph in paragraphs for word in paragraph.words][first:last]
    places = [word.place for word in words if word.place is not None]
    return Place(places[0].start, places[-1].end) if places else None


def _paragraph_of(paragraphs: Sequence[CopyParagraph], token: int) -> CopyParagraph:
    count = 0
    for paragraph in paragraphs:
        count += len(paragraph.tokens)
        if token < count:
            return paragraph
    return paragraphs[-1]


def _beginning(paragraph: CopyParagraph) -> str:
    """Return the first words, for a message, without any that are cut or redacted."""
    # Messages may be read over a shoulder, or kept in a log.
    beginning = " ".join(word.text if word.is_kept else "…" for word in paragraph.words[:6])
    return f"{beginning} …" if len(paragraph.words) > 6 else beginning
