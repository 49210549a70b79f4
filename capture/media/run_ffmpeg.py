"""Find and run ffmpeg: the one place where a media program is started.

The ffmpeg that comes with us is used, or the one that CARER_STORIES_FFMPEG names; never another.
It gets an argument list (no shell), nothing on standard input, and limits of time, memory and size
(`capture.media.process_limits`). Progress is read from a pipe, the end of its log is kept for error
messages, and it is killed whenever we are interrupted, or killed ourselves.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Any, cast

import imageio_ffmpeg

from capture.media.process_limits import (
    ffmpeg_limits,
    killed_with_us_command,
    no_network_command,
)
from library.core.errors import NoRoom, ToolFailed, ToolMissing
from library.core.installation import command_to_mend
from library.core.sanitise import printable

Progress = Callable[[int], None]
"""Called with how far a step has come, in milliseconds of the recording."""

ProgressStep = Callable[[str, int | None], AbstractContextManager[Progress]]
"""Opens a step, given its label and its length in milliseconds if known; yields its Progress."""

_LOG_TAIL_BYTES = 65_536  # a loudness report and an error both fit
_MAX_REASON_CHARACTERS = 300
# `[mov,mp4 @ 0x55d0c8]`: an address in memory says nothing to a reader.
_LOG_PREFIX = re.compile(r"^\[[^\]]* @ 0x[0-9a-f]+\] ")
# ffmpeg writes these after the line that says what went wrong.
_FOLLOW_UP_LINES = (
    "Terminating thread",
    "Task finished",
    "Conversion failed",
    "Nothing was written",
)
# A device says “busy”, a broken file “corrupt”.
ERROR_WORDS = re.compile(r"error|invalid|fail|no such|not |cannot|unable|denied|corrupt|busy", re.I)


RUN_AGAIN = (
    "Run it again; nothing of it was kept. `carer-stories doctor` checks the parts it needs."
)
_DAMAGED_OR_HOSTILE = (
    "Ask for another copy, if the file is from somebody else: it may be damaged, or made to do "
    "harm. Nothing was changed."
)
_BROKE = "the file broke the program that reads it"
_SIGNAL_MEANINGS = {
    "SIGXFSZ": "what it wrote grew larger than any recording of that length",
    "SIGXCPU": "it used more of the processor than any recording of that length needs",
    "SIGSEGV": _BROKE,
    "SIGABRT": _BROKE,
    "SIGFPE": _BROKE,
    "SIGILL": _BROKE,
    "SIGBUS": _BROKE,
}


class TookTooLong(ToolFailed):
    """The program was stopped at its time limit."""


@contextlib.contextmanager
def without_progress(_label: str, _total: int | None = None) -> Iterator[Progress]:
    """A ProgressStep for when nobody is watching."""
    yield lambda _done: None


def time_limit(duration: int) -> float:
    """Return the seconds that a pass over `duration` milliseconds may take.

    Five minutes, and forty times the recording's own length: eight times what was measured. The
    hardest pictures we tried (1080p full of noise, on two cores that several programs shared)
    needed somewhat more than five times.
    """
    return 300 + 40 * duration / 1000


def run_ffmpeg(
    stream: Any,
    *,
    activity: str,
    timeout: float,
    progress: Progress | None = None,
    folder: Path | None = None,
) -> str:
    """Run an ffmpeg-python graph and return the end of ffmpeg's log.

    `activity` is how errors name the work: “Making the working copy”. `timeout` is in seconds.
    `folder` is where ffmpeg runs, for filters that are given a file by its bare name. Raises
    ToolFailed, TookTooLong or, when the disk is full, NoRoom.
    """
    program = ffmpeg_path()
    arguments = [str(argument) for argument in stream.compile(cmd=program)[1:]]
    # A hidden file beside the result is ours and fresh: ffmpeg may write over it.
    fixed_arguments = ["-nostdin", "-hide_banner", "-nostats", "-y", "-progress", "pipe:1"]
    command = [*killed_with_us_command(), program, *fixed_arguments, *arguments]
    process, reports, errors = _start(command, activity, folder)
    ffmpeg_limits(arguments, timeout).apply_to(process.pid)
    timed_out = threading.Event()
    tail = bytearray()
    listener = threading.Thread(target=_keep_tail, args=(errors, tail), daemon=True)
    with _killed_on_exit(process), _killed_after(timeout, process, timed_out):
        listener.start()
        _read_progress(reports, progress)
        process.wait()
        listener.join()
    return _require_success(process.returncode, activity, timeout, timed_out, tail)


def stream_from_ffmpeg(stream: Any, *, activity: str, timeout: float) -> Iterator[bytes]:
    """Run an ffmpeg-python graph whose output is `pipe:1`, and yield what it writes.

    Nothing touches the disk. Raises as `run_ffmpeg`, after what was written before.
    """
    program = ffmpeg_path()
    arguments = [str(argument) for argument in stream.compile(cmd=program)[1:]]
    fixed_arguments = ["-nostdin", "-hide_banner", "-nostats"]
    process, output, errors = _start([program, *fixed_arguments, *arguments], activity, None)
    ffmpeg_limits(arguments, timeout).apply_to(process.pid)
    timed_out = threading.Event()
    tail = bytearray()
    listener = threading.Thread(target=_keep_tail, args=(errors, tail), daemon=True)
    with _killed_on_exit(process), _killed_after(timeout, process, timed_out):
        listener.start()
        while chunk := output.read(_STREAMED_BYTES):
            yield chunk
        process.wait()
        listener.join()
    _require_success(process.returncode, activity, timeout, timed_out, tail)


def _require_success(
    code: int, activity: str, timeout: float, timed_out: threading.Event, tail: bytearray
) -> str:
    """Return the end of ffmpeg's log. Raises ToolFailed, TookTooLong or NoRoom."""
    log = tail.decode("utf-8", "replace")
    if timed_out.is_set():
        raise TookTooLong(
            f"{activity} took longer than {timeout:.0f} seconds and was stopped.",
            "Close other programs and run it again; nothing was changed.",
        )
    if code != 0:
        raise _killed_by_signal(code, activity) or _failure(activity, log)
    return log


