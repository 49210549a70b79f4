"""Commands `questions list`, `check`, `new`, `print` and `workshop`, for volunteers’ sets."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from library.cli.console import (
    json_option,
    prompt_for,
    say,
    say_json,
    say_next,
    table,
    workspace_of,
)
from library.cli.fields import output_option, path_option, yes_option
from library.cli.local_page import serve_until_closed, shown_again_if_open
from library.core.counting import counted
from library.core.errors import BadInput
from library.core.languages import native_name
from library.core.sanitise import printable
from library.core.yaml_document import ended

if TYPE_CHECKING:
    from collections.abc import Sequence

    from capture.questions.plain_list import PlainList
    from capture.questions.question_set import QuestionSetFile
    from capture.questions.scaffold import QuestionDraft
    from library.cli.wizard import Answers, Prompt
    from library.core.workspace import Workspace
    from library.core.yaml_document import Problem


@click.group(epilog="Example: carer-stories questions print being-heard")
def questions() -> None:
    """Look after the sets of questions that carer volunteers design."""


@questions.command("list", epilog="Example: carer-stories questions list --json")
@json_option
@click.pass_context
def questions_list(ctx: click.Context, as_json: bool) -> None:
    """List the question sets of this workspace."""
    from capture.questions.question_set import question_set_files, read_question_set_file

    set_files = [read_question_set_file(path) for path in question_set_files(workspace_of(ctx))]
    usable = [file.record for file in set_files if file.record and not file.problems]
    if as_json:
        say_json(usable)
    elif not set_files:
        _say_no_sets()
    else:
        rows: list[tuple[str, ...]] = [
            (item.id, str(item.version), str(len(item.questions)), item.title) for item in usable
        ]
        table(("Id", "Version", "Questions", "Title"), rows)
        for set_file in set_files:
            if set_file.problems:
                say(f"{set_file.path.name} cannot be used: {set_file.problems[0]}")
    if not as_json:
        _say_other_files(workspace_of(ctx))


@questions.command("check", epilog="Example: carer-stories questions check being-heard")
@click.argument("names", metavar="[SET|FILE]...", nargs=-1)
@json_option
@click.pass_context
def questions_check(ctx: click.Context, names: tuple[str, ...], as_json: bool) -> None:
    """Check question sets, and say what to mend in which line.

    All of them are checked, or the ones that are named.

    Advice is given separately, and keeps no set from being used. Exit code 0 when all can be used,
    2 when one cannot.
    """
    from capture.questions.advice import known_themes, suggestions

    workspace = workspace_of(ctx)
    set_files = _read_set_files(workspace, names)
    themes = known_themes(workspace)
    advice = [suggestions(file, themes) if not file.problems else [] for file in set_files]
    if as_json:
        say_json([_check_json(file, hints) for file, hints in zip(set_files, advice, strict=True)])
    else:
        for set_file, hints in zip(set_files, advice, strict=True):
            _say_check(set_file, hints)
            _say_form(workspace, set_file)
        if not set_files:
            _say_no_sets()
        if not names:
            _say_other_files(workspace)
    if any(reading.problems for reading in set_files):
        ctx.exit(BadInput.exit_code)


@questions.command(
    "new", epilog='Example: carer-stories questions new medication --title "Living with medication"'
)
@click.argument("set_id", metavar="[NAME]", required=False)
@click.option("--title", help="What the conversation is called.")
@click.option("--designed-by", help="Who designs it: a group, not a person.")
@click.option("--about", help="Two sentences for the person who is invited to the conversation.")
@click.option("--opening", help="What is said before the first question.")
@click.option("--closing", help="What is said after the last one.")
@click.option(
    "--question",
    "wordings",
    multiple=True,
    metavar="WORDS",
    help="A question, in the order they are asked; may be given several times.",
)
@path_option(
    "--from",
    "plain_list",
    metavar="FILE",
    help="A plain list of questions, one a line: a text (.txt) or Word file (.docx).",
)
@yes_option
@click.pass_context
def questions_new(
    ctx: click.Context,
    /,
    yes: bool,
    wordings: tuple[str, ...],
    plain_list: Path | None,
    set_id: str | None,
    **options: Any,
) -> None:
    """Create a question set, step by step or from a list.

    It is written to interviews/questions/NAME.yml.

    In a list, numbers and bullets before questions do not matter. What is indented below a question
    becomes its follow-ups, and a heading the title.

    Words that are still to be written are marked in the file, and `questions check` lists the marks
    with their lines. An existing file is never overwritten.
    """
    from capture.questions.scaffold import (
        QuestionDraft,
        QuestionSetDraft,
        create_question_set,
        id_from_title,
        require_free_id,
    )
    from library.cli.wizard import answers_from_options, ask

    workspace = workspace_of(ctx)
    listed = _read_list(plain_list, wordings)
    if plain_list is not None and set_id is None:
        set_id = id_from_title(plain_list.stem)
    if set_id is not None:
        require_free_id(workspace, set_id)
    if listed is not None and plain_list is not None:
        options["title"] = options["title"] or listed.title or _title_of(plain_list)
    supplied = {"id": set_id, **options}
    prompts = _prompts(workspace)
    answers = answers_from_options(prompts, supplied) if yes else ask(prompts, supplied)
    drafts = tuple(QuestionDraft(wording) for wording in wordings)
    if listed is not None:
        drafts = listed.questions
    drafts = drafts or (() if yes else _ask_questions())
    path, problems = create_question_set(workspace, QuestionSetDraft(questions=drafts, **answers))
    say(f"Created {path}.", bold=True)
    if listed is not None:
        _say_list(listed, path)
    if problems:
        say("Open it in your editor and write what is marked:")
    for problem in problems:
        say(f"  {problem}")
    say_next(f"carer-stories questions check {path.stem}")


@questions.command("print", epilog="Example: carer-stories questions print being-heard")
@click.argument("set_id", metavar="SET")
@output_option("--to", help="Folder (default: interviews/print).")
@json_option
@click.pass_context
def questions_print(ctx: click.Context, set_id: str, to: Path | None, as_json: bool) -> None:
    """Make SET ready to print.

    There are large sheets for the table, and a preview for the contributor.

    Both are single files that ask for nothing else. Send the preview some days before, or take it
    with you: nobody should meet a question for the first time in front of a microphone.
    """
    from capture.questions.printing import print_question_set
    from capture.questions.question_set import find_question_set

    workspace = workspace_of(ctx)
    printed = print_question_set(workspace, find_question_set(workspace, set_id), to)
    if as_json:
        say_json({"sheets": str(printed.sheets), "preview": str(printed.preview)})
        return
    say(f"For the table, one question a sheet: {printed.sheets}")
    say(f"For the contributor, beforehand:      {printed.preview}")
    for name in printed.not_filled_in:
        say(f"Warning: “{name}” in interviews/settings.yml is empty; the preview should say it.")
    say_next("Open them in a browser and print them.")


@questions.command("workshop", epilog="Example: carer-stories questions workshop being-heard")
@click.argument("set_id", metavar="[SET]", required=False)
@click.option("--no-browser", is_flag=True, help="Only say where the page is; open no browser.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port (default: any free one).")
@click.pass_context
def questions_workshop(
    ctx: click.Context, set_id: str | None, no_browser: bool, port: int | None
) -> None:
    """Write question sets on a page in this machine's browser.

    Volunteers write them there, put them in order, try one out as the interview shows it, and print
    it. It is the same file as in interviews/questions, and what is written there meanwhile is never
    written over. What is to be mended stands beside its field, as `questions check` says it.
    """
    from capture.questions.question_set import question_set_files
    from capture.workshop.workshop_page import running_workshop

    workspace = workspace_of(ctx)
    if set_id and set_id not in {path.stem for path in question_set_files(workspace)}:
        _read_set_files(workspace, [set_id])  # raises NotFound, and names the sets there are
    place = set_id or ""
    with shown_again_if_open(workspace, no_browser=no_browser, place=place):
        with running_workshop(workspace, port) as running:
            serve_until_closed(
                running,
                workspace,
                "To end: Ctrl-C, or “Close the workshop” on the page.",
                no_browser=no_browser,
                place=place,
            )
        say("The workshop is closed.")


def _read_list(path: Path | None, wordings: Sequence[str]) -> PlainList | None:
    """Return the plain list that was given. Raises BadInput where questions were given as well."""
    if path is None:
        return None
    from capture.questions.plain_list import read_plain_list

    if wordings:
        raise BadInput("Questions were given twice.", "Give either --from or --question.")
    return read_plain_list(path)


def _title_of(path: Path) -> str:
    words = " ".join(path.stem.replace("-", " ").replace("_", " ").split())
    return words[:1].upper() + words[1:]


def _say_list(listed: PlainList, path: Path) -> None:
    """Say what was read, and what would make the conversation easier."""
    from capture.questions.advice import suggestions_on_length
    from capture.questions.question_set import read_question_set_file

    follow_ups = sum(len(question.follow_ups) for question in listed.questions)
    read = counted(len(listed.questions), "question")
    say(f"Read from the list: {read}, {counted(follow_ups, 'follow-up')}.")
    if listed.left_out:
        quoted = ", ".join(f"“{printable(text)}”" for text in listed.left_out)
        say(f"Left out, as nothing is asked there: {quoted}.")
    for hint in suggestions_on_length(read_question_set_file(path)):
        say(f"Advice: {ended(hint.what)}")


def _say_no_sets() -> None:
    say("There are no question sets yet.")
    say_next("carer-stories questions new")


def _read_set_files(workspace: Workspace, names: Sequence[str]) -> list[QuestionSetFile]:
    """Read the named sets, by id or path; without names, all of them. Raises NotFound."""
    from capture.questions.question_set import (
        find_question_set,
        question_set_files,
        read_question_set_file,
    )

    files = question_set_files(workspace)
    if not names:
        return [read_question_set_file(path) for path in files]
    known = {path.stem: path for path in files}
    set_files = []
    for name in names:
        typed = Path(name)
        if name in known:
            set_files.append(read_question_set_file(known[name]))
        elif typed.suffix in (".yml", ".yaml") and typed.is_file():
            set_files.append(read_question_set_file(typed))
        elif typed.is_file():
            raise BadInput(
                f"{printable(typed.name)} is no question set, which ends in .yml.",
                f"Make one of it: {shlex.join([*_NEW_FROM, str(typed)])}",
            )
        else:
            find_question_set(workspace, name)  # raises NotFound, and names the sets there are
    return set_files


_NEW_FROM = ["carer-stories", "questions", "new", "--from"]
_LISTS = {".txt", ".docx", ".doc", ".md", ".odt", ".rtf"}


def _say_other_files(workspace: Workspace) -> None:
    """Name files among the question sets that are none because of how their names end."""
    if not workspace.questions.is_dir():
        return
    for path in sorted(workspace.questions.iterdir()):
        suffix = path.suffix.casefold()
        stem = path.name.removesuffix(path.suffix)
        if suffix == ".yaml" or (suffix == ".txt" and stem.endswith(".yml")):
            wanted = f"{Path(stem).stem}.yml"
            say(f"{printable(path.name)} is not read: call it {printable(wanted)}.")
        elif suffix in _LISTS and not path.name.casefold().startswith("readme"):
            command = shlex.join([*_NEW_FROM, str(path)])
            say(f"{printable(path.name)} is not read. To make a set of it: {command}")


def _check_json(set_file: QuestionSetFile, hints: Sequence[Problem]) -> dict[str, Any]:
    def problems_json(problems: Sequence[Problem]) -> list[dict[str, Any]]:
        return [
            {"line": problem.line, "field": problem.field, "what": problem.what}
            for problem in problems
        ]

    return {
        "id": set_file.path.stem,
        "problem": str(set_file.problems[0]) if set_file.problems else "",
        "problems": problems_json(set_file.problems),
        "advice": problems_json(hints),
    }


def _say_check(set_file: QuestionSetFile, hints: Sequence[Problem]) -> None:
    if not set_file.problems:
        say(f"{set_file.path.stem}: can be used.")
    else:
        count = len(set_file.problems)
        say(f"{set_file.path.stem}: {counted(count, 'thing')} to mend.")
    for problem in set_file.problems:
        say(f"  {set_file.path.name}, {ended(str(problem))}")
    for hint in hints:
        say(f"  Advice: {set_file.path.name}, {ended(str(hint))}")
    if not set_file.problems and set_file.record and set_file.record.language:
        _say_language(set_file.record.language)


def _say_form(workspace: Workspace, set_file: QuestionSetFile) -> None:
    """Say where a set that can be used has no form of agreement in its language."""
    from library.forms.wording import language_gap

    if set_file.problems or not set_file.record:
        return
    language = set_file.record.language
    if gap := language_gap(workspace, language):
        translation = f"interviews/forms/participation.{language.lower()}.md"
        say(f"  {gap} A translation of it would be {translation}.")


def _say_language(language: str) -> None:
    """Say how much of what the program itself says to a contributor there is in a language."""
    from capture.questions.contributor_words import english_words, words_in

    name = native_name(language.lower())
    count = sum(len(lines) for lines in english_words().values())
    missing = words_in(language).missing
    if len(missing) == count:
        say(f"  {name}: the program’s own lines are not translated, and are said in English.")
    elif missing:
        named = f"{counted(len(missing), 'line')} of the program’s {count}"
        say(f"  {name}: {named} are said in English: {', '.join(missing)}.")
    else:
        say(f"  {name}: all {count} lines that the program says are translated.")


def _prompts(workspace: Workspace) -> list[Prompt]:
    """Return the prompts of `questions new`, all but those for the questions themselves."""
    from capture.questions.scaffold import USUAL_CLOSING, USUAL_OPENING, require_free_id
    from library.cli.wizard import InvalidAnswer, Prompt

    def free_id(typed: str, _answers: Answers) -> str:
        try:
            require_free_id(workspace, typed)
        except BadInput as error:
            raise InvalidAnswer(f"{error.what} {error.next_step}") from None
        return typed

    def require_words(typed: str, _answers: Answers) -> str:
        if not typed:
            raise InvalidAnswer("Please write a few words.")
        return typed

    def text_prompt(name: str, ask: str, why: str, usual: str | None = None) -> Prompt:
        default = (lambda _: usual) if usual is not None else None
        option = f"--{name.replace('_', '-')}"
        parse = require_words if usual is None else _accept_any
        return Prompt(name, ask, why, parse, usual=default, label=ask.rstrip("?"), option=option)

    id_question = "What shall its file be called?"
    id_hint = "Small letters, digits and hyphens, such as medication-reviews."
    return [
        Prompt("id", id_question, id_hint, free_id, label="File", option="NAME"),
        text_prompt("title", "What is the conversation called?", "The contributor sees it first."),
        text_prompt(
            "designed_by", "Who designs it?", "A group, not a person’s name.", "Carer volunteers"
        ),
        text_prompt(
            "about", "What is it about?", "Two sentences for who is invited. Enter: later.", ""
        ),
        text_prompt("opening", "What is said to begin with?", "It is read aloud.", USUAL_OPENING),
        text_prompt("closing", "What is said to end with?", "It is read aloud.", USUAL_CLOSING),
    ]


def _accept_any(typed: str, _answers: Answers) -> str:
    return typed


def _ask_questions() -> tuple[QuestionDraft, ...]:
    """Ask for questions with their follow-ups, until nothing more is typed."""
    from capture.questions.scaffold import QuestionDraft

    say()
    say(
        "Now the questions, in the order they are asked; the last one lighter. Ask openly: “what”",
        bold=True,
    )
    say("and “how” let people tell; “did you” lets them say no. Enter alone ends the list.")
    questions: list[QuestionDraft] = []
    while wording := _ask_line(f"Question {len(questions) + 1}"):
        follow_ups = []
        while follow_up := _ask_line("  If somebody is stuck (Enter: no more)"):
            follow_ups.append(follow_up)
        note = _ask_line("  What hard things may be told here; staff read it too (Enter: none)")
        care = _ask_line("  A word of care for whoever is asked, not for staff (Enter: none)")
        questions.append(QuestionDraft(wording, tuple(follow_ups), note, care))
    return tuple(questions)


def _ask_line(prompt: str) -> str:
    return prompt_for(prompt, default="")
