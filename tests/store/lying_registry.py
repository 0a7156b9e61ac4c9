"""A registry on the loopback that serves what a test puts there, and lies as the test likes."""

from __future__ import annotations

import contextlib
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


class Registry(ThreadingHTTPServer):
    """``manifests`` are by tag or digest, ``blobs`` by digest; ``lies`` answer instead, by what an address ends with."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.host = f"127.0.0.1:{self.server_address[1]}"
        self.manifests, self.blobs, self.lies, self.asked = {}, {}, {}, []
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def stop(self):
        self.shutdown()
        self.thread.join()
        self.server_close()

    def put(self, tag, manifest, *blobs):
        """Serve a manifest under a tag and by its digest, which is given back, with blobs by theirs."""
        name = digest(manifest)
        self.manifests |= {tag: manifest, name: manifest}
        self.blobs |= {digest(blob): blob for blob in blobs}
        return name

    def handle_error(self, request, client_address):
        """A client that goes away is none."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append(self.path)
        for ending, lie in self.server.lies.items():
            if self.path.endswith(ending):
                with contextlib.suppress(OSError):
                    lie(self)
                return
        if self.path == "/v2/":
            self.say(b"{}", "application/json")
            return
        kind, name = self.path.split("/")[-2:]
        found = (self.server.manifests if kind == "manifests" else self.server.blobs).get(name)
        if found is None:
            self.say(b'{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}', "application/json", 404)
        else:
            self.say(found, MANIFEST if kind == "manifests" else "application/octet-stream")

    def do_HEAD(self):
        self.do_GET()

    def say(self, data, kind="application/octet-stream", status=200, length=None, **headers):
        self.send_response(status)
        usual = {"Content-Type": kind, "Content-Length": str(len(data) if length is None else length)}
        for name, value in {**usual, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_):
        """Say nothing."""


def digest(data):
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def serve(data, kind="application/octet-stream", status=200, **headers):
    """The lie that something is other bytes."""
    return lambda handler: handler.say(data, kind, status, **headers)


def endless(handler):
    """A body without an end."""
    handler.send_response(200)
    handler.send_header("Content-Type", MANIFEST)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    while True:
        handler.wfile.write(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")


def cut(data):
    """A body that ends before it should."""
    def lie(handler):
        handler.close_connection = True
        handler.say(data[:len(data) // 2], length=len(data))
    return lie


def alternating(*answers):
    """Other bytes each time, then always the last ones."""
    left = list(answers)

    def lie(handler):
        data = left.pop(0) if len(left) > 1 else left[0]
        handler.say(data, MANIFEST)
    return lie
