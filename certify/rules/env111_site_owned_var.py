"""A variable of the image's environment that the site or its workload manager sets.

The runtime brings HOME, USER and TMPDIR of the user; Slurm, PALS and PMI tell every rank who it is; MPICH,
libfabric and NCCL are tuned by the site to its network. What the image says instead holds at every site and
for every user, and replaces what the job was given; so do the variables that the site's profile sets. Counts of
threads (OMP_*) are a default like any other. What only says where something is or which version (NCCL_VERSION,
MPICH_DIR) tunes nothing, and the variables of a stage that does not become the image never get there.

Bad::

    env:
      TMPDIR: /opt/tool/tmp

Good::

    env:
      OMP_NUM_THREADS: "1"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.patterns import pattern
from certify.rules.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "ENV111"
NAME = "site-owned-var"
SEVERITY = Severity.WARNING

HELP = "leave it to the site: drop it here, or set it in the job script where it is needed"

OWNED = pattern(r"HOME|USER|TMPDIR|CUDA_VISIBLE_DEVICES"
                r"|(?:SHIFTER|(?:SLURM|PMI|PALS|MPICH|FI|NCCL)_(?!(?:VERSION|DIR|HOME|ROOT|PREFIX|URL|SHA256|LIB_DIR|INCLUDE_DIR)$))\w*")


def check(subject: Subject, site: Site) -> Iterator[Hit]:
    """Look at the lasting environment."""
    for variable in subject.variables:
        if variable.stays and (variable.name in site.environment or OWNED.fullmatch(variable.name)):
            yield Hit(route=variable.route, message=f"{variable.name} in {variable.where} is the site's to set", help=HELP)
