"""certify store untag: let go of a published version."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from builder.errors import UsageError
from certify.cli import options


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("untag")(untag)


def untag(
    image: Annotated[str, typer.Argument(metavar="NAME:TAG", help="The immutable tag, such as tool:1.0-1.")],
    store: options.StorePath = None,
    key: options.KeyPath = None,
    trust: options.TrustPath = None,
) -> None:
    """Take a tag away, and the pointer of its version with it; gc then collects what nothing else leads to."""
    from certify.reference import Reference
    from certify.store import untag as untagging

    wanted = Reference.parse(image)
    if wanted.name is None or wanted.tag is None or wanted.digest is not None:
        raise UsageError(f"{image}: not a name and tag", hint="such as tool:1.0-1")
    gone = untagging.untag(options.need_store(store), wanted.name, wanted.tag, signer=options.need_signer(key),
                           trust=options.need_trust(trust), now=datetime.now(UTC))
    print("\n".join(f"{wanted.name}:{one}  no longer there" for one in gone))
