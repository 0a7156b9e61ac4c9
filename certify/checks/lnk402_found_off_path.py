"""A library is in the image, but where the loader does not look.

Somebody counts on LD_LIBRARY_PATH. The site sets that variable for its own libraries (some runtimes replace it), and then the
program does not start. Whoever installs into a folder of their own tells the loader: by a RUNPATH in the program, or by a
file in /etc/ld.so.conf.d and a run of ldconfig.

It is an error for programs in a folder of PATH and for modules of Python. For programs elsewhere it is a warning, since
something may start them that knows better. Libraries that others load beforehand are quiet: those among Python's packages,
and those that lie in the tree of the library that they need, as a Java machine's do. Where ldconfig alone is missing, see LNK405.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.checks.hit import Hit
from certify.finding import Severity
from certify.linking import brought, places, stale
from certify.linking.whole import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from certify.checks.tree import ImageTree
    from certify.linking.whole import Lack
    from certify.site import Site

CODE = "LNK402"
NAME = "found-off-path"
SEVERITY = Severity.ERROR
HELP = "list the folder in /etc/ld.so.conf.d and run ldconfig, or link with a RUNPATH: -Wl,-rpath,FOLDER,--enable-new-dtags"


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each folder that the loader should have been told of."""
    found = whole(image)
    folders: dict[str, list[Lack]] = {}
    known = brought.asked(image, site) | stale.names(image)
    for name, places_of_it in found.places.items():
        lacks = [one for one in found.lacks[name] if not one.unusable and not _is_loaded_before(image, one, places_of_it)]
        if lacks and name not in known and not brought.is_driver(name):
            folders.setdefault(places_of_it[0].rpartition("/")[0], []).extend(lacks)
    for folder, lacks in folders.items():
        yield _hit(image, folder, lacks)


def _hit(image: ImageTree, folder: str, lacks: Sequence[Lack]) -> Hit:
    started = on_its_own(image, lacks)
    first = (started or lacks)[0]
    more = len({one.path for one in lacks}) - 1
    others = f" (and {more} more)" if more else ""
    said = f"{first.path}{others} needs {first.name}, which is in {folder or '/'}, where the loader does not look for it"
    return Hit(path=first.path, message=said, severity=None if started else Severity.WARNING)


def on_its_own(image: ImageTree, lacks: Sequence[Lack]) -> list[Lack]:
    """Those that nothing stands before: programs in a folder of PATH, modules of Python."""
    folders = places.on_path(image)
    return [one for one in lacks if (one.program and one.root.rpartition("/")[0] in folders) or
            (not one.program and places.is_python_module(one.root))]


def _is_loaded_before(image: ImageTree, lack: Lack, files: Sequence[str]) -> bool:
    """Whether the one that loads a plugin or a module has loaded, or can find, what it needs."""
    if lack.program:
        return False
    if places.python_package(lack.path) is not None:
        return any(places.python_package(file) is not None for file in files)
    home, owner = places.installation(lack.path), image.owner(lack.path)
    return any(places.installation(file) == home or (owner is not None and image.owner(file) == owner) for file in files)
