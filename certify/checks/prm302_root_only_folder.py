"""Folders that only root can enter.

Whatever lies below a folder without execute permission for others cannot be reached at the site, whatever its own
permissions are. What a distribution keeps to itself is quiet, such as the home of root; but not if PATH, the start command
or the working directory of the image lead there.
"""

from __future__ import annotations

import posixpath
import re
import stat
from typing import TYPE_CHECKING, Final

from certify.checks.content import shut_folders
from certify.checks.hit import Hit, grouped
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from builder.image import ImageConfig
    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "PRM302"
NAME = "root-only-folder"
SEVERITY = Severity.ERROR
HELP = "let others in: chmod a+rx FOLDER in a step"

_ADMINISTRATION: Final = re.compile(r"/root(?:/.*)?|/boot(?:/.*)?|/lost\+found"
                                    r"|/etc/(?:ssl/private|sudoers\.d|audit|polkit-1/.*|cron\..*|pki/.*private)"
                                    r"|/var/(?:cache|lib|log|spool|backups|empty)/.*", re.DOTALL)
_PACKAGED: Final = re.compile(r"/usr/share/polkit-1/rules\.d|/usr/lib/cups/backend|/usr/lib(?:exec)?/initscripts/.*", re.DOTALL)
_PROGRAMS: Final = ("/usr/", "/opt/")      # whoever closed these, a package or a step: users need what is in them
_MOST: Final = 100      # places that PATH names


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each cause of such folders with something in them, and for each of them that the image starts with."""
    parents = {path.rpartition("/")[0] for path in image.entries}
    closed = {path: status.st_mode for path, status in image.entries.items()
              if stat.S_ISDIR(status.st_mode) and not status.st_mode & stat.S_IXOTH and path in parents}
    payload = [path for path in closed if _is_payload(image, path, site)]
    yield from grouped(image, payload, lambda path: f"{path} can be entered by root only (mode {stat.S_IMODE(closed[path]):04o})")
    shut, told = shut_folders(image.entries), set(payload)
    for who, path in _named(image.config):
        place = image.resolve(path) or path
        folder = shut.get(place) or shut.get(place.rpartition("/")[0])
        if folder is not None and folder not in told:
            told.add(folder)
            yield Hit(path=folder, message=f"{who} leads to {path}, and only root can enter {folder}")


def _is_payload(image: ImageTree, path: str, site: Site) -> bool:
    hidden = site.owner_of(path) is not None or site.mount_over(path) is not None
    if hidden or _ADMINISTRATION.fullmatch(path):
        return False
    return image.owner(path) is None or (path.startswith(_PROGRAMS) and not _PACKAGED.fullmatch(path))


def _named(config: ImageConfig) -> Iterator[tuple[str, str]]:
    """The places that the image starts with, and what names them."""
    for folder in config.environment.get("PATH", "").split(":")[:_MOST]:
        if folder.startswith("/"):
            yield "PATH", posixpath.normpath(folder)
    if config.entrypoint[:1] and config.entrypoint[0].startswith("/"):
        yield "the start command", posixpath.normpath(config.entrypoint[0])
    if config.workdir is not None and config.workdir.startswith("/"):
        yield "the working directory", posixpath.normpath(config.workdir)
