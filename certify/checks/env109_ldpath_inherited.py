"""LD_LIBRARY_PATH as well-known base images set it, in an image made elsewhere.

The maker of the image did not write it: the images of NVIDIA (CUDA), Intel (oneAPI), AMD (ROCm) and NVIDIA's HPC SDK
bring it in their configuration, and all that is built on them inherits it. There it fights what the site injects just
the same. An image built with certify never inherits the variable, so there it is the recipe's own (ENV101); and ENV101
tells of every value that is not wholly one of these.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from builder.image import PATH
from certify.checks.hit import Hit
from certify.finding import Severity
from certify.rules.env1_texts import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "ENV109"
NAME = "ldpath-inherited"
SEVERITY = Severity.ERROR
HELP = ("clear it where the image is made (buildah config --env LD_LIBRARY_PATH-), or build on that base with certify, which "
        "does not inherit it; then list folders that are needed in /etc/ld.so.conf.d and run ldconfig")

_MAKERS: Final = (
    (re.compile(r"/usr/local/(nvidia/lib(64)?|cuda(-[\d.]+)?/(lib64|compat(/lib)?|targets/[\w-]+/lib|extras/CUPTI/lib64))"
                r"|/opt/nvidia/[\w./-]+"), "NVIDIA"),
    (re.compile(r"/opt/intel/[\w./-]+"), "Intel"),
    (re.compile(r"/opt/(rocm(-[\d.]+)?|amdgpu)(/[\w./-]*)?"), "AMD"),
)
_BASE: Final = "org.opencontainers.image.base.name"


def check(image: ImageTree, _site: Site) -> Iterator[Hit]:
    """The variable, if the image was made elsewhere and every folder in it is such a base's."""
    if makers := makers_of(image):
        base = (image.labels or {}).get(_BASE)
        told = f" ({base})" if base else ""
        value = image.config.environment[VARIABLE]
        yield Hit(path=PATH, message=f"the image inherits {VARIABLE}={value} from an image of {' and '.join(makers)}{told}")


def makers_of(image: ImageTree) -> list[str]:
    """Whose base images brought the whole value; none if there is another part, or the image is of our own making."""
    folders = [one for one in image.config.environment.get(VARIABLE, "").split(":") if one]
    if image.labels is None or not folders:
        return []
    found = [next((maker for pattern, maker in _MAKERS if pattern.fullmatch(one)), "") for one in folders]
    return list(dict.fromkeys(found)) if all(found) else []
