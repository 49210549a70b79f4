"""Slides and Word documents of what is released: made, searched for leaks, and handed over.

They are searched as the site is, by what every byte of them says: Office’s files are opened.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from delivery.handover import Delivered, Order, hand_over
from delivery.material import Material, released_material
from delivery.office import CopyWords
from delivery.slides import slides_of
from delivery.word import documents_of, transcript_of
from library.core.audience import Audience
from library.core.errors import BadInput
from library.core.files import make_folder, translate_disk_errors, write_atomic
from library.core.workspace import Workspace
from publish.build import leak_rules
from publish.forbidden import forbidden_content
from publish.leaks.scan import check_leaks


def deliver_slides(
    workspace: Workspace, source: str, audience: Audience, order: Order
) -> Delivered:
    """Hand over a training session as slides. Raises BadInput for a story, and as `hand_over`."""
    with released_material(workspace, source, audience) as material:
        plan = material.plan
        if plan is None:
            raise BadInput(
                f"{source} is a story: slides are made of a training session.",
                "Make one around it: carer-stories training new; or its words: --docx",
            )
        return _hand_over(
            workspace, material, order, ".pptx", lambda words: slides_of(material, plan, words)
        )


def deliver_documents(
    workspace: Workspace, source: str, audience: Audience, order: Order
) -> Delivered:
    """Hand over a session’s papers, or a story’s transcript, for Word. Raises as `hand_over`."""
    with released_material(workspace, source, audience) as material:
        plan = material.plan
        if plan is None:
            return _hand_over(
                workspace, material, order, ".docx", lambda words: transcript_of(material, words)
            )
        return _hand_over(
            workspace, material, order, ".zip", lambda words: documents_of(material, plan, words)
        )


def _hand_over(
    workspace: Workspace,
    material: Material,
    order: Order,
    suffix: str,
    make: Callable[[CopyWords], bytes],
) -> Delivered:
    def write(number: str, path: Path) -> None:
        trust = material.edition.library.trust
        data = make(CopyWords(number, order.recipient, material.until, trust))
        _require_no_leak(workspace, material, f"{material.source}{suffix}", data)
        with translate_disk_errors(path):
            path.write_bytes(data)

    return hand_over(workspace, material, order, suffix, write)


def _require_no_leak(workspace: Workspace, material: Material, name: str, data: bytes) -> None:
    """Search what was made, beside the edition it was made from. Raises NotAllowed."""
    made = material.bundle.folder / "made"
    # Below its story’s folder: the names that are hidden in that story alone are looked for there.
    place = made if material.plan else made / "stories" / material.source
    with translate_disk_errors(place):
        make_folder(place)
    write_atomic(place / name, data)
    hidden = forbidden_content(workspace, set(material.cuts))
    check_leaks(made, leak_rules(workspace, material.bundle, hidden))
