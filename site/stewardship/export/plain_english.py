"""Records as sentences and tables in plain English, for a contributor to read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from library.core.audience import Audience
from library.core.days import day_in_words
from library.core.timecode import clock
from library.core.workspace import StoryFolder
from library.records.audit_log import AuditEntry
from library.records.consent import Approval, Withdrawal
from library.records.copies import Copy, CopySettled
from library.records.people import (
    CAPACITY_MEANINGS,
    DECISION_MEANINGS,
    Person,
    latest_decisions,
)
from library.records.safeguarding import LegalHold, SafeguardingRecord
from stewardship.export.collect import StoryRecords
from transcribe.words import EditedTranscript, Transcript

if TYPE_CHECKING:
    from library.consent.safeguarding import KeptApart
    from stewardship.export.person_access import ApprovalOfThem, HandedOut, PersonInStory

__all__ = ["CAPACITY_MEANINGS", "DECISION_MEANINGS"]
"""Read by the templates, beside what is here."""

NAMES = {
    "full": "your full name is shown",
    "first": "your first name is shown",
    "chosen": "the name you chose is shown",
    "none": "no name is shown",
}
ARCHIVES = {
    "no": "no archive may keep it",
    "as-shown": "an archive may keep the film and its words, as they are shown",
    "uncut": "an archive may keep the film, and the recording with all that was cut from it",
}
PICTURES = {
    "shown": "you are seen",
    "blurred": "you are seen, but blurred; people may still know you by your voice and your words",
    "voice-only": "you are heard and not seen",
}
VOICES = {
    "own": "your own voice, by which people may know you",
    "disguised": "your voice is changed; people may still know you by your words",
}
_DESCRIBED = {
    "not-needed": "nothing that matters is only seen",
    "in-words": "what is only seen is told in the words of the page",
}
_MEDIA = {
    "stick": "on a stick",
    "download": "as a download",
    "server": "on another server",
    "paper": "on paper",
    "preview": "as a preview",
    "archive": "for an archive to keep",
    "other": "in another way",
}
_OUTCOMES = {
    "returned": "It was given back",
    "destroyed": "It was destroyed",
    "replaced": "It was replaced",
    "lost": "It was lost",
}
_LOGGED = {
    "story-new": "The story was started",
    "story-edit": "The words about the story were changed",
    "agreement": "Your participation agreement was recorded",
    "import": "The recording was brought in",
    "transcribe": "The speech was turned into words",
    "edit": "The words were checked and corrected",
    "film": "The film was made",
    "contributor-letter": "A letter about what became of your story was approved",
    "preview-answers": "Your answers about the film were brought in",
    "signoff": "Your sign-off of the film was recorded",
    "approve": "The film was approved",
    "withdraw": "It was withdrawn",
    "erase": "It was erased",
    "person": "What was decided about somebody in the story was recorded",
    "register": "The list of people in the story was said to be complete",
    "copy": "A copy that was handed out was entered",
    "copy-settled": "What became of a copy was entered",
    "contributor": "Who told the story was recorded",
    "contributor-forget": "Who told the story was forgotten",
    "hold": "It was decided that nothing of it may be deleted for now",
    "hold-lift": "It was decided that it may be deleted again",
    "retention": "What was past its date was removed",
    "subject-access": "What is held about you was gathered for you",
}
_PAUSE_MS = 1_500
"""Milliseconds of silence that begin a new paragraph of the literal words."""


def role(word: str) -> str:
    """Return a role as words: `carer-volunteer` becomes “carer volunteer”."""
    return word.replace("-", " ")


def date_and_time(stamp: str) -> str:
    """Return `2026-03-01T10:00:00Z` as “1 March 2026, 10:00 UTC”."""
    when = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ")
    return f"{day_in_words(when.date())}, {when:%H:%M} UTC"


def level_of_use(word: str) -> str:
    """Return an audience, by its word, with what it means."""
    audience = Audience.from_word(word)
    return f"{audience.level_of_use} (“{word}”)"


def approval_lines(approvals: Iterable[Approval]) -> list[str]:
    return [_approval_line(approval) for approval in approvals]


def _approval_line(approval: Approval) -> str:
    day = day_in_words(approval.on)
    return (
        f"{day}: the {role(approval.role)} approved film {approval.cut[:8]}. "
        f"{level_of_use(approval.audience)}. Of the picture: {_DESCRIBED[approval.description]}."
    )


def withdrawal_lines(withdrawals: Iterable[Withdrawal]) -> list[str]:
    return [_withdrawal_line(withdrawal) for withdrawal in withdrawals]


def _withdrawal_line(withdrawal: Withdrawal) -> str:
    day, asked_by = day_in_words(withdrawal.on), role(withdrawal.asked_by)
    return f"{day}: {withdrawal.in_words} was taken back, asked for by the {asked_by}."


def people_rows(people: Iterable[Person]) -> list[tuple[str, str, str]]:
    """Return of each person in the story who they are, what is told, and what was decided."""
    return [
        (
            person.relation,
            person.told or "not written down",
            f"{DECISION_MEANINGS[person.decided]}, {person.on}",
        )
        for person in latest_decisions(people)
    ]


def copy_lines(handed_out: Iterable[Copy], settled: Iterable[CopySettled]) -> list[str]:
    settled_by_copy = {record.copy: record for record in settled}
    return [_copy_line(copy, settled_by_copy.get(copy.id)) for copy in handed_out]


def _copy_line(copy: Copy, outcome: CopySettled | None) -> str:
    end = (
        f"{_OUTCOMES[outcome.outcome]} on {day_in_words(outcome.on)}."
        if outcome
        else "It is out there."
    )
    return f"{day_in_words(copy.on)}, {_MEDIA[copy.medium]}, to {copy.to}. {end}"


def kept_apart_facts(record: KeptApart) -> list[tuple[str, str]]:
    """Return a safeguarding record or a legal hold as names and values."""
    recorded = ("Written down", f"{date_and_time(record.recorded)}, by the {role(record.role)}")
    if isinstance(record, SafeguardingRecord):
        facts = [
            ("What you told", record.disclosed),
            ("Told on", day_in_words(record.on)),
            ("Who may be at risk", record.at_risk),
            ("Passed on to", record.referred_to),
            ("Passed on", day_in_words(record.referred_on)),
            recorded,
        ]
        return [(name, value) for name, value in facts if value]
    if isinstance(record, LegalHold):
        began = f"from {day_in_words(record.on)} on, until it may go"
        return [("Must be kept", began), ("Why", record.reason), recorded]
    return [
        ("May go again", f"from {day_in_words(record.on)} on"),
        ("Why", record.reason),
        recorded,
    ]


def log_lines(entries: Iterable[AuditEntry]) -> list[str]:
    return [_log_line(entry) for entry in entries]


def _log_line(entry: AuditEntry) -> str:
    action = _LOGGED.get(entry.action, f"“{entry.action}” was done")
    into = f" ({role(entry.became)})" if entry.became else ""
    actor = f"by the {role(entry.role)}"
    return f"{date_and_time(entry.at)}: {action}{into}, {actor}. Line {entry.sequence}."


def approvals_of_person(approvals: Iterable[ApprovalOfThem]) -> list[str]:
    return [
        f"{day_in_words(approval.on)}: by the {role(approval.role)}, when of you "
        f"{DECISION_MEANINGS[approval.decided]}."
        for approval in approvals
    ]


def copies_of_person(handed_out: Iterable[HandedOut]) -> list[str]:
    return [
        f"{day_in_words(copy.on)}, {_MEDIA[copy.medium]}. {level_of_use(copy.audience)}."
        for copy in handed_out
    ]


def audience_now(records: StoryRecords | PersonInStory) -> str:
    """Return a sentence about who is shown the story now, and when it was in the library."""
    now = (
        "Now: " + "; ".join(level_of_use(word) for word in records.shown_to) + "."
        if records.shown_to
        else "Now: nobody is shown it."
    )
    if not records.builds:
        return f"{now} It was never in the library that staff see."
    days = [date.fromisoformat(build.built[:10]) for build in records.builds]
    often = "once" if len(days) == 1 else f"{len(days)} times"
    return (
        f"{now} It was in the library that staff see when that was made, {often}: first on "
        f"{day_in_words(min(days))}, last on {day_in_words(max(days))}."
    )


def literal_text(transcript: Transcript) -> str:
    """Return the recognised words in paragraphs, which begin where there is a pause."""
    paragraphs: list[list[str]] = []
    ended = None
    for word in transcript.words:
        if ended is None or word.start - ended >= _PAUSE_MS:
            paragraphs.append([f"[{clock(word.start)}]"])
        paragraphs[-1].append(word.text)
        ended = word.end
    return "\n\n".join(" ".join(words) for words in paragraphs) + "\n"


def edited_text(edited: EditedTranscript) -> str:
    """Return the words that page and captions are made from: corrected, cut and redacted."""
    titles = {chapter.question: chapter.title for chapter in edited.chapters}
    paragraphs: list[str] = []
    question = None
    for turn in edited.turns:
        if turn.question != question and turn.question in titles:
            paragraphs.append(titles[turn.question])
        question = turn.question
        paragraphs.append(f"[{clock(turn.words[0].start)}] {turn.speaker}: {turn.text}")
    return "\n\n".join(paragraphs) + "\n"


def file_description(name: str, folder: StoryFolder) -> str:
    """Return a description of a file of a story, or "" for a file that is not known here."""
    known = {
        folder.manifest.name: "fixity and facts of the recording",
        folder.session.name: "the questions that were asked, and marks made while recording",
        folder.transcript.name: "the words as recognised, each with its time",
        folder.editors_copy.name: "the editor’s copy: corrections, cuts, redactions and doubts",
        folder.edited.name: "the words as corrected, each with its time",
        folder.review_counts.name: "how many places are marked as unsure",
        folder.captions.name: "the captions",
        folder.chapters.name: "the chapters",
        folder.film.name: "the film",
        folder.audio.name: "the film’s sound alone",
        folder.poster.name: "the picture shown before the film begins",
        folder.page.name: "the words of the story’s page",
        folder.cut.name: "the list of what the film is made of",
        folder.film_choices.name: "what was chosen about the film",
        folder.answers_record.name: "what you answered about a film before it was released",
        "names.yml": "names and words of your story that must not be heard",
        "wishes.json": "what you wished when you changed your mind",
        "names-asked.json": "what was asked and answered about such names",
    }
    first, _, rest = name.partition("/")
    if first == folder.original.name and rest != folder.manifest.name:
        return "your recording, as it came"
    if first == folder.signed_forms.name:
        return "a scan of a form you signed"
    if first == folder.agreed_forms.name:
        return "the words of a form that you agreed to"
    if first == folder.answers.name:
        return "a file of answers that you sent back, as it came"
    if first == folder.translations.name:
        return "the captions in another language, as they were brought in"
    if name.startswith("captions."):
        return known.get(name) or "the captions in another language"
    if first == folder.sessions.name:
        return _session_file_description(rest)
    if first == "receipts":
        deleted = rest.startswith("deleted-")
        return f"the receipt of a {'recording that was deleted' if deleted else 'withdrawal'}"
    return known.get(rest or first, "")


def _session_file_description(rest: str) -> str:
    name = rest.rpartition("/")[2]
    if name.startswith("journal."):
        return "what happened in the session: questions, marks, notes, how you said you were"
    return "a recording of you about which nothing is decided yet"
