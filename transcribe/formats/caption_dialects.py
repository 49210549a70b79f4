"""The dialects of WebVTT and SubRip: how programs write times, arrows, marks and letters.

Each dialect is a line of a table, and what is read is made of the tables: whoever meets a new one
adds its line. Every line is tested by itself, and is a way in which the tests write any text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from library.core.counting import counted
from library.core.timecode import from_parts

# Times


@dataclass(frozen=True)
class StampDialect:
    """A way to write one time. `written` has fields in braces; what stands between them is kept."""

    name: str
    written: str
    places: int = 0
    """Digits of the fraction of a second; 0 where there is none."""

    @property
    def step(self) -> int:
        """Return the milliseconds to which times are written."""
        if "{frames}" in self.written:
            return _MS_PER_FRAME
        return max(1, 10 ** (3 - self.places)) if self.places else 1000

    def write(self, ms: int) -> str:
        """Return a time in this dialect; the tests write files with it."""
        seconds, rest = divmod(ms, 1000)
        fraction = f"{rest:03}".ljust(self.places, "0")[: self.places]
        return self.written.format(
            hours=f"{seconds // 3600:02}",
            hour=seconds // 3600,
            minutes=f"{seconds // 60 % 60:02}",
            all_minutes=f"{seconds // 60:02}",
            seconds=f"{seconds % 60:02}",
            all_seconds=seconds,
            fraction=fraction,
            thousandths=f"{rest:03}",
            frames=f"{rest // _MS_PER_FRAME:02}",
        )


_MS_PER_FRAME = 40
"""Milliseconds: pictures are counted at 25 a second, as in Europe, where nothing else is said."""
STAMPS = (
    StampDialect("WebVTT", "{hours}:{minutes}:{seconds}.{fraction}", 3),
    StampDialect("SubRip", "{hours}:{minutes}:{seconds},{fraction}", 3),
    StampDialect("WebVTT without hours", "{all_minutes}:{seconds}.{fraction}", 3),
    StampDialect("SubRip without hours", "{all_minutes}:{seconds},{fraction}", 3),
    StampDialect("one digit for hours", "{hour}:{minutes}:{seconds}.{fraction}", 3),
    StampDialect("hundredths, as SubViewer", "{hours}:{minutes}:{seconds}.{fraction}", 2),
    StampDialect("tenths", "{hours}:{minutes}:{seconds},{fraction}", 1),
    StampDialect("microseconds", "{hours}:{minutes}:{seconds}.{fraction}", 6),
    StampDialect("no milliseconds", "{hours}:{minutes}:{seconds}"),
    StampDialect("minutes and seconds", "{all_minutes}:{seconds}"),
    StampDialect("a colon before milliseconds", "{hours}:{minutes}:{seconds}:{thousandths}", 3),
    StampDialect("frames", "{hours}:{minutes}:{seconds}:{frames}"),
    StampDialect("drop frames", "{hours}:{minutes}:{seconds};{frames}"),
    StampDialect("spaces that a translator left", "{hours}: {minutes}: {seconds}, {fraction}", 3),
    StampDialect("spaces before the comma", "{hours} : {minutes} : {seconds} ,{fraction}", 3),
    StampDialect("wide signs of Chinese", "{hours}：{minutes}：{seconds}，{fraction}", 3),
    StampDialect("letters for units", "{hours}h{minutes}m{seconds}.{fraction}s", 3),
    StampDialect("seconds", "{all_seconds}.{fraction}", 3),
)
_FIELDS = {
    "hours": r"\d{1,4}",
    "hour": r"\d{1,4}",
    "minutes": r"[0-5]?\d",
    "all_minutes": r"\d{1,4}",
    "seconds": r"(?:[0-5]\d|\d(?=\s?[.,h]))",
    "all_seconds": r"\d{1,6}",
    "fraction": r"\d{1,9}",
    "thousandths": r"\d{3}",
    "frames": r"\d{2}(?!\d)",
}
_SIGNS = {".": "[.,]", ",": "[.,]", ":": ":", ";": ";"}
_PLAIN_SIGNS = {ord(sign): plain for sign, plain in zip("：，．；", ":,.;", strict=True)}


def _stamp_pattern(dialect: StampDialect, *, named: bool) -> str:
    pattern = ""
    for part in re.split(r"(\{\w+\})", dialect.written.translate(_PLAIN_SIGNS)):
        if part.startswith("{"):
            digits = _FIELDS[part[1:-1]]
            pattern += f"(?P<{part[1:-1]}>{digits})" if named else digits
        elif part:
            sign = part.strip()
            pattern += rf"\s?{_SIGNS.get(sign, re.escape(sign))}\s?" if sign in _SIGNS else sign
    return pattern


# A longer pattern first: the beginning of one time may be another.
_BY_LENGTH = sorted(STAMPS, key=lambda dialect: -dialect.written.count("{"))
_STAMP_PATTERNS = tuple(dict.fromkeys(_stamp_pattern(row, named=True) for row in _BY_LENGTH))
_ANY_STAMP = (
    "(?<!\\d)(?:"
    + "|".join(dict.fromkeys(_stamp_pattern(row, named=False) for row in _BY_LENGTH))
    + ")(?!\\d)"
)
_STAMP_READERS = tuple(re.compile(pattern, re.ASCII) for pattern in _STAMP_PATTERNS)


def stamp_ms(text: str) -> int | None:
    """Return the milliseconds of a time in any dialect; None for none."""
    for reader in _STAMP_READERS:
        if match := reader.fullmatch(text):
            parts = match.groupdict()
            if "all_seconds" in parts:
                return from_parts(None, "0", parts["all_seconds"], parts["fraction"])
            ms = from_parts(
                parts.get("hours") or parts.get("hour"),
                parts.get("minutes") or parts["all_minutes"],
                parts["seconds"],
                parts.get("fraction") or parts.get("thousandths"),
            )
            return ms + int(parts.get("frames") or 0) * _MS_PER_FRAME
    return None


ARROWS = (
    *("-->", "->", "-- >", "- ->", "--->", "—>", "–>", "−−>", "―>", "=>", "==>", "~>"),
    *("--&gt;", "→", "⟶", "⇒", "➔", "＞", "--＞", "-->>"),
)
"""Arrows between two times, wherever they stand."""
DASHES = (" - ", " – ", " — ", " -- ", ",", " to ", " ~ ")
"""Signs for an arrow in a file that has none: two times on a line may also be spoken."""
_DASH_CHARACTERS = "".join(
    re.escape(character)
    for character in map(chr, range(0x10000))
    if unicodedata.category(character) == "Pd" or character in "−=~─━ー"
)
_HEADS = "".join({arrow[-1] for arrow in ARROWS} - {">", ";"})
_ARROW = rf"[{_DASH_CHARACTERS} ]{{0,6}}(?:&gt;|[>{_HEADS}])+"
_DASH = rf"(?:[{_DASH_CHARACTERS}]{{1,4}}|,|to)"
_SETTING = re.compile(
    r"\b(?:align|position|line|size|vertical|region|[XY][12])\s*:\s*\S+", re.IGNORECASE
)


def _times_line(arrow: str) -> re.Pattern[str]:
    return re.compile(
        # Some write a caption's number on the same line.
        rf"^\s{{0,40}}(?:\d{{1,6}}[.)]?\s{{1,8}})?[\[(]?\s{{0,8}}(?P<start>{_ANY_STAMP})"
        rf"\s{{0,8}}{arrow}\s{{0,8}}(?P<end>{_ANY_STAMP})"
        r"(?:\s{0,8}[\])]|(?=\s|$))(?P<rest>.*)$",
        re.ASCII,
    )


_WITH_ARROW, _WITH_DASH = _times_line(_ARROW), _times_line(_DASH)
_ALONE = re.compile(
    rf"^\s{{0,40}}[\[(]?\s{{0,8}}(?P<start>{_ANY_STAMP})"
    rf"(?:[\W_]{{1,10}}|\s{{0,3}}[a-z]{{1,8}}\s{{0,3}})(?P<end>{_ANY_STAMP})"
    r"\s{0,8}[\])]?(?P<rest>)\s{0,40}$",
    re.ASCII | re.IGNORECASE,
)
"""Two times and nothing else on a line, with any sign between them."""
_PRECISE = re.compile(r":\d{2}:\d|[.,]\d{2}")
"""A time as nobody says it: with seconds after hours, or with a fraction."""
_TORN = re.compile(
    rf"^\s{{0,40}}[\[(]?\s{{0,8}}{_ANY_STAMP}\s{{0,8}}{_ARROW}.*\d"
    rf"|^\s{{0,40}}[\d:.,]{{3,20}}\s{{0,8}}{_ARROW}\s{{0,8}}{_ANY_STAMP}",
    re.ASCII,
)
_STANDARD_ARROW = "-->"


@dataclass(frozen=True)
class LineOfTimes:
    """The two times of a caption, in milliseconds, and words on the same line."""

    start: int
    end: int
    words: str = ""


class TimesReader:
    """Reads the lines of times of one file; a mere dash is an arrow where the file has no other."""

    def __init__(self, text: str) -> None:
        lines = text.split("\n")
        self.has_arrows = any(_match_times(_WITH_ARROW, line) for line in lines)
        self._pattern = _WITH_ARROW if self.has_arrows else _WITH_DASH

    def read(self, line: str) -> LineOfTimes | None:
        """Return the times of a line; None for any other line, and for times that are torn."""
        match = _match_times(self._pattern, line) or _two_alone(line)
        if match is None:
            return None
        start, end = stamp_ms(match["start"]), stamp_ms(match["end"])
        if start is None or end is None:
            return None
        words = _SETTING.sub(" ", line[match.start("rest") :])
        return LineOfTimes(start, end, " ".join(words.split()))

    def is_times(self, line: str) -> bool:
        """Return True for a line of times, also where they cannot be read."""
        return (
            _STANDARD_ARROW in line
            or self.read(line) is not None
            or _match_times(_TORN, line) is not None
        )

    def counts(self, text: str) -> int:
        """Return how many lines of `text` have times."""
        return sum(self.read(line) is not None for line in text.split("\n"))


def _two_alone(line: str) -> re.Match[str] | None:
    """Return two precise times that are all of a line, however they are joined."""
    if line.count(":") + line.count("：") < _LEAST_COLONS:
        return None
    match = _match_times(_ALONE, line)
    is_precise = match is not None and all(
        _PRECISE.search(match[name]) for name in ("start", "end")
    )
    return match if is_precise else None


_LEAST_COLONS = 2


def _match_times(pattern: re.Pattern[str], line: str) -> re.Match[str] | None:
    # Nearly all lines are words: none of them is worth a pattern.
    if not any(character.isdigit() for character in line[:_MAX_BEFORE_DIGIT]):
        return None
    return pattern.match(_with_plain_digits(line))


_MAX_BEFORE_DIGIT = 40


def _with_plain_digits(line: str) -> str:
    """Return the line, as long as it was, with digits and signs of every script in ASCII."""
    if line.isascii():
        return line
    return "".join(map(_plain_digit, line.translate(_PLAIN_SIGNS)))


def _plain_digit(character: str) -> str:
    if character.isascii():
        return character
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


# Marks


class Meaning(Enum):
    """The sense of a mark in a caption's text."""

    NOTHING = auto()
    READING = auto()
    SPACE = auto()
    LINE = auto()
    VOICE = auto()
    NO_VOICE = auto()
    TIME = auto()


