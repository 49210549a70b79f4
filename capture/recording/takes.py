"""Place the takes of a story on one clock, and return their pictures and sound.

The clock runs at the steady frame rate of the first take, from its start. Every take fills a whole
number of frames, and the next one follows directly. So the times of words in earlier takes stay
right when takes are added later.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from capture.media.conform import working_rate, working_size
from capture.media.picture.footage import Footage
from capture.media.probe import probe
from capture.media.run_ffmpeg import Progress
from capture.media.sound.alignment import Alignment
from capture.media.sound.decoding import OriginalSound
from capture.media.sound.mixing import write_mixed_sound
from capture.media.sound.second_microphone import (
    are_voices_apart,
    side_levels_of,
    track_levels,
    write_aligned_sound,
)
from capture.media.working_copy import frames_for, make_still_footage
from capture.recording.originals import Microphone, Take, read_manifest
from library.core.errors import CarerStoriesError, NoRoom, NotFound
from library.core.workspace import StoryFolder
from library.records.transcript_state import is_transcript_outdated

_FIRST_LOOK_MS = 5 * 60_000


def footage_of(folder: StoryFolder) -> tuple[tuple[Footage, ...], int]:
    """Return the pictures of the story’s takes, in order, and the frame rate of its clock.

    In a recording with pictures, a take that has none is shown as a still picture, which is drawn
    if it does not exist yet. Raises NotFound without a recording, Damaged for a manifest we cannot
    read; ToolFailed or NoRoom.
    """
    takes = takes_of(folder)
    fps = frame_rate(takes)
    # No still pictures are drawn where there is no picture at all.
    if recording_kind(takes) == "audio":
        return tuple(_footage(folder, take, fps) for take in takes), fps
    return footage_of_takes(folder, takes), fps


def sound_of(folder: StoryFolder) -> tuple[tuple[OriginalSound, ...], int]:
    """Return the sound of the story’s takes, in order, and the frame rate of its clock.

    Raises NotFound without a recording, Damaged for a manifest we cannot read.
    """
    takes = takes_of(folder)
    return sound_of_takes(folder, takes), frame_rate(takes)


def is_transcript_current(folder: StoryFolder) -> bool:
    """Return whether `transcript.json` was made from every take the story has.

    Takes are only ever added at the end: an outdated transcript lacks words, but those it has are
    still right.
    """
    return not is_transcript_outdated(folder)


def takes_of(folder: StoryFolder) -> tuple[Take, ...]:
    """Return the takes. Raises NotFound without a recording, Damaged for an unreadable manifest."""
    manifest = read_manifest(folder)
    if manifest is None or not manifest.takes:
        story_id = folder.root.name
        raise NotFound(
            f"There is no recording of {story_id} yet.",
            f"Bring it in: carer-stories capture import {story_id} FILE",
        )
    return manifest.takes


def recording_kind(takes: Sequence[Take]) -> str:
    """Return `video` if any take has a picture, else `audio`."""
    return "video" if any(take.kind == "video" for take in takes) else "audio"


def frame_rate(takes: Sequence[Take]) -> int:
    """Return 25 or 30 frames a second, after the first take; 25 where it has no picture."""
    return working_rate(takes[0].recorded.fps)


def joined_length(takes: Sequence[Take]) -> int:
    """Return the milliseconds of the takes joined; of a single one, its measured length."""
    if len(takes) == 1:
        return takes[0].duration  # not rounded to frames: nothing follows it
    fps = frame_rate(takes)
    return sum(frames_for(take.duration, fps) for take in takes) * 1000 // fps


def sound_of_takes(folder: StoryFolder, takes: Sequence[Take]) -> tuple[OriginalSound, ...]:
    """Return the sound of every take: its own, or its microphone’s where that is clearer.

    Raises ToolFailed or NoRoom where the microphone must be put on the take’s clock first.
    """
    fps = frame_rate(takes)
    return tuple(
        OriginalSound(best_sound_file(folder, take), frames_for(take.duration, fps))
        for take in takes
    )


def best_sound_file(folder: StoryFolder, take: Take, progress: Progress | None = None) -> Path:
    """Return the file with a take's best sound, after putting a microphone on the take’s clock.

    Raises ToolFailed or NoRoom.
    """
    microphone = take.microphone
    if microphone is None or not microphone.better:
        return own_sound_file(folder, take, progress)
    # Named after the microphone: another one’s sound is another file.
    aligned_path = folder.root / f".sound-{Path(take.file).stem}-{microphone.sha256[:8]}.flac"
    if not aligned_path.exists():
        alignment = Alignment(
            microphone.offset_us, microphone.drift, microphone.level_db, microphone.snr_gain_db
        )
        write_aligned_sound(
            own_sound_file(folder, take),
            take.duration,
            microphone_file(folder, microphone),
            alignment,
            aligned_path,
            progress,
        )
    return aligned_path


def own_sound_file(folder: StoryFolder, take: Take, progress: Progress | None = None) -> Path:
    """Return the file with a take's own sound, after mixing its channels where that is needed.

    Raises ToolFailed or NoRoom.
    """
    return _mixed_file(folder, take.file, take.sha256, take.tracks, take.duration, progress)


def microphone_file(folder: StoryFolder, microphone: Microphone) -> Path:
    """Return the file with a microphone's sound, as `own_sound_file` does."""
    return _mixed_file(folder, microphone.file, microphone.sha256, microphone.tracks, None, None)


