"""Records of a transcript, literal and edited, and the rules by which its words are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from library.core import struct_file
from library.core.errors import NotFound

DEMO_MODEL = "demo"
"""The name of the demonstration's own small model."""
CHECKED_WITH = "checked_with"
"""Option of a transcript that names the second model which listened."""
LEVEL_FRAME_MS = 10
"""Milliseconds for which each level of a recording stands, where levels and words are compared."""


class Word(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word as recognised, with its punctuation, in milliseconds on the media clock."""

    text: str
    start: int
    end: int
    probability: float = 1.0
    earlier: int | msgspec.UnsetType = msgspec.UNSET
    """By how many milliseconds earlier the engine had it begin than it is found in the sound.

    Set with `later` where the two are far apart: which of them is right is not known."""
    later: int | msgspec.UnsetType = msgspec.UNSET
    """By how many milliseconds later the engine had it end."""

    @property
    def said_within(self) -> Span:
        """The span that holds the word by the sound and by the engine."""
        return Span(start=self.start - (self.earlier or 0), end=self.end + (self.later or 0))

    @property
    def middle(self) -> int:
        return (self.start + self.end) // 2


class Segment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of words with the engine's own figures, by which doubtful output is recognised."""

    first: int
    """Index of its first word in the transcript."""
    last: int
    """Index one past its last word."""
    start: int
    end: int
    compression_ratio: float
    no_speech_probability: float
    average_logprob: float
    speaker: str = ""
    """Number of its voice (`1`, `2`), where voices are told apart: never a name."""


class Span(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stretch of the recording, in milliseconds on its clock."""

    start: int
    end: int


class OtherHearing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words that a second model heard otherwise."""

    first: int
    """Number of the first of the words, in the transcript."""
    last: int
    """Number after the last of them."""
    text: str
    """Words that the other model heard there; empty where it heard none."""


IMPORTED = "imported"
"""Stands for the engine where another tool's transcript was brought in."""


WORD_TIMES, ALIGNED = "word_times", "aligned"
"""Option of a transcript, and its value where each word was looked for in the sound.

Transcripts of version 0.1.0 lack it: their words have the times that the engine gave them.
"""


VOICES = "voices"
"""Option of a transcript that says by what its voices were told apart, if they were."""
BY_FILES, BY_SIDES, BY_SOUND = "files", "sides", "sound"
"""By a sound file for each speaker, by the sides of a stereo recording, or by how they sound."""


class Transcript(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`transcript.json`: the literal transcript, never altered after it is written."""

    schema: int = 1
    story: str
    engine: str
    model: str
    """The model's name, or `demo` for the demonstration's own checkpoint: never a path.

    The name of the format where the words were imported.
    """
    model_sha256: str
    options: dict[str, str | int | float | bool | None]
    audio_sha256: str
    duration: int
    words: tuple[Word, ...]
    segments: tuple[Segment, ...] = ()
    quiet: tuple[int, ...] = ()
    """Numbers of the words throughout which the recording is silent."""
    heard_otherwise: tuple[OtherHearing, ...] = ()
    """Words that a second model heard otherwise, in order; empty where none was asked."""
    unheard: tuple[Span, ...] = ()
    """Spans in which somebody speaks and no words were recognised: the editor is asked."""
    unsure_voices: tuple[int, ...] = ()
    """Numbers of the words with which turns begin whose voice is in doubt."""

    @property
    def is_aligned(self) -> bool:
        """Say whether each word was looked for in the sound."""
        return self.options.get(WORD_TIMES) == ALIGNED

    @property
    def is_imported(self) -> bool:
        """Say whether another tool recognised these words, so that they need closer checking."""
        return self.engine == IMPORTED


class Turn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A paragraph of the edited transcript: one speaker, under one question."""

    speaker: str
    question: str = ""
    """Id of the question it belongs to; empty before the first question."""
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


class Chapter(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A question and where its answer lies."""

    question: str
    title: str
    start: int
    end: int


class Redaction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words that must not be heard: when they are said, and what is shown. Never what is said."""

    start: int
    end: int
    shown: str


class EditedTranscript(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`edited.json`: the literal words with the editor's copy applied."""

    schema: int = 1
    story: str
    transcript_sha256: str
    """Of the `transcript.json` it was applied to."""
    duration: int
    turns: tuple[Turn, ...]
    """In the order spoken; every turn has words, and every word ends inside `duration`."""
    chapters: tuple[Chapter, ...]
    """One for each question that was asked. Turns without a question come before all of them."""
    cuts: tuple[Span, ...] = ()
    """Spans that the film leaves out: in order, apart, bordered between words. No word of `turns`
    lies in one."""
    redactions: tuple[Redaction, ...] = ()
    """Spans that the film must silence, in order."""
    reach: Literal["sound"] | msgspec.UnsetType = msgspec.UNSET
    """Rule by which redactions reach beyond their words: so far as the sound shows that they must.

    Version 0.1.0 knew another and kept no such field; without it films stay as they were signed
    off."""
    placed_borders: tuple[int, ...] | msgspec.UnsetType = msgspec.UNSET
    """Beginnings and ends of `cuts` that an editor placed: a film looks for no quieter instant.

    Absent where nobody moved one, so that records and films of such stories stay as they were."""


T = TypeVar("T", Transcript, EditedTranscript)


def read_transcript(path: Path) -> Transcript:
    """Return the transcript in `path`. Raises NotFound where there is none, Damaged, DiskFailed."""
    return _read(path, Transcript, "Nothing has been transcribed yet", "carer-stories transcribe")


def read_edited(path: Path) -> EditedTranscript:
    """Return the edited transcript in `path`.

    Raises NotFound where no editor's copy was applied yet, Damaged, and DiskFailed.
    """
    return _read(
        path, EditedTranscript, "The transcript has not been checked", "carer-stories edit"
    )


def _read(path: Path, kind: type[T], missing: str, command: str) -> T:
    return struct_file.load(
        path,
        kind,
        missing=NotFound(
            f"{missing}: there is no {path.name} in {path.parent.name}.",
            f"Run: {command} {path.parent.name}",
        ),
        next_step="Take it from a backup, or transcribe the story again with --again.",
    )


# Zero-width joiners stay: they hold some scripts' letters and emoji together.
_JOINERS = "\u200c\u200d"
_PLAIN_MARKS = str.maketrans({"‘": "'", "’": "'", "ʼ": "'", "“": '"', "”": '"', "–": "-", "—": "-"})
# Punctuation and underscores at either end; inside a word (can’t, twenty-three) they count.
_EDGE = re.compile(r"^[\W_]+|[\W_]+$")


def tokens_of(text: str) -> list[str]:
    """Return the words of `text`: split at any white space, with invisible characters removed.

    They hold no control, direction-override, surrogate or unassigned character and no white space,
    so they can stand in a text file, a caption and a terminal alike. Normalised to NFC, so that two
    spellings of one accented letter are equal.
    """
    # Nearly all words of English: the long way takes many times as long.
    if text.isascii() and text.isprintable():
        return text.split()
    visible = "".join(map(_visible, text))
    return unicodedata.normalize("NFC", visible).split()


# Han, Kana and their punctuation; Thai, Lao, Burmese and Khmer.
_NO_SPACES = re.compile(
    r"[\u3001-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff01-\uff0f\uff1a-\uff20\uff3b-\uff9f"
    r"\U00020000-\U0003ffff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"
)


def stands_close(before: str, word: str) -> bool:
    """Return True for two words that are written without a space between them."""
    if before.isascii() or word.isascii():
        return False
    return bool(_NO_SPACES.match(before[-1:]) and _NO_SPACES.match(word[:1]))


def written(words: Sequence[str]) -> str:
    """Return words as they are written: with spaces, but in scripts that have none."""
    text = "".join(words[:1])
    for before, word in pairwise(words):
        text += word if stands_close(before, word) else f" {word}"
    return text


UNSEEN_SPACE = "\u200b"
"""Parts words in scripts that have no spaces, and is not seen (zero-width space)."""
_LOOSE_UNSEEN_SPACE = re.compile(r"(?<=\w)\u200b+(?=\w)")


def without_loose_spaces(text: str) -> str:
    """Return a text in which unseen spaces stand only where words without spaces meet."""
    if UNSEEN_SPACE not in text:
        return text
    parts, at = [], 0
    for start, end in loose_spaces(text):
        parts.append(text[at:start])
        at = end
    return "".join([*parts, text[at:]])


def loose_spaces(text: str) -> Iterator[tuple[int, int]]:
    """Yield where unseen spaces stand that part no words."""
    for gap in _LOOSE_UNSEEN_SPACE.finditer(text):
        # One is enough where words without spaces meet.
        start = gap.start() + stands_close(text[gap.start() - 1], text[gap.end()])
        if start < gap.end():
            yield start, gap.end()


def as_token(text: str) -> str:
    """Return `text` as one token without white space; empty if nothing visible is left."""
    if text.isascii() and text.isprintable() and " " not in text:
        return text
    return "".join(tokens_of(text))


@lru_cache(maxsize=20_000)  # more than the different words of any interview
def normalised(text: str) -> str:
    """Return the form in which two tokens are compared: small letters, plain quotes, bare edges.

    A token of nothing but punctuation keeps it.
    """
    plain = text.casefold().translate(_PLAIN_MARKS)
    return _EDGE.sub("", plain) or plain


def is_sentence_end(text: str) -> bool:
    """Return True if a sentence ends with this token: not after `Dr.`, `e.g.` or an initial."""
    bare = text.rstrip("\"'’”)]»")
    if bare.endswith(("!", "?", "…")):
        return True
    if not bare.endswith("."):
        return False
    return bare.lower() not in ABBREVIATIONS and not _INITIAL.match(bare)


# “J.” or “J.R.”: a name goes on after it.
_INITIAL = re.compile(r"^(?:[A-Z]\.)+$")
ABBREVIATIONS = frozenset(
    f"{short}."
    for short in (
        *("dr", "mr", "mrs", "ms", "prof", "rev", "st", "sr", "jr", "hon", "capt", "sgt", "insp"),
        *("vs", "etc", "e.g", "i.e", "a.m", "p.m", "approx", "dept", "tel", "ext", "inc", "ltd"),
    )
)
"""“No.”, “Ed.” and “Co.” are not here: in speech they end sentences far more often."""


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    # Control, format, surrogate, unassigned and private characters: invisible or unsafe to print.
    category = unicodedata.category(character)
    if category in ("Cc", "Cf", "Cs", "Cn", "Co") and character not in _JOINERS:
        return ""
    return character


def divide_span(start: int, end: int, weights: list[int]) -> list[tuple[int, int]]:
    """Return the span `start`…`end` shared by weight, in whole milliseconds without gaps."""
    total = sum(weights) or 1
    bounds = [start]
    done = 0
    for weight in weights:
        # From the whole each time, so that rounding does not add up.
        done += weight
        bounds.append(start + (end - start) * done // total)
    return list(pairwise(bounds))
