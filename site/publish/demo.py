"""The demonstration: a workspace made by the very commands a user would type, on real media.

Four invented stories go the whole road. Three are released: one as it was filmed, one with a cut
and a name that is bleeped, one heard and not seen, in another voice. One contributor asked not to
go on, and the gate keeps that story out.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from library.core.clock import today
from library.core.errors import (
    BadInput,
    CarerStoriesError,
    Damaged,
    DiskFailed,
    NotAllowed,
    NotFound,
)
from library.core.files import write_atomic
from library.core.removal import holds_nothing, remove
from library.core.sanitise import shell_quoted
from library.core.settings import load_settings
from library.core.typed_command import called_as
from library.core.workspace import Workspace
from library.core.yaml_document import read_yaml
from library.records.consent import PictureShown, VoiceHeard
from library.records.cut import CODE_LENGTH
from library.workspace_template import make_workspace, template

RunCommand = Callable[[Sequence[str]], int]
"""Runs one command, given its arguments, and returns its exit code."""

MARK_FILE = ".carer-stories-demonstration"
"""In the folder of a demonstration: only such a folder is ever made again over itself."""

SETTINGS = """\
# The demonstration's settings: everything here is invented.
title: Carer Stories
trust: Larchfield NHS Trust (invented)
introduction: >-
  Carers of people with a mental illness tell what happened, in their own words.
  Watch, listen, read, and ask what you would do.
contact: the Carer Stories team, carer.stories@larchfield.example
withdrawal: tell the Carer Stories team at any time, carer.stories@larchfield.example
support:
  - name: Larchfield carers’ line
    contact: 01632 960 123
    when: every day, 9 to 9
    checked: {today}
  - name: Staff wellbeing, Larchfield
    contact: 01632 960 456
    when: weekdays, 8 to 6
    checked: {today}
model: demo
audience: trust
lawful_basis: "Demonstration only: no personal data"
special_category_condition: "Demonstration only: no personal data"
evidence: witness
fictional: true
"""


@dataclass
class Demonstration:
    """A demonstration: its workspace, and the ids of its stories by slug."""

    workspace: Workspace
    run_command: RunCommand
    ids: dict[str, str] = field(default_factory=dict)


class CommandFailed(CarerStoriesError):
    """A command of the demonstration failed, with that command's exit code."""

    def __init__(self, what: str, next_step: str, exit_code: int) -> None:
        super().__init__(what, next_step)
        self.exit_code = exit_code


def make_demonstration(
    folder: Path, run_command: RunCommand, show: Callable[[str], None]
) -> Demonstration:
    """Make the demonstration in `folder` with `run_command`, showing each through `show`.

    An earlier demonstration there is made again from nothing; any other folder that holds
    something is refused. Raises CommandFailed when a command does.
    """
    _clear(folder)
    stories = demo_stories(template())
    show(f"carer-stories init {shell_quoted(folder)}")
    demonstration = Demonstration(make_workspace(folder), run_command)
    _write_settings(demonstration.workspace)
    for story in stories:
        _create_story(demonstration, story, show)
    _run(demonstration, show, "transcribe", *demonstration.ids.values())
    for story in stories:
        _finish_story(demonstration, story, show)
    copy_plans(demonstration)
    choose_moments(demonstration, stories)
    _run(demonstration, show, "training", "check")
    _run(demonstration, show, "site", "build")
    return demonstration


def things_to_try(demonstration: Demonstration) -> list[tuple[str, str]]:
    """Return for each kind of people what they do, and a sentence with what to try first."""
    # A correction takes down what is released: the one to begin with is shown to nobody yet.
    open_story = next(story for story in demo_stories(template()) if not story.released)
    story_id = demonstration.ids[open_story.slug]
    training = demonstration.workspace.public / "training" / "index.html"
    return [
        (
            "record stories",
            f"run `{called_as()} capture station`, and let a colleague tell you something "
            "invented.",
        ),
        (
            "edit stories",
            f"run `{called_as()} desk {story_id}`, click a word to hear it, and correct one. "
            f"“{open_story.title}” is shown to nobody yet; a released story that is corrected is "
            "taken down until its contributor has said yes again.",
        ),
        (
            "work with staff",
            f"open {training} and go through a session as its facilitator would.",
        ),
    ]


def practice_workspace(folder: Path) -> Workspace:
    """Return the workspace in which somebody tries out a recording; made where it is not there.

    Its settings are the demonstration's, all invented: nothing in it is anybody's story.
    """
    workspace = Workspace(folder)
    if not workspace.database.is_file():
        make_workspace(folder)
        _write_settings(workspace)
    return workspace


def require_invented(folder: Path) -> Workspace:
    """Return the workspace in `folder`, in which everything is invented.

    Raises NotAllowed for any other folder, BadInput for settings that cannot be read.
    """
    workspace = Workspace(folder)
    # Both: our mark stays where somebody made a library of their own of a demonstration.
    if not ((folder / MARK_FILE).is_file() and load_settings(workspace).fictional):
        raise NotAllowed(
            f"{folder} is not a library that was made to practise in; nothing was changed.",
            "Name the folder of a demonstration or a practice.",
        )
    return workspace


