"""Films as staff meet them: even in loudness, bare of notes, the same bytes again, all or none."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import av
import pytest
from filelock import FileLock
from PIL import Image

from capture.intake.pipeline import import_recording
from capture.media.hidden_data import check_clean
from capture.media.probe import probe
from capture.media.run_ffmpeg import ProgressStep, ffmpeg_version, without_progress
from capture.media.sound.encoding import (
    MAX_TRUE_PEAK,
    TARGET_LUFS,
    TOLERANCE_LU,
    encode_audio,
    measure_loudness,
)
from capture.media.speech import read_speech
from capture.media.timeline import Shot, Timeline
from capture.media.working_copy import extract_speech
from capture.recording.takes import sound_of
from films import audio as film_audio
from films import render_film
from films import video as film_video
from films.cards import FilmCards
from films.film_spec import FilmChoices, FilmSpec, RenderSettings
from films.render_film import RenderedFilm
from films.video import check_poster
from library.core.errors import BadInput, Busy, CarerStoriesError, Damaged, NoRoom, NotFound
from library.core.workspace import StoryFolder, Workspace
from tests.support import sample_media
from transcribe.words import EditedTranscript, Turn, Word

NOTES = (b"Ann Example", b"Joan", b"+52.1", b"ExamplePhone", b"Example Road", b"chpl", b"\xa9xyz")


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, StoryFolder]:
    """A video and a sound-only story, imported once; tests work on copies."""
    from tests.support.workspaces import make_workspace

    workspace: Workspace = make_workspace(tmp_path_factory.mktemp("films") / "library")
    folders = {}
    for name, sample in (
        ("video", sample_media.video_with_metadata()),
        ("audio", sample_media.m4a()),
    ):
        story_id = sample_media.agreed_story(workspace)
        import_recording(workspace, story_id, sample)
        folders[name] = workspace.story(story_id)
    return folders


def copy_of(folder: StoryFolder, tmp_path: Path) -> StoryFolder:
    shutil.copytree(folder.root, tmp_path / folder.root.name)
    return StoryFolder(tmp_path / folder.root.name)


@pytest.fixture
def video(imported: dict[str, StoryFolder], tmp_path: Path) -> StoryFolder:
    return copy_of(imported["video"], tmp_path)


@pytest.fixture
def audio(imported: dict[str, StoryFolder], tmp_path: Path) -> StoryFolder:
    return copy_of(imported["audio"], tmp_path)


def film_spec_of(folder: StoryFolder, **choices: Any) -> FilmSpec:
    """All of the recording, with nothing cut."""
    takes, fps = sound_of(folder)
    frames = sum(take.frames for take in takes)
    edited = EditedTranscript(
        story=folder.root.name,
        transcript_sha256="0" * 64,
        duration=frames * 1000 // fps,
        turns=(Turn(speaker="Ruth", words=(Word(text="Hello.", start=0, end=1_000),)),),
        chapters=(),
    )
    timeline = Timeline(fps, (Shot(0, frames),))
    cards = FilmCards(title="Nobody asked", contributor="Ruth")
    return FilmSpec(
        folder, edited, timeline, FilmChoices(**choices), RenderSettings(), cards, "Ruth"
    )


def make_film(
    folder: StoryFolder, show_progress: ProgressStep = without_progress, **choices: Any
) -> RenderedFilm:
    return render_film.make_film(film_spec_of(folder, **choices), show_progress)


def made(folder: StoryFolder) -> dict[str, bytes]:
    results = (folder.film, folder.audio, folder.poster)
    return {path.name: path.read_bytes() for path in results if path.exists()}


def names(folder: StoryFolder) -> set[str]:
    return {path.name for path in folder.root.iterdir() if path.suffix != ".lock"}


def test_a_video_gives_film_sound_and_poster(video: StoryFolder) -> None:
    progress: dict[str, list[int]] = {}

    @contextmanager
    def show_progress(label: str, _total: int | None = None) -> Iterator[Callable[[int], None]]:
        yield progress.setdefault(label, []).append

    film = make_film(video, show_progress)
    assert (film.width, film.height) == (320, 240)
    assert film.files == (video.film, video.audio, video.poster)
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in film.files)
    assert set(progress) == {"Making the film"}
    assert all(steps == sorted(steps) for steps in progress.values())
    assert abs(probe(video.film).duration - 2000) < 100
    assert film.recipe["ffmpeg"] == ffmpeg_version()


def test_the_film_plays_everywhere_and_starts_while_it_loads(video: StoryFolder) -> None:
    make_film(video)
    with av.open(str(video.film)) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert (picture.codec_context.name, picture.codec_context.profile) == ("h264", "High")
        assert picture.codec_context.pix_fmt == "yuv420p"
        assert (sound.codec_context.name, sound.codec_context.sample_rate) == ("aac", 48_000)
    data = video.film.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "the index comes first"


def test_nothing_but_sound_and_picture_is_in_what_staff_download(video: StoryFolder) -> None:
    source = (video.original / "take-1.mp4").read_bytes()
    assert any(note in source for note in NOTES)
    with pytest.raises(Damaged, match="does not belong"):
        check_clean(video.original / "take-1.mp4", ("video", "audio"))
    make_film(video)
    for name, data in made(video).items():
        assert not [note for note in NOTES if note in data], name
    check_clean(video.film, ("video", "audio"))
    check_clean(video.audio, ("audio",))
    check_poster(video.poster)


def test_the_same_recording_gives_the_same_bytes(video: StoryFolder, audio: StoryFolder) -> None:
    for folder in (video, audio):
        make_film(folder)
        first = made(folder)
        make_film(folder)
        assert made(folder) == first


@pytest.mark.parametrize(
    ("kind", "filters"),
    [
        ("quiet", "volume=-25dB"),
        ("loud", "volume=6dB"),
        ("peaky", "apulsator=hz=6:amount=1:width=0.05,acrusher=bits=4:mix=0.2,volume=3dB"),
    ],
)
def test_every_recording_ends_at_one_loudness(tmp_path: Path, kind: str, filters: str) -> None:
    source, to = tmp_path / f"{kind}.wav", tmp_path / "audio.m4a"
    noise = ("-f", "lavfi", "-i", "anoisesrc=c=pink:r=48000:d=6:seed=3:a=0.4,tremolo=f=2:d=0.9")
    sample_media.ffmpeg(*noise, "-af", filters, "-ac", "2", source)
    claimed = encode_audio(source, to, 6000)
    measured = measure_loudness(to, 6000)
    assert claimed == measured
    assert abs(measured.integrated - TARGET_LUFS) <= TOLERANCE_LU
    assert measured.true_peak <= MAX_TRUE_PEAK


def test_film_and_sound_are_equally_loud(video: StoryFolder) -> None:
    make_film(video)
    for path in (video.film, video.audio):
        measured = measure_loudness(path, 2_000)
        assert measured.integrated == pytest.approx(TARGET_LUFS, abs=TOLERANCE_LU)
        assert measured.true_peak <= MAX_TRUE_PEAK


def test_evening_out_does_not_shift_the_sound(tmp_path: Path) -> None:
    """A click must stay where its caption is: the limiter looks ahead, and that is made good."""
    source, to, speech_path = (
        tmp_path / "click.wav",
        tmp_path / "audio.m4a",
        tmp_path / "speech.wav",
    )
    click = "aevalsrc='if(between(t,1,1.2),0.9*sin(2*PI*700*t),0.002*sin(2*PI*90*t))':d=2:s=48000"
    sample_media.ffmpeg("-f", "lavfi", "-i", click, "-ac", "2", source)
    encode_audio(source, to, 2000)
    extract_speech(to, speech_path, 2000)
    is_loud = abs(read_speech(speech_path)) > 0.1
    assert int(is_loud.argmax()) / 16 == pytest.approx(1000, abs=5)


def test_a_story_that_is_only_heard_has_a_calm_picture(audio: StoryFolder) -> None:
    film = make_film(audio)
    assert (film.width, film.height) == (1920, 1080)
    assert {path.name for path in film.files} == {
        "film.mp4", "film-720.mp4", "film-360.mp4", "audio.m4a", "poster.jpg",
    }  # fmt: skip
    check_clean(audio.film, ("video", "audio"))
    assert probe(audio.film).duration == pytest.approx(2000, abs=100)
    with Image.open(audio.poster) as picture:
        assert picture.size == (1280, 720)
        assert not picture.getexif()


def is_gaudy(path: Path) -> bool:
    """True if any frame has the test picture’s red or blue, of which nothing drawn has any."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            red, green, blue = (
                frame.to_ndarray(format="rgb24")[:, :, at].astype(int) for at in range(3)
            )
            if (abs(red - green) > 120).any() or (abs(blue - green) > 120).any():
                return True
    return False


