"""Looking for what is left of a story: found however it is packed, and nothing else for it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.consent.withdrawals import record_withdrawal
from library.core.audience import Audience
from library.core.workspace import Workspace
from publish.edition import build_edition
from publish.leaks.readings import fold
from publish.story_words import RUN_WORDS, STRIDE_WORDS
from stewardship.withdrawal.fingerprints import collect_fingerprints, common_text
from stewardship.withdrawal.residue import (
    ITS_ID,
    ITS_MEDIA,
    ITS_WORDS,
    UNREADABLE,
    Fingerprints,
    find_residue,
    phrases_of,
)
from tests.support.quick_stories import filmed, released

STORY = "cs-4k7m2q"
SAID = "They told me that nobody could say where he’d been taken that night, not even on Monday."
MEDIUM = b"\xff\xfb\x90 the very bytes of a film \x00\x01\x02"
CUT = hashlib.sha256(b"a cut").hexdigest()
KNOWN = Fingerprints(
    STORY, frozenset({hashlib.sha256(MEDIUM).hexdigest()}), frozenset({CUT}), phrases_of(SAID)
)
PART = "nobody could say where he’d been taken that night"


def residue_kinds(tmp_path: Path, name: str, data: bytes | str, common: bytes = b"") -> set[str]:
    path = tmp_path / "public" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    traces = find_residue(
        Workspace(tmp_path), [tmp_path / "public"], KNOWN, common_text=lambda: common
    )
    return {trace.kind for trace in traces}


def zipped(name: str, data: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, data)
    return archive.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "of"),
    [
        ("a.html", f"<a href='stories/{STORY}.html'>", ITS_ID),
        ("a.html", "<p>cs&#45;4k7m2q</p>", ITS_ID),
        ("a.html", "stories/cs%2D4k7m2q", ITS_ID),
        (f"stories/{STORY}/poster.jpg", b"\xff\xd8\xff", ITS_ID),
        (f"{STORY}.html", "", ITS_ID),
        ("edition.json", json.dumps({"cut": CUT}), ITS_ID),
        ("search.json.gz", gzip.compress(STORY.encode(), mtime=0), ITS_ID),
        ("other.bin", MEDIUM, ITS_MEDIA),
        ("all.zip", zipped("a/other.bin", MEDIUM), ITS_MEDIA),
        ("a.html", f"<p>{PART}</p>", ITS_WORDS),
        ("a.html", f"<p>{PART.upper().replace(' ', '<br>')}</p>", ITS_WORDS),
        ("a.html", PART.replace("taken", "<em>taken</em>,").replace("’", "&rsquo;"), ITS_WORDS),
        ("a.js", "x = " + json.dumps({"said": PART}), ITS_WORDS),
        ("a.json.gz", gzip.compress(PART.encode(), mtime=0), ITS_WORDS),
        ("a.zip", zipped("notes.txt", PART.encode()), ITS_WORDS),
        ("a.html", f"data:text/plain;base64,{base64.b64encode(PART.encode()).decode()}", ITS_WORDS),
        ("nobody_could_say_where_hed_been_taken_that_night.txt", "", ITS_WORDS),
        (
            "c.vtt",
            "WEBVTT\n\n1\n00:01.000 --> 00:02.000\nnobody could say\n\n"
            "2\n00:02.000 --> 00:03.000\nwhere he'd been taken that night\n",
            ITS_WORDS,
        ),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(20), UNREADABLE),
    ],
)
def test_it_is_found_however_it_is_packed(
    tmp_path: Path, name: str, data: bytes | str, of: str
) -> None:
    assert of in residue_kinds(tmp_path, name, data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.html", "<p>cs-4k7m2r and cs-4k7m2</p>"),
        ("a.html", "Nobody could say. He’d been taken. That night?"),
        ("other.bin", MEDIUM + b"!"),
        ("empty.html", ""),
    ],
)
def test_what_only_looks_alike_is_none(tmp_path: Path, name: str, data: bytes | str) -> None:
    assert not residue_kinds(tmp_path, name, data)


def test_what_others_say_as_well_is_nobodys(tmp_path: Path) -> None:
    assert residue_kinds(tmp_path, "a.html", f"<p>{PART}</p>", fold("of something else").spaced)
    assert not residue_kinds(tmp_path, "a.html", f"<p>{PART}</p>", fold(SAID).spaced)


words = st.lists(
    st.text("abcdefghijklmnopqrstuvwxyzéß", min_size=3, max_size=9), min_size=12, max_size=60
)


@settings(deadline=None)
@given(words=words, data=st.data())
def test_any_run_of_eight_words_is_found_among_any_markup(
    words: list[str], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(words) - RUN_WORDS - STRIDE_WORDS + 1))
    run = words[at : at + RUN_WORDS + STRIDE_WORDS - 1]
    separator = st.sampled_from([" ", ", ", "<b> </b>", "\n", " &amp; ", "</p><p>", " … "])
    page = "".join(word.title() + data.draw(separator) for word in run)
    fingerprints = Fingerprints(STORY, phrases=phrases_of(" ".join(words)))
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a.html").write_text(f"<html><p>{page}</p>", encoding="utf-8")
        traces = find_residue(
            Workspace(Path(folder)), [Path(folder)], fingerprints, common_text=lambda: b""
        )
    assert [trace.kind for trace in traces] == [ITS_WORDS]


def test_fingerprints_come_from_wherever_they_can(workspace: Workspace) -> None:
    story_id = released(workspace, "The night nobody rang")
    build_edition(workspace, Audience.TRUST)
    fingerprints = collect_fingerprints(workspace, story_id)
    assert len(fingerprints.media) == 3
    assert len(fingerprints.cuts) == 1
    assert (b"the", b"night", b"nobody", b"rang") in fingerprints.phrases
    folder = workspace.story(story_id)
    for damage in (
        lambda: folder.cut.write_text("{"),
        lambda: folder.page.write_text("{"),
        lambda: folder.captions.write_bytes(b"\xff\xfe\xfd"),
        lambda: workspace.audit_log.write_text("{"),
        lambda: (workspace.edition / "edition.json").write_text("{"),
    ):
        damage()
        left = collect_fingerprints(workspace, story_id)
        assert left.media == fingerprints.media
        assert left.cuts == fingerprints.cuts
        assert (b"the", b"night", b"nobody", b"rang") in left.phrases
    workspace.database.write_text("{")
    assert collect_fingerprints(workspace, story_id).media == fingerprints.media


def test_a_question_that_all_are_asked_with_a_letter_behind_it_is_nobodys(tmp_path: Path) -> None:
    told = "Was there someone who made a difference? A nurse sat down, and asked me how I was."
    known = Fingerprints(STORY, phrases=phrases_of(told))
    page = tmp_path / "page.html"
    for words, kinds in (
        ("<a>Was there someone who made a difference?</a> <p>She said so", []),
        ("Was there someone who made a difference? – A good day", []),
        ("made a difference? A nurse sat down, and asked me", [ITS_WORDS]),
    ):
        page.write_text(words, encoding="utf-8")
        question = fold("Was there someone who made a difference?").spaced
        found_in = find_residue(Workspace(tmp_path), [page], known, common_text=lambda: question)  # noqa: B023
        assert [each.kind for each in found_in] == kinds, words


def test_another_story_with_the_same_words_or_poster_keeps_them(workspace: Workspace) -> None:
    story_id, other = released(workspace, "Told twice over"), released(workspace, "Told twice over")
    build_edition(workspace, Audience.TRUST)
    fingerprints = collect_fingerprints(workspace, story_id)
    assert not fingerprints.media, "they are the other's as well"
    record_withdrawal(workspace, story_id, "contributor")
    build_edition(workspace, Audience.TRUST)
    assert not find_residue(
        workspace,
        [workspace.edition],
        fingerprints,
        common_text=lambda: common_text(workspace, story_id),
    )
    filmed(workspace)
    assert other in (workspace.edition / "edition.json").read_text()


def test_a_question_and_the_word_after_it_are_no_trace(workspace: Workspace) -> None:
    """Pages list the questions, and whatever stands after one may be how somebody answered."""
    story_id = filmed(workspace)
    workspace.story(story_id).captions.write_text(
        "WEBVTT\n\n00:00.000 --> 00:02.000\n<v Interviewer>What were you told about "
        "confidentiality?\n\n00:02.100 --> 00:04.000\n<v Ruth>One word, and then\n\n"
        "00:04.100 --> 00:06.000\n<v Ruth>the door was closed on me.\n"
    )
    phrases = {
        b" ".join(phrase).decode() for phrase in collect_fingerprints(workspace, story_id).phrases
    }
    assert not [phrase for phrase in phrases if "confidentiality one" in phrase]
    assert any("and then the door" in phrase for phrase in phrases), "over the end of a caption"


def test_the_words_of_our_own_pages_are_no_trace(workspace: Workspace) -> None:
    """Found by the renderers' folder: were it looked for elsewhere, every page would be a trace."""
    words = common_text(workspace, STORY)
    assert fold("Go on with the film").spaced in words
