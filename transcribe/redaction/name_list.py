"""The private list of a story: names, places, services and numbers that must not be heard.

`names.yml` in the story's folder, for the editor's eyes alone (mode 0600). An editor may write it
by hand; `redact add` and `redact remove` do it for those who would rather not:

    names:
      - name: Siobhan Murphy
        shown: my sister
        sounds_like: [Chevonne, shiv on]
      - name: Larch House
        kind: place
        shown: the ward
        where: everywhere
        note: only in this town
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

import msgspec

from library.core.errors import BadInput
from library.core.files import write_atomic
from library.core.sanitise import printable
from library.core.workspace import StoryFolder
from library.core.yaml_document import dump_yaml, read_yaml
from transcribe.editing.inline_markup import NAME_REMOVED
from transcribe.redaction.normalise import folded, name_words, word_set
from transcribe.words import tokens_of

_MAX_CHARACTERS = 120
"""Characters of a name, of a variant and of what is shown."""
_MAX_NAMES = 500
"""Entries: a story’s list is a page, not a directory."""

_TITLES = word_set(
    "mr mrs ms miss dr doctor prof professor sir dame lord lady sister nurse matron father rev "
    "reverend pastor imam rabbi saint st aunt auntie uncle nan gran grandma grandad mum dad"
)
# Only a guess, which `kind` overrules: places and services are known by such a word.
_PLACES = re.compile(
    r"\b(?:ward|house|hospital|road|street|centre|clinic|school|surgery|lane|avenue|close|court|"
    r"cottage|park|college|church|lodge|hall|gardens|crescent|drive|estate|hill|unit)\b",
    re.IGNORECASE,
)
_SERVICES = re.compile(r"\b(?:team|trust|service|services|nhs|council|charity|pharmacy)\b", re.I)


class NameKind(StrEnum):
    """Kind of a listed name: it decides which parts of the name count by themselves."""

    PERSON = "person"
    PLACE = "place"
    SERVICE = "service"
    NUMBER = "number"
    OTHER = "other"


_ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=_MAX_CHARACTERS)]


class ListedName(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """A name, place, service or number that must not be heard."""

    name: _ShortText
    kind: NameKind | None = None
    """Guessed from the name where nothing is said."""
    shown: Annotated[str, msgspec.Meta(max_length=_MAX_CHARACTERS)] = ""
    """Shown instead in captions and transcript; where it is empty, the default of its kind."""
    sounds_like: tuple[_ShortText, ...] = ()
    """Other ways in which it is written, or was heard: they count like the name itself."""
    where: Literal["everywhere", "story"] = "everywhere"
    """`everywhere`: on no page of the library; `story`: not in what is this story’s own."""
    note: str = ""
    """For the editor; shown nowhere."""

    @cached_property
    def effective_kind(self) -> NameKind:
        """The kind that was said, or the one the name looks like."""
        if self.kind is not None:
            return self.kind
        letters = folded(self.name)
        # More digits than letters: a postcode is no number, a telephone number is.
        if sum(map(str.isdigit, letters)) * 2 > len(letters):
            return NameKind.NUMBER
        if _PLACES.search(self.name):
            return NameKind.PLACE
        return NameKind.SERVICE if _SERVICES.search(self.name) else NameKind.PERSON

    @cached_property
    def replacement(self) -> str:
        """Words that are shown in its place."""
        return self.shown or _DEFAULT_REPLACEMENTS.get(self.effective_kind, NAME_REMOVED)

    @cached_property
    def spellings(self) -> tuple[str, ...]:
        """The name and its variants, each once."""
        spellings = (self.name, *self.sounds_like)
        return tuple({folded(spelling): spelling for spelling in reversed(spellings)}.values())[
            ::-1
        ]

    @cached_property
    def single_names(self) -> tuple[str, ...]:
        """The single words that are a name by themselves: “Siobhan” and “Murphy”, not “Dr”."""
        words = name_words(self.name)
        if self.effective_kind is NameKind.NUMBER or len(words) < 2:
            return ()
        return tuple(
            word
            for word in words
            if folded(word.rstrip(".")) not in _TITLES and len(folded(word)) >= _MIN_NAME_LETTERS
        )


_MIN_NAME_LETTERS = 3
_DEFAULT_REPLACEMENTS = {
    NameKind.PLACE: "[place removed]",
    NameKind.SERVICE: "[service removed]",
    NameKind.NUMBER: "[number removed]",
}


class NameList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`names.yml`."""

    names: Annotated[tuple[ListedName, ...], msgspec.Meta(max_length=_MAX_NAMES)] = ()

    def number_of(self, name: str) -> int | None:
        """Return the number, from 1, of the entry of this name, however it is written."""
        key = folded(name)
        numbers = (n for n, entry in enumerate(self.names, start=1) if folded(entry.name) == key)
        return next(numbers, None)


