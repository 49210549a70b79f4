"""A new plan’s file: everything a plan has, with marks where something is still to be written.

`training check` names each mark with its line, so that the file is its own list of what to do.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from library.core.counting import counted
from library.core.errors import BadInput
from library.core.files import write_atomic
from library.core.sanitise import printable
from library.core.workspace import Workspace, is_possible_id
from publish.training.read_plan import STILL_TO_WRITE


@dataclass(frozen=True)
class PlanScaffold:
    """The first answers about a new plan. `clips` are story ids with a chapter, or none."""

    id: str
    title: str
    aim: str
    designed_by: str
    audience: str
    level: str
    minutes: int
    smallest: int
    largest: int
    clips: tuple[tuple[str, str], ...]


_WELCOME_AND_END = 5 + 2 + 2 + 1
"""Minutes of the welcome, the last question, the form and the closing, as they are in `_FILE`."""


def create_plan(workspace: Workspace, scaffold: PlanScaffold) -> Path:
    """Write `interviews/training/<id>.yml`.

    Raises BadInput where that file exists, for an id that is no slug, or for more clips than there
    are minutes for.
    """
    if not is_possible_id(scaffold.id):
        raise BadInput(
            f"“{printable(scaffold.id)}” cannot be the name of a plan.",
            "Use small letters, digits and hyphens: first-contact. Names that Windows keeps for "
            "devices, such as con and aux, are none.",
        )
    # A minute each at least, and one for the dilemma.
    needed = _WELCOME_AND_END + len(scaffold.clips) + 1
    if scaffold.minutes < needed:
        raise BadInput(
            f"{counted(len(scaffold.clips), 'clip')} cannot be shown in "
            f"{counted(scaffold.minutes, 'minute')}: with the welcome, a dilemma and the last "
            f"question, {needed} are needed at least.",
            f"Name fewer clips, or a longer session: --minutes {needed}",
        )
    path = workspace.training / f"{scaffold.id}.yml"
    if path.exists():
        raise BadInput(
            f"There is a plan {path.name} already; nothing was changed.", "Choose another name."
        )
    write_atomic(path, scaffold_text(scaffold).encode(), mode=0o644)
    return path


def scaffold_text(scaffold: PlanScaffold) -> str:
    """Return the file’s text. The minutes of its points add up to those of the session."""
    each, minutes_left = _shares(scaffold.minutes, len(scaffold.clips))
    clips = "".join(
        _clip(number, story, chapter, each)
        for number, (story, chapter) in enumerate(scaffold.clips, start=1)
    )
    return _FILE.format(
        id=scaffold.id,
        title=_quoted(scaffold.title),
        aim=_quoted(scaffold.aim),
        designed_by=_quoted(scaffold.designed_by),
        audience=_quoted(scaffold.audience),
        level=_quoted(scaffold.level),
        minutes=scaffold.minutes,
        smallest=scaffold.smallest,
        largest=scaffold.largest,
        clips=clips,
        rest=minutes_left,
        write=STILL_TO_WRITE,
    )


def _shares(minutes: int, clips: int) -> tuple[int, int]:
    """Return the minutes for each clip, and those left for the dilemma."""
    shared = minutes - _WELCOME_AND_END
    # Two thirds for the clips; the rest is the dilemma's.
    each = max(shared * 2 // 3 // max(clips, 1), 1)
    return each, shared - each * clips


def _quoted(text: str) -> str:
    """Return a text with quotes round it that YAML reads back exactly."""
    # JSON's quotes are YAML's too, with the same escapes.
    return json.dumps(printable(text), ensure_ascii=False)


def _clip(number: int, story: str, chapter: str, minutes: int) -> str:
    named = f"    chapter: {_quoted(chapter)}\n" if chapter else ""
    return f"""
  - kind: clip
    id: clip-{number}
    title: "{STILL_TO_WRITE}: a few words on the screen"
    story: {_quoted(story)}
{named}    # To begin and end inside it, write words said there, or times as the player shows them:
    #   from: I rang the ward every day
    #   to: Nobody asked me
    minutes: {minutes}
    before: "{STILL_TO_WRITE}: what to listen for"
    ask:
      - "{STILL_TO_WRITE}: what did you hear? Only that, before any opinion."
    notes:
      - "{STILL_TO_WRITE}: what you want to bring out, and what may come up"
