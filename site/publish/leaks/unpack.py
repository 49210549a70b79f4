"""Everything that lies in a file, however it is packed, one inside another: the one decoder of the
search for words and of that for pictures and sound in what people wrote.

A file is opened (archives, notes of pictures, mail, rich text, fonts), what it says is read, and
what is written in that as digits or letters (Base64, hexadecimal, numbers, percent signs, quoted
printable) is opened in turn, up to a depth and a size. Nothing here decides what is looked for.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import io
import quopri
import re
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from fontTools.ttLib import TTFont
from markdown import Markdown

from library.core.errors import BadInput
from library.core.markdown_cost import MarkdownCost
from publish.leaks.extract import (
    MAX_UNKNOWN_BYTES,
    MAX_UNPACKED_BYTES,
    ArchiveMember,
    StringsInBytes,
    TextContent,
    file_contents,
)
from publish.leaks.readings import decode_escapes
from publish.written_markdown import WRITTEN_EXTENSIONS

DEEPEST = 5
"""Files within files, of whatever kind."""
_MOST_BYTES = 4 * MAX_UNPACKED_BYTES
"""Bytes that are looked at for one file, with all that lies in it."""
_SHORTEST = 12
"""Bytes in a text that are worth a look: fewer say nothing by which a story is known."""
_LONG = 60
"""Bytes from which they may be a packed file; fewer are looked at where they are writing."""
_FEW_BYTES = 4_096
"""Bytes up to which what is no text is read in every way."""
_MOST_PIECES = 4_000
"""Packed pieces in one text that are opened: a script made by programs has as many long words."""

_RUN_OF_TEXT = re.compile(rb"(?:[\t\n\r\x20-\x7e]|[\xc2-\xf4][\x80-\xbf]{1,3}){12,}")
_WIDE_LETTERS = {
    "utf-16-le": [rb"[\t\n\r\x20-\xff]\0|[\x10-\x3f]\x20|.\x%02x" % each for each in b"\1\3\4\5\6"],
    "utf-16-be": [rb"\0[\t\n\r\x20-\xff]|\x20[\x10-\x3f]|\x%02x." % each for each in b"\1\3\4\5\6"],
}
"""Pairs of bytes in text of one alphabet each: Latin, Greek, Cyrillic, Hebrew, Arabic."""
_BASE64 = re.compile(
    r"(?:[A-Za-z0-9+/_-]{12,}={0,2}[\s\"'`,;+\\]{0,12})+(?:(?<!=)[A-Za-z0-9+/_-]{1,11}={0,2})?"
)
_BETWEEN_STRINGS = re.compile(r"[\s\"'`]*[,;][\s\"'`]*|\"\s+\"")
_CONCATENATED = re.compile(r"[\"'`]\s*\+\s*[\"'`]")
_BASE32 = re.compile(r"(?<![A-Za-z0-9])[A-Z2-7]{24,}={0,6}(?![A-Za-z0-9])")
_HEXADECIMAL = re.compile(r"(?:(?:0x|\\x|%)?[0-9a-fA-F]{2}[\s,:\"'+]{0,4}){16,}")
_NUMBER = r"(?:0x[0-9a-fA-F]{1,6}|0b[01]{5,21}|0o[0-7]{2,7}|\d{1,7})"
_NUMBERS = re.compile(rf"\b{_NUMBER}(?:[\s,;]{{1,4}}{_NUMBER}\b){{7,}}")
_BINARY = re.compile(r"[01]{56,}|\b[01]{7,8}(?:[\s,;]{1,4}[01]{7,8}\b){7,}")
_LARGEST_CODE = 0x10FFFF
_QUOTED_PRINTABLE = re.compile(rb"(?:=[0-9A-Fa-f]{2}[^=]{0,200}){3}")
_PERCENT = re.compile(r"data:[a-z]+/[\w.+-]+(?:;[\w=.-]+)*,([^\"'()<>\s]{64,})", re.IGNORECASE)
_STRING = re.compile(r"\"([^\"\\\n]{4,400})\"|'([^'\\\n]{4,400})'")
_RICH_SIGN = re.compile(r"\\'([0-9a-fA-F]{2})|\\u(-?\d{2,6}) ?\??")
_RICH_BREAK = re.compile(r"\\(?:par|line|tab|cell|row|sect|page)d?\b ?")
_RICH_COMMAND = re.compile(r"\\\*|\\[a-zA-Z]+-?\d* ?|[{}]|\r?\n")
_FONTS = (b"wOFF", b"wOF2")
_TAR_MARK = slice(257, 262)
_END_OF_ARCHIVE = 66_000
"""Bytes at the end of a zip in which its list of files begins to be told (APPNOTE 4.3.16)."""


class Content(NamedTuple):
    """A file, or what lies in one as if it were a file of its own."""

    name: str
    """Its file name; empty where nobody gave it one."""
    data: bytes
    texts: tuple[str, ...]
    """The words in it, without what is packed in them."""


class _Inner(NamedTuple):
    name: str
    data: bytes


def everything_in(name: str, data: bytes) -> Iterator[Content]:
    """Yield a file and everything that lies in it, however deep, each once."""
    yield from _opened([(_Inner(name, data), 0)])


def everything_in_text(text: str) -> Iterator[str]:
    """Yield a text and every text that is packed in it."""
    yield text
    for content in _opened([(inner, 1) for inner in _packed_in(text)]):
        yield from content.texts


def _opened(waiting: list[tuple[_Inner, int]]) -> Iterator[Content]:
    known: set[bytes] = set()
    room = _MOST_BYTES
    while waiting:
        (name, data), depth = waiting.pop()
        digest = hashlib.sha256(data).digest()
        if digest in known or len(data) > room:
            continue
        known.add(digest)
        room -= len(data)
        texts, inner = _looked_into(name, data)
        yield Content(name, data, texts)
        if depth < DEEPEST:
            packed = (each for text in texts for each in _packed_in(text))
            waiting += [(each, depth + 1) for each in (*inner, *packed)]


def _looked_into(name: str, data: bytes) -> tuple[tuple[str, ...], list[_Inner]]:
    """Return what a file says, and the files in it."""
    texts: dict[str, None] = {}
    inner: list[_Inner] = []
    for part in file_contents(name, name, data):
        if isinstance(part, TextContent):
            texts.update(dict.fromkeys(_texts_of(name, part.text)))
        # The last look refuses more bytes without a form.
        elif isinstance(part, StringsInBytes) and len(part.data) <= MAX_UNKNOWN_BYTES:
            texts.update(dict.fromkeys(_strings_in(part.data)))
        elif isinstance(part, ArchiveMember):
            texts[part.name.replace("_", " ")] = None
            inner.append(_Inner(part.name, part.data))
    inner += _hidden_files(name, data)
    return tuple(texts), inner


def _texts_of(name: str, text: str) -> Iterator[str]:
    yield text
    if text.lstrip().startswith("{\\rtf"):
        yield _without_commands(text)
    if name.endswith(".md"):
        # As readers see it: without the addresses of links between the words. What takes too long
        # to read makes no page: the build refuses it by name.
        with contextlib.suppress(BadInput):
            yield Markdown(extensions=[*WRITTEN_EXTENSIONS, MarkdownCost()]).convert(text)


def _without_commands(rich: str) -> str:
    """Return the words of rich text (RTF)."""
    words = _RICH_BREAK.sub("\n\n", _RICH_SIGN.sub(_rich_sign, rich))
    return _RICH_COMMAND.sub("", words.replace("\n\n", "\0")).replace("\0", "\n")


def _rich_sign(match: re.Match[str]) -> str:
    if match[1]:
        return bytes.fromhex(match[1]).decode("cp1252", "replace")
    # Numbers over 32767 are written as negative ones.
    return chr(int(match[2]) % 0x10000)


def _strings_in(data: bytes) -> Iterator[str]:
    """Yield what is written among other bytes, in whatever encoding."""
    if len(data) <= _FEW_BYTES:
        yield data.decode("utf-8", "replace")
        # Text may begin at an odd byte, where the pairs fall otherwise.
        for encoding in ("utf-16-le", "utf-16-be") if b"\0" in data else ():
            yield data.decode(encoding, "replace")
            yield data[1:].decode(encoding, "replace")
        return
    # Of much that is no text, what may be: letters turn up among other bytes everywhere.
    yield b"\n".join(_RUN_OF_TEXT.findall(data)).decode("utf-8", "replace")
    for encoding, pairs in _WIDE_LETTERS.items():
        for pair in pairs:
            runs = re.findall(rb"(?:%s){8,}" % pair, data, re.DOTALL)
            yield "\n".join(run.decode(encoding, "replace") for run in runs)


def _hidden_files(name: str, data: bytes) -> Iterator[_Inner]:
    """Yield the files in one that no program opens by its first bytes and its name."""
    if data[_TAR_MARK] == b"ustar" or name.lower().endswith(".tar"):
        yield from _in_tar(data)
    # An archive is read from its end: anything may stand before it.
    if not data.startswith(b"PK") and b"PK\x05\x06" in data[-_END_OF_ARCHIVE:]:
        yield from _in_zip(data)
    if data.startswith(b"\x1f\x8b") or _is_zlib(data[:2]):
        yield from _deflated(data)
    if data.startswith(_FONTS):
        yield from _in_font(data)
    if _QUOTED_PRINTABLE.search(data):
        decoded = quopri.decodestring(data)
        if decoded != data:
            yield _Inner("", decoded)


def _in_tar(data: bytes) -> Iterator[_Inner]:
    # A broken one is read as the bytes it is.
    with (
        contextlib.suppress(tarfile.TarError, OSError, ValueError, EOFError),
        tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive,
    ):
        for member in archive:
            if member.isfile() and member.size <= len(data):
                unpacked = archive.extractfile(member)
                yield _Inner(member.name, unpacked.read() if unpacked else b"")


def _in_zip(data: bytes) -> Iterator[_Inner]:
    with (
        contextlib.suppress(zipfile.BadZipFile, OSError, ValueError),
        zipfile.ZipFile(io.BytesIO(data)) as archive,
    ):
        # As if it stood alone, so that it is opened as any other.
        begins = min((info.header_offset for info in archive.infolist()), default=0)
        if 0 < begins < len(data):
            yield _Inner("", data[begins:])


def _is_zlib(head: bytes) -> bool:
    return len(head) == 2 and head[0] & 15 == 8 and int.from_bytes(head, "big") % 31 == 0


def _deflated(data: bytes) -> Iterator[_Inner]:
    """Yield what is packed by gzip or zlib, whatever follows it."""
    with contextlib.suppress(zlib.error):
        # 47 is either of the two, in zlib's numbers.
        unpacked = zlib.decompressobj(wbits=47).decompress(data, MAX_UNPACKED_BYTES)
        if len(unpacked) >= _SHORTEST:
            yield _Inner("", unpacked)


def _in_font(data: bytes) -> Iterator[_Inner]:
    """Yield the tables of a font as they are when they are not packed."""
    unpacked = io.BytesIO()
    # Its readers of broken fonts raise nearly everything.
    with contextlib.suppress(Exception), TTFont(io.BytesIO(data), lazy=True) as font:
        font.flavor = None
        font.save(unpacked, reorderTables=None)
        yield _Inner("", unpacked.getvalue())


# Packed in a text


def _packed_in(text: str) -> list[_Inner]:
    """Return what is written in a text as digits or letters, each once."""
    contents: dict[bytes, None] = {}
    for data in _bytes_in(text):
        if len(data) >= _LONG or (len(data) >= _SHORTEST and _is_writing(data)):
            contents[data] = None
        if len(contents) >= _MOST_PIECES:
            break
    return [_Inner("", data) for data in contents]


def _bytes_in(text: str) -> Iterator[bytes]:
    plain = decode_escapes(text)
    for run in _BASE64.finditer(plain):
        yield from _from_base64(run[0])
    for written in dict.fromkeys((text, plain)):
        for run in _HEXADECIMAL.finditer(written):
            bare = re.sub(r"0x|\\x|[^0-9a-fA-F]", "", run[0])
            yield bytes.fromhex(bare[: len(bare) // 2 * 2])
        for run in _NUMBERS.finditer(written):
            yield from _from_numbers(re.findall(_NUMBER, run[0]))
    for run in _BINARY.finditer(plain):
        digits = re.findall(r"[01]{8}" if run[0].isdigit() else r"[01]+", run[0])
        yield bytes(int(each, 2) for each in digits)
    for run in _BASE32.finditer(plain):
        bare = run[0].rstrip("=")
        with contextlib.suppress(binascii.Error, ValueError):
            yield base64.b32decode(bare + "=" * (-len(bare) % 8))
    for run in _PERCENT.finditer(text):
        if "%" in run[1]:
            yield unquote_to_bytes(run[1])
    yield from _from_strings(plain)


def _from_base64(run: str) -> Iterator[bytes]:
    strings = [packed for each in _BETWEEN_STRINGS.split(run) if (packed := _joined(each))]
    lengths = {len(each) for each in strings[:-1]}
    # One after the other, and each alone where they are no lines of one.
    for packed in dict.fromkeys(("".join(strings), *(strings if len(lengths) > 1 else ()))):
        if data := _base64_bytes(packed):
            yield data
    if len(strings) == 2:
        yield from map(_base64_bytes, strings)


def _joined(packed: str) -> str:
    return re.sub(r"[^A-Za-z0-9/_=+-]", "", _CONCATENATED.sub("", packed))


def _base64_bytes(packed: str) -> bytes:
    """Return what stands in a text as Base64; nothing where it is none."""
    bare = re.sub(r"=+|\s+", "", packed).replace("-", "+").replace("_", "/")
    whole = bare[:-1] if len(bare) % 4 == 1 else bare
    # Any long word looks like Base64; what is none was read as text already.
    with contextlib.suppress(binascii.Error, ValueError):
        return base64.b64decode(whole + "=" * (-len(whole) % 4), validate=True)
    return b""


def _from_numbers(numbers: Iterable[str]) -> Iterator[bytes]:
    codes = [int(number, 0 if number[1:2] in "xbo" else 10) for number in numbers]
    if all(code < 256 for code in codes):
        yield bytes(codes)
    yield "".join(
        chr(code) for code in codes if code <= _LARGEST_CODE and not 0xD800 <= code < 0xE000
    ).encode()


def _from_strings(text: str) -> Iterator[bytes]:
    """Yield the strings of a script one after the other, where each is packed by itself."""
    strings = ["".join(match) for match in _STRING.findall(text)]
    if len(strings) < 4:
        return
    for unpack in (_base64_bytes, _hexadecimal_bytes):
        words = [data for each in strings if (data := unpack(each)) and _is_word(data)]
        if len(words) >= 4:
            yield b" ".join(words)


def _hexadecimal_bytes(digits: str) -> bytes:
    with contextlib.suppress(ValueError):
        return bytes.fromhex(digits)
    return b""


def _is_writing(data: bytes) -> bool:
    """Return True for bytes of which nearly all are signs that are written."""
    texts = [data.decode("utf-8", "replace"), data.decode("utf-16-le", "replace")]
    return any(
        sum(map(str.isprintable, text)) - text.count("\ufffd") > 0.9 * len(text) for text in texts
    )


def _is_word(data: bytes) -> bool:
    with contextlib.suppress(UnicodeDecodeError):
        return data.decode().isprintable()
    return False
