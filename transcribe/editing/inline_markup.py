r"""Read and write the marks inside a paragraph of the editor's copy.

    she said ~~that Daniel was~~ it was      a cut: taken out of film, captions and transcript
    I care for [[Daniel|my son]].            a redaction: silenced, and “my son” is shown
    then [[?Chevonne|my sister]] came        a question: is this a name? Shown until answered
    they gave him Danielle(?)                a hint: heard unsurely; ignored, easy to delete
    his see pa(?CPA)                         a hint with what was perhaps said
    [[Daniel|my son]]{-120,+80} ~~no~~{,+80} edges of a redaction and a cut, moved by milliseconds

Reading gives words with their marks, and writing them gives the text back. A backslash before a
mark makes it a word: whatever was said can be written here and read back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from typing import Literal, NamedTuple

from library.core.errors import BadInput
from transcribe.editing import moved_edges
from transcribe.editing.moved_edges import (
    LONGEST_BRACES,
    NOT_MOVED,
    MovedEdges,
    are_plainly_edges,
    begins_edges,
    edges_of_cut,
    edges_of_redaction,
)
from transcribe.editing.replacements import complete, plural_possessive
from transcribe.editing.text_places import CopyRefused, Place, Repair, blank
from transcribe.glossary import hint_text
from transcribe.words import (
    UNSEEN_SPACE,
    as_token,
    loose_spaces,
    normalised,
    stands_close,
    tokens_of,
)

NAME_REMOVED = "[name removed]"
"""Shown for redacted words where the editor wrote no replacement."""

# At the beginning of a paragraph such a word would be read as the paragraph's time stamp.
_LIKE_TIME_STAMP = re.compile(r"^\[\d{1,3}[:.]")
# The order matters: an escaped character comes before the marks, and a single character that is no
# part of a mark comes last.
_PIECE = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|(?P<cut>~~)|(?P<open>\[\[)|(?P<close>\]\](?!\]))|(?P<bar>\|)"
    r"|\(\?(?P<hint>[^()\\~\[\]|]{0,80})\)"
    r"|(?P<space>[\s\u200b]+)|(?P<plain>[^\\~\[\]|({}\s\u200b]+|.)",
    re.DOTALL,
)
_BRACES = re.compile(rf"\{{(?P<content>[^{{}}\\~\[\]|(]{{0,{LONGEST_BRACES}}})\}}")
_HINT = re.compile(r"\(\?[^()\\~\[\]|]{0,80}\)")
_FURTHEST_EDGES = 100
"""Characters behind a mark: a hint may stand between."""
_ENDS_WITH_MARK = re.compile(rf"(?:\]\]|~~)(?:\{{[-+0-9,]*\}})?(?:{_HINT.pattern})?$")
_CLOSING_PUNCTUATION = re.compile(r"^[.,;:!?…]+")


@dataclass(frozen=True)
class RedactionMark:
    """A redaction, or a question about a name, as written. All of its words hold the same one."""

    number: int
    """Tells two redactions of the same words apart."""
    words: tuple[str, ...]
    """The words that are hidden."""
    replacement: str = ""
    """Shown instead; empty where the editor wrote nothing: then NAME_REMOVED is shown."""
    before: str = ""
    """Attached before it without a space: an opening quote."""
    after: str = ""
    """Attached after it: a full stop, or the ’s of a name."""
    is_question: bool = False
    """Set where it only asks about a name: its words are shown until somebody answers."""
    edges: MovedEdges = NOT_MOVED
    """Moved edges of its silence."""
    place: Place | None = field(default=None, compare=False, repr=False)
    """Characters of the whole mark in the file it was read from."""

    @property
    def shown_words(self) -> tuple[str, ...]:
        """Return the words that are shown instead."""
        shown = complete(tokens_of(self.replacement or NAME_REMOVED), self.words, self.after)
        after = plural_possessive(shown, self.after)
        return tuple(tokens_of(f"{self.before}{' '.join(shown)}{after}"))


@dataclass(frozen=True, slots=True)
class CopyWord:
    """A word of the editor's copy with the marks on it."""

    text: str
    is_cut: bool = False
    redaction: RedactionMark | None = None
    question: RedactionMark | None = None
    """The question about a name that this word is part of."""
    hint: str | None = None
    """Text of the hint after it, mostly empty; None without one."""
    cut_edges: MovedEdges = NOT_MOVED
    """Moved edges of the cut that ends with this word."""
    place: Place | None = field(default=None, compare=False, repr=False)
    """Its characters in the file it was read from, without the marks about it."""
    hint_place: Place | None = field(default=None, compare=False, repr=False)
    cut_place: Place | None = field(default=None, compare=False, repr=False)
    """Characters of the cut that ends with this word, from ~~ to ~~ or the edges behind it."""

    @property
    def is_kept(self) -> bool:
        return not self.is_cut and self.redaction is None


