"""The sound as the station’s page tells of it: judged as a listener would, within two seconds."""

from __future__ import annotations

import base64
import json
import wave
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest

from capture.media.packets import packet_digests
from library.core.workspace import Workspace
from tests.support import flash_and_beep, sample_media
from tests.support.fake_microphones import FAKE_MICROPHONES, TWO
from tests.support.live_station import StationProcess, station_process, until
from tests.support.station_page import (
    Window,
    go_to_camera,
    keep_recording,
    only_session,
    open_window,
    record_from_camera,
    settled_session,
    start_recording,
)
from tests.support.synthetic_sound import SOUND_RATE, decibels, noise, syllables

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SECONDS = 5.0
JUDGE = """
async (sounds) => {
  const { Gauge, verdict } = await import("/assets/sound-meter.js");
  const judged = (channels) => {
    const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    const arrays = channels.map((text) => Float32Array.from(
      new Int16Array(bytes(text).buffer), (one) => one / 32768));
    const [gauge, blocks] = [new Gauge(), []];
    for (let at = 0; at + 4800 <= arrays[0].length; at += 4800) {
      blocks.push(gauge.measured(arrays.map((one) => one.subarray(at, at + 4800)), 48000));
    }
    return verdict(blocks);
  };
  return Object.fromEntries(Object.entries(sounds).map(
    ([name, channels]) => [name, judged(channels)]));
}
"""
# What a meter tells, with the seconds since its part began, of a voice in parts: [dB, seconds, how
# long it is let through and how long not].
WATCH = """
async (parts) => {
  const { Meter } = await import("/assets/sound-meter.js");
  const [meter, told] = [new Meter(), []];
  let [at, hiss, last] = [0, 1, ""];
  const sample = (gain, [open, shut]) => {
    const turn = 2 * Math.PI * (at += 1) / 48000;
    const swell = Math.max(0, Math.sin(1.5 * turn)) ** 2;
    const buzz = [1, 2, 3, 4, 5].reduce((sum, tone) => sum + Math.sin(130 * tone * turn) / tone, 0);
    hiss = (hiss * 16807) % 2147483647;
    if ((at / 48000) % (open + shut) > open) return 0;
    return gain * (0.12 * swell * buzz + 0.0006 * (hiss / 1073741823 - 1));
  };
  for (const [level, seconds, gate] of parts) {
    const gain = level === null ? 0 : 10 ** (level / 20);
    const tells = [];
    for (let block = 1; block <= seconds * 10; block += 1) {
      const samples = Float32Array.from({ length: 4800 }, () => sample(gain, gate));
      const { alarm } = meter.add([samples], 48000);
      if (alarm && alarm !== last) tells.push([alarm, block / 10]);
      last = alarm;
    }
    told.push(tells);
  }
  return told;
}
"""
ALWAYS, GATE = (1.0, 0.0), (0.7, 0.7)


@pytest.fixture
def station(workspace: Workspace) -> Iterator[StationProcess]:
    sample_media.agreed_story(workspace)
    with station_process(workspace) as process:
        yield process


def at_level(sound: Any, dbfs: float) -> Any:
    return sound * 10 ** ((dbfs - decibels(sound)) / 20)


def hum(dbfs: float) -> Any:
    times = np.arange(int(SECONDS * SOUND_RATE)) / SOUND_RATE
    tones = [np.sin(2 * np.pi * 50 * tone * times) / tone for tone in (1, 2, 3)]
    return at_level(np.sum(tones, axis=0), dbfs)


def in_a_room(sound: Any, seconds_to_die: float, direct_db: float) -> Any:
    """Return the sound with its room; `direct_db` is the voice itself against the room’s answer."""
    count = int(seconds_to_die * SOUND_RATE)
    tail = noise(seconds_to_die, seed=7) * 10 ** (-3 * np.arange(count) / count)
    size = len(sound) + count
    answer = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(tail, size), size)[: len(sound)]
    return at_level(sound, direct_db) + at_level(answer, 0)


def muted(sound: Any, start: float, end: float, *, ramp: float = 0.005) -> Any:
    """Return the sound without a stretch of it, in seconds, at whose edges it swells or dies."""
    times = np.arange(len(sound)) / SOUND_RATE
    heard = np.interp(times, [start - ramp, start, end, end + ramp], [1.0, 0.0, 0.0, 1.0])
    return sound * heard


