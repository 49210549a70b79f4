"""Every parser that reads a file, with files that it reads and the call that reads one.

A new parser gets a line in PARSERS: `test_every_parser_is_in_the_table` fails until it has one, or
a reason in TESTED_ELSEWHERE.
"""

from __future__ import annotations

import base64
import functools
import gzip
import importlib
import io
import quopri
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from library import workspace_template
from library.consent.contributors import record_contributor
from library.consent.stories import start_story
from library.core import struct_file
from library.core.files import sha256_of
from library.core.workspace import Workspace
from tests.support.caption_lines import FILES
from tests.support.json_writers import WRITERS, Said
from tests.support.small_checkpoints import small_checkpoint
from tests.support.word_documents import word_document

STORY = "cs-4k7m2q"
_TEMPLATE = workspace_template.template()
_DEMO = _TEMPLATE.interviews / "demo"


@dataclass(frozen=True)
class ParserUnderTest:
    """A parser of bytes from outside, as tests of broken files call it."""

    name: str
    modules: tuple[str, ...]
    """Modules whose parsing it exercises."""
    path: str
    """Path of the file below the workspace."""
    examples: Callable[[], Sequence[bytes]]
    """Files that are read rightly."""
    read: Callable[[Workspace, Path], Any]
    kind: Any = None
    """The type of record, where the file is one of our own in JSON: values are made up from it."""
    writes: bool = False
    """True if reading leaves something behind when it succeeds."""
    costly: bool = False
    """Tried less often in the suite."""


def _files(folder: Path, pattern: str) -> Callable[[], Sequence[bytes]]:
    def find_files() -> Sequence[bytes]:
        data = [path.read_bytes() for path in sorted(folder.glob(pattern))]
        assert data, f"there is no example {folder / pattern}"
        return data

    return find_files


def _texts(*texts: str) -> Callable[[], Sequence[bytes]]:
    return lambda: [text.encode() for text in texts]


SEARCH_WORDS = """forms:
  - [ring, rang]
same:
  - [sectioned, Mental Health Act, MHA]
related:
  - words: [hospital]
    also: [ward, bed]
support:
  - I can't cope
"""
TIMED_TURNS = """Interview
Ruth Smith   0:01
I rang the ward at 10:30.
Ben   0:02
And then?
Ruth Smith   0:04
Nobody answered.
"""


def _word_documents() -> Sequence[bytes]:
    """Teams’ transcript as Word, packed and not packed."""
    from tests.support.word_documents import word_document

    turns = [[line] for line in TIMED_TURNS.splitlines()]
    return [word_document(turns), word_document(turns, zipfile.ZIP_STORED)]


def _browser_takes() -> Sequence[bytes]:
    """Beginnings of takes as a browser streams them: with sound, and with a picture alone."""
    head = b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm" + b"\x18\x53\x80\x67" + b"\x01" + b"\xff" * 7
    info = b"\x15\x49\xa9\x66\x87\x2a\xd7\xb1\x83\x0f\x42\x40"
    blocks = b"".join(
        b"\xa3\x85" + track + at.to_bytes(2, "big") + b"\x80\0"
        for at in range(0, 3000, 500)
        for track in (b"\x81", b"\x82")
    )
    cluster = b"\x1f\x43\xb6\x75" + b"\x01" + b"\xff" * 7 + b"\xe7\x81\x05" + blocks
    takes = []
    for kinds in ((1, 2), (1, 1)):
        entries = b"".join(
            b"\xae\x86\xd7\x81" + bytes([number]) + b"\x83\x81" + bytes([kind])
            for number, kind in enumerate(kinds, 1)
        )
        tracks = b"\x16\x54\xae\x6b" + bytes([0x80 + len(entries)]) + entries
        takes.append(head + info + tracks + cluster)
    return takes


def _media_heads() -> Sequence[bytes]:
    """Beginnings of recordings, two of them one behind the other."""
    wav = b"RIFF\x7c\0\0\0WAVEfmt \x10\0\0\0" + bytes(16) + b"data\x50\0\0\0" + bytes(80)
    film = b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x48mdat" + bytes(64) + b"\0\0\0\x08moov"
    browser = b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm" + b"\x18\x53\x80\x67\xc8" + bytes(72)
    page = b"OggS\0\2" + bytes(20) + b"\1\x28" + bytes(40)
    music = b"ID3\4\0\0\0\0\0\0\xff\xfb\x90\xc0" + bytes(32) + b"Xing\0\0\0\x0f" + bytes(90)
    aiff = (
        b"FORM\0\0\0\x78AIFFCOMM\0\0\0\x12\0\1\0\0\0\x20\0\x10\x40\x0e\xac\x44" + bytes(6)
        + b"SSND\0\0\0\0" + bytes(60) + b"\1" * 12
    )  # fmt: skip
    caf = (
        b"caff\0\1\0\0desc" + bytes(7) + b"\x20\x40\xe5\x88\x80\0\0\0\0lpcm\0\0\0\0\0\0\0\2"
        b"\0\0\0\1\0\0\0\1\0\0\0\x10data" + b"\xff" * 8 + bytes(70)
    )  # fmt: skip
    au = b".snd\0\0\0\x18\0\0\0\0\0\0\0\3\0\0\xac\x44\0\0\0\1" + b"\1" * 70
    tag = b"ID3\3\0\0\0\0\0\x0a" + bytes(10)
    return [
        tag + wav,
        b"#!AMR\n" + (b"\x3c" + bytes(31)) * 3,
        b"\x0b\x77\0\0\0" + bytes(123),
        aiff,
        caf,
        au,
        wav + wav,
        film + film,
        browser + browser,
        page + page[:5],
        music + music,
        wav + film,
    ]


def _layout_as_everything(_workspace: Workspace, path: Path) -> Any:
    from capture.media.file_layout import left_out_by_edits, read_layout, recordings_in
    from capture.media.framed_streams import last_frame
    from capture.media.input_files import CONTAINERS, length_options

    layouts = [read_layout(path, container) for container in CONTAINERS]
    ends = [last_frame(path, container) for container in CONTAINERS]
    return layouts, ends, length_options(path), left_out_by_edits(path), recordings_in(path)


def _encoded(make: Callable[[], Any]) -> Callable[[], Sequence[bytes]]:
    return lambda: [msgspec.json.format(msgspec.json.encode(make()), indent=1)]


