"""certify store gc and expire: what leads nowhere, and what must not be started any more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from certify.cli import moments, options, output
from certify.cli.options import Format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.store.collect import Plan


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("gc")(gc)
    app.command("expire")(expire)


def gc(
    store: options.StorePath = None,
    trust: options.TrustPath = None,
    apply: Annotated[bool, typer.Option("--apply", help="Do it; without it, only what would be done is shown.")] = False,
    grace: Annotated[str, typer.Option("--grace", help="Touch nothing that changed in this time.")] = "7d",
    keep: Annotated[str, typer.Option("--keep", help="Delete from quarantine after this time.")] = "14d",
    back: Annotated[str | None, typer.Option("--bring-back", metavar="SHA256", help="Take this back out of quarantine.")] = None,
    form: options.Output = Format.TEXT,
) -> None:
    """Move what neither a tag nor a pin nor a lease leads to into quarantine, and delete what was there for long enough."""
    from certify.store import collect

    opened, now = options.need_store(store), datetime.now(UTC)
    if back is not None:
        for path in collect.bring_back(opened, back.removeprefix("sha256:")):
            print(path)
        return
    run = collect.collect if apply else collect.plan
    done = run(opened, options.need_trust(trust), now=now, grace=moments.span(grace), kept=moments.span(keep))
    if form is Format.JSON:
        output.as_json(_plain(done, applied=apply))
    else:
        _show(done, applied=apply)


def expire(
    store: options.StorePath = None,
    trust: options.TrustPath = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
    form: options.Output = Format.TEXT,
) -> None:
    """Take images that expired or were revoked out of the runtime's sight; certify renew brings them back."""
    from certify.report.safe import escaped
    from certify.store import sight

    opened, trusted, now = options.need_store(store), options.need_trust(trust), datetime.now(UTC)
    if dry_run:
        found = sight.wanted(opened, trusted, now)
    else:
        with opened.locked(), opened.changing():
            found = sight.sweep(opened, trusted, now)
    if form is Format.JSON:
        output.as_json({"digest": f"sha256:{one.digest}", "image": one.image, "why": one.why, "problem": one.problem}
                       for one in found)
    for one in () if form is Format.JSON else found:
        if one.problem is None:
            print(escaped(f"{one.image}  {'would be hidden' if dry_run else 'hidden'}: {one.why}  sha256:{one.digest[:12]}"))
    unknown = [one for one in found if one.problem is not None]
    for one in unknown:
        output.note(f"sha256:{one.digest[:12]} stays in sight, although nobody vouches for it: {one.problem}")
    if unknown:
        raise typer.Exit(1)


def _show(done: Plan, *, applied: bool) -> None:
    from builder.progress import human_size
    from certify.report.safe import escaped

    for row in _plain(done, applied=applied):
        print(escaped(f"{row['action']:8}  {human_size(int(str(row['size']))):>7}  {row['what']}"))
    frees, moves = human_size(done.frees), human_size(done.moves)
    if applied:
        print(f"freed {frees}; {moves} went to quarantine")
    else:
        print(f"would free {frees}, and move {moves} to quarantine; --apply does it")
    if done.young:
        print(f"{len(done.young)} more lead nowhere, but changed lately: a publish may be at work on them")


def _plain(done: Plan, *, applied: bool) -> Iterator[dict[str, object]]:
    for leaving in done.delete:
        yield {"action": "delete", "what": leaving.item.path.name, "size": leaving.size, "done": applied}
    for one in done.move:
        what = f"{'image' if one.image else 'blob'} sha256:{one.digest}"
        yield {"action": "move", "what": what, "size": one.size, "done": applied}
    for path, size in done.temps:
        yield {"action": "sweep", "what": f"tmp/{path.name}", "size": size, "done": applied}
    for hold in done.ended:
        yield {"action": "drop", "what": f"{hold} on sha256:{hold.digest}", "size": 0, "done": applied}
