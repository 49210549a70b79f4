"""Fixtures of every test: a fresh workspace, and the command line as a user meets it."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from datetime import timedelta
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from library.core import clock
from library.core.workspace import Workspace
from tests.support import unflushed_disk
from tests.support.command_line import ROOT, CommandResult
from tests.support.file_order import NOT_IN_FAST_RUN, place_in_run
from tests.support.large_pages import use_large_pages
from tests.support.sample_media import MADE_ONCE
from tests.support.workspaces import make_workspace

REAL_SPEECH = ROOT / "tests/transcribe/test_real_speech.py"
"""Tests on recordings and a model that are not ours, and lie outside the project."""
pytest_plugins = [
    "tests.support.kept_memory",
    "tests.support.one_thread",
    "tests.support.site_fixtures",
]
unflushed_disk.take_its_place()
# As the product does it: here something else may bring PyTorch in first.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# A busy machine is no failure: what must be quick has a test of its own.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")
# Nothing that collection makes is garbage: looking for some takes a fifth of its time.
gc.disable()
if "PYTEST_XDIST_WORKER" in os.environ:
    # Beside other workers, threads of NumPy, PyTorch and engines mostly wait for each other.
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--fast", action="store_true", help="only what `make test-fast` runs")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    # `make test-real` says so where nothing is named: no run can install somebody's recordings.
    if collection_path == REAL_SPEECH and not os.environ.get("CARER_STORIES_REAL_SPEECH"):
        return True
    if not config.getoption("--fast") or not collection_path.is_relative_to(ROOT):
        return None
    return collection_path.relative_to(ROOT).as_posix() in NOT_IN_FAST_RUN or None


def pytest_configure(config: pytest.Config) -> None:
    """Give all workers of a run one folder for what they need alike: one of them makes it."""
    if not hasattr(config, "workerinput"):
        folder = tempfile.TemporaryDirectory(prefix="made-once-")
        config.add_cleanup(folder.cleanup)
        os.environ[MADE_ONCE] = folder.name  # which its workers inherit


LAST_COLLECTED = ROOT / "tests/transcribe/__pycache__"


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Let one worker of a fresh checkout collect first: what it compiled, the others only read.

    Each of them would else compile every file of tests, which takes longer than all else of it.
    """
    if not hasattr(session.config, "workerinput") or LAST_COLLECTED.exists():
        return (yield)
    compiled = Path(session.config.option.basetemp).parent / "compiled"
    with FileLock(f"{compiled}.lock"):
        if not compiled.exists():
            collected = yield
            compiled.touch()
            return collected
    return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place_in_run(item.nodeid.partition("::")[0]))
    for item in items:
        if item.get_closest_marker("browser"):
            # Twice in one run is the page's fault; once may be a busy machine's. Both are named.
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_sessionstart(session: pytest.Session) -> None:
    if session.config.getoption("dist", "no") != "no":
        gc.enable()  # its workers collect


def pytest_collection_finish() -> None:
    """Freeze what is imported: no search for garbage looks at it, and forks copy little of it."""
    gc.collect()
    gc.freeze()
    use_large_pages()
    gc.enable()


LONGEST_PART_OF_A_TEST = timedelta(seconds=45)


def pytest_runtest_setup() -> None:
    """Begin no test just before midnight: pages and records of two days would be compared."""
    started = clock.today()
    while clock.today() == started != clock.day_of(clock.moment() + LONGEST_PART_OF_A_TEST):
        time.sleep(0.5)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace as `carer-stories init` makes it."""
    return make_workspace(tmp_path / "library")


@pytest.fixture
def run_cli(
    workspace: Workspace, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., CommandResult]:
    """Run `carer-stories …` in the workspace, in this process: quick, and the same code path."""
    import carer_stories

    monkeypatch.chdir(workspace.root)
    monkeypatch.delenv("CARER_STORIES_WORKSPACE", raising=False)
    monkeypatch.delenv("CARER_STORIES_BY", raising=False)

    def run(*arguments: str | Path) -> CommandResult:
        capfd.readouterr()
        code = carer_stories.run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return CommandResult(code, out, err)

    return run


@pytest.fixture
def spawn_cli(workspace: Workspace) -> Callable[..., CommandResult]:
    """Run `carer-stories …` in the workspace as a process of its own."""

    def run(*arguments: str | Path) -> CommandResult:
        done = subprocess.run(
            [sys.executable, "-m", "carer_stories", *map(str, arguments)],
            cwd=workspace.root,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return CommandResult(done.returncode, done.stdout, done.stderr)

    return run


def pytest_make_parametrize_id(val: object) -> str | None:
    """Bytes are no name for a test: archives hold the time, and differ between two workers.

    Nor is how many there are: packed, a later time may take one more.
    """
    return "bytes" if isinstance(val, bytes) else None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """On CI everything can be installed: a test that is skipped there guards nothing."""
    report = yield
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"With CI set nothing may be skipped. {reason}"
    return report
