"""Transcribe several stories, one after the other or in parallel processes."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from library.core.errors import CarerStoriesError, ToolFailed
from library.core.workspace import Workspace
from transcribe.engines.models import FASTER, Model, converted_model, load_engine
from transcribe.engines.protocol import MAX_THREADS, Engine, TranscriptionOptions, usable_cores
from transcribe.pipeline import TranscriptionResult, TranscriptionTask, transcribe_story

if TYPE_CHECKING:
    from capture.media.run_ffmpeg import ProgressStep

TranscriptionOutcome = tuple[TranscriptionTask, TranscriptionResult | CarerStoriesError]


@dataclass(frozen=True)
class EngineSetup:
    """The engine, model and options to transcribe with."""

    engine: str
    model: Model
    workspace: Workspace
    options: TranscriptionOptions = field(default_factory=TranscriptionOptions)
    device: str = "auto"

    def load(self, threads: int | None = None) -> Engine:
        return load_engine(
            self.engine, self.model, self.workspace, device=self.device, threads=threads
        )


def transcribe_all(
    tasks: Sequence[TranscriptionTask], setup: EngineSetup, open_step: ProgressStep, jobs: int = 1
) -> Iterator[TranscriptionOutcome]:
    """Transcribe every story, and yield each with its result or the error that it failed with.

    A story that fails does not stop the others. `open_step` shows progress in milliseconds of
    recording. With several `jobs` each process loads the model for itself and gets
    its share of the cores. Raises as the engines do when they load.
    """
    if min(jobs, len(tasks)) <= 1:
        yield from _in_turn(tasks, setup, open_step)
    else:
        yield from _side_by_side(tasks, setup, open_step, min(jobs, len(tasks)))


def _in_turn(
    tasks: Sequence[TranscriptionTask], setup: EngineSetup, open_step: ProgressStep
) -> Iterator[TranscriptionOutcome]:
    engine = setup.load()
    for task in tasks:
        with open_step(f"Transcribing {task.story.id}", task.length_ms) as on_progress:
            result = _transcribe(task, setup, engine, on_progress)
        # Each as it is done: a later failure takes nothing from an earlier story.
        yield task, result


def _transcribe(
    task: TranscriptionTask, setup: EngineSetup, engine: Engine, on_progress: Callable[[int], None]
) -> TranscriptionResult | CarerStoriesError:
    try:
        return transcribe_story(task, engine, setup.model, setup.options, on_progress)
    except CarerStoriesError as error:
        return error


# Side by side


def _side_by_side(
    tasks: Sequence[TranscriptionTask], setup: EngineSetup, open_step: ProgressStep, jobs: int
) -> Iterator[TranscriptionOutcome]:
    if setup.engine == FASTER:
        converted_model(setup.model, setup.workspace)  # here, not by every process at the same time
    # Not forked: a fork of a process with threads and a loaded library may hang for ever.
    context = multiprocessing.get_context("spawn")
    progress_queue = context.Queue()
    total = sum(task.length_ms for task in tasks)
    label = f"Transcribing {len(tasks)} stories, {jobs} at a time"
    with (
        open_step(label, total) as on_progress,
        _summed_progress(progress_queue, on_progress),
        ProcessPoolExecutor(
            jobs,
            context,
            initializer=_start_worker,
            initargs=(setup, share_of_cores(jobs), progress_queue),
        ) as pool,
    ):
        futures = [pool.submit(_transcribe_in_worker, task) for task in tasks]
        try:
            results = [_result_of(future) for future in futures]
        except BaseException:
            for future in futures:
                # Those that have not begun; leaving the pool waits for the others.
                future.cancel()
            raise
    yield from zip(tasks, results, strict=True)


def share_of_cores(jobs: int) -> int:
    """Return the number of threads for each of `jobs` processes."""
    return max(1, min(usable_cores() // jobs, MAX_THREADS))


def _result_of(
    future: Future[TranscriptionResult | CarerStoriesError],
) -> TranscriptionResult | CarerStoriesError:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise ToolFailed(
            "A process that transcribed ended by itself, perhaps because memory ran out.",
            "Run the same command again, with fewer --jobs: pieces that are finished are kept.",
        ) from error


@contextlib.contextmanager
def _summed_progress(progress_queue: Any, on_progress: Callable[[int], None]) -> Iterator[None]:
    """Report the sum of what the processes have put into `progress_queue`, during the block."""
    done: dict[str, int] = {}

    def listen() -> None:
        for story, ms in iter(progress_queue.get, None):
            done[story] = ms
            on_progress(sum(done.values()))

    # A thread, as the command itself waits for results meanwhile.
    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield
    finally:
        progress_queue.put(None)
        listener.join(timeout=5)  # a killed worker may have left the queue locked


class _Worker:
    """State of one process of the pool; the model is loaded with the first story."""

    def __init__(self, setup: EngineSetup, threads: int, progress_queue: Any) -> None:
        self.setup = setup
        self.progress_queue = progress_queue
        self._threads = threads
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            self._engine = self.setup.load(self._threads)
        return self._engine


_worker: _Worker | None = None


def _start_worker(setup: EngineSetup, threads: int, progress_queue: Any) -> None:
    """Set up a process of the pool, which ends whenever the command ends, even if killed."""
    global _worker
    # Ctrl+C goes to the whole process group: each process ends at once, without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _worker = _Worker(setup, threads, progress_queue)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # sys.exit would end this thread only


def _transcribe_in_worker(
    task: TranscriptionTask,
) -> TranscriptionResult | CarerStoriesError:
    worker = _worker
    assert worker is not None  # noqa: S101 - the pool began with _start_worker
    try:
        engine = worker.engine
    except CarerStoriesError as error:
        return error
    return _transcribe(
        task, worker.setup, engine, lambda ms: worker.progress_queue.put((task.story.id, ms))
    )
