"""Stories and contributors: the records that are edited in place."""

from __future__ import annotations

import secrets

import msgspec

# Without vowels and look-alikes, an id never spells a word or is misread aloud.
ID_ALPHABET = "23456789bcdfghjkmnpqrstvwxyz"


def new_id(prefix: str) -> str:
    """Return an opaque id such as `cs-4k7m2q`: never made from a name, a title or a date."""
    return f"{prefix}-" + "".join(secrets.choice(ID_ALPHABET) for _ in range(6))


class Story(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The public words of a story, and the question set it is captured with.

    `title`, `summary`, `contributor` and `content_note` are public words, part of the cut that is
    signed off. A real name or contact never stands here.
    """

    id: str
    title: str
    questions: str
    created: str
    """UTC, ISO 8601 with seconds: `2026-03-01T10:00:00Z`."""
    contributor: str = ""
    """The name the contributor chose to be shown under, or nothing."""
    summary: str = ""
    content_note: str = ""
    themes: tuple[str, ...] = ()
    language: str = ""
    """The language spoken, by its short name; of several, all: `en,fr`. Nothing stands for English.

    Recognition listens for it. It is no part of the cut.
    """


class Contributor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contributor and the stories they told: the only record with a real name or contact."""

    id: str
    recorded: str
    """Time it was first written: UTC, ISO 8601 with seconds."""
    name: str
    contact: str = ""
    """Contact details: a telephone number, an address."""
    stories: tuple[str, ...]
