"""The marks inside a paragraph of the editor's copy.

    she said ~~that Daniel was~~ it was      a cut: taken out of film, captions and transcript
    I care for [[Daniel|my son]].            a redaction: not heard, and “my son” is shown
    then [[?Chevonne|my sister]] came        a question: is this a name? Until it is answered, said
    they gave him Danielle(?)                a doubt: heard unsurely; ignored, easy to delete
    his see pa(?CPA)                         a doubt that names what was perhaps said

This module reads a paragraph's text into words and writes words as text. A backslash before a mark
keeps it a word: whatever was said can be written here and read back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from library.core.errors import BadInput
from transcribe.glossary import hint_text
from transcribe.words import as_token, normalised, tokens_of

NAME_REMOVED = "[name removed]"
"""What stands for redacted words where the editor wrote nothing else."""

_STAMP_LIKE = re.compile(r"^\[\d{1,3}:")
_PIECE = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?P<cut>~~)|(?P<open>\[\[)|(?P<close>\]\](?!\]))|(?P<bar>\|)"
    r"|\(\?(?P<hint>[^()\\~\[\]|]{0,80})\)"
    r"|(?P<space>\s+)|(?P<plain>[^\\~\[\]|(\s]+|.)",
    re.DOTALL,
)
_CLOSING = re.compile(r"^[.,;:!?…]+")


@dataclass(frozen=True)
class RedactionMark:
    """One redaction as written. Its words' tokens all hold the same one."""

    number: int
    """Tells two redactions of the same words apart."""
    words: tuple[str, ...]
    replacement: str = ""
    """Empty where the editor wrote nothing: NAME_REMOVED stands there then."""
    before: str = ""
    """What is attached without a space: an opening quote."""
    after: str = ""
    """… a full stop, or the ’s of a name."""
    is_question: bool = False
    """Whether this only asks about a name: its words are shown as long as nobody has answered."""

    @property
    def shown_words(self) -> tuple[str, ...]:
        """The words that are shown instead."""
        return tuple(tokens_of(f"{self.before}{self.replacement or NAME_REMOVED}{self.after}"))


@dataclass(frozen=True)
class CopyWord:
    """One word of the copy and what the editor wants done with it."""

    text: str
    is_cut: bool = False
    redaction: RedactionMark | None = None
    question: RedactionMark | None = None
    """The question about a name that this word is part of."""
    hint: str | None = None
    """None without a mark of doubt; else what it names, mostly nothing."""

    @property
    def is_kept(self) -> bool:
        return not self.is_cut and self.redaction is None


@dataclass
class _WordBuilder:
    """A word being read: pieces with whether they are cut, and a redaction among them."""

    pieces: list[tuple[str, bool]] = field(default_factory=list)
    tail: list[tuple[str, bool]] = field(default_factory=list)
    hidden: RedactionMark | None = None
    hidden_cut: bool = False
    hint: str | None = None

    def add(self, text: str, cut: bool) -> None:
        (self.pieces if self.hidden is None else self.tail).append((text, cut))


