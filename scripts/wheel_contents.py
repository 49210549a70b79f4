"""Add to the wheel, besides the packages: the command line's root and a workspace's template.

A hook and not a table in pyproject.toml, because hatchling would copy a table's files into an
editable install too, where stale copies would stand before the working tree.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TEMPLATE = (
    "mkdocs.yml",
    "site/hook.py",
    "site/content",
    "site/overrides",
    "site/assets",
    "interviews/settings.yml",
    "interviews/glossary.yml",
    "interviews/themes.yml",
    "interviews/search-words.yml",
    "interviews/questions",
    "interviews/forms",
    "interviews/training",
    "interviews/demo",
    # The handbooks, which commands name.
    "docs",
)


class WheelContents(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the files to a real wheel only."""

    PLUGIN_NAME = "custom"
    _site: TemporaryDirectory[str] | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling with `standard` or `editable`."""
        if version == "editable":
            return
        template = {part: f"library/template_files/{part}" for part in TEMPLATE}
        build_data["force_include"].update({"carer_stories.py": "carer_stories.py", **template})
        # Their text has to do where a wheel is built apart from what the project works with.
        if importlib.util.find_spec("mkdocs"):
            self._site = TemporaryDirectory()
            command = (sys.executable, "-m", "mkdocs", "build", "--quiet", "--config-file")
            settings = Path(self.root) / "handbooks.yml"
            subprocess.run(
                (*command, settings, "--site-dir", self._site.name),
                check=True,
                env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
            )
            build_data["force_include"][self._site.name] = "library/handbooks"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Called by hatchling once the wheel is written."""
        if self._site:
            self._site.cleanup()