def test_voice_only_leaves_no_picture_of_the_person(video: StoryFolder) -> None:
    make_film(video)
    face, filmed = video.poster.read_bytes(), video.film.read_bytes()
    assert is_gaudy(video.film)
    assert is_gaudy(video.poster)
    make_film(video, picture="voice-only")
    assert video.poster.read_bytes() != face
    for path in (video.film, video.poster):
        assert not is_gaudy(path), f"{path.name} still shows what was filmed"
    make_film(video)
    assert video.poster.read_bytes() == face
    assert video.film.read_bytes() == filmed
    assert not (video.root / "film-720.mp4").exists(), "what the other film had is gone"


def test_a_disguised_voice_is_the_story_s_own_and_the_same_again(video: StoryFolder) -> None:
    make_film(video)
    own = video.audio.read_bytes()
    make_film(video, voice="disguised")
    disguised = video.audio.read_bytes()
    assert disguised != own
    make_film(video, voice="disguised")
    assert video.audio.read_bytes() == disguised
    make_film(video, voice="disguised", disguise="stronger")
    assert video.audio.read_bytes() not in (own, disguised)
    video.voice_secret.unlink()
    make_film(video, voice="disguised")
    assert video.audio.read_bytes() != disguised


def test_a_blurred_film_is_another_one(video: StoryFolder) -> None:
    make_film(video)
    film_bytes = made(video)
    make_film(video, picture="blurred")
    assert made(video)["film.mp4"] != film_bytes["film.mp4"]
    assert made(video)["poster.jpg"] != film_bytes["poster.jpg"]


