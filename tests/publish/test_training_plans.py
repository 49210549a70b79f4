"""A plan’s file: what is wrong is told by line and field, and nothing hostile does harm."""

from __future__ import annotations

import re
import time
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from films.page_text import PageChapter, PageParagraph
from library.core.errors import BadInput
from library.core.workspace import Workspace
from library.workspace_template import template
from publish.demo import DemoStory, demo_stories, editors_text
from publish.training.clip_locator import StoryWords, find_clip
from publish.training.plan import PRINCIPLES, TrainingPlan
from publish.training.read_plan import load_plan
from publish.training.scaffold import PlanScaffold, scaffold_text
from tests.support.command_line import ROOT
from tests.support.editions import CAPTIONS, HEARD, VIDEO, released, story_page
from tests.support.training_plans import DEFAULT, plan_file, plan_text, resolved_plan, with_pause

FILM = released(story_page(VIDEO), {"film.mp4": "a", "captions.vtt": "b"})


def _line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_plan_in_order_has_no_problems() -> None:
    reading = plan_file(DEFAULT)
    assert reading.problems == ()
    assert reading.record is not None
    assert [type(item).__name__ for item in reading.record.running_order][:3] == [
        "TalkItem",
        "PlannedClip",
        "Dilemma",
    ]


@pytest.mark.parametrize("path", sorted((ROOT / "interviews/demo/training").glob("*.yml")))
def test_the_plans_that_are_shipped_are_in_order_and_whole(path: Path) -> None:
    plan = load_plan(path)
    kinds = {type(item).__name__ for item in plan.running_order}
    assert {"TalkItem", "PlannedClip", "Dilemma", "ReflectionQuestion", "EvaluationTime"} <= kinds
    if plan.minutes != 45:  # a team meeting has no time for what needs a break
        assert 60 <= plan.minutes <= 90
        assert {"Exercise", "RolePlay", "Break"} <= kinds
    assert [type(item).__name__ for item in plan.running_order[-2:]] == [
        "EvaluationTime",
        "TalkItem",
    ], "the form has its minutes, and the session a closing"
    for dilemma in (item for item in plan.running_order if type(item).__name__ == "Dilemma"):
        assert dilemma.notes, f"{dilemma.title} does not say what good practice may look like"
    assert plan.follow_up
    assert any(scale.when == "before and after" for scale in plan.evaluation.scales)


def test_one_of_the_plans_is_for_a_team_meeting() -> None:
    plans = [load_plan(path) for path in (ROOT / "interviews/demo/training").glob("*.yml")]
    assert 45 in {plan.minutes for plan in plans}


CHANGES = [
    ("minutes: 30", "minutes: 31", "minutes", "it says 31, but the running order adds up to 30"),
    ("minutes: 30", "minutes: soon", "minutes", "whole number"),
    ("id: listening", "id: Listening", "id", "small letters"),
    ("id: listening", "id: other", "id", "must be the file’s own name, listening"),
    ("title: Welcome", "titel: Welcome", "titel", "no field of that name"),
    ("    title: Welcome\n", "", "title", "missing"),
    ("kind: talk", "kind: speech", "kind", "there are: talk, clip"),
    (
        "importance: optional", "importance: maybe", "importance",
        "“maybe” cannot stand here; write essential or",
    ),
    ("about: ward", "about: nowhere", "about", "there are: listen, ward"),
    ("asks: [confident]", "asks: [sure]", "asks 1", "asks no “sure”; it asks: confident"),
    ("[listen, consent]", "[listen, secrets]", "principles 2", "no part of the page"),
    ("    id: listen\n", "    id: ward\n", "id", "has this id already"),
    ('ask: ["What can you do?"]', "ask: What can you do?", "ask", "write a list here"),
    ('ask: ["What can you do?"]', "ask: []", "ask", "at least one"),
    ("say: Good morning.", 'say: ""', "say", "there must be words"),
    ("say: Good morning.", "say: [one, two]", "say", "not a list"),
    ("say: Good morning.", "say: TO WRITE", "say", "still to be written"),
    ("say: Good morning.", "say: good: morning.", "", "colon"),
    ("say: Good morning.", "say: &a *a", "", "put it in quotes"),
    ("say: Good morning.", "say: !!int 5", "", "put the text in quotes"),
    ("    minutes: 2\n    say", "    minutes: 2\n    minutes: 3\n    say", "", "given twice"),
    ("afterwards: [Stay for a while]", "afterwards: []", "afterwards", "at least one"),
    ("smallest: 3", "smallest: 30", "group", "larger than the largest"),
    ("{id: looked-after", "{id: confident", "id", "used for another question"),
    ("timer: 120", "timer: 2 minutes", "timer", "seconds"),
    ("      - {role: Nurse, situation: You may tell nothing, says: Thank you for ringing}\n", "",
     "cards", "at least two"),
]  # fmt: skip


