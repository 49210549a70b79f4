"""Checks that a session can be held as it is planned: its minutes, its numbers, what it asks for.

Mistakes are what cannot be: a role play that takes longer than it has, five sentences where a clip
has four, cards that nobody printed. They keep no plan out of the library, whose staff may know
better. Suggestions are what a facilitator would miss.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from library.core.counting import counted
from library.core.timecode import clock
from library.core.yaml_document import FieldPath, Problem
from publish.training.clip_locator import ClipSpan, StoryWords
from publish.training.plan import (
    Break,
    Dilemma,
    Evaluation,
    EvaluationTime,
    Exercise,
    PlanItem,
    PlannedClip,
    ReflectionQuestion,
    RolePlay,
    TalkItem,
    TrainingPlan,
)
from publish.training.read_plan import PlanFile
from publish.training.time_available import fit, fits, optional_points

_READ_ALOUD = 180
"""Words a minute: quicker than anybody reads to a room, so what takes longer cannot be done."""
_QUESTION_S = 30
"""Seconds in which one question can be asked, and hardly answered."""
_CARDS_S, _CHANGE_S, _DEBRIEF_S = 120, 30, 60
"""Seconds to form groups and read cards, to change places, and for one question afterwards."""
_SORT_CARD_S = 10
_FORM_SCALE_S, _FORM_COMMENT_S = 10, 30
_LONG_WITHOUT_BREAK = 100
"""Minutes in which people can hardly sit and listen without a break."""
_ROUNDED_UP_MS = 999
"""“3:00” would fit into three minutes, and 3:00.4 does not."""

_SMALL_NUMBERS = """
one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty
"""
_NUMBERS = {word: number for number, word in enumerate(_SMALL_NUMBERS.split(), start=1)}
_NUMBERS |= {"thirty": 30, "forty": 40, "forty-five": 45, "sixty": 60, "seventy-five": 75}
_NUMBERS |= {"ninety": 90, "dozen": 12}
_NUMBER = rf"(?P<number>{'|'.join(sorted(_NUMBERS, key=len, reverse=True))}|\d{{1,3}})"
_DEFINITE = r"(?:(?P<definite>these|those|the|all|both|her|his|their|our|in)\s+)"
_ADJECTIVES = r"(?:(?:short|of|the|her|his|their|these|those|following|printed|different)\s+){0,2}"
_GROUPS = {"pairs": 2, "twos": 2, "threes": 3, "trios": 3, "fours": 4, "fives": 5}
_IN_GROUPS = re.compile(r"\bin (pairs|twos|threes|trios|fours|fives)\b", re.IGNORECASE)
_TAKES_TURNS = re.compile(
    r"\b(change|swap|switch|rotate)\s+(round|places|roles|over|parts)\b|\btake (it in )?turns\b"
    r"|\b(each|everybody|everyone|all) (of you )?(plays?|has|have|gets?|takes?) (a|one|their) "
    r"(turn|go)\b|\buntil (each|everybody|everyone)\b|\bminutes? (each|for each)\b|\bin turn\b"
    r"|\bvice versa\b|\b(everybody|everyone|each person|each of you) \w+ once\b",
    re.IGNORECASE,
)
_MINUTES = re.compile(
    rf"(?P<before>\b(?:last|past|next|within|for|these|our|this)\s+)?\b{_NUMBER}(?:\s+|-)minutes?\b",
    re.IGNORECASE,
)
_EACH = re.compile(r"\s+(?:for\s+)?each\b", re.IGNORECASE)
_CARDS_NAMED = r"(?:statements?|statement cards?|sheets?|slips|cards)"
_SHIPPED_ELSEWHERE = re.compile(r"role[- ]?play", re.IGNORECASE)
_TO_BE_MADE = re.compile(
    r"\b(?:worksheets?|questionnaires?|slides|fact ?sheets?|checklists?|case stud(?:y|ies)|quiz)\b",
    re.IGNORECASE,
)
_FURTHER_DOWN = re.compile(
    r"\b(below|attached|enclosed|appended|overleaf|in (?:the|an) appendix|in this plan)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class PlannedSession:
    """A plan with what is known of its clips: where they are, and the words of their stories."""

    file: PlanFile
    plan: TrainingPlan
    spans: Mapping[str, ClipSpan]
    stories: Mapping[str, StoryWords]

    @property
    def numbered(self) -> Iterator[tuple[FieldPath, PlanItem]]:
        """The points, each with its path in the file."""
        for number, item in enumerate(self.plan.running_order):
            yield ("running_order", number), item


def mistakes(session: PlannedSession) -> Iterator[Problem]:
    """Yield what cannot be done as it is planned, each with its line."""
    for at, item in session.numbered:
        yield from _time_mistakes(session, at, item)
        if isinstance(item, RolePlay):
            yield from _group_mistakes(session, at, item)
    yield from _sentence_mistakes(session)
    yield from _clip_count_mistakes(session)
    yield from _count_mistakes_in_opening(session)
    yield from _material_mistakes(session)
    yield from _whole_time_mistakes(session)


def suggestions(session: PlannedSession) -> Iterator[Problem]:
    """Yield what a facilitator would miss on the day, each with its line."""
    plan, problem = session.plan, session.file.problem
    order, last = plan.running_order, len(plan.running_order) - 1
    if not any(isinstance(item, EvaluationTime) for item in order):
        needed = _whole_minutes(form_seconds(plan.evaluation))
        what = (
            "no point gives people the time to fill in the evaluation form, which takes about "
            f"{counted(needed, 'minute')}; add one of the kind evaluation"
        )
        yield problem(("evaluation",), what)
    closing = [item for item in order if not isinstance(item, EvaluationTime)]
    if closing and not isinstance(closing[-1], TalkItem):
        what = (
            "the session has no closing: end it with a talk, in which you thank people and say "
            "who is there for them afterwards"
        )
        yield problem(("running_order", last, "kind"), what)
    if plan.minutes >= _LONG_WITHOUT_BREAK and not any(isinstance(item, Break) for item in order):
        yield problem(("minutes",), f"there is no break in {plan.minutes} minutes")
    for path, text in _material_texts(session):
        made = _TO_BE_MADE.search(text)
        if made and not re.search(r"\b(?:your|own)\b", text, re.IGNORECASE):
            what = f"“{made[0].lower()}” does not come with a plan; say where it is to be had"
            yield problem(path, what)
    for at, item in session.numbered:
        if (length := item.essential_from) and not (shorter := fit(order, length)).is_enough:
            what = f"with it a session of {length} minutes takes {shorter.takes}"
            yield problem((*at, "essential_from"), what)
    yield from _words_of_the_whole(session)


def form_seconds(evaluation: Evaluation) -> int:
    """Return about how long an evaluation form takes, in seconds."""
    rows = sum(2 if scale.when == "before and after" else 1 for scale in evaluation.scales)
    return rows * _FORM_SCALE_S + len(evaluation.comments) * _FORM_COMMENT_S


# Time


def _time_mistakes(session: PlannedSession, at: FieldPath, item: PlanItem) -> Iterator[Problem]:
    has_s = item.minutes * 60
    field = (*at, "minutes")
    if isinstance(item, PlannedClip) and item.id in session.spans:
        span = session.spans[item.id]
        length_ms = span.end - span.start
        if length_ms > has_s * 1000:
            what = f"the clip alone takes {clock(length_ms + _ROUNDED_UP_MS)}; give it more minutes"
            yield session.file.problem(field, what)
            return
    needed_s, why = _seconds_needed(session, at, item)
    if needed_s > has_s:
        needed = counted(_whole_minutes(needed_s), "minute")
        what = f"{why} {needed} at least, and it has {item.minutes}; give it more minutes"
        if isinstance(item, RolePlay) and item.timer and _rounds(item) > 1:
            what += ", fewer rounds or a shorter timer"
        yield session.file.problem(field, what)
    elif item.minutes == 0:
        yield session.file.problem(field, "in 0 minutes nothing can be done; give it some")
    yield from _minutes_named(session, at, item)


def _seconds_needed(session: PlannedSession, at: FieldPath, item: PlanItem) -> tuple[int, str]:
    """Return the least time that a point takes, and how a sentence about it begins."""
    match item:
        case TalkItem():
            is_first = at[1] == 0
            opening_words = " ".join(text for text, _ in session.plan.opening)
            words = item.say + (f" {opening_words}" if is_first else "")
            opening = " and the words to begin with" if is_first else ""
            return _reading_s(words), f"read aloud, these words{opening} take"
        case PlannedClip():
            span = session.spans.get(item.id)
            length_s = (span.end - span.start) // 1000 if span else 0
            pauses_s = sum(pause.timer or _QUESTION_S for pause in item.pauses)
            ask_s = item.timer or _QUESTION_S * len(item.ask)
            return length_s + pauses_s + ask_s, "the clip with its questions takes"
        case ReflectionQuestion():
            return item.timer or _QUESTION_S * len(item.ask), "what is asked here takes"
        case Exercise():
            sorting_s = _SORT_CARD_S * len(item.statements)
            return max(item.timer or 0, sorting_s), "this exercise takes"
        case Dilemma():
            talk_s = max(item.timer or 0, _QUESTION_S * len(item.ask))
            return _reading_s(item.situation) + talk_s, "the situation and its questions take"
        case RolePlay():
            return _role_play_s(item), _role_play_words(item)
        case EvaluationTime():
            return form_seconds(session.plan.evaluation), "the evaluation form takes"
        case _:
            return 0, ""


def _role_play_s(item: RolePlay) -> int:
    rounds = _rounds(item)
    changes_s = _CHANGE_S * (rounds - 1)
    return _CARDS_S + rounds * _round_s(item) + changes_s + _DEBRIEF_S * len(item.debrief)


def _role_play_words(item: RolePlay) -> str:
    rounds = f"{counted(_rounds(item), 'round')} of {clock(_round_s(item) * 1000)}"
    return (
        f"{rounds}, two minutes for the cards and a minute for each of "
        f"{counted(len(item.debrief), 'question')} afterwards take"
    )


def _rounds(item: RolePlay) -> int:
    """Return how often a role play is played: as its author says, or as its brief does."""
    if item.rounds:
        return item.rounds
    if not _TAKES_TURNS.search(item.brief):
        return 1
    group = _IN_GROUPS.search(item.brief)
    return _GROUPS[group[1].lower()] if group else len(item.cards)


def _round_s(item: RolePlay) -> int:
    """Return the seconds of one round: its timer, or the first time that its brief names."""
    named = _MINUTES.search(item.brief)
    return item.timer or (_number(named) * 60 if named else 0)


def _minutes_named(session: PlannedSession, at: FieldPath, item: PlanItem) -> Iterator[Problem]:
    """Yield times named in the steps of an exercise that are together longer than it has."""
    if not isinstance(item, Exercise):
        return
    total, people = 0, 1
    for number, step in enumerate(item.steps):
        if group := _IN_GROUPS.search(step):
            people = _GROUPS[group[1].lower()]
        named = [
            _number(match) * (people if _EACH.match(step, match.end()) else 1)
            for match in _MINUTES.finditer(step)
            if (match["before"] or "").strip().lower() not in {"last", "past"}
        ]
        total += max(named, default=0)
        if named and total > item.minutes:
            what = f"up to here the steps take {total} minutes, and it has {item.minutes}"
            yield session.file.problem((*at, "steps", number), what)
            return


def _whole_time_mistakes(session: PlannedSession) -> Iterator[Problem]:
    """Yield words to begin with that name another length of the session."""
    minutes = session.plan.minutes
    for match in _MINUTES.finditer(session.plan.introduction):
        says = _number(match)
        is_session = (match["before"] or "").strip().lower() in {"next", "these", "our", "this"}
        if is_session and says != minutes and says >= 20:
            what = f"it says {says} minutes, and the session takes {minutes}"
            yield session.file.problem(("introduction",), what)


def _reading_s(words: str) -> int:
    return len(words.split()) * 60 // _READ_ALOUD


def _whole_minutes(seconds: int) -> int:
    return -(-seconds // 60)


# Numbers that words name


def _number(match: re.Match[str]) -> int:
    typed = match["number"].lower()
    return _NUMBERS[typed] if typed in _NUMBERS else int(typed)


def _counts(noun: str, text: str) -> Iterator[tuple[int, bool]]:
    """Yield each number of `noun` in a text, and True where it is all of them that are meant."""
    pattern = rf"\b{_DEFINITE}?(?:{_DEFINITE.replace('definite', 'again')})?{_NUMBER}\s+"
    for match in re.finditer(rf"{pattern}{_ADJECTIVES}(?:{noun})\b", text, re.IGNORECASE):
        yield _number(match), bool(match["definite"])


def _texts(value: object, path: FieldPath = ()) -> Iterator[tuple[FieldPath, str]]:
    """Yield every text of a file, as it was typed, with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts(inner, (*path, number))
    elif isinstance(value, str):
        yield path, value


