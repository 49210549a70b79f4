"""A story as a BagIt bag (RFC 8493): everything an archive keeps of it, with SHA-256 of each file.

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
from stewardship.export.collect import words_of
from stewardship.export.ohms_record import ohms_of
from stewardship.export.transcript import telling_of
from stewardship.export.write import Item

NOT_IN_IT = (
    "Real names and contacts, signed forms, the list of names that must not be heard, and the "
    "secret of a disguised voice are not in it."
)
UNREDACTED = (
    "It holds the recording as it was told, and the words as they were heard: names that are "
    "bleeped or cut in the film can be heard and read here. Nobody agreed to this being shown."
)
_DC = "http://purl.org/dc/elements/1.1/"


def payload(
    folder: StoryFolder,
    history: History,
    lines: Iterable[AuditEntry],
    settings: Settings,
    *,
    made: str,
) -> list[Item]:
    """What lies in `data/`. Raises Damaged for records that are not as they were written."""
    items = [
        Item("data/README.txt", _read_me(history, settings, made).encode()),
        *_originals(folder),
        *_kept(folder, {"session.json": folder.session}),
        *_kept(
            folder,
            {
                "transcript/transcript.json": folder.transcript,
                "transcript/transcript.md": folder.editors_copy,
                "transcript/edited.json": folder.edited,
            },
        ),
        *_texts(folder),
        *_shown(folder),
        Item("data/metadata/records.json", _records(history, lines)),
        Item("data/metadata/dublin-core.xml", _dublin_core(history, settings)),
    ]
    with contextlib.suppress(NotAllowed):  # words that nobody checked make no OHMS record
        told = ohms_of(history, telling_of(folder), settings, day=recorded_on(folder))
        items.append(Item("data/metadata/ohms.xml", ohms.write(told)))
    return sorted(items, key=lambda one: one.name)


def recorded_on(folder: StoryFolder) -> str:
    """The day of the first take, as ISO 8601, as far as it is known."""
    manifest = read_manifest(folder)
    return manifest.takes[0].imported[:10] if manifest and manifest.takes else ""


def tags(listed: Mapping[str, str], size: int, info: Sequence[tuple[str, str]]) -> list[Item]:
    """What makes a bag of `listed`, whose names begin with `data/`; `size` is its bytes."""
    declared = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    oxum = [*info, ("Payload-Oxum", f"{size}.{len(listed)}")]
    told = "".join(f"{label}: {' '.join(value.split())}\n" for label, value in oxum if value)
    files = {
        "bag-info.txt": told.encode(),
        "bagit.txt": declared,
        "manifest-sha256.txt": _manifest(listed),
    }
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    files["tagmanifest-sha256.txt"] = _manifest(hashes)
    return [Item(name, data) for name, data in files.items()]


def info_of(
    history: History, settings: Settings, *, made: str, version: str
) -> list[tuple[str, str]]:
    """`bag-info.txt`, less what is counted."""
    return [
        ("Source-Organization", settings.trust),
        ("Contact-Name", settings.contact),
        ("External-Identifier", history.story.id),
        ("External-Description", history.story.title),
        ("Bagging-Date", made[:10]),
        ("Bag-Software-Agent", f"carer-stories {version}"),
    ]


def _manifest(listed: Mapping[str, str]) -> bytes:
    return "".join(f"{sha}  {_encoded(name)}\n" for name, sha in sorted(listed.items())).encode()


def _encoded(name: str) -> str:
    """RFC 8493, 2.1.3: line ends and percent signs in names are written as such."""
    return name.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def _originals(folder: StoryFolder) -> Iterator[Item]:
    manifest = read_manifest(folder)
    for take in manifest.takes if manifest else ():
        yield Item(f"data/original/{take.file}", folder.original / take.file)
    yield from _kept(folder, {"original/manifest.json": folder.manifest})


def _kept(folder: StoryFolder, named: Mapping[str, object]) -> Iterator[Item]:
    for name, path in named.items():
        place = folder.root / str(path)
        if place.is_file() and not place.is_symlink():
            yield Item(f"data/{name}", place)


def _texts(folder: StoryFolder) -> Iterator[Item]:
    literal, edited = words_of(folder)
    if literal:
        text = plain_english.literal_text(literal)
        yield Item("data/transcript/as-heard.txt", text.encode())
    if edited:
        text = plain_english.edited_text(edited)
        yield Item("data/transcript/as-corrected.txt", text.encode())


def _shown(folder: StoryFolder) -> Iterator[Item]:
    """The cut, captions apart; without one, the captions of the recording."""
    cut = read_cut(folder.cut)
    names = cut.artefacts if cut else (folder.captions.name, folder.chapters.name)
    for name in sorted(names):
        place = "captions" if name.endswith(".vtt") else "film"
        yield from _kept(folder, {f"{place}/{name}": folder.root / name})
    yield from _kept(folder, {"film/cut.json": folder.cut})


def _records(history: History, lines: Iterable[AuditEntry]) -> bytes:
    story_id = history.story.id
    told = {
        "story": history.story,
        "agreements": history.agreements,
        "releases": history.releases,
        "approvals": history.approvals,
        "withdrawals": history.withdrawals,
        "log": [line for line in lines if line.subject == story_id],
    }
    return struct_file.encode(told)


def _dublin_core(history: History, settings: Settings) -> bytes:
    story = history.story
    rights = ohms_rights(history)
    facts = [
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
        for name, value in facts
        if value
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<metadata xmlns:dc="{_DC}">\n{rows}</metadata>\n'.encode()


def ohms_rights(history: History) -> str:
    """For whom it was released, as far as it was."""
    if not history.releases:
        return "Its contributor has released it to nobody yet."
    release = history.releases[-1]
    return (
        f"Released by its contributor for “{release.audience}”, to be reviewed on "
        f"{release.review.isoformat()}. Permission can be withdrawn at any time."
    )


def _read_me(history: History, settings: Settings, made: str) -> str:
    return (
        f"{history.story.id}: {history.story.title}\n{settings.title}, {settings.trust}\n"
        f"Gathered {made[:10]} for keeping.\n\n{UNREDACTED}\n\n{NOT_IN_IT}\n\n"
        f"{ohms_rights(history)}\nIf it is withdrawn you will be asked to destroy this copy: "
        f"keep it so that you can find it by {history.story.id}.\n"
    )
