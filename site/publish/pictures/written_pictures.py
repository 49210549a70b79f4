"""Find the pictures and clips in what people wrote, and read each as small grey frames.

Pictures lie in files of their own, in documents and archives, and in the text of pages, drawings,
style sheets and scripts, as `data:` addresses, within each other too. What was read is kept by the
file’s SHA-256 in `interviews/.written-pictures.json`, so that a build in which nothing changed
decodes nothing.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal
from urllib.parse import unquote_to_bytes

import msgspec
import numpy as np

from capture.media.picture.sampled_frames import sampled_frames
from capture.media.run_ffmpeg import TookTooLong
from library.core import struct_file
from library.core.errors import CarerStoriesError
from library.core.workspace import Workspace
from publish.leaks.extract import ArchiveMember, StringsInBytes, TextContent, file_contents
from publish.leaks.readings import decode_escapes
from publish.pictures.fingerprint import SAMPLED_SIDE, Small, small_pictures
from publish.pictures.read_picture import UnreadablePicture, read_picture
from publish.pictures.story_frames import RULE, as_small, distinct

_PICTURE = re.compile(
    rb"\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP|BM|II\*\0|MM\0\*|\0\0\x01\0|"
    rb"....ftyp(?:avi[fs]|hei[cfmsx]|hev[cx]|mif1|msf1)|\0\0\0\x0cjP  |\xff\x0a|\0\0\0\x0cJXL ",
    re.DOTALL,
)
_CLIP = re.compile(
    rb"....(?:ftyp|moov|mdat|free|skip|wide)|\x1aE\xdf\xa3|OggS|RIFF....AVI |FLV\x01|"
    rb"0&\xb2u\x8ef\xcf\x11|G.{187}G|\0\0\x01[\xba\xb3]",
    re.DOTALL,
)
_PICTURE_NAMES = re.compile(r"\.(jpe?g|jfif|png|apng|gif|webp|avif|bmp|tiff?|ico|hei[cf]|jxl|jp2)")
_CLIP_NAMES = re.compile(r"\.(mp4|m4v|mov|webm|mkv|ogv|avi|mts|m2ts|ts|3gp|flv|wmv|mpe?g)")
_SOUND_NAMES = re.compile(r"\.(m4a|aac|og[ag]|opus|mp3|wav|flac)")
_LONGEST_S = 1800
"""Seconds that looking at one clip may take: some hours of it."""
_SHORTEST = 64
"""Bytes: nothing that shows a face is smaller."""
_BEGINNINGS = (
    "/9j/",  # JPEG
    "iVBORw0K",
    "R0lGOD",
    "UklGR",
    "Qk[0-3]",  # BMP
    "SUkq",
    "TU0A",
    "AAAB",  # icons
    "AAAA[A-Za-z0-9+/]",  # MP4 and AVIF: the length of the first box
    "GkXfo",
    "T2dnU",
    "H4sI",
    "UEsDB",
    "PHN2Z",  # a drawing, in which another picture lies
    "PD94b",
    "PCFET",
)
"""Beginnings of pictures and clips, and of what may hold one, in base64."""
_BASE64 = re.compile(rf"(?<![A-Za-z0-9+/])(?:{'|'.join(_BEGINNINGS)})[A-Za-z0-9+/\s\\]{{80,}}")
_PERCENT = re.compile(r"data:[a-z]+/[\w.+-]+(?:;[\w=.-]+)*,([^\"'()<>\s]{64,})", re.IGNORECASE)
_DEEPEST = 4
"""Pictures within texts within pictures."""

_Kind = Literal["picture", "clip", "other"]


class _ReadFile(msgspec.Struct, frozen=True, kw_only=True):
    """The small pictures of one file; empty for one that shows nothing."""

    small: bytes = b""
    unreadable: str = ""
    """Reason something in it cannot be looked at, for the end of a sentence."""


class WrittenPictures(msgspec.Struct, kw_only=True):
    """Contents of `.written-pictures.json`: each file with pictures in it, by its SHA-256."""

    rule: int = RULE
    files: dict[str, _ReadFile] = {}


@dataclass(frozen=True)
class ShownPictures:
    """The pictures that one file shows."""

    small: Small
    unreadable: str = ""


class PictureReader:
    """Reads the pictures of files, once for each file that is the same to the byte."""

    def __init__(self, workspace: Workspace) -> None:
        self._path = workspace.written_pictures
        known = struct_file.load_if_readable(self._path, WrittenPictures)
        self._known = known.files if known and known.rule == RULE else {}
        self._used: dict[str, _ReadFile] = {}

    def read(self, name: str, data: bytes, sha256: str) -> ShownPictures | None:
        """Return the pictures in a file; None where it has none."""
        if sha256 not in self._used:
            read = self._known.get(sha256) or _read_file(name, data)
            if read is None:
                return None
            self._used[sha256] = read
        contents = self._used[sha256]
        return ShownPictures(as_small(contents.small), contents.unreadable)

    def keep(self) -> None:
        """Write down what was read, and no more: a page that is gone leaves nothing behind."""
        if self._used != self._known and (self._used or self._path.exists()):
            # A courtesy to the next build: a disk that is full must not stop this one.
            with contextlib.suppress(CarerStoriesError, OSError):
                struct_file.save(self._path, WrittenPictures(files=self._used))


def _read_file(name: str, data: bytes) -> _ReadFile | None:
    small: list[Small] = []
    unreadable = ""
    media = list(_media_within(name, data))
    for kind, part in media:
        try:
            small.append(read_picture(part) if kind == "picture" else _read_clip(name, part))
        except UnreadablePicture as error:
            unreadable = unreadable or error.why
    if not media:
        return None
    pictures = np.concatenate(small) if small else as_small(b"")
    return _ReadFile(small=pictures.tobytes(), unreadable=unreadable)


def kind_of(name: str, data: bytes | memoryview) -> _Kind:
    """Tell a picture and a clip by their first bytes, else by their names."""
    head = bytes(data[:192])
    suffix = PurePosixPath(name).suffix.lower()
    if _PICTURE.match(head) and (head[:2] != b"BM" or suffix in ("", ".bmp", ".dib")):
        return "picture"
    if _CLIP.match(head):
        return "clip"
    if _PICTURE_NAMES.fullmatch(suffix):
        return "picture"
    return "clip" if _CLIP_NAMES.fullmatch(suffix) and not _is_script(suffix, head) else "other"


def _is_script(suffix: str, head: bytes) -> bool:
    # Recordings of cameras have the ending of a script as well.
    return suffix == ".ts" and b"\0" not in head


def _media_within(name: str, data: bytes, depth: int = 0) -> Iterator[tuple[_Kind, bytes]]:
    """Yield every picture and clip in a file, however deep, each once."""
    kind = kind_of(name, data)
    if kind != "other":
        yield kind, data
        return
    if depth > _DEEPEST:
        return
    for part in file_contents(name, name, data):
        if isinstance(part, ArchiveMember):
            if (kind := kind_of(part.name, part.data)) != "other":
                yield kind, part.data
        elif isinstance(part, TextContent):
            for inner in _in_addresses(part.text):
                yield from _media_within("", inner, depth + 1)
        elif isinstance(part, StringsInBytes):
            for inner in _in_addresses(bytes(part.data).decode("latin-1")):
                yield from _media_within("", inner, depth + 1)


def _in_addresses(text: str) -> Iterator[bytes]:
    """Yield what `data:` addresses in a text hold, where that may be or hold a picture."""
    known: set[bytes] = set()
    for run in _BASE64.findall(decode_escapes(text)):
        packed = re.sub(r"[\s\\]+", "", run)
        with contextlib.suppress(binascii.Error, ValueError):
            whole = packed[:-1] if len(packed) % 4 == 1 else packed
            known.add(base64.b64decode(whole + "=" * (-len(whole) % 4)))
    for match in _PERCENT.finditer(text):
        known.add(unquote_to_bytes(match[1]))
    yield from (data for data in sorted(known) if len(data) >= _SHORTEST)


def _read_clip(name: str, data: bytes) -> Small:
    """Return the small pictures of a film. Raises UnreadablePicture with the reason."""
    with tempfile.TemporaryDirectory(prefix="carer-stories-") as folder:
        clip = Path(folder) / "clip"
        clip.write_bytes(data)
        try:
            frames = sampled_frames(clip, SAMPLED_SIDE, _LONGEST_S)
        except TookTooLong:
            raise UnreadablePicture("it is far too long") from None
        except CarerStoriesError:
            # What is named as sound and shows no picture has none.
            if _SOUND_NAMES.fullmatch(PurePosixPath(name).suffix.lower()):
                return as_small(b"")
            raise UnreadablePicture(
                "it is damaged, or a film of a kind that cannot be looked at"
            ) from None
    return distinct(small_pictures(frames))
