"""Folders of meeting programs: tell the film from the voices and the transcript.

Zoom on a computer writes `video….mp4`, `audio….m4a` (everybody, the film’s own sound), and, where
it was asked to, a folder `Audio Record` with a file for each voice; its cloud hands out
`GMT<date>-<time>_Recording….mp4` in several views, and `….transcript.vtt`. Teams hands out
`…Meeting Recording.mp4` and a `.vtt` or `.docx`. Google Meet hands out `… (2024-05-12 at 10_11
GMT+1).mp4` or `… - 2024_05_12 10_11 BST - Recording.mp4`, with a transcript as `.sbv`, `.vtt` or
`.docx`, the chat and notes. Only a folder that says so by such names is believed: a camera’s folder
holds recordings of other people.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from capture.media.input_files import display_name
from library.core.errors import BadInput
from library.core.files import translate_disk_errors

_VIDEO_SUFFIXES = {".mp4", ".mov", ".m4v", ".mkv", ".webm"}
_SOUND_SUFFIXES = {".m4a", ".mp3", ".wav", ".ogg", ".opus", ".flac"}
_VIEW = re.compile(r"(GMT\d{8}-\d{6})_Recording", re.IGNORECASE)
_MEETING = re.compile(
    r"(video\d*|zoom_\d+|audio_only.*|audio\d+|GMT\d{8}-\d{6}.*|.*meeting recording.*"
    r"|double_click_to_convert.*"
    r"|.*\d{4}[-_]\d{2}[-_]\d{2} (at )?\d{1,2}[:_]\d{2}\b.*|[a-z]{3}-[a-z]{4}-[a-z]{3}\b.*)",
    re.IGNORECASE,
)
TRANSCRIPT_SUFFIXES = (".vtt", ".sbv", ".srt", ".docx")
"""Endings of transcripts that are kept beside a recording; the earlier tell more."""
_CHAT_OR_NOTES = re.compile(r"\bchat\b|\bnotes\b", re.IGNORECASE)
_IS_TRANSCRIPT = re.compile(r"transcript", re.IGNORECASE)
_TIME = re.compile(rb"\d:\d\d")
_SNIFFED_BYTES = 4096
_SPEAKER_FOLDER = "audio record"
_UNCONVERTED_SUFFIX = ".zoom"
"""Suffix of recordings that Zoom has not converted yet: `double_click_to_convert_01.zoom`."""


@dataclass(frozen=True)
class MeetingFolder:
    """The files of a meeting’s folder, each with its use."""

    takes: tuple[Path, ...]
    speakers: tuple[Path, ...] = ()
    transcripts: tuple[Path, ...] = ()
    ignored: tuple[tuple[Path, str], ...] = ()
    """Files that are not imported, with the reason."""


def is_meeting_folder(folder: Path) -> bool:
    """Return whether a meeting program made the folder."""
    if not folder.is_dir() or folder.is_symlink():
        return False
    files, voices = _files_and_speakers(folder)
    media = [
        path
        for path in files
        if path.suffix.lower() in _VIDEO_SUFFIXES | _SOUND_SUFFIXES | {_UNCONVERTED_SUFFIX}
    ]
    return bool(voices) or any(_MEETING.fullmatch(path.stem) for path in media)


def read_meeting_folder(folder: Path) -> MeetingFolder:
    """Read the folder. Raises BadInput where a choice is needed, or there is no recording."""
    files, voices = _files_and_speakers(folder)
    _require_finished(folder, files)
    films = [path for path in files if path.suffix.lower() in _VIDEO_SUFFIXES]
    sounds = [path for path in files if path.suffix.lower() in _SOUND_SUFFIXES]
    _require_one_view(films)
    left: list[tuple[Path, str]] = []
    if films:
        left += [(path, "everybody’s sound; the film has it") for path in sounds]
    words, further = _transcripts(files)
    left += [(path, "closed captions; there is a transcript") for path in further]
    used = {*films, *sounds, *words, *further}
    left += [(path, _why_left(path)) for path in files if path not in used]
    takes = films or sounds
    if not takes:
        raise BadInput(
            f"There is no recording of everybody in the folder {display_name(folder)}.",
            "Name the files themselves, in their order.",
        )
    return MeetingFolder(tuple(takes), tuple(voices), tuple(words), tuple(left))


def _files_and_speakers(folder: Path) -> tuple[list[Path], list[Path]]:
    """Return the folder's files, and those of the folder of voices in it."""
    with translate_disk_errors(folder, "read"):
        # Hidden ones are the system’s own, such as .DS_Store.
        inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        files = [path for path in inside if path.is_file() and not path.is_symlink()]
        rooms = [path for path in inside if path.name.lower() == _SPEAKER_FOLDER and path.is_dir()]
        voices = [path for room in rooms for path in sorted(room.iterdir())]
    return files, [
        path for path in voices if path.is_file() and path.suffix.lower() in _SOUND_SUFFIXES
    ]


