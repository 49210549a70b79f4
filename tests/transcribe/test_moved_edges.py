"""Edges of cuts and redactions that an editor moved: how they are typed, written and applied."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.core.errors import BadInput
from tests.support.known_interview import hostile_words
from transcribe.editing.inline_markup import CopyWord, MarkupReader, write_words
from transcribe.editing.moved_edges import (
    MOST_EDGE_MS,
    MovedEdges,
    edges_of_cut,
    edges_of_redaction,
)
from transcribe.words import Word

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
