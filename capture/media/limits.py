"""What a media program may take of this machine, and that it may not reach another.

A file from outside is decoded by a large program in C. Should one be made so that the program goes
astray, it is stopped at these limits instead of filling memory or disk:

| limit | how much | where |
|---|---|---|
| time | `runner.time_limit` | everywhere |
| processor time | that time on every core: ends it when we were killed, too | Linux |
| memory of its own | 4 GiB, and half of one for each core and each input | Linux |
| one file | 8 GiB, its inputs, and 6 MB a second of recording | Linux |
| memory dumps | none: sound and pictures would lie in them | Linux |
| the network | none: `unshare`, where the system lets us | Linux |

They are set from outside just after the start (`prlimit(2)`), so that no code runs between fork and
exec in a process with threads. macOS and Windows have no such call: there the time limit and the
protocols that `capture.media.source` allows stand alone.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

_GB = 1 << 30
_MEMORY = 4 * _GB
_MEMORY_EACH = _GB // 2
"""For each core (a decoder keeps frames for every thread) and each input (its decoder’s own). Eight
takes of 4K took 0.95 GB in all on two cores, one of 8K (HEVC) into a working copy 1.2 GB."""
_LARGEST = 8 * _GB
_LARGEST_A_SECOND = 160_000
"""Bytes for each second of the time limit, which is forty a second of recording: 6.4 MB of it. The
hardest pictures we tried made 3.4."""
_ASK_SECONDS = 10


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes."""

    processor: int
    memory: int
    largest: int

    def set_on(self, pid: int) -> None:
        """Hold the process to them, where the system can. One that has ended already needs none."""
        if not sys.platform.startswith("linux"):
            return
        import resource

        held = (
            (resource.RLIMIT_CPU, self.processor),
            (resource.RLIMIT_DATA, self.memory),
            (resource.RLIMIT_FSIZE, self.largest),
            (resource.RLIMIT_CORE, 0),
        )
        for which, most in held:
            with contextlib.suppress(OSError, ValueError):  # gone, or held to less than this
                _, hard = resource.prlimit(pid, which)
                most = most if hard == resource.RLIM_INFINITY else min(most, hard)
                resource.prlimit(pid, which, (most, most))


def limits_for(arguments: Sequence[str], timeout: float) -> Limits:
    """Of a run of ffmpeg with these arguments that may last `timeout` seconds."""
    cores = os.cpu_count() or 1
    inputs = [name for flag, name in pairwise(arguments) if flag == "-i"]
    return Limits(
        processor=int(timeout * cores) + 1,
        memory=_MEMORY + _MEMORY_EACH * (cores + len(inputs)),
        largest=_LARGEST + int(_LARGEST_A_SECOND * timeout) + sum(map(_size_of, inputs)),
    )


def looking_limits(timeout: float) -> Limits:
    """Of a process that only looks into one file: it may write none."""
    cores = os.cpu_count() or 1
    return Limits(int(timeout * cores) + 1, _MEMORY + _MEMORY_EACH * (cores + 1), 0)


def _size_of(source: str) -> int:
    with contextlib.suppress(OSError):
        return Path(source.removeprefix("file:")).stat().st_size
    return 0


@functools.cache
def without_network() -> tuple[str, ...]:
    """What goes before a command so that it can reach no network; nothing where it cannot be done.

    Root needs no namespace of users for it, and would lose its rights over other people’s files in
    one. Some systems allow neither; it is tried once.
    """
    tool = shutil.which("unshare") if sys.platform.startswith("linux") else None
    if tool is None:
        return ()
    users = () if os.geteuid() == 0 else ("--user", "--map-current-user")
    before = (tool, *users, "--net", "--")
    true = shutil.which("true")
    if true is None:
        return ()
    try:
        tried = subprocess.run(
            [*before, true], capture_output=True, timeout=_ASK_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    return before if tried.returncode == 0 else ()
