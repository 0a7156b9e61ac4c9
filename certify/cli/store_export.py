"""certify store export and import: an image with its certificates, from one store to another."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from certify.cli import options


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("export")(export)
    app.command("import")(import_)


def export(
    image: Annotated[str, typer.Argument(metavar="REF", help="The image.")],
    target: Annotated[Path, typer.Argument(metavar="DIR|FILE.tar", help="A new folder, or a new tar file.")],
    store: options.StorePath = None,
    trust: options.TrustPath = None,
    platform: Annotated[str | None, typer.Option("--platform", help="Of the image [default: this machine's].")] = None,
) -> None:
    """Write an image with its certificate and who may use it, once all of it is proven; a private one for you alone."""
    from builder import key
    from certify.reference import Reference
    from certify.store.exporting import export as write

    proven = write(options.need_store(store), Reference.parse(image), target, options.need_trust(trust), now=datetime.now(UTC),
                   platform=platform or key.platform())
    print(f"{target}  sha256:{proven.digest}")


def import_(
    source: Annotated[Path, typer.Argument(metavar="DIR|FILE.tar", help="What export wrote.")],
    store: options.StorePath = None,
    key: options.KeyPath = None,
    trust: options.TrustPath = None,
    numeric: Annotated[bool, typer.Option("--numeric", help="The numbers of users and groups are right here, too.")] = False,
    site: options.SiteName = "shifter",
) -> None:
    """Verify what export wrote with the trust of this site, and publish it for those for whom it was, and no others."""
    from certify.store import exporting

    signer, trusted = options.need_signer(key), options.need_trust(trust)
    opened = options.need_store(store, create=True, site=options.load_site(site))
    with exporting.opened(opened, source) as parcel:
        done = exporting.take(opened, parcel, signer=signer, trust=trusted, now=datetime.now(UTC), numeric=numeric)
    print(f"{done.reference}  {done.status}")
