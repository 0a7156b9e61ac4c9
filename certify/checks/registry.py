"""All checks, named one by one, and the way they run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from certify.checks import (
    env101_ldpath_config,
    env105_ldpath_startup,
    prm301_root_only_file,
    prm302_root_only_folder,
    prm304_setuid,
    pth201_runtime_owned,
    pth202_site_mounted,
)
from certify.finding import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.hit import Hit
    from certify.checks.tree import ImageTree
    from certify.site import Site


class Check(Protocol):
    """A check is a module: its docstring is its documentation."""

    CODE: str
    NAME: str
    SEVERITY: Severity
    HELP: str

    def check(self, image: ImageTree, site: Site) -> Iterator[Hit]:
        """Yield what is wrong."""


CHECKS: Final[tuple[Check, ...]] = (
    env101_ldpath_config,
    env105_ldpath_startup,
    pth201_runtime_owned,
    pth202_site_mounted,
    prm301_root_only_file,
    prm302_root_only_folder,
    prm304_setuid,
)


def run(image: ImageTree, site: Site) -> Iterator[Finding]:
    """Every finding of every check."""
    for module in CHECKS:
        for hit in module.check(image, site):
            yield Finding(code=module.CODE, name=module.NAME, severity=hit.severity or module.SEVERITY,
                          message=hit.message, help=module.HELP, path=hit.path)
