"""Mistakes of a session: minutes, numbers and materials that a plan promises and has not."""

from __future__ import annotations

import re

import pytest

from publish.training.clip_locator import StoryWords
from publish.training.feasibility import PlannedSession, mistakes, suggestions
from publish.training.plan import TrainingPlan
from tests.support.editions import CAPTIONS, VIDEO, released, story_page
from tests.support.training_plans import DEFAULT, plan_file, resolved_plan, story_words

FILM = released(story_page(VIDEO), {"film.mp4": "a", "captions.vtt": "b"})
WORDS: StoryWords = story_words(FILM, CAPTIONS)


def _session(text: str) -> PlannedSession:
    # Whether the minutes add up is another test’s.
    minutes = re.findall(r"^    minutes: (\d+)$", text, re.MULTILINE)
    text = text.replace("minutes: 30", f"minutes: {sum(map(int, minutes))}", 1)
    file = plan_file(text)
    assert isinstance(file.record, TrainingPlan), file.problems
    resolved = resolved_plan(text, [FILM], CAPTIONS)
    return PlannedSession(file, file.record, resolved.spans, {VIDEO: WORDS})


def _mistakes(text: str) -> list[str]:
    return [str(problem) for problem in mistakes(_session(text))]


def _with(original: str, becomes: str) -> str:
    assert original in DEFAULT, original
    return DEFAULT.replace(original, becomes, 1)


ROLE_PLAY = "    brief: One calls, one answers.\n"
LONG = "Good morning. " * 200

MISTAKES = [
    # Time
    ("    minutes: 6\n", "    minutes: 0\n", "running_order 2 → minutes", "the clip alone takes"),
    (
        'ask: ["What did you hear?"]',
        "ask: [What, Why, Who]\n    timer: 400",
        "running_order 2",
        "the clip with its questions takes 7 minutes at least, and it has 6",
    ),
    (
        "say: Good morning.",
        f"say: {LONG}",
        "running_order 1 → minutes",
        "read aloud, these words and the words to begin with take 3 minutes at least, and it has 2",
    ),
    (
        "    timer: 10\n",
        "    timer: 200\n",
        "running_order 8 → minutes",
        "takes 4 minutes at least",
    ),
    (
        ROLE_PLAY,
        "    brief: In pairs. Two minutes, then change round.\n",
        "running_order 5 → minutes",
        "2 rounds of 2:00",
    ),
    (
        "    timer: 120\n" + ROLE_PLAY,
        "    brief: In pairs, two minutes each.\n",
        "running_order 5 → minutes",
        "2 rounds of 2:00",
    ),
    (
        "[Turn to your neighbour, Say one word]",
        "[In pairs, Speak for two minutes each]",
        "running_order 4 → steps 2",
        "the steps take 4 minutes, and it has 3",
    ),
    (
        ROLE_PLAY,
        "    brief: In pairs. You each have a turn.\n    rounds: 3\n",
        "running_order 5 → minutes",
        "3 rounds of 2:00",
    ),
    (
        ROLE_PLAY,
        "    brief: In pairs. Take turns until everybody has been the nurse.\n",
        "running_order 5 → minutes",
        "fewer rounds or a shorter timer",
    ),
    (
        "    timer: 120\n" + ROLE_PLAY,
        "    brief: Four minutes on the telephone.\n",
        "running_order 5 → minutes",
        "1 round of 4:00",
    ),
    ("Say one word]", "Talk for ten minutes]", "running_order 4 → steps 2", "take 10 minutes"),
    (
        "[Turn to your neighbour, Say one word]",
        "[Two minutes alone, Two minutes together]",
        "running_order 4 → steps 2",
        "up to here the steps take 4 minutes, and it has 3",
    ),
    (
        "    title: A break\n    importance: optional\n    minutes: 2\n",
        "    title: A break\n    importance: optional\n    minutes: 0\n",
        "running_order 6 → minutes",
        "nothing can be done",
    ),
    (
        "  Today we listen.\n",
        "  In the next ninety minutes we listen.\n",
        "introduction",
        "it says 90 minutes",
    ),
    # Numbers
    (
        "What did you hear?",
        "Which of these five sentences hurt?",
        "running_order 2 → ask 1",
        "it says 5 sentences",
    ),
    (
        "[Listening gives nothing away]",
        "[She tells it in 4 short sentences]",
        "running_order 3 → notes 1",
        "it says 4 sentences",
    ),
    (
        "  Today we listen.\n",
        "  Today we hear all five clips.\n",
        "introduction",
        "it says 5 clips, and the plan has 2",
    ),
    (
        "say: Good morning.",
        "say: There are three short clips.",
        "running_order 1 → say",
        "it says 3 clips",
    ),
    (
        "  Today we listen.\n",
        "  Today we listen to three people.\n",
        "introduction",
        "it says “three people”, and the clips are of 1 story",
    ),
    (
        "aim: To hear one carer out.",
        "aim: Four mothers who waited at home tell how it began.",
        "aim",
        "it says “Four mothers”, and the clips are of 1 story",
    ),
    (
        "    introduction: We also talk two by two.\n",
        "    introduction: The two sisters you will hear live apart.\n",
        "running_order 4 → introduction",
        "it says “The two sisters”",
    ),
    (
        "  Today we listen.\n",
        "  We talk about two situations.\n",
        "introduction",
        "it says 2 situations, and the plan has 1",
    ),
    # Materials
    (
        "minutes: 30\n",
        "minutes: 30\nmaterials: [The three statements below]\n",
        "materials 1",
        "it says 3, and there are 2 statements",
    ),
    (
        "minutes: 30\n",
        "minutes: 30\nmaterials: [The questionnaire attached]\n",
        "materials 1",
        "it says “attached”, and nothing like it is in the plan",
    ),
    (
        "minutes: 30\n",
        "minutes: 30\nmaterials: [The role-play cards of one set for three people]\n",
        "materials 1",
        "it says 3 people, and the role play has 2",
    ),
    (
        ROLE_PLAY,
        "    brief: In threes. One calls, one answers, one listens.\n",
        "running_order 5 → cards",
        "it is played in threes, and there are 2 cards",
    ),
    ("smallest: 3", "smallest: 1", "group", "has 2 roles, and the smallest group is 1 person"),
]