def _import(path: str) -> Callable[..., Any]:
    """`module:function`, imported when it is first called: the table costs nothing to read."""

    @functools.cache
    def find_import() -> Callable[..., Any]:
        import importlib

        module, _, name = path.partition(":")
        return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]

    return lambda *values, **named: find_import()(*values, **named)


def _of_file(path: str) -> Callable[[Workspace, Path], Any]:
    """A reader that is given the file."""
    reader = _import(path)
    return lambda _workspace, path: reader(path)


def _if_readable(kind: str) -> Callable[[Workspace, Path], Any]:
    """A reader of a record on which no decision rests."""
    module, _, name = kind.partition(":")
    return lambda _workspace, path: struct_file.load_if_readable(
        path, getattr(importlib.import_module(module), name)
    )


def _of_workspace(path: str) -> Callable[[Workspace, Path], Any]:
    reader = _import(path)
    return lambda workspace, _place: reader(workspace)


def _of_story(path: str) -> Callable[[Workspace, Path], Any]:
    reader = _import(path)
    return lambda workspace, _place: reader(workspace.story(STORY))


VTT = """WEBVTT - Zoom

NOTE made by hand

1
00:00:00.500 --> 00:00:03.500 line:90%
<v Ruth Smith>I rang the <i>ward</i> every day.

2
00:00:04.000 --> 00:00:07.500
Ruth Smith: I asked &lt;twice&gt; <00:00:05.000>&amp; waited.
And again.

STYLE
::cue { color: red }
"""
SRT = """1
00:00:00,500 --> 00:00:03,500
<i>I rang</i> the ward.

2
00:00:04,000 --> 00:00:07,500
{\\an8}Nobody answered.
I rang again.
"""
OPENAI = """{"text": " I rang.", "language": "en", "segments": [
 {"id": 0, "seek": 0, "start": 0.0, "end": 1.5, "text": " I rang the ward.", "tokens": [50363],
  "temperature": 0.0, "avg_logprob": -0.2, "compression_ratio": 1.1, "no_speech_prob": 0.02,
  "words": [{"word": " I", "start": 0.0, "end": 0.3, "probability": 0.9},
            {"word": " rang", "start": 0.3, "end": 0.8, "probability": 0.8}]},
 {"start": 1.5, "end": 3.0, "text": " Nobody answered."}]}
"""
WHISPERX = """{"segments": [{"start": 0.1, "end": 1.5, "text": "I rang.", "speaker": "SPEAKER_00",
 "words": [{"word": "I", "start": 0.1, "end": 0.3, "score": 0.9, "speaker": "SPEAKER_00"},
           {"word": "rang."}, {"word": "Yes", "start": 1.0, "end": 1.5, "speaker": "SPEAKER_01"}]}],
 "word_segments": [], "language": "en"}
"""
FASTER = '[{"start": 0, "end": 1, "text": " I rang", "words": [[0.0, 0.4, " I", 0.9]]}]'
OHMS = """<?xml version="1.0" encoding="UTF-8"?>
<ROOT xmlns="https://www.weareavp.com/nunncenter/ohms"><record id="1" dt="2026-01-02">
<version>5.4</version><date value="2026-01-02" format="yyyy-mm-dd"/><title>An interview</title>
<duration>00:03:00</duration><repository>An archive</repository><keyword>care</keyword>
<interviewee>Ruth</interviewee><file_name>a.mp4</file_name><sync>1:|2(3)|3(1)</sync>
<index><point><time>5</time><title>First contact</title><synopsis>Ringing</synopsis>
<keywords>ward;phone</keywords><partial_transcript>I rang</partial_transcript></point></index>
<description>About a ward.</description><transcript>RUTH: I rang the ward.
Nobody answered.[[footnote]]1[[/footnote]]
SMITH: Why?
</transcript><fmt>audio</fmt><userestrict>0</userestrict></record></ROOT>
"""
NAMES = """names:
  - name: Joan Example
    kind: person
    shown: my sister
    sounds_like: [Joan, Jone]
    where: story
    note: asked on the phone
  - name: "01632 960123"
"""
MAY_BE_SAID = """words:
  - Carers Leeds
  - Gaviscon
"""
THEMES = f"""themes:
  - theme: confidentiality
    title: What may be shared
    about: Two sentences.
    moments:
      - {{story: {STORY}, words: You can always listen.}}
  - {{theme: ward-9, kind: service}}
"""
GLOSSARY = """terms:
  - term: CAMHS
    says_as: [cams]
    mishearings: [calms, camps]
  - term: care plan
"""
SETTINGS = """title: Carer Stories
trust: Our trust
contact: "Ring 01632 960000"
address: https://intranet.example/stories/
support:
  - {name: Carer line, contact: 01632 960001, when: 9 to 5, checked: 2026-01-02}
review_months: 12
fictional: true
retention: {expired_days: 10}
film: {logo: "", fonts: [], noise: 4, cover: false, question_cards: true, encoder: software}
"""
MARKS = "# by ear\n0:01.4 1\n0:02 question 2\n0:03 do-not-use\n\n0:03\tnote She laughs\n"
DEMO = """slug: a
title: A story
questions: being-heard
media: {file: a.mp4, kind: video}
"""
EDITORS_COPY = """<!--
Editor’s copy of cs-4k7m2q.
- Names were asked about, round 1.
-->

[00:00] Ruth: I rang the ward ~~every~~{-10,+20} day (?CPA) and [[Joan|my sister]]{-80,} came.

## QUESTION

[00:02] Interviewer: [[?Why|what]] (?)
"""


def transcript() -> Any:
    from transcribe.words import Segment, Transcript, Word

    word_texts = ["I", "rang", "the", "ward", "every", "day", "and", "Joan", "came.", "Why?"]
    words = tuple(Word(text=t, start=n * 300, end=n * 300 + 250) for n, t in enumerate(word_texts))
    segment = Segment(
        first=0,
        last=len(words),
        start=0,
        end=words[-1].end,
        compression_ratio=1.0,
        no_speech_probability=0.0,
        average_logprob=-0.1,
    )
    return Transcript(
        story=STORY,
        engine="openai-whisper",
        model="small",
        model_sha256="",
        options={"beam": 5},
        audio_sha256="0" * 64,
        duration=4_000,
        words=words,
        segments=(segment,),
    )


@functools.cache
def questions() -> Any:
    from capture.questions.question_set import load_question_set

    return load_question_set(_TEMPLATE.questions / "being-heard.yml")


def _edited() -> Any:
    from transcribe.editing.apply_edits import apply_copy
    from transcribe.editing.speaker_turns import Speakers

    text = "[00:00] Ruth: I rang the ward every day and Joan came. Why?\n"
    return apply_copy(
        transcript(), "0" * 64, text, questions(), Speakers(contributor="Ruth")
    ).edited


