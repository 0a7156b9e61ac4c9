"""An image with all that vouches for it, as a folder or a tar file.

It is for carrying to another store, where nothing is believed before it is verified. The folder is like that of a build:
``certify verify`` and ``certify publish`` read it, too.
"""

from __future__ import annotations

import grp
import io
import os
import pwd
import secrets
import shutil
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from builder.errors import Error, Fault
from builder.image import ImageConfig
from builder.recipe.model import Access
from certify.bundle import MOST_FILES, SUFFIX, Bundle
from certify.dsse import Envelope
from certify.files import PIECE, open_regular, pieces, read_small
from certify.store import access as accesses
from certify.store import oci
from certify.store.access import AccessRecord
from certify.store.publish import publish
from certify.trust import ACCESS
from certify.verify import open_image, verify_reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from certify.reference import Reference
    from certify.signing import Signer
    from certify.store.access import Principal, Realm
    from certify.store.layout import Store
    from certify.store.publish import Published
    from certify.trust import Trust
    from certify.verify import Verified

IMAGE: Final = "image.squashfs"
CONFIG: Final = "image.json"
RECORD: Final = f"access{SUFFIX}"
CERTS: Final = "certs/"
INCOMING: Final = "making-"             # of the quarantine: what a dead import leaves is swept with it
MOST_BYTES: Final = 128 << 20           # of all small files together


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What arrived: the squashfs as a file, and the small files by name, none of them believed yet."""

    squashfs: Path
    files: Mapping[str, bytes]


def export(store: Store, wanted: Reference, target: Path, trust: Trust, *, now: datetime, platform: str) -> Verified:
    """Write an image with its certificate and access record to a new folder, or to a new file if that ends in ``.tar``.

    All is proven first; what is written is what was proven. An image that is not public can be read by the caller alone
    there. Raises VerificationFailed, or Error if something has that name.
    """
    with proven(store, wanted, trust, now=now, platform=platform) as (found, files, fd):
        public = found.access is not None and found.access.realm.public
        if os.path.lexists(target):
            raise Error(f"{target} is there already", hint="nothing is replaced: give another name")
        try:
            (_write_tar if target.suffix == ".tar" else _write_folder)(target, files, fd, public=public)
        except OSError as error:
            raise Error(f"{target}: {error.strerror}", hint="is the disk full?") from error
    return found


@contextmanager
def proven(store: Store, wanted: Reference, trust: Trust, *, now: datetime,
           platform: str) -> Iterator[tuple[Verified, dict[str, bytes], int]]:
    """Prove an image; give with the proof the small files that go with it by name, and the open image itself.

    Raises VerificationFailed.
    """
    fd = _opened(store, wanted, platform)
    try:
        found = verify_reference(store, wanted, trust, now=now, platform=platform, fd=fd)
        yield found, _files(store, found), fd
    finally:
        os.close(fd)


@contextmanager
def opened(store: Store, source: Path) -> Iterator[Parcel]:
    """Read what ``export`` wrote; of a tar file the image is unpacked into the store's quarantine meanwhile.

    Raises Fault for anything in it that is not as export writes it.
    """
    if source.is_dir():
        yield Parcel(squashfs=source / IMAGE, files=_from_folder(source))
        return
    folder = store.quarantine / f"{INCOMING}{secrets.token_hex(8)}"
    try:
        folder.mkdir(mode=0o700)
        yield Parcel(squashfs=folder / IMAGE, files=_from_tar(source, folder / IMAGE))
    except tarfile.TarError as error:
        raise Fault(f"{source}: not a tar file of an image: {error}") from error
    except OSError as error:
        raise Error(f"{error.filename or source}: {error.strerror}", hint="is the disk full, or the store not yours?") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def take(store: Store, parcel: Parcel, *, signer: Signer, trust: Trust, now: datetime, numeric: bool = False,
         access: Access | None = None, widen: bool = False) -> Published:
    """Publish what arrived, for those whom its access record names, and for no others.

    Certificate and access record must be signed by those whom *this* site trusts. Names of users and groups must mean the
    same numbers here, unless ``numeric`` says that the numbers are right as they are. With ``access`` this site says itself
    who may use the image, and a record that came need not be believed. ``widen`` is as for ``publish``. Raises Fault.
    """
    bundle = Bundle.pick([Envelope.from_json(data) for name, data in parcel.files.items() if name.startswith(CERTS)])
    certificate = bundle.verified(trust)
    config = parcel.files.get(CONFIG, b"")
    if oci.sha256(config) != certificate.config:
        raise Fault(f"{CONFIG} is not what was certified")
    if access is None:
        access = carried_access(parcel, certificate.digest, trust, numeric=numeric)
    return publish(store, parcel.squashfs, config=ImageConfig.from_json(config.decode("utf-8", "replace")),
                   envelopes=[bundle.certificate, *bundle.others], access=access, signer=signer, trust=trust, widen=widen,
                   now=now)


def carried_access(parcel: Parcel, digest: str, trust: Trust, *, numeric: bool) -> Access:
    """Who may use the image of that digest (hex), as the record says that came with it; raises Fault."""
    if RECORD not in parcel.files:
        raise Fault("who may use the image is not said", hint="without its access record an image is for nobody")
    envelope = Envelope.from_json(parcel.files[RECORD])
    record = AccessRecord.from_payload(trust.opened(envelope, ACCESS, accesses.PAYLOAD_TYPE))
    if record.digest != digest:
        raise Fault(f"the access record is about sha256:{record.digest}, the certificate about sha256:{digest}")
    if not numeric:
        _same_people(record.realm)
    return as_access(record.realm, numeric=numeric)


def refuse_wider(parcel: Parcel, access: Access) -> None:
    """Raise Fault if more people could use the image here than its access record says, whoever signed that.

    A record that nobody vouches for lets nobody in, but it can keep this site from letting more in by mistake.
    """
    if RECORD not in parcel.files:
        return
    said, realm = AccessRecord.from_payload(Envelope.from_json(parcel.files[RECORD]).payload).realm, accesses.resolve(access)
    if realm.wider_than(said):
        raise Fault(f"access would be wider than where the image comes from: {said} -> {realm}",
                    hint="if that is meant, say so with --widen")


def _opened(store: Store, wanted: Reference, platform: str) -> int:
    from certify.store.query import resolve

    return open_image(resolve(store, wanted, platform).squashfs)


def _files(store: Store, proven: Verified) -> dict[str, bytes]:
    digest, certificate = proven.digest, proven.certificate
    files = {f"{CERTS}{name}": data for name, data in Bundle.read(store.certs(digest)).files(certificate).items()}
    return {CONFIG: oci.read_blob(store, certificate.config), RECORD: read_small(store.access(digest)), **files}


def _write_folder(target: Path, files: Mapping[str, bytes], fd: int, *, public: bool) -> None:
    target.mkdir(mode=0o755 if public else 0o700)
    (target / CERTS).mkdir(mode=0o755 if public else 0o700)
    mode = 0o644 if public else 0o600
    for name, data in files.items():
        with _new(target / name, mode) as file:
            file.write(data)
    with _new(target / IMAGE, mode) as file:
        for piece in pieces(fd):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _write_tar(target: Path, files: Mapping[str, bytes], fd: int, *, public: bool) -> None:
    mode = 0o644 if public else 0o600
    try:
        with _new(target, mode) as file, tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for name, data in files.items():
                tar.addfile(_member(name, len(data), mode), io.BytesIO(data))
            with os.fdopen(os.dup(fd), "rb") as image:
                image.seek(0)
                tar.addfile(_member(IMAGE, os.fstat(fd).st_size, mode), image)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        target.unlink(missing_ok=True)      # half a file must not be taken for a whole one
        raise


def _member(name: str, size: int, mode: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)          # nobody's, of no time: the same image gives the same file
    member.size, member.mode = size, mode
    return member


def _new(path: Path, mode: int) -> IO[bytes]:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    return os.fdopen(fd, "wb")


def _from_folder(source: Path) -> dict[str, bytes]:
    certs = sorted(path for path in (source / CERTS).iterdir() if path.name.endswith(SUFFIX)) if (source / CERTS).is_dir() else []
    if len(certs) > MOST_FILES:
        raise Fault(f"{source / CERTS}: more than {MOST_FILES} statements")
    os.close(open_regular(source / IMAGE))
    return {name: read_small(source / name) for name in (CONFIG, RECORD, *(f"{CERTS}{path.name}" for path in certs))}


def _from_tar(source: Path, image: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    found, total = False, 0
    with os.fdopen(open_regular(source), "rb") as file:
        while (member := _header(file)) is not None:
            found = _check(member, files, found=found)
            if member.name == IMAGE:
                with _new(image, 0o600) as copy:
                    _copy(file, copy, member.size)
            else:
                total += member.size
                if total > MOST_BYTES:
                    raise Fault(f"{source}: more than {MOST_BYTES} bytes of statements")
                files[member.name] = file.read(member.size)
            file.read(-member.size % tarfile.BLOCKSIZE)
    if not found:
        raise Fault(f"{source}: without {IMAGE}, or cut off")
    return files


def _header(file: IO[bytes]) -> tarfile.TarInfo | None:
    """The next header, None at the end. Long names, sparse files and other extensions are not read: export needs none."""
    block = file.read(tarfile.BLOCKSIZE)
    if not block.strip(b"\0"):
        return None
    return tarfile.TarInfo.frombuf(block, "ascii", "surrogateescape")


def _check(member: tarfile.TarInfo, files: Mapping[str, bytes], *, found: bool) -> bool:
    """Refuse what export does not write; no path of it is ever used. Tells whether the image was found."""
    name = member.name
    known = name in (IMAGE, CONFIG, RECORD) or (name.startswith(CERTS) and name.endswith(SUFFIX) and name.count("/") == 1)
    if not known or member.type != tarfile.REGTYPE or member.size < 0:
        raise Fault(f"the tar file holds what no export writes: {ascii(name)[:120]}")
    if name in files or (name == IMAGE and found) or len(files) > MOST_FILES:
        raise Fault(f"the tar file holds {ascii(name)[:120]} twice, or too many files")
    return found or name == IMAGE


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    while size > 0:
        piece = source.read(min(size, PIECE))
        if not piece:
            raise Fault("the tar file is cut off")
        target.write(piece)
        size -= len(piece)


def _same_people(realm: Realm) -> None:
    """Numbers mean other people at another site: a name must lead to its number here, too."""
    for kind, principals in (("user", realm.users), ("group", realm.groups)):
        for one in principals:
            if one.name is not None and _number(kind, one.name) != one.id:
                raise Fault(f"the {kind} {one.name} has the number {one.id} in the access record, and another or none here",
                            hint="--numeric imports it if the numbers are right all the same")


def _number(kind: str, name: str) -> int | None:
    try:
        return pwd.getpwnam(name).pw_uid if kind == "user" else grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def as_access(realm: Realm, *, numeric: bool) -> Access:
    """A realm as a recipe would say it; with ``numeric`` by numbers alone."""
    def said(one: Principal) -> str | int:
        return one.id if numeric or one.name is None else one.name

    return Access(public=realm.public, users=tuple(map(said, realm.users)), groups=tuple(map(said, realm.groups)))
