"""The last look: what must not be in the site is found however it is written."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import struct
import zipfile
import zlib
from pathlib import Path
from urllib.parse import quote

import pytest

from library.core.errors import NotAllowed
from library.records.hidden_terms import HiddenTerm
from publish.leaks import extract
from publish.leaks.scan import LeakRules, check_leaks, find_leaks

SHOWN, HIDDEN = "cs-4k7m2q", "cs-7hq4vn"
PAGE = f"stories/{SHOWN}.html"


def term(
    text: str, *, number: int = 1, everywhere: bool = True, ordinary: bool = False
) -> HiddenTerm:
    return HiddenTerm(text, SHOWN, number, everywhere, ordinary)


TERMS = (
    term("Dr O'Brien & Söhne"),
    term("Mercy", number=2),
    term("Mary-Jane Élan", number=3),
    term("01632 960001", number=4),
)


def sought(*terms: HiddenTerm, media: dict[str, str] | None = None) -> LeakRules:
    return LeakRules(
        released=frozenset({SHOWN}),
        known=frozenset({SHOWN, HIDDEN}),
        terms=terms or TERMS,
        media=media or {},
    )


def leaks_in(folder: Path, name: str, data: bytes | str, *terms: HiddenTerm) -> list[str]:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return [str(leak) for leak in find_leaks(folder, sought(*terms))]


def zipped(name: str, data: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        # Of no particular time: each process collects these tests, and must find the same ones.
        archive.writestr(zipfile.ZipInfo(name), data, method)
    return buffer.getvalue()


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    png_chunks = b"".join(
        struct.pack(">I4s", len(body), kind) + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (*chunks, (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + png_chunks


def jpeg(marker: int, note: bytes) -> bytes:
    segment = bytes([0xFF, marker]) + struct.pack(">H", len(note) + 2) + note
    return b"\xff\xd8" + segment + b"\xff\xda\x00\x02\x81\x93\x55\xff\xd9"


def box(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def film(moov: bytes = b"", mdat: bytes = b"\x81\x93\x55", handler: bytes = b"vide") -> bytes:
    track = box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + handler + bytes(12) + b"Picture\0")))
    return box(b"ftyp", b"isom\0\0\2\0") + box(b"moov", track + moov) + box(b"mdat", mdat)


def tagged(kind: bytes, text: bytes) -> bytes:
    data = box(b"data", bytes([0, 0, 0, 1, 0, 0, 0, 0]) + text)
    return box(b"udta", box(b"meta", bytes(4) + box(b"ilst", box(kind, data))))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("index.html", f"<p>{HIDDEN}</p>"),
        ("index.html", '<a href="stories/cs%2D7hq4vn.html">'),
        ("index.html", "<p>cs&#45;7hq4vn</p>"),
        ("index.html", "<p>cs-<b>7hq4vn</b></p>"),
        ("index.html", "<p>preview-CS-7HQ4VN</p>"),
        ("index.html", "<p>Dr O&#x27;Brien &amp; S&ouml;hne</p>"),
        ("index.html", "<p>Dr <b>O’Brien</b> &amp; So\u0308hne</p>"),
        ("index.html", "<p>DR O'BRIEN\n   &amp; söhne</p>"),
        ("index.html", "<p>Dr Obrien, Sohne</p>"),
        ("index.html", "<p>Mer\u00adcy</p>"),
        ("index.html", "<p>Mer&shy;c&#8203;y</p>"),
        ("index.html", "<p>Mer&amp;shy;cy, M&amp;#x65;rcy</p>"),
        ("index.html", "<p>Me<mark>rc</mark>y</p>"),
        ("index.html", "Mer<!-- <p>a > b</p> -->cy"),
        ("index.html", "<p>and Mer<!-- -->cy said</p>"),
        ("index.html", "<p>Merc<b>y or y</b>es</p>"),
        ("index.html", "<!-- said: Mercy -->"),
        ("index.html", '<img alt="a>b, Mercy’s hat">'),
        ("index.html", "<p>Mer-\ncy</p>"),
        ("index.html", "<p>Mercy’s mother</p>"),
        ("index.html", "<p>Ｍｅｒｃｙ</p>"),
        ("index.html", "<p>Mércy</p>"),
        ("index.html", "<p>Mary Jane<br>Elan</p>"),
        ("index.html", "<p>Maryjane Élan</p>"),
        ("index.html", "<p>Mary\u2011Jane E\u0301lan</p>"),
        ("index.html", "<p>on 01632 960 001 or</p>"),
        ("index.html", "<p>on 01632960001</p>"),
        ("index.html", "<p>Mercy</p>".encode("utf-16")),
        ("index.html", "<p>Mercy</p>".encode("utf-16-be")),
        ("index.html", "<p>Mercy</p>".encode("utf-32")),
        ("index.html", "<p>Dr O’Brien & Söhne</p>".encode("cp1252")),
        ("index.html", f'<img src="data:image/svg+xml,{quote("<text>Mercy</text>")}">'),
        (
            "index.html",
            f'<img src="data:image/svg+xml;base64,{base64.b64encode(b"<text>Mercy").decode()}">',
        ),
        ("a.js", "x = " + json.dumps({"a": TERMS[0].text})),
        ("a.js", '"M\\x65rcy"'),
        ("a.js", '"Mer\\\ncy"'),
        ("a.css", '.a::before { content: "M\\65 rcy" }'),
        ("a.json", '{"a": "M\\u0065rcy"}'),
        ("a.json", '{"a": "C:\\nMercy"}'),
        ("search.json.gz", gzip.compress(b'{"text": "mercy"}')),
        ("search.json", gzip.compress(b'{"text": "mercy"}')),
        ("two.gz", gzip.compress(b"nothing ") + gzip.compress(b"mercy")),
        ("sitemap.xml.gz", gzip.compress(f"<loc>{HIDDEN}.html</loc>".encode())),
        ("pack.zip", zipped("a/b.html", b"<p>M&#101;rcy</p>")),
        ("pack.zip", zipped("Mercy.txt", b"")),
        ("pack.zip", zipped("inner.zip", zipped("a.txt.gz", gzip.compress(b"Mercy")))),
        ("leaflet.docx", zipped("word/document.xml", b"<w:t>Mer</w:t><w:t>cy</w:t> Mercy")),
        (f"stories/{HIDDEN}/poster.jpg", b"\xff\xd8"),
        ("Mercy.txt", b""),
        ("photo_of_mercy.jpg", b""),
        ("PhotoOfMercy.jpg", b""),
        ("a.png", png((b"tEXt", b"Title\0Mercy"))),
        ("a.png", png((b"zTXt", b"Title\0\0" + zlib.compress(b"It is Mercy")))),
        ("a.png", png((b"iTXt", b"Title\0\1\0en\0\0" + zlib.compress(b"Mercy")))),
        ("a.png", png((b"eXIf", b"II*\0" + "Mercy".encode("utf-16-le")))),
        ("a.png", png() + b"Mercy"),
        ("a.jpg", jpeg(0xFE, b"Mercy")),
        ("a.jpg", jpeg(0xE1, b"http://ns.adobe.com/xap/1.0/\0<dc:title>M&#101;rcy</dc:title>")),
        ("a.jpg", jpeg(0xE1, b"Exif\0\0II*\0" + "Mercy".encode("utf-16-le"))),
        ("film.mp4", b"\x00\x00ftyp\x00" + HIDDEN.encode() + b"\x00"),
        ("film.mp4", b"\x00\x00udta" + "MERCY".encode("utf-16-le")),
        ("film.mp4", film(tagged(b"\xa9nam", b"Mercy"))),
        ("film.mp4", film(box(b"udta", box(b"\xa9nam", b"\0\5\x55\xc4Mercy")))),
        ("film.mp4", film(tagged(b"\xa9nam", b"\xff\xfe" + "Mercy".encode("utf-16-le")))),
        ("film.mp4", film(mdat=bytes(200) + b"made for Dr O'Brien & " + "Söhne".encode())),
        ("film.mp4", film(mdat=b"x" + HIDDEN.encode())),
        ("film.m4a", film() + box(b"free", b"Mercy")),
        ("c.vtt", "WEBVTT\n\n1\n00:01.000 --> 00:02.000\nDr O'Brien &amp;\nSöhne\n"),
        (
            "c.vtt",
            "WEBVTT\n\n1\n00:01.000 --> 00:02.000\nDr O'Brien\n\n"
            "2\n00:02.000 --> 00:03.000\n&amp; Söhne\n",
        ),
        (
            "c.vtt",
            "WEBVTT\n\n1\n00:01.000 --> 00:02.000\nDear Mer-\n\n2\n00:02.000 --> 00:03.000\ncy\n",
        ),
        ("c.vtt", "WEBVTT\n\n1\n00:01.000 --> 00:02.000\n<v Mercy>Hello\n"),
        ("unheard-of.html", "<p>cs-zzzz99</p>"),
        ("no-suffix", "Mercy"),
        ("a.ttf", bytes(range(256)) * 40 + "made by Mercy".encode("utf-16-be")),
    ],
)
def test_it_is_found_however_it_is_written(tmp_path: Path, name: str, data: bytes | str) -> None:
    leak_paths = leaks_in(tmp_path, name, data)
    assert leak_paths
    path_text = " ".join(leak_paths).lower()
    assert not any(word in path_text for word in ("mercy", "brien", "jane", "960"))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("index.html", f'<a href="stories/{SHOWN}.html">Nobody would talk to me</a>'),
        ("index.html", "<p>merciful, Mercyside</p>"),
        ("index.html", "<div class='cs-player'>cs-example-of-a-class</div>"),
        ("index.html", "<p>Mary said Jane was Dr Brien</p><p>cy</p>"),
        ("index.html", "<p>Mer</p><p>cy</p>"),
        ("c.vtt", "WEBVTT\n\n1\n00:01.632 --> 00:09.600\n01 min\n"),
        ("film.mp4", film()),
        ("a.png", png((b"IDAT", zlib.compress(bytes(1000))))),
        ("a.jpg", jpeg(0xFE, b"made by a machine")),
        ("a.woff2", b"wOF2" + bytes(range(256)) * 20),
        ("a.json.gz", gzip.compress(b'{"a": "merciful"}')),
        ("empty.html", b""),
    ],
)
def test_what_may_be_shown_and_words_that_only_look_alike_pass(
    tmp_path: Path, name: str, data: bytes | str
) -> None:
    assert leaks_in(tmp_path, name, data) == []


NAMES = (term("Will", ordinary=True), term("Mark", ordinary=True), term("Grace", ordinary=True))
SPOKEN = "WEBVTT\n\n1\n00:01.000 --> 00:02.000\n{}\n\n2\n00:02.000 --> 00:03.000\n{}\n"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("index.html", "<p>We asked Will about it.</p>"),
        ("index.html", "<p>We asked <b>Will</b>.</p>"),
        ("index.html", '<p class="speaker">Will</p>'),
        ("index.html", '<img alt="Will">'),
        ("index.html", "<p>my son (Will) and I</p>"),
        ("index.html", "<p>my son – Will – and I</p>"),
        ("index.html", "<p>Will’s ward</p>"),
        ("index.html", "<p>We asked W&#105;ll.</p>"),
        ("photo-of-Will.jpg", b""),
        ("c.vtt", SPOKEN.format("and then", "Grace came home")),
        ("c.vtt", SPOKEN.format("Will: I think so.", "Do you?")),
        ("c.vtt", SPOKEN.format("<v Will>I think so.", "Do you?")),
        ("a.json", '{"contributor": "Mark"}'),
        ("film.mp4", film(tagged(b"\xa9nam", b"Grace"))),
    ],
)
def test_a_name_that_is_a_word_as_well_is_found_where_it_is_a_name(
    tmp_path: Path, name: str, data: bytes | str
) -> None:
    assert leaks_in(tmp_path, name, data, *NAMES)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("index.html", "<p>Will you come? They will. “Will they?” Mark my words: Grace helps.</p>"),
        ("index.html", "<p>It ended there.</p><p>Will you come?</p>"),
        ("index.html", "<li>then</li>\n<li>Mark the day</li>"),
        ("index.html", "<p>goodwill, grace, the mark it left, Gracefully</p>"),
        ("c.vtt", SPOKEN.format("Interviewer: Will you tell us?", "It ended.")),
        ("c.vtt", SPOKEN.format("It ended.", "Will you tell us?")),
        ("c.vtt", SPOKEN.format("Mark my words,", "I will.")),
        ("c.js", "window.captions = " + json.dumps(SPOKEN.format("It ended.", "Will you come?"))),
        ("a.css", ".md-typeset mark { will-change: transform }"),
        ("will.html", "<p>fine</p>"),
    ],
)
def test_the_word_alone_does_not_stop_a_build(tmp_path: Path, name: str, data: bytes | str) -> None:
    assert leaks_in(tmp_path, name, data, *NAMES) == []


def test_a_term_of_one_story_is_looked_for_in_what_is_its_own(tmp_path: Path) -> None:
    own = term("the bakery", everywhere=False)
    assert leaks_in(tmp_path, "about.html", "<p>the bakery</p>", own) == []
    assert leaks_in(tmp_path, "stories/cs-4k7m2qx.html", "<p>the bakery</p>", own) == []
    (tmp_path / "stories" / "cs-4k7m2qx.html").unlink()
    for name in (PAGE, f"stories/{SHOWN}/captions.vtt", f"{PAGE}.gz"):
        data = b"<p>the bakery</p>"
        assert leaks_in(
            tmp_path, name, gzip.compress(data) if name.endswith("gz") else data, own
        ), name


def test_a_medium_that_is_not_released_is_found_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    data = b"a film nobody released"
    media = {hashlib.sha256(data).hexdigest(): HIDDEN}
    for name, container_data in (("background.mp4", data), ("pack.zip", zipped("x.bin", data))):
        (tmp_path / "site" / name).write_bytes(container_data)
    leaks = find_leaks(tmp_path / "site", sought(media=media))
    assert [leak.why for leak in leaks] == [f"a file of {HIDDEN}"] * 2


def test_what_the_theme_itself_brings_is_no_leak(tmp_path: Path) -> None:
    sheet = b"[data-md-color-primary=mercy] { color: red }"
    assert leaks_in(tmp_path, "theme.css", sheet)
    shipped = LeakRules(
        frozenset({SHOWN}), terms=TERMS, shipped=frozenset({hashlib.sha256(sheet).hexdigest()})
    )
    assert find_leaks(tmp_path, shipped) == []


def test_a_link_in_the_folder_is_a_leak(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("fine")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "a.html").symlink_to(tmp_path / "elsewhere")
    assert [leak.path for leak in find_leaks(tmp_path / "site", sought())] == ["a.html"]


def test_the_refusal_names_the_place_and_the_entry_and_never_the_term(tmp_path: Path) -> None:
    (tmp_path / "about.html").write_text("<p>one</p>\n<p>Mercy</p>\n")
    redacted = HiddenTerm("the baker", HIDDEN, 0, True, False)
    (tmp_path / "support.html").write_text("the baker")
    with pytest.raises(NotAllowed) as error:
        check_leaks(tmp_path, sought(*TERMS, redacted))
    assert f"about.html, line 2 (names.yml of {SHOWN}, entry 2)" in str(error.value)
    assert f"support.html, line 1 (words redacted in {HIDDEN})" in str(error.value)
    assert "mercy" not in str(error.value).lower()
    assert "baker" not in str(error.value)


def test_a_name_that_holds_the_term_is_not_repeated(tmp_path: Path) -> None:
    leak_paths = leaks_in(tmp_path, "assets/Mercy/mercy.mercy", "Mercy")
    assert leak_paths
    assert all(path.startswith("assets/(name not shown)") for path in leak_paths)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json.gz", b"not gzip"),
        ("a.json.gz", gzip.compress(b"x" * 100_000)[:-20]),
        ("a.json.gz", gzip.compress(b"fine") + b"and more"),
        ("a.html.br", b"\x0b\x02\x80fine\x03"),
        ("a.html.zst", b"\x28\xb5\x2f\xfd\x04\x00"),
        ("leaflet.pdf", b"%PDF-1.7\n"),
        ("renamed.txt", b"%PDF-1.7\n"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c"),
        ("a.zip", b"not a zip"),
        ("a.zip", zipped("a.txt", b"fine" * 100)[:-30]),
        ("a.mp4", film(handler=b"text")),
    ],
)
def test_what_cannot_be_looked_into_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    leak_paths = leaks_in(tmp_path, name, data)
    assert leak_paths == [f"{name} (it cannot be looked into)"]


def test_an_archive_that_unpacks_without_end_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extract, "MAX_UNPACKED_BYTES", 10_000)
    for number, data in enumerate((gzip.compress(bytes(20_000)), zipped("a", bytes(20_000)))):
        folder = tmp_path / str(number)
        assert leaks_in(folder, "a.gz" if number == 0 else "a.zip", data)
    nested = b"fine"
    for _ in range(extract.MAX_ARCHIVE_DEPTH + 2):
        nested = gzip.compress(nested)
    assert leaks_in(tmp_path / "nested", "a.gz", nested)


def test_a_file_that_makes_the_search_fall_over_refuses_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.html").write_text("<p>&#" + "9" * 5_000 + ";</p>")
    with pytest.raises(NotAllowed, match=r"could not be finished: it stopped at a\.html"):
        check_leaks(tmp_path, sought())


@pytest.mark.parametrize("hostile", ["<", "<!--", "&", "%", "\\u", "<a ", "-->", "-\n", "¶", "' "])
def test_hostile_repetition_takes_no_time(tmp_path: Path, hostile: str) -> None:
    assert leaks_in(tmp_path, "a.html", hostile * 100_000 + " Mercy")
