"""Stories at the stages of transcription."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from library.core.workspace import StoryFolder, Workspace
from tests.support.transcribed_story import heard_interview, transcribed_story
from transcribe.words import Transcript

END_OF_TEXT = 50256


@pytest.fixture
def heard() -> Transcript:
    return heard_interview()


@pytest.fixture
def transcribed(
    workspace: Workspace, heard: Transcript
) -> Callable[..., tuple[Workspace, StoryFolder, Transcript]]:
    """A story in a workspace that has agreement, session and a transcript."""

    def make(
        transcript: Transcript = heard,
    ) -> tuple[Workspace, StoryFolder, Transcript]:
        # The checkpoint of these tests stops after twenty tokens: a prompt would fill them all.
        workspace.glossary.write_text("terms: []\n", encoding="utf-8")
        folder, own = transcribed_story(workspace, transcript)
        return workspace, folder, own

    return make


@pytest.fixture(scope="module")
def checkpoint(one_thread: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Whisper with random weights: it hears nonsense, through all of the real code."""
    import torch
    from whisper.model import ModelDimensions, Whisper

    torch.manual_seed(7)
    dims = ModelDimensions(80, 1500, 32, 2, 1, 51864, 448, 32, 2, 2)
    model = Whisper(dims)
    # Louder weights make the words differ, instead of one token over and over.
    for weights in model.decoder.parameters():
        torch.nn.init.normal_(weights, std=0.6)
    with torch.no_grad():  # …and after some twenty tokens it stops, so that tests are quick
        stop = torch.tensor([1.0, -1.0] * 16)
        model.decoder.token_embedding.weight[END_OF_TEXT] = stop
        model.decoder.positional_embedding[24:] = 200 * stop
        model.decoder.ln.weight.fill_(1.0)
        model.decoder.ln.bias.zero_()
    path = tmp_path_factory.mktemp("model") / "babble.pt"
    torch.save({"dims": dims.__dict__, "model_state_dict": model.state_dict()}, path)
    return path