def _texts_at(session: PlannedSession, path: FieldPath) -> Iterator[tuple[FieldPath, str]]:
    value = session.file.values
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return
    yield from _texts(value, path)


def _material_texts(session: PlannedSession) -> Iterator[tuple[FieldPath, str]]:
    """Yield what is to be brought, for the session or for one point."""
    yield from _texts_at(session, ("materials",))
    for at, _ in session.numbered:
        yield from _texts_at(session, (*at, "materials"))


def _sentence_mistakes(session: PlannedSession) -> Iterator[Problem]:
    """Yield numbers of sentences that a clip does not have."""
    for at, item in session.numbered:
        clip_id = item.id if isinstance(item, PlannedClip) else item.about
        clip = next((clip for clip in session.plan.clips if clip.id == clip_id), None)
        if clip is None or clip.id not in session.spans or clip.story not in session.stories:
            continue
        count = _sentences(session.stories[clip.story], clip, session.spans[clip.id])
        if not count:
            continue
        for path, text in _texts_at(session, at):
            for says, is_all in _counts("sentences", text):
                if says > count or (is_all and says != count):
                    what = f"it says {says} sentences, and the clip has {count}"
                    yield session.file.problem(path, what)


def _sentences(story: StoryWords, clip: PlannedClip, span: ClipSpan) -> int:
    """Return how many sentences are said in a clip; 0 where its words do not tell."""
    if story.cues:
        parts = [cue.text for cue in story.cues if cue.start < span.end and cue.end > span.start]
    else:
        turns = (turn for chapter in story.page.chapters for turn in chapter.paragraphs)
        parts = [turn.text for turn in turns if turn.start < span.end and turn.end > span.start]
    text = " ".join(" ".join(parts).split())
    # A caption may hold the end of the sentence before: the plan’s own words say where it begins.
    if begins := _phrase(clip.from_, text):
        text = text[begins.start() :]
    if ends := _phrase(clip.to, text):
        text = text[: ends.end()]
    text = re.sub(r"\b(Mr|Mrs|Ms|Dr|St|Prof|e\.g|i\.e|etc)\.", r"\1", text)
    sentences = [part for part in re.split(r"[.!?…]+[”’\"')\]]*(?:\s+|$)", text) if part.strip()]
    return len(sentences) if len(sentences) > 1 or len(text.split()) < 25 else 0


