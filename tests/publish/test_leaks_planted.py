"""A made site with a hidden term planted anywhere, in any disguise: always found. Clean: never."""

from __future__ import annotations

import base64
import gzip
import html
import io
import json
import shutil
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from library.records.hidden_terms import HiddenTerm
from publish.leaks.scan import LeakRules, find_leaks
from tests.support.editions import HEARD, VIDEO, BuiltSite

RELEASED = frozenset({VIDEO, HEARD})
WORDS = ("Quillfeather", "Zoë Ashgrove", "O’Rahilly", "Birch-Wyvern House", "Xu Wynn", "Łukasz")
HIDDEN_ID = "cs-7hq4vn"
Disguise = Callable[[str], str]


@pytest.fixture(scope="module")
def site(built_site: BuiltSite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site without its films: what is planted goes into text."""
    folder = tmp_path_factory.mktemp("planted") / "public"
    skip = shutil.ignore_patterns("*.mp4", "*.m4a", "*.woff2")
    shutil.copytree(built_site.workspace.public, folder, ignore=skip)
    return folder


def sought(text: str) -> LeakRules:
    return LeakRules(RELEASED, RELEASED | {HIDDEN_ID}, (HiddenTerm(text, VIDEO, 1, True, False),))


def percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def entities(text: str) -> str:
    return "".join(f"&#{ord(letter)};" for letter in text)


def hex_entities(text: str) -> str:
    return "".join(f"&#x{ord(letter):X};" for letter in text)


def escapes(text: str) -> str:
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


def braced(text: str) -> str:
    return "".join(f"\\u{{{ord(letter):x}}}" for letter in text)


def soft(text: str) -> str:
    return "\u00ad".join(text)


def tagged(text: str) -> str:
    return "<b>" + "</b><i>".join(text) + "</i>"


def commented(text: str) -> str:
    return f"{text[:2]}<!-- x > y -->{text[2:]}"


def broken(text: str) -> str:
    at = next(at for at in range(2, len(text)) if text[at - 1 : at + 1].isalpha())
    return f"{text[:at]}-\n{text[at:]}"


def over_two_cues(text: str) -> str:
    return text.replace(" ", "\n\n7\n00:00:01.000 --> 00:00:02.000\n")


def encoded(text: str) -> str:
    return f"data:text/html;base64,{base64.b64encode(f'<p>{text} '.encode()).decode()}"


def fullwidth(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text)


DISGUISES: tuple[Disguise, ...] = (
    str,
    str.upper,
    str.lower,
    html.escape,
    quote,
    percent,
    entities,
    hex_entities,
    escapes,
    braced,
    json.dumps,
    soft,
    tagged,
    commented,
    broken,
    over_two_cues,
    encoded,
    fullwidth,
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: text.replace("ë", "e").replace("Ł", "L"),
    lambda text: text.replace(" ", "\u00a0"),
    lambda text: text.replace(" ", "<br>"),
    lambda text: text.replace("’", "'"),
    lambda text: text.replace("-", "\u2011"),
    lambda text: f"{text}’s",
    lambda text: f'" alt="{text}',
    lambda text: f"<!-- {text} -->",
    lambda text: html.escape(entities(text)),
    lambda text: quote(entities(text)),
    lambda text: percent(json.dumps(text)),
)


def zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.html", data)
    return buffer.getvalue()


WRAPS: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
    ("", bytes),
    (".gz", gzip.compress),
    (".zip", zipped),
    (".gz", lambda data: gzip.compress(zipped(data))),
    ("", lambda data: data.decode().encode("utf-16")),
)


@pytest.mark.parametrize("text", WORDS)
def test_a_clean_site_is_never_flagged_and_one_planted_file_alone(site: Path, text: str) -> None:
    assert find_leaks(site, sought(text)) == []
    planted_path = site / "stories" / "planted.html"
    planted_path.write_text(f"<p>x {text} x</p>", encoding="utf-8")
    try:
        leaks = find_leaks(site, sought(text))
    finally:
        planted_path.unlink()
    assert {(leak.path, leak.why) for leak in leaks} == {
        ("stories/planted.html", f"names.yml of {VIDEO}, entry 1")
    }


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), text=st.sampled_from(WORDS), disguise=st.sampled_from(DISGUISES))
def test_a_planted_term_is_always_found(
    site: Path, tmp_path: Path, data: st.DataObject, text: str, disguise: Disguise
) -> None:
    """Alone below its folder: that the others are clean, the test above has shown."""
    host = data.draw(st.sampled_from(sorted(p for p in site.rglob("*") if _is_text(p))))
    words = host.read_text(encoding="utf-8")
    at = data.draw(
        st.sampled_from([at for at, character in enumerate(words) if character == "\n"] or [0])
    )
    planted = f"{words[:at]}\nx {disguise(text)} x\n{words[at:]}"
    suffix, wrap = data.draw(st.sampled_from(WRAPS))
    name = host.relative_to(site).with_name(f"planted{host.suffix}{suffix}")
    planted_path = tmp_path / name
    planted_path.parent.mkdir(parents=True, exist_ok=True)
    planted_path.write_bytes(wrap(planted.encode()))
    try:
        leaks = find_leaks(tmp_path, sought(text))
    finally:
        planted_path.unlink()
    assert leaks
    assert all(leak.path.startswith(name.as_posix()) for leak in leaks)
    assert all(leak.why == f"names.yml of {VIDEO}, entry 1" for leak in leaks)


def _is_text(path: Path) -> bool:
    return path.suffix in {".html", ".js", ".css", ".vtt", ".txt", ".svg"}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    disguise=st.sampled_from([disguise for disguise in DISGUISES if disguise is not broken]),
    suffix=st.sampled_from([".html", ".js", ".vtt"]),
)
def test_a_planted_id_is_always_found(tmp_path: Path, disguise: Disguise, suffix: str) -> None:
    planted_path = tmp_path / f"a{suffix}"
    planted_path.write_text(f"<p>x {disguise(HIDDEN_ID)} x</p>", encoding="utf-8")
    assert find_leaks(tmp_path, sought("Quillfeather"))


@given(text=st.text(max_size=300), raw=st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_whatever_a_file_holds_the_search_comes_to_its_end(
    tmp_path_factory: pytest.TempPathFactory, text: str, raw: bytes
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "a.html").write_text(text, encoding="utf-8", errors="replace")
    for suffix in ("mp4", "png", "jpg", "gz", "zip", "vtt", "bin", ""):
        (folder / f"b.{suffix}").write_bytes(raw)
    (folder / "c.jpg").write_bytes(b"\xff\xd8\xff\xe1" + raw)
    (folder / "c.png").write_bytes(b"\x89PNG\r\n\x1a\n" + raw)
    (folder / "c.mp4").write_bytes(b"\0\0\0\x0cftypisom" + raw)
    (folder / "c.gz").write_bytes(b"\x1f\x8b\x08\x1c" + raw)
    find_leaks(folder, sought("Quillfeather"))
    shutil.rmtree(folder)
