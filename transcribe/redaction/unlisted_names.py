"""Questions about names that nobody listed: one for each name of a story, however often it is said.

What may be a name is worked out anew from the words each time (`possible_names`). Kept are the
answers: in `names-asked.json` those about this story, in `may-be-said.yml` those about every story.
A name that must not be heard goes to the private list, and is then looked for like any other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import msgspec

from library.core.workspace import StoryFolder, Workspace
from transcribe.editing.inline_markup import RedactionMark
from transcribe.redaction.detect import applied_words, find_names
from transcribe.redaction.entities import EntityRecogniser, recogniser_of
from transcribe.redaction.label_names import kind_of_label, labels_of, listed_in, name_in_label
from transcribe.redaction.may_be_said import folded_phrase, load_may_be_said
from transcribe.redaction.name_list import ListedName, NameKind, NameList, load_names
from transcribe.redaction.names_and_words import is_given_name, is_surname
from transcribe.redaction.normalise import folded, is_common, split_token
from transcribe.redaction.possible_names import (
    PossibleName,
    has_no_capitals,
    possible_names,
    with_places,
)
from transcribe.redaction.questions import (
    AskedName,
    NameAnswer,
    QuestionRecord,
    TimedWord,
    load_questions,
    locate_question,
)
from transcribe.redaction.talk import SaidWord
from transcribe.words import EditedTranscript


def unanswered_names(
    words: Sequence[TimedWord],
    names: NameList,
    record: QuestionRecord,
    may_be_said: Collection[str],
    *,
    contributor_label: str = "",
    marks: Sequence[RedactionMark] | None = None,
    recogniser: EntityRecogniser | None = None,
    shows_hidden: bool = True,
) -> list[PossibleName]:
    """Return what may be a name among `words` and has no answer; places are numbers of `words`.

    What is hidden tells what stands beside it: of “Agnieszka, Blessing” Blessing is asked about
    when Agnieszka is hidden too. `shows_hidden` is False where other words stand for it.
    `may_be_said` is what may be said in every story, folded. `contributor_label` is the name under
    which the contributor tells the story: it is shown beside every turn.
    """
    heard_numbers = [number for number, word in enumerate(words) if word.token.is_kept]
    # What an editor has shown instead of a name names nobody.
    shown = {folded(entry.shown) for entry in names.names}
    labels = {
        label: places
        for label, places in labels_of(words, contributor_label).items()
        if listed_in(label, names) is None and folded(label) not in shown
    }
    possible = _possible_among(words, heard_numbers, (), record, recogniser, labels)
    heard = [number for number, word in enumerate(words) if not word.token.is_cut]
    if shows_hidden and heard != heard_numbers:
        possible += _possible_among(words, heard, possible, record, recogniser)
    if not possible:
        return []
    settled = _settled_words(words, names, record, marks)
    answered = {
        part
        for question in record.names
        if question.answer is NameAnswer.NO
        for part in question.parts
    }
    answered |= {
        *may_be_said,
        *folded_phrase(contributor_label).split(),
        folded_phrase(contributor_label),
    }
    open_names = []
    for name in possible:
        if _is_answered(name, answered):
            continue
        places = tuple(
            span
            for span in name.places
            if not settled.issuperset(_kept(words, span)) and _tells(words, span)
        )
        if places or name.labels:
            open_names.append(replace(name, places=places))
    return open_names


def _possible_among(
    words: Sequence[TimedWord],
    numbers: Sequence[int],
    known: Sequence[PossibleName],
    record: QuestionRecord,
    recogniser: EntityRecogniser | None,
    labels: Mapping[str, Sequence[int]] = MappingProxyType({}),
) -> list[PossibleName]:
    """Return what may be a name among the words with these numbers, less what is `known`.

    `labels` name those who speak; each is a name as if it were said, in a paragraph of its own.
    """
    spoken = list(_said_words(words, numbers))
    recognised = recogniser.places_of_names([word.text for word in spoken]) if recogniser else ()
    forms = {part for name in known for part in name.parts}
    shown, label_of = list(spoken), dict[int, str]()
    named: list[tuple[int, int, NameKind]] = []
    for number, label in enumerate(labels, start=1):
        parts = name_in_label(label)
        named.append((len(shown), len(shown) + len(parts), kind_of_label(label)))
        label_of |= dict.fromkeys(range(len(shown), len(shown) + len(parts)), label)
        shown += [SaidWord(part, -number) for part in parts]
    possible = [name for name in possible_names(shown, recognised, named) if name.said not in forms]
    possible += _asked_before(spoken, [*known, *possible], record)
    return [
        replace(
            name,
            places=tuple(
                (numbers[first], numbers[last - 1] + 1)
                for first, last in name.places
                if first < len(spoken)
            ),
            labels=tuple(
                sorted(
                    {
                        at
                        for first, _ in name.places
                        for at in labels.get(label_of.get(first, ""), ())
                    }
                )
            ),
        )
        for name in possible
    ]


def _asked_before(
    spoken: Sequence[SaidWord], possible: Sequence[PossibleName], record: QuestionRecord
) -> list[PossibleName]:
    """Return the open questions whose words are still said, and nothing beside them tells why.

    A question once asked waits for its answer, whatever is hidden around it.
    """
    known = {part for name in possible for part in name.parts}
    open_questions = [
        PossibleName(
            question.said, frozenset(question.parts), question.said, _kind_of(question.said), ()
        )
        for question in record.names
        if question.answer is NameAnswer.OPEN and question.said not in known
    ]
    return [name for name in with_places(spoken, open_questions) if name.places]


def _kind_of(name: str) -> NameKind:
    is_person = any(is_given_name(word) or is_surname(word) for word in name.split())
    return NameKind.PERSON if is_person else NameKind.OTHER


def _tells(words: Sequence[TimedWord], span: tuple[int, int]) -> bool:
    """Return False for what is left of a name that is hidden but for a word like “Ward”."""
    if all(words[number].token.is_kept for number in range(*span)):
        return True
    return any(not is_common(words[number].folded) for number in _kept(words, span))


def _kept(words: Sequence[TimedWord], span: tuple[int, int]) -> Iterator[int]:
    return (number for number in range(*span) if words[number].token.is_kept)


def _said_words(words: Sequence[TimedWord], numbers: Sequence[int]) -> Iterator[SaidWord]:
    before = -1
    for number in numbers:
        gap = any(
            other.token.redaction is not None and not other.token.is_cut
            for other in words[before + 1 : number]
        )
        yield SaidWord(words[number].token.text, words[number].paragraph, after_gap=gap)
        before = number


def _settled_words(
    words: Sequence[TimedWord],
    names: NameList,
    record: QuestionRecord,
    marks: Sequence[RedactionMark] | None,
) -> set[int]:
    """Return the words about which something else asks, or asked and has its answer."""
    settled = {number for number, word in enumerate(words) if word.token.question is not None}
    for finding in find_names(words, names, record, marks):
        settled.update(finding.word_numbers)
    taken: set[int] = set()
    for question in record.questions:
        if not question.is_spoken_only:
            span = locate_question(question, words, taken)
            if span is not None:
                taken.update(span)
    return settled | taken


def _is_answered(name: PossibleName, answered: Collection[str]) -> bool:
    if name.said in answered:
        return True
    words = [word for word in name.said.split() if word in name.parts]
    return bool(words) and all(word in answered for word in words)


def unanswered_in_applied(
    workspace: Workspace, folder: StoryFolder, edited: EditedTranscript, contributor_label: str
) -> list[PossibleName]:
    """Return what has no answer yet in the words that captions, page and film are made of.

    Raises Damaged, DiskFailed, and BadInput for a list that cannot be read.
    """
    return unanswered_names(
        list(applied_words(edited)),
        load_names(folder),
        load_questions(folder),
        load_may_be_said(workspace).folded,
        contributor_label=contributor_label,
        marks=(),
        recogniser=recogniser_of(workspace),
        shows_hidden=False,
    )


def tells_without_capitals(words: Sequence[TimedWord]) -> bool:
    """Return True for a text in which capitals tell nothing of names."""
    numbers = [number for number, word in enumerate(words) if word.token.is_kept]
    return has_no_capitals(list(_said_words(words, numbers)))


def may_be_said_everywhere(name: PossibleName) -> bool:
    """Return False for people: somebody else in another story may be called the same."""
    if name.kind is not NameKind.PERSON:
        return True
    words = name.said.split()
    return not any(is_given_name(word) or is_surname(word) for word in words)


@dataclass(frozen=True)
class NameView:
    """A name that nobody listed, as the editor is asked about it.

    Where it only stands before what somebody says, `words` are the label.
    """

    number: int
    """0 for one that was not written down as a question yet."""
    at: int
    """Milliseconds at which it is said first."""
    before: str
    words: str
    after: str
    count: int
    """Number of places where it is said, or shown as the name of who speaks."""
    name: PossibleName
    span: range
    """Numbers of the words where it is said first; empty where only labels show it."""


def name_views(
    words: Sequence[TimedWord], names: Sequence[PossibleName], record: QuestionRecord
) -> list[NameView]:
    """Return each name with the words around the place where it is said first."""
    numbers = {question.said: question.number for question in record.names}
    texts = [word.token.text for word in words]
    return [
        NameView(
            number=numbers.get(name.said, 0),
            at=words[first].word.start,
            before=" ".join(texts[max(0, first - _CONTEXT_WORDS) : first]),
            words=" ".join(texts[first:last]),
            after=" ".join(texts[last : last + _CONTEXT_WORDS]),
            count=len(name.places) + len(name.labels),
            name=name,
            span=range(first, last),
        )
        if name.places
        else _label_view(words, name, numbers.get(name.said, 0))
        for name in names
        for first, last in [_telling_place(name, words)]
    ]


def _label_view(words: Sequence[TimedWord], name: PossibleName, number: int) -> NameView:
    """Return a name that only labels show, with the words that are said under it first."""
    first = name.labels[0]
    words_under_it = [word.token.text for word in words[first : first + _CONTEXT_WORDS]]
    return NameView(
        number=number,
        at=words[first].word.start,
        before="",
        words=words[first].speaker,
        after=" ".join(words_under_it),
        count=len(name.labels),
        name=name,
        span=range(first, first),
    )


_CONTEXT_WORDS = 9


def _telling_place(name: PossibleName, words: Sequence[TimedWord]) -> tuple[int, int]:
    """Return the first place where the whole of a name is said."""
    if not name.places:
        return name.labels[0], name.labels[0]
    length = len(name.said.split())
    whole = (span for span in name.places if len(list(_kept(words, span))) == length)
    return next(whole, name.places[0])


def with_answer(record: QuestionRecord, name: PossibleName, answer: NameAnswer) -> QuestionRecord:
    """Return the record with the answer to the question about a name."""
    others = tuple(question for question in record.names if question.said != name.said)
    before = next((question for question in record.names if question.said == name.said), None)
    last_number = record.last_number + (before is None)
    question = AskedName(
        number=before.number if before else last_number,
        said=name.said,
        parts=tuple(sorted(name.parts)),
        answer=answer,
    )
    names = sorted((*others, question), key=lambda question: question.number)
    return msgspec.structs.replace(record, names=tuple(names), last_number=last_number)


def with_questions(record: QuestionRecord, names: Sequence[PossibleName]) -> QuestionRecord:
    """Return the record with a numbered question for each name, and none that nothing says."""
    spoken = {name.said for name in names}
    remaining = tuple(
        question
        for question in record.names
        if question.answer is not NameAnswer.OPEN or question.said in spoken
    )
    record = msgspec.structs.replace(record, names=remaining)
    known = {question.said for question in remaining if question.answer is NameAnswer.OPEN}
    for name in names:
        if name.said not in known:
            record = with_answer(record, name, NameAnswer.OPEN)
    return record


def names_in_words(count: int) -> str:
    """Return “a name” or “names”, as goes with a number of words that may be one."""
    return "a name" if count == 1 else "names"


def listed_as(name: PossibleName, words: Sequence[TimedWord], shown: str) -> ListedName:
    """Return the entry of the private list by which a name is hidden from now on."""
    entry = ListedName(name=name.words, kind=name.kind, shown=shown)
    known = {folded(name.words), *(folded(part) for part in entry.single_names)}
    if name.kind is not NameKind.PERSON:
        known = {folded(name.words)}
    forms = []
    for first, last in name.places:
        spoken = " ".join(
            split_token(words[number].token.text)[1] for number in _kept(words, (first, last))
        )
        if folded(spoken) not in known and len(folded(spoken)) > 1:
            known.add(folded(spoken))
            forms.append(spoken)
    return msgspec.structs.replace(entry, sounds_like=tuple(forms))
