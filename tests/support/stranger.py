"""A process of another account that takes a port: `stranger.py PORT`.

It says yes to everything; from the fifth request on, in turn, it also leads elsewhere, says what is
no HTTP, hangs up, and goes on for ever. Each request it received is a line of JSON on its output,
the body in base64.
"""

from __future__ import annotations

import base64
import contextlib

# Before the account changes: it may not read where Python lies.
import encodings.idna  # noqa: F401
import itertools
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NOBODY = 65_534
_ANSWER = {
    **{"state": "recording", "take": 1, "takes": [], "next": 99, "bytes": 9, "closing": True},
    **{"key": "A" * 87, "proof": "A" * 43},
}
_TURNS = itertools.chain(
    ["yes"] * 4, itertools.cycle(("elsewhere", "no HTTP", "hang up", "for ever", "yes"))
)


class _Yes(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = [self.requestline, dict(self.headers), base64.b64encode(body).decode()]
        print(json.dumps(request), flush=True)
        turn = next(_TURNS)
        if turn == "hang up":
            return
        if turn == "no HTTP":
            self.wfile.write(b"\0\xff yes\r\n\r\n")
            return
        if turn == "for ever":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
            with contextlib.suppress(OSError):
                while True:
                    self.wfile.write(b" " * 65_536)
            return
        answer = json.dumps(_ANSWER).encode()
        self.send_response(307 if turn == "elsewhere" else 200)
        if turn == "elsewhere":
            self.send_header("Location", "/api/elsewhere")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("X-Station-Proof", "A" * 43)
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_OPTIONS = _answer  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        pass


if __name__ == "__main__":
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), _Yes)
    print("listening", flush=True)
    server.serve_forever()
