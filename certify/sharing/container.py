"""An image of the store as an ordinary container image, for docker and podman: other bytes, and so without its certificate.

The layer is made from the very squashfs that was proven, by a process that can do nothing but read it.
"""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from builder import process
from builder.bases.blobs import Blob
from builder.bases.registry import message
from builder.errors import Error, Fault, ToolFailed, UsageError
from builder.image import ImageConfig
from builder.normalise import EPOCH
from certify import strictjson
from certify.files import sha256_of
from certify.reference import NAME, TAG
from certify.sandbox import enter
from certify.sharing import push
from certify.sharing.layout import Layout
from certify.store import oci
from certify.store.exporting import CONFIG, proven

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from certify.proof import Verified
    from certify.reference import Reference
    from certify.sharing.repository import Repository
    from certify.store.layout import Store
    from certify.trust import Trust

OCI: Final = "oci:"
ARCHIVE: Final = "docker-archive:"
DIGEST: Final = "org.certify.squashfs"      # the label that leads back to what was certified

_CONFIG: Final = "application/vnd.oci.image.config.v1+json"
_LAYER: Final = "application/vnd.oci.image.layer.v1.tar"
_NAME: Final = "image"
_FAILED: Final = "the image could not be copied"
_SHELL: Final = ("/bin/sh",)                # what ``certify run`` starts in an image without an entrypoint
_FORMS: Final = "docker://HOST/NAME[:TAG], oci:DIR[:TAG] or docker-archive:FILE[:NAME:TAG]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written: where, and the digests (hex) of its manifest as it was made here, and of the squashfs."""

    place: str
    manifest: str
    digest: str
    status: push.Status


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A new OCI layout, or a new archive of docker's, and what the image is called in there."""

    path: Path
    form: str
    name: str

    def __str__(self) -> str:
        return f"{self.form}{self.path}:{self.name}"


def file(word: str, config: ImageConfig) -> File:
    """What a word on the command line names. Raises UsageError."""
    form = OCI if word.startswith(OCI) else ARCHIVE if word.startswith(ARCHIVE) else ""
    path, _, name = word.removeprefix(form).partition(":")
    name = name or (config.tag if form == OCI else f"{config.name}:{config.tag}")
    first, colon, tag = name.partition(":")
    named = TAG.fullmatch(name) if form == OCI else colon and NAME.fullmatch(first) and TAG.fullmatch(tag)
    if not form or not path or not named:
        raise UsageError(f"{word}: not a place for a container image", hint=_FORMS)
    return File(path=Path(path).absolute(), form=form, name=name)


def write(store: Store, wanted: Reference, target: str, work: Path, trust: Trust, *, now: datetime, platform: str) -> Exported:
    """Write an image to a new OCI layout or a new archive; a private one can be read by the caller alone there.

    Raises VerificationFailed; Error if something has that name.
    """
    with proven(store, wanted, trust, now=now, platform=platform) as (found, files, fd):
        config = ImageConfig.from_json(files[CONFIG].decode())
        place = file(target, config)
        if os.path.lexists(place.path):
            raise Error(f"{place.path} is there already", hint="nothing is replaced: give another name")
        layout, made = _layout(found, config, fd, work)
        public = found.access is not None and found.access.realm.public
        with _new(place.path, 0o022 if public else 0o077):
            process.run(("skopeo", "copy", "--quiet", "--dest-oci-accept-uncompressed-layers", f"{OCI}{layout.folder}:{_NAME}",
                         str(place)), env={**process.CLEAN, "TMPDIR": str(work)}, cwd=work)
        return Exported(place=str(place), manifest=oci.sha256(made), digest=found.digest, status=push.Status.WRITTEN)


