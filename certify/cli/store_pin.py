"""certify store pin and unpin: images that stay, whatever becomes of their tags."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from builder.errors import Fault, UsageError
from certify.cli import moments, options, output
from certify.cli.options import Format

if TYPE_CHECKING:
    from certify.store.holds import Hold
    from certify.store.layout import Store

Image = Annotated[str, typer.Argument(metavar="REF", help="The image, as it is named now.")]
Job = Annotated[str | None, typer.Option("--job", help="A lease of this job, beside a pin and the leases of others.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("pin")(pin)
    app.command("unpin")(unpin)
    app.command("pins")(pins)


def pin(
    image: Image,
    store: options.StorePath = None,
    until: Annotated[str | None, typer.Option("--until", help="A date, a time, or a length of time such as 30d.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, in a line.")] = "",
    job: Job = None,
) -> None:
    """Keep an image's bytes from being collected, although no tag may lead to it any more."""
    from certify.store import holds

    opened, now = options.need_store(store), datetime.now(UTC)
    end = moments.moment(until, now) if until is not None else None
    if end is not None and end <= now:
        raise UsageError(f"{until} is over already")
    digest = _digest(opened, image)
    with opened.locked():
        if job is None:
            made = holds.pin(opened, digest, now=now, until=end, reason=reason)
        elif end is None:
            raise UsageError("a job's lease needs an end", hint="--until 2d: longer than the job may run")
        else:
            made = holds.lease(opened, digest, job, now=now, until=end)
    _say(f"sha256:{digest}  {made}")


def unpin(image: Image, store: options.StorePath = None, job: Job = None) -> None:
    """Let go of an image again."""
    from certify.store import holds

    opened = options.need_store(store)
    digest = _digest(opened, image)
    with opened.locked():
        if not holds.drop(opened, digest, job):
            raise Fault(f"{image} has no such {'lease' if job else 'pin'}", hint="certify store pins shows all")
    _say(f"sha256:{digest}  no longer held")


def pins(store: options.StorePath = None, form: options.Output = Format.TEXT) -> None:
    """Show all pins and leases."""
    from certify.store import holds

    found, now = list(holds.read(options.need_store(store))), datetime.now(UTC)
    if form is Format.JSON:
        output.as_json(_plain(one, now) for one in found)
        return
    for one in found:
        over = "" if one.holds(now) else "  (over)"
        _say(f"sha256:{one.digest}  {one}{over}" + (f"  {one.problem}" if one.problem else ""))


def _digest(store: Store, image: str) -> str:
    """What a reference means now. A pin is on bytes, so a digest is taken as it is: its tags may be gone."""
    import os

    from builder import key
    from certify.reference import Reference
    from certify.store.query import resolve

    wanted = Reference.parse(image)
    if wanted.name is None and wanted.digest is not None and os.path.lexists(store.blob(wanted.digest)):
        return wanted.digest
    return resolve(store, wanted, key.platform()).digest


def _plain(one: Hold, now: datetime) -> dict[str, object]:
    from certify.certificate import write_time

    return {"digest": f"sha256:{one.digest}", "job": one.holder, "until": write_time(one.until) if one.until else None,
            "reason": one.reason, "by": one.by, "in_force": one.holds(now), "problem": one.problem}


def _say(text: str) -> None:
    from certify.report.safe import escaped

    print(escaped(text))
