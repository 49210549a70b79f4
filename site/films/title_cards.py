"""What a film says besides what was recorded: its cards, and the words on a calm picture.

A card stands as long as it takes to read it aloud, unhurried, from the back of a room.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from capture.media.timeline import Card, Reel
from films.cards import AnyCard, EndCard, QuestionCard, Style, TitleCard, draw_card
from films.choices import FilmChoices
from films.edit_plan import END, TITLE, Wishes, question_cards
from library.core.audience import Audience
from library.core.files import sha256_of
from library.core.settings import Settings
from library.records.story import Story
from transcribe.words import EditedTranscript

_ARRIVING = 1_500
_A_WORD = 330
"""Milliseconds a word: 180 a minute, the pace subtitles are read at (BBC subtitle guidelines)."""
_SHORTEST, _LONGEST = 4_000, 12_000


@dataclass(frozen=True)
class Dressing:
    """The words of one film's cards. Equal ones, drawn with equal fonts, are equal pictures."""

    title: str = ""
    contributor: str = ""
    """The name they chose to be shown under, or nothing."""
    cards: Mapping[str, AnyCard] = field(default_factory=dict)
    """One for every name a reel's card may have."""
    style: Style = field(default_factory=Style)

    @property
    def key(self) -> tuple[str, ...]:
        """Tells this dressing from another, whatever folder logo and fonts lie in."""
        drawn_with = [self.style.logo, *self.style.fonts]
        files = [sha256_of(path) if path and path.is_file() else "" for path in drawn_with]
        said = sorted((name, repr(card)) for name, card in self.cards.items())
        return (self.title, self.contributor, repr(said), *files)


def level_of(choices: FilmChoices, settings: Settings) -> Audience | None:
    """For whom the title card says the film is; None where there is no such card."""
    if not choices.title_card:
        return None
    return Audience.from_word(choices.audience or settings.audience)


def dress(
    story: Story,
    edited: EditedTranscript,
    choices: FilmChoices,
    settings: Settings,
    *,
    teller: str,
    style: Style,
) -> tuple[Dressing, Wishes]:
    """The cards of a film, and how long the plan is to show each.

    `teller` is the label of the contributor's turns in the transcript.
    """
    cards: dict[str, AnyCard] = {}
    level = level_of(choices, settings)
    if level is not None:
        cards[TITLE] = TitleCard(
            title=story.title,
            contributor=story.contributor,
            level=level.level_of_use,
            content_note=story.content_note,
        )
    if choices.end_card and (settings.support or settings.contact):
        cards[END] = _end_card(settings)
    asked = _asked(edited, choices, settings, teller)
    cards |= {name: QuestionCard(title) for name, title in asked.items()}
    wishes = Wishes(
        start=choices.start,
        end=choices.end,
        title_card=reading_time(cards[TITLE]) if TITLE in cards else 0,
        end_card=reading_time(cards[END]) if END in cards else 0,
        question_cards={name: reading_time(cards[name]) for name in asked},
        fades=settings.film.transitions == "fade",
    )
    return Dressing(story.title, story.contributor, cards, style), wishes


def _asked(
    edited: EditedTranscript, choices: FilmChoices, settings: Settings, teller: str
) -> dict[str, str]:
    """Question → its words, for those that a card is to ask."""
    wanted = choices.question_cards
    if not (settings.film.question_cards if wanted is None else wanted):
        return {}
    spoken = question_cards(edited, teller, lambda _chapter: 0)
    return {
        chapter.question: chapter.title
        for chapter in edited.chapters
        if chapter.question in spoken and chapter.question not in (TITLE, END)
    }


def _end_card(settings: Settings) -> EndCard:
    """Dated by the line that was tried longest ago: it promises no more than that."""
    tried = min((line.checked for line in settings.support), default=None)
    dated = f"These lines were tried on {tried.day} {tried:%B %Y}." if tried else ""
    return EndCard(support=settings.support, contact=settings.contact, dated=dated)


def reading_time(card: AnyCard) -> int:
    """Milliseconds, from 4 to 12 seconds."""
    words = sum(len(said.split()) for said in _said(card))
    return min(_LONGEST, max(_SHORTEST, _ARRIVING + _A_WORD * words))


def _said(card: AnyCard) -> Iterator[str]:
    for block in card.blocks(Style()):
        yield block.words.text


def draw_cards(
    dressing: Dressing, reel: Reel, size: tuple[int, int], folder: Path
) -> dict[str, Path]:
    """A PNG of `size` for every card of the reel. Raises as `draw_card`."""
    names = [part.name for part in reel.parts if isinstance(part, Card)]
    stills = {name: folder / f"card-{number}.png" for number, name in enumerate(names)}
    for name, path in stills.items():
        draw_card(dressing.cards[name], size, path, dressing.style)
    return stills
