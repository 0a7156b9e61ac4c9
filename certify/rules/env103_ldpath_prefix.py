"""LD_LIBRARY_PATH for a single command: ``LD_LIBRARY_PATH=x command``, ``env LD_LIBRARY_PATH=x command``.

The command works with it and shows that it would not without it. Later nobody sets the variable, and the
program does not start. In a self-test of a build tree it may be right; say so with a suppression and its
reason. ``LD_LIBRARY_PATH= command`` and ``env -u LD_LIBRARY_PATH command`` are fine: they take it away.

Bad::

    steps:
      - name: check
        run: LD_LIBRARY_PATH=/src/tool/.libs make -C /src/tool check

Good::

    steps:
      - name: check
        run: env -u LD_LIBRARY_PATH make -C /src/tool check
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.rules.env1_texts import may_name_it
from certify.rules.env102_ldpath_step import hits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.hit import Hit
    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "ENV103"
NAME = "ldpath-prefix"
SEVERITY = Severity.ERROR


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Read the text of each step and each test."""
    for script in subject.scripts:
        if any(map(may_name_it, (script.text, *script.known.values()))):
            yield from hits(script, one_command=True)
