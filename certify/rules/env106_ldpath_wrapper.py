"""A program that is a wrapper and sets LD_LIBRARY_PATH for the real one.

The wrapper puts its folders before those of the site's runtime, so the image's MPI or its C++ library is
loaded although the site has put in its own; and every program that the real one starts gets them as well.
Found are scripts that steps write into bin folders and files of the recipe that start with ``#!``.

Bad::

    steps:
      - name: wrapper
        run: |
          cat > /opt/tool/bin/tool <<'EOF'
          #!/bin/sh
          LD_LIBRARY_PATH=/opt/tool/lib exec /opt/tool/libexec/tool "$@"
          EOF

Good::

    steps:
      - name: rpath
        run: patchelf --set-rpath '$ORIGIN/../lib' /opt/tool/bin/tool
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

CODE = "ENV106"
NAME = "ldpath-wrapper"
SEVERITY = Severity.ERROR

HELP = ("give the program itself the way to its libraries: link it with -Wl,--enable-new-dtags,-rpath,'$ORIGIN/../lib', "
        "or patchelf --set-rpath")


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the scripts among the programs."""
    yield from hits(subject, CODE, HELP)
