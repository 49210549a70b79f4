"""The time after a session in Chromium: codes read by a camera, later forms, reminders."""

from __future__ import annotations

import subprocess
import time
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import icalendar
import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from publish.edition import read_edition
from publish.training.calendar_file import calendar_domain, calendar_file
from publish.training.feedback import collect_forms
from publish.training.follow_up import reminders
from tests.support.browser import launch_chromium
from tests.support.editions import BuiltSite
from tests.support.page_checks import Open, watched_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

    from publish.training.published import PublishedPlan

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FORM, LATER = "training/listening-evaluation.html", "training/listening/two-weeks.html"
AFTERWARDS = "training/listening/afterwards.html"
WORDS = "Grüße, “quoted” \\ and 😀, on two\nlines. " * 12


def _plan(site: BuiltSite) -> PublishedPlan:
    return next(plan for plan in read_edition(site.workspace).plans if plan.id == "listening")


def _until(page: Page, expression: str, seconds: float = 90) -> None:
    late = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < late, (
            expression,
            page.locator("[data-code-said]").text_content(),
        )
        page.wait_for_timeout(50)


def _codes(page: Page, folder: Path) -> list[Path]:
    """Photographs of each code that the page shows in turn."""
    page.get_by_role("button", name="Show my answers as a code").click()
    page.wait_for_selector("[data-codes]:not([hidden])")
    # Else the next code may come by itself after a photograph, and would be in none.
    page.get_by_role("button", name="Stop changing").click()
    said = str(page.locator("[data-code-counter]").text_content())
    count = int(said.split(" of ")[1].split(".")[0]) if " of " in said else 1
    pictures = []
    for number in range(count):
        if number:
            page.locator("[data-code-next]").click()
        pictures.append(folder / f"code-{number}.png")
        page.locator("[data-codes] canvas").screenshot(path=pictures[-1])
    return pictures


def _film(pictures: list[Path], destination: Path) -> None:
    """A camera’s film of a phone that shows each code for a second, not quite in the middle."""
    looks = "scale=430:430:flags=area,pad=640:480:70:30:color=gray,fps=10,format=yuv420p"
    command = [get_ffmpeg_exe(), "-v", "error", "-y", "-framerate", "1", "-i"]
    command += [str(pictures[0].parent / "code-%d.png"), "-vf", looks, str(destination)]
    subprocess.run(command, check=True)


_DECODED = """() => {
    const code = document.querySelector("[data-form-code] canvas");
    const size = code.width * 6;
    const large = new OffscreenCanvas(size, size).getContext("2d");
    large.imageSmoothingEnabled = false;
    large.drawImage(code, 0, 0, size, size);
    return window.carerCodes.decodeQR(large.getImageData(0, 0, size, size));
}"""


def _look_over_http(camera: Browser, public: Path) -> None:
    """The address of the form as a code, where phones can reach it; no camera without https."""
    address = "http://library.example/"

    def answer(route: Route) -> None:
        route.fulfill(path=public / route.request.url.partition("?")[0].removeprefix(address))

    with watched_page(camera, address) as page:
        page.route(f"{address}**", answer)
        page.goto(address + FORM)
        page.fill("[data-session-day]", "2026-11-23")
        page.get_by_role("button", name="Show the form’s address as a code").click()
        page.wait_for_selector("[data-form-code] canvas:not([hidden])")
        assert page.evaluate(_DECODED) == f"{address}{FORM}?session=2026-11-23"
        page.get_by_role("button", name="Read codes with the camera").click()
        said = page.locator("[data-code-said]").text_content()
        assert "only over https" in str(said)
        assert "save a file" in str(said)
        # The last step of the room’s screen, from which everybody photographs it.
        page.goto(address + FORM.replace("-evaluation", "-present"))
        last = page.locator("[data-slide]").count()
        page.goto(f"{page.url.partition('#')[0]}#step-{last}")
        page.reload()
        page.get_by_role("button", name="Show the form’s address as a code").click()
        code = page.locator("[data-form-code] canvas:not([hidden])")
        for size in ({"width": 1280, "height": 720}, {"width": 640, "height": 400}):
            page.set_viewport_size(size)
            for _ in range(2):
                page.get_by_role("button", name="Show the form’s address as a code").click()
            code.wait_for()
            box, bar = code.bounding_box(), page.locator("[data-bar]").bounding_box()
            assert box is not None
            assert bar is not None
            assert box["y"] >= 0
            assert box["y"] + box["height"] <= bar["y"], "whole, above the bar"
        day = page.evaluate("new Date().toLocaleDateString('sv')")
        assert page.evaluate(_DECODED) == f"{address}{FORM}?session={day}"
        page.get_by_role("link", name="Read answers from phones").click()
        page.locator("#read-codes:focus").wait_for()
        box = page.get_by_role("button", name="Read codes with the camera").bounding_box()
        assert box is not None
        assert 0 < box["y"] < 800


