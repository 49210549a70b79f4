"""Asking one thing at a time: each question says why, and nothing is done until all are answered.

At any question `back` returns to the one before and `stop` leaves. What was given as an option is
not asked. The answers are shown together before anything is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from library.cli.console import BACK, STOP, WentBack, prompt_for, say
from library.core.blank_values import is_blank, is_only_a_date
from library.core.days import no_day, parse_day
from library.core.errors import BadInput, CarerStoriesError, NotAllowed
from library.core.files import expanded

Answers = dict[str, Any]


class InvalidAnswer(Exception):
    """An answer that is none: the sentence says what would be, and the question is put again."""


@dataclass(frozen=True)
class Prompt:
    """A question to put. `read` turns what was typed into the answer or raises InvalidAnswer."""

    name: str
    ask: str
    why: str
    read: Callable[[str, Answers], Any]
    choices: Sequence[tuple[str, str]] = ()
    """Words to choose from, each with what it means (or nothing)."""
    usual: Callable[[Answers], str] | None = None
    """Answer of the Enter key. Without it Enter is no answer; with "" the question is optional."""
    label: str = ""
    """Label of the answer when all are shown; without one it is not shown."""
    option: str = ""
    """The option that answers it; without one it is only asked, and `--yes` says yes to it."""
    is_relevant: Callable[[Answers], bool] = lambda _answers: True
    """True if the question makes sense after the answers so far."""

    @property
    def needed(self) -> bool:
        """True where a script has to give this option."""
        return bool(self.option) and self.usual is None


def ask(questions: Sequence[Prompt], options: Mapping[str, Any]) -> Answers:
    """Return the answers, confirmed together. `options` are those given, None where there was none.

    Raises click.Abort when the person stops, and whatever a question's `read` refuses with.
    """
    answers = {name: value for name, value in options.items() if value is not None}
    open_ones = [prompt for prompt in questions if prompt.name not in answers]
    # What only an answer calls for is not counted: nobody knows yet whether it will be asked.
    counted = [prompt for prompt in open_ones if prompt.is_relevant(answers)]
    typed: dict[str, str] = {}
    say(f"Type {BACK} to return to a question, or {STOP} to leave. Nothing is recorded before you")
    say("have seen all the answers together.")
    at = 0
    while at <= len(open_ones):
        if at == len(open_ones):
            at = _confirm(questions, open_ones, answers)
        elif open_ones[at].is_relevant(answers):
            say()
            say(_numbered(open_ones[at], counted), bold=True)
            at = _ask_one(open_ones, at, answers, typed)
        else:
            # An earlier answer that makes no sense any more must not be recorded.
            answers.pop(open_ones[at].name, None)
            at += 1
    return answers


def _numbered(question: Prompt, counted: Sequence[Prompt]) -> str:
    """Return the question with its number among those that are asked whatever is answered."""
    if question not in counted:
        return f"(follow-up) {question.ask}"
    return f"({counted.index(question) + 1} of {len(counted)}) {question.ask}"


def _ask_one(
    open_ones: Sequence[Prompt], at: int, answers: Answers, typed_before: dict[str, str]
) -> int:
    """Ask until it is answered; returns where to go on. Enter keeps an earlier answer."""
    question = open_ones[at]
    say(f"  {question.why}")
    for number, (word, meaning) in enumerate(question.choices, 1):
        say(f"  {number}  {word:<15} {meaning}".rstrip())
    usual = question.usual(answers) if question.usual else None
    while True:
        typed = _prompt("Answer", typed_before.get(question.name, usual))
        if typed.lower() == BACK:
            return _before(open_ones, at, answers)
        try:
            answer = question.read(typed, answers)
            if not typed and usual is None:
                raise InvalidAnswer(f"Please type an answer, {BACK} or {STOP}.")
            answers[question.name] = answer
        except InvalidAnswer as error:
            say(f"  {error}")
        else:
            typed_before[question.name] = answers[question.name] if question.choices else typed
            return at + 1


def _confirm(questions: Sequence[Prompt], open_ones: Sequence[Prompt], answers: Answers) -> int:
    """Show all answers; returns past the end once they are to be recorded."""
    end = len(open_ones)
    shown = [question for question in questions if question.label and question.is_relevant(answers)]
    say()
    if shown and all(answers.get(question.name) in (None, "") for question in shown):
        say("Nothing was filled in, so there is nothing to record.", bold=True)
        return end + 1
    say("This will be recorded:", bold=True)
    for question in shown:
        say(f"  {question.label}: {_in_words(answers.get(question.name))}")
    while True:
        typed = _prompt(f"Record it? (yes, {BACK}, {STOP})", None).lower()
        if typed in {"yes", "y"}:
            return end + 1
        if typed == BACK:
            return _before(open_ones, end, answers)
        say(f"  Please type yes, {BACK} or {STOP}.")


def _before(open_ones: Sequence[Prompt], at: int, answers: Answers) -> int:
    for earlier in range(at - 1, -1, -1):
        if open_ones[earlier].is_relevant(answers):
            return earlier
    say("  This is the first question.")
    return at


def _prompt(prompt: str, usual: str | None) -> str:
    """Return what was typed, or the usual answer. Raises click.Abort when the person stops."""
    try:
        return prompt_for(prompt, default=usual or "", is_first=False)
    except WentBack:
        return BACK


def _in_words(answer: Any) -> str:
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return "none" if answer in (None, "") else str(answer)


def answers_from_options(prompts: Sequence[Prompt], options: Mapping[str, Any]) -> Answers:
    """Return a script's answers, which is asked nothing: its options, else what is usual.

    Raises BadInput naming every option that is missing.
    """
    answers = {name: value for name, value in options.items() if value is not None}
    missing = [prompt.option for prompt in prompts if prompt.needed and prompt.name not in answers]
    if missing:
        missing_words = f"{missing[0]} is" if len(missing) == 1 else f"{', '.join(missing)} are"
        raise BadInput(
            f"With --yes nothing is asked, and {missing_words} missing.",
            "Add what is missing, or leave out --yes.",
        )
    for prompt in prompts:
        if prompt.name not in answers and prompt.usual and prompt.is_relevant(answers):
            try:
                answers[prompt.name] = prompt.read(prompt.usual(answers), answers)
            except InvalidAnswer as error:
                raise BadInput(str(error), f"Say so with {prompt.option}.") from None
    return answers


_YES, _NO = {"yes", "y"}, {"no", "n"}


def yes_or_no(typed: str, _answers: Answers) -> bool:
    word = typed.lower()
    if word in _YES | _NO:
        return word in _YES
    raise InvalidAnswer("Please type yes or no.")


def only_yes(what: str, next_step: str) -> Callable[[str, Answers], bool]:
    """A question that a “no” ends: nothing is recorded, and the next step is told."""

    def read(typed: str, answers: Answers) -> bool:
        if yes_or_no(typed, answers):
            return True
        raise NotAllowed(f"Nothing was recorded: {what}", next_step)

    return read


def one_of(words: Sequence[str]) -> Callable[[str, Answers], str]:
    """Return a word of the list, or its number in it."""

    def read(typed: str, _answers: Answers) -> str:
        word = typed.lower()
        if word in words:
            return word
        # Not isdigit: that is true of “²”, which int refuses.
        if word.isdecimal() and 1 <= int(word) <= len(words):
            return words[int(word) - 1]
        raise InvalidAnswer(f"Please type one of: {', '.join(words)}; or its number.")

    return read


def day(typed: str, _answers: Answers) -> date:
    answer = parse_day(typed)
    if answer is None:
        raise InvalidAnswer(no_day(typed))
    return answer


def day_gone(typed: str, answers: Answers) -> date:
    """Today or before."""
    from library.core.clock import today

    answer = day(typed, answers)
    if answer > today():
        raise InvalidAnswer(f"{answer} is still to come. On which day was it?")
    return answer


def scan(typed: str, _answers: Answers) -> Path | None:
    """Return the path of a scanned form, quoted or not, as it comes when a file is dropped here."""
    from library.consent.signed_forms import require_scan

    if not typed:
        return None
    try:
        path = expanded(typed.strip("'\"").replace("\\ ", " "))
        require_scan(path)
    except CarerStoriesError as error:
        raise InvalidAnswer(f"{error.what} {error.next_step}") from None
    return path


def filled_line(typed: str, answers: Answers) -> str:
    """Return a line about somebody: nothing, or words that say something, and not a day."""
    text = line(typed, answers)
    if text and (is_blank(text, invented_counts=False) or is_only_a_date(text)):
        raise InvalidAnswer(f"“{text}” is no answer to that. Please type it, or press Enter.")
    return text


def line(typed: str, _answers: Answers) -> str:
    from library.consent.agreement_rules import MAX_CHARACTERS

    if len(typed) > MAX_CHARACTERS:
        raise InvalidAnswer(f"Please write at most {MAX_CHARACTERS} characters.")
    return typed
