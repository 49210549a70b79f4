"""A delivery made again for whoever has an older one: the same thing, in the same form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from delivery.handover import Delivered, Order
from delivery.papers import deliver_documents, deliver_slides
from delivery.scorm.package import deliver_package
from library.consent.copies import copies_of, outdated_copies, require_open_copy
from library.consent.gate_input import history_of
from library.consent.stories import read_history
from library.core.audience import Audience
from library.core.clock import today
from library.core.errors import BadInput
from library.core.workspace import Workspace
from library.records.copies import Copy, CopyForm
from library.records.ledger import Ledger
from library.records.library_day import day_for_showing
from library.records.story import Story
from publish.reconciliation.compare import copies_refused

Maker = Callable[[Workspace, str, Audience, Order], Delivered]
MAKERS: Mapping[CopyForm, Maker] = {
    "scorm": deliver_package,
    "scorm-thin": deliver_package,
    "slides": deliver_slides,
    "word": deliver_documents,
}
"""Function that makes each form: of a story or session, for an audience."""


def outdated_deliveries(workspace: Workspace, story_id: str) -> tuple[Copy, ...]:
    """Return the copies that are out of date by a story and that nothing was made to replace yet.

    Likewise sessions that held the story and can go on without it. Oldest first. Raises NotFound
    for no story.
    """
    read_history(workspace, story_id)
    outdated = [each.copy for each in outdated_copies(workspace, story_id) if not each.replacement]
    snapshot = Ledger(workspace).read()
    histories = {story.id: history_of(snapshot, story.id) for story in snapshot.all(Story)}
    day = max(today(), day_for_showing(workspace))
    replaced = {copy.replaces for copy in copies_of(workspace)}
    without = [
        refused.copy
        for refused in copies_refused(workspace, snapshot, histories, day)
        if refused.is_renewable and story_id in refused.causes and refused.copy.id not in replaced
    ]
    copies = {copy.id: copy for copy in (*outdated, *without)}
    return tuple(sorted(copies.values(), key=lambda copy: copy.recorded))


def replace_delivery(
    workspace: Workspace, copy_id: str, folder: Path | None, role: str
) -> Delivered:
    """Make the delivery that is to take the place of an open copy, which stays out until settled.

    Raises NotFound for no copy, NotAllowed for one that is settled, BadInput for one that was not
    made by `deliver`, and what making one raises.
    """
    copy = require_open_copy(Ledger(workspace).read(), copy_id)
    maker = MAKERS.get(copy.form)
    if maker is None or not (copy.plan or len(copy.stories) == 1):
        raise BadInput(
            f"{copy_id} is no delivery for another system, so it is not made again here.",
            f"Make it as it was made, then: carer-stories copies settle {copy_id} --as replaced",
        )
    order = Order(copy.form, copy.to, folder, role, replaces=copy_id)
    audience = Audience.from_word(copy.audience)
    return maker(workspace, copy.plan or copy.stories[0], audience, order)
