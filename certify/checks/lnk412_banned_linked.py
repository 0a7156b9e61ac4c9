"""Files need a library that the site bans.

A site may forbid libraries: an MPI that does not know its network, a version of OpenSSL that is out of support. Its profile
lists their names in ``banned_libraries``, with ``*`` and ``?`` as in a shell: ``libmpi.so.40``, ``libssl.so.1.*``. Having the
library is no finding, needing it is.
"""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING

from certify.checks.hit import Hit
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "LNK412"
NAME = "banned-linked"
SEVERITY = Severity.ERROR
HELP = "build with another library; the site's profile names those that it bans (banned_libraries)"


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each name of such a library."""
    users: dict[str, list[str]] = {}
    for path, elf in image.elves.items() if site.banned_libraries else ():
        for needed in dict.fromkeys(elf.needed):
            users.setdefault(needed.rpartition("/")[2], []).append(path)
    for name in sorted(users):
        pattern = next((one for one in site.banned_libraries if fnmatch.fnmatchcase(name, one)), None)
        if pattern is not None:
            more = f" (and {len(users[name]) - 1} more)" if len(users[name]) > 1 else ""
            yield Hit(path=users[name][0], message=f"{users[name][0]}{more} needs {name}, which the site bans")
