"""A step or a test that sets LD_LIBRARY_PATH in its shell text.

The variable ends with the step, but it hides what the image lacks: a library that only this step finds is
missing when a user starts the program. In a test it proves something that is not true at the site. The text
is read as bash reads it: export, declare and their like, read, printf -v, ${LD_LIBRARY_PATH:=...}, eval and
bash -c with text that can be told, and the assignment before a single command. Reading, unsetting or
emptying the variable is fine, and what cannot be told without running is left to the check of the image.

Bad::

    steps:
      - name: compile
        run: |
          export LD_LIBRARY_PATH=/opt/tool/lib:$LD_LIBRARY_PATH
          make -C /src/tool install PREFIX=/opt/tool

Good::

    steps:
      - name: compile
        run: |
          unset LD_LIBRARY_PATH    # whatever the base says
          make -C /src/tool install PREFIX=/opt/tool LDFLAGS='-Wl,--enable-new-dtags,-rpath,/opt/tool/lib'
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from certify.finding import Severity
from certify.rules.env101_ldpath_env import HELP, VARIABLE
from certify.rules.hit import Hit, Stretch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certify.rules.subject import Script, Subject
    from certify.site import Site

CODE = "ENV102"
NAME = "ldpath-step"
SEVERITY = Severity.ERROR

_TEST_HELP = "a test must pass as the site will run it: without this variable. " + HELP

# A text without any of these, quotes aside, cannot name the variable, and needs no parser.
_QUOTING = str.maketrans("", "", "\"'\\\n")
_TRACE = re.compile(r"LD_|LIBRARY")


def check(subject: Subject, site: Site) -> Iterator[Hit]:  # noqa: ARG001
    """Read the text of each step and each test."""
    for script in subject.scripts:
        if any(map(may_name_it, (script.text, *script.known.values()))):
            yield from _hits(script)


def _hits(script: Script) -> Iterator[Hit]:
    from certify.shell.assignments import assignments  # the reader, and tree-sitter, only now

    for found in assignments(script.text, {**script.known, VARIABLE: ""}):
        if found.name == VARIABLE and found.value:
            yield Hit(route=script.route, message=f"{VARIABLE} is set in {script.where} ({found.how})",
                      help=_TEST_HELP if script.kind == "test" else HELP, shipped=script.shipped,
                      within=Stretch(line=found.line, column=found.column, length=found.length))


def may_name_it(text: str) -> bool:
    """Whether a text could set the variable at all: quick, and never wrongly no for what the reader finds."""
    return "$'" in text or _TRACE.search(text.translate(_QUOTING)) is not None
