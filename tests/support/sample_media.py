"""Small recordings, made by the bundled ffmpeg when first asked for, and kept for the whole run.

All its workers share them: a film that several files of tests want is made once.
Sound is noise that swells and falls as speech does; pictures are ffmpeg's moving test picture.
"""

from __future__ import annotations

import functools
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from capture.media.run_ffmpeg import ffmpeg_path
from library.consent.decisions import record_agreement
from library.consent.stories import start_story
from library.core.clock import today
from library.core.workspace import Workspace

PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=320x240:r=30:d=2")
SOUND = ("-f", "lavfi", "-i", "anoisesrc=c=pink:r=44100:d=2:seed=7:a=0.4,tremolo=f=3:d=0.9")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac")
VP8 = ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-threads", "1")
"""In one thread: where processors are busy, several wait for each other at full speed."""


@functools.cache
def _samples_folder() -> Path:
    temporary = tempfile.TemporaryDirectory(prefix="samples-")
    _KEPT.append(temporary)
    return Path(temporary.name)


_KEPT: list[tempfile.TemporaryDirectory[str]] = []  # removed when the process ends
MADE_ONCE = "TESTS_MADE_ONCE"
"""Variable that names the folder of what is made once for all workers of a run."""


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """Return the file or folder of that name, which `make` has made for all workers of the run.

    It is only ever read, or copied.
    """
    path = Path(os.environ.get(MADE_ONCE) or _samples_folder()) / name
    whole = path.with_name(f"{name}.whole")
    with FileLock(f"{path}.lock"):
        if not whole.exists():
            make(path)
            whole.touch()
    return path


def ffmpeg(*arguments: str | Path) -> None:
    """Run the bundled ffmpeg and insist that it works."""
    command = [ffmpeg_path(), "-v", "error", "-nostdin", "-y", *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)


def _sample(name: str) -> Callable[[Callable[[Path], None]], Callable[[], Path]]:
    def decorate(make: Callable[[Path], None]) -> Callable[[], Path]:
        @functools.cache
        def sample() -> Path:
            return made_once(name, make)

        return sample

    return decorate


@_sample("video.mp4")
def video(to: Path) -> None:
    """Write two seconds of 320 × 240, index first."""
    ffmpeg(*PICTURE, *SOUND, *H264, "-shortest", "-movflags", "+faststart", to)


@_sample("rotated.mp4")
def rotated(to: Path) -> None:
    """Write a phone's upright video: a landscape picture and a note to turn it."""
    ffmpeg("-display_rotation", "90", "-i", video(), "-c", "copy", to)


@_sample("odd.mkv")
def odd(to: Path) -> None:
    """Write a video with odd sides and pixels that are not square."""
    picture = ("-f", "lavfi", "-i", "testsrc=s=321x241:r=24:d=2")
    ffmpeg(*picture, *SOUND, "-vf", "setsar=4/3", "-c:v", "ffv1", "-c:a", "flac", "-shortest", to)


@_sample("variable.mp4")
def variable(to: Path) -> None:
    """Write frames at 30 a second, then at 10, as phones do in the dark."""
    thinned = "select='lt(n,30)+not(mod(n,3))'"
    ffmpeg(*PICTURE, *SOUND, "-vf", thinned, "-fps_mode", "vfr", *H264, "-shortest", to)


@_sample("browser.webm")
def webm(to: Path) -> None:
    """Write a browser's recording: VP8 and Opus, and no length stated."""
    coding = (*VP8, "-c:a", "libopus")
    ffmpeg(*PICTURE, *SOUND, *coding, "-shortest", "-f", "webm", "-live", "1", to)


@_sample("hdr.mp4")
def hdr(to: Path) -> None:
    """Write a video of high dynamic range, ten bits."""
    colours = "hlg=1:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc:log-level=none"
    coding = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", colours)
    colour = ("-color_trc", "arib-std-b67", "-color_primaries", "bt2020", "-colorspace", "bt2020nc")
    tag = ("-pix_fmt", "yuv420p10le", "-tag:v", "hvc1", "-c:a", "aac", "-shortest")
    ffmpeg(*PICTURE, *SOUND, *coding, *colour, *tag, to)


@_sample("late-sound.mp4")
def late_sound(to: Path) -> None:
    """Write a video whose sound begins half a second after the picture."""
    ffmpeg(*PICTURE, "-itsoffset", "0.5", *SOUND, *H264, "-t", "2", to)


@_sample("metadata.mp4")
def video_with_metadata(to: Path) -> None:
    """Write a video with a place, a device, a title, a chapter and subtitles in it."""
    notes = to.with_suffix(".txt")
    notes.write_text(
        ";FFMETADATA1\ntitle=Ann Example at home\nlocation=+52.1234-001.5678/\nmake=ExamplePhone\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=900\ntitle=Her sister Joan\n"
    )
    words = to.with_suffix(".srt")
    words.write_text("1\n00:00:00,000 --> 00:00:01,500\nMy address is 1 Example Road\n")
    inputs = ("-i", video(), "-i", notes, "-i", words)
    mapped = ("-map", "0", "-map", "2", "-map_metadata", "1", "-map_chapters", "1")
    ffmpeg(*inputs, *mapped, "-c", "copy", "-c:s", "mov_text", to)


@_sample("sound.wav")
def wav(to: Path) -> None:
    ffmpeg(*SOUND, to)


@_sample("sound.m4a")
def m4a(to: Path) -> None:
    ffmpeg(*SOUND, "-c:a", "aac", to)


@_sample("sound.mp3")
def mp3(to: Path) -> None:
    """Write a music file with a cover, which is no film."""
    cover = to.with_suffix(".jpg")
    ffmpeg("-f", "lavfi", "-i", "color=blue:s=64x64", "-frames:v", "1", cover)
    mapped = ("-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic")
    ffmpeg(*SOUND, "-i", cover, *mapped, to)


@_sample("mute.mp4")
def mute(to: Path) -> None:
    """Write a picture without any sound."""
    ffmpeg(*PICTURE, "-c:v", "libx264", "-preset", "ultrafast", to)


@_sample("silent.wav")
def silent(to: Path) -> None:
    """Write a sound track in which nothing is heard."""
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=48000:d=2", "-t", "2", to)


@_sample("gigantic.mov")
def gigantic(to: Path) -> None:
    """Write one frame larger than 8K."""
    picture = ("-f", "lavfi", "-i", "color=gray:s=7682x4322:r=1:d=1")
    ffmpeg(*picture, *SOUND, "-c:v", "mjpeg", "-q:v", "31", "-c:a", "aac", "-t", "1", to)


def agreed_story(workspace: Workspace) -> str:
    """Return the id of a new story with its participation agreement."""
    story = start_story(workspace, title="A night call", questions="being-heard")
    record_agreement(
        workspace,
        story.id,
        on=today(),
        taken_by="carer-volunteer",
        form_version="1",
        independent=True,
        capacity_considered=True,
    )
    return story.id
