"""certify verify: prove, step by step, that an image is what it should be."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from certify.cli import options, output
from certify.cli.options import Format
from certify.report.safe import escaped

if TYPE_CHECKING:
    from collections.abc import Callable

    from certify.proof import Step, Verified


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify)


def verify(
    image: Annotated[str, typer.Argument(metavar="REF|FILE", help="A reference into the store, or a squashfs with its certs/.")],
    store: options.StorePath = None,
    trust: options.TrustPath = None,
    form: options.Output = Format.TEXT,
) -> None:
    """Prove that an image is certified by somebody trusted, in force, untouched, and not an older one put back.

    Numbers that were seen before are remembered for you in ~/.local/state/certify/seen.json, or where CERTIFY_SEEN says.
    """
    from certify.proof import VerificationFailed

    quiet = form is Format.JSON
    try:
        proven = _proven(image, store, trust, None if quiet else _show)
    except VerificationFailed as error:
        if quiet:
            output.as_json([{"image": image, "proven": False, "error": error.message, "hint": error.hint,
                             "steps": [step.as_json() for step in error.steps]}])
        raise
    if quiet:
        output.as_json([{"image": image, "proven": True, **proven.as_json(), "steps": [step.as_json() for step in proven.steps]}])
    else:
        print(f"{image} is proven: sha256:{proven.digest}")


def _proven(image: str, store: Path | None, trust: Path | None, on_step: Callable[[Step], None] | None) -> Verified:
    from builder import key
    from certify.proof import store_of, verify_file
    from certify.reference import Reference
    from certify.verify import verify_reference

    trusted, now, path = options.need_trust(trust), datetime.now(UTC), Path(image)
    if path.suffix == ".squashfs" or path.is_dir():
        squashfs = path / "image.squashfs" if path.is_dir() else path
        where = store_of(squashfs)
        if where is None:
            return verify_file(squashfs, trusted, now=now, on_step=on_step)
        digest = squashfs.stem
        with options.remembered(options.need_store(where)) as seen:
            return verify_file(squashfs, trusted, now=now, on_step=on_step, digest=digest, certs=where / "certs" / digest,
                               revoked=where / "revoked.dsse.json", seen=seen)
    opened = options.need_store(store)
    with options.remembered(opened) as seen:
        return verify_reference(opened, Reference.parse(image), trusted, now=now, platform=key.platform(), seen=seen,
                                on_step=on_step)


def _show(step: Step) -> None:
    print(f"{step.number:3}. {'ok    ' if step.ok else 'FAILED'}  {step.title}: {escaped(step.detail)}", flush=True)
