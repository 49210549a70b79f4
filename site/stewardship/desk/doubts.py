"""Places of a text that an editor is asked about, in order of time, and what each answer does.

Questions about names are those of `redact review`, with the same answers, remembered in the same
place. The others are hints and marks that stand in the text: to answer one is to change the text,
as an editor would do by hand.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Literal

import msgspec

from library.core.counting import counted
from stewardship.desk.analysis import ReadText
from transcribe.editing.inline_markup import escape
from transcribe.editing.marker_notes import NOTE_PREFIX, NOTE_TEXTS
from transcribe.editing.remark_hints import split_remarks
from transcribe.editing.speaker_turns import UNSURE_QUESTION, UNSURE_VOICE
from transcribe.editing.text_places import Place
from transcribe.editing.transcript_markdown import CopyParagraph
from transcribe.redaction.answers import (
    QuestionView,
    answer_questions,
    hide_possible_name,
    let_be_heard,
    question_views,
    same_questions,
)
from transcribe.redaction.normalise import split_token
from transcribe.redaction.possible_names import PossibleName
from transcribe.redaction.questions import QuestionRecord
from transcribe.redaction.suggest import CopyUnderReview, suggest_marks
from transcribe.redaction.unlisted_names import NameView, may_be_said_everywhere, name_views
from transcribe.words import Span

DoubtKind = Literal["name", "confidence", "voice", "unheard", "marker", "remark"]
_VOICE_TEXTS = frozenset({UNSURE_VOICE, UNSURE_QUESTION})
_SEPARATOR = "; "
_MOST_SPEAKERS = 9  # a digit for each


class DoubtAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to a doubt, given with one key."""

    key: str
    label: str
    needs_words: bool = False
    """True where the editor also types what is shown instead."""


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """A place that an editor is asked about: characters, times on the media clock, and answers."""

    id: str
    kind: DoubtKind
    from_: int = msgspec.field(name="from")
    to: int
    start: int
    end: int
    text: str
    """The words that it is about, as they are written."""
    about: str = ""
    """Further words for the editor: a marker’s note, the name that it may be."""
    suggestion: str = ""
    places: int = 1
    """Number of places that one answer holds for."""
    answers: tuple[DoubtAnswer, ...]


@dataclass(frozen=True)
class GivenAnswer:
    """The text after an answer; for a question about a name also what is to be remembered of it."""

    text: str
    record: QuestionRecord | None = None
    copy: CopyUnderReview | None = None
    names_answered: int = 0
    """Number of names that nobody listed which it answers for."""


@dataclass(frozen=True)
class OpenDoubt:
    """A doubt, with what its answers do. `give` takes a key, and the words shown instead."""

    doubt: Doubt
    give: Callable[[str, str], GivenAnswer] = field(repr=False)


def open_doubts(
    read: ReadText,
    copy: CopyUnderReview | None,
    unlisted: Sequence[PossibleName],
    unmarked: Sequence[int],
    misheard: Mapping[int, int],
) -> list[OpenDoubt]:
    """Return every doubt of a text that was read, in order of time. Nothing is written.

    `copy` is the same text with its questions about names; None where `edit` would refuse it.
    `unlisted` are names that nobody listed or answered for, with their places in it; `unmarked` the
    words where a name is said that `redact suggest` would mark. `misheard` are
    words that a hint of the draft is about: number of the last one recognised → that of the first.
    """
    if read.aligned is None:
        return []
    doubts = [*_HintDoubts(read, misheard).all(), *_unheard_doubts(read)]
    if copy is not None:
        doubts += _name_questions(read, copy)
        doubts += _unlisted_names(read, copy, unlisted)
        doubts += _unmarked_names(read, copy, unmarked)
    doubts.sort(key=lambda each: (each.doubt.start, each.doubt.from_, each.doubt.id))
    return list(_with_own_ids(doubts))


def _with_own_ids(doubts: Sequence[OpenDoubt]) -> Iterator[OpenDoubt]:
    """Yield the doubts, none with the id of another: words that nobody said begin together."""
    seen: Counter[str] = Counter()
    for each in doubts:
        number = seen[each.doubt.id]
        seen[each.doubt.id] += 1
        if number:
            own = msgspec.structs.replace(each.doubt, id=f"{each.doubt.id}-again-{number}")
            each = replace(each, doubt=own)
        yield each


