"""Remember what may be said in every story: services and places, and words that are no names.

`interviews/may-be-said.yml`, which `redact review` and `redact answer` add to and an editor may
write by hand:

    words:
      - Carers Leeds
      - Gaviscon
"""

from __future__ import annotations

from typing import Annotated

import msgspec
import yaml

from library.core.errors import BadInput
from library.core.files import write_atomic
from library.core.workspace import Workspace
from library.core.yaml_document import read_yaml
from transcribe.redaction.normalise import folded_word

SHOWN_AS = "interviews/may-be-said.yml"
_MAX_CHARACTERS = 120
_MAX_ENTRIES = 5_000
_HEADER = """\
# What may be said in every story, so that nobody is asked about it again: services and places,
# and words that are no names. Take a line away, and the next story asks once more.
"""


class WordsThatMayBeSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`may-be-said.yml`."""

    words: Annotated[
        tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=_MAX_CHARACTERS)], ...],
        msgspec.Meta(max_length=_MAX_ENTRIES),
    ] = ()

    @property
    def folded(self) -> frozenset[str]:
        """Each entry as its folded words, with spaces between."""
        return frozenset(folded_phrase(entry) for entry in self.words)


def folded_phrase(text: str) -> str:
    """Return the folded words of `text`, with spaces between."""
    return " ".join(filter(None, map(folded_word, text.split())))


def load_may_be_said(workspace: Workspace) -> WordsThatMayBeSaid:
    """Return the workspace's list, or an empty one where there is none.

    Raises BadInput naming the file and the field.
    """
    path = workspace.may_be_said
    if not path.exists():
        return WordsThatMayBeSaid()
    listed = read_yaml(path, WordsThatMayBeSaid, shown_as=SHOWN_AS)
    for number, entry in enumerate(listed.words, start=1):
        if not folded_phrase(entry):
            raise BadInput(
                f"{SHOWN_AS}: words {number}: there must be a word.",
                "Mend that line and try again.",
            )
    return listed


def add_to_may_be_said(workspace: Workspace, words: str) -> None:
    """Put `words` on the list. Raises BadInput as `load_may_be_said`, NoRoom, DiskFailed."""
    listed = load_may_be_said(workspace)
    if folded_phrase(words) in listed.folded:
        return
    body = yaml.safe_dump(
        {"words": [*listed.words, words]}, allow_unicode=True, sort_keys=False, width=100
    )
    write_atomic(workspace.may_be_said, (_HEADER + body).encode(), mode=0o600)