@dataclass(frozen=True)
class MarkDialect:
    """A kind of mark in the words of captions."""

    name: str
    pattern: str
    meaning: Meaning
    written: tuple[str, ...]
    """Captions with it: what `{0}` and `{1}` stand for is spoken, all else is not."""
    is_standard: bool = False
    """Set for what the standard of WebVTT has: all else may be somebody's words there."""


_HTML = (
    "a|abbr|b|bdi|bdo|big|blink|br|c|center|cite|code|del|div|em|font|h[1-6]|hr|i|ins|kbd|lang|"
    "li|mark|nobr|ol|p|pre|q|rb|rp|rt|rtc|ruby|s|samp|small|span|strike|strong|sub|sup|tt|u|ul|"
    "v|wbr"
)
_BREAKING = "br|p|div|li|h[1-6]|hr|tr|center"
MARKS = (
    MarkDialect(
        "voice",
        r"<v(?:\.[^\s<>]*)?\s(?P<voice>[^<>]*)>",
        Meaning.VOICE,
        ("<v Ruth>{0} {1}</v>", "<v.loud Ruth O’Hara>{0} {1}", "<V Ruth\nO&#39;Hara>{0} {1}"),
        is_standard=True,
    ),
    MarkDialect(
        "end of a voice", r"</v\s*>", Meaning.NO_VOICE, ("<v Ruth>{0}</v> {1}",), is_standard=True
    ),
    MarkDialect(
        "time inside a caption",
        r"<(?P<time>(?:[0-9]{1,4}:)?[0-9]{1,2}:[0-9]{2}(?:[.,][0-9]{1,3})?)>",
        Meaning.TIME,
        ("{0} <00:00:01.500><c>{1}</c>", "{0}<00:01,5> {1}"),
        is_standard=True,
    ),
    MarkDialect(
        "HTML’s line breaks",
        rf"</?(?:{_BREAKING})(?:\s[^<>]*)?/?>",
        Meaning.LINE,
        ("{0}<br>{1}", "{0}<BR/>{1}", "{0}<br />\n{1}", "<p>{0}</p><p>{1}</p>"),
    ),
    MarkDialect(
        "number of a footnote of OHMS",
        r"<c\.\d+>\s{0,3}\d{0,4}\s{0,3}</c>",
        Meaning.NOTHING,
        ("{0}<c.12>12</c> {1}",),
    ),
    MarkDialect(
        "readings beside words of Japanese and Chinese",
        r"<(?:rt|rp)(?:[.\s][^<>]*)?>[^<>]*(?:<(?!/?(?:r[tbp]|ruby))[^<>]*>[^<>]*){0,8}"
        r"(?:</(?:rt|rp)\s*>|(?=</?r(?:t|b|p|tc|uby)\b)|$)",
        Meaning.READING,
        (
            "<ruby>{0}<rt>kan</rt></ruby> {1}",
            "<ruby>{0}<rp>(</rp><rt>kan ji</rt><rp>)</rp></ruby> {1}",
            "<ruby>{0}<rt>kan</ruby> {1}",
            "<ruby.loud>{0}<rt.soft><i>kan</i></rt></ruby> {1}",
        ),
        is_standard=True,
    ),
    MarkDialect(
        "tags of WebVTT and HTML",
        rf"</?(?:{_HTML})(?:[.\s][^<>]*)?/?>|</?(?:c|lang|b|i|u|ruby|rt)\.[^<>]*>|</>",
        Meaning.NOTHING,
        (
            "<i>{0}</i> {1}",
            "<c.yellow.bg_blue>{0}</c> {1}",
            '<font color="#ffff00">{0} {1}</font>',
            "<font\ncolor=yellow>{0}\n{1}</font>",
            '<span style="x: y">{0}</span> {1}',
            "<lang en-GB>{0}</lang> {1}",
            "<STRONG>{0}</STRONG> {1}",
        ),
        is_standard=True,
    ),
    MarkDialect(
        "tags of other programs, with an attribute",
        r"<[a-zA-Z][\w:-]*\s[^<>=]*=[^<>]*>",
        Meaning.NOTHING,
        ('<tt:span tts:color="red">{0}</tt:span> {1}',),
        is_standard=True,
    ),
    MarkDialect(
        "overrides of SubStation Alpha and of MicroDVD",
        r"\{(?:\\[^{}]*|[a-zA-Z]:[^{}]*|/?[biusBIUS])\}",
        Meaning.NOTHING,
        (
            "{{\\an8}}{0} {1}",
            "{{\\pos(192,50)\\i1}}{0}{{\\i0}} {1}",
            "{{y:i}}{0} {1}",
            "{{b}}{0}{{/b}} {1}",
        ),
    ),
    MarkDialect(
        "line breaks of SubStation Alpha",
        r"\\[Nn]",
        Meaning.LINE,
        ("{0}\\N{1}", "{0}\\n{1}"),
    ),
    MarkDialect("hard space", r"\\h", Meaning.SPACE, ("{0}\\h{1}",)),
    MarkDialect("line break of SubViewer", r"\[br\]", Meaning.LINE, ("{0}[br]{1}",)),
)
"""The first that fits counts."""
CHARACTERS = (
    *(("&#39;", "'"), ("&#x27;", "'"), ("&apos;", "'"), ("&quot;", '"'), ("&#34;", '"')),
    *(("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&rsquo;", "’"), ("&eacute;", "é")),
    *(("&#39", "'"), ("&nbsp;", " ")),
    *(("&hellip;", "…"), ("&pound;", "£"), ("&ndash;", "–"), ("&#8217;", "’"), ("&#x2019;", "’")),
)
"""Letters as programs write them, and what they stand for; all of HTML's are read."""


