"""The audiences a story may be shown to, from facilitated training to anyone."""

from __future__ import annotations

import enum
from typing import Literal

AudienceWord = Literal["training", "trust", "partners", "public"]


class Audience(enum.IntEnum):
    """An audience, from narrowest to widest: a wider permission includes the narrower."""

    TRAINING = 1
    TRUST = 2
    PARTNERS = 3
    PUBLIC = 4

    def includes(self, other: Audience) -> bool:
        """Return True where a release for this audience permits showing to `other`."""
        return self >= other

    @property
    def word(self) -> str:
        """The word used in records, options and settings."""
        return self.name.lower()

    @property
    def level_of_use(self) -> str:
        """The words that staff read at the start of a story."""
        return _LEVELS[self]

    @classmethod
    def from_word(cls, word: str) -> Audience:
        """Raises KeyError for a word that is no audience."""
        return cls[word.upper()]


_LEVELS = {
    Audience.TRAINING: "For facilitated training sessions in this trust only",
    Audience.TRUST: "For all staff of this trust",
    Audience.PARTNERS: "For staff of this trust and partner organisations",
    Audience.PUBLIC: "For anyone",
}
AUDIENCE_WORDS = tuple(audience.word for audience in Audience)