@pytest.mark.parametrize(("original", "becomes", "field", "message"), CHANGES)
def test_each_fault_names_its_line_its_field_and_what_was_expected(
    original: str, becomes: str, field: str, message: str
) -> None:
    assert original in DEFAULT
    text = DEFAULT.replace(original, becomes, 1)
    problems = plan_file(text).problems
    assert problems
    matching = [
        problem for problem in problems if message in problem.what and field in problem.field
    ]
    assert matching, [str(problem) for problem in problems]
    if becomes and field != "title":
        first = _line_of(DEFAULT, original)
        assert first <= matching[0].line <= first + becomes.count("\n") + 4


def test_clips_that_lead_nowhere_are_told_with_what_there_is() -> None:
    def problem(original: str, becomes: str) -> str:
        (found_problem,) = resolved_plan(
            DEFAULT.replace(original, becomes, 1), [FILM], CAPTIONS
        ).problems
        return str(found_problem)

    problem_text = problem("chapter: first-contact", "chapter: beginning")
    assert "running_order 2 → chapter" in problem_text
    assert "there are: first-contact, staff" in problem_text
    assert "i rang the ward" in problem("I rang the ward", "I phoned the ward")
    assert "not said" in problem("I rang the ward", "Something else entirely")
    assert "said 2 times" in problem("from: I rang the ward", "from: I")
    assert "only 0:12 long" in problem("to: waited", 'to: "9:59"')
    assert "not in the chapter" in problem("from: I rang the ward", 'from: "0:09"')
    assert "before it begins" in problem("    to: waited", '    to: "0:02"')


def test_words_times_and_chapters_become_moments_on_the_films_clock() -> None:
    def span(text: str) -> tuple[int, int]:
        resolved = resolved_plan(text, [FILM], CAPTIONS)
        assert resolved.published is not None, resolved.problems
        clip = resolved.published.clips[0]
        return clip.start, clip.end

    assert span(DEFAULT) == (4_000, 7_500)
    assert span(DEFAULT.replace("from: I rang the ward", 'from: "0:04.250"')) == (4_250, 7_500)
    assert span(DEFAULT.replace("from: I rang the ward", "from: 0:05")) == (5_000, 7_500)
    without_words = DEFAULT.replace("    from: I rang the ward\n    to: waited\n", "")
    assert span(without_words) == (0, 8_000)
    assert span(without_words.replace("    chapter: first-contact\n", "")) == (0, 12_000)
    paused = resolved_plan(with_pause(DEFAULT), [FILM], CAPTIONS).published
    assert paused is not None
    assert [pause.at for pause in paused.clips[0].pauses] == [5_500]


def test_words_are_found_however_they_are_typed() -> None:
    for typed in ("i RANG, the ward", "I rang\u00a0the ward", "I rang the ward—every"):
        resolved = resolved_plan(DEFAULT.replace("I rang the ward", typed), [FILM], CAPTIONS)
        assert resolved.problems == (), typed


def test_without_captions_the_turns_of_the_transcript_take_their_place() -> None:
    resolved = resolved_plan(
        DEFAULT.replace("to: waited", "to: What happened").replace(
            "from: I rang the ward", "from: What happened"
        ),
        [FILM],
        "WEBVTT\n",
    )
    assert resolved.published is not None, resolved.problems
    assert (resolved.published.clips[0].start, resolved.published.clips[0].end) == (500, 3_500)


# Nothing hostile


def _bomb() -> str:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "\n".join(levels)


@pytest.mark.parametrize(
    "text",
    [
        _bomb(),
        "a: &a {<<: [*a]}",
        "[" * 5_000,
        "- " * 5_000,
        "{a: " * 5_000,
        "!!python/object/apply:os.system [true]",
        "? {a: b}\n: c",
        "? [a]\n: c",
        "x" * 400_000,
        "%YAML 9.9\n---\na: b",
        "a: b\n---\nc: d",
        "\ufeff",
        "",
        "null",
        "- a",
        "a: \x00",
        "a: \x07",
        "title: 2026-99-99",
        "minutes: " + "9" * 6_000,
        "\tid: x",
    ],
    ids=range(20),
)
def test_hostile_files_are_refused_with_a_line_and_quickly(text: str) -> None:
    started_at = time.monotonic()
    reading = plan_file(text)
    assert reading.record is None
    assert reading.problems[0].line >= 1
    assert time.monotonic() - started_at < 30  # a bomb would take for ever, not seconds


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    from publish.training.read_plan import parse_plan

    assert parse_plan(data, Path("x.yml")).problems


_SCALARS = st.one_of(
    st.text(max_size=20), st.integers(), st.booleans(), st.none(), st.floats(), st.dates()
)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
_FIELDS = [
    "title", "minutes", "group", "support", "running_order", "evaluation", "follow_up", "version",
]  # fmt: skip


