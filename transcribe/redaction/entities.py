"""An entity recogniser, for those who have a model: it finds names that no rule does.

Used where spaCy is installed and a model of it lies in `interviews/models/entities`. What it finds
is asked about like everything else that may be a name.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from library.core.errors import BadInput
from library.core.workspace import Workspace

_KINDS = frozenset({"PERSON", "PER", "ORG", "GPE", "LOC", "FAC", "NORP"})
_MAX_CHARACTERS = 50_000
"""Characters handed over at once: a model holds all it works out about them in memory."""


class EntityRecogniser(Protocol):
    """Whatever finds the names in a text."""

    def places_of_names(self, words: Sequence[str]) -> Sequence[tuple[int, int]]:
        """Return the first word of each name, and the one after its last."""


class SpacyRecogniser:
    """An `EntityRecogniser` of a spaCy model in a folder."""

    def __init__(self, model: Path) -> None:
        self._model = _loaded(model)

    def places_of_names(self, words: Sequence[str]) -> Sequence[tuple[int, int]]:
        """Return the first word of each name, and the one after its last."""
        places: list[tuple[int, int]] = []
        first = 0
        while first < len(words):
            last, size = first, 0
            while last < len(words) and (last == first or size < _MAX_CHARACTERS):
                size += len(words[last]) + 1
                last += 1
            places.extend(
                (first + begin, first + end) for begin, end in self._places(words[first:last])
            )
            first = last
        return places

    def _places(self, words: Sequence[str]) -> list[tuple[int, int]]:
        """Return the places in words that are handed over at once."""
        word_at: list[int] = []
        for number, word in enumerate(words):
            word_at.extend([number] * (len(word) + 1))
        return [
            (word_at[entity.start_char], word_at[entity.end_char - 1] + 1)
            for entity in self._model(" ".join(words)).ents
            if entity.label_ in _KINDS
        ]


def recogniser_of(workspace: Workspace) -> EntityRecogniser | None:
    """Return the recogniser of a workspace: None without a model, or without spaCy.

    Raises BadInput for a model that cannot be read.
    """
    model = workspace.entity_model
    if not (model / "meta.json").is_file() or find_spec("spacy") is None:
        return None
    return SpacyRecogniser(model)


@lru_cache(maxsize=1)
def _loaded(model: Path) -> Any:
    # Here and not at the top: it takes seconds, and most libraries have no model.
    import spacy

    try:
        return spacy.load(model)
    # Whatever a model of another version raises.
    except Exception as error:
        raise BadInput(
            f"The model in {model} cannot be read: {error}",
            "Bring it in again, or move it away: names are then looked for without it.",
        ) from error
