"""Mix the channels of a recording down to one, so that no voice cancels itself or is left out.

A blind mean of two channels is silent where one is the other’s negative: a cable that is wired the
wrong way round, a microphone turned about, the difference of two. So half a second at a time each
channel is added or subtracted, whichever keeps more of what is heard; the loudest comes first. From
one window to the next the shares change smoothly. All channels count, whatever a header calls them:
the sixth track of a recorder is no bass loudspeaker.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np
import numpy.typing as npt

from capture.media.conform import NO_METADATA
from capture.media.input_files import ffmpeg_url, media_input
from capture.media.run_ffmpeg import Progress, run_ffmpeg, stream_from_ffmpeg, time_limit
from capture.media.sound.raw_sound import SOUND_RATE, scratch_folder
from library.core import files
from library.core.errors import CarerStoriesError, NoRoom

Mono = npt.NDArray[np.float32]
Channels = npt.NDArray[np.float32]
"""Samples × channels."""

MAX_TRACKS = 16
_LONGEST_MS = 12 * 3_600_000  # for time limits, where no length is known
_WINDOWS_PER_SECOND = 2
_FADES_PER_SECOND = 50
_WORTH_SUBTRACTING = 2.0
"""Times the power that a difference must have beside the sum: uncorrelated channels are added."""
_SILENT_DB = 30.0
"""Decibels below the loudest channel or track at which nobody is heard in one."""
_AS_LOUD_DB = 1.0
"""Decibels between two tracks of one sound: what Opus takes away or adds is far less."""
_SILENCE = 1e-7
"""Power (−70 dB of full scale) under which a whole recording is silent."""
_LOUD_PERCENTILE = 95
_MEASURED_RATE = 8_000  # Hz: what a voice is told by


@dataclass(frozen=True)
class ChannelsMeasured:
    """Loudness of the channels of one track, and whether they cancel."""

    powers: tuple[float, ...]
    """Of each channel, where it is loud."""
    cancels: bool
    """Adding the channels would take away what is heard, somewhere."""

    @property
    def power(self) -> float:
        return max(self.powers, default=0.0)

    @property
    def silent_channels(self) -> int:
        return sum(_is_silent(power, self.power) for power in self.powers)


class ChannelMixer:
    """Mixes blocks of any length as they come, and measures their channels meanwhile."""

    def __init__(self, rate: int, channels: int) -> None:
        self._window = rate // _WINDOWS_PER_SECOND
        self._fade = rate // _FADES_PER_SECOND
        self._held: Channels = np.zeros((0, channels), np.float32)
        self._shares = np.ones(channels)
        self._powers: list[Any] = []
        self._subtracted_in: list[float] = []
        self.channel_peak = self.mixed_peak = 0.0

    def mixed(self, blocks: Iterable[Channels]) -> Iterator[Mono]:
        """Yield the sum of the channels, as long as the blocks together."""
        for block in blocks:
            self._held = np.concatenate((self._held, block))
            whole = len(self._held) // self._window * self._window
            for start in range(0, whole, self._window):
                yield self._mixed_window(self._held[start : start + self._window])
            self._held = self._held[whole:]
        if len(self._held):
            yield self._mixed_window(self._held)

    def measured(self) -> ChannelsMeasured:
        """Return what was heard in all that was mixed."""
        if not self._powers:
            return ChannelsMeasured((), cancels=False)
        powers = np.stack(self._powers)
        loud = np.percentile(powers, _LOUD_PERCENTILE, axis=0)
        # Where hardly anything is heard, hiss may cancel hiss.
        heard = 10 ** (-_SILENT_DB / 10) * float(loud.max())
        return ChannelsMeasured(
            tuple(float(power) for power in loud),
            cancels=any(power > max(heard, _SILENCE) for power in self._subtracted_in),
        )

    def _mixed_window(self, window: Channels) -> Mono:
        shares = self._choose(window)
        weights = shares.astype(np.float32)
        mixed = (window * weights).sum(axis=1)
        if self._powers[1:] and (shares != self._shares).any():
            # The shares of the window before are left within its first moment.
            fade = np.linspace(0, 1, min(self._fade, len(window)), dtype=np.float32)[:, None]
            leaving = self._shares.astype(np.float32) * (1 - fade) + weights * fade
            mixed[: len(fade)] = (window[: len(fade)] * leaving).sum(axis=1)
        self._shares = shares
        self.channel_peak = max(self.channel_peak, float(np.abs(window).max(initial=0)))
        self.mixed_peak = max(self.mixed_peak, float(np.abs(mixed).max(initial=0)))
        return np.asarray(mixed, np.float32)

    def _choose(self, window: Channels) -> Any:
        """Return +1 or −1 for each channel."""
        sound = window.astype(np.float64)
        likeness = sound.T @ sound / max(1, len(sound))
        powers = likeness.diagonal()
        self._powers.append(powers)
        if powers.max(initial=0) < _SILENCE:
            return self._shares
        order = np.argsort(-powers, kind="stable")
        shares = np.zeros(len(powers))
        for channel in order:
            added, taken = shares.copy(), shares.copy()
            added[channel], taken[channel] = 1, -1
            sum_power, difference_power = (float(s @ likeness @ s) for s in (added, taken))
            shares = taken if difference_power > _WORTH_SUBTRACTING * sum_power else added
        if not (shares > 0).all():
            self._subtracted_in.append(float(powers.max()))
        # The other way round it is the same sound, and a change of sides would be heard.
        return -shares if shares @ self._shares < 0 else shares


def mixed_down(samples: Channels, rate: int) -> Mono:
    """Return the mean of the channels, or of their differences where they would cancel."""
    mixer = ChannelMixer(rate, samples.shape[1])
    mixed = list(mixer.mixed([samples]))
    if not mixer.measured().cancels:
        return np.asarray(samples.mean(axis=1), np.float32)
    return np.concatenate(mixed) / np.float32(samples.shape[1])


def measure_track(
    source: Path, track: int, channels: int, duration: int, progress: Progress | None = None
) -> ChannelsMeasured:
    """Listen to one sound track of a file; `duration` in milliseconds. Raises ToolFailed."""
    mixer = ChannelMixer(_MEASURED_RATE, channels)
    sound = media_input(source)[f"a:{track}"].filter("aresample", _MEASURED_RATE)
    for _ in mixer.mixed(_decoded(sound, channels, duration, progress, _MEASURED_RATE)):
        pass
    return mixer.measured()


def mono_at(source: Path, track_channels: Sequence[int], rate: int) -> Iterator[Mono]:
    """Yield all sound tracks of a file as one, at `rate`. Raises ToolFailed after what it could."""
    tracks = [(n, count) for n, count in enumerate(track_channels[:MAX_TRACKS]) if count]
    sound = _all_channels(source, tracks, rate, None, None)
    for block in ChannelMixer(rate, sum(count for _, count in tracks)).mixed(sound):
        yield block / np.float32(2)


def write_mixed_sound(
    source: Path,
    tracks: Sequence[tuple[int, int]],
    duration: int | None,
    to: Path,
    progress: Progress | None = None,
) -> None:
    """Write tracks of a file as one channel, as FLAC of `duration` milliseconds, on their clock.

    `tracks` are their numbers, each with its channels. As loud as the loudest channel. Raises
    ToolFailed or NoRoom; `to` appears whole or not at all.
    """
    sound = _all_channels(source, tracks, SOUND_RATE, duration, progress)
    mixer = ChannelMixer(SOUND_RATE, sum(count for _, count in tracks))
    with scratch_folder(to) as scratch:
        mixed = scratch / "mixed.f32"
        with mixed.open("wb") as file:
            for block in mixer.mixed(sound):
                block.tofile(file)
        gain = min(1.0, mixer.channel_peak / max(mixer.mixed_peak, 1e-9))
        # FLAC holds integers: peaks that pass full scale would be cut off.
        gain *= 0.99 / max(1.0, mixer.mixed_peak * gain)
        _encode_flac(mixed, gain, to, duration)


def _encode_flac(mixed: Path, gain: float, to: Path, duration: int | None) -> None:
    raw = ffmpeg.input(
        ffmpeg_url(mixed),
        f="f32le",
        ar=SOUND_RATE,
        ac=1,
        protocol_whitelist="file",
        format_whitelist="f32le",
    )
    with files.replacing(to) as temporary:
        graph = ffmpeg.output(
            raw.filter("volume", f"{gain:.6f}"),
            ffmpeg_url(temporary),
            f="flac",
            sample_fmt="s32",
            **{"c:a": "flac", "bits_per_raw_sample": 24},
            **NO_METADATA,
        )
        run_ffmpeg(
            graph, activity="Mixing the channels", timeout=time_limit(duration or _LONGEST_MS)
        )


def _all_channels(
    source: Path,
    tracks: Iterable[tuple[int, int]],
    rate: int,
    duration: int | None,
    progress: Progress | None,
) -> Iterator[Channels]:
    """Yield the channels of all tracks side by side on the recording’s clock, gaps filled."""
    opened, streams = media_input(source), []
    for track, channels in tracks:
        sound = opened[f"a:{track}"].filter("aresample", rate, **{"async": 1, "first_pts": 0})
        if duration is not None:
            samples = duration * rate // 1000
            sound = sound.filter("apad", whole_len=samples).filter("atrim", end_sample=samples)
        streams.append(_decoded(sound, channels, duration or 0, progress, rate))
    return streams[0] if len(streams) == 1 else _side_by_side(streams)


def _side_by_side(streams: Sequence[Iterator[Channels]]) -> Iterator[Channels]:
    """Yield the blocks of several streams next to each other, the shorter filled with silence."""
    held: list[Channels | None] = [next(stream, None) for stream in streams]
    widths = [block.shape[1] if block is not None else 1 for block in held]
    while any(block is not None for block in held):
        length = min(len(block) for block in held if block is not None)
        yield np.concatenate(
            [
                np.zeros((length, width), np.float32) if block is None else block[:length]
                for block, width in zip(held, widths, strict=True)
            ],
            axis=1,
        )
        for number, block in enumerate(held):
            if block is not None:
                rest = block[length:]
                held[number] = rest if len(rest) else next(streams[number], None)


def _decoded(
    sound: Any, channels: int, duration: int, progress: Progress | None, rate: int
) -> Iterator[Channels]:
    graph = ffmpeg.output(sound, "pipe:1", f="f32le", acodec="pcm_f32le", ar=rate)
    limit = time_limit(duration or _LONGEST_MS)
    frame, odd, heard = 4 * channels, b"", 0
    for chunk in stream_from_ffmpeg(graph, activity="Listening to the channels", timeout=limit):
        data = odd + chunk
        whole = len(data) // frame * frame
        odd = data[whole:]
        heard += whole // frame
        if progress:
            progress(heard * 1000 // rate)
        block = np.frombuffer(data[:whole], "<f4").reshape(-1, channels)
        yield np.nan_to_num(block).astype(np.float32, copy=False)


@dataclass(frozen=True)
class TrackChoice:
    """The sound tracks of a file that are used."""

    tracks: tuple[int, ...] = ()
    """Their numbers from 0; empty where the first is used as it is."""
    reason: str = ""
    """A sentence for the editor, where anything was silent, cancelled or left out."""


def choose_tracks(
    source: Path,
    track_channels: Sequence[int],
    duration: int,
    *,
    may_be_kept_twice: bool = False,
) -> TrackChoice:
    """Listen to all tracks and channels of a file, and choose what is used. Raises NoRoom.

    `may_be_kept_twice` says that the second of two tracks may be the first one’s sound, as the
    capture station keeps it (`lossless.rewrap_with_sound`). Where it is as loud, it is left out.
    """
    counts = tuple(track_channels)[:MAX_TRACKS]
    if len(counts) <= 1 and sum(counts) <= 1:
        return TrackChoice()
    measured = [_measure_if_readable(source, n, count, duration) for n, count in enumerate(counts)]
    broken = [n for n, each in enumerate(measured) if each is None]
    heard = [each or ChannelsMeasured((), cancels=False) for each in measured]
    loudest = max(each.power for each in heard)
    live = [n for n, each in enumerate(heard) if not _is_silent(each.power, loudest)]
    if may_be_kept_twice and live == [0, 1] and _is_as_loud(heard[0].power, heard[1].power):
        live = [0]
    unread = _unread(broken) if len(counts) > 1 else ""
    if loudest < _SILENCE:
        return TrackChoice((), unread)
    # Single channels are one recorder’s microphones; others may be the same sound, mixed anew.
    if 0 in live and not all(counts[n] == 1 for n in live):
        chosen = [0]
    elif all(counts[n] == 1 for n in live):
        chosen = live
    else:
        chosen = [max(live, key=lambda n: heard[n].power)]
    reason = " ".join(filter(None, (_reason(counts, heard, live, chosen, broken), unread)))
    needs_mixing = (
        chosen != [0] or counts[0] > 2 or heard[0].cancels or bool(heard[0].silent_channels)
    )
    return TrackChoice(tuple(chosen) if needs_mixing else (), reason)


def _measure_if_readable(
    source: Path, track: int, channels: int, duration: int
) -> ChannelsMeasured | None:
    try:
        return measure_track(source, track, channels, duration) if channels else None
    except NoRoom:
        raise
    except CarerStoriesError:
        return None


def _unread(tracks: Sequence[int]) -> str:
    numbers = " and ".join(str(n + 1) for n in tracks)
    return f"Its sound track {numbers} cannot be read, and is not used." if tracks else ""


def _is_as_loud(power: float, other: float) -> bool:
    return abs(10 * math.log10(power / other)) < _AS_LOUD_DB


def _is_silent(power: float, loudest: float) -> bool:
    return power < max(_SILENCE, loudest * 10 ** (-_SILENT_DB / 10))


def _reason(
    counts: Sequence[int],
    heard: Sequence[ChannelsMeasured],
    live: Sequence[int],
    chosen: Sequence[int],
    broken: Sequence[int],
) -> str:
    sentences = []
    numbers = " and ".join(str(n + 1) for n in chosen)
    if 0 not in live and 0 not in broken:
        sentences.append(
            f"Its first sound track is silent: track {numbers} of {len(counts)} is used."
            if len(chosen) == 1
            else f"Its first sound track is silent: tracks {numbers} of {len(counts)} are used."
        )
    elif len(chosen) > 1:
        sentences.append(f"Its sound tracks {numbers} are heard together.")
    if unused := [n for n in live if n not in chosen]:
        others = " and ".join(str(n + 1) for n in unused)
        sentences.append(f"Something is heard in its sound track {others} too, which is not used.")
    for n in chosen:
        if heard[n].cancels:
            sentences.append(
                "Its channels cancel each other; one was turned so that both are heard."
            )
        if silent := heard[n].silent_channels:
            sentences.append(
                f"{silent} of its {counts[n]} channels {'is' if silent == 1 else 'are'} silent."
            )
    return " ".join(dict.fromkeys(sentences))
