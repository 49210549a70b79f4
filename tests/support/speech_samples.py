"""Sounds without a word in them, and the demonstration's interviews as speech."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Any

import numpy as np

from library.workspace_template import template

RATE = 16_000


def write_speech(path: Path, samples: bytes) -> None:
    """Write 16 kHz mono PCM of 16 bits."""
    with wave.open(str(path), "wb") as speech:
        speech.setnchannels(1)
        speech.setsampwidth(2)
        speech.setframerate(RATE)
        speech.writeframes(samples)


def silence(seconds: float) -> Any:
    return np.zeros(int(seconds * RATE), np.float32)


def hiss(seconds: float, level: float = 0.1) -> Any:
    """White noise: a microphone turned up in an empty room."""
    return np.random.default_rng(3).normal(0, level, int(seconds * RATE)).astype(np.float32)


def rumble(seconds: float, level: float = 0.1) -> Any:
    """Brown noise with the mains in it: a ventilator, traffic behind a window."""
    steps = np.random.default_rng(4).normal(0, 1, int(seconds * RATE))
    walk = np.zeros_like(steps)
    for at in range(1, len(steps)):
        walk[at] = 0.995 * walk[at - 1] + steps[at]
    mains = np.sin(2 * np.pi * 50 * np.arange(len(steps)) / RATE)
    return (level * (walk / np.abs(walk).max() + 0.3 * mains)).astype(np.float32)


def music(seconds: float, level: float = 0.2, beat: float = 0.5) -> Any:
    """Plucked chords, one each `beat` seconds, each dying away: with overtones, without a voice."""
    clock = np.arange(int(seconds * RATE)) / RATE
    chords = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
    sound = np.zeros_like(clock)
    for number in range(int(seconds / beat) + 1):
        elapsed = clock - number * beat
        playing = (elapsed >= 0) & (elapsed < beat * 1.8)
        t = elapsed[playing]
        for pitch in chords[number % len(chords)]:
            for overtone in range(1, 6):
                strength = np.exp(-t * (2 + overtone)) / overtone
                sound[playing] += strength * np.sin(2 * np.pi * pitch * overtone * t)
    return (level * sound / np.abs(sound).max()).astype(np.float32)


def organ(seconds: float, level: float = 0.2) -> Any:
    """A held chord."""
    clock = np.arange(int(seconds * RATE)) / RATE
    tones = [np.sin(2 * np.pi * pitch * clock) for pitch in (220, 277.2, 329.6, 440)]
    return (level * sum(tones) / 4).astype(np.float32)


def write_wav(path: Path, samples: Any) -> Path:
    """Write samples as `speech.wav` is: 16 kHz, mono, 16 bits."""
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def demo_speech(folder: Path, name: str = "a-different-experience.m4a") -> Any:
    """Return a demonstration interview as the engines hear it."""
    from capture.media.probe import probe
    from capture.media.speech import read_speech
    from capture.media.working_copy import extract_speech

    media = template().demo / name
    extract_speech(media, folder / "demo.wav", probe(media).duration)
    return read_speech(folder / "demo.wav")
