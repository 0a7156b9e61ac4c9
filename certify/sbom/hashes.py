"""The sha256 of the package files that a build fetched, for the packages that are then found in its image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from builder.record import Record
    from certify.packages import Package


def key(package: Package) -> tuple[str, str, str, str]:
    """What a package is found by among the files of a build."""
    if package.kind == "python":
        return ("python", _normal(package.name), package.version, "")
    return (package.kind, package.name, package.version, package.architecture)


def of_packages(record: Record) -> Mapping[tuple[str, str, str, str], str]:
    """The sha256 (hex) of each package file; none for a wheel of which a build fetched two."""
    found = {(one.get("kind", "deb"), one["name"], one["version"], one["architecture"]): one["sha256"] for one in record.packages}
    wheels: dict[tuple[str, str, str, str], set[str]] = {}
    for one in record.wheels:
        name, version = [*one["file"].split("-"), "", ""][:2]
        wheels.setdefault(("python", _normal(name), version, ""), set()).add(one["sha256"])
    return {**found, **{wheel: next(iter(sums)) for wheel, sums in wheels.items() if len(sums) == 1}}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
