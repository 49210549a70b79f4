"""Read captions and transcripts that stand in lines of other kinds: SubStation Alpha, TTML, tables.

Each kind is rewritten as segments with times, words and speakers, which are read as a recogniser’s
are: times in any form, ends that are missing, labels of speakers, and what cannot be placed.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from library.core.errors import BadInput
from library.formats.ohms import local_name
from transcribe.formats.caption_dialects import (
    count_readings,
    cue_texts,
    escaped_once,
    note_of_readings,
    stamp_ms,
)
from transcribe.formats.json_words import words_from_json
from transcribe.formats.source_file import SourceTranscript, excerpt
from transcribe.formats.speaker_labels import LabelAnswers

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_Entry = dict[str, Any]


@dataclass(frozen=True)
class OtherCaptions:
    """Segments of a file that is neither WebVTT nor SubRip, and what its format is called."""

    format: str
    entries: tuple[_Entry, ...]
    notes: tuple[str, ...] = ()
    """Sentences for the user about what of the file was not taken."""

    def words(self, answers: LabelAnswers) -> SourceTranscript:
        """Return the words. Raises BadInput where nothing of them can be read."""
        read = words_from_json(json.dumps({"segments": self.entries}), answers)
        return replace(read, format=self.format, notes=[*read.notes, *self.notes])


def find_other_captions(text: str) -> OtherCaptions | None:
    """Return the segments of a file of another kind; None where it is of none of these."""
    for read in (_substation, _bracketed, _table):
        if captions := read(text):
            return captions
    return None


# SubStation Alpha

_DIALOGUE = re.compile(r"^Dialogue:\s*(.*)$", re.MULTILINE)
_FORMAT = re.compile(r"^Format:\s*(.*)$", re.MULTILINE)
_FIELDS = "layer, start, end, style, name, marginl, marginr, marginv, effect, text"
_DRAWN = re.compile(r"\{[^{}]*\\p[1-9][^{}]*\}")


def _substation(text: str) -> OtherCaptions | None:
    lines = _DIALOGUE.findall(text)
    if not lines:
        return None
    names = _names_of(
        next((row for row in _FORMAT.findall(text) if "text" in row.lower()), _FIELDS)
    )
    entries = []
    for line in lines:
        fields = dict(zip(names, line.split(",", len(names) - 1), strict=False))
        words = fields.get("text", "")
        if words and not _DRAWN.search(words):
            entries.append(
                _entry(fields.get("start"), fields.get("end"), words, fields.get("name"))
            )
    entries.sort(key=lambda entry: entry.get("start_ms") or 0)
    return OtherCaptions("SubStation Alpha", tuple(entries))


def _names_of(row: str) -> list[str]:
    return [name.strip().lower() for name in row.split(",")]


def _entry(start: str | None, end: str | None, words: str, speaker: str | None) -> _Entry:
    spoken = " ".join(piece.text.strip() for piece in cue_texts(words.split("\n")))
    times = {"start_ms": stamp_ms((start or "").strip()), "end_ms": stamp_ms((end or "").strip())}
    known = {name: ms for name, ms in times.items() if ms is not None}
    return {**known, "text": spoken, "speaker": " ".join((speaker or "").split())}


# MicroDVD counts pictures, MPL2 tenths of a second

_FRAMES = re.compile(r"^\{(\d{1,9})\}\{(\d{1,9})\}(.*)$", re.MULTILINE | re.ASCII)
_TENTHS = re.compile(r"^\[(\d{1,9})\]\[(\d{1,9})\](.*)$", re.MULTILINE | re.ASCII)
_RATE = re.compile(r"(\d{2}(?:\.\d{1,3})?)", re.ASCII)


def _bracketed(text: str) -> OtherCaptions | None:
    for name, pattern, unit in (("MicroDVD", _FRAMES, 1000 / 25), ("MPL2", _TENTHS, 100.0)):
        rows = pattern.findall(text)
        if len(rows) < _LEAST_ROWS:
            continue
        # The first line may say how many pictures there are in a second.
        if name == "MicroDVD" and (rate := _RATE.fullmatch(rows[0][2].strip())):
            unit, rows = 1000 / float(rate[1]), rows[1:]
        entries = tuple(
            {"start_ms": int(start) * unit, "end_ms": int(end) * unit, "text": _plain(words)}
            for start, end, words in rows
        )
        return OtherCaptions(name, entries)
    return None


_LEAST_ROWS = 2


def _plain(words: str) -> str:
    lines = [line.removeprefix("/") for line in words.split("|")]
    return " ".join(piece.text.strip() for piece in cue_texts(lines))


# SAMI, and what YouTube answers

_SYNC = re.compile(r"<sync\s[^<>]{0,80}?start\s*=\s*[\"']?(\d{1,9})[^<>]*>", re.IGNORECASE)
_YOUTUBE = re.compile(
    r"<(?:text\s+start=\"(?P<start>[\d.]{1,12})\"(?:\s+dur=\"(?P<dur>[\d.]{1,12})\")?"
    r"|p\s+t=\"(?P<ms>\d{1,9})\"(?:\s+d=\"(?P<length>\d{1,9})\")?)[^<>]*>(?P<words>.*?)</(?:text|p)>",
    re.DOTALL,
)


def words_from_sami(text: str, answers: LabelAnswers) -> SourceTranscript:
    """Return the words of SAMI, where a caption stands until the next one. Raises BadInput."""
    marks = list(_SYNC.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    entries = tuple(
        {"start_ms": int(mark[1]), "text": words}
        for mark, end in zip(marks, ends, strict=True)
        if (words := _plain(text[mark.end() : end].replace("\n", " ")))
    )
    readings = count_readings(text)
    notes = (note_of_readings(readings),) if readings else ()
    return OtherCaptions("SAMI", entries, notes).words(answers)


def words_from_youtube(text: str, answers: LabelAnswers) -> SourceTranscript:
    """Return the words of YouTube’s XML. Raises BadInput where nothing can be read."""
    entries = []
    for match in _YOUTUBE.finditer(escaped_once(text)):
        names = (
            ("start_ms", "duration_ms") if match["ms"] else ("start_seconds", "duration_seconds")
        )
        values = (match["ms"], match["length"]) if match["ms"] else (match["start"], match["dur"])
        times = {name: value for name, value in zip(names, values, strict=True) if value}
        entries.append({**times, "text": _plain(match["words"].replace("\n", " "))})
    return OtherCaptions("YouTube", tuple(entry for entry in entries if entry["text"])).words(
        answers
    )


# TTML, as broadcasters and Microsoft write it

_SECONDS_OF = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_OFFSET = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)(h|ms|m|s|f|t)", re.ASCII)


def words_from_ttml(text: str, answers: LabelAnswers) -> SourceTranscript:
    """Return the words of TTML. Raises BadInput for a file that cannot be read."""
    try:
        root = fromstring(_XML_HEAD.sub("", text), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        raise BadInput("this TTML is torn.", "Export it anew, or as WebVTT.") from None
    names = {
        _attribute(agent, "id"): " ".join("".join(agent.itertext()).split())
        for agent in root.iter()
        if local_name(agent) == "agent"
    }
    rates = {"f": _number(_attribute(root, "frameRate"), 25.0)}
    rates["t"] = _number(_attribute(root, "tickRate"), 1.0)
    readings = _without_readings(root)
    entries = [_timed(paragraph, names, rates) for paragraph in _paragraphs(root)]
    spoken = tuple(entry for entry in entries if entry["text"])
    if not spoken:
        raise BadInput("This TTML has no captions.", "Export it anew, or as WebVTT.")
    notes = (note_of_readings(readings),) if readings else ()
    return OtherCaptions("TTML", spoken, notes).words(answers)


_NOT_SAID = ("rt", "rp", "metadata", "desc", "title")
"""Elements whose words are no speech: readings beside words, and what is noted of a paragraph."""
_READINGS = ("text", "textContainer", "delimiter")
"""Values of TTML's `ruby` of what stands beside a word."""


