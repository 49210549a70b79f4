"""Looking into a file from outside, in a process of its own.

What reads containers is a large body of C inside our own process (PyAV). A file that was made to
break it must cost that look and nothing else: not a station in which somebody is being recorded.
The process is held to limits as ffmpeg is, and hands back what it found as JSON.
"""

from __future__ import annotations

import functools
import subprocess
import sys
from pathlib import Path

import msgspec

from capture.media.limits import looking_limits, without_network
from capture.media.probe import Recording, probe
from capture.media.source import unreadable
from library.core.errors import BadInput, CarerStoriesError, ToolFailed
from library.core.files import refused_plainly
from library.core.struct_file import UNDECODABLE

_MODULE = "capture.media.sandboxed_probe"
_SECONDS = 120
"""A look decodes one frame; on a busy machine, and from a slow card, that takes seconds."""
_ASK_FOR_ANOTHER = (
    "It may be damaged, or made to do harm. Copy it again from the camera, phone or recorder, or "
    "export it again as MP4."
)


class _Refused(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="refused"):
    what: str
    next_step: str


class _Found(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="found"):
    recording: Recording


def look_into(path: Path) -> Recording:
    """What `probe` finds, from outside. Raises BadInput, also where the file broke what reads it.

    Raises ToolFailed where the look could not be taken at all.
    """
    with refused_plainly(path, "read"):
        seen = path.stat()
    return _looked(path, (seen.st_ino, seen.st_size, seen.st_mtime_ns))


@functools.lru_cache(maxsize=128)  # a table says what every file is before it is brought in
def _looked(path: Path, _as_it_is: tuple[int, int, int]) -> Recording:
    # Neither this folder’s modules nor the keyboard are the child’s: -P, and no standard input.
    command = [*without_network(), sys.executable, "-P", "-B", "-m", _MODULE, str(path.absolute())]
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except (OSError, ValueError) as error:
        raise ToolFailed(f"The recording could not be looked at: {error}.") from error
    looking_limits(_SECONDS).set_on(process.pid)
    try:
        said, _ = process.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        raise unreadable(path, "looking into it came to no end", _ASK_FOR_ANOTHER) from None
    finally:
        process.kill()
        process.wait()
    try:
        found: _Refused | _Found = msgspec.json.decode(said, type=_Refused | _Found)
    except UNDECODABLE:
        raise unreadable(path, "it broke the program that reads it", _ASK_FOR_ANOTHER) from None
    if isinstance(found, _Refused):
        raise BadInput(found.what, found.next_step)
    return found.recording


def _look(path: Path) -> _Found | _Refused:
    try:
        return _Found(probe(path))
    except CarerStoriesError as error:
        return _Refused(error.what, error.next_step)


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(_look(Path(sys.argv[1]))))
