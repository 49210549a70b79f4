"""Measure how many identifying words are asked about where no name is listed.

`python -m benchmarks names [FILE…]`. A thousand stories are put together from `spoken_frames.txt`,
whose gaps are filled with names of one community from `names_by_community.txt`, and
`spoken_fillers.txt`; each is looked at as it is, in small letters, and in small letters without
punctuation. In each FILE of plain text questions are counted.
"""

from __future__ import annotations

import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from rich.console import Console
from rich.table import Table

from transcribe.redaction.normalise import folded_word, word_set
from transcribe.redaction.possible_names import PossibleName, possible_names
from transcribe.redaction.talk import SaidWord

HERE = Path(__file__).parent
STORIES = 1_000
WORDS = 1_000
"""Words of a story, at least."""
SENTENCES_WITH_NAMES = 16
_GAP = re.compile(r"\{(\w+?)\d?\}")
_WHOLE_GAP = re.compile(r"\{(\w+)\}")
_LISTS = {
    "town": "towns",
    "street": "streets",
    "ward": "wards",
    "hospital": "hospitals",
    "service": "services",
    "school": "schools",
    "employer": "employers",
}
_TELLS_NOTHING = word_set(
    "ward house hospital road street avenue lane hill way drive close court grove walk crescent "
    "rise view terrace park lodge unit centre school college academy primary high grammar home "
    "carers open together for the of and on upon le la super de service survivor led crisis "
    "wellbeing trust st girls age citizens advice young first bus water foods british royal post "
    "medical queens new turning making space point station church"
)


@dataclass(frozen=True)
class SeededWord:
    """A word of a made story, with what the seeds say of it."""

    text: str
    kind: str
    """Kind of name it belongs to; empty for a word that tells nothing."""


@dataclass(frozen=True)
class SeededStory:
    """A story with names that nobody listed."""

    community: str
    paragraphs: tuple[tuple[SeededWord, ...], ...]


@dataclass(frozen=True)
class NameSource:
    """Names by which stories are filled in."""

    communities: dict[str, tuple[list[str], list[str]]]
    """Given names and surnames of each."""
    lists: dict[str, list[str]]


def read_names() -> NameSource:
    communities: dict[str, tuple[list[str], list[str]]] = {}
    lists: dict[str, list[str]] = {}
    heading, community = "", ""
    for line in _lines("names_by_community.txt"):
        if line.startswith("="):
            heading = line[1:].strip()
            continue
        names = [name.replace("_", " ") for name in line.split()]
        if heading in _LISTS.values():
            lists[heading] = names
        elif heading == "surnames":
            communities[community] = (communities[community][0], names)
        else:
            community = heading
            communities[community] = (names, [])
    return NameSource(communities, lists)


