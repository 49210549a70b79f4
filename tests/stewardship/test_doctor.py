"""`doctor` on what a library is made with."""

from __future__ import annotations

import importlib.metadata
import json
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from library.consent.stories import start_story
from library.core.clock import months_after, today
from library.core.errors import Busy, Damaged, NotFound, ToolMissing
from library.core.installation import command_to_mend, missing_requirements
from library.core.lock import locked
from library.core.version import installed_distributions, program_version
from library.core.workspace import Workspace
from library.workspace_template import template_root
from stewardship import doctor
from tests.support.command_line import CommandResult
from tests.support.workspaces import filled_text, leave_blank


def test_what_an_earlier_version_did_not_have_is_named_and_can_be_copied(
    workspace: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    assert "The pages’ design is that of this version." in run_cli("doctor").out
    missing_files = ("site/assets/js/present-clip.js", "site/content/confidentiality.md")
    for name in missing_files:
        (workspace.root / name).unlink()
    frame = workspace.root / "site/assets/css/frame.css"
    frame.write_text("/* of an earlier version */", encoding="utf-8")
    output = " ".join(run_cli("doctor").out.split())
    assert f"The library lacks {', '.join(missing_files)}: it was made by an earlier" in output
    assert "or they were taken away. Next: Copy them from" in output
    assert "what is not as in this version: site/assets/css/frame.css." in output
    for name in (*missing_files, "site/assets/css/frame.css"):
        (workspace.root / name).write_bytes((template_root() / name).read_bytes())
    assert "The pages’ design is that of this version." in run_cli("doctor").out


def test_parts_of_a_recording_that_a_killed_import_left_are_named(
    workspace: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    assert "No import is broken off." in run_cli("doctor").out
    story = start_story(workspace, title="A night", questions="being-heard").id
    folder = workspace.story(story)
    folder.original.mkdir(parents=True)
    (folder.original / ".part-0123456789abcdef").write_bytes(b"0" * 3_000_000)
    output = " ".join(run_cli("doctor").out.split())
    assert f"Parts of recordings lie where an import broke off: {story} (3.0 MB)." in output
    assert f"carer-stories capture import {story} FILE" in output
    # One that is at work is none that broke off.
    with locked(folder.import_lock, busy=Busy("At work.", "Wait.")):
        assert "No import is broken off." in run_cli("doctor").out


def test_a_design_of_long_ago_is_copied_by_its_folders(
    workspace: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    for path in (*(workspace.assets / "css").iterdir(), workspace.content / "confidentiality.md"):
        path.unlink()
    note = next(check for check in doctor.run_checks(workspace, None) if "earlier" in check.what)
    assert len(note.what) + len(note.next_step) < 500
    for name in ("site/assets", "site/overrides", "mkdocs.yml", "site/content/confidentiality.md"):
        assert name in note.next_step


def test_the_engine_that_the_settings_name_is_looked_for(
    workspace: Workspace, run_cli: Callable[..., CommandResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    with workspace.settings.open("a", encoding="utf-8") as settings:
        settings.write("\nengine: whisper\n")
    monkeypatch.setattr("transcribe.engines.whisper_engine.has_whisper", lambda: False)
    assert "The engine “whisper” is not installed." in run_cli("doctor").out


def test_what_people_changed_on_purpose_is_told_and_is_well(
    workspace: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    (workspace.content / "about.md").write_text("# About us\n", encoding="utf-8")
    colours = workspace.root / "site/assets/css/type.css"
    colours.write_text(colours.read_text(encoding="utf-8") + "/* ours */", encoding="utf-8")
    output = " ".join(run_cli("doctor").out.split())
    assert (
        "The pages have all they need. Not as in this version: site/assets/css/type.css." in output
    )
    assert "about.md" not in output


def test_a_library_that_was_updated_by_halves_says_so_wherever_it_is_made(
    workspace: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    player = workspace.root / "site/assets/js/player.js"
    player.write_text(player.read_text(encoding="utf-8") + "// of before\n", encoding="utf-8")
    for command in ("doctor", "site build", "site check"):
        output = " ".join(run_cli(*command.split()).out.split())
        assert "Scripts are not as in this version: site/assets/js/player.js." in output, command
    player.unlink()
    for command in ("doctor", "site check"):
        output = " ".join(run_cli(*command.split()).out.split())
        assert "The library lacks site/assets/js/player.js: it was made by" in output, command
        assert "Next: Copy it from a new workspace (carer-stories init DIR)." in output, command


FILLED_IN = """\
trust: Northfield NHS Trust
contact: the Carer Stories team, room 12
withdrawal: tell whoever recorded you
evidence: witness
lawful_basis: Article 6(1)(e), public task
special_category_condition: Article 9(2)(h)
support:
  - {name: Carers’ line, contact: 0300 123 1113, checked: %s}
retention: {support_months: %d}
"""


def test_what_the_agreements_lack_is_named_before_they_are_printed(
    workspace: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    leave_blank(workspace)
    printed = " ".join(run_cli("consent", "form").out.split())
    missing = "contact, lawful_basis, special_category_condition, support, trust, withdrawal"
    assert "does not say the name of your trust (trust), whom people ask" in printed
    for setting in missing.split(", "):
        assert f"({setting})" in printed
    output = run_cli("doctor").out
    (line,) = [line for line in output.splitlines() if "not ready to sign" in line]
    assert line.startswith("Warning")
    for setting in missing.split(", "):
        assert setting in line
    assert "the name of your trust" in line
    assert "Our trust" not in output
    filled_in = FILLED_IN % (today().isoformat(), 12)
    workspace.settings.write_text(filled_in, encoding="utf-8")
    output = run_cli("doctor").out
    assert "OK       The settings have all that the agreements need." in output
    assert "OK       The workspace of Northfield NHS Trust" in output
    assert "Not ready to sign" not in run_cli("consent", "form").out


def test_support_lines_are_asked_about_after_as_many_months_as_the_settings_say(
    workspace: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    checked = months_after(today(), -7).isoformat()
    for months, word in ((12, "OK"), (6, "Warning")):
        workspace.settings.write_text(FILLED_IN % (checked, months), encoding="utf-8")
        (line,) = [
            line
            for line in run_cli("doctor").out.splitlines()
            if f"in the last {months} months" in line
        ]
        assert line.startswith(word)


def test_a_misspelt_setting_is_named_once(
    run_cli: Callable[..., CommandResult], workspace: Workspace
) -> None:
    workspace.settings.write_text(filled_text() + "lawful_bassis: x\n", encoding="utf-8")
    result = run_cli("doctor")
    assert result.code == 1
    assert result.out.count("lawful_bassis") == 1
    assert "did you mean “lawful_basis”" in result.out


def test_a_package_that_is_missing_or_too_old_is_named_with_the_one_command(
    run_cli: Callable[..., CommandResult], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "All that the program needs is installed." in run_cli("doctor").out
    really = importlib.metadata.version
    versions = {"segno": "1.0", "av": ""}

    def version(name: str) -> str:
        if versions.get(name) == "":
            raise importlib.metadata.PackageNotFoundError(name)
        return versions.get(name) or really(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr("library.core.installation._written_source", lambda: None)
    missing_requirements.cache_clear()
    try:
        result = run_cli("doctor")
        assert "This installation lacks av>=14, segno>=1.6." in result.out
        assert '-m pip install "av>=14" "segno>=1.6"' in " ".join(result.out.split())
        monkeypatch.setattr(sys, "prefix", str(tmp_path))
        for receipt, command in (
            ("uv-receipt.toml", "uv tool install --reinstall carer-stories"),
            ("pipx_metadata.json", "pipx reinstall carer-stories"),
        ):
            (tmp_path / receipt).touch()
            assert command in run_cli("doctor").out
        monkeypatch.setattr(sys, "frozen", True, raising=False)
        assert "Unpack the download again" in run_cli("doctor").out
        monkeypatch.setitem(sys.modules, "stewardship.doctor", None)  # as where one is missing
        result = run_cli("doctor")
        assert result.code == ToolMissing.exit_code
        assert "This installation lacks av>=14, segno>=1.6." in result.err
    finally:
        missing_requirements.cache_clear()


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ('{"url": "file://HERE/Tr%C3%A4ger/a.whl", "archive_info": {}}', "'HERE/Träger/a.whl'"),
        ('{"url": "file://HERE/our%20stick/a.whl"}', "'HERE/our stick/a.whl'"),
        ('{"url": "https://trust.example/a.whl"}', "https://trust.example/a.whl"),
        (None, "carer-stories"),
        ("{", "carer-stories"),
    ],
)
def test_uv_is_told_the_file_that_it_came_from(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, written: str | None, source: str
) -> None:
    (tmp_path / "uv-receipt.toml").touch()
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    written = written.replace("HERE", tmp_path.as_posix()) if written else None
    source = source.replace("HERE", str(tmp_path))
    monkeypatch.setattr("library.core.installation._written_source", lambda: written)
    is_file = source.endswith(".whl'")
    uv = f"uv tool install --reinstall {source}"
    if is_file:
        file = Path(source.strip("'"))
        gone = f"a.whl is no longer in {file.parent}, from which this was installed: put it there "
        assert command_to_mend(("av>=14",)) == f"{gone}again, then: {uv}"
        file.parent.mkdir()
        file.touch()
    assert command_to_mend(("av>=14",)) == uv
    (tmp_path / "pipx_metadata.json").touch()
    assert command_to_mend(("av>=14",)) == "pipx reinstall carer-stories"
    if is_file:
        file.unlink()
        advice = command_to_mend(("av>=14",))
        assert advice == f"{gone}again, then: pipx reinstall carer-stories"


def test_each_distribution_names_its_own_command_and_both_at_once_are_a_problem(
    run_cli: Callable[..., CommandResult], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    really = importlib.metadata.version
    here = {"carer-stories-light"}

    def version(name: str) -> str:
        if name.startswith("carer-stories"):
            if name not in here:
                raise importlib.metadata.PackageNotFoundError(name)
            return "0.1.0"
        return really(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(importlib.metadata, "requires", lambda _: ["av>=99"])
    monkeypatch.setattr("transcribe.engines.whisper_engine.has_whisper", lambda: False)
    caches = (missing_requirements, installed_distributions, program_version)
    try:
        for cached in caches:
            cached.cache_clear()
        assert run_cli("--version").out.strip().endswith("0.1.0")
        monkeypatch.setattr(sys, "prefix", str(tmp_path))
        for receipt, mends, adds in (
            ("", '-m pip install "av>=99"', "-m pip install openai-whisper"),
            (
                "uv-receipt.toml",
                "uv tool install --reinstall carer-stories-light",
                "uv pip install --python",
            ),
            (
                "pipx_metadata.json",
                "pipx reinstall carer-stories-light",
                "pipx inject carer-stories-light openai-whisper",
            ),
        ):
            if receipt:
                (tmp_path / receipt).touch()
            assert mends in " ".join(run_cli("doctor").out.split())
            assert adds in run_cli("transcribe", "cs-zzzzzz", "--engine", "whisper").err
        here.add("carer-stories")
        for cached in caches:
            cached.cache_clear()
        output = " ".join(run_cli("doctor").out.split())
        assert "carer-stories and carer-stories-light are installed in one environment" in output
        assert "uninstall" in output
    finally:
        for cached in caches:
            cached.cache_clear()


LATEST = '{"version": "%s", "day": "2027-01-31"}'


def test_nobody_is_asked_for_a_newer_version_unless_told_to(
    workspace: Workspace, run_cli: Callable[..., CommandResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was tried")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr("library.core.version.program_version", lambda: "0.9.1")
    result = run_cli("update-check")
    assert (result.code, "Nobody was asked" in result.out) == (0, True), result
    file = workspace.root / "latest.json"
    for version, code in (("0.9.1", 0), ("0.9.1.0", 0), ("0.9", 0), ("0.10", 1), ("1.0.0", 1)):
        file.write_text(LATEST % version)
        result = run_cli("update-check", "--ask", file)
        assert result.code == code, (version, result)
        assert (f"There is a newer version: {version}" in result.out) == bool(code)
    answer = json.loads(run_cli("update-check", "--ask", file, "--json").out)
    assert answer == {"version": "0.9.1", "newest": "1.0.0", "is_newer": True}
    file.write_text(LATEST % "1.0; rm")
    assert run_cli("update-check", "--ask", file).code == Damaged.exit_code
    for data in ('{"version": "v0.2.0", "day": "2027-01-31"}', '{"version": 2}', "[", "<html>", ""):
        file.write_text(data)
        result = run_cli("update-check", "--ask", file)
        assert result.code == Damaged.exit_code, data
        assert f"{file} {'does not say which release' if data else 'is empty'}" in result.err
    assert "is a folder" in run_cli("update-check", "--ask", file.parent).err
    assert run_cli("update-check", "--ask", "gone.json").code == NotFound.exit_code
    result = run_cli("update-check", "--ask", "http://updates.example/latest.json")
    assert "not an https address" in result.err


def test_versions_in_the_making_come_before_the_one_that_they_become(
    workspace: Workspace, run_cli: Callable[..., CommandResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = workspace.root / "latest.json"
    ordered = (
        *(
            "0.1.0",
            "0.1.0.post1",
            "0.2.0.dev0",
            "0.2.0.dev3",
            "0.2.0a1",
            "0.2.0b2",
            "0.2.0rc1.dev1",
        ),
        *("0.2.0rc1", "0.2.0rc2", "0.2.0rc10", "0.2.0", "0.2.0.post1", "0.2.1.dev0", "0.10.0"),
    )
    for at_here, here in enumerate(ordered):
        # A build of one's own says so behind a plus, and is no earlier than what it was built from.
        for installed in (here, f"{here}+trust.1"):
            monkeypatch.setattr("library.core.version.program_version", partial(str, installed))
            for newest in ordered[max(0, at_here - 1) : at_here + 2]:
                file.write_text(LATEST % newest)
                result = run_cli("update-check", "--ask", file)
                is_newer = ordered.index(newest) > at_here
                assert result.code == int(is_newer), (installed, newest, result)
    monkeypatch.setattr("library.core.version.program_version", lambda: "not installed")
    assert run_cli("update-check", "--ask", file).code == 0
    for wrong in ("0.2.0-final", "0.2.0rc", "0.2.0.dev1.post1", "1!0.2.0", "0.2.0+trust", "0.2.٣"):
        file.write_text(LATEST % wrong, encoding="utf-8")
        assert run_cli("update-check", "--ask", file).code == Damaged.exit_code, wrong
