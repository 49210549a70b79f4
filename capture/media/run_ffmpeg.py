"""Find and run ffmpeg: the one place where a media program is started.

The ffmpeg that comes with us is used, or the one that CARER_STORIES_FFMPEG names; never another.
It gets an argument list (no shell), nothing on standard input, and limits of time, memory and size
(`capture.media.process_limits`). Progress is read from a pipe, the end of its log is kept for error
messages, and it is killed whenever we are interrupted.
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

from capture.media.process_limits import ffmpeg_limits, no_network_command
from library.core.errors import NoRoom, ToolFailed, ToolMissing
from library.core.sanitise import printable

Progress = Callable[[int], None]
"""Told how far a step has come, in milliseconds of the recording."""

Watch = Callable[[str, int | None], AbstractContextManager[Progress]]
"""Opens a step: its label and its length in milliseconds, where known; yields its Progress."""

_KEPT = 65_536  # bytes of the program's last words: loudness reports and errors both fit
_SHOWN = 300
_ADDRESS = re.compile(r"^\[[^\]]* @ 0x[0-9a-f]+\] ")
_AFTERMATH = ("Terminating thread", "Task finished", "Conversion failed", "Nothing was written")
_TELLING = re.compile(r"error|invalid|fail|no such|not |cannot|unable|denied|corrupt", re.I)


_FROM_SOMEBODY_ELSE = (
    "Nothing was changed. If the file is from somebody else, ask for another copy; it may be "
    "damaged, or made to do harm."
)
_LIMITS = {
    "SIGXFSZ": "what it wrote grew larger than any recording of that length",
    "SIGXCPU": "it used more of the processor than any recording of that length needs",
    "SIGSEGV": "the file broke the program that reads it",
    "SIGABRT": "the file broke the program that reads it",
    "SIGFPE": "the file broke the program that reads it",
    "SIGILL": "the file broke the program that reads it",
    "SIGBUS": "the file broke the program that reads it",
}


class TookTooLong(ToolFailed):
    """The program was stopped at its time limit."""


@contextlib.contextmanager
def unwatched(_label: str, _total: int | None = None) -> Iterator[Progress]:
    """A Watch for when nobody is looking."""
    yield lambda _done: None


def time_limit(duration: int) -> float:
    """Seconds a pass over `duration` milliseconds may take before something must be wrong.

    Forty times the recording's own length: the hardest pictures we tried (1080p full of noise, on
    two cores that several programs shared) needed more than five times.
    """
    return 300 + 40 * duration / 1000


def run(
    stream: Any,
    *,
    doing: str,
    timeout: float,
    progress: Progress | None = None,
    folder: Path | None = None,
) -> str:
    """Run the graph `stream` (ffmpeg-python) and return the end of what ffmpeg said.

    `doing` is how errors name the work: “Making the working copy”. `folder` is where it runs, for
    filters that are given a file by its bare name. Raises ToolFailed, TookTooLong or, when the
    disk is full, NoRoom.
    """
    program = ffmpeg_path()
    arguments = [str(argument) for argument in stream.compile(cmd=program)[1:]]
    # A hidden file beside the result is ours and fresh: ffmpeg may write over it.
    fixed = ["-nostdin", "-hide_banner", "-nostats", "-y", "-progress", "pipe:1"]
    process, reports, words = _start([program, *fixed, *arguments], doing, folder)
    ffmpeg_limits(arguments, timeout).apply_to(process.pid)
    overdue = threading.Event()
    tail = bytearray()
    listener = threading.Thread(target=_keep_tail, args=(words, tail), daemon=True)
    with _ended_with_us(process), _alarm(timeout, process, overdue):
        listener.start()
        _report(reports, progress)
        process.wait()
        listener.join()
    said = tail.decode("utf-8", "replace")
    if overdue.is_set():
        raise TookTooLong(
            f"{doing} took longer than {timeout:.0f} seconds and was stopped.",
            "Close other programs and run it again; nothing was changed.",
        )
    if process.returncode != 0:
        raise _ended_at_a_limit(process.returncode, doing) or _failure(doing, said)
    return said


@contextlib.contextmanager
def _ended_with_us(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Whatever happens inside, Ctrl-C above all, the program does not outlive the block."""
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
def _alarm(
    seconds: float, process: subprocess.Popen[bytes], overdue: threading.Event
) -> Iterator[None]:
    """Stops the program after `seconds`, and says so through `overdue`."""

    def stop() -> None:
        overdue.set()
        process.kill()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _start(
    command: list[str], doing: str, folder: Path | None
) -> tuple[subprocess.Popen[bytes], IO[bytes], IO[bytes]]:
    """The process, its progress reports and its words."""
    # FFREPORT would make ffmpeg write a log, with names in it, wherever we happen to be.
    environment = {name: value for name, value in os.environ.items() if name != "FFREPORT"}
    environment |= {"LC_ALL": "C", "AV_LOG_FORCE_NOCOLOR": "1"}
    try:
        process = subprocess.Popen(
            [*no_network_command(), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=folder,
        )
    except OSError as error:
        raise ToolFailed(f"{doing} could not start: {error.strerror}.") from error
    return process, cast(IO[bytes], process.stdout), cast(IO[bytes], process.stderr)


def _report(pipe: IO[bytes], progress: Progress | None) -> None:
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
            del tail[:-_KEPT]


def _ended_at_a_limit(code: int, doing: str) -> ToolFailed | None:
    """The refusal of a program that the system stopped; none where it ended by itself."""
    if code >= 0:
        return None
    try:
        how = _LIMITS.get(signal.Signals(-code).name, "it was ended from outside, or broke")
    except ValueError:
        how = "it was ended from outside"
    return ToolFailed(f"{doing} was stopped: {how}.", _FROM_SOMEBODY_ELSE)


def _failure(doing: str, said: str) -> ToolFailed | NoRoom:
    if "File too large" in said:
        return NoRoom(
            f"{doing} stopped: a file became larger than the disk or this account allows.",
            "Nothing was changed. Disks in FAT format take no file over 4 GB: use another disk.",
        )
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return NoRoom(
            f"{doing} stopped: the disk is full.",
            "Free some space and run it again; nothing was changed.",
        )
    if "Cannot allocate memory" in said:
        return ToolFailed(
            f"{doing} was stopped: it needed more memory than any recording should.",
            _FROM_SOMEBODY_ELSE,
        )
    return ToolFailed(
        f"{doing} failed: {_last_words(said)}",
        "Nothing was changed. `carer-stories doctor` checks the parts it needs.",
    )


def _last_words(said: str) -> str:
    """The last line that says what went wrong, safe to show."""
    lines = [printable(_ADDRESS.sub("", line)).strip() for line in said.splitlines()]
    telling = [line for line in lines if _TELLING.search(line) and not line.startswith(_AFTERMATH)]
    line = telling[-1] if telling else "ffmpeg gave no reason"
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"


ENVIRONMENT_VARIABLE = "CARER_STORIES_FFMPEG"
_ASK_SECONDS = 30


def ffmpeg_path() -> str:
    """The program to run. Raises ToolMissing with a next step.

    One on the system's path is not looked for: what it was built with is anybody's guess, and
    films are meant to come out the same wherever they are made.
    """
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    if named:
        found = shutil.which(named)
        if found is None:
            raise ToolMissing(
                f"{ENVIRONMENT_VARIABLE} names {named}, which cannot be run.",
                f"Name an ffmpeg program there, or unset {ENVIRONMENT_VARIABLE}.",
            )
        return found
    return _bundled()


@functools.cache
def _bundled() -> str:
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise ToolMissing(
            "The ffmpeg that comes with Carer Stories is not installed.",
            "Install it again with: pip install --force-reinstall imageio-ffmpeg",
        ) from error


def ffmpeg_version() -> str:
    """As the program states it, such as `7.0.2-static`. Raises ToolMissing."""
    return _version(ffmpeg_path())


@functools.cache
def _version(program: str) -> str:
    found = re.match(r"ffmpeg version (\S+)", _answer(program, "-version"))
    return found[1] if found else "unknown"


def has_filter(name: str) -> bool:
    """Whether this ffmpeg was built with a filter; builds differ. Raises ToolMissing."""
    return name in _filters(ffmpeg_path())


@functools.cache
def _filters(program: str) -> frozenset[str]:
    lines = (line.split() for line in _answer(program, "-hide_banner", "-filters").splitlines())
    return frozenset(words[1] for words in lines if len(words) >= 3 and "->" in words[2])


def _answer(program: str, *arguments: str) -> str:
    try:
        answer = subprocess.run(
            [program, *arguments], capture_output=True, timeout=_ASK_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolMissing(
            f"{program} does not run as ffmpeg does.",
            f"Unset {ENVIRONMENT_VARIABLE}, or install imageio-ffmpeg again.",
        ) from error
    return answer.stdout.decode("utf-8", "replace")
