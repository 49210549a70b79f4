"""Debian's Firefox for tests, driven through Marionette, which every Firefox has built in.

Playwright brings a Firefox of its own, which no package registry holds, and Mozilla's Python client
pins an older psutil than ours on macOS. The protocol is short: JSON over a socket, each message
with its length before it.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

NAMES = ("firefox-esr", "firefox")
_START_SECONDS = 120.0
_SCRIPT_SECONDS = 60.0
_POLL_SECONDS = 0.05
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key of an element's reference, given by the WebDriver standard."""
_PREFERENCES = {
    "app.update.disabledForTesting": True,
    "browser.download.dir": "",  # overwritten with a folder of the profile
    "browser.download.folderList": 2,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.startup.page": 0,
    "browser.tabs.warnOnClose": False,
    "browser.warnOnQuit": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    # Neither the time of a background tab nor a missing gesture is what these tests are about.
    "dom.disable_open_during_load": False,
    "dom.min_background_timeout_value": 4,
    # A process that is kept ready for the next page starts for nothing here.
    "dom.ipc.processPrelaunch.enabled": False,
    "extensions.enabledScopes": 0,
    "marionette.port": 0,
    "media.autoplay.blocking_policy": 0,
    "media.autoplay.default": 0,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,#never-asked",
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}
KEYS = {
    "Enter": "\ue007",
    "Tab": "\ue004",
    "Escape": "\ue00c",
    "Space": " ",
    "PageUp": "\ue00e",
    "PageDown": "\ue00f",
    "End": "\ue010",
    "Home": "\ue011",
    "ArrowLeft": "\ue012",
    "ArrowUp": "\ue013",
    "ArrowRight": "\ue014",
    "ArrowDown": "\ue015",
    "F5": "\ue035",
    "Shift": "\ue008",
    "Control": "\ue009",
    "Alt": "\ue00a",
}
"""The keys that are no letters, as the WebDriver standard writes them."""


class FirefoxFault(AssertionError):
    """A command that Firefox could not obey, or a script of the page that failed."""


