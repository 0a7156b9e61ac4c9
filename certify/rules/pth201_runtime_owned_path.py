"""Something is put where the runtime puts its own.

When an image starts, the runtime mounts its own folders over some paths of the image, or leaves them empty:
what was installed there is gone, without a message. A step may use /tmp and its like for scratch, and may
write to /dev/null; but a prefix of an installation is a promise that the software will still be there, unless the
same step removes it or brings it to somewhere else.

Bad::

    steps:
      - run: ./configure --prefix=/opt/udiImage/tool && make install

Good::

    steps:
      - run: |
          mkdir -p /tmp/build
          ./configure --prefix=/opt/tool > /tmp/build/log
          make install
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.rules.places import Place, places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.hit import Hit
    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "PTH201"
NAME = "runtime-owned-path"
SEVERITY = Severity.ERROR

HELP = "install under /opt/<name>, which the runtime leaves as it is"

# Where COPY may put, and where a step may write, what only the build needs: the rest is empty again in the next step.
STAGING = ("/tmp", "/var/tmp")  # noqa: S108
SCRATCH = (*STAGING, "/dev", "/proc", "/sys")


def check(subject: Subject, site: Site) -> Iterator[Hit]:
    """Compare every place with the paths of the runtime."""
    for place in places(subject, site.runtime_owned):
        owner = site.owner_of(place.path)
        if owner is not None and not _is_harmless(place, owner):
            yield place.hit(subject, f"is hidden at run time, as {owner} is the runtime's own", HELP)


def _is_harmless(place: Place, owner: str) -> bool:
    is_scratch = not place.lasting and owner in (SCRATCH if place.put is None else STAGING)
    return is_scratch or (place.folder and place.path == owner)
