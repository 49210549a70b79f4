"""Synthetic voices with exact times: espeak-ng through its C library.

``speak`` returns the sound of one sentence together with the truth about it: when each written
word is heard, and which phoneme is heard when. The recogniser is trained and measured on this.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
"""Samples a second of everything returned here; what Whisper listens to."""

_AUDIO_OUTPUT_SYNCHRONOUS = 2
_INITIALIZE_PHONEME_EVENTS = 1
_CHARS_UTF8 = 1
_EVENT_LIST_TERMINATED, _EVENT_WORD, _EVENT_PHONEME = 0, 1, 7
_PARAMETER_RATE, _PARAMETER_PITCH, _PARAMETER_RANGE, _PARAMETER_WORD_GAP = 1, 3, 4, 7


@dataclass(frozen=True)
class Voice:
    """A speaker: an espeak-ng voice with a fixed speed (words a minute) and pitch (0-100)."""

    name: str
    espeak: str
    rate: int
    pitch: int
    pitch_range: int = 45


VOICES: dict[str, Voice] = {
    voice.name: voice
    for voice in (
        Voice("interviewer", "en+f2", rate=150, pitch=52),
        Voice("ruth", "en+f5", rate=142, pitch=34),
        Voice("tom", "en+m3", rate=150, pitch=46),
        Voice("helen", "en+f4", rate=148, pitch=60),
        Voice("arthur", "en+m7", rate=140, pitch=30),
    )
}
"""The demo's speakers. The recogniser knows these and no others."""


@dataclass(frozen=True)
class Spoken:
    """A sentence as spoken: samples at 16 kHz and the times of words and phonemes.

    ``words`` holds (word as written, start ms, end ms); ``phonemes`` (espeak mnemonic, start ms,
    end ms), where "" is silence. Times count from the first sample.
    """

    samples: NDArray[np.float32]
    words: list[tuple[str, int, int]]
    phonemes: list[tuple[str, int, int]]


class _EventId(ctypes.Union):
    _fields_ = [
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    ]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    ]


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class Synthesiser:
    """espeak-ng, loaded once a process. Not safe to use from several threads."""

    def __init__(self) -> None:
        name = ctypes.util.find_library("espeak-ng") or "libespeak-ng.so.1"
        self._library: Any = ctypes.CDLL(name)
        self._native_rate: int = self._library.espeak_Initialize(
            _AUDIO_OUTPUT_SYNCHRONOUS, 0, None, _INITIALIZE_PHONEME_EVENTS
        )
        if self._native_rate <= 0:
            raise OSError("espeak-ng could not be started; is its data installed?")
        self._chunks: list[NDArray[np.int16]] = []
        self._events: list[tuple[int, int, int, str]] = []
        self._callback = _Callback(self._receive)
        self._library.espeak_SetSynthCallback(self._callback)
        self._current_voice = ""

    def _receive(self, samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            self._chunks.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        index = 0
        while events[index].type != _EVENT_LIST_TERMINATED:
            event = events[index]
            if event.type in (_EVENT_WORD, _EVENT_PHONEME):
                name = ""
                if event.type == _EVENT_PHONEME:
                    name = event.id.string.decode("utf-8", "replace")
                self._events.append((event.type, event.text_position, event.audio_position, name))
            index += 1
        return 0

    def speak(
        self, text: str, voice: Voice, *, rate: float = 1.0, pitch: int = 0, delay: int = 0
    ) -> Spoken:
        """Speak one sentence: ``rate`` is a factor, ``pitch`` is added, ``delay`` is in samples."""
        library = self._library
        if voice.espeak != self._current_voice:
            if library.espeak_SetVoiceByName(voice.espeak.encode()) != 0:
                raise ValueError(f"espeak-ng has no voice {voice.espeak!r}")
            self._current_voice = voice.espeak
        library.espeak_SetParameter(_PARAMETER_RATE, round(voice.rate * rate), 0)
        library.espeak_SetParameter(_PARAMETER_PITCH, max(0, voice.pitch + pitch), 0)
        library.espeak_SetParameter(_PARAMETER_RANGE, voice.pitch_range, 0)
        library.espeak_SetParameter(_PARAMETER_WORD_GAP, 1, 0)
        self._chunks, self._events = [], []
        data = text.encode("utf-8")
        library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _CHARS_UTF8, None, None)
        library.espeak_Synchronize()
        native = np.concatenate(self._chunks).astype(np.float32) / 32768.0
        if delay:
            native = np.concatenate([np.zeros(delay, np.float32), native])
        late = round(delay * 1000 / self._native_rate)
        return _trimmed(resample(native, self._native_rate), text, _shifted(self._events, late))


