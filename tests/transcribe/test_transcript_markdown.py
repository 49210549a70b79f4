"""The editor's copy: whatever was said can be written, changed in any editor, and applied."""

from __future__ import annotations

import re
import textwrap

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.core.errors import BadInput
from tests.support.known_interview import (
    QUESTIONS,
    SPEAKERS,
    STORY,
    hostile,
    hostile_words,
    interview_turns,
    misheard,
    spoken,
    transcript_of,
)
from transcribe.editing.apply_edits import EditSummary, apply_copy
from transcribe.editing.speaker_turns import Speakers, chapters_of, contributor_label, draft_turns
from transcribe.editing.transcript_markdown import parse_copy, render_draft, tokens_in
from transcribe.question_matching import match_questions
from transcribe.words import EditedTranscript, Transcript, Word, written

SHA = "2" * 64


def drafted(transcript: Transcript) -> EditedTranscript:
    return draft_turns(
        transcript, SHA, QUESTIONS, match_questions(transcript.words, QUESTIONS), SPEAKERS
    )


def applied(transcript: Transcript, text: str) -> tuple[EditedTranscript, EditSummary]:
    applied = apply_copy(transcript, SHA, text, QUESTIONS, SPEAKERS)
    return applied.edited, applied.summary


def refusal(transcript: Transcript, text: str) -> str:
    with pytest.raises(BadInput) as error:
        applied(transcript, text)
    assert error.value.next_step
    return error.value.what


def literal() -> Transcript:
    return transcript_of([word for turn in interview_turns() for word in turn.words])


def corrected() -> str:
    """The true words as a person would have typed them: no times, no comment."""
    parts, under = [], ""
    titles = {question.id: question.ask for question in QUESTIONS.questions}
    for turn in interview_turns():
        if turn.question != under:
            under = turn.question
            parts.append(f"## {titles[under]}")
        parts.append(f"{turn.speaker}: {turn.text}")
    return "\n\n".join(parts)


# What it looks like


def test_it_reads_as_a_conversation() -> None:
    text = render_draft(drafted(literal()), QUESTIONS)
    conversation = text.partition("-->\n")[2]
    assert conversation.startswith(
        "\n## Can you tell me who you care for?\n\n"
        "[00:00] Interviewer: Thank you for being here. You can stop at any time."
    )
    assert "\n[00:08] Ruth: I care for my son Daniel." in conversation
    assert STORY in text.partition("-->")[0]


# Nothing changed


def test_a_copy_nobody_changed_gives_the_literal_words_with_their_times() -> None:
    transcript = literal()
    edited, summary = applied(transcript, render_draft(drafted(transcript), QUESTIONS))
    assert edited == drafted(transcript)
    assert not summary.has_changes
    assert tuple(w for turn in edited.turns for w in turn.words) == transcript.words


@given(words=hostile_words(), name=st.text(max_size=50))
def test_any_words_can_be_written_and_read_back(words: list[Word], name: str) -> None:
    speakers = Speakers(contributor=contributor_label(name))
    transcript = transcript_of(words)
    edited = draft_turns(transcript, SHA, QUESTIONS, match_questions(words, QUESTIONS), speakers)
    text = render_draft(edited, QUESTIONS)
    parsed = apply_copy(transcript, SHA, text, QUESTIONS, speakers)
    assert parsed.edited == edited
    assert not parsed.summary.has_changes
    assert parsed.text == text


@given(words=hostile_words(), width=st.integers(1, 100))
def test_an_editor_that_wraps_every_line_changes_nothing(words: list[Word], width: int) -> None:
    transcript = transcript_of(words)
    edited = drafted(transcript)
    copy = parse_copy(wrapped(render_draft(edited, QUESTIONS), width), QUESTIONS, SPEAKERS)
    assert tokens_in(copy.paragraphs) == [word.text for word in words]


def wrapped(text: str, width: int) -> str:
    """Re-wrapped paragraph by paragraph, between words only, as editors do."""
    comment, end, body = text.partition("-->\n")
    blocks = (
        "\n".join(
            textwrap.wrap(
                block, width, break_long_words=False, break_on_hyphens=False, expand_tabs=False
            )
        )
        for block in body.split("\n\n")
    )
    return comment + end + "\n\n".join(blocks)


