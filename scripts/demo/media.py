"""The demo's recordings: three films and one sound recording, as different as real footage.

Needs espeak-ng. Writes the media files and the exact word times beside the stories.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import wave
from pathlib import Path

import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray

from capture.media.run_ffmpeg import ffmpeg_path

from .pictures import SCENES, Scene
from .script import BUILD, DEMO, Story, stories
from .voices import SAMPLE_RATE, VOICES, Synthesiser

LEAD_IN_MS, TAIL_MS = 800, 1500
LOUDNESS = 0.75
"""The voices are turned down a little, so that no codec clips them."""

ROOM_NOISE = 10 ** (-62 / 20)

PICTURES_A_SECOND = 5
"""Number of pictures painted; light changes so slowly that the films may repeat them."""

Sound = NDArray[np.float32]
Words = list[tuple[str, int, int, str]]


def speak_story(story: Story, seed: int) -> tuple[Sound, Words]:
    """Return a story as sound at 16 kHz, and its words: (word, start ms, end ms, speaker)."""
    rng = np.random.default_rng(seed)
    synthesiser = Synthesiser()
    pieces: list[Sound] = [np.zeros(LEAD_IN_MS * SAMPLE_RATE // 1000, np.float32)]
    words: Words = []
    length = len(pieces[0])

    def pause(milliseconds: float) -> None:
        nonlocal length
        pieces.append(np.zeros(round(milliseconds * SAMPLE_RATE / 1000), np.float32))
        length += len(pieces[-1])

    for number, turn in enumerate(story.turns):
        if number:
            same = story.turns[number - 1].speaker == turn.speaker
            pause(rng.uniform(600, 750) if same else rng.uniform(700, 1200))
        for index, sentence in enumerate(turn.sentences):
            if index:
                pause(rng.uniform(340, 480))
            spoken = synthesiser.speak(sentence, VOICES[story.voice_of(turn)])
            at = round(length * 1000 / SAMPLE_RATE)
            words += [(word, at + a, at + b, turn.speaker) for word, a, b in spoken.words]
            pieces.append(spoken.samples * np.float32(LOUDNESS))
            length += len(spoken.samples)
    pause(TAIL_MS)
    return np.concatenate(pieces) + _room(length, rng), words


def _room(count: int, rng: np.random.Generator) -> Sound:
    """Return the quiet of a room: soft noise, darker than white, far below the voices."""
    spectrum = np.fft.rfft(rng.normal(size=count))
    spectrum *= np.maximum(np.fft.rfftfreq(count, 1 / SAMPLE_RATE), 60.0) ** -0.7
    noise = np.fft.irfft(spectrum, count)
    quiet: Sound = (noise / np.sqrt(np.mean(noise**2)) * ROOM_NOISE).astype(np.float32)
    return quiet


def write_wave(path: Path, sound: Sound) -> None:
    """Write sound as 16-bit mono."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def _ffmpeg(
    *arguments: str, scene: Scene | None = None, frames: int = 0, turned: bool = False
) -> None:
    """Run ffmpeg; with a scene, feed it ``frames`` raw pictures through its standard input."""
    command = [ffmpeg_path(), "-v", "error", "-y", *arguments]
    if scene is None:
        subprocess.run(command, check=True)
        return
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for number in range(frames):
            picture = scene.frame(number / max(frames - 1, 1))
            if turned:
                picture = np.rot90(picture, 1)
            process.stdin.write(np.ascontiguousarray(picture).tobytes())
        process.stdin.close()
        if process.wait() != 0:
            raise RuntimeError(f"ffmpeg failed: {' '.join(command)}")


_STEADY = (
    "-map_metadata",
    "-1",
    "-fflags",
    "+bitexact",
    "-flags:v",
    "+bitexact",
    "-flags:a",
    "+bitexact",
)


def encode(story: Story, sound: Path, seconds: float) -> None:
    """Make a story's media file; the kind follows from its name and its scene."""
    out = str(story.media_path)
    scene_of = SCENES.get(story.slug)
    if scene_of is None:  # sound alone
        _ffmpeg(
            "-i", str(sound), *_STEADY, "-ar", "44100", "-c:a", "aac", "-b:a", "80k",
            "-movflags", "+faststart", out,
        )  # fmt: skip
        return
    scene = scene_of()
    turned = scene.height > scene.width
    web = out.endswith(".webm")
    rate = 30 if turned else 24 if web else 25
    width, height = (scene.height, scene.width) if turned else (scene.width, scene.height)
    raw = (
        "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}",
        "-framerate", str(PICTURES_A_SECOND), "-i", "-", "-i", str(sound), *_STEADY,
        "-pix_fmt", "yuv420p", "-threads", "2", "-r", str(rate),
    )  # fmt: skip
    kind: tuple[str, ...]
    if web:
        kind = (
            "-c:v", "libvpx-vp9", "-b:v", "0", "-crf", "42", "-g", "240", "-deadline", "good",
            "-cpu-used", "5", "-row-mt", "1", "-c:a", "libopus", "-b:a", "48k", "-ar", "48000",
        )  # fmt: skip
    else:
        kind = (
            "-c:v", "libx264", "-preset", "medium", "-crf", "29", "-g", str(rate * 10),
            "-c:a", "aac", "-b:a", "80k", "-ar", "48000", "-movflags", "+faststart",
        )  # fmt: skip
    _ffmpeg(*raw, *kind, out, scene=scene, frames=round(seconds * PICTURES_A_SECOND), turned=turned)
    if turned:
        _flag_as_turned(story.media_path)


def _flag_as_turned(path: Path) -> None:
    """Say in the file that its picture lies on its side, as a phone held upright does.

    ffmpeg can do this since its version 6; the one that imageio-ffmpeg carries is new enough.
    """
    flagged = BUILD / path.name
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", "-display_rotation:v:0", "-90"]
    command += ["-i", str(path), "-c", "copy", "-map_metadata", "-1", "-fflags", "+bitexact"]
    subprocess.run([*command, "-movflags", "+faststart", str(flagged)], check=True)
    shutil.move(flagged, path)


def make_all() -> None:
    """Speak, draw and encode every story; write ``<slug>.words.json`` beside it."""
    for number, story in enumerate(stories()):
        sound, words = speak_story(story, seed=100 + number)
        path = BUILD / f"{story.slug}.wav"
        write_wave(path, sound)
        lines = ",\n".join(json.dumps(word) for word in words)
        (DEMO / f"{story.slug}.words.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
        encode(story, path, len(sound) / SAMPLE_RATE)
        size = story.media_path.stat().st_size
        print(f"{story.media}: {len(sound) / SAMPLE_RATE:.1f} s, {len(words)} words, {size} bytes")
