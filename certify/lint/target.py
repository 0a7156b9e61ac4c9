"""What is judged: recipes and Containerfiles, told apart by their names and found in folders."""

from __future__ import annotations

import enum
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from builder.errors import Error, UsageError
from certify.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

RECIPE: Final = "recipe.yaml"
RECIPES: Final = (RECIPE, "recipe.yml")      # build and ship want the first; whoever has the second is told there

# With small letters in front of a suffix it is mostly source code that is about them.
_CONTAINERFILE: Final = pattern(r"(?:Containerfile|Dockerfile)(?:[.\-_].*)?~?|(?i:(?:.+\.)?(?:containerfile|dockerfile))")
_NO_CONTAINERFILE: Final = (".dockerignore", ".containerignore", ".md", ".py", ".sh")


class Kind(enum.StrEnum):
    """How a file is read."""

    RECIPE = "recipe"
    CONTAINERFILE = "Containerfile"


class Target(NamedTuple):
    """A file to judge, under the name that people gave it or where it was ``found`` in a folder.

    Of a recipe only the variants with these tags are judged, if there are any.
    """

    path: Path
    kind: Kind
    tags: tuple[str, ...] = ()
    found: bool = False


def top_of(folder: Path) -> Path | None:
    """The folder that holds the .git of a folder's repository; None outside of any. ``folder`` is absolute."""
    return next((one for one in (folder, *folder.parents) if os.path.exists(one / ".git")), None)  # noqa: PTH110


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


def find(path: Path, below: Callable[[Path], Iterable[Target]]) -> list[Target]:
    """The targets of one path: the file itself, all that is ``below`` a folder, or a variant; raises Error for nothing."""
    if not path.is_dir():
        return [named(path) if path.exists() else _variant(path)]
    return list(below(path))


def nothing(path: Path, *, foreign: bool = False) -> Error:
    """What there is to say of a folder without anything to judge, or with recipes of other programs only."""
    holds = f"only other programs' {RECIPE}" if foreign else f"no {RECIPE} and no Containerfile"
    return Error(f"{path}: no such recipe: this folder holds {holds}", hint="certify init writes a recipe to start from")


def once(targets: Iterable[Target]) -> list[Target]:
    """The targets in their order, each file once, by whatever path it is named, with all its variants that are."""
    kept: dict[str, Target] = {}
    for target in targets:
        name = os.path.abspath(target.path)  # noqa: PTH100  (a link is a file of its own)
        before = kept.setdefault(name, target)
        if before is not target:
            tags = tuple(dict.fromkeys((*before.tags, *target.tags))) if before.tags and target.tags else ()
            kept[name] = before._replace(tags=tags, found=before.found and target.found)
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
