"""Describes the site's real libraries in a folder: what they are called, what they need, and how runtimes bring them in.

The folder is the site's own and trusted. It comes into containers as a whole, so a link that leaves it dangles there.
"""

from __future__ import annotations

import os
import posixpath
import stat
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from builder.errors import Error, UsageError
from certify.elf.reader import read
from certify.elf.versions import needed_versions
from certify.host_libraries import mpi
from certify.host_libraries.model import HostLibrary, How, SiteFile, Way, highest
from certify.host_libraries.needing import basename

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_MAX_FILES: Final = 20_000      # of a folder that holds libraries, not a file system


def describe(name: str, folder: Path, *, summary: str = "", replaces: Sequence[str] = (),
             search: Sequence[str] = ()) -> tuple[HostLibrary, tuple[str, ...]]:
    """The library in a folder, and notes on what was left out of its description.

    Without ``replaces`` it replaces the libraries of an MPI if there are some, else all those at its top; without
    ``search`` the loader is told the folders that it takes for its files to find each other. Raises Error and UsageError.
    """
    files, links, notes = _contents(folder)
    wanted = tuple(replaces) or _replaced(files, links)
    made = HostLibrary(name=name, summary=summary or f"{', '.join(wanted)} of this site", replaces=wanted, files=files,
                       links=links, search=tuple(search), runtimes=ways(name, os.path.realpath(folder)))
    made = made if search else replace(made, search=_search(made))
    if absent := sorted(set(wanted) - made.findable):
        raise UsageError(f"{folder}: it holds no {', '.join(absent)}", hint=f"its libraries are {', '.join(sorted(made.names))}")
    if not wanted:
        raise UsageError(f"{folder}: no shared library is in it", hint="name the folder with the libraries themselves")
    return made, tuple(notes)


def ways(name: str, source: str) -> Mapping[str, Way]:
    """How the runtimes bring a library in from a folder of this machine where nothing else is configured."""
    module = f"/opt/udiImage/modules/{name}"
    usual = {"shifter": (module, How.PREPEND), "podman-hpc": (module, How.REPLACE), "charliecloud": ("/mnt", How.PREPEND),
             "apptainer": ("/.singularity.d/libs", How.APPEND)}
    return {runtime: Way(folder=folder, how=how, source=source) for runtime, (folder, how) in usual.items()}


def _contents(folder: Path) -> tuple[dict[str, SiteFile], dict[str, str], list[str]]:
    """The library files and further names of theirs, by their paths below the folder."""
    files: dict[str, SiteFile] = {}
    links: dict[str, str] = {}
    notes: list[str] = []
    top = os.path.realpath(folder)
    for path in _walk(top):
        real = os.path.realpath(path)
        inside = real.removeprefix(top + "/")
        name = path.removeprefix(top + "/")
        if inside == real:
            notes.append(f"{name} leads out of the folder to {real}: in a container it leads nowhere (copy the file itself)")
        elif isinstance(found := _library(real), str):
            notes.append(f"{name} is left out: {found}")
        elif found is not None:
            files[inside] = found
            if inside != name:
                links[name] = inside
    return dict(sorted(files.items())), dict(sorted(links.items())), notes


def _walk(top: str) -> Iterator[str]:
    """Every file and every link to one below a folder, in the order of the paths."""
    count = 0
    for folder, folders, names in os.walk(top, onerror=_raise):
        folders.sort()
        for name in sorted(names):
            count += 1
            if count > _MAX_FILES:
                raise UsageError(f"{top}: it holds more than {_MAX_FILES} files", hint="name the folder with the libraries alone")
            yield f"{folder}/{name}"


def _raise(error: OSError) -> None:
    raise Error(f"{error.filename}: {error.strerror}", hint="is it a folder, and may you read it?") from error


def _library(path: str) -> SiteFile | str | None:
    """The shared library of a path, or what is wrong with it; None for anything else: linker scripts, programs, nothing."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Error(f"{path}: {error.strerror}", hint="may you read it?") from error
    with os.fdopen(handle, "rb", buffering=0) as file:
        status = os.fstat(handle)
        elf = read(file, status.st_size) if stat.S_ISREG(status.st_mode) else None
        if elf is None or elf.kind != "shared" or elf.program or elf.faults:
            return ", ".join(elf.faults) if elf is not None and elf.faults else None
        versions = {name: highest(found) for name, found in sorted(needed_versions(file, status.st_size).items())}
    return SiteFile(soname=elf.soname, needed=elf.needed, rpath=elf.rpath, runpath=elf.runpath, machine=elf.machine,
                    bits=elf.bits, versions=versions)


def _replaced(files: Mapping[str, SiteFile], links: Mapping[str, str]) -> tuple[str, ...]:
    """The SONAMEs by which the loader finds files, at the folder's top if there are some: those of an MPI if it is one."""
    found = {path: basename(path) for path in (*files, *links) if basename(path) == files[links.get(path, path)].soname}
    sonames = sorted({name for path, name in found.items() if "/" not in path} or set(found.values()))
    return tuple(name for name in sonames if mpi.family(name)) or tuple(sonames)


def _search(made: HostLibrary) -> tuple[str, ...]:
    """First the folders with what is replaced, then those with what its files need and do not find by themselves."""
    places: dict[str, list[str]] = {}
    for path in sorted((*made.files, *made.links)):
        places.setdefault(basename(path), []).append(path.rpartition("/")[0] or ".")
    folders = [folder for name in made.replaces for folder in places.get(name, ())]
    for path in made.reached:
        own = _run_path(path, made.files[path])
        folders += [folder for name in made.files[path].needed for folder in places.get(name, ())[:1]
                    if not own.intersection(places[name])]
    return tuple(dict.fromkeys(folders))


def _run_path(path: str, file: SiteFile) -> set[str]:
    """The folders below the top that a file searches itself."""
    here = f"/{path}".rpartition("/")[0]
    parts = (file.runpath or file.rpath or "").replace("${ORIGIN}", "$ORIGIN").split(":")
    folders = [here + part.removeprefix("$ORIGIN") for part in parts if part.startswith("$ORIGIN")]
    return {posixpath.normpath(folder).lstrip("/") or "." for folder in folders}