class _WordPiece(NamedTuple):
    """Characters of a word, where they stand in the text, and whether they are cut."""

    text: str
    start: int
    end: int
    is_cut: bool


@dataclass
class _WordBuilder:
    """A word being read: its pieces, and a redaction among them."""

    pieces: list[_WordPiece] = field(default_factory=list)
    tail: list[_WordPiece] = field(default_factory=list)
    """Pieces after the redaction."""
    redaction: RedactionMark | None = None
    redacted: tuple[_WordPiece, ...] = ()
    """The words of the redaction."""
    is_redaction_cut: bool = False
    hint: str | None = None
    hint_place: Place | None = None
    cut_edges: MovedEdges = NOT_MOVED
    cut_place: Place | None = None

    def add(self, piece: _WordPiece) -> None:
        (self.pieces if self.redaction is None else self.tail).append(piece)


@dataclass
class _RedactionParts:
    """Parts of a redaction: the words said, and after the first stroke those shown."""

    start: int
    parts: list[list[str]] = field(default_factory=lambda: [[]])
    said: list[_WordPiece] = field(default_factory=list)
    """Each run of characters without a space that is said."""
    bar: int = -1
    is_question: bool = False
    _is_in_word: bool = False

    def add(self, content: str, start: int, end: int) -> None:
        if len(self.parts) == 1:
            before = self.said.pop() if self._is_in_word else _WordPiece("", start, start, False)
            self.said.append(_WordPiece(before.text + content, before.start, end, False))
            self._is_in_word = True
        self.parts[-1].append(content)

    def add_space(self) -> None:
        self._is_in_word = False
        self.parts[-1].append(" ")

    @property
    def is_blank(self) -> bool:
        """True before the first word."""
        return len(self.parts) == 1 and not "".join(self.parts[0]).strip()


class _MarkBefore(NamedTuple):
    """The mark that was read last, behind which moved edges may stand."""

    kind: Literal["opening", "cut", "redaction", "moved"]
    """Beginning or end of a cut, end of a redaction, or of edges that were read."""
    end: int
    """Its end in the text."""


