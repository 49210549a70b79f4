"""The trust's time zone, from its settings, for whoever asks what day it is."""

from __future__ import annotations

import contextlib
import re

from library.core import clock
from library.core.errors import CarerStoriesError
from library.core.settings import load_settings
from library.core.workspace import Workspace

_NAMED = re.compile(rb"^[^#\n]*timezone", re.MULTILINE)


def use_zone_of(workspace: Workspace) -> None:
    """Let days be those of this workspace's time zone. It never raises.

    Settings that cannot be read say nothing: then it is the usual one, never the computer's.
    """
    zone = clock.DEFAULT_ZONE
    with contextlib.suppress(CarerStoriesError, OSError):
        # Most settings name none, and reading all of them takes longer than everything else here.
        if _NAMED.search(workspace.settings.read_bytes()):
            zone = load_settings(workspace).timezone
    clock.house.zone = zone
