"""Plain lists of questions, as groups type them, become question sets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from capture.questions.plain_list import read_plain_list
from capture.questions.question_set import read_question_set_file
from library.core.errors import BadInput
from library.core.workspace import Workspace
from tests.support.command_line import CommandResult
from tests.support.word_documents import word_document

Cli = Callable[..., CommandResult]
FIRST, SECOND = "What were you told?", "How was the first night?"


def read(folder: Path, text: str | bytes, name: str = "list.txt") -> tuple[str, list[list[str]]]:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    found = read_plain_list(path)
    return found.title, [[question.ask, *question.follow_ups] for question in found.questions]


@pytest.mark.parametrize(
    "text",
    [
        f"{FIRST}\n{SECOND}\n",
        f"{FIRST}\r\n\r\n{SECOND}",
        f"1. {FIRST}\n2. {SECOND}",
        f"1) {FIRST}\n2) {SECOND}",
        f"(1) {FIRST}\n(2) {SECOND}",
        f"1.\t{FIRST}\n2.\t{SECOND}",
        f"1 - {FIRST}\n2 – {SECOND}",
        f"Q1: {FIRST}\nQ2: {SECOND}",
        f"Question 1: {FIRST}\nQuestion 2: {SECOND}",
        f"•\u00a0{FIRST}\n•\u00a0{SECOND}",
        f"- {FIRST}\n- {SECOND}",
        f"– {FIRST}\n– {SECOND}",
        f"* {FIRST}\n* {SECOND}",
        f"\u00a0\u00a0a) {FIRST}\n\u00a0\u00a0b) {SECOND}",
        f"“{FIRST}”\n“{SECOND}”",
        f"1. What were\n   you told?\n2. {SECOND}",
        f"✅ {FIRST}\n➡️ {SECOND}",
        f"1️⃣ {FIRST}\n2️⃣ {SECOND}",
        f"• – {FIRST}\n- [ ] {SECOND}",
        f"i. {FIRST}\nii. {SECOND}",
        f"- **{FIRST}**\n- _{SECOND}_",
        f"\ufeff{FIRST}\n{SECOND}",
    ],
)
def test_however_it_is_numbered_each_line_is_a_question(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, text) == ("", [[FIRST], [SECOND]])
    assert read(tmp_path, f"Being heard\n\n{text}".replace("\ufeff", "")) == (
        "Being heard",
        [[FIRST], [SECOND]],
    )


ASKED = [[FIRST], [SECOND]]


@pytest.mark.parametrize(
    ("text", "title", "left_out"),
    [
        (
            f"[20/11/2026, 10:03:12] Sue: Here they are\n[20/11/2026, 10:03:40] Sue: 1) {FIRST}\n"
            f"20/11/2026, 10:04 - Ben O’Hara: 2) {SECOND}",
            "Here they are",
            (),
        ),
        (
            "From: Sue <sue@example.org>\nTo: Ben\nSubject: Re: Our list\n\nHi Ben,\n\n"
            f"> - {FIRST}\n> - {SECOND}\n\nBest wishes\nSue",
            "Our list",
            ("Sue <", "To: Ben", "Our list", "Hi Ben,", "Best wishes", "Sue"),
        ),
        (f"No.\tQuestion\tTime\n1\t{FIRST}\t5 min\n2\t{SECOND}\t6 min", "", ("5 min", "6 min")),
        (f"| # | Question |\n|---|---|\n| 1 | {FIRST} |\n| 2 | {SECOND} |", "", ()),
        (
            f"No;Question;Notes\n1;{FIRST};Ask Daniel’s mother\n2;{SECOND};",
            "",
            ("Ask Daniel’s mother",),
        ),
        (f'Order,Question\n1,"{FIRST}"\n2,{SECOND}', "", ()),
        (
            f"[09:12, 01/11/2026] Sandra: {FIRST}\n[09:13, 01/11/2026] Bob: <Media omitted>\n"
            f"[09:14, 01/11/2026] Bob: {SECOND}",
            "",
            (),
        ),
        (f"Sandra, [01.11.2026 09:12]:\n{FIRST}\n\nBob, [01.11.2026 09:13]:\n{SECOND}", "", ()),
        (
            f"1. {FIRST}\n2. {SECOND}\nWarm regards\nSandra Example",
            "",
            ("Warm regards", "Sandra Example"),
        ),
        (
            f"# Ours\n\n- {FIRST}\n- [ ] ~~Was it bad?~~\n\n| Q | Why |\n|---|---|\n"
            f"| {SECOND} | As we say |",
            "Ours",
            ("As we say", "Was it bad?"),
        ),
        (f"Before\n\n1. {FIRST}\n\nAfter\n\n1. {SECOND}", "Before", ("After",)),
        (f"☐ {FIRST}\n[x] {SECOND}", "", ()),
        (f"\uf0b7 {FIRST}\n➢ {SECOND}", "", ()),
        (f"1、{FIRST}\n２．{SECOND}", "", ()),
        (f"（一）{FIRST}\n（二）{SECOND}", "", ()),
        (f"{FIRST} {SECOND}", "", ()),
        (f"What were\n   you told?\n{SECOND}", "", ()),
        (f"1. {FIRST}\n\u00a02. {SECOND}", "", ()),
    ],
)
def test_what_programs_put_around_a_list_is_no_question(
    tmp_path: Path, text: str, title: str, left_out: tuple[str, ...]
) -> None:
    assert read(tmp_path, text) == (title, ASKED)
    found = read_plain_list(tmp_path / "list.txt")
    assert len(found.left_out) == len(left_out)
    assert all(part in line for part, line in zip(left_out, found.left_out, strict=True))


def test_what_is_left_out_is_told(run_cli: Cli, workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "ours.txt").write_text(f"1. {FIRST}\n2. {SECOND}\n\nThank you all\n")
    ran = run_cli("questions", "new", "--from", str(tmp_path / "ours.txt"), "--yes")
    assert ran.code == 0, ran.err
    assert "Left out, as nothing is asked there: “Thank you all”." in ran.out


def test_what_is_indented_helps_somebody_who_is_stuck(tmp_path: Path) -> None:
    text = f"1. {FIRST}\n   a) By whom?\n   b) When?\n2. {SECOND}\n\t- And the next?\n"
    expected = [[FIRST, "By whom?", "When?"], [SECOND, "And the next?"]]
    assert read(tmp_path, text)[1] == expected
    assert read(tmp_path, f"1. {FIRST}\n1a. By whom?\n1b. When?\n2. {SECOND}\n2.1 And the next?")[
        1
    ] == (expected)
    columns = f"Question;Prompt\n{FIRST};By whom?\n{SECOND};And the next?"
    assert read(tmp_path, columns)[1] == [[FIRST, "By whom?"], [SECOND, "And the next?"]]
    assert (
        read(tmp_path, f"{FIRST}\nProbe: By whom?\nProbe: When?\n{SECOND}\nPrompt - And the next?")[
            1
        ]
        == expected
    )
    assert read(tmp_path, f"• {FIRST}\n◦ By whom?\n◦ When?\n• {SECOND}\n◦ And the next?")[1] == (
        expected
    )


def test_a_first_question_without_its_mark_is_no_heading(tmp_path: Path) -> None:
    for first in ("Tell me about the day it began", "What helped", "Describe a good day."):
        assert read(tmp_path, f"{first}\n\n{SECOND}\n") == ("", [[first], [SECOND]])


def test_text_of_windows_and_word_is_read(tmp_path: Path) -> None:
    curly = "What’s different?"
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        assert read(tmp_path, f"{FIRST}\n{curly}".encode(encoding))[1] == [[FIRST], [curly]]
    document = word_document([["Heard"], [FIRST], ["By whom?"], [SECOND]], levels=(None, 0, 1, 0))
    assert read(tmp_path, document, "list.docx") == ("Heard", [[FIRST, "By whom?"], [SECOND]])


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("list.txt", b"", "There are no questions in list.txt"),
        ("list.txt", b"\n - \n...\n", "There are no questions in list.txt"),
        ("list.pdf", b"%PDF-1.7", "is not plain text"),
        ("list.doc", b"\xd0\xcf\x11\xe0", "is not plain text"),
        ("list.txt", b"\0\1\2\3", "is not plain text"),
        ("list.docx", b"PK\x03\x04 no", "damaged or locked"),
        ("list.txt", b"Why?\n" * 101, "has 101 lines; a set has at most 100 questions"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path: Path, name: str, data: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BadInput, match=sentence):
        read_plain_list(tmp_path / name)


def test_a_pasted_list_becomes_a_set(run_cli: Cli, workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "Ward 4 (new).txt"
    path.write_text("".join(f"{n}. Question number {n}?\n" for n in range(1, 41)))
    ran = run_cli("questions", "new", "--from", str(path), "--yes")
    assert ran.code == 0, ran.err
    assert "Read from the list: 40 questions, 0 follow-ups." in ran.out
    assert "Advice: 40 questions are too many for one conversation" in ran.out
    assert "Next: carer-stories questions check ward-4-new" in ran.out
    file = read_question_set_file(workspace.questions / "ward-4-new.yml")
    assert file.record is not None
    assert file.record.title == "Ward 4 (new)"
    assert [question.ask for question in file.record.questions][:2] == [
        "Question number 1?",
        "Question number 2?",
    ]
    assert run_cli("questions", "new", "--from", str(path), "--yes").code == 2  # never over one
    twice = run_cli("questions", "new", "x", "--from", str(path), "--question", "Why?", "--yes")
    assert (twice.code, "given twice" in twice.err) == (2, True)


def test_a_list_among_the_sets_is_named_with_the_command(
    run_cli: Cli, workspace: Workspace
) -> None:
    (workspace.questions / "heard.yml.txt").write_text("id: heard\n")
    (workspace.questions / "night.docx").write_bytes(word_document([[FIRST]]))
    for command in ("list", "check"):
        out = run_cli("questions", command).out
        assert "heard.yml.txt is not read: call it heard.yml." in out
        assert "night.docx is not read. To make a set of it: carer-stories questions new" in out
    ran = run_cli("questions", "check", str(workspace.questions / "night.docx"))
    assert ran.code == 2
    assert "night.docx is no question set, which ends in .yml." in ran.err
    assert "Next: Make one of it: carer-stories questions new --from " in ran.err
