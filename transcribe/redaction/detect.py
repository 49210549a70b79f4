"""Look through the words of a story for what must not be heard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from transcribe.editing.inline_markup import NAME_REMOVED, RedactionMark
from transcribe.redaction.match_exact import written_hits
from transcribe.redaction.match_patterns import pattern_hits
from transcribe.redaction.match_phonetic import sounding_hits
from transcribe.redaction.name_list import NameList
from transcribe.redaction.normalise import bare, folded, folded_word, is_ordinary
from transcribe.redaction.questions import SAME_MOMENT, Answer, Asked, Said, locate
from transcribe.redaction.text_model import Heard, Hit, Talk, Target, targets_of
from transcribe.words import Span, Transcript, Word

_LEAST_NAME = 3  # letters of a redacted word that is looked for elsewhere


@dataclass(frozen=True)
class Find:
    """Words of the copy that are or may be something that must not be heard."""

    places: tuple[int, ...]
    """Numbers of the copy’s words, in order; what is cut between them is left out."""
    start: int
    """When they are said, in milliseconds."""
    hit: Hit
    earlier: Answer | None = None
    """What became of a mark that was written for the same words before."""

    @property
    def is_question(self) -> bool:
        """A redaction that the editor took away is asked about, however sure the find is."""
        return not self.hit.sure or self.earlier in (Answer.UNDONE, Answer.AGAIN)


def look(
    said: Sequence[Said],
    listed: NameList,
    asked: Asked,
    marks: Iterable[RedactionMark] | None = None,
) -> list[Find]:
    """Everything that is said, not redacted, and not answered for, in order.

    `marks` are the redactions whose words are looked for elsewhere: those of `said` by default.
    """
    left = [number for number, one in enumerate(said) if one.token.is_kept]
    talk = Talk(list(_heard(said, left)))
    own = list(targets_of(listed.names))
    targets = [*own, *redacted(redactions(said) if marks is None else marks, own)]
    hits = without_overlaps([*name_hits(talk, targets), *pattern_hits(talk, own)])
    known = _answered(said, asked)
    finds = []
    for hit in hits:
        places = tuple(left[hit.first : hit.last])
        if not _is_answered(hit, places, known):
            finds.append(
                Find(places, said[places[0]].word.start, hit, _earlier(hit, places, known))
            )
    return finds


def _heard(said: Sequence[Said], left: Sequence[int]) -> Iterator[Heard]:
    before = -1
    for number in left:
        one = said[number]
        between = said[before + 1 : number]
        gap = any(other.token.redaction is not None and not other.token.is_cut for other in between)
        opens = before < 0 or said[before].paragraph != one.paragraph
        yield Heard(one.token.text, one.word.start, one.word.end, opens, after_gap=gap)
        before = number


def redactions(said: Sequence[Said]) -> list[RedactionMark]:
    """Every redaction among these words, once."""
    marks = (one.token.redaction for one in said if not one.token.is_cut)
    return list({mark.number: mark for mark in marks if mark is not None}.values())


def redacted(marks: Iterable[RedactionMark], listed: Sequence[Target] = ()) -> Iterator[Target]:
    """What the copy’s own redactions hide, to be looked for elsewhere: names, never small words."""
    known = {"".join(words) for target in listed for words in target.exact}
    for words, shown in own_words(marks):
        about = "".join(map(folded_word, words))
        if about and about not in known:
            known.add(about)
            spelt = tuple(filter(None, map(folded_word, words)))
            yield Target(about, shown, 0, exact=(), asked=(spelt,))


def own_words(marks: Iterable[RedactionMark]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The words that redactions hide as far as they are like names, with what is shown."""
    for mark in marks:
        shown = mark.replacement or NAME_REMOVED
        plain = tuple(word for word in (bare(one)[1] for one in mark.words) if word)
        if len(plain) > 1 and any(map(_is_name, plain, (False, *(True for _ in plain[1:])))):
            yield plain, shown
        for word in plain:
            if word[:1].isupper() and _is_name(word, inside=False):
                yield (word,), shown


def _is_name(word: str, inside: bool) -> bool:
    """Whether a word is no word of ordinary talk, or has a capital that no sentence gave it."""
    letters = folded(word)
    if inside and word[:1].isupper() and len(letters) > 1 and not letters.isdigit():
        return letters[:1] != "i" or not is_ordinary(letters)
    return len(letters) >= _LEAST_NAME and not is_ordinary(letters)


def _answered(said: Sequence[Said], asked: Asked) -> list[tuple[set[int], str, Answer]]:
    """The words that were asked about and stand unmarked, with what they were asked about."""
    known = []
    taken: set[int] = set()
    for question in (one for one in asked.questions if not one.unwritten):
        place = locate(question, said, taken)
        if place is not None:
            taken.update(place)
            known.append((set(place), question.about, question.answer))
    return known


_Known = Sequence[tuple[set[int], str, Answer]]


def _is_answered(hit: Hit, places: Sequence[int], known: _Known) -> bool:
    """Whether every word of it stood in a question that was answered with no."""
    covered: set[int] = set()
    for words, about, answer in known:
        # What an answer says of the words holds for what only the copy’s redactions make of them.
        same = about == hit.about or (not hit.sure and (not about or not hit.number))
        if answer is Answer.NO and same:
            covered |= words
    return covered.issuperset(places)


def _earlier(hit: Hit, places: Sequence[int], known: _Known) -> Answer | None:
    return next(
        (
            answer
            for words, about, answer in known
            if about == hit.about and not words.isdisjoint(places)
        ),
        None,
    )


def name_hits(talk: Talk, targets: Sequence[Target]) -> Iterator[Hit]:
    """Every hit, of which one may lie over another: see `apart`."""
    yield from written_hits(talk, targets)
    yield from sounding_hits(talk, targets)


def without_overlaps(found: Sequence[Hit]) -> list[Hit]:
    """Hits that do not overlap: sure before asked, then the likest, then the longest."""
    taken: set[int] = set()
    chosen: list[Hit] = []
    ranked = sorted(
        found, key=lambda one: (not one.sure, one.unlike, one.first - one.last, one.first)
    )
    for hit in ranked:
        span = range(hit.first, hit.last)
        if taken.isdisjoint(span):
            taken.update(span)
            chosen.append(hit)
    return sorted(chosen, key=lambda one: one.first)


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
    for hit in without_overlaps([*written_hits(talk, targets)]):
        if hit.sure:
            words = transcript.words[hit.first : hit.last]
            if not all(_is_out(one, taken_out) or _is_written(one, written) for one in words):
                one = _unwritten_of(words, hit)
                if not _is_dismissed(one, asked):
                    yield one


def _unwritten_of(words: Sequence[Word], hit: Hit) -> Unwritten:
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


def _is_dismissed(one: Unwritten, asked: Asked) -> bool:
    return any(
        question.answer is Answer.NO
        and question.unwritten
        and (question.said, question.about) == (one.said, one.about)
        and abs(question.start - one.start) <= SAME_MOMENT
        for question in asked.questions
    )


def words_left(said: Sequence[Said]) -> list[Word]:
    """The words of a copy that are neither cut nor redacted."""
    return [one.word for one in said if one.token.is_kept]
