"""Web servers that send films as many a simple one does: from their beginning alone, or worse."""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, Literal

Manner = Literal["python", "ranges", "ignored", "unmeasured", "refused", "page"]
"""`python` is `python -m http.server`. `ranges` is as it should be. `ignored` promises ranges and
answers 200 with all of it; `unmeasured` does not say how long that is; `refused` answers 416 to
every range but the first; `page` answers with a page, as where somebody has to sign in again."""


class _Handler(SimpleHTTPRequestHandler):
    manner: ClassVar[Manner] = "python"
    asked: ClassVar[list[str]]
    """Each film that was asked for, as `film.mp4 bytes=0-`."""

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        is_film = path.suffix in {".mp4", ".m4a"}
        if is_film:
            self.asked.append(f"{path.name} {self.headers.get('Range', '')}".strip())
        try:
            if is_film and self.manner != "python":
                self._send_film(path.read_bytes())
            else:
                super().do_GET()
        except ConnectionError:
            pass  # a browser has what it needs

    def end_headers(self) -> None:
        # As docs/hosting.md asks: else a browser may show a page again without asking for it.
        if self.manner == "ranges":
            self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def _send_film(self, film: bytes) -> None:
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        start = int(wanted[1]) if wanted else 0
        end = int(wanted[2]) + 1 if wanted and wanted[2] else len(film)
        if self.manner == "page":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<p>Please sign in.</p>")
            return
        if self.manner == "refused" and start:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(film)}")
            self.end_headers()
            return
        in_part = wanted is not None and self.manner in {"ranges", "refused"}
        body = film[start:end] if in_part else film
        self.send_response(206 if in_part else 200)
        self.send_header("Content-Type", "video/mp4")
        if self.manner != "unmeasured":
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(body)))
        if in_part:
            self.send_header("Content-Range", f"bytes {start}-{start + len(body) - 1}/{len(film)}")
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def plain_server(folder: Path, manner: Manner) -> Iterator[tuple[str, list[str]]]:
    """Serve a folder; yields its address and the list of what is asked for of its films."""
    asked: list[str] = []
    handler = type("_Served", (_Handler,), {"manner": manner, "asked": asked})
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=str(folder))
    ) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", asked
        server.shutdown()
