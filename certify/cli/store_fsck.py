"""certify store fsck: whether all in the store is what the signed records say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from certify.cli import options, output
from certify.cli.options import Format

if TYPE_CHECKING:
    from pathlib import Path

    from certify.store.fsck import Problem, Report
    from certify.store.layout import Store
    from certify.trust import Trust


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fsck")(fsck)


def fsck(
    store: options.StorePath = None,
    trust: options.TrustPath = None,
    deep: Annotated[bool, typer.Option("--deep", help="Hash every blob, and verify all evidence.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Mend it, and check again; lost tags are made again where a key is "
                                                          "named.")] = False,
    key: options.KeyPath = None,
    least: Annotated[int, typer.Option("--least", help="The log is known to have had this many records.")] = 0,
    form: options.Output = Format.TEXT,
) -> None:
    """Check the store; exit code 1 if something is wrong. Signatures are checked where somebody is trusted."""
    from certify.store import fsck as checking

    opened = checking.reopened(store.absolute()) if repair and store else options.need_store(store)
    needed = deep or repair or trust is not None or options.SYSTEM_TRUST.exists()
    trusted = options.need_trust(trust) if needed else None
    if repair and trusted is not None:
        with opened.locked():
            _repair(opened, trusted, key, deep=deep)
    report = checking.check(opened, trusted, now=datetime.now(UTC), deep=deep, least=least)
    if trusted is None:
        output.note("signatures were not checked: name whom to believe with --trust")
    _show(report, form)
    if report.errors:
        raise typer.Exit(1)


def _repair(store: Store, trust: Trust, key: Path | None, *, deep: bool) -> None:
    from certify.store import fsck as checking
    from certify.store import sight

    now = datetime.now(UTC)
    sight.sweep(store, trust, now)
    problems = checking.check(store, trust, now=now, deep=deep).problems
    if key is not None and any(one.kind is checking.Kind.TAG_LOST for one in problems):
        _restore(store, trust, key, now)
        problems = checking.check(store, trust, now=now, deep=deep).problems
    for problem, why in checking.mend(store, problems, trust, now):
        output.note(f"{problem.where} was not mended: {why}")


def _restore(store: Store, trust: Trust, key: Path, now: datetime) -> None:
    from certify.store import fsck as checking
    from certify.store.desk import Desk

    desk = Desk(store=store, signer=options.need_signer(key), trust=trust, now=now)
    made, failed = checking.restore(desk, options.remembered(store).numbers)
    for one in made:
        output.note(f"made again: {one}")
    for name, why in failed:
        output.note(f"the tags of {name} were not made again: {why}")


def _show(report: Report, form: Format) -> None:
    from certify.report.safe import escaped

    if form is Format.JSON:
        output.as_json(_plain(one) for one in report.problems)
        return
    for one in report.problems:
        print(escaped(f"{'error' if one.error else 'note'}: {one.where}: {one.message} [{one.kind}]"))
    mended, signed = sum(one.mend is not None for one in report.errors), sum(one.kind == "tag-lost" for one in report.errors)
    print(f"{report.names} names with {report.tags} tags: " + (f"{len(report.errors)} errors" if report.errors else "all is well")
          + (f", {mended} of them --repair mends without a key" if mended else "")
          + (f", {signed} with a --key that may sign tags" if signed else ""))


def _plain(one: Problem) -> dict[str, object]:
    return {"kind": str(one.kind), "where": one.where, "message": one.message, "severity": "error" if one.error else "note",
            "repairable": one.mend is not None}