@pytest.mark.parametrize(
    "saved",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("'", "’"),
        lambda text: wrapped(text, 30),
        lambda text: wrapped(text, 1000),
        lambda text: re.sub(r"\n\n+", "\n", text),
        lambda text: text.replace("\n\n", "\n\n\n\n"),
        lambda text: re.sub(r"(?m)^", "  ", text),
        lambda text: text.rstrip("\n"),
        lambda text: re.sub(r"(?s)<!--.*-->", "", text),
        lambda text: re.sub(r"(?m)^\[[\d:]+\] ", "", text),
        lambda text: text.replace("## ", "# "),
        lambda text: text.replace("Ruth:", "RUTH:"),
    ],
)
def test_how_an_editor_saves_it_does_not_matter(saved: object) -> None:
    transcript = literal()
    text = saved(render_draft(drafted(transcript), QUESTIONS))  # type: ignore[operator]
    edited, _ = applied(transcript, text)
    plain = drafted(transcript)
    straight = [(turn.speaker, turn.question, turn.text.replace("’", "'")) for turn in edited.turns]
    assert straight == [(turn.speaker, turn.question, turn.text) for turn in plain.turns]
    assert edited.chapters == plain.chapters


# Corrections


def test_equal_words_keep_their_time_and_replaced_words_share_it() -> None:
    transcript = transcript_of(spoken("he was left in the carp ark with his coat."))
    edited, summary = applied(transcript, "He was left in the car park with his coat.")
    words = edited.turns[0].words
    assert [word.text for word in words][5:7] == ["car", "park"]
    assert (words[5].start, words[6].end) == (transcript.words[5].start, transcript.words[6].end)
    assert words[5].end == words[6].start
    for old, new in zip(transcript.words, words, strict=True):
        if old.text == new.text:
            assert old == new
    assert (summary.corrected, summary.added, summary.removed, summary.restyled) == (2, 0, 0, 1)


def test_one_word_for_two_takes_the_time_of_both() -> None:
    transcript = transcript_of(spoken("they said in formation was private"))
    edited, summary = applied(transcript, "they said information was private")
    word = edited.turns[0].words[2]
    assert (word.start, word.end) == (transcript.words[2].start, transcript.words[3].end)
    assert (summary.corrected, summary.removed) == (1, 1)


def test_an_added_word_takes_the_gap() -> None:
    transcript = transcript_of([*spoken("he was"), *spoken("safe", 3_000)])
    edited, summary = applied(transcript, "he was not safe")
    added_word = edited.turns[0].words[2]
    assert added_word.text == "not"
    assert 600 <= added_word.start < added_word.end <= 3_000
    assert edited.turns[0].words[1] == transcript.words[1]
    assert summary.added == 1


def test_a_word_added_where_there_is_no_gap_leaves_both_starts() -> None:
    tight = [
        Word(text=t, start=n * 300, end=n * 300 + 300) for n, t in enumerate(("he", "was", "safe"))
    ]
    edited, _ = applied(transcript_of(tight), "he was not safe")
    words = edited.turns[0].words
    assert words[1].start == 300
    assert words[3] == tight[2]
    assert words[1].end == words[2].start < words[2].end == words[3].start


def test_a_word_added_before_the_first_has_room() -> None:
    tight = [Word(text="was", start=0, end=400), Word(text="safe", start=400, end=800)]
    edited, _ = applied(transcript_of(tight), "He was safe")
    words = edited.turns[0].words
    assert words[0].start == 0 < words[0].end <= words[1].start < words[1].end == 400


def test_a_removed_word_is_gone_and_a_long_run_is_pointed_at() -> None:
    transcript = literal()
    text = corrected().replace("Nobody asked me what I knew, ", "")
    edited, summary = applied(transcript, text)
    assert "Nobody" not in " ".join(turn.text for turn in edited.turns)
    assert summary.removed == 6
    assert [run.count for run in summary.deleted_runs] == [6]
    removed = next(word for word in transcript.words if word.text == "Nobody")
    assert summary.deleted_runs[0].at == removed.start


