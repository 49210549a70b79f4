"""An archive that is handed stories, and the export to it as an editor runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.support.command_line import CommandResult

ARCHIVE = "County archive, digital preservation"


def exported(run_cli: Callable[..., CommandResult], *arguments: str | Path) -> Path:
    """Export to the archive without questions; return the place of what was written."""
    result = run_cli("export", *arguments, "--for", ARCHIVE, "--yes", "--json")
    assert result.code == 0, result.err
    return Path(json.loads(result.out)["place"])
