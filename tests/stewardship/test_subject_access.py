"""The export for a contributor of all that is held about them: whole, private, and logged."""

from __future__ import annotations

import errno
import hashlib
import json
import re
import shutil
import stat
import zipfile
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.consent.contributors import record_contributor
from library.consent.copies import record_copy
from library.consent.decisions import record_agreement
from library.consent.erasure import erase_files
from library.consent.register import add_person, complete_register
from library.consent.stories import change_story, start_story
from library.consent.withdrawals import record_withdrawal
from library.core import clock, struct_file
from library.core.templating import encoded
from library.core.workspace import Workspace
from library.records import audit_log
from library.records.consent import Described, PictureShown, VoiceHeard
from stewardship.export import plain_english
from tests.faults import FaultySystem, count_changes, disk, refuse_with
from tests.support.command_line import CommandResult
from tests.support.quick_stories import approve, released
from tests.support.sample_media import wav
from tests.support.workspaces import leave_blank

Cli = Callable[..., CommandResult]
WILD = '"><script src=x></script><!-- {{ 7*7 }} </title>'


def _exported(run_cli: Cli, story_id: str, *options: str | Path) -> Path:
    result = run_cli("export", story_id, "--subject-access", "--json", *options)
    assert result.code == 0, result.err
    return Path(json.loads(result.out)["place"])


def _text(folder: Path) -> str:
    html = (folder / "index.html").read_text(encoding="utf-8")
    return unescape(re.sub(r"<[^>]*>", "", html))


@pytest.fixture
def full_story(workspace: Workspace, run_cli: Cli, tmp_path: Path) -> str:
    """A released story of a person who is known, with somebody in it and a copy handed out."""
    story_id = released(workspace, "Nobody asked me")
    record_contributor(
        workspace, story_id, name="Ruth Example", contact="0161 496 0000", role="editor"
    )
    add_person(
        workspace,
        story_id,
        relation="her son",
        about="his illness",
        decided="agreed",
        role="editor",
    )
    complete_register(workspace, story_id, role="editor")
    approve(workspace, story_id)
    record_copy(
        workspace,
        [story_id],
        medium="stick",
        audience="trust",
        to="the school of nursing",
        on=clock.today(),
        role="editor",
    )
    assert run_cli("site", "build", "--audience", "trust").code == 0
    return story_id


def test_it_holds_everything_and_says_it_plainly(
    workspace: Workspace, run_cli: Cli, full_story: str
) -> None:
    leave_blank(workspace)
    folder = _exported(run_cli, full_story)
    assert folder.parent == workspace.exports
    assert folder.name == f"{full_story}-{clock.today()}"
    text = _text(folder)
    for words in (
        "Ruth Example",
        "0161 496 0000",
        "Nobody asked me",
        "her son",
        "his illness",
        "they agreed to be in it",
        "the school of nursing",
        "For all staff of this trust (“trust”)",
        "your own voice, by which people may know you",
        "Your sign-off of the film was recorded",
        "Information Commissioner’s Office",
        "to take back your permission at any time",
        "the trust has not filled this in",
        "It was in the library that staff see when that was made, once",
    ):
        assert words in text, words
    data = json.loads((folder / "everything.json").read_text())
    assert data["contributor"]["name"] == "Ruth Example"
    (story,) = data["stories"]
    assert story["releases"][0]["audience"] == "trust"
    assert story["people"][0]["relation"] == "her son"
    assert story["log"][0]["action"] == "story-new"
    for name in ("audio.m4a", "captions.vtt", "page.json", "cut.json"):
        source = workspace.story(full_story).root / name
        assert (folder / full_story / name).read_bytes() == source.read_bytes()


def test_the_manifest_names_every_file(run_cli: Cli, full_story: str) -> None:
    folder = _exported(run_cli, full_story)
    lines = (folder / "manifest.sha256").read_text().splitlines()
    recorded_hashes = dict(reversed(line.split("  ", 1)) for line in lines)
    actual_hashes = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.sha256"
    }
    assert recorded_hashes == actual_hashes


