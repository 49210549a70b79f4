"""The workspace's glossary (`interviews/glossary.yml`): words that recognition does not know.

Where the transcript has a known mishearing, the editor's copy offers the term in a hint. No word
is ever replaced automatically. The recogniser is not told the terms: measured on real speech,
sentences were lost behind such a prompt, and terms were heard that nobody had said.
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
_MAX_TERM_CHARS = 60
_MAX_HINT_CHARS = 80
_IN_CLOCK = re.compile(r"(?<=\d):(?=\d)")
_NO_HINT = re.compile(r"[()\\~\[\]|#<]")  # marks of the editor's copy


class Term(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A term of one or a few words, as it is to be written."""

    term: str
    says_as: tuple[str, ...] = ()
    mishearings: tuple[str, ...] = ()
    note: str = ""


class Glossary(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`glossary.yml`."""

    terms: tuple[Term, ...] = ()

    def suggestions(self, words: Sequence[Word]) -> dict[int, tuple[int, str]]:
        """Return mishearings: number of the last word → that of the first, and the term.

        Of two that overlap the one that begins first is taken, and of those the longer.
        """
        tokens = [normalised(word.text) for word in words]
        patterns = self._patterns()
        suggested: dict[int, tuple[int, str]] = {}
        at = 0
        while at < len(tokens):
            match = next(
                (
                    (length, term)
                    for length, term, pattern in patterns.get(tokens[at], ())
                    if tuple(tokens[at : at + length]) == pattern
                    and not _is_written(words[at : at + length], term)
                ),
                None,
            )
            if match:
                suggested[at + match[0] - 1] = (at, hint_text(match[1]))
            at += match[0] if match else 1
        return suggested

    def _patterns(self) -> dict[str, list[tuple[int, str, tuple[str, ...]]]]:
        """Return (length, term, tokens) of every mishearing by its first token, longest first."""
        patterns: dict[str, list[tuple[int, str, tuple[str, ...]]]] = {}
        for term in self.terms:
            for text in (*term.mishearings, *term.says_as):
                tokens = tuple(normalised(part) for part in tokens_of(text))
                patterns.setdefault(tokens[0], []).append((len(tokens), term.term, tokens))
        for options in patterns.values():
            options.sort(key=lambda option: -option[0])
        return patterns


def load_glossary(workspace: Workspace) -> Glossary:
    """Return the workspace's glossary, or an empty one where there is no file.

    Raises BadInput naming the file, the term (counted from 1) and what was expected.
    """
    if not workspace.glossary.exists():
        return Glossary()
    glossary = read_yaml(workspace.glossary, Glossary, shown_as=SHOWN_AS)
    for problem in problems_of(glossary):
        raise BadInput(f"{SHOWN_AS}: {problem}.", "Mend that line and try again.")
    return glossary


def problems_of(glossary: Glossary) -> Iterator[str]:
    """Yield what is wrong with its terms, counted from 1."""
    numbers: dict[str, int] = {}
    for number, term in enumerate(glossary.terms, start=1):
        name = printable(term.term)
        where = f"terms {number}"
        if not tokens_of(term.term):
            yield f"{where} → term: there must be a word"
        if len(term.term) > _MAX_TERM_CHARS:
            yield f"{where} → term: longer than {_MAX_TERM_CHARS} characters"
        # A bracket in a hint would end it, and its rest be read as speech.
        if hint_text(term.term) != " ".join(tokens_of(term.term)):
            yield f"{where} → term: “{name}” must be without brackets and marks"
        key = " ".join(map(normalised, tokens_of(term.term)))
        if key in numbers:
            yield f"{where} → term: “{name}” is term {numbers[key]} already"
        numbers[key] = number
        for field in ("says_as", "mishearings"):
            if not all(tokens_of(text) for text in getattr(term, field)):
                yield f"{where} → {field}: there must be words"


def _is_written(words: Sequence[Word], term: str) -> bool:
    """Return True if these words are the term itself, whatever their capitals."""
    return [normalised(word.text) for word in words] == [
        normalised(part) for part in tokens_of(term)
    ]


def hint_text(text: str) -> str:
    """Return `text` as it can stand in a hint `(?CPA)`: without marks, at most 80 characters."""
    return " ".join(tokens_of(_NO_HINT.sub(" ", text)))[:_MAX_HINT_CHARS].strip()


def hint_sentence(text: str) -> str:
    """Return a sentence that somebody wrote as it can stand in a hint.

    Without colons: “00:09 Ruth: no” would be read as the beginning of a paragraph.
    """
    return hint_text(_IN_CLOCK.sub(".", text).replace(":", ","))
