"""The headers in an RPM database of SQLite: read from a copy in memory, by a connection that can do nothing else.

The file comes from an image and may be made to harm whoever queries it: a view or a virtual table in the place of the
table, functions in its columns, rows that share their bytes a million times, loops. So only one column of one real table
may be read, by a bounded number of steps, and no more bytes come out than the file has.
See https://www.sqlite.org/security.html.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_QUERY: Final = "SELECT blob FROM Packages"
_LARGEST: Final = 32 << 20      # bytes of one header; the largest in Fedora 41 has 7 MiB
_STEP: Final = 1000             # instructions of SQLite's machine between two looks
_STEPS: Final = 5000            # looks: a row takes about four instructions
_JOURNAL: Final = slice(18, 20)     # the file format's versions for writing and reading: 2 is a write-ahead log


class Unreadable(Exception):      # never leaves certify.packages
    """The database cannot be read, or not to its end."""


def headers(data: bytes) -> Iterator[bytes]:
    """Every header in the bytes of a ``rpmdb.sqlite``; raises Unreadable, after some of them where only the rest is bad."""
    copy = bytearray(data)
    copy[_JOURNAL] = b"\1\1"    # in memory there is no log, and SQLite opens no file that asks for one
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        try:
            connection.deserialize(bytes(copy))     # nothing of it is looked at yet
            _restrict(connection)
            yield from _blobs(connection, len(data))
        except (sqlite3.Error, sqlite3.Warning, OverflowError, MemoryError) as error:
            raise Unreadable(str(error)) from error


def _blobs(connection: sqlite3.Connection, most: int) -> Iterator[bytes]:
    for (blob,) in connection.execute(_QUERY):
        if not isinstance(blob, bytes):
            raise Unreadable("a row without a header")
        most -= len(blob)
        if most < 0:
            raise Unreadable("rows that share their bytes")
        yield blob


def _restrict(connection: sqlite3.Connection) -> None:
    looks = iter(range(_STEPS))
    connection.set_progress_handler(lambda: next(looks, None) is None, _STEP)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST)
    # A column may be computed, of which the authorizer hears nothing; one call of GLOB can take years. So none has arguments.
    connection.setlimit(sqlite3.SQLITE_LIMIT_FUNCTION_ARG, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 20)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.set_authorizer(_allowed)


def _allowed(action: int, first: str | None, second: str | None, _database: str | None, inside: str | None) -> int:
    """Whether a query may do something; ``inside`` is the view or trigger that it would do it in."""
    fine = inside is None and (action == sqlite3.SQLITE_SELECT or (
        action == sqlite3.SQLITE_READ and first == "Packages" and second == "blob"))
    return sqlite3.SQLITE_OK if fine else sqlite3.SQLITE_DENY
