"""The preview server, and the one of `docs/hosting.md`: ranges, headers, this machine alone."""

from __future__ import annotations

import gzip
import http.client
import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import pytest

from publish.serve import HEADERS, HOST, serve_pages
from publish.serving.compression import TEXTS
from tests.support.command_line import ROOT
from tests.support.editions import HEARD, VIDEO, BuiltSite

HOSTING = (ROOT / "docs" / "hosting.md").read_text(encoding="utf-8")


def _ask(
    site: BuiltSite, path: str, *, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    address = urlsplit(site.http)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, f"/{path}", headers=named)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_a_film_can_be_read_from_its_middle(built_site: BuiltSite) -> None:
    film = (built_site.workspace.public / f"stories/{VIDEO}/film.mp4").read_bytes()
    answer, body = _ask(built_site, f"stories/{VIDEO}/film.mp4", Range="bytes=1000-1999")
    assert answer.status == 206
    assert body == film[1000:2000]
    assert answer.headers["Content-Range"] == f"bytes 1000-1999/{len(film)}"
    assert answer.headers["Content-Type"] == "video/mp4"
    assert _ask(built_site, f"stories/{VIDEO}/film.mp4", Range="bytes=-10")[1] == film[-10:]


def test_one_connection_is_kept_for_every_question(built_site: BuiltSite) -> None:
    """Whatever is answered: what one answer left unread would begin the next one."""
    film = (built_site.workspace.public / f"stories/{VIDEO}/film.mp4").read_bytes()
    about = (built_site.workspace.public / "about.html").read_bytes()
    address = urlsplit(built_site.http)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=30)
    connection.connect()
    first = connection.sock
    requests: list[tuple[str, str, dict[str, str], int, bytes | None]] = [
        ("GET", "about.html", {}, 200, about),
        ("HEAD", "about.html", {}, 200, b""),
        ("GET", f"stories/{VIDEO}/film.mp4", {"Range": "bytes=5-8"}, 206, film[5:9]),
        ("HEAD", f"stories/{VIDEO}/film.mp4", {}, 200, b""),
        ("GET", f"stories/{VIDEO}/film.mp4", {"Range": "bytes=99999999-"}, 416, None),
        ("GET", "gone.html", {}, 404, None),
        ("GET", "training", {}, 301, None),
        ("GET", "about.html", {"Host": "stories.example"}, 403, None),
        ("GET", "about.html", {}, 200, about),
    ]
    for method, path, headers, status, body in requests:
        connection.request(method, f"/{path}", headers=headers)
        answer = connection.getresponse()
        read = answer.read()
        assert answer.status == status, path
        assert answer.headers["Content-Length"] == str(len(read)) or method == "HEAD", path
        assert body is None or read == body, path
        assert connection.sock is first, path
    connection.request("GET", "/about.html", headers={"If-None-Match": answer.headers["ETag"]})
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (304, b"")
    connection.request("HEAD", f"/stories/{VIDEO}/film.mp4")
    answer = connection.getresponse()
    assert answer.headers["Content-Length"] == str(len(film))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert connection.sock is first
    connection.close()


def test_a_browser_that_asks_for_nothing_more_is_no_error(
    built_site: BuiltSite, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("publish.serve.KEEP_ALIVE_S", 0.05)
    with serve_pages(built_site.workspace, 0) as address:
        host = urlsplit(address)
        with socket.create_connection((str(host.hostname), host.port), timeout=30) as idle:
            assert idle.recv(1) == b""  # the server closes it by itself
    assert capfd.readouterr().err == ""


def test_a_question_that_brings_something_along_ends_the_connection(
    built_site: BuiltSite,
) -> None:
    """Otherwise what it brought would be read as the next question."""
    address = urlsplit(built_site.http)
    inner_request = b"GET /about.html HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    request = f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(inner_request)}\r\n\r\n"
    with socket.create_connection((str(address.hostname), address.port), timeout=30) as connection:
        connection.sendall(request.encode() + inner_request)
        answers = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answers.startswith(b"HTTP/1.1 405 ")
    assert answers.count(b"HTTP/1.1 ") == 1


def test_what_has_not_changed_is_not_sent_again_but_asked_for(built_site: BuiltSite) -> None:
    first, _ = _ask(built_site, "about.html")
    assert first.headers["Cache-Control"] == "no-cache"
    second_reply, body = _ask(built_site, "about.html", If_None_Match=first.headers["ETag"])
    assert (second_reply.status, body) == (304, b"")


@pytest.mark.parametrize("path", ["", "about.html", f"stories/{HEARD}/audio.m4a", "gone.html"])
def test_every_answer_has_the_headers(built_site: BuiltSite, path: str) -> None:
    answer, _ = _ask(built_site, path)
    for name, value in HEADERS.items():
        assert answer.headers[name] == value


PACKED = (
    ("br", "br"),
    ("gzip, deflate, br", "br"),
    ("gzip", "gzip"),
    ("gzip;q=0.5, br;q=0.4", "gzip"),
    ("br;q=0, *", "gzip"),
    ("identity", ""),
    ("br;q=0, gzip;q=0", ""),
    ("zstd", ""),
    ("", ""),
)
"""Codings that a client says it can unpack, and the one in which it is answered."""


@pytest.mark.parametrize(("accepted", "coding"), PACKED)
def test_text_is_compressed_for_whoever_takes_it_so(
    built_site: BuiltSite, accepted: str, coding: str
) -> None:
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, "": bytes}[coding]
    public = built_site.workspace.public
    for path in ("about.html", "assets/css/type.css", "assets/js/player.js", "gone.html"):
        answer, body = _ask(built_site, path, Accept_Encoding=accepted)
        file = public / (path if answer.status == 200 else "404.html")
        assert answer.headers.get("Content-Encoding", "") == coding, path
        assert answer.headers["Vary"] == "Accept-Encoding", path
        assert unpack(body) == file.read_bytes(), path
        assert not coding or len(body) < file.stat().st_size / 2, path
        head, nothing = _ask(built_site, path, method="HEAD", Accept_Encoding=accepted)
        assert nothing == b""
        assert head.headers["Content-Length"] == str(len(body)), path
        assert head.headers.get("Content-Encoding", "") == coding, path


