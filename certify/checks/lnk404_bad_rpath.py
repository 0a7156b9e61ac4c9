"""A run path (RPATH or RUNPATH) names folders that it should not.

The loader looks into the folders of a run path before its own. One that is empty or relative means the folder that a user
happens to be in, so whoever puts a library there has it executed; so does one below /tmp. A folder that the site mounts or
the runtime covers holds other files there than it did when the image was built: an error if the image has files in it.
A folder that is not there at all is a left-over of the build (``/build/src/.libs``): a warning, because it costs a look on
each start, which thousands of ranks make on a parallel file system; in a package of Python it is an information, since
wheels come as they are.

Quiet are folders beside the file itself (``$ORIGIN``) that are not there, which wheels are full of, and whatever the
packages of a distribution bring.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from typing import TYPE_CHECKING, Final

from certify.checks.hit import Hit
from certify.finding import Severity
from certify.linking.places import python_package

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.elf.reader import Elf
    from certify.site import Site

CODE = "LNK404"
NAME = "bad-rpath"
SEVERITY = Severity.ERROR
HELP = "link with a RUNPATH of folders that stay: -Wl,-rpath,'$ORIGIN/../lib',--enable-new-dtags; or patchelf --set-rpath"

_ORIGIN: Final = re.compile(r"\$(ORIGIN(?![A-Za-z0-9_])|\{ORIGIN\})")
_ANYBODYS: Final = ("/tmp", "/var/tmp", "/dev/shm")     # noqa: S108  # where anybody on a node can put a library
_MAX_CAUSES: Final = 50
_MAX_PARTS: Final = 256
_MAX_LOOKS: Final = 200_000     # at folders of run paths, however many files name however many


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each folder, whatever the number of files that name it."""
    causes: dict[tuple[str, Severity, str], list[str]] = {}
    every = ((path, part) for path, elf in image.elves.items() for part in _parts(elf))
    for path, part in itertools.islice(every, _MAX_LOOKS):
        said = _fault(image, site, path, part)
        if said is not None and (said[0] is Severity.ERROR or image.owner(path) is None):
            causes.setdefault((part, *said), []).append(path)
    if next(every, None) is not None:
        yield Hit(path="/", message=f"there are more than {_MAX_LOOKS} folders in run paths: the rest was not looked at")
    ordered = sorted(causes.items(), key=lambda one: one[0][1] is not Severity.ERROR)     # nothing hides behind warnings
    for (part, severity, fault), paths in ordered[:_MAX_CAUSES]:
        more = f" (and {len(paths) - 1} more)" if len(paths) > 1 else ""
        kind = "RUNPATH" if image.elves[paths[0]].runpath else "RPATH"
        yield Hit(path=paths[0], message=f"the {kind} of {paths[0]}{more} {_named(part)}: {fault}", severity=severity)


def _parts(elf: Elf) -> list[str]:
    text = elf.runpath if elf.runpath is not None else elf.rpath
    return list(dict.fromkeys(text.split(":")[:_MAX_PARTS])) if text else []


def _named(part: str) -> str:
    return f"names {part}" if part else "has an empty part"


def _fault(image: ImageTree, site: Site, path: str, part: str) -> tuple[Severity, str] | None:
    folder = posixpath.normpath(_ORIGIN.sub(lambda _: path.rpartition("/")[0] or "/", part, count=4)) if part else ""
    if not folder.startswith("/"):
        return Severity.ERROR, "that is the folder that a user happens to be in"
    beside = part.startswith(("$ORIGIN", "${ORIGIN}"))
    real = image.resolve(folder) or folder
    owner = site.owner_of(real) or site.mount_over(real)
    if beside and (real == path.rpartition("/")[0] or owner is None):
        return None
    if any(real == one or real.startswith(one + "/") for one in _ANYBODYS):
        return Severity.ERROR, "anybody can put a library there"
    if owner is not None:
        holds = real in image.entries
        return Severity.ERROR if holds else Severity.WARNING, f"at the site, {owner} is not the image's"
    if image.resolve(folder) is None and "$" not in folder:
        return (Severity.INFO if python_package(path) else Severity.WARNING), "there is no such folder"
    return None