class MarkupReader:
    """Reads paragraphs in order; a cut may go on from one to the next."""

    def __init__(self) -> None:
        self._cut_line = 0
        self._redactions = 0
        self._tokens: list[CopyWord] = []
        self._word = _WordBuilder()
        self._line = 0

    @property
    def is_in_cut(self) -> bool:
        return bool(self._cut_line)

    def read(self, text: str, line: int) -> tuple[CopyWord, ...]:
        """The words of one paragraph that begins in `line`.

        Raises BadInput, with the line, for a mark that has no beginning or no end, divides a word,
        or stands inside a redaction.
        """
        self._tokens, self._word = [], _WordBuilder()
        self._line = line
        pieces = list(_PIECE.finditer(text))
        at = 0
        while at < len(pieces):
            piece = pieces[at]
            at += 1
            kind, said = str(piece.lastgroup), piece[str(piece.lastgroup)]
            if kind == "space":
                self._end_word()
                self._line += said.count("\n")
            elif kind == "cut":
                self._toggle(text, piece.start(), piece.end())
            elif kind == "open":
                at = self._redaction(pieces, at)
            elif kind == "hint":
                self._hint(said)
            else:
                self._word.add(said, self.is_in_cut)
        self._end_word()
        return tuple(self._tokens)

    def finish(self) -> None:
        """Raises BadInput where a cut was begun and not ended."""
        if self._cut_line:
            raise BadInput(
                f"Line {self._cut_line}: the cut that begins here with ~~ has no end.",
                "Put ~~ behind its last word. To write ~~ as a word, put \\ before it.",
            )

    def _toggle(self, text: str, start: int, end: int) -> None:
        opens = (start == 0 or text[start - 1].isspace()) and not text[end : end + 1].isspace()
        opens = opens and end < len(text)
        closes = start > 0 and not text[start - 1].isspace()
        closes = closes and (end == len(text) or text[end].isspace())
        if self.is_in_cut and opens:
            raise BadInput(
                f"Line {self._line}: a cut begins with ~~ inside the one that begins in line "
                f"{self._cut_line}.",
                f"Nothing was changed. Put ~~ where the cut of line {self._cut_line} ends.",
            )
        if not self.is_in_cut and closes:
            raise BadInput(
                f"Line {self._line}: ~~ ends a cut here that has no beginning.",
                "Nothing was changed. Put ~~ before its first word.",
            )
        self._cut_line = 0 if self.is_in_cut else self._line

    def _redaction(self, pieces: list[re.Match[str]], at: int) -> int:
        """Read from behind `[[` to behind `]]`; the index of the next piece."""
        if self._word.hidden is not None:
            self._end_word()
        opened = self._line
        parts: list[list[str]] = [[]]
        asked = False
        for index in range(at, len(pieces)):
            piece = pieces[index]
            kind, said = str(piece.lastgroup), piece[str(piece.lastgroup)]
            if kind == "close":
                self._hide(parts, opened, asked=asked)
                return index + 1
            if kind in ("cut", "open"):
                break
            if kind == "bar" and len(parts) == 1:
                parts.append([])
            elif kind == "space":
                self._line += said.count("\n")
                parts[-1].append(" ")
            elif kind == "plain" and said.startswith("?") and not "".join(parts[0]).strip():
                asked = True
                parts[0].append(said[1:])
            elif kind != "hint":
                parts[-1].append(said)
        raise BadInput(
            f"Line {opened}: the redaction that begins here with [[ has no end in its paragraph, "
            "or another mark is inside it.",
            "Write it as [[said|shown]], with nothing but words inside. To write [[ as words, put "
            "\\ before it. A cut may go around a redaction.",
        )

    def _hide(self, parts: list[list[str]], line: int, *, asked: bool) -> None:
        said = tuple(tokens_of("".join(parts[0])))
        shown = " ".join(tokens_of("".join(parts[1]))) if len(parts) > 1 else ""
        if not said:
            raise BadInput(
                f"Line {line}: this redaction says nothing that is heard.",
                "Put what is said before the stroke: [[said|shown]]",
            )
        if [*map(normalised, said)] == [normalised(word) for word in shown.split()]:
            raise BadInput(
                f"Line {line}: this redaction shows the very words that it hides.",
                "Put what may be shown behind the stroke: [[said|shown]]",
            )
        self._redactions += 1
        shown = "" if shown == NAME_REMOVED else shown
        self._word.hidden = RedactionMark(self._redactions, said, shown, is_question=asked)
        self._word.hidden_cut = self.is_in_cut

    def _hint(self, said: str) -> None:
        hint = hint_text(said)
        self._line += said.count("\n")
        if self._word.pieces or self._word.hidden is not None:
            self._word.hint = hint
        elif self._tokens:
            self._tokens[-1] = replace(self._tokens[-1], hint=hint)

    def _end_word(self) -> None:
        word, self._word = self._word, _WordBuilder()
        tokens, left = self._made(word)
        if tokens:
            tokens[-1] = _decided(tokens[-1], word.hint)
        self._tokens += tokens
        self._attach(left)

    def _made(self, word: _WordBuilder) -> tuple[list[CopyWord], str]:
        """The tokens of a word, and punctuation that is left of it outside a cut."""
        if word.hidden is None:
            kept, gone = _parts(word.pieces)
            if not gone:
                return ([CopyWord(kept)] if kept else []), ""
            if _has_letters(kept):
                raise self._divides()
            return [CopyWord(gone, is_cut=True)], kept
        ahead, behind = [_parts(part) for part in (word.pieces, word.tail)]
        inside = 1 if word.hidden_cut else 0
        before, after = ahead[inside], behind[inside]
        left = behind[1 - inside]
        others = ahead[1 - inside] + left
        if _has_letters(others) or before[-1:].isalnum() or after[:1].isalnum():
            raise self._divides()
        hidden = replace(word.hidden, before=before, after=after)
        texts = list(hidden.words)
        texts[0] = before + texts[0]
        texts[-1] += after
        if not hidden.is_question:
            return [CopyWord(as_token(text), word.hidden_cut, hidden) for text in texts], left
        question = None if word.hidden_cut else hidden
        return [
            CopyWord(as_token(text), word.hidden_cut, question=question) for text in texts
        ], left

    def _attach(self, left: str) -> None:
        """A full stop behind a cut ends the sentence that is left."""
        mark = _CLOSING.match(left)
        if not mark or not self._tokens or not self._tokens[-1].is_cut:
            return
        for at in range(len(self._tokens) - 1, -1, -1):
            before = self._tokens[at]
            if before.is_cut:
                continue
            if before.redaction is None and before.text[-1:].isalnum():
                self._tokens[at] = replace(before, text=before.text + mark[0])
            return

    def _divides(self) -> BadInput:
        return BadInput(
            f"Line {self._line}: a cut or a redaction begins or ends inside a word here.",
            "Nothing was changed. Mark whole words.",
        )


