"""Naive copies of our steps: short, honest versions of what people usually write. Each of them falls for an attack.

They read the very files that ours write, so that an attack is the same attack for both. What the docstrings say stands in
the table of SECURITY.md.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

# Signatures


def fields(path):
    """Parses the payload and never asks who signed it."""
    return json.loads(base64.b64decode(json.loads(Path(path).read_bytes())["payload"]))


def signed_by_one(path, keys):
    """Is content with one good signature, whatever was asked for."""
    envelope = _envelope(path)
    return any(_good(pem, envelope, one["sig"]) for one in envelope["signatures"] for pem in keys.values())


def no_bad_signature(path, keys):
    """Looks for a bad signature and finds none where there is no signature at all."""
    envelope = _envelope(path)
    return all(any(_good(pem, envelope, one["sig"]) for pem in keys.values()) for one in envelope["signatures"])


def count_of_ids(path, keys):
    """Counts the ids of keys that signed, not the keys."""
    envelope = _envelope(path)
    return len({name for name, pem in keys.items() for one in envelope["signatures"] if _good(pem, envelope, one["sig"])})


def key_in_envelope(path, known):
    """Knows a signer by the id, and takes the key itself from the envelope."""
    envelope = _envelope(path)
    return any(one["keyid"] in known and _good(one["public"].encode(), envelope, one["sig"]) for one in envelope["signatures"])


def keys_beside(folder, path):
    """Believes the keys that lie in the store, beside what they signed."""
    envelope = _envelope(path)
    pems = [one.read_bytes() for one in sorted(Path(folder).glob("*.pub"))]
    return any(_good(pem, envelope, one["sig"]) for pem in pems for one in envelope["signatures"])


def anybody_trusted(path, keys):
    """Lets every trusted key sign everything: it knows no roles."""
    return signed_by_one(path, keys)


class PlainKey:
    """A key that signs the payload alone, and not what kind of payload it is."""

    def __init__(self):
        self._key = ec.generate_private_key(ec.SECP256R1())

    def sign(self, kind, payload):
        return {"payloadType": kind, "payload": payload, "sig": self._key.sign(payload, ec.ECDSA(hashes.SHA256()))}

    def verify(self, envelope):
        return _verifies(self._key.public_key(), envelope["sig"], envelope["payload"])


def payload_alone(key, envelope):
    """Verifies the payload without its type, which then says what is done with it."""
    return envelope["payloadType"] if key.verify(envelope) else None


def first_key_wins(data):
    """Verifies with one JSON reader and goes on with another, which takes the first of two equal keys."""
    return json.loads(data, object_pairs_hook=lambda pairs: dict(reversed(pairs)))


def all_of_it(path):
    """Reads whatever lies there into memory before it looks at it."""
    return json.loads(Path(path).read_bytes())


def _envelope(path):
    return json.loads(Path(path).read_bytes())


def _good(pem, envelope, signature):
    kind, payload = envelope["payloadType"].encode(), base64.b64decode(envelope["payload"])
    message = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
    return _verifies(load_pem_public_key(pem), base64.b64decode(signature), message)


def _verifies(key, signature, message):
    try:
        key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


# Finding an image, and proving it


def sha256(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def certificate_alone(store, digest):
    """Finds a good certificate under the name of the image and leaves the bytes alone."""
    return fields(store.certs(digest) / "certificate.dsse.json")["predicate"]["verdict"]["errors"] == 0


def any_certificate(store, digest):
    """Is content that there is a certificate in the image's folder, whatever image it is about."""
    return certificate_alone(store, digest)


def digest_of(store, name, tag="latest"):
    """Follows a tag to its image and asks neither for the record's name nor for its number."""
    return next(iter(fields(store.tag(name, tag))["images"].values()))["digest"].removeprefix("sha256:")


def first_platform(store, index):
    """Takes the first manifest of an index and hashes nothing on the way."""
    manifest = json.loads(store.blob(index).read_bytes())["manifests"][0]
    layer = json.loads(store.blob(manifest["digest"].removeprefix("sha256:")).read_bytes())["layers"][0]
    return layer["digest"].removeprefix("sha256:")


def by_index_json(store, wanted):
    """Looks an image up in index.json, which nobody signed."""
    for one in json.loads(store.index_json.read_bytes())["manifests"]:
        if one["annotations"]["org.opencontainers.image.ref.name"] == wanted:
            return first_platform(store, one["digest"].removeprefix("sha256:"))
    return None


def verify_then_open(path, digest, meanwhile):
    """Verifies by the name and opens by the name again."""
    assert sha256(path) == digest
    meanwhile()
    return Path(path).read_bytes()


class Cache:
    """Remembers what was verified by path, size and time of change."""

    def __init__(self):
        self._known = {}

    def verified(self, path, digest):
        status = path.stat()
        mark = (str(path), status.st_size, status.st_mtime_ns)
        if mark not in self._known:
            self._known[mark] = sha256(path) == digest
        return self._known[mark]


