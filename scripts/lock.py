"""Write `constraints.txt` anew: every version that `make` installs, each with its SHA-256.

    python3 -m pip install uv
    python3 scripts/lock.py                      newest versions that fit pyproject.toml
    python3 scripts/lock.py --keep               the versions there are, with what is missing added
    python3 scripts/lock.py --keep --cpu-torch FILE…    and PyTorch's CPU wheels in these files

One list holds for every system and Python we support: uv solves for all of them at once, and pip
skips what its markers say is for others. PyTorch has two builds for Linux. What only the default
one needs stands in `constraints-cuda.txt`; the CPU build, which must not bring gigabytes of that
along, in `constraints-cpu.txt`. `scripts/bootstrap.py` chooses. What the extra `[entities]` needs
besides stands in `constraints-entities.txt`, which it never installs.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK, CUDA, CPU, ENTITIES = (
    ROOT / f"constraints{kind}.txt" for kind in ("", "-cuda", "-cpu", "-entities")
)
OLDEST = "3.11.0"
TORCH = "torch==2.13.0"
CPU_TORCH = f"{TORCH}+cpu"
CUDA_NAMES = ("cuda-", "nvidia-")
HEADS = {
    LOCK: "# Every version that `make` installs, and its SHA-256. Made by: scripts/lock.py\n"
    "# Of PyTorch, the CPU build is taken where pip finds one: constraints-cpu.txt.\n",
    CUDA: "# What PyTorch’s default build for Linux needs too. Made by: scripts/lock.py\n",
    CPU: "# PyTorch’s build without CUDA. Made by: scripts/lock.py --cpu-torch FILE…\n",
    ENTITIES: "# What the extra [entities] needs besides. Made by: scripts/lock.py\n",
}
# Told apart by the weights inside it: what it asks for besides is not needed (pyproject.toml).
VOICES = "resemblyzer==0.1.4"
# openai-whisper and bagit are built where they are installed, with these.
BUILDS_WITH = ("setuptools>=75", "setuptools-scm>=8")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--keep", action="store_true", help="keep the versions there are")
    parser.add_argument("--cpu-torch", nargs="+", type=Path, default=[], metavar="FILE")
    options = parser.parse_args()
    uv = shutil.which("uv")
    if uv is None:
        print("uv is not installed. Install it with: python3 -m pip install uv")
        return 2
    known = entries(LOCK.read_text()) | entries(CUDA.read_text() if CUDA.is_file() else "")
    previous = [version for version, *_ in known.values()] if options.keep else []
    solved = solve(
        uv, [TORCH, VOICES, *BUILDS_WITH], [pin for pin in previous if not pin.startswith("torch=")]
    )
    if solved is None:
        print("Nothing was written. Without --keep, newer versions may fit.")
        return 1
    names = entries(solved)
    cuda = {key: entry for key, entry in names.items() if key.startswith(CUDA_NAMES)}
    pins = [key for key in names if not key.startswith("torch=")]
    apart = solve(uv, [TORCH, VOICES, *BUILDS_WITH], pins, extras=("dev", "entities"))
    if apart is None:
        print("Nothing was written. What [entities] asks for does not fit beside the rest.")
        return 1
    write(ENTITIES, {key: entry for key, entry in entries(apart).items() if key not in names})
    write(LOCK, {key: entry for key, entry in names.items() if key not in cuda})
    write(CUDA, cuda)
    if options.cpu_torch:
        write(CPU, {CPU_TORCH: [CPU_TORCH, *sorted(hash_of(wheel) for wheel in options.cpu_torch)]})
    print(f"{len(names) - len(cuda)} packages in {LOCK.name}, {len(cuda)} in {CUDA.name}.")
    return 0


def solve(
    uv: str, also: Iterable[str], previous: Iterable[str], extras: Iterable[str] = ("dev",)
) -> str | None:
    """Return one set of versions for every system as lines for pip, or None if none fits."""
    with tempfile.TemporaryDirectory() as folder:
        requirements, limits = Path(folder, "also.in"), Path(folder, "kept.txt")
        requirements.write_text("\n".join(also) + "\n")
        limits.write_text("\n".join(previous) + "\n")
        command: list[str | Path] = [uv, "pip", "compile", "--universal"]
        command += ["--python-version", OLDEST]
        command += ["--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url"]
        command += [word for extra in extras for word in ("--extra", extra)]
        command += ["--quiet", "-c", limits, "pyproject.toml", requirements]
        ran = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    return ran.stdout if ran.returncode == 0 else None


def entries(text: str) -> dict[str, list[str]]:
    """Return each `version ; marker` line with its hashes: a name may have two versions."""
    pins: dict[str, list[str]] = {}
    for line in text.replace("\\\n", "\n").splitlines():
        line = line.strip()
        if line.startswith("--hash="):
            pins[next(reversed(pins))].append(line)
        elif line and not line.startswith("#"):
            pins[line] = [line]
    return pins


def hash_of(wheel: Path) -> str:
    return f"--hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}"


def write(path: Path, chosen: dict[str, list[str]]) -> None:
    text = "".join(" \\\n    ".join(chosen[key]) + "\n" for key in sorted(chosen))
    path.write_text(HEADS[path] + text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
