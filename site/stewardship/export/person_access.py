"""Export what is held about somebody in the register: the patient, a relative, a nurse.

The right of access (UK GDPR Article 15) is theirs as well, and what is the contributor's or
anybody else's is not theirs to be given. A folder:

    index.html          what the register says of them, in plain English
    everything.json     the same, for a machine
    manifest.sha256     both with their SHA-256
    passages.md         what was said about them: for the editor to fill in
    checklist.md        for the editor alone: what no machine can find, or decide

Where in a recording somebody is spoken of cannot be found reliably by a machine: a name can be a
nickname, “he”, or what happened on one night. The export says so, and an editor does it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from library.consent.contributors import contributor_of
from library.consent.gate import audiences_released
from library.consent.gate_input import history_of, progress_of
from library.core import struct_file
from library.core.audience import AudienceWord
from library.core.clock import now, today
from library.core.errors import NotFound
from library.core.settings import load_settings
from library.core.workspace import StoryFolder, Workspace
from library.records.copies import Copy, CopySettled, Medium, open_copies
from library.records.ledger import Ledger
from library.records.people import Person
from library.records.store import Snapshot
from library.records.story import Story
from publish.print_record import print_record
from stewardship.export import plain_english
from stewardship.export.collect import BuildRecord, ResponsibleBody, builds_of, responsible_body
from stewardship.export.subject_access import (
    SUBJECT_ACCESS_ACTION,
    Watch,
    free_folder,
    not_filled_in,
)
from stewardship.export.write import FileToWrite, with_manifest, write_folder
from transcribe.redaction.name_list import ListedName, NameKind, load_names

NAME_LEFT_OUT = "[a name left out]"
CHECKLIST_FILE, PASSAGES_FILE = "checklist.md", "passages.md"
_TEMPLATES = Path(__file__).with_name("templates")
_TO_READ = {
    "the recording, to listen to": "original",
    "the words as recognised": "transcript",
    "the editor’s copy, with what was cut and every note": "editors_copy",
    "the film, to watch": "film",
    "the list of names that must not be heard": "name_list",
    "signed forms and letters": "signed_forms",
    "what the contributor answered about the film": "answers",
}
"""Files of a story’s folder in which somebody may be spoken of."""


_NO_WORDS = frozenset(
    {"id", "story", "recorded", "person", "decided", "on", "role", "capacity", "informed_on"}
)
"""Fields of an entry in which nobody wrote anything: what comes later counts as words."""


class HandedOut(msgspec.Struct, frozen=True, kw_only=True):
    """A copy that is out there: not to whom, which may be the contributor."""

    on: date
    medium: Medium
    audience: AudienceWord


class ApprovalOfThem(msgspec.Struct, frozen=True, kw_only=True):
    """An approval of the film, and what had been decided about them then."""

    on: date
    role: str
    decided: str


class PersonInStory(msgspec.Struct, frozen=True, kw_only=True):
    """All records about somebody in one story."""

    story: str
    person: str
    entries: tuple[dict[str, Any], ...]
    """Entries of the register, each decision with all its fields, without names of others."""
    approvals: tuple[ApprovalOfThem, ...]
    listed_complete: tuple[date, ...]
    """Days on which an editor said that the register, with them in it, was complete."""
    shown_to: tuple[AudienceWord, ...]
    """Audiences that may see the story on the day this was gathered."""
    withdrawn_on: date | None
    copies: tuple[HandedOut, ...]
    builds: tuple[BuildRecord, ...]

    @property
    def persons(self) -> tuple[Person, ...]:
        return tuple(msgspec.convert(entry, Person) for entry in self.entries)


class PersonData(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is held in records about somebody who is spoken of."""

    schema: int = 1
    gathered: str
    """UTC, ISO 8601 with seconds."""
    responsible: ResponsibleBody
    stories: tuple[PersonInStory, ...]


@dataclass(frozen=True)
class PersonExport:
    """The export that was made. It is not whole before an editor has filled in `checklist`."""

    path: Path
    stories: tuple[str, ...]
    checklist: Path
    not_filled_in: tuple[str, ...]
    """Settings that the page shows and nobody has filled in yet."""


