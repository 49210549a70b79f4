"""The commands `captions import` and `captions remove`, beside those of `transcribe.captions.cli`.

They need the film that stands, which only this layer knows.
"""

from __future__ import annotations

from pathlib import Path

import click

from library.cli.console import confirm, json_option, say, say_json, workspace_of
from library.cli.fields import InputPath
from library.core.counting import counted
from library.core.errors import BadInput
from transcribe.captions.cli import captions

__all__ = ["captions"]

_LANGUAGE = click.option(
    "--language",
    metavar="TAG",
    required=True,
    help="Two or three letters: pl Polish, cy Welsh, ur Urdu, zh-hant Chinese (traditional).",
)


class CaptionNumbers(click.ParamType[tuple[int, ...]]):
    """`3,7,12`: captions, counted from 1."""

    name = "N,N"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in str(value).split(",") if part.strip()]
        # `isdigit` alone takes ² as well, which `int` refuses.
        if not all(part.isascii() and part.isdigit() and int(part) for part in parts):
            self.fail(f"“{value}” are not numbers of captions, such as 3,7", param, ctx)
        return tuple(sorted({int(part) for part in parts}))


@captions.command(
    "import",
    epilog="Example: carer-stories captions import cs-4k7m2q polish.vtt --language pl",
)
@click.argument("story", metavar="STORY")
@click.argument("file", metavar="FILE", type=InputPath())
@_LANGUAGE
@click.option(
    "--read",
    metavar="N,N",
    type=CaptionNumbers(),
    default=(),
    help="Captions over a redaction that somebody who knows the language read: they tell nothing.",
)
@click.option("--leave-out", is_flag=True, help="Do without captions over a redaction.")
@json_option
@click.pass_context
def captions_import(
    ctx: click.Context,
    story: str,
    file: Path,
    language: str,
    read: tuple[int, ...],
    leave_out: bool,
    as_json: bool,
) -> None:
    """Bring in FILE, a translation of the captions of STORY.

    FILE is WebVTT or SubRip.

    It is made from the film’s own captions (`captions export`). Staff choose the language in the
    player. It becomes part of the next film, to be signed off and approved with it, and follows
    when the film is cut otherwise.
    """
    from films.translations import import_captions
    from library.core.languages import native_name

    brought = import_captions(
        workspace_of(ctx), story, file, language, read=read, leave_out=leave_out
    )
    if as_json:
        say_json(
            {
                "story": brought.story,
                "language": brought.language,
                "captions": brought.captions,
                "left_out": list(brought.left_out),
                "read": list(brought.read_numbers),
                "findings": [finding.sentence for finding in brought.findings],
            }
        )
        return
    say(f"{story}: {counted(brought.captions, 'caption')} in {native_name(brought.language)}.")
    if brought.left_out:
        say(f"  Left out, over a redaction: {', '.join(map(str, brought.left_out))}.")
    for finding in brought.findings[:5]:
        say(f"  {finding.sentence}")
    if len(brought.findings) > 5:
        say(f"  … and {counted(len(brought.findings) - 5, 'more such remark')}.")
    say(f"Next: carer-stories film {story} (it is not encoded again), then sign-off and approval.")


@captions.command("remove", epilog="Example: carer-stories captions remove cs-4k7m2q --language pl")
@click.argument("story", metavar="STORY")
@_LANGUAGE
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def captions_remove(ctx: click.Context, story: str, language: str, yes: bool) -> None:
    """Take a translation of the captions of STORY away again."""
    from films.translations import remove_captions, require_captions

    workspace = workspace_of(ctx)
    # Before anything is asked: captions that are not there are refused at once.
    require_captions(workspace, story, language)
    if not yes and not confirm(f"Take the captions of {story} in “{language}” away?"):
        raise BadInput("Nothing was changed.", "To do it without being asked, say --yes.")
    remove_captions(workspace, story, language)
    say(f"Removed. They stay part of the film until it is made again: carer-stories film {story}")
