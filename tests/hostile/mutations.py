"""Bytes that somebody might hand in: valid files cut, repeated, spliced and swapped, and any bytes.

Changes are made to tokens (a quoted text, a number, a word, a mark), so that most of a file stays
what it was and its reader gets as far as its later steps.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from hypothesis import strategies as st

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|-?\d+(?:[.:]\d+)*|\w+|\r?\n|[ \t]+|.', re.DOTALL)
_MOST_TOKENS = 4_000
"""Of an example: longer ones are cut to where they begin, so that a run stays quick."""

NASTY: tuple[bytes, ...] = (
    *(b"", b"\0", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", "\u2028".encode(), "\x85".encode()),
    *("\u202e".encode(), "\u200b".encode(), b"\r", b"\n\n", b"\t", b"\x1b[2J", b"\x1a"),
    *(b"-1", b"0", b"1", b"9" * 25, b"9" * 5_000, b"1e999", b"-1e999", b"1e-999", b"0x_", b"0.5"),
    *(
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b".inf",
        b"null",
        b"true",
        b"~",
        b"[]",
        b"{}",
        b'""',
        b"''",
    ),
    *(b"[" * 200_000, b'{"a":' * 200_000, b"- " * 20_000, b"<a>" * 20_000, b"(" * 20_000),
    *(b"x" * 20_000, b'"' + b"\\u0000" * 5_000 + b'"', b'"\\ud800"', b'"\\u0000"', b'"\\"'),
    *(b"&a", b"*a", b"&a [*a]", b"<<: *a", b"!!python/name:os.system", b"!!int ''", b"!!bool x"),
    *(b"2020-99-99", b"0001-01-01", b"9999-12-31", b"2026-02-30", b"2001-12-14t21:59:43.1-99:99"),
    *(b"00:00:00.000 --> 00:00:00.000", b"99:59:59.999", b"-00:00:01.000", b"-->", b"0:-1"),
    *(b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"&#0;", b"&#x110000;", b"<![CDATA[", b"]]>"),
    *(b"../../../etc/passwd", b"/etc/passwd", b"C:\\x", b"CON", b"a" * 300, b"file:///x"),
    *(b"{{ 7 * 7 }}", b"{% for a in range(10**9) %}", b"{#", b"{{", b"}}", b"---\n", b"...\n"),
    *(
        b"=cmd()",
        b"@x",
        b"|",
        b">",
        b"%",
        b"`",
        b":",
        b": ",
        b",",
        b";",
        b"?",
        b"#",
        b"*",
        b"==",
        b"~~",
    ),
)
"""Words of the trade: each has broken a reader of some kind."""


def _whole(data: bytes) -> list[bytes]:
    """Return the file as other programs would have saved it, and worse."""
    text = data.decode("utf-8", "replace")
    return [
        data.replace(b"\n", b"\r\n"),
        data.replace(b"\n", b"\r"),
        b"\xef\xbb\xbf" + data,
        text.encode("utf-16"),
        text.encode("utf-16-le"),
        text.encode("utf-32"),
        data[: len(data) // 2],
        data[1:],
        data * 2,
        data[::-1],
        data.replace(b"\n", b" "),
        data + b"\0" * 4096,
    ]


def tokens(data: bytes) -> list[bytes]:
    return _TOKEN.findall(data)[:_MOST_TOKENS]


@st.composite
def _changed(draw: st.DrawFn, examples: Sequence[bytes]) -> bytes:
    data = draw(st.sampled_from(examples))
    parts = tokens(data)
    for _ in range(draw(st.integers(1, 4))):
        if not parts:
            break
        at = draw(st.integers(0, len(parts) - 1))
        end = min(len(parts), at + draw(st.integers(1, 12)))
        match draw(st.integers(0, 6)):
            case 0:
                parts[at] = draw(st.sampled_from(NASTY))
            case 1:
                del parts[at:end]
            case 2:
                parts[at:at] = parts[at:end] * draw(st.sampled_from((1, 2, 50)))
            case 3:
                to = draw(st.integers(0, len(parts) - 1))
                parts[at], parts[to] = parts[to], parts[at]
            case 4:
                other = tokens(draw(st.sampled_from(examples)))
                start = draw(st.integers(0, max(0, len(other) - 1)))
                parts[at:end] = other[start : start + end - at]
            case 5:
                parts[at:at] = [draw(st.sampled_from(NASTY))]
            case _:
                parts[at] = draw(st.binary(max_size=4))
    return b"".join(parts)


def hostile(examples: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """Mostly what once was valid; also other ways to save it, and bytes that were never a file."""
    saved_otherwise = [chunk for example in examples for chunk in _whole(example)]
    return st.one_of(
        _changed(examples),
        _changed(examples),
        _changed(examples),
        st.sampled_from(saved_otherwise),
        st.sampled_from(NASTY),
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    )


def renamed(data: bytes) -> bytes:
    """With the id that a question set or plan must have where the tests put it."""
    return re.sub(rb"(?m)^id: .*$", b"id: hostile", data, count=1)