def pcm(sound: Any) -> bytes:
    return bytes(np.round(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def wav_file(to: Path, sound: Any) -> Path:
    with wave.open(str(to), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SOUND_RATE)
        file.writeframes(pcm(sound))
    return to


def test_a_voice_is_judged_as_a_listener_would(station: StationProcess, tmp_path: Path) -> None:
    """A whisper of −65 dBFS is not made louder by the browser, and not called good."""
    voice, room = syllables(SECONDS, pitch=120), at_level(noise(SECONDS), -68)
    near, nothing = at_level(voice, -30), np.zeros_like(voice)
    times = np.arange(len(voice)) / SOUND_RATE
    tone = at_level(np.sin(2 * np.pi * 440 * times), -20)
    quietest = np.random.default_rng(2).integers(-1, 2, len(voice)) / 32767
    expected: dict[str, tuple[list[Any], set[str]]] = {
        "near": ([near + room], {"good"}),
        "on one channel alone": ([near + room, nothing], {"good"}),
        "whispering": ([at_level(voice, -65) + at_level(room, -85)], {"quiet"}),
        "whispering into nothing": ([at_level(voice, -65)], {"quiet"}),
        "over a fan": ([near + at_level(noise(SECONDS), -44)], {"noisy"}),
        "across the room": ([at_level(in_a_room(voice, 0.8, -8), -32) + room], {"far", "noisy"}),
        "over a hum": ([near + room + hum(-45)], {"hum"}),
        "a hum": ([hum(-50) + room], {"hum"}),
        "too loud": ([at_level(voice, -3)], {"loud"}),
        "cut off before it came": ([np.clip(at_level(voice, -12), -0.4, 0.4)], {"loud"}),
        "nothing at all": ([nothing], {"dead"}),
        "the last bit": ([quietest], {"dead"}),
        "an empty room": ([room], {"nothing"}),
        "a tone": ([tone], {"steady"}),
        "a tone after a mute": ([muted(tone, 1.5, 3.5)], {"steady"}),
        "a tone after a soft mute": ([muted(tone, 1.5, 3.5, ramp=0.15)], {"steady"}),
        "a tone after a short mute": ([muted(tone, 3.5, 4.0)], {"steady"}),
        "a fan after a mute": ([muted(at_level(room, -40), 1.0, 3.0)], {"steady"}),
        "an empty room after a mute": ([muted(room, 1.5, 3.5)], {"nothing"}),
        "a voice after a mute": ([muted(near + room, 2.0, 3.5)], {"good"}),
        "a voice in the room after a mute": (
            [muted(at_level(in_a_room(voice, 0.8, -8), -32) + room, 2.0, 3.5)],
            {"far", "noisy"},
        ),
    }
    sounds = {
        name: [base64.b64encode(pcm(channel)).decode() for channel in channels]
        for name, (channels, _) in expected.items()
    }
    whisper = wav_file(tmp_path / "whisper.wav", at_level(voice, -65) + at_level(room, -85))
    with open_window(station.page, microphone=whisper) as window:
        judged = window.page.evaluate(JUDGE, sounds)
        hints = {name: verdict["hint"] for name, verdict in judged.items()}
        wrong = {
            name: hints[name] for name, (_, one_of) in expected.items() if hints[name] not in one_of
        }
        assert not wrong
        assert "Move the microphone closer" in judged["across the room"]["advice"]
        assert judged["near"]["level"] == pytest.approx(-28, abs=3), "the pauses do not count"
        assert judged["near"]["noise"] == pytest.approx(-68, abs=2)
        what_has_died_is_told_of_at_once(window)
        go_to_camera(window)
        assert settings_of_microphone(window)["autoGainControl"] is False
        window.page.locator(".level-words", has_text="Very quiet").wait_for()
        window.press("Record a test of 5 seconds")
        window.page.locator(
            ".judged", has_text="You are very quiet. Move the microphone closer"
        ).wait_for()
        assert window.complaints == []


def what_has_died_is_told_of_at_once(window: Window) -> None:
    """Within two seconds, after silences too; to unmute is no falling away."""

    def told(*parts: tuple[float | None, float, tuple[float, float]]) -> list[list[Any]]:
        return list(window.page.evaluate(WATCH, parts))

    # A faint voice in a room below the last bit; its pauses are no exact zeros.
    *before, died = told((-25, 8, ALWAYS), (0, 5, ALWAYS), (None, 3, ALWAYS))
    assert before == [[], []]
    ((alarm, seconds),) = died
    assert (alarm, seconds <= 1.5) == ("dead", True)
    *before, died = told((0, 8, GATE), (None, 0.7, GATE), (0, 4, GATE), (None, 7, GATE))
    assert before == [[], [], []]
    assert [alarm for alarm, _ in died] == ["gated", "dead"]
    assert died[0][1] <= 1.6
    for seconds in (0.8, 2.0):
        assert told((0, 9.3, ALWAYS), (None, seconds, ALWAYS), (0, 3, ALWAYS))[2] == []
    ((alarm, seconds),) = told((0, 8, ALWAYS), (None, 4, ALWAYS), (-40, 3, ALWAYS))[2]
    assert (alarm, seconds <= 1.6) == ("fell", True)


def settings_of_microphone(window: Window) -> dict[str, Any]:
    return dict(window.page.evaluate("seen.streams.at(-1).getAudioTracks()[0].getSettings()"))


def test_a_dead_or_changed_microphone_is_told_of_in_two_seconds(
    station: StationProcess,
) -> None:
    with open_window(station.page) as window:
        window.page.evaluate(f"({FAKE_MICROPHONES})({TWO!r})")
        go_to_camera(window)
        nothing_is_gone_on_from_only_by_choice(window)
        record_from_camera(window)
        # So long that its room is known.
        window.wait_until_recorded(5_000)
        assert alarmed(window, "level(null)", "No sound at all comes from the microphone") <= 2_000
        told_no_more(window, "level(0)", "No sound at all")
        window.wait_on_page_clock(3_500)
        assert alarmed(window, "level(-40)", "much fainter than before") <= 2_000
        told_no_more(window, "level(0)", "much fainter")
        more = {**TWO, "headset": "Headset"}
        assert (
            alarmed(window, f"plug({more!r})", "Another microphone is there now: “Headset”")
            <= 2_000
        )
        window.press("I have looked")
        switch = "tracks.at(-1).id_here = 'usb'"
        assert alarmed(window, switch, "The sound now comes from “USB microphone”") <= 2_000
        window.press("I have looked")
        a_sleeping_context_is_no_silence(window)
        gone = {"headset": "Headset"}
        assert alarmed(window, f"plug({gone!r})", "“USB microphone” is not there any more") <= 2_000
        assert only_session(station.page)["take"] == 1
        window.press("Use “Headset”")
        until(lambda: only_session(station.page)["take"] == 2)
        window.wait_for_state("Recording")
        assert settings_of_microphone(window)["deviceId"] == "headset"
        window.wait_until_recorded(1_500)
        window.press_below("Stop")
        window.wait_for_heading("The recording has stopped")
        takes = settled_session(station.page, "stopped")["takes"]
        assert [take["ended"] for take in takes] == ["next", "stopped"]
        assert window.complaints == []


def nothing_is_gone_on_from_only_by_choice(window: Window) -> None:
    on = window.page.get_by_role("button", name="Next", exact=True)
    without = window.page.get_by_role("button", name="Go on without sound")
    assert on.is_visible()
    window.page.evaluate("fakeMicrophones.level(null)")
    without.wait_for()
    assert not on.is_visible()
    window.press("Record a test of 5 seconds")
    window.page.locator(".judged", has_text="No sound at all comes from the microphone.").wait_for()
    window.page.evaluate("fakeMicrophones.level(0)")
    window.page.locator(".level:not([data-hint=dead])").wait_for()
    assert without.is_visible(), "the test has heard nothing all the same"
    window.press("Record another test")
    # Of a busy machine’s made-up sound more is not asked.
    window.page.locator(".judged:not([data-hint=dead], [data-hint=nothing])").wait_for()
    assert on.is_visible()
    assert not without.is_visible()


def alarmed(window: Window, deed: str, text: str) -> float:
    """Milliseconds until the page says it loudly, after what was done to the microphones."""
    waited = window.page.evaluate(
        f"(text) => {{ fakeMicrophones.{deed}; return fakeMicrophones.until(text); }}", text
    )
    assert waited is not None, text
    return float(waited)


def told_no_more(window: Window, deed: str, text: str) -> None:
    window.page.evaluate(f"fakeMicrophones.{deed}")
    window.page.get_by_role("alert").get_by_text(text).wait_for(state="detached")


def a_sleeping_context_is_no_silence(window: Window) -> None:
    """While it sleeps, the sound is measured all the same, and a dead microphone is told of."""
    window.page.evaluate("fakeMicrophones.contexts.at(-1).suspend()")
    window.wait_on_page_clock(3_500)
    assert window.page.locator("#alerts").inner_text() == ""
    assert "Not measured" not in window.page.locator(".level-words").inner_text()
    assert alarmed(window, "level(null)", "No sound at all comes from the microphone") <= 2_000
    told_no_more(window, "level(0)", "No sound at all")
    window.page.keyboard.press("Shift")
    until(lambda: window.page.evaluate("fakeMicrophones.contexts.at(-1).state") == "running")


def test_lossless_sound_is_kept_on_the_picture_s_clock(
    workspace: Workspace, station: StationProcess
) -> None:
    """FLAC comes first, Opus stays beside it, and a beep is in both where the flash is seen.

    On a machine so busy that the samples are doubted, Opus is kept alone: it is recorded again.
    """
    for again in range(3):
        if again:
            sample_media.agreed_story(workspace)
        kept = kept_with_flashes_and_beeps(workspace, station)
        kinds = [name for name, _ in packet_digests(kept) if name.startswith("a:")]
        if kinds != ["a:opus"]:
            break
    assert kinds == ["a:flac", "a:opus"]
    seen = flash_and_beep.measured(kept)
    assert len(seen.beeps[0]) == len(seen.beeps[1]) >= 7
    assert max(map(abs, seen.between_tracks())) <= 20
    assert len(seen.offsets()) >= 5
    assert abs(median(seen.offsets())) <= 120, seen.offsets()


def kept_with_flashes_and_beeps(workspace: Workspace, station: StationProcess) -> Path:
    """Record the only story without a recording, with a pause; return the file that is kept."""
    before = set(workspace.stories.glob("*/sessions/*"))
    with open_window(station.page) as window:
        window.page.evaluate(f"({flash_and_beep.FLASH_AND_BEEP})()")
        start_recording(window)
        window.wait_until_recorded(4_500)
        window.press_below("Pause")
        window.wait_for_state("Paused")
        window.wait_on_page_clock(700)
        window.press_below("Go on")
        window.wait_for_state("Recording")
        window.wait_on_page_clock(4_500)
        window.press_below("Stop")
        window.wait_for_heading("The recording has stopped")
        (session,) = set(workspace.stories.glob("*/sessions/*")) - before
        lines = [json.loads(line) for line in (session / "journal.jsonl").open()]
        sound = [line for line in lines if line["do"] == "sound"]
        assert sum(line["bytes"] for line in sound) == (session / "take-1.pcm").stat().st_size
        keep_recording(window)
        assert window.complaints == []
    assert [path.name for path in session.iterdir()] == ["journal.jsonl"]
    (kept,) = session.parents[1].glob("original/*.mkv")
    return kept


def test_what_measures_offsets_and_gaps_is_right(tmp_path: Path) -> None:
    """Four pictures of 150 are left out; each beep comes 80 ms after the picture of its flash."""
    made = tmp_path / "made.mkv"
    flashes = "color=black:s=320x180:r=25:d=6,drawbox=c=white:t=fill:enable='gte(mod(t,1),0.5)'"
    beeps = "aevalsrc='0.3*sin(880*PI*t)*gte(mod(t-0.1,1),0.5)*gte(t,0.1)':s=48000:d=6"
    sample_media.ffmpeg(
        *("-f", "lavfi", "-i", f"{flashes},select='not(between(n,40,43))'"),
        *("-f", "lavfi", "-i", beeps, "-fps_mode", "vfr", "-c:v", "ffv1", "-c:a", "flac", made),
    )
    seen = flash_and_beep.measured(made)
    assert seen.missing == 4
    assert seen.longest_gap == pytest.approx(200, abs=2)
    assert seen.offsets() == pytest.approx([80] * 4, abs=2)
