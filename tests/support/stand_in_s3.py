"""A stand-in for an object store that speaks as Amazon's S3 does: in memory, for one test.

It knows what this project asks of one: put, get, head, delete, list, and uploads in parts. It
checks no signature and keeps no rule of S3's; real servers are tried by hand (docs/scale.md).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]

    def log_message(self, *_: Any) -> None:
        pass

    def _asked(self) -> tuple[str, dict[str, list[str]]]:
        parts = urlsplit(self.path)
        return unquote(parts.path).strip("/"), parse_qs(parts.query, keep_blank_values=True)

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", headers.pop("length", str(len(body))))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def do_PUT(self) -> None:
        name, query = self._asked()
        part = query.get("partNumber")
        self.objects[f"{name}#{int(part[0]):05}" if part else name] = self._body()
        self._answer(200, ETag='"0"')

    def do_POST(self) -> None:
        name, query = self._asked()
        body = self._body().decode()
        bucket, _, key = name.partition("/")
        if "delete" in query:
            keys = re.findall("<Key>([^<]*)</Key>", body)
            for each in keys:
                self.objects.pop(f"{bucket}/{each}", None)
            inside = "".join(f"<Deleted><Key>{each}</Key></Deleted>" for each in keys)
            kind = "DeleteResult"
        elif "uploads" in query:
            inside = f"<Bucket>{bucket}</Bucket><Key>{key}</Key><UploadId>1</UploadId>"
            kind = "InitiateMultipartUploadResult"
        else:
            parts = sorted(each for each in self.objects if each.startswith(f"{name}#"))
            self.objects[name] = b"".join(self.objects.pop(each) for each in parts)
            inside, kind = f"<Key>{key}</Key><ETag>0</ETag>", "CompleteMultipartUploadResult"
        self._answer(200, f"<{kind}>{inside}</{kind}>".encode())

    def do_GET(self) -> None:
        name, query = self._asked()
        if "list-type" in query:
            self._list(name, query.get("prefix", [""])[0])
            return
        data = self.objects.get(name)
        if data is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
            return
        stamp = {"ETag": '"0"', "Last_Modified": "Mon, 30 Nov 2026 08:00:00 GMT"}
        asked = self.headers.get("Range")
        if asked and data:
            first, _, last = asked.removeprefix("bytes=").partition("-")
            start, end = int(first), min(int(last or len(data) - 1), len(data) - 1)
            whole = f"bytes {start}-{end}/{len(data)}"
            self._answer(206, data[start : end + 1], Content_Range=whole, **stamp)
        else:
            self._answer(200, data, **stamp)

    def do_HEAD(self) -> None:
        self.do_GET()

    def _list(self, bucket: str, prefix: str) -> None:
        names = [each for each in sorted(self.objects) if each.startswith(f"{bucket}/{prefix}")]
        entries = "".join(
            f"<Contents><Key>{escape(each.partition('/')[2])}</Key>"
            f"<Size>{len(self.objects[each])}</Size><ETag>0</ETag>"
            "<LastModified>2026-11-30T08:00:00.000Z</LastModified></Contents>"
            for each in names
        )
        listed = f"<Name>{bucket}</Name><KeyCount>{len(names)}</KeyCount>{entries}"
        whole = f"{listed}<IsTruncated>false</IsTruncated>"
        self._answer(200, f"<ListBucketResult>{whole}</ListBucketResult>".encode())

    def do_DELETE(self) -> None:
        self.objects.pop(self._asked()[0], None)
        self._answer(204)


@contextmanager
def stand_in_s3() -> Iterator[tuple[str, dict[str, bytes]]]:
    """Serve an empty store; yield its address and its objects by bucket and key."""
    objects: dict[str, bytes] = {}
    handler = type("Handler", (_Handler,), {"objects": objects})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", objects
        finally:
            server.shutdown()
            thread.join()
