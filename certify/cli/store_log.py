"""certify store log: who published, renewed, granted or revoked what, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from certify.cli import options, output
from certify.cli.options import Format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.store.layout import Store
    from certify.store.log import Line
    from certify.trust import Trust


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("log")(log)


def log(
    image: Annotated[str | None, typer.Argument(metavar="[REF]", help="Only what was done to this name, tag or image.")] = None,
    store: options.StorePath = None,
    trust: options.TrustPath = None,
    form: options.Output = Format.TEXT,
) -> None:
    """Show the store's signed log; exit code 1 if it was changed. It is for the store's owner: it tells of private images."""
    lines = list(_lines(options.need_store(store), options.need_trust(trust), image))
    if form is Format.JSON:
        output.as_json(map(_plain, lines))
    else:
        _show(lines)
    if any(line.problem for line in lines):
        raise typer.Exit(1)


def _lines(store: Store, trust: Trust, image: str | None) -> Iterator[Line]:
    from certify.reference import Reference
    from certify.store import log as logs

    wanted = Reference.parse(image) if image is not None else None
    for line in logs.read(store, trust):
        if wanted is None or line.problem is not None or (line.record and logs.about(line.record.event, wanted)):
            yield line


def _show(lines: list[Line]) -> None:
    from certify.certificate import write_time
    from certify.report.safe import escaped

    for line in lines:
        if (record := line.record) is not None:
            title = f"{record.event.name}:{record.event.tag} " if record.event.name else ""
            what = f" {title}sha256:{record.event.digest[:12]}" if record.event.digest else f" {title}".rstrip()
            print(escaped(f"{record.number:6}  {write_time(record.at)}  {record.by} ({', '.join(line.signers) or '?'})  "
                          f"{record.event.action}{what}: {record.event.detail}"))
        if line.problem:
            output.note(f"record {line.number}: {line.problem}")


def _plain(line: Line) -> dict[str, object]:
    from certify.certificate import write_time

    told: dict[str, object] = {"number": line.number, "problem": line.problem, "signers": list(line.signers)}
    if (record := line.record) is not None:
        event = record.event
        told |= {"at": write_time(record.at), "by": record.by, "action": str(event.action), "name": event.name, "tag": event.tag,
                 "digest": event.digest and f"sha256:{event.digest}", "detail": event.detail}
    return told
