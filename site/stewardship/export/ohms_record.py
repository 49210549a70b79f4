"""A story as an OHMS record: what archives of oral history index, synchronise and show.

Its words are those of the film that was signed off: corrected, cut and redacted, with times on the
film's clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from library.consent.gate import History
from library.core.languages import SPOKEN_LANGUAGE, english_names
from library.core.settings import Settings
from library.formats import ohms
from stewardship.export.archived_story import ArchivedStory

_LINE_CHARACTERS = 78
"""Characters of a line of the transcript."""
_PARTIAL_WORDS = 16
"""Words of a passage’s beginning that its entry of the index quotes."""


@dataclass(frozen=True)
class SyncWord:
    """A word and when it is said."""

    text: str
    start: int
    """Milliseconds."""


@dataclass(frozen=True)
class TimedTurn:
    speaker: str
    words: tuple[SyncWord, ...]


@dataclass(frozen=True)
class OhmsPassage:
    """A question and where its answer begins."""

    title: str
    start: int


@dataclass(frozen=True)
class SpokenStory:
    """The words of a story, and the file whose clock their times are on."""

    turns: tuple[TimedTurn, ...]
    passages: tuple[OhmsPassage, ...]
    duration: int
    medium: str
    """Name of the file of the film."""


def spoken_story(story: ArchivedStory) -> SpokenStory:
    """Return the words of a story as its film has them. Raises NotAllowed, BadInput."""
    turns: list[TimedTurn] = []
    speaker = ""
    for cue in story.captions():
        words = tuple(_spread_words(" ".join(cue.lines).split(), cue.start, cue.end))
        # A cue without a speaker goes on with the one before.
        speaker = cue.speaker or speaker
        if turns and turns[-1].speaker == speaker:
            turns[-1] = TimedTurn(speaker, (*turns[-1].words, *words))
        else:
            turns.append(TimedTurn(speaker, words))
    film, audio = story.folder.film.name, story.folder.audio.name
    return SpokenStory(
        turns=tuple(turn for turn in turns if turn.words),
        passages=tuple(
            OhmsPassage(chapter.title, chapter.start) for chapter in story.page.chapters
        ),
        duration=story.page.duration,
        medium=film if film in story.cut.artefacts else audio,
    )


def _spread_words(words: list[str], start: int, end: int) -> Iterator[SyncWord]:
    """Yield the words of a caption: each gets its part of the time by its letters."""
    letters = sum(len(word) + 1 for word in words)
    before = 0
    for word in words:
        yield SyncWord(word, start + (end - start) * before // letters)
        before += len(word) + 1


# As an OHMS record


def ohms_record(
    history: History, spoken: SpokenStory, settings: Settings, *, day: str
) -> ohms.OhmsInterview:
    """Return the record. `day` is when the story was recorded (ISO 8601), or "" if not known."""
    story = history.story
    lines, marks = _transcript_lines(spoken.turns)
    level = history.releases[-1].audience if history.releases else ""
    return ohms.OhmsInterview(
        title=story.title,
        number=_number(story.id),
        day=day or story.created[:10],
        accession=story.id,
        duration=-(-spoken.duration // 1000),
        repository=settings.trust,
        collection=settings.title,
        keywords=story.themes,
        interviewees=(story.contributor,) if story.contributor else (),
        language=english_names(story.language or SPOKEN_LANGUAGE),
        file_name=spoken.medium,
        kind="video" if spoken.medium.endswith(".mp4") else "audio",
        description=story.summary,
        rights=_rights(level),
        usage=story.content_note,
        restricted=level != "public",
        lines=tuple(lines),
        marks=tuple(marks),
        points=tuple(_points(spoken)),
    )


def _number(story_id: str) -> int:
    """Return a number made from the id: OHMS requires one."""
    return int.from_bytes(story_id.encode()[-6:], "big") % 2_000_000_000 + 1


def _rights(level: str) -> str:
    if not level:
        return "Its contributor has released it to nobody yet. It must not be shown."
    return (
        f"Released by its contributor for “{level}”, until they take it back. Ask the repository "
        "before every use: permission can be withdrawn at any time."
    )


def _points(spoken_story: SpokenStory) -> Iterator[ohms.OhmsIndexPoint]:
    words = [word for turn in spoken_story.turns for word in turn.words]
    for passage in spoken_story.passages:
        first_words = [word.text for word in words if word.start >= passage.start][:_PARTIAL_WORDS]
        yield ohms.OhmsIndexPoint(
            at=passage.start // 1000, title=passage.title, partial=" ".join(first_words)
        )


def _transcript_lines(turns: Sequence[TimedTurn]) -> tuple[list[str], list[ohms.OhmsSyncMark]]:
    """Return lines with an empty one between turns, and a mark at the word of each full minute."""
    lines: list[str] = []
    marks: list[ohms.OhmsSyncMark] = []
    next_minute = 60_000
    for turn in turns:
        if lines:
            lines.append("")
        label = _label(turn.speaker)
        lines.append(label)
        for word in turn.words:
            if len(lines[-1]) + len(word.text) + 1 > _LINE_CHARACTERS and lines[-1] != label:
                lines.append("")
            lines[-1] = f"{lines[-1]} {word.text}".strip()
            while word.start >= next_minute:
                marks.append(
                    ohms.OhmsSyncMark(next_minute // 1000, len(lines) - 1, len(lines[-1].split()))
                )
                next_minute += 60_000
    return lines, marks


def _label(speaker: str) -> str:
    """Return the speaker in capitals and without colons: so OHMS’ viewer knows them from words."""
    plain = " ".join(speaker.upper().replace(":", " ").split())
    return f"{plain}:" if plain else ""
