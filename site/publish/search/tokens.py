"""Split a text into words, and stem them, exactly as `site/assets/js/search-words.js` does.

Small letters, without accents; an apostrophe within a word stays, and `co-ordinator` is two words.
English words are stemmed by Snowball's English algorithm, all others stand as they are. What was
redacted (`[name removed]`) is no word, and keeps its place so that no phrase reaches across it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import chain, count, groupby
from typing import Any

import snowballstemmer

from transcribe.editing.inline_markup import NAME_REMOVED

NOT_A_WORD = ""
"""Stands for a word that nobody can search for: a combining mark alone, or a redacted word."""
# As long as what it stands for, so that positions in the text stay right.
_NAME_REMOVED_BLANK = " \u0301".ljust(len(NAME_REMOVED))
_ENGLISH = re.compile(r"[a-z']+")
_LETTER_DIGIT_OR_APOSTROPHE = re.compile(r"[^\W_]|'")
_APOSTROPHES = re.compile("[’ʼ＇]")
_FIRST_COMBINING_MARK = "\u0300"
"""Combining mark with the lowest code of all."""
# `search/index.js` carries this list to the browser, so that it stands here alone.
_STOP_WORDS = (
    "a an and are as at be been but by did do for from had has have he her him his i if in is it "
    "me my not of on or our out she so that the their them then there they this to up us was "
    "we were what when which who will with would you your"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Words that nearly every moment contains. They are searched for in phrases only, as pairs."""
_ASKING_WORDS = (
    "about actually after again all also always am another any anybody anyone anything became "
    "because become been before being best both can can't cannot come could couldn't deal did "
    "didn't different difficult difficulty do does doesn't doing don't done during each "
    "either else ever every example get give go going got had hadn't happen happened has "
    "hasn't haven't having here herself himself how however i'd i'll i'm i've into isn't "
    "issue issues it's itself just keep kind let like look lot made make many may maybe mean "
    "mention might more most much must myself need never next nothing now obtain often once "
    "only or other ought our ourselves over own perhaps person please possible problem "
    "problems put quite rather really receive right say see seem shall should shouldn't show "
    "since some somebody someone something sometimes sort still stuff such sure tell than "
    "that's themselves these they're thing think those though through till too took trouble "
    "try under until use used usually very want was wasn't way we're well went were weren't "
    "what's where whether which while whose why within without won't wouldn't yes yet you're "
    "you've yourself"
)
_FORMS_OF_ASKING = (
    "becomes becoming came clip clips comes coming example examples experience experiences feel "
    "feeling feels felt film films gave gets getting given gives giving goes happens happening "
    "keeping keeps kept likes looked looking looks makes making means meant moment moments needed "
    "needing needs puts putting said saw saying says seeing seemed seems seen situation situations "
    "story stories take taken takes taking telling tells thinking thinks thought told tried tries "
    "trying uses using video videos wanted wanting wants"
)
_PEOPLE = (
    "carer carers caregiver caregivers client clients families family guy lady nhs patient "
    "patients people relative relatives service services staff user users client's family's "
    "patient's relative's user's"
)
_EVERYDAY_WORDS = (
    "able already ask asked away back bad badly begin better big bit bring call case "
    "change close closed day early end enough even face far few find first fine good great "
    "half hand hard head hear help high hold hour idea important inside kind last later leave "
    "left less life listen little long lots matter meet minute moment month morning name new "
    "nice number old open outside part place play point question ready reason real rest run "
    "same second send service set side small soon speak spoke stand start stay still stop "
    "subject talk thing time today together try turn wait walk week weeks whole word work "
    "world worse wrong year told school home house room neither "
    "adult boy brother child couple dad daughter doctor father girl kid man member men mother mum "
    "nurse parent partner professional sibling sister son spouse team wife husband woman women "
    "worker"
)
EVERYDAY_WORDS = tuple(_EVERYDAY_WORDS.split())
"""Words of everyday talk, and those for people. In a small library they are rare by chance, and
tell little: a question that names a son is not about whom a carer cares for."""
ASKING_WORDS = tuple(
    sorted({*f"{_ASKING_WORDS} {_FORMS_OF_ASKING} {_PEOPLE}".split()} - STOP_WORDS)
)
"""Words with which a question is asked, and those for whom every story is about: a carer, a
patient, staff. A moment need not have them, and they weigh little."""


def words_in(text: str) -> list[str]:
    """Return the words as they stand in the text, not yet folded."""
    text = text.replace(NAME_REMOVED, _NAME_REMOVED_BLANK).replace("_", " ")
    return _word_pattern(marked=_has_marks(text)).findall(text)


def fold_word(word: str) -> str:
    """Return a word as it is compared; NOT_A_WORD where nothing of it is a letter or digit."""
    plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("'", word)).lower()
    return "".join(_LETTER_DIGIT_OR_APOSTROPHE.findall(_APOSTROPHES.sub("'", plain))).strip("'")


def stem(word: str) -> str:
    """Return the stem of a folded word."""
    return _stem(word) if _ENGLISH.fullmatch(word) else word


# A library of 1,000 stories has far fewer different words; stemming is slow.
@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word)) or word


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    return snowballstemmer.stemmer("english")


def _has_marks(text: str) -> bool:
    """Return True for a text with combining marks; one without is split three times as quickly."""
    if text.isascii():
        return False
    return any(
        character >= _FIRST_COMBINING_MARK and unicodedata.category(character)[0] == "M"
        for character in set(text)
    )


@lru_cache(maxsize=2)
def _word_pattern(*, marked: bool) -> re.Pattern[str]:
    """Return the pattern of a word: letters, digits and marks, with apostrophes between.

    Underscores count as letters here; the caller takes them out before.
    """
    letter = rf"[\w{_combining_marks()}]" if marked else r"\w"
    return re.compile(rf"{letter}++(?:['’＇]{letter}++)*+")


def _combining_marks() -> str:
    """Return all marks as the inside of a character class: Python's `re` has no class for them."""
    planes = chain(range(0x20000), range(0xE0000, 0xE1000))  # there are none in between
    codes = [code for code in planes if unicodedata.category(chr(code))[0] == "M"]
    position = count()  # code less position is the same throughout a run of codes without a gap
    runs = [list(run) for _, run in groupby(codes, lambda code: code - next(position))]
    return "".join(f"\\U{run[0]:08x}-\\U{run[-1]:08x}" for run in runs)
