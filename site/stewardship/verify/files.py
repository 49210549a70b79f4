"""Check files against the hashes recorded of them: originals, cuts, forms, edition and site."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from capture.recording.originals import read_manifest
from library.core.counting import counted, counted_is
from library.core.errors import Busy, CarerStoriesError, DiskFailed
from library.core.files import sha256_of, translate_disk_errors
from library.core.workspace import StoryFolder, Workspace
from library.records.consent import Agreement, Approval, Release
from library.records.cut import read_cut
from library.records.library_day import library_day
from library.records.preview_answers import ANSWERS_ACTION, answers_file, read_answers_record
from publish.build_job import build_lock
from publish.build_receipt import BUILD_ACTION, files_listed, hash_of_files, read_receipt, receipts
from publish.bundle import trusted_edition
from publish.reconciliation.compare import ASK_BACK, TAKE_DOWN, not_allowed_sentences
from stewardship.desk.document import FileContent
from stewardship.desk.journal import DeskJournal
from stewardship.verify.records import ReadableRecords
from stewardship.verify.report import Level, VerifyFinding, VerifyReport

ProgressBar = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Opens a bar for a label and a number of bytes; yields what takes the bytes done."""
_CHUNK_BYTES = 1 << 20
_BACKUP = "Put it back from a backup of interviews."
_AGAIN = "Build it again: carer-stories site build"
_MAX_FILES_NAMED = 10
"""Files named one by one; the rest are counted."""


@dataclass(frozen=True)
class ExpectedFile:
    """A file whose hash is recorded somewhere, and what to say if it is no longer so."""

    path: Path
    sha256: str
    if_changed: VerifyFinding


def check_hashes(
    expected: Iterable[ExpectedFile], label: str, show_progress: ProgressBar
) -> list[VerifyFinding]:
    """Return a finding for each file that is missing or not as recorded."""
    files = list(expected)
    # A missing file counts nothing, as it is not read either.
    total = sum(file.path.stat().st_size for file in files if file.path.is_file())
    changed: list[VerifyFinding] = []
    with show_progress(label, total) as on_progress:
        done = 0
        for file in files:
            # A link would be hashed as what it points to, which may lie outside the library.
            if file.path.is_symlink() or not file.path.is_file():
                changed.append(file.if_changed)
                continue
            try:
                sha256, size = _hash_file(file.path, done, on_progress)
            except CarerStoriesError as error:
                changed.append(VerifyFinding(Level.PROBLEM, error.what, error.next_step))
                continue
            done += size
            if sha256 != file.sha256:
                changed.append(file.if_changed)
    return changed


