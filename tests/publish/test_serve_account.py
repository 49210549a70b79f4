"""`site serve` as somebody else on the same machine meets it, and as time goes on."""

from __future__ import annotations

import http.client
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from library.consent.stories import read_history
from library.core import clock
from library.core.errors import Busy, NotFound
from library.core.workspace import Workspace
from publish.serve import serve, serve_pages
from publish.serving import gatekeeper, still_shown
from publish.serving.paths import path_in_site
from tests.support.quick_stories import sign_off
from tests.support.workspaces import make_workspace

Answer = tuple[int, dict[str, str], bytes]


class Client:
    """Whoever asks, with a cookie or without."""

    def __init__(self, link: str) -> None:
        address = urlsplit(link)
        self.host, self.port, self.link = str(address.hostname), address.port, address.path
        self.base = self.link.partition("enter/")[0]
        self.cookie = ""

    def ask(self, target: str, method: str = "GET", **headers: str) -> Answer:
        # Below the path that only the link names; a stranger asks from the root.
        if self.cookie and not target.startswith(self.base):
            target = self.base + target.removeprefix("/")
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        connection.putrequest(method, target, skip_host="Host" in headers)
        for name, value in headers.items():
            connection.putheader(name, value)
        if self.cookie:
            connection.putheader("Cookie", self.cookie)
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        # The time of day is all that may differ.
        answer_headers = {name: value for name, value in answer.getheaders() if name != "Date"}
        return answer.status, answer_headers, body

    def come_in(self) -> Client:
        status, headers, _ = self.ask(self.link)
        assert status == 200
        self.cookie, *terms = headers["Set-Cookie"].split("; ")
        # And no date: for the session. Of the path no other program of this machine can know.
        assert {"HttpOnly", "SameSite=Strict", f"Path={self.base}"} == set(terms)
        assert len(self.base) > 20
        return self

    def settled(self, target: str, but: bytes = gatekeeper.BEING_RENEWED.encode()) -> Answer:
        """Ask until the library is not being renewed any more."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            answer = self.ask(target)
            if but not in answer[2]:
                return answer
        raise AssertionError(f"it says for ever: {answer[2]!r}")


@pytest.fixture(scope="module")
def plain_site(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A site of two pages and nothing behind it: nobody's story is out."""
    workspace = make_workspace(tmp_path_factory.mktemp("plain") / "library")
    (workspace.public / "training").mkdir(parents=True)
    for name in ("index.html", "about.html", "404.html", "training/index.html"):
        (workspace.public / name).write_text(f"<p>{name}</p>", encoding="utf-8")
    (workspace.public / "link.html").symlink_to(workspace.database)
    return workspace


@contextmanager
def _served(workspace: Workspace) -> Iterator[Client]:
    with serve(workspace, 0) as link:
        yield Client(link)


ANYTHING = (
    "/",
    "/about.html",
    "/nothing.html",
    "/training",
    "/../interviews/library.json",
    "/enter/",
    "/enter/guessed",
    "//",
)


def test_other_accounts_get_one_answer_whatever_they_ask(plain_site: Workspace) -> None:
    with _served(plain_site) as stranger:
        for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS"):
            answers = [stranger.ask(target, method) for target in ANYTHING]
            assert answers[0][0] == 403
            assert all(answer == answers[0] for answer in answers), method
        assert stranger.ask(stranger.link, "HEAD")[0] == 403, "only a browser’s own request counts"
        editor = Client("http://" + f"{stranger.host}:{stranger.port}" + stranger.link).come_in()
        assert editor.ask("/about.html")[2] == b"<p>about.html</p>"
        # The link is good once; and whoever has the cookie is led on.
        assert stranger.ask(stranger.link) == stranger.ask("/")
        assert editor.ask(editor.link)[0] == 303
        # With the cookie, but by a name that leads here from elsewhere.
        assert editor.ask("/about.html", Host="stories.example") == stranger.ask("/")
        stranger.cookie = editor.cookie[:-2] + "AA"
        assert stranger.ask("/about.html")[0] == 403


def test_a_program_on_another_port_is_sent_no_cookie_of_the_library(
    plain_site: Workspace,
) -> None:
    """Of a port that was taken over since a tab was opened there: cookies know no ports."""
    not_found = plain_site.public / "404.html"
    before = not_found.read_bytes()
    with _served(plain_site) as first, _served(plain_site) as second:
        assert first.base != second.base
        editor = first.come_in()
        for target in ("/", "/about.html", editor.base[:-1]):
            stranger = Client(f"http://{first.host}:{first.port}{first.link}")
            stranger.cookie, stranger.base = editor.cookie, "/"
            assert stranger.ask(target)[0] == 403, "the cookie is of no use without the path"
        not_found.write_text('<a href="/about.html"><script src="/a.js"></script>')
        assert editor.ask("/nothing.html")[2].decode() == (
            f'<a href="{editor.base}about.html"><script src="{editor.base}a.js"></script>'
        )
    not_found.write_bytes(before)


def test_a_foreign_path_is_answered_as_what_is_not_there(plain_site: Workspace) -> None:
    with _served(plain_site) as link:
        editor = link.come_in()
        missing = editor.ask("/nothing.html")
        assert missing[0] == 404
        for target in FOREIGN:
            assert editor.ask(target) == missing, target
        assert editor.ask("/link.html") == missing, "a link that leads out of the site"
        assert editor.ask("/training/")[0] == 200
        assert editor.ask("/training")[1]["Location"] == f"{editor.base}training/"


