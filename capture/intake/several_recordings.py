"""Cut apart a file that holds several recordings, one behind another, so that none is lost.

Each becomes a take of its own: its bytes as they came, and every byte of the file is in one of
them. The pieces are sources for the time of an import, in a temporary folder.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from capture.media.file_layout import ByteSpan, recordings_in
from capture.media.input_files import suffix_for
from capture.media.probe_subprocess import probe_in_subprocess
from library.core.errors import BadInput
from library.core.files import translate_disk_errors

_BLOCK_BYTES = 1 << 20


@contextmanager
def cut_apart(sources: Sequence[Path]) -> Iterator[dict[Path, tuple[Path, ...]]]:
    """Yield the sources, each with the files to import for it: itself, or its recordings in order.

    The files exist until the block ends. Raises NoRoom or DiskFailed.
    """
    layouts = {source: recordings_in(source) for source in sources}
    if all(len(parts) == 1 for parts in layouts.values()):
        yield {source: (source,) for source in sources}
        return
    with tempfile.TemporaryDirectory(prefix="carer-stories-") as folder:
        yield {
            source: _pieces(source, parts, Path(folder) / str(number))
            if len(parts) > 1
            else (source,)
            for number, (source, parts) in enumerate(layouts.items())
        }


def _pieces(source: Path, parts: Sequence[tuple[ByteSpan, ...]], folder: Path) -> tuple[Path, ...]:
    """Write the recordings of a file; the file itself where one of them cannot be read."""
    with translate_disk_errors(folder):
        folder.mkdir()
    pieces = []
    for number, spans in enumerate(parts, 1):
        piece = folder / f"{number} of {len(parts)}{source.suffix}"
        _write_spans(source, spans, piece)
        try:
            suffix = suffix_for(probe_in_subprocess(piece).container, source)
        except BadInput:  # the import says so of the whole
            return (source,)
        pieces.append(piece.rename(piece.with_suffix(suffix)))
    return tuple(pieces)


def _write_spans(source: Path, spans: Sequence[ByteSpan], to: Path) -> None:
    status = source.stat()
    with translate_disk_errors(to), source.open("rb") as file, to.open("wb") as piece:
        for start, end in spans:
            file.seek(start)
            while start < end and (block := file.read(min(_BLOCK_BYTES, end - start))):
                piece.write(block)
                start += len(block)
    # A copy that is broken off is known again by its time, too.
    os.utime(to, ns=(status.st_atime_ns, status.st_mtime_ns))
