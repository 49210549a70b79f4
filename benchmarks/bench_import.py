"""Time `capture import` of a large film, compared with `cp` and `sha256sum` of that file.

The whole command as a user runs it: the copy (`bench_ingest.py` measures that alone), every frame
decoded once to see that all of it is there, the working copy, and the sound for recognition. The
film is as a phone's: 1080p at 17 Mb/s, with noise, so that there is something to decode. Once each:
it takes minutes.

BENCH_IMPORT_BYTES sets the size; 250 MB, two minutes of film, by default.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import ROOT, BenchRow, Timing, time_once
from tests.support.sample_media import agreed_story, ffmpeg
from tests.support.workspaces import make_workspace

SIZE_BYTES = int(os.environ.get("BENCH_IMPORT_BYTES", 250_000_000))
_SECONDS = 8
_BITS = 17_000_000


def run() -> Iterator[BenchRow]:
    with tempfile.TemporaryDirectory(prefix="carer-stories-bench-") as holder:
        folder = Path(holder)
        film = _film(folder)
        copied = _once(["cp", film, folder / "copy.mp4"])
        hashed = _once(["sha256sum", film])
        whole = _once(_import(folder, film))
        size = film.stat().st_size / 1e9
    yield BenchRow(f"capture import of {size:.2g} GB, the whole command", whole)
    yield BenchRow("  cp", copied, compared_with=whole)
    yield BenchRow("  sha256sum", hashed, compared_with=whole)


def _film(folder: Path) -> Path:
    """Encode a few seconds once, and repeat them until the film is large enough."""
    part, film = folder / "part.mp4", folder / "film.mp4"
    source = f"testsrc2=s=1920x1080:r=30:d={_SECONDS},noise=alls=40:allf=t"
    ffmpeg(
        *("-f", "lavfi", "-i", source, "-f", "lavfi", "-i", f"anoisesrc=d={_SECONDS}:a=0.1"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-b:v", str(_BITS), "-maxrate", str(_BITS)),
        *("-bufsize", str(_BITS), "-pix_fmt", "yuv420p", "-c:a", "aac", part),
    )
    repeats = max(0, round(SIZE_BYTES / part.stat().st_size) - 1)
    ffmpeg("-stream_loop", str(repeats), "-i", part, "-c", "copy", "-movflags", "+faststart", film)
    part.unlink()
    return film


def _import(folder: Path, film: Path) -> list[str | Path]:
    workspace = make_workspace(folder / "library")
    story = agreed_story(workspace)
    return [
        *(sys.executable, "-m", "carer_stories", "--workspace", workspace.root),
        *("capture", "import", story, film),
    ]


def _once(command: list[str | Path]) -> Timing:
    os.sync()  # so that no writes of the step before are waited for
    wall, _ = time_once(
        lambda: subprocess.run(list(map(str, command)), check=True, cwd=ROOT, capture_output=True)
    )
    return Timing.of([(wall, 0.0)])  # the processor time is another process's
