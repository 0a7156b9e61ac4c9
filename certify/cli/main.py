"""The program ``certify``: its commands, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from builder.errors import Error, StepFailed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

# Objects between two searches for garbage. Python's 700 are reached thirty times while modules load, which make none.
_GARBAGE: Final = 50_000


def entry() -> NoReturn:
    """Run the program and exit: 0 fine, 1 the judged thing is at fault, 2 usage, 3 a tool or the machine, 130 interrupted."""
    gc.set_threshold(_GARBAGE)
    signal.signal(signal.SIGTERM, _terminated)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:      # closed by the caller
            setattr(sys, name, Path(os.devnull).open("w"))  # noqa: SIM115
    code = _code()
    gc.freeze()         # at its end Python would look at every object once more
    sys.exit(code)


def _code() -> int:
    try:
        return _flushed(_lint(sys.argv[1:]) if _is_plain_lint(sys.argv[1:]) else _program(sys.argv[1:]))
    except Error as error:
        _show(error)
        return error.exit_code
    except KeyboardInterrupt:
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


def _flushed(code: int) -> int:
    """What cannot be written is to be told now, not when Python ends."""
    sys.stdout.flush()
    return code


def _is_plain_lint(words: Sequence[str]) -> bool:
    policy = os.environ.get("CERTIFY_POLICY")
    return words[:1] == ["lint"] and not policy and not any(word.startswith("-") for word in words)


def _lint(words: Sequence[str]) -> int:
    """``certify lint PATH...`` without an option: what an editor calls at every save.

    Typer takes as long to load as all the rest of it takes; a test compares the two ways.
    """
    from certify.cli import findings
    from certify.lint.settings import Given

    return findings.run([Path(word) for word in words[1:]], Given(site=os.environ.get("CERTIFY_SITE") or None))


def _program(words: Sequence[str]) -> int:
    from certify.cli import program

    return program.run(words)


def _silence() -> None:
    """What could not be written is written once more at the end of Python, and would fail once more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


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
