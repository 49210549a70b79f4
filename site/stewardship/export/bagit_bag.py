"""A story as a BagIt bag (RFC 8493): everything an archive keeps of it, with SHA-256 of each file.

We write bags ourselves and only check them with bagit-python (in tests). Its `make_bag` (1.9.0)
wants the payload to lie there already and moves it: it would read every byte of a film a second
time to hash it, where we hash while copying. It changes the working directory of the process, and
declares version 0.97.

bagit.txt  bag-info.txt  manifest-sha256.txt  tagmanifest-sha256.txt
data/README.txt      what this is, and what is not in it
     original/       recordings as they came       session.json
     transcript/     as heard, as edited, to read  captions/     with chapters
     film/           the cut that was signed off   metadata/     records, OHMS, Dublin Core
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

from capture.recording.originals import read_manifest
from library.consent.gate import History
from library.core import struct_file
from library.core.errors import NotAllowed
from library.core.settings import Settings
from library.core.workspace import StoryFolder
from library.formats import ohms
from library.records.audit_log import AuditEntry
from library.records.cut import read_cut
from stewardship.export import plain_english
from stewardship.export.collect import transcripts_of
from stewardship.export.ohms_record import ohms_record, read_spoken_story
from stewardship.export.write import FileToWrite

OMITTED_NOTICE = (
    "Real names and contacts, signed forms, the list of names that must not be heard, and the "
    "secret of a disguised voice are not in it."
)
UNREDACTED_NOTICE = (
    "It holds the recording as it was told, and the words as they were heard: names that are "
    "bleeped or cut in the film can be heard and read here. Nobody agreed to this being shown."
)
_DUBLIN_CORE_NAMESPACE = "http://purl.org/dc/elements/1.1/"


def payload_files(
    folder: StoryFolder,
    history: History,
    log_entries: Iterable[AuditEntry],
    settings: Settings,
    *,
    made: str,
) -> list[FileToWrite]:
    """Return the files of `data/`, by name.

    `made` is the time of the export (ISO 8601). Raises Damaged for records that were altered.
    """
    items = [
        FileToWrite("data/README.txt", _readme(history, settings, made).encode()),
        *_originals(folder),
        *_existing_files(folder, {"session.json": folder.session}),
        *_existing_files(
            folder,
            {
                "transcript/transcript.json": folder.transcript,
                "transcript/transcript.md": folder.editors_copy,
                "transcript/edited.json": folder.edited,
            },
        ),
        *_plain_transcripts(folder),
        *_cut_files(folder),
        FileToWrite("data/metadata/records.json", _records(history, log_entries)),
        FileToWrite("data/metadata/dublin-core.xml", _dublin_core(history, settings)),
    ]
    # Words that nobody checked make no OHMS record.
    with contextlib.suppress(NotAllowed):
        record = ohms_record(history, read_spoken_story(folder), settings, day=recorded_on(folder))
        items.append(FileToWrite("data/metadata/ohms.xml", ohms.write(record)))
    return sorted(items, key=lambda item: item.name)


def recorded_on(folder: StoryFolder) -> str:
    """Return the day on which the first take was brought in (ISO 8601), or "" if there is none."""
    manifest = read_manifest(folder)
    return manifest.takes[0].imported[:10] if manifest and manifest.takes else ""


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


def _originals(folder: StoryFolder) -> Iterator[FileToWrite]:
    """Yield every original that the manifest names, microphones and companions too, and itself."""
    manifest = read_manifest(folder)
    for name in manifest.checksums if manifest else ():
        yield FileToWrite(f"data/original/{name}", folder.original / name)
    yield from _existing_files(folder, {"original/manifest.json": folder.manifest})


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


def _cut_files(folder: StoryFolder) -> Iterator[FileToWrite]:
    """Yield the cut’s files, captions apart; without a cut, the captions of the recording."""
    cut = read_cut(folder.cut)
    names = cut.artefacts if cut else (folder.captions.name, folder.chapters.name)
    for name in sorted(names):
        subfolder = "captions" if name.endswith(".vtt") else "film"
        yield from _existing_files(folder, {f"{subfolder}/{name}": folder.root / name})
    yield from _existing_files(folder, {"film/cut.json": folder.cut})


def _records(history: History, log_entries: Iterable[AuditEntry]) -> bytes:
    story_id = history.story.id
    records = {
        "story": history.story,
        "agreements": history.agreements,
        "releases": history.releases,
        "approvals": history.approvals,
        "withdrawals": history.withdrawals,
        "log": [line for line in log_entries if line.subject == story_id],
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
    """Return a sentence that says for whom the story was released, if for anybody."""
    if not history.releases:
        return "Its contributor has released it to nobody yet."
    release = history.releases[-1]
    return (
        f"Released by its contributor for “{release.audience}”, to be reviewed on "
        f"{release.review.isoformat()}. Permission can be withdrawn at any time."
    )


def _readme(history: History, settings: Settings, made: str) -> str:
    return (
        f"{history.story.id}: {history.story.title}\n{settings.title}, {settings.trust}\n"
        f"Gathered {made[:10]} for keeping.\n\n{UNREDACTED_NOTICE}\n\n{OMITTED_NOTICE}\n\n"
        f"{rights_statement(history)}\nIf it is withdrawn you will be asked to destroy this copy: "
        f"keep it so that you can find it by {history.story.id}.\n"
    )
