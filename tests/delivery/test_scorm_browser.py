"""Packages in a real browser, opened by a learning system that nobody here wrote: scorm-again."""

from __future__ import annotations

import os
import re
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from delivery.material import Material
from delivery.scorm.package import write_package
from publish.build import build_site
from publish.bundle import released_bundle_in
from tests.support.editions import CAPTIONS, VIDEO, lay_edition, story_page
from tests.support.learning_system import LearningSystem, learning_system
from tests.support.plain_servers import plain_server
from tests.support.training_plans import lay_plan, plan_text, with_pause
from tests.support.workspaces import make_workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOMENTS = int(os.environ.get("MOMENTS", "10"))
"""Moments at which a tab is closed."""
CAPTIONS_OF_FILM = "v => Array.from(v.textTracks[0].cues || []).length"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory, media: Path) -> dict[str, Path]:
    """A story’s package and a session’s, with a real film."""
    folder = tmp_path_factory.mktemp("packages")
    made = {}
    for source in (VIDEO, "listening"):
        workspace = make_workspace(folder / f"library-{source}")
        edition = lay_edition(workspace, media, story_page(VIDEO))
        if source != VIDEO:
            lay_plan(workspace, edition, with_pause(plan_text(VIDEO)), CAPTIONS)
        made[source] = folder / f"{source}.zip"
        material = Material(source, released_bundle_in(workspace.edition))
        write_package(workspace, material, "cp-aaaaaa", made[source])
    return made


@pytest.fixture
def system(packages: dict[str, Path], tmp_path: Path) -> Iterator[LearningSystem]:
    with learning_system(tmp_path, packages[VIDEO]) as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context()
    yield opened
    opened.close()


class Opened:
    """The course as the system shows it in its frame."""

    def __init__(self, context: BrowserContext, system: LearningSystem) -> None:
        self.system = system
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(system.address)
        self.course: FrameLocator = self.page.frame_locator("iframe")
        self.course.locator(".is-stepwise").wait_for()

    @property
    def step(self) -> Locator:
        return self.course.locator("[data-step]:not([hidden])")

    @property
    def number(self) -> int:
        return int(self.course.locator("[data-progress]").inner_text().split()[1])

    def go_on(self) -> None:
        self.step.locator("[data-on]").click()

    def play(self, start: float | None = None) -> None:
        """Play the film of this step, from a moment if one is said, for a moment."""
        film = self.step.locator("video")
        film.evaluate(
            """async (v, start) => {
              const once = (name) => new Promise((done) => {
                v.addEventListener(name, done, {once: true});
              });
              const playing = once("timeupdate");
              v.play().catch(() => {});  // it may be fetched whole first
              await playing;
              const there = start === null ? null : once("seeked");
              if (there) { v.currentTime = start; }
              await there;
              await once("timeupdate");
            }""",
            start,
        )

    def play_to_end(self) -> None:
        self.step.locator("video").evaluate(
            """v => new Promise(done => {
              v.muted = true;
              v.playbackRate = 8;
              v.addEventListener("pause", done, {once: true});
              v.play();
            })"""
        )

    def position(self) -> float:
        return float(self.step.locator("video").evaluate("v => v.currentTime"))

    def calls(self) -> list[list[str]]:
        made: list[list[str]] = self.page.evaluate("calls")
        return made

    def close(self) -> None:
        assert not self.complaints
        self.page.close()


def _until(held: Callable[[], Any]) -> Any:
    """Wait for what the server is told: it comes behind the page."""
    for _ in range(1500):
        if value := held():
            return value
        time.sleep(0.02)
    raise AssertionError("it was not told")


def _stands_at(state: str) -> float:
    """The second at which the story's film stands, by what the system keeps."""
    stands = re.search(r";1@([\d.]+):", state)
    return float(stands[1]) if stands else -1.0


