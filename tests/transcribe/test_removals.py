"""Cuts and redactions: what leaves, what stays, and that nothing derived holds what left."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.core import struct_file
from library.core.errors import BadInput
from tests.support.known_interview import QUESTIONS, SPEAKERS, hostile_words, spoken, transcript_of
from transcribe.captions import layout
from transcribe.editing.apply_edits import AppliedEdit, apply_copy
from transcribe.editing.inline_markup import CopyWord, MarkupReader, write_words
from transcribe.editing.moved_edges import MovedEdges
from transcribe.editing.recording_sound import RecordingSound
from transcribe.editing.speaker_turns import draft_turns
from transcribe.editing.transcript_markdown import render_draft
from transcribe.formats import vtt
from transcribe.question_matching import match_questions
from transcribe.words import EditedTranscript, Redaction, Span, Transcript, Word

SHA = "2" * 64
SAID = "I care for my son Daniel. He is twenty three. Then Dr Patel came to us. We were glad."


def applied(text: str, speech: str = SAID, transcript: Transcript | None = None) -> AppliedEdit:
    return apply_copy(transcript or transcript_of(spoken(speech)), SHA, text, QUESTIONS, SPEAKERS)


def visible_text(edit: AppliedEdit) -> str:
    return " / ".join(turn.text for turn in edit.edited.turns)


def refusal(text: str, speech: str = SAID) -> str:
    with pytest.raises(BadInput) as error:
        applied(text, speech)
    assert error.value.next_step
    return error.value.what


def derived(edited: EditedTranscript) -> bytes:
    """Every byte that follows from the edit."""
    cues = layout.lay_out(edited.turns, edited.duration)
    return b"\n".join(
        (
            struct_file.encode(edited),
            vtt.write(cues).encode(),
            vtt.write_chapters(edited.chapters).encode(),
        )
    )


# Cuts


def test_a_cut_leaves_nothing_but_its_time() -> None:
    words = spoken(SAID)
    edit = applied(f"Ruth: {SAID}".replace("He is twenty three.", "~~He is twenty three.~~"))
    assert visible_text(edit) == "I care for my son Daniel. Then Dr Patel came to us. We were glad."
    (cut,) = edit.edited.cuts
    # Half of the pause before goes with it, and half of the pause after.
    assert words[5].end < cut.start < words[6].start
    assert words[9].end < cut.end < words[10].start
    assert (edit.summary.cut_ms, edit.summary.removed) == (cut.end - cut.start, 0)
    assert b"twenty" not in derived(edit.edited)


@pytest.mark.parametrize(
    "text",
    [
        "Ruth: I care for my son ~~Daniel. He is twenty three. Then~~ Dr Patel came to us. We were "
        "glad.",
        "Ruth: I care for my son ~~Daniel.\n\nHe is\ntwenty three.\n\nInterviewer: Then~~ Dr Patel "
        "came to us. We were glad.",
        "Ruth: I care for my son\n\n~~[00:02] Interviewer: Daniel. He is twenty three.~~\n\n"
        "~~Then~~ Dr Patel came to us. We were glad.",
        "Ruth: I care for my son\n\n~~\n\nDaniel. He is twenty three.\n\n"
        "## What would you like staff to know?\n\nRuth: Then ~~ Dr Patel came to us. We were glad.",
        "Ruth: I care for my son\n\n[00:02] ~~Ruth: Daniel. He is~~\n\n"
        "~~## What would you like staff to know?\n\ntwenty three. Then~~ Dr Patel came to us. "
        "We were glad.",
        "Ruth: I care for my son ~~[[Daniel.|him]] He is [[twenty]] three. Then~~ Dr Patel came to "
        "us. We were glad.",
    ],
)
def test_however_a_cut_is_written_it_is_one_stretch(text: str) -> None:
    edit = applied(text)
    left = visible_text(edit).replace("/ ", "")
    assert left == "I care for my son Dr Patel came to us. We were glad."
    words = spoken(SAID)
    (cut,) = edit.edited.cuts
    assert words[4].end <= cut.start <= words[5].start
    assert words[10].end <= cut.end <= words[11].start
    assert not edit.edited.redactions
    applied_again = applied(edit.text)
    assert (applied_again.edited, applied_again.text) == (edit.edited, edit.text)


def test_a_full_stop_after_a_cut_ends_what_is_left() -> None:
    assert visible_text(
        applied("We were ~~so very~~ glad ~~of it~~.", "We were so very glad of it.")
    ) == ("We were glad.")


def test_a_cut_of_the_beginning_or_the_end_leaves_no_sound_there() -> None:
    edit = applied("~~I care~~ for my ~~son.~~", "I care for my son.")
    duration = edit.edited.duration
    assert [cut.start for cut in edit.edited.cuts] == [0, edit.edited.cuts[1].start]
    assert edit.edited.cuts[1].end == duration


def test_an_answer_cut_whole_is_no_chapter() -> None:
    speech = "Who? My son. What would you like staff to know? Nothing at all. Good."
    text = (
        "Who? My son.\n\n## What would you like staff to know?\n\n"
        "~~Interviewer: What would you like staff to know?\n\nRuth: Nothing at all. Good.~~"
    )
    edit = applied(text, speech)
    assert edit.edited.chapters == ()
    assert "## What would you like staff to know?" in edit.text


# Redactions


def test_a_redaction_covers_where_sound_and_engine_each_had_its_word() -> None:
    words = spoken("He said Daniel was safe.")
    sound = RecordingSound(None, 60_000)
    text = "He said [[Daniel]] was safe."
    near = apply_copy(transcript_of(words), SHA, text, QUESTIONS, SPEAKERS, sound)
    words[2] = msgspec.structs.replace(words[2], earlier=700, later=900)
    far = apply_copy(transcript_of(words), SHA, text, QUESTIONS, SPEAKERS, sound)
    (silence,) = far.edited.redactions
    assert silence.start <= max(0, words[2].start - 700)
    assert silence.end >= words[2].end + 900
    # A cut keeps to the sound, and what is written of an edit knows no other times.
    assert near.edited.cuts == far.edited.cuts
    assert [word.said_within for word in far.edited.turns[0].words] == [
        Span(start=word.start, end=word.end) for word in far.edited.turns[0].words
    ]
    assert len(far.summary.covered) >= len(near.summary.covered)


@pytest.mark.parametrize("typed", ["[[Daniel]]", "[[Danielle]]"])
def test_what_a_redaction_takes_where_recognition_was_unsure_is_said(typed: str) -> None:
    words = spoken("He said Daniel was safe.")
    words[2] = msgspec.structs.replace(words[2], probability=0.2)
    text = f"He said {typed} was safe."
    sound = RecordingSound(None, 60_000)
    edit = apply_copy(transcript_of(words), SHA, text, QUESTIONS, SPEAKERS, sound)
    (silence,) = edit.edited.redactions
    assert silence.start <= words[1].start
    assert silence.end >= words[3].end
    assert {"said", "was"} <= set(edit.summary.covered[0].whole)


def test_a_redaction_shows_other_words_and_says_when() -> None:
    words = spoken(SAID)
    edit = applied(f"Ruth: {SAID}".replace("Daniel.", "[[Daniel|my boy]]."))
    assert "my son my boy. He is" in visible_text(edit)
    (redaction,) = edit.edited.redactions
    assert redaction.shown == "my boy."
    assert words[4].end <= redaction.start <= words[5].start
    assert words[5].end <= redaction.end <= words[6].start
    assert b"Daniel" not in derived(edit.edited)
    assert "[[Daniel|my boy]]." in edit.text


@pytest.mark.parametrize(
    ("mark", "stands_as"),
    [
        ("[[Daniel]]", "[name removed]"),
        ("[[Daniel|]]", "[name removed]"),
        ("[[Daniel|my son]]’s", "my son’s"),
        ("“[[Daniel|him]]”,", "“him”,"),
        ("[[Daniel\n|one\nof us]]", "one of us"),
        (r"[[Daniel|a\|b\]\]c]]", "a|b]]c"),
    ],
)
def test_ways_to_write_a_redaction(mark: str, stands_as: str) -> None:
    edit = applied(f"He said {mark} was safe.", "He said Daniel was safe.")
    assert visible_text(edit) == f"He said {stands_as} was safe."
    applied_again = applied(edit.text, "He said Daniel was safe.")
    assert (applied_again.edited, applied_again.text) == (edit.edited, edit.text)


def test_a_name_that_was_misheard_is_silenced_wherever_it_may_be() -> None:
    speech = "He said Dan yell was safe."
    words = spoken(speech)
    edit = applied("He said [[Daniel]] was safe.", speech)
    (redaction,) = edit.edited.redactions
    assert redaction.start <= words[2].start
    assert words[3].end <= redaction.end
    # Where nothing was recognised, the whole gap is silent.
    gap = [*spoken("He said"), *spoken("was safe.", 3_000)]
    (redaction,) = applied("He said [[Daniel]] was safe.", "", transcript_of(gap)).edited.redactions
    assert (redaction.start, redaction.end) == (gap[1].end, gap[2].start)


def test_a_name_redacted_once_and_said_again_is_pointed_at() -> None:
    speech = "My son Daniel slept. I let Daniel’s father know."
    edit = applied(speech.replace("Daniel slept", "[[Daniel|he]] slept"), speech)
    assert edit.summary.unredacted_name_times == (spoken(speech)[6].start,)
    assert (
        applied("My son ~~slept~~ well.", "My son slept well.").summary.unredacted_name_times == ()
    )


# Refused, with the line


@pytest.mark.parametrize(
    ("text", "says_message"),
    [
        ("I care\n\nfor ~~my son Daniel.", "Line 3: the cut that begins here"),
        ("I care for my~~ son Daniel.", "Line 1: ~~ ends a cut here that has no beginning"),
        ("I ~~care for ~~my son~~ Daniel.", "Line 1: a cut begins with ~~ inside"),
        ("I care\nfor my son Dan~~iel.~~", "Line 2: a cut or a redaction begins or ends inside"),
        ("I care for my son\nXx[[Daniel]].", "Line 2: a cut or a redaction begins or ends inside"),
        ("I care for my son [[Dan|x]]iel.", "inside a word"),
        ("I care\nfor my son [[Daniel.", "Line 2: the redaction that begins here"),
        ("I care for my son [[Daniel\n\nHe is|x]].", "Line 1: the redaction that begins here"),
        ("I care for my son [[~~Daniel~~|x]].", "another mark is inside"),
        ("I care for my son [[|Daniel]].", "says nothing that is heard"),
        ("I care for my son [[|?Daniel]].", "says nothing that is heard"),
        ("I care for my son [[Daniel|daniel.]].", "shows the very words"),
        (f"~~{SAID}~~", "no words left"),
    ],
)
def test_a_mark_that_is_not_whole_is_refused_with_its_line(text: str, says_message: str) -> None:
    message = refusal(text)
    assert says_message in message
    assert "Daniel" not in message.replace("Daniel\n", "")


# Any marks on any words


@st.composite
def marked(draw: st.DrawFn) -> tuple[list[Word], list[CopyWord]]:
    """Words, each perhaps cut, redacted or in doubt, as an editor's copy holds them."""
    words = draw(hostile_words(max_size=25))
    reader, parts = MarkupReader(), []
    for word in words:
        plain = write_words([CopyWord(word.text)]).replace("{", "\\{")
        kind = draw(st.sampled_from(["plain", "plain", "cut", "hidden", "named", "asked", "doubt"]))
        inner = plain.replace("|", "\\|").replace("]", "\\]") if kind != "plain" else plain
        inner = f"\\{inner}" if inner.startswith("?") else inner
        parts.append(
            {
                "plain": plain,
                "cut": f"~~{plain}~~",
                "hidden": f"[[{inner}]]",
                "named": f"[[{inner}|somebody else]]",
                "asked": f"[[?{inner}|[somebody else]]](?CPA)",
                "doubt": f"{plain}(?CPA)",
            }[kind]
        )
    return words, list(reader.read(" ".join(parts), 1))


