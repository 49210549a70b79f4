"""Check captions against the rules that broadcasters check theirs by.

This works on any cues, ours or others'. How far a cue begins from its first word is checked where
that word's time is known.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from library.core.seen_characters import seen_length
from library.core.timecode import clock
from transcribe.captions import line_breaks
from transcribe.cue import (
    CHAINED_GAP_MS,
    MAX_CPS,
    MAX_CUE_MS,
    MAX_LINE_CHARS,
    MAX_LINES,
    MAX_START_ERROR_MS,
    MIN_CUE_MS,
    MIN_GAP_MS,
    Cue,
)
from transcribe.formats.caption_files import read_captions
from transcribe.words import is_sentence_end, stands_close


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.2f}".rstrip("0").rstrip(".") + " seconds"


class Rule(enum.Enum):
    """A rule: code, level, percentage of cues that may break it, and what such a cue does."""

    LINE_LENGTH = ("line", "error", 0.0, f"a line over {MAX_LINE_CHARS} characters")
    LINE_COUNT = ("lines", "error", 0.0, f"more than {MAX_LINES} lines")
    EMPTY = ("empty", "error", 0.0, "no words")
    ORDER = ("order", "error", 0.0, "does not end after it begins")
    GAP = (
        "gap",
        "error",
        0.0,
        f"ends less than {_seconds(MIN_GAP_MS)} before the next begins, or overlaps it",
    )
    SYNC = (
        "sync",
        "error",
        0.0,
        f"begins {_seconds(MAX_START_ERROR_MS)} or more before or after its first word",
    )
    CHAIN = (
        "chain",
        "warning",
        0.0,
        f"ends less than {_seconds(CHAINED_GAP_MS)} before the next begins: it flickers",
    )
    SPEED = ("speed", "warning", 2.0, f"too fast to read: over {MAX_CPS:.0f} characters a second")
    DURATION = (
        "duration",
        "warning",
        1.0,
        f"shown for less than {_seconds(MIN_CUE_MS)} or more than {_seconds(MAX_CUE_MS)}",
    )
    TRAILING_FUNCTION_WORD = ("function", "warning", 1.0, "ends in the middle of a phrase")
    ORPHAN = ("orphan", "warning", 1.0, "one word by itself that is no sentence")

    def __init__(self, code: str, level: str, tolerance: float, meaning: str) -> None:
        self.code = code
        self.level = level
        self.tolerance = tolerance
        self.meaning = meaning


@dataclass(frozen=True)
class CaptionFinding:
    """A rule that a cue breaks."""

    rule: Rule
    cue_number: int
    """Counted from 1."""
    at: int
    """Milliseconds at which the cue begins."""
    text: str
    measured: str = ""

    @property
    def is_error(self) -> bool:
        return self.rule.level == "error"

    @property
    def sentence(self) -> str:
        measured = f" ({self.measured})" if self.measured else ""
        at = clock(self.at, tenths=True)
        return f"Caption {self.cue_number} at {at}: {self.rule.meaning}{measured}."


@dataclass(frozen=True)
class RuleCount:
    """A rule with the number and share of the cues that break it."""

    rule: Rule
    count: int
    percent: float

    @property
    def is_within_tolerance(self) -> bool:
        return (
            self.count == 0 if self.rule.level == "error" else self.percent <= self.rule.tolerance
        )


def lint_cues(cues: Sequence[Cue]) -> list[CaptionFinding]:
    """Return every breach of a rule, in the order of the cues. Pure."""
    findings: list[CaptionFinding] = []
    for number, cue in enumerate(cues, start=1):
        before = cues[number - 2] if number > 1 else None
        for rule, measured in _breaches(cue, before):
            findings.append(CaptionFinding(rule, number, cue.start, cue.text, measured))
        if number < len(cues):
            for rule, measured in _gap_breaches(cue, cues[number]):
                findings.append(CaptionFinding(rule, number, cue.start, cue.text, measured))
    return findings


def lint_file(path: Path) -> list[CaptionFinding]:
    """Return the findings of a VTT or SRT file. Raises NotFound, or BadInput for another file."""
    return lint_cues(read_captions(path))


def count_by_rule(cues: Sequence[Cue], findings: Sequence[CaptionFinding]) -> list[RuleCount]:
    """Return every rule with the number of cues that break it, and their share in percent."""
    counts = Counter(finding.rule for finding in findings)
    return [
        RuleCount(rule, counts[rule], round(100 * counts[rule] / max(len(cues), 1), 2))
        for rule in Rule
    ]


def _breaches(cue: Cue, before: Cue | None) -> Iterator[tuple[Rule, str]]:
    longest = max(map(seen_length, cue.lines), default=0)
    if not cue.text.strip():
        yield Rule.EMPTY, ""
    if longest > MAX_LINE_CHARS:
        yield Rule.LINE_LENGTH, f"{longest} characters"
    if len(cue.lines) > MAX_LINES:
        yield Rule.LINE_COUNT, f"it has {len(cue.lines)}"
    length = cue.end - cue.start
    if length <= 0:
        yield Rule.ORDER, ""
    elif not MIN_CUE_MS <= length <= MAX_CUE_MS:
        yield Rule.DURATION, _seconds(length)
    if (
        cue.first_word_start is not None
        and abs(cue.start - cue.first_word_start) > MAX_START_ERROR_MS
    ):
        yield Rule.SYNC, _seconds(abs(cue.start - cue.first_word_start))
    if cue.cps > MAX_CPS:
        yield Rule.SPEED, f"{cue.cps:.1f} a second"
    if line_breaks.has_trailing_function_word(cue.text):
        yield Rule.TRAILING_FUNCTION_WORD, f"“{cue.text.split()[-1]}”"
    if len(cue.text.split()) == 1 and not _stands_alone(cue, before):
        yield Rule.ORPHAN, f"“{cue.text}”"


def _stands_alone(cue: Cue, before: Cue | None) -> bool:
    """Return True if a cue of one word is a sentence that begins and ends with it."""
    if stands_close(cue.text, cue.text):
        return True  # of a script without spaces: it may be many words
    opens = before is None or is_sentence_end(before.text) or before.speaker != cue.speaker
    return opens and is_sentence_end(cue.text)


def _gap_breaches(cue: Cue, following: Cue) -> Iterator[tuple[Rule, str]]:
    gap = following.start - cue.end
    if gap < MIN_GAP_MS:
        yield Rule.GAP, "they overlap" if gap < 0 else _seconds(gap)
    elif MIN_GAP_MS < gap < CHAINED_GAP_MS:
        yield Rule.CHAIN, _seconds(gap)