def _lines(name: str) -> list[str]:
    text = (HERE / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def frames() -> dict[str, list[str]]:
    """Return the sentences with gaps, by heading."""
    by_heading: dict[str, list[str]] = defaultdict(list)
    heading = ""
    for line in _lines("spoken_frames.txt"):
        if line.startswith("="):
            heading = line[1:].strip()
        else:
            by_heading[heading].append(line)
    return by_heading


def seeded_stories(count: int, source: NameSource, seed: int = 1) -> Iterator[SeededStory]:
    dice = random.Random(seed)
    names = sorted(source.communities)
    for number in range(count):
        yield _story(names[number % len(names)], source, dice)


def _story(community: str, source: NameSource, dice: random.Random) -> SeededStory:
    given, surnames = source.communities[community]
    first = dice.sample(given, 3)
    last = dice.sample(surnames, 2)
    towns = dice.sample(source.lists["towns"], 2)
    values = {"first": first[0], "first2": first[1], "first3": first[2]}
    values |= {"last": last[0], "last2": last[1], "town": towns[0], "town2": towns[1]}
    for gap, heading in _LISTS.items():
        values.setdefault(gap, dice.choice(source.lists[heading]))
    # Nobody speaks of everything in twenty minutes.
    spoken_of = {"first", "last", *dice.sample(["first2", "first3", "last2"], 1)}
    spoken_of |= set(dice.sample(["town", *list(_LISTS)[1:]], 3))
    usable = [
        frame
        for lines in frames().values()
        for frame in lines
        if set(_WHOLE_GAP.findall(frame)) <= spoken_of
    ]
    chosen = [dice.choice([f for f in usable if f"{{{gap}}}" in f]) for gap in sorted(spoken_of)]
    chosen += dice.sample(usable, SENTENCES_WITH_NAMES - len(chosen))
    sentences = [_filled(frame, values) for frame in dict.fromkeys(chosen)]
    words = sum(map(len, sentences))
    fillers = _lines("spoken_fillers.txt")
    dice.shuffle(fillers)
    for filler in cycle(fillers):
        if words >= WORDS:
            break
        sentence = tuple(SeededWord(word, "") for word in filler.split())
        sentences.append(sentence)
        words += len(sentence)
    dice.shuffle(sentences)
    paragraphs = []
    while sentences:
        size = dice.randint(1, 7)
        paragraphs.append(tuple(word for sentence in sentences[:size] for word in sentence))
        sentences = sentences[size:]
    return SeededStory(community, tuple(paragraphs))


def _filled(frame: str, values: dict[str, str]) -> tuple[SeededWord, ...]:
    words = []
    for token in frame.split():
        gap = _GAP.search(token)
        if gap is None:
            words.append(SeededWord(token, ""))
            continue
        whole = _WHOLE_GAP.search(token)
        assert whole
        value = token[: whole.start()] + values[whole[1]] + token[whole.end() :]
        for word in value.split():
            tells = folded_word(word) not in _TELLS_NOTHING
            words.append(SeededWord(word, gap[1] if tells else ""))
    return tuple(words)


def as_said(story: SeededStory, form: str) -> tuple[list[SaidWord], list[str]]:
    """Return the words of a story in one of the forms, and the kind of name of each."""
    said, kinds = [], []
    for number, paragraph in enumerate(story.paragraphs):
        for word in paragraph:
            text = word.text if form == "as it is" else word.text.lower()
            if form == "no punctuation":
                text = re.sub(r"[^\w'’&-]", " ", text)
            for part in text.split():
                said.append(SaidWord(part, 0 if form == "no punctuation" else number))
                kinds.append(word.kind)
    return said, kinds


FORMS = ("as it is", "in small letters", "no punctuation")


@dataclass
class Tally:
    """Counts over many stories of one form."""

    words: int = 0
    questions: int = 0
    of_nothing: int = 0
    """Questions about words that tell nothing."""

    def __post_init__(self) -> None:
        self.said: Counter[tuple[str, str]] = Counter()
        self.found: Counter[tuple[str, str]] = Counter()
        self.missed: Counter[str] = Counter()
        self.false: Counter[str] = Counter()

    def add(self, story: SeededStory, form: str) -> None:
        words, kinds = as_said(story, form)
        names = possible_names(words)
        covered = {at for name in names for first, last in name.places for at in range(first, last)}
        self.words += len(words)
        self.questions += len(names)
        for name in names:
            if not _is_about_a_seed(name, kinds):
                self.of_nothing += 1
                self.false[name.said] += 1
        for at, kind in enumerate(kinds):
            if kind:
                self.said[kind, story.community] += 1
                if at in covered:
                    self.found[kind, story.community] += 1
                else:
                    context = " ".join(word.text for word in words[max(0, at - 3) : at + 3])
                    self.missed[f"{words[at].text} [{kind}]: {context}"] += 1

    def recall(self, *, kind: str = "", community: str = "") -> float:
        def of(counts: Counter[tuple[str, str]]) -> int:
            return sum(
                count
                for (its_kind, its_community), count in counts.items()
                if kind in ("", its_kind) and community in ("", its_community)
            )

        return of(self.found) / (of(self.said) or 1)


def _is_about_a_seed(name: PossibleName, kinds: Sequence[str]) -> bool:
    return any(kinds[at] for first, last in name.places for at in range(first, last))


def measure(count: int = STORIES, seed: int = 1) -> dict[str, Tally]:
    """Return the counts over made stories, by form."""
    source = read_names()
    tallies = {form: Tally() for form in FORMS}
    for story in seeded_stories(count, source, seed):
        for form, tally in tallies.items():
            tally.add(story, form)
    return tallies


def main(paths: Sequence[str]) -> None:
    console = Console(width=110)
    tallies = measure()
    console.print(_summary(tallies))
    console.print(_by(tallies, "kind", 0))
    console.print(_by(tallies, "community", 1))
    if paths:
        console.print(_in_files([Path(path) for path in paths]))


def _summary(tallies: dict[str, Tally]) -> Table:
    table = Table(title=f"{STORIES} stories, no name listed")
    for heading in ("form", "words", "identifying words", "asked about", "questions", "of nothing"):
        table.add_column(heading, justify="right")
    for form, tally in tallies.items():
        table.add_row(
            form,
            f"{tally.words}",
            f"{sum(tally.said.values())}",
            f"{tally.recall():.2%}",
            f"{tally.questions / tally.words * 1000:.1f} in 1,000 words",
            f"{tally.of_nothing / tally.words * 1000:.1f}",
        )
    return table


def _by(tallies: dict[str, Tally], name: str, place: int) -> Table:
    table = Table(title=f"Asked about, by {name}")
    table.add_column(name)
    for form in tallies:
        table.add_column(form, justify="right")
    for value in sorted({key[place] for tally in tallies.values() for key in tally.said}):
        row = [f"{tally.recall(**{name: value}):.1%}" for tally in tallies.values()]
        table.add_row(value, *row)
    return table


def _in_files(paths: Sequence[Path]) -> Table:
    table = Table(title="Questions per 1,000 words in texts")
    for heading in ("text", "words", *FORMS):
        table.add_column(heading, justify="right")
    for path in paths:
        lines = path.read_text(encoding="utf-8").splitlines()
        story = SeededStory(
            "",
            tuple(tuple(SeededWord(word, "") for word in line.split()) for line in lines if line),
        )
        words = len(as_said(story, FORMS[0])[0])
        counts = [len(possible_names(as_said(story, form)[0])) for form in FORMS]
        table.add_row(path.name, str(words), *(f"{n / words * 1000:.1f}" for n in counts))
    return table


if __name__ == "__main__":
    main(sys.argv[1:])
