"""Every problem of an editor's copy at once, and what can be read of it all the same.

`edit` refuses a text at its first problem. Whoever writes it in the desk sees them all: each that
is found is mended for the eye alone, and the text is read again by the same rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from capture.questions.question_set import QuestionSet
from library.core.errors import BadInput
from transcribe.editing.alignment import alignment_refusals, other_story_refusals
from transcribe.editing.apply_edits import (
    AlignedCopy,
    AppliedEdit,
    align_words,
    aligned_copy,
    apply_aligned,
)
from transcribe.editing.recording_sound import RecordingSound
from transcribe.editing.speaker_turns import Speakers
from transcribe.editing.text_places import CopyRefused, Repair
from transcribe.editing.transcript_markdown import parse_copy
from transcribe.words import Transcript

_MAX_PROBLEMS = 50
"""A text with more is none that an editor wrote; each costs a reading."""


@dataclass(frozen=True)
class ReadCopy:
    """A copy that was read and applied as far as it can be."""

    refusals: tuple[BadInput, ...]
    """Problems for which `edit` refuses the text, in the order in which it would name them."""
    aligned: AlignedCopy | None = None
    applied: AppliedEdit | None = None
    """Both None where nothing can be read of it."""


def read_with_problems(
    transcript: Transcript,
    transcript_sha256: str,
    text: str,
    questions: QuestionSet,
    speakers: Speakers,
    sound: RecordingSound | None = None,
) -> ReadCopy:
    """Read a copy and apply it as `apply_copy` does, and go on after what that refuses."""
    heard = [word.text for word in transcript.words]
    of_reading: list[BadInput] = []
    of_applying: list[BadInput] = []
    while len(of_reading) + len(of_applying) < _MAX_PROBLEMS:
        refusals = of_reading
        try:
            copy = parse_copy(text, questions, speakers, heard)
            blocks = align_words(transcript, copy)
            aligned = aligned_copy(transcript, copy, blocks, sound)
            refusals = of_applying
            applied = apply_aligned(transcript, transcript_sha256, aligned, questions, sound)
        except BadInput as refused:
            refusals.append(refused)
            repairs = refused.repairs if isinstance(refused, CopyRefused) else ()
            mended = repaired(text, repairs)
            if mended == text:
                break
            text = mended
        else:
            # The plainest reason is given first, as `edit` does.
            of_aligning = [
                *other_story_refusals(copy, transcript),
                *alignment_refusals(transcript, copy.paragraphs, blocks),
            ]
            return ReadCopy((*of_reading, *of_aligning, *of_applying), aligned, applied)
    return ReadCopy((*of_reading, *of_applying))


def repaired(text: str, repairs: Sequence[Repair]) -> str:
    """Return a text as long, with repairs made; line ends stay."""
    for (start, end), instead in repairs:
        replaced = text[start:end]
        mended = (old if old in "\r\n" else new for old, new in zip(replaced, instead, strict=True))
        text = f"{text[:start]}{''.join(mended)}{text[end:]}"
    return text
