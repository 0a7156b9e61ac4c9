"""Big files where the runtime copies them at every start, or drops them.

``/etc`` becomes a copy in memory, without the regular files of 5 MiB and more that stand directly in it: a big
``ld.so.cache`` or certificate bundle is gone, without a message (error). Big files directly in ``/``, ``/opt`` and ``/var``
are copied into memory by every process that starts, and so are folders in ``/etc`` (warnings).

Bring them below a folder of your own, such as ``/opt/<name>``, which is mounted and not copied.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING, Final

from builder.progress import human_size
from certify.checks.hit import Hit, grouped
from certify.finding import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "PTH204"
NAME = "etc-file-limit"
SEVERITY = Severity.ERROR
HELP = "put it below a folder of your own, such as /opt/<name>"

_COPIED: Final = ("", "/opt", "/var")
_WANTED: Final = {"/etc/ld.so.cache": "and no program would find the libraries that only ldconfig knows",
                  "/etc/ld.so.preload": "and nothing would be preloaded"}
_MUCH: Final = 1 << 26      # bytes of a folder in /etc: a distribution has a tenth of it in all of /etc


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit for each file of the limit and more, and one for the folders of /etc with much in them."""
    dropped, copied, folders = _sizes(image, site)
    limit = human_size(site.etc_file_limit)
    for path in [path for path in dropped if path in _WANTED]:
        yield Hit(path=path, message=f"{path} ({human_size(dropped.pop(path))}) would be gone, {_WANTED[path]}")
    yield from grouped(image, dropped, lambda path: f"{path} ({human_size(dropped[path])}) would be gone: "
                                                    f"the {site.runtime} runtime drops files of {limit} and more there")
    yield from grouped(image, copied, severity=Severity.WARNING,
                       message=lambda path: f"{path} ({human_size(copied[path])}) is copied into memory by every start")
    much = {folder: size for folder, size in folders.items() if size >= _MUCH}
    yield from grouped(image, much, severity=Severity.WARNING,
                       message=lambda path: f"{path} holds {human_size(much[path])}, which every start copies into memory")


def _sizes(image: ImageTree, site: Site) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """The sizes of files that are dropped, of big ones that are copied, and of all that each folder in /etc holds."""
    dropped: dict[str, int] = {}
    copied: dict[str, int] = {}
    folders: dict[str, int] = {}
    for path, status in image.entries.items():
        in_etc = path.startswith("/etc/")
        if not stat.S_ISREG(status.st_mode) or not (in_etc or path.count("/") < 3) or site.owner_of(path) is not None:
            continue
        if in_etc and path.count("/") > 2:
            folder = path[:path.index("/", 5)]
            folders[folder] = folders.get(folder, 0) + status.st_size
        elif status.st_size >= site.etc_file_limit and (in_etc or path.rpartition("/")[0] in _COPIED):
            (dropped if in_etc else copied)[path] = status.st_size
    return dropped, copied, folders
