"""Kill the browser or the server while a real page records: how much is lost?

A round is a recording of some seconds by Chromium. The browser that is killed is gone, and the
session is kept from the next window; of a killed server the page knows how to go on with the next.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from capture.recording.originals import broken_originals, read_manifest
from library.core.workspace import Workspace
from tests.support.live_station import station_process
from tests.support.sample_media import agreed_story
from tests.support.station_page import kept, to_recording, window

Victim = Literal["browser", "server", "both"]
VICTIMS: tuple[Victim, ...] = ("browser", "server", "both")
_LEAST, _MOST = 2_500, 8_000  # ms into the recording


@dataclass(frozen=True)
class PageRound:
    """What one kill cost. Milliseconds."""

    victim: Victim
    recorded: int
    """On the clock of the recorder at the kill, or at the end where the page went on."""
    kept: int
    """What can be played afterwards."""

    @property
    def lost(self) -> int:
        return max(0, self.recorded - self.kept)


def killed_page_round(workspace: Workspace, chance: random.Random, victim: Victim) -> PageRound:
    """One recording with one kill. Raises AssertionError where the recording does not play."""
    story = agreed_story(workspace)
    with station_process(workspace) as station:
        with window(station.page) as one:
            to_recording(one)
            one.recorded_for(chance.randint(_LEAST, _MOST))
            recorded = one.clock()
            if victim in ("browser", "both"):
                one.kill()
            if victim in ("server", "both"):
                station.kill()
                station.start()
            if victim == "server":
                one.recorded_for(int(recorded) + 3_000)
                recorded = one.clock()
                one.way("Stop")
                one.heading("The recording has stopped")
                kept(one)
        if victim != "server":
            with window(station.page) as again:
                again.heading("Welcome back")
                kept(again)
    folder = workspace.story(story)
    manifest = read_manifest(folder)
    assert manifest is not None
    assert broken_originals(folder) == []
    (take,) = manifest.takes
    assert not take.damage
    return PageRound(victim, round(recorded), take.duration)