def _joined(rows: Sequence[MarkDialect]) -> re.Pattern[str]:
    parts = [f"(?P<row{MARKS.index(row)}>{row.pattern})" for row in rows]
    return re.compile("|".join(parts), re.IGNORECASE)


_ANY_MARK = _joined(MARKS)
# In WebVTT, and in nothing else, everything between < and > is a tag by the standard.
_STANDARD_MARK = re.compile(
    _joined([row for row in MARKS if row.is_standard]).pattern + r"|</?[a-z0-9:.][^<>]*>",
    re.IGNORECASE,
)
_CLOSING = re.compile(r"</\s*([a-zA-Z][\w:-]*)\s*>")
_OPENING = re.compile(r"<\s*([a-zA-Z][\w:-]*)\s*/?>")
_ENTITY = re.compile(
    r"&(?:#\d{1,7};?|#[xX][0-9a-fA-F]{1,6};|[a-zA-Z][a-zA-Z0-9]{1,31};"
    r"|(?:nbsp|amp|quot|apos|lt|gt)(?![a-zA-Z0-9=;]))"
)
_ESCAPED_TWICE = re.compile(r"&amp;(?=(?:#\d+|quot|apos|amp|lt|gt|nbsp);)")


_ANY_TAG = re.compile(r"<[^<>]*>|\n")
_READING = re.compile(
    next(row.pattern for row in MARKS if row.meaning is Meaning.READING), re.IGNORECASE
)


