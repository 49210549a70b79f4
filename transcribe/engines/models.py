"""Find Whisper models on this machine (by path or name) and load an engine with one."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from library.core.errors import BadInput, CarerStoriesError, NotFound, ToolMissing
from library.core.files import expanded, sha256_of
from library.core.workspace import Workspace
from library.workspace_template import template
from transcribe.engines.conversion import (
    FORMAT_VERSION,
    WEIGHTS,
    convert,
    has_ctranslate2,
    is_converted,
    missing_files,
    require_ctranslate2,
)
from transcribe.engines.faster_engine import FasterEngine
from transcribe.engines.protocol import Engine
from transcribe.engines.whisper_engine import WhisperEngine, has_whisper, require_whisper
from transcribe.engines.whisper_tables import download, official_checksums, open_checkpoint
from transcribe.words import DEMO_MODEL

_FILE_NAMES = {"large": "large-v3", "turbo": "large-v3-turbo"}
"""Whisper's short names, and what their files are called."""

NO_MODEL = "none"
"""Name by which no second model is asked for."""
_WHISPERS_NAME = re.compile(r"(?:^|[-_])(?:tiny|base|small|medium|large|turbo)(?:\.en)?(?:[-_]|$)")
_QUICKER_SIZE = 0.6
"""Of a model’s size: one so much smaller takes clearly less time, as `tiny` does beside `base`."""

DEMO_NOTE = "This is the demonstration’s own small model: it knows only the demonstration’s voices."


@dataclass(frozen=True)
class Model:
    """A model on this machine: a checkpoint, or a folder in CTranslate2's format."""

    name: str
    """For the record: a name, never a path."""
    path: Path
    sha256: str
    official: str | None = None
    """Whisper's name for it, if it is byte for byte the one Whisper publishes."""

    @property
    def is_folder(self) -> bool:
        """Return True for a model in CTranslate2's format."""
        return self.path.is_dir()

    @property
    def is_demo(self) -> bool:
        return self.name == DEMO_MODEL


def model_folders(workspace: Workspace) -> list[Path]:
    """Return the folders searched for a model: the workspace's own, then Whisper's."""
    return [workspace.models, whisper_cache()]


def whisper_cache() -> Path:
    """Return the folder where openai-whisper keeps what it downloads."""
    caches = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(caches) / "whisper"


def find_model(file_name: str, workspace: Workspace) -> Path | None:
    """Return the file of a model by name or path, or None; quick, opens nothing."""
    if file_name == DEMO_MODEL:
        return _demo_model(workspace)
    if _is_path(file_name):
        path = expanded(file_name)
        if path.name == WEIGHTS and is_converted(path.parent):
            return path.parent  # the folder is meant: its weights alone are no model
        return path if path.is_file() or is_converted(path) else None
    names = {f"{file_name}.pt", f"{_FILE_NAMES.get(file_name, file_name)}.pt"}
    for folder in model_folders(workspace):
        for file_name in sorted(names):
            if (folder / file_name).is_file():
                return folder / file_name
    return None


def locate_model(name: str, workspace: Workspace) -> Path:
    """Return the file of a model, without fetching or opening anything.

    Raises NotFound for a path without a file, and ToolMissing where a name is not on this
    machine.
    """
    path = find_model(name, workspace)
    if path is not None:
        return path
    if name == DEMO_MODEL:
        raise ToolMissing(
            "The demonstration’s model is not in this installation.",
            "Install carer-stories again, or choose another model with --model.",
        )
    if _is_path(name):
        raise _not_there(expanded(name), name)
    raise ToolMissing(
        f"The Whisper model “{name}” is not on this machine.",
        "Let `transcribe` download it, where there is a network.\n" + _how_to_copy(name, workspace),
    )


def _not_there(path: Path, name: str) -> NotFound:
    if not path.is_dir():
        return NotFound(f"There is no model file {name}.", "Check the path.")
    missing = missing_files(path)
    if WEIGHTS in missing:
        return NotFound(
            f"There is no model in the folder {name}.",
            "Check the path. Name a .pt file itself, or a folder in CTranslate2’s form.",
        )
    return NotFound(
        f"The model in the folder {name} is not whole: {', '.join(missing)} is missing.",
        "Copy or convert it again, or choose another with --model.",
    )


def resolve_model(name: str, workspace: Workspace) -> Model:
    """Return the model called `name`, downloaded by Whisper if it is not on this machine.

    Raises NotFound for a path without a file, BadInput for a name nobody knows, ToolMissing
    where it is not here and cannot be downloaded: with the folders searched and how to bring it
    over.
    """
    if name == DEMO_MODEL:
        path = locate_model(name, workspace)
        return Model(DEMO_MODEL, path, sha256_of(path))
    if _is_path(name):
        return _model_by_path(locate_model(name, workspace), workspace)
    return _model_by_name(name, find_model(name, workspace), workspace)


def _model_by_path(path: Path, workspace: Workspace) -> Model:
    if path.is_dir():
        return Model(path.resolve().name, path, sha256_of(path / WEIGHTS))
    demo = _demo_model(workspace)
    sha = sha256_of(path)
    if demo is not None and sha == sha256_of(demo):
        return Model(DEMO_MODEL, path, sha)
    return Model(path.stem, path, sha, official_name(sha))


