"""Faults of built pages, each with the line in which somebody wrote it and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

from library.core.counting import counted
from library.core.errors import ToolFailed
from library.core.files import translate_disk_errors
from library.core.workspace import Workspace
from library.workspace_template import mixed_design_note

MOST_FAULTS = 40
"""Faults that are named; a mistake in the frame is on every page."""
_MOST_LINES = 5
_WRITTEN_AS = {
    "a style in the page itself": re.compile(r"<style\b|\bstyle\s*=", re.IGNORECASE),
    "a script in the page itself": re.compile(r"<script\b", re.IGNORECASE),
    "an event handler in an attribute": re.compile(r"\bon\w+\s*=", re.IGNORECASE),
    "a page within the page": re.compile(r"\bsrcdoc\b", re.IGNORECASE),
    "a page that goes elsewhere by itself": re.compile(r"http-equiv", re.IGNORECASE),
}
"""Pattern in the Markdown of a page, by the beginning of the fault."""
_ADVICE = {
    "a style": "Take out the style: how pages look is said in site/assets/css.",
    "a script": "Take out the script: no page runs one that is written in it.",
    "an event handler": "Take out the attribute: no page runs a script that is written in it.",
    "asks another host": "Put the picture, film or sound into site/content and show it from there.",
    "a link to what is not there": "Mend the address of the link, or put the file where it leads.",
    "a link to a folder": "Name the page in that folder.",
    "a link to no part": "Mend what stands after # in the link, or name that part of the page it "
    "leads to: a heading that ends in {#its-name}.",
}
"""Sentences about what to do, by the beginning of the fault."""
_NEW_LINE = "\n  "
_OUTER_TAGS = re.compile(r"\A(?:\s|<[^<>]*>)+|(?:\s|<[^<>]*>)+\Z")
"""Tags round a line, which Markdown put there."""
_QUOTED = re.compile(r"\((.+)\)\Z|“(.+)”\Z|\Aline (\d+) ")
_OF_MKDOCS = re.compile(r"\ADoc file '(?P<page>[^']+)' contains [^']*'(?P<address>[^']+)'")


def page_faults(workspace: Workspace, folder: Path, faults: Sequence[str]) -> ToolFailed:
    """Return the refusal for `faults`, sentences as “help.html: a style in the page itself”.

    `folder` holds the pages as they were built. Raises DiskFailed.
    """
    lines = [f"{fault}{_lines_of(workspace, folder, fault)}" for fault in faults[:MOST_FAULTS]]
    more = len(faults) - len(lines)
    lines += [f"and {more} more"] if more > 0 else []
    advice = [
        sentence
        for start, sentence in _ADVICE.items()
        if any(fault.partition(": ")[2].startswith(start) for fault in faults)
    ]
    named = _NEW_LINE.join([f"The pages have {counted(len(faults), 'fault')}:", *lines])
    if mixed := mixed_design_note(workspace):
        # Likelier than any mistake in a page: a frame of another version is on each of them.
        return ToolFailed(f"{named}\n{mixed.what}", f"{mixed.next_step} Then build again.")
    return ToolFailed(named, " ".join([*advice, "Mend it in site/ or mkdocs.yml and build again."]))


def with_lines(workspace: Workspace, warnings: Iterable[str]) -> list[str]:
    """Return warnings of MkDocs, those about a link with its page and line. Raises DiskFailed."""
    return [f"{warning}{_line_of_warning(workspace, warning)}" for warning in warnings]


def _line_of_warning(workspace: Workspace, warning: str) -> str:
    match = _OF_MKDOCS.match(warning)
    return (
        _where(workspace, match["page"], re.compile(re.escape(match["address"]))) if match else ""
    )


def _lines_of(workspace: Workspace, folder: Path, fault: str) -> str:
    """Return “ (site/content/a.md, line 3)” for what a person wrote into a page, or nothing."""
    name, _, what = fault.partition(": ")
    page = Path(name).with_suffix(".md").as_posix()
    pattern = next((form for start, form in _WRITTEN_AS.items() if what.startswith(start)), None)
    if pattern is None:
        texts = list(_texts(folder / name, what))
        pattern = re.compile("|".join(map(re.escape, texts))) if texts else None
    return _where(workspace, page, pattern) if pattern else ""


def _texts(built: Path, what: str) -> Iterator[str]:
    """Yield what a fault quotes, as it may stand in the page’s Markdown."""
    match = _QUOTED.search(what)
    if match is None:
        return
    address, name, line = match.groups()
    if address and not line:
        yield from {address, unquote(address), address.replace(".html", ".md")}
    elif name:
        yield name
    elif line:
        with translate_disk_errors(built, "read"):
            lines = built.read_text("utf-8", "replace").splitlines()
        if int(line) <= len(lines) and (text := _OUTER_TAGS.sub("", lines[int(line) - 1])):
            yield text


def _where(workspace: Workspace, page: str, pattern: re.Pattern[str]) -> str:
    path = workspace.content / page
    if not path.is_file():
        return ""
    with translate_disk_errors(path, "read"):
        lines = path.read_text("utf-8", "replace").splitlines()
    numbers = [str(number) for number, line in enumerate(lines, 1) if pattern.search(line)]
    if not numbers:
        return f" (site/content/{page})"
    listed = ", ".join(numbers[:_MOST_LINES]) + (" …" if len(numbers) > _MOST_LINES else "")
    return f" (site/content/{page}, line {listed})"
