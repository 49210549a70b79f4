"""Commands and pages that sentences name, as they can be typed and opened here.

A command begins with its name, or with the path of the program. A page of the handbooks is the file
that came with the program: a page of the site in the download and the wheel, or in the project
`docs/it/backup.md`.
"""

from __future__ import annotations

import contextlib
import functools
import re
import shutil
import sys
from pathlib import Path

from library.core.sanitise import shell_quoted

NAME = "carer-stories"
_started_in = Path()
with contextlib.suppress(OSError):  # a folder that was deleted under us
    _started_in = Path.cwd()
_PAGE = re.compile(r"(?<![\w/\\.-])docs/((?:[a-z]+/)?[a-z-]+)\.md")
commands: tuple[str, ...] = ()
"""The commands that there are; put here by the root of the command line when it runs."""


def is_download() -> bool:
    """Return whether this is the folder that needs nothing installed, with a Python of its own."""
    return bool(getattr(sys, "frozen", False))


def handbooks_folder() -> Path | None:
    """Return the folder of the handbooks as pages for a browser; None where they are text alone."""
    if is_download():
        folder = Path(sys.executable).parents[1] / "handbooks"
    else:
        folder = Path(__file__).resolve().parents[1] / "handbooks"  # in the wheel alone
    return folder if folder.is_dir() else None


def called_as() -> str:
    """Return the word or path that begins a command of this program, as it can be typed here.

    The name alone where the terminal knows it, else the path of the program that runs: it may be
    in an environment that is not active, or in the folder of the download.
    """
    program = _program()
    if program is None:
        return NAME
    program = _without_detours(program)
    known = shutil.which(NAME)
    if known and program.exists() and Path(known).samefile(program):
        return NAME
    return shell_quoted(program)


def _without_detours(program: Path) -> Path:
    """Return the path without `..`, which whoever types it need not read.

    A link at its end stays: pipx and uv lay one where programs are looked for.
    """
    if ".." not in program.parts:
        return program
    # Behind a folder that is a link, `..` is not the folder that stands before it.
    return program.parent.resolve() / program.name


def _program() -> Path | None:
    """Return the file that was started; None where another program runs our code."""
    if is_download():
        return Path(sys.executable)
    called = Path(sys.argv[0])
    if called.stem == NAME:
        # By where we were then: a command may have gone into another folder since.
        return _started_in / (shutil.which(called) or called)
    if called.name == "carer_stories.py":  # python -m carer_stories
        beside = shutil.which(NAME, path=str(Path(sys.executable).parent))
        return Path(beside) if beside else None
    return None


def as_typed(words: str) -> str:
    """Return `words` whose `commands` begin as they can be typed here, and whose pages lie here."""
    words = _with_pages(words)
    if f"{NAME} " not in words or not commands:
        return words
    program = called_as()
    return _pattern(commands).sub(lambda _match: program, words)


def names_command(words: str) -> bool:
    """Return True for words in which one of the `commands` is named."""
    return f"{NAME} " in words and _pattern(commands).search(words) is not None


def _with_pages(words: str) -> str:
    return _PAGE.sub(_page_here, words) if "docs/" in words else words


def _page_here(named: re.Match[str]) -> str:
    """Return the path of a page's file, or its name where it is not here."""
    if site := handbooks_folder():
        page = site / f"{named[1]}.html"
    else:
        # A wheel that was built without them has their text; else it is the project’s.
        package = Path(__file__).resolve().parents[1]
        installed = package / "template_files"
        page = (installed if installed.is_dir() else package.parent) / "docs" / f"{named[1]}.md"
    return str(page) if page.is_file() else named[0]


@functools.cache
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    named = "|".join(map(re.escape, names))
    # Not where a sentence says which command holds a lock: nobody is to type that.
    return re.compile(rf"(?<![\w/-]){NAME}(?= (?:--|(?:{named})(?![\w-])))(?! [a-z -]+ \(process )")
