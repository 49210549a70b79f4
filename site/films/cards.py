"""Draw the cards of a film: its title, questions in the place of the interviewer's voice, its end.

They have the colours and letters of the staff's pages, on a background calm enough to read from the
back of a room. Text that runs to the left is set on the right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image, ImageDraw

from capture.media.timeline import Card, Timeline
from films.typesetting import bidi
from films.typesetting.layout import MIN_SIZE, Colour, TextBlock, TextStack, draw_line, fit_blocks
from films.typesetting.typefaces import FontFamily, sans, serif
from films.typesetting.typeset import StyledText, tidy
from library.core import files
from library.core.errors import BadInput, NotFound
from library.core.settings import SupportLine

BACKGROUND: Colour = (23, 73, 74)  # pine
_BACKGROUND_BELOW: Colour = (16, 55, 57)
TEXT_COLOUR: Colour = (244, 248, 246)
SOFT_COLOUR: Colour = (196, 218, 213)
HIGHLIGHT: Colour = (240, 194, 116)
RIPPLE_COLOUR: Colour = (143, 198, 187)
_PLATE_COLOUR: Colour = (255, 255, 255)
MARGIN = 0.09
"""Share of the shorter side left free on every side: some projectors cut off the edge."""
_MAX_SPACIOUS_LINES = 3  # with more support lines, name and number share a line
_LOGO_HEIGHT, _LOGO_WIDTH = 0.11, 0.42  # at most, of the shorter side
_MAX_LOGO_PIXELS = 50_000_000  # 200 MB when decoded


@dataclass(frozen=True)
class CardStyle:
    """A library's additions to its cards. `fonts` are used for letters that ours lack."""

    logo: Path | None = None
    fonts: tuple[Path, ...] = ()


@dataclass(frozen=True)
class TitleCard:
    title: str
    contributor: str = ""
    """The name the contributor chose to be shown under, or nothing."""
    level: str = ""
    """The audience of the film, in words."""
    content_note: str = ""

    def blocks(self, style: CardStyle) -> Iterator[TextBlock]:
        yield _text_block(self.title, serif(600, style.fonts), "The title", 0.118, TEXT_COLOUR)
        yield _text_block(
            self.contributor,
            sans(500, style.fonts),
            "The contributor’s name",
            0.062,
            SOFT_COLOUR,
            0.03,
        )
        yield _text_block(
            self.content_note, sans(500, style.fonts), "The content note", 0.048, HIGHLIGHT, 0.075
        )
        yield _text_block(
            self.level, sans(500, style.fonts), "The level of use", 0.044, SOFT_COLOUR, 0.06
        )


@dataclass(frozen=True)
class QuestionCard:
    question: str

    def blocks(self, style: CardStyle) -> Iterator[TextBlock]:
        yield _text_block(self.question, serif(520, style.fonts), "The question", 0.1, TEXT_COLOUR)


@dataclass(frozen=True)
class EndCard:
    support: tuple[SupportLine, ...] = ()
    contact: str = ""
    """Address for questions about the film."""
    dated: str = ""
    heading: str = "Somebody to talk to"

    def blocks(self, style: CardStyle) -> Iterator[TextBlock]:
        bold, plain = sans(680, style.fonts), sans(480, style.fonts)
        if self.support:
            yield _text_block(
                self.heading, serif(600, style.fonts), "The heading", 0.085, TEXT_COLOUR
            )
        for number, line in enumerate(self.support):
            label, gap = f"The support line “{line.name}”", 0.05 if number == 0 else 0.028
            if len(self.support) <= _MAX_SPACIOUS_LINES:
                yield _text_block(line.name, bold, label, 0.052, TEXT_COLOUR, gap)
                yield _text_block(_contact_and_times(line), plain, label, 0.052, TEXT_COLOUR)
            else:
                yield _text_block(
                    f"{line.name}: {_contact_and_times(line)}",
                    plain,
                    label,
                    0.052,
                    TEXT_COLOUR,
                    gap,
                )
        contact = f"Questions about this film: {self.contact}" if self.contact else ""
        yield _text_block(contact, plain, "The contact", MIN_SIZE, SOFT_COLOUR, 0.06)
        yield _text_block(self.dated, plain, "The date", MIN_SIZE, SOFT_COLOUR, 0.012)


