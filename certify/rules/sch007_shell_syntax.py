"""Shell text that bash cannot read.

A quote without its end, ``if`` without ``fi``, an operator with nothing after it: the build would stop there,
after minutes. The rule speaks only where two readers agree, one that pairs quotes, brackets and keywords, and
the parser; whatever they doubt is left to bash. Steps are bash, so all that bash has is fine.

Bad::

    steps:
      - run: |
          if [ -e /opt/tool/README ]; do
            rm /opt/tool/README
          fi

Good::

    steps:
      - run: |
          if [[ -e /opt/tool/README ]]; then
            rm /opt/tool/README
          fi
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.rules.balance import fault_of
from certify.rules.commands import at
from certify.rules.hit import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.balance import Fault
    from certify.rules.subject import Script, Subject
    from certify.site import Site

CODE = "SCH007"
NAME = "shell-syntax"
SEVERITY = Severity.ERROR

HELP = "bash -n tells where it stumbles"


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the text of every step and test."""
    for script in subject.scripts:
        fault = None if script.kind == "start" else fault_of(script.text)
        if fault is not None and _stumbles(script.text):
            yield _hit(script, fault)


def _stumbles(text: str) -> bool:
    from certify.shell.parse import parse  # tree-sitter, only where something seems wrong

    root = parse(text)
    return root is not None and root.has_error


def _hit(script: Script, fault: Fault) -> Hit:
    from certify.shell.items import Lines

    return at(script, Lines(script.text), fault.start, fault.end, f"{script.where}: {fault.message}", HELP)
