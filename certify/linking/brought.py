"""What a site brings into an image, by the names of libraries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from certify.checks.tree import ImageTree
    from certify.site import Site

# The user's side of the GPU driver must be of the version of the kernel's side, and so is the site's always.
_DRIVER: Final = re.compile(
    r"lib(cuda|cudadebugger|nvcuvid|nvoptix|GLX_nvidia|EGL_nvidia|GLESv1_CM_nvidia|GLESv2_nvidia)\.so(\.[0-9.]+)?"
    r"|libnvidia-[a-z0-9-]+\.so(\.[0-9.]+)?")
_NO_DRIVER: Final = ("libnvidia-container", "libnvidia-egl-")     # open source, in the distributions


def is_driver(name: str) -> bool:
    """Whether a name is a library of NVIDIA's driver, which runtimes bring from the host."""
    return _DRIVER.fullmatch(name) is not None and not name.startswith(_NO_DRIVER)


def known(site: Site) -> frozenset[str]:
    """The names of all libraries that the site can bring."""
    return frozenset(name for library in site.libraries.values() for name in library.findable)


def asked(image: ImageTree, site: Site) -> frozenset[str]:
    """The names of those that the recipe asks for."""
    wanted = [library for name, library in site.libraries.items() if name in image.host_libraries]
    return frozenset(name for library in wanted for name in library.findable)
