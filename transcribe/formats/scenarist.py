"""Read Scenarist captions (SCC): the codes of line 21 (CEA-608), as broadcasters hand them over.

Each line has a time of film pictures and the codes sent from then on, two bytes a picture. Captions
are loaded unseen and then shown (pop-on), or roll up or are painted as they are sent. The codes are
played as a television would, and what it shows from one moment to the next is a caption.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from library.core.errors import BadInput
from library.core.timecode import webvtt_time
from transcribe.formats import caption_words
from transcribe.formats.source_file import Fault, SourceTranscript, excerpt
from transcribe.formats.speaker_labels import LabelAnswers

FORMAT = "Scenarist"
HEADER = "Scenarist_SCC"
_LINE = re.compile(
    r"^\s{0,20}(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{2})\s+((?:[0-9a-f]{4}\s*)+)$",
    re.ASCII | re.IGNORECASE,
)
_PICTURES = 30
"""Pictures that are counted as a second: at 29.97, a thousandth less than there are."""
_MS_OF_PICTURE = 1001 / 30
_LONGEST_LAST_MS = 4_000
_PLAIN = str.maketrans(
    {
        "'": "’", "*": "á", "\\": "é", "^": "í", "_": "ó", "`": "ú", "{": "ç", "|": "÷", "}": "Ñ",
        "~": "ñ", "\x7f": "█",
    }
)  # fmt: skip
_SPECIAL = "®°½¿™¢£♪à èâêîôû"
_SPANISH_FRENCH = "ÁÉÓÚÜü‘¡*'—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»"
_PORTUGUESE_GERMAN = "ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤│ÅåØø┌┐└┘"
_LOAD, _BACKSPACE, _DIRECT = 0x20, 0x21, 0x29
_ROLL_UP = (0x25, 0x26, 0x27)
_TEXT = (0x2A, 0x2B)
_ERASE_SHOWN, _RETURN, _ERASE_LOADED, _SHOW = 0x2C, 0x2D, 0x2E, 0x2F


@dataclass
class _Screen:
    """One of the two channels, as a television shows it."""

    mode: int = _LOAD
    loaded: str = ""
    shown: str = ""
    since: float = 0.0
    captions: list[tuple[float, float, str]] = field(default_factory=list)

    def add(self, text: str, at: float) -> None:
        if self.mode in _TEXT:
            return
        if self.mode == _LOAD:
            self.loaded += text
            return
        if not self.shown.strip():
            self.since = at
        self.shown += text

    def take_back(self) -> None:
        if self.mode == _LOAD:
            self.loaded = self.loaded[:-1]
        else:
            self.shown = self.shown[:-1]

    def command(self, code: int, at: float) -> None:
        if code == _SHOW:
            self.end(at)
            self.mode, self.shown, self.loaded, self.since = _LOAD, self.loaded, "", at
        elif code == _ERASE_SHOWN or (code == _RETURN and self.mode != _LOAD):
            self.end(at)
        elif code == _ERASE_LOADED:
            self.loaded = ""
        elif code == _BACKSPACE:
            self.take_back()
        elif code in (_LOAD, _DIRECT, *_ROLL_UP, *_TEXT):
            if code != self.mode and code != _LOAD:
                self.end(at)
            self.mode = code

    def end(self, at: float) -> None:
        if self.shown.strip():
            self.captions.append((self.since, at, self.shown))
        self.shown = ""


def words_from_scenarist(text: str, answers: LabelAnswers | None = None) -> SourceTranscript:
    """Return the words of an SCC file. Raises BadInput where it shows no caption."""
    faults: list[Fault] = []
    screens = (_Screen(), _Screen())
    lines = list(_lines(text, faults))
    hours = lines[0].hours if lines else 0
    last = 0.0
    for line in lines:
        last = _play(line, hours, screens, faults)
    for screen in screens:
        screen.end(last + _LONGEST_LAST_MS)
    if not any(screen.captions for screen in screens):
        why = f" {faults[0]}" if faults else ""
        raise BadInput(f"This SCC file shows no captions.{why}", "Export it anew, or as WebVTT.")
    first, second = sorted(screens, key=lambda each: -sum(len(row[2]) for row in each.captions))
    notes = [] if not second.captions else ["A second channel of captions was left out."]
    if hours:
        faults.append(
            Fault(0, f"the times begin at hour {hours}; that was taken for the beginning.")
        )
    read = caption_words.words_from_captions(_as_vtt(first.captions), as_vtt=True, answers=answers)
    return replace(
        read,
        format=FORMAT,
        passages=[replace(passage, line=0) for passage in read.passages],
        faults=faults,
        notes=[*read.notes, *notes],
    )


@dataclass(frozen=True)
class _CodeLine:
    """A line of the file: when its codes are sent, and what they are, without their parity."""

    number: int
    hours: int
    minutes: int
    seconds: int
    pictures: int
    leaves_out: bool
    """Two numbers are left out at each minute but every tenth, to keep to the clock."""
    codes: list[int]

    def picture(self, first_hour: int) -> int:
        """Return the number of its first picture, counted from the beginning of an hour."""
        minutes = (self.hours - first_hour) * 60 + self.minutes
        picture = (minutes * 60 + self.seconds) * _PICTURES + self.pictures
        left_out = 2 * (minutes - minutes // 10) if self.leaves_out else 0
        return max(0, picture - left_out)


def _lines(text: str, faults: list[Fault]) -> Iterator[_CodeLine]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith(HEADER):
            continue
        match = _LINE.match(line)
        if match is None:
            faults.append(Fault(number, f"{excerpt(line)} is no line of codes and was left out."))
            continue
        hours, minutes, seconds, pictures = (int(match[at]) for at in (1, 2, 3, 5))
        codes = [int(code, 16) & 0x7F7F for code in re.findall("[0-9a-fA-F]{4}", match[6])]
        yield _CodeLine(number, hours, minutes, seconds, pictures, match[4] in ";,", codes)


def _play(
    line: _CodeLine, first_hour: int, screens: tuple[_Screen, _Screen], faults: list[Fault]
) -> float:
    """Show what the codes of a line say, and return when the last was sent, in milliseconds."""
    channel, before, at = 0, 0, 0.0
    picture = line.picture(first_hour)
    for number, code in enumerate(line.codes):
        at = (picture + number) * _MS_OF_PICTURE
        first, second = code >> 8, code & 0x7F
        if first < 0x10:
            if code:
                faults.append(
                    Fault(line.number, f"the code {code:04x} means nothing and was left out.")
                )
            continue
        if first >= 0x20:
            letters = "".join(chr(byte) for byte in (first, second) if byte >= 0x20)
            screens[channel].add(letters.translate(_PLAIN), at)
            before = 0
            continue
        # What is no letter is sent twice, in case one is lost.
        if code == before:
            before = 0
            continue
        before = code
        channel = first >> 3 & 1
        _control(first & 0x17, second, screens[channel], at)
    return at


def _control(first: int, second: int, screen: _Screen, at: float) -> None:
    if second >= 0x40:  # the next row
        screen.add("\n", at)
    elif first in (0x14, 0x15) and second <= 0x2F:
        screen.command(second, at)
    elif first == 0x11 and second >= 0x30:
        screen.add(_SPECIAL[second - 0x30], at)
    elif first in (0x12, 0x13):
        letters = _SPANISH_FRENCH if first == 0x12 else _PORTUGUESE_GERMAN
        # For those that do not know it, a plain letter is sent before it.
        screen.take_back()
        screen.add(letters[second - 0x20], at)
    elif first in (0x11, 0x17):  # italics, colours and steps to the side
        screen.add(" ", at)


def _as_vtt(captions: list[tuple[float, float, str]]) -> str:
    blocks = ["WEBVTT\n"]
    for start, end, shown in sorted(captions):
        lines = [" ".join(line.split()) for line in shown.split("\n")]
        words = "\n".join(filter(None, lines))
        safe = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        blocks.append(f"{webvtt_time(round(start))} --> {webvtt_time(round(end))}\n{safe}\n")
    return "\n".join(blocks)
