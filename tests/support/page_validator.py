"""The standard’s own validator of HTML (vnu), asked once about many pages.

It needs Java, and is installed by `make browsers` (scripts/bootstrap.py) where npm is.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support.command_line import ROOT

PROGRAM = ROOT / "scripts/page_validator/node_modules/vnu-jar/build/dist/vnu.jar"
# It runs for a second: compiling its code well would take longer than it saves. The schema of HTML
# is evaluated by a deep recursion, which needs more than Java’s usual stack.
_JAVA = ("-Xss8m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto")


def validator_faults(pages: Iterable[Path]) -> list[str]:
    """Return what the validator calls an error: page, line and sentence.

    Without Java or the validator the test is skipped; both can be installed.
    """
    java = shutil.which("java")
    if java is None or not PROGRAM.is_file():
        lack = "Java" if java is None else "The validator (vnu)"
        pytest.skip(f"{lack} is not installed, so pages were not validated. Next: make browsers")
    command = [java, *_JAVA, "-jar", str(PROGRAM), "--errors-only", "--format", "json", "--stdout"]
    files = sorted(map(str, pages))
    assert files
    run = subprocess.run(
        [*command, *files], capture_output=True, text=True, timeout=300, check=False
    )
    assert run.stderr == ""
    return [
        f"{message['url']}: line {message.get('lastLine')}: {message['message']}"
        for message in json.loads(run.stdout)["messages"]
    ]