def _phrase(typed: str, text: str) -> re.Match[str] | None:
    """Return where words are said, however they are written; None for a time."""
    words = re.findall(r"\w+", typed)
    if not words or re.fullmatch(r"[\d:.,\s]+", typed):
        return None
    spoken = r"\W+".join(map(re.escape, words))
    return re.search(rf"\b{spoken}\b", text, re.IGNORECASE)


def _clip_count_mistakes(session: PlannedSession) -> Iterator[Problem]:
    total = len(session.plan.clips)
    for path, text in _texts(session.file.values):
        for says, is_all in _counts("clips", text):
            if says > total or (is_all and says != total):
                what = f"it says {says} clips, and the plan has {total}"
                yield session.file.problem(path, what)


def _count_mistakes_in_opening(session: PlannedSession) -> Iterator[Problem]:
    """Yield numbers of people, situations and the like in the aim and the words to begin with.

    Elsewhere such a number may be of something else: “hear from three carers of your ward”.
    """
    whole = _things_in(session.plan.running_order)
    at_points = [
        text for at, _ in session.numbered for _, text in _texts_at(session, (*at, "introduction"))
    ]
    is_all_there = not any(_heard(text) for text in at_points)
    for path, text in _texts(session.file.values):
        if path[-1] not in _OPENING:
            continue
        for thing, nouns in _COUNTED.items():
            counts = _counts(nouns, text) if thing != "clip" and whole[thing] else ()
            for says, is_all in counts:
                if says > whole[thing] or (is_all and says != whole[thing]):
                    what = f"it says {counted(says, thing)}, and the plan has {whole[thing]}"
                    yield session.file.problem(path, what)
        numbers = [(_number(match), match["words"]) for match in _heard(text) if match["number"]]
        is_all_said = len(path) == 1 and is_all_there and len(numbers) == 1
        for number, words in numbers:
            if number > whole["story"] or (is_all_said and 1 < number < whole["story"]):
                has = counted(whole["story"], "story")
                yield session.file.problem(path, f"it says “{words}”, and the clips are of {has}")


