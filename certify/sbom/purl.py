"""Package URLs: the names by which scanners and databases of vulnerabilities know a package.

Source: https://github.com/package-url/purl-spec, PURL-TYPES.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from packageurl import PackageURL

if TYPE_CHECKING:
    from certify.packages import Inventory, Package

TYPES: Final = {"deb": "deb", "rpm": "rpm", "python": "pypi", "conda": "conda"}


def of_package(package: Package, inventory: Inventory) -> PackageURL:
    """The URL of a package; deb and rpm are named within the image's distribution, as far as that is known."""
    vendor = inventory.distribution if package.kind in ("deb", "rpm") else ""
    name, version = package.name, package.version
    if package.kind == "python":
        name = re.sub(r"[-_.]+", "-", name).lower()
    elif package.kind == "rpm":
        version = version.rpartition(":")[2]
    return PackageURL(TYPES[package.kind], vendor or None, name, version, _qualifiers(package, inventory, vendor))


def of_source(url: str, sha256: str) -> PackageURL:
    """The URL of a file that a recipe fetched."""
    name = url.rstrip("/").rpartition("/")[2].partition("?")[0] or "source"
    return PackageURL("generic", None, name, None, {"download_url": url, "checksum": f"sha256:{sha256}"})


def _qualifiers(package: Package, inventory: Inventory, vendor: str) -> dict[str, str]:
    epoch = package.version.rpartition(":")[0] if package.kind == "rpm" else ""
    release = f"{vendor}-{inventory.release}" if vendor and inventory.release else ""
    said: dict[str, str] = {
        "deb": {"arch": package.architecture, "distro": release},
        "rpm": {"arch": package.architecture, "epoch": epoch, "distro": release, "upstream": package.source},
        "python": {},
        "conda": {"build": package.build, "channel": package.channel, "subdir": package.architecture},
    }[package.kind]
    if package.kind == "deb" and package.source != package.name:
        said = {**said, "upstream": package.source}
    return {name: value for name, value in said.items() if value}
