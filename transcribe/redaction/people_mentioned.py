"""Count the places where a story speaks of people: by a relation, a title, their work, a name.

It sees what can be seen without a list of all names: “my son”, “Dr Ahmed”, “the nurse”, a capital
where no sentence gave it. It misses whoever is only “he” or “she”, and takes places for people: it
is there so that “nobody is in this story” is not said by mistake.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from library.core.counting import counted
from library.core.workspace import StoryFolder
from transcribe.redaction.name_list import NameKind, load_names
from transcribe.redaction.normalise import MONTHS, folded_word, is_common, word_set
from transcribe.redaction.text_model import SpokenText, SpokenWord
from transcribe.words import read_edited, read_transcript

_FAMILY = word_set(
    """
    son daughter mother father husband wife brother sister uncle aunt auntie aunty niece nephew
    cousin mum mummy mam mammy mom mommy dad daddy nan nana nanny gran granny grandma grandmother
    grandad granddad grandpa grandfather grandson granddaughter grandchild grandchildren stepson
    stepdaughter stepmother stepfather stepmum stepdad stepbrother stepsister sibling fiance fiancee
    widow widower godmother godfather boyfriend girlfriend exhusband exwife soninlaw daughterinlaw
    motherinlaw fatherinlaw brotherinlaw sisterinlaw spouse twin
    """
)
_NEAR = word_set(
    """
    partner friend mate boy girl lad lass child children kid kids baby toddler teenager ex family
    parent parents neighbour neighbor colleague boss flatmate housemate relative carer man woman
    """
)
"""People whom only “my”, “his” or “a” before the word tells from the word’s other senses."""
_BY_WORK = word_set(
    """
    nurse doctor psychiatrist psychologist consultant gp cpn therapist counsellor paramedic
    policeman policewoman officer matron manager teacher keyworker coordinator pharmacist solicitor
    advocate vicar priest imam rabbi registrar dentist midwife receptionist worker
    """
)
_OWNERS = word_set("my our his her their your me")
_ARTICLES = word_set("the a an this that")
_TITLES = word_set("mr mrs ms dr prof")
_TITLES_WITH_CAPITAL = word_set(
    "miss sister father lady lord sir dame professor doctor nurse rev reverend sergeant constable"
)
"""Titles that are other words as well, unless both they and what follows have a capital."""
_NO_PEOPLE = MONTHS | word_set(
    """
    monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays
    fridays saturdays sundays christmas easter english british nhs covid god
    """
)
_MAX_ACRONYM_LETTERS = 5
_MIN_NAME_LETTERS = 3
_KINDS = ("by a relation", "by a title", "by their work", "by what looks like a name")


@dataclass(frozen=True)
class PeopleMentioned:
    """Counts of the places where the words of a story speak of people, by kind; never who."""

    relations: int = 0
    titles: int = 0
    by_work: int = 0
    names: int = 0
    listed: int = 0
    """People on the story's private list of names."""
    words_sha256: str = ""
    """Of all the words that were looked at, and of how many people are listed."""

    def __bool__(self) -> bool:
        return bool(self.relations or self.titles or self.by_work or self.names or self.listed)

    @property
    def sentence(self) -> str:
        """Counts and kinds of what was seen, as a sentence that may stand in a log."""
        counts = (self.relations, self.titles, self.by_work, self.names)
        seen = [
            f"{counted(count, 'time')} {kind}"
            for count, kind in zip(counts, _KINDS, strict=True)
            if count
        ]
        if self.listed:
            seen.append(f"and {counted(self.listed, 'name')} of people on its private list")
        return f"The words of this story speak of people: {', '.join(seen)}."


