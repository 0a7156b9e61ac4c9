"""Programs that the kernel cannot start here: for another kind of machine, without their loader, or damaged.

A program names the loader that starts it (``/lib64/ld-linux-x86-64.so.2``). Without that file the shell says "No such file
or directory" of a program that is plainly there. Programs for another processor cannot run at all. It is an error for
programs in a folder of PATH, and for packages of Python all of whose modules are of another machine; elsewhere programs
for others are data of some tool, and quiet. Statically linked programs need no loader and no C library.

An image of musl (Alpine) is an information: the site's MPI and GPU libraries are made for glibc and cannot be brought in.
What glibc the site's libraries need at least, LNK414 tells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from certify.checks.hit import Hit
from certify.finding import Severity
from certify.linking import places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.elf.reader import Elf
    from certify.site import Site

CODE = "LNK410"
NAME = "glibc-arch"
SEVERITY = Severity.ERROR
HELP = "install what is made for the image's platform, with the C library that starts it (libc6 of Debian, glibc of Fedora)"

# What a kernel of a platform starts: also programs of the 32 bits before, if their loader is there.
_RUNS: Final = {"amd64": ("x86_64", "i386"), "arm64": ("aarch64", "arm"), "ppc64le": ("ppc64le",), "s390x": ("s390x", "s390"),
                "riscv64": ("riscv64",)}
_PROCESSORS: Final = frozenset({"x86_64", "i386", "aarch64", "arm", "ppc64le", "ppc64", "ppc", "s390x", "riscv64", "mips",
                                "loongarch64"})     # others are of GPUs and virtual machines
_MAX_CAUSES: Final = 20


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each kind of machine, each loader, each package of Python, and for damaged files."""
    yield from _foreign_programs(image)
    yield from _foreign_modules(image)
    yield from _loaders(image, site)
    yield from _musl(image)
    yield from _damaged(image)


def _runs(image: ImageTree, elf: Elf) -> bool:
    """Whether the image's platform runs it; an image that says none is believed."""
    platform = image.config.platform.partition("/")[2].partition("/")[0]
    return platform not in _RUNS or elf.machine in _RUNS[platform]


def _programs(image: ImageTree) -> dict[str, Elf]:
    return {path: elf for path, elf in image.elves.items() if elf.program and elf.machine in _PROCESSORS}


def _foreign_programs(image: ImageTree) -> Iterator[Hit]:
    found: dict[str, list[str]] = {}
    folders = places.on_path(image)
    for path, elf in _programs(image).items():
        if not _runs(image, elf) and path.rpartition("/")[0] in folders:
            found.setdefault(elf.machine, []).append(path)
    for machine, paths in found.items():
        yield Hit(path=paths[0], message=f"{paths[0]}{_more(paths)} is for {machine}, and the image for {image.config.platform}")


def _foreign_modules(image: ImageTree) -> Iterator[Hit]:
    packages: dict[str, list[str]] = {}
    for path, elf in image.elves.items():
        package = places.python_package(path) if places.is_python_module(path) and elf.machine in _PROCESSORS else None
        if package is not None:
            packages.setdefault(package, []).append(path)
    wrong = {package: paths for package, paths in packages.items() if not any(_runs(image, image.elves[path]) for path in paths)}
    for package, paths in list(wrong.items())[:_MAX_CAUSES]:
        yield Hit(path=paths[0], message=f"all modules of {package} are for {image.elves[paths[0]].machine}, and the image "
                                         f"for {image.config.platform}")


def _loaders(image: ImageTree, site: Site) -> Iterator[Hit]:
    found: dict[tuple[str, str], list[str]] = {}
    for path, elf in _programs(image).items():
        fault = _fault(image, site, elf.interpreter) if elf.interpreter is not None and _runs(image, elf) else None
        if fault:
            found.setdefault((elf.interpreter or "", fault), []).append(path)
    folders = places.on_path(image)
    started = {key: next((path for path in paths if path.rpartition("/")[0] in folders), None) for key, paths in found.items()}
    for key in sorted(found, key=lambda key: started[key] is None)[:_MAX_CAUSES]:
        (interpreter, fault), first, paths = key, started[key], found[key]
        if first is None and all(image.owner(path) for path in paths):
            continue
        yield Hit(path=first or paths[0], severity=None if first else Severity.WARNING,
                  message=f"{first or paths[0]}{_more(paths)} is started by {interpreter or 'no name'}, {fault}")


def _fault(image: ImageTree, site: Site, interpreter: str) -> str | None:
    if not interpreter.startswith("/"):
        return "which is no absolute path"
    real = image.resolve(interpreter)
    if real is None or not image.is_file(real):
        return "which is not in the image"
    if real not in image.elves:
        return "which is no program"
    owner = site.owner_of(real) or site.mount_over(real)
    return f"which would vanish: {owner} is not the image's at the site" if owner else None


def _musl(image: ImageTree) -> Iterator[Hit]:
    interpreters = [elf.interpreter for elf in _programs(image).values() if elf.interpreter is not None]
    musl = [one for one in interpreters if one.rpartition("/")[2].startswith("ld-musl-")]
    if musl and len(musl) * 2 > len(interpreters):
        yield Hit(path=musl[0], severity=Severity.INFO,
                  message="the image's C library is musl: libraries of the site, which are made for glibc, cannot be brought in")


def _damaged(image: ImageTree) -> Iterator[Hit]:
    """Not those of a distribution, whose tests and debuggers keep such files on purpose."""
    broken = [path for path, elf in image.elves.items() if elf.faults and elf.kind in ("executable", "shared", "other")
              and (".so" in path or image.entries[path].st_mode & 0o111) and image.owner(path) is None]
    if broken:
        yield Hit(path=broken[0], severity=Severity.WARNING,
                  message=f"{broken[0]}{_more(broken)} is a damaged ELF file: {'; '.join(image.elves[broken[0]].faults)}")


def _more(paths: list[str]) -> str:
    return f" (and {len(paths) - 1} more)" if len(paths) > 1 else ""
