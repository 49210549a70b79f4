"""A program that reads a hostile file is stopped, said so, and takes nothing with it."""

from __future__ import annotations

import ast
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import ffmpeg
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from capture.media import probe_subprocess, process_limits
from capture.media.probe_subprocess import probe_in_subprocess
from capture.media.process_limits import (
    ProcessLimits,
    ffmpeg_limits,
    killed_with_us_command,
    no_network_command,
)
from capture.media.run_ffmpeg import ffmpeg_path, run_ffmpeg
from library.core.errors import BadInput, ToolFailed
from tests.support import sample_media
from tests.support.live_station import until

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="prlimit(2) is Linux’s")


def _noise(to: Path, seconds: int) -> object:
    sound = ffmpeg.input(f"anoisesrc=d={seconds}:r=48000", f="lavfi")
    return ffmpeg.output(sound, str(to), f="s16le")


@linux
def test_a_file_that_grows_without_end_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_limits, "_BASE_FILE_SIZE", 200_000)
    monkeypatch.setattr(process_limits, "_FILE_SIZE_PER_SECOND", 0)
    to = tmp_path / "long.raw"
    with pytest.raises(ToolFailed, match="grew larger than any recording"):
        run_ffmpeg(_noise(to, 600), activity="Writing", timeout=300)
    assert to.stat().st_size <= 200_000


@linux
def test_a_program_that_wants_all_the_memory_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_limits, "_BASE_MEMORY", 600 << 20)
    monkeypatch.setattr(process_limits, "_MEMORY_PER_CORE_OR_INPUT", 0)
    frames = ffmpeg.input("testsrc2=s=3840x2160:r=25:d=60", f="lavfi")
    with pytest.raises(ToolFailed, match="needed more memory"):
        # Reversing holds every frame until the last has come.
        run_ffmpeg(
            ffmpeg.output(frames.filter("reverse"), "-", f="null"), activity="Turning", timeout=300
        )


@linux
def test_its_own_time_on_the_processor_ends_it_when_nobody_waits(tmp_path: Path) -> None:
    endless = ("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25", "-f", "null", "-")
    process = subprocess.Popen(
        [ffmpeg_path(), "-nostdin", "-v", "quiet", *endless],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    ProcessLimits(cpu_seconds=1, memory_bytes=1 << 32, file_bytes=1).apply_to(process.pid)
    assert process.wait(timeout=120) in (-signal.SIGXCPU, -signal.SIGKILL)


WRITES_FOR_MINUTES = """
import sys, threading
import ffmpeg
from capture.media.run_ffmpeg import run_ffmpeg
frames = ffmpeg.input("testsrc2=s=320x240:r=25:d=600", f="lavfi", re=None)
graph = ffmpeg.output(frames, sys.argv[1], f="mpegts")
writing = threading.Thread(target=run_ffmpeg, args=(graph,), kwargs=dict(activity="", timeout=900))
writing.start()
writing.join()
"""


@linux
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_a_picture_is_written_no_longer_than_its_program_lives(
    tmp_path: Path, sent: signal.Signals
) -> None:
    if not killed_with_us_command():
        pytest.skip("this system has no setpriv (util-linux)")
    film = tmp_path / "film.ts"
    with subprocess.Popen([sys.executable, "-c", WRITES_FOR_MINUTES, str(film)]) as program:
        children = until(lambda: film.exists() and psutil.Process(program.pid).children())
        assert len(children) == 1
        program.send_signal(sent)
        program.wait(timeout=60)
    assert psutil.wait_procs(children, timeout=60)[1] == []


@linux
def test_an_ended_process_needs_no_limits() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    ProcessLimits(cpu_seconds=1, memory_bytes=1, file_bytes=1).apply_to(process.pid)


@linux
@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ("KILL", "stopped from outside, or because memory ran out"),
        ("TERM", "stopped from outside, or because memory ran out"),
        ("SEGV", "the file broke the program that reads it"),
    ],
)
def test_only_a_crash_of_its_own_is_blamed_on_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: str, message: str
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text(f"#!/bin/sh\nkill -{sent} $$\n")
    program.chmod(0o700)
    monkeypatch.setenv("CARER_STORIES_FFMPEG", str(program))
    with pytest.raises(ToolFailed, match=message) as error:
        run_ffmpeg(_noise(tmp_path / "sound.raw", 1), activity="Writing", timeout=60)
    assert ("harm" in error.value.next_step) == (sent == "SEGV")


