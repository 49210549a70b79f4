"""Fixity: originals, cuts and signed forms against the hashes that were recorded of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from capture.recording.originals import read_manifest
from library.core.errors import CarerStoriesError
from library.core.files import refused_plainly
from library.core.workspace import StoryFolder, Workspace
from library.records.consent import Agreement, Approval, Release
from library.records.cut import read_cut
from stewardship.verify.records import Known
from stewardship.verify.report import Finding, Level, Verified

Watch = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""A bar for a label and a number of bytes; yields what is told the bytes done."""
_CHUNK = 1 << 20
_BACKUP = "Put it back from a backup of interviews."


@dataclass(frozen=True)
class Held:
    """A file whose hash is recorded somewhere, and what to say if it is no longer so."""

    path: Path
    sha256: str
    broken: Finding


def look_at_files(workspace: Workspace, known: Known, report: Verified, watch: Watch) -> None:
    """Every story’s files, each against its hash, behind one bar for all of them."""
    held: list[Held] = []
    for story in known.stories(workspace):
        folder = workspace.story(story)
        for look in (_originals, _cut, _forms):
            report.tried(held.extend, look(folder, known, report))
    broken = check(held, "Checking originals, cuts and forms", watch)
    report.findings += broken
    whole = len(held) - len(broken)
    report.good(f"Originals, cuts and signed forms: {whole} of {len(held)} files are as recorded.")


def check(held: Iterable[Held], label: str, watch: Watch) -> list[Finding]:
    """What is to be said of the files that are missing or not as recorded."""
    files = list(held)
    total = sum(one.path.stat().st_size for one in files if one.path.is_file())
    found: list[Finding] = []
    with watch(label, total) as told:
        done = 0
        for one in files:
            if one.path.is_symlink() or not one.path.is_file():
                found.append(one.broken)
                continue
            try:
                sha256, size = _hashed(one.path, done, told)
            except CarerStoriesError as error:
                found.append(Finding(Level.BAD, error.what, error.next_step))
                continue
            done += size
            if sha256 != one.sha256:
                found.append(one.broken)
    return found


def _hashed(path: Path, done: int, told: Callable[[int], None]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with refused_plainly(path, "read"), path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            told(done + size)
    return digest.hexdigest(), size


def _originals(folder: StoryFolder, known: Known, report: Verified) -> Iterator[Held]:
    story = folder.root.name
    manifest = read_manifest(folder)
    kept = manifest.kept if manifest else {}
    imported = {sha for one in known.lines_of(story, "import") for sha in one.hashes.values()}
    for name, sha256 in kept.items():
        if imported and sha256 not in imported:
            report.bad(
                f"{story}: original/{folder.manifest.name} does not say what the log says of the "
                "recording that came in.",
                _BACKUP,
            )
        what = f"{story}: original/{name} is not the file that was brought in."
        yield Held(folder.original / name, sha256, Finding(Level.BAD, what, _BACKUP))
    gone = imported - set(kept.values())
    if gone and story not in known.withdrawn:
        what = "a take of the recording" if kept else "the recording"
        report.bad(f"{story}: {what} that came in is gone.", _BACKUP)


def _cut(folder: StoryFolder, known: Known, report: Verified) -> Iterator[Held]:
    """Changed files are bad once somebody signed or approved them; before, only worth knowing."""
    story = folder.root.name
    cut = read_cut(folder.cut)
    signed = _signed(story, known)
    made = [one.hashes.get("cut") for one in known.lines_of(story, "film")]
    again = f"Put it back from a backup of interviews, or: carer-stories film {story}"
    if made and made[-1] in signed and story not in known.withdrawn:
        if cut is None:
            report.bad(f"{story}: the film that was signed off is gone.", again)
        elif cut.hash != made[-1]:
            report.bad(f"{story}: cut.json is not that of the film last made.", again)
    for name, sha256 in sorted(cut.artefacts.items()) if cut else ():
        if cut and cut.hash in signed:
            what = f"{story}: {name} changed after the film was signed off or approved."
            yield Held(folder.root / name, sha256, Finding(Level.BAD, what, again))
        else:
            what = f"{story}: {name} changed after the film was made; nobody has signed it off."
            step = f"Make the film again: carer-stories film {story}"
            yield Held(folder.root / name, sha256, Finding(Level.NOTE, what, step))


def _signed(story: str, known: Known) -> set[str]:
    """Cuts that were signed off or approved, by the database or, failing that, by the log."""
    logged = {one.hashes.get("cut", "") for one in known.lines_of(story, "signoff", "approve")}
    if known.snapshot is None:
        return logged
    released = {one.cut for one in known.snapshot.of(Release, story)}
    return logged | released | {one.cut for one in known.snapshot.of(Approval, story)}


def _forms(folder: StoryFolder, known: Known, report: Verified) -> Iterator[Held]:
    story = folder.root.name
    kept: dict[str, Path] = {}
    if folder.signed_forms.is_dir():
        paths = sorted(folder.signed_forms.iterdir())
        kept = {path.stem: path for path in paths if not path.name.startswith(".")}
    for sha256, path in kept.items():
        what = f"{story}: the signed form {path.name} is not the one that was kept."
        yield Held(path, sha256, Finding(Level.BAD, what, _BACKUP))
    for sha256 in sorted(_forms_recorded(story, known) - set(kept)):
        if story not in known.withdrawn:
            report.bad(f"{story}: the signed form {sha256[:12]}… is gone.", _BACKUP)


def _forms_recorded(story: str, known: Known) -> set[str]:
    logged = {one.hashes.get("form", "") for one in known.lines_of(story, "agreement", "signoff")}
    if known.snapshot is not None:
        logged |= {one.form_sha256 for one in known.snapshot.of(Agreement, story)}
        logged |= {one.form_sha256 for one in known.snapshot.of(Release, story)}
    return logged - {""}
