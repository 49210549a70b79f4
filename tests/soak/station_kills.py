"""Kill the station at a random moment, start it again, keep what is there: how much is lost?

One round is a recording of some seconds, sent second by second as a browser sends it, with
`kill -9` of the server somewhere in it. With `goes_on` the page stays open and goes on with the
next server; without, the page is gone as well, and the session is recovered.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

import av

from capture.recording.originals import read_manifest
from capture.sessions.finalise import keep_session
from capture.sessions.session_folders import reopen_session
from library.core.workspace import Workspace
from tests.support.kept_files import broken_originals
from tests.support.live_station import (
    StationClient,
    StationProcess,
    browser_chunks,
    station_process,
)
from tests.support.sample_media import agreed_story

SECONDS = 6
_PACE = 0.05
"""Seconds of the clock for a second of the recording: the station cannot tell."""


@dataclass(frozen=True)
class KillRound:
    """The cost of one kill, in milliseconds of the recording."""

    handed_over: int
    """Milliseconds sent before the kill, whole or in part."""
    answered: int
    """Milliseconds of that which the station had said are on the disk."""
    playable: int
    """Milliseconds that can be played afterwards."""

    @property
    def lost(self) -> int:
        return max(0, self.handed_over - self.playable)


def killed_round(
    workspace: Workspace, chance: random.Random, *, goes_on: bool, keeps: bool = True
) -> KillRound:
    """Make a recording with one kill. Raises AssertionError where it does not play.

    The bytes on the disk are compared with those that were sent, and decoded. With `keeps` the
    recording is kept as well, which costs more than all the rest.
    """
    story = agreed_story(workspace)
    parts = browser_chunks(SECONDS)
    with station_process(workspace) as process:
        page = process.page
        session = page.agreed_session(story, f"s-{chance.randrange(10**9)}")
        assert page.begin(session).status == 201
        kill_at = chance.uniform(0, SECONDS - 1) * _PACE
        sent, answered = _send_until_killed(process, page, session, parts, kill_at)
        if goes_on:
            again = process.start()
            assert again.token != page.token, "a token is of one run"
            assert again.get(f"/api/sessions/{session}").is_proved
            recorded = page.get(f"/api/sessions/{session}").data["takes"][0]["chunks"]
            assert recorded >= answered
            for number in range(recorded, len(parts)):
                assert page.chunk(session, 1, number, parts[number]).status in (200, 201)
            stopped = page.post(f"/api/sessions/{session}/stop", take=1, at=0, chunks=len(parts))
            assert stopped.status == 200
            sent = len(parts)
    with closing(reopen_session(workspace, session)) as recovered:
        if recovered.state.open_take:
            recovered.stop()
        take = workspace.story(story).sessions / session / "take-1.webm"
        stored = take.read_bytes()
        assert b"".join(parts).startswith(stored), "the disk has bytes that nobody sent"
        assert len(stored) >= sum(map(len, parts[:answered])), "what was answered for is not there"
        playable = playable_ms(take)
        if keeps:
            keep_session(recovered)
    return KillRound(sent * 1000, answered * 1000, kept_ms(workspace, story) if keeps else playable)


def kept_ms(workspace: Workspace, story: str) -> int:
    """Return the milliseconds of the only original of a story, which must be whole."""
    folder = workspace.story(story)
    manifest = read_manifest(folder)
    assert manifest is not None
    assert broken_originals(folder) == []
    (take,) = manifest.takes
    assert not take.damage
    return take.duration


def playable_ms(take: Path) -> int:
    """Return up to which millisecond the sound of a take can be decoded; a torn end is left out."""
    end = 0.0
    with contextlib.suppress(av.error.FFmpegError), av.open(str(take)) as container:
        for frame in container.decode(audio=0):
            end = max(end, (frame.time or 0.0) + frame.samples / frame.sample_rate)
    return round(end * 1000)


def _send_until_killed(
    process: StationProcess,
    page: StationClient,
    session: str,
    parts: tuple[bytes, ...],
    kill_at: float,
) -> tuple[int, int]:
    """Return the number of parts sent, and of parts acknowledged: the first one always is."""
    assert page.chunk(session, 1, 0, parts[0]).status == 201
    sent = answered = 1
    killer = threading.Timer(kill_at, process.kill)
    killer.start()
    with contextlib.suppress(OSError, HTTPException, ValueError):  # half of an answer
        for number, part in enumerate(parts[1:], 1):
            sent = number + 1
            assert page.chunk(session, 1, number, part).status == 201
            answered = number + 1
            time.sleep(_PACE)
    killer.join()
    return sent, answered