def export_for_person(
    workspace: Workspace,
    persons: Sequence[str],
    *,
    story_id: str | None = None,
    to: Path | None = None,
    role: str = "editor",
    watch: Watch,
) -> PersonExport:
    """Export what is held about one person, by all the ids the register has for them.

    `story_id` must have each of them, where it is given. Raises NotFound for an id that no register
    has, BadInput for a folder that would be published, and as `write_folder` does.
    """
    data = collect_person_data(workspace, persons, story_id)
    ids = tuple(dict.fromkeys(part.story for part in data.stories))
    path = free_folder(workspace, ids, to, "-person")
    page = _page(data, load_settings(workspace).retention.withdrawn_days)
    items = [
        FileToWrite("index.html", page.encode()),
        FileToWrite("everything.json", struct_file.encode(data)),
    ]
    # Behind the manifest: an editor fills them in.
    to_fill_in = [
        FileToWrite(PASSAGES_FILE, _passages(data).encode()),
        FileToWrite(CHECKLIST_FILE, _checklist(workspace, data).encode()),
    ]

    def record() -> None:
        for person in dict.fromkeys(persons):
            # About them and not about the story: its contributor is not told who else asked.
            with Ledger(workspace).update(SUBJECT_ACCESS_ACTION, person, role):
                pass

    with watch("Gathering", sum(item.size for item in items)) as on_progress:
        write_folder(
            path,
            items,
            on_progress,
            record,
            lambda listed: [*with_manifest(listed), *to_fill_in],
        )
    return PersonExport(path, ids, path / CHECKLIST_FILE, not_filled_in(data.responsible))


# The records


def collect_person_data(
    workspace: Workspace, persons: Sequence[str], story_id: str | None = None
) -> PersonData:
    """Collect the records about one person. Raises NotFound naming the ids nobody has, Damaged."""
    snapshot = Ledger(workspace).read()
    if story_id is not None:
        workspace.story(story_id)
        snapshot.get(Story, story_id)  # raises NotFound
    stories_by_person: dict[str, str] = {
        entry.person: entry.story
        for entry in snapshot.all(Person)
        if entry.person in persons and story_id in (None, entry.story)
    }
    unknown = [person for person in persons if person not in stories_by_person]
    if unknown:
        where = f"the register of {story_id}" if story_id else "any register"
        raise NotFound(
            f"There is nobody “{'”, “'.join(unknown)}” in {where}.",
            f"See who is in a story: carer-stories people list {story_id or 'STORY'}",
        )
    return PersonData(
        gathered=now(),
        responsible=responsible_body(load_settings(workspace)),
        stories=tuple(
            _person_in_story(workspace, snapshot, stories_by_person[person], person)
            for person in dict.fromkeys(persons)
        ),
    )


def _person_in_story(
    workspace: Workspace, snapshot: Snapshot, story_id: str, person: str
) -> PersonInStory:
    history = history_of(snapshot, story_id)
    names = _NamesOfOthers(workspace, history.story)
    cut = progress_of(workspace.story(story_id)).cut
    copies = open_copies(snapshot.all(Copy), snapshot.all(CopySettled), story_id)
    whole = history.whole_withdrawal
    return PersonInStory(
        story=story_id,
        person=person,
        entries=tuple(
            {
                name: (
                    names.left_out_of(value)
                    if isinstance(value, str) and name not in _NO_WORDS
                    else value
                )
                for name, value in msgspec.to_builtins(entry).items()
            }
            for entry in history.people
            if entry.person == person
        ),
        approvals=tuple(
            ApprovalOfThem(on=approval.on, role=approval.role, decided=approval.people[person])
            for approval in history.approvals
            if person in approval.people
        ),
        listed_complete=tuple(
            register.on for register in history.registers if person in register.people
        ),
        shown_to=tuple(
            audience.word  # type: ignore[misc]
            for audience in audiences_released(history, cut, today())
        ),
        withdrawn_on=whole.on if whole else None,
        copies=tuple(
            HandedOut(on=copy.on, medium=copy.medium, audience=copy.audience) for copy in copies
        ),
        builds=tuple(builds_of(workspace, story_id)),
    )


class _NamesOfOthers:
    """The names in a story that are known here: of its contributor, and of the private list."""

    def __init__(self, workspace: Workspace, story: Story) -> None:
        contributor = contributor_of(workspace, story.id)
        names = [story.contributor, contributor.name if contributor else ""]
        contacts = {contributor.contact} if contributor and contributor.contact.strip() else set()
        listed = [ListedName(name=name, kind=NameKind.PERSON) for name in names if name.strip()]
        # One that cannot be read is refused: better no export than one with a name in it.
        listed += load_names(workspace.story(story.id)).names
        # The longest first, so that no part of a name is left of it.
        terms = sorted({*_terms(listed), *contacts}, key=len, reverse=True)
        patterns = (r"\W+".join(map(re.escape, term.split())) for term in terms)
        either = "|".join(rf"(?<!\w)(?:{pattern})(?!\w)" for pattern in patterns)
        self._pattern = re.compile(either, re.IGNORECASE) if terms else None

    def left_out_of(self, text: str) -> str:
        """Return `text` without the names."""
        return self._pattern.sub(NAME_LEFT_OUT, text) if self._pattern else text


