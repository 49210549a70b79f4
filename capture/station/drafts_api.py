"""Calls about what was typed into a page and is not saved yet, so that a reload does not lose it.

It is in memory alone, and gone with the station: names and contacts among it are on no disk before
somebody has said that they may be.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from flask import Blueprint, Response, request

from library.local_page.responses import decode_body, json_response

_MAX_TABS = 20
"""Tabs whose drafts are kept: of more, the one that was longest without a change is let go."""
_TabName = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9-]{1,40}\Z")]


class DraftsRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    tab: _TabName
    """The name of the tab, which outlives a reload of its page."""
    drafts: dict[str, dict[str, str | bool]]
    """For each part of a page what is in its fields."""


def draft_calls() -> Blueprint:
    calls = Blueprint("drafts", __name__, url_prefix="/api")
    kept: dict[str, dict[str, dict[str, str | bool]]] = {}

    @calls.get("/drafts")
    def drafts() -> Response:
        return json_response({"drafts": kept.get(request.args.get("tab", ""), {})})

    @calls.post("/drafts")
    def keep() -> Response:
        sent = decode_body(DraftsRequest)
        kept.pop(sent.tab, None)
        if sent.drafts:
            kept[sent.tab] = sent.drafts
        # Requests come in several threads: one of them may have let it go already.
        while len(kept) > _MAX_TABS:
            kept.pop(next(iter(kept)), None)
        return json_response({})

    return calls
