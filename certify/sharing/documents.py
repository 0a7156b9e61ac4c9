"""What stands in a registry for one image, as OCI artifacts: the image itself, its certificate, and who may use it.

    <repository>:<tag>                      the manifest that the store has, too: image.json, and the squashfs as the only layer
    <repository>:sha256-<manifest>.att      the certificate and its evidence, an envelope in each layer; named as cosign does
    <repository>:sha256-<manifest>.access   the access record

The latter two have the image as their ``subject``, and tags, as not every registry can be asked for what refers to an image,
and what has no tag is collected by some. All of it comes from strangers, and says nothing before it is verified.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from builder.bases.blobs import Blob
from builder.errors import Fault
from certify import strictjson
from certify.bundle import MOST_FILES
from certify.files import SMALL
from certify.store import oci
from certify.store.exporting import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from builder.image import ImageConfig

CERTIFICATE: Final = "att"
ACCESS: Final = "access"

EMPTY: Final = b"{}"                                            # what an artifact has that needs no configuration
EMPTY_TYPE: Final = "application/vnd.oci.empty.v1+json"         # OCI image spec 1.1, manifest.md
ENVELOPE: Final = "application/vnd.dsse.envelope.v1+json"
_KINDS: Final = {CERTIFICATE: "application/vnd.certify.certificate.v1", ACCESS: "application/vnd.certify.access.v1"}
_COSIGN: Final = {"dev.cosignproject.cosign/signature": ""}     # cosign wants it said that the signature is in the envelope
_HINT: Final = "certify store push puts images there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image as its manifest names it; ``digest`` and ``size`` are those of the manifest, the former in hex."""

    digest: str
    size: int
    config: Blob
    squashfs: Blob

    @property
    def descriptor(self) -> oci.Descriptor:
        """What its artifacts have as their subject."""
        return oci.descriptor(oci.MANIFEST, self.digest, self.size)

    def tag(self, kind: str) -> str:
        """The tag of one of its artifacts."""
        return f"sha256-{self.digest}.{kind}"


def image(config: ImageConfig, squashfs: Blob) -> bytes:
    """Make the manifest of an image: the very bytes that the store has in its OCI layout."""
    return oci.manifest(config.to_json().encode(), squashfs.digest, squashfs.size, f"{config.name}_{config.tag}.squashfs")


def artifact(kind: str, subject: Image, files: Mapping[str, bytes]) -> bytes:
    """Make the manifest of an artifact from its files by name."""
    layers = [oci.descriptor(ENVELOPE, oci.sha256(data), len(data), annotations={oci.TITLE: name, **_COSIGN})
              for name, data in files.items()]
    return strictjson.dumps({
        "schemaVersion": 2, "mediaType": oci.MANIFEST, "artifactType": _KINDS[kind],
        "config": oci.descriptor(EMPTY_TYPE, oci.sha256(EMPTY), len(EMPTY)), "layers": layers, "subject": subject.descriptor})


def read_image(data: bytes, where: str) -> Image:
    """Read the manifest of an image. Raises Fault for that of anything else."""
    with _hinted():
        return _image(data, where)


def _image(data: bytes, where: str) -> Image:
    reader = _reader(data, where)
    if not reader.has("artifactType") or reader.value("artifactType") != oci.CONFIG:
        raise Fault(f"{where}: not an image that certify pushed")
    layers = reader.array("layers", 1)
    if len(layers) != 1:
        raise Fault(f"{where}: an image has exactly one layer")
    config, squashfs = _blob(reader.child("config"), oci.CONFIG), _blob(_layer(layers[0], where), oci.LAYER)
    if config.size > oci.SMALL:
        raise Fault(f"{where}: an image.json of {config.size} bytes")
    return Image(digest=oci.sha256(data), size=len(data), config=config, squashfs=squashfs)


def read_artifact(data: bytes, kind: str, subject: Image, where: str) -> list[Blob]:
    """Read the manifest of an artifact that must be about the image. Raises Fault, also for more than anybody would push."""
    with _hinted():
        return _artifact(data, kind, subject, where)


def _artifact(data: bytes, kind: str, subject: Image, where: str) -> list[Blob]:
    reader = _reader(data, where)
    reader.text("artifactType", _KINDS[kind].replace(".", r"\."))
    about = reader.child("subject").digest("digest")
    if about != subject.digest:
        raise Fault(f"{where}: is about sha256:{about}, and the image is sha256:{subject.digest}")
    blobs = [_blob(_layer(one, where), ENVELOPE) for one in reader.array("layers", MOST_FILES)]
    if not blobs or max(one.size for one in blobs) > SMALL or sum(one.size for one in blobs) > MOST_BYTES:
        raise Fault(f"{where}: {len(blobs)} statements of {sum(one.size for one in blobs)} bytes")
    return blobs


@contextmanager
def _hinted() -> Iterator[None]:
    """Let each Fault say what belongs there."""
    try:
        yield
    except Fault as error:
        error.hint = error.hint or _HINT
        raise


def _reader(data: bytes, where: str) -> strictjson.Reader:
    if len(data) > oci.SMALL:
        raise Fault(f"{where}: a manifest of {len(data)} bytes")
    reader = strictjson.Reader(strictjson.loads(data), where)
    if reader.integer("schemaVersion") != 2 or (reader.has("mediaType") and reader.value("mediaType") != oci.MANIFEST):
        raise Fault(f"{where}: not the manifest of an artifact")
    return reader


def _layer(value: object, where: str) -> strictjson.Reader:
    return strictjson.Reader(value, f"{where}: layer")


def _blob(reader: strictjson.Reader, media_type: str) -> Blob:
    reader.text("mediaType", media_type.replace(".", r"\.").replace("+", r"\+"))
    return Blob(digest=reader.digest("digest"), size=reader.integer("size"))
