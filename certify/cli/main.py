"""The program ``certify``: its commands, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import typer

from builder.errors import Error, StepFailed
from certify import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

# In the order of the help. A command's module is loaded when it is called for, so that lint need not wait for others.
COMMANDS: Final = ("lint", "explain", "rules", "init", "build", "check", "attest", "publish", "ship", "verify", "run", "doctor",
                   "schema")
GROUPS: Final = ("key", "store", "site")


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


def entry() -> NoReturn:
    """Run the program and exit: 0 fine, 1 the judged thing is at fault, 2 usage, 3 a tool or the machine, 130 interrupted."""
    signal.signal(signal.SIGTERM, _terminated)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:      # closed by the caller
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115
    sys.exit(_code())


def _code() -> int:
    try:
        code = make(sys.argv[1:])(standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except typer.TyperException as error:
        _usage(error)
        return 2
    except Error as error:
        _show(error)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        _silence()
        return 3
    except OSError as error:
        _silence()
        _show(Error(f"{error.filename or 'output'}: {error.strerror}", hint="is the disk full, or the file not yours?"))
        return 3
    except Exception:  # noqa: BLE001  the last resort of a program: say that it is our fault
        import traceback

        traceback.print_exc()
        print("error: this is a bug in certify: please report it with the lines above", file=sys.stderr)
        return 3


def _silence() -> None:
    """What could not be written is written once more at the end of Python, and would fail once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _usage(error: typer.TyperException) -> None:
    show = getattr(error, "show", None)     # tells how the command is used, as well
    if show is not None:
        show(sys.stderr)
    else:
        print(f"error: {error.format_message()}", file=sys.stderr)


def _show(error: Error) -> None:
    from certify.report.safe import escaped  # what a step or an image said must not steer the terminal

    if isinstance(error, StepFailed):
        print("".join(f"  | {escaped(line)}\n" for line in error.tail.splitlines()), end="", file=sys.stderr)
    print("error: " + "\n  ".join(map(escaped, error.message.splitlines())), file=sys.stderr)
    if error.hint:
        print(f"  help: {escaped(error.hint)}", file=sys.stderr)


def _terminated(_number: int, _frame: FrameType | None) -> NoReturn:
    """A polite end (from a batch system, or timeout) cleans up as Ctrl-C does."""
    raise KeyboardInterrupt
