"""A value for LD_LIBRARY_PATH that is written into a file which shells or interpreters read.

What a profile, an rc file, /etc/environment or a script to source sets stays in the image, but only some
shells read it: the program starts in ``bash -l`` and not under srun. Where it is read, it works against the
libraries that the site's runtime puts in. Found are here-documents, echo, printf, tee, what sed, awk and perl
put in, programs that write files, and the recipe's own files. Documentation, patches, deletions and what goes
to stderr are fine.

Bad::

    steps:
      - name: profile
        run: echo 'export LD_LIBRARY_PATH=/opt/tool/lib' > /etc/profile.d/tool.sh

Good::

    steps:
      - name: loader
        run: |
          echo /opt/tool/lib > /etc/ld.so.conf.d/tool.conf
          ldconfig
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.rules.env1_texts import hits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.hit import Hit
    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "ENV104"
NAME = "ldpath-written"
SEVERITY = Severity.ERROR

HELP = ("drop it: name the folder in /etc/ld.so.conf.d/<name>.conf and run ldconfig, or link with "
        "-Wl,--enable-new-dtags,-rpath,'$ORIGIN/../lib'")


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at what becomes a file that shells and interpreters read."""
    yield from hits(subject, CODE, HELP)
