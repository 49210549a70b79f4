"""What makes a conversation easier, said about a set that can be used: advice, never a refusal."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from capture.questions.question_set import QuestionSetFile
from library.core import yaml_document
from library.core.sanitise import printable
from library.core.workspace import Workspace
from library.core.yaml_document import Problem, did_you_mean

_ONE_BREATH = 160
"""Characters: a question that is longer is read, not asked."""

_ADDRESSES_CONTRIBUTOR = re.compile(r"\b(you|your|yours|please|pause|break|hurry)\b", re.IGNORECASE)


def suggestions(reading: QuestionSetFile, themes: frozenset[str]) -> list[Problem]:
    """Suggestions in the order of the file; `themes` are those the library knows."""
    found = [
        *_close_suggestions(reading),
        *_wording_suggestions(reading),
        *_note_suggestions(reading),
        *_theme_suggestions(reading, themes),
    ]
    return sorted(found, key=lambda one: one.line)


def known_themes(workspace: Workspace) -> frozenset[str]:
    """Themes that the library says something about. None where that file cannot be read."""
    with contextlib.suppress(OSError, UnicodeDecodeError, yaml_document.YamlError, AttributeError):
        values, _ = yaml_document.read_tree(workspace.themes.read_text(encoding="utf-8-sig"))
        listed = values.get("themes", [])
        return frozenset(str(one.get("theme")) for one in listed if isinstance(one, dict))
    return frozenset()


def _close_suggestions(reading: QuestionSetFile) -> Iterator[Problem]:
    """The last questions are light, and nothing heavy comes behind the first of them."""
    questions = reading.record.questions if reading.record else ()
    last = len(questions) - 1
    if last < 0:
        return
    if questions[last].care:
        what = "the last question has a content note; end on something lighter"
        yield reading.problem(("questions", last), what)
    elif not any(one.lighter for one in questions):
        what = "mark where the conversation runs towards its close, with “lighter: true”"
        yield reading.problem(("questions", last), what)
    first = next((at for at, one in enumerate(questions) if one.lighter), last)
    for at in range(first + 1, last + 1):
        if not questions[at].lighter:
            what = "it comes behind a lighter question and is not marked as one"
            yield reading.problem(("questions", at), what)


def _wording_suggestions(reading: QuestionSetFile) -> Iterator[Problem]:
    questions = reading.record.questions if reading.record else ()
    for at, question in enumerate(questions):
        place: yaml_document.FieldPath = ("questions", at)
        if question.ask.count("?") > 1:
            what = "two questions at once; make one of them a follow-up"
            yield reading.problem((*place, "ask"), what)
        if len(question.ask) > _ONE_BREATH:
            what = "long to say in one breath; say what you can in follow-ups"
            yield reading.problem((*place, "ask"), what)
        if not question.follow_ups:
            yield reading.problem(place, "no follow_ups: what could help somebody who is stuck?")
        if not question.reflection and not question.lighter:
            yield reading.problem(place, "no reflection: what shall staff think about afterwards?")


def _note_suggestions(reading: QuestionSetFile) -> Iterator[Problem]:
    """Staff read a content note before they listen: it should not speak to who is asked."""
    questions = reading.record.questions if reading.record else ()
    for at, question in enumerate(questions):
        if _ADDRESSES_CONTRIBUTOR.search(question.content_note):
            what = "staff read this; put what is meant for the person who is asked under take_care"
            yield reading.problem(("questions", at, "content_note"), what)


def _theme_suggestions(reading: QuestionSetFile, known: frozenset[str]) -> Iterator[Problem]:
    questions = reading.record.questions if reading.record else ()
    for at, question in enumerate(questions):
        for number, theme in enumerate(question.themes):
            if known and theme not in known:
                near = did_you_mean(theme, known)
                what = f"the library knows no theme “{printable(theme)}” yet{near}"
                yield reading.problem(("questions", at, "themes", number), what)
