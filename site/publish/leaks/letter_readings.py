"""Letters of a text in every order in which somebody may read or hear them, and nothing else.

A sentence may stand on a page without blanks, backwards, a word to an attribute or to a rule of a
style sheet, or between other words. Here every such way is laid out as one line of letters: without
blanks, signs and digits, in small Latin ones where they only look otherwise. Nothing here decides.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from selectolax.lexbor import LexborHTMLParser

from publish.leaks.readings import decode_escapes, fold, readings, sentence_readings

_NO_LETTERS = bytes(
    byte
    for byte in range(128)
    if not (ord("a") <= byte <= ord("z") or ord("A") <= byte <= ord("Z"))
)
_NO_LETTERS_OR_BLANKS = _NO_LETTERS.translate(None, b" \n\r\t")
_APOSTROPHES = "'’‘ʼ`´ʹ′＇"
_KEYED = re.compile(
    r"""(?<![\w-])([A-Za-z_][\w-]*)["']?\s*[=:]\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"'<>{};,]+))"""
)
"""A value with its name: an attribute, a rule of a style sheet, a field of JSON or of a script."""
_QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*)"|\'((?:[^\'\\\n]|\\.)*)\'')
_LINE_MARK = re.compile(
    r"^[ \t]*(?:[-*+>|#]+[ \t]+|\d+[.)][ \t]+)*(?:[\w\"'-]+[ \t]*:[ \t])?", re.MULTILINE
)
"""The sign of a list, and the name of a field of YAML, before what the line says."""
_COMMENT = re.compile(r"<!--(.*?)(?:-->|\Z)|/\*(.*?)(?:\*/|\Z)|\{#(.*?)(?:#\}|\Z)", re.DOTALL)
_HIDDEN = re.compile(
    r"""<([a-zA-Z][\w-]*)\b[^<>]*(?:\bhidden\b|display\s*:\s*none|visibility\s*:\s*hidden
        |font-size\s*:\s*0|opacity\s*:\s*0(?![.\d])|sr-only|visually-hidden)[^<>]*>
        (?:(?!<\1\b).){0,2000}?</\1\s*>""",
    re.VERBOSE | re.DOTALL,
)
"""An element that no eye sees, with letters that only part what it stands in."""
_OCTAL = re.compile(r"\\([0-3][0-7]{2})")
_SIGN_AND_LETTER = re.compile(r"\\[A-Za-z]")
"""A class of letters in a pattern: it stands between words."""
_SIGN_AND_WORD = re.compile(r"\\[A-Za-z]+-?\d* ?")
"""A command of rich text or of TeX."""
_FIGURES_IN_WORDS = re.compile(r"[A-Za-z][0-9$@!|][A-Za-z]")
_FIGURES_AS_LETTERS = str.maketrans("4310$7@5!|8", "aeiostasilb")
_UPSIDE_DOWN = re.compile("[\u0250\u01dd\u0279\u0287\u028c\u028d\u028e\u0265\u1d09\u0131]")
_TURNED = str.maketrans(
    "\u0250q\u0254p\u01dd\u025f\u0183\u0253\u0265\u1d09\u0131\u027e\u029e\u05df\u026fuodb\u0279\u0287n\u028c\u028dx\u028ez",
    "abcdefgghiijklmnopqrtuvwxyz",
)
_TAG_LETTERS = {0xE0000 + code: code for code in range(32, 127)}
"""Characters that no screen shows, each of which stands for a letter."""
_MOST_KINDS = 60
"""Kinds of elements of one page that are taken out, and read alone, one after the other."""


def letters_of(text: str) -> bytes:
    """Return the letters of a text, one after the other, in UTF-8."""
    return fold(_without_apostrophes(text)).line.translate(None, _NO_LETTERS)


def _without_apostrophes(text: str) -> str:
    # One after the other, which is many times as quick as translating.
    for sign in _APOSTROPHES:
        text = text.replace(sign, "")
    return text


def letter_words(text: str) -> list[bytes]:
    """Return the words of a text, each by its letters alone; one without letters is left out."""
    # All at once: a story has thousands of words, and a library thousands of stories.
    line = fold(_without_apostrophes(text)).line.replace(b"-", b" ")
    return line.translate(None, _NO_LETTERS_OR_BLANKS).split()


def letter_lines(text: str) -> Iterator[bytes]:
    """Yield each way to read the letters of a text, once, forwards and backwards."""
    known: set[bytes] = set()
    for way in _layouts(text):
        for line in _directions(way):
            if line not in known:
                known.add(line)
                yield line