def count_readings(text: str) -> int:
    """Return how many words of a text have their reading beside them (ruby), which is not said."""
    if not _has_ruby(text):
        return 0
    return sum(mark[0][:3].lower() == "<rt" for mark in _READING.finditer(text))


def _has_ruby(text: str) -> bool:
    return "<ruby" in text.lower()


def note_of_readings(count: int) -> str:
    """Return the sentence that readings beside words were left out."""
    return f"{counted(count, 'reading')} beside words (ruby) left out: the words were taken."


@dataclass(frozen=True)
class CueText:
    """A piece of a cue's text, without marks."""

    line: int
    """Line of the cue, counted from 0."""
    text: str
    voice: str
    at: int | None
    """Milliseconds of the time that stands before it; None without one."""


def cue_texts(lines: Sequence[str], *, only_standard: bool = False) -> list[CueText]:
    """Return the text of a cue in pieces: a new one at every line, voice, and time inside it.

    `only_standard` reads what the standard of WebVTT says, where all else are words.
    """
    pieces: list[CueText] = []
    voice, at, line, end = "", None, 0, 0
    text = "\n".join(lines)

    def add(words: str) -> None:
        nonlocal line, at
        for number, part in enumerate(words.split("\n")):
            if number:
                line, at = line + 1, None
            pieces.append(CueText(line, _without_entities(part, only_standard), voice, at))

    text = text if only_standard else _without_pairs(text)
    waiting = ""
    for mark in (_STANDARD_MARK if only_standard else _ANY_MARK).finditer(text):
        waiting += text[end : mark.start()]
        end = mark.end()
        # Lines that a tag goes over stay lines: what follows it is counted as in the file.
        waiting += "\n" * mark[0].count("\n")
        meaning = MARKS[int(mark.lastgroup[3:])].meaning if mark.lastgroup else Meaning.NOTHING
        if meaning is Meaning.READING and not _has_ruby(text):
            waiting += _ANY_TAG.sub("", mark[0])  # beside no word: somebody says it
        if meaning in (Meaning.LINE, Meaning.SPACE):
            waiting += "\n" if meaning is Meaning.LINE else " "
        if meaning in (Meaning.VOICE, Meaning.NO_VOICE, Meaning.TIME):
            add(waiting)
            waiting = ""
        if meaning is Meaning.TIME:
            at = stamp_ms(mark["time"])
        elif meaning is Meaning.VOICE:
            voice, at = " ".join(html.unescape(mark["voice"]).split()), None
        elif meaning is Meaning.NO_VOICE:
            voice, at = "", None
    add(waiting + text[end:])
    return [piece for piece in pieces if piece.text.strip()]


