"""The address of a page's server, kept in the workspace: it stays there after a kill."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec

from library.core import struct_file
from library.core.errors import Busy, CarerStoriesError
from library.local_page.definition import LocalPage
from library.local_page.guard import HOST
from library.local_page.proof import fallback_ports
from library.local_page.windows import MAX_RUNS, FormerRun, KnownWindow

_RESUMABLE_FOR = timedelta(hours=24)
"""Time after the start of a killed server in which its page may go on."""


class PageAddress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The address of a run, with what its windows need to come back after a kill."""

    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)]
    token: Annotated[str, msgspec.Meta(min_length=32)]
    """The secret of one run. A shorter one, edited by hand, would be easy to guess."""
    started: Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    windows: tuple[KnownWindow, ...] = ()
    """The windows of this run, which can come back after a kill."""
    former: tuple[FormerRun, ...] = ()
    """The runs before it that were killed: their windows can come back as well."""

    def __repr__(self) -> str:
        """Return it without the token: an error may quote it, in a traceback or a log."""
        return f"PageAddress(port={self.port}, started={self.started!r})"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/"

    @property
    def link(self) -> str:
        """The address with the token. Browsers send the part behind # to no server."""
        return self.link_to("")

    def link_to(self, place: str) -> str:
        """Return the link that opens the page at a place of it, by its name there."""
        return f"{self.url}#{self.token}" + (f"/{place}" if place else "")


class PageOpenAlready(Busy):
    """Another process serves this page of this library."""

    def __init__(self, page: LocalPage, address: PageAddress | None) -> None:
        where = f" at {address.url}" if address else ""
        super().__init__(
            f"The {page.title} of this library is open already{where}.",
            "Use the window that it opened, or end it there before you start another.",
        )
        self.page, self.address = page, address


def previous_address(path: Path) -> PageAddress | None:
    """Return the address of a run that was killed in the last day, or that still goes on."""
    address = struct_file.load_if_readable(path, PageAddress)
    with contextlib.suppress(ValueError):
        if address and datetime.now(UTC) - datetime.fromisoformat(address.started) < _RESUMABLE_FOR:
            return address
    return None


def former_runs(previous: PageAddress | None) -> tuple[FormerRun, ...]:
    """Return the killed runs whose windows may still be open, the last one at the end."""
    if previous is None:
        return ()
    last = FormerRun(
        port=previous.port, fallback_ports=fallback_ports(previous.token), windows=previous.windows
    )
    return (*(run for run in previous.former if run.windows), last)[-MAX_RUNS:]


def save_windows(path: Path, address: PageAddress, own: tuple[KnownWindow, ...]) -> None:
    """Write down the windows of this run, where the disk lets us."""
    # On a full disk the window is answered all the same: it only cannot come back after a kill.
    with contextlib.suppress(CarerStoriesError, OSError):
        struct_file.save(path, msgspec.structs.replace(address, windows=own))
