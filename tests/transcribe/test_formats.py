"""Every file we write is read back by readers that are not ours: webvtt-py, pysubs2, ttconv."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from fractions import Fraction
from xml.etree import ElementTree

import pysubs2
import pytest
import ttconv.imsc.reader
import ttconv.model
import ttconv.srt.reader
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from library.core.errors import BadInput
from tests.support.known_interview import hostile
from transcribe.captions import lint
from transcribe.cue import Cue
from transcribe.formats import srt, ttml, txt, vtt
from transcribe.formats.caption_files import READERS, WRITERS, writer_for
from transcribe.words import tokens_of

Read = list[tuple[int, int, tuple[str, ...]]]

CUES = [
    Cue(0, 1_500, ("Tea & <cake>", "--> now"), "Ruth <O’Hara>"),
    Cue(1_583, 3_000, ("Yes.",), "Ruth <O’Hara>"),
    Cue(3_661_001, 3_662_000, ("{\\an8}No.",), "Interviewer"),
]


@st.composite
def cues(draw: st.DrawFn) -> list[Cue]:
    """Cues as the layout gives them, of any words."""
    visible = hostile.map(lambda text: " ".join(tokens_of(text))).filter(bool)
    cues_made: list[Cue] = []
    clock = draw(st.integers(0, 5_000_000))
    for _ in range(draw(st.integers(0, 5))):
        end = clock + draw(st.integers(1, 9_000))
        lines = draw(st.lists(visible, min_size=1, max_size=2))
        cues_made.append(Cue(clock, end, tuple(lines), " ".join(tokens_of(draw(hostile)))))
        clock = end + draw(st.integers(0, 9_000))
    return cues_made


def plain(cues: list[Cue]) -> Read:
    return [(cue.start, cue.end, cue.lines) for cue in cues]


def safe(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return the text as SubRip can hold it."""
    swap = str.maketrans({"<": "‹", ">": "›", "{": "(", "}": ")", "\\": "/"})
    return tuple(line.translate(swap) for line in lines)


# Readers that are not ours


def by_webvtt(text: str) -> Read:
    return [
        (_ms(caption.start), _ms(caption.end), tuple(html.unescape(caption.text).split("\n")))
        for caption in webvtt.from_string(text).captions
    ]


def _ms(stamp: str) -> int:
    hours, minutes, seconds = stamp.split(":")
    return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000)


def by_pysubs2(text: str) -> Read:
    events = pysubs2.SSAFile.from_string(text, format_="srt").events
    return [(caption.start, caption.end, tuple(caption.text.split("\\N"))) for caption in events]


def by_ttconv(document: ttconv.model.ContentDocument | None) -> Read:
    assert document is not None
    body = document.get_body()
    assert body is not None
    return [
        (
            round((p.get_begin() or Fraction(0)) * 1000),
            round((p.get_end() or Fraction(0)) * 1000),
            tuple(
                line
                for line in "".join(
                    element.get_text() if isinstance(element, ttconv.model.Text) else "\n"
                    for element in p.dfs_iterator()
                    if isinstance(element, ttconv.model.Text | ttconv.model.Br)
                ).split("\n")
            ),
        )
        for p in body.dfs_iterator()
        if isinstance(p, ttconv.model.P)
    ]


def imsc(text: str) -> Read:
    tree = ElementTree.ElementTree(ElementTree.fromstring(text.encode()))  # noqa: S314 - ours
    return by_ttconv(ttconv.imsc.reader.to_model(tree))


# As they are written


def test_subrip_as_it_is_written() -> None:
    assert srt.write(CUES) == (
        "1\n00:00:00,000 --> 00:00:01,500\nRuth ‹O’Hara›: Tea & ‹cake›\n--› now\n\n"
        "2\n00:00:01,583 --> 00:00:03,000\nYes.\n\n"
        "3\n01:01:01,001 --> 01:01:02,000\nInterviewer: (/an8)No.\n\n"
    )


def test_a_name_never_makes_a_subrip_line_too_long() -> None:
    full = "I asked them again and again if he was safe"[:42]
    name = "Ruth"
    cues_read = srt.read(srt.write([
        Cue(0, 2_000, (full, full), name), Cue(2_083, 4_000, (full,), name),
        Cue(4_083, 6_000, ("Yes.",), name),
    ])).cues  # fmt: skip
    assert [cue.lines for cue in cues_read] == [(full, full), ("Ruth:", full), ("Yes.",)]
    assert not [
        f
        for f in lint.lint_cues(cues_read)
        if f.rule in (lint.Rule.LINE_LENGTH, lint.Rule.LINE_COUNT)
    ]


def test_plain_text_is_paragraphs_with_time_and_speaker() -> None:
    cues = [
        Cue(500, 2_000, ("Who do you", "care for?"), "Interviewer"),
        Cue(2_083, 4_000, ("My son,",), "Ruth"),
        Cue(6_000, 8_000, ("Daniel.",), "Ruth"),
        Cue(3_700_000, 3_701_000, ("He plays the guitar.",), "Ruth"),
        Cue(3_701_083, 3_702_000, ("Yes.",)),
    ]
    assert txt.write(cues) == (
        "[00:00] Interviewer: Who do you care for?\n\n"
        "[00:02] Ruth: My son, Daniel.\n\n"
        "[1:01:40] Ruth: He plays the guitar.\n\n"
        "[1:01:41] Yes.\n"
    )


