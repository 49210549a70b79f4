"""Make the download for the system this runs on: a folder that needs nothing installed, as a zip.

    make bundle      or: python -m scripts.bundle.make [FOLDER]      (in .venv; default: dist)

PyInstaller, pinned in `requirements.txt`, makes the program and puts Python and all of its standard
library beside it. The packages are not picked apart: those that the light wheel asks for, at the
versions and hashes of `constraints.txt`, are copied whole, as pip installs them. So a part that is
imported late, or a file that is looked for beside a module, cannot be missing. PyTorch is not among
them.
"""

from __future__ import annotations

import compileall
import hashlib
import importlib.metadata
import os
import platform
import py_compile
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterable, Iterator
from importlib.machinery import BuiltinImporter, FrozenImporter, PathFinder
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.bootstrap import ROOT, _entries
from scripts.wheels import FULL, LEFT_OUT, make_wheels

HERE = Path(__file__).resolve().parent
WORK = ROOT / "build" / "bundle"
LAUNCHERS = HERE / "launchers"
INSIDE = "program"
"""Folder of Python, the packages and the program, beside the launchers."""
NOT_COPIED = frozenset(
    {"pip", "setuptools", "pyinstaller", "pyinstaller-hooks-contrib", "altgraph", "macholib",
     "pefile", "pywin32-ctypes"}
)  # fmt: skip
"""Distributions of the building environment that nobody needs who runs the program."""
NOT_STANDARD = frozenset(
    {"antigravity", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "readline", "test", "this",
     "tkinter", "_tkinter", "turtle", "turtledemo", "venv", "_dbm", "_gdbm"}
)  # fmt: skip
"""Modules of the standard library left out: nothing uses them. `readline` and `_gdbm` would bring
libraries that few would expect beside the media tools, which are under the GPL themselves."""


def main(arguments: list[str]) -> int:
    target = Path(arguments[0] if arguments else ROOT / "dist").resolve()
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    target.mkdir(parents=True, exist_ok=True)
    _, wheel = make_wheels(WORK)
    python = make_environment(WORK / "env", wheel)
    folder = freeze(python, WORK / name_of_folder(wheel))
    copy_packages(python, folder / INSIDE / "_internal")
    add_launchers(folder)
    add_handbooks(folder)
    write_sums(folder)
    packed = pack(folder, target)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder}: {size / 1e6:.0f} MB")
    print(f"{packed}: {packed.stat().st_size / 1e6:.0f} MB")
    return 0


