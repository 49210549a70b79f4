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

from library.core.timecode import clock
from transcribe import cue as limits
from transcribe.captions import line_breaks
from transcribe.cue import Cue
from transcribe.formats.caption_files import read_captions
from transcribe.words import is_sentence_end


def _seconds(ms: int) -> str:
    return f"{ms / 1000:.2f}".rstrip("0").rstrip(".") + " seconds"


class Rule(enum.Enum):
    """A rule: its level, the share of cues that may break it (aim, in percent), its words."""

    LINE = ("error", 0.0, f"a line over {limits.MAX_LINE_CHARS} characters")
    LINES = ("error", 0.0, f"more than {limits.MAX_LINES} lines")
    EMPTY = ("error", 0.0, "no words")
    ORDER = ("error", 0.0, "ends before it begins")
    GAP = ("error", 0.0, f"less than {_seconds(limits.MIN_GAP_MS)} before the next, or over it")
    SYNC = (
        "error",
        0.0,
        f"begins {_seconds(limits.MAX_START_ERROR_MS)} or more before or after its first word",
    )
    CHAIN = (
        "warning",
        0.0,
        f"goes less than {_seconds(limits.CHAINED_GAP_MS)} before the next comes: it flickers",
    )
    SPEED = ("warning", 2.0, f"too fast to read: over {limits.MAX_CPS:.0f} characters a second")
    DURATION = (
        "warning",
        1.0,
        f"shown for less than {_seconds(limits.MIN_CUE_MS)} or more than "
        f"{_seconds(limits.MAX_CUE_MS)}",
    )
    FUNCTION = ("warning", 1.0, "ends in the middle of a phrase")
    ORPHAN = ("warning", 1.0, "one word by itself that is no sentence")

    def __init__(self, level: str, aim: float, meaning: str) -> None:
        self.level = level
        self.aim = aim
        self.meaning = meaning


@dataclass(frozen=True)
class CaptionFinding:
    """A rule that a cue breaks."""

    rule: Rule
    cue: int
    """Counted from 1."""
    at: int
    text: str
    measured: str = ""

    @property
    def is_error(self) -> bool:
        return self.rule.level == "error"

    @property
    def sentence(self) -> str:
        measured = f" ({self.measured})" if self.measured else ""
        return (
            f"Caption {self.cue} at {clock(self.at, tenths=True)}: {self.rule.meaning}{measured}."
        )


@dataclass(frozen=True)
class RuleCount:
    """A rule with the number and share of the cues that break it."""

    rule: Rule
    count: int
    percent: float

    @property
    def is_within_aim(self) -> bool:
        return self.count == 0 if self.rule.level == "error" else self.percent <= self.rule.aim


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
    longest = max((len(line) for line in cue.lines), default=0)
    if not cue.text.strip():
        yield Rule.EMPTY, ""
    if longest > limits.MAX_LINE_CHARS:
        yield Rule.LINE, f"{longest} characters"
    if len(cue.lines) > limits.MAX_LINES:
        yield Rule.LINES, f"it has {len(cue.lines)}"
    length = cue.end - cue.start
    if length <= 0:
        yield Rule.ORDER, ""
    elif not limits.MIN_CUE_MS <= length <= limits.MAX_CUE_MS:
        yield Rule.DURATION, _seconds(length)
    if (
        cue.first_word_start is not None
        and abs(cue.start - cue.first_word_start) > limits.MAX_START_ERROR_MS
    ):
        yield Rule.SYNC, _seconds(abs(cue.start - cue.first_word_start))
    if cue.cps > limits.MAX_CPS:
        yield Rule.SPEED, f"{cue.cps:.1f} a second"
    if line_breaks.has_trailing_function_word(cue.text):
        yield Rule.FUNCTION, f"“{cue.text.split()[-1]}”"
    if len(cue.text.split()) == 1 and not _stands_alone(cue, before):
        yield Rule.ORPHAN, f"“{cue.text}”"


def _stands_alone(cue: Cue, before: Cue | None) -> bool:
    """Say whether one word is a whole sentence: after another, or after another speaker."""
    opens = before is None or is_sentence_end(before.text) or before.speaker != cue.speaker
    return opens and is_sentence_end(cue.text)


def _gap_breaches(cue: Cue, following: Cue) -> Iterator[tuple[Rule, str]]:
    gap = following.start - cue.end
    if gap < limits.MIN_GAP_MS:
        yield Rule.GAP, "it is over it" if gap < 0 else _seconds(gap)
    elif limits.MIN_GAP_MS < gap < limits.CHAINED_GAP_MS:
        yield Rule.CHAIN, _seconds(gap)
