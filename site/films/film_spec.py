"""Specification of a film: what it is made from and how. Equal ones give equal films.

`FilmChoices` are what was chosen about one story's film, kept beside it, so that making it again
needs no options. How the contributor is seen and heard is theirs to choose; the rest is the
editor's. `RenderSettings` are the same for every film of a library.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Annotated, Literal

import msgspec

from capture.media.picture.encode import Encoder
from capture.media.run_ffmpeg import ffmpeg_version
from capture.media.sound.assembly import RedactionSound
from capture.media.sound.decoding import Cleaning
from capture.media.sound.disguise import DisguiseMethod
from capture.media.timeline import Timeline
from capture.recording.originals import Microphone, Take, numbered_hashes
from capture.recording.takes import recording_kind, takes_of
from films.cards import (
    AnyCard,
    CardStyle,
    EndCard,
    FilmCards,
    QuestionCard,
    TitleCard,
    reading_time,
)
from films.edit_plan import END_CARD, TITLE_CARD, EditOptions, question_card_lengths
from films.timeline import retime
from library.core import struct_file
from library.core.audience import Audience, AudienceWord
from library.core.days import day_in_words
from library.core.errors import BadInput
from library.core.files import sha256_of
from library.core.settings import FilmSettings, Settings
from library.core.workspace import StoryFolder, Workspace
from library.records.consent import PictureShown, VoiceHeard
from library.records.story import Story
from transcribe.captions.layout import lay_out
from transcribe.cue import Cue
from transcribe.words import EditedTranscript

_Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]


class BlurRegion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the picture, in hundredths of its width and height from the left and the top."""

    left: _Percent
    top: _Percent
    width: _Percent
    height: _Percent

    @classmethod
    def from_text(cls, text: str) -> BlurRegion:
        """Parse `30,10,40,50`: left, top, width, height. Raises BadInput."""
        numbers = [part.strip() for part in text.split(",")]
        if len(numbers) == 4 and all(re.fullmatch("[0-9]{1,3}", part) for part in numbers):
            left, top, width, height = map(int, numbers)
            if width and height and left + width <= 100 and top + height <= 100:
                return cls(left=left, top=top, width=width, height=height)
        raise BadInput(
            f"“{text}” is not a part of the picture.",
            "Give left, top, width and height in hundredths of it, such as 30,10,40,50.",
        )

    def __str__(self) -> str:
        return f"{self.left},{self.top},{self.width},{self.height}"


class FilmChoices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Choices about one story's film. Times are milliseconds on the recording's clock."""

    schema: int = 1
    picture: PictureShown = "shown"
    region: BlurRegion | None = None
    """The part that is blurred; all of the picture if None."""
    voice: VoiceHeard = "own"
    audience: AudienceWord | None = None
    """The level of use that the title card states; the workspace's own if None."""
    title_card: bool = True
    end_card: bool = True
    question_cards: bool | None = None
    """True for each question on a card in the place of the interviewer's voice; None for what the
    workspace's settings say."""
    start: int | None = None
    end: int | None = None
    poster_at: int | None = None
    """The moment of the poster; if None, one with open eyes is looked for."""
    burn_captions: bool = False
    """True for captions drawn into the pictures, for players that cannot show any."""
    disguise: Literal["stronger"] | msgspec.UnsetType = msgspec.UNSET
    """Method of a disguised voice. Version 0.1.0 knew only one and kept no such field: without it
    the film is made with that one, as it was signed off."""

    @property
    def disguise_method(self) -> DisguiseMethod:
        """The method of a disguised voice."""
        return "stronger" if self.disguise else "first"

    @property
    def has_first_disguise(self) -> bool:
        """True for a voice disguised by the weaker method of version 0.1.0."""
        return self.voice == "disguised" and self.disguise_method == "first"


def read_choices(folder: StoryFolder) -> FilmChoices:
    """Return what was chosen, or the defaults. Raises Damaged, DiskFailed."""
    choices = struct_file.load_if_present(
        folder.film_choices,
        FilmChoices,
        next_step=f"Delete it and choose again: carer-stories film {folder.root.name} --help",
    )
    return choices or FilmChoices()


def write_choices(folder: StoryFolder, choices: FilmChoices) -> None:
    """Keep the choices beside the film. Raises NoRoom or DiskFailed."""
    struct_file.save(folder.film_choices, choices)


@dataclass(frozen=True)
class RenderSettings:
    """Settings that are the same for every film of a library (`film:` in settings.yml)."""

    hide: RedactionSound = "bleep"
    """Sound over a redaction."""
    cover: bool = False
    """True if the picture is covered there too, so that lips cannot be read."""
    cleaning: Cleaning = field(default_factory=Cleaning)
    encoder: Encoder = "software"


def render_settings_from(settings: FilmSettings) -> RenderSettings:
    """Return the render settings. The encoder is not tried here, but when it is used."""
    return RenderSettings(
        hide=settings.redactions,
        cover=settings.cover,
        cleaning=Cleaning(rumble=settings.rumble, noise=settings.noise),
        encoder=settings.encoder,
    )


def card_style_from(workspace: Workspace, settings: FilmSettings) -> CardStyle:
    """Return the style of the cards. Raises BadInput for a logo or a font outside `interviews`."""
    return CardStyle(
        logo=settings.path(workspace, settings.logo) if settings.logo else None,
        fonts=tuple(settings.path(workspace, name) for name in settings.fonts),
    )


def title_card_audience(choices: FilmChoices, settings: Settings) -> Audience | None:
    """Return the audience that the title card states, or None if there is no such card."""
    if not choices.title_card:
        return None
    return Audience.from_word(choices.audience or settings.audience)