def _require_finished(folder: Path, files: Sequence[Path]) -> None:
    if any(path.suffix.lower() == _UNCONVERTED_SUFFIX for path in files):
        raise BadInput(
            f"Zoom has not finished the recording in {display_name(folder)}.",
            "Open that folder and double-click the file whose name begins with "
            "double_click_to_convert; when Zoom is done, run this again.",
        )


def _require_one_view(films: Sequence[Path]) -> None:
    """Raise BadInput for several views of one meeting: they must not be joined as takes."""
    views: dict[str, list[Path]] = defaultdict(list)
    for path in films:
        if match := _VIEW.match(path.name):
            views[match[1].upper()].append(path)
    for alike in views.values():
        if len(alike) > 1:
            names = ", ".join(display_name(path) for path in alike)
            raise BadInput(
                f"The folder holds the same meeting in several views: {names}.",
                "Look which of them shows the person who speaks, and name that file and the .vtt.",
            )


def _transcripts(files: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Return the transcripts, and captions or documents that repeat them."""
    words = [
        path
        for path in files
        if path.suffix.lower() in TRANSCRIPT_SUFFIXES and not _CHAT_OR_NOTES.search(path.stem)
    ]
    # A Word document may be anything, unless it says that it is the transcript.
    words = [
        path
        for path in words
        if path.suffix.lower() != ".docx" or _IS_TRANSCRIPT.search(path.stem) or len(words) == 1
    ]
    transcripts = [path for path in words if path.stem.lower().endswith(".transcript")]
    best = min((_preference(path) for path in words), default=0)
    chosen = transcripts or [path for path in words if _preference(path) == best]
    return chosen, [path for path in words if path not in chosen]


def _preference(path: Path) -> int:
    return TRANSCRIPT_SUFFIXES.index(path.suffix.lower())


def _why_left(path: Path) -> str:
    if match := _CHAT_OR_NOTES.search(path.stem):
        return "the chat" if match[0].lower() == "chat" else "notes, not what was said"
    return "not part of the recording"


def is_words_file(path: Path) -> bool:
    """Return whether a file holds what was said, by its name; a `.txt` by the times in it."""
    suffix = path.suffix.lower()
    if suffix == ".txt" and path.is_file():
        with suppress(OSError), path.open("rb") as file:
            return len(_TIME.findall(file.read(_SNIFFED_BYTES))) > 1
    return suffix in (*TRANSCRIPT_SUFFIXES, ".json") and path.is_file()


def words_in_folder(folder: Path) -> list[Path]:
    """Return the transcripts in a folder without recordings, the likeliest first."""
    files, voices = _files_and_speakers(folder)
    if voices or any(path.suffix.lower() in _VIDEO_SUFFIXES | _SOUND_SUFFIXES for path in files):
        return []
    chosen, further = _transcripts(files)
    return [*chosen, *further] or [path for path in files if is_words_file(path)]
