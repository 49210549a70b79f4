"""Names of those who speak, as labels show them beside their words in captions and on the page.

A label of nothing but roles (“Interviewer”, “Support worker”, “Speaker 2”) names nobody. Every
other one is a possible name, about which the editor is asked as about any word. Where it must not
be shown, other words or a number take its place, and all that is made of the words follows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from transcribe.editing.speaker_turns import INTERVIEWER, MAX_LABEL_CHARS
from transcribe.editing.transcript_markdown import is_name
from transcribe.formats.speaker_labels import MACHINE_LABEL, ROLES
from transcribe.redaction.name_list import ListedName, NameKind, NameList
from transcribe.redaction.name_signs import OF_A_NAME, TITLES, TYPES
from transcribe.redaction.names_and_words import is_given_name, is_surname
from transcribe.redaction.normalise import folded, folded_word, is_common, word_set
from transcribe.redaction.questions import TimedWord
from transcribe.redaction.text_model import search_targets
from transcribe.words import tokens_of

_OTHER_ROLES = word_set(
    """
    contributor storyteller caller assistant worker workers coordinator manager officer adviser
    advisor advocate chaplain gp psychiatrist psychologist physiotherapist pharmacist paramedic
    receptionist secretary solicitor lawyer teacher tutor lecturer trainer trustee member staff team
    peer expert student trainee matron professional clinician medic practitioner social care
    community ward key support family mental health crisis home outreach duty child children kid
    kids baby parent parents relative relation grandparent grandmother grandfather granddaughter
    grandson uncle aunt auntie aunty niece nephew cousin neighbour stepfather stepmother stepson
    stepdaughter girlfriend boyfriend fiance inlaw in law sibling siblings twin nana nanna granny
    grandpa granddad daddy mummies mrs mr ms mx miss sir prof professor
    the of for an and or with my our his her their your she he they him she/her no name
    first second third fourth other another main lead new unknown unidentified young old older
    younger elder eldest youngest adult adults man’s woman’s
    phone telephone iphone ipad android laptop pc computer zoom teams user device camera samsung
    galaxy macbook desktop mobile
    """
)
_MIN_TELEPHONE_DIGITS = 7
_IN_PARENTHESES = re.compile(r"\((?:she|he|they|her|him|them|/|,|\s)+\)", re.IGNORECASE)


def is_telephone_number(label: str) -> bool:
    """Return True for a label of digits, as of somebody who called in."""
    digits = sum(map(str.isdigit, label))
    return digits >= _MIN_TELEPHONE_DIGITS and not any(map(str.isalpha, label))


def name_in_label(label: str) -> tuple[str, ...]:
    """Return the words of a label that are no role; none of “Interviewer” or “Speaker 2”."""
    if is_telephone_number(label):
        return tuple(tokens_of(label))
    if MACHINE_LABEL.match(" ".join(tokens_of(label)).casefold()):
        return ()
    words = tokens_of(_IN_PARENTHESES.sub(" ", label))
    named = tuple(word for word in words if not _is_role_word(word))
    return named if len(folded("".join(named))) > 1 else ()


def _is_role_word(word: str) -> bool:
    plain = folded_word(word)
    is_letter = len(plain) < 2 and "." not in word
    is_role = plain in ROLES or plain in TITLES or plain in _OTHER_ROLES
    return is_role or is_letter or plain.isdigit()


def kind_of_label(label: str) -> NameKind:
    """Return the kind that a name in a label is of: of “Carers Leeds”, not each word is one."""
    if is_telephone_number(label):
        return NameKind.NUMBER
    words = [folded_word(word) for word in name_in_label(label)]
    is_service = len(words) > 1 and any(map(_is_word_of_service, words))
    return NameKind.SERVICE if is_service else NameKind.PERSON


def _is_word_of_service(word: str) -> bool:
    is_word = is_common(word) and len(word) > 1 and word not in OF_A_NAME
    return word in TYPES or (is_word and not (is_given_name(word) or is_surname(word)))


def labels_of(words: Sequence[TimedWord], contributor_label: str) -> dict[str, tuple[int, ...]]:
    """Return each label that may be a name, with the first word of each paragraph under it.

    `contributor_label` is the contributor’s own, by the name that they chose; where it is empty,
    the first that is not the interviewer’s. What is cut shows no label.
    """
    if not contributor_label:
        others = (word.speaker for word in words if word.speaker not in ("", INTERVIEWER))
        contributor_label = next(others, "")
    places: dict[str, list[int]] = {}
    before = -1
    for number, word in enumerate(words):
        if word.token.is_cut or word.paragraph == before:
            continue
        before = word.paragraph
        is_own = folded(word.speaker) == folded(contributor_label)
        if word.speaker and not is_own and name_in_label(word.speaker):
            places.setdefault(word.speaker, []).append(number)
    return {label: tuple(numbers) for label, numbers in places.items()}


def listed_in(label: str, names: NameList) -> ListedName | None:
    """Return the listed name that a label says, whole or in part; None for none."""
    tokens = tokens_of(label.replace("|", " "))
    forms = (
        [folded_word(token) for token in tokens],
        [folded_word(part) for token in tokens for part in re.split(r"[-‐‑–/&+]", token)],
    )
    spoken = [f" {' '.join(filter(None, form))} " for form in forms]
    for target in search_targets(names.names):
        for spelling in (*target.sure_spellings, *target.unsure_spellings):
            if any(f" {' '.join(spelling)} " in form for form in spoken):
                return names.names[target.entry_number - 1]
    return None


def replaced_labels(
    words: Sequence[TimedWord], names: NameList, contributor_label: str
) -> dict[str, str]:
    """Return each label that says a listed name, with what stands in its place."""
    labels = dict.fromkeys(word.speaker for word in words if word.speaker)
    taken = {folded(label) for label in labels}
    replaced: dict[str, str] = {}
    for label in labels_of(words, contributor_label):
        if entry := listed_in(label, names):
            # Two labels stay two: Ana Patel and Dr Patel are not one person.
            used = {*taken, *map(folded, replaced.values())}
            is_first = folded(entry.shown) not in map(folded, replaced.values())
            shown = entry.shown if is_first else ""
            replaced[label] = _shown_label(shown, names, used, list(labels).index(label) + 1)
    return replaced


def _shown_label(wanted: str, names: NameList, taken: Collection[str], number: int) -> str:
    """Return what the editor wants shown, where it can stand before a turn; else a number."""
    shown = " ".join(tokens_of(wanted))[:MAX_LABEL_CHARS].strip()
    shown = shown[:1].upper() + shown[1:]
    if shown and is_name(shown) and listed_in(shown, names) is None:
        return shown
    while folded(f"Speaker {number}") in taken:
        number += 1
    return f"Speaker {number}"
