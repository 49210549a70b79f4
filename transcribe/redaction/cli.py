"""The commands `redact …`: names that must not be heard."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from library.cli.console import examples, json_option, say, say_json, table, workspace_of
from library.core.timecode import clock
from transcribe.redaction.answers import Asking, askings
from transcribe.redaction.detect import find_names
from transcribe.redaction.normalise import folded
from transcribe.redaction.suggest import Copy, Suggested

if TYPE_CHECKING:
    from library.core.workspace import StoryFolder, Workspace
    from transcribe.redaction.answers import Asking
    from transcribe.redaction.suggest import Copy


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
    """Put NAME on the private list of STORY, or add to what the list says of it."""
    import msgspec

    from transcribe.redaction.name_list import ListedName, NameKind, NameList, load_names, save_names

    folder = _known(workspace_of(ctx), story)
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
    names = list(listed.names)
    if number:
        names[number - 1] = entry
    else:
        names.append(entry)
    save_names(folder, NameList(names=tuple(names)))
    place = number or len(names)
    say(f"Name {place} of {story}: shown as “{entry.replacement}”.")
    say(f"Next: carer-stories redact suggest {story}")


@redact.command(epilog="Example: carer-stories redact remove cs-4k7m2q Siobhan")
@click.argument("story", metavar="STORY")
@click.argument("name", metavar="NAME")
@click.pass_context
def remove(ctx: click.Context, story: str, name: str) -> None:
    """Take NAME (or the name with that number) off the private list of STORY.

    Redactions that stand in the editor’s copy stay: take their brackets away yourself.
    """
    from library.core.errors import NotFound
    from transcribe.redaction.name_list import NameList, load_names, save_names

    folder = _known(workspace_of(ctx), story)
    listed = load_names(folder)
    number = listed.number_of(name)
    if number is None and name.isdecimal() and 1 <= int(name) <= len(listed.names):
        number = int(name)
    if number is None:
        raise NotFound(
            f"That name is not on the list of {story}.",
            f"See the list: carer-stories redact list {story}",
        )
    left = (*listed.names[: number - 1], *listed.names[number:])
    save_names(folder, NameList(names=left))
    say(f"Name {number} is off the list of {story}. What is redacted in its text stays redacted.")


@redact.command("list", epilog="Example: carer-stories redact list cs-4k7m2q --json")
@click.argument("story", metavar="STORY")
@json_option
@click.pass_context
def list_names(ctx: click.Context, story: str, as_json: bool) -> None:
    """Show the private list of STORY, where its names are still said, and what is left to do."""
    from transcribe.redaction.checks import unanswered
    from transcribe.redaction.name_list import load_names
    from transcribe.redaction.suggest import open_copy

    workspace = workspace_of(ctx)
    folder = _known(workspace, story)
    listed = load_names(folder)
    copy = open_copy(workspace, story) if folder.transcript.is_file() else None
    left = unanswered(folder)
    entries = _name_records(copy) if copy else _untold(folder)
    questions = _question_records(copy) if copy else []
    if as_json:
        say_json({"id": story, "names": entries, "questions": questions, "left": left})
        return
    if not listed.names:
        say(f"The list of {story} is empty. Add to it: carer-stories redact add {story} NAME")
    else:
        table(("", "name", "shown", "where", "redacted", "said or asked about at"), _rows(entries))
    if copy is None:
        say("It is not transcribed yet, so that nothing could be looked for.")
    for sentence in left:
        say(sentence)
    if questions and not left:
        say(f"Open questions: {len(questions)}. carer-stories redact review {story}")


def _untold(folder: StoryFolder) -> list[dict[str, object]]:
    """The list of a story without words."""
    from transcribe.redaction.name_list import load_names

    return [
        {
            "number": number,
            "name": one.name,
            "kind": str(one.effective_kind),
            "sounds_like": list(one.sounds_like),
            "shown": one.replacement,
            "where": one.where,
            "note": one.note,
            "heard": [],
            "redacted": 0,
        }
        for number, one in enumerate(load_names(folder).names, start=1)
    ]


def _rows(entries: list[dict[str, object]]) -> list[tuple[str, ...]]:
    from library.core.timecode import clock

    rows = []
    for one in entries:
        heard = one["heard"] if isinstance(one["heard"], list) else []
        times = ", ".join(map(clock, heard[:6])) + (" …" if len(heard) > 6 else "")
        plain = [str(one[key]) for key in ("number", "name", "shown", "where", "redacted")]
        rows.append((*plain, times or "–"))
    return rows


@redact.command(epilog="Example: carer-stories redact suggest cs-4k7m2q --dry-run")
@click.argument("story", metavar="STORY")
@click.option("--dry-run", is_flag=True, help="Only say what would be marked; write nothing.")
@json_option
@click.pass_context
def suggest(ctx: click.Context, story: str, dry_run: bool, as_json: bool) -> None:
    """Mark in the editor’s copy of STORY where listed names, numbers and addresses are said.

    What is surely one becomes a redaction, [[Siobhan|my sister]]; what may be one a question,
    [[?Chevonne|my sister]]. What you answered before is not asked again.
    """
    from transcribe.redaction import suggest

    copy = suggest.open_copy(workspace_of(ctx), story)
    told = suggest.suggest(copy)
    if not dry_run:
        suggest.save(copy, told.text, told.asked)
    if as_json:
        say_json(_suggestion_record(told, story))
        return
    for line in _suggestion_lines(told, story, written=not dry_run):
        say(line)


@redact.command(epilog="Example: carer-stories redact review cs-4k7m2q")
@click.argument("story", metavar="STORY")
@click.pass_context
def review(ctx: click.Context, story: str) -> None:
    """Go through the open questions of STORY one at a time.

    Each answer is written at once: stop whenever you like, and go on another day.
    """
    from transcribe.redaction.answers import askings
    from transcribe.redaction.suggest import open_copy

    workspace = workspace_of(ctx)
    skipped: set[int] = set()
    done = 0
    while True:
        copy = open_copy(workspace, story)  # anew: the editor may change the text meanwhile
        left = [one for one in askings(copy) if one.number not in skipped]
        if not left:
            break
        answer = _put(copy, left[0], done + 1, done + len(left))
        if answer == "q":
            break
        if answer == "s":
            skipped.add(left[0].number)
        done += 1
    _end(open_copy(workspace, story), story)


_KEYS = ("y", "n", "a", "o", "s", "q")


def _put(copy: Copy, one: Asking, number: int, of: int) -> str:
    """Put one question and write the answer; the key that was pressed."""
    from transcribe.redaction import answers
    from transcribe.redaction.suggest import save

    same = answers.alike(copy, one.number)
    for line in _question_lines(one, number, of, len(same)):
        say(line)
    choices = {"n": "no, it may be heard", "s": "skip it", "q": "stop"}
    if not one.unwritten:
        choices = {"y": "yes, hide it", "o": "yes, with other words", **choices}
    if len(same) > 1:
        choices["a"] = "no to all of these"
    say("  " + ", ".join(f"[{key}] {choices[key]}" for key in _KEYS if key in choices))
    key = str(click.prompt("  Is it?", type=click.Choice([*choices]), show_choices=False))
    if key in "yna" or key == "o":
        shown = click.prompt("  What is shown instead") if key == "o" else None
        numbers = same if key == "a" else [one.number]
        text, asked = answers.answered(copy, numbers, name=key in "yo", shown=shown)
        save(copy, text, asked)
    return key


def _end(copy: Copy, story: str) -> None:
    from transcribe.redaction.answers import askings

    left = len(askings(copy))
    if left:
        count = "1 question is" if left == 1 else f"{left} questions are"
        say(f"{count} still open. Go on with: carer-stories redact review {story}")
    else:
        say(f"No question is open. Apply the text with: carer-stories edit {story}")


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
@click.pass_context
def answer(
    ctx: click.Context, story: str, number: int, answer: str, shown: str | None, alike: bool
) -> None:
    """Answer question N of STORY: is it a name that must not be heard?

    `redact list STORY --json` tells the numbers. A number is never given twice.
    """
    from transcribe.redaction import answers
    from transcribe.redaction.suggest import open_copy, save

    if shown is not None and answer == "no":
        raise click.UsageError("--shown goes with yes.")
    copy = open_copy(workspace_of(ctx), story)
    numbers = answers.alike(copy, number) if alike else [number]
    text, asked = answers.answered(copy, numbers, name=answer == "yes", shown=shown)
    save(copy, text, asked)
    done = "redacted" if answer == "yes" else "left as it is"
    say(f"Answered: {len(numbers)}, {done}.")
    _end(open_copy(workspace_of(ctx), story), story)


def _known(workspace: Workspace, story: str) -> StoryFolder:
    """The folder of a story that is recorded. Raises NotFound, and NotAllowed when withdrawn."""
    from library.consent import read_history
    from library.consent.gate import require_agreement
    from library.core.files import make_folder, refused_plainly

    require_agreement(read_history(workspace, story))
    folder = workspace.story(story)
    with refused_plainly(folder.root, "make"):
        make_folder(folder.root)
    return folder


def _suggestion_lines(told: Suggested, story: str, *, written: bool) -> Iterator[str]:
    """After `redact suggest`."""
    done = "" if written else "would be "
    if told.redacted:
        yield f"{story}: {done}redacted: {len(told.redacted)}, at {_times(told.redacted)}."
    if told.questions:
        yield f"{story}: {done}asked about: {len(told.questions)}, at {_times(told.questions)}."
    if not told.changes:
        yield f"{story}: nothing new was found; its text stays as it was."
    if told.unwritten:
        yield (
            f"  At {_times(told.unwritten)} a listed name was recognised where the text says "
            "something else: is it still heard?"
        )
    if told.open:
        yield f"  Open questions: {len(told.open)}. Answer: carer-stories redact review {story}"
    elif told.changes:
        yield f"  Look at it and apply it with: carer-stories edit {story}"


def _suggestion_record(told: Suggested, story: str) -> dict[str, Any]:
    """For `redact suggest --json`."""
    return {
        "id": story,
        "redacted": list(told.redacted),
        "asked": list(told.questions),
        "open": len(told.open),
        "unwritten": list(told.unwritten),
    }


def _name_records(copy: Copy) -> list[dict[str, Any]]:
    """The list with where each of its names is or may be said and not redacted."""
    finds = find_names(copy.said, copy.listed, copy.asked)
    return [
        {
            "number": number,
            "name": entry.name,
            "kind": str(entry.effective_kind),
            "sounds_like": list(entry.sounds_like),
            "shown": entry.replacement,
            "where": entry.where,
            "note": entry.note,
            "heard": [find.start for find in finds if find.hit.entry_number == number],
            "redacted": _redacted(copy, entry.name),
        }
        for number, entry in enumerate(copy.listed.names, start=1)
    ]


def _redacted(copy: Copy, name: str) -> int:
    """How many marks that were written for this name stand as redactions."""
    return sum(one.about == folded(name) and one.answer == "hidden" for one in copy.asked.questions)


def _question_record(one: Asking) -> dict[str, Any]:
    """One open question, for a script."""
    return {
        "number": one.number,
        "at": one.at,
        "before": one.before,
        "words": one.words,
        "after": one.after,
        "shown": one.shown,
        "entry": one.entry or None,
        "unwritten": one.unwritten,
    }


def _question_records(copy: Copy) -> list[dict[str, Any]]:
    return [_question_record(one) for one in askings(copy)]


def _question_lines(one: Asking, number: int, of: int, same: int) -> Iterator[str]:
    """A question as it is put to the editor."""
    yield ""
    yield f"Question {number} of {of}, at {clock(one.at)}"
    if one.unwritten:
        yield f"  …{one.before} ▸ {one.after}…"
        yield f"  Here “{one.words}” was recognised, and your text says something else."
        yield "  Words that are only typed over are still heard. Listen: is it said?"
        return
    yield f"  …{one.before} ▸ {one.words} ◂ {one.after}…"
    if one.about:
        yield f"  Perhaps this is “{one.about}” (name {one.entry} of the list)."
    yield f"  If it is, “{one.shown}” is shown instead."
    if same > 1:
        yield f"  It is written like this in {same} questions."


def _times(moments: Sequence[int]) -> str:
    return ", ".join(map(clock, moments))