def _hash_file(path: Path, done: int, on_progress: Callable[[int], None]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with translate_disk_errors(path, "read"), path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
            on_progress(done + size)
    return digest.hexdigest(), size


# The files of each story


def check_story_files(
    workspace: Workspace, records: ReadableRecords, report: VerifyReport, show_progress: ProgressBar
) -> None:
    """Check every story's originals, cut and signed forms, behind one bar for all of them."""
    expected: list[ExpectedFile] = []
    for story_id in records.stories(workspace):
        folder = workspace.story(story_id)
        report.attempt(_check_desk_journal, folder, report)
        for list_files in (_originals, _cut_files, _forms, _answers):
            report.attempt(expected.extend, list_files(folder, records, report))
    changed = check_hashes(expected, "Checking originals, cuts and forms", show_progress)
    report.findings += changed
    whole = len(expected) - len(changed)
    report.ok(
        f"Originals, cuts and signed forms: {whole} of {counted_is(len(expected), 'file')} as "
        "recorded."
    )


def _check_desk_journal(folder: StoryFolder, report: VerifyReport) -> None:
    """Report changes that were typed at the desk and are not in the editor’s copy."""
    newest = DeskJournal(folder.desk_journal).newest_text()
    if newest is None:
        return
    with translate_disk_errors(folder.editors_copy, "read"):
        data = folder.editors_copy.read_bytes() if folder.editors_copy.exists() else None
    if FileContent.of(data).text != newest:
        story_id = folder.root.name
        report.warning(
            f"{story_id}: what was typed last at the desk is not in transcript.md.",
            f"Open it there, where it is put in or shown beside it: carer-stories desk {story_id}",
        )


def _originals(
    folder: StoryFolder, records: ReadableRecords, report: VerifyReport
) -> Iterator[ExpectedFile]:
    story_id = folder.root.name
    manifest = read_manifest(folder)
    checksums = manifest.checksums if manifest else {}
    imported = {
        sha256 for line in records.lines_of(story_id, "import") for sha256 in line.hashes.values()
    }
    for name, sha256 in checksums.items():
        # A library whose log has lost its lines is judged by the manifest alone.
        if imported and sha256 not in imported:
            report.problem(
                f"{story_id}: original/{folder.manifest.name} does not say what the log says of "
                "the recording that came in.",
                _BACKUP,
            )
        what = f"{story_id}: original/{name} is not the file that was brought in."
        yield ExpectedFile(
            folder.original / name, sha256, VerifyFinding(Level.PROBLEM, what, _BACKUP)
        )
    # An erased story, which is withdrawn too, keeps its lines in the log and no file.
    if imported - set(checksums.values()) and story_id not in records.withdrawn:
        what = "a take of the recording" if checksums else "the recording"
        report.problem(f"{story_id}: {what} that came in is gone.", _BACKUP)


def _cut_files(
    folder: StoryFolder, records: ReadableRecords, report: VerifyReport
) -> Iterator[ExpectedFile]:
    """Yield the cut's files: a change is a problem once somebody signed or approved the cut."""
    story_id = folder.root.name
    cut = read_cut(folder.cut)
    signed = _signed_cuts(story_id, records)
    made = [line.hashes.get("cut") for line in records.lines_of(story_id, "film")]
    again = f"Put it back from a backup of interviews, or: carer-stories film {story_id}"
    if made and made[-1] in signed and story_id not in records.withdrawn:
        if cut is None:
            report.problem(f"{story_id}: the film that was signed off is gone.", again)
        elif cut.hash != made[-1]:
            report.problem(f"{story_id}: cut.json is not that of the film last made.", again)
    for name, sha256 in sorted(cut.artefacts.items()) if cut else ():
        if cut and cut.hash in signed:
            what = f"{story_id}: {name} changed after the film was signed off or approved."
            finding = VerifyFinding(Level.PROBLEM, what, again)
        else:
            what = f"{story_id}: {name} changed after the film was made; nobody has signed it off."
            step = f"Make the film again: carer-stories film {story_id}"
            finding = VerifyFinding(Level.WARNING, what, step)
        yield ExpectedFile(folder.root / name, sha256, finding)


def _signed_cuts(story_id: str, records: ReadableRecords) -> set[str]:
    """Return hashes of cuts signed off or approved, by the log and, if readable, the database."""
    logged = {
        line.hashes.get("cut", "") for line in records.lines_of(story_id, "signoff", "approve")
    }
    if records.snapshot is None:
        return logged
    released = {release.cut for release in records.snapshot.of_story(Release, story_id)}
    approved = {approval.cut for approval in records.snapshot.of_story(Approval, story_id)}
    return logged | released | approved


def _forms(
    folder: StoryFolder, records: ReadableRecords, report: VerifyReport
) -> Iterator[ExpectedFile]:
    story_id = folder.root.name
    forms: dict[str, Path] = {}
    if folder.signed_forms.is_dir():
        paths = sorted(folder.signed_forms.iterdir())
        # Hidden ones are what a killed command left.
        forms = {path.stem: path for path in paths if not path.name.startswith(".")}
    for sha256, path in forms.items():
        what = f"{story_id}: the signed form {path.name} is not the one that was kept."
        yield ExpectedFile(path, sha256, VerifyFinding(Level.PROBLEM, what, _BACKUP))
    for sha256 in sorted(_recorded_forms(story_id, records) - set(forms)):
        if story_id not in records.withdrawn:
            report.problem(
                f"{story_id}: a signed form is gone.", _BACKUP, detail=f"Its SHA-256 is {sha256}."
            )


def _recorded_forms(story_id: str, records: ReadableRecords) -> set[str]:
    hashes = {
        line.hashes.get("form", "") for line in records.lines_of(story_id, "agreement", "signoff")
    }
    if records.snapshot is not None:
        hashes |= {
            agreement.form_sha256 for agreement in records.snapshot.of_story(Agreement, story_id)
        }
        hashes |= {release.form_sha256 for release in records.snapshot.of_story(Release, story_id)}
    return hashes - {""}


def _answers(
    folder: StoryFolder, records: ReadableRecords, report: VerifyReport
) -> Iterator[ExpectedFile]:
    """Yield the files that the contributor sent back from previews."""
    story_id = folder.root.name
    recorded = {received.sha256 for received in read_answers_record(folder).files}
    logged = {line.hashes.get("answers", "") for line in records.lines_of(story_id, ANSWERS_ACTION)}
    for sha256 in sorted(recorded):
        what = f"{story_id}: answers of its contributor are not as they were brought in, or gone."
        finding = VerifyFinding(Level.PROBLEM, what, _BACKUP)
        yield ExpectedFile(answers_file(folder, sha256), sha256, finding)
    if logged - recorded and story_id not in records.withdrawn:
        report.problem(f"{story_id}: answers of its contributor are gone.", _BACKUP)


# The edition and the site that staff are shown


@dataclass(frozen=True)
class LastBuild:
    """Hashes of the last build, and its day."""

    site: str
    edition: str
    day: str


def check_published(
    workspace: Workspace, records: ReadableRecords, report: VerifyReport, show_progress: ProgressBar
) -> None:
    """Check that edition and site are as built. Neither has to be there: both can be made again."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(build_lock(workspace, timeout=0))
        except Busy:
            report.warning("The site is being built just now, so it was not checked.")
            return
        except DiskFailed:
            pass  # a copy that may only be read: nobody builds there
        report.attempt(_check_edition_and_site, workspace, records, report, show_progress)


def _check_edition_and_site(
    workspace: Workspace, records: ReadableRecords, report: VerifyReport, show_progress: ProgressBar
) -> None:
    last = _last_build(workspace, records)
    report.attempt(_check_edition, workspace, last, report, show_progress)
    report.attempt(_check_site, workspace, records, last, report, show_progress)
    report.attempt(_check_gate, workspace, report)


def _check_gate(workspace: Workspace, report: VerifyReport) -> None:
    """Ask the gate about everything that is out: being as it was built is not enough."""
    not_allowed = not_allowed_sentences(workspace, library_day(workspace), gate_only=True)
    for sentence in not_allowed.here:
        report.problem(sentence, TAKE_DOWN)
    for sentence in not_allowed.elsewhere:
        report.warning(sentence, ASK_BACK)
    if not not_allowed.here and workspace.edition_record.is_file():
        report.ok("What is out is what may be shown today.")


def _last_build(workspace: Workspace, records: ReadableRecords) -> LastBuild | None:
    """Return the last build of the log, or of a receipt if the log has lost its end."""
    builds = [
        (
            line.sequence,
            LastBuild(line.hashes.get("site", ""), line.hashes.get("edition", ""), line.at[:10]),
        )
        for line in records.lines
        if line.action == BUILD_ACTION
    ]
    # A receipt outlives lines that were cut off the log’s end.
    for path in receipts(workspace):
        try:
            receipt = read_receipt(path)
        except CarerStoriesError:
            continue  # reported by check_log_receipts
        builds.append(
            (receipt.sequence, LastBuild(receipt.site, receipt.edition, receipt.built[:10]))
        )
    return max(builds, key=lambda build: build[0])[1] if builds else None


def _check_edition(
    workspace: Workspace, last: LastBuild | None, report: VerifyReport, show_progress: ProgressBar
) -> None:
    if not workspace.edition_record.is_file():
        return
    if last is None or sha256_of(workspace.edition_record) != last.edition:
        report.warning("The edition is not the one of the last build of the site.", _AGAIN)
    expected = [
        ExpectedFile(workspace.edition / path, sha256, _changed(f"interviews/edition/{path}"))
        for story in trusted_edition(workspace).stories
        for name, sha256 in sorted(story.files.items())
        for path in (f"stories/{story.page.id}/{name}",)
    ]
    changed = check_hashes(expected, "Checking the edition", show_progress)
    _report_changed(changed, report)
    if not changed:
        report.ok(f"The edition is as it was released: {counted(len(expected), 'file')}.")


def _check_site(
    workspace: Workspace,
    records: ReadableRecords,
    last: LastBuild | None,
    report: VerifyReport,
    show_progress: ProgressBar,
) -> None:
    if not workspace.public.is_dir():
        return
    if last is None:
        report.warning("No record tells how the site in public was built.", _AGAIN)
        return
    listed = files_listed(workspace)
    if listed is None or hash_of_files(listed) != last.site:
        _check_site_as_a_whole(workspace, last, report)
        return
    present = set(_file_names(workspace.public))
    expected = [
        ExpectedFile(
            workspace.public / name,
            sha256,
            _changed(f"public/{name}", is_missing=name not in present),
        )
        for name, sha256 in listed.items()
        if name in present or not _is_of_withdrawn_story(name, records)
    ]
    changed = check_hashes(expected, "Checking the site", show_progress)
    changed += [
        VerifyFinding(
            Level.PROBLEM, f"public/{name} was put there after the site was built.", _AGAIN
        )
        for name in sorted(present - set(listed))
    ]
    _report_changed(changed, report)
    if not changed:
        report.ok(f"The site is as it was built on {last.day}: {counted(len(listed), 'file')}.")


def _check_site_as_a_whole(workspace: Workspace, last: LastBuild, report: VerifyReport) -> None:
    """Without the list of the site's files, check whether any changed; not which."""
    names = _file_names(workspace.public)
    if hash_of_files({name: sha256_of(workspace.public / name) for name in names}) == last.site:
        report.ok(f"The site is as it was built on {last.day}.")
    else:
        report.problem(
            f"The site in public is not as it was built on {last.day}: it was changed, or made "
            "again while the records could not be relied on.",
            _AGAIN,
        )


def _is_of_withdrawn_story(name: str, records: ReadableRecords) -> bool:
    """Return whether a file of the last build is rightly missing."""
    parts = name.split("/")
    story_id = parts[1].removesuffix(".html") if parts[0] == "stories" and len(parts) > 1 else ""
    return story_id in records.withdrawn


def _file_names(folder: Path) -> Iterator[str]:
    with translate_disk_errors(folder, "read"):
        for path in sorted(folder.rglob("*")):
            if path.is_symlink() or not path.is_dir():
                yield path.relative_to(folder).as_posix()


def _changed(path: str, *, is_missing: bool = False) -> VerifyFinding:
    how = "is gone" if is_missing else "is not as it was built"
    return VerifyFinding(Level.PROBLEM, f"{path} {how}.", _AGAIN)


def _report_changed(changed: list[VerifyFinding], report: VerifyReport) -> None:
    report.findings += changed[:_MAX_FILES_NAMED]
    if len(changed) > _MAX_FILES_NAMED:
        report.problem(f"So with {counted(len(changed) - _MAX_FILES_NAMED, 'more file')}.", _AGAIN)
