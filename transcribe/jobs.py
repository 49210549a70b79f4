"""Transcribe several stories, one after the other or in parallel processes."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, NamedTuple

from library.core.counting import counted
from library.core.errors import CarerStoriesError, ToolFailed
from library.core.workspace import Workspace
from transcribe.engines.models import FASTER, Model, converted_model, load_engine
from transcribe.engines.protocol import MAX_THREADS, Engine, TranscriptionOptions, usable_cores
from transcribe.pipeline import (
    Checker,
    TranscriptionResult,
    TranscriptionTask,
    transcribe_story,
)

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
    check_model: Model | None = None
    """A second model that listens as well."""
    is_check_asked: bool = True
    """Set where somebody named that model: one that was only here is done without if it fails."""

    def load(self, threads: int | None = None) -> Engine:
        return self._load(self.model, threads)

    def load_all(self, threads: int | None = None) -> LoadedEngines:
        """Load the engine with its model, and once more with the second model if there is one."""
        return LoadedEngines(self.load(threads), self._load_checker(threads))

    def _load_checker(self, threads: int | None) -> Checker | None:
        model = self.check_model
        if model is None:
            return None
        try:
            return Checker(self._load(model, threads), model, is_asked=self.is_check_asked)
        except CarerStoriesError:
            if self.is_check_asked:
                raise
            return None

    def _load(self, model: Model, threads: int | None) -> Engine:
        return load_engine(self.engine, model, self.workspace, device=self.device, threads=threads)


class LoadedEngines(NamedTuple):
    """Engine that transcribes, and the one that listens a second time."""

    engine: Engine
    checker: Checker | None


def transcribe_all(
    tasks: Sequence[TranscriptionTask], setup: EngineSetup, open_step: ProgressStep, jobs: int = 1
) -> Iterator[TranscriptionOutcome]:
    """Transcribe every story, and yield each with its result or the error that it failed with.

    A story that fails does not stop the others, nor does a process that is killed. `open_step`
    shows progress in milliseconds of recording. With several `jobs` each process loads the model
    for itself and gets its share of the cores. Raises as the engines do when they load.
    """
    if min(jobs, len(tasks)) <= 1:
        yield from _in_turn(tasks, setup, open_step)
    else:
        yield from _side_by_side(tasks, setup, open_step, min(jobs, len(tasks)))


def _in_turn(
    tasks: Sequence[TranscriptionTask], setup: EngineSetup, open_step: ProgressStep
) -> Iterator[TranscriptionOutcome]:
    engines = setup.load_all()
    for task in tasks:
        with open_step(f"Transcribing {task.story.id}", task.length_ms) as on_progress:
            result = _transcribe(task, setup, engines, on_progress)
        # Each as it is done: a later failure takes nothing from an earlier story.
        yield task, result


def _transcribe(
    task: TranscriptionTask,
    setup: EngineSetup,
    engines: LoadedEngines,
    on_progress: Callable[[int], None],
) -> TranscriptionResult | CarerStoriesError:
    try:
        return transcribe_story(
            task, engines.engine, setup.model, setup.options, on_progress, engines.checker
        )
    except CarerStoriesError as error:
        return error


# Side by side


def _side_by_side(
    tasks: Sequence[TranscriptionTask], setup: EngineSetup, open_step: ProgressStep, jobs: int
) -> Iterator[TranscriptionOutcome]:
    if setup.engine == FASTER:
        # Here, not by every process at the same time.
        converted_model(setup.model, setup.workspace)
        if setup.check_model is not None:
            with contextlib.suppress(*(() if setup.is_check_asked else (CarerStoriesError,))):
                converted_model(setup.check_model, setup.workspace)
    label = f"Transcribing {counted(len(tasks), 'story')}, {jobs} at a time"
    done: dict[str, int] = {}
    with open_step(label, sum(task.length_ms for task in tasks)) as on_progress:

        def on_story(task: TranscriptionTask, ms: int) -> None:
            done[task.story.id] = ms
            on_progress(sum(done.values()))

        results = _results(tasks, setup, jobs, on_story)
    unforeseen = None
    for number, task in enumerate(tasks):
        result = results[number]
        if isinstance(result, (TranscriptionResult, CarerStoriesError)):
            yield task, result
        else:
            unforeseen = unforeseen or result
    # Last: it takes nothing from the stories that are finished.
    if unforeseen is not None:
        raise unforeseen


def share_of_cores(jobs: int) -> int:
    """Return the number of threads for each of `jobs` processes."""
    return max(1, min(usable_cores() // jobs, MAX_THREADS))


def _results(
    tasks: Sequence[TranscriptionTask],
    setup: EngineSetup,
    jobs: int,
    on_story: Callable[[TranscriptionTask, int], None],
) -> dict[int, TranscriptionResult | Exception]:
    """Return the result of each task, by its number, or the error that it failed with.

    `on_story` is told of the milliseconds that are done of a task. A process that dies takes only
    the story with it that it was at: another process goes on with those that wait.
    """
    waiting = deque(enumerate(tasks))
    results: dict[int, TranscriptionResult | Exception] = {}
    at_work: dict[Any, tuple[_Process, int]] = {}
    """By connection."""

    def give_next(process: _Process | None = None) -> None:
        if not waiting:
            if process is not None:
                process.end()
            return
        number, task = waiting.popleft()
        try:
            process = process or _Process(setup, share_of_cores(jobs))
        except OSError:
            results[number] = _died()
            return
        at_work[process.connection] = process, number
        process.give(task)

    try:
        for _ in range(jobs):
            give_next()
        while at_work:
            for connection in wait(list(at_work)):
                process, number = at_work[connection]
                message = process.receive()
                if isinstance(message, int):
                    on_story(tasks[number], message)
                    continue
                del at_work[connection]
                results[number] = message
                if process.is_dead:
                    process.end()
                give_next(None if process.is_dead else process)
    finally:
        # Only where something was raised: whoever stops the command does not wait for the others.
        for process, _ in at_work.values():
            process.end()
    return results


def _died() -> ToolFailed:
    return ToolFailed(
        "The process that transcribed it ended before it was done, perhaps because memory ran out.",
        "Run the same command again, with fewer --jobs: pieces that are finished are kept.",
    )


class _Process:
    """A process that transcribes one story after the other.

    Each has a pipe of its own, for a queue that all share stays locked when one of them is killed.
    """

    def __init__(self, setup: EngineSetup, threads: int) -> None:
        # Not forked: a fork of a process with threads and a loaded library may hang for ever.
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_work, args=(setup, threads, theirs), name="transcribe"
        )
        self._process.start()
        theirs.close()  # so that the pipe ends when the process does
        self.is_dead = False

    def give(self, task: TranscriptionTask) -> None:
        # It may be dead already; `told` says so.
        with contextlib.suppress(OSError):
            self.connection.send(task)

    def receive(self) -> int | TranscriptionResult | Exception:
        """Return the milliseconds done, or in the end the result; ToolFailed if it died."""
        try:
            message: int | TranscriptionResult | Exception = self.connection.recv()
        # UnpicklingError: what was sent broke off.
        except (EOFError, OSError, pickle.UnpicklingError):
            self.is_dead = True
            return _died()
        return message

    def end(self) -> None:
        """End it, at once if it is at work: pieces that are finished are kept."""
        self.connection.close()
        self._process.terminate()
        self._process.join()


def _work(setup: EngineSetup, threads: int, connection: Connection) -> None:
    """Transcribe what is sent through the pipe, until it is closed: the life of a process."""
    # Ctrl+C goes to the whole process group: each process ends at once, without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    engines: LoadedEngines | None = None
    with contextlib.suppress(EOFError, OSError):  # the command has ended
        while True:
            task = connection.recv()
            try:
                engines = engines or setup.load_all(threads)
                connection.send(_transcribe(task, setup, engines, connection.send))
            except CarerStoriesError as error:
                connection.send(error)
            # What nobody foresaw is the command's to tell, beside the stories that went well.
            except Exception as error:
                connection.send(error)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # sys.exit would end this thread only
