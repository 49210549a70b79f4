"""Tell the labels of speakers (`Ruth Smith: …`) from what is said, by what labels do.

Programs write labels of any form: names in any order and script, devices, telephone numbers, roles.
What they have in common is how they stand: they begin captions, they come again, they alternate,
they are known from a list or a voice tag. All of that is added up over the whole file; so is what
speaks against it (a verb, a small letter after the colon, the middle of a sentence). What stays
between the two is told, with the option that answers it.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from library.core.counting import counted
from transcribe.redaction.normalise import folded_word, is_common
from transcribe.words import is_sentence_end, tokens_of

ACCEPTED, TAKEN, ASKED = 2.5, 2.0, 1.0
"""Scores from which a label is one, is taken for one and asked about, and is asked about."""
MAX_LABEL_CHARS, _MAX_LABEL_WORDS = 80, 8


@dataclass(frozen=True)
class LabelAnswers:
    """Answers of a person about labels: names that are speakers, and words that are none."""

    labels: tuple[str, ...] = ()
    not_labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Opening:
    """The beginning of a caption, a line or a paragraph, where a label may stand."""

    text: str
    begins_caption: bool = True
    before: str = ""
    """The words before it in the file."""
    has_more: bool = False
    """Set where further lines of the same caption follow."""


@dataclass(frozen=True)
class UnsureLabel:
    """Words that may be a label; `is_taken` says how they were read."""

    name: str
    count: int
    is_taken: bool

    @property
    def passages(self) -> str:
        """Return how many passages begin with it, with their noun."""
        return counted(self.count, "passage")

    @property
    def sentence(self) -> str:
        """Return how it was read, and the option that says otherwise."""
        times = self.passages
        begins = "begins" if self.count == 1 else "begin"
        name = self.name.replace('"', "")
        if self.is_taken:
            return (
                f"{times} {begins} with “{self.name}:”, which was taken for a speaker. "
                f'If it is something said, add --not-label "{name}".'
            )
        return (
            f"{times} {begins} with “{self.name}:”, which was taken for words. "
            f'If it is a speaker, add --label "{name}".'
        )


@dataclass(frozen=True)
class Labels:
    """The labels of one file."""

    names: dict[str, str] = field(default_factory=dict)
    """Each label as it is compared → as it is written."""
    forms: frozenset[str] = frozenset()
    """Forms of labels that the file uses beside that with a colon."""
    unsure: tuple[UnsureLabel, ...] = ()
    is_lone: bool = False
    """One label comes again and nobody else has any: between its places somebody else speaks."""
    is_punctuated: bool = True

    @property
    def notes(self) -> list[str]:
        """Return sentences for the user about how the labels were read."""
        if not self.is_lone:
            return []
        (name,) = self.names.values()
        return [
            f"Only “{name}” is named in the file. What stands without a name after the end of a "
            "sentence was taken for another voice: check who speaks."
        ]

    def ends_after(self, text: str) -> bool:
        """Return True if the words after `text` are not those of the label before it."""
        return self.is_lone and (not self.is_punctuated or _ends_sentence(text))

    def split(self, text: str, *, has_more: bool = False) -> tuple[str, int] | None:
        """Return the label at the beginning of `text` and where its words begin, or None."""
        for candidate in _candidates(text, has_more=has_more):
            usable = candidate.form in _WITH_COLON or candidate.form in self.forms
            if usable and candidate.key in self.names:
                return self.names[candidate.key], candidate.length
        return None

    def inside(self, text: str) -> list[tuple[str, int, int]]:
        """Return labels after a sentence's end within `text`: name, its beginning and end."""
        if not self.names or ":" not in text.translate(_WIDE):
            return []
        return [
            (self.names[candidate.key], at, at + candidate.length)
            for at, candidate in _after_sentences(text)
            if candidate.key in self.names
        ]