@settings(deadline=None)
@given(st.sampled_from(_FIELDS), _TREES)
def test_a_field_of_any_kind_is_refused_or_read(field: str, value: object) -> None:
    values = yaml.safe_load(DEFAULT)
    values[field] = value
    reading = plan_file(yaml.safe_dump(values, allow_unicode=True))
    assert reading.problems or isinstance(reading.record, TrainingPlan)
    for problem in reading.problems:
        assert problem.line >= 1
        assert problem.what
        assert "\x1b" not in str(problem)


def test_one_broken_file_says_so_when_it_is_loaded(workspace: Workspace) -> None:
    path = workspace.training / "listening.yml"
    path.write_text(DEFAULT.replace("minutes: 30", "minutes: 29"))
    with pytest.raises(BadInput, match=r"listening\.yml, line 9, minutes: it says 29") as error:
        load_plan(path)
    assert "training check listening" in error.value.next_step


# A new plan


@settings(deadline=None)
@given(
    st.text(min_size=1, max_size=40),
    st.integers(min_value=15, max_value=480),
    st.integers(min_value=1, max_value=5),
)
def test_a_new_plan_lacks_only_what_is_still_to_be_written(
    title: str, minutes: int, clips: int
) -> None:
    scaffold = PlanScaffold(
        id="listening",
        title=title,
        aim=title,
        designed_by=title,
        audience=title,
        level=title,
        minutes=minutes,
        smallest=3,
        largest=12,
        clips=tuple((VIDEO, "staff") for _ in range(clips)),
    )
    reading = plan_file(scaffold_text(scaffold))
    assert reading.record is not None, reading.problems
    others = [
        problem for problem in reading.problems
        if "still to be written" not in problem.what and "there must be words" not in problem.what
    ]  # fmt: skip
    assert others == []


def test_every_principle_is_a_part_of_the_page_that_is_linked() -> None:
    page = (ROOT / "site/content/confidentiality.md").read_text(encoding="utf-8")
    for name in PRINCIPLES:
        assert f"{{#{name}}}" in page


def test_a_clip_of_a_story_that_is_not_there_is_left_out_with_all_about_it() -> None:
    resolved = resolved_plan(plan_text(HEARD, VIDEO), [FILM], CAPTIONS)
    assert resolved.problems == ()
    assert len(resolved.left_out) == 1
    published_plan = resolved.published
    assert published_plan is not None
    assert published_plan.absent == 1
    assert [clip.id for clip in published_plan.clips] == ["listen"]
    assert published_plan.shown_minutes == 30 - 6 - 8, (
        "the clip’s minutes, and the dilemma’s about it"
    )
    plan_repr = repr(published_plan)
    for removed in (HEARD, "She rang the ward", "A call in the evening", "What did you hear?"):
        assert removed not in plan_repr


# The demonstration


def _as_told(story: DemoStory) -> StoryWords:
    """The story’s words in chapters, as its editor leaves them; a minute for each turn."""
    ids = {turn.text: turn.question for turn in story.reference if turn.question}
    text = re.sub(r"~~.*?~~", "", editors_text(story), flags=re.DOTALL)
    text = re.sub(r"\[\[[^|\]]*\|([^\]]*)\]\]", r"\1", text)
    turns: dict[str, list[PageParagraph]] = {"opening": []}
    at = 0
    for part in text.split("\n\n"):
        if part.startswith("## "):
            turns[ids[part[3:].strip()]] = []
        else:
            speaker, _, words = part.partition(": ")
            paragraph = PageParagraph(start=at, end=at + 59_000, speaker=speaker, text=words)
            turns[list(turns)[-1]].append(paragraph)
            at += 60_000
    chapters = tuple(
        PageChapter(
            id=name, title=name, start=words[0].start, end=words[-1].end, paragraphs=tuple(words)
        )
        for name, words in turns.items()
        if words
    )
    return StoryWords(story_page(VIDEO, duration=at, chapters=chapters))


@pytest.mark.parametrize("path", sorted((ROOT / "interviews/demo/training").glob("*.yml")))
def test_every_clip_of_the_demonstration_is_said_in_its_story(path: Path) -> None:
    transcripts = {story.slug: _as_told(story) for story in demo_stories(template())}
    for clip in load_plan(path).clips:
        if clip.pauses:  # turns are too coarse for a place within one
            clip = msgspec.structs.replace(clip, pauses=())
        assert find_clip(clip, transcripts[clip.story]).end > 0


def test_a_plan_of_the_demonstration_says_no_word_that_its_stories_hide() -> None:
    hidden_names = [name for story in demo_stories(template()) for name in _hidden(story)]
    assert hidden_names
    for path in (ROOT / "interviews/demo/training").glob("*.yml"):
        words = set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
        assert words.isdisjoint(hidden_names), path.name


def _hidden(story: DemoStory) -> list[str]:
    return [term.name for term in story.hidden]
