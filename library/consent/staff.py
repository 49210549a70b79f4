"""People who sign: real names in the private database, opaque ids in the log."""

from __future__ import annotations

import msgspec

from library.consent.private_records import private_store, read_private, tidied
from library.core.clock import now, today
from library.core.errors import BadInput, NotAllowed, NotFound
from library.core.workspace import Workspace
from library.records import audit_log
from library.records.audit_log import AuditEntry
from library.records.ledger import Ledger
from library.records.staff import StaffMember
from library.records.story import new_id

MAX_NAME_CHARACTERS = 200
_SEE = "See who is entered: carer-stories staff list"


def add_staff(workspace: Workspace, *, name: str, role: str) -> StaffMember:
    """Enter somebody who signs, or return who has that name already. Raises BadInput.

    The log learns the id, never the name.
    """
    name = tidied(name, "The name", MAX_NAME_CHARACTERS)
    if "\n" in name:
        raise BadInput("The name goes over one line.", "Write it on one line.")
    for known in staff(workspace):
        if known.name.casefold() == name.casefold() and not known.retired:
            return known
    record = StaffMember(id=new_id("me"), recorded=now(), name=name, role=role)
    # The log first: broken off in between, it names an id that nobody has, and never the reverse.
    with Ledger(workspace).update("staff-add", record.id, role):
        pass
    with private_store(workspace).update() as private:
        private.add(record)
    return record


def retire_staff(workspace: Workspace, staff_id: str) -> StaffMember:
    """Let somebody sign no more; what they signed still names them. Raises NotFound, BadInput."""
    before = require_retirable(workspace, staff_id)
    retired = msgspec.structs.replace(before, retired=today())
    with Ledger(workspace).update("staff-retire", staff_id, before.role):
        pass
    with private_store(workspace).update() as private:
        private.replace(retired)
    return retired


def staff(workspace: Workspace) -> tuple[StaffMember, ...]:
    """Return everybody who signs or did, oldest first. Raises Damaged, DiskFailed."""
    private = read_private(workspace)
    return tuple(private.all(StaffMember)) if private else ()


def require_retirable(workspace: Workspace, staff_id: str) -> StaffMember:
    """Return somebody who still signs. Raises NotFound, BadInput."""
    member = _get(workspace, staff_id)
    if member.retired:
        raise BadInput(f"{staff_id} may not sign since {member.retired}.")
    return member


def signed_by(workspace: Workspace, staff_id: str) -> tuple[StaffMember, tuple[AuditEntry, ...]]:
    """Return somebody and every line of the log they signed. Raises NotFound, Damaged."""
    member = _get(workspace, staff_id)
    entries = audit_log.entries(workspace.audit_log)
    return member, tuple(entry for entry in entries if entry.by == staff_id)


def require_may_sign(workspace: Workspace, staff_id: str) -> None:
    """Raise NotFound for an id that is nobody's, NotAllowed for one who signs no more."""
    member = _get(workspace, staff_id)
    if member.retired:
        raise NotAllowed(f"{staff_id} may not sign since {member.retired}.", _SEE)


def _get(workspace: Workspace, staff_id: str) -> StaffMember:
    member = next((member for member in staff(workspace) if member.id == staff_id), None)
    if member is None:
        raise NotFound(f"Nobody who signs has the id “{staff_id[:40]}”.", _SEE)
    return member
