"""The recipes and Containerfiles that a folder holds.

Left alone is what others made (vendored, generated, ignored by git), and what a link leads to outside of the repository: a
report quotes lines. Who names a file means it, whatever it is.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from builder.errors import Error
from certify.lint.target import RECIPES, Kind, Target, kind_of, top_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from certify.lint.gitignore import Rule

# Folders that hold what a program made or fetched, or what others wrote; hidden ones are skipped as well.
SKIPPED: Final = frozenset({"__pycache__", "__pypackages__", "_build", "_vendor", "bower_components", "buck-out", "dist",
                            "node_modules", "out", "site-packages", "third-party", "third_party", "vendor", "venv"})

# What a program fills in before it is a Containerfile, and what editors and patch leave behind.
NOT_YET: Final = (".erb", ".in", ".j2", ".jinja", ".jinja2", ".m4", ".mustache", ".template", ".tmpl", ".tpl")
NO_MORE: Final = ("~", ".bak", ".diff", ".old", ".orig", ".patch", ".rej", ".save", ".swo", ".swp")

_GITIGNORE: Final = ".gitignore"


class Search(NamedTuple):
    """How a folder is searched. ``failed`` is told what cannot be looked into: that hides nothing else."""

    excluded: Callable[[Path], bool] = lambda _: False
    failed: Callable[[Error], object] = lambda _: None
    gitignore: bool = True

    def below(self, folder: Path) -> Iterator[Target]:
        """What a folder and its folders hold, in order."""
        full = Path(os.path.abspath(folder))  # noqa: PTH100  (links stay as they are named)
        top = top_of(full)
        bounds = tuple(os.path.realpath(one).rstrip("/") + "/" for one in (folder, top or folder))
        pending = [_start(folder, full, top if self.gitignore else None)]
        while pending:
            place = pending.pop()
            entries = self._entries(place.folder)
            place = place.entered(entries)
            inner = []
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):     # a link may lead in a circle
                    if not _is_skipped(entry.name) and not self._is_out(place, entry, folder=True):
                        inner.append(place.inner(entry.name))
                elif is_found(entry.name) and _is_inside(entry, bounds) and not self._is_out(place, entry, folder=False):
                    kind = Kind.RECIPE if entry.name in RECIPES else Kind.CONTAINERFILE
                    yield Target(Path(place.folder) / entry.name, kind, found=True)
            pending += reversed(inner)

    def _is_out(self, place: _Place, entry: os.DirEntry[str], *, folder: bool) -> bool:
        return place.ignores(entry.name, folder=folder) or self.excluded(Path(place.folder) / entry.name)

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self.failed(Error(f"{folder}: {error.strerror}"))
            return []


class _Place(NamedTuple):
    """A folder, its names from the top of its repository on, and what git ignores in it."""

    folder: str
    names: tuple[str, ...]
    in_git: bool
    rules: tuple[Rule, ...]

    def inner(self, name: str) -> _Place:
        return self._replace(folder=str(Path(self.folder) / name), names=(*self.names, name))

    def entered(self, entries: list[os.DirEntry[str]]) -> _Place:
        """With the folder's own .gitignore; a repository in a repository begins anew."""
        if not self.in_git or not any(entry.name in (".git", _GITIGNORE) for entry in entries):
            return self
        if self.names and any(entry.name == ".git" for entry in entries):
            return self._replace(names=(), rules=_rules_in(self.folder, 0, _excluded(self.folder)))
        return self._replace(rules=_rules_in(self.folder, len(self.names), self.rules))

    def ignores(self, name: str, *, folder: bool) -> bool:
        if not self.rules:
            return False
        from certify.lint.gitignore import ignored

        return ignored(self.rules, (*self.names, name), folder=folder)


def is_found(name: str) -> bool:
    """Whether a file of that name is looked for in folders."""
    return name in RECIPES or (kind_of(name) is Kind.CONTAINERFILE and not name.endswith((*NOT_YET, *NO_MORE)))


def _is_skipped(name: str) -> bool:
    return name.startswith(".") or name in SKIPPED


def _is_inside(entry: os.DirEntry[str], bounds: tuple[str, ...]) -> bool:
    """Whether it is a file and, if it is a link, one into the same repository."""
    if not entry.is_symlink():
        return entry.is_file()
    return os.path.isfile(entry.path) and os.path.realpath(entry.path).startswith(bounds)  # noqa: PTH113  (it may lead nowhere)


def _start(folder: Path, full: Path, top: Path | None) -> _Place:
    if top is None:
        return _Place(str(folder), (), in_git=False, rules=())
    return _Place(str(folder), full.relative_to(top).parts, in_git=True, rules=_rules_above(full, top))


def _rules_above(folder: Path, top: Path) -> tuple[Rule, ...]:
    """The rules of the repository that hold in a folder, without those of its own file."""
    rules = _excluded(str(top))
    for depth, above in enumerate([one for one in reversed(folder.parents) if one.is_relative_to(top)]):
        rules = _rules_in(str(above), depth, rules)
    return rules


def _excluded(top: str) -> tuple[Rule, ...]:
    return _read(f"{top}/.git/info/exclude", 0)


def _rules_in(folder: str, depth: int, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    return rules + _read(f"{folder}/{_GITIGNORE}", depth, len(rules))


def _read(path: str, depth: int, before: int = 0) -> tuple[Rule, ...]:
    if not os.path.lexists(path):
        return ()
    from certify.lint import gitignore  # only where there is such a file

    return gitignore.read(path, depth)[:max(0, gitignore.MAX_RULES - before)]
