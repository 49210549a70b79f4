"""The plan of a film and its clock: nothing cut is shown, every kept word is where it is heard."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.media.timeline import Card, Shot, Timeline
from films.edit_plan import (
    LEAD_IN_MS,
    LEAD_OUT_MS,
    EditOptions,
    film_bounds,
    plan_film,
    question_card_lengths,
)
from films.timeline import retime
from transcribe.captions import layout
from transcribe.words import Chapter, EditedTranscript, Redaction, Span, Turn, Word

RUTH, ASKS = "Ruth", "Interviewer"


def silence(_at: int) -> float:
    return 0.0


def words(*texts: str, at: int, word_ms: int = 300, gap: int = 100) -> tuple[Word, ...]:
    return tuple(
        Word(text=text, start=at + n * (word_ms + gap), end=at + n * (word_ms + gap) + word_ms)
        for n, text in enumerate(texts)
    )


def conversation(**other: object) -> EditedTranscript:
    """A question at 2 s, its answer at 5 s, another question at 10 s and its answer at 12 s."""
    turns = (
        Turn(speaker=ASKS, question="one", words=words("What", "happened?", at=2_000)),
        Turn(speaker=RUTH, question="one", words=words("Nobody", "asked", "me.", at=5_000)),
        Turn(speaker=ASKS, question="two", words=words("And", "now?", at=10_000)),
        Turn(speaker=RUTH, question="two", words=words("He", "laughs.", at=12_000)),
    )
    chapters = (
        Chapter(question="one", title="What happened?", start=2_000, end=10_000),
        Chapter(question="two", title="And now?", start=10_000, end=20_000),
    )
    fields: dict[str, object] = {"story": "cs-222222", "transcript_sha256": "0" * 64}
    fields |= {"duration": 20_000, "turns": turns, "chapters": chapters}
    return EditedTranscript(**(fields | other))  # type: ignore[arg-type]


def planned(edited: EditedTranscript, fps: int = 25, **options: object) -> Timeline:
    return plan_film(edited, fps, EditOptions(**options), RUTH, silence)  # type: ignore[arg-type]


def test_head_and_tail_are_found_and_may_be_chosen() -> None:
    edited = conversation()
    last = edited.turns[-1].words[-1].end
    assert film_bounds(edited, EditOptions()) == (2_000 - LEAD_IN_MS, last + LEAD_OUT_MS)
    assert film_bounds(edited, EditOptions(start=0, end=19_000)) == (0, 19_000)
    assert planned(edited).parts == (Shot(35, (last + LEAD_OUT_MS) * 25 // 1000),)


def test_a_cut_leaves_two_shots_and_the_words_follow() -> None:
    edited = conversation(cuts=(Span(start=6_010, end=11_990),))
    timeline = planned(edited)
    assert [type(part) for part in timeline.parts] == [Shot, Shot]
    first_part, other = timeline.parts
    assert isinstance(first_part, Shot)
    assert isinstance(other, Shot)
    assert first_part.last * 40 <= 6_010
    assert other.first * 40 >= 11_990
    edited = conversation(cuts=edited.cuts, turns=(*edited.turns[:2], edited.turns[3]))
    film = retime(edited, timeline)
    last_word = film.turns[-1].words[0]
    assert last_word.start == other_start(timeline) + 12_000 - other.first * 40
    assert film.duration == timeline.duration
    assert [chapter.question for chapter in film.chapters] == ["one", "two"]
    assert film.chapters[0].end == film.chapters[1].start


def other_start(timeline: Timeline) -> int:
    return timeline.milliseconds(timeline.starts[1])


def test_a_border_moves_to_a_quieter_instant_and_never_into_what_was_cut() -> None:
    edited = conversation(cuts=(Span(start=6_600, end=9_600),))

    def loudness(at: int) -> float:
        return abs(at - 6_360) / 1000 if at < 8_000 else abs(at - 9_840) / 1000

    timeline = plan_film(edited, 25, EditOptions(), RUTH, loudness)
    first_part, other = timeline.parts
    assert isinstance(first_part, Shot)
    assert isinstance(other, Shot)
    assert (first_part.last * 40, other.first * 40) == (6_360, 9_840)


def test_a_question_card_replaces_the_voice_that_asks() -> None:
    edited = conversation()
    card_lengths = question_card_lengths(edited, RUTH, lambda chapter: 3_000)
    timeline = planned(edited, question_cards=card_lengths, title_card=5_000, end_card=6_000)
    names = [part.name if isinstance(part, Card) else "shot" for part in timeline.parts]
    assert names == ["title", "one", "shot", "two", "shot", "end"]
    film = retime(edited, timeline)
    assert {turn.speaker for turn in film.turns} == {RUTH}
    assert film.chapters[0].start == timeline.milliseconds(timeline.starts[1])
    assert film.chapters[1].start == timeline.milliseconds(timeline.starts[3])


def test_fades_take_only_the_time_in_which_nobody_speaks() -> None:
    timeline = planned(conversation(), title_card=5_000, end_card=5_000)
    assert timeline.overlaps == (12, 12)
    assert set(planned(conversation(), title_card=5_000, end_card=5_000, fades=False).overlaps) == {
        0
    }
    tight = planned(conversation(), title_card=5_000, start=1_990)
    assert tight.overlaps[0] == 0


def test_nothing_left_is_said() -> None:
    with pytest.raises(ValueError, match="Nothing"):
        planned(conversation(cuts=(Span(start=0, end=20_000),)))


@st.composite
def edited_transcripts(draw: st.DrawFn) -> EditedTranscript:
    """Words with pauses, some runs of them cut as `edit` would: borders between words."""
    at, word_times = draw(st.integers(0, 3_000)), []
    for number in range(draw(st.integers(1, 40))):
        length = draw(st.integers(20, 900))
        word_times.append((number, at, at + length, draw(st.booleans())))
        at += length + draw(st.sampled_from([0, 0, 10, 60, 200, 900, 4_000]))
    duration = at + draw(st.integers(2_000, 4_000))
    cuts: list[Span] = []
    for number, start, end, cut in word_times:
        if not cut:
            continue
        before = word_times[number - 1][2] if number else 0
        after = word_times[number + 1][1] if number + 1 < len(word_times) else duration
        cut_start, cut_end = start - (start - before) // 2, end + (after - end) // 2
        if cuts and cut_start <= cuts[-1].end:
            cuts[-1] = Span(start=cuts[-1].start, end=cut_end)
        else:
            cuts.append(Span(start=cut_start, end=cut_end))
    kept_words = [
        Word(text=f"w{number}.", start=start, end=end)
        for number, start, end, cut in word_times
        if not cut
    ]
    turns = tuple(
        Turn(speaker=RUTH, question="one", words=tuple(kept_words[n : n + 7]))
        for n in range(0, len(kept_words), 7)
    )
    return EditedTranscript(
        story="cs-222222",
        transcript_sha256="0" * 64,
        duration=duration,
        turns=turns,
        chapters=(Chapter(question="one", title="One?", start=0, end=duration),),
        cuts=tuple(cuts),
        redactions=tuple(
            Redaction(start=w.start, end=w.end, shown="[name]") for w in kept_words[::5]
        ),
    )


@settings(max_examples=300, deadline=None)
@given(
    edited_transcripts(),
    st.sampled_from([25, 30]),
    st.booleans(),
    st.integers(0, 6_000),
    st.integers(0, 6_000),
    st.integers(0, 97),
)
def test_whatever_is_cut_the_film_holds_the_rest_and_nothing_else(
    edited: EditedTranscript, fps: int, fades: bool, title: int, end: int, seed: int
) -> None:
    options = EditOptions(title_card=title, end_card=end, fades=fades)
    try:
        timeline = plan_film(edited, fps, options, RUTH, lambda at: math.sin(at * (seed + 1)))
    except ValueError:
        return
    shots = [shot for _, shot in timeline.shots()]
    for shot in shots:  # nothing cut is shown
        first, last = shot.first * 1000 / fps, shot.last * 1000 / fps
        assert all(last <= cut.start or first >= cut.end for cut in edited.cuts)
    film = retime(edited, timeline)
    film_words = [word for turn in film.turns for word in turn.words]
    assert all(0 <= word.start <= word.end <= film.duration for word in film_words)
    assert all(earlier.end <= other.start + 1 for earlier, other in pairwise(film_words))
    source = {word.text: word for turn in edited.turns for word in turn.words}
    for word in film_words:  # each where it is heard, to the millisecond
        at = frame_shown(timeline, word.start)
        assert abs(at - max(source[word.text].start, at_least(timeline, source[word.text]))) <= 1
    lost_words = set(source) - {word.text for word in film_words}
    for text in lost_words:  # only what no whole frame could hold
        assert source[text].end - source[text].start < 2000 / fps + 1 or not overlapping(
            timeline, source[text]
        )
    cues = layout.lay_out(film.turns, film.duration)
    assert [cue.start for cue in cues] == sorted(cue.start for cue in cues)
    assert all(cue.end <= film.duration for cue in cues)


def frame_shown(timeline: Timeline, at: int) -> float:
    """The moment of the recording heard at `at` in the film, worked out the slow way."""
    frame = at * timeline.fps / 1000
    start, shot = max(
        (
            (start, shot)
            for start, shot in timeline.shots()
            if start <= frame + 0.5 / timeline.fps + 0.02
        ),
        key=lambda picture_frame: picture_frame[0],
    )
    return (shot.first + frame - start) * 1000 / timeline.fps


def at_least(timeline: Timeline, word: Word) -> float:
    """The first instant of the word that any shot holds."""
    middle = (word.start + word.end) / 2
    return next(
        shot.first * 1000 / timeline.fps
        for _, shot in timeline.shots()
        if shot.first * 1000 / timeline.fps <= middle <= shot.last * 1000 / timeline.fps
    )


def overlapping(timeline: Timeline, word: Word) -> bool:
    middle = (word.start + word.end) / 2
    return any(
        shot.first * 1000 / timeline.fps <= middle <= shot.last * 1000 / timeline.fps
        for _, shot in timeline.shots()
    )


def test_a_timeline_refuses_what_cannot_be_shown() -> None:
    for parts, overlaps in (
        ((), ()),
        ((Shot(5, 5),), ()),
        ((Shot(5, 9), Shot(0, 4)), ()),
        ((Card("title", 4), Shot(0, 9)), (5,)),
        ((Shot(0, 9),), (1,)),
    ):
        with pytest.raises(ValueError, match=r"timeline|part|Shots"):
            Timeline(25, parts, overlaps)
