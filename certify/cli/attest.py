"""certify attest: check an image oneself, and sign what was found."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from certify.cli import images, options
from certify.cli.screen import Screen


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("attest")(attest)


def attest(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A build's folder, or a squashfs file.")],
    key: options.KeyPath = None,
    recipe: options.RecipeOption = None,
    site: options.SiteName = "shifter",
) -> None:
    """Check and test an image again, and write its signed certificate to certs/ beside it.

    Nothing in the folder is believed but the bytes of the image: the recipe is the repository's own.
    """
    from certify import attest as attesting
    from certify.bundle import write_folder
    from certify.examination import examine
    from certify.sandbox.enter import Look

    signer, profile, squashfs = options.need_signer(key), options.load_site(site), images.locate(out)
    document, loaded = images.need_recipe(squashfs, recipe)
    with Screen(title=loaded.name) as screen:
        examined = examine(squashfs, profile, loaded.tests, screen, look=Look(host_libraries=loaded.host_libraries))
        envelopes = attesting.attest(examined, loaded, document.sha256, None, site=profile, signer=signer,
                                     now=datetime.now(UTC))
    folder = squashfs.parent / attesting.CERTS
    write_folder(folder, envelopes)
    print(f"{loaded.name}:{loaded.tag}  certified  sha256:{examined.digest}\n  {folder}")
