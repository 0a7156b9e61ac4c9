"""Shell text that its shell cannot read.

A quote without its end, ``if`` without ``fi``, an operator with nothing after it: the build would stop there,
after minutes. The rule speaks only where two readers agree, one that pairs quotes, brackets and keywords, and
the parser; whatever they doubt is left to bash. Steps are bash, so all that bash has is fine.

A RUN of a Containerfile is read by /bin/sh where no SHELL stands before it, and that is dash in Debian and Ubuntu: with
``[[``, arrays, ``source`` or ``&>`` it stops, or does something else. That is a warning, as a base may have another /bin/sh;
those that are known to have bash or ash there are left alone.

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

Bad, in a Containerfile::

    FROM docker.io/library/debian:12@sha256:0000000000000000000000000000000000000000000000000000000000000000
    RUN source /opt/tool/setup.sh && make -C /src/tool install PREFIX=/opt/tool

Good, in a Containerfile::

    FROM docker.io/library/debian:12@sha256:0000000000000000000000000000000000000000000000000000000000000000
    RUN . /opt/tool/setup.sh && make -C /src/tool install PREFIX=/opt/tool
    SHELL ["/bin/bash", "-o", "pipefail", "-c"]
    RUN if [[ -e /opt/tool/README ]]; then cat /opt/tool/README | tee /opt/tool/README.txt; fi
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

_READ = frozenset({"sh", "bash", "dash", "ash"})      # zsh and ksh have a grammar of their own

HELP = "bash -n tells where it stumbles"
HELP_SH = 'put SHELL ["/bin/bash", "-c"] before it, or write it for every shell: [ ], =, . file, > file 2>&1'


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Look at the text of every step and test."""
    for script in subject.scripts:
        fault = None if script.kind == "start" or script.shell not in _READ else fault_of(script.text)
        if fault is not None and _stumbles(script.text):
            yield _hit(script, fault)
        elif script.shell == "dash" and script.kind == "step":
            yield from _only_in_bash(script)


def _stumbles(text: str) -> bool:
    from certify.shell.parse import parse  # tree-sitter, only where something seems wrong

    root = parse(text)
    return root is not None and root.has_error


def _only_in_bash(script: Script) -> Iterator[Hit]:
    """What dash does not have: the first of each line, as the others have the same cause."""
    from certify.shell.bashisms import bashisms
    from certify.shell.items import Lines

    lines, told = Lines(script.text), set[int]()
    for name, start, end in bashisms(script.text):
        line, _, _ = lines.place(start, end)
        if line not in told:
            told.add(line)
            yield at(script, lines, start, end, f"{script.where}: {name} is bash's, but /bin/sh reads this", HELP_SH, weaker=True)


def _hit(script: Script, fault: Fault) -> Hit:
    from certify.shell.items import Lines

    return at(script, Lines(script.text), fault.start, fault.end, f"{script.where}: {fault.message}", HELP)
