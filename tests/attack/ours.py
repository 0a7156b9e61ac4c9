"""Our own steps, as the rows of the table call them, and what attackers use: nobody asks who may write in these."""

from __future__ import annotations

import hashlib
import json
import os

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from builder.errors import Fault
from builder.recipe.model import Access
from certify.dsse import Envelope
from certify.reference import Reference
from certify.seen import Seen
from certify.store import fsck
from certify.trust import TrustedKey
from certify.verify import verify_reference

HOST = "linux/amd64"
ONE, TWO = (hashlib.sha256(content).hexdigest() for content in (b"image one", b"image two"))
PRIVATE = Access(users=(20001,))
LISTED, STRANGER = 20001, 20002


def verify(world, text="tool", **more):
    """The whole proof of a reference."""
    values = {"now": world.now, "platform": HOST, **more}
    return verify_reference(world.store, Reference.parse(text), world.trust, **values)


def proven(world, text="tool", **more):
    """The same for later; it must hold now, so that what fails after the attack fails by the attack."""
    verify(world, text, **more)
    return lambda: verify(world, text, **more)


def checked(world, **more):
    """What fsck finds, as one Fault; nothing if all is well."""
    found = fsck.check(world.store, world.trust, **{"now": world.now, **more}).errors
    if found:
        raise Fault("; ".join(one.message for one in found))


def sound(world, **more):
    """The same for later; all must be well now."""
    checked(world, **more)
    return lambda: checked(world, **more)


def memory(world):
    """What a user has seen of the store, in a file of the test's own."""
    return Seen.load(world.store.root, world.folder / "seen.json", None)


def remember(world, text="tool"):
    """Let the user look, and remember."""
    with memory(world) as seen:
        verify(world, text, seen=seen)


def two(world, **more):
    """Publish a second version, which is ``latest`` then."""
    return world.publish(b"image two", world.config("1.1"), **more)


def overwrite(path, data):
    """Change a file in place, whatever its mode is."""
    path.chmod(0o644)
    path.write_bytes(data)


def certificate(world, digest=ONE):
    """The file of an image's certificate."""
    return world.store.certs(digest) / "certificate.dsse.json"


def public(world):
    """The trusted keys by their ids, in PEM, as naive verifiers have them."""
    return {world.signer.keyid: world.signer.public_pem}


def key_of(signer, name, *roles):
    """A signer's key as a trust has it; without roles it may sign everything."""
    spki = load_pem_public_key(signer.public_pem).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return TrustedKey(name=name, spki=spki, **({"roles": frozenset(roles)} if roles else {}))


def edited(path, change):
    """Change what is signed, and leave the signatures."""
    envelope = Envelope.from_json(path.read_bytes())
    overwrite(path, Envelope(payload_type=envelope.payload_type, payload=change(envelope.payload),
                             signatures=envelope.signatures).to_json())


def signed_by(path, signer):
    """Have somebody else sign it."""
    envelope = Envelope.from_json(path.read_bytes())
    overwrite(path, signer.sign(envelope.payload_type, envelope.payload).to_json())


def rewritten(path, change):
    """Change the envelope's JSON."""
    values = json.loads(path.read_bytes())
    change(values)
    overwrite(path, json.dumps(values).encode())


def refused(function):
    """Have something refused on the way to an attack."""
    try:
        function()
    except Fault:
        return
    raise AssertionError("this should have been refused")


def same_time(path, data):
    """Overwrite a file, and set its time back."""
    before = path.stat()
    overwrite(path, data)
    path.chmod(before.st_mode & 0o777)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