class Firefox:
    """A running Firefox with one page in view. All lengths are CSS pixels."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_START_SECONDS)
        self._stream = self._socket.makefile("rb")
        self._last_command = 0
        self._zoom = 1.0
        self._receive()  # its greeting
        timeouts = {"script": int(_SCRIPT_SECONDS * 1000), "pageLoad": 60_000, "implicit": 0}
        self._send(
            "WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"timeouts": timeouts}}}
        )
        self._send("WebDriver:SetWindowRect", {"width": 1600, "height": 1300})

    def start_afresh(self) -> None:
        """Close every other window, and show an empty page of 1440 × 900 without zoom."""
        first, *others = self.windows()
        for window in others:
            self.switch_to(window)
            self.close_window()
        self.switch_to(first)
        self.zoom(1)
        self.open("about:blank")
        self.resize(1440, 900)

    def open(self, address: str) -> None:
        """Go to a page and wait until it is loaded."""
        self._send("WebDriver:Navigate", {"url": address})
        self._restore_zoom()

    def reload(self) -> None:
        self._send("WebDriver:Refresh", {})
        self._restore_zoom()

    def evaluate(self, expression: str, *arguments: Any) -> Any:
        """Return the value of an expression, awaited where it is a promise.

        A function is called with the arguments, as in Playwright. It runs beside the page's own
        scripts and sees what they see.
        """
        script = (
            "const done = arguments[arguments.length - 1];"
            "const given = Array.from(arguments).slice(0, -1);"
            "(async () => {"
            f" const value = ({expression});"
            " return typeof value === 'function' ? value(...given) : value;"
            "})().then((value) => done([value === undefined ? null : value, null]),"
            " (error) => done([null, String(error)]));"
        )
        answer = self._send(
            "WebDriver:ExecuteAsyncScript",
            {"script": script, "args": list(arguments), "sandbox": None, "newSandbox": False},
        )["value"]
        if answer is None:  # the page was left before its script had ended
            return None
        value, fault = answer
        if fault:
            raise FirefoxFault(f"{fault}, in {expression}")
        return value

    def wait_until(self, expression: str, *arguments: Any, seconds: float = 60.0) -> Any:
        """Return the expression's value as soon as it is true; fail when it stays false."""
        end = time.monotonic() + seconds
        while not (value := self.evaluate(expression, *arguments)):
            if time.monotonic() > end:
                shown = self.evaluate("document.body?.innerText")
                raise FirefoxFault(
                    f"After {seconds:g} s this was still not true: {expression}"
                    f" ({arguments}). The page shows: {shown}"
                )
            time.sleep(_POLL_SECONDS)
        return value

    def click(self, selector: str) -> None:
        """Press the mouse's button on an element, where a person would see it."""
        self._send("WebDriver:ElementClick", {"id": self._element(selector)})

    @contextlib.contextmanager
    def standing_still(self) -> Iterator[None]:
        """Stop all of Firefox during the block, as it is while a computer sleeps."""
        first = psutil.Process(self._process.pid)
        processes = [first, *first.children(recursive=True)]
        for process in processes:
            process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for process in processes:
                process.send_signal(signal.SIGCONT)

    def press(self, key: str) -> None:
        """Press a key where the focus is: a letter, or a name such as PageDown or Shift+Tab."""
        *held, last = key.split("+") if len(key) > 1 else (key,)
        names = [KEYS.get(name, name) for name in (*held, last)]
        steps = [{"type": "keyDown", "value": name} for name in names]
        steps += [{"type": "keyUp", "value": name} for name in reversed(names)]
        self._send(
            "WebDriver:PerformActions",
            {"actions": [{"type": "key", "id": "keyboard", "actions": steps}]},
        )

    def type(self, selector: str, text: str) -> None:
        self._send("WebDriver:ElementSendKeys", {"id": self._element(selector), "text": text})

    def resize(self, width: int, height: int) -> None:
        """Give the page a window of this size, also below the 450 pixels that Firefox allows."""
        self._in_browser(
            "const [width, height] = arguments; const style = gBrowser.selectedBrowser.style;"
            "for (const [name, value] of [['width', width], ['min-width', width],"
            " ['max-width', width], ['height', height], ['min-height', height],"
            " ['max-height', height]]) { style.setProperty(name, `${value}px`, 'important'); }"
            "style.setProperty('flex', 'none', 'important');",
            width,
            height,
        )
        # What is smaller than the window is resized a moment later.
        self.wait_until(
            "(width, height) => Math.round(innerWidth * devicePixelRatio) === width"
            " && Math.round(innerHeight * devicePixelRatio) === height",
            width,
            height,
        )

    def zoom(self, factor: float) -> None:
        """Enlarge this page, and those opened after it, as Ctrl and plus do: 2 is 200 %."""
        self._zoom = factor
        self._in_browser(
            "ZoomManager.setZoomForBrowser(gBrowser.selectedBrowser, arguments[0]);", factor
        )
        self.wait_until("(factor) => devicePixelRatio === factor", factor)

    def _restore_zoom(self) -> None:
        """Show the page that was just opened at the zoom asked for, not at its site's last one."""
        self.zoom(self._zoom)

    def windows(self) -> list[str]:
        """Return the handles of all windows and tabs, for `switch_to`."""
        handles = self._send("WebDriver:GetWindowHandles", {})
        return list(handles["value"] if isinstance(handles, dict) else handles)

    def current_window(self) -> str:
        return str(self._send("WebDriver:GetWindowHandle", {})["value"])

    def switch_to(self, handle: str) -> None:
        self._send("WebDriver:SwitchToWindow", {"handle": handle})

    def close_window(self) -> None:
        """Close the window in view; `switch_to` another afterwards."""
        self._send("WebDriver:CloseWindow", {})

    def screenshot(self, path: Path) -> None:
        """Write a PNG of what is in view."""
        answer = self._send("WebDriver:TakeScreenshot", {"full": False, "hash": False})
        path.write_bytes(base64.b64decode(answer["value"]))

    def close(self) -> None:
        with contextlib.suppress(OSError, FirefoxFault):
            self._send("Marionette:Quit", {"flags": ["eForceQuit"]})
        self._stream.close()
        self._socket.close()

    def _in_browser(self, script: str, *arguments: Any) -> None:
        """Run a script in Firefox's own window instead of the page."""
        self._send("Marionette:SetContext", {"value": "chrome"})
        try:
            self._send("WebDriver:ExecuteScript", {"script": script, "args": list(arguments)})
        finally:
            self._send("Marionette:SetContext", {"value": "content"})

    def _element(self, selector: str) -> str:
        answer = self._send("WebDriver:FindElement", {"using": "css selector", "value": selector})
        return str(answer["value"][_ELEMENT])

    def _send(self, command: str, parameters: dict[str, Any]) -> Any:
        self._last_command += 1
        message = json.dumps([0, self._last_command, command, parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(message), message))
        _, _, error, result = self._receive()
        if error:
            raise FirefoxFault(f"{command}: {error['error']}: {error['message']}")
        return result

    def _receive(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            byte = self._stream.read(1)
            if not byte:
                raise FirefoxFault("Firefox has ended.")
            length += byte
        return json.loads(self._stream.read(int(length[:-1])))


@contextlib.contextmanager
def running_firefox(more_preferences: Mapping[str, object] | None = None) -> Iterator[Firefox]:
    """A Firefox of its own, with `more_preferences` than the usual ones.

    Without Firefox the test is skipped, except where CI=true.
    """
    executable = next(filter(None, map(shutil.which, NAMES)), None)
    if executable is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Firefox is missing, and CI=true needs the tests in it.")
        pytest.skip("Firefox is not installed, so pages were looked at in Chromium only.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        profile = Path(folder, "profile")
        profile.mkdir()
        downloads = {"browser.download.dir": str(Path(folder, "downloads"))}
        preferences = {**_PREFERENCES, **downloads, **(more_preferences or {})}
        lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in preferences.items())
        Path(profile, "user.js").write_text("".join(lines))
        process = subprocess.Popen(
            [
                executable,
                "--marionette",
                "--remote-allow-system-access",
                "--headless",
                "--no-remote",
                "--profile",
                str(profile),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": folder, "MOZ_CRASHREPORTER_DISABLE": "1"},
        )
        try:
            firefox = Firefox(process, _port_of(profile, process))
            try:
                yield firefox
            finally:
                firefox.close()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(20)
        finally:
            process.kill()
            process.wait()


def _port_of(profile: Path, process: subprocess.Popen[bytes]) -> int:
    """Return the port that Firefox took, which it writes into its profile when it listens."""
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError, ValueError):
            return int(Path(profile, "MarionetteActivePort").read_text())
        time.sleep(_POLL_SECONDS)
    raise FirefoxFault("Firefox did not start.")
