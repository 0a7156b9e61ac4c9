"""certify attest: check an image oneself, and sign what was found."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from certify.cli import images, options, output
from certify.cli.screen import Screen


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("attest")(attest)


def attest(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="A build's folder, or a squashfs file.")],
    key: options.KeyPath = None,
    recipe: options.RecipeOption = None,
    site: options.SiteName = "shifter",
    policy: options.PolicyPath = None,
    add: Annotated[bool, typer.Option("--add", help="Add your signature to the certificate that is there, if your own "
                                                    "examination agrees with it.")] = False,
) -> None:
    """Check and test an image again, and write its signed certificate to certs/ beside it.

    Nothing in the folder is believed but the bytes of the image: the recipe is the repository's own.
    """
    from certify import attest as attesting
    from certify import cosign
    from certify.bundle import Bundle, write_folder
    from certify.examination import examine
    from certify.sandbox.enter import Look
    from certify.startup import Wish

    signer, profile, squashfs = options.need_signer(key), options.load_site(site), images.locate(out)
    policies, folder = options.load_policy(policy), squashfs.parent / attesting.CERTS
    there = Bundle.read(folder) if add else None
    document, loaded = images.need_recipe(squashfs, recipe)
    try:
        with Screen(title=loaded.name) as screen:
            examined = examine(squashfs, profile, loaded.tests, screen, look=Look(host_libraries=loaded.host_libraries),
                               wish=Wish.of(loaded))
            now = datetime.now(UTC)
            if there is None:
                envelopes = attesting.attest(examined, loaded, document.sha256, None, site=profile, signer=signer, now=now,
                                             policy=policies)
            else:
                envelopes = cosign.add([there.certificate, *there.others], examined, loaded, document.sha256, site=profile,
                                       signer=signer, now=now, policy=policies)
    except attesting.NotCertified as error:
        output.findings(error.errors)
        output.tests(error.examination.tests)
        output.start(error.examination.start)
        raise
    write_folder(folder, envelopes)
    told = "certified" if there is None else f"certified by {len(envelopes[0].signatures)} keys"
    print(f"{loaded.name}:{loaded.tag}  {told}  sha256:{examined.digest}\n  {folder}")
