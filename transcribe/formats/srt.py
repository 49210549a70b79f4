"""SubRip. Its text has no entities: only its few tags are taken off."""

from __future__ import annotations

import re

from library.errors import BadInput
from transcribe.cues import Cue
from transcribe.formats.vtt import milliseconds

_TAG = re.compile(r"</?(?:b|i|u|s|font)\b[^>]*>|\{\\[^}]*\}", re.IGNORECASE)


def read(text: str) -> list[Cue]:
    """The cues of an SRT file. Raises BadInput."""
    import webvtt
    from webvtt.errors import MalformedCaptionError, MalformedFileError

    try:
        parsed = webvtt.from_buffer(text.removeprefix("\ufeff").split("\n"), format="srt")
    except (MalformedFileError, MalformedCaptionError) as error:
        raise BadInput("This is not SubRip: no numbered captions with times were found.") from error
    return [
        Cue(
            milliseconds(caption.start),
            milliseconds(caption.end),
            tuple(
                line.strip() for line in _TAG.sub("", caption.raw_text).split("\n") if line.strip()
            ),
            id=caption.identifier or "",
        )
        for caption in parsed.captions
    ]
