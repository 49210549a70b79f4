"""Every command that changes something: what it is tried on, and how it is called.

A new command is one more row. `tests/test_every_change.py` fails while one is neither here nor in
`NOT_TRIED`, with its reason.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from library.core.errors import NotAllowed
from tests.faults import prepared_libraries as on
from tests.faults.trials import Bench, Prepared

SITE = ("library/public/", "library/interviews/edition/")
"""Folders that are replaced as wholes."""


@dataclass(frozen=True)
class Command:
    """A command line, with the names of facts in braces; it runs in the workspace."""

    on: Callable[[Bench], on.Facts]
    line: str
    wholes: tuple[str, ...] = SITE
    """Folders that are the old or the new one, never a mixture."""
    grows: tuple[str, ...] = ()
    """Patterns of files that hold what was done so far, and go when the command comes to its end,
    or are added to."""
    holds: str = ""
    """A command that finds nothing amiss after a fault, or nothing there yet."""
    start: str = "library"
    """The folder it runs in."""
    mends: bool = False
    """Running it again mends what `verify` or `holds` finds amiss after a fault."""
    ends: frozenset[int] = frozenset()
    """Exit codes it has for a fault beside those of a disk that fails."""
    later: tuple[str, ...] = ()
    """Records of a copy that leaves the house: it is entered first, once more when it is made once
    more, and one that it replaces is settled last, if need be by the next."""
    without: tuple[str, ...] = ()
    """Files it does without where the disk refuses them, and says so."""
    slow: bool = False
    """Takes seconds: fewer points are tried in a usual run of the tests."""
    long: bool = False
    """Another command takes the same way, or it takes very long: tried in `make soak` alone."""
    needs: tuple[str, ...] = ()
    """Modules that are heavy: taken in once, before it is forked."""

    @property
    def name(self) -> str:
        return self.line.replace("{", "").replace("}", "")

    def arguments(self, prepared: Prepared) -> list[str]:
        return shlex.split(self.line.format(**prepared.facts))

    def prepared(self, bench: Bench) -> Prepared:
        return on.prepared(bench, self.on)


AGREED = "--taken-by editor --independent --capacity-considered --yes"
WITH_FORM = f'consent record {{new}} --form ../form.pdf --real-name "Ruth Example" {AGREED}'
SAVED = "backup ../away/vault --verify"
SAVED_NEW = "backup ../away/new --verify"
SEALED = f"{SAVED} --key-file ../our.key"
CHECKED = "site check"
SIGNED_ANEW = '--confirm-withdrawn "They signed anew." --yes'
STILL = frozenset({NotAllowed.exit_code})
"""A withdrawal says so where something may still be seen."""
RECORDS = ("library/interviews/library.json", "library/interviews/audit.jsonl")
BAGGED = (
    *RECORDS,
    *("away/*/bag-info.txt", "away/*/metadata/records.json", "away/*manifest*", "away/*.csv"),
)
"""A bag holds the records as they are then."""
LOG = ("library/interviews/audit.jsonl",)
BACKUPS = ("library/interviews/backups.json",)
JOURNAL = ("*/journal.jsonl",)
STICK = shlex.join(on.STICK)

COMMANDS = (
    Command(on.nothing, "init library", start=""),
    Command(on.empty, "init ../another", long=True),
    Command(on.story_begun, "story new --title Told --questions being-heard"),
    Command(on.story_begun, "story edit {new} --title Other"),
    Command(on.story_begun, "questions new ward --title Ward --question Why? --yes"),
    Command(on.story_begun, "questions print being-heard", long=True),
    Command(on.story_begun, "consent form {new} --participation"),
    Command(on.story_begun, f"consent record {{new}} {AGREED}"),
    Command(on.story_begun, WITH_FORM),
    Command(on.story_begun, 'contributor record {new} --name "Ruth Example"'),
    Command(on.published, "contributor forget {one} --yes"),
    Command(on.story_begun, 'people add {new} --relation son --told "his illness"'),
    Command(on.edited, "people decide {story} {person} --as agreed", long=True),
    Command(on.edited, "people correct {story} {person} --relation daughter", long=True),
    Command(on.edited, "people remove {story} {person} --yes", long=True),
    Command(on.edited, "people complete {story} --yes", long=True),
    Command(
        on.story_begun,
        'safeguarding record {new} --disclosed "he is hit" --to "the safeguarding team"',
    ),
    Command(on.story_begun, 'safeguarding hold {new} --reason "an inquest is open"'),
    Command(on.held, 'safeguarding lift {new} --reason "the inquest is closed" --yes'),
    # A receipt is of what one run removed: run again, it says the rest.
    Command(on.overdue, "retention --apply --yes", later=(*LOG, "library/*/retention-*")),
    Command(on.story_begun, 'staff add --name "Ruth Example"'),
    Command(on.signing, "staff retire {member} --yes"),
    Command(on.published, 'copies add {one} --medium stick --to "Ward 3" --audience trust'),
    Command(on.handed_out, "copies settle {copy} --as destroyed --yes"),
    Command(on.published, "deliver {one} --scorm Ward --to ../away", later=RECORDS),
    Command(on.story_begun, "capture import {story} ../take-1.wav --yes", mends=True),
    Command(on.imported, "capture import {story} ../take-2.wav --add --yes", mends=True),
    Command(
        on.taken_back,
        f"--by {{member}} capture import {{again}} ../take-1.wav {SIGNED_ANEW}",
        mends=True,
    ),
    Command(on.taken_back, f"--by {{member}} held release {{held}} {SIGNED_ANEW}"),
    Command(on.remembered, "withdraw {story} --erase --yes", mends=True, ends=STILL),
    Command(on.archived, "capture import-ohms ../archive.xml"),
    Command(on.imported, 'capture mark {story} --at "0:00.1 beginning"'),
    Command(on.sat, "capture recover {session} --keep", grows=JOURNAL, mends=True),
    Command(on.sat, "capture recover {session} --delete", grows=JOURNAL, without=LOG),
    Command(on.sat, "capture recover {session} --later", grows=JOURNAL),
    Command(on.imported, "transcribe {story} --from ../words.vtt"),
    Command(on.transcribed, "transcribe {story} --from ../words.vtt --again"),
    Command(on.imported, "transcribe {story} --model demo", needs=("whisper",), long=True),
    Command(on.transcribed, "edit {story} --as-is --yes"),
    Command(on.edited, "redact add {story} Siobhan --shown Mary"),
    Command(on.edited, "redact remove {story} Margaret"),
    Command(on.listed, "redact suggest {story}"),
    Command(on.names_asked, "redact answer {story} 1 no"),
    Command(on.edited, "captions export {story} --format srt -o ../talk.srt"),
    Command(on.imported, "captions layout ../talk.json -o ../talk.vtt", long=True),
    Command(on.cut, "captions import {story} ../french.vtt --language fr"),
    Command(on.translated, "captions remove {story} --language fr --yes"),
    Command(on.edited, f"film {{story}} --for trust {shlex.join(on.PLAIN)}", slow=True),
    Command(on.edited, f"film {{story}} --preview {shlex.join(on.PLAIN)}", slow=True, long=True),
    Command(on.published, "signoff {filmed} --cut {code} --audience trust --witness editor --yes"),
    Command(on.signed, "approve {story} --description not-needed --yes"),
    Command(
        on.published,
        "withdraw {one} --yes",
        wholes=(),
        holds=CHECKED,
        mends=True,
        ends=STILL,
        slow=True,
    ),
    Command(
        on.published,
        "withdraw {one} --scope partners --yes",
        holds=CHECKED,
        mends=True,
        ends=STILL,
        slow=True,
    ),
    Command(
        on.published,
        "withdraw {one} --erase --yes",
        wholes=(),
        holds=CHECKED,
        mends=True,
        ends=STILL,
        slow=True,
    ),
    Command(on.handed_out, "site build --audience trust", holds=CHECKED, slow=True),
    Command(
        on.handed_out, STICK, wholes=(*SITE, "away/stick/"), later=RECORDS, holds=CHECKED, slow=True
    ),
    Command(on.narrowed, "upkeep", holds=CHECKED, slow=True),
    Command(on.published, "site preview {signed} --zip", slow=True),
    Command(on.remarked, "site answers ../answers.txt", later=LOG),
    Command(
        on.published,
        "site other-picture site/content/about.md --not-of {signed} --name Jo",
        later=LOG,
        grows=("*/other-pictures.json",),
    ),
    Command(
        on.published, "training new listening --title Listening --aim Hearing --clip {one} --yes"
    ),
    Command(on.answered, "training feedback ../forms.csv"),
    Command(on.answered, "training collect ../forms.csv"),
    Command(on.answered, "training held what-may-i-share --on 2026-11-23 --people 12"),
    Command(
        on.answered,
        "training reminders what-may-i-share --on 2026-11-23 --to ..",
        long=True,
        later=("*.ics",),
    ),
    Command(on.trained, "training report"),
    Command(on.trained, "training evidence", long=True),
    Command(on.trained, "training letter {one} --no-quotes", later=LOG),
    Command(on.published, "backup ../away/new --yes", holds=SAVED_NEW, mends=True, without=BACKUPS),
    Command(
        on.published,
        "backup ../away/vault --key-file ../our.key --new-key --yes",
        holds=SEALED,
        mends=True,
        without=BACKUPS,
    ),
    Command(on.backed_up, "backup ../away/vault --yes", holds=SAVED, mends=True, without=BACKUPS),
    Command(
        on.erased,
        "backup ../away/vault --forget {one} --yes",
        holds=SAVED,
        mends=True,
        without=BACKUPS,
    ),
    Command(on.story_begun, "restore --generation 1 --yes"),
    Command(on.put_back, "held release --nothing-taken-back --yes"),
    Command(on.backed_up, "restore --from ../away/vault --into ../back --yes", wholes=("back/",)),
    Command(on.story_begun, "export {story} --subject-access --yes", later=RECORDS),
    Command(
        on.published, "export {one} --subject-access --zip --to .. --yes", long=True, later=RECORDS
    ),
    Command(on.deposited, "export {story} --bagit ../away --for County --yes", later=BAGGED),
    Command(
        on.deposited, "export {story} --ohms ../away --for County --yes", long=True, later=RECORDS
    ),
    Command(
        on.deposited,
        "export {story} --iiif ../away --address https://a.example/ --for County --yes",
        long=True,
        later=BAGGED,
    ),
    Command(
        on.deposited, "export {story} --otio ../away --for County --yes", long=True, later=RECORDS
    ),
    Command(on.published, "deliver {one} --docx Ward --to ../away", later=RECORDS),
    Command(on.published, "export --csv ../away --for County --yes", later=RECORDS),
    Command(on.published, "export --all ../away --for County --yes", long=True, later=BAGGED),
)

LASTING = (
    "init library",
    WITH_FORM,
    "capture import {story} ../take-1.wav --yes",
    "capture recover {session} --keep",
    "signoff {filmed} --cut {code} --audience trust --witness editor --yes",
    "backup ../away/vault --yes",
)
"""Lines of commands whose power is cut in a usual run of the tests as well."""

_READS = "only reads"
NOT_TRIED = {
    "demo": "runs the commands that are tried here, one after the other, in a folder of its own",
    "handbooks": "copies pages of the program by what lays out a new library, which `init` tries",
    "capture record": "needs a camera; what it writes is tried by chunks and events in "
    "tests/capture/test_session_store.py, and its kills in tests/capture/test_terminal.py",
    "capture station": "writes the same; its kills are in tests/capture/test_station_kill.py",
    "questions workshop": "serves a page, which saves a set as `questions new` does; what is kept "
    "and never overwritten is tried in tests/capture/test_workshop.py",
    "desk": "serves a page; each change of the disk by what is typed there fails, or is killed at, "
    "in tests/stewardship/test_desk_document.py",
    "migrate": "there is one format yet; every change it makes with a made-up next one is "
    "failed, killed at and cut off from power in tests/stewardship/test_migrate.py",
    "redact review": "asks, and writes what `redact answer` writes",
    **dict.fromkeys(
        (
            "update-check",
            "doctor", "status", "story list", "story show", "questions check", "questions list",
            "consent due", "contributor show", "people list", "copies list", "held list",
            "safeguarding list", "staff list", "staff signed", "capture devices",
            "redact list", "captions lint", "site check", "site remarks", "site search-words",
            "site embed",
            "site serve",
            "training check", "training list", "verify",
        ),
        _READS,
    ),
}  # fmt: skip