@given(made=marked())
def test_any_marks_on_any_words_are_written_and_read_back(
    made: tuple[list[Word], list[CopyWord]],
) -> None:
    words, tokens = made
    assert [token.text for token in tokens] == [word.text for word in words]
    assert MarkupReader().read(write_words(tokens), 1) == tuple(tokens)


WORDS = [f"{kind}{number}" for number in range(6) for kind in ("alder", "birch", "cedar", "elm")]


@st.composite
def edits(draw: st.DrawFn) -> tuple[Transcript, str, list[str]]:
    """A transcript of words that all differ, a text with marks on some, and what must not stay."""
    clock, words, removed, parts = 0, [], [], []
    for text in WORDS:
        clock += draw(st.sampled_from([0, 0, 40, 300, 2_000]))
        length = draw(st.sampled_from([0, 20, 200, 500]))
        words.append(Word(text=text, start=clock, end=clock + length))
        clock += length
        kind = draw(st.sampled_from("kkkkkkccrRxiamM"))
        if kind in "crRmM":
            removed.append(text)
        start, end = (draw(st.sampled_from([0, 10, 70, 400])) for _ in range(2))
        parts.append(
            {
                "k": text,
                "c": f"~~{text}~~",
                "r": f"[[{text}]]",
                "R": f"[[{text}|someone]]",
                "m": f"~~{text}~~{MovedEdges(-start, end) if start < 400 else MovedEdges(10, -10)}",
                "M": f"[[{text}|someone]]{MovedEdges(-start, end)}",
                "x": f"other{text[-1]}",
                "i": f"{text} added",
                "a": f"{text}(?)\n\n",
            }[kind]
        )
    return transcript_of(words), " ".join(parts), removed