def _model_by_name(name: str, path_here: Path | None, workspace: Workspace) -> Model:
    known = official_checksums()
    if path_here is not None:
        sha = sha256_of(path_here)
        if sha == known.get(name):
            return Model(name, path_here, sha, name)
        if path_here.parent != whisper_cache():
            return Model(name, path_here, sha)  # a model of the trust's own, under a name it chose
    if name not in known:
        raise BadInput(
            f"There is no Whisper model called “{name}”.",
            f"Use one of Whisper’s own: {', '.join(known)}. A file of yours is named by its path, "
            f"or put into {workspace.models}.",
        )
    # Not here, or in Whisper's cache with a wrong sum: a download that broke off.
    try:
        path = download(name, whisper_cache())
    except ToolMissing as error:
        raise ToolMissing(error.what, _how_to_copy(name, workspace)) from error
    return Model(name, path, known[name], name)


def quicker_model(model: Model, workspace: Workspace) -> Model | None:
    """Return the best of Whisper's models here that takes clearly less time than `model`, or None.

    It is looked for beside `model` and in the folders searched, by Whisper's own names, in the form
    that `model` has: `base.pt` beside `small.pt`, `tiny.en-ct2` beside `base-ct2`.
    """
    if model.is_demo:
        return None
    try:
        most = _QUICKER_SIZE * _size_of(model.path)
        folders = [model.path.parent, *model_folders(workspace)]
        sizes = {
            path: _size_of(path)
            for folder in folders
            if folder.is_dir()
            for path in sorted(folder.iterdir())
            if _is_whispers(path, as_folder=model.is_folder)
        }
        smaller = [path for path, size in sizes.items() if size <= most]
        return _model_by_path(max(smaller, key=sizes.__getitem__), workspace) if smaller else None
    except (CarerStoriesError, OSError):
        return None  # nobody asked for it


def _is_whispers(path: Path, *, as_folder: bool) -> bool:
    """Say whether a model in this form is named like one of Whisper's own."""
    is_one = is_converted(path) if as_folder else path.suffix == ".pt" and path.is_file()
    return is_one and _WHISPERS_NAME.search(path.name.removesuffix(".pt")) is not None


def _size_of(path: Path) -> int:
    return (path / WEIGHTS if path.is_dir() else path).stat().st_size


def _how_to_copy(name: str, workspace: Workspace) -> str:
    looked = "\n".join(f"  {folder}" for folder in model_folders(workspace))
    file = f"{_FILE_NAMES.get(name, name)}.pt"
    return (
        "To bring it over, transcribe anything with it on a machine that has a network:\n"
        f"  carer-stories transcribe STORY --model {name}\n"
        f"then copy ~/.cache/whisper/{file} from there into {workspace.models}.\n"
        f"It was looked for as {file} in:\n{looked}"
    )


def official_name(sha256: str) -> str | None:
    """Return Whisper's own name for the checkpoint with this hash, if it is one of theirs."""
    return next((name for name, known in official_checksums().items() if known == sha256), None)


def _is_path(name: str) -> bool:
    return name.endswith(".pt") or any(mark in name for mark in ("/", "\\"))


def _demo_model(workspace: Workspace) -> Path | None:
    for home in (workspace, template()):
        path = home.demo / "model" / "demo.pt"
        if path.is_file():
            return path
    return None


WHISPER, FASTER = "whisper", "faster"
ENGINES = (WHISPER, FASTER)


def require_engine(name: str) -> None:
    """Raise ToolMissing where the engine is not installed, before anything else is done."""
    if name == FASTER:
        require_ctranslate2()
    if name == WHISPER:
        require_whisper()


def engine_for(model: Model) -> str:
    """Return the engine for a model where none is named: `faster`, where it is installed.

    The demonstration's model stays with the engine that it was made with, where that is installed.
    """
    if model.is_demo and has_whisper():
        return WHISPER
    return FASTER if model.is_folder or has_ctranslate2() or not has_whisper() else WHISPER


def load_engine(
    name: str,
    model: Model,
    workspace: Workspace,
    *,
    device: str = "auto",
    threads: int | None = None,
) -> Engine:
    """Load the engine called `name` with `model`.

    Raises as the engines do, BadInput for another name. The faster engine needs the model in
    another format: it is converted once and kept in the workspace, unless it is a folder already.
    """
    if name == WHISPER:
        if model.is_folder:
            raise BadInput(
                f"The model {model.name} is a CTranslate2 folder, which only faster-whisper reads.",
                "Add --engine faster, or name a .pt file.",
            )
        return WhisperEngine(
            model.path,
            model.official,
            conditions_on_previous_text=not model.is_demo,
            device=device,
            threads=threads,
        )
    if name == FASTER:
        return FasterEngine(converted_model(model, workspace), device=device, threads=threads)
    raise BadInput(f"There is no engine “{name}”.", f"Use one of: {', '.join(ENGINES)}.")


def converted_model(model: Model, workspace: Workspace) -> Path:
    """Return the folder of `model` in CTranslate2's format, converting it if need be."""
    if model.is_folder:
        return model.path
    # Under the hash of the checkpoint: another model of the same name never takes its place.
    folder = workspace.converted_models / f"{model.name}-{model.sha256[:16]}-{FORMAT_VERSION}"
    if not is_converted(folder):
        convert(open_checkpoint(model.path, model.official), folder)
    return folder
