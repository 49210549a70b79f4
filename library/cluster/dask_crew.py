"""Workers of dask.distributed: the only module that knows Dask.

A worker gets one task at a time, from us and not from Dask's own scheduling, and is checked before:
so it is known whom to give work, and a task with a dead or hanging worker goes to another.
Answers are bytes. Nothing that a worker sends is unpickled here, where the library is.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import logging
import queue
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import dask.config
from distributed import Client, Future, LocalCluster, Security, get_worker

from library.cluster.choice import ClusterChoice
from library.cluster.dispatch import Cluster, CrewEvent, PatienceLimits
from library.cluster.share import MediaShare, new_share
from library.cluster.worker import do_order
from library.core.errors import CarerStoriesError, NotAllowed, ToolFailed

_ANSWER_SECONDS = 15
"""Seconds within which a scheduler must answer."""
_SAFE = ["msgpack", "dask", "error"]
"""Ways of Dask to read what was sent which execute nothing."""
_QUIET: dict[str, object] = {
    "logging.distributed": "critical",
    # Pages about the work, which anybody on the machine could open.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.comm.timeouts.connect": _ANSWER_SECONDS,
    # A worker with a large model is no fault: it is not to be ended for it.
    "distributed.worker.memory.terminate": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.target": False,
}


_one_thread = ThreadPoolExecutor(1, thread_name_prefix="task")
"""Of a worker: a library that computes is told its threads where it is called, and by thread."""


def run_order(order: bytes, ticket: str, topic: str) -> bytes:
    """Do an order on this worker, with as many threads as the worker has, and report progress."""
    _free_memory_as_elsewhere()
    worker = get_worker()

    def on_progress(done: int) -> None:
        worker.log_event(topic, {"ticket": ticket, "done": int(done)})

    threads = int(worker.state.nthreads)
    return _one_thread.submit(do_order, order, threads, on_progress).result()


_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt(3)


@functools.cache
def _free_memory_as_elsewhere() -> None:
    """Let this process keep freed memory, as glibc does by itself.

    Dask has its workers give back every 64 KB at once (`MALLOC_TRIM_THRESHOLD_`), which serves
    tables that are held for long. To recognise speech took 2.2 times the processor time so.
    """
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):  # musl has none
            libc.mallopt(_TRIM_THRESHOLD, 64 << 20)
            libc.mallopt(_MMAP_THRESHOLD, 32 << 20)


class DaskCrew:
    """The workers of one scheduler; see `library.cluster.dispatch.Crew`."""

    def __init__(self, client: Client, topic: str) -> None:
        self._client = client
        self._topic = topic
        self._addresses: dict[str, str] = {}
        self._futures: dict[str, Future] = {}
        self._events: queue.SimpleQueue[tuple[str, int | None]] = queue.SimpleQueue()
        client.subscribe_topic(topic, self._on_progress)

    def _on_progress(self, event: tuple[float, dict[str, Any]]) -> None:
        _, message = event
        self._events.put((str(message["ticket"]), int(message["done"])))

    def workers(self) -> Mapping[str, str]:
        """Return the workers that are there, by address and folder, which each process has anew.

        What Dask calls the id of a worker is its name, which one that was started again keeps.
        """
        with _while_there():
            workers = self._client.scheduler_info(n_workers=-1)["workers"]
        self._addresses = {
            f"{address} {info['local_directory']}": address for address, info in workers.items()
        }
        return self._addresses

    def start(self, ticket: str, worker: str, order: bytes) -> None:
        """Submit the work to this worker and to no other."""
        with _while_there():
            future = self._client.submit(
                run_order,
                order,
                ticket,
                self._topic,
                key=f"carer-stories-{ticket}",
                workers=[self._addresses[worker]],
                allow_other_workers=False,
                pure=False,
            )
        self._futures[ticket] = future
        future.add_done_callback(lambda _: self._events.put((ticket, None)))

    def cancel(self, ticket: str) -> None:
        """Forget the work; Dask frees what it holds of it."""
        future = self._futures.pop(ticket, None)
        if future is not None:
            with contextlib.suppress(Exception):  # it is of no more use, whatever became of it
                future.cancel()

    def next_event(self, timeout: float) -> CrewEvent | None:
        """Return the next progress or end of work; see `Crew`."""
        try:
            ticket, done = self._events.get(timeout=timeout)
        except queue.Empty:
            return None
        if done is not None:
            return CrewEvent(ticket, done=done)
        future = self._futures.get(ticket)
        if future is None:
            return None
        return CrewEvent(ticket, answer=self._answer_of(future))

    def _answer_of(self, future: Future) -> bytes | None:
        if future.status != "finished":
            return None
        try:
            answer = future.result(timeout=_ANSWER_SECONDS)
        except Exception:  # lost on its way, or not of a kind that is read here
            return None
        return answer if isinstance(answer, bytes) else None


@contextlib.contextmanager
def _while_there() -> Iterator[None]:
    """Raise ToolFailed where the scheduler does not answer any more."""
    try:
        yield
    except CarerStoriesError:
        raise
    except Exception as error:
        raise ToolFailed(
            "The cluster does not answer any more.",
            "Start it again, then run the same command: what is finished is kept.",
        ) from error


@contextlib.contextmanager
def open_cluster(
    choice: ClusterChoice,
    threads: int,
    say: Callable[[str], None],
    limits: PatienceLimits | None = None,
) -> Iterator[Cluster]:
    """Start workers here, or connect to those there are, and open a share for this run.

    `threads` is what each local worker computes with. At the end, whatever it was, the work is
    cancelled, the share is emptied and what was started here is ended. Raises NotAllowed for a
    connection without encryption to another machine, ToolFailed where nothing answers.
    """
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with contextlib.ExitStack() as stack, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Dask's advice is for whoever writes programs with it
        stack.enter_context(dask.config.set(_QUIET))
        if choice.count:
            folder = stack.enter_context(
                tempfile.TemporaryDirectory(prefix="carer-stories-", ignore_cleanup_errors=True)
            )
            address = new_share(Path(folder, "share").as_uri())
            client = stack.enter_context(_started_here(choice.count, threads, Path(folder)))
        else:
            address = new_share(choice.share)
            client = stack.enter_context(_connected(choice.address))
        share = MediaShare(address)
        stack.callback(_empty, share)
        crew = DaskCrew(client, f"carer-stories-{address.run}")
        yield Cluster(crew, share, say, limits or PatienceLimits())


def _empty(share: MediaShare) -> None:
    # What is left there can be read by nobody: no reason to hide how the work itself ended.
    with contextlib.suppress(CarerStoriesError):
        share.remove_all()


_NO_INTERRUPT = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
"""Run by each worker that was started here: Ctrl-C goes to all of them, and this process ends them;
else each would print a traceback."""


def local_workers(count: int, threads: int, folder: Path, security: Security) -> LocalCluster:
    """Start worker processes on this machine; `folder` is for what they keep on its disk."""
    with dask.config.set({**_QUIET, "temporary-directory": str(folder)}):
        return LocalCluster(
            n_workers=count,
            threads_per_worker=threads,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            memory_limit=0,
            security=security,
            silence_logs=logging.CRITICAL,
            preload=[_NO_INTERRUPT],
            # So that what a killed worker leaves is gone with this run.
            env={"TMPDIR": str(folder)},
        )


@contextlib.contextmanager
def _started_here(count: int, threads: int, folder: Path) -> Iterator[Client]:
    # Certificates of this run alone, also on one machine: whoever reaches a scheduler without any
    # may have it run what they like, as the account it runs as.
    security = Security.temporary()
    with (
        local_workers(count, threads, folder, security) as cluster,
        Client(cluster, security=security, deserializers=_SAFE) as client,
    ):
        yield client


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Client]:
    security = Security()
    if address.startswith("tls://") and not security.tls_client_cert:
        raise NotAllowed(
            f"No certificate is set with which to speak to {address}.",
            "Name it in Dask’s settings, as docs/scale.md shows.",
        )
    try:
        client = Client(address, security=security, timeout=_ANSWER_SECONDS, deserializers=_SAFE)
    except (OSError, ValueError, TimeoutError) as error:
        raise ToolFailed(
            f"No cluster answers at {address}.",
            "Check the address, and that its scheduler runs and accepts your certificate: "
            "docs/scale.md",
        ) from error
    with client:
        yield client
