"""The commands `redact …`: names that must not be heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click
import msgspec

from library.cli.console import (
    examples,
    json_option,
    prompt_for,
    say,
    say_json,
    say_next,
    table,
    workspace_of,
)
from library.cli.status import say_next_of_story
from library.consent.gate import require_agreement
from library.consent.stories import read_history
from library.core.counting import counted
from library.core.errors import NotAllowed, NotFound
from library.core.files import make_folder, translate_disk_errors
from library.core.timecode import clock
from library.core.workspace import StoryFolder, Workspace
from transcribe.pipeline import speakers_of
from transcribe.redaction.answers import (
    QuestionView,
    answer_questions,
    hide_possible_name,
    let_be_heard,
    question_views,
    same_questions,
)
from transcribe.redaction.checks import label_problems, name_problems
from transcribe.redaction.detect import find_names
from transcribe.redaction.may_be_said import SHOWN_AS
from transcribe.redaction.name_list import (
    ListedName,
    NameKind,
    NameList,
    load_names,
    save_names,
)
from transcribe.redaction.normalise import folded
from transcribe.redaction.possible_names import PossibleName
from transcribe.redaction.questions import NameAnswer
from transcribe.redaction.suggest import (
    CopyUnderReview,
    Suggestions,
    names_to_ask,
    open_copy,
    read_copy,
    save_review,
    suggest_marks,
)
from transcribe.redaction.unlisted_names import (
    NameView,
    may_be_said_everywhere,
    name_views,
    names_in_words,
    tells_without_capitals,
    with_questions,
)


@click.group(epilog="Example: carer-stories redact suggest cs-4k7m2q")
def redact() -> None:
    """Find and hide names that must not be heard.

    The list of names is private to the story. `suggest` marks in the editor’s copy where they are
    said, and asks where it is not sure.
    """


@redact.command(
    epilog="Example: carer-stories redact add cs-4k7m2q “Siobhan Murphy” --shown “my sister” "
    "--sounds-like Chevonne --sounds-like “shiv on”"
)
@click.argument("story", metavar="STORY")
@click.argument("name", metavar="NAME")
@click.option("--shown", default="", metavar="WORDS", help="What is shown instead: “my sister”.")
@click.option(
    "--sounds-like",
    "sounds_like",
    multiple=True,
    metavar="WORDS",
    help="Another way it is written, or was misheard. May be given many times.",
)
@click.option(
    "--kind",
    type=click.Choice(["person", "place", "service", "number", "other"]),
    help="What it is. Guessed from the name where nothing is said.",
)
@click.option(
    "--where",
    type=click.Choice(["everywhere", "story"]),
    help="Whether no page of the library may show it (the default), or only this story’s own.",
)
@click.option("--note", default="", metavar="WORDS", help="A note for yourself; shown nowhere.")
@click.pass_context
def add(
    ctx: click.Context,
    story: str,
    name: str,
    shown: str,
    sounds_like: tuple[str, ...],
    kind: str | None,
    where: str | None,
    note: str,
) -> None:
    """Put NAME on the private list of STORY.

    If it is on the list, this adds to what the list says of it.
    """
    folder = _story_folder(workspace_of(ctx), story)
    listed = load_names(folder)
    number = listed.number_of(name)
    before = listed.names[number - 1] if number else ListedName(name=name.strip())
    entry = msgspec.structs.replace(
        before,
        kind=NameKind(kind) if kind else before.kind,
        shown=shown or before.shown,
        sounds_like=tuple(dict.fromkeys((*before.sounds_like, *sounds_like))),
        where=where or before.where,
        note=note or before.note,
    )
    # An entry keeps its number: messages name it by that.
    names = list(listed.names)
    if number:
        names[number - 1] = entry
    else:
        names.append(entry)
    save_names(folder, NameList(names=tuple(names)))
    # By its number: messages never hold a name (docs/reference/redaction.md).
    say(f"Name {number or len(names)} of {story}: shown as “{entry.replacement}”.")
    say_next(f"carer-stories redact suggest {story}")


@redact.command(epilog="Example: carer-stories redact remove cs-4k7m2q Siobhan")
@click.argument("story", metavar="STORY")
@click.argument("name", metavar="NAME")
@click.pass_context
def remove(ctx: click.Context, story: str, name: str) -> None:
    """Take NAME off the private list of STORY.

    NAME may be the number that the list gives it.

    Redactions that stand in the editor’s copy stay: take their brackets away yourself.
    """
    workspace = workspace_of(ctx)
    folder = _story_folder(workspace, story)
    listed = load_names(folder)
    number = listed.number_of(name)
    # By name first: a listed number may look like the place of an entry.
    if number is None and name.isdecimal() and 1 <= int(name) <= len(listed.names):
        number = int(name)
    if number is None:
        raise NotFound(
            f"That name is not on the list of {story}.",
            f"See the list: carer-stories redact list {story}",
        )
    others = (*listed.names[: number - 1], *listed.names[number:])
    save_names(folder, NameList(names=others))
    say(f"Name {number} is off the list of {story}. What is redacted in its text stays redacted.")
    say_next_of_story(workspace, story)


@redact.command("list", epilog="Example: carer-stories redact list cs-4k7m2q --json")
@click.argument("story", metavar="STORY")
@json_option
@click.pass_context
def list_names(ctx: click.Context, story: str, as_json: bool) -> None:
    """Show the private list of STORY, and what is left to do.

    It says where the names are still said.
    """
    workspace = workspace_of(ctx)
    folder = _story_folder(workspace, story)
    names = load_names(folder)
    copy = open_copy(workspace, story) if folder.transcript.is_file() else None
    problems = name_problems(folder)
    if copy:
        problems += label_problems(folder, speakers_of(copy.session.task.story).contributor)
    records = _records_with_copy(copy) if copy else _name_records(names, {}, {})
    questions = [_question_record(question) for question in question_views(copy)] if copy else []
    possible = name_views(copy.words, names_to_ask(copy), copy.record) if copy else []
    if as_json:
        say_json(
            {
                "id": story,
                "names": records,
                "questions": questions,
                "possible": [_possible_record(view) for view in possible],
                "left": problems,
            }
        )
        return
    if not names.names:
        say(f"The list of {story} is empty.")
        say_next(f"carer-stories redact add {story} NAME")
    else:
        headings = ("", "name", "shown", "where", "redacted", "said or asked about at")
        table(headings, _name_rows(records))
    if copy is None:
        say("It is not transcribed yet, so that nothing could be looked for.")
    for sentence in problems:
        say(sentence)
    if possible:
        say(f"Not on the list, and may be {names_in_words(len(possible))}: {len(possible)}.")
    if questions and not problems:
        say(f"Open questions: {len(questions)}.")
    if possible or (questions and not problems):
        say_next(f"carer-stories redact review {story}")


@redact.command(epilog="Example: carer-stories redact suggest cs-4k7m2q --dry-run")
@click.argument("story", metavar="STORY")
@click.option("--dry-run", is_flag=True, help="Only say what would be marked; write nothing.")
@json_option
@click.pass_context
def suggest(ctx: click.Context, story: str, dry_run: bool, as_json: bool) -> None:
    """Mark where STORY says listed names, numbers and addresses.

    The marks stand in the editor’s copy.

    What is surely one becomes a redaction, [[Siobhan|my sister]]; what may be one a question,
    [[?Chevonne|my sister]]. What you answered before is not asked again.
    """
    workspace = workspace_of(ctx)
    copy = open_copy(workspace, story)
    result = suggest_marks(copy)
    marked = read_copy(copy.session, result.text, copy.names, result.record)
    possible = names_to_ask(marked)
    if not dry_run:
        save_review(copy, result.text, with_questions(result.record, possible))
    if as_json:
        say_json({**_suggestion_record(result, story), "possible": len(possible)})
        return
    has_names = bool(copy.names.names)
    for line in _suggestion_lines(result, story, written=not dry_run, has_names=has_names):
        say(line)
    for line in _possible_lines(marked, len(possible)):
        say(line)
    if dry_run and result.has_changes:
        say_next(f"Mark them: carer-stories redact suggest {story}")
    elif result.open_questions or possible:
        say_next(f"carer-stories redact review {story}")
    elif not has_names:
        say_next(
            f"carer-stories redact add {story} NAME, for each name that must not be heard; "
            f"then: carer-stories redact suggest {story}"
        )
    elif result.has_changes:
        say_next(f"Look at the text and apply it: carer-stories edit {story}")
    else:
        say_next_of_story(workspace, story)


@redact.command(epilog="Example: carer-stories redact review cs-4k7m2q")
@click.argument("story", metavar="STORY")
@click.pass_context
def review(ctx: click.Context, story: str) -> None:
    """Go through the open questions of STORY one at a time.

    First come words that may be names and are not on the list, each once for all the places where
    the story says it; then the places that `suggest` was not sure of.

    Each answer is written at once: stop whenever you like, and go on another day.
    """
    workspace = workspace_of(ctx)
    skipped: set[int] = set()
    skipped_names: set[str] = set()
    done = 0
    opened = open_copy(workspace, story)
    # Before the first answer: what is hidden by it may be all that tells of the next.
    if open_names := names_to_ask(opened):
        save_review(opened, opened.text, with_questions(opened.record, open_names))
    for line in _capital_lines(opened):
        say(line)
    while True:
        # Read anew for each question: the editor may change the text in another window meanwhile.
        copy = open_copy(workspace, story)
        names = [name for name in names_to_ask(copy) if name.said not in skipped_names]
        waiting = [view for view in question_views(copy) if view.number not in skipped]
        if not names and not waiting:
            break
        total = done + len(names) + len(waiting)
        if names:
            view = name_views(copy.words, names[:1], copy.record)[0]
            key = _ask_about_name(copy, view, done + 1, total)
            if key == "q":
                break
            if key == "s":
                skipped_names.add(view.name.said)
            done += 1
            continue
        key = _ask(copy, waiting[0], done + 1, total)
        if key == "q":
            break
        if key == "s":
            skipped.add(waiting[0].number)
        done += 1
    _say_what_is_open(open_copy(workspace, story), story)


_KEYS = ("y", "n", "a", "o", "s", "q")


def _ask(copy: CopyUnderReview, question: QuestionView, number: int, total: int) -> str:
    """Put one question, write its answer and return the key that was pressed."""
    same = same_questions(copy, question.number)
    for line in _question_lines(question, number, total, len(same)):
        say(line)
    choices = {"n": "no, it may be heard", "s": "skip it", "q": "stop"}
    if not question.is_spoken_only:
        choices = {"y": "yes, hide it", "o": "yes, with other words", **choices}
    if len(same) > 1:
        choices["a"] = "no to all of these"
    say("  " + ", ".join(f"[{key}] {choices[key]}" for key in _KEYS if key in choices))
    key = prompt_for("  Is it?", choices=[*choices], show_choices=False)
    if key in ("y", "n", "a", "o"):
        replacement = None
        if key == "o":
            wanted = "the words that are shown instead"
            replacement = prompt_for("  What is shown instead", wanted=wanted)
        numbers = same if key == "a" else [question.number]
        text, record = answer_questions(
            copy, numbers, is_name=key in ("y", "o"), replacement=replacement
        )
        save_review(copy, text, record)
    return key


def _ask_about_name(copy: CopyUnderReview, view: NameView, number: int, total: int) -> str:
    """Put the question about a name that nobody listed, write its answer, return the key."""
    for line in _name_lines(view, number, total):
        say(line)
    choices = {
        "y": "hide it wherever it is said",
        "o": "hide it, with other words",
        "n": "it may be heard in this story",
    }
    if may_be_said_everywhere(view.name):
        choices["e"] = "it may be heard in every story"
    choices |= {"s": "skip it", "q": "stop"}
    say("  " + ", ".join(f"[{key}] {choice}" for key, choice in choices.items()))
    key = prompt_for("  Is it a name to hide?", choices=[*choices], show_choices=False)
    if key in ("y", "o"):
        shown = ""
        if key == "o":
            wanted = "the words that are shown instead"
            shown = prompt_for("  What is shown instead", wanted=wanted)
        _hide(copy, view.name, shown)
    elif key in ("n", "e"):
        _let_be_heard(copy, view.name, everywhere=key == "e")
    return key


def _hide(copy: CopyUnderReview, name: PossibleName, shown: str) -> None:
    listed, text, record = hide_possible_name(copy, name, shown)
    save_review(listed, text, record)


def _let_be_heard(copy: CopyUnderReview, name: PossibleName, *, everywhere: bool) -> None:
    save_review(copy, copy.text, let_be_heard(copy, name, everywhere=everywhere))


def _say_what_is_open(copy: CopyUnderReview, story: str) -> None:
    count = len(question_views(copy)) + len(names_to_ask(copy))
    if count:
        say(f"Still open: {counted(count, 'question')}.")
        say_next(f"carer-stories redact review {story}")
    else:
        say("No question is open.")
        say_next(f"Apply the text: carer-stories edit {story}")


@redact.command(
    epilog=examples(
        "carer-stories redact answer cs-4k7m2q 3 no",
        "carer-stories redact answer cs-4k7m2q 4 yes --shown “her friend”",
    )
)
@click.argument("story", metavar="STORY")
@click.argument("number", metavar="N", type=click.IntRange(min=1))
@click.argument("answer", type=click.Choice(["yes", "no"]))
@click.option("--shown", metavar="WORDS", help="With yes: what is shown instead.")
@click.option(
    "--alike", is_flag=True, help="The same answer wherever the same words are asked about."
)
@click.option(
    "--everywhere",
    is_flag=True,
    help="With no, of a word that is not on the list: it may be heard in every story.",
)
@click.pass_context
def answer(
    ctx: click.Context,
    story: str,
    number: int,
    answer: str,
    shown: str | None,
    alike: bool,
    everywhere: bool,
) -> None:
    """Answer question N of STORY: is it a name that must not be heard?

    `redact list STORY --json` shows the numbers. A number is never given twice.
    """
    if shown is not None and answer == "no":
        raise click.UsageError("--shown goes with yes.")
    copy = open_copy(workspace_of(ctx), story)
    view = _name_with_number(copy, number)
    if everywhere and (answer == "yes" or view is None):
        raise click.UsageError("--everywhere goes with no, for a word that is not on the list.")
    if view is not None:
        _answer_about_name(copy, view, is_name=answer == "yes", shown=shown, everywhere=everywhere)
        _say_what_is_open(open_copy(workspace_of(ctx), story), story)
        return
    numbers = same_questions(copy, number) if alike else [number]
    text, record = answer_questions(copy, numbers, is_name=answer == "yes", replacement=shown)
    save_review(copy, text, record)
    say(f"Answered: {len(numbers)}, {'redacted' if answer == 'yes' else 'left as it is'}.")
    _say_what_is_open(open_copy(workspace_of(ctx), story), story)


def _name_with_number(copy: CopyUnderReview, number: int) -> NameView | None:
    """Return the open question of this number about a name that nobody listed, if it is one."""
    views = name_views(copy.words, names_to_ask(copy), copy.record)
    return next((view for view in views if view.number == number), None)


def _answer_about_name(
    copy: CopyUnderReview, view: NameView, *, is_name: bool, shown: str | None, everywhere: bool
) -> None:
    """Write the answer. Raises NotAllowed for a person who might be heard in every story."""
    if everywhere and not may_be_said_everywhere(view.name):
        raise NotAllowed(
            "That may be somebody’s name, and somebody else in another story may be called the "
            "same.",
            "Answer for this story alone: leave out --everywhere. If it is a service or a place, "
            f"write it into {SHOWN_AS}.",
        )
    if is_name:
        _hide(copy, view.name, shown or "")
    else:
        _let_be_heard(copy, view.name, everywhere=everywhere)
    outcome = "redacted" if is_name else "left as it is"
    say(f"Answered for {counted(view.count, 'place')}: {outcome}.")


def _story_folder(workspace: Workspace, story: str) -> StoryFolder:
    """Return the folder of a story with an agreement, made where there is none yet.

    Raises NotFound, and NotAllowed without agreement or after withdrawal.
    """
    # Nothing may be kept about a story that nobody agreed to.
    require_agreement(read_history(workspace, story))
    folder = workspace.story(story)
    with translate_disk_errors(folder.root, "make"):
        make_folder(folder.root)
    return folder


def _suggestion_lines(
    result: Suggestions, story: str, *, written: bool, has_names: bool
) -> Iterator[str]:
    """Report `redact suggest` in lines for the editor, without the names themselves."""
    done = "" if written else "would be "
    for outcome, times in (
        ("redacted", result.redaction_times),
        ("asked about", result.question_times),
    ):
        if times:
            yield f"{story}: {done}{outcome}: {len(times)}, at {_list_times(times)}."
    if result.label_times:
        yield (
            f"{story}: {done}hidden as the name of who speaks: {len(result.label_times)}, at "
            f"{_list_times(result.label_times)}."
        )
    if not has_names:
        yield (
            f"{story}: its list of names is empty. Numbers and addresses were looked for, and "
            "what may be a name."
        )
    elif not result.has_changes:
        yield f"{story}: nothing new was found; its text stays as it was."
    if result.spoken_only_times:
        yield (
            f"  At {_list_times(result.spoken_only_times)} a listed name was recognised where the "
            "text says something else: is it still heard?"
        )
    if result.open_questions:
        yield f"  Open questions: {len(result.open_questions)}."


def _possible_lines(copy: CopyUnderReview, count: int) -> Iterator[str]:
    yield from _capital_lines(copy)
    if count:
        yield f"  Not on the list, and may be {names_in_words(count)}: {count}."


def _capital_lines(copy: CopyUnderReview) -> Iterator[str]:
    if tells_without_capitals(copy.words):
        yield (
            "  This text has no capitals that tell names from words. They are looked for by lists "
            "of names and by the words around them: read it through for others yourself."
        )


def _name_lines(view: NameView, number: int, total: int) -> Iterator[str]:
    yield ""
    yield f"Question {number} of {total}, at {clock(view.at)}"
    yield f"  …{view.before} ▸ {view.words} ◂ {view.after}…"
    yield f"  Nobody put “{view.name.words}” on the list. It may be {_KINDS[view.name.kind]}."
    if view.name.labels:
        passages = counted(len(view.name.labels), "paragraph")
        yield f"  It is shown as the name of who speaks, before {passages}."
    if view.count > 1:
        yield f"  Your answer holds for {counted(view.count, 'place')} where it is said."


_KINDS = {
    NameKind.PERSON: "a person",
    NameKind.PLACE: "a place",
    NameKind.SERVICE: "a service, an employer or a school",
    NameKind.NUMBER: "a number",
    NameKind.OTHER: "a name",
}


def _possible_record(view: NameView) -> dict[str, Any]:
    """Return a word that may be a name, and is not on the list, for `--json`."""
    return {
        "number": view.number or None,
        "at": view.at,
        "before": view.before,
        "words": view.words,
        "after": view.after,
        "places": view.count,
        "kind": str(view.name.kind),
    }


def _suggestion_record(result: Suggestions, story: str) -> dict[str, Any]:
    """Return what `redact suggest --json` prints. Times are milliseconds."""
    return {
        "id": story,
        "redacted": list(result.redaction_times),
        "asked": list(result.question_times),
        "open": len(result.open_questions),
        "unwritten": list(result.spoken_only_times),
        "labels": list(result.label_times),
    }


def _name_records(
    names: NameList, heard: Mapping[int, Sequence[int]], redacted: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Return the list for `--json`.

    `heard` are the times (ms) at which a name, by its number, is or may be said and is not
    redacted; `redacted` counts the redactions that stand, by folded name.
    """
    return [
        {
            "number": number,
            "name": name.name,
            "kind": str(name.effective_kind),
            "sounds_like": list(name.sounds_like),
            "shown": name.replacement,
            "where": name.where,
            "note": name.note,
            "heard": list(heard.get(number, ())),
            "redacted": redacted.get(folded(name.name), 0),
        }
        for number, name in enumerate(names.names, start=1)
    ]


