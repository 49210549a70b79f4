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
from collections.abc import Iterator, Sequence
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
from transcribe.redaction.normalise import folded, is_common, name_words, word_set
from transcribe.words import tokens_of

_MAX_CHARACTERS = 120
"""Characters of a name, of a variant and of what is shown."""
_MAX_NAMES = 500
"""Entries: a story’s list is a page, not a directory."""

_TITLES = word_set(
    "mr mrs ms miss dr doctor prof professor sir dame lord lady sister nurse matron father rev "
    "reverend pastor imam rabbi saint st aunt auntie uncle nan gran grandma grandad mum dad"
)
_PARTICLES = word_set(
    "van von der den de del della di da dos das du la le les ter ten te zu zum zur al el ul ur bin "
    "bint ibn ben abu ap ab ni nic o ui mac mc fitz y e san santa af av op und and"
)
"""Parts of surnames that are no names by themselves."""
_ASIDE = re.compile(
    r"\b(?:aka|a\.k\.a\.|also known as|known as|called|née|nee|formerly|or)\b", re.IGNORECASE
)
"""Words by which another name is given in the same entry."""
_NICKNAME = re.compile(r"\([^)]*\)|\[[^\]]*\]|[“\"][^”\"]*[”\"]|‘[^’]*’(?=\s|$)")
_PREFIX = re.compile(r"^(?:\w{1,2}['’ʼ`´])")
_BARRELS = re.compile(r"[-‐‑–—/&+]")
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
        """The single words that are a name by themselves: “Siobhan” and “Murphy”, not “Dr”.

        Each half of “Smith-Jones” is one as well, and so is each word of a nickname that is given.
        """
        if self.effective_kind is NameKind.NUMBER:
            return ()
        words = self._own_words
        parts = [word for word in words if len(words) > 1 or not _is_whole(word, self.name)]
        if self.effective_kind is NameKind.PERSON:
            parts += [half for word in words for half in _halves(word)]
            for variant in self.sounds_like:
                named = name_words(variant)
                parts += [word for word in named if len(named) > 1 and word[:1].isupper()]
        names = {folded(part): part for part in reversed(parts) if _is_name(part)}
        return tuple(names.values())[::-1]

    @cached_property
    def short_names(self) -> tuple[str, ...]:
        """Words of a person's name with two letters that are no words of talk: “Jo”, “Wu”."""
        if self.effective_kind is not NameKind.PERSON:
            return ()
        short = (word for word in self._own_words if len(folded(word)) == _MIN_NAME_LETTERS - 1)
        return tuple(
            word
            for word in short
            if folded(word) not in _PARTICLES | _TITLES and not is_common(folded(word))
        )

    @cached_property
    def whole_parts(self) -> tuple[tuple[str, ...], ...]:
        """Spellings hidden whole: “de Souza”, “R. Marsh”, the name without its nickname."""
        if self.effective_kind is not NameKind.PERSON:
            return ()
        words = [folded(word) for word in self._own_words]
        parts = [
            tuple(words[first : at + 1])
            for at in range(1, len(words))
            if (first := _first_particle(words, at)) < at and words[at] not in _PARTICLES
        ]
        plain = [folded(word) for word in self._plain_words]
        if plain != words:
            parts += [tuple(plain)] if len(plain) > 1 else []
        if len(plain) > 1:
            initials = [word[0] for word in plain[:-1] if word not in _PARTICLES]
            parts += [(initials[0], plain[-1]), (*initials, plain[-1])] if initials else []
        return tuple(dict.fromkeys(parts))

    @cached_property
    def bare_names(self) -> tuple[str, ...]:
        """Names without the prefix that an apostrophe joins to them: “Neill” of O’Neill."""
        if self.effective_kind is not NameKind.PERSON:
            return ()
        rests = (_PREFIX.sub("", word) for word in self._own_words)
        return tuple(
            rest
            for word, rest in zip(self._own_words, rests, strict=True)
            if rest != word and len(folded(rest)) > _MIN_NAME_LETTERS
        )

    @cached_property
    def initials(self) -> str:
        """First letters of a person's name: “rm” of Ruth Marsh, “d” of Daniel."""
        if self.effective_kind is not NameKind.PERSON:
            return ""
        halves = [half for word in self._plain_words for half in (_halves(word) or (word,))]
        return "".join(folded(half)[0] for half in halves if folded(half) not in _PARTICLES)

    @cached_property
    def _own_words(self) -> tuple[str, ...]:
        """Words of the name and of nicknames in it, without titles and “known as”."""
        words = name_words(_ASIDE.sub(" ", self.name))
        return tuple(word for word in words if folded(word) not in _TITLES)

    @cached_property
    def _plain_words(self) -> tuple[str, ...]:
        """Words of the name without the nickname that stands in it: “Daniel (Danny) Marsh”."""
        words = name_words(_NICKNAME.sub(" ", _ASIDE.sub(" ", self.name)))
        return tuple(word for word in words if folded(word) not in _TITLES)


def _halves(word: str) -> tuple[str, ...]:
    """Return the parts of a double-barrelled word; nothing of another."""
    parts = tuple(part for part in _BARRELS.split(word) if folded(part))
    return parts if len(parts) > 1 else ()


def _is_whole(word: str, name: str) -> bool:
    return folded(word) == folded(name)


def _is_name(word: str) -> bool:
    """Return True for a word that is long enough for a name by itself, and no title or “van”."""
    letters = folded(word)
    return len(letters) >= _MIN_NAME_LETTERS and letters not in _TITLES | _PARTICLES


def _first_particle(words: Sequence[str], at: int) -> int:
    """Return where the particles before word `at` begin: “van der Berg”."""
    while at > 0 and words[at - 1] in _PARTICLES:
        at -= 1
    return at


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
