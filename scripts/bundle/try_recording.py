"""Record a test on the download's station, as somebody would who has just unpacked it.

    python -m scripts.bundle.try_recording FOLDER      after try_bare.sh, with the same FOLDER

The station runs in the empty Debian of `try_bare.sh`, started by the launcher; the browser, whose
camera and microphone are files, is this machine's. Says what was pressed and how long it took.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from scripts.bundle.start import home_of_libraries
from tests.support.browser import launch_chromium
from tests.support.station_page import camera, rising_tone

HERE = Path(__file__).resolve().parent
_PATIENCE_S = 60


def main(arguments: list[str]) -> int:
    (folder,) = map(Path, arguments)
    place = folder / "home" / home_of_libraries().name / "practice/interviews/.station.json"
    place.unlink(missing_ok=True)
    began = time.monotonic()
    launcher = "Practise a recording.sh"
    station = subprocess.Popen(["sh", HERE / "try_bare.sh", "--inside", folder, launcher])
    try:
        while not _is_there(place, began):
            time.sleep(0.1)
        print(f"{time.monotonic() - began:.1f} s   the station is there")
        address = json.loads(place.read_text())
        browser = launch_chromium(
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={camera()}",
            f"--use-file-for-fake-audio-capture={rising_tone()}",
        )
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{address['port']}/#{address['token']}")
        for name in ("Try camera and sound", "Record a test of 5 seconds"):
            button = page.get_by_role("button", name=name, exact=True)
            button.and_(page.locator(":not([aria-disabled=true])")).click()
            print(f"{time.monotonic() - began:.1f} s   pressed: {name}")
        page.locator(".played video").wait_for()
        print(f"{time.monotonic() - began:.1f} s   the test is played back")
        browser.close()
    finally:
        station.terminate()
        station.wait(timeout=_PATIENCE_S)
    return 0


def _is_there(place: Path, began: float) -> bool:
    if time.monotonic() - began > _PATIENCE_S:
        raise TimeoutError("The station did not come.")
    return place.is_file() and place.stat().st_size > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
