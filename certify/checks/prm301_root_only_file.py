"""Files that only root can read or execute.

An image is made as root and used by somebody who can never be root: a file without read permission for others cannot
be opened at the site, and a program without execute permission for others cannot be started. What a distribution keeps
for its own administration (in /etc and /var, and a few of its programs) is known and quiet, and so are setuid programs,
which PRM304 tells of, and what the runtime or the site hides anyway.
"""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING, Final

from certify.checks.hit import Hit, grouped
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
_ADMINISTRATION: Final = re.compile(
    r"/etc/(?:g?shadow-?|passwd-|group-|sub[ug]id-|sudoers(?:\.d/.*)?|ssl/private/.*|\.pwd\.lock|security/opasswd|securetty|crypttab|.*\.deny|\.updated)"
    r"|/etc/(?:audit|polkit-1|cron(?:tabs|\.[a-z]{1,8})|default|pki/(?:.*/)?private)/.*"
    r"|/root/.*|/boot/.*|/var/(?:cache|lib|log|spool|backups)/.*|/lost\+found/.*", re.DOTALL)
# What packages of Debian and Red Hat bring closed into /usr, on purpose: nobody but root has a use for it.
_PACKAGED: Final = re.compile(
    r"/usr/(?:lib/cups/backend/.*|lib(?:64)?/audit/.*|src/.*|lib/modules/.*|lib(?:exec)?/sudo/.*|share/polkit-1/rules\.d/.*"
    r"|s?bin/(?:unix_update|build-locale-archive|glibc_post_upgrade.*))", re.DOTALL)
_PROGRAMS: Final = ("/usr/", "/opt/")      # whoever made these unreadable, a package or a step: users need them


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each cause of such files."""
    mine = {path: status.st_mode for path, status in image.entries.items()
            if _is_closed(status.st_mode) and _is_payload(image, path, site)}
    unreadable = [path for path, mode in mine.items() if not mode & stat.S_IROTH]
    yield from grouped(image, unreadable, lambda path: f"{path} can be read by root only (mode {stat.S_IMODE(mine[path]):04o})")
    unusable = [path for path, mode in mine.items() if mode & stat.S_IROTH]
    yield from grouped(image, unusable, lambda path: f"{path} can be executed by root only (mode {stat.S_IMODE(mine[path]):04o})")


def _is_closed(mode: int) -> bool:
    if not stat.S_ISREG(mode) or mode & (stat.S_ISUID | stat.S_ISGID):
        return False
    return not mode & stat.S_IROTH or (mode & stat.S_IXUSR != 0 and not mode & stat.S_IXOTH)


def _is_payload(image: ImageTree, path: str, site: Site) -> bool:
    hidden = site.owner_of(path) is not None or site.mount_over(path) is not None or path in site.replaced_files
    if hidden or _ADMINISTRATION.fullmatch(path):
        return False
    owned = image.owner(path) is not None
    return not owned or (path.startswith(_PROGRAMS) and not _PACKAGED.fullmatch(path))
