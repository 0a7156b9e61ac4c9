"""A lock that is not the recipe's any more.

``recipe.lock`` says exactly which packages, wheels and sources a recipe means. When the recipe has changed since,
a build refuses to guess which of the two is right. ``certify lock RECIPE`` looks up what is missing and keeps the rest.

The examples stand beside a lock that was made for ``apt: [gcc]``.

Bad::

    packages: {apt: [gcc, make]}

Good::

    packages: {apt: [gcc]}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.rules.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from builder.recipe import Recipe
    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "PIN506"
NAME = "lock-unfit"
SEVERITY = Severity.WARNING

HELP = "certify lock RECIPE looks up what is missing and keeps the rest"

_LOCK = "recipe.lock"


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Compare a recipe with the lock beside it, if there is one; one hit with all that has changed."""
    if subject.recipe is None or subject.folder is None or not _is_there(subject.folder / _LOCK):
        return
    words = _differences(subject.recipe)
    if words:
        place = words[0].partition(":")[0].split(".")
        route = tuple(place) if " " not in words[0].partition(":")[0] else ("name",)
        yield Hit(route=route, message=f"{_LOCK} does not fit: {'; '.join(words)}", help=HELP)


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except OSError:
        return False
    return True


def _differences(recipe: Recipe) -> list[str]:
    """In words, for every platform that is locked: what lint says does not depend on the machine it runs on."""
    from builder import lock  # only for who has one: it brings in what reads and compares
    from builder.errors import Fault

    try:
        found = lock.Lock.read(recipe.folder)
    except Fault as error:
        return [error.message.rpartition(": ")[2]]
    platforms = found.platforms if found else ()
    words = [text for platform in platforms for text in lock.unfit(recipe, found, platform)] if found else []
    return list(dict.fromkeys(words)) if platforms or found is None else ["nothing is in it"]
