"""Read the file in which a contributor sends their answers back, as strictly as a form.

    MY ANSWERS ABOUT MY STORY
    Story: cs-4k7m2q
    Version: 3f9a2c1b…
    My answer: Yes, with these changes
    …
    Remark 1
    At: 1:23.456
    I say: Please cut this
    …
    END OF MY ANSWERS 1a2b3c4d

It is plain text, so that they can read all that they send, and send it as a letter too. The eight
characters at its end are worked out from all the rest: what was lost or changed on the way shows.
They keep nobody from writing such a file by hand; that is not what it is trusted for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from library.core.counting import counted
from library.core.days import FIRST_YEAR, LAST_YEAR
from library.core.errors import BadInput, NotFound
from library.core.files import translate_disk_errors
from library.core.sanitise import printable
from library.core.text_encodings import decode
from library.core.timecode import parse_clock
from library.core.workspace import STORY_ID
from library.records.preview_answers import (
    DECISION_SENTENCES,
    KIND_SENTENCES,
    PreviewAnswers,
    PreviewRemark,
)

HEADING = "MY ANSWERS ABOUT MY STORY"
END = "END OF MY ANSWERS"
MAX_BYTES = 1_000_000
MAX_REMARKS = 200
MAX_CHARACTERS = 1_000
"""Characters of one text: the page takes fewer."""
_MAX_QUOTED = 60
_HASH = re.compile(r"[0-9a-f]{64}\Z")
_END = re.compile(rf"{END} ?(?P<check>[0-9a-f]{{8}})?\.?\Z")
_REMARK = re.compile(r"Remark (?P<number>\d{1,4})\Z", re.ASCII)
# Programs for mail put this before each line of what they answer.
_QUOTED = re.compile(r"^(?:>[ \t]?)+")
_WHOLE = {
    "Story": True,
    "Title": False,
    "Version": True,
    "Written on": True,
    "My answer": True,
    "Anything else": False,
    "Remarks": True,
}
"""Lines about all of it, in the order of the file, and whether each must be there."""
_OF_REMARK = {"At": True, "I say": True, "The words there": False, "My own words": False}
_FREE = {"Title", "Anything else", "The words there", "My own words"}
"""Texts: programs for mail may have divided their lines."""
_ASK_AGAIN = (
    "Ask them to send the file as the page saved it, or the whole text from "
    f"“{HEADING}” to “{END}”."
)


class UnreadableAnswers(BadInput):
    """A file of answers that is not as the page writes it, with all that is amiss."""

    def __init__(self, name: str, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        count = counted(len(self.faults), "fault")
        first = self.faults[0] if len(self.faults) == 1 else f"{count}, the first: {self.faults[0]}"
        super().__init__(f"{name} cannot be brought in. {first}", _ASK_AGAIN)


def read_answers(path: Path) -> tuple[PreviewAnswers, bytes]:
    """Return the answers in a file, and its bytes.

    Raises NotFound, DiskFailed, and UnreadableAnswers with every fault of the file at once.
    """
    name = printable(path.name)
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", "Check the path of the file that they sent.")
    with translate_disk_errors(path, "read"), path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    try:
        return parse_answers(_text_of(data)), data
    except UnreadableAnswers as error:
        raise UnreadableAnswers(name, error.faults) from None


def _text_of(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise UnreadableAnswers("It", ["It is far longer than any answers."])
    # In whatever letters it was saved: a wrong guess would not fit the check at its end.
    return decode(data)[0]


def parse_answers(text: str) -> PreviewAnswers:
    """Return the answers in a text. Raises UnreadableAnswers with every fault at once."""
    reader = _AnswersReader(text)
    answers = reader.answers()
    if reader.faults or answers is None:
        raise UnreadableAnswers("It", reader.faults)
    return answers


def check_of(values: Sequence[str]) -> str:
    """Return the eight characters at the end of a file: FNV-1a, in 32 bits, of all its values."""
    number = 0x811C9DC5
    for byte in "\n".join(values).encode("utf-8", "surrogatepass"):
        number = (number ^ byte) * 0x01000193 & 0xFFFFFFFF
    return f"{number:08x}"


@dataclass
class _Block:
    """The lines about all of it, or about one remark: label → line number and value."""

    line: int
    number: int = 0
    """Of the remark; 0 for the lines about all of it."""
    fields: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def labels(self) -> dict[str, bool]:
        return _OF_REMARK if self.number else _WHOLE

    def value(self, label: str) -> str:
        return self.fields.get(label, (0, ""))[1]

    def values(self) -> Iterator[str]:
        return map(self.value, self.labels)


class _AnswersReader:
    """Reads a file whole before it judges it, so that every fault is told at once."""

    def __init__(self, text: str) -> None:
        self.faults: list[str] = []
        self._whole = _Block(0)
        self._remarks: list[_Block] = []
        self._check: str | None = None
        # Programs for mail write other spaces than the page does.
        lines = [" ".join(_QUOTED.sub("", line).split()) for line in _lines_of(text)]
        begin = self._beginning(lines)
        if begin is not None:
            self._read_lines(lines, begin)

    def answers(self) -> PreviewAnswers | None:
        """Return the answers, or None where the faults say why there are none."""
        if self.faults and not self._whole.fields:
            return None
        self._require_labels(self._whole)
        for number, block in enumerate(self._remarks, 1):
            if block.number != number:
                self._add(block.line, f"this should be “Remark {number}”.")
            self._require_labels(block)
        remarks = [remark for block in self._remarks if (remark := self._remark(block))]
        whole = self._answers_with(tuple(remarks))
        if not self.faults and self._check != check_of(list(self._values())):
            self.faults.append("Something of it was lost or changed on its way here.")
        return whole

    def _values(self) -> Iterator[str]:
        for block in (self._whole, *self._remarks):
            yield from block.values()

    def _beginning(self, lines: Sequence[str]) -> int | None:
        found_at = [number for number, line in enumerate(lines) if line == HEADING]
        if not found_at:
            self.faults.append(f"There is no line “{HEADING}” in it, so these are no answers.")
            return None
        if len(found_at) > 1:
            self._add(found_at[1] + 1, "here other answers begin. Bring in one file for each.")
        return found_at[0]

    def _read_lines(self, lines: Sequence[str], begin: int) -> None:
        block, label = self._whole, ""
        for number, line in enumerate(lines[begin + 1 :], begin + 2):
            if end := _END.match(line):
                self._check = end["check"] or ""
                return
            if remark := _REMARK.match(line):
                if len(self._remarks) == MAX_REMARKS:
                    self._add(number, f"there are more than {MAX_REMARKS} remarks.")
                    return
                block, label = _Block(number, int(remark["number"])), ""
                self._remarks.append(block)
            elif line:
                label = self._read_line(block, label, number, line)
            else:
                label = ""
        self.faults.append(f"Its end is missing: the line that begins with “{END}”.")

    def _read_line(self, block: _Block, before: str, number: int, line: str) -> str:
        """Read a line of a block; return its label, which the next line may go on with."""
        label, colon, value = line.partition(":")
        if colon and label in block.labels:
            if label in block.fields:
                self._add(number, f"“{label}” stands there twice.")
            block.fields[label] = (number, " ".join(value.split()))
            return label
        # A line may be divided behind its label, where what follows is long.
        if before in _FREE or (before and not block.fields[before][1]):
            first, text = block.fields[before]
            # Stopped early: joining line after line to a long one takes ever longer.
            if len(text) <= MAX_CHARACTERS:
                block.fields[before] = (first, " ".join(f"{text} {line}".split()))
            return before
        self._add(number, f"“{_quoted(line)}” is no line of such a file.")
        return ""

    def _require_labels(self, block: _Block) -> None:
        where = f"Remark {block.number}" if block.number else "The file"
        for label, is_required in block.labels.items():
            if is_required and label not in block.fields:
                self.faults.append(f"{where} has no line “{label}”.")
        for label, (line, value) in block.fields.items():
            if label in _FREE and len(value) > MAX_CHARACTERS:
                self._add(line, f"“{label}” has more than {MAX_CHARACTERS} characters.")

    def _remark(self, block: _Block) -> PreviewRemark | None:
        kinds = {sentence: kind for kind, sentence in KIND_SENTENCES.items()}
        at = parse_clock(block.value("At"))
        kind = kinds.get(block.value("I say"))
        self._judge(block, "At", at is not None, "is no moment of a film, as 1:23.4 is")
        self._judge(block, "I say", kind is not None, "is nothing that the page offers")
        if at is None or kind is None:
            return None
        return PreviewRemark(
            at=at,
            kind=kind,
            words=printable(block.value("The words there")),
            text=printable(block.value("My own words")),
        )

    def _answers_with(self, remarks: tuple[PreviewRemark, ...]) -> PreviewAnswers | None:
        block = self._whole
        decisions = {sentence: word for word, sentence in DECISION_SENTENCES.items()}
        story, cut = block.value("Story"), block.value("Version")
        written, decision = _day(block.value("Written on")), decisions.get(block.value("My answer"))
        self._judge(block, "Story", bool(STORY_ID.match(story)), "is no story")
        self._judge(block, "Version", bool(_HASH.match(cut)), "is no version of a film")
        self._judge(block, "Written on", written is not None, "is no date, as 2026-05-01 is")
        self._judge(block, "My answer", decision is not None, "is nothing that the page offers")
        count = len(self._remarks)
        says = f"is not the number of remarks that follow, which is {count}"
        self._judge(block, "Remarks", block.value("Remarks") == str(count), says)
        if written is None or decision is None:
            return None
        return PreviewAnswers(
            story=story,
            cut=cut,
            written=written,
            decision=decision,
            more=printable(block.value("Anything else")),
            remarks=remarks,
        )

    def _judge(self, block: _Block, label: str, holds: bool, otherwise: str) -> None:
        # What is missing altogether is told by itself.
        if label in block.fields and not holds:
            line, value = block.fields[label]
            self._add(line, f"“{label}: {_quoted(value)}” {otherwise}.")

    def _add(self, line: int, fault: str) -> None:
        self.faults.append(f"Line {line}: {fault}")


def _lines_of(text: str) -> list[str]:
    # Programs leave byte-order marks in the middle, where they join texts.
    return text.replace("\ufeff", "").splitlines()


def _day(value: str) -> date | None:
    try:
        day = date.fromisoformat(value) if len(value) == len("2026-05-01") else None
    except ValueError:
        return None
    return day if day and FIRST_YEAR <= day.year <= LAST_YEAR else None


def _quoted(text: str) -> str:
    plain = printable(text)
    return plain if len(plain) <= _MAX_QUOTED else f"{plain[:_MAX_QUOTED]}…"
