"""Measure how easy a page is to read, and how long it takes.

    python -m scripts.reading_age [PAGE…]      (default: the handbooks)

Flesch and Kincaid’s grade is a number of years at school; a reading age is five to six more.
Commands and tables of paths are no sentences: what stands in code is left out.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pyphen

ROOT = Path(__file__).parents[1]
HANDBOOKS = ("recording", "editing", "using")
WORDS_A_MINUTE = 200
"""As somebody reads who also looks at pictures and tries things."""
_HYPHENS = pyphen.Pyphen(lang="en_GB")
_VOWELS = re.compile(r"[aeiouy]+")


@dataclass(frozen=True)
class Reading:
    """Length and difficulty of a page."""

    words: int
    grade: float
    longest: int
    """Words of its longest sentence."""

    @property
    def minutes(self) -> float:
        return self.words / WORDS_A_MINUTE

    @property
    def age(self) -> float:
        return self.grade + 5.5


def handbook_pages() -> list[Path]:
    """Return the pages of the three handbooks and the one they begin with."""
    folders = [path for name in HANDBOOKS for path in sorted((ROOT / "docs" / name).glob("*.md"))]
    return [ROOT / "docs" / "index.md", *folders]


def reading_of(page: str) -> Reading:
    """Measure a page of Markdown."""
    words = words_of(without_code(page))
    sentence_list = sentences(words)
    return Reading(sum(map(len, sentence_list)), grade(words), max(map(len, sentence_list)))


def without_code(page: str) -> str:
    """Return the page without fenced code and pictures."""
    page = re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    page = re.sub(r"^(?: {4}.*\n)+", "", page, flags=re.MULTILINE)
    return re.sub(r"!\[[^\]]*\]\([^)]*\)", "", page)


def words_of(page: str) -> str:
    """The words people read: without marks, addresses and comments; list items end sentences."""
    page = re.sub(r"<!--.*?-->|\{#[^}]*\}|^\|[ |:-]*\|$", "", page, flags=re.MULTILINE)
    page = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", page)
    page = re.sub(r"^\s*(?:[-*>|]|\d+\.|#+)\s+", "\n\n", page, flags=re.MULTILINE)
    return re.sub(r"\s\|\s?", "\n\n", re.sub(r"[*`]", "", page))


def sentences(words: str) -> list[list[str]]:
    """Return the words of each sentence."""
    parts = re.split(r"(?<=[.!?:;])[”’)]?\s+|\n\s*\n", words)
    word_lists = (re.findall(r"[A-Za-z][A-Za-z’'-]*", part) for part in parts)
    return [sentence for sentence in word_lists if sentence]


def syllables(word: str) -> int:
    """The larger of two counts, for each misses some: where it may be parted, and its vowels."""
    small = word.lower()
    vowel_groups = len(_VOWELS.findall(small)) - (small.endswith("e") and not small.endswith("le"))
    return max(1, vowel_groups, len(_HYPHENS.positions(small)) + 1)


def grade(words: str) -> float:
    """Flesch–Kincaid grade level (Kincaid and others, 1975)."""
    sentence_list = sentences(words)
    count = sum(map(len, sentence_list))
    syllable_count = sum(syllables(word) for sentence in sentence_list for word in sentence)
    return 0.39 * count / len(sentence_list) + 11.8 * syllable_count / count - 15.59


def main(arguments: list[str]) -> None:
    """Print a line for each page."""
    print("reading age  minutes  longest sentence  page")
    for path in map(Path, arguments) if arguments else handbook_pages():
        reading = reading_of(path.read_text(encoding="utf-8"))
        print(f"{reading.age:11.1f}  {reading.minutes:7.1f}  {reading.longest:16}  {path.name}")


if __name__ == "__main__":
    main(sys.argv[1:])