class MarkupReader:
    """Reads paragraphs in order; a cut may go on from one to the next."""

    def __init__(self) -> None:
        self._cut_line = 0
        self._cut_place = Place(0, 0)  # of the ~~ with which the cut began
        self._redactions = 0
        self._words: list[CopyWord] = []
        self._builder = _WordBuilder()
        self._line = 0
        self._text = ""
        self._places: Sequence[int] = ()
        self._mark: _MarkBefore | None = None

    @property
    def _is_in_cut(self) -> bool:
        return bool(self._cut_line)

    def read(
        self, text: str, line: int, places: Sequence[int] | None = None
    ) -> tuple[CopyWord, ...]:
        """Return the words of one paragraph that begins in `line`.

        `places` are those of its characters in the file; without them they are counted from its
        beginning. Raises CopyRefused, with the line, for a mark that has no beginning or no end,
        divides a word, or stands inside a redaction.
        """
        self._text, self._places = _without_loose_spaces(text, places)
        self._words, self._builder = [], _WordBuilder()
        self._line = line
        self._mark = None
        pieces = list(_PIECE.finditer(self._text))
        at = 0
        while at < len(pieces):
            piece = pieces[at]
            at += 1
            kind = piece.lastgroup
            if kind == "space":
                self._end_word()
                self._line += piece[0].count("\n")
            elif kind == "plain" and piece[0] != "{" and self._is_whole_word(pieces, at):
                self._add_plain_word(piece)
            elif kind == "cut":
                self._end_close_word(piece)
                self._toggle_cut(piece.start(), piece.end())
                self._mark = _MarkBefore("opening" if self._is_in_cut else "cut", piece.end())
            elif kind == "open":
                self._end_close_word(piece)
                at = self._read_redaction(pieces, at)
                self._mark = _MarkBefore("redaction", pieces[at - 1].end())
            elif kind == "hint":
                self._add_hint(piece)
            elif piece[0] == "{" and self._has_edges(piece):
                end = self._read_edges(piece.start())
                while at < len(pieces) and pieces[at].end() <= end:
                    at += 1
            else:
                if self._follows_mark(piece):
                    self._end_word()
                self._builder.add(_WordPiece(piece[str(kind)], *piece.span(), self._is_in_cut))
        self._end_word()
        return tuple(self._words)

    def _is_whole_word(self, pieces: Sequence[re.Match[str]], following: int) -> bool:
        """Return True for a piece that no mark touches, as nearly all are."""
        builder = self._builder
        return (
            (following == len(pieces) or pieces[following].lastgroup == "space")
            and not builder.pieces
            and builder.redaction is None
        )

    def _add_plain_word(self, piece: re.Match[str]) -> None:
        text = as_token(piece[0])
        if text:
            place = self._place(piece.start(), piece.end())
            self._words.append(CopyWord(text, self._is_in_cut, place=place))

    def _place(self, start: int, end: int) -> Place:
        """Return where characters of the text stand in the file."""
        return Place(self._places[start], self._places[end - 1] + 1)

    def _end_close_word(self, mark: re.Match[str]) -> None:
        """End a word before a mark where no space would stand: marks part words there."""
        before = self._text[mark.start() - 1 : mark.start()] if mark.start() else ""
        if before and stands_close(before, before) and not _opens(before):
            self._end_word()

    def _has_edges(self, brace: re.Match[str]) -> bool:
        """Return True where a brace begins edges of the mark before it, and no words."""
        text, mark, at = self._text, self._mark, brace.start()
        if mark is None or at - mark.end > _FURTHEST_EDGES:
            return False
        between = _HINT.sub("", text[mark.end : at])
        ends_mark = mark.kind in ("cut", "redaction")
        if ends_mark and not between:
            return begins_edges(text[at : at + LONGEST_BRACES])
        # Elsewhere they may be words: only what can be nothing else is taken for edges.
        is_attached = ends_mark and not any(map(str.isspace, between))
        is_near = is_attached or not between.strip()
        return is_near and _stand_edges(text, at)

    def _read_edges(self, at: int) -> int:
        """Read the edges that begin at the brace `at`; return where they end."""
        kind = self._mark.kind if self._mark else "opening"
        braces = _BRACES.match(self._text, at)
        line = self._line
        if braces is None:
            is_whole = "}" in self._text[at : at + LONGEST_BRACES]
            refused = moved_edges.unclear(line) if is_whole else moved_edges.unfinished(line)
            raise self._refused_at(refused, at, at + 1)
        self._line += braces[0].count("\n")
        self._mark = _MarkBefore("moved", braces.end())
        try:
            if kind == "redaction":
                edges = edges_of_redaction(braces["content"], line)
                self._move_redaction(self._placed(edges, braces), braces.end())
            elif kind == "cut":
                edges = edges_of_cut(braces["content"], line)
                self._move_cut(self._placed(edges, braces), braces.end())
            else:
                twice = kind == "moved"
                where = "twice behind one mark" if twice else "where a cut begins"
                raise moved_edges.misplaced(line, where)
        except BadInput as refused:
            raise self._refused_at(refused, *braces.span()) from None
        return braces.end()

    def _placed(self, edges: MovedEdges, braces: re.Match[str]) -> MovedEdges:
        return replace(edges, places=(self._place(*braces.span()),))

    def _refused_at(self, refused: BadInput, start: int, end: int) -> CopyRefused:
        return CopyRefused.at(refused, self._line, self._place(start, end))

    def _move_redaction(self, edges: MovedEdges, end: int) -> None:
        """Give edges to the redaction, or the question, that ended last."""
        if self._builder.redaction is not None:
            self._builder.redaction = self._moved(self._builder.redaction, edges, end)
            return
        number = self._redactions
        for at in range(len(self._words) - 1, -1, -1):
            word = self._words[at]
            if word.redaction is not None and word.redaction.number == number:
                moved = self._moved(word.redaction, edges, end)
                self._words[at] = replace(word, redaction=moved)
            elif word.question is not None and word.question.number == number:
                moved = self._moved(word.question, edges, end)
                self._words[at] = replace(word, question=moved)
            else:
                return

    def _moved(self, mark: RedactionMark, edges: MovedEdges, end: int) -> RedactionMark:
        """Return a mark with edges behind it that end at `end`."""
        place = mark.place and Place(mark.place.start, self._place(end - 1, end).end)
        return replace(mark, edges=edges, place=place)

    def _move_cut(self, edges: MovedEdges, end: int) -> None:
        """Give edges to the cut that ended last: to its last word."""
        place = Place(self._cut_place.start, self._place(end - 1, end).end)
        if self._builder.pieces or self._builder.redaction is not None:
            self._builder.cut_edges, self._builder.cut_place = edges, place
        elif self._words and self._words[-1].is_cut:
            self._words[-1] = replace(self._words[-1], cut_edges=edges, cut_place=place)
        else:
            raise moved_edges.misplaced(edges.line, "behind a mark without a word before it")

    def _follows_mark(self, piece: re.Match[str]) -> bool:
        """Return True for a word of a script without spaces that a mark parts from the last."""
        if not self._text.endswith(("]]", "~~"), 0, piece.start()):
            return False
        first = piece[0][:1]
        return (first.isalnum() or _opens(first)) and stands_close(first, first)

    def finish(self) -> None:
        """Raise CopyRefused where a cut was begun and not ended."""
        if self._cut_line:
            raise CopyRefused(
                self._cut_line,
                "the cut that begins here with ~~ has no end.",
                "Put ~~ after its last word. To write ~~ as a word, put \\ before it.",
                place=self._cut_place,
                repairs=[blank(self._cut_place)],
            )

    def _toggle_cut(self, start: int, end: int) -> None:
        """Begin or end a cut; the spaces about ~~ tell which of the two the editor meant."""
        text, place = self._text, self._place(start, end)
        # Not about unseen ones: nobody knows on which side of it they typed.
        ends_word = end == len(text) or text[end].isspace() or _stand_edges(text, end)
        opens = (start == 0 or text[start - 1].isspace()) and not ends_word
        closes = start > 0 and not text[start - 1].isspace() and ends_word
        if self._is_in_cut and opens:
            raise CopyRefused(
                self._line,
                f"a cut begins with ~~ inside the one that begins in line {self._cut_line}. "
                "Nothing was changed.",
                f"Put ~~ where the cut of line {self._cut_line} ends.",
                place=place,
                repairs=[blank(self._cut_place)],
            )
        if not self._is_in_cut and closes:
            raise CopyRefused(
                self._line,
                "~~ ends a cut here that has no beginning. Nothing was changed.",
                "Put ~~ before its first word.",
                place=place,
                repairs=[blank(place)],
            )
        if self._is_in_cut:
            self._cut_line = 0
            self._cut_place = Place(self._cut_place.start, place.end)
            self._place_cut()
        else:
            self._cut_line, self._cut_place = self._line, place

    def _place_cut(self) -> None:
        """Keep with the last word of a cut where all of the cut stands."""
        if self._builder.pieces or self._builder.redaction is not None:
            self._builder.cut_place = self._cut_place
        elif self._words and self._words[-1].is_cut:
            self._words[-1] = replace(self._words[-1], cut_place=self._cut_place)

    def _read_redaction(self, pieces: list[re.Match[str]], at: int) -> int:
        """Read from after `[[` to after `]]`; return the index of the next piece."""
        # Two redactions without a space between are two words.
        if self._builder.redaction is not None:
            self._end_word()
        first_line = self._line
        opening = pieces[at - 1]
        read = _RedactionParts(opening.start())
        for index in range(at, len(pieces)):
            piece = pieces[index]
            kind = str(piece.lastgroup)
            content = piece[kind]
            if kind == "close":
                self._add_redaction(read, piece.end(), first_line)
                return index + 1
            # Most likely a `]]` was forgotten: to go on would hide the rest of the text.
            if kind in ("cut", "open"):
                break
            if content == "{" and _stand_edges(self._text, piece.start()):
                misplaced = moved_edges.misplaced(self._line, "inside a redaction")
                braces = _BRACES.match(self._text, piece.start()) or piece
                raise self._refused_at(misplaced, *braces.span())
            if kind == "bar" and len(read.parts) == 1:
                read.parts.append([])
                read.bar = piece.start()
            elif kind == "space":
                self._line += content.count("\n")
                read.add_space()
            elif (
                kind == "plain"
                and content.startswith("?")
                and read.is_blank
                and not read.is_question
            ):
                read.is_question = True
                if content[1:]:
                    read.add(content[1:], piece.start() + 1, piece.end())
            elif kind != "hint":
                read.add(content, *piece.span())
        place = self._place(*opening.span())
        raise CopyRefused(
            first_line,
            "the redaction that begins here with [[ has no end in its paragraph, or another mark "
            "is inside it.",
            "Write it as [[said|shown]], with nothing but words inside. To write [[ as words, put "
            "\\ before it. A cut may go around a redaction.",
            place=place,
            repairs=[blank(place)],
        )

    def _add_redaction(self, read: _RedactionParts, end: int, line: int) -> None:
        place = self._place(read.start, end)
        words = tuple(tokens_of("".join(read.parts[0])))
        replacement = " ".join(tokens_of("".join(read.parts[1]))) if len(read.parts) > 1 else ""
        if not words:
            raise CopyRefused(
                line,
                "this redaction says nothing that is heard.",
                "Put what is said before the stroke: [[said|shown]]",
                place=place,
                repairs=[blank(place)],
            )
        # It would be silenced, and still be read on the page.
        if [*map(normalised, words)] == [normalised(word) for word in replacement.split()]:
            raise CopyRefused(
                line,
                "this redaction shows the very words that it hides.",
                "Put what may be shown after the stroke: [[said|shown]]",
                place=place,
                repairs=[blank(self._place(read.bar, end - 2))],
            )
        self._redactions += 1
        replacement = "" if replacement == NAME_REMOVED else replacement
        self._builder.redaction = RedactionMark(
            self._redactions, words, replacement, is_question=read.is_question, place=place
        )
        # A run of characters that are all invisible is no word.
        self._builder.redacted = tuple(piece for piece in read.said if as_token(piece.text))
        self._builder.is_redaction_cut = self._is_in_cut

    def _add_hint(self, piece: re.Match[str]) -> None:
        content = piece["hint"]
        hint, place = hint_text(content), self._place(*piece.span())
        self._line += content.count("\n")
        if self._builder.pieces or self._builder.redaction is not None:
            self._builder.hint, self._builder.hint_place = hint, place
        elif self._words:
            self._words[-1] = replace(self._words[-1], hint=hint, hint_place=place)

    def _end_word(self) -> None:
        builder = self._builder
        if builder.redaction is None and not builder.pieces:
            return
        self._builder = _WordBuilder()
        words, punctuation = self._words_of(builder)
        if words and builder.hint is not None and words[-1].is_kept:
            # A cut or redacted one gets none, for somebody has looked at it.
            words[-1] = replace(words[-1], hint=builder.hint, hint_place=builder.hint_place)
        if words and words[-1].is_cut and builder.cut_place is not None:
            words[-1] = replace(words[-1], cut_edges=builder.cut_edges, cut_place=builder.cut_place)
        self._words += words
        self._move_punctuation(punctuation)

    def _words_of(self, builder: _WordBuilder) -> tuple[list[CopyWord], str]:
        """Return the words of a builder, and punctuation that is left of it outside a cut."""
        if builder.redaction is None:
            uncut, cut = _uncut_and_cut(builder.pieces)
            if not cut:
                return ([CopyWord(uncut, place=self._place_of(builder))] if uncut else []), ""
            if _has_letters(uncut):
                raise self._divides_a_word(builder)
            return [CopyWord(cut, is_cut=True, place=self._place_of(builder, cut=True))], uncut
        is_cut = builder.is_redaction_cut
        pieces, tail = _uncut_and_cut(builder.pieces), _uncut_and_cut(builder.tail)
        same, other = (1, 0) if is_cut else (0, 1)  # of the pairs: uncut and cut
        before, after = pieces[same], tail[same]
        punctuation = tail[other]
        if (
            _has_letters(pieces[other] + punctuation)
            or before[-1:].isalnum()
            or after[:1].isalnum()
        ):
            raise self._divides_a_word(builder)
        redaction = replace(builder.redaction, before=before, after=after)
        texts = list(redaction.words)
        texts[0] = before + texts[0]
        texts[-1] += after
        places = [self._place(piece.start, piece.end) for piece in builder.redacted]
        words = [
            CopyWord(as_token(text), is_cut, redaction, place=place)
            for text, place in zip(texts, places, strict=True)
        ]
        if not redaction.is_question:
            return words, punctuation
        # What is cut need not be asked about: nobody will hear it.
        question = None if is_cut else redaction
        return [replace(word, redaction=None, question=question) for word in words], punctuation

    def _place_of(self, builder: _WordBuilder, *, cut: bool = False) -> Place:
        """Return where a word stands that has no redaction; with `cut` its cut part alone."""
        pieces = [piece for piece in builder.pieces if piece.is_cut or not cut]
        return self._place(pieces[0].start, pieces[-1].end)

    def _move_punctuation(self, text: str) -> None:
        """Move a full stop after a cut to the last word before it: it ends what is left."""
        mark = _CLOSING_PUNCTUATION.match(text)
        if not mark or not self._words or not self._words[-1].is_cut:
            return
        for at in range(len(self._words) - 1, -1, -1):
            before = self._words[at]
            if before.is_cut:
                continue
            if before.redaction is None and before.text[-1:].isalnum():
                self._words[at] = replace(before, text=before.text + mark[0])
            return

    def _divides_a_word(self, builder: _WordBuilder) -> CopyRefused:
        pieces = [*builder.pieces, *builder.tail]
        place = self._place(
            min(piece.start for piece in [*pieces, *builder.redacted]),
            max(piece.end for piece in [*pieces, *builder.redacted]),
        )
        mark = builder.redaction.place if builder.redaction else None
        if mark:
            place = Place(min(place.start, mark.start), max(place.end, mark.end))
            said = self._place(builder.redacted[0].start, builder.redacted[-1].end)
            repairs = [blank(Place(mark.start, said.start)), blank(Place(said.end, mark.end))]
        else:
            repairs = [_around_word(pieces, place)]
        return CopyRefused(
            self._line,
            "a cut or a redaction begins or ends inside a word here. Nothing was changed.",
            "Mark whole words.",
            place=place,
            repairs=repairs,
        )