@given(made=edits(), has_sound=st.booleans())
def test_after_any_edit_no_removed_word_is_in_any_derived_byte(
    made: tuple[Transcript, str, list[str]],
    has_sound: bool,
) -> None:
    transcript, text, removed = made
    sound = RecordingSound(None, transcript.duration) if has_sound else None
    try:
        edit = apply_copy(transcript, SHA, text, QUESTIONS, SPEAKERS, sound)
    except BadInput:
        return
    edited = edit.edited
    bytes_out = derived(edited).decode().replace("\n", " ")
    for word in removed:
        assert f'"{word}"' not in bytes_out
        assert f" {word} " not in f"{bytes_out} "
    _in_order([word for turn in edited.turns for word in turn.words], transcript.duration)
    _apart(edited.cuts, transcript.duration)
    for turn in edited.turns:
        for word in turn.words:
            for cut in edited.cuts:
                assert word.end <= cut.start or word.start >= cut.end
    assert len(edited.redactions) == text.count("[[")
    for redaction in edited.redactions:
        assert 0 <= redaction.start < redaction.end <= transcript.duration
    applied_again = apply_copy(transcript, SHA, edit.text, QUESTIONS, SPEAKERS, sound)
    assert (applied_again.edited, applied_again.text) == (edited, edit.text)
    assert applied_again.summary.corrected == edit.summary.corrected


