"""The voices of a story’s meeting: kept beside its recording, asked who speaks when."""

from __future__ import annotations

from typing import Any

from capture.media import probe
from capture.media.speaker_levels import voice_levels
from capture.recording.originals import read_manifest
from library.core.errors import CarerStoriesError, NoRoom
from library.core.workspace import StoryFolder


def voices_heard(folder: StoryFolder) -> dict[str, Any]:
    """Number of each voice’s file → how loud it is (`capture.media.speaker_levels`); empty where
    unknown.

    Known of a recording of one take with two or more voices beside it, all of them readable. Raises
    NoRoom.
    """
    manifest = read_manifest(folder)
    beside = [one for one in manifest.beside if one.kind == "speaker"] if manifest else []
    if manifest is None or len(manifest.takes) != 1 or len(beside) < 2:
        return {}
    (take,) = manifest.takes
    paths = [folder.original / one.file for one in beside]
    try:
        voices = [(path, probe(path).duration) for path in paths]
        levels = voice_levels(folder.original / take.file, take.duration, voices, folder.root)
    except NoRoom:
        raise
    except CarerStoriesError:  # `verify` tells of a file that is gone or broken
        return {}
    numbers = (path.stem.rpartition("-")[2] for path in paths)
    return {
        number: level for number, level in zip(numbers, levels, strict=True) if level is not None
    }