def _without_loose_spaces(text: str, places: Sequence[int] | None) -> tuple[str, Sequence[int]]:
    """Return a text and its places without unseen spaces that part no words."""
    places = range(len(text)) if places is None else places
    loose = {at for span in loose_spaces(text) for at in range(*span)}
    if not loose:
        return text, places
    kept = [at for at in range(len(text)) if at not in loose]
    return "".join(text[at] for at in kept), [places[at] for at in kept]


def _around_word(pieces: Sequence[_WordPiece], place: Place) -> Repair:
    """Return the repair that puts the mark of a cut beside the word it divides."""
    letters = "".join(piece.text for piece in pieces)
    opens = not pieces[0].is_cut and pieces[-1].is_cut
    closes = pieces[0].is_cut and not pieces[-1].is_cut
    text = f"{'~~' if opens else ''}{letters}{'~~' if closes else ''}"
    length = place.end - place.start
    # Letters that were escaped take less room now.
    return Repair(place, text[:length].ljust(length))


def _opens(character: str) -> bool:
    """Return True for an opening quote or bracket, which belongs to the word after it."""
    return unicodedata.category(character) in ("Ps", "Pi")


def _stand_edges(text: str, at: int) -> bool:
    """Return True where braces begin that can be nothing but moved edges."""
    braces = _BRACES.match(text, at)
    return braces is not None and are_plainly_edges(braces["content"])


