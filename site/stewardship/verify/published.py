"""What staff are shown, against what was built last: nothing may have been changed by hand."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from library.core.errors import Busy, CarerStoriesError, DiskFailed
from library.core.files import refused_plainly, sha256_of
from library.core.workspace import Workspace
from publish.build_job import pressing
from publish.build_receipt import ACTION, files_listed, hash_of_files, read_receipt, receipts
from publish.bundle import trusted_edition
from stewardship.verify.fixity import Held, Watch, check
from stewardship.verify.records import Known
from stewardship.verify.report import Finding, Level, Verified

_AGAIN = "Build it again: carer-stories site build"
_NAMED = 10
"""Files named one by one; the rest are counted."""


@dataclass(frozen=True)
class Built:
    """Hashes of the last build, and its day."""

    site: str
    edition: str
    day: str


def look_at_site(workspace: Workspace, known: Known, report: Verified, watch: Watch) -> None:
    """Edition and site. What is not there is fine: both can be made again."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(pressing(workspace, timeout=0))
        except Busy:
            report.note("The site is being built just now, so it was not looked at.")
            return
        except DiskFailed:
            pass  # a copy that may only be read: nobody builds there
        report.tried(_look, workspace, known, report, watch)


def _look(workspace: Workspace, known: Known, report: Verified, watch: Watch) -> None:
    last = _last_build(workspace, known)
    report.tried(_edition, workspace, last, report, watch)
    report.tried(_site, workspace, known, last, report, watch)


def _last_build(workspace: Workspace, known: Known) -> Built | None:
    """As the log tells it; a log that lost its end is helped out by the last whole receipt."""
    built = [
        (
            one.sequence,
            Built(one.hashes.get("site", ""), one.hashes.get("edition", ""), one.at[:10]),
        )
        for one in known.lines
        if one.action == ACTION
    ]
    for path in receipts(workspace):
        try:
            record = read_receipt(path)
        except CarerStoriesError:
            continue  # said already
        built.append((record.sequence, Built(record.site, record.edition, record.built[:10])))
    return max(built, key=lambda one: one[0])[1] if built else None


def _edition(workspace: Workspace, last: Built | None, report: Verified, watch: Watch) -> None:
    manifest = workspace.edition_record
    if not manifest.is_file():
        return
    if last is None or sha256_of(manifest) != last.edition:
        report.note("The edition is not the one of the last build of the site.", _AGAIN)
    held = [
        Held(workspace.edition / path, sha256, _changed(f"interviews/edition/{path}"))
        for story in trusted_edition(workspace).stories
        for name, sha256 in sorted(story.files.items())
        for path in (f"stories/{story.page.id}/{name}",)
    ]
    broken = check(held, "Checking the edition", watch)
    _tell(broken, report)
    if not broken:
        report.good(f"The edition’s {len(held)} files are as they were released.")


def _site(
    workspace: Workspace, known: Known, last: Built | None, report: Verified, watch: Watch
) -> None:
    if not workspace.public.is_dir():
        return
    if last is None:
        report.note("Nothing tells how the site in public was built.", _AGAIN)
        return
    listed = files_listed(workspace)
    if listed is None or hash_of_files(listed) != last.site:
        _site_as_a_whole(workspace, last, report)
        return
    there = set(_names(workspace.public))
    held = [
        Held(workspace.public / name, sha256, _changed(f"public/{name}", gone=name not in there))
        for name, sha256 in listed.items()
        if name in there or not _taken_back(name, known)
    ]
    broken = check(held, "Checking the site", watch)
    broken += [
        Finding(Level.BAD, f"public/{name} was put there after the site was built.", _AGAIN)
        for name in sorted(there - set(listed))
    ]
    _tell(broken, report)
    if not broken:
        report.good(f"The site is as it was built on {last.day}: {len(listed)} files.")


def _site_as_a_whole(workspace: Workspace, last: Built, report: Verified) -> None:
    """Without the list of its files it can only be said whether anything changed, not what."""
    names = _names(workspace.public)
    if hash_of_files({name: sha256_of(workspace.public / name) for name in names}) == last.site:
        report.good(f"The site is as it was built on {last.day}.")
    else:
        report.bad(f"The site in public is not as it was built on {last.day}.", _AGAIN)


def _taken_back(name: str, known: Known) -> bool:
    """Whether a file of the last build is rightly gone: its story was withdrawn since."""
    parts = name.split("/")
    story = parts[1].removesuffix(".html") if parts[0] == "stories" and len(parts) > 1 else ""
    return story in known.withdrawn


def _names(folder: Path) -> Iterator[str]:
    with refused_plainly(folder, "read"):
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not path.is_dir():
                yield path.relative_to(folder).as_posix()


def _changed(place: str, *, gone: bool = False) -> Finding:
    how = "is gone" if gone else "is not as it was built"
    return Finding(Level.BAD, f"{place} {how}.", _AGAIN)


def _tell(broken: list[Finding], report: Verified) -> None:
    report.findings += broken[:_NAMED]
    if len(broken) > _NAMED:
        report.bad(f"So are {len(broken) - _NAMED} more files.", _AGAIN)
