"""Until films can be cut, a story with anything to hide gets none: captions must not hide alone."""

from __future__ import annotations

import msgspec
import pytest

from capture.ingest import import_recording
from library.errors import NotAllowed
from library.workspace import Workspace
from publish.cut import make_cut
from tests import samples
from transcribe.words import EditedTranscript, Redaction, Span, Turn, Word, encode

WORDS = EditedTranscript(
    story="cs-000000",
    transcript_sha256="0" * 64,
    duration=4_000,
    turns=(Turn(speaker="Ruth", words=(Word(text="Hello.", start=0, end=500),)),),
    chapters=(),
)


@pytest.mark.parametrize(
    "hiding",
    [
        {"cuts": (Span(start=1_000, end=2_000),)},
        {"redactions": (Redaction(start=1_000, end=1_400, shown="[name removed]"),)},
    ],
)
def test_no_film_is_made_of_a_story_with_cuts_or_redactions(
    workspace: Workspace, hiding: dict[str, tuple[Span | Redaction, ...]]
) -> None:
    story_id = samples.agreed_story(workspace)
    import_recording(workspace, story_id, samples.m4a())
    folder = workspace.story(story_id)
    edited = msgspec.structs.replace(WORDS, story=story_id, **hiding)
    folder.edited.write_bytes(encode(edited))
    before = {path.name for path in folder.root.iterdir()}
    with pytest.raises(NotAllowed) as refused:
        make_cut(workspace, story_id)
    assert "would still say them" in refused.value.what
    assert "No film was made" in refused.value.next_step
    assert {path.name for path in folder.root.iterdir()} == before