def _uncut_and_cut(pieces: Sequence[_WordPiece]) -> tuple[str, str]:
    """Return the uncut part of a word, and the part that is cut."""
    uncut = "".join(piece.text for piece in pieces if not piece.is_cut)
    cut = "".join(piece.text for piece in pieces if piece.is_cut)
    return as_token(uncut), as_token(cut)


def _has_letters(text: str) -> bool:
    return any(map(str.isalnum, text))


def write_words(words: Sequence[CopyWord]) -> str:
    """Return the text of a paragraph: reading it gives these words."""
    parts = []
    for run in _cut_and_kept_runs(words):
        text = _joined(list(_texts(run)))
        if run[0].is_cut:
            # So that words in braces are not read as its edges.
            words_cut = f"\\{text}" if begins_edges(text) else text
            text = f"~~{words_cut}~~{run[-1].cut_edges}"
        parts.append((text, run[0].text, run[-1].text))
    return _joined(parts)


def _cut_and_kept_runs(words: Sequence[CopyWord]) -> Iterator[Sequence[CopyWord]]:
    """Yield the words divided where a cut begins or ends; moved edges end one too."""
    first = 0
    for at, (word, following) in enumerate(pairwise(words), start=1):
        if word.is_cut != following.is_cut or word.cut_edges:
            yield words[first:at]
            first = at
    if words:
        yield words[first:]


