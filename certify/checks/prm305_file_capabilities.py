"""Programs with capabilities of their own, as ``setcap`` gives them.

The image is packed without extended attributes and mounted nosuid, so that the program starts without them and usually
fails. One that a package of the distribution brings (``ping``) is a warning.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Final

from certify.checks.hit import Hit, grouped
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "PRM305"
NAME = "file-capabilities"
SEVERITY = Severity.ERROR
HELP = "do without the privilege: setcap -r FILE in a step"

_ATTRIBUTE: Final = "security.capability"       # capabilities(7)
_EXECUTABLE: Final = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH
_UNSUPPORTED: Final = frozenset({errno.ENOTSUP, errno.ENOSYS})


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """One hit for each cause; none where the file system has no such attributes."""
    found = list(_capable(image))
    packaged = [path for path in found if image.owner(path) is not None]
    own = [path for path in found if image.owner(path) is None]
    for paths, severity in ((own, None), (packaged, Severity.WARNING)):
        yield from grouped(image, paths, severity=severity,
                           message=lambda path: f"{path} has file capabilities, which have no effect at the site")


def _capable(image: ImageTree) -> Iterator[str]:
    for path, status in image.entries.items():
        if stat.S_ISREG(status.st_mode) and status.st_mode & _EXECUTABLE:
            try:
                os.getxattr(image.root.folder / path.lstrip("/"), _ATTRIBUTE, follow_symlinks=False)
            except OSError as error:
                if error.errno in _UNSUPPORTED:
                    return
                continue
            yield path
