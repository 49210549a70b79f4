"""Kill the browser or the server while a real page records: how much is lost?

A round is a recording of some seconds by Chromium. The browser that is killed is gone, and the
session is kept from the next window; of a killed server the page knows how to go on with the next.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import Literal

from library.core.workspace import Workspace
from tests.soak.station_kills import kept_ms, playable_ms
from tests.support.live_station import station_process
from tests.support.sample_media import agreed_story
from tests.support.station_page import keep_recording, open_window, start_recording

Victim = Literal["browser", "server", "both"]
VICTIMS: tuple[Victim, ...] = ("browser", "server", "both")
_LEAST, _MOST = 2_500, 8_000  # ms into the recording


@dataclass(frozen=True)
class PageKillRound:
    """The cost of one kill, in milliseconds."""

    victim: Victim
    recorded: int
    """On the clock of the recorder at the kill, or at the end where the page went on."""
    playable: int
    """Milliseconds that can be played afterwards."""

    @property
    def lost(self) -> int:
        return max(0, self.recorded - self.playable)


def killed_page_round(
    workspace: Workspace, chance: random.Random, victim: Victim, *, keeps: bool = True
) -> PageKillRound:
    """Make a recording with one kill. Raises AssertionError where it does not play.

    With `keeps` the recording is kept in the next window; else the bytes on the disk are decoded.
    """
    story = agreed_story(workspace)
    with station_process(workspace) as station:
        with open_window(station.page, may_die=True) as window:
            start_recording(window)
            window.wait_until_recorded(chance.randint(_LEAST, _MOST))
            began = window.began()
            killed = window.kill() if victim in ("browser", "both") else time.time() * 1000
            recorded = killed - began
            if victim in ("server", "both"):
                station.kill()
                station.start()
            if victim == "server":
                window.wait_until_recorded(round(recorded) + 3_000)
                recorded = window.clock()
                window.press_below("Stop")
                window.wait_for_heading("The recording has stopped", seconds=120)
                if keeps:
                    keep_recording(window)
        if victim != "server" and keeps:
            with open_window(station.page) as again:
                again.wait_for_heading("Welcome back")
                keep_recording(again)
    if keeps:
        playable = kept_ms(workspace, story)
    else:
        (take,) = workspace.story(story).sessions.glob("*/take-1.webm")
        playable = playable_ms(take)
    return PageKillRound(victim, round(recorded), playable)