# Words that a shorter session does not keep


@dataclass(frozen=True)
class _ShorterSession:
    """A session without some points of its plan: one of the usual lengths, or the shortest."""

    length: int
    """Minutes."""
    left_out: frozenset[int]
    """Numbers of points, counted from 1."""
    counts: Mapping[str, int]
    """The number of each thing that words may count (`_COUNTED`)."""


def _words_of_the_whole(session: PlannedSession) -> Iterator[Problem]:
    """Yield words that speak of what only the whole session has: two people, three situations.

    Words of a point are not asked for where the point itself is left out.
    """
    order = session.plan.running_order
    everything = _things_in(order)
    shorter = list(_shorter_sessions(session))
    for path, text in _texts(session.file.values):
        if path[-1] in _UNHEARD or path[0] in {"designed_by", "audience", "level", "evaluation"}:
            continue
        at = int(path[1]) + 1 if path[0] == "running_order" and len(path) > 1 else 0
        held = [it for it in shorter if at not in it.left_out]
        for thing, says, words in _things_said(path, text, everything):
            fewer = {it.length: it.counts[thing] for it in held if it.counts[thing] < says}
            if fewer:
                has = _and(
                    f"{count or 'none'} in {length} minutes" for length, count in fewer.items()
                )
                what = (
                    f"in a shorter session it is not “{words}” ({has}); say it otherwise, or at "
                    "the point that it is about"
                )
                yield session.file.problem(path, what)