def test_ttml_names_speakers_profile_and_language() -> None:
    root = ElementTree.fromstring(ttml.write(CUES).encode())  # noqa: S314 - our own
    named = "{http://www.w3.org/ns/ttml#metadata}"
    assert root.attrib["{http://www.w3.org/XML/1998/namespace}lang"] == "en-GB"
    profiles = root.attrib["{http://www.w3.org/ns/ttml#parameter}contentProfiles"]
    assert profiles.endswith("imsc1.1/text")
    agents = {
        agent.attrib["{http://www.w3.org/XML/1998/namespace}id"]: "".join(agent.itertext())
        for agent in root.iter(f"{named}agent")
    }
    speakers = [p.attrib[f"{named}agent"] for p in root.iter("{http://www.w3.org/ns/ttml}p")]
    assert [agents[agent] for agent in speakers] == [cue.speaker for cue in CUES]


def test_ebu_tt_d_has_no_more_than_its_profile_allows() -> None:
    """As EBU Tech 3380 has it, and where IMSC’s own head would be refused."""
    tt, style = "{http://www.w3.org/ns/ttml}", "{http://www.w3.org/ns/ttml#styling}"
    root = ElementTree.fromstring(ttml.write_ebu_tt_d(CUES).encode())  # noqa: S314 - our own
    parameters = {name for name in root.attrib if "#parameter" in name}
    assert {name.partition("}")[2] for name in parameters} == {"timeBase", "cellResolution"}
    standards = [each.text for each in root.iter("{urn:ebu:tt:metadata}conformsToStandard")]
    assert "urn:ebu:tt:distribution:2018-04" in standards
    for element in root.iter():
        for name in ("color", "backgroundColor"):
            assert re.fullmatch("#[0-9A-F]{6}", element.get(f"{style}{name}", "#000000"))
    assert [child.tag for head in root.iter(f"{tt}head") for child in head] == [
        f"{tt}metadata", f"{tt}styling", f"{tt}layout",
    ]  # fmt: skip
    assert [body.attrib.keys() for body in root.iter(f"{tt}body")] == [{"style"}]
    paragraphs = list(root.iter(f"{tt}p"))
    assert len({p.get("{http://www.w3.org/XML/1998/namespace}id") for p in paragraphs}) == 3
    for paragraph in paragraphs:
        assert paragraph.text is None, "words stand in spans alone"
        assert {child.tag for child in paragraph} <= {f"{tt}span", f"{tt}br"}
        assert all(child.tail is None for child in paragraph)


@pytest.mark.parametrize("kind", WRITERS)
def test_no_captions_are_a_file_all_the_same(kind: str) -> None:
    text = WRITERS[kind]([])
    if kind == "vtt":
        assert READERS[kind](text).cues == []
    if kind in ("ttml", "ebu-tt-d"):
        assert imsc(text) == []


def test_an_unknown_format_is_refused() -> None:
    assert writer_for(".VTT") is vtt.write
    with pytest.raises(BadInput) as error:
        writer_for(".docx")
    assert "ttml" in error.value.next_step


# Whatever is said


@given(made=cues())
def test_webvtt_comes_back_the_same(made: list[Cue]) -> None:
    text = vtt.write(made)
    assert plain(vtt.read(text).cues) == plain(made)
    assert [cue.speaker for cue in vtt.read(text).cues] == [cue.speaker for cue in made]
    assert vtt.read(text).faults == []
    assert by_webvtt(text) == plain(made)


@given(made=cues().filter(bool))
def test_subrip_comes_back_with_its_marks_replaced(made: list[Cue]) -> None:
    silent = [Cue(cue.start, cue.end, cue.lines) for cue in made]
    text = srt.write(silent)
    expected = [(start, end, safe(lines)) for start, end, lines in plain(silent)]
    assert plain(srt.read(text).cues) == expected
    assert srt.read(text).faults == []
    assert [caption[:2] for caption in by_pysubs2(text)] == [caption[:2] for caption in expected]
    read = by_ttconv(ttconv.srt.reader.to_model(io.StringIO(text)))
    assert [caption[:2] for caption in read] == [caption[:2] for caption in expected]


@given(made=cues())
def test_ttml_comes_back_the_same(made: list[Cue]) -> None:
    assert imsc(ttml.write(made)) == plain(made)


@given(made=cues())
def test_ebu_tt_d_comes_back_the_same(made: list[Cue]) -> None:
    assert imsc(ttml.write_ebu_tt_d(made)) == plain(made)


@given(made=cues())
def test_plain_text_holds_every_word_in_order(made: list[Cue]) -> None:
    words = txt.write(made).split()
    remaining = iter(words)
    assert all(word in remaining for cue in made for word in cue.text.split())


@pytest.mark.parametrize("reader", READERS.values())
@given(text=st.text(max_size=200) | st.lists(hostile, max_size=30).map("\n".join))
def test_any_text_is_read_or_refused(reader: Callable[[str], object], text: str) -> None:
    try:
        reader(text)
    except BadInput:
        return