def remove_practice(folder: Path) -> None:
    """Delete the practice library in `folder` with all that was recorded in it.

    Raises NotAllowed for any other folder.
    """
    require_invented(folder)
    _remove(folder)


def copy_plans(demonstration: Demonstration) -> None:
    """Copy the demonstration's training plans, with story ids in place of slugs."""
    for path in sorted((template().demo / "training").glob("*.yml")):
        words = path.read_text(encoding="utf-8")
        for slug, story_id in demonstration.ids.items():
            words = re.sub(
                rf"^(\s+story: ){re.escape(slug)}$", rf"\g<1>{story_id}", words, flags=re.M
            )
        write_atomic(demonstration.workspace.training / path.name, words.encode())


def choose_moments(demonstration: Demonstration, stories: Sequence[DemoStory]) -> None:
    """Write into interviews/themes.yml the moments that the demonstration's editors chose."""
    words = demonstration.workspace.themes.read_text(encoding="utf-8")
    for theme in {moment.theme for story in stories for moment in story.chosen}:
        moments = "".join(
            f"\n      - story: {demonstration.ids[story.slug]}\n        words: {moment.words}"
            for story in stories
            for moment in story.chosen
            if moment.theme == theme
        )
        entry = f"\n  - theme: {theme}\n"  # and not the example in the comment above
        words = words.replace(entry, f"{entry}    moments:{moments}\n", 1)
    write_atomic(demonstration.workspace.themes, words.encode())


def _clear(folder: Path) -> None:
    if folder.exists() and (folder / MARK_FILE).is_file():
        # Only with our mark in it: any other folder may be somebody's work.
        _remove(folder)
    elif folder.is_dir() and not holds_nothing(folder):
        raise BadInput(
            f"{folder} holds something that is not a demonstration; nothing was changed.",
            f"Name a new folder: {called_as()} demo DIR",
        )


def _remove(folder: Path) -> None:
    """Remove a folder with the read-only recordings in it. Raises DiskFailed for what stays."""
    for failure in remove(folder):
        raise DiskFailed(
            f"{failure.path} could not be removed: {failure.reason}.",
            "Close what may have it open, then run the same command again.",
        )


def _write_settings(workspace: Workspace) -> None:
    write_atomic(workspace.root / MARK_FILE, b"Made by `carer-stories demo`; may be deleted.\n")
    write_atomic(workspace.settings, SETTINGS.format(today=today()).encode())


def _create_story(
    demonstration: Demonstration, story: DemoStory, show: Callable[[str], None]
) -> None:
    """Create a story with its agreement and its recording."""
    themes = [word for theme in story.themes for word in ("--theme", theme)]
    text = _run(
        demonstration, show, "story", "new",
        "--title", story.title,
        "--questions", story.question_set,
        "--contributor", story.contributor,
        "--summary", story.summary,
        "--content-note", story.content_note or "",
        *themes, "--json", silent=True,
    )  # fmt: skip
    story_id = demonstration.ids[story.slug] = json.loads(text)["id"]
    _run(
        demonstration, show, "consent", "record", story_id,
        "--taken-by", "carer-volunteer", "--independent", "--capacity-considered", "--yes",
    )  # fmt: skip
    _run(
        demonstration, show, "capture", "import", story_id, str(template().demo / story.media.file)
    )


def _finish_story(
    demonstration: Demonstration, story: DemoStory, show: Callable[[str], None]
) -> None:
    """Apply the editor's corrections, make the film, and record a sign-off."""
    story_id = demonstration.ids[story.slug]
    for hidden in story.hidden:
        _run(demonstration, show, "redact", "add", story_id, hidden.name, "--shown", hidden.shown)
    corrected = demonstration.workspace.interviews / f"corrected-{story_id}.md"
    write_atomic(corrected, editors_text(story).encode())
    _run(demonstration, show, "edit", story_id, "--apply", str(corrected), "--yes")
    corrected.unlink()
    if story.heard:
        _let_be_heard(demonstration, story, show)
    _register_people(demonstration, story, show)
    chosen = ("--picture", story.film.picture, "--voice", story.film.voice)
    _run(demonstration, show, "film", story_id, "--for", story.audience, *chosen)
    if story.released:
        _sign_off(demonstration, story, show)
        _run(demonstration, show, "approve", story_id, "--description", "not-needed", "--yes")


def _let_be_heard(
    demonstration: Demonstration, story: DemoStory, show: Callable[[str], None]
) -> None:
    """Answer for the names that nobody listed and whose owners agreed to be heard."""
    story_id = demonstration.ids[story.slug]
    _run(demonstration, show, "redact", "suggest", story_id)
    listed = json.loads(
        _run(demonstration, show, "redact", "list", story_id, "--json", silent=True)
    )
    for possible in listed["possible"]:
        if any(name in possible["words"] for name in story.heard):
            number = str(possible["number"])
            _run(demonstration, show, "redact", "answer", story_id, number, "no", silent=True)


