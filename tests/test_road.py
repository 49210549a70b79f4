"""The whole road from an installed wheel, with the repository out of reach.

The demonstration runs every command on real media through the real Whisper code; what it leaves is
then looked at as staff, an editor and a careless user would.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.command_line import ROOT

pytestmark = pytest.mark.slow
WATCHED = """
import os, sys

OWN = ("127.", "::1", "localhost", "0.0.0.0")

def watch(event, values):
    if event in ("socket.connect", "socket.sendto"):
        to = values[1]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        to = values
    else:
        return
    if isinstance(to, tuple) and not str(to[0]).startswith(OWN):
        with open(os.path.join(os.path.dirname(__file__), "asked-for.txt"), "a") as file:
            print(event, to, file=file)
        raise PermissionError("the road goes nowhere but this machine")

sys.addaudithook(watch)
"""
UNRELEASED_WORDS = ("Rosalind", "Winifred", "sweet peas", "What to do at night")


@dataclass(frozen=True)
class Installed:
    """The product as installed from its wheel, and the demonstration it made."""

    python: Path
    home: Path
    demo: Path
    printed: str

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.python, "-m", "carer_stories", *arguments],
            cwd=self.demo,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
            env=bare_environment(),
        )

    def status(self) -> list[dict[str, object]]:
        entries: list[dict[str, object]] = json.loads(self.run("status", "--json").stdout)
        return entries


def bare_environment() -> dict[str, str]:
    """No path that leads back to the repository, and one thread: other workers compute beside."""
    passed_on = ("HOME", "LANG", "TMPDIR", "SYSTEMROOT")
    return {
        **{name: os.environ[name] for name in passed_on if name in os.environ},
        "PATH": os.defpath,
        "OMP_NUM_THREADS": "1",
    }


def install_wheel(into: Path) -> Path:
    """Build the wheel and install it alone; its dependencies are this environment's own."""
    built = into / "built"
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", built, ROOT],
        check=True,
        capture_output=True,
    )
    (wheel,) = built.glob("*.whl")
    environment = into / "venv"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    (packages,) = environment.glob("lib/python*/site-packages")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--target",
            packages,
            wheel,
        ],
        check=True,
    )
    # The third-party packages of this run, after the wheel's own; `addsitedir` would also follow
    # the editable install back to the repository, so the path is added bare.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    (packages / "watched.py").write_text(WATCHED)
    (packages / "watched.pth").write_text("import watched\n")
    return python


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    home = tmp_path_factory.mktemp("installed")
    python = install_wheel(home)
    result = subprocess.run(
        [python, "-m", "carer_stories", "demo", "demonstration"],
        cwd=home,
        capture_output=True,
        text=True,
        timeout=1800,  # it ends what hangs: beside five busy workers it may take ten minutes
        check=False,
        env=bare_environment(),
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return Installed(python, home, home / "demonstration", result.stdout)


def test_the_handbooks_come_with_the_wheel_as_pages(installed: Installed) -> None:
    copied = installed.run("handbooks", str(installed.home / "handbooks"))
    assert copied.returncode == 0, copied.stderr
    assert "Backups" in (installed.home / "handbooks" / "it" / "backup.html").read_text()
    (named,) = re.findall(r"\((\S+backup\.html)\)", installed.run("doctor").stdout)
    assert Path(named).is_file()


def test_it_runs_from_the_wheel_and_not_from_the_repository(installed: Installed) -> None:
    code = "import carer_stories, publish, library; print(carer_stories.__file__, library.__file__)"
    result = subprocess.run(
        [installed.python, "-c", code],
        cwd=installed.home, capture_output=True, text=True, check=True, env=bare_environment(),
    )  # fmt: skip
    assert str(ROOT / "library") not in result.stdout
    assert str(installed.home) in result.stdout


def test_no_part_of_it_asks_another_machine_for_anything(installed: Installed) -> None:
    code = "import socket; socket.create_connection(('192.0.2.1', 80))"
    result = subprocess.run(
        [installed.python, "-c", code], capture_output=True, text=True, check=False
    )  # 192.0.2.1: an address for examples, RFC 5737
    (record,) = installed.home.rglob("asked-for.txt")
    assert "goes nowhere but this machine" in result.stderr
    (only,) = record.read_text().splitlines()
    assert only.startswith("socket.getaddrinfo ('192.0.2.1', 80"), "and nothing before it"


def test_three_stories_are_released_and_one_is_not(installed: Installed) -> None:
    states = sorted(str(story["state"]) for story in installed.status())
    assert states == ["filmed", "released", "released", "released"]
    unreleased = next(story for story in installed.status() if story["state"] == "filmed")
    assert unreleased["reasons"] == [
        "The contributor has not signed off a film.",
        "No editor has approved a film.",
    ]
    for reason in unreleased["reasons"]:
        assert str(reason) in installed.printed, "the demonstration says what was refused and why"


def test_every_interview_was_recognised_from_its_sound(installed: Installed) -> None:
    """The limits that the project promised for its checkpoint, on the transcripts it made here."""
    from scripts.demo.measure import compare
    from scripts.demo.script import stories
    from transcribe.words import read_transcript

    scripts = {script.title: script for script in stories()}
    for story in installed.status():
        folder = installed.demo / "interviews" / "stories" / str(story["id"])
        words = read_transcript(folder / "transcript.json").words
        heard = [(word.text, word.start / 1000) for word in words]
        error, start = compare(scripts[str(story["title"])], heard)
        assert error <= 0.05, f"{story['title']}: {error:.1%} word errors"
        assert start <= 0.15, f"{story['title']}: word starts {start:.3f} s off (median)"


def test_nothing_of_the_unreleased_story_is_public(installed: Installed) -> None:
    unreleased = next(story for story in installed.status() if story["state"] == "filmed")
    story_id = str(unreleased["id"])
    folder = installed.demo / "interviews" / "stories" / story_id
    media = {
        path.read_bytes() for path in folder.iterdir() if path.suffix in {".mp4", ".jpg", ".m4a"}
    }
    needles = [word.encode() for word in (*UNRELEASED_WORDS, story_id)]
    for folder in (installed.demo / "public", installed.demo / "interviews" / "edition"):
        for path in (path for path in folder.rglob("*") if path.is_file()):
            content = path.read_bytes()
            assert not [needle for needle in needles if needle in content], path
            assert content not in media, path
            assert story_id not in path.name


def test_the_pages_hold_what_was_said(installed: Installed) -> None:
    released = [story for story in installed.status() if story["state"] == "released"]
    pages = ""
    for story in released:
        page = (installed.demo / "public" / "stories" / f"{story['id']}.html").read_text()
        assert str(story["title"]) in page
        assert "What would you like staff to know?" in page
        pages += page
    assert "completely different experience" in pages


def test_the_demo_model_is_never_used_silently(installed: Installed) -> None:
    assert "demonstration" in installed.printed
    assert "knows only" in installed.printed


def test_verify_and_doctor_find_it_well(installed: Installed) -> None:
    assert installed.run("verify").returncode == 0
    result = installed.run("doctor")
    assert result.returncode in {0, 1}, result.stderr
    assert "Problem  Whisper" not in result.stdout


def test_a_changed_caption_shuts_the_gate_and_a_withdrawal_empties_the_site(
    installed: Installed, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(installed.demo, copy)
    copied = Installed(installed.python, installed.home, copy, "")
    first, second, _ = [
        str(story["id"]) for story in copied.status() if story["state"] == "released"
    ]

    captions = copy / "interviews" / "stories" / first / "captions.vtt"
    captions.write_text(captions.read_text().replace("the", "teh", 1))
    assert copied.run("site", "build").returncode == 0
    assert not (copy / "public" / "stories" / f"{first}.html").exists()
    assert "captions.vtt is not as it was" in copied.run("status", first).stdout
    assert copied.run("verify").returncode == 5

    result = copied.run("withdraw", second, "--yes")
    assert result.returncode == 0, result.stdout + result.stderr
    assert second not in "".join(p.as_posix() for p in (copy / "public").rglob("*"))


def test_a_bare_init_is_a_working_library(installed: Installed) -> None:
    result = subprocess.run(
        [installed.python, "-m", "carer_stories", "init", "new-library"],
        cwd=installed.home, capture_output=True, text=True, check=False, env=bare_environment(),
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    library = Installed(installed.python, installed.home, installed.home / "new-library", "")
    assert library.status() == []
    assert library.run("site", "build").returncode == 0
    assert (library.demo / "public" / "index.html").is_file()
