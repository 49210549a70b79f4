"""A made-up camera and microphone that flash and beep at once, and when both are in a recording."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.support import sample_media
from tests.support.synthetic_sound import SOUND_RATE

PICTURES_A_SECOND = 25
_FARTHEST_MS = 400.0
FLASH_AND_BEEP = """
() => {
  const context = new AudioContext({sampleRate: 48000, sinkId: {type: "none"}});
  const noise = context.createBuffer(1, 48000 * 3, 48000);
  const samples = noise.getChannelData(0);
  let hiss = 1;
  for (let at = 0; at < samples.length; at += 1) {
    hiss = (hiss * 16807) % 2147483647;
    samples[at] = hiss / 1073741823 - 1;
  }
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [320, 180];
  const pen = canvas.getContext("2d");
  let flashing = false;
  let loudness = null;
  let frame = 0;
  setInterval(() => {
    pen.fillStyle = flashing ? "white" : "black";
    pen.fillRect(0, 0, 320, 180);
    pen.fillStyle = "grey"; // so that no picture is like the one before
    pen.fillRect(frame++ % 300, 170, 20, 10);
  }, 20);
  setInterval(() => {
    flashing = !flashing;
    pen.fillStyle = flashing ? "white" : "black";
    pen.fillRect(0, 0, 320, 180);
    loudness?.gain.setValueAtTime(flashing ? 0.3 : 0.01, context.currentTime);
  }, 500);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const source = new AudioBufferSourceNode(context, {buffer: noise, loop: true});
    loudness = new GainNode(context, {gain: 0.01});
    const to = context.createMediaStreamDestination();
    source.connect(loudness);
    loudness.connect(to);
    source.start();
    const picture = wanted.video ? canvas.captureStream(25).getVideoTracks() : [];
    return new MediaStream([...to.stream.getAudioTracks(), ...picture]);
  };
}
"""
"""Replaces the page's camera and microphone: half a second bright and loud, half dark and quiet."""


@dataclass(frozen=True)
class FlashesAndBeeps:
    """Moments, in milliseconds of the recording, and the pictures that were kept."""

    flashes: list[float]
    beeps: tuple[list[float], ...]
    """Of each sound track, in its order."""
    pictures: int
    length: float
    longest_gap: float
    """Milliseconds between two pictures, at most."""

    @property
    def due(self) -> int:
        """Pictures that the made-up camera should have given in this time."""
        return round(self.length * PICTURES_A_SECOND / 1000) + 1

    @property
    def missing(self) -> int:
        """Pictures that are not in the recording, whoever lost them."""
        return max(0, self.due - self.pictures)

    def offsets(self, track: int = 0) -> list[float]:
        """Return how much later each beep is heard than its flash is seen.

        A flash in which the recording paused has no beep.
        """
        offsets = [_nearest(self.beeps[track], flash) - flash for flash in self.flashes[1:-1]]
        return [offset for offset in offsets if abs(offset) < _FARTHEST_MS]

    def between_tracks(self) -> list[float]:
        """Return how much later each beep comes in the first sound track than in the second."""
        return [beep - _nearest(self.beeps[1], beep) for beep in self.beeps[0][1:-1]]


def _nearest(moments: list[float], to: float) -> float:
    return min(moments, key=lambda moment: abs(moment - to))


def measured(path: Path) -> FlashesAndBeeps:
    with av.open(str(path)) as container:
        tracks = len(container.streams.audio)
        shown = [
            (float(frame.time) * 1000, float(frame.to_ndarray(format="gray")[:160].mean()))
            for frame in container.decode(video=0)
        ]
    bright = [(at, brightness > 128) for at, brightness in shown]
    flashes = [after[0] for before, after in itertools.pairwise(bright) if after[1] > before[1]]
    beeps = tuple(_beeps(path, track) for track in range(tracks))
    gap = max(after[0] - before[0] for before, after in itertools.pairwise(shown))
    return FlashesAndBeeps(flashes, beeps, len(shown), shown[-1][0] - shown[0][0], gap)


def _beeps(path: Path, track: int) -> list[float]:
    raw = sample_media._samples_folder() / f"beeps-{track}.f32"
    onto_clock = f"aresample={SOUND_RATE}:async=1:first_pts=0"
    sample_media.ffmpeg(
        *("-i", path, "-map", f"a:{track}", "-af", onto_clock, "-ac", "1", "-f", "f32le", raw)
    )
    sound: Any = np.fromfile(raw, "<f4")
    per_ms = SOUND_RATE // 1000
    loud = np.abs(sound[: len(sound) // per_ms * per_ms].reshape(-1, per_ms)).mean(axis=1) > 0.05
    # A beep begins where it was quiet for a fifth of a second.
    return [
        float(at)
        for at in np.flatnonzero(loud)
        if at > 200 and not loud[max(0, at - 200) : at].any()
    ]
