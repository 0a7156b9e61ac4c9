"""Something is put below a file system of the site.

The site mounts /home, its scratch and its software over the image, so what the image has there is gone,
without a message. Making the mount point itself, as an empty folder, is fine, and so is what the same step takes
away again.

Bad::

    steps:
      - run: make -C /src/tool install PREFIX=/home/tool

Good::

    steps:
      - run: |
          make -C /src/tool install PREFIX=/opt/tool
          mkdir -p /home /cvmfs
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.rules.places import places

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.hit import Hit
    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "PTH202"
NAME = "site-mounted-path"
SEVERITY = Severity.ERROR

HELP = "install under /opt/<name>; users reach their own files at run time without the image's help"
_VOLUME = "leave it out: no runtime of a site makes volumes, and users reach their own files without the image's help"


def check(subject: Subject, site: Site) -> Iterator[Hit]:
    """Compare every place with the mounts of the site."""
    for place in places(subject, site.site_mounts):
        owner = site.mount_over(place.path)
        is_mount_point = place.folder and place.path == owner
        if owner is not None and not is_mount_point and site.owner_of(place.path) is None:
            yield place.hit(subject, f"is hidden at run time, as the site mounts its own {owner}",
                            _VOLUME if place.what == "VOLUME" else HELP)
