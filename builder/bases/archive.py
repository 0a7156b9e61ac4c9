"""The base from a Debian or Ubuntu archive: a tree made by mmdebstrap of exactly the packages resolved."""

from __future__ import annotations

import shutil
from shlex import join
from typing import TYPE_CHECKING, Final

from builder import digest, disk, mirrors, process, tools
from builder.bases.foundation import Foundation
from builder.normalise import EPOCH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from builder.apt import Apt, Package
    from builder.layers import Layers
    from builder.recipe.model import ArchiveBase

_FORMAT: Final = 4      # raise it when the way a base is made changes
_UNPACKED: Final = 5    # a tree of packages is about four times as large as they are; they are copied into it before
_TOOLS: Final = ("mmdebstrap", "apt-get", "dpkg-deb")


def key(archive: ArchiveBase, packages: Sequence[Package]) -> str:
    """The key of the layer with these packages: a digest over all that goes into it."""
    listed = [package.exact + package.sha256 for package in packages]
    return digest.of_data(["archive", _FORMAT, EPOCH, mirrors.image_sources(archive), listed, tools.versions(_TOOLS)])


def provide(apt: Apt, packages: Sequence[Package], layers: Layers, debs: Path, work: Path,
            on_line: Callable[[str], None]) -> Foundation:
    """The layer of a tree with these packages; it is made if it is not there yet.

    ``debs`` is the store of fetched packages, ``work`` a folder of the build's own. Maintainer scripts run in namespaces
    without network.
    """
    name = key(apt.archive, packages)
    foundation = Foundation(layers=(name,))
    if layers.has(name):
        apt.note_use(packages, debs)
        return foundation
    apt.download(packages, debs)
    size = sum((debs / package.sha256).stat().st_size for package in packages)
    disk.require_room(work, _UNPACKED * size, f"to unpack {len(packages)} packages")
    repository = work / "repository"
    repository.mkdir()
    for package in packages:
        (repository / package.file).hardlink_to(debs / package.sha256)
    (repository / "Packages").write_text(apt.describe(packages, debs))
    made = work / "base"
    env = {**process.CLEAN, "SOURCE_DATE_EPOCH": str(EPOCH), "TMPDIR": str(work)}
    process.stream(process.enclosed(mmdebstrap(apt.archive, packages, repository, made)), on_line, env=env)
    layers.keep(name, made)
    shutil.rmtree(repository)
    return foundation


def mmdebstrap(archive: ArchiveBase, packages: Sequence[Package], repository: Path, target: Path) -> tuple[str, ...]:
    """The argv that makes a tree from a folder of .deb files, and from nothing else."""
    include = ",".join(package.exact for package in packages)
    # mmdebstrap copies the machine's own name and resolver into the tree, and names the folder it installed from.
    lines = join(mirrors.image_sources(archive))
    forget = f'rm -f "$1"/etc/hostname "$1"/etc/resolv.conf; printf "%s\\n" {lines} > "$1"/etc/apt/sources.list'
    return ("mmdebstrap", "--mode=root", "--variant=custom", "--format=directory", f"--include={include}",
            f"--customize-hook={forget}", archive.suite, str(target), f"deb [trusted=yes] copy:{repository} ./")
