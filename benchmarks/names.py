"""Measure how many misheard names are found, how many questions are asked, and the time taken.

`python -m benchmarks.names [FILE…]` prints the figures for our own set of names. Each FILE of plain
text is searched as well, to count the questions that random lists of names raise in it.
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.measure import ROOT
from tests.support.misheard_names import by_ear, halves, misheard
from transcribe.redaction.detect import name_hits, without_overlaps
from transcribe.redaction.name_list import ListedName
from transcribe.redaction.normalise import folded
from transcribe.redaction.phonetics import is_respelt
from transcribe.redaction.text_model import Hit, SpokenText, SpokenWord, search_targets

SPLIT = 1
"""Seed that divides the names: the matcher was made while looking at the first half."""
ROUNDS = 20
TEN_THOUSAND = 10_000


def main(paths: list[str]) -> None:
    console = Console(width=110)
    console.print(_recall())
    console.print(_questions([Path(path) for path in paths]))
    console.print(f"10,000 words, 20 names: {_seconds():.2f} s")


def _recall() -> Table:
    table = Table(title="Misheard names that are found (seeds 2, 3 and 4 together)")
    for heading in ("names", "by ear", "by rule", "in no table of ours"):
        table.add_column(heading, justify="right")
    for label, names in zip(("looked at", "held out"), halves(SPLIT), strict=True):
        samples = [sample for seed in (2, 3, 4) for sample in misheard(names, seed)]
        results = [
            (sample, _is_found(sample.text, sample.name, sample.first, sample.last))
            for sample in samples
        ]
        ear = [is_found for sample, is_found in results if sample.by_ear]
        rule = [is_found for sample, is_found in results if not sample.by_ear]
        free = [is_found for sample, is_found in results if not is_respelt(folded(sample.name))]
        table.add_row(label, _share(ear), _share(rule), _share(free))
    return table


def _share(results: list[bool]) -> str:
    return f"{sum(results)} of {len(results)}: {sum(results) / len(results):.1%}"


def _is_found(text: str, name: str, first: int, last: int) -> bool:
    hits = _hits(_talk(text.split()), [name])
    return any(hit.first < last and hit.last > first for hit in hits)


def _questions(paths: list[Path]) -> Table:
    table = Table(title=f"Asked per 1,000 words, {ROUNDS} lists of names drawn at random")
    for heading in ("text", "words", "5 names", "10 names", "20 names"):
        table.add_column(heading, justify="right")
    texts = {"the demonstration": _demonstration()}
    texts |= {path.name: path.read_text(encoding="utf-8").split() for path in paths}
    for label, words in texts.items():
        talk, row = _talk(words), []
        for count in (5, 10, 20):
            dice = random.Random(count)
            drawn = [dice.sample(sorted(by_ear()), count) for _ in range(ROUNDS)]
            questions = sum(len(_hits(talk, names)) for names in drawn)
            row.append(f"{questions / ROUNDS / len(words) * 1000:.1f}")
        table.add_row(label, str(len(words)), *row)
    return table


def _demonstration() -> list[str]:
    files = sorted((ROOT / "interviews" / "demo").glob("*.words.json"))
    return [word[0] for path in files for word in json.loads(path.read_text(encoding="utf-8"))]


def _seconds() -> float:
    words = (_demonstration() * (TEN_THOUSAND // 800 + 1))[:TEN_THOUSAND]
    names = random.Random(9).sample(sorted(by_ear()), 20)
    began = time.perf_counter()
    _hits(_talk(words), names)
    return time.perf_counter() - began


def _talk(words: list[str]) -> SpokenText:
    return SpokenText([SpokenWord(word, at * 300, at * 300 + 250) for at, word in enumerate(words)])


def _hits(talk: SpokenText, names: list[str]) -> list[Hit]:
    targets = list(search_targets([ListedName(name=name) for name in names]))
    return without_overlaps([*name_hits(talk, targets)])


if __name__ == "__main__":
    main(sys.argv[1:])
