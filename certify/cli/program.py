"""The program as typer knows it: its commands, each loaded when it is called for."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Final

import typer

from certify import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

# In the order of the help. A command's module is loaded when it is called for, so that lint need not wait for others.
COMMANDS: Final = ("lint", "explain", "rules", "init", "render", "build", "lock", "check", "attest", "publish", "ship", "verify",
                   "renew", "rebuild", "run", "sbom", "diff", "doctor", "schema")
GROUPS: Final = ("key", "store", "revoke", "site", "cache")


def make(words: Sequence[str] = ()) -> typer.Typer:
    """The program, with the command that the words of a command line begin with, or with all."""
    app = typer.Typer(name="certify", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                      rich_markup_mode=None, help="Build, certify and publish container images for an HPC site.")
    app.callback(invoke_without_command=True)(version)
    called = words[0] if words else ""
    for name in (called,) if called in COMMANDS else () if called in GROUPS else COMMANDS:
        importlib.import_module(f"certify.cli.{name}").register(app)
    for name in (called,) if called in GROUPS else () if called in COMMANDS else GROUPS:
        app.add_typer(importlib.import_module(f"certify.cli.{name}").app, name=name)
    return app


def version(show: bool = typer.Option(False, "--version", help="Show the version and exit.")) -> None:
    """Build, certify and publish container images for an HPC site."""
    if show:
        print(f"certify {__version__}")
        raise typer.Exit


def run(words: Sequence[str]) -> int:
    """Run the command of a command line and give back its exit code: 2 if it is called in a wrong way."""
    try:
        code = make(words)(list(words), standalone_mode=False)
        return code if isinstance(code, int) else 0
    except typer.Abort:
        return 130
    except typer.TyperException as error:
        show = getattr(error, "show", None)     # tells how the command is used, as well
        if show is not None:
            show(sys.stderr)
        else:
            print(f"error: {error.format_message()}", file=sys.stderr)
        return 2
