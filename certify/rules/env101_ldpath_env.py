"""A value for LD_LIBRARY_PATH in the recipe's environment, or in a step's.

The site's runtime makes its own MPI and GPU libraries known through this variable: Shifter puts its folders
before the image's value, podman-hpc replaces the value. What the image needs from it is then found at one
site and missing at the next, or the image's own MPI is loaded instead of the site's and every rank runs
alone. In a step the variable hides a library that nothing else finds later. An empty value is fine: it sets
nothing.

Bad::

    env:
      LD_LIBRARY_PATH: /opt/tool/lib

Good::

    env:
      PATH: /opt/tool/bin:/usr/bin:/bin
    steps:
      - run: |
          echo /opt/tool/lib > /etc/ld.so.conf.d/tool.conf
          ldconfig
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.rules.env1_texts import VARIABLE
from certify.rules.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "ENV101"
NAME = "ldpath-env"
SEVERITY = Severity.ERROR

HELP = ("let the loader find the libraries without it: name their folder in /etc/ld.so.conf.d/<name>.conf "
        "and run ldconfig, or link with -Wl,--enable-new-dtags,-rpath,'$ORIGIN/../lib'")


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the environment of the image and of each step."""
    for variable in subject.variables:
        if variable.name == VARIABLE and variable.value:
            yield Hit(route=variable.route, message=f"{VARIABLE} is set in {variable.where}", help=HELP,
                      shipped=variable.shipped)
