"""Letters of a text in every order in which somebody may read or hear them, and nothing else.

A sentence may stand on a page without blanks, backwards, a word to an attribute or to a rule of a
style sheet, or packed as Base64. Here every such way is laid out as one line of letters: without
blanks, signs and digits, in small Latin ones where they only look otherwise. Nothing here decides.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import defaultdict
from collections.abc import Iterator

from publish.leaks.readings import decode_escapes, fold, readings

_NO_LETTERS = bytes(
    byte
    for byte in range(128)
    if not (ord("a") <= byte <= ord("z") or ord("A") <= byte <= ord("Z"))
)
_NO_LETTERS_OR_BLANKS = _NO_LETTERS.translate(None, b" \n\r\t")
_APOSTROPHES = "'’‘ʼ`´ʹ′＇"
_KEYED = re.compile(
    r"""(?<![\w-])([A-Za-z_][\w-]*)["']?\s*[=:]\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"'<>{};,]+))"""
)
"""A value with its name: an attribute, a rule of a style sheet, a field of JSON or of a script."""
_QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*)"|\'((?:[^\'\\\n]|\\.)*)\'')
_LINE_MARK = re.compile(
    r"^[ \t]*(?:[-*+>|#]+[ \t]+|\d+[.)][ \t]+)*(?:[\w\"'-]+[ \t]*:[ \t])?", re.MULTILINE
)
"""The sign of a list, and the name of a field of YAML, before what the line says."""
_COMMENT = re.compile(r"<!--(.*?)(?:-->|\Z)|/\*(.*?)(?:\*/|\Z)|\{#(.*?)(?:#\}|\Z)", re.DOTALL)
_HIDDEN = re.compile(
    r"""<([a-zA-Z][\w-]*)\b[^<>]*(?:\bhidden\b|display\s*:\s*none|visibility\s*:\s*hidden
        |font-size\s*:\s*0|opacity\s*:\s*0(?![.\d])|sr-only|visually-hidden)[^<>]*>
        (?:(?!<\1\b).){0,2000}?</\1\s*>""",
    re.VERBOSE | re.DOTALL,
)
"""An element that no eye sees, with letters that only part what it stands in."""
_BASE64 = re.compile(r"(?:[A-Za-z0-9+/_-]{12,}={0,2}[\s\"',\\+]{0,12}){1,}")
_HEX = re.compile(r"(?:(?:0x|\\x|%)?[0-9a-fA-F]{2}[\s,:]{0,2}){16,}")
_CODES = re.compile(r"\b\d{2,5}\b(?:\s*,\s*\d{2,5}\b){7,}")
_LONGEST_CODE = 0x10FFFF


def letters_of(text: str) -> bytes:
    """Return the letters of a text, one after the other, in UTF-8."""
    return fold(_without_apostrophes(text)).line.translate(None, _NO_LETTERS)


def _without_apostrophes(text: str) -> str:
    # One after the other, which is many times as quick as translating.
    for sign in _APOSTROPHES:
        text = text.replace(sign, "")
    return text


def letter_words(text: str) -> list[bytes]:
    """Return the words of a text, each by its letters alone; one without letters is left out."""
    # All at once: a story has thousands of words, and a library thousands of stories.
    line = fold(_without_apostrophes(text)).line.replace(b"-", b" ")
    return line.translate(None, _NO_LETTERS_OR_BLANKS).split()


def letter_lines(text: str) -> Iterator[bytes]:
    """Yield each way to read the letters of a text, once, forwards and backwards."""
    known: set[bytes] = set()
    for way in _layouts(text):
        for line in _directions(way):
            if line not in known:
                known.add(line)
                yield line


def shown_letter_lines(text: str) -> Iterator[bytes]:
    """Yield the fewer ways in which the text of a page that was built is seen, both directions."""
    known: set[bytes] = set()
    for way in readings(text):
        line = letters_of(way)
        if line not in known:
            both = (line, _backwards(line))
            known.update(both)
            yield from both


def unpacked(text: str) -> Iterator[str]:
    """Yield texts that stand in a text as Base64, as hexadecimal digits or as codes of letters."""
    plain = decode_escapes(text)
    for source in dict.fromkeys((text, plain)):
        for run in _BASE64.finditer(source):
            yield from _from_base64(run[0])
        for run in _HEX.finditer(source):
            digits = re.sub(r"0x|\\x|[^0-9a-fA-F]", "", run[0])
            yield from _printable(bytes.fromhex(digits[: len(digits) // 2 * 2]))
        for run in _CODES.finditer(source):
            codes = [int(number) for number in re.findall(r"\d+", run[0])]
            yield "".join(chr(code) for code in codes if code <= _LONGEST_CODE)


def _layouts(text: str) -> Iterator[str]:
    plain = decode_escapes(text)
    yield from readings(text)
    if "<" in plain:
        yield from readings(_HIDDEN.sub("", plain))
    yield _LINE_MARK.sub("", plain)
    for matches in (_COMMENT.findall(plain), _QUOTED.findall(plain)):
        yield " ".join("".join(groups) for groups in matches)
    by_name: dict[str, list[str]] = defaultdict(list)
    for name, *values in _KEYED.findall(plain):
        by_name[re.sub(r"[\d_-]+", "", name).lower()].append("".join(values))
    everything = [value for values in by_name.values() for value in values]
    for values in (*by_name.values(), everything):
        if len(values) > 1:
            yield " ".join(values)


def _directions(text: str) -> Iterator[bytes]:
    """Yield the letters as they stand, backwards, each word backwards, and the last word first."""
    line = letters_of(text)
    yield line
    yield _backwards(line)
    turned = b"".join(map(_backwards, letter_words(text)))
    yield turned
    yield _backwards(turned)


def _backwards(line: bytes) -> bytes:
    # A letter of another script is several bytes, which stay in their order.
    return line[::-1] if line.isascii() else line.decode("utf-8", "replace")[::-1].encode()


def _from_base64(run: str) -> Iterator[str]:
    pieces = [piece for piece in re.split(r"[\s\"',\\]+", run) if len(piece) >= 12]
    for packed in dict.fromkeys(["".join(pieces), *pieces]):
        bare = packed.rstrip("=").replace("-", "+").replace("_", "/")
        with_padding = bare + "=" * (-len(bare) % 4)
        try:
            data = base64.b64decode(with_padding, validate=True)
        # Any long word looks like Base64; what is none was read as text already.
        except (binascii.Error, ValueError):
            continue
        yield from _printable(data)


def _printable(data: bytes) -> Iterator[str]:
    for encoding in ("utf-8", "utf-16-le"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text and sum(map(str.isprintable, text)) > 0.9 * len(text):
            yield text
