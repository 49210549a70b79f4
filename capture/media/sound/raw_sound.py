"""Read and write raw sound between two steps of a film: 48 kHz, stereo, 32-bit float, no header.

Float, because sound decoded from a phone’s AAC passes full scale now and then, and is made louder
and softer on its way: nothing is clipped or rounded before the one encoding at the end. Without a
header, because a WAV would pass its 4 GB within three hours. 23 MB a minute.

Read by stretches rather than mapped into memory: pages of a mapped file count as this process’s
own, and a recording may be two hours long.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np
import numpy.typing as npt

from capture.media.input_files import ffmpeg_url
from library.core import files
from library.core.errors import Damaged, NotFound

Samples = npt.NDArray[np.float32]

SOUND_RATE = 48_000  # Hz
SAMPLES_PER_MS = SOUND_RATE // 1000
CHANNELS = 2
RAW_OUTPUT_OPTIONS: dict[str, str] = {"f": "f32le", "c:a": "pcm_f32le"}
"""Options with which ffmpeg writes raw sound."""
_BYTES_PER_SAMPLE = 4 * CHANNELS
_BLOCK_SAMPLES = 10 * SOUND_RATE  # ten seconds, just under 4 MB, are read at once


@dataclass(frozen=True)
class RawSound:
    """An existing file of raw sound; a sample is one value for each channel."""

    path: Path
    samples: int

    @property
    def duration(self) -> int:
        """Length in whole milliseconds, rounded up."""
        return -(-self.samples // SAMPLES_PER_MS)

    def read(self, start: int, end: int) -> Samples:
        """Return samples `start` to `end`, shape (end - start, 2), full scale 1.

        Raises as `open_raw_sound`.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(start * _BYTES_PER_SAMPLE)
                data = np.fromfile(file, "<f4", (end - start) * CHANNELS)
        except FileNotFoundError:
            raise _missing(self.path) from None
        except OSError as error:
            raise files.refusal(self.path, error, "read") from error
        if len(data) != (end - start) * CHANNELS:
            raise _damaged(self.path)
        return data.astype(np.float32, copy=False).reshape(-1, CHANNELS)

    def read_padded(self, start: int, end: int) -> Samples:
        """Read as `read` does, with silence wherever the range goes beyond the file."""
        first, last = max(0, start), min(end, self.samples)
        if last <= first:
            return np.zeros((end - start, CHANNELS), np.float32)
        return np.pad(self.read(first, last), ((first - start, end - last), (0, 0)))

    def blocks(self, size: int = _BLOCK_SAMPLES) -> Iterator[tuple[int, Samples]]:
        """Yield stretches of `size` samples, each with its first sample’s number."""
        for start in range(0, self.samples, size):
            yield start, self.read(start, min(start + size, self.samples))


def open_raw_sound(path: Path) -> RawSound:
    """Open a file of raw sound. Raises NotFound, DiskFailed, or Damaged for half a sample."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise _missing(path) from None
    except OSError as error:
        raise files.refusal(path, error, "read") from error
    if size % _BYTES_PER_SAMPLE:
        raise _damaged(path)
    return RawSound(path, size // _BYTES_PER_SAMPLE)


def write_raw_sound(
    to: Path, blocks: Iterable[Samples], on_written: Callable[[int], None] | None = None
) -> RawSound:
    """Write blocks of samples as one file; `on_written` gets the number written so far.

    `to` appears whole or not at all. Raises NoRoom or DiskFailed.
    """
    samples_written = 0
    with files.replacing(to) as temporary, files.translate_disk_errors(to):
        handle = files.system.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        with files.closing(handle):
            for block in blocks:
                data = np.ascontiguousarray(block, dtype="<f4")
                files.write_all(handle, data.data.cast("B"))
                samples_written += len(block)
                if on_written:
                    on_written(samples_written)
    return RawSound(to, samples_written)


@contextmanager
def scratch_folder(to: Path) -> Iterator[Path]:
    """Make a folder beside `to` for temporary files, removed at the end.

    If the process is killed, its name marks it as a leftover that is cleared away later. Raises
    NoRoom or DiskFailed.
    """
    with files.translate_disk_errors(to):
        folder = Path(tempfile.mkdtemp(prefix=f".{to.stem}{files.TEMPORARY_MARK}", dir=to.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ffmpeg_source(sound: RawSound) -> Any:
    """Return raw sound as the input of an ffmpeg-python graph."""
    safe_options = {"protocol_whitelist": "file", "format_whitelist": "f32le"}
    return ffmpeg.input(
        ffmpeg_url(sound.path), f="f32le", ar=SOUND_RATE, ac=CHANNELS, **safe_options
    )


def _missing(path: Path) -> NotFound:
    return NotFound(f"There is no {path.name}.", "Run the command again: it is made afresh.")


def _damaged(path: Path) -> Damaged:
    return Damaged(
        f"{path} is damaged: it is not as it was written.", "Delete it and run the command again."
    )