@pytest.mark.parametrize(
    ("faulty_module", "step"),
    [
        (film_audio, "encode_audio"),
        (film_video, "encode_footage"),
        (film_video, "draw_poster"),
        (render_film, "check_poster"),
    ],
    ids=["sound", "pictures", "poster", "check"],
)
def test_all_new_files_or_none(
    video: StoryFolder, monkeypatch: pytest.MonkeyPatch, faulty_module: ModuleType, step: str
) -> None:
    make_film(video)
    before, names_before = made(video), names(video)

    def fail(*_arguments: object, **_options: object) -> None:
        raise NoRoom("There is no room.", "Free some.")

    monkeypatch.setattr(faulty_module, step, fail)
    with pytest.raises(CarerStoriesError):
        make_film(video, picture="shown")
    assert made(video) == before
    assert names(video) == names_before


def test_what_a_killed_run_left_of_another_film_is_cleared_away(video: StoryFolder) -> None:
    left = video.root / ".film.new-killed"
    left.mkdir()
    (left / "film.mp4").write_bytes(b"half")
    make_film(video)
    assert not left.exists()


def test_what_a_killed_run_finished_is_gone_on_with(
    video: StoryFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_film(video)
    finished = made(video)
    bench = StoryFolder(video.root / f".film.new-{film_spec_of(video).key}")
    bench.root.mkdir()
    bench.audio.write_bytes(finished["audio.m4a"])

    def never(*_arguments: object, **_options: object) -> None:
        raise AssertionError("the sound was made already")

    monkeypatch.setattr(film_audio, "encode_audio", never)
    make_film(video)
    assert made(video) == finished
    assert not bench.root.exists()


def test_one_film_at_a_time(video: StoryFolder) -> None:
    with FileLock(video.root / ".film.lock"), pytest.raises(Busy):
        make_film(video)


def test_silence_and_missing_recordings_are_said(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no recording"):
        make_film(StoryFolder(tmp_path / "cs-4k7m2q"))
    story_id = sample_media.agreed_story(workspace)
    import_recording(workspace, story_id, sample_media.silent())
    with pytest.raises(BadInput, match="no sound to be heard"):
        make_film(workspace.story(story_id))
    assert made(workspace.story(story_id)) == {}


def test_a_poster_with_a_comment_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "poster.jpg"
    Image.new("RGB", (32, 32)).save(path, comment=b"Ann Example")
    with pytest.raises(Damaged, match="comment"):
        check_poster(path)
