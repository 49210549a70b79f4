"""A copy on a stick: entered, whole, working from files alone, and never a way round the gate."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from library.consent.copies import copies_of
from library.core import plugged_disks
from library.core.audience import Audience
from library.core.errors import BadInput, CarerStoriesError, ToolFailed
from library.core.files import sha256_of
from library.core.workspace import Workspace
from publish.offline import ENTRY_PAGE, SUMS_FILE, make_offline_copy
from publish.render.standalone import offline_check_list, offline_check_page, offline_entry_page
from tests.faults import FaultySystem, count_changes, disk, killed_at, refuse_with
from tests.support.command_line import CommandResult
from tests.support.editions import HEARD, VIDEO, edition_of, story_page
from tests.support.editions import released as released_story
from tests.support.page_checks import faults_in_all_forms, watched_page
from tests.support.page_validator import validator_faults
from tests.support.quick_stories import filmed, released, remake_cut, sign_off

if TYPE_CHECKING:
    from playwright.sync_api import Browser

Cli = Callable[..., CommandResult]
WARD = "Ward 3, ward manager"


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder / "Carer-Stories"


def _names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_copy_is_laid_entered_and_whole(workspace: Workspace, run_cli: Cli, stick: Path) -> None:
    story = released(workspace, "Nobody asked")
    filmed(workspace, "Not for anybody yet")
    result = run_cli("site", "build", "--audience", "trust", "--offline", stick, "--for", WARD)
    assert result.code == 0, result.err
    (copy,) = copies_of(workspace)
    assert (copy.stories, copy.medium, copy.audience, copy.to) == ((story,), "stick", "trust", WARD)
    assert copy.id in result.out
    assert not workspace.public.exists()
    assert not workspace.edition.exists()
    names = _names(stick)
    assert {"OPEN ME.html", "READ ME.txt", SUMS_FILE, "pages/index.html"} <= names
    assert f"pages/stories/{story}/audio.m4a" in names
    assert not [name for name in names if "autorun" in name.lower() or name.endswith(".exe")]
    words = (stick / ENTRY_PAGE).read_text(encoding="utf-8")
    assert copy.id in words
    assert "Ward 3" not in words  # a lost stick tells nobody’s name
    assert "Please do not show it on" in words
    assert "do not show this copy on" in (stick / "pages/about.html").read_text("utf-8")
    checked = run_cli("site", "check", stick)
    assert checked.code == 0, checked.err
    assert "is whole" in checked.out
    assert "released for “trust” today" in checked.out


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
def test_the_list_can_be_checked_without_us(workspace: Workspace, stick: Path) -> None:
    released(workspace)
    make_offline_copy(workspace, Audience.TRUST, stick, to=WARD, role="editor")
    result = subprocess.run(
        ["sha256sum", "--check", "--strict", SUMS_FILE], cwd=stick, capture_output=True, check=False
    )
    assert result.returncode == 0, result.stdout


def _cut_short(copy_folder: Path) -> None:
    path = next(copy_folder.rglob("audio.m4a"))
    path.write_bytes(path.read_bytes()[:-1])


def _lose(copy_folder: Path) -> None:
    next(copy_folder.rglob("poster.jpg")).unlink()


def _add(copy_folder: Path) -> None:
    (copy_folder / "autorun.inf").write_text("[autorun]")


def _change_list(copy_folder: Path) -> None:
    (copy_folder / SUMS_FILE).write_text("")


@pytest.mark.parametrize("damage", [_cut_short, _lose, _add, _change_list])
def test_a_copy_that_is_not_whole_is_told(
    workspace: Workspace, run_cli: Cli, stick: Path, damage: Callable[[Path], None]
) -> None:
    released(workspace)
    make_offline_copy(workspace, Audience.TRUST, stick, to=WARD, role="editor")
    (stick / ".DS_Store").write_bytes(b"what a computer left")
    assert run_cli("site", "check", stick).code == 0
    damage(stick)
    checked = run_cli("site", "check", stick)
    assert checked.code != 0
    assert "not whole" in checked.err
    assert "site build --offline" in checked.err


def test_a_story_taken_back_is_told_when_the_stick_is_looked_over(
    workspace: Workspace, run_cli: Cli, stick: Path
) -> None:
    kept_id, withdrawn_id = released(workspace, "Stays"), released(workspace, "Goes")
    make_offline_copy(workspace, Audience.TRUST, stick, to=WARD, role="editor")
    assert run_cli("withdraw", withdrawn_id, "--yes").code == 0
    checked = run_cli("site", "check", stick)
    assert checked.code == 4
    assert checked.err.startswith("Do not show this copy.")
    assert "is whole" not in checked.out
    assert withdrawn_id in checked.err
    assert kept_id not in checked.err
    result = run_cli("site", "build", "--audience", "trust", "--offline", stick, "--for", WARD)
    assert result.code == 0, result.err
    assert "settled as replaced" in result.out
    assert withdrawn_id not in " ".join(_names(stick))
    (copy,) = copies_of(workspace)
    assert copy.stories == (kept_id,)
    assert run_cli("site", "check", stick).code == 0


def test_another_film_than_the_one_on_the_stick_is_told(
    workspace: Workspace, run_cli: Cli, stick: Path
) -> None:
    story = released(workspace, "First")
    make_offline_copy(workspace, Audience.TRUST, stick, to=WARD, role="editor")
    remake_cut(workspace, story, "Second")
    sign_off(workspace, story)
    checked = run_cli("site", "check", stick)
    assert checked.code == 4, checked
    assert story in checked.err


def test_the_gate_is_asked_for_the_audience_of_the_stick(
    workspace: Workspace, run_cli: Cli, stick: Path
) -> None:
    released(workspace)  # for the trust
    result = run_cli("site", "build", "--audience", "public", "--offline", stick, "--for", WARD)
    assert result.code != 0
    assert "No story is released for “public” today." in result.err
    assert not stick.exists()
    assert copies_of(workspace) == ()


def test_a_folder_with_anything_else_or_nobody_who_answers_is_refused(
    workspace: Workspace, run_cli: Cli, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released(workspace)
    stick.mkdir()
    (stick / "holiday.jpg").write_bytes(b"mine")
    for folder, to in (
        (stick, WARD),
        (workspace.public, WARD),
        (workspace.root, WARD),
        (stick.parent / "new", " "),
    ):
        with pytest.raises(BadInput):
            make_offline_copy(workspace, Audience.TRUST, folder, to=to, role="editor")
    assert _names(stick) == {"holiday.jpg"}
    monkeypatch.setattr(plugged_disks, "MOUNTING_FOLDERS", {stick.parent: 1})
    gone = stick.parent / "pulled out"
    build = ("site", "build", "--audience", "trust", "--offline", gone, "--for", WARD)
    assert "No disk is plugged in where" in run_cli(*build).err
    assert copies_of(workspace) == ()
    assert not gone.exists()


def test_an_older_workspace_is_told_what_its_pages_lack(workspace: Workspace, stick: Path) -> None:
    released(workspace)
    footer = workspace.overrides / "partials" / "footer.html"
    footer.write_text("<footer><p>as it was</p></footer>", encoding="utf-8")
    with pytest.raises(ToolFailed, match="does not say until when"):
        make_offline_copy(workspace, Audience.TRUST, stick, to=WARD, role="editor")
    assert not stick.exists()
    assert copies_of(workspace) == ()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages in no time: what is tested is what happens round them."""

    def make_pages(_workspace: object, bundle: object, folder: Path, _hidden: object) -> None:
        (folder / "index.html").write_text(json.dumps([str(bundle is not None)]))

    monkeypatch.setattr("publish.offline.make_pages", make_pages)
    monkeypatch.setattr("publish.offline._require_until", lambda _pages: None)