def _without_readings(root: Element) -> int:
    """Empty the elements that hold no speech, and return the number of readings among them."""
    of_styles = {
        _attribute(style, "id"): value
        for style in root.iter()
        if local_name(style) == "style" and (value := _attribute(style, "ruby")) in _READINGS
    }
    readings = 0
    emptied: set[int] = set()
    for element in root.iter():
        styled = (of_styles.get(name, "") for name in _attribute(element, "style").split())
        kind = _attribute(element, "ruby") or next(filter(None, styled), "")
        is_reading = local_name(element) == "rt" or (
            kind == "text" and local_name(element) != "style"
        )
        is_silent = is_reading or local_name(element) in _NOT_SAID or kind in _READINGS
        if not is_silent or local_name(element) in ("style", "agent") or id(element) in emptied:
            continue
        readings += is_reading or kind == "textContainer"
        for inner in element.iter():
            emptied.add(id(inner))
            inner.text = None
            if inner is not element:
                inner.tail = None
    return readings


_XML_HEAD = re.compile(r"^\s*<\?xml[^>]*\?>")


def _paragraphs(root: Element) -> Iterator[list[Element]]:
    """Yield each paragraph with what is in it; one within another is a part of it."""
    inside: set[int] = set()
    for element in root.iter():
        if local_name(element) == "p" and id(element) not in inside:
            parts = list(element.iter())
            inside |= set(map(id, parts))
            yield parts


