"""OHMS XML, by which archives of oral history exchange an interview’s record, index and transcript.

Oral History Metadata Synchronizer, schema 5.4 (`ohms.xsd`, namespace below): one `record` in
`ROOT`. Its `index` has points in whole seconds. Its transcript is lines of text, and `sync` says
which word of which line is spoken at each full minute: `1:|13(3)|19(14)` is “every 1 minute: the
third word of line 13, the fourteenth of line 19”. Lines are counted from 0, as OHMS’ viewer does.
Since 6.0 a transcript may be WebVTT instead, in `vtt_transcript`: that is read, and 5.4 written,
which every version of the viewer shows.

Files of others are read without entities, document types or anything fetched, and within limits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from library.core.errors import BadInput, NotFound
from library.core.files import translate_disk_errors
from library.core.sanitise import printable
from library.core.timecode import from_parts, whole_seconds

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

NAMESPACE = "https://www.weareavp.com/nunncenter/ohms"
VERSION = "5.4"
MAX_BYTES = 20_000_000
"""Bytes. A transcript of ten hours is about half a million."""
MAX_POINTS = 1_000
_MARK = re.compile(r"^\s*(\d{1,6})(?:\((\d{1,6})\))?\s*$")
_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{1,2})(?:\.\d+)?")
_MAX_TEXT_CHARACTERS = 4_000
_MAX_SECONDS = 360_000
"""Seconds: no recording lasts a hundred hours."""


@dataclass(frozen=True)
class OhmsIndexPoint:
    """An entry of the index."""

    at: int
    """Seconds."""
    title: str
    synopsis: str = ""
    keywords: tuple[str, ...] = ()
    partial: str = ""
    """First words of the passage."""


@dataclass(frozen=True)
class OhmsSyncMark:
    """The word of the transcript at which a full minute falls."""

    at: int
    """Seconds."""
    line: int
    """Counted from 0."""
    word: int
    """Of that line, counted from 1."""


@dataclass(frozen=True)
class OhmsInterview:
    """An OHMS record, as far as we use it."""

    title: str
    number: int = 1
    """`record id`, which OHMS wants to be a number."""
    day: str = ""
    """ISO 8601; of the record."""
    accession: str = ""
    duration: int = 0
    """Seconds; 0 where it is not said."""
    repository: str = ""
    collection: str = ""
    series: str = ""
    keywords: tuple[str, ...] = ()
    interviewees: tuple[str, ...] = ()
    interviewers: tuple[str, ...] = ()
    language: str = ""
    file_name: str = ""
    kind: str = "audio"
    """`audio` or `video`."""
    description: str = ""
    rights: str = ""
    usage: str = ""
    restricted: bool = False
    lines: tuple[str, ...] = ()
    marks: tuple[OhmsSyncMark, ...] = ()
    points: tuple[OhmsIndexPoint, ...] = field(default=())
    captions: str = ""
    """The transcript as WebVTT, in files of 6.0; never written."""

    @property
    def has_transcript(self) -> bool:
        """True where the record has words, in either form."""
        return bool(self.captions) or any(line.strip() for line in self.lines)


# Written


def write(interview: OhmsInterview) -> bytes:
    """Return one record in the schema's order; characters that XML lacks are left out."""
    body = "".join(
        (
            _element("version", VERSION),
            f'<date value="{_quoted(interview.day)}" format="yyyy-mm-dd"/>',
            _element("cms_record_id", interview.accession),
            _element("title", interview.title),
            _element("accession", interview.accession),
            _element("duration", whole_seconds(interview.duration * 1000)),
            _element("collection_name", interview.collection),
            _element("series_name", interview.series),
            _element("repository", interview.repository),
            *(_element("keyword", text) for text in interview.keywords),
            *(_element("interviewee", text) for text in interview.interviewees),
            *(_element("interviewer", text) for text in interview.interviewers),
            _element("format", interview.kind),
            _element("file_name", interview.file_name),
            _element("sync", _sync(interview.marks)),
            _element("translate", "0"),
            _mediafile(interview),
            _element("language", interview.language),
            f"<index>{''.join(map(_point, interview.points))}</index>",
            _element("type", "interview"),
            _element("description", interview.description),
            _element("transcript", "".join(f"{line}\n" for line in interview.lines)),
            _element("rights", interview.rights),
            _element("fmt", interview.kind),
            _element("usage", interview.usage),
            _element("userestrict", "1" if interview.restricted else "0"),
        )
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<ROOT xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="{NAMESPACE} {NAMESPACE}/ohms.xsd">\n'
        f'<record id="{interview.number}" dt="{_quoted(interview.day)}">{body}</record>\n</ROOT>\n'
    ).encode()


def _element(name: str, text: str) -> str:
    return f"<{name}>{escape(xml_text(text))}</{name}>\n"


def _quoted(text: str) -> str:
    return escape(xml_text(text), {'"': "&quot;"})


def xml_text(text: str) -> str:
    """Return text without characters that XML 1.0 cannot hold."""
    return re.sub(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "", text)


def _mediafile(interview: OhmsInterview) -> str:
    return f"<mediafile><host>Other</host><clip_format>{interview.kind}</clip_format></mediafile>\n"


def _point(point: OhmsIndexPoint) -> str:
    return "".join(
        (
            "<point>",
            _element("time", str(point.at)),
            _element("title", point.title),
            _element("partial_transcript", point.partial),
            _element("synopsis", point.synopsis),
            _element("keywords", ";".join(keyword.replace(";", ",") for keyword in point.keywords)),
            "</point>\n",
        )
    )


def _sync(marks: tuple[OhmsSyncMark, ...]) -> str:
    """Every minute from the first to the last has its place, as the viewer counts them."""
    return "1:|" + "|".join(f"{mark.line}({mark.word})" for mark in marks) if marks else ""


