"""Which engine is meant, and the engine with its model loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from library.core.errors import BadInput
from library.core.workspace import Workspace

if TYPE_CHECKING:
    from transcribe.engines.models import Model
    from transcribe.engines.protocol import Engine

WHISPER, FASTER = "whisper", "faster"
ENGINES = (WHISPER, FASTER)


def require(name: str) -> None:
    """Raises ToolMissing where the engine is not installed, before anything else is done."""
    if name == FASTER:
        from transcribe.engines.conversion import require_ctranslate2

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
        from transcribe.engines.whisper_engine import WhisperEngine

        return WhisperEngine(model.path, model.official, device=device, threads=threads)
    if name == FASTER:
        from transcribe.engines.faster_engine import FasterEngine

        return FasterEngine(converted(model, workspace), device=device, threads=threads)
    raise BadInput(f"There is no engine “{name}”.", f"Use one of: {', '.join(ENGINES)}.")


def converted(model: Model, workspace: Workspace) -> Path:
    """The folder of `model` in CTranslate2's form, made now if it is not there."""
    from transcribe.engines.conversion import FORM, convert, is_converted
    from transcribe.engines.whisper_engine import open_checkpoint

    # Under the hash of the checkpoint: another model of the same name never takes its place.
    folder = workspace.converted_models / f"{model.name}-{model.sha256[:16]}-{FORM}"
    if not is_converted(folder):
        convert(open_checkpoint(model.path, model.official), folder)
    return folder
