"""Programs with the setuid or setgid bit.

The site mounts images nosuid and forbids new privileges, so such a program runs without them and usually fails. Those
of the distribution (``su``, ``passwd``, ``mount``) are not needed at a site: one warning for each package.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from certify.checks.hit import Hit, grouped
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
    """One error for each cause, one warning for each package of the distribution."""
    found = {path: stat.S_IMODE(status.st_mode) for path, status in image.entries.items()
             if stat.S_ISREG(status.st_mode) and status.st_mode & (stat.S_ISUID | stat.S_ISGID)}
    packaged = [path for path in found if image.owner(path) is not None]
    own = [path for path in found if image.owner(path) is None]
    for paths, severity in ((own, None), (packaged, Severity.WARNING)):
        yield from grouped(image, paths, severity=severity,
                           message=lambda path: f"{path} has mode {found[path]:04o}: the bit has no effect at the site")
