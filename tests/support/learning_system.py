"""A learning system of the tests: a page with scorm-again, whose server keeps what it hears."""

from __future__ import annotations

import contextlib
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.command_line import ROOT

RUNTIME = ROOT / "scripts/page_validator/node_modules/scorm-again/dist/scorm12.min.js"
_PAGE = b"""<!doctype html><html lang="en"><title>A learning system</title>
<script src="/runtime.js"></script><script src="/kept.js"></script>
<iframe title="The course" src="/package/index.html" width="1000" height="700"></iframe>
</html>"""
_OPENING = """
window.calls = [];
const api = new Scorm12API({ lmsCommitUrl: "/commit", logLevel: 5, mastery_override: false });
const kept = %s;
if (kept) { api.loadFromJSON(kept, "cmi"); }
["LMSSetValue", "LMSCommit", "LMSFinish", "LMSInitialize"].forEach((name) => {
  const real = api[name].bind(api);
  api[name] = (...values) => {
    const answer = real(...values);
    window.calls.push([name, ...values, String(answer), api.LMSGetLastError()]);
    return answer;
  };
});
window.API = api;
"""


@dataclass
class LearningSystem:
    """The address of one, and all that it was told of the one course and person that it has."""

    address: str
    folder: Path
    commits: list[dict[str, Any]] = field(default_factory=list)
    """The records that were committed, oldest first."""
    lesson_mode: str = "normal"
    refuses: bool = False
    """True while it keeps nothing."""
    sends_ranges: bool = True
    """False where it sends a film from its beginning alone."""

    def take(self, package: Path) -> None:
        """Unpack the package that is opened at the address."""
        with zipfile.ZipFile(package) as archive:
            archive.extractall(self.folder / "package")

    @property
    def core(self) -> dict[str, Any]:
        return dict(self.commits[-1]["cmi"]["core"])

    @property
    def state(self) -> str:
        return str(self.commits[-1]["cmi"]["suspend_data"])

    def kept(self) -> dict[str, Any] | None:
        """Return the record that the next opening begins with, as SCORM 1.2 has it."""
        if not self.commits:
            return (
                {"core": {"lesson_mode": self.lesson_mode}}
                if self.lesson_mode != "normal"
                else None
            )
        core = self.core
        return {
            "suspend_data": self.state,
            "core": {
                "lesson_location": core["lesson_location"],
                "lesson_status": core["lesson_status"],
                "lesson_mode": self.lesson_mode,
                "entry": "resume" if core["exit"] == "suspend" else "",
                "total_time": core.get("total_time", "0000:00:00.00"),
            },
        }


class _Handler(SimpleHTTPRequestHandler):
    system: LearningSystem

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the tests have their own words."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/":
            self._send(_PAGE, "text/html")
        elif path == "/runtime.js":
            self._send(RUNTIME.read_bytes(), "text/javascript")
        elif path == "/kept.js":
            words = _OPENING % json.dumps(self.system.kept())
            self._send(words.encode(), "text/javascript")
        elif path.endswith(".mp4") and self.system.sends_ranges and "Range" in self.headers:
            self._send_part(Path(self.translate_path(path)).read_bytes())
        else:
            with contextlib.suppress(ConnectionError):  # a browser has what it needs
                super().do_GET()

    def do_POST(self) -> None:
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.system.refuses:
            self._send(b'{"result": false, "errorCode": 101}', "application/json")
            return
        self.system.commits.append(told)
        self._send(b'{"result": true, "errorCode": 0}', "application/json")

    def _send_part(self, film: bytes) -> None:
        first, _, last = self.headers["Range"].removeprefix("bytes=").partition("-")
        start, end = int(first), int(last) + 1 if last else len(film)
        self.send_response(206)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(film[start:end])))
        self.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(film)}")
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(film[start:end])

    def _send(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def learning_system(folder: Path, package: Path | None = None) -> Iterator[LearningSystem]:
    """Serve what lies in `folder`; without scorm-again the test is skipped."""
    if not RUNTIME.is_file():
        pytest.skip("scorm-again is not installed: make browsers")
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    handler.system = LearningSystem(f"http://127.0.0.1:{server.server_address[1]}/", folder)
    if package:
        handler.system.take(package)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield handler.system
    finally:
        server.shutdown()
        server.server_close()