def _spliced(text: str, place: Place, instead: str) -> str:
    return f"{text[: place.start]}{instead}{text[place.end :]}"


# Hints: words heard unsurely, voices in doubt, markers, remarks


class _HintDoubts:
    """Doubts that stand in the text as hints, `(?…)`; one hint may hold several."""

    def __init__(self, read: ReadText, misheard: Mapping[int, int]) -> None:
        self._read = read
        self._misheard = misheard
        self._paragraphs = read.aligned.copy.paragraphs if read.aligned else ()
        self._starts = [0, *accumulate(len(each.words) for each in self._paragraphs)]

    def all(self) -> Iterator[OpenDoubt]:
        for number, word in enumerate(self._read.words):
            if word.hint is None or word.hint_place is None:
                continue
            rest, remarks = split_remarks(word.hint)
            parts = [*filter(None, rest.split(_SEPARATOR)), *remarks] or [""]
            for at, part in enumerate(parts):
                others = _SEPARATOR.join([*parts[:at], *parts[at + 1 :]])
                left = f"(?{others})" if others else ""
                hint = _Hint(number, at, word.hint_place, part, left)
                yield self._doubt(hint, is_remark=part in remarks)

    def _doubt(self, hint: _Hint, *, is_remark: bool) -> OpenDoubt:
        if is_remark:
            done = DoubtAnswer(key="y", label="Done, or talked over: take the mark out")
            return self._of_hint(hint, "remark", done)
        if hint.text in NOTE_TEXTS.values() or hint.text.startswith(NOTE_PREFIX):
            seen = DoubtAnswer(key="y", label="Seen to: take the mark out")
            return self._of_hint(hint, "marker", seen)
        return self._of_voice(hint) if hint.text in _VOICE_TEXTS else self._of_confidence(hint)

    def _of_hint(
        self,
        hint: _Hint,
        kind: DoubtKind,
        *answers: DoubtAnswer,
        give: Callable[[str, str], GivenAnswer] | None = None,
        suggestion: str = "",
        first: int | None = None,
    ) -> OpenDoubt:
        """Return the doubt about words `first` up to the one that has the hint."""
        read = self._read
        first = hint.word if first is None else first
        words = read.words[first : hint.word + 1]
        place = Place((words[0].place or hint.place).start, hint.place.end)
        from_, to = read.offsets.place(place)
        start = read.positions.start[first]
        doubt = Doubt(
            id=f"{kind}-{start}-{hint.number}",
            kind=kind,
            from_=from_,
            to=to,
            start=start,
            end=read.positions.end[hint.word],
            text=" ".join(word.text for word in words),
            about="" if suggestion else hint.text,
            suggestion=suggestion,
            answers=answers,
        )
        return OpenDoubt(doubt, give or (lambda _key, _shown: self._without(hint)))

    def _without(self, hint: _Hint) -> GivenAnswer:
        text, place = self._read.text, hint.place
        # With the space before it: it stands apart from its word.
        is_apart = (
            text[place.start - 1 : place.start] == " "
            and not text[place.end : place.end + 1].strip()
        )
        if is_apart and not hint.others:
            place = Place(place.start - 1, place.end)
        return GivenAnswer(_spliced(text, place, hint.others))

    def _of_confidence(self, hint: _Hint) -> OpenDoubt:
        right = DoubtAnswer(key="y", label="It is right: take the mark out")
        first = self._first_misheard(hint.word)
        passage = self._plain_passage(first, hint.word)
        if not hint.text or passage is None:
            return self._of_hint(hint, "confidence", right, first=first)
        instead = DoubtAnswer(key="t", label=f"Write “{hint.text}”")

        def give(key: str, _shown: str) -> GivenAnswer:
            if key != "t":
                return self._without(hint)
            before = split_token(self._read.words[first].text)[0]
            after = split_token(self._read.words[hint.word].text)[2]
            written = " ".join(map(escape, f"{before}{hint.text}{after}".split()))
            # The hint stands behind the words: changed first, so that their place stays.
            return GivenAnswer(_spliced(self._without(hint).text, passage, written))

        return self._of_hint(
            hint, "confidence", right, instead, give=give, suggestion=hint.text, first=first
        )

    def _first_misheard(self, number: int) -> int:
        """Return the first of the words that a hint after word `number` is about."""
        for block in self._read.aligned.blocks if self._read.aligned else ():
            if block.is_same and block.new_start <= number < block.new_end:
                last = block.old_start + number - block.new_start
                first = number - (last - self._misheard.get(last, last))
                return first if first >= block.new_start else number
        return number

    def _plain_passage(self, first: int, last: int) -> Place | None:
        """Return where words of one paragraph stand that have no mark but the hint."""
        words = self._read.words[first : last + 1]
        is_plain = all(word.is_kept and word.question is None and word.place for word in words)
        is_plain = is_plain and self._paragraph_of(first) is self._paragraph_of(last)
        if not is_plain or words[0].place is None or words[-1].place is None:
            return None
        return Place(words[0].place.start, words[-1].place.end)

    def _paragraph_of(self, number: int) -> CopyParagraph:
        return self._paragraphs[bisect_right(self._starts, number) - 1]

    def _of_voice(self, hint: _Hint) -> OpenDoubt:
        paragraph = self._paragraph_of(hint.word)
        right = DoubtAnswer(key="y", label=f"It is {paragraph.speaker}: take the mark out")
        label = paragraph.label_place
        # Inside a paragraph it has to be divided first, and only by hand.
        if label is None or paragraph.words[0] is not self._read.words[hint.word]:
            return self._of_hint(hint, "voice", right)
        speakers = dict.fromkeys(each.speaker for each in self._paragraphs)
        others = [name for name in speakers if name != paragraph.speaker][:_MOST_SPEAKERS]
        named = [
            DoubtAnswer(key=str(key), label=f"It is {name}")
            for key, name in enumerate(others, start=1)
        ]

        def give(key: str, _shown: str) -> GivenAnswer:
            text = self._without(hint).text
            if key == "y":
                return GivenAnswer(text)
            return GivenAnswer(_spliced(text, label, f"{others[int(key) - 1]}:"))

        return self._of_hint(hint, "voice", right, *named, give=give)


