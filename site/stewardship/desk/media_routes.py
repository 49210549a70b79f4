"""The sound and picture at the desk: the working copy, its peaks, a stretch of the film.

The working copy is asked for by a player, which sends no proof: by a secret that only a window of
this desk was told. Whoever asks for more of it is asked again whether the story may be heard.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from flask import Blueprint, Response, request, send_file
from msgspec import Meta

from films.checked_redactions import add_checked
from library.core.errors import BadInput, CarerStoriesError, NotFound
from library.core.workspace import StoryFolder
from library.local_page.responses import bytes_response, decode_body, json_response
from stewardship.desk.loudness_peaks import peaks_of
from stewardship.desk.open_stories import Desk

MEDIA_ROUTE = "/media/<ticket>"
MOST_EXCERPT_MS = 60_000
_ASKED_AGAIN_S = 2.0
"""While a file is sent: a recording takes an hour to be heard, and a moment to be taken back."""
_MOMENT = re.compile(r"[0-9]{1,9}")
_Id = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]


class CheckedRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    redactions: Annotated[tuple[_Id, ...], Meta(max_length=1_000)]


def media_calls(desk: Desk) -> Blueprint:
    calls = Blueprint("media", __name__)

    @calls.get(MEDIA_ROUTE)
    def media(ticket: str) -> Response:
        story_id = desk.story_of_ticket(ticket)
        if story_id is None:
            raise NotFound("There is nothing at this address.")
        desk.require_readable(story_id)
        path = _recording(desk.workspace.story(story_id))
        answer = send_file(path.resolve(), conditional=True, max_age=0)
        if answer.direct_passthrough:
            parts = answer.iter_encoded()
            answer.response = _while_readable(parts, lambda: desk.require_readable(story_id))
        return answer

    @calls.get("/api/stories/<story_id>/peaks")
    def peaks(story_id: str) -> Response:
        made = peaks_of(desk.open_story(story_id).folder)
        # While it was measured, the story may have been withdrawn.
        desk.open_story(story_id)
        return bytes_response(made)

    @calls.get("/api/stories/<story_id>/sound")
    def sound(story_id: str) -> Response:
        start, end = _moment("start"), _moment("end")
        if not start < end <= start + MOST_EXCERPT_MS:
            raise BadInput("At most a minute can be heard at once.")
        as_film = request.args.get("as", "film") == "film"
        story = desk.open_story(story_id)
        text, _ = story.text_and_version()
        made = story.newest_analysis.excerpt(text, start, end, as_film=as_film)
        desk.open_story(story_id)
        return bytes_response(made)

    @calls.post("/api/stories/<story_id>/checked")
    def checked(story_id: str) -> Response:
        sent = decode_body(CheckedRequest)
        story = desk.open_story(story_id)
        with story.opened():
            known = add_checked(story.folder, sent.redactions)
            story.newest_analysis.renew()
        return json_response({"checked": sorted(known)})

    return calls


def _recording(folder: StoryFolder) -> Path:
    """Return the working copy, or its sound where there is no picture."""
    for path in (folder.working, folder.working_audio, folder.speech):
        if path.is_file():
            return path
    raise NotFound(
        "The recording of this story is not on this computer.",
        f"Bring it in: carer-stories capture import {folder.root.name} FILE",
    )


def _while_readable(parts: Iterable[bytes], require: Callable[[], object]) -> Iterator[bytes]:
    """Yield the parts of a file until the story may not be heard any more."""
    asked = time.monotonic()
    try:
        for part in parts:
            if time.monotonic() - asked > _ASKED_AGAIN_S:
                require()
                asked = time.monotonic()
            yield part
    # The answer has begun: all that is left is to break it off.
    except CarerStoriesError as error:
        raise ConnectionAbortedError(error.what) from None
    finally:
        if close := getattr(parts, "close", None):
            close()


def _moment(name: str) -> int:
    text = request.args.get(name, "")
    if not _MOMENT.fullmatch(text):
        raise BadInput(f"“{name}” is no moment of the recording.")
    return int(text)