def root_of(image, block=4):
    """The root of a hash tree over a file."""
    data = Path(image).read_bytes()
    level = [hashlib.sha256(data[at:at + block]).digest() for at in range(0, len(data), block)]
    while len(level) > 1:
        level = [hashlib.sha256(b"".join(level[at:at + 2])).digest() for at in range(0, len(level), 2)]
    return level[0]


def root_hash_beside(image, root):
    """Proves an image by a hash tree whose root lies in a file beside it."""
    return root.read_bytes() == root_of(image)


def in_force(path, now):
    """Looks at the end of the validity alone."""
    return now.strftime("%Y-%m-%dT%H:%M:%SZ") < fields(path)["predicate"]["valid_until"]


def revoked(path, digest):
    """Takes a list that is missing or cannot be read for an empty one."""
    try:
        return digest in fields(path)["images"]
    except (OSError, ValueError, KeyError):
        return False


def newest_list(path, keys, number):
    """Takes any list of what was revoked that is signed by a key of long ago and has a higher number."""
    return signed_by_one(path, keys) and fields(path)["number"] > number


# The runtime's .meta


def write_meta(env, uids, *, acl_last=False):
    """Writes each value as it is."""
    acl, lines = [f"USERACL: {','.join(map(str, uids))}"], [f"ENV: {name}={value}" for name, value in env.items()]
    ordered = ["FORMAT: squashfs", *(lines + acl if acl_last else acl + lines)]
    return "".join(f"{one}\n" for one in ordered).encode()


def numbers(names, known):
    """Leaves out the names that it cannot resolve."""
    return [known[one] for one in names if one in known]


def runtime_admits(meta, uid):
    """The runtime itself: reads what stands in the .meta and asks nobody who wrote it."""
    fields_, swallowed = {}, False
    for line in meta.decode().split("\n"):
        ends = line.rstrip().endswith("\\")
        if not swallowed and ":" in line:
            key, _, value = line.partition(":")
            fields_[key.strip()] = value.strip()
        swallowed = ends
    listed = [one for one in fields_.get("USERACL", "").split(",") if one]
    return not listed or uid in [int(one) % 2**32 for one in listed if one.isdigit()]


# Paths and links


def join(root, *parts):
    """Joins a path of what it was given."""
    return Path(root).joinpath(*parts)


def looks_like_a_name(text):
    """Accepts any letters as a name."""
    return text.isalnum()


def write(path, data):
    """Opens a path for writing, wherever that leads."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(data)


def read(path):
    """Reads a path, wherever that leads."""
    return Path(path).read_bytes()


def unpack(archive, folder):
    """Unpacks an archive by the names that it brings."""
    with tarfile.open(archive) as tar:
        for member in tar:
            write(Path(folder) / member.name, tar.extractfile(member).read() if member.isreg() else b"")


def load_key(path):
    """Reads keys from files without a look at their modes."""
    return Path(path).read_bytes()


def line(text):
    """Prints what it read, as it read it."""
    return f"ok  {text}"


# Images


def inspect(tree):
    """Reads a listing line by line, and of a mode only the permissions."""
    listing = subprocess.run(["find", tree, "-mindepth", "1", "-printf", "%m %P\n"], capture_output=True, check=True).stdout
    found = []
    for one in listing.decode("utf-8", "replace").splitlines():
        mode, _, path = one.partition(" ")
        if os.path.lexists(tree / path) and not int(mode, 8) & 0o004:
            found.append(path)
    return found


def record_beside(path):
    """Takes the image's environment from the record that lies beside it."""
    return json.loads(Path(path).read_bytes())["environment"]


# Publishing and keeping house


class Shelf:
    """A naive store: images and tags as plain files."""

    def __init__(self, root):
        self.root = root

    def publish(self, tag, data, pause=lambda: None):
        """Looks whether the tag is free, then writes image and tag where they belong."""
        digest = hashlib.sha256(data).hexdigest()
        if (self.root / tag).exists():
            raise FileExistsError(tag)
        pause()
        (self.root / tag).write_text(digest)
        fd = os.open(self.root / digest, os.O_WRONLY | os.O_CREAT, 0o644)
        for at in range(0, len(data), 4):
            os.write(fd, data[at:at + 4])
        os.close(fd)

    def get(self, tag):
        return (self.root / (self.root / tag).read_text()).read_bytes()


def publish_again(readers, wanted):
    """Lets in whomever the last publisher names."""
    readers[:] = wanted
    return readers


def collect(store):
    """Deletes at once what no tag leads to."""
    kept = {digest for name in (store.root / "tags").iterdir() for tag in name.iterdir()
            for digest in re.findall(r"[0-9a-f]{64}", json.dumps(fields(tag)))}
    for blob in list((store.root / "blobs/sha256").iterdir()):
        if blob.name not in kept:
            blob.unlink()


def empty(folder):
    """Empties a folder, through a link as well."""
    for one in os.scandir(folder):
        shutil.rmtree(Path(one.path).resolve()) if one.is_dir() else Path(one.path).unlink()


class Log:
    """Appends a line to a file; who can write it can shorten it."""

    def __init__(self, path):
        self.path = path

    def append(self, text):
        with self.path.open("a") as file:
            file.write(text + "\n")

    def sound(self):
        return all(one.endswith("\n") for one in self.path.open())
