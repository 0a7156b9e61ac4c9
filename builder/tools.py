"""The tools that make an image, and their versions: part of every content key, as they decide the bytes."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from builder import process

if TYPE_CHECKING:
    from collections.abc import Sequence

TOOLS: Final = ("buildah", "runc", "mmdebstrap", "apt-get", "dpkg-deb", "tar", "mksquashfs")


def versions(tools: Sequence[str] = TOOLS) -> dict[str, str]:
    """The first line of what each tool says of its version; raises ToolMissing."""
    return {tool: version_of(tool) for tool in tools}


@functools.cache
def version_of(tool: str) -> str:
    """The version line of one tool; raises ToolMissing."""
    flag = "-version" if tool in ("mksquashfs", "unsquashfs") else "--version"
    said = process.run((tool, flag), check=False)
    return (said.stdout or said.stderr).strip().partition("\n")[0]
