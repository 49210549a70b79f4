"""How a library makes its films: what `interviews/settings.yml` says under `film:`."""

from __future__ import annotations

from dataclasses import dataclass, field

from capture.media import picture as pictures
from capture.media import sound as sounds
from films.cards import Style
from library.core.settings import FilmSettings
from library.core.workspace import Workspace


@dataclass(frozen=True)
class Manner:
    """What is the same for every story's film."""

    hide: sounds.How = "bleep"
    """What is heard over a redaction."""
    cover: bool = False
    """Whether the picture is covered there too, so that lips cannot be read."""
    cleaning: sounds.Cleaning = field(default_factory=sounds.Cleaning)
    encoder: pictures.Encoder = "software"


def manner_of(settings: FilmSettings) -> Manner:
    """Nothing is tried here: whether this computer has the encoder is asked when it is used."""
    return Manner(
        hide=settings.redactions,
        cover=settings.cover,
        cleaning=sounds.Cleaning(rumble=settings.rumble, noise=settings.noise),
        encoder=settings.encoder,
    )


def style_of(workspace: Workspace, settings: FilmSettings) -> Style:
    """Raises BadInput for a logo or a font outside `interviews`."""
    return Style(
        logo=settings.path(workspace, settings.logo) if settings.logo else None,
        fonts=tuple(settings.path(workspace, name) for name in settings.fonts),
    )