FOREIGN = (
    "/../interviews/library.json",
    "/%2e%2e/interviews/library.json",
    "/training/..%2f..%2finterviews/library.json",
    "/training/../about.html",
    "/./about.html",
    "/training//index.html",
    "/..\\interviews\\library.json",
    "/%5c%5chost%5cshare",
    "/about.html%00.txt",
    "/%252e%252e/interviews/library.json",
    "/C:/windows/win.ini",
    "/about.html::$DATA",
    "/about.html.",
    "/.hidden",
    "/%ff.html",
    "http://127.0.0.1/etc/passwd",
    "/" + "a" * 300 + ".html",
)


def test_paths_are_judged_before_the_disk_is_looked_at() -> None:
    foreign = [*FOREIGN[:-1], "//about.html", "/training//", "about.html", ""]
    assert [target for target in foreign if path_in_site(target) is not None] == []
    for target, path in (
        ("/", ""),
        ("/about.html?x=../..#..", "about.html"),
        ("/training/", "training/"),
        ("/stories/cs-4k7m2q/film.mp4", "stories/cs-4k7m2q/film.mp4"),
        ("/caf%C3%A9.html", "café.html"),
    ):
        assert path_in_site(target) == path


def _go_to(day: date, monkeypatch: pytest.MonkeyPatch) -> None:
    real_today = clock.today
    for module in list(sys.modules.values()):
        if getattr(module, "today", None) is real_today:
            monkeypatch.setattr(module, "today", lambda: day)


def test_what_is_narrowed_is_gone_at_the_next_page_without_anything_being_run(
    workspace: Workspace, published: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gatekeeper, "CHECK_INTERVAL_S", 0.0)
    (other,) = {path.stem for path in (workspace.public / "stories").glob("cs-*.html")} - {
        published
    }
    with _served(workspace) as link:
        editor = link.come_in()
        assert editor.settled(f"/stories/{published}.html")[0] == 200
        sign_off(workspace, published, "training")  # as if in another window
        assert editor.settled(f"/stories/{published}.html")[0] == 404
        assert editor.settled(f"/stories/{other}.html")[0] == 200
        assert published.encode() not in editor.settled("/")[2]
        _is_shut_while_the_records_cannot_be_read(workspace, editor, f"/stories/{other}.html")
        review = read_history(workspace, other).releases[-1].review
        _go_to(review - timedelta(days=1), monkeypatch)
        assert editor.settled(f"/stories/{other}.html")[0] == 200
        _go_to(review, monkeypatch)
        assert editor.settled(f"/stories/{other}.html")[0] == 404
        assert other.encode() not in editor.settled("/")[2]


def test_a_film_is_sent_no_further_once_it_is_taken_back(
    plain_site: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever pauses a film has asked for all of it, and takes the rest an hour later."""
    monkeypatch.setattr(still_shown, "CHECK_INTERVAL_S", 0.0)
    film, size = plain_site.public / "film.mp4", 60_000_000

    def sent(meanwhile: Callable[[], object]) -> int:
        with film.open("wb") as file:
            file.truncate(size)
        connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=60)
        connection.request("GET", "/film.mp4")
        answer = connection.getresponse()
        assert int(answer.headers["Content-Length"]) == size
        received = len(answer.read(1_000))
        meanwhile()
        try:
            received += len(answer.read())
        except http.client.IncompleteRead as error:
            received += len(error.partial)
        connection.close()
        return received

    def made_again() -> None:
        copy = film.with_name("copy.mp4")
        shutil.copyfile(film, copy)
        copy.replace(film)

    with serve_pages(plain_site, 0) as link:
        address = urlsplit(link)
        assert sent(lambda: None) == size
        assert sent(made_again) == size, "a site that is made again has the same film"
        assert sent(film.unlink) < size / 2


def _is_shut_while_the_records_cannot_be_read(
    workspace: Workspace, editor: Client, target: str
) -> None:
    whole = workspace.database.read_bytes()
    workspace.database.write_bytes(b"torn")
    status, _, body = editor.settled(target)
    assert status == 503
    assert b"carer-stories verify" in body
    workspace.database.write_bytes(whole)
    # It outlives that, and looks again after as long as the last look took.
    assert editor.settled(target, b"carer-stories verify")[0] in {200, 503}
    assert editor.settled(target)[0] == 200


def test_without_a_site_there_is_no_server(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "library")
    with pytest.raises(NotFound), serve(workspace, 0):
        pass


def test_a_port_that_another_program_has_is_refused_and_never_shared(
    plain_site: Workspace,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Busy, match=f"Port {port} is in use"), serve(plain_site, port):
            pass
    with serve(plain_site, port) as link:
        assert f":{port}/" in link
        with pytest.raises(OSError, match="in use"):
            socket.create_server(("127.0.0.1", port))


def test_the_command_prints_a_link_and_says_for_whom(
    plain_site: Workspace, monkeypatch: pytest.MonkeyPatch, run_cli: Callable[..., object]
) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("publish.cli.site._wait", stop)
    monkeypatch.chdir(plain_site.root)
    result = run_cli("site", "serve", "--port", "0")
    assert "your account alone" in result.out  # type: ignore[attr-defined]
    assert "Next: Open this link, which works once: http://127.0.0.1:" in result.out  # type: ignore[attr-defined]