def _apply(_workspace: Workspace, path: Path) -> Any:
    """An editor's copy: all that follows from it, as `edit` works it out."""
    from transcribe.captions import layout, lint
    from transcribe.editing.apply_edits import apply_copy
    from transcribe.editing.read_editors_copy import read_editors_copy_text
    from transcribe.editing.speaker_turns import Speakers

    speakers = Speakers(contributor="Ruth")
    edit = apply_copy(transcript(), "0" * 64, read_editors_copy_text(path), questions(), speakers)
    cues = layout.lay_out(edit.edited.turns, edit.edited.duration)
    return edit, lint.lint_cues(cues)


def _words(_workspace: Workspace, path: Path) -> Any:
    """A transcript from elsewhere, with a recording and without, and captions laid out from it."""
    from transcribe.captions import layout
    from transcribe.import_transcript import read_transcript_file, turns_of

    read = read_transcript_file(path)
    for word in read.recognised.words:
        assert 0 <= word.start <= word.end, word
    layout.lay_out(turns_of(read), read.duration)
    return read, read_transcript_file(path, 5_000)


def _recognisers_json() -> list[bytes]:
    words = [
        Said("Who", 500, 800, 0),
        Said("cares?", 850, 1_600, 0),
        Said("I", 2_400, 2_600, 1),
        Said("do.", 2_650, 3_400, 1),
    ]
    return [msgspec.json.encode(write(words)) for write in WRITERS.values()]


def _captions(_workspace: Workspace, path: Path) -> Any:
    from transcribe.captions.lint import lint_cues
    from transcribe.formats.caption_files import parse_captions

    return lint_cues(parse_captions(path).cues)


def _release(_workspace: Workspace, path: Path) -> Any:
    from stewardship.update_check import newest_release

    return newest_release(str(path))


def _span(workspace: Workspace, path: Path) -> Any:
    from capture.sessions.media_span import MediaSpan

    span = MediaSpan()
    span.feed_file(path, path.stat().st_size)
    return span.so_far


def _begin_from_ohms(workspace: Workspace, path: Path) -> Any:
    """The set that is made of it must be one that can be read."""
    from capture.intake.ohms_story import story_from_ohms
    from capture.questions.question_set import load_question_set

    story = story_from_ohms(workspace, path)
    return load_question_set(workspace.questions / f"{story.questions.id}.yml")


def _question_set(_workspace: Workspace, path: Path) -> Any:
    from capture.questions.advice import suggestions
    from capture.questions.question_set import load_question_set, parse_question_set

    reading = parse_question_set(path.read_bytes(), path)
    if reading.record is not None:
        suggestions(reading, frozenset())
    return load_question_set(path)


def _written_back(_workspace: Workspace, path: Path) -> Any:
    from capture.questions.question_set import read_question_set_file
    from capture.workshop.set_document import cleaned, document, remarks_of, values_of

    reading = read_question_set_file(path)
    return document(cleaned(values_of(reading)), remarks_of(path.read_bytes(), reading))


def _pasted(_workspace: Workspace, path: Path) -> Any:
    from capture.questions.plain_list import read_pasted_list

    return read_pasted_list(path.read_bytes().decode(errors="replace"))


def _form(workspace: Workspace, _place: Path) -> Any:
    from library.core.settings import Settings
    from library.forms.html_page import render_form
    from library.forms.placeholders import FormStory
    from library.forms.wording import read_wording

    return render_form(read_wording(workspace, "release"), Settings(), FormStory())


def _marks(_workspace: Workspace, path: Path) -> Any:
    from capture.markers.marking import MarkableStory, read_marker_file
    from capture.recording.session_markers import Session

    session = Session(story=STORY, question_set=questions())
    return read_marker_file(
        path, MarkableStory(Workspace(path.parent).story(STORY), session, 4_000)
    )


@functools.cache
def _plan() -> Any:
    from publish.training.read_plan import load_plan

    return load_plan(next(iter(sorted(_DEMO.glob("training/*.yml")))))


def _collected() -> Sequence[bytes]:
    from publish.training.feedback import form_columns

    columns = form_columns(_plan().evaluation)
    rows = [",".join(columns), ",".join([_plan().id, "1", "2026-01-02", "3", "4"])]
    return ["\r\n".join(rows).encode(), f"plan;stays\n{_plan().id};'=1+1\n".encode()]


def _forms(_workspace: Workspace, path: Path) -> Any:
    from publish.training.feedback import read_forms

    return read_forms([path], {_plan().id: _plan()})


def _held() -> Sequence[bytes]:
    heads = "session_on,plan,version,people,carers,stories"
    row = "2026-11-23,first-contact,1,12,1,cs-4k7m2q cs-9w2xbd"
    semicolons = f"{heads}\n{row}\n".replace(",", ";")
    return [f"{heads}\r\n{row}\r\n".encode(), semicolons.encode()]


def _sessions(_workspace: Workspace, path: Path) -> Any:
    from publish.training.answer_folder import read_sessions

    return read_sessions(path)