def _terms(listed: Iterable[ListedName]) -> Iterator[str]:
    for name in listed:
        yield from (spelling for spelling in name.spellings if spelling.strip())
        yield from name.single_names


# The page, and what is left to the editor


def _page(data: PersonData, withdrawn_days: int) -> str:
    who = data.responsible
    return print_record(
        "person_access.html",
        _TEMPLATES,
        title="What is held about you",
        foot=f"{who.library} · {who.trust} · {data.gathered}",
        data=data,
        who=who,
        withdrawn_days=withdrawn_days,
        words=plain_english,
        passages=PASSAGES_FILE,
        left_out=NAME_LEFT_OUT,
    )


_PASSAGES_HEAD = """\
# What was said about you

**Not gone through yet.** An editor listens to each recording and reads its words, writes down
here what is about you, and then puts their role and the day in the place of this paragraph.
"""
_PASSAGES_OF_STORY = """
## {story}

| where (minute:second) | what is said about you | in the film? |
|---|---|---|
|  |  |  |
"""
_CHECKLIST_HEAD = """\
# For the editor: before this is handed over

The program gathered what the register says of this person. It cannot find where in a recording
they are spoken of: somebody can be “he”, a nickname, or what happened on one night. That is yours
to do. The answer is due within a month of the day they asked (UK GDPR, Article 12).

## Who asks

- [ ] It is they who ask, or somebody who may ask for them. How I know: ____
- [ ] Every entry of theirs is here. The program cannot tell that two entries are one person: look
      through `carer-stories people list STORY` of each story they may be in, and run the export
      again with a `--person` for each.
- [ ] Each of these is theirs, and nobody else’s: {entries}.

## What the register says (index.html and everything.json)

- [ ] I read every word. Names that the program knows were replaced by “{left_out}”. What else is
      about the contributor or somebody else I took out of **both** files; then manifest.sha256 no
      longer fits, and I removed it.
"""
_CHECKLIST_OF_STORY = """
## Story {story}

{places}
- [ ] What is about them I copied into {passages}, word for word, with the time. What is about the
      contributor, or would tell who they are, I left out; where the two cannot be parted I asked
      our data protection lead (Data Protection Act 2018, Schedule 2, paragraph 16).
- [ ] If their picture or voice is in it: our data protection lead said how they get it.
"""
_CHECKLIST_END = """
## Elsewhere

- [ ] Who has copies (`carer-stories copies list`): the organisations, if they want their names.
- [ ] Training plans, notes of sessions, pages written by hand, safeguarding records, letters and
      mail are outside this export. What is about them I added, or our data protection lead said
      why not.

## Then

- [ ] {passages} no longer says “Not gone through yet”.
- [ ] I removed this file ({checklist}) and handed over the rest, to them alone.
- [ ] If they object: `carer-stories people decide STORY PERSON --as objected`. Then it is no
      longer shown.
- [ ] The folder is removed here.

Done by (role): ____  on: ____
"""


def _passages(data: PersonData) -> str:
    stories = dict.fromkeys(part.story for part in data.stories)
    return _PASSAGES_HEAD + "".join(_PASSAGES_OF_STORY.format(story=story) for story in stories)


def _checklist(workspace: Workspace, data: PersonData) -> str:
    entries = ", ".join(f"{part.person} in {part.story}" for part in data.stories)
    parts = [_CHECKLIST_HEAD.format(entries=entries, left_out=NAME_LEFT_OUT)]
    for story in dict.fromkeys(part.story for part in data.stories):
        items = "\n".join(f"- [ ] {item}" for item in _checklist_items(workspace.story(story)))
        parts.append(_CHECKLIST_OF_STORY.format(story=story, places=items, passages=PASSAGES_FILE))
    parts.append(_CHECKLIST_END.format(passages=PASSAGES_FILE, checklist=CHECKLIST_FILE))
    return "".join(parts)


def _checklist_items(folder: StoryFolder) -> Iterator[str]:
    """Yield what there is of a story to go through, each with where it lies."""
    has_files = False
    for what, attribute in _TO_READ.items():
        path: Path = getattr(folder, attribute)
        if path.exists():
            has_files = True
            yield f"I went through {what}: `{path.relative_to(folder.root.parent.parent)}`"
    if not has_files:
        yield "Nothing is kept of its recording or its words."