AnyCard = TitleCard | QuestionCard | EndCard


def draw_card(
    card: AnyCard, size: tuple[int, int], to: Path, style: CardStyle | None = None
) -> None:
    """Draw a card as a PNG of `size`, width and height in pixels; atomically.

    Raises BadInput for more words than a card holds, a letter no font has, or a logo that cannot
    be used; NotFound for a logo that is not there; NoRoom or DiskFailed.
    """
    style = style or CardStyle()
    width, height = size
    blocks = list(card.blocks(style))
    right_to_left = _is_right_to_left(blocks)
    picture = draw_background(size, right_to_left=right_to_left)
    top = _place_logo(picture, style.logo, right_to_left) if style.logo else 0
    edge = MARGIN * min(size)
    available = height - max(top, edge) - edge
    stack = fit_blocks(blocks, width - 2 * edge, available, min(size))
    draw_stack(picture, stack, max(top, edge) + (available - stack.height) * 0.46, right_to_left)
    save_png(picture, to)


def draw_stack(picture: Image.Image, stack: TextStack, top: float, right_to_left: bool) -> None:
    """Draw lines on the side that they begin on, within the margins."""
    edge = MARGIN * min(picture.size)
    for placed in stack.lines:
        left = picture.width - edge - placed.line.width if right_to_left else edge
        draw_line(picture, placed.line, placed.size, left, top + placed.baseline, placed.colour)


def save_png(picture: Image.Image, to: Path) -> None:
    """Save a picture atomically. Raises NoRoom or DiskFailed."""
    with files.replacing(to) as temporary, files.translate_disk_errors(to):
        # Level 1: it is read once and thrown away, so time matters and size does not.
        picture.save(temporary, format="PNG", compress_level=1)


def draw_background(
    size: tuple[int, int], *, right_to_left: bool = False, ripples: bool = True
) -> Image.Image:
    """Draw pine that darkens downwards, and ripples on the side where no words begin."""
    column = Image.new("RGB", (1, size[1]))
    for row in range(size[1]):
        depth = row / max(1, size[1] - 1)
        mixed = (
            round(a + (b - a) * depth) for a, b in zip(BACKGROUND, _BACKGROUND_BELOW, strict=True)
        )
        column.putpixel((0, row), tuple(mixed))
    picture = column.resize(size)
    if ripples:
        _draw_ripples(picture, right_to_left)
    return picture


def _draw_ripples(picture: Image.Image, right_to_left: bool) -> None:
    oversampling = 2
    side = min(picture.size)
    rings = Image.new("L", (picture.width * oversampling, picture.height * oversampling))
    draw = ImageDraw.Draw(rings)
    across = 0.06 if right_to_left else 0.94
    centre = picture.width * across * oversampling, picture.height * 0.9 * oversampling
    for ring in range(9):
        radius = side * (0.06 + 0.075 * ring) * oversampling
        box = (centre[0] - radius, centre[1] - radius, centre[0] + radius, centre[1] + radius)
        draw.ellipse(box, outline=52 - 5 * ring, width=max(1, round(side * 0.0022 * oversampling)))
    mask = rings.resize(picture.size, Image.Resampling.LANCZOS)
    picture.paste(RIPPLE_COLOUR, (0, 0), mask)


