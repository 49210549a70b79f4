"""Training data of the recogniser: a bank of spoken sentences, and windows mixed from it.

The bank is made once. It holds each sentence as log10 mel power (10 ms frames), so that a window
is a sum of slices: sentences, noise and gain are mixed there, with no sound to transform again.
Besides the demo's own sentences there are phrases of them joined at random and words in random
order, in every voice, so that the recogniser must listen instead of reciting.
"""

from __future__ import annotations

import multiprocessing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .script import bare, stories
from .voices import SAMPLE_RATE, VOICES, Synthesiser

FRAME_MS = 10
MAX_FRAMES = 3000
"""Frames of a whole Whisper window of 30 s."""

CUT_MARGIN_MS = 3000
"""In a window that is cut, sentences that end later than this before its end are left for the
next window. Whisper's ``hallucination_silence_threshold=2`` drops what follows the last word when
less than two seconds are left, so the recogniser must stop earlier than that."""

WORD_MARGIN_MS = 2500

Array = NDArray[Any]


@dataclass
class Bank:
    """Spoken sentences, end to end. ``offsets`` has one entry more than there are sentences."""

    mel: NDArray[np.float16]
    phonemes: NDArray[np.uint8]
    word_ids: NDArray[np.int16]
    offsets: NDArray[np.int64]
    words: list[list[tuple[str, int, int]]]
    kinds: NDArray[np.uint8]
    phoneme_names: list[str]
    vocabulary: list[str]
    noises: NDArray[np.float32]


def vocabulary() -> list[str]:
    """Return every word of the demo, bare and sorted."""
    spoken = {bare(w) for s in stories() for t in s.turns for x in t.sentences for w in x.split()}
    return sorted(spoken)


