"""Rewrite YAML that people typed so that every text in it is read as it stands there.

YAML gives some signs a meaning that nobody means who writes a name or a question. The rules, for
every file that people write:

- A `#` begins a remark where it begins its line, or a value, with a space after it
  (`about: # later`); and after a value where two spaces stand before it and one behind
  (`lighter: true  # the end`). Where no text can stand (numbers, names of a set), one space is
  enough: `yaml_document` takes it off. Any other `#` is part of the text: `Ward #4 Larch`,
  `0113 496 0000 #12`, `Larch House # the new one`.
- `@`, `%`, `,` and a backtick, a hyphen behind a field, `!`, `&`, `*`, and `|` or `>` with further
  words behind them, begin a text like any other sign. Only `!!`, and a `*name` whose `&name` is
  there as well, mean something else: they are refused.
- A colon in the text of a field is part of it (`ask: Who helped: friends, or family?`), but where
  the text would begin with another field (`id: first ask: Who helped?`).
- Bullets and dashes of Word (`•`, `–`) begin an entry of a list as a hyphen does, curly quotes
  around a whole text are quotes, and spaces of every kind indent.

Lines stay lines, so that faults are found where they were typed. What is in quotes, or in a text
that `|` or `>` begins, is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_INDENT = re.compile(r"[ \t\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff]*")
_BULLET = re.compile(r"[•‣◦▪▫●○■□∙·–—*]\s+(?=\S)|-[\u00a0\t]\s*(?=\S)|-(?=[^\W\d_])")
_KEY = re.compile(
    r"""(?P<key>"[^"\n]*"|'[^'\n]*'|“[^”\n]*”|[^\s#'"“\[\]{},|>@`&*!%?:-][^:#\n]*?)"""
    r"""[ \t]*:(?=[ \t]|$)"""
)
_FIELD = re.compile(r"[a-z][a-z0-9_]*\Z")
_BLOCK_TEXT = re.compile(r"[|>][-+0-9]{0,2}\s*(?:#.*)?\Z")
_REMARK = re.compile(r"(?: [ \t]+|\t[ \t]*)#(?=[ \t]|\Z).*\Z")
_HASH_IN_TEXT = re.compile(r"[ \t]#")
_MAYBE_REMARK = re.compile(r"\S[ \t]#[ \t]")
_SIGNS_OF_TEXT = re.compile(r"[@`%,\]}!&*]|[|>?-](?=[ \t]+\S)|\?\Z|[|>](?![-+0-9]*\s*(?:#.*)?\Z)")
_COLON = re.compile(r":(?=\s|\Z)")
_SECOND_FIELD = re.compile(r"[a-z][a-z0-9_]*[ \t]*:(?=[ \t]|\Z)")
_ANCHOR = re.compile(r"(?:^|[\s\[{,])&([\w-]{1,100})")
_ALIAS = re.compile(r"(?:^|[\s\[{,])\*([\w-]{1,100})")
_TAB_WIDTH = 2
_MAX_FLOW_LINES = 200
"""Lines over which a list in brackets may go: further off its end is not looked for."""


@dataclass(frozen=True)
class TypedText:
    """YAML in which each text is read as it was typed."""

    text: str
    unclear_lines: tuple[int, ...]
    """Lines, from 1, of which a `#` was taken as text that may have been meant for a remark."""


def as_typed(text: str) -> TypedText:
    """Return `text` with quotes around every value that YAML would read as something else."""
    reader = _Rewriter(text)
    reader.rewrite()
    return TypedText("\n".join(reader.lines), tuple(reader.unclear))


def with_line_quoted(text: str, number: int) -> str:
    """Return `text` with the value of line `number` (from 1) in quotes, to read on behind it."""
    lines = text.split("\n")
    if not 1 <= number <= len(lines):
        return text
    head, value = _head_of(lines[number - 1])
    if not value or (value[0] == value[-1] == "'" and len(value) > 1):
        return text
    lines[number - 1] = head + _quoted(value)
    return "\n".join(lines)


def is_indented_with_tab(line: str) -> bool:
    """Return True for a tab before the words of a line, alone or among spaces."""
    return bool(line.strip()) and "\t" in line[: len(line) - len(line.lstrip())]


def with_line_indented(text: str, number: int) -> str:
    """Return `text` with line `number` (from 1) as far in as the one above, to read on there."""
    lines = text.split("\n")
    above = next((line for line in reversed(lines[: number - 1]) if line.strip()), "")
    lines[number - 1] = " " * _width(_plain_start(above)) + lines[number - 1].lstrip()
    return "\n".join(lines)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _head_of(line: str) -> tuple[str, str]:
    """Return a line’s indent, hyphens and field, and the value behind them."""
    at = _INDENT.match(line).end()  # type: ignore[union-attr]  # it matches always
    is_entry = False
    while line.startswith("- ", at):
        is_entry = True
        at += 2
        at += len(line) - at - len(line[at:].lstrip(" "))
    key = _KEY.match(line, at)
    # “- Remember: …” is a text with a colon, “- name: …” a field.
    if key and (not is_entry or _FIELD.match(key["key"].strip("\"'"))):
        at = key.end()
        at += len(line[at:]) - len(line[at:].lstrip(" \t"))
    return line[:at], line[at:].rstrip(" \t")


class _Rewriter:
    """The lines of a document, rewritten one after the other."""

    def __init__(self, text: str) -> None:
        self.lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.unclear: list[int] = []
        # Only what is there twice can stand for something: all else is text.
        self._anchors = frozenset(_ANCHOR.findall(text)) & frozenset(_ALIAS.findall(text))

    def rewrite(self) -> None:
        at = 0
        while at < len(self.lines):
            at = self._rewrite_entry(at)

    def _rewrite_entry(self, at: int) -> int:
        """Rewrite what begins in line `at`; return the line after it."""
        line = self.lines[at] = _plain_start(self.lines[at])
        if not line.strip() or line.lstrip(" \t").startswith("#") or line[:3] in ("---", "..."):
            return at + 1
        head, value = _head_of(line)
        if not value:
            return at + 1
        indent = len(head) - len(head.lstrip(" ")) if head.strip() else len(head)
        if value.startswith("#"):
            return self._rewrite_hash(at, head, value, indent)
        if _BLOCK_TEXT.match(value):
            end = self._end_of_deeper(at + 1, _column(head, indent), with_blank=True)
            if any(line.strip() for line in self.lines[at + 1 : end]):
                return end
            self.lines[at] = head + _quoted(value)  # nothing follows that it could begin
            return at + 1
        if value[0] in "\"'“":
            return self._rewrite_quoted(at, head, value, indent)
        if value[0] in "[{":
            return self._rewrite_flow(at, head, value, indent)
        return self._rewrite_plain(at, head, value, indent)

    def _end_of_deeper(self, at: int, indent: int, *, with_blank: bool) -> int:
        """Return the first line from `at` that is not indented by more than `indent`."""
        while at < len(self.lines):
            line = self.lines[at]
            if line.strip():
                if _width(line) <= indent:
                    break
            elif not with_blank:
                break
            at += 1
        return at

    def _rewrite_hash(self, at: int, head: str, value: str, indent: int) -> int:
        following = next(
            (self.lines[n] for n in range(at + 1, len(self.lines)) if self.lines[n].strip()), ""
        )
        has_more = _width(following) > indent or following.lstrip().startswith("- ")
        if value[1:2].strip() and not (has_more and head.rstrip().endswith(":")):
            self.lines[at] = head + _quoted(value)
        return at + 1

    def _rewrite_quoted(self, at: int, head: str, value: str, indent: int) -> int:
        """Leave what is in quotes alone; a text that only begins with one is no such value."""
        mark = value[0]
        if mark == "“":
            inner = value[1:-1]
            if inner and value.endswith("”") and not re.search("[“”]", inner):
                self.lines[at] = head + _quoted(inner)
                return at + 1
            return self._rewrite_plain(at, head, value, indent)
        end = self._end_of_deeper(at + 1, indent, with_blank=True)
        rest = _after_quotes("\n".join([value, *self.lines[at + 1 : end]]), mark)
        if rest is None:
            # “'Tis the season”: nothing closes it.
            is_one_line = end == at + 1
            return self._rewrite_plain(at, head, value, indent) if is_one_line else at + 1
        text, line_count = rest
        if text and not text.startswith("#"):
            whole = value[1:-1] if line_count == 0 and value.endswith(mark) and mark == "'" else ""
            self.lines[at] = head + _quoted(whole or value) if line_count == 0 else self.lines[at]
        return at + 1 + line_count

    def _rewrite_flow(self, at: int, head: str, value: str, indent: int) -> int:
        """Put the texts of a list in brackets into quotes where they need them."""
        last = min(len(self.lines), at + _MAX_FLOW_LINES)
        text, end = value, at + 1
        while (closed := _flow_end(text)) is None and end < last:
            line = self.lines[end].strip()
            if line and _width(self.lines[end]) <= indent and line[0] not in "]}":
                break
            text += "\n" + self.lines[end]
            end += 1
        if closed is None:
            return at + 1
        rest = text[closed:].strip()
        if rest and not rest.startswith("#"):
            return self._rewrite_plain(at, head, value, indent) if "\n" not in text else end
        rewritten = _flow_as_typed(text[:closed], self._anchors)
        self.lines[at:end] = (head + rewritten + ("" if not rest else "  " + rest)).split("\n")
        return end

    def _rewrite_plain(self, at: int, head: str, value: str, indent: int) -> int:
        """Put a text into quotes, with the lines that go on with it, if YAML would change it."""
        parts, end = [value], at + 1
        while end < len(self.lines) and self._goes_on(end, indent):
            parts.append(self.lines[end].strip(" \t"))
            end += 1
        needs_quotes = value[0] in "\"'[{" or bool(_SIGNS_OF_TEXT.match(value))
        needs_quotes = needs_quotes or self._has_colon_in_text(at, head, parts, end)
        plain_parts = []
        for number, part in enumerate(parts):
            plain = _REMARK.sub("", part)
            if _HASH_IN_TEXT.search(plain):
                needs_quotes = True
                if _MAYBE_REMARK.search(plain):
                    self.unclear.append(at + number + 1)
            plain_parts.append(plain)
        if needs_quotes and not _is_reserved(value, self._anchors):
            texts = _quoted("\n".join(plain_parts)).split("\n")
            self.lines[at] = head + texts[0]
            for number, text in enumerate(texts[1:], at + 1):
                line = self.lines[number]
                self.lines[number] = line[: len(line) - len(line.lstrip(" \t"))] + text
        return end

    def _has_colon_in_text(self, at: int, head: str, parts: Sequence[str], end: int) -> bool:
        """Return True for a colon within a text, which a field or another entry already begins."""
        text = "\n".join(_REMARK.sub("", part) for part in parts)
        colons = len(_COLON.findall(text))
        is_field = head.rstrip().endswith(":")
        if not colons or _SECOND_FIELD.match(text):
            return False
        # Of “- Remember: take time” the record says whether it is a text or a field.
        has_fields = end < len(self.lines) and _width(self.lines[end]) > _width(self.lines[at])
        return is_field or (colons > 1 and not has_fields)

    def _goes_on(self, at: int, indent: int) -> bool:
        """Return True if line `at` goes on with the text above it."""
        line = self.lines[at]
        stripped = line.strip(" \t")
        if not stripped or _width(line) <= indent or stripped.startswith(("#", "- ")):
            return False
        return not _KEY.match(stripped)


def _is_reserved(value: str, anchors: frozenset[str]) -> bool:
    """Return True for anchors, aliases and tags: they are refused in a sentence, not read."""
    if value.startswith(("!!", "!<")):
        return True
    mark = re.match(r"[&*]([\w-]+)", value)
    return mark is not None and mark[1] in anchors


def _column(head: str, indent: int) -> int:
    """Return the indent that a text after `|` must exceed: that of its field."""
    stripped = head.lstrip(" ")
    while stripped.startswith("- ") and stripped.strip("- "):
        indent += len(stripped) - len(stripped[2:].lstrip(" "))
        stripped = stripped[2:].lstrip(" ")
    return indent


def _width(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _plain_start(line: str) -> str:
    """Return a line with an indent of spaces, and with a hyphen for what stands for one."""
    end = _INDENT.match(line).end()  # type: ignore[union-attr]  # it matches always
    space = line[:end]
    if space.strip(" "):
        space = "".join(
            " " * _TAB_WIDTH if sign == "\t" else "" if sign in "\u200b\ufeff" else " "
            for sign in space
        )
    body = line[end:]
    bullet = _BULLET.match(body)
    if bullet and not _is_emphasis(body):
        body = "- " + body[bullet.end() :]
    entry = "- " if body.startswith("- ") else ""
    key = _KEY.match(body, len(entry))
    if key and key["key"].startswith("“"):
        body = f"{entry}{key['key'][1:-1]}{body[key.end('key') :]}"
    return space + body


def _is_emphasis(body: str) -> bool:
    return body.startswith("---")


def _after_quotes(text: str, mark: str) -> tuple[str, int] | None:
    """Return what stands behind a text in quotes, and over how many lines more it went."""
    at = 1
    while at < len(text):
        sign = text[at]
        if mark == '"' and sign == "\\":
            at += 2
            continue
        if sign == mark:
            if mark == "'" and text[at + 1 : at + 2] == "'":
                at += 2
                continue
            return text[at + 1 :].partition("\n")[0].strip(), text.count("\n", 0, at)
        at += 1
    return None


_FLOW_PIECE = re.compile(
    r"""(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|(?P<sign>[\[\]{},])|(?P<space>[ \t\n]+)"""
    r"""|(?P<text>(?:(?!:[ \t\n])[^\[\]{},\n])+)|(?P<colon>:)""",
    re.DOTALL,
)


def _flow_end(text: str) -> int | None:
    """Return the end of the brackets that begin `text`; None if they are not closed."""
    depth, at = 0, 0
    while at < len(text):
        match = _FLOW_PIECE.match(text, at)
        # A quote that is not closed is closed in a line below, or nowhere.
        if match is None or (match["text"] and match["text"][0] in "\"'"):
            return None
        at = match.end()
        if match["sign"] and match["sign"] in "[{":
            depth += 1
        elif match["sign"] and match["sign"] in "]}":
            depth -= 1
            if depth == 0:
                return at
    return None


def _flow_as_typed(text: str, anchors: frozenset[str]) -> str:
    pieces = []
    for match in _FLOW_PIECE.finditer(text):
        piece = match[0]
        plain = piece.strip(" \t")
        needs_quotes = _HASH_IN_TEXT.search(" " + piece) or _SIGNS_OF_TEXT.match(plain)
        if match["text"] and needs_quotes and not _is_reserved(plain, anchors):
            space = piece[: len(piece) - len(piece.lstrip(" \t"))]
            piece = space + _quoted(plain) if plain[0] not in "\"'“" else piece
        pieces.append(piece)
    return "".join(pieces)
