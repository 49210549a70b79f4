"""`film --prove`: the finished film, heard again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from library.cli.console import progress, say, say_json
from library.core.errors import NotAllowed, NotFound

if TYPE_CHECKING:
    from films.verify_audio import Proof
    from library.core.workspace import Workspace
    from transcribe.jobs import Setup


def hearing(
    workspace: Workspace, model: str | None, engine: str | None, *, quiet: bool = False
) -> Setup:
    """With what to hear, before a film is made for it: as `transcribe` hears recordings.

    Raises ToolMissing, NotFound or BadInput where the engine or the model is not there.
    """
    from library.core.settings import load_settings
    from transcribe.engines import registry
    from transcribe.engines.models import DEMO_NOTE, resolve
    from transcribe.engines.protocol import Options
    from transcribe.glossary import load_glossary
    from transcribe.jobs import Setup

    settings = load_settings(workspace)
    chosen = engine or settings.engine
    registry.require(chosen)
    found = resolve(model or settings.model, workspace)
    if found.is_demo:
        say(DEMO_NOTE, err=quiet)
    prompt = None if found.is_demo else load_glossary(workspace).prompt()
    return Setup(chosen, found, workspace, Options(initial_prompt=prompt))


def prove(workspace: Workspace, story_ids: Sequence[str], setup: Setup, as_json: bool) -> None:
    """Hear every film and tell. Raises NotAllowed where something is surely still heard."""
    from films import proof_report

    proofs = _proofs(workspace, story_ids, setup)
    if as_json:
        say_json([proof_report.record(proof) for proof in proofs])
    else:
        for proof in proofs:
            for line in proof_report.told(proof):
                say(line)
    _require(proofs)


def _proofs(workspace: Workspace, story_ids: Sequence[str], setup: Setup) -> list[Proof]:
    from films.current_cut import standing_film
    from films.verify_audio import prove_film

    engine = setup.load()
    proofs = []
    for story_id in story_ids:
        standing = standing_film(workspace.story(story_id))
        if standing is None:
            raise NotFound(
                f"There is no film of {story_id} as its words are now.",
                f"Make it: carer-stories film {story_id}",
            )
        proofs.append(prove_film(workspace, story_id, standing, setup, engine, progress))
    return proofs


def _require(proofs: Sequence[Proof]) -> None:
    failed = [proof.story for proof in proofs if not proof.holds]
    if failed:
        raise NotAllowed(
            f"What must not be heard is still heard in the film of {', '.join(failed)}.",
            f"Mark it: carer-stories redact suggest {failed[0]}, then apply it with edit and make "
            "the film again. Do not show it to anybody before.",
        )