def load_names(folder: StoryFolder) -> NameList:
    """Return the story's list, or an empty one where there is none.

    Raises BadInput naming the file, the entry (counted from 1) and the field.
    """
    path = folder.name_list
    if not path.exists():
        return NameList()
    display_path = f"interviews/stories/{path.parent.name}/{path.name}"
    names = read_yaml(path, NameList, shown_as=display_path)
    for problem in _problems(names):
        raise BadInput(f"{display_path}: {problem}.", "Mend that line and try again.")
    return names


def save_names(folder: StoryFolder, names: NameList) -> None:
    """Write the list for its owner alone. Raises BadInput as `load_names`, NoRoom, DiskFailed."""
    for problem in _problems(names):
        raise BadInput(
            f"The list would be wrong: {problem}. Nothing was changed.", "Write it otherwise."
        )
    entries = [_as_mapping(entry) for entry in names.names]
    # In the order it was written, names as they are: people edit this file.
    body = dump_yaml({"names": entries}, width=100)
    # 0600: it holds every name that must not be known.
    write_atomic(folder.name_list, (_FILE_HEADER + body).encode(), mode=0o600)


_FILE_HEADER = """\
# Private: names, places, services and numbers that must not be heard in this story. They are looked
# for with: carer-stories redact suggest STORY. For each there may be
#   shown         what is shown instead (“my sister”)
#   sounds_like   other ways it is written or was heard
#   kind          person, place, service, number or other
#   where         everywhere (in no page of the library), or story (only not in this story)
#   note          for you; shown nowhere
"""


def _as_mapping(entry: ListedName) -> dict[str, object]:
    """Return the fields that differ from the defaults, the name first."""
    plain: dict[str, object] = {"name": entry.name}
    if entry.kind is not None:
        plain["kind"] = str(entry.kind)
    if entry.shown:
        plain["shown"] = entry.shown
    if entry.sounds_like:
        plain["sounds_like"] = list(entry.sounds_like)
    if entry.where != "everywhere":
        plain["where"] = entry.where
    if entry.note:
        plain["note"] = entry.note
    return plain


def _problems(names: NameList) -> Iterator[str]:
    numbers: dict[str, int] = {}
    for number, entry in enumerate(names.names, start=1):
        label = f"names {number}"
        key = folded(entry.name)
        if len(key) < 2:
            yield f"{label} → name: there must be at least two letters or digits"
        elif key in numbers:
            yield f"{label} → name: “{printable(entry.name)}” is name {numbers[key]} already"
        numbers[key] = number
        for variant in entry.sounds_like:
            if len(folded(variant)) < 2:
                yield f"{label} → sounds_like: there must be at least two letters or digits"
        replacement = folded(entry.shown)
        if entry.shown and not tokens_of(entry.shown):
            yield f"{label} → shown: there must be words"
        if replacement and replacement in {folded(spelling) for spelling in entry.spellings}:
            yield f"{label} → shown: it shows the very name that it hides"
