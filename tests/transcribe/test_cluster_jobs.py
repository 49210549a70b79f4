"""Stories transcribed by three worker processes, as on one machine to the byte.

Dask is imported where it is needed: every worker of a run reads this file, and one runs it.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from library.cluster.task import WorkOrder, unpack
from library.core.workspace import StoryFolder, Workspace
from tests.support.command_line import CommandResult
from tests.support.speech_samples import demo_speech, write_wav
from transcribe import jobs
from transcribe.engines import chunks
from transcribe.words import Transcript

Made = Callable[..., tuple[Workspace, StoryFolder, Transcript]]


@dataclass(frozen=True)
class RunningCluster:
    """Three workers with certificates, as an administrator starts them."""

    address: str
    cluster: Any

    def process_at(self, address: str) -> int:
        nannies = self.cluster.workers.values()
        return next(nanny.pid for nanny in nannies if nanny.worker_address == address)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Iterator[RunningCluster]:
    import dask.config
    from distributed import Security

    from library.cluster import dask_crew

    security = Security.temporary()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("caches")))
        patch.setenv("NUMBA_DISABLE_JIT", "1")
        folder = tmp_path_factory.mktemp("workers")
        certificates = {
            "distributed.comm.tls.ca-file": security.tls_ca_file,
            "distributed.comm.tls.client.cert": security.tls_client_cert,
            "distributed.comm.tls.client.key": security.tls_client_key,
        }
        with (
            dask.config.set(certificates),
            dask_crew.local_workers(3, 1, folder, security) as cluster,
        ):
            # One that is killed stays dead: to start another takes seconds.
            for nanny in cluster.workers.values():
                nanny.auto_restart = False
            yield RunningCluster(cluster.scheduler_address, cluster)


@pytest.fixture
def two_stories(
    transcribed: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[StoryFolder]:
    """Two stories that wait, each in two pieces of two to three seconds."""
    monkeypatch.setattr(chunks, "MIN_CHUNK_MS", 2_000)
    monkeypatch.setattr(chunks, "MAX_CHUNK_MS", 4_000)
    sound = demo_speech(tmp_path)
    folders = []
    for number in range(2):
        _, folder, _ = transcribed()
        folder.transcript.unlink()
        start = number * 10 * 16_000
        write_wav(folder.speech, sound[start : start + 5 * 16_000])
        folders.append(folder)
    return folders


@pytest.mark.slow
def test_a_cluster_comes_to_the_same_bytes_though_stopped_and_a_worker_is_killed(
    run_cli: Callable[..., CommandResult],
    two_stories: list[StoryFolder],
    running: RunningCluster,
    checkpoint: Path,
    tmp_path: Path,
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl+C after a piece; gone on with, and a worker dies at its piece; as one machine alone."""
    from library.cluster import dask_crew

    undisturbed = Workspace(tmp_path / "undisturbed")
    shutil.copytree(workspace.root, undisturbed.root)
    share = tmp_path / "share"
    share.mkdir()
    orders: list[bytes] = []
    stopped_process: list[int] = []
    start = dask_crew.DaskCrew.start

    def noted(crew: Any, ticket: str, worker: str, order: bytes) -> None:
        orders.append(order)
        # In the second run, the first that is given a piece stands still with it …
        if second_run and not stopped_process and hearings([order]):
            stopped_process.append(running.process_at(crew._addresses[worker]))
            os.kill(stopped_process[0], signal.SIGSTOP)
        start(crew, ticket, worker, order)

    def killing(folder: Path, chunk: chunks.Chunk, words: chunks.ChunkWords) -> None:
        save(folder, chunk, words)
        # … and is killed when another has done a piece.
        if stopped_process[0]:
            os.kill(stopped_process[0], signal.SIGKILL)
            stopped_process[0] = 0

    second_run = False

    monkeypatch.setattr(dask_crew.DaskCrew, "start", noted)
    options = ("--all-waiting", "--engine", "faster", "--model", checkpoint)
    on_cluster = ("transcribe", *options, "--cluster", running.address, "--share", share)
    save = chunks.save_words

    def interrupting(folder: Path, chunk: chunks.Chunk, words: chunks.ChunkWords) -> None:
        save(folder, chunk, words)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(chunks, "save_words", interrupting)
        stopped = run_cli(*on_cluster)
    assert (stopped.code, "Stopped." in stopped.err) == (130, True), stopped.err
    assert files_below(share) == []
    assert len(pieces_of(two_stories)) == 1

    first_run = hearings(orders)
    orders.clear()
    second_run = True
    with monkeypatch.context() as patch:
        patch.setattr(chunks, "save_words", killing)
        finished = run_cli(*on_cluster)
    assert stopped_process
    assert finished.code == 0, finished.err
    assert " ended. cs-" in finished.err, finished.err
    assert "is done on another one." in finished.err
    assert files_below(share) == []
    # Of four pieces three were left, and that of the worker which died was handed out twice.
    assert len(first_run) >= 1
    assert (len(hearings(orders)), len(set(hearings(orders)))) == (4, 3)
    # No order names a story or anybody.
    for word in (*(folder.root.name for folder in two_stories), "Ruth", "Nobody would"):
        assert not any(word.encode() in order for order in orders), word

    alone = run_cli("--workspace", undisturbed.root, "transcribe", *options)
    assert alone.code == 0, alone.err
    for folder in two_stories:
        for path in (folder.transcript, folder.editors_copy):
            whole = undisturbed.story(folder.root.name).root / path.name
            assert path.read_bytes() == whole.read_bytes()
        assert not folder.chunks.exists()


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def pieces_of(folders: list[StoryFolder]) -> list[Path]:
    return [path for folder in folders for path in folder.chunks.glob("[!.]*.json")]


def hearings(orders: list[bytes]) -> list[str]:
    """The sound of each piece that was handed out."""
    tasks = [unpack(order, WorkOrder).task for order in orders]
    return [task.files[-1].sha256 for task in tasks if task.kind == "hear"]


def test_what_is_not_there_is_said_before_any_work(
    run_cli: Callable[..., CommandResult],
    two_stories: list[StoryFolder],
    checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import dask.config

    from library.cluster import dask_crew

    monkeypatch.setattr(dask_crew, "_ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(jobs.EngineSetup, "load_all", None)
    options = ("transcribe", "--all-waiting", "--engine", "faster", "--model", checkpoint)

    def on(address: str) -> CommandResult:
        return run_cli(*options, "--cluster", address, "--share", tmp_path)

    nobody = on("tcp://127.0.0.1:9")
    assert (nobody.code, nobody.err.splitlines()[0]) == (
        9,
        "No cluster answers at tcp://127.0.0.1:9.",
    )
    with dask.config.set({"distributed.comm.tls.client.cert": None}):
        without = on("tls://127.0.0.1:9")
    assert without.code == 4
    assert "No certificate is set with which to speak to tls://127.0.0.1:9." in without.err
    assert run_cli(*options, "--cluster", "local:2", "--jobs", "2").code == 2
    assert run_cli(*options, "--share", tmp_path).code == 2
    monkeypatch.setattr("library.cli.cluster.importlib.util.find_spec", lambda _: None)
    lacking = on("tcp://127.0.0.1:9")
    assert lacking.code == 8
    assert 'Install it: pip install "carer-stories[cluster]"' in lacking.err
    assert not any(folder.transcript.exists() for folder in two_stories)
