"""Every recogniser's JSON is read as it is meant; nothing of it is lost without a sentence."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.core.errors import BadInput
from tests.support.json_writers import WITHOUT_VOICES, WITHOUT_WORD_TIMES, WRITERS, Said
from transcribe.formats.json_dialects import DIALECTS
from transcribe.formats.json_words import words_from_json
from transcribe.formats.source_file import SourceTranscript, SourceWord

WORDS = [
    *(Said("Who", 500, 800, 0), Said("do", 800, 950, 0), Said("you", 950, 1_200, 0)),
    *(Said("care", 1_250, 1_600, 0), Said("for?", 1_600, 2_000, 0), Said("My", 2_400, 2_600, 1)),
    *(Said("mother-in-law,", 2_650, 3_400, 1), Said("since", 3_800, 4_200, 1)),
    *(Said("March.", 4_200, 4_900, 1), Said("I", 5_500, 5_600, 0), Said("see.", 5_600, 6_000, 0)),
]


def read(data: Any) -> SourceTranscript:
    return words_from_json(json.dumps(data))


def words_of(source: SourceTranscript) -> list[SourceWord]:
    return [word for passage in source.passages for word in passage.words]


def texts(source: SourceTranscript) -> list[str]:
    joined = ["".join(word.text for word in passage.words) for passage in source.passages]
    return " ".join(
        joined if any(" " in text for text in joined) else [word.text for word in words_of(source)]
    ).split()


def heard(source: SourceTranscript) -> list[str]:
    return [word.text.strip() for word in words_of(source)]


def test_every_dialect_has_a_writer() -> None:
    assert [row.name for row in DIALECTS] == list(WRITERS)


@pytest.mark.parametrize("name", WRITERS)
def test_each_dialect(name: str) -> None:
    source = read(WRITERS[name](WORDS))
    assert source.format == name
    assert heard(source) == [word.text for word in WORDS]
    assert source.faults == []
    spoken = words_of(source)
    if name in WITHOUT_WORD_TIMES:
        assert [passage.start for passage in source.passages] == [500, 2_400, 5_500]
    else:
        assert [word.start for word in spoken] == [word.start for word in WORDS]
    if name not in {*WITHOUT_WORD_TIMES, "YouTube"}:
        assert [word.end for word in spoken] == [word.end for word in WORDS]
    voices = [passage.speaker for passage in source.passages for _ in passage.words]
    if name not in WITHOUT_VOICES:
        assert voices[0] != voices[5]
        assert voices == [{0: voices[0], 1: voices[5]}[word.voice] for word in WORDS]


letters = st.text(st.characters(categories=("L",)), min_size=1, max_size=9)
endings = st.sampled_from(["", "", "", ",", ".", "?"])


nfc = partial(unicodedata.normalize, "NFC")


@st.composite
def said(draw: st.DrawFn) -> list[Said]:
    words = []
    clock = draw(st.integers(0, 9)) * 100
    for _ in range(draw(st.integers(6, 14))):
        text = draw(letters) + draw(endings)
        # As people speak: some fifteen letters a second.
        length = 10 * (5 + 6 * len(text) + draw(st.integers(0, 9)))
        words.append(Said(text, clock, clock + length, 0))
        clock += length + 10 * draw(st.integers(0, 30))
    middle = draw(st.integers(1, len(words) - 1))
    return [*words[:middle], *(word._replace(voice=1) for word in words[middle:])]


@settings(max_examples=60)
@given(words=said(), name=st.sampled_from(list(WRITERS)))
def test_any_words_in_any_dialect_are_read_back(words: list[Said], name: str) -> None:
    source = read(WRITERS[name](words))
    # Two spellings of one letter are one: some programs write the text of a passage in another.
    assert list(map(nfc, heard(source))) == [nfc(word.text) for word in words]
    assert source.faults == []
    assert source.passages[0].start == words[0].start


# Times


@pytest.mark.parametrize(
    "written",
    [
        *(("0.5", "2.25"), (" 0.5 ", "2,25"), ("0.5s", "2.25s"), ("500ms", "2250ms")),
        *(("00:00:00.500", "00:00:02.250"), ("00:00:00,500", "0:02.25"), ("PT0.5S", "PT2.25S")),
        *(({"seconds": 0, "nanos": 500_000_000}, {"seconds": "2", "nanos": 250_000_000}),),
        *((500, 2_250), (50, 225), (0.5, 2.25), ("500", "2250"), ("50", "225")),
    ],
)
@pytest.mark.parametrize(
    ("start", "end"), [("start", "end"), ("start", "stop"), ("begin", "finish"), ("from", "to")]
)
def test_each_way_to_write_a_time(written: tuple[Any, Any], start: str, end: str) -> None:
    segment = {start: written[0], end: written[1], "text": "I care for my son."}
    source = read({"segments": [segment]})
    assert [(passage.start, passage.end) for passage in source.passages] == [(500, 2_250)]
    words = [{"word": "Unfortunately", start: written[0]}, {"word": "Sheffield’s"}]
    words += [{"word": "came.", start: written[1]}]
    source = read({"segments": [{"text": "Unfortunately Sheffield’s came.", "words": words}]})
    assert [word.start for word in words_of(source)] == [500, None, 2_250]


@pytest.mark.parametrize("scale", [1, 100, 1_000])
def test_words_without_ends_are_counted_in_the_right_unit(scale: int) -> None:
    words = [{"word": word.text, "start": word.start / 1000 * scale} for word in WORDS]
    if scale > 1:
        words = [{**word, "start": round(word["start"])} for word in words]  # type: ignore[call-overload]
    source = read({"words": words})
    assert [word.start for word in words_of(source)] == [word.start for word in WORDS]


# Words that one list has and another lacks


@pytest.mark.parametrize("lacking", [(0,), (3,), (10,), (0, 1), (4, 5, 6), (1, 3, 9)])
@pytest.mark.parametrize("where", ["segment", "file"])
def test_words_that_the_list_lacks_are_put_where_the_text_has_them(
    lacking: Sequence[int], where: str
) -> None:
    listed = [
        {"word": f" {word.text}", "start": word.start / 1000, "end": word.end / 1000}
        for at, word in enumerate(WORDS)
        if at not in lacking
    ]
    text = " ".join(word.text for word in WORDS)
    segment = {"start": 0.5, "end": 6.0, "words": listed}
    data = (
        {"segments": [{**segment, "text": text}]}
        if where == "segment"
        else {"text": text, "segments": [segment]}
    )
    source = read(data)
    assert texts(source) == text.split()
    assert [word.start for word in words_of(source) if word.start is not None] == [
        word.start for at, word in enumerate(WORDS) if at not in lacking
    ]
    assert source.faults == []


def test_other_words_in_the_text_are_listed() -> None:
    segment = {"start": 0, "end": 2.5, "text": "He has schizophrenia now.", "words": [
        {"word": "He", "start": 0.1, "end": 0.4}, {"word": "has", "start": 0.4, "end": 0.8},
        {"word": "skits", "start": 0.8, "end": 1.9},
        {"word": "now.", "start": 2, "end": 2.5}]}  # fmt: skip
    source = read({"segments": [segment]})
    assert heard(source) == ["He", "has", "skits", "now."]
    assert "“schizophrenia” stands in the text of segment 1" in str(source.faults[0])


def test_segments_take_the_words_that_stand_beside_them() -> None:
    """As OpenAI's interface gives them, where both are asked for."""
    words = [{"word": bare.strip(".,?"), "start": start / 1000, "end": end / 1000}
             for bare, start, end, _ in WORDS]  # fmt: skip
    segments = [
        {"id": 0, "start": 0.5, "end": 2.1, "text": " Who do you care for?"},
        {"id": 1, "start": 2.4, "end": 6.0, "text": " My mother-in-law, since March. I see."},
    ]
    text = " ".join(word.text for word in WORDS)
    source = read({"text": text, "segments": segments, "words": words})
    assert heard(source) == text.split()
    assert [word.start for word in words_of(source)] == [word.start for word in WORDS]