@pytest.mark.parametrize(("original", "becomes", "field", "what"), MISTAKES)
def test_what_cannot_be_is_told_with_its_line(
    original: str, becomes: str, field: str, what: str
) -> None:
    told = _mistakes(_with(original, becomes))
    assert [line for line in told if field in line and what in line], told
    assert all(re.match(r"line \d+, ", line) for line in told)


NO_STATEMENTS = re.sub(r"    statements:\n(      - .*\n)+", "", DEFAULT)


@pytest.mark.parametrize(
    ("original", "becomes"),
    [
        ("Turn to your neighbour", "Take the twelve sheets"),
        ("Turn to your neighbour", "Shuffle the cards"),
        ("minutes: 30\n", "minutes: 30\nmaterials: [An answer key]\n"),
        ("minutes: 30\n", "minutes: 30\nmaterials: ['The twelve statements, cut']\n"),
        ("Turn to your neighbour", "Each table takes a set of cards"),
    ],
)
def test_cards_that_are_asked_for_must_be_in_the_plan(original: str, becomes: str) -> None:
    told = _mistakes(NO_STATEMENTS.replace(original, becomes, 1))
    assert len(told) == 1
    assert "asked for, and no exercise has any" in told[0]


@pytest.mark.parametrize(
    ("original", "becomes"),
    [
        ("minutes: 30\n", "minutes: 30\n"),
        ("What did you hear?", "Which one sentence stays with you?"),
        ("What did you hear?", "Say it to your neighbour in two or three words."),
        ("say: Good morning.", "say: After the first two clips there is a break."),
        ("say: Good morning.", "say: Nobody minds if the last ten minutes were hard."),
        ("Turn to your neighbour", "Think of something you did in the last ten minutes"),
        ("Turn to your neighbour", "In groups of three or four"),
        ("  Today we listen.\n", "  Today we listen to one carer. She tells two friends.\n"),
        ("[We listen first]", "[This week hear from three carers]"),
        ("[Say what you can always offer]", "[Listen to three people on the ward]"),
        (ROLE_PLAY, "    brief: In pairs. You can stop at any time, and you can always swap.\n"),
        (ROLE_PLAY, "    brief: In pairs. Two minutes, and no more.\n"),
        ("situation: You are tired", "situation: You have ninety minutes until the round"),
        ("minutes: 30\n", "minutes: 30\nmaterials: [A screen, 'The two statements, cut']\n"),
        ("minutes: 30\n", "minutes: 30\nmaterials: ['The cards, cut', 'The handout']\n"),
        (
            "minutes: 30\n",
            "minutes: 30\nmaterials: ['The role-play cards, one set for two people']\n",
        ),
    ],
)
def test_what_can_be_is_no_mistake(original: str, becomes: str) -> None:
    assert _mistakes(_with(original, becomes)) == []


