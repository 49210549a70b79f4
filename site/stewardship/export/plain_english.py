"""Records as a contributor would want them told: in sentences, with what each choice means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from library.core.audience import Audience
from library.core.timecode import clock
from library.core.workspace import StoryFolder
from library.records.audit_log import AuditEntry
from library.records.consent import Agreement, Approval, Release, Withdrawal
from library.records.copies import Copy, CopySettled
from library.records.people import DECISION_MEANINGS, Person, latest_decisions
from publish import print_html
from stewardship.export.collect import StoryHeld
from transcribe.words import EditedTranscript, Transcript

_NAMES = {
    "full": "your full name is shown",
    "first": "your first name is shown",
    "chosen": "the name you chose is shown",
    "none": "no name is shown",
}
_PICTURES = {"shown": "you are seen", "voice-only": "you are heard and not seen"}
_VOICES = {
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
    "subject-access": "What is held about you was gathered for you",
}
_PAUSE = 1_500
"""Milliseconds of silence that begin a new paragraph of the literal words."""


def role(word: str) -> str:
    """`carer-volunteer` → carer volunteer."""
    return word.replace("-", " ")


def moment(stamp: str) -> str:
    """`2026-03-01T10:00:00Z` → 1 March 2026, 10:00 UTC."""
    when = datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ")
    return f"{print_html.day(when.date())}, {when:%H:%M} UTC"


def level(word: str) -> str:
    audience = Audience.from_word(word)
    return f"{audience.level_of_use} (“{word}”)"


def agreement(one: Agreement) -> print_html.Html:
    return print_html.facts(
        (
            ("Given on", print_html.day(one.on)),
            ("Taken by", f"the {role(one.taken_by)}"),
            (
                "Independent",
                "by someone outside your relative’s care"
                if one.independent
                else "not by someone outside your relative’s care",
            ),
            ("Your capacity to decide", "considered" if one.capacity_considered else "not noted"),
            ("Version of the form", one.form_version),
            ("Recorded", moment(one.recorded)),
        )
    )


def release(one: Release) -> print_html.Html:
    return print_html.facts(
        (
            ("You viewed the film on", print_html.day(one.viewed)),
            ("You released it", level(one.audience)),
            ("Your name", _NAMES[one.name]),
            ("Your picture", _PICTURES[one.picture]),
            ("Your voice", _VOICES[one.voice]),
            ("You are asked again by", print_html.day(one.review)),
            ("Witnessed by", f"the {role(one.witness)}"),
            ("Version of the form", one.form_version),
            ("The film, by its code", print_html.code(one.cut)),
            ("Recorded", moment(one.recorded)),
        )
    )


def approval(one: Approval) -> str:
    return (
        f"{print_html.day(one.on)}: the {role(one.role)} approved film {one.cut[:8]}. "
        f"{level(one.audience)}. Of the picture: {_DESCRIBED[one.description]}."
    )


def withdrawal(one: Withdrawal) -> str:
    what = "everything" if one.is_whole else f"showing it to “{one.scope}” and wider"
    return (
        f"{print_html.day(one.on)}: {what} was taken back, asked for by the {role(one.asked_by)}."
    )


def people(held: StoryHeld) -> print_html.Html:
    def row(one: Person) -> tuple[str, str, str]:
        return (
            one.relation,
            one.told or "not written down",
            f"{DECISION_MEANINGS[one.decided]}, {one.on}",
        )

    headings = ("Who, to you", "What is told", "What was decided")
    return print_html.table(
        "People in the story", headings, map(row, latest_decisions(held.people))
    )


def copies(handed_out: Iterable[Copy], settled: Iterable[CopySettled]) -> Iterator[str]:
    became = {one.copy: one for one in settled}
    for one in handed_out:
        done = became.get(one.id)
        end = (
            f"{_OUTCOMES[done.outcome]} on {print_html.day(done.on)}."
            if done
            else "It is out there."
        )
        yield f"{print_html.day(one.on)}, {_MEDIA[one.medium]}, to {one.to}. {end}"


def log_line(one: AuditEntry) -> str:
    did = _LOGGED.get(one.action, f"“{one.action}” was done")
    into = f" ({role(one.became)})" if one.became else ""
    return f"{moment(one.at)}: {did}{into}, by the {role(one.role)}. Line {one.sequence}."


def shown(held: StoryHeld) -> str:
    """Who sees it now, and since when."""
    now = (
        "Now: " + "; ".join(level(word) for word in held.shown_to) + "."
        if held.shown_to
        else "Now: nobody is shown it."
    )
    if not held.builds:
        return f"{now} It was never in the library that staff see."
    days = [date.fromisoformat(one.built[:10]) for one in held.builds]
    often = "once" if len(days) == 1 else f"{len(days)} times"
    return (
        f"{now} It was in the library that staff see when that was made, {often}: first on "
        f"{print_html.day(min(days))}, last on {print_html.day(max(days))}."
    )


def literal_text(transcript: Transcript) -> str:
    """What was recognised, word for word, in paragraphs by the pauses."""
    paragraphs: list[list[str]] = []
    ended = None
    for word in transcript.words:
        if ended is None or word.start - ended >= _PAUSE:
            paragraphs.append([f"[{clock(word.start)}]"])
        paragraphs[-1].append(word.text)
        ended = word.end
    return "\n\n".join(" ".join(words) for words in paragraphs) + "\n"


def edited_text(edited: EditedTranscript) -> str:
    """What the page and captions are made from: corrected, cut and redacted."""
    titles = {chapter.question: chapter.title for chapter in edited.chapters}
    said: list[str] = []
    question = None
    for turn in edited.turns:
        if turn.question != question and turn.question in titles:
            said.append(titles[turn.question])
        question = turn.question
        said.append(f"[{clock(turn.words[0].start)}] {turn.speaker}: {turn.text}")
    return "\n\n".join(said) + "\n"


def what_it_is(name: str, folder: StoryFolder) -> str:
    """What a file of a story is, in words; for one that is not known here, nothing."""
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
        "names.yml": "names and words of your story that must not be heard",
        "names-asked.json": "what was asked and answered about such names",
    }
    first, _, rest = name.partition("/")
    if first == folder.original.name and rest != folder.manifest.name:
        return "your recording, as it came"
    if first == folder.signed_forms.name:
        return "a scan of a form you signed"
    if first == folder.translations.name:
        return "the captions in another language, as they were brought in"
    if name.startswith("captions."):
        return known.get(name) or "the captions in another language"
    if first == folder.sessions.name:
        return _of_a_session(rest)
    if first == "receipts":
        deleted = rest.startswith("deleted-")
        return f"the receipt of a {'recording that was deleted' if deleted else 'withdrawal'}"
    return known.get(rest or first, "")


def _of_a_session(rest: str) -> str:
    name = rest.rpartition("/")[2]
    if name.startswith("journal."):
        return "what happened in the session: questions, marks, notes, how you said you were"
    return "a recording of you about which nothing is decided yet"
