"""The secret that a key or a token is locked with: from a file, or typed without being shown; never from a command line."""

from __future__ import annotations

import getpass
import os
import stat
import warnings
from pathlib import Path
from typing import Final

from builder.errors import Error

VARIABLE: Final = "CERTIFY_KEY_PASSPHRASE_FILE"
_MOST: Final = 4096     # bytes
_HINT: Final = f"name a file that holds it in {VARIABLE}"


def ask(what: str) -> bytes:
    """The secret for ``what``, such as "the passphrase of KEY"; raises Error where nobody can be asked."""
    named = os.environ.get(VARIABLE)
    return _from_file(Path(named)) if named else _typed(what)


def ask_new(what: str) -> bytes:
    """A secret that is to be: typed twice, where it is typed."""
    if os.environ.get(VARIABLE):
        return ask(what)
    first = _typed(what)
    if _typed(f"{what}, once more") != first:
        raise Error("the two are not the same", hint="try again")
    return first


def _from_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_ISREG(mode) and mode & 0o077:
                raise Error(f"{path}: the passphrase is open to others (mode {mode & 0o777:04o})", hint=f"chmod 600 {path}")
            secret = file.read(_MOST).removesuffix(b"\n")
    except OSError as error:
        raise Error(f"{path}: the passphrase cannot be read: {error.strerror}", hint=_HINT) from error
    return _full(secret, str(path))


def _typed(what: str) -> bytes:
    try:
        # Without a terminal getpass would read standard input and show what is typed: rather nothing at all.
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
        with warnings.catch_warnings():
            warnings.simplefilter("error", getpass.GetPassWarning)
            return _full(getpass.getpass(f"{what}: ").encode(), what)
    except (OSError, EOFError, getpass.GetPassWarning) as error:
        raise Error(f"{what} is needed, and there is no terminal to ask at", hint=_HINT) from error


def _full(secret: bytes, what: str) -> bytes:
    if not secret:
        raise Error(f"{what} is empty", hint=_HINT)
    return secret
