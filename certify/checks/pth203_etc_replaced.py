"""A file that the runtime writes anew says something that the software may need.

At every start the site's own passwd, group, hosts and their like stand in the place of the image's. What is found:
accounts that neither the base nor a package brought, addresses of hosts, sources of names that no distribution has, a
time zone other than UTC, and content in other files of that kind. Quiet: what a plain base and its packages have,
resolv.conf and mtab, in which nothing can be the software's own, and shadow, which follows passwd.

Let the software read a file of its own, and run as whoever calls it; or ask the site to add the line on its side. Software
that needs a time zone reads it from TZ.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from certify.checks.accounts import added
from certify.checks.hit import Hit
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "PTH203"
NAME = "etc-replaced"
SEVERITY = Severity.WARNING
HELP = "ask the site to add it on its side, or let the software read a file of its own under /opt/<name>"

_LOCAL: Final = re.compile(r"127\.|::1$|f[ef][0-9a-f]{2}::|0\.0\.0\.0$|255\.255\.255\.255$")
_CONTAINER: Final = ("host.containers.internal", "host.docker.internal")    # what tools that build images add by themselves
_SOURCES: Final = frozenset((
    "files", "compat", "db", "dns", "nis", "nisplus", "hesiod", "systemd", "myhostname", "mymachines", "resolve", "mdns", "mdns4",
    "mdns6", "mdns_minimal", "mdns4_minimal", "mdns6_minimal", "sss", "altfiles", "usrfiles"))
_ACTION: Final = re.compile(r"\[[^\[\]]{0,100}\]")      # as [NOTFOUND=return] between two sources
_SHOWN: Final = 3
_SHOWN_NAME: Final = 60
_LOCALTIME: Final = "/etc/localtime"
_ZONE_FILE: Final = 65_536      # bytes: compiled zones have some 3 kB
_UTC: Final = re.compile(r"(?:(?:posix|right)/)?(?:Etc/)?(?:UTC|UCT|Zulu|Universal|GMT|Greenwich)0?")
_HOST_CONF: Final = frozenset({"multi on", "order hosts,bind", "order hosts, bind"})


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each file that the runtime replaces and that says something of its own."""
    for path in site.replaced_files:
        if not (image.is_file(path) or (path == _LOCALTIME and image.target(path))) or site.owner_of(path) is not None:
            continue
        lost = _READERS.get(path, _anything)(image, path)
        if lost:
            more = f" (and {len(lost) - _SHOWN} more)" if len(lost) > _SHOWN else ""
            said = ", ".join(lost[:_SHOWN]) + more
            yield Hit(path=path, message=f"{path}: {said} would be gone, as the runtime writes the file anew")


def _accounts(image: ImageTree, _path: str) -> list[str]:
    return [f"the account {account.name} ({account.uid})" for account in added(image)]


def _hosts(image: ImageTree, path: str) -> list[str]:
    own = {*_CONTAINER, (image.text("/etc/hostname") or "").strip()}
    rows = [line.partition("#")[0].split() for line in _lines(image, path)]
    return [f"the address of {row[1]}" for row in rows if len(row) > 1 and not _LOCAL.match(row[0]) and own.isdisjoint(row[1:])]


def _sources(image: ImageTree, path: str) -> list[str]:
    found: dict[str, None] = {}
    for line in _lines(image, path):
        database, _, sources = line.partition("#")[0].partition(":")
        for source in _ACTION.sub(" ", sources).split():
            if source not in _SOURCES:
                found[f"{source} as a source of {database.strip()}"] = None
    return list(found)


def _host_conf(image: ImageTree, path: str) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in _lines(image, path))
    return [f"'{line}'" for line in lines if line and line not in _HOST_CONF]


def _zone(image: ImageTree, path: str) -> list[str]:
    """The zone that a link names, or else the rule at the end of a compiled file (RFC 9636): bases have that of UTC."""
    name = (image.target(path) or "").rpartition("/zoneinfo/")[2]
    if not name and (data := image.head(path, _ZONE_FILE))[:4] == b"TZif":
        name = data.rstrip(b"\n").rpartition(b"\n")[2].decode("ascii", "replace")
    if name:
        return [] if _UTC.fullmatch(name) else [f"the time zone {name[:_SHOWN_NAME]}"]
    return _anything(image, path) if image.is_file(path) else []


def _nothing(_image: ImageTree, _path: str) -> list[str]:
    return []


def _anything(image: ImageTree, path: str) -> list[str]:
    return ["what it says"] if image.entries[path].st_size and image.owner(path) is None else []


def _lines(image: ImageTree, path: str) -> list[str]:
    return (image.text(path) or "").splitlines()


_READERS: Final[dict[str, Callable[[ImageTree, str], list[str]]]] = {
    "/etc/passwd": _accounts, "/etc/hosts": _hosts, "/etc/nsswitch.conf": _sources, "/etc/host.conf": _host_conf,
    _LOCALTIME: _zone, "/etc/group": _nothing, "/etc/shadow": _nothing, "/etc/resolv.conf": _nothing, "/etc/mtab": _nothing,
}
