"""Texts that people type into YAML are read as they stand there, whatever YAML makes of a sign."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from library.core.settings import FilmSettings, Settings
from library.core.unread_remarks import unread_remarks
from library.core.workspace import Workspace
from library.core.yaml_document import YamlError, dump_yaml, parse_yaml, read_tree
from tests.support.command_line import CommandResult
from transcribe.redaction.name_list import load_names

Cli = Callable[..., CommandResult]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("- name: Ward #4 Larch", {"name": "Ward #4 Larch"}),
        ("- Ward #4 Larch", "Ward #4 Larch"),
        ("- phone: 0113 496 0000 #12", {"phone": "0113 496 0000 #12"}),
        ("- name: Larch House # the new one", {"name": "Larch House # the new one"}),
        ("- name: Larch House  # the new one", {"name": "Larch House"}),
        ("- name: Larch House\t# the new one", {"name": "Larch House"}),
        ("- name: Larch House  #4", {"name": "Larch House  #4"}),
        ("- name: #4", {"name": "#4"}),
        ("- name: # later", {"name": ""}),
        ('- name: "Ward #4" # ours', {"name": "Ward #4"}),
        ("- names: [Ward #4, Larch]", {"names": ["Ward #4", "Larch"]}),
        ("- names: [Ward #4,\n   Larch]  # ours", {"names": ["Ward #4", "Larch"]}),
        ("- name: Ward #4\n    and #5", {"name": "Ward #4 and #5"}),
        ("- text: |\n    one # two\n    #3", {"text": "one # two\n#3\n"}),
        ("- name: @ruth", {"name": "@ruth"}),
        ("- name: 100% Larch", {"name": "100% Larch"}),
        ("- name: %4", {"name": "%4"}),
        ("- name: ! important", {"name": "! important"}),
        ("- name: !important", {"name": "!important"}),
        ("- name: *here*", {"name": "*here*"}),
        ("- name: &co", {"name": "&co"}),
        ("- names: [*here*, !there]", {"names": ["*here*", "!there"]}),
        ("- name: - and now?", {"name": "- and now?"}),
        ("- name: , and then?", {"name": ", and then?"}),
        ("- ask: Who helped: friends, or family?", {"ask": "Who helped: friends, or family?"}),
        ("- ask: One thing:", {"ask": "One thing:"}),
        ("- ask: Then:\n    who helped?", {"ask": "Then: who helped?"}),
        ("- Now: one thing: who helped?", "Now: one thing: who helped?"),
        ("- name: & Sons", {"name": "& Sons"}),
        ("- name: > quoted", {"name": "> quoted"}),
        ("- name: `Larch`", {"name": "`Larch`"}),
        ("- name: [inaudible] then", {"name": "[inaudible] then"}),
        ("- name: 'Tis Larch", {"name": "'Tis Larch"}),
        ("- name: 'It's Larch'", {"name": "It's Larch"}),
        ('- name: "Larch" House', {"name": '"Larch" House'}),
        ("- name: “Larch House”", {"name": "Larch House"}),
        ("- name: say “Larch”", {"name": "say “Larch”"}),
        ("- at: 09:30", {"at": "09:30"}),
        ("- at: no", {"at": "no"}),
        ("- at: 1e3", {"at": "1e3"}),
        ("- at: 0113", {"at": "0113"}),
        ("- at: 2026-01-31", {"at": "2026-01-31"}),
        ("- at: null", {"at": "null"}),
        ("•\u00a0name: Larch", {"name": "Larch"}),
        ("–\tname: Larch", {"name": "Larch"}),
        ("- name: Larch\n\u00a0\u00a0note: ours", {"name": "Larch", "note": "ours"}),
        ("- name: Larch\n\tnote: ours", {"name": "Larch", "note": "ours"}),
        ("- “name”: Larch", {"name": "Larch"}),
        ("- C# and F#", "C# and F#"),
    ],
)
def test_what_was_typed_is_read(typed: str, read: object) -> None:
    assert read_tree(f"{typed}\n# a remark\n\n- last")[0] == [read, "last"]


TEXTS = st.text(st.sampled_from("ab #'\"[]{},-@%&*!|>?:`“”…é\u00a0"), min_size=1, max_size=14)


@settings(max_examples=150)
@example(texts=[":", "::", "\u00a0>>>> `"])
@given(texts=st.lists(TEXTS, min_size=1, max_size=4))
def test_whatever_is_dumped_is_read_back(texts: list[str]) -> None:
    data = {"names": [{"name": text, "also": [text, "x"]} for text in texts]}
    for style in (None, True, False):
        dumped = dump_yaml(data, default_flow_style=style)
        assert read_tree(dumped)[0] == data, dumped


@settings(max_examples=200)
@given(text=TEXTS)
def test_no_text_is_shortened_without_a_sentence(text: str) -> None:
    plain = text.strip(" \u00a0")
    # A remark as it is usually typed, and what stands in quotes or brackets, is no such text.
    assume(plain and "  #" not in text and not plain.startswith(("# ", "#\u00a0")))
    assume(plain != "#")
    try:
        (read,), _ = read_tree(f"- name: {plain}")
    except YamlError:
        return  # it is refused by its line
    if plain[0] not in "\"'“[{":
        assert read["name"] == plain


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record with a field of each type."""

    title: str
    minutes: int
    cover: bool = False
    shown: str = ""
    lines: tuple[str, ...] = ()


