"""Folders that a step may use for what only the build needs."""

from __future__ import annotations

import fnmatch
import itertools
import posixpath
from typing import TYPE_CHECKING, Any, NamedTuple

from certify.patterns import pattern
from certify.rules.commands import HOME, commands

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.commands import Simple
    from certify.rules.subject import Script

STAGING = ("/tmp", "/var/tmp")      # noqa: S108
SCRATCH = (*STAGING, "/dev", "/proc", "/sys", "/run", HOME)
MAX_REMOVED = 200       # paths that one script takes away
MAX_PATH = 500          # characters of one

_last: dict[str, Any] = {}
_TAKES_AWAY = pattern(r"\b(?:rm|mv|cp|rsync|userdel)\b")


class _Taken(NamedTuple):
    """A path that is taken away, or (``copied``) only brought to somewhere else; line and column of the command."""

    path: str
    place: tuple[int, int]
    copied: bool = False

    def covers(self, path: str, *, partly: bool = False) -> bool:
        """Whether a path is gone with this one; of what is staged, a part that is used is enough."""
        if partly and not self.copied and self.path.startswith(path + "/"):
            return True
        if "*" in self.path or "?" in self.path:
            parts = self.path.split("/")
            above = path.split("/")[:len(parts)]
            return len(above) == len(parts) and all(map(fnmatch.fnmatchcase, above, parts))
        if is_below(path, *STAGING) and self.path.startswith(path + "/"):
            return self.copied
        return is_below(path, self.path) and (not self.copied or is_below(path, *STAGING))


def is_below(path: str, *folders: str) -> bool:
    """Whether a path is one of the folders or lies below it, compared by component."""
    return any(path == folder or path.startswith(folder.rstrip("/") + "/") for folder in folders)


def plain(path: str) -> str:
    """An absolute path without dots, doubled slashes and a slash at its end; ~ is root's."""
    if path == "~" or path.startswith("~/"):
        path = HOME + path[1:]
    return "/" + posixpath.normpath(path).lstrip("/") if path.startswith("/") else path


def is_scratch(path: str) -> bool:
    """Whether nothing that is put here is meant to be used at run time."""
    return is_below(plain(path), *SCRATCH)


def removes(script: Script, path: str, after: tuple[int, int] = (-1, 0), *, partly: bool = False) -> bool:
    """Whether a script takes a path away again, by itself or with a folder above, ``after`` a place in its text.

    What is below /tmp is as good as taken away where it is brought to somewhere else: it was staged there. ``partly`` is
    enough for a folder whose content nobody can tell.
    """
    if _last.get("script") is not script:       # asked again and again for one script
        _last.update(script=script, gone=list(itertools.islice(_gone(script), MAX_REMOVED)))
    place = plain(path) if _last["gone"] else path
    return any(one.place > after and one.covers(place, partly=partly) for one in _last["gone"])


def _gone(script: Script) -> Iterator[_Taken]:
    for command in commands(script, _TAKES_AWAY):
        paths = _taken(command)
        if paths:
            line, column, _ = command.lines.place(command.start, command.start + 1)
            yield from (_Taken(path, (line, column), copied) for path, copied in paths if len(path) <= MAX_PATH)


def _taken(command: Simple) -> list[tuple[str, bool]]:
    """What a command takes away, and whether it stays, too."""
    if command.name == "userdel":
        return [(f"/home/{name}", False) for name in command.operands()] if command.has("-r", "--remove") else []
    if command.name not in ("rm", "mv", "cp", "rsync"):
        return []
    from certify.shell.folders import joined
    from certify.shell.options import arguments
    from certify.shell.variables import braced

    given = arguments(command.command.words[1:], "t S target-directory suffix")
    words = given.operands if command.name == "rm" or given.valued else given.operands[:-1]
    names = (one for word in words for value in word.values for one in braced(value))
    found = [plain(path) for path in joined(command.command.folders or ("",), tuple(names))]
    if command.name == "mv" and given.operands:     # a new name in the same folder is no other place
        folder = posixpath.dirname(plain(given.operands[-1].value))
        found = [path for path in found if posixpath.dirname(path) != folder]
    return [(path.removesuffix("/*"), copied) for path in found
            for copied in ((True,) if command.name in ("cp", "rsync") else (False, True))]
