"""Files that only root can read or execute.

An image is made as root and used by somebody who can never be root: a file without read permission for others cannot
be opened at the site, and a program without execute permission for others cannot be started. What a distribution keeps
for its own administration (in /etc and /var) is known and quiet, and so are setuid programs, which PRM304 tells of.
"""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING, Final

from certify.checks.hit import Hit, by_folder
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "PRM301"
NAME = "root-only-file"
SEVERITY = Severity.ERROR
HELP = "give others the permissions of the owner: chmod -R a+rX FOLDER in a step, or mode: \"0644\" in files"

# Not payload: accounts, locks and databases of the distribution itself.
_ADMINISTRATION: Final = re.compile(r"/etc/(g?shadow-?|sudoers(\.d/.*)?|ssl/private/.*|\.pwd\.lock|security/opasswd)"
                                    r"|/root/.*|/var/(cache|lib|log|spool|backups)/.*|/lost\+found/.*")


_PROGRAMS: Final = ("/usr/", "/opt/")      # whoever made these unreadable, a package or a step: users need them


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """One hit for each folder with such files."""
    mine = {path: status.st_mode for path, status in image.entries.items()
            if stat.S_ISREG(status.st_mode) and _is_payload(image, path, status.st_mode)}
    unreadable = [path for path, mode in mine.items() if not mode & stat.S_IROTH]
    yield from by_folder(unreadable, lambda path: f"{path} can be read by root only (mode {stat.S_IMODE(mine[path]):04o})")
    unusable = [path for path, mode in mine.items() if mode & stat.S_IROTH and mode & stat.S_IXUSR and not mode & stat.S_IXOTH]
    yield from by_folder(unusable, lambda path: f"{path} can be executed by root only (mode {stat.S_IMODE(mine[path]):04o})")


def _is_payload(image: ImageTree, path: str, mode: int) -> bool:
    if mode & (stat.S_ISUID | stat.S_ISGID) or _ADMINISTRATION.fullmatch(path):
        return False
    return path.startswith(_PROGRAMS) or image.owner(path) is None
