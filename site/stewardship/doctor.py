"""What a person needs to know about this machine and workspace before they start."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from library.core.errors import CarerStoriesError
from library.core.workspace import Workspace

LITTLE_ROOM = 5 * 2**30
"""Bytes. An hour of interview is about 1.1 GB as recorded at 2.5 Mb/s, and is kept twice."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    well: bool
    what: str
    next_step: str = ""


def examine(workspace: Workspace | None, missing: CarerStoriesError | None) -> list[Finding]:
    """Every check, each on its own: one that fails never hides the next."""
    findings = [_guarded(_python), _guarded(_ffmpeg), _guarded(_whisper)]
    if workspace is None:
        what, step = (missing.what, missing.next_step) if missing else ("No workspace.", "")
        return [*findings, Finding(well=False, what=what, next_step=step)]
    checks = (
        _room,
        _elsewhere,
        _others,
        _settings,
        _model,
        _questions,
        _database,
        _log,
        _support,
        _pages,
        _past_date,
        _backups,
    )
    return [*findings, *(_guarded(check, workspace) for check in checks)]


def _guarded(check: Callable[..., Finding], *about: Workspace) -> Finding:
    try:
        return check(*about)
    except CarerStoriesError as error:
        return Finding(well=False, what=error.what, next_step=error.next_step)


def _python() -> Finding:
    return Finding(well=True, what=f"Python {sys.version.split()[0]}.")


def _ffmpeg() -> Finding:
    from capture.media import ffmpeg_version

    return Finding(well=True, what=f"ffmpeg {ffmpeg_version()}.")


def _whisper() -> Finding:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return Finding(well=True, what=f"openai-whisper {version('openai-whisper')}.")
    except PackageNotFoundError:
        return Finding(
            well=False,
            what="openai-whisper is not installed.",
            next_step="Install carer-stories again.",
        )


def _room(workspace: Workspace) -> Finding:
    from library.core.files import free_bytes

    free = free_bytes(workspace.root)
    room = f"{free / 2**30:.1f} GB free where the workspace lies."
    if free < LITTLE_ROOM:
        step = "An hour of interview needs about 3 GB. Free some space before recording."
        return Finding(well=False, what=f"Only {room}", next_step=step)
    return Finding(well=True, what=room)


def _elsewhere(workspace: Workspace) -> Finding:
    from library.core.cloud_folders import synced_by

    service = synced_by(workspace.root.resolve())
    if service:
        return Finding(
            well=False,
            what=f"The workspace seems to lie in a folder that {service} copies elsewhere.",
            next_step="Recordings would leave this computer, and what is erased here would stay "
            "there. Move the workspace, unless the trust’s information governance agreed to it.",
        )
    return Finding(well=True, what="No service that copies folders elsewhere was seen.")


def _others(workspace: Workspace) -> Finding:
    from stewardship.readable_by_others import open_to_others

    found = open_to_others(workspace)
    if found:
        first = found[0].relative_to(workspace.root)
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        return Finding(
            well=False,
            what=f"Other accounts of this computer may read {first}{more}.",
            next_step="Keep them out: chmod -R go-rwx interviews/stories interviews/private "
            "interviews/library.json* interviews/audit.jsonl*",
        )
    return Finding(well=True, what="No other account of this computer can read what was told.")


def _settings(workspace: Workspace) -> Finding:
    from library.core.settings import load_settings

    return Finding(
        well=True, what=f"Workspace {workspace.root}, of {load_settings(workspace).trust}."
    )


def _model(workspace: Workspace) -> Finding:
    from library.core.settings import load_settings
    from transcribe.engines.models import find

    name = load_settings(workspace).model
    found = find(name, workspace)
    if found is None:
        return Finding(
            well=False,
            what=f"The Whisper model “{name}” is not on this machine yet.",
            next_step="The first `transcribe` downloads it; without a network, bring its .pt file "
            "over and put it into interviews/models.",
        )
    return Finding(well=True, what=f"Whisper model “{name}”: {_short(found)}.")


def _short(path: Path) -> str:
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _questions(workspace: Workspace) -> Finding:
    from capture.questions.question_set import list_question_sets

    sets = list_question_sets(workspace)
    return Finding(well=True, what=f"Question sets: {', '.join(one.id for one in sets) or 'none'}.")


def _database(workspace: Workspace) -> Finding:
    from library.records.ledger import Ledger
    from library.records.story import Story

    count = len(Ledger(workspace).read().all(Story))
    return Finding(well=True, what=f"The database is whole: {count} stories.")


def _log(workspace: Workspace) -> Finding:
    from library.records.ledger import Ledger

    head = Ledger(workspace).verify()
    return Finding(well=True, what=f"The log's chain holds: {head}.")


def _support(workspace: Workspace) -> Finding:
    from library.core.clock import months_after, today
    from library.core.settings import load_settings

    lines = load_settings(workspace).support
    stale = [line.name for line in lines if months_after(line.checked, 6) < today()]
    if not lines:
        return Finding(
            well=False,
            what="No support lines are set: staff and contributors would see none.",
            next_step="Write them under `support` in interviews/settings.yml.",
        )
    if stale:
        return Finding(
            well=False,
            what=f"Not checked for over six months: {', '.join(stale)}.",
            next_step="Ring or open them, then change `checked` in interviews/settings.yml.",
        )
    return Finding(well=True, what=f"{len(lines)} support lines, checked in the last six months.")


def _pages(workspace: Workspace) -> Finding:
    from library.workspace_template import pages_beside_this_version

    lacking, other = pages_beside_this_version(workspace)
    if lacking:
        return Finding(
            well=False,
            what=f"The library was made by an earlier version and lacks {', '.join(lacking)}.",
            next_step="Copy them from a new workspace (carer-stories init DIR), and with them "
            f"what is not as in this version: {', '.join(other) or 'nothing'}.",
        )
    if other:
        return Finding(
            well=True,
            what=f"The pages have all they need. Not as in this version: {', '.join(other)}.",
        )
    return Finding(well=True, what="The pages’ design is that of this version.")


def _past_date(workspace: Workspace) -> Finding:
    from library.core.clock import today
    from stewardship.retention import past_date

    found = past_date(workspace, today())
    if found:
        return Finding(
            well=False,
            what=f"Past its date: {found[0].said}"
            if len(found) == 1
            else f"{len(found)} things are past their date, the worst: {found[0].said}",
            next_step="See what settles each: carer-stories retention",
        )
    return Finding(well=True, what="Nothing is past its date.")


def _backups(workspace: Workspace) -> Finding:
    from library.backup.not_backed_up import ADVICE, unsaved

    found = unsaved(workspace)
    return Finding(
        well=not found.overdue, what=found.said, next_step=ADVICE if found.overdue else ""
    )