def test_it_is_kept_gone_on_with_and_completed_by_the_rules(
    system: LearningSystem, context: BrowserContext
) -> None:
    first = Opened(context, system)
    assert first.number == 1
    assert system.core["lesson_status"] == "incomplete"
    first.go_on()
    first.play(4.0)
    first.close()
    _until(lambda: _stands_at(system.state) >= 4)
    left_at = int(_stands_at(system.state))
    assert system.core["exit"] == "suspend"
    again = Opened(context, system)
    assert (again.number, system.core["lesson_status"]) == (2, "incomplete")
    again.step.get_by_text(f"It goes on where you left it, at 0:{left_at:02}").wait_for()
    assert (
        again.step.locator("video").evaluate(
            "v => [v.preload, v.networkState === v.NETWORK_LOADING].join()"
        )
        == "none,false"
    )
    again.play()
    assert again.position() >= left_at
    again.play_to_end()
    again.go_on()
    again.step.get_by_text("What makes it hard to do?").wait_for()
    again.go_on()
    # What was passed over is still to be seen, and leads there.
    assert system.core["lesson_status"] == "incomplete"
    again.step.get_by_role("button", name="The story: the film, played to").click()
    assert again.number == 2
    again.play(0)
    again.play_to_end()
    again.go_on()
    again.go_on()
    again.step.get_by_text("You have finished. You can close this").wait_for()
    core = system.core
    assert (core["lesson_status"], core["exit"]) == ("completed", "")
    assert core["score"]["raw"] == ""
    assert re.fullmatch(r"\d{2,4}:[0-5]\d:[0-5]\d\.\d\d", core["session_time"])
    calls = again.calls()
    assert {(name, answer, error) for name, *_, answer, error in calls} <= {
        (name, "true", "0") for name in ("LMSInitialize", "LMSSetValue", "LMSCommit", "LMSFinish")
    }
    assert not [call for call in calls if "score" in call[1]]
    again.close()
    # Opened once more it stays completed, whatever is looked at.
    last = Opened(context, system)
    last.step.locator("[data-back]").click()
    assert system.core["lesson_status"] == "completed"
    last.close()


def test_it_goes_on_where_a_server_sends_a_film_from_its_beginning_alone(
    system: LearningSystem, context: BrowserContext
) -> None:
    system.sends_ranges = False
    system.commits.append(
        {"cmi": {"suspend_data": "1;s=1;q=;r=;1@6:0-6", "core": {
            "lesson_location": "2", "lesson_status": "incomplete", "exit": "suspend"}}}
    )  # fmt: skip
    opened = Opened(context, system)
    opened.play()
    _until(lambda: opened.position() >= 6)
    opened.step.locator("video").evaluate("v => v.pause()")
    _until(lambda: _stands_at(system.state) >= 6)
    assert re.search(r":0-([6-9]|1\d)", system.state), system.state
    opened.close()


def test_a_tab_closed_at_any_moment_loses_nothing(
    system: LearningSystem, context: BrowserContext
) -> None:
    kept, expected_step = 0, 1
    for moment in range(MOMENTS):
        opened = Opened(context, system)
        assert opened.number == expected_step, moment
        while opened.number != 2:
            opened.go_on() if opened.number < 2 else opened.step.locator("[data-back]").click()
        place = 0.5 + 10 * moment / MOMENTS
        kind = moment % 5
        at = None
        if kind == 4:
            opened.go_on()
        else:
            opened.play(place)
            assert opened.position() >= place - 0.05, moment
            if kind == 1:
                opened.step.locator("video").evaluate("v => v.pause()")
            if kind == 2:
                opened.go_on()
            at = opened.position() if kind != 2 else None
        expected_step = opened.number
        before = len(system.commits)
        opened.close()
        _until(lambda: len(system.commits) > before or system.core["lesson_location"])  # noqa: B023

        def is_kept() -> bool:
            state = system.state
            if f"s={expected_step - 1}" not in state.split(";"):  # noqa: B023
                return False
            return at is None or _stands_at(state) >= at - 0.11  # noqa: B023

        kept += bool(_until(is_kept))
    assert kept == MOMENTS


def test_a_session_has_its_steps_and_fits_what_a_system_keeps(
    packages: dict[str, Path], tmp_path: Path, context: BrowserContext
) -> None:
    with learning_system(tmp_path, packages["listening"]) as system:
        opened = Opened(context, system)
        films = opened.course.locator("video")
        assert films.count() == 2
        while not opened.step.locator("video").count():
            opened.go_on()
        at = opened.number
        film = opened.step.locator("video")
        start, end = (
            float(film.get_attribute(f"data-{name}") or 0) / 1000 for name in ("start", "end")
        )
        pause = opened.step.locator("[data-pause]")
        assert not [box for box in pause.all() if box.is_visible()]
        opened.play_to_end()
        if start < 5.5 < end:
            pause.get_by_text("What now?").wait_for()
            assert opened.position() == pytest.approx(5.5, abs=1.5)
            opened.play_to_end()
        assert opened.position() <= end + 1.5
        opened.go_on()
        assert f"q={at - 1}" in system.state or "q=" in system.state
        assert len(system.state) <= 4096
        opened.close()


def test_many_pieces_of_many_films_fit_what_a_system_keeps(
    system: LearningSystem, context: BrowserContext
) -> None:
    opened = Opened(context, system)
    lengths = opened.page.frames[1].evaluate(
        """() => {
          const many = Array.from({length: 400}, (_, n) => [n * 3, n * 3 + 1]);
          const within = carerPieces.within(many, 0, 1200);
          const text = carerPieces.write(within);
          return [within.length, carerPieces.read(text).length, carerPieces.length(within)];
        }"""
    )
    assert lengths == [60, 60, 60]
    opened.close()


