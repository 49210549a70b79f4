"""The sound of a film from the sound of its recording: levels, redactions and cuts in one pass.

To the sample, and never with more than ten seconds of it in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from capture.media.runner import Progress
from capture.media.sound.disguise import disguise_voice
from capture.media.sound.raw import PER_MS, SOUND_RATE, RawSound, bench_beside, write_raw
from capture.media.sound.redactions import Bleeps, How, Silences, opening, silences
from capture.media.sound.segments import Piece, film_samples, pieces_of, touching
from capture.media.sound.speaker_gain import Levels
from capture.media.timeline import Reel
from library.core import files

if TYPE_CHECKING:
    from capture.media.sound.raw import Samples

_BLOCK = 10 * SOUND_RATE


def assemble_sound(
    sound: RawSound,
    reel: Reel,
    to: Path,
    *,
    levels: Levels,
    redactions: Sequence[tuple[int, int]] = (),
    how: How = "mute",
    disguise: bytes | None = None,
    progress: Progress | None = None,
) -> RawSound:
    """The sound of the film that `reel` plans, exactly as long as its frames.

    `redactions` are spans in milliseconds of the recording: within them is silence, or with `how`
    “bleep” a tone, and nothing else; the film’s length does not change. `disguise` is the story’s
    own secret, as for `disguise_voice`. `progress` is told milliseconds of the film.

    Raises ValueError for a reel that goes on beyond the recording, NoRoom, DiskFailed, and as
    `disguise_voice`; `to` appears whole or not at all.
    """
    pieces = pieces_of(reel)
    if any(piece.source + piece.samples > sound.samples for piece in pieces):
        raise ValueError("A shot goes on beyond the end of the recording.")
    silent = silences(redactions)
    bleeps = Bleeps(pieces, silent, levels.loudness) if how == "bleep" else None
    edited = _edited(sound, pieces, film_samples(reel), levels, silent)
    if disguise is None:
        return write_raw(to, _with_tones(edited, bleeps), _milliseconds(progress))
    with bench_beside(to) as bench:
        plain = write_raw(bench / "plain.f32", edited)
        other = disguise_voice(plain, bench / "other.f32", disguise, progress=progress)
        files.take_away(plain.path)
        # A tone that everybody knows, disguised, would tell how to undo it: bleeps come last.
        return write_raw(to, _with_tones(_silenced(other, pieces, silent), bleeps))


def _edited(
    sound: RawSound, pieces: Sequence[Piece], length: int, levels: Levels, silent: Silences
) -> Iterator[Samples]:
    """The film’s sound, block after block."""
    import numpy as np

    for start in range(0, length, _BLOCK):
        end = min(start + _BLOCK, length)
        block = np.zeros((end - start, 2), np.float32)
        for piece, begin, stop in touching(pieces, start, end):
            shift = piece.source - piece.at
            first, last = begin + shift, stop + shift
            gain = piece.share(begin, stop) * silent.gate(first, last) * levels.gain(first, last)
            block[begin - start : stop - start] += _times(sound.read(first, last), gain)
        yield block


def _silenced(sound: RawSound, pieces: Sequence[Piece], silent: Silences) -> Iterator[Samples]:
    """Silence once more where the disguise spread a span’s neighbours into it."""
    for start, samples in sound.blocks(_BLOCK):
        yield _times(samples, opening(pieces, silent, start, start + len(samples)))


def _with_tones(blocks: Iterator[Samples], bleeps: Bleeps | None) -> Iterator[Samples]:
    start = 0
    for block in blocks:
        if bleeps:
            tone = bleeps.tone(start, start + len(block))
            block += tone[:, None] if tone.ndim else tone
        start += len(block)
        yield block


def _times(samples: Samples, gain: Any) -> Samples:
    """Both channels by one gain, or one for each sample; no copy is made."""
    import numpy as np

    gain = np.asarray(gain, np.float32)
    samples *= gain[:, None] if gain.ndim else gain
    return samples


def _milliseconds(progress: Progress | None) -> Callable[[int], None] | None:
    return (lambda samples: progress(samples // PER_MS)) if progress else None
