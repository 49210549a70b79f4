"""What staff see and hear: one even loudness, nothing in the files but sound and picture.

Loudness follows EBU R 128's measurement (ITU-R BS.1770), at the level usual for speech on the
web: −16 LUFS, true peak no higher than −1.5 dBTP.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from capture.media.boxes import strange_boxes, strange_packets
from capture.media.derive import CLEAN, NO_HIDDEN_DATA, SAME_BYTES
from capture.media.probe import require_made
from capture.media.runner import Progress, run, time_limit
from capture.media.source import address, media_input, protections
from library import files
from library.errors import BadInput, Damaged, ToolFailed

TARGET_LUFS = -16.0
TOLERANCE_LU = 0.5
HIGHEST_PEAK = -1.5
_FIRST_CEILING = -2.5  # room for the overshoot that AAC adds to peaks
_AIM_LU = 0.2
_ROUNDS = 6
_SILENCE = -60.0
_SOUND_RATE = 48_000
_FRAMES_BETWEEN_KEYS = 50  # about two seconds: seeking from the transcript lands at once

_NOT_KEPT = "It was not kept. `carer-stories doctor` says which ffmpeg is used."
_CONTAINER_TAGS = {"major_brand", "minor_version", "compatible_brands"}
_STREAM_TAGS = {
    "language": {"und"},
    "handler_name": {"VideoHandler", "SoundHandler"},
    "vendor_id": {"[0][0][0][0]"},
    "encoder": {"Lavc libx264"},  # the kind of compressor, without a version
}


class Loudness(msgspec.Struct, frozen=True, kw_only=True):
    """A measurement of a whole programme."""

    integrated: float
    """LUFS; minus infinity for silence."""
    true_peak: float
    """dBTP."""
    spread: float
    """Loudness range, LU."""
    threshold: float
    """LUFS."""

    @property
    def on_target(self) -> bool:
        return abs(self.integrated - TARGET_LUFS) <= TOLERANCE_LU and self.true_peak <= HIGHEST_PEAK

    @property
    def settled(self) -> bool:
        """Closer than asked: another round would not be heard."""
        return abs(self.integrated - TARGET_LUFS) <= _AIM_LU and self.true_peak <= HIGHEST_PEAK


def measure_loudness(path: Path, duration: int, progress: Progress | None = None) -> Loudness:
    """Measure the sound of `path`; `duration` in milliseconds. Raises ToolFailed."""
    import ffmpeg

    # ebur128 meters eight times as fast as loudnorm does, which also plans a second pass.
    meter = media_input(path)["a:0"].filter("ebur128", peak="true", framelog="quiet")
    graph = ffmpeg.output(meter, "-", f="null")
    said = run(
        graph, doing="Measuring the loudness", timeout=time_limit(duration), progress=progress
    )
    report = said[said.rfind("Summary:") :]
    figures = [
        re.search(rf"^\s*{label}:\s+(-?[\d.]+|-?inf) ", report, re.MULTILINE)
        for label in ("I", "Peak", "LRA", "Threshold")
    ]
    if not all(figures):
        raise ToolFailed(
            "The loudness could not be measured: ffmpeg’s report was not understood.",
            "`carer-stories doctor` says which ffmpeg is used.",
        )
    integrated, true_peak, spread, threshold = (float(found[1]) for found in figures if found)
    return Loudness(integrated=integrated, true_peak=true_peak, spread=spread, threshold=threshold)


def encode_audio(
    working: Path, to: Path, duration: int, progress: Progress | None = None
) -> Loudness:
    """The sound staff will hear, as M4A, and its loudness as measured on the result.

    One gain for the whole story and a limiter for its peaks, measured and mended until it is on
    target. (loudnorm's own second pass left clear speech 2 LU too quiet.) Raises BadInput when
    there is nothing to be heard, ToolFailed or NoRoom; `to` appears whole or not at all.
    """
    now = measure_loudness(working, duration, progress)
    if not math.isfinite(now.integrated) or now.integrated < _SILENCE:
        raise BadInput(
            "There is no sound to be heard in this recording.",
            "Listen to the original: was the microphone on? A second recorder may have it.",
        )
    gain = gained = TARGET_LUFS - now.integrated
    ceiling = _FIRST_CEILING
    answer = 1.0  # how much louder it gets for each decibel of gain; limiting lowers it
    with files.replacing(to) as temporary:
        for _ in range(_ROUNDS):
            _encode_evened(working, temporary, gain, ceiling, duration, progress)
            before, now = now, measure_loudness(temporary, duration)
            if now.settled:
                break
            if gained:
                answer = min(1.0, max(0.2, (now.integrated - before.integrated) / gained))
            gained = (TARGET_LUFS - now.integrated) / answer
            gain += gained
            ceiling -= max(0.0, now.true_peak - HIGHEST_PEAK + 0.1)
        if not now.on_target:
            raise ToolFailed(
                f"The loudness came out at {now.integrated:.1f} LUFS with peaks of "
                f"{now.true_peak:.1f} dB, not at {TARGET_LUFS:.0f} LUFS.",
                "Please report this recording’s kind and length; nothing was changed.",
            )
    return now


def _encode_evened(
    working: Path,
    to: Path,
    gain: float,
    ceiling: float,
    duration: int,
    progress: Progress | None,
) -> None:
    import ffmpeg

    sound = media_input(working)["a:0"].filter("aformat", channel_layouts="stereo")
    sound = sound.filter("volume", f"{gain:.2f}dB")
    # Peaks between samples count too (true peak): limit at four times the rate.
    sound = sound.filter("aresample", 4 * _SOUND_RATE)
    sound = sound.filter(
        "alimiter", level=0, limit=f"{ceiling:.2f}dB", attack=5, release=50, latency=1
    )
    sound = sound.filter("aresample", _SOUND_RATE)
    graph = ffmpeg.output(
        sound,
        address(to),
        f="ipod",
        movflags="+faststart",
        **{"c:a": "aac", "b:a": "128k"},
        **CLEAN,
    )
    run(graph, doing="Making the sound", timeout=time_limit(duration), progress=progress)


def encode_film(
    working: Path, audio: Path, to: Path, duration: int, progress: Progress | None = None
) -> None:
    """H.264 in MP4 that starts while it loads, with the very sound of `audio`.

    Raises ToolFailed or NoRoom; `to` appears whole or not at all.
    """
    import ffmpeg

    with files.replacing(to) as temporary:
        graph = ffmpeg.output(
            media_input(working)["V:0"],
            media_input(audio)["a:0"],
            address(temporary),
            f="mp4",
            movflags="+faststart",
            pix_fmt="yuv420p",
            preset="fast",
            crf=23,
            g=_FRAMES_BETWEEN_KEYS,
            **{"c:v": "libx264", "profile:v": "high", "c:a": "copy"},
            **SAME_BYTES,
            **NO_HIDDEN_DATA,
            **CLEAN,
        )
        doing = "Making the film"
        run(graph, doing=doing, timeout=time_limit(duration), progress=progress)
        require_made(temporary, "video", duration, doing)


def check_clean(path: Path, kinds: tuple[str, ...]) -> None:
    """Raises Damaged unless a made file holds exactly `kinds` of streams and no word too many.

    `kinds` is such as `("video", "audio")`. Tags and parts of the file are held against lists of
    allowed ones: place, device, title, notes, chapters and captions have no business in what staff
    download, nor have notes inside the pictures or bytes that are neither sound nor picture.
    """
    import av

    try:
        problems = [*strange_boxes(path)] or [*_strange_contents(path, kinds)]
    except av.error.FFmpegError as error:
        raise Damaged(f"{path.name} was made and cannot be read.", _NOT_KEPT) from error
    if problems:
        raise Damaged(
            f"{path.name} was made with something in it that does not belong: {problems[0]}.",
            _NOT_KEPT,
        )


def _strange_contents(path: Path, kinds: tuple[str, ...]) -> Iterator[str]:
    import av

    with av.open(address(path), options=protections(), metadata_errors="replace") as container:
        yield from _strange_streams(container, kinds)
        yield from (f"the tag {one}" for one in container.metadata if one not in _CONTAINER_TAGS)
        yield from _strange_tags(container)
        yield from ("chapters" for _ in container.chapters()[:1])
        yield from strange_packets(path, container)


def _strange_streams(container: Any, kinds: tuple[str, ...]) -> Iterator[str]:
    found = tuple(stream.type for stream in container.streams)
    if found != kinds:
        yield f"streams of {', '.join(found) or 'nothing'}"


def _strange_tags(container: Any) -> Iterator[str]:
    for stream in container.streams:
        for name, value in stream.metadata.items():
            if value not in _STREAM_TAGS.get(name, ()):
                yield f"the tag {name} of its {stream.type}"
