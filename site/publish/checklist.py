"""What must hold before an editor may approve a cut."""

from __future__ import annotations

from library.workspace import StoryFolder


def caption_errors(folder: StoryFolder) -> list[str]:
    """The captions' errors (not warnings) against the caption rules, as sentences."""
    from transcribe.lint import lint_file

    return [finding.sentence for finding in lint_file(folder.captions) if finding.is_error]
