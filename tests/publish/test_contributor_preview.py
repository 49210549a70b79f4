"""The review pack: the story as staff would see it, for one person and never for staff."""

from __future__ import annotations

import functools
import json
import shutil
import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from films.page_text import StoryPage
from library.consent.decisions import require_code_of, require_signable_cut
from library.consent.stories import start_story
from library.consent.withdrawals import record_withdrawal
from library.core import struct_file
from library.core.errors import BadInput, Damaged, NotAllowed, ToolFailed
from library.core.lock import locked
from library.core.workspace import Workspace
from library.records.cut import read_cut
from library.records.hidden_terms import HiddenTerm
from library.records.withdrawal_notes import Erasure, write_erasure_note
from publish import kept_previews
from publish import preview as previews
from publish.build import build_site, check_site
from publish.edition import MANIFEST, Edition, Preview
from publish.forbidden import Forbidden
from publish.kept_previews import remove_preview
from publish.preview import _swap, make_preview
from tests.support.command_line import CommandResult
from tests.support.quick_stories import AGREED, filmed, released, remake_cut

Cli = Callable[..., CommandResult]


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".making.lock"
    }


def spaced(code: str) -> str:
    return f"{code[:4]} {code[4:]}"


def test_it_is_a_folder_that_says_on_every_page_what_it_is(
    workspace: Workspace, run_cli: Cli
) -> None:
    story_id = filmed(workspace, "Nobody asked")
    result = run_cli("site", "preview", story_id)
    assert result.code == 0, result.err
    cut = require_signable_cut(workspace, story_id)
    assert f"carer-stories signoff {story_id} --cut {cut.hash[:8]}" in result.out
    folder = workspace.previews / story_id
    assert str(folder / "open-me.html") in result.out
    assert sorted(path.name for path in folder.iterdir()) == ["open-me.html", "pages"]
    pages = list(folder.rglob("*.html"))
    assert len(pages) > 5
    for page in pages:
        words = page.read_text(encoding="utf-8")
        assert "For viewing before you decide." in words, page
        assert spaced(cut.hash[:8]) in words, page
    start = (folder / "pages" / "index.html").read_text(encoding="utf-8")
    for phrase in (
        "What you can ask for",
        "Whom to ask",
        "nobody’s care is ever affected",
        "say no",
    ):
        assert phrase in start
    story = (folder / "pages" / "stories" / f"{story_id}.html").read_text(encoding="utf-8")
    assert "Nobody asked Nobody asked." in story
    assert "and agreed" not in story, "it does not claim what has not happened"
    assert stat.S_IMODE(workspace.previews.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_nothing_of_it_comes_near_staff(workspace: Workspace, run_cli: Cli) -> None:
    story_id = filmed(workspace)
    before = run_cli("status", "--json").out
    assert run_cli("site", "preview", story_id, "--zip").code == 0
    assert run_cli("status", "--json").out == before
    assert not workspace.edition.exists()
    assert not workspace.public.exists()
    released(workspace, "Another")
    assert run_cli("site", "build").code == 0
    for folder in (workspace.edition, workspace.public):
        for name, data in files(folder).items():
            assert story_id not in name
            assert story_id.encode() not in data
            assert b'preview-banner"' not in data


@pytest.mark.parametrize("is_at_work", [False, True])
def test_it_shows_no_picture_that_is_agreed_to_no_more(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch, is_at_work: bool
) -> None:
    story_id = filmed(workspace)
    narrow = functools.partial(run_cli, "consent", "record", story_id, *AGREED, "--record", "voice")
    with monkeypatch.context() as patch:
        if is_at_work:
            make = previews._make_pack
            patch.setattr(previews, "_make_pack", lambda *given: (make(*given), narrow()))
        else:
            assert narrow().code == 0
        refused = run_cli("site", "preview", story_id)
    assert (refused.code, "only their voice is agreed to" in refused.err) == (4, True), refused.err
    assert f"carer-stories film {story_id} --picture voice-only" in refused.err
    assert not (workspace.previews / story_id).exists()
    manifest = workspace.story(story_id).cut
    cut = read_cut(manifest)
    assert cut
    struct_file.save(manifest, msgspec.structs.replace(cut, recipe={"picture": "voice-only"}))
    assert run_cli("site", "preview", story_id).code == 0


def test_it_shows_nothing_of_any_other_story(workspace: Workspace) -> None:
    story_id, others = filmed(workspace), [filmed(workspace, "Hush"), released(workspace, "Shown")]
    pack = make_preview(workspace, story_id)
    for name, data in files(pack.folder).items():
        for other in others:
            assert other not in name
            assert other.encode() not in data
        assert b"Hush" not in data


def test_a_script_reads_where_it_is(workspace: Workspace, run_cli: Cli) -> None:
    story_id = filmed(workspace)
    report = json.loads(run_cli("site", "preview", story_id, "--zip", "--json").out)
    cut = require_signable_cut(workspace, story_id).hash
    assert report["cut"] == cut
    assert report["code"] == cut[:8]
    assert Path(report["open"]).is_file()
    assert zipfile.is_zipfile(report["zip"])


def test_sign_off_takes_its_code(workspace: Workspace) -> None:
    story_id = filmed(workspace)
    pack = make_preview(workspace, story_id)
    require_code_of(require_signable_cut(workspace, story_id), pack.code)
    remake_cut(workspace, story_id, "A changed title")
    with pytest.raises(BadInput):
        require_code_of(require_signable_cut(workspace, story_id), pack.code)
    assert make_preview(workspace, story_id).code != pack.code


def test_the_zip_is_the_folder_and_the_same_each_time(workspace: Workspace) -> None:
    story_id = filmed(workspace)
    pack = make_preview(workspace, story_id, zipped=True)
    assert pack.zip is not None
    data = pack.zip.read_bytes()
    with zipfile.ZipFile(pack.zip) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        held_in = {name.partition("/")[2]: archive.read(name) for name in names}
    assert held_in == files(pack.folder)
    assert len(set(names)) == len(names)
    assert all(name.startswith(f"preview-{story_id}/") and ".." not in name for name in names)
    assert stat.S_IMODE(pack.zip.stat().st_mode) == 0o600
    second_preview = make_preview(workspace, story_id, zipped=True)
    assert second_preview.zip is not None
    assert second_preview.zip.read_bytes() == data
    assert make_preview(workspace, story_id).zip is None
    assert not pack.zip.exists(), "an older zip would show another cut"


def no_agreement(workspace: Workspace) -> str:
    return start_story(workspace, title="New", questions="being-heard").id


def no_film(workspace: Workspace) -> str:
    story_id = filmed(workspace)
    workspace.story(story_id).cut.unlink()
    return story_id


def changed(workspace: Workspace) -> str:
    story_id = filmed(workspace)
    workspace.story(story_id).captions.write_text("WEBVTT\n")
    return story_id


def withdrawn(workspace: Workspace) -> str:
    story_id = filmed(workspace)
    record_withdrawal(workspace, story_id, "contributor")
    return story_id


def noted_as_erased(workspace: Workspace) -> str:
    story_id = filmed(workspace)
    write_erasure_note(workspace, Erasure(story=story_id, asked="", asked_by="contributor"))
    return story_id


@pytest.mark.parametrize("unready", [no_agreement, no_film, changed, withdrawn, noted_as_erased])
def test_what_is_not_ready_or_was_taken_back_has_none(
    workspace: Workspace, run_cli: Cli, unready: Callable[[Workspace], str]
) -> None:
    result = run_cli("site", "preview", unready(workspace), "--zip")
    assert result.code == 4
    assert len(result.err.strip().splitlines()) >= 2
    assert not workspace.previews.exists()


def test_a_name_taken_out_but_not_applied_is_applied_first(
    workspace: Workspace, run_cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leak(*_: object) -> None:
        raise NotAllowed("Something was found.", "Look at these places.")

    def is_made(workspace: Workspace, story: str, **_: object) -> object:
        return read_cut(workspace.story(story).cut)

    story_id = filmed(workspace)
    monkeypatch.setattr(previews, "check_leaks", leak)
    assert "Next: Look at these places." in run_cli("site", "preview", story_id).err
    problem = f"What the editor’s copy takes out is not applied yet: carer-stories edit {story_id}"
    monkeypatch.setattr("films.approval_checklist.name_problems", lambda _: [problem])
    step = f"Next: Apply what is taken out: carer-stories edit {story_id}, then: carer-stories film"
    refused = run_cli("site", "preview", story_id)
    assert (refused.code, step in refused.err) == (4, True), refused.err
    monkeypatch.setattr("films.make_cut.make_cut", is_made)
    made = run_cli("film", story_id)
    assert made.out.splitlines()[-1].startswith(step), made


def test_an_edition_marked_as_a_preview_is_never_built_for_staff(workspace: Workspace) -> None:
    released(workspace)
    from library.core.audience import Audience
    from publish.build_job import build_library

    build_library(workspace, Audience.TRUST)
    before = files(workspace.public)
    record = workspace.edition / MANIFEST
    edition = msgspec.json.decode(record.read_bytes(), type=Edition)
    marked = msgspec.structs.replace(edition, preview=Preview(cut="0" * 64))
    record.write_bytes(msgspec.json.encode(marked))
    for function in (build_site, check_site):
        with pytest.raises(Damaged, match="preview"):
            function(workspace)
    assert files(workspace.public) == before


def test_no_setting_leads_mkdocs_to_another_edition(workspace: Workspace) -> None:
    released(workspace)
    from library.core.audience import Audience
    from publish.build_job import build_library

    workspace.config.write_text(
        workspace.config.read_text()
        + "\nextra:\n  carer_stories_bundle: {folder: interviews/previews}\n"
    )
    build_library(workspace, Audience.TRUST)
    assert (workspace.public / "index.html").is_file()


def fails(*_given: object) -> None:
    raise ToolFailed("MkDocs could not make the pages.", "Mend them.")


def test_what_fails_leaves_the_preview_that_stood(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = filmed(workspace)
    make_preview(workspace, story_id, zipped=True)
    before = files(workspace.previews)
    remake_cut(workspace, story_id, "Another title")
    for name in ("make_pages", "preview_entry_page", "check_leaks"):
        with monkeypatch.context() as broken:
            broken.setattr(previews, name, fails)
            with pytest.raises(ToolFailed):
                make_preview(workspace, story_id, zipped=True)
        assert files(workspace.previews) == before


@pytest.mark.parametrize("is_everywhere", [True, False])
def test_a_hidden_term_is_found_in_any_page_of_the_pack(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, is_everywhere: bool
) -> None:
    story_id = filmed(workspace, "The night at Birch House")
    forbidden = Forbidden((HiddenTerm("Birch House", story_id, 2, is_everywhere, False),))
    monkeypatch.setattr(previews, "forbidden_content", lambda *_: forbidden)
    with pytest.raises(NotAllowed) as error:
        make_preview(workspace, story_id)
    assert f"names.yml of {story_id}, entry 2" in str(error.value)
    assert "index.html" in str(error.value)
    assert "birch" not in str(error.value).lower()
    assert files(workspace.previews) == {}
    monkeypatch.setattr(
        previews,
        "forbidden_content",
        lambda *_: Forbidden((replace(forbidden.terms[0], story="cs-9tz3wd", everywhere=False),)),
    )
    make_preview(workspace, story_id)


def test_a_page_frame_that_knows_no_banner_makes_no_preview(workspace: Workspace) -> None:
    story_id = filmed(workspace)
    header = workspace.overrides / "partials" / "header.html"
    start, _, rest = header.read_text().partition("{% if library.preview %}")
    header.write_text(start + rest.partition("{% endif %}")[2])
    with pytest.raises(ToolFailed, match="does not say that it is a preview"):
        make_preview(workspace, story_id)
    assert files(workspace.previews) == {}


def test_a_withdrawal_while_it_is_made_wins(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = filmed(workspace)
    real = previews.make_pages

    def slow(*options: object) -> None:
        real(*options)  # type: ignore[arg-type]
        record_withdrawal(workspace, story_id, "contributor")

    monkeypatch.setattr(previews, "make_pages", slow)
    with pytest.raises(NotAllowed):
        make_preview(workspace, story_id, zipped=True)
    assert files(workspace.previews) == {}


def test_it_goes_onto_a_stick_and_replaces_only_itself(
    workspace: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    story_id, usb_stick = filmed(workspace), tmp_path / "stick"
    usb_stick.mkdir()
    (usb_stick / "holiday.jpg").write_bytes(b"x")
    for _ in range(2):
        result = run_cli("site", "preview", story_id, "--to", usb_stick, "--zip")
        assert result.code == 0, result.err
        assert "ask for it back" in result.out
    names = {"holiday.jpg", f"preview-{story_id}", f"preview-{story_id}.zip"}
    assert {path.name for path in usb_stick.iterdir()} == names
    assert (usb_stick / f"preview-{story_id}" / "open-me.html").is_file()
    shutil.rmtree(usb_stick / f"preview-{story_id}")
    (usb_stick / f"preview-{story_id}").mkdir()
    (usb_stick / f"preview-{story_id}" / "mine.txt").write_text("not a preview")
    result = run_cli("site", "preview", story_id, "--to", usb_stick)
    assert result.code == 2
    assert (usb_stick / f"preview-{story_id}" / "mine.txt").is_file()


@pytest.mark.parametrize(
    ("dest", "words"),
    [
        ("public", "part of what staff are shown"),
        ("interviews/edition", "part of what staff are shown"),
        ("interviews/stories", "part of the library"),
        ("site", "part of what staff are shown"),
    ],
)
def test_it_is_never_put_where_staff_or_the_library_look(
    workspace: Workspace, run_cli: Cli, dest: str, words: str
) -> None:
    result = run_cli("site", "preview", filmed(workspace), "--to", workspace.root / dest)
    assert result.code == 2
    assert words in result.err
    assert not workspace.public.exists()


def test_it_is_removed_with_all_that_was_left_of_it(workspace: Workspace) -> None:
    story_id, other = filmed(workspace), filmed(workspace, "Other")
    assert not remove_preview(workspace, story_id)
    assert not workspace.previews.exists()
    make_preview(workspace, story_id, zipped=True)
    make_preview(workspace, other, zipped=True)
    kept_names = {name for name in files(workspace.previews) if name.startswith(other)}
    for left in (f"{story_id}.new", f"{story_id}.old"):
        (workspace.previews / left / "pages").mkdir(parents=True)
    (workspace.previews / f".{story_id}.new-1a2b3c4d.zip").write_bytes(b"half")
    assert remove_preview(workspace, story_id)
    assert set(files(workspace.previews)) == kept_names
    assert not remove_preview(workspace, story_id)


def test_removing_does_not_wait_for_ever(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    story_id = filmed(workspace)
    make_preview(workspace, story_id)
    monkeypatch.setattr(kept_previews, "LOCK_TIMEOUT_S", 0.05)
    with locked(workspace.previews / ".making.lock", busy=NotAllowed("held", "")):
        assert remove_preview(workspace, story_id)


def test_hostile_words_stay_words(workspace: Workspace) -> None:
    story_id = filmed(workspace)
    folder = workspace.story(story_id)
    page = msgspec.json.decode(folder.page.read_bytes(), type=StoryPage)
    markup = '"><script src=x></script></title>{{ 7 * 7 }}\u202e'
    folder.page.write_bytes(msgspec.json.encode(msgspec.structs.replace(page, title=markup)))
    from library.core.files import sha256_of
    from library.records.cut import read_cut

    cut = read_cut(folder.cut)
    assert cut is not None
    artefacts = {**cut.artefacts, folder.page.name: sha256_of(folder.page)}
    folder.cut.write_bytes(msgspec.json.encode(msgspec.structs.replace(cut, artefacts=artefacts)))
    pack = make_preview(workspace, story_id)
    for path in pack.folder.rglob("*.html"):
        words = path.read_text(encoding="utf-8")
        assert "<script src=x>" not in words, path
        assert ">49<" not in words, path


def test_a_refusal_at_the_last_moment_leaves_folder_and_zip_as_they_were(tmp_path: Path) -> None:
    pack, destination = tmp_path / "pack", tmp_path / "preview"
    archive = tmp_path / "preview.zip"
    for folder, words in ((pack, "new"), (destination, "before")):
        folder.mkdir()
        (folder / "index.html").write_text(words)
    archive.write_bytes(b"before")

    def refuse() -> None:
        raise NotAllowed("It was withdrawn meanwhile.", "")

    with pytest.raises(NotAllowed):
        _swap(pack, destination, zipped=True, ask_last=refuse)
    assert archive.read_bytes() == b"before"
    assert (destination / "index.html").read_text() == "before"
