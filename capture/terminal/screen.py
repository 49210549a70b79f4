"""What the terminal shows while an interview is recorded, as lines of text."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from capture.media.recorder import SILENCE_DB
from capture.terminal.interview import Interview
from library.core.sanitise import printable
from library.core.timecode import clock

ASKED = "  » "
"""How the lines of the question begin: nothing else on the screen does."""
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
MARKED = {
    "do-not-use": "do not use this",
    "sensitive": "sensitive",
    "note": "a note",
    "skipped": "skipped",
    "follow-up": "follow-up asked",
    "device-lost": "camera or microphone gone",
}
_QUIET, _LOUD = -60.0, -1.0
_WIDEST = 72


def draw_screen(sitting: Interview, width: int, note: str | None = None) -> list[str]:
    """The whole screen, no line longer than `width`. `note` is what is being typed, if anything."""
    width = max(20, min(width, _WIDEST))
    lines = [*_wrapped(_status_line(sitting), width), _meter(sitting, width), ""]
    lines += _question(sitting, width)
    lines += ["", *_problem_lines(sitting, width), *_last_mark(sitting, width)]
    if note is None:
        lines += _keys(sitting, width)
    else:
        lines += _wrapped(f"Note: {note}_", width)
        lines += _wrapped("Enter keeps it, Escape leaves it.", width)
    return [printable(line) for line in lines]


def _status_line(sitting: Interview) -> str:
    said = "● Recording" if sitting.is_recording else "‖ Paused: nothing is recorded"
    return f"{said}   {clock(sitting.length)}"


def _meter(sitting: Interview, width: int) -> str:
    """The loudest of the last tenth of a second, on a line; in words at its ends."""
    peak = sitting.peak
    share = (max(peak, _QUIET) - _QUIET) / -_QUIET
    room = width - 22
    bar = ("█" * round(share * room)).ljust(room, "·")
    word = "too loud" if peak > _LOUD else "very quiet" if peak < -45 else "good"
    return f"Voice {bar} {word if sitting.is_recording and peak > SILENCE_DB else '–'}"


def _question(sitting: Interview, width: int) -> list[str]:
    asked = sitting.session.state.question_set
    if sitting.is_over:
        said = "All questions were asked. q stops."
        return [*_wrapped(asked.closing, width), "", *_wrapped(said, width)]
    question = sitting.question
    if question is None:
        return [*_wrapped(asked.opening, width), "", *_wrapped("n asks the first question.", width)]
    lines = [f"Question {sitting.position + 1} of {len(sitting.questions)}", ""]
    lines += textwrap.wrap(question.ask, width, initial_indent=ASKED, subsequent_indent=ASKED)
    if question.care:
        lines += ["", *_wrapped(f"Take care: {question.care}", width)]
    lines.append("")
    for number, follow_up in enumerate(question.follow_ups):
        mark = "✓" if number < sitting.follow_ups_asked else "–"
        lines += textwrap.wrap(
            f"{mark} {follow_up}", width, initial_indent="    ", subsequent_indent="      "
        )
    return lines


def _problem_lines(sitting: Interview, width: int) -> list[str]:
    if not sitting.problem:
        return []
    how = [] if sitting.is_recording else _wrapped("p goes on with the next take.", width)
    return [*_wrapped(f"! {sitting.problem}", width), *how, ""]


def _last_mark(sitting: Interview, width: int) -> list[str]:
    """That a key was heard: people look for that."""
    marks = [one for one in sitting.session.state.markers if one.kind in MARKED]
    if not marks:
        return []
    return [*_wrapped(f"Marked: {MARKED[marks[-1].kind]}, at {clock(marks[-1].at)}.", width), ""]


def _keys(sitting: Interview, width: int) -> list[str]:
    words = [
        f"{key} {'go on' if key == 'p' and not sitting.is_recording else said}"
        for key, said in KEYS
    ]
    return textwrap.wrap("   ".join(word.replace(" ", "\u00a0") for word in words), width)


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width)


class ChangeReporter:
    """What has changed since it was last told, as sentences: for a screen reader, or a log."""

    def __init__(self, sitting: Interview, tell: Callable[[str], None]) -> None:
        self._sitting = sitting
        self._tell = tell
        self._told: dict[str, object] = {}

    def report_changes(self) -> None:
        sitting, asked = self._sitting, self._sitting.session.state.question_set
        if self._is_new("position", sitting.position):
            if sitting.is_over:
                self._tell(f"{asked.closing} All questions were asked; q stops.")
            elif sitting.question is None:
                self._tell(asked.opening)
            else:
                number = f"Question {sitting.position + 1} of {len(sitting.questions)}"
                self._tell(f"{number}: {sitting.question.ask}")
        if self._is_new("recording", sitting.is_recording):
            self._tell("Recording." if sitting.is_recording else "Paused: nothing is recorded.")
        if self._is_new("marks", len(sitting.session.state.markers)):
            last = sitting.session.state.markers[-1:]
            for mark in last:
                if mark.kind in MARKED:
                    self._tell(f"Marked: {MARKED[mark.kind]}, at {clock(mark.at)}.")
        if self._is_new("trouble", sitting.problem) and sitting.problem:
            self._tell(sitting.problem)

    def _is_new(self, what: str, now: object) -> bool:
        before = self._told.get(what)
        self._told[what] = now
        return before != now
