"""The wording of a form: Markdown under a head that names its title, version and language.

It lies in `interviews/forms/`, where a trust makes it its own. A workspace that has none (one laid
out by an earlier version) uses the wording that came with the installation.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import msgspec

from library.core import yaml_document
from library.core.errors import BadInput, CarerStoriesError, NotFound
from library.core.files import translate_disk_errors
from library.core.languages import LANGUAGE_TAG, english_names
from library.core.sanitise import printable
from library.core.struct_file import explain
from library.core.workspace import Workspace
from library.core.yaml_document import MAX_FILE_BYTES
from library.workspace_template import template

FormKind = Literal["participation", "release"]
FORM_KINDS: tuple[FormKind, ...] = ("participation", "release")
FENCE = "---"

_OneLine = Annotated[str, msgspec.Meta(min_length=1, max_length=120, pattern=r"^[^\r\n]+$")]


class FormHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The head of a form, between the two lines `---` at its start."""

    title: _OneLine
    version: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,19}$")]
    language: Annotated[str, msgspec.Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


_EXPECTED = {
    "title": "a few words on one line",
    "version": "letters, digits, dots and hyphens, at most 20",
    "language": "a code such as en-GB or cy",
}


@dataclass(frozen=True)
class Wording:
    """A form as it is written, with its placeholders still in it."""

    kind: FormKind
    shown_as: str
    """Name of the file in messages."""
    head: FormHeader
    body: str
    """The Markdown below the head, with as many empty lines before it as the head has lines: a
    line number of `body` is a line number of the file."""
    sha256: str
    """Of the file's bytes."""


def form_version(workspace: Workspace, kind: FormKind) -> str:
    """Return the version of the form in use. Raises as `read_wording` does."""
    return read_wording(workspace, kind).head.version


def read_wording(workspace: Workspace, kind: FormKind, language: str = "") -> Wording:
    """Return the wording in use. Raises NotFound, or BadInput naming file, line and matter.

    With a language it is the trust’s own translation, such as `participation.ar.md`, where there is
    one; the head of any wording says its language.
    """
    path = _translation_of(workspace, kind, language) or _place_of(workspace, kind)
    shown_as = f"interviews/forms/{path.name}"
    with translate_disk_errors(path, "read"):
        data = path.read_bytes()
    if len(data) > MAX_FILE_BYTES:
        raise BadInput(
            f"{shown_as} is larger than a megabyte.",
            "Shorten it, or put the form of a new workspace in its place.",
        )
    head, body = _parted(_decoded(data, shown_as), shown_as)
    return Wording(
        kind, shown_as, _read_head(head, shown_as), body, hashlib.sha256(data).hexdigest()
    )


def language_gap(workspace: Workspace, language: str) -> str:
    """Return a sentence where the form of agreement is not in the language of a question set.

    "" where it is, where the set names no language, and where the form cannot be read.
    """
    try:
        form_language = read_wording(workspace, "participation", language).head.language
    except CarerStoriesError:
        return ""  # whoever opens the form is told what is wrong with it
    spoken, written = (tag.lower().split("-")[0] for tag in (language, form_language))
    if spoken in ("", written):
        return ""
    return (
        f"These questions are in {english_names(spoken)}, and there is no form of agreement in it: "
        f"the agreement will be in {english_names(written)}."
    )


def _translation_of(workspace: Workspace, kind: FormKind, language: str) -> Path | None:
    """Return the wording of a language, else of the language without its region, else None."""
    tag = language.lower()
    if not LANGUAGE_TAG.fullmatch(tag):
        return None
    paths = [workspace.forms / f"{kind}.{name}.md" for name in (tag, tag.split("-")[0])]
    return next((path for path in paths if path.is_file()), None)


def _place_of(workspace: Workspace, kind: FormKind) -> Path:
    candidates = [
        workspace_or_template.forms / f"{kind}.md"
        for workspace_or_template in (workspace, template())
    ]
    for path in candidates:
        if path.is_file():
            return path
    raise NotFound(
        f"There is no form {candidates[0]}, and this installation has none either.",
        "Install carer-stories again.",
    )


def _decoded(data: bytes, shown_as: str) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadInput(
            f"{shown_as}, line {line}: this is not UTF-8.", "Save it as UTF-8."
        ) from None


def _parted(text: str, shown_as: str) -> tuple[list[str], str]:
    """Return the lines of the head, and the body under as many empty lines."""
    lines = text.split("\n")
    if lines[0].rstrip() != FENCE:
        raise BadInput(
            f"{shown_as}, line 1: the form does not begin with its head.",
            f"Begin with a line {FENCE}, then title:, version: and language:, then {FENCE} again.",
        )
    ends = [number for number, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE]
    if not ends:
        raise BadInput(
            f"{shown_as}, line 1: the head that begins here has no end.",
            f"Put a line {FENCE} under its last field.",
        )
    end = ends[0]
    return lines[1:end], "\n" * (end + 1) + "\n".join(lines[end + 1 :])


def _read_head(lines: list[str], shown_as: str) -> FormHeader:
    try:
        # Every value as the text it is written as: a version 1.10 is not the number 1.1.
        plain, _ = yaml_document.read_tree("\n".join(lines))
    except yaml_document.YamlError as error:
        raise BadInput(
            f"{shown_as}, line {error.line + 1}: {printable(error.what)}.",
            "Check the colons and quotes there.",
        ) from None
    try:
        return msgspec.convert(plain, FormHeader, strict=True)
    except msgspec.ValidationError as error:
        _refuse_head(error, lines, shown_as)


def _refuse_head(error: msgspec.ValidationError, lines: list[str], shown_as: str) -> NoReturn:
    named = re.search(r" - at `\$\.(\w+)|field `(\w+)`", str(error))
    field = (named[1] or named[2]) if named else ""
    # From 2: line 1 of the file is the fence above the head.
    at = [number for number, line in enumerate(lines, 2) if line.startswith(f"{field}:")]
    if field in _EXPECTED and at:
        raise BadInput(
            f"{shown_as}, line {at[0]}: {field} is not as it should be.",
            f"Write {_EXPECTED[field]}.",
        )
    if field in _EXPECTED:
        raise BadInput(
            f"{shown_as}, line 1: the head has no {field}.",
            f"Add a line {field}: with {_EXPECTED[field]}.",
        )
    raise BadInput(
        f"{shown_as}, line {at[0] if at else 1}: {explain(error)}.",
        f"Give it these fields and no others: {', '.join(_EXPECTED)}.",
    )
