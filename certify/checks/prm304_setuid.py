"""Programs with the setuid or setgid bit.

The site mounts images nosuid and forbids new privileges, so such a program runs without them and usually fails. Those
of the distribution (``su``, ``passwd``, ``mount``) are not needed at a site: one warning for each package.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from certify.checks.hit import Hit
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "PRM304"
NAME = "setuid"
SEVERITY = Severity.ERROR
HELP = "take the bit away (chmod u-s,g-s FILE in a step), and do without the privilege"


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """One error for each program, one warning for each package of the distribution."""
    packaged: dict[str, list[str]] = {}
    for path, status in image.entries.items():
        if stat.S_ISREG(status.st_mode) and status.st_mode & (stat.S_ISUID | stat.S_ISGID):
            if package := image.owner(path):
                packaged.setdefault(package, []).append(path)
            else:
                mode = stat.S_IMODE(status.st_mode)
                yield Hit(path=path, message=f"{path} has mode {mode:04o}: the bit has no effect at the site")
    for package, paths in sorted(packaged.items()):
        yield Hit(path=paths[0], message=f"{', '.join(paths)} of package {package}: setuid has no effect at the site",
                  severity=Severity.WARNING)