def test_only_its_owner_may_read_it_and_it_is_logged(
    workspace: Workspace, run_cli: Cli, full_story: str
) -> None:
    folder = _exported(run_cli, full_story)
    for path in (workspace.exports, folder, folder / full_story, *folder.rglob("*")):
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path
    *_, line = audit_log.entries(workspace.audit_log)
    assert (line.action, line.subject, line.role) == ("subject-access", full_story, "editor")
    assert b"Ruth" not in workspace.audit_log.read_bytes()
    assert run_cli("verify").code == 0


def test_it_asks_no_other_place_and_runs_nothing(run_cli: Cli, full_story: str) -> None:
    html = (_exported(run_cli, full_story) / "index.html").read_text(encoding="utf-8")
    assert "<script" not in html
    for address in re.findall(r'(?:src|href|poster)="([^"]*)"', html):
        assert re.match(r"#|cs-", address), address
    assert "default-src 'none'" in unescape(html)


def test_words_of_people_stay_words(workspace: Workspace, run_cli: Cli) -> None:
    story_id = released(workspace)
    change_story(workspace, story_id, {"summary": WILD, "contributor": WILD})
    record_contributor(workspace, story_id, name=WILD, contact="\u202ex", role="editor")
    add_person(workspace, story_id, relation=WILD[:60], about=WILD, decided="agreed", role="editor")
    workspace.story(story_id).editors_copy.write_text(f"Ruth: {WILD}\n\n~~</details>~~")
    folder = _exported(run_cli, story_id)
    html = (folder / "index.html").read_text(encoding="utf-8")
    assert "<script" not in html
    assert "\u202e" not in html
    assert html.count("<title>") == html.count("</title>") == 1
    assert html.count("<details>") == html.count("</details>")
    assert WILD in _text(folder)


@given(st.text())
def test_any_text_is_shown_as_it_is(words: str) -> None:
    escaped = encoded(words)
    assert not re.search(r"[<>\"']", escaped)
    assert "\u202e" not in escaped


def test_without_the_word_it_refuses_in_a_sentence(
    workspace: Workspace, run_cli: Cli, full_story: str
) -> None:
    result = run_cli("export", full_story)
    assert result.code == 2
    assert f"carer-stories export {full_story} --subject-access" in result.err
    assert not workspace.exports.exists()


def test_other_stories_of_the_same_person(
    workspace: Workspace, run_cli: Cli, full_story: str
) -> None:
    other = released(workspace, "A second one")
    record_contributor(workspace, other, same_as=full_story, role="editor")
    other_person = released(workspace, "Of somebody else")
    result = run_cli("export", full_story, "--subject-access")
    assert f"also told {other}" in result.out
    assert "--all-of-contributor" in result.out
    folder = _exported(run_cli, full_story, "--all-of-contributor")
    assert folder.name.startswith(f"{full_story}_{other}-")
    assert (folder / other / "audio.m4a").is_file()
    assert "A second one" in _text(folder)
    assert other_person not in _text(folder)
    logged = [entry.subject for entry in audit_log.entries(workspace.audit_log)][-2:]
    assert logged == [full_story, other]


def test_other_people_may_be_left_out(workspace: Workspace, run_cli: Cli, full_story: str) -> None:
    folder = workspace.story(full_story)
    (folder.root / "names.yml").write_text("names:\n  - name: Somebody Else\n")
    data = _exported(run_cli, full_story)
    assert (data / full_story / "names.yml").is_file()
    less = _exported(run_cli, full_story, "--without-others")
    assert less != data
    assert not (less / full_story / "names.yml").exists()
    for path in less.rglob("*"):
        if path.is_file():
            assert b"his illness" not in path.read_bytes(), path
    assert "left out, to protect the rights of the people in them" in _text(less)


