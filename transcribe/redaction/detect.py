"""Find what must not be heard in the words of a story, less what the editor has answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from transcribe.editing.inline_markup import NAME_REMOVED, CopyWord, RedactionMark
from transcribe.redaction.match_exact import exact_hits
from transcribe.redaction.match_patterns import pattern_hits
from transcribe.redaction.match_phonetic import phonetic_hits
from transcribe.redaction.name_list import NameList
from transcribe.redaction.normalise import folded, folded_word, is_common, split_token
from transcribe.redaction.questions import (
    TIME_TOLERANCE_MS,
    NameAnswer,
    QuestionRecord,
    TimedWord,
    locate_question,
)
from transcribe.redaction.text_model import (
    Hit,
    SearchTarget,
    SpokenText,
    SpokenWord,
    search_targets,
)
from transcribe.words import EditedTranscript, Span, Transcript, Word

_MIN_NAME_LETTERS = 3  # letters of a redacted word that is looked for elsewhere


@dataclass(frozen=True)
class NameFinding:
    """Words of the copy that are or may be something that must not be heard."""

    word_numbers: tuple[int, ...]
    """Numbers of the copy’s words, in order; what is cut between them is left out."""
    start: int
    """Time at which they are said, in milliseconds."""
    hit: Hit
    earlier_answer: NameAnswer | None = None
    """Outcome of a mark that was written for the same words before."""

    @property
    def is_question(self) -> bool:
        """A redaction that the editor took away is asked about, however sure the find is."""
        return not self.hit.is_sure or self.earlier_answer in (NameAnswer.UNDONE, NameAnswer.AGAIN)


def find_names(
    words: Sequence[TimedWord],
    names: NameList,
    record: QuestionRecord,
    marks: Iterable[RedactionMark] | None = None,
) -> list[NameFinding]:
    """Return everything that is said, not redacted, and not answered with no, in order.

    `marks` are the redactions whose words are looked for elsewhere: those of `words` by default.
    """
    # Without what is cut: a name may be said on both sides of a cut.
    spoken = [number for number, word in enumerate(words) if word.token.is_kept]
    spoken_text = SpokenText(list(_spoken_words(words, spoken)))
    listed_targets = list(search_targets(names.names))
    targets = [
        *listed_targets,
        *redaction_targets(redaction_marks(words) if marks is None else marks, listed_targets),
    ]
    hits = without_overlaps(
        [*name_hits(spoken_text, targets), *pattern_hits(spoken_text, listed_targets)]
    )
    answers = _answers_by_words(words, record)
    findings = []
    for hit in hits:
        word_numbers = tuple(spoken[hit.first : hit.last])
        # A full stop that stands alone is no word that anybody is asked about.
        asked_numbers = [number for number in word_numbers if words[number].folded]
        if not _is_answered_no(hit, asked_numbers, answers):
            findings.append(
                NameFinding(
                    word_numbers,
                    words[word_numbers[0]].word.start,
                    hit,
                    _earlier_answer(hit, word_numbers, answers),
                )
            )
    return findings


def _spoken_words(words: Sequence[TimedWord], numbers: Sequence[int]) -> Iterator[SpokenWord]:
    before = -1
    for number in numbers:
        word = words[number]
        between = words[before + 1 : number]
        # Only a redaction parts words; a cut brings them together, as the film does.
        gap = any(other.token.redaction is not None and not other.token.is_cut for other in between)
        opens = before < 0 or words[before].paragraph != word.paragraph
        yield SpokenWord(word.token.text, word.word.start, word.word.end, opens, after_gap=gap)
        before = number


def redaction_marks(words: Sequence[TimedWord]) -> list[RedactionMark]:
    """Return every redaction among these words, once."""
    marks = (word.token.redaction for word in words if not word.token.is_cut)
    return list({mark.number: mark for mark in marks if mark is not None}.values())


def redaction_targets(
    marks: Iterable[RedactionMark], listed: Sequence[SearchTarget] = ()
) -> Iterator[SearchTarget]:
    """Yield the names that redactions hide and no list has, to be looked for elsewhere."""
    known_spellings = {"".join(words) for target in listed for words in target.sure_spellings}
    for words, replacement in redacted_names(marks):
        key = "".join(map(folded_word, words))
        if key and key not in known_spellings:
            known_spellings.add(key)
            spelling = tuple(filter(None, map(folded_word, words)))
            # Never sure: nobody listed it, it only looks like a name.
            yield SearchTarget(key, replacement, 0, sure_spellings=(), unsure_spellings=(spelling,))


def redacted_names(marks: Iterable[RedactionMark]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield the words that redactions hide as far as they look like names, with what is shown."""
    for mark in marks:
        replacement = mark.replacement or NAME_REMOVED
        words = tuple(word for word in (split_token(word)[1] for word in mark.words) if word)
        if len(words) > 1 and any(
            map(_looks_like_name, words, (False, *(True for _ in words[1:])))
        ):
            yield words, replacement
        for word in words:
            if word[:1].isupper() and _looks_like_name(word, is_inside_sentence=False):
                yield (word,), replacement


def _looks_like_name(word: str, is_inside_sentence: bool) -> bool:
    """Return True for a word that is not common, or has a capital that no sentence gave it."""
    letters = folded(word)
    if is_inside_sentence and word[:1].isupper() and len(letters) > 1 and not letters.isdigit():
        # “I’m” and “I’ll” always have a capital.
        return letters[:1] != "i" or not is_common(letters)
    return len(letters) >= _MIN_NAME_LETTERS and not is_common(letters)


