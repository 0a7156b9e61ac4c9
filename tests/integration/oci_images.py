"""Images written by hand, as OCI layouts and as hostile as one likes; and a registry to serve them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import platform
import socket
import subprocess
import tarfile
import time
import urllib.error
import urllib.request

ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
OCI = "application/vnd.oci.image"
DOCKER = "application/vnd.docker"


def entry(name, data=b"", kind=tarfile.REGTYPE, link="", mode=0o644, **fields):
    """One entry of a tar, with its data."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode, info.mtime = kind, link, mode, 1_700_000_000
    info.size = len(data) if kind == tarfile.REGTYPE else 0
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def folder(name, mode=0o755, **fields):
    return entry(name, kind=tarfile.DIRTYPE, mode=mode, **fields)


def link(name, target):
    return entry(name, kind=tarfile.SYMTYPE, link=target, mode=0o777)


def hard(name, target):
    return entry(name, kind=tarfile.LNKTYPE, link=target)


def device(name, major=0, minor=0, kind=tarfile.CHRTYPE):
    return entry(name, kind=kind, devmajor=major, devminor=minor)


def tar(*entries):
    """The bytes of a tar."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, data in entries:
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, capture_output=True, check=True).stdout


def unpacked(data):
    if data.startswith(b"\x1f\x8b"):
        return gzip.decompress(data)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        return subprocess.run(["zstd", "-q", "-d", "-c"], input=data, capture_output=True, check=True).stdout
    return data


class Layout:
    """An OCI layout that anything can be written to."""

    def __init__(self, path):
        self.path = path
        (path / "blobs" / "sha256").mkdir(parents=True)
        (path / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def blob(self, data, kind):
        digest = hashlib.sha256(data).hexdigest()
        self.file(digest).write_bytes(data)
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(data)}

    def file(self, digest):
        return self.path / "blobs" / "sha256" / digest.removeprefix("sha256:")

    def image(self, *layers, docker=False, architecture=ARCHITECTURE, **config):
        """Write an image; a layer is the bytes of a tar, or those and its media type. Returns its descriptor."""
        kinds = ((f"{DOCKER}.container.image.v1+json", f"{DOCKER}.distribution.manifest.v2+json",
                  f"{DOCKER}.image.rootfs.diff.tar.gzip") if docker else
                 (f"{OCI}.config.v1+json", f"{OCI}.manifest.v1+json", f"{OCI}.layer.v1.tar+gzip"))
        pairs = [one if isinstance(one, tuple) else (gzip.compress(one, 1, mtime=0), kinds[2]) for one in layers]
        plain = [hashlib.sha256(unpacked(data)).hexdigest() for data, _ in pairs]
        settings = {"architecture": architecture, "os": "linux", "config": config, "history": [],
                    "rootfs": {"type": "layers", "diff_ids": [f"sha256:{one}" for one in plain]}}
        manifest = {"schemaVersion": 2, "mediaType": kinds[1], "config": self.blob(json.dumps(settings).encode(), kinds[0]),
                    "layers": [self.blob(data, kind) for data, kind in pairs]}
        made = self.blob(json.dumps(manifest, indent=3).encode(), kinds[1])
        return made | {"platform": {"os": "linux", "architecture": architecture}}

    def index(self, *images):
        """Write an index of images; returns its descriptor."""
        data = {"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": list(images)}
        return self.blob(json.dumps(data).encode(), f"{OCI}.index.v1+json")

    def push(self, made, reference):
        """Send an image or an index to a registry, byte for byte."""
        (self.path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [made]}))
        subprocess.run(["skopeo", "copy", "-q", "--all", "--preserve-digests", "--dest-tls-verify=false", f"oci:{self.path}",
                        f"docker://{reference}"], check=True)

    def upload(self, made, host, name):
        """Send an image to a registry by its own interface: skopeo pushes nothing of Docker's kind from an OCI layout."""
        manifest = json.loads(self.file(made["digest"]).read_text())
        for part in (manifest["config"], *manifest["layers"]):
            with request(f"http://{host}/v2/{name}/blobs/uploads/", "POST", b"") as answer:
                place = answer.headers["Location"]
            request(f"{place}&digest={part['digest']}", "PUT", self.file(part["digest"]).read_bytes()).close()
        request(f"http://{host}/v2/{name}/manifests/{made['digest']}", "PUT", self.file(made["digest"]).read_bytes(),
                made["mediaType"]).close()


def request(url, method, data, kind="application/octet-stream"):
    wanted = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": kind})
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(wanted, timeout=10)


class Server:
    """docker-registry on a free port of the loopback."""

    def __init__(self, folder, htpasswd=None):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.host = f"127.0.0.1:{probe.getsockname()[1]}"
        self.data = folder / "data"
        self.settings = folder / "config.yml"
        self.settings.write_text(f"version: 0.1\nlog: {{level: error}}\nhttp: {{addr: '{self.host}'}}\n"
                                 f"storage: {{filesystem: {{rootdirectory: {self.data}}}}}\n")
        if htpasswd is not None:
            (folder / "htpasswd").write_text(htpasswd)
            with self.settings.open("a") as file:
                file.write(f"auth: {{htpasswd: {{realm: test, path: {folder / 'htpasswd'}}}}}\n")
        self.start()

    def start(self):
        self.process = subprocess.Popen(["docker-registry", "serve", str(self.settings)], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                request(f"http://{self.host}/v2/", "GET", None).close()
                return
            except urllib.error.HTTPError:
                return      # it answers: log in first
            except (urllib.error.URLError, OSError):
                time.sleep(0.02)
        raise AssertionError("docker-registry does not start")

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def blob(self, digest):
        """The file in which it keeps a blob."""
        name = digest.removeprefix("sha256:")
        return self.data / f"docker/registry/v2/blobs/sha256/{name[:2]}/{name}/data"