def test_answers_of_a_phone_are_read_by_the_camera_and_count_once(
    browser: Browser, whole_site: BuiltSite, tmp_path: Path
) -> None:
    with watched_page(browser, whole_site.http, 390, has_touch=True) as phone:
        phone.goto(whole_site.http + FORM)
        phone.locator("input[name=confident_before][value='2']").check()
        phone.locator("input[name=confident_after][value='4']").check()
        phone.get_by_label("What will you do?").fill(WORDS)
        phone.locator("input[name=words_shared][value=yes]").check()
        pictures = _codes(phone, tmp_path)
        assert len(pictures) > 1, "the answers are too long for one code"
        phone.get_by_role("button", name="It was read: clear my answers").click()
        assert phone.locator("input:checked").count() == 0
    _film(pictures, tmp_path / "camera.y4m")
    camera = launch_chromium(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={tmp_path / 'camera.y4m'}",
    )
    try:
        with watched_page(camera, whole_site.http, accept_downloads=True) as page:
            page.goto(whole_site.http + FORM)
            page.fill("[data-session-day]", "2026-11-23")
            page.get_by_role("button", name="Read codes with the camera").click()
            said = "document.querySelector('[data-code-said]').textContent"
            _until(page, f"{said}.startsWith('Read: 2 marks and 1 text.')")
            # The film begins again: the same codes are shown once more.
            _until(page, f"{said} === 'These answers are here already. They count once.'")
            page.get_by_role("button", name="Switch the camera off").click()
            assert not page.evaluate("document.querySelector('video').srcObject")
            with page.expect_download() as saving:
                page.get_by_role("button", name="Save as a file").click()
            saving.value.save_as(tmp_path / "forms.csv")
            page.get_by_role("button", name="Erase the forms kept here").click()
            page.get_by_role("button", name="Yes, erase them now").click()
            page.reload()
            page.get_by_role("button", name="Read codes with the camera").click()
            _until(page, f"{said} === 'These answers are here already. They count once.'")
        _look_over_http(camera, whole_site.workspace.public)
    finally:
        camera.close()
    (form,) = collect_forms([tmp_path / "forms.csv"], {"listening": _plan(whole_site)}).forms
    assert dict(form.scores) == {("confident", "before"): 2, ("confident", "after"): 4}
    assert form.comments["one-thing"] == WORDS.strip()
    assert (form.session, form.words_shared) == ("2026-11-23", True)
    assert form.id


def test_a_later_form_is_kept_with_its_session_and_known_when_it_is_saved_again(
    browser: Browser, whole_site: BuiltSite, tmp_path: Path
) -> None:
    plans = {"listening": _plan(whole_site)}
    paths = [tmp_path / "first.csv", tmp_path / "second.csv"]
    with watched_page(browser, whole_site.http, accept_downloads=True) as page:
        page.goto(f"{whole_site.http}{LATER}?session=2026-11-09")
        for number, path in enumerate(paths, 1):
            page.locator(f"input[name=did_it_later][value='{number}']").check()
            page.locator("textarea[name=what_i_did]").fill(f"I rang back, {number}")
            page.get_by_role("button", name="Keep my answers").click()
            with page.expect_download() as saving:
                page.get_by_role("button", name="Save as a file").click()
            assert saving.value.suggested_filename.startswith("listening-two-weeks-")
            saving.value.save_as(path)
        page.evaluate("localStorage.clear()")
    collected = collect_forms(paths, plans)
    assert len(collected.forms) == 2
    assert collected.repeated == 1
    assert {form.session for form in collected.forms} == {"2026-11-09"}
    assert not any(form.words_shared for form in collected.forms), "nobody said that they may be"


@pytest.mark.parametrize(
    ("at", "base", "left_out"), [("", "http", ()), ("", "http", (4, 6)), ("09:30", "file", (4,))]
)
def test_the_page_makes_the_calendar_that_the_command_makes(
    browser: Browser,
    whole_site: BuiltSite,
    tmp_path: Path,
    at: str,
    base: str,
    left_out: tuple[int, ...],
) -> None:
    address = str(getattr(whole_site, base))
    without = ",".join(map(str, left_out))
    with watched_page(browser, address, accept_downloads=True, timezone_id="Europe/London") as page:
        page.goto(address + AFTERWARDS + (f"?without={without}" if without else ""))
        page.fill("#held-on", "2026-10-05")
        page.fill("#meeting-on", "2026-10-04")
        page.get_by_role("button", name="Save the reminders").click()
        assert "before the day of the session" in page.locator("[data-reminders-said]").inner_text()
        page.fill("#meeting-on", "2026-10-30")
        assert page.locator("[data-reminders-said]").inner_text() == ""
        page.fill("#remind-at", at)
        with page.expect_download() as saving:
            page.get_by_role("button", name="Save the reminders").click()
        saving.value.save_as(tmp_path / "page.ics")
    plan, library = _plan(whole_site), read_edition(whole_site.workspace).library
    made = calendar_file(
        plan,
        reminders(plan, date(2026, 10, 5), date(2026, 10, 30), left_out),
        session="2026-10-05",
        domain=calendar_domain(library.title, library.trust),
        made=datetime.now(UTC),
        at=time_of_day.fromisoformat(at) if at else None,
        zone=ZoneInfo("Europe/London"),
        form_address=f"{address}training/listening/" if base == "http" else "",
        left_out=left_out,
    )
    data = (tmp_path / "page.ics").read_bytes()
    calendar = icalendar.Calendar.from_ical(data)
    assert isinstance(calendar, icalendar.Calendar)
    assert [str(event["UID"]).split(".")[1] for event in calendar.events] == [
        "two-weeks",
        "team-meeting",
        "three-months",
    ]
    assert _without_stamp(data) == _without_stamp(made)


def test_what_is_asked_about_a_point_goes_with_it(look: Open, whole_site: BuiltSite) -> None:
    for address, words in (
        ("training/listening/supervision.html", "What did you say in the pair?"),
        ("training/listening/coaching.html", "The one word of the pair"),
        (LATER, "One time you said that word"),
    ):
        for without in ("", "?without=3", "?without=3,4"):
            page = look(address + without, base=whole_site.file)
            is_there = page.get_by_text(words, exact=True).is_visible()
            assert is_there == ("4" not in without), (address, without)
    label = page.locator("label[for=example-words]")
    assert label.inner_text() == "One example: what happened, and what came of it?"


def _without_stamp(data: bytes) -> list[bytes]:
    return [line for line in data.split(b"\r\n") if not line.startswith(b"DTSTAMP")]
