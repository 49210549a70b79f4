"""Both distributions of the same code: what each asks for, and that nothing else differs."""

from __future__ import annotations

import base64
import csv
import hashlib
import zipfile
from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import hatchling.build
import pytest
from packaging.requirements import Requirement

from scripts.wheels import FULL, LIGHT, light_metadata, lighten
from tests.support.command_line import ROOT


@pytest.fixture
def full_metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(ROOT)
    folder = hatchling.build.prepare_metadata_for_build_wheel(str(tmp_path))
    return (tmp_path / folder / "METADATA").read_text(encoding="utf-8")


def as_installed(metadata: str, at: Path) -> Distribution:
    at.mkdir()
    (at / "METADATA").write_text(metadata, encoding="utf-8")
    return PathDistribution(at)


def needs(distribution: Distribution, extra: str = "") -> set[str]:
    required = map(Requirement, distribution.requires or ())
    return {
        line.name
        for line in required
        if (line.marker is None) == (not extra)
        and (line.marker is None or line.marker.evaluate({"extra": extra}))
    }


def test_the_two_differ_in_their_name_and_in_openai_whisper(
    full_metadata: str, tmp_path: Path
) -> None:
    full = as_installed(full_metadata, tmp_path / "full")
    light = as_installed(light_metadata(full_metadata), tmp_path / "light")
    assert (full.metadata["Name"], light.metadata["Name"]) == (FULL, LIGHT)
    assert full.version == light.version
    assert needs(full) - needs(light) == {"openai-whisper"}
    assert needs(light) < needs(full)
    assert "faster-whisper" in needs(light)
    extras = {*full.metadata.get_all("Provides-Extra", ())} - {"dev"}
    assert extras == {*light.metadata.get_all("Provides-Extra", ())} == {
        "cluster", "entities", "fast"
    }  # fmt: skip
    assert all(needs(light, extra) == needs(full, extra) for extra in extras)
    for of_both in ("Summary", "License-Expression", "Requires-Python"):
        assert light.metadata[of_both] == full.metadata[of_both]
    assert light_metadata(full_metadata).endswith(full_metadata.partition("\n\n")[2])


def test_every_other_file_is_the_same_and_the_record_is_right(
    full_metadata: str, tmp_path: Path
) -> None:
    wheel = tmp_path / "carer_stories-0.1.0-py3-none-any.whl"
    own = "carer_stories-0.1.0.dist-info/"
    files = {
        "carer_stories.py": b"x = 1\n",
        "library/a file, with a comma.txt": "ü".encode(),
        f"{own}METADATA": full_metadata.encode(),
        f"{own}entry_points.txt": b"[console_scripts]\ncarer-stories = carer_stories:main\n",
        f"{own}RECORD": b"",
    }
    with zipfile.ZipFile(wheel, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    light = lighten(wheel)
    assert light.name == "carer_stories_light-0.1.0-py3-none-any.whl"
    renamed = {
        name.replace(own, "carer_stories_light-0.1.0.dist-info/"): content
        for name, content in files.items()
    }
    with zipfile.ZipFile(light) as packed:
        assert packed.testzip() is None
        contents = {name: packed.read(name) for name in packed.namelist()}
    assert contents.keys() == renamed.keys()
    changed = {name.rpartition("/")[2] for name in renamed if contents[name] != renamed[name]}
    assert changed == {"METADATA", "RECORD"}
    (record,) = (name for name in contents if name.endswith("/RECORD"))
    rows = list(csv.reader(contents[record].decode().splitlines()))
    assert {row[0] for row in rows} == contents.keys()
    for name, digest, size in rows:
        if name == record:
            assert (digest, size) == ("", "")
            continue
        sha256 = hashlib.sha256(contents[name]).digest()
        assert digest == f"sha256={base64.urlsafe_b64encode(sha256).decode().rstrip('=')}"
        assert int(size) == len(contents[name])
