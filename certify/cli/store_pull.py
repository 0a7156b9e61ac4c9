"""certify store pull: an image of a registry into the store, verified before anything of it is believed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from builder.errors import UsageError
from certify.cli import options, output, store_access
from certify.cli.options import Format

if TYPE_CHECKING:
    from builder.recipe.model import Access


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("pull")(pull)


def pull(
    source: Annotated[str, typer.Argument(metavar="docker://HOST/NAME:TAG", help="What certify store push sent; or @sha256: and "
                                          "the digest that it told.")],
    store: options.StorePath = None,
    key: options.KeyPath = None,
    trust: options.TrustPath = None,
    site: options.SiteName = "shifter",
    public: Annotated[bool, typer.Option("--public", help="Everybody may use it here; else as its access record says.")] = False,
    user: store_access.Users = None,
    group: store_access.Groups = None,
    numeric: Annotated[bool, typer.Option("--numeric", help="The numbers of users and groups are right here, too.")] = False,
    widen: options.Widen = False,
    form: options.Output = Format.TEXT,
) -> None:
    """Verify an image of a registry with the trust of this site, and publish it for those for whom it is."""
    from builder.bases.reference import place
    from certify.cli.store_push import repository
    from certify.sharing import pull as pulling

    named, allowed, profile = place(source), _access(user or [], group or [], public=public), options.load_site(site)
    terms = pulling.Terms(access=allowed, numeric=numeric, widen=widen, most=profile.max_bytes)
    signer, trusted = options.need_signer(key), options.need_trust(trust)
    opened = options.need_store(store, create=True, site=profile)
    with pulling.incoming(opened) as work:
        done = pulling.pull(opened, repository(named, site, work), terms, signer=signer, trust=trusted, now=datetime.now(UTC))
    if form is Format.JSON:
        output.as_json([{"reference": str(done.reference), "digest": f"sha256:{done.digest}", "size": done.size,
                         "status": str(done.status)}])
    else:
        print(f"{done.reference}  {done.status}")


def _access(users: list[str], groups: list[str], *, public: bool) -> Access | None:
    from builder.recipe.model import Access

    if public and (users or groups):
        raise UsageError("--public and a list exclude each other")
    if not (public or users or groups):
        return None
    return Access(public=public, users=tuple(map(_numbered, users)), groups=tuple(map(_numbered, groups)))


def _numbered(word: str) -> str | int:
    return int(word) if word.isascii() and word.isdigit() else word
