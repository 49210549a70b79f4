"""Places of the words of an editor's copy, and every problem of a text at its place."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.core.errors import BadInput
from tests.support.known_interview import (
    QUESTIONS,
    SPEAKERS,
    STORY,
    hostile_words,
    interview_turns,
    spoken,
    transcript_of,
)
from transcribe.editing.apply_edits import apply_copy
from transcribe.editing.inline_markup import CopyWord, MarkupReader, write_words
from transcribe.editing.read_with_problems import read_with_problems
from transcribe.editing.recording_sound import RecordingSound
from transcribe.editing.speaker_turns import draft_turns
from transcribe.editing.text_places import CopyRefused
from transcribe.editing.transcript_markdown import parse_copy, render_draft
from transcribe.question_matching import match_questions
from transcribe.words import Word

SHA = "2" * 64
SOUND = RecordingSound(None, 60_000)


def words_of(text: str) -> list[CopyWord]:
    copy = parse_copy(text, QUESTIONS, SPEAKERS)
    return [word for paragraph in copy.paragraphs for word in paragraph.words]


def slices(text: str) -> list[str]:
    """Return what stands at the place of each word."""
    return [text[slice(*word.place)] for word in words_of(text) if word.place]


def test_each_word_of_a_draft_stands_where_it_is_written() -> None:
    words = [word for turn in interview_turns() for word in turn.words]
    transcript = transcript_of(words)
    draft = draft_turns(
        transcript, "2" * 64, QUESTIONS, match_questions(transcript.words, QUESTIONS), SPEAKERS
    )
    text = render_draft(draft, QUESTIONS)
    assert slices(text) == [word.text for word in words]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\ufeff[00:00] Ruth: I care.\r\n\r\nRuth: He came.", ["I", "care.", "He", "came."]),
        ("Ruth: he said\n   one long\r\n\tline", ["he", "said", "one", "long", "line"]),
        ("~~[00:01] Ruth: gone~~. Kept", ["gone", "Kept"]),
        ("[00:01] ~~Ruth: gone~~ kept", ["gone", "kept"]),
        ("Ruth: “[[Daniel Marsh|my son]]’s coat”", ["Daniel", "Marsh", "coat”"]),
        ("Ruth: [[?Chevonne|her]](?Siobhan) came", ["Chevonne", "came"]),
        ("Ruth: his see pa(?CPA) [[x y]][[z]]", ["his", "see", "pa", "x", "y", "z"]),
        ("Ruth: one two. [00:04] Ruth: three", ["one", "two.", "three"]),
        ("[00:02–00:03: somebody speaks here] Ruth: now", ["now"]),
        ("[00:02–00:03: somebody\nspeaks here] Ruth: now", ["now"]),
        ("<!-- a note --> Ruth: after it", ["after", "it"]),
        ("Ruth: 😀 a\u0301 \\~\\~x\\[\\[ end", ["😀", "a\u0301", "\\~\\~x\\[\\[", "end"]),
        ("Ruth: 今日\u200bは tea\u200bpot", ["今日", "は", "tea\u200bpot"]),
        ("Ruth: (~~cut~~), next", ["cut", "next"]),
        ("\n\n   Ruth:   spaced   out   ", ["spaced", "out"]),
    ],
)
def test_a_word_stands_where_it_is_read(text: str, said: list[str]) -> None:
    assert slices(text) == said


@st.composite
def marked_copies(draw: st.DrawFn) -> str:
    """Draw a copy of any words with any marks, wrapped and ended as any program does."""
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    blocks = []
    for words in draw(st.lists(hostile_words(max_size=8), min_size=1, max_size=4)):
        parts = [draw(st.sampled_from(["", "Ruth: ", "[00:00] Ruth: ", "**Ruth:** "]))]
        parts += [draw(_marked_word(word)) for word in words]
        space = st.sampled_from([" ", "  ", f" {end}  ", "\t"])
        blocks.append("".join(part + draw(space) for part in parts))
    return draw(st.sampled_from(["", "\ufeff"])) + f"{end}{end}".join(blocks)


def _marked_word(word: Word) -> st.SearchStrategy[str]:
    plain = write_words([CopyWord(word.text)])
    inner = plain.replace("|", "\\|").replace("]", "\\]")
    inner = f"\\{inner}" if inner.startswith("?") else inner
    return st.sampled_from(
        [
            plain,
            f"~~{inner}~~,",
            f"“[[{inner} and {inner}|somebody]]’s",
            f"[[?{inner}|[somebody else]]](?CPA)",
            f"{plain}(?CPA)",
        ]
    )


@settings(max_examples=60)
@given(text=marked_copies())
def test_what_stands_at_the_place_of_a_word_reads_as_that_word(text: str) -> None:
    read = read_with_problems(transcript_of([]), SHA, text, QUESTIONS, SPEAKERS)
    # Words that happen to be a mark or a heading: all else is read all the same.
    assert read.aligned is not None
    for refused in read.refusals:
        assert isinstance(refused, CopyRefused)
    words = [] if read.refusals else words_of(text)
    end_before = 0
    for word in words:
        assert word.place is not None
        assert end_before <= word.place.start < word.place.end <= len(text)
        end_before = word.place.end
        (read,) = MarkupReader().read(text[slice(*word.place)], 1)
        mark = word.redaction or word.question
        if mark is None:
            # A full stop after a cut goes to the word before it.
            assert word.text.startswith(read.text)
        else:
            assert read.text in word.text
            assert text[slice(*mark.place or (0, 0))].startswith("[[")
            assert text[slice(*mark.place or (0, 0))].endswith("]]")
        if word.hint is not None:
            assert text[slice(*word.hint_place or (0, 0))].startswith("(?")


# Every problem at once

SAID = "I care for my son Daniel. He is twenty three. He plays the guitar all day long."


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("Ruth: I ~~care for my son", [("has no end", "~~")]),
        ("Ruth: I care~~ for my son", [("has no beginning", "~~")]),
        ("Ruth: I ~~care for ~~my son~~", [("inside the one that begins in line 1", "~~")]),
        ("Ruth: I care for my [[son Daniel.", [("has no end in its paragraph", "[[")]),
        ("Ruth: I care for [[|my]] son", [("says nothing", "[[|my]]")]),
        ("Ruth: my son [[Daniel|daniel]].", [("the very words", "[[Daniel|daniel]]")]),
        ("Ruth: I care [[for|x{-10,}]] my son", [("inside a redaction", "{-10,}")]),
        ("Ruth: I care [[for]]{+10,} my son", [("shorter than it has to be", "{+10,}")]),
        ("Ruth: I ~~care~~{-10 for my son", [("has no }", "{")]),
        (
            "Ruth: I ~~care~~{-4000,} for ~~my~~{+4000,4000} son",
            [("inside the word before", "{-4000,}"), ("inside the word after", "{+4000,4000}")],
        ),
        ("Ruth: I ca~~re for~~ my son", [("inside a word", "ca~~re")]),
        ("Ruth: I ~~care fo~~r my son", [("inside a word", "fo~~r")]),
        ("Ruth: my son x[[Daniel|y]]z.", [("inside a word", "x[[Daniel|y]]z.")]),
        ("## What on earth?\n\nRuth: I care", [("is not a question", "## What on earth?")]),
        ("Ruth: I care ## for my son", [("stands inside a paragraph", "##")]),
        (
            "[00:09] Ruth: I care for\n\n[00:02] Ruth: my son Daniel.",
            [("stands after the one at [00:09]", "[00:02]")],
        ),
        ("<!-- a note\n\nRuth: I care for my son", [("has no end", "<!--")]),
        (
            "Ruth: I care~~ for [[my son\n\nRuth: Daniel. He [[is|is]] ~~twenty three.",
            [
                ("has no beginning", "~~"),
                ("has no end in its paragraph", "[["),
                ("the very words", "[[is|is]]"),
                ("has no end", "~~"),
            ],
        ),
    ],
)
def test_every_problem_is_told_at_its_place_and_the_rest_is_read(
    text: str, problems: list[tuple[str, str]]
) -> None:
    text += "\n\nRuth: He plays the guitar all day long."
    read = read_with_problems(transcript_of(spoken(SAID)), SHA, text, QUESTIONS, SPEAKERS, SOUND)
    refused = [
        (refusal.what, text[slice(*refusal.place)])
        for refusal in read.refusals
        if isinstance(refusal, CopyRefused) and refusal.place
    ]
    assert len(refused) == len(read.refusals) == len(problems)
    for (what, place), (says, at) in zip(refused, problems, strict=True):
        assert says in what
        assert place == at
    assert read.aligned is not None
    assert read.aligned.copy.paragraphs[-1].tokens == (
        *("He", "plays", "the", "guitar", "all", "day", "long."),
    )
    with pytest.raises(BadInput) as first:
        apply_copy(transcript_of(spoken(SAID)), SHA, text, QUESTIONS, SPEAKERS, SOUND)
    assert first.value.what == read.refusals[0].what


def test_paragraphs_that_were_moved_are_all_told() -> None:
    first, second = "I care for my son and nobody asked me.", "We waited there for hours on end."
    third = "He plays the guitar every single evening now."
    transcript = transcript_of(spoken(f"{first} {second} {third} And that is the whole of it."))
    text = (
        f"<!-- {STORY} -->\n\nRuth: {third}\n\nRuth: And that is the whole of it.\n\nRuth: {first}"
    )
    read = read_with_problems(transcript, SHA, text, QUESTIONS, SPEAKERS)
    assert [refusal.what[:7] for refusal in read.refusals] == ["Line 7:"]
    assert read.aligned is not None
    other = read_with_problems(
        transcript, SHA, text.replace(STORY, "cs-other"), QUESTIONS, SPEAKERS
    )
    assert [refusal.what[:7] for refusal in other.refusals] == ["Line 1:", "Line 7:"]
