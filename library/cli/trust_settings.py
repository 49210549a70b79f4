"""The questions of `init` and `doctor --fill-in`: what agreements need to know of the trust."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

import click

from library.cli.console import say, say_next
from library.cli.fields import Day
from library.cli.wizard import Answers, InvalidAnswer, Prompt, ask, day_gone, one_of
from library.core.blank_values import has_number_kept_for_drama, is_blank
from library.core.clock import today
from library.core.errors import BadInput
from library.core.setting_rules import rule_broken
from library.core.settings import (
    Settings,
    SupportLine,
    load_settings,
    missing_for_agreements,
    say_missing,
)
from library.core.settings_file import write_settings
from library.core.workspace import Workspace

FC = TypeVar("FC", bound=Callable[..., Any])
MAX_CHARACTERS = 300
EVIDENCE = {
    "scan": "nothing is recorded without a scan of the signed form",
    "witness": "the role of whoever was there is enough; you are reminded of the scan",
}
_OPTIONS = (
    ("--trust", "The name of your trust, as it stands on the forms."),
    ("--contact", "Whom staff and contributors ask, and how they reach them."),
    ("--withdrawal", "How a contributor takes it back: whom they tell, and how."),
    ("--lawful-basis", "UK GDPR Article 6 basis on which you hold the recordings."),
    ("--special-category-condition", "UK GDPR Article 9 condition for facts about health."),
    ("--support-name", "A support line, shown beside every story."),
    ("--support-contact", "Its number or address."),
)


def settings_options(command: FC) -> FC:
    """Add an option for everything that agreements need to know of the trust."""
    checked = click.option(
        "--support-checked", type=Day(), help="The day somebody last rang or opened it: today."
    )
    evidence = click.option(
        "--evidence", type=click.Choice(tuple(EVIDENCE)), help="What proves what was signed."
    )
    command = checked(evidence(command))
    for option, words in reversed(_OPTIONS):
        command = click.option(option, help=words)(command)
    return command


def values_from_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that options give. Raises BadInput for one that says nothing."""
    answers = {name: value for name, value in given.items() if value is not None}
    for option, _ in _OPTIONS:
        text = answers.get(option.removeprefix("--").replace("-", "_"))
        if text is not None and has_number_kept_for_drama(text[:MAX_CHARACTERS]):
            raise BadInput(
                f"“{text[:MAX_CHARACTERS]}” has a number that is kept for drama: nobody is reached "
                f"there ({option}).",
                f"Write another one, or leave {option} out for now.",
            )
        if text is not None and (is_blank(text) or len(text) > MAX_CHARACTERS):
            raise BadInput(
                f"“{text[:MAX_CHARACTERS]}” is nothing that can stand on a form ({option}).",
                f"Write it in up to {MAX_CHARACTERS} characters, or leave {option} out for now.",
            )
        name = option.removeprefix("--").replace("-", "_")
        if text is not None and (instead := rule_broken(name, text)):
            raise BadInput(
                f"“{text}” is nothing that can stand on a form ({option}).",
                f"{instead} Or leave {option} out for now.",
            )
    if ("support_name" in answers) != ("support_contact" in answers):
        raise BadInput(
            "A support line has a name and a contact.",
            "Give both: --support-name and --support-contact.",
        )
    if answers.get("support_checked", today()) > today():
        raise BadInput("Nobody tried a support line on a day to come.", "Check --support-checked.")
    return _as_settings(answers)


def ask_for_settings(missing: Sequence[str], options: Mapping[str, Any]) -> dict[str, Any]:
    """Ask for the settings that are missing, one at a time; what was skipped is left out."""
    answers = ask(_prompts(missing), options)
    return _as_settings({name: value for name, value in answers.items() if value})


def fill_in(workspace: Workspace, given: Mapping[str, Any], *, asking: bool) -> Settings:
    """Write what is given or typed into the settings, and say what is still missing."""
    options = {name: value for name, value in given.items() if value is not None}
    values = values_from_options(options)
    missing = tuple(
        name for name in missing_for_agreements(load_settings(workspace)) if name not in values
    )
    if asking and missing:
        say("Agreements rest on a few facts about your trust. Enter skips one for now.")
        values |= ask_for_settings(missing, {})
    if values:
        write_settings(workspace, values)
    return load_settings(workspace)


