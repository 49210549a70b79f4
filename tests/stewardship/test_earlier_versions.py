"""A library as 0.1.0 made it, opened and worked in by this version (`tests/fixtures/README.md`)."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic

import pytest

import carer_stories
from films.page_text import encode_page, read_page
from library.core import clock
from library.core.errors import BadInput, Damaged, NotAllowed
from library.core.workspace import Workspace
from library.records import migrations
from library.records.withdrawal_notes import read_withdrawal_notes
from tests.support.command_line import CommandResult
from tests.support.folder_contents import modes_and_bytes
from tests.support.kept_workspaces import MADE, Unpacked, in_format, unpack
from tests.test_commands import commands

Cli = Callable[..., CommandResult]
OURS = (
    "library",
    "capture",
    "transcribe",
    "films",
    "publish",
    "delivery",
    "stewardship",
    "carer_stories",
)
FACTS = {
    "begun": "Only begun",
    "agreed": "Agreed and not recorded",
    "kept": "A session kept",
    "takes": "Two takes",
    "words": "Heard and not checked",
    "names": "Edited with names",
    "cut": "Filmed and previewed",
    "signed": "Signed off",
    "released": "Told in two languages",
    "narrowed": "Shown to partners no more",
    "withdrawn": "Taken back",
}


@pytest.fixture(autouse=True)
def on_the_day_it_was_made() -> Iterator[None]:
    """Review dates of the fixture are judged as of then, in whatever year this runs."""
    real, real_time = clock.today, clock.now

    def made_on() -> date:
        return MADE

    started = monotonic()

    def made_at() -> str:
        """Return a time after the fixture's last one, that goes on as the clock does."""
        at = datetime.combine(MADE, time(22), UTC) + timedelta(seconds=monotonic() - started)
        return at.strftime("%Y-%m-%dT%H:%M:%SZ")

    def set_clock(attribute: str, before: object, after: object) -> None:
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] in OURS and getattr(module, attribute, None) is before:
                setattr(module, attribute, after)

    set_clock("today", real, made_on)
    set_clock("now", real_time, made_at)
    yield
    set_clock("today", made_on, real)
    set_clock("now", made_at, real_time)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    """The fixture, which tests only read or copy."""
    return unpack(tmp_path_factory.mktemp("earlier") / "0.1.0")


@pytest.fixture(scope="module")
def newer(archive: Unpacked, tmp_path_factory: pytest.TempPathFactory) -> Unpacked:
    """The folder as a later version would leave it; tests only read it."""
    copy = copied(archive, tmp_path_factory.mktemp("newer") / "home")
    for name in ("signed.xml", "polish.vtt", "forms.csv", "x.wav"):
        (copy.home / name).write_text("of no use")
    in_format(copy.workspace, 2, "0.2.0")
    return copy


@pytest.fixture
def opened(archive: Unpacked, tmp_path: Path) -> Unpacked:
    """A copy to work in."""
    return copied(archive, tmp_path / "0.1.0")


@pytest.fixture
def workspace(archive: Unpacked) -> Workspace:
    """The workspace that `run_cli` stands in until a test goes elsewhere."""
    return archive.workspace