def _register_people(
    demonstration: Demonstration, story: DemoStory, show: Callable[[str], None]
) -> None:
    """Enter the people in the story besides the contributor, with what was decided about each."""
    story_id = demonstration.ids[story.slug]
    for person in story.people:
        facts = ("--relation", person.relation, "--told", person.told, "--as", person.decided)
        _run(demonstration, show, "people", "add", story_id, *facts, silent=True)
    if story.people:
        _run(demonstration, show, "people", "complete", story_id, "--yes")


def _sign_off(demonstration: Demonstration, story: DemoStory, show: Callable[[str], None]) -> None:
    """Record the sign-off, with the code that the contributor reads at the foot of the preview."""
    story_id = demonstration.ids[story.slug]
    (status,) = json.loads(_run(demonstration, show, "status", story_id, "--json", silent=True))
    _run(
        demonstration, show, "signoff", story_id,
        "--cut", status["cut"][:CODE_LENGTH],
        "--audience", story.audience,
        "--witness", "carer-volunteer", "--yes",
    )  # fmt: skip


def _run(
    demonstration: Demonstration, show: Callable[[str], None], *arguments: str, silent: bool = False
) -> str:
    """Run one command in the workspace and return what it printed, which is shown as well."""
    show("carer-stories " + " ".join(_quoted(word) for word in arguments))
    stopped = f"The demonstration stopped at: carer-stories {' '.join(arguments[:2])}."
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    # All in this process: to load what a command needs takes longer than most of them.
    with contextlib.chdir(demonstration.workspace.root), contextlib.redirect_stdout(printed):
        try:
            # As a list: no shell reads a title or a name.
            code = demonstration.run_command(arguments)
        except CarerStoriesError as error:
            raise CommandFailed(
                f"{stopped} {error.what}", error.next_step, error.exit_code
            ) from error
    printed.seek(0)
    text = printed.read()
    if code:
        raise CommandFailed(stopped, f"It said: {text.strip()}", code)
    if not silent:
        for line in text.splitlines():
            show(f"    {line}")
    return text


def _quoted(word: str) -> str:
    if not word or not all(letter.isalnum() or letter in "-_./" for letter in word):
        return '"' + (word if len(word) < 60 else word[:57] + "…") + '"'
    return word


class ScriptTurn(msgspec.Struct, frozen=True, kw_only=True):
    """A turn of the true script."""

    speaker: str
    text: str
    question: str = ""


class DemoMedia(msgspec.Struct, frozen=True, kw_only=True):
    file: str
    kind: str


class DemoPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in the story, for the register."""

    relation: str
    told: str
    decided: str


class HiddenName(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A name that its owner asked not to have heard."""

    name: str
    shown: str


class DemoEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place of the editor’s text, and what the editor makes of it: a cut, or a redaction."""

    said: str
    marked: str


class DemoMoment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A moment that the editors chose for a theme’s page and the handout."""

    theme: str
    words: str


class DemoAppearance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The contributor's choice of how to be seen and heard."""

    picture: PictureShown = "shown"
    voice: VoiceHeard = "own"


class DemoStory(msgspec.Struct, frozen=True, kw_only=True):
    """An invented story of `interviews/demo/*.yml`; fields it does not need are ignored."""

    slug: str
    title: str
    summary: str
    question_set: str
    contributor: str
    themes: tuple[str, ...]
    media: DemoMedia
    released: bool
    audience: str = "trust"
    content_note: str | None = None
    people: tuple[DemoPerson, ...] = ()
    hidden: tuple[HiddenName, ...] = ()
    heard: tuple[str, ...] = ()
    """Names that nobody listed and that may be heard."""
    edits: tuple[DemoEdit, ...] = ()
    film: DemoAppearance = DemoAppearance()
    chosen: tuple[DemoMoment, ...] = ()
    reference: tuple[ScriptTurn, ...]


def demo_stories(source: Workspace) -> list[DemoStory]:
    """Return the stories in the order they are told. Raises NotFound where there are none."""
    stories = [
        read_yaml(path, DemoStory, shown_as=f"interviews/demo/{path.name}")
        for path in sorted(source.demo.glob("*.yml"))
    ]
    if not stories:
        raise NotFound("This installation has no demonstration.", "Install carer-stories again.")
    return sorted(stories, key=lambda story: (not story.released, story.slug))


def editors_text(story: DemoStory) -> str:
    """Return the transcript as an editor would leave it: the script with its cuts and redactions.

    Raises Damaged where a place to mark is not said, or said twice.
    """
    parts: list[str] = []
    for turn in story.reference:
        if turn.question:
            parts.append(f"## {turn.text}")
        speaker = "Interviewer" if turn.speaker == "interviewer" else story.contributor
        parts.append(f"{speaker}: {turn.text}")
    text = "\n\n".join(parts) + "\n"
    for edit in story.edits:
        # Marked at the wrong place, a name would be heard.
        if text.count(edit.said) != 1:
            raise Damaged(
                f"The demonstration’s story {story.slug} does not say “{edit.said}” once.",
                "Install carer-stories again.",
            )
        text = text.replace(edit.said, edit.marked)
    return text
