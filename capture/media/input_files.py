"""Files from outside: which are taken, and how they are opened so that they can do no harm.

A media file can name other files (playlists, QuickTime references), claim a frame of a million
pixels a side, or be a pipe that never ends. So: ordinary files only; a list of containers; the
`file` protocol only; a limit on pixels. Without the list of containers, a playlist named `x.mp4`
was seen to pull in another file from the disk.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Any

import ffmpeg

from capture.media.file_layout import (
    begins_as_recording,
    goes_on_after_its_end,
    leading_tag,
    samples_to_read,
)
from library.core.errors import BadInput, CarerStoriesError, NotFound
from library.core.sanitise import printable

# ffmpeg's name of each container, and the endings its files go by; the first is ours.
CONTAINERS = {
    "mov": ("mp4", "mov", "m4v", "m4a", "3gp", "3g2", "qt", "m4b", "f4v"),
    "matroska": ("mkv", "webm", "mka"),
    "wav": ("wav",),
    "mp3": ("mp3", "mp2", "mpga"),
    "ogg": ("ogg", "oga", "ogv", "opus", "spx"),
    "flac": ("flac",),
    "aac": ("aac",),
    "mpegts": ("mts", "m2ts", "ts", "tod", "m2t"),
    "mpeg": ("mpg", "mpeg", "vob", "mod", "m2p", "vro"),
    "avi": ("avi", "divx"),
    "asf": ("wmv", "wma", "asf"),
    "dv": ("dv", "dif"),
    "mxf": ("mxf",),
    "flv": ("flv",),
    "amr": ("amr", "awb"),
    "aiff": ("aiff", "aif", "aifc"),
    "caf": ("caf",),
    "au": ("au", "snd"),
    "w64": ("w64",),
    "nistsphere": ("sph", "wav"),
    "dss": ("dss",),
    "ac3": ("ac3",),
    "eac3": ("eac3", "ec3"),
    "wv": ("wv",),
    "qcp": ("qcp",),
    "rm": ("rm", "ra", "rmvb"),
}
MAX_PIXELS = 7680 * 4320
"""8K, the largest frame a phone or camera makes."""

_GIVE_THE_ORIGINAL = (
    "Give the file as the camera, phone or recorder made it: "
    "video as MP4, MOV, WebM, MKV or MTS; sound as M4A, WAV, MP3, FLAC, OGG or AAC."
)
_EXPORT_IT = "Open it in the program or app it came from, save it as MP4, WAV or MP3, and use that."
_DICTATION = (
    "Open it in the dictation program that came with the recorder (of Olympus, OM System, Philips "
    "or Grundig), export it there as WAV, and use that."
)
_SAVE_WORDS = (
    "If it is a transcript of Teams or Meet, save it as .docx or .vtt; then: carer-stories "
    "transcribe STORY --from FILE"
)
_UNPACK = "Unpack it, and name the recording that was inside."
_NOT_RECORDINGS: tuple[tuple[bytes, str, str], ...] = (
    (rb".ds2", "it is a dictation in DS2, which only its makers’ programs can open", _DICTATION),
    (rb".enc", "it is a dictation that is locked with a password", _DICTATION),
    (rb"MS_VOICE", "it is a voice memo that only Sony’s program can open", _EXPORT_IT),
    (rb".?#!SILK", "it is a voice message that only its app can open", _EXPORT_IT),
    (rb"ADPCM_DVF|.{0,4}DVF", "it is a voice memo that only Sony’s program can open", _EXPORT_IT),
    (rb"SQLite format 3", "it is a project or database, such as Audacity’s", _EXPORT_IT),
    (rb"PK\x03\x04.{26}(?:word|\[Content_Types\])", "it is a Word or Office document", _SAVE_WORDS),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "it is an Office document", _SAVE_WORDS),
    (rb"PK\x03\x04", "no sound or pictures were found in it as it is: it is a ZIP", _UNPACK),
    (rb"Rar!|7z\xbc\xaf|\x1f\x8b", "it is a compressed file", _UNPACK),
    (rb"%PDF-", "it is a PDF document", ""),
    (rb"\xff\xd8\xff|\x89PNG|GIF8|....ftyp(?:heic|heix|mif1|avif)", "it is a photograph", ""),
    (rb"MThd", "it holds notes of music, not sound", ""),
)
"""Beginnings of files that are handed over by mistake: pattern, reason, and next step if any."""
_SNIFFED_BYTES = 4096
_MAX_BOXES = 1000  # a file made to harm could have millions
_LAYOUTS = {1: "mono", 2: "stereo"}
_PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"[playlist]", b"<?xml", b"<asx", b"<smil", b"rtsptext")


def display_name(path: Path) -> str:
    """Quote the file's name for a sentence, without control characters and shortened."""
    name = printable(os.fsencode(path.name).decode("utf-8", "replace")).replace("\n", " ")
    return f"“{name}”" if len(name) <= 80 else f"“{name[:77]}…”"


def unreadable_file(path: Path, why: str, next_step: str = _GIVE_THE_ORIGINAL) -> BadInput:
    """Return the refusal of a file, for `raise`. `why` follows a colon: “it is empty”."""
    return BadInput(f"{display_name(path)} is not a recording we can read: {why}.", next_step)


