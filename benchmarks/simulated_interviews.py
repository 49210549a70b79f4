"""Make interviews of recordings: answers that people spoke, questions that espeak-ng speaks.

    python -m benchmarks.simulated_interviews RECORDINGS OUT [--hour]

RECORDINGS is a folder of recordings with references (`benchmarks/references.py`). What is written
to OUT has references too. Simulated: the questions, the room, the telephone, the music, the French.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.references import (
    Reference,
    TimedText,
    decode,
    read_reference,
    references_in,
    write_reference,
    write_speech,
)
from capture.media.run_ffmpeg import ffmpeg_path
from capture.media.speech import SPEECH_RATE

ROOM_DB = -62.0
"""Noise of a quiet room, of full scale."""
_SPEECH_DB = -24.0  # of every piece: people are set to the same level
_SPLIT_PAUSE = 0.25  # seconds: a recording with word times is divided where nothing is said so long
_LONGEST_PIECE = 20.0  # seconds, of a recording that can be divided

QUESTIONS = (
    "Can you tell me who you care for?",
    "What happened when you first asked for help?",
    "What were you told about confidentiality?",
    "What would you like staff to know?",
    "What does a good day look like now?",
)
"""As the set `being-heard` and others word them."""
OTHERWISE = (
    "So, first of all, who is it that you look after?",
    "And the first time you went looking for some help, how did that go?",
    "Did anybody ever say what they could share with you, and what not?",
    "If the people on the ward were listening now, what should they hear from you?",
    "And these days, when it goes well, what is that like?",
)
FOLLOW_UPS = ("Mm-hm.", "And then?", "Mm, I see.", "How did you feel about that?", "Right.")
FRENCH = (
    "Je m’occupe de mon frère depuis onze ans. Il est tombé malade quand il avait vingt ans.",
    "Au début, personne ne nous expliquait rien. On attendait dans le couloir pendant des heures.",
    "Ce qui m’a aidée, c’est une infirmière qui a pris le temps de m’écouter et de répondre.",
    "Aujourd’hui il travaille trois jours par semaine, et le dimanche nous mangeons ensemble.",
)
RELATIVE = (
    "I am his sister. I was there that night as well, and I remember the ambulance.",
    "We took turns. She went in the mornings, and I went after work.",
)


@dataclass(frozen=True)
class Voice:
    """A voice of espeak-ng: its name there, words a minute, and pitch."""

    name: str
    pace: int = 160
    pitch: int = 50


INTERVIEWER, SECOND, FRENCH_VOICE = Voice("en-gb", 155), Voice("en-gb+f3", 165, 60), Voice("fr")


@dataclass(frozen=True)
class Piece:
    """Sound of one speaker, with its text and the word times that are known, in seconds."""

    speaker: str
    sound: Any
    text: str = ""
    words: tuple[TimedText, ...] = ()
    pause: float = 0.9
    """Seconds of the room after it."""

    @property
    def length(self) -> float:
        return len(self.sound) / SPEECH_RATE


def main(recordings: Path, out: Path, *, hour: bool = False) -> None:
    """Write every interview to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    answers = [piece for reference in references_in(recordings) for piece in _pieces(reference)]
    spoken = [piece for piece in answers if piece.text]
    asked = lambda texts: [speak(text, INTERVIEWER, "interviewer") for text in texts]  # noqa: E731
    plain = _alternate(asked(QUESTIONS), spoken)
    _write(out / "interview.wav", plain)
    otherwise = _alternate(asked(OTHERWISE), spoken[::-1], between=asked(FOLLOW_UPS))
    _write(out / "interview-otherwise.wav", otherwise)
    _write(out / "interview-pauses.wav", [replace(piece, pause=12.0) for piece in plain[:8]])
    _write(out / "interview-music.wav", plain[:6], before=music(25.0))
    _write(out / "interview-noisy.wav", plain, room_db=-40.0)
    relative = [speak(text, SECOND, "relative") for text in RELATIVE]
    _write(out / "interview-relative.wav", _inserted(plain[:12], relative))
    french = [speak(text, FRENCH_VOICE, "carer") for text in FRENCH]
    _write(out / "french.wav", french)
    _write(out / "french-english-questions.wav", _alternate(asked(QUESTIONS), french))
    _write(out / "english-then-french.wav", [*plain[:6], *french])
    untold = [piece for piece in answers if not piece.text]
    if untold:
        _write(out / "meeting-interview.wav", _alternate(asked(QUESTIONS), untold))
    for name in ("interview", "interview-otherwise"):
        telephone(out / f"{name}.wav", out / f"{name}-telephone.wav")
    if hour:
        _write(out / "hour.wav", [*_repeated([*plain, *otherwise], 3600.0)])