def test_a_form_without_its_minutes_and_a_session_without_a_closing_are_told() -> None:
    hints = [str(hint) for hint in suggestions(_session(DEFAULT))]
    assert [hint for hint in hints if "evaluation: no point gives people the time" in hint], hints
    assert [hint for hint in hints if "running_order 8 → kind: the session has no closing" in hint]
    whole = DEFAULT.replace(
        "\nfollow_up:",
        "\n  - {kind: evaluation, title: The form, minutes: 1}\n"
        "  - {kind: talk, title: The end, minutes: 2, say: Thank you.}\nfollow_up:",
    )
    assert list(suggestions(_session(whole))) == []
    longer = whole.replace("  comments:\n", "  comments:\n    - {id: more, ask: And what else?}\n")
    (told,) = _mistakes(longer)
    assert "running_order 9 → minutes: the evaluation form takes 2 minutes at least" in told


@pytest.mark.parametrize(
    ("original", "becomes", "words"),
    [
        ("say: Good morning.", "say: We hear two clips.", "“2 clips” (1 in 15 minutes)"),
        ("  Today we listen.\n", "  We talk of one situation.\n", "“1 situation” (none in 15"),
        ("aim: To hear one", "aim: To hear from two people, and one", "“two people” (1 in 15"),
        ("minutes: 30\n", "minutes: 30\nmaterials: [The two statements]\n", "“statements” (none"),
        ("[Go out with them]", "['Out with them in the break']", "“in the break” (none in 15"),
        ("[Let it be quiet]", "[After the dilemma be quiet]", "“dilemma” (none in 15"),
    ],
)
def test_words_that_a_shorter_session_does_not_keep_are_told(
    original: str, becomes: str, words: str
) -> None:
    text = _with(original, becomes)
    if "people" in becomes:  # the second clip is of another story
        text = text.replace(
            f"    story: {VIDEO}\n    chapter: staff", "    story: s\n    chapter: x"
        )
    told = [hint.what for hint in suggestions(_session(text)) if "shorter session" in hint.what]
    assert len(told) == 1, told
    assert f"in a shorter session it is not {words}" in told[0]


@pytest.mark.parametrize(
    ("original", "becomes"),
    [
        (
            "    situation: Somebody",
            "    introduction: We talk of one situation.\n    situation: Somebody",
        ),
        ("situation: You are tired", "situation: You meet two people"),
        ("    steps: [Turn", "    steps: [Take the two statements, Turn"),
        ("  Today we listen.\n", "  Today we listen to a carer, and try one role play.\n"),
    ],
)
def test_words_that_every_session_keeps_are_no_fault(original: str, becomes: str) -> None:
    hints = suggestions(_session(_with(original, becomes)))
    assert not [hint for hint in hints if "shorter session" in hint.what]


def test_support_for_a_point_is_told_unless_it_is_written_there() -> None:
    line = "Stop when somebody cannot get out of their role"
    optional = _with("    minutes: 5\n", "    minutes: 5\n    importance: optional\n")
    whole = optional.replace("[Go out with them]", f"[Go out with them, {line}]")
    (told,) = [hint for hint in suggestions(_session(whole)) if "shorter session" in hint.what]
    assert told.field == "support → if_distressed 2"
    at_point = optional.replace(ROLE_PLAY, f"{ROLE_PLAY}    support: {{if_distressed: [{line}]}}\n")
    session = _session(at_point)
    assert not [hint for hint in suggestions(session) if "shorter session" in hint.what]
    lines = session.plan.support_lines("if_distressed")
    assert lines == (("Go out with them", 0), ("Leave the pair alone", 4), (line, 5))


def test_what_is_essential_from_a_length_must_fit_into_it() -> None:
    text = _with("    minutes: 8\n", "    minutes: 8\n    essential_from: 20\n")
    told = [str(hint) for hint in suggestions(_session(text)) if "essential_from" in hint.field]
    assert told == [
        "line 43, running_order 3 → essential_from: with it a session of 20 minutes takes 23"
    ]


def test_what_no_plan_brings_along_is_told() -> None:
    text = _with("minutes: 30\n", "minutes: 30\nmaterials: [A worksheet, Your own slides]\n")
    hints = [hint.what for hint in suggestions(_session(text)) if "come with a plan" in hint.what]
    assert hints == ["“worksheet” does not come with a plan; say where it is to be had"]
