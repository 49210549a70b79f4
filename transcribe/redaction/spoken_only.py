"""Names that the text no longer says: typed over, or taken out of it, and still heard.

An editor who writes “my sister” over a name changes what is read, not what is heard.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from transcribe.redaction import matching
from transcribe.redaction.exact_matcher import written_hits
from transcribe.redaction.folding import folded_word
from transcribe.redaction.name_list import NameList
from transcribe.redaction.questions import SAME_MOMENT, Answer, Asked, Said
from transcribe.redaction.text_model import Heard, Hit, Talk, targets_of
from transcribe.words import Span, Transcript, Word


@dataclass(frozen=True)
class Unwritten:
    """A listed name in the literal words that is neither written nor taken out."""

    start: int
    end: int
    about: str = field(repr=False)
    said: str = field(repr=False)
    """The folded words."""
    words: str = field(repr=False)
    """As they were recognised."""
    shown: str


def unwritten(
    transcript: Transcript,
    listed: NameList,
    written: Sequence[Word],
    taken_out: Sequence[Span],
    asked: Asked,
) -> Iterator[Unwritten]:
    """`written` are the words that are left; `taken_out` is what is cut and redacted."""
    if not listed.names:
        return
    talk = Talk([Heard(word.text, word.start, word.end) for word in transcript.words])
    targets = list(targets_of(listed.names))
    for hit in matching.apart([*written_hits(talk, targets)]):
        if hit.sure:
            words = transcript.words[hit.first : hit.last]
            if not all(_is_out(one, taken_out) or _is_written(one, written) for one in words):
                one = _of(words, hit)
                if not _is_answered(one, asked):
                    yield one


def _of(words: Sequence[Word], hit: Hit) -> Unwritten:
    texts = [word.text for word in words]
    said = "".join(map(folded_word, texts))
    return Unwritten(words[0].start, words[-1].end, hit.about, said, " ".join(texts), hit.shown)


def _is_out(word: Word, taken_out: Sequence[Span]) -> bool:
    middle = (word.start + word.end) // 2
    return any(span.start <= middle <= span.end for span in taken_out)


def _is_written(word: Word, written: Sequence[Word]) -> bool:
    """Whether this word stands in the text at its time: then it is found there."""
    fold = folded_word(word.text)
    return any(
        other.end >= word.start and other.start <= word.end and folded_word(other.text) == fold
        for other in written
    )


def _is_answered(one: Unwritten, asked: Asked) -> bool:
    return any(
        question.answer is Answer.NO
        and question.unwritten
        and (question.said, question.about) == (one.said, one.about)
        and abs(question.start - one.start) <= SAME_MOMENT
        for question in asked.questions
    )


def words_left(said: Sequence[Said]) -> list[Word]:
    """The words of a copy that are neither cut nor redacted."""
    return [one.word for one in said if one.token.kept]
