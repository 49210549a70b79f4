"""The disguise of today: the voice is replaced by that of somebody who does not exist.

Moving a voice can be undone, by moving it back, or by moving the voices of those it might be. So
it is not moved, but emptied first: the pitch is brought to one height whatever it was; formants
are brought to the usual throat's; and each kind of sound to how an average voice makes it, with
little left of how this one did. Then it gets what nobody's voice has: the length of a throat, a
bent scale and a colour, all drawn from the story's secret, none nearer to its own than any other.

Only as much of each envelope is kept as tells what was said, and nothing above 8 kHz, where
nothing was measured. What was whispered, laughed or wept stays so; rhythm and stress stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from capture.media.sound.average_voice import (
    TOP_HZ,
    MeasuredVoice,
    Table,
    average_voice,
    band_places,
    bands_from,
    bands_of,
    coefficients_of,
    measure_voice,
)
from capture.media.sound.pitch import median_pitch
from capture.media.sound.raw_sound import RawSound
from capture.media.sound.secret_draws import SecretDraws
from capture.media.sound.spectra import BIN_HZ, BINS, FAINT, Mono, Sizes, envelope

_PITCH_HZ = (140.0, 154.0)
"""Between the usual pitch of men and of women."""
_MIN_FACTOR, _MAX_FACTOR = 0.66, 1.5
"""Moved further, a voice is hard to follow."""
_PITCH_WANDER, _FORMANT_WANDER = 0.05, 0.025  # as parts of the whole, up and down
_KEPT = 0.4
"""Part of how this voice differs from the average that is kept: with less, words are lost."""
_MIN_THROAT, _MAX_THROAT = np.log(0.78), np.log(1.28)
"""Logarithms of how far up formants may lie."""
_FROM_OWN = 0.06
"""Least distance of formants from where they were, as a logarithm. More would tell whose they were:
those of men would always lie high, those of women low."""
_KNOTS_HZ = (0.0, 500.0, 1500.0, 3000.0, 5000.0, 24_000.0)
_KNOT = 0.06
"""Between these, the scale is bent by up to so much: no one speed brings all formants back."""
_COLOURS, _COLOUR = 12, 1.8
"""Coefficients of the colour that are drawn, and how far: further than voices are apart."""
_MAX_GAIN_NEPERS = 6.0
"""Nepers at most in one bin, so that nothing is made of silence."""
_TOP_FADE_HZ = 400.0


def pitch_factors(sound: RawSound, draws: SecretDraws) -> PitchFactors:
    """Return by how much to move the pitch of `sound` to bring it to the drawn height."""
    target = draws.between("drawn pitch", _PITCH_HZ)
    # Where nothing is voiced there is nothing to move.
    factor = target / (median_pitch(sound) or target)
    return PitchFactors(draws, min(max(factor, _MIN_FACTOR), _MAX_FACTOR))


@dataclass(frozen=True)
class PitchFactors:
    """The course of the pitch over a film."""

    draws: SecretDraws
    middle: float

    def at(self, seconds: Any) -> Any:
        """Return by how much the pitch is moved at each time."""
        return self.middle * self.draws.wander("drawn pitch", seconds, _PITCH_WANDER)


@dataclass(frozen=True)
class MadeUpVoice:
    """A voice drawn from a secret, in the place of a measured one."""

    draws: SecretDraws
    pitch_factor: float
    """By how much the formants were moved already, with the pitch."""
    own: MeasuredVoice

    @property
    def throat(self) -> float:
        """Formants of the drawn voice, as a multiple of the average voice's.

        Drawn from all but the nearest to its own.
        """
        own = float(np.log(self.own.stretch))
        below = max(0.0, own - _FROM_OWN - _MIN_THROAT)
        above = max(0.0, _MAX_THROAT - own - _FROM_OWN)
        drawn = self.draws.number("throat") * (below + above)
        return float(
            np.exp(_MIN_THROAT + drawn if drawn < below else _MAX_THROAT - (drawn - below))
        )

    @property
    def colour(self) -> Table:
        """The coefficients of the whole of its speech."""
        average = average_voice()
        colour = average.colour.copy()
        for number in range(_COLOURS):
            deviation = self.draws.deviation("colour", number)
            colour[number] += _COLOUR * average.colour_spread[number] * deviation
        return colour

    def gains(self, sizes: Sizes, seconds: Mono) -> Any:
        """Return the gains that replace the voice of a sound whose pitch was moved."""
        smooth = envelope(np.log(sizes + FAINT))
        bands = self._replaced(smooth)
        places = np.clip(band_places(self._average_hertz(seconds)), 0, bands.shape[1] - 1.001)
        below = places.astype(np.intp)
        part = places - below
        rows = np.arange(len(bands))[:, None]
        drawn = bands[rows, below] * (1 - part) + bands[rows, below + 1] * part
        gains = np.exp(np.clip(drawn - smooth, -_MAX_GAIN_NEPERS, _MAX_GAIN_NEPERS))
        hertz = np.arange(BINS) * BIN_HZ
        return gains * np.clip((TOP_HZ + _TOP_FADE_HZ / 2 - hertz) / _TOP_FADE_HZ, 0, 1)

    def _replaced(self, smooth: Any) -> Table:
        """Return the bands that an average voice of the drawn colour would have spoken."""
        bands = bands_of(smooth, self.own.stretch * self.pitch_factor)
        shapes = coefficients_of(bands) - self.own.colour
        kinds, _ = average_voice().kinds(shapes)
        own_way = shapes - kinds @ self.own.centres
        average_way = kinds @ average_voice().centres
        loudness = bands.mean(axis=1, keepdims=True)
        replaced: Table = bands_from(average_way + _KEPT * own_way + self.colour) + loudness
        return replaced

    def _average_hertz(self, seconds: Mono) -> Any:
        """Return for each time and bin the frequency of the average voice that is heard there."""
        throat = self.throat * self.draws.wander("throat", seconds, _FORMANT_WANDER)
        hertz = np.arange(BINS) * BIN_HZ / throat[:, None]
        bends = [0.0, *(self._bend(number) for number in range(len(_KNOTS_HZ) - 2)), 0.0]
        return hertz * np.exp(np.interp(hertz, _KNOTS_HZ, bends))

    def _bend(self, number: int) -> float:
        return _KNOT * (2 * self.draws.number("bend", number) - 1)


def made_up_voice(moved: RawSound, draws: SecretDraws, pitch_factor: float) -> MadeUpVoice:
    """Return the voice to replace that of `moved`, whose pitch was moved by `pitch_factor`."""
    return MadeUpVoice(draws, pitch_factor, measure_voice(moved, pitch_factor))
