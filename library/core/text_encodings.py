"""Read text in whatever encoding a program wrote it, and say where that is a guess.

UTF-8 and UTF-16 tell themselves. All else is taken for the encoding in whose reading most letters
are common ones of its language: wrong readings of bytes give rare letters and signs.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from library.core.latin_encodings import is_in_doubt, latin_readings

_HAN = frozenset(
    "的一是不了人我在有他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实"
    "日无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重物手应向头体见被利什二等或"
    "己身果月话合回特代内信表化老给位次任常先教儿声比员真论处走各几口认平气题活打女变四神总电少报才结反受"
    "目太再感建做接必件期直命指她望觉术确师清今切院让带争病药医护院妈爸父母姐妹兄弟孩候谢吗吧呢啊哪谁"
    "這個們來為國說時會對過發後裡還進學現當沒動開樣實無與長機點業將兩間問應頭體見給話內變總電報結認氣題媽"
    "醫護藥師覺確讓帶爭處論員聲兒書門關東車錢嗎誰謝請聽歲邊親別張號"
)
_KANA = frozenset(
    "のにたいをはしがとてでなれるかっさんらもこすりくまけそあきつえおだめうよちどせみわやばろ"
)
_HANGUL = frozenset(
    "이다는에의가을를하고은도로한지서나기사리어아자시정해일수라들인게그있것보대만부스면여우내전요저안었구없"
)


@dataclass(frozen=True)
class _Encoding:
    """An encoding of one language, and the letters of which its texts mostly consist."""

    codec: str
    language: str
    common: frozenset[str]
    least: float = 0.4
    """Share of common letters among all that are not ASCII, from which it is believed."""


_ENCODINGS = (
    _Encoding("gb18030", "Chinese", _HAN),
    _Encoding("big5", "Chinese", _HAN),
    _Encoding("cp932", "Japanese", _KANA),
    _Encoding("euc_jp", "Japanese", _KANA),
    _Encoding("cp949", "Korean", _HANGUL),
    _Encoding("cp1251", "Russian", frozenset("оеаинтсрвлкмдпуяыьі"), 0.7),
    _Encoding("koi8_r", "Russian", frozenset("оеаинтсрвлкмдпуяыь"), 0.7),
    _Encoding("koi8_u", "Ukrainian", frozenset("оеаинтсрвлкмдпуяьії"), 0.7),
    _Encoding("cp866", "Russian", frozenset("оеаинтсрвлкмдпуяыь"), 0.7),
    _Encoding("iso8859_5", "Russian", frozenset("оеаинтсрвлкмдпуяыьіћ"), 0.7),
    _Encoding("cp1253", "Greek", frozenset("αοιετσνηυρπκςάέίό"), 0.6),
    _Encoding("cp1255", "Hebrew", frozenset("יוהלאתרבמנש"), 0.6),
    _Encoding("cp1256", "Arabic", frozenset("الينموترهبعدكسفقحىشکہے"), 0.6),
    _Encoding("cp874", "Thai", frozenset("านรกเงมอยลวดทสตะปบ่้ิีั็"), 0.6),
)
_HIGH = re.compile(rb"[\x80-\xff]")
# Letters side by side that are not ours; in Shift-JIS and Big5 every other byte may be ASCII.
_RUNS = re.compile(rb"[\x80-\xff]{4,}|(?:[\x81-\xfe][\x30-\x7e\x80-\xff]){3,}")
_MOSTLY = 0.5
"""Share of bytes beyond ASCII that stand side by side, in text of other letters than ours."""
# A letter of another script has none of ours beside it.
_BESIDE_OURS = re.compile(r"[a-zA-Z][^\x00-\x7f]|[^\x00-\x7f][a-zA-Z]")
_MIN_APART = 5
_IN_UTF8 = re.compile(
    rb"(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})+"
)
_WESTERN_IN_UTF8 = re.compile(rb"\xc3[\x80-\xbf]|\xc2[\xa0-\xbf]|\xe2\x80[\x93-\xa6]")
_REST_IN_1252 = "".join(bytes([byte]).decode("cp1252", errors="ignore") for byte in range(128, 192))
_ENCODED_TWICE = re.compile(
    rf"[ÂÃ][{_REST_IN_1252}]|â€[{_REST_IN_1252}\x9d]|â‚¬".replace("]|", "\x81\x8d\x8f\x90]|", 1)
)


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of a file, and a sentence where its encoding was guessed, else nothing."""
    for encoding in _of_unicode(data):
        try:
            text = data.decode(encoding).lstrip("\ufeff")
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or not _CONTROLS.search(text):
            return _read_once(text)
    if _is_mixed(data):
        return _mixed(data), (
            "The file is UTF-8 in some places and Windows-1252 in others. Check accents and quotes."
        )
    if in_language := _of_language(data):
        text, language = in_language
        return text, f"The file is not UTF-8 and was read as {language}"
    # Every byte has some meaning there, so that a wrong guess must be said.
    return data.decode("cp1252", errors="replace"), (
        "The file is not UTF-8 and was read as Windows-1252. Check accents and quotes."
    )