def name_of_folder(wheel: Path) -> str:
    """Return for instance `carer-stories-0.2.0-linux-x86_64`."""
    version = wheel.name.split("-")[1]
    system = {"darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform)
    return f"carer-stories-{version}-{system}-{platform.machine().lower()}"


def make_environment(folder: Path, wheel: Path) -> Path:
    """Make an environment of the pinned packages, PyInstaller and the wheel; return its Python."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    pins = folder / "packages.txt"
    entries = {canonicalize_name(name): entry for name, entry in _entries().items()}
    pins.write_text("".join(entries[name] for name in sorted(packages_of_download())))
    pip = (python, "-m", "pip", "install", "--disable-pip-version-check", "-q", "--no-compile")
    locked = ("--require-hashes", "--only-binary", ":all:", "--no-deps", "-r")
    _run(*pip, *locked, pins)
    _run(*pip, *locked, HERE / "requirements.txt")
    _run(*pip, "--no-deps", wheel)
    return python


def packages_of_download() -> frozenset[str]:
    """Return the distributions that the light wheel needs on this system."""
    return needed_packages(FULL, LEFT_OUT) - LEFT_OUT


def needed_packages(name: str, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return the distributions that `name` needs here besides `seen`, without its extras."""
    for line in importlib.metadata.requires(name) or ():
        required = Requirement(line)
        if required.marker and not required.marker.evaluate({"extra": ""}):
            continue
        needed = canonicalize_name(required.name)
        for extra in required.extras:
            seen = _of_extra(needed, extra, seen)
        if needed not in seen:
            seen = needed_packages(needed, seen | {needed})
    return seen


def _of_extra(name: str, extra: str, seen: frozenset[str]) -> frozenset[str]:
    for line in importlib.metadata.requires(name) or ():
        required = Requirement(line)
        if required.marker and required.marker.evaluate({"extra": extra}):
            needed = canonicalize_name(required.name)
            if needed not in seen:
                seen = needed_packages(needed, seen | {needed})
    return seen


def standard_modules() -> list[str]:
    """Return the modules of the standard library that go into the download."""
    names = sys.stdlib_module_names - NOT_STANDARD
    # Python's own finders: asked for distutils, that of setuptools would change this process.
    finders = (BuiltinImporter, FrozenImporter, PathFinder)
    return sorted(name for name in names if any(finder.find_spec(name) for finder in finders))


def freeze(python: Path, folder: Path) -> Path:
    """Have PyInstaller make the program with Python's own library, in `folder`; return it."""
    hidden = [word for name in standard_modules() for word in ("--hidden-import", name)]
    packages = ["asyncio", "concurrent", "ctypes", "dbm", "email", "encodings", "html", "http",
                "importlib", "json", "logging", "multiprocessing", "sqlite3", "unittest", "urllib",
                "wsgiref", "xml", "xmlrpc", "zoneinfo"]  # fmt: skip
    whole = [word for name in packages for word in ("--collect-submodules", name)]
    left_out = [word for name in sorted(NOT_STANDARD) for word in ("--exclude-module", name)]
    # The packages are copied afterwards: here nothing of them is looked at.
    ours = [word for name in _top_level(python) for word in ("--exclude-module", name)]
    _run(
        python, "-m", "PyInstaller", "--noconfirm", "--onedir", "--console", "--log-level", "WARN",
        "--name", INSIDE, "--workpath", WORK / "work", "--specpath", WORK,
        "--distpath", folder, *hidden, *whole, *left_out, *ours, HERE / "start.py",
    )  # fmt: skip
    program = folder / INSIDE / (f"{INSIDE}.exe" if os.name == "nt" else INSIDE)
    program.rename(program.with_name(program.name.replace(INSIDE, "carer-stories")))
    return folder


def _site_packages(python: Path) -> Path:
    asks = "import sysconfig; print(sysconfig.get_path('purelib'))"
    ran = subprocess.run([python, "-c", asks], capture_output=True, text=True, check=True)
    return Path(ran.stdout.strip())


def _copied(python: Path) -> Iterator[importlib.metadata.Distribution]:
    for distribution in importlib.metadata.distributions(path=[str(_site_packages(python))]):
        if canonicalize_name(distribution.metadata["Name"]) not in NOT_COPIED:
            yield distribution


def _top_level(python: Path) -> list[str]:
    names = {
        Path(str(path)).parts[0].partition(".")[0]
        for distribution in _copied(python)
        for path in distribution.files or ()
    }
    return sorted(name for name in names if name.isidentifier())


def copy_packages(python: Path, to: Path) -> None:
    """Copy every package as it was installed, and compile it for a disk that cannot be written."""
    source = _site_packages(python)
    for distribution in _copied(python):
        for path in distribution.files or ():
            if ".." in path.parts or not is_wanted(path.parts):
                continue
            target = to.joinpath(*path.parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source.joinpath(*path.parts), target)
            shutil.copymode(source.joinpath(*path.parts), target)
    # By content, and never compared: the folder may be copied, unpacked or mounted anyhow.
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(to, quiet=2, stripdir=str(to), invalidation_mode=unchecked)


_UNWANTED_ENDINGS = (".pyi", ".pyx", ".pxd", ".c", ".h", ".cpp", ".hpp", ".a", ".lib", ".pyc")


def is_wanted(parts: tuple[str, ...]) -> bool:
    """Return False for sources of compiled parts, and for other projects' tests."""
    in_package = parts[1:-1]
    return not parts[-1].endswith(_UNWANTED_ENDINGS) and not {"tests", "testing_data"} & set(
        in_package
    )


def add_launchers(folder: Path) -> None:
    """Put the files to double-click, and what to read first, beside the program."""
    kind = {"nt": "windows"}.get(os.name, "macos" if sys.platform == "darwin" else "linux")
    for path in sorted((LAUNCHERS / kind).iterdir()):
        shutil.copyfile(path, folder / path.name)
        if path.suffix != ".txt":
            (folder / path.name).chmod(0o755)
    # The GPL, under which media tools among the packages are, asks for its text and for sources.
    shutil.copytree(HERE / "licences", folder / "licences")
    for name in ("LICENSE", "THIRD_PARTY.md", "CHANGELOG.md"):
        shutil.copyfile(ROOT / name, folder / name)


def add_handbooks(folder: Path) -> None:
    """Lay the wheel’s handbooks where a person sees them: they need neither server nor network."""
    (folder / INSIDE / "_internal" / "library" / "handbooks").rename(folder / "handbooks")


def write_sums(folder: Path) -> None:
    """Write SHA256SUMS of every file, for `sha256sum --check` after copying."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in _files_of(folder)
    ]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8", newline="\n")


def _files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def pack(folder: Path, target: Path) -> Path:
    """Pack the folder as a zip that keeps which files may be run, and links as links."""
    packed = target / f"{folder.name}.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(folder.rglob("*")):
            name = f"{folder.name}/{path.relative_to(folder).as_posix()}"
            if path.is_symlink():
                entry = zipfile.ZipInfo(name)
                entry.external_attr = 0o120777 << 16
                archive.writestr(entry, str(path.readlink()))
            elif path.is_file():
                archive.write(path, name)
    return packed


def _run(*command: str | Path) -> None:
    words: Iterable[str] = map(str, command)
    subprocess.run(list(words), cwd=ROOT, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