def check_input_file(path: Path, *, allow_text: bool = False) -> None:
    """Raise NotFound or BadInput unless `path` is an ordinary file that may be a recording.

    With `allow_text`, it may hold text (captions).
    """
    try:
        kind = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(
            f"There is no file {display_name(path)}.",
            f"Check its name: it was looked for in {printable(str(path.absolute().parent))}.",
        ) from None
    except OSError as error:
        raise BadInput(f"{display_name(path)} cannot be examined: {error.strerror}.") from error
    if stat.S_ISLNK(kind):
        raise unreadable_file(path, "it is a link to another file", "Name the file itself.")
    if stat.S_ISDIR(kind):
        raise unreadable_file(path, "it is a folder", "Name the recording inside it.")
    if not stat.S_ISREG(kind):
        raise unreadable_file(path, "it is a pipe or a device", "Save it as a file and name that.")
    _check_beginning(path, allow_text=allow_text)


def _check_beginning(path: Path, *, allow_text: bool) -> None:
    """Refuse what people hand over by mistake, in plain sentences; `probe` decides the rest."""
    beginning = _first_bytes(path)
    if not beginning:
        raise unreadable_file(path, "it is empty", "Copy it again from the camera or recorder.")
    if not any(beginning) and path.stat().st_size > len(beginning):
        raise unreadable_file(
            path,
            "it begins with nothing but zeros, as a copy does that was broken off",
            "Copy it again from the camera or recorder.",
        )
    if beginning.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(_PLAYLISTS):
        raise unreadable_file(path, "it is a list that points to recordings kept elsewhere")
    for pattern, why, next_step in () if allow_text else _NOT_RECORDINGS:
        if re.match(pattern, beginning, re.DOTALL):
            raise unreadable_file(path, why, next_step or _GIVE_THE_ORIGINAL)
    if not allow_text and _is_text(beginning) and not begins_as_recording(beginning):
        raise unreadable_file(path, "it holds text, not sound or pictures")


def _first_bytes(path: Path) -> bytes:
    # Without waiting for a pipe, should the file have been replaced by one since it was checked.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
        try:
            return os.read(handle, _SNIFFED_BYTES)
        finally:
            os.close(handle)
    except OSError as error:
        raise BadInput(
            f"{display_name(path)} cannot be read: {error.strerror}.", "Check that you may read it."
        ) from error


def _is_text(beginning: bytes) -> bool:
    """Check for UTF-8 without control characters: no container we take begins so."""
    whole = beginning[:-3] if len(beginning) == _SNIFFED_BYTES else beginning  # a letter may be cut
    try:
        words = whole.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(ord(letter) < 32 and letter not in "\t\n\r\f" for letter in words)


def is_broken_recording(path: Path) -> bool:
    """Return whether a file that cannot be opened begins as a recording does."""
    return begins_as_recording(_first_bytes(path))


def is_missing_index(path: Path) -> bool:
    """Check for an MP4 or MOV whose recording was cut short before its index was written."""
    box_names: list[bytes] = []
    with path.open("rb") as file:
        end = path.stat().st_size
        at = 0
        while at + 8 <= end and len(box_names) < _MAX_BOXES:
            file.seek(at)
            head = file.read(16)
            size, name = int.from_bytes(head[:4], "big"), head[4:8]
            size = int.from_bytes(head[8:], "big") if size == 1 else size or end - at
            box_names.append(name)
            if size < 8:
                break
            at += size
    return box_names[:1] == [b"ftyp"] and b"moov" not in box_names


def suffix_for(container: str, source: Path) -> str:
    """Return the suffix to keep a recording under: the source's if it fits the container."""
    suffixes = CONTAINERS[container]
    suffix = source.suffix.lower().lstrip(".")
    return f".{suffix if suffix in suffixes else suffixes[0]}"


def safe_input_options() -> dict[str, str]:
    """Return the options that go before every input, for ffmpeg and PyAV alike."""
    # A list of containers, or a playlist named `x.mp4` pulls in other files from the disk.
    return {
        "protocol_whitelist": "file",
        "format_whitelist": ",".join(CONTAINERS),
        "max_pixels": str(MAX_PIXELS),
    }


def ffmpeg_url(path: Path) -> str:
    """Return the path as ffmpeg must be given it: absolute, after `file:`.

    So no dash or colon in it means anything, and a name such as `http:x.mp4` stays a name.
    """
    return f"file:{path.absolute()}"


def media_input(path: Path, **options: str | int | float | None) -> Any:
    """Open a file as the source of an ffmpeg-python graph, with protections.

    `options` go before the input. Raises BadInput for a path whose bytes are not text, which
    ffmpeg-python cannot carry.
    """
    try:
        path.absolute().as_posix().encode()
    except UnicodeEncodeError:
        raise BadInput(
            f"The name of the folder of {display_name(path)} is not text.", "Rename the folder."
        ) from None
    protections = safe_input_options() | length_options(path)
    return ffmpeg.input(ffmpeg_url(path), **protections, **options)


def length_options(path: Path) -> dict[str, str]:
    """Return the options to read sound to its end whose header states less; else nothing.

    Where there is a container `f` among them, ffmpeg is told of what kind the samples are.
    """
    try:
        tag = leading_tag(path)
        behind_tag = {"skip_initial_bytes": str(tag)} if tag else {}
        if goes_on_after_its_end(path):
            return {"ignore_length": "1"} | behind_tag
        wrong = samples_to_read(path)
    except (OSError, CarerStoriesError):  # opening it says what is wrong
        return {}
    if wrong is None:
        return behind_tag
    _, samples = wrong
    return {
        "f": samples.sample_format,
        "format_whitelist": samples.sample_format,
        "sample_rate": str(samples.rate),
        "ch_layout": _LAYOUTS.get(samples.channels, f"{samples.channels}C"),
        "skip_initial_bytes": str(samples.start),
    }