@pytest.fixture
def at_work(opened: Unpacked, run_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run commands in the copy."""
    monkeypatch.chdir(opened.workspace.root)
    return run_cli


def copied(archive: Unpacked, to: Path) -> Unpacked:
    shutil.copytree(archive.home, to, copy_function=_copied)
    return Unpacked(to)


def _copied(source: str, to: str) -> object:
    """A second name will do for what is only ever replaced as a whole."""
    wholes = ("/site/", "/public/", "/objects/", "/stick/", "/previews/", "/edition/", "/exports/")
    return os.link(source, to) if any(part in to for part in wholes) else shutil.copy2(source, to)


def filled_in(line: str, unpacked: Unpacked) -> list[str]:
    """The arguments of a command line that names stories by what they are for."""
    names = {name for name in FACTS if f"{{{name}}}" in line}
    return shlex.split(line.format(**{name: unpacked.story(FACTS[name]) for name in names}))


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Path → mode and bytes; locks and the stamp of the reconciliation are nobody's records."""
    nobodys = (
        ".lock",
        ".reconciled.json",
        ".search-index",
        ".site-inputs.json",
        ".story-folders.json",
        ".written-pictures.json",
    )
    return {
        path: content
        for path, content in modes_and_bytes(folder).items()
        if not path.endswith(nobodys)
    }


READING = [
    ("status", 0, "signed off"),
    ("status --json", 0, '"state": "signed off"'),
    ("status {released}", 0, "It may be shown to “trust”."),
    ("status {withdrawn}", 0, "is withdrawn"),
    ("story list", 0, "Only begun"),
    ("story show {released}", 0, "Told in two languages"),
    ("questions list", 0, "being-heard"),
    ("questions check being-heard", 0, ""),
    ("consent due --within 60d", 0, "Asked again soon"),
    ("contributor show {released}", 0, "Ruth Invented"),
    ("people list {released}", 0, "called by another name"),
    ("copies list", 0, "Ward 4"),
    ("redact list {names}", 0, "Siobhan"),
    ("redact list {names} --json", 0, '"number": 4'),
    ("captions lint {signed}", 0, "captions.vtt: 2 captions."),
    ("captions export {released} --format txt", 0, "Nobody told me"),
    ("capture recover", 0, "se-"),
    ("capture mark {takes} --list", 0, "She laughs"),
    ("training check one-carer", 0, "can be used"),
    ("training list", 0, "Hearing one carer out"),
    ("site check", 0, "The site is whole"),
    ("site check ../stick", 4, "Not released any more"),
    ("retention", 1, "is still out there"),
    ("verify", 0, "is as it was written."),
    ("doctor", 1, "The database is whole: 21 stories."),
    ("backup ../vault --list", 0, "1.7 MB"),
    ("backup ../vault --verify", 0, "is as it was written: 2 runs"),
    ("backup ../sealed --verify --key-file ../our.key", 0, "is as it was written: 1 run"),
    ("migrate", 0, "nothing to do"),
    ("migrate --json", 0, '"needed": false'),
]


@pytest.mark.parametrize(("line", "code", "words"), READING, ids=[row[0] for row in READING])
def test_every_command_that_reads_opens_it(
    archive: Unpacked, run_cli: Cli, line: str, code: int, words: str
) -> None:
    before = contents(archive.home)
    result = run_cli(*filled_in(line, archive))
    assert result.code == code, result
    assert words in " ".join((result.out + result.err).split())
    assert contents(archive.home) == before


def test_a_page_is_written_byte_for_byte_as_before(archive: Unpacked) -> None:
    """Its bytes are part of the cut's hash: other ones would undo every sign-off."""
    pages = sorted(archive.workspace.stories.glob("*/page.json"))
    assert pages
    for path in pages:
        assert encode_page(read_page(path)) == path.read_bytes(), path


CHANGING = [
    ("story edit {begun} --summary Other", ""),
    ("consent form {begun} --participation", ""),
    ("contributor forget {released} --yes", ""),
    ("people add {released} --relation daughter --told nothing", ""),
    ("edit {kept} --as-is --yes", ""),
    ("redact answer {names} 4 no", ""),
    ("redact suggest {names}", ""),
    ("approve {signed} --description not-needed --yes", "Approved for “trust”."),
    ("captions remove {released} --language pl --yes", ""),
    ("capture import {begun} ../library/interviews/logo.png --yes", None),
    ("training feedback ../forms.csv", "2 forms"),
    ("training report ../forms.csv", "The report is made"),
    ("site build --audience trust", "Checked:"),
    ("site preview {signed}", ""),
    ("export {released} --subject-access --yes", ""),
    # Nobody who released a story then was asked about archives.
    ("export {released} --bagit .. --for County --yes", None),
    ("withdraw {narrowed} --yes", "is withdrawn as of"),
    ("withdraw {released} --erase --yes", "is withdrawn as of"),
    ("restore --generation 84 --yes", "is restored"),
    ("backup ../vault --yes", ""),
]


@pytest.mark.parametrize(("line", "words"), CHANGING, ids=[row[0] for row in CHANGING])
def test_the_commands_that_change_something_work_in_it(
    opened: Unpacked, at_work: Cli, line: str, words: str | None
) -> None:
    (opened.home / "forms.csv").write_text(
        "plan,version,date,listening_before,listening_after,learned\n"
        "one-carer,1,2026-11-02,2,4,To wait\none-carer,1,2026-11-02,3,4,\n"
    )
    result = at_work(*filled_in(line, opened))
    if words is None:
        assert result.code == BadInput.exit_code or result.code == NotAllowed.exit_code, result
    else:
        assert result.code == 0, result
        assert words in result.out
    assert at_work("verify").code == 0, at_work("verify")


def test_its_approvals_hold_until_something_is_decided(opened: Unpacked, at_work: Cli) -> None:
    """They do not say on what they were made; the times of the records do."""
    shown = {
        status["id"]: status["audiences"] for status in json.loads(at_work("status", "--json").out)
    }
    wide = ["training", "trust"]
    asked_soon = opened.story("Asked again soon")
    expected = {opened.story(FACTS["released"]): wide, opened.story("Signed off twice"): wide}
    expected |= {asked_soon: wide, opened.story(FACTS["narrowed"]): wide}
    assert {story: words for story, words in shown.items() if words} == expected
    story = opened.story(FACTS["released"])
    listed = json.loads(at_work("people", "list", story, "--json").out)
    decide = ("people", "decide", story, listed["people"][0]["person"], "--as")
    assert at_work(*decide, "objected").code == 0
    assert at_work(*decide, "pseudonym").code == 0
    (status,) = json.loads(at_work("status", story, "--json").out)
    assert status["audiences"] == []
    assert status["reasons"] == [
        "Something else was decided about the people in it since it was approved."
    ]
    assert at_work("approve", story, "--description", "not-needed", "--yes").code == 0
    assert json.loads(at_work("status", story, "--json").out)[0]["audiences"] == wide


def test_its_film_can_be_made_again(opened: Unpacked, at_work: Cli) -> None:
    story = opened.story("Told in two languages")
    folder = opened.workspace.story(story)
    assert at_work("capture", "import", story, folder.original / "take-1.mkv", "--yes").code == 0
    options = ("--for", "trust", "--no-title-card", "--no-end-card")
    assert at_work("film", story, *options).code == 0
    assert at_work("verify").code == 0


def test_a_session_put_off_can_be_kept_and_one_broken_off_deleted(
    opened: Unpacked, at_work: Cli
) -> None:
    sessions = {
        title: next(opened.workspace.story(opened.story(title)).sessions.iterdir()).name
        for title in ("A session put off", "A session broken off")
    }
    assert at_work("capture", "recover", sessions["A session put off"], "--keep").code == 0
    assert at_work("capture", "recover", sessions["A session broken off"], "--delete").code == 0
    assert "session" not in at_work("retention").out
    assert at_work("verify").code == 0


@pytest.mark.parametrize(
    ("source", "key"), [("vault", ()), ("sealed", ("--key-file", "../our.key"))]
)
def test_its_backups_are_restored(
    opened: Unpacked, at_work: Cli, source: str, key: tuple[str, ...]
) -> None:
    restored = opened.home / "back"
    result = at_work("restore", "--from", f"../{source}", "--into", restored, *key)
    assert result.code == 0, result
    assert "is as it was written." in result.out
    assert at_work("--workspace", restored, "status").code == 0


def test_it_is_of_format_1_and_a_new_one_says_which_version_made_it(
    opened: Unpacked, at_work: Cli
) -> None:
    assert not opened.workspace.format_stamp.exists()
    assert at_work("init", "../new").code == 0
    new = json.loads((opened.home / "new/interviews/format.json").read_bytes())
    assert new == {"format": 1, "version": new["version"], "migration": ""}


ARGUMENTS = {
    "story new": "--title Told --questions being-heard",
    "story edit": "{begun} --title Other",
    "story show": "{begun}",
    "questions new": "ward --title Ward --question Why? --yes",
    "questions print": "being-heard",
    "consent record": "{begun} --yes --taken-by editor --independent --capacity-considered",
    "contributor record": "{begun} --name Ruth",
    "contributor show": "{released}",
    "contributor forget": "{released} --yes",
    "people list": "{released}",
    "people add": "{released} --relation son --told nothing",
    "people decide": "{released} pe-aaaaaa --as agreed",
    "people correct": "{released} pe-aaaaaa --relation son",
    "people remove": "{released} pe-aaaaaa --yes",
    "people complete": "{released} --yes",
    "safeguarding record": "{released} --disclosed it --to them",
    "safeguarding hold": "{released} --reason why",
    "safeguarding lift": "{released} --reason why --yes",
    "staff add": "--name Ruth",
    "staff retire": "me-aaaaaa --yes",
    "staff signed": "me-aaaaaa",
    "copies add": "{released} --medium stick --to Ward --audience trust",
    "copies settle": "cp-aaaaaa --as returned --yes",
    "capture import": "{begun} ../x.wav --yes",
    "capture import-ohms": "../signed.xml",
    "capture mark": "{takes} --list",
    "capture record": "{agreed}",
    "transcribe": "{takes} --model demo",
    "edit": "{kept} --as-is --yes",
    "desk": "{kept} --no-browser",
    "questions workshop": "--no-browser",
    "redact add": "{names} Name",
    "redact remove": "{names} Siobhan",
    "redact list": "{names}",
    "redact suggest": "{names}",
    "redact review": "{names}",
    "redact answer": "{names} 4 no",
    "captions lint": "{signed}",
    "captions export": "{released} --format srt",
    "captions import": "{released} ../polish.vtt --language pl",
    "captions remove": "{released} --language pl --yes",
    "film": "{released}",
    "signoff": "{cut} --cut 00000000 --audience trust --witness editor --yes",
    "approve": "{signed} --description not-needed --yes",
    "withdraw": "{released} --yes",
    "site preview": "{signed}",
    "site answers": "../my-answers.txt",
    "site remarks": "{signed}",
    "site embed": "{released}",
    "site other-picture": "site/content/about.md --not-of {signed} --name Jo",
    "training new": "other --title Other --aim Aim --clip {released} --yes",
    "training feedback": "../forms.csv",
    "training collect": "../forms.csv",
    "training held": "one-carer --on 2026-11-23 --people 12",
    "training reminders": "one-carer --on 2026-11-23 --to ..",
    "training letter": "{released} --no-quotes",
    "backup": "../new-vault --yes",
    "restore": "--generation 84 --yes",
    "deliver": "{released} --docx Ward",
    "export": "{released} --subject-access --yes",
    "migrate": "--yes",
}
FREE = {"init", "demo", "handbooks", "captions layout", "capture devices", "update-check"}
"""Commands that look at no workspace, or make one."""


def every_command() -> list[str]:
    return sorted({" ".join(path) for path, _ in commands(carer_stories.root)} - FREE)


@pytest.mark.parametrize("name", every_command())
def test_a_newer_workspace_is_refused_by_every_command_and_left_alone(
    newer: Unpacked, run_cli: Cli, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    arguments = filled_in(f"{name} {ARGUMENTS.get(name, '')}", newer)
    before = contents(newer.home)
    monkeypatch.chdir(newer.workspace.root)
    result = run_cli(*arguments)
    assert result.code == (1 if name == "doctor" else BadInput.exit_code), result
    text = " ".join((result.out + result.err).split())
    assert "made or migrated by carer-stories 0.2.0" in text
    assert "Install carer-stories 0.2.0 or a newer version." in text
    assert contents(newer.home) == before


def test_a_backup_of_a_newer_library_is_not_put_back(
    opened: Unpacked, at_work: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_format(opened.workspace, 2, "0.2.0")
    with monkeypatch.context() as later:
        later.setattr(migrations, "SCHEMA", 2)
        later.setattr(migrations, "STEPS", {1: migrations.unaltered})
        assert at_work("backup", "../vault", "--yes").code == 0
    in_format(opened.workspace, 1, "0.1.0")
    result = at_work("restore", "--from", "../vault", "--into", "../back")
    assert result.code == BadInput.exit_code
    assert "Install carer-stories 0.2.0 or a newer version." in result.err
    assert not (opened.home / "back").exists()
    assert not list(opened.home.glob(".back*"))


def test_a_stamp_that_cannot_be_read_is_told_and_keeps_no_story_shown(
    opened: Unpacked, at_work: Cli
) -> None:
    opened.workspace.format_stamp.write_text("{")
    result = at_work("status")
    assert result.code == Damaged.exit_code
    assert "format.json" in result.err
    assert "Take it from a backup" in result.err
    story = opened.story("Told in two languages")
    assert at_work("withdraw", story, "--yes").code == 0
    assert story in {note.story for note in read_withdrawal_notes(opened.workspace)}