def _answers_by_words(
    words: Sequence[TimedWord], record: QuestionRecord
) -> list[tuple[set[int], str, NameAnswer]]:
    """Return the words of each question that the text still says, its key and its answer."""
    answers = []
    taken_words: set[int] = set()
    for question in (question for question in record.questions if not question.is_spoken_only):
        span = locate_question(question, words, taken_words)
        if span is not None:
            taken_words.update(span)
            answers.append((set(span), question.about, question.answer))
    return answers


_AnswersByWords = Sequence[tuple[set[int], str, NameAnswer]]


def _is_answered_no(hit: Hit, word_numbers: Sequence[int], answers: _AnswersByWords) -> bool:
    """Return True if every word of a hit stood in a question that was answered with no."""
    covered: set[int] = set()
    for words, key, answer in answers:
        # What an answer says of the words holds for what only the copy’s redactions make of them.
        is_same = key == hit.key or (not hit.is_sure and (not key or not hit.entry_number))
        if answer is NameAnswer.NO and is_same:
            covered |= words
    # All of them: one word more may be a name that nobody was asked about.
    return covered.issuperset(word_numbers)


def _earlier_answer(
    hit: Hit, word_numbers: Sequence[int], answers: _AnswersByWords
) -> NameAnswer | None:
    return next(
        (
            answer
            for words, about, answer in answers
            if about == hit.key and not words.isdisjoint(word_numbers)
        ),
        None,
    )


def name_hits(text: SpokenText, targets: Sequence[SearchTarget]) -> Iterator[Hit]:
    """Find every listed name; hits may lie over one another: see `without_overlaps`."""
    yield from exact_hits(text, targets)
    yield from phonetic_hits(text, targets)


def without_overlaps(hits: Sequence[Hit]) -> list[Hit]:
    """Choose hits that do not overlap: sure ones first, then the most alike, then the longest."""
    taken_words: set[int] = set()
    chosen: list[Hit] = []
    ranked = sorted(
        hits, key=lambda hit: (not hit.is_sure, hit.distance, hit.first - hit.last, hit.first)
    )
    for hit in ranked:
        span = range(hit.first, hit.last)
        if taken_words.isdisjoint(span):
            taken_words.update(span)
            chosen.append(hit)
    return sorted(chosen, key=lambda hit: hit.first)


@dataclass(frozen=True)
class SpokenOnlyName:
    """A listed name that was recognised and is neither written in the text nor taken out.

    An editor who types “my sister” over a name changes what is read, not what is heard.
    """

    start: int
    end: int
    key: str = field(repr=False)
    folded: str = field(repr=False)
    """The folded words."""
    words: str = field(repr=False)
    """As they were recognised."""
    replacement: str


def find_spoken_only(
    transcript: Transcript,
    names: NameList,
    written: Sequence[Word],
    taken_out: Sequence[Span],
    record: QuestionRecord,
) -> Iterator[SpokenOnlyName]:
    """Yield the listed names that are heard where the text says something else.

    `written` are the words that are left in the text; `taken_out` is what is cut and redacted.
    """
    if not names.names:
        return
    text = SpokenText([SpokenWord(word.text, word.start, word.end) for word in transcript.words])
    targets = list(search_targets(names.names))
    for hit in without_overlaps([*exact_hits(text, targets)]):
        if hit.is_sure:
            words = transcript.words[hit.first : hit.last]
            if not all(
                _is_taken_out(word, taken_out) or _is_written(word, written) for word in words
            ):
                name = _spoken_only_name(words, hit)
                if not is_dismissed(name.folded, name.key, name.start, record):
                    yield name


def _spoken_only_name(words: Sequence[Word], hit: Hit) -> SpokenOnlyName:
    texts = [word.text for word in words]
    folded = "".join(map(folded_word, texts))
    return SpokenOnlyName(
        words[0].start, words[-1].end, hit.key, folded, " ".join(texts), hit.replacement
    )


def _is_taken_out(word: Word, taken_out: Sequence[Span]) -> bool:
    middle = word.middle
    # By its middle: edges of words are only as good as the recogniser's times.
    return any(span.start <= middle <= span.end for span in taken_out)


def _is_written(word: Word, written: Sequence[Word]) -> bool:
    """Return True if the text has this word at its time: then it is found there."""
    spelling = folded_word(word.text)
    return any(
        other.end >= word.start and other.start <= word.end and folded_word(other.text) == spelling
        for other in written
    )


def is_dismissed(folded_words: str, key: str, start: int, record: QuestionRecord) -> bool:
    """Return True if the editor said that what is heard at `start` (ms) is no name.

    For words that are heard where the text says others; `find_names` knows the other answers.
    """
    return any(
        question.answer is NameAnswer.NO
        and question.is_spoken_only
        and (question.said, question.about) == (folded_words, key)
        and abs(question.start - start) <= TIME_TOLERANCE_MS
        for question in record.questions
    )


def remaining_words(words: Sequence[TimedWord]) -> list[Word]:
    """Return the words of a copy that are neither cut nor redacted."""
    return [word.word for word in words if word.token.is_kept]


def applied_words(edited: EditedTranscript) -> Iterator[TimedWord]:
    """Yield the words of `edited.json`, those that stand for a redaction marked as hidden."""
    # Any mark does: these words are on the page already, and are not to be found.
    hidden = RedactionMark(0, ("…",))
    for number, turn in enumerate(edited.turns):
        for word in turn.words:
            is_replacement = any(
                redaction.start <= word.start
                and word.end <= redaction.end
                and word.text in redaction.shown.split()
                for redaction in edited.redactions
            )
            token = CopyWord(word.text, redaction=hidden if is_replacement else None)
            yield TimedWord(token, word, number, turn.speaker)