def parsed(text: str) -> object:
    file = parse_yaml(text.encode(), Path("plan.yml"), Plan, fields=Plan.__struct_fields__)
    return file.record or [(problem.line, problem.what) for problem in file.problems]


def test_a_number_or_a_yes_may_have_a_remark_behind_it() -> None:
    text = "title: A\nminutes: 24 # two years\ncover: yes #ours\nshown: #4\n"
    assert parsed(text) == Plan("A", 24, cover=True, shown="#4")


@pytest.mark.parametrize("typed", ["small # quick", "small  # quick", "small #", "small"])
def test_a_setting_from_a_set_may_have_a_remark_behind_it(typed: str) -> None:
    text = f"model: {typed}\naudience: staff # ours\nreview_months: 12 # a year\n"
    text += "timezone: Europe/London # here\ntitle: Ward # 4\nfilm: {transitions: cut # quick}\n"
    unread_remarks.take()
    file = parse_yaml(text.encode(), Path("settings.yml"), Settings)
    assert file.record == Settings(
        model="small",
        audience="staff",
        review_months=12,
        title="Ward # 4",
        film=FilmSettings(transitions="cut"),
    )
    # Only of what became part of a text is anything said.
    assert [sentence.partition(":")[0] for sentence in unread_remarks.take()] == [
        "settings.yml, line 5"
    ]


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("engine: faster-whisper", "faster or whisper, or nothing"),
        ("engine: WHISPER # ours", "faster or whisper, or nothing"),
        ("rights: Licence", "assignment or licence"),
        ("film: {transitions: 7}", "cut or fade"),
        ("film: {redactions: beep}", "bleep or mute"),
    ],
)
def test_a_word_that_may_not_stand_there_is_told_beside_those_that_may(
    typed: str, what: str
) -> None:
    (problem,) = parse_yaml(typed.encode(), Path("settings.yml"), Settings).problems
    word = re.split(r"[:#}] *", typed)[-1 - ("}" in typed or "#" in typed)].strip()
    assert problem.what == f"“{word}” cannot stand here; write {what}"


class Choices(msgspec.Struct, kw_only=True):
    """Words from a few, wherever a record may have them."""

    each: tuple[Literal["a", "b"], ...] = ()
    pair: tuple[Literal["c"], Literal["d"]] = ("c", "d")
    named: dict[str, Literal["e", "f"]] = {}
    maybe: Annotated[Literal["g"], msgspec.Meta(description="of one")] | None = None
    inner: tuple[Choices, ...] = ()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("each: [a, x]", "a or b"),
        ("pair: [c, x]", "d"),
        ("named: {one: e, two: x}", "e or f"),
        ("maybe: x", "g"),
        ("inner: [{each: [a]}, {maybe: x}]", "g"),
    ],
)
def test_the_words_that_may_stand_are_known_at_any_depth(typed: str, words: str) -> None:
    (problem,) = parse_yaml(typed.encode(), Path("a.yml"), Choices).problems
    assert problem.what == f"“x” cannot stand here; write {words}"