def planned(rng: np.random.Generator, real: int, joined: int, random: int) -> list[Any]:
    """Return the bank's rows (kind, text, voice, rate, pitch, delay); kind 0 is a real sentence."""
    own: dict[str, set[str]] = {}
    for story in stories():
        for turn in story.turns:
            for sentence in turn.sentences:
                own.setdefault(sentence, set()).add(story.voice_of(turn))
    names = list(VOICES)
    plan: list[Any] = []

    def add(kind: int, text: str, voice: str) -> None:
        rate = float(np.exp(rng.normal(0, 0.035)))
        pitch = round(rng.normal(0, 2.0))
        plan.append((kind, text, voice, rate, pitch, int(rng.integers(0, 221))))

    for sentence, speakers in sorted(own.items()):
        for voice in names:
            for _ in range(real if voice in speakers else real // 4):
                add(0 if voice in speakers else 1, sentence, voice)
    sentences = [sentence.split() for sentence in sorted(own)]
    for _ in range(joined):
        text: list[str] = []
        planned_sentences = int(rng.integers(4, 12))
        while len(text) < planned_sentences:
            source = sentences[rng.integers(len(sentences))]
            start = int(rng.integers(len(source)))
            text += source[start : start + int(rng.integers(2, 6))]
        add(1, _sentence(text, rng), names[rng.integers(len(names))])
    words = sorted({w.strip(".,?") for s in sentences for w in s})
    for _ in range(random):
        picked = [words[rng.integers(len(words))] for _ in range(int(rng.integers(3, 10)))]
        add(2, _sentence(picked, rng), names[rng.integers(len(names))])
    return plan


_NAMES = {"I", "Daniel", "Anna", "Mark", "Grace", "Rosalind", "Winifred", "Sunday", "Friday"}


def _sentence(words: list[str], rng: np.random.Generator) -> str:
    """Words as a sentence: a capital first, a comma now and then, a full stop or question mark."""
    out = []
    for index, word in enumerate(words):
        word = word.rstrip(".?") if index + 1 < len(words) else word.strip(".,?")
        if index and word.strip(",") not in _NAMES:
            word = word[0].lower() + word[1:]
        out.append(word)
    out[0] = out[0][0].upper() + out[0][1:]
    return " ".join(out) + ("?" if rng.random() < 0.2 else ".")


def _spoken(job: tuple[int, list[Any], list[str]]) -> list[Any]:
    import torch

    torch.set_num_threads(1)
    _, plan, _ = job
    synthesiser = Synthesiser()
    made = []
    for kind, text, voice, rate, pitch, delay in plan:
        spoken = synthesiser.speak(text, VOICES[voice], rate=rate, pitch=pitch, delay=delay)
        made.append((kind, log_power(spoken.samples), spoken.words, spoken.phonemes))
    return made


def log_power(samples: NDArray[np.float32]) -> NDArray[np.float16]:
    """log10 mel power of a sound, shape (frames, 80): Whisper's, before its clamp and scale."""
    import torch
    from whisper.audio import mel_filters

    sound = torch.from_numpy(samples)
    window = torch.hann_window(400)
    spectrum = torch.stft(sound, 400, 160, window=window, return_complex=True)[..., :-1]
    power = mel_filters(torch.device("cpu"), 80) @ (spectrum.abs() ** 2)
    return torch.clamp(power, min=1e-10).log10().T.numpy().astype(np.float16)


def noises(rng: np.random.Generator, seconds: int = 60) -> NDArray[np.float32]:
    """Mel power of unit-loud noise in several colours, shape (colours, frames, 80)."""
    out = []
    count = seconds * SAMPLE_RATE
    frequency = np.fft.rfftfreq(count, 1 / SAMPLE_RATE)
    for colour in (0.0, 0.0, 0.5, 1.0, 1.5):
        spectrum = np.fft.rfft(rng.normal(size=count))
        spectrum *= np.maximum(frequency, 40.0) ** -colour
        sound = np.fft.irfft(spectrum, count)
        sound = (sound / np.sqrt(np.mean(sound**2))).astype(np.float32)
        out.append(10.0 ** log_power(sound).astype(np.float32))
    return np.stack(out)


def make_bank(*, seed: int = 1, real: int = 20, joined: int = 5000, random: int = 4000) -> Bank:
    """Speak the bank: about 13,000 sentences, nine hours, two to four minutes on two cores."""
    rng = np.random.default_rng(seed)
    plan = planned(rng, real, joined, random)
    names = vocabulary()
    shares = [(i, plan[i : i + 250], names) for i in range(0, len(plan), 250)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        made = [item for share in pool.imap(_spoken, shares) for item in share]
    phoneme_names = ["", *sorted({name for item in made for name, _, _ in item[3]} - {""})]
    phoneme_index = {name: index for index, name in enumerate(phoneme_names)}
    word_index = {word: index + 1 for index, word in enumerate(names)}
    offsets = np.cumsum([0, *[len(item[1]) for item in made]])
    phonemes = np.zeros(offsets[-1], np.uint8)
    word_ids = np.zeros(offsets[-1], np.int16)
    for index, (_, _, words, sounds) in enumerate(made):
        start, stop = int(offsets[index]), int(offsets[index + 1])
        for name, begin, end in sounds:
            phonemes[start + begin // FRAME_MS : min(stop, start + end // FRAME_MS)] = (
                phoneme_index[name]
            )
        for word, begin, end in words:
            word_ids[start + begin // FRAME_MS : min(stop, start + end // FRAME_MS)] = word_index[
                bare(word)
            ]
    return Bank(
        np.concatenate([item[1] for item in made]),
        phonemes,
        word_ids,
        offsets,
        [item[2] for item in made],
        np.array([item[0] for item in made], np.uint8),
        phoneme_names,
        names,
        noises(rng),
    )


def load_bank(path: Path) -> Bank:
    """Read a bank from ``path``, or make it and keep it there."""
    import pickle

    if path.exists():
        with path.open("rb") as file:
            cached = pickle.load(file)  # noqa: S301 - our own file, made below
        return Bank(**cached)
    bank = make_bank()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        pickle.dump(bank.__dict__, file, protocol=5)
    return bank


@dataclass
class Stage:
    """The windows of one stage of training: seconds, windows in a batch."""

    seconds: float
    batch: int


@dataclass
class Window:
    """A training window. Times in ms count from Whisper's window start, not the slice's.

    ``mel`` is (frames, 80) in Whisper's scale; ``offset`` is the slice's first encoder frame
    (20 ms); ``tokens`` the decoder's whole sequence; ``spans`` the time of each token (or -1).
    """

    mel: Array
    offset: int
    phonemes: Array
    word_ids: Array
    tokens: list[int]
    spans: list[tuple[int, int]]
    stamped: list[bool]
    silent: bool


class Mixer:
    """Mixes windows from a bank; every call gives a new one."""

    def __init__(self, bank: Bank, seed: int) -> None:
        from whisper.tokenizer import get_tokenizer

        self.bank = bank
        self.rng = np.random.default_rng(seed)
        self.tokenizer = get_tokenizer(False)
        self.groups = [np.flatnonzero(bank.kinds == kind) for kind in range(3)]
        self._tokens: dict[str, list[int]] = {}

    def encode(self, text: str) -> list[int]:
        """Tokens of one written word with the blank before it."""
        if text not in self._tokens:
            self._tokens[text] = self.tokenizer.encode(" " + text)
        return self._tokens[text]

    def window(self, frames: int) -> Window:
        """Return a window of ``frames`` frames of 10 ms (at most 3,000)."""
        rng, bank = self.rng, self.bank
        # Does the recording go on after the window?
        cut = rng.random() < (0.15 if frames < 1000 else 0.35 if frames < 2000 else 0.6)
        offset = (MAX_FRAMES - frames) // 2 if cut else self._padded_offset(frames)
        content = frames if cut else int(rng.uniform(0.25, 1.0) * frames)
        power = np.zeros((frames, 80), np.float32)
        phonemes = np.zeros(frames, np.int64)
        word_ids = np.zeros(frames, np.int64)
        silent = rng.random() < 0.03
        utterances: list[tuple[list[tuple[str, int, int]], int]] = []
        cursor = self._first_gap()
        keep_tail = cut or rng.random() < 0.25
        while not silent:
            index = self._pick()
            start, stop = int(bank.offsets[index]), int(bank.offsets[index + 1])
            if not utterances and rng.random() < 0.3:
                cursor = -int(rng.uniform(0.05, 0.9) * (stop - start))
            room = content - cursor
            if room <= 20 or (not keep_tail and stop - start > room - 5):
                break
            a, b = max(0, -cursor), min(stop - start, room)
            gain = 10.0 ** (rng.uniform(-0.25, 0.25))
            at = slice(cursor + a, cursor + b)
            power[at] += gain * 10.0 ** bank.mel[start + a : start + b].astype(np.float32)
            phonemes[at] = bank.phonemes[start + a : start + b]
            word_ids[at] = bank.word_ids[start + a : start + b]
            utterances.append((bank.words[index], cursor * FRAME_MS))
            cursor += stop - start + self._gap()
        mel = self._degraded(power, content)
        tokens, spans, stamped = self._target(utterances, cut, content * FRAME_MS, offset * 20)
        return Window(
            mel, offset, phonemes[::2], word_ids[::2], tokens, spans, stamped, not utterances
        )

    def _padded_offset(self, frames: int) -> int:
        free = (MAX_FRAMES - frames) // 2
        return 0 if self.rng.random() < 0.3 else int(self.rng.integers(0, free + 1))

    def _pick(self) -> int:
        kind = int(self.rng.choice(3, p=(0.74, 0.11, 0.15)))
        group = self.groups[kind]
        return int(group[self.rng.integers(len(group))])

    def _first_gap(self) -> int:
        rng = self.rng
        return int(rng.choice([rng.uniform(0, 15), rng.uniform(0, 60), rng.uniform(30, 130)]))

    def _gap(self) -> int:
        rng = self.rng
        return int(
            rng.choice(
                [
                    rng.uniform(25, 60),
                    rng.uniform(60, 140),
                    rng.uniform(5, 30),
                    rng.uniform(100, 400),
                ],
                p=(0.55, 0.33, 0.07, 0.05),
            )
        )

    def _degraded(self, power: Array, content: int) -> Array:
        """Noise, colour, gain; then Whisper's clamp and scale, and its padding with zeros."""
        rng, bank = self.rng, self.bank
        frames = len(power)
        x = np.linspace(-1, 1, 80, dtype=np.float32)
        if rng.random() < 0.5:
            tilt = rng.normal(0, 0.12) * x + rng.normal(0, 0.08) * np.cos(np.pi * x * 2)
            power = power * 10.0 ** tilt.astype(np.float32)
        if rng.random() < 0.15:
            edge = int(rng.integers(55, 80))
            power[:, edge:] *= 10.0 ** -rng.uniform(1, 4)
        for _ in range(2):
            noise = bank.noises[rng.integers(len(bank.noises))]
            start = int(rng.integers(0, len(noise) - frames)) if len(noise) > frames else 0
            decibels = rng.uniform(13, 35) if rng.random() < 0.4 else rng.uniform(35, 75)
            level = 0.115 * 10 ** (-decibels / 20)
            power = power + level**2 * noise[start : start + frames]
        if rng.random() < 0.7:
            power = power * 10.0 ** rng.uniform(-1.7, 0.3)
        mel = np.log10(np.maximum(power, 1e-10))
        top = max(float(mel[:content].max()), -4.0) + rng.uniform(0, 0.3)
        mel = (np.maximum(mel, top - 8.0) + 4.0) / 4.0
        if rng.random() < 0.3:
            band = int(rng.integers(0, 72))
            mel[:, band : band + int(rng.integers(1, 8))] = mel.mean()
        if rng.random() < 0.3:
            for _ in range(int(rng.integers(1, 4))):
                at = int(rng.integers(0, frames))
                mel[at : at + int(rng.integers(1, 6))] = mel.mean()
        mel[content:] = 0.0
        return mel.astype(np.float32)

    def _target(
        self, utterances: list[Any], cut: bool, content: int, shift: int
    ) -> tuple[list[int], list[tuple[int, int]], list[bool]]:
        """Return a window's tokens, when each is heard, and which are time stamps."""
        tk, rng = self.tokenizer, self.rng
        stamps = rng.random() < 0.7
        by_word = rng.random() < 0.25
        segments: list[list[tuple[str, int, int]]] = []
        next_start = -1
        for words, at in utterances:
            heard = [(w, at + a, at + b) for w, a, b in words]
            heard = [h for h in heard if h[1] >= -0.3 * (h[2] - h[1])]
            heard = [h for h in heard if h[2] <= content + 0.3 * (h[2] - h[1])]
            if not heard:
                continue
            if cut:
                late = content - CUT_MARGIN_MS
                if heard[-1][2] > late and (stamps or not by_word):
                    whole_words = (
                        [h for h in heard if h[2] <= content - WORD_MARGIN_MS] if by_word else []
                    )
                    if whole_words:
                        segments.append(whole_words)
                        next_start = (
                            heard[len(whole_words)][1] if len(whole_words) < len(heard) else -1
                        )
                    else:
                        next_start = heard[0][1]
                    break
            segments.append(heard)
        tokens, spans, stamped = [tk.sot], [(-1, -1)], [False]

        def add(token: int, begin: int, end: int, stamp: bool = False) -> None:
            tokens.append(token)
            spans.append((begin + shift, end + shift) if end >= 0 else (-1, -1))
            stamped.append(stamp)

        def stamp(at: int) -> None:
            at = min(max(at, 0), content)
            number = min(round((at + shift) / 20), 1500)
            add(tk.timestamp_begin + number, max(at - 60, 0), at + 60, True)

        if not stamps:
            add(tk.no_timestamps, -1, -1)
        if not segments and next_start < 0:
            if stamps:
                stamp(int(rng.integers(0, 1000)))
            add(tk.eot, -1, -1)
            return tokens, [(-1, -1)] * len(tokens), [False] * len(tokens)
        for words in segments:
            if stamps:
                stamp(words[0][1])
            for word, begin, end in words:
                pieces = self.encode(word)
                mark = 1 if word[-1] in ".,?" else 0
                parts = pieces[:-1] if mark else pieces
                lengths = np.cumsum([0, *[len(tk.decode([p]).strip()) for p in parts]])
                for number, piece in enumerate(parts):
                    a, b = (
                        begin + (end - begin) * lengths[number + i] / lengths[-1] for i in (0, 1)
                    )
                    add(piece, max(0, int(a)), int(b))
                if mark:
                    add(pieces[-1], end, end + 120)
            if stamps:
                stamp(words[-1][2])
        if stamps and next_start >= 0:
            stamp(next_start)
        last = segments[-1][-1][2] if segments else -1
        add(tk.eot, last, last + 200 if last >= 0 else -1)
        if stamps:
            spans[-1] = (-1, -1)
        return tokens, spans, stamped