def _timed(spans: Sequence[Element], names: dict[str, str], rates: dict[str, float]) -> _Entry:
    begin, end, length = (
        next(
            (ms for part in spans if (ms := _moment(_attribute(part, name), rates)) is not None),
            None,
        )
        for name in ("begin", "end", "dur")
    )
    if end is None and begin is not None and length is not None:
        end = begin + length
    agent = next((agent_id for part in spans if (agent_id := _attribute(part, "agent"))), "")
    times = {name: ms for name, ms in (("start_ms", begin), ("end_ms", end)) if ms is not None}
    for part in spans:
        # A line break parts words, a span does not.
        part.tail = f" {part.tail or ''}" if local_name(part) == "br" else part.tail
    words = " ".join("".join(spans[0].itertext()).split())
    return {**times, "text": words, "speaker": names.get(agent, "")}


def _attribute(element: Element, name: str) -> str:
    return next(
        (value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), ""
    )


def _number(text: str, usual: float) -> float:
    return float(text) if re.fullmatch(r"\d{1,9}(?:\.\d{1,6})?", text) and float(text) else usual


def _moment(text: str, rates: dict[str, float]) -> int | None:
    """Return milliseconds of a time of TTML: a clock, or an offset with its unit."""
    if offset := _OFFSET.fullmatch(text.strip()):
        number, unit = float(offset[1]), offset[2]
        return round(number * 1000 * _SECONDS_OF.get(unit, 1 / rates.get(unit, 1.0)))
    return stamp_ms(text.strip()) if ":" in text else None


# Tables: Whisper’s .tsv, labels of Audacity, spreadsheets

_STARTS = (
    *("start", "start time", "begin", "begin time", "in", "from", "time in", "timecode in"),
    *("in time", "start timecode", "start timestamp", "in point", "cue in", "onset", "begins"),
    *("starts", "time", "timestamp", "timecode"),
)
_ENDS = (
    *("end", "end time", "stop", "stop time", "out", "to", "finish", "time out", "timecode out"),
    *("out time", "end timecode", "end timestamp", "out point", "cue out", "ends", "stops"),
)
_TEXTS = (
    *("text", "transcript", "words", "caption", "captions", "sentence", "utterance", "content"),
    *("said", "dialogue", "dialog", "transcription", "spoken text", "speech", "subtitle"),
    *("subtitles", "message"),
)
_SPEAKERS = (
    *("speaker", "speaker name", "speaker label", "name", "who", "participant", "voice"),
    *("character", "person", "speakers"),
)
"""Heads of columns, the one to be believed first."""
_TIME = re.compile(r"\d{1,9}(?:[.,]\d{1,9})?|\d{1,3}(?::\d{1,2}){1,2}(?:[.,;:]\d{1,6})?", re.ASCII)
_MOSTLY = 0.8
_SPANS = ("timespan", "time span", "span", "time range", "timestamps", "times", "time")
"""Heads of columns with two times in each cell."""
_SPAN = re.compile(
    r"[\[(]?\s{0,4}(?P<start>[\d:.,;]{3,16})\s{0,4}(?:[-‐–—−>→~]{1,4}|to)\s{0,4}"
    r"(?P<end>[\d:.,;]{3,16})\s{0,4}[\])]?"
)
_MAX_CELL = 1_000_000


def _table(text: str) -> OtherCaptions | None:
    first = [line for line in text.split("\n")[:_MAX_LINES_ABOVE] if line.strip()]
    for delimiter in "\t,;|":
        if not any(delimiter in line for line in first):
            continue
        if table := _table_of(_rows(text, delimiter)):
            return table
    return None


def find_table_of_spans(text: str) -> OtherCaptions | None:
    """Return the segments of a table with both times in one cell, as NVivo’s; None for no such."""
    first = [line for line in text.split("\n")[:_MAX_LINES_ABOVE] if line.strip()]
    for delimiter in "\t;|,":
        if not any(delimiter in line for line in first):
            continue
        rows = _rows(text, delimiter)
        parted = _with_spans_parted(rows)
        if parted is not rows and (table := _table_of(parted)):
            return table
    return None


