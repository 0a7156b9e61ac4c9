"""The options that several commands share, and what they mean where they are not given."""

from __future__ import annotations

import enum
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from builder.errors import UsageError

if TYPE_CHECKING:
    from certify.seen import Seen
    from certify.signing import Signer
    from certify.site import Site
    from certify.sitepolicy import SitePolicy
    from certify.store.layout import Store
    from certify.trust import Trust


class Format(enum.StrEnum):
    """How results are written to standard output."""

    TEXT = "text"
    JSON = "json"


Recipes = Annotated[list[Path], typer.Argument(metavar="RECIPE...", help="Recipes: folders, or their recipe.yaml.")]
Out = Annotated[Path, typer.Option("--out", envvar="CERTIFY_OUT", help="Where builds are put: <out>/<name>/<tag>/.")]
StorePath = Annotated[Path | None, typer.Option("--store", envvar="CERTIFY_STORE", help="The site's image store.")]
TrustPath = Annotated[Path | None, typer.Option("--trust", envvar="CERTIFY_TRUST",
                                                help="Whom to believe: a public key, a folder of them, or a trust file.")]
KeyPath = Annotated[Path | None, typer.Option("--key", envvar="CERTIFY_KEY", help="The private key to sign with: a file, or "
                                                                                 "hsm:<id>?label=<token>.")]
SiteName = Annotated[str, typer.Option("--site", envvar="CERTIFY_SITE", help="The site's profile: a name or a file.")]
RecipeOption = Annotated[Path | None, typer.Option("--recipe", help="The image's recipe [default: recipes/<name>].")]
Output = Annotated[Format, typer.Option("--format", help="How to write the results.")]
Widen = Annotated[bool, typer.Option("--widen", help="Let more people use the image than could use the version before.")]

PolicyPath = Annotated[Path | None, typer.Option("--policy", envvar="CERTIFY_POLICY",
                                                 help="The site's policy: profile, weights of findings, waivers.")]

OUT = Path("out")
SYSTEM_POLICY = Path("/etc/certify/policy.toml")
SYSTEM_TRUST = Path("/etc/certify/trust")


def load_site(name: str) -> Site:
    """The site profile of the option."""
    from certify import site

    return site.load(name)


def need_store(path: Path | None, *, create: bool = False, site: Site | None = None) -> Store:
    """The store of the option; a new one belongs to whom the site says, and images are striped as it says.

    Raises UsageError where none is named.
    """
    from certify.store.layout import Store

    if path is None:
        raise UsageError("no store is named", hint="give --store DIR, or set CERTIFY_STORE")
    path = path.absolute()      # the commands that are shown must work from any folder
    if create and site is not None:
        from certify.store import ownership

        ownership.prepare(path, ownership.wanted(site))
    opened = Store.open_or_create(path) if create else Store.open(path)
    if site is None or not site.stripe_count:
        return opened
    if not isinstance(site.stripe_count, int):      # a profile is plain data: nothing has looked at it yet
        raise UsageError(f"site profile {site.name}: stripe_count is no whole number",
                         hint="certify site validate says what else is wrong")
    from certify.cli import output
    from certify.store.striping import Striping

    return replace(opened, lay_out=Striping(site.stripe_count, output.note))


def need_trust(path: Path | None) -> Trust:
    """The trust of the option or of the system; raises UsageError where there is none."""
    from certify.trust import Trust

    if path is None and not SYSTEM_TRUST.exists():
        raise UsageError("nobody is trusted here", hint=f"give --trust KEY.pub, set CERTIFY_TRUST, or fill {SYSTEM_TRUST}")
    return Trust.load(path or SYSTEM_TRUST)


def need_signer(path: Path | None) -> Signer:
    """The key of the option; raises UsageError where none is named."""
    from certify.cli import passphrase
    from certify.signing import TOKEN, Signer

    if path is None:
        raise UsageError("no key to sign with is named",
                         hint="give --key FILE or set CERTIFY_KEY; certify key generate makes one")
    if str(path).startswith(TOKEN):
        return Signer.in_token(str(path), passphrase.ask)
    return Signer.load(path, passphrase.ask)


def load_policy(path: Path | None) -> SitePolicy:
    """The policy of the option or of the system; without either, images for everybody and no waivers."""
    from certify import sitepolicy

    if path is None and not SYSTEM_POLICY.exists():
        return sitepolicy.SitePolicy()
    return sitepolicy.load(path or SYSTEM_POLICY)


def remembered(store: Store) -> Seen:
    """What this user has seen of the store before."""
    import os

    from certify import seen

    return seen.Seen.load(store.root, seen.default_path(os.environ))


def expand(paths: list[Path]) -> list[Path]:
    """A folder of recipes stands for each recipe in it; other paths stand for themselves."""
    expanded: list[Path] = []
    for path in paths:
        inner = sorted(path.glob("*/recipe.yaml")) if path.is_dir() and not (path / "recipe.yaml").exists() else []
        expanded += inner or [path]
    return expanded
