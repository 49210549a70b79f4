"""Time the leak check of a site of 200 stories, compared with the whole build."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec

from benchmarks.measure import BenchRow, Timing, time_of
from films.page_text import PageChapter, PageParagraph, StoryPage
from library.core.files import sha256_of
from library.core.timecode import webvtt_time
from library.core.workspace import Workspace
from library.records.hidden_terms import HiddenTerm
from publish.build import build_site, leak_rules
from publish.bundle import released_bundle
from publish.edition import MANIFEST, Edition, LibraryWords, ReleasedStory
from publish.forbidden import Forbidden
from publish.leaks.scan import find_leaks
from tests.support.workspaces import make_workspace

STORIES, CHAPTERS, TURNS, WORDS = 200, 12, 10, 50
FILM_BYTES = 1_200_000  # small, as a gigabyte of film is measured on its own
SPEECH = (
    "and I would ring the ward again because nobody had told us what they were going to do "
    "he said will you come but the nurse who knew him was not there that night so we waited "
    "mark my words it was a grace that somebody listened to me for once and wrote it down"
)


def _terms() -> tuple[HiddenTerm, ...]:
    """Return a name, a place and a number for each story; a third of names are ordinary words."""
    names = ("Will", "Quillan Thorne", "Maeve O’Dorney")
    return tuple(
        HiddenTerm(text, story, entry, entry == 1, text == "Will")
        for number, story in enumerate(_ids(STORIES))
        for entry, text in enumerate(
            (names[number % 3], f"Wyvern House {number}", f"01632 96{number:04d}"), start=1
        )
    )


def _ids(count: int) -> list[str]:
    return [f"cs-{number:06d}" for number in range(count)]


def make_edition(
    workspace: Workspace, stories: int = STORIES, film_bytes: int = FILM_BYTES
) -> None:
    """Write an edition: random speech, captions of two lines, noise for films."""
    rng = random.Random(4)
    released = []
    for story_id in _ids(stories):
        page, captions = _page_and_captions(story_id, rng)
        folder = workspace.edition / "stories" / story_id
        folder.mkdir(parents=True)
        (folder / "captions.vtt").write_text(captions, encoding="utf-8")
        (folder / "film.mp4").write_bytes(_film(rng.randbytes(film_bytes)))
        files = {name: sha256_of(folder / name) for name in ("captions.vtt", "film.mp4")}
        released.append(_released(page, files))
    edition = Edition(
        audience="trust",
        on=date(2026, 3, 4),
        library=LibraryWords(title="Carer Stories", trust="A trust"),
        stories=tuple(released),
    )
    (workspace.edition / MANIFEST).write_bytes(msgspec.json.encode(edition))


def _film(noise: bytes) -> bytes:
    head = b"\0\0\0\x10ftypisom\0\0\2\0"
    return head + (len(noise) + 8).to_bytes(4, "big") + b"mdat" + noise


def _released(page: StoryPage, files: dict[str, str]) -> ReleasedStory:
    return ReleasedStory(
        page=page,
        cut="0" * 64,
        level_of_use="For all staff",
        released=date(2026, 3, 3),
        review=date(2028, 3, 3),
        files=files,
    )


def _page_and_captions(story_id: str, rng: random.Random) -> tuple[StoryPage, str]:
    turns = [list(_utterance(rng)) for _ in range(CHAPTERS * TURNS)]
    chapters = tuple(
        PageChapter(
            id=f"q{number}",
            title="What happened when you first asked for help?",
            start=number * 180_000,
            end=(number + 1) * 180_000,
            paragraphs=tuple(
                PageParagraph(
                    start=at * 18_000, end=at * 18_000 + 17_000, speaker="Ruth", text=text
                )
                for at in range(number * TURNS, (number + 1) * TURNS)
                for text in (" ".join(turns[at]),)
            ),
        )
        for number in range(CHAPTERS)
    )
    page = StoryPage(
        id=story_id,
        title="Nobody would talk to me",
        contributor="Ruth",
        summary="She wanted to say what she knew.",
        content_note="",
        themes=("first-contact",),
        question_set="Being heard",
        kind="video",
        duration=CHAPTERS * 180_000,
        chapters=chapters,
    )
    return page, "WEBVTT\n\n" + "\n".join(_cues(turns))


def _utterance(rng: random.Random) -> Iterator[str]:
    words = rng.choices(SPEECH.split(), k=WORDS)
    yield from (words[0].capitalize(), *words[1:-1], f"{words[-1]}.")


def _cues(turns: list[list[str]]) -> Iterator[str]:
    for number, turn in enumerate(turns):
        for part in range(0, WORDS, 10):
            at = number * 18_000 + part * 340
            times = f"{webvtt_time(at)} --> {webvtt_time(at + 3_000)}"
            lines = (" ".join(turn[part : part + 5]), " ".join(turn[part + 5 : part + 10]))
            yield f"{number}\n{times}\n" + "\n".join(lines) + "\n"


def run() -> Iterator[BenchRow]:
    with tempfile.TemporaryDirectory() as folder:
        workspace = make_workspace(Path(folder) / "library")
        make_edition(workspace)
        hidden = Forbidden(_terms())
        build = time_of(lambda: build_site(workspace, hidden), times=3)
        bundle = released_bundle(workspace)
        sought = leak_rules(workspace, bundle, hidden)
        hashed = {
            f"stories/{story.page.id}/{name}": sha
            for story in bundle.edition.stories
            for name, sha in story.files.items()
        }
        check = time_of(lambda: _check_is_clean(workspace, sought, hashed), times=3)
        what = f"{STORIES} stories of {CHAPTERS * TURNS * WORDS} words"
        yield BenchRow(
            f"leak check: {what}, {len(hidden.terms)} hidden terms", check, compared_with=build
        )
        yield BenchRow("the whole build of them, with that check", build)
        yield BenchRow("a gigabyte of film in it", _film_alone(Path(folder), sought))


def _check_is_clean(workspace: Workspace, sought: object, hashed: dict[str, str]) -> None:
    assert find_leaks(workspace.public, sought, hashed) == []  # type: ignore[arg-type]


def _film_alone(folder: Path, sought: object) -> Timing:
    alone = folder / "alone"
    alone.mkdir()
    noise = random.Random(5).randbytes(1 << 24)
    (alone / "film.mp4").write_bytes(_film(noise * 60))
    return time_of(
        lambda: find_leaks(alone, sought, {"film.mp4": "0" * 64}),  # type: ignore[arg-type]
        times=3,
    )