_WrittenPart = tuple[str, str, str]
"""A part of the copy's text, with its first and its last word."""


def _joined(parts: Sequence[_WrittenPart]) -> str:
    text = "".join(part for part, _, _ in parts[:1])
    for (mark, _, before), (part, word, _) in pairwise(parts):
        if begins_edges(part) and _ENDS_WITH_MARK.search(mark[-_FURTHEST_EDGES:]):
            part = f"\\{part}"
        text += f"{UNSEEN_SPACE if stands_close(before, word) else ' '}{part}"
    return text


def _texts(words: Sequence[CopyWord]) -> Iterator[_WrittenPart]:
    for mark, run in groupby(words, key=lambda word: word.redaction or word.question):
        marked = list(run)
        if mark is not None:
            written = write_redaction(mark) + _write_hint(marked[-1])
            yield written, marked[0].text, marked[-1].text
            continue
        for word in marked:
            yield escape(word.text) + _write_hint(word), word.text, word.text


def _write_hint(word: CopyWord) -> str:
    return "" if word.hint is None else f"(?{word.hint})"


def write_redaction(mark: RedactionMark) -> str:
    """Return a redaction, or a question about a name, as it is written in the copy."""
    hidden = _joined([(_escape_in_brackets(word), word, word) for word in mark.words])
    if hidden.startswith("?"):
        hidden = f"\\{hidden}"
    if mark.is_question:
        hidden = f"?{hidden}"
    replacement = " ".join(map(_escape_in_brackets, mark.replacement.split()))
    content = f"{hidden}|{replacement}" if mark.replacement else hidden
    after = _escape_braces(_escape_attached(mark.after))
    return f"{_escape_attached(mark.before)}[[{content}]]{mark.edges}{after}"


