"""The disguise of version 0.1.0, kept so that films signed off with it can be made again.

A low voice is raised, a high one lowered, both towards where most voices lie; the formants go the
other way. So no single change of speed brings both back: where the pitch is right again the
formants are far off, and where the formants are right the pitch is. Both wander slowly, by the
story's secret.

Formants are moved by stretching the smooth part of each short spectrum along the frequencies; its
fine part, which is the pitch, stays. rubberband has a setting of its own to keep formants where
they are. Measured on made vowels, the two that matter moved with the pitch all the same: changing
the speed would have undone the whole disguise.

More than half of the voices were still known by a program that recognises speakers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from capture.media.sound.pitch import median_pitch
from capture.media.sound.raw_sound import RawSound
from capture.media.sound.secret_draws import SecretDraws
from capture.media.sound.spectra import FAINT, Mono, Sizes, envelope

MIDDLE_PITCH_HZ = 165.0
"""Between the usual pitch of men and of women: away from here nobody is moved."""
_RAISED, _LOWERED = (1.25, 1.36), (0.735, 0.80)  # 4 to 5 semitones
_NARROWED, _WIDENED = (0.86, 0.90), (1.11, 1.16)
_PITCH_WANDER, _FORMANT_WANDER = 0.035, 0.025  # as parts of the whole, up and down
_MAX_GAIN_NEPERS = 8.0  # nepers at most in one bin, so that nothing is made of silence


@dataclass(frozen=True)
class FirstDisguise:
    """The course of a disguise over a film, made from the story’s secret."""

    draws: SecretDraws
    raised: bool

    def pitch(self, seconds: Any) -> Any:
        """Return by how much the pitch is moved at each time."""
        base = self.draws.between("pitch", _RAISED if self.raised else _LOWERED)
        return base * self.draws.wander("pitch", seconds, _PITCH_WANDER)

    def formants(self, seconds: Any) -> Any:
        """Return by how much the formants are moved at each time."""
        base = self.draws.between("formants", _NARROWED if self.raised else _WIDENED)
        return base * self.draws.wander("formants", seconds, _FORMANT_WANDER)

    def gains(self, sizes: Sizes, seconds: Mono) -> Any:
        """Return the gains that move the formants of a sound whose pitch was moved."""
        # Only by what is left: they moved with the pitch.
        factors = self.formants(seconds) / self.pitch(seconds)
        smooth = envelope(np.log(sizes + FAINT))
        bins = sizes.shape[1]
        # Formant at bin k came from bin k / factor.
        places = np.clip(np.arange(bins) / factors[:, None], 0, bins - 1)
        below = np.minimum(places.astype(np.intp), bins - 2)
        rows = np.arange(len(sizes))[:, None]
        part = places - below
        stretched = smooth[rows, below] * (1 - part) + smooth[rows, below + 1] * part
        return np.exp(np.clip(stretched - smooth, -_MAX_GAIN_NEPERS, _MAX_GAIN_NEPERS))


def first_disguise(sound: RawSound, draws: SecretDraws) -> FirstDisguise:
    """Return the disguise for the voice of `sound`."""
    return FirstDisguise(draws, raised=median_pitch(sound) < MIDDLE_PITCH_HZ)