def _in_order(words: list[Word], duration: int) -> None:
    clock = 0
    for word in words:
        assert clock <= word.start <= word.end <= duration
        clock = word.end


def _apart(cuts: tuple[Span, ...], duration: int) -> None:
    clock = -1
    for cut in cuts:
        assert clock < cut.start < cut.end <= duration
        clock = cut.end


def test_the_record_keeps_times_and_what_is_shown_and_nothing_else() -> None:
    assert msgspec.structs.fields(Redaction)[2].name == "shown"
    edit = applied(SAID.replace("Daniel.", "[[Daniel|him]]."))
    stored = msgspec.json.decode(struct_file.encode(edit.edited))
    assert stored["redactions"] == [
        {"start": stored["redactions"][0]["start"], "end": stored["redactions"][0]["end"],
         "shown": "him."}
    ]  # fmt: skip


def test_a_draft_with_marks_of_doubt_gives_the_literal_words() -> None:
    transcript = transcript_of(spoken(SAID))
    draft = draft_turns(
        transcript, SHA, QUESTIONS, match_questions(transcript.words, QUESTIONS), SPEAKERS
    )
    text = render_draft(draft, QUESTIONS, {5: "", 12: "Dr Patell"})
    assert "Daniel.(?) He" in text
    assert "Patel(?Dr Patell) came" in text
    edit = applied(text)
    assert edit.edited == draft
    assert (edit.text, edit.summary.hints_left) == (text, 2)
    corrected = applied(text.replace("Patel(?Dr Patell)", "Patell(?)").replace("(?Dr", "(?"))
    assert (corrected.summary.hints_left, corrected.summary.corrected) == (1, 1)
    assert visible_text(corrected).count("(?") == 0
