"""Folders that a step may use for what only the build needs."""

from __future__ import annotations

import fnmatch
import itertools
import posixpath
from typing import TYPE_CHECKING, NamedTuple

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
MAX_COMPARED = 20_000   # comparisons of one script's paths with the patterns that it takes away
NEVER = (-2, 0)

Place = tuple[int, int]     # line and column
_TAKES_AWAY = pattern(r"\b(?:rm|mv|cp|rsync|userdel)\b")

_last: list[_Gone] = []


class _Taken(NamedTuple):
    """A path that is taken away, or (``copied``) only brought to somewhere else; line and column of the command."""

    path: str
    place: Place
    copied: bool = False


class _Gone:
    """What one script takes away, by path, with the last place of each: it is asked of every path that the script names."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self._taken: dict[tuple[str, bool], Place] = {}     # by path, and whether it stays as well
        self._parts: dict[tuple[str, bool], Place] = {}     # the same, by each folder above
        self._patterns: list[tuple[Place, list[str]]] = []
        self._left = MAX_COMPARED
        for one in itertools.islice(_gone(script), MAX_REMOVED):
            self._keep(one)

    def __bool__(self) -> bool:
        return bool(self._taken or self._patterns)

    def _keep(self, one: _Taken) -> None:
        is_pattern = "*" in one.path or "?" in one.path
        if is_pattern:
            self._patterns.append((one.place, one.path.split("/")))
        else:
            _latest(self._taken, (one.path.rstrip("/") or "/", one.copied), one.place)
        for folder in _above(one.path) if not (is_pattern and one.copied) else ():
            _latest(self._parts, (folder, one.copied), one.place)

    def covers(self, path: str, after: Place, *, partly: bool) -> bool:
        """Whether a path is gone ``after`` a place; of what is staged, a part that is used is enough."""
        staged = is_below(path, *STAGING)
        below = self._parts.get((path, False), NEVER) if partly else NEVER
        used = self._parts.get((path, True), NEVER) if staged else NEVER
        found = [below, used, *self._with_one_above(path, staged=staged)]
        return max(found) > after or any(place > after and self._matches(path, parts) for place, parts in self._patterns)

    def _with_one_above(self, path: str, *, staged: bool) -> Iterator[Place]:
        for folder in (path, *_above(path), *(("/",) if path.startswith("/") else ())):
            yield self._taken.get((folder, False), NEVER)
            if staged:
                yield self._taken.get((folder, True), NEVER)

    def _matches(self, path: str, parts: list[str]) -> bool:
        """Whether a pattern takes a path away; after too many comparisons nobody can tell, and it counts as gone."""
        self._left -= 1
        above = path.split("/", len(parts))[:len(parts)]
        return self._left < 0 or (len(above) == len(parts) and all(map(fnmatch.fnmatchcase, above, parts)))


def _latest(places: dict[tuple[str, bool], Place], key: tuple[str, bool], place: Place) -> None:
    places[key] = max(place, places.get(key, NEVER))


def _above(path: str) -> Iterator[str]:
    """The folders above a path, as far as one may be that is taken away."""
    at = path.rfind("/", 1, MAX_PATH + 1)
    while at > 0:
        yield path[:at]
        at = path.rfind("/", 1, at)


def is_below(path: str, *folders: str) -> bool:
    """Whether a path is one of the folders or lies below it, compared by component."""
    for folder in folders:      # noqa: SIM110  it is asked hundreds of thousands of times, and any() takes twice as long
        if path == folder or path.startswith(folder.rstrip("/") + "/"):
            return True
    return False


def plain(path: str) -> str:
    """An absolute path without dots, doubled slashes and a slash at its end; ~ is root's."""
    if path == "~" or path.startswith("~/"):
        path = HOME + path[1:]
    return "/" + posixpath.normpath(path).lstrip("/") if path.startswith("/") else path


def is_scratch(path: str) -> bool:
    """Whether nothing that is put here is meant to be used at run time."""
    return is_below(plain(path), *SCRATCH)


def removes(script: Script, path: str, after: Place = (-1, 0), *, partly: bool = False) -> bool:
    """Whether a script takes a path away again, by itself or with a folder above, ``after`` a place in its text.

    What is below /tmp is as good as taken away where it is brought to somewhere else: it was staged there. ``partly`` is
    enough for a folder whose content nobody can tell.
    """
    if not _last or _last[0].script is not script:       # asked again and again for one script
        _last[:] = [_Gone(script)]
    gone = _last[0]
    return bool(gone) and gone.covers(plain(path), after, partly=partly)


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
