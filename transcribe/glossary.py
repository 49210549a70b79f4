"""The workspace's glossary: words that recognition does not know, in `interviews/glossary.yml`.

It is told to Whisper before it listens, and where a known mishearing stands in the transcript the
editor's copy offers the term. Nothing is ever replaced by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from library.core.errors import BadInput
from library.core.sanitise import printable
from library.core.workspace import Workspace
from library.core.yaml_document import read_yaml
from transcribe.words import Word, normalised, tokens_of

SHOWN_AS = "interviews/glossary.yml"
LONGEST_PROMPT = 600
"""Characters: Whisper takes no more than 224 tokens, and keeps the last."""
_LONGEST_TERM = 60
_NO_HINT = re.compile(r"[()\\~\[\]|#<]")


class Term(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word or a few, as they are to be written."""

    term: str
    says_as: tuple[str, ...] = ()
    mishearings: tuple[str, ...] = ()
    note: str = ""


class Glossary(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`glossary.yml`. The most important terms first: a prompt has little room."""

    terms: tuple[Term, ...] = ()

    def prompt(self) -> str | None:
        """What Whisper is told before it listens; None where there is nothing to tell."""
        said = ""
        for term in self.terms:
            longer = f"{said}, {term.term}" if said else term.term
            if len(longer) > LONGEST_PROMPT:
                break
            said = longer
        return f"They speak of: {said}." if said else None

    def suggestions(self, words: Sequence[Word]) -> dict[int, tuple[int, str]]:
        """Where a mishearing stands: its last word → its first word and what it may have been.

        Of two that overlap the one that begins first is offered, and of those the longer.
        """
        heard = [normalised(word.text) for word in words]
        patterns = self._patterns()
        offered: dict[int, tuple[int, str]] = {}
        at = 0
        while at < len(heard):
            found = next(
                (
                    (length, term)
                    for length, term, said in patterns.get(heard[at], ())
                    if tuple(heard[at : at + length]) == said
                    and not _is_written(words[at : at + length], term)
                ),
                None,
            )
            if found:
                offered[at + found[0] - 1] = (at, hint_text(found[1]))
            at += found[0] if found else 1
        return offered

    def _patterns(self) -> dict[str, list[tuple[int, str, tuple[str, ...]]]]:
        patterns: dict[str, list[tuple[int, str, tuple[str, ...]]]] = {}
        for term in self.terms:
            for text in (*term.mishearings, *term.says_as):
                said = tuple(normalised(part) for part in tokens_of(text))
                patterns.setdefault(said[0], []).append((len(said), term.term, said))
        for found in patterns.values():
            found.sort(key=lambda one: -one[0])
        return patterns


def load_glossary(workspace: Workspace) -> Glossary:
    """The glossary, or an empty one where there is no file.

    Raises BadInput naming the file, the term (counted from 1) and what was expected.
    """
    if not workspace.glossary.exists():
        return Glossary()
    glossary = read_yaml(workspace.glossary, Glossary, shown_as=SHOWN_AS)
    for problem in _problems(glossary):
        raise BadInput(f"{SHOWN_AS}: {problem}.", "Mend that line and try again.")
    return glossary


def _problems(glossary: Glossary) -> Iterator[str]:
    seen: dict[str, int] = {}
    for number, term in enumerate(glossary.terms, start=1):
        name = printable(term.term)
        where = f"terms {number}"
        if not tokens_of(term.term):
            yield f"{where} → term: there must be a word"
        if len(term.term) > _LONGEST_TERM:
            yield f"{where} → term: longer than {_LONGEST_TERM} characters"
        if hint_text(term.term) != " ".join(tokens_of(term.term)):
            yield f"{where} → term: “{name}” must be without brackets and marks"
        key = " ".join(map(normalised, tokens_of(term.term)))
        if key in seen:
            yield f"{where} → term: “{name}” is term {seen[key]} already"
        seen[key] = number
        for field in ("says_as", "mishearings"):
            if not all(tokens_of(text) for text in getattr(term, field)):
                yield f"{where} → {field}: there must be words"


def _is_written(words: Sequence[Word], term: str) -> bool:
    """Whether these words are the term as it is written, give or take capitals at its edges."""
    return [normalised(word.text) for word in words] == [
        normalised(part) for part in tokens_of(term)
    ]


def hint_text(text: str) -> str:
    """`text` as it can stand in a mark of doubt: `(?CPA)`."""
    return " ".join(tokens_of(_NO_HINT.sub(" ", text)))[:80].strip()