def _of_unicode(data: bytes) -> tuple[str, ...]:
    if data[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        return ("utf-32", "utf-16")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ("utf-16", "utf-8")  # by its byte-order mark
    if len(data) % 4 == 0 and 2 * data.count(0) > len(data):
        return ("utf-32-le", "utf-32-be", *_utf_16_by_spaces(data), "utf-8")
    if _JAPANESE_ESCAPES.search(data):
        return ("iso2022_jp_2", "utf-8")
    if len(data) % 2 == 0 and data.count(0) * _MIN_ZEROS > len(data):
        return (*_utf_16_by_spaces(data), "utf-8")
    return ("utf-8",)


def _utf_16_by_spaces(data: bytes) -> tuple[str, ...]:
    """Return UTF-16 by the side of the zeros of spaces and ends of lines, of every script."""
    first, second = data[::2], data[1::2]
    pairs = Counter(zip(first, second, strict=True))
    little = sum(pairs[sign, 0] for sign in b" \t\r\n"), second.count(0)
    big = sum(pairs[0, sign] for sign in b" \t\r\n"), first.count(0)
    return ("utf-16-le",) if little > big else ("utf-16-be",)


_MIN_ZEROS = 40
# Of ISO-2022-JP, in which every byte is ASCII.
_JAPANESE_ESCAPES = re.compile(rb"\x1b\$[@B].{2,4000}?\x1b\([BJ]", re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")


def _is_mixed(data: bytes) -> bool:
    """Return True for UTF-8 with other bytes among it, as in files that were put together."""
    good = len(_WESTERN_IN_UTF8.findall(data))
    other = len(_HIGH.findall(_IN_UTF8.sub(b"", data)))
    return good >= max(1, other)


def _mixed(data: bytes) -> str:
    text, at = "", 0
    for letters in _IN_UTF8.finditer(data):
        text += data[at : letters.start()].decode("cp1252", errors="replace")
        text += letters[0].decode("utf-8", errors="replace")
        at = letters.end()
    return text + data[at:].decode("cp1252", errors="replace")


def _read_once(text: str) -> tuple[str, str]:
    """Return text whose UTF-8 was once taken for Windows-1252 (“itâ€™s”) as it was meant."""
    marks = _ENCODED_TWICE.findall(text)
    if len(marks) < _MIN_TWICE and not any(mark.startswith("â€") for mark in marks):
        return text, ""
    return _ENCODED_TWICE.sub(_once, text), (
        "Signs such as “â€™” were read as the quotes and accents that they stand for. Check them."
    )


_MIN_TWICE = 2


def _once(mark: re.Match[str]) -> str:
    data = b"".join(
        letter.encode("latin-1" if ord(letter) < 0x100 else "cp1252") for letter in mark[0]
    )
    return data.decode("utf-8", errors="replace")


def _of_language(data: bytes) -> tuple[str, str] | None:
    """Return the text in the encoding whose letters fit, and the end of a sentence about it."""
    high = len(_HIGH.findall(data))
    in_runs = sum(len(_HIGH.findall(run)) for run in _RUNS.findall(data))
    if in_runs < _MOSTLY * high:
        return _latin(data)
    readings = [reading for row in _ENCODINGS if (reading := _reading(data, row)) is not None]
    share, text, language = max(readings, default=(0.0, "", ""))
    return (text, f"{language}. Check that it reads well.") if share else None


def _reading(data: bytes, row: _Encoding) -> tuple[float, str, str] | None:
    """Return the share of common letters, the text and its language; None where it does not fit."""
    try:
        text = data.decode(row.codec)
    except UnicodeDecodeError:
        return None
    # Punctuation speaks for nothing; other signs are what wrong readings are full of.
    letters = [sign for sign in text if sign > "\x7f" and unicodedata.category(sign)[0] in "LMSC"]
    share = sum(letter in row.common for letter in letters) / max(1, len(letters))
    if len(_BESIDE_OURS.findall(text)) * _MIN_APART > len(letters):
        return None
    return (share, text, f"{row.language} ({row.codec})") if share >= row.least else None


def _latin(data: bytes) -> tuple[str, str] | None:
    """Return the text in the likeliest encoding of Latin letters; None for the usual one."""
    best, *others = latin_readings(data) or (None,)
    if best is None or best.codec == _USUAL:
        return None
    other = next((each for each in others if is_in_doubt(best, each)), None)
    also = f" It may also be {other.name}." if other else ""
    return best.text, f"{best.name}. Check that it reads well.{also}"


_USUAL = "cp1252"