@pytest.mark.parametrize("seed", range(8))
def test_a_full_correction_of_a_misheard_transcript_is_in_time(seed: int) -> None:
    """With one word in twelve wrong, corrected words get the times at which they were spoken."""
    truth = [word for turn in interview_turns() for word in turn.words]
    transcript = transcript_of(misheard(truth, 0.08, seed), truth[-1].end + 1000)
    edited, _ = applied(transcript, corrected())
    spoken_words = [(turn.speaker, word) for turn in edited.turns for word in turn.words]
    assert [(s, w.text) for s, w in spoken_words] == [
        (turn.speaker, word.text) for turn in interview_turns() for word in turn.words
    ]
    start_errors = sorted(
        abs(w.start - true.start) for (_, w), true in zip(spoken_words, truth, strict=True)
    )
    assert start_errors[len(start_errors) // 2] == 0
    assert start_errors[-1] <= 1_200


@given(
    words=hostile_words(max_size=30),
    typed=st.lists(hostile, max_size=30),
    keep=st.lists(st.booleans(), min_size=30, max_size=30),
)
def test_after_any_edit_times_are_in_order_and_inside_and_applying_again_changes_nothing(
    words: list[Word], typed: list[str], keep: list[bool]
) -> None:
    transcript = transcript_of(words)
    mixed = [w.text for w, keep_word in zip(words, keep, strict=False) if keep_word]
    text = "Ruth: " + " ".join(mixed + typed)
    try:
        once = apply_copy(transcript, SHA, text, QUESTIONS, SPEAKERS)
    except BadInput:
        return  # refused whole, which other tests look at
    clock = 0
    for turn in once.edited.turns:
        assert turn.words
        for word in turn.words:
            assert clock <= word.start <= word.end <= transcript.duration
            clock = word.end
    applied_again = apply_copy(transcript, SHA, once.text, QUESTIONS, SPEAKERS)
    assert (applied_again.edited, applied_again.text) == (once.edited, once.text)


# Speakers, paragraphs, headings


def test_labels_paragraphs_and_headings_are_the_editors() -> None:
    transcript = transcript_of(spoken("Hello. Who are you? I am his sister. And he is well. Good."))
    text = (
        "Interviewer: Hello.\n\nInterviewer: Who are you?\n\nGrace: I am his sister.\n\n"
        "## What would you like staff to know?\n\nAnd he is well.\n\nInterviewer: Good."
    )
    edited, summary = applied(transcript, text)
    assert [turn.speaker for turn in edited.turns] == [
        "Interviewer", "Interviewer", "Grace", "Grace", "Interviewer",
    ]  # fmt: skip
    assert summary.speakers == ("Interviewer", "Grace")
    assert [turn.text for turn in edited.turns][3] == "And he is well."
    assert [chapter.question for chapter in edited.chapters] == ["staff"]


def test_a_sentence_with_a_colon_is_no_speaker() -> None:
    transcript = transcript_of(spoken("they told me, and I quote: wait. That was it."))
    edited, _ = applied(
        transcript, "Ruth: they told me, and I quote: wait.\n\nthat is: That was it."
    )
    assert {turn.speaker for turn in edited.turns} == {"Ruth"}


def test_a_new_name_speaks_where_its_words_were_heard_and_else_is_said() -> None:
    transcript = transcript_of(spoken("I was tired. We drove for an hour. That was it."))
    text = "[00:00] Ruth: I was tired.\n\n{name}: We drove for an hour.\n\n{typed}That was it."
    edited, _ = applied(transcript, text.format(name="Grace", typed=""))
    assert [turn.speaker for turn in edited.turns] == ["Ruth", "Grace", "Grace"]
    for typed in ("Sheffield: never again.", "Grace: never again."):
        edited, _ = applied(transcript, text.format(name="Ruth", typed=f"{typed}\n\n"))
        assert {turn.speaker for turn in edited.turns} == {"Ruth"}
        assert typed in " ".join(turn.text for turn in edited.turns)


def test_a_heading_taken_out_joins_its_answer_to_the_question_before() -> None:
    transcript = literal()
    text = render_draft(drafted(transcript), QUESTIONS)
    heading = "## What happened when you first asked for help?\n"
    assert heading in text
    edited, _ = applied(transcript, text.replace(heading, ""))
    assert "first-contact" not in {chapter.question for chapter in edited.chapters}
    assert edited.chapters[0].end == edited.chapters[1].start


def test_a_heading_a_program_wrapped_is_still_the_question() -> None:
    transcript = transcript_of(spoken("What happened when you first asked for help? They laughed."))
    text = "## What happened when\nyou first asked for help?\nInterviewer: " + transcript_text(
        transcript
    )
    edited, _ = applied(transcript, text)
    assert [chapter.question for chapter in edited.chapters] == ["first-contact"]
    assert len(edited.turns[0].words) == len(transcript.words)


def transcript_text(transcript: Transcript) -> str:
    return " ".join(word.text for word in transcript.words)


# What it refuses


def test_a_paragraph_moved_is_refused_by_its_time() -> None:
    transcript = literal()
    blocks = render_draft(drafted(transcript), QUESTIONS).split("\n\n")
    moved_index = next(n for n, block in enumerate(blocks) if "He had stopped" in block)
    blocks.append(blocks.pop(moved_index).strip())
    assert "stands after the one" in refusal(transcript, "\n\n".join(blocks))


def test_a_paragraph_moved_is_refused_without_times_as_well() -> None:
    transcript = literal()
    blocks = corrected().split("\n\n")
    moved_index = next(n for n, block in enumerate(blocks) if "He had stopped" in block)
    blocks.append(blocks.pop(moved_index))
    message = refusal(transcript, "\n\n".join(blocks))
    assert "He had stopped" in message
    assert message.startswith("Line ")


def test_two_paragraphs_exchanged_are_refused() -> None:
    first = "We waited in the corridor for hours that night."
    second = "She brought me some tea and a blanket then."
    transcript = transcript_of(spoken(f"{first} {second}"))
    assert "another place" in refusal(transcript, f"Ruth: {second}\n\n{first}")


def test_a_paragraph_pasted_twice_has_no_room() -> None:
    transcript = transcript_of(
        spoken("I asked if he was safe and she would not say a word to me. Yes.", pause=0)
    )
    repeated = "I asked if he was safe and she would not say a word to me."
    assert "nobody had time to say" in refusal(
        transcript, f"Ruth: {repeated}\n\n{repeated}\n\nYes."
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace(STORY, "cs-9w2xbd"), "editor’s copy of cs-9w2xbd"),
        (lambda text: "Ruth: " + "quite another story about a dog " * 9, "does not fit"),
        (lambda text: "", "no words left"),
        (lambda text: "<!-- never closed\n" + text.replace("-->", ""), "has no end"),
        (lambda text: text.replace("## Can you tell", "## Could you tell"), ""),
        (
            lambda text: text + "\n## What did you have for breakfast?\n\nRuth: toast",
            "not a question",
        ),
        (
            lambda text: text + "\n## What would you like staff to know?\n\nRuth: all",
            "already in line",
        ),
        (lambda text: "x" * 5_000_000, "far longer"),
    ],
)
def test_what_cannot_be_placed_is_refused(change: object, message: str) -> None:
    transcript = literal()
    text = change(render_draft(drafted(transcript), QUESTIONS))  # type: ignore[operator]
    if message:
        assert message in refusal(transcript, text)
    else:  # a slip in a heading is forgiven
        assert applied(transcript, text)[0].chapters[0].question == "beginning"


