"""OHMS files of archives: read as they are meant, and harmless whatever is in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from capture.questions.question_set import find_question_set
from library.core.errors import BadInput
from library.core.workspace import Workspace
from library.formats import ohms
from tests.support.command_line import CommandResult
from tests.support.quick_stories import AGREED
from tests.support.sample_media import wav
from transcribe.formats import ohms_words
from transcribe.formats.source_file import SourceTranscript

Cli = Callable[..., CommandResult]
ARCHIVE = """<?xml version="1.0" encoding="UTF-8"?>
<ROOT xmlns="https://www.weareavp.com/nunncenter/ohms"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<record id="42" dt="2014-07-24"><version>5.4</version>
<date value="2014-07-24" format="yyyy-mm-dd"/>
<title>Interview with a carer, 24 July 2014</title><accession>2014oh042</accession>
<duration>00:02:30</duration><repository>County archive</repository>
<keyword>Caregivers</keyword><keyword>Hospitals</keyword>
<interviewee>Smith, Jane</interviewee><file_name>2014oh042.wav</file_name>
<sync>1:|2(2)|4(4)</sync>
<index>
<point><time>0</time><title>Introduction</title><synopsis>How it began.</synopsis>
<keywords>home;work</keywords></point>
<point><time>1</time><title>The second &amp; last passage</title></point>
<point><time>nonsense</time><title>Left out</title></point>
</index>
<description>She tells of her son.</description>
<transcript>BROWN: Where does it begin?
[[footnote]]1[[/footnote]]
SMITH: It begins at home. I had no
idea then.
And later everything was different for us.
[[footnotes]][[note]]Not spoken.[[/note]][[/footnotes]]</transcript>
<rights>Ask first.</rights><fmt>audio</fmt><userestrict>1</userestrict>
</record></ROOT>
"""
ORDER = """
    version date date_nonpreferred_format cms_record_id title accession duration collection_id
    collection_name series_id series_name repository funding repository_url subject keyword
    interviewee interviewer format file_name sync sync_alt transcript_alt_lang translate media_id
    media_url mediafile kembed language user_notes index type description rel transcript
    transcript_alt rights fmt usage userestrict xmllocation xmlfilename collection_link
    series_link
""".split()  # noqa: SIM905 - as a list it would be a page long
"""The elements of a record in the sequence that OHMS’ schema 5.4 asks for."""
POINT_ORDER = """
    time title title_alt partial_transcript partial_transcript_alt synopsis synopsis_alt keywords
    keywords_alt subjects subjects_alt gpspoints hyperlinks
