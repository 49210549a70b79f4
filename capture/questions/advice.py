"""Advice to whoever writes a question set, for an easier conversation. It never refuses a set."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from capture.questions.question_set import QuestionSetFile
from library.core import yaml_document
from library.core.sanitise import printable
from library.core.seen_characters import seen_length
from library.core.workspace import Workspace
from library.core.yaml_document import Problem, did_you_mean

_MAX_QUESTION_CHARACTERS = 160
"""Longest question that can be asked in one breath, rather than read out."""

_MANY_QUESTIONS = 15

_WORD = re.compile(r"[^\W_]+")

_ADDRESSES_CONTRIBUTOR = re.compile(r"\b(you|your|yours|please|pause|break|hurry)\b", re.IGNORECASE)


def suggestions(file: QuestionSetFile, themes: frozenset[str]) -> list[Problem]:
    """Return suggestions in the order of the file; `themes` are those the library knows."""
    problems = [
        *suggestions_on_length(file),
        *_ending_suggestions(file),
        *_wording_suggestions(file),
        *_repetition_suggestions(file),
        *_note_suggestions(file),
        *_theme_suggestions(file, themes),
    ]
    return sorted(problems, key=lambda problem: problem.line)


def known_themes(workspace: Workspace) -> frozenset[str]:
    """Return the themes of `themes.yml`; none where that file cannot be read."""
    with contextlib.suppress(OSError, UnicodeDecodeError, yaml_document.YamlError, AttributeError):
        values, _ = yaml_document.read_tree(workspace.themes.read_text(encoding="utf-8-sig"))
        listed = values.get("themes", [])
        return frozenset(str(item.get("theme")) for item in listed if isinstance(item, dict))
    return frozenset()


def suggestions_on_length(file: QuestionSetFile) -> Iterator[Problem]:
    """Suggest fewer questions than nobody has the strength for."""
    count = len(file.record.questions) if file.record else 0
    if count > _MANY_QUESTIONS:
        what = (
            f"{count} questions are too many for one conversation; six to ten fill an hour. Keep "
            "those, make others follow-ups, and begin a second set with the rest"
        )
        yield file.problem(("questions",), what)


def _ending_suggestions(file: QuestionSetFile) -> Iterator[Problem]:
    """Suggest that the last questions are lighter, with no heavy one after the first of them."""
    questions = file.record.questions if file.record else ()
    last = len(questions) - 1
    if last < 0:
        return
    if questions[last].care:
        what = "the last question has a content note; end on something lighter"
        yield file.problem(("questions", last), what)
    elif not any(question.lighter for question in questions):
        what = "mark where the conversation runs towards its close, with “lighter: true”"
        yield file.problem(("questions", last), what)
    first = next((at for at, question in enumerate(questions) if question.lighter), last)
    for at in range(first + 1, last + 1):
        if not questions[at].lighter:
            what = "a lighter question comes before it; mark this one as lighter too, or move it up"
            yield file.problem(("questions", at), what)


def _wording_suggestions(file: QuestionSetFile) -> Iterator[Problem]:
    questions = file.record.questions if file.record else ()
    for at, question in enumerate(questions):
        path: yaml_document.FieldPath = ("questions", at)
        if question.ask.count("?") > 1:
            what = "two questions at once; make one of them a follow-up"
            yield file.problem((*path, "ask"), what)
        if seen_length(question.ask) > _MAX_QUESTION_CHARACTERS:
            what = "long to say in one breath; say what you can in follow-ups"
            yield file.problem((*path, "ask"), what)
        if not question.follow_ups:
            yield file.problem(path, "no follow_ups: what could help somebody who is stuck?")
        if not question.reflection and not question.lighter:
            yield file.problem(path, "no reflection: what should staff think about afterwards?")


def _repetition_suggestions(file: QuestionSetFile) -> Iterator[Problem]:
    """Suggest that nothing is asked twice, whether as a question or as a follow-up."""
    where: dict[str, str] = {}
    for at, question in enumerate(file.record.questions if file.record else ()):
        path: yaml_document.FieldPath = ("questions", at)
        texts = [((*path, "ask"), question.ask, f"question {at + 1}")]
        texts += [
            ((*path, "follow_ups", number), text, f"a follow-up of question {at + 1}")
            for number, text in enumerate(question.follow_ups)
        ]
        for field, text, name in texts:
            heard = " ".join(_WORD.findall(text.casefold()))
            if heard and heard in where:
                what = f"the same words as {where[heard]}; ask it once, or in other words"
                yield file.problem(field, what)
            where.setdefault(heard, name)


def _note_suggestions(file: QuestionSetFile) -> Iterator[Problem]:
    """Suggest that a content note, which staff read, does not address the contributor."""
    questions = file.record.questions if file.record else ()
    for at, question in enumerate(questions):
        if _ADDRESSES_CONTRIBUTOR.search(question.content_note):
            what = "staff read this; put what is meant for the person who is asked under take_care"
            yield file.problem(("questions", at, "content_note"), what)


def _theme_suggestions(file: QuestionSetFile, known: frozenset[str]) -> Iterator[Problem]:
    questions = file.record.questions if file.record else ()
    for at, question in enumerate(questions):
        for number, theme in enumerate(question.themes):
            if known and theme not in known:
                near = did_you_mean(theme, known)
                what = f"the library knows no theme “{printable(theme)}” yet{near}"
                yield file.problem(("questions", at, "themes", number), what)
