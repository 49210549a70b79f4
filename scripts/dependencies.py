"""Look at what the program is made of: its licences, and weaknesses that are known.

    python3 scripts/dependencies.py licences       every package that comes with the wheel
    python3 scripts/dependencies.py weaknesses     what is pinned, by pip-audit and npm audit

Each tool is set up apart, at the version named here. Needs a registry for that; weaknesses also
need the lists of those who publish them, and whoever could not be asked is named as a failure.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOOLS = ROOT / "build" / "dependency-tools"
LICENCES = "pip-licenses==5.5.5"
WEAKNESSES = "pip-audit==2.10.1"
ALLOWED = (
    *("MIT", "BSD", "Apache", "ISC", "PSF", "Python Software Foundation", "MPL", "Mozilla"),
    *("LGPL", "Lesser General", "Public Domain", "CNRI"),
)
"""Parts of the names of licences under which a package may come with the program."""
LISTS = ("constraints.txt", "constraints-entities.txt")
"""PyTorch’s builds for one processor are in no list of weaknesses; the version is, in the first."""
_CLOSURE = """
import importlib.metadata as metadata, sys
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
names, waiting = set(), [Requirement(line) for line in sys.argv[1:]]
while waiting:
    requirement = waiting.pop()
    name = canonicalize_name(requirement.name)
    asked = not requirement.marker or requirement.marker.evaluate({"extra": ""})
    if asked and name not in names:
        names.add(name)
        waiting += map(Requirement, metadata.distribution(name).requires or ())
print(*sorted(names))
"""


def main(arguments: list[str]) -> int:
    """Run the check that is asked for; return 0 only where all was looked at and is well."""
    if arguments == ["licences"]:
        return licences()
    if arguments == ["weaknesses"]:
        return weaknesses()
    print(__doc__)
    return 2


def licences() -> int:
    """Compare the licence of each package that the wheel brings with those that are allowed."""
    python = ROOT / ".venv" / "bin" / "python"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    closure = [str(python), "-c", _CLOSURE, *project["dependencies"]]
    names = subprocess.run(closure, capture_output=True, text=True, check=True).stdout.split()
    tool = [str(tools(LICENCES) / "pip-licenses"), "--python", str(python), "--from=mixed"]
    tool += ["--partial-match", f"--allow-only={';'.join(ALLOWED)}", "--packages", *names]
    answer = subprocess.run(tool, capture_output=True, text=True)
    if answer.returncode:
        print(answer.stderr.strip() or answer.stdout.strip())
        return 1
    print(f"{len(names)} packages, each under a licence that is allowed.")
    print("What they carry inside, ffmpeg above all: THIRD_PARTY.md")
    return 0


def weaknesses() -> int:
    """Ask who publishes them about every version that is pinned. Nobody asked is no good news."""
    worst = 0
    folder = tools(WEAKNESSES)
    for name in LISTS:
        # Without --strict it says “none found” of packages that nobody could be asked about.
        tool = [str(folder / "pip-audit"), "--strict", "--require-hashes", "--disable-pip"]
        worst |= _run(name, [*tool, "-r", name])
    for lock in sorted(ROOT.glob("scripts/*/package-lock.json")):
        tool = ["npm", "audit", "--prefix", str(lock.parent)]
        worst |= _run(str(lock.relative_to(ROOT)), tool)
    return worst


def _run(name: str, tool: list[str]) -> int:
    """Run a tool on one list and print what came of it; return 1 where it is not good, else 0."""
    answer = subprocess.run(tool, cwd=ROOT, capture_output=True, text=True)
    if answer.returncode == 0:
        print(f"OK       {name}: nothing is known.")
        return 0
    lines = (answer.stderr + answer.stdout).strip().splitlines()
    print(f"Problem  {name}: something was found, or its list could not be asked:")
    print("\n".join(f"         {line}" for line in lines[:5]))
    return 1


def tools(requirement: str) -> Path:
    """Set a tool up apart from all else, once; return the folder of its programs."""
    folder = TOOLS / requirement
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    if not folder.is_dir():
        venv.create(folder, with_pip=True)
        pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", requirement]
        subprocess.run(pip, check=True)
    return programs


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