def _shifted(
    events: list[tuple[int, int, int, str]], milliseconds: int
) -> list[tuple[int, int, int, str]]:
    return [(kind, position, at + milliseconds, name) for kind, position, at, name in events]


def resample(samples: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    """Bring sound from 22,050 Hz (espeak-ng's rate) to 16 kHz through its spectrum."""
    if rate == SAMPLE_RATE:
        return samples
    block = rate // np.gcd(rate, SAMPLE_RATE)
    padded = -(-(len(samples) + 64) // block) * block
    spectrum = np.fft.rfft(samples, padded)
    count = padded * SAMPLE_RATE // rate
    low_band = spectrum[: count // 2 + 1].copy()
    edge = min(len(low_band), 200)
    low_band[-edge:] *= np.linspace(1, 0, edge)
    wanted = round(len(samples) * SAMPLE_RATE / rate)
    brought: NDArray[np.float32] = np.fft.irfft(low_band, count).astype(np.float32)
    return brought[:wanted] * np.float32(count / padded)


def _trimmed(
    samples: NDArray[np.float32], text: str, events: list[tuple[int, int, int, str]]
) -> Spoken:
    """Cut the silence after the last sound and turn events into intervals."""
    total = round(len(samples) * 1000 / SAMPLE_RATE)
    phoneme_events = [
        ("" if name.startswith("_") else name, at)
        for kind, _, at, name in events
        if kind == _EVENT_PHONEME
    ]
    phonemes: list[tuple[str, int, int]] = []
    for index, (name, at) in enumerate(phoneme_events):
        end = phoneme_events[index + 1][1] if index + 1 < len(phoneme_events) else total
        if end > at:
            phonemes.append((name, at, end))
    speech_end = max((end for name, _, end in phonemes if name), default=total)
    starts = {position - 1: at for kind, position, at, _ in events if kind == _EVENT_WORD}
    matches = list(re.finditer(r"\S+", text))
    words: list[tuple[str, int, int]] = []
    missing = [match.start() for match in matches if match.start() not in starts]
    if missing:
        starts = _filled(matches, starts, speech_end)
    for index, match in enumerate(matches):
        begin = starts[match.start()]
        end = starts[matches[index + 1].start()] if index + 1 < len(matches) else speech_end
        silences = [
            at for name, at, until in phonemes if not name and begin < at < end <= until + 1
        ]
        words.append((match.group(), begin, min([end, *silences])))
    trimmed = samples[: round((speech_end + 30) * SAMPLE_RATE / 1000)].copy()
    fade = min(len(trimmed), 320)
    trimmed[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    phonemes = [
        (name, at, min(end, speech_end + 30)) for name, at, end in phonemes if at < speech_end
    ]
    return Spoken(trimmed, words, phonemes)


def _filled(
    matches: list[re.Match[str]], starts: dict[int, int], speech_end: int
) -> dict[int, int]:
    """Give words that espeak ran together ("of the") times in proportion to their letters."""
    filled = dict(starts)
    known = [index for index, match in enumerate(matches) if match.start() in starts]
    for position, index in enumerate(known):
        after = known[position + 1] if position + 1 < len(known) else len(matches)
        end = starts[matches[after].start()] if after < len(matches) else speech_end
        begin = starts[matches[index].start()]
        lengths = [len(matches[i].group()) for i in range(index, after)]
        for i in range(index + 1, after):
            share = sum(lengths[: i - index]) / sum(lengths)
            filled[matches[i].start()] = round(begin + (end - begin) * share)
    for index in range(known[0] if known else 0):
        filled[matches[index].start()] = 0
    return filled