def say_still_missing(settings: Settings) -> bool:
    """Say what agreements still lack; whether there was anything."""
    missing = missing_for_agreements(settings)
    if missing:
        say(
            "No agreement can be recorded until interviews/settings.yml says "
            f"{say_missing(missing, settings)}."
        )
    return bool(missing)


def is_at_terminal() -> bool:
    """Return True where somebody can be asked."""
    return sys.stdin.isatty()


def say_filled_in(settings: Settings) -> None:
    """Say how `doctor --fill-in` ended."""
    if say_still_missing(settings):
        say_next("Ask whoever knows, then: carer-stories doctor --fill-in")
        return
    say("The settings have all that agreements need.", bold=True)
    say_next("carer-stories consent form")


def _as_settings(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return answers as fields of the settings: the support line's three become one."""
    values = {name: value for name, value in answers.items() if not name.startswith("support_")}
    if answers.get("support_name") and answers.get("support_contact"):
        checked: date = answers.get("support_checked") or today()
        line = SupportLine(
            name=answers["support_name"], contact=answers["support_contact"], checked=checked
        )
        values["support"] = (line,)
    return values


def _filled_as(name: str) -> Callable[[str, Answers], str]:
    """Return the check of what is typed for a setting."""
    return lambda typed, _answers: _filled(typed, name)


def _filled(typed: str, name: str) -> str:
    if not typed:
        return ""
    if len(typed) > MAX_CHARACTERS:
        raise InvalidAnswer(f"Please write at most {MAX_CHARACTERS} characters.")
    if has_number_kept_for_drama(typed):
        raise InvalidAnswer(
            f"“{typed}” has a number that is kept for drama: nobody is reached there. Write "
            "another one, or press Enter to leave it out for now."
        )
    if is_blank(typed):
        raise InvalidAnswer(
            f"“{typed}” says nothing to whoever reads the form. Write it, or press Enter to leave "
            "it out for now."
        )
    if instead := rule_broken(name, typed):
        raise InvalidAnswer(f"{instead} Or press Enter to leave it out for now.")
    return typed


def _evidence(typed: str, answers: Answers) -> str:
    return one_of(tuple(EVIDENCE))(typed, answers) if typed else ""


def _prompts(missing: Sequence[str]) -> list[Prompt]:
    """Return the prompts for what is missing. Each can be skipped with Enter."""
    plain = [_plain(name, question, why) for name, question, why in _QUESTIONS if name in missing]
    support = [
        _plain(
            "support_name",
            "Which support line is shown beside every story?",
            "Stories stir things up, in those who tell them and in staff. You can add more later.",
        ),
        Prompt(
            "support_contact",
            "How is it reached?",
            "A number or an address that somebody has tried.",
            _filled_as("support_contact"),
            usual=lambda _: "",
            label="Reached at",
            is_relevant=lambda answers: bool(answers.get("support_name")),
        ),
        Prompt(
            "support_checked",
            "When did somebody last ring or open it?",
            "`doctor` reminds you to try it again.",
            day_gone,
            usual=lambda _: "today",
            label="Last tried",
            is_relevant=lambda answers: bool(answers.get("support_contact")),
        ),
    ]
    evidence = Prompt(
        "evidence",
        "What proves an agreement in your trust?",
        "Without either, nobody can show later that somebody agreed.",
        _evidence,
        choices=list(EVIDENCE.items()),
        usual=lambda _: "",
        label="Proof",
    )
    return [
        *plain,
        *(support if "support" in missing else []),
        *([evidence] if "evidence" in missing else []),
    ]


_QUESTIONS = (
    ("trust", "What is your trust called?", "It stands on both forms: with whom they agree."),
    (
        "contact",
        "Whom do staff and contributors ask, and how do they reach them?",
        "A team and a number or address. It stands on both forms and beside every story.",
    ),
    (
        "withdrawal",
        "How does a contributor take it back: whom do they tell, and how?",
        "Taking back has to be as easy as giving.",
    ),
    (
        "lawful_basis",
        "On which lawful basis do you hold the recordings (UK GDPR Article 6)?",
        "Your information-governance lead knows. It is not the contributor’s permission.",
    ),
    (
        "special_category_condition",
        "Under which condition do you hold facts about health (UK GDPR Article 9)?",
        "Your information-governance lead knows.",
    ),
)


def _plain(name: str, question: str, why: str) -> Prompt:
    return Prompt(
        name,
        question,
        why,
        _filled_as(name),
        usual=lambda _: "",
        label=name.replace("_", " ").capitalize(),
    )
