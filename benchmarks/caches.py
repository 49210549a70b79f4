"""Withdrawal through caches: how long a caching proxy still shows what its server has no more.

    python -m benchmarks.caches

Starts two nginx here, a server with the lines of docs/hosting.md and a proxy with a cache in
front of it, asks for a film again and again, takes it away, and prints for each `Cache-Control`
after how long nobody is shown it any more, and how many requests reached the server meanwhile.
Times are short here and stand for longer ones: what is kept for 2 seconds here is kept for 30
there.
"""

from __future__ import annotations

import contextlib
import http.client
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

FILM = "film.mp4"
WATCHED_SECONDS = 4.0
GONE_WITHIN = 12.0
HEADERS = {
    "no-cache": "as docs/hosting.md has it",
    "max-age=0, s-maxage=2, must-revalidate": "caches keep it for a while, browsers ask",
    "max-age=8": "browsers and caches keep it",
}
CONFIGURATION = """
daemon off; worker_processes 1; error_log stderr crit; pid {folder}/{name}.pid;
events {{ worker_connections 64; }}
http {{
  client_body_temp_path {folder}/{name}-body; proxy_temp_path {folder}/{name}-temp;
  fastcgi_temp_path {folder}/{name}-f; uwsgi_temp_path {folder}/{name}-u;
  scgi_temp_path {folder}/{name}-s;
  {extra}
  server {{ listen 127.0.0.1:{port}; {server} }}
}}
"""


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def nginx(folder: Path, name: str, port: int, server: str, extra: str = "") -> Iterator[None]:
    """Run one nginx until the end of the block."""
    path = folder / f"{name}.conf"
    path.write_text(
        CONFIGURATION.format(folder=folder, name=name, port=port, server=server, extra=extra)
    )
    running = subprocess.Popen(["nginx", "-c", path, "-p", folder], stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.02)
        yield
    finally:
        running.terminate()
        running.wait()


def status(port: int, first: int = 1_000) -> int:
    """Ask for a part of the film as a player does, and return the answer's status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", f"/{FILM}", headers={"Range": f"bytes={first}-{first + 999}"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def try_header(header: str) -> tuple[float, int, int]:
    """Return the seconds until the film is gone, and requests asked and passed on before that."""
    with tempfile.TemporaryDirectory(prefix="carer-stories-caches-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        public = folder / "public"
        public.mkdir(mode=0o755)
        (public / FILM).write_bytes(bytes(4_000_000))
        (public / FILM).chmod(0o644)
        log = folder / "asked.log"
        server_port, proxy_port = free_port(), free_port()
        server = (
            f'root {public}; etag on; add_header Cache-Control "{header}" always; access_log {log};'
        )
        # Slices, so that a cache keeps the parts that players ask for; nothing stale, ever.
        proxy = (
            f"access_log off; location / {{ proxy_pass http://127.0.0.1:{server_port}; slice 1m; "
            "proxy_cache films; proxy_cache_key $uri$slice_range; "
            "proxy_set_header Range $slice_range; proxy_http_version 1.1; "
            "proxy_cache_revalidate on; proxy_cache_use_stale off; proxy_cache_lock on; }"
        )
        cache = f"proxy_cache_path {folder}/cache keys_zone=films:1m;"
        with (
            nginx(folder, "server", server_port, server),
            nginx(folder, "proxy", proxy_port, proxy, cache),
        ):
            asked, until = 0, time.monotonic() + WATCHED_SECONDS
            while time.monotonic() < until:
                assert status(proxy_port) == 206
                asked += 1
                time.sleep(0.02)
            passed_on = len(log.read_text().splitlines())
            (public / FILM).unlink()
            began = time.monotonic()
            while status(proxy_port) != 404 and time.monotonic() - began < GONE_WITHIN:
                time.sleep(0.02)
            return time.monotonic() - began, asked, passed_on


def main() -> int:
    if shutil.which("nginx") is None:
        print("nginx is not installed. Install it with: apt-get install nginx-light")
        return 2
    for header, meaning in HEADERS.items():
        gone, asked, passed_on = try_header(header)
        print(
            f"{header} ({meaning}): gone after {gone:.1f} s; of {asked} requests {passed_on} "
            "reached the server"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
