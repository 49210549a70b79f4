"""Private words are in no log, note, receipt, page or list of running programs."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from capture.station.server import Station, running_station
from capture.station.station_page import STATION
from library.core.workspace import Workspace
from library.local_page.guard import Guard
from tests.support import sample_media
from tests.support.browser import launch_chromium
from tests.support.command_line import CommandResult
from tests.support.live_station import StationClient, StationProcess, until
from tests.support.quick_stories import AGREED

Cli = Callable[..., CommandResult]
TITLE = "Bartholomew at midnight"
NAME, CONTACT = "Wilhelmina Quagmire", "01632 960 777"
FILE = "Thaddeus-at-home.wav"
TOLD, RELATION = "who hid in Zanzibar", "her step-uncle"
HIDDEN = "Xanthippe"
TO = "Matron Featherstonehaugh"
SECRETS = ("Bartholomew", "Quagmire", "960 777", "Thaddeus", "Zanzibar", "step-uncle", HIDDEN, TO)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words of every program that is started: any account of the machine can read them."""
    words: list[str] = []
    real = subprocess.Popen.__init__

    def noting(self: Any, args: Any, *rest: Any, **more: Any) -> None:
        words.extend(map(str, [args] if isinstance(args, (str, bytes, os.PathLike)) else args))
        real(self, args, *rest, **more)

    monkeypatch.setattr(subprocess.Popen, "__init__", noting)
    return words


def test_no_log_note_or_receipt_holds_what_was_told_in_private(
    run_cli: Cli, workspace: Workspace, tmp_path: Path, started: list[str]
) -> None:
    recording, key = tmp_path / FILE, tmp_path / "our.key"
    shutil.copyfile(sample_media.wav(), recording)

    def ok(*arguments: str | Path) -> str:
        result = run_cli(*arguments)
        assert result.code == 0, (arguments, result.err)
        return result.out

    new_output = ok("story", "new", "--title", TITLE, "--questions", "being-heard", "--json")
    story_id = json.loads(new_output)["id"]
    ok("consent", "record", story_id, *AGREED)
    ok("contributor", "record", story_id, "--name", NAME, "--contact", CONTACT)
    person = ("--relation", RELATION, "--told", TOLD, "--as", "redacted")
    ok("people", "add", story_id, *person)
    ok("redact", "add", story_id, HIDDEN, "--shown", "my friend")
    ok("copies", "add", story_id, "--medium", "stick", "--to", TO, "--audience", "training")
    ok("capture", "import", story_id, recording, "--yes")
    ok("site", "build")
    ok("backup", tmp_path / "copies", "--key-file", key, "--new-key")
    ok("withdraw", story_id, "--yes")

    digits = "".join(key.read_text().splitlines()[1:3])
    quiet = [workspace.audit_log, *workspace.interviews.glob("**/*.lock")]
    quiet += [workspace.interviews / "backups.json", *workspace.withdrawn.iterdir()]
    published_paths = [
        path for folder in (workspace.public, workspace.edition) for path in folder.rglob("*")
    ]
    assert len(quiet) > 4
    for path in (*quiet, *(path for path in published_paths if path.is_file())):
        content = path.read_bytes()
        secrets_held = [word for word in (*SECRETS, digits) if word.encode() in content]
        assert secrets_held == [], path
    receipts = [path for path in workspace.receipts.iterdir() if path.is_file()]
    assert receipts
    for path in receipts:
        content = path.read_bytes()
        may_say = ("Bartholomew", TO)  # whoever told it is given this page, and asks back copies
        secrets_held = [
            word for word in SECRETS if word not in may_say and word.encode() in content
        ]
        assert secrets_held == [], path
    assert any("ffmpeg" in word for word in started)
    # The name of the file is in it from the start, for whoever imported it typed it there.
    secrets = (*SECRETS, digits)
    words = [word for word in started if word != str(recording)]
    assert [word for word in words if any(secret in word for secret in secrets)] == []


