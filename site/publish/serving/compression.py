"""Text made smaller on its way, as servers do; films, pictures and typefaces are small already.

Compressed anew for each answer: what is kept in memory would be words of a story that may be taken
back, and a page takes a thousandth of a second.
"""

from __future__ import annotations

import gzip

import brotli

CODINGS = ("br", "gzip")
"""Names of HTTP for the codings that are spoken, the better one first."""
TEXTS = {
    "application/atom+xml",
    "application/javascript",
    "application/json",
    "application/xml",
    "image/svg+xml",
    "text/css",
    "text/html",
    "text/javascript",
    "text/plain",
    "text/vtt",
    "text/xml",
}
_MIN_BYTES = 1000
"""Bytes below which an answer needs one packet either way."""
_BROTLI_QUALITY = 5
_GZIP_LEVEL = 6


def is_compressible(mimetype: str | None, size: int) -> bool:
    """Return True for text that is worth it. `size` is in bytes."""
    return mimetype in TEXTS and size >= _MIN_BYTES


def compress(data: bytes, coding: str) -> bytes:
    """Return `data` in one of `CODINGS`; the same bytes for the same data."""
    if coding == "br":
        return bytes(brotli.compress(data, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY))
    return gzip.compress(data, _GZIP_LEVEL, mtime=0)