def test_a_silent_recording_may_still_be_given_words() -> None:
    edited, summary = applied(transcript_of([], 5_000), "Ruth: It was too quiet to hear at all.")
    assert summary.added == 8
    assert edited.turns[0].words[-1].end <= 5_000


def test_two_questions_in_the_same_words_each_get_a_heading() -> None:
    repeated_set = msgspec.structs.replace(
        QUESTIONS,
        questions=(
            QUESTIONS.questions[0],
            msgspec.structs.replace(QUESTIONS.questions[0], id="beginning-again"),
        ),
    )
    text = "## Can you tell me who you care for?\n\nRuth: Him.\n\n" * 2
    copy = parse_copy(text, repeated_set, SPEAKERS)
    assert [p.question for p in copy.paragraphs] == ["beginning", "beginning-again"]
    assert chapters_of([], repeated_set, 0) == ()


# Labels and joined paragraphs


@pytest.mark.parametrize(
    "said",
    [
        *("My view is simple: nobody asked us.", "Remember: nobody asked us."),
        *("What I wanted: a rest.", "The first thing: sleep.", "In my case: nothing."),
    ],
)
@pytest.mark.parametrize("is_heard", [True, False])
def test_words_before_a_colon_in_a_new_paragraph_are_said(said: str, is_heard: bool) -> None:
    heard = f"I was tired. {said} That was it."
    transcript = transcript_of(spoken(heard if is_heard else heard.replace(":", "")))
    edited, _ = applied(transcript, f"[00:00] Ruth: I was tired.\n\n{said}\n\nThat was it.")
    assert " ".join(turn.text for turn in edited.turns) == heard
    assert {turn.speaker for turn in edited.turns} == {"Ruth"}


