"""Images of a store in a registry, as push puts them there, but with what a test changes; and their arrival in a store."""

from __future__ import annotations

import hashlib

from builder.bases.reference import place
from builder.outside import Outside
from builder.recipe.model import Access
from certify.reference import Reference
from certify.sharing import documents, pull
from certify.sharing.documents import ACCESS, CERTIFICATE, EMPTY
from certify.sharing.repository import Repository
from certify.store import exporting

HOST = "linux/amd64"
CONTENT = b"image one" * 1000
ONE = hashlib.sha256(CONTENT).hexdigest()
BLOB = f"/blobs/sha256:{ONE}"
PRIVATE = Access(users=(20001,), groups=(30001,))
TERMS = {"access": None, "numeric": False, "widen": False, "most": 1 << 20}


def stock(registry, world, change=lambda name, data: data, more=()):
    """Put an image of a store into a registry; ``change`` gives other bytes for a small file, or None for none."""
    proven = exporting.proven(world.store, Reference.parse("tool"), world.trust, now=world.now, platform=HOST)
    with proven as (found, files, _):
        size = found.size
    files = {name: new for name, data in [*files.items(), *more] if (new := change(name, data)) is not None}
    manifest = documents.image(world.config(), documents.Blob(digest=found.digest, size=size))
    image = documents.read_image(manifest, "test")
    registry.put("1", manifest, files["image.json"], world.store.blob(found.digest).read_bytes())
    certs = {name[6:]: data for name, data in files.items() if name.startswith("certs/")}
    access = {name: data for name, data in files.items() if name.startswith("access")}
    for kind, part in ((CERTIFICATE, certs), (ACCESS, access)):
        if part:
            registry.put(image.tag(kind), documents.artifact(kind, image, part), EMPTY, *part.values())
    return image


def arrive(registry, world, tag=":1", **more):
    """Pull it into a store."""
    terms = pull.Terms(**{name: more.pop(name, usual) for name, usual in TERMS.items()})
    with pull.incoming(world.store) as work:
        repository = Repository(place=place(f"docker://{registry.host}/team/tool{tag}"), work=work, credentials=None,
                                outside=Outside(plain_http=(registry.host,)), on_line=lambda _: None)
        usual = {"signer": world.signer, "trust": world.trust, "now": world.now}
        return pull.pull(world.store, repository, terms, **{**usual, **more})


def untouched(store):
    """Whether nothing of an image is in a store, believed or not."""
    return not any(any((store.root / name).iterdir()) for name in ("blobs/sha256", "quarantine", "tags", "certs", "access"))