def _with_spans_parted(rows: list[list[str]]) -> list[list[str]]:
    """Return rows with a column of spans as two columns; the rows themselves without one."""
    width = max((len(row) for row in rows), default=0)
    for at in range(min(width, _MAX_COLUMNS_NAMED)):
        cells = [_span_in(row[at]) if at < len(row) else None for row in rows]
        spans = sum(cell is not None for cell in cells)
        has_words = sum(len(row) > 1 for row, cell in zip(rows, cells, strict=True) if cell)
        if not spans or spans < _MOSTLY * (len(rows) - 1) or has_words < _MOSTLY * spans:
            continue
        first = next(number for number, cell in enumerate(cells) if cell)
        parted = []
        for number, (row, cell) in enumerate(zip(rows, cells, strict=True)):
            is_head = number < first and at < len(row) and _head(row[at]) in _SPANS
            heads = ("start", "end") if is_head else (row[at] if at < len(row) else "", "")
            both = cell or heads
            parted.append([*row[:at], *both, *row[at + 1 :]])
        return parted
    return rows


def _span_in(cell: str) -> tuple[str, str] | None:
    """Return the two times of a cell, in seconds; None for any other cell."""
    match = _SPAN.fullmatch(cell.strip())
    if match is None or ":" not in match["start"] + match["end"]:
        return None
    times = [stamp_ms(match[name]) for name in ("start", "end")]
    if times[0] is None or times[1] is None:
        return None
    return f"{times[0] / 1000:.3f}", f"{times[1] / 1000:.3f}"


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """Return the rows of a table; a quote that nothing closes stands for itself."""
    if delimiter == "|":
        # As Markdown draws a table: with a stroke at both ends, and a line under its heads.
        lines = (line.strip() for line in text.split("\n"))
        text = "\n".join(line.removeprefix("|").removesuffix("|") for line in lines)
    readings = []
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        csv.field_size_limit(_MAX_CELL)
        lines_read = csv.reader(io.StringIO(text), delimiter=delimiter, quoting=quoting)
        try:
            rows = [[cell.strip() for cell in row] for row in lines_read if any(row)]
        except csv.Error:
            continue
        readings.append(
            [row for row in rows if row[0] != _FREQUENCIES and not all(map(_RULE.fullmatch, row))]
        )
    if not readings:
        return []
    # Where a cell goes over lines, and as many cells stand on each line without it, nothing closed.
    spans = any("\n" in cell for row in readings[0] for cell in row)
    if len(readings) > 1 and spans and _is_even(readings[1]):
        return [[_without_open_quote(cell) for cell in row] for row in readings[1]]
    return readings[0]


def _without_open_quote(cell: str) -> str:
    if not cell.startswith('"'):
        return cell
    is_whole = cell.endswith('"') and cell.count('"') == 2
    return cell[1:-1] if is_whole else cell[cell.count('"') % 2 :]


_FREQUENCIES = "\\"
"""First cell of the second line of a label of Audacity’s, which says only its frequencies."""
_RULE = re.compile(r":?-{3,}:?")


def _is_even(rows: Sequence[Sequence[str]]) -> bool:
    return sum(len(row) == len(rows[0]) for row in rows) >= _MOSTLY * len(rows) > 0


_MAX_LINES_ABOVE = 12
"""Lines of a table in which its heads may stand: below a title, or what was filled in."""


def _table_of(rows: Sequence[list[str]]) -> OtherCaptions | None:
    for above, row in enumerate(rows[:_MAX_LINES_ABOVE]):
        heads = [_head(cell) for cell in row]
        columns = {
            "start": _column(heads, _STARTS),
            "end": _column(heads, _ENDS),
            "text": _column(heads, _TEXTS),
            "speaker": _column(heads, _SPEAKERS),
        }
        if columns["start"] is not None and columns["text"] is not None:
            return _table_under(rows[above:], columns, rows[:above])
    # With heads of another language, or without any.
    for above in (0, 1):
        below = rows[above:]
        if by_form := _by_form(below):
            entries = tuple(_cells(row, by_form, is_ms=False) for row in below)
            names = [f"“{head}”" if head else "" for row in rows[:above] for head in row]
            return OtherCaptions("table", entries, _left_columns(below, by_form, names))
    return None


