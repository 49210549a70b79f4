"""Caption formats: one module each, and the way from a file's name to its reader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from library.errors import BadInput, DiskFailed, NotFound
from transcribe.cues import Cue
from transcribe.formats import srt, vtt

READERS: dict[str, Callable[[str], list[Cue]]] = {".vtt": vtt.read, ".srt": srt.read}
LARGEST = 20_000_000


def read_captions(path: Path) -> list[Cue]:
    """The cues of a VTT or SRT file.

    Raises NotFound, BadInput for another kind of file or one that is not what its name says, and
    DiskFailed.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise BadInput(
            f"{path.name} is not a caption file: its name ends in neither .vtt nor .srt.",
            "Name a WebVTT or SubRip file.",
        )
    try:
        if path.stat().st_size > LARGEST:
            raise BadInput(
                f"{path.name} is far larger than captions are.", "Check which file it is."
            )
        text = path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound(f"There is no file {path}.", "Check the path.") from None
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{path.name} is not UTF-8 text (byte {error.start}).", "Save it as UTF-8."
        ) from None
    except OSError as error:
        raise DiskFailed(f"{path} could not be read: {error.strerror}.") from error
    try:
        return reader(text.replace("\r\n", "\n").replace("\r", "\n"))
    except BadInput as error:
        raise BadInput(f"{path.name}: {error.what}", "Check that it is whole.") from error
