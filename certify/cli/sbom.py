"""certify sbom: the bill of materials of an image, CycloneDX 1.6."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from builder.errors import Error, Fault
from certify.cli import images, options
from certify.cli.screen import Screen

if TYPE_CHECKING:
    from builder.record import Record
    from certify.site import Site


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sbom")(sbom)


def sbom(
    image: Annotated[str, typer.Argument(metavar="REF|FILE|OUT", help="A reference into the store, a squashfs, or a build's "
                                                                      "folder.")],
    store: options.StorePath = None,
    trust: options.TrustPath = None,
    site: options.SiteName = "shifter",
) -> None:
    """Print what an image is made of: packages of dpkg, rpm, Python and conda, and what its recipe brought.

    For a published image it is the signed evidence; for a file, what is found in it.
    """
    path = Path(image)
    if path.suffix == ".squashfs" or path.is_dir():
        data, _ = _examined(images.locate(path), options.load_site(site), path if path.is_dir() else None)
    else:
        data = _published(image, store, trust, site)
    sys.stdout.write(data.decode("ascii"))


def _published(image: str, store: Path | None, trust: Path | None, site: str) -> bytes:
    from builder import key
    from certify.reference import Reference
    from certify.sbom import text
    from certify.store.find import materials

    entry, document = materials(options.need_store(store), Reference.parse(image), options.need_trust(trust), key.platform())
    if document is not None:
        return text.dumped(document)
    print(f"note: {image} was certified without a bill of materials; this is what is in it now, and nobody signed it",
          file=sys.stderr)
    data, digest = _examined(entry.squashfs, options.load_site(site), None)
    if digest != entry.digest:
        raise Fault(f"{entry.squashfs} is sha256:{digest}, not sha256:{entry.digest}")
    return data


def _examined(squashfs: Path, site: Site, out: Path | None) -> tuple[bytes, str]:
    """The document for a file, and the file's sha256 (hex)."""
    from certify.examination import examine
    from certify.sandbox.enter import Look
    from certify.sbom.build import bom

    with Screen(title=squashfs.name) as screen:
        examined = examine(squashfs, site, (), screen, look=Look(contents=True))
    if examined.inventory is None:
        raise Error(f"{squashfs}: its packages could not be listed", hint="certify doctor shows what is missing")
    for note in examined.inventory.notes:
        print(f"note: {note}", file=sys.stderr)
    record = _record(out, examined.digest) if out is not None else None
    return bom(examined.config, examined.digest, examined.inventory, record), examined.digest


def _record(out: Path, digest: str) -> Record | None:
    """The record in a build's folder, if it is that of this very image; without one, less is known."""
    from builder.record import Record

    try:
        record = Record.read(out)
    except Error as error:
        print(f"note: what the recipe fetched is not known: {error.message}", file=sys.stderr)
        return None
    return record if record.digest == digest else None
