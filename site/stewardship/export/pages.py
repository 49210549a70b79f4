"""The page `index.html` of a subject access export: all that is held about a contributor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from library.core.files import human_size
from library.core.settings import Retention
from library.core.workspace import StoryFolder
from publish import print_html
from stewardship.export import plain_english
from stewardship.export.collect import StoryRecords, SubjectData

NOT_FILLED_IN = "[the trust has not filled this in]"
_RIGHTS = (
    "to see what is held about you, which is what these pages are for",
    "to have put right what is wrong",
    "to have it erased: the recording, the film and the words",
    "to have its use limited, or to object to its use",
    "to have it in a form that a machine can read: that is everything.json, beside this page",
    "to take back your permission at any time, which is as easy as giving it. Your care, and that "
    "of your relative, never depends on it",
)
_COMPLAIN = (
    "You may complain to the Information Commissioner’s Office (ICO), at Wycliffe House, Water "
    "Lane, Wilmslow, Cheshire SK9 5AF, by telephone on 0303 123 1113, or at ico.org.uk. You need "
    "not have spoken to the trust first, but it would like to hear from you."
)


@dataclass(frozen=True)
class ExportedFile:
    """A file of the export: its path below the page, its bytes, and what it is."""

    path: str
    size: int
    description: str = ""


@dataclass(frozen=True)
class StoryExport:
    """A story with its records, its files and its words as text."""

    records: StoryRecords
    folder: StoryFolder
    files: tuple[ExportedFile, ...]
    literal: str = ""
    edited: str = ""
    notes: str = ""
    """The editor’s copy, with every mark in it."""


def subject_page(subject: SubjectData, parts: Sequence[StoryExport], retention: Retention) -> str:
    """Return the page. All text is escaped, and it loads nothing from another place."""
    sections = [
        _contents(parts),
        print_html.section("About these pages", _about(subject)),
        print_html.section(
            "Why it is held, for how long, and who sees it",
            _purpose_and_retention(subject, retention),
        ),
        print_html.section("Your rights", _rights(subject)),
        print_html.section("Who you are to us", _contributor(subject), name="you"),
        *(
            print_html.section(
                _story_heading(part), _story_section(part, subject), name=_anchor(part)
            )
            for part in parts
        ),
        print_html.section("The files", _files_note(), name="files"),
    ]
    foot = f"{subject.responsible.library} · {subject.responsible.trust} · {subject.gathered}"
    return print_html.page("What is held about you", sections, foot=foot)


def _contents(parts: Sequence[StoryExport]) -> Markup:
    links = [print_html.link("#you", "Who you are to us")]
    links += [print_html.link(f"#{_anchor(part)}", _story_heading(part)) for part in parts]
    return print_html.contents([*links, print_html.link("#files", "The files")])


def _story_heading(part: StoryExport) -> str:
    story = part.records.story
    return f"Your story “{story.title}”, {story.id}"


def _anchor(part: StoryExport) -> str:
    return part.records.story.id


def _about(subject: SubjectData) -> Iterator[Markup]:
    who = subject.responsible
    yield print_html.paragraph(
        f"These pages hold everything that {who.library} of {who.trust} keeps about you as someone "
        "who told a story. They were gathered on "
        f"{plain_english.date_and_time(subject.gathered)}, because you asked."
    )
    yield print_html.paragraph(f"Whom to ask: {who.contact or NOT_FILLED_IN}")
    if subject.other_stories:
        ids = ", ".join(subject.other_stories)
        yield print_html.paragraph(
            f"You also told {ids}. They are not in here: ask, if you want them."
        )
    yield print_html.paragraph(
        "Copies may remain for some time in the trust’s backups. Ask the trust how long it keeps "
        "those."
    )


def _purpose_and_retention(subject: SubjectData, retention: Retention) -> Iterator[Markup]:
    who = subject.responsible
    yield print_html.facts(
        (
            ("Lawful basis", who.lawful_basis or NOT_FILLED_IN),
            ("Condition for health data", who.special_category_condition or NOT_FILLED_IN),
            ("Where it came from", "from you: what you said, chose and signed"),
            (
                "Who works with it",
                "the people who look after the library. They are named by role alone in the "
                "records below",
            ),
            ("Who is shown it", "those you released it to: each story below says who"),
            (
                "How long",
                "You are asked again by the date in your sign-off; from then on it is not shown "
                "until you answer. A story that was withdrawn comes up for erasure after "
                f"{retention.withdrawn_days} days, a recording never signed off after "
                f"{retention.unsigned_months} months.",
            ),
            (
                "Decisions by machines",
                "none. A program proposes the words it hears; a person checks them",
            ),
        )
    )


def _rights(subject: SubjectData) -> Iterator[Markup]:
    yield print_html.paragraph("You have the right")
    yield print_html.bullets(_RIGHTS)
    yield print_html.paragraph(
        f"To use any of them, ask: {subject.responsible.contact or NOT_FILLED_IN}"
    )
    yield print_html.paragraph(_COMPLAIN)


def _contributor(subject: SubjectData) -> Iterator[Markup]:
    contributor = subject.contributor
    if contributor is None or not (contributor.name or contributor.contact):
        yield print_html.paragraph("Nothing is kept about your real name, or how to reach you.")
        return
    yield print_html.paragraph("This is kept apart from everything else, and shown nowhere.")
    yield print_html.facts(
        (
            ("Name", contributor.name),
            ("How to reach you", contributor.contact or "nothing is kept"),
            ("First written", plain_english.date_and_time(contributor.recorded)),
        )
    )


def _story_section(part: StoryExport, subject: SubjectData) -> Iterator[Markup]:
    records = part.records
    yield from _current_state(records)
    yield from _page_words(records)
    yield from _decisions(records)
    yield from _other_people(records, is_left_out=subject.without_others)
    yield from _titled_list(
        "Copies handed out", plain_english.copy_lines(records.copies, records.settled)
    )
    yield from _recording(part)
    yield from _transcripts(part)
    yield from _titled_list(
        "What was done, as the log has it", map(plain_english.log_line, records.log)
    )
    yield from _file_list(part)


def _current_state(records: StoryRecords) -> Iterator[Markup]:
    yield print_html.paragraph(plain_english.audience_now(records))
    if records.is_erased:
        yield print_html.paragraph(
            "Your story was withdrawn and erased: the recording, the film and the words are gone. "
            "What is left is what was decided and when, so that it can be shown that it was done.",
            kind="note",
        )


def _page_words(records: StoryRecords) -> Iterator[Markup]:
    story = records.story
    yield print_html.heading("What its page says of it")
    yield print_html.facts(
        (
            ("Title", story.title),
            ("You are shown as", story.contributor or "no name"),
            ("Summary", story.summary or "none"),
            ("Note on what it tells", story.content_note or "none"),
            ("Themes", ", ".join(story.themes) or "none"),
            ("Questions asked", story.questions),
            ("Begun", plain_english.date_and_time(story.created)),
        )
    )


def _decisions(records: StoryRecords) -> Iterator[Markup]:
    yield print_html.heading("What you agreed to before it was recorded")
    yield from map(plain_english.agreement_facts, records.agreements)
    if not records.agreements:
        yield print_html.paragraph("Nothing is recorded.")
    yield print_html.heading("What you released once you had viewed the film")
    yield from map(plain_english.release_facts, records.releases)
    if not records.releases:
        yield print_html.paragraph("Nothing is recorded.")
    yield from _titled_list("Approvals", map(plain_english.approval_line, records.approvals))
    yield from _titled_list(
        "What was taken back", map(plain_english.withdrawal_line, records.withdrawals)
    )


def _other_people(records: StoryRecords, *, is_left_out: bool) -> Iterator[Markup]:
    yield print_html.heading("Other people in your story")
    if is_left_out:
        yield print_html.paragraph(
            "The register of other people, and the list of names that must not be heard, were left "
            "out, to protect the rights of the people in them. You may ask the trust why."
        )
        return
    if not records.people:
        yield print_html.paragraph("Nobody is in the register.")
        return
    yield plain_english.people_table(records)
    yield print_html.paragraph(
        "This is about other people, who have rights of their own: the trust looks it over before "
        "it is handed to you."
    )


def _titled_list(title: str, items: Iterable[object]) -> Iterator[Markup]:
    lines = list(items)
    yield print_html.heading(title)
    yield print_html.bullets(lines) if lines else print_html.paragraph("Nothing is recorded.")


def _recording(part: StoryExport) -> Iterator[Markup]:
    paths = {file.path.split("/", 1)[1]: file.path for file in part.files}
    folder = part.folder
    film, audio = paths.get(folder.film.name), paths.get(folder.audio.name)
    if not (film or audio):
        return
    yield print_html.heading("The film")
    if film:
        poster = paths.get(folder.poster.name, "")
        yield print_html.player("video", film, "The film of your story", poster=poster)
    elif audio:
        yield print_html.player("audio", audio, "Your story, to listen to")
    captions = paths.get(folder.captions.name)
    if captions:
        yield print_html.paragraph(print_html.link(captions, "Its captions, as text with times"))


def _transcripts(part: StoryExport) -> Iterator[Markup]:
    texts = (
        ("The words, as corrected and shown", part.edited),
        ("The words, as a program heard them", part.literal),
        ("The editor’s copy, with every mark and note", part.notes),
    )
    if any(text for _, text in texts):
        yield print_html.heading("What was said")
    for title, text in texts:
        if text:
            yield print_html.details(
                title, [print_html.paragraph(paragraph) for paragraph in text.split("\n\n")]
            )


def _file_list(part: StoryExport) -> Iterator[Markup]:
    yield print_html.heading("Its files")
    if not part.files:
        yield print_html.paragraph("None are kept.")
        return
    rows = [
        (
            print_html.link(file.path, file.path.split("/", 1)[1]),
            file.description,
            human_size(file.size),
        )
        for file in part.files
    ]
    yield print_html.table("Every file of the story", ("File", "What it is", "Size"), rows)


def _files_note() -> Iterator[Markup]:
    yield print_html.paragraph(
        "everything.json holds the same records for a machine. manifest.sha256 lists every file "
        "with its SHA-256, by which anybody can tell later that none was changed. Left out are "
        "working copies that are made from these files and say nothing else."
    )
