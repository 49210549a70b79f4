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
