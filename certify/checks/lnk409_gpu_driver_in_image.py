"""The image brings a library of the GPU's driver, or finds a stub instead of it.

The user's side of NVIDIA's driver (``libcuda.so.1``, ``libnvidia-*.so.535.104``) must be of the very version of the
kernel's side, and so the runtime brings the site's. One in the image is of another version: it fails, or hides the site's.
CUDA's stubs have the names of these libraries and nothing in them, for linking without a driver: a program that finds a stub
at its start sees no GPU.

Stubs in their own folder are quiet as long as no run path, no link and not the cache lead to them. The compatibility
libraries of CUDA (``/usr/local/cuda/compat``) are a warning: they work with some drivers only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from certify.checks.hit import Hit, grouped
from certify.finding import Severity
from certify.linking.brought import is_driver
from certify.linking.cache import cache_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.elf.reader import Elf
    from certify.site import Site

CODE = "LNK409"
NAME = "gpu-driver-in-image"
SEVERITY = Severity.ERROR
HELP = "install CUDA without the driver (no libnvidia-compute, no cuda-drivers), and keep stubs out of run paths and ldconfig"

_MAX_PARTS: Final = 256
_MAX_NAMES: Final = 64      # the driver has some thirty libraries


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """One hit for each package or tree with such libraries, one for each way to a stub."""
    drivers = [path for path, elf in image.elves.items() if elf.kind == "shared" and _is_driver(path, elf) and not _is_stub(path)]
    own = [path for path in drivers if not _is_compatibility(path)]
    yield from grouped(image, own, lambda path: f"{path} is a library of the GPU's driver, which the site brings")
    yield from grouped(image, [path for path in drivers if _is_compatibility(path)], severity=Severity.WARNING,
                       message=lambda path: f"{path} stands in for the site's driver, and works with some drivers only")
    yield from _run_paths(image)
    yield from _links(image)


def _run_paths(image: ImageTree) -> Iterator[Hit]:
    """Files that need the driver and have a stub's folder in their run path: before anything of the site's cache."""
    found = [path for path, elf in image.elves.items() if any(map(is_driver, elf.needed))
             and any(_is_stub(f"{part}/x") for part in (elf.runpath or elf.rpath or "").split(":")[:_MAX_PARTS])]
    yield from grouped(image, found, lambda path: f"the run path of {path} leads to stubs of the GPU's driver")


def _links(image: ImageTree) -> Iterator[Hit]:
    linked = [path for path in image.entries if is_driver(path.rpartition("/")[2]) and path.rpartition(".so")[2]
              and not _is_stub(path) and _is_stub(image.resolve(path) or "")]
    yield from grouped(image, linked, lambda path: f"{path} leads to a stub of the GPU's driver")
    cache = cache_of(image)
    for name in sorted(filter(is_driver, cache.names()))[:_MAX_NAMES] if cache else ():
        place = cache.lookup(name, "x86_64", 64) if cache else None
        if place and _is_stub(place):
            yield Hit(path="/etc/ld.so.cache", message=f"the loader's cache leads from {name} to the stub {place}")


def _is_driver(path: str, elf: Elf) -> bool:
    """By both names: a library of another soname only borrows the file's name."""
    name = path.rpartition("/")[2]
    return is_driver(name) and (elf.soname is None or is_driver(elf.soname))


def _is_stub(path: str) -> bool:
    return "/stubs/" in path


def _is_compatibility(path: str) -> bool:
    return "/compat/" in path