_NEAR = 3 * MAX_LABEL_CHARS
# Sentences end before it. The position of every such place is looked at.
_AFTER_SENTENCE = re.compile(r"(?<=[.!?…。！？”\"’)\]])\s+")
_WIDE = {0xFF1A: ":", 0x2236: ":", 0xFE55: ":"}
_INVISIBLE = r"\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
_SPACE = re.compile(rf"[\s{_INVISIBLE}]*")
_LEAD = re.compile(rf"[\s{_INVISIBLE}]*(?:(?:>>+|[-–—•*#_]{{1,3}})[\s{_INVISIBLE}]*)?")
_CLOCK = r"[\[(]?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[.,]\d{1,3})?[\])]?"
_CLOCK_FIRST = re.compile(rf"{_CLOCK}\s+(?=\S)")
_COLON = "[:：∶﹕]"
_OPEN, _CLOSE = r"\[(<{【（〔", r"\])>}】）〕"
_BRACKETED = re.compile(
    rf"[{_OPEN}](?P<name>[^{_OPEN}{_CLOSE}\n:：]{{1,{MAX_LABEL_CHARS}}})[{_CLOSE}]"
    rf"(?P<colon>[*_]{{0,3}}\s{{0,3}}{_COLON})?[*_]{{0,3}}"
)
_BEFORE_COLON = re.compile(
    rf"(?P<name>[^:：∶﹕\n]{{1,{MAX_LABEL_CHARS}}}?)[*_]{{0,3}}\s{{0,3}}(?:(?<!\d)[\[(]?{_CLOCK})?[*_]{{0,3}}\s{{0,3}}"
    rf"{_COLON}[*_]{{0,3}}(?!//)"
)
_BEFORE_DASH = re.compile(
    rf"(?P<name>[^:：\n\t–—]{{1,{MAX_LABEL_CHARS}}}?)(?:\t+|\s[-–—]\s|\s?>\s|\s\|\s(?!.*:))"
)
_WITH_COLON = ("colon", "bracketed")


def _after_sentences(text: str) -> Iterator[tuple[int, _Candidate]]:
    """Yield what may be a label with a colon after the end of a sentence within a text."""
    if ":" not in text.translate(_WIDE):
        return
    for match in _AFTER_SENTENCE.finditer(text):
        candidate = next(iter(_candidates(text[match.end() : match.end() + _NEAR])), None)
        if candidate is None or candidate.form not in _WITH_COLON:
            continue
        before = text[max(0, match.start() - _NEAR) : match.start() + 1].split()
        if not before or is_sentence_end(before[-1]) or before[-1][-1:] in "。！？":
            yield match.end(), candidate


@dataclass(frozen=True)
class _Candidate:
    """Words that may be a label, and how they stand."""

    name: str
    key: str
    length: int
    """Characters of the text that it takes, with the space after it."""
    form: str
    follows: str
    """Text after it."""


def _candidates(text: str, *, has_more: bool = False) -> list[_Candidate]:
    """Return what may be a label at the beginning of `text`, the likeliest form first."""
    lead = _LEAD.match(text)
    begin = lead.end() if lead else 0
    if clock := _CLOCK_FIRST.match(text, begin):
        begin = clock.end()
    candidates: list[_Candidate] = []
    if bracketed := _BRACKETED.match(text, begin):
        form = "bracketed" if bracketed["colon"] else "bracket"
        candidates += _candidate(bracketed["name"], text, bracketed.end(), form)
    if colon := _BEFORE_COLON.match(text, begin):
        is_clock = colon["name"][-1:].isdigit() and text[colon.end() : colon.end() + 1].isdigit()
        if not is_clock:
            candidates += _candidate(colon["name"], text, colon.end(), "colon")
    if not candidates:
        if dash := _BEFORE_DASH.match(text, begin):
            candidates += _candidate(dash["name"], text, dash.end(), "dash")
        if has_more:
            candidates += _candidate(text[begin:], text, len(text), "line")
    return candidates


def _candidate(name: str, text: str, end: int, form: str) -> list[_Candidate]:
    plain = " ".join(tokens_of(name)).strip(" *_")
    words = plain.split()
    if not words or len(words) > _MAX_LABEL_WORDS or not any(map(str.isalnum, plain)):
        return []
    if len(plain) > MAX_LABEL_CHARS or any(mark in plain for mark in '!?“”"…;'):
        return []
    # “I went home. Then he said: no”: a name goes on after “Mr.” and “J.”, a sentence does not.
    if any(is_sentence_end(word) and len(word) > _MAX_SHORT for word in words[:-1]):
        return []
    end = _SPACE.match(text, end).end()  # type: ignore[union-attr]
    return [_Candidate(plain, label_key(plain), end, form, text[end:].strip())]


_MAX_SHORT = 4
"""Letters of an abbreviation in a name, as “Jr.”, “Mgr.”"""


def label_key(name: str) -> str:
    """Return a label as two are compared: in small letters, without marks that nobody sees."""
    return " ".join(tokens_of(name)).casefold()


# The evidence

