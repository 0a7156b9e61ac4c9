"""A step that fetches, where no step has a network.

What a recipe needs from outside is fetched before any of its steps runs, by hash or from a signed index, and the steps
run without a network: so nobody can change what they get, and tomorrow it is the same. A step that fetches fails, after
all that stands before it was built. Name packages under ``packages`` and files under ``sources``. Quiet: what comes from
the image itself, such as local packages and archives, mirrors in folders, caches and vendored modules, and whatever
cannot be told by reading. In a Containerfile steps have a network; there other rules look at what is fetched.

Bad::

    steps:
      - run: apt-get install -y gcc
      - run: curl -fsSLO https://example.org/tool-1.2.tar.gz

Good::

    packages:
      apt: [gcc]
    sources:
      - url: https://example.org/tool-1.2.tar.gz
        sha256: "0000000000000000000000000000000000000000000000000000000000000000"
        unpack: /src/tool
    steps:
      - run: pip install --no-index --find-links /src/tool/wheels tool
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.rules.commands import commands
from certify.rules.downloads import TRACE, fetched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.hit import Hit
    from certify.rules.subject import Subject
    from certify.site import Site

CODE = "PIN507"
NAME = "fetch-in-step"
SEVERITY = Severity.ERROR


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the commands of a recipe's steps; one hit for each that fetches."""
    for script in subject.scripts if subject.recipe is not None else ():
        for command in commands(script, TRACE) if script.kind == "step" else ():
            found = fetched(command)
            if found is not None:
                what, advice = found
                yield command.hit(f"{script.where} has no network to get {what} from".replace("\0", "."),
                                  advice)._replace(shipped=True)       # the build fails in any stage