def escape(word: str) -> str:
    """Return a word as it can stand anywhere in the copy without being read as a mark."""
    # Backslashes first, or those put in here would be doubled.
    safe = word.replace("\\", "\\\\").replace("~", "\\~").replace("(?", "\\(?")
    safe = safe.replace("[[", "\\[\\[")
    if safe.startswith(("#", "<!--")) or _LIKE_TIME_STAMP.match(safe):
        return f"\\{safe}"
    return safe


def _escape_in_brackets(text: str) -> str:
    """Escape a word between [[ and ]]: a single bracket needs no backslash there."""
    # Backslashes first, as in `escape`.
    for mark in ("\\", "~", "|"):
        text = text.replace(mark, f"\\{mark}")
    text = text.replace("[[", "\\[\\[").replace("]]", "\\]\\]").replace("(?", "\\(?")
    return _escape_braces(text)


def _escape_braces(text: str) -> str:
    """Escape what would be read as moved edges; `{laughs}` is not."""
    return re.sub(r"\{(?![^\W\d_])", r"\\{", text)


def _escape_attached(text: str) -> str:
    """Escape what is attached to a redaction, outside its brackets."""
    # Backslashes first, as in `escape`.
    for mark in ("\\", "~", "[", "]", "|"):
        text = text.replace(mark, f"\\{mark}")
    text = text.replace("(?", "\\(?")
    return f"\\{text}" if text.startswith(("#", "<!--")) else text
