"""The program of the download: the command line, and what a double click on a launcher begins.

    carer-stories COMMAND…              the command line, as everywhere else
    carer-stories --begin practice      a recording to try out; everything is invented
    carer-stories --begin recording     the capture station on the library of this account
    carer-stories --begin demonstration     the demonstration library, opened in the browser

The libraries lie in `Carer Stories` in the home folder, never in the program’s: that folder is
replaced when a new version comes, and may be on a disk that cannot be written.
"""

from __future__ import annotations

import multiprocessing
import runpy
import sys
from pathlib import Path

BEGIN = "--begin"
_OF_PYTHON = ("-P", "-B", "-I")
_OURS = ("capture.", "library.", "transcribe.", "films.", "publish.")


def home_of_libraries() -> Path:
    """Return the folder of this account's libraries.

    In the home folder itself, for Documents and Desktop are what cloud services copy elsewhere.
    """
    return Path.home() / "Carer Stories"


def main(arguments: list[str]) -> int:
    """Run what the arguments say and return the exit code."""
    module = module_of(arguments)
    if module is not None:
        # As Python itself would: the program starts itself again to look into files.
        name, rest = module
        sys.argv = [name, *rest]
        runpy.run_module(name, run_name="__main__", alter_sys=True)
        return 0
    from carer_stories import run

    if arguments[:1] == [BEGIN]:
        return begin(arguments[1] if len(arguments) == 2 else "", run)
    return run(arguments)


def module_of(arguments: list[str]) -> tuple[str, list[str]] | None:
    """Return the module of ours that `-m` asks for, and its arguments; None for anything else."""
    at = next((n for n, word in enumerate(arguments) if word not in _OF_PYTHON), len(arguments))
    if arguments[at : at + 1] != ["-m"] or not arguments[at + 1 : at + 2]:
        return None
    name = arguments[at + 1]
    return (name, arguments[at + 2 :]) if name.startswith(_OURS) else None


def begin(what: str, run: object) -> int:
    """Begin what a launcher is for. Returns the exit code."""
    assert callable(run)
    folder = home_of_libraries()
    if what == "demonstration":
        return int(run(["demo", str(folder / "demonstration"), "--open"]))
    if what == "practice":
        from publish.demo import practice_workspace

        workspace = practice_workspace(folder / "practice").root
    elif what == "recording":
        workspace = folder / "library"
        if not workspace.is_dir():
            code = run(["init", str(workspace), "--yes"])
            if code:
                return int(code)
    else:
        print(f"Use one of: {BEGIN} practice, {BEGIN} recording, {BEGIN} demonstration.")
        return 2
    code = int(run(["--workspace", str(workspace), "capture", "station"]))
    if what == "practice":
        from library.core.sanitise import shell_quoted
        from library.core.typed_command import called_as

        print("To take the practice away, with all that was recorded in it:")
        print(f"  {called_as()} demo {shell_quoted(workspace)} --remove")
    return code


if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main(sys.argv[1:]))
