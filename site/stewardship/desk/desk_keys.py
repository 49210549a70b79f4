"""Keys that somebody set for the desk's actions, such as those of a foot pedal.

They are kept with the library: a browser would keep them for one port, and the desk has another at
each start.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from flask import Blueprint, Response
from msgspec import Meta

from library.core import struct_file
from library.core.workspace import Workspace
from library.local_page.responses import decode_body, json_response

_Action = Annotated[str, Meta(max_length=40)]
_Key = Annotated[str, Meta(max_length=80)]


class DeskKeys(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The key of each action that has another than at first; "" for none."""

    keys: Annotated[dict[_Action, _Key], Meta(max_length=100)] = msgspec.field(default_factory=dict)


def read_keys(workspace: Workspace) -> DeskKeys:
    """Return what was set; nothing where the file cannot be read, as no decision rests on it."""
    return struct_file.load_if_readable(workspace.desk_keys, DeskKeys) or DeskKeys()


def key_calls(workspace: Workspace) -> Blueprint:
    """Return the calls that read and keep the keys."""
    calls = Blueprint("keys", __name__, url_prefix="/api/keys")

    @calls.get("")
    def keys() -> Response:
        return json_response({"keys": read_keys(workspace).keys})

    @calls.post("")
    def keep() -> Response:
        sent = decode_body(DeskKeys)
        struct_file.save(workspace.desk_keys, sent)
        return json_response({"keys": sent.keys})

    return calls
