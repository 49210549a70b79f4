"""Errors of how a command was typed, in our own sentences: click's are in another style."""

from __future__ import annotations

import difflib
import os
import re
import shlex
from collections.abc import Iterable, Sequence

import click

from library.core.sanitise import printable, shell_quoted
from library.core.typed_command import NAME

_QUOTED = re.compile(r"""(?<!\w)(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")(?!\w)""")
"""A value that click quotes, written as a Python string."""
_BARE_OPTIONS = re.compile(r"(.*: )(--[a-z][^.\n]*(?:\.[^.\n]+)*)\.?", re.ASCII)
"""A line of a next step that ends in options alone, without the command that they belong to."""
_MOST_CHARACTERS = 400
"""Length of a command, in characters, above which it is not printed again."""
_MIN_SIMILARITY = 0.7
"""Similarity, from 0 to 1, from which one word is suggested for another."""
_KINDS = {
    "is not a valid integer.": "is not a whole number.",
    "is not a valid integer range.": "is not a whole number.",
    "is not a valid float.": "is not a number.",
    "is not a valid float range.": "is not a number.",
}


def usage_sentences(error: click.UsageError) -> tuple[str, str]:
    """Return what was typed wrongly, and where to see how it is written."""
    match error:
        case click.NoSuchOption():
            what = f"There is no option “{error.option_name}” here."
            what += did_you_mean(error.option_name, _options(error.ctx))
        case click.NoSuchCommand():
            what = f"There is no command “{error.command_name}” here."
            what += did_you_mean(error.command_name, _commands(error.ctx))
        case click.MissingParameter() if error.param is not None:
            what = f"{_parameter(error.param, error.ctx)} is missing."
            if isinstance(error.param.type, click.Choice):
                what += f" It is one of: {', '.join(map(str, error.param.type.choices))}."
        case click.BadParameter() if error.param is not None:
            what = f"{_parameter(error.param, error.ctx)}: {_in_our_words(error.message)}"
        case click.BadParameter():
            what = _in_our_words(error.message)
        case click.BadOptionUsage():
            takes_none = "does not take" in error.message
            what = f"{error.option_name} {'takes no value' if takes_none else 'needs a value'}."
        case _:
            what = _in_our_words(error.format_message())
    if error.ctx is None:
        return what, "Add --help to the command, and see how it is written."
    return what, f"See how it is written: {error.ctx.command_path} --help"


def did_you_mean(typed: str, there: Iterable[str]) -> str:
    """Return “ Did you mean “…”?” where something that is there is close to what was typed."""
    # Without the hyphens, which every option has in common with every other.
    names = {name.lstrip("-"): name for name in there}
    wanted = typed.lstrip("-")
    similar = difflib.get_close_matches(wanted, names, n=1, cutoff=_MIN_SIMILARITY)
    if not similar and len(wanted) > 1:
        # An abbreviation: --aud for --audience.
        similar = [name for name in names if name.startswith(wanted)][:1]
    return f" Did you mean “{names[similar[0]]}”?" if similar else ""


def _options(context: click.Context | None) -> list[str]:
    parameters = context.command.get_params(context) if context else []
    return [name for parameter in parameters for name in parameter.opts if name.startswith("--")]


def _commands(context: click.Context | None) -> list[str]:
    group = context.command if context else None
    return group.list_commands(context) if context and isinstance(group, click.Group) else []


def _parameter(parameter: click.Parameter, context: click.Context | None) -> str:
    """Return an option as it is typed, an argument as the help names it."""
    if isinstance(parameter, click.Argument):
        made = parameter.make_metavar(context) if context else str(parameter.name).upper()
        return made.strip("[].")
    return max(parameter.opts, key=len)


def _in_our_words(message: str) -> str:
    """Return a sentence of click's own types, with our quotation marks and plain words."""
    extra = re.fullmatch(r"Got unexpected extra arguments? \((.*)\)", message, re.DOTALL)
    if extra:
        return f"It is not clear what is meant by “{extra[1]}” here."
    if message == "Missing command.":
        return "Which command? None is named."
    outside = re.fullmatch(r"(\S+) is not in the range (.*)\.", message)
    if outside:
        return f"{outside[1]} is {_outside(outside[2])}."
    for theirs, ours in _KINDS.items():
        message = message.replace(theirs, ours)
    return _QUOTED.sub(lambda quoted: f"“{quoted[1] or quoted[2] or ''}”", message)


def _outside(bounds: str) -> str:
    """Return what click writes as `1<=x<=64` or `x>=1` in words."""
    both = re.fullmatch(r"(-?[\d.]+)<=?x<=?(-?[\d.]+)", bounds)
    if both:
        return f"not from {both[1]} to {both[2]}"
    least = ">" in bounds
    return f"too {'small' if least else 'large'}: at {'least' if least else 'most'} {bounds[3:]}"


def whole_commands(step: str, arguments: Sequence[str], root: click.Group) -> str:
    """Return a next step in which options that end a line stand in the command that was typed.

    Lines whose options are none of that command, or lack a value, stay as they are.
    """
    if ": --" not in step:
        return step
    command = _typed_command(root, arguments)
    return "\n".join(_with_command(line, arguments, command) for line in step.split("\n"))


def _typed_command(root: click.Group, arguments: Sequence[str]) -> click.Command:
    """Return the command that the words of the arguments lead to."""
    command: click.Command = root
    context = click.Context(root)
    for word in arguments:
        # Options of every command may stand between the names.
        below = command.get_command(context, word) if isinstance(command, click.Group) else None
        command = below or command
    return command


def _with_command(line: str, arguments: Sequence[str], command: click.Command) -> str:
    bare = _BARE_OPTIONS.fullmatch(line)
    options = _valued_options(bare[2], command) if bare else None
    if bare is None or options is None:
        return line
    end = arguments.index("--") if "--" in arguments else len(arguments)
    kept = [*_without(arguments[:end], options), *arguments[end:]]
    # In front of arguments that follow `--`.
    words = [shell_quoted(word) for word in kept]
    position = words.index("--") if "--" in words else len(words)
    typed = " ".join([NAME, *words[:position], bare[2], *words[position:]])
    is_plain = len(typed) <= _MOST_CHARACTERS and printable(typed) == typed
    return bare[1] + typed if is_plain else line


def _valued_options(text: str, command: click.Command) -> dict[str, click.Option] | None:
    """Return the options of a command that `text` is made of, with their values; else None."""
    try:
        words = iter(shlex.split(text, posix=os.name != "nt"))
    except ValueError:
        return None
    there = {
        name: option
        for option in command.params
        if isinstance(option, click.Option)
        for name in option.opts
    }
    options = {}
    for word in words:
        if word not in there:
            return None
        options[word] = there[word]
        if not there[word].is_flag and next(words, "--").startswith("--"):
            return None
    return options


def _without(arguments: Sequence[str], options: dict[str, click.Option]) -> list[str]:
    """Return what was typed without those options that are given anew, and their values."""
    again = {
        name: option
        for option in options.values()
        if not option.multiple
        for name in (*option.opts, *option.secondary_opts)
    }
    kept = []
    words = iter(arguments)
    for word in words:
        if word in again:
            if not again[word].is_flag:
                next(words, None)
        elif word.partition("=")[0] not in again:
            kept.append(word)
    return kept
