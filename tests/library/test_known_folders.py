"""The table of `status` by folders it knows: as by reading all of them, though it reads only those
in which something changed."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from library.consent import known_folders
from library.consent.erasure import erase_files
from library.consent.withdrawals import record_withdrawal
from library.core import clock
from library.core.workspace import StoryFolder, Workspace
from library.records.transcript_state import ReviewCounts, fingerprint_of_copy
from tests.support.command_line import CommandResult
from tests.support.quick_stories import approve, filmed, released, remake_cut, sign_off

Cli = Callable[..., CommandResult]
COPY = b"Ruth: Nobody asked.\n"


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every file be older than a disk's times are coarse."""
    monkeypatch.setattr(known_folders, "_UNSETTLED_S", -1.0)


def transcribed(workspace: Workspace, title: str) -> str:
    """A released story with an editor's copy, a transcript and a manifest beside its film."""
    story_id = released(workspace, title)
    folder = workspace.story(story_id)
    folder.original.mkdir()
    folder.manifest.write_text('{"takes": [], "length": 0}')
    folder.transcript.write_text('{"engine": "whisper 1", "duration": 1000, "options": {}}')
    folder.edited.write_text('{"redactions": [], "reach": ""}')
    folder.editors_copy.write_bytes(COPY)
    counts = ReviewCounts(words=3, unsure=0, copy_fingerprint=fingerprint_of_copy(COPY))
    folder.review_counts.write_bytes(msgspec.json.encode(counts))
    return story_id


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the stories whose folders were read."""
    ids: list[str] = []
    really_read = known_folders.folder_facts

    def noted(folder: StoryFolder, *, hashing: bool = True) -> known_folders.FolderFacts:
        ids.append(folder.root.name)
        return really_read(folder, hashing=hashing)

    monkeypatch.setattr(known_folders, "folder_facts", noted)
    return ids


def require_as_if_all_were_read(workspace: Workspace, run_cli: Cli) -> None:
    by_known = [run_cli("status"), run_cli("status", "--json")]
    workspace.known_folders.unlink()
    assert [run_cli("status"), run_cli("status", "--json")] == by_known


def _with_other_bytes(path: Path) -> None:
    """Bytes of the same length, and the time of writing as it was before."""
    before = path.stat()
    path.write_bytes(bytes(255 - byte for byte in path.read_bytes()))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _put_elsewhere(path: Path) -> None:
    elsewhere = path.parent.parent.parent / "elsewhere.mp4"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


def _more(path: Path, key: str, value: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))


CHANGES: dict[str, Callable[[StoryFolder], object]] = {
    "film": lambda folder: _with_other_bytes(folder.film),
    "captions": lambda folder: _with_other_bytes(folder.captions),
    "film on another disk": lambda folder: _put_elsewhere(folder.film),
    "film lost": lambda folder: folder.film.unlink(),
    "cut lost": lambda folder: folder.cut.unlink(),
    "cut damaged": lambda folder: _with_other_bytes(folder.cut),
    "page": lambda folder: _more(folder.page, "content_note", "Speaks of a ward."),
    "old page": lambda folder: _more(folder.page, "kind", "audio"),
    "copy": lambda folder: folder.editors_copy.write_bytes(COPY.replace(b"Nobody", b"Somebod")),
    "copy lost": lambda folder: folder.editors_copy.unlink(),
    "counts": lambda folder: _more(folder.review_counts, "unsure", 4),
    "names": lambda folder: _more(folder.review_counts, "possible_names", 1),
    "another take": lambda folder: _more(folder.manifest, "length", 9000),
    "manifest lost": lambda folder: folder.manifest.unlink(),
    "transcript": lambda folder: _more(folder.transcript, "options", {"batch_size": 8}),
    "transcript lost": lambda folder: folder.transcript.unlink(),
    "edit lost": lambda folder: folder.edited.unlink(),
    "redactions": lambda folder: _more(folder.edited, "redactions", [{}]),
}


@pytest.mark.usefixtures("later")
def test_only_folders_that_changed_are_read_again(
    workspace: Workspace, run_cli: Cli, read: list[str]
) -> None:
    first, second = transcribed(workspace, "One"), transcribed(workspace, "Two")
    run_cli("status")
    assert sorted(read) == sorted([first, second])
    read.clear()
    run_cli("status")
    run_cli("status", "--json")
    assert read == []
    folder = workspace.story(second)
    random.Random(3).shuffle(order := list(CHANGES))
    for name in order:
        remake_cut(workspace, second, "Two")
        for path in (folder.manifest, folder.transcript, folder.edited, folder.review_counts):
            if not path.exists():
                path.write_text('{"duration": 1000, "words": 3, "unsure": 0}')
        folder.editors_copy.write_bytes(COPY)
        run_cli("status")
        read.clear()
        CHANGES[name](folder)
        by_known = run_cli("status", "--json")
        assert read == [second], name
        workspace.known_folders.unlink()
        assert run_cli("status", "--json") == by_known, name


@pytest.mark.usefixtures("later")
def test_target_of_a_link_is_looked_at(workspace: Workspace, run_cli: Cli) -> None:
    story_id = released(workspace)
    film = workspace.story(story_id).film
    _put_elsewhere(film)
    assert json.loads(run_cli("status", "--json").out)[0]["state"] == "released"
    _with_other_bytes(film.resolve())
    assert json.loads(run_cli("status", "--json").out)[0]["state"] != "released"
    require_as_if_all_were_read(workspace, run_cli)


@pytest.mark.usefixtures("later")
def test_records_and_the_day_count_at_once(
    workspace: Workspace, run_cli: Cli, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [released(workspace, "One"), released(workspace, "Two"), filmed(workspace, "Three")]
    assert run_cli("status").out.count("released") == 2
    read.clear()
    record_withdrawal(workspace, ids[0], asked_by="contributor")
    sign_off(workspace, ids[2])
    approve(workspace, ids[2])
    states = [story["state"] for story in json.loads(run_cli("status", "--json").out)]
    assert states == ["withdrawn", "released", "released"]
    day = clock.today() + timedelta(days=2000)
    monkeypatch.setattr(clock, "today", lambda: day)
    states = [story["state"] for story in json.loads(run_cli("status", "--json").out)]
    assert states == ["withdrawn", "expired", "expired"]
    assert read == []


def test_a_folder_that_was_changed_just_now_is_read_again(
    workspace: Workspace, run_cli: Cli, read: list[str]
) -> None:
    """Another change may show the same time on a disk that counts by twos."""
    story_id = released(workspace)
    run_cli("status")
    run_cli("status")
    assert read == [story_id, story_id]


@pytest.mark.usefixtures("later")
def test_one_story_is_always_read(workspace: Workspace, run_cli: Cli, read: list[str]) -> None:
    story_id = released(workspace)
    run_cli("status")
    read.clear()
    folder = workspace.known_folders
    known = folder.read_bytes()
    # As it would be after a byte of the film was lost on the disk, which changes no time.
    folder.write_bytes(known.replace(b'"changed_files":[]', b'"changed_files":["film.mp4"]'))
    assert "film.mp4" not in run_cli("status", story_id).out


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("content", [b"", b"{", b'{"readers": 3}', b'{"facts": {"a": {}}}'])
def test_what_is_kept_may_be_anything(workspace: Workspace, run_cli: Cli, content: bytes) -> None:
    released(workspace)
    whole = run_cli("status").out
    workspace.known_folders.write_bytes(content)
    assert run_cli("status").out == whole


@pytest.mark.usefixtures("later")
def test_another_version_reads_again(
    workspace: Workspace, run_cli: Cli, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    released(workspace)
    run_cli("status")
    read.clear()
    monkeypatch.setattr(known_folders, "_READERS", (msgspec,))
    run_cli("status")
    assert len(read) == 1


@pytest.mark.usefixtures("later")
def test_it_names_no_story_and_goes_with_an_erased_one(workspace: Workspace, run_cli: Cli) -> None:
    story_id = released(workspace, "The night")
    run_cli("status")
    content = workspace.known_folders.read_bytes()
    assert story_id.encode() not in content
    assert b"night" not in content
    assert workspace.known_folders.stat().st_mode & 0o077 == 0
    erase_files(workspace, story_id)
    assert not workspace.known_folders.exists()


@pytest.mark.usefixtures("later")
def test_status_says_the_same_where_nothing_can_be_kept(workspace: Workspace, run_cli: Cli) -> None:
    released(workspace)
    workspace.known_folders.mkdir()
    result = run_cli("status")
    assert result.code == 0
    assert result.err == ""
    assert "released" in result.out
