"""A module file that sets LD_LIBRARY_PATH.

Module files are rarely loaded inside an image, so what counts on one fails for most users; where one is loaded, its
folders come before those of the site's runtime. Tcl module files (they begin with ``#%Module``) and Lua ones are looked
at in all folders that are named for them; ``remove-path`` and ``unsetenv`` are fine. Those that a distribution's package
brought weigh less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.checks.folders import Role
from certify.checks.hit import grouped
from certify.checks.scripts import texts_of
from certify.finding import Severity
from certify.rules.env1_texts import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.hit import Hit
    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "ENV107"
NAME = "ldpath-module"
SEVERITY = Severity.ERROR
HELP = "drop the line; the programs find their libraries by RUNPATH or by /etc/ld.so.conf.d"


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """One hit for each package, step or tree with such module files."""
    found = {text.via: text for text in texts_of(image).of(Role.MODULE) if text.sets(VARIABLE)}
    packaged = {path for path in found if image.owner(found[path].path) is not None}

    def said(path: str) -> str:
        setting = found[path].sets(VARIABLE)
        return f"{path} sets {VARIABLE} in line {found[path].line(setting.start) if setting else 0}"

    yield from grouped(image, [path for path in found if path not in packaged], said)
    yield from grouped(image, sorted(packaged), said, severity=Severity.WARNING)
