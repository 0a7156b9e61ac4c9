"""Folders that only root can enter.

Whatever lies below a folder without execute permission for others cannot be reached at the site, whatever its own
permissions are.
"""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING, Final

from certify.checks.hit import Hit
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "PRM302"
NAME = "root-only-folder"
SEVERITY = Severity.ERROR
HELP = "let others in: chmod a+rx FOLDER in a step"

_ADMINISTRATION: Final = re.compile(r"/root(/.*)?|/etc/ssl/private|/etc/sudoers\.d|/lost\+found"
                                    r"|/var/(cache|lib|log|spool|backups)/.*")

_PROGRAMS: Final = ("/usr/", "/opt/")      # whoever closed these, a package or a step: users need what is in them


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """One hit for each such folder with something in it."""
    entries = image.entries
    parents = {path.rpartition("/")[0] for path in entries}
    for path, status in entries.items():
        closed = stat.S_ISDIR(status.st_mode) and not status.st_mode & stat.S_IXOTH
        known = _ADMINISTRATION.fullmatch(path) or (not path.startswith(_PROGRAMS) and image.owner(path) is not None)
        if closed and path in parents and not known:
            yield Hit(path=path, message=f"{path} can be entered by root only (mode {stat.S_IMODE(status.st_mode):04o})")