def test_a_speaker_of_the_story_is_one_wherever_the_name_begins_a_paragraph() -> None:
    transcript = transcript_of(spoken("Ruth came. Daniel too. He is well. Good."))
    text = "[00:00] Daniel: Ruth came.\n\nruth: Daniel too.\n\nDANIEL : He is well.\n\nGood."
    edited, _ = applied(transcript, text)
    assert [(turn.speaker, turn.text) for turn in edited.turns] == [
        ("Daniel", "Ruth came."),
        ("Ruth", "Daniel too."),
        ("Daniel", "He is well."),
        ("Daniel", "Good."),
    ]


@pytest.mark.parametrize(
    "joint",
    [
        *(
            " [00:02] Ruth: ",
            "\n[00:02] Ruth: ",
            " [0:00:02] Ruth: ",
            " [00:02] ",
            " [00:02]Ruth: ",
        ),
        *(
            " (00:02) Ruth: ",
            " 00:02 Ruth: ",
            "\n00:02 ruth: ",
            " Ruth: ",
            "\nRuth: ",
            " [00:02]\n",
            " [00:02 Ruth: ",
            " ［00:02］ Ruth: ",
            " [00:02 ] Ruth: ",
            " [00.02] Ruth: ",
            " [00:02.5] Ruth: ",
            " [00:02]: Ruth: ",
        ),
        *("  [00:02]  Ruth:  ", " [00:02] Ruth : "),
    ],
)
def test_a_paragraph_joined_by_mistake_leaves_no_time_and_no_name(joint: str) -> None:
    transcript = transcript_of(spoken("He is well. He was ill. Good."))
    text = f"[00:00] Ruth: He is well.{joint}He was ill.\n\n[00:05] Interviewer: Good."
    result = apply_copy(transcript, SHA, text, QUESTIONS, SPEAKERS)
    assert [(turn.speaker, turn.text) for turn in result.edited.turns] == [
        ("Ruth", "He is well."),
        ("Ruth", "He was ill."),
        ("Interviewer", "Good."),
    ]
    assert not result.summary.has_changes
    assert all(remark.startswith("Line ") for remark in result.summary.remarks)
    assert result.summary.remarks or joint.startswith("\n[")
    again = apply_copy(transcript, SHA, result.text, QUESTIONS, SPEAKERS)
    assert (again.edited, again.text, again.summary.remarks) == (result.edited, result.text, ())


def test_a_heading_or_a_mark_inside_a_paragraph_is_no_word() -> None:
    transcript = transcript_of(spoken("He is well. He was ill."))
    with pytest.raises(BadInput, match="Line 2: the heading “## …” stands inside"):
        applied(transcript, "[00:00] Ruth: He is well.\nSo. ## What would you like? He was ill.")
    copy = parse_copy(
        "[00:00] Ruth: He is well. [00:02–00:04: somebody speaks here] He was ill.",
        QUESTIONS,
        SPEAKERS,
    )
    assert [" ".join(paragraph.tokens) for paragraph in copy.paragraphs] == [
        "He is well.",
        "He was ill.",
    ]
    assert [(span.start, span.end) for span in copy.unheard] == [(2_000, 4_000)]


# Scripts that write no spaces

CLOSE = (
    ("我们", "到了", "医院，", "没有人。", "王小明", "在", "NHS", "医院", "等。"),
    ("母は", "病院に", "行きました。", "誰も", "いない。"),
    ("เรา", "ไป", "โรงพยาบาล", "ที่นี่"),
    ("우리는", "병원에", "갔어요."),
)


