"""Pages of a PDF that Chromium made, by how much is written on each."""

from __future__ import annotations

import re
import zlib

_PAGE = re.compile(rb"/Type\s*/Page\b(?!s).*?/Contents\s+(\d+)\s+0\s+R", re.DOTALL)
_STREAM = re.compile(
    rb"(?m)^(\d+) 0 obj\s*<<(?:(?!endobj).)*?/Length (\d+)(?:(?!endobj).)*?>>\s*stream\r?\n",
    re.DOTALL,
)
_GLYPHS = re.compile(rb"<([0-9A-Fa-f]+)>\s*(?:Tj)?|\(((?:[^()\\]|\\.)*)\)")


def glyphs_by_page(pdf: bytes) -> list[int]:
    """Return for each page about how many glyphs are drawn on it: never 0 where there is one."""
    contents = {
        int(match[1]): pdf[match.end() : match.end() + int(match[2])]
        for match in _STREAM.finditer(pdf)
    }
    return [_glyphs(contents[int(match[1])]) for match in _PAGE.finditer(pdf)]


def _glyphs(stream: bytes) -> int:
    drawn = zlib.decompress(stream)
    # Chromium writes glyphs of a font as two bytes each, or as one where it has few of them.
    return sum(
        max(len(match[1]) // 4, 1) if match[1] else len(match[2] or b"")
        for block in re.findall(rb"BT\b(.*?)\bET\b", drawn, re.DOTALL)
        for match in _GLYPHS.finditer(block)
    )
