"""A variable of the image's environment that the site or its workload manager sets.

The runtime brings HOME, USER and TMPDIR of the user; Slurm, PALS and PMI tell every rank who it is; MPICH, libfabric
and NCCL are tuned by the site to its network. What the image says instead holds at every site and for every user, and
replaces what the job was given. Counts of threads (OMP_*) are a default like any other, and NCCL_VERSION, which the
CUDA images set, tunes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from builder.image import PATH
from certify.checks.hit import Hit
from certify.finding import Severity
from certify.rules.env111_site_owned_var import OWNED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.checks.tree import ImageTree
    from certify.site import Site

CODE = "ENV111"
NAME = "site-owned-var"
SEVERITY = Severity.WARNING
HELP = "leave it to the site: drop it here, or set it in the job script where it is needed"

_INFORMATIVE: Final = frozenset({"NCCL_VERSION"})


def check(image: ImageTree, site: Site) -> Iterator[Hit]:
    """One hit that names them all."""
    names = [name for name in sorted(image.config.environment) if name in site.environment or OWNED.fullmatch(name)]
    if own := [name for name in names if name not in _INFORMATIVE]:
        verb = "is" if len(own) == 1 else "are"
        yield Hit(path=PATH, message=f"the image sets {', '.join(own)}, which {verb} the site's to set")