def _parts(pieces: Sequence[tuple[str, bool]]) -> tuple[str, str]:
    """What is kept of a word, and what is cut."""
    kept = "".join(text for text, cut in pieces if not cut)
    gone = "".join(text for text, cut in pieces if cut)
    return as_token(kept), as_token(gone)


def _decided(one: CopyWord, hint: str | None) -> CopyWord:
    """Words that are cut or redacted were looked at: no doubt is left."""
    return replace(one, hint=hint) if one.is_kept else one


def _has_letters(text: str) -> bool:
    return any(map(str.isalnum, text))


def write_words(tokens: Sequence[CopyWord]) -> str:
    """The text of a paragraph: reading it back gives these tokens."""
    parts = []
    for cut, run in groupby(tokens, key=lambda one: one.is_cut):
        said = " ".join(_units(list(run)))
        parts.append(f"~~{said}~~" if cut else said)
    return " ".join(parts)


def _units(tokens: Sequence[CopyWord]) -> Iterator[str]:
    for hidden, run in groupby(tokens, key=lambda one: one.redaction or one.question):
        if hidden is not None:
            yield write_redaction(hidden) + _doubt([*run][-1])
            continue
        for one in run:
            yield escape(one.text) + _doubt(one)


def _doubt(one: CopyWord) -> str:
    return "" if one.hint is None else f"(?{one.hint})"


def write_redaction(hidden: RedactionMark) -> str:
    """A redaction, or a question about a name, as it is written."""
    said = " ".join(map(_within, hidden.words))
    if said.startswith("?"):
        said = f"\\{said}"
    if hidden.is_question:
        said = f"?{said}"
    shown = f"|{' '.join(map(_within, hidden.replacement.split()))}" if hidden.replacement else ""
    return f"{_inside(hidden.before)}[[{said}{shown}]]{_inside(hidden.after)}"


def escape(word: str) -> str:
    """A word as it can stand anywhere in the copy, and is no mark."""
    safe = word.replace("\\", "\\\\").replace("~", "\\~").replace("(?", "\\(?")
    safe = safe.replace("[[", "\\[\\[")
    if safe.startswith(("#", "<!--")) or _STAMP_LIKE.match(safe):
        return f"\\{safe}"
    return safe


def _within(text: str) -> str:
    """A word between the brackets: a bracket by itself needs no backslash there."""
    for mark in ("\\", "~", "|"):
        text = text.replace(mark, f"\\{mark}")
    return text.replace("[[", "\\[\\[").replace("]]", "\\]\\]").replace("(?", "\\(?")


def _inside(text: str) -> str:
    for mark in ("\\", "~", "[", "]", "|"):
        text = text.replace(mark, f"\\{mark}")
    text = text.replace("(?", "\\(?")
    return f"\\{text}" if text.startswith(("#", "<!--")) else text
