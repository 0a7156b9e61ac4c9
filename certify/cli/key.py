"""certify key: the keys that sign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from certify.cli import options
from certify.signing import Kind

app = typer.Typer(no_args_is_help=True, help="Make the keys that sign certificates.")


@app.callback()
def _group() -> None:
    """Make the keys that sign certificates."""


@app.command()
def generate(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The private key; the public one gets .pub.")],
    kind: Annotated[Kind, typer.Option("--type", help="The kind of key.")] = Kind.ECDSA,
    locked: Annotated[bool, typer.Option("--passphrase", help="Encrypt it: asks for a passphrase, or takes that in the file "
                                                              "that CERTIFY_KEY_PASSPHRASE_FILE names.")] = False,
) -> None:
    """Make a key: FILE, readable by you alone, and FILE.pub for those who are to trust it."""
    from certify import signing
    from certify.cli import passphrase

    public = signing.generate(path, kind, passphrase.ask_new(f"a passphrase for {path}") if locked else None)
    print(f"private key  {path}\npublic key   {public}")


@app.command()
def show(key: options.KeyPath = None) -> None:
    """Print the public key of a private one, be it in a file or in a token (hsm:<id>?label=<token>), for a trust file."""
    print(options.need_signer(key).public_pem.decode(), end="")
