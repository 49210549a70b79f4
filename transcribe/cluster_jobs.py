"""Transcribe stories on a cluster: each piece of a recording is a task, all else is done here.

A piece is a chunk, as on one machine (`transcribe.engines.chunks`), and its words are kept in the
story's folder under the same key: a run that was stopped goes on from them, there or here. Workers
are given sound, options and the model. Records, questions, names and the log stay here.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from capture.media.speech import Speech, open_speech
from library.cluster.dispatch import Cluster, Job
from library.cluster.share import MediaShare
from library.cluster.task import Task, TaskAnswer, TaskFile
from library.core.counting import counted
from library.core.errors import CarerStoriesError
from transcribe.cluster_tasks import (
    SOUND,
    EngineDescription,
    EngineElsewhere,
    HearingRequest,
    PrepareRequest,
    RemoteModel,
    pcm_of,
)
from transcribe.engines import chunks
from transcribe.engines.chunks import Chunk, ChunkWords
from transcribe.engines.models import FASTER, Model, converted_model
from transcribe.engines.protocol import TranscriptionOptions
from transcribe.engines.spoken_language import require_expected, require_knows, windows_of
from transcribe.jobs import EngineSetup, TranscriptionOutcome
from transcribe.pipeline import (
    Checker,
    TranscriptionResult,
    TranscriptionTask,
    options_for,
    transcribe_story,
)

if TYPE_CHECKING:
    from capture.media.run_ffmpeg import ProgressStep


@dataclass(frozen=True)
class _Hearer:
    """A model on the workers, its files in the share, and the engine that has it there."""

    model: Model
    remote: RemoteModel
    files: tuple[TaskFile, ...]
    engine: EngineElsewhere
    is_asked: bool = True

    def as_checker(self) -> Checker:
        return Checker(self.engine, self.model, is_asked=self.is_asked)


@dataclass
class _StoryWork:
    """A story with its pieces that are to be heard yet."""

    task: TranscriptionTask
    options: TranscriptionOptions
    hearers: tuple[_Hearer, ...] = ()
    """The models that hear it: a second one that nobody asked for may not know its language."""
    open_pieces: int = 0
    done: dict[str, int] = field(default_factory=dict)
    """Milliseconds that are done, by piece and model."""
    failure: CarerStoriesError | None = None


def transcribe_on_cluster(
    tasks: Sequence[TranscriptionTask],
    setup: EngineSetup,
    open_step: ProgressStep,
    cluster: Cluster,
) -> Iterator[TranscriptionOutcome]:
    """Transcribe every story, and yield each with its result or the error that it failed with.

    Raises ToolFailed, or as the workers do, where there is none that can do it.
    """
    hearers = _prepare(setup, cluster)
    run = _Run(setup, cluster, hearers)
    label = f"Transcribing {counted(len(tasks), 'story')} on a cluster"
    with (
        open_step(label, sum(task.length_ms for task in tasks)) as on_progress,
        # One thread: what is written is written story by story, while workers go on.
        ThreadPoolExecutor(1, thread_name_prefix="finish") as finishing,
    ):
        run.begin(tasks, finishing, on_progress)
        while run.is_busy:
            cluster.step()
            yield from run.finished()


def _prepare(setup: EngineSetup, cluster: Cluster) -> list[_Hearer]:
    """Put the models into the share, have every worker load them, and return what has them."""
    models = [(setup.model, True)]
    if setup.check_model:
        models.append((setup.check_model, setup.is_check_asked))
    remote: dict[str, RemoteModel] = {}
    files: dict[str, tuple[TaskFile, ...]] = {}
    for model, is_needed in models:
        try:
            files[model.sha256] = _put_model(cluster.share, model, setup)
        except CarerStoriesError:
            if is_needed:
                raise
            continue
        remote[model.sha256] = RemoteModel(
            name=model.name,
            sha256=model.sha256,
            engine=setup.engine,
            files=tuple(file.name for file in files[model.sha256]),
            is_folder=model.is_folder or setup.engine == FASTER,
            official=model.official,
            device=setup.device,
            is_needed=is_needed,
        )
    request = PrepareRequest(models=tuple(remote.values()), options=setup.options)
    check = Task(
        kind="prepare-hearing",
        options=msgspec.json.encode(request),
        files=tuple(file for of_model in files.values() for file in of_model),
    )
    content = cluster.prepare(check)
    described = msgspec.json.decode(content, type=list[EngineDescription])
    engines = {each.sha256: EngineElsewhere(each, setup.options) for each in described}
    return [
        _Hearer(model, remote[model.sha256], files[model.sha256], engines[model.sha256], is_needed)
        for model, is_needed in models
        if model.sha256 in engines
    ]


def _put_model(share: MediaShare, model: Model, setup: EngineSetup) -> tuple[TaskFile, ...]:
    path = converted_model(model, setup.workspace) if setup.engine == FASTER else model.path
    paths = sorted(each for each in path.iterdir() if each.is_file()) if path.is_dir() else [path]
    # Two models may have files of one name.
    prefix = model.sha256[:16]
    return tuple(share.put_file(each, f"{prefix}/{each.name}") for each in paths)


class _Run:
    """The stories of one run: pieces that are out, and stories that are being finished here."""

    def __init__(self, setup: EngineSetup, cluster: Cluster, hearers: Sequence[_Hearer]) -> None:
        self._setup, self._cluster, self._hearers = setup, cluster, hearers
        self._open = 0
        self._finishing: deque[tuple[TranscriptionTask, Future[TranscriptionResult]]] = deque()
        self._failed: deque[TranscriptionOutcome] = deque()
        self._works: list[_StoryWork] = []
        self._in_use: Counter[str] = Counter()
        """Jobs that need a sound of the share, by its hash."""

    def begin(
        self,
        tasks: Sequence[TranscriptionTask],
        pool: ThreadPoolExecutor,
        on_progress: Callable[[int], None],
    ) -> None:
        self._pool, self._on_progress = pool, on_progress
        self._open = len(tasks)
        for task in tasks:
            work = _StoryWork(task, options_for(task, self._setup.options))
            self._works.append(work)
            try:
                self._begin(work)
            except CarerStoriesError as error:
                self._fail(work, error)

    @property
    def is_busy(self) -> bool:
        return bool(self._open or self._finishing or self._failed)

    def finished(self) -> Iterator[TranscriptionOutcome]:
        """Yield the stories that have come to their end since this was asked last."""
        while self._failed:
            yield self._failed.popleft()
        while self._finishing and (self._finishing[0][1].done() or not self._open):
            task, future = self._finishing.popleft()
            try:
                yield task, future.result()
            except CarerStoriesError as error:
                yield task, error

    def _begin(self, work: _StoryWork) -> None:
        """Queue what is to be listened to first. Raises as reading the sound does."""
        (hearer, *others), options = self._hearers, work.options
        require_knows(hearer.engine, hearer.model.name, options.language)
        able = [each for each in others if each.as_checker().knows(options.language)]
        work.hearers = (hearer, *able)
        speech = open_speech(work.task.folder.speech)
        is_asked = hearer.model.is_demo or options.is_language_given
        if is_asked or not hearer.engine.is_multilingual:
            self._queue_pieces(work, speech)
            return
        self._submit(
            work,
            lambda: b"".join(pcm_of(window) for window in windows_of(speech)),
            ("languages", hearer),
            lambda content: self._take_languages(work, speech, content),
        )

    def _take_languages(self, work: _StoryWork, speech: Speech, content: bytes) -> None:
        shares = msgspec.json.decode(content, type=list[dict[str, float]])
        try:
            require_expected(shares, work.options.language, work.task.story.id)
            self._queue_pieces(work, speech)
        except CarerStoriesError as error:
            self._fail(work, error)

    def _queue_pieces(self, work: _StoryWork, speech: Speech) -> None:
        folder = work.task.folder.chunks
        for hearer in work.hearers:
            every = chunks.chunks_of(speech, hearer.engine, work.options, hearer.model.sha256)
            for chunk in every:
                if chunks.has_words(folder, chunk):
                    self._report(work, chunk, chunk.length)
                else:
                    work.open_pieces += 1
                    self._queue_piece(work, speech, chunk, hearer)
        if not work.open_pieces:
            self._finish(work)

    def _queue_piece(self, work: _StoryWork, speech: Speech, chunk: Chunk, hearer: _Hearer) -> None:
        def take(content: bytes) -> None:
            words = words_from(content, chunk)
            chunks.save_words(work.task.folder.chunks, chunk, words)
            self._report(work, chunk, chunk.length)
            work.open_pieces -= 1
            if not work.open_pieces:
                self._finish(work)

        self._submit(
            work,
            lambda: pcm_of(speech.read(chunk.start, chunk.end)),
            ("hear", hearer),
            take,
            lambda done: self._report(work, chunk, min(done, chunk.length)),
        )

    def _submit(
        self,
        work: _StoryWork,
        read_sound: Callable[[], bytes],
        what: tuple[str, _Hearer],
        take: Callable[[bytes], None],
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> None:
        kind, hearer = what
        request = HearingRequest(model=hearer.remote, options=work.options)
        sound: list[TaskFile] = []

        def make_task(share: MediaShare) -> Task:
            file = share.put_bytes(read_sound(), SOUND)
            if not sound:
                sound.append(file)
                self._in_use[file.sha256] += 1
            options = msgspec.json.encode(request)
            return Task(kind=kind, options=options, files=(*hearer.files, *sound))

        def on_answer(answer: TaskAnswer) -> None:
            if work.failure is None:
                take(answer.content)
            forget_sound()

        def forget_sound() -> None:
            # A second model hears the same sound.
            for file in sound:
                self._in_use[file.sha256] -= 1
                if not self._in_use[file.sha256]:
                    self._cluster.share.remove(file)

        def on_failure(error: CarerStoriesError) -> None:
            self._fail(work, error)
            forget_sound()

        self._cluster.submit(
            Job(
                label=work.task.story.id,
                make_task=make_task,
                on_answer=on_answer,
                on_failure=on_failure,
                on_progress=on_progress,
            )
        )

    def _report(self, work: _StoryWork, chunk: Chunk, done: int) -> None:
        # Each model hears all of it: with two of them a half each counts.
        work.done[chunk.key] = max(done, work.done.get(chunk.key, 0))
        shares = (sum(each.done.values()) // max(1, len(each.hearers)) for each in self._works)
        self._on_progress(sum(shares))

    def _fail(self, work: _StoryWork, error: CarerStoriesError) -> None:
        if work.failure is None:
            work.failure = error
            self._open -= 1
            self._failed.append((work.task, error))

    def _finish(self, work: _StoryWork) -> None:
        """Write the transcript, in a thread: every piece is there, so that no engine is asked."""
        first, *others = work.hearers
        checker = others[0].as_checker() if others else None
        # Its language was listened for, on a worker.
        options = replace(work.options, is_language_given=True)
        future = self._pool.submit(
            transcribe_story, work.task, first.engine, first.model, options, lambda _: None, checker
        )
        self._finishing.append((work.task, future))
        self._open -= 1


def words_from(content: bytes, chunk: Chunk) -> ChunkWords:
    """Return the words that a worker answered with.

    Raises one of `struct_file.UNDECODABLE` for what is not, or cannot be of a chunk so long.
    """
    words = msgspec.json.decode(content, type=ChunkWords)
    if any(not 0 <= word.start <= word.end <= chunk.length for word in words.words):
        raise msgspec.ValidationError("words outside the chunk")
    if any(not 0 <= each.first < each.last <= len(words.words) for each in words.segments):
        raise msgspec.ValidationError("segments outside the words")
    if any(not 0 <= span.start <= span.end <= chunk.length for span in words.unheard):
        raise msgspec.ValidationError("spans outside the chunk")
    return words
