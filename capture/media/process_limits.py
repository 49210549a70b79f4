"""Limits on what a media program may use: time, memory, disk, and no network.

A file from outside is decoded by a large program in C. Should one be made so that the program goes
astray, it is stopped at these limits instead of filling memory or disk:

| limit | how much | where |
|---|---|---|
| time | `run_ffmpeg.time_limit`; two minutes for `probe_subprocess` | everywhere |
| our own life | what writes is killed when we are: `setpriv`, where the system has it | Linux |
| processor time | that time on every core: ends in the end what outlived us all the same | Linux |
| memory of its own | 4 GiB, and half of one for each core and each input | Linux |
| one file | 8 GiB, its inputs, and 6 MB a second of recording | Linux |
| memory dumps | none: sound and pictures would lie in them | Linux |
| the network | none: `unshare`, where the system lets us | Linux |

They are set from outside just after the start (`prlimit(2)`), so that no code runs between fork and
exec in a process with threads. macOS and Windows have no such call: there the time limit and the
protocols that `capture.media.input_files` allows stand alone.
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

_GIB = 1 << 30
_BASE_MEMORY = 4 * _GIB
_MEMORY_PER_CORE_OR_INPUT = _GIB // 2
"""For each core (a decoder keeps frames for every thread) and each input (its decoder’s own). Eight
takes of 4K took 0.95 GB in all on two cores, one of 8K (HEVC) into a working copy 1.2 GB."""
_BASE_FILE_SIZE = 8 * _GIB
_FILE_SIZE_PER_SECOND = 160_000
"""Bytes for each second of the time limit, which is forty a second of recording: 6.4 MB of it. The
hardest pictures we tried made 3.4."""
_TRIAL_SECONDS = 10  # for trying `unshare`, which takes milliseconds


@dataclass(frozen=True)
class ProcessLimits:
    """Limits of one process, in seconds of processor time and in bytes."""

    cpu_seconds: int
    memory_bytes: int
    file_bytes: int

    def apply_to(self, pid: int) -> None:
        """Apply the limits to a running process, where the operating system can."""
        if not sys.platform.startswith("linux"):
            return
        import resource  # not at the top: Windows has none

        limits = (
            (resource.RLIMIT_CPU, self.cpu_seconds),
            (resource.RLIMIT_DATA, self.memory_bytes),
            (resource.RLIMIT_FSIZE, self.file_bytes),
            (resource.RLIMIT_CORE, 0),
        )
        for resource_kind, limit in limits:
            with contextlib.suppress(OSError, ValueError):  # gone, or held to less than this
                _, hard = resource.prlimit(pid, resource_kind)
                limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
                resource.prlimit(pid, resource_kind, (limit, limit))


def ffmpeg_limits(arguments: Sequence[str], timeout: float) -> ProcessLimits:
    """Return the limits for a run of ffmpeg that may last `timeout` seconds."""
    cores = os.cpu_count() or 1
    inputs = [name for flag, name in pairwise(arguments) if flag == "-i"]
    return ProcessLimits(
        cpu_seconds=int(timeout * cores) + 1,
        memory_bytes=_BASE_MEMORY + _MEMORY_PER_CORE_OR_INPUT * (cores + len(inputs)),
        file_bytes=_BASE_FILE_SIZE
        + int(_FILE_SIZE_PER_SECOND * timeout)
        + sum(map(_size_of, inputs)),
    )


def probe_limits(timeout: float) -> ProcessLimits:
    """Return the limits for a process that only describes one file: it may write nothing."""
    cores = os.cpu_count() or 1
    return ProcessLimits(
        int(timeout * cores) + 1, _BASE_MEMORY + _MEMORY_PER_CORE_OR_INPUT * (cores + 1), 0
    )


def _size_of(source: str) -> int:
    with contextlib.suppress(OSError):
        return Path(source.removeprefix("file:")).stat().st_size
    return 0


@functools.cache
def killed_with_us_command() -> tuple[str, ...]:
    """Return the command that has the system kill the command after it once we die; () if none.

    What was killed with `kill -9`, or for want of memory, can end nothing itself, and its ffmpeg
    would go on writing a recording that may be erased meanwhile. The system counts the death of the
    thread that started it, which therefore has to wait for it. A change of rights would undo it:
    it stands behind `no_network_command`.
    """
    setpriv = shutil.which("setpriv") if sys.platform.startswith("linux") else None
    if setpriv is None:
        return ()
    command = (setpriv, "--pdeathsig", "KILL", "--")
    return command if _runs(command) else ()


@functools.cache
def no_network_command() -> tuple[str, ...]:
    """Return the command that cuts off the network from the command after it; () if none.

    Root needs no user namespace for it, and would lose its rights over other people’s files in
    one. Some systems allow neither; it is tried once.
    """
    unshare = shutil.which("unshare") if sys.platform.startswith("linux") else None
    if unshare is None:
        return ()
    user_options = () if os.geteuid() == 0 else ("--user", "--map-current-user")
    command = (unshare, *user_options, "--net", "--")
    return command if _runs(command) else ()


def _runs(command: tuple[str, ...]) -> bool:
    """Return True where another command runs after this one."""
    true = shutil.which("true")
    if true is None:
        return False
    try:
        trial = subprocess.run(
            [*command, true], capture_output=True, timeout=_TRIAL_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return trial.returncode == 0
