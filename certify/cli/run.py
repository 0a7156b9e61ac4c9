"""certify run: run a program of a published image as the site's runtime would."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from builder.errors import Error, Fault, UsageError
from certify.cli import options
from certify.report.safe import escaped

if TYPE_CHECKING:
    from certify.sandbox.identity import Identity
    from certify.site import Site
    from certify.store.layout import Store
    from certify.trust import Trust

Isolated = Annotated[bool, typer.Option("--isolated", help="No network, and nothing of this machine's files and devices.")]
Entrypoint = Annotated[bool, typer.Option("--entrypoint", help="Run the image's entrypoint, with CMD as its arguments.")]
Workdir = Annotated[str | None, typer.Option("--workdir", metavar="DIR", help="Where to start [default: as the runtime does].")]
Plan = Annotated[bool, typer.Option("--plan", help="Run nothing: show what would stand where, and why.")]
Why = Annotated[str | None, typer.Option("--why", metavar="PATH", help="Run nothing: show what would stand at a path, and why.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(
    image: Annotated[str, typer.Argument(metavar="REF", help="A reference into the store.")],
    command: Annotated[list[str] | None, typer.Argument(metavar="[-- CMD...]", help="The program and its arguments "
                                                                                  "[default: a shell].")] = None,
    isolated: Isolated = False,
    entrypoint: Entrypoint = False,
    workdir: Workdir = None,
    plan: Plan = False,
    why: Why = None,
    store: options.StorePath = None,
    trust: options.TrustPath = None,
    site: options.SiteName = "shifter",
    form: options.Output = options.Format.TEXT,
) -> None:
    """Verify an image and run it as an ordinary user of the site. Root is nobody there, either.

    As with verify, the numbers of signed records are remembered for you: an image that was put back is not run.
    The exit code is the program's own; 125 if the image cannot be run, 126 and 127 if the program cannot.
    """
    try:
        profile = options.load_site(site)
        wish = _Wish(command=command or [], isolated=isolated, entrypoint=entrypoint, workdir=_workdir(workdir, profile),
                     why=_path(why), plan=plan, as_json=form is options.Format.JSON)
        code = _run(image, options.need_store(store), options.need_trust(trust), profile, wish)
    except Error as error:
        help_line = f"\n  help: {escaped(error.hint)}" if error.hint else ""
        print(f"certify run: {escaped(error.message)}{help_line}", file=sys.stderr)
        code = 125
    raise typer.Exit(code)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What is asked for, beside the image."""

    command: list[str]
    isolated: bool
    entrypoint: bool
    workdir: str
    why: str | None
    plan: bool
    as_json: bool


def _run(image: str, store: Store, trust: Trust, site: Site, wish: _Wish) -> int:
    from builder import key
    from certify.reference import Reference
    from certify.sandbox import identity
    from certify.store.query import resolve
    from certify.verify import may_use, open_image, verify_reference

    reference, platform, who = Reference.parse(image), key.platform(), identity.caller()
    entry = resolve(store, reference, platform)
    handle = open_image(entry.squashfs)
    try:
        with options.remembered(store) as seen:     # and kept before anything of the image runs
            proven = verify_reference(store, reference, trust, now=datetime.now(UTC), platform=platform, fd=handle, seen=seen)
        # The files' own permissions already say so; this is what the runtime would say from its .meta.
        if os.getuid() != 0 and proven.access is not None and not may_use(proven.access, who.uid, [who.gid, *os.getgroups()]):
            raise Fault(f"{image} is not for you", hint="ask the people named by: certify store ls")
        return _enter(handle, site, who, wish)
    finally:
        os.close(handle)


def _enter(handle: int, site: Site, who: Identity, wish: _Wish) -> int:
    from certify.sandbox import enter, identity

    common: dict[str, Any] = {"isolated": wish.isolated, "entrypoint": wish.entrypoint, "workdir": wish.workdir,
                              "environment": identity.environment(os.environ)}
    if not wish.plan and wish.why is None:
        return enter.run(handle, site, who, wish.command, **common)
    from certify.cli import places

    found = enter.planned(handle, site, who, wish.command, **common, why=wish.why)
    places.show(found, as_json=wish.as_json, answer=wish.why is not None)
    return 0


def _path(why: str | None) -> str | None:
    if why is not None and not why.startswith("/"):
        raise UsageError(f"--why {why}: not a path in the image", hint="a path from the image's root: /opt/tool/bin")
    return why


def _workdir(wanted: str | None, site: Site) -> str:
    """Where to start; nothing if that is for the runtime to say."""
    if wanted is not None or site.start != "here":
        return wanted or ""
    try:
        return os.getcwd()  # noqa: PTH109  (a Path cannot stand for a folder that was removed)
    except FileNotFoundError:
        return "/"
