"""A story in a frame of another system: named, not named, taken back, and not to be asked."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from library.core.workspace import Workspace
from publish.build import build_site
from publish.render.embed import frame_line
from publish.serve import serve_pages
from tests.support.editions import VIDEO, lay_edition, story_page
from tests.support.plain_servers import plain_server
from tests.support.workspaces import make_workspace

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Frame, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AROUND = """<!doctype html><title>A course</title>
<style>iframe {{ width: 100%; height: 600px; border: 0 }}</style>
{frame}
<script>
const told = [];
addEventListener("message", (event) => {{
  told.push({{ ...event.data, from: event.origin }});
  if (event.data.carerStories === "ready") {{ event.source.postMessage({resume}, event.origin); }}
}});
</script>"""


class _Course(BaseHTTPRequestHandler):
    page: ClassVar[str] = ""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        body = type(self).page.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class OtherSite:
    """A page of another origin, with a frame."""

    def __init__(self, address: str, handler: type[_Course]) -> None:
        self.address, self._handler = address, handler

    def frames(self, address: str, resume: str = "{}") -> str:
        self._handler.page = AROUND.format(frame=frame_line(address, "A story"), resume=resume)
        return f"{self.address}/"


@contextmanager
def _other_site() -> Iterator[OtherSite]:
    handler = type("_Served", (_Course,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield OtherSite(f"http://127.0.0.1:{server.server_port}", handler)
        server.shutdown()


@pytest.fixture(scope="module")
def course() -> Iterator[OtherSite]:
    with _other_site() as site:
        yield site


@pytest.fixture(scope="module")
def library(
    tmp_path_factory: pytest.TempPathFactory, media: Path, course: OtherSite
) -> Iterator[tuple[Workspace, str]]:
    """A site whose stories the course may show, and its address."""
    workspace = make_workspace(tmp_path_factory.mktemp("embedded") / "library")
    lay_edition(workspace, media, story_page(VIDEO), frames=(course.address,))
    workspace.settings.write_text(f"embed: [{course.address!r}]\n", encoding="utf-8")
    build_site(workspace)
    with serve_pages(workspace, 0) as address:
        yield workspace, address


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 320, "height": 700})
    # Time goes on by itself, and faster where a test says so.
    context.clock.install()
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert not complaints


def _inside(page: Page) -> Frame:
    page.locator("iframe").wait_for()
    frame = page.frames[1]
    frame.locator("h1").wait_for()
    return frame


def _told(page: Page, name: str, **values: Any) -> dict[str, Any]:
    """The first such message, as soon as it has come."""
    is_such = """([name, values]) => told.find(one => one.carerStories === name
      && Object.entries(values).every(([key, value]) => one[key] === value))"""
    page.wait_for_function(is_such, arg=[name, values])
    message: dict[str, Any] = page.evaluate(is_such, [name, values])
    return message


def test_a_named_site_shows_it_and_is_told_how_far_somebody_came(
    page: Page, library: tuple[Workspace, str], course: OtherSite
) -> None:
    _, address = library
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url.removeprefix(address)))
    resume = '{carerStories: "resume", position: 8.5, played: "0.0-8.5", reflect: true}'
    page.goto(course.frames(f"{address}embed/{VIDEO}/", resume))
    inside = _inside(page)
    assert _told(page, "ready", story=VIDEO)["from"] == address.rstrip("/")
    assert _told(page, "height")["height"] > 300
    assert _told(page, "position", position=8.5)["progress"] == pytest.approx(0.708, abs=0.01)
    inside.get_by_text("It goes on where you left it.").wait_for()
    assert not [url for url in requests if url.endswith((".mp4", ".m4a", ".woff2"))], requests
    # As soon as it is opened: a browser may have kept the page since before it was taken back.
    assert f"embed/{VIDEO}/shown.json" in requests
    kept = "[document.cookie, localStorage.length, sessionStorage.length].join()"
    assert inside.evaluate(kept) == ",0,0"
    assert inside.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
    inside.locator("summary").press("Enter")
    inside.get_by_text("You can always listen.").wait_for()
    inside.locator("video").press(" ")
    ended = _told(page, "ended", progress=1)
    assert ended["position"] == pytest.approx(12, abs=0.3)
    assert inside.evaluate("document.querySelector('video').textTracks[0].cues.length") == 3
    assert not page.evaluate("told.some(one => one.carerStories === 'done')")
    inside.get_by_role("button", name="I have taken time for this").press("Enter")
    _told(page, "done", story=VIDEO)
    # The page around must be this one, and say what is known.
    inside.evaluate(
        """() => { const words = {carerStories: "resume", position: 3};
          window.postMessage(words, "*"); window.parent.postMessage(words, "*"); }"""
    )


def test_one_question_begins_and_ends_where_it_was_told(
    page: Page, library: tuple[Workspace, str], course: OtherSite
) -> None:
    _, address = library
    for part in ("staff/", "#t=8,12"):
        page.goto(course.frames(f"{address}embed/{VIDEO}/{part}"))
        inside = _inside(page)
        _told(page, "ready")
        inside.evaluate("document.querySelector('video').play()")
        ended = _told(page, "ended", start=8, end=12)
        assert ended["progress"] == 1, ended
        _told(page, "done")


def test_a_site_that_is_not_named_sees_nothing_of_it(
    page: Page, library: tuple[Workspace, str]
) -> None:
    workspace, address = library
    with _other_site() as stranger:
        # By the header of the server.
        page.goto(stranger.frames(f"{address}embed/{VIDEO}/"))
        page.wait_for_function("document.querySelector('iframe').contentDocument === null")
        assert "Nobody would talk to me" not in page.frames[1].content()
        # And by itself, where a server sends none.
        with plain_server(workspace.public, "ranges") as (plain, asked):
            page.goto(stranger.frames(f"{plain}embed/{VIDEO}/index.html"))
            inside = _inside(page)
            inside.get_by_text("is not one that the library names").wait_for()
            assert "I rang the ward" not in inside.content()
            assert not asked
            assert page.evaluate("told.length") == 0


def test_what_is_taken_back_is_gone_within_a_minute_where_it_is_open(
    page: Page, library: tuple[Workspace, str], course: OtherSite, tmp_path: Path
) -> None:
    workspace, _ = library
    public = tmp_path / "public"
    shutil.copytree(workspace.public, public)
    with plain_server(public, "ranges") as (plain, _asked):
        page.goto(course.frames(f"{plain}embed/{VIDEO}/index.html"))
        inside = _inside(page)
        inside.evaluate("document.querySelector('video').play()")
        _told(page, "position")
        shutil.rmtree(public / "embed" / VIDEO)
        shutil.rmtree(public / "stories")
        page.clock.fast_forward(31_000)
        inside.get_by_role("heading", name="Not shown any more").wait_for()
        page.clock.fast_forward(2_000)
        _told(page, "dark", story=VIDEO)
        words = inside.content()
        assert "I rang the ward" not in words
        assert "<video" not in words


def test_what_cannot_be_asked_is_covered_until_there_is_an_answer(
    page: Page, library: tuple[Workspace, str], course: OtherSite
) -> None:
    _, address = library
    page.goto(course.frames(f"{address}embed/{VIDEO}/"))
    inside = _inside(page)
    inside.locator("article").wait_for()
    page.context.route("**/shown.json", lambda route: route.fulfill(status=200, body="Sign in"))
    page.clock.fast_forward(31_000)
    page.clock.fast_forward(6_000)
    inside.get_by_text("The library does not answer").wait_for()
    assert not inside.locator("article").is_visible()
    page.context.unroute("**/shown.json")
    page.clock.fast_forward(6_000)
    inside.locator("article").wait_for()