def _shorter_sessions(session: PlannedSession) -> Iterator[_ShorterSession]:
    order = session.plan.running_order
    usual = [shorter for shorter in fits(order) if shorter.is_enough and shorter.left_out]
    lengths = {shorter.available: frozenset(shorter.left_out) for shorter in usual}
    if optional := frozenset(optional_points(order)):
        takes = sum(item.minutes for number, item in enumerate(order, 1) if number not in optional)
        lengths.setdefault(takes, optional)
    for length, left_out in sorted(lengths.items()):
        held = [item for number, item in enumerate(order, 1) if number not in left_out]
        yield _ShorterSession(length, left_out, _things_in(held))


def _things_in(items: Sequence[PlanItem]) -> dict[str, int]:
    """Return how many there are of each thing in a session of these points."""
    clips = [item for item in items if isinstance(item, PlannedClip)]
    return {
        "clip": len(clips),
        "story": len({clip.story for clip in clips}),
        "situation": sum(isinstance(item, Dilemma) for item in items),
        "role play": sum(isinstance(item, RolePlay) for item in items),
        "exercise": sum(isinstance(item, Exercise) for item in items),
        "break": sum(isinstance(item, Break) for item in items),
        "statement": sum(len(item.statements) for item in items if isinstance(item, Exercise)),
    }


