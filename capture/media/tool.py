"""Which ffmpeg is used: the one that comes with us, or the one somebody named. Never another."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess

from library.core.errors import ToolMissing

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
    import imageio_ffmpeg

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
