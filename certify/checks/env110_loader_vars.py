"""Variables and files that change what the loader does for every program of the image.

LD_PRELOAD and /etc/ld.so.preload load a library into every program, also into the helpers that the site's runtime puts
into the image, and runtimes use LD_PRELOAD themselves (podman-hpc does for CUDA-aware MPI). LD_AUDIT, LD_ORIGIN_PATH and
GLIBC_TUNABLES are as far-reaching and depend on the very version of glibc. Looked at are the image's environment and
its start-up files; a script that sets one for the program that it starts (fakeroot, jemalloc.sh) is its user's choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from builder.image import PATH
from certify.checks.folders import Role
from certify.checks.hit import Hit
from certify.checks.scripts import bounded, texts_of
from certify.finding import Severity
from certify.rules.env1_texts import LOADER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "ENV110"
NAME = "loader-vars"
SEVERITY = Severity.ERROR
HELP = "link the library to the programs that want it; what a user wants to trace or tune is set when the program runs"

PRELOAD: Final = "/etc/ld.so.preload"
_MAX_PRELOAD: Final = 65536     # bytes


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """One hit for each variable of the environment, each start-up file, and the file of libraries to preload."""
    for name in LOADER:
        if image.config.environment.get(name):
            yield Hit(path=PATH, message=f"the image sets {name}={image.config.environment[name]}")
    yield from bounded(_started(image))
    if names := _preloaded(image):
        yield Hit(path=PRELOAD, message=f"{PRELOAD} loads {names[0]} into every program" + _more(len(names) - 1))


def _started(image: ImageTree) -> Iterator[Hit]:
    for text in texts_of(image).of(Role.STARTUP):
        if found := text.sets(*LOADER):
            yield Hit(path=text.via, message=f"{text.via} sets {found.name} in line {text.line(found.start)}")


def _preloaded(image: ImageTree) -> list[str]:
    """The libraries that the loader reads there: divided by blanks or colons, remarks left out."""
    place = image.resolve(PRELOAD)
    lines = image.head(place, _MAX_PRELOAD).decode("utf-8", "replace").splitlines() if place else []
    return [name for line in lines for name in line.partition("#")[0].replace(":", " ").split()]


def _more(count: int) -> str:
    return f" (and {count} more)" if count else ""