def test_the_recording_and_a_signed_form_are_in_it(
    workspace: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    scan = tmp_path / "form.pdf"
    scan.write_bytes(b"%PDF a signature")
    story = start_story(workspace, title="A night call", questions="being-heard")
    record_agreement(
        workspace,
        story.id,
        on=clock.today(),
        taken_by="carer-volunteer",
        form_version="1",
        independent=True,
        capacity_considered=True,
        form=scan,
    )
    assert run_cli("capture", "import", story.id, wav()).code == 0
    folder = _exported(run_cli, story.id)
    own = folder / story.id
    assert (own / "original" / "take-1.wav").read_bytes() == wav().read_bytes()
    (form,) = (own / "signed-forms").iterdir()
    assert form.read_bytes() == scan.read_bytes()
    assert not (own / "speech.wav").exists(), "it is made from the recording"
    assert "a scan of a form you signed" in _text(folder)
    assert "the carer volunteer" in _text(folder)


def test_the_words_are_there_to_read(workspace: Workspace, run_cli: Cli) -> None:
    from transcribe.words import EditedTranscript, Transcript, Turn, Word

    story_id = released(workspace)
    folder = workspace.story(story_id)
    words = tuple(
        Word(text=text, start=start, end=start + 300)
        for text, start in (("I", 0), ("rang", 400), ("Siobhan.", 800), ("Nobody", 9_000))
    )
    folder.transcript.write_bytes(
        struct_file.encode(
            Transcript(
                story=story_id,
                engine="whisper",
                model="tiny",
                model_sha256="0" * 64,
                options={},
                audio_sha256="0" * 64,
                duration=10_000,
                words=words,
            )
        )
    )
    turn = Turn(speaker="Ruth", words=(words[0], words[1], Word(text="her.", start=800, end=1100)))
    folder.edited.write_bytes(
        struct_file.encode(
            EditedTranscript(
                story=story_id,
                transcript_sha256="0" * 64,
                duration=10_000,
                turns=(turn,),
                chapters=(),
            )
        )
    )
    own = _exported(run_cli, story_id) / story_id
    assert (own / "transcript-as-heard.txt").read_text() == (
        "[0:00] I rang Siobhan.\n\n[0:09] Nobody\n"
    )
    assert (own / "transcript-as-corrected.txt").read_text() == "[0:00] Ruth: I rang her.\n"


def test_a_zip_is_the_same_bytes_for_the_same_things(
    workspace: Workspace,
    run_cli: Cli,
    full_story: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import stewardship.export.subject_access
    from stewardship.export.write import FileToWrite, write_zip

    zip_path = _exported(run_cli, full_story, "--zip")
    assert zip_path.suffix == ".zip"
    assert not zip_path.stat().st_mode & 0o077
    assert not list(workspace.exports.glob("*/")), "no folder beside it"
    with zipfile.ZipFile(zip_path) as packed:
        names = packed.namelist()
        assert f"{zip_path.stem}/index.html" in names
        assert f"{zip_path.stem}/{full_story}/audio.m4a" in names
        assert packed.testzip() is None
        manifest = packed.read(f"{zip_path.stem}/manifest.sha256").decode()
        page = packed.read(f"{zip_path.stem}/index.html")
    assert f"{hashlib.sha256(page).hexdigest()}  index.html" in manifest
    items = [
        FileToWrite("a.txt", b"words"),
        FileToWrite("film.mp4", workspace.story(full_story).audio),
    ]
    packings = [tmp_path / "1" / "all.zip", tmp_path / "2" / "all.zip"]
    for packing in packings:
        packing.parent.mkdir()
        write_zip(packing, items, lambda _done: None, lambda: None)
    assert packings[0].read_bytes() == packings[1].read_bytes()
    assert stewardship.export.subject_access.SUBJECT_ACCESS_ACTION == "subject-access"


def test_a_second_one_on_the_same_day_has_a_name_of_its_own(
    workspace: Workspace, run_cli: Cli, full_story: str
) -> None:
    zip_paths = {_exported(run_cli, full_story, *how) for how in ((), (), ("--zip",))}
    assert {
        zip_path.name.removeprefix(f"{full_story}-{clock.today()}") for zip_path in zip_paths
    } == {
        "",
        "-2",
        "-3.zip",
    }


def test_to_a_folder_elsewhere_but_never_where_staff_would_see_it(
    workspace: Workspace, run_cli: Cli, full_story: str, tmp_path: Path
) -> None:
    usb_stick = tmp_path / "stick"
    usb_stick.mkdir()
    assert _exported(run_cli, full_story, "--to", usb_stick).parent == usb_stick
    for inside, words in (
        (workspace.public, "what staff are shown"),
        (workspace.assets, "what staff are shown"),
        (workspace.interviews, "could be shown to others"),
    ):
        result = run_cli("export", full_story, "--subject-access", "--to", inside)
        assert (result.code, words in result.err) == (2, True), (inside, result.err)
    result = run_cli("export", full_story, "--subject-access", "--to", tmp_path / "nowhere")
    assert result.code == 3


def test_what_is_left_of_a_story_that_was_erased(
    workspace: Workspace, run_cli: Cli, full_story: str
) -> None:
    assert run_cli("withdraw", full_story, "--erase", "--yes").code == 0
    folder = _exported(run_cli, full_story)
    text = _text(folder)
    assert "withdrawn and erased" in text
    assert "everything was taken back" in text
    assert "Nothing is kept about your real name" in text
    assert [path.name for path in (folder / full_story).iterdir()] == ["receipts"]
    assert "the receipt of a withdrawal" in text
    for erased in ("Ruth Example", "Nobody asked me", "his illness"):
        assert erased not in text


def test_an_erasure_takes_earlier_exports_with_it(
    workspace: Workspace, run_cli: Cli, full_story: str
) -> None:
    other = released(workspace, "A second one")
    record_contributor(workspace, other, same_as=full_story, role="editor")
    _exported(run_cli, full_story, "--all-of-contributor")
    _exported(run_cli, full_story, "--zip")
    record_withdrawal(workspace, other, "contributor")
    erase_files(workspace, other)
    assert [path.suffix for path in workspace.exports.iterdir()] == [".zip"]


@pytest.mark.parametrize("zipped", [False, True])
def test_whole_or_not_there_whatever_the_disk_does(
    workspace: Workspace,
    run_cli: Cli,
    full_story: str,
    zipped: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The disk refuses at every change in turn: nothing is left, and the next one is whole."""
    how = ("--zip",) if zipped else ()

    def command() -> CommandResult:
        return run_cli("export", full_story, "--subject-access", *how)

    # Nothing is looked at afterwards, so that the changes counted are the export's own.
    monkeypatch.setattr("publish.cli.reconciliation.reconcile_after_command", lambda _: ())
    workspace.exports.mkdir(mode=0o700, exist_ok=True)
    changes = count_changes(command)
    shutil.rmtree(workspace.exports)
    workspace.exports.mkdir(mode=0o700)
    for number in sorted({*range(1, changes + 1, 4), *range(max(changes - 12, 1), changes + 1)}):
        with disk(FaultySystem(number, refuse_with(errno.EIO), stay=True)):
            result = command()
        assert result.code == 10, (number, result.err)
        left = list(workspace.exports.iterdir())
        complete = [path for path in left if not path.name.startswith(".")]
        renamed = number >= changes - 2  # only flushing its name is left: open, flush, close
        assert not complete or renamed, f"change {number} of {changes}: {complete}"
    assert command().code == 0


def test_no_room_is_said_before_anything_is_written(
    workspace: Workspace, run_cli: Cli, full_story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from library.core import files

    monkeypatch.setattr(files, "free_bytes", lambda _path: 1_000)
    result = run_cli("export", full_story, "--subject-access")
    assert result.code == 7
    assert list(workspace.exports.iterdir()) == []


@pytest.mark.parametrize(
    ("choices", "sentences"),
    [
        (PictureShown, plain_english.PICTURES),
        (VoiceHeard, plain_english.VOICES),
        (Described, plain_english._DESCRIBED),
    ],
)
def test_every_choice_of_a_release_has_its_sentence(
    choices: object, sentences: dict[str, str]
) -> None:
    """A choice without one would stop the export of whoever made it."""
    assert set(get_args(choices)) == set(sentences)
