"""Cards: in any language, never cut off, and refused in words where they could not be read."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from films import cards
from films.cards import AnyCard, CardStyle, EndCard, QuestionCard, TitleCard, draw_card
from films.typesetting.layout import MIN_SIZE, TextBlock, fit_blocks
from films.typesetting.typefaces import plain_font, sans, serif
from films.typesetting.typeset import StyledText, TypesetLine, set_lines
from library.core.errors import BadInput, NotFound
from library.core.settings import SupportLine

SIZE = (480, 270)
TITLES = {
    "English": "The night nobody rang back — “Who listens?”",
    "Welsh": "Y noson na ffoniodd neb: tŷ, ŵyr, siarad â’r tîm",
    "Polish": "Kiedy nikt nie śpi: zażółć gęślą jaźń, Łódź",
    "Romanian": "Când nimeni nu doarme, și totuși țin la ea",
    "Turkish": "Kimse uyumadığında: ışık, güç, çığlık",
    "Vietnamese": "Khi không ai ngủ: Nguyễn Thị Ưu",
    "Ukrainian": "Коли ніхто не спить, Ґалаґан",
    "Greek": "Όταν κανείς δεν κοιμάται",
    "Arabic": "عندما لا ينام أحد في البيت: قصة أم (2024)",
    "Urdu": "جب گھر میں کوئی نہیں سوتا، ٹھیک ہے؟ ڈاکٹر",
    "Farsi": "وقتی هیچ‌کس نمی‌خوابد، پچپچ",
    "Hebrew": "כשאף אחד לא ישן (בלילה) 3:45",
    "Hindi": "जब घर में कोई नहीं सोता: क्षत्रिय श्रद्धा १२",
    "Bengali": "যখন বাড়িতে কেউ ঘুমায় না, ক্ষমা স্ত্রী",
    "Punjabi": "ਜਦੋਂ ਘਰ ਵਿੱਚ ਕੋਈ ਨਹੀਂ ਸੌਂਦਾ",
    "Gujarati": "જ્યારે ઘરમાં કોઈ સૂતું નથી, શ્રી",
    "Tamil": "யாரும் தூங்காத போது, ஸ்ரீ",
}
LEVEL = "For facilitated training sessions in this trust only"
NOTE = "This film speaks of suicidal thoughts and of a night in A&E. You can stop at any time."


def drawn(
    card: AnyCard, to: Path, size: tuple[int, int] = SIZE, style: CardStyle | None = None
) -> Path:
    draw_card(card, size, to, style)
    return to


def ink(path: Path) -> tuple[int, int, int, int]:
    """The rectangle that holds all words."""
    with Image.open(path) as picture:
        backgrounds = [
            cards.draw_background(picture.size, right_to_left=right_to_left)
            for right_to_left in (False, True)
        ]
        boxes = [ImageChops.difference(picture, ground).getbbox() for ground in backgrounds]
    found_boxes = [box for box in boxes if box]
    return min(found_boxes, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))


def one_line(text: str) -> TypesetLine:
    (line,) = set_lines(StyledText(text, sans(), "The title"), 40, 4000)
    return line


@pytest.mark.parametrize("language", TITLES)
def test_any_language_is_set_in_letters_of_its_own(language: str, tmp_path: Path) -> None:
    for family in (serif(600), sans(500)):
        for line in set_lines(StyledText(TITLES[language], family, "The title"), 40, 600):
            assert all(placed.glyph for placed in line.glyphs), "an empty box"
            assert 0 < line.width <= 600
    path = drawn(TitleCard(TITLES[language], "Ruth", LEVEL, NOTE), tmp_path / "card.png")
    left, top, right, bottom = ink(path)
    margin = 10
    assert margin < left < right < SIZE[0] - margin
    assert margin < top < bottom < SIZE[1] - margin


def test_letters_are_joined_and_ordered_as_their_readers_expect() -> None:
    one_letter, joined = one_line("ب"), one_line("بب")
    shapes = {placed.glyph for placed in joined.glyphs}
    assert any(placed.glyph not in shapes for placed in one_letter.glyphs), (
        "a letter alone looks other"
    )
    parts = {placed.glyph for letter in "لا" for placed in one_line(letter).glyphs}
    assert not parts & {placed.glyph for placed in one_line("لا").glyphs}, "lam and alef are one"
    consonant = one_line("क").glyphs[0].glyph
    assert one_line("कि").glyphs[1].glyph == consonant, "the vowel is written before it"
    assert len(one_line("क्ष").glyphs) == 1
    hebrew = one_line("אב")
    assert one_line("א").glyphs[0].glyph == max(hebrew.glyphs, key=lambda glyph: glyph.x).glyph


def test_hebrew_and_arabic_begin_on_the_right(tmp_path: Path) -> None:
    left, _, right, _ = ink(drawn(QuestionCard("مرحبا"), tmp_path / "card.png"))
    assert left > SIZE[0] / 2
    assert right > SIZE[0] * 0.9
    left, _, right, _ = ink(drawn(QuestionCard("Hello"), tmp_path / "card.png"))
    assert right < SIZE[0] / 2
    assert left < SIZE[0] * 0.1


WORD = st.text(alphabet="aWłőЖΩאبگक्षিਸ਼தи́—–'“(", min_size=1, max_size=60)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    title=st.lists(WORD, min_size=1, max_size=40).map(" ".join),
    name=WORD,
    note=st.lists(WORD, max_size=40).map(" ".join),
    size=st.sampled_from([(480, 270), (270, 480), (320, 240)]),
)
def test_nothing_is_ever_cut_off(
    tmp_path_factory: pytest.TempPathFactory,
    title: str,
    name: str,
    note: str,
    size: tuple[int, int],
) -> None:
    path = tmp_path_factory.mktemp("card") / "card.png"
    try:
        drawn(TitleCard(title, name, LEVEL, note), path, size)
    except BadInput as error:
        if "too long for a card" not in error.what or path.exists():
            raise
        return
    left, top, right, bottom = ink(path)
    assert left > 1
    assert top > 1
    assert right < size[0] - 1
    assert bottom < size[1] - 1


def test_long_titles_shrink_no_further_than_can_be_read() -> None:
    words = StyledText("What I wish they had known " * 12, serif(600), "The title")
    stack = fit_blocks([TextBlock(words, 0.118, cards.TEXT_COLOUR)], 1725, 880, 1080)
    assert stack.height <= 880
    assert all(line.size >= MIN_SIZE * 1080 for line in stack.lines)
    with pytest.raises(BadInput, match="The title is too long for a card"):
        fit_blocks(
            [
                TextBlock(
                    StyledText(words.text * 6, serif(600), "The title"), 0.1, cards.TEXT_COLOUR
                )
            ],
            1725,
            880,
            1080,
        )


def test_lines_are_about_as_long_as_each_other() -> None:
    text = "What happened on the night you rang the crisis line and who listened to you then"
    widths = [line.width for line in set_lines(StyledText(text, serif(), "The question"), 60, 1400)]
    assert len(widths) > 1
    assert min(widths) > 0.7 * max(widths)


@pytest.mark.parametrize("colour", [cards.TEXT_COLOUR, cards.SOFT_COLOUR, cards.HIGHLIGHT])
def test_words_stand_out_from_the_ground(colour: tuple[int, int, int]) -> None:
    """WCAG 2.2, 1.4.6: 7 to 1, or 4.5 to 1 for large letters, which all of ours are."""
    assert _contrast(colour, cards.BACKGROUND) >= 5.5


def _contrast(level: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    def light(colour: tuple[int, int, int]) -> float:
        linear = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in (channel / 255 for channel in colour)
        )
        return sum(
            share * value for share, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
        )

    lights = sorted((light(level), light(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def test_a_letter_that_no_font_has_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"“漢” \(U\+6F22") as error:
        drawn(TitleCard("Night 漢"), tmp_path / "card.png")
    assert "film: fonts:" in error.value.next_step
    with pytest.raises(BadInput, match="The contributor’s name has a letter"):
        drawn(TitleCard("Night", "Ruth 😀"), tmp_path / "card.png")
    assert not (tmp_path / "card.png").exists()


def test_a_font_of_the_librarys_own_is_asked_last(tmp_path: Path) -> None:
    from fontTools.ttLib import TTFont

    shipped_font = sans().shipped[0]
    with TTFont(io.BytesIO(plain_font(shipped_font))) as font:
        for table in font["cmap"].tables:
            table.cmap = {0x6F22: "A"} if table.isUnicode() else {}
        font.save(tmp_path / "own.ttf")
    own = CardStyle(fonts=(tmp_path / "own.ttf",))
    path = drawn(TitleCard("Night 漢"), tmp_path / "card.png", style=own)
    assert path.exists()
    (tmp_path / "bad.ttf").write_bytes(b"wOF2 and then nothing")
    for name, reason in (("bad.ttf", "not a font we can read"), ("none.ttf", "cannot be read")):
        with pytest.raises(BadInput, match=reason):
            drawn(TitleCard("漢"), tmp_path / "x.png", style=CardStyle(fonts=(tmp_path / name,)))


def test_marks_that_turn_the_direction_are_taken_out(tmp_path: Path) -> None:
    plain = drawn(TitleCard("Ruth and Ann"), tmp_path / "plain.png").read_bytes()
    title_card = TitleCard("\u202eRuth \u2066and\u2069\u202c\tAnn\x07")
    assert drawn(title_card, tmp_path / "turned.png").read_bytes() == plain


def test_a_logo_is_fitted_and_a_bad_one_refused(tmp_path: Path) -> None:
    for name, size in (("wide.png", (900, 30)), ("high.jpg", (20, 700)), ("dot.png", (1, 1))):
        Image.new("RGB", size, (0, 60, 160)).save(tmp_path / name)
        path = drawn(TitleCard("Night"), tmp_path / "card.png", style=CardStyle(tmp_path / name))
        assert path.exists()
    (tmp_path / "logo.svg").write_text("<svg/>")
    with pytest.raises(BadInput, match=r"logo\.svg cannot be read"):
        drawn(TitleCard("Night"), tmp_path / "card.png", style=CardStyle(tmp_path / "logo.svg"))
    with pytest.raises(NotFound, match="no logo"):
        drawn(TitleCard("Night"), tmp_path / "card.png", style=CardStyle(tmp_path / "none.png"))


def test_an_end_card_has_every_line(tmp_path: Path) -> None:
    line = SupportLine(
        name="Carers’ line",
        contact="0000 000 0000",
        when="weekdays 9 to 5",
        checked=date(2026, 1, 31),
    )
    few_lines = ink(
        drawn(EndCard((line,), "us@example.org", "31 January 2026"), tmp_path / "a.png")
    )
    many_lines = ink(
        drawn(EndCard((line,) * 5, "us@example.org", "31 January 2026"), tmp_path / "b.png")
    )
    assert many_lines[3] - many_lines[1] > few_lines[3] - few_lines[1]
    drawn(EndCard(), tmp_path / "bare.png")
    with pytest.raises(BadInput, match="too long for a card"):
        drawn(EndCard((line,) * 40), tmp_path / "c.png")


def test_equal_words_give_equal_cards(tmp_path: Path) -> None:
    card = TitleCard(TITLES["Urdu"], "Ruth", LEVEL, NOTE)
    assert (
        drawn(card, tmp_path / "a.png").read_bytes() == drawn(card, tmp_path / "b.png").read_bytes()
    )