# Read


def read_file(path: Path) -> OhmsInterview:
    """Return the first record of an OHMS file. Raises NotFound, DiskFailed, BadInput."""
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", "Check the path.")
    with translate_disk_errors(path, "read"), path.open("rb") as file:
        # One byte too many shows that it is too large.
        data = file.read(MAX_BYTES + 1)
    return read(data, path.name)


def read(data: bytes | str, name: str) -> OhmsInterview:
    """Return the first record in `data`. `name` is how messages call it. Raises BadInput."""
    if len(data) > MAX_BYTES:
        raise BadInput(f"{name} is far larger than any OHMS file.", "Check which file it is.")
    try:
        root = fromstring(data, forbid_dtd=True)
    except DefusedXmlException:
        raise BadInput(
            f"{name} defines a document type or entities, which OHMS files do not.",
            "Ask where it came from; it is not read.",
        ) from None
    # LookupError: an encoding that Python does not have.
    except (ParseError, ValueError, LookupError) as error:
        where = f" from line {error.position[0]} on" if isinstance(error, ParseError) else ""
        raise BadInput(
            f"{name} is not whole XML: it cannot be read{where}.", "Export it from OHMS again."
        ) from None
    records = (
        [element for element in root if local_name(element) == "record"]
        if local_name(root) == "ROOT"
        else []
    )
    if not records:
        raise BadInput(
            f"{name} is no OHMS file: it has no record.",
            "Name an XML file that was exported from OHMS, version 5.4 or later.",
        )
    return _interview(records[0])


def _interview(record: Element) -> OhmsInterview:
    children: dict[str, list[Element]] = {}
    for child in record:
        children.setdefault(local_name(child), []).append(child)

    def text(name: str) -> str:
        return _line(children[name][0].text) if name in children else ""

    def texts(name: str) -> tuple[str, ...]:
        return tuple(
            filter(None, (_line(element.text) for element in children.get(name, [])[:100]))
        )

    def whole(name: str) -> str:
        return (children[name][0].text or "") if name in children else ""

    transcript = whole("transcript")
    return OhmsInterview(
        title=text("title") or "Untitled",
        day=children["date"][0].get("value", "")[:40] if "date" in children else "",
        accession=text("accession"),
        duration=_seconds(text("duration")),
        repository=text("repository"),
        collection=text("collection_name"),
        series=text("series_name"),
        keywords=texts("keyword"),
        interviewees=texts("interviewee"),
        interviewers=texts("interviewer"),
        language=text("language"),
        file_name=text("file_name"),
        kind="video" if text("fmt") == "video" else "audio",
        description=text("description"),
        rights=text("rights"),
        usage=text("usage"),
        restricted=text("userestrict") == "1",
        lines=tuple(transcript.replace("\r\n", "\n").replace("\r", "\n").split("\n")),
        marks=_marks(text("sync")),
        points=_points(children["index"][0]) if "index" in children else (),
        captions=whole("vtt_transcript").strip(),
    )


def local_name(element: Element) -> str:
    """Return the tag without its namespace: files of before 5 have none."""
    return str(element.tag).rpartition("}")[2]


def _line(text: str | None) -> str:
    return " ".join(printable(text or "").split())[: 10 * _MAX_TEXT_CHARACTERS]


def _points(index: Element) -> tuple[OhmsIndexPoint, ...]:
    points = []
    for element in [child for child in index if local_name(child) == "point"][:MAX_POINTS]:
        texts = {local_name(child): _line(child.text) for child in element}
        at = _moment(texts.get("time", ""))
        if at is None:
            continue
        keywords = (keyword.strip() for keyword in texts.get("keywords", "").split(";"))
        points.append(
            OhmsIndexPoint(
                at=at,
                title=texts.get("title", "").strip("; ")[:_MAX_TEXT_CHARACTERS]
                or "Untitled passage",
                synopsis=texts.get("synopsis", "")[:_MAX_TEXT_CHARACTERS],
                keywords=tuple(filter(None, keywords)),
                partial=texts.get("partial_transcript", "")[:_MAX_TEXT_CHARACTERS],
            )
        )
    return tuple(sorted(points, key=lambda element_or_keyword: element_or_keyword.at))


def _moment(time: str) -> int | None:
    """Whole seconds, as OHMS writes them, or the clock times that other tools put there."""
    if re.fullmatch(r"\d{1,6}(\.\d{1,9})?", time):
        return int(float(time))
    return _seconds(time) if _CLOCK.fullmatch(time) else None


def _marks(sync: str) -> tuple[OhmsSyncMark, ...]:
    """Return the sync marks that advance in time; anything else is left out."""
    every, _, stamps = sync.partition(":")
    if not re.fullmatch(r"\s*\d{1,2}(\.\d{1,2})?\s*", every) or float(every) == 0:
        return ()
    marks: list[OhmsSyncMark] = []
    # The first field is empty: the stamps begin at minute 1.
    for number, stamp in enumerate(stamps.split("|")):
        stamp_parts = _MARK.match(stamp)
        at = round(number * float(every) * 60)
        if stamp_parts is None or number == 0 or at > _MAX_SECONDS:
            continue
        mark = OhmsSyncMark(at, int(stamp_parts[1]), max(1, int(stamp_parts[2] or 1)))
        if not marks or (mark.line, mark.word) >= (marks[-1].line, marks[-1].word):
            marks.append(mark)
    return tuple(marks)


def _seconds(clock: str) -> int:
    parts = _CLOCK.fullmatch(clock)
    if parts is None:
        return 0
    return from_parts(*parts.groups()) // 1000
