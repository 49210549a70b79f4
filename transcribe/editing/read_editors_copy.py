"""Read the file in which an editor keeps the editor's copy, whatever program wrote it."""

from __future__ import annotations

from pathlib import Path

from library.core.errors import BadInput, NotFound
from library.core.files import translate_disk_errors


def read_editors_copy_text(path: Path) -> str:
    """Read a text file as editors save it: UTF-8, or UTF-16 with its byte-order mark.

    Raises BadInput and NotFound.
    """
    if not path.is_file():
        raise NotFound(f"There is no file {path}.", "Check the path.")
    with translate_disk_errors(path, "read"):
        data = path.read_bytes()
    # Notepad saves “Unicode” as UTF-16, and UTF-8 with a mark.
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{path.name} is not plain text in UTF-8 (byte {error.start}).",
            "Save it as plain text, UTF-8.",
        ) from None