def test_a_traceback_holds_no_key_and_says_that_it_may_hold_words(
    run_cli: Cli, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lines of code, and what the error itself says: no value that was at hand when it happened."""
    from library.backup import saving

    key = tmp_path / "our.key"
    # Always the same: four digits of a random one are now and then the number of a line.
    always = SimpleNamespace(token_bytes=lambda size: hashlib.sha256(b"a key").digest()[:size])
    monkeypatch.setattr("library.backup.encryption.secrets", always)
    said_result = run_cli(
        "contributor", "record", "cs-4k7m2q", "--name", NAME, "--contact", CONTACT
    )
    assert said_result.code == 3

    def broken(*_given: object, **_named: object) -> None:
        secrets = (key.read_text(), NAME)
        raise RuntimeError(f"\x1b[2Jthere are {len(secrets)}")

    monkeypatch.setattr(saving, "save", broken)
    backup_command = ("backup", tmp_path / "copies", "--key-file", key)
    without_result = run_cli(*backup_command, "--new-key")
    assert (without_result.code, "Traceback" in without_result.err) == (70, False)
    assert "RuntimeError" not in without_result.err
    assert "--debug" in without_result.err
    result = run_cli("--debug", *backup_command)
    assert result.code == 70
    assert "Traceback" in result.err
    assert "in broken" in result.err
    assert "never by open mail" in result.err
    assert "\x1b" not in result.err
    digits = "".join(key.read_text().splitlines()[1:3])
    for secret in (digits, *digits.split(), NAME, CONTACT):
        assert secret not in result.err
    # A refusal is the same with it: its own exit code, and its sentence last.
    result = run_cli("--debug", "story", "show", "cs-4k7m2q")
    assert (result.code, "Traceback" in result.err) == (3, True)
    assert run_cli("story", "show", "cs-4k7m2q").err in result.err


def test_no_traceback_holds_the_station_s_token(
    run_cli: Cli, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even of an error that quotes the address or the whole station."""
    tokens = []

    def broken(open_station: Station, **_named: object) -> None:
        tokens.append(open_station.address.token)
        raise RuntimeError(f"{open_station} {open_station.address!r}")

    monkeypatch.setattr("library.cli.local_page._say_opened", broken)
    for options in (("--debug",), ("--debug", "--verbose"), ()):
        result = run_cli(*options, "capture", "station", "--no-browser")
        assert (result.code, "Traceback" in result.err) == (70, bool(options))
        assert ("PageAddress(port=" in result.err) is bool(options), "details where asked"
        assert not [token for token in tokens if token in result.out + result.err]
    assert len(set(tokens)) == 3
    guard = Guard(STATION, "a-token-that-nobody-may-see", 80)
    assert "a-token" not in f"{guard} {guard!r}"
    # What another program wrote there is refused by its place, not quoted.
    spoilt = {"port": 1, "token": "x" * 40 + "\x00", "started": "yesterday"}
    workspace.station.write_text(json.dumps(spoilt))
    result = run_cli("--debug", "capture", "station", "--no-browser")
    assert "xxxx" not in result.out + result.err


def test_no_log_holds_the_station_s_token(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Whatever is asked and whatever breaks: not in a log, an answer or another file."""
    caplog.set_level(logging.DEBUG)
    story_id = sample_media.agreed_story(workspace)

    def broken(*_given: object) -> None:
        raise RuntimeError("not foreseen")

    with running_station(workspace) as station:
        token = station.address.token
        asking = StationClient(station.address.port, token)
        answers = [
            asking.post("/api/sessions", story=story_id, key="session-1"),
            asking.get(f"/api/nothing?token={token}"),
            asking.ask("GET", "/api/sessions", headers={"X-Station-Proof": f"{token}x"}),
            asking.ask("POST", "/api/sessions", raw=b"{", headers={"Content-Type": "text/plain"}),
        ]
        monkeypatch.setattr("capture.station.open_sessions.OpenSessions.create_session", broken)
        answers.append(asking.post("/api/sessions", story=story_id, key="session-2"))
        held = {
            path.name
            for path in workspace.root.rglob("*")
            if path.is_file() and token.encode() in path.read_bytes()
        }
    assert answers[0].status < 300
    assert answers[-1].status == 500
    written = capfd.readouterr()
    assert token not in caplog.text + written.out + written.err
    assert not [answer for answer in answers if token in f"{answer.data} {answer.headers}"]
    assert held == {workspace.station.name}
    assert stat.S_IMODE(workspace.station.parent.stat().st_mode) == 0o700


@pytest.mark.browser
def test_the_station_s_token_is_in_no_list_of_programs(
    workspace: Workspace, tmp_path: Path
) -> None:
    """The browser is given a page of this account’s alone, and that leads to the station."""
    arguments_file = tmp_path / "given.txt"
    program = tmp_path / "browser.py"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nopen({str(arguments_file)!r}, 'w').write(sys.argv[1])\n"
    )
    program.chmod(0o700)
    process = StationProcess(workspace)
    request = process.start(browser=f"{program} %s")
    try:
        until(lambda: arguments_file.exists() and arguments_file.read_text())
        text = arguments_file.read_text()
        assert text == workspace.station_launcher.as_uri()
        assert request.token not in text
        assert stat.S_IMODE(workspace.station_launcher.stat().st_mode) == 0o600
        browser = launch_chromium()
        page = browser.new_page()
        page.goto(text)
        page.wait_for_url(f"http://127.0.0.1:{request.port}/**")
        page.get_by_role("button", name="Begin a new recording").wait_for()
        browser.close()
        assert process.end()[0] == 0
    finally:
        process.kill()
    assert not workspace.station_launcher.exists()
