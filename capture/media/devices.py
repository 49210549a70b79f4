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

LAVFI_PREFIX = "lavfi:"
_QUERY_SECONDS = 15
# Packets. With ffmpeg's default of 8, packets of a live device are dropped while the other is read.
_QUEUE_OPTIONS = ("-thread_queue_size", "1024")


@dataclass(frozen=True)
class Device:
    """A camera or a microphone. `name` is what `--camera` or `--microphone` takes."""

    kind: Literal["camera", "microphone"]
    name: str
    label: str


@dataclass(frozen=True)
class CaptureSource:
    """A source to record from: ffmpeg's input arguments, and which streams of them to take."""

    arguments: tuple[str, ...]
    sound_stream: str
    """A stream, as `-map` takes it."""
    picture_stream: str = ""


@dataclass(frozen=True)
class Platform:
    """Functions that list and open the devices of one operating system."""

    list_devices: Callable[[], list[Device]]
    camera_and_microphone: Callable[[str, str], CaptureSource]
    microphone_only: Callable[[str], CaptureSource]
    default_camera: str
    default_microphone: str


def capture_source(
    *, camera: str = "", microphone: str = "", test_source: str = "", picture: bool = True
) -> CaptureSource:
    """Return the source to record from; the machine's default devices where none is named.

    `test_source` is a source that ffmpeg makes up (`lavfi:…`). Raises BadInput for another, or
    on an operating system that we do not know.
    """
    if test_source:
        return _test_source(test_source, picture=picture)
    system = this_platform()
    sound = microphone or system.default_microphone
    if not picture:
        return system.microphone_only(sound)
    return system.camera_and_microphone(camera or system.default_camera, sound)


def list_devices() -> list[Device]:
    """List the cameras and microphones that ffmpeg reports.

    Raises BadInput on an operating system that we do not know.
    """
    return this_platform().list_devices()


def this_platform() -> Platform:
    name = "linux" if sys.platform.startswith("linux") else sys.platform
    if name not in PLATFORMS:
        raise BadInput(
            f"We do not know how to record on this system ({name}).",
            "Use the page: carer-stories capture station",
        )
    return PLATFORMS[name]


def _test_source(name: str, *, picture: bool) -> CaptureSource:
    if not name.startswith(LAVFI_PREFIX):
        raise BadInput("--input takes a made-up source only.", "Begin it with lavfi:")
    # -re: at the speed of a real device, not as fast as it can be computed.
    arguments = ("-re", "-f", "lavfi", "-i", name.removeprefix(LAVFI_PREFIX))
    return CaptureSource(arguments, "0:a:0", "0:v:0" if picture else "")


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
    """Parse `ffmpeg -sources pulse`: `  name [label] (none)`, a star before the default."""
    log = _ask_ffmpeg("-sources", "pulse")
    sources = re.findall(r"^[ *]+(\S+) \[(.*)\]", log, re.M)
    return [
        Device("microphone", name, printable(label))
        for name, label in sources
        if not name.endswith(".monitor")  # what the loudspeakers play
    ]


def _linux_both(camera: str, microphone: str) -> CaptureSource:
    return CaptureSource(
        (
            # Both on the clock of the day, and the sound's times counted from the picture's start.
            *(*_QUEUE_OPTIONS, "-f", "v4l2", "-timestamps", "abs", "-framerate", "25"),
            *("-video_size", "1280x720", "-i", camera),
            *(*_QUEUE_OPTIONS, "-f", "pulse", "-isync", "0", "-i", microphone),
        ),
        "1:a:0",
        "0:v:0",
    )


def _linux_voice(microphone: str) -> CaptureSource:
    return CaptureSource((*_QUEUE_OPTIONS, "-f", "pulse", "-i", microphone), "0:a:0")


# macOS


def _mac_devices() -> list[Device]:
    return parse_avfoundation(_ask_ffmpeg("-f", "avfoundation", "-list_devices", "true", "-i", ""))


def parse_avfoundation(log: str) -> list[Device]:
    """Parse ffmpeg's list of AVFoundation devices: `[0] FaceTime HD Camera` under a heading."""
    devices: list[Device] = []
    kind: Literal["camera", "microphone"] = "camera"
    for line in log.splitlines():
        if "AVFoundation audio devices" in line:
            kind = "microphone"
        match = re.search(r"\] \[(\d+)\] (.+)$", line)
        if match and not match[2].startswith("Capture screen"):
            devices.append(Device(kind, match[1], printable(match[2])))
    return devices


def _mac_both(camera: str, microphone: str) -> CaptureSource:
    arguments = (
        *_QUEUE_OPTIONS,
        "-f",
        "avfoundation",
        "-framerate",
        "30",
        "-i",
        f"{camera}:{microphone}",
    )
    return CaptureSource(arguments, "0:a:0", "0:v:0")


def _mac_voice(microphone: str) -> CaptureSource:
    return CaptureSource((*_QUEUE_OPTIONS, "-f", "avfoundation", "-i", f":{microphone}"), "0:a:0")


# Windows


def _windows_devices() -> list[Device]:
    return parse_dshow(_ask_ffmpeg("-f", "dshow", "-list_devices", "true", "-i", "dummy"))


def parse_dshow(log: str) -> list[Device]:
    """Parse ffmpeg's list of DirectShow devices: `"Integrated Camera" (video)`."""
    listed = re.findall(r'\] "([^"]+)" \((video|audio)', log)
    return [
        Device("camera" if kind == "video" else "microphone", name, printable(name))
        for name, kind in listed
    ]


def _windows_both(camera: str, microphone: str) -> CaptureSource:
    names = (
        f"video={_first_device(camera, 'camera')}:audio={_first_device(microphone, 'microphone')}"
    )
    return CaptureSource((*_QUEUE_OPTIONS, "-f", "dshow", "-i", names), "0:a:0", "0:v:0")


def _windows_voice(microphone: str) -> CaptureSource:
    name = f"audio={_first_device(microphone, 'microphone')}"
    return CaptureSource((*_QUEUE_OPTIONS, "-f", "dshow", "-i", name), "0:a:0")


def _first_device(name: str, kind: str) -> str:
    """Return `name`, or the first device there is: DirectShow has no name for a default one."""
    if name:
        return name
    names = [device.name for device in _windows_devices() if device.kind == kind]
    if not names:
        raise BadInput(f"No {kind} was found.", "Plug one in, or leave the picture out.")
    return names[0]


def _ask_ffmpeg(*arguments: str) -> str:
    """Return what ffmpeg prints about devices. It always exits with an error after a list."""
    command = [ffmpeg_path(), "-hide_banner", "-nostdin", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_QUERY_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return (done.stdout + done.stderr).decode("utf-8", "replace")


PLATFORMS = {
    "linux": Platform(_linux_devices, _linux_both, _linux_voice, "/dev/video0", "default"),
    "darwin": Platform(_mac_devices, _mac_both, _mac_voice, "0", "0"),
    "win32": Platform(_windows_devices, _windows_both, _windows_voice, "", ""),
}