def plan_cards(
    story: Story,
    edited: EditedTranscript,
    choices: FilmChoices,
    settings: Settings,
    *,
    contributor_label: str,
    style: CardStyle,
) -> tuple[FilmCards, EditOptions]:
    """Return the cards of a film, and the options of its plan, with the time each card stands.

    `contributor_label` is the label of the contributor's turns in the transcript.
    """
    cards: dict[str, AnyCard] = {}
    audience = title_card_audience(choices, settings)
    if audience is not None:
        cards[TITLE_CARD] = TitleCard(
            title=story.title,
            contributor=story.contributor,
            level=audience.level_of_use,
            content_note=story.content_note,
        )
    if choices.end_card and (settings.support or settings.contact):
        cards[END_CARD] = _end_card(settings)
    questions = _questions_on_cards(edited, choices, settings, contributor_label)
    cards |= {name: QuestionCard(title) for name, title in questions.items()}
    options = EditOptions(
        start=choices.start,
        end=choices.end,
        title_card=reading_time(cards[TITLE_CARD]) if TITLE_CARD in cards else 0,
        end_card=reading_time(cards[END_CARD]) if END_CARD in cards else 0,
        question_cards={name: reading_time(cards[name]) for name in questions},
        fades=settings.film.transitions == "fade",
    )
    return FilmCards(story.title, story.contributor, cards, style), options


def _questions_on_cards(
    edited: EditedTranscript, choices: FilmChoices, settings: Settings, contributor_label: str
) -> dict[str, str]:
    """Return the words of each question that a card is to ask, by the question's id."""
    has_cards = choices.question_cards
    if not (settings.film.question_cards if has_cards is None else has_cards):
        return {}
    spoken = question_card_lengths(edited, contributor_label, lambda _chapter: 0)
    return {
        chapter.question: chapter.title
        for chapter in edited.chapters
        # A question of that id would take the place of the title or end card.
        if chapter.question in spoken and chapter.question not in (TITLE_CARD, END_CARD)
    }


def _end_card(settings: Settings) -> EndCard:
    # Dated by the line that was tried longest ago: the card promises no more than that.
    last_checked = min((line.checked for line in settings.support), default=None)
    date_line = f"These lines were tried on {day_in_words(last_checked)}." if last_checked else ""
    return EndCard(support=settings.support, contact=settings.contact, dated=date_line)


@dataclass(frozen=True)
class FilmSpec:
    """Specification of one film."""

    folder: StoryFolder
    edited: EditedTranscript
    timeline: Timeline
    choices: FilmChoices
    render_settings: RenderSettings
    cards: FilmCards = field(default_factory=FilmCards)
    contributor_label: str = ""
    """The label of the contributor's turns."""

    @property
    def shows_contributor(self) -> bool:
        """True if the contributor’s picture is shown; an audiogram is drawn if it is not."""
        is_filmed = recording_kind(takes_of(self.folder)) == "video"
        return is_filmed and self.choices.picture != "voice-only"

    @property
    def retimed_transcript(self) -> EditedTranscript:
        """The transcript on the film’s own clock."""
        return retime(self.edited, self.timeline)

    @property
    def cues(self) -> list[Cue]:
        """The film’s captions, on its own clock."""
        transcript = self.retimed_transcript
        return lay_out(transcript.turns, transcript.duration)

    @property
    def key(self) -> str:
        """Hash of everything that the film's bytes depend on.

        Films of the same key are the same bytes, so that one of them need not be made again. It is
        kept in the cut's recipe: what is hashed must stay as version 0.1.0 wrote it.
        """
        takes = takes_of(self.folder)
        key_parts = msgspec.json.encode(
            (
                self.edited,
                former_repr(self.timeline),
                self.choices,
                former_repr(self.render_settings),
                # Another ffmpeg gives other bytes from the same film.
                ffmpeg_version(),
                [*numbered_hashes(takes).values(), *_mixed_tracks(takes)],
                _cards_key(self.cards),
                self.contributor_label,
            )
        )
        # 64 bits: it is compared with one earlier film, not with many.
        return hashlib.sha256(key_parts).hexdigest()[:16]


def _mixed_tracks(takes: Sequence[Take]) -> list[str]:
    """Return which sound is mixed; nothing for takes that are heard as 0.1.0 heard all."""
    microphones = [take.microphone for take in takes if take.microphone]
    recorded: list[Take | Microphone] = [*takes, *microphones]
    return [f"{each.file} {each.tracks}" for each in recorded if each.tracks]


_NAMES_OF_0_1_0 = {"Timeline": "Reel", "RenderSettings": "Manner"}
"""Classes that are called otherwise since."""


def former_repr(value: object) -> str:
    """Return `repr(value)` as version 0.1.0 wrote it, whatever its class is called today.

    It is hashed into a film's key, and one letter more would have every film encoded anew.
    """
    if isinstance(value, tuple):
        inside = ", ".join(map(former_repr, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if is_dataclass(value):
        names = [each.name for each in fields(value)]
    elif isinstance(value, msgspec.Struct):
        names = list(value.__struct_fields__)
    else:
        return repr(value)
    kind = type(value).__name__
    inside = ", ".join(f"{name}={former_repr(getattr(value, name))}" for name in names)
    return f"{_NAMES_OF_0_1_0.get(kind, kind)}({inside})"


def _cards_key(cards: FilmCards) -> tuple[str, ...]:
    """Tell these cards from others, whatever folder their logo and fonts lie in."""
    drawn_with = [cards.style.logo, *cards.style.fonts]
    # By content: the same logo in another folder is the same film.
    hashes = [sha256_of(path) if path and path.is_file() else "" for path in drawn_with]
    drawn = sorted((name, former_repr(card)) for name, card in cards.by_name.items())
    return (cards.title, cards.contributor, repr(drawn), *hashes)
