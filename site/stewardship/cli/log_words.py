"""The actions of the audit log in words, for lists of what was decided."""

from __future__ import annotations

_WORDS = {
    "agreement": "participation agreement",
    "approve": "approval",
    "captions-remove": "captions removed",
    "capture-delete": "recording deleted",
    "change-of-mind": "change of mind noted",
    "confirm-clock": "date of this computer confirmed",
    "confirm-log": "log confirmed as it stands",
    "contributor": "contributor entered",
    "contributor-forget": "contributor forgotten",
    "contributor-letter": "letter to the contributor approved",
    "copy": "copy handed out",
    "copy-settled": "what became of a copy",
    "erase": "erasure",
    "film": "film made",
    "hold": "legal hold",
    "hold-lift": "legal hold lifted",
    "import": "recording brought in",
    "objected": "objection of a person in it",
    "person": "decision about a person in it",
    "picture-allow": "picture said to be another",
    "register": "register of people said to be complete",
    "restore": "earlier generation restored",
    "restore-backup": "put back from a backup",
    "restore-confirm": "let go after a restore",
    "restore-hold": "held since a restore",
    "signoff": "sign-off",
    "staff-add": "account added",
    "staff-retire": "account retired",
    "story-edit": "words about the story changed",
    "story-new": "story started",
    "take-down": "taken down from the site",
    "withdraw": "withdrawal",
}


def action_in_words(action: str) -> str:
    """Return an action of the log in words; of one that has none, its own name."""
    return _WORDS.get(action, action.replace("-", " "))


def decision_in_words(line: str) -> str:
    """Return a day and an action, such as `2026-11-28 signoff`, with the action in words."""
    day, _, action = line.partition(" ")
    return f"{day} {action_in_words(action)}".rstrip()
