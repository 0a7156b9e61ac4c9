"""The tree that an image starts from: a tar made by mmdebstrap of exactly the packages resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from builder import digest, process
from builder.apt import MIRROR, SECURITY_MIRROR, Apt, Package, sources
from builder.normalise import EPOCH

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from builder.recipe.model import Recipe

_FORMAT: Final = 2      # raise it when the way a base is made changes
_TOOLS: Final = ("mmdebstrap", "apt-get", "dpkg-deb", "tar")


def resolve(recipe: Recipe, folder: Path) -> tuple[Apt, list[Package]]:
    """The packages of a recipe's base and of its ``packages``, from the archive's index of this moment."""
    apt = Apt(folder, recipe.base.suite)
    apt.update()
    python = ("python3",) if recipe.wheels else ()
    return apt, apt.resolve([*recipe.apt, *python])


def provide(apt: Apt, packages: Sequence[Package], cache: Path, folder: Path,
            on_line: Callable[[str], None]) -> tuple[Path, bool]:
    """The tar of a tree with these packages, and whether it was there already.

    Maintainer scripts run in namespaces without network. The tar is stored by the digest of all that goes into it.
    """
    inputs = [_FORMAT, EPOCH, apt.suite, [package.exact + package.sha256 for package in packages], tool_versions(_TOOLS)]
    tar = cache / "bases" / f"{digest.of_data(inputs)}.tar"
    if tar.exists():
        return tar, True
    apt.download(packages, cache / "debs")
    repository = folder / "repository"
    repository.mkdir()
    for package in packages:
        (repository / package.file).hardlink_to(cache / "debs" / package.sha256)
    (repository / "Packages").write_text(apt.describe(packages))
    made = folder / "base.tar"
    env = {**process.CLEAN, "SOURCE_DATE_EPOCH": str(EPOCH), "TMPDIR": str(folder)}
    process.stream(process.enclosed(mmdebstrap(apt.suite, packages, repository, made)), on_line, env=env)
    made.replace(tar)
    return tar, False


def mmdebstrap(suite: str, packages: Sequence[Package], repository: Path, tar: Path) -> tuple[str, ...]:
    """The argv that makes a tree's tar from a folder of .deb files, and from nothing else."""
    include = ",".join(package.exact for package in packages)
    # mmdebstrap copies the machine's own name and resolver into the tree, and names the folder it installed from.
    archive = "".join(f"{line}\\n" for line in sources(suite, MIRROR, SECURITY_MIRROR))
    forget = f'rm -f "$1"/etc/hostname "$1"/etc/resolv.conf; printf "{archive}" > "$1"/etc/apt/sources.list'
    return ("mmdebstrap", "--mode=root", "--variant=custom", f"--include={include}", f"--customize-hook={forget}",
            suite, str(tar), f"deb [trusted=yes] copy:{repository} ./")


def tool_versions(tools: Sequence[str]) -> dict[str, str]:
    """The first line of what each tool says of its version; part of every content key."""
    return {tool: version_of(tool) for tool in tools}


def version_of(tool: str) -> str:
    """The version line of one tool; raises ToolMissing."""
    flag = "-version" if tool in ("mksquashfs", "unsquashfs") else "--version"
    said = process.run((tool, flag), check=False)
    return (said.stdout or said.stderr).strip().partition("\n")[0]
