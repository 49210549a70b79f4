"""The folder of answers: files that were brought in, and the list of sessions that were held.

A folder of answer files is enough for a report; the list adds how many came, and which stories
were shown. Nothing in either says who anybody is.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from library.core.counting import counted
from library.core.errors import BadInput, NotFound
from library.core.files import make_folder, translate_disk_errors, write_atomic
from library.core.sanitise import printable
from library.core.workspace import STORY_ID, Workspace
from publish.training.feedback import CollectedForms, FeedbackForm, collect_forms
from publish.training.plan import PlanDetails, TrainingPlan
from publish.training.read_plan import plan_files, read_plan

SESSIONS_FILE = "sessions.csv"
_COLUMNS = ("session_on", "plan", "version", "people", "carers", "stories")
_MAX_PEOPLE = 1000
_MAX_BYTES = 5_000_000
_NEUTRAL = re.compile(r"(\d{4}-\d\d-\d\d|answers)-[0-9a-f]{8}\.csv")
_KEPT_HASH = re.compile(r"-([0-9a-f]{8})\.csv\Z")
"""Earlier versions kept a file under its own name, and this after it."""


@dataclass(frozen=True)
class HeldSession:
    """A session that was held: a line of `sessions.csv`."""

    on: date
    plan: str
    version: int
    people: int
    """Staff who took part."""
    carers: int = 0
    """Carers who led it or spoke in it."""
    stories: tuple[str, ...] = ()
    """Ids of the stories that its clips showed."""
    file: str = SESSIONS_FILE
    line: int = 0


@dataclass(frozen=True)
class BroughtForms:
    """Outcome of bringing a file in."""

    name: str
    forms: int
    new: int
    kept_as: Path | None
    """None where every form of it is here already."""


@dataclass(frozen=True)
class CollectedAnswers:
    """Every form and every held session, of a folder or of the library."""

    answers: CollectedForms
    sessions: tuple[HeldSession, ...]


def answers_folder(workspace: Workspace) -> Path:
    return workspace.feedback / "answers"


def sessions_file(workspace: Workspace) -> Path:
    return workspace.feedback / SESSIONS_FILE


def plans_by_id(workspace: Workspace) -> dict[str, TrainingPlan]:
    """Return every plan that can be read, by its id."""
    records = (read_plan(path).record for path in plan_files(workspace))
    return {plan.id: plan for plan in records if plan is not None}


def collect_answers(
    workspace: Workspace, files: Sequence[Path], plans: Mapping[str, PlanDetails]
) -> list[BroughtForms]:
    """Copy files of answers into the library, but for those whose forms are all here already.

    Every file is read before any is copied. Raises as `read_forms` does.
    """
    folder = answers_folder(workspace)
    here = sorted(folder.glob("*.csv"))
    for path in files:
        collect_forms([path], plans)
    brought = []
    for path in files:
        before = len(collect_forms(here, plans).forms)
        forms = collect_forms([path], plans).forms
        new = len(collect_forms([*here, path], plans).forms) - before
        kept_as = _keep(folder, path, {form.session for form in forms}) if new > 0 else None
        brought.append(BroughtForms(printable(path.name), len(forms), max(new, 0), kept_as))
        here += [kept_as] if kept_as else []
    return brought


def read_collected(
    workspace: Workspace, sources: Sequence[Path], plans: Mapping[str, PlanDetails]
) -> CollectedAnswers:
    """Return what lies in these files and folders, or in the library where none is named.

    Raises NotFound, DiskFailed, or BadInput naming file, line, column and what was expected.
    """
    paths = list(_paths_in(sources or [answers_folder(workspace)], is_named=bool(sources)))
    lists = [path for path in paths if path.name == SESSIONS_FILE]
    own = sessions_file(workspace)
    if own.exists() and not any(path.resolve() == own.resolve() for path in lists):
        lists.append(own)
    answers = collect_forms([path for path in paths if path.name != SESSIONS_FILE], plans)
    # A volunteer’s list may be a copy of ours: a line that is in both is one session.
    sessions: dict[tuple[object, ...], HeldSession] = {}
    for path in lists:
        counts: dict[tuple[object, ...], int] = {}
        for held in read_sessions(path):
            line = (held.on, held.plan, held.version, held.people, held.carers, held.stories)
            counts[line] = counts.get(line, 0) + 1
            sessions.setdefault((*line, counts[line]), held)
    ordered = sorted(sessions.values(), key=lambda held: (held.on, held.plan, held.line))
    return CollectedAnswers(answers, tuple(ordered))


def record_session(workspace: Workspace, held: HeldSession, *, another: bool = False) -> int:
    """Add a session to the list; return its line. Raises BadInput for one that is there."""
    path = sessions_file(workspace)
    known = read_sessions(path) if path.exists() else []
    for other in known:
        if (other.on, other.plan) == (held.on, held.plan) and not another:
            raise BadInput(
                f"A session of {held.plan} on {held.on} is recorded already, in line "
                f"{other.line} of {path.name}.",
                "If there was another one on that day, add --another.",
            )
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    for each in (*known, held):
        stories = " ".join(each.stories)
        writer.writerow([each.on, each.plan, each.version, each.people, each.carers, stories])
    with translate_disk_errors(path):
        make_folder(path.parent)
    write_atomic(path, text.getvalue().encode())
    return len(known) + 2


def read_sessions(path: Path) -> list[HeldSession]:
    """Return the sessions in a list. Raises NotFound, DiskFailed, BadInput naming line, column."""
    with translate_disk_errors(path, "read"):
        data = path.read_bytes()
    name = printable(path.name)
    try:
        text = data[: _MAX_BYTES + 1].decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError:
        raise BadInput(f"{name} is not UTF-8 text.", "Save it again as “CSV UTF-8”.") from None
    if len(data) > _MAX_BYTES:
        raise BadInput(f"{name} is larger than five megabytes.")
    delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    sessions = []
    try:
        heads = [head.strip().lower() for head in next(rows, [])]
        for column in ("session_on", "plan", "people"):
            if column not in heads:
                raise BadInput(f"{name}, line 1: there is no column “{column}”.", _EXPECTED)
        for row in rows:
            if any(cell.strip() for cell in row):
                cells = dict(zip(heads, (cell.strip() for cell in row), strict=False))
                sessions.append(_held(name, rows.line_num, cells))
    # A quotation mark that is not closed makes one cell of all that follows.
    except csv.Error:
        raise BadInput(
            f"{name}, line {rows.line_num}: a cell goes on without end. A quotation mark may lack.",
            _EXPECTED,
        ) from None
    return sessions


_EXPECTED = f"Its columns are: {', '.join(_COLUMNS)}."


def _held(file: str, line: int, cells: Mapping[str, str]) -> HeldSession:
    def number(column: str, usual: int, most: int) -> int:
        typed = cells.get(column, "")
        if not typed:
            return usual
        if not re.fullmatch(r"\d{1,4}", typed, re.ASCII) or int(typed) > most:
            raise BadInput(
                f"{file}, line {line}, {column}: “{printable(typed)[:40]}” is not a number up to "
                f"{most}.",
                "Mend that cell.",
            )
        return int(typed)

    try:
        on = date.fromisoformat(cells.get("session_on", ""))
    except ValueError:
        raise BadInput(
            f"{file}, line {line}, session_on: “{printable(cells.get('session_on', ''))[:40]}” is "
            "not a day such as 2026-11-23.",
            "Mend that cell.",
        ) from None
    stories = tuple(cells.get("stories", "").split())
    for story in stories:
        if not STORY_ID.match(story):
            raise BadInput(
                f"{file}, line {line}, stories: “{printable(story)[:40]}” is no story’s id.",
                "Mend that cell.",
            )
    return HeldSession(
        on=on,
        plan=cells.get("plan", ""),
        version=number("version", 1, 9999),
        people=number("people", 0, _MAX_PEOPLE),
        carers=number("carers", 0, _MAX_PEOPLE),
        stories=stories,
        file=file,
        line=line,
    )


def _paths_in(sources: Iterable[Path], *, is_named: bool) -> Iterable[Path]:
    for source in sources:
        if source.is_dir():
            files = sorted(path for path in source.rglob("*.csv") if path.is_file())
            if not files and is_named:
                raise NotFound(f"There is no CSV file in {source}.", "Name a folder of answers.")
            yield from files
        elif is_named:
            yield source


def neutral_name(form: FeedbackForm) -> str:
    """Return the name of a form’s file, without words that may be the name of a person."""
    if _NEUTRAL.fullmatch(form.file):
        return form.file
    kept = _KEPT_HASH.search(form.file)
    return f"answers-{kept[1] if kept else form.file_hash}.csv"


def _keep(folder: Path, path: Path, sessions: set[str]) -> Path:
    """Copy a file under the day of its session and eight letters of its hash.

    Its own name is often that of the person who sent it.
    """
    with translate_disk_errors(path, "read"):
        data = path.read_bytes()
    stem = (min(sessions) if len(sessions) == 1 else "") or "answers"
    destination = folder / f"{stem}-{hashlib.sha256(data).hexdigest()[:8]}.csv"
    with translate_disk_errors(destination):
        make_folder(folder)
    write_atomic(destination, data)
    return destination


def forms_in_words(count: int) -> str:
    return counted(count, "form")
