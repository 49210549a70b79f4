"""The list of words that the search takes for each other, without a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from library.core.errors import BadInput
from library.core.workspace import Workspace
from library.workspace_template import template
from publish.search import thesaurus
from publish.search.documents import page_document
from publish.search.shards import search_files
from publish.search.thesaurus import related_stems
from publish.search.tokens import ASKING_WORDS, STOP_WORDS, stem
from publish.search.word_list import (
    Nearness,
    WordList,
    in_full,
    others_of,
    parse_word_list,
    phrase_key,
    shipped_word_list,
    short_forms,
    without,
    word_list,
)
from tests.support.command_line import CommandResult

Cli = Callable[..., CommandResult]
LIST = """\
forms:
  - [ring, rang]
same:
  - [phone, ring, telephone]
  - [sectioned, Mental Health Act, MHA]
related:
  - words: [MHA]
    also: [hospital]
"""
FAULTS = """\
forms:
  - [ring, rang]
  - [rang, rung up]
same:
  - [alone]
  - [ward, the, ward]
  - [a, one two three four five six seven]
  - [hospital, wards]
related:
  - words: [bed]
  - also: [bed]
  - words: [bed]
    also: [beds]
short:
  - {words: [hx, hx], means: history}
  - {words: [the], means: ""}
support:
  - "…"