def test_without_a_learning_system_it_plays_from_a_folder(
    packages: dict[str, Path], tmp_path: Path, context: BrowserContext
) -> None:
    with zipfile.ZipFile(packages[VIDEO]) as archive:
        archive.extractall(tmp_path / "course")
    page = context.new_page()
    page.goto((tmp_path / "course/index.html").as_uri())
    page.get_by_text("No learning system opened this page").wait_for()
    page.locator("[data-step]:not([hidden]) [data-on]").click()
    film = page.locator("video")
    film.evaluate("v => v.play()")
    page.locator("track").wait_for(state="attached")
    _until(lambda: film.evaluate(CAPTIONS_OF_FILM) == 3)
    assert film.evaluate("v => v.error") is None


def test_from_its_day_on_it_shows_nothing(system: LearningSystem, context: BrowserContext) -> None:
    context.clock.set_fixed_time("2028-03-03T12:00:00")
    page = context.new_page()
    page.goto(f"{system.address}package/index.html")
    page.get_by_role("heading", name="To be looked at again").wait_for()
    words = page.content()
    assert "I rang the ward" not in words
    assert "<video" not in words
    page.close()


def test_a_system_that_keeps_nothing_is_told_of_and_stops_nobody(
    system: LearningSystem, context: BrowserContext
) -> None:
    opened = Opened(context, system)
    system.refuses = True
    opened.go_on()
    opened.course.get_by_text("The learning system did not keep where you are").wait_for()
    system.refuses = False
    opened.play(3.0)
    opened.step.locator("video").evaluate("v => v.pause()")
    _until(lambda: ";1@" in system.state)
    opened.close()


def test_what_is_looked_at_again_changes_no_status(
    system: LearningSystem, context: BrowserContext
) -> None:
    system.lesson_mode = "review"
    opened = Opened(context, system)
    for _ in range(3):
        opened.go_on()
    assert not [call for call in opened.calls() if call[1] == "cmi.core.lesson_status"]
    opened.close()


def test_a_thin_package_shows_the_library_s_own_page_until_it_is_taken_back(
    media: Path, tmp_path: Path, context: BrowserContext
) -> None:
    workspace = make_workspace(tmp_path / "library")
    (tmp_path / "system").mkdir()
    context.clock.install()
    with learning_system(tmp_path / "system") as system:
        origin = system.address.rstrip("/")
        lay_edition(workspace, media, story_page(VIDEO), frames=(origin,))
        workspace.settings.write_text(f"embed: [{origin!r}]\n", encoding="utf-8")
        build_site(workspace)
        with plain_server(workspace.public, "ranges") as (address, _asked):
            workspace.settings.write_text(
                f"embed: [{origin!r}]\naddress: {address}\n", encoding="utf-8"
            )
            material = Material(VIDEO, released_bundle_in(workspace.edition))
            write_package(workspace, material, "cp-aaaaaa", tmp_path / "thin.zip", thin=True)
            system.take(tmp_path / "thin.zip")
            page = context.new_page()
            page.goto(system.address)
            inside = page.frame_locator("iframe").frame_locator("iframe")
            film = inside.locator("video")
            film.wait_for()
            framed = page.frame_locator("iframe").locator("iframe")
            assert framed.evaluate("f => f.clientWidth === innerWidth"), "as wide as the page"
            assert system.core["lesson_status"] == "incomplete"
            film.evaluate("v => { v.muted = true; v.playbackRate = 8; v.play(); }")
            _until(lambda: film.evaluate("v => v.currentTime > 11.9 && v.paused"))
            assert system.core["lesson_status"] == "incomplete"
            inside.get_by_role("button", name="I have taken time for this").click()
            _until(lambda: system.core["lesson_status"] == "completed")
            page.frame_locator("iframe").get_by_text("Done. You can close this").wait_for()
            assert system.core["score"]["raw"] == ""
            shutil.rmtree(workspace.public / "embed" / VIDEO)
            page.clock.fast_forward(31_000)
            page.clock.fast_forward(2_000)
            inside.get_by_role("heading", name="Not shown any more").wait_for()
            assert "I rang the ward" not in "".join(frame.content() for frame in page.frames)
            page.reload()
            page.frame_locator("iframe").locator("iframe").wait_for()
            page.clock.fast_forward(21_000)
            page.frame_locator("iframe").get_by_text("Either it was taken back").wait_for()
            page.close()
