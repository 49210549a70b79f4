"""The screen of an interview in the terminal, as lines of text."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from capture.media.recorder import SILENCE_DB
from capture.terminal.interview import Interview
from library.core.sanitise import printable
from library.core.timecode import clock

QUESTION_PREFIX = "  » "
"""Beginning of the lines of the question, which no other line has: they are drawn bold."""
KEYS = (
    ("n", "next question"),
    ("s", "skip"),
    ("b", "back"),
    ("f", "follow-up asked"),
    ("d", "do not use this"),
    ("v", "sensitive"),
    ("o", "write a note"),
    ("p", "pause"),
    ("q", "stop"),
)
_MARKER_NAMES = {
    "do-not-use": "do not use this",
    "sensitive": "sensitive",
    "note": "a note",
    "skipped": "skipped",
    "follow-up": "follow-up asked",
    "device-lost": "camera or microphone gone",
}
_METER_FLOOR_DB, _TOO_LOUD_DB, _VERY_QUIET_DB = -60.0, -1.0, -45.0
"""Decibels, 0 being full scale."""
_MIN_COLUMNS, _MAX_COLUMNS = 20, 72
"""Columns; longer lines are hard to read."""


def draw_screen(interview: Interview, width: int, note: str | None = None) -> list[str]:
    """Return the whole screen, no line longer than `width`; `note` is what is being typed."""
    width = max(_MIN_COLUMNS, min(width, _MAX_COLUMNS))
    lines = [*_wrapped(_status_line(interview), width), _meter(interview, width), ""]
    lines += _question_lines(interview, width)
    lines += ["", *_problem_lines(interview, width), *_last_marker(interview, width)]
    if note is None:
        lines += _keys(interview, width)
    else:
        lines += _wrapped(f"Note: {note}_", width)
        lines += _wrapped("Enter keeps it, Escape leaves it.", width)
    return [printable(line) for line in lines]


def _status_line(interview: Interview) -> str:
    status = "● Recording" if interview.is_recording else "‖ Paused: nothing is recorded"
    return f"{status}   {clock(interview.length)}"


def _meter(interview: Interview, width: int) -> str:
    """Draw the peak of the last tenth of a second as a bar, with a word for its extremes."""
    peak = interview.peak
    share = (max(peak, _METER_FLOOR_DB) - _METER_FLOOR_DB) / -_METER_FLOOR_DB
    columns = width - 22  # “Voice ”, a space and the longest word, with some to spare
    bar = ("█" * round(share * columns)).ljust(columns, "·")
    level = "too loud" if peak > _TOO_LOUD_DB else "very quiet" if peak < _VERY_QUIET_DB else "good"
    return f"Voice {bar} {level if interview.is_recording and peak > SILENCE_DB else '–'}"


def _question_lines(interview: Interview, width: int) -> list[str]:
    question_set = interview.session.state.question_set
    if interview.is_over:
        hint = "All questions were asked. q stops."
        return [*_wrapped(question_set.closing, width), "", *_wrapped(hint, width)]
    question = interview.question
    if question is None:
        hint = "n asks the first question."
        return [*_wrapped(question_set.opening, width), "", *_wrapped(hint, width)]
    lines = [f"Question {interview.position + 1} of {len(interview.questions)}", ""]
    lines += textwrap.wrap(
        question.ask, width, initial_indent=QUESTION_PREFIX, subsequent_indent=QUESTION_PREFIX
    )
    if question.care:
        lines += ["", *_wrapped(f"Take care: {question.care}", width)]
    lines.append("")
    for number, follow_up in enumerate(question.follow_ups):
        mark = "✓" if number < interview.follow_ups_asked else "–"
        lines += textwrap.wrap(
            f"{mark} {follow_up}", width, initial_indent="    ", subsequent_indent="      "
        )
    return lines


def _problem_lines(interview: Interview, width: int) -> list[str]:
    if not interview.problem:
        return []
    hint = [] if interview.is_recording else _wrapped("p goes on with the next take.", width)
    return [*_wrapped(f"! {interview.problem}", width), *hint, ""]


def _last_marker(interview: Interview, width: int) -> list[str]:
    """Confirm the last key that set a marker: people look for that."""
    markers = [mark for mark in interview.session.state.markers if mark.kind in _MARKER_NAMES]
    if not markers:
        return []
    last = markers[-1]
    return [*_wrapped(f"Marked: {_MARKER_NAMES[last.kind]}, at {clock(last.at)}.", width), ""]


def _keys(interview: Interview, width: int) -> list[str]:
    labels = [
        f"{key} {'go on' if key == 'p' and not interview.is_recording else use}"
        for key, use in KEYS
    ]
    # Non-breaking spaces hold a key and its label on one line.
    return textwrap.wrap("   ".join(label.replace(" ", "\u00a0") for label in labels), width)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width)


class ChangeReporter:
    """Report what has changed since the last call, as sentences: for a screen reader, or a log."""

    def __init__(self, interview: Interview, report: Callable[[str], None]) -> None:
        self._interview = interview
        self._report = report
        self._reported: dict[str, object] = {}

    def report_changes(self) -> None:
        interview = self._interview
        state = interview.session.state
        if self._has_changed("position", interview.position):
            if interview.is_over:
                self._report(f"{state.question_set.closing} All questions were asked; q stops.")
            elif interview.question is None:
                self._report(state.question_set.opening)
            else:
                number = f"Question {interview.position + 1} of {len(interview.questions)}"
                self._report(f"{number}: {interview.question.ask}")
        if self._has_changed("recording", interview.is_recording):
            is_recording = interview.is_recording
            self._report("Recording." if is_recording else "Paused: nothing is recorded.")
        if self._has_changed("markers", len(state.markers)):
            for marker in state.markers[-1:]:
                if marker.kind in _MARKER_NAMES:
                    self._report(f"Marked: {_MARKER_NAMES[marker.kind]}, at {clock(marker.at)}.")
        if self._has_changed("problem", interview.problem) and interview.problem:
            self._report(interview.problem)

    def _has_changed(self, name: str, value: object) -> bool:
        before = self._reported.get(name)
        self._reported[name] = value
        return before != value
