"""Taking a story back: recorded first, then gone from edition and site, then proved gone."""

from __future__ import annotations

from dataclasses import dataclass

from library.consent import Audience, Withdrawal
from library.cut import read_cut
from library.desk import record_withdrawal
from library.errors import CarerStoriesError, Damaged, NotFound
from library.files import sha256_of
from library.settings import load_settings, site_audience
from library.workspace import Workspace
from publish.edition import read_edition
from publish.press import press


@dataclass(frozen=True)
class Receipt:
    """What a withdrawal did, and what it could not."""

    withdrawal: Withdrawal
    rebuilt: bool
    still_public: tuple[str, ...]
    """Places below the workspace where something of the story is still found."""
    trouble: str = ""
    """Why the site could not be built again, as a sentence."""


def withdraw(workspace: Workspace, story_id: str, asked_by: str) -> Receipt:
    """Withdraw a story. The record is written before anything else can fail."""
    withdrawal = record_withdrawal(workspace, story_id, asked_by)
    trouble = ""
    rebuilt = False
    if workspace.edition.exists() or workspace.public.exists():
        try:
            press(workspace, _audience_of_site(workspace))
            rebuilt = True
        except CarerStoriesError as error:
            trouble = error.what
        except Exception as error:
            # Whatever broke the build, the contributor's record stands and must be reported.
            trouble = f"The site could not be built again ({type(error).__name__}: {error})."
    return Receipt(withdrawal, rebuilt, _traces(workspace, story_id), trouble)


def _audience_of_site(workspace: Workspace) -> Audience:
    """The audience the site was last built for, or the settings'."""
    try:
        return Audience.from_word(read_edition(workspace).audience)
    except (NotFound, Damaged, KeyError):
        return site_audience(load_settings(workspace))


def _traces(workspace: Workspace, story_id: str) -> tuple[str, ...]:
    """Where the id, or a medium of the cut, is still found in edition or site."""
    try:
        cut = read_cut(workspace.story(story_id).cut)
    except Damaged:
        cut = None
    hashes = {sha for name, sha in cut.artefacts.items() if _is_media(name)} if cut else set()
    needle = story_id.encode()
    found = []
    for folder in (workspace.edition, workspace.public):
        for path in sorted(folder.rglob("*")):
            named = story_id in path.relative_to(folder).as_posix()
            held = path.is_file() and (needle in path.read_bytes() or sha256_of(path) in hashes)
            if named or held:
                found.append(path.relative_to(workspace.root).as_posix())
    return tuple(found)


def _is_media(name: str) -> bool:
    """Only media are told by their hash: two stories' chapters may well be the same few lines."""
    return name.endswith((".mp4", ".m4a", ".jpg"))
