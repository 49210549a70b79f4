"""Which Whisper model is meant, and where it is: a path, a name, or the demonstration's own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from library.core.errors import BadInput, NotFound, ToolMissing
from library.core.files import sha256_of
from library.core.workspace import Workspace
from library.workspace_template import template
from transcribe.engines.conversion import FORM, convert, is_converted, require_ctranslate2
from transcribe.engines.faster_engine import FasterEngine
from transcribe.engines.protocol import Engine
from transcribe.engines.whisper_engine import WhisperEngine, download, official_checksums
from transcribe.words import DEMO_MODEL

_FILES = {"large": "large-v3", "turbo": "large-v3-turbo"}
"""Whisper's short names, and what their files are called."""

DEMO_NOTE = "This is the demonstration’s own small model: it knows only the demonstration’s voices."


@dataclass(frozen=True)
class Model:
    """A checkpoint on this machine."""

    name: str
    """For the record: a name, never a path."""
    path: Path
    sha256: str
    official: str | None = None
    """Whisper's name for it, if it is byte for byte the one Whisper publishes."""

    @property
    def is_demo(self) -> bool:
        return self.name == DEMO_MODEL


def folders(workspace: Workspace) -> list[Path]:
    """Where a model is looked for by name: the workspace's own folder, then Whisper's."""
    return [workspace.models, whisper_cache()]


def whisper_cache() -> Path:
    """Where openai-whisper keeps what it downloads."""
    caches = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(caches) / "whisper"


def find(wanted: str, workspace: Workspace) -> Path | None:
    """The file of a model by name or path, if it is on this machine: quick, opens nothing."""
    if wanted == DEMO_MODEL:
        return _demo(workspace)
    if _is_path(wanted):
        path = Path(wanted).expanduser()
        return path if path.is_file() else None
    names = {f"{wanted}.pt", f"{_FILES.get(wanted, wanted)}.pt"}
    for folder in folders(workspace):
        for name in sorted(names):
            if (folder / name).is_file():
                return folder / name
    return None


def where_is(wanted: str, workspace: Workspace) -> Path:
    """The file of a model, without fetching or opening anything.

    Raises NotFound for a path without a file, and ToolMissing where a name is not on this machine.
    """
    found = find(wanted, workspace)
    if found is not None:
        return found
    if wanted == DEMO_MODEL:
        raise ToolMissing(
            "The demonstration’s model is not in this installation.",
            "Install carer-stories again, or choose another model with --model.",
        )
    if _is_path(wanted):
        raise NotFound(f"There is no model file {wanted}.", "Check the path.")
    raise ToolMissing(
        f"The Whisper model “{wanted}” is not on this machine.",
        "Where there is a network, `transcribe` has Whisper download it.\n"
        + _how_to_bring(wanted, workspace),
    )


def resolve(wanted: str, workspace: Workspace) -> Model:
    """The model named `wanted`, downloaded by Whisper if it is nowhere on this machine.

    Raises NotFound for a path without a file, BadInput for a name nobody knows, ToolMissing where
    it is not here and cannot be downloaded: with the folders looked in and how to bring it over.
    """
    if wanted == DEMO_MODEL:
        path = where_is(wanted, workspace)
        return Model(DEMO_MODEL, path, sha256_of(path))
    if _is_path(wanted):
        return _by_path(where_is(wanted, workspace), workspace)
    return _by_name(wanted, find(wanted, workspace), workspace)


def _by_path(path: Path, workspace: Workspace) -> Model:
    demo = _demo(workspace)
    sha = sha256_of(path)
    if demo is not None and sha == sha256_of(demo):
        return Model(DEMO_MODEL, path, sha)
    return Model(path.stem, path, sha, official_name(sha))


def _by_name(name: str, found: Path | None, workspace: Workspace) -> Model:
    known = official_checksums()
    if found is not None:
        sha = sha256_of(found)
        if sha == known.get(name):
            return Model(name, found, sha, name)
        if found.parent != whisper_cache():
            return Model(name, found, sha)  # a model of the trust's own, under a name it chose
    if name not in known:
        raise BadInput(
            f"There is no Whisper model called “{name}”.",
            f"Whisper’s own are: {', '.join(known)}. A file of yours is named by its path, "
            f"or put into {workspace.models}.",
        )
    # Not here, or in Whisper's cache with a wrong sum: a download that broke off.
    try:
        path = download(name, whisper_cache())
    except ToolMissing as error:
        raise ToolMissing(error.what, _how_to_bring(name, workspace)) from error
    return Model(name, path, known[name], name)


def _how_to_bring(name: str, workspace: Workspace) -> str:
    looked = "\n".join(f"  {folder}" for folder in folders(workspace))
    file = f"{_FILES.get(name, name)}.pt"
    return (
        f"It was looked for as {file} in:\n{looked}\n"
        "To bring it over, run this on a machine that has a network and openai-whisper:\n"
        f"  python -c \"import whisper; whisper.load_model('{name}')\"\n"
        f"then copy ~/.cache/whisper/{file} from there into {workspace.models}."
    )


def official_name(sha256: str) -> str | None:
    """Whisper's own name for the checkpoint with this hash, if it is one of theirs."""
    return next((name for name, known in official_checksums().items() if known == sha256), None)


def _is_path(wanted: str) -> bool:
    return wanted.endswith(".pt") or any(mark in wanted for mark in ("/", "\\"))


def _demo(workspace: Workspace) -> Path | None:
    for home in (workspace, template()):
        path = home.demo / "model" / "demo.pt"
        if path.is_file():
            return path
    return None


WHISPER, FASTER = "whisper", "faster"
ENGINES = (WHISPER, FASTER)


def require(name: str) -> None:
    """Raises ToolMissing where the engine is not installed, before anything else is done."""
    if name == FASTER:
        require_ctranslate2()


def load(
    name: str,
    model: Model,
    workspace: Workspace,
    *,
    device: str = "auto",
    threads: int | None = None,
) -> Engine:
    """The engine called `name` with `model`. Raises as the engines do, BadInput for another name.

    The faster engine needs the model in another form: it is made once and kept in the workspace.
    """
    if name == WHISPER:
        return WhisperEngine(model.path, model.official, device=device, threads=threads)
    if name == FASTER:
        return FasterEngine(converted(model, workspace), device=device, threads=threads)
    raise BadInput(f"There is no engine “{name}”.", f"Use one of: {', '.join(ENGINES)}.")


def converted(model: Model, workspace: Workspace) -> Path:
    """The folder of `model` in CTranslate2's form, made now if it is not there."""
    from transcribe.engines.whisper_engine import open_checkpoint

    # Under the hash of the checkpoint: another model of the same name never takes its place.
    folder = workspace.converted_models / f"{model.name}-{model.sha256[:16]}-{FORM}"
    if not is_converted(folder):
        convert(open_checkpoint(model.path, model.official), folder)
    return folder
