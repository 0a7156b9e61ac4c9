"""A program or a library needs a library that is nowhere in the image.

The loader stops a program that lacks a library, before its first line runs: "error while loading shared libraries". It is
found here as the loader would: run paths, the cache of ldconfig, the default folders, nothing of LD_LIBRARY_PATH, because
the site sets that. A module of Python that lacks a library cannot be imported, and is an error as well.

Libraries that nothing in the image loads by itself, such as plugins for a program that is not installed, are a warning, and
so are programs inside of Python's packages; plugins of the distribution's packages are known and quiet. So are the drivers
that the site brings (``libcuda.so.1``), and what the recipe names in ``host_libraries``. A file that stops the loader
because it is no library is told here, too.

To do: install the package that has the library. Where it is in the image already, but not where the loader looks, see LNK402.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from certify.checks.hit import Hit
from certify.finding import Severity
from certify.linking import brought, places
from certify.linking.whole import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from certify.checks.tree import ImageTree
    from certify.linking.whole import Lack
    from certify.site import Site

CODE = "LNK401"
NAME = "needed-missing"
SEVERITY = Severity.ERROR
HELP = "install the package that has the library (apt-file search NAME tells which), or build without it"

_MAX_NAMES: Final = 6       # in one message
_MAX_TREES: Final = 50
_MAX_HITS: Final = 100      # a tree without its libraries at all lacks them all, and one hundred say so
_VARIANT: Final = 3         # dots in MPI.mpich.cpython-311-x86_64-linux-gnu.so


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each library that something needs to start, one for each tree of plugins that want something."""
    plugins: dict[str, list[Lack]] = {}
    known, told = brought.known(site), 0
    for name, lacks in _missing(image, site).items():
        serious = [one for one in lacks if _is_serious(image, one)]
        told += bool(serious)
        if serious and told <= _MAX_HITS:
            severity = Severity.WARNING if name in known else None
            yield Hit(path=serious[0].path, message=_message(serious[0], lacks), severity=severity)
        for one in lacks if not serious else ():
            if image.owner(one.path) is None:
                plugins.setdefault(places.python_package(one.path) or places.installation(one.path), []).append(one)
    if not whole(image).complete:
        yield Hit(path="/", message="so many libraries need each other that not all were followed: what is missing is not known")
    if told > _MAX_HITS:
        yield Hit(path="/", message=f"{told - _MAX_HITS} more libraries are missing")
    for tree, lacks in list(plugins.items())[:_MAX_TREES]:
        lacks.sort(key=lambda one: one.path)
        yield Hit(path=lacks[0].path, message=_of_plugins(tree, lacks), severity=Severity.WARNING)


def _missing(image: ImageTree, site: Site) -> dict[str, list[Lack]]:
    """What is nowhere in the image, and those that the loader stops at a file for."""
    found = whole(image)
    theirs, spared = brought.asked(image, site), _variants(image)
    missing: dict[str, list[Lack]] = {}
    for name, lacks in found.lacks.items():
        own = [one for one in lacks if one.unusable or (name not in found.places and not _is_alternative(one, spared))]
        if own and not brought.is_driver(name) and name not in theirs:
            missing[name] = own
    return missing


def _is_serious(image: ImageTree, lack: Lack) -> bool:
    if lack.program:        # wheels bring programs of their own that hardly anybody starts
        return places.python_package(lack.root) is None or lack.root.rpartition("/")[0] in places.on_path(image)
    return places.is_python_module(lack.root) and image.owner(lack.root) is None


def _variants(image: ImageTree) -> frozenset[str]:
    """How the modules of Python begin that are one of several and lack nothing: mpi4py has one for each MPI."""
    wanting = whole(image).wanting
    return frozenset(_beginning(path) for path in image.elves
                     if path.count(".") >= _VARIANT and path not in wanting and places.is_python_module(path))


def _is_alternative(lack: Lack, spared: frozenset[str]) -> bool:
    return lack.root.rpartition("/")[2].count(".") >= _VARIANT and _beginning(lack.root) in spared


def _beginning(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/{name.partition('.')[0]}"


def _message(lack: Lack, all_of_it: Sequence[Lack]) -> str:
    more = len({one.path for one in all_of_it}) - 1
    others = f" (and {more} more)" if more else ""
    begun = f" when {lack.root} is {'started' if lack.program else 'loaded'}" if lack.root != lack.path else ""
    if lack.unusable:
        return f"{lack.path}{others} needs {lack.name}{begun}, and {lack.unusable} is no library: the loader stops there"
    return f"{lack.path}{others} needs {lack.name}{begun}, which is nowhere in the image"


def _of_plugins(tree: str, lacks: Sequence[Lack]) -> str:
    names = list(dict.fromkeys(one.name for one in lacks))
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return (f"plugins in {tree} need libraries that are nowhere in the image: {', '.join(names[:_MAX_NAMES])}{more}; "
            f"the first is {lacks[0].path}")
