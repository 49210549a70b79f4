"""Find the pictures, clips and sounds in what people wrote, and read each as small grey frames
and as the landmarks of what is heard.

They lie in files of their own, in documents, archives and other files, and in the text of pages,
drawings, style sheets and scripts (`leaks.unpack`). What was read is kept by the file’s SHA-256 in
`interviews/.written-pictures.json`, so that a build in which nothing changed decodes nothing.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Literal

import msgspec
import numpy as np

from capture.media.picture.sampled_frames import sampled_frames
from capture.media.run_ffmpeg import TookTooLong
from capture.media.sound.landmarks import Landmarks
from library.core import struct_file
from library.core.errors import CarerStoriesError
from library.core.workspace import Workspace
from publish.leaks.unpack import everything_in
from publish.pictures.fingerprint import SAMPLED_SIDE, Small, small_pictures
from publish.pictures.read_picture import UnreadablePicture, read_picture
from publish.pictures.story_frames import RULE, as_small, distinct
from publish.unreleased_sounds import landmarks_in

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
_SOUND = re.compile(
    rb"ID3|\xff[\xe2-\xe7\xf1-\xf3\xf9-\xfd]|RIFF....WAVE|RF64....WAVE|fLaC|#!AMR|"
    rb"FORM....AIF[FC]|caff\0|\.snd\0",
    re.DOTALL,
)
_SOUND_NAMES = re.compile(
    r"\.(m4a|m4b|aac|og[ag]|opus|mp[123]|wave?|flac|aif[fc]?|amr|wma|weba|mka)"
)
_EMBEDDED = re.compile(
    rb"\xff\xd8\xff[\xc0-\xfe]|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBPVP8", re.DOTALL
)
"""Beginning of a picture within other bytes: a camera’s small copy, a cover, a letter of a font."""
_MOST_EMBEDDED = 64
"""Pictures within one file that are looked at."""
_LONGEST_S = 1800
"""Seconds that looking at one clip may take: some hours of it."""
_Kind = Literal["picture", "clip", "sound", "embedded", "other"]


class _ReadSound(msgspec.Struct, frozen=True, kw_only=True):
    """The landmarks of one sound."""

    at: bytes
    numbers: bytes
    seconds: float

    @property
    def landmarks(self) -> Landmarks:
        at, numbers = np.frombuffer(self.at, "<f8"), np.frombuffer(self.numbers, "<u4")
        return Landmarks(at.astype(np.float64), numbers.astype(np.uint32), self.seconds)


class _ReadFile(msgspec.Struct, frozen=True, kw_only=True):
    """The small pictures of one file; empty for one that shows nothing."""

    small: bytes = b""
    unreadable: str = ""
    """Reason something in it cannot be looked at, for the end of a sentence."""
    sounds: tuple[_ReadSound, ...] = ()


_WRITTEN_RULE = 10 * RULE + 1
"""Number of the rule by which files of people are read, which holds that of small pictures."""


class WrittenPictures(msgspec.Struct, kw_only=True):
    """Contents of `.written-pictures.json`: each file with pictures in it, by its SHA-256."""

    rule: int = _WRITTEN_RULE
    files: dict[str, _ReadFile] = {}


@dataclass(frozen=True)
class ShownPictures:
    """The pictures that one file shows, and the sounds that it lets hear."""

    small: Small
    unreadable: str = ""
    sounds: tuple[Landmarks, ...] = ()


class PictureReader:
    """Reads the pictures of files, once for each file that is the same to the byte."""

    def __init__(self, workspace: Workspace) -> None:
        self._path = workspace.written_pictures
        known = struct_file.load_if_readable(self._path, WrittenPictures)
        self._known = known.files if known and known.rule == _WRITTEN_RULE else {}
        self._used: dict[str, _ReadFile] = {}

    def read(self, name: str, data: bytes, sha256: str) -> ShownPictures | None:
        """Return the pictures in a file; None where it has none."""
        if sha256 not in self._used:
            read = self._known.get(sha256) or _read_file(name, data)
            if read is None:
                return None
            self._used[sha256] = read
        contents = self._used[sha256]
        sounds = tuple(sound.landmarks for sound in contents.sounds)
        return ShownPictures(as_small(contents.small), contents.unreadable, sounds)

    def keep(self) -> None:
        """Write down what was read, and no more: a page that is gone leaves nothing behind."""
        if self._used != self._known and (self._used or self._path.exists()):
            # A courtesy to the next build: a disk that is full must not stop this one.
            with contextlib.suppress(CarerStoriesError, OSError):
                struct_file.save(self._path, WrittenPictures(files=self._used))


def _read_file(name: str, data: bytes) -> _ReadFile | None:
    small: list[Small] = []
    sounds: list[_ReadSound] = []
    unreadable = ""
    media = list(_media_within(name, data))
    for kind, part in media:
        if kind in ("clip", "sound"):
            sounds += _sounds_in(part)
        if kind == "sound":
            continue
        try:
            small.append(_read_clip(name, part) if kind == "clip" else read_picture(part))
        except UnreadablePicture as error:
            # Other bytes may begin like a picture and be none.
            unreadable = unreadable or ("" if kind == "embedded" else error.why)
    if not media:
        return None
    pictures = np.concatenate(small) if small else as_small(b"")
    return _ReadFile(small=pictures.tobytes(), unreadable=unreadable, sounds=tuple(sounds))


def kind_of(name: str, data: bytes | memoryview) -> _Kind:
    """Tell a picture and a clip by their first bytes, else by their names."""
    head = bytes(data[:192])
    suffix = PurePosixPath(name).suffix.lower()
    if _PICTURE.match(head) and (head[:2] != b"BM" or suffix in ("", ".bmp", ".dib")):
        return "picture"
    if _CLIP.match(head):
        return "clip"
    # Two bytes alone begin many files that are no sound: their names have to say so as well.
    if _SOUND.match(head) and (head[0] != 0xFF or not suffix or _SOUND_NAMES.fullmatch(suffix)):
        return "sound"
    if _PICTURE_NAMES.fullmatch(suffix):
        return "picture"
    if _CLIP_NAMES.fullmatch(suffix) and not _is_script(suffix, head):
        return "clip"
    return "sound" if _SOUND_NAMES.fullmatch(suffix) else "other"


def _is_script(suffix: str, head: bytes) -> bool:
    # Recordings of cameras have the ending of a script as well.
    return suffix == ".ts" and b"\0" not in head


def _media_within(name: str, data: bytes) -> Iterator[tuple[_Kind, bytes]]:
    """Yield every picture, clip and sound in a file, however deep, each once."""
    for content in everything_in(name, data):
        kind = kind_of(content.name, content.data)
        if kind != "other":
            yield kind, content.data
        yield from _embedded(content.data)


def _embedded(data: bytes) -> Iterator[tuple[_Kind, bytes]]:
    """Yield the pictures that lie in other bytes, each with all that follows it."""
    places = (match.start() for match in _EMBEDDED.finditer(data, 1))
    real = (offset for offset in places if data[offset] != _JPEG or _is_jpeg(data, offset))
    for offset in islice(real, _MOST_EMBEDDED):
        yield "embedded", data[offset:]


_JPEG = 0xFF
_FRAME_OF_JPEG = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_SCAN_OF_JPEG = 0xDA


def _is_jpeg(data: bytes, offset: int) -> bool:
    """Return True where a whole head of a JPEG begins: sound begins like one now and then."""
    at, has_frame = offset + 2, False
    while at + 4 <= len(data) and data[at] == _JPEG and data[at + 1] >= 0xC0:
        if data[at + 1] == _SCAN_OF_JPEG:
            return has_frame
        has_frame |= data[at + 1] in _FRAME_OF_JPEG
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False


@contextlib.contextmanager
def _as_file(data: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="carer-stories-") as folder:
        clip = Path(folder) / "clip"
        clip.write_bytes(data)
        yield clip


def _sounds_in(data: bytes) -> Iterator[_ReadSound]:
    with _as_file(data) as clip:
        heard = landmarks_in(clip)
    if len(heard.numbers):
        at, numbers = heard.at.astype("<f8").tobytes(), heard.numbers.astype("<u4").tobytes()
        yield _ReadSound(at=at, numbers=numbers, seconds=heard.seconds)


def _read_clip(name: str, data: bytes) -> Small:
    """Return the small pictures of a film. Raises UnreadablePicture with the reason."""
    with _as_file(data) as clip:
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
