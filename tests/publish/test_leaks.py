"""The last look: what must not be in the site is found however it is written."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from library.errors import NotAllowed
from publish.leaks import check_leaks, find_leaks

SHOWN, HIDDEN = "cs-4k7m2q", "cs-7hq4vn"
TERM = "Dr O'Brien & Söhne"


def _found(tmp_path: Path, name: str, data: bytes | str) -> list[str]:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return [str(leak) for leak in find_leaks(tmp_path, {SHOWN}, {SHOWN, HIDDEN}, {TERM, "Mercy"})]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("index.html", f"<p>{HIDDEN}</p>"),
        ("index.html", '<a href="stories/cs%2D7hq4vn.html">'),
        ("index.html", "<p>cs&#45;7hq4vn</p>"),
        ("index.html", "<p>Dr O&#x27;Brien &amp; S&ouml;hne</p>"),
        ("index.html", "<p>Dr <b>O’Brien</b> &amp; So\u0308hne</p>"),
        ("index.html", "<p>DR O'BRIEN\n   &amp; söhne</p>"),
        ("index.html", "<p>Mer\u00adcy</p>"),
        ("a.js", "x = " + json.dumps({"a": TERM})),
        ("a.js", '"M\\x65rcy"'),
        ("a.json", '{"a": "M\\u0065rcy"}'),
        ("search.json.gz", gzip.compress(b'{"text": "mercy"}')),
        ("sitemap.xml.gz", gzip.compress(f"<loc>{HIDDEN}.html</loc>".encode())),
        (f"stories/{HIDDEN}/poster.jpg", b"\xff\xd8"),
        ("Mercy.txt", b""),
        ("film.mp4", b"\x00\x00ftyp\x00" + HIDDEN.encode() + b"\x00"),
        ("film.mp4", b"\x00\x00udta" + "MERCY".encode("utf-16-le")),
        ("c.vtt", "WEBVTT\n\n1\n00:01.000 --> 00:02.000\nDr O'Brien &amp;\nSöhne\n"),
        (
            "c.vtt",
            "WEBVTT\n\n1\n00:01.000 --> 00:02.000\nDr O'Brien\n\n"
            "2\n00:02.000 --> 00:03.000\n&amp; Söhne\n",
        ),
        ("unheard-of.html", "<p>cs-zzzz99</p>"),
    ],
)
def test_it_is_found_however_it_is_written(tmp_path: Path, name: str, data: bytes | str) -> None:
    found = _found(tmp_path, name, data)
    assert found
    assert all(place.startswith(name.split("/")[0]) for place in found)


@pytest.mark.parametrize(
    "data",
    [
        f'<a href="stories/{SHOWN}.html">Nobody would talk to me</a>',
        "<p>merciful, Mercyside</p>",
        "<div class='cs-player'>cs-example-of-a-class</div>",
    ],
)
def test_what_is_released_and_words_that_only_look_alike_pass(tmp_path: Path, data: str) -> None:
    assert _found(tmp_path, "index.html", data) == []


def test_a_link_in_the_folder_is_a_leak(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("fine")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "a.html").symlink_to(tmp_path / "elsewhere")
    assert [leak.path for leak in find_leaks(tmp_path / "site", {SHOWN})] == ["a.html"]


def test_the_refusal_names_the_place_and_never_the_term(tmp_path: Path) -> None:
    (tmp_path / "about.html").write_text("<p>one</p>\n<p>Mercy</p>\n")
    with pytest.raises(NotAllowed) as refused:
        check_leaks(tmp_path, {SHOWN}, {SHOWN, HIDDEN}, {"Mercy"})
    assert "about.html, line 2" in str(refused.value)
    assert "mercy" not in str(refused.value).lower()


def test_a_gzip_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json.gz").write_bytes(b"not gzip")
    with pytest.raises(NotAllowed):
        find_leaks(tmp_path, {SHOWN})
