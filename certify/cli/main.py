"""The program ``certify``: its commands, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING, NoReturn

import typer

from builder.errors import Error, StepFailed
from certify import __version__
from certify.cli import attest, build, check, doctor, key, lint, publish, run, schema, ship, site, store, verify

if TYPE_CHECKING:
    from types import FrameType

app = typer.Typer(name="certify", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  rich_markup_mode=None, help="Build, certify and publish container images for an HPC site.")
for module in (lint, build, check, attest, publish, ship, verify, run, doctor, schema):
    module.register(app)
app.add_typer(key.app, name="key")
app.add_typer(store.app, name="store")
app.add_typer(site.app, name="site")


@app.callback(invoke_without_command=True)
def version(show: bool = typer.Option(False, "--version", help="Show the version and exit.")) -> None:
    """Build, certify and publish container images for an HPC site."""
    if show:
        print(f"certify {__version__}")
        raise typer.Exit


def entry() -> NoReturn:
    """Run the program and exit: 0 fine, 1 the judged thing is at fault, 2 usage, 3 a tool or the machine, 130 interrupted."""
    signal.signal(signal.SIGTERM, _terminated)
    sys.exit(_code())


def _code() -> int:
    try:
        code = app(standalone_mode=False)
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
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 3
    except Exception:  # noqa: BLE001  the last resort of a program: say that it is our fault
        traceback.print_exc()
        print("error: this is a bug in certify: please report it with the lines above", file=sys.stderr)
        return 3


def _usage(error: typer.TyperException) -> None:
    show = getattr(error, "show", None)     # tells how the command is used, as well
    if show is not None:
        show(sys.stderr)
    else:
        print(f"error: {error.format_message()}", file=sys.stderr)


def _show(error: Error) -> None:
    if isinstance(error, StepFailed) and error.tail:
        print("\n".join(f"  | {line}" for line in error.tail.splitlines()), file=sys.stderr)
    print(f"error: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"  help: {error.hint}", file=sys.stderr)


def _terminated(_number: int, _frame: FrameType | None) -> NoReturn:
    """A polite end (from a batch system, or timeout) cleans up as Ctrl-C does."""
    raise KeyboardInterrupt
