"""Texts that would take hours to read are refused with a sentence, and ordinary ones are not."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from markdown import Markdown

from library.core.errors import BadInput
from library.core.markdown_cost import MarkdownCost
from library.core.workspace import Workspace
from library.forms.form_markup import form_html
from publish.leaks.unpack import everything_in
from publish.written_markdown import WRITTEN_EXTENSIONS, WrittenTables
from tests.support.command_line import CommandResult
from transcribe.formats.vtt import read as parse_vtt

SIZE = 500_000
COSTLY = (
    *(
        "[a](b",
        "[",
        "![",
        "[a][b",
        "![a](",
        "[[a](",
        "(",
        "`a``b",
        "`` a ` ",
        "*a **b",
        "_a",
        "<b>a *",
    ),
    *("***a", "<", "<a ", '<a href="', "<!--", "&#1", "\\", "{: a"),
    *("> ", "- ", "1. ", "* - > ", "# a\n", "a\n===\n\n"),
    *("[^1]: a\n\n", "[^1]\n\n", "*[a]: b\n", "a\n: b\n", "a\n\n: b\n\n", "```\n"),
    *("!!! a\n", "??? a\n    b\n\n", "|a|b|\n|-|-|\n|1|2|\n\n"),
)


def _read(text: str) -> str:
    cost = MarkdownCost("about.md")
    extensions = [*WRITTEN_EXTENSIONS, "fenced_code", "toc", cost, WrittenTables()]
    return Markdown(extensions=extensions).convert(text)


@pytest.mark.parametrize("sign", COSTLY)
def test_what_would_be_read_again_and_again_is_refused(sign: str) -> None:
    text = (sign * SIZE)[:SIZE]
    with pytest.raises(BadInput, match=r"about\.md has .* and would take too long to read\."):
        _read(text)


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{'    ' * level}{sign}\n" for level in range(400))
        for sign in ("- a", "!!! a", "??? a")
    ]
    + ["|a" * 1_000 + "\n" + "|-" * 1_000 + "\n" + "|a\n" * 9_000],
    ids=["lists", "notes", "parts to open", "a wide table"],
)
def test_what_grows_without_any_sign_repeated_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"about\.md has .* and would take too long to read\."):
        _read(text)


def test_a_long_page_of_ordinary_words_is_read() -> None:
    paragraph = "We *listen* to [what you say](help.md) (all of it), and `write` it **down**. " * 30
    listed = "\n".join(
        f"- [Ward {number}](wards.md#{number}): <b>ring</b> us" for number in range(500)
    )
    rows = "\n".join(f"| [{number}](a.md) | *by day* | `0300` |" for number in range(500))
    notes = "\n\n".join(
        f'!!! note "Ward {number}"\n    Ring.[^{number}]\n\n[^{number}]: By day.\n\nTerm\n: Meaning'
        for number in range(100)
    )
    table = f"| a | b | c |\n|---|---|---|\n{rows}"
    page = "\n\n".join([*([f"## Heading\n\n{paragraph}"] * 40), listed, notes, table])
    assert len(page) > 100_000
    assert _read(page).count("<a href") > 1_500


def test_a_build_names_the_page_and_leaves_the_site_as_it_was(
    workspace: Workspace, run_cli: Callable[..., CommandResult]
) -> None:
    (workspace.content / "about.md").write_text("[a](b" * 10_000, encoding="utf-8")
    refused = run_cli("site", "build")
    assert refused.code == BadInput.exit_code
    assert "site/content/about.md has too many brackets or other signs" in refused.err
    assert "Next: Part it with empty lines." in refused.err
    assert not workspace.public.exists()


def test_forms_and_the_search_for_words_are_bound_as_well() -> None:
    text = "[a](b" * 10_000
    with pytest.raises(BadInput, match="a form has"):
        form_html("*a **b" * 10_000, "a form")
    (content,) = everything_in("about.md", text.encode())
    assert content.texts[0] == text


def test_a_caption_of_many_lines_is_read_in_one_pass() -> None:
    began = time.process_time()
    captions = parse_vtt("WEBVTT\n\n00:00.000 --> 00:01.000\n" + "a\n" * 25_000)
    assert len(captions.cues[0].lines) == 25_000
    assert time.process_time() - began < 4, "nine seconds were not enough once"
