"""Whole libraries of any number of stories: records, log, and story folders with their cuts.

A story is told in forty minutes with 6,000 words (`synthetic_stories`). Films are kilobytes: what
is measured is what a command does beside reading them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import msgspec

from benchmarks.synthetic_stories import stories
from capture.media.recording import Recording
from capture.recording.originals import Take, write_manifest
from films.page_text import StoryPage
from library.core import clock
from library.core.files import sha256_of
from library.core.timecode import webvtt_time
from library.core.workspace import StoryFolder, Workspace
from library.records.consent import Agreement, Approval, Release
from library.records.cut import Cut
from library.records.ledger import Ledger
from library.records.people import Register
from library.records.record_types import Record
from library.records.story import Story
from library.records.transcript_state import ReviewCounts, fingerprint_of_copy
from transcribe.words import EditedTranscript, Transcript, Turn, Word

FILM_BYTES = 20_000
_CUE_WORDS = 10
_AT = "2026-03-01T10:00:00Z"
_FILM_HEAD = b"\0\0\0\x10ftypisom\0\0\2\0"
_POSTER_HEAD = b"\xff\xd8\xff\xda\0\x02"
_MOST_DAYS = 600
"""Days over which the approvals are spread."""
_CHECKED = ("captions read against the sound", "names redacted", "content note agreed")


def lay_whole_library(workspace: Workspace, count: int, *, unapproved: int = 1) -> list[str]:
    """Fill a workspace with stories, the last ones of them not approved; return all ids."""
    rng = random.Random(4)
    ids = []
    with Ledger(workspace).update("import", "", "editor") as changes:
        for number, page in enumerate(stories(count)):
            noted = msgspec.structs.replace(page, content_note="Speaks of a night on the ward.")
            cut = _lay_story(workspace.story(page.id), noted, rng)
            for record in _records(noted, cut, number, is_approved=number < count - unapproved):
                changes.add(record)
            ids.append(page.id)
    return ids


def _records(page: StoryPage, cut: Cut, number: int, *, is_approved: bool) -> Iterator[Record]:
    shared = {"story": page.id, "recorded": _AT}
    day = clock.today() - timedelta(days=1 + number % _MOST_DAYS)
    yield Story(
        id=page.id,
        title=page.title,
        questions="being-heard",
        created=_AT,
        contributor=page.contributor,
        summary=page.summary,
        content_note=page.content_note,
        themes=page.themes,
    )
    yield Agreement(
        id=f"ag-{number:06d}",
        on=day,
        taken_by="carer-volunteer",
        form_version="2026-1",
        independent=True,
        capacity_considered=True,
        **shared,
    )
    yield Register(id=f"rg-{number:06d}", people=(), on=day, role="editor", **shared)
    yield Release(
        id=f"re-{number:06d}",
        cut=cut.hash,
        viewed=day,
        audience="trust",
        review=clock.today() + timedelta(days=400 + number % _MOST_DAYS),
        witness="carer-volunteer",
        form_version="2026-1",
        **shared,
    )
    if is_approved:
        yield Approval(
            id=f"ap-{number:06d}",
            cut=cut.hash,
            audience="trust",
            on=day,
            role="editor",
            checked=_CHECKED,
            rests_on=(f"re-{number:06d}",),
            **shared,
        )


def _lay_story(folder: StoryFolder, page: StoryPage, rng: random.Random) -> Cut:
    folder.original.mkdir(parents=True)
    words = _words(page)
    transcript = msgspec.json.encode(_transcript(page, words))
    copy = _copy(page)
    folder.transcript.write_bytes(transcript)
    folder.edited.write_bytes(msgspec.json.encode(_edited(page, words)))
    folder.editors_copy.write_bytes(copy)
    counts = ReviewCounts(words=len(words), unsure=0, copy_fingerprint=fingerprint_of_copy(copy))
    folder.review_counts.write_bytes(msgspec.json.encode(counts))
    folder.page.write_bytes(msgspec.json.encode(page))
    folder.captions.write_text(_captions(words), encoding="utf-8")
    folder.chapters.write_text(_chapters(page), encoding="utf-8")
    folder.film.write_bytes(_film(rng.randbytes(FILM_BYTES)))
    folder.audio.write_bytes(_film(rng.randbytes(FILM_BYTES // 4)))
    folder.poster.write_bytes(_POSTER_HEAD + rng.randbytes(FILM_BYTES // 4) + b"\xff\xd9")
    recording = folder.original / "take-1.mp4"
    recording.write_bytes(_film(rng.randbytes(100)))
    write_manifest(folder, [_take(folder, page)], 0)
    shown = (
        folder.page,
        folder.captions,
        folder.chapters,
        folder.film,
        folder.audio,
        folder.poster,
    )
    cut = Cut(story=page.id, artefacts={path.name: sha256_of(path) for path in shown})
    folder.cut.write_bytes(msgspec.json.encode(cut))
    return cut


def _take(folder: StoryFolder, page: StoryPage) -> Take:
    path = folder.original / "take-1.mp4"
    return Take(
        file=path.name,
        sha256=sha256_of(path),
        bytes=path.stat().st_size,
        kind="video",
        duration=page.duration,
        imported=_AT,
        recorded=Recording(
            kind="video",
            duration=page.duration,
            container="mp4",
            audio_codec="aac",
            channels=2,
            sample_rate=48_000,
        ),
    )


def _words(page: StoryPage) -> tuple[Word, ...]:
    words = []
    for chapter in page.chapters:
        for paragraph in chapter.paragraphs:
            texts = paragraph.text.split()
            step = (paragraph.end - paragraph.start) // len(texts)
            words += [
                Word(text=text, start=at, end=at + step - 20, probability=0.97)
                for text, at in zip(
                    texts, range(paragraph.start, paragraph.end, step), strict=False
                )
            ]
    return tuple(words)


def _transcript(page: StoryPage, words: tuple[Word, ...]) -> Transcript:
    return Transcript(
        story=page.id,
        engine="whisper 20250625",
        model="base",
        model_sha256="0" * 64,
        options={"language": "en", "word_times": "aligned"},
        audio_sha256="0" * 64,
        duration=page.duration,
        words=words,
    )


def _edited(page: StoryPage, words: tuple[Word, ...]) -> EditedTranscript:
    return EditedTranscript(
        story=page.id,
        transcript_sha256="0" * 64,
        duration=page.duration,
        turns=(Turn(speaker="Ruth", words=words),),
        chapters=(),
    )


def _copy(page: StoryPage) -> bytes:
    paragraphs = (
        f"{paragraph.speaker}: {paragraph.text}\n"
        for chapter in page.chapters
        for paragraph in chapter.paragraphs
    )
    return "\n".join(paragraphs).encode()


def _captions(words: tuple[Word, ...]) -> str:
    cues = []
    for number, first in enumerate(range(0, len(words), _CUE_WORDS)):
        cue = words[first : first + _CUE_WORDS]
        texts = [word.text for word in cue]
        lines = (" ".join(texts[: _CUE_WORDS // 2]), " ".join(texts[_CUE_WORDS // 2 :]))
        times = f"{webvtt_time(cue[0].start)} --> {webvtt_time(cue[-1].end)}"
        cues.append(f"{number + 1}\n{times}\n" + "\n".join(filter(None, lines)) + "\n")
    return "WEBVTT\n\n" + "\n".join(cues)


def _chapters(page: StoryPage) -> str:
    cues = (
        f"{webvtt_time(chapter.start)} --> {webvtt_time(chapter.end)}\n{chapter.title}\n"
        for chapter in page.chapters
    )
    return "WEBVTT\n\n" + "\n".join(cues)


def _film(noise: bytes) -> bytes:
    return _FILM_HEAD + (len(noise) + 8).to_bytes(4, "big") + b"mdat" + noise
