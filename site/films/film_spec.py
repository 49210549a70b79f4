"""The order of a film: all that it is made from. Equal orders give equal films, byte for byte."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import msgspec

from capture import media
from capture.media.timeline import Reel
from capture.recording.originals import numbered_hashes
from capture.recording.takes import recording_kind, takes_of
from films.choices import FilmChoices
from films.render_settings import Manner
from films.retime import retimed
from films.title_cards import Dressing
from library.core.workspace import StoryFolder
from transcribe.captions.layout import lay_out
from transcribe.cue import Cue
from transcribe.words import EditedTranscript


@dataclass(frozen=True)
class Order:
    """What one film is made from, and how."""

    folder: StoryFolder
    edited: EditedTranscript
    reel: Reel
    choices: FilmChoices
    manner: Manner
    dressing: Dressing = field(default_factory=Dressing)
    teller: str = ""
    """The label of the contributor's turns."""

    @property
    def seen(self) -> bool:
        """Whether the contributor’s picture is shown; a calm one is drawn where it is not."""
        filmed = recording_kind(takes_of(self.folder)) == "video"
        return filmed and self.choices.picture != "voice-only"

    @property
    def words(self) -> EditedTranscript:
        """The transcript on the film’s own clock."""
        return retimed(self.edited, self.reel)

    @property
    def cues(self) -> list[Cue]:
        """The film’s captions, on its own clock."""
        words = self.words
        return lay_out(words.turns, words.duration)

    @property
    def key(self) -> str:
        """Tells the bench of this order from that of another."""
        said = msgspec.json.encode(
            (
                self.edited,
                repr(self.reel),
                self.choices,
                repr(self.manner),
                media.ffmpeg_version(),
                list(numbered_hashes(takes_of(self.folder)).values()),
                self.dressing.key,
                self.teller,
            )
        )
        return hashlib.sha256(said).hexdigest()[:16]
