"""What is judged: recipes and Containerfiles, told apart by their names and found in folders."""

from __future__ import annotations

import enum
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from builder.errors import Error, UsageError
from certify.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

RECIPE: Final = "recipe.yaml"

# Folders that hold what a program made or fetched; hidden ones are skipped as well.
SKIPPED: Final = frozenset({"__pycache__", "__pypackages__", "_build", "buck-out", "dist", "node_modules", "out",
                            "site-packages", "venv"})

_CONTAINERFILE: Final = pattern(r"(?:Containerfile|Dockerfile)(?:[.\-_].*)?|.+\.(?:[Dd]ockerfile|[Cc]ontainerfile)")
_NO_CONTAINERFILE: Final = (".dockerignore", ".containerignore", ".md", ".py", ".sh")


class Kind(enum.StrEnum):
    """How a file is read."""

    RECIPE = "recipe"
    CONTAINERFILE = "Containerfile"


class Target(NamedTuple):
    """A file to judge, under the name that people gave it; of a recipe only the variants with these tags, if there are any."""

    path: Path
    kind: Kind
    tags: tuple[str, ...] = ()


def kind_of(name: str) -> Kind | None:
    """What a file is by its name; None for what is neither."""
    if _CONTAINERFILE.fullmatch(name) and not name.endswith(_NO_CONTAINERFILE):
        return Kind.CONTAINERFILE
    return Kind.RECIPE if name.endswith((".yaml", ".yml")) else None


def named(path: Path) -> Target:
    """The target of a path that names a file; raises UsageError where its name tells nothing."""
    kind = kind_of(path.name)
    if kind is None:
        raise UsageError(f"{path}: neither a recipe nor a Containerfile by its name",
                         hint="names: *.yaml, Containerfile*, Dockerfile*, *.containerfile, *.dockerfile; "
                              "for others: certify lint - --stdin-filename Containerfile < FILE")
    return Target(path, kind)


def find(path: Path, excluded: Callable[[Path], bool] = lambda _: False) -> list[Target]:
    """The targets of one path: the file itself, all that a folder holds, or a variant; raises Error where there is none."""
    if not path.is_dir():
        return [named(path) if path.exists() else _variant(path)]
    found = list(_below(path, excluded))
    if not found:
        raise Error(f"{path}: no such recipe: this folder holds no {RECIPE} and no Containerfile",
                    hint="certify init writes a recipe to start from")
    return found


def once(targets: Iterable[Target]) -> list[Target]:
    """The targets in their order, each file once, by whatever path it is named, with all its variants that are."""
    kept: dict[str, Target] = {}
    for target in targets:
        name = os.path.abspath(target.path)  # noqa: PTH100  (a link is a file of its own)
        before = kept.setdefault(name, target)
        if before is not target:
            tags = tuple(dict.fromkeys((*before.tags, *target.tags))) if before.tags and target.tags else ()
            kept[name] = before._replace(tags=tags)
    return list(kept.values())


def _variant(path: Path) -> Target:
    """The variant of a recipe that people name as for build and ship: ``recipes/tool:1.0-py311-1``."""
    from builder.recipe.decode import find as find_recipe
    from builder.recipe.decode import split

    plain, tag = split(path)
    if tag is None:
        raise Error(f"{path}: no such recipe or Containerfile", hint="give files, or folders that hold them")
    target = named(find_recipe(plain))
    if target.kind is not Kind.RECIPE:
        raise UsageError(f"{path}: only a recipe has variants", hint=f"certify lint {plain}")
    return target._replace(tags=(tag,))


def _below(folder: Path, excluded: Callable[[Path], bool]) -> Iterator[Target]:
    pending = [str(folder)]
    while pending:
        current = pending.pop()
        inner = []
        for entry in _entries(current):
            path = Path(current) / entry.name
            if entry.is_dir(follow_symlinks=False):     # a link may lead out of the tree, or in a circle
                if not entry.name.startswith(".") and entry.name not in SKIPPED and not excluded(path):
                    inner.append(str(path))
            elif _is_target(entry) and not excluded(path):
                yield Target(path, Kind.RECIPE if entry.name == RECIPE else Kind.CONTAINERFILE)
        pending += reversed(inner)


def _is_target(entry: os.DirEntry[str]) -> bool:
    return (entry.name == RECIPE or kind_of(entry.name) is Kind.CONTAINERFILE) and entry.is_file()


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise Error(f"{folder}: {error.strerror}") from error