@pytest.mark.usefixtures("quick")
def test_whatever_the_disk_refuses_the_old_copy_stays_and_is_the_one_entered(
    workspace: Workspace, stick: Path
) -> None:
    released(workspace)

    def make() -> None:
        make_offline_copy(workspace, Audience.TRUST, stick, to=WARD, role="editor")

    make()
    steps = count_changes(make)
    for step in range(1, steps + 1, 3):
        before = {name: sha256_of(stick / name) for name in _names(stick)}
        with disk(FaultySystem(step, refuse_with(5))):
            try:
                make()
            except CarerStoriesError:
                is_refused = True
            else:
                is_refused = False
        after = {name: sha256_of(stick / name) for name in _names(stick)}
        copy_id = json.loads((stick / "copy.json").read_text())["copy"]
        assert not is_refused or after == before or copy_id, step
        recorded_ids = {copy.id for copy in copies_of(workspace)}
        assert copy_id in recorded_ids, step
        assert not list(stick.parent.glob("*.new")), step


@pytest.mark.slow
@pytest.mark.usefixtures("quick")
def test_killed_at_any_step_no_copy_lies_there_that_is_not_entered(
    workspace: Workspace, stick: Path
) -> None:
    released(workspace)

    def make() -> None:
        make_offline_copy(workspace, Audience.TRUST, stick, to=WARD, role="editor")

    steps = count_changes(make)
    for step in range(1, steps + 1, 2):
        shutil.rmtree(stick, ignore_errors=True)
        assert killed_at(step, make), step
        if stick.exists():
            copy_id = json.loads((stick / "copy.json").read_text())["copy"]
            assert copy_id in {copy.id for copy in copies_of(workspace)}, step


