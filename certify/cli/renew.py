"""certify renew: a new certificate for an image of the store, without a build."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from certify.cli import options, output

if TYPE_CHECKING:
    from certify.certificate import Certificate
    from certify.dsse import Envelope
    from certify.reference import Reference
    from certify.renew import Desk


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("renew")(renew)


def renew(
    ref: Annotated[str, typer.Argument(metavar="REF", help="A reference into the store.")],
    store: options.StorePath = None,
    key: options.KeyPath = None,
    trust: options.TrustPath = None,
    recipe: options.RecipeOption = None,
    site: options.SiteName = "shifter",
    policy: options.PolicyPath = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="DIR", help="Where others must sign, too: write the image and the "
                                             "new certs/ there, for certify attest --add, and leave the store alone.")] = None,
    given: Annotated[Path | None, typer.Option("--from", metavar="DIR", help="Then: put the certificate of that folder into the "
                                                                             "store.")] = None,
) -> None:
    """Check and test the stored bytes against today's profile and policy, as root, and certify them anew.

    The tests are those that the signed evidence names, unless a recipe is given. An image that expired, or whose certificate
    or key was revoked, comes back into the runtime's sight. The old certificate is kept.
    """
    from certify import renew as renewing
    from certify.attest import CERTS, NotCertified
    from certify.bundle import Bundle, write_folder

    desk, wanted, squashfs = _desk(ref, store, key, trust, recipe, site, policy)
    if given is not None:
        bundle = Bundle.read(given / CERTS)
        _tell(renewing.enter(desk, [bundle.certificate, *bundle.others]))
        return
    try:
        envelopes = _attested(desk, wanted)
    except NotCertified as error:
        output.findings(error.errors)
        output.tests(error.examination.tests)
        output.start(error.examination.start)
        raise
    if out is None:
        _tell(renewing.enter(desk, envelopes))
        return
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(squashfs, out / "image.squashfs")
    write_folder(out / CERTS, envelopes)
    print(f"{ref}  certified, not entered\n  certify attest --add {out} --key ...\n  certify renew {ref} --from {out}")


def _desk(ref: str, store: Path | None, key: Path | None, trust: Path | None, recipe: Path | None, site: str,
          policy: Path | None) -> tuple[Desk, Reference, Path]:
    from builder import key as keys
    from certify import renew as renewing
    from certify.cli import images
    from certify.reference import Reference
    from certify.store.query import resolve

    opened, wanted = options.need_store(store), Reference.parse(ref)
    squashfs = resolve(opened, wanted, keys.platform()).squashfs
    return renewing.Desk(store=opened, site=options.load_site(site), policy=options.load_policy(policy), now=datetime.now(UTC),
                         signer=options.need_signer(key), trust=options.need_trust(trust),
                         recipe=images.need_recipe(squashfs, recipe) if recipe else None), wanted, squashfs


def _attested(desk: Desk, wanted: Reference) -> list[Envelope]:
    from builder import key as keys
    from certify import renew as renewing
    from certify.cli.screen import Screen

    with Screen(title=str(wanted)) as screen:
        return renewing.attested(desk, wanted, keys.platform(), screen)


def _tell(new: Certificate) -> None:
    print(f"{new.name}:{new.tag}  renewed until {new.valid_until:%Y-%m-%d}  sha256:{new.digest}")