@pytest.mark.parametrize(
    "data",
    [
        {"segments": [{"text": "I was there."}, {"text": "No times."}]},
        {"words": [{"word": "I"}, {"word": "was"}]},
        {"text": "All of it, and no times.", "segments": []},
        {"results": {"transcripts": [{"transcript": "Only text."}], "items": []}},
        {"segments": [{"start": "soon", "end": "later", "text": "I was there."}]},
    ],
)
def test_what_has_no_times_at_all_is_refused(data: Any) -> None:
    with pytest.raises(BadInput):
        read(data)


@pytest.mark.parametrize(
    "data",
    [
        [["Who", 0.5, 0.8], ["cares?", 0.9, 1.6], ["I", 2.4, 2.6], ["do.", 2.65, 3.4]],
        {"words": [["Who", 0.5, 0.8], ["cares?", 0.9, 1.6], ["I", 2.4, 2.6], ["do.", 2.65, 3.4]]},
        {"segments": [], "text": "Who cares? I do.", "words": [
            {"word": "Who", "start": 0.5, "end": 0.8}, {"word": "cares?", "start": 0.9, "end": 1.6},
            {"word": "I", "start": 2.4, "end": 2.6}, {"word": "do.", "start": 2.65, "end": 3.4}]},
        {"results": [
            {"alternatives": [{"transcript": "Who cares?"}], "resultEndTime": "1.6s"},
            {"alternatives": [{"transcript": " I do."}], "resultEndTime": "3.4s"}]},
        {"data": {"result": {"parts": [
            {"begin_time": 500, "end_time": 1600, "text": "Who cares?"},
            {"begin_time": 2400, "end_time": 3400, "text": "I do."}]}}},
        {"transcript": {"segments": [
            {"startTime": 500, "endTime": 1600, "speaker": {"name": "Ruth"}, "text": "Who cares?"},
            {"startTime": 2400, "endTime": 3400, "speaker": {"name": "Ben"}, "text": "I do."}]}},
    ],
)  # fmt: skip
def test_other_shapes_are_found(data: Any) -> None:
    source = read(data)
    assert texts(source) == ["Who", "cares?", "I", "do."]
    assert source.passages[-1].end == 3_400


