"""certify verify: prove, step by step, that an image is what it should be."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from certify.cli import options

if TYPE_CHECKING:
    from certify.verify import Step


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify)


def verify(
    image: Annotated[str, typer.Argument(metavar="REF|FILE", help="A reference into the store, or a squashfs with its certs/.")],
    store: options.StorePath = None,
    trust: options.TrustPath = None,
) -> None:
    """Prove that an image is certified by somebody trusted, in force, and untouched."""
    from builder import key
    from certify.reference import Reference
    from certify.verify import verify_file, verify_reference

    trusted, now, path = options.need_trust(trust), datetime.now(UTC), Path(image)
    if path.suffix == ".squashfs" or path.is_dir():
        squashfs = path / "image.squashfs" if path.is_dir() else path
        proven = verify_file(squashfs, trusted, now=now, on_step=_show)
    else:
        proven = verify_reference(options.need_store(store), Reference.parse(image), trusted, now=now, platform=key.platform(),
                                  on_step=_show)
    print(f"{image} is proven: sha256:{proven.digest}")


def _show(step: Step) -> None:
    print(f"{step.number:3}. {'ok    ' if step.ok else 'FAILED'}  {step.title}: {step.detail}", flush=True)