def _database_of() -> Sequence[bytes]:
    """A database with one story, as it is written."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        workspace = workspace_template.make_workspace(Path(folder) / "library")
        story = start_story(workspace, title="A night call", questions="being-heard")
        record_contributor(workspace, story.id, name="Ann", contact="a", role="editor")
        record_files = (workspace.database, workspace.audit_log, workspace.contributors)
        return [path.read_bytes() for path in record_files]


_databases = functools.cache(_database_of)


def _database(workspace: Workspace, path: Path) -> Any:
    from library.records.store import Store

    snapshot = Store(path).read()
    snapshot.check()
    return snapshot


def _private(_workspace: Workspace, path: Path) -> Any:
    from library.records.record_types import PRIVATE_TABLES
    from library.records.store import Store

    snapshot = Store(path, kinds=PRIVATE_TABLES).read()
    snapshot.check()
    return snapshot


def _log(_workspace: Workspace, path: Path) -> Any:
    from library.records import audit_log

    audit_log.verify(path)
    list(audit_log.entries(path))
    return audit_log.head_of(path)


def _journal(_workspace: Workspace, path: Path) -> Any:
    from capture.sessions.storage import Journal

    return Journal(path).read()


def _desk_journals() -> Sequence[bytes]:
    """A journal of two changes, with and without its torn end."""
    from stewardship.desk.journal import ChangesMade, DeskSessionBegun, line_of
    from stewardship.desk.text_changes import TextChange

    changes = (TextChange(((0, 0, "New: "),)), TextChange(((5, 6, ""), (7, 7, "é👩"))))
    lines = [
        line_of(1, DeskSessionBegun(session="a-session", text="One text.\n")),
        line_of(2, ChangesMade(key="key-of-it", changes=changes, in_file=0)),
        line_of(3, ChangesMade(key="another", changes=(), in_file=1, reason="review")),
    ]
    return [b"".join(lines), b"".join(lines)[:-9]]


def _desk_journal(_workspace: Workspace, path: Path) -> Any:
    from stewardship.desk.journal import DeskJournal

    return DeskJournal(path).newest_text()


def _standing(workspace: Workspace, _place: Path) -> Any:
    """`cut.json` as translations and proofs read it: with the recipe that is in it."""
    from films.timeline import _timeline_of_recipe
    from library.records.cut import inspect_cut, read_cut

    folder = workspace.story(STORY)
    inspect_cut(folder)
    cut = read_cut(folder.cut)
    return cut and _timeline_of_recipe(folder, cut.recipe)


def _logo(_workspace: Workspace, path: Path) -> Any:
    from films.cards import read_logo

    return read_logo(path)


def _key(_workspace: Workspace, path: Path) -> Any:
    from library.backup.encryption import read_key

    return read_key(path)


def _keys() -> Sequence[bytes]:
    import tempfile

    from library.backup.encryption import new_key

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "key"
        new_key(path)
        return [path.read_bytes()]


def _run(_workspace: Workspace, path: Path) -> Any:
    from library.backup.manifests import InvalidRunError, decode_run
    from library.core.errors import Damaged

    try:
        return decode_run(path.read_bytes(), "2026-01-01T000000Z")
    except InvalidRunError as error:
        raise Damaged(f"{error}.") from None  # as `Vault.read_run` does


def _runs() -> Sequence[bytes]:
    from library.backup.manifests import encode_run

    return [encode_run(made_run())]


def made_run(**changes: Any) -> Any:
    from library.backup.manifests import BackedUpFile, BackupRun

    backed_up_file = BackedUpFile(
        path="interviews/library.json", sha256="0" * 64, size=4, mode=0o600
    )
    run = BackupRun(
        id="2026-01-01T000000Z",
        made="2026-01-01T00:00:00Z",
        version="0.1.0",
        library="library",
        generation=1,
        log_lines=1,
        log_head="0" * 64,
        folders={"interviews": 0o700},
        files=(backed_up_file,),
    )
    return msgspec.structs.replace(run, **changes)


def _vault(_workspace: Workspace, path: Path) -> Any:
    from library.backup.opening import open_repository

    return open_repository(path.parent, None)


def _notes(_workspace: Workspace, path: Path) -> Any:
    from library.backup.encryption import Unencrypted
    from library.backup.notes import read_all_notes

    return read_all_notes(path.parent.parent, Unencrypted())


def _hold_notes(_workspace: Workspace, path: Path) -> Any:
    from library.backup.encryption import Unencrypted
    from library.backup.hold_notes import read_hold_notes

    return read_hold_notes(path.parent.parent, Unencrypted())


def _deletion_notes(_workspace: Workspace, path: Path) -> Any:
    from library.backup.deleted_sessions import read_deletions
    from library.backup.encryption import Unencrypted

    return list(read_deletions(path.parent.parent, Unencrypted()))


def _newest_run(_workspace: Workspace, path: Path) -> Any:
    from library.backup.encryption import Unencrypted
    from library.backup.manifests import RepositoryHeader
    from library.backup.repository import BackupRepository

    header = RepositoryHeader(id="bk-4k7m2q", made="2026-11-23T10:15:00Z", is_encrypted=False)
    return BackupRepository(path.parent, header, Unencrypted()).newest_run()


def _receipts_of_withdrawals(workspace: Workspace, _path: Path) -> Any:
    from stewardship.held_stories import withdrawal_receipts

    return list(withdrawal_receipts(workspace))


def _logo_bytes() -> Sequence[bytes]:

    from PIL import Image

    logos = []
    for kind in ("PNG", "JPEG"):
        buffer = io.BytesIO()
        Image.new("RGB", (24, 12), "navy").save(buffer, kind)
        logos.append(buffer.getvalue())
    return logos


def _picture_bytes() -> Sequence[bytes]:
    """Pictures of every kind, still and moving."""

    from tests.support.rooms import frame_of

    pictures = []
    for kind in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "ICO", "AVIF"):
        buffer = io.BytesIO()
        frame = frame_of("Ruth", 1).resize((48, 32))
        moving = {"save_all": True, "append_images": [frame_of("Ruth", 9).resize((48, 32))]}
        frame.save(buffer, kind, **(moving if kind in ("GIF", "WEBP") else {}))
        pictures.append(buffer.getvalue())
    return pictures


def _picture(_workspace: Workspace, path: Path) -> Any:
    from publish.pictures.read_picture import read_picture

    return read_picture(path.read_bytes()).shape


def _packed_bytes() -> list[bytes]:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        member = tarfile.TarInfo("a.txt")
        member.size = 12
        archive.addfile(member, io.BytesIO(b"Some words. "))
    rich = rb"{\rtf1 {\b Some\par} w\'f6rds \u8217?}"
    written = base64.b64encode(gzip.compress(b"Some words. " * 9, mtime=0))
    mail = quopri.encodestring("Some wörds’ — and mörè.".encode())
    return [packed.getvalue(), rich, b'x = "%s"' % written, mail, b"MZ" + _zipped(rich)]


def _zipped(data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.rtf", data)
    return packed.getvalue()


def _unpacked(_workspace: Workspace, path: Path) -> Any:
    from publish.leaks.unpack import everything_in

    return [content.texts for content in everything_in(path.name, path.read_bytes())]


def _record(path: str) -> Any:
    """The type at `module:Name`."""
    import importlib

    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def _search_indexes() -> Sequence[bytes]:
    """The kept index of a small story, and that of one without a word."""
    from publish.search.documents import Passage, SearchDocument
    from publish.search.kept_indexes import encode_index
    from publish.search.segments import Utterance
    from publish.search.shards import Vocabulary, search_files

    kept: list[bytes] = []
    for text in ("I rang the ward. Nobody rang me on the ward.", ""):
        vocabulary = Vocabulary()
        passages = tuple(Passage((Utterance("Ruth", text),), start=at) for at in range(2))
        story = SearchDocument(f"stories/{STORY}.html", "A story", "story", passages)
        search_files(
            [story],
            vocabulary=vocabulary,
            keep=lambda index, words=vocabulary: kept.append(encode_index(index, words)),
        )
    return kept


def _read_search_index(workspace: Workspace, path: Path) -> object:
    from publish.search.kept_indexes import KeptIndexes
    from publish.search.shards import Vocabulary

    return KeptIndexes(workspace, {STORY: sha256_of(path)}).read(Vocabulary())


def _ours(
    name: str, kind: str, path: str, read: Callable[[Workspace, Path], Any], **more: Any
) -> ParserUnderTest:
    """A record of our own in JSON; examples are made up from its type."""
    modules = more.pop("modules", (kind.partition(":")[0],))
    return ParserUnderTest(
        name, modules, path, more.pop("examples", tuple), read, kind=kind, **more
    )


_IN_STORY = f"interviews/stories/{STORY}"

WRITTEN_BY_PEOPLE: tuple[ParserUnderTest, ...] = (
    ParserUnderTest(
        "question set",
        ("capture.questions.question_set", "library.core.yaml_document"),
        "interviews/questions/hostile.yml",
        _files(_TEMPLATE.questions, "*.yml"),
        _question_set,
    ),
    ParserUnderTest(
        "question set in the workshop",
        ("capture.workshop.set_document",),
        "interviews/questions/hostile.yml",
        lambda: [b"# A remark.\nid: ward  # kept\ntitle: Ward\nquestions:\n  - ask: Why?  # so\n"],
        _written_back,
    ),
    ParserUnderTest(
        "questions that were pasted",
        ("capture.questions.plain_list",),
        "pasted.txt",
        lambda: [b"Being heard\nWho told you?\n\xe2\x80\xa2\tAnd then?\n2.\tHow was it?\n"],
        _pasted,
    ),
    ParserUnderTest(
        "plain list of questions",
        ("capture.questions.plain_list",),
        "questions.txt",
        lambda: [b"Being heard\n\n1. Who told you?\n\t- And then?\n\xe2\x80\xa2 Q2: How was it?\n"],
        _of_file("capture.questions.plain_list:read_plain_list"),
    ),
    ParserUnderTest(
        "list of questions in Word",
        ("capture.questions.plain_list",),
        "questions.docx",
        lambda: [word_document([["Being heard"], ["1. Who told you?"], ["How was it?"]])],
        _of_file("capture.questions.plain_list:read_plain_list"),
    ),
    ParserUnderTest(
        "training plan",
        ("publish.training.read_plan",),
        "interviews/training/hostile.yml",
        _files(_DEMO, "training/*.yml"),
        _of_file("publish.training.read_plan:load_plan"),
    ),
    ParserUnderTest(
        "settings",
        ("library.core.settings", "library.core.sanitise"),
        "interviews/settings.yml",
        lambda: [SETTINGS.encode(), _TEMPLATE.settings.read_bytes()],
        _of_workspace("library.core.settings:load_settings"),
    ),
    ParserUnderTest(
        "themes",
        ("publish.themes",),
        "interviews/themes.yml",
        _texts(THEMES),
        _of_workspace("publish.themes:read_themes"),
    ),
    ParserUnderTest(
        "themes, for advice",
        ("capture.questions.advice",),
        "interviews/themes.yml",
        _texts(THEMES),
        _of_workspace("capture.questions.advice:known_themes"),
    ),
    ParserUnderTest(
        "glossary",
        ("transcribe.glossary",),
        "interviews/glossary.yml",
        _texts(GLOSSARY),
        _of_workspace("transcribe.glossary:load_glossary"),
    ),
    ParserUnderTest(
        "search words",
        ("publish.search.word_list",),
        "interviews/search-words.yml",
        _texts(SEARCH_WORDS),
        _of_workspace("publish.search.word_list:word_list"),
    ),
    ParserUnderTest(
        "names list",
        ("transcribe.redaction.name_list",),
        f"{_IN_STORY}/names.yml",
        _texts(NAMES),
        _of_story("transcribe.redaction.name_list:load_names"),
    ),
    ParserUnderTest(
        "may be said",
        ("transcribe.redaction.may_be_said",),
        "interviews/may-be-said.yml",
        _texts(MAY_BE_SAID),
        _of_workspace("transcribe.redaction.may_be_said:load_may_be_said"),
    ),
    ParserUnderTest(
        "form",
        ("library.forms.wording", "library.forms.placeholders"),
        "interviews/forms/release.md",
        _files(_TEMPLATE.forms, "*.md"),
        _form,
        costly=True,
    ),
    ParserUnderTest("marks", ("capture.markers.marking",), "marks.txt", _texts(MARKS), _marks),
    ParserUnderTest(
        "editor’s copy",
        (
            "transcribe.editing.transcript_markdown",
            "transcribe.edit_service",
            "transcribe.editing.inline_markup",
            "transcribe.editing.moved_edges",
        ),
        f"{_IN_STORY}/transcript.md",
        lambda: [EDITORS_COPY.replace("QUESTION", questions().questions[0].ask).encode()],
        _apply,
        costly=True,
    ),
    ParserUnderTest(
        "evaluation forms",
        ("publish.training.feedback",),
        "forms.csv",
        _collected,
        _forms,
    ),
    ParserUnderTest(
        "sessions held", ("publish.training.answer_folder",), "sessions.csv", _held, _sessions
    ),
    ParserUnderTest(
        "groups of a report",
        ("publish.training.groups_of_five",),
        "interviews/feedback/groups.json",
        lambda: [
            b'{"schema":1,"questions":{"q1 before":[{"session":"2026-11-02","forms":["a","b"]}]}}',
        ],
        _of_workspace("publish.training.groups_of_five:open_grouping"),
    ),
    ParserUnderTest("key file", ("library.backup.encryption",), "key.txt", _keys, _key),
    ParserUnderTest("logo", ("films.cards",), "interviews/logo.png", _logo_bytes, _logo),
    ParserUnderTest(
        "packed words in a page",
        ("publish.leaks.unpack",),
        "site/content/hostile.bin",
        _packed_bytes,
        _unpacked,
    ),
    ParserUnderTest(
        "picture in a page",
        ("publish.pictures.read_picture",),
        "site/content/hostile.bin",
        _picture_bytes,
        _picture,
    ),
)

FROM_OTHER_PROGRAMS: tuple[ParserUnderTest, ...] = (
    ParserUnderTest(
        "model of Whisper",
        ("transcribe.engines.checkpoint_file",),
        "model.pt",
        lambda: [small_checkpoint()],
        _of_file("transcribe.engines.checkpoint_file:read_checkpoint_file"),
        costly=True,
    ),
    ParserUnderTest(
        "newest release",
        ("stewardship.update_check",),
        "latest.json",
        _texts('{"version": "0.2.0", "day": "2027-01-31"}'),
        _release,
    ),
    ParserUnderTest(
        "answers from a preview",
        ("films.answers_text",),
        "my-answers.txt",
        lambda: _answers_from_a_preview(),
        _of_file("films.answers_text:read_answers"),
    ),
    ParserUnderTest(
        "words in WebVTT",
        ("transcribe.formats.caption_words", "transcribe.formats.vtt", "transcribe.formats.blocks"),
        "words.vtt",
        _texts(VTT),
        _words,
    ),
    ParserUnderTest(
        "words in SubRip", ("transcribe.formats.srt",), "words.srt", _texts(SRT), _words
    ),
    ParserUnderTest(
        "words in JSON",
        ("transcribe.formats.json_words",),
        "words.json",
        lambda: [
            OPENAI.encode(),
            WHISPERX.encode(),
            FASTER.encode(),
            msgspec.json.encode(transcript()),
            *_recognisers_json(),
        ],
        _words,
    ),
    ParserUnderTest(
        "words in OHMS XML", ("transcribe.formats.ohms_words",), "words.xml", _texts(OHMS), _words
    ),
    ParserUnderTest(
        "captions in WebVTT",
        ("transcribe.formats.caption_files",),
        "captions.vtt",
        _texts(VTT),
        _captions,
    ),
    ParserUnderTest(
        "captions in SubRip",
        ("transcribe.formats.caption_files",),
        "captions.srt",
        _texts(SRT),
        _captions,
    ),
    ParserUnderTest(
        "words in a Word document",
        ("library.formats.word_document",),
        "meeting.docx",
        _word_documents,
        _words,
    ),
    ParserUnderTest(
        "words in lines with times",
        ("transcribe.formats.timed_turns",),
        "meeting.txt",
        _texts(TIMED_TURNS),
        _words,
    ),
    ParserUnderTest(
        "words in captions of other kinds",
        ("transcribe.formats.other_captions",),
        "meeting.txt",
        lambda: [text.encode() for text, _ in FILES.values()],
        _words,
    ),
    ParserUnderTest(
        "layout of a media file",
        ("capture.media.file_layout", "capture.media.framed_streams", "capture.media.sample_span"),
        "interview.wav",
        _media_heads,
        _layout_as_everything,
    ),
    ParserUnderTest(
        "time of a take",
        ("capture.sessions.media_span",),
        "take-1.webm",
        _browser_takes,
        _span,
    ),
    ParserUnderTest(
        "OHMS interview",
        ("library.formats.ohms", "capture.intake.ohms_story"),
        "interview.xml",
        _texts(OHMS),
        _begin_from_ohms,
        writes=True,
        costly=True,
    ),
)

RECORDS: tuple[ParserUnderTest, ...] = (
    ParserUnderTest(
        "database",
        (
            "library.records.file_format",
            "library.records.record_types",
            "library.records.store",
            "library.records.generations",
        ),
        "interviews/library.json",
        lambda: _databases()[:1],
        _database,
    ),
    ParserUnderTest(
        "private database",
        ("library.records.store",),
        "interviews/private/contributors.json",
        lambda: _databases()[2:],
        _private,
    ),
    ParserUnderTest(
        "audit log",
        ("library.records.audit_log",),
        "interviews/audit.jsonl",
        lambda: _databases()[1:2],
        _log,
    ),
    ParserUnderTest("run of a backup", ("library.backup.manifests",), "run.json", _runs, _run),
    _ours(
        "backup",
        "library.backup.manifests:RepositoryHeader",
        "backup/carer-stories-backup.json",
        _vault,
        modules=("library.backup.opening",),
    ),
    _ours(
        "note in a backup",
        "library.backup.notes:TakenBackNote",
        f"backup/taken-back/{STORY}.all.withdrawn.json",
        _notes,
    ),
    _ours(
        "note of a hold in a backup",
        "library.backup.hold_notes:HoldNote",
        f"backup/must-be-kept/{STORY}.lh-7xk2p9.json",
        _hold_notes,
    ),
    _ours(
        "note of a deletion in a backup",
        "library.backup.deleted_sessions:DeletedSession",
        f"backup/deleted-recordings/{STORY}.se-8xk3vp.json",
        _deletion_notes,
    ),
    _ours(
        "newest run of a backup",
        "library.backup.manifests:RunLink",
        "backup/newest-run.json",
        _newest_run,
        modules=("library.backup.repository",),
    ),
    _ours(
        "receipt of a withdrawal",
        "stewardship.held_stories:_Receipt",
        f"interviews/receipts/withdrawal-{STORY}-2026-11-23T101500Z.json",
        _receipts_of_withdrawals,
    ),
    _ours(
        "receipt, for where the log stood",
        "library.records.log_anchors:_AnchorFields",
        "interviews/receipts/build-2026-11-23T101500Z.json",
        _of_workspace("library.records.log_anchors:last_anchored"),
    ),
    _ours(
        "hold of a restore",
        "library.records.restore_holds:RestoreHold",
        f"interviews/withdrawn/{STORY}.held.json",
        _of_workspace("library.records.restore_holds:read_restore_holds"),
    ),
    _ours(
        "wishes of a contributor",
        "library.records.wishes:Wishes",
        f"interviews/stories/{STORY}/wishes.json",
        _of_story("library.records.wishes:read_wishes"),
    ),
    _ours(
        "fingerprint of a recording",
        "library.records.kept_fingerprints:KeptFingerprint",
        f"interviews/private/fingerprints/{STORY}.json",
        _of_workspace("library.records.kept_fingerprints:read_erased_fingerprints"),
    ),
    _ours(
        "confirmed recordings",
        "capture.intake.withdrawn_recordings:RecordingConfirmations",
        f"{_IN_STORY}/confirmed-recordings.json",
        _of_story("capture.intake.withdrawn_recordings:read_confirmations"),
    ),
    _ours(
        "known backups",
        "library.backup.manifests:KnownBackup",
        "interviews/backups.json",
        _of_workspace("library.backup.registry:known_backups"),
        modules=("library.backup.registry",),
    ),
    _ours(
        "cut",
        "library.records.cut:Cut",
        f"{_IN_STORY}/cut.json",
        _standing,
        modules=("library.records.cut", "films.timeline"),
    ),
    _ours(
        "manifest",
        "capture.recording.originals:Manifest",
        f"{_IN_STORY}/original/manifest.json",
        _of_story("capture.recording.originals:read_manifest"),
    ),
    _ours(
        "manifest, for status",
        "capture.recording.originals:Manifest",
        f"{_IN_STORY}/original/manifest.json",
        _of_story("library.records.transcript_state:is_transcript_outdated"),
        modules=("library.records.transcript_state",),
    ),
    _ours(
        "manifest, for agreements",
        "capture.recording.originals:Manifest",
        f"{_IN_STORY}/original/manifest.json",
        _of_story("library.consent.gate_input:is_filmed"),
        modules=("library.consent.gate_input",),
    ),
    _ours(
        "journal, for agreements",
        "capture.sessions.events:AnyEvent",
        f"{_IN_STORY}/sessions/se-abcdef/journal.jsonl",
        _of_story("library.consent.gate_input:has_picture_to_keep"),
        modules=("library.consent.gate_input",),
    ),
    _ours(
        "session",
        "capture.recording.session_markers:Session",
        f"{_IN_STORY}/session.json",
        _of_file("capture.recording.session_markers:read_session"),
    ),
    _ours(
        "journal",
        "capture.sessions.events:AnyEvent",
        f"{_IN_STORY}/sessions/se-abcdef/journal.jsonl",
        _journal,
        modules=("capture.sessions.storage",),
    ),
    ParserUnderTest(
        "desk journal",
        ("stewardship.desk.journal",),
        f"{_IN_STORY}/desk.journal",
        _desk_journals,
        _desk_journal,
    ),
    _ours(
        "transcript",
        "transcribe.words:Transcript",
        f"{_IN_STORY}/transcript.json",
        _of_file("transcribe.words:read_transcript"),
    ),
    _ours(
        "edited transcript",
        "transcribe.words:EditedTranscript",
        f"{_IN_STORY}/edited.json",
        _of_file("transcribe.words:read_edited"),
    ),
    _ours(
        "doubts",
        "library.records.transcript_state:ReviewCounts",
        f"{_IN_STORY}/doubts.json",
        _of_file("library.records.transcript_state:read_review_counts"),
    ),
    _ours(
        "names asked",
        "transcribe.redaction.questions:QuestionRecord",
        f"{_IN_STORY}/names-asked.json",
        _of_story("transcribe.redaction.questions:load_questions"),
    ),
    _ours(
        "checked redactions",
        "films.checked_redactions:CheckedRedactions",
        f"{_IN_STORY}/checked-redactions.json",
        _of_story("films.checked_redactions:read_checked"),
    ),
    _ours(
        "film choices",
        "films.film_spec:FilmChoices",
        f"{_IN_STORY}/film-choices.json",
        _of_story("films.film_spec:read_choices"),
    ),
    _ours(
        "page",
        "films.page_text:StoryPage",
        f"{_IN_STORY}/page.json",
        _of_file("films.page_text:read_page"),
    ),
    _ours(
        "page, for the words of a story",
        "films.page_text:StoryPage",
        f"{_IN_STORY}/page.json",
        lambda workspace, _place: list(
            _import("publish.story_words:texts_of_folder")(workspace.story(STORY))
        ),
        modules=("publish.story_words",),
    ),
    _ours(
        "translation",
        "films.translations:Translation",
        f"{_IN_STORY}/translations/pl.json",
        _of_file("films.translations:_read"),
    ),
    _ours(
        "edition",
        "publish.edition:Edition",
        "interviews/edition/edition.json",
        _of_workspace("publish.edition:read_edition"),
    ),
    _ours(
        "withdrawal noted",
        "library.records.consent:Withdrawal",
        f"interviews/withdrawn/{STORY}.all.json",
        _of_workspace("library.records.withdrawal_notes:read_withdrawal_notes"),
        modules=("library.records.withdrawal_notes",),
    ),
    _ours(
        "erasure noted",
        "library.records.withdrawal_notes:Erasure",
        f"interviews/withdrawn/{STORY}.erase.json",
        _of_workspace("library.records.withdrawal_notes:read_erasures"),
    ),
    _ours(
        "stamp of the format",
        "library.records.format_stamp:FormatStamp",
        "interviews/format.json",
        _of_workspace("library.records.format_stamp:read_format_stamp"),
    ),
    _ours(
        "plan of a migration",
        "library.records.migration_plan:MigrationPlan",
        "plan.json",
        lambda workspace, _place: _import("library.records.migration_plan:read_plan")(
            workspace.root
        ),
        modules=("library.records.migration_plan",),
    ),
    _ours(
        "receipt of a build",
        "publish.build_receipt:BuildReceipt",
        "interviews/receipts/build-1.json",
        _of_file("publish.build_receipt:read_receipt"),
    ),
    _ours(
        "receipt, for its head",
        "publish.build_receipt:LogAnchor",
        "interviews/receipts/withdrawal-1.json",
        _of_file("publish.build_receipt:head_from_receipt"),
    ),
    _ours(
        "receipts of withdrawals",
        "publish.build_receipt:LogAnchor",
        "interviews/receipts/withdrawal-1.json",
        _of_workspace("publish.build_receipt:withdrawal_anchors"),
    ),
    _ours(
        "copy on a stick",
        "publish.offline:OfflineRecord",
        "copy.json",
        lambda workspace, _place: _import("publish.offline:read_offline_record")(workspace.root),
        modules=("publish.offline",),
    ),
    _ours(
        "station’s place",
        "library.local_page.address:PageAddress",
        "interviews/.station.json",
        _of_file("library.local_page.address:previous_address"),
    ),
    _ours(
        "note of a lock’s holder",
        "library.core.lock:LockHolder",
        "interviews/library.json.lock",
        _of_file("library.core.lock:holder_of"),
    ),
    _ours(
        "stamp of a reconciliation",
        "publish.reconciliation.stamp:ReconciliationStamp",
        "interviews/.reconciled.json",
        _of_workspace("publish.reconciliation.stamp:read_stamp"),
    ),
    _ours(
        "inputs of a site",
        "publish.standing_site:SiteInputs",
        "interviews/.site-inputs.json",
        _of_workspace("publish.standing_site:standing_site"),
    ),
    ParserUnderTest(
        "index of a story for the search",
        ("publish.search.kept_indexes",),
        f"interviews/search-indexes/{STORY}.search-index",
        _search_indexes,
        _read_search_index,
    ),
    _ours(
        "folders as status read them",
        "library.consent.known_folders:_KnownFacts",
        "interviews/.story-folders.json",
        _of_workspace("library.consent.known_folders:KnownFolders"),
    ),
    _ours(
        "files left out of the site",
        "publish.left_out:_LeftOut",
        "interviews/.left-out.json",
        _of_workspace("publish.left_out:read_left_out"),
    ),
    _ours(
        "answers of a contributor",
        "library.records.preview_answers:AnswersRecord",
        f"{_IN_STORY}/answers.json",
        _of_story("library.records.preview_answers:read_answers_record"),
    ),
    _ours(
        "redactions that were listened to",
        "films.checked_redactions:CheckedRedactions",
        f"{_IN_STORY}/checked-redactions.json",
        _of_story("films.checked_redactions:read_checked"),
    ),
    _ours(
        "keys of the desk",
        "stewardship.desk.desk_keys:DeskKeys",
        "interviews/.desk.keys.json",
        _of_workspace("stewardship.desk.desk_keys:read_keys"),
    ),
    _ours(
        "frames of a story",
        "publish.pictures.story_frames:StoryFrames",
        f"{_IN_STORY}/frames.json",
        _of_story("publish.pictures.story_frames:_known_frames"),
    ),
    _ours(
        "sounds of a story",
        "publish.unreleased_sounds:StorySounds",
        f"{_IN_STORY}/sounds.json",
        _of_story("publish.unreleased_sounds:_known_sounds"),
    ),
    _ours(
        "pictures in pages",
        "publish.pictures.written_pictures:WrittenPictures",
        "interviews/.written-pictures.json",
        _of_workspace("publish.pictures.written_pictures:PictureReader"),
    ),
    _ours(
        "pictures that are others",
        "publish.pictures.other_pictures:OtherPictures",
        "interviews/private/other-pictures.json",
        _of_workspace("publish.pictures.other_pictures:read_other_pictures"),
    ),
    _ours(
        "note of a page",
        "library.consent.gate_input:_PageNote",
        f"{_IN_STORY}/page.json",
        _if_readable("library.consent.gate_input:_PageNote"),
    ),
    _ours(
        "audience of the site",
        "library.consent.copies:_SiteAudience",
        "interviews/edition/edition.json",
        _if_readable("library.consent.copies:_SiteAudience"),
    ),
    _ours(
        "receipt of a deletion",
        "capture.sessions.finalise:DeletionReceipt",
        "interviews/receipts/deleted.json",
        _if_readable("capture.sessions.finalise:DeletionReceipt"),
    ),
    _ours(
        "talk from a distance",
        "capture.sessions.remote_recording:RemoteTalk",
        f"{_IN_STORY}/remote.json",
        _if_readable("capture.sessions.remote_recording:RemoteTalk"),
    ),
    _ours(
        "pieces of a transcription",
        "transcribe.engines.chunks:ChunkWords",
        f"{_IN_STORY}/pieces/piece.json",
        lambda workspace, path: _piece(path),
    ),
    _ours(
        "words that a worker answers with",
        "transcribe.engines.chunks:ChunkWords",
        f"{_IN_STORY}/pieces/answer.json",
        lambda workspace, path: _answer_of_a_worker(path),
    ),
    _ours(
        "mark of a copy",
        "capture.intake.copying:_Checkpoint",
        f"{_IN_STORY}/original/.part-1.json",
        lambda workspace, path: _part(path),
    ),
)


def _answers_from_a_preview() -> list[bytes]:
    from tests.support.answered_preview import PARSED, WITH_REMARKS, answers_text

    return [answers_text(answers).encode() for answers in (PARSED, WITH_REMARKS)]


def _piece(path: Path) -> Any:
    from unittest.mock import patch

    from transcribe.engines import chunks

    with patch.object(chunks, "_chunk_path", lambda _folder, _piece: path):
        return chunks._load_words(path.parent, None)  # type: ignore[arg-type]


def _answer_of_a_worker(path: Path) -> Any:
    from library.core.struct_file import UNDECODABLE
    from transcribe.cluster_jobs import words_from
    from transcribe.engines.chunks import Chunk

    try:
        return words_from(path.read_bytes(), Chunk(0, 16_000 * 600, ""))
    except UNDECODABLE:
        return None


def _part(path: Path) -> Any:
    from capture.intake.copying import PartialCopy

    return PartialCopy(path.with_suffix(".mp4")).resume_point()


PARSERS = (*WRITTEN_BY_PEOPLE, *FROM_OTHER_PROGRAMS, *RECORDS)
BY_NAME = {parser.name: parser for parser in PARSERS}

TESTED_ELSEWHERE = {
    "library.core.installation": "what pip or uv wrote of where it came from: test_doctor.py",
    "library.core.struct_file": "the loader of every record file: tried through their parsers",
    "library.local_page.responses": "the station’s requests: test_station_requests.py",
    "capture.sessions.live_session": "our own events, checked before they are written",
    "capture.media.probe_subprocess": "what our own child process prints: test_media_limits.py",
    "stewardship.export.person_access": "entries of our own export, made a moment before",
    "publish.training.report": "the record of answers to previews: tried as one of our records",
    "publish.edition_proof": "the page of a cut: tried as a story’s words",
    "publish.reconciliation.compare": "the page of a cut: tried as a story’s words",
    "publish.kept_previews": "names of files in copies of a preview: test_put_back_by_hand.py",
    "transcribe.cluster_jobs": "what workers answer: tried as pieces of a transcription, and in "
    "test_cluster.py",
    "transcribe.cluster_tasks": "options of our own tasks, hashed on their way",
    "transcribe.engines.whisper_tables": "a table of our own: test_engine_contract.py",
    "transcribe.engines.conversion": "files of a model: test_engine_contract.py",
    "publish.demo": "the demonstration’s own files, and what our own commands print",
    "publish.leaks.extract": "media, archives and pictures of our own output: test_leaks.py",
    "films.video": "a picture we have just drawn",
    "capture.media.picture.sampled_frames": "films of our own; clips: test_written_pictures.py",
    **dict.fromkeys(
        (
            "capture.media.hidden_data",
            "capture.media.picture.encode",
            "capture.media.picture.footage",
            "capture.media.picture.poster",
            "capture.media.probe",
            "capture.media.packets",
        ),
        "media: test_media_limits.py",
    ),
}
"""Modules that decode something and are not in the table, and why."""