MACHINE_LABEL = re.compile(
    r"^(?:speaker|spk|sprecher|locutor|voice|participant|interviewee|interviewer|person|guest|host)"
    r"[ _#-]*[0-9]{1,2}$|^s[0-9]{1,2}$|^speaker [a-z]$|^unknown(?: speaker| [0-9]+)?$"
)
ROLES = frozenset(
    """
    interviewer interviewee speaker participant moderator facilitator host guest narrator
    presenter volunteer researcher respondent carer caregiver patient nurse doctor consultant
    mum mam mummy dad mother father son daughter brother sister wife husband partner gran nan
    grandma grandad friend colleague therapist counsellor interpreter translator chair chairman
    chairwoman chairperson commentator announcer operator client male female man woman boy girl
    voice all both everyone audience me you them us q a qu ans int res question answer
    """.split()  # noqa: SIM905 - as a list it would be a page long
)
_SENTENCE_WORDS = frozenset(
    """
    i he she it we they is was are were am be been being said says say told tell tells asked ask
    asks thought think thinks knew know knows felt feel feels have has had do does did will would
    can could should must may might go goes went came come means meant wrote read reads means
    that this these those what why when how if because but so then just not never there here
    """.split()  # noqa: SIM905
)
_JOINING_WORDS = frozenset("the my your our their his her its for with about as only".split())  # noqa: SIM905
_SOUNDS = frozenset(
    """
    music applause laughter laughs laughing laugh inaudible unintelligible indistinct silence pause
    crosstalk noise background sigh sighs coughs coughing cough crying cries blank_audio blank
    audio sound sounds chuckles chuckle clears throat sobs sniffs whispers whispering
    foreign speaking beep bleep phone rings ringing door knocks redacted name removed
    sic overlapping breath breathing note nb tape transcript recording end break begin
    """.split()  # noqa: SIM905
)
_NUMBER_ONLY = re.compile(r"^[\d.,/%-]{1,3}$")
_LEFT_OUT = re.compile(r"[^\w]+")


def find_labels(
    openings: Sequence[Opening], known: Iterable[str] = (), answers: LabelAnswers | None = None
) -> Labels:
    """Decide over a whole file which words before a colon say who speaks.

    `known` are names that the file itself lists as speakers, in voice tags or a header.
    """
    answers = answers or LabelAnswers()
    return _LabelDecision(openings, known, answers).decide()