"""


def parse_clips(typed: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return story and chapter of `cs-4k7m2q:first-contact`; the chapter may be left out."""
    parts = (clip.strip().partition(":") for clip in typed if clip.strip())
    return tuple((story.strip(), chapter.strip()) for story, _, chapter in parts)


_FILE = """\
# A training session. `carer-stories training check {id}` says what is still to be written, and in
# which line. Every field is explained in docs/reference/training.md. Text with a colon in it
# needs quotes.
id: {id}
version: 1
title: {title}
aim: {aim}
outcomes:
  - "{write}: what people can do afterwards"
designed_by: {designed_by}
audience: {audience}
level: {level}
minutes: {minutes}
group: {{smallest: {smallest}, largest: {largest}}}
materials:
  - A large screen with sound that reaches the last row
  - The handout and the evaluation form, one each
  - The sheet of people to talk to, its empty lines filled in
prepare:
  - Watch every clip to the end, alone, a day or two before.
  - Read the page on confidentiality and sharing information, and your trust’s own policy.
  - Ask a colleague to be the second person in the room, who goes out with anybody who leaves.

introduction: |
  {write}: what the session is about, who told the stories, that they agreed to it.

  You can leave the room at any time, and nobody will ask why. Nobody has to speak. Please speak
  about patients so that nobody could know who they are.

support:
  before:
    - Say in the invitation what the session is about, and that coming is a choice.
    - "{write}: who is your second person, and where do they go with somebody who leaves?"
  in_the_room:
    - After each clip, let it be quiet for as long as three slow breaths before you ask anything.
  if_distressed:
    - The second person goes out with whoever leaves, asks what they need, and does not hurry them.
    - If somebody speaks of harm to themselves or others, stay with them; follow your procedure.
  afterwards:
    - Stay in the room for fifteen minutes. Somebody usually waits until the others have gone.

# Kinds: talk, clip, question, exercise, dilemma, role-play, break, evaluation. A point that speaks
# about a clip says so with `about: clip-1`, and is left out where that clip may not be shown.
# `importance: optional` marks what may be left out where there is less time, `essential_from: 45`
# what may be left out of less than 45 minutes.
running_order:
  - kind: talk
    title: Welcome
    minutes: 5
    say: |
      Read “Words to begin with” aloud, and say how the time is laid out.
    show:
      - We listen first, and talk afterwards.
      - You may leave at any time.
      - Nobody has to speak.
{clips}
  - kind: dilemma
    title: "{write}: a few words on the screen"
    minutes: {rest}
    situation: "{write}: a situation of your own work, invented, in which somebody asks"
    ask:
      - What can you do in the next two minutes?
      - Whom do you tell, and what do you write down?
    principles: [listen, general-information, personal-information]
    notes:
      - "{write}: what good practice may look like here"

  - kind: question
    title: One thing
    minutes: 2
    ask:
      - What will you do differently? One thing, small enough for this week.
    timer: 90

  - kind: evaluation
    title: What did it change?
    minutes: 2
    say: Please fill in the form now. It asks for no name, and you may leave out any question.

  - kind: talk
    title: Before you go
    minutes: 1
    say: |
      Thank you for listening. I stay here for a while. People to talk to are on the sheet by the
      door.

follow_up:
  - when: Within two weeks, in supervision
    do: Ask what became of the one thing. What made it easy, and what got in the way?

evaluation:
  scales:
    - id: confident
      ask: "{write}: something you hope to change, such as I feel confident when a relative calls"
      low: not at all
      high: very
    - id: looked-after
      ask: I felt looked after in this session.
      low: not at all
      high: very much
      when: after
  comments:
    - id: one-thing
      ask: What is the one thing you will do?
    - id: better
      ask: What should we do better next time?
"""
