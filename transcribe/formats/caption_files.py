"""Read and write files of captions in the format that their names end in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from library.core.errors import BadInput
from transcribe.cue import Cue
from transcribe.formats import srt, ttml, txt, vtt
from transcribe.formats.source_file import ParsedCaptions, read_text

# By suffix.
READERS: dict[str, Callable[[str], ParsedCaptions]] = {"vtt": vtt.read, "srt": srt.read}
WRITERS: dict[str, Callable[[Iterable[Cue]], str]] = {
    "vtt": vtt.write,
    "srt": srt.write,
    "ttml": ttml.write,
    "ebu-tt-d": ttml.write_ebu_tt_d,
    "txt": txt.write,
}


def read_captions(path: Path) -> list[Cue]:
    """Return the cues of a VTT or SRT file. Raises as `parse_captions` does."""
    return parse_captions(path).cues


def parse_captions(path: Path) -> ParsedCaptions:
    """Return the cues of a VTT or SRT file, and the faults found in it.

    Raises NotFound, DiskFailed, and BadInput for another kind of file or one whose content is not
    what its suffix says.
    """
    reader = READERS.get(path.suffix.lower().removeprefix("."))
    if reader is None:
        raise BadInput(
            f"{path.name} is not a caption file: its name ends in neither .vtt nor .srt.",
            "Name a WebVTT or SubRip file.",
        )
    text, encoding_faults = read_text(path)
    try:
        parsed = reader(text)
    except BadInput as error:
        raise BadInput(f"{path.name}: {error.what}", "Check that it is whole.") from error
    return ParsedCaptions(parsed.cues, [*encoding_faults, *parsed.faults])


def writer_for(suffix: str) -> Callable[[Iterable[Cue]], str]:
    """Return the function that writes files with this suffix, with or without its dot.

    Raises BadInput for a suffix that no format has.
    """
    writer = WRITERS.get(suffix.lower().removeprefix("."))
    if writer is None:
        raise BadInput(
            f"Captions cannot be written as “{suffix}”.", f"Use one of: {', '.join(WRITERS)}."
        )
    return writer