@dataclass(frozen=True)
class _Hint:
    """A part of a hint: its word, its number in the hint, its text, and the hint without it."""

    word: int
    number: int
    place: Place
    text: str
    others: str


# Speech without words


def _unheard_doubts(read: ReadText) -> Iterator[OpenDoubt]:
    if read.aligned is None or read.applied is None:
        return
    exact = {span.start // 1000: span for span in read.applied.unheard}
    copy = read.aligned.copy
    for span, place in zip(copy.unheard, copy.unheard_places, strict=True):
        yield _unheard_doubt(read, exact.get(span.start // 1000, span), place)


def _unheard_doubt(read: ReadText, span: Span, place: Place) -> OpenDoubt:
    from_, to = read.offsets.place(place)
    doubt = Doubt(
        id=f"unheard-{span.start}-{place.start}",
        kind="unheard",
        from_=from_,
        to=to,
        start=span.start,
        end=span.end,
        text="",
        about="Somebody speaks here, and no words were recognised.",
        answers=(DoubtAnswer(key="y", label="There is nothing to write down: take the mark out"),),
    )
    rest = read.text[place.end :]
    behind = Place(place.start, place.end + len(rest) - len(rest.lstrip()))
    return OpenDoubt(doubt, lambda _key, _shown: GivenAnswer(_spliced(read.text, behind, "")))


# Names


def _name_questions(read: ReadText, copy: CopyUnderReview) -> Iterator[OpenDoubt]:
    for view in question_views(copy):
        same = same_questions(copy, view.number)
        answers = [DoubtAnswer(key="n", label="It may be heard: take the mark out")]
        if not view.is_spoken_only:
            answers = [
                DoubtAnswer(key="y", label=f"Hide it, and show “{view.replacement}”"),
                DoubtAnswer(key="o", label="Hide it, with other words", needs_words=True),
                *answers,
            ]
        if len(same) > 1:
            answers.append(DoubtAnswer(key="a", label=f"No to all {len(same)} of these"))
        first, last = view.span.start, view.span.stop
        mark = read.words[first].question if view.span else None
        place = mark.place if mark and mark.place else _place_of_words(read, first, last)
        from_, to = read.offsets.place(place)
        doubt = Doubt(
            id=f"name-{view.number}",
            kind="name",
            from_=from_,
            to=to,
            start=view.at,
            end=read.positions.end[last - 1] if view.span else view.at,
            text=view.words,
            about=view.name,
            suggestion="" if view.is_spoken_only else view.replacement,
            answers=tuple(answers),
        )
        yield OpenDoubt(doubt, _answer_question(copy, view, same))


def _answer_question(
    copy: CopyUnderReview, view: QuestionView, same: Sequence[int]
) -> Callable[[str, str], GivenAnswer]:
    def give(key: str, shown: str) -> GivenAnswer:
        text, record = answer_questions(
            copy,
            same if key == "a" else [view.number],
            is_name=key in ("y", "o"),
            replacement=shown if key == "o" else None,
        )
        return GivenAnswer(text, record, copy)

    return give


def _unlisted_names(
    read: ReadText, copy: CopyUnderReview, names: Sequence[PossibleName]
) -> Iterator[OpenDoubt]:
    for name, view in zip(names, name_views(copy.words, names, copy.record), strict=True):
        answers = [
            DoubtAnswer(key="y", label="Hide it wherever it is said"),
            DoubtAnswer(key="o", label="Hide it, with other words", needs_words=True),
            DoubtAnswer(key="n", label="It may be heard in this story"),
        ]
        if may_be_said_everywhere(name):
            answers.append(DoubtAnswer(key="e", label="It may be heard in every story"))
        first, last = view.span.start, view.span.stop
        from_, to = read.offsets.place(_place_of_words(read, first, last))
        doubt = Doubt(
            id=f"unlisted-{name.said.replace(' ', '-')}",
            kind="name",
            from_=from_,
            to=to,
            start=view.at,
            end=read.positions.end[max(first, last - 1)],
            text=view.words,
            about="Nobody listed it.",
            places=view.count,
            answers=tuple(answers),
        )
        yield OpenDoubt(doubt, _answer_name(copy, view))


def _unmarked_names(
    read: ReadText, copy: CopyUnderReview, unmarked: Sequence[int]
) -> Iterator[OpenDoubt]:
    """Yield one doubt for all the names that `redact suggest` would mark."""
    if not unmarked:
        return
    first = unmarked[0]
    places = counted(len(unmarked), "place")
    from_, to = read.offsets.place(_place_of_words(read, first, first + 1))
    doubt = Doubt(
        id="unmarked",
        kind="name",
        from_=from_,
        to=to,
        start=read.positions.start[first],
        end=read.positions.end[first],
        text=read.words[first].text,
        about="A name or a number that must not be heard, or what may be one, is not marked.",
        places=len(unmarked),
        answers=(DoubtAnswer(key="y", label=f"Hide it, or ask about it, in {places}"),),
    )

    def give(_key: str, _shown: str) -> GivenAnswer:
        suggested = suggest_marks(copy)
        return GivenAnswer(suggested.text, suggested.record, copy)

    yield OpenDoubt(doubt, give)


def _answer_name(copy: CopyUnderReview, view: NameView) -> Callable[[str, str], GivenAnswer]:
    def give(key: str, shown: str) -> GivenAnswer:
        if key in ("n", "e"):
            record = let_be_heard(copy, view.name, everywhere=key == "e")
            return GivenAnswer(copy.text, record, copy, 1)
        listed, text, record = hide_possible_name(copy, view.name, shown if key == "o" else "")
        return GivenAnswer(text, record, listed, 1)

    return give


def _place_of_words(read: ReadText, first: int, last: int) -> Place:
    """Return where words stand; where there are none, the end of the word before them."""
    places = [word.place for word in read.words[first:last] if word.place]
    if places:
        return Place(places[0].start, places[-1].end)
    before = [word.place for word in read.words[max(0, first - 1) : first] if word.place]
    return Place(before[0].end, before[0].end) if before else Place(0, 0)
