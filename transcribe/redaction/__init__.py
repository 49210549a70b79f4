"""Names that must not be heard: the private list of a story, and what it finds.

For `publish` there are three questions to ask; each imports what it needs when it is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from library.core.workspace import StoryFolder, Workspace
    from library.records.hidden_terms import HiddenTerm


def unanswered(folder: StoryFolder) -> list[str]:
    """What about names keeps the story from being approved: see `checks.unanswered`. Total."""
    from transcribe.redaction import checks

    return checks.unanswered(folder)


def hidden_terms(
    workspace: Workspace, *, whatever_is_broken: bool = False
) -> tuple[HiddenTerm, ...]:
    """Every word that no page may show: see `term_collection`. Raises BadInput."""
    from transcribe.redaction import term_collection

    return term_collection.hidden_terms(workspace, whatever_is_broken=whatever_is_broken)


def named_in(folder: StoryFolder, text: str) -> tuple[str, ...]:
    """The listed names that a public text says: see `term_collection`. Raises BadInput."""
    from transcribe.redaction import term_collection

    return term_collection.named_in(folder, text)
