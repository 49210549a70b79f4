"""A host of static pages: a folder below a path, and its 404.html for whatever is not there.

As GitHub Pages, an object store with an error document, and the servers of `docs/hosting.md` do.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

TYPES = {".vtt": "text/vtt", ".woff2": "font/woff2", ".js": "text/javascript"}


@contextmanager
def static_host(folder: Path, below: str = "/carers/") -> Iterator[str]:
    """Serve `folder` below a path of this machine; yields its address, ending in a slash."""

    class Host(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            path = unquote(self.path.partition("?")[0])
            wanted = folder / path.removeprefix(below)
            if wanted.is_dir():
                wanted /= "index.html"
            is_there = path.startswith(below) and wanted.is_file()
            file = wanted if is_there else folder / "404.html"
            self.send_response(200 if is_there else 404)
            suffix = file.suffix
            self.send_header("Content-Type", TYPES.get(suffix) or self.guess_type(file))
            self.send_header("Content-Length", str(file.stat().st_size))
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(file.read_bytes())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{below}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
