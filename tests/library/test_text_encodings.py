"""Text of any encoding is read, and where it was a guess, that is said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.core.text_encodings import decode

WORDS = {
    "gb18030": "我们到了医院，没有人在那里。",
    "big5": "我們到了醫院，沒有人在那裡。",
    "cp932": "母は病院に行きました。",
    "euc_jp": "母は病院に行きました。",
    "cp949": "어머니가 병원에 갔어요.",
    "cp1251": "Мы приехали в больницу.",
    "koi8_r": "Мы приехали в больницу.",
    "cp1253": "Πήγαμε στο νοσοκομείο.",
    "cp1255": "הלכנו לבית החולים",
    "cp1256": "ذهبنا إلى المستشفى",
    "cp874": "เราไปถึงโรงพยาบาลแล้ว",
    "cp1250": "Poszła, żeby się dowiedzieć, już późno.",
}
WESTERN = (
    "“We’re fine” – café.",
    "Søren på Ærø",
    "“CAFÉ”…",
    "Señor ¿qué? 5 m³ à l’été dernier",
    "Größere Söhne, ÄÖÜ",
    "étés, été, élève",
    "NÃO É SÓ",
    "£££",
)


@pytest.mark.parametrize("encoding", WORDS)
def test_a_language_is_known_by_its_letters(encoding: str) -> None:
    for text in (WORDS[encoding], f"1\r\n00:00:01,000 --> 00:00:03,000\r\n{WORDS[encoding]}\r\n"):
        read, doubt = decode(text.encode(encoding))
        assert read == text
        assert f"({encoding}). Check that it reads well." in doubt


@pytest.mark.parametrize("text", WESTERN)
def test_western_text_is_never_taken_for_another(text: str) -> None:
    read, doubt = decode(text.encode("cp1252"))
    assert read == text
    assert "Windows-1252" in doubt
    assert decode(text.encode()) == (text, "")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-32"])
def test_unicode_tells_itself(encoding: str) -> None:
    for text in ("Went in.\n", "我们等了三个小时。\n一起。\n", "ÄÖ\n"):
        assert decode(text.encode(encoding)) == (text, "")


def test_letters_of_two_encodings_are_both_read() -> None:
    read, doubt = decode("café and ".encode() + "café".encode("cp1252"))
    assert read == "café and café"
    assert "in some places" in doubt
    read, doubt = decode("We’re at the café: £5".encode().decode("cp1252").encode())
    assert read == "We’re at the café: £5"
    assert "“â€™”" in doubt


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_read(data: bytes) -> None:
    assert isinstance(decode(data)[0], str)


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60))
def test_utf_8_is_left_as_it_is(text: str) -> None:
    read, doubt = decode(text.encode())
    assert doubt or read == text.lstrip("\ufeff")


LATIN = {
    "cp1250": ("Řekla mi, že to bude v pořádku. Můj syn byl nemocný.", "Czech"),
    "iso8859_2": ("Poszła, żeby się dowiedzieć, już późno. Mąż był chory.", "Polish"),
    "cp1254": ("Oğlum hastaneye gitti, çok üzüldüm. Doktor hiçbir şey söylemedi.", "Turkish"),
    "cp1257": ("Aš nežinojau, ką daryti. Sūnus buvo labai išsigandęs.", "Lithuanian"),
    "cp852": ("Poszła, żeby się dowiedzieć, już późno. Mąż był chory.", "Polish"),
    "cp850": ("Ich wußte nicht, was ich tun soll. Wir hörten nichts, über Nacht.", "Western"),
    "mac_roman": ("I don’t know. “It’s late,” she said — and we’d waited.", "Western"),
    "cp866": ("Я не знала, что делать. Мой сын был в больнице.", "Russian"),
    "iso8859_5": ("Я не знала, что делать. Мой сын был в больнице.", "Russian"),
}


@pytest.mark.parametrize("encoding", LATIN)
def test_the_language_that_was_assumed_is_said(encoding: str) -> None:
    text, language = LATIN[encoding]
    read, doubt = decode(text.encode(encoding))
    assert read == text
    assert f"was read as {language}" in doubt
    assert f"({encoding}). Check that it reads well." in doubt


def test_another_likely_language_is_said() -> None:
    said = "Řekla mi, že to bude v pořádku. Čekali jsme dlouho, ale nikdo nepřišel."
    read, doubt = decode(said.encode("iso8859_2"))
    assert read == said
    assert "It may also be" in doubt


def test_encodings_of_seven_bits_and_of_four_bytes_tell_themselves() -> None:
    japanese = "母は病院に行きました。"
    assert decode(japanese.encode("iso2022_jp")) == (japanese, "")
    assert decode("Nobody came.".encode("utf-32-le")) == ("Nobody came.", "")
