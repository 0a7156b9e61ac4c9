"""certify publish: put a certified image into the store."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from certify.cli import images, options

if TYPE_CHECKING:
    from certify.store.layout import Store


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("publish")(publish)


def publish(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A folder with an image and its certs/.")],
    store: options.StorePath = None,
    key: options.KeyPath = None,
    trust: options.TrustPath = None,
    recipe: options.RecipeOption = None,
    widen: options.Widen = False,
    site: options.SiteName = "shifter",
) -> None:
    """Verify an image's certificate and publish it under its tag; who may use it stands in its recipe."""
    from builder import image
    from builder.squashfs import read_text
    from certify.attest import CERTS
    from certify.bundle import Bundle
    from certify.store.publish import publish as put

    squashfs = images.locate(out)
    signer, trusted, opened = options.need_signer(key), options.need_trust(trust), _store(store, site)
    access = images.need_recipe(squashfs, recipe).recipe.access
    bundle = Bundle.read(squashfs.parent / CERTS)
    done = put(opened, squashfs, config=image.ImageConfig.from_json(read_text(squashfs, image.PATH)),
               envelopes=[bundle.certificate, *bundle.others], access=access, signer=signer, trust=trusted,
               widen=widen, now=datetime.now(UTC))
    print(f"{done.reference}  {done.status}")


def _store(path: Path | None, site: str) -> Store:
    return options.need_store(path, create=True, site=options.load_site(site))