def people_mentioned(folder: StoryFolder) -> PeopleMentioned:
    """Return what the words of a story say of people: as edited, or else as recognised.

    Raises Damaged or DiskFailed for words, and BadInput for a list, that cannot be read.
    """
    listed = sum(entry.effective_kind is NameKind.PERSON for entry in load_names(folder).names)
    paragraphs, speakers = _paragraphs(folder)
    texts = "\n".join([str(listed), *(" ".join(words) for words in paragraphs)])
    speaker_words = {folded_word(word) for speaker in speakers for word in speaker.split()}
    spoken = SpokenText(list(_spoken(paragraphs)))
    kinds = list(_kinds(spoken, speaker_words))
    return PeopleMentioned(
        relations=kinds.count("relation"),
        titles=kinds.count("title"),
        by_work=kinds.count("work"),
        names=kinds.count("name"),
        listed=listed,
        words_sha256=hashlib.sha256(texts.encode()).hexdigest(),
    )


def _paragraphs(folder: StoryFolder) -> tuple[list[list[str]], set[str]]:
    """Return the words, paragraph by paragraph, and who speaks them."""
    if folder.edited.is_file():
        turns = read_edited(folder.edited).turns
        return [[word.text for word in turn.words] for turn in turns], {t.speaker for t in turns}
    if folder.transcript.is_file():
        words = [word.text for word in read_transcript(folder.transcript).words]
        return [words] if words else [], set()
    return [], set()


def _spoken(paragraphs: Iterable[Sequence[str]]) -> Iterator[SpokenWord]:
    for words in paragraphs:
        for number, word in enumerate(words):
            yield SpokenWord(word, 0, 0, opens_paragraph=number == 0)


def _kinds(text: SpokenText, speaker_words: set[str]) -> Iterator[str]:
    """Yield the kind of each mention; for most words there is none."""
    # Where all is written small, or all in capitals, capitals tell nothing.
    has_capitals = not text.is_caseless and not _is_shouted(text)
    for at, fold in enumerate(text.folded_words):
        if fold and fold not in speaker_words:
            yield _kind_at(text, at, has_capitals=has_capitals)


def _kind_at(text: SpokenText, at: int, *, has_capitals: bool) -> str:
    """Return the kind of the mention that ends at this word; empty for none."""
    fold = text.folded_words[at]
    singular = fold.removesuffix("s")
    before = text.folded_words[at - 1] if at and not text.starts_sentence[at] else ""
    has_capital = text.is_capitalised[at]
    if before in _TITLES:
        return "title"
    if before in _TITLES_WITH_CAPITAL and has_capital and text.is_capitalised[at - 1]:
        return "title"
    if fold in _FAMILY or singular in _FAMILY:
        return "relation"
    owners = _within_phrase(text, at)
    if (fold in _NEAR or singular in _NEAR) and not owners.isdisjoint(_OWNERS | {"a"}):
        return "relation"
    if (fold in _BY_WORK or singular in _BY_WORK) and not owners.isdisjoint(_OWNERS | _ARTICLES):
        return "work"
    return "name" if _is_like_name(text, at, has_capitals=has_capitals) else ""


def _within_phrase(text: SpokenText, at: int) -> set[str]:
    """Return the up to three words before, of the same phrase: “my oldest little boy”."""
    first = at
    while first > max(0, at - 3) and not text.starts_sentence[first]:
        first -= 1
        if text.has_comma_after[first]:
            first += 1
            break
    return set(text.folded_words[first:at])


def _is_like_name(text: SpokenText, at: int, *, has_capitals: bool) -> bool:
    fold, bare = text.folded_words[at], text.bare_words[at]
    if fold in _NO_PEOPLE or fold in _TITLES or not any(map(str.isalpha, fold)):
        return False
    if not has_capitals:
        return len(fold) >= _MIN_NAME_LETTERS and not is_common(fold)
    if not text.is_capitalised[at] or (bare.isupper() and len(fold) <= _MAX_ACRONYM_LETTERS):
        return False
    if text.starts_sentence[at]:
        return len(fold) >= _MIN_NAME_LETTERS and not is_common(fold)
    # “I’m” and “I’ll” always have a capital.
    return len(fold) > 1 and (fold[0] != "i" or not is_common(fold))


def _is_shouted(text: SpokenText) -> bool:
    """Return True for words all in capitals, which then tell nothing."""
    letters = [bare for bare in text.bare_words if len(bare) > 1]
    return len(letters) > 20 and sum(map(str.isupper, letters)) * 2 > len(letters)
