"""Packages in a real browser, opened by a learning system that nobody here wrote: scorm-again."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
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

MOMENTS = int(os.environ.get("MOMENTS", "0"))
"""Moments at which a tab is closed; 0 for as many as every run has time for."""
SESSION_TIME = re.compile(r"\d{4}:[0-5]\d:[0-5]\d\.\d\d")
"""As the package says it, always in full."""
TIMESPAN = re.compile(r"\d{2,4}:[0-5]\d:[0-5]\d(\.\d{1,2})?")
"""As SCORM 1.2 has it: the runtime hands over a fraction without the noughts at its end."""
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

    def __init__(
        self, context: BrowserContext, system: LearningSystem, *, thin: bool = False
    ) -> None:
        self.system = system
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(system.address)
        of_system = self.page.frame_locator("iframe")
        self.course: FrameLocator = of_system.frame_locator("iframe") if thin else of_system
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
    stands = re.search(r";[a-z0-9]+@([\d.]+):", state)
    return float(stands[1]) if stands else -1.0


def _require_times(calls: list[list[str]], core: dict[str, Any]) -> None:
    """Insist that every time that the package said is in full, and that the system keeps one."""
    times = [call[2] for call in calls if call[:2] == ["LMSSetValue", "cmi.core.session_time"]]
    assert times
    assert all(map(SESSION_TIME.fullmatch, times)), times
    assert TIMESPAN.fullmatch(core["session_time"]), core["session_time"]


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
    calls = again.calls()
    _require_times(calls, core)
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
    page = (system.folder / "package/index.html").read_text(encoding="utf-8")
    before, step = re.findall(r'data-step="(\w+)"', page)[:2]
    state = f"2;s={step};q={before};r=;{step}@6:0-6"
    system.commits.append(
        {"cmi": {"suspend_data": state, "core": {
            "lesson_location": "2", "lesson_status": "incomplete", "exit": "suspend"}}}
    )  # fmt: skip
    system.sends_ranges = False
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
    _close_at_moments(MOMENTS or 10, lambda: Opened(context, system))


def _close_at_moments(moments: int, open_course: Callable[[], Opened], lost: float = 0.11) -> None:
    """Close the tab at as many moments; `lost` is how many seconds of film may be said too late."""
    kept, expected_step = 0, 1
    for moment in range(moments):
        opened = open_course()
        assert opened.number == expected_step, moment
        while opened.number != 2:
            opened.go_on() if opened.number < 2 else opened.step.locator("[data-back]").click()
        place = 0.5 + 10 * moment / moments
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
        step = opened.step.get_attribute("data-step")
        opened.close()

        def is_kept() -> bool:
            state = opened.system.state  # noqa: B023
            if f"s={step}" not in state.split(";"):  # noqa: B023
                return False
            return at is None or _stands_at(state) >= at - lost  # noqa: B023

        kept += bool(_until(is_kept))
    assert kept == moments


def test_a_session_has_its_steps_and_fits_what_a_system_keeps(
    packages: dict[str, Path], tmp_path: Path, context: BrowserContext
) -> None:
    with learning_system(tmp_path, packages["listening"]) as system:
        opened = Opened(context, system)
        films = opened.course.locator("video")
        assert films.count() == 2
        while not opened.step.locator("video").count():
            opened.go_on()
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
        asked = opened.step.get_attribute("data-step")
        opened.go_on()
        _until(lambda: f"q={asked}" in system.state)
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
    _until(lambda: "@" in system.state)
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


@dataclass
class ThinLibrary:
    """A library’s site with a story and a session, and the system that may show them."""

    public: Path
    address: str
    system: LearningSystem
    packages: dict[str, Path]


@pytest.fixture(scope="module")
def thin(tmp_path_factory: pytest.TempPathFactory, media: Path) -> Iterator[ThinLibrary]:
    folder = tmp_path_factory.mktemp("thin")
    workspace = make_workspace(folder / "library")
    (folder / "system").mkdir()
    with learning_system(folder / "system") as system:
        origin = system.address.rstrip("/")
        edition = lay_edition(workspace, media, story_page(VIDEO), frames=(origin,))
        lay_plan(workspace, edition, plan_text(VIDEO), CAPTIONS)
        workspace.settings.write_text(f"embed: [{origin!r}]\n", encoding="utf-8")
        build_site(workspace)
        with plain_server(workspace.public, "ranges") as (address, _asked):
            workspace.settings.write_text(
                f"embed: [{origin!r}]\naddress: {address}\n", encoding="utf-8"
            )
            packages = {name: folder / f"{name}.zip" for name in ("story", "session")}
            whole = released_bundle_in(workspace.edition)
            of_story = replace(whole, edition=msgspec.structs.replace(edition, plans=()))
            for bundle, path in zip((of_story, whole), packages.values(), strict=True):
                material = Material(VIDEO, bundle)
                write_package(workspace, material, "cp-aaaaaa", path, thin=True)
                shutil.rmtree(bundle.folder / "package")
            yield ThinLibrary(workspace.public, address, system, packages)


@pytest.fixture
def opened_thin(thin: ThinLibrary, context: BrowserContext) -> Callable[[str], Page]:
    """Open one of its packages, as somebody new; time goes faster where a test says so."""
    context.clock.install()
    page = context.new_page()

    def opened(name: str) -> Page:
        thin.system.commits.clear()
        thin.system.take(thin.packages[name])
        page.goto(thin.system.address)
        return page

    return opened


def _within(page: Page) -> FrameLocator:
    """The library’s own page, within the package’s, within the system’s."""
    return page.frame_locator("iframe").frame_locator("iframe")


def _step(page: Page) -> Locator:
    step = _within(page).locator(".is-stepwise [data-step]:not([hidden])")
    step.wait_for()
    return step


def test_a_thin_session_is_the_session_from_the_library_s_own_server(
    thin: ThinLibrary, opened_thin: Callable[[str], Page]
) -> None:
    page, system = opened_thin("session"), thin.system
    step = _step(page)
    assert (
        page.frame_locator("iframe").locator("iframe").evaluate("f => f.clientWidth === innerWidth")
    ), "as wide as the page"
    step.get_by_text("To hear one carer out.").wait_for()
    for words in ("We listen first", "Listen for what she asked."):
        step.locator("[data-on]").click()
        step.get_by_text(words).wait_for()
    film = step.locator("video")
    start, end = (float(film.get_attribute(f"data-{at}") or 0) / 1000 for at in ("start", "end"))
    # It goes on playing, but slowly: however long this test takes, it is within the clip.
    at = film.evaluate(
        """(v, enough) => new Promise(done => {
          v.addEventListener("timeupdate", () => {
            if (v.currentTime < enough) { return; }
            v.playbackRate = 0.0625;
            done(v.currentTime);
          });
          v.play(); })""",
        start + 1.5,
    )
    # As a tab is closed: what the page within says then comes to nobody any more.
    page.goto("about:blank")
    _until(lambda: _stands_at(system.state) >= at - 1.5)
    assert (system.core["lesson_status"], system.core["exit"]) == ("incomplete", "suspend")
    page.goto(system.address)
    step = _step(page)
    step.get_by_text("It goes on where you left it").wait_for()
    film = step.locator("video")
    film.evaluate("v => { v.muted = true; v.playbackRate = 8; v.play(); }")
    _until(lambda: film.evaluate("(v, end) => v.paused && v.currentTime >= end - 0.3", end))
    # To the end, also past what the second clip shows.
    end_of_all = _within(page).locator("#step-end")
    while not end_of_all.is_visible():
        clip = step.locator("video")
        if clip.count() and clip.evaluate("v => !v.played.length"):
            clip.evaluate(
                """v => new Promise(done => {
                  v.muted = true; v.playbackRate = 8;
                  v.addEventListener("pause", done, {once: true}); v.play(); })"""
            )
        step.locator("[data-on]").click()
    _within(page).get_by_text("You have finished. You can close").wait_for()
    _until(lambda: system.core["lesson_status"] == "completed")
    assert (system.core["exit"], system.core["score"]["raw"]) == ("", "")
    _require_times(page.evaluate("calls"), system.core)


def test_a_step_that_was_taken_out_is_passed_over(
    thin: ThinLibrary, opened_thin: Callable[[str], Page]
) -> None:
    page = opened_thin("session")
    step, within = _step(page), _within(page)
    for words in ("We listen first", "Listen for what she asked."):
        step.locator("[data-on]").click()
        step.get_by_text(words).wait_for()
    key = step.get_attribute("data-step")
    folder = thin.public / "embed" / "sessions" / "listening"
    course, shown = folder / "index.html", folder / "shown.json"
    before = {path: path.read_text(encoding="utf-8") for path in (course, shown)}
    mark = json.loads(before[shown])["film"]
    try:
        for path, words in before.items():
            changed = words.replace(mark, "another").replace(
                f'data-step="{key}"', 'data-step="new"'
            )
            path.write_text(changed, encoding="utf-8")
        page.clock.fast_forward(31_000)
        # It comes into the place of the one that is gone, and says that something changed.
        within.get_by_text("where you were was changed or taken out").wait_for()
        assert _step(page).get_attribute("data-step") == "new"
        _step(page).locator("[data-on]").click()
        within.get_by_text("Your learning system keeps where you are.").wait_for()
    finally:
        for path, words in before.items():
            path.write_text(words, encoding="utf-8")


def test_a_whole_package_says_whom_to_tell_from_its_day_on_and_can_be_ended(
    context: BrowserContext, system: LearningSystem
) -> None:
    # Begun before that day: it comes while the course is open, and later it is opened anew.
    opened = Opened(context, system)
    opened.go_on()
    _until(lambda: system.commits and system.core["lesson_location"] == "2")
    state = system.state
    context.clock.set_fixed_time("2030-05-05T12:00:00Z")
    opened.course.locator("body").evaluate("() => { window.dispatchEvent(new Event('focus')); }")
    for _ in range(2):
        opened.course.get_by_text("You cannot finish this").wait_for()
        opened.course.get_by_text("copy cp-aaaaaa may be used until 3 March 2028").wait_for()
        assert opened.course.locator(".contact").inner_text().strip()
        assert "I rang the ward" not in "".join(frame.content() for frame in opened.page.frames)
        assert system.state == state, "nothing that was kept is lost"
        opened.page.reload()
    opened.course.get_by_role("button", name="End it here").click()
    opened.course.get_by_text("It is ended here, and not noted as done.").wait_for()
    _until(lambda: system.core["exit"] == "")
    assert system.core["lesson_status"] == "incomplete"
    opened.close()


def test_a_tab_with_a_thin_package_closed_at_any_moment_loses_less_than_a_second(
    thin: ThinLibrary, context: BrowserContext
) -> None:
    thin.system.commits.clear()
    thin.system.take(thin.packages["story"])
    # As the tab is closed, what the library’s own page says comes to nobody any more.
    _close_at_moments(MOMENTS or 5, lambda: Opened(context, thin.system, thin=True), lost=1.0)


def test_a_thin_package_is_dark_once_it_is_taken_back_and_can_be_ended(
    thin: ThinLibrary, opened_thin: Callable[[str], Page]
) -> None:
    page, system = opened_thin("story"), thin.system
    step = _step(page)
    step.get_by_text("Describes a frightening night.").wait_for()
    step.locator("[data-on]").click()
    around, within = page.frame_locator("iframe"), _within(page)
    film = step.locator("video")
    film.evaluate("v => v.play().then(() => undefined)")
    folder = thin.public / "embed" / VIDEO
    folder.rename(folder.with_name("aside"))
    try:
        page.clock.fast_forward(31_000)
        page.clock.fast_forward(2_000)
        within.get_by_role("heading", name="Not shown any more").wait_for()
        around.get_by_text("You cannot finish this any more").wait_for()
        assert "I rang the ward" not in "".join(frame.content() for frame in page.frames)
        # Opened anew it says so within seconds, in the library’s own words, with whom to ask.
        page.reload()
        page.clock.run_for(4_000)
        within.get_by_text("Ask the carers’ lead on extension 4021.").wait_for()
        around.get_by_text("what copy cp-aaaaaa showed was taken away").wait_for()
        around.get_by_role("button", name="End it here").click()
        around.get_by_text("It is ended here, and not noted as done.").wait_for()
        _until(lambda: system.core["exit"] == "")
        assert system.core["lesson_status"] == "incomplete"
    finally:
        folder.with_name("aside").rename(folder)


def test_a_thin_package_says_that_the_library_cannot_be_reached(
    thin: ThinLibrary, opened_thin: Callable[[str], Page], context: BrowserContext
) -> None:
    # Signed out: each address answers with another page.
    pages = f"{thin.address}embed/**"
    context.route(pages, lambda route: route.fulfill(status=200, body="<p>Sign in</p>"))
    page = opened_thin("story")
    around = page.frame_locator("iframe")
    around.locator("iframe").wait_for(state="attached")
    while not around.get_by_text("cannot be reached from this computer").count():
        page.clock.run_for(1_000)
    assert thin.system.core["lesson_status"] == "incomplete"
    assert not around.get_by_role("button", name="End it here").is_visible()
    context.unroute(pages)
    around.get_by_role("button", name="Try again").click()
    _step(page).get_by_text("Describes a frightening night.").wait_for()