others: [a]
"""


def listed(text: str) -> WordList:
    record = parse_word_list(text.encode(), Path("search-words.yml")).record
    assert record is not None
    return record


def test_the_shipped_list_has_no_fault_and_no_library_needs_its_own(tmp_path: Path) -> None:
    words = shipped_word_list()
    assert words == word_list(Workspace(tmp_path)) == word_list(template())
    for asked in ("sectioned", "hospital", "ward", "medication", "CPN", "triangle of care"):
        assert others_of(words, asked), asked
    for asked in ("nearest relative", "young carer", "Mental Health Act", "section 2"):
        assert others_of(words, asked), asked


def test_an_empty_file_is_a_list_without_words(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.search_words.parent.mkdir()
    workspace.search_words.write_text("")
    assert word_list(workspace) == WordList()


def test_every_fault_is_told_with_its_line() -> None:
    file = parse_word_list(FAULTS.encode(), Path("search-words.yml"))
    lines = {problem.line for problem in file.problems}
    assert lines >= {3, 5, 6, 7, 8, 10, 11, 13, 15, 16}, [str(one) for one in file.problems]
    told = " ".join(str(problem) for problem in file.problems)
    for words in (
        "“rang” is in line 2 already",
        "“rung up” is not one word",
        "at least two words",
        "“ward” is in this group twice",
        "nobody can look for it",
        "longer than 6 words",
        "“wards” is in line 6 already",
        "there must be words under “also”",
        "“beds” stands under “words” too",
        "“hx” is in line",
        "“the” is in nearly every story and cannot be short for another",
        "there must be a word",
    ):
        assert words in told, words
    again = parse_word_list(f"{FAULTS}\nsame:\n  - [bed]\n".encode(), Path("search-words.yml"))
    both = [str(problem) for problem in again.problems]
    assert both[:-2] == [str(problem) for problem in file.problems]
    assert "“same” is given twice, first in line" in both[-2]
    assert "at least two words" in both[-1]


@pytest.mark.parametrize("words", ["the", "being out", "were you theirs"])
def test_words_that_are_in_nearly_every_story_in_one_form_or_another_are_refused(
    words: str,
) -> None:
    text = f"related:\n  - {{words: [{words}], also: [walk]}}\n"
    file = parse_word_list(text.encode(), Path("search-words.yml"))
    assert [problem.line for problem in file.problems] == [2]
    assert "nobody can look for it" in str(file.problems[0])


def test_forms_are_as_good_and_what_says_the_same_has_the_same_related_words() -> None:
    words = listed(LIST)
    assert [(other.text, other.nearness) for other in others_of(words, "rang")] == [
        ("ring", Nearness.FORM),
        ("phone", Nearness.SAME),
        ("telephone", Nearness.SAME),
    ]
    near = {other.text: other.nearness for other in others_of(words, "Sectioning")}
    assert near["MHA"] is Nearness.SAME
    assert near["hospital"] is Nearness.RELATED
    assert others_of(words, "hospital") == ()


def test_what_is_hidden_is_short_for_nothing() -> None:
    words = listed("short:\n  - {words: [hx, h/x, Sis], means: history}\n")
    assert short_forms(words) == {"hx": "history", "h x": "history", "sis": "history"}
    assert in_full(words, "H/X") == "history"
    assert short_forms(without(words, ["sis"])) == {"hx": "history", "h x": "history"}
    assert short_forms(without(words, ["History"])) == {}


def test_only_what_the_library_says_is_in_the_index() -> None:
    page = page_document("a.html", "A", "<p>the ward rang and the Mental Health Act</p>")
    files = search_files([page], listed(LIST))
    parts = [
        json.loads(text[text.index(",[") + 1 : -3])
        for path, text in files.items()
        if "/words-" in path
    ]
    others = {other for part in parts for other in part[1].split("|") if other}
    assert others == {"rang", "Mental Health Act"}


def test_no_hidden_word_comes_into_the_index_by_the_list() -> None:
    words = without(listed(LIST), ["MHA", "Ring"])
    assert "MHA" not in words.texts
    assert not {"ring", "rang"} & {text.lower() for text in words.texts} - {"rang"}
    page = page_document("a.html", "A", "<p>the phone and the Mental Health Act</p>")
    files = search_files([page], words)
    assert not any("mha" in text.lower() for text in files.values())


def related_parts(text: str) -> list[list[str]]:
    files = search_files([page_document("a.html", "A", f"<p>{text}</p>")])
    return [
        json.loads(script[script.index(",[") + 1 : -3])
        for path, script in files.items()
        if "/related-" in path
    ]


def test_the_thesaurus_names_no_word_that_the_library_does_not_say() -> None:
    said = "She phoned, frightened, from the ward."
    words = {word for part in related_parts(said) for word in part[0].split("|")}
    assert words == {"phoned", "frightened", "ward"}
    assert not any(letter.isalnum() for part in related_parts(said) for letter in "".join(part[1:]))
    assert related_parts("xyzzy") == []


def test_the_thesaurus_is_small_and_knows_opposites_apart() -> None:
    related = related_stems()
    assert len(related) > 9_000
    assert (Path(thesaurus.__file__).parent / "related_words.txt").stat().st_size < 1_000_000
    for one, other in (("happi", "sad"), ("day", "night"), ("alway", "never")):
        assert other not in [stem for stems in related.get(one, ((), ())) for stem in stems]
    for word, other in (("telephone", "phone"), ("courteous", "polite"), ("scared", "frightened")):
        assert stem(other) in related[stem(word)][0]
    assert not set(related) & {stem(word) for word in (*STOP_WORDS, *ASKING_WORDS)}


def test_words_with_which_one_asks_are_no_common_words() -> None:
    assert not set(ASKING_WORDS) & STOP_WORDS
    assert phrase_key("Carers’ groups") == f"{stem('carer')} group"


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        (LIST, 0, "can be used: 4 entries"),
        (FAULTS, 2, "line 19, others: "),
        ("same: [a", 2, "line 1"),
    ],
)
def test_the_command_says_whether_the_list_can_be_used(
    workspace: Workspace, run_cli: Cli, text: str, code: int, told: str
) -> None:
    workspace.search_words.write_text(text)
    result = run_cli("site", "search-words")
    assert result.code == code
    assert told in result.out + result.err
    if code:
        with pytest.raises(BadInput, match=r"search-words\.yml, line"):
            word_list(workspace)
    else:
        assert "phone" in run_cli("site", "search-words", "rang").out
