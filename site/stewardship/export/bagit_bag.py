"""A story as a BagIt bag (RFC 8493): what an archive may keep of it, with SHA-256 of each file.

We write bags ourselves and only check them with bagit-python (in tests). Its `make_bag` (1.9.0)
wants the payload to lie there already and moves it: it would read every byte of a film a second
time to hash it, where we hash while copying. It changes the working directory of the process, and
declares version 0.97.

bagit.txt  bag-info.txt  manifest-sha256.txt  tagmanifest-sha256.txt
data/README.txt      what this is, and what is not in it
     film/           the cut that was signed off   captions/     with chapters
     transcript/     the words as shown            metadata/     records, OHMS, Dublin Core

Only where the contributor said that the recording may be kept as well:

     original/       recordings as they came       session.json
     transcript/     as heard and as edited too
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

import msgspec

from capture.recording.originals import read_manifest
from films.page_text import StoryPage
from library.consent.gate import History, archive_meaning
from library.core import struct_file
from library.core.errors import Damaged
from library.core.settings import Settings
from library.core.timecode import clock
from library.core.workspace import StoryFolder
from library.formats import ohms
from library.records.audit_log import AuditEntry
from stewardship.export import plain_english
from stewardship.export.archived_story import ArchivedStory
from stewardship.export.collect import transcripts_of
from stewardship.export.ohms_record import ohms_record, spoken_story
from stewardship.export.write import FileToWrite

OMITTED_NOTICE = (
    "Real names and contacts, signed forms, the list of names that must not be heard, and the "
    "secret of a disguised voice are not in it."
)
AS_SHOWN_NOTICE = (
    "It holds the film and its words as they are shown, and nothing that was cut from them or made "
    "silent: that is what its contributor said an archive may keep."
)
PICTURE_NOTICE = (
    "It holds the film and its words as they are shown, and nothing that was cut from them or made "
    "silent. Its contributor said that an archive may keep the recording as well, but it may hold "
    "their picture, and only their voice is agreed to: it is left out."
)
UNCUT_NOTICE = (
    "It holds the recording as it was told as well, and the words as they were heard: names that "
    "are bleeped or cut in the film can be heard and read here. Its contributor said that an "
    "archive may keep them; nobody agreed to their being shown."
)
_RECIPE = frozenset({"picture", "voice", "level"})
"""Parts of a cut’s recipe that say how they are seen and heard, and for whom it is."""
_LOGGED = frozenset({"agreement", "import", "film", "signoff", "approve"})
"""Actions of the log that an archive is told: what was made and agreed to, nothing of others."""
_DUBLIN_CORE_NAMESPACE = "http://purl.org/dc/elements/1.1/"


def payload_files(
    story: ArchivedStory, log_entries: Iterable[AuditEntry], settings: Settings, *, made: str
) -> list[FileToWrite]:
    """Return the files of `data/`, by name.

    `made` is the time of the export (ISO 8601). Raises Damaged for records that were altered,
    NotAllowed for files of the film that were.
    """
    record = ohms_record(story.history, spoken_story(story), settings, day=story.recorded_on)
    items = [
        FileToWrite("data/README.txt", _readme(story, settings, made).encode()),
        *_cut_files(story),
        FileToWrite("data/transcript/as-shown.txt", shown_text(story.page).encode()),
        *(_uncut_files(story.folder) if story.includes_uncut else ()),
        FileToWrite("data/metadata/records.json", _records(story.history, log_entries)),
        FileToWrite("data/metadata/dublin-core.xml", _dublin_core(story.history, settings)),
        FileToWrite("data/metadata/ohms.xml", ohms.write(record)),
    ]
    return sorted(items, key=lambda item: item.name)


def require_as_released(story: ArchivedStory, sha256_by_name: Mapping[str, str]) -> None:
    """Check what was copied, by its hash: the cut as signed off, the recording as it came.

    `sha256_by_name` has every payload file. Raises NotAllowed, and Damaged for a recording.
    """
    story.require_as_signed_off(
        {
            name.split("/", 2)[2]: sha256
            for name, sha256 in sha256_by_name.items()
            if name.startswith(("data/film/", "data/captions/"))
        }
    )
    manifest = read_manifest(story.folder) if story.includes_uncut else None
    for name, sha256 in manifest.checksums.items() if manifest else ():
        if sha256_by_name.get(f"data/original/{name}") != sha256:
            raise Damaged(
                f"The recording of {story.id} is not as it was brought in: {name}.",
                "See what is the matter: carer-stories verify",
            )


def shown_text(page: StoryPage) -> str:
    """Return the words of a page to read: each chapter with what was said in it."""
    blocks = []
    for chapter in page.chapters:
        blocks.append(f"[{clock(chapter.start)}] {chapter.title}")
        for paragraph in chapter.paragraphs:
            said_by = f"{paragraph.speaker}: " if paragraph.speaker else ""
            blocks.append(f"{said_by}{paragraph.text}")
    return "\n\n".join(blocks) + "\n"


def tag_files(
    sha256_by_name: Mapping[str, str], size: int, info_fields: Sequence[tuple[str, str]]
) -> list[FileToWrite]:
    """Return the tag files of a bag: those that describe and check the payload.

    `sha256_by_name` has every payload file, its name beginning with `data/`; `size` is the bytes of
    the payload, and `info_fields` are the labels and values of `bag-info.txt`.
    """
    declaration = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    fields = [*info_fields, ("Payload-Oxum", f"{size}.{len(sha256_by_name)}")]
    # Line ends would begin another field.
    info_lines = (f"{label}: {' '.join(value.split())}\n" for label, value in fields if value)
    files = {
        "bag-info.txt": "".join(info_lines).encode(),
        "bagit.txt": declaration,
        "manifest-sha256.txt": _manifest(sha256_by_name),
    }
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    files["tagmanifest-sha256.txt"] = _manifest(hashes)
    return [FileToWrite(name, data) for name, data in files.items()]


def bag_info(
    history: History, settings: Settings, *, made: str, version: str
) -> list[tuple[str, str]]:
    """Return the fields of `bag-info.txt`, without `Payload-Oxum`, which `tag_files` adds."""
    return [
        ("Source-Organization", settings.trust),
        ("Contact-Name", settings.contact),
        ("External-Identifier", history.story.id),
        ("External-Description", history.story.title),
        ("Bagging-Date", made[:10]),
        ("Bag-Software-Agent", f"carer-stories {version}"),
    ]


def _manifest(sha256_by_name: Mapping[str, str]) -> bytes:
    return "".join(
        f"{sha}  {_encoded_name(name)}\n" for name, sha in sorted(sha256_by_name.items())
    ).encode()


def _encoded_name(name: str) -> str:
    """Return a name with line ends and percent signs encoded (RFC 8493, 2.1.3)."""
    return name.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def _uncut_files(folder: StoryFolder) -> Iterator[FileToWrite]:
    """Yield the recording, and the words as heard and as edited, with what was cut from them."""
    manifest = read_manifest(folder)
    for name in manifest.checksums if manifest else ():
        yield FileToWrite(f"data/original/{name}", folder.original / name)
    yield from _existing_files(
        folder,
        {
            "original/manifest.json": folder.manifest,
            "session.json": folder.session,
            "transcript/transcript.json": folder.transcript,
            "transcript/transcript.md": folder.editors_copy,
            "transcript/edited.json": folder.edited,
        },
    )
    yield from _plain_transcripts(folder)


def _existing_files(
    folder: StoryFolder, paths_by_name: Mapping[str, object]
) -> Iterator[FileToWrite]:
    """Yield those of the named files that exist and are no links."""
    for name, path in paths_by_name.items():
        source = folder.root / str(path)
        # A link may lead out of the story’s folder.
        if source.is_file() and not source.is_symlink():
            yield FileToWrite(f"data/{name}", source)


def _plain_transcripts(folder: StoryFolder) -> Iterator[FileToWrite]:
    """Yield the literal and the corrected transcript as plain text, where there are any."""
    literal, edited = transcripts_of(folder)
    if literal:
        text = plain_english.literal_text(literal)
        yield FileToWrite("data/transcript/as-heard.txt", text.encode())
    if edited:
        text = plain_english.edited_text(edited)
        yield FileToWrite("data/transcript/as-corrected.txt", text.encode())


def _cut_files(story: ArchivedStory) -> Iterator[FileToWrite]:
    """Yield the cut’s files, captions apart, and its list without how it was made."""
    for name in sorted(story.cut.artefacts):
        subfolder = "captions" if name.endswith(".vtt") else "film"
        yield FileToWrite(f"data/{subfolder}/{name}", story.folder.root / name)
    # The recipe says where in the recording it was cut, and how a voice was disguised.
    recipe = {name: value for name, value in story.cut.recipe.items() if name in _RECIPE}
    listed = msgspec.structs.replace(story.cut, recipe=recipe)
    yield FileToWrite("data/film/cut.json", struct_file.encode(listed))


def _records(history: History, log_entries: Iterable[AuditEntry]) -> bytes:
    story_id = history.story.id
    records = {
        "story": history.story,
        "agreements": history.agreements,
        "releases": history.releases,
        # What was decided about other people is not the contributor’s to pass on.
        "approvals": [
            msgspec.structs.replace(approval, people={}, rests_on=None)
            for approval in history.approvals
        ],
        "withdrawals": history.withdrawals,
        "log": [
            line for line in log_entries if line.subject == story_id and line.action in _LOGGED
        ],
    }
    return struct_file.encode(records)


def _dublin_core(history: History, settings: Settings) -> bytes:
    story = history.story
    rights = rights_statement(history)
    elements = [
        ("identifier", story.id),
        ("title", story.title),
        ("creator", story.contributor),
        ("description", story.summary),
        *(("subject", theme) for theme in story.themes),
        ("publisher", settings.trust),
        ("date", story.created[:10]),
        ("type", "Oral history interview"),
        ("rights", rights),
    ]
    rows = "".join(
        f"  <dc:{name}>{escape(ohms.xml_text(value))}</dc:{name}>\n"
        for name, value in elements
        if value
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<metadata xmlns:dc="{_DUBLIN_CORE_NAMESPACE}">\n{rows}</metadata>\n'.encode()


def rights_statement(history: History) -> str:
    """Return a sentence that says for whom the story was released, and what an archive may keep."""
    release = history.releases[-1]
    return (
        f"Released by its contributor for “{release.audience}”. It may be "
        f"{archive_meaning(history)}. To be reviewed on {release.review.isoformat()}. "
        "Permission can be withdrawn at any time."
    )


def _readme(story: ArchivedStory, settings: Settings, made: str) -> str:
    notice = UNCUT_NOTICE if story.includes_uncut else AS_SHOWN_NOTICE
    if not story.includes_uncut and story.history.releases[-1].archive == "uncut":
        notice = PICTURE_NOTICE
    return (
        f"{story.id}: {story.page.title}\n{settings.title}, {settings.trust}\n"
        f"Gathered {made[:10]} for keeping.\n\n{notice}\n\n{OMITTED_NOTICE}\n\n"
        f"{rights_statement(story.history)}\nIf it is withdrawn you will be asked to destroy this "
        f"copy: keep it so that you can find it by {story.id}.\n"
    )
