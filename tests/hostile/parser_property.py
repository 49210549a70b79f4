"""The property of every parser: a result or a refusal in time, and nothing else changed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from library.core.errors import CarerStoriesError
from library.core.workspace import Workspace
from tests.hostile.parsers import Door

_LONGEST_SENTENCE = 1_200
_HUNG = 30
"""Seconds of the processor, however busy the machine: nothing here takes five."""


@contextmanager
def _not_hung(door: Door, data: bytes) -> Iterator[None]:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"{door.name} hangs on {data[:300]!r} ({len(data)} bytes)")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, _HUNG)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _everything(workspace: Workspace) -> dict[str, tuple[int, int]]:
    """Size and time of every file, and every folder’s name: a lock may be taken and left."""
    found = {}
    for folder, folders, names in os.walk(workspace.interviews):
        found |= {f"{folder}/{name}": (0, 0) for name in folders}
        for name in names:
            seen = os.lstat(f"{folder}/{name}")
            if not name.endswith(".lock"):
                found[f"{folder}/{name}"] = (seen.st_size, seen.st_mtime_ns)
    return found


def check(door: Door, library: Workspace, data: bytes) -> bool:
    """Hand it in; whether it was taken. Fails for anything but a result or a refusal."""
    place = library.root / door.place
    place.parent.mkdir(parents=True, exist_ok=True)
    kept = place.read_bytes() if place.exists() else None
    place.write_bytes(data)
    before = _everything(library)
    try:
        with _not_hung(door, data):
            door.read(library, place)
        taken = True
    except CarerStoriesError as refusal:
        taken = False
        _is_a_sentence(door, refusal, data)
    except Exception as error:
        raise AssertionError(
            f"{door.name}: {type(error).__name__}: {str(error)[:200]} for {len(data)} bytes: "
            f"{data[:600]!r}"
        ) from error
    finally:
        after = _everything(library)
        place.unlink() if kept is None else place.write_bytes(kept)
    if not (door.writes and taken):
        changed = {one for one in {*before, *after} if before.get(one) != after.get(one)}
        assert not changed, f"{door.name} left or changed {sorted(changed)[:3]}"
    return taken


def _is_a_sentence(door: Door, refusal: CarerStoriesError, data: bytes) -> None:
    what = refusal.what
    about = f"{door.name} said {what[:300]!r} of {data[:300]!r}"
    assert what.rstrip().endswith((".", "?", "…")), about
    assert len(what) < _LONGEST_SENTENCE, f"{len(what)} characters: {about}"
    assert len(refusal.next_step) < _LONGEST_SENTENCE, about
    what.encode()  # no half of a letter
