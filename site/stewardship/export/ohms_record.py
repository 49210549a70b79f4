"""A story as an OHMS record: what archives of oral history index, synchronise and show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from library.consent.gate import History
from library.core.settings import Settings
from library.formats import ohms
from stewardship.export.transcript import SpokenTurn, Telling

_WIDTH = 78
"""Characters of a line; a mark names a line and a word in it."""
_PARTIAL = 16
"""Words of a passage’s beginning in its entry of the index."""


def ohms_of(
    history: History, telling: Telling, settings: Settings, *, day: str
) -> ohms.OhmsInterview:
    """The record. `day` is when it was recorded, or nothing where that is not known."""
    story = history.story
    lines, marks = _laid_out(telling.turns)
    level = history.releases[-1].audience if history.releases else ""
    return ohms.OhmsInterview(
        title=story.title,
        number=_number(story.id),
        day=day or story.created[:10],
        accession=story.id,
        duration=-(-telling.duration // 1000),
        repository=settings.trust,
        collection=settings.title,
        keywords=story.themes,
        interviewees=(story.contributor,) if story.contributor else (),
        language="English",
        file_name=telling.medium,
        kind="video" if telling.medium.endswith(".mp4") else "audio",
        description=story.summary,
        rights=_rights(level),
        usage=story.content_note,
        restricted=level != "public",
        lines=tuple(lines),
        marks=tuple(marks),
        points=tuple(_points(telling)),
    )


def _number(story_id: str) -> int:
    """OHMS wants a number; the same id always gives the same."""
    return int.from_bytes(story_id.encode()[-6:], "big") % 2_000_000_000 + 1


def _rights(level: str) -> str:
    if not level:
        return "Its contributor has released it to nobody yet. It must not be shown."
    return (
        f"Released by its contributor for “{level}”, until they take it back. Ask the repository "
        "before every use: permission can be withdrawn at any time."
    )


def _points(telling: Telling) -> Iterator[ohms.OhmsIndexPoint]:
    words = [word for turn in telling.turns for word in turn.words]
    for passage in telling.passages:
        begins = [word.text for word in words if word.start >= passage.start][:_PARTIAL]
        yield ohms.OhmsIndexPoint(
            at=passage.start // 1000, title=passage.title, partial=" ".join(begins)
        )


def _laid_out(turns: Sequence[SpokenTurn]) -> tuple[list[str], list[ohms.OhmsSyncMark]]:
    """Lines with an empty one between turns, and the word at each full minute."""
    lines: list[str] = []
    marks: list[ohms.OhmsSyncMark] = []
    minute = 60_000
    for turn in turns:
        if lines:
            lines.append("")
        label = _label(turn.speaker)
        lines.append(label)
        for word in turn.words:
            if len(lines[-1]) + len(word.text) + 1 > _WIDTH and lines[-1] != label:
                lines.append("")
            lines[-1] = f"{lines[-1]} {word.text}".strip()
            while word.start >= minute:
                marks.append(
                    ohms.OhmsSyncMark(minute // 1000, len(lines) - 1, len(lines[-1].split()))
                )
                minute += 60_000
    return lines, marks


def _label(speaker: str) -> str:
    """In capitals, as OHMS’ viewer tells a speaker from words."""
    plain = " ".join(speaker.upper().replace(":", " ").split())
    return f"{plain}:" if plain else ""