# In the browser, from files alone


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory, media: Path) -> Path:
    """The two pages of a stick beside real media and our own style."""
    from tests.support.command_line import ROOT

    root = tmp_path_factory.mktemp("carried")
    pages = root / "pages"
    shutil.copytree(ROOT / "site" / "assets", pages / "assets")
    for story, name in ((VIDEO, "film.mp4"), (HEARD, "audio.m4a")):
        folder = pages / "stories" / story
        folder.mkdir(parents=True)
        for file_name in (name, "poster.jpg"):
            shutil.copyfile(media / file_name, folder / file_name)
    (pages / "index.html").write_text("<!doctype html><title>The library</title>")
    edition = edition_of(released_story(story_page(VIDEO), {"film.mp4": "0" * 64}))
    (root / ENTRY_PAGE).write_text(offline_entry_page(edition, "cp-4k7m2q"), encoding="utf-8")
    (pages / "is-it-whole.html").write_text(offline_check_page(edition), encoding="utf-8")
    names = (path.relative_to(pages).as_posix() for path in pages.rglob("*.*"))
    (pages / "is-it-whole.js").write_text(offline_check_list(names), encoding="utf-8")
    return root


def _looked_over(browser: Browser, root: Path) -> str:
    base = root.as_uri() + "/"
    with watched_page(browser, base) as page:
        page.goto(base + "OPEN%20ME.html")
        page.get_by_role("link", name="Is this copy whole?").click()
        page.wait_for_selector("[data-check=whole], [data-check=faults]", timeout=60_000)
        return page.inner_text("main")


@pytest.mark.browser
@pytest.mark.slow
def test_the_stick_looks_itself_over(browser: Browser, carried: Path, tmp_path: Path) -> None:
    assert "This copy is whole: all 4 films" in _looked_over(browser, carried)
    broken = tmp_path / "broken"
    shutil.copytree(carried, broken)
    film = next(broken.rglob("film.mp4"))
    film.write_bytes(film.read_bytes()[: film.stat().st_size * 2 // 3])
    next(broken.rglob(f"{HEARD}/poster.jpg")).unlink()
    text = _without_complaints(browser, broken)
    assert "2 files cannot be shown here. Please ask for a new copy." in text
    assert re.search(rf"stories/{VIDEO}/film\.mp4", text)


def _without_complaints(browser: Browser, root: Path) -> str:
    """As above, where the browser itself says on its console what is missing."""
    page = browser.new_page()
    page.goto((root / "pages" / "is-it-whole.html").as_uri())
    page.wait_for_selector("[data-check=whole], [data-check=faults]", timeout=60_000)
    text = page.inner_text("main")
    page.close()
    return text


@pytest.mark.browser
def test_a_stick_past_its_day_says_so_first(browser: Browser, carried: Path) -> None:
    """The day itself counts as past: by then an agreement has to be looked at again."""
    from playwright.sync_api import expect

    page = browser.new_page()
    address = (carried / "pages" / "old.html").as_uri()
    (carried / "pages" / "old.html").write_text(
        '<!doctype html><p data-until="2026-03-05">x</p><script src="assets/js/until.js"></script>'
    )
    for today, days_over in (
        ("2026-03-04T23:00", 0),
        ("2026-03-05T01:00", 1),
        ("2027-01-01T09:00", 1),
    ):
        page.clock.set_fixed_time(today)
        page.goto(address)
        expect(page.get_by_text("This copy is out of date")).to_have_count(days_over)
    page.close()


@pytest.mark.browser
@pytest.mark.slow
def test_the_pages_of_a_stick_are_accessible(browser: Browser, carried: Path) -> None:
    base = carried.as_uri() + "/"
    with watched_page(browser, base) as page:
        for address in ("OPEN%20ME.html", "pages/is-it-whole.html"):
            page.goto(base + address)
            page.wait_for_load_state("load")
            assert faults_in_all_forms(page) == [], address


def test_they_are_valid_by_the_standards_own_validator(carried: Path) -> None:
    assert validator_faults([carried / ENTRY_PAGE, carried / "pages" / "is-it-whole.html"]) == []
