"""Set up what `make` needs on a bare machine, with the standard library alone.

    python3 scripts/bootstrap.py venv        .venv with the pinned packages, made or reused
    python3 scripts/bootstrap.py chromium    a Chromium for the browser tests, where we may install

Quiet when there is nothing to do.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / ".made-from"
MADE_FROM = ("pyproject.toml", "constraints.txt")
OLDEST = (3, 11)


def main() -> int:
    if sys.version_info < OLDEST:
        print(f"Carer Stories needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
        print("Install a newer one and name it: make PYTHON=python3.12 demo")
        return 2
    wanted = sys.argv[1] if len(sys.argv) == 2 else ""
    if wanted == "venv":
        return make_venv()
    if wanted == "chromium":
        return ensure_chromium()
    print(__doc__)
    return 2


def make_venv() -> int:
    """A virtual environment made from exactly the pinned versions; made again when they change."""
    fingerprint = _fingerprint()
    if STAMP.is_file() and STAMP.read_text() == fingerprint and PYTHON.is_file():
        return 0
    print("Setting up .venv: the first time this takes a few minutes.", flush=True)
    if not PYTHON.is_file():
        venv.create(VENV, with_pip=True, clear=VENV.exists())
    # Twice quiet: warnings about a machine's own package folders help nobody; errors still show.
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
    # The constraints hold for build environments too, so that nothing unpinned slips in by them.
    environment = {**os.environ, "PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
    # torch first and by its exact version: a range would take a build with gigabytes of CUDA.
    steps = (
        ("PyTorch", [*pip, "--constraint", "constraints.txt", "torch"]),
        ("everything else", [*pip, "--constraint", "constraints.txt", "--editable", ".[dev]"]),
    )
    for name, command in steps:
        code = _run_with_clock(f"  installing {name}", command, environment)
        if code != 0:
            print(f"Installing {name} failed. Check the network, then run the same command again.")
            return code
    STAMP.write_text(fingerprint)
    return 0


def _fingerprint() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for name in MADE_FROM:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _run_with_clock(label: str, command: list[str], environment: dict[str, str]) -> int:
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
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    finally:
        done.set()
        clock.join()
        if watched:
            print()


def ensure_chromium() -> int:
    """Debian's Chromium for the browser tests. Without one they are skipped, and say so."""
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return 0
    apt = shutil.which("apt-get")
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if apt is None or not root:
        print("Chromium is not installed: the browser tests will be skipped.")
        print("To run them: sudo apt-get install chromium")
        return 1 if os.environ.get("CI") else 0
    print("Installing Chromium for the browser tests …", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
        ran = subprocess.run([apt, "-qq", *step], env=quiet, stdout=subprocess.DEVNULL, check=False)
        if ran.returncode != 0:
            print(f"apt-get {step[0]} failed: the browser tests will be skipped.")
            return 1 if os.environ.get("CI") else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
