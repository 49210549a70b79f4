"""Several takes on one clock: what is seen and heard in a later one lies where the sums say."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.intake.pipeline import import_recording
from capture.media.hidden_data import check_clean
from capture.media.picture.footage import Footage
from capture.media.probe import probe
from capture.media.recording import Recording
from capture.media.speech import read_speech
from capture.media.working_copy import STILL_COLOUR, frames_for
from capture.recording.originals import Take
from capture.recording.takes import (
    footage_of,
    frame_rate,
    joined_length,
    recording_kind,
    sound_of,
    takes_of,
)
from library.core.errors import NotFound
from library.core.workspace import StoryFolder, Workspace
from tests.support import sample_media

RATES = {"25": 25.0, "30": 30.0, "30000/1001": 29.97}


@pytest.fixture
def folder(workspace: Workspace) -> StoryFolder:
    return workspace.story(sample_media.agreed_story(workspace))


def clapped(
    to: Path, at: float, *, lasts: float = 2.0, rate: str = "30", size: str = "320x240"
) -> Path:
    """Black and silent but for one white frame and 5 ms of a tone, both beginning at `at`."""
    condition = f"between(t,{at}-0.001,{at}+{0.999 / RATES[rate]})"
    picture = f"color=black:s={size}:r={rate}:d={lasts},drawbox=c=white:t=fill:enable='{condition}'"
    sample_media.ffmpeg(
        "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone(at, lasts), *sample_media.H264, to
    )  # fmt: skip
    return to


def clicked(to: Path, at: float, *, lasts: float = 2.0) -> Path:
    sample_media.ffmpeg("-f", "lavfi", "-i", tone(at, lasts), to)
    return to


def tone(at: float, lasts: float) -> str:
    sounds = f"if(between(t,{at},{at}+0.005),0.8*sin(2*PI*1000*(t-{at})),0)"
    return f"aevalsrc='{sounds}':s=48000:d={lasts}"


def onsets(sound: npt.NDArray[np.float32], rate: int) -> list[float]:
    """Milliseconds at which a tone begins."""
    is_loud = np.flatnonzero(np.abs(sound) > 0.1)
    starts_at = is_loud[np.r_[True, np.diff(is_loud) > rate // 10]]
    return [float(at) / rate * 1000 for at in starts_at]


def heard_in(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    return onsets(sound, 48_000)


def brightness(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [
            float(frame.to_ndarray(format="gray").mean()) for frame in container.decode(video=0)
        ]


def flashes(path: Path) -> list[int]:
    return [number for number, light in enumerate(brightness(path)) if light > 60]


def bring(workspace: Workspace, folder: StoryFolder, *sources: Path, add: bool = False) -> None:
    import_recording(workspace, folder.root.name, *sources, add=add)


def test_every_clap_lies_at_its_take_s_offset_and_its_own_time(
    workspace: Workspace, folder: StoryFolder, tmp_path: Path
) -> None:
    """Another size, another rate, upright: sound within a millisecond, pictures to the frame."""
    bring(
        workspace,
        folder,
        clapped(tmp_path / "a.mp4", 1.0, lasts=1.51),
        clapped(tmp_path / "b.mp4", 1.2, rate="25", size="160x320"),
        clapped(tmp_path / "c.mp4", 1.001, rate="30000/1001", size="640x360"),
    )
    takes, fps = footage_of(folder)
    frames = [take.frames for take in takes]
    assert fps == 30
    assert frames[:2] == [46, 60], "as many as hold all of it"
    first = [0, frames[0], frames[0] + frames[1]]
    times = (1.0, 1.2, 1.001)
    expected = [(take_start / 30 + at) * 1000 for take_start, at in zip(first, times, strict=True)]
    assert heard_in(folder.working) == pytest.approx(expected, abs=1)
    assert onsets(read_speech(folder.speech), 16_000) == pytest.approx(expected, abs=1)
    assert flashes(folder.working) == [
        take_start + round(at * 30) for take_start, at in zip(first, times, strict=True)
    ]
    media = probe(folder.working)
    assert (media.width, media.height) == (320, 240), "the first take’s"
    assert len(brightness(folder.working)) == sum(frames)
    assert read_speech(folder.speech).size == pytest.approx(sum(frames) * 16_000 / 30, abs=1)
    check_clean(folder.working, ("video", "audio"))


def test_sound_that_is_longer_or_shorter_than_its_picture_moves_nothing(
    workspace: Workspace, folder: StoryFolder, tmp_path: Path
) -> None:
    """A camera’s picture that stops early stands; sound that stops early is silence."""
    takes = []
    for name, picture, sound in (("deaf", 1.5, 0.8), ("blind", 0.8, 1.5)):
        takes.append(tmp_path / f"{name}.mp4")
        inputs = ("-f", "lavfi", "-i", f"color=gray:s=160x120:r=25:d={picture}")
        sample_media.ffmpeg(
            *inputs, "-f", "lavfi", "-i", tone(0.2, sound), *sample_media.H264, takes[-1]
        )
    bring(workspace, folder, *takes, clapped(tmp_path / "c.mp4", 0.4, rate="25", size="160x120"))
    footage, _ = footage_of(folder)
    assert [take.frames for take in footage] == [38, 38, 50]
    expected = [200, 1520 + 200, 3040 + 400]
    assert onsets(read_speech(folder.speech), 16_000) == pytest.approx(expected, abs=1)
    assert brightness(folder.working)[75] == pytest.approx(126, abs=8), "the last picture stands"
    assert len(brightness(folder.working)) == 126


def test_takes_that_are_only_heard(
    workspace: Workspace, folder: StoryFolder, tmp_path: Path
) -> None:
    bring(
        workspace,
        folder,
        clicked(tmp_path / "a.wav", 0.3, lasts=1.01),
        clicked(tmp_path / "b.m4a", 0.5),
        clicked(tmp_path / "c.flac", 0.7),
    )
    sounds, fps = sound_of(folder)
    assert fps == 25
    assert sounds[0].frames == 26
    starts = [0, 1040, 1040 + sounds[1].frames * 40]
    expected = [starts[0] + 300, starts[1] + 500, starts[2] + 700]
    assert not folder.working.exists()
    assert heard_in(folder.working_audio) == pytest.approx(expected, abs=1)
    assert onsets(read_speech(folder.speech), 16_000) == pytest.approx(expected, abs=1)
    check_clean(folder.working_audio, ("audio",))


def test_a_take_that_was_only_heard_is_shown_as_a_still_picture(
    workspace: Workspace, folder: StoryFolder, tmp_path: Path
) -> None:
    """A battery ran out and a telephone went on: nothing that was told is left out."""
    bring(
        workspace,
        folder,
        clapped(tmp_path / "a.mp4", 0.48, rate="25"),
        clicked(tmp_path / "b.wav", 0.5, lasts=3.0),
        clapped(tmp_path / "c.mp4", 0.6, rate="25"),
    )
    takes, fps = footage_of(folder)
    assert (fps, [take.frames for take in takes]) == (25, [50, 75, 50])
    assert onsets(read_speech(folder.speech), 16_000) == pytest.approx([480, 2500, 5600], abs=1)
    assert heard_in(folder.working) == pytest.approx([480, 2500, 5600], abs=1)
    light = brightness(folder.working)
    still_light = light[50:125]
    assert len(light) == 175
    assert [number for number, item in enumerate(light) if item > 60] == [12, 140]
    assert max(still_light) - min(still_light) < 2, "one quiet picture"
    red, green, blue = (int(STILL_COLOUR[at : at + 2], 16) for at in (2, 4, 6))
    assert still_light[40] == pytest.approx((0.21 * red + 0.72 * green + 0.07 * blue), abs=6)
    assert [item.path for item in sound_of(folder)[0]] == [
        folder.original / "take-1.mp4",
        folder.original / "take-2.wav",
        folder.original / "take-3.mp4",
    ]


def test_a_picture_that_joins_a_recording_of_sound(
    workspace: Workspace, folder: StoryFolder, tmp_path: Path
) -> None:
    """The clock stays that of the first take: no word that was recognised before has moved."""
    bring(workspace, folder, clicked(tmp_path / "a.wav", 0.5), clicked(tmp_path / "b.wav", 0.6))
    before = onsets(read_speech(folder.speech), 16_000)
    assert folder.working_audio.exists()
    bring(workspace, folder, clapped(tmp_path / "c.mp4", 0.7, rate="30"), add=True)
    assert folder.working.exists()
    assert not folder.working_audio.exists()
    takes, fps = footage_of(folder)
    assert (fps, [take.frames for take in takes]) == (25, [50, 50, 50])
    after = onsets(read_speech(folder.speech), 16_000)
    assert after == pytest.approx([*before, 4700], abs=0.1)
    assert len(brightness(folder.working)) == 150
    assert folder.poster.exists()


def test_words_keep_their_times_when_a_take_is_added(
    workspace: Workspace, folder: StoryFolder, tmp_path: Path
) -> None:
    bring(workspace, folder, clapped(tmp_path / "a.mp4", 0.7, lasts=1.51))
    onsets_alone = onsets(read_speech(folder.speech), 16_000)
    bring(workspace, folder, clapped(tmp_path / "b.mp4", 0.4), add=True)
    joined = onsets(read_speech(folder.speech), 16_000)
    assert joined[0] == pytest.approx(onsets_alone[0], abs=0.1)
    assert joined[1] == pytest.approx(46_000 / 30 + 400, abs=1)


def test_a_single_take_is_as_it_was_before_takes_could_be_joined(
    workspace: Workspace, folder: StoryFolder, tmp_path: Path
) -> None:
    from capture.media.working_copy import extract_speech, make_working_copy

    bring(workspace, folder, sample_media.video())
    recording = probe(sample_media.video())
    make_working_copy(sample_media.video(), tmp_path / "working.mp4", recording)
    extract_speech(tmp_path / "working.mp4", tmp_path / "speech.wav", 2000)
    assert folder.working.read_bytes() == (tmp_path / "working.mp4").read_bytes()
    assert folder.speech.read_bytes() == (tmp_path / "speech.wav").read_bytes()
    (take,) = takes_of(folder)
    footage = Footage(folder.original / "take-1.mp4", recording, 60)
    assert footage_of(folder) == ((footage,), 30)
    assert joined_length((take,)) == take.duration


def test_joining_the_same_takes_again_gives_the_same_bytes(
    workspace: Workspace, folder: StoryFolder, tmp_path: Path
) -> None:
    sources = (clapped(tmp_path / "a.mp4", 0.5), clicked(tmp_path / "b.wav", 0.5))
    bring(workspace, folder, *sources)
    before = folder.working.read_bytes(), folder.speech.read_bytes()
    for path in (folder.working, folder.speech, *folder.root.glob(".still-*")):
        path.unlink()
    bring(workspace, folder, sources[1])
    assert (folder.working.read_bytes(), folder.speech.read_bytes()) == before


def test_without_a_recording_there_are_no_takes(folder: StoryFolder) -> None:
    for function in (footage_of, sound_of, takes_of):
        with pytest.raises(NotFound, match="no recording"):
            function(folder)


def take(duration: int, fps: float) -> Take:
    kind = "video" if fps else "audio"
    recorded = Recording(
        kind=kind,
        duration=0,
        container="mov",
        audio_codec="aac",
        channels=2,
        sample_rate=48_000,
        fps=fps,
    )
    return Take(
        file="take-1.mp4",
        sha256="0" * 64,
        bytes=1,
        kind=kind,
        duration=duration,
        imported="",
        recorded=recorded,
    )


TAKES = st.builds(take, st.integers(1, 10**7), st.sampled_from([0.0, 24, 25, 29.97, 30, 60]))


@given(st.lists(TAKES, min_size=2, max_size=8), st.lists(TAKES, max_size=3))
def test_the_clock_holds_every_take_and_stays_when_more_are_joined(
    takes: list[Take], later: list[Take]
) -> None:
    fps = frame_rate(takes)
    assert frame_rate([*takes, *later]) == fps
    frames = [frames_for(take.duration, fps) for take in takes]
    assert all(
        0 <= number * 1000 - take.duration * fps < 1000
        for number, take in zip(frames, takes, strict=True)
    )
    assert joined_length(takes) == sum(frames) * 1000 // fps
    assert joined_length([*takes, *later]) >= joined_length(takes)
    assert recording_kind(takes) == (
        "video" if any(take.recorded.fps for take in takes) else "audio"
    )
