"""Letters of other scripts that look like Latin ones: a name written with them is the same name.

The table is taken from Unicode’s list of confusable characters (UTS 39, confusables.txt), as the
package confusable-homoglyphs 3.3.1 has it: letters alone, and only those that look like one of A to
Z. A package at run time would read a megabyte for it. Letters in other shapes of the Latin script
(fullwidth, mathematical, circled) are told by their decomposition, and are not in it.

Text that is really written in another script must stay what it is. So a letter counts as Latin only
within a word that has Latin letters too, or that looks Latin as a whole.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LOOK_ALIKES = {
    "A": "ΑАᎪᗅꓮ𐊠𖽀",
    "a": "ɑαа",
    "B": "ΒВᏴᗷꓐꞴ𐊂𐊡𐌁",
    "b": "ЬᏏᑲᖯ",
    "C": "ϹСᏟⲤꓚ𐊢𐌂𐐕𐔜",
    "c": "ϲсᴄⲥꮯ𐐽",
    "D": "Ꭰᗞᗪꓓ",
    "d": "ԁᏧᑯꓒ",
    "E": "ΕЕᎬⴹꓰ𐊆𑢦𑢮",
    "e": "еҽꬲ",
    "F": "ϜᖴꓝꞘ𐊇𐊥𐔥𑢢𑣂",
    "f": "քẝꞙꬵ",
    "G": "ԌᏀᏳꓖ",
    "g": "ɡցᶃ",
    "H": "ΗНᎻᕼⲎꓧ𐋏",
    "h": "һհᏂ",
    "I": "ΙІӀⲒ",
    "i": "ɩɪͺιіӏᎥιꙇꭵ𑣃",
    "J": "ͿЈᎫᒍꓙꞲ",
    "j": "ϳј",
    "K": "ΚКᏦᛕⲔꓗ𐔘",
    "L": "ᏞᒪⳐꓡ𐐛𐔦𑢣𑢲𖼖",
    "l": "ᛁⵏꓲ𐊊𐌉𖼨",
    "M": "ΜϺМᎷᗰᛖⲘꓟ𐊰𐌑",
    "N": "ΝⲚꓠ𐔓",
    "n": "ոռ",
    "O": "ΟОՕଠዐⲞⵔꓳ𐊒𐊫𐐄𐓂𐔖𑢵",
    "o": "οσоօഠဝჿᴏᴑⲟꬽ𐐬𐓪𑣈𑣗",
    "P": "ΡРᏢᑭⲢꓑ𐊕",
    "p": "ρϱрⲣ",
    "Q": "ⵕ",
    "q": "ԛգզ",
    "R": "ᎡᏒᖇꓣ𐒴𖼵",
    "r": "гᴦⲅꭇꭈꮁ",
    "S": "ЅՏᏕᏚꓢ𐊖𐐠𖼺",
    "s": "ѕꜱꮪ𐑈𑣁",
    "T": "ΤТᎢⲦꓔ𐊗𐊱𐌕𑢼𖼊",
    "U": "Սሀᑌꓴ𐓎𑢸𖽂",
    "u": "ʋυսᴜꞟꭎꭒ𐓶𑣘",
    "V": "ѴᏙᐯⴸꓦꛟ𐔝𑢠𖼈",
    "v": "νѵᴠꮩ𑜆𑣀",
    "W": "ԜᎳᏔꓪ",
    "w": "ɯѡԝաᴡꮃ𑜊𑜎𑜏",
    "X": "ΧХᚷⲬⵝꓫꞳ𐊐𐊴𐌗𐔧",
    "x": "хᕁᕽ",
    "Y": "ΥϒУҮᎩᎽⲨꓬ𐊲𑢤𖽃",
    "y": "ɣʏγуүყᶌỿℽꭚ𑣜",
    "Z": "ΖᏃꓜ𑢩",
    "z": "ᴢꮓ𑣄",
}  # fmt: skip
_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True))
_IN_A_LATIN_WORD = {"b": "в", "h": "н", "k": "кκ", "m": "м", "n": "η", "r": "я", "t": "тτ"}
"""Letters that look like a small capital, or nearly: in a word that has Latin letters too."""
_EXACT = {ord(letter): latin for latin, letters in _LOOK_ALIKES.items() for letter in letters}
_EXACT |= {ord(letter): latin for letter, latin in _SMALL_CAPITALS.items()}
_LIKELY = _EXACT | {
    ord(letter): latin for latin, letters in _IN_A_LATIN_WORD.items() for letter in letters
}
_SHAPELESS = "\u00ad\u0300-\u036f\u034f\u180e\u200b-\u200f\u2060-\u2064\ufeff"
_WORD = re.compile(rf"(?:[^\W\d_]|[{_SHAPELESS}])+")
"""Letters, with marks and characters of no shape between them."""
_SIGNS = {0x115F: "", 0x1160: "", 0x3164: "", 0xFFA0: ""}
"""Fillers of Hangul (letters to Unicode, and nothing to an eye), and letters in boxes."""
_SIGNS |= {
    start + number: letter
    for start in (0x1F150, 0x1F170, 0x1F1E6)
    for number, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
}


def as_latin(text: str, *, in_context: bool = True) -> str:
    """Return text with letters that only look Latin made Latin, in words that are read so.

    `in_context`, a word that looks Latin as a whole stays as it is beside a word that is really of
    another script; else each word is judged by itself.
    """
    if text.isascii() or not any(ord(letter) in _KNOWN for letter in set(text)):
        return text
    text = text.translate(_SIGNS)
    words = list(_WORD.finditer(text))
    kinds = [_kind(match[0]) for match in words]
    parts, end = [], 0
    for number, (match, kind) in enumerate(zip(words, kinds, strict=True)):
        beside = kinds[max(number - 1, 0) : number + 2] if in_context else []
        parts += [text[end : match.start()], _word_as_latin(match[0], kind, beside)]
        end = match.end()
    return "".join([*parts, text[end:]])


_KNOWN = _LIKELY.keys() | _SIGNS.keys()
_LATIN, _MIXED, _LOOKS_LATIN, _OTHER = "latin", "mixed", "looks latin", "other"


def _word_as_latin(word: str, kind: str, beside: list[str]) -> str:
    if kind == _MIXED:
        return word.translate(_LIKELY)
    if kind == _LOOKS_LATIN and _OTHER not in beside:
        return word.translate(_EXACT)
    return word


def _kind(word: str) -> str:
    letters = [letter for letter in word if letter.isalpha()]
    alike = sum(ord(letter) in _LIKELY for letter in letters)
    if any(_is_latin(letter) for letter in letters):
        return _MIXED if alike else _LATIN
    exact = all(ord(letter) in _EXACT for letter in letters)
    return _LOOKS_LATIN if letters and exact else _OTHER


@lru_cache(maxsize=10_000)
def _is_latin(letter: str) -> bool:
    return ord(letter) not in _LIKELY and unicodedata.normalize("NFKD", letter)[0].isascii()