def _without_pairs(text: str) -> str:
    """Return text without tags of any name that are closed again; `<laughs>` alone is a word."""
    closed = {name.lower() for name in _CLOSING.findall(text)}
    if not closed:
        return text
    text = _CLOSING.sub(lambda tag: _kept_if_known(tag, closed), text)
    return _OPENING.sub(lambda tag: _kept_if_known(tag, closed), text)


_KNOWN_NAME = re.compile(_HTML, re.IGNORECASE)


def _kept_if_known(tag: re.Match[str], closed: set[str]) -> str:
    # Those of the table have a meaning, which is read later.
    is_unknown = tag[1].lower() in closed and not _KNOWN_NAME.fullmatch(tag[1])
    return "" if is_unknown else tag[0]


def _without_entities(text: str, only_standard: bool) -> str:
    if "&" not in text:
        return text
    if only_standard:
        return html.unescape(text)
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)


def escaped_once(text: str) -> str:
    """Return the text of a file that escapes twice (`&amp;#39;`) as if it did so once."""
    if len(_ESCAPED_TWICE.findall(text)) < 2:
        return text
    return text.replace("&amp;", "&") if _is_always_twice(text) else text


def _is_always_twice(text: str) -> bool:
    return len(_ESCAPED_TWICE.findall(text)) == text.count("&amp;")