@contextlib.contextmanager
def _killed_on_exit(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Kill the process when the block ends, above all by Ctrl-C."""
    try:
        yield
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()


@contextlib.contextmanager
def _killed_after(
    seconds: float, process: subprocess.Popen[bytes], timed_out: threading.Event
) -> Iterator[None]:
    """Kill the process after `seconds`, and set `timed_out`."""

    def stop() -> None:
        timed_out.set()
        process.kill()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _start(
    command: list[str], activity: str, folder: Path | None
) -> tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes]]:
    """Start ffmpeg; return the process, its progress pipe and its log pipe."""
    try:
        process = subprocess.Popen(
            [*no_network_command(), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=ffmpeg_environment(),
            cwd=folder,
        )
    except OSError as error:
        raise ToolFailed(f"{activity} could not start: {error.strerror}.") from error
    return process, cast(IO[bytes], process.stdout), cast(IO[bytes], process.stderr)


def ffmpeg_environment() -> dict[str, str]:
    """Return the environment to run ffmpeg in: its log is in English and has no colours."""
    # FFREPORT would make ffmpeg write a log, with names in it, wherever we happen to be.
    environment = {name: value for name, value in os.environ.items() if name != "FFREPORT"}
    return environment | {"LC_ALL": "C", "AV_LOG_FORCE_NOCOLOR": "1"}


def _read_progress(pipe: IO[bytes], progress: Progress | None) -> None:
    """Read `-progress` lines to their end, passing on `out_time_us` as milliseconds."""
    for line in pipe:
        key, _, value = line.strip().partition(b"=")
        if progress and key == b"out_time_us" and value.lstrip(b"-").isdigit():
            progress(max(0, int(value) // 1000))


def _keep_tail(pipe: IO[bytes], tail: bytearray) -> None:
    # Closed under us after an interruption: nobody is left to tell.
    with contextlib.suppress(ValueError, OSError):
        while chunk := pipe.read1(4096):  # type: ignore[attr-defined]
            tail += chunk
            del tail[:-_LOG_TAIL_BYTES]


def _killed_by_signal(code: int, activity: str) -> ToolFailed | None:
    """Return the refusal of a program that the system stopped; None if it ended by itself."""
    if code >= 0:
        return None
    with contextlib.suppress(ValueError):  # no signal of that number is known here
        if meaning := _SIGNAL_MEANINGS.get(signal.Signals(-code).name):
            return ToolFailed(f"{activity} was stopped: {meaning}.", _DAMAGED_OR_HOSTILE)
    # Among them SIGKILL: by somebody, or by Linux where memory runs out.
    return ToolFailed(
        f"{activity} was stopped from outside, or because memory ran out.",
        "Close other programs and run it again; nothing was changed.",
    )


def _failure(activity: str, log: str) -> ToolFailed | NoRoom:
    if "File too large" in log:
        return NoRoom(
            f"{activity} stopped: a file became larger than the disk or this account allows.",
            "Use another disk: those in FAT format take no file over 4 GB. Nothing was changed.",
        )
    if "No space left on device" in log or "Disk quota exceeded" in log:
        return NoRoom(
            f"{activity} stopped: the disk is full.",
            "Free some space and run it again; nothing was changed.",
        )
    if "Cannot allocate memory" in log:
        return ToolFailed(
            f"{activity} was stopped: it needed more memory than any recording should.",
            _DAMAGED_OR_HOSTILE,
        )
    return ToolFailed(
        f"{activity} failed: {_reason_in(log)}",
        "See whether all it needs is there: carer-stories doctor",
    )


def _reason_in(log: str) -> str:
    """Return the last line of a log that says what went wrong, safe to show."""
    lines = [printable(_LOG_PREFIX.sub("", line)).strip() for line in log.splitlines()]
    reasons = [
        line for line in lines if ERROR_WORDS.search(line) and not line.startswith(_FOLLOW_UP_LINES)
    ]
    line = reasons[-1] if reasons else "ffmpeg gave no reason"
    return line if len(line) <= _MAX_REASON_CHARACTERS else line[:_MAX_REASON_CHARACTERS] + "…"


FFMPEG_VARIABLE = "CARER_STORIES_FFMPEG"
_QUERY_SECONDS = 30
_STREAMED_BYTES = 1 << 20


def ffmpeg_path() -> str:
    """Return the ffmpeg to run. Raises ToolMissing with a next step.

    One on the system's path is not looked for: nobody knows what it was built with, and films
    are meant to come out the same wherever they are made.
    """
    named = os.environ.get(FFMPEG_VARIABLE)
    if named:
        path = shutil.which(named)
        if path is None:
            raise ToolMissing(
                f"{FFMPEG_VARIABLE} names {named}, which cannot be run.",
                f"Name an ffmpeg program there, or unset {FFMPEG_VARIABLE}.",
            )
        return path
    return _bundled()


@functools.cache
def _bundled() -> str:
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise ToolMissing(
            "The ffmpeg that comes with Carer Stories is not installed.",
            command_to_mend(("imageio-ffmpeg",), again=True),
        ) from error


def ffmpeg_version() -> str:
    """Return the version as ffmpeg states it, such as `7.0.2-static`. Raises ToolMissing."""
    return _version(ffmpeg_path())


@functools.cache
def _version(program: str) -> str:
    match = re.match(r"ffmpeg version (\S+)", _query(program, "-version"))
    return match[1] if match else "unknown"


def has_filter(name: str) -> bool:
    """Check whether this ffmpeg was built with a filter; builds differ. Raises ToolMissing."""
    return name in _filters(ffmpeg_path())


@functools.cache
def _filters(program: str) -> frozenset[str]:
    lines = (line.split() for line in _query(program, "-hide_banner", "-filters").splitlines())
    return frozenset(words[1] for words in lines if len(words) >= 3 and "->" in words[2])


def _query(program: str, *arguments: str) -> str:
    try:
        answer = subprocess.run(
            [program, *arguments], capture_output=True, timeout=_QUERY_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolMissing(
            f"{program} does not run as ffmpeg does.",
            f"Unset {FFMPEG_VARIABLE}, or install imageio-ffmpeg again.",
        ) from error
    return answer.stdout.decode("utf-8", "replace")
