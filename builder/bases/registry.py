"""Fetch what an image is made of from a registry, by skopeo; nothing that comes is believed before it is verified."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from builder import process
from builder.bases.blobs import Blob, expect, sha256
from builder.errors import Error, Fault, ToolFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from builder.bases.blobs import Blobs
    from builder.bases.reference import Remote
    from builder.outside import Outside

_SLACK: Final = 64 << 20        # what skopeo writes beside a blob: its notes on where it saw which
_TIMEOUT: Final = 120           # seconds for a document

_MESSAGE: Final = re.compile(r'msg="(?:Error parsing image name \\"[^"]*\\": )?(.*)"$')

# What the end of skopeo's output means: (its words, whether the reference is at fault, what to do).
_MEANINGS: Final = (
    ("manifest unknown", True, "is the reference right, and has the registry still got it?"),
    ("name unknown", True, "is the reference right, and has the registry still got it?"),
    ("not found", True, "is the reference right, and has the registry still got it?"),
    ("did not match", True, "the registry serves other bytes than it says: tell its owner"),
    ("Size mismatch", True, "the registry serves other bytes than it says: tell its owner"),
    ("id not match", True, "the registry serves other bytes than it says: tell its owner"),
    ("does not match", True, "the registry serves other bytes than it says: tell its owner"),
    ("unauthorized", False, "log in, as the one who runs this, with: skopeo login HOST"),
    ("authentication required", False, "log in, as the one who runs this, with: skopeo login HOST"),
    ("denied", False, "log in, as the one who runs this, with: skopeo login HOST"),
    ("response to HTTPS client", False, "it speaks no TLS: the site's policy has to name it among those for plain HTTP"),
    ("x509", False, "name the CA of this registry as the site's certificates"),
    ("certificate", False, "name the CA of this registry as the site's certificates"),
    ("toomanyrequests", False, "the registry wants you to wait, or to log in with: skopeo login HOST"),
)


class Registry:
    """A registry as the place that an image comes from."""

    def __init__(self, reference: Remote, outside: Outside, work: Path, on_line: Callable[[str], None]) -> None:
        self.reference, self.outside, self.work, self.on_line = reference, outside, work, on_line
        self.where = f"{reference.host}/{reference.name}"

    def manifest(self, digest: str) -> bytes:
        """A manifest or an index, as it is served."""
        self.on_line(f"fetching {self.where}@sha256:{digest}")
        return self._said(inspect(self.reference, digest, self.outside), digest)

    def config(self, digest: str, blob: Blob) -> bytes:
        """The configuration of the image with this manifest."""
        return self._said(inspect(self.reference, digest, self.outside, config=True), blob.digest)

    def fetch(self, digest: str, wanted: Sequence[Blob], others: Sequence[Blob], blobs: Blobs) -> None:
        """Bring layers of the image with this manifest into the store; of the others what is there is not sent again."""
        process.require("skopeo")
        shared = self.work / "blobs" / "sha256"
        shared.mkdir(parents=True)
        for layer in others:
            with suppress(FileNotFoundError, FileExistsError):
                (shared / layer.digest).hardlink_to(blobs.path(layer.digest))
        largest = max(layer.size for layer in (*wanted, *others))
        try:
            process.stream(copy(self.reference, digest, self.outside, largest), self.on_line,
                           env=environment(self.outside, self.work), cwd=self.work)
        except ToolFailed as error:
            raise self._explained(error) from error
        for layer in wanted:
            blobs.keep(layer, shared / layer.digest, self.where)

    def _said(self, argv: Sequence[str], digest: str) -> bytes:
        try:
            data = process.run(argv, env=environment(self.outside, self.work), cwd=self.work).stdout.encode()
        except ToolFailed as error:
            raise self._explained(error) from error
        # skopeo may end what it says with a line end of its own.
        stripped = data.removesuffix(b"\n")
        data = stripped if sha256(stripped) == digest else data
        expect(self.where, Blob(digest=digest, size=len(data)), sha256(data), len(data))
        return data

    def _explained(self, error: ToolFailed) -> Error:
        return explained(error, f"{self.where}@sha256:{self.reference.digest}", self.reference.host) or Error(
            f"{self.where}: cannot be fetched: {message(error.tail)}",
            hint="check the network, and the proxy if the site needs one; what is in the cache needs none")


def explained(error: ToolFailed, what: str, host: str) -> Error | None:
    """The error that skopeo's words mean, None if they are not known. ``what`` is what was to be fetched or sent."""
    said = message(error.tail)
    for words, at_fault, hint in _MEANINGS:
        if words in said:
            return (Fault if at_fault else Error)(f"{what}: {said}", hint=hint.replace("HOST", host))
    return None


def inspect(reference: Remote, digest: str, outside: Outside, *, config: bool = False) -> tuple[str, ...]:
    """The argv that prints a manifest, an index or the configuration, byte for byte."""
    what = ("--config",) if config else ()
    return ("skopeo", f"--command-timeout={_TIMEOUT}s", "inspect", *what, "--raw", "--retry-times=2",
            f"--tls-verify={_tls(reference, outside)}", reference.at(digest))


def copy(reference: Remote, digest: str, outside: Outside, largest: int) -> tuple[str, ...]:
    """The argv that brings an image to an OCI layout, its layers as they are served to ``blobs`` beside it.

    A file may be as large as the largest layer: a registry that never stops sending cannot fill the disk.
    """
    return ("prlimit", f"--fsize={largest + _SLACK}", "--", "skopeo", "copy", "--retry-times=2", "--remove-signatures",
            f"--src-tls-verify={_tls(reference, outside)}", "--dest-oci-accept-uncompressed-layers",
            "--dest-shared-blob-dir=blobs", reference.at(digest), "oci:layout")


def environment(outside: Outside, work: Path) -> dict[str, str]:
    """The environment of skopeo: the machine's proxy and certificates, and a place for its files."""
    given = dict(process.CLEAN) | {"TMPDIR": str(work)}
    if outside.proxy:
        given |= {"HTTP_PROXY": outside.proxy, "HTTPS_PROXY": outside.proxy}
    if outside.certificates:
        given |= {"SSL_CERT_FILE": str(outside.certificates)}
    return given


def message(tail: str) -> str:
    """What skopeo said last, without what it says of itself."""
    last = tail.strip().rpartition("\n")[2]
    found = _MESSAGE.search(last)
    return (found[1].replace('\\"', '"') if found else last)[:1000]


def _tls(reference: Remote, outside: Outside) -> str:
    return "false" if reference.host in outside.plain_http else "true"