_COUNTED = {
    "clip": "clips?|films?",
    "story": "stories|story",
    "situation": "situations?|dilemmas?",
    "role play": "role[- ]plays?",
    "exercise": "exercises?",
}
"""Things of a session by the words that stand for them."""
_PEOPLE = (
    rf"(?P<words>(?:(?:the|these|our|those|both|several)\s+)*(?:{_NUMBER}\s+)?(?:\w+\s+)?"
    r"(?:people|persons|carers|relatives|families|mothers|fathers|parents|sisters|brothers"
    r"|daughters|sons|wives|husbands|partners|voices|contributors))\b"
)
_OPENING = {"aim", "introduction"}
"""Fields that speak of the session alone, and not of what people do afterwards."""
_HEARD = re.compile(
    r"\b(?:hear(?:d|ing)?|listen(?:ed|ing)?|meet|met|watch(?:ed|ing)?)\s+"
    rf"(?:(?:from|to|of|how|what|(?:the )?stories of)\s+)?{_PEOPLE}",
    re.IGNORECASE,
)
"""“Hear from two people”: in a session everybody who is heard tells a story of their own."""
_TELLING = re.compile(
    rf"\b{_PEOPLE}\s+(?:[^.!?;:]{{0,60}}?\s)??"
    r"(?:tell(?:ing)?|speak(?:ing)?|talk(?:ing)?|share|sharing|describe"
    r"|(?:you|we)(?: will|’ll| are going to)? (?:hear|meet|watch|see|listen to))\b",
    re.IGNORECASE,
)
"""“Two people tell”, of which the number must be said: “people speak of it” is no count."""
_BROUGHT = {
    "role play": re.compile(
        r"role[- ]?play\w*|\brole cards?\b|\bthe players\b|\b(?:in|out of) (?:their )?roles?\b",
        re.IGNORECASE,
    ),
    "statement": re.compile(r"\banswer key\b|\bstatements\b"),
    "situation": re.compile(r"\bdilemmas?\b", re.IGNORECASE),
    "exercise": re.compile(r"\bthe exercises?\b", re.IGNORECASE),
    "break": re.compile(r"\b(?:in|at|during|before|after) (?:the|a) break\b", re.IGNORECASE),
}
"""Things that are brought, prepared for or looked after, by the words for them."""
_OF_THE_WHOLE = {"aim", "outcomes", "introduction", "materials", "prepare", "support", "follow_up"}
_OF_THE_WHOLE |= {"supervision", "coaching", "later"}
_UNHEARD = {
    "situation",
    "wants",
    "says",
    "statement",
    "answer",
    "why",
    "story",
    "id",
    "about",
    "kind",
}
"""Fields of a situation or of a card, and those that nobody reads."""


def _things_said(
    path: FieldPath, text: str, everything: Mapping[str, int]
) -> Iterator[tuple[str, int, str]]:
    """Yield each thing of the session that a text speaks of, how many of it, and its words."""
    for thing, nouns in _COUNTED.items():
        for says, _ in _counts(nouns, text):
            if says == everything[thing]:
                yield thing, says, counted(says, thing)
    for match in _heard(text) if path[-1] in _OPENING else _HEARD.finditer(text):
        says = _number(match) if match["number"] else min(2, everything["story"])
        if says == everything["story"] or not match["number"]:
            yield "story", says, match["words"]
    is_whole = path[0] in _OF_THE_WHOLE
    for thing, pattern in _BROUGHT.items():
        if is_whole and everything[thing] and (brought := pattern.search(text)):
            yield thing, 1, brought[0]


