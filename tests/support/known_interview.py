"""An interview with known words and times, and the same with errors of recognition."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec
from hypothesis import strategies as st

from capture.questions.question_set import Question, QuestionSet
from transcribe.editing.speaker_turns import Speakers
from transcribe.words import Transcript, Turn, Word, as_token

STORY = "cs-4k7m2q"
SPEAKERS = Speakers(contributor="Ruth")
QUESTIONS = QuestionSet(
    id="being-heard",
    version=1,
    title="Confidentiality and being heard",
    designed_by="Volunteers",
    opening="Thank you for being here. You can stop at any time.",
    closing="Thank you for telling us.",
    questions=(
        Question(id="beginning", ask="Can you tell me who you care for?"),
        Question(
            id="first-contact",
            ask="What happened when you first asked for help?",
            follow_ups=("Who did you speak to, and what did they say?",),
        ),
        Question(id="confidentiality", ask="What were you told about confidentiality?"),
        Question(id="staff", ask="What would you like staff to know?"),
        Question(id="good-day", ask="What does a good day look like now?"),
    ),
)
# (speaker, question asked here, words). Nobody asks “What were you told about confidentiality?”.
INTERVIEW = (
    ("Interviewer", "", "Thank you for being here. You can stop at any time."),
    ("Interviewer", "beginning", "Can you tell me who you care for?"),
    ("Ruth", "", "I care for my son Daniel. He is twenty three. He plays the guitar, and he makes "
     "me laugh. People asked me can you tell me more, and I could not."),
    ("Interviewer", "first-contact", "What happened when you first asked for help?"),
    ("Ruth", "", "He had stopped sleeping. He was frightened, and so was I. The ambulance came in "
     "the early morning. They took him to the ward, and I was left in the car park with his coat."),
    ("Interviewer", "", "Who did you speak to, and what did they say?"),
    ("Ruth", "", "A nurse said, I can't tell you anything. I asked if he was safe. I put the "
     "phone down and cried. Nobody asked me what I knew, and I knew what helped him sleep."),
    ("Interviewer", "staff", "What would you like staff to know?"),
    ("Ruth", "", "I was not asking for his secrets. You can always listen. It takes two minutes."),
    ("Interviewer", "good-day", "What does a good day look like now?"),
    ("Ruth", "", "He comes for dinner on Sunday. He plays, and I pretend I am not listening."),
    ("Interviewer", "", "Thank you for telling us."),
)  # fmt: skip


def spoken(text: str, start: int = 0, *, pace: int = 320, pause: int = 450) -> list[Word]:
    """Return words of `text` from `start`, one every `pace` ms, with a pause after sentences."""
    words = []
    for part in text.split():
        words.append(Word(text=part, start=start, end=start + pace - 40, probability=0.9))
        start += pace + (pause if part[-1] in ".?!" else 0)
    return words


def interview_turns() -> list[Turn]:
    """Return the interview as it was spoken, for tests to compare with."""
    turns, clock, under = [], 500, ""
    for speaker, question, text in INTERVIEW:
        under = question or under
        words = spoken(text, clock)
        turns.append(Turn(speaker=speaker, question=under, words=tuple(words)))
        clock = words[-1].end + 900
    return turns


def transcript_of(words: Sequence[Word], duration: int | None = None) -> Transcript:
    length = duration if duration is not None else (words[-1].end + 1000 if words else 1000)
    return Transcript(
        story=STORY,
        engine="test",
        model="test",
        model_sha256="0" * 64,
        options={},
        audio_sha256="1" * 64,
        duration=length,
        words=tuple(words),
    )


def misheard(words: Sequence[Word], rate: float, seed: int) -> list[Word]:
    """Return `words` with a share `rate` of them replaced, dropped or split."""
    dice = random.Random(seed)
    recognised: list[Word] = []
    for word in words:
        if dice.random() >= rate:
            recognised.append(word)
            continue
        kind = dice.choice(("replaced", "replaced", "dropped", "split"))
        if kind == "replaced":
            swapped = dice.choice(("the", "word", "hospital", word.text[::-1], word.text[:2]))
            recognised.append(msgspec.structs.replace(word, text=swapped))
        elif kind == "split":
            middle = (word.start + word.end) // 2
            recognised.append(msgspec.structs.replace(word, text="uh", end=middle))
            recognised.append(msgspec.structs.replace(word, start=middle))
    return recognised


hostile = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "-->", "<v Mallory>", "&amp;", "</c>", "WEBVTT", "NOTE", "##", "#", "<!--", "-->",
            "[00:12]", "[1:02:03]", "Interviewer:", "Ruth:", "~~", "~~cut~~", "[[a|b]]", "\\",
            "\\~", "\\[00:01]", "…", "—", "’", "\u202eabc", "a\u0000b", "\ufeff", "x" * 90,
            "👩‍👩‍👧", "e\u0301", "::", "- ", "1.", "***", "<script>", "C:\\dir", "[", "]",
            "{-1,+2}", "[[a|b]]{-1,+2}", "~~a~~{-1,}", "{", "{laughs}",
        ]
    ),
)  # fmt: skip


@st.composite
def hostile_words(draw: st.DrawFn, max_size: int = 60) -> list[Word]:
    """Draw words of any text, with times as an engine's settled words have them."""
    words: list[Word] = []
    clock = 0
    for text in draw(st.lists(hostile, max_size=max_size)):
        visible = as_token(text)
        if not visible:
            continue
        clock += draw(st.sampled_from([0, 0, 0, 30, 90, 300, 2_000, 9_000]))
        end = clock + draw(st.sampled_from([0, 20, 20, 150, 300, 800, 9_000]))
        words.append(Word(text=visible, start=clock, end=end))
        clock = end
    return words
