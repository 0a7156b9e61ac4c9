"""A module file that sets LD_LIBRARY_PATH.

Module files are rarely loaded inside an image, so what counts on one fails for most users; where one is
loaded, its folders come before those of the site's runtime. Tcl (prepend-path, append-path, setenv, pushenv)
and Lua (prepend_path and its like) are read; remove-path and unsetenv are fine.

Bad::

    steps:
      - name: module
        run: |
          cat > /opt/modulefiles/tool/1.0 <<'EOF'
          #%Module
          prepend-path PATH /opt/tool/bin
          prepend-path LD_LIBRARY_PATH /opt/tool/lib
          EOF

Good::

    steps:
      - name: module
        run: |
          cat > /opt/modulefiles/tool/1.0 <<'EOF'
          #%Module
          prepend-path PATH /opt/tool/bin
          EOF
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

CODE = "ENV107"
NAME = "ldpath-module"
SEVERITY = Severity.ERROR

HELP = ("drop the line; the programs find their libraries by RUNPATH or by /etc/ld.so.conf.d")


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the module files."""
    yield from hits(subject, CODE, HELP)