def test_all_faults_of_a_file_are_told_at_once() -> None:
    faults = parsed("titel: A\nminutes: many\ncover: perhaps\nshown: [a, b]\nlines: one\nx: 1\n")
    assert isinstance(faults, list)
    assert [line for line, _ in faults] == [1, 2, 3, 4, 5, 6]
    faults = parsed("title: a: B\nminutes: 4\nshown: !!x y\nlines:\n  - now: and: then\n")
    assert isinstance(faults, list)
    assert [line for line, _ in faults] == [1, 3, 5]
    # A field given twice hides nothing that stands in either of its places.
    faults = parsed(
        "title: A\nlines:\n  - [a]\n  - x\nminutes: many\nlines:\n  - y\n  - [b]\ntitle: B\nx: 1\n"
    )
    assert isinstance(faults, list)
    assert [line for line, _ in faults] == [3, 5, 6, 8, 9, 10]
    # A name that is a field elsewhere is told once, and so is one that is near to it.
    file = parse_yaml(
        b"title: A\nminutes: 4\nsteps: x\nstep: y\n", Path("a.yml"), Plan, fields=("steps", "stem")
    )
    assert [problem.line for problem in file.problems] == [3, 4]
    assert file.problems[0].what == "there is no field of that name here"
    typed = parsed("title: A: B\nminutes: 4\nshown: &x y\nlines:\n  - Now: and: then\n")
    assert typed == Plan("A: B", 4, shown="&x y", lines=("Now: and: then",))


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("title: A\n\tminutes: 4\n", [2]),
        ("title: A\n \tminutes: 4\n\tshown: b\n", [2, 3]),
        ("title: A\nminutes: 4\nlines:\n    - a\n\t- b\n", [5]),
        ("title: A\n\tgoes on\nminutes: 4\nlines:\n  - a\n\t  b: c\n", [6]),
        ("\ttitle: A\nminutes: 4\n", [1, 2]),  # wrong is the second, because of the first
    ],
)
def test_a_tab_is_told_as_what_it_is(typed: str, lines: list[int]) -> None:
    faults = parsed(typed)
    assert isinstance(faults, list)
    assert [line for line, _ in faults] == lines
    assert faults[0][1].startswith("there is a tab")
    assert "quotes" not in str(faults)


def test_text_of_other_programs_is_read() -> None:
    assert read_tree("title: A\r\nshown: B\r")[0] == {"title": "A", "shown": "B"}
    file = parse_yaml("title: Ruth’s\nminutes: 4\n".encode("utf-16"), Path("a.yml"), Plan)
    assert file.record == Plan("Ruth’s", 4)


def test_a_listed_ward_with_a_number_is_hidden_whole(run_cli: Cli, workspace: Workspace) -> None:
    made = run_cli("story", "new", "--title", "A", "--questions", "being-heard", "--json")
    folder = workspace.story(msgspec.json.decode(made.out)["id"])
    agreed = ("--taken-by", "editor", "--independent", "--capacity-considered", "--yes")
    assert run_cli("consent", "record", folder.root.name, *agreed).code == 0
    assert run_cli("redact", "add", folder.root.name, "Daniel").code == 0
    folder.name_list.write_text("names:\n  - name: Ward #4 Larch\n  - name: Oak # the old one\n")
    names = load_names(folder).names
    assert [name.name for name in names] == ["Ward #4 Larch", "Oak # the old one"]
    result = run_cli("redact", "list", folder.root.name)
    assert "Warning: names.yml, line 3: the # is read as part of the text" in result.err
