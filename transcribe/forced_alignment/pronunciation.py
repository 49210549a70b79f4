"""Phones of a written word, by rules alone: names are in no dictionary, and they matter most.

Times come out nearly as exact as with a dictionary's phones: on read speech word starts were 20 ms
off in the median, and 10 with the CMU dictionary (`docs/reference/word-times.md`).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_ANY_VOWEL = ("AH",)  # for a word of which no letter is known
_MUTE_E = re.compile(r"(?<=[a-z])(?<![aeiouy])e(?=s?$)")
_MIN_LETTERS_WITH_MUTE_E = 4
_NO_LETTER = re.compile(r"[^a-z]")
_DIGITS = dict(
    zip(
        "0123456789",
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "ate", "nine"),
        strict=True,
    )
)
_COMMON_WORDS = """
a AH|any EH N IY|are AA R|because B IH K AH Z|been B IH N|come K AH M|could K UH D|do D UW
does D AH Z|done D AH N|eye AY|eyes AY Z|friend F R EH N D|gone G AO N|have HH AE V|he HH IY
heart HH AA R T|hour AW ER|i AY|id AY D|ill IH L|im AY M|ive AY V|known N OW N|laugh L AE F
live L IH V|many M EH N IY|me M IY|mr M IH S T ER|mrs M IH S IH Z|dr D AA K T ER
mother M AH DH ER|my M AY|no N OW|of AH V|one W AH N|once W AH N S|other AH DH ER|our AW ER
people P IY P AH L|said S EH D|say S EY|says S EH Z|she SH IY|should SH UH D|so S OW
some S AH M|son S AH N|the DH AH|their DH EH R|there DH EH R|theres DH EH R Z|they DH EY
theyre DH EH R|to T UW|two T UW|three TH R IY|five F AY V|nine N AY N|was W AA Z|we W IY
were W ER|what W AH T|where W EH R|who HH UW|whole HH OW L|why W AY|woman W UH M AH N
women W IH M IH N|work W ER K|world W ER L D|would W UH D|you Y UW|your Y AO R|this DH IH S
that DH AE T|them DH EH M|then DH EH N|than DH AE N|these DH IY Z|those DH OW Z|with W IH DH
is IH Z|his HH IH Z|as AE Z|has HH AE Z|by B AY|go G OW|going G OW IH NG|home HH OW M
time T AY M|life L AY F|like L AY K|know N OW|now N AW|how HH AW|down D AW N|out AW T|um AH M
uh AH|er ER|erm ER M|mm M|hm HH M|yeah Y AE|oh OW|ok OW K EY|okay OW K EY
"""
_GRAPHEMES = """
tion SH AH N|sion ZH AH N|ture CH ER|ough AO|augh AO|eigh EY|igh AY|tch CH|dge JH|sch S K
ch CH|sh SH|th TH|ph F|wh W|ck K|ng NG|qu K W|gh G|ee IY|ea IY|oo UW|ou AW|ow OW|oa OW|oi OY|oy OY
ai EY|ay EY|au AO|aw AO|ei IY|ey IY|ie IY|ue UW|ew UW|ui UW|er ER|ir ER|ur ER|ar AA R|or AO R
ce S|ci S IH|cy S IY|ge JH|gi JH IH|bb B|cc K|dd D|ff F|gg G|ll L|mm M|nn N|pp P|rr R|ss S|tt T
zz Z|a AE|b B|c K|d D|e EH|f F|g G|h HH|i IH|j JH|k K|l L|m M|n N|o AA|p P|q K|r R|s S|t T|u AH
v V|w W|x K S|y IY|z Z
"""
_FIRST_GRAPHEMES = "kn N|wr R|gn N|ps S|y Y|x Z"


def _table(text: str) -> dict[str, tuple[str, ...]]:
    entries = (entry.split() for entry in text.strip().replace("\n", "|").split("|"))
    return {letters: tuple(phones) for letters, *phones in entries}


_WORDS, _RULES, _FIRST_RULES = map(_table, (_COMMON_WORDS, _GRAPHEMES, _FIRST_GRAPHEMES))
_LONGEST = max(map(len, _RULES))


@lru_cache(maxsize=20_000)  # more than the different words of any interview
def phones_of(text: str) -> tuple[str, ...]:
    """Return the phones of a token, at least one: of letters of any accent, and of digits."""
    spoken = "".join(_DIGITS.get(letter, letter) for letter in text.casefold())
    letters = _latin_letters(spoken)
    if letters in _WORDS:
        return _WORDS[letters]
    if len(letters) >= _MIN_LETTERS_WITH_MUTE_E:
        letters = _MUTE_E.sub("", letters)
    return tuple(_read_aloud(letters)) or _ANY_VOWEL


def is_readable(text: str) -> bool:
    """Return True for a token that has letters or digits which the rules know."""
    return bool(_latin_letters(text.casefold())) or any(letter in _DIGITS for letter in text)


def _latin_letters(text: str) -> str:
    return _NO_LETTER.sub("", unicodedata.normalize("NFKD", text))


def _read_aloud(letters: str) -> list[str]:
    phones: list[str] = []
    at = 0
    while at < len(letters):
        for length in range(min(_LONGEST, len(letters) - at), 0, -1):
            grapheme = letters[at : at + length]
            grapheme_phones = (_FIRST_RULES.get(grapheme) if not at else None) or _RULES.get(
                grapheme
            )
            if grapheme_phones:
                phones.extend(grapheme_phones)
                at += length
                break
    return phones
