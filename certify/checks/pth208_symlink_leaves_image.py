"""Links that lead out of the image, or to what is not there at the site.

A link may lead where the runtime or the site puts its own (``/opt/x -> /home/b/x``), into a folder that only root can
enter (a virtual environment whose Python lies below ``/root``), or nowhere, as the folder of the build is gone. ``/opt``,
``/var`` or ``/etc`` being a link is worse: the runtime reads the *machine's* folder as root.

Known and quiet: links of packages, alternatives, man pages, links into ``/dev``, ``/proc`` and ``/sys``, the other dangling
links of a distribution, and links to ``/tmp`` itself. A relative link that leads nowhere, and one outside the folders of
one's own software, is a warning. Links that lead to another link at fault are not told of again.
"""

from __future__ import annotations

import functools
import re
import stat
from typing import TYPE_CHECKING, Final, NamedTuple

from certify.checks.content import shut_folders
from certify.checks.hit import Hit, grouped
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "PTH208"
NAME = "symlink-leaves-image"
SEVERITY = Severity.ERROR
HELP = "let the link lead to a file of the image that everybody can reach, best by a relative path, or bring the file itself"

_REBUILT: Final = ("/etc", "/opt", "/var")
_KERNEL: Final = ("/dev", "/proc", "/sys")
_SCRATCH: Final = ("/tmp", "/var/tmp", "/var/run")  # noqa: S108
_KNOWN: Final = re.compile(
    r"/etc/(?:mtab|localtime|resolv\.conf|motd|alternatives/.*|rc[0-6S]\.d/.*|rc\.d/.*|systemd/.*|ssl/certs/.*|fonts/.*)"
    r"|/(?:usr/)?lib/(?:modules/.*|systemd/.*|debug/.*|\.build-id/.*)|/usr/src/.*|/usr/share/(?:doc|info)/.*|.*/man/.*"
    r"|/(?:vmlinuz|initrd\.img)(?:\.old)?|/(?:boot|root|dev|proc|sys|tmp|run|lost\+found)/.*|/var/(?:run|lock|mail|tmp|spool)(?:/.*)?",
    re.DOTALL)
_DISTRIBUTION: Final = ("/etc/", "/usr/", "/var/", "/bin/", "/sbin/", "/lib/", "/lib64/")


class _Fault(NamedTuple):
    """What is wrong with a link that leads to ``where``, and of what ``kind`` that is."""

    kind: str
    severity: Severity
    where: str
    what: str


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each kind of fault and each cause."""
    links, shut = image.links, shut_folders(image.entries)
    found: dict[tuple[str, Severity], dict[str, _Fault]] = {}
    for path, status in image.entries.items():
        if not stat.S_ISLNK(status.st_mode):
            continue
        if path in _REBUILT:
            yield _of_rebuilt(path, image.target(path) or "")
        elif not _is_known(image, path, site):
            where = links.aim(path)
            if where is not None and (fault := _fault(image, path, where, site, shut)):
                found.setdefault(fault[:2], {})[path] = fault
    for (_, severity), wrong in found.items():
        yield from grouped(image, wrong, functools.partial(_said, wrong), severity=severity)


def _said(wrong: Mapping[str, _Fault], path: str) -> str:
    return f"{path} leads to {wrong[path].where}: {wrong[path].what}"


def _of_rebuilt(path: str, target: str) -> Hit:
    return Hit(path=path, message=f"{path} is a link to {target}: the runtime would read that folder of the machine, as root")


def _is_known(image: ImageTree, path: str, site: Site) -> bool:
    hidden = site.owner_of(path) is not None or site.mount_over(path) is not None
    return hidden or _KNOWN.fullmatch(path) is not None or image.owner(path) is not None


def _fault(image: ImageTree, path: str, where: str, site: Site, shut: Mapping[str, str]) -> _Fault | None:
    weaker = Severity.WARNING if path.startswith(_DISTRIBUTION) and not path.startswith("/usr/local/") else Severity.ERROR
    if (owner := site.owner_of(where)) is not None:
        if owner in _KERNEL or where in _SCRATCH:
            return None
        if owner in _SCRATCH:
            return _Fault(owner, Severity.WARNING, where, f"{owner} is empty when a program starts")
        return _Fault(owner, weaker, where, f"{owner} belongs to the {site.runtime} runtime")
    if (mount := site.mount_over(where)) is not None:
        return _Fault(mount, weaker, where, f"the site mounts {mount}")
    if where == path:
        return _Fault("circle", Severity.WARNING, where, "that is a circle")
    if where not in image.entries and where != "/":
        if where.startswith(("/run/", "/etc/alternatives/")):
            return None
        relative = not (image.target(path) or "").startswith("/")
        return _Fault("absent", Severity.WARNING if relative else weaker, where, "the image has no such file")
    folder = shut.get(where) or shut.get(where.rpartition("/")[0])
    if folder is not None and not path.startswith(folder + "/"):
        return _Fault("shut", weaker, where, f"only root can enter {folder}")
    return None
