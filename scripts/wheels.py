"""Make the wheels of both distributions, `carer-stories` and, without PyTorch, its light one.

    make wheel      or: python -m scripts.wheels [FOLDER]      (in .venv; default: dist)

`carer-stories-light` is made of the other: the same files byte for byte, under another name and
without the requirements of `LEFT_OUT`. Nothing else differs.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import subprocess
import sys
import zipfile
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
FULL, LIGHT = "carer-stories", "carer-stories-light"
LEFT_OUT = frozenset({"openai-whisper"})
"""Requirements of the full one alone. PyTorch comes with them."""
FOR_DEVELOPERS = "dev"
"""Extra for whoever works on a checkout, whose name is that of the full one."""


def main(arguments: list[str]) -> int:
    """Make both in the folder that is named, and print where they lie."""
    for wheel in make_wheels(Path(arguments[0] if arguments else ROOT / "dist").resolve()):
        print(wheel)
    return 0


def make_wheels(folder: Path) -> tuple[Path, Path]:
    """Build the full wheel in `folder`, and the light one of it; return both."""
    folder.mkdir(parents=True, exist_ok=True)
    for older in folder.glob("carer_stories*.whl"):
        older.unlink()
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if ran.returncode:
        print(ran.stdout, ran.stderr, file=sys.stderr)
        raise SystemExit(ran.returncode)
    (full,) = folder.glob("carer_stories-*.whl")
    return full, lighten(full)


def lighten(full: Path) -> Path:
    """Write the light wheel beside the full one: every other file keeps its bytes."""
    light = full.with_name(full.name.replace(_folder(FULL), _folder(LIGHT), 1))
    before, after = (
        f"{_folder(name)}-{full.name.split('-')[1]}.dist-info/" for name in (FULL, LIGHT)
    )
    record = []
    with (
        zipfile.ZipFile(full) as source,
        zipfile.ZipFile(light, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename.startswith(before):
                entry.filename = after + entry.filename.removeprefix(before)
            if entry.filename == f"{after}RECORD":
                record.append((entry.filename, "", ""))
                content = _as_csv(record)
            else:
                if entry.filename == f"{after}METADATA":
                    content = light_metadata(content.decode()).encode()
                record.append((entry.filename, _hash(content), str(len(content))))
            target.writestr(entry, content)
    return light


def light_metadata(text: str) -> str:
    """Return the text of METADATA with the light one's name and requirements."""
    headers, rest, description = text.partition("\n\n")
    lines = (_light_line(line) for line in headers.split("\n"))
    return "\n".join(line for line in lines if line is not None) + rest + description


def _light_line(line: str) -> str | None:
    key, _, value = line.partition(": ")
    if key == "Name":
        return f"Name: {LIGHT}"
    if key == "Provides-Extra" and value == FOR_DEVELOPERS:
        return None
    if key == "Requires-Dist":
        required = Requirement(value)
        is_for_developers = f"extra == '{FOR_DEVELOPERS}'" in value
        if is_for_developers or canonicalize_name(required.name) in LEFT_OUT:
            return None
    return line


def _folder(name: str) -> str:
    return name.replace("-", "_")


def _hash(content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    return f"sha256={digest.decode().rstrip('=')}"


def _as_csv(rows: list[tuple[str, str, str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