def _table_under(
    rows: Sequence[list[str]], columns: dict[str, int | None], above: Sequence[list[str]]
) -> OtherCaptions:
    """Return the rows under a row of heads; `above` stands before it."""
    heads, text = rows[0], columns["text"] or 0
    of_times = [heads[at] for name in ("start", "end") if (at := columns[name]) is not None]
    is_ms = any(_MILLISECONDS.search(head) for head in of_times)
    long_rows = [_as_long(row, len(heads), text) for row in rows[1:]]
    names = [f"“{' '.join(cell.split())}”" if cell.strip() else "" for cell in heads]
    notes = _left_columns(long_rows, columns, names)
    if above:
        title = excerpt(" ".join(cell for row in above for cell in row if cell.strip()), 80)
        notes = (*notes, f"What stands above the table was left out: {title}.")
    entries = tuple(_cells(row, columns, is_ms=is_ms) for row in long_rows)
    return OtherCaptions("table", entries, notes)


_MILLISECONDS = re.compile(r"(?<![a-z])ms(?![a-z])|milli", re.IGNORECASE)


def _left_columns(
    rows: Sequence[Sequence[str]], columns: dict[str, int | None], names: Sequence[str]
) -> tuple[str, ...]:
    """Return a sentence that names the columns which hold something and were not taken."""
    used = set(columns.values())
    width = max([len(names), *(len(row) for row in rows)], default=0)
    left = []
    for at in range(width):
        first = next((row[at] for row in rows if at < len(row) and row[at].strip()), "")
        if at in used or not first:
            continue
        name = names[at] if at < len(names) else ""
        left.append(name or f"the one that begins with {excerpt(first)}")
    if not left:
        return ()
    shown = ", ".join(left[:_MAX_COLUMNS_NAMED])
    if len(left) > _MAX_COLUMNS_NAMED:
        shown += f" and {len(left) - _MAX_COLUMNS_NAMED} more"
    kind = "A column was" if len(left) == 1 else f"{len(left)} columns were"
    return (f"{kind} not taken: {shown}.",)


_MAX_COLUMNS_NAMED = 12


def _as_long(row: list[str], width: int, text: int) -> list[str]:
    """Return a row without cells too many: a sign within the words, which lack their quotes."""
    extra = max(0, len(row) - width)
    return [*row[:text], ", ".join(row[text : text + extra + 1]), *row[text + extra + 1 :]]


def _head(cell: str) -> str:
    plain = re.sub(r"[\[(].*?[\])]|[_-]", " ", cell.lower())
    return re.sub(r"\b(?:ms|s|sec|seconds|hh:mm:ss)\b", "", " ".join(plain.split())).strip()


def _column(heads: Sequence[str], names: Sequence[str]) -> int | None:
    return next((heads.index(name) for name in names if name in heads), None)


def _by_form(rows: Sequence[Sequence[str]]) -> dict[str, int | None] | None:
    """Return the columns of a table without heads: two of times, and the words."""
    width = len(rows[0]) if rows else 0
    if width < _LEAST_COLUMNS or sum(len(row) == width for row in rows) < _MOSTLY * len(rows):
        return None
    columns = list(zip(*(row for row in rows if len(row) == width), strict=True))
    timed = [at for at, cells in enumerate(columns) if _share(cells, _is_time) >= _MOSTLY]
    rest = [at for at in range(width) if at not in timed]
    if len(timed) > _PAIR and _counts_up(columns[timed[0]]):
        timed = timed[1:]
    if len(timed) < _PAIR or not rest:
        return None
    words = max(rest, key=lambda at: sum(map(len, columns[at])))
    others = [at for at in rest if at != words]
    return {"start": timed[0], "end": timed[1], "text": words, "speaker": next(iter(others), None)}


_LEAST_COLUMNS, _PAIR = 3, 2


def _counts_up(cells: Sequence[str]) -> bool:
    """Return True for the numbers of rows: one more in each than in the row before."""
    numbers = [int(cell) if re.fullmatch(r"\d{1,6}", cell, re.ASCII) else None for cell in cells]
    return all(number == (numbers[0] or 0) + at for at, number in enumerate(numbers))


def _is_time(cell: str) -> bool:
    return _TIME.fullmatch(cell.strip()) is not None


def _share(cells: Sequence[str], holds: Callable[[str], bool]) -> float:
    return sum(map(holds, cells)) / max(1, len(cells))


def _cells(row: Sequence[str], columns: dict[str, int | None], *, is_ms: bool) -> _Entry:
    entry: _Entry = {}
    for name, at in columns.items():
        cell = row[at].strip() if at is not None and at < len(row) else ""
        if not cell:
            continue
        if name in ("start", "end"):
            # Of pictures or with other signs, as editing programs write times.
            ms = stamp_ms(cell) if cell.count(":") + cell.count(";") > 2 else None
            entry |= {f"{name}_ms": ms} if ms is not None else {}
            name = f"{name}_ms" if is_ms else name
            if ms is not None:
                continue
        entry[name] = cell
    return entry
