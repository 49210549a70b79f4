"""Training plans for the tests: a short whole one about the stories of `tests.support.editions`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from library.core.audience import Audience
from library.core.workspace import Workspace
from publish.edition import MANIFEST, Edition, ReleasedStory
from publish.training.clip_locator import StoryWords
from publish.training.read_plan import PlanFile, parse_plan
from publish.training.resolve import ResolvedPlan, resolve_plan
from tests.support.editions import VIDEO
from transcribe.formats import vtt

PLAN = """\
id: listening
version: 1
title: "Listening: a short session"
aim: To hear one carer out.
outcomes: [Say what you can always offer]
designed_by: Volunteers
audience: everybody on the ward
level: for beginners
minutes: 30
group: {smallest: 3, largest: 12}
alone: true
introduction: |
  Today we listen.

  You may leave at any time.
support:
  before: [Ask a colleague to be the second person]
  in_the_room: [Let it be quiet]
  if_distressed: [Go out with them]
  afterwards: [Stay for a while]
running_order:
  - kind: talk
    title: Welcome
    minutes: 2
    say: Good morning.
    show: [We listen first]
    notes: [Point out the door]
  - kind: clip
    id: ward
    title: She rang the ward
    story: STORY
    chapter: first-contact
    from: I rang the ward
    to: waited
    minutes: 6
    before: Listen for what she asked.
    ask: ["What did you hear?"]
  - kind: dilemma
    title: A call in the evening
    about: ward
    importance: optional
    minutes: 8
    situation: Somebody rings, and you may tell them nothing.
    ask: ["What can you do?"]
    principles: [listen, consent]
    notes: [Listening gives nothing away]
  - kind: exercise
    title: In pairs
    importance: optional
    minutes: 3
    introduction: We also talk two by two.
    materials: [Two pens]
    support: {if_distressed: [Leave the pair alone], afterwards: [Ask how the pairs were]}
    follow_up: [{when: After three months, do: Sort the statements once more}]
    asks: [confident]
    supervision: {ask: ["What did you say in the pair?"]}
    coaching: {practise: [The one word of the pair]}
    later: {two-weeks: {example: One time you said that word}}
    steps: [Turn to your neighbour, Say one word]
    statements:
      - {statement: Ask how she is, answer: Always, why: It gives nothing away}
      - {statement: Say when he comes home, answer: I ask first}
  - kind: role-play
    title: On the telephone
    minutes: 5
    timer: 120
    brief: One calls, one answers.
    cards:
      - {role: Caller, situation: You are tired, wants: to be heard}
      - {role: Nurse, situation: You may tell nothing, says: Thank you for ringing}
    debrief: ["When did you feel heard?"]
  - kind: break
    title: A break
    importance: optional
    minutes: 2
  - kind: clip
    id: listen
    title: What she would like
    story: STORY
    chapter: staff
    importance: optional
    minutes: 2
  - kind: question
    title: One thing
    minutes: 2
    ask: ["What will you do?"]
    timer: 10
    notes: [Nobody reads it out]
follow_up:
  - {when: In two weeks, do: Ask again}
evaluation:
  scales:
    - {id: confident, ask: I feel confident, low: not at all, high: very}
    - {id: looked-after, ask: I felt looked after, low: no, high: yes, when: after}
  comments:
    - {id: one-thing, ask: "What will you do?"}
"""
PAUSE = """    pauses:
      - {at: "0:05.5", ask: "What now?"}
"""


def plan_text(*stories: str) -> str:
    """The plan with these stories for its clips; one for both if there is one."""
    text = PLAN
    for story in (*stories, *stories) if len(stories) == 1 else stories:
        text = text.replace("STORY", story, 1)
    return text


def with_pause(text: str) -> str:
    """The first clip stops on its way."""
    return text.replace("    before: Listen for", PAUSE + "    before: Listen for", 1)


def plan_file(text: str, name: str = "listening") -> PlanFile:
    return parse_plan(text.encode(), Path(f"interviews/training/{name}.yml"))


def story_words(story: ReleasedStory, captions: str) -> StoryWords:
    return StoryWords(story.page, tuple(vtt.read(captions).cues))


def resolved_plan(
    text: str,
    stories: Iterable[ReleasedStory],
    captions: str,
    audience: Audience = Audience.TRUST,
) -> ResolvedPlan:
    """Resolve a plan for an edition of these stories."""
    words_by_story = {story.page.id: story_words(story, captions) for story in stories}
    return resolve_plan(plan_file(text), words_by_story.get, audience)


def lay_plan(workspace: Workspace, edition: Edition, text: str, captions: str) -> Edition:
    """Put the plan into the edition that lies in the workspace."""
    resolved = resolved_plan(text, edition.stories, captions)
    assert resolved.published is not None, resolved.problems
    changed = msgspec.structs.replace(edition, plans=(resolved.published,))
    (workspace.edition / MANIFEST).write_bytes(msgspec.json.encode(changed))
    return changed


DEFAULT = plan_text(VIDEO)
