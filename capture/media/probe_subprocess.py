"""Describe a file from outside in a process of its own.

Containers are read by a large body of C inside our own process (PyAV). A file that was made to
break it must cost that one process and nothing else: not a station in which somebody is being
recorded. The process is held to the same limits as ffmpeg and has no network; it may read any file
that we may. It prints its result as JSON.
"""

from __future__ import annotations

import functools
import subprocess
import sys
from pathlib import Path

import msgspec

from capture.media.input_files import display_name, unreadable_file
from capture.media.probe import probe, stated_start
from capture.media.process_limits import no_network_command, probe_limits
from capture.media.recording import Recording
from capture.media.run_ffmpeg import RUN_AGAIN
from library.core.errors import BadInput, CarerStoriesError, ToolFailed
from library.core.files import translate_disk_errors
from library.core.struct_file import UNDECODABLE

_MODULE = "capture.media.probe_subprocess"
_TIME_LIMIT_SECONDS = 120
"""A probe decodes one frame; on a busy machine, and from a slow card, that takes seconds."""
_MEND_OR_REPLACE = (
    "It may be damaged, or made to do harm. Copy it again from the camera, phone or recorder, or "
    "export it again as MP4."
)


class _Refused(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="refused"):
    what: str
    next_step: str


class _Described(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="found"):
    recording: Recording
    started: float | None


def probe_in_subprocess(path: Path) -> Recording:
    """Describe a file as `probe` does, in a child process.

    Raises BadInput as `probe` does, and where the file broke the child; ToolFailed where the
    child could not be started.
    """
    return _described(path).recording


def start_in_subprocess(path: Path) -> float | None:
    """Return when a recording began, by the clock of its camera, in seconds; None if not stated.

    Raises as `probe_in_subprocess` does.
    """
    return _described(path).started


def _described(path: Path) -> _Described:
    with translate_disk_errors(path, "read"):
        status = path.stat()
    return _cached_probe(path, (status.st_ino, status.st_size, status.st_mtime_ns))


@functools.lru_cache(maxsize=128)  # a file is probed to show what it is, then to import it
def _cached_probe(path: Path, _file_state: tuple[int, int, int]) -> _Described:
    # `_file_state` is only part of the cache's key: a file that changed is probed again.
    # -P: no module in the current folder is imported. No standard input: the keyboard is ours.
    command = [
        *no_network_command(),
        sys.executable,
        "-P",
        "-B",
        "-m",
        _MODULE,
        str(path.absolute()),
    ]
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except (OSError, ValueError) as error:
        raise ToolFailed(
            f"{display_name(path)} could not be examined: the program that reads it did not start.",
            RUN_AGAIN,
        ) from error
    probe_limits(_TIME_LIMIT_SECONDS).apply_to(process.pid)
    try:
        output, _ = process.communicate(timeout=_TIME_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        raise unreadable_file(
            path, "examining it took more than two minutes", _MEND_OR_REPLACE
        ) from None
    finally:
        process.kill()
        process.wait()
    try:
        answer: _Refused | _Described = msgspec.json.decode(output, type=_Refused | _Described)
    except UNDECODABLE:
        raise unreadable_file(
            path, "it broke the program that reads it", _MEND_OR_REPLACE
        ) from None
    if isinstance(answer, _Refused):
        raise BadInput(answer.what, answer.next_step)
    return answer


def _probe_or_refuse(path: Path) -> _Described | _Refused:
    try:
        return _Described(probe(path), stated_start(path))
    except CarerStoriesError as error:
        return _Refused(error.what, error.next_step)


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(_probe_or_refuse(Path(sys.argv[1]))))