def speak(text: str, voice: Voice, speaker: str) -> Piece:
    """Return `text` as espeak-ng speaks it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spoken.wav"
        settings = ["-v", voice.name, "-s", str(voice.pace), "-p", str(voice.pitch)]
        subprocess.run(["espeak-ng", *settings, "-w", str(path), "--", text], check=True)
        return Piece(speaker, _trimmed(decode(path)), text)


def music(seconds: float) -> Any:
    """Return chords that fade out as somebody begins to speak."""
    times = np.arange(int(seconds * SPEECH_RATE)) / SPEECH_RATE
    sound = np.zeros(len(times))
    for number, root in enumerate(cycle((220.0, 174.6, 261.6, 196.0))):
        start = number * 1.5
        if start >= seconds:
            break
        after = np.clip(times - start, 0, None) * (times >= start)
        for step in (1, 1.26, 1.5, 2):
            sound += np.sin(2 * np.pi * root * step * after) * np.exp(-1.5 * after) * (after > 0)
    fade = np.clip((seconds - times) / 2, 0, 1)
    return (_at_level(sound, -26.0) * fade).astype(np.float32)


def telephone(recording: Path, to: Path) -> None:
    """Write `recording` as a mobile telephone gives it: 300 to 3,400 Hz, at 8 kHz, coded."""
    with tempfile.TemporaryDirectory() as folder:
        coded = Path(folder) / "call.amr"
        run = [ffmpeg_path(), "-v", "error", "-nostdin", "-y"]
        band = "highpass=300,highpass=300,lowpass=3400,lowpass=3400"
        form = ["-ar", "8000", "-ac", "1", "-c:a", "libopencore_amrnb", "-b:a", "12.2k"]
        subprocess.run([*run, "-i", recording, "-af", band, *form, coded], check=True)
        write_speech(to, decode(coded))
    write_reference(replace(read_reference(recording), recording=to))


def _pieces(reference: Reference) -> Iterator[Piece]:
    """Yield a recording whole, or in pieces where the times of its words are known."""
    sound = _at_level(decode(reference.recording), _SPEECH_DB)
    groups = _groups(reference.words)
    if len(groups) < 2:
        trimmed, start = _trimmed(sound), _first_sound(sound) / SPEECH_RATE
        yield (
            Piece("carer", trimmed, reference.text, _moved(reference.words, -start))
            if reference.text
            else Piece("carer", sound)
        )
        return
    for words in groups:
        start = max(0.0, words[0].start - 0.1)
        end = words[-1].end + 0.1
        part = sound[int(start * SPEECH_RATE) : int(end * SPEECH_RATE)]
        text = " ".join(word.text for word in words)
        yield Piece("carer", part, text, _moved(words, -start))


def _groups(words: Sequence[TimedText]) -> list[list[TimedText]]:
    """Divide words at pauses, into pieces of up to `_LONGEST_PIECE` where the pauses allow it."""
    groups: list[list[TimedText]] = []
    for word in words:
        is_pause = not groups or word.start - groups[-1][-1].end >= _SPLIT_PAUSE
        if is_pause and (not groups or word.end - groups[-1][0].start > _LONGEST_PIECE / 2):
            groups.append([word])
        else:
            groups[-1].append(word)
    return groups


def _alternate(
    questions: Sequence[Piece],
    answers: Sequence[Piece],
    *,
    between: Sequence[Piece] = (),
) -> list[Piece]:
    """Return questions with an answer each, and words `between`."""
    asked, remarks, pieces = cycle(questions), cycle(between or [None]), []
    for answer in answers:
        pieces.append(replace(next(asked), pause=0.7))
        pieces.append(answer)
        if (remark := next(remarks)) is not None:
            pieces[-1] = replace(answer, pause=0.25)
            pieces.append(replace(remark, pause=0.5))
    return pieces


def _repeated(pieces: Sequence[Piece], seconds: float) -> Iterator[Piece]:
    """Yield `pieces` over and over, for about `seconds`."""
    for piece in cycle(pieces):
        if seconds <= 0:
            return
        yield piece
        seconds -= piece.length + piece.pause


def _inserted(pieces: Sequence[Piece], others: Sequence[Piece]) -> list[Piece]:
    """Return `pieces` with the `others` among them, evenly."""
    step = len(pieces) // (len(others) + 1)
    mixed = list(pieces)
    for number, other in reversed(list(enumerate(others, start=1))):
        mixed.insert(number * step, other)
    return mixed


def _write(
    to: Path, pieces: Sequence[Piece], *, before: Any = None, room_db: float = ROOM_DB
) -> None:
    """Write an interview with its reference."""
    sounds = [_silence(0.6) if before is None else before]
    at = len(sounds[0]) / SPEECH_RATE
    words: list[TimedText] = []
    turns: list[TimedText] = []
    for piece in pieces:
        words += _moved(piece.words, at)
        turns.append(TimedText(at, at + piece.length, piece.speaker))
        sounds += [_at_level(piece.sound, _SPEECH_DB), _silence(piece.pause)]
        at += piece.length + len(sounds[-1]) / SPEECH_RATE
    mixed = np.concatenate(sounds)
    noise = np.random.default_rng(1).standard_normal(len(mixed)) * 10 ** (room_db / 20)
    write_speech(to, mixed + noise)
    known_text = all(piece.text for piece in pieces)
    text = "\n".join(piece.text for piece in pieces) if known_text else ""
    write_reference(Reference(to, text, tuple(words), tuple(turns)))


def _moved(words: Sequence[TimedText], by: float) -> tuple[TimedText, ...]:
    return tuple(replace(word, start=word.start + by, end=word.end + by) for word in words)


def _silence(seconds: float) -> Any:
    return np.zeros(int(seconds * SPEECH_RATE), np.float32)


def _at_level(sound: Any, level_db: float) -> Any:
    power = float(np.sqrt(np.mean(np.square(sound, dtype=np.float64))))
    return (sound * (10 ** (level_db / 20) / max(power, 1e-9))).astype(np.float32)


def _first_sound(sound: Any) -> int:
    return int(np.argmax(np.abs(sound) > 0.01))


def _trimmed(sound: Any) -> Any:
    """Return the sound without the quiet at its ends."""
    last = len(sound) - int(np.argmax(np.abs(sound[::-1]) > 0.01))
    return sound[_first_sound(sound) : last]


if __name__ == "__main__":
    paths = [Path(argument) for argument in sys.argv[1:] if not argument.startswith("--")]
    main(paths[0], paths[1], hour="--hour" in sys.argv)
