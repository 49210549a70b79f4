"""Every form a browser may record in can be kept, whole or torn, as Chromium writes it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import closing

import pytest

from capture.recording.originals import read_manifest
from capture.sessions.finalise import keep_session
from capture.station.server import running_station
from library.core.workspace import Workspace
from tests.support.kept_files import broken_originals
from tests.support.live_station import StationClient, agreed_session
from tests.support.station_page import open_window
from tests.support.workspaces import make_workspace

pytestmark = pytest.mark.browser
FORMS = (
    "video/webm;codecs=h264,opus",
    "video/webm;codecs=vp8,opus",
    "video/webm;codecs=vp9,opus",
    "video/mp4;codecs=vp9,opus",
    "audio/webm;codecs=opus",
)
_RECORD = """async (mime) => {
  if (!MediaRecorder.isTypeSupported(mime)) return null;
  const asked = {video: mime.startsWith("video"), audio: true};
  const stream = await navigator.mediaDevices.getUserMedia(asked);
  const recorder = new MediaRecorder(stream, {mimeType: mime, videoKeyFrameIntervalDuration: 1000});
  const parts = [];
  const enough = new Promise((done) => {
    recorder.ondataavailable = (event) => parts.push(event.data) >= 4 && done();
  });
  recorder.start(1000);
  await enough;
  const ended = new Promise((done) => (recorder.onstop = done));
  recorder.stop();
  await ended;
  stream.getTracks().forEach((track) => track.stop());
  const coded = async (part) => {
    const bytes = new Uint8Array(await part.arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += 8192)
      text += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(text);
  };
  return [recorder.mimeType, await Promise.all(parts.map(coded))];
}"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """Each form’s own name for itself, and its parts, a second each."""
    workspace = make_workspace(tmp_path_factory.mktemp("forms") / "library")
    with running_station(workspace) as running:
        page = StationClient(running.address.port, running.address.token)
        with open_window(page) as window:
            yield {form: window.page.evaluate(_RECORD, form) for form in FORMS}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("torn", [False, True], ids=["whole", "torn"])
def test_it_can_be_kept(
    recorded: dict[str, list[object]], workspace: Workspace, form: str, torn: bool
) -> None:
    if recorded[form] is None:
        assert not {"vp8", "audio"} & set(re.split(r"\W", form)), "every Chromium records these"
        return
    mime, coded = str(recorded[form][0]), list(recorded[form][1])  # type: ignore[call-overload]
    parts = [base64.b64decode(part) for part in coded]
    with closing(agreed_session(workspace)) as session:
        session.start_take(mime, "take-1")
        sent_parts = parts[:3] if torn else parts
        for number, part in enumerate(sent_parts):
            session.add_chunk(1, number, part, (number + 1) * 1000)
        take_path = session.folder.take(1, session.state.take(1).suffix)
        if torn:
            take_path.write_bytes(take_path.read_bytes() + parts[3][: len(parts[3]) // 2])
        session.stop()
        keep_session(session)
        folder = workspace.story(session.state.story)
    manifest = read_manifest(folder)
    assert manifest is not None
    (take,) = manifest.takes
    assert take.kind == form.partition("/")[0]
    # Chromium ends a part of MP4 only with a picture that others lean on: up to a second late.
    assert take.duration >= (1_900 if torn else 2_900)
    assert take.recorded.duration > 0, "its container states a length"
    assert broken_originals(folder) == []
