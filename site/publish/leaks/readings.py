"""The ways one text is read: by an eye, a browser, a script, a player of captions.

A page may hold a word as entities, percent signs or escapes, in pieces between tags, or across the
times of two captions. Nothing here decides; it only lays the readings out.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, zip_longest
from urllib.parse import unquote

from library.core.look_alikes import as_latin

TEXT_BREAK = " ¶ "
"""Stands where a paragraph, a list item or a heading ends and another thing begins."""
_MAX_ROUNDS = 8
"""Encodings within encodings; deeper than this nobody would find it either."""
_INLINE = re.compile(
    r"a|abbr|b|bdi|bdo|c|cite|code|data|del|dfn|em|font|i|ins|kbd|lang|mark|q|rp|rt|ruby|s|samp|"
    r"small|span|strike|strong|sub|sup|time|tt|u|var|wbr",
    re.IGNORECASE,
)
"""Tags that a sentence goes on through."""
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
_LINE_ESCAPES = {"\\\r\n": "", "\\\n": ""}  # a string that goes on in the next line
_LINE_ESCAPES |= {f"\\{letter}": "\n" for letter in "nrtbfv"}
_LINE_ESCAPES |= {f"\\{sign}": sign for sign in "/\"'"}
_STYLE_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6})(?:\r\n|[ \t\r\n\f])?")
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]*)?[^<>]*>")
_CUE_TIME = re.compile(r"\r?\n[^\n]*\n[\d:.,]+ --> [\d:.,]+[^\n]*\n")
_TIMES = re.compile(r"[\d:.,]+ --> [\d:.,]+")
_TIMES_OF_LINE = re.compile(rf"\n{_TIMES.pattern}")
"""Nearly all of them, and found by their first character several times as quickly."""
_BLANK = re.compile(r"\n[ \t\r]*\n")


def readings(text: str) -> Iterator[str]:
    """Yield every way `text` may be read, each once; `TEXT_BREAK` stands between sentences."""
    known: set[str] = set()
    sources = (text, decode_escapes(text), _styled(text))
    # Most are the same text, and to take the tags out of a page takes longest.
    wholes = dict.fromkeys(whole for each in sources for whole in (each, _without_times(each)))
    for whole in wholes:
        for reading in (whole, *_without_tags(whole)):
            if reading not in known:
                known.add(reading)
                yield reading


def quick_readings(text: str) -> Iterator[str]:
    """Yield fewer and shorter texts that hold every *word* of `readings`, in another order.

    The times of captions are left out: their digits would be taken for those of a number.

    What has none of the words looked for needs no closer look; nearly every file is like that.
    """
    plain = decode_escapes(text)
    yield _timeless(plain)
    if plain != text and ("%" in text or "\\" in text):
        yield text
    if "\\" in text and _STYLE_ESCAPE.search(text):
        yield _styled(text)
    untimed = _without_times(plain) if "-\n" in plain or "-\r" in plain else plain
    if untimed is not plain:
        yield untimed
    if "<" in plain:
        bare = _without_comments(untimed)
        if bare is not untimed:
            yield bare
        yield _joined_words(bare)


def _timeless(text: str) -> str:
    for times, instead in ((_TIMES_OF_LINE, "\n "), (_TIMES, " ")):
        text = times.sub(instead, text) if "-->" in text else text
    return text


def sentence_readings(text: str) -> Iterator[str]:
    """Yield the readings in which a sentence is one: as it stands, and as it is shown."""
    untimed = _without_times(decode_escapes(text))
    yield untimed
    yield next(_without_tags(untimed))


# The quick readings and the thorough ones ask for the same text, one after the other.
@lru_cache(maxsize=2)
def decode_escapes(text: str) -> str:
    """Return text with entities, percent signs and escapes decoded, until none is left."""
    for _ in range(_MAX_ROUNDS):
        before = text
        if "\\" in text:
            text = _ESCAPE.sub(_escaped, text)
            for escape, meant in _LINE_ESCAPES.items():
                text = text.replace(escape, meant)
        if "%" in text:
            text = unquote(text)
        if "&" in text:
            text = html.unescape(text)
        if text == before:
            break
    return text


def _escaped(match: re.Match[str]) -> str:
    return _character(match[1] or match[2] or match[3])


def _styled(text: str) -> str:
    return _STYLE_ESCAPE.sub(lambda match: _character(match[1]), text) if "\\" in text else text


def _character(digits: str) -> str:
    code = int(digits, 16)
    # No character has such a code, and half a surrogate cannot be encoded.
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else " "


def _without_times(text: str) -> str:
    """Return captions as they follow each other: a sentence goes on in the next cue."""
    return _CUE_TIME.sub(" ", text).replace("WEBVTT", TEXT_BREAK) if "-->" in text else text


def _without_tags(text: str) -> Iterator[str]:
    """Yield text once with words mended that a tag stands in, once with every tag a space."""
    if "<" not in text:
        yield _BLANK.sub(TEXT_BREAK, text)
        return
    # Text, stroke and name of a tag, text, and so on.
    pieces = _TAG.split(_without_comments(text))
    texts, names = pieces[::3], pieces[2::3]
    # A tag may stand within a word or between two: both ways are looked at.
    for inline in ("", " "):
        shown = [inline if _is_inline(name or "") else TEXT_BREAK for name in names]
        yield "".join(chain.from_iterable(zip_longest(texts, shown, fillvalue="")))


@lru_cache(maxsize=1000)
def _is_inline(tag: str) -> bool:
    # Captions say <c.loud> and <i.name>: the part before the dot is the tag.
    return bool(_INLINE.fullmatch(tag.partition(".")[0]))


def _without_comments(text: str) -> str:
    if "<!--" not in text:
        return text
    first, *others = text.split("<!--")
    # A comment without an end hides nothing here: what follows is read.
    return first + "".join(part.partition("-->")[2] if "-->" in part else part for part in others)


def _joined_words(text: str) -> str:
    """Return only the words that have a tag in their midst, whole."""
    mended, word = [], ""
    for piece in f">{text}".split("<"):
        body = piece.partition(">")[2]
        if not body:
            continue
        if body[0].isspace():
            mended.append(word)
            word = ""
        first, *others = body.split(None, 1) or [""]
        if others:
            mended.append(word + first)
            word = body.rsplit(None, 1)[-1]
        else:
            word += first
        if body[-1].isspace():
            mended.append(word)
            word = ""
    mended.append(word)
    return " ".join(mended)


_MAX_REPLACED_CHARACTERS = 40
"""Up to so many different characters, replacing one after the other is quicker than translating."""
_SPECIAL = {"ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ı": "i"}
"""Letters that Unicode does not take apart into a letter and an accent."""
_SPECIAL |= {"æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th", "ð": "d", "Ð": "d"}
_APOSTROPHES = "'’‘ʼ`´ʹ′＇"
_ASCII = bytes(
    ord(chr(byte).lower()) if chr(byte).isalnum() or byte in b"'-" or byte > 127 else 32
    for byte in range(128)
) + bytes(range(128, 256))
_APOSTROPHE = re.compile(rb"'(?:s\b)?")
_BROKEN = re.compile(rb"-\s+")


@dataclass(frozen=True)
class FoldedText:
    """Folded text in UTF-8. `line` still has its hyphens; `spaced` and `joined` have none."""

    line: bytes

    @cached_property
    def words(self) -> set[bytes]:
        """Every word, those with a hyphen both in their parts and as one."""
        words = set(self.line.split())
        for word in [word for word in words if b"-" in word]:
            words.update(word.split(b"-"))
            words.add(word.replace(b"-", b""))
        return words

    @cached_property
    def spaced(self) -> bytes:
        """The words one space apart, and a space at each end; hyphens part words."""
        return _one_space_apart(self.line.replace(b"-", b" "))

    @cached_property
    def joined(self) -> bytes:
        """The words one space apart as in `spaced`, but hyphens are taken out."""
        return _one_space_apart(self.line.replace(b"-", b""))


def fold(text: str, *, look_alikes: bool = True) -> FoldedText:
    """Return the words of `text`, however they are written.

    `look_alikes`: letters of another script that only look Latin are Latin ones.
    """
    if not text.isascii():
        text = as_latin(text) if look_alikes else text
        text = _without_accents(text)
    # Bytes: translating them is many times as quick as translating text.
    line = text.encode("utf-8", "replace").translate(_ASCII)
    return FoldedText(_BROKEN.sub(b"-", _APOSTROPHE.sub(b"", line)))


def folded_words(text: str) -> list[bytes]:
    """Return the words of `text` one by one, however they are written."""
    return fold(text).spaced.split()


def _without_accents(text: str) -> str:
    strange = {character for character in set(text) if character > "\x7f"}
    if len(strange) > _MAX_REPLACED_CHARACTERS:
        return text.translate({ord(character): _folded(character) for character in strange})
    for character in strange:
        text = text.replace(character, _folded(character))
    return text


@lru_cache(maxsize=100_000)
def _folded(character: str) -> str:
    """Return a character without accent and case; a sign becomes an apostrophe, hyphen or space."""
    if character in _APOSTROPHES:
        return "'"
    if character in _SPECIAL:
        return _SPECIAL[character]
    if unicodedata.category(character) == "Pd":
        return "-"
    return "".join(
        _plain_part(part) for part in unicodedata.normalize("NFKD", character).casefold()
    )


def _plain_part(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Mn", "Me", "Cf"}:
        return ""
    return character if character.isalnum() or character in "'-" else " "


def _one_space_apart(line: bytes) -> bytes:
    return b" " + b" ".join(line.split()) + b" "