class _LabelDecision:
    """The openings of one file, and what speaks for and against each label in them."""

    def __init__(
        self, openings: Sequence[Opening], known: Iterable[str], answers: LabelAnswers
    ) -> None:
        self._openings = openings
        self._certain = {label_key(name): name for name in (*answers.labels, *known) if name}
        self._never = set(map(label_key, answers.not_labels))
        self._found = [_candidates(opening.text, has_more=opening.has_more) for opening in openings]
        self._places: dict[str, list[tuple[int, _Candidate]]] = defaultdict(list)
        for at, candidates in enumerate(self._found):
            for candidate in candidates[:1]:
                self._places[candidate.key].append((at, candidate))
        self._captions = max(1, sum(opening.begins_caption for opening in openings))
        self._is_punctuated = self._share_of_sentence_ends() > _MIN_PUNCTUATED
        small = sum(any(map(str.islower, opening.text)) for opening in openings)
        self._has_small_letters = small > _HALF * len(openings)
        self._small_words = self._words_in_small_letters()
        self._labelled = self._share_of_colons()
        self._everywhere = self._beginning_nearly_all()
        self._dense = self._density()
        self._likely_often = {
            key
            for key, places in self._places.items()
            if len(places) > 1 and self._is_likely(places[0][1])
        }
        self._neighbours = self._alternating()

    def decide(self) -> Labels:
        names: dict[str, str] = {}
        forms: set[str] = set()
        unsure = []
        scores = self._scores()
        for key, places in self._places.items():
            name = Counter(candidate.name for _, candidate in places).most_common(1)[0][0]
            if key in self._never:
                continue
            score = scores[key]
            if score >= TAKEN:
                names[key] = name
                forms |= {candidate.form for _, candidate in places}
            if ASKED <= score < ACCEPTED:
                unsure.append(UnsureLabel(name, len(places), score >= TAKEN))
        for label in self._within_captions(names):
            unsure += [label] if label.count == 1 or not label.is_taken else []
            if label.is_taken:
                names[label_key(label.name)] = label.name
        listed = {key: name for key, name in self._certain.items() if key not in self._never}
        is_lone = len(listed | names) == len(names) == 1 and self._comes_again_among_others(names)
        return Labels(listed | names, frozenset(forms), tuple(unsure), is_lone, self._is_punctuated)

    def _within_captions(self, names: Mapping[str, str]) -> Iterator[UnsureLabel]:
        """Yield labels that stand only after a sentence within a caption, beside known ones."""
        known = names.keys() | self._certain.keys()
        inside: dict[str, list[_Candidate]] = defaultdict(list)
        for opening in self._openings:
            for _, candidate in _after_sentences(opening.text):
                if candidate.key not in known | self._never | self._places.keys():
                    inside[candidate.key].append(candidate)
        for places in inside.values():
            name, follows = places[0].name, [candidate.follows[:1] for candidate in places]
            small = sum(letter.islower() for letter in follows)
            is_name = self._score_of_name(name) > 0 and not is_sentence(name)
            if not is_name or 2 * small > len(places) or not all(follows):
                continue
            is_labelled = bool(names) and self._dense[0] >= _HALF
            if is_labelled or len(places) > 1:
                yield UnsureLabel(name, len(places), is_labelled)

    def _comes_again_among_others(self, names: Mapping[str, str]) -> bool:
        (key,) = names
        labelled = sum(self._openings[at].begins_caption for at, _ in self._places.get(key, ()))
        return 1 < labelled < _NEARLY_ALL * self._captions

    def _scores(self) -> dict[str, float]:
        """Return the score of each label; one in capitals bears out another that stands like it."""
        scores = {
            key: math.inf if self._is_certain(key) else self._score(key, places)
            for key, places in self._places.items()
        }
        loud = {key for key, places in self._places.items() if places[0][1].name.isupper()}
        if not self._has_small_letters or not any(scores[key] >= TAKEN for key in loud):
            return scores
        gain = _FOR_ALTERNATING + _FOR_STANDING_ALONE
        return scores | {
            key: min(scores[key] + gain, ACCEPTED - 0.1)
            for key in loud
            if 0 < scores[key] < TAKEN and key not in self._neighbours
        }

    def _is_certain(self, key: str) -> bool:
        return key in self._certain or bool(MACHINE_LABEL.match(key))

    def _score(self, key: str, places: list[tuple[int, _Candidate]]) -> float:
        candidate = places[0][1]
        if _NUMBER_ONLY.match(candidate.name) and len(places) == 1:
            return 0.0
        score = min(math.log2(len(places)), _MOST_FOR_RECURRING)
        score += self._for_density(candidate.form)
        score += _FOR_ALTERNATING * (key in self._neighbours)
        score -= _FOR_STANDING_ALONE * (not self._likely_often - {key})
        score += _score_of_form(candidate)
        score += self._score_of_words(candidate, len(places))
        score += self._score_of_place(key, places)
        if candidate.form == "line" and self._dense[1] < _MIN_LINES:
            return 0.0
        if len(places) == 1:
            score = self._score_alone(candidate, score)
        if len(places) == 1 and self._dense[0] < _HALF and candidate.form != "bracketed":
            # Once among many without a label: never without a word.
            score = min(score, ACCEPTED - 0.1) - 1.0 * (candidate.key in _PRONOUNS)
        if candidate.form in ("bracket", "dash") and self._dense[1] < _HALF:
            return min(score, 0.0)
        return score

    def _score_alone(self, candidate: _Candidate, score: float) -> float:
        """Return the score of a label that comes once: what may also be said is asked about."""
        if candidate.form == "line":
            is_name = self._score_of_name(candidate.name) > 0
            return min(score + _FOR_EVERY_LINE, ACCEPTED - 0.1) if is_name else 0.0
        if candidate.key in _PAIRED and not self._places.keys() >= _PAIRED:
            return min(score, TAKEN - 0.1)
        if all(map(_is_ordinary, _words_of(candidate.name))):
            return min(score, ACCEPTED - 0.1)
        return score

    def _score_of_words(self, candidate: _Candidate, count: int) -> float:
        """Score the words; Grace and Will are words as well as names, where a name is missing."""
        score = self._score_of_name(candidate.name)
        if candidate.key in self._everywhere:
            return max(score, 0.0)
        is_needed = len(self._likely_often) < _IN_DIALOGUE and count > 1
        if score >= 0 or not is_needed or is_sentence(candidate.name):
            return score
        if self._labelled >= _NEARLY_ALL:
            return 0.0
        return -1.0 if candidate.key in self._neighbours else score

    def _for_density(self, form: str) -> float:
        dense = self._dense[form not in _WITH_COLON]
        return next((gain for share, gain in _FOR_DENSITY if dense >= share), 0.0)

    def _score_of_place(self, key: str, places: list[tuple[int, _Candidate]]) -> float:
        """Score what stands around it: the end of a sentence before, a capital after."""
        score = 0.5 * (places[0][0] == 0)
        befores = [self._openings[at].before for at, _ in places]
        if self._is_punctuated:
            unended = sum(bool(before) and not _ends_sentence(before) for before in befores)
            score -= 2.0 * (2 * unended > len(places))
        follows = [candidate.follows[:1] for _, candidate in places]
        small = sum(letter.islower() for letter in follows)
        if 2 * small > len(places):
            doubt = 1.0 if self._dense[0] >= _NEARLY_ALL else 2.0
            score -= doubt * self._others_follow_with_capitals(key)
        if not places[0][1].follows and not any(self._openings[at].has_more for at, _ in places):
            score -= 1.0
        words = places[0][1].name.split()
        if len(words) == 1 and words[0][:1].isupper() and key in self._small_words:
            score -= 1.0
        return score

    def _others_follow_with_capitals(self, key: str) -> bool:
        letters = [
            candidate.follows[:1]
            for other, places in self._places.items()
            for _, candidate in places
            if other != key and candidate.follows
        ] or [opening.text.strip()[:1] for opening in self._openings]
        capitals = sum(letter.isupper() for letter in letters)
        return capitals > _MOSTLY * len(letters)

    def _share_of_sentence_ends(self) -> float:
        ends = [_ends_sentence(opening.before) for opening in self._openings if opening.before]
        return sum(ends) / max(1, len(ends))

    def _words_in_small_letters(self) -> set[str]:
        return {
            word.strip(".,;:!?")
            for opening in self._openings
            for word in opening.text.split()
            if word.islower()
        }

    def _share_of_colons(self) -> float:
        """Return the share of captions that begin with anything and a colon, but a sentence."""
        return (
            sum(
                bool(candidates)
                and candidates[0].form in _WITH_COLON
                and not is_sentence(candidates[0].name)
                for opening, candidates in zip(self._openings, self._found, strict=True)
                if opening.begins_caption
            )
            / self._captions
        )

    def _beginning_nearly_all(self) -> set[str]:
        """Return ordinary words that come again, with which nearly every caption begins: names.

        Where the file has other names, “Listen:” is said.
        """
        again = {
            key
            for key, places in self._places.items()
            if len(places) > 1
            and all(candidate.form in _WITH_COLON for _, candidate in places)
            and not (is_sentence(places[0][1].name) or _is_sound(places[0][1].name))
        }
        captions = sum(
            self._openings[at].begins_caption for key in again for at, _ in self._places[key]
        )
        has_others = any(self._score_of_name(self._places[key][0][1].name) >= 0 for key in again)
        is_all = len(again) > 1 and captions >= _NEARLY_ALL * self._captions and not has_others
        return again if is_all else set()

    def _density(self) -> tuple[float, float]:
        """Return the share of captions with a likely label: with a colon, and in any form."""
        with_colon = with_any = 0
        for at, candidates in enumerate(self._found):
            if not candidates or not self._openings[at].begins_caption:
                continue
            is_likely = self._is_likely(candidates[0])
            with_colon += is_likely and candidates[0].form in _WITH_COLON
            with_any += is_likely and (
                candidates[0].form != "line" or len(self._places[candidates[0].key]) > 1
            )
        return with_colon / self._captions, with_any / self._captions

    def _is_likely(self, candidate: _Candidate) -> bool:
        if _NUMBER_ONLY.match(candidate.name) and len(self._places[candidate.key]) == 1:
            return False
        if candidate.key in self._everywhere or self._is_certain(candidate.key):
            return True
        return self._score_of_name(candidate.name) >= 0

    def _score_of_name(self, name: str) -> float:
        """Score a label's words; in capitals they are a label where what is said is not."""
        score = _score_of_words(name)
        letters = sum(map(str.isalpha, name))
        is_loud = name.isupper() and letters > 1 and self._has_small_letters
        if not is_loud or _is_sound(name) or is_sentence(name):
            return score
        return max(score, 0.0) + 1.0

    def _alternating(self) -> set[str]:
        """Return the labels that stand next to another one that comes again."""
        keys = [
            candidates[0].key
            for candidates in self._found
            if candidates and not is_sentence(candidates[0].name)
        ]
        likely = {key for key, places in self._places.items() if self._is_likely(places[0][1])}
        often = Counter(key for key in keys if key in likely)
        return {
            key
            for pair in pairwise(keys)
            for key, other in (pair, pair[::-1])
            if key != other and often[other] > 1
        }


