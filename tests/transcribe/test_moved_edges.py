"""Edges of cuts and redactions that an editor moved: how they are typed, written and applied."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from capture.media.timeline import Shot, Timeline
from films.edit_plan import EditOptions, plan_film
from films.redaction_remains import find_remains
from films.timeline import retime
from library.core import struct_file
from library.core.errors import BadInput
from library.core.workspace import StoryFolder, Workspace
from tests.support.known_interview import QUESTIONS, SPEAKERS, hostile_words, spoken, transcript_of
from transcribe.editing.apply_edits import AppliedEdit, align_copy, apply_copy
from transcribe.editing.inline_markup import CopyWord, MarkupReader, write_words
from transcribe.editing.moved_edges import (
    MOST_EDGE_MS,
    MovedEdges,
    edges_of_cut,
    edges_of_redaction,
)
from transcribe.editing.rebase_edits import rebase_copy
from transcribe.editing.recording_sound import FURTHEST_MS, RecordingSound
from transcribe.editing.transcript_markdown import parse_copy
from transcribe.redaction.suggest import words_of_copy
from transcribe.words import EditedTranscript, Transcript, Word, read_edited

# Typed and written


@pytest.mark.parametrize(
    ("typed", "of_redaction", "of_cut"),
    [
        ("-120,+80", "{-120,+80}", "{-120,+80}"),
        ("-120", "{-120,}", "{-120,}"),
        ("-120,", "{-120,}", "{-120,}"),
        (",+80", "{,+80}", "{,+80}"),
        (",80", "{,+80}", "{,+80}"),
        ("+80", "{,+80}", None),
        ("120,80", "{-120,+80}", None),
        ("120,+80", "{-120,+80}", None),
        ("-120,80", "{-120,+80}", "{-120,+80}"),
        ("120,", "{-120,}", None),
        ("120", None, None),
        ("", "", ""),
        (" , ", "", ""),
        ("0,0", "", ""),
        ("-0,+80", "{,+80}", "{,+80}"),
        ("−120 , +80", "{-120,+80}", "{-120,+80}"),
        ("–120;+80", "{-120,+80}", "{-120,+80}"),
        ("－１２０，＋８０", "{-120,+80}", "{-120,+80}"),
        ("- 120,\n+ 80", "{-120,+80}", "{-120,+80}"),
        ("-120 +80", "{-120,+80}", "{-120,+80}"),
        ("-120 80", "{-120,+80}", "{-120,+80}"),
        ("-120/+80", "{-120,+80}", "{-120,+80}"),
        ("-120 ms, +80 ms", "{-120,+80}", "{-120,+80}"),
        ("-0.12 s, +0.08 s", "{-120,+80}", "{-120,+80}"),
        ("-1,200,+1,080", "{-1200,+1080}", "{-1200,+1080}"),
        ("-1\u202f200,", "{-1200,}", "{-1200,}"),
        ("-1’200,+80", "{-1200,+80}", "{-1200,+80}"),
        # Not 120,200: nobody moves an edge by two minutes.
        ("-120,200", "{-120,+200}", "{-120,+200}"),
        ("-1,200", None, None),
        ("-1.200,+80", None, None),
        ("-1.5,+80", None, None),
        ("--120,+80", None, None),
        ("-120,,+80", None, None),
        ("-120,+80,+10", None, None),
        ("-,+", None, None),
        ("-120 early", None, None),
        ("-5001,", None, None),
        ("9" * 50, None, None),
        ("+120,+80", None, "{+120,+80}"),
        ("-120,-80", None, "{-120,-80}"),
    ],
)
def test_what_people_type_is_read_where_it_means_one_thing(
    typed: str, of_redaction: str | None, of_cut: str | None
) -> None:
    for parse, meant in ((edges_of_redaction, of_redaction), (edges_of_cut, of_cut)):
        if meant is not None:
            assert str(parse(typed, 3)) == meant
            continue
        with pytest.raises(BadInput) as refused:
            parse(typed, 3)
        assert refused.value.what.startswith("Line 3: ")
        assert "{" in refused.value.next_step or "at most" in refused.value.next_step


def test_a_refusal_repeats_no_word() -> None:
    with pytest.raises(BadInput) as refused:
        edges_of_redaction("-120 Daniel", 3)
    assert "Daniel" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("for [[Daniel|my son]]{-120,+80}.", None),
        ("for [[Daniel|my son]]{-120,+80}’s coat", None),
        ("for [[Daniel]]’s{-120,+80} coat", "for [[Daniel]]{-120,+80}’s coat"),
        ("for [[Daniel]].{-120,+80} He", "for [[Daniel]]{-120,+80}. He"),
        ("for [[Daniel]] {−120, +80} here", "for [[Daniel]]{-120,+80} here"),
        ("[[Daniel]](?contributor 3: not this){-1,+2} I", "[[Daniel]]{-1,+2} I"),
        (r"[[?Daniel]](?) \{-1,+2} I", None),
        ("for [[Daniel]]{0,0} here", "for [[Daniel]] here"),
        ("for [[Daniel]]{} here", "for [[Daniel]] here"),
        ("then [[?Dan yell|he]]{-5,}(?) came", None),
        ("so ~~we said~~{,+50} that", None),
        ("so ~~we said ~~{,+50} that", "so ~~we said~~{,+50} that"),
        ("so ~~we said~~.{,+50} He", "so. ~~we said~~{,+50} He"),
        ("~~[[Dan]]{-1,} was~~{-2,} here", None),
        ("~~we~~{-1,} ~~said~~{,+2}", None),
        # Braces that move nothing are words, as they were in version 0.1.0.
        ("{-120,+80} he {laughs} [[Daniel]] {laughs}", None),
        ("[[Daniel]]{laughs} ~~so~~ {laughs}", None),
        ("{ {} } he {5} said { 5 } {-1,", None),
        ("so ~~we~~ said {-1,+2}", None),
        (r"[[Daniel]]\{5} ~~so~~ \{-1,+2} we", None),
        (r"[[Daniel]]{-1,+2}\{5} ~~so~~{-1,} \{-1,+2} we", None),
    ],
)
def test_edges_are_written_behind_their_mark(text: str, written: str | None) -> None:
    words = MarkupReader().read(text, 1)
    assert write_words(words) == (written or text)
    assert MarkupReader().read(write_words(words), 1) == words


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("He said\n[[Daniel]]{-120", "Line 2: the { behind this mark has no }"),
        ("He said\n[[Daniel]]{5 people}", "Line 2: what stands in { } is not how edges"),
        ("He said\n[[Daniel]]{+80,-5}", "Line 2: {+80,-5} would make a silence shorter"),
        ("He said\n[[Daniel{-1,+2}|x]]", "Line 2: moved edges stand inside a redaction"),
        ("He said\n[[Daniel|x{-1,+2}]]", "Line 2: moved edges stand inside a redaction"),
        ("He said\n[[Daniel]]{-1|+2}", "Line 2: what stands in { } is not how edges"),
        ("He said\n[[Daniel]]{-1,+2} {-3,}", "Line 2: moved edges stand twice behind one mark"),
        ("~~He~~{-1,+2}{-3,}", "Line 1: moved edges stand twice behind one mark"),
        ("~~{-1,+2} He said~~", "Line 1: moved edges stand where a cut begins"),
        ("~~ ~~{-1,} He", "Line 1: moved edges stand behind a mark without a word"),
        ("He said~~{-1,+2}", "Line 1: ~~ ends a cut here that has no beginning"),
    ],
)
def test_edges_that_move_no_mark_are_refused_with_their_line(text: str, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        MarkupReader().read(text, 1)
    assert refused.value.what.startswith(says)
    assert "Daniel" not in str(refused.value)
    assert refused.value.next_step


_EDGE = st.integers(-MOST_EDGE_MS, MOST_EDGE_MS)
_KINDS = ["plain", "plain", "cut", "moved cut", "hidden", "asked"]


@settings(max_examples=60)
@given(
    words=hostile_words(max_size=12),
    kinds=st.lists(st.sampled_from(_KINDS), min_size=12, max_size=12),
    numbers=st.lists(_EDGE, min_size=24, max_size=24),
    braces=st.lists(
        st.sampled_from(["", "{-1,+2}", "{", "{5", "-1,", "+2}", "{}"]), min_size=12, max_size=12
    ),
)
def test_any_edges_on_any_words_are_written_and_read_back(
    words: list[Word], kinds: list[str], numbers: list[int], braces: list[str]
) -> None:
    parts = []
    for at, (word, kind, also) in enumerate(zip(words, kinds, braces, strict=False)):
        plain = write_words([CopyWord(also or word.text)])
        inner = plain.replace("|", "\\|").replace("]", "\\]").replace("{", "\\{")
        inner = f"\\{inner}" if inner.startswith("?") else inner
        start, end = numbers[2 * at : 2 * at + 2]
        edges, wider = MovedEdges(start, end), MovedEdges(-abs(start), abs(end))
        parts.append(
            {
                "plain": plain.replace("{", "\\{"),
                "cut": f"~~{inner}~~",
                "moved cut": f"~~{inner}~~{edges}",
                "hidden": f"[[{inner}|somebody else]]{wider}",
                "asked": f"[[?{inner}]]{wider}(?CPA)",
            }[kind]
        )
    tokens = MarkupReader().read(" ".join(parts), 1)
    assert MarkupReader().read(write_words(tokens), 1) == tokens
    moved = [token.cut_edges for token in tokens if token.cut_edges]
    assert moved == [
        MovedEdges(*numbers[2 * at : 2 * at + 2])
        for at in range(len(words))
        if kinds[at] == "moved cut" and any(numbers[2 * at : 2 * at + 2])
    ]


# Applied

SHA = "2" * 64
SAID = "I care for my son Daniel. He is twenty three. Then Dr Patel came to us. We were glad."
HEARD = spoken(SAID)


def sound_of(transcript: Transcript) -> RecordingSound:
    """A recording that cannot be looked into: redactions reach as far as they may."""
    return RecordingSound(None, transcript.duration)


def applied(text: str, words: Sequence[Word] = HEARD) -> AppliedEdit:
    transcript = transcript_of(words)
    return apply_copy(transcript, SHA, text, QUESTIONS, SPEAKERS, sound_of(transcript))


def with_mark(old: str, new: str) -> AppliedEdit:
    return applied(SAID.replace(old, new))


@pytest.mark.parametrize("edges", ["{-120,+80}", "{-120,}", "{,+80}"])
@pytest.mark.parametrize("mark", ["[[Daniel|him]]{}.", "~~He is~~{}"])
def test_the_numbers_count_from_where_the_edges_lie_by_themselves(mark: str, edges: str) -> None:
    old = "Daniel." if "Daniel" in mark else "He is"
    by_itself, moved = (with_mark(old, mark.format(typed)) for typed in ("", edges))
    start, end = (int(number or 0) for number in edges.strip("{}").split(","))
    before, after = ((*edit.edited.cuts, *edit.edited.redactions)[0] for edit in (by_itself, moved))
    assert (after.start - before.start, after.end - before.end) == (start, end)
    assert moved.edited.turns == by_itself.edited.turns or "~~" in mark
    assert mark.format(edges) in moved.text
    again = applied(moved.text)
    assert (again.edited, again.text) == (moved.edited, moved.text)
    (placed,) = moved.placed
    assert (placed.span.start, placed.by_itself.start) == (after.start, before.start)
    assert placed.bounds.earliest_start <= placed.span.start <= placed.bounds.latest_start
    assert placed.bounds.earliest_end <= placed.span.end <= placed.bounds.latest_end


def test_edges_never_leave_the_recording() -> None:
    words = spoken("Daniel slept well.", 300)
    (redaction,) = applied("[[Daniel]]{-5000,+1} slept well.", words).edited.redactions
    assert redaction.start == 0
    duration = transcript_of(words).duration
    (cut,) = applied("Daniel slept ~~well.~~{,+5000}", words).edited.cuts
    assert cut.end == duration


def test_a_silence_over_part_of_a_neighbour_is_told_however_small() -> None:
    words = [*spoken("my son"), *spoken("Daniel", 850), *spoken("slept.", 1_360)]
    by_itself = applied("my son [[Daniel|he]] slept.", words)
    assert by_itself.edited.redactions[0].end == words[3].start + 20
    # Less than a fifth of a word is not told where nobody moved anything.
    assert not by_itself.summary.covered
    (covered,) = applied("my son [[Daniel|he]]{-40,} slept.", words).summary.covered
    assert covered.partly == ("son",)
    (covered,) = applied("my son [[Daniel|he]]{-500,+10} slept.", words).summary.covered
    assert (covered.whole, covered.partly) == (("son",), ("my", "slept."))


def test_a_cut_moved_by_little_into_a_word_is_told() -> None:
    words = spoken("we waited so long there")
    moved = applied("we waited\n~~so~~{-60,-60}\nlong there", words)
    assert moved.summary.remarks == (
        "Line 2: the cut takes 40 ms of the word before it. Listen there.",
        "Line 2: 40 ms at the end of what is struck may be heard. Listen there.",
    )
    # What stays is as long as it is heard, for captions.
    (turn,) = moved.edited.turns
    assert turn.words[1].end == moved.edited.cuts[0].start


@pytest.mark.parametrize(
    ("text", "says", "instead"),
    [
        ("we waited\n~~so~~{-300,} long there", "begin this cut inside the word before", "{-100,}"),
        ("we waited\n~~so~~{-20,+300} long there", "end this cut inside the word", "{-20,+100}"),
        ("we waited\n~~so~~{+200,} long there", "leave the beginning of what is", "{+100,}"),
        ("we waited\n~~so~~{,-200} long there", "leave the end of what is struck", "{,-100}"),
    ],
)
def test_a_cut_through_a_word_is_refused_with_what_may_be_written(
    text: str, says: str, instead: str
) -> None:
    with pytest.raises(BadInput) as refused:
        applied(text, spoken("we waited so long there"))
    assert refused.value.what.startswith("Line 2: {")
    assert says in refused.value.what
    assert f"at most {instead}" in refused.value.next_step
    assert not any(word in str(refused.value) for word in ("waited", "long", "there"))
    # What it says may be written may be written.
    applied(re.sub(r"\{.*\}", instead, text), spoken("we waited so long there"))


def test_a_cut_may_end_in_the_pause_it_would_take() -> None:
    edit = with_mark("He is twenty three.", "~~He is twenty three.~~{+200,-200}")
    by_itself = with_mark("He is twenty three.", "~~He is twenty three.~~")
    assert edit.edited.cuts[0].start == by_itself.edited.cuts[0].start + 200
    assert not edit.summary.remarks


def test_a_word_too_short_to_be_cut_in_part_is_not() -> None:
    words = [Word(text=text, start=at, end=at + 30) for at, text in enumerate("abc")]
    with pytest.raises(BadInput, match="most of what is struck"):
        applied("a ~~b~~{+5,-5} c", [words[0], Word(text="b", start=40, end=70), words[2]])


def test_cuts_that_touch_are_one_and_silences_stay_in_order() -> None:
    edit = with_mark("Then Dr Patel", "~~Then~~{,+90} Dr ~~Patel~~{-90,}")
    assert len(edit.edited.cuts) == 2
    edit = with_mark("my son Daniel.", "[[my]] son [[Daniel]]{-3000,}.")
    first, second = edit.edited.redactions
    assert first.start <= second.start
    assert first.shown == "[name removed]."


@pytest.mark.parametrize(
    ("marked", "canonical", "is_told"),
    [
        ("~~He~~{-50,+80} ~~is~~", "~~He is~~{-50,}", True),
        ("~~He~~{-50,+80} ~~is~~{-20,+10}", "~~He is~~{-50,+10}", True),
        ("~~He~~ ~~is~~{-20,+10}", "~~He is~~{-20,+10}", False),
        ("~~He\n\nis~~{-20,+10}", "is~~{-20,+10}", False),
    ],
)
def test_marks_side_by_side_are_one_cut(marked: str, canonical: str, *, is_told: bool) -> None:
    edit = with_mark("He is", marked)
    assert canonical in edit.text
    assert len(edit.edited.cuts) == 1
    assert bool(edit.summary.remarks) == is_told
    again = applied(edit.text)
    assert (again.edited, again.text, again.summary.remarks) == (edit.edited, edit.text, ())


@pytest.mark.parametrize(
    "text",
    ["He is [[twenty|old]]{-120,+80}, ~~Then Dr~~{-20,+30}", "He is {-120,+80} {5} twenty"],
)
def test_without_moved_edges_no_byte_of_the_record_is_another(text: str) -> None:
    """`edited.json` and the key of a film are those of a program that knows no edges."""
    plain = re.sub(r"(?<=[\]~])\{[^}]*\}", "", text)
    unmoved = with_mark("He is twenty three. Then Dr", plain).edited
    record = struct_file.encode(unmoved)
    # As the key of a film encodes it.
    assert b"placed_borders" not in record + msgspec.json.encode(unmoved)
    moved = with_mark("He is twenty three. Then Dr", text).edited
    assert (struct_file.encode(moved) == record) == (plain == text)
    assert msgspec.json.decode(record, type=EditedTranscript).placed_borders is msgspec.UNSET


def test_a_film_begins_the_cut_at_the_frame_of_a_border_that_was_placed() -> None:
    """A border of its own making is moved up to 400 ms away from the cut, to a quieter instant."""
    edit = with_mark("He is twenty three.", "~~He is twenty three.~~{-30,}")
    (cut,) = edit.edited.cuts
    assert edit.edited.placed_borders == (cut.start,)

    def quieter_away_from_the_cut(at: int) -> float:
        return min(abs(at - cut.start), abs(at - cut.end)) * -1.0

    timeline = plan_film(edit.edited, 25, EditOptions(), "Ruth", quieter_away_from_the_cut)
    before, after = (part for part in timeline.parts if isinstance(part, Shot))
    assert before.last == cut.start * 25 // 1000
    assert after.first > -(-cut.end * 25 // 1000)
    assert retime(edit.edited, timeline).placed_borders is msgspec.UNSET


class LoudListener:
    """A listener to a film of the whole recording, in which every moment is loud."""

    files = ()
    film = SimpleNamespace(timeline=Timeline(25, (Shot(0, 1_000),), ()))

    def audible_ms(self, start: int, end: int) -> int:
        return max(0, end - start)

    def words_between(self, _start: int, _end: int) -> set[str]:
        return set()


def test_what_is_left_of_a_word_is_looked_for_beside_its_own_silence() -> None:
    """Another silence may have been moved over part of it."""
    text = SAID.replace("my son Daniel.", "my [[son]]{,+400} [[Daniel]].")
    transcript = transcript_of(HEARD)
    aligned = align_copy(transcript, text, QUESTIONS, SPEAKERS)
    edited = applied(text).edited
    assert edited.redactions[0].end > HEARD[5].start + FURTHEST_MS
    listener: Any = LoudListener()
    words = list(words_of_copy(aligned))
    assert list(find_remains(listener, sound_of(transcript), words, edited)) == []


def test_edges_outlast_a_new_transcription() -> None:
    text = SAID.replace("Daniel.", "[[Daniel|him]]{-120,+80}.")
    text = text.replace("He is twenty three.", "~~He is twenty three.~~{-20,+30}")
    # The name and the last of the struck words are recognised as others.
    others = {"three.": "tree", "Daniel.": "Dan"}
    heard = [msgspec.structs.replace(word, text=others.get(word.text, word.text)) for word in HEARD]
    copy = parse_copy(text, QUESTIONS, SPEAKERS)
    rebased = rebase_copy(transcript_of(HEARD), copy, transcript_of(heard), {})
    written = " ".join(write_words(paragraph.words) for paragraph in rebased.paragraphs)
    assert "[[Dan|him.]]{-120,+80} ~~He is twenty tree~~{-20,+30} Then" in written
    assert rebased.moved_at == (HEARD[5].start, HEARD[6].start)


# Commands

Made = Callable[..., tuple[Workspace, StoryFolder, Transcript]]


@pytest.fixture
def asked(transcribed: Made, run_cli: Any) -> StoryFolder:
    """A story in whose copy a name is asked about, with edges behind the question."""
    _, folder, _ = transcribed(transcript_of(spoken(f"I realized. {SAID}")))
    story = folder.root.name
    assert run_cli("redact", "add", story, "Danyel", "--shown", "my boy").code == 0
    assert run_cli("redact", "suggest", story).code == 0
    text = folder.editors_copy.read_text()
    assert "[[?Daniel|my boy]]." in text
    text = text.replace("[[?Daniel|my boy]].", "[[?Daniel|my boy]]{-120, 80}.")
    folder.editors_copy.write_text(text.replace("We were glad.", "~~We were glad.~~{-20,}"))
    return folder


@pytest.mark.parametrize(
    ("answer", "written"),
    [("yes", "son [[Daniel|my boy]]{-120, 80}. He"), ("no", "son Daniel. He")],
)
def test_an_answered_question_keeps_its_edges_and_leaves_none(
    asked: StoryFolder, run_cli: Any, answer: str, written: str
) -> None:
    story = asked.root.name
    (question,) = json.loads(run_cli("redact", "list", story, "--json").out)["questions"]
    result = run_cli("redact", "answer", story, str(question["number"]), answer)
    assert result.code == 0, result.err
    # In place: the rest is as it was typed.
    assert written in asked.editors_copy.read_text()
    result = run_cli("edit", story, "--british", "--as-is")
    assert result.code == 0, result.err
    copy = asked.editors_copy.read_text()
    assert written.replace("{-120, 80}", "{-120,+80}") in copy
    assert "I realised." in copy
    assert "~~We were glad.~~{-20,}" in copy
    assert read_edited(asked.edited).placed_borders is not msgspec.UNSET


def test_a_refused_edge_is_said_with_its_line_and_changes_nothing(
    asked: StoryFolder, run_cli: Any
) -> None:
    before = asked.editors_copy.read_text().replace("{-120, 80}", "{+120,}")
    asked.editors_copy.write_text(before)
    line = before.split("{+120,}")[0].count("\n") + 1
    result = run_cli("edit", asked.root.name, "--as-is")
    assert result.code == 2
    assert f"Line {line}: {{+120,}} would make a silence shorter than it has to be." in result.err
    assert "{-120,}" in result.err
    assert asked.editors_copy.read_text() == before
    assert not asked.edited.exists()


def test_edit_help_says_how_edges_are_moved(run_cli: Any) -> None:
    assert "{-120,+80}" in run_cli("edit", "--help").out
