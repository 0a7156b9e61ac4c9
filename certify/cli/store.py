"""certify store: what is in the site's image store."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from certify.cli import (
    options,
    output,
    store_access,
    store_export,
    store_fsck,
    store_gc,
    store_log,
    store_pin,
    store_pull,
    store_push,
    store_show,
    store_untag,
)
from certify.cli.options import Format

if TYPE_CHECKING:
    from certify.store.find import Found

app = typer.Typer(no_args_is_help=True, help="Look into the site's image store.")


@app.callback()
def _group() -> None:
    """Look into the site's image store."""


@app.command()
def ls(store: options.StorePath = None, trust: options.TrustPath = None, form: options.Output = Format.TEXT) -> None:
    """List the images that you may use; with --trust, only what it vouches for counts as sound."""
    from builder import workspace
    from builder.progress import human_size
    from certify.report.safe import escaped
    from certify.store.memory import Memory
    from certify.store.query import list_images

    opened = options.need_store(store)
    found = list_images(opened, options.need_trust(trust) if trust else None, output.note,
                        Memory(opened, workspace.default_cache(os.environ) / "listings"))
    if form is Format.JSON:
        output.as_json({"name": one.name, "tag": one.tag, "digest": f"sha256:{one.digest}", "size": one.size,
                        "valid_until": one.valid_until.isoformat(), "access": str(one.access)} for one in found)
        return
    for one in found:
        print(escaped(f"{one.name}:{one.tag}  {human_size(one.size):>7}  until {one.valid_until:%Y-%m-%d}  {one.access}  "
                      f"sha256:{one.digest[:12]}"))
        if one.problem:
            print(escaped(f"  {one.problem}"), file=sys.stderr)


@app.command()
def find(
    package: Annotated[str, typer.Argument(metavar="PACKAGE[<VERSION]", help="A name, also as deb:NAME, rpm:NAME, python:NAME or "
                                           "conda:NAME; then < <= = >= or > and a version.")],
    store: options.StorePath = None,
    trust: options.TrustPath = None,
    form: options.Output = Format.TEXT,
) -> None:
    """List the images that hold a package, as their signed bills of materials say: openssl, 'openssl<3.0.11'."""
    from certify.packages.wanted import Wanted
    from certify.store import find as finding

    found = finding.find(options.need_store(store), Wanted.parse(package), options.need_trust(trust), output.note)
    if form is Format.JSON:
        output.as_json(_plain(one) for one in found if one.packages)
    for one in found:
        _tell(one, quiet=form is Format.JSON)


def _tell(one: Found, *, quiet: bool) -> None:
    from certify.report.safe import escaped

    title = f"{one.image.name}:{one.image.tag}"
    for each in () if quiet else one.packages:
        place = f"  {each.path}" if each.path else ""
        print(escaped(f"{title}  {each.kind}:{each.name} {each.version}{place}  sha256:{one.image.digest[:12]}"))
    for each in one.hidden:
        print(escaped(f"note: {title} has {each.kind}:{each.name} {each.version}: any epoch is later than none, so name one to "
                      "compare with it"), file=sys.stderr)
    if one.problem:
        print(escaped(f"note: {title} was not looked into: {one.problem}"), file=sys.stderr)


def _plain(one: Found) -> dict[str, object]:
    return {"name": one.image.name, "tag": one.image.tag, "platform": one.image.platform, "digest": f"sha256:{one.image.digest}",
            "packages": [{"kind": each.kind, "name": each.name, "version": each.version, "purl": each.purl, "path": each.path}
                         for each in one.packages]}


for _commands in (store_show, store_access, store_gc, store_fsck, store_log, store_pin, store_export, store_push, store_pull,
                  store_untag):
    _commands.register(app)