_NEARLY_ALL, _IN_DIALOGUE = 0.8, 2
_FOR_EVERY_LINE = 2.0
"""For the first line of a caption where those of nearly all others are names."""
_PAIRED = {"question", "answer"}
_HALF, _MIN_LINES, _MOSTLY, _MIN_PUNCTUATED = 0.5, 0.6, 0.7, 0.3
_MOST_FOR_RECURRING = 3.0
_FOR_DENSITY = ((0.5, 3.0), (0.25, 1.5), (0.12, 0.75))
_FOR_ALTERNATING = 1.0
_FOR_STANDING_ALONE = 0.6


def _ends_sentence(text: str) -> bool:
    words = text.split()
    return bool(words) and (is_sentence_end(words[-1]) or words[-1][-1:] in "。！？،؟।—–-")


def _score_of_form(candidate: _Candidate) -> float:
    match candidate.form:
        case "bracketed":
            return 2.0
        case "bracket" | "dash":
            return -0.5
        case "line":
            return -1.0
    return 0.0


def _score_of_words(name: str) -> float:
    """Score a label's words by themselves: names and roles for it, a sentence against it."""
    words = _words_of(name)
    small = [word.casefold() for word in words]
    if _is_sound(name):
        return -4.0
    if _NUMBER_ONLY.match(name):
        return 0.0
    if _is_telephone_number(name):
        return 1.0
    is_spoken = is_sentence(name) or any(word in _JOINING_WORDS for word in small)
    is_role = any(word in ROLES for word in small) and len(words) <= _MAX_ROLE_WORDS
    if is_role and (len(words) == 1 or not is_spoken):
        return 1.5
    if len(words) == 1:
        return _score_of_word(words[0])
    score = _score_of_several(words) - 3.0 * is_sentence(name)
    score += 1.0 * (small[0] in _TITLES and len(words) <= _MAX_TITLED_WORDS)
    if all(map(_is_ordinary, words)):
        score -= 4.0
    return score - 1.0 * (is_spoken and not is_sentence(name))