def send(store: Store, wanted: Reference, repository: Repository, trust: Trust, *, now: datetime, platform: str, widen: bool,
         replace: bool) -> Exported:
    """Send an image to a registry; ``widen`` and ``replace`` are as for ``push``. Raises VerificationFailed, or Fault."""
    push.refuse_digest(repository.place)
    with proven(store, wanted, trust, now=now, platform=platform) as (found, files, fd):
        push.refuse_private(found, repository.place.host, widen=widen)
        place = push.named(repository.place, found.certificate.tag)
        there = repository.manifest(str(place.tag))
        layout, made = _layout(found, ImageConfig.from_json(files[CONFIG].decode()), fd, repository.work)
        if there is not None and not replace and _image_id(there) != _image_id(made):
            raise push.taken(place)
        repository.send(layout.folder, _NAME, str(place.tag), plain=True)
        status = push.Status.UNCHANGED if there is not None and _image_id(there) == _image_id(made) else push.Status.PUSHED
        return Exported(place=str(place), manifest=oci.sha256(made), digest=found.digest, status=status)


def config_of(config: ImageConfig, content: str, squashfs: str) -> bytes:
    """The configuration of the container image whose only layer, as a tar, has that sha256 (hex)."""
    created = datetime.fromtimestamp(EPOCH, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    labels = {"org.opencontainers.image.title": config.name, "org.opencontainers.image.version": config.tag,
              DIGEST: f"sha256:{squashfs}"}
    variables = [f"{name}={value}" for name, value in sorted(config.environment.items())]
    settings: dict[str, Any] = {"Env": variables, "Labels": labels}
    settings |= {"Entrypoint": list(config.entrypoint)} if config.entrypoint else {"Cmd": list(_SHELL)}
    settings |= {"WorkingDir": config.workdir} if config.workdir else {}
    kind = dict(zip(("os", "architecture", "variant"), config.platform.split("/"), strict=False))
    return strictjson.dumps({"created": created, **kind, "config": settings,
                             "rootfs": {"type": "layers", "diff_ids": [f"sha256:{content}"]},
                             "history": [{"created": created, "created_by": "certify store push --as image"}]})


def _layout(found: Verified, config: ImageConfig, fd: int, work: Path) -> tuple[Layout, bytes]:
    layout = Layout(work / "layout")
    layer = _layer(fd, layout, work)
    settings = config_of(config, layer.digest, found.digest)
    manifest = strictjson.dumps({
        "schemaVersion": 2, "mediaType": oci.MANIFEST, "config": oci.descriptor(_CONFIG, oci.sha256(settings), len(settings)),
        "layers": [oci.descriptor(_LAYER, layer.digest, layer.size)]})
    layout.add([settings])
    layout.name(_NAME, manifest)
    return layout, manifest


def _layer(fd: int, layout: Layout, work: Path) -> Blob:
    """Make the layer of the open image."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        # Where there is no FUSE an examination unpacks instead, and leaves out what it cannot make.
        raise Error("/dev/fuse cannot be opened, and without it the image cannot be copied whole",
                    hint="modprobe fuse, or do it as root")
    part = work / "layer"
    target = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        events: list[dict[str, Any]] = []
        enter.listen({"kind": "layer", "image": fd, "target": target}, (fd, target), events.append, _FAILED)
        if [one["event"] for one in events] != ["end"]:
            raise Error(_FAILED, hint="certify doctor shows what is missing")
        digest, size = sha256_of(target)
    finally:
        os.close(target)
    part.rename(layout.path(digest))
    return Blob(digest=digest, size=size)


def _image_id(manifest: bytes) -> str:
    """What docker knows an image by: the digest of its configuration, whatever became of its layers on their way."""
    try:
        return strictjson.Reader(strictjson.loads(manifest), "manifest").child("config").digest("digest")
    except Fault:
        return ""


@contextmanager
def _new(path: Path, umask: int) -> Iterator[None]:
    """Let something of that name be made; it is gone again if that fails: half an image must not be taken for a whole one."""
    before = os.umask(umask)
    try:
        yield
    except BaseException as error:
        remove: Callable[[Path], object] = shutil.rmtree if path.is_dir() else Path.unlink
        if os.path.lexists(path):
            remove(path)
        if isinstance(error, ToolFailed):
            raise Error(f"{path}: cannot be written: {message(error.tail)}",
                        hint="is its folder there and yours, and has the disk room?") from error
        raise
    finally:
        os.umask(before)