@pytest.mark.parametrize("words", CLOSE)
def test_words_stand_as_their_script_writes_them(words: tuple[str, ...]) -> None:
    spoken_words = tuple(
        Word(text=text, start=at * 600, end=at * 600 + 500) for at, text in enumerate(words)
    )
    transcript = transcript_of(spoken_words)
    text = render_draft(drafted(transcript), QUESTIONS)
    (line,) = [line for line in text.splitlines() if line.startswith("[00:00]")]
    assert line.partition(": ")[2].replace("\u200b", "") == written(words)
    edited, summary = applied(transcript, text)
    assert [word for turn in edited.turns for word in turn.words] == list(spoken_words)
    assert (summary.corrected, summary.added, summary.removed) == (0, 0, 0)
    # As 0.1.0 wrote it, with spaces.
    assert applied(transcript, text.replace("\u200b", " "))[0] == edited


def test_marks_in_words_without_spaces_part_them_wherever_they_are_put() -> None:
    words = CLOSE[0]
    transcript = transcript_of(
        [Word(text=text, start=at * 600, end=at * 600 + 500) for at, text in enumerate(words)]
    )
    text = render_draft(drafted(transcript), QUESTIONS)
    gap = "\u200b"
    for before, after in ((gap, ""), ("", gap), ("", ""), (" ", " ")):
        name = f"{before}[[{after}王小明|我儿子]]"
        marked = text.replace(f"{gap}王小明{gap}", f"{name}{gap}")
        marked = marked.replace(f"{gap}到了{gap}", f"{before}~~{after}到了~~{gap}")
        edited, _ = applied(transcript, marked)
        shown = written([word.text for turn in edited.turns for word in turn.words])
        assert shown == "我们医院，没有人。我儿子在 NHS 医院等。"
        assert [(span.start, span.end) for span in edited.redactions] == [(2350, 2950)]
        assert len(edited.cuts) == 1


def test_an_unseen_space_in_a_word_of_letters_with_spaces_is_none() -> None:
    transcript = transcript_of(spoken("I was waiting."))
    edited, _ = applied(transcript, "Ruth: I was wait\u200bing.\u200b")
    assert [word.text for turn in edited.turns for word in turn.words] == ["I", "was", "waiting."]


# Names of those who speak, as editors write them


@pytest.mark.parametrize(
    ("label", "speaker", "remark"),
    [
        ("Dr. Patel:", "Dr. Patel", ""),
        ("J. K. Marsh:", "J. K. Marsh", ""),
        ("**Dr Patel:**", "Dr Patel", ""),
        ("*Dr Patel*:", "Dr Patel", ""),
        ("dr patel:", "Ruth", "“dr patel:” was taken for words"),
        ("Patel, Anjali:", "Ruth", "“Patel, Anjali:” was taken for words"),
        ("It was simple:", "Ruth", ""),
    ],
)
def test_a_name_before_a_paragraph_is_who_speaks_or_is_told(
    label: str, speaker: str, remark: str
) -> None:
    transcript = transcript_of(spoken("I was at home. Come in please."))
    text = f"[00:00] Ruth: I was at home.\n\n[00:01] {label} Come in please.\n"
    edited, summary = applied(transcript, text)
    assert edited.turns[-1].speaker == speaker
    assert [remark in each for each in summary.remarks] == ([True] if remark else [])


def test_a_name_in_brackets_before_a_colon_is_who_speaks_unless_it_is_heard() -> None:
    transcript = transcript_of(spoken("I was at home. Come in please."))
    text = "[00:00] Ruth: I was at home.\n\n[00:01] [[Dr Patel|the doctor]]: Come in please.\n"
    edited, summary = applied(transcript, text)
    assert [(turn.speaker, turn.text) for turn in edited.turns][1:] == [
        ("The doctor", "Come in please.")
    ]
    assert not edited.redactions
    assert "taken for who speaks: “The doctor”" in summary.remarks[0]
    heard = transcript_of(spoken("I was at home. Daniel came in please."))
    text = "[00:00] Ruth: I was at home.\n\n[00:01] [[Daniel|my son]]: came in please.\n"
    assert applied(heard, text)[0].redactions
