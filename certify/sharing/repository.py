"""A repository of a registry, by skopeo: it knows all registries' ways to log in. What comes from there is not believed.

Everything but the first manifest is asked for by its digest, so what a registry says cannot change meanwhile.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder import process
from builder.bases import places, registry
from builder.bases.blobs import MAX_DOCUMENT, Blob, expect, sha256
from builder.errors import Error, Fault, ToolFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from builder.bases.reference import Place
    from builder.outside import Outside

_SECONDS: Final = 120           # for a document; also what is granted in addition to a blob's own time
_SLOWEST: Final = 50_000        # bytes per second: what is slower for hours is no registry, or wants to keep us waiting
_SLACK: Final = 1 << 20         # bytes: what skopeo writes beside a blob
# A tag that is not there, in the words of registries and of skopeo.
_ABSENT: Final = ("manifest unknown", "name unknown", "StatusCode: 404", "not found: artifact", "repository name not known")
_HINT: Final = "is the reference right, can the registry be reached, and does the site need a proxy? try again later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What may be asked of a repository, and sent to it.

    ``work`` is a folder that is the caller's alone, ``credentials`` a file as skopeo login writes it.
    """

    place: Place
    outside: Outside
    work: Path
    credentials: Path | None
    on_line: Callable[[str], None]

    def manifest(self, named: str) -> bytes | None:
        """What a tag, or ``sha256:`` and a digest, stands for; None if the registry has no such thing.

        Raises Fault if it is not what its digest says, and Error where the registry cannot be asked.
        """
        try:
            data = self._said("inspect", "--raw", *self._options(), self.place.at(named))
        except ToolFailed as error:
            if any(words in error.tail for words in _ABSENT):
                return None
            raise self._explained(error, named) from error
        if named.startswith("sha256:"):
            expect(self._where(named), Blob(digest=named.removeprefix("sha256:"), size=len(data)), sha256(data), len(data))
        return data

    def config(self, manifest: str, wanted: Blob) -> bytes:
        """The configuration of the image whose manifest has that digest (hex). Raises Fault if it is another."""
        named = f"sha256:{manifest}"
        try:
            data = self._said("inspect", "--raw", "--config", *self._options(), self.place.at(named))
        except ToolFailed as error:
            raise self._explained(error, named) from error
        if len(data) + 1 == wanted.size:
            data += b"\n"               # what was taken for skopeo's own line end
        expect(self._where(named), wanted, sha256(data), len(data))
        return data

    def fetch(self, manifest: str, wanted: Sequence[Blob]) -> dict[str, Path]:
        """Bring the layers of an artifact to new files of ``work``, by digest (hex). Raises Fault if one is another.

        No file gets larger than the largest of them may be: a registry that never ends cannot fill the disk.
        """
        named, folder = f"sha256:{manifest}", self.work / secrets.token_hex(8)
        folder.mkdir(mode=0o700)
        largest = max(one.size for one in wanted)
        argv = ("prlimit", f"--fsize={max(largest, MAX_DOCUMENT) + _SLACK}", "--", "skopeo", _timeout(wanted), "copy", "--quiet",
                "--retry-times=1", "--remove-signatures", *self._options("src-"), "--dest-oci-accept-uncompressed-layers",
                "--dest-shared-blob-dir=blobs", self.place.at(named), "oci:layout")
        process.require("skopeo")
        try:
            process.run(argv, env=self._environment(), cwd=folder)
        except ToolFailed as error:
            raise self._explained(error, named) from error
        return {one.digest: self._proven(folder / "blobs" / "sha256" / one.digest, one, named) for one in wanted}

    def send(self, layout: Path, name: str, tag: str, *, given: Sequence[int] = (), plain: bool = False) -> None:
        """Send what has a name in an OCI layout, byte for byte; with ``plain``, layers may be compressed on their way."""
        kept = () if plain else ("--preserve-digests",)
        argv = ("skopeo", "copy", "--quiet", "--retry-times=1", "--remove-signatures", *kept, *self._options("dest-"),
                f"oci:{layout}:{name}", self.place.at(tag))
        process.require("skopeo")
        try:
            process.run(argv, env=self._environment(), cwd=self.work, pass_fds=given)
        except ToolFailed as error:
            raise self._explained(error, tag, "cannot be sent") from error

    def _said(self, *words: str) -> bytes:
        process.require("skopeo")
        argv = ("skopeo", f"--command-timeout={_SECONDS}s", *words)
        said = process.run(argv, env=self._environment(), cwd=self.work).stdout.encode()
        return said.removesuffix(b"\n")         # skopeo may end what it says with a line end of its own

    def _options(self, side: str = "") -> tuple[str, ...]:
        """``src-`` and ``dest-`` are what skopeo calls the sides of a copy."""
        tls = "false" if self.place.host in self.outside.plain_http else "true"
        known = (f"--{side}authfile={self.credentials}",) if self.credentials else ()
        return (f"--{side}tls-verify={tls}", *known)

    def _environment(self) -> dict[str, str]:
        return registry.environment(self.outside, self.work)

    def _proven(self, path: Path, wanted: Blob, named: str) -> Path:
        try:
            with places.opened(path) as handle:
                size = os.fstat(handle).st_size
                expect(self._where(named), wanted, places.content(handle)[0] if size == wanted.size else wanted.digest, size)
        except OSError as error:
            raise Fault(f"{self._where(named)}: sha256:{wanted.digest} did not come: {error.strerror}", hint=_HINT) from error
        return path

    def _explained(self, error: ToolFailed, named: str, what: str = "cannot be fetched") -> Error:
        where = self._where(named)
        if "file too large" in error.tail:
            return Fault(f"{where}: sends more than its manifest says", hint="tell the registry's owner")
        if "no space left" in error.tail or "quota exceeded" in error.tail:
            return Error(f"{self.work}: the disk is full", hint="make room there: certify store gc --apply, or another TMPDIR")
        return registry.explained(error, where, self.place.host) or Error(
            f"{where}: {what}: {registry.message(error.tail)}", hint=_HINT)

    def _where(self, named: str) -> str:
        return self.place.at(named).removeprefix("docker://")


def _timeout(wanted: Sequence[Blob]) -> str:
    return f"--command-timeout={_SECONDS + sum(one.size for one in wanted) // _SLOWEST}s"