def _mixed_file(
    folder: StoryFolder,
    name: str,
    sha256: str,
    tracks: Sequence[tuple[int, int]],
    duration: int | None,
    progress: Progress | None,
) -> Path:
    original = folder.original / name
    if not tracks:
        return original
    mixed = folder.root / f".sound-{Path(name).stem}-mixed-{sha256[:8]}.flac"
    if not mixed.exists():
        write_mixed_sound(original, tracks, duration, mixed, progress)
    return mixed


def footage_of_takes(folder: StoryFolder, takes: Sequence[Take]) -> tuple[Footage, ...]:
    """Return the pictures of all takes; empty where none has any. Raises ToolFailed or NoRoom."""
    filmed = next((take.recorded for take in takes if take.kind == "video"), None)
    if filmed is None:
        return ()
    fps, size = frame_rate(takes), working_size(filmed.width, filmed.height)
    return tuple(
        _footage(folder, take, fps)
        if take.kind == "video"
        else _still_footage(folder, take, size, fps)
        for take in takes
    )


def _footage(folder: StoryFolder, take: Take, fps: int) -> Footage:
    recording = msgspec.structs.replace(take.recorded, duration=take.duration)
    return Footage(folder.original / take.file, recording, frames_for(take.duration, fps))


def _still_footage(folder: StoryFolder, take: Take, size: tuple[int, int], fps: int) -> Footage:
    frames = frames_for(take.duration, fps)
    return make_still_footage(_still_path(folder, take, size, frames), size, fps, frames)


def _still_path(folder: StoryFolder, take: Take, size: tuple[int, int], frames: int) -> Path:
    """Return the hidden path of a take's still, which can be drawn again at any time."""
    # Size and length are in the name: a take that is drawn otherwise is another file.
    name = Path(take.file).stem
    return folder.root / f".still-{name}-{size[0]}x{size[1]}-{frames}.mkv"


def speaker_levels(folder: StoryFolder) -> dict[str, Any]:
    """Return the loudness over time of each speaker of a meeting, by the number of their file.

    Empty unless the recording is one take with two or more readable files of speakers: with several
    takes it is not known to which of them a file belongs. Raises NoRoom.
    """
    manifest = read_manifest(folder)
    companions = manifest.beside if manifest else ()
    speakers = [companion for companion in companions if companion.kind == "speaker"]
    if manifest is None or len(manifest.takes) != 1 or len(speakers) < 2:
        return {}
    (take,) = manifest.takes
    paths = [folder.original / speaker.file for speaker in speakers]
    try:
        tracks = [(path, probe(path).duration) for path in paths]
        levels = track_levels(own_sound_file(folder, take), take.duration, tracks, folder.root)
    # A CarerStoriesError as well, but a full disk is no reason to go on without levels.
    except NoRoom:
        raise
    except CarerStoriesError:  # `verify` reports a file that is missing or broken
        return {}
    numbers = (path.stem.rpartition("-")[2] for path in paths)
    return {
        number: level for number, level in zip(numbers, levels, strict=True) if level is not None
    }


def side_levels(folder: StoryFolder) -> dict[str, Any]:
    """Return the loudness over time of each side of a stereo recording, as `1` and `2`.

    Empty unless the recording is one take in stereo with one voice a side. Raises NoRoom.
    """
    manifest = read_manifest(folder)
    if manifest is None or len(manifest.takes) != 1:
        return {}
    (take,) = manifest.takes
    path = folder.original / take.file
    try:
        if probe(path).channels != 2:
            return {}
        # Most stereo has everybody on both sides: its beginning says so, at a tenth of the time.
        first = min(take.duration, _FIRST_LOOK_MS)
        if not are_voices_apart(*side_levels_of(path, first, folder.root)):
            return {}
        left, right = side_levels_of(path, take.duration, folder.root)
    except NoRoom:
        raise
    except CarerStoriesError:  # `verify` reports a file that is missing or broken
        return {}
    return {"1": left, "2": right} if are_voices_apart(left, right) else {}
