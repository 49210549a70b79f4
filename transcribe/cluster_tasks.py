"""Recognition as tasks of a cluster: sound, options and a model in, words out.

What runs on a worker. It is named in `library.cluster.worker.KINDS`, and knows no story.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from capture.media.speech import SPEECH_RATE, Samples, samples_of_pcm
from library.cluster.worker import Work, file_name
from library.core.errors import CarerStoriesError, ToolFailed
from library.core.workspace import Workspace
from transcribe.engines import chunks
from transcribe.engines.models import Model, load_engine
from transcribe.engines.protocol import Engine, RecognisedSpeech, Setting, TranscriptionOptions
from transcribe.engines.spoken_language import shares_of_windows

SOUND = "sound"
"""Name of the sound among a task's files: 16 kHz, mono, 16 bit, without a header."""
WINDOW_BYTES = 2 * 30 * SPEECH_RATE
"""Of each window in which the language is listened for."""


class RemoteModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model as a worker loads it: its files are among those of the task."""

    name: str
    sha256: str
    engine: str
    files: tuple[str, ...]
    is_folder: bool
    official: str | None = None
    device: str = "auto"
    is_needed: bool = True
    """False for one that is done without where it cannot be loaded."""


class HearingRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options of a task: to hear a chunk, or windows of a recording for their language."""

    model: RemoteModel
    options: TranscriptionOptions


class PrepareRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The options of the check of a worker: the models that it is to load."""

    models: tuple[RemoteModel, ...]
    options: TranscriptionOptions


class EngineDescription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An engine as a worker has it. Workers of which anything differs hear other words."""

    sha256: str
    """Of the model."""
    name: str
    is_multilingual: bool
    used_options: dict[str, Setting]
    threads: int


@dataclass(frozen=True)
class EngineElsewhere:
    """An engine that is loaded on workers: named in the record as they say, and never asked."""

    description: EngineDescription
    base: TranscriptionOptions
    """The options that the description is of."""

    @property
    def name(self) -> str:
        return self.description.name

    @property
    def is_multilingual(self) -> bool:
        return self.description.is_multilingual

    def used_options(self, options: TranscriptionOptions) -> dict[str, Setting]:
        """Return the options as the workers' engine takes them; see `Engine`."""
        asked, used = self.base.as_record(), self.description.used_options
        own = {name: value for name, value in used.items() if asked.get(name, ...) != value}
        return {**options.as_record(), **own}

    def language_shares(self, samples: Samples) -> dict[str, float]:  # noqa: ARG002
        """Raise ToolFailed: the language was listened for on a worker."""
        raise self._gone()

    def transcribe(
        self,
        samples: Samples,  # noqa: ARG002
        options: TranscriptionOptions,  # noqa: ARG002
        on_progress: Callable[[int], None],  # noqa: ARG002
    ) -> RecognisedSpeech:
        """Raise ToolFailed: every piece was heard on a worker, and its words were kept."""
        raise self._gone()

    def _gone(self) -> ToolFailed:
        return ToolFailed(
            "Words that came from the cluster are gone again, perhaps because another command "
            "transcribed this story as well.",
            "Run the same command again.",
        )


def prepare(work: Work) -> bytes:
    """Load the models, and say which engine has them here: the check of a worker."""
    request = msgspec.json.decode(work.options, type=PrepareRequest)
    described = []
    for model in request.models:
        try:
            engine = _engine(work, model)
        except CarerStoriesError:
            if model.is_needed:
                raise
            continue
        described.append(
            EngineDescription(
                sha256=model.sha256,
                name=engine.name,
                is_multilingual=engine.is_multilingual,
                used_options=dict(engine.used_options(request.options)),
                threads=work.threads,
            )
        )
    # Not sorted: the record names them in the order that the engine does.
    return msgspec.json.encode(described)


def languages(work: Work) -> bytes:
    """Return the share of each language in windows of a recording."""
    request = msgspec.json.decode(work.options, type=HearingRequest)
    sound = work.read(SOUND)
    windows = (
        samples_of_pcm(sound[start : start + WINDOW_BYTES])
        for start in range(0, len(sound), WINDOW_BYTES)
    )
    engine = _engine(work, request.model)
    return msgspec.json.encode(shares_of_windows(windows, engine, request.options.language))


def hear(work: Work) -> bytes:
    """Return the words of one chunk of a recording."""
    request = msgspec.json.decode(work.options, type=HearingRequest)
    engine = _engine(work, request.model)
    samples = samples_of_pcm(work.read(SOUND))
    return msgspec.json.encode(chunks.hear(samples, engine, request.options, work.report))


def _engine(work: Work, model: RemoteModel) -> Engine:
    folder = _folder_of(model, work)
    return _loaded(model, folder, work.threads)


_folders: dict[RemoteModel, Path] = {}
"""Of models that were fetched and read whole in the life of this process."""


def _folder_of(model: RemoteModel, work: Work) -> Path:
    if model not in _folders:
        _folders[model] = work.kept_files(list(model.files))
    return _folders[model]


@functools.cache
def _loaded(model: RemoteModel, folder: Path, threads: int) -> Engine:
    path = folder if model.is_folder else folder / file_name(model.files[0])
    here = Model(model.name, path, model.sha256, model.official)
    # No model is converted here, so that the workspace is never looked at.
    nowhere = Workspace(folder)
    return load_engine(model.engine, here, nowhere, device=model.device, threads=threads)


def pcm_of(samples: Samples) -> bytes:
    """Return samples as they stand in `speech.wav`: `samples_of_pcm` gives back these very ones."""
    return (samples * np.float32(32768)).astype("<i2").tobytes()
