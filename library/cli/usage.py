"""Errors of how a command was typed, in our own sentences: click's are in another style."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

import click

_QUOTED = re.compile(r"""(?<!\w)(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")(?!\w)""")
"""A value that click quotes, written as a Python string."""
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
