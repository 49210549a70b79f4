"""Real names and contacts of contributors: kept apart, edited in place, forgotten on request."""

from __future__ import annotations

import msgspec

from library.consent.agreement_rules import MAX_CHARACTERS
from library.consent.gate_input import history_of
from library.consent.private_records import private_store
from library.consent.safeguarding import require_no_hold
from library.core.clock import now
from library.core.errors import BadInput, NotFound
from library.core.workspace import Workspace
from library.records.ledger import Ledger
from library.records.store import Changes, Snapshot
from library.records.story import Contributor, new_id


def record_contributor(
    workspace: Workspace,
    story_id: str,
    *,
    name: str = "",
    contact: str = "",
    same_as: str | None = None,
    role: str,
) -> Contributor:
    """Record the contributor of a story, or correct it: an empty value stays as it was.

    `same_as` names another story of the same person. Raises BadInput without any name, NotFound.
    The log learns that it was done, never what.
    """
    name, contact = _tidy(name), _tidy(contact)
    # For its refusal of what is no id.
    workspace.story(story_id)
    with Ledger(workspace).update("contributor", story_id, role) as changes:
        history_of(changes, story_id)
        # Within the block: what is refused here leaves no line in the log.
        with private_store(workspace).update() as private:
            return _save(private, story_id, name, contact, same_as)


def _save(
    private: Changes, story_id: str, name: str, contact: str, same_as: str | None
) -> Contributor:
    known = _find(private, same_as or story_id)
    if same_as and known is None:
        raise NotFound(
            f"Nothing is kept about who told {same_as}.", "Give their name and contact instead."
        )
    if known is None:
        if not name:
            raise BadInput("Who told the story? A name is needed.", 'Give it: --name "NAME"')
        stories = (story_id,)
        made = Contributor(
            id=new_id("co"), recorded=now(), name=name, contact=contact, stories=stories
        )
        private.add(made)
        return made
    changed = msgspec.structs.replace(
        known,
        name=name or known.name,
        contact=contact or known.contact,
        stories=tuple(dict.fromkeys((*known.stories, story_id))),
    )
    private.replace(changed)
    return changed


def contributor_of(workspace: Workspace, story_id: str) -> Contributor | None:
    """Return the contributor of a story, or None. Raises Damaged, DiskFailed."""
    workspace.story(story_id)
    if not workspace.contributors.exists():
        return None
    return _find(private_store(workspace).read(), story_id)


def contributors(workspace: Workspace) -> list[Contributor]:
    """Return every contributor something is kept about. Raises Damaged, DiskFailed."""
    if not workspace.contributors.exists():
        return []
    return [
        contributor
        for contributor in private_store(workspace).read().all(Contributor)
        if contributor.stories
    ]


def forget_contributor(workspace: Workspace, story_id: str, *, role: str) -> bool:
    """Forget who told a story; name and contact go when it was their last one.

    Earlier generations of the private database are removed with them. The log comes first: broken
    off, it may hold a line for what is then run again. Returns whether anything was kept. Raises
    NotAllowed under a legal hold, and as `Ledger.update` does.
    """
    require_no_hold(workspace, (story_id,))
    known = contributor_of(workspace, story_id)
    if known is None:
        if workspace.contributors.exists():  # a call before this one may have been broken off here
            private_store(workspace).forget_generations()
        return False
    remaining = tuple(story for story in known.stories if story != story_id)
    changed = (
        msgspec.structs.replace(known, stories=remaining)
        if remaining
        else msgspec.structs.replace(known, name="", contact="", stories=())
    )
    store = private_store(workspace)
    # The log line first: a command killed in between is run again and logs a second line, which is
    # better than a name forgotten without any.
    with Ledger(workspace).update("contributor-forget", story_id, role):
        pass
    with store.update() as private:
        private.replace(changed)
    store.forget_generations()
    return True


def _find(private: Snapshot, story_id: str) -> Contributor | None:
    return next(
        (
            contributor
            for contributor in private.all(Contributor)
            if story_id in contributor.stories
        ),
        None,
    )


def _tidy(text: str) -> str:
    text = text.strip()
    if len(text) > MAX_CHARACTERS or "\n" in text:
        raise BadInput(
            f"A name or contact is longer than {MAX_CHARACTERS} characters, or goes over one line.",
            "Shorten it.",
        )
    return text
