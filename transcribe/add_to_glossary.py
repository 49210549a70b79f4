"""Add a term to `interviews/glossary.yml`, and leave all else as somebody wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import yaml

from library.core.errors import BadInput
from library.core.files import write_atomic
from library.core.workspace import Workspace
from library.core.yaml_document import decoded, read_bytes, record_of
from transcribe.glossary import SHOWN_AS, Glossary, Term, load_glossary, problems_of
from transcribe.words import normalised, tokens_of

_BY_HAND = f"Add it there by hand: {SHOWN_AS}"


def add_to_glossary(workspace: Workspace, term: str, mishearing: str = "") -> Term:
    """Put a term on the list, or a mishearing to one that is there; return the term.

    Raises BadInput for what cannot stand there, and for a file that cannot be read or is written
    in a form to which nothing can be added; NoRoom or DiskFailed.
    """
    before = load_glossary(workspace)
    term, mishearing = (" ".join(tokens_of(text)) for text in (term, mishearing))
    wanted, number = _with_term(before, term, mishearing)
    for problem in problems_of(wanted):
        raise BadInput(f"That cannot stand in {SHOWN_AS}: {problem}.", "Write it otherwise.")
    if wanted != before:
        path = workspace.glossary
        text = decoded(read_bytes(path, shown_as=SHOWN_AS)) if path.exists() else ""
        text = text.replace("\r\n", "\n")
        data = _text_with(text, before, wanted, number).encode()
        _require_read_as(wanted, data, path)
        write_atomic(path, data)
    return wanted.terms[number]


def _require_read_as(wanted: Glossary, data: bytes, path: Path) -> None:
    """Raise BadInput unless the new file is read as what is wanted.

    Else its form is one that is not understood here.
    """
    try:
        is_so = record_of(data, path, Glossary, shown_as=SHOWN_AS) == wanted
    except BadInput:
        is_so = False
    if not is_so:
        raise BadInput(f"{SHOWN_AS} is written in a form to which nothing is added.", _BY_HAND)


def _with_term(glossary: Glossary, term: str, mishearing: str) -> tuple[Glossary, int]:
    """Return the glossary with the term, and its number there, counted from 0."""
    keys = [_key(each.term) for each in glossary.terms]
    added = (mishearing,) if mishearing else ()
    if _key(term) not in keys:
        new = Term(term=term, mishearings=added)
        return msgspec.structs.replace(glossary, terms=(*glossary.terms, new)), len(keys)
    number = keys.index(_key(term))
    own = glossary.terms[number]
    if _key(mishearing) in map(_key, (*own.mishearings, "")):
        return glossary, number
    own = msgspec.structs.replace(own, mishearings=(*own.mishearings, *added))
    terms = (*glossary.terms[:number], own, *glossary.terms[number + 1 :])
    return msgspec.structs.replace(glossary, terms=terms), number


def _key(text: str) -> tuple[str, ...]:
    return tuple(map(normalised, tokens_of(text)))


def _text_with(text: str, before: Glossary, wanted: Glossary, number: int) -> str:
    """Return the file's text with what `wanted` has more than `before`."""
    own = wanted.terms[number]
    root = yaml.compose(text, yaml.SafeLoader)
    terms = _value_of(root, "terms")
    lines = [f"- term: {_scalar(own.term)}"]
    if own.mishearings:
        lines.append(f"  mishearings: [{', '.join(map(_scalar, own.mishearings))}]")
    if terms is None or not before.terms:
        # A key without anything, or with an empty list, is written anew.
        kept = text[: root.start_mark.index] if terms is not None and root else text
        return kept.rstrip("\n") + "\n" * bool(kept.strip()) + _block("terms:", lines)
    if number == len(before.terms):
        return _after_line(text, _end_of(terms), terms.start_mark.column, lines)
    return _with_mishearing(text, terms.value[number], own.mishearings[-1])


def _block(head: str, lines: list[str]) -> str:
    return "\n".join([head, *(f"  {line}" for line in lines)]) + "\n"


def _with_mishearing(text: str, term: yaml.MappingNode, mishearing: str) -> str:
    heard = _value_of(term, "mishearings")
    if heard is None:
        end = _end_of(_value_of(term, "term") or term)
        line = f"mishearings: [{_scalar(mishearing)}]"
        return _after_line(text, end, term.start_mark.column, [line])
    if not heard.flow_style:
        lines = [f"- {_scalar(mishearing)}"]
        return _after_line(text, _end_of(heard), heard.start_mark.column, lines)
    end = heard.end_mark.index - 1
    between = ", " if heard.value else ""
    return text[:end].rstrip(" ,") + between + _scalar(mishearing) + text[end:]


def _value_of(node: yaml.Node | None, key: str) -> yaml.CollectionNode | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key:
                return value  # type: ignore[no-any-return]
    return None


def _end_of(node: yaml.Node) -> int:
    """Return where the last word of a node ends: a block itself ends behind later comments."""
    return max(leaf.end_mark.index for leaf in _leaves(node))


def _leaves(node: yaml.Node) -> Iterator[yaml.Node]:
    if not isinstance(node, yaml.CollectionNode) or node.flow_style:
        yield node
        return
    for child in node.value:
        for part in child if isinstance(child, tuple) else (child,):
            yield from _leaves(part)


def _after_line(text: str, end: int, column: int, lines: list[str]) -> str:
    """Return the text with lines put in behind the line that has the character before `end`."""
    line_end = text.find("\n", end)
    if line_end < 0:
        text, line_end = f"{text}\n", len(text)
    added = "".join(f"{' ' * column}{line}\n" for line in lines)
    return text[: line_end + 1] + added + text[line_end + 1 :]


def _scalar(text: str) -> str:
    """Return a word as it stands in a list in brackets."""
    listed = yaml.safe_dump([text], allow_unicode=True, default_flow_style=True, width=10_000)
    return listed.strip()[1:-1]