def _records_with_copy(copy: CopyUnderReview) -> list[dict[str, Any]]:
    heard: dict[int, list[int]] = {}
    for finding in find_names(copy.words, copy.names, copy.record):
        heard.setdefault(finding.hit.entry_number, []).append(finding.start)
    hidden = (q.about for q in copy.record.questions if q.answer is NameAnswer.HIDDEN)
    return _name_records(copy.names, heard, Counter(hidden))


def _name_rows(records: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    rows = []
    for record in records:
        times = _list_times(record["heard"][:6]) + (" …" if len(record["heard"]) > 6 else "")
        plain = [str(record[key]) for key in ("number", "name", "shown", "where", "redacted")]
        rows.append((*plain, times or "–"))
    return rows


def _question_record(question: QuestionView) -> dict[str, Any]:
    """Return an open question for `--json`."""
    return {
        "number": question.number,
        "at": question.at,
        "before": question.before,
        "words": question.words,
        "after": question.after,
        "shown": question.replacement,
        "entry": question.entry_number or None,
        "unwritten": question.is_spoken_only,
    }


def _question_lines(question: QuestionView, number: int, total: int, same: int) -> Iterator[str]:
    """Put a question to the editor: question `number` of `total`, `same` of them alike."""
    yield ""
    yield f"Question {number} of {total}, at {clock(question.at)}"
    if question.is_spoken_only:
        yield f"  …{question.before} ▸ {question.after}…"
        yield f"  Here “{question.words}” was recognised, and your text says something else."
        yield "  Words that are only typed over are still heard. Listen: is it said?"
        return
    yield f"  …{question.before} ▸ {question.words} ◂ {question.after}…"
    if question.name:
        yield f"  Perhaps this is “{question.name}” (name {question.entry_number} of the list)."
    yield f"  If it is, “{question.replacement}” is shown instead."
    if same > 1:
        yield f"  It is written like this in {same} questions."


def _list_times(moments: Sequence[int]) -> str:
    return ", ".join(map(clock, moments))
