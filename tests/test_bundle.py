"""The recipe of the download, part by part. It is built and tried by hand: CONTRIBUTING.md."""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

import pytest

from library.core.settings import load_settings
from library.core.workspace import Workspace
from scripts.bootstrap import _entries
from scripts.bundle import make, start
from tests.support.command_line import ROOT

LAUNCHERS = ("Practise a recording", "Record an interview", "See the demonstration")
SYSTEMS = ("linux", "macos", "windows")


def test_every_package_of_the_download_is_pinned_and_pytorch_is_not_among_them() -> None:
    needed = make.packages_of_download()
    pinned = {make.canonicalize_name(name) for name in _entries()}
    assert needed <= pinned
    assert {"faster-whisper", "onnxruntime", "lxml", "mkdocs-material", "werkzeug"} <= needed
    assert not {"torch", "openai-whisper", "numba", "triton", "pytest"} & needed


def test_what_builds_it_is_pinned_with_hashes() -> None:
    text = (ROOT / "scripts/bundle/requirements.txt").read_text()
    assert re.search(r"^pyinstaller==[\d.]+ ", text, re.M)
    assert len(re.findall(r"^[\w-]+==.*\\\n    --hash=sha256:", text, re.M)) == len(
        re.findall("^[a-z]", text, re.M)
    )
    assert "://" not in text


def test_the_standard_library_comes_whole_and_without_what_is_under_the_gpl() -> None:
    modules = make.standard_modules()
    assert {"sqlite3", "ssl", "ctypes", "zoneinfo", "multiprocessing"} <= set(modules)
    assert not {"readline", "_gdbm", "tkinter", "idlelib"} & set(modules)


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_system_has_the_same_files_to_double_click(system: str) -> None:
    folder = ROOT / "scripts/bundle/launchers" / system
    read_me = (folder / "READ ME FIRST.txt").read_text(encoding="utf-8")
    begun = {}
    for path in folder.iterdir():
        if path.suffix == ".txt":
            continue
        text = path.read_bytes().decode()
        assert path.stem in read_me
        assert (text.count("\r\n") == text.count("\n")) == (system == "windows")
        (begun[path.stem],) = re.findall(rf"{start.BEGIN} (\w+)", text)
    assert sorted(begun) == sorted(LAUNCHERS)
    assert sorted(begun.values()) == ["demonstration", "practice", "recording"]


def test_libraries_are_begun_in_the_home_folder_and_never_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "Bärbel Größer")
    home = tmp_path / "Bärbel Größer" / "Carer Stories"
    lines: list[list[str]] = []

    def run(arguments: list[str]) -> int:
        lines.append(arguments)
        return 0

    assert start.begin("practice", run) == 0
    practice = Workspace(home / "practice")
    assert load_settings(practice).fictional
    before = practice.settings.stat().st_mtime_ns
    assert start.begin("practice", run) == 0
    assert practice.settings.stat().st_mtime_ns == before
    assert start.begin("recording", run) == 0
    (home / "library").mkdir()
    assert start.begin("recording", run) == 0
    assert start.begin("demonstration", run) == 0
    station = ["capture", "station"]
    assert lines == [
        *[["--workspace", str(home / "practice"), *station]] * 2,
        ["init", str(home / "library"), "--yes"],
        *[["--workspace", str(home / "library"), *station]] * 2,
        ["demo", str(home / "demonstration"), "--open"],
    ]
    assert start.begin("anything", run) == 2
    assert "--begin practice" in capsys.readouterr().out


def test_the_program_starts_modules_of_its_own_and_no_others() -> None:
    module = "capture.media.probe_subprocess"
    assert start.module_of(["-P", "-B", "-m", module, "a file"]) == (module, ["a file"])
    for line in (["-m", "http.server"], ["-m"], ["-c", "1"], ["status", "-m", module], []):
        assert start.module_of(line) is None


def test_the_zip_keeps_what_may_be_run_and_where_links_lead(tmp_path: Path) -> None:
    folder = tmp_path / "carer-stories-1"
    (folder / "program").mkdir(parents=True)
    (folder / "program" / "ffmpeg").write_bytes(b"x")
    (folder / "program" / "ffmpeg").chmod(0o755)
    (folder / "program" / "link").symlink_to("ffmpeg")
    make.write_sums(folder)
    with zipfile.ZipFile(make.pack(folder, tmp_path)) as packed:
        modes = {entry.filename: entry.external_attr >> 16 for entry in packed.infolist()}
        assert modes["carer-stories-1/program/ffmpeg"] & 0o111
        assert packed.read("carer-stories-1/program/link") == b"ffmpeg"
        assert packed.read("carer-stories-1/SHA256SUMS").endswith(b"  program/ffmpeg\n")


@pytest.mark.parametrize(
    ("path", "is_wanted"),
    [
        ("av/__init__.py", True),
        ("tests/__init__.py", True),
        ("numpy/_core/tests/test_x.py", False),
        ("PIL/_imaging.pyi", False),
        ("ctranslate2.libs/libgomp-a34b3233.so.1.0.0", True),
    ],
)
def test_only_sources_and_tests_of_others_are_left_out(path: str, is_wanted: bool) -> None:
    assert make.is_wanted(tuple(path.split("/"))) == is_wanted


def test_its_own_python_is_named_in_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    from library.core.installation import command_to_mend

    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert sys.executable not in command_to_mend(("av>=14",))
