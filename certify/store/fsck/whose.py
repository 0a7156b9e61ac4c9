"""Whether the lists of what is whose say what the access records say, each to those alone whose it is."""

from __future__ import annotations

import os
from itertools import islice
from typing import TYPE_CHECKING

from builder.errors import Fault
from certify.store import guards, lists, rebuild
from certify.store.fsck.problem import MOST, Kind, Mend, Problem, shown
from certify.store.layout import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from certify.store.fsck.problem import Asked


def check(asked: Asked) -> Iterator[Problem]:
    """Find folders that others may list than must, and images that stand where they must not, or not where they must."""
    if not os.path.lexists(asked.store.lists):
        yield _problem(asked, asked.store.lists, "is missing: certify store ls tells its owner alone of images", lags=True)
        return
    try:
        for name in dict.fromkeys(("", PUBLIC, *lists.folders(asked.store))):
            yield from _guard(asked, name)
        yield from _few(asked)
    except Fault:
        return          # a link, or no folder, which is told with what is odd


def _guard(asked: Asked, name: str) -> Iterator[Problem]:
    path, wanted = asked.store.lists / name, lists.guard(asked.store, name)
    try:
        found = guards.of(path)
    except FileNotFoundError:
        yield _problem(asked, path, "is missing", lags=True)
        return
    if found != wanted:
        yield _problem(asked, path, f"is open to: {found}; must be to: {wanted}", lags=found.within(wanted))


def _few(asked: Asked) -> Iterator[Problem]:
    """Where images stand or do not stand as they must not: the first ones, and how many more."""
    found = _entries(asked)
    yield from islice(found, MOST)
    left = list(found)
    if left:
        yield _problem(asked, asked.store.lists, f"and {len(left)} more here", lags=not any(one.error for one in left))


def _entries(asked: Asked) -> Iterator[Problem]:
    for digest, there, wanted in lists.differing(asked.store, rebuild.realms(asked.store, asked.trust)):
        for name in sorted(there - wanted):
            everybodys = PUBLIC in wanted       # halfway from or to a list of some: nobody is told of what is not theirs
            what = "is one too many: the image is everybody's" if everybodys else "tells of an image to some who may not use it"
            yield _problem(asked, asked.store.entry(name, digest), what, lags=everybodys)
        for name in sorted(wanted - there):
            yield _problem(asked, asked.store.entry(name, digest),
                           "is missing: certify store ls does not tell all of the image who may use it", lags=True)


def _problem(asked: Asked, path: Path, message: str, *, lags: bool) -> Problem:
    return Problem(kind=Kind.LIST, where=shown(asked.store, path), message=message, mend=Mend.LISTS,
                   error=not (asked.halfway and lags))
