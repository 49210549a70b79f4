"""The station in Debian's Firefox: what another engine may do differently.

One Firefox with a camera and microphone of its own making, and one station.
"""

from __future__ import annotations

import base64
import io
import json
import shutil
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from capture.media.sound.raw_sound import SOUND_RATE
from capture.recording.originals import read_manifest
from capture.recording.session_markers import read_session
from capture.station.server import running_station
from library.consent.stories import read_history
from library.core import files
from library.core.workspace import Workspace
from library.local_page.guard import HOST
from tests.support import sample_media
from tests.support.firefox import Firefox, running_firefox
from tests.support.interview_room import NOT_ON_SCREEN, SETTLED, write_long_questions
from tests.support.live_station import StationClient, StationProcess, station_process, until
from tests.support.quick_stories import agree_to
from tests.support.station_page import WALK_FORM
from tests.support.synthetic_sound import decibels, noise, syllables
from tests.support.workspaces import make_workspace

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FAKE_DEVICES = {
    "media.navigator.permission.disabled": True,
    "media.navigator.streams.fake": True,
    # Each picture costs encoding and painting; nothing here is about how many there are.
    "media.navigator.video.default_fps": 5,
}
WINDOWS = [(1280, 800, 2), (1024, 768, 1), (390, 844, 1), (320, 568, 1)]
"""Width and height in pixels of the screen, and the zoom."""
NAMED_MICROPHONES = """(names, sounds = {}) => {
  const players = [];
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  const named = (track, id) => {
    Object.assign(track, { id_here: id, getSettings: () => ({ deviceId: track.id_here }) });
    const label = () => fake.names[track.id_here] ?? track.id_here;
    Object.defineProperty(track, "label", { get: label });
  };
  const fake = window.microphones = { names, plug(now) {
    fake.names = now;
    navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
  } };
  const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const playing = async (id) => {
    const player = new Audio(URL.createObjectURL(new Blob([bytes(sounds[id])])));
    player.loop = true;
    const captured = player.mozCaptureStream(); // it is heard by nobody, and needs no loudspeaker
    await player.play();
    players.push(player);
    return captured.getAudioTracks();
  };
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const id = wanted.audio?.deviceId?.exact || Object.keys(fake.names)[0];
    window.heard = await real({ ...wanted, audio: Boolean(wanted.audio) });
    const own = sounds[id] ? await playing(id) : heard.getAudioTracks();
    window.heard = new MediaStream([...own, ...heard.getVideoTracks()]);
    for (const track of heard.getAudioTracks()) named(track, id);
    return heard;
  };
  navigator.mediaDevices.enumerateDevices = async () => Object.entries(fake.names).map(
    ([deviceId, label]) => ({ kind: "audioinput", deviceId, label, groupId: deviceId }));
}"""
"""Gives names to Firefox's one made-up microphone, called with {id: name}, the default first.

`microphones.plug({id: name})` is what there is from now on. Those with a sound, {id: a file in
base64}, let that be heard again and again.
"""
BUILT_IN = {"built-in": "Built-in microphone"}
WITH_USB = {**BUILT_IN, "usb": "USB microphone"}
PULLED_OUT = """() => {
  const [microphone] = heard.getAudioTracks();
  microphone.stop();
  microphone.dispatchEvent(new Event("ended"));
}"""
MUTE = "(on) => { heard.getAudioTracks()[0].enabled = on; }"
SAID_AFTER = """async (text) => {
  const begun = performance.now();
  const alerts = document.getElementById("alerts");
  while (performance.now() - begun < 6000) {
    if (alerts.textContent.includes(text)) return performance.now() - begun;
    await new Promise((done) => { setTimeout(done, 20); });
  }
  return null;
}"""
"""A function of the page: milliseconds until it says so loudly, or null after six seconds."""
AT_CAMERA = "document.querySelector('h1').textContent === 'Camera and sound'"
FILMED = """() => {
  Object.assign(window, { opened: 0, filmed: 0 });
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const stream = await open(wanted);
    window.opened += 1;
    window.filmed += Boolean(wanted.video) || stream.getVideoTracks().length;
    return stream;
  };
}"""
"""A function of the page: from now on `opened` counts streams, `filmed` those with a picture."""
SHOWN = """(text, kind) => [...document.querySelectorAll(kind)].find((e) => e.checkVisibility()
  && !e.disabled && e.getAttribute("aria-disabled") !== "true"
  && e.textContent.trim().startsWith(text))"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = make_workspace(tmp_path_factory.mktemp("firefox") / "library")
    write_long_questions(workspace)
    sample_media.agreed_story(workspace)
    return workspace


@pytest.fixture(scope="module")
def station(library: Workspace) -> Iterator[StationProcess]:
    with station_process(library) as process:
        yield process


@pytest.fixture(scope="module")
def firefox() -> Iterator[Firefox]:
    with running_firefox(FAKE_DEVICES) as started:
        yield started


def press(firefox: Firefox, text: str, kind: str = "button") -> None:
    """Press what begins with these words, as soon as it is there and can be pressed."""
    firefox.wait_until(f"(...given) => Boolean(({SHOWN})(...given))", text, kind)
    firefox.evaluate(f"(...given) => ({SHOWN})(...given).click()", text, kind)


def wait_for_state(firefox: Firefox, words: str) -> None:
    firefox.wait_until(
        "(words) => document.getElementById('state')?.textContent.startsWith(words)", words
    )


def test_an_interview_fits_every_window_counts_down_and_a_stop_asks(
    firefox: Firefox, station: StationProcess
) -> None:
    client = station.page
    firefox.start_afresh()
    firefox.open(f"http://{HOST}:{client.port}/#{client.token}")
    firefox.evaluate(NAMED_MICROPHONES, BUILT_IN)
    press(firefox, "Begin a new recording")
    press(firefox, "A story that is prepared already", "label")
    press(firefox, "Next")
    press(firefox, "Picture and voice", "label")
    press(firefox, "They still want to be recorded today", "label")
    press(firefox, "Next")
    firefox.wait_until("document.querySelector('h1').textContent === 'Camera and sound'")
    firefox.wait_until("Boolean(window.heard)")
    firefox.evaluate(MUTE, False)
    on_without = f"({SHOWN})('Go on without sound', 'button') && !({SHOWN})('Next', 'button')"
    firefox.wait_until(f"Boolean({on_without})")
    firefox.evaluate(MUTE, True)
    press(firefox, "Next")
    press(firefox, "Well enough", "label")
    press(firefox, "Count down before it records", "label")
    press(firefox, "Start recording")
    firefox.wait_until("document.querySelector('dialog.countdown')?.open")
    press(firefox, "Cancel")
    firefox.wait_until("document.getElementById('live').textContent.startsWith('Cancelled.')")
    press(firefox, "Start recording")
    wait_for_state(firefox, "Recording")
    firefox.evaluate("localStorage.removeItem('station-countdown')")
    wrong = []
    for _ in ("en", "ar", "de"):
        press(firefox, "Next", ".ways button")
        for width, height, zoom in WINDOWS:
            firefox.zoom(zoom)
            firefox.resize(width, height)
            firefox.evaluate(SETTLED)
            wrong += [f"{(width, height, zoom)}: {f}" for f in firefox.evaluate(NOT_ON_SCREEN)]
    assert wrong == []
    a_muted_microphone_is_told_of_where_the_browser_s_sound_sleeps(firefox)
    a_changed_microphone_is_told_of_in_two_seconds(firefox)
    a_firefox_that_is_too_slow_is_told_of(firefox, client)
    firefox.press("x")
    firefox.wait_until("document.querySelector('.stop-dialog').open")
    wait_for_state(firefox, "Recording")
    press(firefox, "Yes, stop")
    firefox.wait_until("document.querySelector('h1').textContent === 'The recording has stopped'")
    press(firefox, "Listen to it first", "summary")
    firefox.wait_until("document.querySelector('.played video')?.readyState > 0")
    what_cannot_be_played_is_told(firefox, station)


def what_cannot_be_played_is_told(firefox: Firefox, station: StationProcess) -> None:
    """It depends on why: there may be no loudspeaker, or no station."""
    told = "document.querySelector('.listen .amiss')?.textContent"
    fails = "document.querySelector('.played video').dispatchEvent(new Event('error'))"
    firefox.evaluate(fails)
    firefox.wait_until(f"{told}?.includes('Has this computer a loudspeaker')")
    station.kill()
    firefox.evaluate(fails)
    firefox.wait_until(f"{told}?.includes('Was it started again meanwhile?')")
    station.start()


def a_muted_microphone_is_told_of_where_the_browser_s_sound_sleeps(firefox: Firefox) -> None:
    """This machine has no loudspeaker, so that no AudioContext wakes; its tone is steady."""
    assert firefox.evaluate("new AudioContext().state") == "suspended"
    steady = "document.querySelector('.level-words').textContent === 'A steady sound'"
    firefox.wait_until(steady)
    firefox.evaluate(MUTE, False)
    waited = firefox.evaluate(SAID_AFTER, "No sound at all comes from the microphone")
    assert waited is not None
    assert waited <= 2_000
    firefox.evaluate(MUTE, True)
    firefox.wait_until("document.getElementById('alerts').textContent === ''")
    firefox.wait_until(steady)


def a_changed_microphone_is_told_of_in_two_seconds(firefox: Firefox) -> None:
    plug = "microphones.plug({})"
    deeds = (
        (plug.format(json.dumps(WITH_USB)), "Another microphone is there now: “USB microphone”"),
        ("heard.getAudioTracks()[0].id_here = 'usb'", "now comes from “USB microphone”"),
        (plug.format(json.dumps(BUILT_IN)), "“USB microphone” is not there any more"),
    )
    for deed, words in deeds:
        waited = firefox.evaluate(
            f"async (text) => {{ {deed}; return ({SAID_AFTER})(text); }}", words
        )
        assert waited is not None, words
        assert waited <= 2_000, words
    press(firefox, "Use “Built-in microphone”")
    firefox.wait_until("heard.getAudioTracks()[0].id_here === 'built-in'")
    firefox.wait_until("document.getElementById('alerts').textContent === ''")
    wait_for_state(firefox, "Recording")


def test_sleep_and_a_second_window_are_told_as_they_are(
    firefox: Firefox, station: StationProcess, library: Workspace
) -> None:
    """Firefox closes up the sound around a stretch in which it stood still, and not the picture.

    The next take begins with both together.
    """
    client = station.page
    session = client.agreed_session(sample_media.agreed_story(library), "asleep")
    path = f"/api/sessions/{session}"
    client.post(f"{path}/leave")
    firefox.start_afresh()
    firefox.open(f"http://{HOST}:{client.port}/#{client.token}")
    firefox.evaluate(NAMED_MICROPHONES, BUILT_IN)
    press(firefox, "Go on with it")
    firefox.wait_until("document.querySelector('h1').textContent === 'Camera and sound'")
    press(firefox, "Next")
    press(firefox, "Well enough", "label")
    press(firefox, "Start recording")
    wait_for_state(firefox, "Recording")
    until(lambda: client.get(path).data["safe"] > 1_000)
    assert client.post(f"{path}/delete", confirm=True).code == "recording-elsewhere"
    a_second_window_cannot_delete_what_is_recorded(firefox)
    # They speak up while the next take is about to begin.
    firefox.evaluate(
        "() => { const state = document.getElementById('state');"
        " const look = new MutationObserver(() => {"
        " if (!state.textContent.startsWith('Getting ready')) return;"
        " look.disconnect(); document.querySelector('.mind-button').click(); });"
        " look.observe(state, { childList: true, characterData: true, subtree: true }); }"
    )
    with firefox.standing_still():
        time.sleep(4)
        told = client.get(path).data
        assert (told["owner"], told["returning"]) == ("other", 0), "it sleeps, and is there"
    firefox.wait_until("document.getElementById('alerts').innerText.includes('stood still')")
    until(lambda: client.get(path).data["take"] == 2)
    wait_for_state(firefox, "Paused")
    until(lambda: client.get(path).data["state"] == "paused")
    press(firefox, "Go back: nothing changes", "dialog.over button")
    press(firefox, "Go on", ".ways button")
    until(lambda: client.get(path).data["takes"][1]["safe"] > 1_500)
    a_killed_station_and_a_pulled_plug_are_told_as_they_are(firefox, station, path)
    press(firefox, "Stop", ".ways button")
    press(firefox, "Yes, stop")
    firefox.wait_until("document.querySelector('h1').textContent === 'The recording has stopped'")
    stopped = station.page.get(path).data
    said = firefox.evaluate("document.querySelector('main').innerText")
    assert f"{stopped['safe'] // 1000} seconds are safe" in said
    assert 3_000 <= stopped["lost"] + stopped["empty"] <= 6_000
    assert "the computer stood still" in said
    (take,) = library.stories.glob(f"*/sessions/{session}/take-2.webm")
    with av.open(str(take)) as container:
        ends = {
            packet.stream.type: packet.pts * packet.time_base
            for packet in container.demux()
            if packet.pts is not None
        }
    assert abs(ends["video"] - ends["audio"]) < 1, "sound and picture go together"
    firefox.reload()
    ended = "The station of this window has ended."
    firefox.wait_until(f"document.querySelector('h1')?.textContent === '{ended}'")
    family = firefox.evaluate("getComputedStyle(document.body).fontFamily")
    assert "Atkinson" in family, "it looks as the station does"
    after_a_crash_nobody_is_said_to_record(firefox, station)


def test_nobody_is_filmed_whose_voice_alone_is_agreed_to(firefox: Firefox, tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "library")
    story = sample_media.agreed_story(workspace)
    with station_process(workspace) as station:
        client = station.page
        session = client.agreed_session(story, "narrowed")
        client.post(f"/api/sessions/{session}/leave")
        agree_to(workspace, story, "voice")
        firefox.start_afresh()
        firefox.open(f"http://{HOST}:{client.port}/#{client.token}")
        firefox.evaluate(FILMED)
        press(firefox, "Go on with it")
        firefox.wait_until(AT_CAMERA)
        firefox.wait_until(f"Boolean(({SHOWN})('Next', 'button'))")
        assert firefox.evaluate("[filmed, opened > 0]") == [0, True], "no camera is opened"
        assert "No picture is recorded." in firefox.evaluate("document.body.innerText")
        # Both are agreed to again: nobody need look for a button.
        agree_to(workspace, story, "picture-and-voice")
        firefox.reload()
        press(firefox, "Go on with it")
        firefox.wait_until(AT_CAMERA)
        firefox.wait_until("Boolean(document.querySelector('video.picture').srcObject)")
        press(firefox, "Next")
        press(firefox, "Well enough", "label")
        press(firefox, "Start recording")
        wait_for_state(firefox, "Recording")
        until(lambda: client.get(f"/api/sessions/{session}").data["safe"] > 1_000)
        agree_to(workspace, story, "voice")
        firefox.wait_until(
            "document.body.innerText.includes('They agreed to be heard and no more seen')"
        )
        firefox.evaluate(FILMED)
        press(firefox, "Stop", ".ways button")
        firefox.wait_until(
            "document.body.innerText.includes('kept is the sound, and the picture is deleted')"
        )
        press(firefox, "Go on recording")
        firefox.wait_until(AT_CAMERA)
        firefox.wait_until("opened > 0")
        assert firefox.evaluate("filmed") == 0


def safe_everywhere(client: StationClient) -> int:
    """Return the milliseconds of all unfinished sessions that are on the disk."""
    return sum(session["safe"] for session in client.get("/api/sessions").data)


def until_more_is_safe(client: StationClient) -> None:
    before = safe_everywhere(client)
    until(lambda: safe_everywhere(client) > before + 500)


def after_a_crash_nobody_is_said_to_record(firefox: Firefox, station: StationProcess) -> None:
    """Station and window are gone at once, and the next window just goes on."""
    for is_crash in (True, False):
        firefox.start_afresh()
        firefox.open(f"http://{HOST}:{station.page.port}/#{station.page.token}")
        firefox.evaluate(
            "() => { window.seen = [];"
            " new MutationObserver(() => seen.push(document.body.innerText))"
            ".observe(document.body, { subtree: true, childList: true, characterData: true }); }"
        )
        press(firefox, "Go on recording")
        press(firefox, "Next")
        press(firefox, "Go on recording")
        wait_for_state(firefox, "Recording")
        wrong = "seen.filter((text) => /another (window|tab)|somewhere else/.test(text))"
        assert firefox.evaluate(wrong) == []
        until_more_is_safe(station.page)
        if is_crash:
            station.kill()
            firefox.open("about:blank")
            station.start()
    press(firefox, "Stop", ".ways button")
    press(firefox, "Yes, stop")
    firefox.wait_until("document.querySelector('h1').textContent === 'The recording has stopped'")


def a_second_window_cannot_delete_what_is_recorded(firefox: Firefox) -> None:
    first = firefox.current_window()
    firefox.evaluate("void window.open(location.href)")
    (second,) = set(firefox.windows()) - {first}
    firefox.switch_to(second)
    recorded = "document.body.innerText.includes('It is being recorded in another window now')"
    firefox.wait_until(f"document.readyState === 'complete' && {recorded}")
    is_it = "(one) => one.innerText.includes('in another window now')"
    card = f"[...document.querySelectorAll('article')].find({is_it})"
    buttons = firefox.evaluate(f"[...{card}.querySelectorAll('button')].map((b) => b.textContent)")
    assert buttons == ["Take over here"], "neither deleted nor gone on with"
    firefox.close_window()
    firefox.switch_to(first)
    wait_for_state(firefox, "Recording")


def a_killed_station_and_a_pulled_plug_are_told_as_they_are(
    firefox: Firefox, station: StationProcess, path: str
) -> None:
    """Whatever happens, state line and alerts say the same, and nothing is lost."""
    alerts = "document.getElementById('alerts').innerText"
    station.kill()
    firefox.wait_until(f"{alerts}.includes('The station on this computer is not answering')")
    wait_for_state(firefox, "Waiting")
    assert "being recorded" not in firefox.evaluate(alerts)
    station.start()
    firefox.wait_until("document.querySelector('.on-disk').textContent === 'All saved'")
    wait_for_state(firefox, "Recording")
    assert "not answering" not in firefox.evaluate(alerts)
    firefox.evaluate(PULLED_OUT)
    firefox.wait_until(f"{alerts}.includes('The microphone had gone for a moment.')")
    until(lambda: station.page.get(path).data["take"] == 3)
    wait_for_state(firefox, "Recording")
    firefox.wait_until(f"{alerts}.includes('It is being recorded again.')")


def a_firefox_that_is_too_slow_is_told_of(firefox: Firefox, client: StationClient) -> None:
    """It makes less sound than time goes by, and says so nowhere; its parts come as ever."""
    for _ in range(8):
        with firefox.standing_still():
            time.sleep(0.7)
        time.sleep(0.4)
    alerts = "document.getElementById('alerts').innerText"
    firefox.wait_until(f"{alerts}.includes('This computer is too slow just now')")
    assert firefox.evaluate("document.querySelector('.on-disk').textContent") != "All saved"
    before = safe_everywhere(client)
    press(firefox, "Sensitive")
    marked = until(
        lambda: [
            one
            for one in client.get("/api/sessions").data
            if any(marker["kind"] == "sensitive" for marker in one["markers"])
        ]
    )
    (session,) = marked
    earlier = sum(take["safe"] for take in session["takes"][:-1])
    at, after = session["markers"][-1]["at"], session["takes"][-1]["safe"]
    assert before - earlier - 1_500 <= at <= after + 1_500, "a mark stands where it is heard"


def tab_of(firefox: Firefox) -> str:
    return str(firefox.evaluate("sessionStorage.getItem('station-tab')"))


def sound_file(sound: Any) -> str:
    """Return sound of 48,000 samples a second as a WAV file in base64."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(SOUND_RATE)
        written.writeframes(np.round(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return base64.b64encode(file.getvalue()).decode()


def test_a_voice_a_change_of_mind_a_full_disk_and_a_talk_over_teams(
    firefox: Firefox, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One window, one after the other: the page says of each what is so, in this engine as well."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "Downloads").mkdir()
    shutil.copy(sample_media.wav(), tmp_path / "Downloads" / "telephone.wav")
    story = sample_media.agreed_story(workspace)
    with running_station(workspace) as running:
        client = StationClient(running.address.port, running.address.token)
        firefox.start_afresh()
        firefox.open(f"http://{HOST}:{client.port}/#{client.token}")
        a_voice_is_judged_and_a_countdown_ends_in_a_recording(firefox)
        until(lambda: client.get("/api/sessions").data[0]["safe"] > 1_000)
        a_change_of_mind_pauses_until_it_is_put_aside(firefox)
        with monkeypatch.context() as patched:
            patched.setattr(files, "free_bytes", lambda _path: 1_000_000)
            a_full_disk_pauses_and_what_came_before_is_told(firefox, client)
        press(firefox, "They have changed their mind")
        press(firefox, "Delete everything of it now", "dialog.over button")
        press(firefox, "Yes, delete it all now", "dialog.over button")
        firefox.wait_until(
            f"document.querySelector('dialog .receipt')?.textContent.includes('{story}')"
        )
        press(firefox, "To the beginning", "dialog.over button")
        assert read_history(workspace, story).whole_withdrawal
        assert not workspace.story(story).root.exists()
        another = sample_media.agreed_story(workspace)
        a_talk_over_teams_is_marked_paused_and_brought_in(firefox, workspace)
    manifest = read_manifest(workspace.story(another))
    assert manifest is not None
    assert [marker.kind for marker in read_session(workspace.story(another).session).markers]


def to_the_agreement_on_record(firefox: Firefox, *more: str) -> None:
    press(firefox, "Begin a new recording")
    for choice in ("A story that is prepared already", *more):
        press(firefox, choice, "label")
    press(firefox, "Next")
    press(firefox, "Picture and voice", "label")
    press(firefox, "They still want to be recorded today", "label")
    press(firefox, "Next")


def a_voice_is_judged_and_a_countdown_ends_in_a_recording(firefox: Firefox) -> None:
    voice, room = syllables(4.0, pitch=120), noise(4.0)

    def mixed(voice_db: float, room_db: float) -> str:
        parts = ((voice, voice_db), (room, room_db))
        return sound_file(sum(one * 10 ** ((db - decibels(one)) / 20) for one, db in parts))

    names = {"far": "A microphone far away", "near": "A microphone near them"}
    sounds = {"far": mixed(-65, -85), "near": mixed(-30, -68)}
    firefox.evaluate(f"(...given) => {{ ({NAMED_MICROPHONES})(...given); }}", names, sounds)
    to_the_agreement_on_record(firefox)
    words = "document.querySelector('.level-words')?.textContent"
    firefox.wait_until(f"{words} === 'Very quiet'")
    press(firefox, "Record a test of 5 seconds")
    firefox.wait_until(
        "document.querySelector('.judged')?.textContent"
        ".startsWith('You are very quiet. Move the microphone closer')"
    )
    # As it is where there is no loudspeaker.
    firefox.evaluate("document.querySelector('.judged + *').dispatchEvent(new Event('error'))")
    cannot = "The test cannot be played on this computer."
    firefox.wait_until(
        "(text) => document.querySelector('.judged ~ [role=alert]').innerText.startsWith(text)",
        cannot,
    )
    firefox.evaluate(
        "() => { const [, select] = document.querySelectorAll('.knobs select');"
        " select.value = 'near'; select.dispatchEvent(new Event('change')); }"
    )
    firefox.wait_until(f"{words} === 'Good'")
    press(firefox, "Next")
    press(firefox, "Well enough", "label")
    press(firefox, "Count down before it records", "label")
    firefox.evaluate(
        "() => { window.counted = []; new MutationObserver(() => {"
        " const word = document.querySelector('.countdown-word')?.textContent;"
        " if (word && counted.at(-1) !== word) counted.push(word); })"
        ".observe(document.body, { subtree: true, childList: true, characterData: true }); }"
    )
    press(firefox, "Start recording")
    wait_for_state(firefox, "Recording")
    assert firefox.evaluate("counted") == ["Three", "Two", "One"]
    firefox.evaluate("localStorage.removeItem('station-countdown')")


def a_change_of_mind_pauses_until_it_is_put_aside(firefox: Firefox) -> None:
    press(firefox, "Change of mind")
    firefox.wait_until(
        "document.querySelector('dialog.over')?.innerText.includes('The recording is paused.')"
    )
    press(firefox, "Go back: nothing changes", "dialog.over button")
    wait_for_state(firefox, "Paused")
    press(firefox, "Go on", ".ways button")
    wait_for_state(firefox, "Recording")


def a_full_disk_pauses_and_what_came_before_is_told(
    firefox: Firefox, client: StationClient
) -> None:
    full = (
        "document.getElementById('alerts').innerText.includes('The disk of this computer is full')"
    )
    firefox.wait_until(full)
    wait_for_state(firefox, "Paused")
    press(firefox, "Go on", ".ways button")
    firefox.wait_until(
        "document.getElementById('live').textContent === 'There is no room on the disk yet.'"
    )
    wait_for_state(firefox, "Paused")
    press(firefox, "Stop", ".ways button")
    press(firefox, "Yes, stop")
    press(firefox, "Finish without the last part")
    firefox.wait_until("document.querySelector('h1').textContent === 'The recording has stopped'")
    (session,) = client.get("/api/sessions").data
    assert f"{session['safe'] // 1000} second" in firefox.evaluate(
        "document.querySelector('.lede').innerText"
    )


def a_talk_over_teams_is_marked_paused_and_brought_in(
    firefox: Firefox, workspace: Workspace
) -> None:
    to_the_agreement_on_record(firefox, "We speak over Teams, Zoom or telephone")
    firefox.wait_until("document.querySelector('h1').textContent === 'Speak from a distance'")
    press(firefox, "Next")
    press(firefox, "Well enough", "label")
    press(firefox, "It is being recorded now: begin")
    wait_for_state(firefox, "Not recorded here: see Teams")
    press(firefox, "Next", ".ways button")
    press(firefox, "Pause", ".ways button")
    firefox.wait_until(
        "document.querySelector('.rest').innerText.includes('This page cannot pause Teams')"
    )
    press(firefox, "Go on", ".ways button")
    wait_for_state(firefox, "Not recorded here: see Teams")
    press(firefox, "Stop", ".ways button")
    press(firefox, "Yes, stop")
    firefox.wait_until("document.querySelector('h1').textContent === 'The talk is over'")
    press(firefox, "Keep it")
    press(firefox, "Yes, keep it")
    press(firefox, "telephone.wav", "label")
    press(firefox, "Bring it in")
    firefox.wait_until("document.querySelector('h1').textContent === 'How are you now?'")


def test_every_page_of_the_agreement_fits_and_back_loses_nothing(
    firefox: Firefox, station: StationProcess
) -> None:
    firefox.start_afresh()
    client = station.page
    for title in ("Nothing came of it", "Nor of this"):
        story = client.post("/api/stories", title=title, questions="being-heard").data["id"]
        empty = client.post("/api/sessions", story=story, key=f"k-{story}").data["id"]
        client.post(f"/api/sessions/{empty}/leave")
    firefox.open(f"http://{HOST}:{client.port}/#{client.token}")
    press(firefox, "2 sessions in which nothing was recorded", "summary")
    press(firefox, "Delete all of them")
    press(firefox, "Yes, delete them")
    firefox.wait_until("!document.querySelector('.empty-sessions')?.checkVisibility()")
    press(firefox, "Begin a new recording")
    press(firefox, "A new story", "label")
    firefox.type("main input[type=text]", "A night call")
    until(lambda: "A night call" in str(client.get(f"/api/drafts?tab={tab_of(firefox)}").data))
    firefox.reload()
    press(firefox, "Begin a new recording")
    title = "() => document.querySelector('main input[type=text]')?.value"
    firefox.wait_until(f"({title})() === 'A night call'")
    press(firefox, "Next")
    firefox.wait_until("document.querySelector('h1').textContent === 'Taking part in a recording'")
    for width, height, zoom in WINDOWS[:3]:
        firefox.zoom(zoom)
        firefox.resize(width, height)
        firefox.evaluate(SETTLED)
        facts = firefox.evaluate(WALK_FORM)
        assert facts["amiss"] == [], (width, height, zoom)
        assert facts["pages"] > 1
        assert "Read it together, or read it out." in facts["first"]
    assert firefox.evaluate(
        "document.querySelectorAll('.form-words input[type=checkbox]:not(:checked)').length === 1"
    ), "all is ticked still, but for what may stay empty"