""".split()  # noqa: SIM905 - as a list it would be a page long
text = st.text(max_size=40)


def test_a_record_is_read_as_it_is_meant() -> None:
    read = ohms.read(ARCHIVE, "archive.xml")
    assert (read.title, read.accession) == ("Interview with a carer, 24 July 2014", "2014oh042")
    assert (read.duration, read.restricted, read.rights) == (150, True, "Ask first.")
    assert [(point.at, point.title) for point in read.points] == [
        (0, "Introduction"),
        (1, "The second & last passage"),
    ]
    assert read.points[0].keywords == ("home", "work")
    assert read.marks == (ohms.OhmsSyncMark(60, 2, 2), ohms.OhmsSyncMark(120, 4, 4))


def test_a_file_from_before_namespaces_is_read_the_same() -> None:
    without_namespace = ARCHIVE.replace(' xmlns="https://www.weareavp.com/nunncenter/ohms"', "")
    assert ohms.read(without_namespace, "old.xml") == ohms.read(ARCHIVE, "archive.xml")


def test_words_are_spoken_between_the_minutes_that_are_marked() -> None:
    source = ohms_words.words_from_ohms(ARCHIVE)
    words = [
        (passage.speaker, " ".join(word.text for word in passage.words))
        for passage in source.passages
    ]
    assert words == [
        ("BROWN", "Where does it begin?"),
        ("SMITH", "It begins at home. I had no idea then. And later everything"),
        ("SMITH", "was different for us."),
    ]
    spoken_text = " ".join(word for _, word in words)
    assert "Not spoken" not in spoken_text
    assert "footnote" not in spoken_text
    assert "SMITH" not in spoken_text
    passage_starts = {passage.start for passage in source.passages}
    assert {0, 60_000, 120_000} <= passage_starts
    assert [passage.start for passage in source.passages] == sorted(
        passage.start for passage in source.passages
    )


@pytest.mark.parametrize(
    "first",
    [
        *("MARSH, JR.", "ÓRLA NÍ BHRIAIN", "Interviewer", "Q", "Jane Smith", "SMITH", "j. smith"),
        *("Dr. O’Neill", "[Smith]", "MAC DONALD-REES", "محمد", "SMITH (laughing)"),
    ],
)
def test_a_label_of_any_form_is_a_speaker(first: str) -> None:
    lines = ARCHIVE.replace("SMITH:", f"{first}:").replace("And later", f"{first}: And later")
    source = ohms_words.words_from_ohms(lines)
    assert {passage.speaker for passage in source.passages} == {"BROWN", first.strip("[]")}
    assert "Where does it begin?" in said(source)
    assert "It begins at home. I had no idea then. And later everything" in said(source)


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("It &lt;i&gt;begins&lt;/i&gt; at home.", "It begins at home."),
        ("It begins&lt;br /&gt;at home.", "It begins at home."),
        ("It begins &amp;amp; ends at home.", "It begins & ends at home."),
        ("[00:01:00] It begins at home.", "It begins at home."),
        ("It begins[[footnote]]12[[/footnote]] at home.", "It begins at home."),
        ("It begins [[ref]]at[[/ref]] home.", "It begins at home."),
        ("It begins [laughs] at home.", "It begins [laughs] at home."),
        ("It begins. My view: at home.", "It begins. My view: at home."),
    ],
)
def test_markup_is_no_word_and_no_word_is_markup(markup: str, words: str) -> None:
    source = ohms_words.words_from_ohms(ARCHIVE.replace("It begins at home.", markup))
    assert said(source).startswith(f"Where does it begin? {words}")


def test_what_stands_after_the_footnotes_is_spoken() -> None:
    text = ARCHIVE.replace("[[/footnotes]]", "[[/footnotes]]\nSMITH: And that was it.")
    assert said(ohms_words.words_from_ohms(text)).endswith("for us. And that was it.")


def said(source: SourceTranscript) -> str:
    return " ".join(word.text for passage in source.passages for word in passage.words)


CAPTIONED = ARCHIVE.replace("<version>5.4<", "<version>6.0<").replace(
    "<rights>",
    """<vtt_transcript><![CDATA[WEBVTT

NOTE
TRANSCRIPTION BEGIN

1
00:00:01.000 --> 00:00:04.500
<v Brown>Where does it begin?

2
00:00:04.500 --> 00:01:02.000
<v Smith, Jane>It begins at <i>home</i>.

]]></vtt_transcript><rights>""",
)


def test_captions_of_a_file_of_6_0_are_its_words_with_their_own_times() -> None:
    source = ohms_words.words_from_ohms(CAPTIONED)
    assert source.format == "OHMS"
    assert [(passage.start, passage.end, passage.speaker) for passage in source.passages] == [
        (1000, 4500, "Brown"),
        (4500, 62000, "Smith, Jane"),
    ]
    assert [word.text for word in source.passages[1].words] == ["It", "begins", "at", "home."]
    empty = CAPTIONED.replace("00:00:0", "no time ")
    assert (
        ohms_words.words_from_ohms(empty).passages == ohms_words.words_from_ohms(ARCHIVE).passages
    )


@pytest.mark.parametrize(
    ("time", "seconds"),
    [("90", 90), ("90.9", 90), ("01:30", 90), ("00:01:30", 90), ("1:02:03", 3723)],
)
def test_points_may_be_told_by_the_clock(time: str, seconds: int) -> None:
    read = ohms.read(ARCHIVE.replace("<time>1<", f"<time>{time}<"), "a file")
    assert [point.at for point in read.points] == [0, seconds]


def test_half_minutes_are_marked_as_half_minutes() -> None:
    marks = ohms.read(ARCHIVE.replace("1:|2(2)|4(4)", "0.5:|2(2)|4(4)"), "a file").marks
    assert [mark.at for mark in marks] == [30, 60]


def test_an_archives_interview_goes_the_road_of_any_story(
    workspace: Workspace, run_cli: Cli, tmp_path: Path
) -> None:
    path = tmp_path / "2014oh042.xml"
    short = ARCHIVE.replace("1:|2(2)|4(4)", "")
    path.write_text(short)
    result = run_cli("capture", "import-ohms", path)
    assert result.code == 0, result.err
    story = result.out.split(":")[0]
    assert "Smith" not in result.out
    assert "Read that in the file" in result.out
    refusal = run_cli("capture", "import", story, wav())
    assert refusal.code == 4, "that an archive has it is no agreement"
    assert run_cli("consent", "record", story, *AGREED).code == 0
    assert run_cli("capture", "import", story, wav()).code == 0
    result = run_cli("transcribe", story, "--from", path)
    assert result.code == 0, result.err
    copy = workspace.story(story).editors_copy.read_text()
    assert "# Introduction" in copy
    assert "# The second & last passage" in copy
    assert "Smith" not in "".join(
        path.read_text() for path in workspace.questions.glob("ohms-*.yml")
    )
    assert run_cli("edit", story, "--as-is").code == 0


LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
FETCHED = '<!DOCTYPE x SYSTEM "http://example.invalid/x.dtd">'


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (ARCHIVE.replace("<ROOT", f"{LAUGHS}<ROOT", 1).replace("Ask first.", "&b;"), "entities"),
        (ARCHIVE.replace("<ROOT", f"{OUTSIDE}<ROOT", 1).replace("Ask first.", "&a;"), "entities"),
        (ARCHIVE.replace("<ROOT", f"{FETCHED}<ROOT", 1), "document type"),
        (ARCHIVE[:-40], "not whole XML"),
        ("", "not whole XML"),
        ("<html><body>no</body></html>", "no record"),
        ("<ROOT/>", "no record"),
        ('<?xml version="1.0" encoding="no-such"?><ROOT/>', "not whole XML"),
        ("<ROOT><record>" + "<a>" * 200_000, "not whole XML"),
    ],
    ids=["laughs", "outside", "fetched", "torn", "empty", "html", "bare", "encoding", "deep"],
)
def test_what_is_no_ohms_file_is_refused_and_nothing_is_made(
    workspace: Workspace, run_cli: Cli, tmp_path: Path, damage: str, message: str
) -> None:
    path = tmp_path / "harm.xml"
    path.write_text(damage)
    sets = sorted(workspace.questions.iterdir())
    result = run_cli("capture", "import-ohms", path)
    assert result.code == 2
    assert message in result.err
    assert "Traceback" not in result.err
    assert "root:" not in result.err
    assert sorted(workspace.questions.iterdir()) == sets
    assert json.loads(run_cli("status", "--json").out) == []


def test_a_file_that_is_far_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.xml"
    with path.open("wb") as file:
        file.truncate(ohms.MAX_BYTES + 10)
    with pytest.raises(BadInput, match="far larger"):
        ohms.read_file(path)


def test_words_of_a_file_stay_words(workspace: Workspace, run_cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "wild.xml"
    markup = "&lt;script&gt;x&lt;/script&gt; {{ 7*7 }} *&amp;x !tag - : '&quot;"
    path.write_text(
        ARCHIVE.replace("Introduction", markup).replace("Interview with a carer", "\u202e" + markup)
    )
    result = run_cli("capture", "import-ohms", path, "--json")
    assert result.code == 0, result.err
    story = json.loads(result.out)
    assert "\u202e" not in story["title"]
    read = find_question_set(workspace, story["questions"])
    assert read.questions[0].ask == "<script>x</script> {{ 7*7 }} *&x !tag - : '\""


@given(
    st.builds(
        ohms.OhmsInterview,
        title=text,
        description=text,
        lines=st.lists(text).map(tuple),
        marks=st.lists(
            st.builds(ohms.OhmsSyncMark, at=st.just(60), line=st.just(1), word=st.just(1))
        ).map(lambda marks: tuple(marks[:1])),
        points=st.lists(
            st.builds(ohms.OhmsIndexPoint, at=st.integers(0, 999_999), title=text, synopsis=text)
        ).map(tuple),
        keywords=st.lists(text, max_size=3).map(tuple),
        restricted=st.booleans(),
    )
)
def test_whatever_is_written_is_a_record_by_the_schema_and_is_read_back(
    interview: ohms.OhmsInterview,
) -> None:
    data = ohms.write(interview)
    (record,) = ElementTree.fromstring(data)
    names = [child.tag.rpartition("}")[2] for child in record]
    assert names == sorted(names, key=ORDER.index), "out of the schema’s order"
    for point in record.iter(f"{{{ohms.NAMESPACE}}}point"):
        child_tags = [child.tag.rpartition("}")[2] for child in point]
        assert child_tags == sorted(child_tags, key=POINT_ORDER.index)
    parsed = ohms.read(data, "ours")
    assert parsed.marks == interview.marks
    assert [point.at for point in parsed.points] == sorted(point.at for point in interview.points)
    assert parsed.restricted == interview.restricted


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_any_bytes_are_read_or_refused(data: str) -> None:
    for document in (data, f"<ROOT><record><sync>{data}</sync></record></ROOT>"):
        try:
            ohms.read(document, "any")
        except BadInput:
            continue


@given(st.text(alphabet="0123456789:|() -x", max_size=60))
def test_any_marks_go_forward(sync: str) -> None:
    marks = ohms.read(f"<ROOT><record><sync>{sync}</sync></record></ROOT>", "any").marks
    assert [mark.at for mark in marks] == sorted(mark.at for mark in marks)
    assert [(mark.line, mark.word) for mark in marks] == sorted((m.line, m.word) for m in marks)
