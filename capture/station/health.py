"""Room on the disk and what is left in the battery, for the page to warn in time."""

from __future__ import annotations

import contextlib
from typing import Any

from capture.sessions.chunks import RESERVE
from library.core import files
from library.core.workspace import Workspace

VIDEO = 2_500_000 // 8
"""Bytes of a second of picture and voice at 2.5 Mb/s."""
AUDIO = 128_000 // 8
_TO_KEEP = 3_600 * (3 * VIDEO + 1_000_000)
"""Bytes an hour of video needs until it is kept: itself, the same wrapped, the original, and what
an import asks for its working copy."""


def health(workspace: Workspace) -> dict[str, Any]:
    """The object of `GET /api/health`. Raises DiskFailed."""
    free = files.free_bytes(workspace.stories)
    usable = max(0, free - RESERVE)
    return {
        "free_bytes": free,
        "minutes_video": usable // VIDEO // 60,
        "minutes_audio": usable // AUDIO // 60,
        "low_room": usable < _TO_KEEP,
        "battery": battery(),
    }


def battery() -> dict[str, Any] | None:
    """Percent left, and whether it is plugged in; None where there is none, or it will not say."""
    import psutil

    with contextlib.suppress(Exception):  # drivers fail in every way there is
        told = psutil.sensors_battery()
        if told is not None:
            return {"percent": round(told.percent), "plugged": bool(told.power_plugged)}
    return None
