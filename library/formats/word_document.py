"""Read the lines of a Word document: transcripts of Teams and Meet, lists of questions.

A .docx is a ZIP with XML in it. Only `word/document.xml` is opened, up to a limit, by a reader that
follows no entity; pictures, comments and what was deleted stay where they are.
"""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from library.core.errors import BadInput
from library.core.files import translate_disk_errors

_MAX_FILE_BYTES = 100_000_000  # with the pictures of everybody who spoke
_MAX_XML_BYTES = 30_000_000
_MAX_ENTRIES = 5_000
_BODY = "word/document.xml"
_SPACE = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT_SPACE = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_BREAKS = {"br": "\n", "cr": "\n", "tab": "\t", "noBreakHyphen": "-"}
_NOT_SAID = ("del", "moveFrom", "rPr", "pPr", "instrText", "Fallback", "rt")
"""Elements whose words are deleted, moved away, settings, a drawing’s second form, or readings."""
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(RuntimeError, NotImplementedError, ValueError, OverflowError),
)
"""Exceptions of `zipfile` for archives that are damaged, locked or packed in another way."""
_NEXT = (
    "In Teams, download the transcript as .vtt (or .docx, without a password), and name that file."
)


def is_word_document(path: Path) -> bool:
    """Return whether the file begins as a ZIP: no text does."""
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:  # reading it says so
        return False


@dataclass(frozen=True)
class WordParagraph:
    """A paragraph: its lines, and how deep it lies in a list of Word's own."""

    lines: tuple[str, ...]
    level: int | None
    """From 0; None where it is in no list."""
    readings: int = 0
    """Words beside which their reading stands (ruby); it is in no line."""


def read_paragraphs(path: Path) -> list[WordParagraph]:
    """Return the paragraphs of a Word document. Raises BadInput, NotFound or DiskFailed."""
    with translate_disk_errors(path, "read"):
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise BadInput("this is far larger than what is read here.", "Check which file it is.")
        data = path.read_bytes()
    xml = _document_xml(data)
    try:
        root = fromstring(xml, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError):
        raise BadInput("the words in this Word document cannot be read.", _NEXT) from None
    return [
        WordParagraph(
            tuple(_text(paragraph).split("\n")),
            _list_level(paragraph),
            sum(_name(element) == "rt" for element in paragraph.iter()),
        )
        for paragraph in _paragraphs(root)
    ]


def _list_level(paragraph: Any) -> int | None:
    for space in (_SPACE, _STRICT_SPACE):
        level = paragraph.find(f"{space}pPr/{space}numPr/{space}ilvl")
        if level is not None:
            digits = level.get(f"{space}val", "0")
            return int(digits) if digits in set("012345678") else 0
    return None


def _document_xml(data: bytes) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.infolist()) > _MAX_ENTRIES:
                raise BadInput("this holds more parts than any such document.", _NEXT)
            with archive.open(_BODY) as body:
                xml = body.read(_MAX_XML_BYTES + 1)
    except KeyError:
        raise _other_archive(data) from None
    except _BROKEN:
        raise BadInput("this Word document is damaged or locked with a password.", _NEXT) from None
    if len(xml) > _MAX_XML_BYTES:
        raise BadInput("this is far longer than what is read here.", "Check which file it is.")
    return xml


def _other_archive(data: bytes) -> BadInput:
    """Return the refusal of a ZIP that is no Word document, by what it seems to be."""
    if b"xl/workbook" in data:
        return BadInput("this is an Excel workbook.", "Save the sheet as CSV, and use that.")
    if b"opendocument.spreadsheet" in data[:_SNIFFED_BYTES]:
        return BadInput("this is a spreadsheet.", "Save the sheet as CSV, and use that.")
    if b"opendocument" in data[:_SNIFFED_BYTES]:
        return BadInput("this is an OpenDocument text.", "Save it as Word (.docx), and use that.")
    return BadInput("this is a ZIP, and no Word document.", _NEXT)


_SNIFFED_BYTES = 200


def _paragraphs(root: Any) -> Iterator[Any]:
    """Yield the paragraphs in their order, without those inside another."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if _name(element) == "p":
            yield element
        else:
            waiting += reversed(element)


def _text(paragraph: Any) -> str:
    parts: list[str] = []
    waiting = [paragraph]
    while waiting:
        element = waiting.pop()
        name = _name(element)
        if name == "t":
            parts.append(element.text or "")
        elif name in _BREAKS:
            parts.append(_BREAKS[name])
        elif name not in _NOT_SAID:
            waiting += reversed(element)
    return "".join(parts)


def _name(element: Any) -> str:
    tag = element.tag if isinstance(element.tag, str) else ""
    return tag.removeprefix(_SPACE).removeprefix(_STRICT_SPACE)
