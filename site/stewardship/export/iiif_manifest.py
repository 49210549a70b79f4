"""A story as a IIIF Presentation 3 manifest: what viewers of archives play and search.

The film is the one canvas. Its captions, in each language, and its words are annotations on it,
its chapters ranges. The files lie beside the manifest, and every address begins where the folder
will be served.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from library.core.errors import BadInput
from library.core.languages import LANGUAGE_TAG, SPOKEN_LANGUAGE, english_names
from library.core.settings import Settings
from library.core.timecode import clock
from stewardship.export.archived_story import ArchivedStory
from stewardship.export.bagit_bag import rights_statement
from stewardship.export.write import FileToWrite

MANIFEST_NAME = "manifest.json"
_CONTEXT = "http://iiif.io/api/presentation/3/context.json"
_WEB_ADDRESS = re.compile(r"https?://[^\s/?#<>\"\\]+(?:/[^\s?#<>\"\\]*)?")
_TRANSLATION = re.compile(rf"captions\.({LANGUAGE_TAG.pattern})\.vtt")
_LANGUAGE = "en"
"""The language of our labels."""

Json = dict[str, Any]


def iiif_files(story: ArchivedStory, settings: Settings, address: str) -> list[FileToWrite]:
    """Return the manifest and the files it shows: film, poster and captions.

    `address` is where they will be served. Raises BadInput for one that is no address of the web,
    NotAllowed for files that were changed.
    """
    names = sorted(
        name
        for name in story.cut.artefacts
        if name in (story.folder.film.name, story.folder.poster.name)
        or name == story.folder.captions.name
        or _TRANSLATION.fullmatch(name)
    )
    manifest = iiif_manifest(story, settings, _base_of(address), names)
    data = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    return [
        FileToWrite(MANIFEST_NAME, data + b"\n"),
        *(FileToWrite(name, story.folder.root / name) for name in names),
    ]


def iiif_manifest(
    story: ArchivedStory, settings: Settings, base: str, names: Sequence[str]
) -> Json:
    """Return the manifest. `base` ends in a slash; `names` are the files beside it."""
    page = story.page
    seconds = page.duration / 1000
    canvas = f"{base}canvas"
    # A canvas must have a size where it has pictures; older pages do not tell theirs.
    size = {"width": page.width or 1280, "height": page.height or 720}
    # Who speaks several languages has them parted by commas; an annotation is in one.
    language = (story.history.story.language or SPOKEN_LANGUAGE).partition(",")[0]
    film: Json = {
        "id": f"{base}{story.folder.film.name}",
        "type": "Video",
        "format": "video/mp4",
        "duration": seconds,
        **size,
    }
    manifest: Json = {
        "@context": _CONTEXT,
        "id": f"{base}{MANIFEST_NAME}",
        "type": "Manifest",
        "label": _words(page.title or story.id),
        "metadata": [
            {"label": _words(label), "value": _words(_plain(value))}
            for label, value in _metadata(story)
            if value
        ],
        "requiredStatement": {
            "label": _words("Permission"),
            "value": _words(_plain(rights_statement(story.history))),
        },
        "provider": [
            {
                "id": settings.address or base,
                "type": "Agent",
                "label": _words(settings.trust or settings.title),
            }
        ],
        "items": [
            {
                "id": canvas,
                "type": "Canvas",
                "label": _words(page.title or story.id),
                "duration": seconds,
                **size,
                "items": [_annotation_page(f"{canvas}/film", [("painting", film, canvas)])],
                "annotations": [
                    _annotation_page(
                        f"{canvas}/captions",
                        [
                            ("supplementing", body, canvas)
                            for body in _captions(names, base, language)
                        ],
                    ),
                    _annotation_page(
                        f"{canvas}/transcript", list(_transcript(story, canvas, language))
                    ),
                ],
            }
        ],
    }
    if chapters := list(_chapters(story, base, canvas)):
        manifest["structures"] = [
            {
                "id": f"{base}chapters",
                "type": "Range",
                "label": _words("Chapters"),
                "items": chapters,
            }
        ]
    if page.summary:
        manifest["summary"] = _words(_plain(page.summary))
    if story.folder.poster.name in names:
        poster = f"{base}{story.folder.poster.name}"
        manifest["thumbnail"] = [{"id": poster, "type": "Image", "format": "image/jpeg"}]
    return manifest


def _base_of(address: str) -> str:
    address = address.strip()
    if not _WEB_ADDRESS.fullmatch(address):
        raise BadInput(
            f"“{address}” is no address at which the files can be served."
            if address
            else "Where will the files of the manifest be served?",
            "Say so: --address https://archive.example.org/stories/",
        )
    return f"{address.rstrip('/')}/"


def _words(text: str) -> dict[str, list[str]]:
    return {_LANGUAGE: [text]}


def _plain(text: str) -> str:
    """Return text that no viewer takes for HTML, as it would what stands between < and >."""
    # Presentation 3.0, 4.5: only the first and the last character say that it is HTML.
    stripped = text.strip()
    is_like_html = stripped.startswith("<") and stripped.endswith(">")
    return stripped.translate(str.maketrans("<>", "‹›")) if is_like_html else text


def _metadata(story: ArchivedStory) -> Iterator[tuple[str, str]]:
    page = story.page
    yield "Told by", page.contributor
    yield "Themes", "; ".join(page.themes)
    yield "Length", clock(page.duration)
    yield "Recorded on", story.recorded_on
    yield "Language", english_names(story.history.story.language or SPOKEN_LANGUAGE)
    yield "Before you watch", page.content_note
    yield "Identifier", story.id


def _captions(names: Sequence[str], base: str, language: str) -> Iterator[Json]:
    for name in names:
        if not name.endswith(".vtt"):
            continue
        match = _TRANSLATION.fullmatch(name)
        tag = match[1] if match else language
        yield {
            "id": f"{base}{name}",
            "type": "Text",
            "format": "text/vtt",
            "language": tag,
            "label": _words(f"Captions: {english_names(tag)}"),
        }


def _transcript(
    story: ArchivedStory, canvas: str, language: str
) -> Iterator[tuple[str, Json, str]]:
    for chapter in story.page.chapters:
        for paragraph in chapter.paragraphs:
            said_by = f"{paragraph.speaker}: " if paragraph.speaker else ""
            body = {
                "type": "TextualBody",
                "value": f"{said_by}{paragraph.text}",
                "format": "text/plain",
                "language": language,
            }
            yield "supplementing", body, _moment(canvas, paragraph.start, paragraph.end)


def _chapters(story: ArchivedStory, base: str, canvas: str) -> Iterator[Json]:
    for number, chapter in enumerate(story.page.chapters, start=1):
        yield {
            "id": f"{base}chapters/{number}",
            "type": "Range",
            "label": _words(chapter.title),
            "items": [{"id": _moment(canvas, chapter.start, chapter.end), "type": "Canvas"}],
        }


def _moment(canvas: str, start: int, end: int) -> str:
    """Return a part of the canvas, as Media Fragments write it. Milliseconds."""
    return f"{canvas}#t={start / 1000:g},{end / 1000:g}"


def _annotation_page(page_id: str, annotations: Sequence[tuple[str, Json, str]]) -> Json:
    return {
        "id": page_id,
        "type": "AnnotationPage",
        "items": [
            {
                "id": f"{page_id}/{number}",
                "type": "Annotation",
                "motivation": motivation,
                "body": body,
                "target": target,
            }
            for number, (motivation, body, target) in enumerate(annotations, start=1)
        ],
    }
