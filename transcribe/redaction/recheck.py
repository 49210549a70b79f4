"""Names in words that were recognised once more, from a film that should hold none of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from library.core.workspace import Workspace
from transcribe.editing.inline_markup import Hidden, Token
from transcribe.redaction.detect import Find, look, redactions
from transcribe.redaction.questions import SAME_MOMENT, Answer, Asked, Said
from transcribe.redaction.suggest import open_copy
from transcribe.words import Span, Word

_BLEEP = "…"


@dataclass(frozen=True)
class Again:
    """Recognised words `first` up to, not including, `last`, that are or may be a name."""

    first: int
    last: int
    sure: bool
    number: int
    """Of the entry in the private list, from 1; 0 where the editor redacted it by hand, or where
    it is a number or an address."""


def heard_again(
    workspace: Workspace, story_id: str, words: Sequence[Word], silenced: Sequence[Span]
) -> tuple[Again, ...]:
    """What is listed, or was redacted by hand, among `words`, in their order.

    `words` have their times on the recording’s clock, for what the editor answered about a moment
    holds here too. `silenced` are the redacted spans: no name goes on across one. What is in no
    list is never sure. Raises BadInput for a list or an editor’s copy that cannot be read.
    """
    copy = open_copy(workspace, story_id)
    said = list(_said(words, silenced))
    place = [at for at, one in enumerate(said) if one.token.kept]
    number_of = {at: number for number, at in enumerate(place)}
    finds = look(said, copy.listed, copy.asked, redactions(copy.said))
    return tuple(
        Again(
            number_of[find.places[0]],
            number_of[find.places[-1]] + 1,
            find.hit.sure and bool(find.hit.number),
            find.hit.number,
        )
        for find in finds
        if not _is_answered(find, said, copy.asked)
    )


def _said(words: Sequence[Word], silenced: Sequence[Span]) -> Iterator[Said]:
    """The words, with something that is hidden wherever a span lies between two of them."""
    gone = Token(_BLEEP, hidden=Hidden(0, (_BLEEP,)))
    if words:
        yield Said(Token(words[0].text), words[0], 0)
    for before, word in pairwise(words):
        if any(before.start < (span.start + span.end) // 2 < word.end for span in silenced):
            yield Said(gone, Word(text=_BLEEP, start=word.start, end=word.start), 0)
        yield Said(Token(word.text), word, 0)


def _is_answered(find: Find, said: Sequence[Said], asked: Asked) -> bool:
    """Whether the editor said of these words, heard where the text says others, that they are no
    name; `look` knows the other answers."""
    fold = "".join(said[at].fold for at in find.places)
    return any(
        question.answer is Answer.NO
        and question.unwritten
        and (question.said, question.about) == (fold, find.hit.about)
        and abs(question.start - find.start) <= SAME_MOMENT
        for question in asked.questions
    )
