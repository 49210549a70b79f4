"""Make the table of British spellings from VarCon.

    python -m scripts.british_spelling varcon.txt README transcribe/british_spelling.txt

The first two are files of VarCon (THIRD_PARTY.md names version and hash). Taken are words in
ordinary use whose American spelling is no British one in any of their senses, and that sound alike:
“honor” is, “practice” (the noun) and “mom” (another word) are not.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

MAX_LEVEL = 60
"""Of SCOWL: words above it are hardly ever said."""
_HEADWORD = re.compile(r"^# (?P<word>\S+).*\(level (?P<level>\d+)\)")
_PLAIN = re.compile(r"^[a-z]+$")
# Comparatives that VarCon forms by rule: “organizationallier”.
_COMPARATIVE = re.compile(
    r"(?:edd?|ing|ly|al|ic|able|ous|ful|less|ant|terr|rr|nn)(?:est|lier|liest|lies|ables)$"
    r"|(?:edd|ing|ical|onal|ic|able|ous|ful|less|cognizant|rr|lenn|horr?eal|lier)er$|lier$"
)
_RARE = "(-)"  # a usage that VarCon marks as hardly met with
_BRITISH_USE = re.compile(r"^B[.v]?[0-9]?$")  # preferred, equal or a usual variant
_OTHER_WORDS = """
aerographies aerography aerologies aerology aerometer aerometers afterward airfoil
airfoils airplane airplanes aluminum aluminums asshole assholes behoove behooved
behooves behooving behoovings cardie cere ceres costumier defensed defensing ecus fagot
fagoted fagoting fagots fayer flutist flutists furor furors gerenuk groined groining
heme kindergartner kindergartners maters math mom moms novene patine patined peddler
peddlers perv preprogram presidia specialties specialty subspecialties subspecialty
tidbit tidbits whiskey whiskeys
"""
# Said otherwise than the British words beside them, or other words altogether.
OTHER_WORDS = frozenset(_OTHER_WORDS.split())

NOTICE = """\
# American spelling → British spelling, made by scripts/british_spelling.py from VarCon 2020.12.07.
# Changed from VarCon: one spelling of each, words in ordinary use alone.
#
{licence}
"""


def spellings(lines: list[str]) -> dict[str, str]:
    """Return American spelling → British spelling of the words that are taken."""
    british_of: dict[str, set[str]] = defaultdict(set)
    in_british_use: set[str] = set()
    level = 0
    for line in lines:
        if headword := _HEADWORD.match(line):
            level = int(headword["level"])
        elif line.strip() and not line.startswith("#"):
            forms, _, usage = line.partition(" | ")
            if usage.startswith(_RARE):
                continue
            tagged = list(_tagged(forms))
            british = [word for tags, word in tagged if any(tag in ("B", "B.") for tag in tags)]
            in_british_use |= {word for tags, word in tagged if any(map(_BRITISH_USE.match, tags))}
            for tags, word in tagged:
                if level <= MAX_LEVEL and british and tags & {"A", "A."}:
                    british_of[word].add(british[0])
    return {
        word: next(iter(targets))
        for word, targets in sorted(british_of.items())
        if len(targets) == 1
        and word not in in_british_use | OTHER_WORDS
        and _PLAIN.match(word)
        and not _COMPARATIVE.search(word)
        and _PLAIN.match(next(iter(targets)))
    }


def _tagged(forms: str) -> Iterator[tuple[set[str], str]]:
    """Yield the tags and the word of each spelling in a line; a column’s number is no tag."""
    for form in forms.split(" / "):
        tags, _, word = form.partition(": ")
        yield {tag for tag in tags.split() if not tag.isdigit()}, word.strip()


def licence(readme: str) -> str:
    """Return VarCon’s notices as comments."""
    text = readme[readme.rindex("Copyright\n=========") :].split("\n", 2)[2]
    return "\n".join(f"# {line}".rstrip() for line in text.strip().splitlines())


def main() -> None:
    varcon, readme, table = map(Path, sys.argv[1:4])
    pairs = spellings(varcon.read_text(encoding="iso-8859-1").splitlines())
    notice = NOTICE.format(licence=licence(readme.read_text(encoding="iso-8859-1")))
    rows = "".join(f"{american} {british}\n" for american, british in pairs.items())
    table.write_text(f"{notice}\n{rows}", encoding="utf-8")


if __name__ == "__main__":
    main()