def _heard(text: str) -> list[re.Match[str]]:
    """Return the words for people who are heard, each of them once."""
    heard = list(_HEARD.finditer(text))
    ends = {match.end("words") for match in heard}
    telling = [match for match in _TELLING.finditer(text) if match["number"]]
    return [*heard, *(match for match in telling if match.end("words") not in ends)]


def _and(parts: Iterable[str]) -> str:
    *before, last = parts
    return f"{', '.join(before)} and {last}" if before else last


# What a session asks for


def _group_mistakes(session: PlannedSession, at: FieldPath, item: RolePlay) -> Iterator[Problem]:
    cards = len(item.cards)
    group = _IN_GROUPS.search(item.brief)
    if group and _GROUPS[group[1].lower()] > cards:
        what = f"it is played in {group[1].lower()}, and there are {counted(cards, 'card')}"
        yield session.file.problem((*at, "cards"), what)
    if session.plan.group.smallest < cards:
        smallest = counted(session.plan.group.smallest, "person")
        what = f"“{item.title}” has {cards} roles, and the smallest group is {smallest}"
        yield session.file.problem(("group",), what)


def _material_mistakes(session: PlannedSession) -> Iterator[Problem]:
    """Yield cards, statements and keys that are asked for and are not in the plan."""
    plan = session.plan
    exercises = [item for item in plan.running_order if isinstance(item, Exercise)]
    statements = sum(len(item.statements) for item in exercises)
    plays = [item for item in plan.running_order if isinstance(item, RolePlay)]
    for path, text in _material_texts(session):
        yield from _asked_for(session, path, text, statements, plays)
    for at, item in session.numbered:
        if isinstance(item, Exercise):
            for path, text in _texts_at(session, (*at, "steps")):
                yield from _cards_asked_for(session, path, text, len(item.statements))


def _asked_for(
    session: PlannedSession,
    path: FieldPath,
    text: str,
    statements: int,
    plays: Sequence[RolePlay],
) -> Iterator[Problem]:
    problem = session.file.problem
    for clause in re.split(r"[;.]", text):
        if _SHIPPED_ELSEWHERE.search(clause):
            if not plays:
                yield problem(path, "there is no role play in this plan that has cards")
            for says, _ in _counts("people|players|persons", clause):
                if plays and all(len(play.cards) != says for play in plays):
                    cards = " and ".join(str(len(play.cards)) for play in plays)
                    yield problem(path, f"it says {says} people, and the role play has {cards}")
        elif re.search(r"\banswer key\b|\bkey to the\b", clause, re.IGNORECASE):
            if not statements:
                yield problem(path, _NO_STATEMENTS.format("an answer key is"))
        elif re.search(r"\bstatements?\b|\bcards\b", clause, re.IGNORECASE):
            # “The cards” may be those of the role play, which are there.
            if statements or not (plays and re.search(r"\bcards\b", clause, re.IGNORECASE)):
                yield from _cards_asked_for(session, path, clause, statements)
        elif _FURTHER_DOWN.search(clause):
            where = _FURTHER_DOWN.search(clause)
            what = f"it says “{where[0] if where else ''}”, and nothing like it is in the plan"
            yield problem(path, what)


_NO_STATEMENTS = (
    "{} asked for, and no exercise has any; write them as its statements, and they are printed"
)


def _cards_asked_for(
    session: PlannedSession, path: FieldPath, text: str, statements: int
) -> Iterator[Problem]:
    """Yield statements or cards that a text asks for where there are none, or another number."""
    counts = [says for says, _ in _counts(_CARDS_NAMED, text)]
    if statements:
        for says in counts:
            # Less than half of them may be one group's share.
            if says != statements and says * 2 > statements:
                what = f"it says {says}, and there are {counted(statements, 'statement')}"
                yield session.file.problem(path, what)
    elif counts or re.search(r"\b(?:statements|cards)\b", text, re.IGNORECASE):
        yield session.file.problem(path, _NO_STATEMENTS.format("statements or cards are"))