def test_films_pictures_and_letters_are_sent_as_they_are(built_site: BuiltSite) -> None:
    names = (f"stories/{VIDEO}/film.mp4", f"stories/{VIDEO}/poster.jpg")
    for path in (*names, "assets/fonts/literata-latin-wght-normal.woff2"):
        answer, body = _ask(built_site, path, Accept_Encoding="gzip, br")
        assert "Content-Encoding" not in answer.headers
        assert "Vary" not in answer.headers
        assert body == (built_site.workspace.public / path).read_bytes()


def test_a_part_of_a_text_is_one_of_the_file_as_it_lies_there(built_site: BuiltSite) -> None:
    page = (built_site.workspace.public / "about.html").read_bytes()
    packed, _ = _ask(built_site, "about.html", Accept_Encoding="br")
    asked = {"Accept_Encoding": "br", "Range": "bytes=10-19"}
    answer, body = _ask(built_site, "about.html", **asked)
    assert (answer.status, body) == (206, page[10:20])
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Content-Range"] == f"bytes 10-19/{len(page)}"
    # Whoever has the packed one must not lay a part of the other into it.
    answer, body = _ask(built_site, "about.html", **asked, If_Range=packed.headers["ETag"])
    assert (answer.status, body) == (200, page)


def test_what_has_not_changed_is_known_in_each_coding(built_site: BuiltSite) -> None:
    marks = {
        coding: _ask(built_site, "about.html", Accept_Encoding=coding)[0].headers["ETag"]
        for coding in ("br", "gzip", "identity")
    }
    assert len({*marks.values()}) == 3
    for coding, mark in marks.items():
        for accepted in marks:
            answer, _ = _ask(built_site, "about.html", Accept_Encoding=accepted, If_None_Match=mark)
            assert answer.status == (304 if accepted == coding else 200)
            assert answer.headers["Vary"] == "Accept-Encoding"


def test_the_documented_server_compresses_what_ours_does() -> None:
    listed = re.search(r"gzip_types ([^;]+);", HOSTING)
    assert listed
    # nginx compresses text/html without being told, and calls a script by its older name.
    assert {*listed[1].split(), "text/html", "text/javascript"} == TEXTS


def test_what_is_not_there_is_our_own_page(built_site: BuiltSite) -> None:
    answer, body = _ask(built_site, "stories/cs-222222.html")
    assert answer.status == 404
    assert b"the story may have been taken away." in body
    assert _ask(built_site, "../interviews/library.json")[0].status == 404
    assert _ask(built_site, "%2e%2e/interviews/library.json")[0].status == 404


def test_a_folder_is_shown_at_its_own_address_so_that_its_links_hold(
    built_site: BuiltSite,
) -> None:
    answer, _ = _ask(built_site, "training")
    assert (answer.status, answer.headers["Location"]) == (301, "/training/")
    assert _ask(built_site, "training/")[0].status == 200
    assert _ask(built_site, "stories/")[0].status == 404  # no list of files
    assert "try_files $uri $uri/ =404;" in HOSTING
    assert "autoindex off;" in HOSTING


def test_only_this_machine_by_its_own_name(built_site: BuiltSite) -> None:
    assert urlsplit(built_site.http).hostname == HOST == "127.0.0.1"
    assert _ask(built_site, "", Host="stories.example")[0].status == 403
    assert _ask(built_site, "", Host="localhost:1")[0].status == 200
    assert _ask(built_site, "", method="POST")[0].status == 405


def test_the_documented_policy_is_the_one_the_pages_carry(built_site: BuiltSite) -> None:
    policy_line = re.search(r'add_header Content-Security-Policy "([^"]+)" always;', HOSTING)
    assert policy_line
    policy, _, framing_rule = policy_line[1].rpartition("; ")
    assert framing_rule == "frame-ancestors 'none'"
    for path in built_site.workspace.public.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        page = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
        assert page, path
        # Only a page with films may ask its own server for one, where that sends none in part.
        asks = "'self'" if "/media-start.js" in html else "'none'"
        assert page[1] == policy.replace("connect-src 'self'", f"connect-src {asks}"), path


def test_the_documented_server_says_what_ours_says() -> None:
    headers = dict(re.findall(r'add_header (\S+) "([^"]+)" always;', HOSTING))
    for name, value in HEADERS.items():
        assert value in headers[name], name


def test_the_documented_server_knows_every_type_there_is(built_site: BuiltSite) -> None:
    types = re.search(r"types \{(.*?)\}", HOSTING, flags=re.DOTALL)
    assert types
    known_types = {word for line in types[1].split(";") for word in line.split()[1:]}
    suffixes = {
        path.suffix.removeprefix(".")
        for path in Path(built_site.workspace.public).rglob("*")
        if path.is_file()
    }
    assert suffixes <= known_types
