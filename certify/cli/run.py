"""certify run: run a program of a published image as the site's runtime would."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from builder.errors import Error, Fault
from certify.cli import options
from certify.report.safe import escaped

if TYPE_CHECKING:
    from certify.store.layout import Store
    from certify.trust import Trust


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(
    image: Annotated[str, typer.Argument(metavar="REF", help="A reference into the store.")],
    command: Annotated[list[str] | None, typer.Argument(metavar="[-- CMD...]", help="The program and its arguments.")] = None,
    isolated: Annotated[bool, typer.Option("--isolated", help="No network and none of the site's file systems.")] = False,
    store: options.StorePath = None,
    trust: options.TrustPath = None,
    site: options.SiteName = "shifter",
) -> None:
    """Verify an image and run it as an ordinary user of the site. Root is nobody there, either.

    The exit code is the program's own; 125 if the image cannot be run, 126 and 127 if the program cannot.
    """
    try:
        code = _run(image, command or [], options.need_store(store), options.need_trust(trust), site, isolated=isolated)
    except Error as error:
        help_line = f"\n  help: {escaped(error.hint)}" if error.hint else ""
        print(f"certify run: {escaped(error.message)}{help_line}", file=sys.stderr)
        code = 125
    raise typer.Exit(code)


def _run(image: str, command: list[str], store: Store, trust: Trust, site: str, *, isolated: bool) -> int:
    from builder import key
    from certify.reference import Reference
    from certify.sandbox import enter, identity
    from certify.store.query import resolve
    from certify.verify import may_use, open_image, verify_reference

    reference, profile, who = Reference.parse(image), options.load_site(site), identity.caller()
    entry = resolve(store, reference, key.platform())
    handle = open_image(entry.squashfs)
    try:
        proven = verify_reference(store, reference, trust, now=datetime.now(UTC), platform=key.platform(), fd=handle)
        # The files' own permissions already say so; this is what the runtime would say from its .meta.
        if os.getuid() != 0 and proven.access is not None and not may_use(proven.access, who.uid, [who.gid, *os.getgroups()]):
            raise Fault(f"{image} is not for you", hint="ask the people named by: certify store ls")
        return enter.run(handle, profile, who, command, isolated=isolated, workdir=_folder(), environment=os.environ)
    finally:
        os.close(handle)


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109  (a Path cannot stand for a folder that was removed)
    except FileNotFoundError:
        return "/"