def _is_sound(name: str) -> bool:
    return all(word.casefold() in _SOUNDS for word in _words_of(name))


def _words_of(name: str) -> list[str]:
    """Return the words of a label without what is in brackets beside them: “(she/her)”."""
    plain = _IN_BRACKETS.sub(" ", name)
    return [word for word in _LEFT_OUT.split(plain if plain.strip() else name) if word]


_IN_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


def reads_as_speech(name: str) -> bool:
    """Return True for words that by themselves are rather said than a name."""
    return _score_of_words(name) < 0


def is_sentence(name: str) -> bool:
    """Return True for several words with one among them that no name has: “My view is simple”."""
    words = _words_of(name)
    return len(words) > 1 and any(word.casefold() in _SENTENCE_WORDS for word in words)


def _is_telephone_number(name: str) -> bool:
    digits = sum(map(str.isdigit, name))
    return digits >= _MIN_TELEPHONE_DIGITS and not any(map(str.isalpha, name))


_TITLES = frozenset("mr mrs ms mx miss dr prof professor nurse sister father rev sir".split())  # noqa: SIM905
_MAX_TITLED_WORDS = 4
_MIN_TELEPHONE_DIGITS = 7
_MAX_ROLE_WORDS = 3
_PRONOUNS = frozenset(("me", "you", "them", "us", "all", "both", "everyone", "voice"))


def _is_ordinary(word: str) -> bool:
    """Return True for a word of ordinary English, and for no initial."""
    return len(word) > 1 and word.isascii() and is_common(folded_word(word))


def _score_of_word(word: str) -> float:
    if _is_ordinary(word):
        return -4.0
    return 0.5 if not word[:1].islower() else 0.0


def _score_of_several(words: Sequence[str]) -> float:
    """Return more where every word begins as names do; scripts without capitals count as well."""
    small = sum(word[:1].islower() for word in words)
    return 1.0 if small <= (len(words) > _PAIR) else 0.0


_PAIR = 2
