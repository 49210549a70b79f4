"""The agreements on paper: `consent form`, and what is asked about a signed one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from library.cli.answer_types import line, scan
from library.cli.console import json_option, say, say_json, workspace_of
from library.cli.wizard import Prompt


@click.command("form", epilog="Example: carer-stories consent form cs-4k7m2q --large-print --open")
@click.argument("story_id", metavar="[STORY]", required=False)
@click.option("--participation", is_flag=True, help="Only the agreement signed before recording.")
@click.option("--release", is_flag=True, help="Only the agreement signed once the film is viewed.")
@click.option("--large-print", is_flag=True, help="Letters of 18 points instead of 12.")
@click.option(
    "--to", type=click.Path(path_type=Path), help="Write into this folder instead of your library."
)
@click.option("--open", "show", is_flag=True, help="Open them in the browser, ready to print.")
@json_option
@click.pass_context
def form(
    ctx: click.Context,
    /,
    story_id: str | None,
    participation: bool,
    release: bool,
    large_print: bool,
    to: Path | None,
    show: bool,
    as_json: bool,
) -> None:
    """Print the agreements as pages ready to sign, filled in for STORY if you name one.

    Both are printed unless you choose one. The wording lies in interviews/forms.
    """
    from library.forms.printing import print_forms
    from library.forms.wording import FORM_KINDS

    chosen = {"participation": participation, "release": release}
    kinds = [kind for kind in FORM_KINDS if chosen[kind] or not any(chosen.values())]
    folder = to.expanduser().resolve() if to else None
    printed = print_forms(workspace_of(ctx), kinds, story_id, large=large_print, to=folder)
    if as_json:
        say_json([one.as_json() for one in printed])
    else:
        _tell_printed(printed)
    if show:
        _open_in_browser(one.path for one in printed)


def _tell_printed(printed: list[Any]) -> None:
    for one in printed:
        say(f"“{one.title}”, version {one.version}, code {one.code}:", bold=True)
        say(f"  {one.path}")
        if one.without_cut:
            say("  There is no finished film yet: the code of the film is left to be written in.")
    missing = sorted({setting for one in printed for setting in one.not_filled_in})
    if missing:
        say()
        say(f"Not ready to sign: nobody has filled in {', '.join(missing)}.", bold=True)
        say("Write them in interviews/settings.yml, then run this again.")
    else:
        say("Open it in a browser, print it, and sign it together.")


def _open_in_browser(paths: Iterable[Path]) -> None:
    import webbrowser

    for path in paths:
        if not webbrowser.open(path.as_uri()):
            say("No browser could be opened here. Open the page named above yourself.", err=True)
            return


def form_questions(version: str) -> list[Prompt]:
    """Which form was signed, and where its scan lies."""
    return [
        Prompt(
            "form_version",
            "Which version of the form did they sign?",
            "It is at the foot of each sheet. Wording changes; this says what they agreed to.",
            line,
            usual=lambda _: version,
            label="Version of the form",
            option="--form-version",
        ),
        Prompt(
            "form",
            "Where is the scan or photograph of the signed form?",
            "It is the proof of what they agreed to. Enter skips it for now; you are reminded.",
            scan,
            usual=lambda _: "",
            label="Scan of the form",
            option="--form",
        ),
    ]
