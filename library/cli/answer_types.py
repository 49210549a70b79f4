"""What answers are made of: yes or no, one of some words, a day, a scan, a line of text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from library.cli.fields import day_of
from library.cli.wizard import Answers, InvalidAnswer
from library.core.errors import CarerStoriesError, NotAllowed

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
    """A word of the list, or its number in it."""

    def read(typed: str, _answers: Answers) -> str:
        word = typed.lower()
        if word in words:
            return word
        if word.isdecimal() and 1 <= int(word) <= len(words):
            return words[int(word) - 1]
        raise InvalidAnswer(f"Please type one of: {', '.join(words)}; or its number.")

    return read


def day(typed: str, _answers: Answers) -> date:
    found = day_of(typed)
    if found is None:
        raise InvalidAnswer(f"“{typed}” is not a date. Write 2026-01-31, 31/1/2026 or today.")
    return found


def day_gone(typed: str, answers: Answers) -> date:
    """Today or before."""
    from library.core.clock import today

    found = day(typed, answers)
    if found > today():
        raise InvalidAnswer(f"{found} is still to come. On which day was it?")
    return found


def scan(typed: str, _answers: Answers) -> Path | None:
    """The path of a scanned form, quoted or not, as it comes when a file is dropped here."""
    from library.consent.signed_forms import require_scan

    if not typed:
        return None
    path = Path(typed.strip("'\"").replace("\\ ", " ")).expanduser()
    try:
        require_scan(path)
    except CarerStoriesError as error:
        raise InvalidAnswer(f"{error.what} {error.next_step}") from None
    return path


def line(typed: str, _answers: Answers) -> str:
    from library.consent.contributors import LONGEST

    if len(typed) > LONGEST:
        raise InvalidAnswer(f"Please write at most {LONGEST} characters.")
    return typed
