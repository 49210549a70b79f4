"""Names in letters of another script that look the same, and text that is really of another."""

from __future__ import annotations

import pytest

from library.core.look_alikes import as_latin
from library.records.hidden_terms import HiddenTerm
from publish.leaks.needles import Needles
from transcribe.redaction.normalise import folded

DISGUISES = {
    "Cyrillic letters": "Ѕіоbhаn Мurрhу",
    "Greek capitals": "SΙΟΒΗΑΝ ΜURΡΗΥ",
    "one letter": "Siobhan Мurphy",
    "Cherokee and Armenian": "Ꮪioբhan Murpհy".replace("բ", "b"),
    "small capitals": "Sɪᴏʙʜᴀɴ Mᴜʀᴘʜʏ",
    "fullwidth": "Ｓｉｏｂｈａｎ Ｍｕｒｐｈｙ",
    "mathematical": "𝕊𝕚𝕠𝕓𝕙𝕒𝕟 𝑴𝒖𝒓𝒑𝒉𝒚",
    "circled": "Ⓢⓘⓞⓑⓗⓐⓝ Ⓜⓤⓡⓟⓗⓨ",
    "letters in boxes": "🆂🅸🅾🅱🅷🅰🅽 🅼🆄🆁🅿🅷🆈",
    "characters of no shape": "Sio\u200bbhan Mur\u2060p\ufeffhy",
    "a filler of Hangul": "Sio\u3164bhan Murphy",
    "marks on letters": "S\u0336i\u0336obhan Mu\u0301rphy",
    "both at once": "Ѕі\u200dо\u0301bhan Мurphy",
}
REAL = {
    "Russian": "Мама рано вставала. Я сама не спала. Ни Анна, ни Вера туда не ходили. Оно само "
    "прошло. Он всё время молчал. Сестра сказала: так нельзя. Нас никто не слушал.",
    "Ukrainian": "Мати сиділа біля вікна. Ніхто нас не питав. Ми самі не знали, що робити.",
    "Bulgarian": "Никой не ни попита. Сестра ми чакаше цяла нощ. Аз не знаех какво да правя.",
    "Serbian": "Нико нас није питао. Мајка је чекала. Само то сам хтела да кажем.",
    "Greek": "Κανείς δεν μας ρώτησε. Η μητέρα περίμενε όλη νύχτα. Το ήξερα και εγώ.",
}
GIVEN_NAMES = """
    Ann Anna Amy Abe Adam Cam Cara Clare Dan Eva Eve Grace Hana Hope Ian Ivan Jack Jay Joe John
    Kate Kay Kim Lee Leo Liam Mae Mary Max May Mia Mike Nan Neo Niamh Nora Oscar Otto Pam Pat
    Penny Peter Rae Rita Rosa Rose Ruth Sam Sara Sean Siobhan Tam Tara Tom Tony Una Vera Will Zoe
"""


def needles(*names: str) -> Needles:
    return Needles.from_terms(
        (),
        (),
        [HiddenTerm(name, "cs-4k7m2q", 1, everywhere=True, ordinary=False) for name in names],
    )


@pytest.mark.parametrize("disguise", DISGUISES)
def test_a_name_is_found_in_letters_that_look_alike(disguise: str) -> None:
    text = f"<p>Then {DISGUISES[disguise]} came home.</p>"
    assert needles("Siobhan Murphy").in_text(text)


def test_a_word_that_looks_latin_as_a_whole_is_read_so() -> None:
    assert needles("Cara").in_text("We met Сага and Сара, and Ѕара.".replace("Сага", "Сaга"))
    assert as_latin("We met Сара there") == "We met Capa there"
    assert as_latin("Сара жила там") == "Сара жила там"


@pytest.mark.parametrize("language", REAL)
def test_text_of_another_script_holds_no_english_name(language: str) -> None:
    assert not needles(*GIVEN_NAMES.split()).in_text(REAL[language])
    assert not {folded(word) for word in REAL[language].split()} & {
        folded(name) for name in GIVEN_NAMES.split()
    }


@pytest.mark.parametrize(
    ("name", "text"), [("Сара", REAL["Russian"] + " Сара пришла."), ("Αννα", "Η Αννα ήρθε.")]
)
def test_a_name_of_another_script_is_found_in_text_of_its_own(name: str, text: str) -> None:
    assert needles(name).in_text(text)
    assert needles(name).in_text(f"Then {name} came.")


def test_the_finder_of_names_folds_both_alike() -> None:
    assert folded("Ѕіоbhаn") == folded("Siobhan")
    assert folded("Анна") == folded("анна") != folded("Anna")