def _place_logo(picture: Image.Image, path: Path, right_to_left: bool) -> int:
    """Draw the logo on a light plate in the upper corner; return how far down it reaches (px)."""
    side = min(picture.size)
    logo = read_logo(path)
    scale = min(side * _LOGO_HEIGHT / logo.height, side * _LOGO_WIDTH / logo.width)
    size = max(1, round(logo.width * scale)), max(1, round(logo.height * scale))
    logo = logo.resize(size, Image.Resampling.LANCZOS)
    padding, edge = round(side * 0.018), round(side * MARGIN)
    left = picture.width - edge - size[0] - 2 * padding if right_to_left else edge
    top = round(edge * 0.7)
    plate = (left, top, left + size[0] + 2 * padding, top + size[1] + 2 * padding)
    ImageDraw.Draw(picture).rounded_rectangle(plate, radius=padding, fill=_PLATE_COLOUR)
    picture.paste(logo, (left + padding, top + padding), logo.getchannel("A"))
    return plate[3] + padding


def read_logo(path: Path) -> Image.Image:
    """Read a PNG or JPEG with its transparency. Raises NotFound or BadInput."""
    next_step = "interviews/settings.yml names it under film: logo:, as a path within interviews."
    if not path.is_file():
        raise NotFound(f"There is no logo {path.name}.", next_step)
    try:
        # Only these two: Pillow's other readers are more code for a strange file to go wrong in.
        with Image.open(path, formats=("PNG", "JPEG")) as logo:
            # Known from the head, before anything is decoded.
            if logo.width * logo.height > _MAX_LOGO_PIXELS:
                raise BadInput(f"The logo {path.name} is too large.", "Save it smaller.")
            return logo.convert("RGBA")
    except BadInput:
        raise
    # SyntaxError is what Pillow raises for a broken PNG.
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadInput(
            f"The logo {path.name} cannot be read.", "Save it as a PNG or JPEG picture."
        ) from error


def _text_block(
    text: str, family: FontFamily, label: str, size: float, colour: Colour, gap: float = 0.0
) -> TextBlock:
    return TextBlock(StyledText(text, family, label), size, colour, gap)


def _contact_and_times(line: SupportLine) -> str:
    return ", ".join(part for part in (line.contact, line.when) if part)


def _is_right_to_left(blocks: list[TextBlock]) -> bool:
    # The first block is what a card is about; the others stand beneath it, on the same side.
    first = next((block.words.text for block in blocks if tidy(block.words.text)), "")
    return bool(bidi.base_level(tidy(first)))


# Milliseconds that a card stands: as long as it takes to read it aloud, unhurried. 330 a word are
# 180 words a minute, the pace at which subtitles are read (BBC subtitle guidelines).
_SETTLING_MS = 1_500
_MS_PER_WORD = 330
_MIN_MS, _MAX_MS = 4_000, 12_000


@dataclass(frozen=True)
class FilmCards:
    """The words of a film's cards. Equal ones, drawn with equal fonts, give equal pictures."""

    title: str = ""
    contributor: str = ""
    """The name they chose to be shown under, or nothing."""
    by_name: Mapping[str, AnyCard] = field(default_factory=dict)
    """A card for every name that a timeline's card may have."""
    style: CardStyle = field(default_factory=CardStyle)


def reading_time(card: AnyCard) -> int:
    """Return how long a card stands, in milliseconds."""
    words = sum(len(text.split()) for text in _texts_on_card(card))
    return min(_MAX_MS, max(_MIN_MS, _SETTLING_MS + _MS_PER_WORD * words))


def _texts_on_card(card: AnyCard) -> Iterator[str]:
    for block in card.blocks(CardStyle()):
        yield block.words.text


def draw_cards(
    cards: FilmCards, timeline: Timeline, size: tuple[int, int], folder: Path
) -> dict[str, Path]:
    """Draw a PNG of `size` for every card of the timeline. Raises as `draw_card`."""
    names = [part.name for part in timeline.parts if isinstance(part, Card)]
    stills = {name: folder / f"card-{number}.png" for number, name in enumerate(names)}
    for name, path in stills.items():
        draw_card(cards.by_name[name], size, path, cards.style)
    return stills