def test_limits_leave_room_for_what_is_legal() -> None:
    """Three hours of the hardest pictures we measured (3.4 MB a second); sixty takes at once."""
    three_hours = 3 * 3_600
    timeout = 300 + 40 * three_hours
    sixty = ["-i", "x.mp4"] * 60
    limits = ffmpeg_limits(sixty, timeout)
    assert limits.file_bytes > 3_400_000 * three_hours
    assert limits.memory_bytes > 60 * 120_000_000  # 4K takes: 119 MB each
    assert limits.cpu_seconds >= timeout


@linux
def test_ffmpeg_reaches_no_network_where_the_system_allows_it() -> None:
    """Its namespace has no address but the loopback's, which is down."""
    if not no_network_command():
        pytest.skip("this system lets nobody leave the network")
    result = subprocess.run(
        [*no_network_command(), sys.executable, "-c", "print(open('/proc/net/dev').read())"],
        capture_output=True,
        text=True,
        check=True,
    )
    interfaces = [line.split(":")[0].strip() for line in result.stdout.splitlines() if ":" in line]
    assert interfaces == ["lo"]
    routes = subprocess.run(
        [*no_network_command(), sys.executable, "-c", "print(open('/proc/net/route').read())"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(routes.stdout.splitlines()) <= 2  # the heading


def test_without_that_tool_it_runs_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_limits.shutil, "which", lambda _name: None)
    no_network_command.cache_clear()
    killed_with_us_command.cache_clear()
    try:
        assert (no_network_command(), killed_with_us_command()) == ((), ())
        run_ffmpeg(_noise(tmp_path / "a.raw", 1), activity="Writing", timeout=60)
    finally:
        no_network_command.cache_clear()
        killed_with_us_command.cache_clear()


# Looking into a file


@pytest.fixture
def looks_anew() -> Iterator[None]:
    """No process that waits for files already, and no file that was looked at."""
    probe_subprocess.stop_server()
    probe_subprocess._cached_probe.cache_clear()
    yield
    probe_subprocess.stop_server()


WAYS = [pytest.param(True, id="copied", marks=linux), pytest.param(False, id="started")]


@pytest.fixture(params=WAYS)
def either_way(
    looks_anew: None, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By copies of one process, as on Linux, and by one that is started for each file."""
    monkeypatch.setattr(probe_subprocess, "_COPIES_ITSELF", request.param)


@pytest.mark.usefixtures("either_way")
def test_a_look_from_outside_finds_what_a_look_from_inside_does() -> None:
    from capture.media.probe import probe

    for sample in (sample_media.video(), sample_media.wav()):
        assert probe_in_subprocess(sample) == probe(sample)


@pytest.mark.usefixtures("either_way")
def test_its_refusals_come_back_as_they_are(tmp_path: Path) -> None:
    torn_film = tmp_path / "half “of”\nit.mp4"
    torn_film.write_bytes(sample_media.video().read_bytes()[:400])
    with pytest.raises(BadInput, match="is not a recording we can read") as error:
        probe_in_subprocess(torn_film)
    assert error.value.next_step


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize(
    ("does", "message"),
    [
        ("import os; os.kill(os.getpid(), 11)", "it broke the program that reads it"),
        ("import os; os.abort()", "it broke the program that reads it"),
        ("print('[' * 100000)", "it broke the program that reads it"),
        ("import time; time.sleep(600)", "examining it took more than two minutes"),
    ],
)
def test_a_file_that_breaks_what_reads_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, message: str
) -> None:
    """A flaw in a demuxer harms the process that looks, and no other."""
    _look_with(does, tmp_path, monkeypatch)
    with pytest.raises(BadInput, match=message):
        probe_in_subprocess(_film(tmp_path))


def _look_with(module: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "goes_astray.py").write_text(module)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *sys.path]))
    monkeypatch.setattr(probe_subprocess, "_MODULE", "goes_astray")
    monkeypatch.setattr(probe_subprocess, "_TIME_LIMIT_SECONDS", 3)


def _film(folder: Path, name: str = "film") -> Path:
    path = folder / f"{name}.mp4"
    path.write_bytes(sample_media.video().read_bytes())
    return path


GOES_ASTRAY = """
import os, resource, sys, time
import capture.media.probe_subprocess as it
from library.core.errors import BadInput
look = it.probe
def probe(path):
    if "evil" in path.name:
        {does}
    return look(path)
it.probe = probe
it.serve()
"""


@linux
@pytest.mark.usefixtures("looks_anew")
@pytest.mark.parametrize(
    ("does", "message"),
    [
        ("os.kill(os.getpid(), 11)", "it broke the program that reads it"),
        ("os.abort()", "it broke the program that reads it"),
        (
            "os.write(sys._getframe(2).f_locals['to'], b'[' * 1000)",
            "it broke the program that reads it",
        ),
        ("time.sleep(600)", "examining it took more than two minutes"),
    ],
)
def test_what_one_file_breaks_is_not_what_reads_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, message: str
) -> None:
    _look_with(GOES_ASTRAY.format(does=does), tmp_path, monkeypatch)
    assert probe_in_subprocess(_film(tmp_path, "good")).kind == "video"
    with pytest.raises(BadInput, match=message):
        probe_in_subprocess(_film(tmp_path, "evil"))
    assert probe_in_subprocess(_film(tmp_path, "next")).kind == "video"


@linux
@pytest.mark.usefixtures("looks_anew")
def test_every_copy_is_held_to_the_limits_and_has_no_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = (f"resource.getrlimit(resource.RLIMIT_{name})" for name in ("DATA", "FSIZE", "CPU"))
    facts = ", ".join(["os.readlink('/proc/self/ns/net')", *limits])
    module = GOES_ASTRAY.format(does=f"raise BadInput(repr([{facts}]))")
    _look_with(module, tmp_path, monkeypatch)
    with pytest.raises(BadInput) as error:
        probe_in_subprocess(_film(tmp_path, "evil"))
    network, memory, written, cpu = ast.literal_eval(error.value.what)
    limit = process_limits.probe_limits(3)
    assert memory == (limit.memory_bytes, limit.memory_bytes)
    assert written == (0, 0)
    assert cpu == (limit.cpu_seconds, limit.cpu_seconds)
    assert (network != str(Path("/proc/self/ns/net").readlink())) == bool(no_network_command())


@linux
@pytest.mark.usefixtures("looks_anew")
def test_one_that_was_ended_is_started_again_and_no_file_blamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "import capture.media.probe_subprocess as it; it._IDLE_SECONDS = 0.1; it.serve()"
    _look_with(module, tmp_path, monkeypatch)
    for name in ("first", "second"):
        assert probe_in_subprocess(_film(tmp_path, name)).kind == "video"
        (server,) = probe_subprocess._servers
        assert server.process.wait(timeout=60) == 0, "nobody asked it for a while"


LOOKS_AND_IS_KILLED = """
import os, sys
from pathlib import Path
from capture.media import probe_subprocess as it
it.probe_in_subprocess(Path(sys.argv[1]))
print(it._servers[0].process.pid, flush=True)
os.kill(os.getpid(), 9)
"""


@linux
def test_it_ends_when_whoever_asked_it_is_killed() -> None:
    command = [sys.executable, "-c", LOOKS_AND_IS_KILLED, sample_media.wav()]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(int(ended.stdout)).wait(timeout=60)


@pytest.mark.usefixtures("looks_anew")
def test_where_it_cannot_start_a_sentence_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(sample_media.video().read_bytes())
    monkeypatch.setattr(sys, "executable", str(tmp_path / "none"))
    monkeypatch.setattr(probe_subprocess, "no_network_command", lambda: ())
    with pytest.raises(ToolFailed, match="the program that reads it did not start") as error:
        probe_in_subprocess(path)
    assert "Errno" not in error.value.what


@pytest.mark.usefixtures("looks_anew")
def test_a_module_of_the_same_name_in_this_folder_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "capture").mkdir()
    (tmp_path / "capture" / "__init__.py").write_text("raise SystemExit('mine')")
    monkeypatch.chdir(tmp_path)
    assert probe_in_subprocess(sample_media.video()).kind == "video"


_SEEDS: tuple[Callable[[], Path], ...] = (
    sample_media.video,
    sample_media.m4a,
    sample_media.webm,
    sample_media.mp3,
)


@settings(
    max_examples=int(os.environ.get("HOSTILE", "60")),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.data())
def test_broken_media_are_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Headers cut, repeated and overwritten. In this process: many, and a crash would be seen."""
    from capture.media.probe import probe

    seed = data.draw(st.sampled_from(_SEEDS))()
    media = bytearray(seed.read_bytes()[:60_000])
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, min(len(media) - 1, 4_000)))
        patch = data.draw(st.one_of(st.binary(min_size=1, max_size=8), st.just(b"\xff" * 8)))
        media[at : at + len(patch)] = patch
    path = tmp_path_factory.mktemp("media") / f"broken{seed.suffix}"
    path.write_bytes(media)
    with contextlib.suppress(BadInput):  # any other exception is a fault of ours
        probe(path)
    path.unlink()
