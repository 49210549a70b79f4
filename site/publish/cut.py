"""Making the cut: film, captions, chapters and the page's words, listed with their hashes.

The manifest is written last. A run that is killed half-way leaves files that do not match the old
manifest, which the gate answers with *not released*; running it again finishes the job.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from capture.session import read_session
from library import release as gate
from library.consent import PictureShown
from library.cut import Cut
from library.desk import read_history
from library.errors import NotAllowed
from library.files import sha256_of, write_atomic
from library.ledger import Ledger
from library.standing import history_of
from library.workspace import StoryFolder, Workspace
from publish.film import Film, make_film
from publish.page import build_page
from transcribe.words import EditedTranscript, read_edited


def make_cut(
    workspace: Workspace,
    story_id: str,
    *,
    picture: PictureShown = "shown",
    on_progress: Callable[[int], None] | None = None,
) -> Cut:
    """Film, page and manifest of a story, from its working copy and its edited transcript.

    The same inputs give the same bytes, so making it again keeps a sign-off. Raises NotAllowed
    where the story has no agreement, was withdrawn, is not edited yet, or has words cut or
    redacted.
    """
    history = read_history(workspace, story_id)
    gate.require_agreement(history)
    folder = workspace.story(story_id)
    _require_edited(folder, story_id)
    edited = read_edited(folder.edited)
    _require_whole(edited)
    film = make_film(folder, picture=picture, on_progress=on_progress)
    page = build_page(
        history.story,
        read_session(folder.session),
        edited,
        kind=film.kind,
        size=(film.width, film.height),
    )
    write_atomic(folder.page, msgspec.json.format(msgspec.json.encode(page), indent=1))
    cut = _manifest(folder, film, picture)
    with Ledger(workspace).update("film", story_id, "editor", cut=cut.hash) as changes:
        gate.require_agreement(history_of(changes, story_id))  # it may have been withdrawn since
        write_atomic(folder.cut, msgspec.json.format(msgspec.json.encode(cut), indent=1))
    return cut


def _require_edited(folder: StoryFolder, story_id: str) -> None:
    if not folder.manifest.is_file():
        raise NotAllowed(
            f"There is no recording of {story_id} yet.",
            f"Bring it in: carer-stories capture import {story_id} FILE",
        )
    if not folder.edited.is_file():
        raise NotAllowed(
            f"The transcript of {story_id} has not been checked by an editor yet.",
            f"Check it: carer-stories edit {story_id}",
        )


def _require_whole(edited: EditedTranscript) -> None:
    """The film is not cut yet: captions that hide what it still says would be a leak."""
    if edited.cuts or edited.redactions:
        raise NotAllowed(
            f"Words of {edited.story} are cut or redacted, and films cannot leave out sound yet: "
            "this one would still say them.",
            "No film was made. Your cuts are kept; until films can follow them, this story cannot "
            "be shown.",
        )


def _manifest(folder: StoryFolder, film: Film, picture: PictureShown) -> Cut:
    artefacts = [*film.files, folder.captions, folder.chapters, folder.page]
    return Cut(
        story=folder.root.name,
        artefacts={path.name: sha256_of(path) for path in sorted(artefacts)},
        recipe={"picture": picture, "voice": "own", **film.recipe},
    )
