"""Fit what is shown for a redaction into its sentence: its capital, its full stop and its verb.

The editor writes `[[Siobhan|my sister]]` wherever the name is said, and the sentence is read as
one: “My sister came home.”, “my sister’s coat”, “my parents are here” where a name and “is” were
heard. A verb is changed only where it agreed with what is hidden and would not with what is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from transcribe.words import is_sentence_end, normalised

_ENDS_SENTENCE_OR_CLAUSE = re.compile(r"[.,;:!?…]+$")
_POSSESSIVE = re.compile(r"[’'](?:s)?$", re.IGNORECASE)
# Of a word in small letters, after an opening quote: “iPad” and “[name” keep theirs.
_FIRST_LETTER = re.compile(r"^[“‘\"'(]*[^\W\d_](?=[^A-Z]*$)")


def _word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DETERMINERS = _word_set(
    "a an another her his its my one our some somebody someone that the their this your"
)
"""Words that have a small letter inside a sentence, whoever wrote the replacement."""
_PLURAL_WORDS = _word_set(
    "both children few folk many men parents people several they these those three two we women"
)
_SINGULAR_WORDS = _word_set("everybody everyone he it nobody one she somebody someone")
_NO_NUMBER_WORDS = _word_set(
    "council couple crew family government group i lot none pair police some staff team you"
)
"""Words that either number may follow, or that are none of a third person."""
_HEAD_ENDS_BEFORE = _word_set("at by for from in of on that who with")
_SINGULAR_ENDINGS = ("ss", "us", "is")
_SUBJECT_FOLLOWS = _word_set(
    "although as because but if since so that then though until when where while"
)
"""Words after which a subject stands: after others it may be another word's object."""

_QUOTES = "“”‘\"'"
_VERBS_OF_SAYING = _word_set(
    "add added answer answered ask asked asks cried explained goes like replied said say saying "
    "says shouted think thinks thought told went whispered wrote"
)
"""Words after which a quotation is a sentence of its own, also without a comma."""


class Number(Enum):
    """The grammatical number of a subject."""

    SINGULAR = "singular"
    PLURAL = "plural"


_VERBS = (
    ("is", "are"),
    ("was", "were"),
    ("has", "have"),
    ("does", "do"),
    ("isn't", "aren't"),
    ("wasn't", "weren't"),
    ("hasn't", "haven't"),
    ("doesn't", "don't"),
)
_PLURAL_OF = dict(_VERBS)
_SINGULAR_OF = {plural: singular for singular, plural in _VERBS}


def complete(replacement: Sequence[str], hidden: Sequence[str], after: str) -> list[str]:
    """Return the words of a replacement with the ’s and the full stop that its hidden words had.

    `after` is what the editor left attached behind the redaction: what is in it is not doubled.
    """
    words = list(replacement)
    if not words or not hidden:
        return words
    if after[:1] in (".", ",", ";", ":", "!", "?", "…"):
        words[-1] = _ENDS_SENTENCE_OR_CLAUSE.sub("", words[-1]) or words[-1]
        return words
    ending = _ENDS_SENTENCE_OR_CLAUSE.search(hidden[-1])
    hidden_word = hidden[-1][: ending.start()] if ending else hidden[-1]
    own_ending = _ENDS_SENTENCE_OR_CLAUSE.search(words[-1])
    last_word = words[-1][: own_ending.start()] if own_ending else words[-1]
    if (
        not after
        and hidden_word.lower().endswith(("’s", "'s"))
        and not _POSSESSIVE.search(last_word)
    ):
        last_word += plural_possessive([*words[:-1], last_word], hidden_word[-2:])
    ending_text = own_ending[0] if own_ending else ending[0] if ending and not after else ""
    words[-1] = last_word + ending_text
    return words


def plural_possessive(words: Sequence[str], after: str) -> str:
    """Return what is attached after words: of the ’s only the apostrophe, where they end in s."""
    if after[:2].lower() not in ("’s", "'s") or not words[-1].lower().endswith("s"):
        return after
    is_plural = number_of(words) is Number.PLURAL
    return after[0] + after[2:] if is_plural else after


def with_capital(words: Sequence[str], *, is_at_start: bool) -> list[str]:
    """Return the words with the first letter that their place in the sentence asks for.

    A text in square brackets stays as it is, and so does a name.
    """
    first, *rest = words
    match = _FIRST_LETTER.match(first)
    if match is None:
        return [first, *rest]
    at = match.end() - 1
    if is_at_start:
        return [first[:at] + first[at].upper() + first[at + 1 :], *rest]
    follows_small = not rest or rest[0][:1].islower()
    if normalised(first) in _DETERMINERS and follows_small:
        return [first[:at] + first[at].lower() + first[at + 1 :], *rest]
    return [first, *rest]


def agreeing_verb(
    verb: str, before: str | None, hidden: Sequence[str], shown: Sequence[str]
) -> str:
    """Return the verb that follows a redaction as it agrees with what is shown.

    `before` is the word before the redaction, None at the beginning of a sentence.
    """
    is_subject = before is None or before.endswith(",") or normalised(before) in _SUBJECT_FOLLOWS
    said_number, shown_number = number_of(hidden), number_of(shown)
    if not is_subject or said_number is None or shown_number is None:
        return verb
    if said_number is shown_number:
        return verb
    table = _PLURAL_OF if said_number is Number.SINGULAR else _SINGULAR_OF
    core = verb.rstrip(".,;:!?…")
    other = table.get(core.replace("’", "'"))
    if other is None:
        return verb
    return (other.replace("'", "’") if "’" in core else other) + verb[len(core) :]


def number_of(words: Sequence[str]) -> Number | None:
    """Return the number of a subject, None where it may be either or cannot be told."""
    plain = [normalised(word) for word in words]
    if not plain or any(mark in word for word in words for mark in "[]"):
        return None
    if any(word in ("and", "&") for word in plain[1:-1]):
        return Number.PLURAL
    length = next((at for at, word in enumerate(plain) if at and word in _HEAD_ENDS_BEFORE), None)
    phrase = plain[:length]
    head, original = phrase[-1], words[len(phrase) - 1]
    if phrase[0] in _PLURAL_WORDS or head in _PLURAL_WORDS:
        return Number.PLURAL
    if phrase[0] in _SINGULAR_WORDS or head in _SINGULAR_WORDS:
        return Number.SINGULAR
    if head in _NO_NUMBER_WORDS or phrase[0] in _NO_NUMBER_WORDS or "or" in phrase:
        return None
    # A name that ends in s is one person; “the Murphys” are several.
    is_name = original[:1].isupper() and phrase[0] != "the"
    if head.endswith("s") and not head.endswith(_SINGULAR_ENDINGS) and not is_name:
        return Number.PLURAL
    return Number.SINGULAR


def opens_sentence(before: str | None, attached: str = "", after: str = "") -> bool:
    """Return True if a sentence begins after this word; None stands for the beginning of a turn.

    So does what somebody is quoted to have said. `attached` is what the redaction that follows
    begins with, and `after` what stands behind it: a term alone in quotation marks is no sentence.
    """
    if before is None or is_sentence_end(before):
        return True
    if attached[:1] not in _QUOTES or not attached:
        return False
    is_said = normalised(before) in _VERBS_OF_SAYING and not any(mark in after for mark in _QUOTES)
    return is_said or before.endswith((",", ":"))
