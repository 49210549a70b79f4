"""Write settings into `interviews/settings.yml`, leaving every other line of it as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec

from library.core.errors import BadInput
from library.core.files import write_atomic
from library.core.settings import Settings, load_settings
from library.core.workspace import Workspace
from library.core.yaml_document import dump_yaml, parse_yaml


def write_settings(workspace: Workspace, values: Mapping[str, str | Sequence[object]]) -> Settings:
    """Set fields of the settings, each in place of its line; return them all.

    Comments and other lines stay. Raises BadInput for a value that cannot be kept, and where the
    file is written in a way in which nothing can be put in place; nothing is changed then.
    """
    before = load_settings(workspace)
    path = workspace.settings
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    for name, value in values.items():
        text = _with_field(text, name, value)
    expected = msgspec.structs.replace(before, **{**values})
    file = parse_yaml(text.encode(), path, Settings, fields=Settings.__struct_fields__)
    if file.record != expected:
        raise BadInput(
            "interviews/settings.yml is written in a way that cannot be added to.",
            f"Write these into it yourself: {', '.join(values)}.",
        )
    write_atomic(path, text.encode())
    return expected


def _with_field(text: str, name: str, value: str | Sequence[object]) -> str:
    lines = text.splitlines(keepends=True)
    start = next((at for at, line in enumerate(lines) if re.match(rf"{name}\s*:", line)), None)
    new = _as_yaml(name, value)
    if start is None:
        return text + ("" if not text or text.endswith("\n") else "\n") + new
    end = start + 1
    # The rest of a value on several lines; a list may stand at the left edge.
    while end < len(lines) and re.match(r"\s+\S|-(\s|$)", lines[end]):
        end += 1
    return "".join([*lines[:start], new, *lines[end:]])


def _as_yaml(name: str, value: str | Sequence[object]) -> str:
    plain = msgspec.to_builtins(value)
    if isinstance(plain, str):
        # On one line and quoted where it has to be; `width` keeps it from being folded.
        return dump_yaml({name: plain}, width=10**6)
    rows = [{key: text for key, text in row.items() if text != ""} for row in plain]
    return dump_yaml({name: rows}, width=10**6)
