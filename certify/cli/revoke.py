"""certify revoke: take images, certificates and keys out of use, with a reason that everybody reads."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from builder.errors import UsageError
from certify.cli import options, output
from certify.cli.options import Format

if TYPE_CHECKING:
    from certify.revoke import Change

app = typer.Typer(no_args_is_help=True, help="Take images, certificates and keys out of use, by a signed list.")

Reason = Annotated[str, typer.Option("--reason", help="Why; everybody who verifies reads it.")]
Days = Annotated[int | None, typer.Option("--days", min=1, max=3650, metavar="N",
                                          help="Believe the list for N days only, until it is signed anew [default: for ever].")]


@app.callback()
def _group() -> None:
    """Take images, certificates and keys out of use, by a signed list."""


@app.command()
def image(
    ref: Annotated[str, typer.Argument(metavar="REF", help="A reference into the store, or sha256:<hex>.")],
    reason: Reason,
    store: options.StorePath = None,
    key: options.KeyPath = None,
    trust: options.TrustPath = None,
    days: Days = None,
) -> None:
    """Revoke an image: nobody may start it again, whatever certificate it has; the runtime does not find it any more."""
    from builder import key as keys
    from certify.reference import Reference
    from certify.revoke import Change
    from certify.store.query import resolve

    wanted = Reference.parse(ref)
    only = wanted.digest if wanted.name is None else None
    digest = only or resolve(options.need_store(store), wanted, keys.platform()).digest
    _do(Change(images={digest: _line(reason)}, expires=_end(days)), store, key, trust)


@app.command()
def certificate(
    serial: Annotated[str, typer.Argument(metavar="SERIAL", help="Of the certificate, as certify verify shows it.")],
    reason: Reason,
    store: options.StorePath = None,
    key: options.KeyPath = None,
    trust: options.TrustPath = None,
    days: Days = None,
) -> None:
    """Revoke a certificate: its image needs a new one, by certify renew."""
    from certify.certificate import SERIAL
    from certify.revoke import Change

    if not SERIAL.fullmatch(serial):
        raise UsageError(f"{serial}: not a serial of a certificate", hint="32 hex digits, as certify verify shows them")
    _do(Change(serials={serial: _line(reason)}, expires=_end(days)), store, key, trust)


@app.command("key")
def key_(
    public: Annotated[Path, typer.Argument(metavar="FILE.pub", help="The public key that is not to be believed any more.")],
    reason: Reason,
    store: options.StorePath = None,
    key: options.KeyPath = None,
    trust: options.TrustPath = None,
    days: Days = None,
) -> None:
    """Revoke a key, for good: nothing that it signed counts any more. Take it out of the trust files as well."""
    from certify.revoke import Change
    from certify.trust import read_key

    _do(Change(keys={read_key(public).keyid: _line(reason)}, expires=_end(days)), store, key, trust)


@app.command()
def lift(
    what: Annotated[str, typer.Argument(metavar="DIGEST|SERIAL", help="sha256:<hex> of an image, or a certificate's serial.")],
    reason: Reason,
    store: options.StorePath = None,
    key: options.KeyPath = None,
    trust: options.TrustPath = None,
    days: Days = None,
) -> None:
    """Take an image or a certificate off the list; certify renew then brings an image back. A key stays on it for good."""
    from certify.revoke import Change

    _do(Change(lifted={what.removeprefix("sha256:"): _line(reason)}, expires=_end(days)), store, key, trust)


@app.command()
def refresh(
    store: options.StorePath = None,
    key: options.KeyPath = None,
    trust: options.TrustPath = None,
    days: Days = None,
) -> None:
    """Sign the list anew, with the next number and another end: that it is the newest is believed until then."""
    from certify.revoke import Change

    _do(Change(expires=_end(days)), store, key, trust)


@app.command()
def ls(store: options.StorePath = None, trust: options.TrustPath = None, form: options.Output = Format.TEXT) -> None:
    """Show what is revoked, and why."""
    from certify.certificate import write_time
    from certify.report.safe import escaped
    from certify.store import revoked

    listed = revoked.read(options.need_store(store), options.need_trust(trust))
    kinds = {"image": listed.images, "certificate": listed.serials, "key": listed.keys} if listed else {}
    if form is Format.JSON:
        output.as_json({"kind": kind, "id": one, "reason": reason, "list": listed.number if listed else 0}
                       for kind, reasons in kinds.items() for one, reason in reasons.items())
        return
    if listed is None:
        print("nothing was ever revoked here")
        return
    print(f"list number {listed.number} of {write_time(listed.issued)}"
          + (f", good until {write_time(listed.expires)}" if listed.expires else ""))
    for kind, reasons in kinds.items():
        for one, reason in reasons.items():
            print(f"{kind:<11}  {one}  {escaped(reason)}")


def _do(change: Change, store: Path | None, key: Path | None, trust: Path | None) -> None:
    from certify.revoke import revoke

    signer, trusted, opened = options.need_signer(key), options.need_trust(trust), options.need_store(store)
    seen = options.remembered(opened)
    done = revoke(opened, change, signer=signer, trust=trusted, now=datetime.now(UTC), seen=seen)
    seen.save()
    print(f"list number {done.listed.number}  signed")
    for digest in done.hidden:
        print(f"out of the runtime's sight  sha256:{digest}")


def _line(reason: str) -> str:
    from certify.revocation import REASON

    if not re.fullmatch(REASON, reason):
        raise UsageError("--reason is a line of at most 1000 characters")
    return reason


def _end(days: int | None) -> datetime | None:
    return (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0) if days else None
