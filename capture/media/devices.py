"""Cameras and microphones of this machine, as ffmpeg names them: one table for three systems.

| system | picture | sound | together |
|---|---|---|---|
| Linux | `v4l2` | `pulse` | two inputs, the second put on the first one's clock |
| macOS | `avfoundation` | `avfoundation` | one input, `picture:sound` |
| Windows | `dshow` | `dshow` | one input, `video=…:audio=…` |

`lavfi:GRAPH` is a source that ffmpeg makes up, with outputs out0 (picture) and out1 (sound).
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from capture.media.run_ffmpeg import ffmpeg_path
from library.core.errors import BadInput
from library.core.sanitise import printable

MADE_UP = "lavfi:"
_ASK_SECONDS = 15
_QUEUE = ("-thread_queue_size", "1024")


@dataclass(frozen=True)
class Device:
    """A camera or a microphone. `name` is what `--camera` or `--microphone` takes."""

    kind: Literal["camera", "microphone"]
    name: str
    label: str


@dataclass(frozen=True)
class Source:
    """What is recorded: arguments before the output, and which streams of them."""

    arguments: tuple[str, ...]
    sound: str
    """A stream, as `-map` takes it."""
    picture: str = ""


@dataclass(frozen=True)
class System:
    """How one operating system's devices are listed and opened."""

    devices: Callable[[], list[Device]]
    both: Callable[[str, str], Source]
    voice: Callable[[str], Source]
    default_camera: str
    default_microphone: str


def source_of(
    *, camera: str = "", microphone: str = "", made_up: str = "", picture: bool = True
) -> Source:
    """What to record from; the machine's own devices where none is named. Raises BadInput."""
    if made_up:
        return _made_up(made_up, picture=picture)
    system = this_system()
    sound = microphone or system.default_microphone
    if not picture:
        return system.voice(sound)
    return system.both(camera or system.default_camera, sound)


def devices() -> list[Device]:
    """What this machine has, as far as it tells. Raises BadInput on a system we do not know."""
    return this_system().devices()


def this_system() -> System:
    name = "linux" if sys.platform.startswith("linux") else sys.platform
    if name not in SYSTEMS:
        raise BadInput(
            f"We do not know how to record on this system ({name}).",
            "Use the page: carer-stories capture station",
        )
    return SYSTEMS[name]


def _made_up(given: str, *, picture: bool) -> Source:
    if not given.startswith(MADE_UP):
        raise BadInput("--input takes a made-up source only.", "Begin it with lavfi:")
    arguments = ("-re", "-f", "lavfi", "-i", given.removeprefix(MADE_UP))
    return Source(arguments, "0:a:0", "0:v:0" if picture else "")


# Linux


def _linux_devices() -> list[Device]:
    cameras = [
        Device("camera", f"/dev/{path.name}", _first_line(path / "name"))
        for path in sorted(Path("/sys/class/video4linux").glob("video*"))
        if _first_line(path / "index") in ("", "0")  # the others of a camera carry its metadata
    ]
    return [*cameras, *_pulse_sources()]


def _first_line(path: Path) -> str:
    try:
        return printable(path.read_text(errors="replace").split("\n")[0].strip())
    except OSError:
        return ""


def _pulse_sources() -> list[Device]:
    """`ffmpeg -sources pulse` prints `  name [label] (none)`, a star before the default."""
    said = _asked("-sources", "pulse")
    found = re.findall(r"^[ *]+(\S+) \[(.*)\]", said, re.M)
    return [
        Device("microphone", name, printable(label))
        for name, label in found
        if not name.endswith(".monitor")  # what the loudspeakers play
    ]


def _linux_both(camera: str, microphone: str) -> Source:
    return Source(
        (
            *(*_QUEUE, "-f", "v4l2", "-timestamps", "abs", "-framerate", "25"),
            *("-video_size", "1280x720", "-i", camera),
            *(*_QUEUE, "-f", "pulse", "-isync", "0", "-i", microphone),
        ),
        "1:a:0",
        "0:v:0",
    )


def _linux_voice(microphone: str) -> Source:
    return Source((*_QUEUE, "-f", "pulse", "-i", microphone), "0:a:0")


# macOS


def _mac_devices() -> list[Device]:
    return mac_listing(_asked("-f", "avfoundation", "-list_devices", "true", "-i", ""))


def mac_listing(said: str) -> list[Device]:
    """Devices in what ffmpeg says of AVFoundation: `[0] FaceTime HD Camera` under a heading."""
    found: list[Device] = []
    kind: Literal["camera", "microphone"] = "camera"
    for line in said.splitlines():
        if "AVFoundation audio devices" in line:
            kind = "microphone"
        told = re.search(r"\] \[(\d+)\] (.+)$", line)
        if told and not told[2].startswith("Capture screen"):
            found.append(Device(kind, told[1], printable(told[2])))
    return found


def _mac_both(camera: str, microphone: str) -> Source:
    asked = (*_QUEUE, "-f", "avfoundation", "-framerate", "30", "-i", f"{camera}:{microphone}")
    return Source(asked, "0:a:0", "0:v:0")


def _mac_voice(microphone: str) -> Source:
    return Source((*_QUEUE, "-f", "avfoundation", "-i", f":{microphone}"), "0:a:0")


# Windows


def _windows_devices() -> list[Device]:
    return windows_listing(_asked("-f", "dshow", "-list_devices", "true", "-i", "dummy"))


def windows_listing(said: str) -> list[Device]:
    """Devices in what ffmpeg says of DirectShow: `"Integrated Camera" (video)`."""
    found = re.findall(r'\] "([^"]+)" \((video|audio)', said)
    return [
        Device("camera" if kind == "video" else "microphone", name, printable(name))
        for name, kind in found
    ]


def _windows_both(camera: str, microphone: str) -> Source:
    named = f"video={_first(camera, 'camera')}:audio={_first(microphone, 'microphone')}"
    return Source((*_QUEUE, "-f", "dshow", "-i", named), "0:a:0", "0:v:0")


def _windows_voice(microphone: str) -> Source:
    named = f"audio={_first(microphone, 'microphone')}"
    return Source((*_QUEUE, "-f", "dshow", "-i", named), "0:a:0")


def _first(name: str, kind: str) -> str:
    """Windows has no name for “the usual one”: the first that is there."""
    if name:
        return name
    there = [one.name for one in _windows_devices() if one.kind == kind]
    if not there:
        raise BadInput(f"No {kind} was found.", "Plug one in, or leave the picture out.")
    return there[0]


def _asked(*arguments: str) -> str:
    """What ffmpeg says of devices: it ends with an error then, and that is no matter."""
    command = [ffmpeg_path(), "-hide_banner", "-nostdin", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_ASK_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout + done.stderr).decode("utf-8", "replace")


SYSTEMS = {
    "linux": System(_linux_devices, _linux_both, _linux_voice, "/dev/video0", "default"),
    "darwin": System(_mac_devices, _mac_both, _mac_voice, "0", "0"),
    "win32": System(_windows_devices, _windows_both, _windows_voice, "", ""),
}
