"""Exports for the programs of archives and edit suites, each read by the standard’s own library and
by one program that is not ours."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import opentimelineio as otio
import pycmx
import pytest

from capture.media.timeline import Card, Shot, Timeline
from library.consent.copies import copies_of
from library.consent.register import complete_register
from library.consent.withdrawals import record_withdrawal
from library.core import struct_file
from library.core.workspace import Workspace
from library.records.cut import read_cut
from library.records.hidden_terms import HiddenTerm
from publish.leaks import line_readings
from stewardship.export import archive_exports
from tests.support.archive_exports import ARCHIVE, exported
from tests.support.command_line import ROOT, CommandResult
from tests.support.quick_stories import approve, released, remake_cut, sign_off
from tests.support.sample_media import agreed_story, video, wav
from transcribe.words import EditedTranscript, Redaction

Cli = Callable[..., CommandResult]
ADDRESS = "https://archive.example.org/stories/one"
PARSER = ROOT / "scripts/page_validator/node_modules/@iiif/parser"
# As Clover and other viewers are built on it: every part of a manifest in a store, by its type.
READ_BY_PARSER = """
const { normalize } = require(process.argv[1]);
const { entities } = normalize(JSON.parse(require("fs").readFileSync(0, "utf8")));
const all = (type) => Object.values(entities[type]);
const bodies = all("ContentResource");
const moments = (range) => range.items.filter((item) => item.selector);
console.log(JSON.stringify({
  canvases: all("Canvas").map((canvas) => canvas.duration),
  chapters: all("Range").flatMap((range) =>
    moments(range).map((item) => [range.label.en[0], item.selector.value])),
  texts: bodies.filter((body) => body.type === "TextualBody").map((body) => body.value),
  captions: bodies.filter((body) => body.format === "text/vtt").map((body) => body.id),
}));
"""
TIMELINE = Timeline(25, (Card("title", 50), Shot(5, 20), Shot(25, 40), Card("end", 30)), (6, 0, 8))


@pytest.fixture
def archive_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir()
    return folder


def _read_by_parser(manifest: Path) -> dict[str, list[Any]]:
    node = shutil.which("node")
    if node is None or not PARSER.is_dir():
        pytest.skip("The peer of IIIF is not installed. Next: make browsers")
    run = subprocess.run(
        [node, "-e", READ_BY_PARSER, str(PARSER)],
        input=manifest.read_bytes(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode()
    read: dict[str, list[Any]] = json.loads(run.stdout)
    return read


@pytest.mark.parametrize("title", ["One", "<b>A title that looks like HTML</b>"])
def test_a_iiif_manifest_is_read_by_its_library_and_by_a_viewers_parser(
    workspace: Workspace, run_cli: Cli, archive_folder: Path, title: str
) -> None:
    import iiif_prezi3  # a third of a second: here one worker of a run takes it, and not all

    story = released(workspace, title, archive="as-shown")
    arguments = (story, "--iiif", archive_folder, "--address", ADDRESS)
    folder = exported(run_cli, *arguments)
    manifest_file = folder / "manifest.json"
    manifest = iiif_prezi3.Manifest(**json.loads(manifest_file.read_bytes()))
    assert str(manifest.id) == f"{ADDRESS}/manifest.json"
    # Nothing is named that does not lie beside it.
    named = {
        word.removeprefix(f"{ADDRESS}/")
        for word in manifest_file.read_text().split('"')
        if word.startswith(ADDRESS) and word.rpartition(".")[2] in {"mp4", "jpg", "vtt", "json"}
    }
    assert named == {"manifest.json", "film.mp4", "poster.jpg", "captions.vtt"}
    lying = {path.name for path in folder.iterdir()}
    assert lying == named | {"manifest.sha256"}
    assert (folder / "film.mp4").read_bytes() == workspace.story(story).film.read_bytes()
    read = _read_by_parser(manifest_file)
    assert read == {
        "canvases": [1],
        "chapters": [["A question", "t=0,1"]],
        "texts": [f"Ruth: Nobody asked {title}."],
        "captions": [f"{ADDRESS}/captions.vtt"],
    }
    (copy,) = copies_of(workspace, story)
    assert (copy.to, copy.medium, copy.uncut) == (ARCHIVE, "archive", ())


def test_where_a_manifest_will_be_served_must_be_an_address(
    workspace: Workspace, run_cli: Cli, archive_folder: Path
) -> None:
    story = released(workspace, archive="as-shown")
    for address in ((), ("--address", "archive"), ("--address", "https://a.example/?story=1")):
        arguments = (story, "--iiif", archive_folder, *address, "--for", ARCHIVE, "--yes")
        result = run_cli("export", *arguments)
        assert (result.code, "--address https://" in result.err) == (2, True), result.err
    result = run_cli("export", story, "--otio", archive_folder, "--address", ADDRESS)
    assert (result.code, "--address goes with --iiif" in result.err) == (2, True)
    assert not list(archive_folder.iterdir())


def test_a_manifest_is_not_served_below_a_hidden_name(
    workspace: Workspace,
    run_cli: Cli,
    archive_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = released(workspace, archive="as-shown")
    terms = (
        HiddenTerm("Priya Kapoor", story, 1, True, False),
        HiddenTerm("Larkrise", story, 2, False, False),
    )
    monkeypatch.setattr(archive_exports, "hidden_terms", lambda _: terms)
    monkeypatch.setattr(line_readings, "hidden_terms", lambda *_, **__: terms)
    monkeypatch.setattr("publish.forbidden.hidden_terms", lambda *_, **__: terms)
    for path in ("a.example/priya-kapoor/", "priyakapoor.example", "a.example/L%61rkrise"):
        address = ("--address", f"https://{path}")
        result = run_cli("export", story, "--iiif", archive_folder, *address, "--for", "A", "--yes")
        assert (result.code, "The address holds a name" in result.err) == (4, True), result.err
    # Nor handed to somebody of that name, in whatever way.
    stick = ("--medium", "stick", "--audience", "training")
    for to, why in (
        ("Larkrise House", "is named with a name"),
        ("A-story.s reader", "holds the title of a story"),
    ):
        for command in (
            ("export", story, "--csv", archive_folder, "--for", to, "--yes"),
            ("export", "--all", archive_folder, "--for", to, "--yes"),
            ("copies", "add", story, *stick, "--to", to),
            ("site", "build", "--offline", archive_folder / "stick", "--for", to),
            ("deliver", story, "--docx", to),
        ):
            result = run_cli(*command)
            assert result.code == 4, result.err
            assert why in result.err or "The recipient holds a name" in result.err, result.err
            assert to not in result.err
    (named := tmp_path / "A story").mkdir()
    assert (
        "The folder holds the title" in run_cli("deliver", story, "--docx", "W", "--to", named).err
    )
    assert not list(archive_folder.iterdir())
    assert not copies_of(workspace)


@pytest.mark.parametrize("kind", ["--iiif", "--otio"])
def test_what_an_archive_may_not_keep_is_in_no_other_form_either(
    workspace: Workspace, run_cli: Cli, archive_folder: Path, kind: str
) -> None:
    withdrawn = released(workspace, "Taken back", archive="uncut")
    record_withdrawal(workspace, withdrawn, "contributor")
    address = ("--address", ADDRESS) if kind == "--iiif" else ()
    for story in (released(workspace, "For staff alone"), withdrawn):
        result = run_cli("export", story, kind, archive_folder, *address, "--for", "A", "--yes")
        assert result.code == 4
    assert not list(archive_folder.iterdir())


def _deposited(workspace: Workspace, run_cli: Cli, *recordings: Path, **hidden: Any) -> str:
    """A story whose recording an archive may keep, with `TIMELINE` as its film."""
    story = agreed_story(workspace)
    for number, recording in enumerate(recordings):
        more = ("--add",) if number else ()
        assert run_cli("capture", "import", story, *more, recording, "--yes").code == 0
    complete_register(workspace, story, role="editor")
    remake_cut(workspace, story, "Deposited")
    folder = workspace.story(story)
    cut = read_cut(folder.cut)
    assert cut is not None
    recipe = {"picture": "shown", "voice": "own", "reel": json.dumps(asdict(TIMELINE))}
    redactions = hidden.pop("redactions", ())
    struct_file.save(folder.cut, msgspec.structs.replace(cut, recipe=recipe | hidden))
    edited = EditedTranscript(
        story=story,
        transcript_sha256="",
        duration=2_000,
        turns=(),
        chapters=(),
        redactions=redactions,
    )
    struct_file.save(folder.edited, edited)
    sign_off(workspace, story, archive="uncut")
    approve(workspace, story)
    return story


def _clips(timeline: otio.schema.Timeline, kind: str) -> list[tuple[str, float, float]]:
    (track,) = [track for track in timeline.tracks if track.kind == kind]
    return [
        (
            clip.media_reference.target_url,
            clip.source_range.start_time.value,
            clip.source_range.duration.value,
        )
        for clip in track.find_clips()
    ]


def test_an_edit_of_the_recording_is_as_long_as_its_film_and_comes_back_as_a_list_of_cuts(
    workspace: Workspace, run_cli: Cli, archive_folder: Path
) -> None:
    story = _deposited(workspace, run_cli, video())
    path = exported(run_cli, story, "--otio", archive_folder)
    timeline = otio.adapters.read_from_file(str(path))
    assert isinstance(timeline, otio.schema.Timeline)
    for track in timeline.tracks:
        assert track.duration() == otio.opentime.RationalTime(TIMELINE.frames, TIMELINE.fps)
    shots = [("original/take-1.mp4", 5, 15), ("original/take-1.mp4", 25, 15)]
    assert _clips(timeline, "Video") == _clips(timeline, "Audio") == shots
    assert [marker.name for marker in timeline.tracks.markers] == ["A question"]
    pictures = otio.schema.Timeline("pictures")
    pictures.tracks.append(timeline.video_tracks()[0].deepcopy())
    edits = pycmx.parse_cmx3600(StringIO(otio.adapters.write_to_string(pictures, "cmx_3600")))
    (first, second) = [edit for event in edits.events for edit in event.edits]
    assert (first.source_in, first.source_out) == ("00:00:00:05", "00:00:00:20")
    assert (first.record_in, second.record_out) == ("00:00:01:19", "00:00:02:24")


def test_two_takes_are_two_clips_and_one_without_a_picture_is_heard_alone(
    workspace: Workspace, run_cli: Cli, archive_folder: Path
) -> None:
    story = _deposited(workspace, run_cli, video(), wav())
    folder = workspace.story(story)
    cut = read_cut(folder.cut)
    assert cut is not None
    over_both = json.dumps(asdict(Timeline(25, (Shot(40, 60),))))
    struct_file.save(
        folder.cut, msgspec.structs.replace(cut, recipe=cut.recipe | {"reel": over_both})
    )
    timeline = otio.adapters.read_from_file(str(exported(run_cli, story, "--otio", archive_folder)))
    assert _clips(timeline, "Video") == [("original/take-1.mp4", 40, 10)]
    assert _clips(timeline, "Audio") == [
        ("original/take-1.mp4", 40, 10),
        ("original/take-2.wav", 0, 10),
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        {"voice": "disguised"},
        {"picture": "blurred"},
        {"redactions": (Redaction(start=100, end=300, shown="[name]"),)},
    ],
)
def test_what_a_film_hides_is_not_to_be_heard_in_an_edit_suite(
    workspace: Workspace, run_cli: Cli, archive_folder: Path, hidden: dict[str, Any]
) -> None:
    story = _deposited(workspace, run_cli, video(), **hidden)
    path = exported(run_cli, story, "--otio", archive_folder)
    assert "original" not in path.read_text()
    timeline = otio.adapters.read_from_file(str(path))
    assert [clip[0] for clip in _clips(timeline, "Video")] == ["film/film.mp4"]
