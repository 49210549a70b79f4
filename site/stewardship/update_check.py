"""The newest release, as a file says it that somebody named: nobody else is ever asked."""

from __future__ import annotations

import http.client
import re
import urllib.request
from datetime import date
from pathlib import Path

import msgspec
from packaging.version import InvalidVersion, Version

from library.core.errors import BadInput, Damaged, NotFound, ToolFailed
from library.core.files import expanded, translate_disk_errors
from library.core.struct_file import UNDECODABLE

_MAX_BYTES = 64_000
_PATIENCE_S = 20
# A number as releases have it, with what PEP 440 lets stand behind one: `.dev3`, `rc1`, `.post1`.
_VERSION = re.compile(
    r"\d{1,6}(\.\d{1,6}){1,3}((a|b|rc)\d{1,6})?(\.post\d{1,6})?(\.dev\d{1,6})?\Z", re.ASCII
)
_NEXT_STEP = "Take the latest.json of a release as it was published."


class PublishedRelease(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a release's `latest.json`. Fields that a later version added are ignored."""

    version: str
    day: date

    def is_newer_than(self, version: str) -> bool:
        """Return whether this is a later version, as PEP 440 orders them.

        So 0.2.0.dev1 is before 0.2.0rc1, that before 0.2.0, and that before 0.2.0.post1. False
        where the other version is not known.
        """
        try:
            return Version(self.version) > Version(version)
        except InvalidVersion:
            return False


def newest_release(source: str) -> PublishedRelease:
    """Return what a file or https address says. Raises NotFound, BadInput, ToolFailed, Damaged."""
    data = _fetched(source) if "://" in source else _read(expanded(source))
    return decode_release(data, source)


def decode_release(data: bytes, name: str) -> PublishedRelease:
    """Return the release that the bytes of a file describe. Raises Damaged."""
    if not data.strip():
        raise Damaged(f"{name} is empty.", _NEXT_STEP)
    try:
        release = msgspec.json.decode(data, type=PublishedRelease)
    except UNDECODABLE:
        raise _no_release(name) from None
    if not _VERSION.match(release.version):
        raise _no_release(name)
    return release


def _no_release(name: str) -> Damaged:
    return Damaged(
        f"{name} does not say which release is the newest: a version such as 0.2.0, and the day it "
        "was published on, such as 2027-01-31.",
        _NEXT_STEP,
    )


def _read(path: Path) -> bytes:
    if path.is_dir():
        raise BadInput(f"{path} is a folder.", "Name the file latest.json in it.")
    if not path.is_file():
        raise NotFound(
            f"There is no file {path}.",
            "Name the latest.json of a release, as a file or an https address.",
        )
    with translate_disk_errors(path, "read"), path.open("rb") as file:
        return file.read(_MAX_BYTES)


def _fetched(address: str) -> bytes:
    _require_https(address)
    try:
        with urllib.request.urlopen(address, timeout=_PATIENCE_S) as answer:  # noqa: S310
            # It may have been sent on, to an address that is none.
            _require_https(answer.geturl())
            data: bytes = answer.read(_MAX_BYTES)
            return data
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise ToolFailed(
            f"{address} could not be asked ({getattr(reason, 'strerror', None) or reason}).",
            "Whether there is a newer version is not known. Try again later.",
        ) from error


def _require_https(address: str) -> None:
    # Over anything else, whoever is on the way could say that all is up to date.
    if not address.startswith("https://"):
        raise BadInput(f"{address} is not an https address.", "Name a file, or one with https://.")
