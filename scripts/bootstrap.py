"""Set up what `make` needs on a bare machine, with the standard library alone.

    python3 scripts/bootstrap.py venv        .venv with the pinned packages, made or reused
    python3 scripts/bootstrap.py browsers    the browsers of the tests, where we may install

Quiet when there is nothing to do.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import venv
from collections.abc import Callable, Iterable
from ctypes.util import find_library
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / ".made-from"
LOCK, CUDA, CPU = (ROOT / f"constraints{kind}.txt" for kind in ("", "-cuda", "-cpu"))
MADE_FROM = ("pyproject.toml", LOCK.name, CUDA.name, CPU.name, "scripts/bootstrap.py")
"""Files from which an environment is made: when one changes, it is made anew."""
_LOCKED = ("--require-hashes", "--no-build-isolation")
_HATCHLING = ("hatchling", "packaging", "pathspec", "pluggy", "tomlkit", "trove-classifiers")
_BUILD = ("setuptools", "setuptools-scm", "vcs-versioning", *_HATCHLING)
Words = list["str | Path"]
OLDEST = (3, 11)
BROWSERS = (
    ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"),
    ("firefox-esr", "firefox"),
)
"""The browsers of the tests, each by the names of its programs: the one we install comes first."""
DECODERS = "libavcodec-extra"
"""Debian’s decoders of H.264 and AAC: Firefox only recommends them, and plays no film without."""
VALIDATOR = ROOT / "scripts" / "page_validator"
_INSTALL = ("install", "--yes", "--no-install-recommends")


def main() -> int:
    if sys.version_info < OLDEST:
        print(f"Carer Stories needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
        print("Install a newer one and name it: make PYTHON=python3.12 demo")
        return 2
    requested = sys.argv[1] if len(sys.argv) == 2 else ""
    if requested == "venv":
        return make_venv()
    if requested == "browsers":
        return max(ensure_browsers(), ensure_validator())
    print(__doc__)
    return 2


def make_venv() -> int:
    """Make a virtual environment of exactly the pinned versions; again when they change."""
    fingerprint = _fingerprint()
    if STAMP.is_file() and STAMP.read_text() == fingerprint and PYTHON.is_file():
        return 0
    print("Setting up .venv: the first time this takes a few minutes.", flush=True)
    if not PYTHON.is_file():
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    steps = (
        # Two packages are built here: by what the list pins, not by what is newest today.
        ("what builds the rest", lambda: [[*_LOCKED, "-r", _excerpt("build", _BUILD)]]),
        ("PyTorch", lambda: [_torch()]),
        ("everything else", _everything_else),
        ("Carer Stories", lambda: [["--no-build-isolation", "--editable", "."]]),
    )
    for name, what in steps:
        code = _run_with_clock(f"  installing {name}", lambda what=what: _side_by_side(what()))
        if code != 0:
            print(f"Installing {name} failed. Check the network, then run the same command again.")
            return code
    STAMP.write_text(fingerprint)
    return 0


def _entries() -> dict[str, str]:
    """Return the entries of `constraints.txt` by package: lines and their hashes.

    A package may have several, each for some versions of Python; pip takes the one that holds.
    """
    entries: dict[str, str] = {}
    for entry in re.findall(r"^\w.*\n(?: +--hash.*\n)+", LOCK.read_text(encoding="utf-8"), re.M):
        package = re.split(r"[=\[ ]", entry)[0]
        entries[package] = entries.get(package, "") + entry
    return entries


def _excerpt(name: str, packages: Iterable[str]) -> Path:
    """Write the entries of some packages of `constraints.txt` to a file of their own."""
    path = VENV / f"{name}.txt"
    path.write_text("".join(entry for package, entry in _entries().items() if package in packages))
    return path


def _everything_else() -> list[Words]:
    """Return two halves, to be installed at once: pip unpacks packages one by one on one core."""
    names = [package for package in _entries() if package != "torch"]
    halves = [_excerpt(f"half-{number}", names[number::2]) for number in range(2)]
    first, second = ([*_LOCKED, "-r", half] for half in halves)
    return [[*first, *_cuda()], second]


def _pip(*words: str | Path, quiet: bool = False) -> subprocess.Popen[bytes]:
    # Twice quiet: warnings about a machine's own package folders help nobody; errors still show.
    # Not compiled: that takes half a minute, and most modules are never used.
    options = ["--disable-pip-version-check", "-qq", "--no-compile", "--no-deps"]
    command = [PYTHON, "-m", "pip", "install", *options, *words]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL if quiet else None)


def _side_by_side(runs: Iterable[Words]) -> int:
    """Run pip with each of these at once; 0 where all went well. None installs what another does.

    The list is complete, so that nothing has to be looked for besides (`--no-deps`).
    """
    codes = [started.wait() for started in [_pip(*words) for words in runs]]
    return max(codes, key=abs)


def _torch() -> Words:
    """Install the CPU build where pip finds it; return what is left to install."""
    installed = _pip(*_LOCKED, "-r", CPU, quiet=True).wait() == 0
    return [*_LOCKED, "-r", CPU if installed else _excerpt("torch", ("torch",))]


def _cuda() -> Words:
    """Return what PyTorch’s default build for Linux also needs, where that was installed."""
    asks = "import importlib.metadata as m; print(m.requires('torch'))"
    needs = subprocess.run([PYTHON, "-c", asks], capture_output=True, text=True, check=False)
    return ["-r", CUDA] if "nvidia" in needs.stdout else []


def _fingerprint() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for name in MADE_FROM:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _run_with_clock(label: str, work: Callable[[], int]) -> int:
    """Run quietly, showing that time passes to whoever watches."""
    print(label + " …", flush=True)
    done = threading.Event()
    watched = sys.stdout.isatty()

    def tick() -> None:
        began = time.monotonic()
        while watched and not done.wait(1):
            print(f"\r{label} … {time.monotonic() - began:.0f} s", end="", flush=True)

    clock = threading.Thread(target=tick, daemon=True)
    clock.start()
    try:
        return work()
    finally:
        done.set()
        clock.join()
        if watched:
            print()


def ensure_browsers() -> int:
    """Install Debian's Chromium, Firefox and its decoders for the browser tests, where we may.

    Chromium comes as the light headless shell. Without a browser its tests are skipped, and say so.
    """
    missing = [names for names in BROWSERS if not any(map(shutil.which, names))]
    # Any Chromium will do, but the shell costs a third of the processor time.
    wanted = [names for names in BROWSERS if not shutil.which(names[0])]
    decodes = sys.platform != "linux" or find_library("avcodec") is not None
    apt = _apt_get()
    if apt is None:
        for names in missing:
            print(f"{names[0]} is not installed: its browser tests will be skipped.")
            print(f"To run them: sudo apt-get install {names[0]}")
        if not decodes:
            print("Firefox may play no film here: its tests that play one will fail.")
            print(f"To mend it: sudo apt-get install {DECODERS}")
        return 1 if missing and os.environ.get("CI") else 0
    if not wanted and decodes:
        return 0
    print("Installing browsers and their decoders for the browser tests …", flush=True)
    _apt(apt, "update")
    for names in wanted:
        if not any(_apt(apt, *_INSTALL, name) for name in names[:2]) and names in missing:
            print(f"apt-get could not install {names[0]}: its browser tests will be skipped.")
            return 1 if os.environ.get("CI") else 0
    if not decodes and not _apt(apt, *_INSTALL, DECODERS):
        print(f"apt-get could not install {DECODERS}: Firefox's tests that play a film will fail.")
    return 0


def ensure_validator() -> int:
    """Install the standard's validator of HTML (vnu) and other readers of what we write with npm.

    Without them or Java the tests that ask them are skipped, and say so.
    """
    packages = {"java": "default-jre-headless", "npm": "npm"}
    lacking = [package for program, package in packages.items() if not shutil.which(program)]
    needed = json.loads((VALIDATOR / "package.json").read_text())["devDependencies"]
    if not lacking and all((VALIDATOR / "node_modules" / name).is_dir() for name in needed):
        return 0
    print("Installing the validator of pages for the browser tests …", flush=True)
    apt = _apt_get()
    if lacking and apt is not None:
        _apt(apt, "update")
        _apt(apt, *_INSTALL, *lacking)
    if all(map(shutil.which, packages)):
        npm = shutil.which("npm") or "npm"
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        if subprocess.run(command, cwd=VALIDATOR, check=False).returncode == 0:
            return 0
    print("The validator (vnu) could not be installed: pages will not be validated by it.")
    print(f"It needs {' and '.join(packages.values())}, and npm a network.")
    return 1 if os.environ.get("CI") else 0


def _apt_get() -> str | None:
    """Return apt-get where there is one that we may use."""
    is_administrator = hasattr(os, "geteuid") and os.geteuid() == 0
    return shutil.which("apt-get") if is_administrator else None


def _apt(apt: str, *step: str) -> bool:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    ran = subprocess.run([apt, "-qq", *step], env=quiet, stdout=subprocess.DEVNULL, check=False)
    return ran.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