def test_several_documents_in_a_file_are_read() -> None:
    lines = "\n".join(map(json.dumps, WRITERS["Vosk"](WORDS)))
    assert heard(words_from_json(lines)) == [word.text for word in WORDS]


@pytest.mark.parametrize("name", ["Deepgram", "AssemblyAI", "Rev", "whisper.cpp", "Trint"])
def test_a_torn_file_of_any_dialect_is_read_as_far_as_it_goes(name: str) -> None:
    complete = json.dumps(WRITERS[name]([*WORDS, *(word._replace(voice=2) for word in WORDS)]))
    source = words_from_json(complete[: int(len(complete) * 0.9)])
    assert heard(source)[:4] == ["Who", "do", "you", "care"]
    assert "torn" in str(source.faults[0])


@pytest.mark.parametrize("has_words", [True, False])
@pytest.mark.parametrize("space", ["", " "])
def test_labels_in_the_words_are_speakers(has_words: bool, space: str) -> None:
    spoken = [("Ruth", "I care."), ("sarah", "Yes, but when?"), ("Ruth", "He is ill.")]
    segments = []
    for at, (name, said_text) in enumerate(spoken):
        text = f"{name}: {said_text}"
        words = [{"word": space + word, "start": at + n / 9, "end": at + n / 9 + 0.1}
                 for n, word in enumerate(text.split())]  # fmt: skip
        segment = {"start": at, "end": at + 0.9, "text": space + text}
        segments.append({**segment, "words": words} if has_words else segment)
    source = read({"segments": segments})
    assert [
        (passage.speaker, " ".join(word.text.strip() for word in passage.words))
        for passage in source.passages
    ] == spoken


# Spaces


@pytest.mark.parametrize(
    ("listed", "text", "words"),
    [
        ([" I", "was", " told", "."], "I was told.", ["I", "was", "told."]),
        ([" I", "was", " told", "."], "", ["I", "was", "told."]),
        ([" mother", "-in", "-law"], "mother-in-law", ["mother-in-law"]),
        ([" mother", "-in", "-law"], "", ["mother-in-law"]),
        ([" I", " can", "'t"], "", ["I", "can't"]),
        ([" car", "er", "s"], " carers", ["carers"]),
        ([" car", "er", "s"], "", ["carers"]),
        (
            ["我", "照顾", "我的", "儿子", "。"],
            "我照顾我的儿子。",
            ["我", "照顾", "我的", "儿子。"],
        ),
        (["我", "在", " Leeds", "工作"], "我在 Leeds工作", ["我", "在", "Leeds", "工作"]),
        ([" 私", "は", "母", "を"], "私は母を", ["私", "は", "母", "を"]),
        (["ฉัน", "ดูแล", "ลูก"], "ฉันดูแลลูก", ["ฉัน", "ดูแล", "ลูก"]),
        ([" ฉัน", "ดูแล", "ลูก"], "", ["ฉัน", "ดูแล", "ลูก"]),
    ],
)
def test_spaces_between_words_are_those_of_the_text(
    listed: list[str], text: str, words: list[str]
) -> None:
    from transcribe.formats.word_texts import with_spaces

    entries = [
        {"word": word, "start": 1 + at / 4, "end": 1.2 + at / 4} for at, word in enumerate(listed)
    ]
    source = read({"segments": [{"start": 1, "end": 4.0, "text": text, "words": entries}]})
    (passage,) = source.passages
    assert "".join(word.text for word in with_spaces(passage.words)).split() == words


@pytest.mark.parametrize(
    "text",
    [
        "我照顾我的儿子，他今年二十三岁，住在谢菲尔德，已经病了三年了。",
        "私は母を介護していますが、毎日とても大変で、誰も助けてくれません。",
        "ฉันดูแลลูกชายของฉันที่ป่วยมาสามปีแล้วและไม่มีใครช่วยเราเลยสักคน",
    ],
)
def test_long_texts_without_spaces_can_be_cut(text: str) -> None:
    words = heard(read({"segments": [{"start": 1, "end": 9, "text": text}]}))
    assert "".join(words) == text
    assert max(map(len, words)) <= 20