def shown_letter_lines(text: str) -> Iterator[bytes]:
    """Yield the fewer ways in which the text of a page that was built is seen, both directions."""
    known: set[bytes] = set()
    for way in readings(text):
        line = letters_of(way)
        if line not in known:
            both = (line, _backwards(line))
            known.update(both)
            yield from both


def _layouts(text: str) -> Iterator[str]:
    plain = decode_escapes(text)
    yield from readings(text)
    yield from _signs_read_otherwise(plain)
    if "<" in plain:
        yield from readings(_HIDDEN.sub("", plain))
        yield from _by_kinds_of_elements(plain)
    yield _LINE_MARK.sub("", plain)
    for matches in (_COMMENT.findall(plain), _QUOTED.findall(plain)):
        yield " ".join("".join(groups) for groups in matches)
    by_name: dict[str, list[str]] = defaultdict(list)
    for name, *values in _KEYED.findall(plain):
        by_name[re.sub(r"[\d_-]+", "", name).lower()].append("".join(values))
    everything = [value for values in by_name.values() for value in values]
    for values in (*by_name.values(), everything):
        if len(values) > 1:
            yield " ".join(values)
    yield from _each_second_word(plain)


def _signs_read_otherwise(text: str) -> Iterator[str]:
    """Yield a text with what stands for a letter as that letter, where there is any."""
    if "\\" in text:
        yield _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)
        for command in (_SIGN_AND_LETTER, _SIGN_AND_WORD):
            yield command.sub(" ", text)
    if _FIGURES_IN_WORDS.search(text):
        yield text.translate(_FIGURES_AS_LETTERS)
    if text.isascii():
        return
    if len(_UPSIDE_DOWN.findall(text)) > 2:
        yield text.translate(_TURNED)
    if any(0xE0020 <= ord(letter) < 0xE007F for letter in set(text)):
        yield text.translate(_TAG_LETTERS)


def _each_second_word(text: str) -> Iterator[str]:
    """Yield each second and each third word, as they stand in a table or between others."""
    *_, shown = sentence_readings(text)
    words = [word for word in shown.split() if any(map(str.isalnum, word))]
    for step in (2, 3):
        for first in range(step):
            yield " ".join(words[first::step])


def _by_kinds_of_elements(text: str) -> Iterator[str]:
    """Yield what elements of each kind say, and what is left without them.

    A style may hide all elements of a name or a class, a reader passes over the small letters
    above a word: what it parts is read as it stands without that.
    """
    pieces = list(_shown_pieces(text))
    counts = Counter(kind for _, kinds in pieces for kind in kinds)
    for kind, count in counts.most_common(_MOST_KINDS):
        # Alone in a text an element parts nothing, or one thing: that is looked at elsewhere.
        if 1 < count < len(pieces):
            yield " ".join(piece for piece, kinds in pieces if kind in kinds)
            yield " ".join(piece for piece, kinds in pieces if kind not in kinds)


def _shown_pieces(text: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each piece of text of a page, and the kinds of the elements in which it stands."""
    # What stands in a template is shown by a script; the parser would keep it apart.
    tree = LexborHTMLParser(_TEMPLATE.sub(r"<\1div", text))
    kinds_of: dict[int, frozenset[str]] = {}
    for node in tree.root.traverse(include_text=True) if tree.root else ():
        above = kinds_of.get(node.parent.mem_id, frozenset()) if node.parent else frozenset()
        if node.tag == "-text":
            yield node.text(deep=False), above
        else:
            kinds_of[node.mem_id] = above | _kinds_of(node.tag or "", node.attributes)


_TEMPLATE = re.compile(r"<(/?)template\b", re.IGNORECASE)


def _kinds_of(tag: str, attributes: Mapping[str, str | None]) -> set[str]:
    classes = (attributes.get("class") or "").split()
    # Not by what is another for each, as an address is.
    others = {name for name in attributes if name not in ("class", "id", "href", "src")}
    style = attributes.get("style") or ""
    return {tag, *(f".{name}" for name in classes), *(f"[{name}]" for name in others), f"{{{style}"}


def _directions(text: str) -> Iterator[bytes]:
    """Yield the letters as they stand, backwards, each word backwards, and the last word first."""
    words = letter_words(text)
    line, last_first = b"".join(words), b"".join(reversed(words))
    yield line
    yield _backwards(line)
    # All of it backwards, the last word first, is each word backwards.
    yield _backwards(last_first)
    yield last_first


def _backwards(line: bytes) -> bytes:
    # A letter of another script is several bytes, which stay in their order.
    return line[::-1] if line.isascii() else line.decode("utf-8", "replace")[::-1].encode()
